/* dialect/wire.c: the platform's flow JSON to the model. The words are in wire.h. */
#include "dialect/wire.h"

#include "dialect/native.h"
#include "dialect/wire_node.h"
#include "dialect/wire_rest.h"

/* A document while it is read. */
struct reading {
	struct tl_builder builder;
	struct tl_arena *arena;        /* the document's */
	const struct tl_item *root;
	bool list;                     /* nodes are a list */
	struct tl_wire_entry *entries;
	uint32_t n_entries;
	struct tl_map names;           /* of entries: index */
	struct tl_item *others;        /* what stands among the nodes, or in place of them, and is none; or NULL */
	uint32_t start;                /* the entry that starts the call, or TL_NONE */
	bool has_start_node;           /* it is a node of type `start` */
	bool folds;                    /* and does no more than lead on */
};

static struct tl_span key_or_value(const struct tl_item *item)
{
	return item->key.len > 0 ? item->key_span : item->span;
}

/* ---- entries */

/* {id, type, transitions: [{targetId, condition}]} as {type, conditions, transition}. */
static const struct tl_item *unlisted(struct tl_arena *arena, const struct tl_item *node)
{
	const struct tl_item *transitions = tl_item_get(node, "transitions");
	struct tl_item *map = tl_item_copy(arena, node), *conditions, *transition = NULL;

	map->first = map->last = NULL;
	map->count = 0;
	conditions = tl_item_new(arena, TL_LIST);
	for (const struct tl_item *item = node->first; item; item = item->next) {
		if (item != transitions && !tl_str_is(item->key, "id"))
			tl_item_put(map, item->key, tl_item_copy(arena, item));
	}
	for (const struct tl_item *item = transitions && transitions->kind == TL_LIST ? transitions->first : NULL; item; item = item->next) {
		const struct tl_item *target = tl_item_get(item, "targetId");
		struct tl_item *condition;

		if (target && item->count == 1) {
			transition = transition ? transition : tl_item_copy(arena, target);
			continue;
		}
		condition = tl_item_add(conditions, tl_item_new(arena, TL_MAP));
		condition->span = item->span;
		for (const struct tl_item *member = item->first; member; member = member->next)
			tl_item_put(condition, member == target ? TL_STR("transition") : member->key, tl_item_copy(arena, member));
	}
	if (conditions->count > 0)
		tl_item_put(map, TL_STR("conditions"), conditions);
	if (transition)
		tl_item_put(map, TL_STR("transition"), transition);
	return map;
}

static void add_other(struct reading *reading, const struct tl_item *item)
{
	struct tl_item *kept = tl_rest_of(reading->arena, item, NULL);

	if (!reading->others)
		reading->others = tl_item_new(reading->arena, reading->list ? TL_LIST : TL_MAP);
	if (reading->list)
		tl_item_add(reading->others, kept);
	else
		tl_item_put(reading->others, item->key, kept);
}

static bool is_no_member(const struct tl_item *item)
{
	static const char *const table[] = { "name", "transition", "actions", "conditions" };

	for (size_t i = 0; item->kind == TL_NULL && i < TL_COUNT(table); i++) {
		if (tl_str_is(item->key, table[i]))
			return true;
	}
	return false;
}

/* A node as it is read: an optional member that is null is one that is not there. */
static const struct tl_item *without_nulls(struct tl_arena *arena, const struct tl_item *node)
{
	const struct tl_item *item = node->first;
	struct tl_item *map;

	while (item && !is_no_member(item))
		item = item->next;
	if (!item)
		return node;
	map = tl_item_copy(arena, node);
	map->first = map->last = NULL;
	map->count = 0;
	for (item = node->first; item; item = item->next) {
		if (!is_no_member(item))
			tl_item_put(map, item->key, tl_item_copy(arena, item));
	}
	return map;
}

static void add_entry(struct reading *reading, const struct tl_item *item)
{
	const struct tl_item *id = reading->list ? tl_item_get(item, "id") : item;
	struct tl_name name = { .span = key_or_value(item) };
	struct tl_map_entry *entry;
	bool made;

	if (item->kind != TL_MAP || (reading->list && (!id || id->kind != TL_STRING))) {
		tl_wire_complain(&reading->builder, key_or_value(item), reading->list ? "a node must be a map with an 'id'" : "a node must be a map");
		add_other(reading, item);
		return;
	}
	name.text = reading->list ? id->text : item->key;
	if (reading->list)
		name.span = id->span;
	entry = tl_map_put(&reading->names, name.text, &made);
	if (!made) {
		if (reading->builder.lower->findings)
			tl_findings_add(reading->builder.lower->findings, &reading->builder.flow->doc->source, name.span, TL_ERROR,
			                "duplicate-key", "there is a node '%.*s' already", TL_FMT(name.text));
		add_other(reading, item);
		return;
	}
	entry->value.index = reading->n_entries;
	reading->entries[reading->n_entries++] = (struct tl_wire_entry){
		.name = name, .raw = item, .node = without_nulls(reading->arena, reading->list ? unlisted(reading->arena, item) : item),
	};
}

static void read_entries(struct reading *reading)
{
	const struct tl_item *nodes = tl_item_get(reading->root, "nodes");

	if (!nodes || (nodes->kind != TL_MAP && nodes->kind != TL_LIST)) {
		tl_wire_complain(&reading->builder, nodes ? nodes->span : reading->root->span, "'nodes' must be a map or a list");
		reading->others = nodes ? tl_rest_of(reading->arena, nodes, NULL) : NULL;
		return;
	}
	reading->list = nodes->kind == TL_LIST;
	reading->entries = TL_ARENA_ARRAY(reading->arena, struct tl_wire_entry, nodes->count + 1u);
	tl_native_node_limit(&reading->builder, nodes);
	for (const struct tl_item *item = nodes->first; item; item = item->next)
		add_entry(reading, item);
}

/* ---- where the call starts */

/* Whether a transition or condition of any node leads to that name. */
static bool is_led_to(const struct reading *reading, struct tl_str name)
{
	for (uint32_t i = 0; i < reading->n_entries; i++) {
		const struct tl_item *node = reading->entries[i].node, *conditions = tl_item_get(node, "conditions");

		if (tl_str_equal(tl_item_text(node, "transition"), name))
			return true;
		for (const struct tl_item *item = conditions && conditions->kind == TL_LIST ? conditions->first : NULL; item; item = item->next) {
			if (tl_str_equal(tl_item_text(item, "transition"), name))
				return true;
		}
	}
	return false;
}

/* A start node that says only where it leads, as `entry` does. */
static struct tl_item *plain_start(const struct reading *reading, const struct tl_wire_entry *entry)
{
	struct tl_item *plain = tl_item_new(reading->arena, TL_MAP);

	tl_item_put(plain, TL_STR("type"), tl_item_string(reading->arena, TL_STR("start")));
	tl_item_put(plain, TL_STR("transition"), tl_item_string(reading->arena, tl_item_text(entry->node, "transition")));
	return reading->list ? tl_wire_listed(reading->arena, entry->name.text, plain) : plain;
}

/* A start node that only leads on is the flow's entry; one that does more, or that something leads back to, is a node. */
static bool is_plain_start(const struct reading *reading, const struct tl_wire_entry *entry)
{
	struct tl_str transition = tl_item_text(entry->node, "transition");

	return transition.len > 0 && tl_item_equal(reading->list ? without_nulls(reading->arena, entry->raw) : entry->node, plain_start(reading, entry)) &&
	       !is_led_to(reading, entry->name.text);
}

/* Without a start node: the node of that name, in a list the first. */
static void find_start(struct reading *reading)
{
	const struct tl_item *nodes = tl_item_get(reading->root, "nodes");

	reading->start = TL_NONE;
	for (uint32_t i = 0; i < reading->n_entries && reading->start == TL_NONE; i++) {
		if (tl_str_is(tl_item_text(reading->entries[i].node, "type"), "start"))
			reading->start = i;
	}
	reading->has_start_node = reading->start != TL_NONE;
	reading->folds = reading->has_start_node && is_plain_start(reading, &reading->entries[reading->start]);
	if (!reading->has_start_node) {
		reading->start = tl_map_index(&reading->names, TL_STR("start"));
		if (reading->start == TL_NONE && reading->list && reading->n_entries > 0)
			reading->start = 0;
	}
	if (reading->start == TL_NONE && nodes)
		tl_wire_complain(&reading->builder, key_or_value(nodes), "the flow has no node of type 'start'");
}

static struct tl_target entry_target(struct reading *reading)
{
	const struct tl_wire_entry *entry;

	if (reading->start == TL_NONE)
		return tl_target_named((struct tl_name){ { "", 0 }, reading->root->span });
	entry = &reading->entries[reading->start];
	if (reading->folds)
		return tl_target_named(tl_native_name(tl_item_get(entry->node, "transition")));
	return tl_target_named(entry->name);
}

/* ---- the rest of the document */

/* A version as the platform counts them, or 0. */
static int64_t version_of(const struct tl_item *item)
{
	if (!item || item->kind != TL_NUMBER || !item->integer || !(item->number > 0) || item->number > 9007199254740991.0)
		return 0;
	return (int64_t)item->number;
}

static void read_head(struct reading *reading)
{
	struct tl_flow *flow = reading->builder.flow;
	struct tl_name own = tl_native_name(tl_item_get(reading->root, "externalId"));

	flow->name = tl_native_name(tl_item_get(reading->root, "name"));
	flow->renamed_from = tl_native_name(tl_item_get(reading->root, "renamed_from"));
	flow->settings = tl_item_get(reading->root, "applicationSettings");
	flow->version = version_of(tl_item_get(reading->root, "version"));
	flow->status = tl_item_text(reading->root, "status");
	flow->foreign = own.text.len == 0;
	flow->id = own;
	if (flow->foreign)
		flow->id = tl_native_name(tl_item_get(reading->root, "id"));
	if (flow->id.text.len == 0)
		flow->id = flow->name;
}

/* A web chat is messages; whatever says nothing is voice. Nodes read later may yet make it messages, but what a gather accepts depends on it. */
static void read_channel(struct reading *reading)
{
	struct tl_str channel = tl_item_text(reading->root, "channel");
	struct tl_flow *flow = reading->builder.flow;
	bool message = tl_str_is(channel, "message") || tl_item_get(flow->settings, "webchat") != NULL;

	for (uint32_t i = 0; i < reading->n_entries && !message; i++)
		message = tl_str_is(tl_item_text(reading->entries[i].node, "type"), "webchat");
	flow->channel = message && !tl_str_is(channel, "voice") ? TL_MESSAGE : TL_VOICE;
}

/* One variable a member, its value filled in from the environment. One that is declared as a variable too is that. */
static void read_environment(struct reading *reading)
{
	const struct tl_item *map = tl_item_get(reading->root, "environmentVariables");
	struct tl_builder *builder = &reading->builder;
	struct tl_arena *arena = &builder->flow->arena;

	for (const struct tl_item *item = map && map->kind == TL_MAP ? map->first : NULL; item; item = item->next) {
		uint32_t slot = tl_builder_variable(builder, item->key);
		struct tl_str native = tl_wire_text_read(arena, item->text);
		struct tl_variable *variable = &builder->flow->variables[slot];
		struct tl_expr *expr;

		if (variable->declared)
			continue;
		variable->name.span = item->key_span;
		variable->span = variable->default_span = item->span;
		variable->declared = variable->environment = variable->has_default = true;
		variable->default_value = tl_value_of_item(arena, item);
		if (item->kind != TL_STRING)
			continue;
		expr = tl_builder_template(builder, native, item->span, false, TL_NONE);
		variable->default_value = tl_value_string(expr->kind == TL_E_LITERAL ? expr->value.text : native);
		variable->default_expr = expr->kind == TL_E_LITERAL ? NULL : expr;
	}
}

/* On the platform names need no declaration. */
static void declare_all(struct tl_flow *flow)
{
	for (uint32_t i = 0; i < flow->n_variables; i++)
		flow->variables[i].declared = true;
	for (uint32_t i = 0; i < flow->n_prompts; i++)
		flow->prompts[i].declared = true;
}

/* Everything but what is kept. The flow takes over `doc`. */
static struct tl_flow *read_model(struct reading *reading, struct tl_doc *doc, const struct tl_lower *lower)
{
	struct tl_builder *builder = &reading->builder;

	tl_builder_init(builder, doc, TL_DIALECT_WIRE, lower);
	reading->arena = &doc->arena;
	reading->root = doc->root;
	read_entries(reading);
	find_start(reading);
	read_head(reading);
	read_channel(reading);
	tl_native_variables(builder, tl_item_get(doc->root, "variables"));
	read_environment(reading);
	tl_native_prompts(builder, tl_wire_prompts_read(reading->arena, tl_item_get(doc->root, "prompts")));
	tl_builder_routine(builder, TL_ROUTINE_FLOW, builder->flow->id);
	builder->flow->routines[0].span = doc->root->span;
	builder->flow->routines[0].entry = entry_target(reading);
	for (uint32_t i = 0; i < reading->n_entries; i++) {
		if (!reading->folds || i != reading->start)
			tl_wire_node_read(builder, &reading->entries[i], &reading->names);
	}
	if (builder->flow->foreign)
		declare_all(builder->flow);
	return tl_builder_finish(builder);
}

/* ---- what is kept */

/* Replaces {env.NAME} in a text that is kept by its value, where there is one. */
static void fill_text(struct tl_flow *flow, struct tl_item *item, const struct tl_lower *lower, struct tl_need *needs, uint32_t *n_needs)
{
	struct tl_buf out = { 0 };
	size_t at = 0, start = 0, done = 0;
	struct tl_str name;

	while (tl_wire_text_env(item->text, &at, &name, &start)) {
		const struct tl_str *value = lower->values ? tl_map_ptr(lower->values, name) : NULL;

		if (needs)
			needs[*n_needs] = (struct tl_need){ .kind = TL_NEED_ENV, .name = name, .span = item->span, .node = TL_NONE, .set = value, .fixed = true };
		++*n_needs;
		if (!value)
			continue;
		tl_buf_str(&out, tl_str_slice(item->text, done, start));
		tl_buf_str(&out, *value);
		done = at;
	}
	if (needs && done > 0) {
		tl_buf_str(&out, tl_str_slice(item->text, done, item->text.len));
		item->text = tl_arena_dup(&flow->arena, tl_buf_view(&out));
	}
	tl_buf_clear(&out);
}

/* Every text of a rest; without `needs` they are only counted. Recursion is bounded by the reader's depth. */
static void fill(struct tl_flow *flow, struct tl_item *item, const struct tl_lower *lower, struct tl_need *needs, uint32_t *n_needs)
{
	if (item->kind == TL_STRING)
		fill_text(flow, item, lower, needs, n_needs);
	for (struct tl_item *child = item->kind == TL_LIST || item->kind == TL_MAP ? item->first : NULL; child; child = child->next)
		fill(flow, child, lower, needs, n_needs);
}

static void fill_rest(struct tl_flow *flow, struct tl_item *rest, const struct tl_lower *lower)
{
	uint32_t count = 0, next = flow->n_needs;
	struct tl_need *needs;

	fill(flow, rest, lower, NULL, &count);
	if (count == 0)
		return;
	needs = TL_ARENA_ARRAY(&flow->arena, struct tl_need, (size_t)flow->n_needs + count);
	if (flow->n_needs > 0)
		memcpy(needs, flow->needs, flow->n_needs * sizeof(*needs));
	fill(flow, rest, lower, needs, &next);
	flow->needs = needs;
	flow->n_needs = next;
}

/* The top of the document without nodes and what is the platform's own. */
static struct tl_item *document_head(struct tl_arena *arena, const struct tl_item *root)
{
	struct tl_item *head = tl_item_new(arena, TL_MAP);

	for (const struct tl_item *item = root->first; item; item = item->next) {
		if (!tl_wire_is_platforms(item->key) && !tl_str_is(item->key, "nodes"))
			tl_item_put(head, item->key, tl_item_copy(arena, item));
	}
	return head;
}

static struct tl_item *head_extras(struct reading *reading, const struct tl_tree *written, struct tl_flow *flow)
{
	struct tl_arena *arena = &flow->arena;
	struct tl_item *extras = tl_rest_of(arena, document_head(reading->arena, reading->root), tl_wire_head(written));
	const struct tl_wire_entry *entry = reading->folds ? &reading->entries[reading->start] : NULL;
	struct tl_str name = entry ? entry->name.text : TL_STR("");

	if (!extras)
		extras = tl_item_new(arena, TL_MAP);
	if (reading->folds && (tl_wire_starts_itself(flow) || !tl_str_equal(name, tl_wire_start_name(flow))))
		tl_item_put(extras, TL_STR(TL_WIRE_START), tl_item_string(arena, name));
	if (entry)
		tl_item_put_some(extras, TL_WIRE_ENTRY, tl_rest_of(arena, entry->raw, plain_start(reading, entry)));
	if (!reading->has_start_node && reading->start != TL_NONE)
		tl_item_put(extras, TL_STR(TL_WIRE_START), tl_item_boolean(arena, false));
	if (reading->list)
		tl_item_put(extras, TL_STR(TL_WIRE_SHAPE), tl_item_string(arena, TL_STR("list")));
	if (reading->others)
		tl_item_put(extras, TL_STR(TL_WIRE_NODES), reading->others);
	return extras->count > 0 ? extras : NULL;
}

/* Keeps in `flow` what the document has beyond what is written of `plain`, the model with placeholders unfilled. */
static void keep_rest(struct reading *reading, struct tl_flow *flow, const struct tl_flow *plain, const struct tl_lower *lower)
{
	struct tl_tree written = tl_wire_tree(reading->arena, plain);
	struct tl_item *rest = head_extras(reading, &written, flow);

	if (rest)
		fill_rest(flow, rest, lower);
	flow->extras = rest;
	for (uint32_t i = 0; i < reading->n_entries; i++) {
		const struct tl_wire_entry *entry = &reading->entries[i];
		struct tl_item *node;

		if (entry->count == 0)
			continue;
		node = tl_wire_node(&written, entry->first, entry->count);
		if (reading->list)
			node = tl_wire_listed(reading->arena, entry->name.text, node);
		rest = tl_rest_of(&flow->arena, entry->raw, node);
		if (rest)
			fill_rest(flow, rest, lower);
		flow->nodes[entry->first].extras = rest;
	}
}

static void reading_clear(struct reading *reading)
{
	tl_map_clear(&reading->names);
}

void tl_wire_read(struct tl_flow **out, struct tl_doc *doc, const struct tl_lower *lower)
{
	struct tl_lower unfilled = { .limits = lower->limits };
	struct reading reading = { .list = false }, other = { .list = false };
	struct tl_flow *flow = read_model(&reading, doc, lower), *plain = NULL;

	/* What is kept is told by what would be written without values. */
	if (lower->values)
		plain = read_model(&other, doc, &unfilled);
	keep_rest(&reading, flow, plain ? plain : flow, lower);
	if (plain)
		plain->doc = NULL;
	tl_flow_free(plain);
	reading_clear(&reading);
	reading_clear(&other);
	*out = flow;
}

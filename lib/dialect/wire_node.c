/* dialect/wire_node.c: a node of the wire is split into parts (its actions, its conditions, its end), each a node of the model. What the native
 * language knows is handed to its reader; the rest is made here. */
#include "dialect/wire_node.h"

#include <stdarg.h>
#include <stdio.h>

#include "dialect/native.h"
#include "doc/json.h"

/* One node of the model in the making. */
struct part {
	const struct tl_wire_type *row; /* NULL: an action or a type of node that is not known */
	struct tl_item *native;         /* {type, …} of the native language; with a row that has no native type only its ways on count */
	struct tl_name type;            /* of what is not known */
	const struct tl_item *source;   /* the action or node it is made of */
	struct tl_name name;
	struct tl_item **choices;       /* of a menu: its native choices, to find them by number */
	uint32_t n_choices;
	uint32_t index;                 /* of the model's node */
};

struct node {
	struct tl_builder *builder;
	struct tl_arena *arena;         /* the document's */
	struct tl_wire_entry *entry;
	struct part *parts;
	uint32_t n_parts;
	struct part *actor;             /* the last part that is no branch: conditions over `last.outcome` speak of it */
	const struct tl_item **generic; /* conditions that do not */
	const struct tl_item **outcomes; /* conditions that do */
	uint32_t n_generic, n_outcomes;
};

void tl_wire_complain(struct tl_builder *builder, struct tl_span span, const char *fmt, ...)
{
	char message[256];
	va_list args;

	if (!builder->lower->findings)
		return;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	tl_findings_add(builder->lower->findings, &builder->flow->doc->source, span, TL_ERROR, "schema", "%s", message);
}

static const struct tl_item *list_of(const struct node *node, const char *key)
{
	const struct tl_item *list = tl_item_get(node->entry->node, key);

	if (list && list->kind != TL_LIST)
		tl_wire_complain(node->builder, list->span, "'%s' must be a list", key);
	return list && list->kind == TL_LIST ? list : NULL;
}

/* ---- parts */

static struct part *add_part(struct node *node, const struct tl_wire_type *row, const struct tl_item *source)
{
	struct part *part = &node->parts[node->n_parts++];

	part->row = row;
	part->source = source;
	part->native = tl_item_new(node->arena, TL_MAP);
	part->native->span = source->span;
	part->native->key_span = source->key_span;
	return part;
}

static struct tl_item *text_item(struct node *node, struct tl_str text, struct tl_span span)
{
	struct tl_item *item = tl_item_string(node->arena, text);

	item->span = span;
	return item;
}

/* A part of a type that stands in the native item. */
static struct part *add_typed(struct node *node, const char *native, const struct tl_item *source)
{
	struct part *part = add_part(node, tl_wire_type_of_native(tl_str(native)), source);
	const struct tl_item *type = tl_item_get(node->entry->node, "type");

	tl_item_put(part->native, TL_STR("type"), text_item(node, tl_str(native), type ? type->span : source->span));
	return part;
}

static bool is_set(const struct tl_item *action)
{
	const struct tl_item *variable = tl_item_get(action, "variable");

	return tl_str_is(tl_item_text(action, "name"), "set") && variable && variable->kind == TL_STRING && tl_item_get(action, "value");
}

/* Consecutive `set` actions are one node. */
static void add_set(struct node *node, const struct tl_item *action)
{
	struct part *last = node->n_parts > 0 ? &node->parts[node->n_parts - 1] : NULL;
	const struct tl_item *variable = tl_item_get(action, "variable");
	struct tl_item *value = tl_item_copy(node->arena, tl_item_get(action, "value")), *values;

	if (!last || !last->row || !tl_str_is(tl_str(last->row->type), "set")) {
		last = add_typed(node, "set", action);
		tl_item_put(last->native, TL_STR("values"), tl_item_new(node->arena, TL_MAP));
	}
	last->native->span.end = action->span.end;
	if (value->kind == TL_STRING)
		value->text = tl_wire_text_read(node->arena, value->text);
	value->key_span = variable->span;
	/* The last child of a set's native item is its values. */
	values = last->native->last;
	tl_item_put(values, variable->text, value);
}

static void find_choices(struct node *node, struct part *part)
{
	const struct tl_item *list = tl_item_get(part->native, "choices");

	if (!list || list->kind != TL_LIST)
		return;
	part->choices = TL_ARENA_ARRAY(node->arena, struct tl_item *, list->count + 1);
	for (struct tl_item *item = list->first; item; item = item->next)
		part->choices[part->n_choices++] = item;
}

static void add_unknown(struct node *node, const struct tl_item *source, const struct tl_item *type)
{
	struct part *part = add_part(node, NULL, source);
	struct tl_findings *findings = node->builder->lower->findings;

	part->type = type && type->kind == TL_STRING ? (struct tl_name){ type->text, type->span }
	                                             : (struct tl_name){ TL_STR("action"), source->span };
	if (findings && type && type->kind == TL_STRING)
		tl_findings_add(findings, &node->builder->flow->doc->source, type->span, TL_NOTE, "unknown-action",
		                "'%.*s' is not known here; it is kept, and asked for as a request", TL_FMT(type->text));
}

static bool leads_somewhere(const struct tl_item *to)
{
	return to && to->first && (to->first->kind != TL_STRING || tl_str_trim(to->first->text).len > 0);
}

static void add_action(struct node *node, const struct tl_item *action)
{
	const struct tl_item *name = tl_item_get(action, "name");
	const struct tl_wire_type *row = name && name->kind == TL_STRING ? tl_wire_type_of_action(name->text) : NULL;
	struct part *part;

	if (!name || name->kind != TL_STRING)
		tl_wire_complain(node->builder, action->span, "an action needs a 'name'");
	if (is_set(action)) {
		add_set(node, action);
		return;
	}
	if (!row || tl_str_is(tl_str(row->type), "set")) {
		if (row)
			tl_wire_complain(node->builder, action->span, "a 'set' needs a 'variable' and a 'value'");
		add_unknown(node, action, name);
		return;
	}
	part = add_part(node, row, action);
	part->native = tl_wire_action_read(node->arena, row, action);
	if (tl_str_is(tl_str(row->type), "transfer") && !leads_somewhere(tl_item_get(part->native, "to")))
		tl_wire_complain(node->builder, action->span, "a 'route' needs a 'queueId'");
	find_choices(node, part);
}

static void add_end(struct node *node)
{
	const struct tl_item *from = node->entry->node, *exit = tl_item_get(from, "exit"), *reason = tl_item_get(from, "reason");
	struct part *part = add_typed(node, "end", from);

	if (exit)
		tl_item_put(part->native, TL_STR("exit"), tl_item_copy(node->arena, exit));
	if (reason)
		tl_item_put(part->native, TL_STR("reason"), tl_item_copy(node->arena, reason));
}

/* ---- conditions */

/* The number of "choice N", or 0. */
static uint32_t choice_number(struct tl_str name)
{
	struct tl_str prefix = TL_STR("choice ");
	uint32_t number = 0;

	if (!tl_str_starts(name, prefix) || name.len == prefix.len || name.len > prefix.len + 6 || name.ptr[prefix.len] == '0')
		return 0;
	for (size_t i = prefix.len; i < name.len; i++) {
		if (name.ptr[i] < '0' || name.ptr[i] > '9')
			return 0;
		number = number * 10 + (uint32_t)(name.ptr[i] - '0');
	}
	return number;
}

/* Whether an action of that part has such an outcome beside its main one. */
static bool may_take(const struct node *node, const struct part *part, struct tl_str outcome)
{
	struct tl_str padded;
	uint32_t number = choice_number(outcome);

	if (!part->row)
		return outcome.len > 0;
	if (tl_str_is(tl_str(part->row->type), "subflow") && tl_str_starts(outcome, TL_STR("exit ")))
		return true;
	if (number > 0)
		return number <= part->n_choices;
	padded = tl_arena_printf(node->arena, " %.*s ", TL_FMT(outcome));
	return !memchr(outcome.ptr, ' ', outcome.len) && tl_str_find(tl_str(part->row->allowed), padded, 0) != SIZE_MAX;
}

static bool speaks_of_outcome(const struct node *node, const struct tl_item *condition)
{
	const struct tl_item *value = tl_item_get(condition, "value"), *transition = tl_item_get(condition, "transition");

	return node->actor && value && value->kind == TL_STRING && transition && transition->kind == TL_STRING &&
	       transition->text.len > 0 && tl_str_is(tl_item_text(condition, "variable"), TL_WIRE_OUTCOME) &&
	       tl_str_is(tl_item_text(condition, "condition"), "equals") && may_take(node, node->actor, value->text);
}

/* Sorts the node's conditions into those over its action's outcome, the first of each, and all others. */
static void sort_conditions(struct node *node, const struct tl_item *list)
{
	struct tl_map taken = { 0 };

	for (const struct tl_item *item = list->first; item; item = item->next) {
		bool made = false;

		if (item->kind != TL_MAP)
			tl_wire_complain(node->builder, item->span, "a condition must be a map");
		if (speaks_of_outcome(node, item))
			tl_map_put(&taken, tl_item_get(item, "value")->text, &made);
		if (made)
			node->outcomes[node->n_outcomes++] = item;
		else
			node->generic[node->n_generic++] = item;
	}
	tl_map_clear(&taken);
}

/* What a condition that is not known says, in one line. */
static struct tl_str condition_text(struct node *node, const struct tl_item *condition)
{
	struct tl_str only = tl_item_text(condition, "condition"), text;
	struct tl_item *map = tl_item_new(node->arena, TL_MAP);
	struct tl_buf buf = { 0 };

	for (const struct tl_item *item = condition->kind == TL_MAP ? condition->first : NULL; item; item = item->next) {
		if (!tl_str_is(item->key, "transition"))
			tl_item_put(map, item->key, tl_item_copy(node->arena, item));
	}
	if (only.len > 0 && map->count == 1)
		return only;
	tl_json_canonical(&buf, condition->kind == TL_MAP ? map : condition);
	text = tl_arena_dup(node->arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	return text;
}

static void add_branch(struct node *node, const struct tl_item *conditions)
{
	struct part *part = add_typed(node, "decide", node->entry->node);
	struct tl_item *cases = tl_item_new(node->arena, TL_LIST);

	if (conditions) {
		cases->span = conditions->span;
		cases->key_span = conditions->key_span;
	}
	for (uint32_t i = 0; i < node->n_generic; i++) {
		const struct tl_item *from = node->generic[i], *to = tl_item_get(from, "transition");
		struct tl_item *one = tl_item_add(cases, tl_item_new(node->arena, TL_MAP)), *when = tl_wire_condition_read(node->arena, from);

		one->span = from->span;
		if (when)
			tl_item_put(one, TL_STR("when"), when);
		if (to)
			tl_item_put(one, TL_STR("next"), tl_item_copy(node->arena, to));
	}
	tl_item_put(part->native, TL_STR("cases"), cases);
}

/* ---- from an entry to its parts */

static bool is_type(const struct node *node, const char *type)
{
	return tl_str_is(tl_item_text(node->entry->node, "type"), type);
}

static bool knows_type(const struct node *node)
{
	return is_type(node, "start") || is_type(node, "action") || is_type(node, "transition") || is_type(node, "end") ||
	       is_type(node, "webchat");
}

/* The part that the node itself is, before its actions. */
static void add_head(struct node *node, const struct tl_item *actions)
{
	const struct tl_item *from = node->entry->node, *prompt = tl_item_get(from, "prompt"), *type = tl_item_get(from, "type");
	bool ends = !tl_item_get(from, "transition") && !tl_item_get(from, "conditions");

	if (!type || type->kind != TL_STRING)
		tl_wire_complain(node->builder, node->entry->name.span, "node '%.*s' needs a 'type'", TL_FMT(node->entry->name.text));
	if (is_type(node, "start")) {
		add_typed(node, "start", from);
	} else if (is_type(node, "webchat")) {
		struct part *part = add_typed(node, "webchat", from);

		if (prompt)
			tl_item_put(part->native, TL_STR("prompt"), tl_wire_prompt_read(node->arena, prompt));
	} else if (!knows_type(node) && !actions) {
		/* What nothing follows ends the call, whatever it is called. */
		if (ends)
			add_end(node);
		else
			add_unknown(node, from, type);
	}
}

static void split(struct node *node)
{
	const struct tl_item *actions = list_of(node, "actions"), *conditions = list_of(node, "conditions");
	size_t n_conditions = conditions ? conditions->count : 0;

	node->parts = TL_ARENA_ARRAY(node->arena, struct part, (actions ? actions->count : 0) + 4u);
	node->generic = TL_ARENA_ARRAY(node->arena, const struct tl_item *, n_conditions + 1);
	node->outcomes = TL_ARENA_ARRAY(node->arena, const struct tl_item *, n_conditions + 1);
	add_head(node, actions);
	for (const struct tl_item *action = actions ? actions->first : NULL; action; action = action->next)
		add_action(node, action);
	if (is_type(node, "end")) {
		add_end(node);
		return;
	}
	node->actor = node->n_parts > 0 ? &node->parts[node->n_parts - 1] : NULL;
	if (conditions)
		sort_conditions(node, conditions);
	if ((node->n_generic > 0 && (!node->actor || node->actor->row || actions)) || is_type(node, "transition"))
		add_branch(node, conditions);
	if (node->n_parts == 0) {
		struct part *part = add_typed(node, "set", node->entry->node);

		tl_item_put(part->native, TL_STR("values"), tl_item_new(node->arena, TL_MAP));
	}
}

/* ---- ways on */

/* Puts a target under the native key of an outcome. */
static void put_way(struct node *node, struct part *part, struct tl_str outcome, const struct tl_item *target)
{
	struct tl_item *copy = tl_item_copy(node->arena, target), *map = part->native;
	uint32_t number = choice_number(outcome);
	size_t dot = tl_str_find(outcome, TL_STR(".next"), 0);
	struct tl_str key = outcome, within = { 0 };

	if (number > 0 && number <= part->n_choices) {
		tl_item_put(part->choices[number - 1], TL_STR("next"), copy);
		return;
	}
	if (dot != SIZE_MAX) {
		within = tl_str_slice(outcome, 0, dot);
		key = TL_STR("next");
	} else if (tl_str_starts(outcome, TL_STR("exit "))) {
		within = TL_STR("exits");
		key = tl_str_slice(outcome, strlen("exit "), outcome.len);
	}
	if (within.len > 0) {
		map = NULL;
		for (struct tl_item *item = part->native->first; item && !map; item = item->next)
			map = tl_str_equal(item->key, within) && item->kind == TL_MAP ? item : NULL;
		if (!map)
			map = tl_item_put(part->native, within, tl_item_new(node->arena, TL_MAP));
	}
	tl_item_put(map, key, copy);
}

static void put_missing(struct node *node, struct tl_item *map, const char *key, const struct tl_item *target)
{
	if (key && !tl_item_get(map, key))
		tl_item_put(map, tl_str(key), tl_item_copy(node->arena, target));
}

/* Every way on that is not said leads to the next part. */
static void lead_to_next(struct node *node, struct part *part, const struct tl_item *next)
{
	put_missing(node, part->native, part->row ? part->row->main_key : "next", next);
	for (size_t i = 0; part->row && i < TL_COUNT(part->row->required); i++)
		put_missing(node, part->native, part->row->required[i], next);
	for (uint32_t i = 0; i < part->n_choices; i++)
		put_missing(node, part->choices[i], "next", next);
}

static void put_ways(struct node *node)
{
	const struct tl_item *transition = tl_item_get(node->entry->node, "transition");
	struct part *last = &node->parts[node->n_parts - 1];

	if (transition && transition->kind != TL_STRING)
		tl_wire_complain(node->builder, transition->span, "'transition' must be the name of a node");
	for (uint32_t i = 0; i < node->n_outcomes && node->actor->row; i++)
		put_way(node, node->actor, tl_item_get(node->outcomes[i], "value")->text, tl_item_get(node->outcomes[i], "transition"));
	for (uint32_t i = 0; i + 1 < node->n_parts; i++)
		lead_to_next(node, &node->parts[i], text_item(node, node->parts[i + 1].name.text, node->parts[i].source->span));
	if (transition && (!last->row || last->row->main_key))
		tl_item_put(last->native, tl_str(last->row ? last->row->main_key : "next"), tl_item_copy(node->arena, transition));
}

static void name_parts(struct node *node, const struct tl_map *names)
{
	struct tl_name name = node->entry->name;

	node->parts[0].name = name;
	for (uint32_t i = 1; i < node->n_parts; i++) {
		struct tl_str own = tl_arena_printf(node->arena, "%.*s#%u", TL_FMT(name.text), i + 1);

		while (tl_map_find(names, own))
			own = tl_arena_printf(node->arena, "%.*s#", TL_FMT(own));
		node->parts[i].name = (struct tl_name){ own, node->parts[i].source->span };
	}
}

/* ---- to the model */

static struct tl_node *model_node(const struct node *node, const struct part *part)
{
	return &node->builder->flow->nodes[part->index];
}

static struct tl_outcome *add_outcome(struct node *node, const struct part *part, enum tl_role role, struct tl_str name, const struct tl_item *to)
{
	struct tl_name target = tl_native_name(to);
	uint32_t index = tl_builder_outcome(node->builder, part->index, role, name, tl_target_named(target),
	                                    to ? target.span : part->name.span);

	return &node->builder->flow->outcomes[index];
}

/* A node that the native language has no type for: the start, a web chat, or what is not known. */
static void add_own(struct node *node, struct part *part)
{
	struct tl_builder *builder = node->builder;
	bool is_start = part->row && part->row->main == TL_R_NEXT && tl_str_is(tl_str(part->row->type), "start");
	const struct tl_item *type = tl_item_get(part->native, "type");
	uint32_t prompt;

	part->index = tl_builder_node(builder, !part->row ? TL_INVOKE : is_start ? TL_JUMP : TL_SAY, part->name);
	prompt = tl_native_prompt(builder, tl_item_get(part->native, "prompt"), part->index);
	model_node(node, part)->prompt = prompt;
	model_node(node, part)->unknown = !part->row;
	model_node(node, part)->service = part->row ? TL_SERVICE_DATA : TL_SERVICE_OTHER;
	model_node(node, part)->type = type ? type->text : part->type.text;
	model_node(node, part)->type_span = type ? type->span : part->type.span;
	model_node(node, part)->span = part->source->span;
	model_node(node, part)->label = tl_item_text(part->native, "name");
	model_node(node, part)->description = tl_item_text(part->native, "description");
	for (uint32_t i = 0; !part->row && part == node->actor && i < node->n_outcomes; i++)
		add_outcome(node, part, TL_R_OTHER, tl_item_get(node->outcomes[i], "value")->text, tl_item_get(node->outcomes[i], "transition"));
	for (uint32_t i = 0; !part->row && part == node->actor && node->n_parts == 1 && i < node->n_generic; i++)
		add_outcome(node, part, TL_R_OTHER, condition_text(node, node->generic[i]), tl_item_get(node->generic[i], "transition"));
	add_outcome(node, part, TL_R_NEXT, TL_STR("next"), tl_item_get(part->native, "next"));
}

static struct tl_expr *opaque(struct node *node, const struct tl_item *condition)
{
	struct tl_expr *expr = TL_ARENA_NEW(&node->builder->flow->arena, struct tl_expr);

	expr->kind = TL_E_OPAQUE;
	expr->value = tl_value_string(condition_text(node, condition));
	expr->span = condition->span;
	return expr;
}

/* Guards that are not known stay as they are written: they never hold, and say so. */
static void keep_guards(struct node *node, struct part *part)
{
	struct tl_node *model = model_node(node, part);
	struct tl_outcome *outcomes = tl_node_outcomes(node->builder->flow, model);
	const struct tl_item *choice = part->n_choices > 0 ? tl_item_get(part->source, "choices")->first : NULL, *when;
	uint32_t cases = 0;

	for (uint32_t i = 0; i < model->n_outcomes; i++) {
		if (outcomes[i].role == TL_R_CHOICE) {
			when = tl_item_get(choice, "when");
			choice = choice->next;
		} else if (outcomes[i].role == TL_R_CASE) {
			when = node->generic[cases++];
			/* {transition} alone has no condition. */
			if (when->kind == TL_MAP && when->count == (tl_item_get(when, "transition") ? 1u : 0u))
				when = NULL;
		} else {
			continue;
		}
		if (when && !outcomes[i].guard)
			outcomes[i].guard = opaque(node, when);
	}
}

static void add_model_node(struct node *node, uint32_t number)
{
	struct part *part = &node->parts[number];
	bool own = !part->row ? tl_item_get(part->native, "type") == NULL
	                      : tl_str_is(tl_str(part->row->type), "start") || tl_str_is(tl_str(part->row->type), "webchat");
	struct tl_item *mark;

	if (own) {
		add_own(node, part);
	} else {
		part->index = node->builder->flow->n_nodes;
		tl_native_node(node->builder, part->native, part->name);
		keep_guards(node, part);
	}
	if (number == 0)
		return;
	mark = tl_item_new(&node->builder->flow->arena, TL_MAP);
	tl_item_put(mark, TL_STR(TL_WIRE_PART), tl_item_number(&node->builder->flow->arena, number + 1));
	model_node(node, part)->extras = mark;
}

static void put_label(struct node *node, const char *key)
{
	const struct tl_item *item = tl_item_get(node->entry->node, key);

	if (item && item->kind == TL_STRING)
		tl_item_put(node->parts[0].native, tl_str(key), tl_item_copy(node->arena, item));
}

void tl_wire_node_read(struct tl_builder *builder, struct tl_wire_entry *entry, const struct tl_map *names)
{
	struct node node = { .builder = builder, .arena = &builder->flow->doc->arena, .entry = entry };

	split(&node);
	name_parts(&node, names);
	put_label(&node, "name");
	put_label(&node, "description");
	put_ways(&node);
	entry->first = builder->flow->n_nodes;
	for (uint32_t i = 0; i < node.n_parts; i++)
		add_model_node(&node, i);
	entry->count = node.n_parts;
	/* An end whose type has another name than `end`. */
	if (!knows_type(&node) && node.n_parts == 1 && model_node(&node, &node.parts[0])->op == TL_END)
		model_node(&node, &node.parts[0])->type = tl_item_text(entry->node, "type");
}

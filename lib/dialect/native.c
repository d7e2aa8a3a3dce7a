/* dialect/native.c: the native language (flow-language.md) to the model: names, variables, prompts and conditions.
 * Nodes are in native_node.c. What the schema would refuse is passed over here, so that one mistake does not hide the next. */
#include "dialect/native.h"

#include <math.h>
#include <string.h>

struct tl_name tl_native_name(const struct tl_item *item)
{
	struct tl_name name = { { 0 }, { 0 } };

	if (item && item->kind == TL_STRING)
		name = (struct tl_name){ item->text, item->span };
	return name;
}

/* A key of a map as a name. */
static struct tl_name key_name(const struct tl_item *item)
{
	return (struct tl_name){ item->key, item->key_span };
}

int64_t tl_native_duration(const struct tl_item *item, int64_t otherwise)
{
	int64_t ms = 0;

	if (item && item->kind == TL_STRING && tl_duration_parse(&ms, item->text))
		return ms;
	return otherwise;
}

uint32_t tl_native_count(const struct tl_item *item, uint32_t otherwise)
{
	if (item && item->kind == TL_NUMBER && item->number >= 0 && item->number < TL_NONE && floor(item->number) == item->number)
		return (uint32_t)item->number;
	return otherwise;
}

/* ---- expressions */

static struct tl_expr *literal(struct tl_arena *arena, const struct tl_item *item)
{
	struct tl_expr *expr = TL_ARENA_NEW(arena, struct tl_expr);

	expr->value = tl_value_of_item(arena, item);
	expr->span = item->span;
	return expr;
}

struct tl_expr *tl_native_value(struct tl_builder *builder, const struct tl_item *item, uint32_t node)
{
	if (item->kind == TL_STRING)
		return tl_builder_template(builder, item->text, item->span, true, node);
	return literal(&builder->flow->arena, item);
}

static struct tl_expr *operator_expr(struct tl_arena *arena, enum tl_operator op, uint32_t n_args, struct tl_span span)
{
	struct tl_expr *expr = TL_ARENA_NEW(arena, struct tl_expr);

	expr->kind = TL_E_OPERATOR;
	expr->op = op;
	expr->n_args = n_args;
	expr->args = TL_ARENA_ARRAY(arena, struct tl_expr, n_args > 1 ? n_args : 2);
	expr->span = span;
	return expr;
}

/* {variable: NAME, OPERATOR: VALUE}; NULL where that is not what it is. */
static struct tl_expr *comparison(struct tl_builder *builder, const struct tl_item *item)
{
	const struct tl_item *variable = tl_item_get(item, "variable"), *right = NULL;
	struct tl_arena *arena = &builder->flow->arena;
	enum tl_operator op = TL_OP_COUNT;
	struct tl_expr *expr;
	uint32_t n = 1;

	for (const struct tl_item *child = item->first; child && op == TL_OP_COUNT; child = child->next) {
		op = tl_operator_parse(child->key);
		right = child;
	}
	if (!variable || variable->kind != TL_STRING || op == TL_OP_COUNT || op <= TL_OP_NOT)
		return NULL;
	if (op == TL_OP_IS_SET && right->kind != TL_BOOLEAN)
		return NULL;
	expr = operator_expr(arena, op, op == TL_OP_IN && right->kind == TL_LIST ? 1 + right->count : 2, item->span);
	expr->args[0] = (struct tl_expr){ .kind = TL_E_VARIABLE, .span = variable->span };
	expr->args[0].variable = tl_builder_ref(builder, variable->text);
	if (op != TL_OP_IN || right->kind != TL_LIST) {
		expr->args[1] = *literal(arena, right);
		return expr;
	}
	for (const struct tl_item *child = right->first; child; child = child->next)
		expr->args[n++] = *literal(arena, child);
	return expr;
}

/* Recursion is bounded by the reader's depth. */
struct tl_expr *tl_native_condition(struct tl_builder *builder, const struct tl_item *item)
{
	struct tl_arena *arena = &builder->flow->arena;
	const struct tl_item *list = item ? item->first : NULL;
	enum tl_operator op = list && item->kind == TL_MAP ? tl_operator_parse(list->key) : TL_OP_COUNT;
	struct tl_expr *expr, *arg;
	uint32_t n = 0;

	if (!item || item->kind != TL_MAP)
		return NULL;
	if (op == TL_OP_NOT) {
		arg = tl_native_condition(builder, list);
		expr = operator_expr(arena, op, 1, item->span);
		if (arg)
			expr->args[0] = *arg;
		return arg ? expr : NULL;
	}
	if ((op != TL_OP_ALL && op != TL_OP_ANY) || list->kind != TL_LIST)
		return comparison(builder, item);
	expr = operator_expr(arena, op, list->count, item->span);
	for (const struct tl_item *child = list->first; child; child = child->next) {
		arg = tl_native_condition(builder, child);
		if (!arg)
			return NULL;
		expr->args[n++] = *arg;
	}
	return expr;
}

/* ---- variables */

static void read_allowed(struct tl_arena *arena, struct tl_variable *variable, const struct tl_item *list)
{
	if (!list || list->kind != TL_LIST)
		return;
	variable->allowed = TL_ARENA_ARRAY(arena, struct tl_value, list->count);
	for (const struct tl_item *child = list->first; child; child = child->next)
		variable->allowed[variable->n_allowed++] = tl_value_of_item(arena, child);
}

static void read_variable(struct tl_builder *builder, const struct tl_item *item)
{
	struct tl_arena *arena = &builder->flow->arena;
	uint32_t slot = tl_builder_variable(builder, item->key);
	struct tl_variable *variable = &builder->flow->variables[slot];
	const struct tl_item *given = tl_item_get(item, "default"), *sensitive = tl_item_get(item, "sensitive");

	variable->name = key_name(item);
	variable->declared = true;
	variable->span = item->span;
	variable->type_name = tl_item_text(item, "type");
	variable->type = tl_type_parse(variable->type_name);
	variable->sensitive = sensitive && sensitive->kind == TL_BOOLEAN && sensitive->boolean;
	if (given && given->kind != TL_NULL) {
		variable->has_default = true;
		variable->default_value = tl_value_of_item(arena, given);
		variable->default_span = given->span;
	}
	read_allowed(arena, variable, tl_item_get(item, "enum"));
}

void tl_native_variables(struct tl_builder *builder, const struct tl_item *map)
{
	if (!map || map->kind != TL_MAP)
		return;
	for (const struct tl_item *item = map->first; item; item = item->next)
		read_variable(builder, item);
}

/* ---- prompts */

static void read_wording(struct tl_builder *builder, struct tl_wording *wording, const struct tl_item *item, bool is_text, uint32_t node)
{
	wording->language = item->key;
	wording->span = item->span;
	if (is_text) {
		wording->text = tl_builder_template(builder, item->text, item->span, false, node);
		return;
	}
	wording->text = literal(&builder->flow->arena, item);
	tl_builder_need(builder, TL_NEED_AUDIO, item->text, item->span, node);
}

/* A text or audio: one for all languages, or a map by language. */
static struct tl_wording *read_wordings(struct tl_builder *builder, const struct tl_item *item, bool is_text, uint32_t node, uint32_t *count)
{
	struct tl_arena *arena = &builder->flow->arena;
	struct tl_wording *wordings = NULL;

	*count = 0;
	if (item && item->kind == TL_STRING) {
		wordings = TL_ARENA_NEW(arena, struct tl_wording);
		read_wording(builder, &wordings[(*count)++], item, is_text, node);
		wordings[0].language = TL_STR("");
	} else if (item && item->kind == TL_MAP && item->count > 0) {
		wordings = TL_ARENA_ARRAY(arena, struct tl_wording, item->count);
		for (const struct tl_item *child = item->first; child; child = child->next) {
			if (child->kind == TL_STRING)
				read_wording(builder, &wordings[(*count)++], child, is_text, node);
		}
	}
	return wordings;
}

static void read_prompt(struct tl_builder *builder, uint32_t index, const struct tl_item *item, uint32_t node)
{
	uint32_t n_texts, n_audios;
	struct tl_wording *texts = read_wordings(builder, tl_item_get(item, "text"), true, node, &n_texts);
	struct tl_wording *audios = read_wordings(builder, tl_item_get(item, "audio"), false, node, &n_audios);
	struct tl_prompt *prompt = &builder->flow->prompts[index];

	prompt->declared = true;
	prompt->texts = texts;
	prompt->n_texts = n_texts;
	prompt->audios = audios;
	prompt->n_audios = n_audios;
	prompt->duration_ms = tl_native_duration(tl_item_get(item, "duration"), 0);
	prompt->span = item->span;
}

void tl_native_prompts(struct tl_builder *builder, const struct tl_item *map)
{
	if (!map || map->kind != TL_MAP)
		return;
	for (const struct tl_item *item = map->first; item; item = item->next)
		read_prompt(builder, tl_builder_prompt(builder, key_name(item)), item, TL_NONE);
}

uint32_t tl_native_prompt(struct tl_builder *builder, const struct tl_item *item, uint32_t node)
{
	uint32_t index;

	if (!item || (item->kind != TL_STRING && item->kind != TL_MAP))
		return TL_NONE;
	if (item->kind == TL_STRING)
		return tl_builder_prompt_named(builder, tl_native_name(item));
	index = tl_builder_prompt(builder, (struct tl_name){ { 0 }, item->span });
	read_prompt(builder, index, item, node);
	return index;
}

/* ---- the flow */

static void read_head(struct tl_flow *flow, const struct tl_item *root)
{
	flow->id = tl_native_name(tl_item_get(root, "flow"));
	flow->name = tl_native_name(tl_item_get(root, "name"));
	flow->renamed_from = tl_native_name(tl_item_get(root, "renamed_from"));
	flow->channel = tl_str_is(tl_item_text(root, "channel"), "message") ? TL_MESSAGE : TL_VOICE;
	flow->settings = tl_item_get(root, "settings");
}

void tl_native_node_limit(struct tl_builder *builder, const struct tl_item *nodes)
{
	const struct tl_lower *lower = builder->lower;

	if (!lower->findings || nodes->count <= lower->limits.nodes)
		return;
	tl_findings_add(lower->findings, &builder->flow->doc->source, nodes->key_span, TL_ERROR, "limit",
	                "the flow has %u nodes, more than the limit 'nodes' of %llu", nodes->count,
	                (unsigned long long)lower->limits.nodes);
}

void tl_native_read(struct tl_flow **out, struct tl_doc *doc, const struct tl_lower *lower)
{
	const struct tl_item *nodes = tl_item_get(doc->root, "nodes");
	struct tl_builder builder;

	tl_builder_init(&builder, doc, TL_DIALECT_NATIVE, lower);
	builder.flow->again = tl_native_read;
	read_head(builder.flow, doc->root);
	tl_native_variables(&builder, tl_item_get(doc->root, "variables"));
	tl_native_prompts(&builder, tl_item_get(doc->root, "prompts"));
	tl_builder_routine(&builder, TL_ROUTINE_FLOW, builder.flow->id);
	builder.flow->routines[0].span = doc->root->span;
	builder.flow->routines[0].entry = tl_target_named(tl_native_name(tl_item_get(doc->root, "start")));
	if (nodes && nodes->kind == TL_MAP) {
		tl_native_node_limit(&builder, nodes);
		for (const struct tl_item *item = nodes->first; item; item = item->next)
			tl_native_node(&builder, item, key_name(item));
	}
	*out = tl_builder_finish(&builder);
}

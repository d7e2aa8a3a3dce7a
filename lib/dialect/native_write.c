/* dialect/native_write.c: the model as a native file says it. The words of nodes, prompts and variables are flow/tree's; texts and the head are written here. */
#include "dialect/native.h"
#include "flow/tree.h"

static void put(struct tl_item *map, const char *key, struct tl_item *value)
{
	if (value)
		tl_item_put(map, tl_str(key), value);
}

static void put_text(struct tl_arena *arena, struct tl_item *map, const char *key, struct tl_str text)
{
	if (text.len > 0)
		put(map, key, tl_item_string(arena, text));
}

/* ---- texts */

/* A dollar sign is doubled where it would mean something else; a lone one stays, as a person writes it. */
static void write_literal(struct tl_buf *out, struct tl_str text, bool before_reference)
{
	for (size_t i = 0; i < text.len; i++) {
		char next = i + 1 < text.len ? text.ptr[i + 1] : before_reference ? '$' : '\0';

		tl_buf_char(out, text.ptr[i]);
		if (text.ptr[i] == '$' && (next == '$' || next == '{'))
			tl_buf_char(out, '$');
	}
}

/* Neighbouring literals are one text: what they hold together may look like a reference. */
static void write_parts(struct tl_buf *out, const struct tl_expr *parts, uint32_t count)
{
	struct tl_buf literal = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		if (parts[i].kind != TL_E_VARIABLE) {
			tl_value_text(&literal, &parts[i].value);
			continue;
		}
		write_literal(out, tl_buf_view(&literal), true);
		tl_buf_reset(&literal);
		tl_buf_printf(out, "${%.*s}", TL_FMT(parts[i].variable.name));
	}
	write_literal(out, tl_buf_view(&literal), false);
	tl_buf_clear(&literal);
}

static struct tl_item *write_value(struct tl_arena *arena, const struct tl_expr *expr)
{
	struct tl_buf out = { 0 };
	struct tl_item *item;

	if (expr->kind == TL_E_LITERAL && expr->value.type != TL_V_STRING)
		return tl_value_item(arena, &expr->value);
	if (expr->kind == TL_E_OPERATOR || expr->kind == TL_E_OPAQUE)
		return tl_expr_item(arena, expr);
	if (expr->kind == TL_E_TEMPLATE)
		write_parts(&out, expr->args, expr->n_args);
	else
		write_parts(&out, expr, 1);
	item = tl_item_string(arena, tl_arena_dup(arena, tl_buf_view(&out)));
	tl_buf_clear(&out);
	return item;
}

/* ---- the flow */

static int put_variables(const struct tl_tree *tree, struct tl_item *map, struct tl_error *err)
{
	struct tl_item *declared = tl_item_new(tree->arena, TL_MAP);

	for (uint32_t i = 0; i < tree->flow->n_variables; i++) {
		const struct tl_variable *variable = &tree->flow->variables[i];
		struct tl_item *item = variable->declared ? tl_tree_variable(tree, variable) : NULL;

		if (variable->environment)
			return tl_error_set(err, TL_UNSUPPORTED, "native files have no words for the environment variable '%.*s'", TL_FMT(variable->name.text));
		if (item)
			tl_item_put(declared, variable->name.text, item);
	}
	if (declared->count > 0)
		put(map, "variables", declared);
	return 0;
}

static void put_prompts(const struct tl_tree *tree, struct tl_item *map)
{
	struct tl_item *prompts = tl_item_new(tree->arena, TL_MAP);

	for (uint32_t i = 0; i < tree->flow->n_prompts; i++) {
		const struct tl_prompt *prompt = &tree->flow->prompts[i];

		if (prompt->declared && prompt->name.text.len > 0)
			tl_item_put(prompts, prompt->name.text, tl_tree_prompt(tree, prompt));
	}
	if (prompts->count > 0)
		put(map, "prompts", prompts);
}

static int put_nodes(const struct tl_tree *tree, struct tl_item *map, struct tl_error *err)
{
	struct tl_item *nodes = tl_item_new(tree->arena, TL_MAP);

	for (uint32_t i = 0; i < tree->flow->n_nodes; i++) {
		const struct tl_node *node = &tree->flow->nodes[i];
		struct tl_item *item;

		if (!tl_native_is_type(node->type))
			return tl_error_set(err, TL_UNSUPPORTED, "native files have no words for the node '%.*s' of type '%.*s'", TL_FMT(node->name.text), TL_FMT(node->type));
		if (node->extras && node->extras->count > 0)
			return tl_error_set(err, TL_UNSUPPORTED, "native files have no words for '%.*s' of the node '%.*s'", TL_FMT(node->extras->first->key),
			                    TL_FMT(node->name.text));
		item = tl_item_put(nodes, node->name.text, tl_item_new(tree->arena, TL_MAP));
		put_text(tree->arena, item, "type", node->type);
		put_text(tree->arena, item, "name", node->label);
		put_text(tree->arena, item, "description", node->description);
		tl_tree_node(tree, item, node);
	}
	put(map, "nodes", nodes);
	return 0;
}

int tl_native_write(struct tl_item **out, struct tl_arena *arena, const struct tl_flow *flow, struct tl_error *err)
{
	const struct tl_tree tree = { .arena = arena, .flow = flow, .style = TL_TREE_NATIVE, .targets = true, .value = write_value };
	struct tl_item *map = tl_item_new(arena, TL_MAP);

	*out = NULL;
	if (flow->dialect == TL_DIALECT_ARCHITECT)
		return tl_error_set(err, TL_UNSUPPORTED, "an Architect flow cannot be said in a native file");
	if (flow->extras && flow->extras->count > 0)
		return tl_error_set(err, TL_UNSUPPORTED, "native files have no words for '%.*s'", TL_FMT(flow->extras->first->key));
	put_text(arena, map, "flow", flow->id.text);
	if (!tl_str_equal(flow->name.text, flow->id.text))
		put_text(arena, map, "name", flow->name.text);
	put(map, "channel", tl_item_string(arena, flow->channel == TL_VOICE ? TL_STR("voice") : TL_STR("message")));
	put_text(arena, map, "start", flow->start.name.text);
	if (put_variables(&tree, map, err) != 0)
		return -1;
	put_prompts(&tree, map);
	if (put_nodes(&tree, map, err) != 0)
		return -1;
	if (flow->settings)
		put(map, "settings", tl_item_copy(arena, flow->settings));
	put_text(arena, map, "renamed_from", flow->renamed_from.text);
	*out = map;
	return 0;
}

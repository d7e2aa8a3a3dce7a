/* dialect/native_write.c: the model as a native file says it. The words of nodes, prompts and variables are flow/tree's; texts and the head are written here. */
#include "dialect/native.h"
#include "dialect/wire_rest.h"
#include "flow/tree.h"

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

static void write_reference(struct tl_buf *out, struct tl_str name)
{
	tl_buf_printf(out, "${%.*s}", TL_FMT(name));
}

static struct tl_item *write_value(struct tl_arena *arena, const struct tl_expr *expr)
{
	static const struct tl_expr_words words = { .literal = write_literal, .reference = write_reference };

	return tl_expr_said(arena, expr, &words);
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
		tl_item_put_some(map, "variables", declared);
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
		tl_item_put_some(map, "prompts", prompts);
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
			return tl_error_set(err, TL_UNSUPPORTED, "native files have no words for %.*s of the node '%.*s'",
			                    TL_FMT(tl_rest_first(tree->arena, node->extras)), TL_FMT(node->name.text));
		item = tl_item_put(nodes, node->name.text, tl_item_new(tree->arena, TL_MAP));
		tl_item_put_text(tree->arena, item, "type", node->type);
		tl_item_put_text(tree->arena, item, "name", node->label);
		tl_item_put_text(tree->arena, item, "description", node->description);
		tl_tree_node(tree, item, node);
	}
	tl_item_put_some(map, "nodes", nodes);
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
		return tl_error_set(err, TL_UNSUPPORTED, "native files have no words for %.*s", TL_FMT(tl_rest_first(arena, flow->extras)));
	tl_item_put_text(arena, map, "flow", flow->id.text);
	if (!tl_str_equal(flow->name.text, flow->id.text))
		tl_item_put_text(arena, map, "name", flow->name.text);
	tl_item_put_some(map, "channel", tl_item_string(arena, flow->channel == TL_VOICE ? TL_STR("voice") : TL_STR("message")));
	tl_item_put_text(arena, map, "start", flow->start.name.text);
	if (put_variables(&tree, map, err) != 0)
		return -1;
	put_prompts(&tree, map);
	if (put_nodes(&tree, map, err) != 0)
		return -1;
	if (flow->settings)
		tl_item_put_some(map, "settings", tl_item_copy(arena, flow->settings));
	tl_item_put_text(arena, map, "renamed_from", flow->renamed_from.text);
	*out = map;
	return 0;
}

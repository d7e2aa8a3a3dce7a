/* flow/canonical.c: the canonical form of a flow of any dialect, and its digest. */
#include "flow/canonical.h"

#include "doc/json.h"
#include "flow/architect_tree.h"
#include "flow/tree.h"

/* A borrowed tree under a key. */
static void put_copy(struct tl_arena *arena, struct tl_item *map, const char *key, const struct tl_item *item)
{
	if (item)
		tl_item_put_some(map, key, tl_item_copy(arena, item));
}

/* The platform's id is no part of what a flow is; a name that only repeats our id says nothing. */
static void put_head(struct tl_arena *arena, struct tl_item *map, const struct tl_flow *flow)
{
	if (!flow->foreign)
		tl_item_put_text(arena, map, "flow", flow->id.text);
	if (flow->foreign || !tl_str_equal(flow->name.text, flow->id.text))
		tl_item_put_text(arena, map, "name", flow->name.text);
	tl_item_put_text(arena, map, "renamed_from", flow->renamed_from.text);
	tl_item_put_text(arena, map, "architect_type", flow->architect_type);
	tl_item_put_some(map, "channel", tl_item_string(arena, flow->channel == TL_VOICE ? TL_STR("voice") : TL_STR("message")));
}

/* Variables of which nothing is said are only used: they show where they are. */
static void put_variables(const struct tl_tree *tree, struct tl_item *map)
{
	struct tl_item *declared = tl_item_new(tree->arena, TL_MAP), *environment = tl_item_new(tree->arena, TL_MAP);

	for (uint32_t i = 0; i < tree->flow->n_variables; i++) {
		const struct tl_variable *variable = &tree->flow->variables[i];
		struct tl_item *item = variable->declared ? tl_tree_variable(tree, variable) : NULL;

		if (item)
			tl_item_put(variable->environment ? environment : declared, variable->name.text, item);
	}
	if (declared->count > 0)
		tl_item_put_some(map, "variables", declared);
	if (environment->count > 0)
		tl_item_put_some(map, "environment", environment);
}

static void put_prompts(const struct tl_tree *tree, struct tl_item *map)
{
	struct tl_item *prompts = tl_item_new(tree->arena, TL_MAP);

	for (uint32_t i = 0; i < tree->flow->n_prompts; i++) {
		const struct tl_prompt *prompt = &tree->flow->prompts[i];
		struct tl_item *item;

		if (prompt->name.text.len == 0 || !prompt->declared)
			continue;
		item = tl_tree_prompt(tree, prompt);
		if (item->count > 0)
			tl_item_put(prompts, prompt->name.text, item);
	}
	if (prompts->count > 0)
		tl_item_put_some(map, "prompts", prompts);
}

static struct tl_item *node_item(const struct tl_tree *tree, const struct tl_node *node)
{
	struct tl_item *map = tl_item_new(tree->arena, TL_MAP);

	tl_item_put_text(tree->arena, map, "type", node->type);
	tl_item_put_text(tree->arena, map, "name", node->label);
	tl_item_put_text(tree->arena, map, "description", node->description);
	tl_tree_node(tree, map, node);
	put_copy(tree->arena, map, "extras", node->extras);
	return map;
}

static void put_nodes(const struct tl_tree *tree, struct tl_item *map)
{
	struct tl_item *nodes = tl_item_new(tree->arena, TL_MAP);

	for (uint32_t i = 0; i < tree->flow->n_nodes; i++)
		tl_item_put(nodes, tree->flow->nodes[i].name.text, node_item(tree, &tree->flow->nodes[i]));
	tl_item_put_some(map, "nodes", nodes);
	tl_item_put_text(tree->arena, map, "start", tree->flow->start.name.text);
}

struct tl_item *tl_flow_canonical(struct tl_arena *arena, const struct tl_flow *flow)
{
	struct tl_tree tree = { .arena = arena, .flow = flow, .style = TL_TREE_CANONICAL, .targets = true };
	struct tl_item *map = tl_item_new(arena, TL_MAP);

	put_head(arena, map, flow);
	put_variables(&tree, map);
	put_prompts(&tree, map);
	put_copy(arena, map, "settings", flow->settings);
	if (flow->dialect == TL_DIALECT_ARCHITECT) {
		put_copy(arena, map, "extras", tl_tree_architect_settings(arena, flow));
		tl_tree_architect(arena, map, flow);
	} else {
		put_copy(arena, map, "extras", flow->extras);
		put_nodes(&tree, map);
	}
	return tl_item_sorted(arena, map);
}

void tl_flow_digest(char out[TL_SHA256_SIZE], const struct tl_flow *flow, const struct tl_item *more)
{
	struct tl_arena arena = { 0 };
	struct tl_buf text = { 0 };
	struct tl_json json;

	/* Its keys are sorted: as tl_json_canonical() has it. */
	tl_json_init(&json, &text, false);
	tl_json_item(&json, tl_flow_canonical(&arena, flow));
	if (more) {
		tl_buf_char(&text, '\n');
		tl_json_canonical(&text, more);
	}
	tl_sha256_hex(out, tl_buf_view(&text));
	tl_buf_clear(&text);
	tl_arena_clear(&arena);
}

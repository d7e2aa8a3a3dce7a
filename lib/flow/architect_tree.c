/* flow/architect_tree.c: an Architect flow's nodes with their outcomes by name, redundant jumps resolved. */
#include "flow/architect_tree.h"

#include "flow/tree.h"

/* One canonical form while it is made. */
struct making {
	struct tl_tree tree;
	const struct tl_flow *flow;
	uint32_t *jump; /* by node: the outcome that a redundant jump stands for, or TL_NONE: the node stays */
};

static void put_flag(struct tl_arena *arena, struct tl_item *map, const char *key, bool flag)
{
	if (flag)
		tl_item_put_some(map, key, tl_item_boolean(arena, true));
}

/* Settings stand beside what the model knows of; where a name is taken already, or would be read as the bag for those, in a bag of their own. */
static void put_extras(struct tl_arena *arena, struct tl_item *map, const struct tl_item *extras)
{
	struct tl_item *bag = tl_item_new(arena, TL_MAP);

	for (const struct tl_item *item = extras ? extras->first : NULL; item; item = item->next) {
		bool taken = tl_str_is(item->key, "extras") || tl_item_get_str(map, item->key);

		tl_item_put(taken ? bag : map, item->key, tl_item_copy(arena, item));
	}
	if (bag->count > 0)
		tl_item_put_some(map, "extras", bag);
}

/* ---- redundant jumps */

/* The only way on of a node that does nothing else; TL_NONE for any other node. */
static uint32_t only_way(const struct tl_flow *flow, const struct tl_node *node)
{
	const struct tl_outcome *outcome = tl_node_outcomes(flow, node);

	if (node->op != TL_JUMP || node->n_outcomes != 1 || node->extras || node->description.len > 0)
		return TL_NONE;
	if (outcome->disabled || outcome->guard || outcome->n_assignments > 0 || outcome->prompt != TL_NONE || outcome->extras)
		return TL_NONE;
	return node->first_outcome;
}

/* The jump that `node` leads to next, or TL_NONE where its way ends at something else. */
static uint32_t next_jump(const struct making *making, uint32_t node)
{
	const struct tl_target *target = &making->flow->outcomes[making->jump[node]].target;

	if (target->to != TL_TO_NODE || making->jump[target->node] == TL_NONE)
		return TL_NONE;
	return target->node;
}

/* Resolves the jumps on the way from `node`: each gets the last outcome of it. Jumps that go in a circle stay as nodes, and those that lead into it lead
 * to the first of them. `way` has room for all nodes, `state` is 1 for a node on the way and 2 for one that is done. */
static void resolve_way(struct making *making, uint32_t node, uint32_t *way, unsigned char *state)
{
	uint32_t n = 0, at = node, last;

	while (at != TL_NONE && state[at] == 0) {
		state[at] = 1;
		way[n++] = at;
		at = next_jump(making, at);
	}
	if (at != TL_NONE && state[at] == 1) {
		do {
			state[way[--n]] = 2;
			making->jump[way[n]] = TL_NONE;
		} while (way[n] != at);
		at = TL_NONE;
	}
	if (n == 0)
		return;
	last = making->jump[at != TL_NONE ? at : way[n - 1]];
	while (n > 0) {
		state[way[--n]] = 2;
		making->jump[way[n]] = last;
	}
}

static void resolve_jumps(struct making *making)
{
	const struct tl_flow *flow = making->flow;
	uint32_t *way = TL_ARENA_ARRAY(making->tree.arena, uint32_t, flow->n_nodes + 1);
	unsigned char *state = TL_ARENA_ARRAY(making->tree.arena, unsigned char, flow->n_nodes + 1);

	for (uint32_t i = 0; i < flow->n_nodes; i++)
		making->jump[i] = only_way(flow, &flow->nodes[i]);
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		if (making->jump[i] != TL_NONE && state[i] == 0)
			resolve_way(making, i, way, state);
	}
}

static struct tl_item *target_item(const struct making *making, const struct tl_target *target)
{
	struct tl_arena *arena = making->tree.arena;

	if (target->to == TL_TO_NODE && making->jump[target->node] != TL_NONE)
		target = &making->flow->outcomes[making->jump[target->node]].target;
	switch (target->to) {
	case TL_TO_NODE:
		return tl_item_string(arena, making->flow->nodes[target->node].name.text);
	case TL_TO_RETURN:
		return tl_item_string(arena, TL_STR("(return)"));
	case TL_TO_END:
		return tl_item_string(arena, TL_STR("(end)"));
	case TL_TO_NOWHERE:
		break;
	}
	return tl_item_string(arena, tl_arena_printf(arena, "(nowhere) %.*s", TL_FMT(target->name.text)));
}

/* ---- nodes */

/* A plain target where an outcome is no more than that, else {to, …}. Guards, keys and effects of cases and choices stand with those. */
static struct tl_item *outcome_item(const struct making *making, const struct tl_outcome *outcome)
{
	struct tl_arena *arena = making->tree.arena;
	struct tl_item *to = target_item(making, &outcome->target), *map;
	bool bare = outcome->role == TL_R_CASE || outcome->role == TL_R_CHOICE;

	if (!outcome->disabled && !outcome->extras && outcome->exit.len == 0 &&
	    (bare || (!outcome->guard && outcome->n_assignments == 0 && outcome->prompt == TL_NONE)))
		return to;
	map = tl_item_new(arena, TL_MAP);
	tl_item_put_some(map, "to", to);
	put_flag(arena, map, "disabled", outcome->disabled);
	tl_item_put_text(arena, map, "exit", outcome->exit);
	if (!bare && outcome->guard)
		tl_item_put_some(map, "when", tl_expr_item(arena, outcome->guard));
	if (!bare && outcome->n_assignments > 0)
		tl_item_put_some(map, "set", tl_tree_assignments(&making->tree, outcome->assignments, outcome->n_assignments));
	if (!bare)
		tl_item_put_some(map, "prompt", tl_tree_prompt_use(&making->tree, outcome->prompt));
	put_extras(arena, map, outcome->extras);
	return map;
}

static void put_outcomes(const struct making *making, struct tl_item *map, const struct tl_node *node)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(making->flow, node);
	struct tl_item *all = tl_item_new(making->tree.arena, TL_MAP);

	for (uint32_t i = 0; i < node->n_outcomes; i++)
		tl_item_put(all, outcomes[i].name, outcome_item(making, &outcomes[i]));
	if (all->count > 0)
		tl_item_put_some(map, "outcomes", all);
}

/* What the native language has no words for. */
static void put_more(const struct making *making, struct tl_item *map, const struct tl_node *node)
{
	struct tl_arena *arena = making->tree.arena;
	struct tl_item *prompts = tl_item_new(arena, TL_LIST);

	for (uint32_t i = 0; i < node->n_more_prompts; i++) {
		if (node->more_prompts[i] != TL_NONE)
			tl_item_add(prompts, tl_tree_prompt_use(&making->tree, node->more_prompts[i]));
	}
	if (prompts->count > 0)
		tl_item_put_some(map, "more_prompts", prompts);
	if (node->subject && (node->op == TL_WAIT || (node->op == TL_INVOKE && node->service == TL_SERVICE_OTHER)))
		tl_item_put_some(map, "subject", tl_expr_item(arena, node->subject));
	if (node->op != TL_TRANSFER)
		tl_item_put_text(arena, map, "kind", node->kind);
	if (node->callee != TL_NONE)
		tl_item_put_text(arena, map, "callee", making->flow->routines[node->callee].name.text);
	if (node->ask.joint_budget != TL_NONE)
		tl_item_put_some(map, "joint_budget", tl_item_number(arena, node->ask.joint_budget));
	put_flag(arena, map, "match_exact", node->ask.match == TL_MATCH_EXACT);
	put_flag(arena, map, "ends_call", node->ends_call);
}

static struct tl_item *node_item(const struct making *making, const struct tl_node *node)
{
	struct tl_arena *arena = making->tree.arena;
	struct tl_item *map = tl_item_new(arena, TL_MAP);

	tl_item_put_text(arena, map, "type", node->type);
	tl_item_put_text(arena, map, "name", node->label);
	tl_item_put_text(arena, map, "description", node->description);
	if (node->routine < making->flow->n_routines)
		tl_item_put_text(arena, map, "routine", making->flow->routines[node->routine].name.text);
	tl_tree_node(&making->tree, map, node);
	put_more(making, map, node);
	put_outcomes(making, map, node);
	put_extras(arena, map, node->extras);
	return map;
}

/* ---- what holds anyway
 *
 * An export says some settings that hold where nothing is said: no description, the home division, the end of the call after a failure. */

static bool is_default_setting(const struct tl_item *item)
{
	return item->kind == TL_STRING && ((tl_str_is(item->key, "description") && item->text.len == 0) ||
	                                   (tl_str_is(item->key, "division") && tl_str_is(item->text, "Home")));
}

struct tl_item *tl_tree_architect_settings(struct tl_arena *arena, const struct tl_flow *flow)
{
	struct tl_item *said = tl_item_new(arena, TL_MAP);

	for (const struct tl_item *item = flow->extras ? flow->extras->first : NULL; item; item = item->next) {
		if (!is_default_setting(item))
			tl_item_put(said, item->key, tl_item_copy(arena, item));
	}
	return said->count > 0 ? said : NULL;
}

static bool is_bare(const struct tl_item *extras)
{
	const struct tl_item *only = extras ? extras->first : NULL;

	return !only || (extras->count == 1 && tl_str_is(only->key, "none") && only->kind == TL_BOOLEAN && only->boolean);
}

/* Whether a node is the handling of errors that says nothing: the call ends, without a word before. */
static bool is_default_handling(const struct tl_node *node)
{
	return node->op == TL_END && tl_str_is(node->type, "disconnect") && tl_str_is(node->name.text, "settingsErrorHandling/disconnect") &&
	       node->label.len == 0 && node->description.len == 0 && is_bare(node->extras);
}

static bool is_default_handler(const struct tl_flow *flow, const struct tl_handler *handler)
{
	return handler->target.to == TL_TO_NODE && is_default_handling(&flow->nodes[handler->target.node]);
}

/* ---- routines */

static const char *const kind_names[] = {
	[TL_ROUTINE_FLOW] = "flow", [TL_ROUTINE_TASK] = "task", [TL_ROUTINE_MENU] = "menu",
	[TL_ROUTINE_STATE] = "state", [TL_ROUTINE_BOT] = "bot", [TL_ROUTINE_CHOICE] = "choice",
};

static const char *const event_names[] = {
	[TL_ON_ERROR] = "error", [TL_ON_BUDGET] = "budget", [TL_ON_HANGUP] = "hangup", [TL_ON_AGENT] = "agent", [TL_ON_INPUT] = "input",
};

static struct tl_item *routine_item(const struct making *making, const struct tl_routine *routine)
{
	struct tl_arena *arena = making->tree.arena;
	struct tl_item *map = tl_item_new(arena, TL_MAP), *handlers = tl_item_new(arena, TL_LIST), *one;

	tl_item_put_some(map, "entry", target_item(making, &routine->entry));
	put_flag(arena, map, "repeats", routine->repeats);
	for (uint32_t i = 0; i < routine->n_handlers; i++) {
		if (is_default_handler(making->flow, &routine->handlers[i]))
			continue;
		one = tl_item_add(handlers, tl_item_new(arena, TL_MAP));
		tl_item_put_some(one, "on", tl_item_string(arena, tl_str(event_names[routine->handlers[i].on])));
		tl_item_put_some(one, "to", target_item(making, &routine->handlers[i].target));
	}
	if (handlers->count > 0)
		tl_item_put_some(map, "handlers", handlers);
	put_extras(arena, map, routine->extras);
	return map;
}

/* "menu Main Menu"; a second one of that name is "menu Main Menu (2)". */
static struct tl_str routine_key(const struct making *making, const struct tl_routine *routine, struct tl_map *taken)
{
	struct tl_arena *arena = making->tree.arena;
	struct tl_str key = tl_arena_printf(arena, "%s %.*s", kind_names[routine->kind], TL_FMT(routine->name.text));
	struct tl_map_entry *entry = tl_map_put(taken, key, NULL);

	if (++entry->value.index == 1)
		return key;
	return tl_arena_printf(arena, "%.*s (%u)", TL_FMT(key), entry->value.index);
}

static void put_routines(const struct making *making, struct tl_item *map)
{
	struct tl_item *routines = tl_item_new(making->tree.arena, TL_MAP);
	struct tl_map taken = { 0 };

	for (uint32_t i = 0; i < making->flow->n_routines; i++) {
		const struct tl_routine *routine = &making->flow->routines[i];

		tl_item_put(routines, routine_key(making, routine, &taken), routine_item(making, routine));
	}
	tl_map_clear(&taken);
	tl_item_put_some(map, "routines", routines);
}

void tl_tree_architect(struct tl_arena *arena, struct tl_item *map, const struct tl_flow *flow)
{
	struct making making = { .tree = { .arena = arena, .flow = flow, .style = TL_TREE_CANONICAL }, .flow = flow };
	struct tl_item *nodes = tl_item_new(arena, TL_MAP);

	making.jump = TL_ARENA_ARRAY(arena, uint32_t, flow->n_nodes + 1);
	resolve_jumps(&making);
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		if (making.jump[i] == TL_NONE && !is_default_handling(&flow->nodes[i]))
			tl_item_put(nodes, flow->nodes[i].name.text, node_item(&making, &flow->nodes[i]));
	}
	tl_item_put_some(map, "nodes", nodes);
	tl_item_put_some(map, "start", target_item(&making, &flow->start));
	put_routines(&making, map);
}

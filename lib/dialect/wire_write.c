/* dialect/wire_write.c: the model as the platform's flow JSON. The words are in wire.h. */
#include "dialect/wire.h"
#include "dialect/wire_rest.h"

static struct tl_item *text(struct tl_arena *arena, const char *literal)
{
	return tl_item_string(arena, tl_str(literal));
}

/* ---- conditions */

static struct tl_item *comparison(struct tl_arena *arena, const struct tl_expr *guard)
{
	struct tl_item *map = tl_item_new(arena, TL_MAP), *right;

	tl_item_put_some(map, "variable", tl_item_string(arena, guard->args[0].variable.name));
	tl_item_put_some(map, "condition", text(arena, tl_operator_table[guard->op].wire));
	if (guard->op == TL_OP_IN) {
		right = tl_item_new(arena, TL_LIST);
		for (uint32_t i = 1; i < guard->n_args; i++)
			tl_item_add(right, tl_value_item(arena, &guard->args[i].value));
	} else {
		right = tl_value_item(arena, &guard->args[1].value);
	}
	tl_item_put_some(map, "value", right);
	return map;
}

/* A guard of the model as the wire writes it. Recursion is bounded by the readers' depth. */
static struct tl_item *condition(struct tl_arena *arena, const struct tl_expr *guard)
{
	struct tl_item *map, *parts;

	if (guard->kind == TL_E_OPERATOR && guard->op > TL_OP_NOT)
		return comparison(arena, guard);
	map = tl_item_new(arena, TL_MAP);
	if (guard->kind != TL_E_OPERATOR) {
		tl_item_put_some(map, "condition", tl_value_item(arena, &guard->value));
		return map;
	}
	tl_item_put_some(map, "condition", text(arena, tl_operator_table[guard->op].wire));
	parts = tl_item_new(arena, TL_LIST);
	for (uint32_t i = 0; i < guard->n_args; i++)
		tl_item_add(parts, condition(arena, &guard->args[i]));
	tl_item_put_some(map, "conditions", parts);
	return map;
}

/* ---- nodes */

struct tl_tree tl_wire_tree(struct tl_arena *arena, const struct tl_flow *flow)
{
	return (struct tl_tree){ .arena = arena, .flow = flow, .value = tl_wire_value, .condition = condition };
}

/* How many model nodes from `first` on stand in one node of the wire. */
static uint32_t count_parts(const struct tl_flow *flow, uint32_t first)
{
	uint32_t count = 1;

	while (first + count < flow->n_nodes && tl_item_get(flow->nodes[first + count].extras, TL_WIRE_PART))
		count++;
	return count;
}

/* A node that is no action in itself. */
static bool is_bare(const struct tl_node *node)
{
	return node->op == TL_BRANCH || node->op == TL_END || node->op == TL_JUMP ||
	       (node->op == TL_SAY && tl_str_is(node->type, "webchat"));
}

static const char *wire_type(const struct tl_node *nodes, uint32_t count)
{
	if (is_bare(&nodes[0]) && nodes[0].op == TL_JUMP)
		return "start";
	if (is_bare(&nodes[0]) && nodes[0].op == TL_SAY)
		return "webchat";
	if (nodes[count - 1].op == TL_END)
		return "end";
	return count == 1 && nodes[0].op == TL_BRANCH ? "transition" : "action";
}

static void add_sets(const struct tl_tree *tree, struct tl_item *actions, const struct tl_node *node)
{
	for (uint32_t i = 0; i < node->n_assignments; i++) {
		struct tl_item *action = tl_item_add(actions, tl_item_new(tree->arena, TL_MAP));
		const struct tl_expr *value = node->assignments[i].value;

		tl_item_put_some(action, "name", text(tree->arena, "set"));
		tl_item_put_some(action, "variable", tl_item_string(tree->arena, node->assignments[i].name.text));
		tl_item_put_some(action, "value", value ? tl_wire_value(tree->arena, value) : tl_item_new(tree->arena, TL_NULL));
	}
}

static void add_action(const struct tl_tree *tree, struct tl_item *actions, const struct tl_node *node)
{
	const struct tl_wire_type *row = tl_wire_type_of_native(node->type);
	struct tl_item *action;

	if (node->op == TL_ASSIGN) {
		add_sets(tree, actions, node);
		return;
	}
	action = tl_item_add(actions, tl_item_new(tree->arena, TL_MAP));
	tl_item_put_some(action, "name", row && row->action ? text(tree->arena, row->action) : tl_item_string(tree->arena, node->type));
	if (node->op != TL_TRANSFER)
		tl_tree_node(tree, action, node);
	else if (node->subject)
		tl_item_put(action, tl_wire_target_member(node->kind), tl_wire_value(tree->arena, node->subject));
}

static void put_actions(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *nodes, uint32_t count)
{
	struct tl_item *actions = tl_item_new(tree->arena, TL_LIST);

	for (uint32_t i = 0; i < count; i++) {
		if (!is_bare(&nodes[i]))
			add_action(tree, actions, &nodes[i]);
	}
	if (actions->count > 0 || tl_str_is(tl_item_text(map, "type"), "action"))
		tl_item_put_some(map, "actions", actions);
}

static enum tl_role main_role(const struct tl_node *node)
{
	const struct tl_wire_type *row = tl_wire_type_of_native(node->type);

	return row ? row->main : TL_R_NEXT;
}

static void add_outcome(const struct tl_tree *tree, struct tl_item *conditions, const struct tl_outcome *outcome)
{
	struct tl_item *one = tl_item_new(tree->arena, TL_MAP);

	if (outcome->role == TL_R_CASE) {
		if (outcome->guard)
			one = condition(tree->arena, outcome->guard);
	} else {
		if (outcome->target.name.text.len == 0)
			return;
		tl_item_put_some(one, "variable", text(tree->arena, TL_WIRE_OUTCOME));
		tl_item_put_some(one, "condition", text(tree->arena, tl_operator_table[TL_OP_EQUALS].wire));
		tl_item_put_some(one, "value", tl_item_string(tree->arena, outcome->name));
	}
	tl_item_put_text(tree->arena, one, "transition", outcome->target.name.text);
	tl_item_add(conditions, one);
}

/* All outcomes of a node but its main one. */
static void add_outcomes(const struct tl_tree *tree, struct tl_item *conditions, const struct tl_node *node)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(tree->flow, node);
	enum tl_role main = main_role(node);

	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		if (outcomes[i].role != main)
			add_outcome(tree, conditions, &outcomes[i]);
	}
}

/* The ways on: of the last part, and of the action before a branch those that do not lead to it. */
static void put_ways(const struct tl_tree *tree, struct tl_item *map, uint32_t first, uint32_t count)
{
	const struct tl_node *nodes = tree->flow->nodes + first, *last = &nodes[count - 1];
	const struct tl_outcome *main = tl_node_outcome(tree->flow, last, main_role(last));
	struct tl_item *conditions = tl_item_new(tree->arena, TL_LIST);
	bool decides = last->op == TL_BRANCH;

	if (decides && count > 1) {
		const struct tl_outcome *outcomes = tl_node_outcomes(tree->flow, last - 1);

		for (uint32_t i = 0; i < last[-1].n_outcomes; i++) {
			if (outcomes[i].role != main_role(last - 1) && !tl_str_equal(outcomes[i].target.name.text, last->name.text))
				add_outcome(tree, conditions, &outcomes[i]);
		}
	}
	add_outcomes(tree, conditions, last);
	if (conditions->count > 0 || tl_str_is(tl_item_text(map, "type"), "transition"))
		tl_item_put_some(map, "conditions", conditions);
	if (main)
		tl_item_put_text(tree->arena, map, "transition", main->target.name.text);
}

struct tl_item *tl_wire_node(const struct tl_tree *tree, uint32_t first, uint32_t count)
{
	const struct tl_node *nodes = tree->flow->nodes + first, *last = &nodes[count - 1];
	struct tl_item *map = tl_item_new(tree->arena, TL_MAP);

	tl_item_put_some(map, "type", text(tree->arena, wire_type(nodes, count)));
	tl_item_put_text(tree->arena, map, "name", nodes[0].label);
	tl_item_put_text(tree->arena, map, "description", nodes[0].description);
	if (nodes[0].op == TL_SAY && is_bare(&nodes[0]))
		tl_item_put_some(map, "prompt", tl_tree_prompt_use(tree, nodes[0].prompt));
	put_actions(tree, map, nodes, count);
	if (last->op == TL_END) {
		tl_item_put_text(tree->arena, map, "exit", last->exit);
		tl_item_put_text(tree->arena, map, "reason", last->reason);
	} else {
		put_ways(tree, map, first, count);
	}
	return map;
}

/* The start node that leads to the flow's entry. */
static struct tl_item *start_node(const struct tl_tree *tree)
{
	struct tl_item *map = tl_item_new(tree->arena, TL_MAP);

	tl_item_put_some(map, "type", text(tree->arena, "start"));
	tl_item_put_text(tree->arena, map, "transition", tree->flow->start.name.text);
	return map;
}

struct tl_str tl_wire_start_name(const struct tl_flow *flow)
{
	return tl_map_find(&flow->node_names, TL_STR("start")) ? TL_STR("#start") : TL_STR("start");
}

bool tl_wire_starts_itself(const struct tl_flow *flow)
{
	return flow->start.to == TL_TO_NODE && flow->nodes[flow->start.node].op == TL_JUMP;
}

/* ---- the other shape */

static struct tl_item *listed_transition(struct tl_arena *arena, const struct tl_item *condition)
{
	struct tl_item *map = tl_item_new(arena, TL_MAP);
	const struct tl_item *target = tl_item_get(condition, "transition");

	if (target)
		tl_item_put_some(map, "targetId", tl_item_copy(arena, target));
	for (const struct tl_item *item = condition->first; item; item = item->next) {
		if (item != target)
			tl_item_put(map, item->key, tl_item_copy(arena, item));
	}
	return map;
}

struct tl_item *tl_wire_listed(struct tl_arena *arena, struct tl_str id, const struct tl_item *node)
{
	const struct tl_item *conditions = tl_item_get(node, "conditions"), *transition = tl_item_get(node, "transition");
	struct tl_item *map = tl_item_new(arena, TL_MAP), *transitions = tl_item_new(arena, TL_LIST);

	tl_item_put_some(map, "id", tl_item_string(arena, id));
	for (const struct tl_item *item = node->first; item; item = item->next) {
		if (item != conditions && item != transition)
			tl_item_put(map, item->key, tl_item_copy(arena, item));
	}
	for (const struct tl_item *item = conditions ? conditions->first : NULL; item; item = item->next)
		tl_item_add(transitions, listed_transition(arena, item));
	if (transition) {
		struct tl_item *only = tl_item_add(transitions, tl_item_new(arena, TL_MAP));

		tl_item_put_some(only, "targetId", tl_item_copy(arena, transition));
	}
	tl_item_put_some(map, "transitions", transitions);
	return map;
}

/* ---- the document */

/* The channel of a flow that does not say it. */
static enum tl_channel assumed_channel(const struct tl_flow *flow)
{
	if (tl_item_get(flow->settings, "webchat"))
		return TL_MESSAGE;
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		if (flow->nodes[i].op == TL_SAY && is_bare(&flow->nodes[i]))
			return TL_MESSAGE;
	}
	return TL_VOICE;
}

bool tl_wire_is_platforms(struct tl_str key)
{
	static const char *const table[] = {
		"id", "version", "status", "statusReason", "publishedVersion", "selfUri", "dateCreated", "dateModified",
	};

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		if (tl_str_is(key, table[i]))
			return true;
	}
	return false;
}

/* The value of an environment variable is a text of the wire like any other. */
static struct tl_item *environment_value(const struct tl_tree *tree, const struct tl_variable *variable)
{
	struct tl_expr literal = { .kind = TL_E_LITERAL, .value = variable->default_value };

	return tl_wire_value(tree->arena, variable->default_expr ? variable->default_expr : &literal);
}

static void put_variables(const struct tl_tree *tree, struct tl_item *map, struct tl_item *environment)
{
	struct tl_item *declared = tl_item_new(tree->arena, TL_MAP);

	for (uint32_t i = 0; i < tree->flow->n_variables; i++) {
		const struct tl_variable *variable = &tree->flow->variables[i];
		struct tl_item *item = variable->declared && !variable->environment ? tl_tree_variable(tree, variable) : NULL;

		if (variable->environment)
			tl_item_put(environment, variable->name.text, environment_value(tree, variable));
		else if (item || (variable->declared && !tree->flow->foreign))
			tl_item_put(declared, variable->name.text, item ? item : tl_item_new(tree->arena, TL_MAP));
	}
	if (declared->count > 0)
		tl_item_put_some(map, "variables", declared);
}

static void put_prompts(const struct tl_tree *tree, struct tl_item *map)
{
	struct tl_item *prompts = tl_item_new(tree->arena, TL_MAP);

	for (uint32_t i = 0; i < tree->flow->n_prompts; i++) {
		const struct tl_prompt *prompt = &tree->flow->prompts[i];
		struct tl_item *item = prompt->declared && prompt->name.text.len > 0 ? tl_tree_prompt(tree, prompt) : NULL;

		if (item && (item->count > 0 || !tree->flow->foreign))
			tl_item_put(prompts, prompt->name.text, item);
	}
	if (prompts->count > 0)
		tl_item_put_some(map, "prompts", prompts);
}

struct tl_item *tl_wire_head(const struct tl_tree *tree)
{
	const struct tl_flow *flow = tree->flow;
	struct tl_item *map = tl_item_new(tree->arena, TL_MAP), *environment = tl_item_new(tree->arena, TL_MAP);

	tl_item_put_text(tree->arena, map, "name", flow->name.text.len > 0 || flow->foreign ? flow->name.text : flow->id.text);
	if (!flow->foreign) {
		tl_item_put_text(tree->arena, map, "externalId", flow->id.text);
		tl_item_put_text(tree->arena, map, "renamed_from", flow->renamed_from.text);
	}
	if (!flow->foreign || flow->channel != assumed_channel(flow))
		tl_item_put_some(map, "channel", text(tree->arena, flow->channel == TL_VOICE ? "voice" : "message"));
	put_variables(tree, map, environment);
	put_prompts(tree, map);
	if (environment->count > 0)
		tl_item_put_some(map, "environmentVariables", environment);
	if (flow->settings)
		tl_item_put_some(map, "applicationSettings", tl_item_copy(tree->arena, flow->settings));
	return map;
}

/* ---- all of it, with what was kept */

static void add_node(struct tl_arena *arena, struct tl_item *nodes, struct tl_str name, struct tl_item *node, const struct tl_item *rest)
{
	if (nodes->kind == TL_LIST)
		node = tl_wire_listed(arena, name, node);
	if (rest)
		node = tl_rest_over(arena, node, rest);
	if (nodes->kind == TL_LIST)
		tl_item_add(nodes, node);
	else
		tl_item_put(nodes, name, node);
}

static void add_start(const struct tl_tree *tree, struct tl_item *nodes)
{
	const struct tl_flow *flow = tree->flow;
	const struct tl_item *kept = tl_item_get(flow->extras, TL_WIRE_START);

	if ((tl_wire_starts_itself(flow) && !kept) || flow->start.name.text.len == 0 || (kept && kept->kind != TL_STRING))
		return;
	add_node(tree->arena, nodes, kept ? kept->text : tl_wire_start_name(flow), start_node(tree), tl_item_get(flow->extras, TL_WIRE_ENTRY));
}

/* What stands among the nodes and is none goes back to them. */
static void add_others(const struct tl_tree *tree, struct tl_item *nodes)
{
	const struct tl_item *kept = tl_item_get(tree->flow->extras, TL_WIRE_NODES);

	for (const struct tl_item *item = kept ? kept->first : NULL; item; item = item->next) {
		struct tl_item *copy = tl_rest_over(tree->arena, tl_item_new(tree->arena, TL_NULL), item);

		if (nodes->kind == TL_LIST)
			tl_item_add(nodes, copy);
		else
			tl_item_put(nodes, item->key, copy);
	}
}

static struct tl_item *all_nodes(const struct tl_tree *tree)
{
	const struct tl_flow *flow = tree->flow;
	const struct tl_item *others = tl_item_get(flow->extras, TL_WIRE_NODES);
	bool list = tl_item_get(flow->extras, TL_WIRE_SHAPE) != NULL;
	struct tl_item *nodes = tl_item_new(tree->arena, list ? TL_LIST : TL_MAP);

	if (others && others->kind != TL_LIST && others->kind != TL_MAP)
		return tl_item_copy(tree->arena, others);
	add_start(tree, nodes);
	for (uint32_t i = 0; i < flow->n_nodes;) {
		uint32_t count = count_parts(flow, i);

		add_node(tree->arena, nodes, flow->nodes[i].name.text, tl_wire_node(tree, i, count), flow->nodes[i].extras);
		i += count;
	}
	add_others(tree, nodes);
	return nodes;
}

int tl_wire_write(struct tl_item **out, struct tl_arena *arena, const struct tl_flow *flow, struct tl_error *err)
{
	struct tl_tree tree = tl_wire_tree(arena, flow);

	*out = NULL;
	if (flow->dialect == TL_DIALECT_ARCHITECT)
		return tl_error_set(err, TL_UNSUPPORTED, "an Architect flow cannot be written for this platform");
	*out = flow->extras ? tl_rest_over(arena, tl_wire_head(&tree), flow->extras) : tl_wire_head(&tree);
	tl_item_put_some(*out, "nodes", all_nodes(&tree));
	return 0;
}

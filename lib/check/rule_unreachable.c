/* check/rule_unreachable.c: nodes and routines that no call can come to, by the graph alone. */
#include "check/rules.h"

/* A name that leads nowhere is most likely a slip for the nearest one: what hangs on that has been said once and is not said again. */
static void reach_by_slips(struct tl_check *check, bool *reached)
{
	const struct tl_flow *flow = check->flow;
	struct tl_str *names = TL_ARENA_ARRAY(check->scratch, struct tl_str, flow->n_nodes);
	uint32_t *work = TL_ARENA_ARRAY(check->scratch, uint32_t, flow->n_nodes + (size_t)1), count = 0, n = 0;

	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		names[i] = flow->nodes[i].name.text;
		if (reached[i])
			work[count++] = i;
	}
	for (; n < count; n++) {
		const struct tl_node *node = &flow->nodes[work[n]];

		for (uint32_t i = 0; i < node->n_outcomes; i++) {
			const struct tl_target *target = &tl_node_outcomes(flow, node)[i].target;
			uint32_t to = target->to == TL_TO_NODE ? target->node : TL_NONE;

			if (target->to == TL_TO_NOWHERE && target->name.text.len > 0)
				to = tl_map_index(&flow->node_names, tl_check_nearest(check, target->name.text, names, flow->n_nodes));
			if (to == TL_NONE || reached[to])
				continue;
			reached[to] = true;
			work[count++] = to;
		}
	}
}

/* Whether some outcome names a node that is not there (`named`), or an outcome that must be there does not say where it leads. */
static bool leads_nowhere(const struct tl_flow *flow, const bool *reached, bool named)
{
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_outcome *outcomes = tl_node_outcomes(flow, &flow->nodes[i]);

		for (uint32_t j = 0; reached[i] && j < flow->nodes[i].n_outcomes; j++) {
			if (outcomes[j].target.to == TL_TO_NOWHERE && (outcomes[j].target.name.text.len > 0) == named)
				return true;
		}
	}
	return false;
}

static const char *routine_kind(const struct tl_routine *routine)
{
	static const char *const names[] = {
		[TL_ROUTINE_FLOW] = "flow", [TL_ROUTINE_TASK] = "task", [TL_ROUTINE_MENU] = "menu",
		[TL_ROUTINE_STATE] = "state", [TL_ROUTINE_BOT] = "bot", [TL_ROUTINE_CHOICE] = "choice",
	};

	return names[routine->kind];
}

/* Whether another node that is not reached leads here: then that one is the place to look at. */
static bool *led_to_by_dead(struct tl_check *check, const bool *reached)
{
	const struct tl_flow *flow = check->flow;
	bool *led = TL_ARENA_ARRAY(check->scratch, bool, flow->n_nodes + (size_t)1);

	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_outcome *outcomes = tl_node_outcomes(flow, &flow->nodes[i]);

		for (uint32_t j = 0; !reached[i] && j < flow->nodes[i].n_outcomes; j++) {
			if (outcomes[j].target.to == TL_TO_NODE && outcomes[j].target.node != i)
				led[outcomes[j].target.node] = true;
		}
	}
	return led;
}

/* Whether the reader has found a reference that leads to nothing: what it should have led to is not known. */
static bool has_broken_reference(const struct tl_check *check)
{
	for (size_t i = check->first; i < check->findings->count; i++) {
		if (strcmp(check->findings->items[i].rule, "unknown-node") == 0)
			return true;
	}
	return false;
}

/* Lists of actions: a routine that is never entered is one finding, and so is what follows an end within one that is. */
static void check_nested(struct tl_check *check, const bool *reached)
{
	const struct tl_flow *flow = check->flow;
	bool *led = led_to_by_dead(check, reached), broken = has_broken_reference(check);

	for (uint32_t i = 1; i < flow->n_routines && !broken; i++) {
		const struct tl_routine *routine = &flow->routines[i];

		if (!check->entered[i] && !routine->vendor_default)
			tl_check_say(check, routine->name.span, "no path leads to the %s '%.*s'", routine_kind(routine), TL_FMT(routine->name.text));
	}
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_node *node = &flow->nodes[i];

		if (!reached[i] && check->entered[node->routine] && !led[i])
			tl_check_say(check, node->name.span, "no path leads to '%.*s'", TL_FMT(node->name.text));
	}
}

static void local(struct tl_check *check)
{
	const struct tl_flow *flow = check->flow;
	bool *reached = TL_ARENA_ARRAY(check->scratch, bool, flow->n_nodes + (size_t)1);

	/* Without a start nothing is reached, and that is said elsewhere. */
	if (flow->start.to == TL_TO_NOWHERE)
		return;
	memcpy(reached, check->reached, flow->n_nodes * sizeof(bool));
	if (flow->dialect == TL_DIALECT_ARCHITECT) {
		check_nested(check, reached);
		return;
	}
	if (leads_nowhere(flow, reached, true))
		reach_by_slips(check, reached);
	/* What the schema misses there may lead anywhere. */
	if (flow->dialect == TL_DIALECT_NATIVE && leads_nowhere(flow, reached, false))
		return;
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		if (!reached[i])
			tl_check_say(check, flow->nodes[i].name.span, "no path leads to '%.*s'", TL_FMT(flow->nodes[i].name.text));
	}
}

const struct tl_rule tl_rule_unreachable = {
	.id = "unreachable",
	.level = TL_WARNING,
	.summary = "no path from the start leads to a node, task, menu or state",
	.explain = "Every outcome of every node counts as possible here, whatever its condition; only what no outcome leads to is reported. Where a\n"
	           "transition names a node that is not there, the nearest name counts as reached, so that one slip is one finding. In Architect files a\n"
	           "failed transfer goes on with the next action, and the menu that Architect always makes is a note of its own (default-menu).\n",
	.bad = "flow: line\nchannel: voice\nstart: bye\nnodes:\n  bye: {type: end}\n  old: {type: transfer, to: {queue: old}}\n",
	.good = "flow: line\nchannel: voice\nstart: bye\nnodes:\n  bye: {type: end}\n",
	.local = local,
};

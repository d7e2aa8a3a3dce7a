/* check/rule_dead_end.c: nodes from which no end and no transfer can be reached, although they take input. */
#include "check/rules.h"

/* Who leads to each node n: from[first[n + 1] … first[n + 2]). */
struct backwards {
	uint32_t *first, *from;
};

static bool is_edge(const struct tl_outcome *outcome)
{
	return !outcome->disabled && outcome->target.to == TL_TO_NODE;
}

static void turn_round(struct backwards *back, struct tl_check *check)
{
	const struct tl_flow *flow = check->flow;

	back->first = TL_ARENA_ARRAY(check->scratch, uint32_t, flow->n_nodes + (size_t)2);
	back->from = TL_ARENA_ARRAY(check->scratch, uint32_t, flow->n_outcomes + (size_t)1);
	for (uint32_t i = 0; i < flow->n_outcomes; i++) {
		if (is_edge(&flow->outcomes[i]))
			back->first[flow->outcomes[i].target.node + 1]++;
	}
	for (uint32_t i = 0; i < flow->n_nodes; i++)
		back->first[i + 1] += back->first[i];
	back->first[flow->n_nodes + 1] = back->first[flow->n_nodes];
	/* first[n + 1] runs from the end of n's part to its start while it is filled. */
	for (uint32_t i = flow->n_nodes; i-- > 0;) {
		const struct tl_outcome *outcomes = tl_node_outcomes(flow, &flow->nodes[i]);

		for (uint32_t j = 0; j < flow->nodes[i].n_outcomes; j++) {
			if (is_edge(&outcomes[j]))
				back->from[--back->first[outcomes[j].target.node + 1]] = i;
		}
	}
}

/* Marks all nodes from which a marked one can be reached. */
static void spread(struct tl_check *check, bool *leaves)
{
	uint32_t n_nodes = check->flow->n_nodes, *work = TL_ARENA_ARRAY(check->scratch, uint32_t, n_nodes + (size_t)1), count = 0;
	struct backwards back;

	turn_round(&back, check);
	for (uint32_t i = 0; i < n_nodes; i++) {
		if (leaves[i])
			work[count++] = i;
	}
	for (uint32_t n = 0; n < count; n++) {
		for (uint32_t i = back.first[work[n] + 1]; i < back.first[work[n] + 2]; i++) {
			if (leaves[back.from[i]])
				continue;
			leaves[back.from[i]] = true;
			work[count++] = back.from[i];
		}
	}
}

static bool leaves_at_once(const struct tl_flow *flow, uint32_t node, const bool *all)
{
	const struct tl_node *n = &flow->nodes[node];
	const struct tl_routine *routine = &flow->routines[n->routine];

	return n->op == TL_WAIT || routine->repeats || routine->n_handlers > 0 || !tl_check_stays(flow, node, all);
}

static bool takes_input(const struct tl_check *check, const struct tl_cycle *cycle)
{
	for (uint32_t i = 0; i < cycle->count; i++) {
		enum tl_op op = check->flow->nodes[cycle->nodes[i]].op;

		if (op == TL_MENU || op == TL_GATHER)
			return true;
	}
	return false;
}

/* Every closed cycle once, at its first node; those without input are endless loops. */
static void say_cycles(struct tl_check *check, const bool *leaves)
{
	for (size_t i = 0; i < check->cycles.count; i++) {
		const struct tl_cycle *cycle = &check->cycles.items[i];
		const struct tl_name *name = &check->flow->nodes[cycle->nodes[0]].name;

		if (leaves[cycle->nodes[0]] || !takes_input(check, cycle))
			continue;
		tl_check_say(check, name->span, "from '%.*s' no path leads to an end or a transfer: the caller can only hang up", TL_FMT(name->text));
	}
}

/* In the platform's own format a transition may be left out, and the platform refuses that. In a native file the schema says so. */
static void say_missing(struct tl_check *check)
{
	const struct tl_flow *flow = check->flow;

	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_node *node = &flow->nodes[i];
		const struct tl_outcome *outcomes = tl_node_outcomes(flow, node);

		for (uint32_t j = 0; check->reached[i] && j < node->n_outcomes; j++) {
			if (outcomes[j].target.to != TL_TO_NOWHERE || outcomes[j].target.name.text.len > 0)
				continue;
			tl_check_say_at(check, TL_ERROR, node->name.span, "nothing follows '%.*s'", TL_FMT(node->name.text));
			break;
		}
	}
}

static void local(struct tl_check *check)
{
	const struct tl_flow *flow = check->flow;
	bool *leaves = TL_ARENA_ARRAY(check->scratch, bool, flow->n_nodes + (size_t)1);
	bool *all = TL_ARENA_ARRAY(check->scratch, bool, flow->n_nodes + (size_t)1);

	memset(all, true, flow->n_nodes * sizeof(bool));
	for (uint32_t i = 0; i < flow->n_nodes; i++)
		leaves[i] = leaves_at_once(flow, i, all);
	spread(check, leaves);
	say_cycles(check, leaves);
	if (flow->dialect == TL_DIALECT_WIRE)
		say_missing(check);
}

const struct tl_rule tl_rule_dead_end = {
	.id = "dead-end",
	.level = TL_WARNING,
	.summary = "from a node no path leads to an end or a transfer",
	.explain = "The caller is asked again and again, and whatever the answer no outcome ever leads to an 'end', a 'transfer' or out of the flow: the call\n"
	           "ends only when the caller hangs up. A cycle that takes no input at all is an endless-loop instead. In a file of the platform's own\n"
	           "format a node without a transition is a dead end, too, and an error.\n",
	.bad = "flow: line\nchannel: voice\nstart: main\nprompts: {ask: {text: Press 1.}}\nnodes:\n"
	       "  main: {type: menu, prompt: ask, choices: [{key: \"1\", next: news}], otherwise: main}\n  news: {type: play, prompt: {text: None.}, next: main}\n",
	.good = "flow: line\nchannel: voice\nstart: main\nprompts: {ask: {text: Press 1.}}\nnodes:\n"
	        "  main: {type: menu, prompt: ask, choices: [{key: \"1\", next: news}], otherwise: bye}\n  news: {type: play, prompt: {text: None.}, next: main}\n"
	        "  bye: {type: end}\n",
	.local = local,
};

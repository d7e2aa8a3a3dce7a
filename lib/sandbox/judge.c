/* sandbox/judge.c: a flow as the platform judges it: there is one, it starts somewhere, and every transition leads to something. */
#include "sandbox/judge.h"

#include "flow/graph.h"

static struct tl_judgement *add(struct tl_judgements *out, bool error, const char *code, struct tl_str node, const char *field)
{
	struct tl_judgement *judgement = &out->items[out->count++];

	*judgement = (struct tl_judgement){ .node = node, .field = tl_str(field), .code = code, .error = error };
	out->errors += error;
	return judgement;
}

static void judge_start(struct tl_judgements *out, struct tl_arena *arena, const struct tl_flow *flow)
{
	struct tl_judgement *judgement;

	if (flow->start.to != TL_TO_NOWHERE)
		return;
	if (flow->start.name.text.len == 0) {
		add(out, true, "missing.start", TL_STR(""), "nodes")->message = TL_STR("the flow has no node that a call starts with");
		return;
	}
	judgement = add(out, true, "unknown.node", TL_STR(""), "transition");
	judgement->message = tl_arena_printf(arena, "the flow starts with '%.*s', which is no node", TL_FMT(flow->start.name.text));
}

static void judge_node(struct tl_judgements *out, struct tl_arena *arena, const struct tl_flow *flow, const struct tl_node *node)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(flow, node);
	struct tl_str name = tl_arena_dup(arena, node->name.text);

	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		const struct tl_target *target = &outcomes[i].target;

		if (target->to == TL_TO_NOWHERE && target->name.text.len > 0)
			add(out, true, "unknown.node", name, "transition")->message =
				tl_arena_printf(arena, "node '%.*s' leads to '%.*s', which is no node", TL_FMT(name), TL_FMT(target->name.text));
	}
}

static void judge_reach(struct tl_judgements *out, struct tl_arena *arena, const struct tl_flow *flow)
{
	bool *reached = TL_ARENA_ARRAY(arena, bool, flow->n_nodes);

	tl_graph_reach(flow, reached, NULL);
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		struct tl_str name = flow->nodes[i].name.text;

		if (!reached[i])
			add(out, false, "unreachable", tl_arena_dup(arena, name), "name")->message =
				tl_arena_printf(arena, "no call gets to node '%.*s'", TL_FMT(name));
	}
}

void tl_judge_flow(struct tl_judgements *out, struct tl_arena *arena, const struct tl_flow *flow)
{
	*out = (struct tl_judgements){ 0 };
	/* Each node, outcome and the start may be spoken of once. */
	out->items = TL_ARENA_ARRAY(arena, struct tl_judgement, flow ? 1 + (size_t)flow->n_outcomes + flow->n_nodes : 1);
	if (!flow) {
		add(out, true, "unreadable", TL_STR(""), "nodes")->message = TL_STR("this is no flow: its 'nodes' cannot be read");
		return;
	}
	judge_start(out, arena, flow);
	for (uint32_t i = 0; i < flow->n_nodes; i++)
		judge_node(out, arena, flow, &flow->nodes[i]);
	if (out->errors == 0)
		judge_reach(out, arena, flow);
}

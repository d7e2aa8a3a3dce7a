/* flow/edges.c: every edge of a flow, once each, as vertices with lists. */
#include "flow/edges.h"

#include <stdlib.h>
#include <string.h>

#include "flow/graph.h"

/* Where the return from a routine leads. One row a kind of routine. */
enum follows {
	FOLLOWS_NOTHING, /* the call ends */
	FOLLOWS_CALLERS, /* the outcomes of the calls that entered it; a jump that entered it has dropped its frames */
	FOLLOWS_MENU,    /* the menu whose choice led into it */
};

static const enum follows follows_table[] = {
	[TL_ROUTINE_FLOW] = FOLLOWS_NOTHING, /* flow-language.md: a call that runs off its flow is over */
	[TL_ROUTINE_TASK] = FOLLOWS_CALLERS, /* Architect: a reusable task returns to the action that called it */
	[TL_ROUTINE_MENU] = FOLLOWS_CALLERS, /* Architect: menus are entered by jumps */
	[TL_ROUTINE_STATE] = FOLLOWS_CALLERS, /* Architect: states are entered by jumps */
	[TL_ROUTINE_BOT] = FOLLOWS_CALLERS, /* Architect: a bot returns to the action that called it */
	[TL_ROUTINE_CHOICE] = FOLLOWS_MENU, /* assumed: after a choice's own task the menu is offered again */
};

uint32_t tl_edge_return(const struct tl_flow *flow, uint32_t routine)
{
	return flow->n_nodes + routine;
}

uint32_t tl_edge_vertex(const struct tl_flow *flow, const struct tl_target *target, uint32_t routine)
{
	if (target->to == TL_TO_NODE)
		return target->node;
	return target->to == TL_TO_RETURN ? tl_edge_return(flow, routine) : TL_NONE;
}

bool tl_edge_enters(const struct tl_node *node)
{
	return node->op == TL_CALL && node->callee != TL_NONE;
}

bool tl_edge_returns(const struct tl_node *node)
{
	return node->op == TL_END && !node->ends_call;
}

static void visit_edge(tl_edge_visitor *visit, void *data, uint32_t from, uint32_t to)
{
	if (to != TL_NONE)
		visit(data, from, to);
}

void tl_edge_outcomes(const struct tl_flow *flow, const struct tl_node *node, uint32_t from, tl_edge_visitor *visit, void *data)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(flow, node);

	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		if (!outcomes[i].disabled)
			visit_edge(visit, data, from, tl_edge_vertex(flow, &outcomes[i].target, node->routine));
	}
}

/* From the return of a choice's own task back to the menu `index` that leads into it. */
static void visit_menu_returns(const struct tl_flow *flow, uint32_t index, tl_edge_visitor *visit, void *data)
{
	const struct tl_node *menu = &flow->nodes[index];
	const struct tl_outcome *outcomes = tl_node_outcomes(flow, menu);

	for (uint32_t i = 0; i < menu->n_outcomes; i++) {
		const struct tl_target *target = &outcomes[i].target;
		uint32_t routine = target->to == TL_TO_NODE ? flow->nodes[target->node].routine : menu->routine;

		if (routine != menu->routine && follows_table[flow->routines[routine].kind] == FOLLOWS_MENU)
			visit(data, tl_edge_return(flow, routine), index);
	}
}

/* Every edge of the flow. With `repeats`, the return from a routine that starts again at its end leads to its entry. */
static void visit_edges(const struct tl_flow *flow, bool repeats, tl_edge_visitor *visit, void *data)
{
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_node *node = &flow->nodes[i];

		if (tl_edge_enters(node)) {
			visit_edge(visit, data, i, tl_edge_vertex(flow, &flow->routines[node->callee].entry, node->callee));
			if (follows_table[flow->routines[node->callee].kind] == FOLLOWS_CALLERS)
				tl_edge_outcomes(flow, node, tl_edge_return(flow, node->callee), visit, data);
			continue;
		}
		tl_edge_outcomes(flow, node, i, visit, data);
		if (tl_edge_returns(node))
			visit_edge(visit, data, i, tl_edge_return(flow, node->routine));
		if (node->op == TL_MENU)
			visit_menu_returns(flow, i, visit, data);
	}
	for (uint32_t i = 0; repeats && i < flow->n_routines; i++) {
		if (flow->routines[i].repeats)
			visit_edge(visit, data, tl_edge_return(flow, i), tl_edge_vertex(flow, &flow->routines[i].entry, i));
	}
}

static void count_edge(void *data, uint32_t from, uint32_t to)
{
	struct tl_edges *edges = data;

	(void)to;
	edges->first[from + 1]++;
}

static void fill_edge(void *data, uint32_t from, uint32_t to)
{
	struct tl_edges *edges = data;

	/* first[from] runs from the vertex's start to its end while edges are filled in. */
	edges->to[edges->first[from]++] = to;
}

void tl_edges_init(struct tl_edges *edges, const struct tl_flow *flow, bool repeats)
{
	edges->flow = flow;
	edges->n = flow->n_nodes + flow->n_routines;
	edges->first = tl_alloc_zero((size_t)edges->n + 2, sizeof(*edges->first));
	visit_edges(flow, repeats, count_edge, edges);
	for (uint32_t i = 0; i < edges->n; i++)
		edges->first[i + 1] += edges->first[i];
	edges->to = tl_alloc_zero((size_t)edges->first[edges->n] + 1, sizeof(*edges->to));
	visit_edges(flow, repeats, fill_edge, edges);
	memmove(edges->first + 1, edges->first, edges->n * sizeof(*edges->first));
	edges->first[0] = 0;
}

void tl_edges_clear(struct tl_edges *edges)
{
	free(edges->first);
	free(edges->to);
}

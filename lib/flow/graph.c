/* flow/graph.c: what a call can come to, paths, and what follows a node or a routine; without recursion. */
#include "flow/graph.h"

#include <stdlib.h>
#include <string.h>

#include "flow/edges.h"

static void visit_edge(tl_edge_visitor *visit, void *data, uint32_t from, uint32_t to)
{
	if (to != TL_NONE)
		visit(data, from, to);
}

/* ---- reachability: what a call that starts at the start can come to */

struct reaching {
	const struct tl_flow *flow;
	bool *seen;           /* by vertex */
	bool *entered;        /* by routine */
	uint32_t *work;       /* vertices seen whose edges were not followed yet */
	size_t n_work;
	uint32_t *callers;    /* by place: nodes that return from a routine leads to, grouped by routine */
	uint32_t *first_caller;
};

static void reach_vertex(void *data, uint32_t from, uint32_t to)
{
	struct reaching *reaching = data;

	(void)from;
	if (reaching->seen[to])
		return;
	reaching->seen[to] = true;
	reaching->work[reaching->n_work++] = to;
}

static void enter_routine(struct reaching *reaching, uint32_t routine)
{
	const struct tl_routine *entered = &reaching->flow->routines[routine];

	if (reaching->entered[routine])
		return;
	reaching->entered[routine] = true;
	for (uint32_t i = 0; i < entered->n_handlers; i++)
		visit_edge(reach_vertex, reaching, TL_NONE, tl_edge_vertex(reaching->flow, &entered->handlers[i].target, routine));
}

static void reach_node(struct reaching *reaching, uint32_t index)
{
	const struct tl_flow *flow = reaching->flow;
	const struct tl_node *node = &flow->nodes[index];

	enter_routine(reaching, node->routine);
	if (!tl_edge_enters(node)) {
		tl_edge_outcomes(flow, node, index, reach_vertex, reaching);
		if (tl_edge_returns(node))
			reach_vertex(reaching, index, tl_edge_return(flow, node->routine));
		return;
	}
	enter_routine(reaching, node->callee);
	visit_edge(reach_vertex, reaching, index, tl_edge_vertex(flow, &flow->routines[node->callee].entry, node->callee));
	/* The routine was left before this call was come to. */
	if (reaching->seen[tl_edge_return(flow, node->callee)])
		tl_edge_outcomes(flow, node, index, reach_vertex, reaching);
}

/* A routine is left: those of its callers that were come to go on. */
static void reach_return(struct reaching *reaching, uint32_t routine)
{
	const struct tl_flow *flow = reaching->flow;

	for (uint32_t i = reaching->first_caller[routine]; i < reaching->first_caller[routine + 1]; i++) {
		const struct tl_node *caller = &flow->nodes[reaching->callers[i]];

		if (reaching->seen[reaching->callers[i]])
			tl_edge_outcomes(flow, caller, reaching->callers[i], reach_vertex, reaching);
	}
}

/* The calls of each routine of this flow, grouped. The menu that offers a choice's own task was come to before the task. */
static void find_callers(struct reaching *reaching)
{
	const struct tl_flow *flow = reaching->flow;
	uint32_t *first = reaching->first_caller;

	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		if (tl_edge_enters(&flow->nodes[i]))
			first[flow->nodes[i].callee + 1]++;
	}
	for (uint32_t i = 0; i < flow->n_routines; i++)
		first[i + 1] += first[i];
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		if (tl_edge_enters(&flow->nodes[i]))
			reaching->callers[first[flow->nodes[i].callee]++] = i;
	}
	memmove(first + 1, first, flow->n_routines * sizeof(*first));
	first[0] = 0;
}

void tl_graph_reach(const struct tl_flow *flow, bool *reached, bool *entered)
{
	size_t n = (size_t)flow->n_nodes + flow->n_routines;
	struct reaching reaching = { .flow = flow };

	reaching.seen = tl_alloc_zero(n + 1, sizeof(bool));
	reaching.entered = tl_alloc_zero((size_t)flow->n_routines + 1, sizeof(bool));
	reaching.work = tl_alloc_zero(n + 1, sizeof(uint32_t));
	reaching.callers = tl_alloc_zero((size_t)flow->n_nodes + 1, sizeof(uint32_t));
	reaching.first_caller = tl_alloc_zero((size_t)flow->n_routines + 2, sizeof(uint32_t));
	find_callers(&reaching);
	enter_routine(&reaching, 0);
	visit_edge(reach_vertex, &reaching, TL_NONE, tl_edge_vertex(flow, &flow->start, 0));
	while (reaching.n_work > 0) {
		uint32_t vertex = reaching.work[--reaching.n_work];

		if (vertex < flow->n_nodes)
			reach_node(&reaching, vertex);
		else
			reach_return(&reaching, vertex - flow->n_nodes);
	}
	memcpy(reached, reaching.seen, flow->n_nodes * sizeof(bool));
	if (entered)
		memcpy(entered, reaching.entered, flow->n_routines * sizeof(bool));
	free(reaching.seen);
	free(reaching.entered);
	free(reaching.work);
	free(reaching.callers);
	free(reaching.first_caller);
}

/* ---- paths and what follows */

/* Follows edges from the vertices that stand in `work` already, through returns always and through nodes where `through_nodes`. */
struct walk {
	const struct tl_edges *edges;
	bool *seen;
	uint32_t *work;
	size_t n_work, next;
};

static void walk_to(void *data, uint32_t from, uint32_t to)
{
	struct walk *walk = data;

	(void)from;
	if (walk->seen[to])
		return;
	walk->seen[to] = true;
	walk->work[walk->n_work++] = to;
}

static void walk_from(struct walk *walk, uint32_t vertex)
{
	for (uint32_t i = walk->edges->first[vertex]; i < walk->edges->first[vertex + 1]; i++)
		walk_to(walk, vertex, walk->edges->to[i]);
}

static void walk_init(struct walk *walk, const struct tl_edges *edges)
{
	*walk = (struct walk){ .edges = edges };
	walk->seen = tl_alloc_zero((size_t)edges->n + 1, sizeof(bool));
	walk->work = tl_alloc_zero((size_t)edges->n + 1, sizeof(uint32_t));
}

static void walk_clear(struct walk *walk)
{
	free(walk->seen);
	free(walk->work);
}

/* What an event may lead to while the call is at `node`. */
static void walk_handlers(struct walk *walk, uint32_t node)
{
	const struct tl_flow *flow = walk->edges->flow;
	uint32_t routine = flow->nodes[node].routine;

	for (uint32_t i = 0; i < flow->routines[routine].n_handlers; i++)
		visit_edge(walk_to, walk, node, tl_edge_vertex(flow, &flow->routines[routine].handlers[i].target, routine));
}

bool tl_graph_path(const struct tl_flow *flow, uint32_t from, uint32_t to)
{
	struct tl_edges edges;
	struct walk walk;
	bool found;

	tl_edges_init(&edges, flow, true);
	walk_init(&walk, &edges);
	walk_from(&walk, from);
	walk_handlers(&walk, from);
	while (walk.next < walk.n_work && !walk.seen[to]) {
		uint32_t vertex = walk.work[walk.next++];

		walk_from(&walk, vertex);
		if (vertex < flow->n_nodes)
			walk_handlers(&walk, vertex);
	}
	found = walk.seen[to];
	walk_clear(&walk);
	tl_edges_clear(&edges);
	return found;
}

uint32_t tl_graph_next(uint32_t **out, struct tl_arena *arena, const struct tl_flow *flow, uint32_t node)
{
	struct tl_edges edges;
	struct walk walk;
	uint32_t count = 0;

	tl_edges_init(&edges, flow, true);
	walk_init(&walk, &edges);
	walk_from(&walk, node);
	while (walk.next < walk.n_work) {
		uint32_t next = walk.work[walk.next++];

		if (next >= flow->n_nodes)
			walk_from(&walk, next);
	}
	*out = TL_ARENA_ARRAY(arena, uint32_t, walk.n_work + 1);
	for (size_t i = 0; i < walk.n_work; i++) {
		if (walk.work[i] < flow->n_nodes)
			(*out)[count++] = walk.work[i];
	}
	walk_clear(&walk);
	tl_edges_clear(&edges);
	return count;
}

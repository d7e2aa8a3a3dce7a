/* flow/graph.h: graph algorithms over the model: who reaches what, cycles, dominators of nothing more than rules and tools ask for. */
#ifndef TL_FLOW_GRAPH_H
#define TL_FLOW_GRAPH_H

#include "flow/flow.h"

/* The nodes and routines that a call of the flow can reach by any outcome that is not disabled, calls and jumps followed, handlers of reached routines
 * included. `reached` has flow->n_nodes entries, `entered` flow->n_routines (may be NULL); the caller's. */
void tl_graph_reach(const struct tl_flow *flow, bool *reached, bool *entered);
/* Whether a path of one or more steps leads from node `from` to node `to`. */
bool tl_graph_path(const struct tl_flow *flow, uint32_t from, uint32_t to);
/* The nodes that follow `node` directly, calls into this flow's routines and returns included, without repetitions, into `out` (arena array). */
uint32_t tl_graph_next(uint32_t **out, struct tl_arena *arena, const struct tl_flow *flow, uint32_t node);

/* Strongly connected components that hold a cycle (more than one node, or a node that follows itself), each with its nodes in document order,
 * ordered by their first node. Tarjan, without recursion. Only nodes where `in` (NULL: all) is true count. A routine that repeats is no cycle by that. */
struct tl_cycle {
	uint32_t *nodes;
	uint32_t count;
};
struct tl_cycles {
	struct tl_cycle *items;
	size_t count;
};
void tl_graph_cycles(struct tl_cycles *out, struct tl_arena *arena, const struct tl_flow *flow, const bool *in);

/* How many nodes the longest acyclic path from the start has; 0 where nothing is entered. The longest path of a graph with cycles cannot be found in useful time, so
 * what leads back is left out first: going in depth from the start, outcomes in document order, every edge that leads to a node which is on the way already. Of what
 * remains it is exact, and the path is one that the flow has: a flow is never called longer than it is. Time in the size of the flow, without recursion. */
uint32_t tl_graph_longest(const struct tl_flow *flow);

#endif

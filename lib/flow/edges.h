/* flow/edges.h: a flow as a graph, for the algorithms of this room. A vertex is a node, or (from n_nodes on) the return from a routine: a way out
 * of a routine leads there, and from there to what follows those that entered it. So there are hardly more edges than outcomes, however often
 * a routine is called. */
#ifndef TL_FLOW_EDGES_H
#define TL_FLOW_EDGES_H

#include "flow/flow.h"

struct tl_edges {
	const struct tl_flow *flow;
	uint32_t n;      /* vertices */
	uint32_t *first; /* by vertex: where its edges start in `to`; first[n] is the end */
	uint32_t *to;
};

/* All edges. With `repeats`, the return from a routine that starts again at its end leads to its entry. */
void tl_edges_init(struct tl_edges *edges, const struct tl_flow *flow, bool repeats);
void tl_edges_clear(struct tl_edges *edges);

/* The vertex of the return from a routine. */
uint32_t tl_edge_return(const struct tl_flow *flow, uint32_t routine);
/* The vertex that a target out of `routine` leads to, or TL_NONE. */
uint32_t tl_edge_vertex(const struct tl_flow *flow, const struct tl_target *target, uint32_t routine);
/* Whether the node enters a routine of its own flow and goes on only when that comes back. */
bool tl_edge_enters(const struct tl_node *node);
/* Whether the node itself leaves its routine. */
bool tl_edge_returns(const struct tl_node *node);

typedef void tl_edge_visitor(void *data, uint32_t from, uint32_t to);
/* The outcomes of a node that are not disabled, as edges from the vertex `from`. */
void tl_edge_outcomes(const struct tl_flow *flow, const struct tl_node *node, uint32_t from, tl_edge_visitor *visit, void *data);

#endif

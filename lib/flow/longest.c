/* flow/longest.c: the longest path of a flow, what leads back left out. */
#include <stdlib.h>

#include "flow/edges.h"
#include "flow/graph.h"

enum mark { MARK_NEW, MARK_ON_THE_WAY, MARK_DONE };

struct longest {
	struct tl_edges edges;
	enum mark *marks;    /* by vertex */
	uint32_t *next;      /* by vertex: the edge to follow next */
	uint32_t *length;    /* by vertex that is done: nodes of the longest path from it on, itself included */
	uint32_t *way;       /* vertices on the way */
	uint32_t depth;
};

static void step_into(struct longest *longest, uint32_t vertex)
{
	longest->marks[vertex] = MARK_ON_THE_WAY;
	longest->next[vertex] = longest->edges.first[vertex];
	longest->way[longest->depth++] = vertex;
}

/* The return from a routine is no node. Edges to what is on the way lead back: they do not count. */
static void step_back(struct longest *longest)
{
	uint32_t vertex = longest->way[--longest->depth], most = 0;
	const struct tl_edges *edges = &longest->edges;

	for (uint32_t i = edges->first[vertex]; i < edges->first[vertex + 1]; i++) {
		uint32_t to = edges->to[i];

		if (longest->marks[to] == MARK_DONE && longest->length[to] > most)
			most = longest->length[to];
	}
	longest->length[vertex] = most + (vertex < edges->flow->n_nodes);
	longest->marks[vertex] = MARK_DONE;
}

static void walk(struct longest *longest, uint32_t start)
{
	step_into(longest, start);
	while (longest->depth > 0) {
		uint32_t vertex = longest->way[longest->depth - 1], to;

		if (longest->next[vertex] == longest->edges.first[vertex + 1]) {
			step_back(longest);
			continue;
		}
		to = longest->edges.to[longest->next[vertex]++];
		if (longest->marks[to] == MARK_NEW)
			step_into(longest, to);
	}
}

uint32_t tl_graph_longest(const struct tl_flow *flow)
{
	uint32_t start = flow->n_routines > 0 ? tl_edge_vertex(flow, &flow->start, 0) : TL_NONE, length;
	struct longest longest = { .depth = 0 };

	if (start == TL_NONE)
		return 0;
	tl_edges_init(&longest.edges, flow, false);
	longest.marks = tl_alloc_zero(longest.edges.n, sizeof(*longest.marks));
	longest.next = tl_alloc_zero(longest.edges.n, sizeof(*longest.next));
	longest.length = tl_alloc_zero(longest.edges.n, sizeof(*longest.length));
	longest.way = tl_alloc_zero(longest.edges.n, sizeof(*longest.way));
	walk(&longest, start);
	length = longest.length[start];
	free(longest.marks);
	free(longest.next);
	free(longest.length);
	free(longest.way);
	tl_edges_clear(&longest.edges);
	return length;
}

/* flow/cycles.c: cycles, by Tarjan's strongly connected components with a stack of our own. */
#include <stdlib.h>
#include <string.h>

#include "flow/edges.h"
#include "flow/graph.h"

struct tarjan {
	const struct tl_edges *edges;
	const bool *in;
	uint32_t *order;  /* by vertex: when it was come to, from 1; 0: not yet */
	uint32_t *low;
	uint32_t *at;     /* by vertex: the edge to follow next */
	bool *open;       /* on `stack` */
	uint32_t *stack;  /* vertices without a component */
	uint32_t *path;   /* from the root to where it is */
	uint32_t n_stack, n_path, clock;
	struct tl_arena *arena;
	struct tl_cycles *out;
	size_t capacity;
	struct tl_cycle *found; /* grown on the heap, copied to the arena at the end */
};

static bool takes_part(const struct tarjan *tarjan, uint32_t vertex)
{
	return vertex >= tarjan->edges->flow->n_nodes || !tarjan->in || tarjan->in[vertex];
}

static void come_to(struct tarjan *tarjan, uint32_t vertex)
{
	tarjan->order[vertex] = tarjan->low[vertex] = ++tarjan->clock;
	tarjan->at[vertex] = tarjan->edges->first[vertex];
	tarjan->stack[tarjan->n_stack++] = vertex;
	tarjan->path[tarjan->n_path++] = vertex;
	tarjan->open[vertex] = true;
}

static bool follows_itself(const struct tl_edges *edges, uint32_t vertex)
{
	for (uint32_t i = edges->first[vertex]; i < edges->first[vertex + 1]; i++) {
		if (edges->to[i] == vertex)
			return true;
	}
	return false;
}

static int compare_indices(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

/* Keeps stack[from …] as a cycle where it is one: by its nodes, returns left out. */
static void keep_cycle(struct tarjan *tarjan, uint32_t from)
{
	uint32_t n_nodes = tarjan->edges->flow->n_nodes, count = 0;
	struct tl_cycle *cycle;
	uint32_t *nodes;

	if (tarjan->n_stack - from == 1 && !follows_itself(tarjan->edges, tarjan->stack[from]))
		return;
	nodes = TL_ARENA_ARRAY(tarjan->arena, uint32_t, tarjan->n_stack - from);
	for (uint32_t i = from; i < tarjan->n_stack; i++) {
		if (tarjan->stack[i] < n_nodes)
			nodes[count++] = tarjan->stack[i];
	}
	if (count == 0)
		return;
	qsort(nodes, count, sizeof(*nodes), compare_indices);
	tarjan->found = tl_grow(tarjan->found, &tarjan->capacity, tarjan->out->count + 1, sizeof(*tarjan->found));
	cycle = &tarjan->found[tarjan->out->count++];
	cycle->nodes = nodes;
	cycle->count = count;
}

/* All edges of the path's last vertex were followed. */
static void leave(struct tarjan *tarjan)
{
	uint32_t vertex = tarjan->path[--tarjan->n_path], from = tarjan->n_stack;

	if (tarjan->n_path > 0) {
		uint32_t before = tarjan->path[tarjan->n_path - 1];

		if (tarjan->low[vertex] < tarjan->low[before])
			tarjan->low[before] = tarjan->low[vertex];
	}
	if (tarjan->low[vertex] != tarjan->order[vertex])
		return;
	do {
		from--;
		tarjan->open[tarjan->stack[from]] = false;
	} while (tarjan->stack[from] != vertex);
	keep_cycle(tarjan, from);
	tarjan->n_stack = from;
}

static void search(struct tarjan *tarjan, uint32_t root)
{
	come_to(tarjan, root);
	while (tarjan->n_path > 0) {
		uint32_t vertex = tarjan->path[tarjan->n_path - 1], to;

		if (tarjan->at[vertex] == tarjan->edges->first[vertex + 1]) {
			leave(tarjan);
			continue;
		}
		to = tarjan->edges->to[tarjan->at[vertex]++];
		if (!takes_part(tarjan, to))
			continue;
		if (tarjan->order[to] == 0)
			come_to(tarjan, to);
		else if (tarjan->open[to] && tarjan->order[to] < tarjan->low[vertex])
			tarjan->low[vertex] = tarjan->order[to];
	}
}

static int compare_cycles(const void *left, const void *right)
{
	const struct tl_cycle *a = left, *b = right;

	return compare_indices(&a->nodes[0], &b->nodes[0]);
}

void tl_graph_cycles(struct tl_cycles *out, struct tl_arena *arena, const struct tl_flow *flow, const bool *in)
{
	struct tl_edges edges;
	struct tarjan tarjan = { .edges = &edges, .in = in, .arena = arena, .out = out };
	uint32_t *numbers;

	*out = (struct tl_cycles){ 0 };
	tl_edges_init(&edges, flow, false);
	numbers = tl_alloc_zero(5 * ((size_t)edges.n + 1), sizeof(uint32_t));
	tarjan.order = numbers;
	tarjan.low = tarjan.order + edges.n;
	tarjan.at = tarjan.low + edges.n;
	tarjan.stack = tarjan.at + edges.n;
	tarjan.path = tarjan.stack + edges.n;
	tarjan.open = tl_alloc_zero((size_t)edges.n + 1, sizeof(bool));
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		if (tarjan.order[i] == 0 && takes_part(&tarjan, i))
			search(&tarjan, i);
	}
	if (out->count > 0) {
		qsort(tarjan.found, out->count, sizeof(*tarjan.found), compare_cycles);
		out->items = TL_ARENA_ARRAY(arena, struct tl_cycle, out->count);
		memcpy(out->items, tarjan.found, out->count * sizeof(*tarjan.found));
	}
	free(tarjan.found);
	free(tarjan.open);
	free(numbers);
	tl_edges_clear(&edges);
}

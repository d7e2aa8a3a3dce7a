/* live/counts.c: a counter by the name of flow and node; an edition knows those of its nodes by their place. */
#include "live/counts.h"

#include <stdlib.h>

static uint32_t counter_of(struct tl_counts *counts, const struct tl_flow *flow, const struct tl_node *node)
{
	struct tl_buf key = { 0 };
	struct tl_map_entry *entry;
	struct tl_counter *counter;

	tl_buf_str(&key, flow->id.text);
	tl_buf_char(&key, '\0');
	tl_buf_str(&key, node->name.text);
	entry = tl_map_find(&counts->by_node, tl_buf_view(&key));
	if (!entry) {
		counter = tl_alloc_zero(1, sizeof(*counter));
		counter->flow = tl_arena_dup(&counts->names, flow->id.text);
		counter->node = tl_arena_dup(&counts->names, node->name.text);
		counter->type = tl_arena_dup(&counts->names, node->type);
		entry = tl_map_put(&counts->by_node, tl_arena_dup(&counts->names, tl_buf_view(&key)), NULL);
		entry->value.index = (uint32_t)counts->count;
		counts->counters = tl_grow(counts->counters, &counts->capacity, counts->count + 1, sizeof(*counts->counters));
		counts->counters[counts->count++] = counter;
	}
	tl_buf_clear(&key);
	return entry->value.index;
}

/* Counted from now on where it was not. */
static struct tl_counted *counted(struct tl_counts *counts, struct tl_counted_flows *flows, const struct tl_flow *flow)
{
	struct tl_counted *made;

	for (size_t i = 0; i < flows->count; i++) {
		if (flows->flows[i].flow == flow)
			return &flows->flows[i];
	}
	flows->flows = tl_grow(flows->flows, &flows->capacity, flows->count + 1, sizeof(*flows->flows));
	made = &flows->flows[flows->count++];
	*made = (struct tl_counted){ .flow = flow, .counters = tl_alloc_zero(flow->n_nodes + 1, sizeof(*made->counters)) };
	for (uint32_t i = 0; i < flow->n_nodes; i++)
		made->counters[i] = counter_of(counts, flow, &flow->nodes[i]);
	return made;
}

void tl_counts_add(struct tl_counts *counts, struct tl_counted_flows *flows, const struct tl_program *program)
{
	counted(counts, flows, program->flow);
	for (size_t i = 0; i < flows->count; i++) {
		const struct tl_flow *flow = flows->flows[i].flow, *callee;

		for (uint32_t j = 0; j < flow->n_nodes; j++) {
			const struct tl_node *node = &flow->nodes[j];

			if (node->op != TL_CALL || node->callee != TL_NONE || !node->subject || !program->find)
				continue;
			callee = program->find(program->data, node->subject->value.text);
			if (callee)
				counted(counts, flows, callee);
		}
	}
}

struct tl_counter *tl_counts_of(struct tl_counts *counts, struct tl_counted_flows *flows, const struct tl_flow *flow, const struct tl_node *node)
{
	return counts->counters[counted(counts, flows, flow)->counters[node - flow->nodes]];
}

void tl_counter_attempt(struct tl_counter *counter, enum tl_attempt result)
{
	*(result == TL_MATCH ? &counter->matches : result == TL_NO_MATCH ? &counter->no_matches : &counter->no_inputs) += 1;
}

static struct tl_attend_node shown(const struct tl_counter *counter)
{
	return (struct tl_attend_node){
		.flow = counter->flow, .node = counter->node, .type = counter->type, .here = counter->here, .visits = counter->visits,
		.matches = counter->matches, .no_matches = counter->no_matches, .no_inputs = counter->no_inputs,
	};
}

void tl_counts_list(struct tl_attend_node **nodes, size_t *count, struct tl_arena *arena, const struct tl_counts *counts, const struct tl_counted_flows *newest)
{
	bool *done = TL_ARENA_ARRAY(arena, bool, counts->count + 1);
	size_t made = 0;

	*nodes = TL_ARENA_ARRAY(arena, struct tl_attend_node, counts->count + 1);
	for (size_t i = 0; newest && i < newest->count; i++) {
		const struct tl_counted *flow = &newest->flows[i];

		for (uint32_t j = 0; j < flow->flow->n_nodes; j++) {
			if (!done[flow->counters[j]])
				(*nodes)[made++] = shown(counts->counters[flow->counters[j]]);
			done[flow->counters[j]] = true;
		}
	}
	for (size_t i = 0; i < counts->count; i++) {
		if (!done[i] && counts->counters[i]->visits > 0)
			(*nodes)[made++] = shown(counts->counters[i]);
	}
	*count = made;
}

void tl_counted_flows_clear(struct tl_counted_flows *flows)
{
	for (size_t i = 0; i < flows->count; i++)
		free(flows->flows[i].counters);
	free(flows->flows);
	*flows = (struct tl_counted_flows){ 0 };
}

void tl_counts_clear(struct tl_counts *counts)
{
	for (size_t i = 0; i < counts->count; i++)
		free(counts->counters[i]);
	free(counts->counters);
	tl_map_clear(&counts->by_node);
	tl_arena_clear(&counts->names);
	*counts = (struct tl_counts){ 0 };
}

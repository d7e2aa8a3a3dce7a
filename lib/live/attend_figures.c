/* live/attend_figures.c: what is counted: by node over all editions, and in all. */
#include "live/attending.h"

#include <stdlib.h>

/* A node that goes by the same name in another edition is the same. */
static uint32_t counter_of(struct tl_attend *attend, const struct tl_flow *flow, const struct tl_node *node)
{
	struct tl_buf key = { 0 };
	struct tl_map_entry *entry;
	struct tl_counter *counter;

	tl_buf_str(&key, flow->id.text);
	tl_buf_char(&key, '\0');
	tl_buf_str(&key, node->name.text);
	entry = tl_map_find(&attend->by_node, tl_buf_view(&key));
	if (!entry) {
		counter = tl_alloc_zero(1, sizeof(*counter));
		counter->flow = tl_arena_dup(&attend->names, flow->id.text);
		counter->node = tl_arena_dup(&attend->names, node->name.text);
		counter->type = tl_arena_dup(&attend->names, node->type);
		entry = tl_map_put(&attend->by_node, tl_arena_dup(&attend->names, tl_buf_view(&key)), NULL);
		entry->value.index = (uint32_t)attend->n_counters;
		attend->counters = tl_grow(attend->counters, &attend->counter_capacity, attend->n_counters + 1, sizeof(*attend->counters));
		attend->counters[attend->n_counters++] = counter;
	}
	tl_buf_clear(&key);
	return entry->value.index;
}

/* The flow of a held edition, counted from now on where it was not. */
static struct tl_counted *counted(struct tl_attend *attend, struct tl_held *held, const struct tl_flow *flow)
{
	struct tl_counted *made;

	for (size_t i = 0; i < held->n_flows; i++) {
		if (held->flows[i].flow == flow)
			return &held->flows[i];
	}
	held->flows = tl_grow(held->flows, &held->flow_capacity, held->n_flows + 1, sizeof(*held->flows));
	made = &held->flows[held->n_flows++];
	*made = (struct tl_counted){ .flow = flow, .counters = tl_alloc_zero(flow->n_nodes + 1, sizeof(*made->counters)) };
	for (uint32_t i = 0; i < flow->n_nodes; i++)
		made->counters[i] = counter_of(attend, flow, &flow->nodes[i]);
	return made;
}

void tl_attend_count_edition(struct tl_attend *attend, struct tl_held *held)
{
	const struct tl_program *program = &held->edition->program;

	counted(attend, held, program->flow);
	for (size_t i = 0; i < held->n_flows; i++) {
		const struct tl_flow *flow = held->flows[i].flow, *callee;

		for (uint32_t j = 0; j < flow->n_nodes; j++) {
			const struct tl_node *node = &flow->nodes[j];

			if (node->op != TL_CALL || node->callee != TL_NONE || !node->subject || !program->find)
				continue;
			callee = program->find(program->data, node->subject->value.text);
			if (callee)
				counted(attend, held, callee);
		}
	}
}

struct tl_counter *tl_attend_counter(struct tl_attend *attend, struct tl_held *held, const struct tl_flow *flow, const struct tl_node *node)
{
	return attend->counters[counted(attend, held, flow)->counters[node - flow->nodes]];
}

void tl_attend_held_free(struct tl_held *held)
{
	for (size_t i = 0; i < held->n_flows; i++)
		free(held->flows[i].counters);
	free(held->flows);
	free(held);
}

/* ---- figures */

static struct tl_attend_latency latency_of(const struct tl_latencies *latencies)
{
	return (struct tl_attend_latency){
		.count = latencies->count, .p50_us = tl_latency_percentile(latencies, 50), .p99_us = tl_latency_percentile(latencies, 99), .max_us = latencies->max,
	};
}

static void add_node(struct tl_attend_figures *out, const struct tl_counter *counter)
{
	out->nodes[out->n_nodes++] = (struct tl_attend_node){
		.flow = counter->flow, .node = counter->node, .type = counter->type, .here = counter->here, .visits = counter->visits,
		.matches = counter->matches, .no_matches = counter->no_matches, .no_inputs = counter->no_inputs,
	};
}

/* Those of the newest edition in the order of its documents, then what only older ones had. */
static void fill_nodes(struct tl_attend_figures *out, struct tl_arena *arena, const struct tl_attend *attend)
{
	bool *done = TL_ARENA_ARRAY(arena, bool, attend->n_counters + 1);

	out->nodes = TL_ARENA_ARRAY(arena, struct tl_attend_node, attend->n_counters + 1);
	for (size_t i = 0; attend->held && i < attend->held->n_flows; i++) {
		const struct tl_counted *flow = &attend->held->flows[i];

		for (uint32_t j = 0; j < flow->flow->n_nodes; j++) {
			if (!done[flow->counters[j]])
				add_node(out, attend->counters[flow->counters[j]]);
			done[flow->counters[j]] = true;
		}
	}
	for (size_t i = 0; i < attend->n_counters; i++) {
		if (!done[i] && attend->counters[i]->visits > 0)
			add_node(out, attend->counters[i]);
	}
}

static void fill_errors(struct tl_attend_figures *out, struct tl_arena *arena, const struct tl_attend *attend)
{
	size_t count = attend->n_errors < TL_ATTEND_ERRORS ? attend->n_errors : TL_ATTEND_ERRORS;

	for (size_t i = 0; i < count; i++)
		out->last_errors[i] = tl_arena_dup(arena, tl_str(attend->errors[(attend->n_errors - 1 - i) % TL_ATTEND_ERRORS]));
	out->n_last_errors = count;
}

void tl_attend_figures(struct tl_attend_figures *out, struct tl_arena *arena, const struct tl_attend *attend)
{
	*out = (struct tl_attend_figures){
		.calls = attend->calls, .connecting = attend->connecting, .offered = attend->offered, .messages_in = attend->messages_in,
		.messages_out = attend->messages_out, .unexpected = attend->unexpected, .reconnects = attend->reconnects,
		.handshakes_refused = attend->handshakes_refused, .profiles_found = attend->found, .profiles_missing = attend->missing,
		.profiles_failed = attend->failed, .transfers = attend->transfers, .transfers_refused = attend->transfers_refused,
		.key_to_play = latency_of(&attend->key_to_play), .profile = latency_of(&attend->profile), .connect = latency_of(&attend->connect),
		.draining = attend->draining,
	};
	for (unsigned i = 0; i < TL_ENDS; i++)
		out->ended[i] = attend->ended[i];
	for (const struct tl_held *held = attend->held; held; held = held->next)
		out->editions++;
	if (attend->held) {
		out->version = attend->held->edition->version;
		out->digest = tl_arena_dup(arena, attend->held->edition->digest);
	}
	fill_nodes(out, arena, attend);
	fill_errors(out, arena, attend);
}

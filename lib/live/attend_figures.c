/* live/attend_figures.c: what is counted: by node over all editions, and in all. */
#include "live/attending.h"

#include <stdlib.h>

void tl_attend_held_free(struct tl_held *held)
{
	tl_counted_flows_clear(&held->flows);
	free(held);
}

/* ---- figures */

static struct tl_attend_latency latency_of(const struct tl_latencies *latencies)
{
	return (struct tl_attend_latency){
		.count = latencies->count, .p50_us = tl_latency_percentile(latencies, 50), .p99_us = tl_latency_percentile(latencies, 99), .max_us = latencies->max,
	};
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
	tl_counts_list(&out->nodes, &out->n_nodes, arena, &attend->counts, attend->held ? &attend->held->flows : NULL);
	fill_errors(out, arena, attend);
}

/* live/counts.h: what is counted by node, over all editions that have it: a node that goes by the same name in another edition is the same. */
#ifndef TL_LIVE_COUNTS_H
#define TL_LIVE_COUNTS_H

#include "base/map.h"
#include "live/attend.h"

struct tl_counter {
	struct tl_str flow, node, type;
	uint64_t here, visits, matches, no_matches, no_inputs;
};

/* {0} is none yet. */
struct tl_counts {
	struct tl_arena names;
	struct tl_map by_node;        /* "flow\0node" -> index of counters */
	struct tl_counter **counters;
	size_t count, capacity;
};
void tl_counts_clear(struct tl_counts *counts);

/* The flows of an edition and of what it may enter: which counter each of their nodes has. {0} is none yet. */
struct tl_counted {
	const struct tl_flow *flow;
	uint32_t *counters; /* by node */
};
struct tl_counted_flows {
	struct tl_counted *flows;
	size_t count, capacity;
};
void tl_counted_flows_clear(struct tl_counted_flows *flows);
/* The counters of a program's flows, those of flows that it may enter too. */
void tl_counts_add(struct tl_counts *counts, struct tl_counted_flows *flows, const struct tl_program *program);
/* Valid until the counts are cleared. */
struct tl_counter *tl_counts_of(struct tl_counts *counts, struct tl_counted_flows *flows, const struct tl_flow *flow, const struct tl_node *node);
void tl_counter_attempt(struct tl_counter *counter, enum tl_attempt result);

/* Those of `newest` in the order of its documents (NULL: there is none), then what only older editions had. In `arena`. */
void tl_counts_list(struct tl_attend_node **nodes, size_t *count, struct tl_arena *arena, const struct tl_counts *counts, const struct tl_counted_flows *newest);

#endif

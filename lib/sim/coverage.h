/* sim/coverage.h: which nodes and transitions the calls of a suite took. Merging is associative: the order of cases does not matter. */
#ifndef TL_SIM_COVERAGE_H
#define TL_SIM_COVERAGE_H

#include "sim/run.h"

struct tl_flow_coverage {
	const struct tl_flow *flow;
	bool *nodes;       /* by index of flow->nodes */
	bool *transitions; /* by index of flow->outcomes */
};

struct tl_coverage {
	struct tl_arena arena;
	struct tl_flow_coverage *flows; /* in the order they were added */
	size_t count, capacity;
};

enum tl_coverage_kind { TL_COVER_NODES, TL_COVER_TRANSITIONS, TL_COVER_KINDS };
/* "nodes", "transitions" */
const char *tl_coverage_name(enum tl_coverage_kind kind);

void tl_coverage_clear(struct tl_coverage *coverage);
/* Adds a flow with nothing covered, where it is not there yet. */
void tl_coverage_flow(struct tl_coverage *coverage, const struct tl_flow *flow);
void tl_coverage_run(struct tl_coverage *coverage, const struct tl_run *run);

struct tl_covered {
	uint64_t covered, total;
};
/* A transition counts where its outcome can be taken at all (not disabled). Of one flow, or of all where `flow` is NULL. */
struct tl_covered tl_coverage_count(const struct tl_coverage *coverage, const struct tl_flow_coverage *flow, enum tl_coverage_kind kind);
/* covered of total in percent; 100 of nothing. */
double tl_covered_percent(struct tl_covered covered);

#endif

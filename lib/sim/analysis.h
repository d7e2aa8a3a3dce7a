/* sim/analysis.h: the way that one call took, in figures: decisions, repetitions, branches that were not taken, and how it stands to what was expected. */
#ifndef TL_SIM_ANALYSIS_H
#define TL_SIM_ANALYSIS_H

#include "sim/expect.h"

/* A score where there is nothing to divide by. */
#define TL_NO_SCORE (-1.0)

struct tl_branch {
	const struct tl_node *node;
	const struct tl_outcome *outcome;
};

/* Of the nodes of the flow under test alone: those of flows that it enters are theirs. */
struct tl_analysis {
	uint64_t nodes;                 /* visits */
	uint64_t decision_points;       /* visits of nodes that decide: decisions, menus, opening hours */
	const struct tl_node **cycles;  /* one entry for each visit of a node that was visited before, in order */
	size_t n_cycles;
	struct tl_branch *never_taken;  /* outcomes of the flow's nodes that decide which the call did not take, in document order */
	size_t n_never_taken;
	uint64_t expected, met;         /* decisions: tl_analysis_of_run() */
	double efficiency, accuracy;    /* 0 to 1, or TL_NO_SCORE */
};

/* Analyses a run, all in `arena`, nodes and outcomes borrowed from the flow. `expect`: what is expected of it, a map, or NULL; `failures`: what of that was not
 * met. An expected decision is each node that `path` (met in order), `exact_path` (at its place), `visits` and `avoids` name, and each of `ends_at`, `transfer` and
 * `exit`. Efficiency: decision points by nodes, less 0.1 for each repeated visit. Accuracy: met by expected, less 0.1 where there are repeated visits,
 * less 0.05 where branches were not taken. */
void tl_analysis_of_run(struct tl_analysis *out, struct tl_arena *arena, const struct tl_run *run, const struct tl_item *expect,
                        const struct tl_failures *failures);

#endif

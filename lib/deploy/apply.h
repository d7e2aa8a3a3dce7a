/* deploy/apply.h: what the files of applying share. */
#ifndef TL_DEPLOY_APPLY_H
#define TL_DEPLOY_APPLY_H

#include "deploy/now.h"
#include "deploy/rollback.h"

/* One line on its way. */
struct tl_line {
	const struct tl_planned *planned; /* as the plan says */
	const struct tl_planned *today;   /* the same as of now; NULL for an orphan */
	const struct tl_wanted *source;   /* of a publish: where the flow comes from */
	struct tl_applied *applied;
	struct tl_deployed record;        /* what the ledger will say of it */
	bool writes;
	bool drafted;                     /* its draft is on the platform: only publishing it is left */
};

/* One applying. */
struct tl_applying {
	struct tl_deploy *deploy;
	const struct tl_plan *plan;
	struct tl_apply *out;
	struct tl_flow_set narrowed;      /* the files that the plan speaks of */
	struct tl_summaries summaries;    /* of those; items is NULL for a rollback */
	struct tl_now now;                /* of a publish */
	struct tl_rollback rollback;
	struct tl_plan *rollback_plan;
	struct tl_line *lines;            /* as many as plan->n_flows */
	struct tl_map by_flow;            /* flow -> struct tl_line * */
	struct tl_arena scratch;
	bool stopped;                     /* a line failed, or somebody asked to stop */
};

/* Computes everything again and compares it with the plan: TL_USAGE where git or the configuration differ. Fills the lines. */
int tl_apply_compute(struct tl_applying *applying, struct tl_findings *findings, struct tl_error *err);
/* Looks at each line's version on the platform: what is written, what is there already, and what is a conflict. */
void tl_apply_judge(struct tl_applying *applying);
/* The flow that a line publishes. The caller's. */
int tl_apply_read(struct tl_flow **out, struct tl_applying *applying, const struct tl_line *line, struct tl_error *err);
/* Makes the line a conflict with the three sides; `id` and `version` are what the platform has now (version 0: it is gone). */
void tl_apply_conflict(struct tl_applying *applying, struct tl_line *line, struct tl_str id, int64_t version);
/* Does all writes, in order, until one fails. */
void tl_apply_write(struct tl_applying *applying);

#endif

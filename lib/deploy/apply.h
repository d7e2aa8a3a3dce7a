/* deploy/apply.h: what the files of applying share. */
#ifndef TL_DEPLOY_APPLY_H
#define TL_DEPLOY_APPLY_H

#include <pthread.h>

#include "deploy/now.h"
#include "deploy/rollback.h"

/* What is done next about a line. */
enum tl_job { TL_JOB_DRAFT, TL_JOB_PUBLISH, TL_JOB_SETTLE };

/* One line on its way. */
struct tl_line {
	const struct tl_planned *planned; /* as the plan says */
	const struct tl_planned *today;   /* the same as of now; NULL for an orphan */
	const struct tl_wanted *source;   /* of a publish: where the flow comes from */
	struct tl_applied *applied;
	struct tl_deployed record;        /* what the ledger will say of it */
	bool writes;
	bool drafted;                     /* its draft is on the platform: only publishing it is left */
	bool follows;                     /* the platform is at work on just this: its end is waited for, nothing is written */
	/* While it is written. */
	enum tl_job job;
	uint32_t group;
	bool circular;                    /* its group has others that are written */
	struct tl_step step;              /* whose outcome is not on record yet; id 0: none */
	bool took_effect;                 /* the last write ended in a conflict, but is on the platform */
	bool called_off;                  /* the last write was interrupted, and did not take effect for certain */
	bool unsent;                      /* the last write was not even tried: somebody else took over, or asked to stop */
	struct tl_str complaint;          /* of the last write: what the platform says of why it is a conflict; or empty */
	bool ended_badly;                 /* the last write was taken, and its deployment failed before there was a version */
	struct tl_remote seen;            /* what the platform said last; its texts are in the result's arena */
	bool stuck;                       /* taking it back failed, and may go right the next time */
	int64_t due_ms, pause_ms, end_ms; /* when it is looked at next, how long after that again, and when it took too long */
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
	bool conflict;                    /* something is not as the plan saw it: nothing is written */
	bool resumed;                     /* begun before: the plan does not expire any more */
	struct tl_plan_record record;     /* in the ledger; id 0: not begun */
	struct tl_findings *findings;     /* what the platform says of flows that it was handed; or NULL */
	size_t n_held;                    /* lines that somebody else has locked */
	size_t n_writes, n_ended;         /* lines that are written (or followed), and those of them that have their end */
	pthread_mutex_t lock;             /* over the result's arena, `stopped`, `n_ended` and telling */
	bool stopped;                     /* a line failed, or somebody asked to stop */
	pthread_cond_t freed;
	unsigned requests, most_requests; /* of the platform under way, and how many may be */
};

/* Computes everything again and compares it with the plan: TL_USAGE where git or the configuration differ. Fills the lines. */
int tl_apply_compute(struct tl_applying *applying, struct tl_findings *findings, struct tl_error *err);
/* Looks at each line's version on the platform: what is written, what is there already, and what is a conflict. */
void tl_apply_judge(struct tl_applying *applying);
/* The flow that a line publishes. The caller's. */
int tl_apply_read(struct tl_flow **out, struct tl_applying *applying, const struct tl_line *line, struct tl_error *err);
/* Makes the line a conflict with the three sides; `id` and `version` are what the platform has now (version 0: it is gone). */
void tl_apply_conflict(struct tl_applying *applying, struct tl_line *line, struct tl_str id, int64_t version);
/* Makes it one since somebody else has the flow locked; all else is as the plan saw it. */
void tl_apply_locked(struct tl_applying *applying, struct tl_line *line, const struct tl_remote *now);
/* Makes it one since the platform refuses the write, though all is as the plan saw it; `status` is HTTP. */
void tl_apply_refused(struct tl_applying *applying, struct tl_line *line, int status);
/* Says of a conflict who has the flow locked. */
void tl_apply_name_holder(struct tl_applying *applying, struct tl_line *line, const struct tl_remote *now);
/* A line's flow as the platform's list has it; NULL: it does not. */
const struct tl_remote *tl_apply_remote(const struct tl_applying *applying, const struct tl_planned *today);
/* Whether somebody else has it locked. */
bool tl_apply_is_held(const struct tl_remote *remote);

/* Does all writes, in dependency order, until one fails. */
void tl_apply_run(struct tl_applying *applying);
/* Takes back, in reverse, what was written, where somebody did not change it meanwhile. */
void tl_apply_undo(struct tl_applying *applying);

/* The record of this very plan that is open; id 0 where there is none. */
int tl_apply_find_record(struct tl_applying *applying, struct tl_error *err);
/* Adds to the lines what the steps of that record wrote, by this program or by one before it: only what is known to be written can be taken back. */
int tl_apply_recall(struct tl_applying *applying, struct tl_error *err);
/* Leaves an audit record of each line that is a conflict: of what was not even tried there is no step that would. */
int tl_apply_record_conflicts(struct tl_applying *applying, struct tl_error *err);
/* Leaves one of a plan that was applied, and by which nothing was to be written. */
int tl_apply_record_nothing(struct tl_applying *applying, struct tl_error *err);
/* The plan on record: the one that was begun before, or a new one; other plans that were not finished are ended by this one. */
int tl_apply_begin_record(struct tl_applying *applying, struct tl_error *err);
/* Ends it where nothing of the plan is left to do, or can be done. */
int tl_apply_end_record(struct tl_applying *applying, struct tl_error *err);
/* Looks up what became of the environment's open steps and puts it on record. Only where nobody else is at work. *count of them, which may be NULL. */
int tl_deploy_settle(size_t *count, struct tl_deploy *deploy, struct tl_error *err);
/* Applies; where it is resumed the lease is the caller's business, and the plan may have expired. */
int tl_apply_plan(struct tl_apply **out, struct tl_deploy *deploy, const struct tl_plan *plan, bool resumed, struct tl_findings *findings,
                  struct tl_error *err);
/* The lease, and the folder in which the ledger lies where it is the project's own. */
int tl_deploy_enter(struct tl_deploy *deploy, struct tl_error *err);
void tl_deploy_leave(struct tl_deploy *deploy);
/* What has to be there before anything is done to a line, of that plan; tl_apply_clear in any case. */
void tl_apply_start(struct tl_applying *applying);
void tl_apply_clear(struct tl_applying *applying);

/* The following work on one line; those of different lines may run at once. */

/* Intent, compare-and-set, and where it has its end already the outcome. True where the deployment is still under way. */
bool tl_line_write(struct tl_applying *applying, struct tl_line *line, bool publish);
/* Whether what the platform said last of the line is the end of its deployment. */
bool tl_line_is_over(const struct tl_line *line, const struct tl_remote *now);
/* Puts that end on record. */
void tl_line_settle(struct tl_applying *applying, struct tl_line *line);
/* The deployment is not waited for any longer; the ledger says that it was written, and why no more is known. */
void tl_line_leave(struct tl_applying *applying, struct tl_line *line, enum tl_applied_state state, const char *why);
/* The same, but not even whether it was written can be said: the step stays open. */
void tl_line_lose_sight(struct tl_applying *applying, struct tl_line *line, const struct tl_error *why);

/* Around each request of the platform: waits until fewer than `most_requests` are under way, where the platform does not see to that by itself. */
void tl_apply_enter(struct tl_applying *applying);
void tl_apply_leave(struct tl_applying *applying);

/* A copy in the result's arena. */
struct tl_str tl_apply_keep(struct tl_applying *applying, struct tl_str text);
struct tl_remote tl_apply_keep_remote(struct tl_applying *applying, const struct tl_remote *remote);
/* How a step's write went, for its audit record. */
void tl_apply_note(struct tl_applying *applying, struct tl_step *step, const struct tl_remote_call *call);
/* Keeps further writes from being begun; as somebody asked for it. */
void tl_apply_stop(struct tl_applying *applying);
void tl_apply_interrupt(struct tl_applying *applying);
/* Whether writes are no longer begun: something failed, the lease was lost, or somebody asked to stop. */
bool tl_apply_must_stop(struct tl_applying *applying);
/* For just before a write: 0 where it may be made; TL_INTERRUPTED, or TL_CONFLICT where somebody else took over. */
int tl_apply_may_write(struct tl_applying *applying, struct tl_error *err);
/* Whether that can be said without waiting, and without telling anybody: false: ask the former. */
bool tl_apply_may_still(const struct tl_applying *applying);
/* Whether nothing at all may be done any more, not even taking back: somebody asked to stop, or the lease was lost. */
bool tl_apply_is_cut_off(struct tl_applying *applying);
/* Tells what happened to the line. */
void tl_apply_tell(struct tl_applying *applying, enum tl_told_kind kind, const struct tl_line *line);
/* Adds what the platform says of a flow that it was handed, each where it names something of it. */
void tl_apply_place(struct tl_applying *applying, const struct tl_line *line, const struct tl_flow *flow, const struct tl_remote_findings *said);
/* By what the job of a step that publishes is found again in the ledger. In `arena`. */
struct tl_str tl_step_job_key(struct tl_arena *arena, const struct tl_step *step);
/* Says where the apply is, for tests. */
void tl_apply_at(const struct tl_applying *applying, const char *place);

#endif

/* ledger/ledger.h: what was deployed where: the version and digests of each flow by environment, holds, and the log of every write with its
 * intent before and its outcome after. No intent, no write. */
#ifndef TL_LEDGER_LEDGER_H
#define TL_LEDGER_LEDGER_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"

struct tl_ledger;

/* Opens a ledger: the path of a file, or postgres://USER@HOST:PORT/DATABASE. What is not there yet reads as an empty ledger; a file is made at the first
 * write, the tables of a server as soon as they may be. Address and clock are borrowed until it is closed. A ledger that is newer than this program is
 * TL_USAGE. Every function may be called by several threads at once; writes that wait for each other share a transaction, and each returns when it is
 * on the disk. While somebody else holds the lease of an environment (ledger/lease.h), what is written about it is refused (TL_TIMED_OUT); where our own
 * was taken over it is TL_CONFLICT. Reads need no lease. */
int tl_ledger_open(struct tl_ledger **out, const char *address, const struct tl_clock *clock, struct tl_error *err);
struct tl_actor;
/* On whose behalf writes are made; without it the actor of audit records is empty. Borrowed. */
void tl_ledger_act(struct tl_ledger *ledger, const struct tl_actor *actor);
void tl_ledger_close(struct tl_ledger *ledger); /* NULL is fine */

/* A version of a flow that we know, as we published or rolled back to it. */
struct tl_deployed {
	struct tl_str environment, flow, platform_id;
	int64_t version;
	struct tl_str digest;  /* deployed: of the model with the environment's values, schedules used and local audio */
	struct tl_str content; /* of the model alone */
	struct tl_str more;    /* canonical JSON of the schedules used and audio digests; empty where there are none */
	struct tl_str blob, commit, plan; /* where it came from; may be empty */
	struct tl_str source;   /* digest of the model, placeholders unfilled: the same in every environment; empty where it is not known */
	struct tl_str promoted; /* the environment whose source it had to be, or empty */
	bool live;              /* callers got it at some time; of a step the ledger says it by itself */
	int64_t written_ms;     /* when it was written, by the platform's clock; 0: not known. Not kept with a step, but with what it becomes */
	int64_t at_ms;
};

struct tl_deployed_list {
	struct tl_deployed *items; /* in the arena given */
	size_t count;
};

/* Each flow that we deployed to the environment, at the last version that is known, sorted by flow. */
int tl_ledger_deployed(struct tl_deployed_list *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment,
                       struct tl_error *err);
/* How many flows that are. */
int tl_ledger_count(size_t *out, struct tl_ledger *ledger, struct tl_str environment, struct tl_error *err);
/* Each flow that we deployed to the environment, at the last version that callers got: what lies on top of it, a draft or one that failed, is passed over. */
int tl_ledger_live(struct tl_deployed_list *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment, struct tl_error *err);
/* What is known of one version; *out is zero (no platform_id) where nothing is. */
int tl_ledger_version(struct tl_deployed *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment,
                      struct tl_str platform_id, int64_t version, struct tl_error *err);

/* Whether what the platform gives as its version `version`, written at `written_ms` (0: it does not say), is what is on record: a platform that was set back to a
 * backup counts the same numbers anew. */
bool tl_deployed_is(const struct tl_deployed *deployed, int64_t version, int64_t written_ms);

enum tl_step_state {
	TL_STEP_OPEN,      /* only the intent is there */
	TL_STEP_PUBLISHED,
	TL_STEP_DRAFTED,   /* written, not yet published: flows that call each other */
	TL_STEP_CONFLICT,  /* somebody else was first: nothing was written */
	TL_STEP_FAILED,    /* nothing was written, `message` says why */
	TL_STEP_STATES,
};
/* "open", "published", … */
const char *tl_step_state_name(enum tl_step_state state);

/* One write to a platform. */
struct tl_step {
	int64_t id;                 /* given by tl_ledger_begin */
	struct tl_deployed wanted;  /* what it becomes; platform_id is empty for a new flow until it is known */
	struct tl_str action;       /* "create", "update", "rollback" */
	struct tl_str renamed_from; /* the flow's former id, or empty */
	int64_t base_version;       /* 0: a new flow */
	struct tl_str base_digest;  /* of the model, where it is known; for the audit record alone, not kept with the step */
	struct tl_str hold_digest;  /* of a rollback: what is held from now on; else empty */
	struct tl_str hold_reason;
	int64_t plan_record;        /* of tl_ledger_plan_begin; 0: of none */
	int64_t position;           /* within the plan, as its caller counts */
	bool atomic;                /* read: whether the plan is undone where one of its steps fails */
	int64_t fence;              /* read: of the lease that it was begun under; 0: without one */
	enum tl_step_state state;
	struct tl_str message;
	int64_t begun_ms, ended_ms;
	struct tl_step_call {       /* how the write went, for its audit record; zero where there is no server */
		int status;         /* HTTP */
		unsigned attempts;
		int64_t latency_ms;
		struct tl_str etag; /* that was sent as If-Match */
		struct tl_str correlation;
		bool settled;       /* the answer was lost, and what became of the write read back */
	} call;
};

struct tl_steps {
	struct tl_step *items; /* in the arena given */
	size_t count;
};

/* The intent, and the hold of a rollback with it: a rollback that is killed half way leaves the hold. Sets step->id. */
int tl_ledger_begin(struct tl_ledger *ledger, struct tl_step *step, struct tl_error *err);
/* The outcome: of a write that succeeded, what is deployed now (step->wanted, whose platform_id is known by then), and what was on record above it when the
 * step was begun is forgotten: the platform was set back. Of one that did not, the hold is taken back. One transaction. */
int tl_ledger_end(struct tl_ledger *ledger, const struct tl_step *step, enum tl_step_state state, struct tl_str message,
                  struct tl_error *err);
/* The steps of an environment that have an intent and no outcome, oldest first: their program was killed, or is still at work. */
int tl_ledger_open_steps(struct tl_steps *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment,
                         struct tl_error *err);

/* A plan whose steps are being taken: begun before its first step and ended after its last, so that what a killed program left can be finished or undone. */
enum tl_plan_state {
	TL_PLAN_OPEN,     /* at work, or killed */
	TL_PLAN_FINISHED, /* every step has its outcome, good or bad */
	TL_PLAN_UNDONE,   /* what was written has been taken back */
	TL_PLAN_STATES,
};
/* "open", "finished", "undone" */
const char *tl_plan_state_name(enum tl_plan_state state);

struct tl_plan_record {
	int64_t id;          /* given by tl_ledger_plan_begin; the same plan may be applied twice */
	struct tl_str environment;
	struct tl_str plan;  /* the plan's own id */
	struct tl_str commit; /* that it is of, or empty; for the audit records alone: it is not read back */
	struct tl_str bytes; /* its JSON */
	bool atomic;
	enum tl_plan_state state;
	struct tl_str message;
	int64_t fence;       /* read: of the lease that it was begun under; 0: without one */
	int64_t begun_ms, ended_ms;
};

struct tl_plan_records {
	struct tl_plan_record *items; /* in the arena given */
	size_t count;
};

/* Puts a plan on record (environment, plan, bytes, atomic). Sets plan->id, which its steps then name as `plan_record`. */
int tl_ledger_plan_begin(struct tl_ledger *ledger, struct tl_plan_record *plan, struct tl_error *err);
/* Ends it. One that was ended before stays as it was. */
int tl_ledger_plan_end(struct tl_ledger *ledger, const struct tl_plan_record *plan, enum tl_plan_state state, struct tl_str message,
                       struct tl_error *err);
/* The plans of an environment that were begun and not ended, oldest first. */
int tl_ledger_plan_open(struct tl_plan_records *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment,
                        struct tl_error *err);
/* All steps that were begun under a plan, open or not, in the order they were begun. */
int tl_ledger_plan_steps(struct tl_steps *out, struct tl_arena *arena, struct tl_ledger *ledger, int64_t plan_record, struct tl_error *err);

/* Takes a version that is on the platform as ours: found equal to what we would publish, or written by a step whose end was lost; then that step is
 * ended too. The platform was seen at that version, its last, so long ago: versions above it of which was known before then are forgotten (it was set back). */
int tl_ledger_adopt(struct tl_ledger *ledger, const struct tl_deployed *deployed, int64_t seen_ago_ms, struct tl_error *err);
/* Keeps the `written_ms` of versions that are on record (environment, platform_id, version); leaves no audit record. All are of one environment. */
int tl_ledger_date(struct tl_ledger *ledger, const struct tl_deployed *versions, size_t count, struct tl_error *err);

/* A digest that was rolled back and is not published again until it changes or somebody lifts the hold. */
struct tl_hold {
	struct tl_str flow, digest, reason;
	int64_t made_ms;
	struct tl_str platform_id; /* whose version is held, and which; empty where no step made the hold */
	int64_t version;
};

struct tl_holds {
	struct tl_hold *items; /* in the arena given */
	size_t count;
};

/* The holds of an environment that stand, sorted by flow. */
int tl_ledger_holds(struct tl_holds *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment,
                    struct tl_error *err);
/* Lifts all holds of a flow, for a reason that stays on record. *count is how many there were. */
int tl_ledger_release(int64_t *count, struct tl_ledger *ledger, struct tl_str environment, struct tl_str flow, struct tl_str reason,
                      struct tl_error *err);

/* Jobs of a platform's simulator that were begun and whose end nobody has seen, by what was asked for (a digest): whoever asks for the same within a day takes up the
 * job, in place of beginning another. No lease guards them. */
int tl_ledger_job_find(struct tl_str *job, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment, struct tl_str request,
                       struct tl_error *err); /* empty: there is none */
int tl_ledger_job_keep(struct tl_ledger *ledger, struct tl_str environment, struct tl_str request, struct tl_str job, struct tl_error *err);
int tl_ledger_job_over(struct tl_ledger *ledger, struct tl_str environment, struct tl_str request, struct tl_error *err);

#endif

/* deploy/deploy.h: from the flows of a repository to a plan, and from a plan to what callers get. `plan` reads, `apply` takes nothing but a
 * plan and writes only where the platform is as the plan saw it. */
#ifndef TL_DEPLOY_DEPLOY_H
#define TL_DEPLOY_DEPLOY_H

#include "check/summaries.h"
#include "deploy/plan.h"
#include "git/view.h"
#include "ledger/lease.h"
#include "schema/schema.h"

/* What an apply tells while it is at work. */
enum tl_told_kind {
	TL_TOLD_READ,      /* plan: one more of `total` flows of the platform was looked at */
	TL_TOLD_JUDGED,    /* plan: the platform's own validation of the flow came back */
	TL_TOLD_BEGUN,     /* the intent of a write is on record */
	TL_TOLD_DRAFTED,   /* a draft was written */
	TL_TOLD_SENT,      /* a version was written, and its deployment is under way */
	TL_TOLD_PUBLISHED, /* callers get it */
	TL_TOLD_CONFLICT,
	TL_TOLD_FAILED,    /* `message` says why: nothing was written, the deployment failed or took too long, or it is not known */
	TL_TOLD_UNDONE,
	TL_TOLD_KEPT,      /* could not be undone: `message` says why */
	TL_TOLD_LEASE_LOST,
	TL_TOLD_KINDS,
};
/* "read", "judged", "begun", … */
const char *tl_told_name(enum tl_told_kind kind);

/* All texts are borrowed for as long as the call takes. */
struct tl_told {
	enum tl_told_kind kind;
	struct tl_str flow, platform_id, message; /* may be empty */
	int64_t version;                          /* 0: none */
	size_t done, total;                       /* flows that have their end, of those that are written (read, judged) */
	int64_t at_ms;
};

/* From where flows come that another environment tried first: written is only what that has, by source digest. Both borrowed. */
struct tl_promotion {
	struct tl_str from;        /* the environment */
	struct tl_ledger *ledger;  /* its own; only read */
};

/* What planning and applying work on. All of it is borrowed. What it calls back may be called on any thread, `told` never on two at once. */
struct tl_deploy {
	const struct tl_project *project;
	const struct tl_environment *environment;
	const struct tl_schemas *schemas;
	struct tl_repo *repo;            /* NULL outside of a repository */
	struct tl_view *view;            /* where flows and audio come from */
	struct tl_str root;              /* the project's folder, which holds .trunkline/; absolute */
	const struct tl_lower *lower;    /* how flows are read: with the environment's values */
	struct tl_summaries *summaries;  /* of the flows: the set and the cache; NULL where only the platform is asked (rollback) */
	struct tl_platform *platform;
	struct tl_ledger *ledger;
	const struct tl_clock *clock;
	int (*stopped)(void);            /* asked between pieces of work; may be NULL */
	bool partial;                    /* the view lacks flows that the commit has (a sparse checkout): nobody can say what is gone from git */
	struct tl_str commit;            /* the view shows the files of this commit; empty: the working tree */
	const struct tl_lease_wish *lease; /* taken for writing; NULL: somebody else sees to it that nobody else writes */
	const struct tl_access *access;  /* what the environment may do; NULL: nothing is said (local) */
	const struct tl_promotion *promotion; /* NULL: what is published may come from anywhere */
	const char *search;              /* where ssh-keygen and gpgv are found, as PATH; may be NULL */
	unsigned concurrency;            /* requests under way at once where the platform can; 0: TL_DEPLOY_CONCURRENCY */
	int64_t timeout_ms;              /* how long a deployment may take, an earlier one of the same flow as well; 0: TL_DEPLOY_TIMEOUT_MS */
	bool no_validation;              /* plan: the platform's own judgement of the flows is not asked for; then who may only look at them may plan */
	struct tl_buf *lacks;            /* plan, out: what who only looks is not granted for publishing, in words; or NULL */
	bool atomic;                     /* an apply that does not go through takes back what it wrote */
	void (*told)(void *data, const struct tl_told *told); /* may be NULL */
	void (*at)(void *data, const char *place); /* called between any two steps of an apply, for tests that end the program there; may be NULL */
	void *data;                      /* of the two */
};

#define TL_DEPLOY_CONCURRENCY 32
#define TL_DEPLOY_TIMEOUT_MS ((int64_t)10 * 60 * 1000)
/* How far the clocks of two machines may be apart. */
#define TL_DEPLOY_SKEW_MS ((int64_t)10 * 60 * 1000)

/* How long a plan may be applied where nothing else is said. */
#define TL_PLAN_LIFETIME_MS ((int64_t)24 * 3600 * 1000)

/* The plan of publishing the chosen flows of the set. *out is NULL and 0 is returned where the flows do not pass the checks: then `findings`
 * hold at least one of level error; so do they where flows that would be written are not what the environment has that they are promoted from. The platform's own validation, where it has one, is asked of what would be written. TL_UNSUPPORTED for a flow of a dialect that the platform does not take, TL_USAGE for two flows of one id, and for a
 * tree that is not committed where the environment is not local, or that may not be published from there (access: branch and signers). */
int tl_deploy_plan(struct tl_plan **out, struct tl_deploy *deploy, int64_t lifetime_ms, struct tl_findings *findings, struct tl_error *err);

/* Whether the environment's role may do what publishing needs: TL_REFUSED, which names all scopes that are missing. Without a role, and of a platform that knows none, nothing
 * is asked. */
int tl_deploy_check_role(struct tl_deploy *deploy, struct tl_error *err);

/* The plan of going back to an earlier version of a flow: to the last one that callers got before the present one, or to version `to` (0: not
 * given). Versions whose digest is held are passed over. TL_NOT_FOUND where there is no such flow or version. `reason` goes with the hold. */
int tl_deploy_rollback(struct tl_plan **out, struct tl_deploy *deploy, struct tl_str flow, int64_t to, struct tl_str reason,
                       int64_t lifetime_ms, struct tl_error *err);

/* What became of one line of a plan. */
enum tl_applied_state {
	TL_APPLIED_PUBLISHED, /* written, and callers get it */
	TL_APPLIED_ALREADY,   /* the platform had it, by this plan or another: nothing was written */
	TL_APPLIED_NOTHING,   /* the plan does nothing with it: none, held, orphan */
	TL_APPLIED_CONFLICT,  /* somebody else changed it */
	TL_APPLIED_FAILED,    /* it was not written, or not recorded: `code` and `message` say why */
	TL_APPLIED_NOT_TRIED, /* after another's conflict or failure, or interrupted */
	TL_APPLIED_REJECTED,  /* written, or handed to a job, but its deployment failed: callers keep what they had */
	TL_APPLIED_TIMED_OUT, /* written, but its deployment did not end in time; or not written, as an earlier one did not */
	TL_APPLIED_UNKNOWN,   /* whether it was written is not known: `resume` finds out */
	TL_APPLIED_UNDONE,    /* written, and taken back */
	TL_APPLIED_STATES,
};
/* "published", "already", "nothing", "conflict", "failed", "not tried", "deployment failed", "timed out", "unknown", "undone" */
const char *tl_applied_name(enum tl_applied_state state);

struct tl_applied {
	const struct tl_planned *planned; /* of the plan that was applied */
	enum tl_applied_state state;
	enum tl_code code;                /* of conflict and failed */
	struct tl_str platform_id;
	int64_t version;                  /* on the platform, as far as it was seen; 0: none */
	enum tl_remote_status status;     /* of that version, where it was written */
	bool written;                     /* some version of it was written */
	bool may_be;                      /* of a conflict: it may have been written, and nobody can say */
	bool kept;                        /* it was to be taken back, but stays: `message` says why */
	struct tl_str message;            /* why, or empty */
	struct tl_str held_by;            /* of a conflict: who has the flow locked on the platform; empty: nobody */
	int64_t held_ms;                  /* since when, where that is told; else 0 */
	bool changed;                     /* of a conflict: the platform has something else than the plan saw, locked or not */
	bool stands;                      /* of a conflict: the platform refused the write, and has what the plan saw all the same */
	/* Of a conflict: the plan's base (NULL where its content cannot be had), what the platform has now (NULL: it is gone), what was to be
	 * published. */
	struct tl_flow *base, *theirs, *ours;
};

struct tl_apply {
	struct tl_arena arena;
	struct tl_applied *flows; /* one a line of the plan, in its order */
	size_t n_flows;
	size_t published;         /* flows that were written, and that callers get */
	size_t written;           /* flows of which any version was written */
	bool interrupted;
	bool taken_over;          /* somebody else took the lease: they go on with the environment */
	bool left;                /* the plan stays open: tl_deploy_resume goes on with it, or takes back the rest where it is undone */
	bool undone;              /* what was written was taken back, as far as that can be */
	int undone_for;           /* the exit code of what an atomic apply was taken back for; 0: it was not, or somebody asked for it */
};

/* Does what the plan says, and nothing that it does not say. First everything is computed again: TL_USAGE and nothing written where git, the
 * configuration or the plan's environment are not as they were, or the plan has expired. Then each flow's version on the platform is looked at: where any
 * is not the one that the plan saw, nothing is written at all and the result says which. Then every write, with its intent before and its outcome after:
 * a flow as soon as all that it calls is published, as many at once as the platform takes. The first write that fails ends it; a deployment that fails
 * keeps what calls that flow from being written. *out is the caller's wherever 0 is returned: tl_apply_free. */
int tl_deploy_apply(struct tl_apply **out, struct tl_deploy *deploy, const struct tl_plan *plan, struct tl_findings *findings,
                    struct tl_error *err);
void tl_apply_free(struct tl_apply *apply); /* NULL is fine */
/* The exit code of the worst that happened: interrupted (130), a conflict (4), what could not be done (3, or 2), a deployment that failed (1), else 0. */
int tl_apply_exit(const struct tl_apply *apply);

/* What a publisher that was killed or cut off left in an environment. */
struct tl_unfinished {
	struct tl_arena arena;
	struct tl_plan *plan;    /* that was being applied, or NULL: there are open steps at most */
	int64_t record;          /* of the plan, in the ledger */
	int64_t begun_ms;
	bool atomic;             /* what does not go through is taken back */
	bool undoing;            /* taking it back had been begun */
	size_t n_open;           /* steps of the environment whose outcome is not on record */
};
/* Reads the ledger alone. Clear with tl_unfinished_clear in any case. TL_IO where the plan on record cannot be read. */
int tl_deploy_unfinished(struct tl_unfinished *out, struct tl_deploy *deploy, struct tl_error *err);
void tl_unfinished_clear(struct tl_unfinished *unfinished);
/* Looks up on the platform what became of each open step and puts that on record; then finishes the plan, as tl_deploy_apply would but for its expiry
 * (or takes it back where `undo` or where that had been begun). Where it is killed again, it may be called again. *out is NULL where there is no plan. */
int tl_deploy_resume(struct tl_apply **out, struct tl_deploy *deploy, const struct tl_unfinished *unfinished, bool undo,
                     struct tl_findings *findings, struct tl_error *err);

/* A flow of an environment as `status` shows it. */
struct tl_deploy_state {
	struct tl_str flow;
	struct tl_str platform_id;
	int64_t version;           /* 0: the platform no longer has it */
	int64_t published_version; /* 0: callers get nothing */
	enum tl_remote_status status;
	struct tl_str reason;
	struct tl_str digest;      /* of that version; empty where nobody here wrote it */
	struct tl_str commit;      /* as above; empty too where it was published without one */
	struct tl_str source;      /* of that version: its digest with placeholders unfilled; empty where it is not known */
	struct tl_str promoted;    /* the environment that had that source when it was published here; or empty */
	int64_t written_ms;
	bool known;                /* this version was written from here */
	struct tl_str hold;        /* why its last digest is held, or empty */
};

struct tl_deploy_states {
	struct tl_deploy_state *items; /* in the arena given, sorted by flow */
	size_t count;
	struct tl_lease_holder lease;  /* who publishes there at this moment, where `held` */
	struct tl_steps unfinished;    /* writes whose program was killed, or is still at work: the next publish of the flow finds out */
};

/* Asks the platform what it thinks of the chosen flows of deploy->summaries, and adds what it says, each where it stands; *fresh of them it does not have yet, and
 * judges only what it has. TL_UNSUPPORTED where it judges nothing. */
int tl_deploy_validate(size_t *fresh, struct tl_deploy *deploy, struct tl_findings *findings, struct tl_error *err);

/* What the environment has: every flow of the platform, and those that we deployed and it lost. */
int tl_deploy_status(struct tl_deploy_states *out, struct tl_arena *arena, struct tl_deploy *deploy, struct tl_error *err);

#endif

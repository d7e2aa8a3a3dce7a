/* deploy/deploy.h: from the flows of a repository to a plan, and from a plan to what callers get. `plan` reads, `apply` takes nothing but a
 * plan and writes only where the platform is as the plan saw it. */
#ifndef TL_DEPLOY_DEPLOY_H
#define TL_DEPLOY_DEPLOY_H

#include "check/summaries.h"
#include "deploy/plan.h"
#include "git/view.h"
#include "schema/schema.h"

/* What planning and applying work on. All of it is borrowed. */
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
};

/* How long a plan may be applied where nothing else is said. */
#define TL_PLAN_LIFETIME_MS ((int64_t)24 * 3600 * 1000)

/* The plan of publishing the chosen flows of the set. *out is NULL and 0 is returned where the flows do not pass the checks: then `findings`
 * hold at least one of level error. TL_UNSUPPORTED for a flow of a dialect that the platform does not take, TL_USAGE for two flows of one id, and for a
 * tree that is not committed where the environment is not local. */
int tl_deploy_plan(struct tl_plan **out, struct tl_deploy *deploy, int64_t lifetime_ms, struct tl_findings *findings, struct tl_error *err);

/* The plan of going back to an earlier version of a flow: to the last one that callers got before the present one, or to version `to` (0: not
 * given). Versions whose digest is held are passed over. TL_NOT_FOUND where there is no such flow or version. `reason` goes with the hold. */
int tl_deploy_rollback(struct tl_plan **out, struct tl_deploy *deploy, struct tl_str flow, int64_t to, struct tl_str reason,
                       int64_t lifetime_ms, struct tl_error *err);

/* What became of one line of a plan. */
enum tl_applied_state {
	TL_APPLIED_PUBLISHED, /* written: `status` says what the platform made of it */
	TL_APPLIED_ALREADY,   /* the platform had it, by this plan or another: nothing was written */
	TL_APPLIED_NOTHING,   /* the plan does nothing with it: none, held, orphan */
	TL_APPLIED_CONFLICT,  /* somebody else changed it: nothing was written */
	TL_APPLIED_FAILED,
	TL_APPLIED_NOT_TRIED, /* after another's conflict or failure, or interrupted */
	TL_APPLIED_STATES,
};
/* "published", "already", "nothing", "conflict", "failed", "not tried" */
const char *tl_applied_name(enum tl_applied_state state);

struct tl_applied {
	const struct tl_planned *planned; /* of the plan that was applied */
	enum tl_applied_state state;
	enum tl_code code;                /* of conflict and failed */
	struct tl_str platform_id;
	int64_t version;                  /* on the platform, as far as it was seen; 0: none */
	enum tl_remote_status status;     /* of that version, where it was written */
	struct tl_str message;            /* why, or empty */
	/* Of a conflict: the plan's base (NULL where its content cannot be had), what the platform has now (NULL: it is gone), what was to be
	 * published. */
	struct tl_flow *base, *theirs, *ours;
};

struct tl_apply {
	struct tl_arena arena;
	struct tl_applied *flows; /* one a line of the plan, in its order */
	size_t n_flows;
	size_t published;         /* flows that were written */
};

/* Does what the plan says, and nothing that it does not say. First everything is computed again: TL_USAGE and nothing written where git, the
 * configuration or the plan's environment are not as they were, or the plan has expired. Then each flow's version on the platform is looked at: where any
 * is not the one that the plan saw, nothing is written at all and the result says which. Then every write, with its intent before and its outcome after;
 * the first that fails ends it. *out is the caller's wherever 0 is returned: tl_apply_free. */
int tl_deploy_apply(struct tl_apply **out, struct tl_deploy *deploy, const struct tl_plan *plan, struct tl_findings *findings,
                    struct tl_error *err);
void tl_apply_free(struct tl_apply *apply); /* NULL is fine */
/* The worst of what happened: TL_OK, or the code that the command ends with: conflict before failure. */
enum tl_code tl_apply_code(const struct tl_apply *apply);

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
	int64_t written_ms;
	bool known;                /* this version was written from here */
	struct tl_str hold;        /* why its last digest is held, or empty */
};

struct tl_deploy_states {
	struct tl_deploy_state *items; /* in the arena given, sorted by flow */
	size_t count;
	struct tl_steps unfinished;    /* writes whose program was killed, or is still at work: the next publish of the flow finds out */
};

/* What the environment has: every flow of the platform, and those that we deployed and it lost. */
int tl_deploy_status(struct tl_deploy_states *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_ledger *ledger,
                     struct tl_str environment, struct tl_error *err);

#endif

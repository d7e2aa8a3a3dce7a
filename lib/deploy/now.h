/* deploy/now.h: everything that a plan is made of, as it is at this moment: what is wanted, what is there, and the plan of it. */
#ifndef TL_DEPLOY_NOW_H
#define TL_DEPLOY_NOW_H

#include "deploy/present.h"
#include "deploy/wanted.h"

struct tl_now {
	struct tl_gathered gathered;
	struct tl_environment_state state;
	struct tl_match match;
	struct tl_plan *plan; /* NULL: the flows do not pass the checks, or are not what they are promoted from */
};

/* Checks and gathers the chosen flows of summaries->set, looks at the platform and at what the role may do there, all at once, and plans. Clear with tl_now_clear in any case. */
int tl_now_compute(struct tl_now *out, struct tl_deploy *deploy, struct tl_summaries *summaries, int64_t lifetime_ms,
                   struct tl_findings *findings, struct tl_error *err);
/* Adds to the plan's notes which flows look renamed, where a new name makes a second flow. */
void tl_now_note_renamed(struct tl_now *now, struct tl_deploy *deploy);
/* Holds that were made of a flow under another id, or former id, than it has in git now: what callers would get is the same, so it is held under the id of
 * now. Before the plan is filled. */
int tl_now_hold(struct tl_now *now, struct tl_deploy *deploy, struct tl_error *err);
/* Whether all flows that would be written are what the environment has that they are promoted from; false, with a finding each, where they are not. */
int tl_now_promote(bool *good, struct tl_now *now, struct tl_deploy *deploy, struct tl_findings *findings, struct tl_error *err);
/* Whether the platform can be handed the names of all flows that would be written; false, with a finding each where it stands, where it cannot. Nothing is asked. */
int tl_now_fit(bool *fit, struct tl_now *now, struct tl_deploy *deploy, struct tl_findings *findings, struct tl_error *err);
/* Asks the platform what it thinks of each flow that would be written; false, with findings, where it would not take one. */
int tl_now_validate(bool *valid, struct tl_now *now, struct tl_deploy *deploy, struct tl_findings *findings, struct tl_error *err);
/* Requests of the platform that may be under way at once: one where it can be asked by one thread only. */
unsigned tl_deploy_requests(const struct tl_deploy *deploy);
/* How long a deployment is waited for, an earlier one of the same flow as well. */
int64_t tl_deploy_timeout(const struct tl_deploy *deploy);
void tl_now_clear(struct tl_now *now);

/* Whether a commit may be published: it is of the branch, and signed, where the environment's access asks for that; else TL_USAGE. `commit`
 * is empty for what is not committed. */
int tl_source_check(const struct tl_deploy *deploy, struct tl_str commit, struct tl_error *err);
/* What every plan says of where and when it was made: environment, platform, values, times. */
void tl_plan_begin(struct tl_plan *plan, struct tl_deploy *deploy, int64_t lifetime_ms);

#endif

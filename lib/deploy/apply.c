/* deploy/apply.c: from a plan to what callers get. */
#include "deploy/apply.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "ledger/folder.h"
#include "ledger/lease.h"

static const char *const applied_table[TL_APPLIED_STATES] = {
	[TL_APPLIED_PUBLISHED] = "published",
	[TL_APPLIED_ALREADY] = "already",
	[TL_APPLIED_NOTHING] = "nothing",
	[TL_APPLIED_CONFLICT] = "conflict",
	[TL_APPLIED_FAILED] = "failed",
	[TL_APPLIED_NOT_TRIED] = "not tried",
	[TL_APPLIED_REJECTED] = "deployment failed",
	[TL_APPLIED_TIMED_OUT] = "timed out",
	[TL_APPLIED_UNKNOWN] = "unknown",
	[TL_APPLIED_UNDONE] = "undone",
};

const char *tl_applied_name(enum tl_applied_state state)
{
	assert(state < TL_APPLIED_STATES);
	return applied_table[state];
}

void tl_apply_free(struct tl_apply *apply)
{
	if (!apply)
		return;
	for (size_t i = 0; i < apply->n_flows; i++) {
		tl_flow_free(apply->flows[i].base);
		tl_flow_free(apply->flows[i].theirs);
		tl_flow_free(apply->flows[i].ours);
	}
	tl_arena_clear(&apply->arena);
	free(apply);
}

/* The exit code of one line's end. What was not tried, or taken back, is so because of something else. */
static int exit_of(const struct tl_applied *applied)
{
	if (applied->kept && applied->state == TL_APPLIED_PUBLISHED)
		return tl_error_exit(TL_REFUSED);
	switch (applied->state) {
	case TL_APPLIED_CONFLICT:
		return tl_error_exit(TL_CONFLICT);
	case TL_APPLIED_FAILED:
	case TL_APPLIED_TIMED_OUT:
	case TL_APPLIED_UNKNOWN:
		return tl_error_exit(applied->code);
	case TL_APPLIED_REJECTED:
		return 1;
	default:
		return 0;
	}
}

int tl_apply_exit(const struct tl_apply *apply)
{
	int worst = apply->interrupted ? tl_error_exit(TL_INTERRUPTED) : apply->taken_over ? tl_error_exit(TL_CONFLICT) : apply->undone_for;

	for (size_t i = 0; i < apply->n_flows; i++) {
		int code = exit_of(&apply->flows[i]);

		worst = code > worst ? code : worst;
	}
	return worst;
}

/* What an environment takes only from another one is planned so, and applied so. One that was begun was held against it then. */
static int check_promotion(const struct tl_deploy *deploy, const struct tl_plan *plan, bool resumed, struct tl_error *err)
{
	struct tl_str from = deploy->promotion ? deploy->promotion->from : TL_STR("");

	if (plan->kind == TL_PLAN_ROLLBACK || resumed || tl_str_equal(plan->promote_from, from))
		return 0;
	if (from.len == 0)
		return tl_error_set(err, TL_USAGE, "this plan promotes from '%.*s', which is not asked for here", TL_FMT(plan->promote_from));
	return tl_error_set(err, TL_USAGE, "'%.*s' takes only what '%.*s' has, but this plan was not held against that: make a new plan",
	                    TL_FMT(plan->environment), TL_FMT(from));
}

/* A plan that is of the future was made, or is applied, by a clock that is wrong: nobody knows then whether it has expired. */
static int check_times(const struct tl_deploy *deploy, const struct tl_plan *plan, struct tl_error *err)
{
	int64_t now = deploy->clock->now_ms(deploy->clock->data);
	struct tl_arena arena = { 0 };
	int ret = 0;

	if (now > plan->expires_ms)
		ret = tl_error_set(err, TL_USAGE, "this plan expired at %.*s: make a new one", TL_FMT(tl_time_format(&arena, plan->expires_ms)));
	else if (now < plan->created_ms - TL_DEPLOY_SKEW_MS)
		ret = tl_error_set(err, TL_USAGE, "this plan was made at %.*s, and here it is %.*s: set the clock that is wrong, then make a new one",
		                   TL_FMT(tl_time_format(&arena, plan->created_ms)), TL_FMT(tl_time_format(&arena, now / 1000 * 1000)));
	tl_arena_clear(&arena);
	return ret;
}

/* What can be said without looking at anything but the plan. */
static int check_plan(const struct tl_deploy *deploy, const struct tl_plan *plan, bool resumed, struct tl_error *err)
{
	if (!tl_str_equal(plan->environment, deploy->environment->name))
		return tl_error_set(err, TL_USAGE, "this plan is for the environment '%.*s', not '%.*s'", TL_FMT(plan->environment),
		                    TL_FMT(deploy->environment->name));
	if (!resumed && check_times(deploy, plan, err) != 0)
		return -1;
	if (!tl_str_is(plan->platform, tl_platform_name(deploy->platform)))
		return tl_error_set(err, TL_USAGE, "this plan is for the platform '%.*s', but '%.*s' is on '%s' now: make a new plan",
		                    TL_FMT(plan->platform), TL_FMT(deploy->environment->name), tl_platform_name(deploy->platform));
	return check_promotion(deploy, plan, resumed, err);
}

void tl_apply_start(struct tl_applying *applying)
{
	const struct tl_plan *plan = applying->plan;
	struct tl_apply *out = tl_alloc_zero(1, sizeof(*out));

	pthread_mutex_init(&applying->lock, NULL);
	pthread_cond_init(&applying->freed, NULL);
	applying->most_requests = tl_deploy_requests(applying->deploy);
	applying->out = out;
	applying->lines = TL_ARENA_ARRAY(&applying->scratch, struct tl_line, plan->n_flows);
	out->flows = TL_ARENA_ARRAY(&out->arena, struct tl_applied, plan->n_flows);
	out->n_flows = plan->n_flows;
	for (size_t i = 0; i < plan->n_flows; i++) {
		out->flows[i].planned = applying->lines[i].planned = &plan->flows[i];
		out->flows[i].state = TL_APPLIED_NOTHING;
		out->flows[i].version = plan->flows[i].base_version;
		out->flows[i].platform_id = plan->flows[i].platform_id;
		applying->lines[i].applied = &out->flows[i];
		tl_map_put(&applying->by_flow, plan->flows[i].flow, NULL)->value.ptr = &applying->lines[i];
	}
}

static bool has_conflict(const struct tl_applying *applying)
{
	for (size_t i = 0; i < applying->plan->n_flows; i++) {
		if (applying->lines[i].applied->state == TL_APPLIED_CONFLICT)
			return true;
	}
	return false;
}

/* Where the ledger lies in the project's own folder, it is made before the first write. */
static int make_folder(const struct tl_deploy *deploy, struct tl_error *err)
{
	return deploy->root.len > 0 ? tl_ledger_folder_make(deploy->root, deploy->repo, err) : 0;
}

int tl_deploy_enter(struct tl_deploy *deploy, struct tl_error *err)
{
	if (!deploy->lease)
		return 0;
	if (make_folder(deploy, err) != 0)
		return -1;
	return tl_ledger_lease(deploy->ledger, deploy->environment->name, deploy->lease, deploy->stopped, err);
}

void tl_deploy_leave(struct tl_deploy *deploy)
{
	if (deploy->lease)
		tl_ledger_unlease(deploy->ledger);
}

/* Whether the ledger says of what the platform has what is true today: that it is ours, of which source, and that callers got it. What is there may have been
 * written by a program that was killed before it could say so, or by somebody who published the same; its deployment may have come to its end after all, and
 * the same may be written in other words today. A platform that was set back has a version below the one that is on record. */
static bool is_recorded(const struct tl_line *line, const struct tl_deployed *known)
{
	if (!line->today->base_known || !line->source || !known)
		return line->today->base_known;
	if (known->version != line->today->base_version)
		return tl_version_compare(known->version, line->today->base_version) < 0;
	return (known->live || !line->record.live) && tl_str_equal(known->source, line->record.source);
}

/* Whether what is there is what the line wants, rather than somebody's draft over it, which is theirs and nothing of what we know. */
static bool is_wanted(const struct tl_line *line)
{
	return line->today->base_known || !line->source || tl_str_equal(line->today->base_digest, line->record.content);
}

/* Dates of versions that are on record, and that the platform gives otherwise now, or for the first time. */
struct dates {
	struct tl_deployed *items;
	size_t count;
};

static int adopt_line(struct tl_applying *applying, struct tl_line *line, const struct tl_deployed *known, struct dates *dates, struct tl_error *err)
{
	const struct tl_clock *clock = applying->deploy->clock;
	const struct tl_remote *remote = tl_apply_remote(applying, line->today);
	int64_t ago = clock->monotonic_ms(clock->data) - applying->now.state.listed_ms;

	line->record.platform_id = line->today->platform_id;
	line->record.version = line->today->base_version;
	line->record.live = remote && remote->published_version == line->today->base_version;
	line->record.written_ms = remote ? remote->written_ms : 0;
	/* Nothing is written of it, so nothing was asked of where it comes from. */
	line->record.promoted = known ? known->promoted : (struct tl_str){ NULL, 0 };
	if (!is_wanted(line))
		return 0;
	if (!is_recorded(line, known))
		return make_folder(applying->deploy, err) != 0 ? -1 : tl_ledger_adopt(applying->deploy->ledger, &line->record, ago, err);
	if (known && known->version == line->record.version && line->record.written_ms != 0 && known->written_ms != line->record.written_ms)
		dates->items[dates->count++] = line->record;
	return 0;
}

static int adopt(struct tl_applying *applying, struct tl_error *err)
{
	const struct tl_deployed_list *deployed = &applying->now.state.deployed;
	struct dates dates = { TL_ARENA_ARRAY(&applying->scratch, struct tl_deployed, applying->plan->n_flows), 0 };
	struct tl_error ignored;
	struct tl_map by_id = { 0 };
	int ret = 0;

	for (size_t i = 0; i < deployed->count; i++)
		tl_map_put(&by_id, deployed->items[i].platform_id, NULL)->value.ptr = &deployed->items[i];
	for (size_t i = 0; ret == 0 && i < applying->plan->n_flows; i++) {
		struct tl_line *line = &applying->lines[i];

		if (line->today && line->today->action == TL_ACTION_NONE && !line->writes)
			ret = adopt_line(applying, line, tl_map_ptr(&by_id, line->today->platform_id), &dates, err);
	}
	/* They spare the next plan a look, no more. */
	if (ret == 0)
		tl_ledger_date(applying->deploy->ledger, dates.items, dates.count, &ignored);
	tl_map_clear(&by_id);
	return ret;
}

static void count_written(struct tl_apply *out)
{
	for (size_t i = 0; i < out->n_flows; i++) {
		out->written += out->flows[i].written;
		out->published += out->flows[i].written && out->flows[i].state == TL_APPLIED_PUBLISHED;
	}
}

/* All or nothing: what the plan wrote, an earlier program too that was killed, is taken back where not everything goes through. */
static int take_back(struct tl_applying *applying, struct tl_error *err)
{
	int code = tl_apply_exit(applying->out);

	if (!applying->deploy->atomic || code == 0 || applying->record.id == 0)
		return 0;
	if (tl_apply_recall(applying, err) != 0)
		return -1;
	applying->out->undone_for = code;
	tl_apply_undo(applying);
	return 0;
}

/* Nothing more is written; but a plan that is all or nothing and was begun before is not left half done. */
static int stop_at_conflict(struct tl_applying *applying, struct tl_error *err)
{
	if (make_folder(applying->deploy, err) != 0 || tl_apply_record_conflicts(applying, err) != 0 || tl_apply_find_record(applying, err) != 0 ||
	    take_back(applying, err) != 0)
		return -1;
	count_written(applying->out);
	return tl_apply_end_record(applying, err);
}

/* Whether anything is to be written, or it is known already that nothing may. */
static int carry_out(struct tl_applying *applying, struct tl_error *err)
{
	bool work = false;

	for (size_t i = 0; i < applying->plan->n_flows; i++) {
		struct tl_line *line = &applying->lines[i];

		work |= line->writes || line->follows;
		if (line->writes)
			line->applied->state = TL_APPLIED_NOT_TRIED;
	}
	applying->conflict = has_conflict(applying);
	if (applying->conflict)
		return stop_at_conflict(applying, err);
	if (adopt(applying, err) != 0)
		return -1;
	if (make_folder(applying->deploy, err) != 0)
		return -1;
	if (!work)
		return tl_apply_end_record(applying, err) != 0 ? -1 : tl_apply_record_nothing(applying, err);
	if (tl_apply_begin_record(applying, err) != 0)
		return -1;
	tl_apply_run(applying);
	if (take_back(applying, err) != 0)
		return -1;
	count_written(applying->out);
	/* A ledger that can no longer be written has said so at its line. */
	tl_apply_end_record(applying, NULL);
	return 0;
}

void tl_apply_clear(struct tl_applying *applying)
{
	tl_apply_free(applying->out);
	tl_now_clear(&applying->now);
	tl_rollback_clear(&applying->rollback);
	tl_plan_free(applying->rollback_plan);
	tl_map_clear(&applying->by_flow);
	if (applying->summaries.items)
		tl_summaries_clear(&applying->summaries);
	tl_arena_clear(&applying->scratch);
	pthread_cond_destroy(&applying->freed);
	pthread_mutex_destroy(&applying->lock);
}

static int apply(struct tl_apply **out, struct tl_applying *applying, struct tl_findings *findings, struct tl_error *err)
{
	int ret = -1;

	tl_apply_start(applying);
	if (tl_apply_compute(applying, findings, err) == 0) {
		tl_apply_judge(applying);
		ret = carry_out(applying, err);
	}
	if (ret == 0) {
		*out = applying->out;
		applying->out = NULL;
	}
	tl_apply_clear(applying);
	return ret;
}

/* Whether there is anything that may not be done by two at once. */
static int has_work(bool *out, const struct tl_deploy *deploy, const struct tl_plan *plan, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_plan_records plans;
	struct tl_steps steps;
	int ret = tl_ledger_open_steps(&steps, &arena, deploy->ledger, deploy->environment->name, err);

	if (ret == 0)
		ret = tl_ledger_plan_open(&plans, &arena, deploy->ledger, deploy->environment->name, err);
	*out = ret == 0 && (tl_plan_changes(plan) > 0 || steps.count > 0 || plans.count > 0);
	tl_arena_clear(&arena);
	return ret;
}

int tl_apply_plan(struct tl_apply **out, struct tl_deploy *deploy, const struct tl_plan *plan, bool resumed, struct tl_findings *findings,
                  struct tl_error *err)
{
	struct tl_applying applying = { .deploy = deploy, .plan = plan, .resumed = resumed, .findings = findings };
	bool work = true;
	int ret;

	*out = NULL;
	/* Of what is published the role is asked for while the rest is computed. */
	if (check_plan(deploy, plan, resumed, err) != 0 || (plan->kind == TL_PLAN_ROLLBACK && tl_deploy_check_role(deploy, err) != 0) ||
	    (!resumed && has_work(&work, deploy, plan, err) != 0))
		return -1;
	if (!work || resumed)
		return apply(out, &applying, findings, err);
	if (tl_deploy_enter(deploy, err) != 0)
		return -1;
	/* Without a lease what is open may be somebody's who is still at work. */
	ret = deploy->lease ? tl_deploy_settle(NULL, deploy, err) : 0;
	if (ret == 0)
		ret = apply(out, &applying, findings, err);
	tl_deploy_leave(deploy);
	return ret;
}

int tl_deploy_apply(struct tl_apply **out, struct tl_deploy *deploy, const struct tl_plan *plan, struct tl_findings *findings,
                    struct tl_error *err)
{
	return tl_apply_plan(out, deploy, plan, false, findings, err);
}

/* deploy/again.c: everything computed again before a plan is applied: git and the configuration must be as they were. */
#include <inttypes.h>

#include "deploy/apply.h"

/* Everything of a plan's files, chosen where the plan speaks of them. */
static void narrow(struct tl_applying *applying)
{
	const struct tl_summaries *all = applying->deploy->summaries;
	struct tl_flow_file *files = TL_ARENA_ARRAY(&applying->scratch, struct tl_flow_file, all->set->count);
	struct tl_map paths = { 0 };

	for (size_t i = 0; i < applying->plan->n_flows; i++)
		tl_map_put(&paths, applying->plan->flows[i].path, NULL);
	for (size_t i = 0; i < all->set->count; i++) {
		files[i] = all->set->files[i];
		files[i].chosen = tl_map_find(&paths, files[i].path) != NULL;
	}
	applying->narrowed = *all->set;
	applying->narrowed.files = files;
	tl_summaries_init(&applying->summaries, &applying->narrowed, all->cache, &all->lower, all->workers);
	tl_map_clear(&paths);
}

static int compute_publish(struct tl_applying *applying, struct tl_findings *findings, struct tl_error *err)
{
	narrow(applying);
	if (tl_now_compute(&applying->now, applying->deploy, &applying->summaries, 0, findings, err) != 0)
		return -1;
	if (applying->now.plan)
		return 0;
	if (applying->plan->promote_from.len > 0)
		return tl_error_set(err, TL_USAGE, "the flows no longer pass the checks, or are no longer what '%.*s' has: make a new plan",
		                    TL_FMT(applying->plan->promote_from));
	return tl_error_set(err, TL_USAGE, "the flows no longer pass the checks: make a new plan");
}

static int compute_rollback(struct tl_applying *applying, struct tl_error *err)
{
	const struct tl_planned *planned = &applying->plan->flows[0];

	if (applying->plan->n_flows != 1 || planned->to == 0)
		return tl_error_set(err, TL_USAGE, "this is no plan of a rollback");
	if (tl_rollback_find(&applying->rollback, applying->deploy, planned->flow, planned->to, err) != 0)
		return -1;
	applying->rollback_plan = tl_rollback_plan(&applying->rollback, applying->deploy, planned->flow, planned->note, 0);
	return 0;
}

/* What the plan and today must agree on as a whole. A plan of a tree that was not committed, or of a rollback, names no commit; changes that touch
 * nothing of the plan do not matter to it. */
static int compare_head(const struct tl_deploy *deploy, const struct tl_plan *plan, const struct tl_plan *today, struct tl_error *err)
{
	char commit[TL_OID_SIZE];

	if (!tl_str_equal(plan->values, today->values))
		return tl_error_set(err, TL_USAGE, "the environment '%.*s' has other values, ids or another database here than when the plan was "
		                    "made (were they changed, or is this another project?): make a new plan",
		                    TL_FMT(plan->environment));
	if (plan->kind == TL_PLAN_ROLLBACK || plan->commit.len == 0)
		return 0;
	if (!deploy->repo)
		return tl_error_set(err, TL_USAGE, "the plan is of commit %.*s, but this is no repository", TL_FMT(plan->commit));
	if (tl_repo_commit(commit, deploy->repo, deploy->commit.len > 0 ? deploy->commit.ptr : "HEAD", err) != 0)
		return -1;
	if (!tl_str_is(plan->commit, commit))
		return tl_error_set(err, TL_USAGE, "the plan is of commit %.*s, but this is %s: make a new plan", TL_FMT(plan->commit), commit);
	return 0;
}

/* What the plan and today must agree on in a line, as far as git and the configuration go. */
static int compare_line(const struct tl_line *line, bool rollback, struct tl_error *err)
{
	const struct tl_planned *planned = line->planned, *today = line->today;

	/* Without a file nothing can be published, whatever a plan says that somebody wrote by hand. */
	if (!today || (!rollback && !line->source) || !tl_str_equal(planned->path, today->path))
		return tl_error_set(err, TL_USAGE, "flow '%.*s' is no longer in '%.*s': make a new plan", TL_FMT(planned->flow),
		                    TL_FMT(planned->path));
	if (!tl_str_equal(planned->blob, today->blob))
		return tl_error_set(err, TL_USAGE, "'%.*s' was changed since the plan was made: make a new plan", TL_FMT(planned->path));
	if (!tl_str_equal(planned->wanted_digest, today->wanted_digest))
		return tl_error_set(err, TL_USAGE, "what flow '%.*s' needs (values, schedules or audio) was changed since the plan was made: make a "
		                    "new plan", TL_FMT(planned->flow));
	return 0;
}

/* Each line's counterpart of today, and where its flow comes from. */
static void join(struct tl_applying *applying, const struct tl_plan *today)
{
	const struct tl_wanted_list *wanted = &applying->now.gathered.wanted;

	for (size_t i = 0; i < today->n_flows; i++) {
		struct tl_line *line = tl_map_ptr(&applying->by_flow, today->flows[i].flow);

		if (line)
			line->today = &today->flows[i];
	}
	for (size_t i = 0; i < wanted->count; i++) {
		struct tl_line *line = tl_map_ptr(&applying->by_flow, wanted->items[i].flow);

		if (line && wanted->items[i].chosen)
			line->source = &wanted->items[i];
	}
}

/* What the ledger will say of a line, but for its id and version on the platform. What is gone back to is still of the commit that it came from. */
static void set_record(struct tl_applying *applying, struct tl_line *line)
{
	const struct tl_deployed *source = &applying->rollback.source;
	bool rollback = applying->plan->kind == TL_PLAN_ROLLBACK;

	line->record = (struct tl_deployed){
		.environment = applying->plan->environment,
		.flow = line->planned->flow,
		.digest = line->planned->wanted_digest,
		.content = rollback ? applying->rollback.target.content : line->source->content,
		.more = rollback ? source->more : line->source->more,
		.blob = line->planned->blob,
		.commit = rollback ? source->commit : applying->plan->commit,
		.plan = tl_str(applying->plan->id),
		.source = rollback ? source->source : line->source->source,
		.promoted = rollback ? source->promoted : applying->plan->promote_from,
	};
}

int tl_apply_compute(struct tl_applying *applying, struct tl_findings *findings, struct tl_error *err)
{
	const struct tl_plan *plan = applying->plan, *today;
	bool rollback = plan->kind == TL_PLAN_ROLLBACK;

	if ((rollback ? compute_rollback(applying, err) : compute_publish(applying, findings, err)) != 0)
		return -1;
	today = rollback ? applying->rollback_plan : applying->now.plan;
	if (compare_head(applying->deploy, plan, today, err) != 0)
		return -1;
	join(applying, today);
	for (size_t i = 0; i < plan->n_flows; i++) {
		struct tl_line *line = &applying->lines[i];

		if (line->planned->action == TL_ACTION_ORPHAN)
			continue;
		if (compare_line(line, rollback, err) != 0)
			return -1;
		set_record(applying, line);
	}
	return 0;
}

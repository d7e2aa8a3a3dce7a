/* platform/architect_put.c: the next version of a flow: locked by us, looked at again, published by a job, looked at once more, given back. */
#include <inttypes.h>

#include "dialect/dialect.h"
#include "flow/canonical.h"
#include "platform/architect.h"

/* How often the new version is looked for, once its job has ended. */
#define LOOKS 6

/* One write. */
struct putting {
	struct tl_architect *architect;
	struct tl_arena arena;
	struct tl_architect_job job;
	struct tl_architect_flow flow; /* as it was before */
	int64_t base;
	int64_t made;                  /* the version that it made, where somebody published on top */
};

void tl_architect_record(const struct tl_architect_job *job, struct tl_arena *arena, struct tl_remote_call *call)
{
	if (!call)
		return;
	tl_genesys_fill_call(call, arena, &job->answer);
	call->attempts = job->requests;
	call->deployment_failed = tl_architect_is_verdict(&job->state);
}

/* ---- afterwards */

/* Whether a version says what was handed over. */
static int has_our_content(bool *yes, struct tl_architect_job *job, struct tl_str id, int64_t version, struct tl_error *err)
{
	char theirs[TL_SHA256_SIZE], ours[TL_SHA256_SIZE];
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_str yaml;
	struct tl_flow *flow;

	*yes = false;
	if (tl_architect_export(&yaml, job->arena, job->architect, id, version, err) != 0)
		return -1;
	lower.limits.file = 0;
	tl_flow_read(&flow, TL_STR("export.yaml"), yaml, &lower);
	if (!flow)
		return 0;
	tl_flow_digest(theirs, flow, NULL);
	tl_flow_digest(ours, job->put->flow, NULL);
	tl_flow_free(flow);
	*yes = tl_str_equal(tl_str(theirs), tl_str(ours));
	return 0;
}

/* Versions that were published above `before`, newest first, and how many. */
static int find_published(struct tl_remote **out, size_t *count, struct tl_architect_job *job, struct tl_str id, int64_t before, struct tl_error *err)
{
	struct tl_remotes versions;

	*count = 0;
	if (tl_architect_versions(&versions, job->arena, job->architect, id, err) != 0)
		return -1;
	for (size_t i = 0; i < versions.count; i++) {
		if (versions.items[i].reached_published && (before == 0 || tl_version_compare(versions.items[i].version, before) > 0))
			versions.items[(*count)++] = versions.items[i];
	}
	*out = versions.items;
	return 0;
}

/* The newest of them that says what was handed over; 0: none does. */
static int64_t find_made(struct tl_architect_job *job, struct tl_str id, const struct tl_remote *versions, size_t count)
{
	struct tl_error ignored;
	bool ours;

	for (size_t i = 0; i < count; i++) {
		if (has_our_content(&ours, job, id, versions[i].version, &ignored) == 0 && ours)
			return versions[i].version;
	}
	return 0;
}

static int beaten(struct tl_architect_job *job, const struct tl_architect_flow *flow, int64_t made, struct tl_error *err)
{
	struct tl_str version = tl_version_text(job->arena, flow->published.number), who = flow->published.by;

	if (who.len == 0)
		who = TL_STR("somebody else");
	if (made > 0 && tl_version_compare(made, flow->published.number) >= 0)
		return tl_error_set(err, TL_CONFLICT, "%.*s was published as version %.*s, but somebody else published in the same moment, below it", TL_FMT(job->title),
		                    TL_FMT(tl_version_text(job->arena, made)));
	if (made > 0)
		return tl_error_set(err, TL_CONFLICT, "version %.*s of %.*s was published, then replaced: %.*s published version %.*s on top of it",
		                    TL_FMT(tl_version_text(job->arena, made)), TL_FMT(job->title), TL_FMT(who), TL_FMT(version));
	return tl_error_set(err, TL_CONFLICT, "the job of %.*s went well, but what callers get is version %.*s of %.*s, and that is not what it was handed",
	                    TL_FMT(job->title), TL_FMT(version), TL_FMT(who));
}

/* Whether what callers get is what this write caused: the only version that was published since, and by our client or with our content. */
static int check_caused(struct tl_architect_job *job, const struct tl_architect_flow *flow, int64_t before, int64_t *made, struct tl_error *err)
{
	struct tl_remote *versions;
	size_t count;
	bool ours = false;

	/* Between two whole numbers that follow each other nobody published. */
	if (tl_architect_is_us(&ours, job->architect, flow->published.by_client, err) != 0)
		return -1;
	if (ours && before > 0 && before <= UINT32_MAX && flow->published.number == before + 1)
		return 0;
	if (find_published(&versions, &count, job, flow->id, before, err) != 0)
		return -1;
	if (count < 2 && !ours && has_our_content(&ours, job, flow->id, flow->published.number, err) != 0)
		return -1;
	if (count < 2 && ours)
		return 0;
	*made = find_made(job, flow->id, versions, count);
	return beaten(job, flow, *made, err);
}

/* It was published; what is there now could not be looked at. */
static int unseen(const struct tl_architect_job *job, struct tl_error *err)
{
	struct tl_error why = *err;

	if (why.code == TL_CONFLICT || why.code == TL_INTERRUPTED)
		return -1;
	return tl_error_set(err, TL_LOST, "the job of %.*s went well, but what callers get now could not be looked at: %s", TL_FMT(job->title), why.message);
}

int tl_architect_verify(struct tl_remote *out, struct tl_arena *arena, struct tl_architect_job *job, struct tl_str id, int64_t before, int64_t *made,
                        struct tl_error *err)
{
	struct tl_architect_flow flow;

	*made = 0;
	for (unsigned n = 1;; n++) {
		if (tl_architect_look(&flow, job->arena, job->architect, id, false, err) != 0)
			return unseen(job, err);
		if (flow.published.number > 0 && flow.published.number != before)
			break;
		if (n == LOOKS)
			return tl_error_set(err, TL_REFUSED, "the job of %.*s says that it went well, but callers still get %s%.*s: look at the flow in Architect", TL_FMT(job->title),
			                    before > 0 ? "version " : "nothing", TL_FMT(before > 0 ? tl_version_text(job->arena, before) : TL_STR("")));
		if (tl_genesys_pause(job->architect->genesys, n, err) != 0)
			return -1;
	}
	job->unlocked = flow.client.len == 0;
	if (check_caused(job, &flow, before, made, err) != 0 || tl_architect_remote(out, arena, job->architect, &flow, err) != 0)
		return unseen(job, err);
	tl_architect_remember(job->architect, &(struct tl_remotes){ out, 1 });
	/* A draft that somebody began on it in this moment is theirs; what callers get is what was published here. */
	out->version = out->published_version;
	out->status = TL_STATUS_PUBLISHED;
	out->id = tl_arena_dup(arena, out->id);
	out->name = tl_arena_dup(arena, out->name);
	out->type = tl_arena_dup(arena, out->type);
	out->held_by = out->operation = (struct tl_str){ NULL, 0 };
	out->held_by_us = false;
	return 0;
}

/* ---- the write */

/* A job finds its flow by name and type: of one that is called otherwise it would make a second one. */
static int check_name(const struct putting *putting, struct tl_error *err)
{
	const struct tl_architect_flow *there = &putting->flow;
	const struct tl_flow *ours = putting->job.put->flow;
	struct tl_arena arena = { 0 };
	struct tl_str type = tl_architect_api_type(&arena, ours->architect_type);
	int ret = 0;

	if (!tl_str_equal(there->name, ours->name.text) || !tl_str_equal_nocase(there->type, type))
		ret = tl_error_set(err, TL_CONFLICT, "flow '%.*s' (%.*s) is called '%.*s' (%.*s) on the platform, which knows flows by name and type: publishing would make a second "
		                   "one; rename it here or there", TL_FMT(ours->name.text), TL_FMT(type), TL_FMT(there->name), TL_FMT(there->type));
	tl_arena_clear(&arena);
	return ret;
}

/* The job says that somebody else has the flow: it may be ourselves, where a client's lock does not reach its jobs. Then it is done without, as nobody came
 * in between. 0: the job may be run again. */
static int step_aside(struct putting *putting, struct tl_error *err)
{
	struct tl_architect_flow now;

	if (tl_architect_give_back(putting->architect, putting->flow.id, err) != 0 ||
	    tl_architect_quiet(&now, &putting->arena, putting->architect, putting->flow.id, putting->job.end_ms, err) != 0 ||
	    tl_architect_compare(putting->architect, &putting->flow, &now, err) != 0)
		return -1;
	/* Giving a lock back may check in what our own client saved as it took it. */
	return tl_architect_check(putting->architect, &now, tl_architect_last(&now)->number > 0 ? tl_architect_last(&now)->number : putting->base, err);
}

static int run_job(struct putting *putting, struct tl_error *err)
{
	struct tl_architect_job *job = &putting->job;

	if (tl_architect_job_run(job, err) != 0)
		return -1;
	if (tl_architect_is_locked_out(&job->state) && (step_aside(putting, err) != 0 || tl_architect_job_run(job, err) != 0))
		return -1;
	return 0;
}

static int write_locked(struct tl_remote *out, struct tl_arena *arena, struct putting *putting, struct tl_error *err)
{
	struct tl_architect_job *job = &putting->job;

	if (run_job(putting, err) != 0)
		return -1;
	tl_architect_job_say(job->put->said, arena, &job->state);
	if (job->state.state == TL_ARCHITECT_BAD)
		return tl_architect_job_failed(job, err);
	if (job->state.flow.len > 0 && !tl_str_equal(job->state.flow, putting->flow.id))
		return tl_error_set(err, TL_CONFLICT, "the job of %.*s published another flow, %.*s: is there a second one of that name", TL_FMT(job->title),
		                    TL_FMT(job->state.flow));
	return tl_architect_verify(out, arena, job, putting->flow.id, putting->flow.published.number, &putting->made, err);
}

/* The job has its file, and somebody asked to stop: it cannot be called back, but often it ends in a moment. True where it did, and *err then says how. */
static bool see_out(struct putting *putting, struct tl_error *err)
{
	struct tl_architect_job *job = &putting->job;
	struct tl_error ignored;

	if (tl_architect_job_look(&job->state, &putting->arena, putting->architect, job->id, true, &ignored) != 0)
		return false;
	if (job->state.state == TL_ARCHITECT_BAD) {
		tl_error_set(err, TL_INTERRUPTED, "interrupted, and %.*s was not published", TL_FMT(job->title));
		job->handed_over = false;
		return true;
	}
	return job->state.state == TL_ARCHITECT_GOOD;
}

/* However it went, our lock goes back, where the job did not see to that; but a job that still is at work goes on under it, unless nobody here waits for it any more. */
static void leave(struct putting *putting, int ret, struct tl_error *err)
{
	struct tl_error why = { 0 }, before = *err;

	if ((ret != 0 && err->code == TL_LOST) || (ret == 0 && putting->job.unlocked))
		return;
	if (ret != 0 && err->code == TL_INTERRUPTED && putting->job.handed_over && !see_out(putting, err))
		tl_error_set(err, TL_INTERRUPTED, "interrupted while job %.*s was at work: 'flow-publish resume' looks what became of it", TL_FMT(putting->job.id));
	if (tl_architect_give_back(putting->architect, putting->flow.id, &why) != 0 && ret != 0)
		tl_error_set(err, before.code, "%.*s; %s", TL_FMT(tl_str_cut(tl_str(before.message), 1200)), why.message);
}

static int write_flow(struct tl_remote *out, struct tl_arena *arena, struct putting *putting, struct tl_str id, struct tl_error *err)
{
	int ret;

	if (tl_architect_idle(&putting->flow, &putting->arena, putting->architect, id, putting->job.end_ms, err) != 0 ||
	    tl_architect_check(putting->architect, &putting->flow, putting->base, err) != 0 || check_name(putting, err) != 0)
		return -1;
	ret = tl_architect_checkout(&putting->arena, putting->architect, &putting->flow, putting->base, putting->job.end_ms, err);
	if (ret == 0)
		ret = write_locked(out, arena, putting, err);
	leave(putting, ret, err);
	return ret;
}

int tl_architect_put(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, const struct tl_put *put, struct tl_error *err)
{
	struct putting putting = { .architect = state, .base = put->version - 1 };
	struct tl_architect_job *job = &putting.job;
	struct tl_error why = { 0 };
	int ret;

	if (id.len == 0)
		return tl_error_set(err, TL_USAGE, "a flow that is not on the platform has no next version");
	*job = (struct tl_architect_job){ .architect = state, .put = put, .arena = &putting.arena };
	job->end_ms = tl_genesys_now(putting.architect->genesys) + tl_put_wait_ms(put);
	job->title = tl_arena_printf(&putting.arena, "flow '%.*s'", TL_FMT(put->flow->name.text));
	ret = write_flow(out, arena, &putting, id, &why);
	tl_architect_record(job, arena, put->call);
	if (put->call && ret != 0) {
		put->call->called_off = !job->handed_over && why.code == TL_INTERRUPTED;
		put->call->took_effect = putting.made > 0;
		put->call->version = putting.made;
		put->call->id = putting.made > 0 ? tl_arena_dup(arena, id) : (struct tl_str){ NULL, 0 };
	}
	tl_arena_clear(&putting.arena);
	if (ret != 0 && err)
		*err = why;
	return ret;
}

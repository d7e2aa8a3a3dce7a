/* deploy/settle.c: what became of steps whose program did not come back to say it: the platform is asked, and never written. */
#include <stdlib.h>

#include "base/pool.h"
#include "deploy/apply.h"

#define FIRST_LOOK_MS 250
#define LONGEST_PAUSE_MS 5000
/* A job to which nothing was handed in so long never begins. */
#define UNBEGUN_MS 15000
/* A job that was begun so long ago never ends: what the flow says is all there is to know. */
#define DEAD_MS ((int64_t)60 * 60 * 1000)

/* One settling: what the workers share. */
struct settling {
	struct tl_deploy *deploy;
	struct tl_steps steps;
	struct tl_remotes remotes; /* where a step was to create a flow */
	struct tl_map known;       /* platform ids of flows that were deployed from here */
	struct tl_error *errors;   /* one a worker */
};

/* What became of a step. */
struct finding {
	enum tl_step_state state;
	struct tl_str message;
};

/* Whether the version says what the step was to write. */
static int is_content(bool *out, const struct tl_deploy *deploy, const struct tl_step *step, const struct tl_remote *version,
                      struct tl_error *err)
{
	char digest[TL_SHA256_SIZE];

	if (tl_remote_digest(digest, version, deploy->lower, err) != 0)
		return -1;
	*out = tl_str_is(step->wanted.content, digest);
	return 0;
}

/* A flow that was made since the step was begun, that nobody knows to be another one, and whose first version is what the step was to write: people may call it
 * by another name than it has here. */
static int find_made(struct tl_step *step, struct tl_arena *arena, const struct settling *settling, struct tl_error *err)
{
	const struct tl_deploy *deploy = settling->deploy;
	bool ours = false;

	for (size_t i = 0; i < settling->remotes.count && !ours; i++) {
		const struct tl_remote *remote = &settling->remotes.items[i];
		struct tl_error why = { 0 };
		struct tl_remote first;

		if ((remote->written_ms > 0 && remote->written_ms < step->begun_ms - TL_DEPLOY_SKEW_MS) || tl_map_find(&settling->known, remote->id))
			continue;
		if (tl_platform_version(&first, arena, deploy->platform, remote->id, 1, &why) == 0 && is_content(&ours, deploy, step, &first, &why) == 0) {
			if (ours)
				step->wanted.platform_id = remote->id;
		} else if (!tl_remote_is_unreadable(why.code)) {
			*err = why;
			return -1;
		}
	}
	return 0;
}

/* The platform's id of what a step was to create; empty where it has no such flow. *several: it has more than one of that name. */
static int find_id(bool *several, struct tl_step *step, struct tl_arena *arena, const struct settling *settling, struct tl_error *err)
{
	struct tl_platform *platform = settling->deploy->platform;
	bool jobs = tl_platform_can(platform, TL_CAN_LOCK);
	struct tl_remotes remotes = settling->remotes;

	*several = false;
	if (step->wanted.platform_id.len > 0)
		return 0;
	/* What was listed before the job was waited for is too old. */
	if (jobs && tl_platform_list(&remotes, arena, platform, err) != 0)
		return -1;
	for (size_t i = 0; i < remotes.count; i++) {
		if (remotes.items[i].titled || !tl_str_equal(remotes.items[i].name, step->wanted.flow))
			continue;
		*several = step->wanted.platform_id.len > 0;
		step->wanted.platform_id = remotes.items[i].id;
	}
	return step->wanted.platform_id.len > 0 || jobs ? 0 : find_made(step, arena, settling, err);
}

/* The version that the step was to write; version 0 where there is none. */
static int read_version(struct tl_remote *out, struct tl_arena *arena, const struct tl_deploy *deploy, const struct tl_step *step,
                        struct tl_error *err)
{
	struct tl_error why = { 0 };

	*out = (struct tl_remote){ 0 };
	if (step->wanted.platform_id.len == 0 ||
	    tl_platform_version(out, arena, deploy->platform, step->wanted.platform_id, step->wanted.version, &why) == 0)
		return 0;
	*out = (struct tl_remote){ 0 };
	if (why.code == TL_NOT_FOUND)
		return 0;
	*err = why;
	return -1;
}

/* As above, once its deployment has its end, or took too long. */
static int read_end(struct tl_remote *out, struct tl_arena *arena, const struct tl_deploy *deploy, const struct tl_step *step,
                    struct tl_error *err)
{
	const struct tl_clock *clock = deploy->clock;
	int64_t timeout = tl_deploy_timeout(deploy), pause = FIRST_LOOK_MS;
	int64_t end = clock->monotonic_ms(clock->data) + timeout;

	for (;;) {
		if (read_version(out, arena, deploy, step, err) != 0)
			return -1;
		if (out->version == 0 || out->status != TL_STATUS_PUBLISHING || clock->monotonic_ms(clock->data) >= end)
			return 0;
		if (tl_clock_rest(clock, pause, deploy->stopped) != 0)
			return tl_error_set(err, TL_INTERRUPTED, "interrupted");
		pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
	}
}

/* ---- platforms that publish by jobs */

/* The job that the step's program began, once it is over; `over` false: there is none, or it was never handed anything. TL_TIMED_OUT where it is still at work. */
static int wait_for_job(struct tl_remote_job *out, struct tl_arena *arena, const struct tl_deploy *deploy, const struct tl_step *step, struct tl_str id,
                        struct tl_error *err)
{
	const struct tl_clock *clock = deploy->clock;
	int64_t timeout = tl_deploy_timeout(deploy), pause = FIRST_LOOK_MS;
	int64_t begin = clock->monotonic_ms(clock->data);

	for (;;) {
		int64_t waited = clock->monotonic_ms(clock->data) - begin;
		struct tl_error why = { 0 };

		if (tl_platform_job(out, arena, deploy->platform, id, &why) != 0) {
			*out = (struct tl_remote_job){ .over = false };
			if (why.code == TL_NOT_FOUND)
				return 0;
			*err = why;
			return -1;
		}
		/* Its program is gone: what has not arrived by now does not arrive any more. */
		if (out->over || (!out->begun && waited >= UNBEGUN_MS) || clock->now_ms(clock->data) - step->begun_ms >= DEAD_MS)
			return 0;
		if (waited >= timeout)
			return tl_error_set(err, TL_TIMED_OUT, "job %.*s is still at work there: run 'flow-publish resume' again later", TL_FMT(id));
		if (tl_clock_rest(clock, pause, deploy->stopped) != 0)
			return tl_error_set(err, TL_INTERRUPTED, "interrupted");
		pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
	}
}

/* The newest of the versions that were published since the step was begun which is the step's own: a job that went well made the only one there is, of
 * several the content tells. 0: none is. */
static int find_ours(int64_t *out, struct tl_arena *arena, const struct tl_deploy *deploy, const struct tl_step *step, struct tl_str id, bool job_was_good,
                     struct tl_error *err)
{
	struct tl_remotes versions;
	struct tl_remote version;
	size_t count = 0;
	bool ours = false;

	*out = 0;
	if (tl_platform_versions(&versions, arena, deploy->platform, id, err) != 0)
		return -1;
	for (size_t i = 0; i < versions.count; i++) {
		if (versions.items[i].reached_published && (step->base_version == 0 || tl_version_compare(versions.items[i].version, step->base_version) > 0))
			versions.items[count++] = versions.items[i];
	}
	if (count == 1 && job_was_good) {
		*out = versions.items[0].version;
		return 0;
	}
	for (size_t i = 0; i < count && !ours; i++) {
		if (tl_platform_version(&version, arena, deploy->platform, id, versions.items[i].version, err) != 0 ||
		    is_content(&ours, deploy, step, &version, err) != 0)
			return -1;
		*out = ours ? versions.items[i].version : 0;
	}
	return 0;
}

/* What callers get is newer than what the step was made on. */
static int judge_published(struct finding *out, struct tl_arena *arena, const struct tl_deploy *deploy, struct tl_step *step, const struct tl_remote *now,
                           bool job_was_good, struct tl_error *err)
{
	int64_t ours;

	if (find_ours(&ours, arena, deploy, step, now->id, job_was_good, err) != 0)
		return -1;
	step->wanted.version = ours > 0 ? ours : now->published_version;
	if (ours > 0)
		*out = (struct finding){ TL_STEP_PUBLISHED, TL_STR("its end was not recorded") };
	else
		*out = (struct finding){ TL_STEP_CONFLICT, tl_arena_printf(arena, "version %s is somebody else's", tl_version_shown(now->published_version).text) };
	return 0;
}

static int judge_flow(struct finding *out, struct tl_arena *arena, const struct settling *settling, struct tl_step *step, const struct tl_remote_job *job,
                      struct tl_error *err)
{
	const struct tl_deploy *deploy = settling->deploy;
	struct tl_error why = { 0 };
	struct tl_remote now = { 0 };
	bool several; /* a job knows which is its own */

	if (step->wanted.platform_id.len == 0)
		step->wanted.platform_id = job->id;
	if (find_id(&several, step, arena, settling, err) != 0)
		return -1;
	if (step->wanted.platform_id.len > 0 && tl_platform_get(&now, arena, deploy->platform, step->wanted.platform_id, &why) != 0 && why.code != TL_NOT_FOUND) {
		*err = why;
		return -1;
	}
	/* What our program had locked is nobody's work any more. */
	if (now.held_by_us && tl_platform_give_back(deploy->platform, now.id, err) != 0)
		return -1;
	if (now.published_version > 0 && (step->base_version == 0 || tl_version_compare(now.published_version, step->base_version) > 0))
		return judge_published(out, arena, deploy, step, &now, job->good, err);
	*out = (struct finding){ TL_STEP_FAILED, job->text.len > 0 ? job->text : TL_STR("its program ended before it wrote") };
	return 0;
}

static int judge_job(struct finding *out, struct tl_arena *arena, const struct settling *settling, struct tl_step *step, struct tl_error *err)
{
	const struct tl_deploy *deploy = settling->deploy;
	struct tl_str environment = deploy->environment->name, key = tl_step_job_key(arena, step), id;
	struct tl_remote_job job = { 0 };
	struct tl_error ignored;

	if (tl_ledger_job_find(&id, arena, deploy->ledger, environment, key, err) != 0)
		return -1;
	if ((id.len > 0 && wait_for_job(&job, arena, deploy, step, id, err) != 0) || judge_flow(out, arena, settling, step, &job, err) != 0)
		return -1;
	if (id.len > 0)
		tl_ledger_job_over(deploy->ledger, environment, key, &ignored);
	return 0;
}

/* ---- one step */

static int judge(struct finding *out, struct tl_arena *arena, const struct settling *settling, struct tl_step *step, struct tl_error *err)
{
	const struct tl_deploy *deploy = settling->deploy;
	struct tl_remote version;
	bool ours, several;

	if (find_id(&several, step, arena, settling, err) != 0)
		return -1;
	if (several) {
		step->wanted.platform_id = TL_STR("");
		*out = (struct finding){ TL_STEP_CONFLICT, TL_STR("the platform has more than one flow of that name") };
		return 0;
	}
	if (read_end(&version, arena, deploy, step, err) != 0)
		return -1;
	if (version.version == 0) {
		*out = (struct finding){ TL_STEP_FAILED, TL_STR("its program ended before it wrote") };
		return 0;
	}
	if (is_content(&ours, deploy, step, &version, err) != 0)
		return -1;
	step->wanted.written_ms = version.written_ms;
	if (!ours)
		*out = (struct finding){ TL_STEP_CONFLICT, tl_arena_printf(arena, "version %s is somebody else's", tl_version_shown(version.version).text) };
	else if (version.status != TL_STATUS_FAILED && version.status != TL_STATUS_REJECTED &&
	         (version.reached_published || version.published_version == version.version))
		*out = (struct finding){ TL_STEP_PUBLISHED, TL_STR("its end was not recorded") };
	else
		*out = (struct finding){ TL_STEP_DRAFTED, tl_arena_printf(arena, "its end was not recorded; the version is %s %.*s",
		                                                          tl_remote_status_name(version.status), TL_FMT(version.reason)) };
	return 0;
}

static int settle_one(void *data, unsigned worker, size_t i)
{
	struct settling *settling = data;
	struct tl_error *err = &settling->errors[worker];
	struct tl_step step = settling->steps.items[i];
	struct tl_arena arena = { 0 };
	struct finding finding;
	bool jobs = tl_platform_can(settling->deploy->platform, TL_CAN_LOCK);
	int ret = (jobs ? judge_job : judge)(&finding, &arena, settling, &step, err);

	if (ret == 0)
		ret = tl_ledger_end(settling->deploy->ledger, &step, finding.state, tl_str_trim(finding.message), err);
	if (ret != 0)
		tl_error_wrap(err, "what became of version %s of flow '%.*s' could not be looked up", tl_version_shown(step.wanted.version).text,
		              TL_FMT(step.wanted.flow));
	tl_arena_clear(&arena);
	return ret;
}

/* What is asked for once for all steps: where flows were to be made, which there are, and which are known. In `arena`. */
static int look_around(struct settling *settling, struct tl_arena *arena, struct tl_error *err)
{
	struct tl_deploy *deploy = settling->deploy;
	struct tl_deployed_list deployed;
	bool creates = false;

	if (tl_platform_can(deploy->platform, TL_CAN_LOCK))
		return 0;
	for (size_t i = 0; i < settling->steps.count; i++)
		creates |= settling->steps.items[i].wanted.platform_id.len == 0;
	if (!creates)
		return 0;
	if (tl_platform_list(&settling->remotes, arena, deploy->platform, err) != 0 ||
	    tl_ledger_deployed(&deployed, arena, deploy->ledger, deploy->environment->name, err) != 0)
		return -1;
	for (size_t i = 0; i < deployed.count; i++)
		tl_map_put(&settling->known, deployed.items[i].platform_id, NULL);
	return 0;
}

static int settle_all(struct settling *settling, struct tl_error *err)
{
	unsigned workers = tl_deploy_requests(settling->deploy);
	int ret;

	settling->errors = tl_alloc_zero(workers, sizeof(*settling->errors));
	ret = tl_pool_run(workers, settling->steps.count, settle_one, settling) == 0 ? 0 : -1;
	for (unsigned i = 0; ret != 0 && i < workers; i++) {
		if (settling->errors[i].code != TL_OK && err)
			*err = settling->errors[i];
	}
	free(settling->errors);
	return ret;
}

int tl_deploy_settle(size_t *count, struct tl_deploy *deploy, struct tl_error *err)
{
	struct settling settling = { .deploy = deploy };
	struct tl_arena arena = { 0 };
	int ret = tl_ledger_open_steps(&settling.steps, &arena, deploy->ledger, deploy->environment->name, err);

	if (ret == 0)
		ret = look_around(&settling, &arena, err);
	if (ret == 0)
		ret = settle_all(&settling, err);
	if (count)
		*count = settling.steps.count;
	tl_map_clear(&settling.known);
	tl_arena_clear(&arena);
	return ret;
}

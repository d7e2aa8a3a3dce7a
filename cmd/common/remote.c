/* cmd/common/remote.c: the flow of a suite on the platform, and running its cases there. */
#include "common/remote.h"

#include "doc/json.h"
#include "flow/graph.h"
#include "platform/remote_case.h"

/* Threads that wait for the platform's answers. */
#define REMOTE_WORKERS 16

int tl_remote_suites_open(struct tl_remote_suites *remote, struct tl_command *command, struct tl_deployment *deployment, bool conform)
{
	struct tl_error *err = &command->err;

	remote->command = command;
	remote->deployment = deployment;
	remote->conform = conform;
	pthread_mutex_init(&remote->lock, NULL);
	if (!tl_platform_can(deployment->platform, TL_CAN_SIMULATE))
		return tl_error_set(err, TL_UNSUPPORTED, "the platform '%s' of the environment '%.*s' has no simulator: suites run here without '--remote'",
		                    tl_platform_name(deployment->platform), TL_FMT(command->environment->name));
	return tl_ledger_deployed(&remote->deployed, &remote->arena, deployment->ledger, command->environment->name, err);
}

void tl_remote_suites_close(struct tl_remote_suites *remote)
{
	if (!remote->command)
		return;
	tl_arena_clear(&remote->arena);
	pthread_mutex_destroy(&remote->lock);
}

/* ---- the flow there */

static const struct tl_remote *remote_of_id(const struct tl_remote_suites *remote, struct tl_str id)
{
	for (size_t i = 0; i < remote->flows.count; i++) {
		if (tl_str_equal(remote->flows.items[i].id, id))
			return &remote->flows.items[i];
	}
	return NULL;
}

static const struct tl_remote *remote_of_name(const struct tl_remote_suites *remote, struct tl_str name)
{
	for (size_t i = 0; i < remote->flows.count; i++) {
		if (tl_str_equal(remote->flows.items[i].name, name))
			return &remote->flows.items[i];
	}
	return NULL;
}

/* A simulator's limits are held against the flow as it is there, which is read anyway: with its id nothing need be listed, and not every platform can. */
static const struct tl_remote *read_flow(struct tl_remote_suites *remote, struct tl_str id, struct tl_error *err)
{
	struct tl_remote *found = TL_ARENA_NEW(&remote->arena, struct tl_remote);

	return tl_platform_get(found, &remote->arena, remote->deployment->platform, id, err) == 0 ? found : NULL;
}

static int list_once(struct tl_remote_suites *remote, struct tl_error *err)
{
	if (!remote->listed && tl_platform_list(&remote->flows, &remote->arena, remote->deployment->platform, err) != 0)
		return tl_platform_simulation_limits(remote->deployment->platform)
		           ? tl_error_wrap(err, "give the flow's id there under 'ids' of the environment, and no list is needed") : -1;
	remote->listed = true;
	return 0;
}

/* By the id that the project file gives, by the one that the ledger learnt, by the flow's own, by its name: as a plan finds it. NULL with TL_OK: there is none. */
static const struct tl_remote *find(struct tl_remote_suites *remote, const struct tl_flow *flow, struct tl_error *err)
{
	const struct tl_str *configured = tl_map_ptr(&remote->command->environment->ids, flow->id.text);
	const struct tl_remote *found;

	if (configured && tl_platform_simulation_limits(remote->deployment->platform))
		return read_flow(remote, *configured, err);
	if (list_once(remote, err) != 0)
		return NULL;
	if (configured)
		return remote_of_id(remote, *configured);
	for (size_t i = 0; i < remote->deployed.count; i++) {
		const struct tl_deployed *deployed = &remote->deployed.items[i];

		found = tl_str_equal(deployed->flow, flow->id.text) ? remote_of_id(remote, deployed->platform_id) : NULL;
		if (found)
			return found;
	}
	found = remote_of_id(remote, flow->id.text);
	return found ? found : remote_of_name(remote, tl_remote_name(flow));
}

/* ---- one case */

static int keep_error(struct tl_remote_suites *remote, const struct tl_error *err, int status)
{
	pthread_mutex_lock(&remote->lock);
	if (remote->err.code == TL_OK) {
		remote->err = *err;
		remote->forbidden = status == 403;
	}
	pthread_mutex_unlock(&remote->lock);
	return -1;
}

/* Where the two runs part is a failure like any other. */
static void compare(struct tl_case_result *result, const struct tl_run *here)
{
	struct tl_str where = tl_runs_part(&result->arena, here, result);

	if (where.len > 0) {
		struct tl_failure *failure = tl_failures_add(&result->failures, &result->arena, "conform");
		struct tl_buf text = { 0 };
		struct tl_json json;

		tl_json_init(&json, &text, false);
		tl_json_string(&json, where);
		failure->expected = TL_STR("\"the same here and there\"");
		failure->actual = tl_arena_dup(&result->arena, tl_buf_view(&text));
		tl_buf_clear(&text);
	}
}

/* ---- jobs under way, in the ledger. A ledger that cannot keep them costs no result: it is said once. */

static void say_unkept(struct tl_remote_suites *remote, const struct tl_error *err)
{
	bool said;

	pthread_mutex_lock(&remote->lock);
	said = remote->unkept;
	remote->unkept = true;
	pthread_mutex_unlock(&remote->lock);
	if (!said)
		tl_command_say(remote->command, "a job that is not waited for to its end cannot be taken up again: %s", err->message);
}

static struct tl_str find_job(void *data, struct tl_arena *arena, struct tl_str request)
{
	struct tl_remote_suites *remote = data;
	struct tl_error err = { 0 };
	struct tl_str job;

	if (tl_ledger_job_find(&job, arena, remote->deployment->ledger, remote->command->environment->name, request, &err) != 0)
		say_unkept(remote, &err);
	return job;
}

static void keep_job(void *data, struct tl_str request, struct tl_str job)
{
	struct tl_remote_suites *remote = data;
	struct tl_error err = { 0 };

	if (tl_ledger_job_keep(remote->deployment->ledger, remote->command->environment->name, request, job, &err) != 0)
		say_unkept(remote, &err);
}

void tl_remote_suites_done(struct tl_remote_suites *remote, const struct tl_case_result *result)
{
	struct tl_error err = { 0 };

	if (remote->command && result->job.len > 0 &&
	    tl_ledger_job_over(remote->deployment->ledger, remote->command->environment->name, result->job, &err) != 0)
		say_unkept(remote, &err);
}

/* With the call as the local engine runs it, where somebody asks for that. */
static int run_both(struct tl_remote_suites *remote, struct tl_case_result *result, const struct tl_suite_run *run, struct tl_error *err)
{
	struct tl_platform *platform = remote->deployment->platform;
	struct tl_remote_place place = {
		.platform = platform, .id = remote->id, .flow = run->program->flow, .version = remote->version, .longest = remote->longest,
		.wait_ms = remote->wait_ms,
	};
	bool asked = remote->conform || tl_platform_simulation_limits(platform);
	struct tl_run here = { 0 };
	int ret;

	if (tl_platform_can(platform, TL_CAN_RESUME)) {
		place.find = find_job;
		place.begun = keep_job;
		place.data = remote;
	}
	if (asked)
		tl_case_run(&here, &result->given, run->program, run->project);
	ret = tl_remote_case_run(result, &place, asked ? &here : NULL, err);
	if (ret == 0 && remote->conform && tl_case_was_run(result))
		compare(result, &here);
	tl_run_clear(&here);
	return ret;
}

static int run_there(void *data, struct tl_case_result *result, const struct tl_suite_run *run)
{
	struct tl_remote_suites *remote = data;
	const struct tl_flow *flow = run->program->flow;
	const char *refusal = tl_remote_case_refusal(&result->given, flow);
	struct tl_error err = { 0 };

	result->run.flow = flow;
	if (refusal) {
		result->skipped = tl_str(refusal);
		return 0;
	}
	if (tl_command_stopped()) {
		tl_error_set(&err, TL_INTERRUPTED, "interrupted");
		return keep_error(remote, &err, 0);
	}
	return run_both(remote, result, run, &err) == 0 ? 0 : keep_error(remote, &err, result->remote_status);
}

/* Of a flow that a simulator with a limit for it is to run, as it is there: how long its longest path is. */
static int measure(struct tl_remote_suites *remote, const struct tl_remote *found, const struct tl_suite_run *run)
{
	const struct tl_simulation_limits *limits = tl_platform_simulation_limits(remote->deployment->platform);
	struct tl_error *err = &remote->command->err;
	struct tl_lower lower = { .limits = *run->limits };
	struct tl_arena arena = { 0 };
	struct tl_flow *flow = NULL;
	struct tl_remote there = *found;
	int ret = 0;

	remote->longest = 0;
	if (!limits || limits->longest == 0)
		return 0;
	if (there.content.len == 0)
		ret = tl_platform_get(&there, &arena, remote->deployment->platform, remote->id, err);
	if (ret == 0)
		ret = tl_remote_read(&flow, &there, &lower, err);
	if (ret == 0)
		remote->longest = tl_graph_longest(flow);
	tl_flow_free(flow);
	tl_arena_clear(&arena);
	return ret;
}

int tl_remote_suites_take(struct tl_remote_suites *remote, struct tl_suite_run *run)
{
	const struct tl_remote *found = find(remote, run->program->flow, &remote->command->err);

	if (!found && remote->command->err.code != TL_OK && remote->command->err.code != TL_NOT_FOUND)
		return -1;
	if (!found)
		return tl_error_set(&remote->command->err, TL_NOT_FOUND, "the environment '%.*s' has no flow '%.*s': %s",
		                    TL_FMT(remote->command->environment->name), TL_FMT(run->program->flow->id.text),
		                    tl_platform_publishes(remote->deployment->platform, NULL) == 0 ? "publish it first" : "it has to be made there first");
	remote->id = found->id;
	remote->version = found->version;
	run->runner = run_there;
	run->runner_data = remote;
	run->jobs = tl_platform_can(remote->deployment->platform, TL_CAN_PARALLEL) ? REMOTE_WORKERS : 1;
	return measure(remote, found, run);
}

int tl_remote_suites_failed(struct tl_remote_suites *remote)
{
	remote->command->err = remote->err;
	return -1;
}

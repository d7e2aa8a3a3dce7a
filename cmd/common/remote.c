/* cmd/common/remote.c: the flow of a suite on the platform, and running its cases there. */
#include "common/remote.h"

#include "doc/json.h"
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
	if (tl_platform_list(&remote->flows, &remote->arena, deployment->platform, err) != 0)
		return -1;
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

/* By the id that the project file gives, by the one that the ledger learnt, by the flow's own, by its name: as a plan finds it. */
static const struct tl_remote *find(const struct tl_remote_suites *remote, const struct tl_flow *flow)
{
	const struct tl_str *configured = tl_map_ptr(&remote->command->environment->ids, flow->id.text);
	const struct tl_remote *found;

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
static void compare(struct tl_case_result *result, const struct tl_suite_run *run)
{
	struct tl_run here = { 0 };
	struct tl_str where, stranger = tl_remote_stranger(result->trace, run->program->flow);

	tl_case_run(&here, &result->given, run->program, run->project);
	where = tl_runs_part(&result->arena, &here, &result->run);
	if (where.len == 0 && stranger.len > 0)
		where = tl_arena_printf(&result->arena, "'%.*s' is visited there, and not here", TL_FMT(stranger));
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
	tl_run_clear(&here);
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
	if (tl_remote_case_run(result, remote->deployment->platform, remote->id, flow, &err) != 0)
		return keep_error(remote, &err, result->remote_status);
	if (remote->conform)
		compare(result, run);
	return 0;
}

int tl_remote_suites_take(struct tl_remote_suites *remote, struct tl_suite_run *run)
{
	const struct tl_remote *found = find(remote, run->program->flow);

	if (!found)
		return tl_error_set(&remote->command->err, TL_NOT_FOUND, "the environment '%.*s' has no flow '%.*s': publish it first",
		                    TL_FMT(remote->command->environment->name), TL_FMT(run->program->flow->id.text));
	remote->id = found->id;
	run->runner = run_there;
	run->runner_data = remote;
	run->jobs = tl_platform_can(remote->deployment->platform, TL_CAN_PARALLEL) ? REMOTE_WORKERS : 1;
	return 0;
}

int tl_remote_suites_failed(struct tl_remote_suites *remote)
{
	remote->command->err = remote->err;
	return -1;
}

/* sandbox/simulator_part.c: CXone's flow simulator: jobs that are asked for again until they have finished. */
#include <stdlib.h>

#include "base/map.h"
#include "sandbox/answer.h"
#include "sandbox/deployed.h"
#include "sandbox/parts.h"
#include "sandbox/services.h"
#include "sandbox/simulator.h"

#define QUEUED_MS 100
#define RUNNING_MS 200
#define MS_LIMIT 3600000
#define JOBS_MAX 10000

struct job {
	char *id;
	struct tl_buf finished;
	int64_t since_ms; /* of the monotonic clock */
};

struct simulator_part {
	struct tl_map jobs; /* id -> struct job */
	struct tl_simulator_pace pace; /* `fail` is ours */
};

static int64_t now(const struct tl_sandbox *sandbox)
{
	const struct tl_clock *clock = tl_sandbox_clock(sandbox);

	return clock->monotonic_ms(clock->data);
}

static struct job *add_job(struct simulator_part *part, const struct tl_sandbox *sandbox, struct tl_str id)
{
	struct job *job = tl_alloc_zero(1, sizeof(*job));

	job->id = tl_strdup(id.ptr);
	job->since_ms = now(sandbox);
	tl_map_put(&part->jobs, tl_str(job->id), NULL)->value.ptr = job;
	return job;
}

/* "http://HOST/api/v2/flow/simulator/ID", by the name that the client knows us by. */
static struct tl_str result_url(struct tl_routed *call, const char *id)
{
	struct tl_str address = tl_server_address(tl_sandbox_server(call->sandbox)), host = tl_exchange_header(call->exchange, "host");
	size_t scheme = tl_str_find(address, TL_STR("://"), 0);

	if (host.len > 0 && scheme != SIZE_MAX)
		address = tl_arena_printf(call->arena, "%.*s://%.*s", (int)scheme, address.ptr, TL_FMT(host));
	return tl_arena_printf(call->arena, "%.*s/api/v2/flow/simulator/%s", TL_FMT(address), id);
}

static void answer_job(struct tl_routed *call, const struct job *job)
{
	struct tl_json *json = tl_route_json(call, 201);

	tl_json_map(json);
	tl_json_put(json, "simulationId", tl_str(job->id));
	tl_json_put(json, "status", TL_STR("queued"));
	tl_json_put(json, "resultUrl", result_url(call, job->id));
	tl_json_map_end(json);
}

static void submit(struct tl_routed *call, struct tl_deployed *deployed, const struct tl_item *body)
{
	const struct tl_clock *clock = tl_sandbox_clock(call->sandbox);
	struct tl_trial_services services = tl_sandbox_services(call->sandbox);
	struct job *job = add_job(call->state, call->sandbox, tl_sandbox_uuid(call->arena));
	struct tl_simulator_request request = {
		call->arena, body, tl_deployed_flow(deployed), &services, tl_str(job->id), clock->now_ms(clock->data),
	};

	tl_simulator_run(&job->finished, &request);
	answer_job(call, job);
}

static void handle_submit(struct tl_routed *call)
{
	const struct simulator_part *part = call->state;
	const struct tl_item *body = tl_route_body(call);
	struct tl_deployed *deployed = NULL;
	struct tl_refusal refusal;
	struct tl_error err = { 0 };
	struct tl_str id;

	if (!body)
		return;
	if (tl_simulator_check(&id, &refusal, body) != 200) {
		tl_route_refused(call, &refusal);
	} else if (part->jobs.count >= JOBS_MAX) {
		tl_route_error(call, 503, "service.unavailable", "the simulator has %d jobs and takes no more", JOBS_MAX);
	} else if (tl_deployed_open(&deployed, tl_sandbox_store(call->sandbox), id, &err) == 0) {
		submit(call, deployed, body);
		tl_deployed_close(deployed);
	} else if (err.code == TL_NOT_FOUND || err.code == TL_REFUSED) {
		tl_route_error(call, 400, "invalid.flow", "%s", err.message);
	} else {
		tl_route_failed(call, &err);
	}
}

static void handle_poll(struct tl_routed *call)
{
	const struct simulator_part *part = call->state;
	const struct job *job = tl_map_ptr(&part->jobs, call->params[0]);
	struct tl_buf out = { 0 };

	if (!job) {
		tl_route_error(call, 404, "not.found", "there is no simulation '%.*s'", TL_FMT(call->params[0]));
		return;
	}
	tl_simulator_answer(&out, tl_str(job->id), tl_buf_view(&job->finished), now(call->sandbox) - job->since_ms, &part->pace);
	tl_route_text(call, 200, tl_buf_view(&out));
	tl_buf_clear(&out);
}

/* The text outlives the body that it stands in. */
static void keep_fail(const struct tl_simulator_pace *old, struct tl_simulator_pace *new)
{
	char *copy;

	if (new->fail.ptr == old->fail.ptr)
		return;
	copy = new->fail.len > 0 ? tl_strdup(new->fail.ptr) : NULL;
	free((char *)(uintptr_t)old->fail.ptr);
	new->fail = copy ? tl_str(copy) : (struct tl_str){ NULL, 0 };
}

/* {queuedMs, runningMs, hang, fail}: each that is there. */
static int set_pace(struct tl_simulator_pace *out, struct tl_refusal *refusal, const struct tl_item *item)
{
	struct tl_simulator_pace pace = *out;

	for (const struct tl_item *one = item->kind == TL_MAP ? item->first : NULL; one; one = one->next) {
		bool time = one->kind == TL_NUMBER && one->number >= 0 && one->number <= MS_LIMIT;

		if (time && tl_str_is(one->key, "queuedMs"))
			pace.queued_ms = (int64_t)one->number;
		else if (time && tl_str_is(one->key, "runningMs"))
			pace.running_ms = (int64_t)one->number;
		else if (one->kind == TL_BOOLEAN && tl_str_is(one->key, "hang"))
			pace.hang = one->boolean;
		else if (one->kind == TL_STRING && tl_str_is(one->key, "fail"))
			pace.fail = one->text;
		else
			return tl_refuse(refusal, 422, "unprocessable", "'%.*s' is not queuedMs or runningMs from 0 to %d, nor hang, a boolean, nor fail, a text",
			                 TL_FMT(one->key), MS_LIMIT);
	}
	if (item->kind != TL_MAP)
		return tl_refuse(refusal, 422, "unprocessable", "it must be {queuedMs, runningMs, hang, fail}");
	keep_fail(out, &pace);
	*out = pace;
	return 200;
}

static void handle_pace(struct tl_routed *call)
{
	struct simulator_part *part = call->state;
	const struct tl_item *body = tl_route_body(call);
	struct tl_refusal refusal;

	if (body)
		tl_route_done(call, set_pace(&part->pace, &refusal, body), &refusal);
}

static int open_part(void **state, struct tl_sandbox *sandbox, struct tl_error *err)
{
	struct simulator_part *part = tl_alloc_zero(1, sizeof(*part));

	(void)sandbox;
	(void)err;
	part->pace = (struct tl_simulator_pace){ .queued_ms = QUEUED_MS, .running_ms = RUNNING_MS };
	*state = part;
	return 0;
}

static void close_part(void *state)
{
	struct simulator_part *part = state;

	for (size_t i = 0; i < part->jobs.count; i++) {
		struct job *job = part->jobs.entries[i].value.ptr;

		tl_buf_clear(&job->finished);
		free(job->id);
		free(job);
	}
	tl_map_clear(&part->jobs);
	free((char *)(uintptr_t)part->pace.fail.ptr);
	free(part);
}

static int seed_pace(void *state, struct tl_sandbox *sandbox, const struct tl_item *item, const char *folder, struct tl_error *err)
{
	struct simulator_part *part = state;
	struct tl_refusal refusal;

	(void)sandbox;
	(void)folder;
	if (set_pace(&part->pace, &refusal, item) != 200)
		return tl_error_set(err, TL_USAGE, "%s", refusal.message);
	return 0;
}

static const struct tl_route route_table[] = {
	{ "POST", "/api/v2/flow/simulator", "flow:simulator:run", handle_submit, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/flow/simulator/{id}", "flow:simulator:read", handle_poll, TL_GUARD_TOKEN, 0 },
	{ "PUT", "/sandbox/simulator", NULL, handle_pace, TL_GUARD_ADMIN, 0 },
};

const struct tl_part tl_part_simulator = {
	.name = "simulator",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.open = open_part,
	.close = close_part,
	.seed_key = "simulator",
	.seed = seed_pace,
};

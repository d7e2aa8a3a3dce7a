/* sandbox/simulate_part.c: POST /api/v2/flows/{id}/simulate and POST /api/v2/flows/simulation/run, and what simulated calls are answered with. */
#include <stdlib.h>

#include "sandbox/answer.h"
#include "sandbox/deployed.h"
#include "sandbox/parts.h"
#include "sandbox/profiles.h"
#include "sandbox/services.h"
#include "sandbox/simulate.h"

struct simulate_part {
	struct tl_doc *simulation; /* or NULL */
};

struct tl_trial_services tl_sandbox_services(const struct tl_sandbox *sandbox)
{
	const struct simulate_part *part = tl_part_state(sandbox, &tl_part_simulate);

	return (struct tl_trial_services){
		.simulation = part->simulation ? part->simulation->root : NULL,
		.profile = tl_profiles_attributes,
		.data = tl_part_state(sandbox, &tl_part_profiles),
	};
}

/* Runs one request of the flow `id`; `unknown` is the status where there is none. */
static void run(struct tl_routed *call, struct tl_str id, int unknown,
                int (*answer)(struct tl_buf *out, struct tl_refusal *refusal, const struct tl_simulate *given), const struct tl_item *body)
{
	const struct tl_clock *clock = tl_sandbox_clock(call->sandbox);
	struct tl_trial_services services = tl_sandbox_services(call->sandbox);
	struct tl_simulate given = { .arena = call->arena, .body = body, .services = &services, .now_ms = clock->now_ms(clock->data) };
	struct tl_deployed *deployed = NULL;
	struct tl_refusal refusal;
	struct tl_buf out = { 0 };
	struct tl_error err = { 0 };
	int status;

	if (tl_deployed_open(&deployed, tl_sandbox_store(call->sandbox), id, &err) != 0) {
		if (err.code == TL_NOT_FOUND || err.code == TL_REFUSED)
			tl_route_error(call, err.code == TL_NOT_FOUND ? unknown : 400, err.code == TL_NOT_FOUND ? "flow.not.found" : "invalid.flow", "%s", err.message);
		else
			tl_route_failed(call, &err);
		return;
	}
	given.flow = tl_deployed_flow(deployed);
	given.simulation_id = tl_arena_printf(call->arena, "sim-%.*s", TL_FMT(tl_sandbox_uuid(call->arena)));
	status = answer(&out, &refusal, &given);
	tl_route_told(call, status, tl_buf_view(&out), &refusal);
	tl_buf_clear(&out);
	tl_deployed_close(deployed);
}

static void handle_run(struct tl_routed *call)
{
	const struct tl_item *body = tl_route_body(call);
	struct tl_refusal refusal;
	struct tl_str id;

	if (!body)
		return;
	if (tl_simulate_flow_id(&id, &refusal, body) == 200)
		run(call, id, 400, tl_simulate_run, body);
	else
		tl_route_refused(call, &refusal);
}

static void handle_chat(struct tl_routed *call)
{
	const struct tl_item *body = tl_route_body(call);

	if (body)
		run(call, call->params[0], 404, tl_simulate_chat, body);
}

static int set_simulation(struct simulate_part *part, struct tl_refusal *refusal, const struct tl_item *simulation)
{
	if (tl_trial_check_simulation(refusal, simulation) != 200)
		return refusal->status;
	tl_doc_free(part->simulation);
	part->simulation = tl_seed_copy(simulation);
	return 200;
}

static void handle_set(struct tl_routed *call)
{
	const struct tl_item *body = tl_route_body(call);
	struct tl_refusal refusal;

	if (body)
		tl_route_done(call, set_simulation(call->state, &refusal, body), &refusal);
}

static int open_part(void **state, struct tl_sandbox *sandbox, struct tl_error *err)
{
	(void)sandbox;
	(void)err;
	*state = tl_alloc_zero(1, sizeof(struct simulate_part));
	return 0;
}

static void close_part(void *state)
{
	struct simulate_part *part = state;

	tl_doc_free(part->simulation);
	free(part);
}

static int seed_simulation(void *state, struct tl_sandbox *sandbox, const struct tl_item *item, const char *folder, struct tl_error *err)
{
	struct tl_refusal refusal;

	(void)sandbox;
	(void)folder;
	if (set_simulation(state, &refusal, item) != 200)
		return tl_error_set(err, TL_USAGE, "%s", refusal.message);
	return 0;
}

static const struct tl_route route_table[] = {
	{ "POST", "/api/v2/flows/simulation/run", "flow:simulation:run", handle_run, TL_GUARD_TOKEN, 0 },
	{ "POST", "/api/v2/flows/{id}/simulate", "flow:simulate", handle_chat, TL_GUARD_TOKEN, 0 },
	{ "PUT", "/sandbox/simulation", NULL, handle_set, TL_GUARD_ADMIN, 0 },
};

const struct tl_part tl_part_simulate = {
	.name = "simulate",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.open = open_part,
	.close = close_part,
	.seed_key = "simulation",
	.seed = seed_simulation,
};

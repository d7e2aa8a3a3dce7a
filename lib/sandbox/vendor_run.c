/* sandbox/vendor_run.c: executions of workflows: launched, running for the time of a job, completed. Nothing is executed: what a workflow does is flow-simulate's. */
#include <stdlib.h>

#include "base/map.h"
#include "sandbox/vendor.h"

struct execution {
	struct tl_str id, name;
	const struct tl_vendor_flow *flow;
	const struct tl_vendor_version *version;
	int64_t launched_ms;
};

struct executions {
	struct tl_map by_id;
};

static int open_executions(void **state, struct tl_sandbox *sandbox, struct tl_error *err)
{
	(void)sandbox;
	(void)err;
	*state = tl_alloc_zero(1, sizeof(struct executions));
	return 0;
}

static void close_executions(void *state)
{
	struct executions *executions = state;

	tl_map_clear(&executions->by_id);
	free(executions);
}

/* NULL: an answer has been given. */
static const struct tl_vendor_version *launchable(struct tl_routed *call, const struct tl_vendor_flow *flow, struct tl_str id)
{
	const struct tl_vendor_version *version = id.len > 0 ? tl_vendor_version(flow, id) : flow->published;

	if (!tl_str_is(flow->type, "WORKFLOW"))
		tl_vendor_refuse(call, 400, "flow.execution.invalid.flow.type", NULL, "The flow '%.*s' is no workflow and cannot be launched.", TL_FMT(flow->name));
	else if (!version)
		tl_vendor_refuse(call, 400, "flow.execution.flow.not.published", NULL, "The flow '%.*s' has no such published version.", TL_FMT(flow->name));
	else
		return version;
	return NULL;
}

static void handle_launch(struct tl_routed *call)
{
	struct executions *executions = call->state;
	const struct tl_item *body = tl_route_body_map(call);
	const struct tl_vendor_flow *flow = body ? tl_vendor_flow_of(call, tl_item_text(body, "flowId")) : NULL;
	const struct tl_vendor_version *version = flow ? launchable(call, flow, tl_item_text(body, "flowVersion")) : NULL;
	struct execution *execution;
	struct tl_json *json;
	struct tl_str path;

	if (!version)
		return;
	execution = TL_ARENA_NEW(&flow->vendor->arena, struct execution);
	*execution = (struct execution){ tl_sandbox_uuid(&flow->vendor->arena), tl_arena_dup(&flow->vendor->arena, tl_item_text(body, "name")), flow, version,
		                         tl_vendor_now(flow->vendor) };
	tl_map_put(&executions->by_id, execution->id, NULL)->value.ptr = execution;
	path = tl_arena_printf(call->arena, "/api/v2/flows/%.*s/versions", TL_FMT(flow->id));
	json = tl_route_json(call, 200);
	tl_json_map(json);
	tl_json_put(json, "id", execution->id);
	tl_json_put(json, "name", execution->name);
	tl_vendor_put_ref(json, "flowVersion", version->id, version->id, path.ptr);
	tl_json_put(json, "selfUri", tl_arena_printf(call->arena, "/api/v2/flows/executions/%.*s", TL_FMT(execution->id)));
	tl_json_map_end(json);
}

static void handle_execution(struct tl_routed *call)
{
	const struct executions *executions = call->state;
	const struct execution *execution = tl_map_ptr(&executions->by_id, call->params[0]);
	const struct tl_vendor *vendor = tl_vendor_of(call->sandbox);
	struct tl_json *json;
	int64_t end;

	if (!execution) {
		tl_vendor_refuse(call, 404, "not.found", NULL, "There is no execution with the id '%.*s'.", TL_FMT(call->params[0]));
		return;
	}
	end = execution->launched_ms + vendor->start_ms + vendor->run_ms;
	json = tl_route_json(call, 200);
	tl_json_map(json);
	tl_json_put(json, "id", execution->id);
	tl_json_put(json, "name", execution->name);
	tl_json_key(json, "flowVersion");
	tl_vendor_put_version(json, execution->flow, execution->version);
	tl_vendor_put_time(json, "dateLaunched", execution->launched_ms);
	tl_json_put(json, "status", end <= tl_vendor_now(vendor) ? TL_STR("COMPLETED") : TL_STR("RUNNING"));
	if (end <= tl_vendor_now(vendor)) {
		tl_vendor_put_time(json, "dateCompleted", end);
		tl_json_key(json, "outputData");
		tl_json_map(json);
		tl_json_map_end(json);
	}
	tl_json_put(json, "selfUri", tl_exchange_path(call->exchange));
	tl_json_map_end(json);
}

static const struct tl_route route_table[] = {
	{ "POST", "/api/v2/flows/executions", "architect:flow:launch", handle_launch, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/flows/executions/{id}", "architect:flowExecution:view", handle_execution, TL_GUARD_TOKEN, 0 },
};

const struct tl_part tl_part_vendor_run = {
	.name = "architect executions",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.open = open_executions,
	.close = close_executions,
	.faces = TL_FACE_ARCHITECT,
};

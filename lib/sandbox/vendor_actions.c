/* sandbox/vendor_actions.c: checkout, check-in, publish, revert, unlock, deactivate, and the history of a flow. */
#include "sandbox/vendor.h"

/* ---- who may */

static void refuse_locked(struct tl_routed *call, const struct tl_vendor_flow *flow)
{
	const struct tl_vendor_actor *holder = flow->holder;
	const char *params[][2] = { { "flowId", flow->id.ptr }, { holder->person ? "lockedUser" : "lockedClient", holder->name.ptr }, { NULL, NULL } };

	tl_vendor_refuse(call, 409, "architect.flow.locked.by.user", params, "The flow '%.*s' is locked by %s '%.*s'.", TL_FMT(flow->name),
	                 holder->person ? "user" : "client", TL_FMT(holder->name));
}

bool tl_vendor_may_write(struct tl_routed *call, const struct tl_vendor_flow *flow, bool needed)
{
	const struct tl_vendor_actor *actor = tl_vendor_actor(call);
	const char *params[][2] = { { "flowId", flow->id.ptr }, { NULL, NULL } };

	if (flow->operation.action && !flow->operation.complete)
		tl_vendor_refuse(call, 409, "architect.operation.already.in.progress", params, "An operation is already in progress on the flow '%.*s'.",
		                 TL_FMT(flow->name));
	else if (flow->holder && flow->holder != actor)
		refuse_locked(call, flow);
	else if (!flow->holder && needed)
		tl_vendor_refuse(call, 409, "architect.flow.not.locked.by.user", params, "The flow '%.*s' is not locked by the caller.", TL_FMT(flow->name));
	else
		return true;
	return false;
}

/* The id is in the query. */
static struct tl_vendor_flow *asked_flow(struct tl_routed *call)
{
	struct tl_str id = tl_exchange_query(call->exchange, "flow");

	if (id.len > 0)
		return tl_vendor_flow_of(call, id);
	tl_vendor_refuse(call, 400, "bad.request", NULL, "The query parameter 'flow' is required.");
	return NULL;
}

static struct tl_str last_version(const struct tl_vendor_flow *flow)
{
	return flow->saved ? flow->saved->id : TL_STR("");
}

/* ---- at once */

/* What an action did is noted, told to who listens, and answered. */
static void done(struct tl_routed *call, struct tl_vendor_flow *flow, const char *action)
{
	struct tl_vendor *vendor = flow->vendor;

	flow->operation = (struct tl_vendor_operation){
		.id = tl_sandbox_uuid(&vendor->arena), .flow = flow->id, .actor = tl_vendor_actor(call), .action = action, .status = "SUCCESS", .complete = true,
	};
	tl_vendor_event(flow, action, tl_vendor_actor(call), last_version(flow));
	tl_vendor_changed(flow);
	tl_vendor_put_flow(tl_route_json(call, 200), flow, true);
}

static void handle_checkout(struct tl_routed *call)
{
	struct tl_vendor_flow *flow = asked_flow(call);

	if (!flow || !tl_vendor_may_write(call, flow, false))
		return;
	flow->holder = tl_vendor_actor(call);
	tl_vendor_actor(call)->last = flow;
	done(call, flow, "CHECKOUT");
}

/* Back to what was checked in last; the drafts after it stay in the history. */
static void handle_revert(struct tl_routed *call)
{
	struct tl_vendor_flow *flow = asked_flow(call);

	if (!flow || !tl_vendor_may_write(call, flow, true))
		return;
	flow->saved = flow->checked_in;
	flow->holder = NULL;
	done(call, flow, "REVERT");
}

/* By whoever has the permission, whoever has the lock: what was saved is checked in. */
static void handle_unlock(struct tl_routed *call)
{
	struct tl_vendor_flow *flow = asked_flow(call);

	if (!flow)
		return;
	if (flow->operation.action && !flow->operation.complete) {
		tl_vendor_may_write(call, flow, false);
		return;
	}
	if (flow->holder)
		tl_vendor_check_in(flow, tl_vendor_actor(call));
	flow->holder = NULL;
	done(call, flow, "CHECKIN");
}

static void handle_deactivate(struct tl_routed *call)
{
	struct tl_vendor_flow *flow = asked_flow(call);

	if (!flow || !tl_vendor_may_write(call, flow, false))
		return;
	flow->active = false;
	done(call, flow, "STATE_CHANGE");
}

/* ---- in a while */

struct work {
	struct tl_vendor_flow *flow;
	struct tl_vendor_version *version; /* of a publish: the one that was asked for, or NULL: the last */
	bool publish;
};

static void finish(void *data)
{
	struct work *work = data;
	struct tl_vendor_flow *flow = work->flow;
	const struct tl_vendor_actor *actor = flow->operation.actor;

	tl_vendor_check_in(flow, actor);
	if (work->publish)
		tl_vendor_publish(flow, work->version ? work->version : flow->checked_in, actor);
	flow->holder = NULL;
	flow->operation.complete = true;
	flow->operation.status = "SUCCESS";
	tl_vendor_event(flow, flow->operation.action, actor, work->publish ? flow->published->id : last_version(flow));
	tl_vendor_changed(flow);
}

static void begin(struct tl_routed *call, struct tl_vendor_flow *flow, const char *action, struct tl_vendor_version *version)
{
	struct tl_vendor *vendor = flow->vendor;
	struct work *work = TL_ARENA_NEW(&vendor->arena, struct work);

	work->flow = flow;
	work->version = version;
	work->publish = strcmp(action, "PUBLISH") == 0;
	flow->operation = (struct tl_vendor_operation){
		.id = tl_sandbox_uuid(&vendor->arena), .flow = flow->id, .actor = tl_vendor_actor(call), .action = action, .status = "STARTED",
	};
	tl_vendor_changed(flow);
	tl_vendor_put_operation(tl_route_json(call, 200), &flow->operation);
	tl_server_after(tl_sandbox_server(vendor->sandbox), vendor->start_ms + vendor->run_ms, finish, work);
}

static void handle_checkin(struct tl_routed *call)
{
	struct tl_vendor_flow *flow = asked_flow(call);

	if (flow && tl_vendor_may_write(call, flow, true))
		begin(call, flow, "CHECKIN", NULL);
}

/* The version that a publish asks for; false: an answer has been given. */
static bool asked_version(struct tl_vendor_version **version, struct tl_routed *call, const struct tl_vendor_flow *flow)
{
	struct tl_str id = tl_exchange_query(call->exchange, "version");

	*version = id.len > 0 ? tl_vendor_version(flow, id) : NULL;
	if (id.len > 0 && !*version)
		tl_vendor_refuse(call, 404, "architect.flow.version.not.found", NULL, "Could not find version '%.*s' of the flow with id '%.*s'.", TL_FMT(id),
		                 TL_FMT(flow->id));
	else if (!flow->saved)
		tl_vendor_refuse(call, 409, "architect.flow.cannot.publish.nothing.saved", NULL, "The flow '%.*s' has no version to publish.",
		                 TL_FMT(flow->name));
	else
		return true;
	return false;
}

static void handle_publish(struct tl_routed *call)
{
	struct tl_vendor_flow *flow = asked_flow(call);
	struct tl_vendor_version *version;
	struct tl_str missing;

	if (!flow || !tl_vendor_may_write(call, flow, false) || !asked_version(&version, call, flow))
		return;
	missing = tl_vendor_missing(call->arena, flow->vendor, version ? version->content : flow->saved->content);
	if (flow->vendor->strict && missing.len > 0)
		tl_vendor_refuse(call, 409, "architect.flow.cannot.publish.missing.dependencies", NULL,
		                 "The flow '%.*s' cannot be published: it depends on what does not exist: %.*s.", TL_FMT(flow->name), TL_FMT(missing));
	else
		begin(call, flow, "PUBLISH", version);
}

/* ---- the history */

static void handle_ask_history(struct tl_routed *call)
{
	struct tl_vendor_flow *flow = tl_vendor_flow_of(call, call->params[0]);
	struct tl_vendor_operation operation = { .action = "HISTORY", .status = "SUCCESS", .complete = true };

	if (!flow)
		return;
	/* It is read from the flow itself, whatever the id. */
	operation.id = tl_vendor_id(call->arena, "history", flow->id);
	operation.actor = tl_vendor_actor(call);
	tl_vendor_put_operation(tl_route_json(call, 200), &operation);
}

static void put_event(struct tl_json *json, const struct tl_vendor_event *event)
{
	tl_json_map(json);
	tl_json_put(json, "action", tl_str(event->action));
	tl_json_put(json, "resource", TL_STR("flow"));
	tl_vendor_put_time(json, "timestamp", event->at_ms);
	tl_vendor_put_actor(json, "user", "client", event->actor);
	if (event->version.len > 0)
		tl_json_put(json, "version", event->version);
	tl_json_put_boolean(json, "secure", false);
	tl_json_map_end(json);
}

static bool is_asked(const char *action, const struct tl_str *actions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (tl_str_equal_nocase(actions[i], tl_str(action)))
			return true;
	}
	return count == 0;
}

/* Newest first. */
static void handle_history(struct tl_routed *call)
{
	const struct tl_vendor_flow *flow = tl_vendor_flow_of(call, call->params[0]);
	size_t n_actions, total = 0;
	const struct tl_str *actions = tl_vendor_query(&n_actions, call, "action");
	struct tl_page page;
	struct tl_json *json;

	if (!flow || !tl_route_page(&page, call))
		return;
	json = tl_route_json(call, 200);
	tl_json_map(json);
	tl_json_put(json, "id", call->params[1]);
	tl_json_put_boolean(json, "complete", true);
	tl_json_put(json, "actionName", TL_STR("HISTORY"));
	tl_json_put(json, "actionStatus", TL_STR("SUCCESS"));
	tl_json_put(json, "name", flow->name);
	tl_json_put_boolean(json, "system", false);
	tl_json_key(json, "entities");
	tl_json_list(json);
	for (size_t i = flow->n_events; i > 0; i--) {
		if (!is_asked(flow->events[i - 1].action, actions, n_actions))
			continue;
		if (total >= page.first && total < page.first + page.size)
			put_event(json, &flow->events[i - 1]);
		total++;
	}
	tl_json_list_end(json);
	tl_json_put_integer(json, "pageSize", (int64_t)page.size);
	tl_json_put_integer(json, "pageNumber", (int64_t)page.number);
	tl_json_put_integer(json, "total", (int64_t)total);
	tl_json_put_integer(json, "pageCount", (int64_t)((total + page.size - 1) / page.size));
	tl_json_map_end(json);
}

static const struct tl_route route_table[] = {
	{ "POST", "/api/v2/flows/actions/checkout", "architect:flow:edit", handle_checkout, TL_GUARD_TOKEN, 0 },
	{ "POST", "/api/v2/flows/actions/checkin", "architect:flow:edit|architect:flow:unlock", handle_checkin, TL_GUARD_TOKEN, 0 },
	{ "POST", "/api/v2/flows/actions/publish", "architect:flow:publish|architect:flow:unlock", handle_publish, TL_GUARD_TOKEN, 0 },
	{ "POST", "/api/v2/flows/actions/revert", "architect:flow:edit", handle_revert, TL_GUARD_TOKEN, 0 },
	{ "POST", "/api/v2/flows/actions/unlock", "architect:flow:unlock", handle_unlock, TL_GUARD_TOKEN, 0 },
	{ "POST", "/api/v2/flows/actions/deactivate", "architect:flow:publish", handle_deactivate, TL_GUARD_TOKEN, 0 },
	{ "POST", "/api/v2/flows/{id}/history", "architect:flow:view", handle_ask_history, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/flows/{id}/history/{history}", "architect:flow:view", handle_history, TL_GUARD_TOKEN, 0 },
};

const struct tl_part tl_part_vendor_actions = {
	.name = "architect actions",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.faces = TL_FACE_ARCHITECT,
};

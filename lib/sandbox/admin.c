/* sandbox/admin.c: the sandbox's own routes, behind its admin token: faults, deployments, tokens, and what was asked so far. */
#include <inttypes.h>

#include "sandbox/inside.h"

static void put_fault(struct tl_json *json, const struct tl_fault *fault)
{
	tl_json_map(json);
	tl_json_put_integer(json, "id", fault->id);
	tl_json_put(json, "fault", fault->spec);
	tl_json_put_integer(json, "seen", (int64_t)fault->seen);
	tl_json_put_integer(json, "struck", (int64_t)fault->struck);
	tl_json_map_end(json);
}

static void handle_faults(struct tl_routed *call)
{
	const struct tl_faults *faults = &call->sandbox->faults;
	struct tl_json *json = tl_route_json(call, 200);

	tl_json_map(json);
	tl_json_key(json, "faults");
	tl_json_list(json);
	for (size_t i = 0; i < faults->count; i++)
		put_fault(json, &faults->items[i]);
	tl_json_list_end(json);
	tl_json_map_end(json);
}

/* {fault: SPEC} or {faults: [SPEC, …]}; all of them or none. */
static void handle_add_faults(struct tl_routed *call)
{
	const struct tl_item *body = tl_route_body_map(call), *list = tl_item_get(body, "faults"), *one = tl_item_get(body, "fault");
	struct tl_faults *faults = &call->sandbox->faults;
	size_t before = faults->count;
	struct tl_error err = { 0 };
	int ret = 0;

	if (!body)
		return;
	if (!one && !(list && list->kind == TL_LIST))
		ret = tl_error_set(&err, TL_USAGE, "the body takes 'fault', a text, or 'faults', a list of them");
	if (ret == 0 && one)
		ret = tl_fault_add(faults, one->text, &err);
	for (const struct tl_item *item = list ? list->first : NULL; item && ret == 0; item = item->next)
		ret = tl_fault_add(faults, item->text, &err);
	if (ret == 0) {
		handle_faults(call);
		return;
	}
	faults->count = before;
	tl_route_failed(call, &err);
}

static void handle_drop_faults(struct tl_routed *call)
{
	tl_faults_clear(&call->sandbox->faults);
	tl_route_empty(call, 204);
}

static void handle_drop_fault(struct tl_routed *call)
{
	struct tl_str text = call->params[0];
	unsigned id = 0;

	for (size_t i = 0; i < text.len && i < 9 && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
		id = id * 10 + (unsigned)(text.ptr[i] - '0');
	if (tl_fault_drop(&call->sandbox->faults, id))
		tl_route_empty(call, 204);
	else
		tl_route_error(call, 404, "not.found", "there is no fault '%.*s'", TL_FMT(text));
}

/* {status: published | failed | rejected, statusReason}: how a deployment that hangs ends. */
static void handle_settle(struct tl_routed *call)
{
	const struct tl_item *body = tl_route_body_map(call);
	enum tl_remote_status status = tl_remote_status_parse(tl_item_text(body, "status"));
	struct tl_error err = { 0 };
	struct tl_remote remote;

	if (!body)
		return;
	if (status != TL_STATUS_PUBLISHED && status != TL_STATUS_FAILED && status != TL_STATUS_REJECTED)
		tl_route_error(call, 400, "bad.request", "'status' must be published, failed or rejected");
	else if (tl_local_store_get(&remote, call->arena, call->sandbox->store, call->params[0], &err) != 0 ||
	         tl_local_store_settle(call->sandbox->store, remote.id, remote.version, status, tl_item_text(body, "statusReason"), &err) != 0)
		tl_route_failed(call, &err);
	else
		tl_route_empty(call, 204);
}

static void handle_expire(struct tl_routed *call)
{
	tl_oauth_end_all(call->sandbox);
	tl_route_empty(call, 204);
}

static void handle_statistics(struct tl_routed *call)
{
	struct tl_json *json = tl_route_json(call, 200);
	struct tl_sandbox *sandbox = call->sandbox;

	tl_json_map(json);
	tl_json_put_integer(json, "requests", (int64_t)sandbox->requests);
	tl_json_put_integer(json, "rateLimited", (int64_t)sandbox->limited);
	/* The most that one token got through within a minute. */
	tl_json_put_integer(json, "busiestMinute", (int64_t)tl_oauth_busiest(sandbox));
	tl_json_key(json, "routes");
	tl_json_list(json);
	for (size_t i = 0; i < tl_part_count; i++) {
		for (size_t j = 0; j < tl_part_table[i]->n_routes; j++) {
			const struct tl_route *route = &tl_part_table[i]->routes[j];

			tl_json_map(json);
			if (!tl_part_faces(tl_part_table[i], TL_FACE_OWN))
				tl_json_put(json, "address", TL_STR("architect"));
			tl_json_put(json, "method", tl_str(route->method));
			tl_json_put(json, "path", tl_str(route->pattern));
			tl_json_put_integer(json, "requests", (int64_t)*tl_sandbox_count(sandbox, route));
			tl_json_map_end(json);
		}
	}
	tl_json_list_end(json);
	tl_json_map_end(json);
}

static const struct tl_route route_table[] = {
	{ "GET", "/sandbox/faults", NULL, handle_faults, TL_GUARD_ADMIN, 0 },
	{ "POST", "/sandbox/faults", NULL, handle_add_faults, TL_GUARD_ADMIN, 0 },
	{ "DELETE", "/sandbox/faults", NULL, handle_drop_faults, TL_GUARD_ADMIN, 0 },
	{ "DELETE", "/sandbox/faults/{id}", NULL, handle_drop_fault, TL_GUARD_ADMIN, 0 },
	{ "POST", "/sandbox/flows/{id}/status", NULL, handle_settle, TL_GUARD_ADMIN, 0 },
	{ "POST", "/sandbox/tokens/expire", NULL, handle_expire, TL_GUARD_ADMIN, 0 },
	{ "GET", "/sandbox/statistics", NULL, handle_statistics, TL_GUARD_ADMIN, 0 },
};

const struct tl_part tl_part_admin = {
	.name = "admin",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.faces = TL_FACE_OWN | TL_FACE_ARCHITECT,
};

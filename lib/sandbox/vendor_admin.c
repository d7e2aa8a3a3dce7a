/* sandbox/vendor_admin.c: the sandbox's own routes for the vendor's organisation, behind the admin token and at both addresses: what people do there. */
#include "sandbox/answer.h"
#include "sandbox/vendor_job.h"

/* By id, or by name. NULL: 404 has been answered. */
static struct tl_vendor_flow *flow_of(struct tl_routed *call)
{
	const struct tl_vendor *vendor = tl_vendor_of(call->sandbox);
	struct tl_vendor_flow *flow = tl_vendor_flow(vendor, call->params[0]);

	if (!flow)
		flow = tl_vendor_flow_named(vendor, call->params[0], tl_exchange_query(call->exchange, "type"));
	if (!flow)
		tl_route_error(call, 404, "not.found", "there is no flow '%.*s'", TL_FMT(call->params[0]));
	return flow;
}

/* {user: NAME} or {client: ID}, else the first person there is. NULL: 400 has been answered. */
static struct tl_vendor_actor *actor_of(struct tl_routed *call, const struct tl_item *body)
{
	struct tl_vendor *vendor = tl_vendor_of(call->sandbox);
	struct tl_str user = tl_item_text(body, "user"), client = tl_item_text(body, "client");
	struct tl_vendor_actor *actor;

	if (user.len == 0 && client.len == 0)
		return tl_vendor_anybody(vendor);
	actor = tl_vendor_find_actor(vendor, user.len > 0 ? user : client);
	if (!actor && client.len > 0)
		actor = tl_vendor_add_actor(vendor, false, client, client);
	if (!actor)
		tl_route_error(call, 400, "bad.request", "there is no user '%.*s'", TL_FMT(user));
	return actor;
}

/* {user: NAME}: a token with which the vendor's API sees that person. */
static void handle_token(struct tl_routed *call)
{
	const struct tl_item *body = tl_route_body_map(call);
	const struct tl_vendor_actor *actor = body ? actor_of(call, body) : NULL;
	struct tl_json *json;

	if (!actor)
		return;
	json = tl_route_json(call, 200);
	tl_json_map(json);
	tl_json_put(json, "access_token", tl_oauth_give(call->sandbox, actor->id)->text);
	tl_json_put(json, "token_type", TL_STR("bearer"));
	tl_json_map_end(json);
}

static void handle_lock(struct tl_routed *call)
{
	struct tl_vendor_flow *flow = flow_of(call);
	const struct tl_item *body = flow ? tl_route_body_map(call) : NULL;
	const struct tl_vendor_actor *actor = body ? actor_of(call, body) : NULL;

	if (!actor)
		return;
	flow->holder = actor;
	tl_vendor_event(flow, "CHECKOUT", actor, TL_STR(""));
	tl_vendor_changed(flow);
	tl_vendor_put_flow(tl_route_json(call, 200), flow, false);
}

static void handle_unlock(struct tl_routed *call)
{
	struct tl_vendor_flow *flow = flow_of(call);

	if (!flow)
		return;
	flow->holder = NULL;
	tl_vendor_changed(flow);
	tl_vendor_put_flow(tl_route_json(call, 200), flow, false);
}

static bool is_false(const struct tl_item *map, const char *key)
{
	const struct tl_item *item = tl_item_get(map, key);

	return item && item->kind == TL_BOOLEAN && !item->boolean;
}

/* {user, yaml, publish: false}: a person edits it, whoever has the lock. */
static void handle_edit(struct tl_routed *call)
{
	struct tl_vendor_flow *flow = flow_of(call);
	const struct tl_item *body = flow ? tl_route_body_map(call) : NULL;
	const struct tl_vendor_actor *actor = body ? actor_of(call, body) : NULL;

	if (!actor)
		return;
	if (tl_vendor_edit(flow, actor, tl_item_text(body, "yaml"), !is_false(body, "publish")))
		tl_vendor_put_flow(tl_route_json(call, 200), flow, false);
	else
		tl_route_error(call, 400, "bad.request", "the flow '%.*s' cannot be edited so: it could not be read", TL_FMT(flow->name));
}

/* The YAML of a version, byte for byte as it came: `?version=N.M`, else the published one. */
static void handle_content(struct tl_routed *call)
{
	const struct tl_vendor_flow *flow = flow_of(call);
	struct tl_str id = tl_exchange_query(call->exchange, "version");
	const struct tl_vendor_version *version;

	if (!flow)
		return;
	version = id.len > 0 ? tl_vendor_version(flow, id) : flow->published;
	if (!version) {
		tl_route_error(call, 404, "not.found", "the flow '%.*s' has no such version", TL_FMT(flow->name));
		return;
	}
	tl_route_empty(call, 200);
	tl_buf_str(&call->body, version->content);
	call->type = "application/yaml";
}

/* {permission: TEXT, back: true}: nobody has it any more, or again. */
static void handle_revoke(struct tl_routed *call)
{
	const struct tl_item *body = tl_route_body_map(call), *back = tl_item_get(body, "back");

	if (!body)
		return;
	tl_vendor_revoke(tl_vendor_of(call->sandbox), tl_item_text(body, "permission"), back && back->kind == TL_BOOLEAN && back->boolean);
	tl_route_empty(call, 204);
}

/* {fail: TEXT}: jobs that hang come to their end, a bad one where a text is given. */
static void handle_release(struct tl_routed *call)
{
	const struct tl_item *body = tl_route_body_map(call);
	struct tl_json *json;
	size_t count;

	if (!body)
		return;
	count = tl_vendor_job_release(tl_vendor_of(call->sandbox), tl_item_text(body, "fail"));
	json = tl_route_json(call, 200);
	tl_json_map(json);
	tl_json_put_integer(json, "ended", (int64_t)count);
	tl_json_map_end(json);
}

/* The body is what a seed says under `architect`; paths of files start where the sandbox was started. */
static void handle_seed(struct tl_routed *call)
{
	const struct tl_item *body = tl_route_body_map(call);
	struct tl_error err = { 0 };

	if (!body)
		return;
	if (tl_vendor_seed(tl_vendor_of(call->sandbox), call->sandbox, body, ".", &err) == 0)
		tl_route_empty(call, 204);
	else
		tl_route_failed(call, &err);
}

static const struct tl_route route_table[] = {
	{ "POST", "/sandbox/architect", NULL, handle_seed, TL_GUARD_ADMIN, 0 },
	{ "POST", "/sandbox/architect/tokens", NULL, handle_token, TL_GUARD_ADMIN, 0 },
	{ "POST", "/sandbox/architect/revoked", NULL, handle_revoke, TL_GUARD_ADMIN, 0 },
	{ "POST", "/sandbox/architect/jobs", NULL, handle_release, TL_GUARD_ADMIN, 0 },
	{ "POST", "/sandbox/architect/flows/{id}/lock", NULL, handle_lock, TL_GUARD_ADMIN, 0 },
	{ "DELETE", "/sandbox/architect/flows/{id}/lock", NULL, handle_unlock, TL_GUARD_ADMIN, 0 },
	{ "POST", "/sandbox/architect/flows/{id}/edit", NULL, handle_edit, TL_GUARD_ADMIN, 0 },
	{ "GET", "/sandbox/architect/flows/{id}/content", NULL, handle_content, TL_GUARD_ADMIN, 0 },
};

const struct tl_part tl_part_vendor_admin = {
	.name = "architect admin",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.faces = TL_FACE_OWN | TL_FACE_ARCHITECT,
};

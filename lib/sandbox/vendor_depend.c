/* sandbox/vendor_depend.c: dependency tracking: what a flow needs, and who needs a thing, by what is published. It is always up to date here. */
#include "sandbox/vendor.h"

/* A thing that depends or is depended on. */
struct object {
	struct tl_str id, name, version, type;
	bool gone;
};

struct objects {
	struct object *items;
	void **entities;
	size_t count;
};

static void put_members(struct tl_json *json, const struct object *object)
{
	tl_json_put(json, "id", object->id);
	tl_json_put(json, "name", object->name);
	if (object->version.len > 0)
		tl_json_put(json, "version", object->version);
	tl_json_put(json, "type", object->type);
	tl_json_put_boolean(json, "deleted", object->gone);
	tl_json_put_boolean(json, "updated", false);
	tl_json_put_boolean(json, "stateUnknown", false);
}

static void put_object(struct tl_json *json, const void *entity)
{
	tl_json_map(json);
	put_members(json, entity);
	tl_json_map_end(json);
}

/* "INBOUNDCALLFLOW" */
static struct tl_str flow_type(struct tl_arena *arena, const struct tl_vendor_flow *flow)
{
	return tl_arena_printf(arena, "%.*sFLOW", TL_FMT(flow->type));
}

static const struct tl_vendor_version *current(const struct tl_vendor_flow *flow)
{
	return flow->published ? flow->published : flow->saved;
}

static bool is_wanted(struct tl_routed *call, const char *name, struct tl_str type)
{
	size_t count;
	const struct tl_str *types = tl_vendor_query(&count, call, name);

	for (size_t i = 0; i < count; i++) {
		if (tl_str_equal_nocase(types[i], type))
			return true;
	}
	return count == 0;
}

/* What a flow needs. */
static void find_consumed(struct objects *objects, struct tl_routed *call, const struct tl_vendor_flow *flow, const struct tl_vendor_version *version)
{
	size_t count = 0;
	const struct tl_vendor_need *needs = version ? tl_vendor_needs(&count, call->arena, flow->vendor, version->content) : NULL;

	objects->items = TL_ARENA_ARRAY(call->arena, struct object, count);
	objects->entities = TL_ARENA_ARRAY(call->arena, void *, count);
	for (size_t i = 0; i < count; i++) {
		if (!is_wanted(call, "resourceType", tl_str(needs[i].type)))
			continue;
		objects->items[objects->count] = (struct object){ needs[i].id, needs[i].name, needs[i].version, tl_str(needs[i].type), needs[i].id.len == 0 };
		objects->entities[objects->count] = &objects->items[objects->count];
		objects->count++;
	}
}

static bool needs_it(struct tl_routed *call, const struct tl_vendor_flow *flow, struct tl_str id)
{
	size_t count;
	const struct tl_vendor_need *needs = tl_vendor_needs(&count, call->arena, flow->vendor, current(flow)->content);

	for (size_t i = 0; i < count; i++) {
		if (tl_str_equal(needs[i].id, id))
			return true;
	}
	return false;
}

/* Who needs a thing. */
static void find_consuming(struct objects *objects, struct tl_routed *call, struct tl_str id)
{
	const struct tl_vendor *vendor = tl_vendor_of(call->sandbox);

	objects->items = TL_ARENA_ARRAY(call->arena, struct object, vendor->n_flows);
	objects->entities = TL_ARENA_ARRAY(call->arena, void *, vendor->n_flows);
	for (size_t i = 0; i < vendor->n_flows; i++) {
		const struct tl_vendor_flow *flow = vendor->flows[i];
		struct tl_str type = flow_type(call->arena, flow);

		if (flow->deleted || !current(flow) || !is_wanted(call, "resourceType", type) || !needs_it(call, flow, id))
			continue;
		objects->items[objects->count] = (struct object){ flow->id, flow->name, current(flow)->id, type, false };
		objects->entities[objects->count] = &objects->items[objects->count];
		objects->count++;
	}
}

static bool asked_id(struct tl_str *id, struct tl_routed *call)
{
	*id = tl_exchange_query(call->exchange, "id");
	if (id->len == 0)
		tl_vendor_refuse(call, 400, "bad.request", NULL, "The query parameter 'id' is required.");
	return id->len > 0;
}

static const struct tl_vendor_version *asked_version(const struct tl_routed *call, const struct tl_vendor_flow *flow)
{
	struct tl_str version = tl_exchange_query(call->exchange, "version");

	return version.len > 0 ? tl_vendor_version(flow, version) : current(flow);
}

static void handle_consumed(struct tl_routed *call)
{
	struct objects objects = { 0 };
	const struct tl_vendor_flow *flow;
	struct tl_str id;

	if (!asked_id(&id, call))
		return;
	flow = tl_vendor_flow(tl_vendor_of(call->sandbox), id);
	if (flow)
		find_consumed(&objects, call, flow, asked_version(call, flow));
	tl_vendor_page(call, objects.entities, objects.count, put_object);
}

static void handle_consuming(struct tl_routed *call)
{
	struct objects objects = { 0 };
	struct tl_str id;

	if (!asked_id(&id, call))
		return;
	find_consuming(&objects, call, id);
	tl_vendor_page(call, objects.entities, objects.count, put_object);
}

static void put_objects(struct tl_json *json, const char *key, const struct objects *objects)
{
	tl_json_key(json, key);
	tl_json_list(json);
	for (size_t i = 0; i < objects->count; i++)
		put_object(json, &objects->items[i]);
	tl_json_list_end(json);
}

static void handle_object(struct tl_routed *call)
{
	struct objects consumed = { 0 }, consuming = { 0 };
	const struct tl_vendor_flow *flow;
	struct object object;
	struct tl_json *json;
	struct tl_str id;

	if (!asked_id(&id, call))
		return;
	flow = tl_vendor_flow_of(call, id);
	if (!flow)
		return;
	if (tl_str_is(tl_exchange_query(call->exchange, "consumedResources"), "true"))
		find_consumed(&consumed, call, flow, asked_version(call, flow));
	if (tl_str_is(tl_exchange_query(call->exchange, "consumingResources"), "true"))
		find_consuming(&consuming, call, id);
	object = (struct object){ flow->id, flow->name, current(flow) ? current(flow)->id : TL_STR(""), flow_type(call->arena, flow), flow->deleted };
	json = tl_route_json(call, 200);
	tl_json_map(json);
	put_members(json, &object);
	put_objects(json, "consumedResources", &consumed);
	put_objects(json, "consumingResources", &consuming);
	tl_json_map_end(json);
}

/* Flows by name. */
static void handle_search(struct tl_routed *call)
{
	const struct tl_vendor *vendor = tl_vendor_of(call->sandbox);
	struct tl_str name = tl_exchange_query(call->exchange, "name");
	struct object *objects = TL_ARENA_ARRAY(call->arena, struct object, vendor->n_flows);
	void **entities = TL_ARENA_ARRAY(call->arena, void *, vendor->n_flows);
	size_t count = 0;

	for (size_t i = 0; i < vendor->n_flows; i++) {
		const struct tl_vendor_flow *flow = vendor->flows[i];
		struct tl_str type = flow_type(call->arena, flow);

		if (flow->deleted || !tl_vendor_matches(flow->name, name) || !is_wanted(call, "objectType", type))
			continue;
		objects[count] = (struct object){ flow->id, flow->name, current(flow) ? current(flow)->id : TL_STR(""), type, false };
		entities[count] = &objects[count];
		count++;
	}
	tl_vendor_page(call, entities, count, put_object);
}

static void handle_build(struct tl_routed *call)
{
	const struct tl_vendor *vendor = tl_vendor_of(call->sandbox);
	struct tl_json *json = tl_route_json(call, 200);

	tl_json_map(json);
	tl_json_put(json, "id", vendor->organization);
	tl_json_put(json, "name", TL_STR("dependency tracking"));
	tl_json_put(json, "buildId", vendor->organization);
	tl_vendor_put_actor(json, "user", "client", tl_vendor_actor(call));
	tl_vendor_put_time(json, "dateStarted", tl_vendor_now(vendor));
	tl_vendor_put_time(json, "dateCompleted", tl_vendor_now(vendor));
	tl_json_put(json, "status", TL_STR("OPERATIONAL"));
	tl_json_key(json, "failedObjects");
	tl_json_list(json);
	tl_json_list_end(json);
	tl_json_map_end(json);
}

static void handle_rebuild(struct tl_routed *call)
{
	tl_route_empty(call, 202);
}

#define TRACKING "/api/v2/architect/dependencytracking"
#define VIEW "architect:dependencyTracking:view"

static const struct tl_route route_table[] = {
	{ "GET", TRACKING, VIEW, handle_search, TL_GUARD_TOKEN, 0 },
	{ "GET", TRACKING "/consumedresources", VIEW, handle_consumed, TL_GUARD_TOKEN, 0 },
	{ "GET", TRACKING "/consumingresources", VIEW, handle_consuming, TL_GUARD_TOKEN, 0 },
	{ "GET", TRACKING "/object", VIEW, handle_object, TL_GUARD_TOKEN, 0 },
	{ "GET", TRACKING "/build", VIEW, handle_build, TL_GUARD_TOKEN, 0 },
	{ "POST", TRACKING "/build", "architect:dependencyTracking:rebuild", handle_rebuild, TL_GUARD_TOKEN, 0 },
};

const struct tl_part tl_part_vendor_depend = {
	.name = "architect dependencies",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.faces = TL_FACE_ARCHITECT,
};

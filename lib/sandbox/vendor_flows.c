/* sandbox/vendor_flows.c: reading flows and their versions, and what PUT, POST and DELETE may change of a flow. */
#include <stdlib.h>

#include "sandbox/vendor.h"

struct tl_vendor_flow *tl_vendor_flow_of(struct tl_routed *call, struct tl_str id)
{
	struct tl_vendor_flow *flow = tl_vendor_flow(tl_vendor_of(call->sandbox), id);
	struct tl_str deleted = tl_exchange_query(call->exchange, "deleted");
	const char *params[][2] = { { "flowId", "" }, { NULL, NULL } };

	if (flow && (!flow->deleted || tl_str_is(deleted, "true")))
		return flow;
	params[0][1] = tl_arena_dup(call->arena, id).ptr;
	tl_vendor_refuse(call, 404, "architect.flow.not.found", params, "Could not find the flow with id '%.*s'.", TL_FMT(id));
	return NULL;
}

/* ---- the list */

struct filter {
	struct tl_str *types, *ids, *divisions;
	size_t n_types, n_ids, n_divisions;
	struct tl_str name, description, either, published, locked_by, locked_by_client, editable_by, secure;
	int64_t after, before; /* of the publish; INT64_MIN, INT64_MAX */
	bool deleted, schemas, agents;
};

/* False: 400 has been answered. */
static bool read_time(int64_t *ms, struct tl_routed *call, const char *name, int64_t usual)
{
	struct tl_str text = tl_exchange_query(call->exchange, name);

	*ms = usual;
	if (!text.ptr || tl_time_parse(ms, text))
		return true;
	tl_vendor_refuse(call, 400, "bad.request", NULL, "%s must be a date and time (ISO 8601), not '%.*s'", name, TL_FMT(text));
	return false;
}

static bool read_filter(struct filter *filter, struct tl_routed *call)
{
	const struct tl_exchange *exchange = call->exchange;

	*filter = (struct filter){
		.name = tl_exchange_query(exchange, "name"),
		.description = tl_exchange_query(exchange, "description"),
		.either = tl_exchange_query(exchange, "nameOrDescription"),
		.published = tl_exchange_query(exchange, "publishVersionId"),
		.locked_by = tl_exchange_query(exchange, "lockedBy"),
		.locked_by_client = tl_exchange_query(exchange, "lockedByClientId"),
		.editable_by = tl_exchange_query(exchange, "editableBy"),
		.secure = tl_exchange_query(exchange, "secure"),
		.deleted = tl_str_is(tl_exchange_query(exchange, "deleted"), "true"),
		.schemas = tl_str_is(tl_exchange_query(exchange, "includeSchemas"), "true"),
		.agents = tl_exchange_query(exchange, "virtualAgentEnabled").ptr != NULL,
	};
	filter->types = tl_vendor_query(&filter->n_types, call, "type");
	filter->ids = tl_vendor_query(&filter->n_ids, call, "id");
	filter->divisions = tl_vendor_query(&filter->n_divisions, call, "divisionId");
	return read_time(&filter->after, call, "publishedAfter", INT64_MIN) && read_time(&filter->before, call, "publishedBefore", INT64_MAX);
}

static bool is_one_of(struct tl_str text, const struct tl_str *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (tl_str_equal_nocase(list[i], text))
			return true;
	}
	return count == 0;
}

static bool passes_lock(const struct tl_vendor_flow *flow, const struct filter *filter)
{
	const struct tl_vendor_actor *holder = flow->holder;

	if (filter->locked_by.len > 0 && (!holder || !holder->person || !tl_str_equal(holder->id, filter->locked_by)))
		return false;
	if (filter->locked_by_client.len > 0 && (!holder || holder->person || !tl_str_equal(holder->id, filter->locked_by_client)))
		return false;
	return filter->editable_by.len == 0 || !holder || tl_str_equal(holder->id, filter->editable_by);
}

static bool passes_text(const struct tl_vendor_flow *flow, const struct filter *filter)
{
	if (filter->name.len > 0 && !tl_vendor_matches(flow->name, filter->name))
		return false;
	if (filter->description.len > 0 && !tl_vendor_matches(flow->description, filter->description))
		return false;
	return filter->either.len == 0 || tl_vendor_matches(flow->name, filter->either) || tl_vendor_matches(flow->description, filter->either);
}

static bool passes_publish(const struct tl_vendor_flow *flow, const struct filter *filter)
{
	int64_t at = flow->published ? flow->published->published_ms : 0;

	if (filter->published.len > 0 && (!flow->published || !tl_str_equal(flow->published->id, filter->published)))
		return false;
	if (filter->after != INT64_MIN && (!flow->published || at < filter->after))
		return false;
	return filter->before == INT64_MAX || (flow->published && at <= filter->before);
}

static bool passes(const struct tl_vendor_flow *flow, const struct filter *filter)
{
	bool bot = tl_str_is(flow->type, "BOT") || tl_str_is(flow->type, "DIGITALBOT");

	if (flow->deleted && !filter->deleted)
		return false;
	/* The filter knows only flows that say whether they have an agent: bots. */
	if (filter->agents && !bot)
		return false;
	if (filter->secure.len > 0 && !tl_str_is(flow->type, "SECURECALL"))
		return false;
	return is_one_of(flow->type, filter->types, filter->n_types) && is_one_of(flow->id, filter->ids, filter->n_ids) &&
	       is_one_of(flow->division, filter->divisions, filter->n_divisions) && passes_lock(flow, filter) && passes_text(flow, filter) &&
	       passes_publish(flow, filter);
}

static int by_id(const void *a, const void *b)
{
	return tl_str_compare((*(struct tl_vendor_flow *const *)a)->id, (*(struct tl_vendor_flow *const *)b)->id);
}

/* Without case, then by id: names of flows of different types may be the same. */
static int by_text(struct tl_str a, struct tl_str b, const void *left, const void *right)
{
	size_t len = a.len < b.len ? a.len : b.len;

	for (size_t i = 0; i < len; i++) {
		int difference = (a.ptr[i] | 0x20) - (b.ptr[i] | 0x20);

		if (difference != 0)
			return difference;
	}
	return a.len != b.len ? (a.len < b.len ? -1 : 1) : by_id(left, right);
}

static int by_name(const void *a, const void *b)
{
	return by_text((*(struct tl_vendor_flow *const *)a)->name, (*(struct tl_vendor_flow *const *)b)->name, a, b);
}

static int by_type(const void *a, const void *b)
{
	return by_text((*(struct tl_vendor_flow *const *)a)->type, (*(struct tl_vendor_flow *const *)b)->type, a, b);
}

static int by_description(const void *a, const void *b)
{
	return by_text((*(struct tl_vendor_flow *const *)a)->description, (*(struct tl_vendor_flow *const *)b)->description, a, b);
}

static bool sort(void **entities, size_t count, struct tl_routed *call)
{
	static const struct { const char *name; int (*compare)(const void *a, const void *b); } table[] = {
		{ "id", by_id }, { "name", by_name }, { "type", by_type }, { "description", by_description },
	};
	struct tl_str key = tl_exchange_query(call->exchange, "sortBy"), order = tl_exchange_query(call->exchange, "sortOrder");
	size_t i = 0;

	while (key.len > 0 && i < TL_COUNT(table) && !tl_str_equal_nocase(key, tl_str(table[i].name)))
		i++;
	if (i == TL_COUNT(table) || (order.len > 0 && !tl_str_equal_nocase(order, TL_STR("asc")) && !tl_str_equal_nocase(order, TL_STR("desc")))) {
		tl_vendor_refuse(call, 400, "bad.request", NULL, "sortBy takes id, name, type or description, and sortOrder asc or desc");
		return false;
	}
	if (count > 1)
		qsort(entities, count, sizeof(*entities), table[i].compare);
	for (size_t j = 0; tl_str_equal_nocase(order, TL_STR("desc")) && j < count / 2; j++) {
		void *other = entities[j];

		entities[j] = entities[count - 1 - j];
		entities[count - 1 - j] = other;
	}
	return true;
}

static void put_listed(struct tl_json *json, const void *entity)
{
	tl_vendor_put_flow(json, entity, false);
}

static void put_with_schemas(struct tl_json *json, const void *entity)
{
	tl_vendor_put_flow(json, entity, true);
}

static void handle_list(struct tl_routed *call)
{
	const struct tl_vendor *vendor = tl_vendor_of(call->sandbox);
	void **entities = TL_ARENA_ARRAY(call->arena, void *, vendor->n_flows);
	struct filter filter;
	size_t count = 0;

	if (!read_filter(&filter, call))
		return;
	/* Where ids are given, nothing else is looked at. */
	if (filter.n_ids > 0)
		filter = (struct filter){ .ids = filter.ids, .n_ids = filter.n_ids, .after = INT64_MIN, .before = INT64_MAX, .deleted = filter.deleted,
			                  .schemas = filter.schemas };
	for (size_t i = 0; i < vendor->n_flows; i++) {
		if (passes(vendor->flows[i], &filter))
			entities[count++] = vendor->flows[i];
	}
	if (sort(entities, count, call))
		tl_vendor_page(call, entities, count, filter.schemas ? put_with_schemas : put_listed);
}

/* ---- one flow */

static void handle_get(struct tl_routed *call)
{
	const struct tl_vendor_flow *flow = tl_vendor_flow_of(call, call->params[0]);

	if (flow)
		tl_vendor_put_flow(tl_route_json(call, 200), flow, true);
}

/* A version with the flow it is of, as the writer of a page is given one thing. */
struct shown {
	const struct tl_vendor_flow *flow;
	const struct tl_vendor_version *version;
};

static void put_shown(struct tl_json *json, const void *entity)
{
	const struct shown *shown = entity;

	tl_vendor_put_version(json, shown->flow, shown->version);
}

/* Newest first. */
static void handle_versions(struct tl_routed *call)
{
	const struct tl_vendor_flow *flow = tl_vendor_flow_of(call, call->params[0]);
	struct shown *shown;
	void **entities;

	if (!flow)
		return;
	shown = TL_ARENA_ARRAY(call->arena, struct shown, flow->n_versions);
	entities = TL_ARENA_ARRAY(call->arena, void *, flow->n_versions);
	for (size_t i = 0; i < flow->n_versions; i++) {
		shown[i] = (struct shown){ flow, flow->versions[flow->n_versions - 1 - i] };
		entities[i] = &shown[i];
	}
	tl_vendor_page(call, entities, flow->n_versions, put_shown);
}

static const struct tl_vendor_version *version_of(struct tl_routed *call, const struct tl_vendor_flow *flow)
{
	const struct tl_vendor_version *version = flow ? tl_vendor_version(flow, call->params[1]) : NULL;

	if (flow && !version)
		tl_vendor_refuse(call, 404, "architect.flow.version.not.found", NULL, "Could not find version '%.*s' of the flow with id '%.*s'.",
		                 TL_FMT(call->params[1]), TL_FMT(flow->id));
	return version;
}

static void handle_version(struct tl_routed *call)
{
	const struct tl_vendor_flow *flow = tl_vendor_flow_of(call, call->params[0]);
	const struct tl_vendor_version *version = version_of(call, flow);

	if (version)
		tl_vendor_put_version(tl_route_json(call, 200), flow, version);
}

static void handle_configuration(struct tl_routed *call)
{
	const struct tl_vendor_flow *flow = tl_vendor_flow_of(call, call->params[0]);
	const struct tl_vendor_version *version = version_of(call, flow);

	if (version)
		tl_vendor_put_configuration(tl_route_json(call, 200), flow, version);
}

static void handle_latest(struct tl_routed *call)
{
	const struct tl_vendor_flow *flow = tl_vendor_flow_of(call, call->params[0]);

	if (flow && flow->saved)
		tl_vendor_put_configuration(tl_route_json(call, 200), flow, flow->saved);
	else if (flow)
		tl_vendor_refuse(call, 404, "architect.flow.version.not.found", NULL, "The flow with id '%.*s' has no saved version.", TL_FMT(flow->id));
}

/* ---- changing one */

/* Whether another flow of that type has the name; then 409 has been answered. */
static bool is_taken(struct tl_routed *call, struct tl_str name, struct tl_str type, const struct tl_vendor_flow *but)
{
	const struct tl_vendor_flow *other = tl_vendor_flow_named(tl_vendor_of(call->sandbox), name, type);

	if (!other || other == but)
		return false;
	tl_vendor_refuse(call, 409, "architect.flow.already.exists", NULL, "A flow of type %.*s with the name '%.*s' already exists.", TL_FMT(other->type),
	                 TL_FMT(name));
	return true;
}

static bool check_name(struct tl_routed *call, struct tl_str name)
{
	const char *code, *why = tl_vendor_bad_name(name, &code);

	if (why)
		tl_vendor_refuse(call, 400, code, NULL, "%s", why);
	return !why;
}

static void take_texts(struct tl_vendor_flow *flow, const struct tl_item *body)
{
	struct tl_arena *arena = &flow->vendor->arena;
	struct tl_str division = tl_item_text(tl_item_get(body, "division"), "id");

	if (tl_item_get(body, "description"))
		flow->description = tl_arena_dup(arena, tl_item_text(body, "description"));
	if (division.len > 0)
		flow->division = tl_arena_dup(arena, division);
}

static void handle_put(struct tl_routed *call)
{
	struct tl_vendor_flow *flow = tl_vendor_flow_of(call, call->params[0]);
	const struct tl_item *body = flow ? tl_route_body_map(call) : NULL;
	struct tl_str name = tl_item_text(body, "name");

	if (!body || !tl_vendor_may_write(call, flow, true) || !check_name(call, name) || is_taken(call, name, flow->type, flow))
		return;
	if (!tl_str_equal(flow->name, name))
		flow->name = tl_arena_dup(&flow->vendor->arena, name);
	take_texts(flow, body);
	tl_vendor_event(flow, "UPDATE", tl_vendor_actor(call), flow->saved ? flow->saved->id : TL_STR(""));
	tl_vendor_changed(flow);
	tl_vendor_put_flow(tl_route_json(call, 200), flow, true);
}

static void handle_post(struct tl_routed *call)
{
	const struct tl_item *body = tl_route_body_map(call);
	struct tl_str name = tl_item_text(body, "name"), type = tl_item_text(body, "type");
	struct tl_vendor_flow *flow;

	if (!body || !check_name(call, name))
		return;
	if (!tl_vendor_is_type(type)) {
		tl_vendor_refuse(call, 400, "architect.flow.validate.failed.invalid.type", NULL, "'%.*s' is no type of a flow", TL_FMT(type));
		return;
	}
	if (is_taken(call, name, type, NULL))
		return;
	flow = tl_vendor_add_flow(tl_vendor_of(call->sandbox), TL_STR(""), name, type);
	take_texts(flow, body);
	tl_vendor_event(flow, "CREATE", tl_vendor_actor(call), TL_STR(""));
	tl_vendor_changed(flow);
	tl_vendor_put_flow(tl_route_json(call, 200), flow, true);
}

static void handle_delete(struct tl_routed *call)
{
	struct tl_vendor_flow *flow = tl_vendor_flow_of(call, call->params[0]);

	if (!flow || !tl_vendor_may_write(call, flow, false))
		return;
	flow->deleted = true;
	flow->holder = NULL;
	tl_vendor_event(flow, "DELETE", tl_vendor_actor(call), TL_STR(""));
	tl_vendor_changed(flow);
	tl_route_empty(call, 204);
}

#define VIEW "architect:flow:view"

static const struct tl_route route_table[] = {
	{ "GET", "/api/v2/flows", VIEW, handle_list, TL_GUARD_TOKEN, 0 },
	{ "POST", "/api/v2/flows", "architect:flow:add", handle_post, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/flows/lookup", VIEW, handle_list, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/flows/{id}", VIEW, handle_get, TL_GUARD_TOKEN, 0 },
	{ "PUT", "/api/v2/flows/{id}", "architect:flow:edit", handle_put, TL_GUARD_TOKEN, 0 },
	{ "DELETE", "/api/v2/flows/{id}", "architect:flow:delete", handle_delete, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/flows/{id}/latestconfiguration", VIEW, handle_latest, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/flows/{id}/versions", VIEW, handle_versions, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/flows/{id}/versions/{version}", VIEW, handle_version, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/flows/{id}/versions/{version}/configuration", VIEW, handle_configuration, TL_GUARD_TOKEN, 0 },
};

const struct tl_part tl_part_vendor_flows = {
	.name = "architect flows",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.faces = TL_FACE_ARCHITECT,
};

/* sandbox/vendor_flow.c: an Architect flow as the vendor keeps it: versions, what is saved, checked in and published, and what happened to it. */
#include "sandbox/vendor.h"

#include <stdlib.h>

#define NAME_MAX_POINTS 200

struct tl_vendor_flow *tl_vendor_flow(const struct tl_vendor *vendor, struct tl_str id)
{
	return tl_map_ptr(&vendor->flow_ids, id);
}

struct tl_vendor_flow *tl_vendor_flow_named(const struct tl_vendor *vendor, struct tl_str name, struct tl_str type)
{
	for (size_t i = 0; i < vendor->n_flows; i++) {
		struct tl_vendor_flow *flow = vendor->flows[i];

		if (!flow->deleted && tl_str_equal(flow->name, name) && (type.len == 0 || tl_str_equal_nocase(flow->type, type)))
			return flow;
	}
	return NULL;
}

struct tl_vendor_flow *tl_vendor_add_flow(struct tl_vendor *vendor, struct tl_str id, struct tl_str name, struct tl_str type)
{
	struct tl_vendor_flow *flow = TL_ARENA_NEW(&vendor->arena, struct tl_vendor_flow);
	char *upper;

	flow->vendor = vendor;
	flow->id = id.len > 0 ? tl_arena_dup(&vendor->arena, id) : tl_sandbox_uuid(&vendor->arena);
	flow->name = tl_arena_dup(&vendor->arena, name);
	upper = tl_arena_alloc(&vendor->arena, type.len + 1, 1);
	for (size_t i = 0; i < type.len; i++)
		upper[i] = type.ptr[i] >= 'a' && type.ptr[i] <= 'z' ? (char)(type.ptr[i] - 'a' + 'A') : type.ptr[i];
	flow->type = (struct tl_str){ upper, type.len };
	flow->division = tl_vendor_home(vendor);
	flow->active = true;
	vendor->flows = tl_grow(vendor->flows, &vendor->flow_capacity, vendor->n_flows + 1, sizeof(struct tl_vendor_flow *));
	vendor->flows[vendor->n_flows++] = flow;
	tl_map_put(&vendor->flow_ids, flow->id, NULL)->value.ptr = flow;
	return flow;
}

struct tl_vendor_version *tl_vendor_version(const struct tl_vendor_flow *flow, struct tl_str id)
{
	for (size_t i = 0; i < flow->n_versions; i++) {
		if (tl_str_equal(flow->versions[i]->id, id))
			return flow->versions[i];
	}
	return NULL;
}

void tl_vendor_event(struct tl_vendor_flow *flow, const char *action, const struct tl_vendor_actor *actor, struct tl_str version)
{
	flow->events = tl_grow(flow->events, &flow->event_capacity, flow->n_events + 1, sizeof(*flow->events));
	flow->events[flow->n_events++] = (struct tl_vendor_event){ action, tl_vendor_now(flow->vendor), actor, version };
}

/* A draft counts on below the last version, anything else begins the next one. */
static void number(struct tl_vendor_version *version, const struct tl_vendor_flow *flow)
{
	unsigned major = 0, minor = 0;

	if (flow->n_versions > 0) {
		major = flow->versions[flow->n_versions - 1]->major;
		minor = flow->versions[flow->n_versions - 1]->minor;
	}
	version->major = version->kind == TL_VENDOR_SAVE ? major : major + 1;
	version->minor = version->kind == TL_VENDOR_SAVE ? minor + 1 : 0;
	version->id = tl_arena_printf(&flow->vendor->arena, "%u.%u", version->major, version->minor);
}

struct tl_vendor_version *tl_vendor_add_version(struct tl_vendor_flow *flow, enum tl_vendor_kind kind, struct tl_str content,
                                                const struct tl_vendor_actor *actor)
{
	struct tl_arena *arena = &flow->vendor->arena;
	struct tl_vendor_version *version = TL_ARENA_NEW(arena, struct tl_vendor_version);
	int64_t now = tl_vendor_now(flow->vendor);

	version->kind = kind;
	version->actor = actor;
	version->generation = tl_sandbox_uuid(arena);
	version->content = tl_arena_dup(arena, content);
	version->created_ms = version->saved_ms = now;
	number(version, flow);
	flow->versions = tl_grow(flow->versions, &flow->version_capacity, flow->n_versions + 1, sizeof(struct tl_vendor_version *));
	flow->versions[flow->n_versions++] = version;
	flow->saved = version;
	tl_vendor_describe(flow, version);
	if (kind == TL_VENDOR_SAVE)
		return version;
	version->checked_in_ms = now;
	flow->checked_in = version;
	if (kind == TL_VENDOR_PUBLISH)
		tl_vendor_publish(flow, version, actor);
	return version;
}

void tl_vendor_check_in(struct tl_vendor_flow *flow, const struct tl_vendor_actor *actor)
{
	if (flow->saved && flow->saved->kind == TL_VENDOR_SAVE)
		tl_vendor_add_version(flow, TL_VENDOR_CHECKIN, flow->saved->content, actor);
}

void tl_vendor_publish(struct tl_vendor_flow *flow, struct tl_vendor_version *version, const struct tl_vendor_actor *actor)
{
	version->kind = TL_VENDOR_PUBLISH;
	version->published_ms = tl_vendor_now(flow->vendor);
	flow->published = version;
	flow->published_by = actor;
	flow->active = true;
}

const char *tl_vendor_bad_name(struct tl_str name, const char **code)
{
	*code = "architect.flow.validate.failed.invalid.name.empty";
	if (tl_str_trim(name).len == 0)
		return "a flow needs a name";
	*code = "architect.flow.validate.failed.invalid.name.length";
	if (tl_str_code_points(name) > NAME_MAX_POINTS)
		return "a flow's name has at most 200 characters";
	*code = "architect.flow.validate.failed.invalid.name.characters";
	if (tl_str_find(name, TL_STR("/"), 0) != SIZE_MAX)
		return "a flow's name cannot contain '/'";
	*code = "architect.flow.validate.failed.invalid.name.suffix";
	if (tl_str_ends(name, TL_STR("-debug")))
		return "a flow's name cannot end in '-debug'";
	return NULL;
}

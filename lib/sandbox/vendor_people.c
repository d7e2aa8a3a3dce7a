/* sandbox/vendor_people.c: roles, subjects, users and tokens of the vendor's organisation, as they are read. */
#include "sandbox/vendor.h"

static void put_role(struct tl_json *json, const struct tl_vendor *vendor, const struct tl_vendor_role *role)
{
	struct tl_arena arena = { 0 };
	int64_t users = 0;

	for (size_t i = 0; i < vendor->n_actors; i++)
		users += vendor->actors[i]->person && vendor->actors[i]->n_roles > 0 && tl_vendor_role(vendor, vendor->actors[i]->roles[0]) == role;
	tl_json_map(json);
	tl_json_put(json, "id", role->id);
	tl_json_put(json, "name", role->name);
	tl_json_put(json, "description", role->description);
	tl_json_key(json, "permissions");
	tl_json_list(json);
	tl_json_list_end(json);
	tl_json_key(json, "permissionPolicies");
	tl_json_list(json);
	for (const struct tl_item *policy = role->policies->first; policy; policy = policy->next) {
		tl_json_map(json);
		tl_json_put(json, "domain", tl_item_text(policy, "domain"));
		tl_json_put(json, "entityName", tl_item_text(policy, "entityName"));
		tl_vendor_put_actions(json, "actionSet", vendor, policy);
		tl_json_put_boolean(json, "allowConditions", false);
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
	tl_json_put_integer(json, "userCount", users);
	tl_json_put_boolean(json, "roleNeedsUpdate", false);
	tl_json_put_boolean(json, "default", false);
	tl_json_put_boolean(json, "base", false);
	tl_json_put(json, "selfUri", tl_arena_printf(&arena, "/api/v2/authorization/roles/%.*s", TL_FMT(role->id)));
	tl_json_map_end(json);
	tl_arena_clear(&arena);
}

struct shown_role {
	const struct tl_vendor *vendor;
	const struct tl_vendor_role *role;
};

static void put_shown_role(struct tl_json *json, const void *entity)
{
	const struct shown_role *shown = entity;

	put_role(json, shown->vendor, shown->role);
}

static void handle_roles(struct tl_routed *call)
{
	const struct tl_vendor *vendor = tl_vendor_of(call->sandbox);
	struct shown_role *shown = TL_ARENA_ARRAY(call->arena, struct shown_role, vendor->n_roles);
	void **entities = TL_ARENA_ARRAY(call->arena, void *, vendor->n_roles);
	struct tl_str name = tl_exchange_query(call->exchange, "name");
	size_t count = 0;

	for (size_t i = 0; i < vendor->n_roles; i++) {
		if (name.len > 0 && !tl_vendor_matches(vendor->roles[i]->name, name))
			continue;
		shown[count] = (struct shown_role){ vendor, vendor->roles[i] };
		entities[count] = &shown[count];
		count++;
	}
	tl_vendor_page(call, entities, count, put_shown_role);
}

static void handle_role(struct tl_routed *call)
{
	const struct tl_vendor *vendor = tl_vendor_of(call->sandbox);
	const struct tl_vendor_role *role = tl_vendor_role(vendor, call->params[0]);

	if (role)
		put_role(tl_route_json(call, 200), vendor, role);
	else
		tl_vendor_refuse(call, 404, "not.found", NULL, "Role not found: %.*s", TL_FMT(call->params[0]));
}

/* ---- subjects, users and tokens */

static void put_division(struct tl_json *json, const struct tl_vendor *vendor, struct tl_str id)
{
	struct tl_arena arena = { 0 };

	tl_json_key(json, "division");
	tl_json_map(json);
	tl_json_put(json, "id", id);
	tl_json_put(json, "name", tl_vendor_division_name(vendor, id));
	tl_json_put(json, "description", TL_STR(""));
	tl_json_put_boolean(json, "homeDivision", tl_str_equal(id, tl_vendor_home(vendor)));
	tl_json_put(json, "selfUri", tl_arena_printf(&arena, "/api/v2/authorization/divisions/%.*s", TL_FMT(id)));
	tl_json_map_end(json);
	tl_arena_clear(&arena);
}

static void put_grant_role(struct tl_json *json, const struct tl_vendor *vendor, const struct tl_vendor_role *role)
{
	tl_json_key(json, "role");
	tl_json_map(json);
	tl_json_put(json, "id", role->id);
	tl_json_put(json, "name", role->name);
	tl_json_put(json, "description", role->description);
	tl_json_key(json, "policies");
	tl_json_list(json);
	for (const struct tl_item *policy = role->policies->first; policy; policy = policy->next) {
		tl_json_map(json);
		tl_vendor_put_actions(json, "actions", vendor, policy);
		tl_json_put(json, "domain", tl_item_text(policy, "domain"));
		tl_json_put(json, "entityName", tl_item_text(policy, "entityName"));
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
	tl_json_put_boolean(json, "default", false);
	tl_json_map_end(json);
}

static void put_subject(struct tl_json *json, const struct tl_vendor *vendor, const struct tl_vendor_actor *actor)
{
	tl_json_map(json);
	tl_json_put(json, "id", actor->id);
	tl_json_put(json, "name", actor->name);
	tl_json_key(json, "grants");
	tl_json_list(json);
	for (size_t i = 0; i < actor->n_roles; i++) {
		const struct tl_vendor_role *role = tl_vendor_role(vendor, actor->roles[i]);

		if (!role)
			continue;
		tl_json_map(json);
		tl_json_put(json, "subjectId", actor->id);
		put_division(json, vendor, tl_vendor_home(vendor));
		put_grant_role(json, vendor, role);
		tl_vendor_put_time(json, "grantMadeAt", tl_vendor_now(vendor));
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
	tl_json_put_integer(json, "version", 1);
	tl_json_put(json, "selfUri", tl_str(""));
	tl_json_map_end(json);
}

static void handle_own_subject(struct tl_routed *call)
{
	put_subject(tl_route_json(call, 200), tl_vendor_of(call->sandbox), tl_vendor_actor(call));
}

static void handle_subject(struct tl_routed *call)
{
	const struct tl_vendor_actor *actor = tl_vendor_find_actor(tl_vendor_of(call->sandbox), call->params[0]);

	if (actor && tl_str_equal(actor->id, call->params[0]))
		put_subject(tl_route_json(call, 200), tl_vendor_of(call->sandbox), actor);
	else
		tl_vendor_refuse(call, 404, "not.found", NULL, "Subject not found: %.*s", TL_FMT(call->params[0]));
}

static void put_user(struct tl_json *json, const void *entity)
{
	const struct tl_vendor_actor *actor = entity;
	struct tl_arena arena = { 0 };

	tl_json_map(json);
	tl_json_put(json, "id", actor->id);
	tl_json_put(json, "name", actor->name);
	if (actor->email.len > 0) {
		tl_json_put(json, "email", actor->email);
		tl_json_put(json, "username", actor->email);
	}
	tl_json_put(json, "state", TL_STR("active"));
	tl_json_put_integer(json, "version", 1);
	tl_json_put(json, "selfUri", tl_arena_printf(&arena, "/api/v2/users/%.*s", TL_FMT(actor->id)));
	tl_json_map_end(json);
	tl_arena_clear(&arena);
}

static void handle_me(struct tl_routed *call)
{
	const struct tl_vendor_actor *actor = tl_vendor_actor(call);

	if (actor->person)
		put_user(tl_route_json(call, 200), actor);
	else
		tl_vendor_refuse(call, 400, "bad.request", NULL,
		                 "This request requires a user context. Client credentials cannot be used for requests to this resource.");
}

static void handle_users(struct tl_routed *call)
{
	const struct tl_vendor *vendor = tl_vendor_of(call->sandbox);
	void **entities = TL_ARENA_ARRAY(call->arena, void *, vendor->n_actors);
	size_t count = 0, n_ids;
	const struct tl_str *ids = tl_vendor_query(&n_ids, call, "id");

	for (size_t i = 0; i < vendor->n_actors; i++) {
		bool wanted = n_ids == 0;

		for (size_t j = 0; j < n_ids; j++)
			wanted = wanted || tl_str_equal(ids[j], vendor->actors[i]->id);
		if (wanted && vendor->actors[i]->person)
			entities[count++] = vendor->actors[i];
	}
	tl_vendor_page(call, entities, count, put_user);
}

static void handle_user(struct tl_routed *call)
{
	const struct tl_vendor_actor *actor = tl_vendor_find_actor(tl_vendor_of(call->sandbox), call->params[0]);

	if (actor && actor->person && tl_str_equal(actor->id, call->params[0]))
		put_user(tl_route_json(call, 200), actor);
	else
		tl_vendor_refuse(call, 404, "not.found", NULL, "User not found: %.*s", TL_FMT(call->params[0]));
}

static void put_organization(struct tl_json *json, const char *key, const struct tl_vendor *vendor)
{
	tl_json_key(json, key);
	tl_json_map(json);
	tl_json_put(json, "id", vendor->organization);
	tl_json_put(json, "name", TL_STR("Sandbox"));
	tl_json_map_end(json);
}

static void handle_own_token(struct tl_routed *call)
{
	const struct tl_vendor *vendor = tl_vendor_of(call->sandbox);
	const struct tl_vendor_actor *actor = tl_vendor_actor(call);
	struct tl_json *json = tl_route_json(call, 200);

	tl_json_map(json);
	put_organization(json, "organization", vendor);
	put_organization(json, "homeOrganization", vendor);
	tl_json_key(json, "authorizedScope");
	tl_json_list(json);
	tl_json_list_end(json);
	if (!actor->person) {
		tl_json_key(json, "OAuthClient");
		tl_json_map(json);
		tl_json_put(json, "id", actor->id);
		tl_json_put(json, "name", actor->name);
		tl_json_put(json, "authorizedGrantType", TL_STR("CLIENT-CREDENTIALS"));
		put_organization(json, "organization", vendor);
		tl_json_map_end(json);
	}
	tl_json_map_end(json);
}

static const struct tl_route route_table[] = {
	{ "GET", "/api/v2/authorization/roles", "authorization:role:view", handle_roles, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/authorization/roles/{id}", "authorization:role:view", handle_role, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/authorization/subjects/me", NULL, handle_own_subject, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/authorization/subjects/{id}", "authorization:role:view", handle_subject, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/users/me", NULL, handle_me, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/users", "directory:user:view", handle_users, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/users/{id}", "directory:user:view", handle_user, TL_GUARD_TOKEN, 0 },
	{ "GET", "/api/v2/tokens/me", NULL, handle_own_token, TL_GUARD_TOKEN, 0 },
};

const struct tl_part tl_part_vendor_people = {
	.name = "architect people",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.faces = TL_FACE_ARCHITECT,
};

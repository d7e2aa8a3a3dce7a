/* sandbox/roles.c: roles and the scopes that they give. */
#include <stdlib.h>

#include "base/map.h"
#include "sandbox/parts.h"

struct role {
	struct tl_str id, name;
	struct tl_str *scopes;
	size_t n_scopes;
};

struct roles {
	struct tl_arena arena;
	struct tl_map by_id; /* -> struct role * */
};

/* A role that may publish, and what that takes. */
#define PUBLISHER "publisher"
static const char *const publisher_table[] = { "flow:view", "flow:read", "flow:edit", "flow:simulate", "flow:simulation:run", "authorization:read" };

static struct role *add_role(struct roles *roles, struct tl_str id, struct tl_str name, size_t n_scopes)
{
	struct role *role = TL_ARENA_NEW(&roles->arena, struct role);

	role->id = tl_arena_dup(&roles->arena, id);
	role->name = tl_arena_dup(&roles->arena, name.len > 0 ? name : id);
	role->scopes = TL_ARENA_ARRAY(&roles->arena, struct tl_str, n_scopes);
	tl_map_put(&roles->by_id, role->id, NULL)->value.ptr = role;
	return role;
}

static int open_roles(void **state, struct tl_sandbox *sandbox, struct tl_error *err)
{
	struct roles *roles = tl_alloc_zero(1, sizeof(*roles));
	struct role *role = add_role(roles, TL_STR(PUBLISHER), TL_STR("Flow publisher"), TL_COUNT(publisher_table));

	(void)sandbox;
	(void)err;
	for (size_t i = 0; i < TL_COUNT(publisher_table); i++)
		role->scopes[role->n_scopes++] = tl_str(publisher_table[i]);
	*state = roles;
	return 0;
}

static void close_roles(void *state)
{
	struct roles *roles = state;

	tl_map_clear(&roles->by_id);
	tl_arena_clear(&roles->arena);
	free(roles);
}

/* roles: [{id, name, scopes: […]}] */
static int seed_roles(void *state, struct tl_sandbox *sandbox, const struct tl_item *list, const char *folder, struct tl_error *err)
{
	struct roles *roles = state;
	const struct tl_item *scopes;
	struct role *role;

	(void)sandbox;
	(void)folder;
	if (list->kind != TL_LIST)
		return tl_error_set(err, TL_USAGE, "they must be a list of {id, name, scopes}");
	for (const struct tl_item *item = list->first; item; item = item->next) {
		scopes = tl_item_get(item, "scopes");
		if (tl_item_text(item, "id").len == 0 || !scopes || scopes->kind != TL_LIST)
			return tl_error_set(err, TL_USAGE, "a role needs 'id', a text, and 'scopes', a list");
		role = add_role(roles, tl_item_text(item, "id"), tl_item_text(item, "name"), scopes->count);
		for (const struct tl_item *scope = scopes->first; scope; scope = scope->next)
			role->scopes[role->n_scopes++] = tl_arena_dup(&roles->arena, scope->text);
	}
	return 0;
}

static void handle_role(struct tl_routed *call)
{
	struct roles *roles = call->state;
	const struct role *role = tl_map_ptr(&roles->by_id, call->params[0]);
	struct tl_json *json;

	if (!role) {
		tl_route_error(call, 404, "not.found", "there is no role '%.*s'", TL_FMT(call->params[0]));
		return;
	}
	json = tl_route_json(call, 200);
	tl_json_map(json);
	tl_json_put(json, "id", role->id);
	tl_json_put(json, "name", role->name);
	tl_json_key(json, "scopes");
	tl_json_list(json);
	for (size_t i = 0; i < role->n_scopes; i++)
		tl_json_string(json, role->scopes[i]);
	tl_json_list_end(json);
	tl_json_map_end(json);
}

static const struct tl_route route_table[] = {
	{ "GET", "/api/v2/authorization/roles/{id*}", "authorization:read", handle_role, TL_GUARD_TOKEN, 0 },
};

const struct tl_part tl_part_roles = {
	.name = "roles",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.open = open_roles,
	.close = close_roles,
	.seed_key = "roles",
	.seed = seed_roles,
};

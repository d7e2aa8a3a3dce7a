/* sandbox/vendor_lists.c: what flows name: queues, prompts, data actions, schedules and so on, as lists with one form. */
#include <stdlib.h>

#include "sandbox/vendor.h"

/* A list; its two routes stand in the same place of the table below. */
static const struct {
	const char *key;      /* of a seed */
	const char *kind;     /* of ids */
	const char *path;
	bool divided;         /* its members are in a division */
	const char *usual;    /* members that the vendor always sends */
} list_table[TL_LISTS] = {
	[TL_LIST_DIVISIONS] = { "divisions", "division", "/api/v2/authorization/divisions", false, "{\"description\":\"\",\"homeDivision\":false}" },
	[TL_LIST_QUEUES] = { "queues", "queue", "/api/v2/routing/queues", true, "{\"memberCount\":0}" },
	[TL_LIST_PROMPTS] = { "prompts", "prompt", "/api/v2/architect/prompts", true, "{\"resources\":[]}" },
	[TL_LIST_SYSTEM_PROMPTS] = { "systemPrompts", "systemprompt", "/api/v2/architect/systemprompts", false, "{\"resources\":[]}" },
	[TL_LIST_ACTIONS] = { "dataActions", "action", "/api/v2/integrations/actions", false, "{\"category\":\"Sandbox\",\"version\":1,\"secure\":false}" },
	[TL_LIST_INTEGRATIONS] = { "integrations", "integration", "/api/v2/integrations", false, "{\"intendedState\":\"ENABLED\"}" },
	[TL_LIST_SCHEDULES] = { "schedules", "schedule", "/api/v2/architect/schedules", true,
		"{\"version\":1,\"state\":\"active\",\"start\":\"2024-01-01T08:00:00.000000\",\"end\":\"2024-01-01T18:00:00.000000\"}" },
	[TL_LIST_SCHEDULE_GROUPS] = { "scheduleGroups", "schedulegroup", "/api/v2/architect/schedulegroups", true,
		"{\"version\":1,\"state\":\"active\",\"timeZone\":\"Etc/UTC\",\"openSchedules\":[],\"closedSchedules\":[],\"holidaySchedules\":[]}" },
	[TL_LIST_EMERGENCY_GROUPS] = { "emergencyGroups", "emergencygroup", "/api/v2/architect/emergencygroups", true,
		"{\"version\":1,\"state\":\"active\",\"enabled\":false}" },
	[TL_LIST_DATA_TABLES] = { "dataTables", "datatable", "/api/v2/flows/datatables", true, "{\"description\":\"\"}" },
	[TL_LIST_SKILLS] = { "skills", "skill", "/api/v2/routing/skills", false, "{\"state\":\"active\",\"version\":\"1\"}" },
	[TL_LIST_LANGUAGES] = { "languages", "language", "/api/v2/routing/languages", false, "{\"state\":\"active\",\"version\":\"1\"}" },
	[TL_LIST_WRAPUP_CODES] = { "wrapupCodes", "wrapupcode", "/api/v2/routing/wrapupcodes", true, "{}" },
	[TL_LIST_GROUPS] = { "groups", "group", "/api/v2/groups", false,
		"{\"type\":\"official\",\"visibility\":\"public\",\"rulesVisible\":true,\"state\":\"active\",\"version\":1,\"memberCount\":0}" },
	[TL_LIST_SCRIPTS] = { "scripts", "script", "/api/v2/scripts/published", false, "{}" },
};

enum tl_vendor_list tl_vendor_list_of(struct tl_str key)
{
	unsigned i = 0;

	while (i < TL_LISTS && !tl_str_is(key, list_table[i].key))
		i++;
	return (enum tl_vendor_list)i;
}

const struct tl_vendor_thing *tl_vendor_thing(const struct tl_vendor *vendor, enum tl_vendor_list list, struct tl_str name)
{
	for (size_t i = 0; i < vendor->lists[list].count; i++) {
		if (tl_str_equal_nocase(vendor->lists[list].items[i].name, name))
			return &vendor->lists[list].items[i];
	}
	return NULL;
}

int tl_vendor_add_thing(struct tl_vendor *vendor, enum tl_vendor_list list, const struct tl_item *item, struct tl_error *err)
{
	struct tl_vendor_things *things = &vendor->lists[list];
	struct tl_str name = item->kind == TL_MAP ? tl_item_text(item, "name") : item->kind == TL_STRING ? item->text : TL_STR("");
	struct tl_str id = tl_item_text(item, "id");
	struct tl_vendor_thing *thing = NULL;

	if (name.len == 0)
		return tl_error_set(err, TL_USAGE, "%s: each is a name, or a map with 'name'", list_table[list].key);
	for (size_t i = 0; i < things->count && !thing; i++)
		thing = tl_str_equal(things->items[i].name, name) ? &things->items[i] : NULL;
	if (!thing) {
		things->items = tl_grow(things->items, &things->capacity, things->count + 1, sizeof(*things->items));
		thing = &things->items[things->count++];
	}
	thing->name = tl_arena_dup(&vendor->arena, name);
	thing->id = id.len > 0 ? tl_arena_dup(&vendor->arena, id) : tl_vendor_id(&vendor->arena, list_table[list].kind, name);
	thing->more = item->kind == TL_MAP ? tl_item_dup(&vendor->arena, item) : NULL;
	return 0;
}

struct tl_str tl_vendor_home(const struct tl_vendor *vendor)
{
	return vendor->lists[TL_LIST_DIVISIONS].items[0].id;
}

struct tl_str tl_vendor_division_name(const struct tl_vendor *vendor, struct tl_str id)
{
	const struct tl_vendor_things *things = &vendor->lists[TL_LIST_DIVISIONS];

	for (size_t i = 0; i < things->count; i++) {
		if (tl_str_equal(things->items[i].id, id))
			return things->items[i].name;
	}
	return TL_STR("");
}

void tl_vendor_clear_lists(struct tl_vendor *vendor)
{
	for (size_t i = 0; i < TL_LISTS; i++)
		free(vendor->lists[i].items);
}

/* ---- on the wire */

struct shown {
	const struct tl_vendor *vendor;
	enum tl_vendor_list list;
	const struct tl_vendor_thing *thing;
};

/* What the seed says, then what is usual and it leaves out. */
static void put_members(struct tl_json *json, const struct shown *shown)
{
	const struct tl_item *more = shown->thing->more;
	struct tl_doc *usual = NULL;

	for (const struct tl_item *item = more ? more->first : NULL; item; item = item->next) {
		if (tl_str_is(item->key, "id") || tl_str_is(item->key, "name"))
			continue;
		tl_json_key_str(json, item->key);
		tl_json_item(json, item);
	}
	/* Our own text. */
	(void)tl_json_parse(&usual, TL_STR("usual"), tl_str(list_table[shown->list].usual), NULL);
	for (const struct tl_item *item = usual->root->first; item; item = item->next) {
		if (tl_item_get_str(more, item->key))
			continue;
		tl_json_key_str(json, item->key);
		if (tl_str_is(item->key, "homeDivision"))
			tl_json_boolean(json, tl_str_equal(shown->thing->id, tl_vendor_home(shown->vendor)));
		else
			tl_json_item(json, item);
	}
	tl_doc_free(usual);
}

static void put_thing(struct tl_json *json, const void *entity)
{
	const struct shown *shown = entity;
	struct tl_str home = tl_vendor_home(shown->vendor);
	struct tl_arena arena = { 0 };

	tl_json_map(json);
	tl_json_put(json, "id", shown->thing->id);
	tl_json_put(json, "name", shown->thing->name);
	if (list_table[shown->list].divided && !tl_item_get(shown->thing->more, "division"))
		tl_vendor_put_ref(json, "division", home, tl_vendor_division_name(shown->vendor, home), "/api/v2/authorization/divisions");
	put_members(json, shown);
	tl_json_put(json, "selfUri", tl_arena_printf(&arena, "%s/%.*s", list_table[shown->list].path, TL_FMT(shown->thing->id)));
	tl_json_map_end(json);
	tl_arena_clear(&arena);
}

static const struct tl_route route_table[2 * TL_LISTS];

static enum tl_vendor_list list_of(const struct tl_routed *call)
{
	return (enum tl_vendor_list)((call->route - route_table) / 2);
}

/* `category` is of data actions, `nameOrDescription` of prompts. */
static bool is_asked(const struct tl_routed *call, const struct tl_vendor_thing *thing)
{
	static const char *const name_table[] = { "name", "nameOrDescription" };
	struct tl_str category = tl_exchange_query(call->exchange, "category");
	size_t count;
	const struct tl_str *ids = tl_vendor_query(&count, call, "id");
	bool found = count == 0;

	for (size_t i = 0; i < TL_COUNT(name_table); i++) {
		struct tl_str name = tl_exchange_query(call->exchange, name_table[i]);

		if (name.len > 0 && !tl_vendor_matches(thing->name, name))
			return false;
	}
	if (category.len > 0 && !tl_vendor_matches(tl_item_text(thing->more, "category"), category))
		return false;
	for (size_t i = 0; i < count && !found; i++)
		found = tl_str_equal(ids[i], thing->id);
	return found;
}

static void handle_list(struct tl_routed *call)
{
	const struct tl_vendor *vendor = tl_vendor_of(call->sandbox);
	enum tl_vendor_list list = list_of(call);
	const struct tl_vendor_things *things = &vendor->lists[list];
	struct shown *shown = TL_ARENA_ARRAY(call->arena, struct shown, things->count);
	void **entities = TL_ARENA_ARRAY(call->arena, void *, things->count);
	size_t count = 0;

	for (size_t i = 0; i < things->count; i++) {
		if (!is_asked(call, &things->items[i]))
			continue;
		shown[count] = (struct shown){ vendor, list, &things->items[i] };
		entities[count] = &shown[count];
		count++;
	}
	tl_vendor_page(call, entities, count, put_thing);
}

static void handle_one(struct tl_routed *call)
{
	struct shown shown = { tl_vendor_of(call->sandbox), list_of(call), NULL };
	const struct tl_vendor_things *things = &shown.vendor->lists[shown.list];

	for (size_t i = 0; i < things->count && !shown.thing; i++)
		shown.thing = tl_str_equal(things->items[i].id, call->params[0]) ? &things->items[i] : NULL;
	if (shown.thing)
		put_thing(tl_route_json(call, 200), &shown);
	else
		tl_vendor_refuse(call, 404, "not.found", NULL, "There is no %s with the id '%.*s'.", list_table[shown.list].kind, TL_FMT(call->params[0]));
}

#define LIST(path, permission) { "GET", path, permission, handle_list, TL_GUARD_TOKEN, 0 }, { "GET", path "/{id}", permission, handle_one, TL_GUARD_TOKEN, 0 }

/* In the order of enum tl_vendor_list. */
static const struct tl_route route_table[2 * TL_LISTS] = {
	LIST("/api/v2/authorization/divisions", NULL),
	LIST("/api/v2/routing/queues", "routing:queue:view"),
	LIST("/api/v2/architect/prompts", "architect:userPrompt:view"),
	LIST("/api/v2/architect/systemprompts", "architect:systemPrompt:view"),
	LIST("/api/v2/integrations/actions", "integrations:action:view|bridge:actions:view"),
	LIST("/api/v2/integrations", "integrations:integration:view"),
	LIST("/api/v2/architect/schedules", "routing:schedule:view"),
	LIST("/api/v2/architect/schedulegroups", "routing:scheduleGroup:view"),
	LIST("/api/v2/architect/emergencygroups", "routing:emergencyGroup:view"),
	LIST("/api/v2/flows/datatables", "architect:datatable:view"),
	LIST("/api/v2/routing/skills", "routing:skill:view|routing:skill:manage"),
	LIST("/api/v2/routing/languages", "routing:language:view|routing:language:manage"),
	LIST("/api/v2/routing/wrapupcodes", "routing:wrapupCode:view"),
	LIST("/api/v2/groups", NULL),
	LIST("/api/v2/scripts/published", "scripter:publishedScript:view"),
};

const struct tl_part tl_part_vendor_lists = {
	.name = "architect lists",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.faces = TL_FACE_ARCHITECT,
};

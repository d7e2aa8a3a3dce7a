/* platform/architect_named.c: what flows name beside other flows, as the lists of the API have it: one form, many paths. */
#include <stdlib.h>

#include "platform/architect.h"

#define PAGE_SIZE 100

static const struct {
	const char *path, *noun;
} list_table[TL_NAMED_KINDS] = {
	[TL_NAMED_QUEUE] = { "/api/v2/routing/queues", "queues" },
	[TL_NAMED_PROMPT] = { "/api/v2/architect/prompts", "user prompts" },
	[TL_NAMED_ACTION] = { "/api/v2/integrations/actions", "data actions" },
	[TL_NAMED_SCHEDULE] = { "/api/v2/architect/schedules", "schedules" },
	[TL_NAMED_SCHEDULE_GROUP] = { "/api/v2/architect/schedulegroups", "schedule groups" },
	[TL_NAMED_EMERGENCY_GROUP] = { "/api/v2/architect/emergencygroups", "emergency groups" },
	[TL_NAMED_DATA_TABLE] = { "/api/v2/flows/datatables", "data tables" },
	[TL_NAMED_GROUP] = { "/api/v2/groups", "groups" },
	[TL_NAMED_SKILL] = { "/api/v2/routing/skills", "skills" },
	[TL_NAMED_LANGUAGE] = { "/api/v2/routing/languages", "language skills" },
	[TL_NAMED_WRAPUP_CODE] = { "/api/v2/routing/wrapupcodes", "wrap-up codes" },
	[TL_NAMED_SCRIPT] = { "/api/v2/scripts/published", "scripts" },
};

/* Of rows only the names are asked for; what was deleted is there no more. */
static int read_named(struct tl_remote *out, struct tl_arena *arena, const struct tl_item *item, const struct tl_genesys_listing *listing, struct tl_str what,
                      struct tl_error *err)
{
	const struct tl_item *id, *name, *category;

	(void)listing;
	if (item->kind != TL_MAP)
		return tl_genesys_bad(err, what, "an entity is no map");
	if (tl_genesys_member(&id, item, "id", TL_STRING, what, err) != 0 || tl_genesys_member_maybe(&name, item, "name", TL_STRING, what, err) != 0 ||
	    tl_genesys_member_maybe(&category, item, "category", TL_STRING, what, err) != 0)
		return -1;
	*out = (struct tl_remote){ .id = tl_arena_dup(arena, id->text), .name = TL_STR(""), .title = TL_STR("") };
	if (name && !tl_str_is(tl_item_text(item, "state"), "deleted"))
		out->name = tl_arena_dup(arena, name->text);
	if (category)
		out->title = tl_arena_dup(arena, category->text);
	return 0;
}

static int compare_named(const void *left, const void *right)
{
	const struct tl_named *a = left, *b = right;
	int order = tl_str_compare(a->name, b->name);

	return order != 0 ? order : tl_str_compare(a->category, b->category);
}

int tl_architect_list_named(struct tl_named_list *out, struct tl_arena *arena, void *state, enum tl_named_kind kind, struct tl_error *err)
{
	struct tl_architect *architect = state;
	struct tl_genesys_listing listing = {
		.genesys = architect->genesys, .path = tl_str(list_table[kind].path), .page_size = PAGE_SIZE, .shape = TL_GENESYS_LISTED, .entity = read_named,
		.noun = list_table[kind].noun,
	};
	struct tl_remotes rows;
	bool missing;

	*out = (struct tl_named_list){ 0 };
	if (tl_genesys_read_list(&rows, &missing, arena, &listing, err) != 0)
		return -1;
	out->items = TL_ARENA_ARRAY(arena, struct tl_named, rows.count);
	for (size_t i = 0; i < rows.count; i++) {
		if (rows.items[i].name.len > 0)
			out->items[out->count++] = (struct tl_named){ rows.items[i].name, rows.items[i].title };
	}
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items), compare_named);
	return 0;
}

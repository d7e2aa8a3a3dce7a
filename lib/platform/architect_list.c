/* platform/architect_list.c: the lists of flows and of versions. `name` is a filter that finds what is only like it; `virtualAgentEnabled` is never sent, as it
 * hides flows. */
#include <stdlib.h>

#include "dialect/dialect.h"
#include "platform/architect.h"

#define PAGE_SIZE 100

/* A listing, and whose it is. */
struct listing {
	struct tl_genesys_listing base;
	struct tl_architect *architect;
};

/* A flow that was deleted has no version here. */
static int read_flow(struct tl_remote *out, struct tl_arena *arena, const struct tl_item *item, const struct tl_genesys_listing *base, struct tl_str what,
                     struct tl_error *err)
{
	const struct listing *listing = (const struct listing *)base;
	struct tl_architect_flow flow;

	if (tl_architect_flow(&flow, arena, item, what, err) != 0 || tl_architect_remote(out, arena, listing->architect, &flow, err) != 0)
		return -1;
	if (flow.deleted)
		out->version = 0;
	return 0;
}

static int read_past(struct tl_remote *out, struct tl_arena *arena, const struct tl_item *item, const struct tl_genesys_listing *base, struct tl_str what,
                     struct tl_error *err)
{
	struct tl_architect_version version;

	if (tl_architect_version(&version, arena, item, what, err) != 0)
		return -1;
	*out = (struct tl_remote){
		.id = base->id, .version = version.number, .written_ms = version.at_ms, .reached_published = version.publishes,
		.status = version.publishes ? TL_STATUS_PUBLISHED : TL_STATUS_DRAFT,
	};
	return 0;
}

static int list(struct tl_remotes *out, struct tl_arena *arena, struct tl_architect *architect, struct tl_str query, size_t expected, struct tl_error *err)
{
	struct listing listing = {
		.base = {
			.genesys = architect->genesys, .path = TL_STR(TL_GENESYS_FLOWS), .query = query, .page_size = PAGE_SIZE,
			.expected = expected, .shape = TL_GENESYS_LISTED, .entity = read_flow,
		},
		.architect = architect,
	};
	size_t kept = 0;
	bool missing;

	if (tl_genesys_read_list(out, &missing, arena, &listing.base, err) != 0) {
		*out = (struct tl_remotes){ 0 };
		return -1;
	}
	for (size_t i = 0; i < out->count; i++) {
		if (out->items[i].version > 0)
			out->items[kept++] = out->items[i];
	}
	out->count = kept;
	return 0;
}

int tl_architect_list(struct tl_remotes *out, struct tl_arena *arena, void *state, size_t expected, struct tl_error *err)
{
	if (list(out, arena, state, (struct tl_str){ NULL, 0 }, expected, err) != 0)
		return -1;
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items), tl_remote_compare_names);
	tl_architect_remember(state, out);
	return 0;
}

int tl_architect_named(struct tl_remotes *out, struct tl_arena *arena, struct tl_architect *architect, struct tl_str name, struct tl_str type,
                       struct tl_error *err)
{
	struct tl_str exact = tl_arena_printf(arena, "%.*s/%.*s", TL_FMT(tl_architect_type_key(arena, type)), TL_FMT(name));
	struct tl_str query = tl_arena_printf(arena, "&name=%.*s&type=%.*s", TL_FMT(tl_address_encode(arena, name)), TL_FMT(tl_address_encode(arena, type)));
	size_t kept = 0;

	if (list(out, arena, architect, query, 0, err) != 0)
		return -1;
	for (size_t i = 0; i < out->count; i++) {
		if (tl_str_equal(out->items[i].name, exact))
			out->items[kept++] = out->items[i];
	}
	out->count = kept;
	return 0;
}

int tl_architect_versions(struct tl_remotes *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err)
{
	struct tl_architect *architect = state;
	struct tl_genesys_listing listing = { .genesys = architect->genesys, .page_size = PAGE_SIZE, .shape = TL_GENESYS_PAST, .id = id, .entity = read_past };
	struct tl_remote known = { 0 };

	if (tl_genesys_read_history(out, arena, &listing, err) != 0)
		return -1;
	tl_architect_recall(&known, arena, architect, id);
	for (size_t i = 0; i < out->count; i++) {
		out->items[i].name = known.name;
		out->items[i].published_version = known.published_version;
	}
	return 0;
}

/* platform/genesys_list.c: paged lists, whole: the pages at once where their number is known, asked for again where the list changed meanwhile. Pages are
 * asked for by their number; an address for the next one in an answer is never followed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/pool.h"
#include "doc/json.h"
#include "net/address.h"
#include "platform/genesys.h"

#define PAGE_SIZE 100
/* Versions come whole. */
#define VERSIONS_PAGE_SIZE 25
#define PAGE_BYTES ((size_t)128 << 20)
/* More than a million flows are no list but an attack. */
#define PAGES_MAX 10000
/* How often a list that changes while it is read is read. */
#define TRIES 4

struct page {
	struct tl_arena arena;
	struct tl_remotes remotes;
	struct tl_error err;
	int64_t total, pages;        /* -1: not said */
	bool more;                   /* it speaks of a next page */
	bool missing;                /* 404 */
};

struct pages {
	const struct tl_genesys_listing *listing;
	struct page *items;
	size_t count;
};

static void pages_clear(struct pages *pages)
{
	for (size_t i = 0; i < pages->count; i++)
		tl_arena_clear(&pages->items[i].arena);
	free(pages->items);
	*pages = (struct pages){ .listing = pages->listing };
}

/* ---- one page */

/* A row of this contract. */
static int read_row(struct tl_remote *out, struct tl_arena *arena, const struct tl_item *item, const struct tl_genesys_listing *listing, struct tl_str what,
                    struct tl_error *err)
{
	return tl_genesys_remote(out, arena, item, listing->shape, false, what, err);
}

static int read_count(int64_t *out, const struct tl_item *root, const char *key, struct tl_str what, struct tl_error *err)
{
	const struct tl_item *item;

	*out = -1;
	if (tl_genesys_member_maybe(&item, root, key, TL_NUMBER, what, err) != 0)
		return -1;
	return item ? tl_genesys_integer(out, item, key, what, err) : 0;
}

/* How many pages there are: as it is said, or as the total and the size of a page have it. */
static int read_paging(struct page *page, const struct tl_item *root, uint32_t entities, const struct tl_genesys_listing *listing, struct tl_str what)
{
	const struct tl_item *next;
	int64_t size;

	if (read_count(&page->total, root, "total", what, &page->err) != 0 || read_count(&page->pages, root, "pageCount", what, &page->err) != 0 ||
	    read_count(&size, root, "pageSize", what, &page->err) != 0 ||
	    tl_genesys_member_maybe(&next, root, "nextUri", TL_STRING, what, &page->err) != 0)
		return -1;
	if (size < 1)
		size = listing->page_size;
	if (page->pages < 0 && page->total >= 0)
		page->pages = (page->total + size - 1) / size;
	page->more = next ? next->text.len > 0 : page->pages < 0 && (int64_t)entities >= size;
	if (page->pages > PAGES_MAX)
		return tl_error_set(&page->err, TL_REFUSED, "the platform's answer to %.*s speaks of %" PRId64 " pages; the limit is %d", TL_FMT(what),
		                    page->pages, PAGES_MAX);
	return 0;
}

/* What is wrong with one of many flows is of no use to anybody who is not told which. */
static int name_flow(struct tl_error *err, const struct tl_item *item)
{
	struct tl_str id = item->kind == TL_MAP ? tl_item_text(item, "id") : TL_STR("");

	return id.len > 0 ? tl_error_wrap(err, "the platform's flow '%.*s' stands in the way of reading its list", TL_FMT(tl_str_cut(id, 64))) : -1;
}

static int read_entities(struct page *page, const struct tl_item *list, const struct tl_genesys_listing *listing, struct tl_str what)
{
	page->remotes.items = TL_ARENA_ARRAY(&page->arena, struct tl_remote, list->count);
	for (const struct tl_item *item = list->first; item; item = item->next) {
		struct tl_remote *remote = &page->remotes.items[page->remotes.count];

		if (listing->entity(remote, &page->arena, item, listing, what, &page->err) != 0)
			return listing->id.ptr ? -1 : name_flow(&page->err, item);
		if (listing->id.ptr && !tl_str_equal(remote->id, listing->id))
			return tl_genesys_bad(&page->err, what, "it has a version of the flow '%.*s', not '%.*s'", TL_FMT(remote->id),
			                      TL_FMT(listing->id));
		page->remotes.count++;
	}
	return 0;
}

static int read_page(struct page *page, const struct tl_item *root, const struct tl_genesys_listing *listing, struct tl_str what)
{
	const struct tl_item *entities;

	/* A history may come as a bare list: all of it. */
	if (listing->id.ptr && root->kind == TL_LIST) {
		page->total = root->count;
		page->pages = 1;
		return read_entities(page, root, listing, what);
	}
	if (tl_genesys_member(&entities, root, "entities", TL_LIST, what, &page->err) != 0)
		return -1;
	if (read_entities(page, entities, listing, what) != 0)
		return -1;
	return read_paging(page, root, entities->count, listing, what);
}

static int fetch_page(struct page *page, const struct tl_genesys_listing *listing, size_t number)
{
	struct tl_arena scratch = { 0 };
	struct tl_str path = tl_arena_printf(&scratch, "%.*s?pageNumber=%zu&pageSize=%u%.*s", TL_FMT(listing->path), number, listing->page_size,
	                                     TL_FMT(listing->query));
	struct tl_str what = tl_arena_printf(&scratch, "GET %.*s", TL_FMT(path));
	struct tl_api_request request = {
		.method = "GET", .path = path, .again = TL_AGAIN_SAFE, .body_limit = PAGE_BYTES, .accept_missing = true,
		.deadline_ms = listing->genesys->list_ms,
	};
	struct tl_api_answer answer = { 0 };
	struct tl_doc *doc = NULL;
	int ret = listing->genesys->send(&answer, &scratch, listing->genesys->data, &request, &page->err);

	page->total = page->pages = -1;
	page->missing = ret == 0 && answer.status == 404;
	if (page->missing)
		ret = tl_error_set(&page->err, TL_REFUSED, "the platform answers 404 to %.*s: is 'api' the address of its API?", TL_FMT(what));
	if (ret == 0)
		ret = tl_genesys_document(&doc, answer.body, what, &page->err);
	if (ret == 0)
		ret = read_page(page, doc->root, listing, what);
	tl_doc_free(doc);
	tl_arena_clear(&scratch);
	return ret;
}

/* ---- all pages */

static struct page *add_pages(struct pages *pages, size_t count)
{
	size_t capacity = pages->count;

	pages->items = tl_grow(pages->items, &capacity, pages->count + count, sizeof(*pages->items));
	memset(&pages->items[pages->count], 0, count * sizeof(*pages->items));
	pages->count += count;
	return &pages->items[pages->count - count];
}

static const struct tl_error *first_error(const struct pages *pages)
{
	for (size_t i = 0; i < pages->count; i++) {
		if (pages->items[i].err.code != TL_OK)
			return &pages->items[i].err;
	}
	return NULL;
}

/* Work of the pool: the pages from `first` on. */
struct fetching {
	struct pages *pages;
	size_t first;
};

/* What may be past the end may well be refused: the others are asked for all the same. */
static int fetch_nth(void *data, unsigned worker, size_t i)
{
	const struct fetching *fetching = data;
	size_t at = fetching->first + i;
	struct page *page = &fetching->pages->items[at];

	(void)worker;
	if (fetch_page(page, fetching->pages->listing, at + 1) == 0)
		return 0;
	return fetching->first > 0 || at == 0 || !tl_remote_is_unreadable(page->err.code);
}

static void fetch_more(struct pages *pages, size_t count)
{
	struct fetching fetching = { .pages = pages, .first = pages->count };

	add_pages(pages, count);
	tl_pool_run(pages->listing->genesys->workers, count, fetch_nth, &fetching);
}

/* How many of the pages are of the list, by what the first of them says, or else each of the next. */
static size_t count_pages(const struct pages *pages)
{
	const struct page *first = &pages->items[0];
	size_t count = 1;

	if (first->pages >= 0)
		return (size_t)first->pages < pages->count ? (size_t)first->pages : pages->count;
	while (count < pages->count && pages->items[count - 1].more)
		count++;
	return count;
}

/* The first page, and with it those that are expected. What was asked for past the end says nothing, not even that it failed. */
static void fetch_first(struct pages *pages)
{
	const struct tl_genesys_listing *listing = pages->listing;
	size_t expected = listing->expected / listing->page_size + (listing->expected % listing->page_size > 0), kept;

	fetch_more(pages, expected < 1 ? 1 : expected < PAGES_MAX ? expected : PAGES_MAX);
	kept = count_pages(pages);
	while (pages->count > 1 && pages->count > kept)
		tl_arena_clear(&pages->items[--pages->count].arena);
}

/* Whether so many pages can be of a list that begins with this one: each has a row at least, and none more than the first. Else none of them is asked for. */
static bool is_plausible(const struct page *first)
{
	int64_t most = (int64_t)first->remotes.count;

	if (first->total < 0)
		return most > 0;
	return first->pages <= first->total && first->total <= first->pages * most;
}

/* Whether a page is the one before it once more: such a list has no end. */
static bool is_same(const struct page *a, const struct page *b)
{
	if (a->remotes.count != b->remotes.count)
		return false;
	for (size_t i = 0; i < a->remotes.count; i++) {
		if (a->remotes.items[i].version != b->remotes.items[i].version || !tl_str_equal(a->remotes.items[i].id, b->remotes.items[i].id))
			return false;
	}
	return true;
}

/* Page after page, where their number is not said: one without rows may well be followed by others, and two such that both speak of a next one have no end. */
static int follow(struct pages *pages)
{
	for (size_t i = 0; pages->items[i].more; i++) {
		if (i + 1 == PAGES_MAX)
			return tl_error_set(&pages->items[i].err, TL_REFUSED, "the platform's list has more than %d pages", PAGES_MAX);
		if (i + 1 == pages->count)
			fetch_more(pages, 1);
		if (pages->items[i + 1].err.code != TL_OK)
			return -1;
		if (is_same(&pages->items[i + 1], &pages->items[i]) && (pages->items[i + 1].remotes.count > 0 || pages->items[i + 1].more))
			return tl_error_set(&pages->items[i + 1].err, TL_REFUSED, "the platform's page %zu of the list is page %zu once more", i + 2, i + 1);
	}
	return 0;
}

/* Reads all pages once; the first that failed has the reason. */
static int fetch_all(struct pages *pages)
{
	const struct page *first;

	fetch_first(pages);
	first = &pages->items[0];
	if (first_error(pages))
		return -1;
	if (first->pages < 0)
		return follow(pages);
	/* Such a list is not whole. */
	if (first->pages > 1 && !is_plausible(first))
		return 0;
	if ((size_t)first->pages > pages->count)
		fetch_more(pages, (size_t)first->pages - pages->count);
	return first_error(pages) ? -1 : 0;
}

static int compare_rows(const void *left, const void *right)
{
	const struct tl_remote *a = left, *b = right;
	int order = tl_str_compare(a->id, b->id);

	if (order != 0)
		return order;
	/* The newer answer first. */
	return tl_version_compare(b->version, a->version);
}

static struct tl_remote copy_remote(struct tl_arena *arena, const struct tl_remote *remote)
{
	struct tl_remote copy = *remote;

	copy.id = tl_arena_dup(arena, remote->id);
	copy.name = tl_arena_dup(arena, remote->name);
	copy.title = tl_arena_dup(arena, remote->title);
	copy.reason = tl_arena_dup(arena, remote->reason);
	copy.type = tl_arena_dup(arena, remote->type);
	copy.held_by = tl_arena_dup(arena, remote->held_by);
	copy.operation = tl_arena_dup(arena, remote->operation);
	copy.by = tl_arena_dup(arena, remote->by);
	return copy;
}

/* All rows, each once: of a flow, or of one of its versions, the first in compare_rows()'s order. */
static void gather(struct tl_remotes *out, struct tl_arena *arena, const struct pages *pages)
{
	bool versions = pages->listing->id.ptr != NULL;
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < pages->count; i++)
		count += pages->items[i].remotes.count;
	out->items = TL_ARENA_ARRAY(arena, struct tl_remote, count);
	out->count = 0;
	for (size_t i = 0; i < pages->count; i++) {
		for (size_t j = 0; j < pages->items[i].remotes.count; j++)
			out->items[out->count++] = copy_remote(arena, &pages->items[i].remotes.items[j]);
	}
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items), compare_rows);
	for (size_t i = 0; i < out->count; i++) {
		const struct tl_remote *last = kept > 0 ? &out->items[kept - 1] : NULL;

		if (last && tl_str_equal(last->id, out->items[i].id) && (!versions || last->version == out->items[i].version))
			continue;
		out->items[kept++] = out->items[i];
	}
	out->count = kept;
}

/* Whether the pages are of one list, and all that it has: all speak of the same total, and together they are that many different rows. One that ends with a next
 * page is whole only where its total says so. */
static bool is_whole(const struct pages *pages, const struct tl_remotes *gathered)
{
	int64_t total = pages->items[0].total;

	for (size_t i = 0; i < pages->count; i++) {
		if (pages->items[i].total != total || pages->items[i].pages > (int64_t)pages->count)
			return false;
	}
	if (total < 0 && pages->items[pages->count - 1].more)
		return false;
	return total < 0 || (int64_t)gathered->count == total;
}

int tl_genesys_read_list(struct tl_remotes *out, bool *missing, struct tl_arena *arena, const struct tl_genesys_listing *listing, struct tl_error *err)
{
	struct pages pages = { .listing = listing };
	bool whole = false;

	*missing = false;
	for (unsigned i = 0; i < TRIES && !whole; i++) {
		if (i > 0 && tl_genesys_pause(listing->genesys, i, err) != 0)
			return -1;
		if (fetch_all(&pages) != 0) {
			*missing = pages.items[0].missing;
			if (err)
				*err = *first_error(&pages);
			pages_clear(&pages);
			return -1;
		}
		gather(out, arena, &pages);
		whole = is_whole(&pages, out);
		pages_clear(&pages);
	}
	if (whole)
		return 0;
	return tl_error_set(err, TL_REFUSED, "the platform's list of %s is another one each time that it is read, or is not as long as it says: try again later",
	                    listing->noun ? listing->noun : listing->id.ptr ? "versions" : "flows");
}

int tl_remote_compare_names(const void *left, const void *right)
{
	const struct tl_remote *a = left, *b = right;
	int order = tl_str_compare(a->name, b->name);

	return order != 0 ? order : tl_str_compare(a->id, b->id);
}

int tl_genesys_list(struct tl_remotes *out, struct tl_arena *arena, void *state, size_t expected, struct tl_error *err)
{
	struct tl_genesys_listing listing = {
		.genesys = state,
		.path = TL_STR(TL_GENESYS_FLOWS),
		.page_size = PAGE_SIZE,
		.expected = expected,
		.shape = TL_GENESYS_LISTED,
		.entity = read_row,
	};
	bool missing;

	if (tl_genesys_read_list(out, &missing, arena, &listing, err) != 0) {
		*out = (struct tl_remotes){ 0 };
		return -1;
	}
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items), tl_remote_compare_names);
	return 0;
}

int tl_genesys_titled(struct tl_remotes *out, struct tl_arena *arena, struct tl_genesys *genesys, struct tl_str title, struct tl_error *err)
{
	struct tl_genesys_listing listing = {
		.genesys = genesys,
		.path = TL_STR(TL_GENESYS_FLOWS),
		.query = tl_arena_printf(arena, "&name=%.*s", TL_FMT(tl_address_encode(arena, title))),
		.page_size = PAGE_SIZE,
		.shape = TL_GENESYS_LISTED,
		.entity = read_row,
	};
	size_t kept = 0;
	bool missing;

	if (tl_genesys_read_list(out, &missing, arena, &listing, err) != 0)
		return -1;
	/* A platform may well find what is only like it. */
	for (size_t i = 0; i < out->count; i++) {
		if (tl_str_equal(out->items[i].title, title))
			out->items[kept++] = out->items[i];
	}
	out->count = kept;
	return 0;
}

static int newest_first(const void *left, const void *right)
{
	const struct tl_remote *a = left, *b = right;

	return tl_version_compare(b->version, a->version);
}

/* What callers get, where the history says it of no version: the newest that is published. */
static void fill_published(struct tl_remotes *versions)
{
	int64_t published = 0;

	for (size_t i = 0; i < versions->count; i++) {
		if (versions->items[i].published_version > published)
			published = versions->items[i].published_version;
	}
	for (size_t i = 0; i < versions->count; i++)
		versions->items[i].published_version = published;
}

int tl_genesys_read_history(struct tl_remotes *out, struct tl_arena *arena, struct tl_genesys_listing *listing, struct tl_error *err)
{
	bool missing;

	*out = (struct tl_remotes){ 0 };
	if (tl_genesys_path(&listing->path, arena, listing->id, "/versions", err) != 0)
		return -1;
	if (tl_genesys_read_list(out, &missing, arena, listing, err) != 0) {
		*out = (struct tl_remotes){ 0 };
		return missing ? tl_error_set(err, TL_NOT_FOUND, "the platform has no flow '%.*s'", TL_FMT(listing->id)) : -1;
	}
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items), newest_first);
	return 0;
}

int tl_genesys_versions(struct tl_remotes *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err)
{
	struct tl_genesys_listing listing = { .genesys = state, .page_size = VERSIONS_PAGE_SIZE, .shape = TL_GENESYS_PAST, .id = id, .entity = read_row };

	if (tl_genesys_read_history(out, arena, &listing, err) != 0)
		return -1;
	fill_published(out);
	return 0;
}

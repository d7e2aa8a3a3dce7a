/* diff/rename.c: the same content under another name, then the most similar one. */
#include "diff/rename.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "diff/fields.h"
#include "doc/json.h"

/* Pairs that are looked at for similarity; beyond it only equal content is a rename. */
#define PAIR_LIMIT 250000
/* Of the settings of the larger node, as many must be the same for a rename, and at least two. */
#define SIMILAR_PERCENT 60

/* A node that is on one side only. */
struct lone {
	const struct tl_item *node;
	uint64_t *settings; /* hashes of "path=value" without transitions, ascending */
	size_t n_settings;
	uint64_t content;   /* of all of them */
	bool taken;
};

struct lones {
	struct lone *items;
	size_t count;
};

/* ---- settings of a node as hashes */

struct hashing {
	uint64_t *hashes;
	size_t count, capacity;
	struct tl_buf text;
	struct tl_arena *arena;
};

static void add_settings(struct hashing *hashing, struct tl_str path, const struct tl_item *item)
{
	bool is_collection = item->kind == TL_MAP || item->kind == TL_LIST;
	size_t index = 0;

	for (const struct tl_item *child = is_collection ? item->first : NULL; child; child = child->next) {
		struct tl_str name = item->kind == TL_MAP ? child->key : tl_arena_printf(hashing->arena, "%zu", index++);
		struct tl_str below = tl_arena_printf(hashing->arena, item->kind == TL_LIST ? "%.*s[%.*s]" : path.len > 0 ? "%.*s.%.*s" : "%.*s%.*s",
		                                      TL_FMT(path), TL_FMT(name));

		add_settings(hashing, below, child);
	}
	if (is_collection || (item->kind == TL_STRING && tl_is_transition(path)))
		return;
	tl_buf_reset(&hashing->text);
	tl_buf_str(&hashing->text, path);
	tl_buf_char(&hashing->text, '=');
	tl_json_canonical(&hashing->text, item);
	hashing->hashes = tl_grow(hashing->hashes, &hashing->capacity, hashing->count + 1, sizeof(*hashing->hashes));
	hashing->hashes[hashing->count++] = tl_str_hash(tl_buf_view(&hashing->text));
}

static int compare_hashes(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void describe(struct lone *lone, struct tl_arena *arena, const struct tl_item *node)
{
	struct hashing hashing = { .arena = arena };

	lone->node = node;
	add_settings(&hashing, (struct tl_str){ 0 }, node);
	if (hashing.count > 0)
		qsort(hashing.hashes, hashing.count, sizeof(*hashing.hashes), compare_hashes);
	lone->settings = TL_ARENA_ARRAY(arena, uint64_t, hashing.count + 1);
	for (size_t i = 0; i < hashing.count; i++) {
		lone->settings[i] = hashing.hashes[i];
		lone->content = lone->content * 31 + hashing.hashes[i];
	}
	lone->n_settings = hashing.count;
	free(hashing.hashes);
	tl_buf_clear(&hashing.text);
}

/* The nodes of `mine` whose names `other` lacks, in byte order of their names. */
static void find_lones(struct lones *out, struct tl_arena *arena, const struct tl_item *mine, const struct tl_map *other)
{
	out->items = TL_ARENA_ARRAY(arena, struct lone, mine ? mine->count + 1 : 1);
	for (const struct tl_item *node = mine ? mine->first : NULL; node; node = node->next) {
		if (!tl_map_find(other, node->key))
			describe(&out->items[out->count++], arena, node);
	}
}

/* ---- pairs */

static void pair(struct tl_map *renamed, struct tl_arena *arena, struct lone *before, struct lone *after)
{
	struct tl_str *now = TL_ARENA_NEW(arena, struct tl_str);

	*now = after->node->key;
	tl_map_put(renamed, before->node->key, NULL)->value.ptr = now;
	before->taken = true;
	after->taken = true;
}

static struct tl_str own_name(struct tl_str name)
{
	size_t start = name.len;

	while (start > 0 && name.ptr[start - 1] != '/')
		start--;
	return tl_str_slice(name, start, name.len);
}

/* The first free node of the same content; one of the same name in another container is preferred. */
static struct lone *same_content(const struct lones *after, const struct lone *before)
{
	struct lone *found = NULL;

	for (size_t i = 0; i < after->count; i++) {
		struct lone *lone = &after->items[i];

		if (lone->taken || lone->content != before->content || lone->n_settings != before->n_settings)
			continue;
		if (tl_str_equal(own_name(lone->node->key), own_name(before->node->key)))
			return lone;
		found = found ? found : lone;
	}
	return found;
}

static size_t shared(const struct lone *a, const struct lone *b)
{
	size_t i = 0, j = 0, count = 0;

	while (i < a->n_settings && j < b->n_settings) {
		count += a->settings[i] == b->settings[j];
		if (a->settings[i] <= b->settings[j])
			j += a->settings[i++] == b->settings[j];
		else
			j++;
	}
	return count;
}

static struct lone *most_similar(const struct lones *after, const struct lone *before)
{
	struct tl_str type = tl_item_text(before->node, "type");
	struct lone *best = NULL;
	size_t best_score = 0;

	for (size_t i = 0; i < after->count; i++) {
		struct lone *lone = &after->items[i];
		size_t same, larger = lone->n_settings > before->n_settings ? lone->n_settings : before->n_settings, score;

		if (lone->taken || !tl_str_equal(type, tl_item_text(lone->node, "type")))
			continue;
		same = shared(lone, before);
		score = larger > 0 ? same * 100 / larger : 0;
		if (same >= 2 && score >= SIMILAR_PERCENT && score > best_score) {
			best = lone;
			best_score = score;
		}
	}
	return best;
}

static void index_names(struct tl_map *names, const struct tl_item *nodes)
{
	for (const struct tl_item *node = nodes ? nodes->first : NULL; node; node = node->next)
		tl_map_put(names, node->key, NULL);
}

void tl_find_renamed(struct tl_map *renamed, struct tl_arena *arena, const struct tl_item *before, const struct tl_item *after)
{
	struct tl_map names_before = { 0 }, names_after = { 0 };
	struct lones gone = { 0 }, made = { 0 };

	index_names(&names_before, before);
	index_names(&names_after, after);
	find_lones(&gone, arena, before, &names_after);
	find_lones(&made, arena, after, &names_before);
	for (size_t i = 0; i < gone.count && made.count > 0 && gone.count <= PAIR_LIMIT / made.count; i++) {
		struct lone *now = same_content(&made, &gone.items[i]);

		if (now)
			pair(renamed, arena, &gone.items[i], now);
	}
	for (size_t i = 0; i < gone.count && made.count > 0 && gone.count <= PAIR_LIMIT / made.count; i++) {
		struct lone *now = gone.items[i].taken ? NULL : most_similar(&made, &gone.items[i]);

		if (now)
			pair(renamed, arena, &gone.items[i], now);
	}
	tl_map_clear(&names_before);
	tl_map_clear(&names_after);
}

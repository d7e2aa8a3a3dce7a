/* dialect/wire_rest.c: the difference of two trees that gives the one when it is laid over the other. Recursion is bounded by the readers' depth. */
#include "dialect/wire_rest.h"

#include <stdio.h>

#include "base/map.h"

#define ABSENT "@absent"
#define ITEMS "@items"

static bool is_marked(struct tl_str key)
{
	return key.len > 0 && key.ptr[0] == '@';
}

/* The key as a rest holds it. */
static struct tl_str kept_key(struct tl_arena *arena, struct tl_str key)
{
	return is_marked(key) ? tl_arena_printf(arena, "@%.*s", TL_FMT(key)) : key;
}

/* Children by key; an index is made where a map is not small. */
struct keys {
	const struct tl_item *map;
	struct tl_map index;
};

#define FEW_KEYS 16

static void keys_init(struct keys *keys, const struct tl_item *map)
{
	*keys = (struct keys){ .map = map };
	for (struct tl_item *child = map->count > FEW_KEYS ? map->first : NULL; child; child = child->next) {
		struct tl_map_entry *entry = tl_map_put(&keys->index, child->key, NULL);

		if (!entry->value.ptr)
			entry->value.ptr = child;
	}
}

static const struct tl_item *keys_find(const struct keys *keys, struct tl_str key)
{
	return keys->index.count > 0 ? tl_map_ptr(&keys->index, key) : tl_item_get_str(keys->map, key);
}

static void keys_clear(struct keys *keys)
{
	tl_map_clear(&keys->index);
}

/* ---- taking the rest */

/* A deep copy with marked keys. */
static struct tl_item *raw(struct tl_arena *arena, const struct tl_item *item)
{
	struct tl_item *copy = tl_item_copy(arena, item);

	if (item->kind != TL_LIST && item->kind != TL_MAP)
		return copy;
	copy = tl_item_new(arena, item->kind);
	copy->span = item->span;
	for (const struct tl_item *child = item->first; child; child = child->next) {
		if (item->kind == TL_MAP)
			tl_item_put(copy, kept_key(arena, child->key), raw(arena, child));
		else
			tl_item_add(copy, raw(arena, child));
	}
	return copy;
}

static void put_absent(struct tl_arena *arena, struct tl_item *rest, const struct tl_item *document, const struct tl_item *written)
{
	struct tl_item *absent = tl_item_new(arena, TL_LIST);
	struct keys keys;

	keys_init(&keys, document);
	for (const struct tl_item *child = written->first; child; child = child->next) {
		if (!keys_find(&keys, child->key))
			tl_item_add(absent, tl_item_string(arena, child->key));
	}
	keys_clear(&keys);
	if (absent->count > 0)
		tl_item_put(rest, TL_STR(ABSENT), absent);
}

static struct tl_item *rest_of_maps(struct tl_arena *arena, const struct tl_item *document, const struct tl_item *written)
{
	struct tl_item *rest = tl_item_new(arena, TL_MAP), *one;
	struct keys keys;

	keys_init(&keys, written);
	for (const struct tl_item *child = document->first; child; child = child->next) {
		one = tl_rest_of(arena, child, keys_find(&keys, child->key));
		if (one)
			tl_item_put(rest, kept_key(arena, child->key), one);
	}
	keys_clear(&keys);
	put_absent(arena, rest, document, written);
	return rest->count > 0 ? rest : NULL;
}

static struct tl_item *rest_of_lists(struct tl_arena *arena, const struct tl_item *document, const struct tl_item *written)
{
	struct tl_item *items = tl_item_new(arena, TL_MAP), *rest, *one;
	const struct tl_item *other = written->first;
	unsigned index = 0;

	for (const struct tl_item *child = document->first; child; child = child->next, other = other->next, index++) {
		one = tl_rest_of(arena, child, other);
		if (one)
			tl_item_put(items, tl_arena_printf(arena, "%u", index), one);
	}
	if (items->count == 0)
		return NULL;
	rest = tl_item_new(arena, TL_MAP);
	tl_item_put(rest, TL_STR(ITEMS), items);
	return rest;
}

struct tl_item *tl_rest_of(struct tl_arena *arena, const struct tl_item *document, const struct tl_item *written)
{
	if (written && document->kind == TL_MAP && written->kind == TL_MAP)
		return rest_of_maps(arena, document, written);
	if (written && document->kind == TL_LIST && written->kind == TL_LIST && document->count == written->count)
		return rest_of_lists(arena, document, written);
	return written && tl_item_equal(document, written) ? NULL : raw(arena, document);
}

/* ---- laying it over */

/* A deep copy without the marks. */
static struct tl_item *plain(struct tl_arena *arena, const struct tl_item *item)
{
	struct tl_item *copy = tl_item_copy(arena, item);

	if (item->kind != TL_LIST && item->kind != TL_MAP)
		return copy;
	copy = tl_item_new(arena, item->kind);
	for (const struct tl_item *child = item->first; child; child = child->next) {
		if (item->kind == TL_MAP)
			tl_item_put(copy, tl_str_slice(child->key, is_marked(child->key), child->key.len), plain(arena, child));
		else
			tl_item_add(copy, plain(arena, child));
	}
	return copy;
}

/* The keys that `@absent` lists. */
static void absent_init(struct tl_map *absent, const struct tl_item *rest)
{
	const struct tl_item *list = tl_item_get(rest, ABSENT);

	for (const struct tl_item *item = list ? list->first : NULL; item; item = item->next)
		tl_map_put(absent, item->text, NULL);
}

/* Members that only the document has. One mark alone is a word of ours. */
static void add_others(struct tl_arena *arena, struct tl_item *map, const struct tl_item *written, const struct tl_item *rest)
{
	struct keys keys;

	keys_init(&keys, written);
	for (const struct tl_item *child = rest->first; child; child = child->next) {
		struct tl_str key = tl_str_slice(child->key, is_marked(child->key), child->key.len);

		if ((!is_marked(child->key) || is_marked(key)) && !keys_find(&keys, key))
			tl_item_put(map, key, plain(arena, child));
	}
	keys_clear(&keys);
}

static struct tl_item *over_map(struct tl_arena *arena, const struct tl_item *written, const struct tl_item *rest)
{
	struct tl_item *map = tl_item_new(arena, TL_MAP);
	struct tl_map absent = { 0 };
	struct keys keys;

	absent_init(&absent, rest);
	keys_init(&keys, rest);
	for (const struct tl_item *child = written->first; child; child = child->next) {
		if (!tl_map_find(&absent, child->key))
			tl_item_put(map, child->key, tl_rest_over(arena, child, keys_find(&keys, kept_key(arena, child->key))));
	}
	keys_clear(&keys);
	tl_map_clear(&absent);
	add_others(arena, map, written, rest);
	return map;
}

static struct tl_item *over_list(struct tl_arena *arena, const struct tl_item *written, const struct tl_item *items)
{
	struct tl_item *list = tl_item_new(arena, TL_LIST);
	struct keys keys;
	char index[16];
	unsigned n = 0;

	keys_init(&keys, items);
	for (const struct tl_item *child = written->first; child; child = child->next) {
		snprintf(index, sizeof(index), "%u", n++);
		tl_item_add(list, tl_rest_over(arena, child, keys_find(&keys, tl_str(index))));
	}
	keys_clear(&keys);
	return list;
}

struct tl_item *tl_rest_over(struct tl_arena *arena, const struct tl_item *written, const struct tl_item *rest)
{
	const struct tl_item *items = tl_item_get(rest, ITEMS);

	if (!rest)
		return tl_item_copy(arena, written);
	if (written->kind == TL_MAP && rest->kind == TL_MAP)
		return over_map(arena, written, rest);
	if (written->kind == TL_LIST && items)
		return over_list(arena, written, items);
	return plain(arena, rest);
}

struct tl_str tl_rest_first(struct tl_arena *arena, const struct tl_item *rest)
{
	const struct tl_item *first = rest->first;

	if (tl_str_is(first->key, ABSENT))
		return tl_arena_printf(arena, "a missing '%.*s'", TL_FMT(first->first->text));
	return tl_arena_printf(arena, "'%.*s'", TL_FMT(tl_str_slice(first->key, is_marked(first->key), first->key.len)));
}

/* doc/tree.c: looking things up in a tree, comparing trees, making them. */
#include "doc/tree.h"

#include <stdlib.h>

#include "base/map.h"

void tl_doc_free(struct tl_doc *doc)
{
	if (!doc)
		return;
	tl_source_clear(&doc->source);
	tl_arena_clear(&doc->arena);
	free(doc);
}

/* ---- reading ---- */

const struct tl_item *tl_item_get_str(const struct tl_item *map, struct tl_str key)
{
	if (!map || map->kind != TL_MAP)
		return NULL;
	for (const struct tl_item *child = map->first; child; child = child->next) {
		if (tl_str_equal(child->key, key))
			return child;
	}
	return NULL;
}

const struct tl_item *tl_item_get(const struct tl_item *map, const char *key)
{
	return tl_item_get_str(map, tl_str(key));
}

struct tl_str tl_item_text(const struct tl_item *map, const char *key)
{
	const struct tl_item *child = tl_item_get(map, key);

	return child && child->kind == TL_STRING ? child->text : (struct tl_str){ "", 0 };
}

/* ---- equality ---- */

/* The child of `map` with that key, tried first at `guess`, where it is if both maps have the same order. */
static const struct tl_item *find_from(const struct tl_item *map, const struct tl_map *index, const struct tl_item *guess,
                                       struct tl_str key)
{
	if (guess && tl_str_equal(guess->key, key))
		return guess;
	return index->count ? tl_map_ptr(index, key) : tl_item_get_str(map, key);
}

static bool maps_equal(const struct tl_item *a, const struct tl_item *b)
{
	const struct tl_item *guess = b->first;
	struct tl_map index = { 0 };
	bool equal = true;

	for (const struct tl_item *child = a->first; child && equal; child = child->next) {
		const struct tl_item *other;

		/* Only where the orders differ, and the map is not small, is an index worth its making. */
		if (b->count > 16 && index.count == 0 && !(guess && tl_str_equal(guess->key, child->key))) {
			for (struct tl_item *each = b->first; each; each = each->next)
				tl_map_put(&index, each->key, NULL)->value.ptr = each;
		}
		other = find_from(b, &index, guess, child->key);
		equal = other && tl_item_equal(child, other);
		guess = other ? other->next : NULL;
	}
	tl_map_clear(&index);
	return equal;
}

static bool lists_equal(const struct tl_item *a, const struct tl_item *b)
{
	const struct tl_item *right = b->first;

	for (const struct tl_item *left = a->first; left; left = left->next, right = right->next) {
		if (!tl_item_equal(left, right))
			return false;
	}
	return true;
}

bool tl_item_equal(const struct tl_item *a, const struct tl_item *b)
{
	if (!a || !b)
		return a == b;
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case TL_NULL:
		return true;
	case TL_BOOLEAN:
		return a->boolean == b->boolean;
	case TL_NUMBER:
		return a->number == b->number || (a->number != a->number && b->number != b->number);
	case TL_STRING:
		return tl_str_equal(a->text, b->text);
	case TL_LIST:
		return a->first == b->first || (a->count == b->count && lists_equal(a, b));
	case TL_MAP:
		return a->first == b->first || (a->count == b->count && maps_equal(a, b));
	}
	return false;
}

/* ---- making ---- */

struct tl_item *tl_item_new(struct tl_arena *arena, enum tl_kind kind)
{
	struct tl_item *item = TL_ARENA_NEW(arena, struct tl_item);

	item->kind = kind;
	item->text = (struct tl_str){ "", 0 };
	item->key = (struct tl_str){ "", 0 };
	item->weight = 1;
	return item;
}

struct tl_item *tl_item_string(struct tl_arena *arena, struct tl_str text)
{
	struct tl_item *item = tl_item_new(arena, TL_STRING);

	item->text = text;
	return item;
}

struct tl_item *tl_item_number(struct tl_arena *arena, double number)
{
	struct tl_item *item = tl_item_new(arena, TL_NUMBER);

	item->number = number;
	return item;
}

struct tl_item *tl_item_boolean(struct tl_arena *arena, bool boolean)
{
	struct tl_item *item = tl_item_new(arena, TL_BOOLEAN);

	item->boolean = boolean;
	return item;
}

struct tl_item *tl_item_add(struct tl_item *list, struct tl_item *child)
{
	child->next = NULL;
	if (list->last)
		list->last->next = child;
	else
		list->first = child;
	list->last = child;
	/* An empty collection weighs one; the first child takes that place. */
	if (list->count++ == 0)
		list->weight = 0;
	list->weight = list->weight > UINT32_MAX - child->weight ? UINT32_MAX : list->weight + child->weight;
	return child;
}

struct tl_item *tl_item_put(struct tl_item *map, struct tl_str key, struct tl_item *child)
{
	child->key = key;
	tl_item_add(map, child);
	if (map->weight < UINT32_MAX)
		map->weight++;
	return child;
}

void tl_item_put_some(struct tl_item *map, const char *key, struct tl_item *child)
{
	if (child)
		tl_item_put(map, tl_str(key), child);
}

void tl_item_put_text(struct tl_arena *arena, struct tl_item *map, const char *key, struct tl_str text)
{
	if (text.len > 0)
		tl_item_put_some(map, key, tl_item_string(arena, text));
}

struct tl_item *tl_item_copy(struct tl_arena *arena, const struct tl_item *item)
{
	struct tl_item *copy = TL_ARENA_NEW(arena, struct tl_item);

	*copy = *item;
	copy->next = NULL;
	return copy;
}

struct tl_item *tl_item_dup(struct tl_arena *arena, const struct tl_item *item)
{
	struct tl_item *copy = tl_item_copy(arena, item), *last = NULL;

	copy->key_span = copy->span = (struct tl_span){ 0 };
	if (item->kind != TL_LIST && item->kind != TL_MAP) {
		copy->text = tl_arena_dup(arena, item->text);
		return copy;
	}
	copy->first = NULL;
	for (const struct tl_item *child = item->first; child; child = child->next) {
		struct tl_item *twin = tl_item_dup(arena, child);

		twin->key = tl_arena_dup(arena, child->key);
		if (last)
			last->next = twin;
		else
			copy->first = twin;
		last = twin;
	}
	copy->last = last;
	return copy;
}

static int compare_keys(const void *left, const void *right)
{
	const struct tl_item *const *a = left, *const *b = right;

	return tl_str_compare((*a)->key, (*b)->key);
}

static bool is_sorted(const struct tl_item *map)
{
	for (const struct tl_item *child = map->first; child && child->next; child = child->next) {
		if (tl_str_compare(child->key, child->next->key) > 0)
			return false;
	}
	return true;
}

/* Links the children of a map in the order of their keys. */
static void sort_children(struct tl_item *map)
{
	struct tl_item **children;
	size_t count = 0;

	if (is_sorted(map))
		return;
	children = tl_realloc_array(NULL, map->count, sizeof(struct tl_item *));
	for (struct tl_item *child = map->first; child; child = child->next)
		children[count++] = child;
	qsort(children, count, sizeof(struct tl_item *), compare_keys);
	for (size_t i = 0; i + 1 < count; i++)
		children[i]->next = children[i + 1];
	children[count - 1]->next = NULL;
	map->first = children[0];
	map->last = children[count - 1];
	free(children);
}

struct tl_item *tl_item_sorted(struct tl_arena *arena, const struct tl_item *item)
{
	struct tl_item *copy = tl_item_copy(arena, item), *last = NULL;

	if (item->kind != TL_LIST && item->kind != TL_MAP)
		return copy;
	copy->first = NULL;
	for (const struct tl_item *child = item->first; child; child = child->next) {
		struct tl_item *sorted = tl_item_sorted(arena, child);

		if (last)
			last->next = sorted;
		else
			copy->first = sorted;
		last = sorted;
	}
	copy->last = last;
	if (copy->kind == TL_MAP && copy->count > 1)
		sort_children(copy);
	return copy;
}

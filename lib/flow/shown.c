/* flow/shown.c: what of a flow's canonical form only a program reads, said for people. Recursion is bounded by the readers' depth. */
#include "flow/canonical.h"

/* The marks are those of dialect/wire_rest.h: '@' before a key says that it is a word of ours, or that the document's own key begins with one. */
#define ABSENT "@absent"
#define ITEMS "@items"

static struct tl_item *said(struct tl_arena *arena, const struct tl_item *item);

/* A text of digits. */
static unsigned number_of(struct tl_str digits)
{
	unsigned number = 0;

	for (size_t i = 0; i < digits.len; i++)
		number = number * 10 + (unsigned)(digits.ptr[i] - '0');
	return number;
}

/* Elements of which something is kept stand under the list's own key, counted as in a difference: "actions[1]". */
static void put_said(struct tl_arena *arena, struct tl_item *map, struct tl_str key, const struct tl_item *value)
{
	const struct tl_item *items = value->kind == TL_MAP ? tl_item_get(value, ITEMS) : NULL;

	if (!items)
		tl_item_put(map, key, said(arena, value));
	for (const struct tl_item *child = items ? items->first : NULL; child; child = child->next)
		put_said(arena, map, tl_arena_printf(arena, "%.*s[%u]", TL_FMT(key), number_of(child->key) + 1), child);
}

static struct tl_item *said(struct tl_arena *arena, const struct tl_item *item)
{
	struct tl_item *copy;

	if (item->kind != TL_LIST && item->kind != TL_MAP)
		return tl_item_copy(arena, item);
	copy = tl_item_new(arena, item->kind);
	for (const struct tl_item *child = item->first; child; child = child->next) {
		if (item->kind == TL_LIST)
			tl_item_add(copy, said(arena, child));
		else if (tl_str_is(child->key, ABSENT))
			tl_item_put(copy, TL_STR("without"), tl_item_copy(arena, child));
		else
			put_said(arena, copy, tl_str_slice(child->key, tl_str_starts(child->key, TL_STR("@")), child->key.len), child);
	}
	return copy;
}

/* In place, in a map that is ours. */
static void say_extras(struct tl_arena *arena, struct tl_item *map)
{
	for (struct tl_item *item = map->first; item; item = item->next) {
		const struct tl_item *sorted;

		if (item->kind != TL_MAP || !tl_str_is(item->key, "extras"))
			continue;
		sorted = tl_item_sorted(arena, said(arena, item));
		item->first = sorted->first;
		item->last = sorted->last;
		item->count = sorted->count;
	}
}

struct tl_item *tl_flow_shown(struct tl_arena *arena, const struct tl_flow *flow)
{
	struct tl_item *tree = tl_flow_canonical(arena, flow);

	/* Other dialects keep what the document has, under its own keys. */
	if (flow->dialect != TL_DIALECT_WIRE)
		return tree;
	say_extras(arena, tree);
	for (struct tl_item *item = tree->first; item; item = item->next) {
		for (struct tl_item *node = tl_str_is(item->key, "nodes") ? item->first : NULL; node; node = node->next)
			say_extras(arena, node);
	}
	return tree;
}

/* diff/shadow.c: references to nodes in canonical forms, and copies in which they have other names. Recursion is bounded by the readers' depth. */
#include "diff/shadow.h"

struct shadow {
	struct tl_item item;
	const struct tl_item *original;
};

static bool is_among(struct tl_str key, const char *const *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (tl_str_is(key, table[i]))
			return true;
	}
	return false;
}

static enum tl_place_kind below_node(struct tl_str key)
{
	static const char *const references[] = {
		"next", "otherwise", "failed", "timed_out", "found", "not_found", "open", "closed", "holiday",
	};

	if (is_among(key, references, TL_COUNT(references)))
		return TL_IN_REFERENCE;
	if (tl_str_is(key, "choices") || tl_str_is(key, "cases"))
		return TL_IN_STEPS;
	if (tl_str_is(key, "no_input") || tl_str_is(key, "no_match"))
		return TL_IN_STEP;
	return tl_str_is(key, "exits") || tl_str_is(key, "outcomes") ? TL_IN_TARGETS : TL_IN_OTHER;
}

enum tl_place_kind tl_place_below(enum tl_place_kind in, const struct tl_item *child)
{
	struct tl_str key = child->key;

	switch (in) {
	case TL_IN_FLOW:
		if (tl_str_is(key, "start"))
			return TL_IN_REFERENCE;
		return tl_str_is(key, "routines") ? TL_IN_ROUTINES : TL_IN_OTHER;
	case TL_IN_NODE:
		return below_node(key);
	case TL_IN_STEPS:
		return TL_IN_STEP;
	case TL_IN_STEP:
		return tl_str_is(key, "next") ? TL_IN_REFERENCE : TL_IN_OTHER;
	case TL_IN_TARGETS:
	case TL_IN_HANDLERS:
		return TL_IN_TARGET;
	case TL_IN_TARGET:
		return tl_str_is(key, "to") ? TL_IN_REFERENCE : TL_IN_OTHER;
	case TL_IN_ROUTINES:
		return TL_IN_ROUTINE;
	case TL_IN_ROUTINE:
		if (tl_str_is(key, "entry"))
			return TL_IN_REFERENCE;
		return tl_str_is(key, "handlers") ? TL_IN_HANDLERS : TL_IN_OTHER;
	case TL_IN_OTHER:
	case TL_IN_REFERENCE:
		break;
	}
	return TL_IN_OTHER;
}

bool tl_place_is_reference(enum tl_place_kind in, const struct tl_item *item)
{
	return item->kind == TL_STRING && (in == TL_IN_REFERENCE || in == TL_IN_TARGET);
}

struct tl_item *tl_shadow(struct tl_arena *arena, const struct tl_item *item, enum tl_place_kind in, const struct tl_map *renames)
{
	struct shadow *shadow = TL_ARENA_NEW(arena, struct shadow);
	const struct tl_str *name;

	shadow->item = *item;
	shadow->item.next = NULL;
	shadow->original = item;
	if (tl_place_is_reference(in, item)) {
		name = tl_map_ptr(renames, item->text);
		if (name)
			shadow->item.text = *name;
	}
	if (item->kind != TL_LIST && item->kind != TL_MAP)
		return &shadow->item;
	shadow->item.first = shadow->item.last = NULL;
	shadow->item.count = 0;
	for (const struct tl_item *child = item->first; child; child = child->next)
		tl_item_add(&shadow->item, tl_shadow(arena, child, tl_place_below(in, child), renames));
	return &shadow->item;
}

const struct tl_item *tl_shadow_original(const struct tl_item *item)
{
	return item ? ((const struct shadow *)(const void *)item)->original : NULL;
}

uint64_t tl_hash_join(uint64_t a, uint64_t b)
{
	uint64_t hash = (a ^ (b + 0x9e3779b97f4a7c15u + (a << 6) + (a >> 2))) * 0xff51afd7ed558ccdu;

	return hash ^ hash >> 32;
}

static uint64_t scalar_hash(const struct tl_item *item)
{
	double number = item->number == 0 ? 0 : item->number;
	uint64_t hash = item->kind;

	if (item->kind == TL_STRING)
		return tl_hash_join(hash, tl_str_hash(item->text));
	if (item->kind == TL_NUMBER)
		return tl_hash_join(hash, tl_str_hash((struct tl_str){ (const char *)&number, sizeof(number) }));
	return item->kind == TL_BOOLEAN ? tl_hash_join(hash, item->boolean) : hash;
}

uint64_t tl_tree_hash(const struct tl_item *item)
{
	uint64_t hash = scalar_hash(item);

	if (item->kind != TL_LIST && item->kind != TL_MAP)
		return hash;
	hash = item->kind;
	for (const struct tl_item *child = item->first; child; child = child->next)
		hash = tl_hash_join(tl_hash_join(hash, tl_str_hash(child->key)), tl_tree_hash(child));
	return hash;
}

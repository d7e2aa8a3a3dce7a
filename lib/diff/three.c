/* diff/three.c: what two sides made of a common base: theirs, ours, both the same, or a conflict. */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "diff/fields.h"
#include "diff/shadow.h"

const char *tl_origin_name(enum tl_origin origin)
{
	static const char *const names[TL_ORIGINS] = {
		[TL_ORIGIN_UNKNOWN] = "unknown", [TL_ORIGIN_LOCAL] = "local", [TL_ORIGIN_REMOTE] = "remote", [TL_ORIGIN_BOTH] = "both",
		[TL_ORIGIN_CONFLICT] = "conflict",
	};

	return names[origin];
}

const char *tl_side_name(enum tl_side side)
{
	static const char *const names[] = { "theirs", "ours", "both", "conflict" };

	return names[side];
}

/* The changes of one side, each under "NODE\0FIELD". */
struct merging {
	struct tl_arena *arena;
	struct tl_three *out;
	struct tl_map index; /* of out->items */
	size_t capacity;
};

static struct tl_three_change *entry_of(struct merging *merging, struct tl_str node, struct tl_str field)
{
	struct tl_three *out = merging->out;
	struct tl_str key = tl_arena_printf(merging->arena, "%.*s%c%.*s", TL_FMT(node), '\0', TL_FMT(field));
	bool made;
	struct tl_map_entry *entry = tl_map_put(&merging->index, key, &made);

	if (!made)
		return &out->items[entry->value.index];
	if (out->count == merging->capacity) {
		struct tl_three_change *more = TL_ARENA_ARRAY(merging->arena, struct tl_three_change, merging->capacity * 2 + 8);

		if (out->count > 0)
			memcpy(more, out->items, out->count * sizeof(*more));
		out->items = more;
		merging->capacity = merging->capacity * 2 + 8;
	}
	entry->value.index = (uint32_t)out->count;
	out->items[out->count] = (struct tl_three_change){ .side = TL_BOTH, .node = node, .field = field };
	return &out->items[out->count++];
}

/* `side` is TL_THEIRS or TL_OURS; the first to come leaves its mark in `side`, the second makes it both (judged at the end). */
static void note(struct merging *merging, enum tl_side side, struct tl_str node, struct tl_str field, const struct tl_item *base,
                 const struct tl_item *now)
{
	size_t before = merging->out->count;
	struct tl_three_change *change = entry_of(merging, node, field);

	change->side = merging->out->count > before ? side : TL_BOTH;
	change->base = base;
	if (side == TL_THEIRS)
		change->theirs = now;
	else
		change->ours = now;
}

static void collect_fields(struct tl_fields *fields, struct tl_arena *arena, const struct tl_item *base, const struct tl_item *now, bool is_flow,
                           const struct tl_map *whole)
{
	struct tl_fields_maker compare = { .arena = arena, .fields = fields, .by_before = true, .whole = whole };
	struct tl_map none = { 0 };

	tl_fields_members(&compare, base ? tl_shadow(arena, base, is_flow ? TL_IN_FLOW : TL_IN_NODE, &none) : NULL, now, is_flow ? "nodes" : NULL);
}

static bool is_within(struct tl_str part, struct tl_str whole)
{
	return part.len > whole.len && tl_str_starts(part, whole) && (part.ptr[whole.len] == '.' || part.ptr[whole.len] == '[');
}

/* Marks each of `fields` of which another side's field is a part. Parts are found by going up from them. */
static void find_wholes(struct tl_map *wholes, struct tl_map *names, const struct tl_fields *fields, const struct tl_fields *others)
{
	for (size_t i = 0; i < fields->count; i++)
		tl_map_put(names, fields->items[i].field, NULL);
	for (size_t i = 0; i < others->count; i++) {
		struct tl_str path = others->items[i].field;

		for (size_t end = path.len; end > 0; end--) {
			struct tl_str above = tl_str_slice(path, 0, end);

			if (is_within(path, above) && tl_map_find(names, above))
				tl_map_put(wholes, above, NULL);
		}
	}
	tl_map_clear(names);
}

/* What both sides made of one thing: the flow's own settings or one node. Any of the three may be NULL. */
static void note_both(struct merging *merging, struct tl_str node, const struct tl_item *base, const struct tl_item *theirs,
                      const struct tl_item *ours, bool is_flow)
{
	struct tl_fields left = { 0 }, right = { 0 };
	struct tl_map wholes = { 0 }, names = { 0 };

	collect_fields(&left, merging->arena, base, theirs, is_flow, NULL);
	collect_fields(&right, merging->arena, base, ours, is_flow, NULL);
	find_wholes(&wholes, &names, &left, &right);
	find_wholes(&wholes, &names, &right, &left);
	if (wholes.count > 0) {
		left = right = (struct tl_fields){ 0 };
		collect_fields(&left, merging->arena, base, theirs, is_flow, &wholes);
		collect_fields(&right, merging->arena, base, ours, is_flow, &wholes);
	}
	for (size_t i = 0; i < left.count; i++)
		note(merging, TL_THEIRS, node, left.items[i].field, left.items[i].before, left.items[i].after);
	for (size_t i = 0; i < right.count; i++)
		note(merging, TL_OURS, node, right.items[i].field, right.items[i].before, right.items[i].after);
	tl_map_clear(&wholes);
}

static void index_nodes(struct tl_map *map, const struct tl_item *tree)
{
	const struct tl_item *nodes = tl_item_get(tree, "nodes");

	for (const struct tl_item *item = nodes ? nodes->first : NULL; item; item = item->next)
		tl_map_put(map, item->key, NULL)->value.ptr = (void *)(uintptr_t)item;
}

/* A node of the base: a side that has it no more says so of the whole, one that has it of its settings. */
static void note_kept(struct merging *merging, const struct tl_item *node, const struct tl_item *theirs, const struct tl_item *ours)
{
	struct tl_str whole = { 0 };

	if (!theirs)
		note(merging, TL_THEIRS, node->key, whole, node, NULL);
	if (!ours)
		note(merging, TL_OURS, node->key, whole, node, NULL);
	note_both(merging, node->key, node, theirs ? theirs : node, ours ? ours : node, false);
}

static void note_new(struct merging *merging, enum tl_side side, const struct tl_map *base, const struct tl_map *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		if (!tl_map_find(base, nodes->entries[i].key))
			note(merging, side, nodes->entries[i].key, (struct tl_str){ 0 }, NULL, nodes->entries[i].value.ptr);
	}
}

/* The nodes of the three versions. */
struct three_maps {
	struct tl_map base, theirs, ours;
};

static void note_nodes(struct merging *merging, const struct three_maps *maps)
{
	for (size_t i = 0; i < maps->base.count; i++) {
		struct tl_str name = maps->base.entries[i].key;

		note_kept(merging, maps->base.entries[i].value.ptr, tl_map_ptr(&maps->theirs, name), tl_map_ptr(&maps->ours, name));
	}
	note_new(merging, TL_THEIRS, &maps->base, &maps->theirs);
	note_new(merging, TL_OURS, &maps->base, &maps->ours);
}

static bool same_or_none(const struct tl_item *a, const struct tl_item *b)
{
	return a && b ? tl_item_equal(a, b) : !a && !b;
}

/* A side that leaves a setting alone has the base's value; a whole node that one side removed and the other changed is a conflict. */
static void judge(struct merging *merging, const struct three_maps *maps)
{
	struct tl_three *out = merging->out;

	for (size_t i = 0; i < out->count; i++) {
		struct tl_three_change *change = &out->items[i];
		const struct tl_map *others = change->side == TL_THEIRS ? &maps->ours : &maps->theirs;
		bool gone = change->field.len > 0 && change->node.len > 0 && !tl_map_find(others, change->node);

		if (change->side == TL_BOTH)
			change->side = same_or_none(change->theirs, change->ours) ? TL_BOTH : TL_CLASH;
		else if (gone)
			change->side = TL_CLASH;
		if (change->side == TL_THEIRS)
			change->ours = change->base;
		else if (change->side == TL_OURS)
			change->theirs = change->base;
		out->clashes += change->side == TL_CLASH;
	}
}

static int by_place(const void *a, const void *b)
{
	const struct tl_three_change *x = a, *y = b;
	int order = tl_str_compare(x->node, y->node);

	return order != 0 ? order : tl_str_compare(x->field, y->field);
}

/* No base is known: all that differs is a conflict. */
static void note_two(struct merging *merging, const struct tl_item *theirs, const struct tl_item *ours, const struct three_maps *maps)
{
	struct tl_three *out = merging->out;

	note_both(merging, (struct tl_str){ 0 }, theirs, theirs, ours, true);
	for (size_t i = 0; i < maps->theirs.count; i++) {
		const struct tl_item *node = maps->theirs.entries[i].value.ptr;

		note_kept(merging, node, node, tl_map_ptr(&maps->ours, node->key));
	}
	note_new(merging, TL_OURS, &maps->theirs, &maps->ours);
	for (size_t i = 0; i < out->count; i++) {
		out->items[i].theirs = out->items[i].base;
		out->items[i].base = NULL;
		out->items[i].side = TL_CLASH;
	}
	out->clashes = out->count;
}

void tl_diff_three(struct tl_three *out, struct tl_arena *arena, struct tl_str flow, const struct tl_item *base,
                   const struct tl_item *theirs, const struct tl_item *ours)
{
	struct merging merging = { .arena = arena, .out = out };
	struct three_maps maps = { .base = { 0 } };

	memset(out, 0, sizeof(*out));
	out->flow = flow;
	out->has_base = base != NULL;
	index_nodes(&maps.base, base);
	index_nodes(&maps.theirs, theirs);
	index_nodes(&maps.ours, ours);
	if (base) {
		note_both(&merging, (struct tl_str){ 0 }, base, theirs, ours, true);
		note_nodes(&merging, &maps);
		judge(&merging, &maps);
	} else {
		note_two(&merging, theirs, ours, &maps);
	}
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items), by_place);
	tl_map_clear(&merging.index);
	tl_map_clear(&maps.base);
	tl_map_clear(&maps.theirs);
	tl_map_clear(&maps.ours);
}

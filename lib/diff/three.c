/* diff/three.c: what two sides made of a common base: theirs, ours, both the same, or a conflict. */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "diff/fields.h"

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

static void note_fields(struct merging *merging, enum tl_side side, struct tl_str node, const struct tl_item *base, const struct tl_item *now,
                        const char *skip)
{
	struct tl_fields fields = { 0 };
	struct tl_compare compare = { merging->arena, &fields, NULL };

	tl_compare_members(&compare, (struct tl_str){ 0 }, base, now, skip);
	for (size_t i = 0; i < fields.count; i++)
		note(merging, side, node, fields.items[i].field, fields.items[i].before, fields.items[i].after);
}

static void note_side(struct merging *merging, enum tl_side side, const struct tl_item *base, const struct tl_item *now)
{
	const struct tl_item *nodes = tl_item_get(base, "nodes"), *others = tl_item_get(now, "nodes");

	note_fields(merging, side, (struct tl_str){ 0 }, base, now, "nodes");
	for (const struct tl_item *node = nodes ? nodes->first : NULL; node; node = node->next) {
		const struct tl_item *other = tl_item_get_str(others, node->key);

		if (!other)
			note(merging, side, node->key, (struct tl_str){ 0 }, node, NULL);
		else if (!tl_item_equal(node, other))
			note_fields(merging, side, node->key, node, other, NULL);
	}
	for (const struct tl_item *node = others ? others->first : NULL; node; node = node->next) {
		if (!tl_item_get_str(nodes, node->key))
			note(merging, side, node->key, (struct tl_str){ 0 }, NULL, node);
	}
}

static bool same_or_none(const struct tl_item *a, const struct tl_item *b)
{
	return a && b ? tl_item_equal(a, b) : !a && !b;
}

/* A side that leaves a setting alone has the base's value; a whole node that one side removed and the other changed is a conflict. */
static void judge(struct merging *merging, const struct tl_item *theirs, const struct tl_item *ours)
{
	struct tl_three *out = merging->out;

	for (size_t i = 0; i < out->count; i++) {
		struct tl_three_change *change = &out->items[i];
		const struct tl_item *other_nodes = tl_item_get(change->side == TL_THEIRS ? ours : theirs, "nodes");

		if (change->side == TL_BOTH)
			change->side = same_or_none(change->theirs, change->ours) ? TL_BOTH : TL_CLASH;
		else if (change->field.len > 0 && change->node.len > 0 && !tl_item_get_str(other_nodes, change->node))
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

void tl_diff_three(struct tl_three *out, struct tl_arena *arena, struct tl_str flow, const struct tl_item *base,
                   const struct tl_item *theirs, const struct tl_item *ours)
{
	struct merging merging = { .arena = arena, .out = out };

	memset(out, 0, sizeof(*out));
	out->flow = flow;
	out->has_base = base != NULL;
	if (base) {
		note_side(&merging, TL_THEIRS, base, theirs);
		note_side(&merging, TL_OURS, base, ours);
		judge(&merging, theirs, ours);
	} else {
		note_side(&merging, TL_OURS, theirs, ours);
		for (size_t i = 0; i < out->count; i++) {
			out->items[i].theirs = out->items[i].base;
			out->items[i].base = NULL;
			out->items[i].side = TL_CLASH;
			out->clashes++;
		}
	}
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items), by_place);
	tl_map_clear(&merging.index);
}

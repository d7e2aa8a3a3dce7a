/* diff/fields.c: maps are compared by key, lists by what is equal in both and by what identifies their elements, all else as a whole.
 * Recursion is bounded by the readers' depth. */
#include "diff/fields.h"

#include <stdlib.h>
#include <string.h>

#include "diff/shadow.h"

/* The most cells of a table that aligns two lists; longer ones are compared place by place. */
#define ALIGN_LIMIT 250000

static struct tl_str member_path(struct tl_arena *arena, struct tl_str path, struct tl_str key)
{
	if (path.len == 0)
		return key;
	return tl_arena_printf(arena, "%.*s.%.*s", TL_FMT(path), TL_FMT(key));
}

void tl_fields_add(struct tl_fields_maker *compare, struct tl_str path, const struct tl_item *before, const struct tl_item *after)
{
	struct tl_fields *fields = compare->fields;

	if (fields->count == fields->capacity) {
		struct tl_field_change *more = TL_ARENA_ARRAY(compare->arena, struct tl_field_change, fields->capacity * 2 + 4);

		if (fields->count > 0)
			memcpy(more, fields->items, fields->count * sizeof(*more));
		fields->items = more;
		fields->capacity = fields->capacity * 2 + 4;
	}
	fields->items[fields->count++] = (struct tl_field_change){ path, before, after };
}

/* What is read as one: the parts of a condition or of a list of words say little by themselves. */
static bool is_whole(const struct tl_item *item)
{
	static const char *const keys[] = { "when", "phrases", "accept", "enum", "default" };

	for (size_t i = 0; i < TL_COUNT(keys); i++) {
		if (tl_str_is(item->key, keys[i]))
			return true;
	}
	return false;
}

/* ---- maps: keys are sorted */

static void compare_maps(struct tl_fields_maker *compare, struct tl_str path, const struct tl_item *before, const struct tl_item *after)
{
	const struct tl_item *left = before ? before->first : NULL, *right = after ? after->first : NULL;

	while (left || right) {
		int order = !left ? 1 : !right ? -1 : tl_str_compare(left->key, right->key);
		struct tl_str key = order <= 0 ? left->key : right->key;

		tl_fields_compare(compare, member_path(compare->arena, path, key), order <= 0 ? left : NULL, order >= 0 ? right : NULL);
		left = order <= 0 ? left->next : left;
		right = order >= 0 ? right->next : right;
	}
}

/* ---- lists */

struct element {
	const struct tl_item *item;
	uint64_t hash;
	uint32_t partner; /* index in the other list, or TL_NONE */
};

struct lists {
	struct element *before, *after;
	uint32_t n_before, n_after;
};

static struct element *elements_of(const struct tl_item *list)
{
	struct element *elements = tl_alloc_zero((size_t)list->count + 1, sizeof(*elements));
	uint32_t n = 0;

	for (const struct tl_item *item = list->first; item; item = item->next)
		elements[n++] = (struct element){ item, tl_tree_hash(item), TL_NONE };
	return elements;
}

static bool same(const struct element *a, const struct element *b)
{
	return a->hash == b->hash && tl_item_equal(a->item, b->item);
}

static void join(struct lists *lists, uint32_t before, uint32_t after)
{
	lists->before[before].partner = after;
	lists->after[after].partner = before;
}

/* What identifies an element among its neighbours: a choice's key, an assignment's variable, a wording's language; else where a case leads. */
static const struct tl_item *identity(const struct tl_item *item)
{
	static const char *const keys[] = { "key", "variable", "language", "when", "next" };
	const struct tl_item *found = NULL;

	for (size_t i = 0; i < TL_COUNT(keys) && !found; i++)
		found = tl_item_get(item, keys[i]);
	return found;
}

/* Joins the longest common subsequence of before[b, b_end) and after[a, a_end). */
static void join_common(struct lists *lists, uint32_t b, uint32_t b_end, uint32_t a, uint32_t a_end)
{
	uint32_t rows = b_end - b, columns = a_end - a;
	uint32_t *length = tl_alloc_zero((size_t)(rows + 1) * (columns + 1), sizeof(*length));
	size_t width = columns + 1u;

	for (uint32_t i = rows; i-- > 0;) {
		for (uint32_t j = columns; j-- > 0;) {
			uint32_t down = length[(i + 1) * width + j], right = length[i * width + j + 1];

			length[i * width + j] = same(&lists->before[b + i], &lists->after[a + j]) ? length[(i + 1) * width + j + 1] + 1
			                        : down > right                                    ? down
			                                                                          : right;
		}
	}
	for (uint32_t i = 0, j = 0; i < rows && j < columns;) {
		if (same(&lists->before[b + i], &lists->after[a + j])) {
			join(lists, b + i++, a + j++);
		} else if (length[(i + 1) * width + j] >= length[i * width + j + 1]) {
			i++;
		} else {
			j++;
		}
	}
	free(length);
}

/* Between equal elements: those that are identified alike, in order; then, where as many are left on both sides, those at the same place. */
static void join_gap(struct lists *lists, uint32_t b, uint32_t b_end, uint32_t a, uint32_t a_end)
{
	uint32_t left = 0, right = 0, from = a, next;

	for (uint32_t i = b; i < b_end && (uint64_t)(b_end - b) * (a_end - a) <= ALIGN_LIMIT; i++) {
		const struct tl_item *name = identity(lists->before[i].item);

		for (uint32_t j = from; j < a_end && name; j++) {
			const struct tl_item *other = identity(lists->after[j].item);

			if (!other || !tl_str_equal(name->key, other->key) || !tl_item_equal(name, other))
				continue;
			join(lists, i, j);
			from = j + 1;
			break;
		}
	}
	for (uint32_t i = b; i < b_end; i++)
		left += lists->before[i].partner == TL_NONE;
	for (uint32_t j = a; j < a_end; j++)
		right += lists->after[j].partner == TL_NONE;
	if (left != right)
		return;
	next = a;
	for (uint32_t i = b; i < b_end; i++) {
		if (lists->before[i].partner != TL_NONE)
			continue;
		while (lists->after[next].partner != TL_NONE)
			next++;
		join(lists, i, next++);
	}
}

static void align(struct lists *lists)
{
	uint32_t start = 0, end = 0, n = lists->n_before < lists->n_after ? lists->n_before : lists->n_after, a;

	while (start < n && same(&lists->before[start], &lists->after[start])) {
		join(lists, start, start);
		start++;
	}
	while (end < n - start && same(&lists->before[lists->n_before - 1 - end], &lists->after[lists->n_after - 1 - end])) {
		join(lists, lists->n_before - 1 - end, lists->n_after - 1 - end);
		end++;
	}
	if ((uint64_t)(lists->n_before - start - end + 1) * (lists->n_after - start - end + 1) <= ALIGN_LIMIT)
		join_common(lists, start, lists->n_before - end, start, lists->n_after - end);
	a = start;
	for (uint32_t b = start, from = start; b <= lists->n_before - end; b++) {
		bool stop = b == lists->n_before - end;
		uint32_t partner = stop ? lists->n_after - end : lists->before[b].partner;

		if (!stop && (partner == TL_NONE || b < from))
			continue;
		join_gap(lists, from, b, a, partner);
		from = b + 1;
		a = partner + 1;
	}
}

static struct tl_str element_path(const struct tl_fields_maker *compare, struct tl_str path, uint32_t index, bool is_new)
{
	return tl_arena_printf(compare->arena, "%.*s[%s%u]", TL_FMT(path), is_new && compare->by_before ? "+" : "", index + 1);
}

/* In the order of both lists: partners never cross. */
static void compare_elements(struct tl_fields_maker *compare, struct tl_str path, const struct lists *lists)
{
	for (uint32_t i = 0, j = 0; i < lists->n_before || j < lists->n_after;) {
		if (i < lists->n_before && lists->before[i].partner == TL_NONE) {
			tl_fields_compare(compare, element_path(compare, path, i, false), lists->before[i].item, NULL);
			i++;
		} else if (j < lists->n_after && lists->after[j].partner == TL_NONE) {
			tl_fields_compare(compare, element_path(compare, path, j, true), NULL, lists->after[j].item);
			j++;
		} else {
			if (!same(&lists->before[i], &lists->after[j]))
				tl_fields_compare(compare, element_path(compare, path, compare->by_before ? i : j, false), lists->before[i].item,
				                 lists->after[j].item);
			i++;
			j++;
		}
	}
}

static void compare_lists(struct tl_fields_maker *compare, struct tl_str path, const struct tl_item *before, const struct tl_item *after)
{
	struct lists lists = { elements_of(before), elements_of(after), before->count, after->count };

	align(&lists);
	compare_elements(compare, path, &lists);
	free(lists.before);
	free(lists.after);
}

static bool is_one(const struct tl_fields_maker *compare, struct tl_str path, const struct tl_item *after)
{
	return is_whole(after) || (compare->whole && tl_map_find(compare->whole, path));
}

void tl_fields_compare(struct tl_fields_maker *compare, struct tl_str path, const struct tl_item *before, const struct tl_item *after)
{
	if (before && after && tl_item_equal(before, after))
		return;
	if (before && after && before->kind == after->kind && !is_one(compare, path, after)) {
		if (before->kind == TL_MAP) {
			compare_maps(compare, path, before, after);
			return;
		}
		if (before->kind == TL_LIST) {
			compare_lists(compare, path, before, after);
			return;
		}
	}
	tl_fields_add(compare, path, tl_shadow_original(before), after);
}

/* ---- a flow or node as a whole */

/* Maps of things with names: one thing more is one setting, also where it is the first. */
static bool is_section(struct tl_str key)
{
	static const char *const keys[] = { "variables", "environment", "prompts", "routines", "exits", "inputs", "outputs" };

	for (size_t i = 0; i < TL_COUNT(keys); i++) {
		if (tl_str_is(key, keys[i]))
			return true;
	}
	return false;
}

static void compare_member(struct tl_fields_maker *compare, const struct tl_item *before, const struct tl_item *after)
{
	const struct tl_item *present = before ? before : after;
	const struct tl_item *nothing = tl_item_new(compare->arena, TL_MAP);
	struct tl_map none = { 0 };

	if (present->kind == TL_MAP && is_section(present->key) && !is_one(compare, present->key, present)) {
		before = before ? before : tl_shadow(compare->arena, nothing, TL_IN_OTHER, &none);
		after = after ? after : nothing;
	}
	tl_fields_compare(compare, present->key, before, after);
}

void tl_fields_members(struct tl_fields_maker *compare, const struct tl_item *before, const struct tl_item *after, const char *skip)
{
	const struct tl_item *left = before ? before->first : NULL, *right = after ? after->first : NULL;

	while (left || right) {
		int order = !left ? 1 : !right ? -1 : tl_str_compare(left->key, right->key);

		if (!skip || !tl_str_is(order <= 0 ? left->key : right->key, skip))
			compare_member(compare, order <= 0 ? left : NULL, order >= 0 ? right : NULL);
		left = order <= 0 ? left->next : left;
		right = order >= 0 ? right->next : right;
	}
}

/* diff/fields.c: maps are compared by key; lists by their longest common subsequence, so that one inserted choice is one change. */
#include "diff/fields.h"

#include <stdlib.h>
#include <string.h>

/* Lists longer than this on both sides are compared item by item. */
#define ALIGN_LIMIT 1200

static const char *const transitions[] = {
	"next", "otherwise", "failed", "timed_out", "found", "not_found", "open", "closed", "holiday", "start",
};

/* The last name of a path: "next" of "choices[2].next". */
static struct tl_str last_name(struct tl_str path)
{
	size_t start = path.len;

	while (start > 0 && path.ptr[start - 1] != '.')
		start--;
	return tl_str_slice(path, start, path.len);
}

bool tl_is_transition(struct tl_str path)
{
	struct tl_str name = last_name(path);
	struct tl_str above = tl_str_slice(path, 0, path.len > name.len ? path.len - name.len - 1 : 0);

	if (tl_str_is(above, "exits") || tl_str_is(above, "outcomes"))
		return true;
	if (above.len > 0 && !tl_str_starts(above, TL_STR("choices[")) && !tl_str_starts(above, TL_STR("cases[")) &&
	    !tl_str_is(above, "no_input") && !tl_str_is(above, "no_match"))
		return false;
	for (size_t i = 0; i < TL_COUNT(transitions); i++) {
		if (tl_str_is(name, transitions[i]))
			return true;
	}
	return false;
}

static void add(struct tl_compare *compare, struct tl_str path, const struct tl_item *before, const struct tl_item *after)
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

/* Whether both name the same node, one by the name that it had before. */
static bool is_renamed(const struct tl_compare *compare, struct tl_str path, const struct tl_item *before, const struct tl_item *after)
{
	const struct tl_str *now;

	if (!compare->renamed || before->kind != TL_STRING || after->kind != TL_STRING || !tl_is_transition(path))
		return false;
	now = tl_map_ptr(compare->renamed, before->text);
	return now && tl_str_equal(*now, after->text);
}

/* ---- lists */

/* Two lists as arrays, and which of them go together. */
struct alignment {
	const struct tl_item **a, **b;
	size_t n_a, n_b;
	size_t *of_a; /* by a: index of b, or SIZE_MAX */
};

static const struct tl_item **children(struct tl_arena *arena, const struct tl_item *list)
{
	const struct tl_item **items = TL_ARENA_ARRAY(arena, const struct tl_item *, list->count + 1);
	size_t n = 0;

	for (const struct tl_item *item = list->first; item; item = item->next)
		items[n++] = item;
	return items;
}

/* Longest common subsequence of equal items, by the classic table. */
static void align_equal(struct alignment *align)
{
	size_t width = align->n_b + 1;
	uint16_t *table = tl_alloc_zero((align->n_a + 1) * width, sizeof(*table));

	for (size_t i = align->n_a; i-- > 0;) {
		for (size_t j = align->n_b; j-- > 0;) {
			uint16_t down = table[(i + 1) * width + j], right = table[i * width + j + 1];

			if (tl_item_equal(align->a[i], align->b[j]))
				table[i * width + j] = (uint16_t)(table[(i + 1) * width + j + 1] + 1);
			else
				table[i * width + j] = down > right ? down : right;
		}
	}
	for (size_t i = 0, j = 0; i < align->n_a && j < align->n_b;) {
		if (tl_item_equal(align->a[i], align->b[j]))
			align->of_a[i++] = j++;
		else if (table[(i + 1) * width + j] >= table[i * width + j + 1])
			i++;
		else
			j++;
	}
	free(table);
}

/* Between two pairs that are equal, what is left goes together: by its `key` where it has one, else in order. */
static void pair_gap(struct alignment *align, size_t a, size_t a_end, size_t b, size_t b_end)
{
	bool one_each = a_end - a == b_end - b;

	for (size_t i = a; i < a_end; i++) {
		const struct tl_item *key = tl_item_get(align->a[i], "key");

		if (one_each && !key) {
			align->of_a[i] = b + (i - a);
			continue;
		}
		for (size_t j = b; key && j < b_end; j++) {
			const struct tl_item *other = tl_item_get(align->b[j], "key");

			if (other && tl_item_equal(key, other)) {
				align->of_a[i] = j;
				b = j + 1;
				break;
			}
		}
	}
}

static void pair_gaps(struct alignment *align)
{
	size_t a = 0, b = 0;

	for (size_t i = 0; i <= align->n_a; i++) {
		size_t j = i < align->n_a ? align->of_a[i] : align->n_b;

		if (i < align->n_a && j == SIZE_MAX)
			continue;
		pair_gap(align, a, i, b, j);
		a = i + 1;
		b = j + 1;
	}
}

static struct tl_str indexed(struct tl_compare *compare, struct tl_str path, size_t index)
{
	return tl_arena_printf(compare->arena, "%.*s[%zu]", TL_FMT(path), index + 1);
}

static void report_lists(struct tl_compare *compare, struct tl_str path, const struct alignment *align)
{
	size_t next_b = 0;

	for (size_t i = 0; i < align->n_a; i++) {
		size_t j = align->of_a[i];

		if (j == SIZE_MAX) {
			add(compare, indexed(compare, path, i), align->a[i], NULL);
			continue;
		}
		for (; next_b < j; next_b++)
			add(compare, indexed(compare, path, next_b), NULL, align->b[next_b]);
		next_b = j + 1;
		tl_compare_items(compare, indexed(compare, path, j), align->a[i], align->b[j]);
	}
	for (; next_b < align->n_b; next_b++)
		add(compare, indexed(compare, path, next_b), NULL, align->b[next_b]);
}

static bool holds_maps(const struct tl_item *list)
{
	for (const struct tl_item *item = list->first; item; item = item->next) {
		if (item->kind != TL_MAP)
			return false;
	}
	return true;
}

/* A list of plain values is one setting; a list of maps is compared map by map. */
static void compare_lists(struct tl_compare *compare, struct tl_str path, const struct tl_item *before, const struct tl_item *after)
{
	struct alignment align = { .n_a = before->count, .n_b = after->count };
	bool short_enough = before->count <= ALIGN_LIMIT && after->count <= ALIGN_LIMIT;

	if (!holds_maps(before) || !holds_maps(after)) {
		add(compare, path, before, after);
		return;
	}
	align.a = children(compare->arena, before);
	align.b = children(compare->arena, after);
	align.of_a = TL_ARENA_ARRAY(compare->arena, size_t, align.n_a + 1);
	for (size_t i = 0; i < align.n_a; i++)
		align.of_a[i] = short_enough || i >= align.n_b ? SIZE_MAX : i;
	if (short_enough) {
		align_equal(&align);
		pair_gaps(&align);
	}
	report_lists(compare, path, &align);
}

/* ---- maps and values */

static struct tl_str below(struct tl_compare *compare, struct tl_str path, struct tl_str key)
{
	if (path.len == 0)
		return key;
	return tl_arena_printf(compare->arena, "%.*s.%.*s", TL_FMT(path), TL_FMT(key));
}

void tl_compare_members(struct tl_compare *compare, struct tl_str path, const struct tl_item *before, const struct tl_item *after, const char *skip)
{
	for (const struct tl_item *item = before ? before->first : NULL; item; item = item->next) {
		if (!skip || !tl_str_is(item->key, skip))
			tl_compare_items(compare, below(compare, path, item->key), item, tl_item_get_str(after, item->key));
	}
	for (const struct tl_item *item = after ? after->first : NULL; item; item = item->next) {
		if ((!skip || !tl_str_is(item->key, skip)) && !tl_item_get_str(before, item->key))
			tl_compare_items(compare, below(compare, path, item->key), NULL, item);
	}
}

/* Recursion is bounded by the depth limit of the readers. */
void tl_compare_items(struct tl_compare *compare, struct tl_str path, const struct tl_item *before, const struct tl_item *after)
{
	if (before && after && (tl_item_equal(before, after) || is_renamed(compare, path, before, after)))
		return;
	if (before && after && before->kind == TL_MAP && after->kind == TL_MAP)
		tl_compare_members(compare, path, before, after, NULL);
	else if (before && after && before->kind == TL_LIST && after->kind == TL_LIST)
		compare_lists(compare, path, before, after);
	else
		add(compare, path, before, after);
}

/* diff/values.c: what only differs since two environments have values of their own: one text with placeholders may have made both. */
#include <ctype.h>
#include <stdlib.h>

#include "diff/diff.h"
#include "doc/json.h"

/* What one key stands for on each side. */
struct pair {
	struct tl_str before, after;
};

struct pairs {
	struct pair *items; /* longest first: one value may begin with another */
	size_t count;
};

static int by_length(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return (x->before.len < y->before.len) - (x->before.len > y->before.len);
}

static void pairs_init(struct pairs *pairs, const struct tl_map *before, const struct tl_map *after)
{
	*pairs = (struct pairs){ .items = tl_alloc_zero(before->count + 1, sizeof(*pairs->items)) };
	for (size_t i = 0; i < before->count; i++) {
		const struct tl_str *left = before->entries[i].value.ptr, *right = tl_map_ptr(after, before->entries[i].key);

		if (right && !tl_str_equal(*left, *right))
			pairs->items[pairs->count++] = (struct pair){ *left, *right };
	}
	if (pairs->count > 0)
		qsort(pairs->items, pairs->count, sizeof(*pairs->items), by_length);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Whether a value stands at a place of a text, and not within a word: "10" is not in "100". */
static bool stands_at(struct tl_str text, size_t at, struct tl_str value)
{
	size_t end = at + value.len;

	if (value.len == 0)
		return true;
	if (!tl_str_starts(tl_str_slice(text, at, text.len), value))
		return false;
	return !(at > 0 && is_word(text.ptr[at - 1]) && is_word(value.ptr[0])) &&
	       !(end < text.len && is_word(text.ptr[end]) && is_word(value.ptr[value.len - 1]));
}

static const struct pair *pair_at(const struct pairs *pairs, struct tl_str before, size_t i, struct tl_str after, size_t j)
{
	for (size_t k = 0; k < pairs->count; k++) {
		if (stands_at(before, i, pairs->items[k].before) && stands_at(after, j, pairs->items[k].after))
			return &pairs->items[k];
	}
	return NULL;
}

static bool may_be_one_text(const struct pairs *pairs, struct tl_str before, struct tl_str after)
{
	size_t i = 0, j = 0;

	while (i < before.len || j < after.len) {
		const struct pair *pair = pair_at(pairs, before, i, after, j);

		if (pair) {
			i += pair->before.len;
			j += pair->after.len;
		} else if (i < before.len && j < after.len && before.ptr[i] == after.ptr[j]) {
			i++;
			j++;
		} else {
			return false;
		}
	}
	return true;
}

/* A number or a boolean that a placeholder became: only as a whole. */
static bool may_be_one_scalar(const struct pairs *pairs, const struct tl_item *before, const struct tl_item *after)
{
	struct tl_buf texts[2] = { { NULL } };
	bool same = false;

	tl_json_canonical(&texts[0], before);
	tl_json_canonical(&texts[1], after);
	for (size_t k = 0; k < pairs->count && !same; k++)
		same = tl_str_equal(tl_buf_view(&texts[0]), pairs->items[k].before) && tl_str_equal(tl_buf_view(&texts[1]), pairs->items[k].after);
	tl_buf_clear(&texts[0]);
	tl_buf_clear(&texts[1]);
	return same;
}

/* Recursion is bounded by the readers' depth. */
static bool may_be_one(const struct pairs *pairs, const struct tl_item *before, const struct tl_item *after)
{
	const struct tl_item *left, *right;

	if (!before || !after || before->kind != after->kind || !tl_str_equal(before->key, after->key))
		return false;
	if (before->kind == TL_STRING)
		return may_be_one_text(pairs, before->text, after->text);
	if (before->kind != TL_LIST && before->kind != TL_MAP)
		return tl_item_equal(before, after) || may_be_one_scalar(pairs, before, after);
	for (left = before->first, right = after->first; left && right; left = left->next, right = right->next) {
		if (!may_be_one(pairs, left, right))
			return false;
	}
	return !left && !right;
}

static void forgive_fields(struct tl_fields *fields, const struct pairs *pairs)
{
	size_t count = 0;

	for (size_t i = 0; i < fields->count; i++) {
		if (!may_be_one(pairs, fields->items[i].before, fields->items[i].after))
			fields->items[count++] = fields->items[i];
	}
	fields->count = count;
}

void tl_diff_forgive(struct tl_flow_change *flow, const struct tl_map *before, const struct tl_map *after)
{
	struct pairs pairs;
	size_t count = 0;

	if (flow->change != TL_DIFFERENT)
		return;
	pairs_init(&pairs, before, after);
	forgive_fields(&flow->fields, &pairs);
	for (size_t i = 0; i < flow->n_nodes; i++) {
		struct tl_node_change node = flow->nodes[i];

		forgive_fields(&node.fields, &pairs);
		if (node.change != TL_DIFFERENT || node.fields.count > 0)
			flow->nodes[count++] = node;
	}
	flow->n_nodes = count;
	flow->change = tl_flow_change_differs(flow) ? TL_DIFFERENT : TL_SAME;
	free(pairs.items);
}

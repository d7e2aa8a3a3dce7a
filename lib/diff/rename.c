/* diff/rename.c: a node's features are hashes of its fields and of the places in other nodes that lead to it; nodes that share rare ones
 * are candidates, and the best candidates are joined first. */
#include "diff/rename.h"

#include <stdlib.h>
#include <string.h>

#include "diff/shadow.h"

/* A feature that more nodes have than that makes no candidates. */
#define COMMON 32

struct features {
	uint64_t *items; /* sorted */
	size_t count, capacity;
	uint64_t content; /* of all fields together */
	uint64_t type;
};

/* One side: features of the nodes without a partner. */
struct side {
	const struct tl_nodes *nodes;
	struct features *features; /* by index of nodes */
};

static bool is_loose(const struct tl_nodes *nodes, struct tl_str name)
{
	uint32_t index = tl_map_index(&nodes->names, name);

	return index != TL_NONE && nodes->partner[index] == TL_NONE;
}

static void add_feature(struct features *features, uint64_t feature)
{
	features->items = tl_grow(features->items, &features->capacity, features->count + 1, sizeof(*features->items));
	features->items[features->count++] = feature;
}

/* The leaves of a tree, as they are told apart: names of nodes without a partner are all alike, as they may be other ones. */
static void add_fields(struct side *side, struct features *features, const struct tl_item *item, enum tl_place_kind in, uint64_t path)
{
	uint64_t value, index = 0;

	if (item->kind == TL_LIST || item->kind == TL_MAP) {
		features->content = tl_hash_join(features->content, path ^ item->count);
		for (const struct tl_item *child = item->first; child; child = child->next, index++)
			add_fields(side, features, child, tl_place_below(in, child),
			           tl_hash_join(path, item->kind == TL_MAP ? tl_str_hash(child->key) : index));
		return;
	}
	value = tl_place_is_reference(in, item) && is_loose(side->nodes, item->text) ? 1 : tl_tree_hash(item);
	add_feature(features, tl_hash_join(path, value));
	features->content = tl_hash_join(features->content, tl_hash_join(path, value));
}

/* Places of nodes that have a partner (and of the flow) that lead to one that has none. */
static void add_places(struct side *side, const struct tl_item *item, enum tl_place_kind in, uint64_t path)
{
	uint64_t index = 0;

	if (tl_place_is_reference(in, item) && is_loose(side->nodes, item->text))
		add_feature(&side->features[tl_map_index(&side->nodes->names, item->text)], tl_hash_join(path, 2));
	if (item->kind != TL_LIST && item->kind != TL_MAP)
		return;
	for (const struct tl_item *child = item->first; child; child = child->next, index++)
		add_places(side, child, tl_place_below(in, child),
		           tl_hash_join(path, item->kind == TL_MAP ? tl_str_hash(child->key) : index));
}

static int compare_hashes(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void side_init(struct side *side, const struct tl_nodes *nodes)
{
	side->nodes = nodes;
	side->features = tl_alloc_zero((size_t)nodes->count + 1, sizeof(*side->features));
	for (const struct tl_item *item = nodes->tree->first; item; item = item->next) {
		if (!tl_str_is(item->key, "nodes"))
			add_places(side, item, tl_place_below(TL_IN_FLOW, item), tl_str_hash(item->key));
	}
	for (uint32_t i = 0; i < nodes->count; i++) {
		struct features *features = &side->features[i];

		if (nodes->partner[i] != TL_NONE) {
			add_places(side, nodes->items[i], TL_IN_NODE, tl_hash_join(3, tl_str_hash(nodes->items[i]->key)));
			continue;
		}
		features->type = tl_str_hash(tl_item_text(nodes->items[i], "type"));
		for (const struct tl_item *item = nodes->items[i]->first; item; item = item->next) {
			if (!tl_str_is(item->key, "type"))
				add_fields(side, features, item, tl_place_below(TL_IN_NODE, item), tl_str_hash(item->key));
		}
		features->content = tl_hash_join(features->content, features->type);
	}
	for (uint32_t i = 0; i < nodes->count; i++) {
		if (side->features[i].count > 0)
			qsort(side->features[i].items, side->features[i].count, sizeof(uint64_t), compare_hashes);
	}
}

static void side_clear(struct side *side)
{
	for (uint32_t i = 0; i < side->nodes->count; i++)
		free(side->features[i].items);
	free(side->features);
}

/* ---- candidates */

struct candidate {
	uint32_t before, after;
	bool equal;
	double score; /* the share of features that both have */
};

struct candidates {
	struct candidate *items;
	size_t count, capacity;
};

static double score_of(const struct features *a, const struct features *b)
{
	size_t i = 0, j = 0, shared = 0, most = a->count > b->count ? a->count : b->count;

	while (i < a->count && j < b->count) {
		shared += a->items[i] == b->items[j];
		if (a->items[i] < b->items[j])
			i++;
		else if (a->items[i] > b->items[j])
			j++;
		else
			i++, j++;
	}
	return most > 0 ? (double)shared / (double)most : 0;
}

static void add_candidate(struct candidates *candidates, const struct side *before, const struct side *after, uint32_t b, uint32_t a)
{
	const struct features *left = &before->features[b], *right = &after->features[a];
	struct candidate candidate = { b, a, left->content == right->content, score_of(left, right) };

	if (left->type != right->type || (!candidate.equal && candidate.score <= 0.5))
		return;
	candidates->items = tl_grow(candidates->items, &candidates->capacity, candidates->count + 1, sizeof(*candidates->items));
	candidates->items[candidates->count++] = candidate;
}

/* A feature (or content) and a node that has it. */
struct posting {
	uint64_t feature;
	uint32_t node;
};

static int compare_postings(const void *left, const void *right)
{
	const struct posting *a = left, *b = right;

	if (a->feature != b->feature)
		return a->feature < b->feature ? -1 : 1;
	return (a->node > b->node) - (a->node < b->node);
}

static struct posting *postings_of(const struct side *side, size_t *count)
{
	struct posting *postings = NULL;
	size_t capacity = 0;

	*count = 0;
	for (uint32_t i = 0; i < side->nodes->count; i++) {
		const struct features *features = &side->features[i];

		if (side->nodes->partner[i] != TL_NONE)
			continue;
		postings = tl_grow(postings, &capacity, *count + features->count + 1, sizeof(*postings));
		for (size_t n = 0; n < features->count; n++)
			postings[(*count)++] = (struct posting){ features->items[n], i };
		postings[(*count)++] = (struct posting){ features->content, i };
	}
	if (*count > 0)
		qsort(postings, *count, sizeof(*postings), compare_postings);
	return postings;
}

static int compare_pairs(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->before != b->before)
		return a->before < b->before ? -1 : 1;
	return (a->after > b->after) - (a->after < b->after);
}

static int compare_candidates(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->equal != b->equal)
		return a->equal ? -1 : 1;
	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return compare_pairs(a, b);
}

static size_t run_of(const struct posting *postings, size_t at, size_t count)
{
	size_t end = at;

	while (end < count && postings[end].feature == postings[at].feature)
		end++;
	return end - at;
}

/* Pairs of nodes that share a feature which is not too common, each once. */
static void pair_up(struct candidates *pairs, const struct side *before, const struct side *after)
{
	size_t n_before, n_after, i = 0, j = 0, kept = 0;
	struct posting *left = postings_of(before, &n_before), *right = postings_of(after, &n_after);

	while (i < n_before && j < n_after) {
		size_t rows = run_of(left, i, n_before), columns = run_of(right, j, n_after);

		if (left[i].feature == right[j].feature && rows <= COMMON && columns <= COMMON) {
			pairs->items = tl_grow(pairs->items, &pairs->capacity, pairs->count + rows * columns, sizeof(*pairs->items));
			for (size_t n = 0; n < rows * columns; n++)
				pairs->items[pairs->count++] = (struct candidate){ left[i + n / columns].node, right[j + n % columns].node, false, 0 };
		}
		if (left[i].feature <= right[j].feature) {
			bool both = left[i].feature == right[j].feature;

			i += rows;
			j += both ? columns : 0;
		} else {
			j += columns;
		}
	}
	free(left);
	free(right);
	if (pairs->count > 0)
		qsort(pairs->items, pairs->count, sizeof(*pairs->items), compare_pairs);
	for (size_t n = 0; n < pairs->count; n++) {
		if (kept == 0 || compare_pairs(&pairs->items[kept - 1], &pairs->items[n]) != 0)
			pairs->items[kept++] = pairs->items[n];
	}
	pairs->count = kept;
}

static void join(struct tl_nodes *before, struct tl_nodes *after, uint32_t b, uint32_t a)
{
	if (before->partner[b] != TL_NONE || after->partner[a] != TL_NONE)
		return;
	before->partner[b] = a;
	after->partner[a] = b;
}

static void join_best(struct tl_nodes *before, struct tl_nodes *after, const struct side *left, const struct side *right)
{
	struct candidates pairs = { 0 }, candidates = { 0 };

	pair_up(&pairs, left, right);
	for (size_t i = 0; i < pairs.count; i++)
		add_candidate(&candidates, left, right, pairs.items[i].before, pairs.items[i].after);
	if (candidates.count > 0)
		qsort(candidates.items, candidates.count, sizeof(*candidates.items), compare_candidates);
	for (size_t i = 0; i < candidates.count; i++)
		join(before, after, candidates.items[i].before, candidates.items[i].after);
	free(pairs.items);
	free(candidates.items);
}

/* Of nodes that many others equal, those that are left, in order. */
static void join_equal(struct tl_nodes *before, struct tl_nodes *after, const struct side *left, const struct side *right)
{
	size_t n_left = 0, n_right = 0, i = 0, j = 0;
	struct posting *b = tl_alloc_zero((size_t)before->count + 1, sizeof(*b)), *a = tl_alloc_zero((size_t)after->count + 1, sizeof(*a));

	for (uint32_t n = 0; n < before->count; n++) {
		if (before->partner[n] == TL_NONE)
			b[n_left++] = (struct posting){ left->features[n].content, n };
	}
	for (uint32_t n = 0; n < after->count; n++) {
		if (after->partner[n] == TL_NONE)
			a[n_right++] = (struct posting){ right->features[n].content, n };
	}
	qsort(b, n_left, sizeof(*b), compare_postings);
	qsort(a, n_right, sizeof(*a), compare_postings);
	while (i < n_left && j < n_right) {
		if (b[i].feature < a[j].feature)
			i++;
		else if (b[i].feature > a[j].feature)
			j++;
		else
			join(before, after, b[i++].node, a[j++].node);
	}
	free(b);
	free(a);
}

void tl_rename_find(struct tl_nodes *before, struct tl_nodes *after)
{
	struct side left, right;
	uint32_t loose_before = 0, loose_after = 0;

	for (uint32_t i = 0; i < before->count; i++)
		loose_before += before->partner[i] == TL_NONE;
	for (uint32_t i = 0; i < after->count; i++)
		loose_after += after->partner[i] == TL_NONE;
	if (loose_before == 0 || loose_after == 0)
		return;
	side_init(&left, before);
	side_init(&right, after);
	join_best(before, after, &left, &right);
	join_equal(before, after, &left, &right);
	side_clear(&left);
	side_clear(&right);
}

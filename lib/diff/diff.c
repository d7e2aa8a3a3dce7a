/* diff/diff.c: sets of flows by id, a flow's nodes by name and by what they are, then setting by setting. */
#include "diff/diff.h"

#include <stdlib.h>
#include <string.h>

#include "diff/fields.h"
#include "diff/rename.h"
#include "diff/shadow.h"
#include "flow/canonical.h"
#include "platform/platform.h"

const char *tl_difference_name(enum tl_difference difference)
{
	static const char *const names[] = { "same", "added", "removed", "changed", "moved", "renamed" };

	return names[difference];
}

void tl_version_of_flow(struct tl_version_of *out, struct tl_arena *arena, const struct tl_flow *flow, bool ordered)
{
	struct tl_str *order = TL_ARENA_ARRAY(arena, struct tl_str, (size_t)flow->n_nodes + 1);

	for (uint32_t i = 0; i < flow->n_nodes; i++)
		order[i] = flow->nodes[i].name.text;
	*out = (struct tl_version_of){
		.flow = tl_flow_key(flow),
		.renamed_from = flow->renamed_from.text,
		.tree = tl_flow_shown(arena, flow),
		.version = flow->version,
		.status = flow->status.len > 0 ? flow->status.ptr : NULL,
		.order = ordered ? order : NULL,
		.n_order = ordered ? flow->n_nodes : 0,
	};
}

/* ---- nodes */

static void add_node(struct tl_nodes *nodes, const struct tl_item *item)
{
	bool made;
	struct tl_map_entry *entry = tl_map_put(&nodes->names, item->key, &made);

	if (!made)
		return;
	entry->value.index = nodes->count;
	nodes->partner[nodes->count] = TL_NONE;
	nodes->items[nodes->count++] = item;
}

/* In document order, what that does not name (or all) by name. */
static void nodes_init(struct tl_nodes *nodes, struct tl_arena *arena, const struct tl_version_of *version)
{
	const struct tl_item *map = version ? tl_item_get(version->tree, "nodes") : NULL, *first = map ? map->first : NULL;
	size_t room = (map ? map->count : 0) + 1u;
	struct tl_map by_name = { 0 };

	*nodes = (struct tl_nodes){ .tree = version ? version->tree : NULL };
	nodes->items = TL_ARENA_ARRAY(arena, const struct tl_item *, room);
	nodes->partner = TL_ARENA_ARRAY(arena, uint32_t, room);
	for (const struct tl_item *item = first; item; item = item->next)
		tl_map_put(&by_name, item->key, NULL)->value.ptr = (void *)(uintptr_t)item;
	for (size_t i = 0; version && i < version->n_order; i++) {
		const struct tl_item *item = tl_map_ptr(&by_name, version->order[i]);

		if (item)
			add_node(nodes, item);
	}
	for (const struct tl_item *item = first; item; item = item->next)
		add_node(nodes, item);
	tl_map_clear(&by_name);
}

static void join_by_name(struct tl_nodes *before, struct tl_nodes *after)
{
	for (uint32_t i = 0; i < before->count; i++) {
		uint32_t other = tl_map_index(&after->names, before->items[i]->key);

		before->partner[i] = other;
		if (other != TL_NONE)
			after->partner[other] = i;
	}
}

/* Old names to new ones. */
static void collect_renames(struct tl_map *renames, const struct tl_nodes *before, const struct tl_nodes *after)
{
	for (uint32_t i = 0; i < before->count; i++) {
		const struct tl_item *other = before->partner[i] == TL_NONE ? NULL : after->items[before->partner[i]];

		if (other && !tl_str_equal(before->items[i]->key, other->key))
			tl_map_put(renames, before->items[i]->key, NULL)->value.ptr = (void *)(uintptr_t)&other->key;
	}
}

/* Which nodes of `after` stand elsewhere: those that are not on a longest run of nodes in the order they had. */
static bool *find_moved(const struct tl_nodes *after)
{
	bool *moved = tl_alloc_zero((size_t)after->count + 1, sizeof(bool));
	uint32_t *last = tl_alloc_zero((size_t)after->count + 1, sizeof(uint32_t)); /* by length: the node that ends such a run */
	uint32_t *previous = tl_alloc_zero((size_t)after->count + 1, sizeof(uint32_t));
	uint32_t length = 0;

	for (uint32_t i = 0; i < after->count; i++) {
		uint32_t low = 0, high = length;

		if (after->partner[i] == TL_NONE)
			continue;
		moved[i] = true;
		while (low < high) {
			uint32_t middle = (low + high) / 2;

			if (after->partner[last[middle]] < after->partner[i])
				low = middle + 1;
			else
				high = middle;
		}
		previous[i] = low > 0 ? last[low - 1] : TL_NONE;
		last[low] = i;
		length += low == length;
	}
	for (uint32_t i = length > 0 ? last[length - 1] : TL_NONE; i != TL_NONE; i = previous[i])
		moved[i] = false;
	free(last);
	free(previous);
	return moved;
}

/* The same name in another container: an Architect action that moved. */
static bool is_other_container(struct tl_str before, struct tl_str after)
{
	size_t a = before.len, b = after.len;

	while (a > 0 && before.ptr[a - 1] != '/')
		a--;
	while (b > 0 && after.ptr[b - 1] != '/')
		b--;
	return (a > 0 || b > 0) && tl_str_equal(tl_str_slice(before, a, before.len), tl_str_slice(after, b, after.len));
}

static void compare_node(struct tl_node_change *out, struct tl_arena *arena, const struct tl_item *before, const struct tl_item *after,
                         const struct tl_map *renames, bool moved)
{
	struct tl_fields_maker compare = { .arena = arena, .fields = &out->fields };
	bool same_name = tl_str_equal(before->key, after->key);

	*out = (struct tl_node_change){ .node = after->key, .type = tl_item_text(after, "type"), .before = before, .after = after };
	if (renames->count > 0 || !tl_item_equal(before, after))
		tl_fields_members(&compare, tl_shadow(arena, before, TL_IN_NODE, renames), after, NULL);
	if (!same_name) {
		out->change = is_other_container(before->key, after->key) ? TL_MOVED : TL_RENAMED;
		out->was = before->key;
	} else if (out->fields.count == 1 && tl_str_is(out->fields.items[0].field, "routine")) {
		out->change = TL_MOVED;
	} else if (out->fields.count > 0) {
		out->change = TL_DIFFERENT;
	} else {
		out->change = moved ? TL_MOVED : TL_SAME;
	}
}

static void lone_node(struct tl_flow_change *out, enum tl_difference change, const struct tl_item *item)
{
	out->nodes[out->n_nodes++] = (struct tl_node_change){
		.change = change, .node = item->key, .type = tl_item_text(item, "type"),
		.before = change == TL_GONE ? item : NULL, .after = change == TL_NEW ? item : NULL,
	};
}

/* By name; one that is gone before a new one. */
static int by_node(const void *a, const void *b)
{
	const struct tl_node_change *x = a, *y = b;
	int order = tl_str_compare(x->node, y->node);

	return order != 0 ? order : (x->change != TL_GONE) - (y->change != TL_GONE);
}

static void compare_nodes(struct tl_flow_change *out, struct tl_arena *arena, const struct tl_nodes *before, const struct tl_nodes *after,
                          const struct tl_map *renames, bool ordered)
{
	bool *moved = find_moved(after);

	out->node_capacity = (size_t)before->count + after->count + 1;
	out->nodes = TL_ARENA_ARRAY(arena, struct tl_node_change, out->node_capacity);
	for (uint32_t i = 0; i < after->count; i++) {
		struct tl_node_change *node = &out->nodes[out->n_nodes];

		if (after->partner[i] == TL_NONE) {
			lone_node(out, TL_NEW, after->items[i]);
			continue;
		}
		compare_node(node, arena, before->items[after->partner[i]], after->items[i], renames, ordered && moved[i]);
		out->n_nodes += node->change != TL_SAME;
	}
	for (uint32_t i = 0; i < before->count; i++) {
		if (before->partner[i] == TL_NONE)
			lone_node(out, TL_GONE, before->items[i]);
	}
	qsort(out->nodes, out->n_nodes, sizeof(*out->nodes), by_node);
	free(moved);
}

/* ---- one flow */

/* A number; of a version with a part behind the point a text: "1.10" is no number. */
static const struct tl_item *version_item(struct tl_arena *arena, int64_t version)
{
	struct tl_str text = tl_version_text(arena, version);

	return tl_str_find(text, TL_STR("."), 0) == SIZE_MAX ? tl_item_number(arena, (double)version) : tl_item_string(arena, text);
}

/* What the platform says of a deployed version, beside the flow itself: where both sides are known. */
static void compare_deployed(struct tl_fields_maker *compare, const struct tl_version_of *before, const struct tl_version_of *after)
{
	struct tl_arena *arena = compare->arena;

	if (before->version > 0 && after->version > 0 && before->version != after->version)
		tl_fields_add(compare, TL_STR("version"), version_item(arena, before->version), version_item(arena, after->version));
	if (before->status && after->status && strcmp(before->status, after->status) != 0)
		tl_fields_add(compare, TL_STR("status"), tl_item_string(arena, tl_str(before->status)), tl_item_string(arena, tl_str(after->status)));
}

/* One entry of it on each side, where they differ. */
static void compare_beside(struct tl_fields_maker *compare, const char *what, const struct tl_item *before, const struct tl_item *after)
{
	const struct tl_item *item = before ? before : after;
	struct tl_str path = tl_arena_printf(compare->arena, "%s.%.*s", what, TL_FMT(item->key));

	if (!before || !after || !tl_item_equal(before, after))
		tl_fields_add(compare, path, before, after);
}

/* The audio and the schedules that the flow uses. */
static void compare_all_beside(struct tl_fields_maker *compare, const struct tl_version_of *before, const struct tl_version_of *after)
{
	static const char *const table[] = { "audio", "schedules" };

	for (size_t i = 0; before->knows_beside && after->knows_beside && i < TL_COUNT(table); i++) {
		const struct tl_item *left = before->beside ? tl_item_get(before->beside, table[i]) : NULL;
		const struct tl_item *right = after->beside ? tl_item_get(after->beside, table[i]) : NULL;

		for (const struct tl_item *item = left ? left->first : NULL; item; item = item->next)
			compare_beside(compare, table[i], item, right ? tl_item_get_str(right, item->key) : NULL);
		for (const struct tl_item *item = right ? right->first : NULL; item; item = item->next) {
			if (!left || !tl_item_get_str(left, item->key))
				compare_beside(compare, table[i], NULL, item);
		}
	}
}

bool tl_flow_change_differs(const struct tl_flow_change *flow)
{
	if (flow->was.len > 0 || flow->fields.count > 0)
		return true;
	for (size_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_node_change *node = &flow->nodes[i];

		if (node->change != TL_MOVED || node->was.len > 0 || node->fields.count > 0)
			return true;
	}
	return false;
}

static void compare_versions(struct tl_flow_change *out, struct tl_arena *arena, const struct tl_version_of *before,
                             const struct tl_version_of *after, struct tl_nodes *left, struct tl_nodes *right)
{
	struct tl_fields_maker compare = { .arena = arena, .fields = &out->fields };
	struct tl_map renames = { 0 };

	join_by_name(left, right);
	tl_rename_find(left, right);
	collect_renames(&renames, left, right);
	if (!tl_str_equal(before->flow, after->flow))
		out->was = before->flow;
	compare_deployed(&compare, before, after);
	compare_all_beside(&compare, before, after);
	tl_fields_members(&compare, tl_shadow(arena, before->tree, TL_IN_FLOW, &renames), after->tree, "nodes");
	compare_nodes(out, arena, left, right, &renames, before->order && after->order);
	out->change = tl_flow_change_differs(out) ? TL_DIFFERENT : TL_SAME;
	tl_map_clear(&renames);
}

void tl_diff_flow(struct tl_flow_change *out, struct tl_arena *arena, const struct tl_version_of *before, const struct tl_version_of *after)
{
	struct tl_nodes left, right;
	struct tl_map none = { 0 };

	memset(out, 0, sizeof(*out));
	out->flow = after ? after->flow : before->flow;
	out->change = !before ? TL_NEW : !after ? TL_GONE : TL_SAME;
	out->before = before ? before->tree : NULL;
	out->after = after ? after->tree : NULL;
	nodes_init(&left, arena, before);
	nodes_init(&right, arena, after);
	if (before && after)
		compare_versions(out, arena, before, after, &left, &right);
	else
		compare_nodes(out, arena, &left, &right, &none, false);
	tl_map_clear(&left.names);
	tl_map_clear(&right.names);
}

/* ---- sets */

/* The flows of a side by id, each id once. */
struct ids {
	struct tl_map map; /* id -> index */
	struct tl_map_entry *sorted;
	size_t count;
};

static int by_key(const void *a, const void *b)
{
	return tl_str_compare(((const struct tl_map_entry *)a)->key, ((const struct tl_map_entry *)b)->key);
}

static void ids_init(struct ids *ids, struct tl_arena *arena, const struct tl_version_of *flows, size_t count)
{
	*ids = (struct ids){ .count = 0 };
	for (size_t i = 0; i < count; i++) {
		bool made;
		struct tl_map_entry *entry = tl_map_put(&ids->map, flows[i].flow, &made);

		if (made)
			entry->value.index = (uint32_t)i;
	}
	ids->count = ids->map.count;
	ids->sorted = TL_ARENA_ARRAY(arena, struct tl_map_entry, ids->count + 1);
	if (ids->count > 0)
		memcpy(ids->sorted, ids->map.entries, ids->count * sizeof(*ids->sorted));
	qsort(ids->sorted, ids->count, sizeof(*ids->sorted), by_key);
}

/* The version of `before` that this one comes from: of the same id, or of the id that it had, where nothing else has that now. */
static uint32_t origin(const struct ids *before, const struct ids *after, const struct tl_version_of *flow)
{
	uint32_t index = tl_map_index(&before->map, flow->flow);

	if (index != TL_NONE || flow->renamed_from.len == 0 || tl_map_find(&after->map, flow->renamed_from))
		return index;
	return tl_map_index(&before->map, flow->renamed_from);
}

size_t tl_diff_pairs(struct tl_diff_pair **out, struct tl_arena *arena, const struct tl_version_of *before, size_t n_before,
                     const struct tl_version_of *after, size_t n_after)
{
	struct ids left, right;
	bool *used = TL_ARENA_ARRAY(arena, bool, n_before + 1);
	size_t *origins, n = 0, i = 0, j = 0;

	ids_init(&left, arena, before, n_before);
	ids_init(&right, arena, after, n_after);
	origins = TL_ARENA_ARRAY(arena, size_t, right.count + 1);
	*out = TL_ARENA_ARRAY(arena, struct tl_diff_pair, left.count + right.count + 1);
	for (size_t k = 0; k < right.count; k++) {
		uint32_t index = origin(&left, &right, &after[right.sorted[k].value.index]);

		origins[k] = index != TL_NONE && !used[index] ? index : SIZE_MAX;
		if (index != TL_NONE)
			used[index] = true;
	}
	while (i < left.count || j < right.count) {
		if (i < left.count && used[left.sorted[i].value.index]) {
			i++;
		} else if (j == right.count || (i < left.count && tl_str_compare(left.sorted[i].key, right.sorted[j].key) < 0)) {
			(*out)[n++] = (struct tl_diff_pair){ left.sorted[i++].value.index, SIZE_MAX };
		} else {
			(*out)[n++] = (struct tl_diff_pair){ origins[j], right.sorted[j].value.index };
			j++;
		}
	}
	tl_map_clear(&left.map);
	tl_map_clear(&right.map);
	return n;
}

void tl_diff_sets(struct tl_diff *out, struct tl_arena *arena, const struct tl_version_of *before, size_t n_before,
                  const struct tl_version_of *after, size_t n_after)
{
	struct tl_diff_pair *pairs;

	memset(out, 0, sizeof(*out));
	out->count = tl_diff_pairs(&pairs, arena, before, n_before, after, n_after);
	out->flows = TL_ARENA_ARRAY(arena, struct tl_flow_change, out->count + 1);
	out->same = true;
	for (size_t i = 0; i < out->count; i++) {
		tl_diff_flow(&out->flows[i], arena, pairs[i].before == SIZE_MAX ? NULL : &before[pairs[i].before],
		             pairs[i].after == SIZE_MAX ? NULL : &after[pairs[i].after]);
		out->same = out->same && out->flows[i].change == TL_SAME;
	}
}

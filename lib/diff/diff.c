/* diff/diff.c: sets of flows by id, a flow's settings and nodes by name. */
#include "diff/diff.h"

#include <stdlib.h>
#include <string.h>

#include "diff/fields.h"
#include "diff/rename.h"

const char *tl_difference_name(enum tl_difference difference)
{
	static const char *const names[] = { "same", "added", "removed", "changed", "moved", "renamed" };

	return names[difference];
}

/* ---- nodes */

static struct tl_node_change *add_node(struct tl_flow_change *out, struct tl_arena *arena, enum tl_difference change, struct tl_str name)
{
	if (out->n_nodes == out->node_capacity) {
		struct tl_node_change *more = TL_ARENA_ARRAY(arena, struct tl_node_change, out->node_capacity * 2 + 8);

		if (out->n_nodes > 0)
			memcpy(more, out->nodes, out->n_nodes * sizeof(*more));
		out->nodes = more;
		out->node_capacity = out->node_capacity * 2 + 8;
	}
	out->nodes[out->n_nodes] = (struct tl_node_change){ .change = change, .node = name };
	return &out->nodes[out->n_nodes++];
}

/* The node of that name in another container: an Architect action that moved. */
static bool is_moved(struct tl_str before, struct tl_str after)
{
	size_t a = before.len, b = after.len;

	while (a > 0 && before.ptr[a - 1] != '/')
		a--;
	while (b > 0 && after.ptr[b - 1] != '/')
		b--;
	return (a > 0 || b > 0) && tl_str_equal(tl_str_slice(before, a, before.len), tl_str_slice(after, b, after.len));
}

static void compare_nodes(struct tl_flow_change *out, struct tl_arena *arena, const struct tl_map *renamed, const struct tl_item *before,
                          const struct tl_item *after)
{
	struct tl_fields fields = { 0 };
	struct tl_compare compare = { arena, &fields, renamed };
	bool same_name = tl_str_equal(before->key, after->key);
	struct tl_node_change *node;

	tl_compare_members(&compare, (struct tl_str){ 0 }, before, after, NULL);
	if (same_name && fields.count == 0)
		return;
	node = add_node(out, arena, same_name ? TL_DIFFERENT : is_moved(before->key, after->key) ? TL_MOVED : TL_RENAMED, after->key);
	if (!same_name)
		node->was = before->key;
	node->type = tl_item_text(after, "type");
	node->fields = fields;
	node->before = before;
	node->after = after;
}

static void lone_node(struct tl_flow_change *out, struct tl_arena *arena, enum tl_difference change, const struct tl_item *item)
{
	struct tl_node_change *node = add_node(out, arena, change, item->key);

	node->type = tl_item_text(item, "type");
	node->before = change == TL_GONE ? item : NULL;
	node->after = change == TL_NEW ? item : NULL;
}

static int by_node(const void *a, const void *b)
{
	return tl_str_compare(((const struct tl_node_change *)a)->node, ((const struct tl_node_change *)b)->node);
}

static void index_nodes(struct tl_map *map, const struct tl_item *nodes)
{
	for (const struct tl_item *item = nodes ? nodes->first : NULL; item; item = item->next)
		tl_map_put(map, item->key, NULL)->value.ptr = (void *)(uintptr_t)item;
}

static void diff_nodes(struct tl_flow_change *out, struct tl_arena *arena, const struct tl_map *renamed, const struct tl_item *before,
                       const struct tl_item *after)
{
	struct tl_map names = { 0 }, taken = { 0 };

	index_nodes(&names, after);
	for (const struct tl_item *item = before ? before->first : NULL; item; item = item->next) {
		const struct tl_str *now = tl_map_ptr(renamed, item->key);
		const struct tl_item *match = tl_map_ptr(&names, now ? *now : item->key);

		if (match) {
			tl_map_put(&taken, match->key, NULL);
			compare_nodes(out, arena, renamed, item, match);
		} else {
			lone_node(out, arena, TL_GONE, item);
		}
	}
	for (const struct tl_item *item = after ? after->first : NULL; item; item = item->next) {
		if (!tl_map_find(&taken, item->key))
			lone_node(out, arena, TL_NEW, item);
	}
	if (out->n_nodes > 0)
		qsort(out->nodes, out->n_nodes, sizeof(*out->nodes), by_node);
	tl_map_clear(&names);
	tl_map_clear(&taken);
}

/* ---- one flow */

static struct tl_item *number_or_null(struct tl_arena *arena, int64_t number)
{
	return number > 0 ? tl_item_number(arena, (double)number) : NULL;
}

/* What the platform says of a deployed version, beside the flow itself. */
static void compare_deployed(struct tl_compare *compare, const struct tl_version_of *before, const struct tl_version_of *after)
{
	struct tl_arena *arena = compare->arena;

	if (before->version > 0 && after->version > 0)
		tl_compare_items(compare, TL_STR("version"), number_or_null(arena, before->version), number_or_null(arena, after->version));
	if (before->status && after->status)
		tl_compare_items(compare, TL_STR("status"), tl_item_string(arena, tl_str(before->status)), tl_item_string(arena, tl_str(after->status)));
}

void tl_diff_flow(struct tl_flow_change *out, struct tl_arena *arena, const struct tl_version_of *before, const struct tl_version_of *after)
{
	struct tl_map renamed = { 0 };
	struct tl_compare compare = { arena, &out->fields, &renamed };

	memset(out, 0, sizeof(*out));
	out->flow = after ? after->flow : before->flow;
	out->change = !before ? TL_NEW : !after ? TL_GONE : TL_SAME;
	if (!before || !after)
		return;
	if (!tl_str_equal(before->flow, after->flow))
		out->was = before->flow;
	compare_deployed(&compare, before, after);
	if (!tl_item_equal(before->tree, after->tree)) {
		const struct tl_item *nodes = tl_item_get(before->tree, "nodes"), *others = tl_item_get(after->tree, "nodes");

		tl_find_renamed(&renamed, arena, nodes, others);
		tl_compare_members(&compare, (struct tl_str){ 0 }, before->tree, after->tree, "nodes");
		diff_nodes(out, arena, &renamed, nodes, others);
	}
	if (out->was.len > 0 || out->fields.count > 0 || out->n_nodes > 0)
		out->change = TL_DIFFERENT;
	tl_map_clear(&renamed);
}

/* ---- sets */

static int by_flow(const void *a, const void *b)
{
	return tl_str_compare(((const struct tl_flow_change *)a)->flow, ((const struct tl_flow_change *)b)->flow);
}

static void index_flows(struct tl_map *map, const struct tl_version_of *flows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		tl_map_put(map, flows[i].flow, NULL)->value.index = (uint32_t)i;
}

/* The version of `before` that this one comes from: of the same id, or of the id that it had, where nothing else has that now. */
static uint32_t origin(const struct tl_map *before, const struct tl_map *after, const struct tl_version_of *flow)
{
	uint32_t index = tl_map_index(before, flow->flow);

	if (index != TL_NONE || flow->renamed_from.len == 0 || tl_map_find(after, flow->renamed_from))
		return index;
	return tl_map_index(before, flow->renamed_from);
}

void tl_diff_sets(struct tl_diff *out, struct tl_arena *arena, const struct tl_version_of *before, size_t n_before,
                  const struct tl_version_of *after, size_t n_after)
{
	struct tl_map ids_before = { 0 }, ids_after = { 0 };
	bool *used = TL_ARENA_ARRAY(arena, bool, n_before + 1);

	memset(out, 0, sizeof(*out));
	out->flows = TL_ARENA_ARRAY(arena, struct tl_flow_change, n_before + n_after + 1);
	index_flows(&ids_before, before, n_before);
	index_flows(&ids_after, after, n_after);
	for (size_t i = 0; i < n_after; i++) {
		uint32_t index = origin(&ids_before, &ids_after, &after[i]);

		tl_diff_flow(&out->flows[out->count++], arena, index == TL_NONE ? NULL : &before[index], &after[i]);
		if (index != TL_NONE)
			used[index] = true;
	}
	for (size_t i = 0; i < n_before; i++) {
		if (!used[i])
			tl_diff_flow(&out->flows[out->count++], arena, &before[i], NULL);
	}
	if (out->count > 0)
		qsort(out->flows, out->count, sizeof(*out->flows), by_flow);
	out->same = true;
	for (size_t i = 0; i < out->count; i++)
		out->same = out->same && out->flows[i].change == TL_SAME;
	tl_map_clear(&ids_before);
	tl_map_clear(&ids_after);
}

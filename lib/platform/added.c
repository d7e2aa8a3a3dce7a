/* platform/added.c: what is kept beside the model, entry by entry. */
#include "platform/added.h"

#include "dialect/wire.h"

static bool is_one_of(struct tl_str key, const char *const *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (tl_str_is(key, table[i]))
			return true;
	}
	return false;
}

/* Documented members that a flow or node may go without, but for those with a place of their own. */
static bool is_optional(struct tl_str key)
{
	static const char *const table[] = { "environmentVariables", "name", "transition", "actions", "conditions" };

	return is_one_of(key, table, TL_COUNT(table));
}

/* What is kept of these is kept by entry. */
static bool is_section(struct tl_str key)
{
	static const char *const table[] = { "variables", "prompts", "actions", "conditions", "@items" };

	return is_one_of(key, table, TL_COUNT(table));
}

static bool is_empty(const struct tl_item *item)
{
	return item->kind == TL_NULL || ((item->kind == TL_LIST || item->kind == TL_MAP) && item->count == 0);
}

/* An optional member that holds nothing, or a start node that has only such beside its way on. */
static bool says_nothing(const struct tl_item *item)
{
	if (!tl_str_is(item->key, TL_WIRE_ENTRY))
		return is_optional(item->key) && is_empty(item);
	for (const struct tl_item *child = item->first; child; child = child->next) {
		if (!is_optional(child->key) || !is_empty(child))
			return false;
	}
	return true;
}

/* Whether all that `item` says is said by `other`: the same, or entries that are gone with what they were about. Recursion ends with the sections. */
static bool is_within(const struct tl_item *item, const struct tl_item *other)
{
	if (!other || tl_item_equal(item, other))
		return other != NULL;
	if (item->kind != TL_MAP || !is_section(item->key))
		return false;
	for (const struct tl_item *child = item->first; child; child = child->next) {
		if (!is_within(child, tl_item_get_str(other, child->key)))
			return false;
	}
	return true;
}

/* Whether the platform put `item` there: the file has no such thing, and it stands in `like`, of the other version, too, or says nothing. How a node of the wire becomes
 * several is no member at all. */
static bool is_added(const struct tl_item *item, const struct tl_item *like, const struct tl_item *ours)
{
	if (tl_item_get_str(ours, item->key) || tl_str_is(item->key, TL_WIRE_PART))
		return false;
	return is_within(item, tl_item_get_str(like, item->key)) || says_nothing(item);
}

/* What is left of `kept`; NULL where nothing is. */
static const struct tl_item *left_of(struct tl_arena *arena, const struct tl_item *kept, const struct tl_item *like, const struct tl_item *ours)
{
	struct tl_item *map = tl_item_new(arena, TL_MAP);

	for (const struct tl_item *item = kept ? kept->first : NULL; item; item = item->next) {
		if (!is_added(item, like, ours))
			tl_item_put(map, item->key, tl_item_copy(arena, item));
	}
	return map->count > 0 ? map : NULL;
}

static struct tl_node *find_node(const struct tl_flow *flow, const struct tl_node *like)
{
	uint32_t index = flow ? tl_map_index(&flow->node_names, like->name.text) : TL_NONE;

	return index != TL_NONE ? &flow->nodes[index] : NULL;
}

/* Settings that hold nothing are none, unless the file has them so. */
static void leave_out_settings(struct tl_flow *flow, const struct tl_flow *ours)
{
	if (flow->settings && is_empty(flow->settings) && !(ours->settings && is_empty(ours->settings)))
		flow->settings = NULL;
}

static void leave_out_nodes(struct tl_flow *theirs, struct tl_flow *base, const struct tl_flow *ours)
{
	for (uint32_t i = 0; i < theirs->n_nodes; i++) {
		struct tl_node *node = &theirs->nodes[i], *before = find_node(base, node);
		const struct tl_node *own = find_node(ours, node);
		const struct tl_item *kept = node->extras, *own_kept = own ? own->extras : NULL;

		node->extras = left_of(&theirs->arena, kept, before ? before->extras : NULL, own_kept);
		if (before && base != theirs)
			before->extras = left_of(&base->arena, before->extras, kept, own_kept);
	}
}

void tl_added_leave_out(struct tl_flow *theirs, struct tl_flow *base, const struct tl_flow *ours)
{
	const struct tl_item *kept = theirs->extras;

	leave_out_settings(theirs, ours);
	theirs->extras = left_of(&theirs->arena, kept, base == theirs ? kept : base ? base->extras : NULL, ours->extras);
	if (base && base != theirs) {
		leave_out_settings(base, ours);
		base->extras = left_of(&base->arena, base->extras, kept, ours->extras);
	}
	leave_out_nodes(theirs, base, ours);
}

static bool is_more(const struct tl_item *kept, const struct tl_item *ours)
{
	for (const struct tl_item *item = kept ? kept->first : NULL; item; item = item->next) {
		if (is_added(item, kept, ours))
			return true;
	}
	return false;
}

bool tl_added_is_any(const struct tl_flow *theirs, const struct tl_flow *ours)
{
	bool any = is_more(theirs->extras, ours->extras);

	for (uint32_t i = 0; i < theirs->n_nodes && !any; i++) {
		const struct tl_node *own = find_node(ours, &theirs->nodes[i]);

		any = is_more(theirs->nodes[i].extras, own ? own->extras : NULL);
	}
	return any;
}

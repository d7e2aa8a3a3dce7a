/* deploy/match.c: which of the platform's flows is whose: by the id that the project file gives, by the one that the ledger learnt, by the
 * one that a flow which was made on the platform carries, by its exact name; and by its former name where it was renamed. */
#include "deploy/plan.h"

struct finder {
	struct tl_match *match;
	struct tl_map by_id, by_name;  /* -> index of remotes */
	struct tl_map learnt;          /* flow -> index of deployed */
	struct tl_map owners;          /* platform's id -> flow that the ledger has there */
	struct tl_map wanted;          /* flow -> index of wanted */
	uint32_t *taken;               /* by index of remotes: by which wanted flow, or TL_NONE */
};

/* A name that two of them have says of neither that it is meant. */
static void index_name(struct finder *finder, uint32_t i)
{
	bool made;
	struct tl_map_entry *entry = tl_map_put(&finder->by_name, finder->match->remotes->items[i].name, &made);

	entry->value.index = made ? i : TL_NONE;
}

static void index_all(struct finder *finder)
{
	const struct tl_match *match = finder->match;

	for (uint32_t i = 0; i < match->remotes->count; i++) {
		tl_map_put(&finder->by_id, match->remotes->items[i].id, NULL)->value.index = i;
		index_name(finder, i);
	}
	for (uint32_t i = 0; i < match->deployed->count; i++) {
		tl_map_put(&finder->learnt, match->deployed->items[i].flow, NULL)->value.index = i;
		tl_map_put(&finder->owners, match->deployed->items[i].platform_id, NULL)->value.ptr = &match->deployed->items[i].flow;
	}
	for (uint32_t i = 0; i < match->wanted->count; i++)
		tl_map_put(&finder->wanted, match->wanted->items[i].flow, NULL)->value.index = i;
}

/* Whether nothing but a title would say that the remote is this flow, though the ledger knows it to be another one or people call this one something else. */
static bool is_another(const struct finder *finder, uint32_t remote, struct tl_str flow, struct tl_str title)
{
	const struct tl_remote *found = &finder->match->remotes->items[remote];
	const struct tl_str *owner = tl_map_ptr(&finder->owners, found->id);

	return found->titled && ((owner && !tl_str_equal(*owner, flow)) || (title.len > 0 && !tl_str_equal(found->title, title)));
}

/* The remote that people know by this title, where the platform's list does not say by which id of ours it goes; or TL_NONE. */
static uint32_t find_title(const struct finder *finder, struct tl_str flow, struct tl_str title)
{
	uint32_t found = tl_map_index(&finder->by_name, title);

	if (found == TL_NONE || title.len == 0 || is_another(finder, found, flow, title))
		return TL_NONE;
	return tl_str_equal(finder->match->remotes->items[found].title, title) ? found : TL_NONE;
}

/* The remote that goes by this flow's id or name, or TL_NONE; `title` may be empty. */
static uint32_t find(const struct finder *finder, struct tl_str flow, struct tl_str name, struct tl_str title)
{
	const struct tl_str *configured = tl_map_ptr(&finder->match->environment->ids, flow);
	uint32_t learnt, found;

	if (configured)
		return tl_map_index(&finder->by_id, *configured);
	learnt = tl_map_index(&finder->learnt, flow);
	if (learnt != TL_NONE) {
		found = tl_map_index(&finder->by_id, finder->match->deployed->items[learnt].platform_id);
		if (found != TL_NONE)
			return found;
	}
	found = tl_map_index(&finder->by_id, flow);
	if (found != TL_NONE)
		return found;
	found = tl_map_index(&finder->by_name, name);
	return found != TL_NONE && is_another(finder, found, flow, title) ? TL_NONE : found;
}

static void take(struct finder *finder, size_t wanted, uint32_t remote)
{
	if (remote == TL_NONE)
		return;
	if (finder->taken[remote] != TL_NONE) {
		finder->match->rival[wanted] = finder->taken[remote];
		return;
	}
	finder->taken[remote] = (uint32_t)wanted;
	finder->match->of_wanted[wanted] = remote;
}

/* A flow that was renamed takes over what its former id has, unless a flow of that id is still wanted. */
static void take_former(struct finder *finder, size_t i)
{
	const struct tl_wanted *wanted = &finder->match->wanted->items[i];

	if (finder->match->of_wanted[i] != TL_NONE || wanted->renamed_from.len == 0)
		return;
	if (tl_map_find(&finder->wanted, wanted->renamed_from))
		return;
	take(finder, i, find(finder, wanted->renamed_from, wanted->renamed_from, (struct tl_str){ NULL, 0 }));
}

static bool is_two(const struct finder *finder, struct tl_str name)
{
	const struct tl_map_entry *entry = name.len > 0 ? tl_map_find(&finder->by_name, name) : NULL;

	return entry && entry->value.index == TL_NONE;
}

/* A flow that is found by nothing, and whose name two remotes have, is none that could be made. */
static void mark_ambiguous(struct finder *finder)
{
	struct tl_match *match = finder->match;

	for (size_t i = 0; i < match->wanted->count; i++) {
		const struct tl_wanted *wanted = &match->wanted->items[i];

		match->ambiguous[i] = match->of_wanted[i] == TL_NONE && !tl_map_find(&match->environment->ids, wanted->flow) &&
		                      (is_two(finder, wanted->name) || is_two(finder, wanted->title));
	}
}

void tl_plan_match(struct tl_match *match, struct tl_arena *arena)
{
	struct finder finder = { .match = match };
	struct tl_arena scratch = { 0 };

	finder.taken = TL_ARENA_ARRAY(&scratch, uint32_t, match->remotes->count);
	for (size_t i = 0; i < match->remotes->count; i++)
		finder.taken[i] = TL_NONE;
	match->of_wanted = TL_ARENA_ARRAY(arena, uint32_t, match->wanted->count);
	match->rival = TL_ARENA_ARRAY(arena, uint32_t, match->wanted->count);
	match->ambiguous = TL_ARENA_ARRAY(arena, bool, match->wanted->count);
	match->orphan_flow = TL_ARENA_ARRAY(arena, struct tl_str, match->remotes->count);
	index_all(&finder);
	for (size_t i = 0; i < match->wanted->count; i++)
		match->of_wanted[i] = match->rival[i] = TL_NONE;
	/* First what goes by its present id, so that nobody's former id takes it away. */
	for (size_t i = 0; i < match->wanted->count; i++) {
		const struct tl_wanted *wanted = &match->wanted->items[i];

		take(&finder, i, find(&finder, wanted->flow, wanted->name, wanted->title));
	}
	for (size_t i = 0; i < match->wanted->count; i++) {
		const struct tl_wanted *wanted = &match->wanted->items[i];

		if (match->of_wanted[i] == TL_NONE && !tl_map_find(&match->environment->ids, wanted->flow))
			take(&finder, i, find_title(&finder, wanted->flow, wanted->title));
	}
	for (size_t i = 0; i < match->wanted->count; i++)
		take_former(&finder, i);
	mark_ambiguous(&finder);
	for (size_t i = 0; i < match->deployed->count; i++) {
		uint32_t remote = tl_map_index(&finder.by_id, match->deployed->items[i].platform_id);

		if (remote != TL_NONE && finder.taken[remote] == TL_NONE)
			match->orphan_flow[remote] = match->deployed->items[i].flow;
	}
	tl_map_clear(&finder.by_id);
	tl_map_clear(&finder.by_name);
	tl_map_clear(&finder.learnt);
	tl_map_clear(&finder.owners);
	tl_map_clear(&finder.wanted);
	tl_arena_clear(&scratch);
}

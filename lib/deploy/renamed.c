/* deploy/renamed.c: flows that look renamed on a platform that knows them by type and name. There a new name makes a second flow beside the former one, with an id
 * that nothing routes to: the plan says so, and leaves the decision to people. */
#include "deploy/now.h"

#include <stdlib.h>

/* No file of a flow is larger. */
#define FILE_LIMIT ((uint64_t)64 << 20)

static int compare_deployed(const void *flow, const void *deployed)
{
	return tl_str_compare(*(const struct tl_str *)flow, ((const struct tl_deployed *)deployed)->flow);
}

static const struct tl_deployed *find_deployed(const struct tl_match *match, struct tl_str flow)
{
	const struct tl_deployed_list *list = match->deployed;

	return list->count > 0 ? bsearch(&flow, list->items, list->count, sizeof(*list->items), compare_deployed) : NULL;
}

/* "inboundCall" of "inboundCall/Main" */
static struct tl_str type_of(struct tl_str flow)
{
	size_t slash = tl_str_find(flow, TL_STR("/"), 0);

	return tl_str_slice(flow, 0, slash == SIZE_MAX ? 0 : slash);
}

/* Whether the file at that path was what the orphan was published from last. */
static bool was_at(const struct tl_deployed *deployed, struct tl_str path, struct tl_deploy *deploy)
{
	struct tl_view *view = NULL;
	struct tl_arena arena = { 0 };
	char blob[TL_OID_SIZE];
	struct tl_error ignored;
	struct tl_str bytes;
	bool same = false;

	if (deploy->repo && deployed && deployed->commit.len > 0 && deployed->blob.len > 0 && path.len > 0 &&
	    tl_view_open_revision(&view, deploy->repo, tl_arena_dup(&arena, deployed->commit).ptr, &ignored) == 0)
		same = tl_view_read(&bytes, &arena, view, path, FILE_LIMIT, blob, &ignored) == 0 && tl_str_is(deployed->blob, blob);
	tl_view_free(view);
	tl_arena_clear(&arena);
	return same;
}

/* How many lines of the plan have that action and are of the flow's type. */
static size_t count_of_type(const struct tl_plan *plan, enum tl_action action, struct tl_str flow)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->n_flows; i++)
		count += plan->flows[i].action == action && tl_str_equal(type_of(plan->flows[i].flow), type_of(flow));
	return count;
}

/* The orphan that a new flow was called before, by its file; else the only one of its type that went as the only one came. NULL: none. */
static struct tl_planned *find_former(struct tl_plan *plan, const struct tl_planned *made, const struct tl_match *match, struct tl_deploy *deploy)
{
	struct tl_planned *only = NULL;

	for (size_t i = 0; i < plan->n_flows; i++) {
		struct tl_planned *orphan = &plan->flows[i];

		if (orphan->action != TL_ACTION_ORPHAN || !tl_str_equal(type_of(orphan->flow), type_of(made->flow)))
			continue;
		if (was_at(find_deployed(match, orphan->flow), made->path, deploy))
			return orphan;
		only = orphan;
	}
	if (count_of_type(plan, TL_ACTION_ORPHAN, made->flow) != 1 || count_of_type(plan, TL_ACTION_CREATE, made->flow) != 1)
		return NULL;
	return only;
}

static void add_note(struct tl_planned *planned, struct tl_arena *arena, struct tl_str note)
{
	planned->note = planned->note.len > 0 ? tl_arena_printf(arena, "%.*s; %.*s", TL_FMT(planned->note), TL_FMT(note)) : note;
}

static void note_renamed_here(struct tl_plan *plan, const struct tl_match *match, struct tl_deploy *deploy)
{
	for (size_t i = 0; i < plan->n_flows; i++) {
		struct tl_planned *made = &plan->flows[i], *former;

		if (made->action != TL_ACTION_CREATE)
			continue;
		former = find_former(plan, made, match, deploy);
		if (!former)
			continue;
		add_note(made, &plan->arena, tl_arena_printf(&plan->arena, "it looks like %.*s renamed: a second flow is made, and what routes to the former one stays there; "
		                                             "to keep one flow, rename it in Architect first", TL_FMT(former->flow)));
		add_note(former, &plan->arena, tl_arena_printf(&plan->arena, "it looks renamed to %.*s", TL_FMT(made->flow)));
	}
}

/* A flow that is known by its id, and called otherwise there. */
static void note_renamed_there(struct tl_plan *plan, const struct tl_match *match)
{
	struct tl_map by_id = { 0 };

	for (size_t i = 0; i < match->remotes->count; i++)
		tl_map_put(&by_id, match->remotes->items[i].id, NULL)->value.ptr = &match->remotes->items[i];
	for (size_t i = 0; i < plan->n_flows; i++) {
		struct tl_planned *planned = &plan->flows[i];
		const struct tl_remote *remote = planned->platform_id.len > 0 ? tl_map_ptr(&by_id, planned->platform_id) : NULL;

		if (!remote || (planned->action != TL_ACTION_UPDATE && planned->action != TL_ACTION_NONE) || tl_str_equal(remote->name, planned->flow))
			continue;
		add_note(planned, &plan->arena, tl_arena_printf(&plan->arena, "the platform calls it %.*s: publishing it under its name here would make a second flow, so nothing "
		                                                "is written until it is renamed here or there", TL_FMT(remote->name)));
	}
	tl_map_clear(&by_id);
}

void tl_now_note_renamed(struct tl_now *now, struct tl_deploy *deploy)
{
	if (!tl_platform_can(deploy->platform, TL_CAN_LOCK))
		return;
	note_renamed_here(now->plan, &now->match, deploy);
	note_renamed_there(now->plan, &now->match);
}

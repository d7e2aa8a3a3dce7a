/* deploy/plan.c: from what is wanted and what is there to the plan. */
#include "deploy/plan.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "doc/json.h"

static const char *const action_table[TL_ACTION_COUNT] = {
	[TL_ACTION_CREATE] = "create",
	[TL_ACTION_UPDATE] = "update",
	[TL_ACTION_NONE] = "none",
	[TL_ACTION_HELD] = "held",
	[TL_ACTION_ORPHAN] = "orphan",
};

const char *tl_action_name(enum tl_action action)
{
	assert(action < TL_ACTION_COUNT);
	return action_table[action];
}

struct tl_plan *tl_plan_new(enum tl_plan_kind kind)
{
	struct tl_plan *plan = tl_alloc_zero(1, sizeof(*plan));

	plan->kind = kind;
	return plan;
}

void tl_plan_free(struct tl_plan *plan)
{
	if (!plan)
		return;
	tl_arena_clear(&plan->arena);
	free(plan);
}

bool tl_planned_writes(const struct tl_planned *planned)
{
	return planned->action == TL_ACTION_CREATE || planned->action == TL_ACTION_UPDATE;
}

size_t tl_plan_changes(const struct tl_plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->n_flows; i++)
		count += tl_planned_writes(&plan->flows[i]);
	return count;
}

const struct tl_planned *tl_plan_find(const struct tl_plan *plan, struct tl_str flow)
{
	for (size_t i = 0; i < plan->n_flows; i++) {
		if (tl_str_equal(plan->flows[i].flow, flow))
			return &plan->flows[i];
	}
	return NULL;
}

/* The hold that keeps a wanted flow back, or NULL. One that was made of a version that nobody here wrote knows the model alone. */
static const struct tl_hold *find_hold(const struct tl_holds *holds, const struct tl_wanted *wanted)
{
	for (size_t i = 0; i < holds->count; i++) {
		const struct tl_hold *hold = &holds->items[i];

		if (!tl_str_equal(hold->flow, wanted->flow) && !tl_str_equal(hold->flow, wanted->renamed_from))
			continue;
		if (tl_str_equal(hold->digest, wanted->digest) || tl_str_equal(hold->digest, wanted->content))
			return hold;
	}
	return NULL;
}

/* Whether the flow there carries the names of what is wanted. Where the platform does not say by which id of ours it goes, the ledger does: of a version that was
 * written from here it knows all, of somebody else's that it was no other flow's. */
static bool is_named(const struct tl_wanted *wanted, const struct tl_present *present)
{
	if (!present->remote.titled)
		return tl_str_equal(present->remote.name, wanted->name);
	if (present->flow.len > 0 && !tl_str_equal(present->flow, wanted->flow))
		return false;
	return present->known || tl_remote_goes_by(&present->remote, wanted->name, wanted->title);
}

/* Whether what is there is what is wanted. A version that the ledger does not know is compared by its model alone. */
static bool is_same(const struct tl_wanted *wanted, const struct tl_present *present)
{
	if (!is_named(wanted, present))
		return false;
	return present->known ? tl_str_equal(present->digest, wanted->digest) : tl_str_equal(present->content, wanted->content);
}

/* Whether the flow is what is there, and only what lies beside it may have changed. */
static bool is_same_model(const struct tl_wanted *wanted, const struct tl_present *present)
{
	return is_named(wanted, present) && tl_str_equal(present->content, wanted->content);
}

/* Whether callers get what is wanted, and somebody else's draft (or failed deployment) lies on top: theirs to finish, and nothing to be written over. */
static bool is_under_draft(const struct tl_wanted *wanted, const struct tl_present *present)
{
	return present->live.len > 0 && tl_str_equal(present->live, wanted->digest) && !tl_remote_is_live(&present->remote);
}

static struct tl_str note_draft(struct tl_arena *arena, const struct tl_remote *remote)
{
	return tl_arena_printf(arena, "%s, not written from here; callers get what git has", tl_remote_status_name(remote->status));
}

static struct tl_str note_not_live(struct tl_arena *arena, const struct tl_remote *remote)
{
	const char *status = tl_remote_status_name(remote->status);

	if (remote->reason.len > 0)
		return tl_arena_printf(arena, "version %s is %s: %.*s", tl_version_shown(remote->version).text, status, TL_FMT(remote->reason));
	return tl_arena_printf(arena, "version %s is %s", tl_version_shown(remote->version).text, status);
}

/* What keeps an apply from writing at this moment, for who is to be asked; notes of that kind stand after others. */
static struct tl_str note_busy(struct tl_arena *arena, struct tl_str note, const struct tl_remote *remote)
{
	struct tl_str since = remote->draft_ms > 0 ? tl_arena_printf(arena, ", who saved a draft at %.*s", TL_FMT(tl_time_format(arena, remote->draft_ms / 1000 * 1000))) : TL_STR("");
	struct tl_buf buf = { 0 };

	if (note.len > 0)
		tl_buf_printf(&buf, "%.*s; ", TL_FMT(note));
	if (remote->published_version == 0)
		tl_buf_text(&buf, "it was never published; ");
	if (remote->held_by.len > 0 && !remote->held_by_us)
		tl_buf_printf(&buf, "it is locked by %.*s%.*s: nothing is written until they give it back; ", TL_FMT(remote->held_by), TL_FMT(since));
	if (remote->operation.len > 0)
		tl_buf_printf(&buf, "an operation is under way there: %.*s; ", TL_FMT(remote->operation));
	note = tl_arena_dup(arena, tl_str_slice(tl_buf_view(&buf), 0, buf.len > 2 ? buf.len - 2 : 0));
	tl_buf_clear(&buf);
	return note;
}

static void decide(struct tl_planned *planned, struct tl_arena *arena, const struct tl_wanted *wanted, const struct tl_present *present,
                   const struct tl_hold *hold)
{
	bool same = present && is_same(wanted, present);

	if (same && tl_remote_is_live(&present->remote)) {
		planned->action = TL_ACTION_NONE;
	} else if (present && is_under_draft(wanted, present)) {
		planned->action = TL_ACTION_NONE;
		planned->note = note_draft(arena, &present->remote);
	} else if (hold) {
		planned->action = TL_ACTION_HELD;
		planned->note = tl_arena_dup(arena, hold->reason);
	} else if (!present) {
		planned->action = TL_ACTION_CREATE;
	} else {
		planned->action = TL_ACTION_UPDATE;
		if (same)
			planned->note = note_not_live(arena, &present->remote);
		else if (is_same_model(wanted, present))
			planned->note = TL_STR("the flow says the same; the schedules or the audio that it uses changed");
		if (present->remote.type.len > 0)
			planned->note = note_busy(arena, planned->note, &present->remote);
	}
}

static void set_base(struct tl_planned *planned, struct tl_arena *arena, const struct tl_present *present)
{
	planned->platform_id = tl_arena_dup(arena, present->remote.id);
	planned->base_version = present->remote.version;
	planned->base_digest = tl_arena_dup(arena, present->digest);
	planned->base_known = present->known;
}

/* What a plan is filled from. */
struct filling {
	const struct tl_match *match;
	const struct tl_present *present;
	const struct tl_holds *holds;
};

static int compare_deployed(const void *flow, const void *deployed)
{
	return tl_str_compare(*(const struct tl_str *)flow, ((const struct tl_deployed *)deployed)->flow);
}

/* Whether the flow was deployed from here, as something that the platform has no more: somebody deleted it there. */
static bool is_gone(const struct tl_match *match, struct tl_str flow)
{
	const struct tl_deployed_list *list = match->deployed;
	const struct tl_deployed *deployed = list->count > 0 ? bsearch(&flow, list->items, list->count, sizeof(*list->items), compare_deployed) : NULL;

	for (size_t i = 0; deployed && i < match->remotes->count; i++) {
		if (tl_str_equal(match->remotes->items[i].id, deployed->platform_id))
			return false;
	}
	return deployed != NULL;
}

static void plan_wanted(struct tl_planned *planned, struct tl_arena *arena, const struct filling *from, uint32_t index)
{
	const struct tl_wanted *wanted = &from->match->wanted->items[index];
	uint32_t remote = from->match->of_wanted[index];
	const struct tl_present *present = remote == TL_NONE ? NULL : &from->present[remote];

	planned->flow = tl_arena_dup(arena, wanted->flow);
	planned->path = tl_arena_dup(arena, wanted->path);
	planned->wanted_digest = tl_arena_dup(arena, wanted->digest);
	planned->blob = tl_arena_dup(arena, wanted->blob);
	planned->source = tl_arena_dup(arena, wanted->source);
	if (present)
		set_base(planned, arena, present);
	if (present && wanted->renamed_from.len > 0 && !tl_str_equal(wanted->renamed_from, wanted->flow) &&
	    tl_str_equal(present->remote.titled ? present->flow : present->remote.name, wanted->renamed_from))
		planned->renamed_from = tl_arena_dup(arena, wanted->renamed_from);
	decide(planned, arena, wanted, present, find_hold(from->holds, wanted));
	if (planned->action == TL_ACTION_CREATE && is_gone(from->match, wanted->flow))
		planned->note = TL_STR("it was deployed from here before, and the platform no longer has it");
}

static void plan_orphan(struct tl_planned *planned, struct tl_arena *arena, struct tl_str flow, const struct tl_present *present)
{
	planned->flow = tl_arena_dup(arena, flow);
	planned->action = TL_ACTION_ORPHAN;
	if (present->unread.len > 0)
		planned->note = tl_arena_printf(arena, "what it says cannot be read: %.*s", TL_FMT(present->unread));
	set_base(planned, arena, present);
}

static int compare_flows(const void *a, const void *b)
{
	return tl_str_compare(((const struct tl_planned *)a)->flow, ((const struct tl_planned *)b)->flow);
}

static void add_orphans(struct tl_plan *plan, const struct filling *from)
{
	size_t first = plan->n_flows;

	for (size_t i = 0; i < from->match->remotes->count; i++) {
		if (from->match->orphan_flow[i].len > 0)
			plan_orphan(&plan->flows[plan->n_flows++], &plan->arena, from->match->orphan_flow[i], &from->present[i]);
	}
	qsort(plan->flows + first, plan->n_flows - first, sizeof(*plan->flows), compare_flows);
}

/* How many chosen flows each circle has. */
static uint32_t *count_members(struct tl_arena *arena, const struct tl_wanted_list *wanted, const struct tl_plan_order *order)
{
	uint32_t *counts = TL_ARENA_ARRAY(arena, uint32_t, order->n_circles);

	for (size_t i = 0; i < wanted->count; i++) {
		if (order->circle[i] != TL_NONE)
			counts[order->circle[i]] += wanted->items[i].chosen;
	}
	return counts;
}

/* The circles of which at least two flows are in the plan. */
static void add_cycles(struct tl_plan *plan, const struct tl_wanted_list *wanted, const struct tl_plan_order *order)
{
	struct tl_arena *arena = &plan->arena;
	uint32_t *counts = count_members(arena, wanted, order);
	struct tl_str **members = TL_ARENA_ARRAY(arena, struct tl_str *, order->n_circles);

	plan->cycles = TL_ARENA_ARRAY(arena, struct tl_plan_cycle, order->n_circles);
	for (uint32_t circle = 0; circle < order->n_circles; circle++) {
		if (counts[circle] < 2)
			continue;
		members[circle] = TL_ARENA_ARRAY(arena, struct tl_str, counts[circle]);
		plan->cycles[plan->n_cycles++] = (struct tl_plan_cycle){ members[circle], counts[circle] };
	}
	for (size_t i = 0; i < wanted->count; i++) {
		uint32_t circle = order->circle[i];

		if (circle != TL_NONE && members[circle] && wanted->items[i].chosen)
			*members[circle]++ = tl_arena_dup(arena, wanted->items[i].flow);
	}
}

void tl_plan_fill(struct tl_plan *plan, const struct tl_match *match, const struct tl_present *present, const struct tl_holds *holds)
{
	const struct tl_wanted_list *wanted = match->wanted;
	struct filling from = { match, present, holds };
	struct tl_plan_order order;

	plan->flows = TL_ARENA_ARRAY(&plan->arena, struct tl_planned, wanted->count + match->remotes->count);
	tl_plan_order(&order, &plan->arena, wanted);
	for (size_t i = 0; i < wanted->count; i++) {
		if (wanted->items[order.indexes[i]].chosen)
			plan_wanted(&plan->flows[plan->n_flows++], &plan->arena, &from, order.indexes[i]);
	}
	add_orphans(plan, &from);
	add_cycles(plan, wanted, &order);
}

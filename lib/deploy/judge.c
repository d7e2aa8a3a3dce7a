/* deploy/judge.c: whether the platform is as the plan saw it, flow by flow. */
#include "deploy/apply.h"

/* Of how many locked flows it is asked since when they are. */
#define HELD_ASKED 20

int tl_apply_read(struct tl_flow **out, struct tl_applying *applying, const struct tl_line *line, struct tl_error *err)
{
	if (line->source)
		return tl_gathered_read(out, &applying->now.gathered, line->source, err);
	return tl_rollback_read(out, &applying->rollback, applying->deploy, err);
}

static struct tl_str conflict_message(struct tl_arena *arena, const struct tl_line *line, int64_t version)
{
	const struct tl_planned *planned = line->planned;

	if (line->today->action == TL_ACTION_HELD)
		return tl_arena_printf(arena, "it was rolled back since the plan was made, and is held: %.*s", TL_FMT(line->today->note));
	if (version == 0)
		return tl_arena_printf(arena, "the plan was made on version %s, which the platform no longer has",
		                       tl_version_shown(planned->base_version).text);
	if (planned->base_version == 0)
		return tl_arena_printf(arena, "the plan makes a new flow, but the platform has one: version %s", tl_version_shown(version).text);
	return tl_arena_printf(arena, "the plan was made on version %s, the platform is at %s", tl_version_shown(planned->base_version).text,
	                       tl_version_shown(version).text);
}

void tl_apply_conflict(struct tl_applying *applying, struct tl_line *line, struct tl_str id, int64_t version)
{
	struct tl_applied *applied = line->applied;
	const struct tl_planned *planned = line->planned;
	struct tl_error ignored; /* a side that cannot be had is left out */
	struct tl_arena arena = { 0 };

	applied->state = TL_APPLIED_CONFLICT;
	applied->code = TL_CONFLICT;
	applied->version = version;
	applied->changed = true;
	applied->message = tl_apply_keep(applying, conflict_message(&arena, line, version));
	tl_arena_clear(&arena);
	if (planned->base_version > 0)
		tl_version_read(&applied->base, applying->deploy, planned->platform_id, planned->base_version, &ignored);
	if (version > 0)
		tl_version_read(&applied->theirs, applying->deploy, id, version, &ignored);
	tl_apply_read(&applied->ours, applying, line, &ignored);
	line->writes = false;
}

bool tl_apply_is_held(const struct tl_remote *remote)
{
	return remote->held_by.len > 0 && !remote->held_by_us;
}

void tl_apply_name_holder(struct tl_applying *applying, struct tl_line *line, const struct tl_remote *now)
{
	line->applied->held_by = tl_apply_keep(applying, now->held_by);
	line->applied->held_ms = now->held_ms;
}

void tl_apply_locked(struct tl_applying *applying, struct tl_line *line, const struct tl_remote *now)
{
	struct tl_applied *applied = line->applied;
	struct tl_arena arena = { 0 };
	struct tl_str since = now->held_ms > 0 ? tl_arena_printf(&arena, " since %.*s", TL_FMT(tl_time_format(&arena, now->held_ms / 1000 * 1000))) : TL_STR("");

	applied->state = TL_APPLIED_CONFLICT;
	applied->code = TL_CONFLICT;
	applied->version = now->version;
	tl_apply_name_holder(applying, line, now);
	applied->message = tl_apply_keep(applying, tl_arena_printf(&arena, "it is locked by %.*s%.*s; nothing was forced", TL_FMT(now->held_by), TL_FMT(since)));
	line->writes = false;
	tl_arena_clear(&arena);
}

void tl_apply_refused(struct tl_applying *applying, struct tl_line *line, int status)
{
	struct tl_applied *applied = line->applied;
	struct tl_arena arena = { 0 };

	applied->state = TL_APPLIED_CONFLICT;
	applied->code = TL_CONFLICT;
	applied->stands = true;
	applied->message = tl_apply_keep(applying, tl_arena_printf(&arena, "the platform refuses the write as a conflict (%d), but is still at version %s, as planned%s%.*s",
	                                                           status, tl_version_shown(applied->version).text,
	                                                           line->complaint.len > 0 ? ": " : "", TL_FMT(line->complaint)));
	line->writes = false;
	tl_arena_clear(&arena);
}

/* Whether the platform is as it was when the plan was made. */
static bool is_base(const struct tl_planned *planned, const struct tl_planned *today)
{
	if (planned->base_version != today->base_version || !tl_str_equal(planned->platform_id, today->platform_id))
		return false;
	/* A version is never changed; where the ledger was asked both times its digest must say the same. */
	return planned->base_known != today->base_known || tl_str_equal(planned->base_digest, today->base_digest);
}

/* Whether the version that the platform has now was written by an apply of this very plan. */
static bool is_of_plan(const struct tl_applying *applying, const struct tl_planned *today)
{
	const struct tl_deployed_list *deployed = &applying->now.state.deployed;

	for (size_t i = 0; today->base_known && i < deployed->count; i++) {
		const struct tl_deployed *ours = &deployed->items[i];

		if (tl_str_equal(ours->platform_id, today->platform_id) && ours->version == today->base_version)
			return tl_str_is(ours->plan, applying->plan->id);
	}
	return false;
}

/* Whether the last write is a draft of this very plan, whose program was stopped before it published it, or whose deployment failed. */
static bool is_our_draft(const struct tl_applying *applying, const struct tl_line *line)
{
	const struct tl_planned *planned = line->planned, *today = line->today;

	if (today->action != TL_ACTION_UPDATE || today->note.len == 0)
		return false;
	if (tl_str_equal(today->base_digest, planned->wanted_digest) && is_of_plan(applying, today))
		return true;
	return today->base_version == planned->base_version + 1 &&
	       (tl_str_equal(today->base_digest, planned->wanted_digest) ||
	        (!today->base_known && tl_str_equal(today->base_digest, line->record.content)));
}

const struct tl_remote *tl_apply_remote(const struct tl_applying *applying, const struct tl_planned *today)
{
	const struct tl_remotes *remotes = applying->plan->kind == TL_PLAN_ROLLBACK ? &applying->rollback.state.remotes : &applying->now.state.remotes;

	for (size_t i = 0; i < remotes->count; i++) {
		if (tl_str_equal(remotes->items[i].id, today->platform_id))
			return &remotes->items[i];
	}
	return NULL;
}

/* Whether what is wanted is there, but its deployment is still under way. */
static bool is_under_way(const struct tl_applying *applying, const struct tl_planned *today)
{
	const struct tl_remote *remote = tl_apply_remote(applying, today);

	return remote && remote->status == TL_STATUS_PUBLISHING && remote->published_version != remote->version;
}

/* Somebody else may have a flow locked that is to be written: then nothing is written at all, as with every conflict. Asked once more they may have given it back,
 * and the platform says since when they have it. */
static void look_for_lock(struct tl_applying *applying, struct tl_line *line)
{
	bool conflict = line->applied->state == TL_APPLIED_CONFLICT;
	const struct tl_remote *remote = line->writes || conflict ? tl_apply_remote(applying, line->today) : NULL;
	struct tl_arena arena = { 0 };
	struct tl_remote now;
	struct tl_error ignored;

	if (!remote || !tl_apply_is_held(remote))
		return;
	if (applying->n_held++ < HELD_ASKED && tl_platform_get(&now, &arena, applying->deploy->platform, remote->id, &ignored) == 0)
		remote = &now;
	/* One that was given back with something new in it is a conflict that the write finds. */
	if (tl_apply_is_held(remote) && conflict)
		tl_apply_name_holder(applying, line, remote);
	else if (tl_apply_is_held(remote))
		tl_apply_locked(applying, line, remote);
	tl_arena_clear(&arena);
}

static void judge(struct tl_applying *applying, struct tl_line *line)
{
	const struct tl_planned *planned = line->planned, *today = line->today;

	if (!tl_planned_writes(planned))
		return;
	line->applied->version = today->base_version;
	line->applied->platform_id = tl_arena_dup(&applying->out->arena, today->platform_id);
	if (today->action == TL_ACTION_NONE) {
		line->applied->state = TL_APPLIED_ALREADY;
		line->follows = is_under_way(applying, today);
	} else if (is_base(planned, today) && tl_planned_writes(today)) {
		line->writes = true;
	} else if (is_our_draft(applying, line)) {
		line->writes = line->drafted = true;
	} else {
		tl_apply_conflict(applying, line, today->platform_id, today->base_version);
	}
	look_for_lock(applying, line);
}

void tl_apply_judge(struct tl_applying *applying)
{
	for (size_t i = 0; i < applying->plan->n_flows; i++)
		judge(applying, &applying->lines[i]);
}

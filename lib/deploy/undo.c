/* deploy/undo.c: taking back what an apply wrote: forward, in reverse order, and only on top of our own versions. */
#include <inttypes.h>
#include <stdlib.h>

#include "deploy/apply.h"
#include "ledger/lease.h"

#define FIRST_LOOK_MS 250
#define LONGEST_PAUSE_MS 5000

/* What is put back in one write. */
struct back {
	int64_t version; /* whose content */
	bool publish;
};

static bool was_written(const struct tl_line *line)
{
	switch (line->applied->state) {
	case TL_APPLIED_PUBLISHED:
	case TL_APPLIED_FAILED:
	case TL_APPLIED_NOT_TRIED:
	case TL_APPLIED_REJECTED:
	case TL_APPLIED_TIMED_OUT:
		return line->applied->written;
	default:
		return false;
	}
}

/* The line stays as it was written; `message` says why. */
static void keep(struct tl_applying *applying, struct tl_line *line, enum tl_applied_state state, const char *message)
{
	line->applied->state = state;
	if (state == TL_APPLIED_CONFLICT)
		line->applied->code = TL_CONFLICT;
	line->applied->message = tl_apply_keep(applying, tl_str(message));
	line->applied->kept = applying->out->undone_for == 0;
	tl_apply_tell(applying, TL_TOLD_KEPT, line);
}

/* What callers got before the apply: the last version up to its base that they ever got; 0: nothing. */
static int published_before(int64_t *out, struct tl_applying *applying, const struct tl_line *line, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_remotes versions;
	int ret = tl_platform_versions(&versions, &arena, applying->deploy->platform, line->applied->platform_id, err);

	*out = 0;
	for (size_t i = 0; ret == 0 && i < versions.count; i++) {
		const struct tl_remote *version = &versions.items[i];
		bool reached = false;

		if (version->version > line->planned->base_version || version->version <= *out)
			continue;
		ret = tl_version_reached(&reached, &arena, applying->deploy, version, err);
		if (reached)
			*out = version->version;
	}
	tl_arena_clear(&arena);
	return ret;
}

/* What the ledger will say of a version that is put back: what it said of it before. In `arena`. */
static int record_of(struct tl_deployed *out, struct tl_arena *arena, struct tl_applying *applying, const struct tl_line *line, const struct tl_remote *version,
                     struct tl_error *err)
{
	struct tl_deploy *deploy = applying->deploy;
	struct tl_present present = { 0 };

	if (tl_version_digest(&present, arena, deploy, version, err) != 0 ||
	    tl_ledger_version(out, arena, deploy->ledger, applying->plan->environment, version->id, version->version, err) != 0)
		return -1;
	if (!present.known)
		*out = (struct tl_deployed){ 0 };
	out->environment = applying->plan->environment;
	out->flow = line->planned->to == 0 && line->planned->renamed_from.len > 0 ? line->planned->renamed_from : line->planned->flow;
	out->platform_id = line->applied->platform_id;
	out->digest = present.digest;
	out->content = present.content;
	out->plan = tl_str(applying->plan->id);
	return 0;
}

/* Before each request that writes: an earlier deployment may have been waited for until somebody else took over. */
static int is_ready(void *data, struct tl_error *err)
{
	return tl_apply_may_write(data, err);
}

static bool is_wanted_still(void *data)
{
	return tl_apply_may_still(data);
}

static int write_back(struct tl_remote *remote, struct tl_arena *arena, struct tl_applying *applying, struct tl_line *line,
                      const struct back *back, struct tl_error *err)
{
	struct tl_deploy *deploy = applying->deploy;
	struct tl_remote_call call = { 0 };
	struct tl_put write = {
		.version = line->applied->version + 1, .publish = back->publish, .call = &call, .wait_ms = tl_deploy_timeout(deploy),
		.ready = is_ready, .still = is_wanted_still, .data = applying,
	};
	struct tl_remote before;
	struct tl_flow *flow;
	int ret;

	line->took_effect = line->called_off = false;
	line->step = (struct tl_step){
		.action = TL_STR("undo"),
		.base_version = line->applied->version,
		.plan_record = applying->record.id,
		.position = line->planned - applying->plan->flows,
	};
	if (tl_platform_version(&before, arena, deploy->platform, line->applied->platform_id, back->version, err) != 0 ||
	    record_of(&line->step.wanted, arena, applying, line, &before, err) != 0 || tl_remote_read(&flow, &before, deploy->lower, err) != 0)
		return -1;
	line->step.wanted.version = write.version;
	write.flow = flow;
	tl_apply_at(applying, "before");
	ret = tl_ledger_begin(deploy->ledger, &line->step, err);
	if (ret == 0) {
		tl_apply_at(applying, "begun");
		ret = tl_apply_may_write(applying, err);
		line->called_off = ret != 0;
	}
	if (ret == 0) {
		ret = tl_platform_put(remote, arena, deploy->platform, line->applied->platform_id, &write, err);
		tl_apply_note(applying, &line->step, &call);
		line->took_effect = ret != 0 && call.took_effect;
		line->called_off = ret != 0 && call.called_off;
		tl_apply_at(applying, "sent");
	}
	tl_flow_free(flow);
	return ret;
}

/* What was put back is there, and so is what somebody else wrote: theirs stays. */
static void end_beaten(struct tl_applying *applying, struct tl_line *line, bool publish, const struct tl_error *why)
{
	struct tl_arena arena = { 0 };
	struct tl_error ignored;

	tl_ledger_end(applying->deploy->ledger, &line->step, publish ? TL_STEP_PUBLISHED : TL_STEP_DRAFTED, tl_str(why->message), &ignored);
	keep(applying, line, TL_APPLIED_CONFLICT, tl_arena_printf(&arena, "version %s was taken back, but %s", tl_version_shown(line->applied->version).text, why->message).ptr);
	line->applied->version = line->step.wanted.version;
	line->step.id = 0;
	tl_arena_clear(&arena);
}

/* The end of a write that failed, or that callers do not get: `written` is the version that was to be taken back. */
static void end_missed(struct tl_applying *applying, struct tl_line *line, int64_t written, const struct tl_error *why)
{
	struct tl_arena arena = { 0 };
	bool unsure = why->code == TL_LOST || (why->code == TL_INTERRUPTED && !line->called_off);
	bool begun = line->step.id != 0, open = begun && (unsure || applying->out->taken_over);
	bool beaten = begun && !open && (why->code == TL_CONFLICT || why->code == TL_NOT_FOUND);
	struct tl_error ignored;

	if (begun && !open)
		tl_ledger_end(applying->deploy->ledger, &line->step, beaten ? TL_STEP_CONFLICT : TL_STEP_FAILED, tl_str(why->message), &ignored);
	if (beaten)
		keep(applying, line, TL_APPLIED_CONFLICT,
		     tl_arena_printf(&arena, "version %s was written and is not taken back: somebody changed the flow since",
		                     tl_version_shown(written).text).ptr);
	else
		keep(applying, line, open ? TL_APPLIED_UNKNOWN : line->applied->state,
		     tl_arena_printf(&arena, "version %s was written and could not be taken back%s: %s", tl_version_shown(written).text,
		                     open ? ", as far as is known; run flow-publish resume" : "", why->message).ptr);
	if (open)
		line->applied->code = TL_LOST;
	line->stuck = !beaten;
	tl_arena_clear(&arena);
}

/* Waits for the deployment of what was put back. */
static int wait_for(struct tl_applying *applying, struct tl_line *line, struct tl_arena *arena, struct tl_remote *remote, struct tl_error *err)
{
	const struct tl_clock *clock = applying->deploy->clock;
	int64_t end = clock->monotonic_ms(clock->data) + tl_deploy_timeout(applying->deploy), pause = FIRST_LOOK_MS;

	while (!tl_line_is_over(line, remote)) {
		if (clock->monotonic_ms(clock->data) >= end)
			return tl_error_set(err, TL_TIMED_OUT, "its deployment did not end in time");
		if (tl_clock_rest(clock, pause, applying->deploy->stopped) != 0)
			return tl_error_set(err, TL_INTERRUPTED, "interrupted");
		pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
		if (tl_platform_get(remote, arena, applying->deploy->platform, line->applied->platform_id, err) != 0)
			return -1;
	}
	if (remote->status == TL_STATUS_FAILED || remote->status == TL_STATUS_REJECTED)
		return tl_error_set(err, TL_REFUSED, "its deployment failed: %.*s", TL_FMT(remote->reason));
	return 0;
}

/* One write that puts back; 0 where it is there. */
static int put_back(struct tl_applying *applying, struct tl_line *line, const struct back *back)
{
	struct tl_error why = { 0 }, later = { 0 };
	struct tl_arena arena = { 0 };
	struct tl_remote remote;
	int64_t written = line->applied->version;
	enum tl_step_state state = back->publish ? TL_STEP_PUBLISHED : TL_STEP_DRAFTED;
	int ret = write_back(&remote, &arena, applying, line, back, &why);

	if (ret != 0 && line->took_effect) {
		end_beaten(applying, line, back->publish, &why);
		goto out;
	}
	if (ret != 0) {
		end_missed(applying, line, written, &why);
		goto out;
	}
	line->applied->version = line->step.wanted.version = remote.version;
	if (back->publish)
		ret = wait_for(applying, line, &arena, &remote, &why);
	line->step.wanted.written_ms = remote.version == line->applied->version ? remote.written_ms : 0;
	if (ret != 0)
		state = TL_STEP_DRAFTED;
	if (tl_ledger_end(applying->deploy->ledger, &line->step, state, tl_str(why.message), &later) != 0) {
		ret = -1;
		why = later;
	}
	line->step.id = 0;
	tl_apply_at(applying, "recorded");
	if (ret != 0)
		end_missed(applying, line, written, &why);
out:
	tl_arena_clear(&arena);
	return ret;
}

/* What callers got comes first; where a draft lay above it, that comes back as well. */
static void undo(struct tl_applying *applying, struct tl_line *line)
{
	int64_t base = line->planned->base_version, before;
	struct tl_error why = { 0 };

	if (base == 0) {
		keep(applying, line, line->applied->state, "it was not there before, and the platform deletes no flow: it stays as it is");
		return;
	}
	if (published_before(&before, applying, line, &why) != 0) {
		end_missed(applying, line, line->applied->version, &why);
		return;
	}
	if (before > 0 && put_back(applying, line, &(struct back){ before, true }) != 0)
		return;
	if (before != base && put_back(applying, line, &(struct back){ base, false }) != 0)
		return;
	if (before == 0) {
		keep(applying, line, line->applied->state, "its draft is as it was, but callers keep what they got: nothing was published before");
		return;
	}
	line->applied->state = TL_APPLIED_UNDONE;
	line->applied->message = (struct tl_str){ NULL, 0 };
	tl_apply_tell(applying, TL_TOLD_UNDONE, line);
}

void tl_apply_undo(struct tl_applying *applying)
{
	applying->out->undone = true;
	for (size_t i = applying->plan->n_flows; i > 0; i--) {
		struct tl_line *line = &applying->lines[i - 1];

		if (tl_apply_is_cut_off(applying))
			break;
		if (was_written(line))
			undo(applying, line);
	}
}

/* deploy/write.c: one line of a plan: intent, compare-and-set, and what became of it. */
#include <stdlib.h>

#include "deploy/apply.h"
#include "flow/canonical.h"

/* After that another look is worth a request. */
#define NAMES_KNOWN_MS 30000
/* So long ago at most was a look whose answer is here: its request's time and more. */
#define LOOKED_MS ((int64_t)5 * 60 * 1000)

/* Its end is known: said, and told. */
static void end_line(struct tl_applying *applying, struct tl_line *line, enum tl_applied_state state, enum tl_code code, const char *message)
{
	struct tl_applied *applied = line->applied;

	applied->state = state;
	applied->code = code;
	applied->message = tl_apply_keep(applying, tl_str(message));
	tl_apply_tell(applying, state == TL_APPLIED_PUBLISHED || state == TL_APPLIED_ALREADY ? TL_TOLD_PUBLISHED : TL_TOLD_FAILED, line);
}

/* A line that did not go through; nothing more is begun. */
static void fail(struct tl_applying *applying, struct tl_line *line, const struct tl_error *why)
{
	tl_apply_stop(applying);
	end_line(applying, line, TL_APPLIED_FAILED, why->code == TL_OK ? TL_IO : why->code, why->message);
}

/* Whether it was written is not known. */
static void lose_sight(struct tl_applying *applying, struct tl_line *line, const struct tl_error *why)
{
	if (why->code == TL_INTERRUPTED)
		tl_apply_interrupt(applying);
	tl_apply_stop(applying);
	line->step.id = 0;
	end_line(applying, line, TL_APPLIED_UNKNOWN, TL_LOST, why->message);
}

void tl_line_lose_sight(struct tl_applying *applying, struct tl_line *line, const struct tl_error *why)
{
	lose_sight(applying, line, why);
}

static struct tl_step step_of(const struct tl_applying *applying, const struct tl_line *line, int64_t version)
{
	bool rollback = applying->plan->kind == TL_PLAN_ROLLBACK;
	struct tl_step step = {
		.wanted = line->record,
		.action = rollback ? TL_STR("rollback") : tl_str(tl_action_name(line->planned->action)),
		/* Of a rollback the plan says what the version was called; the flow stays what it is. */
		.renamed_from = rollback ? (struct tl_str){ NULL, 0 } : line->planned->renamed_from,
		.base_version = version - 1,
		.base_digest = version - 1 == line->planned->base_version ? line->planned->base_digest : (struct tl_str){ NULL, 0 },
		.hold_digest = rollback ? line->planned->base_digest : (struct tl_str){ NULL, 0 },
		.hold_reason = rollback ? line->planned->note : (struct tl_str){ NULL, 0 },
		.plan_record = applying->record.id,
		.position = line->planned - applying->plan->flows,
	};

	step.wanted.platform_id = line->applied->platform_id;
	step.wanted.version = version;
	return step;
}

/* ---- somebody was first */

/* The flow of that name as it is now, in `arena`; version 0 where there is none, or more than one: which of those is meant is for a person to say. */
static struct tl_remote look(struct tl_applying *applying, struct tl_arena *arena, const struct tl_line *line)
{
	struct tl_platform *platform = applying->deploy->platform;
	struct tl_remotes remotes;
	struct tl_remote now = { 0 };
	struct tl_error ignored;

	if (line->applied->platform_id.len > 0) {
		if (tl_platform_get(&now, arena, platform, line->applied->platform_id, &ignored) != 0)
			now = (struct tl_remote){ 0 };
		return now;
	}
	if (tl_platform_list(&remotes, arena, platform, &ignored) != 0)
		return now;
	for (size_t i = 0; i < remotes.count; i++) {
		if (!tl_remote_goes_by(&remotes.items[i], line->source ? line->source->name : line->planned->flow, line->source ? line->source->title : (struct tl_str){ NULL, 0 }))
			continue;
		if (now.version > 0)
			return (struct tl_remote){ 0 };
		now = remotes.items[i];
	}
	return now;
}

/* Whether that version is what the line publishes, published. */
static bool is_ours(struct tl_applying *applying, const struct tl_line *line, const struct tl_remote *now)
{
	char digest[TL_SHA256_SIZE];
	struct tl_error ignored;
	struct tl_flow *flow;

	if (now->version == 0 || now->published_version != now->version ||
	    tl_version_read(&flow, applying->deploy, now->id, now->version, &ignored) != 0)
		return false;
	tl_flow_digest(digest, flow, NULL);
	tl_flow_free(flow);
	return tl_str_is(line->record.content, digest);
}

/* They published the same, and there is nothing left to do but to know it. */
static void adopt(struct tl_applying *applying, struct tl_line *line, const struct tl_remote *now)
{
	struct tl_error why = { 0 };

	line->applied->version = now->version;
	line->applied->platform_id = tl_apply_keep(applying, now->id);
	line->record.platform_id = line->applied->platform_id;
	line->record.version = now->version;
	line->record.written_ms = now->written_ms;
	line->record.live = true;
	if (tl_ledger_adopt(applying->deploy->ledger, &line->record, LOOKED_MS, &why) != 0)
		fail(applying, line, &why);
	else
		end_line(applying, line, TL_APPLIED_ALREADY, TL_OK, "");
}

/* A flow that was locked and not changed differs in nothing. */
static void lose_to(struct tl_applying *applying, struct tl_line *line, const struct tl_remote *now)
{
	if (tl_apply_is_held(now) && now->version == line->applied->version) {
		tl_apply_locked(applying, line, now);
		return;
	}
	tl_apply_conflict(applying, line, now->id, now->version);
	if (tl_apply_is_held(now))
		tl_apply_name_holder(applying, line, now);
}

static void end_lost(struct tl_applying *applying, struct tl_line *line)
{
	tl_apply_stop(applying);
	tl_apply_tell(applying, TL_TOLD_CONFLICT, line);
}

/* A write that was answered, or may have been taken, and is not the version that it makes stands on top of somebody else's where it stands at all. */
static bool hides_theirs(const struct tl_line *line, const struct tl_remote *now)
{
	return line->step.call.settled && now->version > line->step.wanted.version;
}

/* Whether the platform refused the write as one that comes too late, and nobody was before it. Any other conflict says itself what it is. */
static bool is_refused(const struct tl_line *line, const struct tl_remote *now, const struct tl_error *why)
{
	int status = line->step.call.status;

	return why->code == TL_CONFLICT && (status == 409 || status == 412) && now->version > 0 && now->version == line->applied->version &&
	       !tl_apply_is_held(now);
}

static void lose(struct tl_applying *applying, struct tl_line *line, const struct tl_error *why)
{
	struct tl_arena arena = { 0 };
	struct tl_remote now = look(applying, &arena, line);
	bool ours = is_ours(applying, line, &now);

	if (ours && !hides_theirs(line, &now)) {
		adopt(applying, line, &now);
	} else if (is_refused(line, &now, why)) {
		tl_apply_refused(applying, line, line->step.call.status);
		end_lost(applying, line);
	} else {
		if (ours) {
			line->applied->may_be = true;
			now.version = line->step.wanted.version;
		}
		lose_to(applying, line, &now);
		/* The platform was asked after the write: it knows best how it was beaten. */
		line->applied->message = tl_apply_keep(applying, tl_str(why->message));
		end_lost(applying, line);
	}
	tl_arena_clear(&arena);
}

/* ---- outcomes */

/* What was waited for and not written now: the ledger may say no more than that it was written. */
static int know_followed(struct tl_applying *applying, struct tl_line *line, struct tl_error *err)
{
	if (line->record.version != line->applied->version || line->record.platform_id.len == 0)
		return 0;
	line->record.live = true;
	line->record.written_ms = line->seen.written_ms;
	return tl_ledger_adopt(applying->deploy->ledger, &line->record, LOOKED_MS, err);
}

/* Puts the outcome of a version that is on the platform on record; false where that could not be done. */
static bool record(struct tl_applying *applying, struct tl_line *line, enum tl_step_state state, const char *message)
{
	struct tl_error why = { 0 };
	int ret = 0;

	tl_apply_at(applying, "written");
	line->step.wanted.written_ms = line->seen.version == line->step.wanted.version ? line->seen.written_ms : 0;
	if (line->step.id != 0)
		ret = tl_ledger_end(applying->deploy->ledger, &line->step, state, tl_str(message), &why);
	else if (line->follows && state == TL_STEP_PUBLISHED)
		ret = know_followed(applying, line, &why);
	line->step.id = 0;
	tl_apply_at(applying, "recorded");
	if (ret == 0)
		return true;
	tl_error_wrap(&why, "version %s was written, but the ledger could not be", tl_version_shown(line->applied->version).text);
	fail(applying, line, &why);
	return false;
}

static void end_published(struct tl_applying *applying, struct tl_line *line)
{
	if (record(applying, line, TL_STEP_PUBLISHED, ""))
		end_line(applying, line, TL_APPLIED_PUBLISHED, TL_OK, "");
}

/* Written, but callers do not get it. */
static void end_unpublished(struct tl_applying *applying, struct tl_line *line, enum tl_applied_state state, const char *message)
{
	/* Of all or nothing it is nothing then. */
	if (applying->deploy->atomic)
		tl_apply_stop(applying);
	if (record(applying, line, TL_STEP_DRAFTED, message))
		end_line(applying, line, state, state == TL_APPLIED_TIMED_OUT ? TL_TIMED_OUT : TL_REFUSED, message);
}

/* What was just written is there, and so is what somebody else wrote: `message` says it, `version` is the platform's last. */
static void end_overtaken(struct tl_applying *applying, struct tl_line *line, int64_t version, bool reached, const char *message)
{
	if (!record(applying, line, reached ? TL_STEP_PUBLISHED : TL_STEP_DRAFTED, message))
		return;
	tl_apply_conflict(applying, line, line->applied->platform_id, version);
	line->applied->message = tl_apply_keep(applying, tl_str(message));
	tl_apply_stop(applying);
	tl_apply_tell(applying, TL_TOLD_CONFLICT, line);
}

/* Whether callers ever got what was just written. */
static bool has_reached(struct tl_applying *applying, const struct tl_line *line)
{
	struct tl_arena arena = { 0 };
	struct tl_error ignored;
	struct tl_remote ours;
	bool reached = tl_platform_version(&ours, &arena, applying->deploy->platform, line->applied->platform_id, line->applied->version, &ignored) == 0 &&
	               ours.reached_published;

	tl_arena_clear(&arena);
	return reached;
}

/* Somebody wrote on top of what was just written. */
static void end_replaced(struct tl_applying *applying, struct tl_line *line)
{
	struct tl_arena arena = { 0 };
	int64_t version = line->applied->version, theirs = line->seen.version;
	bool reached = has_reached(applying, line);

	end_overtaken(applying, line, theirs, reached,
	              tl_arena_printf(&arena, "version %s was %s, then replaced: the platform is at %s", tl_version_shown(version).text,
	                              reached ? "published" : "written", tl_version_shown(theirs).text).ptr);
	tl_arena_clear(&arena);
}

static void end_gone(struct tl_applying *applying, struct tl_line *line)
{
	struct tl_error why = { 0 };

	tl_error_set(&why, TL_CONFLICT, "the platform no longer has it");
	if (record(applying, line, TL_STEP_CONFLICT, why.message))
		fail(applying, line, &why);
}

static void end_rejected(struct tl_applying *applying, struct tl_line *line)
{
	struct tl_arena arena = { 0 };
	const struct tl_remote *now = &line->seen;
	struct tl_str reason = now->reason.len > 0 ? now->reason : TL_STR("the platform gives no reason");

	end_unpublished(applying, line, TL_APPLIED_REJECTED,
	                tl_arena_printf(&arena, "version %s is %s: %.*s", tl_version_shown(now->version).text, tl_remote_status_name(now->status),
	                                TL_FMT(reason)).ptr);
	tl_arena_clear(&arena);
}

static void end_timed_out(struct tl_applying *applying, struct tl_line *line)
{
	struct tl_arena arena = { 0 };

	end_unpublished(applying, line, TL_APPLIED_TIMED_OUT,
	                tl_arena_printf(&arena, "version %s is still %s after %.*s", tl_version_shown(line->applied->version).text,
	                                tl_remote_status_name(line->seen.status), TL_FMT(tl_duration_format(&arena, tl_deploy_timeout(applying->deploy)))).ptr);
	tl_arena_clear(&arena);
}

/* A status that says that callers do not get it (yet) stands, whatever a platform gives as the version that they get. */
static bool has_failed(const struct tl_remote *now)
{
	return now->status == TL_STATUS_FAILED || now->status == TL_STATUS_REJECTED;
}

static bool is_published(const struct tl_remote *now)
{
	return now->published_version == now->version && now->status != TL_STATUS_PUBLISHING && !has_failed(now);
}

bool tl_line_is_over(const struct tl_line *line, const struct tl_remote *now)
{
	return now->version != line->applied->version || is_published(now) || now->status == TL_STATUS_SCHEDULED || has_failed(now);
}

void tl_line_settle(struct tl_applying *applying, struct tl_line *line)
{
	const struct tl_remote *now = &line->seen;

	if (now->version == line->applied->version)
		line->applied->status = now->status;
	if (now->version == 0)
		end_gone(applying, line);
	else if (now->version != line->applied->version)
		end_replaced(applying, line);
	else if (is_published(now) || now->status == TL_STATUS_SCHEDULED)
		end_published(applying, line);
	else if (has_failed(now))
		end_rejected(applying, line);
	else
		end_timed_out(applying, line);
}

void tl_line_leave(struct tl_applying *applying, struct tl_line *line, enum tl_applied_state state, const char *why)
{
	end_unpublished(applying, line, state, why);
}

/* ---- writing */

/* A draft is there; whether it is of use its publishing says. */
static void end_drafted(struct tl_applying *applying, struct tl_line *line)
{
	if (!record(applying, line, TL_STEP_DRAFTED, ""))
		return;
	line->drafted = true;
	tl_apply_tell(applying, TL_TOLD_DRAFTED, line);
}

/* After a write that went through. True where its deployment is under way. */
static bool win(struct tl_applying *applying, struct tl_line *line, const struct tl_remote *remote, bool publish)
{
	struct tl_applied *applied = line->applied;

	line->seen = tl_apply_keep_remote(applying, remote);
	applied->platform_id = line->seen.id;
	applied->version = remote->version;
	applied->status = remote->status;
	applied->written = true;
	line->step.wanted.platform_id = line->seen.id;
	line->step.wanted.version = remote->version;
	tl_apply_at(applying, "sent");
	if (!publish) {
		end_drafted(applying, line);
		return false;
	}
	if (tl_line_is_over(line, remote)) {
		tl_line_settle(applying, line);
		return false;
	}
	tl_apply_tell(applying, TL_TOLD_SENT, line);
	return true;
}

/* Whether the list that this apply was judged by is new enough to say of a new flow that nobody has its name. */
static bool name_is_free(const struct tl_applying *applying, const struct tl_line *line)
{
	const struct tl_environment_state *state = &applying->now.state;
	const struct tl_clock *clock = applying->deploy->clock;

	if (!line->source || clock->monotonic_ms(clock->data) - state->listed_ms > NAMES_KNOWN_MS)
		return false;
	for (size_t i = 0; i < state->remotes.count; i++) {
		const struct tl_remote *remote = &state->remotes.items[i];
		struct tl_str title = remote->title.len > 0 ? remote->title : remote->name;

		if (tl_str_equal(title, line->source->title) || tl_str_equal(title, line->source->name) || tl_str_equal(remote->name, line->source->name))
			return false;
	}
	return true;
}

/* For whom a job's id is kept, and the write held back. */
struct job_keeper {
	struct tl_applying *applying;
	struct tl_line *line;
	bool kept, held;
};

/* A job that nobody sees to its end is asked for by whoever resumes. Where its id cannot be kept, the flow itself will have to tell. */
static void keep_job(void *data, struct tl_str job)
{
	struct job_keeper *keeper = data;
	struct tl_arena arena = { 0 };
	struct tl_error ignored;

	tl_ledger_job_keep(keeper->applying->deploy->ledger, keeper->line->step.wanted.environment, tl_step_job_key(&arena, &keeper->line->step), job, &ignored);
	keeper->kept = true;
	tl_arena_clear(&arena);
	tl_apply_at(keeper->applying, "job");
}

/* Its end was seen. */
static void forget_job(struct job_keeper *keeper)
{
	struct tl_arena arena = { 0 };
	struct tl_error ignored;

	if (keeper->kept)
		tl_ledger_job_over(keeper->applying->deploy->ledger, keeper->line->step.wanted.environment, tl_step_job_key(&arena, &keeper->line->step), &ignored);
	tl_arena_clear(&arena);
}

/* Before each request that writes. */
static int is_ready(void *data, struct tl_error *err)
{
	struct job_keeper *keeper = data;

	keeper->held = tl_apply_may_write(keeper->applying, err) != 0;
	return keeper->held ? -1 : 0;
}

static bool is_wanted_still(void *data)
{
	const struct job_keeper *keeper = data;

	return tl_apply_may_still(keeper->applying);
}

static int put(struct tl_remote *remote, struct tl_arena *arena, struct tl_applying *applying, struct tl_line *line,
               const struct tl_put *write, struct tl_error *err)
{
	struct tl_platform *platform = applying->deploy->platform;
	struct job_keeper keeper = { .applying = applying, .line = line };
	struct tl_remote_findings said = { 0 };
	struct tl_remote_call call = { 0 };
	struct tl_put noted = *write;
	int ret;

	noted.call = &call;
	noted.name_is_free = write->version == 1 && name_is_free(applying, line);
	noted.circular = line->circular;
	noted.wait_ms = tl_deploy_timeout(applying->deploy);
	noted.said = &said;
	noted.begun = keep_job;
	noted.ready = is_ready;
	noted.still = is_wanted_still;
	noted.data = &keeper;
	tl_apply_enter(applying);
	line->unsent = tl_apply_may_write(applying, err) != 0;
	if (line->unsent)
		ret = -1;
	else if (write->version == 1)
		ret = tl_platform_create(remote, arena, platform, &noted, err);
	else
		ret = tl_platform_put(remote, arena, platform, line->applied->platform_id, &noted, err);
	tl_apply_leave(applying);
	line->unsent = line->unsent || (ret != 0 && keeper.held && err->code != TL_LOST);
	if (ret == 0 || (err->code != TL_LOST && err->code != TL_INTERRUPTED))
		forget_job(&keeper);
	tl_apply_note(applying, &line->step, &call);
	tl_apply_place(applying, line, write->flow, &said);
	line->took_effect = ret != 0 && call.took_effect;
	line->applied->may_be = ret != 0 && call.may_have;
	line->ended_badly = ret != 0 && call.deployment_failed;
	line->complaint = tl_apply_keep(applying, call.complaint);
	line->called_off = ret != 0 && call.called_off;
	if (line->took_effect) {
		line->step.wanted.platform_id = line->applied->platform_id = tl_apply_keep(applying, call.id);
		if (call.version > 0)
			line->step.wanted.version = call.version;
	}
	return ret;
}

/* Somebody asked to stop before anything was sent. */
static void give_up(struct tl_applying *applying, struct tl_line *line)
{
	struct tl_error ignored;

	tl_apply_interrupt(applying);
	tl_ledger_end(applying->deploy->ledger, &line->step, TL_STEP_FAILED, TL_STR("interrupted before it was written"), &ignored);
	line->step.id = 0;
	tl_apply_at(applying, "given up");
}

/* Whoever took over finds the intent, and what did not become of it. */
static void yield(struct tl_applying *applying, struct tl_line *line)
{
	line->step.id = 0;
	tl_apply_at(applying, "yielded");
}

/* A write that took effect, of which the platform says that somebody else was at it as well. */
static void end_beaten(struct tl_applying *applying, struct tl_line *line, const struct tl_error *why)
{
	struct tl_arena arena = { 0 };
	struct tl_remote now = look(applying, &arena, line);

	line->applied->version = line->step.wanted.version;
	line->applied->written = true;
	/* Where it cannot be looked at now, what was written is the last that is known. */
	end_overtaken(applying, line, now.version > 0 ? now.version : line->applied->version, has_reached(applying, line), why->message);
	tl_arena_clear(&arena);
}

/* The platform's job ended badly over what it was handed: there is no version, and callers keep what they had. */
static void end_unmade(struct tl_applying *applying, struct tl_line *line, const struct tl_error *why)
{
	if (applying->deploy->atomic)
		tl_apply_stop(applying);
	end_line(applying, line, TL_APPLIED_REJECTED, TL_REFUSED, why->message);
}

/* The time for it was over before the platform took it: an earlier publish of the flow goes on still, say. */
static void end_too_late(struct tl_applying *applying, struct tl_line *line, const struct tl_error *why)
{
	tl_apply_stop(applying);
	end_line(applying, line, TL_APPLIED_TIMED_OUT, why->code, why->message);
}

/* After a write that did not. */
static void miss(struct tl_applying *applying, struct tl_line *line, const struct tl_error *why)
{
	bool beaten = why->code == TL_CONFLICT || why->code == TL_NOT_FOUND;
	struct tl_error ignored;

	if (why->code == TL_INTERRUPTED && (line->called_off || line->step.call.attempts == 0)) {
		give_up(applying, line);
		return;
	}
	if (line->unsent && applying->out->taken_over) {
		yield(applying, line);
		return;
	}
	if (why->code == TL_LOST || why->code == TL_INTERRUPTED) {
		lose_sight(applying, line, why);
		return;
	}
	if (line->took_effect) {
		end_beaten(applying, line, why);
		return;
	}
	tl_ledger_end(applying->deploy->ledger, &line->step, beaten ? TL_STEP_CONFLICT : TL_STEP_FAILED, tl_str(why->message), &ignored);
	line->step.id = 0;
	tl_apply_at(applying, "refused");
	if (beaten)
		lose(applying, line, why);
	else if (line->ended_badly)
		end_unmade(applying, line, why);
	else if (why->code == TL_TIMED_OUT)
		end_too_late(applying, line, why);
	else
		fail(applying, line, why);
}

/* The intent is on record: nothing but the write itself is left. */
static bool send(struct tl_applying *applying, struct tl_line *line, const struct tl_put *write)
{
	struct tl_error why = { 0 };
	struct tl_arena arena = { 0 };
	struct tl_remote remote;
	bool waits = false;

	tl_apply_tell(applying, TL_TOLD_BEGUN, line);
	tl_apply_at(applying, "begun");
	if (put(&remote, &arena, applying, line, write, &why) == 0)
		waits = win(applying, line, &remote, write->publish);
	else
		miss(applying, line, &why);
	tl_arena_clear(&arena);
	return waits;
}

bool tl_line_write(struct tl_applying *applying, struct tl_line *line, bool publish)
{
	int64_t version = line->applied->version + 1;
	struct tl_put write = { .version = version, .publish = publish };
	struct tl_error why = { 0 };
	struct tl_flow *flow = NULL;
	bool waits = false;

	line->step = step_of(applying, line, version);
	tl_apply_at(applying, "before");
	if (tl_apply_read(&flow, applying, line, &why) != 0 || tl_ledger_begin(applying->deploy->ledger, &line->step, &why) != 0) {
		line->step.id = 0;
		fail(applying, line, &why);
	} else {
		write.flow = flow;
		waits = send(applying, line, &write);
	}
	tl_flow_free(flow);
	return waits;
}

/* deploy/write.c: the writes of a plan: intent, compare-and-set, outcome. */
#include <inttypes.h>
#include <stdlib.h>

#include "deploy/apply.h"
#include "flow/canonical.h"

/* A line that did not go through; nothing after it is tried. */
static void fail(struct tl_applying *applying, struct tl_line *line, const struct tl_error *why)
{
	line->applied->state = TL_APPLIED_FAILED;
	line->applied->code = why->code == TL_OK ? TL_IO : why->code;
	line->applied->message = tl_arena_dup(&applying->out->arena, tl_str(why->message));
	applying->stopped = true;
}

static struct tl_step step_of(const struct tl_applying *applying, const struct tl_line *line, int64_t version)
{
	bool rollback = applying->plan->kind == TL_PLAN_ROLLBACK;
	struct tl_step step = {
		.wanted = line->record,
		.action = rollback ? TL_STR("rollback") : tl_str(tl_action_name(line->planned->action)),
		.renamed_from = line->planned->renamed_from,
		.base_version = version - 1,
		.hold_digest = rollback ? line->planned->base_digest : (struct tl_str){ NULL, 0 },
		.hold_reason = rollback ? line->planned->note : (struct tl_str){ NULL, 0 },
	};

	step.wanted.platform_id = line->applied->platform_id;
	step.wanted.version = version;
	return step;
}

/* The flow of that name as it is now; version 0 where there is none. */
static struct tl_remote look(struct tl_applying *applying, const struct tl_line *line)
{
	struct tl_platform *platform = applying->deploy->platform;
	struct tl_remotes remotes;
	struct tl_remote now = { 0 };
	struct tl_error ignored;

	if (line->applied->platform_id.len > 0) {
		if (tl_platform_get(&now, &applying->scratch, platform, line->applied->platform_id, &ignored) != 0)
			now = (struct tl_remote){ 0 };
		return now;
	}
	if (tl_platform_list(&remotes, &applying->scratch, platform, &ignored) != 0)
		return now;
	for (size_t i = 0; i < remotes.count; i++) {
		if (tl_str_equal(remotes.items[i].name, line->source ? line->source->name : line->planned->flow))
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

/* Somebody was first. Either they published the same, and there is nothing left to do, or it is a conflict. */
static void lose(struct tl_applying *applying, struct tl_line *line)
{
	struct tl_remote now = look(applying, line);

	if (is_ours(applying, line, &now)) {
		line->applied->state = TL_APPLIED_ALREADY;
		line->applied->version = now.version;
		line->applied->platform_id = tl_arena_dup(&applying->out->arena, now.id);
		return;
	}
	tl_apply_conflict(applying, line, now.id, now.version);
	applying->stopped = true;
}

/* After a write that went through. */
static void win(struct tl_applying *applying, struct tl_line *line, struct tl_step *step, const struct tl_remote *remote, bool publish)
{
	struct tl_error why = { 0 };

	line->applied->platform_id = tl_arena_dup(&applying->out->arena, remote->id);
	line->applied->version = remote->version;
	line->applied->status = remote->status;
	step->wanted.platform_id = line->applied->platform_id;
	if (tl_ledger_end(applying->deploy->ledger, step, publish ? TL_STEP_PUBLISHED : TL_STEP_DRAFTED, TL_STR(""), &why) != 0) {
		tl_error_wrap(&why, "version %" PRId64 " was written, but the ledger could not be", remote->version);
		fail(applying, line, &why);
		return;
	}
	if (!publish)
		return;
	line->applied->state = TL_APPLIED_PUBLISHED;
	applying->out->published++;
}

static int put(struct tl_remote *remote, struct tl_applying *applying, const struct tl_line *line, const struct tl_put *write,
               struct tl_error *err)
{
	struct tl_platform *platform = applying->deploy->platform;

	if (write->version == 1)
		return tl_platform_create(remote, &applying->scratch, platform, write, err);
	return tl_platform_put(remote, &applying->scratch, platform, line->applied->platform_id, write, err);
}

/* One write of a line: the version after the one that it was last seen at. */
static void write_line(struct tl_applying *applying, struct tl_line *line, int64_t version, bool publish)
{
	struct tl_step step = step_of(applying, line, version);
	struct tl_put write = { .version = version, .publish = publish };
	struct tl_error why = { 0 }, ignored;
	struct tl_flow *flow = NULL;
	struct tl_remote remote;

	if (tl_apply_read(&flow, applying, line, &why) != 0 || tl_ledger_begin(applying->deploy->ledger, &step, &why) != 0) {
		fail(applying, line, &why);
		goto out;
	}
	write.flow = flow;
	if (put(&remote, applying, line, &write, &why) == 0) {
		win(applying, line, &step, &remote, publish);
		goto out;
	}
	tl_ledger_end(applying->deploy->ledger, &step, why.code == TL_CONFLICT ? TL_STEP_CONFLICT : TL_STEP_FAILED, tl_str(why.message),
	              &ignored);
	if (why.code == TL_CONFLICT || why.code == TL_NOT_FOUND)
		lose(applying, line);
	else
		fail(applying, line, &why);
out:
	tl_flow_free(flow);
}

static bool must_stop(struct tl_applying *applying)
{
	if (!applying->stopped && applying->deploy->stopped && applying->deploy->stopped())
		applying->stopped = true;
	return applying->stopped;
}

/* Flows that call each other in a circle are all on the platform before any of them is published. One alone needs no draft. */
static void write_drafts(struct tl_applying *applying, const struct tl_plan_cycle *cycle)
{
	size_t writes = 0;

	for (size_t i = 0; i < cycle->count; i++) {
		const struct tl_line *line = tl_map_ptr(&applying->by_flow, cycle->flows[i]);

		writes += line && line->writes;
	}
	for (size_t i = 0; writes > 1 && i < cycle->count && !must_stop(applying); i++) {
		struct tl_line *line = tl_map_ptr(&applying->by_flow, cycle->flows[i]);

		if (!line || !line->writes || line->drafted)
			continue;
		write_line(applying, line, line->planned->base_version + 1, false);
		line->drafted = line->applied->state == TL_APPLIED_NOT_TRIED;
	}
}

void tl_apply_write(struct tl_applying *applying)
{
	const struct tl_plan *plan = applying->plan;

	for (size_t i = 0; i < plan->n_cycles; i++)
		write_drafts(applying, &plan->cycles[i]);
	for (size_t i = 0; i < plan->n_flows && !must_stop(applying); i++) {
		struct tl_line *line = &applying->lines[i];

		if (line->writes && line->applied->state == TL_APPLIED_NOT_TRIED)
			write_line(applying, line, line->planned->base_version + (line->drafted ? 2 : 1), true);
	}
}

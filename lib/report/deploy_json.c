/* report/deploy_json.c: what is deployed and what became of it, as JSON with sorted keys. */
#include "doc/json.h"
#include "report/deploy.h"
#include "report/findings.h"
#include "report/members.h"
#include "report/three.h"

static void write_plan(struct tl_buf *out, const struct tl_plan *plan, bool color)
{
	(void)color;
	tl_plan_write(out, plan);
}

static void put_conflict(struct tl_json *json, const struct tl_applied *applied)
{
	struct tl_arena arena = { 0 };
	struct tl_three three;

	tl_json_key(json, "conflict");
	/* A flow that was locked or refused, and not changed, has nothing to compare. */
	if (applied->state != TL_APPLIED_CONFLICT || applied->stands || (applied->held_by.len > 0 && !applied->changed)) {
		tl_json_null(json);
		return;
	}
	tl_applied_three(&three, &arena, applied);
	tl_three_json(json, &three);
	tl_arena_clear(&arena);
}

/* Who has the flow locked; null: nobody else. */
static void put_lock(struct tl_json *json, const struct tl_applied *applied)
{
	tl_json_key(json, "locked");
	if (applied->held_by.len == 0) {
		tl_json_null(json);
		return;
	}
	tl_json_map(json);
	tl_json_put(json, "by", applied->held_by);
	tl_member_time(json, "since", applied->held_ms);
	tl_json_map_end(json);
}

static void put_status(struct tl_json *json, bool there, enum tl_remote_status status)
{
	tl_json_put_or_null(json, "status", there ? tl_str(tl_remote_status_name(status)) : (struct tl_str){ NULL, 0 });
}

static void put_applied(struct tl_json *json, const struct tl_applied *applied)
{
	tl_json_map(json);
	tl_json_put(json, "action", tl_str(tl_action_name(applied->planned->action)));
	put_conflict(json, applied);
	tl_json_put(json, "flow", applied->planned->flow);
	put_lock(json, applied);
	tl_member_text(json, "message", applied->message);
	tl_member_text(json, "platform_id", applied->platform_id);
	tl_json_put(json, "state", tl_str(tl_applied_name(applied->state)));
	put_status(json, applied->written, applied->status);
	tl_member_version(json, "version", applied->version);
	tl_json_map_end(json);
}

static void write_apply(struct tl_buf *out, const struct tl_apply *apply, const struct tl_plan *plan, const struct tl_findings *said, bool color)
{
	struct tl_json json;

	(void)color;
	tl_json_init(&json, out, true);
	tl_json_map(&json);
	tl_json_put(&json, "environment", plan->environment);
	tl_json_key(&json, "findings");
	tl_findings_put(&json, said);
	tl_json_key(&json, "flows");
	tl_json_list(&json);
	for (size_t i = 0; i < apply->n_flows; i++)
		put_applied(&json, &apply->flows[i]);
	tl_json_list_end(&json);
	tl_json_put_boolean(&json, "interrupted", apply->interrupted);
	tl_member_text(&json, "plan", tl_str(plan->id));
	tl_json_put_integer(&json, "published", (int64_t)apply->published);
	tl_json_put_integer(&json, "version", 1);
	tl_json_put_integer(&json, "written", (int64_t)apply->written);
	tl_json_map_end(&json);
	tl_buf_char(out, '\n');
}

static void put_state(struct tl_json *json, const struct tl_deploy_state *state)
{
	tl_json_map(json);
	tl_member_text(json, "commit", state->commit);
	tl_member_text(json, "digest", state->digest);
	tl_json_put(json, "flow", state->flow);
	tl_member_text(json, "held", state->hold);
	tl_member_text(json, "platform_id", state->platform_id);
	tl_member_text(json, "promoted_from", state->promoted);
	tl_member_time(json, "published", state->known && state->published_version == state->version ? state->written_ms : 0);
	tl_member_version(json, "published_version", state->published_version);
	tl_member_text(json, "reason", state->reason);
	tl_member_text(json, "source", state->source);
	put_status(json, state->version > 0, state->status);
	tl_member_version(json, "version", state->version);
	tl_json_map_end(json);
}

static void put_unfinished(struct tl_json *json, const struct tl_step *step)
{
	tl_json_map(json);
	tl_member_time(json, "begun", step->begun_ms);
	tl_json_put(json, "flow", step->wanted.flow);
	tl_member_version(json, "version", step->wanted.version);
	tl_json_map_end(json);
}

/* null where nobody publishes. */
static void put_lease(struct tl_json *json, const struct tl_lease_holder *lease)
{
	tl_json_key(json, "lease");
	if (!lease->held) {
		tl_json_null(json);
		return;
	}
	tl_json_map(json);
	tl_json_put(json, "owner", lease->owner);
	tl_member_time(json, "since", lease->since_ms);
	tl_member_time(json, "until", lease->expires_ms);
	tl_json_map_end(json);
}

static void write_status(struct tl_buf *out, const struct tl_deploy_states *states, struct tl_str environment, bool color)
{
	struct tl_json json;

	(void)color;
	tl_json_init(&json, out, true);
	tl_json_map(&json);
	tl_json_put(&json, "environment", environment);
	tl_json_key(&json, "flows");
	tl_json_list(&json);
	for (size_t i = 0; i < states->count; i++)
		put_state(&json, &states->items[i]);
	tl_json_list_end(&json);
	put_lease(&json, &states->lease);
	tl_json_key(&json, "unfinished");
	tl_json_list(&json);
	for (size_t i = 0; i < states->unfinished.count; i++)
		put_unfinished(&json, &states->unfinished.items[i]);
	tl_json_list_end(&json);
	tl_json_put_integer(&json, "version", 1);
	tl_json_map_end(&json);
	tl_buf_char(out, '\n');
}

static void put_watched(struct tl_json *json, const struct tl_watched *watched)
{
	tl_json_map(json);
	tl_json_put(json, "flow", watched->flow);
	tl_member_text(json, "platform_id", watched->platform_id);
	tl_member_version(json, "published_version", watched->published_version);
	tl_member_text(json, "reason", watched->reason);
	put_status(json, watched->seen_version > 0, watched->status);
	tl_json_put(json, "verdict", tl_str(tl_verdict_name(watched->verdict)));
	tl_member_version(json, "version", watched->version);
	tl_json_put_integer(json, "waited_ms", watched->waited_ms);
	tl_json_map_end(json);
}

static void write_watched(struct tl_buf *out, const struct tl_watched *watched, size_t count, struct tl_str environment, bool color)
{
	struct tl_json json;

	(void)color;
	tl_json_init(&json, out, true);
	tl_json_map(&json);
	tl_json_put(&json, "environment", environment);
	tl_json_key(&json, "flows");
	tl_json_list(&json);
	for (size_t i = 0; i < count; i++)
		put_watched(&json, &watched[i]);
	tl_json_list_end(&json);
	tl_json_put_integer(&json, "version", 1);
	tl_json_map_end(&json);
	tl_buf_char(out, '\n');
}

const struct tl_deploy_format tl_deploy_format_json = { "json", write_plan, write_apply, write_status, write_watched };

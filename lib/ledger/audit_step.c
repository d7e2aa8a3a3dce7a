/* ledger/audit_step.c: what the ledger's own writes leave in the chain. */
#include "ledger/chain.h"

/* Creations and updates are publishing to a person; going back is not. */
static const char *action_of(struct tl_str step_action)
{
	static const char *const table[] = { "rollback", "undo" };

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		if (tl_str_is(step_action, table[i]))
			return table[i];
	}
	return "publish";
}

/* What intent and outcome have in common. `details` is empty. */
static struct tl_audit_entry entry_of(struct tl_arena *arena, struct tl_item *details, const struct tl_step *step)
{
	const struct tl_deployed *wanted = &step->wanted;

	if (!tl_str_is(step->action, action_of(step->action)))
		tl_item_put(details, TL_STR("write"), tl_item_string(arena, step->action));
	if (wanted->platform_id.len > 0)
		tl_item_put(details, TL_STR("platform_id"), tl_item_string(arena, wanted->platform_id));
	if (step->renamed_from.len > 0)
		tl_item_put(details, TL_STR("renamed_from"), tl_item_string(arena, step->renamed_from));
	return (struct tl_audit_entry){
		.action = action_of(step->action),
		.environment = wanted->environment,
		.flow = wanted->flow,
		.plan = wanted->plan,
		.commit = wanted->commit,
		.digest = wanted->digest,
		.reason = step->hold_reason,
		.step = step->id,
		.base_version = step->base_version,
		.base_digest = step->hold_digest.len > 0 ? step->hold_digest : step->base_digest,
		.version = wanted->version,
		.details = details,
	};
}

int tl_audit_step_begun(struct tl_ledger *ledger, const struct tl_step *step, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_audit_entry entry = entry_of(&arena, tl_item_new(&arena, TL_MAP), step);
	int ret;

	entry.phase = "intent";
	ret = tl_audit_append_within(ledger, &entry, err);
	tl_arena_clear(&arena);
	return ret;
}

int tl_audit_step_ended(struct tl_ledger *ledger, const struct tl_step *step, enum tl_step_state state, struct tl_str message, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_item *details = tl_item_new(&arena, TL_MAP);
	struct tl_audit_entry entry = entry_of(&arena, details, step);
	int ret;

	if (step->call.settled)
		tl_item_put(details, TL_STR("settled"), tl_item_boolean(&arena, true));
	entry.phase = "outcome";
	entry.outcome = tl_step_state_name(state);
	entry.error = message;
	entry.status = step->call.status;
	entry.attempts = step->call.attempts;
	entry.latency_ms = step->call.latency_ms;
	entry.etag = step->call.etag;
	entry.correlation = step->call.correlation;
	ret = tl_audit_append_within(ledger, &entry, err);
	tl_arena_clear(&arena);
	return ret;
}

int tl_audit_steps_closed(struct tl_ledger *ledger, const struct tl_deployed *deployed, const struct tl_result *closed, const char *outcome,
                          const char *why, struct tl_error *err)
{
	struct tl_audit_entry entry = {
		.phase = "outcome", .outcome = outcome, .environment = deployed->environment, .flow = deployed->flow, .error = tl_str(why),
	};

	for (size_t i = 0; i < closed->n_rows; i++) {
		const struct tl_param *column = closed->rows[i].columns;

		entry.step = column[0].integer;
		entry.version = column[1].integer;
		entry.digest = column[2].text;
		entry.action = action_of(column[3].text);
		if (tl_audit_append_within(ledger, &entry, err) != 0)
			return -1;
	}
	return 0;
}

int tl_audit_adopted(struct tl_ledger *ledger, const struct tl_deployed *deployed, struct tl_error *err)
{
	struct tl_audit_entry entry = {
		.action = "adopt",
		.outcome = tl_step_state_name(TL_STEP_PUBLISHED),
		.environment = deployed->environment,
		.flow = deployed->flow,
		.plan = deployed->plan,
		.commit = deployed->commit,
		.digest = deployed->digest,
		.version = deployed->version,
	};

	return tl_audit_append_within(ledger, &entry, err);
}

int tl_audit_plan_begun(struct tl_ledger *ledger, const struct tl_plan_record *plan, struct tl_error *err)
{
	struct tl_audit_entry entry = {
		.action = "apply", .phase = "intent", .environment = plan->environment, .plan = plan->plan, .commit = plan->commit,
	};

	return tl_audit_append_within(ledger, &entry, err);
}

int tl_audit_plan_ended(struct tl_ledger *ledger, const struct tl_plan_record *plan, enum tl_plan_state state, struct tl_str message, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_item *details = tl_item_new(&arena, TL_MAP);
	struct tl_audit_entry entry = {
		.action = "apply",
		.phase = "outcome",
		.outcome = tl_plan_state_name(state),
		.environment = plan->environment,
		.plan = plan->plan,
		.commit = plan->commit,
		.details = details,
	};
	int ret;

	if (message.len > 0)
		tl_item_put(details, TL_STR("result"), tl_item_string(&arena, message));
	ret = tl_audit_append_within(ledger, &entry, err);
	tl_arena_clear(&arena);
	return ret;
}

int tl_audit_lease_stolen(struct tl_ledger *ledger, struct tl_str environment, struct tl_str owner, struct tl_str from, struct tl_str reason,
                          struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_item *details = tl_item_new(&arena, TL_MAP);
	struct tl_audit_entry entry = { .action = "steal", .environment = environment, .reason = reason, .details = details };
	int ret;

	tl_item_put(details, TL_STR("from"), tl_item_string(&arena, from));
	tl_item_put(details, TL_STR("owner"), tl_item_string(&arena, owner));
	ret = tl_audit_append_within(ledger, &entry, err);
	tl_arena_clear(&arena);
	return ret;
}

/* deploy/record.c: the plan on record, so that what a killed program left can be finished or taken back. */
#include "deploy/apply.h"
#include "ledger/audit.h"

/* A plan that was begun and is given up for another one; what it wrote is on record step by step. */
static int give_up(struct tl_applying *applying, const struct tl_plan_record *other, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str why = tl_arena_printf(&arena, "given up: plan %.12s was applied", applying->plan->id);
	int ret = tl_ledger_plan_end(applying->deploy->ledger, other, TL_PLAN_FINISHED, why, err);

	tl_arena_clear(&arena);
	return ret;
}

static void take_record(struct tl_applying *applying, const struct tl_plan_record *record)
{
	applying->record = *record;
	applying->record.commit = applying->plan->commit;
}

/* Others that are open are given up, but without a lease they may be somebody's who is still at work. */
int tl_apply_find_record(struct tl_applying *applying, struct tl_error *err)
{
	bool alone = applying->deploy->lease && !applying->conflict;
	struct tl_plan_records records;

	if (tl_ledger_plan_open(&records, &applying->scratch, applying->deploy->ledger, applying->plan->environment, err) != 0)
		return -1;
	for (size_t i = 0; i < records.count; i++) {
		if (tl_str_is(records.items[i].plan, applying->plan->id))
			take_record(applying, &records.items[i]);
		else if (alone && give_up(applying, &records.items[i], err) != 0)
			return -1;
	}
	return 0;
}

int tl_apply_begin_record(struct tl_applying *applying, struct tl_error *err)
{
	struct tl_buf bytes = { 0 };
	int ret;

	if (tl_apply_find_record(applying, err) != 0)
		return -1;
	if (applying->record.id != 0)
		return 0;
	tl_plan_write(&bytes, applying->plan);
	applying->record = (struct tl_plan_record){
		.environment = applying->plan->environment,
		.plan = tl_str(applying->plan->id),
		.commit = applying->plan->commit,
		.bytes = tl_arena_dup(&applying->scratch, tl_buf_view(&bytes)),
		.atomic = applying->deploy->atomic,
	};
	tl_buf_clear(&bytes);
	ret = tl_ledger_plan_begin(applying->deploy->ledger, &applying->record, err);
	tl_apply_at(applying, "plan begun");
	return ret;
}

static struct tl_audit_entry conflict_of(const struct tl_applying *applying, const struct tl_line *line)
{
	const struct tl_planned *planned = line->planned;

	return (struct tl_audit_entry){
		.action = applying->plan->kind == TL_PLAN_ROLLBACK ? "rollback" : "publish",
		.outcome = tl_applied_name(TL_APPLIED_CONFLICT),
		.environment = applying->plan->environment,
		.flow = planned->flow,
		.plan = tl_str(applying->plan->id),
		.commit = applying->plan->commit,
		.base_version = planned->base_version,
		.base_digest = planned->base_digest,
		.digest = planned->wanted_digest,
		.error = line->applied->message,
	};
}

int tl_apply_record_conflicts(struct tl_applying *applying, struct tl_error *err)
{
	struct tl_audit_entry *entries = TL_ARENA_ARRAY(&applying->scratch, struct tl_audit_entry, applying->plan->n_flows);
	size_t count = 0;

	for (size_t i = 0; i < applying->plan->n_flows; i++) {
		if (applying->lines[i].applied->state == TL_APPLIED_CONFLICT)
			entries[count++] = conflict_of(applying, &applying->lines[i]);
	}
	return tl_audit_append_all(applying->deploy->ledger, entries, count, err);
}

int tl_apply_record_nothing(struct tl_applying *applying, struct tl_error *err)
{
	struct tl_item *details = tl_item_new(&applying->scratch, TL_MAP);
	struct tl_audit_entry entry = {
		.action = "apply", .outcome = tl_plan_state_name(TL_PLAN_FINISHED), .environment = applying->plan->environment, .plan = tl_str(applying->plan->id),
		.commit = applying->plan->commit, .details = details,
	};

	tl_item_put(details, TL_STR("result"), tl_item_string(&applying->scratch, TL_STR("0 written, 0 published")));
	return applying->record.id != 0 ? 0 : tl_audit_append(applying->deploy->ledger, &entry, err);
}

/* What a step of the plan left of its line. Steps come in the order in which they were begun. */
static void take_step(struct tl_line *line, const struct tl_step *step)
{
	struct tl_applied *applied = line->applied;
	bool undone = tl_str_is(step->action, "undo") && step->state == TL_STEP_PUBLISHED &&
	              tl_str_equal(step->wanted.digest, line->planned->base_digest);

	if (step->state != TL_STEP_PUBLISHED && step->state != TL_STEP_DRAFTED)
		return;
	switch (applied->state) {
	case TL_APPLIED_CONFLICT:
	case TL_APPLIED_UNKNOWN:
		return;
	case TL_APPLIED_NOTHING:
	case TL_APPLIED_ALREADY:
	case TL_APPLIED_PUBLISHED:
	case TL_APPLIED_UNDONE:
		/* Callers get what they got before, and nothing lay above it. */
		applied->state = undone ? TL_APPLIED_UNDONE : TL_APPLIED_PUBLISHED;
		break;
	default:
		break;
	}
	applied->written = true;
	applied->status = step->state == TL_STEP_PUBLISHED ? TL_STATUS_PUBLISHED : TL_STATUS_DRAFT;
	applied->version = step->wanted.version;
	applied->platform_id = step->wanted.platform_id;
}

int tl_apply_recall(struct tl_applying *applying, struct tl_error *err)
{
	struct tl_steps steps;

	if (tl_ledger_plan_steps(&steps, &applying->out->arena, applying->deploy->ledger, applying->record.id, err) != 0)
		return -1;
	for (size_t i = 0; i < steps.count; i++) {
		int64_t position = steps.items[i].position;

		if (position >= 0 && (size_t)position < applying->plan->n_flows)
			take_step(&applying->lines[position], &steps.items[i]);
	}
	return 0;
}

/* Whether going on with the plan could change anything: it was interrupted, or something that went wrong may go right the next time. */
static bool is_left(const struct tl_applying *applying)
{
	const struct tl_apply *out = applying->out;
	bool left = out->interrupted;

	for (size_t i = 0; i < out->n_flows; i++) {
		left |= applying->lines[i].stuck;
		switch (out->flows[i].state) {
		case TL_APPLIED_CONFLICT:
			if (!out->undone && (out->flows[i].changed || out->flows[i].held_by.len == 0))
				return false;
			/* A lock is given back some day. */
			left |= !out->undone;
			break;
		case TL_APPLIED_FAILED:
		case TL_APPLIED_NOT_TRIED:
		case TL_APPLIED_TIMED_OUT:
			left |= !out->undone;
			break;
		case TL_APPLIED_UNKNOWN:
			left = true;
			break;
		default:
			break;
		}
	}
	return left;
}

int tl_apply_end_record(struct tl_applying *applying, struct tl_error *err)
{
	struct tl_apply *out = applying->out;
	struct tl_arena arena = { 0 };
	struct tl_str message;
	int ret;

	if (applying->record.id == 0 && tl_apply_find_record(applying, err) != 0)
		return -1;
	out->left = applying->record.id != 0 && is_left(applying);
	if (applying->record.id == 0 || out->left)
		return 0;
	tl_apply_at(applying, "plan done");
	message = tl_arena_printf(&arena, "%zu written, %zu published", out->written, out->published);
	ret = tl_ledger_plan_end(applying->deploy->ledger, &applying->record, out->undone ? TL_PLAN_UNDONE : TL_PLAN_FINISHED, message, err);
	tl_arena_clear(&arena);
	return ret;
}

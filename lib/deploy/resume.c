/* deploy/resume.c: finishing, or taking back, what a program left that was killed or cut off. */
#include "deploy/apply.h"

static int read_plan(struct tl_unfinished *out, const struct tl_plan_record *record, struct tl_ledger *ledger, struct tl_error *err)
{
	struct tl_steps steps;

	if (tl_plan_read(&out->plan, TL_STR("the plan on record"), record->bytes, err) != 0) {
		if (err)
			err->code = TL_IO;
		return -1;
	}
	out->record = record->id;
	out->begun_ms = record->begun_ms;
	out->atomic = record->atomic;
	if (tl_ledger_plan_steps(&steps, &out->arena, ledger, record->id, err) != 0)
		return -1;
	for (size_t i = 0; i < steps.count; i++)
		out->undoing |= tl_str_is(steps.items[i].action, "undo");
	return 0;
}

int tl_deploy_unfinished(struct tl_unfinished *out, struct tl_deploy *deploy, struct tl_error *err)
{
	struct tl_str name = deploy->environment->name;
	struct tl_plan_records records;
	struct tl_steps steps;

	*out = (struct tl_unfinished){ 0 };
	if (tl_ledger_open_steps(&steps, &out->arena, deploy->ledger, name, err) != 0 ||
	    tl_ledger_plan_open(&records, &out->arena, deploy->ledger, name, err) != 0)
		return -1;
	out->n_open = steps.count;
	return records.count > 0 ? read_plan(out, &records.items[records.count - 1], deploy->ledger, err) : 0;
}

void tl_unfinished_clear(struct tl_unfinished *unfinished)
{
	tl_plan_free(unfinished->plan);
	tl_arena_clear(&unfinished->arena);
	*unfinished = (struct tl_unfinished){ 0 };
}

/* All that the plan wrote, by this program or one before. */
static int recall(struct tl_applying *applying, struct tl_error *err)
{
	if (tl_apply_recall(applying, err) != 0)
		return -1;
	for (size_t i = 0; i < applying->out->n_flows; i++)
		applying->n_writes += applying->out->flows[i].written;
	return 0;
}

static int undo_record(struct tl_apply **out, struct tl_deploy *deploy, const struct tl_unfinished *unfinished, struct tl_error *err)
{
	struct tl_applying applying = { .deploy = deploy, .plan = unfinished->plan, .resumed = true };
	int ret;

	tl_apply_start(&applying);
	applying.record = (struct tl_plan_record){
		.id = unfinished->record, .environment = unfinished->plan->environment, .plan = tl_str(unfinished->plan->id),
		.commit = unfinished->plan->commit,
	};
	ret = recall(&applying, err);
	if (ret == 0) {
		tl_apply_undo(&applying);
		ret = tl_apply_end_record(&applying, err);
	}
	if (ret == 0) {
		*out = applying.out;
		applying.out = NULL;
	}
	tl_apply_clear(&applying);
	return ret;
}

/* While the lease is ours. What was unfinished may have been finished while it was waited for. */
static int resume(struct tl_apply **out, struct tl_deploy *deploy, const struct tl_unfinished *unfinished, bool undo,
                  struct tl_findings *findings, struct tl_error *err)
{
	struct tl_unfinished now;
	int ret = tl_deploy_settle(NULL, deploy, err);

	if (ret != 0 || !unfinished->plan)
		return ret;
	ret = tl_deploy_unfinished(&now, deploy, err);
	if (ret == 0 && now.plan && now.record == unfinished->record)
		ret = undo || now.undoing ? undo_record(out, deploy, unfinished, err) :
		                            tl_apply_plan(out, deploy, unfinished->plan, true, findings, err);
	tl_unfinished_clear(&now);
	return ret;
}

int tl_deploy_resume(struct tl_apply **out, struct tl_deploy *deploy, const struct tl_unfinished *unfinished, bool undo,
                     struct tl_findings *findings, struct tl_error *err)
{
	int ret;

	*out = NULL;
	if (!unfinished->plan && unfinished->n_open == 0)
		return 0;
	if (tl_deploy_enter(deploy, err) != 0)
		return -1;
	ret = resume(out, deploy, unfinished, undo, findings, err);
	tl_deploy_leave(deploy);
	return ret;
}

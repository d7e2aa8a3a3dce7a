/* ledger/plan.c: plans on record from before their first step until after their last. */
#include <assert.h>

#include "ledger/chain.h"

static const char *const state_table[TL_PLAN_STATES] = {
	[TL_PLAN_OPEN] = "open",
	[TL_PLAN_FINISHED] = "finished",
	[TL_PLAN_UNDONE] = "undone",
};

const char *tl_plan_state_name(enum tl_plan_state state)
{
	assert(state < TL_PLAN_STATES);
	return state_table[state];
}

static enum tl_plan_state state_of(struct tl_str name)
{
	for (unsigned i = 0; i < TL_PLAN_STATES; i++) {
		if (tl_str_is(name, state_table[i]))
			return (enum tl_plan_state)i;
	}
	return TL_PLAN_OPEN;
}

static int begin_plan(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	struct tl_plan_record *plan = data;
	struct tl_param params[] = {
		TL_P_TEXT(plan->environment), TL_P_TEXT(plan->plan), TL_P_TEXT(plan->bytes), TL_P_INT(plan->atomic),
		TL_P_INT(tl_ledger_fence(ledger, plan->environment)), TL_P_INT(tl_ledger_now_ms(ledger)),
	};

	if (tl_ledger_insert(&plan->id, ledger, TL_LEDGER_PLAN_BEGIN, params, TL_COUNT(params), err) != 0)
		return -1;
	return tl_audit_plan_begun(ledger, plan, err);
}

int tl_ledger_plan_begin(struct tl_ledger *ledger, struct tl_plan_record *plan, struct tl_error *err)
{
	return tl_ledger_write(ledger, plan->environment, begin_plan, plan, err);
}

struct ending {
	const struct tl_plan_record *plan;
	enum tl_plan_state state;
	struct tl_str message;
};

static int end_plan(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	const struct ending *ending = data;
	struct tl_param params[] = {
		TL_P_INT(ending->plan->id), TL_P_TEXT(tl_str(tl_plan_state_name(ending->state))), TL_P_TEXT(ending->message),
		TL_P_INT(tl_ledger_now_ms(ledger)),
	};

	int64_t changed;

	if (tl_db_run(ledger->db, TL_LEDGER_PLAN_END, params, TL_COUNT(params), &changed, err) != 0)
		return -1;
	return changed > 0 ? tl_audit_plan_ended(ledger, ending->plan, ending->state, ending->message, err) : 0;
}

int tl_ledger_plan_end(struct tl_ledger *ledger, const struct tl_plan_record *plan, enum tl_plan_state state, struct tl_str message,
                       struct tl_error *err)
{
	struct tl_buf space = { 0 };
	struct ending ending = { plan, state, tl_ledger_text(&space, message) };
	int ret = tl_ledger_write(ledger, plan->environment, end_plan, &ending, err);

	tl_buf_clear(&space);
	return ret;
}

static struct tl_plan_record plan_of(const struct tl_param *column)
{
	return (struct tl_plan_record){
		.id = column[0].integer,
		.environment = column[1].text,
		.plan = column[2].text,
		.bytes = column[3].text,
		.atomic = column[4].integer != 0,
		.state = state_of(column[5].text),
		.message = column[6].text,
		.fence = column[7].integer,
		.begun_ms = column[8].integer,
		.ended_ms = column[9].integer,
	};
}

int tl_ledger_plan_open(struct tl_plan_records *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment,
                        struct tl_error *err)
{
	struct tl_result result;

	*out = (struct tl_plan_records){ 0 };
	if (tl_ledger_query(&result, arena, ledger, TL_LEDGER_PLAN_OPEN, (struct tl_param[]){ TL_P_TEXT(environment) }, 1, err) != 0)
		return -1;
	out->items = TL_ARENA_ARRAY(arena, struct tl_plan_record, result.n_rows);
	for (size_t i = 0; i < result.n_rows; i++)
		out->items[i] = plan_of(result.rows[i].columns);
	out->count = result.n_rows;
	return 0;
}

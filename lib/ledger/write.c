/* ledger/write.c: what is written into the ledger, each call in one transaction. */
#include "ledger/tables.h"

static int64_t now_ms(const struct tl_ledger *ledger)
{
	return ledger->clock->now_ms(ledger->clock->data);
}

/* Opens or makes the file and begins; the rest of the call is finish(). */
static int begin(struct tl_ledger *ledger, struct tl_error *err)
{
	if (tl_ledger_file(ledger, true, err) != 0)
		return -1;
	return tl_db_begin(ledger->db, err);
}

/* Commits where all went well, else takes everything back. */
static int finish(struct tl_ledger *ledger, int ret, struct tl_error *err)
{
	if (ret == 0)
		return tl_db_commit(ledger->db, err);
	tl_db_rollback(ledger->db);
	return -1;
}

static int insert_step(struct tl_ledger *ledger, const struct tl_step *step, struct tl_error *err)
{
	const struct tl_deployed *wanted = &step->wanted;
	struct tl_param params[] = {
		TL_P_TEXT(wanted->environment), TL_P_TEXT(wanted->flow), TL_P_TEXT(wanted->platform_id), TL_P_INT(wanted->version),
		TL_P_TEXT(wanted->digest), TL_P_TEXT(wanted->content), TL_P_TEXT(wanted->more), TL_P_TEXT(wanted->blob),
		TL_P_TEXT(wanted->commit), TL_P_TEXT(wanted->plan), TL_P_INT(now_ms(ledger)), TL_P_TEXT(step->action),
		TL_P_TEXT(step->renamed_from), TL_P_INT(step->base_version), TL_P_TEXT(step->hold_digest), TL_P_TEXT(step->hold_reason),
	};

	return tl_db_run(ledger->db, TL_LEDGER_BEGIN, params, TL_COUNT(params), NULL, err);
}

static int last_step(int64_t *id, struct tl_ledger *ledger, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_result result;
	int ret = tl_db_query(&result, &arena, ledger->db, TL_LEDGER_LAST_STEP, NULL, 0, err);

	if (ret == 0)
		*id = result.rows[0].columns[0].integer;
	tl_arena_clear(&arena);
	return ret;
}

static int insert_hold(struct tl_ledger *ledger, const struct tl_step *step, struct tl_error *err)
{
	struct tl_param params[] = {
		TL_P_TEXT(step->wanted.environment), TL_P_TEXT(step->wanted.flow), TL_P_TEXT(step->hold_digest),
		TL_P_TEXT(step->hold_reason), TL_P_INT(now_ms(ledger)), TL_P_INT(step->id),
	};

	return tl_db_run(ledger->db, TL_LEDGER_HOLD, params, TL_COUNT(params), NULL, err);
}

int tl_ledger_begin(struct tl_ledger *ledger, struct tl_step *step, struct tl_error *err)
{
	int ret;

	if (begin(ledger, err) != 0)
		return -1;
	ret = insert_step(ledger, step, err);
	if (ret == 0)
		ret = last_step(&step->id, ledger, err);
	if (ret == 0 && step->hold_digest.len > 0)
		ret = insert_hold(ledger, step, err);
	return finish(ledger, ret, err);
}

static int put_deployed(struct tl_ledger *ledger, const struct tl_deployed *deployed, struct tl_str renamed_from, struct tl_error *err)
{
	struct tl_param params[] = {
		TL_P_TEXT(deployed->environment), TL_P_TEXT(deployed->flow), TL_P_TEXT(deployed->platform_id), TL_P_INT(deployed->version),
		TL_P_TEXT(deployed->digest), TL_P_TEXT(deployed->content), TL_P_TEXT(deployed->more), TL_P_TEXT(deployed->blob),
		TL_P_TEXT(deployed->commit), TL_P_TEXT(deployed->plan), TL_P_INT(now_ms(ledger)),
	};
	struct tl_param former[] = { params[0], TL_P_TEXT(renamed_from), params[2], params[3] };

	if (tl_db_run(ledger->db, TL_LEDGER_NOT_CURRENT, params, 4, NULL, err) != 0)
		return -1;
	if (renamed_from.len > 0 && tl_db_run(ledger->db, TL_LEDGER_NOT_CURRENT, former, 4, NULL, err) != 0)
		return -1;
	return tl_db_run(ledger->db, TL_LEDGER_PUT_DEPLOYED, params, TL_COUNT(params), NULL, err);
}

static int update_step(struct tl_ledger *ledger, const struct tl_step *step, enum tl_step_state state, struct tl_str message,
                       struct tl_error *err)
{
	struct tl_param params[] = {
		TL_P_INT(step->id), TL_P_TEXT(tl_str(tl_step_state_name(state))), TL_P_TEXT(message), TL_P_INT(now_ms(ledger)),
		TL_P_TEXT(step->wanted.platform_id), TL_P_INT(step->wanted.version),
	};

	return tl_db_run(ledger->db, TL_LEDGER_END, params, TL_COUNT(params), NULL, err);
}

/* Steps of the same flow up to this version that nobody will end any more. A program that is still at work after all says so by ending its own. */
static int close_lost(struct tl_ledger *ledger, const struct tl_deployed *deployed, struct tl_error *err)
{
	struct tl_param params[] = {
		TL_P_TEXT(deployed->environment), TL_P_TEXT(deployed->flow), TL_P_INT(deployed->version), TL_P_INT(now_ms(ledger)),
	};

	return tl_db_run(ledger->db, TL_LEDGER_CLOSE_LOST, params, TL_COUNT(params), NULL, err);
}

static int close_written(struct tl_ledger *ledger, const struct tl_deployed *deployed, struct tl_error *err)
{
	struct tl_param params[] = {
		TL_P_TEXT(deployed->environment), TL_P_TEXT(deployed->flow), TL_P_TEXT(deployed->platform_id), TL_P_INT(deployed->version),
		TL_P_TEXT(deployed->content), TL_P_INT(now_ms(ledger)),
	};

	return tl_db_run(ledger->db, TL_LEDGER_CLOSE_WRITTEN, params, TL_COUNT(params), NULL, err);
}

static int end_written(struct tl_ledger *ledger, const struct tl_step *step, struct tl_error *err)
{
	if (put_deployed(ledger, &step->wanted, step->renamed_from, err) != 0)
		return -1;
	return close_lost(ledger, &step->wanted, err);
}

int tl_ledger_end(struct tl_ledger *ledger, const struct tl_step *step, enum tl_step_state state, struct tl_str message,
                  struct tl_error *err)
{
	struct tl_param back[] = { TL_P_INT(step->id), TL_P_INT(now_ms(ledger)) };
	int ret;

	if (begin(ledger, err) != 0)
		return -1;
	ret = update_step(ledger, step, state, message, err);
	if (ret == 0 && (state == TL_STEP_PUBLISHED || state == TL_STEP_DRAFTED))
		ret = end_written(ledger, step, err);
	else if (ret == 0 && state != TL_STEP_OPEN)
		ret = tl_db_run(ledger->db, TL_LEDGER_TAKE_BACK, back, TL_COUNT(back), NULL, err);
	return finish(ledger, ret, err);
}

int tl_ledger_adopt(struct tl_ledger *ledger, const struct tl_deployed *deployed, struct tl_error *err)
{
	int ret;

	if (begin(ledger, err) != 0)
		return -1;
	ret = put_deployed(ledger, deployed, (struct tl_str){ NULL, 0 }, err);
	if (ret == 0)
		ret = close_written(ledger, deployed, err);
	if (ret == 0)
		ret = close_lost(ledger, deployed, err);
	return finish(ledger, ret, err);
}

int tl_ledger_release(int64_t *count, struct tl_ledger *ledger, struct tl_str environment, struct tl_str flow, struct tl_str reason,
                      struct tl_error *err)
{
	struct tl_param params[] = { TL_P_TEXT(environment), TL_P_TEXT(flow), TL_P_INT(now_ms(ledger)), TL_P_TEXT(reason) };

	*count = 0;
	/* Where there is no ledger there is no hold. */
	if (tl_ledger_file(ledger, false, err) != 0)
		return -1;
	return ledger->db ? tl_db_run(ledger->db, TL_LEDGER_RELEASE, params, TL_COUNT(params), count, err) : 0;
}

/* ledger/write.c: what is written into the ledger, each call whole or not at all. */
#include "ledger/chain.h"

static int insert_step(struct tl_ledger *ledger, struct tl_step *step, struct tl_error *err)
{
	const struct tl_deployed *wanted = &step->wanted;
	struct tl_param params[] = {
		TL_P_TEXT(wanted->environment), TL_P_TEXT(wanted->flow), TL_P_TEXT(wanted->platform_id), TL_P_INT(wanted->version),
		TL_P_TEXT(wanted->digest), TL_P_TEXT(wanted->content), TL_P_TEXT(wanted->more), TL_P_TEXT(wanted->blob),
		TL_P_TEXT(wanted->commit), TL_P_TEXT(wanted->plan), TL_P_INT(tl_ledger_now_ms(ledger)), TL_P_TEXT(wanted->source),
		TL_P_TEXT(wanted->promoted), TL_P_TEXT(step->action), TL_P_TEXT(step->renamed_from), TL_P_INT(step->base_version), TL_P_TEXT(step->hold_digest), TL_P_TEXT(step->hold_reason),
		step->plan_record ? TL_P_INT(step->plan_record) : TL_P_NULL, TL_P_INT(step->position),
		TL_P_INT(tl_ledger_fence(ledger, wanted->environment)),
	};

	return tl_ledger_insert(&step->id, ledger, TL_LEDGER_BEGIN, params, TL_COUNT(params), err);
}

static int insert_hold(struct tl_ledger *ledger, const struct tl_step *step, struct tl_error *err)
{
	struct tl_param params[] = {
		TL_P_TEXT(step->wanted.environment), TL_P_TEXT(step->wanted.flow), TL_P_TEXT(step->hold_digest),
		TL_P_TEXT(step->hold_reason), TL_P_INT(tl_ledger_now_ms(ledger)), TL_P_INT(step->id),
	};

	return tl_db_run(ledger->db, TL_LEDGER_HOLD, params, TL_COUNT(params), NULL, err);
}

static int begin_step(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	struct tl_step *step = data;

	if (insert_step(ledger, step, err) != 0)
		return -1;
	if (step->hold_digest.len > 0 && insert_hold(ledger, step, err) != 0)
		return -1;
	return tl_audit_step_begun(ledger, step, err);
}

int tl_ledger_begin(struct tl_ledger *ledger, struct tl_step *step, struct tl_error *err)
{
	struct tl_str reason = step->hold_reason;
	struct tl_buf space = { 0 };
	int ret;

	step->hold_reason = tl_ledger_text(&space, reason);
	ret = tl_ledger_write(ledger, step->wanted.environment, begin_step, step, err);
	step->hold_reason = reason;
	tl_buf_clear(&space);
	return ret;
}

static int put_deployed(struct tl_ledger *ledger, const struct tl_deployed *deployed, struct tl_str renamed_from, struct tl_error *err)
{
	struct tl_param params[] = {
		TL_P_TEXT(deployed->environment), TL_P_TEXT(deployed->flow), TL_P_TEXT(deployed->platform_id), TL_P_INT(deployed->version),
		TL_P_TEXT(deployed->digest), TL_P_TEXT(deployed->content), TL_P_TEXT(deployed->more), TL_P_TEXT(deployed->blob),
		TL_P_TEXT(deployed->commit), TL_P_TEXT(deployed->plan), TL_P_INT(tl_ledger_now_ms(ledger)),
		TL_P_TEXT(deployed->source), TL_P_TEXT(deployed->promoted), TL_P_INT(deployed->live),
		TL_P_INT(deployed->written_ms),
	};
	struct tl_param former[] = { params[0], TL_P_TEXT(renamed_from), params[2], params[3] };
	struct tl_param older[] = { params[0], params[2], params[3] };

	if (tl_db_run(ledger->db, TL_LEDGER_NOT_CURRENT, params, 4, NULL, err) != 0 ||
	    tl_db_run(ledger->db, TL_LEDGER_NOT_NEWEST, older, TL_COUNT(older), NULL, err) != 0)
		return -1;
	if (renamed_from.len > 0 && tl_db_run(ledger->db, TL_LEDGER_NOT_CURRENT, former, 4, NULL, err) != 0)
		return -1;
	return tl_db_run(ledger->db, TL_LEDGER_PUT_DEPLOYED, params, TL_COUNT(params), NULL, err);
}

static int update_step(struct tl_ledger *ledger, const struct tl_step *step, enum tl_step_state state, struct tl_str message,
                       struct tl_error *err)
{
	struct tl_param params[] = {
		TL_P_INT(step->id), TL_P_TEXT(tl_str(tl_step_state_name(state))), TL_P_TEXT(message), TL_P_INT(tl_ledger_now_ms(ledger)),
		TL_P_TEXT(step->wanted.platform_id), TL_P_INT(step->wanted.version),
	};

	return tl_db_run(ledger->db, TL_LEDGER_END, params, TL_COUNT(params), NULL, err);
}

/* Ends steps that their own programs did not end, and puts that on record. */
static int close_steps(struct tl_ledger *ledger, const struct tl_deployed *deployed, unsigned statement, const struct tl_param *params, size_t n_params,
                       struct tl_error *err)
{
	bool written = statement == TL_LEDGER_CLOSE_WRITTEN;
	struct tl_arena arena = { 0 };
	struct tl_result closed;
	int ret = tl_db_query(&closed, &arena, ledger->db, statement, params, n_params, err);

	if (ret == 0)
		ret = tl_audit_steps_closed(ledger, deployed, &closed, tl_step_state_name(written ? TL_STEP_PUBLISHED : TL_STEP_FAILED),
		                            written ? TL_CLOSED_WRITTEN : TL_CLOSED_LOST, err);
	tl_arena_clear(&arena);
	return ret;
}

/* Steps of the same flow up to this version that nobody will end any more. A program that is still at work after all says so by ending its own. */
static int close_lost(struct tl_ledger *ledger, const struct tl_deployed *deployed, struct tl_error *err)
{
	struct tl_param params[] = {
		TL_P_TEXT(deployed->environment), TL_P_TEXT(deployed->flow), TL_P_INT(deployed->version), TL_P_INT(tl_ledger_now_ms(ledger)),
	};

	return close_steps(ledger, deployed, TL_LEDGER_CLOSE_LOST, params, TL_COUNT(params), err);
}

static int close_written(struct tl_ledger *ledger, const struct tl_deployed *deployed, struct tl_error *err)
{
	struct tl_param params[] = {
		TL_P_TEXT(deployed->environment), TL_P_TEXT(deployed->flow), TL_P_TEXT(deployed->platform_id), TL_P_INT(deployed->version),
		TL_P_TEXT(deployed->content), TL_P_INT(tl_ledger_now_ms(ledger)),
	};

	return close_steps(ledger, deployed, TL_LEDGER_CLOSE_WRITTEN, params, TL_COUNT(params), err);
}

static int end_written(struct tl_ledger *ledger, const struct tl_step *step, enum tl_step_state state, struct tl_error *err)
{
	struct tl_deployed written = step->wanted;
	struct tl_param above[] = { TL_P_TEXT(written.environment), TL_P_TEXT(written.platform_id), TL_P_INT(written.version), TL_P_INT(step->id) };

	written.live = state == TL_STEP_PUBLISHED;
	if (tl_db_run(ledger->db, TL_LEDGER_FORGET_STEP, above, TL_COUNT(above), NULL, err) != 0 || put_deployed(ledger, &written, step->renamed_from, err) != 0)
		return -1;
	return close_lost(ledger, &step->wanted, err);
}

struct ending {
	const struct tl_step *step;
	enum tl_step_state state;
	struct tl_str message;
};

static int end_step(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	const struct ending *ending = data;
	struct tl_param back[] = { TL_P_INT(ending->step->id), TL_P_INT(tl_ledger_now_ms(ledger)) };

	if (update_step(ledger, ending->step, ending->state, ending->message, err) != 0)
		return -1;
	if (ending->state != TL_STEP_OPEN && tl_audit_step_ended(ledger, ending->step, ending->state, ending->message, err) != 0)
		return -1;
	if (ending->state == TL_STEP_PUBLISHED || ending->state == TL_STEP_DRAFTED)
		return end_written(ledger, ending->step, ending->state, err);
	return ending->state == TL_STEP_OPEN ? 0 : tl_db_run(ledger->db, TL_LEDGER_TAKE_BACK, back, TL_COUNT(back), NULL, err);
}

int tl_ledger_end(struct tl_ledger *ledger, const struct tl_step *step, enum tl_step_state state, struct tl_str message,
                  struct tl_error *err)
{
	struct tl_buf space = { 0 }, reason_space = { 0 };
	struct tl_step kept = *step;
	struct ending ending = { &kept, state, tl_ledger_text(&space, message) };
	int ret;

	/* As the intent has it. */
	kept.hold_reason = tl_ledger_text(&reason_space, step->hold_reason);
	ret = tl_ledger_write(ledger, step->wanted.environment, end_step, &ending, err);
	tl_buf_clear(&space);
	tl_buf_clear(&reason_space);
	return ret;
}

struct adopting {
	struct tl_deployed deployed;
	int64_t seen_ago_ms;
};

static int adopt(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	const struct adopting *adopting = data;
	const struct tl_deployed *deployed = &adopting->deployed;
	struct tl_param above[] = {
		TL_P_TEXT(deployed->environment), TL_P_TEXT(deployed->platform_id), TL_P_INT(deployed->version),
		TL_P_INT(tl_ledger_now_ms(ledger) - adopting->seen_ago_ms),
	};

	if (tl_db_run(ledger->db, TL_LEDGER_FORGET_SEEN, above, TL_COUNT(above), NULL, err) != 0 ||
	    put_deployed(ledger, deployed, (struct tl_str){ NULL, 0 }, err) != 0 || tl_audit_adopted(ledger, deployed, err) != 0 ||
	    close_written(ledger, deployed, err) != 0)
		return -1;
	return close_lost(ledger, deployed, err);
}

int tl_ledger_adopt(struct tl_ledger *ledger, const struct tl_deployed *deployed, int64_t seen_ago_ms, struct tl_error *err)
{
	struct adopting adopting = { *deployed, seen_ago_ms };

	return tl_ledger_write(ledger, deployed->environment, adopt, &adopting, err);
}

struct dating {
	const struct tl_deployed *versions;
	size_t count;
};

static int date(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	const struct dating *dating = data;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < dating->count; i++) {
		const struct tl_deployed *version = &dating->versions[i];
		struct tl_param params[] = {
			TL_P_TEXT(version->environment), TL_P_TEXT(version->platform_id), TL_P_INT(version->version), TL_P_INT(version->written_ms),
		};

		ret = tl_db_run(ledger->db, TL_LEDGER_DATE, params, TL_COUNT(params), NULL, err);
	}
	return ret;
}

int tl_ledger_date(struct tl_ledger *ledger, const struct tl_deployed *versions, size_t count, struct tl_error *err)
{
	struct dating dating = { versions, count };

	return count > 0 ? tl_ledger_write(ledger, versions[0].environment, date, &dating, err) : 0;
}

struct releasing {
	struct tl_str environment, flow, reason;
	int64_t count;
};

static int release(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	struct releasing *releasing = data;
	struct tl_param params[] = {
		TL_P_TEXT(releasing->environment), TL_P_TEXT(releasing->flow), TL_P_INT(tl_ledger_now_ms(ledger)), TL_P_TEXT(releasing->reason),
	};

	struct tl_audit_entry entry = {
		.action = "release", .environment = releasing->environment, .flow = releasing->flow, .reason = releasing->reason,
	};

	if (tl_db_run(ledger->db, TL_LEDGER_RELEASE, params, TL_COUNT(params), &releasing->count, err) != 0)
		return -1;
	return releasing->count > 0 ? tl_audit_append_within(ledger, &entry, err) : 0;
}

int tl_ledger_release(int64_t *count, struct tl_ledger *ledger, struct tl_str environment, struct tl_str flow, struct tl_str reason,
                      struct tl_error *err)
{
	struct tl_buf space = { 0 };
	struct releasing releasing = { environment, flow, tl_ledger_text(&space, reason), 0 };
	bool there;
	int ret;

	*count = 0;
	pthread_mutex_lock(&ledger->db_lock);
	ret = tl_ledger_file(ledger, false, err);
	there = ledger->db != NULL;
	pthread_mutex_unlock(&ledger->db_lock);
	/* Where there is no ledger there is no hold. */
	if (ret == 0 && there)
		ret = tl_ledger_write(ledger, environment, release, &releasing, err);
	if (ret == 0)
		*count = releasing.count;
	tl_buf_clear(&space);
	return ret;
}

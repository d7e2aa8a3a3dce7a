/* ledger/outbox_send.c: what is taken out of the outbox, what came of telling it, and what people decide about it. */
#include "ledger/chain.h"
#include "ledger/outbox_row.h"

struct claiming {
	struct tl_arena *arena;
	struct tl_str environment, webhook, owner;
	size_t limit;
	struct tl_result result;
};

static int claim(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	struct claiming *claiming = data;
	struct tl_param params[6] = { TL_P_TEXT(claiming->environment) };
	int64_t now;

	if (tl_db_now_ms(&now, ledger->db, ledger->clock, err) != 0)
		return -1;
	params[1] = TL_P_INT(now);
	params[2] = TL_P_TEXT(claiming->owner);
	params[3] = TL_P_INT(now + TL_OUTBOX_HOLD_MS);
	params[4] = TL_P_INT((int64_t)claiming->limit);
	params[5] = TL_P_TEXT(claiming->webhook);
	return tl_db_query(&claiming->result, claiming->arena, ledger->db, TL_LEDGER_OUTBOX_CLAIM, params, TL_COUNT(params), err);
}

int tl_outbox_claim(struct tl_outbox_rows *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment, struct tl_str webhook,
                    struct tl_str owner, size_t limit, struct tl_error *err)
{
	struct claiming claiming = { .arena = arena, .environment = environment, .webhook = webhook, .owner = owner, .limit = limit };

	*out = (struct tl_outbox_rows){ 0 };
	if (tl_outbox_write(ledger, claim, &claiming, err) != 0)
		return -1;
	tl_outbox_rows_of(out, arena, &claiming.result);
	return 0;
}

/* ---- what came of it */

enum told { TOLD, TOLD_LATER, TOLD_NEVER, NOT_TOLD };

struct telling {
	const struct tl_outbox_row *row;
	enum told told;
	int64_t later_ms;
	struct tl_str why;
};

static int record(struct tl_ledger *ledger, const char *action, const char *outcome, const struct tl_outbox_row *row, struct tl_str why, struct tl_str reason,
                  struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_item *details = tl_item_new(&arena, TL_MAP);
	struct tl_audit_entry entry = {
		.action = action, .outcome = outcome, .environment = row->environment, .flow = row->flow, .interaction = row->interaction, .error = why,
		.reason = reason, .details = details,
	};
	int ret;

	tl_item_put(details, TL_STR("outbox"), tl_item_number(&arena, (double)row->id));
	tl_item_put(details, TL_STR("webhook"), tl_item_string(&arena, row->webhook));
	ret = tl_audit_append_within(ledger, &entry, err);
	tl_arena_clear(&arena);
	return ret;
}

static int tell(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	const struct telling *telling = data;
	const struct tl_outbox_row *row = telling->row;
	struct tl_param id = TL_P_INT(row->id), owner = TL_P_TEXT(row->owner), why = TL_P_TEXT(telling->why);
	int64_t now, changed;

	if (tl_db_now_ms(&now, ledger->db, ledger->clock, err) != 0)
		return -1;
	switch (telling->told) {
	case TOLD:
		return tl_db_run(ledger->db, TL_LEDGER_OUTBOX_DELIVERED, (struct tl_param[]){ id, TL_P_INT(now) }, 2, NULL, err);
	case TOLD_LATER:
		return tl_db_run(ledger->db, TL_LEDGER_OUTBOX_LATER, (struct tl_param[]){ id, TL_P_INT(now + telling->later_ms), why, owner }, 4, NULL, err);
	case NOT_TOLD:
		return tl_db_run(ledger->db, TL_LEDGER_OUTBOX_GIVE_BACK, (struct tl_param[]){ id, owner }, 2, NULL, err);
	case TOLD_NEVER:
		break;
	}
	if (tl_db_run(ledger->db, TL_LEDGER_OUTBOX_DEAD, (struct tl_param[]){ id, why, owner }, 3, &changed, err) != 0)
		return -1;
	return changed > 0 ? record(ledger, "webhook", "dead", row, telling->why, (struct tl_str){ NULL, 0 }, err) : 0;
}

static int write_told(struct tl_ledger *ledger, struct telling telling, struct tl_error *err)
{
	struct tl_buf space = { 0 };
	int ret;

	telling.why = tl_ledger_text(&space, telling.why);
	ret = tl_outbox_write(ledger, tell, &telling, err);
	tl_buf_clear(&space);
	return ret;
}

int tl_outbox_delivered(struct tl_ledger *ledger, const struct tl_outbox_row *row, struct tl_error *err)
{
	return write_told(ledger, (struct telling){ .row = row, .told = TOLD }, err);
}

int tl_outbox_later(struct tl_ledger *ledger, const struct tl_outbox_row *row, int64_t later_ms, struct tl_str why, struct tl_error *err)
{
	return write_told(ledger, (struct telling){ .row = row, .told = TOLD_LATER, .later_ms = later_ms, .why = why }, err);
}

int tl_outbox_dead(struct tl_ledger *ledger, const struct tl_outbox_row *row, struct tl_str why, struct tl_error *err)
{
	return write_told(ledger, (struct telling){ .row = row, .told = TOLD_NEVER, .why = why }, err);
}

int tl_outbox_give_back(struct tl_ledger *ledger, const struct tl_outbox_row *row, struct tl_error *err)
{
	return write_told(ledger, (struct telling){ .row = row, .told = NOT_TOLD }, err);
}

/* ---- looking, and deciding */

int tl_outbox_list(struct tl_outbox_rows *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment, struct tl_str webhook, int64_t after,
                   size_t limit, struct tl_error *err)
{
	struct tl_param params[] = { TL_P_TEXT(environment), TL_P_INT(after), TL_P_INT((int64_t)limit), TL_P_TEXT(webhook) };
	struct tl_result result;

	*out = (struct tl_outbox_rows){ 0 };
	if (tl_ledger_query(&result, arena, ledger, TL_LEDGER_OUTBOX_LIST, params, TL_COUNT(params), err) != 0)
		return -1;
	tl_outbox_rows_of(out, arena, &result);
	return 0;
}

struct deciding {
	struct tl_str environment, webhook, reason;
	int64_t id, count;
	bool drop;
};

static int decide(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	struct deciding *deciding = data;
	struct tl_param params[4] = { TL_P_TEXT(deciding->environment), TL_P_INT(deciding->id) };
	struct tl_arena arena = { 0 };
	struct tl_result result = { 0 };
	int64_t now;
	int ret = tl_db_now_ms(&now, ledger->db, ledger->clock, err);

	params[2] = deciding->drop ? TL_P_INT(ret == 0 ? now : 0) : TL_P_TEXT(deciding->webhook);
	params[3] = TL_P_TEXT(deciding->webhook);
	if (ret == 0)
		ret = tl_db_query(&result, &arena, ledger->db, deciding->drop ? TL_LEDGER_OUTBOX_DROP : TL_LEDGER_OUTBOX_REPLAY, params,
		                  deciding->drop ? 4 : 3, err);
	for (size_t i = 0; ret == 0 && i < result.n_rows; i++) {
		const struct tl_param *column = result.rows[i].columns;
		struct tl_outbox_row row = {
			.id = column[0].integer, .environment = deciding->environment, .interaction = column[1].text, .flow = column[2].text,
			.webhook = deciding->webhook,
		};

		ret = record(ledger, "webhook", deciding->drop ? "dropped" : "replayed", &row, column[3].text, deciding->reason, err);
	}
	deciding->count = (int64_t)result.n_rows;
	tl_arena_clear(&arena);
	return ret;
}

int tl_outbox_replay(int64_t *count, struct tl_ledger *ledger, struct tl_str environment, struct tl_str webhook, int64_t id, struct tl_error *err)
{
	struct deciding deciding = { .environment = environment, .webhook = webhook, .id = id };
	int ret = tl_outbox_write(ledger, decide, &deciding, err);

	*count = deciding.count;
	return ret;
}

int tl_outbox_drop(bool *found, struct tl_ledger *ledger, struct tl_str environment, struct tl_str webhook, int64_t id, struct tl_str reason,
                   struct tl_error *err)
{
	struct deciding deciding = { .environment = environment, .webhook = webhook, .id = id, .reason = reason, .drop = true };
	int ret = tl_outbox_write(ledger, decide, &deciding, err);

	*found = deciding.count > 0;
	return ret;
}

struct counting {
	struct tl_outbox_counts *out;
	struct tl_str environment, webhook;
};

static int count(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	struct counting *counting = data;
	struct tl_arena arena = { 0 };
	struct tl_result result;
	int64_t now;

	if (tl_db_now_ms(&now, ledger->db, ledger->clock, err) != 0)
		return -1;
	if (tl_db_query(&result, &arena, ledger->db, TL_LEDGER_OUTBOX_COUNTS,
	                (struct tl_param[]){ TL_P_TEXT(counting->environment), TL_P_INT(now), TL_P_TEXT(counting->webhook) }, 3, err) == 0) {
		const struct tl_param *column = result.rows[0].columns;
		int64_t wait = column[3].integer - now;

		*counting->out = (struct tl_outbox_counts){ column[0].integer, column[1].integer, column[2].integer, wait > 0 ? wait : 0 };
		tl_arena_clear(&arena);
		return 0;
	}
	tl_arena_clear(&arena);
	return -1;
}

int tl_outbox_count(struct tl_outbox_counts *out, struct tl_ledger *ledger, struct tl_str environment, struct tl_str webhook, struct tl_error *err)
{
	struct counting counting = { out, environment, webhook };

	*out = (struct tl_outbox_counts){ 0 };
	return tl_outbox_write(ledger, count, &counting, err);
}

static int purge(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	const struct tl_str *environment = data;
	struct tl_param params[2] = { TL_P_TEXT(*environment) };
	int64_t now;

	if (tl_db_now_ms(&now, ledger->db, ledger->clock, err) != 0)
		return -1;
	params[1] = TL_P_INT(now - TL_OUTBOX_KEEP_MS);
	return tl_db_run(ledger->db, TL_LEDGER_OUTBOX_PURGE, params, TL_COUNT(params), NULL, err);
}

int tl_outbox_purge(struct tl_ledger *ledger, struct tl_str environment, struct tl_error *err)
{
	return tl_outbox_write(ledger, purge, &environment, err);
}

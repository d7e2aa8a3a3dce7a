/* ledger/outbox.c: rows from before a write until what came of it is on record, and what a program left that ended in between. */
#include "ledger/outbox.h"

#include <assert.h>

#include "ledger/chain.h"
#include "ledger/outbox_row.h"

static const char *const state_table[TL_OUTBOX_STATES] = {
	[TL_OUTBOX_PREPARED] = "prepared", [TL_OUTBOX_READY] = "ready", [TL_OUTBOX_DELIVERED] = "delivered", [TL_OUTBOX_DEAD] = "dead",
	[TL_OUTBOX_DROPPED] = "dropped", [TL_OUTBOX_VOID] = "void",
};

const char *tl_outbox_state_name(enum tl_outbox_state state)
{
	assert(state < TL_OUTBOX_STATES);
	return state_table[state];
}

static enum tl_outbox_state state_of(struct tl_str name)
{
	for (unsigned i = 0; i < TL_OUTBOX_STATES; i++) {
		if (tl_str_is(name, state_table[i]))
			return (enum tl_outbox_state)i;
	}
	return TL_OUTBOX_VOID;
}

static struct tl_outbox_row row_of(const struct tl_param *column)
{
	return (struct tl_outbox_row){
		.id = column[0].integer, .environment = column[1].text, .interaction = column[2].text, .flow = column[3].text, .node = column[4].text,
		.stamp = column[5].text, .seq = column[6].integer, .key = column[7].text, .body = column[8].text, .state = state_of(column[9].text),
		.attempts = column[10].integer, .not_before_ms = column[11].integer, .error = column[12].text, .owner = column[13].text,
		.held_ms = column[14].integer, .made_ms = column[15].integer, .webhook = column[16].text,
	};
}

void tl_outbox_rows_of(struct tl_outbox_rows *out, struct tl_arena *arena, const struct tl_result *result)
{
	out->items = TL_ARENA_ARRAY(arena, struct tl_outbox_row, result->n_rows + 1);
	for (size_t i = 0; i < result->n_rows; i++)
		out->items[i] = row_of(result->rows[i].columns);
	out->count = result->n_rows;
}

int tl_outbox_write(struct tl_ledger *ledger, int (*work)(struct tl_ledger *ledger, void *data, struct tl_error *err), void *data, struct tl_error *err)
{
	/* Calls go on while flows are published: no lease is asked for. */
	return tl_ledger_write(ledger, (struct tl_str){ NULL, 0 }, work, data, err);
}

/* ---- before the write */

struct preparing {
	struct tl_outbox_row *row;
	const struct tl_outbox_seen *seen;
	const struct tl_audit_entry *intent;
};

static int record_settled(struct tl_ledger *ledger, const struct tl_outbox_row *row, const char *outcome, const char *why, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_item *details = tl_item_new(&arena, TL_MAP);
	struct tl_audit_entry entry = {
		.action = "transition", .phase = "outcome", .outcome = outcome, .environment = row->environment, .flow = row->flow,
		.interaction = row->interaction, .error = tl_str(why), .details = details,
	};
	int ret;

	tl_item_put(details, TL_STR("settled"), tl_item_boolean(&arena, true));
	tl_item_put(details, TL_STR("to"), tl_item_string(&arena, row->node));
	ret = tl_audit_append_within(ledger, &entry, err);
	tl_arena_clear(&arena);
	return ret;
}

static int mark_seen(struct tl_ledger *ledger, const struct preparing *preparing, struct tl_error *err)
{
	const struct tl_outbox_row *row = preparing->row;
	struct tl_param params[] = {
		TL_P_TEXT(row->environment), TL_P_TEXT(row->interaction), TL_P_TEXT(preparing->seen->node), TL_P_TEXT(preparing->seen->stamp), TL_P_INT(row->id),
	};
	struct tl_arena arena = { 0 };
	struct tl_result result;
	int ret = 0;

	if (preparing->seen->stamp.len == 0)
		return 0;
	ret = tl_db_query(&result, &arena, ledger->db, TL_LEDGER_OUTBOX_SEEN, params, TL_COUNT(params), err);
	for (size_t i = 0; ret == 0 && i < result.n_rows; i++) {
		struct tl_outbox_row earlier = *row;

		earlier.flow = result.rows[i].columns[1].text;
		earlier.node = preparing->seen->node;
		ret = record_settled(ledger, &earlier, "moved", "", err);
	}
	tl_arena_clear(&arena);
	return ret;
}

static int add_row(struct tl_ledger *ledger, struct tl_outbox_row *row, int64_t now, int64_t held_ms, struct tl_error *err)
{
	struct tl_param params[] = {
		TL_P_TEXT(row->environment), TL_P_TEXT(row->interaction), TL_P_TEXT(row->flow), TL_P_TEXT(row->node), TL_P_TEXT(row->stamp), TL_P_TEXT(row->key),
		TL_P_TEXT(row->body), TL_P_TEXT(row->owner), TL_P_INT(held_ms), TL_P_INT(now), TL_P_TEXT(row->webhook),
		TL_P_TEXT(tl_str(state_table[row->state])),
	};

	return tl_ledger_insert(&row->id, ledger, TL_LEDGER_OUTBOX_ADD, params, TL_COUNT(params), err);
}

static int prepare(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	const struct preparing *preparing = data;
	struct tl_outbox_row *row = preparing->row;
	int64_t now;

	row->id = 0;
	row->state = TL_OUTBOX_PREPARED;
	if (tl_db_now_ms(&now, ledger->db, ledger->clock, err) != 0 || mark_seen(ledger, preparing, err) != 0 ||
	    add_row(ledger, row, now, now + TL_OUTBOX_HOLD_MS, err) != 0)
		return -1;
	return tl_audit_append_keeping(ledger, preparing->intent, err);
}

int tl_outbox_prepare(struct tl_ledger *ledger, struct tl_outbox_row *row, const struct tl_outbox_seen *seen, const struct tl_audit_entry *intent,
                      struct tl_error *err)
{
	struct preparing preparing = { row, seen, intent };

	return tl_outbox_write(ledger, prepare, &preparing, err);
}

static int prepare_again(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	const struct preparing *preparing = data;
	const struct tl_outbox_row *row = preparing->row;
	struct tl_param params[5] = { TL_P_TEXT(row->environment), TL_P_TEXT(row->interaction), TL_P_INT(row->id) };
	int64_t now;

	if (tl_db_now_ms(&now, ledger->db, ledger->clock, err) != 0 || mark_seen(ledger, preparing, err) != 0)
		return -1;
	params[3] = TL_P_INT(now + TL_OUTBOX_HOLD_MS);
	params[4] = TL_P_INT(now);
	return tl_db_run(ledger->db, TL_LEDGER_OUTBOX_AGAIN, params, TL_COUNT(params), NULL, err);
}

int tl_outbox_again(struct tl_ledger *ledger, const struct tl_outbox_row *row, const struct tl_outbox_seen *seen, struct tl_error *err)
{
	struct tl_outbox_row copy = *row;
	struct preparing preparing = { &copy, seen, NULL };

	return tl_outbox_write(ledger, prepare_again, &preparing, err);
}

/* ---- what has happened already */

struct adding {
	struct tl_outbox_row *rows;
	size_t count;
};

static int is_known(bool *known, struct tl_ledger *ledger, const struct tl_outbox_row *row, struct tl_error *err)
{
	struct tl_param params[] = { TL_P_TEXT(row->environment), TL_P_TEXT(row->interaction), TL_P_TEXT(row->webhook), TL_P_TEXT(row->key) };
	struct tl_arena arena = { 0 };
	struct tl_result result = { 0 };
	int ret = tl_db_query(&result, &arena, ledger->db, TL_LEDGER_OUTBOX_KNOWN, params, TL_COUNT(params), err);

	*known = result.n_rows > 0;
	tl_arena_clear(&arena);
	return ret;
}

static int add_all(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	const struct adding *adding = data;
	int64_t now;

	if (tl_db_now_ms(&now, ledger->db, ledger->clock, err) != 0)
		return -1;
	for (size_t i = 0; i < adding->count; i++) {
		struct tl_outbox_row *row = &adding->rows[i];
		bool known;

		row->id = 0;
		row->state = TL_OUTBOX_READY;
		if (is_known(&known, ledger, row, err) != 0 || (!known && add_row(ledger, row, now, 0, err) != 0))
			return -1;
	}
	return 0;
}

int tl_outbox_add(struct tl_ledger *ledger, struct tl_outbox_row *rows, size_t count, struct tl_error *err)
{
	struct adding adding = { rows, count };

	return tl_outbox_write(ledger, add_all, &adding, err);
}

/* ---- after it */

struct ending {
	int64_t id;
	enum tl_outbox_outcome outcome;
	const struct tl_audit_entry *entry;
};

static int end_row(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	static const unsigned statements[] = {
		[TL_OUTBOX_HAPPENED] = TL_LEDGER_OUTBOX_READY, [TL_OUTBOX_NOT_HAPPENED] = TL_LEDGER_OUTBOX_FORGET, [TL_OUTBOX_NOT_KNOWN] = TL_LEDGER_OUTBOX_LEAVE,
	};
	const struct ending *ending = data;
	struct tl_param params[] = { TL_P_INT(ending->id), TL_P_INT(0), TL_P_TEXT(ending->entry->error) };

	if (tl_db_run(ledger->db, statements[ending->outcome], params, ending->outcome == TL_OUTBOX_NOT_KNOWN ? 3 : 1, NULL, err) != 0)
		return -1;
	return tl_audit_append_keeping(ledger, ending->entry, err);
}

int tl_outbox_end(struct tl_ledger *ledger, int64_t id, enum tl_outbox_outcome outcome, const struct tl_audit_entry *entry, struct tl_error *err)
{
	struct tl_buf space = { 0 };
	struct tl_audit_entry copy = *entry;
	struct ending ending = { id, outcome, &copy };
	int ret;

	copy.error = tl_ledger_text(&space, entry->error);
	ret = tl_outbox_write(ledger, end_row, &ending, err);
	tl_buf_clear(&space);
	return ret;
}

/* ---- what a program left that ended */

struct asking {
	struct tl_arena *arena;
	struct tl_str environment;
	unsigned statement;
	size_t limit;              /* 0: the statement has none */
	struct tl_result result;
};

/* With the database's own time as the second parameter. */
static int ask(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	struct asking *asking = data;
	struct tl_param params[3] = { TL_P_TEXT(asking->environment) };
	int64_t now;

	if (tl_db_now_ms(&now, ledger->db, ledger->clock, err) != 0)
		return -1;
	params[1] = TL_P_INT(now);
	params[2] = TL_P_INT((int64_t)asking->limit);
	return tl_db_query(&asking->result, asking->arena, ledger->db, asking->statement, params, asking->limit > 0 ? 3 : 2, err);
}

int tl_outbox_owners(struct tl_str **out, size_t *count, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment, struct tl_error *err)
{
	struct asking asking = { .arena = arena, .environment = environment, .statement = TL_LEDGER_OUTBOX_OWNERS };

	*count = 0;
	if (tl_outbox_write(ledger, ask, &asking, err) != 0)
		return -1;
	*out = TL_ARENA_ARRAY(arena, struct tl_str, asking.result.n_rows + 1);
	for (size_t i = 0; i < asking.result.n_rows; i++)
		(*out)[i] = asking.result.rows[i].columns[0].text;
	*count = asking.result.n_rows;
	return 0;
}

struct releasing {
	struct tl_str environment, owner;
};

static int release(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	const struct releasing *releasing = data;
	struct tl_param params[] = { TL_P_TEXT(releasing->environment), TL_P_TEXT(releasing->owner) };

	return tl_db_run(ledger->db, TL_LEDGER_OUTBOX_RELEASE, params, TL_COUNT(params), NULL, err);
}

int tl_outbox_release(struct tl_ledger *ledger, struct tl_str environment, struct tl_str owner, struct tl_error *err)
{
	struct releasing releasing = { environment, owner };

	return tl_outbox_write(ledger, release, &releasing, err);
}

int tl_outbox_unsettled(struct tl_outbox_rows *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment, size_t limit,
                        struct tl_error *err)
{
	struct asking asking = { .arena = arena, .environment = environment, .statement = TL_LEDGER_OUTBOX_UNSETTLED, .limit = limit };

	*out = (struct tl_outbox_rows){ 0 };
	if (tl_outbox_write(ledger, ask, &asking, err) != 0)
		return -1;
	tl_outbox_rows_of(out, arena, &asking.result);
	return 0;
}

struct settling {
	const struct tl_outbox_row *row;
	enum tl_outbox_outcome outcome;
	int64_t later_ms;
	struct tl_str why;
};

static int settle(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	const struct settling *settling = data;
	const struct tl_outbox_row *row = settling->row;
	struct tl_param params[3] = { TL_P_INT(row->id) };
	int64_t now, changed;

	if (tl_db_now_ms(&now, ledger->db, ledger->clock, err) != 0)
		return -1;
	params[1] = TL_P_INT(now);
	switch (settling->outcome) {
	case TL_OUTBOX_HAPPENED:
		if (tl_db_run(ledger->db, TL_LEDGER_OUTBOX_READY, params, 1, &changed, err) != 0)
			return -1;
		return changed > 0 ? record_settled(ledger, row, "moved", "", err) : 0;
	case TL_OUTBOX_NOT_HAPPENED:
		if (tl_db_run(ledger->db, TL_LEDGER_OUTBOX_VOID, params, 2, &changed, err) != 0)
			return -1;
		return changed > 0 ? record_settled(ledger, row, "failed", "its program ended before it was written", err) : 0;
	case TL_OUTBOX_UNKNOWABLE:
		params[1] = TL_P_TEXT(settling->why);
		if (tl_db_run(ledger->db, TL_LEDGER_OUTBOX_DOUBT, params, 2, &changed, err) != 0)
			return -1;
		return changed > 0 ? record_settled(ledger, row, "lost", "its program ended before it said whether it was written", err) : 0;
	case TL_OUTBOX_NOT_KNOWN:
		break;
	}
	params[1] = TL_P_INT(now + settling->later_ms);
	params[2] = TL_P_TEXT(settling->why);
	return tl_db_run(ledger->db, TL_LEDGER_OUTBOX_LEAVE, params, 3, NULL, err);
}

int tl_outbox_settle(struct tl_ledger *ledger, const struct tl_outbox_row *row, enum tl_outbox_outcome outcome, int64_t later_ms, struct tl_str why,
                     struct tl_error *err)
{
	struct tl_buf space = { 0 };
	struct settling settling = { row, outcome, later_ms, tl_ledger_text(&space, why) };
	int ret = tl_outbox_write(ledger, settle, &settling, err);

	tl_buf_clear(&space);
	return ret;
}

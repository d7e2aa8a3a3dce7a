/* ledger/audit_read.c: reading the chain, and choosing from it. */
#include "doc/json.h"
#include "ledger/chain.h"

/* A whole checkpoint is 150 bytes. */
#define CHECKPOINT_LIMIT 4096

int tl_audit_read(struct tl_audit_records *out, struct tl_arena *arena, struct tl_ledger *ledger, int64_t from, size_t limit, struct tl_error *err)
{
	struct tl_param params[] = { TL_P_INT(from), TL_P_INT((int64_t)limit) };
	struct tl_result result;

	*out = (struct tl_audit_records){ 0 };
	if (tl_ledger_query(&result, arena, ledger, TL_LEDGER_AUDIT_READ, params, TL_COUNT(params), err) != 0)
		return -1;
	out->items = TL_ARENA_ARRAY(arena, struct tl_audit_record, result.n_rows + 1);
	for (size_t i = 0; i < result.n_rows; i++) {
		const struct tl_param *column = result.rows[i].columns;

		out->items[i] = (struct tl_audit_record){
			.seq = column[0].integer,
			.bytes = column[1].text,
			.hash = column[2].text,
			.key_id = column[3].text,
			.signature = column[4].text,
			.salt = column[5].text,
			.personal = column[6].text,
			.has_personal = column[7].integer != 0,
			.personal_ms = column[8].integer,
		};
	}
	out->count = result.n_rows;
	return 0;
}

int tl_audit_parse(struct tl_doc **out, const struct tl_audit_record *record, struct tl_error *err)
{
	*out = NULL;
	if (tl_json_parse(out, TL_STR("record"), record->bytes, err) != 0)
		return -1;
	if ((*out)->root && (*out)->root->kind == TL_MAP)
		return 0;
	tl_doc_free(*out);
	*out = NULL;
	return tl_error_set(err, TL_USAGE, "not a record");
}

static bool is_asked_for(struct tl_str wanted, const struct tl_item *record, const char *key)
{
	return wanted.len == 0 || tl_str_equal(tl_item_text(record, key), wanted);
}

bool tl_audit_matches(const struct tl_audit_filter *filter, const struct tl_item *record)
{
	int64_t at_ms = 0;

	if (filter->environment.len > 0 && tl_item_get(record, "environment") && !is_asked_for(filter->environment, record, "environment"))
		return false;
	if (filter->since_ms != 0 || filter->ends) {
		if (!tl_time_parse(&at_ms, tl_item_text(record, "at")) || at_ms < filter->since_ms ||
		    (filter->ends && at_ms >= filter->until_ms))
			return false;
	}
	return is_asked_for(filter->flow, record, "flow") && is_asked_for(filter->action, record, "action") &&
	       is_asked_for(filter->actor, record, "actor") && is_asked_for(filter->outcome, record, "outcome") &&
	       is_asked_for(filter->interaction, record, "interaction") && is_asked_for(filter->ticket, record, "ticket");
}

int tl_audit_head(struct tl_checkpoint *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_error *err)
{
	struct tl_result result;
	const struct tl_param *column;

	*out = (struct tl_checkpoint){ .chain = TL_STR(""), .hash = TL_STR("") };
	if (tl_ledger_query(&result, arena, ledger, TL_LEDGER_AUDIT_END, NULL, 0, err) != 0)
		return -1;
	if (result.n_rows > 0) {
		column = result.rows[0].columns;
		*out = (struct tl_checkpoint){ column[0].text, column[1].integer, column[2].text };
	}
	return 0;
}

void tl_checkpoint_write(struct tl_buf *buf, const struct tl_checkpoint *checkpoint)
{
	struct tl_arena arena = { 0 };
	struct tl_item *map = tl_item_new(&arena, TL_MAP);

	tl_item_put(map, TL_STR("chain"), tl_item_string(&arena, checkpoint->chain));
	tl_item_put(map, TL_STR("hash"), tl_item_string(&arena, checkpoint->hash));
	tl_item_put(map, TL_STR("seq"), tl_item_number(&arena, (double)checkpoint->seq));
	tl_json_jcs(buf, map);
	tl_arena_clear(&arena);
}

int tl_checkpoint_read(struct tl_checkpoint *out, struct tl_arena *arena, struct tl_str text, const char *what, struct tl_error *err)
{
	struct tl_doc *doc = NULL;
	const struct tl_item *seq;
	int ret = -1;

	*out = (struct tl_checkpoint){ 0 };
	if (text.len > CHECKPOINT_LIMIT || tl_json_parse(&doc, tl_str(what), text, NULL) != 0)
		return tl_error_set(err, TL_USAGE, "%s: not a checkpoint, as 'flow-audit checkpoint' prints it", what);
	seq = tl_item_get(doc->root, "seq");
	out->chain = tl_arena_dup(arena, tl_item_text(doc->root, "chain"));
	out->hash = tl_arena_dup(arena, tl_item_text(doc->root, "hash"));
	if (seq && seq->kind == TL_NUMBER && seq->integer && seq->number >= 0 && seq->number < 9e15 && out->chain.len > 0 &&
	    (out->hash.len == TL_SHA256_SIZE - 1 || seq->number == 0)) {
		out->seq = (int64_t)seq->number;
		ret = 0;
	} else {
		tl_error_set(err, TL_USAGE, "%s: not a checkpoint, as 'flow-audit checkpoint' prints it", what);
	}
	tl_doc_free(doc);
	return ret;
}

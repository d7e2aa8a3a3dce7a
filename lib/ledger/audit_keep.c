/* ledger/audit_keep.c: what becomes of a chain as years pass: personal data goes, keys are replaced. */
#include "ledger/chain.h"

int tl_audit_purge_within(int64_t *count, struct tl_ledger *ledger, int64_t before_ms, struct tl_error *err)
{
	struct tl_param before = TL_P_INT(before_ms);
	struct tl_audit_entry entry = { .action = "purge" };
	struct tl_arena arena = { 0 };
	struct tl_item *details;
	int ret = 0;

	if (tl_db_run(ledger->db, TL_LEDGER_AUDIT_PURGE, &before, 1, count, err) != 0)
		return -1;
	if (*count > 0) {
		details = tl_item_new(&arena, TL_MAP);
		tl_item_put(details, TL_STR("before"), tl_item_string(&arena, tl_time_format(&arena, before_ms)));
		tl_item_put(details, TL_STR("count"), tl_item_number(&arena, (double)*count));
		entry.details = details;
		ret = tl_audit_append_within(ledger, &entry, err);
	}
	tl_arena_clear(&arena);
	return ret;
}

struct purging {
	int64_t before_ms, count;
};

static int purge(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	struct purging *purging = data;

	return tl_audit_purge_within(&purging->count, ledger, purging->before_ms, err);
}

/* What a retention removed by itself earlier, and what webhooks were told of callers, goes from the server's files with it. */
static int overwrite(struct tl_ledger *ledger, struct tl_error *err)
{
	static const char *const table_table[] = { "audit_personal", "outbox" };
	int ret = 0;

	pthread_mutex_lock(&ledger->db_lock);
	for (size_t i = 0; ret == 0 && i < TL_COUNT(table_table); i++)
		ret = tl_db_overwrite(ledger->db, table_table[i], err);
	pthread_mutex_unlock(&ledger->db_lock);
	return ret == 0 ? 0 : tl_error_wrap(err, "the personal data is removed, but its bytes may still lie in the server's file; run this again");
}

int tl_audit_purge(uint64_t *count, struct tl_ledger *ledger, int64_t before_ms, struct tl_error *err)
{
	struct purging purging = { .before_ms = before_ms };

	*count = 0;
	if (tl_ledger_write(ledger, (struct tl_str){ NULL, 0 }, purge, &purging, err) != 0)
		return -1;
	*count = (uint64_t)purging.count;
	return overwrite(ledger, err);
}

struct rotating {
	struct tl_audit_entry entry;
	char id[TL_KEY_ID_SIZE]; /* of the next key */
};

static int rotate(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	const struct rotating *rotating = data;

	return tl_audit_retire_within(ledger, &rotating->entry, rotating->id, err);
}

int tl_audit_rotate(struct tl_ledger *ledger, const struct tl_key *next, struct tl_error *err)
{
	struct rotating rotating = { .entry = { .action = "rotate" } };
	char old_id[TL_KEY_ID_SIZE];
	struct tl_arena arena = { 0 };
	struct tl_item *details;
	struct tl_str pem;
	int ret;

	if (!ledger->actor || !ledger->actor->key)
		return tl_error_set(err, TL_USAGE, "no audit key is configured that could sign for the next one: name one as audit.key");
	tl_key_id(old_id, ledger->actor->key);
	tl_key_id(rotating.id, next);
	if (strcmp(old_id, rotating.id) == 0)
		return tl_error_set(err, TL_USAGE, "the new audit key is the one that signs already");
	ret = tl_key_write_public(&pem, &arena, next, err);
	if (ret == 0) {
		details = tl_item_new(&arena, TL_MAP);
		tl_item_put(details, TL_STR("key"), tl_item_string(&arena, tl_str(rotating.id)));
		tl_item_put(details, TL_STR("public_key"), tl_item_string(&arena, pem));
		rotating.entry.details = details;
		ret = tl_ledger_write(ledger, (struct tl_str){ NULL, 0 }, rotate, &rotating, err);
	}
	tl_arena_clear(&arena);
	return ret;
}

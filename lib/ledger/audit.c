/* ledger/audit.c: appending to the chain. */
#include "ledger/audit.h"

#include "doc/json.h"
#include "ledger/chain.h"

#define CHAIN_BYTES 16
#define SALT_BYTES 32
#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

/* One record while it is made; texts in the arena. */
struct making {
	struct tl_ledger *ledger;
	const struct tl_audit_entry *entry;
	struct tl_arena arena;
	struct tl_checkpoint head; /* the record's own sequence number, and the hash of the one before */
	struct tl_str retired;     /* ids of keys that were replaced, a blank after each */
	const struct tl_key *key;  /* or NULL */
	char key_id[TL_KEY_ID_SIZE];
	int64_t at_ms;
	struct tl_str salt, personal; /* or empty */
};

static struct tl_str random_hex(struct tl_arena *arena, size_t count)
{
	unsigned char bytes[SALT_BYTES];
	char *out = TL_ARENA_ARRAY(arena, char, 2 * count + 1);

	tl_random(bytes, count);
	for (size_t i = 0; i < count; i++) {
		out[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
	}
	return (struct tl_str){ out, 2 * count };
}

/* Takes the next place of the chain, and with it the lock on its head: who comes later waits until this transaction has ended. */
static int take_place(struct tl_result *row, struct making *making, struct tl_error *err)
{
	struct tl_db *db = making->ledger->db;
	struct tl_param chain = TL_P_TEXT(random_hex(&making->arena, CHAIN_BYTES));

	if (tl_db_query(row, &making->arena, db, TL_LEDGER_AUDIT_NEXT, NULL, 0, err) != 0 || row->n_rows > 0)
		return row->n_rows > 0 ? 0 : -1;
	if (tl_db_run(db, TL_LEDGER_AUDIT_START, &chain, 1, NULL, err) != 0 ||
	    tl_db_query(row, &making->arena, db, TL_LEDGER_AUDIT_NEXT, NULL, 0, err) != 0)
		return -1;
	return row->n_rows > 0 ? 0 : tl_error_set(err, TL_IO, "'%s' takes no audit records", making->ledger->path);
}

static int begin_record(struct making *making, struct tl_error *err)
{
	const struct tl_actor *actor = making->ledger->actor;
	struct tl_result row = { 0 };
	const struct tl_param *column;

	if (take_place(&row, making, err) != 0)
		return -1;
	column = row.rows[0].columns;
	making->head = (struct tl_checkpoint){ column[0].text, column[1].integer, column[2].text };
	making->retired = column[3].text;
	making->at_ms = tl_ledger_now_ms(making->ledger);
	making->key = actor ? actor->key : NULL;
	if (!making->key)
		return 0;
	tl_key_id(making->key_id, making->key);
	if (tl_str_find(making->retired, tl_str(making->key_id), 0) == SIZE_MAX)
		return 0;
	return tl_error_set(err, TL_USAGE, "the audit key %.12s… was replaced in '%s': name the new one as audit.key in the configuration",
	                    making->key_id, making->ledger->path);
}

/* ---- what a record says ---- */

static void put_text(struct making *making, struct tl_item *map, const char *key, struct tl_str text)
{
	if (text.len > 0)
		tl_item_put(map, tl_str(key), tl_item_string(&making->arena, text));
}

static void put_number(struct making *making, struct tl_item *map, const char *key, int64_t number)
{
	if (number != 0)
		tl_item_put(map, tl_str(key), tl_item_number(&making->arena, (double)number));
}

static void put_base(struct making *making, struct tl_item *map)
{
	struct tl_item *base = tl_item_new(&making->arena, TL_MAP);

	put_text(making, base, "digest", making->entry->base_digest);
	put_number(making, base, "version", making->entry->base_version);
	if (base->count > 0)
		tl_item_put(map, TL_STR("base"), base);
}

/* Whoever has neither the data nor its salt cannot tell one phone number from another by what stands in the record. */
static void put_personal(struct making *making, struct tl_item *map)
{
	struct tl_buf data = { 0 };
	char code[TL_SHA256_SIZE];

	if (!making->entry->personal || making->entry->personal->count == 0)
		return;
	tl_json_jcs(&data, making->entry->personal);
	making->personal = tl_arena_dup(&making->arena, tl_buf_view(&data));
	making->salt = random_hex(&making->arena, SALT_BYTES);
	tl_hmac_sha256_hex(code, making->salt, making->personal);
	tl_item_put(map, TL_STR("personal"), tl_item_string(&making->arena, tl_arena_dup(&making->arena, tl_str(code))));
	tl_buf_clear(&data);
}

static void put_entry(struct making *making, struct tl_item *map)
{
	const struct tl_audit_entry *entry = making->entry;

	put_text(making, map, "action", tl_str(entry->action));
	put_text(making, map, "phase", tl_str(entry->phase));
	put_text(making, map, "outcome", tl_str(entry->outcome));
	put_text(making, map, "environment", entry->environment);
	put_text(making, map, "flow", entry->flow);
	put_text(making, map, "interaction", entry->interaction);
	put_text(making, map, "plan", entry->plan);
	put_text(making, map, "commit", entry->commit);
	put_text(making, map, "digest", entry->digest);
	put_text(making, map, "etag", entry->etag);
	put_text(making, map, "error", entry->error);
	put_text(making, map, "correlation", entry->correlation);
	put_text(making, map, "reason", entry->reason);
	put_number(making, map, "step", entry->step);
	put_number(making, map, "version", entry->version);
	put_number(making, map, "status", entry->status);
	put_number(making, map, "attempts", entry->attempts);
	/* An answer within the same millisecond is one too. */
	if (entry->attempts > 0)
		tl_item_put(map, TL_STR("latency_ms"), tl_item_number(&making->arena, (double)entry->latency_ms));
	put_base(making, map);
	if (entry->details && entry->details->count > 0)
		tl_item_put(map, TL_STR("details"), tl_item_copy(&making->arena, entry->details));
	put_personal(making, map);
}

/* The record's bytes. */
static struct tl_str record_bytes(struct making *making)
{
	const struct tl_actor *actor = making->ledger->actor;
	struct tl_item *map = tl_item_new(&making->arena, TL_MAP);
	struct tl_str previous = making->head.hash.len > 0 ? making->head.hash : TL_STR(TL_AUDIT_NOTHING), bytes;
	struct tl_buf buf = { 0 };

	tl_item_put(map, TL_STR("format"), tl_item_number(&making->arena, 1));
	put_text(making, map, "chain", making->head.chain);
	put_number(making, map, "seq", making->head.seq);
	put_text(making, map, "previous", previous);
	put_text(making, map, "at", tl_time_format(&making->arena, making->at_ms));
	tl_item_put(map, TL_STR("actor"), tl_item_string(&making->arena, actor ? actor->name : TL_STR("")));
	put_text(making, map, "ticket", actor ? actor->ticket : TL_STR(""));
	put_text(making, map, "key", making->key ? tl_str(making->key_id) : TL_STR(""));
	put_entry(making, map);
	tl_json_jcs(&buf, map);
	bytes = tl_arena_dup(&making->arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	return bytes;
}

/* ---- keeping it ---- */

static int keep_personal(struct making *making, struct tl_error *err)
{
	struct tl_param params[] = { TL_P_INT(making->head.seq), TL_P_INT(making->at_ms), TL_P_TEXT(making->salt), TL_P_TEXT(making->personal) };

	return making->personal.len == 0 ? 0 : tl_db_run(making->ledger->db, TL_LEDGER_AUDIT_ADD_PERSONAL, params, TL_COUNT(params), NULL, err);
}

static int keep_record(struct making *making, struct tl_str bytes, struct tl_error *err)
{
	char hash[TL_SHA256_SIZE], signature[TL_SIGNATURE_SIZE] = "";
	struct tl_param params[5], head[2];

	tl_sha256_hex(hash, bytes);
	if (making->key && tl_key_sign(signature, making->key, bytes, err) != 0)
		return -1;
	params[0] = TL_P_INT(making->head.seq);
	params[1] = TL_P_TEXT(bytes);
	params[2] = TL_P_TEXT(tl_str(hash));
	params[3] = TL_P_TEXT(tl_str(making->key ? making->key_id : ""));
	params[4] = TL_P_TEXT(tl_str(signature));
	head[0] = TL_P_TEXT(tl_str(hash));
	head[1] = TL_P_TEXT(making->retired);
	if (tl_db_run(making->ledger->db, TL_LEDGER_AUDIT_ADD, params, TL_COUNT(params), NULL, err) != 0 || keep_personal(making, err) != 0)
		return -1;
	return tl_db_run(making->ledger->db, TL_LEDGER_AUDIT_HEAD, head, TL_COUNT(head), NULL, err);
}

/* The signer signs nothing after this record. */
static int retire(struct making *making, const char *next_id, struct tl_error *err)
{
	if (tl_str_find(making->retired, tl_str(next_id), 0) != SIZE_MAX)
		return tl_error_set(err, TL_USAGE, "the audit key %.12s… was replaced before: make a new one", next_id);
	making->retired = tl_arena_printf(&making->arena, "%.*s%s ", TL_FMT(making->retired), making->key_id);
	return 0;
}

static int append(struct tl_ledger *ledger, const struct tl_audit_entry *entry, const char *next_id, struct tl_error *err)
{
	struct making making = { .ledger = ledger, .entry = entry };
	int ret = begin_record(&making, err);

	if (ret == 0 && next_id)
		ret = retire(&making, next_id, err);
	if (ret == 0)
		ret = keep_record(&making, record_bytes(&making), err);
	tl_arena_clear(&making.arena);
	return ret;
}

int tl_audit_append_within(struct tl_ledger *ledger, const struct tl_audit_entry *entry, struct tl_error *err)
{
	return append(ledger, entry, NULL, err);
}

int tl_audit_retire_within(struct tl_ledger *ledger, const struct tl_audit_entry *entry, const char *next_id, struct tl_error *err)
{
	return append(ledger, entry, next_id, err);
}

struct appending {
	const struct tl_audit_entry *entries;
	size_t count;
};

static int append_all(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	const struct appending *appending = data;

	for (size_t i = 0; i < appending->count; i++) {
		if (tl_audit_append_within(ledger, &appending->entries[i], err) != 0)
			return -1;
	}
	return 0;
}

int tl_audit_append_all(struct tl_ledger *ledger, const struct tl_audit_entry *entries, size_t count, struct tl_error *err)
{
	struct appending appending = { entries, count };

	return count == 0 ? 0 : tl_ledger_write(ledger, (struct tl_str){ NULL, 0 }, append_all, &appending, err);
}

int tl_audit_append_keeping(struct tl_ledger *ledger, const struct tl_audit_entry *entry, struct tl_error *err)
{
	const struct tl_actor *actor = ledger->actor;
	int64_t count;

	if (tl_audit_append_within(ledger, entry, err) != 0)
		return -1;
	if (!entry->personal || !actor || actor->retention_days == 0)
		return 0;
	return tl_audit_purge_within(&count, ledger, tl_ledger_now_ms(ledger) - DAY_MS * actor->retention_days, err);
}

static int append_alone(struct tl_ledger *ledger, void *data, struct tl_error *err)
{
	return tl_audit_append_keeping(ledger, data, err);
}

int tl_audit_append(struct tl_ledger *ledger, const struct tl_audit_entry *entry, struct tl_error *err)
{
	struct tl_audit_entry copy = *entry;

	/* What is on record of an environment needs no lease of it. */
	return tl_ledger_write(ledger, (struct tl_str){ NULL, 0 }, append_alone, &copy, err);
}

/* ledger/audit_verify.c: whether the chain holds. */
#include <inttypes.h>
#include <stdlib.h>

#include "doc/json.h"
#include "ledger/chain.h"

/* Records read at once. */
#define PIECE 512

/* A key that may sign. */
struct trusted {
	const struct tl_key *key;
	struct tl_key *owned;  /* it came out of a rotation */
	char id[TL_KEY_ID_SIZE];
	int64_t replaced;      /* by this record; 0: it was not */
};

/* A record that has or had personal data, or a purge that may have removed some. In the order of the chain. */
struct mark {
	int64_t seq, ms;
	bool there; /* the data, when it was looked for */
};
struct marks {
	struct mark *items;
	size_t count, capacity;
};

struct verifying {
	struct tl_audit_verdict *verdict;
	struct tl_arena *arena;      /* of the verdict */
	const struct tl_checkpoint *checkpoint; /* or NULL */
	struct trusted *trusted;
	size_t n_trusted, trusted_capacity;
	bool has_keys;
	int (*stopped)(void);        /* or NULL */
	bool seen_signature;
	struct tl_str chain;
	char hash[TL_SHA256_SIZE];   /* of the last record that held */
	struct tl_buf retired;       /* ids of keys that were replaced, as the head keeps them */
	struct marks personal, purges;
};

/* Says what is wrong; nothing after it is looked at. */
static bool bad(struct verifying *v, int64_t seq, const char *fmt, ...) TL_PRINTF(3, 4);
static bool bad(struct verifying *v, int64_t seq, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	v->verdict->what = tl_arena_vprintf(v->arena, fmt, args);
	va_end(args);
	v->verdict->seq = seq;
	v->verdict->good = false;
	return false;
}

static void put_mark(struct marks *marks, struct mark mark)
{
	marks->items = tl_grow(marks->items, &marks->capacity, marks->count + 1, sizeof(*marks->items));
	marks->items[marks->count++] = mark;
}

/* ---- keys ---- */

static void trust(struct verifying *v, const struct tl_key *key, struct tl_key *owned)
{
	struct trusted *trusted;

	v->trusted = tl_grow(v->trusted, &v->trusted_capacity, v->n_trusted + 1, sizeof(*v->trusted));
	trusted = &v->trusted[v->n_trusted++];
	*trusted = (struct trusted){ .key = key, .owned = owned };
	tl_key_id(trusted->id, key);
}

static struct trusted *find_trusted(struct verifying *v, struct tl_str id)
{
	for (size_t i = 0; i < v->n_trusted; i++) {
		if (tl_str_is(id, v->trusted[i].id))
			return &v->trusted[i];
	}
	return NULL;
}

/* A key that signs for the next one: the next one may sign from here on, it itself no more. */
static bool follow_rotation(struct verifying *v, const struct tl_audit_record *record, const struct tl_item *root, struct trusted *by)
{
	const struct tl_item *details = tl_item_get(root, "details");
	struct tl_str id = tl_item_text(details, "key");
	char read_id[TL_KEY_ID_SIZE];
	struct tl_key *next;
	struct trusted *known;

	by->replaced = record->seq;
	if (tl_key_read_public(&next, tl_item_text(details, "public_key"), "the new key", NULL) != 0)
		return bad(v, record->seq, "record %" PRId64 " replaces a key, but the new one cannot be read", record->seq);
	tl_key_id(read_id, next);
	known = find_trusted(v, id);
	if (!tl_str_is(id, read_id)) {
		tl_key_free(next);
		return bad(v, record->seq, "record %" PRId64 " replaces a key by another one than it names", record->seq);
	}
	if (!known) {
		trust(v, next, next);
		return true;
	}
	tl_key_free(next);
	return !known->replaced || bad(v, record->seq, "record %" PRId64 " goes back to a key that was replaced before", record->seq);
}

static bool check_unsigned(struct verifying *v, const struct tl_audit_record *record)
{
	if (record->signature.len > 0 || record->key_id.len > 0)
		return bad(v, record->seq, "record %" PRId64 " has a signature that it does not speak of", record->seq);
	if (v->has_keys && v->seen_signature)
		return bad(v, record->seq, "record %" PRId64 " is not signed, though earlier ones are", record->seq);
	return true;
}

static bool check_signature(struct verifying *v, const struct tl_audit_record *record, const struct tl_item *root)
{
	struct tl_str id = tl_item_text(root, "key");
	struct trusted *by;

	if (id.len == 0)
		return check_unsigned(v, record);
	v->seen_signature = true;
	if (tl_str_is(tl_item_text(root, "action"), "rotate"))
		tl_buf_printf(&v->retired, "%.*s ", TL_FMT(id));
	if (!tl_str_equal(id, record->key_id) || record->signature.len == 0)
		return bad(v, record->seq, "record %" PRId64 " is to be signed by key %.12s…, but that signature is not there", record->seq, id.ptr);
	if (!v->has_keys) {
		v->verdict->unchecked++;
		return true;
	}
	by = find_trusted(v, id);
	if (!by)
		return bad(v, record->seq, "record %" PRId64 " is signed by key %.12s…, which is not among those that are trusted", record->seq, id.ptr);
	if (by->replaced)
		return bad(v, record->seq, "record %" PRId64 " is signed by key %.12s…, which record %" PRId64 " replaced", record->seq, id.ptr, by->replaced);
	if (!tl_key_verify(by->key, record->bytes, record->signature))
		return bad(v, record->seq, "record %" PRId64 " has a forged signature: key %.12s… did not sign these bytes", record->seq, id.ptr);
	v->verdict->signed_records++;
	return tl_str_is(tl_item_text(root, "action"), "rotate") ? follow_rotation(v, record, root, by) : true;
}

/* ---- one record ---- */

static bool check_bytes(struct verifying *v, const struct tl_audit_record *record, const struct tl_item *root)
{
	char hash[TL_SHA256_SIZE];
	struct tl_buf canonical = { 0 };
	bool same;

	tl_sha256_hex(hash, record->bytes);
	if (!tl_str_is(record->hash, hash))
		return bad(v, record->seq, "record %" PRId64 " was changed: its hash is not that of its bytes", record->seq);
	tl_json_jcs(&canonical, root);
	same = tl_str_equal(tl_buf_view(&canonical), record->bytes);
	tl_buf_clear(&canonical);
	return same || bad(v, record->seq, "record %" PRId64 " was changed: it is not written as this program writes records", record->seq);
}

static bool check_place(struct verifying *v, const struct tl_audit_record *record, const struct tl_item *root)
{
	const struct tl_item *seq = tl_item_get(root, "seq");
	struct tl_str chain = tl_item_text(root, "chain");

	if (!seq || seq->kind != TL_NUMBER || seq->number != (double)record->seq)
		return bad(v, record->seq, "record %" PRId64 " does not belong in its place: it says it is record %.*s", record->seq,
		           TL_FMT(seq ? seq->text : TL_STR("nothing")));
	if (v->chain.len == 0)
		v->chain = tl_arena_dup(v->arena, chain);
	if (!tl_str_equal(chain, v->chain) || chain.len == 0)
		return bad(v, record->seq, "record %" PRId64 " is of another chain", record->seq);
	if (!tl_str_is(tl_item_text(root, "previous"), v->hash))
		return bad(v, record->seq, "record %" PRId64 " does not continue record %" PRId64 ": one of them was changed or put there, or others between "
		           "them were taken out", record->seq, record->seq - 1);
	return true;
}

static bool check_personal(struct verifying *v, const struct tl_audit_record *record, const struct tl_item *root)
{
	struct tl_str commitment = tl_item_text(root, "personal");
	char code[TL_SHA256_SIZE];
	int64_t at_ms = 0;

	if (commitment.len == 0 && !record->has_personal)
		return true;
	if (!tl_time_parse(&at_ms, tl_item_text(root, "at")))
		return bad(v, record->seq, "record %" PRId64 " does not say when it was made", record->seq);
	if (record->has_personal) {
		tl_hmac_sha256_hex(code, record->salt, record->personal);
		if (!tl_str_is(commitment, code))
			return bad(v, record->seq, "the personal data of record %" PRId64 " is not what was recorded", record->seq);
		if (record->personal_ms != at_ms)
			return bad(v, record->seq, "the personal data of record %" PRId64 " is said to be of another time: no purge finds it", record->seq);
	}
	put_mark(&v->personal, (struct mark){ record->seq, at_ms, record->has_personal });
	return true;
}

static void note_purge(struct verifying *v, const struct tl_audit_record *record, const struct tl_item *root)
{
	int64_t before_ms;

	if (tl_str_is(tl_item_text(root, "action"), "purge") &&
	    tl_time_parse(&before_ms, tl_item_text(tl_item_get(root, "details"), "before")))
		put_mark(&v->purges, (struct mark){ .seq = record->seq, .ms = before_ms });
}

static bool check_checkpoint(struct verifying *v, int64_t seq)
{
	const struct tl_checkpoint *checkpoint = v->checkpoint;

	/* Of another chain than the checkpoint's it is said that it is another one. */
	if (!checkpoint || checkpoint->seq != seq || !tl_str_equal(checkpoint->chain, v->chain) || tl_str_is(checkpoint->hash, v->hash))
		return true;
	return bad(v, seq, "record %" PRId64 " is not the one that the checkpoint names: the chain was written anew", seq);
}

static bool check_record(struct verifying *v, const struct tl_audit_record *record, struct tl_doc *doc)
{
	if (!check_bytes(v, record, doc->root) || !check_place(v, record, doc->root) || !check_signature(v, record, doc->root) ||
	    !check_personal(v, record, doc->root))
		return false;
	note_purge(v, record, doc->root);
	memcpy(v->hash, record->hash.ptr, sizeof(v->hash) - 1);
	v->verdict->records++;
	return check_checkpoint(v, record->seq);
}

static bool check_next(struct verifying *v, const struct tl_audit_record *record)
{
	int64_t wanted = (int64_t)v->verdict->records + 1;
	struct tl_doc *doc;
	bool good;

	if (record->seq != wanted)
		return bad(v, wanted, "record %" PRId64 " is missing", wanted);
	if (tl_audit_parse(&doc, record, NULL) != 0)
		return bad(v, record->seq, "record %" PRId64 " was changed: it is no JSON any more", record->seq);
	good = check_record(v, record, doc);
	tl_doc_free(doc);
	return good;
}

/* ---- the whole ---- */

/* Checks what there is from the next record on. *more says whether there was any. -1 for what could not be read. */
static int check_piece(bool *more, struct verifying *v, struct tl_ledger *ledger, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_audit_records records = { 0 };
	int ret = v->stopped && v->stopped() ? tl_error_set(err, TL_INTERRUPTED, "interrupted") : 0;

	if (ret == 0)
		ret = tl_audit_read(&records, &arena, ledger, (int64_t)v->verdict->records + 1, PIECE, err);
	for (size_t i = 0; ret == 0 && v->verdict->good && i < records.count; i++)
		check_next(v, &records.items[i]);
	*more = ret == 0 && v->verdict->good && records.count > 0;
	tl_arena_clear(&arena);
	return ret;
}

/* Where the chain ends by its own account, and how many records lie there, at one moment. */
struct chain_end {
	struct tl_checkpoint head;
	int64_t count, last;
	struct tl_str retired;
	int64_t strays; /* personal data of records that are not there */
};

static int read_end(struct chain_end *end, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_error *err)
{
	struct tl_result result;
	const struct tl_param *column;

	*end = (struct chain_end){ .head = { .chain = TL_STR(""), .hash = TL_STR("") }, .retired = TL_STR("") };
	if (tl_ledger_query(&result, arena, ledger, TL_LEDGER_AUDIT_END, NULL, 0, err) != 0)
		return -1;
	if (result.n_rows == 0)
		return 0;
	column = result.rows[0].columns;
	*end = (struct chain_end){ { column[0].text, column[1].integer, column[2].text }, column[3].integer, column[4].integer, column[5].text, column[6].integer };
	return 0;
}

static void check_end(struct verifying *v, const struct chain_end *end)
{
	int64_t last = (int64_t)v->verdict->records;

	if (end->head.seq > last)
		bad(v, last + 1, "record %" PRId64 " is missing: the chain ended at record %" PRId64, last + 1, end->head.seq);
	else if (end->head.seq < last)
		bad(v, end->head.seq + 1, "record %" PRId64 " was put there: the chain ended at record %" PRId64, end->head.seq + 1, end->head.seq);
	else if (end->count != last)
		bad(v, 0, "there are records before the first one");
	else if (last > 0 && (!tl_str_is(end->head.hash, v->hash) || !tl_str_equal(end->head.chain, v->chain)))
		bad(v, last, "record %" PRId64 " is not the one that the chain ended with", last);
	else if (!tl_str_equal(end->retired, tl_buf_view(&v->retired)))
		bad(v, 0, "the keys that were replaced are not those that the records name");
	else if (end->strays > 0)
		bad(v, 0, "there is personal data of records that are not there");
}

static void check_against_checkpoint(struct verifying *v, const struct chain_end *end)
{
	const struct tl_checkpoint *checkpoint = v->checkpoint;

	if (!checkpoint || !v->verdict->good)
		return;
	if (end->head.chain.len == 0)
		bad(v, 0, "there is no chain, but the checkpoint names one");
	else if (!tl_str_equal(checkpoint->chain, end->head.chain))
		bad(v, 0, "this is another chain than the checkpoint's: the whole chain was replaced, or it is another ledger's");
	else if (checkpoint->seq > (int64_t)v->verdict->records)
		bad(v, (int64_t)v->verdict->records + 1, "record %" PRIu64 " is missing: the checkpoint names record %" PRId64, v->verdict->records + 1,
		    checkpoint->seq);
}

/* The latest moment that a purge from here on went by stands in each of them. */
static void reach_back(struct marks *purges)
{
	for (size_t i = purges->count; i-- > 1;) {
		if (purges->items[i - 1].ms < purges->items[i].ms)
			purges->items[i - 1].ms = purges->items[i].ms;
	}
}

/* Whether the data is there now: a purge may have come after it was looked for. */
static int is_there(bool *there, struct tl_ledger *ledger, int64_t seq, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_audit_records records;
	int ret = tl_audit_read(&records, &arena, ledger, seq, 1, err);

	*there = ret == 0 && records.count > 0 && records.items[0].seq == seq && records.items[0].has_personal;
	tl_arena_clear(&arena);
	return ret;
}

/* Personal data goes by a purge that is on record, or not at all; and what a purge removed does not come back. */
static int check_purged(struct verifying *v, struct tl_ledger *ledger, struct tl_error *err)
{
	const struct marks *purges = &v->purges;

	reach_back(&v->purges);
	for (size_t i = 0, later = 0; v->verdict->good && i < v->personal.count; i++) {
		struct mark *mark = &v->personal.items[i];
		bool purged;

		while (later < purges->count && purges->items[later].seq < mark->seq)
			later++;
		purged = later < purges->count && purges->items[later].ms > mark->ms;
		if (purged && mark->there && is_there(&mark->there, ledger, mark->seq, err) != 0)
			return -1;
		v->verdict->purged += purged;
		if (purged && mark->there)
			bad(v, mark->seq, "the personal data of record %" PRId64 " was purged, and is there again", mark->seq);
		else if (!purged && !mark->there)
			bad(v, mark->seq, "the personal data of record %" PRId64 " is gone, but no purge removed it", mark->seq);
	}
	return 0;
}

/* Others may append meanwhile: the end is looked at until it is where the reading ended. */
static int verify(struct verifying *v, struct tl_ledger *ledger, struct tl_error *err)
{
	struct chain_end end = { 0 };
	bool more = true;

	while (more) {
		while (more) {
			if (check_piece(&more, v, ledger, err) != 0)
				return -1;
		}
		if (!v->verdict->good)
			return 0;
		if (read_end(&end, v->arena, ledger, err) != 0)
			return -1;
		more = end.last > (int64_t)v->verdict->records;
	}
	v->verdict->head = end.head;
	check_end(v, &end);
	check_against_checkpoint(v, &end);
	if (v->verdict->good && v->has_keys && v->verdict->records > 0 && !v->seen_signature)
		bad(v, 1, "no record is signed, though there are keys that were to sign");
	return v->verdict->good ? check_purged(v, ledger, err) : 0;
}

int tl_audit_verify(struct tl_audit_verdict *out, struct tl_arena *arena, struct tl_ledger *ledger, const struct tl_checkpoint *checkpoint,
                    const struct tl_key *const *keys, size_t n_keys, int (*stopped)(void), struct tl_error *err)
{
	struct verifying v = {
		.verdict = out, .arena = arena, .checkpoint = checkpoint, .has_keys = n_keys > 0, .stopped = stopped, .hash = TL_AUDIT_NOTHING,
	};
	int ret;

	*out = (struct tl_audit_verdict){ .good = true, .has_checkpoint = checkpoint != NULL };
	for (size_t i = 0; i < n_keys; i++)
		trust(&v, keys[i], NULL);
	ret = verify(&v, ledger, err);
	/* Where a chain that does not hold ends is nothing to go by. */
	if (!out->good)
		out->head = (struct tl_checkpoint){ .chain = TL_STR(""), .hash = TL_STR("") };
	for (size_t i = 0; i < v.n_trusted; i++)
		tl_key_free(v.trusted[i].owned);
	free(v.trusted);
	tl_buf_clear(&v.retired);
	free(v.personal.items);
	free(v.purges.items);
	return ret;
}

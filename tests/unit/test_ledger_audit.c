/* tests/unit/test_ledger_audit.c: the audit chain: what records say, and that nothing done to them afterwards goes unseen. */
#include "ledger/audit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "doc/json.h"
#include "ledger/lease.h"
#include "ledger/tables.h"
#include "store_yard.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

/* Whether the group runs on the server. */
static bool on_server;

struct scratch {
	char *folder;
	char path[4096];
	struct tl_arena arena;
	struct tl_error err;
	struct tl_clock clock;
	int64_t now;
	struct tl_ledger *ledger;
	struct tl_actor actor;
	struct tl_key *key, *other;
};

static int64_t now_ms(void *data)
{
	return (*(int64_t *)data)++;
}

static void reopen(struct scratch *scratch)
{
	tl_ledger_close(scratch->ledger);
	assert_int_equal(tl_ledger_open(&scratch->ledger, scratch->path, &scratch->clock, &scratch->err), 0);
	tl_ledger_act(scratch->ledger, &scratch->actor);
}

static int set_up(void **state)
{
	struct scratch *scratch = tl_alloc_zero(1, sizeof(*scratch));

	scratch->folder = unit_scratch_in_memory();
	scratch->now = 1000;
	scratch->clock = (struct tl_clock){ .now_ms = now_ms, .monotonic_ms = now_ms, .data = &scratch->now };
	scratch->actor = (struct tl_actor){ .name = TL_STR("alice@laptop"), .ticket = TL_STR("CHG-7") };
	if (on_server)
		store_yard_address(scratch->path, sizeof(scratch->path), getenv("TRUNKLINE_TEST_POSTGRES"));
	else
		snprintf(scratch->path, sizeof(scratch->path), "%s/ledger.db", scratch->folder);
	assert_int_equal(tl_key_make(&scratch->key, &scratch->err), 0);
	assert_int_equal(tl_key_make(&scratch->other, &scratch->err), 0);
	reopen(scratch);
	*state = scratch;
	return 0;
}

static int tear_down(void **state)
{
	struct scratch *scratch = *state;

	tl_ledger_close(scratch->ledger);
	unit_scratch_remove(scratch->folder);
	tl_key_free(scratch->key);
	tl_key_free(scratch->other);
	tl_arena_clear(&scratch->arena);
	free(scratch);
	return 0;
}

static void append(struct scratch *scratch, const char *action, const char *flow)
{
	struct tl_audit_entry entry = { .action = action, .environment = TL_STR("local"), .flow = tl_str(flow) };

	assert_int_equal(tl_audit_append(scratch->ledger, &entry, &scratch->err), 0);
}

static void append_personal(struct scratch *scratch, const char *phone_number)
{
	struct tl_item *personal = tl_item_new(&scratch->arena, TL_MAP);
	struct tl_audit_entry entry = { .action = "transition", .interaction = TL_STR("i-1"), .personal = personal };

	tl_item_put(personal, TL_STR("phone_number"), tl_item_string(&scratch->arena, tl_str(phone_number)));
	assert_int_equal(tl_audit_append(scratch->ledger, &entry, &scratch->err), 0);
}

static struct tl_audit_verdict verify_with(struct scratch *scratch, const struct tl_checkpoint *checkpoint, const struct tl_key *a, const struct tl_key *b)
{
	const struct tl_key *keys[] = { a, b };
	struct tl_audit_verdict verdict;

	assert_int_equal(tl_audit_verify(&verdict, &scratch->arena, scratch->ledger, checkpoint, keys, (size_t)(a != NULL) + (b != NULL), NULL, &scratch->err), 0);
	return verdict;
}

static struct tl_audit_verdict verify(struct scratch *scratch)
{
	return verify_with(scratch, NULL, NULL, NULL);
}

static void expect_bad(struct tl_audit_verdict verdict, int64_t seq, const char *what)
{
	assert_false(verdict.good);
	assert_str(verdict.what, what);
	assert_int_equal(verdict.seq, seq);
}

static struct tl_checkpoint head(struct scratch *scratch)
{
	struct tl_checkpoint checkpoint;

	assert_int_equal(tl_audit_head(&checkpoint, &scratch->arena, scratch->ledger, &scratch->err), 0);
	return checkpoint;
}

static struct tl_audit_record record(struct scratch *scratch, int64_t seq)
{
	struct tl_audit_records records;

	assert_int_equal(tl_audit_read(&records, &scratch->arena, scratch->ledger, seq, 1, &scratch->err), 0);
	assert_int_equal(records.count, 1);
	assert_int_equal(records.items[0].seq, seq);
	return records.items[0];
}

/* What somebody with the database in hand can do: runs a statement behind the ledger's back. */
static void tamper_with(struct scratch *scratch, const char *statement, const struct tl_param *params, size_t n_params)
{
	struct tl_sql sql = tl_ledger_schema;
	struct tl_db *db;
	int64_t changed;

	sql.statements = &statement;
	sql.n_statements = 1;
	tl_ledger_close(scratch->ledger);
	scratch->ledger = NULL;
	assert_int_equal(tl_db_open(&db, scratch->path, &sql, false, 0, &scratch->err), 0);
	assert_int_equal(tl_db_run(db, 0, params, n_params, &changed, &scratch->err), 0);
	assert_true(changed > 0);
	tl_db_close(db);
	reopen(scratch);
}

static void tamper(struct scratch *scratch, const char *statement)
{
	tamper_with(scratch, statement, NULL, 0);
}

/* Puts other bytes in a record's place, with a hash that fits them. */
static void rewrite(struct scratch *scratch, int64_t seq, const char *before, const char *after)
{
	struct tl_str bytes = record(scratch, seq).bytes;
	size_t at = tl_str_find(bytes, tl_str(before), 0);
	struct tl_param params[3];
	char hash[TL_SHA256_SIZE];
	struct tl_buf buf = { 0 };

	assert_true(at != SIZE_MAX);
	tl_buf_add(&buf, bytes.ptr, at);
	tl_buf_text(&buf, after);
	tl_buf_str(&buf, tl_str_slice(bytes, at + strlen(before), bytes.len));
	tl_sha256_hex(hash, tl_buf_view(&buf));
	params[0] = TL_P_INT(seq);
	params[1] = TL_P_TEXT(tl_buf_view(&buf));
	params[2] = TL_P_TEXT(tl_str(hash));
	tamper_with(scratch, "UPDATE audit SET bytes = ?2, hash = ?3 WHERE seq = ?1", params, 3);
	tl_buf_clear(&buf);
}

/* ---- what is written ---- */

static void a_record_says_what_it_was_told(void **state)
{
	struct scratch *scratch = *state;
	struct tl_item *details = tl_item_new(&scratch->arena, TL_MAP);
	struct tl_audit_entry entry = {
		.action = "publish", .phase = "outcome", .outcome = "published", .environment = TL_STR("production"), .flow = TL_STR("support"),
		.plan = TL_STR("p1"), .commit = TL_STR("c1"), .base_digest = TL_STR("d0"), .digest = TL_STR("d1"), .etag = TL_STR("\"3\""),
		.correlation = TL_STR("x-1"), .step = 9, .base_version = 3, .version = 4, .status = 200, .attempts = 2, .latency_ms = 51, .details = details,
	};
	struct tl_checkpoint checkpoint;
	struct tl_buf wanted = { 0 };
	struct tl_audit_record one;
	char hash[TL_SHA256_SIZE];

	tl_item_put(details, TL_STR("write"), tl_item_string(&scratch->arena, TL_STR("update")));
	assert_int_equal(tl_audit_append(scratch->ledger, &entry, &scratch->err), 0);
	checkpoint = head(scratch);
	assert_int_equal(checkpoint.seq, 1);
	assert_int_equal(checkpoint.chain.len, 32);
	one = record(scratch, 1);
	tl_buf_printf(&wanted, "{\"action\":\"publish\",\"actor\":\"alice@laptop\",\"at\":\"1970-01-01T00:00:01Z\",\"attempts\":2,"
	              "\"base\":{\"digest\":\"d0\",\"version\":3},\"chain\":\"%.*s\",\"commit\":\"c1\",\"correlation\":\"x-1\",\"details\":{\"write\":\"update\"},"
	              "\"digest\":\"d1\",\"environment\":\"production\",\"etag\":\"\\\"3\\\"\",\"flow\":\"support\",\"format\":1,\"latency_ms\":51,"
	              "\"outcome\":\"published\",\"phase\":\"outcome\",\"plan\":\"p1\",\"previous\":\"%064d\",\"seq\":1,\"status\":200,\"step\":9,"
	              "\"ticket\":\"CHG-7\",\"version\":4}", TL_FMT(checkpoint.chain), 0);
	assert_str(one.bytes, wanted.data);
	tl_sha256_hex(hash, one.bytes);
	assert_str(one.hash, hash);
	assert_str(checkpoint.hash, hash);
	assert_int_equal(one.signature.len, 0);
	tl_buf_clear(&wanted);
	/* An answer that took no millisecond was measured all the same. */
	assert_int_equal(tl_audit_append(scratch->ledger, &(struct tl_audit_entry){ .action = "publish", .attempts = 1 }, &scratch->err), 0);
	assert_non_null(memmem(record(scratch, 2).bytes.ptr, record(scratch, 2).bytes.len, "\"latency_ms\":0", 14));
}

static int at_once(void)
{
	return 1;
}

/* A long chain with signatures takes its time: who asks for it can give up. */
static void verifying_ends_when_asked_to(void **state)
{
	struct scratch *scratch = *state;
	struct tl_audit_verdict verdict;

	append(scratch, "plan", "");
	assert_int_equal(tl_audit_verify(&verdict, &scratch->arena, scratch->ledger, NULL, NULL, 0, at_once, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_INTERRUPTED);
}

static void no_chain_is_a_good_one(void **state)
{
	struct scratch *scratch = *state;
	struct tl_audit_verdict verdict = verify(scratch);

	assert_true(verdict.good);
	assert_int_equal(verdict.records, 0);
	assert_int_equal(head(scratch).seq, 0);
	assert_int_equal(head(scratch).chain.len, 0);
}

static struct tl_step a_step(const char *action)
{
	return (struct tl_step){
		.wanted = {
			.environment = TL_STR("local"), .flow = TL_STR("support"), .platform_id = TL_STR("id-1"), .version = 2,
			.digest = TL_STR("d"), .content = TL_STR("c"), .more = TL_STR(""), .blob = TL_STR("b"), .commit = TL_STR("k"), .plan = TL_STR("p"),
		},
		.action = tl_str(action),
		.base_version = 1,
	};
}

/* The members of records 1, 2, …, as "action phase outcome". */
static void expect_log(struct scratch *scratch, const char *const *wanted, size_t count)
{
	assert_int_equal(head(scratch).seq, count);
	for (size_t i = 0; i < count; i++) {
		struct tl_audit_record one = record(scratch, (int64_t)i + 1);
		struct tl_buf said = { 0 };
		struct tl_doc *doc;

		assert_int_equal(tl_audit_parse(&doc, &one, &scratch->err), 0);
		tl_buf_printf(&said, "%.*s %.*s %.*s", TL_FMT(tl_item_text(doc->root, "action")), TL_FMT(tl_item_text(doc->root, "phase")),
		              TL_FMT(tl_item_text(doc->root, "outcome")));
		assert_string_equal(said.data, wanted[i]);
		tl_buf_clear(&said);
		tl_doc_free(doc);
	}
	assert_true(verify(scratch).good);
}

static void every_write_of_the_ledger_is_on_record(void **state)
{
	static const char *const wanted[] = {
		"apply intent ", "publish intent ", "publish outcome published", "rollback intent ", "rollback outcome failed", "apply outcome finished",
		"publish intent ", "adopt  published", "publish outcome published", "publish intent ", "publish intent ", "publish outcome published",
		"publish outcome failed",
	};
	struct scratch *scratch = *state;
	struct tl_step step = a_step("update"), back = a_step("rollback"), lost = a_step("update"), older = a_step("create");
	struct tl_plan_record plan = { .environment = TL_STR("local"), .plan = TL_STR("p"), .bytes = TL_STR("{}") };

	back.hold_digest = TL_STR("h");
	back.hold_reason = TL_STR("calls were dropped");
	assert_int_equal(tl_ledger_plan_begin(scratch->ledger, &plan, &scratch->err), 0);
	assert_int_equal(tl_ledger_begin(scratch->ledger, &step, &scratch->err), 0);
	assert_int_equal(tl_ledger_end(scratch->ledger, &step, TL_STEP_PUBLISHED, TL_STR(""), &scratch->err), 0);
	assert_int_equal(tl_ledger_begin(scratch->ledger, &back, &scratch->err), 0);
	assert_int_equal(tl_ledger_end(scratch->ledger, &back, TL_STEP_FAILED, TL_STR("no"), &scratch->err), 0);
	assert_int_equal(tl_ledger_plan_end(scratch->ledger, &plan, TL_PLAN_FINISHED, TL_STR(""), &scratch->err), 0);
	assert_int_equal(tl_ledger_plan_end(scratch->ledger, &plan, TL_PLAN_FINISHED, TL_STR(""), &scratch->err), 0);
	/* A program that never came back, and what is learnt of it later. */
	assert_int_equal(tl_ledger_begin(scratch->ledger, &lost, &scratch->err), 0);
	assert_int_equal(tl_ledger_adopt(scratch->ledger, &lost.wanted, 0, &scratch->err), 0);
	older.wanted.version = 1;
	step.wanted.version = 3;
	assert_int_equal(tl_ledger_begin(scratch->ledger, &older, &scratch->err), 0);
	assert_int_equal(tl_ledger_begin(scratch->ledger, &step, &scratch->err), 0);
	assert_int_equal(tl_ledger_end(scratch->ledger, &step, TL_STEP_PUBLISHED, TL_STR(""), &scratch->err), 0);
	expect_log(scratch, wanted, TL_COUNT(wanted));
}

static void a_lifted_hold_is_on_record(void **state)
{
	static const char *const wanted[] = { "rollback intent ", "rollback outcome published", "release  " };
	struct scratch *scratch = *state;
	struct tl_step back = a_step("rollback");
	int64_t count;

	back.hold_digest = TL_STR("h");
	assert_int_equal(tl_ledger_begin(scratch->ledger, &back, &scratch->err), 0);
	assert_int_equal(tl_ledger_end(scratch->ledger, &back, TL_STEP_PUBLISHED, TL_STR(""), &scratch->err), 0);
	assert_int_equal(tl_ledger_release(&count, scratch->ledger, TL_STR("local"), TL_STR("support"), TL_STR("mended"), &scratch->err), 0);
	assert_int_equal(count, 1);
	/* Nothing was held any more. */
	assert_int_equal(tl_ledger_release(&count, scratch->ledger, TL_STR("local"), TL_STR("support"), TL_STR("mended"), &scratch->err), 0);
	expect_log(scratch, wanted, TL_COUNT(wanted));
}

static void a_stolen_lease_is_on_record(void **state)
{
	static const char *const wanted[] = { "steal  " };
	struct scratch *scratch = *state;
	struct tl_ledger *thief;
	struct tl_doc *doc;
	struct tl_audit_record one;

	assert_int_equal(tl_ledger_lease(scratch->ledger, TL_STR("local"), &(struct tl_lease_wish){ .owner = TL_STR("alice") }, NULL, &scratch->err), 0);
	assert_int_equal(tl_ledger_open(&thief, scratch->path, &scratch->clock, &scratch->err), 0);
	tl_ledger_act(thief, &scratch->actor);
	assert_int_equal(tl_ledger_lease(thief, TL_STR("local"), &(struct tl_lease_wish){ .owner = TL_STR("bob"), .steal = TL_STR("alice is gone") }, NULL,
	                                 &scratch->err), 0);
	tl_ledger_close(thief);
	expect_log(scratch, wanted, TL_COUNT(wanted));
	one = record(scratch, 1);
	assert_int_equal(tl_audit_parse(&doc, &one, &scratch->err), 0);
	assert_str(tl_item_text(doc->root, "reason"), "alice is gone");
	assert_str(tl_item_text(tl_item_get(doc->root, "details"), "from"), "alice");
	assert_str(tl_item_text(tl_item_get(doc->root, "details"), "owner"), "bob");
	tl_doc_free(doc);
}

/* ---- what was done to it ---- */

static void whatever_is_changed_is_found(void **state)
{
	static const struct {
		const char *statement;
		int64_t seq;
		const char *what;
	} rows[] = {
		{ "UPDATE audit SET bytes = replace(bytes, 'alice', 'mallory') WHERE seq = 3", 3, "record 3 was changed: its hash is not that of its bytes" },
		{ "UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE seq = 3", 3,
		  "record 3 was changed: its hash is not that of its bytes" },
		{ "UPDATE audit SET bytes = '' WHERE seq = 2", 2, "record 2 was changed: it is no JSON any more" },
		{ "DELETE FROM audit WHERE seq = 3", 3, "record 3 is missing" },
		{ "DELETE FROM audit WHERE seq = 1", 1, "record 1 is missing" },
		{ "DELETE FROM audit WHERE seq > 3", 4, "record 4 is missing: the chain ended at record 5" },
		{ "DELETE FROM audit", 1, "record 1 is missing: the chain ended at record 5" },
		{ "UPDATE audit SET seq = seq - 1 WHERE seq = 1", 1, "record 1 is missing" },
		{ "INSERT INTO audit SELECT 6, bytes, hash, key_id, signature FROM audit WHERE seq = 5", 6,
		  "record 6 does not belong in its place: it says it is record 5" },
		{ "INSERT INTO audit SELECT 0, bytes, hash, key_id, signature FROM audit WHERE seq = 5", 0, "there are records before the first one" },
		{ "UPDATE audit SET seq = 12 - seq WHERE seq IN (5, 7)", 5, "record 5 is missing" },
		{ "UPDATE audit SET bytes = (SELECT bytes FROM audit AS o WHERE o.seq = 6 - audit.seq), hash = (SELECT hash FROM audit AS o WHERE "
		  "o.seq = 6 - audit.seq) WHERE seq IN (2, 4)", 2, "record 2 does not belong in its place: it says it is record 4" },
		{ "UPDATE audit_head SET seq = 4", 5, "record 5 was put there: the chain ended at record 4" },
		{ "UPDATE audit_head SET seq = 6", 6, "record 6 is missing: the chain ended at record 6" },
		{ "UPDATE audit_head SET hash = 'x'", 5, "record 5 is not the one that the chain ended with" },
		{ "UPDATE audit_head SET chain = 'x'", 5, "record 5 is not the one that the chain ended with" },
		{ "DELETE FROM audit_head", 1, "record 1 was put there: the chain ended at record 0" },
		{ "UPDATE audit SET key_id = 'x' WHERE seq = 2", 2, "record 2 has a signature that it does not speak of" },
	};

	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct scratch *scratch;
		void *fresh = NULL;

		(void)state;
		set_up(&fresh);
		scratch = fresh;
		for (int j = 0; j < 5; j++)
			append(scratch, "plan", "");
		assert_true(verify(scratch).good);
		tamper(scratch, rows[i].statement);
		expect_bad(verify(scratch), rows[i].seq, rows[i].what);
		tear_down(&fresh);
	}
}

/* Hashes that were computed anew do not help. */
static void rewritten_records_are_found(void **state)
{
	struct scratch *scratch = *state;

	for (int i = 0; i < 3; i++)
		append(scratch, "plan", "a");
	rewrite(scratch, 2, "\"plan\"", "\"trust\"");
	expect_bad(verify(scratch), 3, "record 3 does not continue record 2: one of them was changed or put there, or others between them were taken out");
	rewrite(scratch, 2, "\"trust\"", "\"plan\"");
	assert_true(verify(scratch).good);
	rewrite(scratch, 3, "\"plan\"", "\"trust\"");
	expect_bad(verify(scratch), 3, "record 3 is not the one that the chain ended with");
	rewrite(scratch, 3, "\"trust\"", "\"plan\"");
	rewrite(scratch, 3, "{\"action\"", "{ \"action\"");
	expect_bad(verify(scratch), 3, "record 3 was changed: it is not written as this program writes records");
	rewrite(scratch, 3, "{ \"action\"", "{\"action\":\"\",\"action\"");
	expect_bad(verify(scratch), 3, "record 3 was changed: it is no JSON any more");
	rewrite(scratch, 3, "{\"action\":\"\",\"action\"", "{\"action\"");
	rewrite(scratch, 1, head(scratch).chain.ptr, "0123");
	expect_bad(verify(scratch), 2, "record 2 is of another chain");
}

/* Records and head cut or written anew as one: only what somebody keeps elsewhere shows it. */
static void only_a_checkpoint_shows_a_cut_tail(void **state)
{
	struct scratch *scratch = *state;
	struct tl_checkpoint early, late, other = { .chain = TL_STR("another"), .seq = 1, .hash = TL_STR("x") };
	struct tl_param hash;

	append(scratch, "plan", "a");
	append(scratch, "plan", "b");
	early = head(scratch);
	append(scratch, "plan", "c");
	late = head(scratch);
	assert_true(verify_with(scratch, &early, NULL, NULL).good);
	assert_true(verify_with(scratch, &late, NULL, NULL).good);
	assert_true(verify_with(scratch, &late, NULL, NULL).has_checkpoint);
	expect_bad(verify_with(scratch, &other, NULL, NULL), 0,
	           "this is another chain than the checkpoint's: the whole chain was replaced, or it is another ledger's");
	hash = TL_P_TEXT(early.hash);
	tamper_with(scratch, "UPDATE audit_head SET seq = 2, hash = ?1", &hash, 1);
	tamper(scratch, "DELETE FROM audit WHERE seq = 3");
	assert_true(verify(scratch).good);
	assert_false(verify(scratch).has_checkpoint);
	assert_true(verify_with(scratch, &early, NULL, NULL).good);
	expect_bad(verify_with(scratch, &late, NULL, NULL), 3, "record 3 is missing: the checkpoint names record 3");
	append(scratch, "plan", "d");
	assert_true(verify(scratch).good);
	expect_bad(verify_with(scratch, &late, NULL, NULL), 3, "record 3 is not the one that the checkpoint names: the chain was written anew");
}

static void a_replaced_chain_is_found(void **state)
{
	struct scratch *scratch = *state;
	struct tl_checkpoint before;

	append(scratch, "plan", "a");
	before = head(scratch);
	tamper(scratch, "DELETE FROM audit_head");
	tamper(scratch, "DELETE FROM audit");
	expect_bad(verify_with(scratch, &before, NULL, NULL), 0, "there is no chain, but the checkpoint names one");
	append(scratch, "plan", "a");
	assert_true(verify(scratch).good);
	expect_bad(verify_with(scratch, &before, NULL, NULL), 0,
	           "this is another chain than the checkpoint's: the whole chain was replaced, or it is another ledger's");
}

static void checkpoints_are_written_and_read(void **state)
{
	static const char *const bad[] = {
		"", "{}", "[]", "{\"chain\":\"c\",\"hash\":\"h\",\"seq\":1}", "{\"chain\":\"\",\"hash\":\"\",\"seq\":0}", "{\"chain\":\"c\",\"hash\":\"\",\"seq\":\"0\"}",
		"{\"chain\":\"c\",\"hash\":\"\",\"seq\":-1}", "{\"chain\":\"c\",\"hash\":\"\",\"seq\":0.5}",
	};
	struct scratch *scratch = *state;
	struct tl_checkpoint written, read;
	struct tl_buf buf = { 0 };

	append(scratch, "plan", "a");
	written = head(scratch);
	tl_checkpoint_write(&buf, &written);
	assert_int_equal(tl_checkpoint_read(&read, &scratch->arena, tl_buf_view(&buf), "f", &scratch->err), 0);
	assert_true(tl_str_equal(read.chain, written.chain) && tl_str_equal(read.hash, written.hash) && read.seq == written.seq);
	tl_buf_clear(&buf);
	for (size_t i = 0; i < TL_COUNT(bad); i++) {
		assert_int_equal(tl_checkpoint_read(&read, &scratch->arena, tl_str(bad[i]), "f", &scratch->err), -1);
		assert_int_equal(scratch->err.code, TL_USAGE);
	}
}

/* ---- signatures ---- */

static void signatures_are_checked(void **state)
{
	struct scratch *scratch = *state;
	struct tl_audit_verdict verdict;
	char id[TL_KEY_ID_SIZE], message[256], signature[TL_SIGNATURE_SIZE];
	struct tl_param forged;

	append(scratch, "plan", "before there was a key");
	scratch->actor.key = scratch->key;
	append(scratch, "plan", "a");
	append(scratch, "plan", "b");
	verdict = verify_with(scratch, NULL, scratch->key, NULL);
	assert_true(verdict.good);
	assert_int_equal(verdict.records, 3);
	assert_int_equal(verdict.signed_records, 2);
	verdict = verify(scratch);
	assert_true(verdict.good);
	assert_int_equal(verdict.unchecked, 2);
	tl_key_id(id, scratch->key);
	snprintf(message, sizeof(message), "record 2 is signed by key %.12s…, which is not among those that are trusted", id);
	expect_bad(verify_with(scratch, NULL, scratch->other, NULL), 2, message);
	/* Signed by somebody else under the name of the key. */
	assert_int_equal(tl_key_sign(signature, scratch->other, record(scratch, 3).bytes, &scratch->err), 0);
	forged = TL_P_TEXT(tl_str(signature));
	tamper_with(scratch, "UPDATE audit SET signature = ?1 WHERE seq = 3", &forged, 1);
	snprintf(message, sizeof(message), "record 3 has a forged signature: key %.12s… did not sign these bytes", id);
	expect_bad(verify_with(scratch, NULL, scratch->key, scratch->other), 3, message);
	tamper(scratch, "UPDATE audit SET signature = '', key_id = '' WHERE seq = 3");
	snprintf(message, sizeof(message), "record 3 is to be signed by key %.12s…, but that signature is not there", id);
	expect_bad(verify(scratch), 3, message);
}

static void a_signed_chain_stays_signed(void **state)
{
	struct scratch *scratch = *state;

	append(scratch, "plan", "a");
	expect_bad(verify_with(scratch, NULL, scratch->key, NULL), 1, "no record is signed, though there are keys that were to sign");
	scratch->actor.key = scratch->key;
	append(scratch, "plan", "b");
	scratch->actor.key = NULL;
	append(scratch, "plan", "c");
	expect_bad(verify_with(scratch, NULL, scratch->key, NULL), 3, "record 3 is not signed, though earlier ones are");
}

static void keys_are_replaced_by_a_record(void **state)
{
	struct scratch *scratch = *state;
	struct tl_audit_verdict verdict;

	assert_int_equal(tl_audit_rotate(scratch->ledger, scratch->other, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_USAGE);
	scratch->actor.key = scratch->key;
	append(scratch, "plan", "a");
	assert_int_equal(tl_audit_rotate(scratch->ledger, scratch->key, &scratch->err), -1);
	assert_int_equal(tl_audit_rotate(scratch->ledger, scratch->other, &scratch->err), 0);
	/* The old one signs nothing any more. */
	assert_int_equal(tl_audit_append(scratch->ledger, &(struct tl_audit_entry){ .action = "plan" }, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_USAGE);
	scratch->actor.key = scratch->other;
	append(scratch, "plan", "b");
	assert_int_equal(tl_audit_rotate(scratch->ledger, scratch->key, &scratch->err), -1);
	assert_string_equal(strstr(scratch->err.message, "was replaced before"), "was replaced before: make a new one");
	/* Who trusts the first key trusts the second one too. */
	verdict = verify_with(scratch, NULL, scratch->key, NULL);
	assert_true(verdict.good);
	assert_int_equal(verdict.signed_records, 3);
	assert_false(verify_with(scratch, NULL, scratch->other, NULL).good);
}

/* The old key was stolen: what it signs after it was replaced does not count. */
static void a_replaced_key_signs_no_more(void **state)
{
	struct scratch *scratch = *state;
	char id[TL_KEY_ID_SIZE], message[256];

	scratch->actor.key = scratch->key;
	assert_int_equal(tl_audit_rotate(scratch->ledger, scratch->other, &scratch->err), 0);
	tamper(scratch, "UPDATE audit_head SET retired = ''");
	append(scratch, "plan", "a");
	tl_key_id(id, scratch->key);
	snprintf(message, sizeof(message), "record 2 is signed by key %.12s…, which record 1 replaced", id);
	expect_bad(verify_with(scratch, NULL, scratch->key, NULL), 2, message);
}

/* What is kept beside the records, so that no replaced key signs, is what they say. */
static void a_forgotten_rotation_is_found(void **state)
{
	struct scratch *scratch = *state;

	scratch->actor.key = scratch->key;
	append(scratch, "plan", "a");
	assert_int_equal(tl_audit_rotate(scratch->ledger, scratch->other, &scratch->err), 0);
	assert_true(verify(scratch).good);
	tamper(scratch, "UPDATE audit_head SET retired = ''");
	expect_bad(verify(scratch), 0, "the keys that were replaced are not those that the records name");
}

/* ---- personal data ---- */

static void personal_data_goes_and_the_chain_stays(void **state)
{
	struct scratch *scratch = *state;
	struct tl_audit_verdict verdict;
	uint64_t count;

	append_personal(scratch, "+49 30 1234567");
	scratch->now += DAY_MS;
	append_personal(scratch, "+49 30 7654321");
	assert_true(tl_str_find(record(scratch, 1).bytes, TL_STR("1234567"), 0) == SIZE_MAX);
	assert_str(record(scratch, 1).personal, "{\"phone_number\":\"+49 30 1234567\"}");
	assert_int_equal(record(scratch, 1).salt.len, 64);
	assert_true(verify(scratch).good);
	assert_int_equal(tl_audit_purge(&count, scratch->ledger, scratch->now - DAY_MS / 2, &scratch->err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(record(scratch, 1).personal.len, 0);
	assert_int_equal(record(scratch, 1).salt.len, 0);
	assert_true(record(scratch, 2).personal.len > 0);
	verdict = verify(scratch);
	assert_true(verdict.good);
	assert_int_equal(verdict.records, 3);
	assert_int_equal(verdict.purged, 1);
	/* There is nothing more to purge, and so nothing to put on record. */
	assert_int_equal(tl_audit_purge(&count, scratch->ledger, scratch->now - DAY_MS / 2, &scratch->err), 0);
	assert_int_equal(count, 0);
	assert_int_equal(head(scratch).seq, 3);
}

/* Whether the text stands anywhere in the ledger's file. */
static bool is_in_file(struct scratch *scratch, const char *text)
{
	struct tl_str file;

	assert_int_equal(tl_file_read(&file, &scratch->arena, scratch->path, 1 << 20, &scratch->err), 0);
	return tl_str_find(file, tl_str(text), 0) != SIZE_MAX;
}

static void purged_data_leaves_no_trace(void **state)
{
	struct scratch *scratch = *state;
	uint64_t count;

	append_personal(scratch, "+49 30 1234567");
	append_personal(scratch, "+49 30 7654321");
	assert_true(on_server || is_in_file(scratch, "1234567"));
	assert_int_equal(tl_audit_purge(&count, scratch->ledger, scratch->now, &scratch->err), 0);
	assert_int_equal(count, 2);
	assert_int_equal(verify(scratch).purged, 2);
	assert_true(on_server || (!is_in_file(scratch, "1234567") && !is_in_file(scratch, "7654321")));
}

static void personal_data_goes_by_itself(void **state)
{
	struct scratch *scratch = *state;

	scratch->actor.retention_days = 30;
	append_personal(scratch, "1");
	scratch->now += 31 * DAY_MS;
	append(scratch, "plan", "a");
	assert_true(record(scratch, 1).personal.len > 0);
	append_personal(scratch, "2");
	assert_int_equal(record(scratch, 1).personal.len, 0);
	assert_true(record(scratch, 3).personal.len > 0);
	assert_int_equal(verify(scratch).purged, 1);
}

static void changed_personal_data_is_found(void **state)
{
	struct scratch *scratch = *state;
	struct tl_param at = TL_P_INT(0);

	append_personal(scratch, "+49 30 1234567");
	append(scratch, "plan", "a");
	tamper(scratch, "UPDATE audit_personal SET data = replace(data, '1', '2')");
	expect_bad(verify(scratch), 1, "the personal data of record 1 is not what was recorded");
	tamper(scratch, "UPDATE audit_personal SET data = replace(data, '2234567', '1234567')");
	tamper(scratch, "UPDATE audit_personal SET data = replace(data, '+49 30 1234567', '+49 30 1234568')");
	expect_bad(verify(scratch), 1, "the personal data of record 1 is not what was recorded");
	tamper_with(scratch, "DELETE FROM audit_personal WHERE at_ms > ?1", &at, 1);
	expect_bad(verify(scratch), 1, "the personal data of record 1 is gone, but no purge removed it");
	tamper(scratch, "INSERT INTO audit_personal (seq, at_ms, salt, data) VALUES (2, 1, 'x', '{}')");
	expect_bad(verify(scratch), 2, "the personal data of record 2 is not what was recorded");
}

/* What a purge would not find, or what it removed and somebody put back, is kept against the rules. */
static void personal_data_that_escapes_a_purge_is_found(void **state)
{
	struct scratch *scratch = *state;
	struct tl_audit_record one;
	struct tl_param params[3];
	uint64_t count;

	append_personal(scratch, "+49 30 1234567");
	tamper(scratch, "UPDATE audit_personal SET at_ms = at_ms + 1");
	expect_bad(verify(scratch), 1, "the personal data of record 1 is said to be of another time: no purge finds it");
	tamper(scratch, "UPDATE audit_personal SET at_ms = at_ms - 1");
	one = record(scratch, 1);
	params[0] = TL_P_INT(one.personal_ms);
	params[1] = TL_P_TEXT(one.salt);
	params[2] = TL_P_TEXT(one.personal);
	assert_int_equal(tl_audit_purge(&count, scratch->ledger, scratch->now, &scratch->err), 0);
	assert_true(verify(scratch).good);
	tamper_with(scratch, "INSERT INTO audit_personal (seq, at_ms, salt, data) VALUES (1, ?1, ?2, ?3)", params, 3);
	expect_bad(verify(scratch), 1, "the personal data of record 1 was purged, and is there again");
	tamper(scratch, "UPDATE audit_personal SET seq = 9");
	expect_bad(verify(scratch), 0, "there is personal data of records that are not there");
	tamper(scratch, "DELETE FROM audit_personal");
	assert_true(verify(scratch).good);
	tamper(scratch, "INSERT INTO audit_personal (seq, at_ms, salt, data) VALUES (1, 1, '', '')");
	expect_bad(verify(scratch), 1, "the personal data of record 1 is not what was recorded");
}

/* Each record's data goes with the purge that comes after it, whatever came in between. */
static void many_purges_are_told_apart(void **state)
{
	struct scratch *scratch = *state;
	uint64_t count;

	for (int i = 0; i < 4; i++) {
		append_personal(scratch, "1");
		scratch->now += DAY_MS;
		assert_int_equal(tl_audit_purge(&count, scratch->ledger, scratch->now - DAY_MS * (i % 2 ? 1 : 3), &scratch->err), 0);
	}
	append_personal(scratch, "2");
	assert_true(verify(scratch).good);
	assert_true(verify(scratch).purged >= 3);
	tamper(scratch, "DELETE FROM audit_personal WHERE seq = (SELECT max(seq) FROM audit_personal)");
	assert_false(verify(scratch).good);
}

/* ---- choosing ---- */

static void records_are_chosen(void **state)
{
	static const struct {
		struct tl_audit_filter filter;
		bool wanted;
	} rows[] = {
		{ { .since_ms = 0 }, true },
		{ { .flow = TL_STR("a") }, true },
		{ { .flow = TL_STR("aa") }, false },
		{ { .environment = TL_STR("local") }, true },
		{ { .environment = TL_STR("production") }, false },
		{ { .action = TL_STR("plan"), .actor = TL_STR("alice@laptop"), .ticket = TL_STR("CHG-7") }, true },
		{ { .action = TL_STR("plan"), .actor = TL_STR("bob") }, false },
		{ { .ticket = TL_STR("CHG") }, false },
		{ { .outcome = TL_STR("published") }, false },
		{ { .interaction = TL_STR("i") }, false },
		{ { .since_ms = 1000 }, true },
		{ { .since_ms = 1001 }, false },
		{ { .until_ms = 1001, .ends = true }, true },
		{ { .until_ms = 1000, .ends = true }, false },
		{ { .until_ms = 0, .ends = true }, false },
	};
	struct scratch *scratch = *state;
	struct tl_audit_record one;
	struct tl_doc *doc;

	append(scratch, "plan", "a");
	one = record(scratch, 1);
	assert_int_equal(tl_audit_parse(&doc, &one, &scratch->err), 0);
	for (size_t i = 0; i < TL_COUNT(rows); i++)
		assert_int_equal(tl_audit_matches(&rows[i].filter, doc->root), rows[i].wanted);
	tl_doc_free(doc);
}

/* ---- at once, and killed ---- */

#define PROCESSES 4
#define EACH 25

/* Appends from a process of its own, telling of each record that is kept; never returns. */
static void append_in_child(struct scratch *scratch, int count, int pipe)
{
	struct tl_clock clock = tl_clock_system();
	struct tl_ledger *ledger;
	struct tl_audit_entry entry = { .action = "plan" };

	if (tl_ledger_open(&ledger, scratch->path, &clock, NULL) != 0)
		_exit(1);
	tl_ledger_act(ledger, &scratch->actor);
	for (int i = 0; i < count; i++) {
		if (tl_audit_append(ledger, &entry, NULL) != 0 || (pipe >= 0 && write(pipe, "x", 1) != 1))
			_exit(1);
	}
	_exit(0);
}

static void processes_share_a_chain(void **state)
{
	struct scratch *scratch = *state;
	pid_t children[PROCESSES];

	append(scratch, "plan", "a");
	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		if (children[i] == 0)
			append_in_child(scratch, EACH, -1);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status = -1;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	assert_true(verify(scratch).good);
	assert_int_equal(head(scratch).seq, 1 + PROCESSES * EACH);
}

static void a_killed_program_leaves_a_chain(void **state)
{
	struct scratch *scratch = *state;
	int64_t kept = 0;

	scratch->actor.key = scratch->key;
	append(scratch, "plan", "a");
	for (int round = 0; round < 8; round++) {
		int ends[2], status;
		pid_t child;
		char byte;

		assert_int_equal(pipe(ends), 0);
		child = fork();
		if (child == 0)
			append_in_child(scratch, 1 << 30, ends[1]);
		close(ends[1]);
		/* Somewhere in the record after these. */
		for (int i = 0; i <= 3 * round; i++)
			assert_int_equal(read(ends[0], &byte, 1), 1);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		close(ends[0]);
		kept += 1 + 3 * round;
		reopen(scratch);
		assert_true(verify_with(scratch, NULL, scratch->key, NULL).good);
		assert_true(head(scratch).seq >= 1 + kept);
		kept = head(scratch).seq - 1;
	}
	append(scratch, "plan", "b");
	assert_true(verify(scratch).good);
}

int test_ledger_audit(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_record_says_what_it_was_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_chain_is_a_good_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(verifying_ends_when_asked_to, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_write_of_the_ledger_is_on_record, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_lifted_hold_is_on_record, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_stolen_lease_is_on_record, set_up, tear_down),
		cmocka_unit_test(whatever_is_changed_is_found),
		cmocka_unit_test_setup_teardown(rewritten_records_are_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_a_checkpoint_shows_a_cut_tail, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_replaced_chain_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(checkpoints_are_written_and_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(signatures_are_checked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_signed_chain_stays_signed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keys_are_replaced_by_a_record, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_replaced_key_signs_no_more, set_up, tear_down),
		cmocka_unit_test_setup_teardown(personal_data_goes_and_the_chain_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_forgotten_rotation_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(purged_data_leaves_no_trace, set_up, tear_down),
		cmocka_unit_test_setup_teardown(personal_data_that_escapes_a_purge_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_purges_are_told_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(personal_data_goes_by_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(changed_personal_data_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(records_are_chosen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(processes_share_a_chain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_killed_program_leaves_a_chain, set_up, tear_down),
	};

	int failed;

	on_server = false;
	failed = cmocka_run_group_tests_name("ledger_audit", tests, NULL, NULL);
	on_server = true;
	if (store_yard_has_server("ledger_audit"))
		failed += cmocka_run_group_tests_name("ledger_audit on PostgreSQL", tests, NULL, NULL);
	return failed;
}

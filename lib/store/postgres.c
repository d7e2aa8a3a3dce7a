/* store/postgres.c: connections to a server, lost ones made anew, and transactions of which one writes at a time. */
#include "store/postgres.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crypto/sha256.h"

/* The oldest server that has identities. */
#define OLDEST_SERVER 100000

/* How long one answer may take while a connection is made, and how many answers that may be. */
#define ANSWER_MS 10000
#define ANSWERS 1000

/* A server that is just starting, or just gone, is waited for this long, asked this often. */
#define START_MS 15000
#define START_STEP_MS 100

/* What a statement may take beside waiting for its turn, and how long a transaction may lie idle before the server ends it: its program hangs, or its machine is gone. */
#define STATEMENT_MS 60000
#define IDLE_MS 60000

/* Transactions whose tokens are kept: more than others could make while one asks after its own. */
#define TOKENS_KEPT 100000

/* Waits without a clock: what was asked for counts. */
static void pause_for(int ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

/* Notices are no business of standard error's. */
static void ignore_notice(void *data, const char *message)
{
	(void)data;
	(void)message;
}

static void disconnect(struct tl_postgres *db)
{
	if (db->connection)
		db->pq.finish(db->connection);
	db->connection = NULL;
	memset(db->prepared, 0, db->db.sql->n_statements * sizeof(bool));
}

/* One attempt. Done step by step, because only a connection that exists can be told to name its errors by number. */
static int shake_hands(struct tl_postgres *db, bool *timed_out)
{
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;
	struct pollfd fd;
	int ready;

	*timed_out = false;
	db->connection = db->pq.connectStart(db->address.conninfo.ptr);
	if (!db->connection || db->pq.status(db->connection) == CONNECTION_BAD)
		return -1;
	db->pq.setErrorVerbosity(db->connection, PQERRORS_VERBOSE);
	db->pq.setNoticeProcessor(db->connection, ignore_notice, NULL);
	for (int i = 0; i < ANSWERS && status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED; i++) {
		fd = (struct pollfd){ .fd = db->pq.socket(db->connection), .events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT };
		do {
			ready = poll(&fd, 1, ANSWER_MS);
		} while (ready < 0 && errno == EINTR);
		*timed_out = ready == 0;
		if (ready <= 0)
			return -1;
		status = db->pq.connectPoll(db->connection);
	}
	return status == PGRES_POLLING_OK ? 0 : -1;
}

static int check_server(struct tl_postgres *db, struct tl_error *err)
{
	const char *encoding = db->pq.parameterStatus(db->connection, "server_encoding");

	if (db->pq.serverVersion(db->connection) < OLDEST_SERVER)
		return tl_error_set(err, TL_UNSUPPORTED, "%.*s: PostgreSQL 10 or newer is needed", TL_FMT(db->address.shown));
	if (!encoding || strcmp(encoding, "UTF8") != 0)
		return tl_error_set(err, TL_USAGE, "%.*s is a database in %s: one in UTF8 is needed (createdb --encoding=UTF8 --template=template0)",
		                    TL_FMT(db->address.shown), encoding ? encoding : "an unknown encoding");
	return 0;
}

/* What holds for the connection, whatever the server's or the user's defaults are. */
static int configure(struct tl_postgres *db, struct tl_error *err)
{
	int64_t lock_ms = db->busy_ms > 0 ? db->busy_ms : 1;
	struct tl_buf text = { 0 };
	int ret;

	/* What others put into the public schema is never taken for ours. A commit that is not on the disk is none. */
	tl_buf_printf(&text, "SET search_path TO %.*s, pg_temp; SET standard_conforming_strings = on; SET client_min_messages = error; "
	              "SET lock_timeout = %" PRId64 "; SET statement_timeout = %" PRId64 "; SET idle_in_transaction_session_timeout = %d; "
	              "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
	              TL_FMT(db->schema), lock_ms, lock_ms + STATEMENT_MS, IDLE_MS);
	ret = tl_postgres_exec(NULL, db, text.data, err);
	tl_buf_clear(&text);
	return ret;
}

/* Connects, trying again for a while where the server is just starting, and, with `patient`, where nobody answers yet: it was there a moment ago. */
static int connect_server(struct tl_postgres *db, bool patient, struct tl_error *err)
{
	bool timed_out, starting, refused;

	for (int waited = 0;; waited += START_STEP_MS) {
		disconnect(db);
		if (shake_hands(db, &timed_out) == 0)
			break;
		if (timed_out) {
			tl_error_set(err, TL_IO, "cannot connect to %.*s: no answer within %d s", TL_FMT(db->address.shown), ANSWER_MS / 1000);
			goto fail;
		}
		tl_postgres_failed_connect(db, &starting, &refused, err);
		if (waited >= START_MS || !(starting || (patient && refused)))
			goto fail;
		pause_for(START_STEP_MS);
	}
	db->cut_off = false;
	if (check_server(db, err) == 0 && configure(db, err) == 0)
		return 0;
fail:
	disconnect(db);
	db->cut_off = true;
	return -1;
}

int tl_postgres_reconnect(struct tl_postgres *db, struct tl_error *err)
{
	int ret;

	if (!db->cut_off)
		return 0;
	/* A server that did not come back is not waited for at each statement anew. */
	ret = connect_server(db, !db->given_up, err);
	db->given_up = ret != 0;
	return ret;
}

static void make_token(struct tl_postgres *db)
{
	unsigned char bytes[(sizeof(db->token) - 1) / 2];

	tl_random(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(db->token + 2 * i, 3, "%02x", bytes[i]);
}

/* The lock first, so that every statement after it sees what the writer before committed; then the token, and the oldest goes that nobody asks for any more. */
static int begin_once(struct tl_postgres *db, struct tl_error *err)
{
	struct tl_buf text = { 0 };
	int ret;

	db->token[0] = '\0';
	tl_buf_printf(&text, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock(%" PRId64 ")", db->lock);
	if (db->keeps_tokens) {
		make_token(db);
		tl_buf_printf(&text, "; DELETE FROM " TL_POSTGRES_TOKENS " WHERE id <= (SELECT max(id) FROM " TL_POSTGRES_TOKENS ") - %d; "
		              "INSERT INTO " TL_POSTGRES_TOKENS " (token) VALUES ('%s')", TOKENS_KEPT, db->token);
	}
	ret = tl_postgres_exec(NULL, db, text.data, err);
	tl_buf_clear(&text);
	if (ret != 0 && !db->cut_off)
		tl_postgres_rollback(&db->db);
	return ret;
}

int tl_postgres_begin(struct tl_db *base, struct tl_error *err)
{
	struct tl_postgres *db = (struct tl_postgres *)base;

	if (tl_postgres_reconnect(db, err) != 0)
		return -1;
	if (begin_once(db, err) == 0)
		return 0;
	/* The connection may have been lost long ago: nothing has been done yet. */
	if (!db->cut_off || tl_postgres_reconnect(db, err) != 0)
		return -1;
	return begin_once(db, err);
}

/* What became of a transaction whose commit got no answer: 1 it was kept, 0 it was not, -1 nobody can say. Its session may not have noticed yet that nobody is there
 * any more: it has the lock until it does. */
static int ask_what_became(struct tl_postgres *db)
{
	struct tl_buf text = { 0 };
	struct tl_error why;
	PGresult *result;
	int kept = -1;

	if (!db->token[0])
		return -1;
	tl_buf_printf(&text, "BEGIN; SELECT pg_advisory_xact_lock(%" PRId64 "); SELECT EXISTS (SELECT FROM " TL_POSTGRES_TOKENS " WHERE token = '%s')", db->lock,
	              db->token);
	if (tl_postgres_reconnect(db, &why) == 0 && tl_postgres_exec(&result, db, text.data, &why) == 0) {
		kept = tl_postgres_integer(db, result, 0, 0) != 0;
		db->pq.clear(result);
	}
	tl_postgres_rollback(&db->db);
	tl_buf_clear(&text);
	return kept;
}

static int settle(struct tl_postgres *db, struct tl_error *err)
{
	int kept = ask_what_became(db);

	if (kept > 0)
		return 0;
	if (kept == 0)
		return tl_error_set(err, TL_IO, "the connection to %.*s was lost before the write was kept: nothing of it was; run this again",
		                    TL_FMT(db->address.shown));
	return tl_error_set(err, TL_LOST, "the connection to %.*s was lost while it was written to: whether that was kept is not known",
	                    TL_FMT(db->address.shown));
}

int tl_postgres_commit(struct tl_db *base, struct tl_error *err)
{
	struct tl_postgres *db = (struct tl_postgres *)base;
	PGresult *result;
	bool kept;

	if (tl_postgres_exec(&result, db, "COMMIT", err) != 0)
		return db->cut_off ? settle(db, err) : -1;
	/* A transaction that had failed is ended by it without a complaint. */
	kept = strcmp(db->pq.cmdStatus(result), "COMMIT") == 0;
	db->pq.clear(result);
	return kept ? 0 : tl_error_set(err, TL_IO, "%.*s did not keep what was written", TL_FMT(db->address.shown));
}

void tl_postgres_rollback(struct tl_db *base)
{
	struct tl_postgres *db = (struct tl_postgres *)base;
	struct tl_error err;

	if (!db->cut_off)
		tl_postgres_exec(NULL, db, "ROLLBACK", &err);
}

static int now_ms(int64_t *ms, struct tl_db *base, const struct tl_clock *clock, struct tl_error *err)
{
	struct tl_postgres *db = (struct tl_postgres *)base;
	PGresult *result;

	(void)clock;
	if (!base->within && tl_postgres_reconnect(db, err) != 0)
		return -1;
	if (tl_postgres_exec(&result, db, "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint", err) != 0)
		return -1;
	*ms = tl_postgres_integer(db, result, 0, 0);
	db->pq.clear(result);
	return 0;
}

static bool is_cut_off(const struct tl_db *db)
{
	return ((const struct tl_postgres *)db)->cut_off;
}

/* A plain VACUUM gives the place of deleted rows free, and leaves their bytes where they are. */
static int overwrite(struct tl_db *base, const char *table, struct tl_error *err)
{
	struct tl_postgres *db = (struct tl_postgres *)base;
	struct tl_buf text = { 0 };
	int ret = tl_postgres_reconnect(db, err);

	tl_buf_printf(&text, "VACUUM FULL %.*s.%s", TL_FMT(db->schema), table);
	if (ret == 0)
		ret = tl_postgres_exec(NULL, db, text.data, err);
	tl_buf_clear(&text);
	return ret;
}

static void close_connection(struct tl_db *base)
{
	struct tl_postgres *db = (struct tl_postgres *)base;

	disconnect(db);
	tl_arena_clear(&db->arena);
	free(db->prepared);
	free(db);
}

static const struct tl_backend backend = {
	.close = close_connection,
	.begin = tl_postgres_begin,
	.commit = tl_postgres_commit,
	.rollback = tl_postgres_rollback,
	.run = tl_postgres_run,
	.query = tl_postgres_query,
	.now_ms = now_ms,
	.is_cut_off = is_cut_off,
	.overwrite = overwrite,
};

/* "trunkline_box_of_things": what a name cannot hold becomes '_'. */
static struct tl_str schema_name(struct tl_arena *arena, struct tl_str first, const char *store)
{
	struct tl_str name = tl_arena_printf(arena, "%.*s_%s", TL_FMT(first), store);
	char *letters = (char *)name.ptr;

	for (size_t i = 0; i < name.len; i++)
		letters[i] = isalnum((unsigned char)letters[i]) ? (char)tolower((unsigned char)letters[i]) : '_';
	return name;
}

int tl_postgres_open(struct tl_db **out, const char *address, const struct tl_sql *sql, bool make, int64_t busy_ms, struct tl_error *err)
{
	struct tl_postgres *db = tl_alloc_zero(1, sizeof(*db));

	db->db.backend = &backend;
	db->db.sql = sql;
	db->busy_ms = busy_ms;
	db->prepared = tl_alloc_zero(sql->n_statements + 1, sizeof(bool));
	if (tl_libpq_load(&db->pq, err) != 0 || tl_postgres_address_parse(&db->address, &db->arena, &db->pq, address, err) != 0)
		goto fail;
	db->schema = schema_name(&db->arena, db->address.schema, sql->name);
	db->lock = (int64_t)tl_str_hash(db->schema);
	if (connect_server(db, false, err) != 0 || tl_postgres_migrate(db, make, err) != 0)
		goto fail;
	*out = &db->db;
	return 0;
fail:
	close_connection(&db->db);
	return -1;
}

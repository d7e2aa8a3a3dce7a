/* store/sqlite.c: opening and closing a file, waiting for others, transactions. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "store/sqlite.h"

/* No row that this program writes comes near it: a file that claims more is damaged or hostile. */
#define VALUE_LIMIT (256 << 20)

/* One page of the smallest size that SQLite knows. */
#define SMALLEST_FILE 512

/* The longest single wait for a lock. Short, so that many writers at once get their turns soon after one another. */
#define WAIT_LIMIT_MS 8

/* Called while somebody else holds the lock: waits a random while, longer at each call. The time is counted by what was asked for, as
 * the library reads no clock: a busy machine makes it a little longer. */
static int wait_for_lock(void *data, int calls)
{
	struct tl_sqlite *db = data;
	int64_t longest = calls < 3 ? 1 << calls : WAIT_LIMIT_MS;
	uint32_t random;
	int64_t ms;

	if (calls == 0)
		db->waited_ms = 0;
	if (db->waited_ms >= db->busy_ms)
		return 0;
	sqlite3_randomness(sizeof(random), &random);
	ms = 1 + random % longest;
	sqlite3_sleep((int)ms);
	db->waited_ms += ms;
	return 1;
}

/* Whether the file is there, which it is made for, and one that may be opened. It is never opened here: closing it would drop the locks that this process holds on it. */
static int look_at_file(const char *path, const struct tl_sql *sql, bool make, struct tl_error *err)
{
	struct stat st;

	if (lstat(path, &st) != 0) {
		if (errno == ENOENT && make)
			return tl_sqlite_make(path, sql, err);
		return tl_error_errno(err, errno, "cannot open '%s'", path);
	}
	if (S_ISLNK(st.st_mode))
		return tl_error_set(err, TL_USAGE, "'%s' is a symbolic link: a database is never written through one", path);
	if (!S_ISREG(st.st_mode))
		return tl_error_set(err, TL_USAGE, "'%s' is no file that could hold a database", path);
	/* SQLite takes it for a new one. */
	if (st.st_size < SMALLEST_FILE)
		return tl_sqlite_damaged(path, err);
	return 0;
}

/* Checks the one answer of a pragma. */
static int pragma_is(struct tl_sqlite *db, const char *text, const char *wanted, struct tl_error *err)
{
	sqlite3_stmt *statement = NULL;
	int rc = sqlite3_prepare_v2(db->handle, text, -1, &statement, NULL);
	const char *answer;
	int ret = -1;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	if (rc != SQLITE_ROW) {
		tl_sqlite_failed(db, rc, err);
		goto out;
	}
	answer = (const char *)sqlite3_column_text(statement, 0);
	if (answer && strcmp(answer, wanted) == 0)
		ret = 0;
	else
		tl_error_set(err, TL_IO, "'%s' cannot be used: %s answers %s", db->path, text, answer ? answer : "nothing");
out:
	sqlite3_finalize(statement);
	return ret;
}

static int configure(struct tl_sqlite *db, struct tl_error *err)
{
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_handler(db->handle, wait_for_lock, db);
	sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, VALUE_LIMIT);
	/* What a file that somebody else prepared might bring along is not run. */
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* What is deleted is overwritten, however SQLite was built: personal data that was purged is not to be found in the file. */
	if (pragma_is(db, "PRAGMA secure_delete=ON", "1", err) != 0)
		return -1;
	/* Under synchronous=FULL a journal that is cut off is synced before a commit returns; one that is deleted is not, as its folder
	 * is not, and could come back after a power cut. */
	if (pragma_is(db, "PRAGMA journal_mode=TRUNCATE", "truncate", err) != 0)
		return -1;
	if (tl_sqlite_exec(db, "PRAGMA synchronous=FULL", err) != 0 || pragma_is(db, "PRAGMA synchronous", "2", err) != 0)
		return -1;
	if (tl_sqlite_exec(db, "PRAGMA foreign_keys=ON", err) != 0)
		return -1;
	return pragma_is(db, "PRAGMA foreign_keys", "1", err);
}

static void close_file(struct tl_db *base)
{
	struct tl_sqlite *db = (struct tl_sqlite *)base;

	for (size_t i = 0; i < base->sql->n_statements; i++)
		sqlite3_finalize(db->prepared[i]);
	sqlite3_close(db->handle);
	free(db->prepared);
	free(db->path);
	free(db);
}

static int now_ms(int64_t *ms, struct tl_db *db, const struct tl_clock *clock, struct tl_error *err)
{
	(void)db;
	(void)err;
	*ms = clock->now_ms(clock->data);
	return 0;
}

static bool is_cut_off(const struct tl_db *db)
{
	(void)db;
	return false;
}

/* PRAGMA secure_delete did it. */
static int overwrite(struct tl_db *db, const char *table, struct tl_error *err)
{
	(void)db;
	(void)table;
	(void)err;
	return 0;
}

static const struct tl_backend backend = {
	.close = close_file,
	.begin = tl_sqlite_begin,
	.commit = tl_sqlite_commit,
	.rollback = tl_sqlite_rollback,
	.run = tl_sqlite_run,
	.query = tl_sqlite_query,
	.now_ms = now_ms,
	.is_cut_off = is_cut_off,
	.overwrite = overwrite,
};

int tl_sqlite_open(struct tl_db **out, const char *path, const struct tl_sql *sql, bool make, int64_t busy_ms, struct tl_error *err)
{
	struct tl_sqlite *db;
	int rc;

	/* SQLite reads names of its own into these. */
	if (path[0] == '\0' || path[0] == ':')
		return tl_error_set(err, TL_USAGE, "'%s' is no name for a database", path);
	if (look_at_file(path, sql, make, err) != 0)
		return -1;
	db = tl_alloc_zero(1, sizeof(*db));
	db->db.backend = &backend;
	db->db.sql = sql;
	db->path = tl_strdup(path);
	db->busy_ms = busy_ms;
	db->prepared = tl_alloc_zero(sql->n_statements, sizeof(sqlite3_stmt *));
	rc = sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK) {
		tl_sqlite_failed(db, rc, err);
		goto fail;
	}
	if (configure(db, err) != 0 || tl_sqlite_migrate(db, err) != 0)
		goto fail;
	*out = &db->db;
	return 0;
fail:
	close_file(&db->db);
	return -1;
}

int tl_sqlite_exec(struct tl_sqlite *db, const char *text, struct tl_error *err)
{
	int rc = sqlite3_exec(db->handle, text, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : tl_sqlite_failed(db, rc, err);
}

int tl_sqlite_begin(struct tl_db *base, struct tl_error *err)
{
	return tl_sqlite_exec((struct tl_sqlite *)base, "BEGIN IMMEDIATE", err);
}

int tl_sqlite_commit(struct tl_db *base, struct tl_error *err)
{
	struct tl_sqlite *db = (struct tl_sqlite *)base;
	int rc = sqlite3_exec(db->handle, "COMMIT", NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : tl_sqlite_failed_commit(db, rc, err);
}

void tl_sqlite_rollback(struct tl_db *base)
{
	struct tl_sqlite *db = (struct tl_sqlite *)base;

	/* After some failures SQLite has rolled back by itself. */
	if (db->handle && !sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

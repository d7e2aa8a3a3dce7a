/* tests/unit/test_store_db.c: databases opened, kept, refused; transactions; writers side by side; a full disk. What both databases do is tried on both. */
#include "store_yard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "boundary.h"
#include "store/db.h"

enum { PUT, GET, COUNT, ADD, CHILD, NUMBERED, BY_TEXT, N_STATEMENTS };

static const char *const statement_table[N_STATEMENTS] = {
	[PUT] = "INSERT INTO things (id, text, number) VALUES (?1, ?2, ?3)",
	[GET] = "SELECT id, text, number FROM things ORDER BY id",
	[COUNT] = "SELECT count(*), coalesce(sum(number), 0) FROM things",
	[ADD] = "UPDATE things SET number = number + 1 WHERE id = ?1",
	[CHILD] = "INSERT INTO children (thing) VALUES (?1)",
	[NUMBERED] = "INSERT INTO numbered (text) VALUES (?1) RETURNING id",
	[BY_TEXT] = "SELECT text FROM things ORDER BY text",
};

static const char *const migration_table[] = {
	"CREATE TABLE things (id INTEGER PRIMARY KEY, text TEXT) STRICT;",
	"ALTER TABLE things ADD COLUMN number INTEGER; CREATE TABLE children (thing INTEGER REFERENCES things (id));"
	"CREATE TABLE numbered (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL DEFAULT 'TEXT') STRICT;",
	"this is no SQL",
};

static const struct tl_sql things = { statement_table, N_STATEMENTS, migration_table, 2, "box of things" };

struct scratch {
	char *folder;
	char path[4096]; /* or an address */
	bool server;
	struct tl_arena arena;
	struct tl_error err;
};

static int set_up(void **state)
{
	struct scratch *scratch = tl_alloc_zero(1, sizeof(*scratch));

	scratch->folder = unit_scratch_in_memory();
	snprintf(scratch->path, sizeof(scratch->path), "%s/a.db", scratch->folder);
	*state = scratch;
	return 0;
}

static int set_up_server(void **state)
{
	struct scratch *scratch;

	set_up(state);
	scratch = *state;
	scratch->server = true;
	store_yard_address(scratch->path, sizeof(scratch->path), getenv("TRUNKLINE_TEST_POSTGRES"));
	return 0;
}

static int tear_down(void **state)
{
	struct scratch *scratch = *state;

	unit_scratch_remove(scratch->folder);
	tl_arena_clear(&scratch->arena);
	free(scratch);
	return 0;
}

static struct tl_db *open_db(struct scratch *scratch)
{
	struct tl_db *db;

	if (tl_db_open(&db, scratch->path, &things, true, 5000, &scratch->err) != 0)
		fail_msg("%s", scratch->err.message);
	return db;
}

static int put(struct tl_db *db, int64_t id, struct tl_str text, int64_t number, struct tl_error *err)
{
	return tl_db_run(db, PUT, (struct tl_param[]){ TL_P_INT(id), TL_P_TEXT(text), TL_P_INT(number) }, 3, NULL, err);
}

static int64_t count(struct scratch *scratch, struct tl_db *db, int column)
{
	struct tl_result result;

	if (tl_db_query(&result, &scratch->arena, db, COUNT, NULL, 0, &scratch->err) != 0)
		fail_msg("%s", scratch->err.message);
	return result.rows[0].columns[column].integer;
}

static void values_come_back_as_they_were(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *db = open_db(scratch);
	struct tl_str with_nul = { "a\0b", 3 };
	struct tl_result result;
	struct stat st;

	if (scratch->server) {
		assert_int_equal(put(db, 1, with_nul, INT64_MIN, &scratch->err), -1);
		assert_int_equal(scratch->err.code, TL_USAGE);
		assert_non_null(strstr(scratch->err.message, "NUL byte"));
		with_nul = TL_STR("'a' \\ \xc3\xa9 ?1 $1");
	}
	assert_int_equal(put(db, 1, with_nul, INT64_MIN, &scratch->err), 0);
	assert_int_equal(put(db, 2, (struct tl_str){ NULL, 0 }, 0, &scratch->err), 0);
	assert_int_equal(tl_db_run(db, PUT, (struct tl_param[]){ TL_P_INT(3), TL_P_NULL, TL_P_NULL }, 3, NULL, &scratch->err), 0);
	tl_db_close(db);
	if (!scratch->server) {
		assert_int_equal(stat(scratch->path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}

	db = open_db(scratch);
	assert_int_equal(tl_db_query(&result, &scratch->arena, db, GET, NULL, 0, &scratch->err), 0);
	assert_int_equal(result.n_rows, 3);
	assert_int_equal(result.n_columns, 3);
	assert_true(tl_str_equal(result.rows[0].columns[1].text, with_nul));
	assert_true(result.rows[0].columns[2].integer == INT64_MIN);
	assert_int_equal(result.rows[1].columns[1].kind, TL_PARAM_TEXT);
	assert_int_equal(result.rows[1].columns[1].text.len, 0);
	assert_int_equal(result.rows[2].columns[1].kind, TL_PARAM_NULL);
	tl_db_close(db);
}

static void a_transaction_is_whole_or_nothing(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *db = open_db(scratch);
	int64_t changed = -1;

	tl_db_rollback(db);
	assert_int_equal(tl_db_begin(db, &scratch->err), 0);
	assert_int_equal(put(db, 1, TL_STR("x"), 1, &scratch->err), 0);
	tl_db_rollback(db);
	assert_int_equal(count(scratch, db, 0), 0);
	assert_int_equal(tl_db_begin(db, &scratch->err), 0);
	assert_int_equal(put(db, 1, TL_STR("x"), 1, &scratch->err), 0);
	/* What failed leaves only the way back, in every database. */
	assert_int_equal(put(db, 1, TL_STR("again"), 1, &scratch->err), -1);
	assert_int_equal(put(db, 2, TL_STR("y"), 1, &scratch->err), -1);
	assert_int_equal(tl_db_commit(db, &scratch->err), -1);
	assert_int_equal(count(scratch, db, 0), 0);
	assert_int_equal(put(db, 1, TL_STR("x"), 1, &scratch->err), 0);
	assert_int_equal(put(db, 1, TL_STR("again"), 1, &scratch->err), -1);
	assert_int_equal(count(scratch, db, 0), 1);
	assert_int_equal(tl_db_run(db, ADD, (struct tl_param[]){ TL_P_INT(7) }, 1, &changed, &scratch->err), 0);
	assert_int_equal(changed, 0);
	/* A transaction that nobody ended is not kept. */
	assert_int_equal(tl_db_begin(db, &scratch->err), 0);
	assert_int_equal(put(db, 2, TL_STR("x"), 1, &scratch->err), 0);
	tl_db_close(db);
	db = open_db(scratch);
	assert_int_equal(count(scratch, db, 0), 1);
	tl_db_close(db);
}

static void foreign_keys_hold(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *db = open_db(scratch);

	assert_int_equal(tl_db_run(db, CHILD, (struct tl_param[]){ TL_P_INT(9) }, 1, NULL, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_IO);
	tl_db_close(db);
}

static void an_old_file_is_brought_up_to_date(void **state)
{
	struct scratch *scratch = *state;
	struct tl_sql old = things;
	struct tl_db *db;

	old.n_migrations = 1;
	assert_int_equal(tl_db_open(&db, scratch->path, &old, true, 0, &scratch->err), 0);
	tl_db_close(db);
	db = open_db(scratch);
	assert_int_equal(put(db, 1, TL_STR("x"), 41, &scratch->err), 0);
	tl_db_close(db);
	/* The binary of before refuses it. */
	assert_int_equal(tl_db_open(&db, scratch->path, &old, true, 0, &scratch->err), -1);
	assert_null(db);
	assert_int_equal(scratch->err.code, TL_USAGE);
	assert_non_null(strstr(scratch->err.message, "made by a newer version"));
}

static void a_migration_that_fails_changes_nothing(void **state)
{
	struct scratch *scratch = *state;
	struct tl_sql broken = things;
	struct tl_db *db = open_db(scratch);

	assert_int_equal(put(db, 1, TL_STR("x"), 41, &scratch->err), 0);
	tl_db_close(db);
	broken.n_migrations = 3;
	assert_int_equal(tl_db_open(&db, scratch->path, &broken, true, 0, &scratch->err), -1);
	db = open_db(scratch);
	assert_int_equal(count(scratch, db, 1), 41);
	tl_db_close(db);
}

/* Writes `text` as the file, or makes it a folder or a link. */
static void make_odd_file(struct scratch *scratch, const char *kind)
{
	static char text[1024];
	char command[9000];

	if (strcmp(kind, "folder") == 0)
		assert_int_equal(mkdir(scratch->path, 0700), 0);
	else if (strcmp(kind, "link") == 0)
		assert_int_equal(symlink("elsewhere.db", scratch->path), 0);
	else if (strcmp(kind, "text") == 0)
		assert_int_equal(tl_file_write(scratch->path, TL_STR("this is a note, and longer than sixteen bytes\n"), 0600, NULL), 0);
	else if (strcmp(kind, "long text") == 0) {
		memset(text, 'x', sizeof(text));
		assert_int_equal(tl_file_write(scratch->path, (struct tl_str){ text, sizeof(text) }, 0600, NULL), 0);
	} else if (strcmp(kind, "empty") == 0)
		assert_int_equal(tl_file_write(scratch->path, TL_STR(""), 0600, NULL), 0);
	else if (strcmp(kind, "cut off") == 0) {
		tl_db_close(open_db(scratch));
		assert_int_equal(truncate(scratch->path, 1), 0);
	} else if (strcmp(kind, "another program's") == 0) {
		snprintf(command, sizeof(command), "python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute(\"CREATE TABLE t (x)\")' '%s'",
		         scratch->path);
		if (system(command) != 0)
			skip();
	}
}

static const struct odd_row {
	const char *kind;
	enum tl_code code;
	const char *words;
} odd_table[] = {
	{ "folder", TL_USAGE, "no file that could hold a database" },
	{ "link", TL_USAGE, "symbolic link" },
	{ "text", TL_IO, "damaged, or no database at all" },
	{ "long text", TL_IO, "damaged, or no database at all: put a copy of it back, or move it away" },
	{ "empty", TL_IO, "damaged, or no database at all" },
	{ "cut off", TL_IO, "damaged, or no database at all" },
	{ "another program's", TL_USAGE, "another program" },
};

static void what_is_no_file_of_ours_is_refused(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *db;

	for (size_t i = 0; i < TL_COUNT(odd_table); i++) {
		snprintf(scratch->path, sizeof(scratch->path), "%s/%zu.db", scratch->folder, i);
		make_odd_file(scratch, odd_table[i].kind);
		assert_row(odd_table[i].kind, tl_db_open(&db, scratch->path, &things, true, 0, &scratch->err) == -1);
		assert_row(odd_table[i].kind, db == NULL && scratch->err.code == odd_table[i].code);
		assert_row(odd_table[i].kind, strstr(scratch->err.message, odd_table[i].words) != NULL);
	}
	assert_int_equal(tl_db_open(&db, ":memory:", &things, true, 0, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_USAGE);
}

static void a_missing_file_is_made_only_where_asked(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *db;

	assert_int_equal(tl_db_open(&db, scratch->path, &things, false, 0, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_NOT_FOUND);
	if (scratch->server)
		return;
	assert_int_not_equal(access(scratch->path, F_OK), 0);
	snprintf(scratch->path, sizeof(scratch->path), "%s/no/such/folder/a.db", scratch->folder);
	assert_int_equal(tl_db_open(&db, scratch->path, &things, true, 0, &scratch->err), -1);
	assert_non_null(strstr(scratch->err.message, scratch->path));
}

static void another_store_of_ours_is_refused(void **state)
{
	struct scratch *scratch = *state;
	struct tl_sql other = things;
	struct tl_db *db = open_db(scratch);

	tl_db_close(db);
	/* A file is of one store; a server keeps each in its own schema, and takes those apart whose names read alike there. */
	other.name = scratch->server ? "box-of-things" : "ledger";
	assert_int_equal(tl_db_open(&db, scratch->path, &other, true, 0, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_USAGE);
	assert_non_null(strstr(scratch->err.message, "box of things, not its "));
}

static void a_damaged_file_is_said_to_be_damaged(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *db = open_db(scratch);
	struct tl_result result;
	char noise[8192];
	int fd;

	for (int i = 0; i < 500; i++)
		assert_int_equal(put(db, i, TL_STR("a text that fills the file's pages, so that there is something to damage"), i, &scratch->err), 0);
	tl_db_close(db);
	memset(noise, 0xee, sizeof(noise));
	fd = open(scratch->path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, noise, sizeof(noise), 4096), sizeof(noise));
	close(fd);
	if (tl_db_open(&db, scratch->path, &things, true, 0, &scratch->err) == 0)
		assert_int_equal(tl_db_query(&result, &scratch->arena, db, GET, NULL, 0, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_IO);
	assert_non_null(strstr(scratch->err.message, "damaged"));
	tl_db_close(db);
}

static void a_file_that_goes_while_it_is_open_is_not_written(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *db = open_db(scratch);
	const char *away = tl_arena_printf(&scratch->arena, "%s.away", scratch->path).ptr;

	assert_int_equal(put(db, 1, TL_STR("a"), 1, &scratch->err), 0);
	assert_int_equal(rename(scratch->path, away), 0);
	assert_int_equal(put(db, 2, TL_STR("b"), 2, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_IO);
	assert_non_null(strstr(scratch->err.message, "deleted or replaced"));
	assert_int_equal(rename(away, scratch->path), 0);
	assert_int_equal(put(db, 2, TL_STR("b"), 2, &scratch->err), 0);
	tl_db_close(db);
}

static void waiting_for_a_lock_ends(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *holder = open_db(scratch), *waiter;
	struct tl_result result;

	assert_int_equal(tl_db_open(&waiter, scratch->path, &things, false, 10, &scratch->err), 0);
	assert_int_equal(tl_db_begin(holder, &scratch->err), 0);
	assert_int_equal(tl_db_begin(waiter, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_TIMED_OUT);
	assert_non_null(strstr(scratch->err.message, "is busy"));
	/* Whoever only reads does not wait. */
	assert_int_equal(tl_db_query(&result, &scratch->arena, waiter, COUNT, NULL, 0, &scratch->err), 0);
	assert_int_equal(tl_db_commit(holder, &scratch->err), 0);
	assert_int_equal(tl_db_begin(waiter, &scratch->err), 0);
	tl_db_rollback(waiter);
	tl_db_close(waiter);
	tl_db_close(holder);
}

#define WRITERS 16
#define ROUNDS 12

/* In a process of its own: opens the file (all of them at once, so that one of them makes it) and counts up. */
static int count_up(const char *path)
{
	struct tl_error err;
	struct tl_db *db;
	int ret = 1;

	if (tl_db_open(&db, path, &things, true, 60000, &err) != 0)
		goto out;
	if (tl_db_begin(db, &err) != 0 || tl_db_run(db, ADD, (struct tl_param[]){ TL_P_INT(1) }, 1, &(int64_t){ 0 }, &err) != 0 ||
	    tl_db_commit(db, &err) != 0)
		goto out;
	for (int i = 0; i < ROUNDS; i++) {
		if (tl_db_run(db, ADD, (struct tl_param[]){ TL_P_INT(1) }, 1, NULL, &err) != 0)
			goto out;
	}
	ret = 0;
out:
	if (ret != 0)
		fprintf(stderr, "%s\n", err.message);
	tl_db_close(db);
	return ret;
}

static void writers_side_by_side_lose_nothing(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *db = open_db(scratch);
	int status, failed = 0;

	assert_int_equal(put(db, 1, TL_STR("counter"), 0, &scratch->err), 0);
	tl_db_close(db);
	for (int i = 0; i < WRITERS; i++) {
		if (fork() == 0)
			_exit(count_up(scratch->path));
	}
	while (wait(&status) > 0)
		failed += status != 0;
	assert_int_equal(failed, 0);
	db = open_db(scratch);
	assert_int_equal(count(scratch, db, 1), WRITERS * (ROUNDS + 1));
	tl_db_close(db);
}

static int open_only(const char *path)
{
	struct tl_error err;
	struct tl_db *db;
	int ret = tl_db_open(&db, path, &things, true, 60000, &err);

	if (ret != 0)
		fprintf(stderr, "%s\n", err.message);
	tl_db_close(db);
	return ret != 0;
}

/* Forked ones have the same random numbers, and come to the same names for what they make on the way. */
static void a_new_file_may_be_opened_by_many_at_once(void **state)
{
	struct scratch *scratch = *state;
	int status, failed = 0;

	for (int round = 0; round < 25; round++) {
		for (int i = 0; i < WRITERS; i++) {
			if (fork() == 0)
				_exit(open_only(scratch->path));
		}
		while (wait(&status) > 0)
			failed += status != 0;
		assert_int_equal(failed, 0);
		unlink(scratch->path);
	}
}

static int flushes;

static void die_at_a_flush(void)
{
	if (--flushes == 0)
		raise(SIGKILL);
}

/* At any flush of the making: the next one is not kept from it, and what is there is whole. */
static void killed_while_it_is_made_it_leaves_nothing(void **state)
{
	struct scratch *scratch = *state;
	int status = 0, killed = 0;
	struct stat st;

	for (int flush = 1; killed == flush - 1; flush++) {
		if (fork() == 0) {
			flushes = flush;
			boundary_watch(die_at_a_flush);
			_exit(open_only(scratch->path));
		}
		wait(&status);
		killed += WIFSIGNALED(status);
		assert_true(stat(scratch->path, &st) != 0 || st.st_size > 4096);
		tl_db_close(open_db(scratch));
		assert_int_equal(unlink(scratch->path), 0);
	}
	assert_true(killed >= 1);
}

static void a_journal_without_its_database_is_not_played_back(void **state)
{
	struct scratch *scratch = *state;
	char journal[4200];
	struct tl_db *db;

	snprintf(journal, sizeof(journal), "%s-journal", scratch->path);
	assert_int_equal(tl_file_write(journal, TL_STR("pages"), 0600, NULL), 0);
	assert_int_equal(tl_db_open(&db, scratch->path, &things, true, 0, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_IO);
	assert_non_null(strstr(scratch->err.message, "-journal' is left of a database that is gone"));
	assert_int_equal(truncate(journal, 0), 0);
	tl_db_close(open_db(scratch));
}

/* In a process of its own, as the limit cannot be lifted again: the disk is full, as far as this process may see. */
static int write_until_full(const char *path)
{
	struct rlimit limit = { 64 << 10, 64 << 10 };
	static char big[8 << 10];
	struct tl_error err = { 0 };
	struct tl_db *db;
	int rc = 0;

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || tl_db_open(&db, path, &things, true, 0, &err) != 0)
		return 2;
	memset(big, 'x', sizeof(big));
	for (int64_t id = 1; rc == 0 && id < 100; id++) {
		rc = tl_db_begin(db, &err);
		for (int64_t i = 0; rc == 0 && i < 2; i++)
			rc = put(db, 2 * id + i, (struct tl_str){ big, sizeof(big) }, 1, &err);
		rc = rc == 0 ? tl_db_commit(db, &err) : rc;
	}
	tl_db_close(db);
	return rc == -1 && err.code == TL_IO && strstr(err.message, "no space left") ? 0 : 3;
}

static void a_full_disk_leaves_nothing_half_written(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *db = open_db(scratch);
	int status = -1;

	tl_db_close(db);
	if (fork() == 0)
		_exit(write_until_full(scratch->path));
	wait(&status);
	assert_int_equal(status, 0);
	db = open_db(scratch);
	assert_true(count(scratch, db, 0) > 0);
	assert_int_equal(count(scratch, db, 0) % 2, 0);
	assert_int_equal(put(db, 1000, TL_STR("room again"), 1, &scratch->err), 0);
	tl_db_close(db);
}

/* A flush may fail before the moment that counts and after it: what may have been kept is not said to be lost. */
static void a_flush_that_fails_is_not_taken_for_a_refusal(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *db = open_db(scratch);
	int64_t there = 0;
	int good = 0, lost = 0, kept = 0;

	for (int flush = 1; flush < 12; flush++) {
		int64_t before = there;
		int ret;

		boundary_fail_flush(flush);
		ret = put(db, flush, TL_STR("one"), 1, &scratch->err);
		boundary_fail_flush(0);
		tl_db_close(db);
		db = open_db(scratch);
		there = count(scratch, db, 0);
		good += ret == 0;
		lost += there == before;
		kept += ret != 0 && there > before;
		if (ret == 0)
			assert_int_equal(there, before + 1);
		else
			assert_int_equal(scratch->err.code, TL_LOST);
	}
	assert_true(good > 0 && lost > 0 && kept > 0);
	tl_db_close(db);
}

static void an_id_is_given_and_told(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *db = open_db(scratch);
	struct tl_result result;
	int64_t last = 0;

	assert_int_equal(tl_db_begin(db, &scratch->err), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tl_db_query(&result, &scratch->arena, db, NUMBERED, (struct tl_param[]){ TL_P_TEXT(TL_STR("x")) }, 1, &scratch->err), 0);
		assert_true(result.n_rows == 1 && result.rows[0].columns[0].kind == TL_PARAM_INTEGER && result.rows[0].columns[0].integer > last);
		last = result.rows[0].columns[0].integer;
	}
	assert_int_equal(tl_db_commit(db, &scratch->err), 0);
	tl_db_close(db);
}

/* Whatever language the server's machine speaks. */
static void texts_are_in_the_order_of_their_bytes(void **state)
{
	static const char *const order[] = { "B", "a", "a-b", "aB", "ab", "\xc3\xa4" };
	struct scratch *scratch = *state;
	struct tl_db *db = open_db(scratch);
	struct tl_result result;

	for (size_t i = TL_COUNT(order); i-- > 0;)
		assert_int_equal(put(db, (int64_t)i, tl_str(order[i]), 0, &scratch->err), 0);
	assert_int_equal(tl_db_query(&result, &scratch->arena, db, BY_TEXT, NULL, 0, &scratch->err), 0);
	assert_int_equal(result.n_rows, TL_COUNT(order));
	for (size_t i = 0; i < result.n_rows; i++)
		assert_str(result.rows[i].columns[0].text, order[i]);
	tl_db_close(db);
}

/* In a process of its own: writes, says so, and hangs until it is killed. */
static void hang_in_a_transaction(const char *path, int ready)
{
	struct tl_error err;
	struct tl_db *db;

	if (tl_db_open(&db, path, &things, true, 5000, &err) == 0 && tl_db_begin(db, &err) == 0 && put(db, 1, TL_STR("half"), 1, &err) == 0 &&
	    write(ready, "x", 1) == 1)
		pause();
	_exit(1);
}

static void what_a_killed_program_began_is_taken_back(void **state)
{
	struct scratch *scratch = *state;
	int ready[2], status;
	struct tl_db *db;
	pid_t child;
	char byte;

	tl_db_close(open_db(scratch));
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0)
		hang_in_a_transaction(scratch->path, ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	db = open_db(scratch);
	assert_int_equal(put(db, 1, TL_STR("whole"), 5, &scratch->err), 0);
	assert_int_equal(count(scratch, db, 1), 5);
	tl_db_close(db);
	close(ready[0]);
	close(ready[1]);
}

#define COMMON_TESTS(set_up) \
	cmocka_unit_test_setup_teardown(values_come_back_as_they_were, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_transaction_is_whole_or_nothing, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(foreign_keys_hold, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(an_id_is_given_and_told, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(texts_are_in_the_order_of_their_bytes, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(an_old_file_is_brought_up_to_date, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_migration_that_fails_changes_nothing, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_missing_file_is_made_only_where_asked, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(another_store_of_ours_is_refused, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(waiting_for_a_lock_ends, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(writers_side_by_side_lose_nothing, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_new_file_may_be_opened_by_many_at_once, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(what_a_killed_program_began_is_taken_back, set_up, tear_down),

int test_store_db(void)
{
	const struct CMUnitTest on_file[] = {
		COMMON_TESTS(set_up)
		cmocka_unit_test_setup_teardown(what_is_no_file_of_ours_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(killed_while_it_is_made_it_leaves_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_journal_without_its_database_is_not_played_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_damaged_file_is_said_to_be_damaged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_that_goes_while_it_is_open_is_not_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_disk_leaves_nothing_half_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_flush_that_fails_is_not_taken_for_a_refusal, set_up, tear_down),
	};
	const struct CMUnitTest on_server[] = { COMMON_TESTS(set_up_server) };
	int failed = cmocka_run_group_tests_name("store_db on a file", on_file, NULL, NULL);

	if (store_yard_has_server("store_db"))
		failed += cmocka_run_group_tests_name("store_db on PostgreSQL", on_server, NULL, NULL);
	return failed;
}

/* tests/unit/test_store_postgres.c: what only a server can do: be misaddressed, refuse, vanish, and take a commit without saying so. */
#include "store_yard.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "store/postgres.h"

enum { PUT, COUNT, KILL_OTHERS, NO_TOKENS, TOKENS, READ_ONLY, N_STATEMENTS };

static const char *const statement_table[N_STATEMENTS] = {
	[PUT] = "INSERT INTO things (id) VALUES (?1)",
	[COUNT] = "SELECT count(*) FROM things",
	[READ_ONLY] = "SET TRANSACTION READ ONLY",
	[NO_TOKENS] = "DROP TABLE trunkline_kept",
	[TOKENS] = "SELECT count(*) FROM trunkline_kept",
	[KILL_OTHERS] = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = ?1 AND pid <> pg_backend_pid()",
};
static const char *const migration_table[] = { "CREATE TABLE things (id INTEGER PRIMARY KEY) STRICT" };
static const struct tl_sql things = { statement_table, N_STATEMENTS, migration_table, 1, "things" };

struct scratch {
	char *folder;
	char address[4096];
	struct tl_arena arena;
	struct tl_error err;
};

static int set_up(void **state)
{
	struct scratch *scratch = tl_alloc_zero(1, sizeof(*scratch));

	scratch->folder = unit_scratch_in_memory();
	*state = scratch;
	return 0;
}

static int set_up_server(void **state)
{
	struct scratch *scratch;

	set_up(state);
	scratch = *state;
	store_yard_address(scratch->address, sizeof(scratch->address), getenv("TRUNKLINE_TEST_POSTGRES"));
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

static const struct address_row {
	const char *address;
	const char *words; /* of what libpq is told, or of the complaint */
	bool good;
} address_table[] = {
	{ "postgres://u@localhost/d", "sslmode='prefer'", true },
	{ "postgresql://u@127.0.0.1:5433/d", "port='5433'", true },
	{ "postgres://u@[::1]/d?sslmode=disable", "sslmode='disable'", true },
	{ "postgres://u@/d?host=/run/pg", "host='/run/pg'", true },
	{ "postgres://u@db.example.com/d", "sslmode='verify-full'", true },
	{ "postgres://u@db.example.com/d?sslmode=verify-full&sslrootcert=/ca.pem", "sslrootcert='/ca.pem'", true },
	{ "postgres://u@a.example.com,b.example.com/d?target_session_attrs=read-write", "target_session_attrs='read-write'", true },
	/* What libpq's environment would say is said already. */
	{ "postgres://u@db.example.com/d", "hostaddr=''", true },
	{ "postgres://u@db.example.com/d", "options=''", true },
	{ "postgres://u@db.example.com/it%27s%5C", "dbname='it\\'s\\\\'", true },
	{ "postgres://u@db.example.com/d?schema=team_a", "sslmode='verify-full'", true },
	{ "postgres://u@db.example.com/d?sslmode=require", "nothing less than verify-full", false },
	{ "postgres://u@db.example.com/d?sslmode=disable", "nothing less than verify-full", false },
	{ "postgres://u@localhost,db.example.com/d?sslmode=prefer", "nothing less than verify-full", false },
	{ "postgres://u@127.0.0.1.example.com/d?sslmode=prefer", "nothing less than verify-full", false },
	{ "postgres://u@localhost.example.com/d?sslmode=allow", "nothing less than verify-full", false },
	/* Which of the words is the host is for libpq to say. */
	{ "postgres://u@db.example.com,@localhost/d?sslmode=prefer", "nothing less than verify-full", false },
	{ "postgres://localhost?x@db.example.com/d?sslmode=prefer", "nothing less than verify-full", false },
	{ "postgres://localhost/d?host=db.example.com&sslmode=disable", "nothing less than verify-full", false },
	{ "postgres://u@127.example.com/d?sslmode=prefer", "nothing less than verify-full", false },
	{ "postgres://u@127.1/d?sslmode=prefer", "nothing less than verify-full", false },
	{ "postgres://u@%6Cocalhost,db.example.com/d", "sslmode='verify-full'", true },
	{ "postgres://u@db.example.com/d?sslmode=verify-full&sslmode=disable", "nothing less than verify-full", false },
	{ "postgres://u@db.example.com/d?ssl%6Dode=disable", "nothing less than verify-full", false },
	{ "postgres://u@db.example.com/d?ssl=true", "nothing less than verify-full", false },
	/* A relative path would be meant from wherever the command is started, in the tree as a rule. */
	{ "postgres://u@db.example.com/d?sslrootcert=ca.pem", "'sslrootcert' must be an absolute path", false },
	{ "postgres://u@db.example.com/d?sslcert=./c.pem&sslkey=/k.pem", "'sslcert' must be an absolute path", false },
	{ "postgres://u@db.example.com/d?sslrootcert=system", "sslrootcert='system'", true },
	{ "postgres://u:S3cret@localhost/d", "a password has no place", false },
	{ "postgres://u@localhost/d?password=S3cret", "a password has no place", false },
	{ "postgres://u@localhost/d?sslpassword=S3cret", "a password has no place", false },
	{ "postgres://u@localhost/d?hostaddr=192.0.2.1", "'hostaddr' has no place", false },
	{ "postgres://u@localhost/d?options=-csearch_path%3Dx", "'options' has no place", false },
	{ "postgres://u@localhost/d?service=x", "'service' has no place", false },
	{ "postgres://u@localhost/d?S3cret=1", "is no postgres://", false },
	{ "postgres://u:S3cret@[::1/d", "is no postgres://", false },
	{ "postgres://u@localhost", "names no database", false },
	{ "postgres://u@localhost/d?schema=Team", "small letters", false },
	{ "postgres://u@localhost/d?schema=pg_catalog", "small letters", false },
	{ "postgres://u@localhost/d?schema=", "small letters", false },
};

static void addresses_are_as_the_table_says(void **state)
{
	struct scratch *scratch = *state;
	struct tl_postgres_address address;
	struct tl_libpq pq;
	int ret;

	assert_int_equal(tl_libpq_load(&pq, &scratch->err), 0);
	for (size_t i = 0; i < TL_COUNT(address_table); i++) {
		const struct address_row *row = &address_table[i];

		ret = tl_postgres_address_parse(&address, &scratch->arena, &pq, row->address, &scratch->err);
		assert_row(row->address, ret == (row->good ? 0 : -1));
		assert_row(row->address, row->good || scratch->err.code == TL_USAGE);
		assert_row(row->address, strstr(row->good ? address.conninfo.ptr : scratch->err.message, row->words) != NULL);
		assert_row(row->address, row->good || strstr(scratch->err.message, "S3cret") == NULL);
	}
}

static struct tl_db *open_db(struct scratch *scratch, const char *more)
{
	struct tl_str address = tl_arena_printf(&scratch->arena, "%s%s", scratch->address, more);
	struct tl_db *db;

	if (tl_db_open(&db, address.ptr, &things, true, 5000, &scratch->err) != 0)
		fail_msg("%s", scratch->err.message);
	return db;
}

static int put(struct tl_db *db, int64_t id, struct tl_error *err)
{
	return tl_db_run(db, PUT, (struct tl_param[]){ TL_P_INT(id) }, 1, NULL, err);
}

static int64_t count(struct scratch *scratch, struct tl_db *db)
{
	struct tl_result result;

	if (tl_db_query(&result, &scratch->arena, db, COUNT, NULL, 0, &scratch->err) != 0)
		fail_msg("%s", scratch->err.message);
	return result.rows[0].columns[0].integer;
}

/* The address by TCP with another user, host or database, and options. */
static struct tl_str by_tcp(struct scratch *scratch, const char *user, const char *host, const char *database, const char *options)
{
	const char *port = strrchr(getenv("TRUNKLINE_TEST_POSTGRES_TCP"), ':') + 1;

	return tl_arena_printf(&scratch->arena, "postgres://%s@%s:%d/%s%s", user, host, atoi(port), database, options);
}

static void refuses(struct scratch *scratch, struct tl_str address, const char *words)
{
	struct tl_db *db;

	assert_row(address.ptr, tl_db_open(&db, address.ptr, &things, true, 1000, &scratch->err) == -1);
	assert_null(db);
	if (!strstr(scratch->err.message, words))
		fail_msg("%s: %s", address.ptr, scratch->err.message);
	assert_row(address.ptr, strstr(scratch->err.message, "S3cret") == NULL);
	assert_row(address.ptr, strchr(scratch->err.message, '\n') == NULL && scratch->err.code == TL_IO);
}

static void keep_password(struct scratch *scratch, const char *password)
{
	struct tl_str path = tl_path_join(&scratch->arena, tl_str(scratch->folder), TL_STR("pgpass"));
	struct tl_str text = tl_arena_printf(&scratch->arena, "*:*:*:*:%s\n", password);

	assert_int_equal(tl_file_write(path.ptr, text, 0600, &scratch->err), 0);
	assert_int_equal(setenv("PGPASSFILE", path.ptr, 1), 0);
}

static void a_server_that_refuses_is_said_to(void **state)
{
	struct scratch *scratch = *state;
	const char *ca = getenv("TRUNKLINE_TEST_POSTGRES_CA");
	struct tl_str address;
	struct tl_db *db;

	refuses(scratch, TL_STR("postgres://u@127.0.0.1:1/d"), "does the server run");
	refuses(scratch, TL_STR("postgres://u@/d?host=/nowhere"), "does the server run");
	refuses(scratch, TL_STR("postgres://u@nowhere.invalid/d?sslrootcert=/dev/null"), "nowhere.invalid");
	refuses(scratch, by_tcp(scratch, "trunkline", "localhost", "missing", ""), "has no database 'missing'");
	refuses(scratch, by_tcp(scratch, "nobody", "localhost", "trunkline", ""), "does not let 'nobody' in");
	keep_password(scratch, "S3cret-wrong");
	refuses(scratch, by_tcp(scratch, "guarded", "localhost", "trunkline", ""), "refuses the password of 'guarded': is the one in ~/.pgpass (or $PGPASSFILE) right?");
	setenv("PGPASSFILE", "/nowhere", 1);
	refuses(scratch, by_tcp(scratch, "guarded", "localhost", "trunkline", ""), "asks for a password: put it into ~/.pgpass");
	keep_password(scratch, "S3cret");
	refuses(scratch, by_tcp(scratch, "guarded", "localhost", "trunkline", ""), "cannot make the schema");
	unsetenv("PGPASSFILE");
	if (!ca || !*ca)
		return;
	refuses(scratch, by_tcp(scratch, "trunkline", "localhost", "trunkline", "?sslmode=verify-full&sslrootcert=/nowhere.pem"), "name the authority");
	refuses(scratch, by_tcp(scratch, "trunkline", "localhost", "trunkline", "?sslmode=verify-full&sslrootcert=/etc/ssl/certs/ca-certificates.crt"), "certificate");
	address = tl_arena_printf(&scratch->arena, "?sslmode=verify-full&sslrootcert=%s", ca);
	refuses(scratch, by_tcp(scratch, "trunkline", "127.0.0.1", "trunkline", address.ptr), "is for another host");
	address = tl_arena_printf(&scratch->arena, "?sslmode=verify-full&sslrootcert=%s%s", ca, strstr(scratch->address, "&schema="));
	address = by_tcp(scratch, "trunkline", "localhost", "trunkline", address.ptr);
	assert_row(address.ptr, tl_db_open(&db, address.ptr, &things, true, 1000, &scratch->err) == 0);
	tl_db_close(db);
}

static void what_is_no_database_for_us_is_refused(void **state)
{
	struct scratch *scratch = *state;
	const char *schema = strstr(scratch->address, "schema=") + strlen("schema=");
	struct tl_str sql = tl_arena_printf(&scratch->arena, "CREATE SCHEMA %s_things CREATE TABLE theirs (x int)", schema);
	struct tl_db *db;

	store_yard_sql(sql.ptr);
	assert_int_equal(tl_db_open(&db, scratch->address, &things, true, 1000, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_USAGE);
	assert_non_null(strstr(scratch->err.message, "belongs to another program"));
	store_yard_sql(tl_arena_printf(&scratch->arena, "CREATE DATABASE %s ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0", schema).ptr);
	assert_int_equal(tl_db_open(&db, by_tcp(scratch, "trunkline", "localhost", schema, "").ptr, &things, true, 1000, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_USAGE);
	assert_non_null(strstr(scratch->err.message, "in LATIN1"));
}

static void a_server_that_takes_no_writes_is_said_to(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *db = open_db(scratch, "");

	assert_int_equal(tl_db_begin(db, &scratch->err), 0);
	assert_int_equal(tl_db_run(db, READ_ONLY, NULL, 0, NULL, &scratch->err), 0);
	assert_int_equal(put(db, 1, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_IO);
	assert_non_null(strstr(scratch->err.message, "is read-only"));
	tl_db_rollback(db);
	assert_int_equal(put(db, 1, &scratch->err), 0);
	tl_db_close(db);
}

/* A schema that an older program made. */
static void a_schema_without_tokens_gets_them(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *db = open_db(scratch, "");
	struct tl_result result;

	assert_int_equal(put(db, 1, &scratch->err), 0);
	assert_int_equal(tl_db_run(db, NO_TOKENS, NULL, 0, NULL, &scratch->err), 0);
	tl_db_close(db);
	db = open_db(scratch, "");
	assert_int_equal(put(db, 2, &scratch->err), 0);
	assert_int_equal(put(db, 3, &scratch->err), 0);
	assert_int_equal(count(scratch, db), 3);
	assert_int_equal(tl_db_query(&result, &scratch->arena, db, TOKENS, NULL, 0, &scratch->err), 0);
	assert_int_equal(result.rows[0].columns[0].integer, 2);
	tl_db_close(db);
}

/* Ends the other session of this test, as an administrator would, or a restart. */
static void cut_off(struct scratch *scratch, struct tl_db *by)
{
	const char *name = strstr(scratch->address, "schema=") + strlen("schema=");
	struct tl_result result;

	assert_int_equal(tl_db_query(&result, &scratch->arena, by, KILL_OTHERS, (struct tl_param[]){ TL_P_TEXT(tl_str(name)) }, 1, &scratch->err), 0);
	assert_int_equal(result.rows[0].columns[0].integer, 1);
}

static struct tl_db *open_named(struct scratch *scratch)
{
	return open_db(scratch, tl_arena_printf(&scratch->arena, "&application_name=%s", strstr(scratch->address, "schema=") + strlen("schema=")).ptr);
}

static void a_lost_connection_is_made_anew_between_transactions(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *db = open_named(scratch), *other = open_db(scratch, "");

	assert_int_equal(put(db, 1, &scratch->err), 0);
	cut_off(scratch, other);
	assert_int_equal(put(db, 2, &scratch->err), 0);
	cut_off(scratch, other);
	assert_int_equal(count(scratch, db), 2);
	cut_off(scratch, other);
	assert_int_equal(tl_db_begin(db, &scratch->err), 0);
	assert_int_equal(put(db, 3, &scratch->err), 0);
	cut_off(scratch, other);
	/* Within one it is not: what was done before is gone. */
	assert_int_equal(put(db, 4, &scratch->err), -1);
	assert_true(scratch->err.code == TL_IO && tl_db_is_cut_off(db));
	assert_non_null(strstr(scratch->err.message, "was lost"));
	tl_db_rollback(db);
	assert_int_equal(count(scratch, db), 2);
	assert_int_equal(tl_db_begin(db, &scratch->err), 0);
	assert_int_equal(put(db, 3, &scratch->err), 0);
	cut_off(scratch, other);
	assert_int_equal(tl_db_commit(db, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_IO);
	assert_int_equal(put(db, 3, &scratch->err), 0);
	assert_int_equal(count(scratch, db), 3);
	tl_db_close(db);
	tl_db_close(other);
}

/* ---- A server behind a wire that breaks when a commit passes ---- */

enum fault { BREAK_BEFORE, BREAK_AFTER };

static int unix_socket(const char *path, bool listening)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	if (listening)
		assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	else if (connect(fd, (struct sockaddr *)&name, sizeof(name)) != 0)
		_exit(1);
	return fd;
}

/* Passes bytes on both ways until one side ends; where `fault` is not NULL, until a commit passes. */
static void carry(int client, int server, const enum fault *fault)
{
	struct pollfd fds[2] = { { .fd = client, .events = POLLIN }, { .fd = server, .events = POLLIN } };
	char bytes[4096];
	ssize_t length;

	while (poll(fds, 2, -1) > 0) {
		for (int i = 0; i < 2; i++) {
			if (!fds[i].revents)
				continue;
			length = read(fds[i].fd, bytes, sizeof(bytes));
			if (length <= 0)
				return;
			if (i == 0 && fault && memmem(bytes, (size_t)length, "COMMIT", sizeof("COMMIT"))) {
				/* Its answer is read, so that it has been carried out, and not passed on. */
				if (*fault == BREAK_AFTER && write(server, bytes, (size_t)length) == length)
					length = read(server, bytes, sizeof(bytes));
				return;
			}
			if (write(fds[1 - i].fd, bytes, (size_t)length) != length)
				return;
		}
	}
}

/* In a process of its own: the first connection breaks, those after it hold. It ends with the tests, however they do. */
static void stand_between(int listening, const char *server, enum fault fault)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (bool first = true;; first = false) {
		int client = accept(listening, NULL, NULL), beyond = unix_socket(server, false);

		carry(client, beyond, first ? &fault : NULL);
		close(client);
		close(beyond);
	}
}

static pid_t start_between(struct scratch *scratch, char *address, size_t size, enum fault fault)
{
	const char *host = strstr(scratch->address, "host=") + strlen("host="), *port = strstr(scratch->address, "port=") + strlen("port=");
	struct tl_str own = tl_arena_printf(&scratch->arena, "%s/.s.PGSQL.%d", scratch->folder, atoi(port));
	struct tl_str server = tl_arena_printf(&scratch->arena, "%.*s/.s.PGSQL.%d", (int)strcspn(host, "&"), host, atoi(port));
	int listening;
	pid_t child;

	unlink(own.ptr);
	listening = unix_socket(own.ptr, true);
	assert_int_equal(listen(listening, 8), 0);
	child = fork();
	if (child == 0)
		stand_between(listening, server.ptr, fault);
	close(listening);
	snprintf(address, size, "postgres://trunkline@/trunkline?host=%s&port=%s", scratch->folder, port);
	return child;
}

static const struct fault_row {
	const char *what;
	enum fault fault;
	int ret;
	int64_t kept;
} fault_table[] = {
	{ "the wire broke before the commit", BREAK_BEFORE, -1, 0 },
	{ "the wire broke after the commit", BREAK_AFTER, 0, 1 },
};

static void a_commit_without_an_answer_is_asked_after(void **state)
{
	struct scratch *scratch = *state;
	struct tl_db *direct = open_db(scratch, ""), *db;
	char address[8192];
	int64_t before;
	pid_t child;

	for (size_t i = 0; i < TL_COUNT(fault_table); i++) {
		const struct fault_row *row = &fault_table[i];

		before = count(scratch, direct);
		child = start_between(scratch, address, sizeof(address), row->fault);
		assert_row(row->what, tl_db_open(&db, address, &things, false, 5000, &scratch->err) == 0);
		assert_row(row->what, put(db, (int64_t)i, &scratch->err) == row->ret);
		assert_row(row->what, row->ret == 0 || strstr(scratch->err.message, "nothing of it was") != NULL);
		assert_row(row->what, count(scratch, direct) - before == row->kept);
		assert_row(row->what, put(db, (int64_t)i + 10, &scratch->err) == 0);
		tl_db_close(db);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	tl_db_close(direct);
}

/* The server dies before a transaction is on its disk, and gives the number of that to somebody else's afterwards, who commits: not ours was kept. */
static void lose_a_transaction(struct scratch *scratch, struct tl_db *db, const char *address, const char *control)
{
	struct tl_db *other;

	assert_int_equal(tl_db_begin(db, &scratch->err), 0);
	assert_int_equal(put(db, 3, &scratch->err), 0);
	assert_int_equal(system(tl_arena_printf(&scratch->arena, "'%s' restart", control).ptr), 0);
	assert_int_equal(tl_db_open(&other, address, &things, false, 5000, &scratch->err), 0);
	assert_int_equal(put(other, 4, &scratch->err), 0);
	tl_db_close(other);
	assert_int_equal(tl_db_commit(db, &scratch->err), -1);
	assert_non_null(strstr(scratch->err.message, "nothing of it was"));
	assert_int_equal(count(scratch, db), 3);
}

/* A server of its own, which nobody else misses. */
static void a_server_that_restarts_is_waited_for(void **state)
{
	struct scratch *scratch = *state;
	struct tl_str end = tl_path_join(&scratch->arena, tl_str(scratch->folder), TL_STR("end")), command;
	char control[4096], address[4096];
	struct tl_db *db;
	FILE *server;

	command = tl_arena_printf(&scratch->arena, "TRUNKLINE_TEST_POSTGRES= tests/postgres sh -c 'echo $TRUNKLINE_TEST_POSTGRES_CONTROL; "
	                          "echo $TRUNKLINE_TEST_POSTGRES; while [ -d %s ] && [ ! -e %.*s ]; do sleep 0.05; done'", scratch->folder, TL_FMT(end));
	server = popen(command.ptr, "r");
	assert_non_null(server);
	assert_non_null(fgets(control, sizeof(control), server));
	assert_non_null(fgets(address, sizeof(address), server));
	control[strcspn(control, "\n")] = '\0';
	address[strcspn(address, "\n")] = '\0';
	assert_int_equal(tl_db_open(&db, address, &things, true, 5000, &scratch->err), 0);
	assert_int_equal(put(db, 1, &scratch->err), 0);
	command = tl_arena_printf(&scratch->arena, "'%s' stop; (sleep 0.3; '%s' start) &", control, control);
	assert_int_equal(system(command.ptr), 0);
	assert_int_equal(put(db, 2, &scratch->err), 0);
	assert_int_equal(count(scratch, db), 2);
	lose_a_transaction(scratch, db, address, control);
	tl_db_close(db);
	assert_int_equal(tl_file_write(end.ptr, TL_STR(""), 0600, &scratch->err), 0);
	assert_int_equal(pclose(server), 0);
}

int test_store_postgres(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(addresses_are_as_the_table_says, set_up, tear_down),
	};
	const struct CMUnitTest on_server[] = {
		cmocka_unit_test_setup_teardown(a_server_that_refuses_is_said_to, set_up_server, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_database_for_us_is_refused, set_up_server, tear_down),
		cmocka_unit_test_setup_teardown(a_server_that_takes_no_writes_is_said_to, set_up_server, tear_down),
		cmocka_unit_test_setup_teardown(a_schema_without_tokens_gets_them, set_up_server, tear_down),
		cmocka_unit_test_setup_teardown(a_lost_connection_is_made_anew_between_transactions, set_up_server, tear_down),
		cmocka_unit_test_setup_teardown(a_commit_without_an_answer_is_asked_after, set_up_server, tear_down),
		cmocka_unit_test_setup_teardown(a_server_that_restarts_is_waited_for, set_up_server, tear_down),
	};
	int failed = cmocka_run_group_tests_name("addresses of servers", tests, NULL, NULL);

	if (store_yard_has_server("what only servers do"))
		failed += cmocka_run_group_tests_name("what only servers do", on_server, NULL, NULL);
	return failed;
}

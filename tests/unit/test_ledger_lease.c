/* tests/unit/test_ledger_lease.c: leases taken, waited for, stolen, lost; writes of many threads in few transactions; on a file and on a server. */
#include "store_yard.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "ledger/lease.h"
#include "ledger/tables.h"
#include "store/db.h"

#define ENV TL_STR("production")
#define NOBODY TL_STR("")

struct scratch {
	char *folder;
	char address[4096];
	struct tl_arena arena;
	struct tl_error err;
	struct tl_clock clock;
	atomic_llong now;
	bool server;
	struct tl_ledger *mine, *other; /* two programs */
};

static int64_t now_ms(void *data)
{
	return atomic_fetch_add((atomic_llong *)data, 1);
}

static int sleep_ms(void *data, int64_t ms)
{
	atomic_fetch_add((atomic_llong *)data, ms);
	return 0;
}

static int open_scratch(void **state, bool server)
{
	struct scratch *scratch = tl_alloc_zero(1, sizeof(*scratch));

	scratch->folder = unit_scratch_in_memory();
	scratch->server = server;
	atomic_store(&scratch->now, 1700000000000);
	scratch->clock = (struct tl_clock){ .now_ms = now_ms, .monotonic_ms = now_ms, .sleep_ms = sleep_ms, .data = &scratch->now };
	if (server)
		store_yard_address(scratch->address, sizeof(scratch->address), getenv("TRUNKLINE_TEST_POSTGRES"));
	else
		snprintf(scratch->address, sizeof(scratch->address), "%s/ledger.db", scratch->folder);
	assert_int_equal(tl_ledger_open(&scratch->mine, scratch->address, &scratch->clock, &scratch->err), 0);
	assert_int_equal(tl_ledger_open(&scratch->other, scratch->address, &scratch->clock, &scratch->err), 0);
	*state = scratch;
	return 0;
}

static int set_up(void **state)
{
	return open_scratch(state, false);
}

static int set_up_server(void **state)
{
	return open_scratch(state, true);
}

static int tear_down(void **state)
{
	struct scratch *scratch = *state;

	tl_ledger_close(scratch->mine);
	tl_ledger_close(scratch->other);
	unit_scratch_remove(scratch->folder);
	tl_arena_clear(&scratch->arena);
	free(scratch);
	return 0;
}

/* What a person with a database client could do: runs SQL that gives no rows, or gives the first number of the first row. */
static int64_t by_hand(struct scratch *scratch, const char *text)
{
	struct tl_sql sql = tl_ledger_schema;
	struct tl_result result = { 0 };
	struct tl_db *db;
	int64_t number = 0;

	sql.statements = &text;
	sql.n_statements = 1;
	assert_int_equal(tl_db_open(&db, scratch->address, &sql, true, 1000, &scratch->err), 0);
	if (tl_str_starts(tl_str(text), TL_STR("SELECT"))) {
		assert_int_equal(tl_db_query(&result, &scratch->arena, db, 0, NULL, 0, &scratch->err), 0);
		number = result.rows[0].columns[0].integer;
	} else {
		assert_int_equal(tl_db_run(db, 0, NULL, 0, NULL, &scratch->err), 0);
	}
	tl_db_close(db);
	return number;
}

static struct tl_step step_for(const char *flow)
{
	return (struct tl_step){
		.wanted = { .environment = ENV, .flow = tl_str(flow), .platform_id = tl_str(flow), .version = 1, .digest = TL_STR("d") },
		.action = TL_STR("update"),
	};
}

static int begin(struct scratch *scratch, struct tl_ledger *ledger)
{
	struct tl_step step = step_for("a");

	return tl_ledger_begin(ledger, &step, &scratch->err);
}

static int take(struct scratch *scratch, struct tl_ledger *ledger, const char *owner, const char *reason, int64_t wait_ms)
{
	struct tl_lease_wish wish = { .owner = tl_str(owner), .steal = tl_str(reason), .wait_ms = wait_ms };

	return tl_ledger_lease(ledger, ENV, &wish, NULL, &scratch->err);
}

static struct tl_lease_holder holder(struct scratch *scratch)
{
	struct tl_lease_holder who;

	assert_int_equal(tl_ledger_lease_holder(&who, &scratch->arena, scratch->mine, ENV, &scratch->err), 0);
	return who;
}

static void a_lease_keeps_others_out(void **state)
{
	struct scratch *scratch = *state;
	struct tl_deployed_list list;
	struct tl_step elsewhere = step_for("a");
	struct tl_steps steps;
	int64_t fence;

	assert_false(holder(scratch).held);
	assert_int_equal(take(scratch, scratch->mine, "alice@laptop, process 7", "", 0), 0);
	assert_true(tl_ledger_has_lease(scratch->mine) && holder(scratch).held);
	assert_str(holder(scratch).owner, "alice@laptop, process 7");
	assert_int_equal(begin(scratch, scratch->mine), 0);
	fence = holder(scratch).fence;
	assert_int_equal(tl_ledger_open_steps(&steps, &scratch->arena, scratch->other, ENV, &scratch->err), 0);
	assert_true(steps.count == 1 && steps.items[0].fence == fence);

	assert_int_equal(begin(scratch, scratch->other), -1);
	assert_int_equal(scratch->err.code, TL_TIMED_OUT);
	assert_non_null(strstr(scratch->err.message, "alice@laptop, process 7"));
	assert_int_equal(take(scratch, scratch->other, "bob", "", 3000), -1);
	assert_int_equal(scratch->err.code, TL_TIMED_OUT);
	assert_false(tl_ledger_has_lease(scratch->other));
	/* Reads, and other environments, are free. */
	assert_int_equal(tl_ledger_deployed(&list, &scratch->arena, scratch->other, ENV, &scratch->err), 0);
	elsewhere.wanted.environment = TL_STR("staging");
	assert_int_equal(tl_ledger_begin(scratch->other, &elsewhere, &scratch->err), 0);

	tl_ledger_unlease(scratch->mine);
	assert_false(tl_ledger_has_lease(scratch->mine) || holder(scratch).held);
	assert_int_equal(begin(scratch, scratch->other), 0);
	assert_int_equal(take(scratch, scratch->other, "bob", "", 0), 0);
	assert_true(holder(scratch).fence > fence);
}

static void a_stolen_lease_stops_its_holder(void **state)
{
	struct scratch *scratch = *state;
	struct tl_step step = step_for("a");

	assert_int_equal(take(scratch, scratch->mine, "alice", "", 0), 0);
	assert_int_equal(tl_ledger_begin(scratch->mine, &step, &scratch->err), 0);
	assert_int_equal(take(scratch, scratch->other, "bob", "alice's laptop burnt", 0), 0);
	assert_int_equal(by_hand(scratch, "SELECT count(*) FROM stolen WHERE from_owner = 'alice' AND owner = 'bob' AND reason = 'alice''s laptop burnt'"), 1);
	assert_int_equal(tl_ledger_end(scratch->mine, &step, TL_STEP_PUBLISHED, TL_STR(""), &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_CONFLICT);
	assert_non_null(strstr(scratch->err.message, "taken over by bob"));
	assert_false(tl_ledger_has_lease(scratch->mine));
	assert_int_equal(begin(scratch, scratch->mine), -1);
	assert_int_equal(scratch->err.code, TL_CONFLICT);
	/* What is given back is not what bob has; and when he has given it back, the fence is still another one. */
	tl_ledger_unlease(scratch->mine);
	assert_str(holder(scratch).owner, "bob");
	assert_int_equal(begin(scratch, scratch->other), 0);
}

static void a_lease_that_came_and_went_is_lost_nevertheless(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(take(scratch, scratch->mine, "alice", "", 0), 0);
	assert_int_equal(take(scratch, scratch->other, "bob", "because", 0), 0);
	tl_ledger_unlease(scratch->other);
	assert_int_equal(begin(scratch, scratch->mine), -1);
	assert_int_equal(scratch->err.code, TL_CONFLICT);
}

static void an_expired_lease_is_anybodys(void **state)
{
	struct scratch *scratch = *state;
	bool still = true;

	assert_int_equal(take(scratch, scratch->mine, "alice", "", 0), 0);
	by_hand(scratch, "UPDATE leases SET expires_ms = 1");
	assert_false(holder(scratch).held);
	/* Nobody took it: a late renewal has it back. */
	assert_int_equal(tl_ledger_renew(&still, scratch->mine, &scratch->err), 0);
	assert_true(still && holder(scratch).held);
	by_hand(scratch, "UPDATE leases SET expires_ms = 1");
	assert_int_equal(take(scratch, scratch->other, "bob", "", 0), 0);
	assert_int_equal(by_hand(scratch, "SELECT count(*) FROM stolen"), 0);
	assert_int_equal(tl_ledger_renew(&still, scratch->mine, &scratch->err), 0);
	assert_false(still || tl_ledger_has_lease(scratch->mine));
	assert_int_equal(begin(scratch, scratch->mine), -1);
	assert_int_equal(scratch->err.code, TL_CONFLICT);
}

static bool alice_has_ended(void *data, struct tl_str owner)
{
	(void)data;
	return tl_str_is(owner, "alice");
}

/* Two programs find the same one dead: the second waits for the first. */
static void only_who_has_ended_is_taken_from_at_once(void **state)
{
	struct tl_lease_wish bob = { .owner = TL_STR("bob"), .has_ended = alice_has_ended }, carol = { .owner = TL_STR("carol"), .has_ended = alice_has_ended };
	struct scratch *scratch = *state;
	struct tl_ledger *third;

	assert_int_equal(take(scratch, scratch->mine, "alice", "", 0), 0);
	assert_int_equal(tl_ledger_open(&third, scratch->address, &scratch->clock, &scratch->err), 0);
	assert_int_equal(tl_ledger_lease(scratch->other, ENV, &bob, NULL, &scratch->err), 0);
	assert_int_equal(tl_ledger_lease(third, ENV, &carol, NULL, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_TIMED_OUT);
	assert_str(holder(scratch).owner, "bob");
	assert_int_equal(by_hand(scratch, "SELECT count(*) FROM stolen WHERE from_owner = 'alice' AND reason <> ''"), 1);
	assert_int_equal(by_hand(scratch, "SELECT count(*) FROM stolen"), 1);
	tl_ledger_close(third);
}

static void whoever_was_suspended_asks_before_it_writes(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(tl_ledger_sure_of_lease(scratch->mine, &scratch->err), 0);
	assert_int_equal(take(scratch, scratch->mine, "alice", "", 0), 0);
	by_hand(scratch, "UPDATE leases SET expires_ms = 1");
	/* For that long nobody else can have it, and nobody is asked. */
	sleep_ms(&scratch->now, TL_LEASE_MS / 2);
	assert_int_equal(tl_ledger_sure_of_lease(scratch->mine, &scratch->err), 0);
	assert_false(holder(scratch).held);
	sleep_ms(&scratch->now, TL_LEASE_MS / 2);
	assert_int_equal(tl_ledger_sure_of_lease(scratch->mine, &scratch->err), 0);
	assert_true(holder(scratch).held);
	by_hand(scratch, "UPDATE leases SET expires_ms = 1");
	assert_int_equal(take(scratch, scratch->other, "bob", "", 0), 0);
	sleep_ms(&scratch->now, TL_LEASE_MS);
	assert_int_equal(tl_ledger_sure_of_lease(scratch->mine, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_CONFLICT);
	assert_false(tl_ledger_has_lease(scratch->mine));
}

/* The clock was set back after the lease was taken, and its holder is dead. */
static void a_lease_that_nobody_renews_ends_whatever_its_time_says(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(take(scratch, scratch->mine, "alice", "", 0), 0);
	by_hand(scratch, "UPDATE leases SET expires_ms = 9000000000000");
	assert_int_equal(take(scratch, scratch->other, "bob", "", TL_LEASE_MS - 1000), -1);
	assert_int_equal(scratch->err.code, TL_TIMED_OUT);
	/* Whoever waits as long as a lease lasts, which the commands do where nothing else is said, has it then. */
	assert_int_equal(take(scratch, scratch->other, "bob", "", TL_LEASE_MS), 0);
	assert_int_equal(begin(scratch, scratch->mine), -1);
}

static int at_once(void)
{
	return 1;
}

static void waiting_for_a_lease_can_be_stopped(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(take(scratch, scratch->mine, "alice", "", 0), 0);
	assert_int_equal(tl_ledger_lease(scratch->other, ENV, &(struct tl_lease_wish){ .owner = TL_STR("bob"), .wait_ms = TL_LEASE_MS }, at_once, &scratch->err), -1);
	assert_int_equal(scratch->err.code, TL_INTERRUPTED);
}

#define THREADS 32

struct writer {
	struct scratch *scratch;
	pthread_t thread;
	char flow[32];
	int64_t plan_record;
	int ret;
	struct tl_error err;
};

static void *write_step(void *data)
{
	struct writer *writer = data;
	struct tl_step step = step_for(writer->flow);

	step.plan_record = writer->plan_record;
	writer->ret = tl_ledger_begin(writer->scratch->mine, &step, &writer->err);
	return NULL;
}

/* Until so many writes wait while one of them is at it. */
static void wait_for(struct tl_ledger *ledger, size_t count)
{
	bool there = false;

	while (!there) {
		pthread_mutex_lock(&ledger->queue_lock);
		there = ledger->leading && ledger->n_waiting == count;
		pthread_mutex_unlock(&ledger->queue_lock);
		if (!there)
			usleep(1000);
	}
}

/* Starts a writer a thread while the database is locked, and unlocks it when all of them wait. */
static void write_all(struct scratch *scratch, struct writer *writers)
{
	struct tl_db *db;

	assert_int_equal(tl_db_open(&db, scratch->address, &tl_ledger_schema, true, 1000, &scratch->err), 0);
	assert_int_equal(tl_db_begin(db, &scratch->err), 0);
	for (int i = 0; i < THREADS; i++) {
		writers[i].scratch = scratch;
		snprintf(writers[i].flow, sizeof(writers[i].flow), "flow-%02d", i);
		assert_int_equal(pthread_create(&writers[i].thread, NULL, write_step, &writers[i]), 0);
		/* The first is at it before others come, who would go with it. */
		if (i == 0)
			wait_for(scratch->mine, 0);
	}
	wait_for(scratch->mine, THREADS - 1);
	assert_int_equal(tl_db_commit(db, &scratch->err), 0);
	tl_db_close(db);
	for (int i = 0; i < THREADS; i++)
		pthread_join(writers[i].thread, NULL);
}

/* How often a file was changed: a transaction each (SQLite's file change counter). */
static uint32_t changes_of(const char *path)
{
	unsigned char bytes[4];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_equal(pread(fd, bytes, sizeof(bytes), 24), sizeof(bytes));
	close(fd);
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void the_writes_of_many_threads_share_transactions(void **state)
{
	struct writer writers[THREADS] = { 0 };
	struct scratch *scratch = *state;
	uint32_t before = 0;

	by_hand(scratch, "SELECT 1");
	if (!scratch->server)
		before = changes_of(scratch->address);
	write_all(scratch, writers);
	for (int i = 0; i < THREADS; i++)
		assert_row(writers[i].flow, writers[i].ret == 0);
	assert_int_equal(by_hand(scratch, "SELECT count(*) FROM steps"), THREADS);
	/* The first to come alone, all others together. */
	if (!scratch->server)
		assert_int_equal(changes_of(scratch->address) - before, 2);
}

static void a_write_that_fails_takes_no_other_down(void **state)
{
	struct writer writers[THREADS] = { 0 };
	struct scratch *scratch = *state;

	writers[7].plan_record = writers[20].plan_record = 999;
	write_all(scratch, writers);
	for (int i = 0; i < THREADS; i++)
		assert_row(writers[i].flow, writers[i].ret == (i == 7 || i == 20 ? -1 : 0));
	assert_int_equal(by_hand(scratch, "SELECT count(*) FROM steps"), THREADS - 2);
}

#define TESTS(set_up) \
	cmocka_unit_test_setup_teardown(a_lease_keeps_others_out, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_stolen_lease_stops_its_holder, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_lease_that_came_and_went_is_lost_nevertheless, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(an_expired_lease_is_anybodys, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(only_who_has_ended_is_taken_from_at_once, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(whoever_was_suspended_asks_before_it_writes, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_lease_that_nobody_renews_ends_whatever_its_time_says, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(waiting_for_a_lease_can_be_stopped, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(the_writes_of_many_threads_share_transactions, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_write_that_fails_takes_no_other_down, set_up, tear_down)

int test_ledger_lease(void)
{
	const struct CMUnitTest on_file[] = { TESTS(set_up) }, on_server[] = { TESTS(set_up_server) };
	int failed = cmocka_run_group_tests_name("leases in a file", on_file, NULL, NULL);

	if (store_yard_has_server("leases"))
		failed += cmocka_run_group_tests_name("leases on PostgreSQL", on_server, NULL, NULL);
	return failed;
}

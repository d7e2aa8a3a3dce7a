/* tests/unit/test_net_budget.c: no span holds more sends than are allowed, whoever asks and whatever the server says. */
#include "net/budget.h"
#include "net/retry.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "unit.h"

/* A clock that stands still until somebody sleeps. What a thread read last is when its send was let through. */
struct still_clock {
	atomic_llong now;
};

static _Thread_local int64_t read_last;

static int64_t still_monotonic(void *data)
{
	struct still_clock *clock = data;

	read_last = atomic_load(&clock->now);
	return read_last;
}

static int still_sleep(void *data, int64_t ms)
{
	struct still_clock *clock = data;
	long long now = atomic_load(&clock->now), until = now + ms;

	while (now < until && !atomic_compare_exchange_weak(&clock->now, &now, until))
		continue;
	sched_yield();
	return 0;
}

static struct tl_clock still(struct still_clock *clock)
{
	return (struct tl_clock){ .now_ms = still_monotonic, .monotonic_ms = still_monotonic, .sleep_ms = still_sleep, .data = clock };
}

static int64_t now_of(struct still_clock *clock)
{
	return atomic_load(&clock->now);
}

static void takes_up_to_the_limit_at_once(void **state)
{
	struct still_clock machine = { 0 };
	struct tl_clock clock = still(&machine);
	struct tl_budget *budget = tl_budget_new(3, 1000, &clock);
	struct tl_error err = { 0 };
	int64_t waited;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tl_budget_take(&waited, budget, INT64_MAX, NULL, &err), 0);
		assert_int_equal(waited, 0);
	}
	assert_int_equal(tl_budget_take(&waited, budget, INT64_MAX, NULL, &err), 0);
	assert_int_equal(waited, 1001);
	assert_int_equal(now_of(&machine), 1001);
	tl_budget_free(budget);
}

/* What was long on its way may have arrived as late as its answer says: the span begins there, for those alone that were. */
static void a_span_begins_with_the_answer(void **state)
{
	struct still_clock machine = { 0 };
	struct tl_clock clock = still(&machine);
	struct tl_budget *budget = tl_budget_new(3, 60000, &clock);

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tl_budget_take(NULL, budget, 0, NULL, NULL), 0);
	}
	tl_budget_done(budget, 0);
	clock.sleep_ms(clock.data, 4000);
	tl_budget_done(budget, 0);
	clock.sleep_ms(clock.data, 1000);
	tl_budget_done(budget, 0);
	assert_int_equal(tl_budget_take(NULL, budget, 60000, NULL, NULL), -1);
	assert_int_equal(tl_budget_take(NULL, budget, 60001, NULL, NULL), 0);
	assert_int_equal(tl_budget_take(NULL, budget, 64000, NULL, NULL), -1);
	assert_int_equal(tl_budget_take(NULL, budget, 64001, NULL, NULL), 0);
	assert_int_equal(tl_budget_take(NULL, budget, 65000, NULL, NULL), -1);
	assert_int_equal(tl_budget_take(NULL, budget, 65001, NULL, NULL), 0);
	/* An answer that comes after its send was forgotten counts all the same. */
	clock.sleep_ms(clock.data, 200000);
	tl_budget_done(budget, 60001);
	tl_budget_done(budget, 64001);
	tl_budget_done(budget, 65001);
	assert_int_equal(tl_budget_take(NULL, budget, now_of(&machine) + 60000, NULL, NULL), -1);
	tl_budget_free(budget);
}

static void no_limit_waits_for_nothing(void **state)
{
	struct still_clock machine = { 0 };
	struct tl_clock clock = still(&machine);
	struct tl_budget *budget = tl_budget_new(0, 60000, &clock);

	(void)state;
	for (int i = 0; i < 10000; i++)
		assert_int_equal(tl_budget_take(NULL, budget, 0, NULL, NULL), 0);
	tl_budget_pause(budget, 700);
	assert_int_equal(tl_budget_take(NULL, budget, 699, NULL, NULL), -1);
	assert_int_equal(tl_budget_take(NULL, budget, 700, NULL, NULL), 0);
	assert_int_equal(now_of(&machine), 700);
	tl_budget_free(budget);
}

/* Who waits for a minute wants to know why, before it begins. */
static void ahead_says_how_long_and_why(void **state)
{
	struct still_clock machine = { 0 };
	struct tl_clock clock = still(&machine);
	struct tl_budget *budget = tl_budget_new(2, 60000, &clock);
	char why[96];

	(void)state;
	assert_int_equal(tl_budget_ahead(budget, why, sizeof(why)), 0);
	assert_int_equal(tl_budget_take(NULL, budget, 0, NULL, NULL), 0);
	assert_int_equal(tl_budget_ahead(budget, why, sizeof(why)), 0);
	assert_int_equal(tl_budget_take(NULL, budget, 0, NULL, NULL), 0);
	assert_int_equal(tl_budget_ahead(budget, why, sizeof(why)), 60001);
	assert_string_equal(why, "2 requests in 60 s are all that may be sent");
	/* A longer pause is the reason then, and was told by whoever was asked for it. */
	tl_budget_pause(budget, 70000);
	assert_int_equal(tl_budget_ahead(budget, why, sizeof(why)), 0);
	assert_int_equal(now_of(&machine), 0);
	tl_budget_free(budget);
}

static void count_waits(void *data, int64_t ms, const char *why)
{
	(void)ms;
	*(int *)data += strcmp(why, "no answer") == 0;
}

/* Half a minute until an attempt failed was a wait, whatever comes before the next one. */
static void slow_attempts_are_told(void **state)
{
	struct still_clock machine = { .now = 40000 };
	struct tl_clock clock = still(&machine);
	int told = 0;
	struct tl_retry retry = { .clock = &clock, .deadline_ms = 1000000, .most = 8, .attempts = 1, .waits = count_waits, .data = &told };

	(void)state;
	assert_int_equal(tl_retry_wait(&retry, 0, "no answer", NULL), 0);
	assert_int_equal(told, 0);
	retry.begun_ms = now_of(&machine);
	assert_int_equal(tl_retry_wait(&retry, 0, "no answer", NULL), 0);
	assert_int_equal(told, 0);
	retry.begun_ms = now_of(&machine) - 30000;
	assert_int_equal(tl_retry_wait(&retry, 0, "no answer", NULL), 0);
	assert_int_equal(told, 1);
}

static void past_the_deadline_it_ends_at_once(void **state)
{
	struct still_clock machine = { 0 };
	struct tl_clock clock = still(&machine);
	struct tl_budget *budget = tl_budget_new(2, 60000, &clock);
	struct tl_error err = { 0 };

	(void)state;
	assert_int_equal(tl_budget_take(NULL, budget, 100, NULL, &err), 0);
	assert_int_equal(tl_budget_take(NULL, budget, 100, NULL, &err), 0);
	assert_int_equal(tl_budget_take(NULL, budget, 60000, NULL, &err), -1);
	assert_int_equal(err.code, TL_TIMED_OUT);
	assert_non_null(strstr(err.message, "2 requests in 60 s"));
	assert_int_equal(now_of(&machine), 0);
	tl_budget_pause(budget, 3600000);
	assert_int_equal(tl_budget_take(NULL, budget, 60001, NULL, &err), -1);
	assert_non_null(strstr(err.message, "asks to wait for 3600 s"));
	/* Nobody who gave up was counted. */
	assert_int_equal(tl_budget_take(NULL, budget, 3600000, NULL, &err), 0);
	assert_int_equal(now_of(&machine), 3600000);
	tl_budget_free(budget);
}

static int stop_asked;
static int stop_now(void)
{
	return ++stop_asked > 3;
}

static void interrupted_while_it_waits(void **state)
{
	struct still_clock machine = { 0 };
	struct tl_clock clock = still(&machine);
	struct tl_budget *budget = tl_budget_new(1, 60000, &clock);
	struct tl_error err = { 0 };

	(void)state;
	stop_asked = 0;
	assert_int_equal(tl_budget_take(NULL, budget, INT64_MAX, stop_now, &err), 0);
	assert_int_equal(tl_budget_take(NULL, budget, INT64_MAX, stop_now, &err), -1);
	assert_int_equal(err.code, TL_INTERRUPTED);
	assert_true(now_of(&machine) <= 200);
	tl_budget_free(budget);
}

static void what_the_server_says(void **state)
{
	/* `sends` asked for, told used, allowed, reset; then how many go at once, and when the next one does */
	static const struct {
		const char *name;
		uint64_t sends;
		int64_t used, allowed, reset_ms;
		int at_once;
		int64_t next;
	} rows[] = {
		{ "nothing said", 5, -1, -1, -1, 5, 60001 },
		{ "more allowed than asked for", 5, 0, 300, 60000, 5, 60001 },
		{ "less allowed", 5, 0, 2, 60000, 2, 60001 },
		{ "others used some", 5, 3, 5, 20000, 2, 20001 },
		{ "others used all", 5, 5, 5, 20000, 0, 20001 },
		{ "others used more than all", 5, 500, 5, 20000, 0, 20001 },
		{ "no reset said", 5, 5, 5, -1, 0, 60001 },
		{ "reset beyond the span", 5, 5, 5, 999999999, 0, 60001 },
		{ "no limit but the server's", 0, 1, 3, 1000, 2, 1001 },
		{ "none allowed", 5, 0, 0, 1000, 1, 60001 },
		{ "absurd", 5, INT64_MAX, INT64_MAX, INT64_MAX, 0, 60001 },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct still_clock machine = { 0 };
		struct tl_clock clock = still(&machine);
		struct tl_budget *budget = tl_budget_new(rows[i].sends, 60000, &clock);

		tl_budget_told(budget, rows[i].used, rows[i].allowed, rows[i].reset_ms);
		for (int n = 0; n < rows[i].at_once; n++)
			assert_row(rows[i].name, tl_budget_take(NULL, budget, 0, NULL, NULL) == 0);
		assert_row(rows[i].name, tl_budget_take(NULL, budget, rows[i].next - 1, NULL, NULL) == -1);
		assert_row(rows[i].name, tl_budget_take(NULL, budget, rows[i].next, NULL, NULL) == 0);
		tl_budget_free(budget);
	}
}

static void own_sends_are_not_counted_twice(void **state)
{
	struct still_clock machine = { 0 };
	struct tl_clock clock = still(&machine);
	struct tl_budget *budget = tl_budget_new(4, 60000, &clock);

	(void)state;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(tl_budget_take(NULL, budget, 0, NULL, NULL), 0);
		tl_budget_told(budget, i + 1, 4, 60000);
	}
	/* And those of others once, however often they are told. */
	atomic_store(&machine.now, 60001);
	for (int i = 0; i < 3; i++)
		tl_budget_told(budget, 2, 4, 60000);
	assert_int_equal(tl_budget_take(NULL, budget, 60001, NULL, NULL), 0);
	assert_int_equal(tl_budget_take(NULL, budget, 60001, NULL, NULL), 0);
	assert_int_equal(tl_budget_take(NULL, budget, 60001, NULL, NULL), -1);
	tl_budget_free(budget);
}

static void no_room_is_wasted(void **state)
{
	struct still_clock machine = { 0 };
	struct tl_clock clock = still(&machine);
	struct tl_budget *budget = tl_budget_new(7, 1000, &clock);

	(void)state;
	for (int i = 0; i < 70; i++)
		assert_int_equal(tl_budget_take(NULL, budget, INT64_MAX, NULL, NULL), 0);
	assert_int_equal(now_of(&machine), 9 * 1001);
	tl_budget_free(budget);
}

/* Many threads: each notes when its sends were let through. */
#define THREADS 16
#define SENDS 40
#define MOST 7
#define SPAN 100

struct crowd {
	struct tl_budget *budget;
	struct still_clock *machine;
	atomic_size_t count;
	int64_t at[THREADS * SENDS];
};

static void *send_many(void *data)
{
	struct crowd *crowd = data;

	for (int i = 0; i < SENDS; i++) {
		int64_t since = now_of(crowd->machine);

		/* How long it waited is not asked for: that would read the clock once more, when others may have moved it. */
		if (tl_budget_take(NULL, crowd->budget, INT64_MAX, NULL, NULL) != 0)
			return NULL;
		/* Let through no earlier than it asked and waited; taken for later, a span would hold fewer. */
		crowd->at[atomic_fetch_add(&crowd->count, 1)] = read_last;
		if (read_last < since)
			return NULL;
		if (i % 5 == 0)
			still_sleep(crowd->machine, i % 13);
	}
	return NULL;
}

static int compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void no_span_holds_more(void **state)
{
	struct still_clock machine = { 0 };
	struct tl_clock clock = still(&machine);
	struct crowd crowd = { .machine = &machine };
	pthread_t threads[THREADS];

	(void)state;
	crowd.budget = tl_budget_new(MOST, SPAN, &clock);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, send_many, &crowd), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(crowd.count, THREADS * SENDS);
	qsort(crowd.at, THREADS * SENDS, sizeof(crowd.at[0]), compare_times);
	for (size_t i = 0; i + MOST < THREADS * SENDS; i++)
		assert_true(crowd.at[i + MOST] - crowd.at[i] > SPAN);
	tl_budget_free(crowd.budget);
}

/* First come, first served: each asks only when the one before it waits. */
struct line {
	struct tl_budget *budget;
	struct still_clock *machine;
	atomic_int served;
	int order[8];
};
struct line_place {
	struct line *line;
	int number;
};

/* The machine's sleeps here, so that the queue fills while nothing moves: the clock is set by the test. */
static int real_sleep(void *data, int64_t ms)
{
	struct tl_clock clock = tl_clock_system();

	(void)data;
	return clock.sleep_ms(NULL, ms > 2 ? 2 : ms);
}

static atomic_int asked;
static int count_asking(void)
{
	atomic_fetch_add(&asked, 1);
	return 0;
}

static void *stand_in_line(void *data)
{
	struct line_place *place = data;

	if (tl_budget_take(NULL, place->line->budget, INT64_MAX, count_asking, NULL) == 0)
		place->line->order[atomic_fetch_add(&place->line->served, 1)] = place->number;
	return NULL;
}

static void first_come_first_served(void **state)
{
	struct still_clock machine = { 0 };
	struct tl_clock clock = { .monotonic_ms = still_monotonic, .sleep_ms = real_sleep, .data = &machine };
	struct line line = { .machine = &machine };
	struct line_place places[8];
	pthread_t threads[8];

	(void)state;
	line.budget = tl_budget_new(1, 1000, &clock);
	assert_int_equal(tl_budget_take(NULL, line.budget, 0, NULL, NULL), 0);
	for (int i = 0; i < 8; i++) {
		int before = i;

		places[i] = (struct line_place){ &line, i };
		atomic_store(&asked, 0);
		assert_int_equal(pthread_create(&threads[i], NULL, stand_in_line, &places[i]), 0);
		/* Two rounds of everybody: the new one is in the queue. */
		while (atomic_load(&asked) < 2 * (before + 1) + 2)
			sched_yield();
	}
	for (int i = 0; i < 8; i++) {
		atomic_fetch_add(&machine.now, 1001);
		while (atomic_load(&line.served) < i + 1)
			sched_yield();
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(line.order[i], i);
	}
	tl_budget_free(line.budget);
}

int test_net_budget(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_up_to_the_limit_at_once), cmocka_unit_test(a_span_begins_with_the_answer), cmocka_unit_test(no_limit_waits_for_nothing),
		cmocka_unit_test(ahead_says_how_long_and_why), cmocka_unit_test(slow_attempts_are_told),
		cmocka_unit_test(past_the_deadline_it_ends_at_once), cmocka_unit_test(interrupted_while_it_waits),
		cmocka_unit_test(what_the_server_says), cmocka_unit_test(own_sends_are_not_counted_twice),
		cmocka_unit_test(no_room_is_wasted), cmocka_unit_test(no_span_holds_more), cmocka_unit_test(first_come_first_served),
	};

	return cmocka_run_group_tests_name("net budget", tests, NULL, NULL);
}

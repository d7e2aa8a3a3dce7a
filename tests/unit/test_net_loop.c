/* tests/unit/test_net_loop.c: the event loop: timers in order and in numbers, files that are watched, wake-ups from other threads, the ends of a run. */
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "net/loop.h"

struct yard {
	struct tl_loop *loop;
	char order[16];
	unsigned count;
	struct tl_watch *watch;
	struct tl_wake *wake;
	int fds[2];
	struct tl_timer *other;
};

static int set_up(void **state)
{
	struct yard *yard = tl_alloc_zero(1, sizeof(*yard));

	*state = yard;
	return tl_loop_open(&yard->loop, NULL);
}

static int tear_down(void **state)
{
	struct yard *yard = *state;

	tl_loop_close(yard->loop);
	free(yard);
	return 0;
}

static void note(struct yard *yard, char what)
{
	if (yard->count + 1 < sizeof(yard->order))
		yard->order[yard->count] = what;
	yard->count++;
}

static void fire_a(void *data) { note(data, 'a'); }
static void fire_b(void *data) { note(data, 'b'); }
static void fire_stop(void *data) { struct yard *yard = data; note(yard, 's'); tl_loop_stop(yard->loop); }

static void timers_fire_in_order(void **state)
{
	struct yard *yard = *state;
	struct tl_timer *never;

	tl_loop_after(yard->loop, 30, fire_stop, yard);
	tl_loop_after(yard->loop, 10, fire_a, yard);
	never = tl_loop_after(yard->loop, 1, fire_b, yard);
	tl_loop_after(yard->loop, 10, fire_b, yard);
	tl_loop_after(yard->loop, 0, fire_a, yard);
	tl_loop_after(yard->loop, INT64_MAX, fire_b, yard);
	tl_timer_cancel(never);
	tl_timer_cancel(NULL);
	assert_int_equal(tl_loop_run(yard->loop, 0, NULL, NULL), 0);
	assert_string_equal(yard->order, "aabs");
}

static void chain(void *data)
{
	struct yard *yard = data;

	if (++yard->count == 100)
		tl_loop_stop(yard->loop);
	else
		tl_loop_after(yard->loop, 0, chain, yard);
}

static void cancel_other(void *data)
{
	struct yard *yard = data;

	tl_timer_cancel(yard->other);
	note(yard, 'c');
}

/* A timer may start and cancel others, those included that were due with it. */
static void timers_may_change_timers(void **state)
{
	struct yard *yard = *state;

	tl_loop_after(yard->loop, 0, chain, yard);
	assert_int_equal(tl_loop_run(yard->loop, 0, NULL, NULL), 0);
	assert_int_equal(yard->count, 100);
	yard->count = 0;
	tl_loop_after(yard->loop, 1, cancel_other, yard);
	yard->other = tl_loop_after(yard->loop, 1, fire_a, yard);
	tl_loop_after(yard->loop, 5, fire_stop, yard);
	assert_int_equal(tl_loop_run(yard->loop, 0, NULL, NULL), 0);
	assert_memory_equal(yard->order, "cs", 2);
}

#define MANY 20000

struct many {
	struct tl_loop *loop;
	int64_t last, started;
	unsigned fired, early, disordered;
};

struct one {
	struct many *many;
	int64_t ms;
	struct tl_timer *timer;
};

static void fire_one(void *data)
{
	struct one *one = data;
	struct many *many = one->many;

	one->timer = NULL;
	many->disordered += one->ms < many->last;
	many->last = one->ms;
	many->early += tl_loop_now_ms(many->loop) < many->started + one->ms;
	many->fired++;
}

static void thousands_of_mixed_lengths(void **state)
{
	struct yard *yard = *state;
	struct one *ones = tl_alloc_zero(MANY, sizeof(*ones));
	struct many many = { .loop = yard->loop, .started = tl_loop_now_ms(yard->loop) };
	unsigned left = 0;

	for (unsigned i = 0; i < MANY; i++) {
		/* Lengths far apart, so that the order of asking cannot make one of another length come first. */
		ones[i] = (struct one){ .many = &many, .ms = (int64_t)(i * 7919U % 4U) * 1000 };
		ones[i].timer = tl_loop_after(yard->loop, ones[i].ms + (i % 2 ? 0 : 3600000), fire_one, &ones[i]);
	}
	/* Half of them is cancelled, from the middle of the heap; of the others a quarter is due at once. */
	for (unsigned i = 0; i < MANY; i += 2)
		tl_timer_cancel(ones[i].timer);
	for (unsigned i = 1; i < MANY; i += 2)
		left += ones[i].ms == 0;
	for (unsigned i = 0; i < 1000 && many.fired < left; i++)
		assert_int_equal(tl_loop_run(yard->loop, 5, NULL, NULL), 0);
	assert_true(many.fired >= left);
	assert_int_equal(many.early, 0);
	assert_int_equal(many.disordered, 0);
	for (unsigned i = 1; i < MANY; i += 2)
		tl_timer_cancel(ones[i].timer);
	free(ones);
}

/* ---- files */

static void read_some(void *data)
{
	struct yard *yard = data;
	char text[8];
	ssize_t count = read(yard->fds[0], text, 1);

	note(yard, count > 0 ? text[0] : 'e');
	if (count <= 0) {
		tl_watch_close(yard->watch);
		tl_loop_stop(yard->loop);
	}
}

static void a_pipe_is_watched_until_its_end(void **state)
{
	struct yard *yard = *state;

	assert_int_equal(pipe(yard->fds), 0);
	assert_int_equal(tl_loop_watch(&yard->watch, yard->loop, yard->fds[0], read_some, yard, NULL), 0);
	/* Whoever shares the descriptor finds it as it was. */
	assert_int_equal(fcntl(yard->fds[0], F_GETFL) & O_NONBLOCK, 0);
	tl_watch_pause(yard->watch, true);
	assert_int_equal(write(yard->fds[1], "xy", 2), 2);
	assert_int_equal(tl_loop_run(yard->loop, 20, NULL, NULL), 0);
	assert_int_equal(yard->count, 0);
	tl_watch_pause(yard->watch, false);
	close(yard->fds[1]);
	assert_int_equal(tl_loop_run(yard->loop, 0, NULL, NULL), 0);
	assert_string_equal(yard->order, "xye");
	assert_int_equal(fcntl(yard->fds[0], F_GETFD) < 0, 0);
	close(yard->fds[0]);
	tl_watch_close(NULL);
}

static void a_file_on_disk_cannot_be_watched(void **state)
{
	struct yard *yard = *state;
	struct tl_error err = { 0 };
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_int_equal(tl_loop_watch(&yard->watch, yard->loop, fd, read_some, yard, &err), -1);
	assert_int_equal(err.code, TL_UNSUPPORTED);
	assert_null(yard->watch);
	close(fd);
	assert_int_equal(tl_loop_watch(&yard->watch, yard->loop, 100000, read_some, yard, &err), -1);
	assert_int_equal(err.code, TL_IO);
}

/* ---- other threads */

static void *send_wakes(void *data)
{
	struct yard *yard = data;

	for (unsigned i = 0; i < 1000; i++)
		tl_wake_send(yard->wake);
	return NULL;
}

static void other_threads_wake_it(void **state)
{
	struct yard *yard = *state;
	pthread_t thread;

	assert_int_equal(tl_wake_open(&yard->wake, yard->loop, fire_stop, yard, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, send_wakes, yard), 0);
	assert_int_equal(tl_loop_run(yard->loop, 0, NULL, NULL), 0);
	pthread_join(thread, NULL);
	assert_true(yard->count >= 1);
	tl_wake_close(yard->wake);
	tl_wake_close(NULL);
}

static atomic_bool stop_asked;

static int is_stop_asked(void)
{
	return atomic_load(&stop_asked);
}

static void ask_for_stop(void *data)
{
	(void)data;
	atomic_store(&stop_asked, true);
}

static void runs_end(void **state)
{
	struct yard *yard = *state;

	tl_loop_stop(yard->loop);
	assert_int_equal(tl_loop_run(yard->loop, 0, NULL, NULL), 0);
	assert_int_equal(tl_loop_run(yard->loop, 1, NULL, NULL), 0);
	assert_int_equal(tl_loop_run(yard->loop, -1, NULL, NULL), 0);
	tl_loop_after(yard->loop, 1, ask_for_stop, yard);
	assert_int_equal(tl_loop_run(yard->loop, 0, is_stop_asked, NULL), 0);
	assert_int_equal(tl_loop_run(yard->loop, 0, is_stop_asked, NULL), 0);
}

int test_net_loop(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(timers_fire_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(timers_may_change_timers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(thousands_of_mixed_lengths, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_pipe_is_watched_until_its_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_on_disk_cannot_be_watched, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_threads_wake_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(runs_end, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("net/loop", tests, NULL, NULL);
}

/* net/timer.c: the loop's timers: a binary heap of our own above one timer of the kernel's; those of libuv count in milliseconds, and are late by one as a rule. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "net/looping.h"

/* Some thirty thousand years: what is asked for later than that is as good as never. */
#define MS_MOST ((int64_t)1 << 50)
/* Between two rings: what falls due in so short a time fires at once. */
#define PAUSE_US 500

struct tl_timer {
	struct tl_loop *loop;
	size_t place; /* in the heap */
	void (*fire)(void *data);
	void *data;
};

int64_t tl_loop_clock_us(void)
{
	return (int64_t)(uv_hrtime() / 1000);
}

/* ---- the heap */

static bool is_before(const struct tl_timer_slot *a, const struct tl_timer_slot *b)
{
	return a->due_us != b->due_us ? a->due_us < b->due_us : a->asked < b->asked;
}

static void put(struct tl_loop *loop, size_t place, struct tl_timer_slot slot)
{
	loop->heap[place] = slot;
	slot.timer->place = place;
}

static void rise(struct tl_loop *loop, size_t place, struct tl_timer_slot slot)
{
	for (; place > 0 && is_before(&slot, &loop->heap[(place - 1) / 2]); place = (place - 1) / 2)
		put(loop, place, loop->heap[(place - 1) / 2]);
	put(loop, place, slot);
}

static void sink(struct tl_loop *loop, size_t place, struct tl_timer_slot slot)
{
	for (size_t child = 2 * place + 1; child < loop->timers; child = 2 * place + 1) {
		if (child + 1 < loop->timers && is_before(&loop->heap[child + 1], &loop->heap[child]))
			child++;
		if (!is_before(&loop->heap[child], &slot))
			break;
		put(loop, place, loop->heap[child]);
		place = child;
	}
	put(loop, place, slot);
}

static void take_out(struct tl_loop *loop, size_t place)
{
	struct tl_timer_slot last = loop->heap[--loop->timers];

	if (place == loop->timers)
		return;
	if (place > 0 && is_before(&last, &loop->heap[(place - 1) / 2]))
		rise(loop, place, last);
	else
		sink(loop, place, last);
}

/* ---- the alarm */

/* An alarm that rings too early costs a look at the heap, so it is only moved to the front. Never before `earliest`. */
static void set_alarm(struct tl_loop *loop, int64_t earliest)
{
	int64_t due = loop->timers > 0 ? loop->heap[0].due_us : INT64_MAX;
	struct itimerspec when = { 0 };

	if (due >= loop->alarm_us)
		return;
	loop->alarm_us = due > earliest ? due : earliest;
	when.it_value.tv_sec = loop->alarm_us / 1000000;
	when.it_value.tv_nsec = loop->alarm_us % 1000000 * 1000;
	timerfd_settime(loop->alarm_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void ring(uv_poll_t *alarm, int status, int events)
{
	struct tl_loop *loop = alarm->data;
	int64_t now = tl_loop_clock_us();
	struct tl_timer timer;
	uint64_t rung;

	(void)status, (void)events;
	/* Nothing where it was set anew meanwhile. */
	if (read(loop->alarm_fd, &rung, sizeof(rung)) != (ssize_t)sizeof(rung))
		return;
	while (loop->timers > 0 && loop->heap[0].due_us <= now) {
		timer = *loop->heap[0].timer;
		tl_timer_cancel(loop->heap[0].timer);
		timer.fire(timer.data);
	}
	loop->alarm_us = INT64_MAX;
	set_alarm(loop, now + PAUSE_US);
}

/* ---- for everybody */

int tl_loop_timers_open(struct tl_loop *loop, struct tl_error *err)
{
	loop->alarm_us = INT64_MAX;
	loop->alarm_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (loop->alarm_fd < 0)
		return tl_error_errno(err, errno, "cannot make a timer");
	uv_poll_init(&loop->uv, &loop->alarm, loop->alarm_fd);
	uv_poll_start(&loop->alarm, UV_READABLE, ring);
	loop->alarm.data = loop;
	return 0;
}

void tl_loop_timers_close(struct tl_loop *loop)
{
	for (size_t i = 0; i < loop->timers; i++)
		free(loop->heap[i].timer);
	loop->timers = 0;
	free(loop->heap);
	loop->heap = NULL;
	uv_close((uv_handle_t *)&loop->alarm, NULL);
	close(loop->alarm_fd);
}

static struct tl_timer *add_timer(struct tl_loop *loop, int64_t due_us, void (*fire)(void *data), void *data)
{
	struct tl_timer *timer = tl_alloc(sizeof(*timer));
	struct tl_timer_slot slot = { due_us, loop->asked++, timer };

	*timer = (struct tl_timer){ .loop = loop, .fire = fire, .data = data };
	if (loop->timers == loop->capacity) {
		loop->capacity = loop->capacity ? 2 * loop->capacity : 64;
		loop->heap = tl_realloc_array(loop->heap, loop->capacity, sizeof(*loop->heap));
	}
	rise(loop, loop->timers++, slot);
	set_alarm(loop, 1);
	return timer;
}

/* Even what is due at once comes later than what fires now, so that nothing can keep the loop to itself. */
struct tl_timer *tl_loop_after(struct tl_loop *loop, int64_t ms, void (*fire)(void *data), void *data)
{
	int64_t wait_us = ms <= 0 ? 1 : ms < MS_MOST ? ms * 1000 : MS_MOST * 1000;

	return add_timer(loop, tl_loop_clock_us() + wait_us, fire, data);
}

struct tl_timer *tl_loop_at(struct tl_loop *loop, int64_t at_ms, void (*fire)(void *data), void *data)
{
	int64_t soon_us = tl_loop_clock_us() + 1, due_us = at_ms < MS_MOST ? at_ms * 1000 : MS_MOST * 1000;

	return add_timer(loop, due_us > soon_us ? due_us : soon_us, fire, data);
}

void tl_timer_cancel(struct tl_timer *timer)
{
	if (!timer)
		return;
	assert(timer->loop->heap[timer->place].timer == timer);
	take_out(timer->loop, timer->place);
	free(timer);
}

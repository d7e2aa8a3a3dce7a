/* net/loop.c: the loop itself, files that are watched, wake-ups from other threads. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "net/looping.h"

/* How often somebody's wish to stop is looked for where nothing else happens. */
#define LOOK_MS 100
/* What waits now takes a few turns: it is read, answered, written. */
#define TURNS_AT_ONCE 16
/* In how many turns libuv has called back for every handle that was closed, those included that are closed by such a callback. */
#define TURNS_TO_CLOSE 4

struct tl_burial {
	struct tl_burial *after;
	unsigned turns;
	void (*finish)(void *data);
	void *data;
};

struct tl_watch {
	uv_poll_t poll;
	bool paused;
	void (*ready)(void *data);
	void *data;
};

struct tl_wake {
	uv_async_t async;
	void (*fire)(void *data);
	void *data;
};

/* ---- opening and closing */

/* Its being there ends the turn: that is all it is for. */
static void wake_up(uv_async_t *waker)
{
	(void)waker;
}

int tl_loop_open(struct tl_loop **out, struct tl_error *err)
{
	struct tl_loop *loop = tl_alloc_zero(1, sizeof(*loop));
	int code = uv_loop_init(&loop->uv);

	*out = NULL;
	if (code == 0) {
		code = uv_async_init(&loop->uv, &loop->waker, wake_up);
		if (code != 0)
			uv_loop_close(&loop->uv);
	}
	if (code != 0) {
		free(loop);
		return tl_error_set(err, TL_IO, "cannot make an event loop: %s", uv_strerror(code));
	}
	if (tl_loop_timers_open(loop, err) == 0) {
		*out = loop;
		return 0;
	}
	uv_close((uv_handle_t *)&loop->waker, NULL);
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	uv_loop_close(&loop->uv);
	free(loop);
	return -1;
}

void tl_loop_bury(struct tl_loop *loop, void (*finish)(void *data), void *data)
{
	struct tl_burial *burial = tl_alloc(sizeof(*burial));

	*burial = (struct tl_burial){ .after = loop->burials, .finish = finish, .data = data };
	loop->burials = burial;
}

static void finish_burials(struct tl_loop *loop)
{
	struct tl_burial **at = &loop->burials, *burial;

	while (*at) {
		burial = *at;
		if (++burial->turns < TURNS_TO_CLOSE) {
			at = &burial->after;
			continue;
		}
		*at = burial->after;
		burial->finish(burial->data);
		free(burial);
	}
}

static void turn(struct tl_loop *loop, uv_run_mode mode)
{
	loop->running = true;
	uv_run(&loop->uv, mode);
	loop->running = false;
	if (loop->burials)
		finish_burials(loop);
}

void tl_loop_close(struct tl_loop *loop)
{
	int code;

	if (!loop)
		return;
	assert(!loop->running);
	tl_loop_timers_close(loop);
	uv_close((uv_handle_t *)&loop->waker, NULL);
	for (unsigned i = 0; i < TURNS_TO_CLOSE || loop->burials; i++)
		turn(loop, UV_RUN_NOWAIT);
	/* The name service may still be looking something up, which cannot be called off. */
	for (code = uv_loop_close(&loop->uv); code != 0 && uv_loop_alive(&loop->uv); code = uv_loop_close(&loop->uv))
		uv_run(&loop->uv, UV_RUN_ONCE);
	/* Who is left on it was to be closed before. */
	assert(code == 0);
	free(loop);
}

/* ---- running */

/* Wakes the loop now and then, so that somebody's wish to stop is seen. */
struct look {
	struct tl_loop *loop;
	struct tl_timer *timer;
};

static void look_again(void *data)
{
	struct look *look = data;

	look->timer = tl_loop_after(look->loop, LOOK_MS, look_again, look);
}

static void be_over(void *data)
{
	*(bool *)data = true;
}

int tl_loop_run(struct tl_loop *loop, int64_t for_ms, int (*stopped)(void), struct tl_error *err)
{
	struct look look = { .loop = loop };
	struct tl_timer *end = NULL;
	bool over = false;

	(void)err;
	assert(!loop->running);
	if (for_ms < 0) {
		for (unsigned i = 0; i < TURNS_AT_ONCE; i++)
			turn(loop, UV_RUN_NOWAIT);
		return 0;
	}
	if (stopped)
		look_again(&look);
	if (for_ms > 0)
		end = tl_loop_after(loop, for_ms, be_over, &over);
	while (!over && !atomic_exchange(&loop->stopping, false) && !(stopped && stopped()))
		turn(loop, UV_RUN_ONCE);
	if (!over)
		tl_timer_cancel(end);
	tl_timer_cancel(look.timer);
	return 0;
}

void tl_loop_stop(struct tl_loop *loop)
{
	atomic_store(&loop->stopping, true);
	uv_async_send(&loop->waker);
}

int64_t tl_loop_now_ms(const struct tl_loop *loop)
{
	return (int64_t)uv_now(&loop->uv);
}

/* ---- files */

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct tl_watch *watch = poll->data;

	(void)status;
	(void)events;
	/* A descriptor that failed is not looked at any more; who reads it finds out why. */
	watch->ready(watch->data);
}

int tl_loop_watch(struct tl_watch **out, struct tl_loop *loop, int fd, void (*ready)(void *data), void *data, struct tl_error *err)
{
	struct tl_watch *watch = tl_alloc_zero(1, sizeof(*watch));
	int flags = fcntl(fd, F_GETFL), code = flags < 0 ? uv_translate_sys_error(errno) : uv_poll_init(&loop->uv, &watch->poll, fd);

	*out = NULL;
	/* libuv makes it non-blocking, which would be so for everybody who shares it (a terminal), and stay so when we have ended. */
	if (flags >= 0)
		fcntl(fd, F_SETFL, flags);
	if (code != 0) {
		free(watch);
		return code == UV_EPERM ? tl_error_set(err, TL_UNSUPPORTED, "this file cannot be waited for")
		                        : tl_error_set(err, TL_IO, "cannot wait for input: %s", uv_strerror(code));
	}
	watch->poll.data = watch;
	watch->ready = ready;
	watch->data = data;
	uv_poll_start(&watch->poll, UV_READABLE, on_poll);
	*out = watch;
	return 0;
}

void tl_watch_pause(struct tl_watch *watch, bool paused)
{
	if (watch->paused == paused)
		return;
	watch->paused = paused;
	if (paused)
		uv_poll_stop(&watch->poll);
	else
		uv_poll_start(&watch->poll, UV_READABLE, on_poll);
}

static void free_handle(uv_handle_t *handle)
{
	free(handle->data);
}

void tl_watch_close(struct tl_watch *watch)
{
	if (watch)
		uv_close((uv_handle_t *)&watch->poll, free_handle);
}

/* ---- other threads */

static void on_wake(uv_async_t *async)
{
	struct tl_wake *wake = async->data;

	wake->fire(wake->data);
}

int tl_wake_open(struct tl_wake **out, struct tl_loop *loop, void (*fire)(void *data), void *data, struct tl_error *err)
{
	struct tl_wake *wake = tl_alloc_zero(1, sizeof(*wake));
	int code = uv_async_init(&loop->uv, &wake->async, on_wake);

	*out = NULL;
	if (code != 0) {
		free(wake);
		return tl_error_set(err, TL_IO, "cannot make a wake-up: %s", uv_strerror(code));
	}
	wake->async.data = wake;
	wake->fire = fire;
	wake->data = data;
	*out = wake;
	return 0;
}

void tl_wake_send(struct tl_wake *wake)
{
	uv_async_send(&wake->async);
}

void tl_wake_close(struct tl_wake *wake)
{
	if (wake)
		uv_close((uv_handle_t *)&wake->async, free_handle);
}

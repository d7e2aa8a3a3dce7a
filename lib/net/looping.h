/* net/looping.h: what the loop is for the rest of the room. libuv's types do not leave it. */
#ifndef TL_NET_LOOPING_H
#define TL_NET_LOOPING_H

#include <stdatomic.h>
#include <uv.h>

#include "net/loop.h"

/* A timer in the heap. What is compared lies here, side by side. */
struct tl_timer_slot {
	int64_t due_us;
	uint64_t asked; /* the order of asking decides within a moment */
	struct tl_timer *timer;
};

struct tl_burial;

struct tl_loop {
	uv_loop_t uv;
	uv_poll_t alarm;        /* rings when the earliest timer is due */
	int alarm_fd;
	int64_t alarm_us;       /* when it does; INT64_MAX: it does not */
	uv_async_t waker;       /* of tl_loop_stop() */
	atomic_bool stopping;
	bool running;
	struct tl_timer_slot *heap;
	size_t timers, capacity;
	uint64_t asked;
	struct tl_burial *burials;
};

/* Microseconds of the clock behind tl_loop_now_ms(), now. */
int64_t tl_loop_clock_us(void);
/* The heap of timers: ready for use (TL_IO where the process may open nothing more), and freed with all that is in it. */
int tl_loop_timers_open(struct tl_loop *loop, struct tl_error *err);
void tl_loop_timers_close(struct tl_loop *loop);
/* Calls `finish` from no callback of the loop, once all handles have been closed whose closing was asked for before; at the latest when the loop is closed. */
void tl_loop_bury(struct tl_loop *loop, void (*finish)(void *data), void *data);

#endif

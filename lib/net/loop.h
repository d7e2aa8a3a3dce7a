/* net/loop.h: one event loop: timers, files that become readable, and a wake-up from other threads. Servers (net/serve.h) and WebSockets (net/serve.h, net/dial.h) live on
 * it. libuv behind it, which stays cheap with ten thousand sockets. Everything is called on the loop's thread, but where it says otherwise. */
#ifndef TL_NET_LOOP_H
#define TL_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct tl_loop;
struct tl_timer;
struct tl_watch;
struct tl_wake;

int tl_loop_open(struct tl_loop **out, struct tl_error *err);
/* What lives on it is closed before; timers that were not cancelled go with it. NULL is fine. */
void tl_loop_close(struct tl_loop *loop);
/* Runs until stop() is asked for (before the run: it ends at once), or `stopped` (looked at after whatever happens, and ten times a second; may be NULL) says so, or
 * `for_ms` are over (0: no end; -1: only what is there now). May be called again, but not within itself. */
int tl_loop_run(struct tl_loop *loop, int64_t for_ms, int (*stopped)(void), struct tl_error *err);
/* Any thread. */
void tl_loop_stop(struct tl_loop *loop);
/* Milliseconds of a clock that never goes back, as it was when the present event came in. */
int64_t tl_loop_now_ms(const struct tl_loop *loop);

/* Calls `fire` once in `ms`; those of one moment in the order of asking. Cheap: one a call is fine, ten thousand are. Cancelling one that has fired is a mistake. */
struct tl_timer *tl_loop_after(struct tl_loop *loop, int64_t ms, void (*fire)(void *data), void *data);
/* Likewise, at a time of tl_loop_now_ms(): what is to come again and again at its times does not drift, however late it is called. */
struct tl_timer *tl_loop_at(struct tl_loop *loop, int64_t at_ms, void (*fire)(void *data), void *data);
void tl_timer_cancel(struct tl_timer *timer); /* NULL is fine */

/* Calls `ready` whenever `fd` can be read (its end too), until it is closed, which leaves the descriptor open. Paused: not called. A descriptor that cannot be
 * waited for (a file on disk) is read by whoever has it: TL_UNSUPPORTED. */
int tl_loop_watch(struct tl_watch **out, struct tl_loop *loop, int fd, void (*ready)(void *data), void *data, struct tl_error *err);
void tl_watch_pause(struct tl_watch *watch, bool paused);
void tl_watch_close(struct tl_watch *watch); /* NULL is fine */

/* tl_wake_send() by any thread makes the loop call `fire`: once or more, soon after the last send. */
int tl_wake_open(struct tl_wake **out, struct tl_loop *loop, void (*fire)(void *data), void *data, struct tl_error *err);
void tl_wake_send(struct tl_wake *wake);
void tl_wake_close(struct tl_wake *wake); /* NULL is fine; no thread may send any more */

#endif

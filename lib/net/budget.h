/* net/budget.h: how many requests may be sent in any span of time: a ring of send times, shared by all threads. The client keeps to it before it is told. */
#ifndef TL_NET_BUDGET_H
#define TL_NET_BUDGET_H

#include "base/clock.h"
#include "base/error.h"

struct tl_budget;

/* At most `sends` in any `span_ms`; `sends` 0: no limit. The clock is borrowed; only its monotonic side and its sleep are used. */
struct tl_budget *tl_budget_new(uint64_t sends, int64_t span_ms, const struct tl_clock *clock);
void tl_budget_free(struct tl_budget *budget); /* NULL is fine */
/* Waits for its turn (first come, first served), then counts one send. TL_TIMED_OUT at once where the turn would come after `deadline_ms` of the
 * monotonic clock; TL_INTERRUPTED where `stopped` (may be NULL) says so meanwhile. *waited_ms may be NULL. */
int tl_budget_take(int64_t *waited_ms, struct tl_budget *budget, int64_t deadline_ms, int (*stopped)(void), struct tl_error *err);
/* A send that was let through at `sent_ms` or just before has its answer, or gets none. It may have arrived as late as now: from now on it counts as sent now, so
 * that the server, too, sees no span with more than the limit, however long a send was on its way. */
void tl_budget_done(struct tl_budget *budget, int64_t sent_ms);
/* How long who asks now has to wait for the count alone, in milliseconds, and into `why` (`size` bytes) what that count is. A pause is not in it: whoever
 * asked for one has said so. */
int64_t tl_budget_ahead(struct tl_budget *budget, char *why, size_t size);
/* What the server says of its own count: no more than `allowed` in a span from now on (where that is less), and `used` of them are gone for the next
 * `reset_ms`. Negative: not said. */
void tl_budget_told(struct tl_budget *budget, int64_t used, int64_t allowed, int64_t reset_ms);
/* Nobody sends for that long: Retry-After. */
void tl_budget_pause(struct tl_budget *budget, int64_t ms);

#endif

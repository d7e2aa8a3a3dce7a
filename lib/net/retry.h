/* net/retry.h: when to try again: exponential backoff with full jitter, within a number of attempts and a deadline. The room's own. */
#ifndef TL_NET_RETRY_H
#define TL_NET_RETRY_H

#include "base/clock.h"
#include "base/error.h"

#define TL_RETRY_ATTEMPTS 8
/* Attempts at a server that never answered yet: it is sooner an address with a slip in it than a server that restarts. */
#define TL_RETRY_STRANGER 3
#define TL_RETRY_TOLD_MS 2000

struct tl_retry {
	const struct tl_clock *clock;
	int (*stopped)(void);  /* may be NULL */
	int64_t deadline_ms;   /* of the monotonic clock */
	int64_t begun_ms;      /* when the last attempt began, of the same clock; 0: not known */
	unsigned most;         /* attempts in all */
	unsigned attempts;     /* that were begun: the caller counts */
	/* Told of a wait that somebody may wonder about (TL_RETRY_TOLD_MS or more, with the attempt before it), and of what the last attempt came to. May be NULL. */
	void (*waits)(void *data, int64_t ms, const char *why);
	void *data;
};

int64_t tl_retry_now(const struct tl_retry *retry);
/* How long to wait before the attempt after `attempts`: any time up to a bound that doubles, at least `at_least_ms`. */
int64_t tl_retry_delay(unsigned attempts, int64_t at_least_ms);
/* Says that `ms` will be waited, where anybody wants to hear of it. */
void tl_retry_tell(const struct tl_retry *retry, int64_t ms, const char *why);
/* Waits that long; `why` is what the last attempt came to. TL_TIMED_OUT at once where it would pass the deadline, TL_INTERRUPTED. */
int tl_retry_wait(const struct tl_retry *retry, int64_t at_least_ms, const char *why, struct tl_error *err);
/* What Retry-After asks for, in milliseconds: seconds, or a date (seen from `date`, the server's own, else from now_ms of the real time). -1 where it is not there
 * or cannot be read. */
int64_t tl_retry_asked(struct tl_str value, struct tl_str date, int64_t now_ms);
/* How long to wait for that: 5 s where nothing is asked for, never above 15 min. */
int64_t tl_retry_after(struct tl_str value, struct tl_str date, int64_t now_ms);

#endif

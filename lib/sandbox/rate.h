/* sandbox/rate.h: how many requests there were in the last minute: a ring of their times. */
#ifndef TL_SANDBOX_RATE_H
#define TL_SANDBOX_RATE_H

#include "base/base.h"

struct tl_rate {
	int64_t *times;     /* of those that were let through, a ring of `allowed` */
	size_t allowed;     /* 0: no limit, nothing is counted */
	size_t first, count;
	size_t busiest;     /* the most there ever were at once */
};

#define TL_RATE_SPAN_MS 60000

void tl_rate_init(struct tl_rate *rate, size_t allowed);
void tl_rate_clear(struct tl_rate *rate);
/* Whether one more may pass at `now_ms` of a clock that never goes back; then it is counted. */
bool tl_rate_take(struct tl_rate *rate, int64_t now_ms);
/* How long until the oldest one is forgotten; 0: there is none. */
int64_t tl_rate_reset_ms(const struct tl_rate *rate, int64_t now_ms);

#endif

/* base/latency.h: how long things took, any number of them in 15 KiB: exact below 64 units, above within a thirty-second. */
#ifndef TL_BASE_LATENCY_H
#define TL_BASE_LATENCY_H

#include <stdint.h>

#define TL_LATENCY_STEPS 1920

/* {0} is none yet. In whatever unit they are added. */
struct tl_latencies {
	uint64_t count;
	int64_t sum, max;
	uint64_t steps[TL_LATENCY_STEPS];
};

/* Below 0 counts as 0. */
void tl_latency_add(struct tl_latencies *latencies, int64_t value);
/* What `percent` of all were at most (nearest rank); 0 where there is none. */
int64_t tl_latency_percentile(const struct tl_latencies *latencies, unsigned percent);

#endif

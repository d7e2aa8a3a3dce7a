/* base/latency.c: each power of two from 32 on is cut into 32 steps. */
#include "base/latency.h"

#include <stddef.h>

#define CUT 32

/* How far a value is shifted so that what is left is below twice the cut. */
static unsigned shift_of(uint64_t value)
{
	return value < 2 * CUT ? 0 : (unsigned)(58 - __builtin_clzll(value));
}

static size_t step_of(uint64_t value)
{
	unsigned shift = shift_of(value);

	return (size_t)CUT * shift + (size_t)(value >> shift);
}

/* The largest value that falls into a step. */
static int64_t most_of(size_t step)
{
	unsigned shift = step < 2 * CUT ? 0 : (unsigned)(step / CUT - 1);

	return (int64_t)((((uint64_t)(step - (size_t)CUT * shift) + 1) << shift) - 1);
}

void tl_latency_add(struct tl_latencies *latencies, int64_t value)
{
	if (value < 0)
		value = 0;
	latencies->steps[step_of((uint64_t)value)]++;
	latencies->count++;
	latencies->sum += value;
	if (value > latencies->max)
		latencies->max = value;
}

int64_t tl_latency_percentile(const struct tl_latencies *latencies, unsigned percent)
{
	uint64_t rank = latencies->count / 100 * percent + (latencies->count % 100 * percent + 99) / 100, seen = 0;
	size_t step = 0;
	int64_t most;

	if (latencies->count == 0)
		return 0;
	while (step < TL_LATENCY_STEPS - 1 && seen + latencies->steps[step] < (rank > 0 ? rank : 1))
		seen += latencies->steps[step++];
	most = most_of(step);
	return most < latencies->max ? most : latencies->max;
}

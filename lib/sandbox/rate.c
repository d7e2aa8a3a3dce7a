/* sandbox/rate.c: the ring of the last minute. */
#include "sandbox/rate.h"

#include <stdlib.h>

void tl_rate_init(struct tl_rate *rate, size_t allowed)
{
	*rate = (struct tl_rate){ .allowed = allowed };
	if (allowed > 0)
		rate->times = tl_alloc_zero(allowed, sizeof(*rate->times));
}

void tl_rate_clear(struct tl_rate *rate)
{
	free(rate->times);
	*rate = (struct tl_rate){ 0 };
}

/* Those that are a whole span old are forgotten. */
static void forget(struct tl_rate *rate, int64_t now_ms)
{
	while (rate->count > 0 && rate->times[rate->first] <= now_ms - TL_RATE_SPAN_MS) {
		rate->first = (rate->first + 1) % rate->allowed;
		rate->count--;
	}
}

bool tl_rate_take(struct tl_rate *rate, int64_t now_ms)
{
	if (rate->allowed == 0)
		return true;
	forget(rate, now_ms);
	if (rate->count == rate->allowed)
		return false;
	rate->times[(rate->first + rate->count) % rate->allowed] = now_ms;
	rate->count++;
	if (rate->count > rate->busiest)
		rate->busiest = rate->count;
	return true;
}

int64_t tl_rate_reset_ms(const struct tl_rate *rate, int64_t now_ms)
{
	int64_t left = rate->count > 0 ? rate->times[rate->first] + TL_RATE_SPAN_MS - now_ms : 0;

	return left > 0 ? left : 0;
}

/* net/budget.c: a ring of send times and the queue of those who wait.
 *
 * A send is let through where fewer than the limit lie in the span that ends with it. Times are cut to milliseconds, so that two of them are only known
 * to lie more than a span apart where they differ by one more. */
#include "net/budget.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* How long `stopped` is not looked at; how long one waits for those before it that are let through at this moment. */
#define SLICE_MS 50
#define TURN_MS 1
/* More than any server says: the ring is as long as the limit. */
#define LIMIT_MOST 1000000
#define PAUSE_MOST_MS ((int64_t)86400000)

struct waiter {
	struct waiter *next;
};

struct tl_budget {
	pthread_mutex_t lock;
	const struct tl_clock *clock;
	uint64_t sends, told; /* what was asked for, what the server allows; 0: no limit */
	int64_t span_ms;
	int64_t paused_until;
	int64_t *times; /* of sends, rising: those in [start, end); earlier ones are over */
	size_t start, end, capacity;
	struct waiter *first, **last;
};

struct tl_budget *tl_budget_new(uint64_t sends, int64_t span_ms, const struct tl_clock *clock)
{
	struct tl_budget *budget = tl_alloc_zero(1, sizeof(*budget));

	pthread_mutex_init(&budget->lock, NULL);
	budget->clock = clock;
	budget->sends = sends;
	budget->span_ms = span_ms;
	budget->paused_until = INT64_MIN;
	budget->last = &budget->first;
	return budget;
}

void tl_budget_free(struct tl_budget *budget)
{
	if (!budget)
		return;
	pthread_mutex_destroy(&budget->lock);
	free(budget->times);
	free(budget);
}

static int64_t now(const struct tl_budget *budget)
{
	return budget->clock->monotonic_ms(budget->clock->data);
}

/* How many may lie in one span; 0: any number. */
static uint64_t limit(const struct tl_budget *budget)
{
	if (budget->told == 0 || (budget->sends != 0 && budget->sends < budget->told))
		return budget->sends;
	return budget->told;
}

static void forget_old(struct tl_budget *budget, int64_t at)
{
	while (budget->start < budget->end && at - budget->times[budget->start] > budget->span_ms)
		budget->start++;
}

/* Puts a send time where it belongs in the order. */
static void remember(struct tl_budget *budget, int64_t at)
{
	size_t i;

	if (budget->end == budget->capacity && budget->start > budget->capacity / 2) {
		memmove(budget->times, budget->times + budget->start, (budget->end - budget->start) * sizeof(*budget->times));
		budget->end -= budget->start;
		budget->start = 0;
	}
	budget->times = tl_grow(budget->times, &budget->capacity, budget->end + 1, sizeof(*budget->times));
	for (i = budget->end; i > budget->start && budget->times[i - 1] > at; i--)
		budget->times[i] = budget->times[i - 1];
	budget->times[i] = at;
	budget->end++;
}

/* When the one with `before` others before it in the queue may send: a whole span after the send that is `limit` before its own. That one is in the ring,
 * or another that waits, for whom the same holds. */
static int64_t turn(struct tl_budget *budget, size_t before, int64_t at)
{
	uint64_t most = limit(budget);
	size_t count = budget->end - budget->start, spans = 0;
	int64_t when = at > budget->paused_until ? at : budget->paused_until;

	if (most == 0)
		return when;
	for (; before >= most; before -= (size_t)most)
		spans++;
	if (count + before >= most) {
		int64_t free_at = budget->times[budget->start + (count + before - (size_t)most)] + budget->span_ms + 1;

		when = free_at > when ? free_at : when;
	}
	return when + (int64_t)spans * (budget->span_ms + 1);
}

static size_t count_before(const struct tl_budget *budget, const struct waiter *self)
{
	size_t count = 0;

	for (const struct waiter *w = budget->first; w != self; w = w->next)
		count++;
	return count;
}

static void leave(struct tl_budget *budget, struct waiter *self)
{
	struct waiter **at = &budget->first;

	while (*at != self)
		at = &(*at)->next;
	*at = self->next;
	if (budget->last == &self->next)
		budget->last = at;
}

/* Sleeps with the lock open. */
static void sleep_open(struct tl_budget *budget, int64_t ms)
{
	int64_t slice = ms > SLICE_MS ? SLICE_MS : ms;

	pthread_mutex_unlock(&budget->lock);
	budget->clock->sleep_ms(budget->clock->data, slice > TURN_MS ? slice : TURN_MS);
	pthread_mutex_lock(&budget->lock);
}

static int too_late(const struct tl_budget *budget, int64_t at, int64_t when, struct tl_error *err)
{
	if (budget->paused_until >= when)
		return tl_error_set(err, TL_TIMED_OUT, "the platform's limit of requests is used up: it asks to wait for %lld s, which is past the deadline",
		                    (long long)(when - at + 999) / 1000);
	return tl_error_set(err, TL_TIMED_OUT, "the budget of %llu requests in %lld s is used up for another %lld s, which is past the deadline",
	                    (unsigned long long)limit(budget), (long long)budget->span_ms / 1000, (long long)(when - at + 999) / 1000);
}

/* Waits in the queue until it is this one's turn, with the lock held but while it sleeps. */
static int wait_turn(struct tl_budget *budget, const struct waiter *self, int64_t deadline_ms, int (*stopped)(void), struct tl_error *err)
{
	for (;;) {
		int64_t at = now(budget), when;
		size_t before = count_before(budget, self);

		if (stopped && stopped())
			return tl_error_set(err, TL_INTERRUPTED, "interrupted");
		forget_old(budget, at);
		when = turn(budget, before, at);
		if (when > deadline_ms)
			return too_late(budget, at, when, err);
		if (when <= at && before == 0) {
			if (limit(budget) != 0)
				remember(budget, at);
			return 0;
		}
		sleep_open(budget, when - at);
	}
}

int tl_budget_take(int64_t *waited_ms, struct tl_budget *budget, int64_t deadline_ms, int (*stopped)(void), struct tl_error *err)
{
	struct waiter self = { 0 };
	int64_t since;
	int status;

	pthread_mutex_lock(&budget->lock);
	since = now(budget);
	*budget->last = &self;
	budget->last = &self.next;
	status = wait_turn(budget, &self, deadline_ms, stopped, err);
	leave(budget, &self);
	if (waited_ms)
		*waited_ms = now(budget) - since;
	pthread_mutex_unlock(&budget->lock);
	return status;
}

void tl_budget_done(struct tl_budget *budget, int64_t sent_ms)
{
	size_t i;

	pthread_mutex_lock(&budget->lock);
	for (i = budget->end; i > budget->start && budget->times[i - 1] > sent_ms; i--)
		;
	if (limit(budget) != 0) {
		if (i > budget->start) {
			memmove(budget->times + i - 1, budget->times + i, (budget->end - i) * sizeof(*budget->times));
			budget->end--;
		}
		remember(budget, now(budget));
	}
	pthread_mutex_unlock(&budget->lock);
}

int64_t tl_budget_ahead(struct tl_budget *budget, char *why, size_t size)
{
	int64_t at, when;

	pthread_mutex_lock(&budget->lock);
	at = now(budget);
	forget_old(budget, at);
	when = turn(budget, count_before(budget, NULL), at);
	snprintf(why, size, "%llu requests in %lld s are all that may be sent", (unsigned long long)limit(budget), (long long)budget->span_ms / 1000);
	if (when <= budget->paused_until)
		when = at;
	pthread_mutex_unlock(&budget->lock);
	return when - at;
}

void tl_budget_told(struct tl_budget *budget, int64_t used, int64_t allowed, int64_t reset_ms)
{
	int64_t at, gone;
	uint64_t others;

	pthread_mutex_lock(&budget->lock);
	at = now(budget);
	forget_old(budget, at);
	if (allowed >= 0)
		budget->told = allowed == 0 ? 1 : allowed > LIMIT_MOST ? LIMIT_MOST : (uint64_t)allowed;
	/* What the server counts beyond our own sends are those of others with the same token: they take their room until the count starts anew. */
	gone = at - budget->span_ms + (reset_ms < 0 || reset_ms > budget->span_ms ? budget->span_ms : reset_ms);
	others = used > (int64_t)(budget->end - budget->start) ? (uint64_t)used - (budget->end - budget->start) : 0;
	if (others > limit(budget))
		others = limit(budget);
	for (uint64_t i = 0; i < others; i++)
		remember(budget, gone);
	pthread_mutex_unlock(&budget->lock);
}

void tl_budget_pause(struct tl_budget *budget, int64_t ms)
{
	int64_t until;

	pthread_mutex_lock(&budget->lock);
	until = now(budget) + (ms < PAUSE_MOST_MS ? ms : PAUSE_MOST_MS);
	if (until > budget->paused_until)
		budget->paused_until = until;
	pthread_mutex_unlock(&budget->lock);
}

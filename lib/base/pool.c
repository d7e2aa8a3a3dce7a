/* base/pool.c: threads that take the next thing until none is left. */
#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct pool {
	int (*work)(void *data, unsigned worker, size_t i);
	void *data;
	size_t count;
	pthread_mutex_t lock; /* over what follows */
	size_t next, failed;  /* `failed`: the lowest that did, `count` where none did */
	int status;
};

struct worker {
	struct pool *pool;
	pthread_t thread;
	unsigned number;
};

/* Notes how the thing that was worked on last ended, and takes the next one; false where there is none to take. */
static bool take(struct pool *pool, int status, size_t *i)
{
	bool more;

	pthread_mutex_lock(&pool->lock);
	if (status != 0 && *i < pool->failed) {
		pool->failed = *i;
		pool->status = status;
	}
	more = pool->failed == pool->count && pool->next < pool->count;
	if (more)
		*i = pool->next++;
	pthread_mutex_unlock(&pool->lock);
	return more;
}

static void *run(void *argument)
{
	struct worker *worker = argument;
	struct pool *pool = worker->pool;
	int status = 0;
	size_t i = 0;

	while (take(pool, status, &i))
		status = pool->work(pool->data, worker->number, i);
	return NULL;
}

/* Starts as many threads as it can and returns how many; signals are left to the caller's own thread. */
static unsigned start(struct worker *workers, unsigned count)
{
	sigset_t all, before;
	unsigned started = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (started < count && pthread_create(&workers[started].thread, NULL, run, &workers[started]) == 0)
		started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

int tl_pool_run(unsigned workers, size_t count, int (*work)(void *data, unsigned worker, size_t i), void *data)
{
	struct pool pool = { .work = work, .data = data, .count = count, .failed = count };
	struct worker own = { .pool = &pool }, *others;
	unsigned wanted, started;

	if (workers > count)
		workers = (unsigned)count;
	wanted = workers > 1 ? workers - 1 : 0;
	others = tl_alloc_zero(wanted, sizeof(*others));
	for (unsigned i = 0; i < wanted; i++)
		others[i] = (struct worker){ .pool = &pool, .number = i + 1 };
	pthread_mutex_init(&pool.lock, NULL);
	started = start(others, wanted);
	run(&own);
	for (unsigned i = 0; i < started; i++)
		pthread_join(others[i].thread, NULL);
	pthread_mutex_destroy(&pool.lock);
	free(others);
	return pool.status;
}

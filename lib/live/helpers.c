/* live/helpers.c: one list of work, one of what is done, and a wake-up of the loop between them. */
#include "live/helpers.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct list {
	struct tl_help *first, **end;
};

struct tl_helpers {
	struct tl_wake *wake;
	pthread_t *threads;
	unsigned most, begun;
	pthread_mutex_t lock;   /* of what follows */
	pthread_cond_t come;
	struct list wanted, finished;
	unsigned idle;
	size_t waiting;         /* in `wanted` */
	bool ending;
};

static void append(struct list *list, struct tl_help *help)
{
	help->next = NULL;
	*list->end = help;
	list->end = &help->next;
}

/* Hands over the whole list. */
static struct tl_help *take_all(struct list *list)
{
	struct tl_help *first = list->first;

	list->first = NULL;
	list->end = &list->first;
	return first;
}

static struct tl_help *take_one(struct list *list)
{
	struct tl_help *first = list->first;

	if (first) {
		list->first = first->next;
		if (!list->first)
			list->end = &list->first;
	}
	return first;
}

static void *help_out(void *data)
{
	struct tl_helpers *helpers = data;
	struct tl_help *help;

	pthread_mutex_lock(&helpers->lock);
	for (;;) {
		while (!helpers->ending && !helpers->wanted.first) {
			helpers->idle++;
			pthread_cond_wait(&helpers->come, &helpers->lock);
			helpers->idle--;
		}
		if (helpers->ending)
			break;
		help = take_one(&helpers->wanted);
		helpers->waiting--;
		pthread_mutex_unlock(&helpers->lock);
		help->work(help);
		help->worked = true;
		pthread_mutex_lock(&helpers->lock);
		append(&helpers->finished, help);
		tl_wake_send(helpers->wake);
	}
	pthread_mutex_unlock(&helpers->lock);
	return NULL;
}

static void tell(struct tl_help *help)
{
	while (help) {
		struct tl_help *next = help->next;

		help->done(help);
		help = next;
	}
}

static void come_back(void *data)
{
	struct tl_helpers *helpers = data;
	struct tl_help *finished;

	pthread_mutex_lock(&helpers->lock);
	finished = take_all(&helpers->finished);
	pthread_mutex_unlock(&helpers->lock);
	tell(finished);
}

int tl_helpers_open(struct tl_helpers **out, struct tl_loop *loop, unsigned threads, struct tl_error *err)
{
	struct tl_helpers *helpers = tl_alloc_zero(1, sizeof(*helpers));

	*out = NULL;
	helpers->most = threads > 0 ? threads : 1;
	helpers->threads = tl_alloc_zero(helpers->most, sizeof(*helpers->threads));
	helpers->wanted.end = &helpers->wanted.first;
	helpers->finished.end = &helpers->finished.first;
	pthread_mutex_init(&helpers->lock, NULL);
	pthread_cond_init(&helpers->come, NULL);
	if (tl_wake_open(&helpers->wake, loop, come_back, helpers, err) != 0) {
		tl_helpers_close(helpers);
		return -1;
	}
	*out = helpers;
	return 0;
}

void tl_helpers_close(struct tl_helpers *helpers)
{
	if (!helpers)
		return;
	pthread_mutex_lock(&helpers->lock);
	helpers->ending = true;
	pthread_cond_broadcast(&helpers->come);
	pthread_mutex_unlock(&helpers->lock);
	for (unsigned i = 0; i < helpers->begun; i++)
		pthread_join(helpers->threads[i], NULL);
	tl_wake_close(helpers->wake);
	tell(take_all(&helpers->finished));
	tell(take_all(&helpers->wanted));
	pthread_cond_destroy(&helpers->come);
	pthread_mutex_destroy(&helpers->lock);
	free(helpers->threads);
	free(helpers);
}

/* Signals are the loop's. A thread that cannot be had leaves the work to those that are there; without any it is done at once, here. */
static bool begin_thread(struct tl_helpers *helpers)
{
	sigset_t all, before;
	int status;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	status = pthread_create(&helpers->threads[helpers->begun], NULL, help_out, helpers);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	helpers->begun += status == 0;
	return helpers->begun > 0;
}

void tl_helpers_do(struct tl_helpers *helpers, struct tl_help *help)
{
	bool more;

	help->worked = false;
	pthread_mutex_lock(&helpers->lock);
	assert(!helpers->ending);
	append(&helpers->wanted, help);
	helpers->waiting++;
	more = helpers->waiting > helpers->idle && helpers->begun < helpers->most;
	pthread_cond_signal(&helpers->come);
	pthread_mutex_unlock(&helpers->lock);
	if (more && !begin_thread(helpers)) {
		take_one(&helpers->wanted);
		helpers->waiting--;
		help->work(help);
		help->worked = true;
		append(&helpers->finished, help);
		tl_wake_send(helpers->wake);
	}
}

/* ledger/together.c: writes that wait for each other share a transaction, and so the wait for the disk: the first to come writes, those that come meanwhile
 * form a queue, and one of them writes next for all of it. */
#include "ledger/tables.h"

#include <semaphore.h>

struct tl_ledger_job {
	struct tl_str environment;
	int (*work)(struct tl_ledger *ledger, void *data, struct tl_error *err);
	void *data;
	int ret;
	struct tl_error err;
	bool done;  /* set before `wake`; else whose thread is woken leads */
	sem_t wake; /* of its own: of many that wait only those are woken that have something to do */
	struct tl_ledger_job *next;
};

/* All or nothing; every job that was run has how it ended. *begun says whether the transaction was. */
static int run_all(bool *begun, struct tl_ledger *ledger, struct tl_ledger_job *first, struct tl_error *err)
{
	*begun = false;
	ledger->guarded = (struct tl_str){ NULL, 0 };
	if (tl_ledger_file(ledger, true, err) != 0 || tl_db_begin(ledger->db, err) != 0)
		return -1;
	*begun = true;
	for (struct tl_ledger_job *job = first; job; job = job->next) {
		if (tl_ledger_guard(ledger, job->environment, err) != 0 || job->work(ledger, job->data, err) != 0) {
			tl_db_rollback(ledger->db);
			return -1;
		}
	}
	return tl_db_commit(ledger->db, err);
}

static void end_with(struct tl_ledger_job *first, int ret, const struct tl_error *err)
{
	for (struct tl_ledger_job *job = first; job; job = job->next) {
		job->ret = ret;
		if (ret != 0)
			job->err = *err;
	}
}

/* Each in a transaction of its own: what one of them cannot do is no other's affair. */
static void run_each(struct tl_ledger *ledger, struct tl_ledger_job *first)
{
	bool begun;

	for (struct tl_ledger_job *job = first, *next; job; job = next) {
		next = job->next;
		job->next = NULL;
		job->ret = run_all(&begun, ledger, job, &job->err);
		job->next = next;
	}
}

/* A transaction that did not even begin fails for all: another try of each would wait as long again. Nor is one tried again that may have been kept. */
static void run_batch(struct tl_ledger *ledger, struct tl_ledger_job *first)
{
	struct tl_error err = { 0 };
	bool begun;
	int ret;

	pthread_mutex_lock(&ledger->db_lock);
	ret = run_all(&begun, ledger, first, &err);
	if (ret == 0 || !begun || err.code == TL_LOST || (!first->next && !tl_db_is_cut_off(ledger->db)))
		end_with(first, ret, &err);
	else
		run_each(ledger, first);
	pthread_mutex_unlock(&ledger->db_lock);
}

static void append(struct tl_ledger *ledger, struct tl_ledger_job *job)
{
	if (ledger->last)
		ledger->last->next = job;
	else
		ledger->first = job;
	ledger->last = job;
	ledger->n_waiting++;
}

static struct tl_ledger_job *take_queue(struct tl_ledger *ledger)
{
	struct tl_ledger_job *first;

	pthread_mutex_lock(&ledger->queue_lock);
	first = ledger->first;
	ledger->first = NULL;
	ledger->last = NULL;
	ledger->n_waiting = 0;
	pthread_mutex_unlock(&ledger->queue_lock);
	return first;
}

/* The first of those that came meanwhile leads next. */
static void pass_on(struct tl_ledger *ledger)
{
	struct tl_ledger_job *next;

	pthread_mutex_lock(&ledger->queue_lock);
	next = ledger->first;
	ledger->leading = next != NULL;
	pthread_mutex_unlock(&ledger->queue_lock);
	if (next)
		sem_post(&next->wake);
}

/* Writes for all that wait, `own` among them. */
static void lead(struct tl_ledger *ledger, const struct tl_ledger_job *own)
{
	struct tl_ledger_job *first = take_queue(ledger);

	run_batch(ledger, first);
	pass_on(ledger);
	/* A job that is done may be gone at once: its thread owns it. */
	for (struct tl_ledger_job *job = first, *next; job; job = next) {
		next = job->next;
		job->done = true;
		if (job != own)
			sem_post(&job->wake);
	}
}

int tl_ledger_write(struct tl_ledger *ledger, struct tl_str environment, int (*work)(struct tl_ledger *ledger, void *data, struct tl_error *err),
                    void *data, struct tl_error *err)
{
	struct tl_ledger_job job = { .environment = environment, .work = work, .data = data };
	bool waits;

	sem_init(&job.wake, 0, 0);
	pthread_mutex_lock(&ledger->queue_lock);
	append(ledger, &job);
	waits = ledger->leading;
	ledger->leading = true;
	pthread_mutex_unlock(&ledger->queue_lock);
	/* A signal's handler may end the wait early. */
	while (waits && sem_wait(&job.wake) != 0)
		;
	if (!job.done)
		lead(ledger, &job);
	sem_destroy(&job.wake);
	if (job.ret != 0 && err)
		*err = job.err;
	return job.ret;
}

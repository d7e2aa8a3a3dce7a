/* net/queue.c: a queue of work, the loop's side: hands out what its thread (queue_thread.c) fetched, and tells it what became of it. */
#include "net/queue.h"

#include <signal.h>
#include <stdlib.h>

#include "net/queue_link.h"

/* How long the first connection may take in all; and the end, within which what is held is given back. A thread that takes longer is left behind. */
#define OPEN_MS 15000
#define CLOSE_MS 5000
/* Signs of life in the time that a message is ours without one. */
#define LIVES 3

struct tl_queue {
	struct tl_queue_config config;
	struct tl_queue_link *link;
	struct tl_wake *wake;
	struct tl_timer *timer;
	int64_t life_ms;
	size_t held;
};

/* --- What the thread has for us */

static struct tl_queued *next_ready(struct tl_queue_link *link)
{
	struct tl_queued *queued;

	pthread_mutex_lock(&link->lock);
	queued = link->room > 0 ? link->ready.first : NULL;
	if (queued) {
		tl_queued_list_remove(queued);
		tl_queued_list_add(&link->held, queued);
		link->room--;
	}
	pthread_mutex_unlock(&link->lock);
	return queued;
}

/* Its bytes outlive it: it may be settled, and gone, within the call. */
static void hand_out(struct tl_queue *queue, struct tl_queued *queued)
{
	const struct tl_nats *nats = queue->link->nats;
	natsMsg *message = queued->message;
	struct tl_str text = { nats->message_data(message), (size_t)nats->message_length(message) };

	queued->message = NULL;
	queue->held++;
	queue->config.message(queue->config.data, queued, text, queued->deliveries);
	nats->message_destroy(message);
}

static struct tl_queue_note *next_note(struct tl_queue_link *link)
{
	struct tl_queue_note *note;

	pthread_mutex_lock(&link->lock);
	note = link->notes;
	if (note)
		link->notes = note->next;
	if (!link->notes)
		link->notes_end = &link->notes;
	pthread_mutex_unlock(&link->lock);
	return note;
}

static void tell(const struct tl_queue_config *config, const struct tl_queue_note *note)
{
	if (note->kind == TL_NOTE_REFUSED && config->refused)
		config->refused(config->data, note->text);
	else if (note->kind == TL_NOTE_TROUBLE && config->trouble)
		config->trouble(config->data, note->text);
	else if (note->kind == TL_NOTE_RECOVERED && config->trouble)
		config->trouble(config->data, NULL);
}

static void wake_up(void *data)
{
	struct tl_queue *queue = data;
	struct tl_queued *queued;
	struct tl_queue_note *note;

	for (note = next_note(queue->link); note; note = next_note(queue->link)) {
		tell(&queue->config, note);
		free(note->text);
		free(note);
	}
	for (queued = next_ready(queue->link); queued; queued = next_ready(queue->link))
		hand_out(queue, queued);
}

/* Signs of life are asked for by the loop, not by the thread: a loop that hangs shall lose its work to others. */
static void ask_for_life(void *data)
{
	struct tl_queue *queue = data;

	pthread_mutex_lock(&queue->link->lock);
	queue->link->life = true;
	pthread_cond_signal(&queue->link->work);
	pthread_mutex_unlock(&queue->link->lock);
	queue->timer = tl_loop_after(queue->config.loop, queue->life_ms, ask_for_life, queue);
}

/* --- Opening */

/* Starts the thread, on which no signal is handled. */
static int start_thread(struct tl_queue_link *link, struct tl_error *err)
{
	pthread_attr_t attributes;
	sigset_t all, old;
	pthread_t thread;
	int status;

	link->users++;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	status = pthread_create(&thread, &attributes, tl_queue_thread, link);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attributes);
	if (status == 0)
		return 0;
	link->users--;
	return tl_error_errno(err, status, "starting a thread for the queue");
}

/* Waits for the first connection. */
static int await_opening(struct tl_queue_link *link, struct tl_error *err)
{
	int64_t until_ms = tl_queue_now_ms() + OPEN_MS;
	enum tl_queue_phase phase;
	bool waiting = true;
	int ret = 0;

	pthread_mutex_lock(&link->lock);
	while (link->phase == TL_QUEUE_OPENING && waiting)
		waiting = tl_queue_wait(&link->told, &link->lock, until_ms);
	phase = link->phase;
	if (phase == TL_QUEUE_FAILED)
		ret = tl_error_set(err, link->err.code, "queue '%.*s': %s", TL_FMT(link->address.server), link->err.message);
	else if (phase == TL_QUEUE_OPENING)
		ret = tl_error_set(err, TL_IO, "queue '%.*s': the server does not answer in time", TL_FMT(link->address.server));
	pthread_mutex_unlock(&link->lock);
	return ret;
}

int tl_queue_open(struct tl_queue **out, const struct tl_queue_config *config, struct tl_error *err)
{
	struct tl_queue *queue = tl_alloc_zero(1, sizeof(*queue));

	*out = NULL;
	queue->config = *config;
	queue->config.login = (struct tl_queue_login){ 0 };
	if (tl_queue_link_new(&queue->link, config, err) != 0 || tl_wake_open(&queue->wake, config->loop, wake_up, queue, err) != 0)
		goto failed;
	queue->link->queue = queue;
	queue->link->wake = queue->wake;
	if (start_thread(queue->link, err) != 0 || await_opening(queue->link, err) != 0)
		goto failed;
	queue->life_ms = queue->link->work_ms / LIVES;
	queue->timer = tl_loop_after(config->loop, queue->life_ms, ask_for_life, queue);
	*out = queue;
	return 0;
failed:
	tl_queue_close(queue);
	return -1;
}

/* --- Closing, room, settling */

/* Tells the thread to end and waits for it, so that what is held is given back; no longer than is promised. */
static void end_thread(struct tl_queue_link *link)
{
	int64_t until_ms = tl_queue_now_ms() + CLOSE_MS;
	bool waiting = true;

	pthread_mutex_lock(&link->lock);
	link->ending = true;
	link->wake = NULL;
	pthread_cond_signal(&link->work);
	while (!link->ended && link->users > 1 && link->phase == TL_QUEUE_OPEN && waiting)
		waiting = tl_queue_wait(&link->told, &link->lock, until_ms);
	tl_queue_link_leave(link);
}

void tl_queue_close(struct tl_queue *queue)
{
	if (!queue)
		return;
	tl_timer_cancel(queue->timer);
	if (queue->link)
		end_thread(queue->link);
	tl_wake_close(queue->wake);
	free(queue);
}

/* What waits to be handed out beyond the room goes back. With the lock held. */
static void give_back_rest(struct tl_queue_link *link)
{
	while (link->ready.count > link->room) {
		struct tl_queued *queued = link->ready.last;

		tl_queued_list_remove(queued);
		queued->verdict = TL_QUEUE_AGAIN;
		queued->at_once = true;
		tl_queued_list_add(&link->settled, queued);
	}
}

void tl_queue_want(struct tl_queue *queue, size_t room)
{
	struct tl_queue_link *link = queue->link;

	pthread_mutex_lock(&link->lock);
	link->room = room;
	give_back_rest(link);
	pthread_cond_signal(&link->work);
	pthread_mutex_unlock(&link->lock);
}

void tl_queue_settle(struct tl_queued *queued, enum tl_queue_verdict verdict)
{
	struct tl_queue *queue = queued->queue;
	struct tl_queue_link *link = queue->link;

	queue->held--;
	pthread_mutex_lock(&link->lock);
	tl_queued_list_remove(queued);
	queued->verdict = verdict;
	tl_queued_list_add(&link->settled, queued);
	pthread_cond_signal(&link->work);
	pthread_mutex_unlock(&link->lock);
}

size_t tl_queue_held(const struct tl_queue *queue)
{
	return queue->held;
}

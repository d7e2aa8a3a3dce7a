/* net/queue_thread.c: the thread of a queue: connects, fetches as many messages as there is room for, sends what was settled and signs of life, connects again. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "net/queue_link.h"
#include "net/retry.h"

/* One request for messages is open at a time: it asks for so many at most, and for so long. */
#define BATCH 1000
#define REQUEST_MS 5000
/* A request that nobody ended so long after its time was lost. */
#define REQUEST_GRACE_MS 2000
/* What a server may pile up here before it is looked at. */
#define ARRIVALS_LIMIT 65536
/* After a request that was refused; and between attempts to connect. */
#define PAUSE_MS 250
#define BACKOFF_LEAST_MS 100
#define BACKOFF_MOST 6
/* How long a message that nobody could take rests, doubled each time up to the other. */
#define AGAIN_MS 1000
#define AGAIN_DOUBLINGS 5
#define DRAIN_MS 1000
#define FLUSH_MS 1000
#define FORGET_MS 1000
/* Rounds of signs of life after which an acknowledgement that nobody confirmed is sent again. */
#define CONFIRM_ROUNDS 2

struct thread {
	struct tl_queue_link *link;
	const struct tl_nats *nats;
	natsConnection *connection;
	natsSubscription *messages, *confirmations;
	natsInbox *messages_inbox, *confirmations_inbox;
	uint64_t request;         /* the number of the last one */
	uint64_t highest;         /* sequence of all messages that came */
	size_t asked;             /* messages that the open one still waits for; 0: none is open */
	int64_t request_until_ms;
	int64_t pause_until_ms;   /* no request before */
	bool doubtful;            /* a request was refused: is the consumer still there? */
	unsigned attempts;        /* to connect, since the last success */
	enum tl_code told;        /* which trouble was told of; TL_OK: there is none */
};

/* Whose callbacks a subscription's are. */
struct line {
	struct tl_queue_link *link;
	unsigned generation;
	bool is_connection; /* it ends with the connection alone */
};

/* --- On libnats's threads */

static void take_message(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *data)
{
	struct tl_queue_link *link = ((struct line *)data)->link;
	struct tl_queue_arrival *arrival;

	(void)connection;
	(void)subscription;
	pthread_mutex_lock(&link->lock);
	if (link->n_arrivals < ARRIVALS_LIMIT) {
		arrival = tl_alloc_zero(1, sizeof(*arrival));
		arrival->message = message;
		*link->arrivals_end = arrival;
		link->arrivals_end = &arrival->next;
		link->n_arrivals++;
		message = NULL;
	}
	pthread_cond_signal(&link->work);
	pthread_mutex_unlock(&link->lock);
	if (message)
		link->nats->message_destroy(message);
}

static void end_line(void *data)
{
	struct line *line = data;
	struct tl_queue_link *link = line->link;

	pthread_mutex_lock(&link->lock);
	if (line->is_connection && line->generation == link->generation)
		link->lost = true;
	pthread_cond_signal(&link->work);
	free(line);
	tl_queue_link_leave(link);
}

/* --- Connecting */

/* Subscribes to all below an inbox of its own. The line is freed when libnats is done with it, and with it the use of the link. */
static natsStatus subscribe(struct thread *thread, natsSubscription **subscription, natsInbox **inbox, bool is_connection)
{
	const struct tl_nats *nats = thread->nats;
	struct tl_queue_link *link = thread->link;
	struct line *line = tl_alloc_zero(1, sizeof(*line));
	struct tl_buf subject = { 0 };
	natsStatus status = nats->inbox_create(inbox);

	if (status == NATS_OK) {
		pthread_mutex_lock(&link->lock);
		*line = (struct line){ link, link->generation, is_connection };
		link->users++;
		pthread_mutex_unlock(&link->lock);
		tl_buf_printf(&subject, "%s.*", *inbox);
		status = nats->connection_subscribe(subscription, thread->connection, subject.data, take_message, line);
		if (status != NATS_OK) {
			pthread_mutex_lock(&link->lock);
			tl_queue_link_leave(link);
		}
	}
	if (status != NATS_OK)
		free(line);
	else
		status = nats->subscription_tell_end(*subscription, end_line, line);
	tl_buf_clear(&subject);
	return status;
}

static void unsubscribe(struct thread *thread, natsSubscription **subscription, natsInbox **inbox)
{
	if (*subscription)
		thread->nats->subscription_destroy(*subscription);
	if (*inbox)
		thread->nats->inbox_destroy(*inbox);
	*subscription = NULL;
	*inbox = NULL;
}

/* Why there is no connection, in words about it and not about libnats. */
static int say_status(struct tl_error *err, struct tl_queue_link *link, natsStatus status)
{
	const char *why = tl_nats_why(link->nats, status);

	switch (status) {
	case NATS_NO_SERVER:
		return tl_error_set(err, TL_IO, "no server answers there");
	case NATS_TIMEOUT:
		return tl_error_set(err, TL_IO, "the server does not answer in time");
	case NATS_CONNECTION_AUTH_FAILED:
	case NATS_NOT_PERMITTED:
		return tl_error_set(err, TL_REFUSED, "the server refuses the credentials (environment's 'calls' in your configuration)");
	case NATS_SECURE_CONNECTION_REQUIRED:
		return tl_error_set(err, TL_USAGE, "the server wants TLS: write tls:// in place of nats://");
	case NATS_SECURE_CONNECTION_WANTED:
		return tl_error_set(err, TL_USAGE, "the server speaks no TLS, which tls:// asks for");
	case NATS_SSL_ERROR:
		return tl_error_set(err, TL_IO, "TLS: %s", why);
	default:
		return tl_error_set(err, TL_IO, "%s", why);
	}
}

static int connect_server(struct thread *thread, struct tl_error *err)
{
	struct tl_queue_link *link = thread->link;
	natsStatus status;

	pthread_mutex_lock(&link->lock);
	link->generation++;
	link->lost = false;
	pthread_mutex_unlock(&link->lock);
	status = thread->nats->connection_connect(&thread->connection, link->options);
	if (status == NATS_OK)
		status = subscribe(thread, &thread->confirmations, &thread->confirmations_inbox, true);
	return status == NATS_OK ? 0 : say_status(err, link, status);
}

static void disconnect(struct thread *thread)
{
	struct tl_queue_link *link = thread->link;

	unsubscribe(thread, &thread->messages, &thread->messages_inbox);
	unsubscribe(thread, &thread->confirmations, &thread->confirmations_inbox);
	if (thread->connection) {
		thread->nats->connection_close(thread->connection);
		thread->nats->connection_destroy(thread->connection);
	}
	thread->connection = NULL;
	thread->asked = 0;
	pthread_mutex_lock(&link->lock);
	/* What nobody confirmed is sent again by the next connection. */
	tl_queued_list_move(&link->settled, &link->sent);
	pthread_mutex_unlock(&link->lock);
}

/* --- What came */

/* "$JS.ACK.STREAM.CONSUMER.deliveries.sequence.consumer's sequence.time of the message.…", with "DOMAIN.ACCOUNT." before the stream where there are more parts. */
static bool read_reply(uint64_t *deliveries, uint64_t *sequence, uint64_t *stamp, const char *reply)
{
	const char *parts[12];
	size_t n = 0, first;

	for (const char *at = reply; at && n < TL_COUNT(parts); n++) {
		parts[n] = at;
		at = strchr(at, '.');
		at = at ? at + 1 : NULL;
	}
	if (n < 9 || strncmp(reply, "$JS.ACK.", 8) != 0)
		return false;
	first = n >= 11 ? 6 : 4;
	*deliveries = strtoull(parts[first], NULL, 10);
	*sequence = strtoull(parts[first + 1], NULL, 10);
	*stamp = strtoull(parts[first + 3], NULL, 10);
	return *deliveries > 0 && *sequence > 0;
}

static struct tl_queued *find(struct tl_queued_list *list, uint64_t sequence)
{
	struct tl_queued *queued = list->first;

	while (queued && queued->sequence != sequence)
		queued = queued->next;
	return queued;
}

/* One of ours that is offered again, since its sign of life or its acknowledgement was lost with a connection: it is the same message, settled by a new address. With
 * the lock held; false where it is none of ours. How often it was delivered says nothing: a server may forget that it was at all. But what lies beyond all that
 * ever came is new. */
static bool is_ours(struct thread *thread, uint64_t sequence, uint64_t stamp, const char *reply)
{
	struct tl_queue_link *link = thread->link;
	struct tl_queued_list *list_table[] = { &link->held, &link->ready, &link->settled, &link->sent };
	struct tl_queued *queued = NULL;

	if (sequence > thread->highest) {
		thread->highest = sequence;
		return false;
	}
	for (size_t i = 0; i < TL_COUNT(list_table) && !queued; i++)
		queued = find(list_table[i], sequence);
	/* A stream that was made anew counts from the start: another time is another message. */
	if (!queued || queued->stamp != stamp)
		return false;
	free(queued->reply);
	queued->reply = tl_strdup(reply);
	if (queued->list == &link->sent) {
		tl_queued_list_remove(queued);
		tl_queued_list_add(&link->settled, queued);
	}
	return true;
}

static void settle_now(struct tl_queue_link *link, struct tl_queued *queued, enum tl_queue_verdict verdict, bool at_once)
{
	queued->verdict = verdict;
	queued->at_once = at_once;
	tl_queued_list_add(&link->settled, queued);
}

static void refuse_large(struct tl_queue_link *link, struct tl_queued *queued, size_t size)
{
	char text[200];

	snprintf(text, sizeof(text), "message %" PRIu64 " of the queue has %zu bytes, more than %zu: it is removed", queued->sequence, size, link->message_limit);
	tl_queue_link_tell(link, TL_NOTE_REFUSED, text);
	settle_now(link, queued, TL_QUEUE_REFUSED, true);
}

/* With the lock held. The message is used up. */
static void sort_message(struct thread *thread, natsMsg *message, const char *reply)
{
	struct tl_queue_link *link = thread->link;
	size_t size = (size_t)thread->nats->message_length(message);
	uint64_t deliveries, sequence, stamp;
	struct tl_queued *queued;

	if (thread->asked > 0)
		thread->asked--;
	if (!read_reply(&deliveries, &sequence, &stamp, reply) || is_ours(thread, sequence, stamp, reply)) {
		thread->nats->message_destroy(message);
		return;
	}
	queued = tl_alloc_zero(1, sizeof(*queued));
	*queued = (struct tl_queued){ .queue = link->queue, .reply = tl_strdup(reply), .deliveries = deliveries, .message = message };
	queued->sequence = sequence;
	queued->stamp = stamp;
	if (size > link->message_limit) {
		refuse_large(link, queued, size);
	} else if (link->ending || link->ready.count >= link->room) {
		settle_now(link, queued, TL_QUEUE_AGAIN, true);
	} else {
		tl_queued_list_add(&link->ready, queued);
		if (link->wake)
			tl_wake_send(link->wake);
	}
}

static bool is_below(const char *subject, const char *inbox, const char **rest)
{
	size_t len = inbox ? strlen(inbox) : 0;

	if (!inbox || strncmp(subject, inbox, len) != 0 || subject[len] != '.')
		return false;
	*rest = subject + len + 1;
	return true;
}

/* The end of a request: its time was over (408), there is nothing (404), or it cannot be served, as there is no consumer (503) or it has changed (409). */
static void end_request(struct thread *thread, natsMsg *message, const char *number)
{
	const char *status = NULL;

	if (strtoull(number, NULL, 10) != thread->request)
		return;
	if (thread->nats->message_header(message, "Status", &status) != NATS_OK || strncmp(status, "100", 3) == 0)
		return;
	thread->asked = 0;
	if (strncmp(status, "408", 3) == 0 || strncmp(status, "404", 3) == 0)
		return;
	thread->doubtful = true;
	thread->pause_until_ms = tl_queue_now_ms() + PAUSE_MS;
}

static void confirm(struct tl_queue_link *link, const char *number)
{
	struct tl_queued *queued = find(&link->sent, strtoull(number, NULL, 10));

	if (!queued)
		return;
	tl_queued_list_remove(queued);
	tl_queued_free(link->nats, queued);
}

/* With the lock held. */
static void sort_arrivals(struct thread *thread)
{
	struct tl_queue_link *link = thread->link;
	const struct tl_nats *nats = thread->nats;

	while (link->arrivals) {
		struct tl_queue_arrival *arrival = link->arrivals;
		const char *reply = nats->message_reply(arrival->message), *subject = nats->message_subject(arrival->message), *rest;

		link->arrivals = arrival->next;
		link->n_arrivals--;
		if (reply && strncmp(reply, "$JS.ACK.", 8) == 0) {
			sort_message(thread, arrival->message, reply);
		} else {
			if (is_below(subject, thread->messages_inbox, &rest))
				end_request(thread, arrival->message, rest);
			else if (is_below(subject, thread->confirmations_inbox, &rest))
				confirm(link, rest);
			nats->message_destroy(arrival->message);
		}
		free(arrival);
	}
	link->arrivals_end = &link->arrivals;
}

/* --- What goes */

static void write_verdict(struct tl_buf *out, const struct tl_queued *queued)
{
	unsigned doublings = queued->deliveries > AGAIN_DOUBLINGS ? AGAIN_DOUBLINGS : (unsigned)queued->deliveries - 1;

	tl_buf_reset(out);
	if (queued->verdict == TL_QUEUE_DONE)
		tl_buf_text(out, "+ACK");
	else if (queued->verdict == TL_QUEUE_REFUSED)
		tl_buf_text(out, "+TERM");
	else if (queued->at_once)
		tl_buf_text(out, "-NAK");
	else
		tl_buf_printf(out, "-NAK {\"delay\": %" PRId64 "}", ((int64_t)AGAIN_MS << doublings) * 1000000);
}

/* That a message is done for good is confirmed by the server, and said again until it is; one that is given back needs no such care: it comes again by itself. */
static natsStatus send_verdict(struct thread *thread, struct tl_queued *queued, struct tl_buf *text, struct tl_buf *answer)
{
	write_verdict(text, queued);
	if (queued->verdict == TL_QUEUE_AGAIN)
		return thread->nats->connection_publish_plain(thread->connection, queued->reply, text->data);
	tl_buf_reset(answer);
	tl_buf_printf(answer, "%s.%" PRIu64, thread->confirmations_inbox, queued->sequence);
	return thread->nats->connection_publish(thread->connection, queued->reply, answer->data, text->data);
}

static void send_settled(struct thread *thread)
{
	struct tl_queue_link *link = thread->link;
	struct tl_queued_list mine = { 0 }, given_back = { 0 }, sent = { 0 };
	struct tl_buf text = { 0 }, answer = { 0 };
	natsStatus status = NATS_OK;

	pthread_mutex_lock(&link->lock);
	tl_queued_list_move(&mine, &link->settled);
	pthread_mutex_unlock(&link->lock);
	while (mine.first && status == NATS_OK) {
		struct tl_queued *queued = mine.first;

		status = send_verdict(thread, queued, &text, &answer);
		if (status != NATS_OK)
			break;
		queued->rounds = 0;
		tl_queued_list_remove(queued);
		tl_queued_list_add(queued->verdict == TL_QUEUE_AGAIN ? &given_back : &sent, queued);
	}
	pthread_mutex_lock(&link->lock);
	tl_queued_list_move(&link->settled, &mine);
	tl_queued_list_move(&link->sent, &sent);
	if (status != NATS_OK)
		link->lost = true;
	pthread_mutex_unlock(&link->lock);
	while (given_back.first) {
		struct tl_queued *queued = given_back.first;

		tl_queued_list_remove(queued);
		tl_queued_free(thread->nats, queued);
	}
	tl_buf_clear(&text);
	tl_buf_clear(&answer);
}

/* What was sent two rounds ago and never confirmed is sent again. With the lock held. */
static void look_at_sent(struct tl_queue_link *link)
{
	struct tl_queued *next;

	for (struct tl_queued *queued = link->sent.first; queued; queued = next) {
		next = queued->next;
		if (++queued->rounds < CONFIRM_ROUNDS)
			continue;
		tl_queued_list_remove(queued);
		tl_queued_list_add(&link->settled, queued);
	}
}

/* A sign of life for all that is ours: their addresses one after the other, so that none is held up on the loop while they are sent. */
static void send_life(struct thread *thread)
{
	struct tl_queue_link *link = thread->link;
	struct tl_queued_list *list_table[] = { &link->held, &link->ready };
	struct tl_buf replies = { 0 };
	natsStatus status = NATS_OK;

	pthread_mutex_lock(&link->lock);
	link->life = false;
	for (size_t i = 0; i < TL_COUNT(list_table); i++) {
		for (const struct tl_queued *queued = list_table[i]->first; queued; queued = queued->next)
			tl_buf_add(&replies, queued->reply, strlen(queued->reply) + 1);
	}
	look_at_sent(link);
	pthread_mutex_unlock(&link->lock);
	for (size_t at = 0; at < replies.len && status == NATS_OK; at += strlen(replies.data + at) + 1)
		status = thread->nats->connection_publish_plain(thread->connection, replies.data + at, "+WPI");
	tl_buf_clear(&replies);
}

/* --- Requests */

/* Asks for as many messages as there is room for. */
static void send_request(struct thread *thread, size_t room)
{
	struct tl_buf subject = { 0 }, answer = { 0 }, body = { 0 };
	const struct tl_queue_address *address = &thread->link->address;
	natsStatus status = NATS_OK;

	if (!thread->messages)
		status = subscribe(thread, &thread->messages, &thread->messages_inbox, false);
	if (status == NATS_OK) {
		thread->request++;
		thread->asked = room < BATCH ? room : BATCH;
		thread->request_until_ms = tl_queue_now_ms() + REQUEST_MS + REQUEST_GRACE_MS;
		tl_buf_printf(&subject, "$JS.API.CONSUMER.MSG.NEXT.%s.%s", address->stream.ptr, address->consumer.ptr);
		tl_buf_printf(&answer, "%s.%" PRIu64, thread->messages_inbox, thread->request);
		tl_buf_printf(&body, "{\"batch\":%zu,\"expires\":%" PRId64 "}", thread->asked, (int64_t)REQUEST_MS * 1000000);
		status = thread->nats->connection_publish(thread->connection, subject.data, answer.data, body.data);
	}
	if (status != NATS_OK) {
		thread->asked = 0;
		thread->pause_until_ms = tl_queue_now_ms() + PAUSE_MS;
	}
	tl_buf_clear(&subject);
	tl_buf_clear(&answer);
	tl_buf_clear(&body);
}

/* Makes the server forget requests to which nobody listens any more, as it does whenever a consumer is asked about. nats-server 2.9 would else, where there are no others,
 * mislay what is given back: it is offered again only after the consumer's time. */
static void forget_requests(struct thread *thread)
{
	const struct tl_queue_address *address = &thread->link->address;
	struct tl_buf subject = { 0 };
	natsMsg *answer = NULL;

	tl_buf_printf(&subject, "$JS.API.CONSUMER.INFO.%s.%s", address->stream.ptr, address->consumer.ptr);
	if (thread->nats->connection_request(&answer, thread->connection, subject.data, "", FORGET_MS) == NATS_OK)
		thread->nats->message_destroy(answer);
	tl_buf_clear(&subject);
}

/* Takes a request back: the server gives nothing more to an address that nobody listens to, and what is on its way still arrives. */
static void cancel_request(struct thread *thread)
{
	thread->asked = 0;
	if (!thread->messages)
		return;
	if (thread->nats->subscription_drain(thread->messages, DRAIN_MS) == NATS_OK)
		thread->nats->subscription_wait_drained(thread->messages, DRAIN_MS);
	unsubscribe(thread, &thread->messages, &thread->messages_inbox);
	forget_requests(thread);
}

/* Once for each kind: that a server is away, and then that it refuses the credentials, are two things to know. */
static void tell_trouble(struct thread *thread, enum tl_code code, const char *why)
{
	struct tl_queue_link *link = thread->link;
	struct tl_buf text = { 0 };

	if (thread->told == code)
		return;
	thread->told = code;
	tl_buf_printf(&text, "the queue '%.*s' is not there: %s; trying again", TL_FMT(link->address.server), why);
	pthread_mutex_lock(&link->lock);
	tl_queue_link_tell(link, TL_NOTE_TROUBLE, text.data);
	pthread_mutex_unlock(&link->lock);
	tl_buf_clear(&text);
}

static void tell_recovery(struct thread *thread)
{
	struct tl_queue_link *link = thread->link;

	if (thread->told == TL_OK)
		return;
	thread->told = TL_OK;
	pthread_mutex_lock(&link->lock);
	tl_queue_link_tell(link, TL_NOTE_RECOVERED, "");
	pthread_mutex_unlock(&link->lock);
}

/* After a request that was refused: the consumer may be gone, and is made again then. */
static void look_at_consumer(struct thread *thread)
{
	struct tl_error err = { 0 };
	int64_t work_ms;

	if (tl_queue_take_consumer(&work_ms, thread->link, thread->connection, &err) == 0) {
		thread->doubtful = false;
		tell_recovery(thread);
	} else {
		tell_trouble(thread, err.code, err.message);
		thread->pause_until_ms = tl_queue_now_ms() + 4 * PAUSE_MS;
	}
}

/* --- The thread */

static bool wants_messages(const struct thread *thread, int64_t now_ms)
{
	return thread->asked == 0 && now_ms >= thread->pause_until_ms && thread->link->room > thread->link->ready.count;
}

/* Whether there is anything to do, with the lock held; else until when there is not. */
static bool is_idle(struct thread *thread, int64_t *until_ms)
{
	struct tl_queue_link *link = thread->link;
	int64_t now_ms = tl_queue_now_ms();

	*until_ms = now_ms + 60000;
	if (link->ending || link->lost || link->arrivals || link->settled.first || link->life || (link->room == 0 && thread->asked > 0))
		return false;
	if (wants_messages(thread, now_ms) || (thread->asked > 0 && now_ms >= thread->request_until_ms))
		return false;
	if (thread->asked > 0)
		*until_ms = thread->request_until_ms;
	else if (link->room > 0 && thread->pause_until_ms > now_ms)
		*until_ms = thread->pause_until_ms;
	return true;
}

/* Everything that is due. */
static void step(struct thread *thread)
{
	struct tl_queue_link *link = thread->link;
	int64_t now_ms = tl_queue_now_ms();
	bool cancel, life, wanted;
	size_t room;

	if (thread->asked > 0 && now_ms >= thread->request_until_ms) {
		thread->asked = 0;
		thread->doubtful = true;
	}
	pthread_mutex_lock(&link->lock);
	cancel = link->room == 0 && thread->asked > 0;
	life = link->life;
	pthread_mutex_unlock(&link->lock);
	if (cancel)
		cancel_request(thread);
	pthread_mutex_lock(&link->lock);
	sort_arrivals(thread);
	wanted = wants_messages(thread, now_ms);
	room = wanted ? link->room - link->ready.count : 0;
	pthread_mutex_unlock(&link->lock);
	send_settled(thread);
	if (life)
		send_life(thread);
	if (wanted && thread->doubtful)
		look_at_consumer(thread);
	else if (wanted)
		send_request(thread, room);
}

static void serve(struct thread *thread)
{
	struct tl_queue_link *link = thread->link;
	int64_t until_ms;
	bool over;

	thread->doubtful = false;
	thread->pause_until_ms = 0;
	pthread_mutex_lock(&link->lock);
	link->life = true;
	pthread_mutex_unlock(&link->lock);
	do {
		step(thread);
		pthread_mutex_lock(&link->lock);
		while (is_idle(thread, &until_ms))
			tl_queue_wait(&link->work, &link->lock, until_ms);
		over = link->ending || link->lost;
		pthread_mutex_unlock(&link->lock);
	} while (!over);
}

/* What is ours goes back to the others: while there is a connection by a word, else by the consumer's time. */
static void give_back(struct thread *thread)
{
	struct tl_queue_link *link = thread->link;
	struct tl_queued_list *list_table[] = { &link->held, &link->ready };

	if (thread->asked > 0)
		cancel_request(thread);
	pthread_mutex_lock(&link->lock);
	link->room = 0;
	sort_arrivals(thread);
	for (size_t i = 0; i < TL_COUNT(list_table); i++) {
		while (list_table[i]->first) {
			struct tl_queued *queued = list_table[i]->first;

			tl_queued_list_remove(queued);
			settle_now(link, queued, TL_QUEUE_AGAIN, true);
		}
	}
	pthread_mutex_unlock(&link->lock);
	send_settled(thread);
	thread->nats->connection_flush(thread->connection, FLUSH_MS);
}

static void set_phase(struct tl_queue_link *link, enum tl_queue_phase phase, int64_t work_ms, const struct tl_error *err)
{
	pthread_mutex_lock(&link->lock);
	link->phase = phase;
	link->work_ms = work_ms;
	link->err = *err;
	pthread_cond_broadcast(&link->told);
	pthread_mutex_unlock(&link->lock);
}

/* Before the next attempt to connect; false where the queue is to end. */
static bool rest(struct thread *thread)
{
	struct tl_queue_link *link = thread->link;
	unsigned attempts = thread->attempts < BACKOFF_MOST ? thread->attempts : BACKOFF_MOST;
	int64_t until_ms = tl_queue_now_ms() + tl_retry_delay(attempts, BACKOFF_LEAST_MS);
	bool waiting = true, ending;

	pthread_mutex_lock(&link->lock);
	while (!link->ending && waiting)
		waiting = tl_queue_wait(&link->work, &link->lock, until_ms);
	ending = link->ending;
	pthread_mutex_unlock(&link->lock);
	return !ending;
}

/* One connection, until it is lost or the end. False where there never was one, and `err` says why. */
static bool live(struct thread *thread, bool first, struct tl_error *err)
{
	struct tl_queue_link *link = thread->link;
	const char *last = NULL;
	int64_t work_ms;
	bool ending;

	if (connect_server(thread, err) != 0 || tl_queue_take_consumer(&work_ms, link, thread->connection, err) != 0)
		return false;
	thread->attempts = 0;
	if (first)
		set_phase(link, TL_QUEUE_OPEN, work_ms, err);
	tell_recovery(thread);
	serve(thread);
	pthread_mutex_lock(&link->lock);
	ending = link->ending;
	pthread_mutex_unlock(&link->lock);
	if (ending) {
		give_back(thread);
	} else {
		thread->nats->connection_last_error(thread->connection, &last);
		tell_trouble(thread, TL_IO, last && *last ? last : "the connection was lost");
	}
	return true;
}

static bool is_ending(struct tl_queue_link *link)
{
	bool ending;

	pthread_mutex_lock(&link->lock);
	ending = link->ending;
	pthread_mutex_unlock(&link->lock);
	return ending;
}

void *tl_queue_thread(void *data)
{
	struct tl_queue_link *link = data;
	struct thread thread = { .link = link, .nats = link->nats };
	bool first = true, failed = false;

	while (!failed && !is_ending(link)) {
		struct tl_error err = { 0 };
		bool lived = live(&thread, first, &err);

		disconnect(&thread);
		failed = !lived && first;
		if (failed)
			set_phase(link, TL_QUEUE_FAILED, 0, &err);
		else if (!lived)
			tell_trouble(&thread, err.code, err.message);
		first = false;
		thread.attempts++;
		if (!failed && !rest(&thread))
			break;
	}
	pthread_mutex_lock(&link->lock);
	link->ended = true;
	pthread_cond_broadcast(&link->told);
	tl_queue_link_leave(link);
	return NULL;
}

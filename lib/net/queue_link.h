/* net/queue_link.h: what the loop's side of a queue (queue.c) and its thread (queue_thread.c) share. Private to them.
 *
 * The thread alone speaks with libnats, so whatever may block (names, handshakes, full sockets) blocks no loop. Messages come by libnats's own threads into a list, are
 * sorted by ours, handed out on the loop, and settled there; what is to be sent goes into a list again. The link is freed by the last of those who use it, so
 * that a thread that hangs within libnats can be left behind. */
#ifndef TL_NET_QUEUE_LINK_H
#define TL_NET_QUEUE_LINK_H

#include <pthread.h>

#include "base/arena.h"
#include "net/nats.h"
#include "net/queue.h"
#include "net/queue_address.h"

/* A message of ours. In exactly one list. */
struct tl_queued {
	struct tl_queued *next, *previous;
	struct tl_queued_list *list;
	struct tl_queue *queue;
	char *reply;             /* where it is settled */
	uint64_t sequence;       /* in the stream, with… */
	uint64_t stamp;          /* its time: what it is known by when it comes again */
	uint64_t deliveries;
	natsMsg *message;        /* until it was handed out */
	enum tl_queue_verdict verdict;
	bool at_once;            /* given back without a delay */
	unsigned rounds;         /* since it was sent */
};

struct tl_queued_list {
	struct tl_queued *first, *last;
	size_t count;
};

void tl_queued_list_add(struct tl_queued_list *list, struct tl_queued *queued);
void tl_queued_list_remove(struct tl_queued *queued);
/* Everything of `from` goes to the front of `to`. */
void tl_queued_list_move(struct tl_queued_list *to, struct tl_queued_list *from);
void tl_queued_free(const struct tl_nats *nats, struct tl_queued *queued);

/* What libnats's threads brought: a message, a status or a confirmation. */
struct tl_queue_arrival {
	struct tl_queue_arrival *next;
	natsMsg *message;
};

/* What the loop is to tell. */
enum tl_queue_note_kind { TL_NOTE_TROUBLE, TL_NOTE_RECOVERED, TL_NOTE_REFUSED };
struct tl_queue_note {
	struct tl_queue_note *next;
	enum tl_queue_note_kind kind;
	char *text;
};

enum tl_queue_phase {
	TL_QUEUE_OPENING, /* the first connection is under way */
	TL_QUEUE_OPEN,
	TL_QUEUE_FAILED,  /* to open: `err` */
};

struct tl_queue_link {
	/* Unchanging. */
	const struct tl_nats *nats;
	natsOptions *options;
	struct tl_arena arena;
	struct tl_queue_address address;
	size_t message_limit;
	int64_t wanted_work_ms; /* a consumer is made with it */

	/* With the lock held. */
	pthread_mutex_t lock;
	pthread_cond_t work;    /* there is something for the thread */
	pthread_cond_t told;    /* the phase changed, or the thread has done all it will */
	unsigned users;         /* loop, thread, subscriptions */
	enum tl_queue_phase phase;
	struct tl_error err;
	bool ending, ended;     /* asked for; done */
	struct tl_wake *wake;   /* NULL: the loop is gone */
	struct tl_queue *queue;
	int64_t work_ms;        /* the consumer's, once it is open */
	size_t room;            /* messages that may be handed out */
	bool life;              /* signs of life are due */
	unsigned generation;    /* of the connection: threads of a former one say nothing about the present one */
	bool lost;              /* the connection is */
	struct tl_queued_list ready;   /* to be handed out */
	struct tl_queued_list held;    /* were */
	struct tl_queued_list settled; /* to be sent */
	struct tl_queued_list sent;    /* and not confirmed yet */
	struct tl_queue_arrival *arrivals, **arrivals_end;
	size_t n_arrivals;
	struct tl_queue_note *notes, **notes_end;
};

/* Takes what it needs of the configuration; one user, the caller. */
int tl_queue_link_new(struct tl_queue_link **out, const struct tl_queue_config *config, struct tl_error *err);
/* One user less, with the lock held, which is given back; the last one frees it. */
void tl_queue_link_leave(struct tl_queue_link *link);
/* Something to tell; `text` is copied and made safe. With the lock held. */
void tl_queue_link_tell(struct tl_queue_link *link, enum tl_queue_note_kind kind, const char *text);

/* The stream must be there; the consumer is looked at, or made. Its time for work in *work_ms. By the thread, on its connection: waits for answers, some seconds at most.
 * TL_NOT_FOUND, TL_USAGE (a consumer that is none of ours), TL_REFUSED, TL_IO. */
int tl_queue_take_consumer(int64_t *work_ms, struct tl_queue_link *link, natsConnection *connection, struct tl_error *err);

/* The thread; `data` is the link, of which it is a user. */
void *tl_queue_thread(void *data);

/* A condition that is waited on by a clock that never goes back, and the time of that clock, in ms. */
int64_t tl_queue_now_ms(void);
/* With the lock held; false where the time is over. */
bool tl_queue_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_ms);

#endif

/* net/queue.h: a queue of work on NATS JetStream that many workers on many machines share: a message is one worker's until it is acknowledged; one whose worker died is given
 * to another. libnats behind it, loaded at first use. One thread fetches, as many as there is room for; everything else is called on the loop's thread. */
#ifndef TL_NET_QUEUE_H
#define TL_NET_QUEUE_H

#include "net/loop.h"
#include "base/str.h"

struct tl_queue;
struct tl_queued; /* a message that was taken and not settled yet */

/* How the server knows us, and we it. Borrowed during the open; wiped by whoever has it after that. */
struct tl_queue_login {
	struct tl_str user, password, token; /* or empty */
	struct tl_str credentials; /* path of a credentials file (user JWT and seed); or empty */
	struct tl_str ca;          /* file of certificates; empty: the system's */
};

struct tl_queue_config {
	struct tl_loop *loop;
	const char *address;     /* nats://host:port/STREAM/CONSUMER; tls:// as well. No user, no password in it: TL_USAGE */
	struct tl_queue_login login;
	bool insecure;           /* plain nats beyond this machine is allowed */
	int64_t work_ms;         /* after which a message without a sign of life is given to another worker; 0: 30 s. The consumer is made with it where there is none */
	size_t message_limit;    /* larger ones are terminated, and `refused` told; 0: 64 KiB */
	/* A message, ours until it is settled. `text` during the call. `deliveries`: 1 the first time. */
	void (*message)(void *data, struct tl_queued *queued, struct tl_str text, uint64_t deliveries);
	/* A message that nobody gets, in words: it is too large. May be NULL. */
	void (*refused)(void *data, const char *why);
	/* The connection was lost (NULL: is there again), in words. Fetching goes on by itself. May be NULL. */
	void (*trouble)(void *data, const char *why);
	void *data;
};

enum tl_queue_verdict {
	TL_QUEUE_DONE,    /* acknowledged: nobody gets it again */
	TL_QUEUE_AGAIN,   /* to be offered again, to anybody, after a moment */
	TL_QUEUE_REFUSED, /* is no good for anybody: terminated */
};

/* Connects and takes the consumer, which is made where it is missing (work-queue style: explicit acknowledgement); the stream must be there. Fetches nothing before
 * tl_queue_want(). TL_USAGE, TL_UNSUPPORTED (no libnats here), TL_NOT_FOUND (no such stream: says how to make one), TL_REFUSED (credentials), TL_IO. */
int tl_queue_open(struct tl_queue **out, const struct tl_queue_config *config, struct tl_error *err);
/* Stops fetching; what was taken and not settled is given back. NULL is fine. */
void tl_queue_close(struct tl_queue *queue);
/* How many messages may be ours at once beside those that are: fetched as they come. 0: none any more (drain). */
void tl_queue_want(struct tl_queue *queue, size_t room);
/* Exactly once for each message; signs of life are given by themselves until then. */
void tl_queue_settle(struct tl_queued *queued, enum tl_queue_verdict verdict);
/* Messages that are ours now. */
size_t tl_queue_held(const struct tl_queue *queue);

#endif

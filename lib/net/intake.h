/* net/intake.h: where work is offered: lines of a file or pipe, a Unix socket, a queue on NATS. To whoever takes it they are all alike: offers come as there is room for
 * them, each is settled once, and its result goes back to where it came from. Everything is called on the loop's thread. */
#ifndef TL_NET_INTAKE_H
#define TL_NET_INTAKE_H

#include "net/queue.h"

struct tl_intake;
struct tl_offered; /* an offer that was taken and not settled yet */

struct tl_intake_config {
	struct tl_loop *loop;
	/* "-": lines of `input`. unix:PATH: a socket that is made there (0600; one that a dead process left is replaced), each line of each client. nats:// or tls://:
	 * messages of a queue (net/queue.h). Anything else: lines of that file, which may be a FIFO. */
	const char *address;
	int input;               /* stays open */
	struct tl_queue_login login; /* of a queue */
	bool insecure;           /* of a queue: plain nats beyond this machine is allowed */
	int64_t work_ms;         /* of a queue: as there */
	size_t limit;            /* bytes of one offer; 0: 64 KiB */
	/* An offer, ours until it is settled. `text` during the call, without a line break; never blank. Never called within tl_intake_…. */
	void (*offer)(void *data, struct tl_offered *offered, struct tl_str text);
	/* One that is too large to be made at all, in words: nothing is to be settled; a client of the socket was told by a line {"error": WHY}. May be NULL. */
	void (*refused)(void *data, const char *why);
	/* No more offers will come: the end of the file or pipe (of a socket or a queue there is none), or it can be read no further, and `why` says so. Once, after the
	 * last offer; those not settled yet still are. */
	void (*ended)(void *data, const char *why);
	/* The queue's connection was lost (NULL: is there again), in words. May be NULL. */
	void (*trouble)(void *data, const char *why);
	void *data;
};

/* Offers nothing before tl_intake_want(). TL_USAGE for an address that cannot be used, and for a socket that another process serves; TL_NOT_FOUND for a file that is not
 * there; TL_IO; and those of tl_queue_open(). */
int tl_intake_open(struct tl_intake **out, const struct tl_intake_config *config, struct tl_error *err);
/* What was taken and not settled is given back (a queue's) or forgotten; no tl_offered may be used any more. Results that were settled are still written, as far as a
 * client takes them within a second. The socket's file is removed. NULL is fine. */
void tl_intake_close(struct tl_intake *intake);
/* How many offers may be made from now on, beside those that were: nothing more is read. 0: none any more; a queue's go to others. */
void tl_intake_want(struct tl_intake *intake, size_t room);
/* Exactly once for each offer. `result` (one line, without its end; empty: none) goes to the client of the socket that made it, if it is still there; files and queues have
 * nobody to tell. Of lines, TL_QUEUE_AGAIN says nothing: they are not offered again. */
void tl_intake_settle(struct tl_offered *offered, enum tl_queue_verdict verdict, struct tl_str result);
/* The number of its line, from 1, within the file or what the client of the socket sent; 0: it was none. */
uint64_t tl_intake_line(const struct tl_offered *offered);
/* Offers that were made and not settled. */
size_t tl_intake_held(const struct tl_intake *intake);

#endif

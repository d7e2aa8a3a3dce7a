/* net/queue_address.h: where a queue lies: nats://host:port/STREAM/CONSUMER. The room's own. */
#ifndef TL_NET_QUEUE_ADDRESS_H
#define TL_NET_QUEUE_ADDRESS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* Its parts in the arena it was parsed with, each NUL-terminated. */
struct tl_queue_address {
	struct tl_str server; /* "nats://host:port", for libnats and for messages */
	struct tl_str host;   /* an IPv6 address without its brackets */
	struct tl_str stream, consumer;
	bool secure;          /* tls:// */
	bool loopback;
};

/* Whether a text is meant as one. */
bool tl_queue_address_is(struct tl_str text);
/* TL_USAGE for what is none, for one that holds a user or password, and for plain nats:// beyond this machine where it is not `insecure`. */
int tl_queue_address_parse(struct tl_queue_address *out, struct tl_arena *arena, struct tl_str text, bool insecure, struct tl_error *err);

#endif

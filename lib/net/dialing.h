/* net/dialing.h: what the files behind net/dial.h share. */
#ifndef TL_NET_DIALING_H
#define TL_NET_DIALING_H

#include <sys/socket.h>

#include "base/arena.h"
#include "crypto/tls.h"
#include "net/address.h"
#include "net/dial.h"
#include "net/looping.h"
#include "net/socketing.h"

#define TL_DIAL_READ ((size_t)65536) /* bytes that are read at once */
#define TL_DIAL_MASKS ((size_t)1024) /* random bytes that are asked for at once */
#define TL_DIAL_ADDRESSES 8          /* of one name that are tried */

/* Where a name leads, for all sockets of a dialer that go there. */
struct tl_dial_place {
	struct tl_dial_place *after;
	struct tl_dialer *dialer; /* NULL: it is gone, and so is the place when the answer comes */
	struct tl_str name;
	struct tl_arena arena;
	bool asked;               /* the answer is waited for */
	uv_getaddrinfo_t question;
	int64_t until_ms;         /* that the answer counts */
	struct sockaddr_storage addresses[TL_DIAL_ADDRESSES];
	size_t count, good;       /* good: which one has answered last */
};

/* Bytes that wait: allocated while there are any. */
struct tl_pile {
	unsigned char *bytes;
	size_t at, end, size;
};

enum tl_dial_step {
	TL_DIAL_RESOLVE, /* the name is looked up */
	TL_DIAL_CONNECT,
	TL_DIAL_PROXY,   /* was asked for a way through */
	TL_DIAL_TLS,
	TL_DIAL_REQUEST, /* for the upgrade; its answer */
	TL_DIAL_OPEN,
	TL_DIAL_CLOSING, /* our close frame was sent, theirs is waited for */
	TL_DIAL_DRAIN,   /* everything is said; what comes is thrown away until the other side leaves */
	TL_DIAL_GONE,    /* `gone` is called as soon as libuv has let go of it */
};

/* What is needed until a socket is open. */
struct tl_attempt {
	struct tl_arena arena;
	struct tl_address address;
	struct tl_dial_place *place;   /* the proxy's, where there is one */
	uint16_t port;
	size_t base, tried;       /* addresses of the place: the first one, and how many */
	int64_t deadline_ms;
	char *request;            /* wiped with the attempt */
	size_t request_len, request_sent;
	struct tl_str bearer;     /* within it: an answer that repeats it is not to show it */
	char accept[32];          /* what the other side has to answer to our key */
	struct tl_buf answer;
	size_t head_len;          /* of the answer that says no; 0: not known */
	size_t wanted;            /* bytes of it in all */
	int status;
};

/* Why a socket is no more, kept until it is told. */
struct tl_farewell {
	struct tl_gone gone;
	char reason[];
};

/* A WebSocket that was opened by us. */
struct tl_dialed {
	struct tl_socket socket;
	struct tl_dialer *dialer; /* NULL: it is gone, and was told */
	struct tl_dialed *before, *after;
	struct tl_attempt *attempt; /* NULL: it is open, or was */
	struct tl_tls *tls;
	struct tl_timer *timer;   /* of the step */
	int64_t heard_ms;         /* when something came, the last time */
	uv_poll_t poll;
	int fd;                   /* -1: none */
	int events;               /* that are waited for */
	enum tl_dial_step step;
	bool next;                /* another address is tried when libuv has let go of this one */
	bool pinged;              /* since something came */
	bool speechless;          /* closing without a close frame */
	unsigned char fragments;  /* the first one's opcode; 0: no message has begun */
	struct tl_pile in;        /* of a frame that is not whole */
	struct tl_pile message;   /* of a message that is not whole */
	struct tl_pile out;
	struct tl_farewell *farewell;
};

struct tl_dialer {
	struct tl_dial_config config;
	struct tl_arena arena;
	struct tl_address proxy;
	struct tl_str proxy_login; /* base64 of user:password, or empty */
	struct tl_tls_trust *trust; /* made with the first socket that needs it */
	struct tl_dial_place *places;
	struct tl_dialed *first;
	struct tl_dial_counts counts;
	size_t mask_at;
	unsigned char masks[TL_DIAL_MASKS];
	unsigned char read[TL_DIAL_READ]; /* what has just come, of whichever socket */
	unsigned char frame[TL_DIAL_READ]; /* what is just going out */
};

/* ---- dial.c */

/* What the socket waits for on its descriptor. */
void tl_dialed_want(struct tl_dialed *dialed, int events);
/* Sets the step's timer. */
void tl_dialed_wait(struct tl_dialed *dialed, int64_t ms);
/* It ends, for this reason; `gone` is called by the loop. Nothing once it has ended. */
void tl_dialed_leave(struct tl_dialed *dialed, struct tl_gone gone, const char *fmt, ...) TL_PRINTF(3, 4);

/* Closes the connection; the next address is tried after it where `next` says so. */
void tl_dialed_hang_up(struct tl_dialed *dialed);

enum tl_dial_io { TL_DIAL_SOME, TL_DIAL_WAIT, TL_DIAL_END, TL_DIAL_FAULT };
/* One read or write: SOME with *count above 0. WAIT: the descriptor is watched for what it needs. */
enum tl_dial_io tl_dialed_read(struct tl_dialed *dialed, void *out, size_t size, size_t *count);
enum tl_dial_io tl_dialed_write(struct tl_dialed *dialed, const void *bytes, size_t size, size_t *count);

void tl_pile_add(struct tl_pile *pile, const void *bytes, size_t len);
void tl_pile_take(struct tl_pile *pile, size_t len); /* from the front */
void tl_pile_clear(struct tl_pile *pile);

/* ---- dial_connect.c: until there is a connection, through proxy and TLS */

/* Looks up the name, or goes on at once where it is known. */
void tl_dialed_begin(struct tl_dialed *dialed);
void tl_dialed_connect(struct tl_dialed *dialed);
/* The descriptor is ready for something: one function a step. */
void tl_dialed_connected(struct tl_dialed *dialed);
void tl_dialed_proxy(struct tl_dialed *dialed);
void tl_dialed_tls(struct tl_dialed *dialed);
/* It has taken too long. */
void tl_dialed_late(struct tl_dialed *dialed);
/* "host:port" of what is connected to, for people. */
struct tl_str tl_dialed_peer(struct tl_dialed *dialed);

/* ---- dial_handshake.c: the request for an upgrade and its answer */

int tl_attempt_request(struct tl_attempt *attempt, struct tl_str bearer, struct tl_error *err);
void tl_attempt_free(struct tl_attempt *attempt); /* NULL is fine */
void tl_dialed_request(struct tl_dialed *dialed);
/* The answer that says no is as whole as it will get. */
void tl_dialed_refused(struct tl_dialed *dialed);

/* ---- dial_frame.c: messages, pings, the end */

extern const struct tl_socket_way tl_dialed_way;
/* The other side has agreed; `rest` came with its answer. */
void tl_dialed_open(struct tl_dialed *dialed, struct tl_str rest);
/* Something can be read or written. */
void tl_dialed_exchange(struct tl_dialed *dialed);
void tl_dialed_drain(struct tl_dialed *dialed);
/* Nothing came for long. */
void tl_dialed_quiet(struct tl_dialed *dialed);

#endif

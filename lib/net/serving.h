/* net/serving.h: what the files behind net/serve.h share. libwebsockets' types do not leave this room. */
#ifndef TL_NET_SERVING_H
#define TL_NET_SERVING_H

#include <libwebsockets.h>

#include "net/chunked.h"
#include "net/loop.h"
#include "net/serve.h"
#include "net/socketing.h"

/* HTTP/2 frames larger than this are not sent: libwebsockets 4.1 would cut them wrongly. */
#define TL_SERVE_PIECE ((size_t)16384)

#define TL_SERVE_MISDIRECTED "this server answers to loopback names only"

struct tl_server {
	struct tl_serve_config config;
	struct tl_server *first;    /* whose loop it is; itself */
	struct tl_server *joined;   /* the next one on the same loop */
	struct lws_context *context;
	struct lws_vhost *vhost;
	SSL_CTX *outward;           /* nobody is connected to: without it libwebsockets would read the system's authorities for that */
	char *address;
	bool secure;
	struct tl_loop *loop;
	bool own_loop;              /* of the first alone: nobody else has it */
	int pipe_fd;                /* … libwebsockets' own, by which it is woken; -1: not known */
};

/* What a connection (or HTTP/2 stream) has going on: libwebsockets' memory. */
struct tl_session {
	struct tl_exchange *exchange;
	struct tl_served *socket;
};

enum tl_answer_kind { TL_ANSWER_NONE, TL_ANSWER_WHOLE, TL_ANSWER_CUT, TL_ANSWER_SLOW, TL_ANSWER_RESET, TL_ANSWER_FLOOD };

struct tl_exchange {
	struct tl_server *server;
	struct lws *wsi;
	struct tl_arena arena;
	const char *method;
	struct tl_str path;
	struct tl_buf body;
	bool is_chunked;            /* the body comes in chunks */
	struct tl_chunked chunked;
	void *data;
	bool too_large;             /* the body: read to its end, but not kept */
	bool asked;                 /* the server's owner has it */
	bool closing;               /* the connection cannot be used after the answer */
	bool paused;                /* nothing is read until it is answered */
	bool http2;
	enum tl_answer_kind kind;
	int status;
	const char *type;
	struct tl_str *names, *values; /* headers */
	size_t n_headers;
	struct tl_str answer;
	uint64_t length, sent;      /* of the answer's body */
	uint64_t bound;             /* CUT: bytes; SLOW: bytes a second */
	int64_t started_us;
	bool headers_sent;
	struct tl_timer *timer;     /* SLOW: until the next piece, or NULL */
};

struct tl_message {
	struct tl_message *after;
	size_t length;
	bool binary;
	unsigned char bytes[];      /* LWS_PRE of room, then the text */
};

/* A WebSocket that was opened by the other side. */
struct tl_served {
	struct tl_socket socket;
	struct tl_server *server;
	struct lws *wsi;
	struct tl_message *oldest, *newest;
	size_t backlog;
	struct tl_buf message;      /* that is coming in */
	bool closing;               /* once everything is sent */
	bool close_sent;
	struct tl_timer *patience;  /* until the other side's close frame is waited for no longer, or it is cut off */
	bool speechless;            /* closing without a close frame */
	int close_code;
	char close_reason[124];
};

/* Microseconds of a clock that never goes back. */
int64_t tl_serve_now_us(void);
/* The table of libwebsockets' events: what is about requests, and what is about WebSockets. Non-zero ends the connection. */
int tl_serve_http(struct tl_server *server, struct lws *wsi, enum lws_callback_reasons reason, struct tl_session *session, void *in,
                  size_t len);
int tl_serve_socket(struct tl_server *server, struct lws *wsi, enum lws_callback_reasons reason, struct tl_session *session, void *in,
                    size_t len);
/* A new exchange for the request whose headers have come. */
struct tl_exchange *tl_exchange_new(struct tl_server *server, struct lws *wsi);
void tl_exchange_free(struct tl_exchange *exchange);
/* That answer's body. */
struct tl_str tl_exchange_refusal(struct tl_exchange *exchange, int status, const char *code, const char *message);
/* Whether the request names a host that is this machine by its own name. */
bool tl_exchange_host_is_loopback(const struct tl_exchange *exchange);
/* Answers at once, in one piece and by hand, for when libwebsockets does not write by itself: the connection must end. Negative: it was not sent; else positive. */
int tl_exchange_refuse_now(struct tl_exchange *exchange, int status, struct tl_str body);
/* serve_pipeline.c, of HTTP/1.1 alone: an answer has been written; whether the request whose head was just read had been read by then. */
void tl_pipeline_mark(struct lws *wsi);
bool tl_pipeline_came_early(struct lws *wsi);

#endif

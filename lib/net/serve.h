/* net/serve.h: serving HTTP/1.1, HTTP/2 (over TLS) and WebSockets on one event loop (net/loop.h), its own or one that others live on as well. libwebsockets behind
 * it, by its libuv loop: the one that it has itself takes most of a core from 5,000 sockets on. Everything is called on the loop's thread, which is the one that runs it. */
#ifndef TL_NET_SERVE_H
#define TL_NET_SERVE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "net/loop.h"

struct tl_server;
struct tl_exchange; /* a request that waits for its answer */
struct tl_socket;   /* a WebSocket */

#define TL_UPGRADE_CUT 0

struct tl_serve_config {
	struct tl_loop *loop;      /* that it lives on, and that somebody runs; NULL: one of its own */
	const char *address;       /* "127.0.0.1:0", "[::1]:8080"; port 0: any free one */
	bool exposed;              /* false: anything but loopback is TL_USAGE, and requests whose Host is no loopback name get 421 */
	const char *expose_hint;   /* what the refusal adds, for people; may be NULL */
	struct tl_str certificate, key; /* PEM: TLS with them; empty: plain */
	size_t body_limit;         /* of requests; 0: 16 MiB. More is 413 */
	size_t message_limit;      /* of WebSocket messages; 0: 64 KiB */
	/* A whole request. It is answered now or later, exactly once, by one of tl_exchange_…; it is gone by itself where the client leaves (tl_exchange_gone). */
	void (*request)(void *data, struct tl_exchange *exchange);
	/* The client of a request that was not answered yet left; may be NULL. */
	void (*gone)(void *data, struct tl_exchange *exchange);
	/* A request for an upgrade: 101 accepts it, another status refuses it with `body`, TL_UPGRADE_CUT ends the connection without an answer. NULL: WebSockets are refused. */
	int (*upgrade)(void *data, struct tl_exchange *exchange, struct tl_buf *body);
	void (*opened)(void *data, struct tl_socket *socket, struct tl_exchange *exchange);
	void (*message)(void *data, struct tl_socket *socket, struct tl_str message, bool binary);
	void (*closed)(void *data, struct tl_socket *socket);
	void *data;
};

/* Listens. TL_USAGE for a bad or not allowed address, TL_IO where it is taken. */
int tl_server_open(struct tl_server **out, const struct tl_serve_config *config, struct tl_error *err);
/* Cuts off who is there; not to be called by one of its own callbacks. NULL is fine. */
void tl_server_close(struct tl_server *server);
/* "http://127.0.0.1:40123" or https. Borrowed. */
struct tl_str tl_server_address(const struct tl_server *server);
/* tl_loop_run() and tl_loop_stop() of its loop, for servers with one of their own. */
int tl_server_run(struct tl_server *server, int64_t for_ms, int (*stopped)(void), struct tl_error *err);
void tl_server_stop(struct tl_server *server);
/* A second listener beside the first, with a config of its own (but for the loop). Closed with the first. */
int tl_server_join(struct tl_server **out, struct tl_server *first, const struct tl_serve_config *config, struct tl_error *err);

/* The request. Views live as long as the exchange. */
const char *tl_exchange_method(const struct tl_exchange *exchange);
struct tl_str tl_exchange_path(const struct tl_exchange *exchange);  /* decoded, without the query */
/* The path with its query as the request line may have had it: libwebsockets keeps both decoded alone. `guess` 0: as if nothing had been encoded; then as clients encode;
 * no pointer past the last. What it has no guess for: '//', '/./' and '/../' in a path (they are resolved before), ';' between a query's pieces, and characters that were
 * encoded without need. */
struct tl_str tl_exchange_target(const struct tl_exchange *exchange, size_t guess);
struct tl_str tl_exchange_query(const struct tl_exchange *exchange, const char *name); /* decoded; no pointer: not there */
/* The pieces of the query in order, as a name may come several times: false past the last one. A piece without '=' has a value without pointer. */
bool tl_exchange_query_at(struct tl_str *name, struct tl_str *value, const struct tl_exchange *exchange, size_t index);
struct tl_str tl_exchange_header(const struct tl_exchange *exchange, const char *name); /* lower case; no pointer: not there */
struct tl_str tl_exchange_body(const struct tl_exchange *exchange);
struct tl_arena *tl_exchange_arena(struct tl_exchange *exchange);    /* freed with it */
void *tl_exchange_data(const struct tl_exchange *exchange);
void tl_exchange_set_data(struct tl_exchange *exchange, void *data);

struct tl_reply_header {
	const char *name;
	struct tl_str value;
};
/* The answer, copied. `type` "application/json"; NULL: no body. */
void tl_exchange_reply(struct tl_exchange *exchange, int status, const struct tl_reply_header *headers, size_t n_headers, const char *type,
                       struct tl_str body);
/* For whoever refuses an upgrade: its answer's headers, copied. */
void tl_exchange_refusal_headers(struct tl_exchange *exchange, const struct tl_reply_header *headers, size_t n_headers);
/* Answers that go wrong, for tests: the body cut after `bytes` and the connection closed; sent slowly, `bytes` a second; no answer at all, the connection reset. */
void tl_exchange_reply_cut(struct tl_exchange *exchange, int status, const char *type, struct tl_str body, size_t bytes);
void tl_exchange_reply_slow(struct tl_exchange *exchange, int status, const char *type, struct tl_str body, size_t bytes);
void tl_exchange_reset(struct tl_exchange *exchange);
/* As many bytes of nothing as are asked for, made on the way: an answer of 2 GB costs no memory. */
void tl_exchange_reply_flood(struct tl_exchange *exchange, int status, const char *type, uint64_t bytes);

void tl_socket_send(struct tl_socket *socket, struct tl_str text);
/* As above, as a binary message. */
void tl_socket_send_binary(struct tl_socket *socket, struct tl_str bytes);
/* Queued bytes that were not sent yet. */
size_t tl_socket_backlog(const struct tl_socket *socket);
void tl_socket_close(struct tl_socket *socket, int code, const char *reason);
/* Ends the connection without a close frame, once everything is sent: as a broken one looks from the other side. */
void tl_socket_end(struct tl_socket *socket);
void *tl_socket_data(const struct tl_socket *socket);
void tl_socket_set_data(struct tl_socket *socket, void *data);

/* tl_loop_after() on its loop. */
struct tl_timer *tl_server_after(struct tl_server *server, int64_t ms, void (*fire)(void *data), void *data);
struct tl_loop *tl_server_loop(const struct tl_server *server);

#endif

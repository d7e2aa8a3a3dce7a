/* net/http.h: HTTP requests from many threads at once over few connections: one event thread, HTTP/2 where the server speaks it over TLS, connections
 * used again. libcurl behind it is loaded at the first request, so that a program which makes none pays nothing.
 *
 * Certificates are verified, redirects are never followed, every size and time has a cap, nothing is sent twice here: trying again is net/client.h's. */
#ifndef TL_NET_HTTP_H
#define TL_NET_HTTP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"

struct tl_http;

struct tl_http_config {
	const struct tl_clock *clock; /* latencies, deadlines */
	const char *proxy;            /* address, or NULL: none, whatever the process environment says */
	const char *ca;               /* file of certificates that are trusted beside the system's, or NULL */
	int64_t connect_ms;           /* 0: 10 s */
	int64_t total_ms;             /* for a whole request where it says nothing itself; 0: 60 s */
	size_t body_limit;            /* of an answer where a request says nothing itself; 0: 16 MiB */
	unsigned connections;         /* at most to one host over HTTP/1.1; 0: 32 */
	unsigned most;                /* requests under way at once, whatever the protocol: others wait for their turn; 0: any number */
	bool public_only;             /* refuse to connect to addresses of tl_ip_is_private(): webhooks. Behind a proxy that is the proxy's to do */
	bool insecure;                /* plain http beyond this machine is allowed */
	int (*stopped)(void);         /* asked often while a request is under way: non-zero ends all of them with TL_INTERRUPTED; may be NULL */
};

struct tl_http_header {
	struct tl_str name, value;
};

struct tl_http_request {
	const char *method;
	struct tl_str url;            /* whole */
	const struct tl_http_header *headers;
	size_t n_headers;
	struct tl_str body;           /* no pointer: none */
	int64_t total_ms;             /* 0: the config's */
	size_t body_limit;            /* 0: the config's */
	/* Asked by the event thread when the request's turn has come, just before it goes out: false: it does not. It must not wait. NULL: it goes. */
	bool (*still)(void *data);
	void *data;
	bool secret;                  /* the answer's body is: no copy of it stays behind but the one in the arena, which the caller wipes */
};

/* What became of a request that got no whole answer. */
enum tl_http_fate {
	TL_HTTP_ANSWERED, /* status, headers and the whole body are there */
	TL_HTTP_UNSENT,   /* it never reached the server: name, connection, certificate, proxy */
	TL_HTTP_LOST,     /* it may have reached the server: cut off, timed out, answer broken or too large */
};

struct tl_http_answer {
	enum tl_http_fate fate;
	int status;                   /* 0: none came */
	struct tl_http_header *headers; /* names in lower case, in the arena */
	size_t n_headers;
	struct tl_str body;           /* in the arena */
	int64_t latency_ms;
	int version;                  /* 1: HTTP/1.x, 2: HTTP/2 */
	bool withheld;                /* where -1: it was not even begun: `still` said no, or all were to stop while it waited for its turn */
	bool hopeless;                /* where -1: trying again would change nothing (certificate, wrong host name, proxy's refusal, configuration) */
};

/* `config` is copied, what it points to is borrowed until the close. Opens no connection and loads nothing. */
int tl_http_open(struct tl_http **out, const struct tl_http_config *config, struct tl_error *err);
/* Loads libcurl by a thread of its own, so that the first request need not wait for that. Nothing is connected to; what goes wrong the first request will say. */
void tl_http_warm(struct tl_http *http);
/* No request may be under way. NULL is fine. */
void tl_http_close(struct tl_http *http);

/* Sends one request and waits for its answer; any number of threads at once. 0 where there is a whole answer, whatever its status. -1 with out->fate and the
 * reason in words that say what to do: TL_IO (unreachable, certificate, wrong host name, proxy), TL_TIMED_OUT, TL_REFUSED (an answer
 * larger than what is read of one), TL_USAGE (address not allowed), TL_INTERRUPTED. */
int tl_http_send(struct tl_http_answer *out, struct tl_arena *arena, struct tl_http *http, const struct tl_http_request *request,
                 struct tl_error *err);
/* The value of a header of that name (lower case), or a view without a pointer. */
struct tl_str tl_http_header_of(const struct tl_http_answer *answer, const char *name);

#endif

/* net/client.h: a platform's API: OAuth token (one for all threads, renewed once), send budget, retries, errors in words. */
#ifndef TL_NET_CLIENT_H
#define TL_NET_CLIENT_H

#include "base/map.h"
#include "net/budget.h"
#include "net/http.h"

struct tl_client;

struct tl_client_config {
	const struct tl_clock *clock;
	struct tl_http *http;          /* borrowed */
	struct tl_str login, api;      /* addresses: https, or loopback; `api` requests are paths below it */
	struct tl_str scopes;          /* asked for, separated by blanks; empty: all that the client has */
	/* Where id and secret come from: asked at the first token, and again for each one. Both in `arena`, which is wiped after use. */
	int (*secrets)(struct tl_str *id, struct tl_str *secret, struct tl_arena *arena, void *data, struct tl_error *err);
	void *data;
	uint64_t rate_top, rate_bottom; /* the share of the budget; 0: all of it */
	uint64_t sends_a_minute;       /* the platform's: 300; 0: no limit */
	unsigned attempts;             /* of one request in all; 0: 8 */
	int64_t deadline_ms;           /* for one request with all its attempts and waits; 0: 5 minutes */
	int (*stopped)(void);
	const char *agent;             /* user agent */
	/* Told by the thread that waits, before a wait of two seconds or more: how long, and what the last attempt came to, or which budget is used up. May be NULL. */
	void (*waits)(void *data, int64_t ms, const char *why);
};

/* When a request may be sent again although the server may have taken it. A 429 and a request that never left are repeated for every kind. */
enum tl_again {
	TL_AGAIN_SAFE,   /* changes nothing, or the same twice: on 5xx and loss */
	TL_AGAIN_NEVER,  /* a create: what is lost is settled by the caller */
	TL_AGAIN_GUARDED /* a write with a version or If-Match: on 5xx and loss, a late twin loses; the answer says `repeated` */
};

struct tl_api_request {
	const char *method;
	struct tl_str path;            /* "/api/v2/…", encoded */
	struct tl_str body;            /* JSON; no pointer: none */
	struct tl_str if_match;        /* or empty */
	enum tl_again again;
	size_t body_limit;             /* 0: the default */
	int64_t deadline_ms;           /* 0: the client's */
	/* Before each attempt `ready` is asked by the thread that sends, which may take a while: -1 ends the request, and that attempt is not counted. Then, when its turn has
	 * come, `still` by another thread, which must not wait: false has `ready` asked once more. Either may be NULL. */
	int (*ready)(void *data, struct tl_error *err);
	bool (*still)(void *data);
	void *data;
	bool accept_conflict;          /* 409 and 412 are answers, not errors */
	bool accept_missing;           /* 404 is an answer */
	bool accept_invalid;           /* 400 and 422 are answers */
	struct tl_budget *budget;      /* beside the client's own, for a route with a limit of its own (profiles: 200); may be NULL */
};

struct tl_api_answer {
	int status;
	struct tl_str body;            /* in the arena */
	struct tl_str etag;            /* or empty */
	struct tl_str correlation;     /* the server's id of the request, or empty */
	int64_t latency_ms;            /* of the last attempt */
	unsigned attempts;
	bool repeated;                 /* an earlier attempt may have taken effect */
	enum tl_http_fate fate;        /* of the last attempt, where -1 */
};

int tl_client_open(struct tl_client **out, const struct tl_client_config *config, struct tl_error *err);
void tl_client_close(struct tl_client *client); /* NULL is fine; secrets are wiped */

/* One request with its attempts; any number of threads at once. 0 for a 2xx or an accepted status, with JSON or nothing as its body. Else -1: TL_LOST where it may
 * have taken effect and nobody knows (only TL_AGAIN_NEVER and TL_AGAIN_GUARDED; also after a 5xx, and a 2xx that is no JSON), TL_CONFLICT (409, 412), TL_NOT_FOUND
 * (404), TL_REFUSED (401, 403 with the missing scope, 400, 422, other 4xx, 5xx to the end, HTML instead of JSON, a redirect, an answer too large, no token), TL_TIMED_OUT,
 * TL_IO, TL_INTERRUPTED. out->status and the like are set in any case. The message names what was asked and what to do; never a token. */
int tl_client_send(struct tl_api_answer *out, struct tl_arena *arena, struct tl_client *client, const struct tl_api_request *request,
                   struct tl_error *err);
/* The scopes of the token as the login server named them, in `arena`; gets a token where there is none. */
int tl_client_scopes(struct tl_str *out, struct tl_arena *arena, struct tl_client *client, struct tl_error *err);
/* The token itself, for connections that are no requests, in `arena`, which is the caller's to wipe; gets one where there is none. `used`: one that was answered with
 * 401 and is forgotten first, or empty. */
int tl_client_bearer(struct tl_str *out, struct tl_arena *arena, struct tl_client *client, struct tl_str used, struct tl_error *err);

/* What was sent so far, for metrics. */
struct tl_client_counts {
	uint64_t sends, retries, rate_limited, tokens, failures;
	int64_t waited_ms; /* for the budget */
};
struct tl_client_counts tl_client_counts(struct tl_client *client);

#endif

/* sandbox/route.h: what every route of the sandbox is made of. A part of the platform is a file with its routes and a line in the table of part.c; what it keeps
 * is its own. Handlers run on the loop's thread, one after the other, and answer before they return: latency and faults are put on around them. */
#ifndef TL_SANDBOX_ROUTE_H
#define TL_SANDBOX_ROUTE_H

#include "doc/json.h"
#include "net/serve.h"
#include "sandbox/sandbox.h"

struct tl_local_store;
struct tl_token;

/* The addresses that the sandbox listens on: parts say which of them they serve. */
enum tl_face_bit {
	TL_FACE_OWN = 1,       /* the first one: the contracts of `genesys` and `cxone` */
	TL_FACE_ARCHITECT = 2, /* the vendor's own API */
};

#define TL_ROUTE_PARAMS 4
#define TL_ROUTE_HEADERS 8

/* A request of a route, and its answer. */
struct tl_routed {
	struct tl_sandbox *sandbox;
	void *state;                   /* the part's own */
	const struct tl_route *route;
	struct tl_exchange *exchange;
	struct tl_arena *arena;        /* lives as long as the exchange */
	struct tl_str params[TL_ROUTE_PARAMS]; /* what stands for {…} in the pattern, in order */
	struct tl_token *token;        /* whose request it is; NULL where the route asks for none */
	unsigned face;                 /* the address it came to */
	struct tl_str correlation;     /* its id: in a header of each answer, and in errors */
	/* The answer: the functions below make it. */
	int status;
	struct tl_reply_header headers[TL_ROUTE_HEADERS];
	size_t n_headers;
	struct tl_buf body;
	const char *type;              /* NULL: JSON where there is a body */
	struct tl_json json;
	struct tl_doc *doc;            /* of the request, or NULL */
};

/* Who may come. */
enum tl_route_guard {
	TL_GUARD_TOKEN, /* whoever has a token, with one of the scopes where the route names some */
	TL_GUARD_OPEN,  /* anybody: the route sees to it itself */
	TL_GUARD_ADMIN, /* the admin token */
};

struct tl_route {
	const char *method;
	const char *pattern;           /* "/api/v2/flows/{id}/versions/{version}"; "{id*}" takes slashes too, as what came encoded is decoded by then */
	const char *scope;             /* "flow:view|flow:read": any of them; NULL: none is needed */
	void (*handle)(struct tl_routed *call);
	enum tl_route_guard guard;
	uint64_t rate;                 /* requests a minute of one token, beside the limit that all share; 0: no limit of its own */
};

/* A WebSocket's route. What `opened` returns is handed to the other two. The socket's own data is not for parts. */
struct tl_socket_route {
	const char *pattern;
	const char *scope;             /* as above, but all of them, separated by '&': 401 or 403 at the handshake */
	void *(*opened)(struct tl_sandbox *sandbox, void *state, struct tl_socket *socket);
	void (*message)(void *session, struct tl_socket *socket, struct tl_str message, bool binary);
	void (*closed)(void *session, struct tl_socket *socket);
	/* In place of a token and of `opened`, for who looks at the request: `welcome` says at the handshake whether it may come, `joined` begins. Both or none. */
	bool (*welcome)(void *state, const struct tl_exchange *exchange);
	void *(*joined)(struct tl_sandbox *sandbox, void *state, struct tl_socket *socket, const struct tl_exchange *exchange);
};

/* A part of the platform. */
struct tl_part {
	const char *name;
	const struct tl_route *routes;
	size_t n_routes;
	const struct tl_socket_route *sockets;
	size_t n_sockets;
	/* What it keeps; both may be NULL. */
	int (*open)(void **state, struct tl_sandbox *sandbox, struct tl_error *err);
	void (*close)(void *state);
	/* The member of a seed that is its own, and what to do with it; `folder` is where paths in it start from. NULL: none. */
	const char *seed_key;
	int (*seed)(void *state, struct tl_sandbox *sandbox, const struct tl_item *item, const char *folder, struct tl_error *err);
	unsigned faces; /* the addresses that serve it, of enum tl_face_bit; 0: the first one alone */
};
extern const struct tl_part *const tl_part_table[];
extern const size_t tl_part_count;
/* What that part keeps, for another one. */
void *tl_part_state(const struct tl_sandbox *sandbox, const struct tl_part *part);

/* ---- for handlers: what was asked */

/* Whether the body is, by its headers, what can be read here: JSON as it is. False: it says that it is something else, and 415 has been answered. What clients say
 * that were told nothing (text/plain, a form) is let pass. */
bool tl_route_takes_body(struct tl_routed *call);
/* The request's body, a tree that lives as long as the call; NULL: it is none, and 400 or 415 has been answered. */
const struct tl_item *tl_route_body(struct tl_routed *call);
/* As above, and it is a map. */
const struct tl_item *tl_route_body_map(struct tl_routed *call);

/* ---- for handlers: what is answered; exactly one of these, last */

/* Begins an answer: write one JSON value to what it returns. Headers may still be added. */
struct tl_json *tl_route_json(struct tl_routed *call, int status);
/* An answer without a body. */
void tl_route_empty(struct tl_routed *call, int status);
/* {message, code, status, contextId, details: [], errors: []} */
void tl_route_error(struct tl_routed *call, int status, const char *code, const char *fmt, ...) TL_PRINTF(4, 5);
/* The same in parts, for who has more to say: begins the answer with all but `details` and `errors`; ends it with those two, empty. */
struct tl_json *tl_route_error_begin(struct tl_routed *call, int status, const char *code, struct tl_str message);
void tl_route_error_end(struct tl_json *json);
/* As above, for what `err` says: 404, 409, 400 or 500. */
void tl_route_failed(struct tl_routed *call, const struct tl_error *err);
/* Adds a header; the value is copied. */
void tl_route_header(struct tl_routed *call, const char *name, struct tl_str value);

/* ---- paging: {entities, pageNumber, pageSize, total, pageCount, nextUri} */

struct tl_page {
	uint64_t number, size; /* from the query: 1 and 25 where nothing is said */
	uint64_t first;        /* of the entities, counted from 0 */
};
/* False where the query asks for what is no page; 400 has been answered. */
bool tl_route_page(struct tl_page *page, struct tl_routed *call);
/* Begins the answer and its `entities`: write each entity of the page, then end it. `query`: what else nextUri repeats ("&name=a"), or "". */
struct tl_json *tl_route_page_begin(struct tl_routed *call);
void tl_route_page_end(struct tl_routed *call, const struct tl_page *page, uint64_t total, const char *query);

/* ---- the sandbox, for parts */

const struct tl_clock *tl_sandbox_clock(const struct tl_sandbox *sandbox);
int64_t tl_sandbox_now_us(const struct tl_sandbox *sandbox); /* of a clock that never goes back */
/* Whether somebody reads what is told; a line of it. */
bool tl_sandbox_tells(const struct tl_sandbox *sandbox);
void tl_sandbox_tell(const struct tl_sandbox *sandbox, const char *line);
struct tl_server *tl_sandbox_server(const struct tl_sandbox *sandbox); /* for timers */
struct tl_local_store *tl_sandbox_store(const struct tl_sandbox *sandbox);
/* A random UUID in `arena`. */
struct tl_str tl_sandbox_uuid(struct tl_arena *arena);

#endif

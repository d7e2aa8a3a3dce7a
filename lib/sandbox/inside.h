/* sandbox/inside.h: what the sandbox is made of. For its own files. */
#ifndef TL_SANDBOX_INSIDE_H
#define TL_SANDBOX_INSIDE_H

#include "platform/local_store.h"
#include "sandbox/fault.h"
#include "sandbox/parts.h"
#include "sandbox/rate.h"

/* One of the addresses: what its listener is handed. */
struct tl_face {
	struct tl_sandbox *sandbox;
	unsigned bit;                  /* of enum tl_face_bit */
	struct tl_server *server;
};

struct tl_sandbox {
	struct tl_sandbox_config config;
	struct tl_clock clock;
	struct tl_arena arena;
	struct tl_server *server;      /* the first one's: timers are its own */
	struct tl_face own, architect;
	struct tl_str address, address_architect; /* for who connects from here */
	struct tl_local_store *store;
	char *folder;                  /* of what goes with the sandbox; NULL: nothing does */
	struct tl_str client_id, client_secret, admin_token;
	struct tl_str ca;              /* the file of the CA's certificate; empty without TLS */
	struct tl_faults faults;
	void **states;                 /* by part */
	uint64_t *counts;              /* requests by part and route, see tl_sandbox_count */
	uint64_t requests, limited;
};

/* A token that was given out. */
struct tl_token {
	struct tl_str text, client;
	unsigned face;                 /* the address that gave it out, and takes it */
	struct tl_str *scopes;
	size_t n_scopes;
	int64_t ends_ms;               /* of the monotonic clock */
	struct tl_rate rate;
	/* Routes with a limit of their own: one each. */
	struct { const struct tl_route *route; struct tl_rate rate; } own[4];
	size_t n_own;
	struct tl_arena arena;
};

/* The token of that text, if it is one that still holds at that address; else NULL. */
struct tl_token *tl_oauth_token(struct tl_sandbox *sandbox, unsigned face, struct tl_str text);
/* Gives out a token at the vendor's address for whoever has that id, a person too. */
struct tl_token *tl_oauth_give(struct tl_sandbox *sandbox, struct tl_str id);
/* Whether it was given out for that scope. */
bool tl_oauth_has(const struct tl_token *token, struct tl_str scope);
/* It holds no longer. */
void tl_oauth_end(struct tl_token *token);
/* Ends all of them. */
void tl_oauth_end_all(struct tl_sandbox *sandbox);
/* The most requests that any token got through within a minute. */
size_t tl_oauth_busiest(const struct tl_sandbox *sandbox);
/* `count` random hexadecimal digits, in `arena`. */
struct tl_str tl_sandbox_secret(struct tl_arena *arena, size_t count);
/* Whether two texts are the same; how long it takes does not tell where they part. */
bool tl_sandbox_same(struct tl_str a, struct tl_str b);

/* Every request of the sandbox's listeners, and their upgrades. `data` is the struct tl_face. */
void tl_sandbox_request(void *data, struct tl_exchange *exchange);
void tl_sandbox_gone(void *data, struct tl_exchange *exchange);
int tl_sandbox_upgrade(void *data, struct tl_exchange *exchange, struct tl_buf *body);
void tl_sandbox_opened(void *data, struct tl_socket *socket, struct tl_exchange *exchange);
void tl_sandbox_message(void *data, struct tl_socket *socket, struct tl_str message, bool binary);
void tl_sandbox_closed(void *data, struct tl_socket *socket);
/* Whether a part is served at an address. */
bool tl_part_faces(const struct tl_part *part, unsigned face);
/* How often a route was asked for: a counter. */
uint64_t *tl_sandbox_count(struct tl_sandbox *sandbox, const struct tl_route *route);
/* How a job of this call ends by a fault, or NULL. */
const struct tl_fault *tl_sandbox_job_fault(const struct tl_routed *call);
/* How a deployment of this call ends by a fault: published where there is none. *hang: never. */
enum tl_remote_status tl_sandbox_deployment(struct tl_str *reason, bool *hang, const struct tl_routed *call);

#endif

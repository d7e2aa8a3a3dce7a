/* platform/genesys.h: what the files of the driver `genesys` share: requests to the platform's API, and its answers held against the contract.
 *
 * An answer is never trusted: what is no JSON, lacks members, has the wrong types or speaks of another flow is TL_REFUSED in words. Tests hand in a sender of
 * their own in place of the network. */
#ifndef TL_PLATFORM_GENESYS_H
#define TL_PLATFORM_GENESYS_H

#include "net/address.h"
#include "net/client.h"
#include "platform/platform.h"

#define TL_GENESYS_FLOWS "/api/v2/flows"

typedef int tl_genesys_send(struct tl_api_answer *out, struct tl_arena *arena, void *data, const struct tl_api_request *request,
                            struct tl_error *err);

/* The driver's state: nothing in it changes after the open, so that any number of threads may use it. */
struct tl_genesys {
	struct tl_http *http;
	struct tl_client *client;
	tl_genesys_send *send;       /* tl_client_send(), or a test's */
	void *data;                  /* the first for tl_client_send() */
	const struct tl_clock *clock;
	int (*stopped)(void);
	unsigned workers;            /* requests under way at once */
	int64_t list_ms;             /* for a page of a list; 0: the client's */
	struct tl_budget *profiles;  /* what profiles may be asked for beside the client's budget; NULL: as often as anything */
	const struct tl_access *access;
	const struct tl_surroundings *surroundings;
	void (*waits)(void *data, int64_t ms, const char *why); /* or NULL */
	void *waits_data;
	struct tl_arena arena;       /* what the http client borrows */
};

/* A state that sends through `send`; genesys.c's close() frees it. For tests: a driver whose open() calls this. */
struct tl_genesys *tl_genesys_new(const struct tl_platform_config *config, tl_genesys_send *send, void *data);

/* The driver's own, for another that speaks to the same kind of server. */
int tl_genesys_open(void **state, const struct tl_platform_config *config, struct tl_error *err);
void tl_genesys_close(void *state);
void tl_genesys_counts(struct tl_platform_counts *out, void *state);

/* ---- genesys.c: asking */

/* "/api/v2/flows/ID" and `more` ("/versions/3"), the id encoded. TL_USAGE for what can be no id of the platform's ("", ".."). */
int tl_genesys_path(struct tl_str *out, struct tl_arena *arena, struct tl_str id, const char *more, struct tl_error *err);
/* The scopes of our own token, as the login server named them; *count 0 where it does not say, or says it in a wildcard. */
int tl_genesys_own_scopes(struct tl_str **out, size_t *count, struct tl_arena *arena, struct tl_genesys *genesys, struct tl_error *err);
int tl_genesys_flow_get(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err);
int tl_genesys_flow_version(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, int64_t version, struct tl_error *err);
/* Waits; TL_INTERRUPTED where that is asked for meanwhile. */
int tl_genesys_sleep(struct tl_genesys *genesys, int64_t ms, struct tl_error *err);
int64_t tl_genesys_now(const struct tl_genesys *genesys);
/* The wire form of a flow as it is published: without id, version and status. In `arena`. */
int tl_genesys_compile(struct tl_item **out, struct tl_arena *arena, const struct tl_flow *flow, struct tl_error *err);
/* The compact text of a tree, keys in byte order. */
struct tl_str tl_genesys_text(struct tl_arena *arena, const struct tl_item *item);

/* ---- genesys_read.c: the contract of what is answered. `what` is the request, for messages: "GET /api/v2/flows/x". */

struct tl_str tl_genesys_what(struct tl_arena *arena, const struct tl_api_request *request);
/* TL_REFUSED: "the platform's answer to … is not what its contract says: …". */
int tl_genesys_bad(struct tl_error *err, struct tl_str what, const char *fmt, ...) TL_PRINTF(3, 4);
/* The document of an answer; tl_doc_free() it. */
int tl_genesys_document(struct tl_doc **out, struct tl_str body, struct tl_str what, struct tl_error *err);
/* A member that must be there, of that kind; or may be missing or null (*out is NULL then). */
int tl_genesys_member(const struct tl_item **out, const struct tl_item *map, const char *key, enum tl_kind kind, struct tl_str what,
                      struct tl_error *err);
int tl_genesys_member_maybe(const struct tl_item **out, const struct tl_item *map, const char *key, enum tl_kind kind, struct tl_str what,
                            struct tl_error *err);
/* A text, copied into `arena`; "" where it need not be there and is not. And a map, NULL where it is not there. */
int tl_genesys_read_text(struct tl_str *out, struct tl_arena *arena, const struct tl_item *map, const char *key, bool must, struct tl_str what,
                         struct tl_error *err);
int tl_genesys_read_map(const struct tl_item **out, struct tl_arena *arena, const struct tl_item *map, const char *key, struct tl_str what,
                        struct tl_error *err);
/* A whole number that is not negative and not above 2^53. */
int tl_genesys_integer(int64_t *out, const struct tl_item *number, const char *key, struct tl_str what, struct tl_error *err);

/* What stands in a place of an answer. */
enum tl_genesys_shape {
	TL_GENESYS_LISTED, /* a row of the list of flows: its nodes may be missing */
	TL_GENESYS_FLOW,   /* a flow, whole */
	TL_GENESYS_PAST,   /* one of its versions: its status may be missing, in a history its nodes too */
};
/* A flow or version, copied into `arena`; its content where `content`. */
int tl_genesys_remote(struct tl_remote *out, struct tl_arena *arena, const struct tl_item *item, enum tl_genesys_shape shape, bool content,
                      struct tl_str what, struct tl_error *err);
/* The flow of an answer: that its id is `id` (no pointer: any), its version `version` (0: any), and its ETag, where there is one, that version. */
int tl_genesys_flow_of(struct tl_remote *out, struct tl_arena *arena, const struct tl_api_answer *answer, enum tl_genesys_shape shape,
                       struct tl_str id, int64_t version, struct tl_str what, struct tl_error *err);
/* What the body of an error says: "operation.in.progress", and for a person: "node 'menu', field 'transition': message". Views in `arena`; empty where it
 * says nothing. */
void tl_genesys_complaint(struct tl_str *code, struct tl_str *text, struct tl_arena *arena, struct tl_str body);
/* {nodeId, field, code, message} of one entry of a validation's errors or warnings, copied into `arena`. */
int tl_genesys_finding(struct tl_remote_finding *out, struct tl_arena *arena, const struct tl_item *item, struct tl_str what,
                       struct tl_error *err);
void tl_genesys_fill_call(struct tl_remote_call *call, struct tl_arena *arena, const struct tl_api_answer *answer);

/* ---- genesys_list.c */

/* A paged list. */
struct tl_genesys_listing {
	struct tl_genesys *genesys;
	struct tl_str path, query;   /* query: "&name=…" or empty */
	unsigned page_size;
	size_t expected;             /* rows, as far as anybody knows; 0: nobody does */
	enum tl_genesys_shape shape;
	struct tl_str id;            /* of versions: whose; else no pointer */
	const char *noun;            /* of rows, several of them, for messages; NULL: flows, or versions */
	/* What one row is, in `arena`. */
	int (*entity)(struct tl_remote *out, struct tl_arena *arena, const struct tl_item *item, const struct tl_genesys_listing *listing, struct tl_str what,
	              struct tl_error *err);
};
/* All pages, each row once, sorted by id. *missing: there is nothing of that path. A list that changes while it is read is read again. */
int tl_genesys_read_list(struct tl_remotes *out, bool *missing, struct tl_arena *arena, const struct tl_genesys_listing *listing, struct tl_error *err);
/* The history of listing->id, newest first. TL_NOT_FOUND where there is no such flow; *out is empty then. */
int tl_genesys_read_history(struct tl_remotes *out, struct tl_arena *arena, struct tl_genesys_listing *listing, struct tl_error *err);
/* For qsort() of a list: by name, then id. */
int tl_remote_compare_names(const void *left, const void *right);
int tl_genesys_list(struct tl_remotes *out, struct tl_arena *arena, void *state, size_t expected, struct tl_error *err);
int tl_genesys_versions(struct tl_remotes *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err);
/* The flows of exactly that title. */
int tl_genesys_titled(struct tl_remotes *out, struct tl_arena *arena, struct tl_genesys *genesys, struct tl_str title, struct tl_error *err);

/* ---- genesys_create.c, genesys_put.c */

/* How often a write whose answer was lost is sent. */
#define TL_GENESYS_ROUNDS 3

/* One write of a flow. Everything in `arena`, which is cleared when it is over. */
struct tl_genesys_write {
	struct tl_genesys *genesys;
	struct tl_arena arena;
	const struct tl_put *put;
	struct tl_str id;       /* the platform's; empty for a new flow */
	struct tl_str title;    /* what it is called on the platform */
	struct tl_str content;  /* compact, without id, version and status */
	struct tl_str body;     /* what is sent */
	struct tl_str path, what;
	struct tl_api_answer answer; /* to the last send */
	bool unsure;            /* an earlier send may have taken effect */
	bool several;           /* its answer was lost, and the platform has more than one flow of its name */
	struct tl_str beaten_id; /* of the flow where the write took effect and is a conflict all the same; else empty */
	unsigned sends, rounds; /* attempts in all; sends whose answer was lost */
};

/* Longer ids and names are nobody's. */
#define TL_GENESYS_NAME_BYTES 1024

/* How a send ended. */
enum tl_genesys_end {
	TL_GENESYS_WRITTEN,  /* and *out says how it stands */
	TL_GENESYS_BUSY,     /* a publish is under way: try again later */
	TL_GENESYS_UNSURE,   /* it may have taken effect: read back */
	TL_GENESYS_REFUSED,  /* it did not */
};

int tl_genesys_write_init(struct tl_genesys_write *write, struct tl_genesys *genesys, struct tl_str id, const struct tl_put *put,
                          struct tl_error *err);
void tl_genesys_write_clear(struct tl_genesys_write *write);
/* Sends it once (the client may repeat). *out is in `arena`, without content. */
enum tl_genesys_end tl_genesys_write_send(struct tl_remote *out, struct tl_arena *arena, struct tl_genesys_write *write, struct tl_error *err);
/* Whether the version that this write makes is on the platform: 0 and *out is the flow as it stands now; 1 where the platform has not got it and it may be sent
 * again (the last version is still its base); -1: TL_CONFLICT where somebody else's is there in its place or on top, TL_NOT_FOUND where the flow is gone,
 * TL_LOST where it cannot be read back. */
int tl_genesys_settle(struct tl_remote *out, struct tl_arena *arena, struct tl_genesys_write *write, struct tl_error *err);
/* Why it is not known what became of the last send: "the answer was lost", or that it cannot be understood. */
const char *tl_genesys_write_doubt(const struct tl_genesys_write *write);
/* The caller's record of the calls. */
void tl_genesys_write_record(struct tl_genesys_write *write, struct tl_arena *arena, bool settled);
/* Waits before the nth next try, longer each time. */
int tl_genesys_pause(struct tl_genesys *genesys, unsigned n, struct tl_error *err);
/* How long that is. */
int64_t tl_genesys_pause_ms(unsigned n);

int tl_genesys_put(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, const struct tl_put *put, struct tl_error *err);
int tl_genesys_create(struct tl_remote *out, struct tl_arena *arena, void *state, const struct tl_put *put, struct tl_error *err);

/* ---- genesys_run.c */

int tl_genesys_validate(struct tl_remote_findings *out, struct tl_arena *arena, void *state, struct tl_str id, const struct tl_flow *flow,
                        struct tl_error *err);
int tl_genesys_simulate(struct tl_remote_run *out, struct tl_arena *arena, void *state, const struct tl_remote_run_request *request,
                        struct tl_error *err);

/* ---- genesys_live.c */

int tl_genesys_interaction(struct tl_interaction *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err);
int tl_genesys_interaction_patch(struct tl_interaction *out, struct tl_arena *arena, void *state, const struct tl_interaction *base,
                                 const struct tl_item *attributes, struct tl_remote_call *call, struct tl_error *err);
int tl_genesys_profile(struct tl_profile *out, struct tl_arena *arena, void *state, struct tl_str external_id, int64_t deadline_ms, struct tl_error *err);
int tl_genesys_line(struct tl_phone_line *out, struct tl_arena *arena, void *state, struct tl_str used, struct tl_error *err);

#endif

/* platform/architect.h: what the files of the driver `architect` share: the vendor's own API, where a flow is locked while it is edited, is published by a job
 * that takes its YAML from a presigned address, and is read by a job that exports it.
 *
 * In reading order: architect.c (opening, one flow, roles), architect_read.c (what is answered), architect_list.c, architect_named.c (what flows name),
 * architect_export.c and architect_archive.c (what versions say), architect_lock.c, architect_since.c (who has a flow, since when), architect_job.c (publishing jobs), architect_put.c (a write from lock to lock), architect_create.c. */
#ifndef TL_PLATFORM_ARCHITECT_H
#define TL_PLATFORM_ARCHITECT_H

#include <pthread.h>

#include "platform/genesys.h"

#define TL_ARCHITECT_JOBS TL_GENESYS_FLOWS "/jobs"
#define TL_ARCHITECT_EXPORTS TL_GENESYS_FLOWS "/export/jobs"
/* Longer ones are no YAML of a flow. */
#define TL_ARCHITECT_YAML_BYTES ((size_t)64 << 20)
/* The version of a flow that was made and never saved. */
#define TL_ARCHITECT_UNSAVED "0.1"

/* A request to an address that the platform handed out: no token goes with it. As tl_http_send(). */
typedef int tl_architect_fetch(struct tl_http_answer *out, struct tl_arena *arena, void *data, const struct tl_http_request *request, struct tl_error *err);

struct tl_architect_exports;

struct tl_architect {
	struct tl_genesys *genesys;    /* its requests, clock and credentials */
	tl_architect_fetch *fetch;
	void *fetch_data;
	/* Sends even after somebody asked to stop: for giving back what was taken. Opened at first need; a test's own. */
	tl_genesys_send *late;
	void *late_data;
	struct tl_genesys *late_genesys;
	struct tl_platform_config config;
	pthread_mutex_t lock;          /* of what follows */
	struct tl_arena arena;
	struct tl_str client_id;       /* ours; empty: not asked for yet */
	struct tl_map known;           /* platform id -> struct tl_remote *: as the last list had it */
	struct tl_architect_exports *exports;
};

/* For tests: a state whose requests go through the two senders. architect.c's close() frees it. */
struct tl_architect *tl_architect_new(const struct tl_platform_config *config, struct tl_genesys *genesys);

/* ---- architect.c */

/* Whether that is the client whose credentials are used. -1 where they cannot be read. */
int tl_architect_is_us(bool *yes, struct tl_architect *architect, struct tl_str client, struct tl_error *err);
/* A request of the API. A test's or the client's; `late`: although somebody asked to stop. */
int tl_architect_send(struct tl_api_answer *out, struct tl_arena *arena, struct tl_architect *architect, const struct tl_api_request *request, bool late,
                      struct tl_error *err);
/* A GET with its document; TL_NOT_FOUND for a 404. *doc is the caller's. */
int tl_architect_ask(struct tl_doc **doc, struct tl_arena *arena, struct tl_architect *architect, struct tl_str path, bool late, struct tl_error *err);
/* A request to a presigned address: https, or this machine. TL_REFUSED for another. */
int tl_architect_fetch_from(struct tl_http_answer *out, struct tl_arena *arena, struct tl_architect *architect, const struct tl_http_request *request,
                            struct tl_error *err);
/* What the last list said of a flow, copied into `arena`; false where it is not known. */
bool tl_architect_recall(struct tl_remote *out, struct tl_arena *arena, struct tl_architect *architect, struct tl_str id);
void tl_architect_remember(struct tl_architect *architect, const struct tl_remotes *remotes);

/* ---- architect_read.c */

/* A version of a flow. `number` 0: there is none. */
struct tl_architect_version {
	int64_t number;
	struct tl_str by, by_client;   /* name of the person; id of the client */
	int64_t at_ms;                 /* 0: not told */
	bool publishes;                /* it was made by publishing */
};

struct tl_architect_flow {
	struct tl_str id, name, type;  /* type: "INBOUNDCALL" */
	struct tl_architect_version published, checked_in, saved;
	struct tl_str user;            /* who has it locked, for people; or empty */
	struct tl_str client, client_name; /* the id of the client that has; or empty */
	struct tl_str operation;       /* under way: "PUBLISH by Alice"; or empty */
	bool publishing;               /* that is a publish */
	bool deleted;
};
/* A flow of an answer, texts in `arena`. */
int tl_architect_flow(struct tl_architect_flow *out, struct tl_arena *arena, const struct tl_item *item, struct tl_str what, struct tl_error *err);
int tl_architect_version(struct tl_architect_version *out, struct tl_arena *arena, const struct tl_item *item, struct tl_str what, struct tl_error *err);
/* Its last version: the newest of the three. A flow that has none yet is at 0.1. */
const struct tl_architect_version *tl_architect_last(const struct tl_architect_flow *flow);
/* As the interface has it, without content. */
int tl_architect_remote(struct tl_remote *out, struct tl_arena *arena, struct tl_architect *architect, const struct tl_architect_flow *flow, struct tl_error *err);
/* Who has it locked, for people: "Alice", "the client 'CI'"; empty: nobody. */
struct tl_str tl_architect_holder(struct tl_arena *arena, const struct tl_architect_flow *flow);
/* When they saved what is not checked in yet; 0: nothing is. */
int64_t tl_architect_saved_ms(const struct tl_architect_flow *flow);

/* One message of a job. */
struct tl_architect_message {
	bool error;
	struct tl_str text;
};
/* How a job stands: of publishing or of exporting. */
struct tl_architect_state {
	enum { TL_ARCHITECT_WAITS, TL_ARCHITECT_RUNS, TL_ARCHITECT_GOOD, TL_ARCHITECT_BAD } state;
	struct tl_str flow;            /* the id of the flow that it published; or empty */
	struct tl_str download;        /* of an export that is good */
	struct tl_architect_message *messages;
	size_t n_messages;
	bool limited;                  /* a request of the job's own was answered 429 */
};
int tl_architect_state(struct tl_architect_state *out, struct tl_arena *arena, const struct tl_item *root, struct tl_str what, struct tl_error *err);
/* The errors of its messages in one line, at most so many bytes; empty where it says nothing. */
struct tl_str tl_architect_words(struct tl_arena *arena, const struct tl_architect_state *state, size_t limit);
/* Whether it failed for nothing but the platform's own limit of requests: that hides in its text. */
bool tl_architect_is_limited(const struct tl_architect_state *state);
/* Whether it failed since the flow is locked. */
bool tl_architect_is_locked_out(const struct tl_architect_state *state);
/* Whether it failed over the flow itself: not for the limit, for a lock, or for what our client may not do, which may go right the next time. */
bool tl_architect_is_verdict(const struct tl_architect_state *state);

/* ---- architect_list.c */

int tl_architect_list(struct tl_remotes *out, struct tl_arena *arena, void *state, size_t expected, struct tl_error *err);
int tl_architect_versions(struct tl_remotes *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err);
/* The flows of exactly that name and type. */
int tl_architect_named(struct tl_remotes *out, struct tl_arena *arena, struct tl_architect *architect, struct tl_str name, struct tl_str type,
                       struct tl_error *err);

/* ---- architect_named.c */

int tl_architect_list_named(struct tl_named_list *out, struct tl_arena *arena, void *state, enum tl_named_kind kind, struct tl_error *err);

/* ---- architect_export.c */

struct tl_architect_exports *tl_architect_exports_new(void);
void tl_architect_exports_free(struct tl_architect_exports *exports);
/* What a version of a flow says, as YAML, in `arena`. Those that are asked for at the same time go into one job. TL_NOT_FOUND where the platform does not have it,
 * TL_REFUSED where it does not hand it out. */
int tl_architect_export(struct tl_str *out, struct tl_arena *arena, struct tl_architect *architect, struct tl_str id, int64_t version, struct tl_error *err);

/* ---- architect_archive.c */

/* One file of what was exported. */
struct tl_architect_file {
	struct tl_str name;            /* empty: it has none */
	struct tl_str bytes;
};
/* What a download holds: a zip archive's files, or one YAML document or several, in `arena`. TL_REFUSED where an archive is broken or larger than `limit` bytes. */
int tl_architect_unpack(struct tl_architect_file **out, size_t *count, struct tl_arena *arena, struct tl_str bytes, size_t limit, struct tl_error *err);

/* ---- architect_lock.c */

/* A flow as it is now. TL_NOT_FOUND. */
int tl_architect_look(struct tl_architect_flow *out, struct tl_arena *arena, struct tl_architect *architect, struct tl_str id, bool late, struct tl_error *err);
/* TL_CONFLICT where the flow is not at `base` any more, somebody else has it locked, or another operation is under way there: who, and since when. */
int tl_architect_check(struct tl_architect *architect, const struct tl_architect_flow *flow, int64_t base, struct tl_error *err);
/* Waits, for a while and until `end_ms` at most, until no operation is under way on the flow. *out is how it is then. */
int tl_architect_quiet(struct tl_architect_flow *out, struct tl_arena *arena, struct tl_architect *architect, struct tl_str id, int64_t end_ms, struct tl_error *err);
/* The same, and until our own client has it no more: before we take its lock, that is another publisher at work with the same client, or what one left that was
 * killed. The latter's is taken over after a while, so *out may be locked by us. */
int tl_architect_idle(struct tl_architect_flow *out, struct tl_arena *arena, struct tl_architect *architect, struct tl_str id, int64_t end_ms, struct tl_error *err);
/* TL_CONFLICT where somebody else saved, checked in or published between the two looks. What our own client saved as it took the lock is none of that. */
int tl_architect_compare(struct tl_architect *architect, const struct tl_architect_flow *before, const struct tl_architect_flow *now, struct tl_error *err);
/* Locks the flow for us, where it still is at `base`. -1: it is not locked by us: TL_CONFLICT, TL_NOT_FOUND, … */
int tl_architect_checkout(struct tl_arena *arena, struct tl_architect *architect, const struct tl_architect_flow *flow, int64_t base, int64_t end_ms,
                          struct tl_error *err);
/* Gives our lock back, however far things are, and even after somebody asked to stop. 0 where we have none. */
int tl_architect_give_back(struct tl_architect *architect, struct tl_str id, struct tl_error *err);

/* ---- architect_since.c */

/* When who has the flow locked checked it out, as its history says; 0 where that does not say it, or cannot be had. */
int64_t tl_architect_since(struct tl_architect *architect, const struct tl_architect_flow *flow);

/* ---- architect_job.c */

/* One publishing job. */
struct tl_architect_job {
	struct tl_architect *architect;
	const struct tl_put *put;
	struct tl_arena *arena;        /* of the write */
	struct tl_str title;           /* "flow 'Main' (inboundCall)" */
	int64_t end_ms;                /* by when it has to be over; monotonic */
	struct tl_str id;              /* of the job at work, or of the last one */
	bool handed_over;              /* its YAML may have reached the platform */
	bool unlocked;                 /* the flow was seen without a client's lock after it */
	struct tl_architect_state state; /* as it was seen last */
	unsigned requests;             /* that were sent, for the record */
	unsigned tries;                /* jobs that were run to their end, as the limit was used up within the earlier ones */
	struct tl_api_answer answer;   /* to the last one */
};
/* Registers a job, hands it the flow's YAML and waits for its end; one that fails for the platform's own limit is begun anew after a while. 0: it is over, and
 * job->state says how. -1: TL_LOST where it may go on without us, TL_INTERRUPTED (job->handed_over says whether it may go on), others where nothing was begun. */
int tl_architect_job_run(struct tl_architect_job *job, struct tl_error *err);
/* How a job stands. TL_NOT_FOUND. */
int tl_architect_job_look(struct tl_architect_state *out, struct tl_arena *arena, struct tl_architect *architect, struct tl_str id, bool late,
                          struct tl_error *err);
/* Its messages for the caller of a write, where they are asked for and speak of the flow. */
void tl_architect_job_say(struct tl_remote_findings *said, struct tl_arena *arena, const struct tl_architect_state *state);
/* The error of a job that failed: its messages, or that it gives none and what to do then. TL_REFUSED; TL_CONFLICT where it says that somebody else has the flow. */
int tl_architect_job_failed(const struct tl_architect_job *job, struct tl_error *err);

/* ---- architect_put.c, architect_create.c */

int tl_architect_put(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, const struct tl_put *put, struct tl_error *err);
int tl_architect_create(struct tl_remote *out, struct tl_arena *arena, void *state, const struct tl_put *put, struct tl_error *err);
/* What both do at their ends. */
void tl_architect_record(const struct tl_architect_job *job, struct tl_arena *arena, struct tl_remote_call *call);
/* After a job that went well: whether callers get what it published. *out is the flow as it stands, in `arena`. TL_CONFLICT where somebody else published on top
 * or in its place. `before` is what callers got before; 0: nothing. */
int tl_architect_verify(struct tl_remote *out, struct tl_arena *arena, struct tl_architect_job *job, struct tl_str id, int64_t before, int64_t *made,
                        struct tl_error *err);

#endif

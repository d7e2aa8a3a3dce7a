/* platform/platform.h: where flows are published: one interface, a file a driver. Everything above speaks to this and never asks
 * which platform it is: it asks what the platform can do. */
#ifndef TL_PLATFORM_PLATFORM_H
#define TL_PLATFORM_PLATFORM_H

#include "base/clock.h"
#include "base/error.h"
#include "crypto/sha256.h"
#include "flow/build.h"
#include "project/access.h"

/* What became of a version. Callers of the contact centre get what was published last, whatever happened to later versions. */
enum tl_remote_status {
	TL_STATUS_DRAFT,
	TL_STATUS_SCHEDULED,
	TL_STATUS_PUBLISHING,
	TL_STATUS_PUBLISHED,
	TL_STATUS_FAILED,
	TL_STATUS_REJECTED,
	TL_STATUS_COUNT,
};

/* "draft", "published", … */
const char *tl_remote_status_name(enum tl_remote_status status);
/* TL_STATUS_COUNT for another word. */
enum tl_remote_status tl_remote_status_parse(struct tl_str name);

/* A flow as the platform has it, or one of its versions. */
struct tl_remote {
	struct tl_str id;              /* the platform's own */
	struct tl_str name;            /* by which people and we look it up: tl_remote_name() */
	int64_t version;               /* the last write, or the version that was asked for; counts from 1: tl_version_make() */
	int64_t published_version;     /* what callers get; 0: nothing yet */
	enum tl_remote_status status;  /* of `version`; a change of status moves no version */
	bool reached_published;        /* `version` was what callers got at some time */
	struct tl_str reason;          /* of failed and rejected, else empty */
	int64_t written_ms;            /* when the version was written, since 1970 */
	struct tl_str by;              /* who wrote it, where the platform tells and it was a person; else empty */
	struct tl_str content;         /* the wire form as JSON, of Architect's flows the YAML of an export; empty in lists */
	struct tl_str title;           /* what people on the platform call it; empty where that is `name` */
	bool titled;                   /* the platform does not say by which id of ours it goes: `name` is no more than its title */
	/* Of a platform where flows are locked while they are edited (TL_CAN_LOCK). */
	struct tl_str type;            /* by which flows of one name are told apart, as files name it: "inboundCall"; else empty */
	struct tl_str held_by;         /* who has it locked: "Alice", "the client 'CI'"; empty: nobody */
	bool held_by_us;               /* that is the client which asks */
	int64_t held_ms;               /* since when, where that is told (tl_platform_get() asks for it); else 0 */
	int64_t draft_ms;              /* when whoever holds it saved what is not checked in; 0: nothing is */
	struct tl_str operation;       /* what is under way there: "PUBLISH by Alice"; or empty */
};

/* Versions are numbers: where a platform counts with a part behind the point, "12.0" is 12 and "12.3" is 12 + 3 * 2^32. Both parts come back out of that, and
 * whole ones read as people write them. False where it is no such text (at most 2^32 - 1 before the point, 2^20 - 1 behind it). */
bool tl_version_parse(int64_t *out, struct tl_str text);
/* "12", "12.3" */
struct tl_str tl_version_text(struct tl_arena *arena, int64_t version);
/* The same, for an argument of printf: tl_version_shown(version).text. */
struct tl_version_shown {
	char text[32];
};
struct tl_version_shown tl_version_shown(int64_t version);
/* As the platform that counts so calls it: "12.0", "12.3". */
struct tl_str tl_version_id(struct tl_arena *arena, int64_t version);
/* Which of two is older: <0, 0, >0. */
int tl_version_compare(int64_t a, int64_t b);

struct tl_remotes {
	struct tl_remote *items; /* in the arena given */
	size_t count;
};

/* What a platform can do. */
#define TL_CAN_VALIDATE 1u        /* judge a flow that is sent to it */
#define TL_CAN_SIMULATE 2u        /* run a call */
#define TL_CAN_COMPARE_AND_SET 4u /* write only where nobody else wrote; else a lock is taken and the version looked at again */
#define TL_CAN_EXPORT 8u          /* hand back every version whole */
#define TL_CAN_PARALLEL 16u       /* be asked by many threads at once: each function below but open and close */
#define TL_CAN_ROLES 32u          /* say what a role may do */
#define TL_CAN_INTERACT 64u       /* show and change interactions in progress */
#define TL_CAN_RESUME 128u        /* take up a simulation that was begun before */
#define TL_CAN_CONTROL 256u       /* hand over the control of live calls, and say who callers are */
#define TL_CAN_NAME 1024u         /* list what flows name: queues, prompts, data actions */
#define TL_CAN_QUEUE 2048u        /* keep to the number of requests at once by itself: more threads than those may ask, and wait for their turn */
#define TL_CAN_LOCK 512u          /* lock a flow while it is written; it writes no drafts, and chooses itself which version a write makes */

/* What a call to the platform's server looked like, for the audit; zero where there is no server. */
struct tl_remote_call {
	int status;                   /* HTTP, of the last attempt */
	unsigned attempts;
	int64_t latency_ms;
	struct tl_str etag_used;      /* If-Match that was sent; or empty */
	struct tl_str correlation;    /* the server's id of the request; or empty */
	bool settled;                 /* the answer was lost; what became of it was read back */
	struct tl_str complaint;      /* of a write that was refused as one that comes too late (409, 412): what the platform says of it; or empty */
	/* A write that ends in a conflict is on the platform all the same: somebody replaced it since, or made another flow of its name. */
	bool took_effect;
	bool may_have;                /* so it may be: the answer was lost, and which of several flows of its name it made, if any, nobody can say */
	struct tl_str id;             /* of the flow, where it took effect */
	int64_t version;              /* that it made, where it took effect; 0: the one that was asked for */
	bool deployment_failed;       /* the platform took what was handed to it, and ended badly over it: nothing was written */
	bool called_off;              /* TL_INTERRUPTED, and nothing was written for certain */
};

struct tl_remote_findings;

/* One write. */
struct tl_put {
	const struct tl_flow *flow;   /* lowered with the environment's values; compiled to what the platform takes */
	int64_t version;              /* what it becomes: that of the version it was made from, + 1 */
	bool publish;                 /* false: a draft, callers keep what they get */
	struct tl_remote_call *call;  /* out: how it went, texts in the arena given; may be NULL */
	bool name_is_free;            /* a new flow: nobody had its name a moment ago, so it is not looked up once more before it is made */
	bool circular;                /* it and others name each other: what it names need not be there yet */
	int64_t wait_ms;              /* for an earlier publish of the flow, and where the platform publishes by jobs for this one's; 0: TL_PUT_WAIT_MS */
	struct tl_remote_findings *said; /* out: what the platform says of the flow, in the arena given, whether it was written or not; may be NULL */
	void (*begun)(void *data, struct tl_str job); /* told the id of a job before anything is handed to it; may be NULL */
	/* Of a platform with TL_CAN_QUEUE, as in struct tl_api_request: before each request that writes, and when its turn has come. */
	int (*ready)(void *data, struct tl_error *err);
	bool (*still)(void *data);
	void *data;
};

#define TL_PUT_WAIT_MS ((int64_t)10 * 60 * 1000)
/* How long that is. */
int64_t tl_put_wait_ms(const struct tl_put *put);
/* TL_TIMED_OUT: the earlier publish of the flow `title` did not end in that time, and nothing was written. For drivers. */
int tl_put_waited(struct tl_error *err, const struct tl_put *put, struct tl_str title);

/* What flows name, and the platform keeps beside them. */
enum tl_named_kind {
	TL_NAMED_QUEUE,
	TL_NAMED_PROMPT,
	TL_NAMED_ACTION,
	TL_NAMED_SCHEDULE,
	TL_NAMED_SCHEDULE_GROUP,
	TL_NAMED_EMERGENCY_GROUP,
	TL_NAMED_DATA_TABLE,
	TL_NAMED_GROUP,
	TL_NAMED_SKILL,
	TL_NAMED_LANGUAGE,
	TL_NAMED_WRAPUP_CODE,
	TL_NAMED_SCRIPT,
	TL_NAMED_KINDS,
};
/* "queue", "user prompt", "data action", … */
const char *tl_named_noun(enum tl_named_kind kind);

struct tl_named {
	struct tl_str name;
	struct tl_str category;        /* of a data action, by which those of one name are told apart; or empty */
};
struct tl_named_list {
	struct tl_named *items;        /* in the arena given, by name and category */
	size_t count;
};

/* How to get at a platform. Everything is borrowed until it is closed. */
struct tl_platform_config {
	const struct tl_environment *environment;
	const char *database;         /* local: its file; made at the first write */
	const struct tl_clock *clock;
	const struct tl_access *access; /* of a platform with a server: addresses, credentials; NULL for local */
	const struct tl_surroundings *surroundings; /* for reading secrets; NULL for local */
	unsigned concurrency;         /* requests under way at once; 0: 32 */
	int64_t list_ms;              /* how long a page of a list is tried for, with all attempts; 0: as long as any request */
	int (*stopped)(void);         /* ends waiting with TL_INTERRUPTED; may be NULL */
	/* Told, by any thread, that a request is tried again only in so long, and what its last attempt came to; may be NULL. */
	void (*waits)(void *data, int64_t ms, const char *why);
	void *data;
};

/* What a platform says of a flow: its own validation, or a job that publishes it. */
struct tl_remote_finding {
	bool error;                   /* false: a warning */
	struct tl_str node, field, code, message; /* may be empty */
};
struct tl_remote_findings {
	struct tl_remote_finding *items; /* in the arena given */
	size_t count;
	bool valid;
};

/* What a call plays. */
enum tl_media_kind {
	TL_MEDIA_AUDIO,
	TL_MEDIA_TTS,   /* a prompt that has only text */
	TL_MEDIA_VIDEO, /* by its file's name */
};
struct tl_media {
	struct tl_str id;             /* the recording's path, or the prompt's name */
	enum tl_media_kind kind;
};

/* A call that the platform's simulator is to run, of a flow that it has. */
enum tl_remote_simulation { TL_REMOTE_IVR, TL_REMOTE_CHAT };
struct tl_remote_run_request {
	enum tl_remote_simulation kind;
	struct tl_str id;             /* the platform's, of the flow */
	const struct tl_str *inputs;  /* IVR: DTMF signs; CHAT: the user's texts, in order */
	size_t n_inputs;
	struct tl_str transcript;     /* IVR: what is said; or empty */
	double confidence;
	struct tl_str phone_number, name;
	const struct tl_item *variables; /* a map, or NULL */
	int64_t max_time_ms;
	unsigned trace_depth;         /* 1 to 10 */
	const struct tl_media *media; /* what the call plays, each once; platforms that ask for none do not look */
	size_t n_media;
	uint32_t longest;             /* tl_graph_longest() of the flow as it is there; 0: not known */
	/* Of a simulator whose answer is a job that is asked for again. */
	int64_t wait_ms;              /* how long it may take; 0: 5 minutes */
	struct tl_str job;            /* one that was begun before: it is asked for, and a new one begun only where it is gone; or empty */
	void (*begun)(void *data, struct tl_str job); /* told the id of a new one, before it is waited for; may be NULL */
	void *data;
};
struct tl_remote_step {
	struct tl_str node, type, status, timestamp, error; /* as the platform words them: "PlayPrompt", "executed" */
	const struct tl_item *variables, *properties; /* maps, or NULL */
	struct tl_str decision;       /* the outcome that was taken, where the platform says it; or empty */
	int64_t duration_ms;          /* 0 where it does not say */
};
struct tl_remote_run {
	struct tl_str simulation_id, status;
	struct tl_remote_step *steps; /* in the arena given */
	size_t n_steps;
	const struct tl_item *variables; /* a map, or NULL */
	struct tl_str *errors;
	size_t n_errors;
	int64_t duration_ms;          /* of the call; 0 where the platform does not say */
	bool possibly_twice;          /* the answer to what began it was lost and it was begun again: the platform may have run both */
	bool resumed;                 /* by the job that was begun before */
	bool own;                     /* what went wrong is of this call alone: it was refused, or answered by what is no run */
	struct tl_remote_call call;
};

/* What a simulator takes of one call: held against it before anything is sent. 0: any number. */
struct tl_simulation_limits {
	size_t inputs, variables, media;
	uint32_t longest;             /* nodes of the flow's longest acyclic path: tl_graph_longest() */
	bool keys_alone;              /* no speech, no caller, no messages */
};

/* An interaction in progress. */
struct tl_interaction {
	struct tl_str id;
	struct tl_str etag;               /* of its present state; never empty */
	const struct tl_item *attributes; /* customAttributes: a map, in the arena given */
};

/* What a platform knows of a caller. */
struct tl_profile {
	bool found;                       /* that there is none is an answer */
	const struct tl_item *attributes; /* a map, in the arena given; NULL: not found */
};

/* Where live calls are controlled, and by what right. In the arena given. */
struct tl_phone_line {
	struct tl_str url;                /* of the WebSocket: https, or http on loopback */
	struct tl_str bearer;             /* wiped by whoever has it */
	struct tl_str ca, proxy;          /* file, address; or empty */
	bool insecure;                    /* plain beyond this machine is allowed */
};

/* A job that publishes a flow. */
struct tl_remote_job {
	bool over, good;              /* it came to its end; and a good one */
	bool begun;                   /* something was handed to it */
	struct tl_str id;             /* of the flow, where it says so; or empty */
	struct tl_str text;           /* of one that failed: why; or empty */
};

struct tl_platform;

/* What was asked of a platform's server so far. */
struct tl_platform_counts {
	uint64_t requests, retries, rate_limited;
	int64_t waited_ms; /* for the send budget */
};

/* A driver: each function as the one of the same name below. `state` is what open() made. */
struct tl_driver {
	const char *name;     /* `platform:` in the project file */
	unsigned can;         /* TL_CAN_… */
	unsigned dialects;    /* bit set (1 << enum tl_dialect) of the flows it takes */
	int (*open)(void **state, const struct tl_platform_config *config, struct tl_error *err);
	void (*close)(void *state);
	int (*list)(struct tl_remotes *out, struct tl_arena *arena, void *state, size_t expected, struct tl_error *err);
	int (*get)(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err);
	int (*version)(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, int64_t version, struct tl_error *err);
	int (*versions)(struct tl_remotes *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err);
	int (*create)(struct tl_remote *out, struct tl_arena *arena, void *state, const struct tl_put *put, struct tl_error *err);
	int (*put)(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, const struct tl_put *put,
	           struct tl_error *err);
	/* The rest may be NULL: the platform cannot do it. */
	int (*scopes)(struct tl_str **out, size_t *count, struct tl_arena *arena, void *state, struct tl_str role, struct tl_error *err);
	int (*validate)(struct tl_remote_findings *out, struct tl_arena *arena, void *state, struct tl_str id, const struct tl_flow *flow,
	                struct tl_error *err);
	int (*simulate)(struct tl_remote_run *out, struct tl_arena *arena, void *state, const struct tl_remote_run_request *request,
	                struct tl_error *err);
	int (*interaction)(struct tl_interaction *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err);
	int (*interaction_patch)(struct tl_interaction *out, struct tl_arena *arena, void *state, const struct tl_interaction *base,
	                         const struct tl_item *attributes, struct tl_remote_call *call, struct tl_error *err);
	int (*profile)(struct tl_profile *out, struct tl_arena *arena, void *state, struct tl_str external_id, int64_t deadline_ms, struct tl_error *err);
	int (*line)(struct tl_phone_line *out, struct tl_arena *arena, void *state, struct tl_str used, struct tl_error *err);
	int (*job)(struct tl_remote_job *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err);
	int (*give_back)(void *state, struct tl_str id, struct tl_error *err);
	int (*named)(struct tl_named_list *out, struct tl_arena *arena, void *state, enum tl_named_kind kind, struct tl_error *err);
	void (*counts)(struct tl_platform_counts *out, void *state);
	void (*warm)(void *state);
	const char *const *view_scopes;    /* that looking at flows needs; NULL: as publishing */
	const char *const *publish_scopes; /* that publishing needs, ends with NULL; NULL: none */
	const char *role_scope;            /* that looking up a role needs, or NULL */
	const struct tl_simulation_limits *limits; /* of its simulator, or NULL: none are known */
	size_t name_bytes;                 /* of a flow's name or id, that are not written where they are longer; 0: any */
	const char *unpublished;           /* why nothing is published there, or NULL: flows are */
};

/* The environment's platform. TL_USAGE for an unknown name. Nothing is written: a
 * database that is not there yet reads as a platform without flows. */
int tl_platform_open(struct tl_platform **out, const struct tl_platform_config *config, struct tl_error *err);
/* As above with a driver of the caller's own (tests). */
int tl_platform_open_driver(struct tl_platform **out, const struct tl_driver *driver, const struct tl_platform_config *config,
                            struct tl_error *err);
void tl_platform_close(struct tl_platform *platform);
/* It will be asked something soon: what takes time before that is begun, by another thread. Nobody is asked anything yet, and nothing fails. */
void tl_platform_warm(struct tl_platform *platform);
const char *tl_platform_name(const struct tl_platform *platform);
bool tl_platform_can(const struct tl_platform *platform, unsigned what);
/* How many threads may read, or have flows judged, where so many requests may be under way at once: more of them where some can work while others' requests are under
 * way (TL_CAN_QUEUE), or where a platform hands versions out by jobs, each of which serves many threads while they wait. */
unsigned tl_platform_readers(const struct tl_platform *platform, unsigned requests);
/* Whether it takes flows of that dialect; else TL_UNSUPPORTED in words that help. */
int tl_platform_takes(const struct tl_platform *platform, enum tl_dialect dialect, struct tl_error *err);

/* All flows, sorted by name, without their content. */
int tl_platform_list(struct tl_remotes *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_error *err);
/* The same, where about so many are `expected`: the pages of so many are asked for at once, not after the first of them. */
int tl_platform_list_about(struct tl_remotes *out, struct tl_arena *arena, struct tl_platform *platform, size_t expected, struct tl_error *err);
/* A flow with the content of its last write. TL_NOT_FOUND. */
int tl_platform_get(struct tl_remote *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str id, struct tl_error *err);
/* One version, whole. TL_NOT_FOUND. */
int tl_platform_version(struct tl_remote *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str id, int64_t version,
                        struct tl_error *err);
/* All versions of a flow, newest first, without their content. TL_NOT_FOUND for an unknown flow. */
int tl_platform_versions(struct tl_remotes *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str id,
                         struct tl_error *err);
/* Makes a flow, version 1; `put->version` must say so. TL_CONFLICT where one of that name exists. */
int tl_platform_create(struct tl_remote *out, struct tl_arena *arena, struct tl_platform *platform, const struct tl_put *put,
                       struct tl_error *err);
/* Writes the next version. TL_CONFLICT, and nothing is written, unless `put->version` follows the last write; a publish under way is waited
 * out. TL_NOT_FOUND where the flow is gone. An answer that was lost is settled by reading back; TL_LOST only where that could not be done either: it may have been
 * written. *out is the flow as it stands then, without its content; its status may still be TL_STATUS_PUBLISHING. */
int tl_platform_put(struct tl_remote *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str id,
                    const struct tl_put *put, struct tl_error *err);

/* What a role may do; with an empty one what we ourselves may, *count 0 where the platform does not say. TL_UNSUPPORTED without TL_CAN_ROLES, TL_NOT_FOUND
 * for an unknown role. */
int tl_platform_scopes(struct tl_str **out, size_t *count, struct tl_arena *arena, struct tl_platform *platform, struct tl_str role,
                       struct tl_error *err);
/* The scopes that publishing needs, an array that ends with NULL; NULL where the platform knows none. */
const char *const *tl_platform_publish_scopes(const struct tl_platform *platform);
/* Those of them that looking at what is there needs; NULL where that cannot be told apart. */
const char *const *tl_platform_view_scopes(const struct tl_platform *platform);
/* The one that looking up a role needs; NULL where none does. */
const char *tl_platform_role_scope(const struct tl_platform *platform);
/* The platform's own judgement of a flow, before it is written; `id` empty: it is new there, and `out` is valid without findings where a platform judges only
 * what it has. TL_UNSUPPORTED without TL_CAN_VALIDATE. */
int tl_platform_validate(struct tl_remote_findings *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str id,
                         const struct tl_flow *flow, struct tl_error *err);
/* A call on the platform's simulator. TL_UNSUPPORTED without TL_CAN_SIMULATE. */
int tl_platform_simulate(struct tl_remote_run *out, struct tl_arena *arena, struct tl_platform *platform,
                         const struct tl_remote_run_request *request, struct tl_error *err);
/* What its simulator takes; NULL: no limits are known. */
const struct tl_simulation_limits *tl_platform_simulation_limits(const struct tl_platform *platform);
/* Whether a call is within the limits (NULL: it is): else TL_LIMIT for a number, TL_UNSUPPORTED for what the simulator has no words for. */
int tl_simulation_check(const struct tl_simulation_limits *limits, const struct tl_remote_run_request *request, struct tl_error *err);
/* TL_UNSUPPORTED, in words, where nothing is published to it. */
int tl_platform_publishes(const struct tl_platform *platform, struct tl_error *err);
/* How long a flow's name and id may be there, in bytes; SIZE_MAX where nothing is known. */
size_t tl_platform_name_bytes(const struct tl_platform *platform);
/* An interaction as it is now. TL_NOT_FOUND; TL_UNSUPPORTED without TL_CAN_INTERACT. */
int tl_platform_interaction(struct tl_interaction *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str id, struct tl_error *err);
/* Merges attributes into it where it still is as `base` was read (If-Match). TL_CONFLICT where somebody changed it since: nothing is written. TL_LOST where the
 * answer was lost, or says nothing of it: read it again. TL_LIMIT and TL_REFUSED for what the platform does not take. *out is the state then; `call` may be NULL. */
int tl_platform_interaction_patch(struct tl_interaction *out, struct tl_arena *arena, struct tl_platform *platform, const struct tl_interaction *base,
                                  const struct tl_item *attributes, struct tl_remote_call *call, struct tl_error *err);
/* Who a caller is. A 429 and the platform's own limit for profiles are waited out, within `deadline_ms` (0: as long as any request). TL_UNSUPPORTED without
 * TL_CAN_CONTROL. */
int tl_platform_profile(struct tl_profile *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str external_id, int64_t deadline_ms,
                        struct tl_error *err);
/* Where live calls are controlled, with a token that holds now: the one that all requests share; `used`: a bearer that was refused with 401 and is forgotten, or empty. Waits
 * where a new one must be asked for. TL_REFUSED where the token lacks a scope that is needed for it (named). TL_UNSUPPORTED without TL_CAN_CONTROL. */
int tl_platform_line(struct tl_phone_line *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str used, struct tl_error *err);
/* How a job that publishes (tl_put.begun) stands. TL_NOT_FOUND where it is gone; TL_UNSUPPORTED of a platform that has none. */
int tl_platform_job(struct tl_remote_job *out, struct tl_arena *arena, struct tl_platform *platform, struct tl_str id, struct tl_error *err);
/* Gives back the lock of a flow that this client has; 0 where it has none. Does nothing without TL_CAN_LOCK. */
int tl_platform_give_back(struct tl_platform *platform, struct tl_str id, struct tl_error *err);
/* All of one kind that the platform has and flows may name. TL_UNSUPPORTED without TL_CAN_NAME; TL_REFUSED where we may not look. */
int tl_platform_named(struct tl_named_list *out, struct tl_arena *arena, struct tl_platform *platform, enum tl_named_kind kind, struct tl_error *err);
/* Zero where there is no server. */
struct tl_platform_counts tl_platform_counts(struct tl_platform *platform);

/* By which name the platform knows a flow: our id, or what a flow that was made on the platform is called; of Architect its type and name. */
struct tl_str tl_remote_name(const struct tl_flow *flow);
/* Whether it goes by that name of ours; where the platform does not say, whether people call it so (empty: as the name). */
bool tl_remote_goes_by(const struct tl_remote *remote, struct tl_str name, struct tl_str title);
/* Whether the last write is what callers get, or will get without anything further. Not of a single version. */
bool tl_remote_is_live(const struct tl_remote *remote);
/* Whether asking for a version failed for what that version is (refused, not there, too large), rather than since nobody answers: others may be read. */
bool tl_remote_is_unreadable(enum tl_code code);
/* The model of a remote flow's content; it keeps nothing of `remote`. TL_REFUSED where the platform holds what cannot be read. */
int tl_remote_read(struct tl_flow **out, const struct tl_remote *remote, const struct tl_lower *lower, struct tl_error *err);
/* As above, for a platform that judges what it is sent: what is wrong with it goes to lower->findings. */
int tl_remote_read_aloud(struct tl_flow **out, const struct tl_remote *remote, const struct tl_lower *lower, struct tl_error *err);
/* The digest of that model alone. */
int tl_remote_digest(char out[TL_SHA256_SIZE], const struct tl_remote *remote, const struct tl_lower *lower, struct tl_error *err);

#endif

/* sandbox/vendor.h: the vendor's own API, as its parts share it: who acts, what they may do, the flows with their versions and locks.
 *
 * What its SDK declares is kept to the letter. What nobody outside of the vendor can see is assumed, and settable where a client's behaviour hangs on it:
 * - A flow's versions are "N.M": a check-in, a publish and an import job make the next N.0, a saved draft the next M.
 * - Checkout is granted again to whoever has the lock. Check-in, publish, revert and PUT are for the holder of the lock alone; publish and deactivate also where nobody
 *   has it. Check-in, publish and revert give it back; unlock checks in what was saved, as the vendor's help page says.
 * - An import job passes a lock of its own client and gives it back where it succeeds (`ownLock: refused` of a seed: it fails); where it fails the lock stays.
 *
 * In reading order: vendor_org.c (who acts) and vendor_people.c, vendor_lists.c (what flows name), vendor_flow.c (a flow and its versions), vendor_source.c (its YAML),
 * vendor_put.c (the models), vendor_flows.c (reading), vendor_actions.c (checkout and the others), vendor_job.c, vendor_export.c, vendor_yaml.c and vendor_zip.c (jobs),
 * vendor_act.c (what people do meanwhile), vendor_depend.c, vendor_run.c, vendor_notify.c, vendor_store.c, vendor_seed.c, vendor_admin.c and vendor_record.c. */
#ifndef TL_SANDBOX_VENDOR_H
#define TL_SANDBOX_VENDOR_H

#include "sandbox/inside.h"

struct tl_db;

/* A user, or an OAuth client. */
struct tl_vendor_actor {
	bool person;
	struct tl_str id, name, email;
	struct tl_str *roles;          /* ids or names */
	size_t n_roles;
	struct tl_vendor_flow *last;   /* the one that it checked out last */
};

struct tl_vendor_role {
	struct tl_str id, name, description;
	const struct tl_item *policies; /* [{domain, entityName, actionSet: […]}] */
};

enum tl_vendor_kind { TL_VENDOR_SAVE, TL_VENDOR_CHECKIN, TL_VENDOR_PUBLISH };
struct tl_vendor_version {
	struct tl_str id;              /* "3.1" */
	unsigned major, minor;
	enum tl_vendor_kind kind;
	const struct tl_vendor_actor *actor;
	int64_t created_ms, saved_ms, checked_in_ms, published_ms; /* 0: never */
	struct tl_str generation;
	struct tl_str content;         /* the YAML, byte for byte */
	struct tl_str language;        /* default */
	struct tl_str *languages;
	size_t n_languages;
};

/* What is or was under way with a flow. */
struct tl_vendor_operation {
	struct tl_str id, flow;        /* `flow`: its id */
	const struct tl_vendor_actor *actor;
	const char *action;            /* "PUBLISH"; NULL: there was none yet */
	const char *status;            /* "SUCCESS" */
	bool complete;
	const char *code;              /* of what went wrong, or NULL */
	struct tl_str message;
};

struct tl_vendor_event {
	const char *action;
	int64_t at_ms;
	const struct tl_vendor_actor *actor;
	struct tl_str version;
};

struct tl_vendor_flow {
	struct tl_vendor *vendor;
	struct tl_str id, name, description;
	struct tl_str type;            /* "INBOUNDCALL" */
	struct tl_str division;        /* id */
	bool active, deleted;
	struct tl_vendor_version **versions; /* oldest first */
	size_t n_versions, version_capacity;
	struct tl_vendor_version *saved, *checked_in, *published; /* or NULL */
	const struct tl_vendor_actor *published_by;
	const struct tl_vendor_actor *holder; /* of the lock, or NULL */
	struct tl_vendor_operation operation;
	struct tl_vendor_event *events;
	size_t n_events, event_capacity;
};

/* Something else that flows name: a queue, a prompt. */
struct tl_vendor_thing {
	struct tl_str id, name;
	const struct tl_item *more;    /* a map of what the seed says of it, or NULL */
};
enum tl_vendor_list {
	TL_LIST_DIVISIONS,
	TL_LIST_QUEUES,
	TL_LIST_PROMPTS,
	TL_LIST_SYSTEM_PROMPTS,
	TL_LIST_ACTIONS,
	TL_LIST_INTEGRATIONS,
	TL_LIST_SCHEDULES,
	TL_LIST_SCHEDULE_GROUPS,
	TL_LIST_EMERGENCY_GROUPS,
	TL_LIST_DATA_TABLES,
	TL_LIST_SKILLS,
	TL_LIST_LANGUAGES,
	TL_LIST_WRAPUP_CODES,
	TL_LIST_GROUPS,
	TL_LIST_SCRIPTS,
	TL_LISTS,
};
struct tl_vendor_things {
	struct tl_vendor_thing *items;
	size_t count, capacity;
};

/* How an export writes a flow. */
enum tl_vendor_style {
	TL_STYLE_AS_IS,
	TL_STYLE_RENUMBERED, /* tracking numbers anew, keys in another order */
	TL_STYLE_DEFAULTS,   /* and settings added that say what holds anyway */
};

struct tl_vendor {
	struct tl_sandbox *sandbox;
	struct tl_arena arena;
	struct tl_vendor_actor **actors;
	size_t n_actors, actor_capacity;
	struct tl_vendor_role **roles;
	size_t n_roles, role_capacity;
	struct tl_vendor_flow **flows;
	size_t n_flows, flow_capacity;
	struct tl_vendor_job **jobs;   /* see sandbox/vendor_job.h */
	size_t n_jobs, job_capacity;
	struct tl_map job_ids;
	struct tl_map flow_ids;        /* -> struct tl_vendor_flow * */
	struct tl_vendor_things lists[TL_LISTS];
	struct tl_str *revoked;        /* permissions that nobody has any more */
	size_t n_revoked, revoked_capacity;
	struct tl_str organization;    /* id */
	struct tl_db *db;              /* NULL: nothing is kept */
	/* Settings of a seed. */
	bool strict;                   /* missing dependencies fail */
	bool own_lock_refused;
	enum tl_vendor_style style;
	int64_t start_ms, run_ms;      /* of jobs and operations */
	int64_t url_ms;                /* how long a presigned address holds */
};

/* What the parts share; never NULL while the sandbox serves. */
struct tl_vendor *tl_vendor_of(const struct tl_sandbox *sandbox);
int64_t tl_vendor_now(const struct tl_vendor *vendor);
/* An id that is the same for the same two texts, always. */
struct tl_str tl_vendor_id(struct tl_arena *arena, const char *kind, struct tl_str name);

/* ---- vendor_org.c: who acts and what they may do */

extern const struct tl_part tl_part_vendor;
/* Whose call it is. */
struct tl_vendor_actor *tl_vendor_actor(const struct tl_routed *call);
/* By id, name or address of mail; NULL. */
struct tl_vendor_actor *tl_vendor_find_actor(const struct tl_vendor *vendor, struct tl_str text);
/* Added, or changed where the id is known. Texts are copied. */
struct tl_vendor_actor *tl_vendor_add_actor(struct tl_vendor *vendor, bool person, struct tl_str id, struct tl_str name);
/* The first person there is: somebody to lock and edit flows. */
struct tl_vendor_actor *tl_vendor_anybody(struct tl_vendor *vendor);
/* Whether who calls has one of the route's permissions; else 403 has been answered. */
bool tl_vendor_permits(struct tl_routed *call);
bool tl_vendor_may(const struct tl_vendor *vendor, const struct tl_vendor_actor *actor, struct tl_str permission);
/* Takes a permission away from everybody, or gives it back. */
void tl_vendor_revoke(struct tl_vendor *vendor, struct tl_str permission, bool back);
/* The id of the role that the sandbox's own client has. */
struct tl_str tl_vendor_publisher(const struct tl_sandbox *sandbox);

struct tl_vendor_role *tl_vendor_add_role(struct tl_vendor *vendor, struct tl_str id, struct tl_str name, const struct tl_item *policies);
const struct tl_vendor_role *tl_vendor_role(const struct tl_vendor *vendor, struct tl_str id_or_name);
/* The actions of a role's policy that were not taken away, as a list under `key`. */
void tl_vendor_put_actions(struct tl_json *json, const char *key, const struct tl_vendor *vendor, const struct tl_item *policy);
/* vendor_people.c: roles, subjects, users and tokens as they are read. */
extern const struct tl_part tl_part_vendor_people;
/* vendor_seed.c: what a seed says under `architect`. */
int tl_vendor_seed(void *state, struct tl_sandbox *sandbox, const struct tl_item *item, const char *folder, struct tl_error *err);

/* ---- vendor_lists.c: what flows name */

extern const struct tl_part tl_part_vendor_lists;
/* The list of a seed's key; TL_LISTS: there is none. */
enum tl_vendor_list tl_vendor_list_of(struct tl_str key);
/* Added, or changed where the name is known. `item`: a text, the name, or a map. TL_USAGE. */
int tl_vendor_add_thing(struct tl_vendor *vendor, enum tl_vendor_list list, const struct tl_item *item, struct tl_error *err);
/* NULL: there is none of that name. */
const struct tl_vendor_thing *tl_vendor_thing(const struct tl_vendor *vendor, enum tl_vendor_list list, struct tl_str name);
/* The division that everything is in where nothing else is said. */
struct tl_str tl_vendor_home(const struct tl_vendor *vendor);
struct tl_str tl_vendor_division_name(const struct tl_vendor *vendor, struct tl_str id);
void tl_vendor_clear_lists(struct tl_vendor *vendor);

/* ---- vendor_source.c: what the YAML says */

/* Whether it is a type of a flow, letters without case. */
bool tl_vendor_is_type(struct tl_str type);
/* A flow's YAML, as an import job reads it. */
struct tl_vendor_source {
	struct tl_str type, name, description, division; /* empty where it does not say */
	struct tl_str *errors;         /* what is wrong with it, in the vendor's manner: no places, the thing is named */
	size_t n_errors;
};
/* Everything lives in `arena`. */
void tl_vendor_read(struct tl_vendor_source *out, struct tl_arena *arena, struct tl_str yaml);
/* A dependency of a flow: kind as dependency tracking names it, what it is called, and its id, empty where it does not exist. */
struct tl_vendor_need {
	const char *type;
	const char *noun;
	struct tl_str name, id, version;
};
/* Each once. */
struct tl_vendor_need *tl_vendor_needs(size_t *count, struct tl_arena *arena, const struct tl_vendor *vendor, struct tl_str yaml);
/* "queue 'Support', user prompt 'Hello'": those that do not exist; empty where all do. */
struct tl_str tl_vendor_missing(struct tl_arena *arena, const struct tl_vendor *vendor, struct tl_str yaml);
/* Fills in what a version says of its languages. */
void tl_vendor_describe(const struct tl_vendor_flow *flow, struct tl_vendor_version *version);
/* The untyped configuration: the flow as a flat graph, with the manifest of what it depends on. */
void tl_vendor_put_configuration(struct tl_json *json, const struct tl_vendor_flow *flow, const struct tl_vendor_version *version);


/* ---- vendor_flow.c: a flow, its versions and its lock */

struct tl_vendor_flow *tl_vendor_flow(const struct tl_vendor *vendor, struct tl_str id);
/* NULL: none that is not deleted has that name and type. An empty type: any. */
struct tl_vendor_flow *tl_vendor_flow_named(const struct tl_vendor *vendor, struct tl_str name, struct tl_str type);
struct tl_vendor_flow *tl_vendor_add_flow(struct tl_vendor *vendor, struct tl_str id, struct tl_str name, struct tl_str type);
/* A new version of that kind: it becomes the saved one, and the checked-in and published one where the kind says so. */
struct tl_vendor_version *tl_vendor_add_version(struct tl_vendor_flow *flow, enum tl_vendor_kind kind, struct tl_str content,
                                                const struct tl_vendor_actor *actor);
/* NULL: it has none of that id. */
struct tl_vendor_version *tl_vendor_version(const struct tl_vendor_flow *flow, struct tl_str id);
void tl_vendor_event(struct tl_vendor_flow *flow, const char *action, const struct tl_vendor_actor *actor, struct tl_str version);
/* What is saved becomes a checked-in version, where it is not yet one. */
void tl_vendor_check_in(struct tl_vendor_flow *flow, const struct tl_vendor_actor *actor);
/* What is checked in becomes what callers get. */
void tl_vendor_publish(struct tl_vendor_flow *flow, struct tl_vendor_version *version, const struct tl_vendor_actor *actor);
/* Why a flow cannot have that name, or NULL. */
const char *tl_vendor_bad_name(struct tl_str name, const char **code);

/* ---- vendor_act.c: what somebody does meanwhile */

/* Saves that YAML (empty: what is saved, with a small change) and publishes it, or keeps the lock with a draft. False: it cannot be read. */
bool tl_vendor_edit(struct tl_vendor_flow *flow, const struct tl_vendor_actor *actor, struct tl_str yaml, bool publish);
/* Does what a fault asks for, at the vendor's address. */
void tl_vendor_act(struct tl_routed *call, const struct tl_fault *fault);

/* ---- vendor_put.c: the models */

void tl_vendor_put_ref(struct tl_json *json, const char *key, struct tl_str id, struct tl_str name, const char *path);
void tl_vendor_put_actor(struct tl_json *json, const char *user_key, const char *client_key, const struct tl_vendor_actor *actor);
void tl_vendor_put_flow(struct tl_json *json, const struct tl_vendor_flow *flow, bool schemas);
void tl_vendor_put_version(struct tl_json *json, const struct tl_vendor_flow *flow, const struct tl_vendor_version *version);
void tl_vendor_put_operation(struct tl_json *json, const struct tl_vendor_operation *operation);
/* 2026-11-21T11:14:20.000Z */
void tl_vendor_put_time(struct tl_json *json, const char *key, int64_t ms);
/* An ErrorBody with what the message was made of: pairs of name and value, ended by NULL. */
void tl_vendor_refuse(struct tl_routed *call, int status, const char *code, const char *params[][2], const char *fmt, ...) TL_PRINTF(5, 6);
/* A page of entities: {entities, pageSize, pageNumber, total, firstUri, nextUri, previousUri, lastUri, selfUri, pageCount}. */
void tl_vendor_page(struct tl_routed *call, void *const *entities, size_t total, void (*put)(struct tl_json *json, const void *entity));

/* Every value of a query's name: it may come several times, and each time with several between commas, as the SDK joins them. *count of them, in the call's arena. */
struct tl_str *tl_vendor_query(size_t *count, const struct tl_routed *call, const char *name);
/* Whether a text is meant by a filter: letters without case, '*' is anything; without one it is enough that the text holds it. */
bool tl_vendor_matches(struct tl_str text, struct tl_str filter);

/* ---- vendor_store.c: what is kept beside the sandbox's database, where it has one */

/* Reads what is there. */
int tl_vendor_load(struct tl_vendor *vendor, struct tl_error *err);
/* Writes a flow as it is now. */
void tl_vendor_keep(const struct tl_vendor_flow *flow);

/* ---- vendor_notify.c and vendor_record.c */

/* A flow changed: it is kept, and who listens is told. */
void tl_vendor_changed(struct tl_vendor_flow *flow);
/* Keeps a request at the vendor's address. */
void tl_vendor_record(const struct tl_routed *call);

/* ---- vendor_flows.c and vendor_actions.c */

extern const struct tl_part tl_part_vendor_flows;
extern const struct tl_part tl_part_vendor_actions;
/* The flow of an id; NULL: 404 has been answered. */
struct tl_vendor_flow *tl_vendor_flow_of(struct tl_routed *call, struct tl_str id);
/* Whether nobody else has the lock and nothing is under way; else 409 has been answered. `needed`: the caller must have the lock. */
bool tl_vendor_may_write(struct tl_routed *call, const struct tl_vendor_flow *flow, bool needed);

#endif

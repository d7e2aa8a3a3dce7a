/* deploy/plan.h: what would change in an environment, as a value: the same for the same wanted and present flows. Nothing here reads a file,
 * a platform or a clock. */
#ifndef TL_DEPLOY_PLAN_H
#define TL_DEPLOY_PLAN_H

#include "base/buf.h"
#include "crypto/sha256.h"
#include "ledger/ledger.h"
#include "platform/platform.h"

enum tl_plan_kind { TL_PLAN_PUBLISH, TL_PLAN_ROLLBACK };

enum tl_action {
	TL_ACTION_CREATE,
	TL_ACTION_UPDATE,
	TL_ACTION_NONE,   /* the platform has it, published */
	TL_ACTION_HELD,   /* rolled back before; not published until it changes or is released */
	TL_ACTION_ORPHAN, /* deployed by us, gone from git: reported, never deleted */
	TL_ACTION_COUNT,
};
/* "create", "update", … */
const char *tl_action_name(enum tl_action action);

/* A flow as git and configuration want it. */
struct tl_wanted {
	struct tl_str flow, renamed_from;
	struct tl_str called;          /* by which other flows name it */
	struct tl_str name;            /* by which the platform knows it: its id, or what a flow that was made there is called */
	struct tl_str title;           /* what people call it; may be empty */
	struct tl_str path, blob;
	struct tl_str digest;          /* deployed: with `more` */
	struct tl_str content;         /* of the model alone */
	struct tl_str source;          /* of the model, placeholders unfilled */
	struct tl_str more;            /* canonical JSON of the schedules used and the digests of local audio; empty where there are none */
	const struct tl_str *callees;  /* ids of the flows that it enters or transfers to */
	size_t n_callees;
	unsigned needs;                /* kinds of what it names (1 << enum tl_named_kind), but for what only a call decides */
	size_t index;                  /* of its file in the flow set */
	bool chosen;                   /* false: there only so that callers and orphans are seen */
};

struct tl_wanted_list {
	struct tl_wanted *items; /* sorted by flow */
	size_t count;
};

/* A flow as the platform has it. */
struct tl_present {
	struct tl_remote remote; /* without content */
	struct tl_str flow;      /* as which the ledger has it, this version or another; empty: it does not know it */
	bool known;              /* the ledger knows this very version: `digest` is the deployed one */
	struct tl_str digest;    /* else that of the model alone */
	struct tl_str content;
	struct tl_str unread;    /* why this version cannot be read, so that there are no digests; or empty */
	struct tl_str live;      /* deployed digest of what callers get, where nobody here wrote the last version and it is not what they get; else empty */
};

/* Which remote flow is whose. */
struct tl_match {
	const struct tl_wanted_list *wanted;
	const struct tl_environment *environment; /* its `ids` come first */
	const struct tl_deployed_list *deployed;  /* then what the ledger learnt, the platform's own id, the exact name; then all of it by the former id */
	const struct tl_remotes *remotes;
	uint32_t *of_wanted;                      /* index of remotes, or TL_NONE; as many as wanted */
	uint32_t *rival;                          /* as many: index of the wanted flow that has what this one would be, or TL_NONE */
	bool *ambiguous;                          /* as many: nothing but a name tells, and two remotes have it */
	struct tl_str *orphan_flow;               /* as many as remotes: the id under which we deployed what nobody wants, else empty */
};
/* Fills of_wanted, rival, ambiguous and orphan_flow, in `arena`. A remote goes to one wanted flow at most. */
void tl_plan_match(struct tl_match *match, struct tl_arena *arena);

/* One line of a plan. */
struct tl_planned {
	struct tl_str flow;
	struct tl_str renamed_from; /* the id under which it is deployed; of a rollback: the one that version `to` had; empty where that is `flow` */
	enum tl_action action;
	struct tl_str path;
	struct tl_str platform_id;  /* empty: not there yet */
	int64_t base_version;       /* 0: not there yet */
	struct tl_str base_digest;  /* empty of an orphan that cannot be read */
	bool base_known;            /* false: nobody here wrote that version, a comparison has two sides only */
	struct tl_str wanted_digest, blob;
	struct tl_str source;       /* digest of what is wanted, placeholders unfilled; empty where it is not known */
	int64_t to;                 /* rollback: the version whose content is published again; else 0 */
	struct tl_str note;         /* why, where the action alone does not say it; or empty */
};

/* Flows that call each other in a circle: written as drafts first, then published. */
struct tl_plan_cycle {
	const struct tl_str *flows;
	size_t count;
};

struct tl_plan {
	struct tl_arena arena;
	char id[TL_SHA256_SIZE];    /* of the canonical bytes of all the rest */
	enum tl_plan_kind kind;
	struct tl_str environment, platform;
	struct tl_str commit;       /* empty: outside of a repository, or before the first commit */
	bool dirty;
	struct tl_str promote_from; /* the environment that must have the source of all that is written; or empty */
	struct tl_str values;       /* SHA-256 of the environment's values, platform, database and ids */
	int64_t created_ms, expires_ms;
	struct tl_planned *flows;   /* in the order in which they are applied: what is called before what calls; orphans last */
	size_t n_flows;
	struct tl_plan_cycle *cycles;
	size_t n_cycles;
};

/* An empty plan: the caller fills its head and lines, in plan->arena, and seals it. Owned by the caller: tl_plan_free. */
struct tl_plan *tl_plan_new(enum tl_plan_kind kind);
/* The lines of publishing all chosen flows of the match, and the circles among them. `present` has one entry a remote; its digests are needed where
 * a chosen flow or an orphan goes with it. */
void tl_plan_fill(struct tl_plan *plan, const struct tl_match *match, const struct tl_present *present, const struct tl_holds *holds);
/* Fixes the id. */
void tl_plan_seal(struct tl_plan *plan);
void tl_plan_free(struct tl_plan *plan); /* NULL is fine */

/* Whether a line is written by an apply. */
bool tl_planned_writes(const struct tl_planned *planned);
/* How many lines are. */
size_t tl_plan_changes(const struct tl_plan *plan);
/* The line of that flow, or NULL. */
const struct tl_planned *tl_plan_find(const struct tl_plan *plan, struct tl_str flow);

/* The order in which flows are written: callees first, and the circles among them. */
struct tl_plan_order {
	uint32_t *indexes;  /* of wanted */
	uint32_t *circle;   /* by index of wanted: the number of its circle, or TL_NONE */
	uint32_t n_circles;
};
/* In `arena`. The same for the same flows, whatever order they came in. */
void tl_plan_order(struct tl_plan_order *out, struct tl_arena *arena, const struct tl_wanted_list *wanted);

/* JSON out (schemas/plan.schema.json). */
void tl_plan_write(struct tl_buf *buf, const struct tl_plan *plan);
/* And in: TL_USAGE for what is no plan, was changed since it was made (the id does not fit), or is of a newer version. */
int tl_plan_read(struct tl_plan **out, struct tl_str path, struct tl_str bytes, struct tl_error *err);

#endif

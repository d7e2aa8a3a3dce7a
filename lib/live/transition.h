/* live/transition.h: interactions in progress, moved to another node of their flow: never over a state that somebody else has moved. */
#ifndef TL_LIVE_TRANSITION_H
#define TL_LIVE_TRANSITION_H

#include <pthread.h>

#include "base/map.h"
#include "ledger/audit.h"
#include "platform/platform.h"

/* What all customAttributes of an interaction may take as JSON, in bytes; and how often a state that changed under our hands is read again. */
#define TL_TRANSITION_BYTES 65536
#define TL_TRANSITION_TRIES 3

/* What is asked for. Borrowed. */
struct tl_transition {
	struct tl_str interaction, flow, from, to;
	const struct tl_item *variables; /* a map, or NULL */
};

enum tl_moved {
	TL_MOVED,
	TL_MOVE_CONFLICT, /* somebody else moved it, or keeps changing it: nothing was written */
	TL_MOVE_REFUSED,  /* by us: no such node, out of reach, a variable that the flow does not declare or of another type, too large */
	TL_MOVE_FAILED,   /* the platform refused or could not be asked: nothing was written */
	TL_MOVE_LOST,     /* whether it was written is not known */
	TL_MOVE_PLANNED,  /* a dry run: this would be sent */
	TL_MOVES,
};
/* "moved", "conflict", "refused", "failed", "lost", "planned" */
const char *tl_moved_name(enum tl_moved moved);

/* What became of it; texts in the arena given. */
struct tl_transition_result {
	enum tl_moved moved;
	enum tl_code code;                 /* of what was not moved */
	struct tl_str message;             /* why, or empty */
	const struct tl_item *attributes;  /* what was sent, or would be; NULL: it did not come to that */
	struct tl_str etag;                /* the state it was sent on top of */
	int status;                        /* HTTP, of the last PATCH; 0: none */
	unsigned tries, attempts;          /* states read; requests of all PATCHes */
	struct tl_str correlation;         /* the server's id of the last PATCH; or empty */
	int64_t latency_ms;                /* of the whole */
};

/* What all transitions of a run share; any number of threads. */
struct tl_mover {
	struct tl_platform *platform;
	struct tl_ledger *ledger;          /* audit; NULL: no records */
	const struct tl_clock *clock;
	const struct tl_environment *environment;
	const struct tl_lower *lower;      /* how deployed flows are read */
	bool dry_run;
	int (*stopped)(void);              /* may be NULL */
	bool notify;                       /* the webhook is to hear of it: rows in the ledger's outbox, in the hands of `owner` */
	struct tl_str owner;
	void (*at)(void *data, const char *place); /* tests: between any two steps; may be NULL */
	void *at_data;
	struct tl_move_flows *flows;       /* private: deployed flows, each read once a version */
};

/* Looks at what the platform has. tl_mover_close in any case. */
int tl_mover_open(struct tl_mover *mover, struct tl_error *err);
void tl_mover_close(struct tl_mover *mover);
/* One transition, whole. Never fails but by its result. */
void tl_mover_move(struct tl_transition_result *out, struct tl_arena *arena, struct tl_mover *mover, const struct tl_transition *transition);

#endif

/* ledger/outbox.h: what another system is to hear of, kept from before it happens until that system took it: nothing is lost where this program ends, nothing is
 * told that did not happen, and of one interaction everything is told in the order in which it happened. */
#ifndef TL_LEDGER_OUTBOX_H
#define TL_LEDGER_OUTBOX_H

#include "ledger/audit.h"

/* How long a row is left alone that another program has in its hands. */
#define TL_OUTBOX_HOLD_MS 120000
/* How long what is over stays. */
#define TL_OUTBOX_KEEP_MS ((int64_t)7 * 24 * 60 * 60 * 1000)

enum tl_outbox_state {
	TL_OUTBOX_PREPARED,  /* the write is about to be sent, or was: whether it happened is not on record yet */
	TL_OUTBOX_READY,     /* it happened, and is to be told */
	TL_OUTBOX_DELIVERED,
	TL_OUTBOX_DEAD,      /* the other system does not want it, or nobody knows whether it happened: holds what comes later of its interaction */
	TL_OUTBOX_DROPPED,   /* by somebody, for a reason */
	TL_OUTBOX_VOID,      /* it did not happen, as was read back */
	TL_OUTBOX_STATES,
};
/* "prepared", "ready", … */
const char *tl_outbox_state_name(enum tl_outbox_state state);

struct tl_outbox_row {
	int64_t id;
	struct tl_str environment, flow;
	struct tl_str webhook;      /* by which name the configuration knows who is to hear of it */
	struct tl_str interaction;  /* or whatever else is told of in order: those of one, one after the other */
	struct tl_str node, stamp;  /* what the write leaves there, by which it is known: flow_node, last_updated */
	int64_t seq;                /* its place among those of its interaction */
	struct tl_str key;          /* Idempotency-Key */
	struct tl_str body;         /* JSON */
	enum tl_outbox_state state;
	int64_t attempts, not_before_ms, held_ms, made_ms;
	struct tl_str error, owner;
};
struct tl_outbox_rows {
	struct tl_outbox_row *items; /* in the arena given */
	size_t count;
};

/* What an interaction was seen at just before. */
struct tl_outbox_seen {
	struct tl_str node, stamp;
};

/* Makes a row `prepared` in the hands of row->owner, and the intent's record with it, in one transaction. Sets row->id. Earlier rows that the state seen proves to have
 * happened become `ready`, with the record of it. */
int tl_outbox_prepare(struct tl_ledger *ledger, struct tl_outbox_row *row, const struct tl_outbox_seen *seen, const struct tl_audit_entry *intent,
                      struct tl_error *err);
/* The state was read anew, as somebody else changed it: the row goes behind all that happened meanwhile. */
int tl_outbox_again(struct tl_ledger *ledger, const struct tl_outbox_row *row, const struct tl_outbox_seen *seen, struct tl_error *err);

enum tl_outbox_outcome {
	TL_OUTBOX_HAPPENED,     /* the row becomes ready */
	TL_OUTBOX_NOT_HAPPENED, /* it goes */
	TL_OUTBOX_NOT_KNOWN,    /* it stays prepared, in nobody's hands */
	TL_OUTBOX_UNKNOWABLE,   /* of what was left alone: nothing can tell any more, and a person decides: a dead letter */
};
/* What came of the write, and its record, in one transaction. */
int tl_outbox_end(struct tl_ledger *ledger, int64_t id, enum tl_outbox_outcome outcome, const struct tl_audit_entry *entry, struct tl_error *err);

/* Rows of what has happened already, `ready`, in one transaction. Sets the id of each; 0: its key is there already, of an earlier program that ended before it could say so,
 * and it is passed over. */
int tl_outbox_add(struct tl_ledger *ledger, struct tl_outbox_row *rows, size_t count, struct tl_error *err);

/* ---- what a program left that ended */

/* Who has rows in hand, and that an owner, which is gone, has none. */
int tl_outbox_owners(struct tl_str **out, size_t *count, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment, struct tl_error *err);
int tl_outbox_release(struct tl_ledger *ledger, struct tl_str environment, struct tl_str owner, struct tl_error *err);
/* Rows that are prepared and in nobody's hands, oldest first. */
int tl_outbox_unsettled(struct tl_outbox_rows *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment, size_t limit,
                        struct tl_error *err);
/* What was read back of such a row, with its record: ready, void, or dead. TL_OUTBOX_NOT_KNOWN: looked at again in `later_ms`, for `why`. */
int tl_outbox_settle(struct tl_ledger *ledger, const struct tl_outbox_row *row, enum tl_outbox_outcome outcome, int64_t later_ms, struct tl_str why,
                     struct tl_error *err);

/* ---- delivery */

/* Takes up to `limit` rows into the hands of `owner`: the first of each interaction where that is ready and its time has come. */
int tl_outbox_claim(struct tl_outbox_rows *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment, struct tl_str webhook,
                    struct tl_str owner, size_t limit, struct tl_error *err);
int tl_outbox_delivered(struct tl_ledger *ledger, const struct tl_outbox_row *row, struct tl_error *err);
/* Not now: in `later_ms`. */
int tl_outbox_later(struct tl_ledger *ledger, const struct tl_outbox_row *row, int64_t later_ms, struct tl_str why, struct tl_error *err);
/* Never, as it is; that is on record. */
int tl_outbox_dead(struct tl_ledger *ledger, const struct tl_outbox_row *row, struct tl_str why, struct tl_error *err);
/* It was not tried. */
int tl_outbox_give_back(struct tl_ledger *ledger, const struct tl_outbox_row *row, struct tl_error *err);

/* ---- looking, and deciding */

/* Rows that are prepared, ready or dead, after that of the id `after`. */
int tl_outbox_list(struct tl_outbox_rows *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment, struct tl_str webhook, int64_t after,
                   size_t limit, struct tl_error *err);
/* Dead letters become ready; id 0: all. *count of them. Each is on record. */
int tl_outbox_replay(int64_t *count, struct tl_ledger *ledger, struct tl_str environment, struct tl_str webhook, int64_t id, struct tl_error *err);
/* A row that is dead, or ready and in nobody's hands, is never told; *found whether there is one of that id. It is on record. */
int tl_outbox_drop(bool *found, struct tl_ledger *ledger, struct tl_str environment, struct tl_str webhook, int64_t id, struct tl_str reason,
                   struct tl_error *err);

struct tl_outbox_counts {
	int64_t waiting;  /* prepared, ready or dead */
	int64_t dead;
	int64_t free;     /* not dead, in nobody's hands, and held by no earlier one */
	int64_t wait_ms;  /* until the first of those may be done; 0: now */
};
int tl_outbox_count(struct tl_outbox_counts *out, struct tl_ledger *ledger, struct tl_str environment, struct tl_str webhook, struct tl_error *err);
/* Removes what has been over for longer than it is kept. */
int tl_outbox_purge(struct tl_ledger *ledger, struct tl_str environment, struct tl_error *err);

#endif

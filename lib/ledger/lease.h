/* ledger/lease.h: one publisher an environment at a time, by the database's clock, with a fence: a number that grows with every lease. Each ledger write of a
 * lease's holder requires the fence; where it is no longer ours the program stops. */
#ifndef TL_LEDGER_LEASE_H
#define TL_LEDGER_LEASE_H

#include "ledger/ledger.h"

#define TL_LEASE_MS ((int64_t)60 * 1000)
#define TL_LEASE_RENEW_MS ((int64_t)20 * 1000)

struct tl_lease_holder {
	struct tl_str owner;     /* "alice@laptop, process 4711" */
	int64_t fence, expires_ms, since_ms;
	bool held;               /* at this moment */
};

/* Who wants the lease, and what is done where somebody else has it. All of it is borrowed. */
struct tl_lease_wish {
	struct tl_str owner;     /* "alice@laptop, process 4711" */
	struct tl_str steal;     /* the reason for which it is taken over at once, whoever has it; or empty */
	int64_t wait_ms;
	bool (*has_ended)(void *data, struct tl_str owner); /* whether that owner is known to have ended: then it is taken over at once; NULL: nobody knows */
	void *data;              /* of has_ended, which may be called on any thread */
};

/* Takes the lease of an environment. Held by somebody else: waits up to `wait_ms` for it, then TL_TIMED_OUT, whose message names owner, since when and until when,
 * and what to do. One that is taken over is on record. From here on the ledger's writes carry the fence, and a thread renews the lease until it is given back.
 * `stopped` may be NULL. */
int tl_ledger_lease(struct tl_ledger *ledger, struct tl_str environment, const struct tl_lease_wish *wish, int (*stopped)(void), struct tl_error *err);
/* For what no database guards, just before it is done: 0 where the lease is ours for some time yet, or none was taken. Where it was not renewed in time, as the
 * program or its machine was suspended, it is renewed first. TL_CONFLICT where it was taken over. */
int tl_ledger_sure_of_lease(struct tl_ledger *ledger, struct tl_error *err);
/* Whether that is known without asking the database. */
bool tl_ledger_is_sure_of_lease(struct tl_ledger *ledger);
/* Gives it back. Without a lease, or one that was lost, nothing. */
void tl_ledger_unlease(struct tl_ledger *ledger);
/* Whether the lease that was taken is still ours, as far as this program knows: false once a renewal or a write found another fence. */
bool tl_ledger_has_lease(struct tl_ledger *ledger);
int tl_ledger_lease_holder(struct tl_lease_holder *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment, struct tl_error *err);

#endif

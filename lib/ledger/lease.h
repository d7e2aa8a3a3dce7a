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

/* Takes the lease of an environment. Held by somebody else: waits up to `wait_ms` for it, then TL_TIMED_OUT, whose message names owner, since when and until when,
 * and what to do. `steal` (a reason, or empty) takes it at once, and that is on record. From here on the ledger's writes carry the fence, and a thread renews the
 * lease until it is given back. `stopped` may be NULL. */
int tl_ledger_lease(struct tl_ledger *ledger, struct tl_str environment, struct tl_str owner, struct tl_str steal, int64_t wait_ms,
                    int (*stopped)(void), struct tl_error *err);
/* Gives it back. Without a lease, or one that was lost, nothing. */
void tl_ledger_unlease(struct tl_ledger *ledger);
/* Whether the lease that was taken is still ours, as far as this program knows: false once a renewal or a write found another fence. */
bool tl_ledger_has_lease(struct tl_ledger *ledger);
int tl_ledger_lease_holder(struct tl_lease_holder *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment, struct tl_error *err);

#endif

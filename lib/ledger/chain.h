/* ledger/chain.h: what the files of this room share of the audit chain. */
#ifndef TL_LEDGER_CHAIN_H
#define TL_LEDGER_CHAIN_H

#include "ledger/audit.h"
#include "ledger/tables.h"

/* What the first record names as the hash of the one before. */
#define TL_AUDIT_NOTHING "0000000000000000000000000000000000000000000000000000000000000000"

/* Appends a record in the transaction that is under way: with it the record stays or goes. It takes the lock on the chain's head, which is given back with the
 * transaction. */
int tl_audit_append_within(struct tl_ledger *ledger, const struct tl_audit_entry *entry, struct tl_error *err);
/* The same, and where the entry has personal data, what the actor's retention does not allow any more is purged with it. */
int tl_audit_append_keeping(struct tl_ledger *ledger, const struct tl_audit_entry *entry, struct tl_error *err);
/* As the first, of a record that replaces the actor's key by the one of that id; TL_USAGE where that one was replaced itself. */
int tl_audit_retire_within(struct tl_ledger *ledger, const struct tl_audit_entry *entry, const char *next_id, struct tl_error *err);
/* Removes personal data of records older than `before_ms`, and puts that on record where there was any. */
int tl_audit_purge_within(int64_t *count, struct tl_ledger *ledger, int64_t before_ms, struct tl_error *err);

/* The records of a step: its intent, and what came of it. */
int tl_audit_step_begun(struct tl_ledger *ledger, const struct tl_step *step, struct tl_error *err);
int tl_audit_step_ended(struct tl_ledger *ledger, const struct tl_step *step, enum tl_step_state state, struct tl_str message, struct tl_error *err);
/* What became of steps whose program never came back; rows of (id, version, digest, action). */
int tl_audit_steps_closed(struct tl_ledger *ledger, const struct tl_deployed *deployed, const struct tl_result *closed, const char *outcome,
                          const char *why, struct tl_error *err);
/* The records of a plan that is applied. */
int tl_audit_plan_begun(struct tl_ledger *ledger, const struct tl_plan_record *plan, struct tl_error *err);
int tl_audit_plan_ended(struct tl_ledger *ledger, const struct tl_plan_record *plan, enum tl_plan_state state, struct tl_str message, struct tl_error *err);
/* A lease that was taken from somebody. */
int tl_audit_lease_stolen(struct tl_ledger *ledger, struct tl_str environment, struct tl_str owner, struct tl_str from, struct tl_str reason,
                          struct tl_error *err);
/* A version that was found on the platform and is ours. */
int tl_audit_adopted(struct tl_ledger *ledger, const struct tl_deployed *deployed, struct tl_error *err);

#endif

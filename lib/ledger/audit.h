/* ledger/audit.h: who did what, and what came of it: a chain of records in the ledger's database, none of which can be changed, dropped, swapped or inserted
 * unseen. A record is RFC 8785 JSON, kept as bytes, with its sequence number and the hash of the one before in it; an intent stands before each write. */
#ifndef TL_LEDGER_AUDIT_H
#define TL_LEDGER_AUDIT_H

#include "crypto/sign.h"
#include "ledger/ledger.h"

/* On whose behalf this program works; borrowed by the ledger until it is closed. */
struct tl_actor {
	struct tl_str name;        /* "alice@laptop", or what CI says */
	struct tl_str ticket;      /* of the change, or empty */
	const struct tl_key *key;  /* signs each record; NULL: not signed */
	unsigned retention_days;   /* 0: nothing is purged by itself */
};

/* What one record says; empty and zero members are left out. `personal` members (phone numbers, profile data, variables of a caller) are kept beside the record,
 * which holds their salted hash alone, so that they can be purged and the chain stays verifiable. */
struct tl_audit_entry {
	const char *action;        /* "plan", "publish", "rollback", "import", "release", "trust", "steal", "simulate", "transition", … */
	const char *phase;         /* "intent", "outcome", or NULL where there is but one record */
	const char *outcome;       /* "published", "conflict", "failed", …; NULL in an intent */
	struct tl_str environment, flow, interaction, plan, commit;
	struct tl_str base_digest, digest, etag, error, correlation, reason;
	int64_t step;              /* of the ledger; ties intent and outcome */
	int64_t base_version, version;
	int status;
	unsigned attempts;
	int64_t latency_ms;
	const struct tl_item *details;  /* a map, or NULL */
	const struct tl_item *personal; /* a map, or NULL */
};

/* Appends one record, in one transaction under the chain's lock. */
int tl_audit_append(struct tl_ledger *ledger, const struct tl_audit_entry *entry, struct tl_error *err);

/* A record as it is kept. */
struct tl_audit_record {
	int64_t seq;               /* from 1 */
	struct tl_str bytes;       /* RFC 8785 */
	struct tl_str hash;        /* SHA-256 of the bytes, hex */
	struct tl_str key_id, signature; /* or empty */
	struct tl_str personal;    /* JSON, or empty: none, or purged */
};
struct tl_audit_records {
	struct tl_audit_record *items; /* in the arena given */
	size_t count;
};
/* Records from sequence number `from` on, at most `limit`. */
int tl_audit_read(struct tl_audit_records *out, struct tl_arena *arena, struct tl_ledger *ledger, int64_t from, size_t limit, struct tl_error *err);

/* A place in the chain that somebody keeps elsewhere. */
struct tl_checkpoint {
	struct tl_str chain;       /* random id of the chain */
	int64_t seq;
	struct tl_str hash;
};
int tl_audit_head(struct tl_checkpoint *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_error *err);

/* What is wrong with a chain: the first record that does not hold. */
struct tl_audit_verdict {
	bool good;
	uint64_t records, signed_records, purged;
	bool has_checkpoint;       /* else nothing shows that none is missing at the end */
	int64_t seq;               /* of the first bad record */
	struct tl_str what;        /* in words */
};
/* Reads the whole chain in pieces. `keys` are the public keys that may sign; a key that another one signed for ("rotate" record) may too. */
int tl_audit_verify(struct tl_audit_verdict *out, struct tl_arena *arena, struct tl_ledger *ledger, const struct tl_checkpoint *checkpoint,
                    const struct tl_key *const *keys, size_t n_keys, struct tl_error *err);
/* Removes personal data of records older than `before_ms`; *count of them. The purge is a record itself. */
int tl_audit_purge(uint64_t *count, struct tl_ledger *ledger, int64_t before_ms, struct tl_error *err);

#endif

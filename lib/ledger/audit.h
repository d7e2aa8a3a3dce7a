/* ledger/audit.h: who did what, and what came of it: a chain of records in the ledger's database, none of which can be changed, dropped, swapped or inserted
 * unseen. A record is RFC 8785 JSON, kept as bytes, with its chain, its sequence number and the hash of the one before in it; an intent stands before each
 * write. */
#ifndef TL_LEDGER_AUDIT_H
#define TL_LEDGER_AUDIT_H

#include "base/buf.h"
#include "crypto/sign.h"
#include "doc/tree.h"
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

/* Appends one record, in one transaction under the chain's lock. The steps of the ledger leave their records by themselves. An actor whose key was replaced in
 * this chain is TL_USAGE. Where the entry has personal data, what the actor's retention does not allow any more is purged with it. */
int tl_audit_append(struct tl_ledger *ledger, const struct tl_audit_entry *entry, struct tl_error *err);
/* Appends several without personal data, all or none. */
int tl_audit_append_all(struct tl_ledger *ledger, const struct tl_audit_entry *entries, size_t count, struct tl_error *err);

/* A record as it is kept. */
struct tl_audit_record {
	int64_t seq;               /* from 1 */
	struct tl_str bytes;       /* RFC 8785 */
	struct tl_str hash;        /* SHA-256 of the bytes, hex */
	struct tl_str key_id, signature; /* or empty; Ed25519 over the bytes, hex */
	bool has_personal;         /* else it never had personal data, or that was purged */
	struct tl_str personal;    /* JSON */
	struct tl_str salt;        /* the record holds HMAC-SHA-256 of `personal` under this text */
	int64_t personal_ms;       /* by which a purge goes: the moment of the record */
};
struct tl_audit_records {
	struct tl_audit_record *items; /* in the arena given */
	size_t count;
};
/* Records from sequence number `from` on, at most `limit`. */
int tl_audit_read(struct tl_audit_records *out, struct tl_arena *arena, struct tl_ledger *ledger, int64_t from, size_t limit, struct tl_error *err);
/* What a record says, as a tree that the caller frees. Bytes that are no JSON are TL_USAGE. */
int tl_audit_parse(struct tl_doc **out, const struct tl_audit_record *record, struct tl_error *err);

/* Which records somebody wants to see; empty and zero members take all. */
struct tl_audit_filter {
	struct tl_str environment; /* records of no environment (purge, rotate) are taken too */
	struct tl_str flow, action, actor, outcome, interaction, ticket;
	int64_t since_ms, until_ms; /* [since, until) */
	bool ends;                  /* `until_ms` counts */
};
bool tl_audit_matches(const struct tl_audit_filter *filter, const struct tl_item *record);

/* A place in the chain that somebody keeps elsewhere. */
struct tl_checkpoint {
	struct tl_str chain;       /* random id of the chain; empty: there is none yet */
	int64_t seq;
	struct tl_str hash;
};
int tl_audit_head(struct tl_checkpoint *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_error *err);
/* {"chain", "hash", "seq"}, RFC 8785, and back; TL_USAGE for what is none. Texts in `arena`. */
void tl_checkpoint_write(struct tl_buf *buf, const struct tl_checkpoint *checkpoint);
int tl_checkpoint_read(struct tl_checkpoint *out, struct tl_arena *arena, struct tl_str text, const char *what, struct tl_error *err);

/* What is wrong with a chain: the first record that does not hold. */
struct tl_audit_verdict {
	bool good;
	uint64_t records;
	uint64_t signed_records;   /* whose signature was checked and holds */
	uint64_t unchecked;        /* signed, but no key was given */
	uint64_t purged;           /* whose personal data was purged, on record */
	bool has_checkpoint;       /* else nothing shows that none is missing at the end */
	int64_t seq;               /* of the first bad record; 0: the chain as a whole */
	struct tl_str what;        /* in words */
	struct tl_checkpoint head; /* where the chain ends */
};
/* Reads the whole chain in pieces. `keys` are the public keys that may sign; a key that another one signed for ("rotate" record) may too, and the one that it
 * replaced may not any more. Where keys are given, no record after the first signed one goes without a signature, and at least one has one. `checkpoint` may be
 * NULL. A chain that does not hold is no error: *out says so. `stopped` (may be NULL) ends it: TL_INTERRUPTED. */
int tl_audit_verify(struct tl_audit_verdict *out, struct tl_arena *arena, struct tl_ledger *ledger, const struct tl_checkpoint *checkpoint,
                    const struct tl_key *const *keys, size_t n_keys, int (*stopped)(void), struct tl_error *err);
/* Removes personal data of records older than `before_ms`, with its salt; *count of them. The purge is a record itself. Its bytes are in the database's file no
 * more; -1 with a *count where the data is removed and a server did not let its file be written anew. */
int tl_audit_purge(uint64_t *count, struct tl_ledger *ledger, int64_t before_ms, struct tl_error *err);
/* The actor's key (TL_USAGE without one) signs for the next one, and signs nothing after that. */
int tl_audit_rotate(struct tl_ledger *ledger, const struct tl_key *next, struct tl_error *err);

#endif

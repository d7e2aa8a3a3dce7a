/* cmd/common/actor.h: on whose behalf a command works, for the audit records that it leaves. */
#ifndef TL_CMD_ACTOR_H
#define TL_CMD_ACTOR_H

#include "ledger/audit.h"
#include "project/access.h"

/* Zero before tl_acting_open; tl_acting_close in any case. */
struct tl_acting {
	struct tl_actor actor; /* for tl_ledger_act */
	struct tl_key *key;
	struct tl_arena arena;
};

/* The actor is user@host, with what CI says of its own user before it. The ticket is `ticket`, else $TRUNKLINE_TICKET. The key is the configuration's audit.key:
 * ours alone, closed to others, and outside of the tree under test; else TL_USAGE. */
int tl_acting_open(struct tl_acting *acting, const struct tl_config *config, const char *ticket, struct tl_error *err);
void tl_acting_close(struct tl_acting *acting);

/* Keys that may sign. */
struct tl_audit_keys {
	struct tl_key **items; /* owned */
	size_t count, capacity;
};
/* The configuration's own key and those that it trusts. */
int tl_audit_keys_configured(struct tl_audit_keys *keys, const struct tl_config *config, struct tl_error *err);
/* A public key from a file. */
int tl_audit_keys_add(struct tl_audit_keys *keys, const char *path, struct tl_error *err);
void tl_audit_keys_clear(struct tl_audit_keys *keys);

/* A private key from a file: ours alone, closed to others, outside of the tree under test. */
int tl_audit_key_read(struct tl_key **out, const char *path, const struct tl_config *config, struct tl_error *err);

#endif

/* deploy/identity.h: a flow under another id: what a version says, told from what it is called. */
#ifndef TL_DEPLOY_IDENTITY_H
#define TL_DEPLOY_IDENTITY_H

#include "crypto/sha256.h"
#include "flow/flow.h"

/* Makes it the flow `id`, which was called `former` before (may be empty): its name too, where that only repeats the id, and where it names itself. One that was
 * made on the platform is one of ours then. */
void tl_flow_rename(struct tl_flow *flow, struct tl_str id, struct tl_str former);
/* As tl_flow_digest, with `more` as the ledger keeps it: canonical JSON, or empty. */
void tl_flow_digest_more(char out[TL_SHA256_SIZE], const struct tl_flow *flow, struct tl_str more);

#endif

/* sandbox/deployed.h: a flow as callers get it, ready for calls, with all that its subflows lead to. */
#ifndef TL_SANDBOX_DEPLOYED_H
#define TL_SANDBOX_DEPLOYED_H

#include "platform/local_store.h"
#include "sandbox/trial.h"

struct tl_deployed;

/* The published version of the flow of that id, or its last one where none is published yet. TL_NOT_FOUND: there is no such flow; TL_REFUSED: it cannot run,
 * and why. */
int tl_deployed_open(struct tl_deployed **out, struct tl_local_store *store, struct tl_str id, struct tl_error *err);
void tl_deployed_close(struct tl_deployed *deployed); /* NULL is fine */
/* Borrowed. */
const struct tl_trial_flow *tl_deployed_flow(const struct tl_deployed *deployed);

#endif

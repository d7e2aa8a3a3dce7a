/* cmd/flow-diff/origin.h: whose change a difference is, where an environment is compared: by what was deployed there from here last. */
#ifndef TL_FLOW_DIFF_ORIGIN_H
#define TL_FLOW_DIFF_ORIGIN_H

#include "flow-diff/side.h"

/* Fills change->origin, and change->three where both sides changed. `sides` are before and after, `entries` their indexes (SIZE_MAX: not there), `flows` what was
 * read of them (may be NULL). *base is the flow that the trees in change->three borrow from, the caller's, or NULL. Trees in `arena`. Safe from several threads
 * at once. */
int origin_find(struct tl_flow_change *change, struct tl_flow **base, struct tl_arena *arena, struct side *sides, const size_t *entries,
                struct tl_flow *const *flows, struct tl_error *err);

#endif

/* platform/added.h: members that a platform adds to every flow by itself (a division, tags, an empty environmentVariables), told from what somebody changed there. */
#ifndef TL_PLATFORM_ADDED_H
#define TL_PLATFORM_ADDED_H

#include "flow/flow.h"

/* Whether `theirs` keeps members without a place in the model that `ours`, read from the file, does not have. */
bool tl_added_is_any(const struct tl_flow *theirs, const struct tl_flow *ours);

/* Takes out of `theirs` and `base` (NULL: there is none) what the platform added: members without a place in the model that both have alike and `ours` does not have, and
 * documented optional members that hold nothing. One flow for both is freed of all that `ours` does not have. */
void tl_added_leave_out(struct tl_flow *theirs, struct tl_flow *base, const struct tl_flow *ours);

#endif

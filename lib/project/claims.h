/* project/claims.h: what a tracked project file claims of authority. Private to the room. */
#ifndef TL_PROJECT_CLAIMS_H
#define TL_PROJECT_CLAIMS_H

#include "project/access.h"

/* Whether this environment of the project file claims any; the names of its claims, for a message, in `arena` where `names` is not NULL. The keys of the audit
 * log count for every environment. */
bool tl_project_claims(struct tl_str *names, struct tl_arena *arena, const struct tl_project *project, const struct tl_environment *environment);

#endif

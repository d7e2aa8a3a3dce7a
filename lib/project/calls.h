/* project/calls.h: how a queue of calls is opened as an environment's authority says. */
#ifndef TL_PROJECT_CALLS_H
#define TL_PROJECT_CALLS_H

#include "net/queue.h"
#include "project/access.h"

/* Reads the secrets of `access->calls` into `arena`, which is to be wiped when the queue is open. TL_USAGE as for tl_secret_read(), and for a file of credentials that others
 * can read. Nothing is configured: an empty login, which is fine for a server that asks for none. */
int tl_calls_login(struct tl_queue_login *out, struct tl_arena *arena, const struct tl_access *access, const struct tl_surroundings *surroundings, struct tl_error *err);

#endif

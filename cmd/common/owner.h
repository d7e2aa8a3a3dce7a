/* cmd/common/owner.h: what this process is called in the outbox, and whether the process of such a name still runs. */
#ifndef TL_CMD_OWNER_H
#define TL_CMD_OWNER_H

#include "base/arena.h"
#include "base/str.h"

/* No other process has it, or had it. */
struct tl_str tl_owner_self(struct tl_arena *arena);
/* False where it is known to have ended: one of this machine and this space of process ids. Of any other nobody here can say. */
bool tl_owner_is_alive(void *data, struct tl_str owner);

#endif

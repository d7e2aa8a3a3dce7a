/* project/ledger_address.h: the address of a ledger on a server: encrypted and verified wherever it is not this machine. Private to the room. */
#ifndef TL_PROJECT_LEDGER_ADDRESS_H
#define TL_PROJECT_LEDGER_ADDRESS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* Whether it is one of PostgreSQL; else the path of a file. */
bool tl_ledger_is_server(struct tl_str text);
/* The address as it is to be used, in `arena`: off loopback `sslmode=verify-full` is added where nothing is said, and anything else said is TL_USAGE. The
 * message holds nothing of the address, which may hold a password. */
int tl_ledger_address(struct tl_str *out, struct tl_arena *arena, struct tl_str text, struct tl_error *err);

#endif

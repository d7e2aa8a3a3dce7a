/* tests/unit/ledger_yard.h: a ledger of a test's own, on a file or on the server of tests/postgres. */
#ifndef TL_UNIT_LEDGER_YARD_H
#define TL_UNIT_LEDGER_YARD_H

#include "ledger/ledger.h"
#include "store_yard.h"

struct ledger_yard {
	char *folder;
	char path[4096]; /* or an address */
	bool server;
	struct tl_arena arena;
	struct tl_error err;
	struct tl_clock clock;
	int64_t now; /* 1000 at first, and one more each time that it is asked for */
	struct tl_ledger *ledger;
};

/* Its clock: of an int64_t, which grows. */
int64_t ledger_yard_now(void *data);
/* For cmocka's set-up and tear-down. */
int ledger_yard_open(void **state);
int ledger_yard_open_server(void **state);
int ledger_yard_close(void **state);

#endif

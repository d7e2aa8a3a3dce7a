/* tests/unit/store_yard.h: the databases that tests of the store and of what stands on it run on. */
#ifndef TL_UNIT_STORE_YARD_H
#define TL_UNIT_STORE_YARD_H

#include "unit.h"

/* Whether there is a server (tests/postgres); says on standard error that tests are skipped where there is none. */
bool store_yard_has_server(const char *tests);
/* An address on the server whose schemas nobody else uses. `base` is $TRUNKLINE_TEST_POSTGRES or the like. */
void store_yard_address(char *out, size_t size, const char *base);
/* Runs SQL as the server's master, by its psql. */
void store_yard_sql(const char *sql);

#endif

/* tests/unit/ledger_yard.c: opened empty, gone at the end. */
#include "ledger_yard.h"

#include <stdio.h>

int64_t ledger_yard_now(void *data)
{
	return (*(int64_t *)data)++;
}

static int open_yard(void **state, bool server)
{
	struct ledger_yard *yard = tl_alloc_zero(1, sizeof(*yard));

	yard->folder = unit_scratch_in_memory();
	yard->now = 1000;
	yard->clock = (struct tl_clock){ .now_ms = ledger_yard_now, .data = &yard->now };
	yard->server = server;
	if (server)
		store_yard_address(yard->path, sizeof(yard->path), getenv("TRUNKLINE_TEST_POSTGRES"));
	else
		snprintf(yard->path, sizeof(yard->path), "%s/ledger.db", yard->folder);
	assert_int_equal(tl_ledger_open(&yard->ledger, yard->path, &yard->clock, &yard->err), 0);
	*state = yard;
	return 0;
}

int ledger_yard_open(void **state)
{
	return open_yard(state, false);
}

int ledger_yard_open_server(void **state)
{
	return open_yard(state, true);
}

int ledger_yard_close(void **state)
{
	struct ledger_yard *yard = *state;

	tl_ledger_close(yard->ledger);
	unit_scratch_remove(yard->folder);
	tl_arena_clear(&yard->arena);
	free(yard);
	return 0;
}

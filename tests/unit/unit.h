/* tests/unit/unit.h: what every unit test includes. A file tests/unit/test_NAME.c that is listed in the Makefile has one
 * function `int test_NAME(void)` that runs its group and returns how many of its tests failed. */
#ifndef TL_UNIT_H
#define TL_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"

/* Fails unless the view holds exactly this text; both are shown. */
#define assert_str(view, text) unit_assert_str((view), (text), __FILE__, __LINE__)
void unit_assert_str(struct tl_str view, const char *text, const char *file, int line);

/* Says which row of a table failed, before the assertion that follows: prints nothing unless it is false. */
#define assert_row(row, condition) unit_assert_row((row), (condition), #condition, __FILE__, __LINE__)
void unit_assert_row(const char *row, bool condition, const char *text, const char *file, int line);

/* The path of a file of the shared test data, below $TRUNKLINE_SHARED; skips the running test with a message where there is none.
 * Borrowed from `arena`. */
const char *unit_shared(struct tl_arena *arena, const char *name);

/* A fresh folder that is removed with all that is in it by unit_scratch_remove(). Free the path with that alone. */
char *unit_scratch(void);
/* As above, in memory where there is a place for it: for tests whose time would hang on how fast a disk syncs. */
char *unit_scratch_in_memory(void);
void unit_scratch_remove(char *path);

#endif

/* sim/expect.h: what a case says must be true of its call, held against what happened. One table of expectations. */
#ifndef TL_SIM_EXPECT_H
#define TL_SIM_EXPECT_H

#include "sim/case.h"

/* One expectation that was not met. Values as JSON, sensitive ones masked. */
struct tl_failure {
	const char *expectation; /* "ends_at" */
	struct tl_str expected, actual;
	struct tl_span span;     /* of the expectation in the suite; empty for the status that was not given */
};

struct tl_failures {
	struct tl_failure *items; /* in the arena given */
	size_t count, capacity;
};

/* Adds one that is found elsewhere; expected and actual are the caller's to fill, as JSON. */
struct tl_failure *tl_failures_add(struct tl_failures *out, struct tl_arena *arena, const char *name);
/* Everything that `run` does not meet, in document order. `values` fills ${env.X} in `transfer`. */
void tl_expect_check(struct tl_failures *out, struct tl_arena *arena, const struct tl_case *given, const struct tl_run *run,
                     const struct tl_map *values);

#endif

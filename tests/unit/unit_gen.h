/* tests/unit/unit_gen.h: random native flows from a seed, with all fine print of the language in them. */
#ifndef TL_UNIT_GEN_H
#define TL_UNIT_GEN_H

#include "doc/tree.h"

struct unit_random {
	uint64_t state;
};

/* A number below `n` (n > 0). */
uint32_t unit_random(struct unit_random *random, uint32_t n);

/* A flow of the native language as a tree, in `arena`. The same seed gives the same flow. */
struct tl_item *unit_random_flow(struct tl_arena *arena, uint64_t seed);

#endif

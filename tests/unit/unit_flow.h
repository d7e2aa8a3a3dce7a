/* tests/unit/unit_flow.h: flows for tests, from their text. */
#ifndef TL_UNIT_FLOW_H
#define TL_UNIT_FLOW_H

#include "dialect/dialect.h"
#include "doc/json.h"

/* A native flow from YAML text that is good; fails the running test otherwise. tl_flow_free() it. */
struct tl_flow *unit_native(const char *yaml);
/* The canonical text of a flow, NUL-terminated, in `arena`. */
const char *unit_canonical(struct tl_arena *arena, const struct tl_flow *flow);
/* The canonical text of a tree. */
const char *unit_json(struct tl_arena *arena, const struct tl_item *item);

#endif

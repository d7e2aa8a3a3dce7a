/* flow/canonical.h: a flow as a tree that is blind to layout, key order, comments, tracking numbers and redundant jumps, and keeps every name
 * and setting; and its digests. Two flows with equal models have equal trees, whatever dialect they came from. */
#ifndef TL_FLOW_CANONICAL_H
#define TL_FLOW_CANONICAL_H

#include "crypto/sha256.h"
#include "flow/flow.h"

/* {flow, name, channel, start, variables: {…}, prompts: {…}, nodes: {NAME: {type, …}}, settings, …} in the words of the native language, defaults
 * left out, keys in byte order. Orders that mean nothing (keys, `values` that do not depend on each other) are sorted; those that mean something
 * (choices, cases, dependent `values`) stay. In `arena`; texts borrowed from the flow. */
struct tl_item *tl_flow_canonical(struct tl_arena *arena, const struct tl_flow *flow);
/* The same for people to compare: what the wire keeps in `extras` under marks of its own is said in words: "without" lists the members that are gone, "actions[1]" is what
 * else the first element has. */
struct tl_item *tl_flow_shown(struct tl_arena *arena, const struct tl_flow *flow);
/* The SHA-256 of the canonical text. With a flow lowered without values this is the source digest, with them the deployed one (then with
 * `more`, which may be NULL: a tree of the schedules used and the SHA-256 of local audio). */
void tl_flow_digest(char out[TL_SHA256_SIZE], const struct tl_flow *flow, const struct tl_item *more);

#endif

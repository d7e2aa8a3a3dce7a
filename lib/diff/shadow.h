/* diff/shadow.h: which texts of a canonical form are names of nodes, and a version's trees under the names that the other version has. */
#ifndef TL_DIFF_SHADOW_H
#define TL_DIFF_SHADOW_H

#include "base/map.h"
#include "doc/tree.h"

/* Where in a canonical form an item stands, as far as references to nodes depend on it. */
enum tl_place_kind {
	TL_IN_OTHER,
	TL_IN_FLOW,
	TL_IN_NODE,
	TL_IN_STEPS,    /* choices, cases */
	TL_IN_STEP,     /* one of them, or no_input, no_match */
	TL_IN_TARGETS,  /* exits, outcomes */
	TL_IN_TARGET,   /* one of them: a name, or {to: name} */
	TL_IN_ROUTINES,
	TL_IN_ROUTINE,
	TL_IN_HANDLERS,
	TL_IN_REFERENCE, /* a name */
};
/* The kind of a child: by its key where its parent is a map. */
enum tl_place_kind tl_place_below(enum tl_place_kind in, const struct tl_item *child);
/* Whether the item is the name of a node. */
bool tl_place_is_reference(enum tl_place_kind in, const struct tl_item *item);

/* A copy of a tree in which names of nodes are replaced by `renames` (name -> struct tl_str *). */
struct tl_item *tl_shadow(struct tl_arena *arena, const struct tl_item *item, enum tl_place_kind in, const struct tl_map *renames);
/* The item that an item of such a copy was made of. */
const struct tl_item *tl_shadow_original(const struct tl_item *shadow);

/* A hash of a tree, as canonical forms are: keys sorted. */
uint64_t tl_tree_hash(const struct tl_item *item);
/* Joins hashes; the order matters. */
uint64_t tl_hash_join(uint64_t a, uint64_t b);

#endif

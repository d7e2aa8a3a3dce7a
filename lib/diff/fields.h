/* diff/fields.h: two trees compared setting by setting. */
#ifndef TL_DIFF_FIELDS_H
#define TL_DIFF_FIELDS_H

#include "base/map.h"
#include "diff/diff.h"

struct tl_compare {
	struct tl_arena *arena;
	struct tl_fields *fields;     /* out */
	const struct tl_map *renamed; /* node's old name -> struct tl_str *, its new one; NULL: none */
};

/* Adds each setting that differs between two values, `path` before its name. Either may be NULL. A transition to a node that was renamed is no change. */
void tl_compare_items(struct tl_compare *compare, struct tl_str path, const struct tl_item *before, const struct tl_item *after);
/* As above for the members of two maps, but for the one called `skip` (may be NULL). */
void tl_compare_members(struct tl_compare *compare, struct tl_str path, const struct tl_item *before, const struct tl_item *after, const char *skip);
/* Whether a member of a node (at `path` within it) names a node: "next", "choices[2].next", "exits.done", "outcomes.success". */
bool tl_is_transition(struct tl_str path);

#endif

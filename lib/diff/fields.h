/* diff/fields.h: two trees compared setting by setting. */
#ifndef TL_DIFF_FIELDS_H
#define TL_DIFF_FIELDS_H

#include "base/map.h"
#include "diff/diff.h"

struct tl_fields_maker {
	struct tl_arena *arena;
	struct tl_fields *fields;   /* out */
	bool by_before;             /* elements of lists count as in `before`, new ones as "[+1]": paths of two comparisons with one base fit together */
	const struct tl_map *whole; /* paths that are compared as one, or NULL */
};

/* Adds each setting that differs, `path` before its name. `before` is a shadow (diff/shadow.h); either may be NULL. */
void tl_fields_compare(struct tl_fields_maker *compare, struct tl_str path, const struct tl_item *before, const struct tl_item *after);
/* As above for the members of two canonical forms or nodes, but for the one called `skip` (may be NULL). The maps in which a flow declares things are
 * compared by their members also where one side has none. */
void tl_fields_members(struct tl_fields_maker *compare, const struct tl_item *before, const struct tl_item *after, const char *skip);
/* Adds one setting as it is; `before` is no shadow. */
void tl_fields_add(struct tl_fields_maker *compare, struct tl_str path, const struct tl_item *before, const struct tl_item *after);

#endif

/* diff/rename.h: which of the nodes that are gone live on under another name. */
#ifndef TL_DIFF_RENAME_H
#define TL_DIFF_RENAME_H

#include "base/map.h"
#include "doc/tree.h"

/* Finds, among the nodes of `before` that `after` lacks, those that `after` has under a name that `before` lacks: first the ones that are the same
 * but for their transitions, then the most similar of the same type. Puts old name -> struct tl_str * (the new one, in `arena`) into `renamed`. */
void tl_find_renamed(struct tl_map *renamed, struct tl_arena *arena, const struct tl_item *before, const struct tl_item *after);

#endif

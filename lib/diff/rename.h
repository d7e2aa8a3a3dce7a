/* diff/rename.h: nodes that went under one name and came back under another. */
#ifndef TL_DIFF_RENAME_H
#define TL_DIFF_RENAME_H

#include "diff/diff.h"

/* One version's nodes. */
struct tl_nodes {
	const struct tl_item *tree;   /* the flow's canonical form, or NULL */
	const struct tl_item **items; /* its nodes in document order, or by name where that is not known */
	uint32_t count;
	struct tl_map names;          /* name -> index of items */
	uint32_t *partner;            /* by index: the node of the other version, or TL_NONE */
};

/* Joins nodes without a partner that are the same node under another name: of the same content but for names of such nodes; else of the same
 * type, with more than half of their fields and of the places that lead to them alike. The best first, ties by order. */
void tl_rename_find(struct tl_nodes *before, struct tl_nodes *after);

#endif

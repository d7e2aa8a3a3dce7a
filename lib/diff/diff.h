/* diff/diff.h: two versions of flows compared by their canonical trees, so that layout never shows; and three, for conflicts. Pure functions. */
#ifndef TL_DIFF_DIFF_H
#define TL_DIFF_DIFF_H

#include "base/arena.h"
#include "base/map.h"
#include "doc/tree.h"
#include "flow/flow.h"

enum tl_difference { TL_SAME, TL_NEW, TL_GONE, TL_DIFFERENT, TL_MOVED, TL_RENAMED };
/* "same", "added", "removed", "changed", "moved", "renamed" */
const char *tl_difference_name(enum tl_difference difference);

/* One version of one flow. Everything is borrowed. */
struct tl_version_of {
	struct tl_str flow;           /* its id */
	struct tl_str renamed_from;   /* the id that it had before, or empty */
	const struct tl_item *tree;   /* tl_flow_shown() */
	int64_t version;              /* of a deployed one, else 0 */
	const char *status;           /* of a deployed one, else NULL */
	const struct tl_str *order;   /* the names of its nodes in document order; NULL: not known, then no node is said to have moved within it */
	size_t n_order;
	const struct tl_item *beside; /* what belongs to a deployed flow and stands outside of it: {audio: {path: digest}, schedules: {name: …}}; NULL: nothing */
	bool knows_beside;            /* compared where both sides know */
};

/* The version that a flow is, its tree in `arena`. `ordered`: its nodes stand in the order of a document that a person wrote. */
void tl_version_of_flow(struct tl_version_of *out, struct tl_arena *arena, const struct tl_flow *flow, bool ordered);

/* One setting that differs. `field` is its path: "prompts.menu.text", "choices[2].next". Elements count from 1 as they stand in `after`; those that are gone
 * as they stood in `before`. */
struct tl_field_change {
	struct tl_str field;
	const struct tl_item *before, *after; /* NULL: it is not there */
};

struct tl_fields {
	struct tl_field_change *items;
	size_t count, capacity;
};

struct tl_node_change {
	enum tl_difference change;
	struct tl_str node;       /* its name now; of a removed one the name it had */
	struct tl_str was;        /* of a renamed one, and of one that moved to another container; empty where it moved within the document */
	struct tl_str type;
	struct tl_fields fields;  /* of a changed one; of a renamed or moved one what changed besides */
	const struct tl_item *before, *after; /* the whole node */
};

/* Whose change a difference between an environment and what is here is, by what was deployed from here last. */
enum tl_origin {
	TL_ORIGIN_NONE,     /* not asked: no environment is compared */
	TL_ORIGIN_UNKNOWN,  /* nothing was deployed from here: two sides, no base */
	TL_ORIGIN_LOCAL,    /* only here */
	TL_ORIGIN_REMOTE,   /* only on the platform: somebody else's edit */
	TL_ORIGIN_BOTH,     /* on both sides, nowhere differently */
	TL_ORIGIN_CONFLICT, /* on both sides, the same setting differently */
	TL_ORIGINS,
};
/* NULL, "unknown", "local", "remote", "both", "conflict" */
const char *tl_origin_name(enum tl_origin origin);

struct tl_three;

struct tl_flow_change {
	enum tl_difference change; /* TL_SAME, TL_NEW, TL_GONE, TL_DIFFERENT. The order of nodes in a document is layout: moves within it alone are TL_SAME */
	struct tl_str flow, was;   /* `was`: of a renamed flow */
	struct tl_fields fields;   /* everything that is not a node */
	struct tl_node_change *nodes; /* by name; of a new or gone flow all of them */
	size_t n_nodes, node_capacity;
	const struct tl_item *before, *after; /* the whole flow, or NULL */
	enum tl_origin origin;
	const struct tl_three *three; /* of both and conflict: setting by setting; else NULL */
};

struct tl_diff {
	struct tl_flow_change *flows; /* by id; also those that are the same */
	size_t count;
	bool same;                    /* nothing differs */
};

/* Compares two sets of flows; each side in any order, ids unique. Everything in `arena`, items borrowed from the trees. A flow of `after` whose
 * `renamed_from` is in `before` alone is that flow, renamed. */
void tl_diff_sets(struct tl_diff *out, struct tl_arena *arena, const struct tl_version_of *before, size_t n_before,
                  const struct tl_version_of *after, size_t n_after);
/* Which version of `after` is which of `before`, as tl_diff_sets has it; only `flow` and `renamed_from` are looked at. Sorted by id; where an id stands
 * twice on a side the first counts. `out` is an array in `arena`; returns their number. */
struct tl_diff_pair {
	size_t before, after; /* indexes, or SIZE_MAX */
};
size_t tl_diff_pairs(struct tl_diff_pair **out, struct tl_arena *arena, const struct tl_version_of *before, size_t n_before,
                     const struct tl_version_of *after, size_t n_after);
/* Compares one flow; either side may be NULL. Time n log n in the flow's size. */
void tl_diff_flow(struct tl_flow_change *out, struct tl_arena *arena, const struct tl_version_of *before, const struct tl_version_of *after);
/* Of a flow that is there on both sides: whether anything differs but layout. */
bool tl_flow_change_differs(const struct tl_flow_change *flow);
/* Of two environments: settings are taken out that differ only in that each has values of its own (key -> struct tl_str *): where one text with placeholders may have
 * become both. A node or a flow that has nothing else is the same then. */
void tl_diff_forgive(struct tl_flow_change *flow, const struct tl_map *before, const struct tl_map *after);

/* ---- three versions */

enum tl_side { TL_THEIRS, TL_OURS, TL_BOTH, TL_CLASH };
/* "theirs", "ours", "both", "conflict" */
const char *tl_side_name(enum tl_side side);

/* One setting that differs from the base on one side or on both. */
struct tl_three_change {
	enum tl_side side;        /* TL_BOTH: both made the same change; TL_CLASH: two different ones */
	struct tl_str node;       /* empty: a setting of the flow */
	struct tl_str field;      /* empty: the whole node was added or removed. Elements count as in the base; new ones as they stand: "choices[+1]" */
	const struct tl_item *base, *theirs, *ours; /* NULL: not there */
};

struct tl_three {
	struct tl_str flow;
	bool has_base;            /* false: the base is not known; then `base` is what both have in common: nothing */
	struct tl_three_change *items; /* by node, then field */
	size_t count, clashes;
};

/* What `theirs` (deployed now) and `ours` (wanted) made of `base`; base may be NULL, the others too (deleted). Trees as tl_flow_shown() makes them. */
void tl_diff_three(struct tl_three *out, struct tl_arena *arena, struct tl_str flow, const struct tl_item *base,
                   const struct tl_item *theirs, const struct tl_item *ours);

#endif

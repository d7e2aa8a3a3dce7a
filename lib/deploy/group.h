/* deploy/group.h: what is written together, and what must be there before it. */
#ifndef TL_DEPLOY_GROUP_H
#define TL_DEPLOY_GROUP_H

#include "deploy/apply.h"

/* One flow, or flows that call each other in a circle: all are drafted before any is published. Flows that are not written have a group too, as what they
 * call may be written. */
struct tl_group {
	struct tl_line **lines; /* those of it that are written or followed */
	size_t n_lines;
	size_t left;            /* lines that have not come to the end of the present stage */
	size_t awaits;          /* groups that are called from here, as often as they are, and have not their end */
	uint32_t *callers;      /* groups that wait for this one, as often as they call it */
	size_t n_callers;
	bool drafting;          /* the stage: drafts, then publishing */
	bool failed;            /* a line did not get there: callers are not written */
};

struct tl_groups {
	struct tl_group *items; /* in dependency order: what is called first */
	size_t count;
};

/* The groups of all lines that are written, in `arena`; sets each line's `group`. */
void tl_groups_make(struct tl_groups *out, struct tl_arena *arena, struct tl_applying *applying);

#endif

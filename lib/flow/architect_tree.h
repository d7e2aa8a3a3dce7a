/* flow/architect_tree.h: the nodes and routines of an Architect flow as trees, for its canonical form. */
#ifndef TL_FLOW_ARCHITECT_TREE_H
#define TL_FLOW_ARCHITECT_TREE_H

#include "flow/flow.h"

/* Adds `start`, `routines` and `nodes` to `map`. A node that does nothing but lead on to one place is left out, and what leads to it leads
 * on. Targets are names of nodes, or "(return)", "(end)", "(nowhere) NAME". Everything is in the arena or borrowed from the flow. */
void tl_tree_architect(struct tl_arena *arena, struct tl_item *map, const struct tl_flow *flow);
/* The flow's further settings without those that hold where nothing is said; NULL where none is left. In `arena`, texts borrowed from the flow. */
struct tl_item *tl_tree_architect_settings(struct tl_arena *arena, const struct tl_flow *flow);

#endif

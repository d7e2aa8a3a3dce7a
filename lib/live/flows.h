/* live/flows.h: the flows that a platform has, by the names that people use, read when they are first asked for and kept by version. */
#ifndef TL_LIVE_FLOWS_H
#define TL_LIVE_FLOWS_H

#include "live/transition.h"

struct tl_move_flows;

int tl_move_flows_new(struct tl_move_flows **out, const struct tl_mover *mover, struct tl_error *err);
void tl_move_flows_free(struct tl_move_flows *flows); /* NULL is fine */
/* What callers get of the flow: by its id here, the platform's id, or its name there. Borrowed, unchanging. TL_NOT_FOUND with the nearest name. */
int tl_move_flows_get(const struct tl_flow **out, struct tl_move_flows *flows, struct tl_str name, struct tl_error *err);
/* What the platform said of the flow when it was listed. Borrowed, unchanging. TL_NOT_FOUND with the nearest name. */
int tl_move_flows_listed(const struct tl_remote **out, const struct tl_move_flows *flows, struct tl_str name, struct tl_error *err);

#endif

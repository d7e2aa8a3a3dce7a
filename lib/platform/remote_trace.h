/* platform/remote_trace.h: what a platform's simulator told of a call, held against the flow as it is here. For remote_case.c and remote_part.c alone. */
#ifndef TL_PLATFORM_REMOTE_TRACE_H
#define TL_PLATFORM_REMOTE_TRACE_H

#include "flow/flow.h"
#include "sim/run.h"
#include "sim/trace.h"

/* The flow's node of that name, or NULL. */
const struct tl_node *tl_trace_node(const struct tl_flow *flow, struct tl_str name);
/* Whether the call came by a step: by none that was skipped, but for data actions, which are told so where nothing answers for them. */
bool tl_trace_was_executed(struct tl_str status, struct tl_str type);
/* Whether calls of the flow come to nodes that it does not have. */
bool tl_trace_enters_others(const struct tl_flow *flow);
/* A node that was visited there and that the flow does not have here. */
bool tl_trace_is_stranger(const struct tl_trace_step *step, const struct tl_flow *flow);
/* Whether there is one, of a flow that enters no other. */
bool tl_trace_has_stranger(const struct tl_trace *trace, const struct tl_flow *flow);
/* The path as the platform told it, nodes that the flow does not have among them: a JSON list in `arena`. */
struct tl_str tl_trace_path(struct tl_arena *arena, const struct tl_trace *trace, const struct tl_flow *flow);

/* What a run left in a variable, or NULL. */
const struct tl_changed *tl_run_variable(const struct tl_run *run, struct tl_str name);
/* Whether a value (or NULL) is hidden by whoever answers, so that nobody can tell. */
bool tl_changed_is_hidden(const struct tl_changed *variable);

#endif

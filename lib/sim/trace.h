/* sim/trace.h: a call in the words that the platforms' documents have for it: node types, audio files, a trace. */
#ifndef TL_SIM_TRACE_H
#define TL_SIM_TRACE_H

#include "base/clock.h"
#include "sim/run.h"

/* "PlayPrompt", "GatherDTMF", … */
const char *tl_trace_type(const struct tl_flow *flow, const struct tl_node *node);
/* The file of the first prompt that the node puts out, as the flow names it; or empty. */
struct tl_str tl_trace_audio(const struct tl_flow *flow, const struct tl_node *node);

/* One entry of a trace, run here or by a platform. */
struct tl_trace_step {
	struct tl_str node, type;
	struct tl_str status;            /* "executed", "skipped", "error" */
	struct tl_str timestamp, error;  /* may be empty */
	struct tl_str audio;             /* properties.audioFileId, or empty */
	const struct tl_item *variables; /* a map, or NULL */
	const struct tl_item *properties; /* as a platform told them: a map, or NULL */
};

struct tl_trace {
	struct tl_trace_step *steps;
	size_t count;
	const struct tl_item *variables; /* at the end: a map, or NULL */
	const struct tl_str *errors;     /* of the platform, beside those of steps */
	size_t n_errors;
};

/* A run of ours, in `arena`; sensitive values are masked. `start_ms`: since 1970. */
void tl_trace_of_run(struct tl_trace *out, struct tl_arena *arena, const struct tl_run *run, int64_t start_ms);

#endif

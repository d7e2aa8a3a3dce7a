/* sim/run.h: what happened in one call, as traces and expectations see it. */
#ifndef TL_SIM_RUN_H
#define TL_SIM_RUN_H

#include "sim/call.h"

struct tl_try {
	struct tl_str input; /* masked where it fills a sensitive variable */
	bool has_input;
	enum tl_attempt result;
};

struct tl_changed {
	struct tl_str name;
	struct tl_value value;
	bool sensitive;
};

/* One visit of a node: one trace entry. */
struct tl_visit {
	const struct tl_flow *flow;
	const struct tl_node *node;
	const struct tl_outcome *outcome; /* NULL: the visit that ended the call, or a subflow */
	unsigned depth;                   /* open subflows; 0: the flow under test */
	int64_t at_ms;
	struct tl_try *tries;
	struct tl_changed *changed;
	size_t n_tries, n_changed, try_capacity, changed_capacity;
};

struct tl_said {
	struct tl_str shown, text; /* with and without masks */
	size_t visit;             /* index of visits, of a prompt */
	uint32_t prompt;          /* index of that visit's flow's prompts, or TL_NONE */
};

/* Owns its texts; nodes and flows are borrowed. */
struct tl_run {
	struct tl_arena arena;
	const struct tl_flow *flow;
	enum tl_status status;
	const char *error;             /* code, or NULL */
	struct tl_str error_message;
	const struct tl_node *ended_at; /* NULL: before the first node */
	uint64_t steps;
	int64_t duration_ms;
	struct tl_str transfer_kind;   /* no pointer: none */
	struct tl_said transfer;
	struct tl_str exit;            /* no pointer: none */
	struct tl_said *prompts;
	struct tl_visit *visits;
	struct tl_changed *variables;  /* of the flow under test that are set at the end, in order of declaration */
	size_t n_prompts, n_visits, n_variables, prompt_capacity, visit_capacity;
};

void tl_run_clear(struct tl_run *run);
/* A sink that records into `run`, which starts as {0}. */
struct tl_sink tl_run_sink(struct tl_run *run);
/* Takes over the end of a call that has ended. */
void tl_run_finish(struct tl_run *run, const struct tl_call *call, const struct tl_flow *flow);

#endif

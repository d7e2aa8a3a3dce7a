/* sim/case.h: one case of a suite: the facts and inputs of a call, and running it. */
#ifndef TL_SIM_CASE_H
#define TL_SIM_CASE_H

#include "project/project.h"
#include "sim/run.h"

/* When a case's call starts that does not say when: 2000-01-01T00:00:00Z. */
#define TL_CASE_START_MS 946684800000

enum tl_case_input_kind { TL_CASE_DTMF, TL_CASE_SPEECH, TL_CASE_TEXT, TL_CASE_SILENCE, TL_CASE_HANGUP };

struct tl_case_input {
	enum tl_case_input_kind kind;
	struct tl_str text;   /* of DTMF one sign */
	double confidence;
	int64_t at_ms;        /* -1: as soon as it is awaited */
};

struct tl_reply {
	enum tl_answer result; /* success, failed or timed_out; of a profile lookup not found, too */
	struct tl_value outputs;
	int64_t latency_ms;
};

/* The replies of one action: one a request, the last repeats. */
struct tl_replies {
	struct tl_str action;
	struct tl_reply *items;
	size_t count;
};

struct tl_endpoint {
	struct tl_str kind, target;
};

struct tl_case {
	struct tl_str id;
	struct tl_span span;
	struct tl_facts facts;
	struct tl_replies *replies;
	struct tl_endpoint *refused;
	struct tl_case_input *inputs;
	int64_t *heard_ms;
	bool *taken;                 /* what comes of each transfer, in order; beyond it, what `refused` says */
	size_t n_replies, n_refused, n_inputs, n_heard, n_taken;
	bool has_profile;            /* false: not found */
	struct tl_value profile;
	int64_t hangup_ms;           /* of a timed hangup, or -1 */
	uint64_t hangup_visits;      /* it comes no earlier than in so many visits */
	const struct tl_item *expect; /* or NULL */
	/* Asked first for each request: answers it (`event`'s answer, values and time, which starts at now) in a way of its own and says so, or leaves it to what stands
	 * above. `subject`: the action's or schedule's name, the profile's key. NULL: nobody is asked. */
	bool (*ask)(void *data, const struct tl_emission *request, struct tl_str subject, struct tl_event *event);
	void *ask_data;
};

/* What cases are read with. */
struct tl_case_context {
	const struct tl_flow *flow;
	const struct tl_project *project;   /* schedules, limits */
	const struct tl_map *values;        /* the environment's, or NULL */
	const struct tl_limits *limits;
	struct tl_source *source;           /* of the file, for findings */
	struct tl_findings *findings;
};

/* Reads a case: each member from `item`, else whole from `defaults` (may be NULL). Everything in `arena`. What makes it unusable (a variable that the flow
 * does not have, a limit) is a finding of level error, and the answer is false. The structure was checked by the schema before. */
bool tl_case_read(struct tl_case *out, struct tl_arena *arena, const struct tl_item *item, const struct tl_item *defaults,
                  const struct tl_case_context *context);
/* `text` with each ${env.X} that has a value filled in; as it is where that would be longer than a megabyte. */
struct tl_str tl_case_fill(struct tl_arena *arena, struct tl_str text, const struct tl_map *values);

/* Runs it from start to end. `run` is {0}; clear it afterwards. */
void tl_case_run(struct tl_run *run, const struct tl_case *given, const struct tl_program *program, const struct tl_project *project);

#endif

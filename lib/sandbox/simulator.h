/* sandbox/simulator.h: the NICE CXone flow simulator, from request to result. No server is needed.
 *
 * A job is queued, then running, then completed or failed, by the time since it was taken on; what it finds is known from the start. */
#ifndef TL_SANDBOX_SIMULATOR_H
#define TL_SANDBOX_SIMULATOR_H

#include "sandbox/trial.h"

#define TL_SIMULATOR_SIGNS 50
#define TL_SIMULATOR_VARIABLES 100
#define TL_SIMULATOR_MEDIA 10

/* How long a job stands in each state. */
struct tl_simulator_pace {
	int64_t queued_ms, running_ms;
	bool hang; /* it stays in the second for ever */
	struct tl_str fail; /* why it fails, whatever it came to; empty: it does not */
};

struct tl_simulator_request {
	struct tl_arena *arena;
	const struct tl_item *body; /* or NULL: it was no JSON */
	const struct tl_trial_flow *flow;
	const struct tl_trial_services *services;
	struct tl_str simulation_id;
	int64_t now_ms;
};

/* Whether a body of POST /api/v2/flow/simulator can be taken: 200 and the flow it names, or 400: something is missing or of another kind, or passes a limit. */
int tl_simulator_check(struct tl_str *flow_id, struct tl_refusal *refusal, const struct tl_item *body);
/* Runs one that was checked: what the job answers once it has finished goes to `out`. */
void tl_simulator_run(struct tl_buf *out, const struct tl_simulator_request *request);
/* What GET /api/v2/flow/simulator/{id} says of a job so old. */
void tl_simulator_answer(struct tl_buf *out, struct tl_str id, struct tl_str finished, int64_t age_ms, const struct tl_simulator_pace *pace);

#endif

/* sandbox/simulate.h: the two simulate calls of the `genesys` contract, from request to answer. No server is needed.
 *
 * A run takes its DTMF signs in order, then the transcript once (where it is not empty), then silence for ever. A chat's user texts come in order; on a flow for
 * calls they are spoken. `traceDepth` is how many open flows the trace shows: 1 leaves out everything within subflows. A trace entry is `skipped` where a data
 * action was answered without a reply of the seed, `error` where the call went wrong. */
#ifndef TL_SANDBOX_SIMULATE_H
#define TL_SANDBOX_SIMULATE_H

#include "sandbox/trial.h"

/* One run of either kind. */
struct tl_simulate {
	struct tl_arena *arena;
	const struct tl_item *body;               /* the request's, or NULL: it was no JSON */
	const struct tl_trial_flow *flow;
	const struct tl_trial_services *services;
	struct tl_str simulation_id;
	int64_t now_ms;
};

/* The flow that POST /api/v2/flows/simulation/run names: 200, or 400 where it names none. */
int tl_simulate_flow_id(struct tl_str *id, struct tl_refusal *refusal, const struct tl_item *body);
/* POST /api/v2/flows/simulation/run: 200 and the answer in `out`, or 400 and `refusal`. */
int tl_simulate_run(struct tl_buf *out, struct tl_refusal *refusal, const struct tl_simulate *given);
/* POST /api/v2/flows/{id}/simulate, as above. */
int tl_simulate_chat(struct tl_buf *out, struct tl_refusal *refusal, const struct tl_simulate *given);

#endif

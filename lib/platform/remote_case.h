/* platform/remote_case.h: a suite's case on a platform's simulator: what is asked, and the answer as a run that expectations can be held against. */
#ifndef TL_PLATFORM_REMOTE_CASE_H
#define TL_PLATFORM_REMOTE_CASE_H

#include "platform/platform.h"
#include "sim/suite.h"

/* Why a case cannot be put to the simulator, which takes signs, one utterance, a caller and variables, or a chat's texts; NULL: it can. */
const char *tl_remote_case_refusal(const struct tl_case *given, const struct tl_flow *flow);
/* Where cases are put, and how. Everything is borrowed. */
struct tl_remote_place {
	struct tl_platform *platform;
	struct tl_str id;             /* the platform's, of the flow */
	const struct tl_flow *flow;   /* as it is here */
	int64_t version;              /* of that flow there: part of what a job is known by */
	uint32_t longest;             /* tl_graph_longest() of the flow as it is there; 0: not known */
	int64_t wait_ms;              /* for a simulator's job; 0: the platform's own */
	/* Jobs that were begun and whose end nobody has seen: `find` gives the one of a request (by a digest of all that decides its answer), or an empty view; `begun` is told a new one. Called by
	 * several threads at once; NULL: nobody keeps them. When what came of one is safe, whoever keeps it forgets it, by result->job. */
	struct tl_str (*find)(void *data, struct tl_arena *arena, struct tl_str request);
	void (*begun)(void *data, struct tl_str request, struct tl_str job);
	void *data;
};

/* Runs it there. result->run has a visit for each executed node that the flow has; result->trace is the platform's own. `here`: the call as the local engine runs it,
 * whose recordings a platform that asks for them is told; NULL: none. A case that is not within the simulator's limits is not sent: result->skipped says why. A call that
 * is refused or answered by nonsense, a job that was begun and hangs or is there no more, is no end of the others: result->undone says why.
 * Expectations that its answer does not tell of are left out of result->given.expect, and result->note says which. -1 where the platform could not be asked. */
int tl_remote_case_run(struct tl_case_result *result, const struct tl_remote_place *place, const struct tl_run *here, struct tl_error *err);
/* Where two runs of one case part: the first node (also one that the flow does not have here, where it enters no other), status or variable that differs, in words, with
 * the platform's own for what went wrong; empty where nowhere. In `arena`. */
struct tl_str tl_runs_part(struct tl_arena *arena, const struct tl_run *here, const struct tl_case_result *there);

#endif

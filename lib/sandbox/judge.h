/* sandbox/judge.h: whether the platform takes a flow: only what keeps a call from running at all, which flow-validate finds too. */
#ifndef TL_SANDBOX_JUDGE_H
#define TL_SANDBOX_JUDGE_H

#include "base/finding.h"
#include "doc/tree.h"
#include "flow/flow.h"

struct tl_judgement {
	struct tl_str node, field; /* of the wire; node empty: the flow itself */
	const char *code;          /* "unknown.node", static */
	struct tl_str message;
	bool error;                /* false: a warning */
};

struct tl_judgements {
	struct tl_judgement *items; /* errors and warnings in the order of the flow, in the arena given; texts are the arena's */
	size_t count, errors;
};

/* `wire` is what it was made of, whose shape is judged too; NULL where that was done before. `flow` NULL: no model could be made. `findings` are its reader's. */
void tl_judge_flow(struct tl_judgements *out, struct tl_arena *arena, const struct tl_flow *flow, const struct tl_item *wire, const struct tl_findings *findings);

#endif

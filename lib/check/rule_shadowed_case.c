/* check/rule_shadowed_case.c: cases that an earlier case of the same node always takes. */
#include "check/implies.h"
#include "check/rules.h"

/* Each case is held against the ones before it; a file of nothing but cases must not take minutes. */
#define STEPS 10000000

static void check_node(struct tl_check *check, const struct tl_node *node, uint32_t *steps)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(check->flow, node);

	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		for (uint32_t j = 0; j < i && outcomes[i].role == TL_R_CASE && outcomes[i].guard && *steps > 0; j++) {
			if (outcomes[j].role != TL_R_CASE || !outcomes[j].guard || !tl_expr_implies(outcomes[i].guard, outcomes[j].guard, steps))
				continue;
			tl_check_say(check, outcomes[i].guard->span, "%.*s is never taken: wherever it holds, %.*s does", TL_FMT(outcomes[i].name),
			             TL_FMT(outcomes[j].name));
			break;
		}
	}
}

static void local(struct tl_check *check)
{
	uint32_t steps = STEPS;

	for (uint32_t i = 0; i < check->flow->n_nodes; i++) {
		if (check->flow->nodes[i].op == TL_BRANCH)
			check_node(check, &check->flow->nodes[i], &steps);
	}
}

const struct tl_rule tl_rule_shadowed_case = {
	.id = "shadowed-case",
	.level = TL_WARNING,
	.summary = "a case is never taken, because an earlier one always is",
	.explain = "The first case that holds is taken. A case that can only hold where an earlier one holds, too, is never taken: put the narrower one first.\n",
	.bad = "flow: line\nchannel: voice\nstart: by-age\nvariables: {age: {type: number}}\nnodes:\n  by-age:\n    type: decide\n    cases:\n"
	       "      - {when: {variable: age, at_least: 18}, next: staff}\n      - {when: {variable: age, at_least: 65}, next: seniors}\n    otherwise: bye\n"
	       "  staff: {type: transfer, to: {queue: staff}}\n  seniors: {type: transfer, to: {queue: seniors}}\n  bye: {type: end}\n",
	.good = "flow: line\nchannel: voice\nstart: by-age\nvariables: {age: {type: number}}\nnodes:\n  by-age:\n    type: decide\n    cases:\n"
	        "      - {when: {variable: age, at_least: 65}, next: seniors}\n      - {when: {variable: age, at_least: 18}, next: staff}\n    otherwise: bye\n"
	        "  staff: {type: transfer, to: {queue: staff}}\n  seniors: {type: transfer, to: {queue: seniors}}\n  bye: {type: end}\n",
	.local = local,
};

/* check/rule_reserved_name.c: variables with the name of something built in. */
#include "check/rules.h"

static void local(struct tl_check *check)
{
	static const char *const reserved[] = { "caller", "last", "profile", "now", "env" };
	const struct tl_flow *flow = check->flow;

	if (flow->dialect != TL_DIALECT_NATIVE)
		return;
	for (uint32_t i = 0; i < flow->n_variables; i++) {
		const struct tl_variable *variable = &flow->variables[i];

		for (size_t j = 0; variable->declared && j < TL_COUNT(reserved); j++) {
			if (tl_str_is(variable->name.text, reserved[j]))
				tl_check_say(check, variable->name.span, "'%s' is built in: a variable of this name can be set, but never read", reserved[j]);
		}
	}
}

const struct tl_rule tl_rule_reserved_name = {
	.id = "reserved-name",
	.level = TL_ERROR,
	.summary = "a variable has the name of something built in",
	.explain = "caller, last, profile, now and env mean what is built in wherever a value is read, so a variable of that name could be set and never read.\n",
	.bad = "flow: line\nchannel: voice\nstart: keep\nvariables: {last: {type: string}}\nnodes:\n  keep: {type: set, values: {last: one}, next: bye}\n"
	       "  bye: {type: end}\n",
	.good = "flow: line\nchannel: voice\nstart: keep\nvariables: {last_order: {type: string}}\nnodes:\n"
	        "  keep: {type: set, values: {last_order: one}, next: bye}\n  bye: {type: end}\n",
	.local = local,
};

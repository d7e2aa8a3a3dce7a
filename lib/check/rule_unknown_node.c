/* check/rule_unknown_node.c: names of nodes that lead nowhere. Architect's references are paths; their reader says so itself. */
#include "check/rules.h"

static void say(struct tl_check *check, const struct tl_name *name)
{
	const struct tl_map *nodes = &check->flow->node_names;
	struct tl_str *names = TL_ARENA_ARRAY(check->scratch, struct tl_str, nodes->count);
	struct tl_finding *finding = tl_check_say(check, name->span, "there is no node '%.*s'", TL_FMT(name->text));

	for (size_t i = 0; i < nodes->count; i++)
		names[i] = nodes->entries[i].key;
	tl_check_suggest(check, finding, name->text, names, nodes->count);
}

static void check_target(struct tl_check *check, const struct tl_target *target)
{
	if (target->to == TL_TO_NOWHERE && target->name.text.len > 0)
		say(check, &target->name);
}

static void local(struct tl_check *check)
{
	const struct tl_flow *flow = check->flow;

	if (flow->dialect == TL_DIALECT_ARCHITECT)
		return;
	check_target(check, &flow->start);
	for (uint32_t i = 0; i < flow->n_outcomes; i++)
		check_target(check, &flow->outcomes[i].target);
}

const struct tl_rule tl_rule_unknown_node = {
	.id = "unknown-node",
	.level = TL_ERROR,
	.summary = "a transition names a node that the flow does not have",
	.explain = "Every 'next', 'otherwise', 'failed' and so on, 'start', and every reference in an Architect file must lead to something in the same\n"
	           "flow. A call that takes such a transition cannot go on.\n",
	.bad = "flow: line\nchannel: voice\nstart: hello\nprompts: {hi: {text: Hello.}}\nnodes:\n  hello: {type: play, prompt: hi, next: goodby}\n"
	       "  goodbye: {type: end}\n",
	.good = "flow: line\nchannel: voice\nstart: hello\nprompts: {hi: {text: Hello.}}\nnodes:\n  hello: {type: play, prompt: hi, next: goodbye}\n"
	        "  goodbye: {type: end}\n",
	.local = local,
};

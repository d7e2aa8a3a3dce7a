/* check/rule_wrong_channel.c: input that the flow's channel never brings. */
#include "check/rules.h"

static void check_choices(struct tl_check *check, const struct tl_node *node)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(check->flow, node);

	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		if (outcomes[i].role != TL_R_CHOICE || outcomes[i].key.len == 0)
			continue;
		if (outcomes[i].n_phrases > 0)
			tl_check_say(check, outcomes[i].key_span, "a message flow takes no keys: only the phrases take this choice");
		else
			tl_check_say(check, outcomes[i].key_span, "a message flow takes no keys: nothing takes this choice");
	}
}

static void check_gather(struct tl_check *check, const struct tl_node *node)
{
	bool voice = check->flow->channel == TL_VOICE;
	const char *channel = voice ? "voice" : "message";
	unsigned alien = voice ? TL_ACCEPT_TEXT : TL_ACCEPT_DTMF | TL_ACCEPT_SPEECH;

	if (node->accept == 0 && node->accept_given)
		tl_check_say(check, node->name.span, "'%.*s' accepts nothing that a %s flow brings", TL_FMT(node->name.text), channel);
	else if (node->accept_given & alien)
		tl_check_say(check, node->name.span, "'%.*s' accepts more than a %s flow brings", TL_FMT(node->name.text), channel);
	else if (!voice && (node->min_given || node->max_given || node->terminator_given))
		tl_check_say(check, node->name.span, "'%.*s' counts digits, which a message flow does not take", TL_FMT(node->name.text));
}

static void local(struct tl_check *check)
{
	const struct tl_flow *flow = check->flow;

	if (flow->dialect != TL_DIALECT_NATIVE)
		return;
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		if (flow->nodes[i].op == TL_MENU && flow->channel == TL_MESSAGE)
			check_choices(check, &flow->nodes[i]);
		else if (flow->nodes[i].op == TL_GATHER)
			check_gather(check, &flow->nodes[i]);
	}
}

const struct tl_rule tl_rule_wrong_channel = {
	.id = "wrong-channel",
	.level = TL_WARNING,
	.summary = "a choice or gather waits for input that the channel never brings",
	.explain = "Keys and speech come on voice flows, text on message flows; any other input is a no-match. 'accept' cannot widen a channel.\n",
	.bad = "flow: chat\nchannel: message\nstart: main\nprompts: {ask: {text: Bills or staff?}}\nnodes:\n  main:\n    type: menu\n    prompt: ask\n"
	       "    choices:\n      - {key: \"1\", next: bills}\n    otherwise: bye\n  bills: {type: transfer, to: {queue: bills}}\n  bye: {type: end}\n",
	.good = "flow: chat\nchannel: message\nstart: main\nprompts: {ask: {text: Bills or staff?}}\nnodes:\n  main:\n    type: menu\n    prompt: ask\n"
	        "    choices:\n      - {phrases: [bills], next: bills}\n    otherwise: bye\n  bills: {type: transfer, to: {queue: bills}}\n  bye: {type: end}\n",
	.local = local,
};

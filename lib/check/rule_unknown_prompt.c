/* check/rule_unknown_prompt.c: prompts that are named and not declared. */
#include "check/rules.h"

static void local(struct tl_check *check)
{
	const struct tl_flow *flow = check->flow;
	struct tl_str *names = TL_ARENA_ARRAY(check->scratch, struct tl_str, flow->n_prompts);
	size_t count = 0;

	if (flow->dialect != TL_DIALECT_NATIVE)
		return;
	for (uint32_t i = 0; i < flow->n_prompts; i++) {
		if (flow->prompts[i].declared && flow->prompts[i].name.text.len > 0)
			names[count++] = flow->prompts[i].name.text;
	}
	for (uint32_t i = 0; i < flow->n_prompts; i++) {
		const struct tl_name *name = &flow->prompts[i].name;

		if (!flow->prompts[i].declared && name->text.len > 0)
			tl_check_suggest(check, tl_check_say(check, name->span, "there is no prompt '%.*s'", TL_FMT(name->text)), name->text, names, count);
	}
}

const struct tl_rule tl_rule_unknown_prompt = {
	.id = "unknown-prompt",
	.level = TL_ERROR,
	.summary = "a node plays a prompt that the flow does not have",
	.explain = "A prompt is the name of one under 'prompts', or one in place: {text: …} or {audio: …}. The first use of a name that is not there is\n"
	           "reported.\n",
	.bad = "flow: line\nchannel: voice\nstart: hello\nprompts: {welcome: {text: Hello.}}\nnodes:\n  hello: {type: play, prompt: welcom, next: bye}\n"
	       "  bye: {type: end}\n",
	.good = "flow: line\nchannel: voice\nstart: hello\nprompts: {welcome: {text: Hello.}}\nnodes:\n  hello: {type: play, prompt: welcome, next: bye}\n"
	        "  bye: {type: end}\n",
	.local = local,
};

/* check/rule_unused.c: variables and prompts that are declared and never used. */
#include "check/rules.h"

struct usage {
	struct tl_check *check;
	bool *used; /* by slot */
};

static void use_slot(struct usage *usage, uint32_t slot)
{
	if (slot < usage->check->flow->n_variables)
		usage->used[slot] = true;
}

static void use_ref(void *data, const struct tl_variable_ref *ref, struct tl_span span)
{
	(void)span;
	if (ref->scope == TL_S_FLOW)
		use_slot(data, ref->slot);
}

static void use_assignments(struct usage *usage, const struct tl_assignment *list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		use_slot(usage, list[i].slot);
		if (list[i].value)
			tl_expr_variables(list[i].value, use_ref, usage);
	}
}

static void use_node(struct usage *usage, const struct tl_node *node)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(usage->check->flow, node);

	use_assignments(usage, node->assignments, node->n_assignments);
	if (node->has_into)
		use_slot(usage, node->into.slot);
	if (node->subject)
		tl_expr_variables(node->subject, use_ref, usage);
	for (uint32_t i = 0; i < node->n_inputs; i++) {
		if (node->inputs[i].value)
			tl_expr_variables(node->inputs[i].value, use_ref, usage);
	}
	for (uint32_t i = 0; i < node->n_outputs; i++)
		use_slot(usage, node->outputs[i].slot);
	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		if (outcomes[i].guard)
			tl_expr_variables(outcomes[i].guard, use_ref, usage);
		use_assignments(usage, outcomes[i].assignments, outcomes[i].n_assignments);
	}
}

static void check_variables(struct tl_check *check)
{
	const struct tl_flow *flow = check->flow;
	struct usage usage = { check, TL_ARENA_ARRAY(check->scratch, bool, flow->n_variables + (size_t)1) };

	if (flow->dialect != TL_DIALECT_NATIVE)
		return;
	for (uint32_t i = 0; i < flow->n_nodes; i++)
		use_node(&usage, &flow->nodes[i]);
	for (uint32_t i = 0; i < flow->n_prompts; i++) {
		for (uint32_t j = 0; j < flow->prompts[i].n_texts; j++)
			tl_expr_variables(flow->prompts[i].texts[j].text, use_ref, &usage);
	}
	for (uint32_t i = 0; i < flow->n_variables; i++) {
		const struct tl_variable *variable = &flow->variables[i];

		if (variable->declared && !usage.used[i])
			tl_check_say(check, variable->name.span, "the variable '%.*s' is never used", TL_FMT(variable->name.text));
	}
}

static void use_prompt(const struct tl_flow *flow, bool *used, uint32_t prompt)
{
	if (prompt < flow->n_prompts)
		used[prompt] = true;
}

static void check_prompts(struct tl_check *check)
{
	const struct tl_flow *flow = check->flow;
	bool *used = TL_ARENA_ARRAY(check->scratch, bool, flow->n_prompts + (size_t)1);

	if (flow->dialect != TL_DIALECT_NATIVE)
		return;
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_node *node = &flow->nodes[i];

		use_prompt(flow, used, node->prompt);
		use_prompt(flow, used, node->ask.no_input.prompt);
		use_prompt(flow, used, node->ask.no_match.prompt);
		for (uint32_t j = 0; j < node->n_more_prompts; j++)
			use_prompt(flow, used, node->more_prompts[j]);
	}
	for (uint32_t i = 0; i < flow->n_outcomes; i++)
		use_prompt(flow, used, flow->outcomes[i].prompt);
	for (uint32_t i = 0; i < flow->n_prompts; i++) {
		const struct tl_prompt *prompt = &flow->prompts[i];

		if (prompt->declared && prompt->name.text.len > 0 && !used[i])
			tl_check_say(check, prompt->name.span, "the prompt '%.*s' is never played", TL_FMT(prompt->name.text));
	}
}

const struct tl_rule tl_rule_unused_variable = {
	.id = "unused-variable",
	.level = TL_WARNING,
	.summary = "a variable is declared and never used",
	.explain = "Nothing in the flow reads or sets it. Most often it is a leftover, or the place that should use it has another name in it.\n",
	.bad = "flow: line\nchannel: voice\nstart: bye\nvariables: {tier: {type: string}}\nnodes:\n  bye: {type: end}\n",
	.good = "flow: line\nchannel: voice\nstart: bye\nnodes:\n  bye: {type: end}\n",
	.local = check_variables,
};

const struct tl_rule tl_rule_unused_prompt = {
	.id = "unused-prompt",
	.level = TL_WARNING,
	.summary = "a prompt is declared and never played",
	.explain = "No node and no choice names it.\n",
	.bad = "flow: line\nchannel: voice\nstart: bye\nprompts: {welcome: {text: Welcome.}}\nnodes:\n  bye: {type: end}\n",
	.good = "flow: line\nchannel: voice\nstart: hi\nprompts: {welcome: {text: Welcome.}}\nnodes:\n  hi: {type: play, prompt: welcome, next: bye}\n"
	        "  bye: {type: end}\n",
	.local = check_prompts,
};

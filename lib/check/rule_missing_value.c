/* check/rule_missing_value.c: ${env.NAME} without a value in the environment. */
#include "check/rules.h"

static void say(struct tl_check *check, const struct tl_need *need)
{
	const struct tl_environment *environment = check->options->environment;
	bool asked = check->lower->has_environment;
	struct tl_span span = tl_check_narrow(check->flow, need->span, tl_arena_printf(check->scratch, "${env.%.*s}", TL_FMT(need->name)));
	struct tl_finding *finding;
	struct tl_str *names;

	if (!asked || !environment) {
		tl_check_say_at(check, TL_NOTE, span, "'%.*s' needs a value in each environment", TL_FMT(need->name));
		return;
	}
	names = TL_ARENA_ARRAY(check->scratch, struct tl_str, environment->values.count);
	for (size_t i = 0; i < environment->values.count; i++)
		names[i] = environment->values.entries[i].key;
	finding = tl_check_say(check, span, "the environment '%.*s' has no value for '%.*s'", TL_FMT(environment->name), TL_FMT(need->name));
	tl_check_suggest(check, finding, need->name, names, environment->values.count);
	if (finding->help.len == 0)
		tl_findings_help(check->findings, finding, "add it under 'values' of the environment in " TL_PROJECT_FILE);
}

static void local(struct tl_check *check)
{
	for (uint32_t i = 0; i < check->flow->n_needs; i++) {
		const struct tl_need *need = &check->flow->needs[i];

		if (need->kind == TL_NEED_ENV && !need->set)
			say(check, need);
	}
}

const struct tl_rule tl_rule_missing_value = {
	.id = "missing-value",
	.level = TL_ERROR,
	.summary = "a placeholder has no value in the environment",
	.explain = "${env.NAME} is filled in from 'values' of the environment when a flow is published. With --env a placeholder without a value is an error;\n"
	           "without, a note where the environment 'local' has none.\n",
	.bad = "flow: line\nchannel: voice\nstart: staff\nnodes:\n  staff: {type: transfer, to: {queue: \"${env.STAFF_QUEUE}\"}}\n",
	.good = "# file: trunkline.yaml\nenvironments: {local: {platform: local, values: {STAFF_QUEUE: staff}}}\n# file: line.flow.yaml\n"
	        "flow: line\nchannel: voice\nstart: staff\nnodes:\n  staff: {type: transfer, to: {queue: \"${env.STAFF_QUEUE}\"}}\n",
	.local = local,
};

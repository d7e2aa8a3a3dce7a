/* check/rule_sensitive_copy.c: values of sensitive variables that are put where they are no longer masked. */
#include "check/rules.h"
#include "check/types.h"

static void check_assignment(struct tl_check *check, const struct tl_assignment *assignment)
{
	const struct tl_flow *flow = check->flow;
	struct tl_str name;
	struct tl_finding *finding;

	if (!assignment->value || assignment->slot >= flow->n_variables || flow->variables[assignment->slot].sensitive ||
	    !tl_expr_sensitive(flow, assignment->value, &name))
		return;
	finding = tl_check_say(check, assignment->name.span, "'%.*s' gets the value of '%.*s', which is sensitive, and would show it",
	                       TL_FMT(assignment->name.text), TL_FMT(name));
	tl_findings_help(check->findings, finding, "declare '%.*s' with 'sensitive: true'", TL_FMT(assignment->name.text));
}

static void local(struct tl_check *check)
{
	tl_check_assignments(check, check_assignment);
}

static const struct tl_summary_variable *variable_of(const struct tl_summary *callee, struct tl_str name)
{
	for (uint32_t i = 0; i < callee->n_variables; i++) {
		if (tl_str_equal(callee->variables[i].name, name))
			return &callee->variables[i];
	}
	return NULL;
}

static void check_call(struct tl_check_all *all, size_t file, const struct tl_summary_ref *ref, const struct tl_summary *callee)
{
	for (uint32_t i = 0; i < ref->n_inputs; i++) {
		const struct tl_summary_variable *theirs = variable_of(callee, ref->inputs[i].name.text);

		if (theirs && ref->inputs[i].sensitive && !theirs->sensitive)
			tl_check_say_in(all, file, ref->inputs[i].name.span, NULL, "a sensitive value goes into '%.*s' of the flow '%.*s', which would show it",
			                TL_FMT(theirs->name), TL_FMT(callee->id.text));
	}
	for (uint32_t i = 0; i < ref->n_outputs; i++) {
		const struct tl_summary_variable *theirs = variable_of(callee, ref->outputs[i].name.text);

		if (theirs && theirs->sensitive && !ref->outputs[i].sensitive)
			tl_check_say_in(all, file, ref->outputs[i].value_span, NULL,
			                "the sensitive variable '%.*s' of the flow '%.*s' is put where it would show", TL_FMT(theirs->name),
			                TL_FMT(callee->id.text));
	}
}

static void linked(struct tl_check_all *all, size_t file, const struct tl_summary *summary)
{
	for (uint32_t i = 0; i < summary->n_refs; i++) {
		struct tl_summary callee;

		if (summary->refs[i].call && summary->refs[i].strict && tl_check_find_flow(all, summary->refs[i].flow.text, &callee) != TL_NO_FILE)
			check_call(all, file, &summary->refs[i], &callee);
	}
}

const struct tl_rule tl_rule_sensitive_copy = {
	.id = "sensitive-copy",
	.level = TL_WARNING,
	.summary = "a sensitive value is copied into a variable that is not",
	.explain = "The value of a variable with 'sensitive: true' never appears in a trace, report or log. Copied into another variable, alone or within a\n"
	           "longer text, it does, unless that one is sensitive, too. Inputs and outputs of subflows are copies.\n",
	.bad = "flow: line\nchannel: voice\nstart: ask\nvariables: {pin: {type: string, sensitive: true}, note: {type: string}}\nnodes:\n"
	       "  ask: {type: gather, prompt: {text: Your PIN?}, into: pin, next: keep, otherwise: bye}\n"
	       "  keep: {type: set, values: {note: \"PIN ${pin}\"}, next: bye}\n  bye: {type: end}\n",
	.good = "flow: line\nchannel: voice\nstart: ask\nvariables: {pin: {type: string, sensitive: true}, note: {type: string, sensitive: true}}\nnodes:\n"
	        "  ask: {type: gather, prompt: {text: Your PIN?}, into: pin, next: keep, otherwise: bye}\n"
	        "  keep: {type: set, values: {note: \"PIN ${pin}\"}, next: bye}\n  bye: {type: end}\n",
	.local = local,
	.linked = linked,
};

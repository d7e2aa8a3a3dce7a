/* check/rule_unknown_variable.c: variables that are used and neither declared nor built in, here and in the flows that are called. */
#include "check/rules.h"

static struct tl_str *declared_names(struct tl_check *check, size_t *count)
{
	const struct tl_flow *flow = check->flow;
	struct tl_str *names = TL_ARENA_ARRAY(check->scratch, struct tl_str, flow->n_variables);

	*count = 0;
	for (uint32_t i = 0; i < flow->n_variables; i++) {
		if (flow->variables[i].declared)
			names[(*count)++] = flow->variables[i].name.text;
	}
	return names;
}

static void say_unknown(struct tl_check *check, struct tl_str name, struct tl_span span)
{
	size_t count;
	struct tl_str *names = declared_names(check, &count);

	tl_check_suggest(check, tl_check_say(check, span, "there is no variable '%.*s'", TL_FMT(name)), name, names, count);
}

static void check_slot(struct tl_check *check, uint32_t slot, struct tl_span span)
{
	if (slot < check->flow->n_variables && !check->flow->variables[slot].declared)
		say_unknown(check, check->flow->variables[slot].name.text, span);
}

/* Only these are there: `caller.nmae` is never set. */
static bool builtin_is_known(const struct tl_variable_ref *ref)
{
	static const char *const known[] = { "caller.number", "caller.name", "call.language", "last.input", "last.confidence" };

	if (ref->scope != TL_S_CALLER && ref->scope != TL_S_LAST)
		return ref->scope != TL_S_PROFILE || ref->n_members > 0;
	for (size_t i = 0; i < TL_COUNT(known); i++) {
		if (tl_str_is(ref->name, known[i]))
			return true;
	}
	return false;
}

static void say_builtin(struct tl_check *check, struct tl_str name, struct tl_span span)
{
	static const struct tl_str known[] = { TL_STR("caller.number"), TL_STR("caller.name"), TL_STR("last.input"), TL_STR("last.confidence"),
	                                       TL_STR("call.language"), TL_STR("profile.found") };

	tl_check_suggest(check, tl_check_say(check, span, "there is no built-in variable '%.*s'", TL_FMT(name)), name, known, TL_COUNT(known));
}

/* Where in the source the name itself stands: a template may hold several. */
static struct tl_span span_of(struct tl_check *check, const struct tl_variable_ref *ref, struct tl_span span)
{
	struct tl_str placeholder = tl_arena_printf(check->scratch, "${%.*s}", TL_FMT(ref->name));
	struct tl_span narrow = tl_check_narrow(check->flow, span, placeholder);

	return narrow;
}

static void check_ref(void *data, const struct tl_variable_ref *ref, struct tl_span span)
{
	struct tl_check *check = data;

	if (ref->scope == TL_S_FLOW && ref->slot < check->flow->n_variables && !check->flow->variables[ref->slot].declared)
		say_unknown(check, check->flow->variables[ref->slot].name.text, span_of(check, ref, span));
	else if (!builtin_is_known(ref))
		say_builtin(check, ref->name, span_of(check, ref, span));
}

static void check_expr(struct tl_check *check, const struct tl_expr *expr, uint32_t node)
{
	(void)node;
	tl_expr_variables(expr, check_ref, check);
}

static void check_assignment(struct tl_check *check, const struct tl_assignment *assignment)
{
	check_slot(check, assignment->slot, assignment->name.span);
}

static void local(struct tl_check *check)
{
	const struct tl_flow *flow = check->flow;

	/* The wire declares no variables; Architect's expressions are text to us. */
	if (flow->dialect != TL_DIALECT_NATIVE)
		return;
	tl_check_expressions(check, check_expr);
	tl_check_assignments(check, check_assignment);
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_node *node = &flow->nodes[i];

		if (node->has_into)
			check_slot(check, node->into.slot, node->into.name.span);
		for (uint32_t j = 0; j < node->n_outputs; j++)
			check_slot(check, node->outputs[j].slot, node->outputs[j].name.span);
	}
}

static bool callee_has(const struct tl_summary *callee, struct tl_str name)
{
	for (uint32_t i = 0; i < callee->n_variables; i++) {
		if (tl_str_equal(callee->variables[i].name, name))
			return true;
	}
	return false;
}

static void check_arguments(struct tl_check_all *all, size_t file, const struct tl_summary *callee,
                            const struct tl_summary_argument *arguments, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct tl_str name = arguments[i].name.text;
		size_t dot = tl_str_find(name, TL_STR("."), 0);
		struct tl_str head = tl_str_slice(name, 0, dot == SIZE_MAX ? name.len : dot);

		if (!callee_has(callee, head))
			tl_check_say_in(all, file, arguments[i].name.span, NULL, "the flow '%.*s' has no variable '%.*s'", TL_FMT(callee->id.text), TL_FMT(head));
	}
}

static void linked(struct tl_check_all *all, size_t file, const struct tl_summary *summary)
{
	for (uint32_t i = 0; i < summary->n_refs; i++) {
		const struct tl_summary_ref *ref = &summary->refs[i];
		struct tl_summary callee;

		if (!ref->call || !ref->strict || tl_check_find_flow(all, ref->flow.text, &callee) == TL_NO_FILE)
			continue;
		if (callee.dialect != TL_DIALECT_NATIVE)
			continue;
		check_arguments(all, file, &callee, ref->inputs, ref->n_inputs);
		check_arguments(all, file, &callee, ref->outputs, ref->n_outputs);
	}
}

const struct tl_rule tl_rule_unknown_variable = {
	.id = "unknown-variable",
	.level = TL_ERROR,
	.summary = "a variable is used that is neither declared nor built in",
	.explain = "Variables are declared under 'variables' with their type. Built in, read only: caller.number, caller.name, call.language, last.input,\n"
	           "last.confidence, profile.found, profile.<attribute>. 'inputs' and 'outputs' of a subflow name the called flow's variables. A template over\n"
	           "a variable that is never set fails the call.\n",
	.bad = "flow: line\nchannel: voice\nstart: by-tier\nvariables: {tier: {type: string}}\nnodes:\n  by-tier:\n    type: decide\n    cases:\n"
	       "      - {when: {variable: teir, equals: gold}, next: vip}\n    otherwise: vip\n  vip: {type: transfer, to: {queue: vip}}\n",
	.good = "flow: line\nchannel: voice\nstart: by-tier\nvariables: {tier: {type: string}}\nnodes:\n  by-tier:\n    type: decide\n    cases:\n"
	        "      - {when: {variable: tier, equals: gold}, next: vip}\n    otherwise: all\n  vip: {type: transfer, to: {queue: vip}}\n"
	        "  all: {type: transfer, to: {queue: all}}\n",
	.local = local,
	.linked = linked,
};

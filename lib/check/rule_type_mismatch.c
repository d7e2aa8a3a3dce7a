/* check/rule_type_mismatch.c: types in conditions, in what is put into variables, and across subflows. Only what is certain: a string may be the
 * text of anything, and a member of an object may be anything. */
#include "check/rules.h"
#include "check/types.h"

static const char *a_type(enum tl_type type)
{
	static const char *const names[] = {
		[TL_UNSET] = "nothing", [TL_V_STRING] = "a string", [TL_V_NUMBER] = "a number",
		[TL_V_BOOLEAN] = "a boolean", [TL_V_OBJECT] = "an object", [TL_V_LIST] = "a list",
	};

	return names[type];
}

/* A constant for a message, in the check's scratch. */
static struct tl_str shown(struct tl_check *check, const struct tl_value *value)
{
	struct tl_buf buf = { 0 };
	struct tl_str text;

	tl_value_json(&buf, value);
	text = tl_arena_dup(check->scratch, tl_str_slice(tl_buf_view(&buf), 0, buf.len < 60 ? buf.len : 60));
	tl_buf_clear(&buf);
	return text;
}

/* ---- enums */

static bool is_allowed(const struct tl_variable *variable, const struct tl_value *value)
{
	struct tl_buf ours = { 0 }, theirs = { 0 };
	struct tl_value a, b;
	bool found = !tl_value_coerce(&a, value, variable->type, &ours);

	for (uint32_t i = 0; i < variable->n_allowed && !found; i++) {
		tl_buf_reset(&theirs);
		found = !tl_value_coerce(&b, &variable->allowed[i], variable->type, &theirs) || tl_value_equal(&a, &b);
	}
	tl_buf_clear(&ours);
	tl_buf_clear(&theirs);
	return found;
}

static void check_enum(struct tl_check *check, const struct tl_variable *variable, const struct tl_value *value, struct tl_span span)
{
	struct tl_finding *finding;
	struct tl_str *names;

	if (variable->n_allowed == 0 || value->type == TL_UNSET || is_allowed(variable, value))
		return;
	finding = tl_check_say_at(check, TL_WARNING, span, "%.*s is none of the values that 'enum' of '%.*s' names", TL_FMT(shown(check, value)),
	                          TL_FMT(variable->name.text));
	names = TL_ARENA_ARRAY(check->scratch, struct tl_str, variable->n_allowed);
	for (uint32_t i = 0; i < variable->n_allowed; i++)
		names[i] = variable->allowed[i].type == TL_V_STRING ? variable->allowed[i].text : TL_STR("");
	tl_check_suggest(check, finding, value->text, names, value->type == TL_V_STRING ? variable->n_allowed : 0);
}

static const struct tl_variable *variable_of(const struct tl_flow *flow, const struct tl_expr *expr)
{
	bool whole = expr->kind == TL_E_VARIABLE && expr->variable.scope == TL_S_FLOW && expr->variable.n_members == 0;

	return whole && expr->variable.slot < flow->n_variables ? &flow->variables[expr->variable.slot] : NULL;
}

/* ---- conditions */

/* `tier.name` where tier is a string. */
static bool check_members(struct tl_check *check, const struct tl_variable_ref *ref, struct tl_span span)
{
	const struct tl_flow *flow = check->flow;
	const struct tl_variable *variable;

	if (ref->scope != TL_S_FLOW || ref->n_members == 0 || ref->slot >= flow->n_variables)
		return true;
	variable = &flow->variables[ref->slot];
	if (variable->type == TL_UNSET || variable->type == TL_V_OBJECT)
		return true;
	tl_check_say(check, span, "'%.*s' is %s and has no members", TL_FMT(variable->name.text), a_type(variable->type));
	return false;
}

/* One constant of equals, not_equals or in. */
static void check_constant(struct tl_check *check, const struct tl_expr *left, enum tl_type type, const struct tl_expr *constant)
{
	const struct tl_variable *variable = variable_of(check->flow, left);
	struct tl_finding *finding;

	if (constant->kind != TL_E_LITERAL || constant->value.type == TL_UNSET)
		return;
	if (constant->value.type == type) {
		if (variable)
			check_enum(check, variable, &constant->value, constant->span);
		return;
	}
	finding = tl_check_say(check, constant->span, "'%.*s' is %s and never equals %.*s, which is %s", TL_FMT(left->variable.name), a_type(type),
	                       TL_FMT(shown(check, &constant->value)), a_type(constant->value.type));
	if (constant->value.type == TL_V_STRING && (tl_value_fits(&constant->value) & TL_FIT(type)))
		tl_findings_help(check->findings, finding, "write it without quotes: %.*s", TL_FMT(constant->value.text));
	else if (type == TL_V_STRING)
		tl_findings_help(check->findings, finding, "write it in quotes");
}

static void check_comparison(struct tl_check *check, const struct tl_expr *expr)
{
	const struct tl_expr *left = &expr->args[0];
	enum tl_type type = tl_expr_type(check->flow, left);

	if (left->kind != TL_E_VARIABLE || !check_members(check, &left->variable, left->span) || type == TL_UNSET || expr->op == TL_OP_IS_SET)
		return;
	if (!(tl_operator_table[expr->op].types & TL_FIT(type))) {
		tl_check_say(check, left->span, "'%s' does not compare %s, and '%.*s' is one", tl_operator_table[expr->op].name, a_type(type),
		             TL_FMT(left->variable.name));
		return;
	}
	for (uint32_t i = 1; i < expr->n_args && (expr->op == TL_OP_EQUALS || expr->op == TL_OP_NOT_EQUALS || expr->op == TL_OP_IN); i++)
		check_constant(check, left, type, &expr->args[i]);
}

static void check_condition(struct tl_check *check, const struct tl_expr *expr)
{
	if (expr->kind != TL_E_OPERATOR)
		return;
	if (expr->op > TL_OP_NOT) {
		check_comparison(check, expr);
		return;
	}
	for (uint32_t i = 0; i < expr->n_args; i++)
		check_condition(check, &expr->args[i]);
}

static void check_ref(void *data, const struct tl_variable_ref *ref, struct tl_span span)
{
	struct tl_check *check = data;

	check_members(check, ref, tl_check_narrow(check->flow, span, tl_arena_printf(check->scratch, "${%.*s}", TL_FMT(ref->name))));
}

static void check_expr(struct tl_check *check, const struct tl_expr *expr, uint32_t node)
{
	(void)node;
	if (expr->kind == TL_E_OPERATOR)
		check_condition(check, expr);
	else
		tl_expr_variables(expr, check_ref, check);
}

/* ---- values */

static void check_assignment(struct tl_check *check, const struct tl_assignment *assignment)
{
	const struct tl_flow *flow = check->flow;
	const struct tl_expr *value = assignment->value;
	const struct tl_variable *variable;

	if (!value || assignment->slot >= flow->n_variables)
		return;
	variable = &flow->variables[assignment->slot];
	if (variable->type == TL_UNSET)
		return;
	if (tl_expr_fits(flow, value) & TL_FIT(variable->type)) {
		if (value->kind == TL_E_LITERAL)
			check_enum(check, variable, &value->value, value->span);
		return;
	}
	if (value->kind == TL_E_LITERAL)
		tl_check_say(check, value->span, "%.*s cannot become %s, the type of '%.*s'", TL_FMT(shown(check, &value->value)), a_type(variable->type),
		             TL_FMT(variable->name.text));
	else
		tl_check_say(check, value->span, "%s cannot become %s, the type of '%.*s'", a_type(tl_expr_type(flow, value)), a_type(variable->type),
		             TL_FMT(variable->name.text));
}

static void check_declaration(struct tl_check *check, const struct tl_variable *variable)
{
	if (!variable->declared || variable->type == TL_UNSET)
		return;
	for (uint32_t i = 0; i < variable->n_allowed; i++) {
		if (!(tl_value_fits(&variable->allowed[i]) & TL_FIT(variable->type)))
			tl_check_say(check, variable->span, "'enum' of '%.*s' has %.*s, which cannot become %s", TL_FMT(variable->name.text),
			             TL_FMT(shown(check, &variable->allowed[i])), a_type(variable->type));
	}
	if (!variable->has_default)
		return;
	if (tl_value_fits(&variable->default_value) & TL_FIT(variable->type))
		check_enum(check, variable, &variable->default_value, variable->default_span);
	else
		tl_check_say(check, variable->default_span, "the default of '%.*s' is %.*s, which cannot become %s", TL_FMT(variable->name.text),
		             TL_FMT(shown(check, &variable->default_value)), a_type(variable->type));
}

static void local(struct tl_check *check)
{
	if (check->flow->dialect != TL_DIALECT_NATIVE)
		return;
	for (uint32_t i = 0; i < check->flow->n_variables; i++)
		check_declaration(check, &check->flow->variables[i]);
	tl_check_expressions(check, check_expr);
	tl_check_assignments(check, check_assignment);
}

/* ---- subflows */

static enum tl_type callee_type(const struct tl_summary *callee, struct tl_str name)
{
	for (uint32_t i = 0; i < callee->n_variables; i++) {
		if (tl_str_equal(callee->variables[i].name, name))
			return callee->variables[i].type;
	}
	return TL_UNSET;
}

static void check_call(struct tl_check_all *all, size_t file, const struct tl_summary_ref *ref, const struct tl_summary *callee)
{
	for (uint32_t i = 0; i < ref->n_inputs; i++) {
		enum tl_type type = callee_type(callee, ref->inputs[i].name.text);

		if (type != TL_UNSET && !(ref->inputs[i].fits & TL_FIT(type)))
			tl_check_say_in(all, file, ref->inputs[i].value_span, NULL, "this cannot become %s, the type of '%.*s' in the flow '%.*s'", a_type(type),
			                TL_FMT(ref->inputs[i].name.text), TL_FMT(callee->id.text));
	}
	for (uint32_t i = 0; i < ref->n_outputs; i++) {
		enum tl_type type = callee_type(callee, ref->outputs[i].name.text);

		if (type != TL_UNSET && ref->outputs[i].fits != 0 && !(tl_type_fits(type) & ref->outputs[i].fits))
			tl_check_say_in(all, file, ref->outputs[i].value_span, NULL, "'%.*s' of the flow '%.*s' is %s, which cannot become what is declared here",
			                TL_FMT(ref->outputs[i].name.text), TL_FMT(callee->id.text), a_type(type));
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

const struct tl_rule tl_rule_type_mismatch = {
	.id = "type-mismatch",
	.level = TL_ERROR,
	.summary = "a value is compared with, or put into, something of another type",
	.explain = "Comparisons between types never hold, and a value that cannot become what a variable is declared as fails the call (type_error): a number\n"
	           "comes from a string that is wholly a decimal number, a boolean from true, false, 1 or 0, an object from JSON text, a string from anything.\n"
	           "Texts with placeholders in them are left alone. A constant that is none of a variable's 'enum' is a warning.\n",
	.bad = "flow: line\nchannel: voice\nstart: by-tickets\nvariables: {tickets: {type: number, default: 0}}\nnodes:\n  by-tickets:\n    type: decide\n"
	       "    cases:\n      - {when: {variable: tickets, equals: \"3\"}, next: staff}\n    otherwise: bye\n  staff: {type: transfer, to: {queue: staff}}\n"
	       "  bye: {type: end}\n",
	.good = "flow: line\nchannel: voice\nstart: by-tickets\nvariables: {tickets: {type: number, default: 0}}\nnodes:\n  by-tickets:\n    type: decide\n"
	        "    cases:\n      - {when: {variable: tickets, equals: 3}, next: staff}\n    otherwise: bye\n  staff: {type: transfer, to: {queue: staff}}\n"
	        "  bye: {type: end}\n",
	.local = local,
	.linked = linked,
};

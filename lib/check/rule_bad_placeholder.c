/* check/rule_bad_placeholder.c: a `${` that is never closed is no placeholder, and is said to callers as it stands. */
#include "check/rules.h"

/* `$${x}` leaves a closed one in the text; only an open one is a slip. */
static bool is_open(struct tl_str text, size_t *at)
{
	for (*at = tl_str_find(text, TL_STR("${"), 0); *at != SIZE_MAX; *at = tl_str_find(text, TL_STR("${"), *at + 2)) {
		if (tl_str_find(text, TL_STR("}"), *at) == SIZE_MAX)
			return true;
	}
	return false;
}

static void check_text(struct tl_check *check, const struct tl_expr *expr)
{
	struct tl_span span = expr->span;
	size_t at;

	if (expr->kind != TL_E_LITERAL || expr->value.type != TL_V_STRING || !is_open(expr->value.text, &at))
		return;
	span = tl_check_narrow(check->flow, span, tl_str_slice(expr->value.text, at, expr->value.text.len));
	tl_findings_help(check->findings, tl_check_say(check, span, "this placeholder is never closed, and stays as it is written"),
	                 "close it with '}', or write '$$' for a dollar sign");
}

static void check_expr(struct tl_check *check, const struct tl_expr *expr, uint32_t node)
{
	(void)node;
	check_text(check, expr);
	for (uint32_t i = 0; expr->kind == TL_E_TEMPLATE && i < expr->n_args; i++)
		check_text(check, &expr->args[i]);
}

static void local(struct tl_check *check)
{
	if (check->flow->dialect == TL_DIALECT_NATIVE)
		tl_check_expressions(check, check_expr);
}

const struct tl_rule tl_rule_bad_placeholder = {
	.id = "bad-placeholder",
	.level = TL_WARNING,
	.summary = "a placeholder is opened and never closed",
	.explain = "'${' without a '}' after it is plain text: callers hear it, and queues are named by it. A dollar sign that is meant is written '$$'.\n",
	.bad = "flow: line\nchannel: voice\nstart: hi\nnodes:\n  hi: {type: play, prompt: {text: \"Hello ${caller.name, welcome.\"}, next: bye}\n  bye: {type: end}\n",
	.good = "flow: line\nchannel: voice\nstart: hi\nnodes:\n  hi: {type: play, prompt: {text: \"Hello ${caller.name}, that is $5 or $${5}.\"}, next: bye}\n"
	        "  bye: {type: end}\n",
	.local = local,
};

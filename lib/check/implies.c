/* check/implies.c: implication between conditions over constants: comparisons of one variable, joined by all, any and not. */
#include "check/implies.h"

static bool same_variable(const struct tl_expr *a, const struct tl_expr *b)
{
	return a->kind == TL_E_VARIABLE && b->kind == TL_E_VARIABLE && a->variable.scope == b->variable.scope &&
	       tl_str_equal(a->variable.name, b->variable.name);
}

static bool is_comparison(const struct tl_expr *e)
{
	return e->kind == TL_E_OPERATOR && e->op > TL_OP_NOT && e->n_args >= 1 && e->args[0].kind == TL_E_VARIABLE;
}

/* Counts one comparison; false where there may be no more. */
static bool may_go_on(uint32_t *steps)
{
	if (*steps > 0)
		(*steps)--;
	return *steps > 0;
}

static bool expr_equal(const struct tl_expr *a, const struct tl_expr *b, uint32_t *steps)
{
	if (a->kind != b->kind || !may_go_on(steps))
		return false;
	if (a->kind == TL_E_LITERAL)
		return tl_value_equal(&a->value, &b->value);
	if (a->kind == TL_E_VARIABLE)
		return same_variable(a, b);
	if (a->kind != TL_E_OPERATOR || a->op != b->op || a->n_args != b->n_args)
		return false;
	for (uint32_t i = 0; i < a->n_args; i++) {
		if (!expr_equal(&a->args[i], &b->args[i], steps))
			return false;
	}
	return true;
}

static struct tl_value read_constant(void *data, const struct tl_variable_ref *variable)
{
	(void)variable;
	return *(const struct tl_value *)data;
}

/* Whether the comparison holds of this value: by the one evaluation that there is. */
static bool holds_of(const struct tl_expr *comparison, struct tl_value value)
{
	struct tl_expr_env env = { .read = read_constant, .data = &value };

	return tl_expr_holds(comparison, &env);
}

/* All values that satisfy `p`, where it names them. */
static bool all_values_satisfy(const struct tl_expr *p, const struct tl_expr *q)
{
	for (uint32_t i = 1; i < p->n_args; i++) {
		if (p->args[i].kind != TL_E_LITERAL || !holds_of(q, p->args[i].value))
			return false;
	}
	return p->n_args > 1;
}

static bool is_number(const struct tl_expr *e)
{
	return e->n_args == 2 && e->args[1].kind == TL_E_LITERAL && e->args[1].value.type == TL_V_NUMBER;
}

/* p: x > a or x >= a; q: x > b or x >= b; and the same downwards. */
static bool bound_implies(const struct tl_expr *p, const struct tl_expr *q)
{
	bool p_up = p->op == TL_OP_GREATER_THAN || p->op == TL_OP_AT_LEAST, q_up = q->op == TL_OP_GREATER_THAN || q->op == TL_OP_AT_LEAST;
	bool p_down = p->op == TL_OP_LESS_THAN || p->op == TL_OP_AT_MOST, q_down = q->op == TL_OP_LESS_THAN || q->op == TL_OP_AT_MOST;
	bool p_open = p->op == TL_OP_GREATER_THAN || p->op == TL_OP_LESS_THAN, q_closed = q->op == TL_OP_AT_LEAST || q->op == TL_OP_AT_MOST;
	double a, b;

	if (!is_number(p) || !is_number(q) || !((p_up && q_up) || (p_down && q_down)))
		return false;
	a = p_up ? p->args[1].value.number : -p->args[1].value.number;
	b = q_up ? q->args[1].value.number : -q->args[1].value.number;
	return a > b || (a >= b && a <= b && (p_open || q_closed));
}

static bool starts_implies(const struct tl_expr *p, const struct tl_expr *q)
{
	struct tl_str long_one, short_one;

	if (p->n_args != 2 || q->n_args != 2 || p->args[1].value.type != TL_V_STRING || q->args[1].value.type != TL_V_STRING)
		return false;
	long_one = p->args[1].value.text;
	short_one = q->args[1].value.text;
	if (p->op == TL_OP_STARTS_WITH && q->op == TL_OP_STARTS_WITH)
		return tl_str_starts(long_one, short_one);
	return (p->op == TL_OP_STARTS_WITH || p->op == TL_OP_CONTAINS) && q->op == TL_OP_CONTAINS &&
	       tl_str_find(long_one, short_one, 0) != SIZE_MAX;
}

static bool is_true_literal(const struct tl_expr *e)
{
	return e->n_args == 2 && e->args[1].value.type == TL_V_BOOLEAN && e->args[1].value.boolean;
}

static bool comparison_implies(const struct tl_expr *p, const struct tl_expr *q)
{
	bool p_needs_value = p->op != TL_OP_NOT_EQUALS && (p->op != TL_OP_IS_SET || is_true_literal(p));

	if (!same_variable(&p->args[0], &q->args[0]))
		return false;
	if (q->op == TL_OP_IS_SET)
		return is_true_literal(q) && p_needs_value;
	if (p->op == TL_OP_EQUALS || p->op == TL_OP_IN)
		return all_values_satisfy(p, q);
	if (p->op == TL_OP_IS_SET && !is_true_literal(p))
		return q->op == TL_OP_NOT_EQUALS;
	return bound_implies(p, q) || starts_implies(p, q);
}

static bool any_arg_implies(const struct tl_expr *p, const struct tl_expr *q, uint32_t *steps)
{
	for (uint32_t i = 0; i < p->n_args; i++) {
		if (tl_expr_implies(&p->args[i], q, steps))
			return true;
	}
	return false;
}

static bool every_arg_implies(const struct tl_expr *p, const struct tl_expr *q, uint32_t *steps)
{
	for (uint32_t i = 0; i < p->n_args; i++) {
		if (!tl_expr_implies(&p->args[i], q, steps))
			return false;
	}
	return p->n_args > 0;
}

static bool implies_every_arg(const struct tl_expr *p, const struct tl_expr *q, uint32_t *steps)
{
	for (uint32_t i = 0; i < q->n_args; i++) {
		if (!tl_expr_implies(p, &q->args[i], steps))
			return false;
	}
	return q->n_args > 0;
}

static bool implies_any_arg(const struct tl_expr *p, const struct tl_expr *q, uint32_t *steps)
{
	for (uint32_t i = 0; i < q->n_args; i++) {
		if (tl_expr_implies(p, &q->args[i], steps))
			return true;
	}
	return false;
}

/* Recursion is bounded by the depth that readers allow, its width by the steps. */
bool tl_expr_implies(const struct tl_expr *p, const struct tl_expr *q, uint32_t *steps)
{
	if (!may_go_on(steps))
		return false;
	if (expr_equal(p, q, steps))
		return true;
	if (p->kind != TL_E_OPERATOR || q->kind != TL_E_OPERATOR)
		return false;
	if (q->op == TL_OP_ALL)
		return implies_every_arg(p, q, steps);
	if (p->op == TL_OP_ANY)
		return every_arg_implies(p, q, steps);
	if (p->op == TL_OP_ALL && any_arg_implies(p, q, steps))
		return true;
	if (q->op == TL_OP_ANY)
		return implies_any_arg(p, q, steps);
	if (p->op == TL_OP_NOT && q->op == TL_OP_NOT && p->n_args == 1 && q->n_args == 1)
		return tl_expr_implies(&q->args[0], &p->args[0], steps);
	return is_comparison(p) && is_comparison(q) && comparison_implies(p, q);
}

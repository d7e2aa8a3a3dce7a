/* expr/expr.c: evaluation, and expressions back to the words of the native language. */
#include "expr/expr.h"

#include <assert.h>
#include <string.h>

#define ANY_TYPE (1u << TL_V_STRING | 1u << TL_V_NUMBER | 1u << TL_V_BOOLEAN | 1u << TL_V_OBJECT | 1u << TL_V_LIST)
#define NUMBERS (1u << TL_V_NUMBER)
#define STRINGS (1u << TL_V_STRING)

const struct tl_operator_row tl_operator_table[TL_OP_COUNT] = {
	[TL_OP_ALL] = { "all", ANY_TYPE, "all" },
	[TL_OP_ANY] = { "any", ANY_TYPE, "any" },
	[TL_OP_NOT] = { "not", ANY_TYPE, "not" },
	[TL_OP_EQUALS] = { "equals", ANY_TYPE, "equals" },
	[TL_OP_NOT_EQUALS] = { "not_equals", ANY_TYPE, "not_equals" },
	[TL_OP_LESS_THAN] = { "less_than", NUMBERS, "less_than" },
	[TL_OP_AT_MOST] = { "at_most", NUMBERS, "at_most" },
	[TL_OP_GREATER_THAN] = { "greater_than", NUMBERS, "greater_than" },
	[TL_OP_AT_LEAST] = { "at_least", NUMBERS, "at_least" },
	[TL_OP_IN] = { "in", ANY_TYPE, "in" },
	[TL_OP_STARTS_WITH] = { "starts_with", STRINGS, "starts_with" },
	[TL_OP_CONTAINS] = { "contains", STRINGS, "contains" },
	[TL_OP_IS_SET] = { "is_set", ANY_TYPE, "is_set" },
};

enum tl_operator tl_operator_parse(struct tl_str name)
{
	for (enum tl_operator op = 0; op < TL_OP_COUNT; op++) {
		if (tl_str_is(name, tl_operator_table[op].name))
			return op;
	}
	return TL_OP_COUNT;
}

static struct tl_value operand(const struct tl_expr *expr, const struct tl_expr_env *env)
{
	if (expr->kind == TL_E_LITERAL)
		return expr->value;
	if (expr->kind == TL_E_VARIABLE)
		return env->read(env->data, &expr->variable);
	return TL_VALUE_UNSET;
}

static bool any_equal(const struct tl_expr *expr, const struct tl_value *value)
{
	for (uint32_t i = 1; i < expr->n_args; i++) {
		if (tl_value_equal(value, &expr->args[i].value))
			return true;
	}
	return false;
}

static bool compare_numbers(enum tl_operator op, double a, double b)
{
	switch (op) {
	case TL_OP_LESS_THAN:
		return a < b;
	case TL_OP_AT_MOST:
		return a <= b;
	case TL_OP_GREATER_THAN:
		return a > b;
	default:
		return a >= b;
	}
}

/* An operator over one variable and literals. Types that differ compare as not equal, and nothing else holds between them. */
static bool comparison_holds(const struct tl_expr *expr, const struct tl_expr_env *env)
{
	struct tl_value left = operand(&expr->args[0], env);
	const struct tl_value *right = &expr->args[1].value;

	if (expr->op == TL_OP_IS_SET)
		return (left.type != TL_UNSET) == right->boolean;
	if (left.type == TL_UNSET)
		return expr->op == TL_OP_NOT_EQUALS;
	switch (expr->op) {
	case TL_OP_EQUALS:
	case TL_OP_IN:
		return any_equal(expr, &left);
	case TL_OP_NOT_EQUALS:
		return !tl_value_equal(&left, right);
	case TL_OP_STARTS_WITH:
		return left.type == TL_V_STRING && right->type == TL_V_STRING && tl_str_starts(left.text, right->text);
	case TL_OP_CONTAINS:
		return left.type == TL_V_STRING && right->type == TL_V_STRING && tl_str_find(left.text, right->text, 0) != SIZE_MAX;
	default:
		return left.type == TL_V_NUMBER && right->type == TL_V_NUMBER && compare_numbers(expr->op, left.number, right->number);
	}
}

/* Recursion is bounded by the depth limit of the readers. */
bool tl_expr_holds(const struct tl_expr *expr, const struct tl_expr_env *env)
{
	if (expr->kind != TL_E_OPERATOR)
		return false;
	switch (expr->op) {
	case TL_OP_ALL:
		for (uint32_t i = 0; i < expr->n_args; i++) {
			if (!tl_expr_holds(&expr->args[i], env))
				return false;
		}
		return true;
	case TL_OP_ANY:
		for (uint32_t i = 0; i < expr->n_args; i++) {
			if (tl_expr_holds(&expr->args[i], env))
				return true;
		}
		return false;
	case TL_OP_NOT:
		return !tl_expr_holds(&expr->args[0], env);
	default:
		return comparison_holds(expr, env);
	}
}

static bool add_text(struct tl_buf *out, const struct tl_expr *expr, const struct tl_expr_env *env, bool mask, struct tl_str *unset)
{
	struct tl_value value;

	if (expr->kind == TL_E_VARIABLE && expr->variable.scope == TL_S_ENV) {
		tl_buf_printf(out, "${%.*s}", TL_FMT(expr->variable.name));
		return true;
	}
	value = expr->kind == TL_E_OPAQUE ? expr->value : operand(expr, env);
	if (value.type == TL_UNSET) {
		if (unset && expr->kind == TL_E_VARIABLE)
			*unset = expr->variable.name;
		return false;
	}
	if (mask && expr->kind == TL_E_VARIABLE && env->sensitive && env->sensitive(env->data, &expr->variable))
		tl_buf_text(out, TL_MASK);
	else
		tl_value_text(out, &value);
	return true;
}

bool tl_expr_text(struct tl_buf *out, const struct tl_expr *expr, const struct tl_expr_env *env, bool mask, struct tl_str *unset)
{
	if (expr->kind != TL_E_TEMPLATE)
		return add_text(out, expr, env, mask, unset);
	for (uint32_t i = 0; i < expr->n_args; i++) {
		if (!add_text(out, &expr->args[i], env, mask, unset))
			return false;
	}
	return true;
}

bool tl_expr_value(struct tl_value *out, const struct tl_expr *expr, const struct tl_expr_env *env, struct tl_buf *scratch,
                   struct tl_str *unset)
{
	size_t start = scratch->len;
	bool is_env = expr->kind == TL_E_VARIABLE && expr->variable.scope == TL_S_ENV;

	if (expr->kind == TL_E_TEMPLATE || is_env) {
		if (!tl_expr_text(scratch, expr, env, false, unset))
			return false;
		*out = tl_value_string(tl_str_slice(tl_buf_view(scratch), start, scratch->len));
		return true;
	}
	*out = expr->kind == TL_E_OPAQUE ? expr->value : operand(expr, env);
	if (expr->kind == TL_E_VARIABLE && out->type == TL_UNSET) {
		if (unset)
			*unset = expr->variable.name;
		return false;
	}
	return true;
}

void tl_expr_variables(const struct tl_expr *expr, void (*visit)(void *data, const struct tl_variable_ref *variable, struct tl_span span),
                       void *data)
{
	if (!expr)
		return;
	if (expr->kind == TL_E_VARIABLE)
		visit(data, &expr->variable, expr->span);
	for (uint32_t i = 0; i < expr->n_args; i++)
		tl_expr_variables(&expr->args[i], visit, data);
}

/* ---- back to the native language */

static void write_part(struct tl_buf *out, const struct tl_expr *expr)
{
	if (expr->kind == TL_E_VARIABLE) {
		tl_buf_printf(out, "${%.*s}", TL_FMT(expr->variable.name));
		return;
	}
	if (expr->value.type != TL_V_STRING) {
		tl_value_text(out, &expr->value);
		return;
	}
	for (size_t i = 0; i < expr->value.text.len; i++) {
		if (expr->value.text.ptr[i] == '$')
			tl_buf_char(out, '$');
		tl_buf_char(out, expr->value.text.ptr[i]);
	}
}

void tl_expr_write_template(struct tl_buf *out, const struct tl_expr *expr)
{
	if (expr->kind != TL_E_TEMPLATE) {
		write_part(out, expr);
		return;
	}
	for (uint32_t i = 0; i < expr->n_args; i++)
		write_part(out, &expr->args[i]);
}

static struct tl_item *template_item(struct tl_arena *arena, const struct tl_expr *expr)
{
	struct tl_buf text = { 0 };
	struct tl_str copy;

	tl_expr_write_template(&text, expr);
	copy = tl_arena_dup(arena, tl_buf_view(&text));
	tl_buf_clear(&text);
	return tl_item_string(arena, copy);
}

static struct tl_item *comparison_item(struct tl_arena *arena, const struct tl_expr *expr)
{
	struct tl_item *map = tl_item_new(arena, TL_MAP), *right;

	tl_item_put(map, TL_STR("variable"), tl_item_string(arena, expr->args[0].variable.name));
	if (expr->op == TL_OP_IN) {
		right = tl_item_new(arena, TL_LIST);
		for (uint32_t i = 1; i < expr->n_args; i++)
			tl_item_add(right, tl_value_item(arena, &expr->args[i].value));
	} else {
		right = tl_value_item(arena, &expr->args[1].value);
	}
	tl_item_put(map, tl_str(tl_operator_table[expr->op].name), right);
	return map;
}

static struct tl_item *operator_item(struct tl_arena *arena, const struct tl_expr *expr)
{
	struct tl_item *map, *list;

	if (expr->op > TL_OP_NOT)
		return comparison_item(arena, expr);
	map = tl_item_new(arena, TL_MAP);
	if (expr->op == TL_OP_NOT) {
		tl_item_put(map, TL_STR("not"), tl_expr_item(arena, &expr->args[0]));
		return map;
	}
	list = tl_item_new(arena, TL_LIST);
	for (uint32_t i = 0; i < expr->n_args; i++)
		tl_item_add(list, tl_expr_item(arena, &expr->args[i]));
	tl_item_put(map, tl_str(tl_operator_table[expr->op].name), list);
	return map;
}

struct tl_item *tl_expr_item(struct tl_arena *arena, const struct tl_expr *expr)
{
	struct tl_item *map;

	switch (expr->kind) {
	case TL_E_LITERAL:
		if (expr->value.type != TL_V_STRING)
			return tl_value_item(arena, &expr->value);
		return template_item(arena, expr);
	case TL_E_VARIABLE:
	case TL_E_TEMPLATE:
		return template_item(arena, expr);
	case TL_E_OPERATOR:
		return operator_item(arena, expr);
	case TL_E_OPAQUE:
		break;
	}
	map = tl_item_new(arena, TL_MAP);
	tl_item_put(map, TL_STR("exp"), tl_item_string(arena, expr->value.text));
	return map;
}

/* ---- in another language's words */

static void say_parts(struct tl_buf *out, const struct tl_expr *parts, uint32_t count, const struct tl_expr_words *words)
{
	struct tl_buf literal = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		if (parts[i].kind != TL_E_VARIABLE) {
			tl_value_text(&literal, &parts[i].value);
			continue;
		}
		words->literal(out, tl_buf_view(&literal), true);
		tl_buf_reset(&literal);
		words->reference(out, parts[i].variable.name);
	}
	words->literal(out, tl_buf_view(&literal), false);
	tl_buf_clear(&literal);
}

struct tl_item *tl_expr_said(struct tl_arena *arena, const struct tl_expr *expr, const struct tl_expr_words *words)
{
	bool template = expr->kind == TL_E_TEMPLATE;
	struct tl_buf out = { 0 };
	struct tl_item *item;

	if (expr->kind == TL_E_OPERATOR || expr->kind == TL_E_OPAQUE || (expr->kind == TL_E_LITERAL && expr->value.type != TL_V_STRING))
		return tl_expr_item(arena, expr);
	say_parts(&out, template ? expr->args : expr, template ? expr->n_args : 1, words);
	item = tl_item_string(arena, tl_arena_dup(arena, tl_buf_view(&out)));
	tl_buf_clear(&out);
	return item;
}

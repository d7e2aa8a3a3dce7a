/* check/types.c: types by declaration. Whatever is not certain is unknown, and unknown fits everywhere. */
#include "check/types.h"

static enum tl_type builtin_type(enum tl_scope scope, struct tl_str name)
{
	switch (scope) {
	case TL_S_CALLER:
	case TL_S_CALL:
	case TL_S_NOW:
	case TL_S_ENV:
		return TL_V_STRING;
	case TL_S_LAST:
		return tl_str_is(name, "last.confidence") ? TL_V_NUMBER : TL_V_STRING;
	case TL_S_PROFILE:
		return tl_str_is(name, "profile.found") ? TL_V_BOOLEAN : TL_UNSET;
	case TL_S_FLOW:
		break;
	}
	return TL_UNSET;
}

/* The type that a reference has whenever it is set, or TL_UNSET where that cannot be said. */
static enum tl_type ref_type(const struct tl_flow *flow, const struct tl_variable_ref *ref)
{
	if (ref->scope != TL_S_FLOW)
		return builtin_type(ref->scope, ref->name);
	if (ref->n_members > 0 || ref->slot >= flow->n_variables)
		return TL_UNSET;
	return flow->variables[ref->slot].type;
}

enum tl_type tl_expr_type(const struct tl_flow *flow, const struct tl_expr *expr)
{
	switch (expr->kind) {
	case TL_E_LITERAL: return expr->value.type;
	case TL_E_VARIABLE: return ref_type(flow, &expr->variable);
	case TL_E_TEMPLATE: return TL_V_STRING;
	case TL_E_OPERATOR: return TL_V_BOOLEAN;
	case TL_E_OPAQUE: break;
	}
	return TL_UNSET;
}

unsigned tl_type_fits(enum tl_type type)
{
	switch (type) {
	case TL_V_NUMBER: return TL_FIT(TL_V_STRING) | TL_FIT(TL_V_NUMBER) | TL_FIT(TL_V_BOOLEAN); /* 1 and 0 */
	case TL_V_BOOLEAN: return TL_FIT(TL_V_STRING) | TL_FIT(TL_V_BOOLEAN);
	case TL_V_OBJECT: return TL_FIT(TL_V_STRING) | TL_FIT(TL_V_OBJECT);
	case TL_V_LIST: return TL_FIT(TL_V_STRING);
	case TL_V_STRING:
	case TL_UNSET: break;
	}
	return TL_FIT_ALL;
}

unsigned tl_value_fits(const struct tl_value *value)
{
	static const enum tl_type types[] = { TL_V_STRING, TL_V_NUMBER, TL_V_BOOLEAN, TL_V_OBJECT };
	struct tl_buf scratch = { 0 };
	unsigned fits = 0;

	if (value->type == TL_UNSET)
		return TL_FIT_ALL;
	for (size_t i = 0; i < TL_COUNT(types); i++) {
		struct tl_value out;

		tl_buf_reset(&scratch);
		if (tl_value_coerce(&out, value, types[i], &scratch))
			fits |= TL_FIT(types[i]);
	}
	tl_buf_clear(&scratch);
	return fits;
}

unsigned tl_expr_fits(const struct tl_flow *flow, const struct tl_expr *expr)
{
	if (expr->kind == TL_E_LITERAL)
		return tl_value_fits(&expr->value);
	/* The text of a template may spell anything. */
	return expr->kind == TL_E_TEMPLATE ? TL_FIT_ALL : tl_type_fits(tl_expr_type(flow, expr));
}

struct sensitive_search {
	const struct tl_flow *flow;
	struct tl_str name;
};

static void note_sensitive(void *data, const struct tl_variable_ref *variable, struct tl_span span)
{
	struct sensitive_search *search = data;
	const struct tl_flow *flow = search->flow;

	(void)span;
	if (search->name.len == 0 && variable->scope == TL_S_FLOW && variable->slot < flow->n_variables &&
	    flow->variables[variable->slot].sensitive)
		search->name = flow->variables[variable->slot].name.text;
}

bool tl_expr_sensitive(const struct tl_flow *flow, const struct tl_expr *expr, struct tl_str *name)
{
	struct sensitive_search search = { .flow = flow };

	tl_expr_variables(expr, note_sensitive, &search);
	*name = search.name;
	return search.name.len > 0;
}

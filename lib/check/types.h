/* check/types.h: what is known of an expression's type before anything runs. */
#ifndef TL_CHECK_TYPES_H
#define TL_CHECK_TYPES_H

#include "flow/flow.h"

/* A set of types that a value may be put into: bits 1 << enum tl_type of the four that variables have. */
#define TL_FIT(type) (1u << (type))
#define TL_FIT_ALL (TL_FIT(TL_V_STRING) | TL_FIT(TL_V_NUMBER) | TL_FIT(TL_V_BOOLEAN) | TL_FIT(TL_V_OBJECT))

/* The type that an expression has whenever it has a value, or TL_UNSET where that cannot be said. */
enum tl_type tl_expr_type(const struct tl_flow *flow, const struct tl_expr *expr);
/* The types that a value of this type may be put into ("A value put into a variable"): a string may be the text of anything. */
unsigned tl_type_fits(enum tl_type type);
/* The types that the expression's value may be put into without a certain type_error. */
unsigned tl_expr_fits(const struct tl_flow *flow, const struct tl_expr *expr);
/* The types that this value may be put into. */
unsigned tl_value_fits(const struct tl_value *value);
/* Whether the expression reads a sensitive variable; *name is the first one. */
bool tl_expr_sensitive(const struct tl_flow *flow, const struct tl_expr *expr, struct tl_str *name);

#endif

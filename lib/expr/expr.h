/* expr/expr.h: one AST for conditions, templates and computed values, and one table of what its operators mean. */
#ifndef TL_EXPR_EXPR_H
#define TL_EXPR_EXPR_H

#include "base/span.h"
#include "expr/value.h"

enum tl_expr_kind {
	TL_E_LITERAL,  /* value */
	TL_E_VARIABLE, /* variable */
	TL_E_TEMPLATE, /* args, each as text, joined; a literal's text is already without `$$` */
	TL_E_OPERATOR, /* op over args */
	TL_E_OPAQUE,   /* text of a dialect whose expressions are kept as they are */
};

/* Where a name leads. */
enum tl_scope {
	TL_S_FLOW,      /* a variable of the flow: `slot` */
	TL_S_CALLER,    /* caller.… */
	TL_S_CALL,      /* call.language */
	TL_S_LAST,      /* last.input, last.confidence */
	TL_S_PROFILE,   /* profile.… */
	TL_S_NOW,       /* the call's clock */
	TL_S_ENV,       /* env.NAME without a value: stays as it is written */
};

struct tl_variable_ref {
	enum tl_scope scope;
	uint32_t slot;         /* of TL_S_FLOW: index of flow->variables */
	struct tl_str name;    /* whole, as written: "routing.queue", "profile.level", "env.VIP_QUEUE" */
	struct tl_str *members; /* names after the head (after "profile.", "caller.", the variable) */
	uint32_t n_members;
};

/* One row an exact meaning. Rows of another dialect join with another meaning, never by changing one. */
enum tl_operator {
	TL_OP_ALL,
	TL_OP_ANY,
	TL_OP_NOT,
	TL_OP_EQUALS,
	TL_OP_NOT_EQUALS,
	TL_OP_LESS_THAN,
	TL_OP_AT_MOST,
	TL_OP_GREATER_THAN,
	TL_OP_AT_LEAST,
	TL_OP_IN,          /* args[1] is a list literal; its elements stand as further args[1..] */
	TL_OP_STARTS_WITH,
	TL_OP_CONTAINS,
	TL_OP_IS_SET,      /* args[1] is a boolean literal */
	TL_OP_COUNT,
};

struct tl_expr {
	enum tl_expr_kind kind;
	enum tl_operator op;
	struct tl_value value;          /* of TL_E_LITERAL; of TL_E_OPAQUE a string, its text */
	struct tl_variable_ref variable;
	struct tl_expr *args;           /* array, in the flow's arena */
	uint32_t n_args;
	struct tl_span span;
};

struct tl_operator_row {
	const char *name;       /* as the native language writes it: "at_most" */
	unsigned types;         /* bit set (1 << enum tl_type) of what the left side may be */
	const char *wire;       /* as a wire condition writes it */
};
extern const struct tl_operator_row tl_operator_table[TL_OP_COUNT];
/* The row of that native name, or TL_OP_COUNT. */
enum tl_operator tl_operator_parse(struct tl_str name);

/* What evaluation reads from. `read` gives the value (TL_UNSET where not set); texts must stay valid until the evaluation's result was used. */
struct tl_expr_env {
	struct tl_value (*read)(void *data, const struct tl_variable_ref *variable);
	bool (*sensitive)(void *data, const struct tl_variable_ref *variable); /* may be NULL: nothing is */
	void *data;
};

/* Whether a condition holds (flow-language.md, Conditions). */
bool tl_expr_holds(const struct tl_expr *expr, const struct tl_expr_env *env);
/* The value of an expression; a template's is a string built in `scratch`. False: a variable is not set, and *unset (may be NULL) names it. */
bool tl_expr_value(struct tl_value *out, const struct tl_expr *expr, const struct tl_expr_env *env, struct tl_buf *scratch,
                   struct tl_str *unset);
/* The value as text appended to `out`; with `mask`, sensitive variables appear as "•••". False as above. */
bool tl_expr_text(struct tl_buf *out, const struct tl_expr *expr, const struct tl_expr_env *env, bool mask, struct tl_str *unset);
#define TL_MASK "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"

/* Calls `visit` for each variable in the expression, in order. */
void tl_expr_variables(const struct tl_expr *expr, void (*visit)(void *data, const struct tl_variable_ref *variable, struct tl_span span), void *data);

/* A template or literal as the native language writes it ("${x}", every dollar sign of a literal as "$$"), for canonical forms. */
void tl_expr_write_template(struct tl_buf *out, const struct tl_expr *expr);
/* A condition or value as a tree of the native language: {variable:, OPERATOR: value}, {all: […]}, a template's text, a literal. Opaque: {exp: text}. */
struct tl_item *tl_expr_item(struct tl_arena *arena, const struct tl_expr *expr);

/* How texts are written in a language: literals (neighbouring ones at once, as what they hold together may look like a reference) and references. */
struct tl_expr_words {
	void (*literal)(struct tl_buf *out, struct tl_str text, bool before_reference);
	void (*reference)(struct tl_buf *out, struct tl_str name);
};
/* A value in that language: literals and templates as one text, other values as tl_expr_item() has them. */
struct tl_item *tl_expr_said(struct tl_arena *arena, const struct tl_expr *expr, const struct tl_expr_words *words);

#endif

/* schema/explain.h: what is wrong with a value and how to say it; shared by explain.c, alternatives.c and say*.c alone. */
#ifndef TL_SCHEMA_EXPLAIN_H
#define TL_SCHEMA_EXPLAIN_H

#include "schema/node.h"

/* Problems of one document that are told. More of them only say that something is wrong with the whole. */
#define TL_SCHEMA_PROBLEMS 10000
/* Visits of a schema to a value while explaining: alternatives within alternatives must not take for ever. */
#define TL_SCHEMA_VISITS 50000000

enum tl_problem_kind {
	TL_PROBLEM_TYPE,  /* another kind of value was expected */
	TL_PROBLEM_VALUE, /* not one of "enum" or "const" */
	TL_PROBLEM_MISSPELT, /* an unknown key that is near to one that the map lacks */
	TL_PROBLEM_MESSAGE,  /* in the schema's own words */
	TL_PROBLEM_OTHER,
};

struct tl_problem {
	enum tl_problem_kind kind;
	const struct tl_item *item, *parent;
	const struct tl_values *values; /* of TL_PROBLEM_VALUE */
	struct tl_str expected;         /* of TL_PROBLEM_TYPE */
	struct tl_span span;
	struct tl_str message, help;
};

struct tl_explain {
	struct tl_run run;
	struct tl_source *source;
	struct tl_arena arena; /* messages */
	struct tl_problem *problems;
	size_t count, capacity;
	size_t visits;
	bool cut; /* something was left unsaid */
};

/* Values of a document after alias expansion that are checked at all: more than fit a file of the largest size that is read. */
#define TL_SCHEMA_WEIGHT (1u << 28)

/* One value under one schema. */
struct tl_visit {
	const struct tl_node *node;
	const struct tl_item *item;
	const struct tl_item *parent; /* NULL for the root and for a key */
	struct tl_words words;        /* of the node, or of the "$ref" that led to it */
	bool key;                     /* the value is a map's key */
};

/* Adds a problem with no message yet, at `span`; NULL where there are too many. Valid until the next one. */
struct tl_problem *tl_problem_add(struct tl_explain *ex, enum tl_problem_kind kind, const struct tl_visit *at, struct tl_span span);

/* words.c: spans. The narrowest place that shows a value; the place that shows a map that lacks something. */
struct tl_span tl_visit_span(const struct tl_explain *ex, const struct tl_visit *at);
struct tl_span tl_visit_head(const struct tl_explain *ex, const struct tl_visit *at);

/* say.c, say_values.c: one function a kind of mistake; each adds one problem. */
void tl_say_type(struct tl_explain *ex, const struct tl_visit *at);
void tl_say_value(struct tl_explain *ex, const struct tl_visit *at, const struct tl_values *values);
void tl_say_number(struct tl_explain *ex, const struct tl_visit *at);
void tl_say_string(struct tl_explain *ex, const struct tl_visit *at);
void tl_say_size(struct tl_explain *ex, const struct tl_visit *at, double least, double most, const char *one, const char *many);
void tl_say_twin(struct tl_explain *ex, const struct tl_visit *at, const struct tl_item *twin);
void tl_say_missing(struct tl_explain *ex, const struct tl_visit *at, struct tl_str name);
void tl_say_unknown(struct tl_explain *ex, const struct tl_visit *at, const struct tl_item *child, struct tl_str near);
void tl_say_forbidden(struct tl_explain *ex, const struct tl_visit *at);
void tl_say_message(struct tl_explain *ex, const struct tl_visit *at);
void tl_say_other(struct tl_explain *ex, const struct tl_visit *at, const char *message);
/* Several schemas refused the kind, or the value of the same thing: one problem that joins what they allow. */
void tl_say_joined_types(struct tl_explain *ex, const struct tl_visit *at, const struct tl_problem *problems, size_t count);
void tl_say_joined_values(struct tl_explain *ex, const struct tl_problem *problems, size_t count);

/* The words of a node, through references where it has none of its own. */
struct tl_str tl_words_expected(const struct tl_node *node);

/* alternatives.c: "anyOf", "oneOf", "not" and "contains". */
void tl_explain_alternatives(struct tl_explain *ex, const struct tl_visit *at);
/* explain.c: adds the problems of one value. */
void tl_explain_visit(struct tl_explain *ex, const struct tl_visit *visit);

#endif

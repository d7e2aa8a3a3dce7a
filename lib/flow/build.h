/* flow/build.h: making a flow: what every dialect's reader calls. Arrays grow while a flow is built and are final afterwards. */
#ifndef TL_FLOW_BUILD_H
#define TL_FLOW_BUILD_H

#include "base/finding.h"
#include "flow/flow.h"

/* What a dialect's reader is given. */
struct tl_lower {
	const struct tl_map *values;   /* the environment's values, name -> struct tl_str *; NULL: placeholders stay unfilled */
	bool has_environment;          /* --env was given: a placeholder without a value is an error, not a note */
	struct tl_limits limits;
	struct tl_findings *findings;  /* may be NULL: nobody listens (simulation) */
};

struct tl_builder {
	struct tl_flow *flow;
	const struct tl_lower *lower;
	size_t filled; /* bytes that the environment's values have put in */
	size_t node_capacity, outcome_capacity, variable_capacity, prompt_capacity, routine_capacity, need_capacity;
};

/* A new flow that takes over `doc`. */
void tl_builder_init(struct tl_builder *builder, struct tl_doc *doc, enum tl_dialect dialect, const struct tl_lower *lower);
/* Nodes in document order. A name that is taken gets no second entry in node_names (the caller has said so as a finding). Pointers are valid until the next is added:
 * fill a node through builder->flow->nodes[index]. Defaults are set: prompt TL_NONE, callee TL_NONE, ask as the native page says, digits 1..32 and '#', timeout 5000. */
uint32_t tl_builder_node(struct tl_builder *builder, enum tl_op op, struct tl_name name);
/* Adds an outcome to the node added last (a node's outcomes are contiguous). `target.to` TL_TO_NODE with node TL_NONE is resolved by name at the end. */
uint32_t tl_builder_outcome(struct tl_builder *builder, uint32_t node, enum tl_role role, struct tl_str name, struct tl_target target, struct tl_span span);
/* A target that is resolved by name at the end. */
struct tl_target tl_target_named(struct tl_name name);
/* The variable of that name; one that is not there is added, `declared` false, type TL_UNSET. */
uint32_t tl_builder_variable(struct tl_builder *builder, struct tl_str name);
uint32_t tl_builder_prompt(struct tl_builder *builder, struct tl_name name); /* adds one; an empty name is inline */
uint32_t tl_builder_prompt_named(struct tl_builder *builder, struct tl_name name); /* the one of that name, else an undeclared one is added */
uint32_t tl_builder_routine(struct tl_builder *builder, enum tl_routine_kind kind, struct tl_name name);
struct tl_need *tl_builder_need(struct tl_builder *builder, enum tl_need_kind kind, struct tl_str name, struct tl_span span, uint32_t node);
/* Resolves names of targets, makes the maps, fixes the arrays in the arena; the flow is the caller's. */
struct tl_flow *tl_builder_finish(struct tl_builder *builder);

/* Native texts with ${…}: an expression (literal, variable where the text is wholly ${x}, template), `span` that of the scalar.
 * ${env.X} is filled from lower->values, recorded as a need, and else kept. `keep_type`: false makes a wholly-${x} text a template of one part. */
struct tl_expr *tl_builder_template(struct tl_builder *builder, struct tl_str text, struct tl_span span, bool keep_type, uint32_t node);
/* A dotted name as native conditions and templates use it. */
struct tl_variable_ref tl_builder_ref(struct tl_builder *builder, struct tl_str name);
/* The names between the dots of `dotted`, as an array of *count in `arena`. */
struct tl_str *tl_split_dots(struct tl_arena *arena, struct tl_str dotted, uint32_t *count);

#endif

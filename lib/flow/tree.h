/* flow/tree.h: pieces of a flow as trees in the words of the native language: what canonical forms and the wire are made of. */
#ifndef TL_FLOW_TREE_H
#define TL_FLOW_TREE_H

#include "flow/flow.h"

/* How assignments and texts by language are written, whose order means something. */
enum tl_tree_style {
	TL_TREE_LISTS,     /* lists, so that no order of keys can lose it */
	TL_TREE_CANONICAL, /* assignments are a map where their order means nothing, and so are texts, with the first one's name beside them */
	TL_TREE_NATIVE,    /* maps whose order of keys counts, as in native files */
};

/* How trees are wanted. */
struct tl_tree {
	struct tl_arena *arena;
	const struct tl_flow *flow;
	enum tl_tree_style style;
	/* Targets stand where the native language writes them (`next`, `no_input: {next}`, …); false: they are left out. */
	bool targets;
	/* How a literal or template is written; NULL: tl_expr_item. */
	struct tl_item *(*value)(struct tl_arena *arena, const struct tl_expr *expr);
	/* How a condition is written; NULL: tl_expr_item. */
	struct tl_item *(*condition)(struct tl_arena *arena, const struct tl_expr *expr);
};

/* All below: in the arena; names and texts are borrowed from the flow; NULL where there is nothing to say. */

/* {type, default, enum, sensitive, …} of a variable. */
struct tl_item *tl_tree_variable(const struct tl_tree *tree, const struct tl_variable *variable);
/* {text, audio, duration} of a prompt. */
struct tl_item *tl_tree_prompt(const struct tl_tree *tree, const struct tl_prompt *prompt);
/* A prompt where a node names it: its name, or what it is where it is inline. */
struct tl_item *tl_tree_prompt_use(const struct tl_tree *tree, uint32_t prompt);
/* {NAME: value, …}, or [{variable: NAME, value: …}, …]; never NULL. */
struct tl_item *tl_tree_assignments(const struct tl_tree *tree, const struct tl_assignment *assignments, uint32_t count);
/* Adds the parameters of a node of the native operations to `map`: everything but `type`, `name` and `description`. */
void tl_tree_node(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node);

#endif

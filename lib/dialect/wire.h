/* dialect/wire.h: the platform's flow JSON: its words, and the pieces that reading and writing it share.
 *
 * The document (platforms.md, "Flow on the wire"): {id, version, name, status, nodes: {NAME: {type, name, transition, actions, conditions}},
 * applicationSettings, environmentVariables}. What the native language has beyond it stands in members of our own: `externalId` (the native id; a
 * flow without it was made on the platform), `channel`, `renamed_from`, `variables` and `prompts`, as in native files.
 *
 * Nodes. `set`, `decide`, a transfer to a queue and `end` look as in the platform's documents. Any other node is an action of its native type's name
 * with the native parameters ({name: "menu", prompt, choices, no_input, …}); transfers are {name: "route", queueId | number | user | flow}. The
 * node's `transition` is the action's main way on (a menu's and a subflow's `otherwise`, a lookup's `found`, a schedule's `open`, a transfer's
 * `failed`, else `next`); every other outcome is a condition over the name that traces give it:
 * {variable: "last.outcome", condition: "equals", value: "choice 1", transition: "billing"}. So the edges of the graph stand only where the
 * document has them. Conditions are {variable, condition, value}, {condition: "all" | "any" | "not", conditions: […]}. Whatever has an order that means
 * something (`set` of a choice, texts by language) is a list.
 *
 * Texts. `{name}` is a run-time variable, `{now}` the clock, `{env.NAME}` a value of the environment. A brace is literal but before NAME}; there, of a run of
 * braces each pair is one literal brace, and a single one that is left opens a reference: "{{tier}" is the text "{tier}", "{{{tier}" is "{" and the value,
 * "{ tier }" and "{\"a\":1}" are as they stand. NAME is [A-Za-z_][A-Za-z0-9_.-]*; any other name is '$' and its bytes with %, { and } as %25,
 * %7B and %7D: "{$profile.home town}". Reading and writing are inverse to each other.
 *
 * What is not known here, is of another shape or is written in another manner is kept: see wire_rest.h. Only the order of keys, and of nodes where
 * they are a list, is not. */
#ifndef TL_DIALECT_WIRE_H
#define TL_DIALECT_WIRE_H

#include "dialect/dialect.h"
#include "flow/tree.h"

/* The variable that stands for the name of the outcome that an action took. */
#define TL_WIRE_OUTCOME "last.outcome"

/* ---- texts */

/* A text of the wire as one of the native language, in `arena`. */
struct tl_str tl_wire_text_read(struct tl_arena *arena, struct tl_str text);
/* A literal, variable or template of the model as the wire writes it. */
struct tl_item *tl_wire_value(struct tl_arena *arena, const struct tl_expr *expr);
/* The names of the {env.NAME} of a text: the offset after the next one from *at on, its name in *name; false where there is none. */
bool tl_wire_text_env(struct tl_str text, size_t *at, struct tl_str *name, size_t *start);

/* ---- conditions */

/* ---- actions: a wire action as a native node, and which members name its ways on */

/* One row a native type. */
struct tl_wire_type {
	const char *type;        /* native */
	const char *action;      /* the wire action's name; NULL: the node itself */
	enum tl_role main;       /* whose target is the node's `transition` */
	const char *main_key;    /* and its native key */
	const char *required[2]; /* other keys that the native language requires */
	const char *allowed;     /* the further outcomes that a condition may name, each between blanks */
};
/* The row of a wire action's name, or NULL. */
const struct tl_wire_type *tl_wire_type_of_action(struct tl_str action);
/* The row of a native type, or NULL. */
const struct tl_wire_type *tl_wire_type_of_native(struct tl_str type);

/* The native node {type, parameters} of an action of that row, without ways on, in `arena`. Spans are the action's. */
struct tl_item *tl_wire_action_read(struct tl_arena *arena, const struct tl_wire_type *row, const struct tl_item *action);
/* A prompt, a map of prompts, a condition ({variable, OPERATOR: value}; NULL where it is none that is known) of the wire as native ones. */
struct tl_item *tl_wire_prompt_read(struct tl_arena *arena, const struct tl_item *prompt);
struct tl_item *tl_wire_prompts_read(struct tl_arena *arena, const struct tl_item *prompts);
struct tl_item *tl_wire_condition_read(struct tl_arena *arena, const struct tl_item *condition);

/* The member of a route that holds a target of this native kind: "queue" is queueId. */
struct tl_str tl_wire_target_member(struct tl_str kind);

/* ---- nodes and the whole document, as they are written without what was kept */

/* The wire node of `count` model nodes from `first` on. */
struct tl_item *tl_wire_node(const struct tl_tree *tree, uint32_t first, uint32_t count);
/* The name that the start node has where nothing else is said. */
struct tl_str tl_wire_start_name(const struct tl_flow *flow);
/* Whether the node that the call starts with is a start node of the platform's itself. */
bool tl_wire_starts_itself(const struct tl_flow *flow);
/* A node in the other shape of the documents: {id, type, transitions: [{targetId, condition}]}. */
struct tl_item *tl_wire_listed(struct tl_arena *arena, struct tl_str id, const struct tl_item *node);
/* Everything but the nodes. */
struct tl_item *tl_wire_head(const struct tl_tree *tree);
/* How trees are written for the wire. */
struct tl_tree tl_wire_tree(struct tl_arena *arena, const struct tl_flow *flow);

/* Whether a member at the top of a wire flow is the platform's own: no part of what the flow is. */
bool tl_wire_is_platforms(struct tl_str key);

/* What is kept in a flow's or node's `extras` beside members that are not known (see wire_rest.h). */
#define TL_WIRE_PART "@part"   /* number: this node is the nth part of the wire node before it */
#define TL_WIRE_START "@start" /* the start node's name where it is another one; false: there is no start node */
#define TL_WIRE_ENTRY "@entry" /* what the start node holds beside the way on */
#define TL_WIRE_SHAPE "@shape" /* "list": nodes are a list */
#define TL_WIRE_NODES "@nodes" /* what stands among the nodes, as {name: value} or a list, or in place of them, and is none */

#endif

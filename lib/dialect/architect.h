/* dialect/architect.h: the pieces of the Architect reader that its files share.
 *
 * In reading order: architect.c (the flow), architect_container.c (menus, tasks, states and bots), architect_action.c and architect_output.c
 * (lists of actions and their outputs), architect_table.c (one row a kind of action), architect_field.c, architect_setting.c and architect_argument.c (what a setting
 * becomes), architect_branch.c (decision, switch, loop, call), architect_menu.c, architect_value.c, architect_variable.c, architect_ref.c (where
 * things lead), architect_extras.c (what is kept as it is). */
#ifndef TL_DIALECT_ARCHITECT_H
#define TL_DIALECT_ARCHITECT_H

#include "dialect/dialect.h"

/* A kind of flow, by the one key at the top of its file. */
struct tl_arch_type {
	const char *key;
	enum tl_channel channel;
	bool repeats; /* starts again at its end, until an agent takes the call */
};
/* The row of that key, or NULL. */
const struct tl_arch_type *tl_arch_type_of(struct tl_str key);

/* ---- The table of actions */

/* What a setting of an action becomes in its node. */
enum tl_arch_how {
	TL_AS_SHAPED,      /* what the action's shape asks for: read by its own function */
	TL_AS_PROMPT,
	TL_AS_NO_INPUT,    /* the prompt after silence */
	TL_AS_NO_MATCH,    /* the prompt after an input that matches nothing */
	TL_AS_SUBJECT,
	TL_AS_QUEUE,       /* the subject; a plain text names a queue */
	TL_AS_DESTINATION, /* {queue: {targetQueue: …}}: the subject is the first named thing in it; kept as well */
	TL_AS_SCHEDULE,    /* {schedule: {selectedSchedule: …}}: as above */
	TL_AS_DURATION,    /* the subject, in milliseconds */
	TL_AS_TIMEOUT,
	TL_AS_INPUT,       /* an argument of the setting's name */
	TL_AS_RESULT,      /* {var: …}: a result of the setting's name */
	TL_AS_INTO,        /* {var: …} or a slot's {name: …}: the variable that a gather fills */
	TL_AS_DIGITS,
	TL_AS_NO_ENTRY,    /* the timeout of one attempt */
	TL_AS_CATEGORY,    /* {CATEGORY: {dataAction: {NAME: {inputs, successOutputs, …}}}} */
	TL_AS_FLOW,        /* {NAME: {VERSION: {inputs, outputs}}}: a flow */
	TL_AS_MODULE,      /* the same: a common module */
	TL_AS_OBJECT,      /* {NAME: {inputs, foundOutputs, …}}: a data table, a script */
	TL_AS_GET,         /* attributes: [{attribute: {name, variable}}]: results */
	TL_AS_PUT,         /* attributes: [{attribute: {name, value}}]: arguments, or assignments where the operation is assign */
	TL_AS_STATEMENTS,  /* [{TYPE: {variable, value}}]: assignments */
	TL_AS_EXIT,        /* {name: …}: the path by which a task ends */
	TL_AS_REASON,
};
struct tl_arch_field {
	const char *key;
	enum tl_arch_how how;
};

/* How the outcomes of an action are made. */
enum tl_arch_shape {
	TL_SHAPE_STEP,     /* the row's outputs, others that are there; without any of its own, `next` */
	TL_SHAPE_END,      /* none */
	TL_SHAPE_DECISION,
	TL_SHAPE_SWITCH,
	TL_SHAPE_LOOP,
	TL_SHAPE_LOOP_NEXT,
	TL_SHAPE_LOOP_EXIT,
	TL_SHAPE_JUMP,     /* where the row's reference leads */
	TL_SHAPE_TASK,     /* calls what its reference names */
	TL_SHAPE_MENU,     /* a bot's question: quick replies, intents, yes or no */
	TL_SHAPE_BACK,     /* to the menu before, from a choice's task to its menu */
	TL_SHAPE_AGAIN,    /* to the menu that this is a choice of */
};
struct tl_arch_output {
	const char *name;
	enum tl_role role;
};
#define TL_ARCH_FIELDS 5
#define TL_ARCH_OUTPUTS 4
struct tl_arch_action {
	const char *kind;
	enum tl_op op;
	enum tl_arch_shape shape;
	const char *what; /* of a transfer or call: "queue", "task"; of a jump or call of a task: the key of its reference; or NULL */
	enum tl_service service;
	bool ends_call;
	struct tl_arch_field fields[TL_ARCH_FIELDS];     /* up to the first without a key */
	struct tl_arch_output outputs[TL_ARCH_OUTPUTS]; /* up to the first without a name */
};
extern const struct tl_arch_action tl_arch_action_table[];
extern const size_t tl_arch_action_count;
/* What settingsErrorHandling may name, in the same form. */
extern const struct tl_arch_action tl_arch_handling_table[];
extern const size_t tl_arch_handling_count;
/* The row of that kind, or NULL. */
const struct tl_arch_action *tl_arch_action_of(const struct tl_arch_action *table, size_t count, struct tl_str kind);
/* The part that an output of that name plays wherever the action's own row does not say. */
enum tl_role tl_arch_role_of(struct tl_str output);

/* ---- The reader's state */

/* A point that outcomes lead to before its node is known: a node, or what another label is. */
struct tl_arch_label {
	uint32_t node;  /* TL_NONE: not bound to a node */
	uint32_t alias; /* TL_NONE: no alias; a label that is neither is a way out of the routine */
};
#define TL_ARCH_RETURN 0u
#define TL_ARCH_END 1u

/* What a reference can name. */
struct tl_arch_place {
	struct tl_str kind;   /* "task" */
	struct tl_str id;     /* as between the brackets */
	struct tl_str plain;  /* its path with names for tracking numbers */
	uint32_t entry;       /* label */
	uint32_t routine;     /* or TL_NONE: a choice that is one action */
	const struct tl_item *item;
};

/* The steps of a path from the top of the file to an action, for relative references. Lives on the C stack. */
struct tl_arch_path {
	const struct tl_arch_path *outer;
	struct tl_str step;         /* "tasks"; of a list item its kind */
	const struct tl_item *item; /* of a list item its value, which names it; or NULL */
};

/* Where an action stands. */
struct tl_arch_scope {
	const struct tl_arch_path *path;
	struct tl_str prefix;  /* of its node's name: the container's */
	uint32_t routine;
	uint32_t loop_head, loop_exit; /* labels of the innermost loop, or TL_NONE */
	uint32_t menu;         /* label of the menu whose choice this is in, or TL_NONE */
	uint32_t menu_before;  /* label of the menu above that, or TL_NONE */
};

/* A menu, task, state, bot or the list of actions that some flows start with. */
struct tl_arch_container {
	struct tl_str list;    /* "tasks"; "startUpTaskActions" */
	struct tl_str kind;    /* "task" */
	const struct tl_item *item;
	uint32_t routine;
	uint32_t entry;
};

/* A reference that is resolved when all places are known. */
struct tl_arch_ref {
	uint32_t outcome;
	struct tl_str path;    /* absolute */
	struct tl_name written;
};

/* A handler of the flow whose target is a label yet. */
struct tl_arch_handler {
	struct tl_handler handler;
	uint32_t label;
};

struct tl_arch {
	struct tl_builder builder;
	const struct tl_lower *lower;
	const struct tl_substitution *substitution;
	struct tl_str *stand_ins;         /* of each placeholder, what stands in the text for it */
	bool unset;                       /* some placeholder has no value */
	const struct tl_arch_type *type;
	const struct tl_item *root;       /* what stands below the type; an empty map where that is none */
	struct tl_arch_path top;          /* "inboundCall" */
	struct tl_arch_container *containers;
	size_t n_containers, container_capacity;
	struct tl_arch_label *labels;
	size_t n_labels, label_capacity;
	uint32_t *aims;                   /* of each outcome, its label */
	size_t n_aims, aim_capacity;
	struct tl_arch_ref *refs;
	size_t n_refs, ref_capacity;
	struct tl_arch_place *places;
	size_t n_places, place_capacity;
	struct tl_map place_names;        /* path -> index of places */
	struct tl_map node_names, routine_names; /* how often each was wanted */
	struct tl_map slots;              /* routine and name in lower case -> slot */
	uint32_t *entries;                /* of each routine, its label */
	size_t n_entries, entry_capacity;
	struct tl_arch_handler *handlers; /* of the flow */
	size_t n_handlers, handler_capacity;
	size_t n_suggestions;             /* near names that were looked for: each costs time */
};

static inline struct tl_flow *tl_arch_flow(struct tl_arch *arch)
{
	return arch->builder.flow;
}

static inline struct tl_arena *tl_arch_arena(struct tl_arch *arch)
{
	return &arch->builder.flow->arena;
}

/* ---- architect.c */

/* Adds a finding about the file; NULL where nobody listens. */
struct tl_finding *tl_arch_say(struct tl_arch *arch, struct tl_span span, enum tl_level level, const char *rule, const char *fmt, ...)
	TL_PRINTF(5, 6);
/* Whether near names are still looked for: a limited number of times. `finding` may be NULL. */
bool tl_arch_may_suggest(const struct tl_arch *arch, const struct tl_finding *finding);
/* Adds "did you mean 'NEAR'?" to a finding (may be NULL) where one of the names is near. */
void tl_arch_suggest(struct tl_arch *arch, struct tl_finding *finding, struct tl_str name, const struct tl_str *names, size_t count);
/* The one child of a list item or NULL: then a finding has said that an item of `list` must be a map of one `what`. */
const struct tl_item *tl_arch_one(struct tl_arch *arch, const struct tl_item *item, const char *list, const char *what);
/* The child of that key where it is of that kind; a finding where it is there and of another. NULL where there is none. */
const struct tl_item *tl_arch_child(struct tl_arch *arch, const struct tl_item *map, const char *key, enum tl_kind kind);

/* Adds a handler to the flow that leads to a label. */
void tl_arch_handler(struct tl_arch *arch, struct tl_handler handler, uint32_t label);
/* Adds a routine that starts at a label. */
uint32_t tl_arch_routine(struct tl_arch *arch, enum tl_routine_kind kind, struct tl_name name, const struct tl_item *item, uint32_t entry);

/* ---- architect_value.c */

/* A scalar's text, a key's; with {{key}} as the author wrote it where it has no value. */
struct tl_str tl_arch_text(struct tl_arch *arch, const struct tl_item *item);
struct tl_str tl_arch_key(struct tl_arch *arch, const struct tl_item *item);
/* The text of the scalar child of that key with its span; empty where there is none. */
struct tl_name tl_arch_name(struct tl_arch *arch, const struct tl_item *map, const char *key);
/* Whether the text has no placeholder without a value in it. */
bool tl_arch_is_filled(const struct tl_arch *arch, struct tl_span span);
/* {lit}, {exp}, {var}, {tts}, {prompt}, {name} or a scalar as an expression; NULL where there is no value. */
struct tl_expr *tl_arch_expr(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_scope *scope);
struct tl_expr *tl_arch_literal(struct tl_arch *arch, struct tl_str text, struct tl_span span);
struct tl_expr *tl_arch_opaque(struct tl_arch *arch, struct tl_str text, struct tl_span span);
/* {lit: {minutes: 1}} in milliseconds; false where the item is no fixed duration. */
bool tl_arch_duration(int64_t *ms, const struct tl_item *item);
/* {lit: 3} or a number that is whole and not negative; false for anything else. */
bool tl_arch_count(uint32_t *count, const struct tl_item *item);
/* A prompt by name or inline: index of flow->prompts, or TL_NONE. */
uint32_t tl_arch_prompt(struct tl_arch *arch, const struct tl_item *item);
/* ---- architect_variable.c */

/* The variable of that name as seen from a routine. `Task.` and `State.` ones are the routine's own. */
uint32_t tl_arch_variable(struct tl_arch *arch, uint32_t routine, struct tl_name name);
/* "stringVariable" as a type of the model; TL_UNSET where it has none like it. */
enum tl_type tl_arch_type(struct tl_str declaration);
/* Reads a list of declarations; what a variable has no room for goes into `extras` (a map). */
void tl_arch_variables(struct tl_arch *arch, const struct tl_item *list, uint32_t routine, struct tl_item *extras);

/* ---- architect_ref.c */

uint32_t tl_arch_label(struct tl_arch *arch);
void tl_arch_bind(struct tl_arch *arch, uint32_t label, uint32_t node);
void tl_arch_alias(struct tl_arch *arch, uint32_t label, uint32_t of);
/* Adds an outcome that leads to a label. */
uint32_t tl_arch_outcome(struct tl_arch *arch, uint32_t node, enum tl_role role, struct tl_str name, uint32_t label, struct tl_span span);
/* The path of a menu, task, choice as references write it, with what it is known by. In the arena. */
struct tl_str tl_arch_path_text(struct tl_arch *arch, const struct tl_arch_path *path);
/* Makes what stands at a path known to references. `name`: what it is called without tracking number. */
void tl_arch_place(struct tl_arch *arch, const struct tl_arch_path *path, struct tl_str name, uint32_t entry, uint32_t routine);
/* The absolute form of a reference written at `path`; empty where it is one into another file. */
struct tl_str tl_arch_absolute(struct tl_arch *arch, const struct tl_arch_path *path, struct tl_str ref);
/* What an absolute path leads to, or NULL. */
const struct tl_arch_place *tl_arch_find(const struct tl_arch *arch, struct tl_str path);
/* A reference without tracking numbers, as written where it is not known. */
struct tl_str tl_arch_plain(struct tl_arch *arch, const struct tl_arch_path *path, struct tl_str ref);
/* Aims an outcome at what the reference in `map` under `key` names, now or at the end; findings where it is missing or leads nowhere. */
void tl_arch_aim(struct tl_arch *arch, uint32_t outcome, const struct tl_item *map, const char *key, const struct tl_arch_path *path);
/* Says where the reference is missing or leads nowhere. */
void tl_arch_check_ref(struct tl_arch *arch, const struct tl_item *map, const char *key, const struct tl_arch_path *path);
/* Whether a refId or name is the one of a place with a tracking number: NAME or NAME_12. */
bool tl_arch_is_tracked(struct tl_str id, struct tl_str name);
/* Resolves references, then labels, into the outcomes' and routines' targets. */
void tl_arch_resolve(struct tl_arch *arch);
/* Where a label leads. */
struct tl_target tl_arch_target(struct tl_arch *arch, uint32_t label);

/* ---- architect_extras.c */

/* Keys of a map that were understood. */
#define TL_ARCH_TAKEN 24
struct tl_arch_taken {
	const char *keys[TL_ARCH_TAKEN];
	size_t count;
};
void tl_arch_take(struct tl_arch_taken *taken, const char *key);
/* What the menu's node has of one of its choices. */
void tl_arch_take_choice(struct tl_arch_taken *taken, const struct tl_item *item);
/* A copy of all the other settings of a map without tracking numbers, or NULL where there are none. Needs that they name are not recorded. */
struct tl_item *tl_arch_extras(struct tl_arch *arch, const struct tl_item *map, const struct tl_arch_taken *taken, const struct tl_arch_path *path);
/* Records the names of outside things in a setting: {KEY: {lit: {name}}}, {prompt: NAME}. */
void tl_arch_needs(struct tl_arch *arch, const struct tl_item *setting, uint32_t node);
/* Records one; NULL where the name is empty. Valid until the next is recorded. */
struct tl_need *tl_arch_need(struct tl_arch *arch, enum tl_need_kind kind, struct tl_name name, uint32_t node);
/* What a setting of that name holds the name of. */
enum tl_need_kind tl_arch_need_of(struct tl_str key);

/* ---- architect_argument.c */

struct tl_node *tl_arch_node(struct tl_arch *arch, uint32_t node);
void tl_arch_set_subject(struct tl_arch *arch, uint32_t node, struct tl_expr *subject);
void tl_arch_add_input(struct tl_arch *arch, uint32_t node, struct tl_name name, struct tl_expr *value);
void tl_arch_add_output(struct tl_arch *arch, uint32_t node, struct tl_str field, struct tl_span field_span, struct tl_name variable,
                        const struct tl_arch_scope *scope);
void tl_arch_add_assignment(struct tl_arch *arch, uint32_t node, struct tl_name name, struct tl_expr *value, const struct tl_arch_scope *scope);
/* Whether a value says no more than its expression holds. */
bool tl_arch_is_plain(const struct tl_item *item);
/* Whether a setting says that it has no value. */
bool tl_arch_is_none(const struct tl_item *item);
/* A value that is put somewhere: where there is none, the value that says so. Never NULL. */
struct tl_expr *tl_arch_set_value(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_scope *scope);
/* Adds the results of a map {NAME: {var: …}} under "NAME", or "PREFIX.NAME" where `prefix` is not empty. False where it holds
 * something else too. */
bool tl_arch_results(struct tl_arch *arch, uint32_t node, const struct tl_item *map, const char *prefix, const struct tl_arch_scope *scope);
/* Adds the arguments of a map {NAME: value}; false where it is none. */
bool tl_arch_inputs(struct tl_arch *arch, uint32_t node, const struct tl_item *map, const struct tl_arch_scope *scope);
/* The NAME of {var: NAME}; empty where there is none. */
struct tl_name tl_arch_bound(struct tl_arch *arch, const struct tl_item *setting);

/* ---- architect_field.c and architect_setting.c */

/* Puts a setting into the node. False where it is of a form that is not known, or says more than the node has room for: it stays in the extras. */
bool tl_arch_field(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, enum tl_arch_how how, const struct tl_item *setting,
                   const struct tl_arch_scope *scope);
/* The same for one form. */
typedef bool tl_arch_read(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                          const struct tl_arch_scope *scope);
tl_arch_read tl_arch_read_category, tl_arch_read_flow, tl_arch_read_module, tl_arch_read_object, tl_arch_read_get, tl_arch_read_put,
	tl_arch_read_statements;
/* "digit_1", "digit_star", "digit_pound" as one sign; empty for anything else. */
struct tl_str tl_arch_sign(struct tl_str dtmf);

/* ---- architect_action.c */

/* A name for a node that no other has: PREFIX/NAME, PREFIX/NAME#2. */
struct tl_str tl_arch_unique(struct tl_arch *arch, struct tl_map *names, struct tl_str prefix, struct tl_str name);
/* Lowers a list of actions, the first of them at `entry`; after the last it goes on at `next`. `list` may be NULL. */
void tl_arch_actions(struct tl_arch *arch, const struct tl_item *list, const struct tl_arch_scope *scope, uint32_t entry, uint32_t next);
/* Lowers all that a routine does, from `entry` to its end. One that does nothing is a node that ends it, so that it can be come to. */
void tl_arch_body(struct tl_arch *arch, const struct tl_item *owner, const struct tl_item *list, const struct tl_arch_scope *scope, uint32_t entry);
/* Lowers one action; `item` is the value and has the kind as its key. `row` may be NULL: not known. */
void tl_arch_action(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_action *row, const struct tl_arch_scope *scope,
                    uint32_t entry, uint32_t next);

/* Adds a node that says the prompt in `item`, at `entry`, and goes on at `next`. It belongs to the flow itself. */
void tl_arch_say_node(struct tl_arch *arch, const struct tl_item *item, struct tl_str prefix, uint32_t entry, uint32_t next);

/* ---- architect_output.c */

/* One way on from an action: an output, path or case that the source has or leaves out. */
struct tl_arch_branch {
	struct tl_str name;
	enum tl_role role;
	const struct tl_item *item;  /* its map, or NULL: left out */
	const char *list;            /* of a list's item the list's key: "paths"; else NULL */
	struct tl_expr *guard;
	struct tl_name phrase;       /* of a quick reply */
	uint32_t label;              /* where it leads; of one that is left out TL_NONE: to what comes next */
	uint32_t outcome;
};
struct tl_arch_branches {
	struct tl_arch_branch *items;
	size_t count, capacity;
};
struct tl_arch_branch *tl_arch_branch(struct tl_arch_branches *branches, struct tl_str name, enum tl_role role, const struct tl_item *item);
/* Adds the outcomes of all branches to `node`, then lowers what stands in them; frees the list. `scope->path` is what they stand in. */
void tl_arch_lower_branches(struct tl_arch *arch, uint32_t node, struct tl_arch_branches *branches, const struct tl_item *action,
                            const struct tl_arch_scope *scope, uint32_t next);
/* The branches of `outputs`: the row's, in its order, then others by name, then those of lists. */
void tl_arch_outputs(struct tl_arch *arch, struct tl_arch_branches *branches, const struct tl_item *action, const struct tl_arch_action *row);

/* ---- architect_branch.c: the actions whose outcomes are not their outputs alone */

void tl_arch_decision(struct tl_arch *arch, uint32_t node, const struct tl_item *item, const struct tl_arch_scope *scope, uint32_t next);
void tl_arch_switch(struct tl_arch *arch, uint32_t node, const struct tl_item *item, const struct tl_arch_scope *scope, uint32_t next);
void tl_arch_loop(struct tl_arch *arch, uint32_t node, const struct tl_item *item, const struct tl_arch_scope *scope, uint32_t next);
void tl_arch_task(struct tl_arch *arch, uint32_t node, const struct tl_item *item, const struct tl_arch_action *row,
                  const struct tl_arch_scope *scope, uint32_t next);

/* ---- architect_menu.c */

/* Lowers a menu (of a container or a choice) into its routine, at `entry`. `above` is the menu that it is a choice of, or TL_NONE. */
void tl_arch_menu(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_scope *scope, uint32_t entry, uint32_t above);
/* What settingsUserInput says of every question of a bot. */
void tl_arch_question(struct tl_arch *arch, struct tl_node *node);

/* ---- architect_container.c */

/* Finds all containers, so that references to them are known before their actions are read. */
void tl_arch_containers(struct tl_arch *arch);
/* Lowers them. */
void tl_arch_lower_containers(struct tl_arch *arch);

#endif

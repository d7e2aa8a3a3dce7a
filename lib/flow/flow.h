/* flow/flow.h: the one model of a flow. Everything above is blind to the file and the dialect it came from.
 *
 * A flow is a small program: a dense array of nodes, each one operation with named outcomes. Every name, outcome, guard and expression has
 * a span in the source. All memory is in the flow's arena or in its document; nothing in it changes once it is built. */
#ifndef TL_FLOW_FLOW_H
#define TL_FLOW_FLOW_H

#include "base/map.h"
#include "doc/tree.h"
#include "expr/expr.h"

enum tl_dialect { TL_DIALECT_NATIVE, TL_DIALECT_ARCHITECT, TL_DIALECT_WIRE };
enum tl_channel { TL_VOICE, TL_MESSAGE };

/* A name and where it stands. */
struct tl_name {
	struct tl_str text;
	struct tl_span span;
};

struct tl_variable {
	struct tl_name name;
	enum tl_type type;          /* TL_UNSET: declared without a type that is known, or not declared */
	struct tl_str type_name;    /* as written */
	bool declared;              /* false: only used somewhere */
	bool sensitive, input, output;
	bool has_default;
	struct tl_value default_value; /* as written; coerced when a call starts */
	struct tl_expr *default_expr;  /* Architect's initialValue that is an expression, or NULL */
	struct tl_value *allowed;      /* enum */
	uint32_t n_allowed;
	struct tl_span span;        /* the declaration's value */
	struct tl_span default_span;
	struct tl_str scope;        /* Architect: name of the routine that owns it ("" the flow) */
	bool environment;           /* wire: one of `environmentVariables`, filled in when the flow is published */
};

/* Text or audio in one language; `language` is empty where the prompt has one for all. */
struct tl_wording {
	struct tl_str language;
	struct tl_expr *text;   /* a template (TL_E_LITERAL where it holds no variable) */
	struct tl_span span;
};

struct tl_prompt {
	struct tl_name name;       /* empty: inline */
	bool declared;             /* false: named by a node, found nowhere */
	struct tl_wording *texts;  /* the first is the one for callers without a language */
	struct tl_wording *audios; /* paths relative to the repository's root; text is a literal */
	uint32_t n_texts, n_audios;
	int64_t duration_ms;       /* 0 where none is given */
	struct tl_span span;
};

enum tl_op {
	TL_SAY,
	TL_MENU,
	TL_GATHER,
	TL_ASSIGN,
	TL_BRANCH,
	TL_INVOKE,
	TL_WAIT,
	TL_TRANSFER,
	TL_CALL,
	TL_JUMP,
	TL_END,
	TL_OP_KINDS,
};

/* Where an outcome leads. */
enum tl_to {
	TL_TO_NOWHERE, /* the name leads to no node: `name` says which */
	TL_TO_NODE,
	TL_TO_RETURN,  /* out of the routine, by its default exit */
	TL_TO_END,     /* out of the call */
};

struct tl_target {
	enum tl_to to;
	uint32_t node;       /* of TL_TO_NODE: index of flow->nodes */
	struct tl_name name; /* as the source names it; empty where the source leaves the outcome out */
};

/* The part an outcome plays for its operation. The names in traces come from `struct tl_outcome.name`. */
enum tl_role {
	TL_R_NEXT,
	TL_R_CHOICE,    /* menu: `choice` */
	TL_R_CASE,      /* branch: guarded */
	TL_R_OTHERWISE,
	TL_R_NO_INPUT,
	TL_R_NO_MATCH,
	TL_R_FAILED,
	TL_R_TIMED_OUT,
	TL_R_FOUND,
	TL_R_NOT_FOUND,
	TL_R_OPEN,
	TL_R_CLOSED,
	TL_R_HOLIDAY,
	TL_R_EXIT,      /* call: `exit` names which of the callee's */
	TL_R_OTHER,     /* any other named outcome of an Architect or unknown action */
};

struct tl_assignment {
	uint32_t slot;         /* index of flow->variables */
	struct tl_name name;   /* as written, with the name's span */
	struct tl_expr *value; /* literal, variable (keeps its type), template, opaque */
};

struct tl_outcome {
	struct tl_str name;   /* "next", "choice 1", "case 2", "otherwise", "no_input.next", "exit done", "success", … */
	enum tl_role role;
	bool implied;         /* the source leaves it out; it leads to what comes next, or out */
	bool disabled;        /* Architect: `enabled: false`: never taken */
	struct tl_target target;
	struct tl_expr *guard;            /* a case's or offered choice's `when`, or NULL */
	struct tl_span span;              /* the whole choice, case or branch, else the target's name */
	/* of a choice */
	struct tl_str key;                /* one sign, or empty */
	struct tl_span key_span;
	struct tl_name *phrases;
	uint32_t n_phrases;
	uint32_t prompt;                  /* played after the menu's own: index of flow->prompts or TL_NONE */
	struct tl_assignment *assignments; /* in document order */
	uint32_t n_assignments;
	struct tl_str exit;               /* of TL_R_EXIT */
	const struct tl_item *extras;     /* a map of further settings of a choice or branch, kept for canonical form and wire; or NULL */
};

/* How often and how long an attempt for input is made. One row of meaning: native. */
struct tl_fallback {
	bool given;              /* the source has it */
	uint32_t retries;        /* further attempts */
	uint32_t prompt;         /* in place of the node's own on a retry, or TL_NONE */
};

enum tl_match_rule {
	TL_MATCH_PHRASES,   /* native: whole words, ASCII case and repeated spaces ignored, longest phrase first */
	TL_MATCH_EXACT,     /* the whole text, ASCII case ignored (Architect's quick replies) */
};

struct tl_ask {
	struct tl_fallback no_input, no_match;
	int64_t timeout_ms;        /* of one attempt: 5000 where not given */
	bool timeout_given;
	double min_confidence;     /* 0.5 where not given */
	bool min_confidence_given;
	uint32_t joint_budget;     /* attempts of both kinds together (Architect's repeatCount), TL_NONE: counted apart */
	enum tl_match_rule match;
};

#define TL_ACCEPT_DTMF 1u
#define TL_ACCEPT_SPEECH 2u
#define TL_ACCEPT_TEXT 4u

enum tl_service { TL_SERVICE_DATA, TL_SERVICE_PROFILE, TL_SERVICE_HOURS, TL_SERVICE_OTHER };

/* A named argument or result of a request or subflow. */
struct tl_argument {
	struct tl_name name;       /* inputs: the callee's or service's name; outputs: this flow's variable */
	uint32_t slot;             /* outputs: index of flow->variables, or TL_NONE */
	struct tl_expr *value;     /* inputs */
	struct tl_str field;       /* outputs: the result's field (dotted) or the callee's variable */
	struct tl_str *members;    /* `field` split at dots */
	uint32_t n_members;
	struct tl_span field_span;
};

struct tl_node {
	enum tl_op op;
	struct tl_name name;      /* unique in the flow */
	struct tl_str type;       /* as the dialect calls it: "play", "data_action", "transferToAcd" */
	struct tl_span type_span;
	struct tl_str label;      /* `name:` */
	struct tl_str description;
	struct tl_span span;      /* the whole value */
	uint32_t routine;         /* index of flow->routines */
	uint32_t first_outcome;   /* flow->outcomes[first_outcome …] */
	uint32_t n_outcomes;
	bool unknown;             /* an action kind that the dialect's reader does not know */

	uint32_t prompt;          /* say, menu, gather: index of flow->prompts, or TL_NONE */
	uint32_t *more_prompts;   /* say: those after it */
	uint32_t n_more_prompts;
	struct tl_ask ask;        /* menu, gather */
	/* gather */
	struct tl_assignment into;
	bool has_into;
	unsigned accept;          /* TL_ACCEPT_… as given or by the channel's default, within what the channel carries */
	unsigned accept_given;    /* as written; 0: not given */
	uint32_t min_digits, max_digits; /* 1 and 32 where not given */
	bool min_given, max_given;
	char terminator;          /* '#' where not given; 0: none */
	bool terminator_given;
	/* assign */
	struct tl_assignment *assignments;
	uint32_t n_assignments;
	/* invoke, wait, transfer, call: what is asked, waited for, transferred to or entered */
	enum tl_service service;
	struct tl_str kind;       /* transfer: "queue", "number", "user", "flow", "group", "voicemail"…; call: "flow", "task", "module" … */
	struct tl_expr *subject;  /* invoke: the action's, schedule's name, or `by`; wait: how long; transfer: the target; call: literal flow name */
	bool subject_given;       /* false: the default stands in it (lookup_profile's `by`) */
	uint32_t callee;          /* call: index of flow->routines where the routine is this flow's own, else TL_NONE */
	struct tl_argument *inputs, *outputs;
	uint32_t n_inputs, n_outputs;
	int64_t timeout_ms;       /* invoke: 5000 where not given */
	bool timeout_given;
	/* end */
	struct tl_str exit;       /* its name, or empty */
	struct tl_str reason;
	bool ends_call;           /* true: the whole call whatever the frame (Architect's disconnect); false: returns to a caller */

	const struct tl_item *extras; /* a map of every further setting, kept for canonical form and wire; or NULL */
};

/* What can be entered by name. routines[0] is the flow itself. */
enum tl_routine_kind { TL_ROUTINE_FLOW, TL_ROUTINE_TASK, TL_ROUTINE_MENU, TL_ROUTINE_STATE, TL_ROUTINE_BOT, TL_ROUTINE_CHOICE };

/* An event that the present node does not consume goes to the innermost routine that handles it. */
enum tl_event_class { TL_ON_ERROR, TL_ON_BUDGET, TL_ON_HANGUP, TL_ON_AGENT, TL_ON_INPUT };
struct tl_handler {
	enum tl_event_class on;
	struct tl_target target;
	struct tl_span span;
	uint32_t choice;          /* of TL_ON_INPUT: the choice that is offered everywhere, index of flow->outcomes */
	bool by_key, by_phrases;  /* of TL_ON_INPUT: by which of the choice's */
};

struct tl_routine {
	enum tl_routine_kind kind;
	struct tl_name name;      /* without the vendor's tracking number */
	struct tl_str ref;        /* as references name it: "Main Menu_10" */
	struct tl_target entry;
	bool repeats;             /* starts again at its end (in-queue flows) */
	bool vendor_default;      /* the menu that Architect always makes */
	struct tl_handler *handlers;
	uint32_t n_handlers;
	struct tl_span span;
	const struct tl_item *extras;
};

/* The name of an outside thing, each time it is named. */
enum tl_need_kind { TL_NEED_QUEUE, TL_NEED_FLOW, TL_NEED_ACTION, TL_NEED_SCHEDULE, TL_NEED_PROMPT, TL_NEED_AUDIO, TL_NEED_USER, TL_NEED_MODULE, TL_NEED_ENV, TL_NEED_OTHER,
	TL_NEED_DATA_TABLE, TL_NEED_GROUP, TL_NEED_SKILL, TL_NEED_LANGUAGE, TL_NEED_WRAPUP_CODE, TL_NEED_SCRIPT };
struct tl_need {
	enum tl_need_kind kind;
	struct tl_str name;       /* a template stays as written */
	struct tl_span span;
	uint32_t node;            /* or TL_NONE */
	bool set;                 /* TL_NEED_ENV: the environment had a value */
	bool fixed;               /* the name holds no run-time variable */
};

struct tl_lower;

struct tl_flow {
	struct tl_arena arena;
	struct tl_doc *doc;           /* owned; spans are of doc->source */
	/* Reads `doc` once more, with other values: whoever calls it takes the document from one of the flows before that is freed. NULL: only the file has it all. */
	void (*again)(struct tl_flow **out, struct tl_doc *doc, const struct tl_lower *lower);
	enum tl_dialect dialect;
	bool foreign;                 /* wire: made on the platform, not written from a native flow: `id` is the platform's, and names that the flow does not
	                               * declare are known there */
	struct tl_str architect_type; /* "inboundCall", … or empty */
	struct tl_name id;            /* native `flow:`; wire `id`, else its name; Architect: its name, as references use it */
	struct tl_str key;            /* by which it is told from all others: Architect's "inboundCall/Main line", as names there are told apart by type; else empty, it is `id` */
	struct tl_str text;           /* Architect: the file with its placeholders filled in, as it is published; else empty */
	struct tl_name name;
	struct tl_name renamed_from;
	enum tl_channel channel;
	struct tl_variable *variables;
	struct tl_prompt *prompts;
	struct tl_node *nodes;
	struct tl_outcome *outcomes;
	struct tl_routine *routines;
	struct tl_need *needs;
	uint32_t n_variables, n_prompts, n_nodes, n_outcomes, n_routines, n_needs;
	struct tl_target start;       /* = routines[0].entry */
	int64_t version;              /* wire: what the platform says of it, no part of the canonical form; 0: nothing */
	struct tl_str status;         /* as above; or empty. NUL-terminated */
	const struct tl_item *settings; /* the platform's application settings, opaque; or NULL */
	const struct tl_item *extras;   /* a map of every further top-level setting; or NULL */
	struct tl_map node_names;     /* name -> index of nodes */
	struct tl_map variable_names; /* name -> index of variables */
	struct tl_map prompt_names;
};

void tl_flow_free(struct tl_flow *flow); /* NULL is fine */

static inline struct tl_str tl_flow_key(const struct tl_flow *flow)
{
	return flow->key.len > 0 ? flow->key : flow->id.text;
}

/* The name of the flow that a node enters or transfers to, where it is known before a call runs: a literal text. Else NULL. */
const struct tl_expr *tl_node_callee(const struct tl_node *node);

static inline struct tl_outcome *tl_node_outcomes(const struct tl_flow *flow, const struct tl_node *node)
{
	return flow->outcomes ? flow->outcomes + node->first_outcome : NULL;
}

/* The outcome of that role (the first), or NULL. */
const struct tl_outcome *tl_node_outcome(const struct tl_flow *flow, const struct tl_node *node, enum tl_role role);
/* "say", "menu", … */
const char *tl_op_name(enum tl_op op);

#endif

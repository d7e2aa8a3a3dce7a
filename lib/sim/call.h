/* sim/call.h: one meaning of a flow: a call in progress, and the step function that moves it from one wait to the next.
 *
 * Events are everything that the outside decides, emissions everything that it notices. Between two events a call is deterministic: the step
 * reads no clock, makes no request and allocates nothing that outlives the state. The state is one relocatable block that can be copied. */
#ifndef TL_SIM_CALL_H
#define TL_SIM_CALL_H

#include "base/limits.h"
#include "flow/flow.h"

struct tl_call;

/* The flows that a call may enter. */
struct tl_program {
	const struct tl_flow *flow; /* the one it starts in */
	const struct tl_flow *(*find)(void *data, struct tl_str id); /* NULL: there is none of that id */
	void *data;
};

/* A variable that is given at the start; the value is coerced to the variable's type. */
struct tl_given {
	uint32_t slot; /* of program->flow */
	struct tl_value value;
};

struct tl_facts {
	int64_t start_ms;             /* the instant at which the call starts, ms since 1970 */
	struct tl_value caller;       /* an object */
	struct tl_str language;       /* call.language; empty: not set */
	const struct tl_given *given;
	uint32_t n_given;
	uint64_t max_steps;
	uint64_t max_text;            /* bytes of values, prompts and requests in all; 0: any number */
	int64_t max_time_ms;
	uint32_t max_depth;           /* subflows open at once */
};

enum tl_status { TL_RUNNING, TL_COMPLETED, TL_ABANDONED, TL_FAILED, TL_CALL_TIMED_OUT, TL_STUCK };
/* "completed", "abandoned", "failed", "timed_out", "stuck" */
const char *tl_status_name(enum tl_status status);

/* What a call waits for. */
enum tl_wait {
	TL_WAIT_NOTHING,
	TL_WAIT_PLAYBACK, /* the prompt emitted last: TL_EV_PLAYED */
	TL_WAIT_INPUT,    /* until `deadline_ms`: TL_EV_INPUT, TL_EV_SILENCE at the deadline, TL_EV_HANGUP */
	TL_WAIT_ANSWER,   /* of the request emitted last: TL_EV_ANSWER */
	TL_WAIT_TRANSFER, /* TL_EV_TAKEN or TL_EV_REFUSED */
};

enum tl_event_kind {
	TL_EV_START,
	TL_EV_PLAYED,
	TL_EV_INPUT,
	TL_EV_SILENCE,
	TL_EV_HANGUP, /* may come at any wait */
	TL_EV_ANSWER,
	TL_EV_TAKEN,
	TL_EV_REFUSED,
};

enum tl_input_kind { TL_IN_DTMF, TL_IN_SPEECH, TL_IN_TEXT };

enum tl_answer {
	TL_ANSWER_NONE, /* nobody can answer: the call fails with no_data */
	TL_ANSWER_SUCCESS,
	TL_ANSWER_FAILED,
	TL_ANSWER_TIMED_OUT,
	TL_ANSWER_FOUND,
	TL_ANSWER_NOT_FOUND,
	TL_ANSWER_OPEN,
	TL_ANSWER_CLOSED,
	TL_ANSWER_HOLIDAY,
};

struct tl_event {
	enum tl_event_kind kind;
	uint64_t ticket;      /* of what was waited for; an event with another ticket is dropped. 0: whatever is waited for */
	int64_t at_ms;        /* of the call's clock (ms since its start); never before the call's present time */
	enum tl_input_kind input;
	struct tl_str text;   /* the sign, the transcript, the text */
	double confidence;    /* of speech */
	enum tl_answer answer;
	struct tl_value values; /* of an answer: an object, or not set */
};

enum tl_emission_kind {
	TL_EM_VISIT,    /* a node was entered */
	TL_EM_PROMPT,
	TL_EM_ATTEMPT,
	TL_EM_CHANGED,  /* a variable of the flow under test or a subflow got a value */
	TL_EM_REQUEST,
	TL_EM_TRANSFER, /* asked for */
	TL_EM_OUTCOME,  /* the visit `visit` leaves by `outcome` */
	TL_EM_END,
};

enum tl_attempt { TL_MATCH, TL_NO_MATCH, TL_NO_INPUT };
/* "match", "no_match", "no_input" */
const char *tl_attempt_name(enum tl_attempt result);

/* Texts are valid during the call of `emit` only. */
struct tl_emission {
	enum tl_emission_kind kind;
	uint64_t visit;              /* number of the visit it belongs to, from 0 */
	const struct tl_flow *flow;
	const struct tl_node *node;
	unsigned depth;              /* open subflows */
	int64_t at_ms;
	/* prompt */
	uint32_t prompt;             /* index of flow->prompts */
	struct tl_str audio;         /* prompt: its audio in the call's language, the flow's own text; or empty */
	struct tl_str shown;         /* prompt: its name, or its text with sensitive values masked; attempt: the input, masked where it fills a sensitive variable */
	struct tl_str text;          /* the same without masks */
	bool has_text;               /* attempt: there was an input at all */
	/* attempt */
	enum tl_attempt result;
	/* changed */
	uint32_t slot;
	struct tl_value value;
	/* request */
	enum tl_service service;
	const struct tl_value *inputs; /* by node->inputs */
	int64_t timeout_ms;
	/* outcome */
	const struct tl_outcome *outcome;
};

struct tl_sink {
	void (*emit)(void *data, const struct tl_emission *emission); /* may be NULL: nobody notices */
	void *data;
};

/* A call that has not started. Owned by the caller; `program`, its flows and the facts' `given` are borrowed: the flows until
 * the call is freed, `given` until the start event. */
struct tl_call *tl_call_new(const struct tl_program *program, const struct tl_facts *facts);
void tl_call_free(struct tl_call *call);
struct tl_call *tl_call_copy(const struct tl_call *call);

/* Handles one event and goes on until the call waits or has ended; *call may move. Returns whether the event was used up: false for a stale
 * ticket, and for an input of another kind in the middle of digits, which stays for the next attempt. */
bool tl_call_step(struct tl_call **call, const struct tl_event *event, const struct tl_sink *sink);

/* What it waits for, and its present state. Views are valid until the next step. */
enum tl_wait tl_call_waits(const struct tl_call *call);
uint64_t tl_call_ticket(const struct tl_call *call);
int64_t tl_call_deadline(const struct tl_call *call); /* of an awaited input */
/* The keys that the present attempt takes, NUL-terminated: of a menu those of the choices that are offered, in the flow's order; of a gather the digits and the
 * terminator. Empty elsewhere, and where none is taken. */
#define TL_CALL_KEYS 13
void tl_call_keys(const struct tl_call *call, char keys[TL_CALL_KEYS]);
/* Bytes that the call takes. */
size_t tl_call_bytes(const struct tl_call *call);
int64_t tl_call_now(const struct tl_call *call);
int64_t tl_call_start(const struct tl_call *call);
uint64_t tl_call_steps(const struct tl_call *call);
enum tl_status tl_call_status(const struct tl_call *call);
/* "type_error", … or NULL; and what happened in words. */
const char *tl_call_error(const struct tl_call *call);
struct tl_str tl_call_error_message(const struct tl_call *call);
/* The node where it is or ended; NULL before the first. */
const struct tl_node *tl_call_node(const struct tl_call *call);
const struct tl_flow *tl_call_flow(const struct tl_call *call);
/* The exit that the flow under test ended with, or empty. */
struct tl_str tl_call_exit(const struct tl_call *call);
/* Where it was transferred to: kind "" where it was not. `mask`: sensitive values as •••. */
struct tl_str tl_call_transfer_kind(const struct tl_call *call);
struct tl_str tl_call_transfer_target(const struct tl_call *call, bool mask);
/* A variable of the flow under test. */
struct tl_value tl_call_variable(const struct tl_call *call, uint32_t slot);

#endif

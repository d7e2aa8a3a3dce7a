/* sim/state.h: inside a call: one block that holds frames, variables and the pool of their strings. */
#ifndef TL_SIM_STATE_H
#define TL_SIM_STATE_H

#include "sim/call.h"

/* A variable's value in the block: 16 bytes, strings as an offset into the pool or a pointer into the flow. */
struct tl_slot {
	union {
		double number;
		const char *text; /* of the flow: it outlives the call */
		uint64_t offset;  /* into the pool */
		bool boolean;
	} u;
	uint32_t len;
	uint8_t type; /* enum tl_type */
	bool pooled;
};

/* The slots that stand before the variables of the first frame. */
enum { TL_SLOT_CALLER, TL_SLOT_LANGUAGE, TL_SLOT_LAST_INPUT, TL_SLOT_LAST_CONFIDENCE, TL_SLOT_PROFILE, TL_SLOT_PROFILE_FOUND,
       TL_SLOT_DIGITS, TL_SLOT_MESSAGE, TL_SLOT_TARGET, TL_SLOT_TARGET_SHOWN, TL_SLOTS_FIXED };

struct tl_frame {
	const struct tl_flow *flow;
	uint64_t visit;      /* number of the present visit in this frame */
	uint32_t node;       /* where it is, or TL_NONE */
	uint32_t first_slot;
};

/* How far the present visit is. */
enum tl_stage { TL_STAGE_PROMPT, TL_STAGE_CHOICES, TL_STAGE_INPUT, TL_STAGE_DIGITS };

struct tl_call {
	size_t size;               /* of the whole block */
	const struct tl_program *program;
	const struct tl_given *given; /* borrowed, until the start */
	uint32_t n_given;
	int64_t start_ms, now_ms, max_time_ms, deadline_ms;
	uint64_t steps, max_steps, ticket;
	uint64_t text, max_text;      /* bytes that were made, and may be; 0: any number */
	uint32_t max_depth;
	uint32_t n_frames, frame_capacity, n_slots, slot_capacity;
	uint32_t frames_at, slots_at; /* offsets in the block */
	size_t pool_at, pool_len, pool_capacity;
	enum tl_wait wait;
	enum tl_status status;
	const char *error;
	const struct tl_flow *at_flow; /* of the node where it ended */
	const struct tl_node *at_node;
	struct tl_str exit;            /* of the flow's own text */
	struct tl_str transfer_kind;
	/* the present visit */
	enum tl_stage stage;
	uint32_t step;                 /* which prompt, or which choice's */
	uint32_t no_input, no_match;   /* attempts of this visit that ended so */
	uint32_t prompt;               /* that the present attempt plays */
	int64_t attempt_ms;            /* when the present attempt began: guards see that time */
};

/* A call while it is stepped. */
struct tl_machine {
	struct tl_call *call;          /* may move */
	const struct tl_sink *sink;
	struct tl_buf scratch;         /* texts of one evaluation */
	struct tl_buf reads;            /* the text that was read last from a member or the clock */
	int64_t clock_ms;              /* what ${now} shows */
	uint32_t go;                   /* node to enter next, or TL_NONE */
};

static inline struct tl_frame *tl_frames(const struct tl_call *call)
{
	return (struct tl_frame *)((char *)(uintptr_t)call + call->frames_at);
}

static inline struct tl_slot *tl_slots(const struct tl_call *call)
{
	return (struct tl_slot *)((char *)(uintptr_t)call + call->slots_at);
}

static inline struct tl_frame *tl_frame(const struct tl_call *call)
{
	return &tl_frames(call)[call->n_frames - 1];
}

static inline const struct tl_node *tl_here(const struct tl_call *call)
{
	const struct tl_frame *frame = tl_frame(call);

	return &frame->flow->nodes[frame->node];
}

/* The value in a slot. Texts point into the block or the flow: valid until the next change. */
struct tl_value tl_slot_value(const struct tl_call *call, uint32_t slot);
/* Stores a value; its text is copied into the pool, but where it is the flow's own (`lasting`). The block may move. */
void tl_slot_set(struct tl_machine *machine, uint32_t slot, const struct tl_value *value, bool lasting);
/* Pushes a frame for `flow` with its variables not set. The block may move. */
void tl_frame_push(struct tl_machine *machine, const struct tl_flow *flow);
/* Drops the top frame with its variables. */
void tl_frame_pop(struct tl_machine *machine);

/* How expressions read the present frame; and which of its variables are sensitive. `data` is the machine. */
struct tl_expr_env tl_machine_env(struct tl_machine *machine);
/* Tells the sink. */
void tl_emit(struct tl_machine *machine, struct tl_emission *emission);

/* Fails it at the present node with an error code and words. */
void tl_fail(struct tl_machine *machine, const char *code, const char *fmt, ...) TL_PRINTF(3, 4);
/* Counts text that the call makes; false when that is too much (the call has failed: `type_error`, for no variable holds it). */
bool tl_spend(struct tl_machine *machine, size_t bytes);
/* The same for a value that was evaluated or coerced just now. */
bool tl_spend_value(struct tl_machine *machine, const struct tl_value *value);
/* Waits: gives a new ticket. */
void tl_await(struct tl_machine *machine, enum tl_wait wait);
/* Leaves the present visit by an outcome; NULL is a flow that leads nowhere, which callers have refused before. */
void tl_leave(struct tl_machine *machine, const struct tl_outcome *outcome);
/* The first outcome of the present node that has one of the roles, in the order given; ended by TL_R_NEXT is not special: `count` roles. */
const struct tl_outcome *tl_pick(const struct tl_machine *machine, const enum tl_role *roles, size_t count);
/* Sets variables of the present frame, in order; false when one failed (the call has ended). */
bool tl_assign_all(struct tl_machine *machine, const struct tl_assignment *assignments, uint32_t count);
/* Puts a value, coerced, into a variable of the present frame; false when the call failed. */
bool tl_assign(struct tl_machine *machine, uint32_t slot, const struct tl_value *value);
/* Emits a prompt and awaits its playback; false when the call failed. */
bool tl_play(struct tl_machine *machine, uint32_t prompt);

/* Leaves by the first outcome that the present node has of these roles. */
void tl_leave_by(struct tl_machine *machine, const enum tl_role *roles, size_t count);
#define TL_LEAVE(machine, ...) \
	tl_leave_by((machine), (const enum tl_role[]){ __VA_ARGS__ }, TL_COUNT(((const enum tl_role[]){ __VA_ARGS__ })))

/* sim/value.c: the value of an expression, its text in the scratch; false when a variable is not set (the call has failed). */
bool tl_evaluate(struct tl_machine *machine, struct tl_value *out, const struct tl_expr *expr);
/* An expression as text in `out`, masked or not; false as above. */
bool tl_expand(struct tl_machine *machine, struct tl_buf *out, const struct tl_expr *expr, bool mask);
/* A copy of a value whose text lasts as long as `arena`. */
struct tl_value tl_lasting(struct tl_arena *arena, struct tl_value value);

/* sim/subflow.c: the defaults of a flow's variables into the slots from `first` on; false where *bad cannot be coerced. */
bool tl_give_defaults(struct tl_machine *machine, const struct tl_flow *flow, uint32_t first, uint32_t *bad);
/* Fails the call by a type_error about a variable of `flow`, which need not be the present one. */
void tl_fail_type(struct tl_machine *machine, const struct tl_flow *flow, uint32_t slot);
void tl_subflow_enter(struct tl_machine *machine);
void tl_subflow_return(struct tl_machine *machine, struct tl_str exit);

/* sim/request.c: requests and transfers, and what answers to them mean */
void tl_request_begin(struct tl_machine *machine);
void tl_request_answered(struct tl_machine *machine, const struct tl_event *event);
void tl_transfer_begin(struct tl_machine *machine);
void tl_transfer_refused(struct tl_machine *machine);

/* sim/ask.c: menu and gather */
void tl_ask_begin(struct tl_machine *machine);
void tl_ask_played(struct tl_machine *machine);
/* Whether the event was used up. */
bool tl_ask_input(struct tl_machine *machine, const struct tl_event *event);

/* sim/words.c: whether `phrase` occurs in `transcript` as whole words (flow-language.md, Words). */
bool tl_words_occur(struct tl_str phrase, struct tl_str transcript);

#endif

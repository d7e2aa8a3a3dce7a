/* sim/step.c: the step function: how a call goes from one wait to the next. Prompts, branches and ends are here; what asks for input is in ask.c, what asks
 * the outside in request.c, subflows in subflow.c, variables in value.c. */
#include "sim/state.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

/* ---- ends and waits */

void tl_emit(struct tl_machine *machine, struct tl_emission *emission)
{
	const struct tl_call *call = machine->call;

	if (!machine->sink || !machine->sink->emit)
		return;
	emission->at_ms = call->now_ms;
	emission->depth = call->n_frames - 1;
	if (!emission->flow) {
		emission->flow = tl_frame(call)->flow;
		emission->visit = tl_frame(call)->visit;
		emission->node = tl_frame(call)->node == TL_NONE ? NULL : tl_here(call);
	}
	machine->sink->emit(machine->sink->data, emission);
}

/* Ends the call. */
static void end_call(struct tl_machine *machine, enum tl_status status)
{
	struct tl_emission emission = { .kind = TL_EM_END };
	struct tl_call *call = machine->call;

	call->status = status;
	call->wait = TL_WAIT_NOTHING;
	machine->go = TL_NONE;
	if (status != TL_STUCK) {
		call->at_flow = tl_frame(call)->flow;
		call->at_node = tl_frame(call)->node == TL_NONE ? NULL : tl_here(call);
	}
	tl_emit(machine, &emission);
}

void tl_fail(struct tl_machine *machine, const char *code, const char *fmt, ...)
{
	struct tl_buf words = { 0 };
	struct tl_value message;
	va_list args;

	va_start(args, fmt);
	tl_buf_vprintf(&words, fmt, args);
	va_end(args);
	message = tl_value_string(tl_buf_view(&words));
	tl_slot_set(machine, TL_SLOT_MESSAGE, &message, false);
	tl_buf_clear(&words);
	machine->call->error = code;
	end_call(machine, TL_FAILED);
}

void tl_await(struct tl_machine *machine, enum tl_wait wait)
{
	machine->call->wait = wait;
	machine->call->ticket++;
}

/* ---- leaving a visit */

const struct tl_outcome *tl_pick(const struct tl_machine *machine, const enum tl_role *roles, size_t count)
{
	const struct tl_flow *flow = tl_frame(machine->call)->flow;
	const struct tl_outcome *outcome = NULL;

	for (size_t i = 0; i < count && !outcome; i++)
		outcome = tl_node_outcome(flow, tl_here(machine->call), roles[i]);
	return outcome;
}

void tl_leave(struct tl_machine *machine, const struct tl_outcome *outcome)
{
	struct tl_emission emission = { .kind = TL_EM_OUTCOME, .outcome = outcome };

	assert(outcome && outcome->target.to == TL_TO_NODE);
	tl_emit(machine, &emission);
	machine->go = outcome->target.node;
}

void tl_leave_by(struct tl_machine *machine, const enum tl_role *roles, size_t count)
{
	tl_leave(machine, tl_pick(machine, roles, count));
}

/* ---- prompts */

/* The wording for the call's language, else the first. */
static const struct tl_wording *wording(const struct tl_machine *machine, const struct tl_wording *items, uint32_t count)
{
	struct tl_value language = tl_slot_value(machine->call, TL_SLOT_LANGUAGE);

	for (uint32_t i = 0; i < count && language.type == TL_V_STRING; i++) {
		if (tl_str_equal_nocase(items[i].language, language.text))
			return &items[i];
	}
	return count > 0 ? &items[0] : NULL;
}

/* What is said, masked into `shown` and as it is into the scratch; views of the flow's own text where nothing is to be expanded. */
static bool expand_prompt(struct tl_machine *machine, struct tl_buf *shown, const struct tl_expr *said, struct tl_emission *emission)
{
	tl_buf_init(shown, machine->scratch.limit);
	if (said->kind == TL_E_LITERAL) {
		emission->shown = said->value.text;
		emission->text = said->value.text;
		return true;
	}
	tl_buf_reset(&machine->scratch);
	if (!tl_expand(machine, shown, said, true) || !tl_expand(machine, &machine->scratch, said, false))
		return false;
	emission->shown = tl_buf_view(shown);
	emission->text = tl_buf_view(&machine->scratch);
	return true;
}

bool tl_play(struct tl_machine *machine, uint32_t index)
{
	const struct tl_prompt *prompt = index == TL_NONE ? NULL : &tl_frame(machine->call)->flow->prompts[index];
	const struct tl_wording *text = prompt ? wording(machine, prompt->texts, prompt->n_texts) : NULL;
	const struct tl_wording *audio = prompt ? wording(machine, prompt->audios, prompt->n_audios) : NULL;
	struct tl_emission emission = { .kind = TL_EM_PROMPT, .prompt = index };
	const struct tl_wording *said = text ? text : audio;
	struct tl_buf shown = { 0 };
	bool good = !said || expand_prompt(machine, &shown, said->text, &emission);

	if (audio)
		emission.audio = audio->text->value.text;
	if (good) {
		if (prompt && prompt->name.text.len > 0) {
			emission.shown = prompt->name.text;
			emission.text = prompt->name.text;
		}
		good = tl_spend(machine, emission.shown.len + emission.text.len);
	}
	if (good) {
		tl_await(machine, TL_WAIT_PLAYBACK);
		tl_emit(machine, &emission);
	}
	tl_buf_clear(&shown);
	return good;
}

static void say(struct tl_machine *machine)
{
	const struct tl_node *node = tl_here(machine->call);

	if (machine->call->step > node->n_more_prompts) {
		TL_LEAVE(machine, TL_R_NEXT);
		return;
	}
	tl_play(machine, machine->call->step == 0 ? node->prompt : node->more_prompts[machine->call->step - 1]);
	machine->call->step++;
}

/* ---- branches, sets and ends */

static void branch(struct tl_machine *machine)
{
	const struct tl_node *node = tl_here(machine->call);
	const struct tl_outcome *outcomes = tl_node_outcomes(tl_frame(machine->call)->flow, node);
	struct tl_expr_env env = tl_machine_env(machine);

	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		if (outcomes[i].role == TL_R_CASE && outcomes[i].guard && tl_expr_holds(outcomes[i].guard, &env)) {
			tl_leave(machine, &outcomes[i]);
			return;
		}
	}
	TL_LEAVE(machine, TL_R_OTHERWISE);
}

static void end(struct tl_machine *machine)
{
	const struct tl_node *node = tl_here(machine->call);

	if (machine->call->n_frames > 1 && !node->ends_call) {
		tl_subflow_return(machine, node->exit);
		return;
	}
	if (machine->call->n_frames == 1)
		machine->call->exit = node->exit;
	end_call(machine, TL_COMPLETED);
}

/* ---- the step */

static void set(struct tl_machine *machine)
{
	const struct tl_node *node = tl_here(machine->call);

	if (tl_assign_all(machine, node->assignments, node->n_assignments))
		TL_LEAVE(machine, TL_R_NEXT);
}

static void jump(struct tl_machine *machine)
{
	TL_LEAVE(machine, TL_R_NEXT);
}

static void (*const begin_table[TL_OP_KINDS])(struct tl_machine *machine) = {
	[TL_SAY] = say, [TL_MENU] = tl_ask_begin, [TL_GATHER] = tl_ask_begin, [TL_ASSIGN] = set,
	[TL_BRANCH] = branch, [TL_INVOKE] = tl_request_begin, [TL_WAIT] = jump, [TL_TRANSFER] = tl_transfer_begin,
	[TL_CALL] = tl_subflow_enter, [TL_JUMP] = jump, [TL_END] = end,
};

/* Enters node after node until the call waits or has ended. */
static void go_on(struct tl_machine *machine)
{
	while (machine->go != TL_NONE) {
		struct tl_call *call = machine->call;
		struct tl_emission emission = { .kind = TL_EM_VISIT };
		struct tl_frame *frame = tl_frame(call);

		if (call->steps >= call->max_steps) {
			end_call(machine, TL_STUCK);
			return;
		}
		frame->node = machine->go;
		frame->visit = call->steps++;
		machine->go = TL_NONE;
		call->step = 0;
		call->at_flow = frame->flow;
		call->at_node = tl_here(call);
		tl_emit(machine, &emission);
		begin_table[call->at_node->op](machine);
	}
}

/* The facts' values over the defaults; *bad is the one that cannot be coerced. */
static bool give_facts(struct tl_machine *machine, const struct tl_flow *flow, uint32_t *bad)
{
	for (uint32_t i = 0; i < machine->call->n_given; i++) {
		const struct tl_given *given = &machine->call->given[i];
		struct tl_value value;

		tl_buf_reset(&machine->scratch);
		*bad = given->slot;
		if (!tl_value_coerce(&value, &given->value, flow->variables[given->slot].type, &machine->scratch))
			return false;
		tl_slot_set(machine, TL_SLOTS_FIXED + given->slot, &value, false);
	}
	return true;
}

/* A value that cannot be coerced fails the call before its first step. */
static void start(struct tl_machine *machine)
{
	const struct tl_flow *flow = machine->call->program->flow;
	uint32_t bad = 0;

	if (!tl_give_defaults(machine, flow, TL_SLOTS_FIXED, &bad) || !give_facts(machine, flow, &bad)) {
		memset(&tl_slots(machine->call)[TL_SLOTS_FIXED], 0, flow->n_variables * sizeof(struct tl_slot));
		tl_fail_type(machine, flow, bad);
		return;
	}
	machine->go = flow->start.node;
}

static void played(struct tl_machine *machine)
{
	if (tl_here(machine->call)->op == TL_SAY)
		say(machine);
	else
		tl_ask_played(machine);
}

/* Whether an event answers what the call waits for. */
static bool fits(const struct tl_call *call, const struct tl_event *event)
{
	static const enum tl_wait waits[] = {
		[TL_EV_START] = TL_WAIT_NOTHING, [TL_EV_PLAYED] = TL_WAIT_PLAYBACK, [TL_EV_INPUT] = TL_WAIT_INPUT,
		[TL_EV_SILENCE] = TL_WAIT_INPUT, [TL_EV_ANSWER] = TL_WAIT_ANSWER, [TL_EV_TAKEN] = TL_WAIT_TRANSFER,
		[TL_EV_REFUSED] = TL_WAIT_TRANSFER,
	};

	if (call->status != TL_RUNNING || (event->ticket != 0 && event->ticket != call->ticket))
		return false;
	return event->kind == TL_EV_HANGUP || waits[event->kind] == call->wait;
}

static bool handle(struct tl_machine *machine, const struct tl_event *event)
{
	switch (event->kind) {
	case TL_EV_START:
		start(machine);
		return true;
	case TL_EV_PLAYED:
		played(machine);
		return true;
	case TL_EV_INPUT:
	case TL_EV_SILENCE:
		return tl_ask_input(machine, event);
	case TL_EV_HANGUP:
		end_call(machine, TL_ABANDONED);
		return true;
	case TL_EV_ANSWER:
		tl_request_answered(machine, event);
		return true;
	case TL_EV_TAKEN:
		machine->call->transfer_kind = tl_here(machine->call)->kind;
		end_call(machine, TL_COMPLETED);
		return true;
	case TL_EV_REFUSED:
		tl_transfer_refused(machine);
		return true;
	}
	return false;
}

bool tl_call_step(struct tl_call **call, const struct tl_event *event, const struct tl_sink *sink)
{
	struct tl_machine machine = { .call = *call, .sink = sink, .go = TL_NONE, .scratch = { .limit = (*call)->max_text } };
	bool used = true;

	if (!fits(*call, event))
		return false;
	if (event->at_ms > machine.call->now_ms)
		machine.call->now_ms = event->at_ms;
	machine.clock_ms = machine.call->now_ms;
	if (machine.call->now_ms > machine.call->max_time_ms) {
		end_call(&machine, TL_CALL_TIMED_OUT);
	} else {
		used = handle(&machine, event);
		go_on(&machine);
	}
	*call = machine.call;
	tl_buf_clear(&machine.scratch);
	tl_buf_clear(&machine.reads);
	return used;
}

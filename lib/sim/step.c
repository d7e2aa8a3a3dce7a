/* sim/step.c: the step function: every operation but menu and gather. */
#include "base/clock.h"
#include "sim/state.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- reading variables */

static struct tl_value read_last(const struct tl_call *call, const struct tl_variable_ref *variable)
{
	if (variable->n_members == 1 && tl_str_is(variable->members[0], "input"))
		return tl_slot_value(call, TL_SLOT_LAST_INPUT);
	if (variable->n_members == 1 && tl_str_is(variable->members[0], "confidence"))
		return tl_slot_value(call, TL_SLOT_LAST_CONFIDENCE);
	return TL_VALUE_UNSET;
}

static struct tl_value read_now(struct tl_machine *machine)
{
	struct tl_arena arena = { 0 };
	struct tl_str text = tl_time_format(&arena, machine->call->start_ms + machine->clock_ms);

	tl_buf_str(&machine->reads, text);
	tl_arena_clear(&arena);
	return tl_value_string(tl_buf_view(&machine->reads));
}

static struct tl_value read_variable(void *data, const struct tl_variable_ref *variable)
{
	struct tl_machine *machine = data;
	const struct tl_call *call = machine->call;
	struct tl_value object;

	if (variable->scope == TL_S_FLOW && variable->n_members == 0)
		return tl_slot_value(call, tl_frame(call)->first_slot + variable->slot);
	tl_buf_reset(&machine->reads);
	switch (variable->scope) {
	case TL_S_NOW:
		return read_now(machine);
	case TL_S_CALL:
		return tl_slot_value(call, TL_SLOT_LANGUAGE);
	case TL_S_LAST:
		return read_last(call, variable);
	case TL_S_ENV:
		return TL_VALUE_UNSET;
	case TL_S_PROFILE:
		if (variable->n_members == 1 && tl_str_is(variable->members[0], "found"))
			return tl_slot_value(call, TL_SLOT_PROFILE_FOUND);
		object = tl_slot_value(call, TL_SLOT_PROFILE);
		break;
	case TL_S_CALLER:
		object = tl_slot_value(call, TL_SLOT_CALLER);
		break;
	default:
		object = tl_slot_value(call, tl_frame(call)->first_slot + variable->slot);
		break;
	}
	return tl_value_member(&object, variable->members, variable->n_members, &machine->reads);
}

static bool is_sensitive(void *data, const struct tl_variable_ref *variable)
{
	const struct tl_machine *machine = data;

	return variable->scope == TL_S_FLOW && tl_frame(machine->call)->flow->variables[variable->slot].sensitive;
}

struct tl_expr_env tl_machine_env(struct tl_machine *machine)
{
	return (struct tl_expr_env){ .read = read_variable, .sensitive = is_sensitive, .data = machine };
}

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

void tl_end(struct tl_machine *machine, enum tl_status status)
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
	tl_end(machine, TL_FAILED);
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

static void leave_by(struct tl_machine *machine, const enum tl_role *roles, size_t count)
{
	tl_leave(machine, tl_pick(machine, roles, count));
}

#define LEAVE(machine, ...) leave_by((machine), (const enum tl_role[]){ __VA_ARGS__ }, TL_COUNT(((const enum tl_role[]){ __VA_ARGS__ })))

/* ---- values */

bool tl_assign(struct tl_machine *machine, uint32_t slot, const struct tl_value *value)
{
	const struct tl_frame *frame = tl_frame(machine->call);
	const struct tl_variable *variable = &frame->flow->variables[slot];
	struct tl_emission emission = { .kind = TL_EM_CHANGED, .slot = slot };
	struct tl_value coerced;

	if (!tl_value_coerce(&coerced, value, variable->type, &machine->scratch)) {
		tl_fail(machine, "type_error", "%s cannot become the %s '%.*s'",
		        value->type == TL_UNSET ? "nothing" : variable->sensitive ? "the value" : tl_type_name(value->type),
		        tl_type_name(variable->type), TL_FMT(variable->name.text));
		return false;
	}
	tl_slot_set(machine, frame->first_slot + slot, &coerced, false);
	emission.value = tl_slot_value(machine->call, tl_frame(machine->call)->first_slot + slot);
	tl_emit(machine, &emission);
	return true;
}

/* The value of an expression; false when a variable is not set (the call has failed). */
static bool evaluate(struct tl_machine *machine, struct tl_value *out, const struct tl_expr *expr)
{
	struct tl_expr_env env = tl_machine_env(machine);
	struct tl_str unset = { 0 };

	tl_buf_reset(&machine->scratch);
	if (tl_expr_value(out, expr, &env, &machine->scratch, &unset))
		return true;
	tl_fail(machine, "unset_variable", "variable '%.*s' is not set", TL_FMT(unset));
	return false;
}

/* An expression as text in `out`, masked or not; false as above. */
static bool expand(struct tl_machine *machine, struct tl_buf *out, const struct tl_expr *expr, bool mask)
{
	struct tl_expr_env env = tl_machine_env(machine);
	struct tl_str unset = { 0 };

	if (tl_expr_text(out, expr, &env, mask, &unset))
		return true;
	tl_fail(machine, "unset_variable", "variable '%.*s' is not set", TL_FMT(unset));
	return false;
}

bool tl_assign_all(struct tl_machine *machine, const struct tl_assignment *assignments, uint32_t count)
{
	struct tl_value value;

	for (uint32_t i = 0; i < count; i++) {
		if (!evaluate(machine, &value, assignments[i].value) || !tl_assign(machine, assignments[i].slot, &value))
			return false;
	}
	return true;
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
	if (said->kind == TL_E_LITERAL) {
		emission->shown = said->value.text;
		emission->text = said->value.text;
		return true;
	}
	tl_buf_reset(&machine->scratch);
	if (!expand(machine, shown, said, true) || !expand(machine, &machine->scratch, said, false))
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

	if (good) {
		if (prompt && prompt->name.text.len > 0) {
			emission.shown = prompt->name.text;
			emission.text = prompt->name.text;
		}
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
		LEAVE(machine, TL_R_NEXT);
		return;
	}
	tl_play(machine, machine->call->step == 0 ? node->prompt : node->more_prompts[machine->call->step - 1]);
	machine->call->step++;
}

/* ---- requests */

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
	LEAVE(machine, TL_R_OTHERWISE);
}

/* A copy of a value whose text lasts as long as `arena`. */
static struct tl_value lasting(struct tl_arena *arena, struct tl_value value)
{
	if (value.type == TL_V_STRING || value.type == TL_V_OBJECT || value.type == TL_V_LIST)
		value.text = tl_arena_dup(arena, value.text);
	return value;
}

/* The inputs' values, as long as `arena` lasts; NULL when the call failed. */
static const struct tl_value *request_inputs(struct tl_machine *machine, struct tl_arena *arena)
{
	static const struct tl_value nothing = { .type = TL_UNSET };
	const struct tl_node *node = tl_here(machine->call);
	struct tl_value *inputs;

	if (node->n_inputs == 0)
		return &nothing;
	inputs = TL_ARENA_ARRAY(arena, struct tl_value, node->n_inputs);
	for (uint32_t i = 0; i < node->n_inputs; i++) {
		if (!evaluate(machine, &inputs[i], node->inputs[i].value))
			return NULL;
		inputs[i] = lasting(arena, inputs[i]);
	}
	return inputs;
}

/* `inputs` are expanded before the answer is sought. */
static void invoke(struct tl_machine *machine)
{
	const struct tl_node *node = tl_here(machine->call);
	struct tl_emission emission = { .kind = TL_EM_REQUEST, .service = node->service, .timeout_ms = node->timeout_ms };
	struct tl_arena arena = { 0 };

	emission.inputs = request_inputs(machine, &arena);
	tl_buf_reset(&machine->scratch);
	if (emission.inputs && (!node->subject || expand(machine, &machine->scratch, node->subject, false))) {
		emission.text = tl_buf_view(&machine->scratch);
		emission.shown = emission.text;
		tl_await(machine, TL_WAIT_ANSWER);
		tl_emit(machine, &emission);
	}
	tl_arena_clear(&arena);
}

/* A field that the result lacks leaves its variable alone. */
static bool take_outputs(struct tl_machine *machine, const struct tl_value *result)
{
	const struct tl_node *node = tl_here(machine->call);

	for (uint32_t i = 0; i < node->n_outputs; i++) {
		const struct tl_argument *output = &node->outputs[i];
		struct tl_value value;

		tl_buf_reset(&machine->reads);
		tl_buf_reset(&machine->scratch);
		value = tl_value_member(result, output->members, output->n_members, &machine->reads);
		if (value.type != TL_UNSET && !tl_assign(machine, output->slot, &value))
			return false;
	}
	return true;
}

static void take_profile(struct tl_machine *machine, const struct tl_event *event)
{
	struct tl_value found = tl_value_boolean(event->answer == TL_ANSWER_FOUND), none = TL_VALUE_UNSET;
	bool failed = event->answer != TL_ANSWER_FOUND && event->answer != TL_ANSWER_NOT_FOUND;

	tl_slot_set(machine, TL_SLOT_PROFILE_FOUND, failed ? &none : &found, true);
	tl_slot_set(machine, TL_SLOT_PROFILE, event->answer == TL_ANSWER_FOUND ? &event->values : &none, false);
	if (failed)
		LEAVE(machine, TL_R_FAILED, TL_R_NOT_FOUND);
	else if (event->answer == TL_ANSWER_FOUND)
		LEAVE(machine, TL_R_FOUND);
	else
		LEAVE(machine, TL_R_NOT_FOUND);
}

static void take_answer(struct tl_machine *machine, const struct tl_event *event)
{
	const struct tl_node *node = tl_here(machine->call);

	switch (event->answer) {
	case TL_ANSWER_NONE:
		tl_fail(machine, "no_data", "there is no answer for '%.*s'", TL_FMT(node->subject->value.text));
		return;
	case TL_ANSWER_OPEN:
		LEAVE(machine, TL_R_OPEN);
		return;
	case TL_ANSWER_CLOSED:
		LEAVE(machine, TL_R_CLOSED);
		return;
	case TL_ANSWER_HOLIDAY:
		LEAVE(machine, TL_R_HOLIDAY, TL_R_CLOSED);
		return;
	default:
		break;
	}
	if (node->service == TL_SERVICE_PROFILE)
		take_profile(machine, event);
	else if (event->answer == TL_ANSWER_TIMED_OUT)
		LEAVE(machine, TL_R_TIMED_OUT, TL_R_FAILED);
	else if (event->answer == TL_ANSWER_FAILED)
		LEAVE(machine, TL_R_FAILED);
	else if (take_outputs(machine, &event->values))
		LEAVE(machine, TL_R_NEXT);
}

/* ---- transfers */

static void transfer(struct tl_machine *machine)
{
	const struct tl_node *node = tl_here(machine->call);
	struct tl_emission emission = { .kind = TL_EM_TRANSFER };
	struct tl_value target;
	struct tl_buf shown = { 0 };

	tl_buf_reset(&machine->scratch);
	if (!node->subject || (expand(machine, &machine->scratch, node->subject, false) && expand(machine, &shown, node->subject, true))) {
		target = tl_value_string(tl_buf_view(&machine->scratch));
		tl_slot_set(machine, TL_SLOT_TARGET, &target, false);
		emission.text = tl_buf_view(&machine->scratch);
		emission.shown = tl_buf_view(&shown);
		target = tl_value_string(emission.shown);
		tl_slot_set(machine, TL_SLOT_TARGET_SHOWN, &target, false);
		tl_await(machine, TL_WAIT_TRANSFER);
		tl_emit(machine, &emission);
	}
	tl_buf_clear(&shown);
}

static void refused(struct tl_machine *machine)
{
	const struct tl_outcome *failed = tl_pick(machine, (const enum tl_role[]){ TL_R_FAILED }, 1);
	struct tl_value target = tl_slot_value(machine->call, TL_SLOT_TARGET_SHOWN);

	if (failed)
		tl_leave(machine, failed);
	else
		tl_fail(machine, "transfer_refused", "the transfer to %.*s '%.*s' was refused", TL_FMT(tl_here(machine->call)->kind),
		        TL_FMT(target.text));
}

/* ---- subflows */

/* Defaults, then `inputs`, coerced to the callee's types, into the new frame. The caller's frame is `caller` below it. */
static bool give_defaults(struct tl_machine *machine, const struct tl_flow *flow, uint32_t first, uint32_t *bad)
{
	for (uint32_t i = 0; i < flow->n_variables; i++) {
		const struct tl_variable *variable = &flow->variables[i];
		struct tl_value value;

		if (!variable->has_default)
			continue;
		tl_buf_reset(&machine->scratch);
		*bad = i;
		if (!tl_value_coerce(&value, &variable->default_value, variable->type, &machine->scratch))
			return false;
		tl_slot_set(machine, first + i, &value, variable->type == variable->default_value.type);
	}
	return true;
}

/* A type_error about a variable of another flow than the present one. */
static void fail_type(struct tl_machine *machine, const struct tl_flow *flow, uint32_t slot)
{
	tl_fail(machine, "type_error", "the value given to '%.*s' of flow '%.*s' cannot become a %s", TL_FMT(flow->variables[slot].name.text),
	        TL_FMT(flow->id.text), tl_type_name(flow->variables[slot].type));
}

/* The values of `inputs` in the caller's frame, coerced for the callee; false when the call failed. */
static bool read_inputs(struct tl_machine *machine, const struct tl_flow *flow, struct tl_value *values, struct tl_arena *arena)
{
	const struct tl_node *node = tl_here(machine->call);

	for (uint32_t i = 0; i < node->n_inputs; i++) {
		uint32_t slot = tl_map_index(&flow->variable_names, node->inputs[i].name.text);
		struct tl_value value;

		if (!evaluate(machine, &value, node->inputs[i].value))
			return false;
		if (slot == TL_NONE)
			continue;
		if (!tl_value_coerce(&values[i], &value, flow->variables[slot].type, &machine->scratch)) {
			fail_type(machine, flow, slot);
			return false;
		}
		values[i] = lasting(arena, values[i]);
	}
	return true;
}

static void enter(struct tl_machine *machine, const struct tl_flow *flow)
{
	const struct tl_node *node = tl_here(machine->call);
	struct tl_arena arena = { 0 };
	struct tl_value *values = TL_ARENA_ARRAY(&arena, struct tl_value, node->n_inputs + 1);
	uint32_t bad = 0;

	if (read_inputs(machine, flow, values, &arena)) {
		tl_frame_push(machine, flow);
		uint32_t first = tl_frame(machine->call)->first_slot;
		bool good = give_defaults(machine, flow, first, &bad);

		for (uint32_t i = 0; i < node->n_inputs && good; i++) {
			uint32_t slot = tl_map_index(&flow->variable_names, node->inputs[i].name.text);

			if (slot != TL_NONE)
				tl_slot_set(machine, first + slot, &values[i], false);
		}
		if (!good) {
			tl_frame_pop(machine);
			fail_type(machine, flow, bad);
		} else {
			machine->go = flow->start.node;
		}
	}
	tl_arena_clear(&arena);
}

static void enter_subflow(struct tl_machine *machine)
{
	const struct tl_call *call = machine->call;
	struct tl_str id = tl_here(call)->subject ? tl_here(call)->subject->value.text : (struct tl_str){ 0 };
	const struct tl_flow *flow = call->program->find ? call->program->find(call->program->data, id) : NULL;

	if (!flow)
		tl_fail(machine, "unknown_flow", "there is no flow '%.*s'", TL_FMT(id));
	else if (call->n_frames > call->max_depth)
		tl_fail(machine, "subflow_too_deep", "%u subflows are open already", call->n_frames - 1);
	else
		enter(machine, flow);
}

/* {this flow's variable: the callee's}, copied at every end; an unset one leaves the caller's alone. */
static bool copy_outputs(struct tl_machine *machine, const struct tl_flow *callee, uint32_t callee_slots)
{
	const struct tl_node *node = tl_here(machine->call);

	for (uint32_t i = 0; i < node->n_outputs; i++) {
		uint32_t slot = tl_map_index(&callee->variable_names, node->outputs[i].field);
		struct tl_value value = slot == TL_NONE ? TL_VALUE_UNSET : tl_slot_value(machine->call, callee_slots + slot);

		tl_buf_reset(&machine->scratch);
		if (value.type != TL_UNSET && !tl_assign(machine, node->outputs[i].slot, &value))
			return false;
	}
	return true;
}

static void return_from_subflow(struct tl_machine *machine, struct tl_str exit)
{
	struct tl_frame callee = *tl_frame(machine->call);
	const struct tl_flow *flow;
	const struct tl_node *node;

	/* The callee's slots stay where they are until the outputs are copied. */
	machine->call->n_frames--;
	if (!copy_outputs(machine, callee.flow, callee.first_slot))
		return;
	machine->call->n_slots = callee.first_slot;
	flow = tl_frame(machine->call)->flow;
	node = tl_here(machine->call);
	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		const struct tl_outcome *outcome = &tl_node_outcomes(flow, node)[i];

		if (outcome->role == TL_R_EXIT && exit.len > 0 && tl_str_equal(outcome->exit, exit)) {
			tl_leave(machine, outcome);
			return;
		}
	}
	LEAVE(machine, TL_R_OTHERWISE);
}

static void end(struct tl_machine *machine)
{
	const struct tl_node *node = tl_here(machine->call);

	if (machine->call->n_frames > 1 && !node->ends_call) {
		return_from_subflow(machine, node->exit);
		return;
	}
	if (machine->call->n_frames == 1)
		machine->call->exit = node->exit;
	tl_end(machine, TL_COMPLETED);
}

/* ---- the step */

static void set(struct tl_machine *machine)
{
	const struct tl_node *node = tl_here(machine->call);

	if (tl_assign_all(machine, node->assignments, node->n_assignments))
		LEAVE(machine, TL_R_NEXT);
}

static void jump(struct tl_machine *machine)
{
	LEAVE(machine, TL_R_NEXT);
}

static void (*const begin_table[TL_OP_KINDS])(struct tl_machine *machine) = {
	[TL_SAY] = say, [TL_MENU] = tl_ask_begin, [TL_GATHER] = tl_ask_begin, [TL_ASSIGN] = set,
	[TL_BRANCH] = branch, [TL_INVOKE] = invoke, [TL_WAIT] = jump, [TL_TRANSFER] = transfer,
	[TL_CALL] = enter_subflow, [TL_JUMP] = jump, [TL_END] = end,
};

/* Enters node after node until the call waits or has ended. */
static void go_on(struct tl_machine *machine)
{
	while (machine->go != TL_NONE) {
		struct tl_call *call = machine->call;
		struct tl_emission emission = { .kind = TL_EM_VISIT };
		struct tl_frame *frame = tl_frame(call);

		if (call->steps >= call->max_steps) {
			tl_end(machine, TL_STUCK);
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

	if (!give_defaults(machine, flow, TL_SLOTS_FIXED, &bad) || !give_facts(machine, flow, &bad)) {
		memset(&tl_slots(machine->call)[TL_SLOTS_FIXED], 0, flow->n_variables * sizeof(struct tl_slot));
		fail_type(machine, flow, bad);
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
		tl_end(machine, TL_ABANDONED);
		return true;
	case TL_EV_ANSWER:
		take_answer(machine, event);
		return true;
	case TL_EV_TAKEN:
		machine->call->transfer_kind = tl_here(machine->call)->kind;
		tl_end(machine, TL_COMPLETED);
		return true;
	case TL_EV_REFUSED:
		refused(machine);
		return true;
	}
	return false;
}

bool tl_call_step(struct tl_call **call, const struct tl_event *event, const struct tl_sink *sink)
{
	struct tl_machine machine = { .call = *call, .sink = sink, .go = TL_NONE };
	bool used = true;

	if (!fits(*call, event))
		return false;
	if (event->at_ms > machine.call->now_ms)
		machine.call->now_ms = event->at_ms;
	machine.clock_ms = machine.call->now_ms;
	if (machine.call->now_ms > machine.call->max_time_ms) {
		tl_end(&machine, TL_CALL_TIMED_OUT);
	} else {
		used = handle(&machine, event);
		go_on(&machine);
	}
	*call = machine.call;
	tl_buf_clear(&machine.scratch);
	tl_buf_clear(&machine.reads);
	return used;
}

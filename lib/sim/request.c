/* sim/request.c: what is asked of the outside, and what its answers mean: requests and transfers. */
#include "sim/state.h"

/* ---- requests */

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
		if (!tl_evaluate(machine, &inputs[i], node->inputs[i].value))
			return NULL;
		if (!tl_spend_value(machine, &inputs[i]))
			return NULL;
		inputs[i] = tl_lasting(arena, inputs[i]);
	}
	return inputs;
}

/* `inputs` are expanded before the answer is sought. */
void tl_request_begin(struct tl_machine *machine)
{
	const struct tl_node *node = tl_here(machine->call);
	struct tl_emission emission = { .kind = TL_EM_REQUEST, .service = node->service, .timeout_ms = node->timeout_ms };
	struct tl_arena arena = { 0 };

	emission.inputs = request_inputs(machine, &arena);
	tl_buf_reset(&machine->scratch);
	if (emission.inputs && (!node->subject || tl_expand(machine, &machine->scratch, node->subject, false))) {
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
		TL_LEAVE(machine, TL_R_FAILED, TL_R_NOT_FOUND);
	else if (event->answer == TL_ANSWER_FOUND)
		TL_LEAVE(machine, TL_R_FOUND);
	else
		TL_LEAVE(machine, TL_R_NOT_FOUND);
}

void tl_request_answered(struct tl_machine *machine, const struct tl_event *event)
{
	const struct tl_node *node = tl_here(machine->call);

	switch (event->answer) {
	case TL_ANSWER_NONE:
		tl_fail(machine, "no_data", node->service == TL_SERVICE_HOURS ? "the project file has no schedule '%.*s'" : "the case has no answer for '%.*s' under 'data'",
		        TL_FMT(node->subject->value.text));
		return;
	case TL_ANSWER_OPEN:
		TL_LEAVE(machine, TL_R_OPEN);
		return;
	case TL_ANSWER_CLOSED:
		TL_LEAVE(machine, TL_R_CLOSED);
		return;
	case TL_ANSWER_HOLIDAY:
		TL_LEAVE(machine, TL_R_HOLIDAY, TL_R_CLOSED);
		return;
	default:
		break;
	}
	if (node->service == TL_SERVICE_PROFILE)
		take_profile(machine, event);
	else if (event->answer == TL_ANSWER_TIMED_OUT)
		TL_LEAVE(machine, TL_R_TIMED_OUT, TL_R_FAILED);
	else if (event->answer == TL_ANSWER_FAILED)
		TL_LEAVE(machine, TL_R_FAILED);
	else if (take_outputs(machine, &event->values))
		TL_LEAVE(machine, TL_R_NEXT);
}

/* ---- transfers */

void tl_transfer_begin(struct tl_machine *machine)
{
	const struct tl_node *node = tl_here(machine->call);
	struct tl_emission emission = { .kind = TL_EM_TRANSFER };
	struct tl_value target;
	struct tl_buf shown = { 0 };

	tl_buf_reset(&machine->scratch);
	if (!node->subject || (tl_expand(machine, &machine->scratch, node->subject, false) && tl_expand(machine, &shown, node->subject, true))) {
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

void tl_transfer_refused(struct tl_machine *machine)
{
	const struct tl_outcome *failed = tl_pick(machine, (const enum tl_role[]){ TL_R_FAILED }, 1);
	struct tl_value target = tl_slot_value(machine->call, TL_SLOT_TARGET_SHOWN);

	if (failed)
		tl_leave(machine, failed);
	else
		tl_fail(machine, "transfer_refused", "the transfer to %.*s '%.*s' was refused", TL_FMT(tl_here(machine->call)->kind),
		        TL_FMT(target.text));
}


/* sim/subflow.c: entering a flow from another, and coming back. */
#include "sim/state.h"

bool tl_give_defaults(struct tl_machine *machine, const struct tl_flow *flow, uint32_t first, uint32_t *bad)
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

void tl_fail_type(struct tl_machine *machine, const struct tl_flow *flow, uint32_t slot)
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

		if (!tl_evaluate(machine, &value, node->inputs[i].value))
			return false;
		if (slot == TL_NONE)
			continue;
		if (!tl_value_coerce(&values[i], &value, flow->variables[slot].type, &machine->scratch)) {
			tl_fail_type(machine, flow, slot);
			return false;
		}
		if (!tl_spend_value(machine, &values[i]))
			return false;
		values[i] = tl_lasting(arena, values[i]);
	}
	return true;
}

/* Defaults, then `inputs`, into a new frame. */
static void enter(struct tl_machine *machine, const struct tl_flow *flow)
{
	const struct tl_node *node = tl_here(machine->call);
	struct tl_arena arena = { 0 };
	struct tl_value *values = TL_ARENA_ARRAY(&arena, struct tl_value, node->n_inputs + 1);
	uint32_t bad = 0;

	if (read_inputs(machine, flow, values, &arena)) {
		tl_frame_push(machine, flow);
		uint32_t first = tl_frame(machine->call)->first_slot;
		bool good = tl_give_defaults(machine, flow, first, &bad);

		for (uint32_t i = 0; i < node->n_inputs && good; i++) {
			uint32_t slot = tl_map_index(&flow->variable_names, node->inputs[i].name.text);

			if (slot != TL_NONE)
				tl_slot_set(machine, first + slot, &values[i], false);
		}
		if (!good) {
			tl_frame_pop(machine);
			tl_fail_type(machine, flow, bad);
		} else {
			machine->go = flow->start.node;
		}
	}
	tl_arena_clear(&arena);
}

void tl_subflow_enter(struct tl_machine *machine)
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

void tl_subflow_return(struct tl_machine *machine, struct tl_str exit)
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
	TL_LEAVE(machine, TL_R_OTHERWISE);
}


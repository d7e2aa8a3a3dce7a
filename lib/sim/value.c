/* sim/value.c: reading and setting the variables of the present frame. */
#include "base/clock.h"
#include "sim/state.h"

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

/* ---- values */

static bool fail_long(struct tl_machine *machine)
{
	tl_fail(machine, "type_error", "the call makes more than %llu bytes of text (limit 'text')", (unsigned long long)machine->call->max_text);
	return false;
}

bool tl_spend(struct tl_machine *machine, size_t bytes)
{
	struct tl_call *call = machine->call;

	call->text += bytes;
	return call->max_text == 0 || call->text <= call->max_text || fail_long(machine);
}

bool tl_spend_value(struct tl_machine *machine, const struct tl_value *value)
{
	bool has_text = value->type == TL_V_STRING || value->type == TL_V_OBJECT || value->type == TL_V_LIST;

	if (machine->scratch.overflow)
		return fail_long(machine);
	return !has_text || tl_spend(machine, value->text.len);
}

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
	if (!tl_spend_value(machine, &coerced))
		return false;
	tl_slot_set(machine, frame->first_slot + slot, &coerced, false);
	emission.value = tl_slot_value(machine->call, tl_frame(machine->call)->first_slot + slot);
	tl_emit(machine, &emission);
	return true;
}

bool tl_evaluate(struct tl_machine *machine, struct tl_value *out, const struct tl_expr *expr)
{
	struct tl_expr_env env = tl_machine_env(machine);
	struct tl_str unset = { 0 };

	tl_buf_reset(&machine->scratch);
	if (tl_expr_value(out, expr, &env, &machine->scratch, &unset))
		return !machine->scratch.overflow || fail_long(machine);
	tl_fail(machine, "unset_variable", "variable '%.*s' is not set", TL_FMT(unset));
	return false;
}

bool tl_expand(struct tl_machine *machine, struct tl_buf *out, const struct tl_expr *expr, bool mask)
{
	struct tl_expr_env env = tl_machine_env(machine);
	struct tl_str unset = { 0 };

	if (tl_expr_text(out, expr, &env, mask, &unset))
		return !out->overflow || fail_long(machine);
	tl_fail(machine, "unset_variable", "variable '%.*s' is not set", TL_FMT(unset));
	return false;
}

bool tl_assign_all(struct tl_machine *machine, const struct tl_assignment *assignments, uint32_t count)
{
	struct tl_value value;

	for (uint32_t i = 0; i < count; i++) {
		if (!tl_evaluate(machine, &value, assignments[i].value) || !tl_assign(machine, assignments[i].slot, &value))
			return false;
	}
	return true;
}

struct tl_value tl_lasting(struct tl_arena *arena, struct tl_value value)
{
	if (value.type == TL_V_STRING || value.type == TL_V_OBJECT || value.type == TL_V_LIST)
		value.text = tl_arena_dup(arena, value.text);
	return value;
}


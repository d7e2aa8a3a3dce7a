/* sim/state.c: the block of a call: frames, slots and the pool, in one piece of memory that can be copied. */
#include "sim/state.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_FRAMES 4u
#define SPARE_SLOTS 8u
#define FIRST_POOL 256u

static size_t round_up(size_t size)
{
	return (size + 15) & ~(size_t)15;
}

/* Lays the block out for these capacities and copies frames, slots and live strings from `old` (NULL: none). */
static struct tl_call *lay_out(const struct tl_call *old, uint32_t frames, uint32_t slots, size_t pool)
{
	size_t frames_at = round_up(sizeof(struct tl_call));
	size_t slots_at = frames_at + round_up(frames * sizeof(struct tl_frame));
	size_t pool_at = slots_at + round_up(slots * sizeof(struct tl_slot));
	struct tl_call *call = tl_alloc(pool_at + pool);

	memset(call, 0, sizeof(*call));
	if (old)
		*call = *old;
	call->size = pool_at + pool;
	call->frames_at = (uint32_t)frames_at;
	call->slots_at = (uint32_t)slots_at;
	call->pool_at = pool_at;
	call->frame_capacity = frames;
	call->slot_capacity = slots;
	call->pool_capacity = pool;
	call->pool_len = 0;
	if (!old)
		return call;
	memcpy(tl_frames(call), tl_frames(old), old->n_frames * sizeof(struct tl_frame));
	memcpy(tl_slots(call), tl_slots(old), old->n_slots * sizeof(struct tl_slot));
	for (uint32_t i = 0; i < call->n_slots; i++) {
		struct tl_slot *slot = &tl_slots(call)[i];

		if (!slot->pooled)
			continue;
		memcpy((char *)call + call->pool_at + call->pool_len, (const char *)old + old->pool_at + slot->u.offset, slot->len);
		slot->u.offset = call->pool_len;
		call->pool_len += slot->len;
	}
	return call;
}

struct tl_value tl_slot_value(const struct tl_call *call, uint32_t index)
{
	const struct tl_slot *slot = &tl_slots(call)[index];
	struct tl_value value = { .type = slot->type };

	if (slot->type == TL_V_NUMBER) {
		value.number = slot->u.number;
	} else if (slot->type == TL_V_BOOLEAN) {
		value.boolean = slot->u.boolean;
	} else if (slot->type != TL_UNSET) {
		value.text.len = slot->len;
		value.text.ptr = slot->pooled ? (const char *)call + call->pool_at + slot->u.offset : slot->u.text;
	}
	return value;
}

/* Live bytes of the pool. */
static size_t live(const struct tl_call *call)
{
	size_t sum = 0;

	for (uint32_t i = 0; i < call->n_slots; i++)
		sum += tl_slots(call)[i].pooled ? tl_slots(call)[i].len : 0;
	return sum;
}

/* Moves to a block with room for `more` bytes in its pool and some to come, the dead ones left behind. Thousands of calls are held at once: a pool stays close
 * to what lives in it. */
static struct tl_call *make_room(const struct tl_call *call, size_t more)
{
	size_t wanted = live(call) + more, capacity = round_up(wanted + wanted / 4 + FIRST_POOL / 2);

	return lay_out(call, call->frame_capacity, call->slot_capacity, capacity > call->pool_capacity ? capacity : call->pool_capacity);
}

/* Copies a text to the end of the pool. The text may lie in the block itself, so the old block is freed last. */
static uint64_t to_pool(struct tl_machine *machine, struct tl_str text)
{
	struct tl_call *old = NULL, *call = machine->call;
	uint64_t offset;

	if (call->pool_capacity - call->pool_len < text.len) {
		old = call;
		call = make_room(old, text.len);
		machine->call = call;
	}
	offset = call->pool_len;
	if (text.len > 0)
		memcpy((char *)call + call->pool_at + offset, text.ptr, text.len);
	call->pool_len += text.len;
	free(old);
	return offset;
}

void tl_slot_set(struct tl_machine *machine, uint32_t index, const struct tl_value *value, bool lasting)
{
	struct tl_slot slot = { .type = (uint8_t)value->type };

	if (value->type == TL_V_NUMBER) {
		slot.u.number = value->number;
	} else if (value->type == TL_V_BOOLEAN) {
		slot.u.boolean = value->boolean;
	} else if (value->type != TL_UNSET) {
		slot.len = (uint32_t)value->text.len;
		slot.pooled = !lasting;
		if (lasting)
			slot.u.text = value->text.ptr;
		else
			slot.u.offset = to_pool(machine, value->text);
	}
	tl_slots(machine->call)[index] = slot;
}

void tl_frame_push(struct tl_machine *machine, const struct tl_flow *flow)
{
	struct tl_call *call = machine->call;
	uint32_t first = call->n_slots;

	if (call->n_frames == call->frame_capacity || call->n_slots + flow->n_variables > call->slot_capacity) {
		uint32_t frames = call->n_frames == call->frame_capacity ? call->frame_capacity * 2 : call->frame_capacity;

		machine->call = lay_out(call, frames, call->n_slots + flow->n_variables + SPARE_SLOTS, call->pool_capacity);
		free(call);
		call = machine->call;
	}
	memset(&tl_slots(call)[first], 0, flow->n_variables * sizeof(struct tl_slot));
	call->n_slots += flow->n_variables;
	tl_frames(call)[call->n_frames++] = (struct tl_frame){ .flow = flow, .node = TL_NONE, .first_slot = first };
}

void tl_frame_pop(struct tl_machine *machine)
{
	machine->call->n_slots = tl_frame(machine->call)->first_slot;
	machine->call->n_frames--;
}

struct tl_call *tl_call_new(const struct tl_program *program, const struct tl_facts *facts)
{
	struct tl_call *call = lay_out(NULL, FIRST_FRAMES, TL_SLOTS_FIXED + program->flow->n_variables, FIRST_POOL);
	struct tl_machine machine = { .call = call };
	const struct tl_value language = tl_value_string(facts->language);

	call->program = program;
	call->given = facts->given;
	call->n_given = facts->n_given;
	call->start_ms = facts->start_ms;
	call->max_steps = facts->max_steps;
	call->max_text = facts->max_text;
	call->max_time_ms = facts->max_time_ms;
	call->max_depth = facts->max_depth;
	memset(tl_slots(call), 0, TL_SLOTS_FIXED * sizeof(struct tl_slot));
	call->n_slots = TL_SLOTS_FIXED;
	tl_slot_set(&machine, TL_SLOT_CALLER, &facts->caller, false);
	if (facts->language.len > 0)
		tl_slot_set(&machine, TL_SLOT_LANGUAGE, &language, false);
	tl_frame_push(&machine, program->flow);
	return machine.call;
}

void tl_call_free(struct tl_call *call)
{
	free(call);
}

struct tl_call *tl_call_copy(const struct tl_call *call)
{
	struct tl_call *copy = tl_alloc(call->size);

	memcpy(copy, call, call->pool_at + call->pool_len);
	return copy;
}

/* ---- what others may see */

enum tl_wait tl_call_waits(const struct tl_call *call)
{
	return call->wait;
}

uint64_t tl_call_ticket(const struct tl_call *call)
{
	return call->ticket;
}

int64_t tl_call_deadline(const struct tl_call *call)
{
	return call->deadline_ms;
}

int64_t tl_call_now(const struct tl_call *call)
{
	return call->now_ms;
}

int64_t tl_call_start(const struct tl_call *call)
{
	return call->start_ms;
}

size_t tl_call_bytes(const struct tl_call *call)
{
	return call->size;
}

uint64_t tl_call_steps(const struct tl_call *call)
{
	return call->steps;
}

enum tl_status tl_call_status(const struct tl_call *call)
{
	return call->status;
}

const char *tl_call_error(const struct tl_call *call)
{
	return call->error;
}

struct tl_str tl_call_error_message(const struct tl_call *call)
{
	return tl_slot_value(call, TL_SLOT_MESSAGE).text;
}

const struct tl_node *tl_call_node(const struct tl_call *call)
{
	return call->at_node;
}

const struct tl_flow *tl_call_flow(const struct tl_call *call)
{
	return call->at_flow;
}

struct tl_str tl_call_exit(const struct tl_call *call)
{
	return call->exit;
}

struct tl_str tl_call_transfer_kind(const struct tl_call *call)
{
	return call->transfer_kind;
}

struct tl_str tl_call_transfer_target(const struct tl_call *call, bool mask)
{
	return tl_slot_value(call, mask ? TL_SLOT_TARGET_SHOWN : TL_SLOT_TARGET).text;
}

struct tl_value tl_call_variable(const struct tl_call *call, uint32_t slot)
{
	return tl_slot_value(call, TL_SLOTS_FIXED + slot);
}

const char *tl_status_name(enum tl_status status)
{
	static const char *const names[] = { "running", "completed", "abandoned", "failed", "timed_out", "stuck" };

	return names[status];
}

const char *tl_attempt_name(enum tl_attempt result)
{
	static const char *const names[] = { "match", "no_match", "no_input" };

	return names[result];
}

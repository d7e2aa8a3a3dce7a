/* deploy/order.c: callees before callers: Tarjan's strongly connected components, which come out in just that order. Without recursion, as
 * a chain of calls may be as long as there are flows. */
#include "deploy/plan.h"

#include <stdlib.h>

/* A flow on the way down, and which of its callees is looked at next. */
struct frame {
	uint32_t flow;
	size_t next;
};

struct walk {
	const struct tl_wanted_list *wanted;
	struct tl_map by_flow;
	uint32_t *number, *low; /* 0: not seen yet */
	bool *on_stack;
	uint32_t *stack;
	struct frame *frames;
	size_t n_stack, n_frames;
	uint32_t seen;
	struct tl_plan_order *out;
	size_t n_out;
};

static void enter(struct walk *walk, uint32_t flow)
{
	walk->number[flow] = walk->low[flow] = ++walk->seen;
	walk->on_stack[flow] = true;
	walk->stack[walk->n_stack++] = flow;
	walk->frames[walk->n_frames++] = (struct frame){ flow, 0 };
}

static int compare_index(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* A component is whole: everything above `flow` on the stack. More than one flow is a circle. */
static void take_component(struct walk *walk, uint32_t flow)
{
	size_t first = walk->n_out;
	uint32_t member;

	do {
		member = walk->stack[--walk->n_stack];
		walk->on_stack[member] = false;
		walk->out->indexes[walk->n_out++] = member;
	} while (member != flow);
	qsort(walk->out->indexes + first, walk->n_out - first, sizeof(uint32_t), compare_index);
	if (walk->n_out - first == 1)
		return;
	for (size_t i = first; i < walk->n_out; i++)
		walk->out->circle[walk->out->indexes[i]] = walk->out->n_circles;
	walk->out->n_circles++;
}

/* The next callee of the innermost flow that is among the flows, or TL_NONE when all were looked at. */
static uint32_t next_callee(struct walk *walk, struct frame *frame)
{
	const struct tl_wanted *wanted = &walk->wanted->items[frame->flow];

	while (frame->next < wanted->n_callees) {
		uint32_t callee = tl_map_index(&walk->by_flow, wanted->callees[frame->next++]);

		if (callee != TL_NONE)
			return callee;
	}
	return TL_NONE;
}

static void lower_to(uint32_t *low, uint32_t value)
{
	if (value < *low)
		*low = value;
}

static void leave(struct walk *walk, uint32_t flow)
{
	walk->n_frames--;
	if (walk->low[flow] == walk->number[flow])
		take_component(walk, flow);
	if (walk->n_frames > 0)
		lower_to(&walk->low[walk->frames[walk->n_frames - 1].flow], walk->low[flow]);
}

static void walk_from(struct walk *walk, uint32_t root)
{
	enter(walk, root);
	while (walk->n_frames > 0) {
		struct frame *frame = &walk->frames[walk->n_frames - 1];
		uint32_t callee = next_callee(walk, frame);

		if (callee == TL_NONE)
			leave(walk, frame->flow);
		else if (walk->number[callee] == 0)
			enter(walk, callee);
		else if (walk->on_stack[callee])
			lower_to(&walk->low[frame->flow], walk->number[callee]);
	}
}

void tl_plan_order(struct tl_plan_order *out, struct tl_arena *arena, const struct tl_wanted_list *wanted)
{
	struct tl_arena scratch = { 0 };
	size_t count = wanted->count;
	struct walk walk = { .wanted = wanted, .out = out };

	out->indexes = TL_ARENA_ARRAY(arena, uint32_t, count);
	out->circle = TL_ARENA_ARRAY(arena, uint32_t, count);
	out->n_circles = 0;
	walk.number = TL_ARENA_ARRAY(&scratch, uint32_t, count);
	walk.low = TL_ARENA_ARRAY(&scratch, uint32_t, count);
	walk.on_stack = TL_ARENA_ARRAY(&scratch, bool, count);
	walk.stack = TL_ARENA_ARRAY(&scratch, uint32_t, count);
	walk.frames = TL_ARENA_ARRAY(&scratch, struct frame, count);
	for (uint32_t i = 0; i < count; i++) {
		out->circle[i] = TL_NONE;
		tl_map_put(&walk.by_flow, wanted->items[i].flow, NULL)->value.index = i;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (walk.number[i] == 0)
			walk_from(&walk, i);
	}
	tl_map_clear(&walk.by_flow);
	tl_arena_clear(&scratch);
}

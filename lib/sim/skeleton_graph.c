/* sim/skeleton_graph.c: the ways to each choice as the graph has them, of flows that the engine does not run: shortest first, by outcomes alone. What a
 * decision or an action has to give on the way is said beside the case. */
#include "sim/skeleton.h"

#include <stdlib.h>

#define STEPS_MOST 200

/* How a node is first reached. */
struct from {
	uint32_t node;             /* the one before, or TL_NONE */
	const struct tl_outcome *by; /* its outcome; NULL: it enters a routine */
	bool seen;
};

struct reading {
	struct tl_skeleton *out;
	const struct tl_flow *flow;
	struct from *from;
	uint32_t *queue;
	uint32_t count;
};

static void reach(struct reading *reading, const struct tl_target *target, uint32_t node, const struct tl_outcome *by)
{
	if (target->to != TL_TO_NODE || target->node == TL_NONE || reading->from[target->node].seen)
		return;
	reading->from[target->node] = (struct from){ node, by, true };
	reading->queue[reading->count++] = target->node;
}

static void reach_from(struct reading *reading, uint32_t index)
{
	const struct tl_node *node = &reading->flow->nodes[index];
	const struct tl_outcome *outcomes = tl_node_outcomes(reading->flow, node);

	if (node->op == TL_CALL && node->callee != TL_NONE)
		reach(reading, &reading->flow->routines[node->callee].entry, index, NULL);
	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		if (!outcomes[i].disabled)
			reach(reading, &outcomes[i].target, index, &outcomes[i]);
	}
}

/* What has to happen at a node so that a call goes on by an outcome. */
static void add_step(struct reading *reading, struct tl_skeleton_case *made, struct tl_item *inputs, const struct tl_node *node, const struct tl_outcome *by)
{
	struct tl_arena *arena = &reading->out->arena;
	struct tl_item *input = NULL;

	if (node->op == TL_MENU || node->op == TL_GATHER)
		input = by && by->role == TL_R_CHOICE ? tl_skeleton_input(arena, reading->flow, node, by)
		        : node->op == TL_GATHER && by && by->role == TL_R_NEXT ? tl_skeleton_input(arena, reading->flow, node, NULL) : NULL;
	if (input)
		tl_item_add(inputs, input);
	else if (by && node->n_outcomes > 1 && made->n_where < STEPS_MOST)
		made->where[made->n_where++] = tl_arena_printf(arena, "'%.*s' gives %.*s", TL_FMT(node->name.text), TL_FMT(by->name));
}

static void add_case(struct reading *reading, uint32_t menu, const struct tl_outcome *choice)
{
	struct tl_arena *arena = &reading->out->arena;
	const struct tl_flow *flow = reading->flow;
	struct tl_item *input = tl_skeleton_input(arena, flow, &flow->nodes[menu], choice), *inputs, *path, *expect;
	uint32_t *way = TL_ARENA_ARRAY(arena, uint32_t, STEPS_MOST), count = 0;
	struct tl_skeleton_case *made;

	if (!input) {
		tl_skeleton_note(reading->out, "%.*s of '%.*s' has neither a key nor words", TL_FMT(choice->name), TL_FMT(flow->nodes[menu].name.text));
		return;
	}
	for (uint32_t node = menu; node != TL_NONE && count < STEPS_MOST; node = reading->from[node].node)
		way[count++] = node;
	made = tl_skeleton_add(reading->out, &flow->nodes[menu], input);
	made->where = TL_ARENA_ARRAY(arena, struct tl_str, STEPS_MOST);
	inputs = tl_item_new(arena, TL_LIST);
	path = tl_item_new(arena, TL_LIST);
	while (count-- > 0) {
		const struct tl_outcome *by = count > 0 ? reading->from[way[count - 1]].by : choice;

		add_step(reading, made, inputs, &flow->nodes[way[count]], by);
		tl_item_add(path, tl_item_string(arena, flow->nodes[way[count]].name.text));
	}
	if (choice->target.to == TL_TO_NODE && choice->target.node != TL_NONE)
		tl_item_add(path, tl_item_string(arena, flow->nodes[choice->target.node].name.text));
	expect = tl_item_new(arena, TL_MAP);
	tl_item_put(expect, TL_STR("path"), path);
	made->inputs = inputs;
	made->expect = expect;
}

void tl_skeleton_read(struct tl_skeleton *skeleton)
{
	const struct tl_flow *flow = skeleton->flow;
	struct reading reading = { .out = skeleton, .flow = flow };

	reading.from = TL_ARENA_ARRAY(&skeleton->arena, struct from, flow->n_nodes);
	reading.queue = TL_ARENA_ARRAY(&skeleton->arena, uint32_t, flow->n_nodes);
	reach(&reading, &flow->start, TL_NONE, NULL);
	for (uint32_t i = 0; i < reading.count; i++) {
		const struct tl_node *node = &flow->nodes[reading.queue[i]];

		reach_from(&reading, reading.queue[i]);
		for (uint32_t j = 0; node->op == TL_MENU && j < node->n_outcomes; j++) {
			const struct tl_outcome *choice = &tl_node_outcomes(flow, node)[j];

			if (choice->role != TL_R_CHOICE)
				continue;
			if (skeleton->n_cases < TL_SKELETON_CASES)
				add_case(&reading, reading.queue[i], choice);
			else
				skeleton->left_out++;
		}
	}
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		if (flow->nodes[i].op == TL_MENU && !reading.from[i].seen)
			tl_skeleton_note(skeleton, "nothing leads to '%.*s'", TL_FMT(flow->nodes[i].name.text));
	}
}

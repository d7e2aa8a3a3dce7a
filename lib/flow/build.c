/* flow/build.c: nodes, outcomes and names are added in document order; names are resolved and arrays fixed at the end. */
#include "flow/build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_TIMEOUT_MS 5000
#define DEFAULT_CONFIDENCE 0.5
#define DEFAULT_MAX_DIGITS 32

/* Room for one more element of a flow's array while it is built. */
#define ADD(builder, array, count, capacity)                                                                          \
	((builder)->flow->array = tl_grow((builder)->flow->array, &(builder)->capacity, (size_t)(builder)->flow->count + 1, \
	                                  sizeof(*(builder)->flow->array)),                                               \
	 memset(&(builder)->flow->array[(builder)->flow->count], 0, sizeof(*(builder)->flow->array)), (builder)->flow->count++)

void tl_builder_init(struct tl_builder *builder, struct tl_doc *doc, enum tl_dialect dialect, const struct tl_lower *lower)
{
	memset(builder, 0, sizeof(*builder));
	builder->flow = tl_alloc_zero(1, sizeof(*builder->flow));
	builder->flow->doc = doc;
	builder->flow->dialect = dialect;
	builder->lower = lower;
}

struct tl_target tl_target_named(struct tl_name name)
{
	return (struct tl_target){ .to = TL_TO_NODE, .node = TL_NONE, .name = name };
}

uint32_t tl_builder_node(struct tl_builder *builder, enum tl_op op, struct tl_name name)
{
	uint32_t index = ADD(builder, nodes, n_nodes, node_capacity);
	struct tl_node *node = &builder->flow->nodes[index];
	bool made;
	struct tl_map_entry *entry = tl_map_put(&builder->flow->node_names, name.text, &made);

	if (made)
		entry->value.index = index;
	node->op = op;
	node->name = name;
	node->prompt = TL_NONE;
	node->callee = TL_NONE;
	node->first_outcome = builder->flow->n_outcomes;
	node->ask = (struct tl_ask){
		.no_input = { .prompt = TL_NONE },
		.no_match = { .prompt = TL_NONE },
		.timeout_ms = DEFAULT_TIMEOUT_MS,
		.min_confidence = DEFAULT_CONFIDENCE,
		.joint_budget = TL_NONE,
	};
	node->min_digits = 1;
	node->max_digits = DEFAULT_MAX_DIGITS;
	node->terminator = '#';
	node->timeout_ms = DEFAULT_TIMEOUT_MS;
	return index;
}

uint32_t tl_builder_outcome(struct tl_builder *builder, uint32_t node, enum tl_role role, struct tl_str name, struct tl_target target,
                            struct tl_span span)
{
	uint32_t index = ADD(builder, outcomes, n_outcomes, outcome_capacity);
	struct tl_node *owner = &builder->flow->nodes[node];

	if (owner->n_outcomes == 0)
		owner->first_outcome = index;
	assert(owner->first_outcome + owner->n_outcomes == index);
	owner->n_outcomes++;
	builder->flow->outcomes[index] = (struct tl_outcome){
		.name = name, .role = role, .target = target, .span = span, .prompt = TL_NONE,
	};
	return index;
}

uint32_t tl_builder_variable(struct tl_builder *builder, struct tl_str name)
{
	bool made;
	struct tl_map_entry *entry = tl_map_put(&builder->flow->variable_names, name, &made);

	if (made) {
		entry->value.index = ADD(builder, variables, n_variables, variable_capacity);
		builder->flow->variables[entry->value.index].name.text = name;
	}
	return entry->value.index;
}

uint32_t tl_builder_prompt(struct tl_builder *builder, struct tl_name name)
{
	uint32_t index = ADD(builder, prompts, n_prompts, prompt_capacity);
	bool made;

	builder->flow->prompts[index].name = name;
	if (name.text.len > 0) {
		struct tl_map_entry *entry = tl_map_put(&builder->flow->prompt_names, name.text, &made);

		if (made)
			entry->value.index = index;
	}
	return index;
}

uint32_t tl_builder_prompt_named(struct tl_builder *builder, struct tl_name name)
{
	uint32_t index = tl_map_index(&builder->flow->prompt_names, name.text);

	return index != TL_NONE ? index : tl_builder_prompt(builder, name);
}

uint32_t tl_builder_routine(struct tl_builder *builder, enum tl_routine_kind kind, struct tl_name name)
{
	uint32_t index = ADD(builder, routines, n_routines, routine_capacity);

	builder->flow->routines[index].kind = kind;
	builder->flow->routines[index].name = name;
	return index;
}

struct tl_need *tl_builder_need(struct tl_builder *builder, enum tl_need_kind kind, struct tl_str name, struct tl_span span, uint32_t node)
{
	uint32_t index = ADD(builder, needs, n_needs, need_capacity);
	struct tl_need *need = &builder->flow->needs[index];

	*need = (struct tl_need){ .kind = kind, .name = name, .span = span, .node = node, .fixed = true };
	return need;
}

static void resolve(struct tl_flow *flow, struct tl_target *target)
{
	if (target->to != TL_TO_NODE || target->node != TL_NONE)
		return;
	target->node = tl_map_index(&flow->node_names, target->name.text);
	if (target->node == TL_NONE)
		target->to = TL_TO_NOWHERE;
}

/* Moves a grown array into the flow's arena. */
static void *fixed(struct tl_arena *arena, void *array, size_t count, size_t size)
{
	void *copy = count > 0 ? tl_arena_alloc(arena, count, size) : NULL;

	if (count > 0)
		memcpy(copy, array, count * size);
	free(array);
	return copy;
}

#define FIX(flow, array, count) ((flow)->array = fixed(&(flow)->arena, (flow)->array, (flow)->count, sizeof(*(flow)->array)))

struct tl_flow *tl_builder_finish(struct tl_builder *builder)
{
	struct tl_flow *flow = builder->flow;

	if (flow->n_routines == 0)
		tl_builder_routine(builder, TL_ROUTINE_FLOW, flow->id);
	FIX(flow, nodes, n_nodes);
	FIX(flow, outcomes, n_outcomes);
	FIX(flow, variables, n_variables);
	FIX(flow, prompts, n_prompts);
	FIX(flow, routines, n_routines);
	FIX(flow, needs, n_needs);
	for (uint32_t i = 0; i < flow->n_outcomes; i++)
		resolve(flow, &flow->outcomes[i].target);
	for (uint32_t i = 0; i < flow->n_routines; i++) {
		resolve(flow, &flow->routines[i].entry);
		for (uint32_t j = 0; j < flow->routines[i].n_handlers; j++)
			resolve(flow, &flow->routines[i].handlers[j].target);
	}
	flow->start = flow->routines[0].entry;
	builder->flow = NULL;
	return flow;
}

/* check/summary.c: what a flow shows to others. */
#include "check/summary.h"

#include "check/types.h"

static void add_exits(struct tl_summary *out, struct tl_arena *arena, const struct tl_flow *flow)
{
	struct tl_map seen = { 0 };

	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		if (flow->nodes[i].op == TL_END && !flow->nodes[i].ends_call)
			tl_map_put(&seen, flow->nodes[i].exit, NULL);
	}
	out->exits = TL_ARENA_ARRAY(arena, struct tl_str, seen.count);
	for (size_t i = 0; i < seen.count; i++)
		out->exits[out->n_exits++] = seen.entries[i].key;
	tl_map_clear(&seen);
}

static void add_variables(struct tl_summary *out, struct tl_arena *arena, const struct tl_flow *flow)
{
	out->variables = TL_ARENA_ARRAY(arena, struct tl_summary_variable, flow->n_variables);
	for (uint32_t i = 0; i < flow->n_variables; i++) {
		const struct tl_variable *v = &flow->variables[i];

		if (v->declared)
			out->variables[out->n_variables++] = (struct tl_summary_variable){ v->name.text, v->type, v->sensitive };
	}
}

static void add_inputs(struct tl_summary_ref *ref, struct tl_arena *arena, const struct tl_flow *flow, const struct tl_node *node)
{
	ref->inputs = TL_ARENA_ARRAY(arena, struct tl_summary_argument, node->n_inputs);
	for (uint32_t i = 0; i < node->n_inputs; i++) {
		const struct tl_argument *argument = &node->inputs[i];
		struct tl_summary_argument *in = &ref->inputs[ref->n_inputs++];
		struct tl_str name;

		*in = (struct tl_summary_argument){ .name = argument->name, .fits = TL_FIT_ALL };
		if (!argument->value)
			continue;
		in->value_span = argument->value->span;
		in->fits = tl_expr_fits(flow, argument->value);
		in->sensitive = tl_expr_sensitive(flow, argument->value, &name);
	}
}

static void add_outputs(struct tl_summary_ref *ref, struct tl_arena *arena, const struct tl_flow *flow, const struct tl_node *node)
{
	ref->outputs = TL_ARENA_ARRAY(arena, struct tl_summary_argument, node->n_outputs);
	for (uint32_t i = 0; i < node->n_outputs; i++) {
		const struct tl_argument *argument = &node->outputs[i];
		struct tl_summary_argument *out = &ref->outputs[ref->n_outputs++];

		*out = (struct tl_summary_argument){ .name = { argument->field, argument->field_span }, .value_span = argument->name.span };
		if (argument->slot >= flow->n_variables)
			continue;
		const struct tl_variable *variable = &flow->variables[argument->slot];
		out->fits = variable->type == TL_UNSET ? 0 : TL_FIT(variable->type);
		out->sensitive = variable->sensitive;
	}
}

static void add_ref_exits(struct tl_summary_ref *ref, struct tl_arena *arena, const struct tl_flow *flow, const struct tl_node *node)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(flow, node);

	ref->exits = TL_ARENA_ARRAY(arena, struct tl_name, node->n_outcomes);
	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		if (outcomes[i].role == TL_R_EXIT)
			ref->exits[ref->n_exits++] = (struct tl_name){ outcomes[i].exit, outcomes[i].key_span };
	}
}

static void add_refs(struct tl_summary *out, struct tl_arena *arena, const struct tl_flow *flow)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < flow->n_nodes; i++)
		count += tl_node_callee(&flow->nodes[i]) != NULL;
	out->refs = TL_ARENA_ARRAY(arena, struct tl_summary_ref, count);
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_node *node = &flow->nodes[i];
		struct tl_summary_ref *ref;

		if (!tl_node_callee(node))
			continue;
		ref = &out->refs[out->n_refs++];
		*ref = (struct tl_summary_ref){
			.flow = { node->subject->value.text, node->subject->span },
			.call = node->op == TL_CALL,
			.strict = flow->dialect != TL_DIALECT_ARCHITECT,
		};
		if (!ref->call)
			continue;
		add_ref_exits(ref, arena, flow, node);
		add_inputs(ref, arena, flow, node);
		add_outputs(ref, arena, flow, node);
	}
}

static void add_audios(struct tl_summary *out, struct tl_arena *arena, const struct tl_flow *flow)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < flow->n_prompts; i++)
		count += flow->prompts[i].n_audios;
	out->audios = TL_ARENA_ARRAY(arena, struct tl_str, count);
	for (uint32_t i = 0; i < flow->n_prompts; i++) {
		for (uint32_t j = 0; j < flow->prompts[i].n_audios; j++) {
			const struct tl_expr *text = flow->prompts[i].audios[j].text;

			if (text && text->kind == TL_E_LITERAL && text->value.type == TL_V_STRING)
				out->audios[out->n_audios++] = text->value.text;
		}
	}
}

void tl_summary_of(struct tl_summary *out, struct tl_arena *arena, const struct tl_flow *flow)
{
	*out = (struct tl_summary){ .kind = TL_SUMMARY_FLOW, .dialect = flow->dialect, .id = flow->id, .renamed_from = flow->renamed_from, .type = flow->architect_type };
	add_exits(out, arena, flow);
	add_variables(out, arena, flow);
	add_refs(out, arena, flow);
	add_audios(out, arena, flow);
}

/* A name that hashes to 0 shares its key with 1: a key only says where to look. */
static uint64_t key_of(struct tl_str type, struct tl_str id)
{
	uint64_t key = tl_str_hash(id) ^ (type.len > 0 ? tl_str_hash(type) * 31 : 0);

	return key ? key : 1;
}

uint64_t tl_summary_key(const struct tl_summary *summary)
{
	struct tl_str id = summary->id.text;

	/* A name with a placeholder that has no value is not a name yet. */
	if (summary->kind != TL_SUMMARY_FLOW || id.len == 0 || tl_str_find(id, TL_STR("{{"), 0) != SIZE_MAX)
		return 0;
	return key_of(summary->type, id);
}

uint64_t tl_summary_key_of(struct tl_str id)
{
	return key_of(TL_STR(""), id);
}

uint64_t tl_summary_refs(const struct tl_summary *summary)
{
	uint64_t bits = summary->renamed_from.text.len > 0 ? tl_summary_bit(tl_summary_key_of(summary->renamed_from.text)) : 0;

	for (uint32_t i = 0; i < summary->n_refs; i++)
		bits |= tl_summary_bit(tl_summary_key_of(summary->refs[i].flow.text));
	return bits;
}

/* platform/remote_trace.c: steps by the names of nodes; several actions of one node, and the platform's own beginning, stand among them. */
#include "platform/remote_trace.h"

#include "doc/json.h"

const struct tl_node *tl_trace_node(const struct tl_flow *flow, struct tl_str name)
{
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		if (tl_str_equal(flow->nodes[i].name.text, name))
			return &flow->nodes[i];
	}
	return NULL;
}

bool tl_trace_was_executed(struct tl_str status, struct tl_str type)
{
	return !tl_str_is(status, "skipped") || tl_str_is(type, "DataAction");
}

bool tl_trace_enters_others(const struct tl_flow *flow)
{
	for (uint32_t i = 0; i < flow->n_needs; i++) {
		if (flow->needs[i].kind == TL_NEED_FLOW || flow->needs[i].kind == TL_NEED_MODULE)
			return true;
	}
	return false;
}

/* Several actions of one node are "name#2" there. */
static struct tl_str own_name(const struct tl_trace_step *step)
{
	return tl_str_slice(step->node, 0, tl_str_find(step->node, TL_STR("#"), 0));
}

/* Of the platform itself, or not run. */
static bool is_beside(const struct tl_trace_step *step, const struct tl_flow *flow)
{
	return tl_str_is(step->status, "skipped") || ((tl_str_is(step->type, "Start") || tl_str_is(step->type, "start")) && !tl_trace_node(flow, step->node));
}

bool tl_trace_is_stranger(const struct tl_trace_step *step, const struct tl_flow *flow)
{
	return !is_beside(step, flow) && !tl_trace_node(flow, step->node) && !tl_trace_node(flow, own_name(step));
}

bool tl_trace_has_stranger(const struct tl_trace *trace, const struct tl_flow *flow)
{
	for (size_t i = 0; !tl_trace_enters_others(flow) && i < trace->count; i++) {
		if (tl_trace_is_stranger(&trace->steps[i], flow))
			return true;
	}
	return false;
}

struct tl_str tl_trace_path(struct tl_arena *arena, const struct tl_trace *trace, const struct tl_flow *flow)
{
	struct tl_buf text = { 0 };
	struct tl_json json;
	struct tl_str kept;

	tl_json_init(&json, &text, false);
	tl_json_list(&json);
	for (size_t i = 0; i < trace->count; i++) {
		const struct tl_trace_step *step = &trace->steps[i];

		if (!is_beside(step, flow) && (tl_trace_node(flow, step->node) || !tl_trace_node(flow, own_name(step))))
			tl_json_string(&json, step->node);
	}
	tl_json_list_end(&json);
	kept = tl_arena_dup(arena, tl_buf_view(&text));
	tl_buf_clear(&text);
	return kept;
}

const struct tl_changed *tl_run_variable(const struct tl_run *run, struct tl_str name)
{
	for (size_t i = 0; i < run->n_variables; i++) {
		if (tl_str_equal(run->variables[i].name, name))
			return &run->variables[i];
	}
	return NULL;
}

bool tl_changed_is_hidden(const struct tl_changed *variable)
{
	return variable && variable->sensitive && variable->value.type == TL_V_STRING && tl_str_is(variable->value.text, TL_MASK);
}

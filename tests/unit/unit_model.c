/* tests/unit/unit_model.c: a model in words, line by line. */
#include "unit_model.h"

#include "unit_flow.h"

static const char *const to_names[] = { [TL_TO_NOWHERE] = "(nowhere)", [TL_TO_RETURN] = "(return)", [TL_TO_END] = "(end)" };

static void add_target(struct tl_buf *buf, const struct tl_flow *flow, const struct tl_target *target)
{
	if (target->to == TL_TO_NODE)
		tl_buf_printf(buf, " -> %.*s", TL_FMT(flow->nodes[target->node].name.text));
	else
		tl_buf_printf(buf, " -> %s", to_names[target->to]);
	if (target->name.text.len > 0)
		tl_buf_printf(buf, " by '%.*s'", TL_FMT(target->name.text));
}

static void add_text(struct tl_buf *buf, const char *before, struct tl_str text)
{
	if (text.len > 0)
		tl_buf_printf(buf, "%s%.*s", before, TL_FMT(text));
}

static void add_tree(struct tl_buf *buf, const char *before, const struct tl_item *item)
{
	struct tl_arena arena = { 0 };

	if (item)
		tl_buf_printf(buf, "%s%s", before, unit_json(&arena, item));
	tl_arena_clear(&arena);
}

static void add_expr(struct tl_buf *buf, const char *before, const struct tl_expr *expr)
{
	struct tl_arena arena = { 0 };

	if (expr)
		add_tree(buf, before, tl_expr_item(&arena, expr));
	tl_arena_clear(&arena);
}

static void add_prompt(struct tl_buf *buf, const struct tl_flow *flow, const char *before, uint32_t index)
{
	const struct tl_prompt *prompt = index == TL_NONE ? NULL : &flow->prompts[index];

	if (prompt && prompt->name.text.len > 0)
		add_text(buf, before, prompt->name.text);
	else if (prompt)
		add_expr(buf, before, prompt->texts[0].text);
}

static void add_outcome(struct tl_buf *buf, const struct tl_flow *flow, const struct tl_outcome *outcome)
{
	tl_buf_printf(buf, "    %.*s%s%s", TL_FMT(outcome->name), outcome->implied ? " (implied)" : "", outcome->disabled ? " (disabled)" : "");
	add_text(buf, " key ", outcome->key);
	for (uint32_t i = 0; i < outcome->n_phrases; i++)
		tl_buf_printf(buf, " '%.*s'", TL_FMT(outcome->phrases[i].text));
	add_expr(buf, " when ", outcome->guard);
	add_target(buf, flow, &outcome->target);
	add_tree(buf, " extras ", outcome->extras);
	tl_buf_char(buf, '\n');
}

static void add_details(struct tl_buf *buf, const struct tl_flow *flow, const struct tl_node *node)
{
	add_prompt(buf, flow, " prompt ", node->prompt);
	add_prompt(buf, flow, " no match ", node->ask.no_match.prompt);
	if (node->op == TL_MENU || node->op == TL_GATHER)
		tl_buf_printf(buf, " timeout %dms retries %u %u", (int)node->ask.timeout_ms, node->ask.no_input.retries, node->ask.no_match.retries);
	if (node->ask.joint_budget != TL_NONE)
		tl_buf_printf(buf, " attempts %u", node->ask.joint_budget);
	if (node->op == TL_GATHER)
		tl_buf_printf(buf, " digits %u to %u '%c'", node->min_digits, node->max_digits, node->terminator ? node->terminator : ' ');
	if (node->has_into)
		add_text(buf, " into ", node->into.name.text);
	add_text(buf, " ", node->kind);
	add_expr(buf, " ", node->subject);
	if (node->callee != TL_NONE)
		add_text(buf, " routine ", flow->routines[node->callee].name.text);
	if (node->timeout_given)
		tl_buf_printf(buf, " within %dms", (int)node->timeout_ms);
	add_text(buf, " exit ", node->exit);
	add_text(buf, " reason ", node->reason);
	if (node->ends_call)
		tl_buf_text(buf, " ends the call");
}

static void add_node(struct tl_buf *buf, const struct tl_flow *flow, const struct tl_node *node)
{
	tl_buf_printf(buf, "  %.*s: %s %.*s%s", TL_FMT(node->name.text), tl_op_name(node->op), TL_FMT(node->type), node->unknown ? " (unknown)" : "");
	add_details(buf, flow, node);
	tl_buf_char(buf, '\n');
	for (uint32_t i = 0; i < node->n_assignments; i++) {
		tl_buf_printf(buf, "    set %.*s", TL_FMT(node->assignments[i].name.text));
		add_expr(buf, " = ", node->assignments[i].value);
		tl_buf_char(buf, '\n');
	}
	for (uint32_t i = 0; i < node->n_inputs; i++) {
		tl_buf_printf(buf, "    input %.*s", TL_FMT(node->inputs[i].name.text));
		add_expr(buf, " = ", node->inputs[i].value);
		tl_buf_char(buf, '\n');
	}
	for (uint32_t i = 0; i < node->n_outputs; i++)
		tl_buf_printf(buf, "    output %.*s = %.*s\n", TL_FMT(node->outputs[i].name.text), TL_FMT(node->outputs[i].field));
	for (uint32_t i = 0; i < node->n_outcomes; i++)
		add_outcome(buf, flow, &tl_node_outcomes(flow, node)[i]);
	add_tree(buf, "    extras ", node->extras);
	if (node->extras)
		tl_buf_char(buf, '\n');
}

static void add_variable(struct tl_buf *buf, const struct tl_variable *variable)
{
	tl_buf_printf(buf, "variable %.*s: %s '%.*s'%s%s%s", TL_FMT(variable->name.text), tl_type_name(variable->type), TL_FMT(variable->type_name),
	              variable->input ? " input" : "", variable->output ? " output" : "", variable->sensitive ? " sensitive" : "");
	add_text(buf, " of ", variable->scope);
	if (variable->has_default) {
		tl_buf_text(buf, " = ");
		tl_value_json(buf, &variable->default_value);
	}
	add_expr(buf, " = ", variable->default_expr);
	tl_buf_char(buf, '\n');
}

static void add_routine(struct tl_buf *buf, const struct tl_flow *flow, uint32_t index)
{
	static const char *const kinds[] = {
		[TL_ROUTINE_FLOW] = "flow", [TL_ROUTINE_TASK] = "task", [TL_ROUTINE_MENU] = "menu",
		[TL_ROUTINE_STATE] = "state", [TL_ROUTINE_BOT] = "bot", [TL_ROUTINE_CHOICE] = "choice",
	};
	static const char *const events[] = { "error", "budget", "hangup", "agent", "input" };
	const struct tl_routine *routine = &flow->routines[index];

	tl_buf_printf(buf, "%s %.*s%s%s", kinds[routine->kind], TL_FMT(routine->name.text), routine->repeats ? " (repeats)" : "",
	              routine->vendor_default ? " (vendor's default)" : "");
	add_target(buf, flow, &routine->entry);
	add_tree(buf, " extras ", routine->extras);
	tl_buf_char(buf, '\n');
	for (uint32_t i = 0; i < routine->n_handlers; i++) {
		const struct tl_handler *handler = &routine->handlers[i];

		tl_buf_printf(buf, "  on %s%s%s", events[handler->on], handler->by_key ? " by key" : "", handler->by_phrases ? " by phrases" : "");
		add_target(buf, flow, &handler->target);
		tl_buf_char(buf, '\n');
	}
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		if (flow->nodes[i].routine == index)
			add_node(buf, flow, &flow->nodes[i]);
	}
}

void unit_model(struct tl_buf *buf, const struct tl_flow *flow)
{
	static const char *const needs[] = {
		"queue", "flow", "action", "schedule", "prompt", "audio", "user", "module", "env", "other", "table", "group", "skill", "language", "code", "script",
	};

	for (uint32_t i = 0; i < flow->n_variables; i++)
		add_variable(buf, &flow->variables[i]);
	for (uint32_t i = 0; i < flow->n_routines; i++)
		add_routine(buf, flow, i);
	for (uint32_t i = 0; i < flow->n_needs; i++)
		tl_buf_printf(buf, "needs %s '%.*s'%s\n", needs[flow->needs[i].kind], TL_FMT(flow->needs[i].name),
		              flow->needs[i].fixed ? "" : " (not filled)");
	add_tree(buf, "extras ", flow->extras);
	if (flow->extras)
		tl_buf_char(buf, '\n');
}

void unit_findings(struct tl_buf *buf, struct tl_findings *findings)
{
	tl_findings_sort(findings);
	for (size_t i = 0; i < findings->count; i++) {
		const struct tl_finding *finding = &findings->items[i];

		tl_buf_printf(buf, "%u:%u %s [%s] %.*s%s%.*s\n", finding->place.line, finding->place.column, tl_level_name(finding->level),
		              finding->rule, TL_FMT(finding->message), finding->help.len > 0 ? "; " : "", TL_FMT(finding->help));
	}
}

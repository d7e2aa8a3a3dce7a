/* dialect/architect_branch.c: decision, switch, loop and callTask: actions whose outcomes are not just their outputs. */
#include "dialect/architect.h"

/* ---- decision */

void tl_arch_decision(struct tl_arch *arch, uint32_t node, const struct tl_item *item,
                      const struct tl_arch_scope *scope, uint32_t next)
{
	static const struct tl_arch_action row = {
		.kind = "decision",
		.op = TL_BRANCH,
		.shape = TL_SHAPE_DECISION,
		.outputs = { { "yes", TL_R_CASE }, { "no", TL_R_OTHERWISE } },
	};
	struct tl_arch_path outputs = { scope->path, TL_STR("outputs"), NULL };
	const struct tl_item *condition = tl_item_get(item, "condition");
	struct tl_expr *guard = tl_arch_expr(arch, condition, scope);
	struct tl_arch_branches branches = { 0 };
	struct tl_arch_scope inner = *scope;

	inner.path = &outputs;
	if (!guard) {
		tl_arch_say(arch, condition ? condition->span : item->key_span, TL_ERROR, "schema",
		            "a decision needs a 'condition'");
		guard = tl_arch_opaque(arch, TL_STR(""), item->key_span);
	}
	tl_arch_outputs(arch, &branches, item, &row);
	branches.items[0].guard = guard;
	tl_arch_lower_branches(arch, node, &branches, item, &inner, next);
}

/* ---- switch */

/* A value as Architect's expressions write it. */
static void write_value(struct tl_buf *buf, const struct tl_expr *value)
{
	if (value->kind == TL_E_VARIABLE)
		tl_buf_str(buf, value->variable.name);
	else if (value->kind == TL_E_OPAQUE)
		tl_buf_printf(buf, "(%.*s)", TL_FMT(value->value.text));
	else
		tl_value_json(buf, &value->value);
}

/* What a case of firstMatch asks: whether the value equals the case's. */
static struct tl_expr *match(struct tl_arch *arch, const struct tl_expr *value, const struct tl_expr *wanted)
{
	struct tl_buf buf = { 0 };
	struct tl_expr *guard;

	write_value(&buf, value);
	tl_buf_text(&buf, " == ");
	write_value(&buf, wanted);
	guard = tl_arch_opaque(arch, tl_arena_dup(tl_arch_arena(arch), tl_buf_view(&buf)), wanted->span);
	tl_buf_clear(&buf);
	return guard;
}

/* One case; `value` is that of firstMatch, NULL with firstTrue. */
static void add_case(struct tl_arch *arch, struct tl_arch_branches *branches, const struct tl_item *item,
                     const struct tl_expr *value, const struct tl_arch_scope *scope)
{
	const struct tl_item *wanted = tl_item_get(item, "value");
	struct tl_expr *guard = tl_arch_expr(arch, wanted, scope);
	struct tl_arch_branch *branch;

	if (!guard) {
		tl_arch_say(arch, wanted ? wanted->span : item->key_span, TL_ERROR, "schema", "a case needs a 'value'");
		guard = tl_arch_opaque(arch, TL_STR(""), item->key_span);
	} else if (value) {
		guard = match(arch, value, guard);
	}
	branch = tl_arch_branch(branches, tl_arena_printf(tl_arch_arena(arch), "case %zu", branches->count + 1),
	                        TL_R_CASE, item);
	branch->list = "cases";
	branch->guard = guard;
}

static void add_cases(struct tl_arch *arch, struct tl_arch_branches *branches, const struct tl_item *body,
                      const struct tl_expr *value, const struct tl_arch_scope *scope)
{
	const struct tl_item *cases = tl_arch_child(arch, body, "cases", TL_LIST),
			     *otherwise = tl_item_get(body, "default");

	for (const struct tl_item *entry = cases ? cases->first : NULL; entry; entry = entry->next) {
		const struct tl_item *item = tl_arch_one(arch, entry, "cases", "case");

		if (item)
			add_case(arch, branches, item, value, scope);
	}
	tl_arch_branch(branches, TL_STR("default"), TL_R_OTHERWISE, otherwise);
}

/* evaluate: {firstTrue: {cases, default}} or {firstMatch: {TYPE: {value, cases, default}}} */
void tl_arch_switch(struct tl_arch *arch, uint32_t node, const struct tl_item *item, const struct tl_arch_scope *scope,
                    uint32_t next)
{
	const struct tl_item *evaluate = tl_arch_child(arch, item, "evaluate", TL_MAP),
			     *first = tl_item_get(evaluate, "firstTrue");
	const struct tl_item *match_by = tl_item_get(evaluate, "firstMatch"),
			     *typed = match_by ? match_by->first : NULL;
	struct tl_arch_path evaluated = { scope->path, TL_STR("evaluate"), NULL };
	struct tl_arch_path how = { &evaluated, first ? TL_STR("firstTrue") : TL_STR("firstMatch"), NULL };
	struct tl_arch_path type = { &how, typed ? typed->key : TL_STR(""), NULL };
	struct tl_arch_branches branches = { 0 };
	struct tl_arch_scope inner = *scope;
	struct tl_expr *value = NULL;

	inner.path = first ? &how : &type;
	if (!first && typed) {
		value = tl_arch_expr(arch, tl_item_get(typed, "value"), scope);
		value = value ? value : tl_arch_opaque(arch, TL_STR(""), typed->key_span);
		tl_arch_flow(arch)->nodes[node].subject = value;
		tl_arch_flow(arch)->nodes[node].subject_given = true;
		tl_arch_flow(arch)->nodes[node].kind = typed->key;
	} else if (!first) {
		tl_arch_say(arch, item->key_span, TL_ERROR, "schema",
		            "a switch needs 'firstTrue' or 'firstMatch' under 'evaluate'");
	}
	add_cases(arch, &branches, first ? first : typed, value, scope);
	tl_arch_lower_branches(arch, node, &branches, item, &inner, next);
}

/* ---- loop */

/* The head counts from 0 by the entry; while the count is below `loopCount`, which is bound on entry, another turn is taken. The variable
 * of currentIndex shows the count. */
static struct tl_expr *turn_guard(struct tl_arch *arch, struct tl_name index, const struct tl_expr *count,
                                  struct tl_span span)
{
	struct tl_buf buf = { 0 };
	struct tl_expr *guard;

	tl_buf_str(&buf, index.text.len > 0 ? index.text : TL_STR("Index"));
	tl_buf_text(&buf, " < ");
	if (count)
		write_value(&buf, count);
	guard = tl_arch_opaque(arch, tl_arena_dup(tl_arch_arena(arch), tl_buf_view(&buf)), span);
	tl_buf_clear(&buf);
	return guard;
}

static void set_index(struct tl_arch *arch, uint32_t node, struct tl_name index, const struct tl_arch_scope *scope)
{
	struct tl_assignment *assignment = TL_ARENA_NEW(tl_arch_arena(arch), struct tl_assignment);

	assignment->name = index;
	assignment->slot = tl_arch_variable(arch, scope->routine, index);
	assignment->value = tl_arch_literal(arch, TL_STR(""), index.span);
	assignment->value->value = tl_value_number(0);
	tl_arch_flow(arch)->nodes[node].assignments = assignment;
	tl_arch_flow(arch)->nodes[node].n_assignments = 1;
}

/* `node` is the entry: index 0, once. The head comes after it and is where each turn starts. */
static uint32_t add_head(struct tl_arch *arch, uint32_t node, const struct tl_item *item,
                         const struct tl_arch_scope *scope)
{
	struct tl_name name = tl_arch_flow(arch)->nodes[node].name;
	struct tl_node *head;
	uint32_t index;

	name.text = tl_arch_unique(arch, &arch->node_names, name.text, TL_STR("turn"));
	index = tl_builder_node(&arch->builder, TL_BRANCH, name);
	head = &tl_arch_flow(arch)->nodes[index];
	head->type = item->key;
	head->type_span = item->key_span;
	head->span = item->span;
	head->routine = scope->routine;
	return index;
}

void tl_arch_loop(struct tl_arch *arch, uint32_t node, const struct tl_item *item, const struct tl_arch_scope *scope,
                  uint32_t next)
{
	static const struct tl_arch_action row = {
		.kind = "loop", .op = TL_BRANCH, .shape = TL_SHAPE_LOOP, .outputs = { { "loop", TL_R_CASE } }
	};
	const struct tl_item *count = tl_item_get(item, "loopCount");
	struct tl_name index = tl_arch_name(arch, tl_item_get(item, "currentIndex"), "var");
	struct tl_arch_path outputs = { scope->path, TL_STR("outputs"), NULL };
	struct tl_arch_branches branches = { 0 };
	struct tl_arch_scope inner = *scope;
	uint32_t head_label = tl_arch_label(arch), head;

	if (index.text.len > 0)
		set_index(arch, node, index, scope);
	tl_arch_outcome(arch, node, TL_R_NEXT, TL_STR("next"), head_label, item->key_span);
	head = add_head(arch, node, item, scope);
	tl_arch_bind(arch, head_label, head);
	inner.path = &outputs;
	inner.loop_head = head_label;
	inner.loop_exit = next;
	tl_arch_outputs(arch, &branches, item, &row);
	branches.items[0].guard =
		turn_guard(arch, index, tl_arch_flow(arch)->nodes[node].subject, count ? count->span : item->key_span);
	/* What stands in the loop goes on with the next turn, what the head leaves goes on after the loop. */
	tl_arch_branch(&branches, TL_STR("next"), TL_R_OTHERWISE, NULL)->label = next;
	tl_arch_lower_branches(arch, head, &branches, item, &inner, head_label);
}

/* ---- callTask */

/* A path by which the task may end and that the outputs lack is as good as `default`. */
void tl_arch_task(struct tl_arch *arch, uint32_t node, const struct tl_item *item, const struct tl_arch_action *row,
                  const struct tl_arch_scope *scope, uint32_t next)
{
	struct tl_name ref = tl_arch_name(arch, item, row->what);
	const struct tl_arch_place *place = tl_arch_find(arch, tl_arch_absolute(arch, scope->path, ref.text));
	uint32_t routine = place ? place->routine : TL_NONE;
	struct tl_arch_path outputs = { scope->path, TL_STR("outputs"), NULL };
	struct tl_node *call = &tl_arch_flow(arch)->nodes[node];
	struct tl_arch_branches branches = { 0 };
	struct tl_arch_scope inner = *scope;

	inner.path = &outputs;
	call->callee = routine;
	call->subject = tl_arch_literal(
		arch, routine != TL_NONE ? tl_arch_flow(arch)->routines[routine].name.text : ref.text, ref.span);
	call->subject_given = true;
	tl_arch_check_ref(arch, item, row->what, scope->path);
	tl_arch_outputs(arch, &branches, item, row);
	tl_arch_lower_branches(arch, node, &branches, item, &inner, next);
}

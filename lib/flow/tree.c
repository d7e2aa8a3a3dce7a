/* flow/tree.c: variables, prompts, assignments and nodes in the words of the native language. */
#include "flow/tree.h"

#include <stdlib.h>

#include "base/clock.h"

static void put_duration(const struct tl_tree *tree, struct tl_item *map, const char *key, int64_t ms)
{
	tl_item_put_some(map, key, tl_item_string(tree->arena, tl_duration_format(tree->arena, ms)));
}

static struct tl_item *value_item(const struct tl_tree *tree, const struct tl_expr *expr)
{
	if (!expr)
		return NULL;
	return tree->value ? tree->value(tree->arena, expr) : tl_expr_item(tree->arena, expr);
}

static void put_guard(const struct tl_tree *tree, struct tl_item *map, const struct tl_expr *guard)
{
	if (guard)
		tl_item_put_some(map, "when", tree->condition ? tree->condition(tree->arena, guard) : tl_expr_item(tree->arena, guard));
}

/* ---- variables */

static void put_allowed(const struct tl_tree *tree, struct tl_item *map, const struct tl_variable *variable)
{
	struct tl_item *list = tl_item_new(tree->arena, TL_LIST);

	for (uint32_t i = 0; i < variable->n_allowed; i++)
		tl_item_add(list, tl_value_item(tree->arena, &variable->allowed[i]));
	tl_item_put_some(map, "enum", list);
}

struct tl_item *tl_tree_variable(const struct tl_tree *tree, const struct tl_variable *variable)
{
	struct tl_item *map = tl_item_new(tree->arena, TL_MAP);

	tl_item_put_text(tree->arena, map, "type", variable->type_name);
	if (variable->default_expr)
		tl_item_put_some(map, "default", value_item(tree, variable->default_expr));
	else if (variable->has_default)
		tl_item_put_some(map, "default", tl_value_item(tree->arena, &variable->default_value));
	if (variable->allowed)
		put_allowed(tree, map, variable);
	if (variable->sensitive)
		tl_item_put_some(map, "sensitive", tl_item_boolean(tree->arena, true));
	if (variable->input)
		tl_item_put_some(map, "input", tl_item_boolean(tree->arena, true));
	if (variable->output)
		tl_item_put_some(map, "output", tl_item_boolean(tree->arena, true));
	tl_item_put_text(tree->arena, map, "scope", variable->scope);
	return map->count > 0 ? map : NULL;
}

/* ---- prompts */

/* A text is a template; the path of an audio file is never one. */
static struct tl_item *wording(const struct tl_tree *tree, const struct tl_wording *wording, bool is_text)
{
	if (is_text || wording->text->kind != TL_E_LITERAL)
		return value_item(tree, wording->text);
	return tl_value_item(tree->arena, &wording->text->value);
}

static struct tl_item *wordings_list(const struct tl_tree *tree, const struct tl_wording *wordings, uint32_t count, bool is_text)
{
	struct tl_item *list = tl_item_new(tree->arena, TL_LIST);

	for (uint32_t i = 0; i < count; i++) {
		struct tl_item *one = tl_item_add(list, tl_item_new(tree->arena, TL_MAP));

		tl_item_put_some(one, "language", tl_item_string(tree->arena, wordings[i].language));
		tl_item_put_some(one, is_text ? "text" : "audio", wording(tree, &wordings[i], is_text));
	}
	return list;
}

/* The first language is the one for callers without a language: of all orders, only this one is heard. */
static void put_wordings(const struct tl_tree *tree, struct tl_item *map, const struct tl_wording *wordings, uint32_t count, bool is_text)
{
	const char *key = is_text ? "text" : "audio";
	struct tl_item *by_language;

	if (count == 0)
		return;
	if (count == 1 && wordings[0].language.len == 0) {
		tl_item_put_some(map, key, wording(tree, &wordings[0], is_text));
		return;
	}
	if (tree->style == TL_TREE_LISTS) {
		tl_item_put_some(map, key, wordings_list(tree, wordings, count, is_text));
		return;
	}
	by_language = tl_item_new(tree->arena, TL_MAP);
	for (uint32_t i = 0; i < count; i++)
		tl_item_put(by_language, wordings[i].language, wording(tree, &wordings[i], is_text));
	tl_item_put_some(map, key, by_language);
	if (count > 1 && tree->style == TL_TREE_CANONICAL)
		tl_item_put_some(map, is_text ? "first_text" : "first_audio", tl_item_string(tree->arena, wordings[0].language));
}

struct tl_item *tl_tree_prompt(const struct tl_tree *tree, const struct tl_prompt *prompt)
{
	struct tl_item *map = tl_item_new(tree->arena, TL_MAP);

	put_wordings(tree, map, prompt->texts, prompt->n_texts, true);
	put_wordings(tree, map, prompt->audios, prompt->n_audios, false);
	if (prompt->duration_ms != 0)
		put_duration(tree, map, "duration", prompt->duration_ms);
	return map;
}

struct tl_item *tl_tree_prompt_use(const struct tl_tree *tree, uint32_t prompt)
{
	const struct tl_prompt *used;

	if (prompt == TL_NONE)
		return NULL;
	used = &tree->flow->prompts[prompt];
	return used->name.text.len > 0 ? tl_item_string(tree->arena, used->name.text) : tl_tree_prompt(tree, used);
}

/* ---- assignments */

/* What has been assigned by the assignments before one. */
struct reads {
	const struct tl_assignment *assignments;
	uint32_t before;
	const bool *assigned; /* by slot, or NULL: the assignments are few, and looked through */
	bool found;
};

static bool is_assigned(const struct reads *reads, uint32_t slot)
{
	if (reads->assigned)
		return reads->assigned[slot];
	for (uint32_t i = 0; i < reads->before; i++) {
		if (reads->assignments[i].slot == slot)
			return true;
	}
	return false;
}

static void visit_read(void *data, const struct tl_variable_ref *variable, struct tl_span span)
{
	struct reads *reads = data;

	(void)span;
	if (variable->scope == TL_S_FLOW && is_assigned(reads, variable->slot))
		reads->found = true;
}

#define FEW_ASSIGNMENTS 16

/* Whether the order of a set means something: a value reads an earlier one, or a name stands twice. */
static bool has_order(const struct tl_flow *flow, const struct tl_assignment *assignments, uint32_t count)
{
	bool *assigned = count > FEW_ASSIGNMENTS ? tl_alloc_zero(flow->n_variables, sizeof(bool)) : NULL;
	struct reads reads = { .assignments = assignments, .assigned = assigned };

	for (; reads.before < count && !reads.found; reads.before++) {
		const struct tl_assignment *assignment = &assignments[reads.before];

		tl_expr_variables(assignment->value, visit_read, &reads);
		/* What an opaque text reads is not known: it may be anything that was assigned before. */
		reads.found = reads.found || (reads.before > 0 && assignment->value && assignment->value->kind == TL_E_OPAQUE) ||
		              is_assigned(&reads, assignment->slot);
		if (assigned)
			assigned[assignment->slot] = true;
	}
	free(assigned);
	return reads.found;
}

static struct tl_item *assigned_value(const struct tl_tree *tree, const struct tl_assignment *assignment)
{
	struct tl_item *value = value_item(tree, assignment->value);

	return value ? value : tl_item_new(tree->arena, TL_NULL);
}

struct tl_item *tl_tree_assignments(const struct tl_tree *tree, const struct tl_assignment *assignments, uint32_t count)
{
	bool ordered = tree->style == TL_TREE_LISTS || (tree->style == TL_TREE_CANONICAL && has_order(tree->flow, assignments, count));
	struct tl_item *all = tl_item_new(tree->arena, ordered ? TL_LIST : TL_MAP);

	for (uint32_t i = 0; i < count; i++) {
		struct tl_item *one;

		if (!ordered) {
			tl_item_put(all, assignments[i].name.text, assigned_value(tree, &assignments[i]));
			continue;
		}
		one = tl_item_add(all, tl_item_new(tree->arena, TL_MAP));
		tl_item_put_some(one, "variable", tl_item_string(tree->arena, assignments[i].name.text));
		tl_item_put_some(one, "value", assigned_value(tree, &assignments[i]));
	}
	return all;
}

/* ---- nodes */

static void put_target(const struct tl_tree *tree, struct tl_item *map, const char *key, const struct tl_outcome *outcome)
{
	if (tree->targets && outcome)
		tl_item_put_text(tree->arena, map, key, outcome->target.name.text);
}

static void put_role(const struct tl_tree *tree, struct tl_item *map, const char *key, const struct tl_node *node, enum tl_role role)
{
	put_target(tree, map, key, tl_node_outcome(tree->flow, node, role));
}

static void put_fallback(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node, enum tl_role role)
{
	bool silence = role == TL_R_NO_INPUT;
	const struct tl_fallback *fallback = silence ? &node->ask.no_input : &node->ask.no_match;
	struct tl_item *item;

	if (!fallback->given)
		return;
	item = tl_item_new(tree->arena, TL_MAP);
	if (silence && node->ask.timeout_given)
		put_duration(tree, item, "timeout", node->ask.timeout_ms);
	if (fallback->retries > 0)
		tl_item_put_some(item, "retries", tl_item_number(tree->arena, fallback->retries));
	tl_item_put_some(item, "prompt", tl_tree_prompt_use(tree, fallback->prompt));
	put_role(tree, item, "next", node, role);
	tl_item_put_some(map, silence ? "no_input" : "no_match", item);
}

static void put_ask(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	tl_item_put_some(map, "prompt", tl_tree_prompt_use(tree, node->prompt));
	put_fallback(tree, map, node, TL_R_NO_INPUT);
	put_fallback(tree, map, node, TL_R_NO_MATCH);
	if (node->ask.min_confidence_given)
		tl_item_put_some(map, "min_confidence", tl_item_number(tree->arena, node->ask.min_confidence));
	put_role(tree, map, "otherwise", node, TL_R_OTHERWISE);
}

static struct tl_item *choice_item(const struct tl_tree *tree, const struct tl_outcome *choice)
{
	struct tl_item *map = tl_item_new(tree->arena, TL_MAP), *phrases;

	tl_item_put_text(tree->arena, map, "key", choice->key);
	if (choice->n_phrases > 0) {
		phrases = tl_item_new(tree->arena, TL_LIST);
		for (uint32_t i = 0; i < choice->n_phrases; i++)
			tl_item_add(phrases, tl_item_string(tree->arena, choice->phrases[i].text));
		tl_item_put_some(map, "phrases", phrases);
	}
	put_guard(tree, map, choice->guard);
	tl_item_put_some(map, "prompt", tl_tree_prompt_use(tree, choice->prompt));
	if (choice->n_assignments > 0)
		tl_item_put_some(map, "set", tl_tree_assignments(tree, choice->assignments, choice->n_assignments));
	put_target(tree, map, "next", choice);
	return map;
}

static void node_say(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	tl_item_put_some(map, "prompt", tl_tree_prompt_use(tree, node->prompt));
	put_role(tree, map, "next", node, TL_R_NEXT);
}

static void node_menu(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(tree->flow, node);
	struct tl_item *choices = tl_item_new(tree->arena, TL_LIST);

	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		if (outcomes[i].role == TL_R_CHOICE)
			tl_item_add(choices, choice_item(tree, &outcomes[i]));
	}
	tl_item_put_some(map, "choices", choices);
	put_ask(tree, map, node);
}

/* `accept` with nothing that is known accepts nothing, which is not the same as leaving it out. */
static void put_accept(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	static const struct {
		unsigned bit;
		const char *name;
	} kinds[] = { { TL_ACCEPT_DTMF, "dtmf" }, { TL_ACCEPT_SPEECH, "speech" }, { TL_ACCEPT_TEXT, "text" } };
	struct tl_item *list;

	if (node->accept_given == 0 && node->accept != 0)
		return;
	list = tl_item_new(tree->arena, TL_LIST);
	for (size_t i = 0; i < TL_COUNT(kinds); i++) {
		if (node->accept_given & kinds[i].bit)
			tl_item_add(list, tl_item_string(tree->arena, tl_str(kinds[i].name)));
	}
	tl_item_put_some(map, "accept", list);
}

static void put_digits(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	struct tl_item *digits = tl_item_new(tree->arena, TL_MAP);

	if (node->min_given)
		tl_item_put_some(digits, "min", tl_item_number(tree->arena, node->min_digits));
	if (node->max_given)
		tl_item_put_some(digits, "max", tl_item_number(tree->arena, node->max_digits));
	if (node->terminator_given)
		tl_item_put_text(tree->arena, digits, "terminator", (struct tl_str){ &node->terminator, 1 });
	if (digits->count > 0)
		tl_item_put_some(map, "digits", digits);
}

static void node_gather(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	if (node->has_into)
		tl_item_put_text(tree->arena, map, "into", node->into.name.text);
	put_accept(tree, map, node);
	put_digits(tree, map, node);
	put_ask(tree, map, node);
	put_role(tree, map, "next", node, TL_R_NEXT);
}

static void node_assign(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	tl_item_put_some(map, "values", tl_tree_assignments(tree, node->assignments, node->n_assignments));
	put_role(tree, map, "next", node, TL_R_NEXT);
}

static void node_branch(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(tree->flow, node);
	struct tl_item *cases = tl_item_new(tree->arena, TL_LIST), *one;

	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		if (outcomes[i].role != TL_R_CASE)
			continue;
		one = tl_item_add(cases, tl_item_new(tree->arena, TL_MAP));
		put_guard(tree, one, outcomes[i].guard);
		put_target(tree, one, "next", &outcomes[i]);
	}
	tl_item_put_some(map, "cases", cases);
	put_role(tree, map, "otherwise", node, TL_R_OTHERWISE);
}

static void put_arguments(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	struct tl_item *inputs = tl_item_new(tree->arena, TL_MAP), *outputs = tl_item_new(tree->arena, TL_MAP);

	for (uint32_t i = 0; i < node->n_inputs; i++)
		tl_item_put(inputs, node->inputs[i].name.text, value_item(tree, node->inputs[i].value));
	for (uint32_t i = 0; i < node->n_outputs; i++)
		tl_item_put(outputs, node->outputs[i].name.text, tl_item_string(tree->arena, node->outputs[i].field));
	if (inputs->count > 0)
		tl_item_put_some(map, "inputs", inputs);
	if (outputs->count > 0)
		tl_item_put_some(map, "outputs", outputs);
}

/* The name of an action, schedule or flow: a plain text. */
static void put_subject(const struct tl_tree *tree, struct tl_item *map, const char *key, const struct tl_node *node)
{
	if (node->subject && node->subject_given)
		tl_item_put_some(map, key, tl_value_item(tree->arena, &node->subject->value));
}

/* Outcomes that only this dialect's action has: {outcomes: {NAME: target}}. */
static void put_others(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(tree->flow, node);
	struct tl_item *others = tl_item_new(tree->arena, TL_MAP);

	for (uint32_t i = 0; i < node->n_outcomes && tree->targets; i++) {
		if (outcomes[i].role == TL_R_OTHER)
			tl_item_put(others, outcomes[i].name, tl_item_string(tree->arena, outcomes[i].target.name.text));
	}
	if (others->count > 0)
		tl_item_put_some(map, "outcomes", others);
}

static void node_invoke(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	static const struct {
		enum tl_role role;
		const char *key;
	} roles[] = {
		{ TL_R_NEXT, "next" }, { TL_R_FAILED, "failed" }, { TL_R_TIMED_OUT, "timed_out" }, { TL_R_FOUND, "found" },
		{ TL_R_NOT_FOUND, "not_found" }, { TL_R_OPEN, "open" }, { TL_R_CLOSED, "closed" }, { TL_R_HOLIDAY, "holiday" },
	};

	if (node->service == TL_SERVICE_DATA && !node->unknown)
		put_subject(tree, map, "action", node);
	else if (node->service == TL_SERVICE_HOURS)
		put_subject(tree, map, "schedule", node);
	else if (node->service == TL_SERVICE_PROFILE && node->subject_given)
		tl_item_put_some(map, "by", value_item(tree, node->subject));
	put_arguments(tree, map, node);
	if (node->timeout_given)
		put_duration(tree, map, "timeout", node->timeout_ms);
	for (size_t i = 0; i < TL_COUNT(roles); i++)
		put_role(tree, map, roles[i].key, node, roles[i].role);
	put_others(tree, map, node);
}

static void node_transfer(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	struct tl_item *to;

	if (node->subject) {
		to = tl_item_new(tree->arena, TL_MAP);
		tl_item_put(to, node->kind, value_item(tree, node->subject));
		tl_item_put_some(map, "to", to);
	}
	put_role(tree, map, "failed", node, TL_R_FAILED);
}

static void node_call(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(tree->flow, node);
	struct tl_item *exits = tl_item_new(tree->arena, TL_MAP);

	put_subject(tree, map, "flow", node);
	put_arguments(tree, map, node);
	for (uint32_t i = 0; i < node->n_outcomes && tree->targets; i++) {
		if (outcomes[i].role == TL_R_EXIT && outcomes[i].target.name.text.len > 0)
			tl_item_put(exits, outcomes[i].exit, tl_item_string(tree->arena, outcomes[i].target.name.text));
	}
	if (exits->count > 0)
		tl_item_put_some(map, "exits", exits);
	put_role(tree, map, "otherwise", node, TL_R_OTHERWISE);
}

static void node_jump(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	put_role(tree, map, "next", node, TL_R_NEXT);
}

static void node_end(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	tl_item_put_text(tree->arena, map, "exit", node->exit);
	tl_item_put_text(tree->arena, map, "reason", node->reason);
}

void tl_tree_node(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node)
{
	static void (*const table[TL_OP_KINDS])(const struct tl_tree *tree, struct tl_item *map, const struct tl_node *node) = {
		[TL_SAY] = node_say, [TL_MENU] = node_menu, [TL_GATHER] = node_gather, [TL_ASSIGN] = node_assign,
		[TL_BRANCH] = node_branch, [TL_INVOKE] = node_invoke, [TL_WAIT] = node_jump, [TL_TRANSFER] = node_transfer,
		[TL_CALL] = node_call, [TL_JUMP] = node_jump, [TL_END] = node_end,
	};

	table[node->op](tree, map, node);
}

/* dialect/architect_action.c: lists of actions run in order; what stands in an action's outputs goes on after the action. */
#include <stdlib.h>

#include "base/text.h"
#include "dialect/architect.h"

/* ---- Names */

struct tl_str tl_arch_unique(struct tl_arch *arch, struct tl_map *names, struct tl_str prefix, struct tl_str name)
{
	struct tl_arena *arena = tl_arch_arena(arch);
	struct tl_str base = prefix.len > 0 ? tl_arena_printf(arena, "%.*s/%.*s", TL_FMT(prefix), TL_FMT(name)) : name, wanted = base;
	bool made;

	tl_map_put(names, wanted, &made);
	while (!made) {
		uint32_t times = ++tl_map_find(names, base)->value.index + 1;

		wanted = tl_arena_printf(arena, "%.*s#%u", TL_FMT(base), times);
		tl_map_put(names, wanted, &made);
	}
	return wanted;
}

/* ---- Branches */

struct tl_arch_branch *tl_arch_branch(struct tl_arch_branches *branches, struct tl_str name, enum tl_role role, const struct tl_item *item)
{
	struct tl_arch_branch *branch;

	branches->items = tl_grow(branches->items, &branches->capacity, branches->count + 1, sizeof(*branches->items));
	branch = &branches->items[branches->count++];
	*branch = (struct tl_arch_branch){ .name = name, .role = role, .item = item, .label = TL_NONE };
	return branch;
}

static bool is_disabled(const struct tl_item *branch)
{
	const struct tl_item *enabled = tl_item_get(branch, "enabled");

	return enabled && enabled->kind == TL_BOOLEAN && !enabled->boolean;
}

static void add_phrase(struct tl_arch *arch, struct tl_outcome *outcome, struct tl_name phrase)
{
	outcome->phrases = TL_ARENA_NEW(tl_arch_arena(arch), struct tl_name);
	outcome->phrases[0] = phrase;
	outcome->n_phrases = 1;
}

static void add_outcome(struct tl_arch *arch, uint32_t node, struct tl_arch_branch *branch, const struct tl_item *action,
                        const struct tl_arch_scope *scope)
{
	struct tl_arch_taken taken = { .keys = { "enabled", "actions", "name", "value" }, .count = 4 };
	struct tl_outcome *outcome;

	branch->outcome = tl_arch_outcome(arch, node, branch->role, branch->name, branch->label,
	                                  branch->item ? branch->item->span : action->key_span);
	outcome = &tl_arch_flow(arch)->outcomes[branch->outcome];
	outcome->implied = !branch->item;
	outcome->disabled = is_disabled(branch->item);
	outcome->guard = branch->guard;
	outcome->exit = branch->role == TL_R_EXIT ? branch->name : TL_STR("");
	outcome->extras = tl_arch_extras(arch, branch->item, &taken, scope->path);
	if (branch->phrase.text.len > 0)
		add_phrase(arch, outcome, branch->phrase);
}

/* The steps to a branch's actions: yes/actions, paths/path[NAME]/actions. */
static void lower_branch(struct tl_arch *arch, const struct tl_arch_branch *branch, const struct tl_arch_scope *scope, uint32_t next)
{
	struct tl_arch_path list = { scope->path, tl_str(branch->list ? branch->list : ""), NULL };
	struct tl_arch_path own = { branch->list ? &list : scope->path, branch->item->key, branch->list ? branch->item : NULL };
	struct tl_arch_path actions = { &own, TL_STR("actions"), NULL };
	struct tl_arch_scope inner = *scope;

	inner.path = &actions;
	tl_arch_actions(arch, tl_arch_child(arch, branch->item, "actions", TL_LIST), &inner, branch->label, next);
}

void tl_arch_lower_branches(struct tl_arch *arch, uint32_t node, struct tl_arch_branches *branches, const struct tl_item *action,
                            const struct tl_arch_scope *scope, uint32_t next)
{
	for (size_t i = 0; i < branches->count; i++) {
		struct tl_arch_branch *branch = &branches->items[i];

		if (branch->item || branch->label == TL_NONE)
			branch->label = branch->item ? tl_arch_label(arch) : next;
		add_outcome(arch, node, branch, action, scope);
	}
	for (size_t i = 0; i < branches->count; i++) {
		if (branches->items[i].item)
			lower_branch(arch, &branches->items[i], scope, next);
	}
	free(branches->items);
	*branches = (struct tl_arch_branches){ 0 };
}

/* ---- Outputs */

static int compare_branches(const void *a, const void *b)
{
	const struct tl_arch_branch *left = a, *right = b;

	return tl_str_compare(left->name, right->name);
}

static bool in_row(const struct tl_arch_action *row, struct tl_str name)
{
	for (size_t i = 0; row && i < TL_ARCH_OUTPUTS && row->outputs[i].name; i++) {
		if (tl_str_is(name, row->outputs[i].name))
			return true;
	}
	return false;
}

/* A map with `actions`, or nothing at all (`no:`); anything else is a mistake. */
static bool is_output(struct tl_arch *arch, const struct tl_item *output)
{
	if (output->kind == TL_MAP || output->kind == TL_NULL)
		return true;
	tl_arch_say(arch, output->span, TL_ERROR, "schema", "the output '%.*s' must be a map with 'actions'", TL_FMT(output->key));
	return false;
}

/* An output that the row does not have, but one much like it. */
static void check_spelling(struct tl_arch *arch, const struct tl_item *outputs, const struct tl_item *output, const struct tl_arch_action *row)
{
	struct tl_str names[TL_ARCH_OUTPUTS], near;
	size_t count = 0;

	for (size_t i = 0; row && i < TL_ARCH_OUTPUTS && row->outputs[i].name; i++) {
		if (!tl_item_get(outputs, row->outputs[i].name))
			names[count++] = tl_str(row->outputs[i].name);
	}
	near = count > 0 ? tl_text_nearest(output->key, names, count) : TL_STR("");
	if (near.len > 0)
		tl_arch_suggest(arch,
		                tl_arch_say(arch, output->key_span, TL_WARNING, "schema", "'%s' has no output '%.*s'", row->kind, TL_FMT(output->key)),
		                output->key, names, count);
}

static enum tl_role listed_role(const struct tl_arch_action *row)
{
	if (row && row->op == TL_MENU)
		return TL_R_CHOICE;
	return row && row->op == TL_CALL ? TL_R_EXIT : TL_R_OTHER;
}

/* paths: [{path: {name, actions}}] */
static void add_listed(struct tl_arch *arch, struct tl_arch_branches *branches, const struct tl_item *list, const struct tl_arch_action *row)
{
	enum tl_role role = listed_role(row);
	struct tl_arch_branch *branch;

	for (const struct tl_item *entry = list->first; entry; entry = entry->next) {
		const struct tl_item *path = tl_arch_one(arch, entry, "paths", "path");
		struct tl_name name = tl_arch_name(arch, path, "name");

		if (!path || !is_output(arch, path))
			continue;
		branch = tl_arch_branch(branches, name.text, role, path);
		branch->list = list->key.ptr;
		if (role == TL_R_CHOICE) {
			branch->phrase = name;
			branch->name = tl_arena_printf(tl_arch_arena(arch), "choice %zu", branches->count);
		}
	}
}

static void add_others(struct tl_arch *arch, struct tl_arch_branches *branches, const struct tl_item *outputs, const struct tl_arch_action *row)
{
	size_t first = branches->count;
	bool call = row && row->op == TL_CALL;

	for (const struct tl_item *output = outputs ? outputs->first : NULL; output; output = output->next) {
		if (in_row(row, output->key) || output->kind == TL_LIST || !is_output(arch, output))
			continue;
		check_spelling(arch, outputs, output, row);
		tl_arch_branch(branches, tl_arch_key(arch, output), call ? TL_R_EXIT : tl_arch_role_of(output->key), output);
	}
	if (branches->count > first)
		qsort(branches->items + first, branches->count - first, sizeof(*branches->items), compare_branches);
}

void tl_arch_outputs(struct tl_arch *arch, struct tl_arch_branches *branches, const struct tl_item *action, const struct tl_arch_action *row)
{
	const struct tl_item *outputs = tl_arch_child(arch, action, "outputs", TL_MAP);

	for (const struct tl_item *list = outputs && listed_role(row) == TL_R_CHOICE ? outputs->first : NULL; list; list = list->next) {
		if (list->kind == TL_LIST)
			add_listed(arch, branches, list, row);
	}
	for (size_t i = 0; row && i < TL_ARCH_OUTPUTS && row->outputs[i].name; i++) {
		const struct tl_item *output = tl_item_get(outputs, row->outputs[i].name);

		tl_arch_branch(branches, tl_str(row->outputs[i].name), row->outputs[i].role, output && is_output(arch, output) ? output : NULL);
	}
	/* An action that has no outputs of its own goes on, whatever else it may do. */
	if (!row || (row->shape == TL_SHAPE_STEP && !row->outputs[0].name))
		tl_arch_branch(branches, TL_STR("next"), TL_R_NEXT, NULL);
	add_others(arch, branches, outputs, row);
	for (const struct tl_item *list = outputs && listed_role(row) != TL_R_CHOICE ? outputs->first : NULL; list; list = list->next) {
		if (list->kind == TL_LIST)
			add_listed(arch, branches, list, row);
	}
}

/* ---- Actions */

static void say_unknown(struct tl_arch *arch, const struct tl_item *item)
{
	struct tl_arena scratch = { 0 };
	struct tl_str *names = TL_ARENA_ARRAY(&scratch, struct tl_str, tl_arch_action_count);
	struct tl_finding *finding = tl_arch_say(arch, item->key_span, TL_NOTE, "unknown-action", "the action '%.*s' is not known here; it is kept as it is",
	                                         TL_FMT(item->key));

	for (size_t i = 0; i < tl_arch_action_count; i++)
		names[i] = tl_str(tl_arch_action_table[i].kind);
	tl_arch_suggest(arch, finding, item->key, names, tl_arch_action_count);
	tl_arena_clear(&scratch);
}

static uint32_t new_node(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_action *row, const struct tl_arch_scope *scope)
{
	struct tl_name label = tl_arch_name(arch, item, "name"), name = label;
	struct tl_node *node;
	uint32_t index;

	name.text = tl_arch_unique(arch, &arch->node_names, scope->prefix, label.text.len > 0 ? label.text : tl_arch_key(arch, item));
	if (label.text.len == 0)
		name.span = item->key_span;
	index = tl_builder_node(&arch->builder, row ? row->op : TL_INVOKE, name);
	node = &tl_arch_flow(arch)->nodes[index];
	node->type = item->key;
	node->type_span = item->key_span;
	node->label = label.text;
	node->description = tl_arch_name(arch, item, "description").text;
	node->span = item->span;
	node->routine = scope->routine;
	node->unknown = !row;
	node->service = row ? row->service : TL_SERVICE_OTHER;
	node->ends_call = row && row->ends_call;
	if (row && row->what && (row->op == TL_TRANSFER || row->op == TL_CALL))
		node->kind = row->shape == TL_SHAPE_TASK ? TL_STR("task") : tl_str(row->what);
	return index;
}

void tl_arch_say_node(struct tl_arch *arch, const struct tl_item *item, struct tl_str prefix, uint32_t entry, uint32_t next)
{
	const struct tl_arch_taken none = { .count = 0 };
	uint32_t prompt = tl_arch_prompt(arch, item), node;
	struct tl_name name = { tl_arch_unique(arch, &arch->node_names, prefix, item->key), item->key_span };

	node = tl_builder_node(&arch->builder, TL_SAY, name);
	tl_arch_flow(arch)->nodes[node].type = item->key;
	tl_arch_flow(arch)->nodes[node].type_span = item->key_span;
	tl_arch_flow(arch)->nodes[node].span = item->span;
	tl_arch_flow(arch)->nodes[node].prompt = prompt;
	if (prompt == TL_NONE)
		tl_arch_flow(arch)->nodes[node].extras = tl_arch_extras(arch, item, &none, &arch->top);
	tl_arch_bind(arch, entry, node);
	tl_arch_outcome(arch, node, TL_R_NEXT, TL_STR("next"), next, item->key_span);
	tl_arch_needs(arch, item, node);
}

/* What the flow's settings say of every such action, before its own say otherwise. */
static void apply_defaults(struct tl_arch *arch, uint32_t node, const struct tl_item *item)
{
	const struct tl_item *defaults = tl_item_get(tl_item_get(arch->root, "settingsActionDefaults"), "collectInput");
	struct tl_node *asks = &tl_arch_flow(arch)->nodes[node];
	int64_t ms;

	if (asks->op != TL_GATHER && asks->op != TL_MENU)
		return;
	if (tl_str_is(item->key, "collectInput")) {
		asks->accept = TL_ACCEPT_DTMF;
		if (tl_arch_duration(&ms, tl_item_get(defaults, "noEntryTimeout")))
			asks->ask.timeout_ms = ms;
		return;
	}
	asks->accept = arch->type->channel == TL_VOICE ? TL_ACCEPT_DTMF | TL_ACCEPT_SPEECH : TL_ACCEPT_TEXT;
	asks->ask.match = TL_MATCH_EXACT;
	tl_arch_question(arch, asks);
}

/* Puts the settings into the node, and what is left into its extras. */
static void read_settings(struct tl_arch *arch, uint32_t node, const struct tl_item *item, const struct tl_arch_action *row,
                          const struct tl_arch_scope *scope)
{
	struct tl_arch_taken taken = { .keys = { "name", "description", "outputs", "none" }, .count = 4 };
	const struct tl_item *failure = tl_item_get(item, "failureOutputs");

	for (const struct tl_item *setting = item->kind == TL_MAP ? item->first : NULL; setting; setting = setting->next) {
		if (!tl_str_is(setting->key, "outputs") && !tl_str_is(setting->key, "evaluate"))
			tl_arch_needs(arch, setting, node);
	}
	apply_defaults(arch, node, item);
	tl_arch_take_choice(&taken, item);
	for (size_t i = 0; row && i < TL_ARCH_FIELDS && row->fields[i].key; i++) {
		const struct tl_item *setting = tl_item_get(item, row->fields[i].key);

		if (setting && tl_arch_field(arch, node, row, row->fields[i].how, setting, scope))
			tl_arch_take(&taken, row->fields[i].key);
	}
	if (failure && failure->kind == TL_MAP) {
		tl_arch_results(arch, node, failure, "failureOutputs", scope);
		tl_arch_take(&taken, "failureOutputs");
	}
	tl_arch_flow(arch)->nodes[node].extras = tl_arch_extras(arch, item, &taken, scope->path);
}

static void jump(struct tl_arch *arch, uint32_t node, const struct tl_item *item, uint32_t label)
{
	tl_arch_outcome(arch, node, TL_R_NEXT, TL_STR("next"), label == TL_NONE ? TL_ARCH_RETURN : label, item->key_span);
}

static void jump_by_ref(struct tl_arch *arch, uint32_t node, const struct tl_item *item, const struct tl_arch_action *row,
                        const struct tl_arch_scope *scope)
{
	const struct tl_item *ref = tl_item_get(item, row->what);
	uint32_t outcome = tl_arch_outcome(arch, node, TL_R_NEXT, TL_STR("next"), TL_ARCH_RETURN, ref ? ref->span : item->key_span);

	tl_arch_aim(arch, outcome, item, row->what, scope->path);
}

static void jump_in_loop(struct tl_arch *arch, uint32_t node, const struct tl_item *item, uint32_t label)
{
	if (label == TL_NONE)
		tl_arch_say(arch, item->key_span, TL_ERROR, "schema", "'%.*s' stands in no loop", TL_FMT(item->key));
	jump(arch, node, item, label);
}

static void by_outputs(struct tl_arch *arch, uint32_t node, const struct tl_item *item, const struct tl_arch_action *row,
                       const struct tl_arch_scope *scope, uint32_t next)
{
	struct tl_arch_path outputs = { scope->path, TL_STR("outputs"), NULL };
	struct tl_arch_scope inner = *scope;
	struct tl_arch_branches branches = { 0 };

	inner.path = &outputs;
	tl_arch_outputs(arch, &branches, item, row);
	/* Where no answer counts any more and nothing else is said, the flow's own handling ends it. */
	if (row && row->shape == TL_SHAPE_MENU)
		tl_arch_branch(&branches, TL_STR("otherwise"), TL_R_OTHERWISE, NULL)->label = TL_ARCH_END;
	tl_arch_lower_branches(arch, node, &branches, item, &inner, next);
}

void tl_arch_action(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_action *row, const struct tl_arch_scope *scope,
                    uint32_t entry, uint32_t next)
{
	uint32_t node = new_node(arch, item, row, scope);

	tl_arch_bind(arch, entry, node);
	if (!row)
		say_unknown(arch, item);
	if (item->kind != TL_MAP && item->kind != TL_NULL)
		tl_arch_say(arch, item->span, TL_ERROR, "schema", "'%.*s' must be a map of settings", TL_FMT(item->key));
	read_settings(arch, node, item, row, scope);
	switch (row ? row->shape : TL_SHAPE_STEP) {
	case TL_SHAPE_STEP:
	case TL_SHAPE_MENU:
		by_outputs(arch, node, item, row, scope, next);
		break;
	case TL_SHAPE_END:
		break;
	case TL_SHAPE_DECISION:
		tl_arch_decision(arch, node, item, scope, next);
		break;
	case TL_SHAPE_SWITCH:
		tl_arch_switch(arch, node, item, scope, next);
		break;
	case TL_SHAPE_LOOP:
		tl_arch_loop(arch, node, item, scope, next);
		break;
	case TL_SHAPE_LOOP_NEXT:
		jump_in_loop(arch, node, item, scope->loop_head);
		break;
	case TL_SHAPE_LOOP_EXIT:
		jump_in_loop(arch, node, item, scope->loop_exit);
		break;
	case TL_SHAPE_JUMP:
		jump_by_ref(arch, node, item, row, scope);
		break;
	case TL_SHAPE_TASK:
		tl_arch_task(arch, node, item, row, scope, next);
		break;
	case TL_SHAPE_BACK:
		jump(arch, node, item, scope->menu_before);
		break;
	case TL_SHAPE_AGAIN:
		jump(arch, node, item, scope->menu);
		break;
	}
}

void tl_arch_actions(struct tl_arch *arch, const struct tl_item *list, const struct tl_arch_scope *scope, uint32_t entry, uint32_t next)
{
	for (const struct tl_item *entry_item = list ? list->first : NULL; entry_item; entry_item = entry_item->next) {
		const struct tl_item *item = tl_arch_one(arch, entry_item, "actions", "action kind");
		struct tl_arch_path path = { scope->path, item ? item->key : TL_STR(""), item };
		struct tl_arch_scope own = *scope;
		uint32_t after;

		if (!item)
			continue;
		own.path = &path;
		after = tl_arch_label(arch);
		tl_arch_action(arch, item, tl_arch_action_of(tl_arch_action_table, tl_arch_action_count, item->key), &own, entry, after);
		entry = after;
	}
	tl_arch_alias(arch, entry, next);
}

/* dialect/architect_action.c: lists of actions, which run in order. */
#include "dialect/architect.h"

/* ---- Names */

struct tl_str tl_arch_unique(struct tl_arch *arch, struct tl_map *names, struct tl_str prefix, struct tl_str name)
{
	struct tl_arena *arena = tl_arch_arena(arch);
	struct tl_str base = prefix.len > 0 ? tl_arena_printf(arena, "%.*s/%.*s", TL_FMT(prefix), TL_FMT(name)) : name,
		      wanted = base;
	bool made;

	tl_map_put(names, wanted, &made);
	while (!made) {
		uint32_t times = ++tl_map_find(names, base)->value.index + 1;

		wanted = tl_arena_printf(arena, "%.*s#%u", TL_FMT(base), times);
		tl_map_put(names, wanted, &made);
	}
	return wanted;
}

/* ---- Actions */

static void suggest_kind(struct tl_arch *arch, struct tl_finding *finding, struct tl_str kind)
{
	struct tl_arena scratch = { 0 };
	struct tl_str *names = TL_ARENA_ARRAY(&scratch, struct tl_str, tl_arch_action_count);

	for (size_t i = 0; i < tl_arch_action_count; i++)
		names[i] = tl_str(tl_arch_action_table[i].kind);
	tl_arch_suggest(arch, finding, kind, names, tl_arch_action_count);
	tl_arena_clear(&scratch);
}

static void say_unknown(struct tl_arch *arch, const struct tl_item *item)
{
	struct tl_str kind = tl_arch_key(arch, item);
	struct tl_finding *finding =
		tl_arch_say(arch, item->key_span, TL_NOTE, "unknown-action",
	                    "the action '%.*s' is not known here; it is kept as it is", TL_FMT(kind));

	if (tl_arch_may_suggest(arch, finding))
		suggest_kind(arch, finding, kind);
}

static uint32_t new_node(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_action *row,
                         const struct tl_arch_scope *scope)
{
	struct tl_name label = tl_arch_name(arch, item, "name"), name = label;
	struct tl_node *node;
	uint32_t index;

	name.text = tl_arch_unique(arch, &arch->node_names, scope->prefix,
	                           label.text.len > 0 ? label.text : tl_arch_key(arch, item));
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

void tl_arch_say_node(struct tl_arch *arch, const struct tl_item *item, struct tl_str prefix, uint32_t entry,
                      uint32_t next)
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
		asks->terminator = '\0';
		if (tl_arch_duration(&ms, tl_item_get(defaults, "noEntryTimeout")))
			asks->ask.timeout_ms = ms;
		return;
	}
	asks->accept = arch->type->channel == TL_VOICE ? TL_ACCEPT_DTMF | TL_ACCEPT_SPEECH : TL_ACCEPT_TEXT;
	asks->ask.match = TL_MATCH_EXACT;
	tl_arch_question(arch, asks);
}

/* Puts the settings into the node, and what is left into its extras. */
static void read_settings(struct tl_arch *arch, uint32_t node, const struct tl_item *item,
                          const struct tl_arch_action *row, const struct tl_arch_scope *scope)
{
	struct tl_arch_taken taken = { .keys = { "name", "description", "outputs", "none" }, .count = 4 };
	const struct tl_item *failure = tl_item_get(item, "failureOutputs");

	for (const struct tl_item *setting = item->kind == TL_MAP ? item->first : NULL; setting;
	     setting = setting->next) {
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
	if (failure && tl_arch_results(arch, node, failure, "failureOutputs", scope))
		tl_arch_take(&taken, "failureOutputs");
	tl_arch_flow(arch)->nodes[node].extras = tl_arch_extras(arch, item, &taken, scope->path);
}

static void jump(struct tl_arch *arch, uint32_t node, const struct tl_item *item, uint32_t label)
{
	tl_arch_outcome(arch, node, TL_R_NEXT, TL_STR("next"), label == TL_NONE ? TL_ARCH_RETURN : label,
	                item->key_span);
}

static void jump_by_ref(struct tl_arch *arch, uint32_t node, const struct tl_item *item,
                        const struct tl_arch_action *row, const struct tl_arch_scope *scope)
{
	const struct tl_item *ref = tl_item_get(item, row->what);
	uint32_t outcome = tl_arch_outcome(arch, node, TL_R_NEXT, TL_STR("next"), TL_ARCH_RETURN,
	                                   ref ? ref->span : item->key_span);

	tl_arch_aim(arch, outcome, item, row->what, scope->path);
}

static void jump_in_loop(struct tl_arch *arch, uint32_t node, const struct tl_item *item, uint32_t label)
{
	if (label == TL_NONE)
		tl_arch_say(arch, item->key_span, TL_ERROR, "schema", "'%.*s' stands in no loop", TL_FMT(item->key));
	jump(arch, node, item, label);
}

static void by_outputs(struct tl_arch *arch, uint32_t node, const struct tl_item *item,
                       const struct tl_arch_action *row, const struct tl_arch_scope *scope, uint32_t next)
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

void tl_arch_action(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_action *row,
                    const struct tl_arch_scope *scope, uint32_t entry, uint32_t next)
{
	uint32_t node = new_node(arch, item, row, scope);

	tl_arch_bind(arch, entry, node);
	if (!row)
		say_unknown(arch, item);
	if (item->kind != TL_MAP && item->kind != TL_NULL)
		tl_arch_say(arch, item->span, TL_ERROR, "schema", "'%.*s' must be a map of settings",
		            TL_FMT(item->key));
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

static bool has_action(const struct tl_item *list)
{
	for (const struct tl_item *entry = list ? list->first : NULL; entry; entry = entry->next) {
		if (entry->kind == TL_MAP && entry->first)
			return true;
	}
	return false;
}

void tl_arch_body(struct tl_arch *arch, const struct tl_item *owner, const struct tl_item *list,
                  const struct tl_arch_scope *scope, uint32_t entry)
{
	struct tl_name name = tl_arch_name(arch, owner, "name");
	struct tl_node *node;
	uint32_t index;

	tl_arch_actions(arch, list, scope, has_action(list) ? entry : tl_arch_label(arch), TL_ARCH_RETURN);
	if (has_action(list))
		return;
	name.text = tl_arch_unique(arch, &arch->node_names, TL_STR(""), scope->prefix);
	index = tl_builder_node(&arch->builder, TL_END, name);
	node = &tl_arch_flow(arch)->nodes[index];
	node->type = owner->key;
	node->type_span = owner->key_span;
	node->span = owner->span;
	node->routine = scope->routine;
	tl_arch_bind(arch, entry, index);
}

void tl_arch_actions(struct tl_arch *arch, const struct tl_item *list, const struct tl_arch_scope *scope,
                     uint32_t entry, uint32_t next)
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
		tl_arch_action(arch, item, tl_arch_action_of(tl_arch_action_table, tl_arch_action_count, item->key),
		               &own, entry, after);
		entry = after;
	}
	tl_arch_alias(arch, entry, next);
}

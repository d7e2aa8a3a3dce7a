/* The success path: yes or no, nothing allocated unless a schema asks for "unevaluated…" or "uniqueItems". */
#include <stdlib.h>

#include "schema/node.h"

void tl_marks_init(struct tl_marks *marks, const struct tl_item *item)
{
	marks->count = item->count;
	marks->seen = tl_alloc_zero(item->count ? item->count : 1, sizeof(bool));
}

void tl_marks_clear(struct tl_marks *marks)
{
	free(marks->seen);
	marks->seen = NULL;
}

static void mark(struct tl_marks *marks, uint32_t i)
{
	if (marks)
		marks->seen[i] = true;
}

static void marks_merge(struct tl_marks *to, const struct tl_marks *from)
{
	for (uint32_t i = 0; i < from->count; i++)
		to->seen[i] = to->seen[i] || from->seen[i];
}

void tl_scope_enter(struct tl_run *run, struct tl_scope *scope, const struct tl_node *node)
{
	*scope = (struct tl_scope){ node->resource, run->scope };
	if (!run->scope || run->scope->resource != node->resource)
		run->scope = scope;
}

const struct tl_node *tl_dynamic_target(const struct tl_run *run, const struct tl_logic *logic)
{
	const struct tl_node *target = logic->dynamic_ref;
	if (!logic->dynamic_name.ptr)
		return target;
	for (const struct tl_scope *scope = run->scope; scope; scope = scope->outer)
		for (const struct tl_anchor *anchor = scope->resource->anchors; anchor; anchor = anchor->next)
			if (anchor->dynamic && tl_str_equal(anchor->name, logic->dynamic_name))
				target = anchor->node;
	return target;
}

bool tl_number_holds(const struct tl_number_rules *rules, double number)
{
	return !(rules->has_least && number < rules->least) && !(rules->has_most && number > rules->most) &&
	       !(rules->has_above && number <= rules->above) && !(rules->has_below && number >= rules->below) &&
	       !(rules->has_step && !tl_step_holds(number, rules->step));
}

bool tl_string_holds(struct tl_run *run, const struct tl_string_rules *rules, struct tl_str text)
{
	if (rules->least > 0 || (double)text.len > rules->most) {
		double points = (double)tl_str_code_points(text);
		if (points < rules->least || points > rules->most)
			return false;
	}
	return !rules->pattern || tl_pattern_matches(rules->pattern, text, &run->scratch);
}

static bool contains_holds(struct tl_run *run, const struct tl_list_rules *rules, const struct tl_item *list, struct tl_marks *marks)
{
	double found = 0;
	uint32_t i = 0;
	for (const struct tl_item *child = list->first; child; child = child->next, i++) {
		if (!tl_node_valid(run, rules->contains, child, NULL))
			continue;
		mark(marks, i);
		found++;
	}
	return found >= rules->contains_least && found <= rules->contains_most;
}

static bool list_holds(struct tl_run *run, const struct tl_list_rules *rules, const struct tl_item *list, struct tl_marks *marks)
{
	if (list->count < rules->least || list->count > rules->most)
		return false;
	uint32_t i = 0;
	for (const struct tl_item *child = list->first; child; child = child->next, i++) {
		const struct tl_node *node = i < rules->prefix.count ? rules->prefix.items[i] : rules->items;
		if (!node)
			break;
		mark(marks, i);
		if (!tl_node_valid(run, node, child, NULL))
			return false;
	}
	if (rules->unique && !tl_items_distinct(list, NULL))
		return false;
	return !rules->contains || contains_holds(run, rules, list, marks);
}

/* One member of a map: its name, and its value by the schemas that its name picks. */
static bool member_holds(struct tl_run *run, const struct tl_map_rules *rules, const struct tl_property *property,
                         const struct tl_item *child, bool *looked)
{
	bool known = property && property->node;
	if (known && !tl_node_valid(run, property->node, child, NULL))
		return false;
	for (uint32_t i = 0; i < rules->n_patterns; i++) {
		if (!tl_pattern_matches(rules->patterns[i].pattern, child->key, &run->scratch))
			continue;
		known = true;
		if (!tl_node_valid(run, rules->patterns[i].node, child, NULL))
			return false;
	}
	if (!known && rules->additional) {
		known = true;
		if (!tl_node_valid(run, rules->additional, child, NULL))
			return false;
	}
	*looked = known;
	if (!rules->names)
		return true;
	struct tl_item name = { .kind = TL_STRING, .text = child->key };
	return tl_node_valid(run, rules->names, &name, NULL);
}

static bool dependent_holds(struct tl_run *run, const struct tl_dependent *dependent, const struct tl_item *map, struct tl_marks *marks)
{
	if (!tl_item_get_str(map, dependent->key))
		return true;
	for (uint32_t i = 0; i < dependent->n_keys; i++)
		if (!tl_item_get_str(map, dependent->keys[i]))
			return false;
	return !dependent->node || tl_node_valid(run, dependent->node, map, marks);
}

static bool map_holds(struct tl_run *run, const struct tl_map_rules *rules, const struct tl_item *map, struct tl_marks *marks)
{
	if (map->count < rules->least || map->count > rules->most)
		return false;
	uint32_t i = 0, required = 0;
	for (const struct tl_item *child = map->first; child; child = child->next, i++) {
		uint32_t at = tl_keys_find(&rules->keys, child->key);
		const struct tl_property *property = at == TL_NONE ? NULL : &rules->properties[at];
		bool looked = false;
		required += property && property->required;
		if (!member_holds(run, rules, property, child, &looked))
			return false;
		if (looked)
			mark(marks, i);
	}
	if (required < rules->n_required)
		return false;
	for (uint32_t d = 0; d < rules->n_dependents; d++)
		if (!dependent_holds(run, &rules->dependents[d], map, marks))
			return false;
	return true;
}

static bool switch_holds(struct tl_run *run, const struct tl_switch *choice, const struct tl_item *item, struct tl_marks *marks)
{
	if (item->kind == TL_MAP) {
		const struct tl_item *value = tl_item_get_str(item, choice->key);
		uint32_t at = value && value->kind == TL_STRING ? tl_keys_find(&choice->values, value->text) : TL_NONE;
		return at == TL_NONE || tl_node_valid(run, choice->then[at], item, marks);
	}
	for (uint32_t i = 0; i < choice->values.count; i++)
		if (!tl_node_valid(run, choice->members[i], item, marks))
			return false;
	return true;
}

static bool all_hold(struct tl_run *run, const struct tl_logic *logic, const struct tl_item *item, struct tl_marks *marks)
{
	/* a member under a switch leaves the marks of its `if` too: where they are kept each is asked as it is written */
	const struct tl_nodes *nodes = marks ? &logic->all : &logic->plain;
	for (uint32_t i = 0; i < nodes->count; i++)
		if (!tl_node_valid(run, nodes->items[i], item, marks))
			return false;
	for (uint32_t i = 0; i < logic->n_switches && !marks; i++)
		if (!switch_holds(run, &logic->switches[i], item, marks))
			return false;
	return true;
}

/* How many of `nodes` hold; stops at `enough` where no marks are kept. */
static uint32_t count_valid(struct tl_run *run, const struct tl_nodes *nodes, uint32_t enough, const struct tl_item *item,
                            struct tl_marks *marks)
{
	uint32_t found = 0;
	for (uint32_t i = 0; i < nodes->count && (marks || found < enough); i++)
		found += tl_node_valid(run, nodes->items[i], item, marks);
	return found;
}

static bool condition_holds(struct tl_run *run, const struct tl_logic *logic, const struct tl_item *item, struct tl_marks *marks)
{
	const struct tl_node *then = tl_node_valid(run, logic->if_, item, marks) ? logic->then_ : logic->else_;
	return !then || tl_node_valid(run, then, item, marks);
}

static bool logic_holds(struct tl_run *run, const struct tl_logic *logic, const struct tl_item *item, struct tl_marks *marks)
{
	if (logic->ref && !tl_node_valid(run, logic->ref, item, marks))
		return false;
	if (logic->dynamic_ref && !tl_node_valid(run, tl_dynamic_target(run, logic), item, marks))
		return false;
	if (logic->all.count && !all_hold(run, logic, item, marks))
		return false;
	if (logic->any.count && count_valid(run, &logic->any, 1, item, marks) == 0)
		return false;
	if (logic->one.count && count_valid(run, &logic->one, 2, item, marks) != 1)
		return false;
	if (logic->not_ && tl_node_valid(run, logic->not_, item, NULL))
		return false;
	return !logic->if_ || condition_holds(run, logic, item, marks);
}

static bool kind_holds(struct tl_run *run, const struct tl_node *node, const struct tl_item *item, struct tl_marks *marks)
{
	switch (item->kind) {
	case TL_NUMBER:
		return !node->number || tl_number_holds(node->number, item->number);
	case TL_STRING:
		return !node->string || tl_string_holds(run, node->string, item->text);
	case TL_LIST:
		return !node->list || list_holds(run, node->list, item, marks);
	case TL_MAP:
		return !node->map || map_holds(run, node->map, item, marks);
	case TL_NULL:
	case TL_BOOLEAN:
		break;
	}
	return true;
}

bool tl_node_demands_hold(struct tl_run *run, const struct tl_node *node, const struct tl_item *item, struct tl_marks *marks)
{
	if (node->enumeration && !tl_values_hold(node->enumeration, item))
		return false;
	if (node->constant && !tl_values_hold(node->constant, item))
		return false;
	return kind_holds(run, node, item, marks) && (!node->logic || logic_holds(run, node->logic, item, marks));
}

/* The children that nothing marked go to "unevaluatedItems" or "unevaluatedProperties". */
static bool unevaluated_hold(struct tl_run *run, const struct tl_node *node, const struct tl_item *item, struct tl_marks *marks)
{
	const struct tl_node *rest = NULL;
	if (item->kind == TL_LIST && node->list)
		rest = node->list->unevaluated;
	if (item->kind == TL_MAP && node->map)
		rest = node->map->unevaluated;
	if (!rest)
		return true;
	uint32_t i = 0;
	for (const struct tl_item *child = item->first; child; child = child->next, i++) {
		if (!marks->seen[i] && !tl_node_valid(run, rest, child, NULL))
			return false;
		marks->seen[i] = true;
	}
	return true;
}

/* With marks of its own, which the caller's gain only where the value is valid. */
static bool tracked_hold(struct tl_run *run, const struct tl_node *node, const struct tl_item *item, struct tl_marks *marks)
{
	struct tl_marks own;
	tl_marks_init(&own, item);
	bool valid = tl_node_demands_hold(run, node, item, &own) && (!node->tracks || unevaluated_hold(run, node, item, &own));
	if (valid && marks)
		marks_merge(marks, &own);
	tl_marks_clear(&own);
	return valid;
}

bool tl_node_valid(struct tl_run *run, const struct tl_node *node, const struct tl_item *item, struct tl_marks *marks)
{
	node = node->quick;
	if (!tl_node_takes_kind(node, item))
		return false;
	if (node->plain & (1u << item->kind))
		return true;
	if (run->depth >= TL_SCHEMA_DEPTH) {
		run->too_deep = true;
		return false;
	}
	const struct tl_scope *outer = run->scope;
	struct tl_scope scope;
	if (run->schema->dynamic)
		tl_scope_enter(run, &scope, node);
	run->depth++;
	bool valid = marks || node->tracks ? tracked_hold(run, node, item, marks) : tl_node_demands_hold(run, node, item, NULL);
	run->depth--;
	run->scope = outer;
	return valid;
}

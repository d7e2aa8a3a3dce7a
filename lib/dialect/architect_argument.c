/* dialect/architect_argument.c: arguments, results and assignments of a node, which grow while its settings are read. */
#include <string.h>

#include "dialect/architect.h"

struct tl_node *tl_arch_node(struct tl_arch *arch, uint32_t node)
{
	return &tl_arch_flow(arch)->nodes[node];
}

void tl_arch_set_subject(struct tl_arch *arch, uint32_t node, struct tl_expr *subject)
{
	tl_arch_node(arch, node)->subject = subject;
	tl_arch_node(arch, node)->subject_given = subject != NULL;
}

/* Room for one more element of an array in the arena that has `count`: it doubles at each power of two. */
static void *room(struct tl_arch *arch, void *array, uint32_t count, size_t size)
{
	void *larger;

	if (count > 0 && (count & (count - 1)) != 0)
		return array;
	larger = tl_arena_alloc(tl_arch_arena(arch), count > 0 ? (size_t)count * 2 : 1, size);
	if (count > 0)
		memcpy(larger, array, count * size);
	return larger;
}

void tl_arch_add_input(struct tl_arch *arch, uint32_t node, struct tl_name name, struct tl_expr *value)
{
	struct tl_node *owner = tl_arch_node(arch, node);

	owner->inputs = room(arch, owner->inputs, owner->n_inputs, sizeof(*owner->inputs));
	owner->inputs[owner->n_inputs++] = (struct tl_argument){ .name = name, .slot = TL_NONE, .value = value };
}

void tl_arch_add_output(struct tl_arch *arch, uint32_t node, struct tl_str field, struct tl_span field_span,
                        struct tl_name variable, const struct tl_arch_scope *scope)
{
	struct tl_node *owner = tl_arch_node(arch, node);
	struct tl_argument *argument;

	owner->outputs = room(arch, owner->outputs, owner->n_outputs, sizeof(*owner->outputs));
	argument = &owner->outputs[owner->n_outputs++];
	*argument = (struct tl_argument){ .name = variable, .field = field, .field_span = field_span };
	argument->slot = tl_arch_variable(arch, scope->routine, variable);
	argument->members = tl_split_dots(tl_arch_arena(arch), field, &argument->n_members);
}

void tl_arch_add_assignment(struct tl_arch *arch, uint32_t node, struct tl_name name, struct tl_expr *value,
                            const struct tl_arch_scope *scope)
{
	struct tl_node *owner = tl_arch_node(arch, node);

	owner->assignments = room(arch, owner->assignments, owner->n_assignments, sizeof(*owner->assignments));
	owner->assignments[owner->n_assignments++] = (struct tl_assignment){
		.slot = tl_arch_variable(arch, scope->routine, name),
		.name = name,
		.value = value,
	};
}

/* A value that is set; where there is none, the value that says so. */
struct tl_expr *tl_arch_set_value(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_scope *scope)
{
	struct tl_expr *expr = tl_arch_expr(arch, item, scope);

	if (!expr) {
		expr = tl_arch_literal(arch, TL_STR(""), item->span);
		expr->value = TL_VALUE_UNSET;
	}
	return expr;
}

bool tl_arch_is_plain(const struct tl_item *item)
{
	const struct tl_item *literal = tl_item_get(item, "lit");

	if (item->kind != TL_MAP)
		return true;
	return item->count == 1 && (!tl_item_get(literal, "name") || literal->count == 1);
}

bool tl_arch_is_none(const struct tl_item *item)
{
	return item && item->kind == TL_MAP && item->first &&
	       (tl_str_is(item->first->key, "noValue") || tl_str_is(item->first->key, "none"));
}

bool tl_arch_inputs(struct tl_arch *arch, uint32_t node, const struct tl_item *map, const struct tl_arch_scope *scope)
{
	bool all = map && map->kind == TL_MAP;

	for (const struct tl_item *child = all ? map->first : NULL; child; child = child->next) {
		struct tl_expr *value = tl_arch_expr(arch, child, scope);
		struct tl_name name = { tl_arch_key(arch, child), child->key_span };

		if (value)
			tl_arch_add_input(arch, node, name, value);
		all = all && tl_arch_is_plain(child);
	}
	return all;
}

/* {var: NAME} */
struct tl_name tl_arch_bound(struct tl_arch *arch, const struct tl_item *setting)
{
	return tl_arch_name(arch, setting && setting->kind == TL_MAP ? setting : NULL, "var");
}

bool tl_arch_results(struct tl_arch *arch, uint32_t node, const struct tl_item *map, const char *prefix,
                     const struct tl_arch_scope *scope)
{
	bool all = map && map->kind == TL_MAP;

	for (const struct tl_item *child = all ? map->first : NULL; child; child = child->next) {
		struct tl_name variable = tl_arch_bound(arch, child);
		struct tl_str field = tl_arch_key(arch, child);

		all = all && tl_arch_is_plain(child) && (variable.text.len > 0 || tl_arch_is_none(child));
		if (variable.text.len == 0)
			continue;
		if (prefix[0] != '\0')
			field = tl_arena_printf(tl_arch_arena(arch), "%s.%.*s", prefix, TL_FMT(field));
		tl_arch_add_output(arch, node, field, child->key_span, variable, scope);
	}
	return all;
}

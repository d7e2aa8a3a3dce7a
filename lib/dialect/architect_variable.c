/* dialect/architect_variable.c: variables, declared or only bound, of the flow and of its tasks and states. */
#include "dialect/architect.h"

static bool is_local(struct tl_str name)
{
	size_t dot = tl_str_find(name, TL_STR("."), 0);
	struct tl_str head = tl_str_slice(name, 0, dot == SIZE_MAX ? 0 : dot);

	return tl_str_equal_nocase(head, TL_STR("Task")) || tl_str_equal_nocase(head, TL_STR("State"));
}

static struct tl_str lower_case(struct tl_arena *arena, struct tl_str text)
{
	struct tl_str copy = tl_arena_dup(arena, text);
	char *bytes = (char *)copy.ptr;

	for (size_t i = 0; i < copy.len; i++)
		bytes[i] = (char)(bytes[i] >= 'A' && bytes[i] <= 'Z' ? bytes[i] + ('a' - 'A') : bytes[i]);
	return copy;
}

/* Names compare without case. A variable needs no declaration: what an action binds is there from then on, so that all count as declared. */
uint32_t tl_arch_variable(struct tl_arch *arch, uint32_t routine, struct tl_name name)
{
	struct tl_flow *flow = tl_arch_flow(arch);
	struct tl_arena *arena = tl_arch_arena(arch);
	bool local = is_local(name.text) && routine != 0, made;
	struct tl_str owner = local ? flow->routines[routine].name.text : TL_STR("");
	struct tl_str whole = local ? tl_arena_printf(arena, "%.*s/%.*s", TL_FMT(owner), TL_FMT(name.text)) : name.text;
	struct tl_map_entry *entry = tl_map_put(&arch->slots, lower_case(arena, whole), &made);

	if (made) {
		struct tl_variable *variable;

		entry->value.index = tl_builder_variable(&arch->builder, whole);
		variable = &flow->variables[entry->value.index];
		variable->name = name;
		variable->span = name.span;
		variable->scope = owner;
		variable->declared = true;
	}
	return entry->value.index;
}

enum tl_type tl_arch_type(struct tl_str declaration)
{
	static const struct {
		const char *name;
		enum tl_type type;
	} type_table[] = {
		{ "stringVariable", TL_V_STRING },
		{ "booleanVariable", TL_V_BOOLEAN },
		{ "integerVariable", TL_V_NUMBER },
		{ "decimalVariable", TL_V_NUMBER },
	};

	for (size_t i = 0; i < TL_COUNT(type_table); i++) {
		if (tl_str_is(declaration, type_table[i].name))
			return type_table[i].type;
	}
	return TL_UNSET;
}

static bool is_true(const struct tl_item *map, const char *key)
{
	const struct tl_item *item = tl_item_get(map, key);

	return item && item->kind == TL_BOOLEAN && item->boolean;
}

static void set_initial(struct tl_variable *variable, struct tl_expr *initial)
{
	if (!initial)
		return;
	variable->default_span = initial->span;
	if (initial->kind == TL_E_LITERAL) {
		variable->has_default = true;
		variable->default_value = initial->value;
	} else {
		variable->default_expr = initial;
	}
}

static void read_declaration(struct tl_arch *arch, const struct tl_item *item, uint32_t routine, struct tl_item *extras)
{
	struct tl_arch_taken taken = { .keys = { "name", "initialValue", "isInput", "isOutput", "isSecure" },
		                       .count = 5 };
	struct tl_arch_scope scope = { .routine = routine };
	struct tl_expr *initial = tl_arch_expr(arch, tl_item_get(item, "initialValue"), &scope);
	struct tl_name name = tl_arch_name(arch, item, "name");
	struct tl_variable *variable;
	struct tl_item *rest;
	uint32_t slot;

	if (name.text.len == 0) {
		tl_arch_say(arch, item->key_span, TL_ERROR, "schema", "'%.*s' needs a 'name'", TL_FMT(item->key));
		return;
	}
	slot = tl_arch_variable(arch, routine, name);
	variable = &tl_arch_flow(arch)->variables[slot];
	if (variable->type_name.len > 0) {
		tl_arch_say(arch, name.span, TL_ERROR, "schema", "'%.*s' is declared twice", TL_FMT(name.text));
		return;
	}
	variable->span = item->span;
	variable->type_name = item->key;
	variable->type = tl_arch_type(item->key);
	variable->input = is_true(item, "isInput");
	variable->output = is_true(item, "isOutput");
	variable->sensitive = is_true(item, "isSecure");
	set_initial(variable, initial);
	rest = tl_arch_extras(arch, item, &taken, &arch->top);
	if (rest)
		tl_item_put(extras, name.text, rest);
}

void tl_arch_variables(struct tl_arch *arch, const struct tl_item *list, uint32_t routine, struct tl_item *extras)
{
	for (const struct tl_item *entry = list ? list->first : NULL; entry; entry = entry->next) {
		const struct tl_item *item = tl_arch_one(arch, entry, "variables", "variable");

		if (item)
			read_declaration(arch, item, routine, extras);
	}
}

/* dialect/architect_setting.c: settings that name an outside thing with its arguments and results, and those that are lists: attributes, statements. */
#include "dialect/architect.h"

/* The arguments and results below the name of an outside thing, and whether that is all there is. */
static bool read_contract(struct tl_arch *arch, uint32_t node, const struct tl_item *map,
                          const struct tl_arch_scope *scope)
{
	bool all = true, known;

	if (map->kind != TL_MAP)
		return map->kind == TL_NULL;
	for (const struct tl_item *part = map->first; part; part = part->next) {
		if (tl_str_is(part->key, "inputs"))
			known = tl_arch_inputs(arch, node, part, scope);
		else if (tl_str_is(part->key, "failureOutputs"))
			known = tl_arch_results(arch, node, part, "failureOutputs", scope);
		else if (tl_str_is(part->key, "outputs") || tl_str_is(part->key, "successOutputs") ||
		         tl_str_is(part->key, "foundOutputs"))
			known = tl_arch_results(arch, node, part, "", scope);
		else
			known = tl_str_is(part->key, "none");
		all = all && (known || part->kind == TL_NULL);
	}
	return all;
}

static const struct tl_item *only_child(const struct tl_item *map)
{
	return map && map->kind == TL_MAP && map->count == 1 ? map->first : NULL;
}

bool tl_arch_read_category(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                           const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	const struct tl_item *category = only_child(setting), *kind = only_child(category), *action = only_child(kind);
	struct tl_need *need;
	struct tl_name name;
	struct tl_str first;

	(void)row;
	if (!action)
		return false;
	first = tl_arch_key(arch, category);
	name.text = tl_arch_key(arch, action);
	name.text = tl_arena_printf(tl_arch_arena(arch), "%.*s/%.*s", TL_FMT(first), TL_FMT(name.text));
	name.span = action->key_span;
	need = tl_arch_need(arch, TL_NEED_ACTION, name, node);
	need->fixed = need->fixed && tl_arch_is_filled(arch, category->key_span);
	tl_arch_set_subject(arch, node, tl_arch_literal(arch, name.text, name.span));
	return read_contract(arch, node, action, scope) && tl_str_is(kind->key, "dataAction");
}

/* {NAME: …} */
static const struct tl_item *read_object_name(struct tl_arch *arch, uint32_t node, const struct tl_item *setting,
                                              enum tl_need_kind kind)
{
	const struct tl_item *object = only_child(setting);
	struct tl_name name;

	if (!object || tl_arch_is_none(setting))
		return NULL;
	name = (struct tl_name){ tl_arch_key(arch, object), object->key_span };
	tl_arch_need(arch, kind, name, node);
	tl_arch_set_subject(arch, node, tl_arch_literal(arch, name.text, name.span));
	return object;
}

bool tl_arch_read_object(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                         const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	const struct tl_item *object = read_object_name(arch, node, setting, tl_arch_need_of(setting->key));

	(void)row;
	return object && read_contract(arch, node, object, scope);
}

/* {NAME: {VERSION: {inputs, outputs}}}. The version that every export writes is left out, any other is kept. */
static bool read_versioned(struct tl_arch *arch, uint32_t node, const struct tl_item *setting,
                           const struct tl_arch_scope *scope, enum tl_need_kind kind)
{
	const struct tl_item *object = read_object_name(arch, node, setting, kind), *version = only_child(object);

	return version && read_contract(arch, node, version, scope) && tl_str_is(version->key, "ver_latestPublished");
}

bool tl_arch_read_flow(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                       const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	(void)row;
	return read_versioned(arch, node, setting, scope, TL_NEED_FLOW);
}

bool tl_arch_read_module(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                         const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	(void)row;
	return read_versioned(arch, node, setting, scope, TL_NEED_MODULE);
}

/* What `name` of an attribute says: a text, or nothing where it is computed. */
static struct tl_name attribute_name(struct tl_arch *arch, const struct tl_item *attribute)
{
	return tl_arch_name(arch, tl_item_get(attribute, "name"), "lit");
}

bool tl_arch_read_get(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                      const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	bool all = setting->kind == TL_LIST;

	(void)row;
	for (const struct tl_item *entry = all ? setting->first : NULL; entry; entry = entry->next) {
		const struct tl_item *attribute = tl_arch_one(arch, entry, "attributes", "attribute");
		struct tl_name name = attribute_name(arch, attribute),
			       variable = tl_arch_name(arch, attribute, "variable");

		if (name.text.len > 0 && variable.text.len > 0)
			tl_arch_add_output(arch, node, name.text, name.span, variable, scope);
		all = all && name.text.len > 0 && variable.text.len > 0 && attribute->count == 2;
	}
	return all;
}

bool tl_arch_read_put(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                      const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	bool all = setting->kind == TL_LIST;

	for (const struct tl_item *entry = all ? setting->first : NULL; entry; entry = entry->next) {
		const struct tl_item *attribute = tl_arch_one(arch, entry, "attributes", "attribute"),
				     *value = tl_item_get(attribute, "value");
		struct tl_name name = attribute_name(arch, attribute);

		all = all && name.text.len > 0 && value && attribute->count == 2 && tl_arch_is_plain(value);
		if (name.text.len == 0 || !value)
			continue;
		if (row->op == TL_ASSIGN) {
			name.text = tl_arena_printf(tl_arch_arena(arch), "Participant.%.*s", TL_FMT(name.text));
			tl_arch_add_assignment(arch, node, name, tl_arch_set_value(arch, value, scope), scope);
		} else {
			tl_arch_add_input(arch, node, name, tl_arch_set_value(arch, value, scope));
		}
	}
	return all;
}

/* Whether a statement of that type says no more than the variable's declaration. One without a declaration is of the first statement's type. */
static bool fits_type(struct tl_arch *arch, uint32_t slot, struct tl_str type)
{
	struct tl_variable *variable = &tl_arch_flow(arch)->variables[slot];
	struct tl_str name = tl_arena_printf(tl_arch_arena(arch), "%.*sVariable", TL_FMT(type));

	if (variable->type_name.len == 0) {
		variable->type_name = name;
		variable->type = tl_arch_type(name);
	}
	return tl_str_equal(variable->type_name, name);
}

bool tl_arch_read_statements(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                             const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	bool all = setting->kind == TL_LIST;

	(void)row;
	for (const struct tl_item *entry = all ? setting->first : NULL; entry; entry = entry->next) {
		const struct tl_item *statement = tl_arch_one(arch, entry, "statements", "statement"),
				     *value = tl_item_get(statement, "value");
		struct tl_name variable = tl_arch_name(arch, statement, "variable");

		all = all && variable.text.len > 0 && value && statement->count == 2 && tl_arch_is_plain(value);
		if (variable.text.len == 0 || !value)
			continue;
		tl_arch_add_assignment(arch, node, variable, tl_arch_set_value(arch, value, scope), scope);
		all = fits_type(arch, tl_arch_variable(arch, scope->routine, variable), statement->key) && all;
	}
	return all;
}

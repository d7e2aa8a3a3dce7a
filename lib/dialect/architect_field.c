/* dialect/architect_field.c: what a setting of an action becomes in its node. One function a form; a form that is not known is left to the extras. */
#include <assert.h>
#include <string.h>

#include "dialect/architect.h"

typedef bool read_fn(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                     const struct tl_arch_scope *scope);

static struct tl_node *node_at(struct tl_arch *arch, uint32_t node)
{
	return &tl_arch_flow(arch)->nodes[node];
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

static void add_input(struct tl_arch *arch, uint32_t node, struct tl_name name, struct tl_expr *value)
{
	struct tl_node *owner = node_at(arch, node);

	owner->inputs = room(arch, owner->inputs, owner->n_inputs, sizeof(*owner->inputs));
	owner->inputs[owner->n_inputs++] = (struct tl_argument){ .name = name, .slot = TL_NONE, .value = value };
}

static void split(struct tl_arch *arch, struct tl_argument *argument)
{
	struct tl_str field = argument->field;
	size_t start = 0, dot;

	do {
		dot = tl_str_find(field, TL_STR("."), start);
		argument->members = room(arch, argument->members, argument->n_members, sizeof(*argument->members));
		argument->members[argument->n_members++] = tl_str_slice(field, start, dot == SIZE_MAX ? field.len : dot);
		start = dot + 1;
	} while (dot != SIZE_MAX);
}

static void add_output(struct tl_arch *arch, uint32_t node, struct tl_str field, struct tl_span field_span, struct tl_name variable,
                       const struct tl_arch_scope *scope)
{
	struct tl_node *owner = node_at(arch, node);
	struct tl_argument *argument;

	owner->outputs = room(arch, owner->outputs, owner->n_outputs, sizeof(*owner->outputs));
	argument = &owner->outputs[owner->n_outputs++];
	*argument = (struct tl_argument){ .name = variable, .field = field, .field_span = field_span };
	argument->slot = tl_arch_variable(arch, scope->routine, variable);
	split(arch, argument);
}

static void add_assignment(struct tl_arch *arch, uint32_t node, struct tl_name name, struct tl_expr *value, const struct tl_arch_scope *scope)
{
	struct tl_node *owner = node_at(arch, node);

	owner->assignments = room(arch, owner->assignments, owner->n_assignments, sizeof(*owner->assignments));
	owner->assignments[owner->n_assignments++] = (struct tl_assignment){
		.slot = tl_arch_variable(arch, scope->routine, name), .name = name, .value = value,
	};
}

/* A value that is set; where there is none, the value that says so. */
static struct tl_expr *set_value(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_scope *scope)
{
	struct tl_expr *expr = tl_arch_expr(arch, item, scope);

	if (!expr) {
		expr = tl_arch_literal(arch, TL_STR(""), item->span);
		expr->value = TL_VALUE_UNSET;
	}
	return expr;
}

static bool is_none(const struct tl_item *item)
{
	return item && item->kind == TL_MAP && item->first && (tl_str_is(item->first->key, "noValue") || tl_str_is(item->first->key, "none"));
}

void tl_arch_inputs(struct tl_arch *arch, uint32_t node, const struct tl_item *map, const struct tl_arch_scope *scope)
{
	for (const struct tl_item *child = map && map->kind == TL_MAP ? map->first : NULL; child; child = child->next) {
		struct tl_expr *value = tl_arch_expr(arch, child, scope);

		if (value)
			add_input(arch, node, (struct tl_name){ tl_arch_key(arch, child), child->key_span }, value);
	}
}

/* {var: NAME} */
static struct tl_name bound(struct tl_arch *arch, const struct tl_item *setting)
{
	return tl_arch_name(arch, setting && setting->kind == TL_MAP ? setting : NULL, "var");
}

void tl_arch_results(struct tl_arch *arch, uint32_t node, const struct tl_item *map, const char *prefix, const struct tl_arch_scope *scope)
{
	for (const struct tl_item *child = map && map->kind == TL_MAP ? map->first : NULL; child; child = child->next) {
		struct tl_name variable = bound(arch, child);
		struct tl_str field = tl_arch_key(arch, child);

		if (variable.text.len == 0)
			continue;
		if (prefix[0] != '\0')
			field = tl_arena_printf(tl_arch_arena(arch), "%s.%.*s", prefix, TL_FMT(field));
		add_output(arch, node, field, child->key_span, variable, scope);
	}
}

/* ---- One function a form */

static bool read_shaped(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                        const struct tl_arch_scope *scope)
{
	(void)arch, (void)node, (void)row, (void)setting, (void)scope;
	return true;
}

static bool read_prompt(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                        const struct tl_arch_scope *scope)
{
	uint32_t prompt = tl_arch_prompt(arch, setting);

	(void)row, (void)scope;
	node_at(arch, node)->prompt = prompt;
	return prompt != TL_NONE;
}

static bool read_no_match(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                          const struct tl_arch_scope *scope)
{
	uint32_t prompt = tl_arch_prompt(arch, setting);

	(void)row, (void)scope;
	node_at(arch, node)->ask.no_match.prompt = prompt;
	node_at(arch, node)->ask.no_match.given = true;
	return prompt != TL_NONE;
}

static void set_subject(struct tl_arch *arch, uint32_t node, struct tl_expr *subject)
{
	node_at(arch, node)->subject = subject;
	node_at(arch, node)->subject_given = subject != NULL;
}

static bool read_subject(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                         const struct tl_arch_scope *scope)
{
	struct tl_expr *subject = tl_arch_expr(arch, setting, scope);

	(void)row;
	set_subject(arch, node, subject);
	return subject != NULL;
}

static bool read_queue(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                       const struct tl_arch_scope *scope)
{
	const struct tl_item *literal = tl_item_get(setting, "lit");

	if (literal && literal->kind == TL_STRING)
		tl_arch_need(arch, TL_NEED_QUEUE, (struct tl_name){ tl_arch_text(arch, literal), literal->span }, node);
	return read_subject(arch, node, row, setting, scope);
}

/* The first {lit: {name}}, {lit}, {exp} at or below an item. Bounded by the reader's depth. */
static struct tl_expr *first_value(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_scope *scope)
{
	struct tl_expr *found = NULL;

	if (item->kind != TL_MAP)
		return NULL;
	if (tl_item_get(item, "lit") || tl_item_get(item, "exp") || tl_item_get(item, "var"))
		return tl_arch_expr(arch, item, scope);
	for (const struct tl_item *child = item->first; child && !found; child = child->next)
		found = first_value(arch, child, scope);
	return found;
}

/* Kept as well: what else it says has no room in the node. */
static bool read_destination(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                             const struct tl_arch_scope *scope)
{
	static const char *const target_table[] = { "targetQueue", "targetUser", "targetGroup" };
	const struct tl_item *kind = setting->kind == TL_MAP ? setting->first : NULL, *target = NULL;

	(void)row;
	for (size_t i = 0; i < TL_COUNT(target_table) && !target; i++)
		target = tl_item_get(kind, target_table[i]);
	if (target)
		set_subject(arch, node, tl_arch_expr(arch, target, scope));
	return false;
}

static bool read_schedule(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                          const struct tl_arch_scope *scope)
{
	const struct tl_item *kind = setting->kind == TL_MAP ? setting->first : NULL, *selected = tl_item_get(kind, "selectedSchedule");

	(void)row;
	if (kind)
		set_subject(arch, node, selected ? tl_arch_expr(arch, selected, scope) : first_value(arch, kind, scope));
	return false;
}

static struct tl_expr *milliseconds(struct tl_arch *arch, int64_t ms, struct tl_span span)
{
	struct tl_expr *expr = tl_arch_literal(arch, TL_STR(""), span);

	expr->value = tl_value_number((double)ms);
	return expr;
}

static bool read_duration(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                          const struct tl_arch_scope *scope)
{
	int64_t ms;

	if (!tl_arch_duration(&ms, setting))
		return read_subject(arch, node, row, setting, scope);
	set_subject(arch, node, milliseconds(arch, ms, setting->span));
	return true;
}

static bool read_timeout(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                         const struct tl_arch_scope *scope)
{
	int64_t ms;

	(void)row, (void)scope;
	if (!tl_arch_duration(&ms, setting))
		return false;
	node_at(arch, node)->timeout_ms = ms;
	node_at(arch, node)->timeout_given = true;
	return true;
}

static bool read_input(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                       const struct tl_arch_scope *scope)
{
	struct tl_expr *value = tl_arch_expr(arch, setting, scope);

	(void)row;
	if (value)
		add_input(arch, node, (struct tl_name){ setting->key, setting->key_span }, value);
	return value || is_none(setting);
}

static bool read_result(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                        const struct tl_arch_scope *scope)
{
	struct tl_name variable = bound(arch, setting);

	(void)row;
	if (variable.text.len > 0)
		add_output(arch, node, setting->key, setting->key_span, variable, scope);
	return variable.text.len > 0 || is_none(setting);
}

static bool read_into(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                      const struct tl_arch_scope *scope)
{
	struct tl_name variable = bound(arch, setting);
	struct tl_assignment into = { .name = variable };

	(void)row;
	if (variable.text.len == 0)
		return false;
	into.slot = tl_arch_variable(arch, scope->routine, variable);
	node_at(arch, node)->into = into;
	node_at(arch, node)->has_into = true;
	return true;
}

/* "digit_9", "digit_star", "digit_*" -> '9', '*', '*'; 0 for anything else. */
static char sign_of(struct tl_str dtmf)
{
	struct tl_str name = tl_str_slice(dtmf, tl_str_starts(dtmf, TL_STR("digit_")) ? 6 : dtmf.len, dtmf.len);

	if (tl_str_is(name, "star"))
		return '*';
	if (tl_str_is(name, "pound"))
		return '#';
	return name.len == 1 && strchr("0123456789*#", name.ptr[0]) ? name.ptr[0] : '\0';
}

struct tl_str tl_arch_sign(struct tl_str dtmf)
{
	static const char signs[] = "0123456789*#";
	const char *at = strchr(signs, sign_of(dtmf));

	return at && *at != '\0' ? (struct tl_str){ at, 1 } : TL_STR("");
}

/* {exact: 1} or {range: {min, max, terminatingDtmf}}; without a terminator there is none. */
static bool read_digits(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                        const struct tl_arch_scope *scope)
{
	const struct tl_item *range = tl_item_get(setting, "range"), *terminator = tl_item_get(range, "terminatingDtmf");
	struct tl_node *gather = node_at(arch, node);

	(void)row, (void)scope;
	gather->terminator = '\0';
	gather->terminator_given = true;
	if (tl_arch_count(&gather->min_digits, tl_item_get(setting, "exact"))) {
		gather->max_digits = gather->min_digits;
		gather->min_given = gather->max_given = true;
		return setting->count == 1;
	}
	gather->min_given = tl_arch_count(&gather->min_digits, tl_item_get(range, "min"));
	gather->max_given = tl_arch_count(&gather->max_digits, tl_item_get(range, "max"));
	if (terminator && terminator->kind == TL_STRING)
		gather->terminator = sign_of(terminator->text);
	return gather->min_given && gather->max_given && (!terminator || gather->terminator != '\0') &&
	       range->count == (terminator ? 3u : 2u) && setting->count == 1;
}

static bool read_no_entry(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                          const struct tl_arch_scope *scope)
{
	int64_t ms;

	(void)row, (void)scope;
	if (!tl_arch_duration(&ms, setting))
		return is_none(setting);
	node_at(arch, node)->ask.timeout_ms = ms;
	node_at(arch, node)->ask.timeout_given = true;
	return true;
}

/* The arguments and results below the name of an outside thing, and whether that is all there is. */
static bool read_contract(struct tl_arch *arch, uint32_t node, const struct tl_item *map, const struct tl_arch_scope *scope)
{
	bool all = true;

	if (map->kind != TL_MAP)
		return map->kind == TL_NULL;
	for (const struct tl_item *part = map->first; part; part = part->next) {
		if (tl_str_is(part->key, "inputs"))
			tl_arch_inputs(arch, node, part, scope);
		else if (tl_str_is(part->key, "outputs") || tl_str_is(part->key, "successOutputs") || tl_str_is(part->key, "foundOutputs"))
			tl_arch_results(arch, node, part, "", scope);
		else if (tl_str_is(part->key, "failureOutputs"))
			tl_arch_results(arch, node, part, "failureOutputs", scope);
		else
			all = all && tl_str_is(part->key, "none");
	}
	return all;
}

static const struct tl_item *only_child(const struct tl_item *map)
{
	return map && map->kind == TL_MAP && map->count == 1 ? map->first : NULL;
}

static bool read_category(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                          const struct tl_arch_scope *scope)
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
	set_subject(arch, node, tl_arch_literal(arch, name.text, name.span));
	return read_contract(arch, node, action, scope) && tl_str_is(kind->key, "dataAction");
}

/* {NAME: …} */
static const struct tl_item *read_object_name(struct tl_arch *arch, uint32_t node, const struct tl_item *setting, enum tl_need_kind kind)
{
	const struct tl_item *object = only_child(setting);
	struct tl_name name;

	if (!object || is_none(setting))
		return NULL;
	name = (struct tl_name){ tl_arch_key(arch, object), object->key_span };
	tl_arch_need(arch, kind, name, node);
	set_subject(arch, node, tl_arch_literal(arch, name.text, name.span));
	return object;
}

static bool read_object(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                        const struct tl_arch_scope *scope)
{
	const struct tl_item *object = read_object_name(arch, node, setting, TL_NEED_OTHER);

	(void)row;
	return object && read_contract(arch, node, object, scope);
}

/* {NAME: {VERSION: {inputs, outputs}}}. The version that every export writes is left out, any other is kept. */
static bool read_versioned(struct tl_arch *arch, uint32_t node, const struct tl_item *setting, const struct tl_arch_scope *scope,
                           enum tl_need_kind kind)
{
	const struct tl_item *object = read_object_name(arch, node, setting, kind), *version = only_child(object);

	return version && read_contract(arch, node, version, scope) && tl_str_is(version->key, "ver_latestPublished");
}

static bool read_flow(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                      const struct tl_arch_scope *scope)
{
	(void)row;
	return read_versioned(arch, node, setting, scope, TL_NEED_FLOW);
}

static bool read_module(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                        const struct tl_arch_scope *scope)
{
	(void)row;
	return read_versioned(arch, node, setting, scope, TL_NEED_MODULE);
}

/* What `name` of an attribute says: a text, or nothing where it is computed. */
static struct tl_name attribute_name(struct tl_arch *arch, const struct tl_item *attribute)
{
	return tl_arch_name(arch, tl_item_get(attribute, "name"), "lit");
}

static bool read_get(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                     const struct tl_arch_scope *scope)
{
	bool all = setting->kind == TL_LIST;

	(void)row;
	for (const struct tl_item *entry = all ? setting->first : NULL; entry; entry = entry->next) {
		const struct tl_item *attribute = tl_arch_one(arch, entry, "attributes", "attribute");
		struct tl_name name = attribute_name(arch, attribute), variable = tl_arch_name(arch, attribute, "variable");

		if (name.text.len > 0 && variable.text.len > 0)
			add_output(arch, node, name.text, name.span, variable, scope);
		all = all && name.text.len > 0 && variable.text.len > 0 && attribute->count == 2;
	}
	return all;
}

static bool read_put(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                     const struct tl_arch_scope *scope)
{
	bool all = setting->kind == TL_LIST;

	for (const struct tl_item *entry = all ? setting->first : NULL; entry; entry = entry->next) {
		const struct tl_item *attribute = tl_arch_one(arch, entry, "attributes", "attribute"), *value = tl_item_get(attribute, "value");
		struct tl_name name = attribute_name(arch, attribute);

		all = all && name.text.len > 0 && value && attribute->count == 2;
		if (name.text.len == 0 || !value)
			continue;
		if (row->op == TL_ASSIGN) {
			name.text = tl_arena_printf(tl_arch_arena(arch), "Participant.%.*s", TL_FMT(name.text));
			add_assignment(arch, node, name, set_value(arch, value, scope), scope);
		} else {
			add_input(arch, node, name, set_value(arch, value, scope));
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

static bool read_statements(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                            const struct tl_arch_scope *scope)
{
	bool all = setting->kind == TL_LIST;

	(void)row;
	for (const struct tl_item *entry = all ? setting->first : NULL; entry; entry = entry->next) {
		const struct tl_item *statement = tl_arch_one(arch, entry, "statements", "statement"), *value = tl_item_get(statement, "value");
		struct tl_name variable = tl_arch_name(arch, statement, "variable");

		all = all && variable.text.len > 0 && value && statement->count == 2;
		if (variable.text.len == 0 || !value)
			continue;
		add_assignment(arch, node, variable, set_value(arch, value, scope), scope);
		all = fits_type(arch, tl_arch_variable(arch, scope->routine, variable), statement->key) && all;
	}
	return all;
}

static bool read_exit(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                      const struct tl_arch_scope *scope)
{
	struct tl_name name = tl_arch_name(arch, setting, "name");

	(void)row, (void)scope;
	node_at(arch, node)->exit = name.text;
	return name.text.len > 0 && setting->count == 1;
}

/* A computed reason is kept as it is. */
static bool read_reason(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, const struct tl_item *setting,
                        const struct tl_arch_scope *scope)
{
	struct tl_name name = tl_arch_name(arch, setting, "lit");

	(void)row, (void)scope;
	node_at(arch, node)->reason = name.text;
	return name.text.len > 0 || is_none(setting);
}

bool tl_arch_field(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, enum tl_arch_how how, const struct tl_item *setting,
                   const struct tl_arch_scope *scope)
{
	static read_fn *const read_table[] = {
		[TL_AS_SHAPED] = read_shaped, [TL_AS_PROMPT] = read_prompt, [TL_AS_NO_MATCH] = read_no_match,
		[TL_AS_SUBJECT] = read_subject, [TL_AS_QUEUE] = read_queue,
		[TL_AS_DESTINATION] = read_destination, [TL_AS_SCHEDULE] = read_schedule, [TL_AS_DURATION] = read_duration,
		[TL_AS_TIMEOUT] = read_timeout, [TL_AS_INPUT] = read_input, [TL_AS_RESULT] = read_result, [TL_AS_INTO] = read_into,
		[TL_AS_DIGITS] = read_digits, [TL_AS_NO_ENTRY] = read_no_entry, [TL_AS_CATEGORY] = read_category,
		[TL_AS_FLOW] = read_flow, [TL_AS_MODULE] = read_module, [TL_AS_OBJECT] = read_object, [TL_AS_GET] = read_get,
		[TL_AS_PUT] = read_put, [TL_AS_STATEMENTS] = read_statements, [TL_AS_EXIT] = read_exit, [TL_AS_REASON] = read_reason,
	};

	return read_table[how](arch, node, row, setting, scope);
}

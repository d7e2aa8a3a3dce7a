/* dialect/architect_field.c: what a setting of an action becomes in its node. One function a form; a form that is not known is left to the extras. */
#include <string.h>

#include "dialect/architect.h"

static bool read_shaped(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                        const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	(void)arch, (void)node, (void)row, (void)setting, (void)scope;
	return true;
}

static bool read_prompt(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                        const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	uint32_t prompt = tl_arch_prompt(arch, setting);

	(void)row, (void)scope;
	tl_arch_node(arch, node)->prompt = prompt;
	return prompt != TL_NONE;
}

static bool read_again(struct tl_arch *arch, struct tl_fallback *fallback, const struct tl_item *setting)
{
	fallback->prompt = tl_arch_prompt(arch, setting);
	fallback->given = true;
	return fallback->prompt != TL_NONE;
}

static bool read_no_input(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                          const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	(void)row, (void)scope;
	return read_again(arch, &tl_arch_node(arch, node)->ask.no_input, setting);
}

static bool read_no_match(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                          const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	(void)row, (void)scope;
	return read_again(arch, &tl_arch_node(arch, node)->ask.no_match, setting);
}

static bool read_subject(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                         const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	struct tl_expr *subject = tl_arch_expr(arch, setting, scope);

	(void)row;
	tl_arch_set_subject(arch, node, subject);
	return subject && tl_arch_is_plain(setting);
}

static bool read_queue(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                       const struct tl_item *setting, const struct tl_arch_scope *scope)
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
static bool read_destination(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                             const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	static const char *const target_table[] = { "targetQueue", "targetUser", "targetGroup" };
	const struct tl_item *kind = setting->kind == TL_MAP ? setting->first : NULL, *target = NULL;

	(void)row;
	for (size_t i = 0; i < TL_COUNT(target_table) && !target; i++)
		target = tl_item_get(kind, target_table[i]);
	if (target)
		tl_arch_set_subject(arch, node, tl_arch_expr(arch, target, scope));
	return false;
}

static bool read_schedule(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                          const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	const struct tl_item *kind = setting->kind == TL_MAP ? setting->first : NULL,
			     *selected = tl_item_get(kind, "selectedSchedule");

	(void)row;
	if (kind)
		tl_arch_set_subject(arch, node,
		                    selected ? tl_arch_expr(arch, selected, scope) : first_value(arch, kind, scope));
	return false;
}

static struct tl_expr *milliseconds(struct tl_arch *arch, int64_t ms, struct tl_span span)
{
	struct tl_expr *expr = tl_arch_literal(arch, TL_STR(""), span);

	expr->value = tl_value_number((double)ms);
	return expr;
}

static bool read_duration(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                          const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	int64_t ms;

	if (!tl_arch_duration(&ms, setting))
		return read_subject(arch, node, row, setting, scope);
	tl_arch_set_subject(arch, node, milliseconds(arch, ms, setting->span));
	return true;
}

static bool read_timeout(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                         const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	int64_t ms;

	(void)row, (void)scope;
	if (!tl_arch_duration(&ms, setting))
		return false;
	tl_arch_node(arch, node)->timeout_ms = ms;
	tl_arch_node(arch, node)->timeout_given = true;
	return true;
}

static bool read_input(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                       const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	struct tl_expr *value = tl_arch_expr(arch, setting, scope);

	(void)row;
	if (value)
		tl_arch_add_input(arch, node, (struct tl_name){ setting->key, setting->key_span }, value);
	return tl_arch_is_plain(setting) && (value || tl_arch_is_none(setting));
}

static bool read_result(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                        const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	struct tl_name variable = tl_arch_bound(arch, setting);

	(void)row;
	if (variable.text.len > 0)
		tl_arch_add_output(arch, node, setting->key, setting->key_span, variable, scope);
	return tl_arch_is_plain(setting) && (variable.text.len > 0 || tl_arch_is_none(setting));
}

/* A slot is a variable of the bot: {name: X} is Slot.X. */
static struct tl_name slot_name(struct tl_arch *arch, const struct tl_item *setting)
{
	struct tl_name name = tl_arch_name(arch, setting, "name");

	if (name.text.len > 0 && !tl_str_starts(name.text, TL_STR("Slot.")))
		name.text = tl_arena_printf(tl_arch_arena(arch), "Slot.%.*s", TL_FMT(name.text));
	return name;
}

static bool read_into(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                      const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	struct tl_name variable = tl_arch_bound(arch, setting);
	struct tl_assignment into;

	(void)row;
	if (variable.text.len == 0)
		variable = slot_name(arch, setting);
	if (variable.text.len == 0)
		return false;
	into = (struct tl_assignment){ .name = variable, .slot = tl_arch_variable(arch, scope->routine, variable) };
	tl_arch_node(arch, node)->into = into;
	tl_arch_node(arch, node)->has_into = true;
	return tl_arch_is_plain(setting);
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
static bool read_digits(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                        const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	const struct tl_item *range = tl_item_get(setting, "range"),
			     *terminator = tl_item_get(range, "terminatingDtmf");
	struct tl_node *gather = tl_arch_node(arch, node);

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

static bool read_no_entry(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                          const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	int64_t ms;

	(void)row, (void)scope;
	if (!tl_arch_duration(&ms, setting))
		return tl_arch_is_none(setting);
	tl_arch_node(arch, node)->ask.timeout_ms = ms;
	tl_arch_node(arch, node)->ask.timeout_given = true;
	return true;
}

static bool read_exit(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                      const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	struct tl_name name = tl_arch_name(arch, setting, "name");

	(void)row, (void)scope;
	tl_arch_node(arch, node)->exit = name.text;
	return name.text.len > 0 && setting->count == 1;
}

/* A computed reason is kept as it is. */
static bool read_reason(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row,
                        const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	struct tl_name name = tl_arch_name(arch, setting, "lit");

	(void)row, (void)scope;
	tl_arch_node(arch, node)->reason = name.text;
	return name.text.len > 0 || tl_arch_is_none(setting);
}

bool tl_arch_field(struct tl_arch *arch, uint32_t node, const struct tl_arch_action *row, enum tl_arch_how how,
                   const struct tl_item *setting, const struct tl_arch_scope *scope)
{
	static tl_arch_read *const read_table[] = {
		[TL_AS_SHAPED] = read_shaped,
		[TL_AS_PROMPT] = read_prompt,
		[TL_AS_NO_INPUT] = read_no_input,
		[TL_AS_NO_MATCH] = read_no_match,
		[TL_AS_SUBJECT] = read_subject,
		[TL_AS_QUEUE] = read_queue,
		[TL_AS_DESTINATION] = read_destination,
		[TL_AS_SCHEDULE] = read_schedule,
		[TL_AS_DURATION] = read_duration,
		[TL_AS_TIMEOUT] = read_timeout,
		[TL_AS_INPUT] = read_input,
		[TL_AS_RESULT] = read_result,
		[TL_AS_INTO] = read_into,
		[TL_AS_DIGITS] = read_digits,
		[TL_AS_NO_ENTRY] = read_no_entry,
		[TL_AS_CATEGORY] = tl_arch_read_category,
		[TL_AS_FLOW] = tl_arch_read_flow,
		[TL_AS_MODULE] = tl_arch_read_module,
		[TL_AS_OBJECT] = tl_arch_read_object,
		[TL_AS_GET] = tl_arch_read_get,
		[TL_AS_PUT] = tl_arch_read_put,
		[TL_AS_STATEMENTS] = tl_arch_read_statements,
		[TL_AS_EXIT] = read_exit,
		[TL_AS_REASON] = read_reason,
	};

	return read_table[how](arch, node, row, setting, scope);
}

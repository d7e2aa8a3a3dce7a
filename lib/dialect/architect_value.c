/* dialect/architect_value.c: Architect's ways to write a value ({lit}, {exp}, {var}, {noValue}, {tts}, {prompt}), and prompts. Expressions stay as text. */
#include <math.h>

#include "dialect/architect.h"

/* ---- Text, with placeholders as their author wrote them */

/* The first placeholder that ends after `at`. */
static size_t first_placeholder(const struct tl_substitution *substitution, uint32_t at)
{
	size_t low = 0, high = substitution->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (substitution->placeholders[middle].span.end <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The next placeholder without a value that starts before `end`, from `*at` on; *at is then the one after it. */
static const struct tl_placeholder *next_unset(const struct tl_substitution *substitution, size_t *at, uint32_t end)
{
	while (*at < substitution->count && substitution->placeholders[*at].span.start < end) {
		const struct tl_placeholder *placeholder = &substitution->placeholders[(*at)++];

		if (!placeholder->set)
			return placeholder;
	}
	return NULL;
}

bool tl_arch_is_filled(const struct tl_arch *arch, struct tl_span span)
{
	size_t at;

	if (!arch->unset)
		return true;
	at = first_placeholder(arch->substitution, span.start);
	return !next_unset(arch->substitution, &at, span.end);
}

/* Puts {{key}} where the text holds its stand-in. */
static struct tl_str restored(struct tl_arch *arch, struct tl_str text, struct tl_span span)
{
	const struct tl_substitution *substitution = arch->substitution;
	const struct tl_placeholder *placeholder;
	struct tl_buf buf = { 0 };
	struct tl_str result;
	size_t at, done = 0;

	if (!arch->unset)
		return text;
	at = first_placeholder(substitution, span.start);
	while ((placeholder = next_unset(substitution, &at, span.end)) != NULL) {
		struct tl_str stand_in = arch->stand_ins[placeholder - substitution->placeholders];
		size_t found = stand_in.len > 0 ? tl_str_find(text, stand_in, done) : SIZE_MAX;

		if (found == SIZE_MAX)
			continue;
		tl_buf_str(&buf, tl_str_slice(text, done, found));
		tl_buf_printf(&buf, "{{%.*s}}", TL_FMT(placeholder->key));
		done = found + stand_in.len;
	}
	if (done == 0)
		return text;
	tl_buf_str(&buf, tl_str_slice(text, done, text.len));
	result = tl_arena_dup(tl_arch_arena(arch), tl_buf_view(&buf));
	tl_buf_clear(&buf);
	return result;
}

static bool is_scalar(const struct tl_item *item)
{
	return item && item->kind != TL_NULL && item->kind != TL_LIST && item->kind != TL_MAP;
}

struct tl_str tl_arch_text(struct tl_arch *arch, const struct tl_item *item)
{
	return is_scalar(item) ? restored(arch, item->text, item->span) : TL_STR("");
}

struct tl_str tl_arch_key(struct tl_arch *arch, const struct tl_item *item)
{
	return restored(arch, item->key, item->key_span);
}

struct tl_name tl_arch_name(struct tl_arch *arch, const struct tl_item *map, const char *key)
{
	const struct tl_item *item = tl_item_get(map, key);

	if (!is_scalar(item))
		return (struct tl_name){ TL_STR(""), map ? map->span : (struct tl_span){ 0, 0 } };
	return (struct tl_name){ tl_arch_text(arch, item), item->span };
}

/* ---- Values */

struct tl_expr *tl_arch_literal(struct tl_arch *arch, struct tl_str text, struct tl_span span)
{
	struct tl_expr *expr = TL_ARENA_NEW(tl_arch_arena(arch), struct tl_expr);

	expr->kind = TL_E_LITERAL;
	expr->value = tl_value_string(text);
	expr->span = span;
	return expr;
}

struct tl_expr *tl_arch_opaque(struct tl_arch *arch, struct tl_str text, struct tl_span span)
{
	struct tl_expr *expr = tl_arch_literal(arch, text, span);

	expr->kind = TL_E_OPAQUE;
	return expr;
}

static struct tl_expr *variable_expr(struct tl_arch *arch, struct tl_name name, uint32_t routine)
{
	struct tl_expr *expr = TL_ARENA_NEW(tl_arch_arena(arch), struct tl_expr);

	expr->kind = TL_E_VARIABLE;
	expr->span = name.span;
	expr->variable = (struct tl_variable_ref){ .scope = TL_S_FLOW,
		                                   .slot = tl_arch_variable(arch, routine, name),
		                                   .name = name.text };
	return expr;
}

/* A scalar as it is; {name: X} as the text X; any other map or list as an object or list. */
static struct tl_expr *literal_expr(struct tl_arch *arch, const struct tl_item *item)
{
	const struct tl_item *name = tl_item_get(item, "name");
	struct tl_expr *expr;

	if (is_scalar(name))
		return tl_arch_literal(arch, tl_arch_text(arch, name), name->span);
	if (item->kind == TL_STRING)
		return tl_arch_literal(arch, tl_arch_text(arch, item), item->span);
	expr = tl_arch_literal(arch, TL_STR(""), item->span);
	expr->value = tl_value_of_item(tl_arch_arena(arch), item);
	return expr;
}

/* The scalar child of that key, or NULL. */
static const struct tl_item *scalar_child(const struct tl_item *map, const char *key)
{
	const struct tl_item *child = tl_item_get(map, key);

	return is_scalar(child) ? child : NULL;
}

/* The value within its wrapping, whatever stands beside it (some exports repeat a name there); the item itself where it has none. */
static const struct tl_item *wrapped_literal(const struct tl_item *item)
{
	static const char *const wrap_table[] = { "lit", "tts", "prompt" };

	for (size_t i = 0; i < TL_COUNT(wrap_table); i++) {
		const struct tl_item *child = tl_item_get(item, wrap_table[i]);

		if (child)
			return child;
	}
	return item;
}

struct tl_expr *tl_arch_expr(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_scope *scope)
{
	const struct tl_item *literal = wrapped_literal(item), *expression = scalar_child(item, "exp"),
			     *variable = scalar_child(item, "var");

	if (!literal || literal->kind == TL_NULL || tl_item_get(item, "noValue") || tl_item_get(item, "none"))
		return NULL;
	if (expression)
		return tl_arch_opaque(arch, tl_arch_text(arch, expression), expression->span);
	if (variable)
		return variable_expr(arch, (struct tl_name){ tl_arch_text(arch, variable), variable->span },
		                     scope->routine);
	return literal_expr(arch, literal);
}

/* What `lit` holds, or the item itself where it is not wrapped. */
static const struct tl_item *unwrapped(const struct tl_item *item)
{
	const struct tl_item *literal = tl_item_get(item, "lit");

	return literal ? literal : item;
}

bool tl_arch_duration(int64_t *ms, const struct tl_item *item)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} unit_table[] = {
		{ "ms", 1 },          { "milliseconds", 1 }, { "seconds", 1000 },
		{ "minutes", 60000 }, { "hours", 3600000 },  { "days", 86400000 },
	};
	const struct tl_item *literal = unwrapped(item);
	double sum = 0;

	if (!literal || literal->kind != TL_MAP || !literal->first)
		return false;
	for (const struct tl_item *part = literal->first; part; part = part->next) {
		size_t unit = 0;

		while (unit < TL_COUNT(unit_table) && !tl_str_is(part->key, unit_table[unit].unit))
			unit++;
		if (unit == TL_COUNT(unit_table) || part->kind != TL_NUMBER || !(part->number >= 0))
			return false;
		sum += part->number * (double)unit_table[unit].ms;
	}
	if (!(sum <= 1e15))
		return false;
	*ms = (int64_t)sum;
	return true;
}

bool tl_arch_count(uint32_t *count, const struct tl_item *item)
{
	const struct tl_item *literal = unwrapped(item);

	if (!literal || literal->kind != TL_NUMBER || !(literal->number >= 0 && literal->number < TL_NONE) ||
	    floor(literal->number) != literal->number)
		return false;
	*count = (uint32_t)literal->number;
	return true;
}

/* ---- Prompts */

static uint32_t inline_prompt(struct tl_arch *arch, struct tl_expr *text, struct tl_span span)
{
	uint32_t index = tl_builder_prompt(&arch->builder, (struct tl_name){ TL_STR(""), span });
	struct tl_prompt *prompt = &tl_arch_flow(arch)->prompts[index];

	prompt->declared = true;
	prompt->span = span;
	prompt->texts = TL_ARENA_NEW(tl_arch_arena(arch), struct tl_wording);
	prompt->n_texts = 1;
	prompt->texts[0] = (struct tl_wording){ .language = TL_STR(""), .text = text, .span = span };
	return index;
}

/* The platform has it: nothing in the file declares it. */
static uint32_t named_prompt(struct tl_arch *arch, const struct tl_item *item)
{
	struct tl_name name = { tl_arch_text(arch, item), item->span };
	uint32_t index = tl_builder_prompt_named(&arch->builder, name);

	tl_arch_flow(arch)->prompts[index].declared = true;
	return index;
}

uint32_t tl_arch_prompt(struct tl_arch *arch, const struct tl_item *item)
{
	const struct tl_item *first = item && item->kind == TL_MAP && item->count == 1 ? item->first : NULL;
	const struct tl_item *name = first ? tl_item_get(first, "name") : NULL;

	if (is_scalar(item) && item->text.len > 0)
		return inline_prompt(arch, tl_arch_literal(arch, tl_arch_text(arch, item), item->span), item->span);
	if (first && tl_str_is(first->key, "lit") && is_scalar(name) && name->text.len > 0)
		return named_prompt(arch, name);
	if (!is_scalar(first) || first->text.len == 0)
		return TL_NONE;
	if (tl_str_is(first->key, "prompt"))
		return named_prompt(arch, first);
	if (tl_str_is(first->key, "exp"))
		return inline_prompt(arch, tl_arch_opaque(arch, tl_arch_text(arch, first), first->span), item->span);
	if (tl_str_is(first->key, "tts") || tl_str_is(first->key, "lit"))
		return inline_prompt(arch, tl_arch_literal(arch, tl_arch_text(arch, first), first->span), item->span);
	return TL_NONE;
}

/* dialect/wire_action.c: actions, prompts and conditions of the wire in the words of the native language. A member of another shape is passed
 * over here and kept as a rest. */
#include "dialect/wire.h"

static const struct tl_wire_type type_table[] = {
	{ "set", "set", TL_R_NEXT, "next", { 0 }, "" },
	{ "play", "play", TL_R_NEXT, "next", { 0 }, "" },
	{ "menu", "menu", TL_R_OTHERWISE, "otherwise", { 0 }, " no_input.next no_match.next " },
	{ "gather", "gather", TL_R_NEXT, "next", { "otherwise" }, " otherwise no_input.next no_match.next " },
	{ "transfer", "route", TL_R_FAILED, "failed", { 0 }, "" },
	{ "data_action", "data_action", TL_R_NEXT, "next", { "failed" }, " failed timed_out " },
	{ "lookup_profile", "lookup_profile", TL_R_FOUND, "found", { "not_found" }, " not_found failed " },
	{ "hours", "hours", TL_R_OPEN, "open", { "closed" }, " closed holiday " },
	{ "subflow", "subflow", TL_R_OTHERWISE, "otherwise", { 0 }, "" },
	{ "decide", NULL, TL_R_OTHERWISE, "otherwise", { 0 }, "" },
	{ "webchat", NULL, TL_R_NEXT, "next", { 0 }, "" },
	{ "start", NULL, TL_R_NEXT, "next", { 0 }, "" },
};

const struct tl_wire_type *tl_wire_type_of_action(struct tl_str action)
{
	for (size_t i = 0; i < TL_COUNT(type_table); i++) {
		if (type_table[i].action && tl_str_is(action, type_table[i].action))
			return &type_table[i];
	}
	return NULL;
}

const struct tl_wire_type *tl_wire_type_of_native(struct tl_str type)
{
	for (size_t i = 0; i < TL_COUNT(type_table); i++) {
		if (tl_str_is(type, type_table[i].type))
			return &type_table[i];
	}
	return NULL;
}

/* ---- pieces. Each returns a new item, or NULL where there is nothing of that shape. */

static struct tl_item *new_map(struct tl_arena *arena, const struct tl_item *from)
{
	struct tl_item *map = tl_item_new(arena, TL_MAP);

	map->span = from->span;
	map->key_span = from->key_span;
	return map;
}

/* As it is: a name, a number, a list of phrases. */
static struct tl_item *same(struct tl_arena *arena, const struct tl_item *item)
{
	return item ? tl_item_copy(arena, item) : NULL;
}

/* A literal, or a text that may hold variables. */
static struct tl_item *value(struct tl_arena *arena, const struct tl_item *item)
{
	struct tl_item *copy = same(arena, item);

	if (copy && copy->kind == TL_STRING)
		copy->text = tl_wire_text_read(arena, item->text);
	return copy;
}

static struct tl_item *values(struct tl_arena *arena, const struct tl_item *map)
{
	struct tl_item *all;

	if (!map || map->kind != TL_MAP)
		return NULL;
	all = new_map(arena, map);
	for (const struct tl_item *item = map->first; item; item = item->next)
		tl_item_put(all, item->key, value(arena, item));
	return all;
}

/* A text, or [{language, text}, …], as a text or a map by language. `kind` is "text" or "audio"; a path holds no variables. */
static struct tl_item *wording(struct tl_arena *arena, const struct tl_item *prompt, const char *kind)
{
	const struct tl_item *item = tl_item_get(prompt, kind);
	bool is_text = kind[0] == 't';
	struct tl_item *by_language;

	if (!item || item->kind != TL_LIST)
		return is_text ? value(arena, item) : same(arena, item);
	by_language = new_map(arena, item);
	for (const struct tl_item *one = item->first; one; one = one->next) {
		const struct tl_item *language = tl_item_get(one, "language"), *words = tl_item_get(one, kind);

		if (!language || language->kind != TL_STRING || !words || words->kind != TL_STRING)
			continue;
		tl_item_put(by_language, language->text, is_text ? value(arena, words) : same(arena, words))->key_span = language->span;
	}
	return by_language;
}

struct tl_item *tl_wire_prompt_read(struct tl_arena *arena, const struct tl_item *prompt)
{
	struct tl_item *map;

	if (!prompt || prompt->kind != TL_MAP)
		return same(arena, prompt);
	map = new_map(arena, prompt);
	tl_item_put_some(map, "text", wording(arena, prompt, "text"));
	tl_item_put_some(map, "audio", wording(arena, prompt, "audio"));
	tl_item_put_some(map, "duration", same(arena, tl_item_get(prompt, "duration")));
	return map;
}

struct tl_item *tl_wire_prompts_read(struct tl_arena *arena, const struct tl_item *prompts)
{
	struct tl_item *map;

	if (!prompts || prompts->kind != TL_MAP)
		return NULL;
	map = new_map(arena, prompts);
	for (const struct tl_item *prompt = prompts->first; prompt; prompt = prompt->next)
		tl_item_put(map, prompt->key, tl_wire_prompt_read(arena, prompt));
	return map;
}

/* ---- conditions */

static enum tl_operator wire_operator(struct tl_str name)
{
	for (enum tl_operator op = 0; op < TL_OP_COUNT; op++) {
		if (tl_str_is(name, tl_operator_table[op].wire))
			return op;
	}
	return TL_OP_COUNT;
}

/* {condition: all | any | not, conditions: […]} */
static struct tl_item *joined(struct tl_arena *arena, const struct tl_item *condition, enum tl_operator op)
{
	const struct tl_item *parts = tl_item_get(condition, "conditions");
	struct tl_item *map = new_map(arena, condition), *list = tl_item_new(arena, TL_LIST), *part;

	if (!parts || parts->kind != TL_LIST || (op == TL_OP_NOT && parts->count != 1))
		return NULL;
	list->span = parts->span;
	for (const struct tl_item *item = parts->first; item; item = item->next) {
		part = tl_wire_condition_read(arena, item);
		if (!part)
			return NULL;
		tl_item_add(list, part);
	}
	tl_item_put_some(map, tl_operator_table[op].name, op == TL_OP_NOT ? list->first : list);
	return map;
}

struct tl_item *tl_wire_condition_read(struct tl_arena *arena, const struct tl_item *condition)
{
	enum tl_operator op = wire_operator(tl_item_text(condition, "condition"));
	const struct tl_item *variable = tl_item_get(condition, "variable"), *right = tl_item_get(condition, "value");
	struct tl_item *map;

	if (op == TL_OP_COUNT || op <= TL_OP_NOT)
		return op == TL_OP_COUNT ? NULL : joined(arena, condition, op);
	if (!variable || variable->kind != TL_STRING || !right)
		return NULL;
	map = new_map(arena, condition);
	tl_item_put_some(map, "variable", same(arena, variable));
	tl_item_put_some(map, tl_operator_table[op].name, same(arena, right));
	return map;
}

/* ---- actions */

static void put_prompt(struct tl_arena *arena, struct tl_item *native, const struct tl_item *action)
{
	tl_item_put_some(native, "prompt", tl_wire_prompt_read(arena, tl_item_get(action, "prompt")));
}

/* Words said in the action itself are an inline prompt. */
static void read_play(struct tl_arena *arena, struct tl_item *native, const struct tl_item *action)
{
	if (!tl_item_get(action, "prompt") && (tl_item_get(action, "text") || tl_item_get(action, "audio")))
		tl_item_put_some(native, "prompt", tl_wire_prompt_read(arena, action));
	put_prompt(arena, native, action);
}

static struct tl_item *fallback(struct tl_arena *arena, const struct tl_item *item)
{
	struct tl_item *map;

	if (!item || item->kind != TL_MAP)
		return NULL;
	map = new_map(arena, item);
	tl_item_put_some(map, "timeout", same(arena, tl_item_get(item, "timeout")));
	tl_item_put_some(map, "retries", same(arena, tl_item_get(item, "retries")));
	put_prompt(arena, map, item);
	return map;
}

static void put_ask(struct tl_arena *arena, struct tl_item *native, const struct tl_item *action)
{
	put_prompt(arena, native, action);
	tl_item_put_some(native, "no_input", fallback(arena, tl_item_get(action, "no_input")));
	tl_item_put_some(native, "no_match", fallback(arena, tl_item_get(action, "no_match")));
	tl_item_put_some(native, "min_confidence", same(arena, tl_item_get(action, "min_confidence")));
}

/* [{variable, value}, …], as a map. */
static struct tl_item *assignments(struct tl_arena *arena, const struct tl_item *list)
{
	struct tl_item *map;

	if (!list || list->kind != TL_LIST)
		return values(arena, list);
	map = new_map(arena, list);
	for (const struct tl_item *item = list->first; item; item = item->next) {
		const struct tl_item *variable = tl_item_get(item, "variable"), *given = tl_item_get(item, "value");

		if (variable && variable->kind == TL_STRING && given)
			tl_item_put(map, variable->text, value(arena, given))->key_span = variable->span;
	}
	return map;
}

/* A guard that is not known stays as a map that is no condition: its reader then keeps it as it is. */
static struct tl_item *guard(struct tl_arena *arena, const struct tl_item *when)
{
	struct tl_item *condition = tl_wire_condition_read(arena, when);

	return condition || !when ? condition : new_map(arena, when);
}

static struct tl_item *choice(struct tl_arena *arena, const struct tl_item *item)
{
	struct tl_item *map = new_map(arena, item);

	tl_item_put_some(map, "key", same(arena, tl_item_get(item, "key")));
	tl_item_put_some(map, "phrases", same(arena, tl_item_get(item, "phrases")));
	tl_item_put_some(map, "when", guard(arena, tl_item_get(item, "when")));
	put_prompt(arena, map, item);
	tl_item_put_some(map, "set", assignments(arena, tl_item_get(item, "set")));
	return map;
}

static void read_menu(struct tl_arena *arena, struct tl_item *native, const struct tl_item *action)
{
	const struct tl_item *choices = tl_item_get(action, "choices");
	struct tl_item *list;

	put_ask(arena, native, action);
	if (!choices || choices->kind != TL_LIST)
		return;
	list = same(arena, choices);
	list->first = list->last = NULL;
	list->count = 0;
	for (const struct tl_item *item = choices->first; item; item = item->next)
		tl_item_add(list, choice(arena, item));
	tl_item_put_some(native, "choices", list);
}

static void read_gather(struct tl_arena *arena, struct tl_item *native, const struct tl_item *action)
{
	put_ask(arena, native, action);
	tl_item_put_some(native, "into", same(arena, tl_item_get(action, "into")));
	tl_item_put_some(native, "accept", same(arena, tl_item_get(action, "accept")));
	tl_item_put_some(native, "digits", same(arena, tl_item_get(action, "digits")));
}

/* The wire's member for each kind of target. */
static const struct {
	const char *wire, *native;
} target_table[] = { { "queueId", "queue" }, { "number", "number" }, { "user", "user" }, { "flow", "flow" } };

static void read_route(struct tl_arena *arena, struct tl_item *native, const struct tl_item *action)
{
	for (size_t i = 0; i < TL_COUNT(target_table); i++) {
		const struct tl_item *target = tl_item_get(action, target_table[i].wire);
		struct tl_item *to;

		if (!target || target->kind != TL_STRING)
			continue;
		to = new_map(arena, action);
		tl_item_put_some(to, target_table[i].native, value(arena, target));
		tl_item_put_some(native, "to", to);
		return;
	}
}

static void put_arguments(struct tl_arena *arena, struct tl_item *native, const struct tl_item *action)
{
	tl_item_put_some(native, "inputs", values(arena, tl_item_get(action, "inputs")));
	tl_item_put_some(native, "outputs", same(arena, tl_item_get(action, "outputs")));
}

static void read_data_action(struct tl_arena *arena, struct tl_item *native, const struct tl_item *action)
{
	tl_item_put_some(native, "action", same(arena, tl_item_get(action, "action")));
	tl_item_put_some(native, "timeout", same(arena, tl_item_get(action, "timeout")));
	put_arguments(arena, native, action);
}

static void read_lookup_profile(struct tl_arena *arena, struct tl_item *native, const struct tl_item *action)
{
	tl_item_put_some(native, "by", value(arena, tl_item_get(action, "by")));
}

static void read_hours(struct tl_arena *arena, struct tl_item *native, const struct tl_item *action)
{
	tl_item_put_some(native, "schedule", same(arena, tl_item_get(action, "schedule")));
}

static void read_subflow(struct tl_arena *arena, struct tl_item *native, const struct tl_item *action)
{
	tl_item_put_some(native, "flow", same(arena, tl_item_get(action, "flow")));
	put_arguments(arena, native, action);
}

struct tl_item *tl_wire_action_read(struct tl_arena *arena, const struct tl_wire_type *row, const struct tl_item *action)
{
	static const struct {
		const char *type;
		void (*read)(struct tl_arena *arena, struct tl_item *native, const struct tl_item *action);
	} table[] = {
		{ "play", read_play }, { "menu", read_menu }, { "gather", read_gather }, { "transfer", read_route },
		{ "data_action", read_data_action }, { "lookup_profile", read_lookup_profile }, { "hours", read_hours },
		{ "subflow", read_subflow },
	};
	const struct tl_item *name = tl_item_get(action, "name");
	struct tl_item *native = new_map(arena, action), *type = tl_item_string(arena, tl_str(row->type));

	type->span = name ? name->span : action->span;
	tl_item_put_some(native, "type", type);
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		if (tl_str_is(tl_str(row->type), table[i].type))
			table[i].read(arena, native, action);
	}
	return native;
}

struct tl_str tl_wire_target_member(struct tl_str kind)
{
	for (size_t i = 0; i < TL_COUNT(target_table); i++) {
		if (tl_str_is(kind, target_table[i].native))
			return tl_str(target_table[i].wire);
	}
	return kind;
}

#include "unit_gen.h"

#include "base/text.h"

uint32_t unit_random(struct unit_random *random, uint32_t n)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return (uint32_t)(random->state >> 33) % n;
}

/* One flow in the making. */
struct gen {
	struct tl_arena *arena;
	struct unit_random random;
	const char *nodes[24];
	uint32_t n_nodes;
	bool voice;
};

static const char *const node_names[] = {
	"start", "greet", "no", "on", "_x", "a-1", "menu", "set", "end", "play", "main", "route", "N", "null", "x2", "y3", "z4", "begin",
};
static const char *const variable_names[] = { "tier", "intent", "amount", "consent", "meta", "now2", "a-b", "outcome" };
static const char *const variable_types[] = { "string", "string", "number", "boolean", "object", "string", "string", "number" };
static const char *const texts[] = {
	"", "plain", "Hello ${caller.name}.", "${tier}", "${now}", "a ${meta.queue.id} b", "cost $$5", "$", "$$${tier}", "{tier}", "{{tier}", "{",
	"{${tier}}", "{ x }", "\"quoted\" \\ back", "line\nbreak\ttab", "\xc3\xbc\xe2\x82\xac", "${env.REGION}", "${env.REGION}${env.MISSING}x",
	"{${env.BRACE}tier}", "${profile.home town}", "${50%}", "${}", "true", "12", "null", "{\"a\": 1}", "}{", "$${tier}", "${last.input}",
	"{{{${tier}", "{$x y}", "\xe2\x80\xae<b>@all</b>|`", "${call.language}",
};
static const char *const durations[] = { "5s", "250ms", "5000ms", "2m", "0s", "60s", "1500ms" };

static const char *pick(struct gen *gen, const char *const *list, size_t count)
{
	return list[unit_random(&gen->random, (uint32_t)count)];
}

#define PICK(gen, list) pick((gen), (list), TL_COUNT(list))

static bool chance(struct gen *gen, uint32_t percent)
{
	return unit_random(&gen->random, 100) < percent;
}

static struct tl_item *map(struct gen *gen)
{
	return tl_item_new(gen->arena, TL_MAP);
}

static struct tl_item *list(struct gen *gen)
{
	return tl_item_new(gen->arena, TL_LIST);
}

static struct tl_item *text(struct gen *gen, const char *literal)
{
	return tl_item_string(gen->arena, tl_str(literal));
}

static struct tl_item *number(struct gen *gen)
{
	static const double numbers[] = { 0, 1, -1, 0.5, 1e21, 123456789012.0, 1e-7, 3 };

	return tl_item_number(gen->arena, numbers[unit_random(&gen->random, TL_COUNT(numbers))]);
}

static struct tl_item *put(struct tl_item *to, const char *key, struct tl_item *item)
{
	return tl_item_put(to, tl_str(key), item);
}

static void target(struct gen *gen, struct tl_item *to, const char *key)
{
	put(to, key, text(gen, gen->nodes[unit_random(&gen->random, gen->n_nodes)]));
}

static struct tl_item *literal(struct gen *gen, uint32_t depth)
{
	struct tl_item *item;

	switch (unit_random(&gen->random, depth > 0 ? 7 : 4)) {
	case 0:
		return number(gen);
	case 1:
		return tl_item_boolean(gen->arena, chance(gen, 50));
	case 2:
		return tl_item_new(gen->arena, TL_NULL);
	case 3:
		return text(gen, PICK(gen, texts));
	case 4:
		item = list(gen);
		for (uint32_t i = unit_random(&gen->random, 3); i > 0; i--)
			tl_item_add(item, literal(gen, depth - 1));
		return item;
	default:
		item = map(gen);
		if (chance(gen, 70))
			put(item, "a", literal(gen, depth - 1));
		if (chance(gen, 70))
			put(item, "{b}", literal(gen, depth - 1));
		return item;
	}
}

static struct tl_item *value(struct gen *gen)
{
	return chance(gen, 60) ? text(gen, PICK(gen, texts)) : literal(gen, 2);
}

static struct tl_item *leaf_condition(struct gen *gen)
{
	static const char *const names[] = { "tier", "meta.queue", "profile.level", "last.confidence", "caller.number", "undeclared", "last.outcome" };
	static const char *const operators[] = {
		"equals", "not_equals", "less_than", "at_most", "greater_than", "at_least", "starts_with", "contains", "in", "is_set",
	};
	const char *operator = PICK(gen, operators);
	struct tl_item *item = map(gen), *values;

	put(item, "variable", text(gen, PICK(gen, names)));
	if (strcmp(operator, "is_set") == 0) {
		put(item, operator, tl_item_boolean(gen->arena, chance(gen, 50)));
	} else if (strcmp(operator, "in") == 0) {
		values = put(item, operator, list(gen));
		for (uint32_t i = unit_random(&gen->random, 3); i > 0; i--)
			tl_item_add(values, literal(gen, 0));
	} else {
		put(item, operator, literal(gen, 1));
	}
	return item;
}

static struct tl_item *condition(struct gen *gen, uint32_t depth)
{
	struct tl_item *item, *parts;
	uint32_t kind = unit_random(&gen->random, 6);

	if (depth == 0 || kind > 2)
		return leaf_condition(gen);
	item = map(gen);
	if (kind == 0) {
		put(item, "not", condition(gen, depth - 1));
		return item;
	}
	parts = put(item, kind == 1 ? "all" : "any", list(gen));
	for (uint32_t i = unit_random(&gen->random, 3); i > 0; i--)
		tl_item_add(parts, condition(gen, depth - 1));
	return item;
}

/* A text for all languages, or one a language in any order. */
static void wording(struct gen *gen, struct tl_item *prompt, const char *key, bool is_text)
{
	static const char *const audios[] = { "prompts/a.wav", "prompts/{tier}.wav", "a$b.wav", "x y.wav" };
	static const char *const languages[] = { "en-us", "de-de", "fr-fr" };
	struct tl_item *by_language;
	uint32_t first = unit_random(&gen->random, 3);

	if (chance(gen, 70)) {
		put(prompt, key, text(gen, is_text ? PICK(gen, texts) : PICK(gen, audios)));
		return;
	}
	by_language = put(prompt, key, map(gen));
	for (uint32_t i = 0; i <= unit_random(&gen->random, 3); i++)
		put(by_language, languages[(first + i) % 3], text(gen, is_text ? PICK(gen, texts) : PICK(gen, audios)));
}

static struct tl_item *prompt_of(struct gen *gen)
{
	struct tl_item *prompt = map(gen);

	if (chance(gen, 80))
		wording(gen, prompt, "text", true);
	if (prompt->count == 0 || chance(gen, 30))
		wording(gen, prompt, "audio", false);
	if (chance(gen, 40))
		put(prompt, "duration", text(gen, PICK(gen, durations)));
	return prompt;
}

static struct tl_item *prompt_use(struct gen *gen)
{
	static const char *const names[] = { "p0", "p1", "p2", "nowhere" };

	return chance(gen, 60) ? text(gen, PICK(gen, names)) : prompt_of(gen);
}

static struct tl_item *values(struct gen *gen)
{
	struct tl_item *all = map(gen);
	uint32_t first = unit_random(&gen->random, TL_COUNT(variable_names)), count = 1 + unit_random(&gen->random, 4);

	for (uint32_t i = 0; i < count; i++)
		put(all, variable_names[(first + i * 3) % TL_COUNT(variable_names)], value(gen));
	return all;
}

/* ---- nodes */

static void fallback(struct gen *gen, struct tl_item *node, const char *key, bool timeout)
{
	struct tl_item *item;

	if (chance(gen, 40))
		return;
	item = put(node, key, map(gen));
	if (timeout && chance(gen, 50))
		put(item, "timeout", text(gen, PICK(gen, durations)));
	if (chance(gen, 60))
		put(item, "retries", tl_item_number(gen->arena, unit_random(&gen->random, 4)));
	if (chance(gen, 40))
		put(item, "prompt", prompt_use(gen));
	if (chance(gen, 40))
		target(gen, item, "next");
}

static void ask(struct gen *gen, struct tl_item *node)
{
	static const double confidences[] = { 0, 0.3, 0.5, 1 };

	put(node, "prompt", prompt_use(gen));
	fallback(gen, node, "no_input", true);
	fallback(gen, node, "no_match", false);
	if (chance(gen, 30))
		put(node, "min_confidence", tl_item_number(gen->arena, confidences[unit_random(&gen->random, 4)]));
	target(gen, node, "otherwise");
}

static void gen_menu(struct gen *gen, struct tl_item *node)
{
	static const char *const keys[] = { "1", "2", "*", "#", "0" };
	static const char *const phrases[] = { "billing", "my bill", "\xc3\xbc" "ber {uns}", "$x" };
	struct tl_item *choices, *choice, *said;

	ask(gen, node);
	choices = put(node, "choices", list(gen));
	for (uint32_t i = unit_random(&gen->random, 5); i > 0; i--) {
		choice = tl_item_add(choices, map(gen));
		if (chance(gen, 70))
			put(choice, "key", text(gen, PICK(gen, keys)));
		if (choice->count == 0 || chance(gen, 50)) {
			said = put(choice, "phrases", list(gen));
			for (uint32_t n = 1 + unit_random(&gen->random, 3); n > 0; n--)
				tl_item_add(said, text(gen, PICK(gen, phrases)));
		}
		if (chance(gen, 40))
			put(choice, "when", condition(gen, 2));
		if (chance(gen, 40))
			put(choice, "prompt", prompt_use(gen));
		if (chance(gen, 40))
			put(choice, "set", values(gen));
		target(gen, choice, "next");
	}
}

static void gen_gather(struct gen *gen, struct tl_item *node)
{
	static const char *const kinds[] = { "dtmf", "speech", "text" };
	static const char *const signs[] = { "#", "*", "0" };
	struct tl_item *item;

	ask(gen, node);
	put(node, "into", text(gen, PICK(gen, variable_names)));
	if (chance(gen, 50)) {
		item = put(node, "accept", list(gen));
		for (uint32_t i = unit_random(&gen->random, 3); i < 3; i++)
			tl_item_add(item, text(gen, kinds[i]));
	}
	if (chance(gen, 60)) {
		item = put(node, "digits", map(gen));
		put(item, "min", tl_item_number(gen->arena, unit_random(&gen->random, 3)));
		if (chance(gen, 60))
			put(item, "max", tl_item_number(gen->arena, 32));
		if (chance(gen, 60))
			put(item, "terminator", text(gen, PICK(gen, signs)));
	}
	target(gen, node, "next");
}

static void gen_play(struct gen *gen, struct tl_item *node)
{
	put(node, "prompt", prompt_use(gen));
	target(gen, node, "next");
}

static void gen_set(struct gen *gen, struct tl_item *node)
{
	put(node, "values", values(gen));
	target(gen, node, "next");
}

static void gen_decide(struct gen *gen, struct tl_item *node)
{
	struct tl_item *cases = put(node, "cases", list(gen)), *one;

	for (uint32_t i = unit_random(&gen->random, 4); i > 0; i--) {
		one = tl_item_add(cases, map(gen));
		put(one, "when", condition(gen, 3));
		target(gen, one, "next");
	}
	target(gen, node, "otherwise");
}

static void arguments(struct gen *gen, struct tl_item *node)
{
	static const char *const fields[] = { "plan", "a.b.c", "x y" };
	struct tl_item *outputs;

	if (chance(gen, 60))
		put(node, "inputs", values(gen));
	if (chance(gen, 60)) {
		outputs = put(node, "outputs", map(gen));
		put(outputs, "tier", text(gen, PICK(gen, fields)));
		if (chance(gen, 50))
			put(outputs, "amount", text(gen, PICK(gen, fields)));
	}
}

static void gen_data_action(struct gen *gen, struct tl_item *node)
{
	static const char *const actions[] = { "crm.lookup", "pay {x}", "${no}" };

	put(node, "action", text(gen, PICK(gen, actions)));
	arguments(gen, node);
	if (chance(gen, 50))
		put(node, "timeout", text(gen, PICK(gen, durations)));
	target(gen, node, "next");
	target(gen, node, "failed");
	if (chance(gen, 50))
		target(gen, node, "timed_out");
}

static void gen_lookup_profile(struct gen *gen, struct tl_item *node)
{
	if (chance(gen, 50))
		put(node, "by", text(gen, PICK(gen, texts)));
	target(gen, node, "found");
	target(gen, node, "not_found");
	if (chance(gen, 50))
		target(gen, node, "failed");
}

static void gen_hours(struct gen *gen, struct tl_item *node)
{
	put(node, "schedule", text(gen, "office {x}"));
	target(gen, node, "open");
	target(gen, node, "closed");
	if (chance(gen, 50))
		target(gen, node, "holiday");
}

static void gen_transfer(struct gen *gen, struct tl_item *node)
{
	static const char *const kinds[] = { "queue", "number", "user", "flow" };

	put(put(node, "to", map(gen)), PICK(gen, kinds), text(gen, PICK(gen, texts)));
	if (chance(gen, 50))
		target(gen, node, "failed");
}

static void gen_subflow(struct gen *gen, struct tl_item *node)
{
	static const char *const exits[] = { "done", "cancelled", "next", "choice 1", "a b" };
	struct tl_item *map_of_exits;
	uint32_t first = unit_random(&gen->random, 5);

	put(node, "flow", text(gen, "other-flow"));
	arguments(gen, node);
	if (chance(gen, 70)) {
		map_of_exits = put(node, "exits", map(gen));
		for (uint32_t i = 0; i < 3; i++)
			target(gen, map_of_exits, exits[(first + i) % 5]);
	}
	target(gen, node, "otherwise");
}

static void gen_end(struct gen *gen, struct tl_item *node)
{
	if (chance(gen, 50))
		put(node, "exit", text(gen, "done"));
	if (chance(gen, 30))
		put(node, "reason", text(gen, PICK(gen, texts)));
}

static void add_node(struct gen *gen, struct tl_item *nodes, const char *name)
{
	static const struct {
		const char *type;
		void (*make)(struct gen *gen, struct tl_item *node);
	} table[] = {
		{ "play", gen_play }, { "menu", gen_menu }, { "gather", gen_gather }, { "set", gen_set }, { "decide", gen_decide },
		{ "data_action", gen_data_action }, { "lookup_profile", gen_lookup_profile }, { "hours", gen_hours },
		{ "transfer", gen_transfer }, { "subflow", gen_subflow }, { "end", gen_end },
	};
	uint32_t row = unit_random(&gen->random, TL_COUNT(table));
	struct tl_item *node = put(nodes, name, map(gen));

	put(node, "type", text(gen, table[row].type));
	if (chance(gen, 15))
		put(node, "name", text(gen, PICK(gen, texts)));
	if (chance(gen, 15))
		put(node, "description", text(gen, PICK(gen, texts)));
	table[row].make(gen, node);
}

static void add_variables(struct gen *gen, struct tl_item *flow)
{
	struct tl_item *variables = put(flow, "variables", map(gen)), *one;

	for (size_t i = 0; i < TL_COUNT(variable_names); i++) {
		if (chance(gen, 20))
			continue;
		one = put(variables, variable_names[i], map(gen));
		put(one, "type", text(gen, variable_types[i]));
		if (chance(gen, 50))
			put(one, "default", literal(gen, 1));
		if (chance(gen, 30))
			tl_item_add(put(one, "enum", list(gen)), literal(gen, 0));
		if (chance(gen, 20))
			put(one, "sensitive", tl_item_boolean(gen->arena, chance(gen, 70)));
	}
}

struct tl_item *unit_random_flow(struct tl_arena *arena, uint64_t seed)
{
	struct gen gen = { .arena = arena, .random = { .state = seed * 0x9e3779b97f4a7c15u + 1 } };
	struct tl_item *flow = map(&gen), *items;
	uint32_t first = unit_random(&gen.random, TL_COUNT(node_names));

	for (int i = 0; i < 8; i++)
		unit_random(&gen.random, 2);
	gen.n_nodes = 1 + unit_random(&gen.random, 12);
	for (uint32_t i = 0; i < gen.n_nodes; i++)
		gen.nodes[i] = node_names[(first + i) % TL_COUNT(node_names)];
	put(flow, "flow", text(&gen, "flow-a"));
	if (chance(&gen, 70))
		put(flow, "name", text(&gen, chance(&gen, 30) ? "flow-a" : PICK(&gen, texts)));
	put(flow, "channel", text(&gen, chance(&gen, 50) ? "voice" : "message"));
	target(&gen, flow, "start");
	if (chance(&gen, 80))
		add_variables(&gen, flow);
	if (chance(&gen, 80)) {
		items = put(flow, "prompts", map(&gen));
		put(items, "p0", prompt_of(&gen));
		put(items, "p1", prompt_of(&gen));
	}
	items = put(flow, "nodes", map(&gen));
	for (uint32_t i = 0; i < gen.n_nodes; i++)
		add_node(&gen, items, gen.nodes[i]);
	if (chance(&gen, 30))
		put(put(flow, "settings", map(&gen)), chance(&gen, 50) ? "webchat" : "x", literal(&gen, 3));
	if (chance(&gen, 20))
		put(flow, "renamed_from", text(&gen, "old-flow"));
	return flow;
}

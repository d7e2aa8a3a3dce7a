/* Keywords that hold schemas: for the same value, for its items, for its members. */
#include "schema/compiler.h"

static struct tl_node *compile_value(const struct tl_keyword *k)
{
	return tl_compile_node(k->c, k->value, k->node->resource, k->path);
}

static struct tl_node *compile_below(const struct tl_keyword *k, const struct tl_item *item, struct tl_str step)
{
	return tl_compile_node(k->c, item, k->node->resource, tl_path_add(k->c, k->path, step));
}

/* A list of at least one schema. */
static int compile_list(const struct tl_keyword *k, struct tl_nodes *nodes)
{
	if (k->value->kind != TL_LIST || k->value->count == 0)
		return tl_keyword_fail(k, "a list of schemas, not empty");
	nodes->items = TL_ARENA_ARRAY(k->c->arena, struct tl_node *, k->value->count);
	for (const struct tl_item *item = k->value->first; item; item = item->next) {
		struct tl_node *node = compile_below(k, item, tl_arena_printf(k->c->arena, "%u", nodes->count));
		if (!node)
			return -1;
		nodes->items[nodes->count++] = node;
	}
	return 0;
}

struct tl_logic *tl_logic_of(const struct tl_keyword *k)
{
	if (!k->node->logic)
		k->node->logic = TL_ARENA_NEW(k->c->arena, struct tl_logic);
	return k->node->logic;
}

int tl_keyword_defs(struct tl_keyword *k)
{
	if (k->value->kind != TL_MAP)
		return tl_keyword_fail(k, "a map of schemas");
	for (const struct tl_item *item = k->value->first; item; item = item->next)
		if (!compile_below(k, item, item->key))
			return -1;
	return 0;
}

/* Compiled so that it may be referred to and is known to be a schema; it asks nothing of the value. */
int tl_keyword_content(struct tl_keyword *k)
{
	return compile_value(k) ? 0 : -1;
}

/* Where `member` is {if: {properties: {KEY: {const: "x"}}, required: [KEY]}, then: …} and nothing else: KEY's schema, else NULL. */
static const struct tl_item *switch_case(const struct tl_item *member)
{
	const struct tl_item *condition = tl_item_get(member, "if");
	const struct tl_item *properties = tl_item_get(condition, "properties");
	const struct tl_item *required = tl_item_get(condition, "required");
	if (!properties || !required || !tl_item_get(member, "then") || member->count != 2 || condition->count != 2)
		return NULL;
	if (properties->count != 1 || required->count != 1 || !tl_str_equal(properties->first->key, required->first->text))
		return NULL;
	const struct tl_item *value = tl_item_get(properties->first, "const");
	return value && value->kind == TL_STRING && properties->first->count == 1 ? properties->first : NULL;
}

/* The switch over `key`, begun where there is none yet. `room`: how many members there can be at most. */
static struct tl_switch *switch_over(struct tl_compiler *c, struct tl_logic *logic, struct tl_str key, uint32_t room)
{
	for (uint32_t i = 0; i < logic->n_switches; i++)
		if (tl_str_equal(logic->switches[i].key, key))
			return &logic->switches[i];
	struct tl_switch *made = &logic->switches[logic->n_switches++];
	made->key = key;
	made->values.keys = TL_ARENA_ARRAY(c->arena, struct tl_str, room);
	made->then = TL_ARENA_ARRAY(c->arena, const struct tl_node *, room);
	made->members = TL_ARENA_ARRAY(c->arena, const struct tl_node *, room);
	return made;
}

static bool has_value(const struct tl_switch *choice, struct tl_str value)
{
	for (uint32_t i = 0; i < choice->values.count; i++)
		if (tl_str_equal(choice->values.keys[i], value))
			return true;
	return false;
}

/* Takes one member of "allOf" into a switch; false where it is none. */
static bool switch_take(struct tl_compiler *c, struct tl_logic *logic, const struct tl_node *member)
{
	const struct tl_item *key = switch_case(member->item);
	if (!key)
		return false;
	struct tl_switch *choice = switch_over(c, logic, key->key, logic->all.count);
	struct tl_str value = tl_item_text(key, "const");
	if (has_value(choice, value))
		return false;
	uint32_t at = choice->values.count++;
	choice->values.keys[at] = value;
	choice->then[at] = member->logic->then_;
	choice->members[at] = member;
	return true;
}

int tl_keyword_all(struct tl_keyword *k)
{
	struct tl_logic *logic = tl_logic_of(k);
	if (compile_list(k, &logic->all) < 0)
		return -1;
	logic->plain.items = TL_ARENA_ARRAY(k->c->arena, struct tl_node *, logic->all.count);
	logic->switches = TL_ARENA_ARRAY(k->c->arena, struct tl_switch, logic->all.count);
	for (uint32_t i = 0; i < logic->all.count; i++)
		if (!switch_take(k->c, logic, logic->all.items[i]))
			logic->plain.items[logic->plain.count++] = logic->all.items[i];
	for (uint32_t i = 0; i < logic->n_switches; i++) {
		struct tl_keys *values = &logic->switches[i].values;
		tl_keys_init(values, k->c->arena, values->keys, values->count);
	}
	return 0;
}

int tl_keyword_any(struct tl_keyword *k)
{
	return compile_list(k, &tl_logic_of(k)->any);
}

int tl_keyword_one(struct tl_keyword *k)
{
	return compile_list(k, &tl_logic_of(k)->one);
}

int tl_keyword_not(struct tl_keyword *k)
{
	const struct tl_node *node = compile_value(k);
	tl_logic_of(k)->not_ = node;
	if (node && ((k->value->kind == TL_BOOLEAN && k->value->boolean) || (k->value->kind == TL_MAP && k->value->count == 0)))
		k->node->never = true;
	return node ? 0 : -1;
}

int tl_keyword_if(struct tl_keyword *k)
{
	const struct tl_node *node = compile_value(k);
	tl_logic_of(k)->if_ = node;
	return node ? 0 : -1;
}

int tl_keyword_then(struct tl_keyword *k)
{
	const struct tl_node *node = compile_value(k);
	tl_logic_of(k)->then_ = node;
	return node ? 0 : -1;
}

int tl_keyword_else(struct tl_keyword *k)
{
	const struct tl_node *node = compile_value(k);
	tl_logic_of(k)->else_ = node;
	return node ? 0 : -1;
}

int tl_keyword_prefix(struct tl_keyword *k)
{
	return compile_list(k, &tl_list_rules_of(k)->prefix);
}

int tl_keyword_items(struct tl_keyword *k)
{
	const struct tl_node *node = compile_value(k);
	tl_list_rules_of(k)->items = node;
	return node ? 0 : -1;
}

/* The count under `name` beside the keyword, or `other`. */
static double sibling_count(const struct tl_keyword *k, const char *name, double other)
{
	const struct tl_item *item = tl_item_get(k->node->item, name);
	return item && item->kind == TL_NUMBER ? item->number : other;
}

int tl_keyword_contains(struct tl_keyword *k)
{
	struct tl_list_rules *rules = tl_list_rules_of(k);
	rules->contains = compile_value(k);
	rules->contains_least = sibling_count(k, "minContains", 1);
	rules->contains_most = sibling_count(k, "maxContains", (double)UINT32_MAX);
	return rules->contains ? 0 : -1;
}

int tl_keyword_unevaluated_items(struct tl_keyword *k)
{
	const struct tl_node *node = compile_value(k);
	tl_list_rules_of(k)->unevaluated = node;
	k->node->tracks = true;
	return node ? 0 : -1;
}

int tl_keyword_unevaluated_properties(struct tl_keyword *k)
{
	const struct tl_node *node = compile_value(k);
	tl_map_rules_of(k)->unevaluated = node;
	k->node->tracks = true;
	return node ? 0 : -1;
}

static int compile_properties(const struct tl_keyword *k, const struct tl_item *properties, struct tl_map_rules *rules, struct tl_str *keys)
{
	for (const struct tl_item *item = properties->first; item; item = item->next) {
		rules->properties[rules->n_known].node = compile_below(k, item, item->key);
		if (!rules->properties[rules->n_known].node)
			return -1;
		keys[rules->n_known++] = item->key;
	}
	return 0;
}

/* Marks the names of "required" among the first *count keys and adds those that are not among them. */
static int read_required(const struct tl_keyword *k, const struct tl_item *required, struct tl_map_rules *rules, struct tl_str *keys,
                         uint32_t *count)
{
	struct tl_str *names = TL_ARENA_ARRAY(k->c->arena, struct tl_str, required->count);
	for (const struct tl_item *item = required->first; item; item = item->next) {
		uint32_t at = 0;
		if (item->kind != TL_STRING)
			return tl_compile_fail(k->c, TL_USAGE, k->node->path, "'required' must be a list of names");
		while (at < *count && !tl_str_equal(keys[at], item->text))
			at++;
		if (at == *count)
			keys[(*count)++] = item->text;
		if (rules->properties[at].required)
			continue;
		rules->properties[at].required = true;
		names[rules->n_required++] = item->text;
	}
	rules->required = names;
	return 0;
}

/* "properties" and "required" together, whichever comes first: one look-up answers both. */
int tl_keyword_properties(struct tl_keyword *k)
{
	static const struct tl_item none;
	struct tl_map_rules *rules = tl_map_rules_of(k);
	const struct tl_item *properties = tl_item_get(k->node->item, "properties");
	const struct tl_item *required = tl_item_get(k->node->item, "required");
	if (properties && properties->kind != TL_MAP)
		return tl_compile_fail(k->c, TL_USAGE, k->node->path, "'properties' must be a map of schemas");
	if (required && required->kind != TL_LIST)
		return tl_compile_fail(k->c, TL_USAGE, k->node->path, "'required' must be a list of names");
	if (rules->properties)
		return 0;
	struct tl_keyword at = { k->c, k->node, k->value, tl_path_add(k->c, k->node->path, TL_STR("properties")) };
	uint32_t room = (properties ? properties->count : 0) + (required ? required->count : 0);
	struct tl_str *keys = TL_ARENA_ARRAY(k->c->arena, struct tl_str, room);
	rules->properties = TL_ARENA_ARRAY(k->c->arena, struct tl_property, room + 1);
	if (compile_properties(&at, properties ? properties : &none, rules, keys) < 0)
		return -1;
	uint32_t count = rules->n_known;
	if (read_required(k, required ? required : &none, rules, keys, &count) < 0)
		return -1;
	tl_keys_init(&rules->keys, k->c->arena, keys, count);
	return 0;
}

int tl_keyword_patterns(struct tl_keyword *k)
{
	struct tl_map_rules *rules = tl_map_rules_of(k);
	if (k->value->kind != TL_MAP)
		return tl_keyword_fail(k, "a map of schemas");
	rules->patterns = TL_ARENA_ARRAY(k->c->arena, struct tl_pattern_property, k->value->count);
	for (const struct tl_item *item = k->value->first; item; item = item->next) {
		struct tl_pattern_property *row = &rules->patterns[rules->n_patterns++];
		row->pattern = tl_compile_pattern(k, item->key);
		row->node = row->pattern ? compile_below(k, item, item->key) : NULL;
		if (!row->node)
			return -1;
	}
	return 0;
}

int tl_keyword_additional(struct tl_keyword *k)
{
	const struct tl_node *node = compile_value(k);
	tl_map_rules_of(k)->additional = node;
	return node ? 0 : -1;
}

int tl_keyword_names(struct tl_keyword *k)
{
	const struct tl_node *node = compile_value(k);
	tl_map_rules_of(k)->names = node;
	return node ? 0 : -1;
}

/* Room for the dependents of `k`, which come after those that are there. */
static struct tl_dependent *dependents_grow(const struct tl_keyword *k)
{
	struct tl_map_rules *rules = tl_map_rules_of(k);
	uint32_t have = rules->n_dependents;
	struct tl_dependent *rows = TL_ARENA_ARRAY(k->c->arena, struct tl_dependent, have + k->value->count);
	if (have)
		memcpy(rows, rules->dependents, have * sizeof(*rows));
	rules->dependents = rows;
	rules->n_dependents += k->value->count;
	return rows + have;
}

int tl_keyword_dependent_schemas(struct tl_keyword *k)
{
	if (k->value->kind != TL_MAP)
		return tl_keyword_fail(k, "a map of schemas");
	struct tl_dependent *row = dependents_grow(k);
	for (const struct tl_item *item = k->value->first; item; item = item->next, row++) {
		row->key = item->key;
		row->node = compile_below(k, item, item->key);
		if (!row->node)
			return -1;
	}
	return 0;
}

int tl_keyword_dependent_required(struct tl_keyword *k)
{
	if (k->value->kind != TL_MAP)
		return tl_keyword_fail(k, "a map of lists of names");
	struct tl_dependent *row = dependents_grow(k);
	for (const struct tl_item *item = k->value->first; item; item = item->next, row++) {
		struct tl_str *keys = TL_ARENA_ARRAY(k->c->arena, struct tl_str, item->count);
		row->key = item->key;
		row->keys = keys;
		for (const struct tl_item *name = item->first; name; name = name->next) {
			if (name->kind != TL_STRING)
				return tl_keyword_fail(k, "a map of lists of names");
			keys[row->n_keys++] = name->text;
		}
	}
	return 0;
}

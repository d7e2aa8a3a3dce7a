/* The second pass, only where the first said no: the same schemas over the same values, with words. */
#include <stdlib.h>

#include "base/text.h"
#include "schema/explain.h"

/* Unknown keys that are compared with the ones that are missing. */
#define NEAR_LIMIT 64

struct tl_problem *tl_problem_add(struct tl_explain *ex, enum tl_problem_kind kind, const struct tl_visit *at, struct tl_span span)
{
	if (ex->count >= TL_SCHEMA_PROBLEMS) {
		ex->cut = true;
		return NULL;
	}
	ex->problems = tl_grow(ex->problems, &ex->capacity, ex->count + 1, sizeof(*ex->problems));
	struct tl_problem *problem = &ex->problems[ex->count++];
	*problem = (struct tl_problem){ .kind = kind, .item = at->item, .parent = at->parent, .span = span };
	return problem;
}

static void explain_child(struct tl_explain *ex, const struct tl_node *node, const struct tl_item *child, const struct tl_item *parent)
{
	struct tl_visit visit = { .node = node, .item = child, .parent = parent };
	tl_explain_visit(ex, &visit);
}

/* Another schema for the same value. */
static void explain_same(struct tl_explain *ex, const struct tl_node *node, const struct tl_visit *at)
{
	struct tl_visit visit = { .node = node, .item = at->item, .parent = at->parent, .key = at->key };
	if (node)
		tl_explain_visit(ex, &visit);
}

/* ---- Lists ---- */

static void explain_items(struct tl_explain *ex, const struct tl_visit *at)
{
	const struct tl_list_rules *rules = at->node->list;
	uint32_t i = 0;
	for (const struct tl_item *child = at->item->first; child; child = child->next, i++) {
		const struct tl_node *node = i < rules->prefix.count ? rules->prefix.items[i] : rules->items;
		if (node)
			explain_child(ex, node, child, at->item);
	}
}

static void explain_list_size(struct tl_explain *ex, const struct tl_visit *at)
{
	const struct tl_list_rules *rules = at->node->list;
	const struct tl_item *twin = NULL;
	if (at->item->count < rules->least || at->item->count > rules->most)
		tl_say_size(ex, at, rules->least, rules->most, "item", "items");
	else if (rules->unique && !tl_items_distinct(at->item, &twin))
		tl_say_twin(ex, at, twin);
}

/* ---- Maps ---- */

static const struct tl_property *property_of(const struct tl_map_rules *rules, struct tl_str key)
{
	uint32_t place = tl_keys_find(&rules->keys, key);
	return place == TL_NONE || !rules->properties[place].node ? NULL : &rules->properties[place];
}

/* Whether `child` is a member that its map may not have. */
static bool is_unknown(struct tl_explain *ex, const struct tl_map_rules *rules, const struct tl_item *child)
{
	if (!rules->additional || !rules->additional->never || rules->additional->words.message.ptr || property_of(rules, child->key))
		return false;
	for (uint32_t i = 0; i < rules->n_patterns; i++)
		if (tl_pattern_matches(rules->patterns[i].pattern, child->key, &ex->run.scratch))
			return false;
	return true;
}

/* Known keys that a map does not have yet. */
struct absent {
	struct tl_str names[NEAR_LIMIT];
	size_t count;
};

static void absent_find(struct absent *absent, const struct tl_map_rules *rules, const struct tl_item *map)
{
	bool present[NEAR_LIMIT] = { false };
	for (const struct tl_item *child = map->first; child; child = child->next) {
		uint32_t place = tl_keys_find(&rules->keys, child->key);
		if (place < NEAR_LIMIT)
			present[place] = true;
	}
	absent->count = 0;
	for (uint32_t i = 0; i < rules->n_known && i < NEAR_LIMIT; i++)
		if (!present[i])
			absent->names[absent->count++] = rules->keys.keys[i];
}

/* The absent key that `name` was probably meant to be, or an empty text. */
static struct tl_str absent_nearest(const struct absent *absent, struct tl_str name)
{
	return tl_text_nearest(name, absent->names, absent->count);
}

/* Whether `name` is missing only because it is misspelt: then the unknown key says it all. */
static bool is_misspelt(struct tl_explain *ex, const struct tl_visit *at, const struct absent *absent, struct tl_str name)
{
	unsigned seen = 0;
	for (const struct tl_item *child = at->item->first; child && seen < NEAR_LIMIT; child = child->next) {
		if (!is_unknown(ex, at->node->map, child))
			continue;
		seen++;
		if (tl_str_equal(absent_nearest(absent, child->key), name))
			return true;
	}
	return false;
}

static void explain_required(struct tl_explain *ex, const struct tl_visit *at)
{
	const struct tl_map_rules *rules = at->node->map;
	struct absent absent;
	if (rules->n_required == 0)
		return;
	absent_find(&absent, rules, at->item);
	for (uint32_t i = 0; i < rules->n_required; i++)
		if (!tl_item_get_str(at->item, rules->required[i]) && !is_misspelt(ex, at, &absent, rules->required[i]))
			tl_say_missing(ex, at, rules->required[i]);
}

static void explain_name(struct tl_explain *ex, const struct tl_node *names, const struct tl_item *child)
{
	struct tl_item *name = TL_ARENA_NEW(&ex->arena, struct tl_item);
	struct tl_visit visit = { .node = names, .item = name, .key = true };
	*name = (struct tl_item){ .kind = TL_STRING, .text = child->key, .span = child->key_span };
	tl_explain_visit(ex, &visit);
}

static void explain_member(struct tl_explain *ex, const struct tl_visit *at, const struct absent *absent, const struct tl_item *child)
{
	const struct tl_map_rules *rules = at->node->map;
	const struct tl_property *property = property_of(rules, child->key);
	bool known = property;
	if (property)
		explain_child(ex, property->node, child, at->item);
	for (uint32_t i = 0; i < rules->n_patterns; i++) {
		if (!tl_pattern_matches(rules->patterns[i].pattern, child->key, &ex->run.scratch))
			continue;
		known = true;
		explain_child(ex, rules->patterns[i].node, child, at->item);
	}
	if (!known && is_unknown(ex, rules, child))
		tl_say_unknown(ex, at, child, absent_nearest(absent, child->key));
	else if (!known && rules->additional)
		explain_child(ex, rules->additional, child, at->item);
	if (rules->names)
		explain_name(ex, rules->names, child);
}

static void explain_dependents(struct tl_explain *ex, const struct tl_visit *at, bool schemas)
{
	const struct tl_map_rules *rules = at->node->map;
	for (uint32_t i = 0; i < rules->n_dependents; i++) {
		const struct tl_dependent *dependent = &rules->dependents[i];
		if (!tl_item_get_str(at->item, dependent->key))
			continue;
		for (uint32_t j = 0; j < dependent->n_keys && !schemas; j++)
			if (!tl_item_get_str(at->item, dependent->keys[j]))
				tl_say_missing(ex, at, dependent->keys[j]);
		if (schemas)
			explain_same(ex, dependent->node, at);
	}
}

static void explain_map_size(struct tl_explain *ex, const struct tl_visit *at)
{
	const struct tl_map_rules *rules = at->node->map;
	if (at->item->count < rules->least || at->item->count > rules->most)
		tl_say_size(ex, at, rules->least, rules->most, "key", "keys");
	explain_required(ex, at);
	explain_dependents(ex, at, false);
}

/* ---- Everything ---- */

/* What the schema asks of the value itself, in its own words where it has some. */
static void explain_own(struct tl_explain *ex, const struct tl_visit *at)
{
	const struct tl_node *node = at->node;
	size_t before = ex->count;
	const struct tl_values *values[] = { node->enumeration, node->constant };
	for (size_t i = 0; i < TL_COUNT(values); i++)
		if (values[i] && !tl_values_hold(values[i], at->item) && ex->count == before)
			tl_say_value(ex, at, values[i]);
	if (at->item->kind == TL_NUMBER && node->number && !tl_number_holds(node->number, at->item->number))
		tl_say_number(ex, at);
	if (at->item->kind == TL_STRING && node->string && !tl_string_holds(&ex->run, node->string, at->item->text))
		tl_say_string(ex, at);
	if (at->item->kind == TL_LIST && node->list)
		explain_list_size(ex, at);
	if (at->item->kind == TL_MAP && node->map)
		explain_map_size(ex, at);
	tl_explain_alternatives(ex, at);
	if (ex->count == before || !at->words.message.ptr)
		return;
	ex->count = before;
	tl_say_message(ex, at);
}

static void explain_children(struct tl_explain *ex, const struct tl_visit *at)
{
	if (at->item->kind == TL_LIST && at->node->list)
		explain_items(ex, at);
	if (at->item->kind != TL_MAP || !at->node->map)
		return;
	struct absent absent;
	absent_find(&absent, at->node->map, at->item);
	for (const struct tl_item *child = at->item->first; child; child = child->next)
		explain_member(ex, at, &absent, child);
	explain_dependents(ex, at, true);
}

/* A reference hands its words on: what is said at the place of use is nearer than what stands at the target. */
static void explain_reference(struct tl_explain *ex, const struct tl_node *target, const struct tl_visit *at)
{
	struct tl_visit visit = *at;
	if (!target)
		return;
	visit.node = target;
	tl_explain_visit(ex, &visit);
}

static void explain_logic(struct tl_explain *ex, const struct tl_visit *at)
{
	const struct tl_logic *logic = at->node->logic;
	if (!logic)
		return;
	explain_reference(ex, logic->ref, at);
	if (logic->dynamic_ref)
		explain_reference(ex, tl_dynamic_target(&ex->run, logic), at);
	for (uint32_t i = 0; i < logic->all.count; i++)
		explain_same(ex, logic->all.items[i], at);
	if (logic->if_)
		explain_same(ex, tl_node_valid(&ex->run, logic->if_, at->item, NULL) ? logic->then_ : logic->else_, at);
}

/* Children that no schema looked at; only where the rest is right, for else nobody knows which those are. */
static void explain_unevaluated(struct tl_explain *ex, const struct tl_visit *at)
{
	const struct tl_item *item = at->item;
	const struct tl_node *rest = NULL;
	struct tl_marks marks;
	uint32_t i = 0;
	if (item->kind == TL_LIST && at->node->list)
		rest = at->node->list->unevaluated;
	if (item->kind == TL_MAP && at->node->map)
		rest = at->node->map->unevaluated;
	if (!rest)
		return;
	tl_marks_init(&marks, item);
	bool right = tl_node_demands_hold(&ex->run, at->node, item, &marks);
	for (const struct tl_item *child = item->first; child && right; child = child->next, i++) {
		if (marks.seen[i])
			continue;
		if (rest->never && item->kind == TL_MAP)
			tl_say_unknown(ex, at, child, (struct tl_str){ NULL, 0 });
		else
			explain_child(ex, rest, child, item);
	}
	tl_marks_clear(&marks);
}

static void explain_inside(struct tl_explain *ex, const struct tl_visit *at)
{
	explain_own(ex, at);
	explain_children(ex, at);
	explain_logic(ex, at);
	explain_unevaluated(ex, at);
}

/* The words that came with the visit first, then the node's own. */
static struct tl_words merge_words(const struct tl_words *came, const struct tl_words *own)
{
	struct tl_words words = *came;
	if (!words.expected.ptr)
		words.expected = own->expected;
	if (!words.message.ptr)
		words.message = own->message;
	if (!words.help.ptr)
		words.help = own->help;
	return words;
}

void tl_explain_visit(struct tl_explain *ex, const struct tl_visit *visit)
{
	struct tl_visit at = *visit;
	const struct tl_scope *outer = ex->run.scope;
	struct tl_scope scope;
	if (ex->cut || ex->visits++ > TL_SCHEMA_VISITS || ex->run.depth >= TL_SCHEMA_DEPTH) {
		ex->cut = true;
		return;
	}
	at.words = merge_words(&visit->words, &at.node->words);
	tl_scope_enter(&ex->run, &scope, at.node);
	ex->run.depth++;
	if (at.node->never)
		tl_say_forbidden(ex, &at);
	else if (!tl_node_takes_kind(at.node, at.item))
		tl_say_type(ex, &at);
	else
		explain_inside(ex, &at);
	ex->run.depth--;
	ex->run.scope = outer;
}

/* Maps with a misspelt key, by address: what they seem to lack or to have too much of comes of that. */
static void find_misspelt(struct tl_map *maps, const struct tl_explain *ex)
{
	for (size_t i = 0; i < ex->count; i++) {
		const struct tl_problem *problem = &ex->problems[i];
		if (problem->kind == TL_PROBLEM_MISSPELT)
			tl_map_put(maps, TL_ADDRESS(problem->parent), NULL);
	}
}

static bool is_told_already(const struct tl_map *misspelt, const struct tl_problem *problem)
{
	return problem->kind == TL_PROBLEM_MESSAGE && tl_map_find(misspelt, TL_ADDRESS(problem->item));
}

static void add_findings(const struct tl_explain *ex, const struct tl_item *item, struct tl_findings *findings)
{
	struct tl_map misspelt = { 0 };
	find_misspelt(&misspelt, ex);
	for (size_t i = 0; i < ex->count; i++) {
		const struct tl_problem *problem = &ex->problems[i];
		if (is_told_already(&misspelt, problem))
			continue;
		struct tl_finding *finding = tl_findings_add(findings, ex->source, problem->span, TL_ERROR, "schema", "%.*s",
		                                             TL_FMT(problem->message));
		if (problem->help.len)
			tl_findings_help(findings, finding, "%.*s", TL_FMT(problem->help));
	}
	tl_map_clear(&misspelt);
	if (ex->cut)
		tl_findings_add(findings, ex->source, (struct tl_span){ item->span.start, item->span.start }, TL_ERROR, "schema",
		                "too much is wrong here to say all of it");
	else if (ex->count == 0)
		tl_findings_add(findings, ex->source, (struct tl_span){ item->span.start, item->span.start }, TL_ERROR, "schema",
		                "the document does not fit its schema");
}

static void explain(const struct tl_schema *schema, const struct tl_item *item, struct tl_source *source, struct tl_findings *findings)
{
	struct tl_explain ex = { .run = { .schema = schema }, .source = source };
	struct tl_visit root = { .node = schema->root, .item = item };
	tl_arena_init(&ex.arena);
	tl_explain_visit(&ex, &root);
	add_findings(&ex, item, findings);
	tl_pattern_scratch_clear(&ex.run.scratch);
	tl_arena_clear(&ex.arena);
	free(ex.problems);
}

/* Where the reader set no limit, aliases within aliases must not keep the check busy for ever. */
static bool refuse_weight(const struct tl_item *item, struct tl_source *source, struct tl_findings *findings)
{
	if (findings)
		tl_findings_add(findings, source, (struct tl_span){ item->span.start, item->span.start }, TL_ERROR, "limit",
		                "more than %u values after alias expansion", TL_SCHEMA_WEIGHT);
	return false;
}

bool tl_schema_check(const struct tl_schema *schema, const struct tl_item *item, struct tl_source *source, struct tl_findings *findings)
{
	if (schema->builtin)
		schema = tl_builtin_schema(schema->builtin);
	struct tl_run run = { .schema = schema };
	if (item->weight > TL_SCHEMA_WEIGHT)
		return refuse_weight(item, source, findings);
	bool valid = tl_node_valid(&run, schema->root, item, NULL);
	tl_pattern_scratch_clear(&run.scratch);
	if (!valid && findings)
		explain(schema, item, source, findings);
	return valid;
}

/* dialect/architect_menu.c: menus. A menu is a routine with one `menu` node; each of its choices is an outcome of that node, and what the choice does
 * is a node or a routine of its own. */
#include <stdlib.h>

#include "dialect/architect.h"

/* What the platform's menus do where neither the menu nor the flow says (genesys-cloud.md 2; help.mypurecloud.com "Configure default menu settings"). */
#define MENU_TIMEOUT_MS 10000
#define MENU_REPEATS 3

/* One choice while its menu is made. */
struct choice {
	const struct tl_item *item;
	uint32_t outcome, label;
};

/* ---- The menu's own settings */

/* A setting of the menu, else of the flow. */
static void read_patience(struct tl_arch *arch, struct tl_ask *ask, const struct tl_item *item)
{
	const struct tl_item *own = tl_item_get(item, "settingsMenu"), *all = tl_item_get(arch->root, "settingsMenu");

	ask->timeout_ms = MENU_TIMEOUT_MS;
	ask->joint_budget = MENU_REPEATS;
	ask->timeout_given = tl_arch_duration(&ask->timeout_ms, tl_item_get(own, "menuSelectionTimeout"));
	if (!ask->timeout_given)
		tl_arch_duration(&ask->timeout_ms, tl_item_get(all, "menuSelectionTimeout"));
	if (!tl_arch_count(&ask->joint_budget, tl_item_get(own, "repeatCount")))
		tl_arch_count(&ask->joint_budget, tl_item_get(all, "repeatCount"));
}

/* {lit: 50} of a hundred. */
static void read_confidence(struct tl_arch *arch, struct tl_ask *ask, const struct tl_item *item)
{
	const struct tl_item *own = tl_item_get(item, "settingsSpeechRec"),
			     *all = tl_item_get(arch->root, "settingsSpeechRec");
	uint32_t percent;

	ask->min_confidence_given = tl_arch_count(&percent, tl_item_get(own, "minConfidenceLevel"));
	if (ask->min_confidence_given || tl_arch_count(&percent, tl_item_get(all, "minConfidenceLevel")))
		ask->min_confidence = percent > 100 ? 1 : percent / 100.0;
}

/* The most that counts before the next ends the asking. */
static void read_most(struct tl_fallback *fallback, const struct tl_item *most)
{
	uint32_t count;

	if (!tl_arch_count(&count, most))
		return;
	fallback->given = true;
	fallback->retries = count > 0 ? count - 1 : 0;
}

void tl_arch_question(struct tl_arch *arch, struct tl_node *node)
{
	const struct tl_item *settings = tl_item_get(arch->root, "settingsUserInput");

	read_most(&node->ask.no_input, tl_item_get(settings, "noInputsMax"));
	read_most(&node->ask.no_match, tl_item_get(settings, "noMatchesMax"));
	tl_arch_duration(&node->ask.timeout_ms, tl_item_get(settings, "noInputsTimeout"));
}

static uint32_t add_menu(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_scope *scope)
{
	struct tl_arch_taken taken = { .keys = { "name", "description", "choices", "defaultChildMenuRef" },
		                       .count = 4 };
	struct tl_name name = tl_arch_name(arch, item, "name");
	uint32_t index, prompt = tl_arch_prompt(arch, tl_item_get(item, "audio"));
	struct tl_node *node;

	if (prompt != TL_NONE)
		tl_arch_take(&taken, "audio");
	tl_arch_take_choice(&taken, item);
	index = tl_builder_node(
		&arch->builder, TL_MENU,
		(struct tl_name){ tl_arch_unique(arch, &arch->node_names, TL_STR(""), scope->prefix), name.span });
	node = &tl_arch_flow(arch)->nodes[index];
	node->type = TL_STR("menu");
	node->type_span = item->key_span;
	node->label = name.text;
	node->description = tl_arch_name(arch, item, "description").text;
	node->span = item->span;
	node->routine = scope->routine;
	node->prompt = prompt;
	node->accept = TL_ACCEPT_DTMF | TL_ACCEPT_SPEECH;
	read_patience(arch, &node->ask, item);
	read_confidence(arch, &node->ask, item);
	node->extras = tl_arch_extras(arch, item, &taken, scope->path);
	for (const struct tl_item *setting = item->kind == TL_MAP ? item->first : NULL; setting;
	     setting = setting->next) {
		if (!tl_str_is(setting->key, "choices"))
			tl_arch_needs(arch, setting, index);
	}
	return index;
}

/* ---- Choices */

static uint32_t count_terms(const struct tl_item *languages)
{
	uint32_t count = 0;

	for (const struct tl_item *language = languages && languages->kind == TL_MAP ? languages->first : NULL;
	     language; language = language->next) {
		const struct tl_item *terms = tl_item_get(language, "terms");

		count += terms && terms->kind == TL_LIST ? terms->count : 0;
	}
	return count;
}

/* speechRecTerms: {LANGUAGE: {terms: […]}} */
static void read_phrases(struct tl_arch *arch, struct tl_outcome *outcome, const struct tl_item *item)
{
	const struct tl_item *languages = tl_item_get(item, "speechRecTerms");
	uint32_t count = count_terms(languages);

	if (count == 0)
		return;
	outcome->phrases = TL_ARENA_ARRAY(tl_arch_arena(arch), struct tl_name, count);
	for (const struct tl_item *language = languages->first; language; language = language->next) {
		const struct tl_item *terms = tl_item_get(language, "terms");

		for (const struct tl_item *term = terms && terms->kind == TL_LIST ? terms->first : NULL; term;
		     term = term->next) {
			struct tl_str text = tl_arch_text(arch, term);

			if (text.len > 0)
				outcome->phrases[outcome->n_phrases++] = (struct tl_name){ text, term->span };
		}
	}
}

static void read_key(struct tl_arch *arch, struct tl_outcome *outcome, const struct tl_item *item)
{
	const struct tl_item *dtmf = tl_item_get(item, "dtmf");

	if (!dtmf || dtmf->kind == TL_NULL)
		return;
	outcome->key = tl_arch_sign(tl_arch_text(arch, dtmf));
	outcome->key_span = dtmf->span;
	if (outcome->key.len == 0 && tl_arch_is_filled(arch, dtmf->span) && dtmf->kind != TL_MAP)
		tl_arch_say(arch, dtmf->span, TL_ERROR, "schema",
		            "'%.*s' is no key: digit_0 to digit_9, digit_star or digit_pound", TL_FMT(dtmf->text));
}

static bool is_true(const struct tl_item *map, const char *key)
{
	const struct tl_item *item = tl_item_get(map, key);

	return item && item->kind == TL_BOOLEAN && item->boolean;
}

/* A choice with globalDtmf or globalSpeechRecTerms is offered wherever the flow listens. */
static void offer_everywhere(struct tl_arch *arch, const struct choice *choice)
{
	struct tl_handler handler = { .on = TL_ON_INPUT, .span = choice->item->span, .choice = choice->outcome };
	const struct tl_outcome *outcome = &tl_arch_flow(arch)->outcomes[choice->outcome];

	handler.by_key = is_true(choice->item, "globalDtmf") && outcome->key.len > 0;
	handler.by_phrases = is_true(choice->item, "globalSpeechRecTerms") && outcome->n_phrases > 0;
	if (handler.by_key || handler.by_phrases)
		tl_arch_handler(arch, handler, choice->label);
}

/* What the choice says of itself, beside what it does: its kind and name, where it is offered. A task's choice has nothing else to hold its settings. */
static const struct tl_item *choice_extras(struct tl_arch *arch, const struct tl_item *item,
                                           const struct tl_arch_path *path)
{
	static const char *const own_table[] = { "name", "globalDtmf", "globalSpeechRecTerms", "speechRecTerms" };
	struct tl_arch_taken taken = { .keys = { "dtmf", "task" }, .count = 2 };
	bool is_task = tl_str_is(item->key, "menuTask");
	struct tl_item *extras = is_task ? tl_arch_extras(arch, item, &taken, path) : NULL;

	extras = extras ? extras : tl_item_new(tl_arch_arena(arch), TL_MAP);
	tl_item_put(extras, TL_STR("type"), tl_item_string(tl_arch_arena(arch), item->key));
	for (size_t i = 0; i < TL_COUNT(own_table) && !is_task; i++) {
		const struct tl_item *own = tl_item_get(item, own_table[i]);
		struct tl_item *copy = own ? tl_item_copy(tl_arch_arena(arch), own) : NULL;

		if (copy && copy->kind == TL_STRING)
			copy->text = tl_arch_text(arch, own);
		if (copy)
			tl_item_put(extras, tl_str(own_table[i]), copy);
	}
	return extras;
}

static void add_choice(struct tl_arch *arch, uint32_t node, struct choice *choice, size_t number,
                       const struct tl_arch_path *path)
{
	struct tl_str name = tl_arena_printf(tl_arch_arena(arch), "choice %zu", number);
	struct tl_outcome *outcome;

	choice->label = tl_arch_label(arch);
	choice->outcome = tl_arch_outcome(arch, node, TL_R_CHOICE, name, choice->label, choice->item->span);
	outcome = &tl_arch_flow(arch)->outcomes[choice->outcome];
	read_key(arch, outcome, choice->item);
	read_phrases(arch, outcome, choice->item);
	outcome->extras = choice_extras(arch, choice->item, path);
	offer_everywhere(arch, choice);
}

/* After the last repeat: the default choice, or the call ends. */
static void add_otherwise(struct tl_arch *arch, uint32_t node, const struct tl_item *item,
                          const struct tl_arch_scope *scope)
{
	const struct tl_item *ref = tl_item_get(item, "defaultChildMenuRef");
	bool given = ref && ref->kind == TL_STRING;
	uint32_t outcome = tl_arch_outcome(arch, node, TL_R_OTHERWISE, TL_STR("otherwise"), TL_ARCH_END,
	                                   given ? ref->span : item->key_span);

	tl_arch_flow(arch)->outcomes[outcome].implied = !given;
	if (given)
		tl_arch_aim(arch, outcome, item, "defaultChildMenuRef", scope->path);
}

/* ---- What choices do */

static struct tl_name routine_name(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_scope *scope)
{
	struct tl_name name = tl_arch_name(arch, item, "name");

	name.text = tl_arch_unique(arch, &arch->routine_names, scope->prefix,
	                           name.text.len > 0 ? name.text : tl_arch_key(arch, item));
	return name;
}

/* A task within the menu: its end is the end of what the menu was entered for (help.mypurecloud.com "End a task sequence": a task disconnects at its end). */
static void lower_task(struct tl_arch *arch, const struct choice *choice, const struct tl_arch_scope *scope,
                       uint32_t routine)
{
	struct tl_arch_taken taken = { .keys = { "actions", "variables" }, .count = 2 };
	const struct tl_item *task = tl_arch_child(arch, choice->item, "task", TL_MAP);
	struct tl_arch_path body = { scope->path, TL_STR("task"), NULL }, actions = { &body, TL_STR("actions"), NULL };
	struct tl_item *extras = tl_arch_extras(arch, task, &taken, &body),
		       *described = tl_item_new(tl_arch_arena(arch), TL_MAP);
	struct tl_arch_scope inner = *scope;

	if (!task && !tl_item_get(choice->item, "task"))
		tl_arch_say(arch, choice->item->key_span, TL_ERROR, "schema", "'%.*s' needs a 'task'",
		            TL_FMT(choice->item->key));
	inner.path = &actions;
	inner.menu_before = scope->menu;
	tl_arch_variables(arch, tl_arch_child(arch, task, "variables", TL_LIST), routine, described);
	if (described->count > 0) {
		extras = extras ? extras : tl_item_new(tl_arch_arena(arch), TL_MAP);
		tl_item_put(extras, TL_STR("variables"), described);
	}
	tl_arch_flow(arch)->routines[routine].extras = extras;
	tl_arch_body(arch, choice->item, tl_arch_child(arch, task, "actions", TL_LIST), &inner, choice->label);
}

static void lower_choice(struct tl_arch *arch, const struct choice *choice, const struct tl_arch_scope *menu)
{
	const struct tl_item *item = choice->item;
	bool is_task = tl_str_is(item->key, "menuTask"),
	     is_menu = tl_str_is(item->key, "menuSubMenu") || tl_str_is(item->key, "menuMenu");
	struct tl_arch_path list = { menu->path, TL_STR("choices"), NULL }, path = { &list, item->key, item };
	struct tl_arch_scope scope = *menu;
	struct tl_name name;

	scope.path = &path;
	if (!is_task && !is_menu) {
		name = tl_arch_name(arch, item, "name");
		tl_arch_place(arch, &path, name.text, choice->label, TL_NONE);
		tl_arch_action(arch, item, tl_arch_action_of(tl_arch_action_table, tl_arch_action_count, item->key),
		               &scope, choice->label, TL_ARCH_RETURN);
		return;
	}
	name = routine_name(arch, item, menu);
	scope.prefix = name.text;
	scope.routine = tl_arch_routine(arch, is_task ? TL_ROUTINE_CHOICE : TL_ROUTINE_MENU, name, item, choice->label);
	tl_arch_place(arch, &path, name.text, choice->label, scope.routine);
	if (is_task)
		lower_task(arch, choice, &scope, scope.routine);
	else
		tl_arch_menu(arch, item, &scope, choice->label, menu->menu);
}

static size_t read_choices(struct tl_arch *arch, const struct tl_item *item, struct choice **out)
{
	const struct tl_item *list = tl_arch_child(arch, item, "choices", TL_LIST);
	struct choice *choices = tl_alloc_zero((list ? list->count : 0) + 1, sizeof(*choices));
	size_t count = 0;

	for (const struct tl_item *entry = list ? list->first : NULL; entry; entry = entry->next) {
		const struct tl_item *child = tl_arch_one(arch, entry, "choices", "choice");

		if (child)
			choices[count++].item = child;
	}
	*out = choices;
	return count;
}

void tl_arch_menu(struct tl_arch *arch, const struct tl_item *item, const struct tl_arch_scope *scope, uint32_t entry,
                  uint32_t above)
{
	uint32_t node = add_menu(arch, item, scope);
	struct tl_arch_scope inner = *scope;
	struct choice *choices;
	size_t count = read_choices(arch, item, &choices);

	tl_arch_bind(arch, entry, node);
	inner.menu = entry;
	inner.menu_before = above;
	inner.loop_head = inner.loop_exit = TL_NONE;
	for (size_t i = 0; i < count; i++)
		add_choice(arch, node, &choices[i], i + 1, scope->path);
	add_otherwise(arch, node, item, scope);
	for (size_t i = 0; i < count; i++)
		lower_choice(arch, &choices[i], &inner);
	free(choices);
}

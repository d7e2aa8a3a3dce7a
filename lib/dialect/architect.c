/* dialect/architect.c: Genesys Cloud Architect YAML to the model: the flow as a whole. What it means is in reference/genesys-cloud.md 2. */
#include "dialect/architect.h"

#include <stdlib.h>

#include "base/text.h"

/* ---- Findings */

struct tl_finding *tl_arch_say(struct tl_arch *arch, struct tl_span span, enum tl_level level, const char *rule,
                               const char *fmt, ...)
{
	struct tl_findings *findings = arch->lower->findings;
	struct tl_str message;
	va_list args;

	if (!findings)
		return NULL;
	va_start(args, fmt);
	message = tl_arena_vprintf(&findings->arena, fmt, args);
	va_end(args);
	return tl_findings_add(findings, &tl_arch_flow(arch)->doc->source, span, level, rule, "%.*s", TL_FMT(message));
}

/* Looking for a near name costs as much as there are names: a file with many mistakes is answered without. */
#define SUGGESTIONS 50
#define SUGGESTION_NAMES 2000

bool tl_arch_may_suggest(const struct tl_arch *arch, const struct tl_finding *finding)
{
	return finding && arch->n_suggestions < SUGGESTIONS;
}

void tl_arch_suggest(struct tl_arch *arch, struct tl_finding *finding, struct tl_str name, const struct tl_str *names,
                     size_t count)
{
	struct tl_str near;

	if (!tl_arch_may_suggest(arch, finding))
		return;
	arch->n_suggestions++;
	near = count <= SUGGESTION_NAMES ? tl_text_nearest(name, names, count) : TL_STR("");
	if (near.len > 0)
		tl_findings_help(arch->lower->findings, finding, "did you mean '%.*s'?", TL_FMT(near));
}

const struct tl_item *tl_arch_one(struct tl_arch *arch, const struct tl_item *item, const char *list, const char *what)
{
	if (item->kind == TL_MAP && item->count == 1)
		return item->first;
	tl_arch_say(arch, item->span, TL_ERROR, "schema", "a list item of '%s' must be a map of one %s", list, what);
	return item->kind == TL_MAP ? item->first : NULL;
}

static const char *const kind_names[] = {
	[TL_NULL] = "nothing",  [TL_BOOLEAN] = "a boolean", [TL_NUMBER] = "a number",
	[TL_STRING] = "a text", [TL_LIST] = "a list",       [TL_MAP] = "a map",
};

const struct tl_item *tl_arch_child(struct tl_arch *arch, const struct tl_item *map, const char *key, enum tl_kind kind)
{
	const struct tl_item *child = tl_item_get(map, key);

	if (!child || child->kind == kind)
		return child;
	/* A key with nothing after it is as good as none. */
	if (child->kind != TL_NULL)
		tl_arch_say(arch, child->span, TL_ERROR, "schema", "'%s' must be %s, not %s", key, kind_names[kind],
		            kind_names[child->kind]);
	return NULL;
}

/* ---- State */

uint32_t tl_arch_routine(struct tl_arch *arch, enum tl_routine_kind kind, struct tl_name name,
                         const struct tl_item *item, uint32_t entry)
{
	uint32_t index = tl_builder_routine(&arch->builder, kind, name);
	struct tl_routine *routine = &tl_arch_flow(arch)->routines[index];

	routine->ref = tl_arch_name(arch, item, "refId").text;
	routine->span = item->span;
	arch->entries = tl_grow(arch->entries, &arch->entry_capacity, (size_t)index + 1, sizeof(*arch->entries));
	arch->entries[index] = entry;
	arch->n_entries = (size_t)index + 1;
	return index;
}

void tl_arch_handler(struct tl_arch *arch, struct tl_handler handler, uint32_t label)
{
	arch->handlers =
		tl_grow(arch->handlers, &arch->handler_capacity, arch->n_handlers + 1, sizeof(*arch->handlers));
	arch->handlers[arch->n_handlers++] = (struct tl_arch_handler){ handler, label };
}

/* What stands in the text for each placeholder: pieces and placeholders have the same order. */
static void read_placeholders(struct tl_arch *arch)
{
	const struct tl_substitution *substitution = arch->substitution;
	size_t n = 0;

	arch->stand_ins = TL_ARENA_ARRAY(tl_arch_arena(arch), struct tl_str, substitution->count);
	for (size_t i = 0; i < substitution->pieces.count && n < substitution->count; i++) {
		const struct tl_piece *piece = &substitution->pieces.items[i];
		size_t end = i + 1 < substitution->pieces.count ? piece[1].at : substitution->text.len;

		if (piece->key)
			arch->stand_ins[n++] = tl_str_slice(substitution->text, piece->at, end);
	}
	for (size_t i = 0; i < substitution->count; i++)
		arch->unset = arch->unset || !substitution->placeholders[i].set;
}

static void clear_state(struct tl_arch *arch)
{
	free(arch->containers);
	free(arch->labels);
	free(arch->aims);
	free(arch->refs);
	free(arch->places);
	free(arch->entries);
	free(arch->handlers);
	tl_map_clear(&arch->place_names);
	tl_map_clear(&arch->node_names);
	tl_map_clear(&arch->routine_names);
	tl_map_clear(&arch->slots);
}

/* ---- The flow */

static void read_head(struct tl_arch *arch, const struct tl_item *item)
{
	struct tl_flow *flow = tl_arch_flow(arch);
	struct tl_arena *arena = tl_arch_arena(arch);
	const struct tl_item *name = tl_item_get(item, "name");
	struct tl_str type;

	flow->architect_type = item->key;
	flow->channel = arch->type->channel;
	flow->name = tl_arch_name(arch, item, "name");
	if (flow->name.text.len == 0) {
		flow->name = (struct tl_name){ item->key, item->key_span };
		tl_arch_say(arch, name ? name->span : item->key_span, TL_ERROR, "schema", "the flow needs a 'name'");
	}
	flow->id = flow->name;
	type = tl_architect_type_key(arena, tl_architect_api_type(arena, item->key));
	flow->key = tl_arena_printf(arena, "%.*s/%.*s", TL_FMT(type), TL_FMT(flow->name.text));
}

/* A node of the flow itself, before anything else: the greeting. */
static uint32_t lower_greeting(struct tl_arch *arch, uint32_t next)
{
	const struct tl_item *greeting = tl_item_get(arch->root, "initialGreeting");
	uint32_t label;

	if (!greeting || greeting->kind == TL_NULL || tl_item_get(greeting, "noValue"))
		return next;
	label = tl_arch_label(arch);
	tl_arch_say_node(arch, greeting, TL_STR(""), label, next);
	return label;
}

/* Where the flow starts: what startUpRef names, else its list of actions. */
static uint32_t find_start(struct tl_arch *arch, const struct tl_item *item)
{
	const struct tl_item *ref = tl_item_get(arch->root, "startUpRef");
	struct tl_str path = ref ? tl_arch_absolute(arch, &arch->top, tl_arch_text(arch, ref)) : TL_STR("");
	const struct tl_arch_place *place = tl_arch_find(arch, path);

	if (ref && !place)
		tl_arch_check_ref(arch, item, "startUpRef", &arch->top);
	if (place)
		return place->entry;
	if (arch->n_containers == 0 || (!ref && arch->containers[0].kind.len > 0))
		tl_arch_say(arch, item->key_span, TL_ERROR, "schema",
		            "the flow needs 'startUpRef' or 'startUpTaskActions', where it starts");
	return arch->n_containers > 0 ? arch->containers[0].entry : TL_ARCH_RETURN;
}

/* What happens after a failure: words, then an end, a queue or elsewhere in the flow. */
static void lower_error_handling(struct tl_arch *arch)
{
	const struct tl_item *settings = tl_arch_child(arch, arch->root, "settingsErrorHandling", TL_MAP);
	const struct tl_item *handling = tl_arch_child(arch, settings, "errorHandling", TL_MAP),
			     *how = handling ? handling->first : NULL;
	const struct tl_item *audio = tl_item_get(settings, "preHandlingAudio");
	struct tl_arch_path top = { &arch->top, TL_STR("settingsErrorHandling"), NULL },
			    path = { &top, TL_STR("errorHandling"), NULL };
	struct tl_arch_scope scope = {
		.path = &path,
		.prefix = TL_STR("settingsErrorHandling"),
		.loop_head = TL_NONE,
		.loop_exit = TL_NONE,
		.menu = TL_NONE,
		.menu_before = TL_NONE,
	};
	struct tl_handler handler = { .on = TL_ON_ERROR };
	uint32_t label, after;

	if (!how)
		return;
	label = after = tl_arch_label(arch);
	if (audio && audio->kind != TL_NULL && !tl_item_get(audio, "noValue")) {
		after = tl_arch_label(arch);
		tl_arch_say_node(arch, audio, scope.prefix, label, after);
	}
	tl_arch_action(arch, how, tl_arch_action_of(tl_arch_handling_table, tl_arch_handling_count, how->key), &scope,
	               after, TL_ARCH_END);
	handler.span = how->key_span;
	tl_arch_handler(arch, handler, label);
	/* A run of too many actions ends in the same way (help.mypurecloud.com/?p=20587). */
	handler.on = TL_ON_BUDGET;
	tl_arch_handler(arch, handler, label);
}

/* An agent's taking the call ends a flow that goes round until then. */
static void add_agent_handler(struct tl_arch *arch, const struct tl_item *item)
{
	struct tl_handler handler = { .on = TL_ON_AGENT, .span = item->key_span };

	if (arch->type->repeats)
		tl_arch_handler(arch, handler, TL_ARCH_END);
}

/* Of the handling of errors, what has become nodes is not kept again. */
static struct tl_item *error_extras(struct tl_arch *arch)
{
	struct tl_arch_taken taken = { .keys = { "errorHandling", "preHandlingAudio" }, .count = 2 };
	const struct tl_item *settings = tl_item_get(arch->root, "settingsErrorHandling"),
			     *handling = tl_item_get(settings, "errorHandling");
	bool lowered = handling && handling->kind == TL_MAP && handling->first;

	if (settings && (settings->kind != TL_MAP || !lowered))
		return tl_item_copy(tl_arch_arena(arch), settings);
	return tl_arch_extras(arch, settings, &taken, &arch->top);
}

/* Puts a setting where it is not NULL into extras that may be NULL yet. */
static struct tl_item *with(struct tl_arch *arch, struct tl_item *extras, const char *key, struct tl_item *setting)
{
	if (!setting)
		return extras;
	extras = extras ? extras : tl_item_new(tl_arch_arena(arch), TL_MAP);
	tl_item_put(extras, tl_str(key), setting);
	return extras;
}

static void read_flow_settings(struct tl_arch *arch)
{
	struct tl_arch_taken taken = {
		.keys = { "name", "startUpRef", "startUpTaskActions", "startUpTaskVariables", "variables", "menus",
		          "tasks", "states", "bots", "initialGreeting", "settingsErrorHandling" },
		.count = 11,
	};
	struct tl_item *described = tl_item_new(tl_arch_arena(arch), TL_MAP), *extras;

	tl_arch_variables(arch, tl_arch_child(arch, arch->root, "variables", TL_LIST), 0, described);
	extras = with(arch, tl_arch_extras(arch, arch->root, &taken, &arch->top), "settingsErrorHandling",
	              error_extras(arch));
	for (const struct tl_item *setting = extras ? extras->first : NULL; setting; setting = setting->next)
		tl_arch_needs(arch, setting, TL_NONE);
	tl_arch_flow(arch)->extras = with(arch, extras, "variables", described->count > 0 ? described : NULL);
}

static void fix_routines(struct tl_arch *arch)
{
	struct tl_flow *flow = tl_arch_flow(arch);
	struct tl_routine *whole = &flow->routines[0];

	for (uint32_t i = 0; i < flow->n_routines; i++)
		flow->routines[i].entry = tl_arch_target(arch, arch->entries[i]);
	whole->handlers = TL_ARENA_ARRAY(tl_arch_arena(arch), struct tl_handler, arch->n_handlers);
	whole->n_handlers = (uint32_t)arch->n_handlers;
	for (size_t i = 0; i < arch->n_handlers; i++) {
		whole->handlers[i] = arch->handlers[i].handler;
		whole->handlers[i].target = tl_arch_target(arch, arch->handlers[i].label);
	}
}

static void lower_flow(struct tl_arch *arch, const struct tl_item *item)
{
	uint32_t start;

	for (uint32_t label = TL_ARCH_RETURN; label <= TL_ARCH_END; label++)
		tl_arch_label(arch);
	read_head(arch, item);
	tl_arch_routine(arch, TL_ROUTINE_FLOW, tl_arch_flow(arch)->name, item, TL_ARCH_RETURN);
	tl_arch_flow(arch)->routines[0].repeats = arch->type->repeats;
	tl_arch_containers(arch);
	read_flow_settings(arch);
	start = find_start(arch, item);
	arch->entries[0] = lower_greeting(arch, start);
	tl_arch_lower_containers(arch);
	lower_error_handling(arch);
	add_agent_handler(arch, item);
	tl_arch_resolve(arch);
	fix_routines(arch);
}

/* The one key at the top; a finding for each that is too much. NULL where there is no flow. */
static const struct tl_item *find_flow(struct tl_arch *arch, const struct tl_item *root)
{
	const struct tl_item *first = root->kind == TL_MAP ? root->first : NULL;

	arch->type = first ? tl_arch_type_of(first->key) : NULL;
	if (!arch->type) {
		tl_arch_say(arch, first ? first->key_span : root->span, TL_ERROR, "schema",
		            "a file of Architect holds one flow under the name of its type");
		return NULL;
	}
	for (const struct tl_item *more = first->next; more; more = more->next)
		tl_arch_say(arch, more->key_span, TL_ERROR, "schema", "'%.*s' stands beside the flow: a file holds one",
		            TL_FMT(more->key));
	return first;
}

void tl_architect_read(struct tl_flow **out, struct tl_doc *doc, const struct tl_substitution *substitution,
                       const struct tl_lower *lower)
{
	struct tl_arch arch = { .lower = lower, .substitution = substitution };
	const struct tl_item *item;

	tl_builder_init(&arch.builder, doc, TL_DIALECT_ARCHITECT, lower);
	tl_arch_flow(&arch)->text = substitution ? substitution->text : doc->source.bytes;
	if (substitution)
		read_placeholders(&arch);
	item = find_flow(&arch, doc->root);
	if (item) {
		if (item->kind != TL_MAP)
			tl_arch_say(&arch, item->span, TL_ERROR, "schema", "'%.*s' must be a map", TL_FMT(item->key));
		arch.root = item->kind == TL_MAP ? item : tl_item_new(tl_arch_arena(&arch), TL_MAP);
		arch.top = (struct tl_arch_path){ NULL, item->key, NULL };
		lower_flow(&arch, item);
	}
	*out = tl_builder_finish(&arch.builder);
	clear_state(&arch);
	if (!item) {
		tl_flow_free(*out);
		*out = NULL;
	}
}

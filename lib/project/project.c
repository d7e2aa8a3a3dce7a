/* project/project.c: trunkline.yaml into plain values. Structure is the schema's; what a schema cannot see is checked here. */
#include "project/project.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "doc/yaml.h"
#include "project/schedule.h"
#include "project/zone.h"

#define DATABASE_DEFAULT ".trunkline/local.db"

/* A project file is small; its limits are its own, so that it cannot raise those that it is read with. */
#define PROJECT_BYTES ((uint64_t)4 << 20)
#define PROJECT_DEPTH 64
#define PROJECT_SCALARS 1000000

struct tl_finding *tl_project_say(struct tl_project_reader *reader, struct tl_span span, const char *fmt, ...)
{
	char message[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	return tl_findings_add(reader->findings, &reader->project->doc->source, span, TL_ERROR, "project", "%s", message);
}

static bool is_scalar(const struct tl_item *item)
{
	return item->kind == TL_STRING || item->kind == TL_NUMBER || item->kind == TL_BOOLEAN;
}

/* `flows: [flows, more/x.flow.yaml]`; one text is one pattern. */
static void read_flows(struct tl_project_reader *reader, const struct tl_item *list)
{
	struct tl_project *project = reader->project;

	if (!list || list->kind != TL_LIST || list->count == 0)
		return;
	project->flows = TL_ARENA_ARRAY(&project->arena, struct tl_str, list->count);
	project->n_flows = 0;
	for (const struct tl_item *item = list->first; item; item = item->next) {
		struct tl_str pattern = item->text;
		while (tl_str_starts(pattern, TL_STR("./")))
			pattern = tl_str_slice(pattern, 2, pattern.len);
		while (pattern.len > 1 && tl_str_ends(pattern, TL_STR("/")))
			pattern = tl_str_slice(pattern, 0, pattern.len - 1);
		if (!tl_path_is_beneath(pattern)) {
			tl_project_say(reader, item->span, "'%.*s' leaves the folder of the project file", TL_FMT(item->text));
			continue;
		}
		project->flows[project->n_flows++] = pattern;
	}
}

static void read_rules(struct tl_project_reader *reader, const struct tl_item *map)
{
	struct tl_project *project = reader->project;

	if (!map || map->kind != TL_MAP)
		return;
	project->rules = TL_ARENA_ARRAY(&project->arena, struct tl_rule_level, map->count);
	for (const struct tl_item *item = map->first; item; item = item->next) {
		struct tl_rule_level *rule = &project->rules[project->n_rules];
		enum tl_level level;
		*rule = (struct tl_rule_level){ .rule = item->key, .level = TL_RULE_OFF, .span = item->key_span };
		if (tl_level_parse(&level, item->text)) {
			rule->level = (int)level;
		} else if (!tl_str_is(item->text, "off")) {
			tl_project_say(reader, item->span, "'%.*s' is no level: off, note, warning or error", TL_FMT(item->text));
			continue;
		}
		project->n_rules++;
	}
}

static void say_unknown_limit(struct tl_project_reader *reader, const struct tl_item *item)
{
	struct tl_str *names = TL_ARENA_ARRAY(&reader->project->arena, struct tl_str, tl_limit_count);
	struct tl_finding *f = tl_project_say(reader, item->key_span, "there is no limit '%.*s'", TL_FMT(item->key));

	for (size_t i = 0; i < tl_limit_count; i++)
		names[i] = tl_str(tl_limit_table[i].name);
	struct tl_str near = tl_text_nearest(item->key, names, tl_limit_count);
	if (near.len > 0)
		tl_findings_help(reader->findings, f, "did you mean '%.*s'?", TL_FMT(near));
}

static void read_limits(struct tl_project_reader *reader, const struct tl_item *map)
{
	if (!map || map->kind != TL_MAP)
		return;
	for (const struct tl_item *item = map->first; item; item = item->next) {
		int set = tl_limits_set(&reader->project->limits, item->key, item->text);
		if (set == -1)
			say_unknown_limit(reader, item);
		else if (set != 0)
			tl_project_say(reader, item->span, "'%.*s' is no value of the limit '%.*s'", TL_FMT(item->text), TL_FMT(item->key));
	}
}

/* NAME: scalar, into `out` as text. */
static void read_texts(struct tl_project_reader *reader, struct tl_map *out, const struct tl_item *map)
{
	if (!map || map->kind != TL_MAP)
		return;
	for (const struct tl_item *item = map->first; item; item = item->next) {
		struct tl_str *text = TL_ARENA_NEW(&reader->project->arena, struct tl_str);
		if (!is_scalar(item)) {
			tl_project_say(reader, item->kind == TL_NULL ? item->key_span : item->span,
			               "the value of '%.*s' must be text, a number or a boolean", TL_FMT(item->key));
			continue;
		}
		*text = item->text;
		tl_map_put(out, item->key, NULL)->value.ptr = text;
	}
}

static struct tl_environment *add_environment(struct tl_project *project, struct tl_str name)
{
	struct tl_environment *environment = &project->environments[project->n_environments++];

	*environment = (struct tl_environment){ .name = name, .database = TL_STR(DATABASE_DEFAULT) };
	if (tl_str_is(name, "local"))
		environment->platform = TL_STR("local");
	return environment;
}

static void read_environment(struct tl_project_reader *reader, const struct tl_item *item)
{
	struct tl_environment *environment = add_environment(reader->project, item->key);
	struct tl_str platform = tl_item_text(item, "platform"), database = tl_item_text(item, "database");

	environment->item = item;
	environment->span = item->key_span;
	environment->audio_base = tl_item_text(item, "audio_base");
	environment->promote_from = tl_item_text(item, "promote_from");
	if (platform.len > 0)
		environment->platform = platform;
	else if (environment->platform.len == 0)
		tl_project_say(reader, item->key_span, "the environment '%.*s' names no platform", TL_FMT(item->key));
	if (database.len > 0)
		environment->database = database;
	read_texts(reader, &environment->values, tl_item_get(item, "values"));
	read_texts(reader, &environment->ids, tl_item_get(item, "ids"));
}

/* The built-in `local` stands last where the file does not speak of it. */
static void read_environments(struct tl_project_reader *reader, const struct tl_item *map)
{
	struct tl_project *project = reader->project;
	uint32_t count = map && map->kind == TL_MAP ? map->count : 0;

	project->environments = TL_ARENA_ARRAY(&project->arena, struct tl_environment, (size_t)count + 1);
	for (const struct tl_item *item = count > 0 ? map->first : NULL; item; item = item->next)
		read_environment(reader, item);
	if (!tl_project_environment(project, TL_STR("local")))
		add_environment(project, TL_STR("local"));
}

static struct tl_project *project_new(void)
{
	struct tl_project *project = tl_alloc_zero(1, sizeof(*project));

	project->limits = tl_limits_default();
	project->flows = TL_ARENA_NEW(&project->arena, struct tl_str);
	project->flows[0] = TL_STR(".");
	project->n_flows = 1;
	return project;
}

static void read_root(struct tl_project_reader *reader, const struct tl_item *root)
{
	read_flows(reader, tl_item_get(root, "flows"));
	read_rules(reader, tl_item_get(root, "rules"));
	read_limits(reader, tl_item_get(root, "limits"));
	tl_schedules_read(reader, tl_item_get(root, "schedules"));
	read_environments(reader, tl_item_get(root, "environments"));
}

/* The first finding of level error in the file's order, from `first` on, becomes the error. */
static int first_error(const struct tl_findings *findings, size_t first, struct tl_error *err)
{
	const struct tl_finding *found = NULL;

	for (size_t i = first; i < findings->count; i++) {
		const struct tl_finding *f = &findings->items[i];
		if (f->level == TL_ERROR && (!found || f->span.start < found->span.start))
			found = f;
	}
	if (!found)
		return 0;
	const char *mark = found->help.len > 0 ? "; " : "";
	return tl_error_set(err, TL_USAGE, "%.*s:%u:%u: %.*s%s%.*s", TL_FMT(found->file), found->place.line, found->place.column,
	                    TL_FMT(found->message), mark, TL_FMT(found->help));
}

int tl_project_read(struct tl_project **out, struct tl_str path, struct tl_str bytes, const struct tl_schemas *schemas,
                    struct tl_findings *findings, struct tl_error *err)
{
	struct tl_read_options options = { .bytes = PROJECT_BYTES, .depth = PROJECT_DEPTH, .scalars = PROJECT_SCALARS, .findings = findings };
	size_t first = findings->count;
	struct tl_project *project = project_new();
	struct tl_project_reader reader = { project, findings };

	*out = NULL;
	project->path = tl_arena_dup(&project->arena, path);
	tl_yaml_read(&project->doc, path, bytes, &options);
	if (project->doc->root)
		tl_schema_check(schemas->compiled[TL_SCHEMA_PROJECT], project->doc->root, &project->doc->source, findings);
	if (first_error(findings, first, NULL) == 0)
		read_root(&reader, project->doc->root);
	if (first_error(findings, first, err) != 0) {
		tl_project_free(project);
		return -1;
	}
	*out = project;
	return 0;
}

void tl_project_default(struct tl_project **out)
{
	*out = project_new();
	struct tl_project_reader reader = { *out, NULL };
	read_root(&reader, NULL);
}

void tl_project_free(struct tl_project *project)
{
	if (!project)
		return;
	for (uint32_t i = 0; i < project->n_schedules; i++)
		tl_zone_free(project->schedules[i].zone);
	for (uint32_t i = 0; i < project->n_environments; i++) {
		tl_map_clear(&project->environments[i].values);
		tl_map_clear(&project->environments[i].ids);
	}
	tl_doc_free(project->doc);
	tl_arena_clear(&project->arena);
	free(project);
}

const struct tl_environment *tl_project_environment(const struct tl_project *project, struct tl_str name)
{
	for (uint32_t i = 0; i < project->n_environments; i++) {
		if (tl_str_equal(project->environments[i].name, name))
			return &project->environments[i];
	}
	return NULL;
}

const struct tl_schedule *tl_project_schedule(const struct tl_project *project, struct tl_str name)
{
	for (uint32_t i = 0; i < project->n_schedules; i++) {
		if (tl_str_equal(project->schedules[i].name, name))
			return &project->schedules[i];
	}
	return NULL;
}

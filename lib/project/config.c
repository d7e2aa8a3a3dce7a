/* project/config.c: the protected configuration: where it lies, and reading it. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/guard.h"
#include "doc/yaml.h"
#include "project/access.h"
#include "project/protected.h"

#define CONFIG_BYTES ((uint64_t)1 << 20)
#define CONFIG_DEPTH 32
#define CONFIG_SCALARS 100000

static const char *value_of(const struct tl_surroundings *surroundings, const char *name)
{
	const char *value = surroundings->getenv ? surroundings->getenv(name) : NULL;

	return value && value[0] ? value : NULL;
}

/* $NAME/rest, where that is an absolute path, else ~/home_part/rest; empty where there is no home. */
static struct tl_str user_path(struct tl_arena *arena, const struct tl_surroundings *surroundings, const char *name, const char *home_part, const char *rest)
{
	const char *base = value_of(surroundings, name);

	if (base && base[0] == '/')
		return tl_path_join(arena, tl_str(base), tl_str(rest));
	if (!surroundings->home || surroundings->home[0] != '/')
		return TL_STR("");
	return tl_arena_printf(arena, "%s/%s/%s", surroundings->home, home_part, rest);
}

/* A relative path is meant from where the command was started. */
static struct tl_str from_here(struct tl_arena *arena, const char *path)
{
	char here[PATH_MAX];

	if (path[0] == '/' || !getcwd(here, sizeof(here)))
		return tl_arena_dup(arena, tl_str(path));
	return tl_path_join(arena, tl_str(here), tl_str(path));
}

struct tl_str tl_config_path(struct tl_arena *arena, const struct tl_surroundings *surroundings)
{
	const char *path = value_of(surroundings, "TRUNKLINE_CONFIG");

	if (path)
		return from_here(arena, path);
	return user_path(arena, surroundings, "XDG_CONFIG_HOME", ".config", "trunkline/config.yaml");
}

struct tl_str tl_state_folder(struct tl_arena *arena, const struct tl_surroundings *surroundings)
{
	return user_path(arena, surroundings, "XDG_STATE_HOME", ".local/state", "trunkline");
}

/* What a message may say of a value that stands where a secret is to be found: nothing, since it may be the secret itself. */
static bool is_near_secret(const struct tl_item *item, struct tl_span span)
{
	for (const struct tl_item *child = item ? item->first : NULL; child; child = child->next) {
		bool secret = tl_str_is(child->key, "credentials") || tl_str_is(child->key, "secret") || tl_str_is(child->key, "client_id") ||
		              tl_str_is(child->key, "client_secret") || tl_str_is(child->key, "user") || tl_str_is(child->key, "password") ||
		              tl_str_is(child->key, "token") || tl_str_is(child->key, "api_key");

		if (span.end < child->key_span.start || span.start > child->span.end)
			continue;
		if (secret || is_near_secret(child, span))
			return true;
	}
	return false;
}

static int say_finding(const struct tl_finding *found, const struct tl_item *root, struct tl_error *err)
{
	const char *mark = found->help.len > 0 ? "; " : "";

	if (is_near_secret(root, found->span))
		return tl_error_set(err, TL_USAGE, "%.*s:%u:%u: this is no place where a secret is found: {env: NAME}, {file: PATH} or {command: [pass, show, name]}",
		                    TL_FMT(found->file), found->place.line, found->place.column);
	return tl_error_set(err, TL_USAGE, "%.*s:%u:%u: %.*s%s%.*s", TL_FMT(found->file), found->place.line, found->place.column, TL_FMT(found->message), mark,
	                    TL_FMT(found->help));
}

int tl_config_parse(struct tl_doc **out, struct tl_str path, struct tl_str bytes, const struct tl_schemas *schemas, struct tl_error *err)
{
	struct tl_findings findings = { 0 };
	struct tl_read_options options = { .bytes = CONFIG_BYTES, .depth = CONFIG_DEPTH, .scalars = CONFIG_SCALARS, .findings = &findings };
	int ret = 0;

	tl_yaml_read(out, path, bytes, &options);
	if ((*out)->root && schemas)
		tl_schema_check(schemas->compiled[TL_SCHEMA_CONFIG], (*out)->root, &(*out)->source, &findings);
	tl_findings_sort(&findings);
	for (size_t i = 0; i < findings.count && ret == 0; i++) {
		if (findings.items[i].level == TL_ERROR)
			ret = say_finding(&findings.items[i], (*out)->root, err);
	}
	tl_findings_clear(&findings);
	if (ret == 0)
		return 0;
	tl_doc_free(*out);
	*out = NULL;
	return -1;
}

bool tl_config_is_blank(struct tl_str bytes)
{
	while (bytes.len > 0) {
		size_t end = tl_str_find(bytes, TL_STR("\n"), 0);
		struct tl_str line = tl_str_trim(tl_str_slice(bytes, 0, end == SIZE_MAX ? bytes.len : end));

		if (line.len > 0 && line.ptr[0] != '#')
			return false;
		bytes = tl_str_slice(bytes, end == SIZE_MAX ? bytes.len : end + 1, bytes.len);
	}
	return true;
}

struct tl_str tl_config_file(struct tl_config *config, struct tl_str path)
{
	return tl_path_join(&config->arena, config->folder, path);
}

static unsigned days_of(struct tl_str text)
{
	unsigned days = 0;

	for (size_t i = 0; i < text.len && text.ptr[i] != 'd'; i++)
		days = days * 10 + (unsigned)(text.ptr[i] - '0');
	return days;
}

static void read_audit(struct tl_config *config, const struct tl_item *audit)
{
	const struct tl_item *trusted = tl_item_get(audit, "trusted");
	struct tl_str key = tl_item_text(audit, "key");

	if (key.len > 0)
		config->audit_key = tl_config_file(config, key);
	config->audit_retention_days = days_of(tl_item_text(audit, "retention"));
	if (!trusted)
		return;
	config->audit_trusted = TL_ARENA_ARRAY(&config->arena, struct tl_str, trusted->count);
	for (const struct tl_item *item = trusted->first; item; item = item->next)
		config->audit_trusted[config->n_audit_trusted++] = tl_config_file(config, item->text);
}

/* The folder of a file that may be a link: relative paths in it start where it really lies. */
static struct tl_str folder_of(struct tl_arena *arena, struct tl_str path)
{
	char *real = realpath(path.ptr, NULL);
	struct tl_str whole = tl_arena_dup(arena, real ? tl_str(real) : path);
	size_t end = whole.len;

	free(real);
	while (end > 1 && whole.ptr[end - 1] != '/')
		end--;
	return tl_arena_dup(arena, tl_str_slice(whole, 0, end > 1 ? end - 1 : end));
}

static int read_file(struct tl_config *config, const struct tl_schemas *schemas, struct tl_error *err)
{
	struct tl_error why = { 0 };
	struct tl_str bytes;

	if (config->path.len == 0 || tl_str_is(config->path, "/dev/null"))
		return 0;
	if (tl_guard_read(&bytes, &config->arena, config->path.ptr, TL_GUARD_OURS, config->tree.ptr, CONFIG_BYTES, "the configuration", &why) != 0) {
		config->missing = why.code == TL_NOT_FOUND;
		if (config->missing)
			return 0;
		*err = why;
		return -1;
	}
	config->folder = folder_of(&config->arena, config->path);
	if (tl_config_is_blank(bytes))
		return 0;
	if (tl_config_parse(&config->doc, config->path, bytes, schemas, err) != 0)
		return -1;
	config->root = config->doc->root;
	read_audit(config, tl_item_get(config->root, "audit"));
	return 0;
}

int tl_config_read(struct tl_config **out, const struct tl_surroundings *surroundings, struct tl_str root, const struct tl_schemas *schemas,
                   struct tl_error *err)
{
	struct tl_config *config = tl_alloc_zero(1, sizeof(*config));

	*out = NULL;
	config->surroundings = surroundings;
	config->path = tl_config_path(&config->arena, surroundings);
	config->tree = tl_arena_dup(&config->arena, root);
	config->folder = folder_of(&config->arena, config->path);
	if (read_file(config, schemas, err) != 0) {
		tl_config_free(config);
		return -1;
	}
	*out = config;
	return 0;
}

void tl_config_free(struct tl_config *config)
{
	if (!config)
		return;
	tl_doc_free(config->doc);
	tl_arena_clear(&config->arena);
	free(config);
}

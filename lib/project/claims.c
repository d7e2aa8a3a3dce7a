/* project/claims.c: the authority in a tracked project file: which keys are such, their digest, and how they are shown to whoever approves them. */
#include "project/claims.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/sha256.h"
#include "doc/json.h"

/* The keys of an environment that give authority. */
static const char *const key_table[] = {
	"login", "region", "api", "proxy", "ca", "rate", "credentials", "role", "webhooks", "ledger", "publish_from", "calls",
};

static bool is_git_folder(struct tl_str component)
{
	return tl_str_equal_nocase(component, TL_STR(".git"));
}

/* Whether a path leads out of the project's folder, or into git's, by its text. */
static bool is_outside(struct tl_str path)
{
	struct tl_str rest = path;

	if (!tl_path_is_beneath(path))
		return true;
	while (rest.len > 0) {
		size_t slash = tl_str_find(rest, TL_STR("/"), 0), end = slash == SIZE_MAX ? rest.len : slash;

		if (is_git_folder(tl_str_slice(rest, 0, end)))
			return true;
		rest = tl_str_slice(rest, end < rest.len ? end + 1 : end, rest.len);
	}
	return false;
}

/* The claims of one environment, as a map of their own; without children where there are none. */
static struct tl_item *environment_claims(struct tl_arena *arena, const struct tl_environment *environment)
{
	struct tl_item *map = tl_item_new(arena, TL_MAP);

	for (size_t i = 0; i < TL_COUNT(key_table); i++) {
		const struct tl_item *item = tl_item_get(environment->item, key_table[i]);

		if (item)
			tl_item_put(map, tl_str(key_table[i]), tl_item_copy(arena, item));
	}
	if (is_outside(environment->database))
		tl_item_put(map, TL_STR("database"), tl_item_string(arena, environment->database));
	return map;
}

static const struct tl_item *audit_of(const struct tl_project *project)
{
	return project->doc ? tl_item_get(project->doc->root, "audit") : NULL;
}

bool tl_project_claims(struct tl_str *names, struct tl_arena *arena, const struct tl_project *project, const struct tl_environment *environment)
{
	struct tl_item *map = environment_claims(arena, environment);
	struct tl_buf buf = { 0 };

	if (audit_of(project))
		tl_item_put(map, TL_STR("audit"), tl_item_new(arena, TL_NULL));
	for (const struct tl_item *item = map->first; item && names; item = item->next)
		tl_buf_printf(&buf, "%s%.*s", buf.len > 0 ? ", " : "", TL_FMT(item->key));
	if (names)
		*names = tl_arena_dup(arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	return map->count > 0;
}

/* {environments: {NAME: claims}, audit: …}; without children where nothing is claimed. */
static struct tl_item *all_claims(struct tl_arena *arena, const struct tl_project *project)
{
	struct tl_item *all = tl_item_new(arena, TL_MAP), *environments = tl_item_new(arena, TL_MAP);

	for (uint32_t i = 0; i < project->n_environments; i++) {
		struct tl_item *claims = environment_claims(arena, &project->environments[i]);

		if (claims->count > 0)
			tl_item_put(environments, project->environments[i].name, claims);
	}
	if (environments->count > 0)
		tl_item_put(all, TL_STR("environments"), environments);
	if (audit_of(project))
		tl_item_put(all, TL_STR("audit"), tl_item_copy(arena, audit_of(project)));
	return all;
}

struct claim_writer {
	struct tl_buf text, path;
	bool command; /* a helper command is among them */
};

static void add_component(struct tl_buf *path, const struct tl_item *item, bool in_map, uint32_t index)
{
	if (!in_map) {
		tl_buf_printf(path, "[%u]", (unsigned)index);
		return;
	}
	if (path->len > 0)
		tl_buf_char(path, '.');
	tl_text_safe(path, item->key);
}

/* A line for each value: "environments.production.api: https://…". Depth is that of the reader, and small. */
static void write_claims(struct claim_writer *writer, const struct tl_item *item)
{
	uint32_t index = 0;

	if (!item->first) {
		tl_buf_printf(&writer->text, "%.*s: ", TL_FMT(tl_buf_view(&writer->path)));
		tl_text_safe(&writer->text, item->kind == TL_MAP ? TL_STR("{}") : item->kind == TL_LIST ? TL_STR("[]") : item->text);
		tl_buf_char(&writer->text, '\n');
		return;
	}
	for (const struct tl_item *child = item->first; child; child = child->next) {
		size_t len = writer->path.len;

		add_component(&writer->path, child, item->kind == TL_MAP, index++);
		if (item->kind == TL_MAP && tl_str_is(child->key, "command") && child->kind == TL_LIST)
			writer->command = true;
		write_claims(writer, child);
		writer->path.len = len;
	}
}

int tl_project_authority(struct tl_str *digest, struct tl_str *text, struct tl_arena *arena, const struct tl_project *project, struct tl_error *err)
{
	struct tl_item *all = all_claims(arena, project);
	struct claim_writer writer = { 0 };
	struct tl_buf canonical = { 0 };
	char hex[TL_SHA256_SIZE];

	*digest = *text = TL_STR("");
	if (all->count == 0)
		return 0;
	write_claims(&writer, all);
	tl_json_canonical(&canonical, all);
	tl_sha256_hex(hex, tl_buf_view(&canonical));
	*digest = tl_arena_dup(arena, tl_str(hex));
	*text = tl_arena_dup(arena, tl_buf_view(&writer.text));
	tl_buf_clear(&canonical);
	tl_buf_clear(&writer.text);
	tl_buf_clear(&writer.path);
	if (!writer.command)
		return 0;
	return tl_error_set(err, TL_USAGE, "%.*s names a helper command, which a change to the repository could replace: commands stand only in your own "
	                    "configuration", TL_FMT(project->path));
}

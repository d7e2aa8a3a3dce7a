/* cmd/common/open.c: finding the repository, the view that was asked for, and the project file in it. */
#include "common/open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "common/authority.h"

#define PROJECT_LIMIT ((uint64_t)4 << 20)

static int no_such_limit(struct tl_command *command, struct tl_str name)
{
	struct tl_str *names = TL_ARENA_ARRAY(&command->arena, struct tl_str, tl_limit_count), near;
	struct tl_buf all = { 0 };

	for (size_t i = 0; i < tl_limit_count; i++) {
		names[i] = tl_str(tl_limit_table[i].name);
		tl_buf_printf(&all, "%s%s", i > 0 ? ", " : "", tl_limit_table[i].name);
	}
	near = tl_text_nearest(name, names, tl_limit_count);
	if (near.len > 0)
		tl_error_set(&command->err, TL_USAGE, "there is no limit '%.*s', did you mean '%.*s'?", TL_FMT(name), TL_FMT(near));
	else
		tl_error_set(&command->err, TL_USAGE, "there is no limit '%.*s': %.*s", TL_FMT(name), TL_FMT(tl_buf_view(&all)));
	tl_buf_clear(&all);
	return -1;
}

int tl_command_limits(struct tl_command *command, struct tl_limits *limits)
{
	const struct tl_option_list *list = &command->common->limits;

	for (size_t i = 0; i < list->count; i++) {
		struct tl_str text = tl_str(list->values[i]);
		size_t equals = tl_str_find(text, TL_STR("="), 0);
		struct tl_str name = tl_str_slice(text, 0, equals == SIZE_MAX ? text.len : equals);
		struct tl_str value = tl_str_slice(text, equals == SIZE_MAX ? text.len : equals + 1, text.len);
		int set = tl_limits_set(limits, name, value);

		if (set == -1)
			return no_such_limit(command, name);
		if (equals == SIZE_MAX)
			return tl_error_set(&command->err, TL_USAGE, "'--limit' takes NAME=VALUE, not '%.*s'", TL_FMT(text));
		if (set != 0)
			return tl_error_set(&command->err, TL_USAGE, "'%.*s' is no value of the limit '%.*s'", TL_FMT(value), TL_FMT(name));
	}
	return 0;
}

static bool wants_git(const struct tl_common *common)
{
	return common->staged || common->rev || common->range;
}

static int find_folder(struct tl_command *command)
{
	const char *folder = command->common->folder ? command->common->folder : ".";
	char *real = realpath(folder, NULL);

	if (!real || access(real, X_OK) != 0) {
		tl_error_errno(&command->err, errno, "cannot work in '%s'", folder);
		command->err.code = TL_USAGE;
		free(real);
		return -1;
	}
	command->folder = tl_arena_dup(&command->arena, tl_str(real));
	free(real);
	return 0;
}

static int open_repository(struct tl_command *command)
{
	const char *git_dir = getenv("GIT_DIR");
	int status;

	/* As git's own commands: a hook is told which repository it runs for. */
	if (git_dir && git_dir[0] && !command->common->folder)
		status = tl_repo_open_at(&command->repo, git_dir, getenv("GIT_WORK_TREE"), &command->err);
	else
		status = tl_repo_open(&command->repo, command->folder.ptr, &command->err);
	if (status == 0)
		return 0;
	if (command->err.code != TL_NOT_FOUND)
		return -1;
	if (wants_git(command->common)) {
		command->err.code = TL_USAGE;
		return -1;
	}
	command->err = (struct tl_error){ 0 };
	return 0;
}

/* "A..B": from A; "A...B": from where the two parted. A side that is left out is HEAD. */
static int open_range(struct tl_command *command)
{
	struct tl_str text = tl_str(command->common->range);
	size_t dots = tl_str_find(text, TL_STR(".."), 0);
	bool merge_base = dots != SIZE_MAX && dots + 2 < text.len && text.ptr[dots + 2] == '.';
	char *from = tl_arena_alloc(&command->arena, 2, TL_OID_SIZE), *to = from + TL_OID_SIZE;
	struct tl_str left, right;

	if (dots == SIZE_MAX)
		return tl_error_set(&command->err, TL_USAGE, "'%s' is no range such as main..HEAD", command->common->range);
	left = tl_arena_dup(&command->arena, tl_str_slice(text, 0, dots));
	right = tl_arena_dup(&command->arena, tl_str_slice(text, dots + 2 + merge_base, text.len));
	if (tl_repo_commit(from, command->repo, left.len > 0 ? left.ptr : "HEAD", &command->err) != 0 ||
	    tl_repo_commit(to, command->repo, right.len > 0 ? right.ptr : "HEAD", &command->err) != 0)
		return -1;
	command->to = tl_arena_dup(&command->arena, tl_str(to)).ptr;
	if (merge_base && tl_repo_merge_base(from, command->repo, from, command->to, &command->err) != 0)
		return -1;
	command->from = from;
	return tl_view_open_revision(&command->view, command->repo, command->to, &command->err);
}

/* The folder that holds the project file: `at` or one above it; `at` itself where there is none. Outside of a repository. */
static struct tl_str project_folder(struct tl_arena *arena, struct tl_str at)
{
	struct tl_str folder = at;

	for (;;) {
		struct tl_str path = tl_path_join(arena, folder.len > 0 ? folder : TL_STR("/"), TL_STR(TL_PROJECT_FILE));

		if (faccessat(AT_FDCWD, path.ptr, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return folder.len > 0 ? tl_arena_dup(arena, folder) : TL_STR("/");
		if (folder.len == 0)
			return at;
		folder = tl_path_folder(folder);
	}
}

/* `git commit -a` and `git commit PATH` run their hooks on an index of their own. */
static const char *index_file(void)
{
	const char *path = getenv("GIT_INDEX_FILE");

	return path && path[0] ? path : NULL;
}

/* Only some commands can be asked for a revision instead. */
static int refuse_bare(struct tl_command *command)
{
	const struct tl_usage *usage = command->usage;

	for (size_t i = 0; i < usage->n_options; i++) {
		const char *name = usage->options[i].name;

		if (strcmp(name, "rev") == 0 || strcmp(name, "commit") == 0)
			return tl_error_set(&command->err, TL_USAGE, "a bare repository has no working tree: say which revision with --%s, or use a clone", name);
	}
	return tl_error_set(&command->err, TL_USAGE, "a bare repository has no working tree: %suse a clone",
	                    strcmp(usage->name, "flow-diff") == 0 ? "name two revisions, or " : "");
}

static int open_view(struct tl_command *command)
{
	const struct tl_common *common = command->common;
	struct tl_error ignored; /* before the first commit there is no HEAD either */
	char head[TL_OID_SIZE];

	if (common->range)
		return open_range(command);
	if (common->rev)
		return tl_view_open_revision(&command->view, command->repo, common->rev, &command->err);
	if (common->staged)
		return tl_view_open_index_file(&command->view, command->repo, index_file(), &command->err);
	if (command->repo && command->root.len == 0 && command->head_if_bare && tl_repo_commit(head, command->repo, "HEAD", &ignored) == 0)
		return tl_view_open_revision(&command->view, command->repo, "HEAD", &command->err);
	if (command->repo && command->root.len == 0)
		return refuse_bare(command);
	return tl_view_open_disk(&command->view, command->repo, command->root.ptr, &command->err);
}

static void find_root(struct tl_command *command)
{
	if (command->repo) {
		char *real = realpath(tl_repo_root(command->repo).len > 0 ? tl_repo_root(command->repo).ptr : "", NULL);

		command->root = real ? tl_arena_dup(&command->arena, tl_str(real)) : TL_STR("");
		free(real);
	} else {
		command->root = project_folder(&command->arena, command->folder);
	}
	if (command->root.len == 0 || !tl_path_below(&command->prefix, command->root, command->folder))
		command->prefix = TL_STR("");
}

/* *out stays as it is where there is no such file. One that is a link is none that may be passed over: what it was to say would be left out unseen. */
static int read_project(struct tl_project **out, struct tl_command *command, struct tl_view *view, struct tl_str path)
{
	struct tl_findings findings = { 0 };
	struct tl_error why = { 0 };
	struct tl_str bytes;
	int status;

	if (tl_view_read(&bytes, &command->arena, view, path, PROJECT_LIMIT, NULL, &why) != 0) {
		if (why.code == TL_NOT_FOUND)
			return 0;
		return tl_error_set(&command->err, why.code == TL_REFUSED ? TL_USAGE : why.code, "%s", why.message);
	}
	status = tl_project_read(out, path, bytes, &command->schemas, &findings, &command->err);
	tl_findings_clear(&findings);
	return status;
}

int tl_command_project(struct tl_project **out, struct tl_str *base, struct tl_command *command, struct tl_view *view)
{
	struct tl_str folder = command->prefix;

	*out = NULL;
	for (;;) {
		struct tl_str path = tl_path_join(&command->arena, folder, TL_STR(TL_PROJECT_FILE));

		*base = folder;
		if (read_project(out, command, view, path) != 0)
			return -1;
		if (*out)
			return 0;
		if (folder.len == 0)
			break;
		folder = tl_path_folder(folder);
	}
	*base = command->prefix;
	tl_project_default(out);
	return 0;
}

/* Whether the user's own configuration speaks of an environment; and its path. */
static bool is_configured(struct tl_str *path, struct tl_command *command, struct tl_str name)
{
	struct tl_config *config;
	bool there;

	if (tl_command_config(&config, command) != 0)
		return false;
	there = tl_item_get_str(tl_item_get(config->root, "environments"), name) != NULL;
	*path = tl_arena_dup(&command->arena, config->path);
	tl_config_free(config);
	return there;
}

static int no_such_environment(struct tl_command *command, struct tl_str name)
{
	const struct tl_project *project = command->project;
	struct tl_str *names = TL_ARENA_ARRAY(&command->arena, struct tl_str, project->n_environments), near, path;
	struct tl_buf all = { 0 };

	if (project->doc && is_configured(&path, command, name))
		return tl_error_set(&command->err, TL_USAGE, "the environment '%.*s' is in %.*s alone: %s must name it too, with its platform",
		                    TL_FMT(name), TL_FMT(path), TL_PROJECT_FILE);
	for (uint32_t i = 0; i < project->n_environments; i++) {
		names[i] = project->environments[i].name;
		tl_buf_printf(&all, "%s%.*s", i > 0 ? ", " : "", TL_FMT(names[i]));
	}
	near = tl_text_nearest(name, names, project->n_environments);
	if (near.len > 0)
		tl_error_set(&command->err, TL_USAGE, "there is no environment '%.*s', did you mean '%.*s'?", TL_FMT(name), TL_FMT(near));
	else if (!project->doc)
		tl_error_set(&command->err, TL_USAGE, "there is no environment '%.*s': there is no %s in '%.*s' or above it, so there is %.*s alone",
		             TL_FMT(name), TL_PROJECT_FILE, TL_FMT(command->folder), TL_FMT(tl_buf_view(&all)));
	else
		tl_error_set(&command->err, TL_USAGE, "there is no environment '%.*s': there is %.*s", TL_FMT(name), TL_FMT(tl_buf_view(&all)));
	tl_buf_clear(&all);
	return -1;
}

int tl_command_environment(const struct tl_environment **out, struct tl_command *command, const char *name)
{
	*out = tl_project_environment(command->project, tl_str(name));
	return *out ? 0 : no_such_environment(command, tl_str(name));
}

static int find_environment(struct tl_command *command)
{
	const char *wanted = command->common->environment;

	return tl_command_environment(&command->environment, command, wanted ? wanted : "local");
}

/* Limits of a call come from the case, the project file or the command line, in this order; all others from the command line first. */
static int set_limits(struct tl_command *command)
{
	struct tl_limits *limits = &command->project->limits, own = *limits;
	const struct tl_item *given = command->project->doc ? tl_item_get(command->project->doc->root, "limits") : NULL;

	if (tl_command_limits(command, limits) != 0)
		return -1;
	if (tl_item_get(given, "max_steps"))
		limits->max_steps = own.max_steps;
	if (tl_item_get(given, "max_time"))
		limits->max_time_ms = own.max_time_ms;
	return 0;
}

int tl_command_open(struct tl_command *command)
{
	if (find_folder(command) != 0 || open_repository(command) != 0)
		return -1;
	find_root(command);
	tl_schemas_init(&command->schemas);
	if (open_view(command) != 0 || tl_command_project(&command->project, &command->base, command, command->view) != 0 || find_environment(command) != 0)
		return -1;
	return set_limits(command);
}

void tl_command_close(struct tl_command *command)
{
	if (command->view)
		tl_view_free(command->view);
	if (command->repo)
		tl_repo_free(command->repo);
	if (command->project)
		tl_project_free(command->project);
	tl_schemas_clear(&command->schemas);
	command->view = NULL;
	command->repo = NULL;
	command->project = NULL;
}

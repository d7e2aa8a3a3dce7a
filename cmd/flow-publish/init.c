/* cmd/flow-publish/init.c: a working repository for a newcomer: nothing that is there is overwritten, and everything that is made is said. */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "flow-publish/publish.h"
#include "git/hooks.h"

/* The files of cmd/flow-publish/skeleton/, by their names there. */
static const struct skeleton {
	const char *name, *text;
} skeleton_table[] = {
#include "flow-publish/skeleton.inc"
};

/* Where each goes. Files of one group belong together: where one is there already, none of the group is made. */
static const struct placing {
	const char *name, *path;
	int group;
} placing_table[] = {
	{ "trunkline.yaml", "trunkline.yaml", 0 },
	{ "gitignore", ".gitignore", 1 },
	{ "welcome.flow.yaml", "flows/welcome.flow.yaml", 2 },
	{ "welcome.suite.yaml", "flows/welcome.suite.yaml", 2 },
};

struct options {
	struct tl_common common;
	bool no_hooks, remove_hooks;
};

static const struct tl_option option_table[] = {
	{ "no-hooks", 0, TL_OPTION_FLAG, offsetof(struct options, no_hooks), NULL, "install no git hooks", NULL },
	{ "remove-hooks", 0, TL_OPTION_FLAG, offsetof(struct options, remove_hooks), NULL, "take the git hooks away again, and do nothing else", NULL },
	TL_COMMON_OPTIONS(struct options, common),
};

static const struct tl_usage usage = {
	.name = "flow-publish init",
	.synopsis = "[OPTION]... [DIR]",
	.summary = "make a repository with a first flow, its suite and the hooks",
	.options = option_table,
	.n_options = TL_COUNT(option_table),
	.notes = "DIR is made where it is not there. Files that are there stay as they are.",
};

struct init {
	struct tl_command command;
	struct options options;
	struct tl_option_list operands;
	struct tl_str folder;  /* absolute */
	const char *named;     /* DIR as it was given, or NULL */
	struct tl_repo *repo;
};

/* A folder in which nobody keeps a project of flows. */
static int refuse_odd_folder(struct init *init)
{
	const char *home = getenv("HOME");
	char *real = home && home[0] ? realpath(home, NULL) : NULL;
	struct tl_error *err = &init->command.err;
	int ret = 0;

	if (tl_str_is(init->folder, "/"))
		ret = tl_error_set(err, TL_USAGE, "'/' is no folder for flows: name one, as in 'flow-publish init my-flows'");
	else if (real && tl_str_is(init->folder, real))
		ret = tl_error_set(err, TL_USAGE, "this is your home folder: name one for the flows, as in 'flow-publish init my-flows'");
	else if (tl_str_find(init->folder, TL_STR("/.git/"), 0) != SIZE_MAX || tl_str_ends(init->folder, TL_STR("/.git")))
		ret = tl_error_set(err, TL_USAGE, "'%.*s' is git's own: go up to the working tree", TL_FMT(init->folder));
	free(real);
	return ret;
}

static int name_folder(const char **path, struct init *init)
{
	struct tl_command *command = &init->command;
	const char *base = command->common->folder ? command->common->folder : ".";

	if (init->operands.count > 1)
		return tl_error_set(&command->err, TL_USAGE, "DIR is one, so '%s' is too much", init->operands.values[1]);
	init->named = init->operands.count > 0 ? init->operands.values[0] : NULL;
	*path = init->named ? tl_path_join(&command->arena, tl_str(base), tl_str(init->named)).ptr : base;
	return 0;
}

static int find_folder(struct init *init)
{
	struct tl_command *command = &init->command;
	const char *path;
	char *real;

	if (name_folder(&path, init) != 0)
		return -1;
	if (init->named && tl_folder_make(path, 0777, &command->err) != 0)
		return -1;
	real = realpath(path, NULL);
	if (!real)
		return tl_error_errno(&command->err, errno, "cannot work in '%s'", path);
	init->folder = tl_arena_dup(&command->arena, tl_str(real));
	free(real);
	if (refuse_odd_folder(init) != 0)
		return -1;
	if (access(init->folder.ptr, W_OK | X_OK) == 0)
		return 0;
	return tl_error_set(&command->err, TL_IO, "'%.*s' cannot be written: choose a folder of your own, as in 'flow-publish init ~/my-flows'",
	                    TL_FMT(init->folder));
}

static int open_repository(struct init *init)
{
	struct tl_command *command = &init->command;

	if (tl_repo_open(&init->repo, init->folder.ptr, &command->err) == 0) {
		if (tl_repo_root(init->repo).len > 0)
			return 0;
		return tl_error_set(&command->err, TL_USAGE, "'%.*s' is a bare repository: it has no place for files", TL_FMT(init->folder));
	}
	if (command->err.code != TL_NOT_FOUND)
		return -1;
	command->err = (struct tl_error){ 0 };
	if (tl_repo_init(init->folder.ptr, &command->err) != 0 || tl_repo_open(&init->repo, init->folder.ptr, &command->err) != 0)
		return -1;
	tl_buf_text(&command->out, "made  a git repository\n");
	return 0;
}

static const char *path_of(struct init *init, const char *name)
{
	return tl_path_join(&init->command.arena, init->folder, tl_str(name)).ptr;
}

static bool is_there(struct init *init, const char *name)
{
	struct stat st;

	return lstat(path_of(init, name), &st) == 0;
}

static bool group_is_there(struct init *init, int group)
{
	for (size_t i = 0; i < TL_COUNT(placing_table); i++) {
		if (placing_table[i].group == group && is_there(init, placing_table[i].path))
			return true;
	}
	return false;
}

static struct tl_str text_of(const char *name)
{
	for (size_t i = 0; i < TL_COUNT(skeleton_table); i++) {
		if (strcmp(skeleton_table[i].name, name) == 0)
			return tl_str(skeleton_table[i].text);
	}
	abort(); /* a row without its file: the tests run every row */
}

static int make_file(struct init *init, const struct placing *placing)
{
	struct tl_command *command = &init->command;
	struct tl_error *err = &command->err;

	if (strncmp(placing->path, "flows/", 6) == 0 && tl_folder_make(path_of(init, "flows"), 0777, err) != 0)
		return tl_error_wrap(err, "the flows need a folder 'flows'");
	if (tl_file_write(path_of(init, placing->path), text_of(placing->name), 0644, err) != 0)
		return -1;
	tl_buf_printf(&command->out, "made  %s\n", placing->path);
	return 0;
}

/* A project that is there knows where its flows are: it gets no example. */
static int make_files(struct init *init)
{
	bool has_project = is_there(init, TL_PROJECT_FILE);
	bool there[TL_COUNT(placing_table)];

	for (size_t i = 0; i < TL_COUNT(placing_table); i++)
		there[i] = group_is_there(init, placing_table[i].group);
	for (size_t i = 0; i < TL_COUNT(placing_table); i++) {
		const struct placing *placing = &placing_table[i];

		if (is_there(init, placing->path))
			tl_buf_printf(&init->command.out, "kept  %s\n", placing->path);
		else if (!there[i] && !(has_project && placing->group == 2) && make_file(init, placing) != 0)
			return -1;
	}
	return 0;
}

static void say_hooks(struct tl_buf *out, const struct tl_hooks_done *done)
{
	for (size_t i = 0; i < done->count; i++) {
		tl_buf_text(out, "hook  ");
		tl_hooks_describe(out, &done->items[i]);
		tl_buf_char(out, '\n');
	}
}

static int install_hooks(struct init *init)
{
	struct tl_command *command = &init->command;
	struct tl_hooks_done done;

	if (init->options.no_hooks)
		return 0;
	if (tl_hooks_install(&done, &command->arena, init->repo, false, &command->err) != 0)
		return tl_error_wrap(&command->err, "the files are there, but the hooks are not ('--no-hooks' does without)");
	say_hooks(&command->out, &done);
	return 0;
}

/* What was made stays. */
static int remove_hooks(struct init *init)
{
	struct tl_command *command = &init->command;
	struct tl_hooks_done done;
	const char *path;

	if (init->options.no_hooks)
		return tl_error_set(&command->err, TL_USAGE, "'--no-hooks' and '--remove-hooks' are two things: the one installs none, the other takes away those that are there");
	if (name_folder(&path, init) != 0 || tl_repo_open(&init->repo, path, &command->err) != 0 ||
	    tl_hooks_uninstall(&done, &command->arena, init->repo, false, &command->err) != 0)
		return -1;
	say_hooks(&command->out, &done);
	return 0;
}

/* A path as a shell takes it. */
static void add_quoted(struct tl_buf *out, const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+:@%,-";

	if (path[strspn(path, plain)] == '\0') {
		tl_buf_printf(out, "%s%s", path[0] == '-' ? "./" : "", path);
		return;
	}
	tl_buf_char(out, '\'');
	for (; *path; path++) {
		if (*path == '\'')
			tl_buf_text(out, "'\\''");
		else
			tl_buf_char(out, *path);
	}
	tl_buf_char(out, '\'');
}

static void say_next(struct init *init)
{
	struct tl_buf *out = &init->command.out;

	if (init->options.common.quiet)
		return;
	tl_buf_text(out, "\ntry:\n");
	if (init->named) {
		tl_buf_text(out, "  cd ");
		add_quoted(out, init->named);
		tl_buf_char(out, '\n');
	}
	tl_buf_printf(out, "  flow-validate                         is anything wrong?\n"
	                   "  flow-simulate                         what happens to callers?\n"
	                   "  git add . && git commit -m 'Flows'    keep it%s\n", init->options.no_hooks ? "" : "; the hooks check each commit");
	tl_buf_text(out, "  flow-publish plan -o plan.json        what would change?\n"
	                 "  flow-publish apply plan.json          publish exactly that, on this machine\n"
	                 "  flow-publish status                   what is deployed?\n");
}

static int run(struct init *init)
{
	if (publish_only_text(&init->command) != 0)
		return tl_error_exit(init->command.err.code);
	if (init->options.remove_hooks)
		return remove_hooks(init) == 0 ? 0 : tl_error_exit(init->command.err.code);
	if (find_folder(init) != 0 || open_repository(init) != 0 || make_files(init) != 0 || install_hooks(init) != 0)
		return tl_error_exit(init->command.err.code);
	say_next(init);
	return 0;
}

int publish_init(int argc, char **argv)
{
	struct init init = { 0 };
	int code = tl_command_begin(&init.command, &usage, argc, argv, &init.options, &init.options.common, &init.operands);

	if (code >= 0)
		return code;
	code = run(&init);
	tl_repo_free(init.repo);
	return tl_command_end(&init.command, code);
}

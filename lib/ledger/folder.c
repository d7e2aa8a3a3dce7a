/* ledger/folder.c: making and checking .trunkline/. */
#include "ledger/folder.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/guard.h"

struct tl_str tl_ledger_folder(struct tl_arena *arena, struct tl_str root)
{
	return tl_path_join(arena, root, TL_STR(TL_LEDGER_FOLDER));
}

/* A path below `root` as git would name it: relative to the repository's root. Empty where `root` is not below it. */
static struct tl_str path_in_repo(struct tl_arena *arena, struct tl_str root, struct tl_str path, struct tl_repo *repo)
{
	struct tl_str top = tl_repo_root(repo), below = { NULL, 0 };
	char *real_top = NULL, *real_root = NULL;

	if (top.len == 0)
		return below;
	real_top = realpath(tl_arena_dup(arena, top).ptr, NULL);
	real_root = realpath(tl_arena_dup(arena, root).ptr, NULL);
	if (!real_top || !real_root || !tl_str_starts(tl_str(real_root), tl_str(real_top)))
		goto out;
	below = tl_str_slice(tl_str(real_root), strlen(real_top), strlen(real_root));
	if (below.len > 0 && below.ptr[0] == '/')
		below = tl_str_slice(below, 1, below.len);
	below = tl_path_join(arena, below, path);
out:
	free(real_top);
	free(real_root);
	return below;
}

int tl_ledger_check_tracked(struct tl_str root, struct tl_str path, struct tl_repo *repo, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_view *index = NULL;
	struct tl_entries entries;
	int ret = -1;

	path = repo ? path_in_repo(&arena, root, path, repo) : TL_STR("");
	if (path.len == 0) {
		ret = 0;
		goto out;
	}
	if (tl_view_open_index(&index, repo, err) != 0)
		goto out;
	if (tl_view_list(&entries, &arena, index, &path, 1, err) != 0)
		goto out;
	ret = 0;
	if (entries.count > 0)
		ret = tl_error_set(err, TL_USAGE, "'%.*s' is tracked by git, so the state of one machine would travel with every commit: "
		                   "`git rm -r --cached %.*s` and commit", TL_FMT(path), TL_FMT(path));
out:
	tl_view_free(index);
	tl_arena_clear(&arena);
	return ret;
}

static int make_ignore(struct tl_arena *arena, struct tl_str folder, struct tl_error *err)
{
	struct tl_str path = tl_path_join(arena, folder, TL_STR(".gitignore"));

	if (access(path.ptr, F_OK) == 0)
		return 0;
	return tl_file_write(path.ptr, TL_STR("*\n"), 0600, err);
}

static int check(bool *there, struct tl_arena *arena, struct tl_str root, struct tl_repo *repo, struct tl_error *err)
{
	if (tl_guard_folder_check(there, tl_ledger_folder(arena, root).ptr, err) != 0)
		return -1;
	return tl_ledger_check_tracked(root, TL_STR(TL_LEDGER_FOLDER), repo, err);
}

int tl_ledger_folder_check(struct tl_str root, struct tl_repo *repo, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	bool there;
	int ret = check(&there, &arena, root, repo, err);

	tl_arena_clear(&arena);
	return ret;
}

int tl_ledger_folder_make(struct tl_str root, struct tl_repo *repo, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str path = tl_ledger_folder(&arena, root);
	bool there;
	int ret = check(&there, &arena, root, repo, err);

	if (ret == 0 && !there && mkdir(path.ptr, 0700) != 0 && errno != EEXIST) {
		tl_error_errno(err, errno, "cannot make the folder '%.*s'", TL_FMT(path));
		ret = -1;
	}
	if (ret == 0)
		ret = make_ignore(&arena, path, err);
	tl_arena_clear(&arena);
	return ret;
}

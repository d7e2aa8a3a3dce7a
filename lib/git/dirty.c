/* git/dirty.c: whether what lies in the working tree is what was committed. */
#include "base/file.h"
#include "git/room.h"

/* What differs between index and working tree; untracked files count below the paths alone. */
static bool counts(const git_status_entry *entry, const struct tl_str *paths, size_t count)
{
	struct tl_str path;

	if (entry->status == GIT_STATUS_CURRENT || entry->status == GIT_STATUS_IGNORED)
		return false;
	if (entry->status != GIT_STATUS_WT_NEW)
		return true;
	path = tl_str(entry->index_to_workdir->new_file.path);
	for (size_t i = 0; i < count; i++) {
		if (tl_path_match(paths[i], path))
			return true;
	}
	return false;
}

static int working_tree_is_dirty(bool *dirty, struct tl_repo *repo, const struct tl_str *paths, size_t count, struct tl_error *err)
{
	git_status_options options = {
		.version = GIT_STATUS_OPTIONS_VERSION,
		.show = GIT_STATUS_SHOW_WORKDIR_ONLY,
		.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS | GIT_STATUS_OPT_EXCLUDE_SUBMODULES,
	};
	git_status_list *list = NULL;
	int status;

	status = git_status_list_new(&list, repo->git, &options);
	if (status < 0)
		return tl_git_error(err, status, "cannot compare the working tree with the index");
	for (size_t i = 0; i < git_status_list_entrycount(list) && !*dirty; i++)
		*dirty = counts(git_status_byindex(list, i), paths, count);
	git_status_list_free(list);
	return 0;
}

int tl_repo_is_dirty(bool *dirty, struct tl_repo *repo, const struct tl_str *paths, size_t count, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_changes changes;
	int status;

	*dirty = false;
	/* Without a working tree there is nothing that could differ. */
	if (!repo->root[0])
		return 0;
	status = tl_repo_staged(&changes, &arena, repo, NULL, err);
	if (status == 0 && changes.count)
		*dirty = true;
	tl_arena_clear(&arena);
	if (status < 0 || *dirty)
		return status;
	return working_tree_is_dirty(dirty, repo, paths, count, err);
}

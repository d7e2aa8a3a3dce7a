/* git/view_revision.c: the tree of a revision. */
#include <stdlib.h>

#include "base/file.h"
#include "git/room.h"

struct revision_view {
	struct tl_view view;
	git_oid tree;
};

static bool wants(void *data, struct tl_str folder)
{
	return tl_collect_wants(data, folder);
}

static int visit(void *data, struct tl_str path, const struct tl_tree_entry *entry, struct tl_error *err)
{
	return tl_collect_add(data, path, tl_mode_kind(entry->mode), entry->id.id, err);
}

int tl_collect_tree(struct tl_collect *to, struct tl_repo *repo, const git_oid *id, struct tl_str folder,
                    struct tl_error *err)
{
	struct tl_walk walk = { .repo = repo, .wants = wants, .visit = visit, .data = to };
	struct tl_buf path = { 0 };
	int status;

	tl_buf_str(&path, folder);
	status = tl_walk_run(&walk, id, &path, err);
	tl_buf_clear(&path);
	return status;
}

static int list(struct tl_view *view, struct tl_collect *to, struct tl_error *err)
{
	struct revision_view *revision = (struct revision_view *)view;

	return tl_collect_tree(to, view->repo, &revision->tree, TL_STR(""), err);
}

int tl_odb_read_path(struct tl_str *out, struct tl_arena *arena, struct tl_repo *repo, const git_oid *tree,
                     struct tl_str folder, struct tl_str path, uint64_t limit, char *blob, struct tl_error *err)
{
	struct tl_str below = tl_str_slice(path, folder.len, path.len);
	struct tl_tree_entry entry;
	int found = tl_path_is_beneath(below) ? tl_tree_find(&entry, repo, tree, below, err) : 0;

	if (found < 0)
		return -1;
	if (found == 0 || tl_mode_is_folder(entry.mode))
		return tl_view_missing(err, path);
	if (tl_mode_kind(entry.mode) != TL_ENTRY_FILE)
		return tl_view_refuse(err, path, tl_mode_kind(entry.mode));
	if (blob)
		tl_git_hex(blob, entry.id.id);
	return tl_odb_read_blob(out, arena, repo, &entry.id, limit, path, err);
}

static int read_path(struct tl_str *out, struct tl_arena *arena, struct tl_view *view, struct tl_str path,
                     uint64_t limit, char *blob, struct tl_error *err)
{
	struct revision_view *revision = (struct revision_view *)view;

	return tl_odb_read_path(out, arena, view->repo, &revision->tree, TL_STR(""), path, limit, blob, err);
}

bool tl_odb_has_path(struct tl_repo *repo, const git_oid *tree, struct tl_str path)
{
	struct tl_tree_entry entry;

	return tl_path_is_beneath(path) && tl_tree_find(&entry, repo, tree, path, NULL) == 1 &&
	       !tl_mode_is_folder(entry.mode) && tl_mode_kind(entry.mode) == TL_ENTRY_FILE;
}

static bool has(struct tl_view *view, struct tl_str path)
{
	struct revision_view *revision = (struct revision_view *)view;

	return tl_odb_has_path(view->repo, &revision->tree, path);
}

static void free_view(struct tl_view *view)
{
	free(view);
}

static const struct tl_view_ops revision_ops = {
	.kind = TL_VIEW_REVISION,
	.list = list,
	.read = read_path,
	.has = has,
	.free = free_view,
};

int tl_view_open_revision(struct tl_view **out, struct tl_repo *repo, const char *rev, struct tl_error *err)
{
	struct revision_view *revision;
	git_oid tree;

	*out = NULL;
	if (tl_repo_resolve(&tree, repo, rev, GIT_OBJECT_TREE, err) < 0)
		return -1;
	revision = tl_alloc_zero(1, sizeof(*revision));
	revision->view = (struct tl_view){ .ops = &revision_ops, .repo = repo };
	revision->tree = tree;
	*out = &revision->view;
	return 0;
}

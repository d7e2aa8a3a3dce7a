/* git/view_index.c: the index exactly: what the next commit will hold. The working tree is never touched. */
#include <stdlib.h>

#include "base/file.h"
#include "git/index_file.h"
#include "git/room.h"

struct index_view {
	struct tl_view view;
	struct tl_index *index;
};

/* The entries whose paths start with `start`. */
static int list_range(struct index_view *view, struct tl_collect *to, struct tl_str start, struct tl_error *err)
{
	const struct tl_index *index = view->index;
	size_t at = tl_index_seek(index, 0, index->count, start);

	for (; at < index->count && tl_str_starts(index->items[at].path, start); at++) {
		const struct tl_index_entry *entry = &index->items[at];
		git_oid id;
		int status;

		if (entry->announced)
			continue;
		git_oid_fromraw(&id, entry->id);
		if (tl_mode_is_folder(entry->mode))
			status = tl_collect_tree(to, view->view.repo, &id, entry->path, err);
		else
			status = tl_collect_add(to, entry->path, tl_mode_kind(entry->mode), entry->id, err);
		if (status < 0)
			return -1;
	}
	return 0;
}

static int list(struct tl_view *view, struct tl_collect *to, struct tl_error *err)
{
	struct index_view *index = (struct index_view *)view;
	struct tl_str start = { "", 0 };
	const struct tl_index_entry *above;

	/* A listing of one folder does not look at all others, unless a sparse folder stands above it. */
	if (to->n_patterns == 1)
		start = tl_str_slice(to->patterns[0].text, 0, to->patterns[0].literal);
	above = tl_index_find(index->index, start);
	if (above && tl_mode_is_folder(above->mode))
		start.len = 0;
	return list_range(index, to, start, err);
}

/* A link or a submodule above the path, which can only be there where the path itself is not. */
static int refuse_or_missing(const struct tl_index *index, struct tl_str path, struct tl_error *err)
{
	for (size_t i = 0; i < path.len; i++) {
		const struct tl_index_entry *entry;

		if (path.ptr[i] != '/')
			continue;
		entry = tl_index_find(index, tl_str_slice(path, 0, i));
		if (entry && !tl_mode_is_folder(entry->mode) && tl_mode_kind(entry->mode) != TL_ENTRY_FILE)
			return tl_view_refuse(err, entry->path, tl_mode_kind(entry->mode));
	}
	return tl_view_missing(err, path);
}

static int read_path(struct tl_str *out, struct tl_arena *arena, struct tl_view *view, struct tl_str path,
                     uint64_t limit, char *blob, struct tl_error *err)
{
	struct index_view *index = (struct index_view *)view;
	const struct tl_index_entry *entry = tl_index_find(index->index, path);
	git_oid id;

	if (!entry || entry->announced)
		return refuse_or_missing(index->index, path, err);
	git_oid_fromraw(&id, entry->id);
	if (tl_mode_is_folder(entry->mode))
		return tl_odb_read_path(out, arena, view->repo, &id, entry->path, path, limit, blob, err);
	if (tl_mode_kind(entry->mode) != TL_ENTRY_FILE)
		return tl_view_refuse(err, path, tl_mode_kind(entry->mode));
	if (blob)
		tl_git_hex(blob, entry->id);
	return tl_odb_read_blob(out, arena, view->repo, &id, limit, path, err);
}

static bool has(struct tl_view *view, struct tl_str path)
{
	struct index_view *index = (struct index_view *)view;
	const struct tl_index_entry *entry = tl_index_find(index->index, path);
	git_oid id;

	if (!entry || entry->announced)
		return false;
	if (!tl_mode_is_folder(entry->mode))
		return tl_mode_kind(entry->mode) == TL_ENTRY_FILE;
	git_oid_fromraw(&id, entry->id);
	return tl_odb_has_path(view->repo, &id, tl_str_slice(path, entry->path.len, path.len));
}

static void free_view(struct tl_view *view)
{
	struct index_view *index = (struct index_view *)view;

	tl_index_free(index->index);
	free(index);
}

static const struct tl_view_ops index_ops = {
	.kind = TL_VIEW_INDEX,
	.list = list,
	.read = read_path,
	.has = has,
	.free = free_view,
};

int tl_index_open(struct tl_index **out, struct tl_repo *repo, const char *path, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	const char *file = tl_path_join(&arena, tl_str(repo->git_folder), TL_STR("index")).ptr;
	int status;

	/* As git does: a relative path starts where git runs hooks. */
	if (path)
		file = tl_path_join(&arena, tl_str(repo->root[0] ? repo->root : repo->git_folder), tl_str(path)).ptr;
	status = tl_index_read(out, file, err);
	tl_arena_clear(&arena);
	return status;
}

/* What cannot be committed has no view. */
static int check_whole(const struct tl_index *index, const struct tl_repo *repo, struct tl_error *err)
{
	if (index->unmerged.ptr)
		return tl_error_set(err, TL_CONFLICT, "'%.*s' is not merged yet: resolve it and 'git add' it",
		                    TL_FMT(index->unmerged));
	if (!index->exists && !repo->root[0])
		return tl_error_set(err, TL_UNSUPPORTED,
		                    "'%s' is a bare repository without an index: name a revision instead",
		                    repo->git_folder);
	return 0;
}

int tl_view_open_index_file(struct tl_view **out, struct tl_repo *repo, const char *index_path, struct tl_error *err)
{
	struct index_view *view;
	struct tl_index *index;

	*out = NULL;
	if (tl_index_open(&index, repo, index_path, err) < 0)
		return -1;
	if (check_whole(index, repo, err) < 0) {
		tl_index_free(index);
		return -1;
	}
	view = tl_alloc_zero(1, sizeof(*view));
	view->view = (struct tl_view){ .ops = &index_ops, .repo = repo };
	view->index = index;
	*out = &view->view;
	return 0;
}

int tl_view_staged(struct tl_changes *out, struct tl_arena *arena, struct tl_view *view, struct tl_error *err)
{
	*out = (struct tl_changes){ NULL, 0 };
	if (view->ops != &index_ops)
		return tl_error_set(err, TL_USAGE, "only an index has something staged");
	return tl_index_staged(out, arena, view->repo, ((struct index_view *)view)->index, err);
}

int tl_view_open_index(struct tl_view **out, struct tl_repo *repo, struct tl_error *err)
{
	return tl_view_open_index_file(out, repo, NULL, err);
}

/* git/walk.c: all that is below a tree, in the order of the paths. */
#include "git/room.h"

int tl_path_push(struct tl_buf *path, struct tl_str name, bool is_folder, struct tl_error *err)
{
	if (name.len + 1 > TL_GIT_MAX_PATH - path->len)
		return tl_error_set(err, TL_LIMIT, "a path below '%.200s…' is longer than %zu bytes", path->data,
		                    TL_GIT_MAX_PATH);
	tl_buf_str(path, name);
	if (is_folder)
		tl_buf_char(path, '/');
	return 0;
}

void tl_path_pop(struct tl_buf *path, size_t len)
{
	path->len = len;
	if (path->data)
		path->data[len] = '\0';
}

/* One entry of a tree: a folder is walked, anything else visited. */
static int step(struct tl_walk *walk, const struct tl_tree_entry *entry, struct tl_buf *path, struct tl_error *err)
{
	bool is_folder = tl_mode_is_folder(entry->mode);
	size_t len = path->len;
	int status = 0;

	if (walk->seen++ == TL_GIT_MAX_FILES)
		return tl_error_set(err, TL_LIMIT, "more than %zu files and folders", TL_GIT_MAX_FILES);
	if (tl_path_push(path, entry->name, is_folder, err) < 0)
		return -1;
	if (!is_folder)
		status = walk->visit(walk->data, tl_buf_view(path), entry, err);
	else if (!walk->wants || walk->wants(walk->data, tl_str_slice(tl_buf_view(path), 0, path->len - 1)))
		status = tl_walk_run(walk, &entry->id, path, err);
	tl_path_pop(path, len);
	return status;
}

/* Calls itself once a folder: each adds at least two bytes to a path of at most TL_GIT_MAX_PATH. */
int tl_walk_run(struct tl_walk *walk, const git_oid *id, struct tl_buf *path, struct tl_error *err)
{
	struct tl_tree_entry entry;
	struct tl_tree tree;
	int status;

	if (tl_tree_open(&tree, walk->repo, id, err) < 0)
		return -1;
	do {
		status = tl_tree_next(&tree, &entry, err);
		if (status == 1 && step(walk, &entry, path, err) != 0)
			status = -1;
	} while (status == 1);
	tl_tree_close(&tree);
	return status;
}

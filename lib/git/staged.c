/* git/staged.c: what the index holds other than HEAD. The index remembers the tree of each folder that has not
 * changed since it was written, so that only the folders on the way to a change are read: this is what makes a hook
 * fast. */
#include "base/map.h"
#include "git/compare.h"
#include "git/index_file.h"

#define NOT_REMEMBERED SIZE_MAX
/* Above this many folders in one, their names are looked up by hash. */
#define FEW_FOLDERS 8

struct staged {
	struct tl_compare compare;
	const struct tl_index *index;
};

/* A stretch of the index's entries: all that is below one folder. */
struct stretch {
	size_t at, to;
	size_t folder; /* its number among the remembered ones, or NOT_REMEMBERED */
};

/* The remembered folders directly below one. */
struct children {
	const struct tl_index *index;
	size_t parent;
	struct tl_map by_name;
};

static void children_init(struct children *children, const struct tl_index *index, size_t parent)
{
	const struct tl_index_folder *folders = index->folders;
	size_t count = 0;

	*children = (struct children){ .index = index, .parent = parent };
	if (parent == NOT_REMEMBERED)
		return;
	for (size_t i = parent + 1; i < folders[parent].next; i = folders[i].next)
		count++;
	for (size_t i = parent + 1; count > FEW_FOLDERS && i < folders[parent].next; i = folders[i].next)
		tl_map_put(&children->by_name, folders[i].name, NULL)->value.index = (uint32_t)i;
}

static size_t children_find(const struct children *children, struct tl_str name)
{
	const struct tl_index_folder *folders = children->index->folders;
	size_t found;

	if (children->parent == NOT_REMEMBERED)
		return NOT_REMEMBERED;
	if (children->by_name.count) {
		found = tl_map_index(&children->by_name, name);
		return found == TL_NONE ? NOT_REMEMBERED : found;
	}
	for (size_t i = children->parent + 1; i < folders[children->parent].next; i = folders[i].next) {
		if (tl_str_equal(folders[i].name, name))
			return i;
	}
	return NOT_REMEMBERED;
}

/* Whether the index says that this stretch is that tree. */
static bool is_known(const struct staged *staged, const struct stretch *stretch, const git_oid *tree)
{
	const struct tl_index_folder *folder;

	if (stretch->folder == NOT_REMEMBERED)
		return false;
	folder = &staged->index->folders[stretch->folder];
	return folder->id && folder->count == stretch->to - stretch->at &&
	       memcmp(folder->id, tree->id, GIT_OID_RAWSZ) == 0;
}

/* An entry that HEAD does not have. */
static int add_entry(struct staged *staged, const struct tl_index_entry *entry, struct tl_error *err)
{
	struct tl_buf path = { 0 };
	git_oid id;
	int status;

	if (entry->announced)
		return 0;
	if (!tl_mode_is_folder(entry->mode))
		return tl_compare_add(&staged->compare, TL_ADDED, entry->path, err);
	git_oid_fromraw(&id, entry->id);
	tl_buf_str(&path, entry->path);
	status = tl_walk_run(&staged->compare.added, &id, &path, err);
	tl_buf_clear(&path);
	return status;
}

/* The entries that stand before `bound`. */
static int add_before(struct staged *staged, struct stretch *stretch, struct tl_str bound, struct tl_error *err)
{
	size_t end = tl_index_seek(staged->index, stretch->at, stretch->to, bound);

	while (stretch->at < end) {
		if (add_entry(staged, &staged->index->items[stretch->at++], err) < 0)
			return -1;
	}
	return 0;
}

static int walk_folder(struct staged *staged, struct stretch stretch, const git_oid *tree, struct tl_error *err);

/* A folder of HEAD's; the present path is its own. */
static int match_folder(struct staged *staged, struct stretch *stretch, const git_oid *tree, size_t child,
                        struct tl_error *err)
{
	struct tl_compare *compare = &staged->compare;
	struct stretch below = { .at = stretch->at, .folder = child };
	const struct tl_index_entry *first;
	git_oid id;

	below.to = tl_index_seek_past(staged->index, stretch->at, stretch->to, tl_buf_view(&compare->path));
	stretch->at = below.to;
	if (below.at == below.to)
		return tl_walk_run(&compare->removed, tree, &compare->path, err);
	first = &staged->index->items[below.at];
	if (!tl_mode_is_folder(first->mode) || first->path.len != compare->path.len)
		return walk_folder(staged, below, tree, err);
	/* A sparse index names the whole folder by its tree. */
	git_oid_fromraw(&id, first->id);
	return git_oid_equal(&id, tree) ? 0 : tl_compare_trees(compare, tree, &id, err);
}

/* A file, link or submodule of HEAD's; the present path is its own. */
static int match_entry(struct staged *staged, struct stretch *stretch, const struct tl_tree_entry *wanted,
                       struct tl_error *err)
{
	struct tl_str path = tl_buf_view(&staged->compare.path);
	const struct tl_index_entry *entry;

	if (stretch->at == stretch->to || !tl_str_equal(staged->index->items[stretch->at].path, path))
		return tl_compare_add(&staged->compare, TL_REMOVED, path, err);
	entry = &staged->index->items[stretch->at++];
	if (entry->announced)
		return tl_compare_add(&staged->compare, TL_REMOVED, path, err);
	if (entry->mode == wanted->mode && memcmp(entry->id, wanted->id.id, GIT_OID_RAWSZ) == 0)
		return 0;
	return tl_compare_add(&staged->compare, TL_CHANGED, path, err);
}

static int match(struct staged *staged, struct stretch *stretch, const struct tl_tree_entry *entry,
                 const struct children *children, struct tl_error *err)
{
	bool is_folder = tl_mode_is_folder(entry->mode);
	struct tl_buf *path = &staged->compare.path;
	size_t len = path->len;
	int status;

	if (tl_path_push(path, entry->name, is_folder, err) < 0)
		return -1;
	status = add_before(staged, stretch, tl_buf_view(path), err);
	if (status == 0 && is_folder)
		status = match_folder(staged, stretch, &entry->id, children_find(children, entry->name), err);
	else if (status == 0)
		status = match_entry(staged, stretch, entry, err);
	tl_path_pop(path, len);
	return status;
}

/* Calls itself once a folder that differs; the greatest length of a path bounds it. */
static int walk_folder(struct staged *staged, struct stretch stretch, const git_oid *id, struct tl_error *err)
{
	struct children children;
	struct tl_tree_entry entry;
	struct tl_tree tree;
	int status;

	if (is_known(staged, &stretch, id))
		return 0;
	if (tl_compare_folder(&staged->compare, err) < 0 || tl_tree_open(&tree, staged->compare.repo, id, err) < 0)
		return -1;
	children_init(&children, staged->index, stretch.folder);
	do {
		status = tl_tree_next(&tree, &entry, err);
		if (status == 1 && match(staged, &stretch, &entry, &children, err) != 0)
			status = -1;
	} while (status == 1);
	while (status == 0 && stretch.at < stretch.to)
		status = add_entry(staged, &staged->index->items[stretch.at++], err);
	tl_map_clear(&children.by_name);
	tl_tree_close(&tree);
	return status;
}

int tl_index_staged(struct tl_changes *out, struct tl_arena *arena, struct tl_repo *repo, const struct tl_index *index,
                    struct tl_error *err)
{
	struct stretch all = { .to = index->count, .folder = index->n_folders ? 0 : NOT_REMEMBERED };
	struct staged staged = { .index = index };
	git_oid head;
	bool born;
	int status;

	*out = (struct tl_changes){ NULL, 0 };
	tl_compare_init(&staged.compare, repo, arena);
	status = tl_repo_head_tree(&head, &born, repo, err);
	if (status == 0 && born)
		status = walk_folder(&staged, all, &head, err);
	while (status == 0 && !born && all.at < all.to)
		status = add_entry(&staged, &index->items[all.at++], err);
	return tl_compare_end(out, &staged.compare, status);
}

int tl_repo_staged(struct tl_changes *out, struct tl_arena *arena, struct tl_repo *repo, const char *index_path,
                   struct tl_error *err)
{
	struct tl_view *view;
	int status;

	*out = (struct tl_changes){ NULL, 0 };
	if (tl_view_open_index_file(&view, repo, index_path, err) < 0)
		return -1;
	status = tl_view_staged(out, arena, view, err);
	tl_view_free(view);
	return status;
}

/* git/compare.c: two trees walked at once. A folder that both know by the same id is not looked into. */
#include "git/compare.h"

#include <stdlib.h>

int tl_compare_add(struct tl_compare *compare, enum tl_change_kind kind, struct tl_str path, struct tl_error *err)
{
	if (compare->count == TL_GIT_MAX_FILES)
		return tl_error_set(err, TL_LIMIT, "more than %zu changed files", TL_GIT_MAX_FILES);
	compare->items = tl_grow(compare->items, &compare->capacity, compare->count + 1, sizeof(*compare->items));
	compare->items[compare->count++] = (struct tl_change){ kind, tl_arena_dup(compare->arena, path) };
	return 0;
}

int tl_compare_folder(struct tl_compare *compare, struct tl_error *err)
{
	if (compare->folders++ < TL_GIT_MAX_FILES)
		return 0;
	return tl_error_set(err, TL_LIMIT, "more than %zu changed folders", TL_GIT_MAX_FILES);
}

static int visit_added(void *data, struct tl_str path, const struct tl_tree_entry *entry, struct tl_error *err)
{
	(void)entry;
	return tl_compare_add(data, TL_ADDED, path, err);
}

static int visit_removed(void *data, struct tl_str path, const struct tl_tree_entry *entry, struct tl_error *err)
{
	(void)entry;
	return tl_compare_add(data, TL_REMOVED, path, err);
}

void tl_compare_init(struct tl_compare *compare, struct tl_repo *repo, struct tl_arena *arena)
{
	*compare = (struct tl_compare){ .repo = repo, .arena = arena };
	compare->added = (struct tl_walk){ .repo = repo, .visit = visit_added, .data = compare };
	compare->removed = (struct tl_walk){ .repo = repo, .visit = visit_removed, .data = compare };
}

static int by_path(const void *a, const void *b)
{
	return tl_str_compare(((const struct tl_change *)a)->path, ((const struct tl_change *)b)->path);
}

int tl_compare_end(struct tl_changes *out, struct tl_compare *compare, int status)
{
	if (status == 0 && compare->count) {
		qsort(compare->items, compare->count, sizeof(*compare->items), by_path);
		out->items = TL_ARENA_ARRAY(compare->arena, struct tl_change, compare->count);
		out->count = compare->count;
		memcpy(out->items, compare->items, compare->count * sizeof(*compare->items));
	}
	free(compare->items);
	tl_buf_clear(&compare->path);
	return status;
}

/* An entry that only one side has, with all below it; `walk` is added or removed, and its path is the present one. */
static int one_side(struct tl_compare *compare, struct tl_walk *walk, const struct tl_tree_entry *entry, struct tl_error *err)
{
	bool is_folder = tl_mode_is_folder(entry->mode);
	size_t len = compare->path.len;
	int status;

	if (tl_path_push(&compare->path, entry->name, is_folder, err) < 0)
		return -1;
	status = is_folder ? tl_walk_run(walk, &entry->id, &compare->path, err)
	                   : walk->visit(compare, tl_buf_view(&compare->path), entry, err);
	tl_path_pop(&compare->path, len);
	return status;
}

/* The same name on both sides, and a folder on both or on none. */
static int both_sides(struct tl_compare *compare, const struct tl_tree_entry *from, const struct tl_tree_entry *to,
                      struct tl_error *err)
{
	bool is_folder = tl_mode_is_folder(from->mode);
	size_t len = compare->path.len;
	int status;

	if (from->mode == to->mode && git_oid_equal(&from->id, &to->id))
		return 0;
	if (tl_path_push(&compare->path, from->name, is_folder, err) < 0)
		return -1;
	status = is_folder ? tl_compare_trees(compare, &from->id, &to->id, err)
	                   : tl_compare_add(compare, TL_CHANGED, tl_buf_view(&compare->path), err);
	tl_path_pop(&compare->path, len);
	return status;
}

/* One side of a merge. */
struct side {
	struct tl_tree tree;
	struct tl_tree_entry entry;
	bool more;  /* `entry` is one */
	bool taken; /* and has been dealt with */
};

static int read_side(struct side *side, struct tl_error *err)
{
	int status;

	if (!side->taken)
		return 0;
	status = tl_tree_next(&side->tree, &side->entry, err);
	side->more = status == 1;
	side->taken = false;
	return status < 0 ? -1 : 0;
}

/* Deals with the entry that stands first, or with both where they stand at the same place. */
static int step(struct tl_compare *compare, struct side *from, struct side *to, struct tl_error *err)
{
	int order = from->more ? -1 : 1;

	if (from->more && to->more)
		order = tl_tree_compare(&from->entry, &to->entry);
	from->taken = from->more && order <= 0;
	to->taken = to->more && order >= 0;
	if (order < 0)
		return one_side(compare, &compare->removed, &from->entry, err);
	if (order > 0)
		return one_side(compare, &compare->added, &to->entry, err);
	return both_sides(compare, &from->entry, &to->entry, err);
}

/* Calls itself once a folder that differs; the greatest length of a path bounds it. */
int tl_compare_trees(struct tl_compare *compare, const git_oid *from, const git_oid *to, struct tl_error *err)
{
	struct side old = { .taken = true }, new = { .taken = true };
	int status = -1;

	if (tl_compare_folder(compare, err) < 0)
		return -1;
	if (tl_tree_open(&old.tree, compare->repo, from, err) < 0 ||
	    tl_tree_open(&new.tree, compare->repo, to, err) < 0)
		goto out;
	do {
		status = read_side(&old, err);
		if (status == 0)
			status = read_side(&new, err);
		if (status == 0 && (old.more || new.more))
			status = step(compare, &old, &new, err);
	} while (status == 0 && (old.more || new.more));
out:
	tl_tree_close(&old.tree);
	tl_tree_close(&new.tree);
	return status;
}

int tl_repo_changed(struct tl_changes *out, struct tl_arena *arena, struct tl_repo *repo, const char *from,
                    const char *to, struct tl_error *err)
{
	struct tl_compare compare;
	git_oid old, new;
	int status = 0;

	*out = (struct tl_changes){ NULL, 0 };
	if (tl_repo_resolve(&old, repo, from, GIT_OBJECT_TREE, err) < 0 ||
	    tl_repo_resolve(&new, repo, to, GIT_OBJECT_TREE, err) < 0)
		return -1;
	tl_compare_init(&compare, repo, arena);
	if (!git_oid_equal(&old, &new))
		status = tl_compare_trees(&compare, &old, &new, err);
	return tl_compare_end(out, &compare, status);
}

/* git/sparse.c: what a sparse checkout leaves out of the working tree. */
#include "git/index_file.h"
#include "git/room.h"

/* A sparse index names a whole folder by its tree. */
static int add_left_out(struct tl_collect *to, struct tl_repo *repo, const struct tl_index_entry *entry, struct tl_error *err)
{
	git_oid id;

	if (!tl_mode_is_folder(entry->mode))
		return entry->sparse ? tl_collect_add(to, entry->path, tl_mode_kind(entry->mode), entry->id, err) : 0;
	if (!tl_collect_wants(to, tl_str_slice(entry->path, 0, entry->path.len - 1)))
		return 0;
	git_oid_fromraw(&id, entry->id);
	return tl_collect_tree(to, repo, &id, entry->path, err);
}

int tl_repo_left_out(struct tl_entries *out, struct tl_arena *arena, struct tl_repo *repo, const struct tl_str *patterns, size_t count,
                     struct tl_error *err)
{
	struct tl_collect collect;
	struct tl_index *index;
	int status = 0;

	*out = (struct tl_entries){ NULL, 0 };
	if (!repo->root[0])
		return 0;
	if (tl_index_open(&index, repo, NULL, err) < 0)
		return -1;
	tl_collect_init(&collect, arena, patterns, count);
	for (size_t i = 0; i < index->count && status == 0; i++)
		status = add_left_out(&collect, repo, &index->items[i], err);
	if (status == 0)
		tl_collect_finish(out, &collect);
	tl_collect_clear(&collect);
	tl_index_free(index);
	return status;
}

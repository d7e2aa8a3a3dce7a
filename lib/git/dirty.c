/* git/dirty.c: whether what lies in the working tree is what was committed. libgit2's own comparison takes what a
 * sparse checkout leaves out for removed, cannot read a sparse index, and follows links to a .gitignore. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "git/index_file.h"
#include "git/room.h"

/* A tracked file that is larger, and does not look as it did when git last saw it, counts as changed. */
#define CONTENT_LIMIT ((uint64_t)1 << 30)

/* The comparison of the working tree with the index. */
struct watch {
	struct tl_repo *repo;
	const struct tl_index *index;
	struct tl_arena *arena;
	int root_fd;
	bool modes;            /* core.fileMode: whether the right to run counts */
	struct tl_str folder;  /* the last one that was found to be a real one */
	struct tl_str changed; /* the first path that is not as it was committed; ptr is NULL where there is none yet */
};

/* Whether the bytes would get the id on record if they were added. */
static bool has_id(struct tl_repo *repo, const struct tl_index_entry *entry, struct tl_str bytes)
{
	git_oid id;

	/* The very bytes that are on record: no attribute makes others of them that matter, and to look for attributes takes longer than all the rest. */
	if (git_odb_hash(&id, bytes.ptr, bytes.len, GIT_OBJECT_BLOB) == 0 && memcmp(id.id, entry->id, GIT_OID_RAWSZ) == 0)
		return true;
	return tl_stored_id(&id, repo, entry->path.ptr, bytes) && memcmp(id.id, entry->id, GIT_OID_RAWSZ) == 0;
}

static bool file_is_same(const struct watch *watch, const struct tl_index_entry *entry, const char *path)
{
	struct tl_arena arena = { 0 };
	struct tl_str bytes;
	bool same;

	same = tl_file_read_beneath(&bytes, &arena, watch->root_fd, path, CONTENT_LIMIT, NULL) == 0 &&
	       has_id(watch->repo, entry, bytes);
	tl_arena_clear(&arena);
	return same;
}

static bool link_is_same(const struct watch *watch, const struct tl_index_entry *entry, const char *path)
{
	char target[TL_GIT_MAX_PATH];
	ssize_t len = readlinkat(watch->root_fd, path, target, sizeof(target));
	git_oid id;

	return len >= 0 && git_odb_hash(&id, target, (size_t)len, GIT_OBJECT_BLOB) == 0 &&
	       memcmp(id.id, entry->id, GIT_OID_RAWSZ) == 0;
}

/* Whether the folder of a path is one, with no link on the way. Paths come sorted, so that each folder is asked about
 * once or twice. */
static bool folder_is_real(struct watch *watch, struct tl_str path)
{
	const char *slash = memrchr(path.ptr, '/', path.len);
	struct tl_str folder = tl_str_slice(path, 0, slash ? (size_t)(slash - path.ptr) : 0);
	struct tl_arena arena = { 0 };
	int fd;

	if (folder.len == 0 || tl_str_equal(folder, watch->folder))
		return true;
	fd = tl_beneath_open(watch->root_fd, tl_arena_dup(&arena, folder).ptr, NULL);
	tl_arena_clear(&arena);
	if (fd < 0)
		return false;
	close(fd);
	watch->folder = folder;
	return true;
}

static bool entry_is_same(struct watch *watch, const struct tl_index_entry *entry)
{
	const char *path = entry->path.ptr;
	struct stat info;

	/* What a submodule holds is not looked at. */
	if (tl_mode_kind(entry->mode) == TL_ENTRY_SUBMODULE)
		return true;
	/* That git was told not to look at a file changes nothing of what is read from it; it is only excused for not being there. */
	if (fstatat(watch->root_fd, path, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return entry->sparse && (errno == ENOENT || errno == ENOTDIR);
	if (entry->announced || !folder_is_real(watch, entry->path))
		return false;
	if (tl_mode_kind(entry->mode) == TL_ENTRY_LINK)
		return S_ISLNK(info.st_mode) && link_is_same(watch, entry, path);
	if (!S_ISREG(info.st_mode) || (watch->modes && ((info.st_mode & 0100) != 0) != (entry->mode == 0100755)))
		return false;
	return tl_index_saw(watch->index, entry, &info) || file_is_same(watch, entry, path);
}

/* A file below a sparse folder, of which the index has seen nothing. */
static int visit_left_out(void *data, struct tl_str path, const struct tl_tree_entry *found, struct tl_error *err)
{
	static const unsigned char never_seen[TL_INDEX_STAT_SIZE];
	struct watch *watch = data;
	struct tl_index_entry entry = { .id = found->id.id, .mode = found->mode, .sparse = true, .stat = never_seen };

	(void)err;
	entry.path = tl_arena_dup(watch->arena, path);
	if (!watch->changed.ptr && !entry_is_same(watch, &entry))
		watch->changed = entry.path;
	return 0;
}

/* A sparse index names a whole folder that is left out by its tree; somebody may have put files there all the same. */
static int look_left_out(struct watch *watch, const struct tl_index_entry *folder, struct tl_error *err)
{
	struct tl_walk walk = { .repo = watch->repo, .visit = visit_left_out, .data = watch };
	struct tl_buf path = { 0 };
	struct stat info;
	git_oid id;
	int status;

	if (fstatat(watch->root_fd, folder->path.ptr, &info, 0) < 0)
		return 0;
	git_oid_fromraw(&id, folder->id);
	tl_buf_str(&path, folder->path);
	status = tl_walk_run(&walk, &id, &path, err);
	tl_buf_clear(&path);
	return status;
}

/* Whether the modes of files count. */
static int read_modes(struct watch *watch, struct tl_error *err)
{
	git_config *config;
	int modes = 1;

	if (tl_repo_config(&config, watch->repo, err) < 0)
		return -1;
	git_config_get_bool(&modes, config, "core.filemode");
	git_config_free(config);
	watch->modes = modes != 0;
	return 0;
}

static int differs_from_index(struct watch *watch, struct tl_error *err)
{
	const struct tl_index *index = watch->index;
	int status = read_modes(watch, err);

	for (size_t i = 0; i < index->count && status == 0 && !watch->changed.ptr; i++) {
		if (tl_mode_is_folder(index->items[i].mode))
			status = look_left_out(watch, &index->items[i], err);
		else if (!entry_is_same(watch, &index->items[i]))
			watch->changed = index->items[i].path;
	}
	return status;
}

/* Whether git knows a file of that path, be it in a folder that a sparse index names by its tree: 1, 0 or -1. */
static int is_tracked(struct watch *watch, struct tl_str path, struct tl_error *err)
{
	const struct tl_index_entry *entry = tl_index_find(watch->index, path);
	struct tl_tree_entry found;
	git_oid id;

	if (!entry || !tl_mode_is_folder(entry->mode))
		return entry != NULL;
	path = tl_str_slice(path, entry->path.len, path.len);
	git_oid_fromraw(&id, entry->id);
	return tl_path_is_beneath(path) ? tl_tree_find(&found, watch->repo, &id, path, err) : 0;
}

/* A file or a link below `paths` that git does not know. */
static int find_untracked(struct watch *watch, const struct tl_str *paths, size_t count, struct tl_error *err)
{
	struct tl_entries entries;
	struct tl_view *view;
	int status, tracked;

	if (tl_view_open_disk(&view, watch->repo, watch->repo->root, err) < 0)
		return -1;
	status = tl_view_list(&entries, watch->arena, view, paths, count, err);
	for (size_t i = 0; status == 0 && i < entries.count && !watch->changed.ptr; i++) {
		if (entries.items[i].kind == TL_ENTRY_SUBMODULE)
			continue;
		tracked = is_tracked(watch, entries.items[i].path, err);
		if (tracked < 0)
			status = -1;
		else if (!tracked)
			watch->changed = entries.items[i].path;
	}
	tl_view_free(view);
	return status;
}

/* The same of each of `paths`. A file that is named itself counts, ignored or not; only what is below a folder or matches a glob must be listed. */
static int find_new(struct watch *watch, const struct tl_str *paths, size_t count, struct tl_error *err)
{
	struct tl_str *wide = TL_ARENA_ARRAY(watch->arena, struct tl_str, count);
	struct stat info;
	size_t n_wide = 0;

	for (size_t i = 0; i < count; i++) {
		int tracked = is_tracked(watch, paths[i], err);

		if (tracked < 0)
			return -1;
		if (tracked)
			continue;
		wide[n_wide] = tl_arena_dup(watch->arena, paths[i]);
		if (fstatat(watch->root_fd, wide[n_wide].ptr, &info, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(info.st_mode)) {
			watch->changed = wide[n_wide];
			return 0;
		}
		n_wide++;
	}
	/* No pattern at all would be every file. */
	return n_wide ? find_untracked(watch, wide, n_wide, err) : 0;
}

/* The working tree beside the index. */
static int look_at_tree(struct watch *watch, const struct tl_str *paths, size_t count, struct tl_error *err)
{
	int status;

	watch->root_fd = open(watch->repo->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (watch->root_fd < 0)
		return tl_error_errno(err, errno, "cannot open '%s'", watch->repo->root);
	status = differs_from_index(watch, err);
	if (status == 0 && !watch->changed.ptr)
		status = find_new(watch, paths, count, err);
	close(watch->root_fd);
	return status;
}

int tl_repo_find_change(struct tl_str *out, struct tl_arena *arena, struct tl_repo *repo, const struct tl_str *paths, size_t count,
                        struct tl_error *err)
{
	struct tl_arena scratch = { 0 };
	struct watch watch = { .repo = repo, .arena = &scratch };
	struct tl_index *index;
	struct tl_changes changes = { NULL, 0 };
	int status;

	*out = (struct tl_str){ NULL, 0 };
	/* Without a working tree there is nothing that could differ. */
	if (!repo->root[0])
		return 0;
	if (tl_index_open(&index, repo, NULL, err) < 0)
		return -1;
	watch.index = index;
	watch.changed = index->unmerged;
	status = watch.changed.ptr ? 0 : tl_index_staged(&changes, &scratch, repo, index, err);
	if (status == 0 && changes.count > 0)
		watch.changed = changes.items[0].path;
	if (status == 0 && !watch.changed.ptr)
		status = look_at_tree(&watch, paths, count, err);
	if (status == 0 && watch.changed.ptr)
		*out = tl_arena_dup(arena, watch.changed);
	tl_index_free(index);
	tl_arena_clear(&scratch);
	return status;
}

int tl_repo_is_dirty(bool *dirty, struct tl_repo *repo, const struct tl_str *paths, size_t count, struct tl_error *err)
{
	struct tl_arena scratch = { 0 };
	struct tl_str found;
	int status = tl_repo_find_change(&found, &scratch, repo, paths, count, err);

	*dirty = found.ptr != NULL;
	tl_arena_clear(&scratch);
	return status;
}

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
	int root_fd;
	bool modes;           /* core.fileMode: whether the right to run counts */
	struct tl_str folder; /* the last one that was found to be a real one */
};

/* Whether a file looks as git saw it. One that was changed in the second in which the index was written may look so
 * by chance. */
static bool looks_the_same(const struct watch *watch, const struct tl_index_entry *entry, const struct stat *info)
{
	struct tl_index_stat seen = tl_index_stat(entry);

	return seen.mtime_s == (uint32_t)info->st_mtim.tv_sec && seen.mtime_ns == (uint32_t)info->st_mtim.tv_nsec &&
	       seen.ctime_s == (uint32_t)info->st_ctim.tv_sec && seen.ctime_ns == (uint32_t)info->st_ctim.tv_nsec &&
	       seen.inode == (uint32_t)info->st_ino && seen.size == (uint32_t)info->st_size &&
	       info->st_mtim.tv_sec < watch->index->mtime_s;
}

/* The id that the bytes would get if they were added: line ends and the like as the attributes say. Filters that are
 * programs of their own (LFS) are not run, so that such a file counts as changed once it does not look the same. */
static bool has_id(struct tl_repo *repo, const struct tl_index_entry *entry, struct tl_str bytes)
{
	git_filter_list *filters = NULL;
	git_buf filtered = { 0 };
	git_oid id;
	bool filtering;
	int status;

	/* The very bytes that are on record: no attribute makes others of them that matter, and to look for attributes takes longer than all the rest. */
	if (git_odb_hash(&id, bytes.ptr, bytes.len, GIT_OBJECT_BLOB) == 0 && memcmp(id.id, entry->id, GIT_OID_RAWSZ) == 0)
		return true;
	/* libgit2 looks for attributes in the index too and fails on a sparse one: then the bytes are taken as they
	 * are. */
	status =
		git_filter_list_load(&filters, repo->git, NULL, entry->path.ptr, GIT_FILTER_TO_ODB, GIT_FILTER_DEFAULT);
	if (status < 0)
		status = 0;
	else if (filters)
		status = git_filter_list_apply_to_buffer(&filtered, filters, bytes.ptr, bytes.len);
	filtering = filters != NULL;
	if (status == 0 && filtering)
		status = git_odb_hash(&id, filtered.ptr, filtered.size, GIT_OBJECT_BLOB);
	git_buf_dispose(&filtered);
	git_filter_list_free(filters);
	return status == 0 && filtering && memcmp(id.id, entry->id, GIT_OID_RAWSZ) == 0;
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

	/* What a submodule holds is not looked at, nor is what a sparse checkout leaves out. */
	if (entry->unwatched || tl_mode_is_folder(entry->mode) || tl_mode_kind(entry->mode) == TL_ENTRY_SUBMODULE)
		return true;
	if (entry->announced || !folder_is_real(watch, entry->path) ||
	    fstatat(watch->root_fd, path, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (tl_mode_kind(entry->mode) == TL_ENTRY_LINK)
		return S_ISLNK(info.st_mode) && link_is_same(watch, entry, path);
	if (!S_ISREG(info.st_mode) || (watch->modes && ((info.st_mode & 0100) != 0) != (entry->mode == 0100755)))
		return false;
	return looks_the_same(watch, entry, &info) || file_is_same(watch, entry, path);
}

static int differs_from_index(struct tl_str *out, struct tl_repo *repo, const struct tl_index *index, struct tl_error *err)
{
	struct watch watch = { .repo = repo, .index = index };
	git_config *config;
	int modes = 1;

	if (tl_repo_config(&config, repo, err) < 0)
		return -1;
	git_config_get_bool(&modes, config, "core.filemode");
	git_config_free(config);
	watch.modes = modes != 0;
	watch.root_fd = open(repo->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (watch.root_fd < 0)
		return tl_error_errno(err, errno, "cannot open '%s'", repo->root);
	for (size_t i = 0; i < index->count && !out->ptr; i++) {
		if (!entry_is_same(&watch, &index->items[i]))
			*out = index->items[i].path;
	}
	close(watch.root_fd);
	return 0;
}

/* A file or a link below `paths` that is none of the index's. */
static int find_untracked(struct tl_str *out, struct tl_arena *arena, struct tl_repo *repo, const struct tl_index *index, const struct tl_str *paths,
                          size_t count, struct tl_error *err)
{
	struct tl_entries entries;
	struct tl_view *view;
	int status;

	if (tl_view_open_disk(&view, repo, repo->root, err) < 0)
		return -1;
	status = tl_view_list(&entries, arena, view, paths, count, err);
	for (size_t i = 0; status == 0 && i < entries.count && !out->ptr; i++) {
		if (entries.items[i].kind != TL_ENTRY_SUBMODULE && !tl_index_find(index, entries.items[i].path))
			*out = entries.items[i].path;
	}
	tl_view_free(view);
	return status;
}

int tl_repo_find_change(struct tl_str *out, struct tl_arena *arena, struct tl_repo *repo, const struct tl_str *paths, size_t count,
                        struct tl_error *err)
{
	struct tl_arena scratch = { 0 };
	struct tl_str found = { NULL, 0 };
	struct tl_index *index;
	struct tl_changes changes = { NULL, 0 };
	int status;

	*out = found;
	/* Without a working tree there is nothing that could differ. */
	if (!repo->root[0])
		return 0;
	if (tl_index_open(&index, repo, NULL, err) < 0)
		return -1;
	found = index->unmerged;
	status = found.ptr ? 0 : tl_index_staged(&changes, &scratch, repo, index, err);
	if (status == 0 && changes.count > 0)
		found = changes.items[0].path;
	if (status == 0 && !found.ptr)
		status = differs_from_index(&found, repo, index, err);
	/* No pattern at all would be every file. */
	if (status == 0 && !found.ptr && count)
		status = find_untracked(&found, &scratch, repo, index, paths, count, err);
	if (status == 0 && found.ptr)
		*out = tl_arena_dup(arena, found);
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

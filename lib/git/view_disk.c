/* git/view_disk.c: the files below a folder as they are on disk, never through a symlink and never into another
 * repository. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/file.h"
#include "git/ignore.h"
#include "git/index_file.h"
#include "git/room.h"

struct disk_view {
	struct tl_view view;
	int root_fd;  /* O_PATH; of the working tree's root, or of the folder itself outside of a repository */
	char *prefix; /* the folder's path below the root; "" is the root */
	pthread_mutex_t lock;   /* over what follows, and over attributes */
	struct tl_index *index; /* as it was when the first id was asked for; NULL before, and where it cannot be read */
	bool index_read;
};

/* A folder that was not looked into yet. */
struct waiting {
	struct tl_str path;                  /* relative to the root, in the listing's own arena */
	const struct tl_ignore_rules *rules; /* of the folder above it */
	bool ignored;                        /* only what is tracked in it counts */
};

/* One listing. */
struct scan {
	struct disk_view *disk;
	struct tl_collect *to;
	struct tl_index *index; /* NULL outside of a repository, and then nothing is ignored */
	struct tl_arena arena;
	struct waiting *waiting;
	size_t count, capacity;
	const struct tl_ignore_rules *rules; /* of the folder that is looked into */
	bool ignored;                        /* and whether it is ignored as a whole */
};

/* Copies a path for the kernel; false where it is too long, or no path below a folder. */
static bool copy_path(char out[TL_GIT_MAX_PATH], struct tl_str path)
{
	if (path.len >= TL_GIT_MAX_PATH || !tl_path_is_beneath(path))
		return false;
	memcpy(out, path.ptr, path.len);
	out[path.len] = '\0';
	return true;
}

/* Whether a folder is a repository of its own: it has a ".git" that is a file (a submodule, a worktree), a link, or a
 * folder with a HEAD. */
static bool is_nested(int root_fd, struct tl_str folder)
{
	char path[TL_GIT_MAX_PATH + sizeof("/.git/HEAD")];
	struct stat info;

	memcpy(path, folder.ptr, folder.len);
	memcpy(path + folder.len, "/.git", sizeof("/.git"));
	if (fstatat(root_fd, path, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (!S_ISDIR(info.st_mode))
		return true;
	memcpy(path + folder.len, "/.git/HEAD", sizeof("/.git/HEAD"));
	return fstatat(root_fd, path, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What stands at a path whose folders were looked at. */
static int look(struct disk_view *disk, const char *path, struct tl_str whole, struct stat *info, struct tl_error *err)
{
	struct tl_str here = tl_str(path);

	if (fstatat(disk->root_fd, path, info, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return tl_view_missing(err, whole);
		return tl_error_errno(err, errno, "cannot read '%.*s'", TL_FMT(whole));
	}
	if (S_ISLNK(info->st_mode))
		return tl_view_refuse(err, here, TL_ENTRY_LINK);
	if (S_ISDIR(info->st_mode) && disk->view.repo && is_nested(disk->root_fd, here))
		return tl_view_refuse(err, here, TL_ENTRY_SUBMODULE);
	return 0;
}

/* Looks at each folder on the way to a path and at the path itself, which *info tells of. */
static int check_way(struct disk_view *disk, struct tl_str whole, struct stat *info, struct tl_error *err)
{
	char path[TL_GIT_MAX_PATH];
	size_t start = 0, end = 0;

	if (!copy_path(path, whole))
		return tl_error_set(err, TL_REFUSED, "'%.*s' is no path below the folder", TL_FMT(whole));
	while (end < whole.len) {
		end = start + strcspn(path + start, "/");
		if (end - start == 4 && memcmp(path + start, ".git", 4) == 0)
			return tl_error_set(err, TL_REFUSED, "'%.*s' belongs to git itself", TL_FMT(whole));
		path[end] = '\0';
		if (look(disk, path, whole, info, err) < 0)
			return -1;
		path[end] = '/';
		start = end + 1;
	}
	return 0;
}

/* Whether something at or below a path is tracked. */
static bool is_tracked(const struct tl_index *index, struct tl_str path, bool is_folder)
{
	char text[TL_GIT_MAX_PATH];
	struct tl_str below = { text, path.len + 1 };
	size_t at;

	if (tl_index_find(index, path))
		return true;
	if (!is_folder || !copy_path(text, path))
		return false;
	text[path.len] = '/';
	at = tl_index_seek(index, 0, index->count, below);
	return at < index->count && tl_str_starts(index->items[at].path, below);
}

/* Whether git's rules leave a path out of the folder that is looked into; what is tracked is never left out. */
static bool is_ignored(const struct scan *scan, struct tl_str path, bool is_folder)
{
	return scan->index && (scan->ignored || tl_ignore_matches(scan->rules, path, is_folder)) &&
	       !is_tracked(scan->index, path, is_folder);
}

static void push(struct scan *scan, struct tl_str path, const struct tl_ignore_rules *rules, bool ignored)
{
	scan->waiting = tl_grow(scan->waiting, &scan->capacity, scan->count + 1, sizeof(*scan->waiting));
	scan->waiting[scan->count++] = (struct waiting){ tl_arena_dup(&scan->arena, path), rules, ignored };
}

static int scan_folder_entry(struct scan *scan, struct tl_str path, struct tl_error *err)
{
	const struct tl_index_entry *tracked = scan->index ? tl_index_find(scan->index, path) : NULL;

	if (!tl_collect_wants(scan->to, path))
		return 0;
	if ((tracked && !tl_mode_is_folder(tracked->mode) && tl_mode_kind(tracked->mode) == TL_ENTRY_SUBMODULE) ||
	    (scan->disk->view.repo && is_nested(scan->disk->root_fd, path)))
		return tl_collect_add(scan->to, path, TL_ENTRY_SUBMODULE, NULL, err);
	if (!is_ignored(scan, path, true))
		push(scan, path, scan->rules,
		     scan->ignored || (scan->index && tl_ignore_matches(scan->rules, path, true)));
	return 0;
}

/* The kind of a name in an open folder, as readdir() says it where the file system tells. */
static unsigned char kind_of(int folder, const struct dirent *name)
{
	struct stat info;

	if (name->d_type != DT_UNKNOWN)
		return name->d_type;
	if (fstatat(folder, name->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return DT_UNKNOWN;
	return (unsigned char)IFTODT(info.st_mode);
}

/* One name in a folder; what is no file, link or folder can never be read and is left out. */
static int scan_name(struct scan *scan, struct tl_str path, unsigned char kind, struct tl_error *err)
{
	if (kind == DT_DIR)
		return scan_folder_entry(scan, path, err);
	if ((kind != DT_REG && kind != DT_LNK) || !tl_collect_matches(scan->to, path))
		return 0;
	if (is_ignored(scan, path, false))
		return 0;
	return tl_collect_add(scan->to, path, kind == DT_LNK ? TL_ENTRY_LINK : TL_ENTRY_FILE, NULL, err);
}

static int scan_names(struct scan *scan, DIR *folder, struct tl_str folder_path, struct tl_error *err)
{
	struct tl_buf path = { 0 };
	struct dirent *name;
	int status = 0;

	tl_buf_str(&path, folder_path);
	if (path.len)
		tl_buf_char(&path, '/');
	do {
		size_t len = path.len;

		errno = 0;
		name = readdir(folder);
		if (!name && errno)
			status = tl_error_errno(err, errno, "cannot list '%.*s'", TL_FMT(folder_path));
		if (!name || !strcmp(name->d_name, ".") || !strcmp(name->d_name, "..") || !strcmp(name->d_name, ".git"))
			continue;
		status = tl_path_push(&path, tl_str(name->d_name), false, err);
		if (status == 0)
			status = scan_name(scan, tl_buf_view(&path), kind_of(dirfd(folder), name), err);
		tl_path_pop(&path, len);
	} while (name && status == 0);
	tl_buf_clear(&path);
	return status;
}

static int scan_folder(struct scan *scan, const struct waiting *waiting, struct tl_error *err)
{
	struct tl_error reason = { 0 };
	DIR *folder = NULL;
	int fd, status;

	scan->ignored = waiting->ignored;
	scan->rules = waiting->rules;
	if (scan->index &&
	    tl_ignore_enter(&scan->rules, &scan->arena, waiting->rules, scan->disk->root_fd, waiting->path, err) < 0)
		return -1;
	fd = tl_beneath_open(scan->disk->root_fd, waiting->path.len ? waiting->path.ptr : ".", &reason);
	/* Gone since its name was read. */
	if (fd < 0 && reason.code == TL_NOT_FOUND)
		return 0;
	if (fd < 0)
		return tl_error_set(err, reason.code, "%s", reason.message);
	folder = fdopendir(fd);
	if (!folder) {
		close(fd);
		return tl_error_errno(err, errno, "cannot list '%.*s'", TL_FMT(waiting->path));
	}
	status = scan_names(scan, folder, waiting->path, err);
	closedir(folder);
	return status;
}

/* Starts with the view's folder, under the rules of all those above it. */
static int scan_start(struct scan *scan, struct tl_error *err)
{
	struct tl_str prefix = tl_str(scan->disk->prefix);

	if (scan->index &&
	    tl_ignore_reach(&scan->rules, &scan->ignored, &scan->arena, scan->disk->view.repo, scan->disk->root_fd, prefix, true, err) < 0)
		return -1;
	push(scan, prefix, scan->rules, scan->ignored);
	return 0;
}

static int list(struct tl_view *view, struct tl_collect *to, struct tl_error *err)
{
	struct disk_view *disk = (struct disk_view *)view;
	struct scan scan = { .disk = disk, .to = to };
	int status = 0;

	if (view->repo)
		status = tl_index_open(&scan.index, view->repo, NULL, err);
	if (status == 0)
		status = scan_start(&scan, err);
	while (status == 0 && scan.count) {
		struct waiting next = scan.waiting[--scan.count];

		status = scan_folder(&scan, &next, err);
	}
	free(scan.waiting);
	tl_arena_clear(&scan.arena);
	tl_index_free(scan.index);
	return status;
}

/* The index, which is read once: a file that looks as it did then has the id of then. NULL where there is none that can be read. */
static const struct tl_index *index_of(struct disk_view *disk)
{
	pthread_mutex_lock(&disk->lock);
	if (!disk->index_read && disk->view.repo)
		tl_index_open(&disk->index, disk->view.repo, NULL, NULL);
	disk->index_read = true;
	pthread_mutex_unlock(&disk->lock);
	return disk->index;
}

/* What git calls a tracked file that it writes out with other bytes than it stores: `id` is that of the bytes. `info` is of before they were read. */
static void find_stored(git_oid *id, struct disk_view *disk, const char *path, struct tl_str bytes, const struct stat *info)
{
	const struct tl_index *index = index_of(disk);
	const struct tl_index_entry *entry = index ? tl_index_find(index, tl_str(path)) : NULL;
	git_oid stored;

	if (!entry || tl_mode_is_folder(entry->mode) || memcmp(entry->id, id->id, GIT_OID_RAWSZ) == 0)
		return;
	if (tl_index_saw(index, entry, info) && (size_t)info->st_size == bytes.len) {
		git_oid_fromraw(id, entry->id);
		return;
	}
	pthread_mutex_lock(&disk->lock);
	if (tl_stored_id(&stored, disk->view.repo, path, bytes))
		*id = stored;
	pthread_mutex_unlock(&disk->lock);
}

static int read_path(struct tl_str *out, struct tl_arena *arena, struct tl_view *view, struct tl_str path,
                     uint64_t limit, char *blob, struct tl_error *err)
{
	struct disk_view *disk = (struct disk_view *)view;
	char text[TL_GIT_MAX_PATH];
	struct stat info;
	git_oid id;
	int status;

	if (check_way(disk, path, &info, err) < 0)
		return -1;
	if (S_ISDIR(info.st_mode))
		return tl_view_missing(err, path);
	/* Whatever was put there since is refused by the kernel. */
	if (!copy_path(text, path) || tl_file_read_beneath(out, arena, disk->root_fd, text, limit, err) < 0)
		return -1;
	if (!blob)
		return 0;
	status = git_odb_hash(&id, out->ptr, out->len, GIT_OBJECT_BLOB);
	if (status < 0)
		return tl_git_error(err, status, "cannot hash '%s'", text);
	find_stored(&id, disk, text, *out, &info);
	tl_git_hex(blob, id.id);
	return 0;
}

static bool has(struct tl_view *view, struct tl_str path)
{
	struct stat info;

	return check_way((struct disk_view *)view, path, &info, NULL) == 0 && S_ISREG(info.st_mode);
}

static uint64_t stamp(struct tl_view *view, struct tl_str path)
{
	struct stat info;
	uint64_t mixed;

	if (check_way((struct disk_view *)view, path, &info, NULL) != 0 || !S_ISREG(info.st_mode))
		return 0;
	mixed = (uint64_t)info.st_mtim.tv_sec * 1000000007u + (uint64_t)info.st_mtim.tv_nsec;
	mixed = mixed * 0x9e3779b97f4a7c15u + (uint64_t)info.st_ino;
	return (mixed * 0x9e3779b97f4a7c15u + (uint64_t)info.st_size) | 1;
}

static void free_view(struct tl_view *view)
{
	struct disk_view *disk = (struct disk_view *)view;

	if (disk->root_fd >= 0)
		close(disk->root_fd);
	tl_index_free(disk->index);
	pthread_mutex_destroy(&disk->lock);
	free(disk->prefix);
	free(disk);
	tl_git_stop();
}

static const struct tl_view_ops disk_ops = {
	.kind = TL_VIEW_DISK,
	.list = list,
	.read = read_path,
	.has = has,
	.stamp = stamp,
	.free = free_view,
};

/* Opens the root that paths start from, and finds where `folder` lies below it. Both are real paths. */
static int open_root(struct disk_view *disk, const char *root, const char *folder, struct tl_error *err)
{
	struct tl_str below = tl_str(folder);
	size_t len = strcmp(root, "/") == 0 ? 0 : strlen(root);
	struct stat info;

	if (!tl_str_starts(below, tl_str_slice(tl_str(root), 0, len)) || (below.len > len && folder[len] != '/'))
		return tl_error_set(err, TL_REFUSED, "'%s' lies outside of the repository '%s'", folder, root);
	disk->prefix = tl_strdup(below.len > len ? folder + len + 1 : "");
	disk->root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (disk->root_fd < 0)
		return tl_error_errno(err, errno, "cannot open '%s'", root);
	return disk->prefix[0] ? check_way(disk, tl_str(disk->prefix), &info, err) : 0;
}

int tl_view_open_disk(struct tl_view **out, struct tl_repo *repo, const char *folder, struct tl_error *err)
{
	const char *root = repo ? repo->root : folder;
	char *real_folder = NULL, *real_root = NULL;
	struct disk_view *disk;
	int status = -1;

	*out = NULL;
	if (repo && !repo->root[0])
		return tl_error_set(err, TL_UNSUPPORTED,
		                    "'%s' is a bare repository without a working tree: name a revision instead",
		                    repo->git_folder);
	if (tl_git_start(err) < 0)
		return -1;
	disk = tl_alloc_zero(1, sizeof(*disk));
	disk->view = (struct tl_view){ .ops = &disk_ops, .repo = repo };
	disk->root_fd = -1;
	pthread_mutex_init(&disk->lock, NULL);
	real_folder = realpath(folder, NULL);
	real_root = real_folder ? realpath(root, NULL) : NULL;
	if (real_root)
		status = open_root(disk, real_root, real_folder, err);
	else
		tl_error_errno(err, errno, "cannot open '%s'", real_folder ? root : folder);
	free(real_folder);
	free(real_root);
	if (status == 0)
		*out = &disk->view;
	else
		free_view(&disk->view);
	return status;
}

/* git/view_disk.c: the files below a folder as they are on disk, never through a symlink and never into another repository. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/file.h"
#include "git/index_file.h"
#include "git/room.h"

struct disk_view {
	struct tl_view view;
	int root_fd;  /* O_PATH; of the working tree's root, or of the folder itself outside of a repository */
	char *prefix; /* the folder's path below the root; "" is the root */
};

/* One listing. */
struct scan {
	struct disk_view *disk;
	struct tl_collect *to;
	struct tl_index *index; /* NULL outside of a repository */
	char **waiting;         /* folders not looked into yet, relative to the root */
	size_t count, capacity;
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

/* Whether a folder is a repository of its own: it has a ".git" that is a file (a submodule, a worktree), a link, or a folder with a HEAD. */
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

/* Whether git's ignore rules leave a path out; what is tracked is never ignored. */
static int is_ignored(bool *ignored, struct scan *scan, struct tl_str path, bool is_folder, struct tl_error *err)
{
	struct tl_repo *repo = scan->disk->view.repo;
	char text[TL_GIT_MAX_PATH];
	int status, answer = 0;

	*ignored = false;
	if (!repo || !copy_path(text, path))
		return 0;
	if (tl_index_find(scan->index, path))
		return 0;
	if (is_folder) {
		size_t at = tl_index_seek(scan->index, 0, scan->index->count, path);

		/* Past "flows-old" and the like to what is below "flows/". */
		text[path.len] = '/';
		at = tl_index_seek(scan->index, at, scan->index->count, (struct tl_str){ text, path.len + 1 });
		if (at < scan->index->count && tl_str_starts(scan->index->items[at].path, (struct tl_str){ text, path.len + 1 }))
			return 0;
		text[path.len] = '\0';
	}
	status = git_ignore_path_is_ignored(&answer, repo->git, text);
	if (status < 0)
		return tl_git_error(err, status, "cannot tell whether '%s' is ignored", text);
	*ignored = answer != 0;
	return 0;
}

/* git reads no .gitignore through a link (and libgit2 would wait for a FIFO). */
static int check_ignore_file(struct disk_view *disk, struct tl_str folder, struct tl_error *err)
{
	char path[TL_GIT_MAX_PATH + sizeof("/.gitignore")];
	struct stat info;

	if (!disk->view.repo)
		return 0;
	memcpy(path, folder.ptr, folder.len);
	memcpy(path + folder.len, "/.gitignore", sizeof("/.gitignore"));
	if (fstatat(disk->root_fd, path + (folder.len == 0), &info, AT_SYMLINK_NOFOLLOW) < 0 || S_ISREG(info.st_mode))
		return 0;
	return tl_error_set(err, TL_REFUSED, "'%s' is no regular file, which git does not read either: make it one", path + (folder.len == 0));
}

static void push(struct scan *scan, struct tl_str path)
{
	char *copy = tl_alloc(path.len + 1);

	memcpy(copy, path.ptr, path.len);
	copy[path.len] = '\0';
	scan->waiting = tl_grow(scan->waiting, &scan->capacity, scan->count + 1, sizeof(*scan->waiting));
	scan->waiting[scan->count++] = copy;
}

static int scan_folder_entry(struct scan *scan, struct tl_str path, struct tl_error *err)
{
	const struct tl_index_entry *tracked = scan->index ? tl_index_find(scan->index, path) : NULL;
	bool ignored;

	if (!tl_collect_wants(scan->to, path))
		return 0;
	if ((tracked && tl_mode_kind(tracked->mode) == TL_ENTRY_SUBMODULE && !tl_mode_is_folder(tracked->mode)) ||
	    (scan->disk->view.repo && is_nested(scan->disk->root_fd, path)))
		return tl_collect_add(scan->to, path, TL_ENTRY_SUBMODULE, NULL, err);
	if (is_ignored(&ignored, scan, path, true, err) < 0)
		return -1;
	if (!ignored)
		push(scan, path);
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
	bool ignored;

	if (kind == DT_DIR)
		return scan_folder_entry(scan, path, err);
	if ((kind != DT_REG && kind != DT_LNK) || !tl_collect_matches(scan->to, path))
		return 0;
	if (is_ignored(&ignored, scan, path, false, err) < 0)
		return -1;
	return ignored ? 0 : tl_collect_add(scan->to, path, kind == DT_LNK ? TL_ENTRY_LINK : TL_ENTRY_FILE, NULL, err);
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

static int scan_folder(struct scan *scan, const char *path, struct tl_error *err)
{
	struct tl_error reason = { 0 };
	DIR *folder = NULL;
	int fd, status;

	if (check_ignore_file(scan->disk, tl_str(path), err) < 0)
		return -1;
	fd = tl_beneath_open(scan->disk->root_fd, path[0] ? path : ".", &reason);
	/* Gone since its name was read. */
	if (fd < 0 && reason.code == TL_NOT_FOUND)
		return 0;
	if (fd < 0)
		return tl_error_set(err, reason.code, "%s", reason.message);
	folder = fdopendir(fd);
	if (!folder) {
		close(fd);
		return tl_error_errno(err, errno, "cannot list '%s'", path);
	}
	status = scan_names(scan, folder, tl_str(path), err);
	closedir(folder);
	return status;
}

/* The rules of the folders above the one to be listed hold in it too. */
static int check_above(struct disk_view *disk, struct tl_error *err)
{
	struct tl_str prefix = tl_str(disk->prefix);

	for (size_t i = 0; i < prefix.len; i++) {
		if ((i == 0 || prefix.ptr[i] == '/') && check_ignore_file(disk, tl_str_slice(prefix, 0, i), err) < 0)
			return -1;
	}
	return 0;
}

static int list(struct tl_view *view, struct tl_collect *to, struct tl_error *err)
{
	struct disk_view *disk = (struct disk_view *)view;
	struct scan scan = { .disk = disk, .to = to };
	int status = check_above(disk, err);

	if (status == 0 && view->repo)
		status = tl_index_open(&scan.index, view->repo, NULL, err);
	if (status == 0)
		push(&scan, tl_str(disk->prefix));
	while (status == 0 && scan.count) {
		char *folder = scan.waiting[--scan.count];

		status = scan_folder(&scan, folder, err);
		free(folder);
	}
	while (scan.count)
		free(scan.waiting[--scan.count]);
	free(scan.waiting);
	tl_index_free(scan.index);
	return status;
}

static int read_path(struct tl_str *out, struct tl_arena *arena, struct tl_view *view, struct tl_str path, uint64_t limit, char *blob,
                     struct tl_error *err)
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
	tl_git_hex(blob, id.id);
	return 0;
}

static bool has(struct tl_view *view, struct tl_str path)
{
	struct stat info;

	return check_way((struct disk_view *)view, path, &info, NULL) == 0 && S_ISREG(info.st_mode);
}

static void free_view(struct tl_view *view)
{
	struct disk_view *disk = (struct disk_view *)view;

	if (disk->root_fd >= 0)
		close(disk->root_fd);
	free(disk->prefix);
	free(disk);
	tl_git_stop();
}

static const struct tl_view_ops disk_ops = {
	.kind = TL_VIEW_DISK,
	.list = list,
	.read = read_path,
	.has = has,
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
	struct disk_view *disk;
	char *real_folder = NULL, *real_root = NULL;
	int status = -1;

	*out = NULL;
	if (repo && !repo->root[0])
		return tl_error_set(err, TL_UNSUPPORTED, "'%s' is a bare repository without a working tree: name a revision instead", repo->git_folder);
	if (tl_git_start(err) < 0)
		return -1;
	disk = tl_alloc_zero(1, sizeof(*disk));
	disk->view = (struct tl_view){ .ops = &disk_ops, .repo = repo };
	disk->root_fd = -1;
	real_folder = realpath(folder, NULL);
	real_root = real_folder ? realpath(repo ? repo->root : folder, NULL) : NULL;
	if (real_root)
		status = open_root(disk, real_root, real_folder, err);
	else
		tl_error_errno(err, errno, "cannot open '%s'", real_folder ? repo->root : folder);
	free(real_folder);
	free(real_root);
	if (status == 0)
		*out = &disk->view;
	else
		free_view(&disk->view);
	return status;
}

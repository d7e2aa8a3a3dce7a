/* base/guard.c: owners and modes of files that must be nobody else's. */
#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* A folder that others may write to is one in which they may put another file in this one's place; not so in /tmp and its like. */
static int check_folder(const char *path, const char *what, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str folder = tl_arena_dup(&arena, tl_str(path));
	char *slash = strrchr(folder.ptr, '/');
	struct stat info;
	int ret = 0;

	if (slash)
		slash[slash == folder.ptr ? 1 : 0] = '\0';
	if (stat(folder.ptr, &info) == 0 && (info.st_mode & 022) && !(info.st_mode & S_ISVTX))
		ret = tl_error_set(err, TL_USAGE, "%s '%s' is not safe: others may write to its folder (chmod go-w '%s')", what, path, folder.ptr);
	tl_arena_clear(&arena);
	return ret;
}

static int check_file(int fd, const char *path, enum tl_guard guard, uint64_t limit, const char *what, struct tl_error *err)
{
	struct stat info;

	if (fstat(fd, &info) != 0)
		return tl_error_errno(err, errno, "cannot look at '%s'", path);
	if (!S_ISREG(info.st_mode))
		return tl_error_set(err, TL_USAGE, "%s '%s' is no file", what, path);
	if (info.st_uid != geteuid() && !(guard == TL_GUARD_OURS && info.st_uid == 0))
		return tl_error_set(err, TL_USAGE, "%s '%s' belongs to another user", what, path);
	if (guard == TL_GUARD_SECRET && (info.st_mode & 077))
		return tl_error_set(err, TL_USAGE, "%s '%s' is open to other users (chmod 600 '%s')", what, path, path);
	if (info.st_mode & 022)
		return tl_error_set(err, TL_USAGE, "%s '%s' may be written by other users (chmod go-w '%s')", what, path, path);
	if ((uint64_t)info.st_size > limit)
		return tl_error_set(err, TL_LIMIT, "%s '%s' is larger than %llu KiB", what, path, (unsigned long long)(limit >> 10));
	return 0;
}

static int read_whole(struct tl_str *out, struct tl_arena *arena, int fd, const char *path, uint64_t limit, struct tl_error *err)
{
	struct stat info;
	uint64_t room;
	char *bytes;
	size_t len = 0;

	if (fstat(fd, &info) != 0)
		return tl_error_errno(err, errno, "cannot look at '%s'", path);
	room = (uint64_t)info.st_size < limit ? (uint64_t)info.st_size : limit;
	bytes = tl_arena_alloc(arena, room + 1, 1);
	while (len < room) {
		ssize_t got = read(fd, bytes + len, room - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return tl_error_errno(err, errno, "cannot read '%s'", path);
		if (got == 0)
			break;
		len += (size_t)got;
	}
	*out = (struct tl_str){ bytes, len };
	return 0;
}

/* Whether a real path is the folder or lies in it. */
static bool is_within(const char *path, const char *folder)
{
	char *real = folder && folder[0] ? realpath(folder, NULL) : NULL;
	size_t len = real ? strlen(real) : 0;
	bool within = real && strncmp(path, real, len) == 0 && (path[len] == '/' || path[len] == '\0' || (len > 0 && real[len - 1] == '/'));

	free(real);
	return within;
}

/* The real path of what is there of a path. Owned by the caller; NULL where nothing is. */
static char *real_part(const char *path)
{
	char *copy = tl_strdup(path), *real = realpath(copy, NULL), *slash;

	while (!real) {
		slash = strrchr(copy, '/');
		if (!slash || slash == copy)
			break;
		*slash = '\0';
		real = realpath(copy, NULL);
	}
	free(copy);
	return real;
}

bool tl_guard_is_within(const char *path, const char *folder)
{
	char *real = real_part(path);
	bool within = real && is_within(real, folder);

	free(real);
	return within;
}

int tl_guard_read(struct tl_str *out, struct tl_arena *arena, const char *path, enum tl_guard guard, const char *outside, uint64_t limit,
                  const char *what, struct tl_error *err)
{
	char *real;
	int fd, ret = -1;

	*out = (struct tl_str){ NULL, 0 };
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (guard == TL_GUARD_SECRET ? O_NOFOLLOW : 0));
	if (fd < 0 && errno == ELOOP)
		return tl_error_set(err, TL_USAGE, "%s '%s' is a symbolic link", what, path);
	if (fd < 0)
		return tl_error_errno(err, errno, "cannot read %s '%s'", what, path);
	real = realpath(path, NULL);
	if (!real)
		tl_error_errno(err, errno, "cannot read %s '%s'", what, path);
	else if (is_within(real, outside))
		tl_error_set(err, TL_USAGE, "%s '%s' lies in the repository '%s', where a change could rewrite it: keep it elsewhere", what, path, outside);
	else if (check_folder(real, what, err) == 0 && check_file(fd, path, guard, limit, what, err) == 0)
		ret = read_whole(out, arena, fd, path, limit, err);
	free(real);
	close(fd);
	return ret;
}

int tl_guard_beneath(const char *root, const char *path, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	char *whole = (char *)(uintptr_t)tl_arena_printf(&arena, "%s/%s/", root, path).ptr;
	struct stat info;
	int ret = 0;

	for (char *at = strchr(whole + strlen(root) + 1, '/'); at && ret == 0; at = strchr(at + 1, '/')) {
		*at = '\0';
		if (lstat(whole, &info) == 0 && S_ISLNK(info.st_mode))
			ret = tl_error_set(err, TL_USAGE, "'%s' is a symbolic link, which is not followed", whole);
		*at = '/';
	}
	tl_arena_clear(&arena);
	return ret;
}

int tl_guard_folder_check(bool *there, const char *path, struct tl_error *err)
{
	struct stat info;

	*there = lstat(path, &info) == 0;
	if (!*there)
		return errno == ENOENT ? 0 : tl_error_errno(err, errno, "cannot look at '%s'", path);
	if (S_ISLNK(info.st_mode))
		return tl_error_set(err, TL_USAGE, "'%s' is a symbolic link: it must be a folder of its own", path);
	if (!S_ISDIR(info.st_mode))
		return tl_error_set(err, TL_USAGE, "'%s' is no folder: move it away", path);
	if (info.st_uid != geteuid())
		return tl_error_set(err, TL_USAGE, "'%s' belongs to another user", path);
	if ((info.st_mode & 077) && chmod(path, 0700) != 0)
		return tl_error_errno(err, errno, "cannot close '%s' to other users", path);
	return 0;
}

int tl_guard_folder(const char *path, struct tl_error *err)
{
	bool there;

	return tl_folder_make(path, 0700, err) == 0 ? tl_guard_folder_check(&there, path, err) : -1;
}

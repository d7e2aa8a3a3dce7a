/* base/file.c: whole reads and atomic writes. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"

static const char *kind_name(mode_t mode)
{
	if (S_ISDIR(mode))
		return "a folder";
	if (S_ISLNK(mode))
		return "a symbolic link";
	if (S_ISFIFO(mode))
		return "a FIFO";
	if (S_ISSOCK(mode))
		return "a socket";
	return "a device";
}

static int too_large(struct tl_error *err, const char *path, uint64_t limit)
{
	return tl_error_set(err, TL_LIMIT, "'%s' is larger than the limit of %llu bytes", path,
	                    (unsigned long long)limit);
}

/* Reads up to `size` bytes; fewer mean the end. Returns how many, or -1 with errno. */
static ssize_t read_full(int fd, char *bytes, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t got = read(fd, bytes + have, size - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

/* Reads on until the end or past `limit`, in case the size that was announced is not the size that comes. */
static int read_all(struct tl_str *out, struct tl_arena *arena, int fd, const char *path, size_t announced,
                    uint64_t limit, struct tl_error *err)
{
	size_t capacity = announced + 1, have = 0;
	char *bytes = tl_arena_alloc(arena, capacity + 1, 1), *more;
	ssize_t got;

	for (;;) {
		got = read_full(fd, bytes + have, capacity - have);
		if (got < 0)
			return tl_error_errno(err, errno, "cannot read '%s'", path);
		have += (size_t)got;
		if (have > limit)
			return too_large(err, path, limit);
		if (have < capacity)
			break;
		capacity *= 2;
		more = tl_arena_alloc(arena, capacity + 1, 1);
		memcpy(more, bytes, have);
		bytes = more;
	}
	*out = (struct tl_str){ bytes, have };
	return 0;
}

static int read_open_file(struct tl_str *out, struct tl_arena *arena, int fd, const char *path, uint64_t limit,
                          struct tl_error *err)
{
	struct stat info;

	if (fstat(fd, &info) < 0)
		return tl_error_errno(err, errno, "cannot read '%s'", path);
	if (!S_ISREG(info.st_mode))
		return tl_error_set(err, TL_IO, "cannot read '%s': it is %s", path, kind_name(info.st_mode));
	if ((uint64_t)info.st_size > limit)
		return too_large(err, path, limit);
	return read_all(out, arena, fd, path, (size_t)info.st_size, limit, err);
}

int tl_file_read(struct tl_str *out, struct tl_arena *arena, const char *path, uint64_t limit, struct tl_error *err)
{
	int fd, status;

	*out = (struct tl_str){ NULL, 0 };
	/* O_NONBLOCK so that a FIFO without a writer is refused and not waited for. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return tl_error_errno(err, errno, "cannot open '%s'", path);
	status = read_open_file(out, arena, fd, path, limit, err);
	close(fd);
	return status;
}

int tl_file_read_beneath(struct tl_str *out, struct tl_arena *arena, int root_fd, const char *path, uint64_t limit,
                         struct tl_error *err)
{
	int fd, status;

	*out = (struct tl_str){ NULL, 0 };
	fd = tl_beneath_open(root_fd, path, err);
	if (fd < 0)
		return -1;
	status = read_open_file(out, arena, fd, path, limit, err);
	close(fd);
	return status;
}

static int write_full(int fd, struct tl_str bytes)
{
	size_t done = 0;

	while (done < bytes.len) {
		ssize_t put = write(fd, bytes.ptr + done, bytes.len - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		done += (size_t)put;
	}
	return 0;
}

/* Makes a new file below `folder` with a name that nobody can foresee. Returns its descriptor, or -1 with errno. */
static int open_temporary(int folder, char name[32], unsigned mode)
{
	uint64_t random;
	int fd = -1;

	do {
		if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
			return -1;
		snprintf(name, 32, ".%016llx.tmp", (unsigned long long)random);
		fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
	} while (fd < 0 && errno == EEXIST);
	return fd;
}

/* A link, a folder or a device is never replaced by a file: writing to /dev/stdout must not remove it. `there`: whether a file is, and `info` of it. */
static int check_target(struct stat *info, bool *there, int folder, const char *name, const char *path, struct tl_error *err)
{
	*there = fstatat(folder, name, info, AT_SYMLINK_NOFOLLOW) == 0;
	if (*there && !S_ISREG(info->st_mode))
		return tl_error_set(err, TL_IO, "cannot write '%s': it is %s", path, kind_name(info->st_mode));
	return 0;
}

/* Writes `name` below the open folder. Returns 0, -1 with `err` set. */
static int write_in_folder(int folder, const char *name, const char *path, struct tl_str bytes, unsigned mode,
                           struct tl_error *err)
{
	char temporary[32];
	int fd = -1, status = -1, closed;
	bool as_it_is = mode == TL_FILE_AS_IT_IS, there;
	struct stat info;

	if (check_target(&info, &there, folder, name, path, err) < 0)
		return -1;
	fd = open_temporary(folder, temporary, as_it_is ? 0666 : mode);
	if (fd < 0)
		return tl_error_errno(err, errno, "cannot write '%s'", path);
	if (as_it_is && there && fchmod(fd, info.st_mode & 0777) < 0)
		goto out;
	if (write_full(fd, bytes) < 0 || fsync(fd) < 0)
		goto out;
	closed = close(fd);
	fd = -1;
	if (closed < 0)
		goto out;
	if (renameat(folder, temporary, folder, name) < 0)
		goto out;
	/* From here on it is there whole; the folder's own sync only makes it outlive a power cut. */
	if (fsync(folder) < 0 && errno != EINVAL)
		return tl_error_errno(err, errno, "cannot write the folder of '%s'", path);
	return 0;
out:
	tl_error_errno(err, errno, "cannot write '%s'", path);
	if (fd >= 0)
		close(fd);
	unlinkat(folder, temporary, 0);
	return status;
}

int tl_file_write(const char *path, struct tl_str bytes, unsigned mode, struct tl_error *err)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char *parent = NULL;
	int folder, status;

	if (name[0] == '\0')
		return tl_error_set(err, TL_IO, "cannot write '%s': it names no file", path);
	if (slash) {
		parent = tl_strdup(path);
		parent[slash == path ? 1 : slash - path] = '\0';
	}
	folder = open(parent ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(parent);
	if (folder < 0)
		return tl_error_errno(err, errno, "cannot write '%s'", path);
	status = write_in_folder(folder, name, path, bytes, mode, err);
	close(folder);
	return status;
}

/* One folder; one that exists, by way of a link too, is fine. */
static int make_one(const char *path, unsigned mode, struct tl_error *err)
{
	struct stat info;
	int reason;

	if (mkdir(path, (mode_t)mode) == 0)
		return 0;
	reason = errno;
	if (stat(path, &info) == 0) {
		if (S_ISDIR(info.st_mode))
			return 0;
		return tl_error_set(err, TL_IO, "cannot make the folder '%s': a file stands there", path);
	}
	return tl_error_errno(err, reason, "cannot make the folder '%s'", path);
}

int tl_folder_make(const char *path, unsigned mode, struct tl_error *err)
{
	char *copy = tl_strdup(path);
	int status = 0;

	for (char *at = copy; *at && status == 0; at++) {
		if (*at != '/' || at == copy)
			continue;
		*at = '\0';
		status = make_one(copy, mode, err);
		*at = '/';
	}
	if (status == 0)
		status = make_one(copy, mode, err);
	free(copy);
	return status;
}

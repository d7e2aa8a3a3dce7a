/* base/beneath.c: openat2 where the kernel has it, else O_NOFOLLOW component by component. */
#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"

#define READ_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* One error for both ways; ELOOP and EXDEV mean what they say only here. */
static int fail(struct tl_error *err, int errno_value, const char *path)
{
	if (errno_value == ELOOP)
		return tl_error_set(err, TL_IO, "cannot open '%s': a symbolic link is not followed", path);
	if (errno_value == EXDEV)
		return tl_error_set(err, TL_IO, "cannot open '%s': it leads out of its folder", path);
	return tl_error_errno(err, errno_value, "cannot open '%s'", path);
}

static int check_path(const char *path, struct tl_error *err)
{
	if (tl_path_is_beneath(tl_str(path)))
		return 0;
	return tl_error_set(err, TL_IO, "cannot open '%s': it is no path below its folder", path);
}

/* With O_DIRECTORY, O_NOFOLLOW says ENOTDIR of a symlink; tell it from a file that stands where a folder should. */
static int why_not(int folder, const char *name, int errno_value)
{
	char target[1];

	if (errno_value == ENOTDIR && readlinkat(folder, name, target, sizeof(target)) >= 0)
		return ELOOP;
	return errno_value;
}

int tl_beneath_walk(int root_fd, const char *path, struct tl_error *err)
{
	char *copy = NULL, *rest = NULL, *name = NULL;
	int folder = root_fd, fd = -1;

	if (check_path(path, err) < 0)
		return -1;
	copy = tl_strdup(path);
	name = strtok_r(copy, "/", &rest);
	while (name) {
		char *next = strtok_r(NULL, "/", &rest);

		fd = openat(folder, name, READ_FLAGS | O_NOFOLLOW | (next ? O_DIRECTORY : 0));
		if (fd < 0)
			fail(err, why_not(folder, name, errno), path);
		if (folder != root_fd)
			close(folder);
		folder = fd;
		name = fd < 0 ? NULL : next;
	}
	free(copy);
	return fd;
}

int tl_beneath_open(int root_fd, const char *path, struct tl_error *err)
{
	struct open_how how = { .flags = READ_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	long fd;

	if (check_path(path, err) < 0)
		return -1;
	do {
		/* EAGAIN: something was renamed meanwhile, and the kernel cannot say whether the path stayed below. */
		fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
	} while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	if (fd >= 0)
		return (int)fd;
	/* EPERM: a sandbox that does not know the call. */
	if (errno == ENOSYS || errno == EPERM)
		return tl_beneath_walk(root_fd, path, err);
	return fail(err, errno, path);
}

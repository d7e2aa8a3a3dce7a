/* net/intake_socket.c: the file of a Unix socket: made, taken over from the dead, removed. */
#include "net/intake_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG 128
/* Whoever else starts in that folder now is done in a moment. */
#define LOCK_TRIES 200
#define LOCK_REST_NS 10000000

/* Two that start at once must not both take a dead one's place. The folder's lock, or -1. */
static int lock_folder(const char *path, struct tl_error *err)
{
	const struct timespec rest = { .tv_nsec = LOCK_REST_NS };
	const char *slash = strrchr(path, '/');
	char *folder = slash ? tl_strdup(path) : tl_strdup(".");
	unsigned tries = 0;
	int fd;

	if (slash)
		folder[slash > path ? slash - path : 1] = '\0';
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		tl_error_errno(err, errno, "the folder '%s' of the socket", folder);
	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (++tries < LOCK_TRIES) {
			nanosleep(&rest, NULL);
			continue;
		}
		tl_error_errno(err, errno, "the folder '%s' of the socket", folder);
		close(fd);
		fd = -1;
	}
	free(folder);
	return fd;
}

/* Whether the path is free: removes what a dead process left there. */
static int make_way(const struct sockaddr_un *address, struct tl_error *err)
{
	struct stat info;
	int fd, status, why;

	if (lstat(address->sun_path, &info) != 0)
		return errno == ENOENT ? 0 : tl_error_errno(err, errno, "the socket '%s'", address->sun_path);
	if (!S_ISSOCK(info.st_mode))
		return tl_error_set(err, TL_USAGE, "'%s' is there, and no socket", address->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return tl_error_errno(err, errno, "the socket '%s'", address->sun_path);
	status = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	why = errno;
	close(fd);
	/* EAGAIN: it is there, and many are at its door. */
	if (status == 0 || why == EAGAIN)
		return tl_error_set(err, TL_USAGE, "another process serves the socket '%s'", address->sun_path);
	if (why != ECONNREFUSED)
		return tl_error_errno(err, why, "the socket '%s', which is there", address->sun_path);
	if (unlink(address->sun_path) != 0)
		return tl_error_errno(err, errno, "the socket '%s' of a process that is no more", address->sun_path);
	return 0;
}

/* The file gets the mode that the descriptor has: there is no moment at which it is open to others. */
static int serve(struct tl_socket_file *out, const struct sockaddr_un *address, struct tl_error *err)
{
	struct stat info;

	out->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (out->fd < 0 || fchmod(out->fd, 0600) != 0 || bind(out->fd, (const struct sockaddr *)address, sizeof(*address)) != 0 ||
	    listen(out->fd, BACKLOG) != 0 || lstat(address->sun_path, &info) != 0) {
		tl_error_errno(err, errno, "the socket '%s'", address->sun_path);
		if (out->fd >= 0)
			close(out->fd);
		out->fd = -1;
		return -1;
	}
	out->path = tl_strdup(address->sun_path);
	out->device = info.st_dev;
	out->inode = info.st_ino;
	return 0;
}

int tl_socket_file_open(struct tl_socket_file *out, const char *path, struct tl_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int lock, ret;

	*out = (struct tl_socket_file){ .fd = -1 };
	if (len == 0 || len >= sizeof(address.sun_path))
		return tl_error_set(err, TL_USAGE, "the path of a socket has 1 to %zu bytes: unix:%s", sizeof(address.sun_path) - 1, path);
	memcpy(address.sun_path, path, len + 1);
	lock = lock_folder(path, err);
	if (lock < 0)
		return -1;
	ret = make_way(&address, err);
	if (ret == 0)
		ret = serve(out, &address, err);
	close(lock);
	return ret;
}

void tl_socket_file_close(struct tl_socket_file *file)
{
	struct stat info;

	if (file->fd < 0)
		return;
	if (lstat(file->path, &info) == 0 && info.st_dev == file->device && info.st_ino == file->inode)
		unlink(file->path);
	close(file->fd);
	file->fd = -1;
	free(file->path);
}

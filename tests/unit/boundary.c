/* tests/unit/boundary.c: stands between the libraries and the C library. */
#include "boundary.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void (*watcher)(void);
static int flushes_left;

void boundary_watch(void (*passed)(void))
{
	watcher = passed;
}

void boundary_fail_flush(int nth)
{
	flushes_left = nth;
}

static void pass(void)
{
	if (watcher)
		watcher();
}

int fdatasync(int fd)
{
	pass();
	if (flushes_left > 0 && --flushes_left == 0) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

ssize_t send(int fd, const void *bytes, size_t n, int flags)
{
	pass();
	return syscall(SYS_sendto, fd, bytes, n, flags, NULL, 0);
}

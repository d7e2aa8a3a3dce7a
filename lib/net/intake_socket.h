/* net/intake_socket.h: a Unix socket as a file that one process serves at a time. The room's own. */
#ifndef TL_NET_INTAKE_SOCKET_H
#define TL_NET_INTAKE_SOCKET_H

#include <sys/socket.h>
#include <sys/stat.h>

#include "base/error.h"

struct tl_socket_file {
	int fd;              /* listens; -1: not open */
	char *path;
	dev_t device;        /* what we made: it may be another's by now */
	ino_t inode;
};

/* Makes it, 0600, and listens. One that a dead process left is replaced; TL_USAGE for one that is served, for what is no socket, for a path that is too long; TL_NOT_FOUND
 * where there is no such folder; TL_IO. `out` needs no closing then. */
int tl_socket_file_open(struct tl_socket_file *out, const char *path, struct tl_error *err);
/* Removes it, where it is still ours. One that is not open is fine. */
void tl_socket_file_close(struct tl_socket_file *file);

#endif

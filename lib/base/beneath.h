/* base/beneath.h: opening what lies below a folder, whatever symlinks somebody put there. */
#ifndef TL_BASE_BENEATH_H
#define TL_BASE_BENEATH_H

#include "base/error.h"

/* Opens `path`, relative to the open folder `root_fd`, for reading, following no symlink anywhere and never leaving the folder.
 * Does not block on a FIFO. Returns a descriptor that the caller closes, or -1. */
int tl_beneath_open(int root_fd, const char *path, struct tl_error *err);
/* The same, component by component: what tl_beneath_open() does where the kernel has no openat2. */
int tl_beneath_walk(int root_fd, const char *path, struct tl_error *err);

#endif

/* base/guard.h: reading what gives authority or is secret: only from files that nobody else could have written, or read. */
#ifndef TL_BASE_GUARD_H
#define TL_BASE_GUARD_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

enum tl_guard {
	TL_GUARD_OURS,   /* ours or root's, written by nobody else; a symlink is followed, and what it leads to must be so too */
	TL_GUARD_SECRET, /* ours alone, closed to group and others, no symlink itself */
};

/* Reads a whole file into `arena`, into one place there and nowhere else. TL_USAGE, in words that say what to do, where it is not as guarded as it must be: by
 * its owner and mode, or by the mode of its folder; or where it lies in the folder `outside` (absolute; NULL or "": none), by whatever way. TL_NOT_FOUND where it is not
 * there, TL_LIMIT above `limit` bytes. `what` names it in messages ("the configuration"). */
int tl_guard_read(struct tl_str *out, struct tl_arena *arena, const char *path, enum tl_guard guard, const char *outside, uint64_t limit,
                  const char *what, struct tl_error *err);
/* Whether a path, by whatever links, is `folder` or lies in it; of one that is not there, the nearest folder above it that is counts. Both absolute; no `folder`
 * (NULL or ""): false. */
bool tl_guard_is_within(const char *path, const char *folder);
/* Refuses (TL_USAGE) a relative path below `root` that goes through a symlink, or is one; what is not there yet is fine. */
int tl_guard_beneath(const char *root, const char *path, struct tl_error *err);
/* The folder for state, made where it is not there: ours and closed to others (it is closed where it is not), no symlink. Those above it are made too. */
int tl_guard_folder(const char *path, struct tl_error *err);
/* The same of one that may be there or not, which *there says; nothing is made. */
int tl_guard_folder_check(bool *there, const char *path, struct tl_error *err);

#endif

/* base/file.h: files: whole reads with a cap that never leave a folder, and writes that are there whole or not at all. */
#ifndef TL_BASE_FILE_H
#define TL_BASE_FILE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* Reads a whole regular file into `arena`. Refuses what is larger than `limit` (TL_LIMIT), a folder, a device or a FIFO. */
int tl_file_read(struct tl_str *out, struct tl_arena *arena, const char *path, uint64_t limit, struct tl_error *err);
/* Reads a file below the open folder `root_fd` by a relative path, following no symlink anywhere and never leaving the
 * folder (openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS; component by component with O_NOFOLLOW where the kernel lacks it). */
int tl_file_read_beneath(struct tl_str *out, struct tl_arena *arena, int root_fd, const char *path, uint64_t limit,
                         struct tl_error *err);
/* Writes a random temporary beside `path`, fsyncs, closes, renames, fsyncs the folder. Nothing is left behind on failure.
 * Refuses to replace what is no regular file: a symlink, a folder, a device. `mode` is cut by the umask; with TL_FILE_AS_IT_IS a file that is
 * replaced keeps its permissions, and a new one has those of 0666. */
#define TL_FILE_AS_IT_IS (~0u)
int tl_file_write(const char *path, struct tl_str bytes, unsigned mode, struct tl_error *err);
/* Makes a folder and those above it, with `mode`; one that exists is fine. */
int tl_folder_make(const char *path, unsigned mode, struct tl_error *err);
/* `base`/`name` without doubled slashes; `name` alone where it is absolute or `base` is empty or ".". */
struct tl_str tl_path_join(struct tl_arena *arena, struct tl_str base, struct tl_str name);
/* Whether a relative path stays below its root by its text alone: not empty or absolute, no "..", no NUL. */
bool tl_path_is_beneath(struct tl_str path);
/* Shell-style match of a whole path: `*` and `?` within a component, `**` as a component for any number of them, a folder
 * matches what is below it. "." components do not count. */
bool tl_path_match(struct tl_str pattern, struct tl_str path);

#endif

/* store/sqlite_make.c: a database comes to be whole: it is written under a name that nobody knows and moved to its own, so that a file which lies there and is none was
 * damaged, and not left by a program that was killed while it made one. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite.h"

/* Makes an empty file beside `path` that only its owner can read; its name is in `arena`. */
static int make_temporary(const char **out, struct tl_arena *arena, const char *path, struct tl_error *err)
{
	uint64_t random;
	int fd;

	do {
		sqlite3_randomness(sizeof(random), &random);
		*out = tl_arena_printf(arena, "%s.%016" PRIx64 ".tmp", path, random).ptr;
		fd = open(*out, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	} while (fd < 0 && errno == EEXIST);
	if (fd < 0)
		return tl_error_errno(err, errno, "cannot make '%s'", path);
	close(fd);
	return 0;
}

/* Writes an empty store of the schema into the file `name`, synced; messages call it by the name that it will have. */
static int fill(const char *name, const char *path, const struct tl_sql *sql, struct tl_error *err)
{
	struct tl_sqlite db = { .db.sql = sql, .path = tl_strdup(path) };
	int rc = sqlite3_open_v2(name, &db.handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	int ret = rc == SQLITE_OK ? 0 : tl_sqlite_failed(&db, rc, err);

	/* Nobody rolls this file back: what fails is thrown away. */
	if (ret == 0)
		ret = tl_sqlite_exec(&db, "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=FULL", err);
	if (ret == 0)
		ret = tl_sqlite_migrate(&db, err);
	sqlite3_close(db.handle);
	free(db.path);
	if (ret != 0 && err && err->code == TL_LOST)
		err->code = TL_IO;
	return ret;
}

/* Gives the file its name where nothing has it, by a link on file systems that cannot refuse to replace; else it is gone, and `errno` says why. What has the
 * temporary name after a rename is somebody else's: processes that were forked have the same random numbers. */
static int name_file(const char *name, const char *path)
{
	int ret = renameat2(AT_FDCWD, name, AT_FDCWD, path, RENAME_NOREPLACE), why;

	if (ret == 0)
		return 0;
	if (errno == EINVAL || errno == ENOSYS)
		ret = link(name, path);
	why = errno;
	unlink(name);
	errno = why;
	return ret;
}

/* The folder's own sync only makes the name outlive a power cut; file systems that cannot do it say EINVAL. */
static int sync_folder(struct tl_arena *arena, const char *path, struct tl_error *err)
{
	const char *slash = strrchr(path, '/');
	const char *folder = slash ? tl_arena_dup(arena, (struct tl_str){ path, (size_t)(slash - path) + 1 }).ptr : ".";
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = fd < 0 || (fsync(fd) != 0 && errno != EINVAL) ? -1 : 0;

	if (ret != 0)
		tl_error_errno(err, errno, "cannot write the folder of '%s'", path);
	if (fd >= 0)
		close(fd);
	return ret;
}

/* What a program that was killed wanted to take back would be written into any file of that name. A file that came to be meanwhile may have a journal of its own. */
static int look_for_journal(struct tl_arena *arena, const char *path, struct tl_error *err)
{
	const char *journal = tl_arena_printf(arena, "%s-journal", path).ptr;
	struct stat st;

	if (lstat(journal, &st) != 0 || st.st_size == 0 || lstat(path, &st) == 0)
		return 0;
	return tl_error_set(err, TL_IO, "'%s' is left of a database that is gone: put that back beside it, or move it away to begin anew", journal);
}

int tl_sqlite_make(const char *path, const struct tl_sql *sql, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	const char *name = NULL;
	int ret = look_for_journal(&arena, path, err);

	if (ret == 0)
		ret = make_temporary(&name, &arena, path, err);
	if (ret != 0)
		goto out;
	ret = fill(name, path, sql, err);
	if (ret != 0)
		unlink(name);
	else if (name_file(name, path) == 0)
		ret = sync_folder(&arena, path, err);
	else if (errno != EEXIST)
		ret = tl_error_errno(err, errno, "cannot make '%s'", path);
out:
	tl_arena_clear(&arena);
	return ret;
}

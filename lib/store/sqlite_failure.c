/* store/sqlite_failure.c: SQLite's errors in our words. */
#include <errno.h>

#include "store/sqlite.h"

static bool is_full(int errno_value)
{
	return errno_value == ENOSPC || errno_value == EDQUOT || errno_value == EFBIG;
}

static int failed_full(const struct tl_sqlite *db, struct tl_error *err)
{
	return tl_error_set(err, TL_IO, "no space left to write '%s': nothing was written to it; make room and run this again", db->path);
}

/* The last errno that a file of the connection met: what SQLite keeps for the connection was often overwritten while it rolled back. */
static int file_errno(struct tl_sqlite *db, int which)
{
	sqlite3_file *file = NULL;
	int errno_value = 0;

	if (sqlite3_file_control(db->handle, "main", which, &file) != SQLITE_OK || !file || !file->pMethods)
		return 0;
	file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &errno_value);
	return errno_value;
}

static int failed_io(struct tl_sqlite *db, struct tl_error *err)
{
	int errno_value = sqlite3_system_errno(db->handle);

	if (is_full(errno_value) || is_full(file_errno(db, SQLITE_FCNTL_FILE_POINTER)) ||
	    is_full(file_errno(db, SQLITE_FCNTL_JOURNAL_POINTER)))
		return failed_full(db, err);
	if (errno_value == 0)
		return tl_error_set(err, TL_IO, "cannot read or write '%s': %s", db->path, sqlite3_errmsg(db->handle));
	tl_error_errno(err, errno_value, "cannot read or write '%s'", db->path);
	if (err)
		err->code = TL_IO; /* a file that vanished while it was open is no missing one */
	return -1;
}

static int failed_open(struct tl_sqlite *db, struct tl_error *err)
{
	int errno_value = sqlite3_system_errno(db->handle);

	if (is_full(errno_value))
		return failed_full(db, err);
	if (errno_value == 0 || errno_value == EISDIR)
		return tl_error_set(err, TL_IO, "cannot open '%s': it is no file that could hold a database", db->path);
	return tl_error_errno(err, errno_value, "cannot open '%s'", db->path);
}

int tl_sqlite_damaged(const char *path, struct tl_error *err)
{
	return tl_error_set(err, TL_IO, "'%s' is damaged, or no database at all: put a copy of it back, or move it away to begin anew", path);
}

int tl_sqlite_failed(struct tl_sqlite *db, int rc, struct tl_error *err)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return failed_full(db, err);
	case SQLITE_IOERR:
		return failed_io(db, err);
	case SQLITE_CANTOPEN:
		return failed_open(db, err);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return tl_error_set(err, TL_TIMED_OUT, "'%s' is busy: other programs have been writing to it all the time; run this again", db->path);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return tl_sqlite_damaged(db->path, err);
	case SQLITE_READONLY:
		if (rc == SQLITE_READONLY_DBMOVED)
			return tl_error_set(err, TL_IO, "'%s' was deleted or replaced while it was in use: nothing was written to it; put it back and run this "
			                    "again", db->path);
		/* fall through */
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return tl_error_set(err, TL_IO, "cannot write '%s': it, or the folder that it lies in, is read-only", db->path);
	case SQLITE_TOOBIG:
		return tl_error_set(err, TL_LIMIT, "a value is larger than '%s' can hold", db->path);
	default:
		return tl_error_set(err, TL_IO, "'%s': %s", db->path, sqlite3_errmsg(db->handle));
	}
}

/* What cannot be flushed or unlocked may be on the disk nevertheless: the journal is cut off, which is the moment that counts, before that is flushed. What cannot
 * be written, or not be cut off, is not. */
static bool is_in_doubt(int rc)
{
	return (rc & 0xff) == SQLITE_IOERR && rc != SQLITE_IOERR_WRITE && rc != SQLITE_IOERR_TRUNCATE;
}

int tl_sqlite_failed_commit(struct tl_sqlite *db, int rc, struct tl_error *err)
{
	tl_sqlite_failed(db, rc, err);
	if (!is_in_doubt(rc))
		return -1;
	if (err)
		err->code = TL_LOST;
	return tl_error_wrap(err, "whether what was written was kept is not known");
}

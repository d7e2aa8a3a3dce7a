/* store/sqlite.h: what the files of this room share. SQLite's types do not leave it. */
#ifndef TL_STORE_SQLITE_H
#define TL_STORE_SQLITE_H

#include <sqlite3.h>

#include "store/db.h"

struct tl_db {
	sqlite3 *handle;
	const struct tl_sql *sql;
	sqlite3_stmt **prepared; /* sql->n_statements, NULL until first use */
	char *path;
	int64_t busy_ms;
	int64_t waited_ms;       /* for the lock that is being waited for now */
};

/* Turns SQLite's last failure into ours, in words for the person whose disk or file it is. Returns -1. */
int tl_db_failed(struct tl_db *db, int rc, struct tl_error *err);
/* Runs SQL that gives no rows and takes no parameters. */
int tl_db_exec(struct tl_db *db, const char *text, struct tl_error *err);
/* Brings the file to the newest version, or says why it cannot be used. */
int tl_db_migrate(struct tl_db *db, struct tl_error *err);

#endif

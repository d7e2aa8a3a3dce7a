/* store/sqlite.h: what the SQLite files of this room share. SQLite's types do not leave them. */
#ifndef TL_STORE_SQLITE_H
#define TL_STORE_SQLITE_H

#include <sqlite3.h>

#include "store/backend.h"

struct tl_sqlite {
	struct tl_db db; /* first: one is the other */
	sqlite3 *handle;
	sqlite3_stmt **prepared; /* sql->n_statements, NULL until first use */
	char *path;
	int64_t busy_ms;
	int64_t waited_ms;       /* for the lock that is being waited for now */
};

/* Says that the file is none that can be read, and what to do. Returns -1. */
int tl_sqlite_damaged(const char *path, struct tl_error *err);
/* Turns SQLite's last failure into ours, in words for the person whose disk or file it is. Returns -1. */
int tl_sqlite_failed(struct tl_sqlite *db, int rc, struct tl_error *err);
/* The same of what ended a transaction: TL_LOST where nobody can say whether it was kept. */
int tl_sqlite_failed_commit(struct tl_sqlite *db, int rc, struct tl_error *err);
/* Runs SQL that gives no rows and takes no parameters. */
int tl_sqlite_exec(struct tl_sqlite *db, const char *text, struct tl_error *err);
int tl_sqlite_begin(struct tl_db *db, struct tl_error *err);
int tl_sqlite_commit(struct tl_db *db, struct tl_error *err);
void tl_sqlite_rollback(struct tl_db *db);
/* As tl_db_run and tl_db_query say. */
int tl_sqlite_run(struct tl_db *db, unsigned statement, const struct tl_param *params, size_t n_params, int64_t *changed, struct tl_error *err);
int tl_sqlite_query(struct tl_result *out, struct tl_arena *arena, struct tl_db *db, unsigned statement, const struct tl_param *params,
                    size_t n_params, struct tl_error *err);
/* Makes a file, mode 0600, that holds the schema's empty store from the first moment on that it is there. One that is there already is left as it is and no error. */
int tl_sqlite_make(const char *path, const struct tl_sql *sql, struct tl_error *err);
/* Brings the file to the newest version, or says why it cannot be used. */
int tl_sqlite_migrate(struct tl_sqlite *db, struct tl_error *err);

#endif

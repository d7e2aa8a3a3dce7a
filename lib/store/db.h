/* store/db.h: SQL behind one small header: statements by number from one table, transactions, migrations; over an SQLite file or a PostgreSQL
 * server, chosen by the address. */
#ifndef TL_STORE_DB_H
#define TL_STORE_DB_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"

struct tl_db;

/* A user of the store hands in its own tables: each statement is prepared at first use and kept.
 *
 * Statements and migrations are written once, in the SQL that SQLite and PostgreSQL both know. Parameters are ?1, ?2, … Columns are INTEGER
 * (64 bits, in both) and TEXT (compared byte by byte, in both), tables are STRICT, and an id that the database gives is `id INTEGER PRIMARY
 * KEY AUTOINCREMENT`, read by INSERT … RETURNING id within a transaction. PostgreSQL is given BIGINT, TEXT COLLATE "C", and an identity for them. */
struct tl_sql {
	const char *const *statements; /* by the user's enum */
	size_t n_statements;
	const char *const *migrations; /* migration i brings version i to i + 1; each may hold several statements */
	size_t n_migrations;
	const char *name;              /* whose schema it is: checked, so that one store is never opened as another */
};

/* Whether an address means a server: postgres:// or postgresql://. Anything else is the path of a file. */
bool tl_db_is_server(const char *address);

/* Opens a database and runs missing migrations in one transaction. One that is newer than the binary is TL_USAGE ("made by a newer version").
 *
 * A file: made, mode 0600 and whole at once, where `make`, else TL_NOT_FOUND; one that is there and holds nothing was cut off and is TL_IO. Rollback journal,
 * synchronous=FULL, foreign keys on; waits for others up to `busy_ms`.
 *
 * A server: postgres://USER@HOST:PORT/DATABASE?schema=NAME&sslmode=…: the tables lie in the schema NAME_STORE ("trunkline_ledger" where no NAME is given),
 * which is made where `make`, else TL_NOT_FOUND. Off loopback the certificate is always verified (sslmode=verify-full): an address that asks for
 * less is TL_USAGE. So is one with a password in it: that comes from ~/.pgpass or $PGPASSFILE, as for psql. Where libpq is not installed: TL_UNSUPPORTED. */
int tl_db_open(struct tl_db **out, const char *address, const struct tl_sql *sql, bool make, int64_t busy_ms, struct tl_error *err);
void tl_db_close(struct tl_db *db);
/* For a file that goes with its process: nothing is made sure to survive a power cut any more. */
int tl_db_relax(struct tl_db *db, struct tl_error *err);

/* A transaction: one writer at a time, from its begin on (BEGIN IMMEDIATE; an advisory lock of the schema). After a statement that failed only a rollback is left, and
 * commit is one. A failed commit is rolled back; TL_LOST is one of which nobody can say whether it was kept. `tl_db_rollback` after an error is
 * always safe, and without a transaction does nothing. */
int tl_db_begin(struct tl_db *db, struct tl_error *err);
int tl_db_commit(struct tl_db *db, struct tl_error *err);
void tl_db_rollback(struct tl_db *db);

/* Whether the connection to a server was lost: nothing more can be done in this transaction; the next one connects anew. Always false for a file. */
bool tl_db_is_cut_off(const struct tl_db *db);
/* The database's clock: a server's own, so that all who use it agree; for a file that of the machine, which is `clock`. */
int tl_db_now_ms(int64_t *ms, struct tl_db *db, const struct tl_clock *clock, struct tl_error *err);

/* Makes sure, outside of a transaction, that the bytes of rows that were deleted from a table, which is one of the user's own, are not in its file any more. A file's are
 * overwritten as they are deleted; a server writes the table anew, which needs a moment in which nobody uses it. What the server keeps beside its tables (its log of
 * writes, backups) goes by its own rules. */
int tl_db_overwrite(struct tl_db *db, const char *table, struct tl_error *err);

enum tl_param_kind { TL_PARAM_NULL, TL_PARAM_INTEGER, TL_PARAM_TEXT };
struct tl_param {
	enum tl_param_kind kind;
	int64_t integer;
	struct tl_str text; /* bytes, bound as text; a server takes UTF-8 without NUL alone (TL_USAGE) */
};
#define TL_P_INT(i) ((struct tl_param){ .kind = TL_PARAM_INTEGER, .integer = (i) })
#define TL_P_TEXT(t) ((struct tl_param){ .kind = TL_PARAM_TEXT, .text = (t) })
#define TL_P_NULL ((struct tl_param){ .kind = TL_PARAM_NULL })

/* Runs a statement that gives no rows; *changed (may be NULL) is the number of rows it changed. */
int tl_db_run(struct tl_db *db, unsigned statement, const struct tl_param *params, size_t n_params, int64_t *changed, struct tl_error *err);
/* The rows of a query, whole, in `arena`. */
struct tl_row {
	const struct tl_param *columns;
};
struct tl_result {
	struct tl_row *rows;
	size_t n_rows, n_columns;
};
int tl_db_query(struct tl_result *out, struct tl_arena *arena, struct tl_db *db, unsigned statement, const struct tl_param *params,
                size_t n_params, struct tl_error *err);

#endif

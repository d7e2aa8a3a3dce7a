/* store/sqlite_migrate.c: whose file it is, and which version. A file belongs to the schema whose name it carries. */
#include <inttypes.h>

#include "store/sqlite.h"

/* "TrkL": marks every file of this program in SQLite's header. */
#define APPLICATION_ID 0x54726b4c

struct header {
	int64_t application, version, tables;
};

/* In one statement, so that all of it was true at the same moment: another process may be making the file. */
static int read_header(struct header *header, struct tl_sqlite *db, struct tl_error *err)
{
	static const char text[] = "SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_schema) "
				   "FROM pragma_application_id AS a, pragma_user_version AS v";
	sqlite3_stmt *statement = NULL;
	int rc = sqlite3_prepare_v2(db->handle, text, -1, &statement, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW) {
		header->application = sqlite3_column_int64(statement, 0);
		header->version = sqlite3_column_int64(statement, 1);
		header->tables = sqlite3_column_int64(statement, 2);
	} else {
		tl_sqlite_failed(db, rc, err);
	}
	sqlite3_finalize(statement);
	return rc == SQLITE_ROW ? 0 : -1;
}

static bool is_new(const struct header *header)
{
	return header->application == 0 && header->version == 0 && header->tables == 0;
}

/* Whether the file carries the name of the schema that it is opened as. */
static int check_name(struct tl_sqlite *db, struct tl_error *err)
{
	sqlite3_stmt *statement = NULL;
	int rc = sqlite3_prepare_v2(db->handle, "SELECT name FROM trunkline_store", -1, &statement, NULL);
	const char *name = NULL;
	int ret = -1;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
		tl_sqlite_failed(db, rc, err);
		goto out;
	}
	if (rc == SQLITE_ROW)
		name = (const char *)sqlite3_column_text(statement, 0);
	if (name && strcmp(name, db->db.sql->name) == 0)
		ret = 0;
	else
		tl_error_set(err, TL_USAGE, "'%s' is Trunkline's %s, not its %s", db->path, name ? name : "file without a name", db->db.sql->name);
out:
	sqlite3_finalize(statement);
	return ret;
}

static int check_header(struct tl_sqlite *db, const struct header *header, struct tl_error *err)
{
	if (header->application != APPLICATION_ID)
		return tl_error_set(err, TL_USAGE, "'%s' is a database of another program", db->path);
	if (check_name(db, err) != 0)
		return -1;
	if (header->version < 0 || (uint64_t)header->version > db->db.sql->n_migrations)
		return tl_error_set(err, TL_USAGE,
		                    "'%s' was made by a newer version of Trunkline (its layout is %" PRId64 ", this program knows %zu): use that one",
		                    db->path, header->version, db->db.sql->n_migrations);
	return 0;
}

/* Puts a pragma or statement with a number or name in it together and runs it. Names are the program's own. */
static int run_formatted(struct tl_sqlite *db, char *text, struct tl_error *err)
{
	int ret;

	if (!text)
		return tl_error_set(err, TL_IO, "out of memory");
	ret = tl_sqlite_exec(db, text, err);
	sqlite3_free(text);
	return ret;
}

static int make_header(struct tl_sqlite *db, struct tl_error *err)
{
	if (run_formatted(db, sqlite3_mprintf("PRAGMA application_id=%d", APPLICATION_ID), err) != 0)
		return -1;
	return run_formatted(db, sqlite3_mprintf("CREATE TABLE trunkline_store (name TEXT NOT NULL);"
	                                         "INSERT INTO trunkline_store VALUES (%Q)", db->db.sql->name), err);
}

/* Within a transaction: looks again, as another process may have been first, then runs what is missing. */
static int run_missing(struct tl_sqlite *db, struct tl_error *err)
{
	struct header header;

	if (read_header(&header, db, err) != 0)
		return -1;
	if ((is_new(&header) ? make_header(db, err) : check_header(db, &header, err)) != 0)
		return -1;
	for (size_t i = (size_t)header.version; i < db->db.sql->n_migrations; i++) {
		if (tl_sqlite_exec(db, db->db.sql->migrations[i], err) != 0)
			return -1;
	}
	return run_formatted(db, sqlite3_mprintf("PRAGMA user_version=%d", (int)db->db.sql->n_migrations), err);
}

int tl_sqlite_migrate(struct tl_sqlite *db, struct tl_error *err)
{
	struct header header;

	if (read_header(&header, db, err) != 0)
		return -1;
	if (!is_new(&header) && check_header(db, &header, err) != 0)
		return -1;
	if (!is_new(&header) && (size_t)header.version == db->db.sql->n_migrations)
		return 0;
	if (tl_sqlite_begin(&db->db, err) != 0)
		return -1;
	if (run_missing(db, err) == 0 && tl_sqlite_commit(&db->db, err) == 0)
		return 0;
	tl_sqlite_rollback(&db->db);
	return -1;
}

/* store/postgres_migrate.c: whose schema it is, and which version. The tables of a store lie in a schema of their own. */
#include <inttypes.h>
#include <stdlib.h>

#include "store/postgres.h"

struct header {
	bool there;        /* the schema */
	int64_t relations; /* that lie in it */
	bool ours;         /* it has our table of versions */
};

static int run_formatted(PGresult **out, struct tl_postgres *db, struct tl_error *err, const char *fmt, ...) TL_PRINTF(4, 5);
static int run_formatted(PGresult **out, struct tl_postgres *db, struct tl_error *err, const char *fmt, ...)
{
	struct tl_buf text = { 0 };
	va_list args;
	int ret;

	va_start(args, fmt);
	tl_buf_vprintf(&text, fmt, args);
	va_end(args);
	ret = tl_postgres_exec(out, db, text.data, err);
	tl_buf_clear(&text);
	return ret;
}

/* The schema's name is made of letters, digits and '_' alone. */
static int read_header(struct header *out, struct tl_postgres *db, struct tl_error *err)
{
	PGresult *result;

	if (run_formatted(&result, db, err, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = '%.*s'), "
	                  "(SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = '%.*s'), "
	                  "EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = '%.*s' AND c.relname = 'trunkline_store')",
	                  TL_FMT(db->schema), TL_FMT(db->schema), TL_FMT(db->schema)) != 0)
		return -1;
	out->there = tl_postgres_integer(db, result, 0, 0) != 0;
	out->relations = tl_postgres_integer(db, result, 0, 1);
	out->ours = tl_postgres_integer(db, result, 0, 2) != 0;
	db->pq.clear(result);
	return 0;
}

static int check_store(int64_t *version, struct tl_postgres *db, const PGresult *result, struct tl_error *err)
{
	bool known = db->pq.ntuples(result) == 1;
	const char *name = known ? db->pq.getvalue(result, 0, 0) : "schema without a name";

	if (!known || strcmp(name, db->db.sql->name) != 0)
		return tl_error_set(err, TL_USAGE, "%.*s: the schema %.*s is Trunkline's %s, not its %s", TL_FMT(db->address.shown), TL_FMT(db->schema), name,
		                    db->db.sql->name);
	*version = tl_postgres_integer(db, result, 0, 1);
	if (*version < 0 || (uint64_t)*version > db->db.sql->n_migrations)
		return tl_error_set(err, TL_USAGE,
		                    "%.*s: the schema %.*s was made by a newer version of Trunkline (its layout is %" PRId64 ", this program knows %zu): use that one",
		                    TL_FMT(db->address.shown), TL_FMT(db->schema), *version, db->db.sql->n_migrations);
	return 0;
}

/* The version of the schema; 0 where there is nothing yet. */
static int read_version(int64_t *version, struct tl_postgres *db, const struct header *header, struct tl_error *err)
{
	PGresult *result;
	int ret;

	*version = 0;
	if (!header->ours && header->relations > 0)
		return tl_error_set(err, TL_USAGE, "%.*s: the schema %.*s belongs to another program: choose another with schema=NAME in the address",
		                    TL_FMT(db->address.shown), TL_FMT(db->schema));
	if (!header->ours)
		return 0;
	if (tl_postgres_exec(&result, db, "SELECT name, version FROM trunkline_store", err) != 0)
		return -1;
	ret = check_store(version, db, result, err);
	db->pq.clear(result);
	return ret;
}

static int make_schema(struct tl_postgres *db, const struct header *header, struct tl_error *err)
{
	/* One that is there was made for us: by somebody who may. */
	if (!header->there && run_formatted(NULL, db, err, "CREATE SCHEMA %.*s", TL_FMT(db->schema)) != 0)
		return tl_error_wrap(err, "cannot make the schema %.*s (somebody who may can: CREATE SCHEMA %.*s AUTHORIZATION the user)", TL_FMT(db->schema),
		                     TL_FMT(db->schema));
	return run_formatted(NULL, db, err, "CREATE TABLE trunkline_store (name TEXT NOT NULL, version BIGINT NOT NULL); "
	                     "INSERT INTO trunkline_store VALUES ('%s', 0)", db->db.sql->name);
}

static int run_migration(struct tl_postgres *db, const char *migration, struct tl_error *err)
{
	struct tl_buf text = { 0 };
	int ret;

	tl_postgres_translate(&text, tl_str(migration), true);
	ret = tl_postgres_exec(NULL, db, text.data ? text.data : "", err);
	tl_buf_clear(&text);
	return ret;
}

/* Within a transaction: looks again, as another process may have been first, then runs what is missing. */
static int run_missing(struct tl_postgres *db, struct tl_error *err)
{
	struct header header;
	int64_t version;

	if (read_header(&header, db, err) != 0 || read_version(&version, db, &header, err) != 0)
		return -1;
	if (!header.ours && make_schema(db, &header, err) != 0)
		return -1;
	for (size_t i = (size_t)version; i < db->db.sql->n_migrations; i++) {
		if (run_migration(db, db->db.sql->migrations[i], err) != 0)
			return -1;
	}
	return run_formatted(NULL, db, err, "UPDATE trunkline_store SET version = %zu", db->db.sql->n_migrations);
}

int tl_postgres_migrate(struct tl_postgres *db, bool make, struct tl_error *err)
{
	struct header header;
	int64_t version;

	if (read_header(&header, db, err) != 0 || read_version(&version, db, &header, err) != 0)
		return -1;
	if (!header.ours && !make)
		return tl_error_set(err, TL_NOT_FOUND, "%.*s has no schema %.*s", TL_FMT(db->address.shown), TL_FMT(db->schema));
	if (header.ours && (size_t)version == db->db.sql->n_migrations)
		return 0;
	if (tl_postgres_begin(&db->db, err) != 0)
		return -1;
	if (run_missing(db, err) == 0 && tl_postgres_commit(&db->db, err) == 0)
		return 0;
	tl_postgres_rollback(&db->db);
	return -1;
}

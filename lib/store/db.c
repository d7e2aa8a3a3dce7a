/* store/db.c: which database an address means, and what is the same for all: transactions are whole or nothing. */
#include <assert.h>

#include "store/backend.h"

bool tl_db_is_server(const char *address)
{
	return tl_str_starts(tl_str(address), TL_STR("postgres://")) || tl_str_starts(tl_str(address), TL_STR("postgresql://"));
}

int tl_db_open(struct tl_db **out, const char *address, const struct tl_sql *sql, bool make, int64_t busy_ms, struct tl_error *err)
{
	*out = NULL;
	return tl_db_is_server(address) ? tl_postgres_open(out, address, sql, make, busy_ms, err)
	                                : tl_sqlite_open(out, address, sql, make, busy_ms, err);
}

void tl_db_close(struct tl_db *db)
{
	if (!db)
		return;
	tl_db_rollback(db);
	db->backend->close(db);
}

int tl_db_begin(struct tl_db *db, struct tl_error *err)
{
	assert(!db->within);
	if (db->backend->begin(db, err) != 0)
		return -1;
	db->within = true;
	db->failed = false;
	return 0;
}

static int refuse(struct tl_error *err)
{
	return tl_error_set(err, TL_IO, "a part of what is written here together failed, so nothing of it is kept");
}

int tl_db_commit(struct tl_db *db, struct tl_error *err)
{
	int ret;

	assert(db->within);
	ret = db->failed ? refuse(err) : db->backend->commit(db, err);
	if (ret != 0)
		tl_db_rollback(db);
	db->within = false;
	return ret;
}

void tl_db_rollback(struct tl_db *db)
{
	if (db->within)
		db->backend->rollback(db);
	db->within = false;
}

bool tl_db_is_cut_off(const struct tl_db *db)
{
	return db->backend->is_cut_off(db);
}

int tl_db_now_ms(int64_t *ms, struct tl_db *db, const struct tl_clock *clock, struct tl_error *err)
{
	return db->backend->now_ms(ms, db, clock, err);
}

/* What a failed statement leaves behind differs from database to database: here it is the same for all. */
static int noted(struct tl_db *db, int ret)
{
	if (ret != 0)
		db->failed = true;
	return ret;
}

int tl_db_run(struct tl_db *db, unsigned statement, const struct tl_param *params, size_t n_params, int64_t *changed, struct tl_error *err)
{
	if (db->within && db->failed)
		return refuse(err);
	return noted(db, db->backend->run(db, statement, params, n_params, changed, err));
}

int tl_db_query(struct tl_result *out, struct tl_arena *arena, struct tl_db *db, unsigned statement, const struct tl_param *params,
                size_t n_params, struct tl_error *err)
{
	*out = (struct tl_result){ 0 };
	if (db->within && db->failed)
		return refuse(err);
	return noted(db, db->backend->query(out, arena, db, statement, params, n_params, err));
}

int tl_db_overwrite(struct tl_db *db, const char *table, struct tl_error *err)
{
	assert(!db->within);
	return db->backend->overwrite(db, table, err);
}

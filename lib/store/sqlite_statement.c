/* store/sqlite_statement.c: statements by number, prepared once and kept. */
#include <assert.h>
#include <stdlib.h>

#include "store/sqlite.h"

static int bind(sqlite3_stmt *statement, int index, const struct tl_param *param)
{
	switch (param->kind) {
	case TL_PARAM_INTEGER:
		return sqlite3_bind_int64(statement, index, param->integer);
	case TL_PARAM_TEXT:
		/* A view without a pointer is an empty text; SQLite would make it NULL. The bytes outlive the statement's run. */
		return sqlite3_bind_text64(statement, index, param->text.ptr ? param->text.ptr : "", param->text.len, SQLITE_STATIC,
		                           SQLITE_UTF8);
	case TL_PARAM_NULL:
		break;
	}
	return sqlite3_bind_null(statement, index);
}

/* Prepares (the first time) and binds; the statement is ready to step, and put_back() must follow. */
static int take(sqlite3_stmt **out, struct tl_sqlite *db, unsigned number, const struct tl_param *params, size_t n_params, struct tl_error *err)
{
	int rc = SQLITE_OK;

	assert(number < db->db.sql->n_statements);
	if (!db->prepared[number])
		rc = sqlite3_prepare_v3(db->handle, db->db.sql->statements[number], -1, SQLITE_PREPARE_PERSISTENT, &db->prepared[number], NULL);
	*out = db->prepared[number];
	if (rc != SQLITE_OK)
		return tl_sqlite_failed(db, rc, err);
	assert((size_t)sqlite3_bind_parameter_count(*out) == n_params);
	for (size_t i = 0; i < n_params && rc == SQLITE_OK; i++)
		rc = bind(*out, (int)i + 1, &params[i]);
	return rc == SQLITE_OK ? 0 : tl_sqlite_failed(db, rc, err);
}

/* Gives up locks and the caller's bytes. */
static void put_back(sqlite3_stmt *statement)
{
	if (!statement)
		return;
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

int tl_sqlite_run(struct tl_db *base, unsigned statement, const struct tl_param *params, size_t n_params, int64_t *changed, struct tl_error *err)
{
	struct tl_sqlite *db = (struct tl_sqlite *)base;
	sqlite3_stmt *prepared;
	int ret = take(&prepared, db, statement, params, n_params, err);
	int rc;

	if (ret == 0) {
		rc = sqlite3_step(prepared);
		assert(rc != SQLITE_ROW);
		if (rc != SQLITE_DONE)
			ret = (base->within ? tl_sqlite_failed : tl_sqlite_failed_commit)(db, rc, err);
	}
	if (ret == 0 && changed)
		*changed = sqlite3_changes64(db->handle);
	put_back(prepared);
	return ret;
}

static struct tl_param column(struct tl_arena *arena, sqlite3_stmt *statement, int index)
{
	struct tl_str text;

	switch (sqlite3_column_type(statement, index)) {
	case SQLITE_NULL:
		return TL_P_NULL;
	case SQLITE_INTEGER:
		return TL_P_INT(sqlite3_column_int64(statement, index));
	default:
		text.ptr = (const char *)sqlite3_column_text(statement, index);
		text.len = (size_t)sqlite3_column_bytes(statement, index);
		return TL_P_TEXT(tl_arena_dup(arena, text));
	}
}

static struct tl_row read_row(struct tl_arena *arena, sqlite3_stmt *statement, size_t n_columns)
{
	struct tl_param *columns = TL_ARENA_ARRAY(arena, struct tl_param, n_columns);

	for (size_t i = 0; i < n_columns; i++)
		columns[i] = column(arena, statement, (int)i);
	return (struct tl_row){ .columns = columns };
}

int tl_sqlite_query(struct tl_result *out, struct tl_arena *arena, struct tl_db *base, unsigned statement, const struct tl_param *params,
                    size_t n_params, struct tl_error *err)
{
	struct tl_sqlite *db = (struct tl_sqlite *)base;
	struct tl_row *rows = NULL;
	size_t capacity = 0;
	sqlite3_stmt *prepared;
	int ret, rc;

	*out = (struct tl_result){ 0 };
	ret = take(&prepared, db, statement, params, n_params, err);
	if (ret != 0)
		goto out;
	out->n_columns = (size_t)sqlite3_column_count(prepared);
	for (rc = sqlite3_step(prepared); rc == SQLITE_ROW; rc = sqlite3_step(prepared)) {
		rows = tl_grow(rows, &capacity, out->n_rows + 1, sizeof(*rows));
		rows[out->n_rows++] = read_row(arena, prepared, out->n_columns);
	}
	if (rc != SQLITE_DONE) {
		ret = tl_sqlite_failed(db, rc, err);
		goto out;
	}
	out->rows = TL_ARENA_ARRAY(arena, struct tl_row, out->n_rows);
	if (out->n_rows > 0)
		memcpy(out->rows, rows, out->n_rows * sizeof(*rows));
out:
	if (ret != 0)
		*out = (struct tl_result){ 0 };
	free(rows);
	put_back(prepared);
	return ret;
}

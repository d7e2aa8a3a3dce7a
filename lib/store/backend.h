/* store/backend.h: what each database behind store/db.h can do. */
#ifndef TL_STORE_BACKEND_H
#define TL_STORE_BACKEND_H

#include "store/db.h"

/* Of transactions db.c keeps count: begin is called outside of one, commit and rollback within one. */
struct tl_backend {
	void (*close)(struct tl_db *db);
	int (*begin)(struct tl_db *db, struct tl_error *err);
	int (*commit)(struct tl_db *db, struct tl_error *err); /* after a failure rollback is called */
	void (*rollback)(struct tl_db *db);
	int (*run)(struct tl_db *db, unsigned statement, const struct tl_param *params, size_t n_params, int64_t *changed, struct tl_error *err);
	int (*query)(struct tl_result *out, struct tl_arena *arena, struct tl_db *db, unsigned statement, const struct tl_param *params,
	             size_t n_params, struct tl_error *err);
	int (*now_ms)(int64_t *ms, struct tl_db *db, const struct tl_clock *clock, struct tl_error *err);
	bool (*is_cut_off)(const struct tl_db *db);
	int (*overwrite)(struct tl_db *db, const char *table, struct tl_error *err);
};

struct tl_db {
	const struct tl_backend *backend;
	const struct tl_sql *sql;
	bool within; /* a transaction */
	bool failed; /* one of its statements: only a rollback is left */
};

/* As tl_db_open says; *out is set on success alone. */
int tl_sqlite_open(struct tl_db **out, const char *path, const struct tl_sql *sql, bool make, int64_t busy_ms, struct tl_error *err);
int tl_postgres_open(struct tl_db **out, const char *address, const struct tl_sql *sql, bool make, int64_t busy_ms, struct tl_error *err);

#endif

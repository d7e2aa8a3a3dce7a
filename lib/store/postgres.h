/* store/postgres.h: what the PostgreSQL files of this room share. libpq's types do not leave them. */
#ifndef TL_STORE_POSTGRES_H
#define TL_STORE_POSTGRES_H

#include "base/buf.h"
#include "store/backend.h"
#include "store/libpq.h"

/* An address, taken apart and made safe. In the arena it was parsed with. */
struct tl_postgres_address {
	struct tl_str conninfo; /* for libpq, with everything said that its environment would say else */
	struct tl_str shown;    /* for messages: "postgres://user@host:port/database" */
	struct tl_str user, database, host; /* may be empty */
	struct tl_str schema;   /* what the names of our schemas begin with */
};
/* TL_USAGE for what is no such address, holds a password or an option that has no place there, or would leave this machine with less than sslmode=verify-full. */
int tl_postgres_address_parse(struct tl_postgres_address *out, struct tl_arena *arena, const struct tl_libpq *pq, const char *text,
                              struct tl_error *err);

struct tl_postgres {
	struct tl_db db; /* first: one is the other */
	struct tl_libpq pq;
	PGconn *connection;
	bool *prepared;  /* sql->n_statements, of this connection */
	struct tl_arena arena;
	struct tl_postgres_address address;
	struct tl_str schema; /* "trunkline_ledger" */
	int64_t lock;         /* the advisory lock of its writers */
	int64_t busy_ms;
	bool keeps_tokens;    /* the schema has the table for them */
	char token[33];       /* that the transaction leaves there, to ask what became of it where a commit got no answer; empty: it leaves none */
	bool cut_off;
	bool given_up;        /* the server did not come back when it was waited for last */
};

/* Connects anew, outside of a transaction, where the connection was lost. */
int tl_postgres_reconnect(struct tl_postgres *db, struct tl_error *err);
int tl_postgres_begin(struct tl_db *db, struct tl_error *err);
int tl_postgres_commit(struct tl_db *db, struct tl_error *err);
void tl_postgres_rollback(struct tl_db *db);

/* Runs SQL, perhaps several statements; *out (may be NULL) is the last one's result, to be cleared. */
int tl_postgres_exec(PGresult **out, struct tl_postgres *db, const char *text, struct tl_error *err);
int tl_postgres_run(struct tl_db *db, unsigned statement, const struct tl_param *params, size_t n_params, int64_t *changed, struct tl_error *err);
int tl_postgres_query(struct tl_result *out, struct tl_arena *arena, struct tl_db *db, unsigned statement, const struct tl_param *params,
                      size_t n_params, struct tl_error *err);
int64_t tl_postgres_integer(const struct tl_postgres *db, const PGresult *result, int row, int column);

/* SQL as db.h describes it in PostgreSQL's words; a migration's columns too. */
void tl_postgres_translate(struct tl_buf *out, struct tl_str sql, bool migration);
/* Where each transaction leaves a token: a server that was killed gives a transaction's number once more, so that it tells nothing. */
#define TL_POSTGRES_TOKENS "trunkline_kept"

/* Brings the schema to the newest version, making it where `make`, or says why it cannot be used. */
int tl_postgres_migrate(struct tl_postgres *db, bool make, struct tl_error *err);

/* Turns the failure of a statement into ours. Returns -1; notes a lost connection. */
int tl_postgres_failed(struct tl_postgres *db, const PGresult *result, struct tl_error *err);
/* The same of an attempt to connect. *starting: the server will be ready in a moment; *refused: nobody listens. Both may be NULL. */
int tl_postgres_failed_connect(struct tl_postgres *db, bool *starting, bool *refused, struct tl_error *err);

#endif

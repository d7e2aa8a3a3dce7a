/* platform/local.c: the platform that needs no server and no account, in one SQLite file: versions that are never changed again, a write
 * only on top of the version it was made from, all in one transaction. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "crypto/sha256.h"
#include "dialect/dialect.h"
#include "doc/json.h"
#include "platform/drivers.h"
#include "store/db.h"

/* How long a write waits for other writers, and for a publish of the same flow that is under way. */
#define BUSY_MS 60000
#define PUBLISHING_MS 60000
#define PUBLISHING_POLL_MS 250

/* A flow's version of the last write, and what it says now. */
#define FLOW_COLUMNS "f.id, v.name, v.version, f.published, v.status, v.published_ms, v.reason, v.written_ms"
#define LAST_VERSION " FROM flows AS f JOIN versions AS v ON v.flow = f.id AND v.version = f.version "

enum {
	LIST_FLOWS,
	GET_FLOW,
	GET_VERSION,
	LIST_VERSIONS,
	NAME_OWNER,
	INSERT_FLOW,
	MOVE_FLOW,
	INSERT_VERSION,
	PUBLISH_FLOW,
	N_STATEMENTS,
};

static const char *const statement_table[N_STATEMENTS] = {
	[LIST_FLOWS] = "SELECT " FLOW_COLUMNS LAST_VERSION "ORDER BY v.name",
	[GET_FLOW] = "SELECT " FLOW_COLUMNS ", v.content" LAST_VERSION "WHERE f.id = ?1",
	[GET_VERSION] = "SELECT " FLOW_COLUMNS ", v.content FROM flows AS f JOIN versions AS v ON v.flow = f.id "
			"WHERE f.id = ?1 AND v.version = ?2",
	[LIST_VERSIONS] = "SELECT " FLOW_COLUMNS " FROM flows AS f JOIN versions AS v ON v.flow = f.id WHERE f.id = ?1 "
			  "ORDER BY v.version DESC",
	[NAME_OWNER] = "SELECT id FROM flows WHERE name = ?1",
	[INSERT_FLOW] = "INSERT INTO flows (id, name, version, published) VALUES (?1, ?2, 1, 0)",
	[MOVE_FLOW] = "UPDATE flows SET name = ?3, version = ?2 WHERE id = ?1 AND version = ?2 - 1",
	[INSERT_VERSION] = "INSERT INTO versions (flow, version, name, status, reason, written_ms, published_ms, content) "
			   "VALUES (?1, ?2, ?3, ?4, '', ?5, ?6, ?7)",
	[PUBLISH_FLOW] = "UPDATE flows SET published = ?2 WHERE id = ?1 AND version = ?2",
};

static const char *const migration_table[] = {
	"CREATE TABLE flows ("
	" id TEXT PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE,"
	" version INTEGER NOT NULL CHECK (version >= 1),"
	" published INTEGER NOT NULL CHECK (published BETWEEN 0 AND version)"
	") STRICT;"
	"CREATE TABLE versions ("
	" flow TEXT NOT NULL REFERENCES flows (id),"
	" version INTEGER NOT NULL CHECK (version >= 1),"
	" name TEXT NOT NULL,"
	" status TEXT NOT NULL CHECK (status IN ('draft', 'scheduled', 'publishing', 'published', 'failed', 'rejected')),"
	" reason TEXT NOT NULL,"
	" written_ms INTEGER NOT NULL,"
	" published_ms INTEGER,"
	" content TEXT NOT NULL,"
	" PRIMARY KEY (flow, version)"
	") STRICT;"
	/* The history stays whole, whatever a later program does. */
	"CREATE TRIGGER versions_stay BEFORE UPDATE OF flow, version, name, written_ms, content ON versions"
	" BEGIN SELECT RAISE(ABORT, 'a version is never changed'); END;"
	"CREATE TRIGGER versions_are_kept BEFORE DELETE ON versions"
	" BEGIN SELECT RAISE(ABORT, 'a version is never deleted'); END;",
};

static const struct tl_sql schema = { statement_table, N_STATEMENTS, migration_table, TL_COUNT(migration_table), "local platform" };

struct local {
	struct tl_db *db; /* NULL: there is no file yet */
	char *path;
	const struct tl_clock *clock;
};

/* Opens the file where it is not open yet. Without `make`, one that does not exist leaves `db` NULL and is no error. */
static int open_file(struct local *local, bool make, struct tl_error *err)
{
	struct tl_error why = { 0 };

	if (local->db || tl_db_open(&local->db, local->path, &schema, make, BUSY_MS, &why) == 0)
		return 0;
	if (why.code == TL_NOT_FOUND && !make)
		return 0;
	if (why.code == TL_NOT_FOUND)
		why.code = TL_IO;
	if (err)
		*err = why;
	return -1;
}

static void local_close(void *state)
{
	struct local *local = state;

	tl_db_close(local->db);
	free(local->path);
	free(local);
}

static int local_open(void **state, const struct tl_platform_config *config, struct tl_error *err)
{
	struct local *local = tl_alloc_zero(1, sizeof(*local));

	local->path = tl_strdup(config->database);
	local->clock = config->clock;
	if (open_file(local, false, err) != 0) {
		local_close(local);
		return -1;
	}
	*state = local;
	return 0;
}

/* A row of FLOW_COLUMNS, with content where the query has it. */
static struct tl_remote remote_of(const struct tl_row *row, bool with_content)
{
	const struct tl_param *column = row->columns;

	return (struct tl_remote){
		.id = column[0].text,
		.name = column[1].text,
		.version = column[2].integer,
		.published_version = column[3].integer,
		.status = tl_remote_status_parse(column[4].text),
		.reached_published = column[5].kind != TL_PARAM_NULL,
		.reason = column[6].text,
		.written_ms = column[7].integer,
		.content = with_content ? column[8].text : (struct tl_str){ NULL, 0 },
	};
}

static int not_found(struct tl_str id, struct tl_error *err)
{
	return tl_error_set(err, TL_NOT_FOUND, "the platform has no flow '%.*s'", TL_FMT(id));
}

static int query_one(struct tl_remote *out, struct tl_arena *arena, struct local *local, unsigned statement, const struct tl_param *params,
                     size_t n_params, struct tl_error *err)
{
	struct tl_result result = { 0 };

	if (open_file(local, false, err) != 0)
		return -1;
	if (local->db && tl_db_query(&result, arena, local->db, statement, params, n_params, err) != 0)
		return -1;
	if (result.n_rows == 0)
		return not_found(params[0].text, err);
	*out = remote_of(&result.rows[0], true);
	return 0;
}

static int query_many(struct tl_remotes *out, struct tl_arena *arena, struct local *local, unsigned statement,
                      const struct tl_param *params, size_t n_params, struct tl_error *err)
{
	struct tl_result result = { 0 };

	if (open_file(local, false, err) != 0)
		return -1;
	if (local->db && tl_db_query(&result, arena, local->db, statement, params, n_params, err) != 0)
		return -1;
	out->items = TL_ARENA_ARRAY(arena, struct tl_remote, result.n_rows);
	for (size_t i = 0; i < result.n_rows; i++)
		out->items[i] = remote_of(&result.rows[i], false);
	out->count = result.n_rows;
	return 0;
}

static int local_list(struct tl_remotes *out, struct tl_arena *arena, void *state, struct tl_error *err)
{
	return query_many(out, arena, state, LIST_FLOWS, NULL, 0, err);
}

static int local_get(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err)
{
	return query_one(out, arena, state, GET_FLOW, (struct tl_param[]){ TL_P_TEXT(id) }, 1, err);
}

static int local_version(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, int64_t version,
                         struct tl_error *err)
{
	return query_one(out, arena, state, GET_VERSION, (struct tl_param[]){ TL_P_TEXT(id), TL_P_INT(version) }, 2, err);
}

static int local_versions(struct tl_remotes *out, struct tl_arena *arena, void *state, struct tl_str id, struct tl_error *err)
{
	if (query_many(out, arena, state, LIST_VERSIONS, (struct tl_param[]){ TL_P_TEXT(id) }, 1, err) != 0)
		return -1;
	return out->count > 0 ? 0 : not_found(id, err);
}

/* A random UUID (RFC 9562, version 4). */
static struct tl_str make_id(struct tl_arena *arena)
{
	unsigned char b[16];

	tl_random(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	return tl_arena_printf(arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4],
	                       b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* One write as it goes into the file. */
struct write {
	struct tl_str id, name, content;
	int64_t version;
	int64_t published; /* what callers get until then */
	bool publish;
};

/* Compiles outside of the transaction, so that others wait as short as can be. `buf` holds the content. */
static int prepare(struct write *write, struct tl_buf *buf, struct tl_arena *arena, const struct tl_put *put, struct tl_error *err)
{
	struct tl_item *wire;

	if (tl_wire_write(&wire, arena, put->flow, err) != 0)
		return -1;
	tl_json_canonical(buf, wire);
	if (buf->overflow)
		return tl_error_set(err, TL_LIMIT, "flow '%.*s' is too large to be published", TL_FMT(put->flow->id.text));
	write->name = tl_remote_name(put->flow);
	write->content = tl_buf_view(buf);
	write->version = put->version;
	write->publish = put->publish;
	return 0;
}

/* Within a transaction: the new version, and what callers get. */
static int insert_version(struct local *local, const struct write *write, struct tl_error *err)
{
	int64_t now = local->clock->now_ms(local->clock->data);
	const char *status = tl_remote_status_name(write->publish ? TL_STATUS_PUBLISHED : TL_STATUS_DRAFT);
	struct tl_param params[] = {
		TL_P_TEXT(write->id), TL_P_INT(write->version), TL_P_TEXT(write->name), TL_P_TEXT(tl_str(status)),
		TL_P_INT(now), write->publish ? TL_P_INT(now) : TL_P_NULL, TL_P_TEXT(write->content),
	};

	if (tl_db_run(local->db, INSERT_VERSION, params, TL_COUNT(params), NULL, err) != 0)
		return -1;
	return write->publish ? tl_db_run(local->db, PUBLISH_FLOW, params, 2, NULL, err) : 0;
}

/* Within a transaction: whether another flow has the name. */
static int check_name(struct local *local, struct tl_arena *arena, const struct write *write, struct tl_error *err)
{
	struct tl_result result;

	if (tl_db_query(&result, arena, local->db, NAME_OWNER, (struct tl_param[]){ TL_P_TEXT(write->name) }, 1, err) != 0)
		return -1;
	if (result.n_rows == 0 || tl_str_equal(result.rows[0].columns[0].text, write->id))
		return 0;
	return tl_error_set(err, TL_CONFLICT, "the platform has a flow '%.*s' already", TL_FMT(write->name));
}

static int create_within(struct local *local, struct tl_arena *arena, const struct write *write, struct tl_error *err)
{
	if (check_name(local, arena, write, err) != 0)
		return -1;
	if (tl_db_run(local->db, INSERT_FLOW, (struct tl_param[]){ TL_P_TEXT(write->id), TL_P_TEXT(write->name) }, 2, NULL, err) != 0)
		return -1;
	return insert_version(local, write, err);
}

/* Within a transaction: whether the flow stands where the write wants it. *publishing: it does not yet, as a publish is under way. */
static int check_version(bool *publishing, struct local *local, struct tl_arena *arena, struct write *write, struct tl_error *err)
{
	struct tl_remote now;

	*publishing = false;
	if (query_one(&now, arena, local, GET_FLOW, (struct tl_param[]){ TL_P_TEXT(write->id) }, 1, err) != 0)
		return -1;
	write->published = now.published_version;
	*publishing = now.status == TL_STATUS_PUBLISHING;
	if (*publishing)
		return tl_error_set(err, TL_TIMED_OUT, "flow '%.*s' is still being published", TL_FMT(write->name));
	if (now.version == write->version - 1)
		return 0;
	return tl_error_set(err, TL_CONFLICT, "flow '%.*s' is at version %" PRId64 " on the platform, not %" PRId64
	                    ": somebody else changed it", TL_FMT(write->name), now.version, write->version - 1);
}

static int put_within(bool *publishing, struct local *local, struct tl_arena *arena, struct write *write, struct tl_error *err)
{
	struct tl_param params[] = { TL_P_TEXT(write->id), TL_P_INT(write->version), TL_P_TEXT(write->name) };
	int64_t changed = 0;

	if (check_version(publishing, local, arena, write, err) != 0 || check_name(local, arena, write, err) != 0)
		return -1;
	if (tl_db_run(local->db, MOVE_FLOW, params, TL_COUNT(params), &changed, err) != 0)
		return -1;
	/* Nobody can come between under BEGIN IMMEDIATE. */
	assert(changed == 1);
	return insert_version(local, write, err);
}

/* What is asked of the database, whole: a new flow where `create`, else the next version. */
static int write_once(bool *publishing, struct local *local, bool create, struct write *write, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	int ret = -1;

	*publishing = false;
	if (tl_db_begin(local->db, err) != 0)
		goto out;
	ret = create ? create_within(local, &arena, write, err) : put_within(publishing, local, &arena, write, err);
	if (ret == 0)
		ret = tl_db_commit(local->db, err);
	else
		tl_db_rollback(local->db);
out:
	tl_arena_clear(&arena);
	return ret;
}

/* As above, waiting for a publish that is under way. */
static int write_waiting(struct local *local, bool create, struct write *write, struct tl_error *err)
{
	const struct tl_clock *clock = local->clock;
	int64_t deadline = clock->monotonic_ms(clock->data) + PUBLISHING_MS;
	bool publishing;

	for (;;) {
		if (write_once(&publishing, local, create, write, err) == 0)
			return 0;
		if (!publishing || clock->monotonic_ms(clock->data) >= deadline)
			return -1;
		if (clock->sleep_ms(clock->data, PUBLISHING_POLL_MS) != 0)
			return tl_error_set(err, TL_INTERRUPTED, "interrupted");
	}
}

/* What the platform answers to a write: the flow as this write left it. */
static struct tl_remote answer(struct tl_arena *arena, const struct write *write)
{
	return (struct tl_remote){
		.id = tl_arena_dup(arena, write->id),
		.name = tl_arena_dup(arena, write->name),
		.version = write->version,
		.published_version = write->publish ? write->version : write->published,
		.status = write->publish ? TL_STATUS_PUBLISHED : TL_STATUS_DRAFT,
		.reached_published = write->publish,
	};
}

static int write_flow(struct tl_remote *out, struct tl_arena *arena, struct local *local, struct tl_str id, bool create,
                      const struct tl_put *put, struct tl_error *err)
{
	struct write write = { .id = id };
	struct tl_arena scratch = { 0 };
	struct tl_buf buf = { 0 };
	int ret = -1;

	if (prepare(&write, &buf, &scratch, put, err) != 0 || open_file(local, create, err) != 0)
		goto out;
	if (!local->db)
		ret = not_found(id, err);
	else
		ret = write_waiting(local, create, &write, err);
	if (ret == 0)
		*out = answer(arena, &write);
out:
	tl_buf_clear(&buf);
	tl_arena_clear(&scratch);
	return ret;
}

static int local_create(struct tl_remote *out, struct tl_arena *arena, void *state, const struct tl_put *put, struct tl_error *err)
{
	return write_flow(out, arena, state, make_id(arena), true, put, err);
}

static int local_put(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, const struct tl_put *put,
                     struct tl_error *err)
{
	return write_flow(out, arena, state, id, false, put, err);
}

const struct tl_driver tl_driver_local = {
	.name = "local",
	.can = TL_CAN_COMPARE_AND_SET | TL_CAN_EXPORT,
	.dialects = 1u << TL_DIALECT_NATIVE | 1u << TL_DIALECT_WIRE,
	.open = local_open,
	.close = local_close,
	.list = local_list,
	.get = local_get,
	.version = local_version,
	.versions = local_versions,
	.create = local_create,
	.put = local_put,
};

/* platform/local_store.c: flows and versions in one SQLite file: versions that are never changed again, a write only on top of the version it was made
 * from, all in one transaction. */
#include "platform/local_store.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "crypto/sha256.h"
#include "dialect/wire.h"
#include "doc/json.h"
#include "store/db.h"

/* How long a write waits for other writers. */
#define BUSY_MS 60000

/* A flow's version of the last write, and what it says now. */
#define FLOW_COLUMNS "f.id, v.name, v.version, f.published, v.status, v.published_ms, v.reason, v.written_ms, v.title"
/* The same of a list, where what people call a flow is read from the smaller table: a version's title lies behind its content. */
#define LISTED_COLUMNS "f.id, f.name, v.version, f.published, v.status, v.published_ms, v.reason, v.written_ms, f.title"
#define LAST_VERSION " FROM flows AS f JOIN versions AS v ON v.flow = f.id AND v.version = f.version "
/* ?1: a filter in small letters, empty for none. */
#define TITLE_MATCHES "WHERE ?1 = '' OR instr(lower(f.title), ?1) > 0 "
#define CONTENT_COLUMN 9

enum {
	LIST_FLOWS,
	LIST_PAGE,
	COUNT_FLOWS,
	LIST_PUBLISHING,
	GET_FLOW,
	GET_VERSION,
	LIST_VERSIONS,
	NAME_OWNER,
	INSERT_FLOW,
	MOVE_FLOW,
	INSERT_VERSION,
	PUBLISH_FLOW,
	SETTLE_VERSION,
	N_STATEMENTS,
};

static const char *const statement_table[N_STATEMENTS] = {
	[LIST_FLOWS] = "SELECT " LISTED_COLUMNS LAST_VERSION "ORDER BY f.name",
	[LIST_PAGE] = "SELECT " LISTED_COLUMNS LAST_VERSION TITLE_MATCHES "ORDER BY f.name LIMIT ?3 OFFSET ?2",
	[COUNT_FLOWS] = "SELECT count(*) FROM flows AS f " TITLE_MATCHES,
	[LIST_PUBLISHING] = "SELECT " LISTED_COLUMNS LAST_VERSION "WHERE v.status = 'publishing' ORDER BY f.name",
	[GET_FLOW] = "SELECT " FLOW_COLUMNS ", v.content" LAST_VERSION "WHERE f.id = ?1",
	[GET_VERSION] = "SELECT " FLOW_COLUMNS ", v.content FROM flows AS f JOIN versions AS v ON v.flow = f.id "
			"WHERE f.id = ?1 AND v.version = ?2",
	[LIST_VERSIONS] = "SELECT " FLOW_COLUMNS " FROM flows AS f JOIN versions AS v ON v.flow = f.id WHERE f.id = ?1 "
			  "ORDER BY v.version DESC",
	[NAME_OWNER] = "SELECT id FROM flows WHERE name = ?1",
	[INSERT_FLOW] = "INSERT INTO flows (id, name, version, published, title) VALUES (?1, ?2, 1, 0, ?3)",
	[MOVE_FLOW] = "UPDATE flows SET name = ?3, version = ?2, title = ?4 WHERE id = ?1 AND version = ?2 - 1",
	[INSERT_VERSION] = "INSERT INTO versions (flow, version, name, title, status, reason, written_ms, published_ms, content) "
			   "VALUES (?1, ?2, ?3, ?4, ?5, '', ?6, ?7, ?8)",
	[PUBLISH_FLOW] = "UPDATE flows SET published = ?2 WHERE id = ?1 AND published < ?2",
	[SETTLE_VERSION] = "UPDATE versions SET status = ?3, reason = ?4, published_ms = ?5 WHERE flow = ?1 AND version = ?2 "
			   "AND status = 'publishing'",
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
	/* What people on the platform call a flow, apart from the name by which we look it up. Flows whose name is none yet keep that. */
	"ALTER TABLE versions ADD COLUMN title TEXT NOT NULL DEFAULT '';"
	"UPDATE versions SET title = coalesce(json_extract(content, '$.name'), name);"
	"CREATE TRIGGER titles_stay BEFORE UPDATE OF title ON versions BEGIN SELECT RAISE(ABORT, 'a version is never changed'); END;",
	/* The last version's once more, for lists. */
	"ALTER TABLE flows ADD COLUMN title TEXT NOT NULL DEFAULT '';"
	"UPDATE flows SET title = (SELECT v.title FROM versions AS v WHERE v.flow = flows.id AND v.version = flows.version);",
};

static const struct tl_sql schema = { statement_table, N_STATEMENTS, migration_table, TL_COUNT(migration_table), "local platform" };

struct tl_local_store {
	struct tl_db *db; /* NULL: there is no file yet */
	char *path;
	const struct tl_clock *clock;
	bool fleeting;
};

/* Opens the file where it is not open yet. Without `make`, one that does not exist leaves `db` NULL and is no error. */
static int open_file(struct tl_local_store *store, bool make, struct tl_error *err)
{
	struct tl_error why = { 0 };

	if (store->db)
		return 0;
	if (tl_db_open(&store->db, store->path, &schema, make, BUSY_MS, &why) == 0)
		return store->fleeting ? tl_db_relax(store->db, err) : 0;
	if (why.code == TL_NOT_FOUND && !make)
		return 0;
	if (why.code == TL_NOT_FOUND)
		why.code = TL_IO;
	if (err)
		*err = why;
	return -1;
}

void tl_local_store_close(struct tl_local_store *store)
{
	if (!store)
		return;
	tl_db_close(store->db);
	free(store->path);
	free(store);
}

int tl_local_store_open(struct tl_local_store **out, const char *path, const struct tl_clock *clock, bool fleeting, struct tl_error *err)
{
	struct tl_local_store *store = tl_alloc_zero(1, sizeof(*store));

	*out = NULL;
	store->path = tl_strdup(path);
	store->clock = clock;
	store->fleeting = fleeting;
	if (open_file(store, false, err) != 0) {
		tl_local_store_close(store);
		return -1;
	}
	*out = store;
	return 0;
}

int tl_local_store_make(struct tl_local_store *store, struct tl_error *err)
{
	return open_file(store, true, err);
}

/* ---- reading */

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
		.title = column[8].text,
		.content = with_content ? column[CONTENT_COLUMN].text : (struct tl_str){ NULL, 0 },
	};
}

static int not_found(struct tl_str id, struct tl_error *err)
{
	return tl_error_set(err, TL_NOT_FOUND, "the platform has no flow '%.*s'", TL_FMT(id));
}

static int query(struct tl_result *result, struct tl_arena *arena, struct tl_local_store *store, unsigned statement,
                 const struct tl_param *params, size_t n_params, struct tl_error *err)
{
	*result = (struct tl_result){ 0 };
	if (open_file(store, false, err) != 0)
		return -1;
	return store->db ? tl_db_query(result, arena, store->db, statement, params, n_params, err) : 0;
}

static int query_one(struct tl_remote *out, struct tl_arena *arena, struct tl_local_store *store, unsigned statement,
                     const struct tl_param *params, size_t n_params, struct tl_error *err)
{
	struct tl_result result;

	if (query(&result, arena, store, statement, params, n_params, err) != 0)
		return -1;
	if (result.n_rows == 0)
		return not_found(params[0].text, err);
	*out = remote_of(&result.rows[0], true);
	return 0;
}

static int query_many(struct tl_remotes *out, struct tl_arena *arena, struct tl_local_store *store, unsigned statement,
                      const struct tl_param *params, size_t n_params, struct tl_error *err)
{
	struct tl_result result;

	*out = (struct tl_remotes){ 0 };
	if (query(&result, arena, store, statement, params, n_params, err) != 0)
		return -1;
	out->items = TL_ARENA_ARRAY(arena, struct tl_remote, result.n_rows);
	for (size_t i = 0; i < result.n_rows; i++)
		out->items[i] = remote_of(&result.rows[i], false);
	out->count = result.n_rows;
	return 0;
}

int tl_local_store_list(struct tl_remotes *out, struct tl_arena *arena, struct tl_local_store *store, struct tl_error *err)
{
	return query_many(out, arena, store, LIST_FLOWS, NULL, 0, err);
}

int tl_local_store_publishing(struct tl_remotes *out, struct tl_arena *arena, struct tl_local_store *store, struct tl_error *err)
{
	return query_many(out, arena, store, LIST_PUBLISHING, NULL, 0, err);
}

/* As SQLite's lower() does it: ASCII alone. */
static struct tl_str small_letters(struct tl_arena *arena, struct tl_str text)
{
	char *copy = tl_arena_alloc(arena, text.len + 1, 1);

	for (size_t i = 0; i < text.len; i++)
		copy[i] = (char)(text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] - 'A' + 'a' : text.ptr[i]);
	return (struct tl_str){ copy, text.len };
}

int tl_local_store_page(struct tl_remotes *out, int64_t *total, struct tl_arena *arena, struct tl_local_store *store, struct tl_str filter,
                        int64_t first, int64_t count, struct tl_error *err)
{
	struct tl_param params[] = { TL_P_TEXT(small_letters(arena, filter)), TL_P_INT(first), TL_P_INT(count) };
	struct tl_result result;

	*total = 0;
	if (query_many(out, arena, store, LIST_PAGE, params, TL_COUNT(params), err) != 0)
		return -1;
	/* A page that is not full is the last one: nothing need be counted. */
	*total = first + (int64_t)out->count;
	if ((int64_t)out->count < count && (out->count > 0 || first == 0))
		return 0;
	if (query(&result, arena, store, COUNT_FLOWS, params, 1, err) != 0)
		return -1;
	*total = result.n_rows > 0 ? result.rows[0].columns[0].integer : 0;
	return 0;
}

int tl_local_store_get(struct tl_remote *out, struct tl_arena *arena, struct tl_local_store *store, struct tl_str id, struct tl_error *err)
{
	return query_one(out, arena, store, GET_FLOW, (struct tl_param[]){ TL_P_TEXT(id) }, 1, err);
}

int tl_local_store_version(struct tl_remote *out, struct tl_arena *arena, struct tl_local_store *store, struct tl_str id, int64_t version,
                           struct tl_error *err)
{
	return query_one(out, arena, store, GET_VERSION, (struct tl_param[]){ TL_P_TEXT(id), TL_P_INT(version) }, 2, err);
}

int tl_local_store_versions(struct tl_remotes *out, struct tl_arena *arena, struct tl_local_store *store, struct tl_str id,
                            struct tl_error *err)
{
	if (query_many(out, arena, store, LIST_VERSIONS, (struct tl_param[]){ TL_P_TEXT(id) }, 1, err) != 0)
		return -1;
	return out->count > 0 ? 0 : not_found(id, err);
}

/* ---- writing */

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

int tl_local_write_take(struct tl_local_write *write, struct tl_flow **flow, struct tl_arena *arena, const struct tl_item *wire, struct tl_error *err)
{
	struct tl_lower lower = { .limits = tl_limits_default(), .findings = write->findings };
	struct tl_item *bare = tl_item_new(arena, TL_MAP);
	struct tl_remote remote = { .version = write->version };
	struct tl_buf buf = { 0 };

	*flow = NULL;
	for (const struct tl_item *item = wire->first; item; item = item->next) {
		if (!tl_wire_is_platforms(item->key))
			tl_item_put(bare, item->key, tl_item_copy(arena, item));
	}
	write->title = tl_item_text(bare, "name");
	if (tl_str_trim(write->title).len == 0)
		return tl_error_set(err, TL_USAGE, "a flow needs a 'name'");
	tl_json_canonical(&buf, bare);
	write->content = remote.content = tl_arena_dup(arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	write->name = remote.name = write->title;
	if (tl_remote_read_aloud(flow, &remote, &lower, NULL) == 0)
		write->name = tl_arena_dup(arena, tl_remote_name(*flow));
	return 0;
}

static struct tl_str title_of(const struct tl_local_write *write)
{
	return write->title.len > 0 ? write->title : write->name;
}

/* Within a transaction: the new version, and what callers get. */
static int insert_version(struct tl_local_store *store, struct tl_local_write *write, struct tl_error *err)
{
	bool publish = write->status == TL_STATUS_PUBLISHED;
	int64_t now = store->clock->now_ms(store->clock->data);
	struct tl_param params[] = {
		TL_P_TEXT(write->id), TL_P_INT(write->version), TL_P_TEXT(write->name), TL_P_TEXT(title_of(write)),
		TL_P_TEXT(tl_str(tl_remote_status_name(write->status))), TL_P_INT(now), publish ? TL_P_INT(now) : TL_P_NULL, TL_P_TEXT(write->content),
	};

	write->written_ms = now;
	if (tl_db_run(store->db, INSERT_VERSION, params, TL_COUNT(params), NULL, err) != 0)
		return -1;
	if (!publish)
		return 0;
	write->published = write->version;
	return tl_db_run(store->db, PUBLISH_FLOW, params, 2, NULL, err);
}

/* Within a transaction: whether another flow has the name. */
static int check_name(struct tl_local_store *store, struct tl_arena *arena, const struct tl_local_write *write, struct tl_error *err)
{
	struct tl_result result;

	if (tl_db_query(&result, arena, store->db, NAME_OWNER, (struct tl_param[]){ TL_P_TEXT(write->name) }, 1, err) != 0)
		return -1;
	if (result.n_rows == 0 || tl_str_equal(result.rows[0].columns[0].text, write->id))
		return 0;
	return tl_error_set(err, TL_CONFLICT, "the platform has a flow '%.*s' already", TL_FMT(write->name));
}

static int create_within(struct tl_local_store *store, struct tl_arena *arena, struct tl_local_write *write, struct tl_error *err)
{
	struct tl_param params[] = { TL_P_TEXT(write->id), TL_P_TEXT(write->name), TL_P_TEXT(title_of(write)) };

	if (check_name(store, arena, write, err) != 0 || tl_db_run(store->db, INSERT_FLOW, params, TL_COUNT(params), NULL, err) != 0)
		return -1;
	return insert_version(store, write, err);
}

/* Within a transaction: whether the flow stands where the write wants it. */
static int check_version(struct tl_local_store *store, struct tl_arena *arena, struct tl_local_write *write, struct tl_error *err)
{
	struct tl_remote now;

	if (query_one(&now, arena, store, GET_FLOW, (struct tl_param[]){ TL_P_TEXT(write->id) }, 1, err) != 0)
		return -1;
	write->published = now.published_version;
	write->busy = now.status == TL_STATUS_PUBLISHING;
	if (write->busy)
		return tl_error_set(err, TL_TIMED_OUT, "flow '%.*s' is still being published", TL_FMT(write->name));
	if (now.version == write->version - 1)
		return 0;
	return tl_error_set(err, TL_CONFLICT, "flow '%.*s' is at version %" PRId64 " on the platform, not %" PRId64
	                    ": somebody else changed it", TL_FMT(write->name), now.version, write->version - 1);
}

static int put_within(struct tl_local_store *store, struct tl_arena *arena, struct tl_local_write *write, struct tl_error *err)
{
	struct tl_param params[] = { TL_P_TEXT(write->id), TL_P_INT(write->version), TL_P_TEXT(write->name), TL_P_TEXT(title_of(write)) };
	int64_t changed = 0;

	if (check_version(store, arena, write, err) != 0 || check_name(store, arena, write, err) != 0)
		return -1;
	if (tl_db_run(store->db, MOVE_FLOW, params, TL_COUNT(params), &changed, err) != 0)
		return -1;
	/* Nobody can come between under BEGIN IMMEDIATE. */
	assert(changed == 1);
	return insert_version(store, write, err);
}

/* Ends the transaction as `ret` says. */
static int end(struct tl_local_store *store, int ret, struct tl_error *err)
{
	if (ret == 0)
		return tl_db_commit(store->db, err);
	tl_db_rollback(store->db);
	return -1;
}

/* What became of a write of which the database could not say it. */
static int read_back(struct tl_local_store *store, const struct tl_local_write *write, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_error why = { 0 };
	struct tl_remote there;
	int ret = tl_local_store_version(&there, &arena, store, write->id, write->version, &why);

	if (ret == 0)
		ret = tl_str_equal(there.content, write->content) ? 0 : tl_error_set(err, TL_CONFLICT, "version %" PRId64 " is somebody else's", write->version);
	else if (why.code == TL_NOT_FOUND)
		ret = tl_error_set(err, TL_IO, "'%s' could not be written to the disk: nothing was written to it", store->path);
	tl_arena_clear(&arena);
	return ret;
}

int tl_local_store_write(struct tl_local_write *write, struct tl_arena *arena, struct tl_local_store *store, struct tl_error *err)
{
	bool create = write->id.len == 0;
	struct tl_arena scratch = { 0 };
	struct tl_error why = { 0 };
	int ret;

	write->busy = false;
	if (open_file(store, create, err) != 0)
		return -1;
	if (!store->db)
		return not_found(write->id, err);
	if (create)
		write->id = make_id(arena);
	if (tl_db_begin(store->db, err) != 0)
		return -1;
	ret = create ? create_within(store, &scratch, write, &why) : put_within(store, &scratch, write, &why);
	ret = end(store, ret, &why);
	if (ret != 0 && why.code == TL_LOST)
		ret = read_back(store, write, &why);
	if (ret != 0 && err)
		*err = why;
	tl_arena_clear(&scratch);
	return ret;
}

/* Within a transaction. */
static int settle_within(struct tl_local_store *store, struct tl_str id, int64_t version, enum tl_remote_status status, struct tl_str reason,
                         struct tl_error *err)
{
	bool publish = status == TL_STATUS_PUBLISHED;
	int64_t changed = 0;
	struct tl_param params[] = {
		TL_P_TEXT(id), TL_P_INT(version), TL_P_TEXT(tl_str(tl_remote_status_name(status))), TL_P_TEXT(reason),
		publish ? TL_P_INT(store->clock->now_ms(store->clock->data)) : TL_P_NULL,
	};

	if (tl_db_run(store->db, SETTLE_VERSION, params, TL_COUNT(params), &changed, err) != 0)
		return -1;
	if (changed == 0)
		return tl_error_set(err, TL_CONFLICT, "version %" PRId64 " of the flow '%.*s' is not being published", version, TL_FMT(id));
	return publish ? tl_db_run(store->db, PUBLISH_FLOW, params, 2, NULL, err) : 0;
}

int tl_local_store_settle(struct tl_local_store *store, struct tl_str id, int64_t version, enum tl_remote_status status, struct tl_str reason,
                          struct tl_error *err)
{
	if (open_file(store, false, err) != 0)
		return -1;
	if (!store->db)
		return not_found(id, err);
	if (tl_db_begin(store->db, err) != 0)
		return -1;
	return end(store, settle_within(store, id, version, status, reason, err), err);
}

/* ---- seeds */

/* The id of the flow of that name; empty where there is none. */
static int find_name(struct tl_str *id, struct tl_arena *arena, struct tl_local_store *store, struct tl_str name, struct tl_error *err)
{
	struct tl_result result;

	*id = TL_STR("");
	if (query(&result, arena, store, NAME_OWNER, (struct tl_param[]){ TL_P_TEXT(name) }, 1, err) != 0)
		return -1;
	if (result.n_rows > 0)
		*id = result.rows[0].columns[0].text;
	return 0;
}

int tl_local_store_seed(struct tl_local_write *write, struct tl_arena *arena, struct tl_local_store *store, struct tl_error *err)
{
	struct tl_remote now;

	if (find_name(&write->id, arena, store, write->name, err) != 0)
		return -1;
	write->version = 1;
	if (write->id.len > 0) {
		if (tl_local_store_get(&now, arena, store, write->id, err) != 0)
			return -1;
		if (tl_str_equal(now.content, write->content))
			return 0;
		write->version = now.version + 1;
	}
	return tl_local_store_write(write, arena, store, err);
}

int tl_local_content_of(struct tl_str *content, struct tl_arena *arena, struct tl_str path, struct tl_str bytes, struct tl_error *err)
{
	struct tl_findings findings = { 0 };
	struct tl_lower lower = { .limits = tl_limits_default(), .findings = &findings };
	struct tl_flow *flow = NULL;
	struct tl_item *wire;
	struct tl_buf buf = { 0 };
	int ret = -1;

	tl_flow_read(&flow, path, bytes, &lower);
	if (!flow) {
		tl_error_set(err, TL_USAGE, "no flow can be read from it: %.*s", TL_FMT(findings.count > 0 ? findings.items[0].message : TL_STR("it holds none")));
	} else if (tl_wire_write(&wire, arena, flow, err) == 0) {
		tl_json_canonical(&buf, wire);
		*content = tl_arena_dup(arena, tl_buf_view(&buf));
		ret = 0;
	}
	tl_buf_clear(&buf);
	tl_flow_free(flow);
	tl_findings_clear(&findings);
	return ret;
}

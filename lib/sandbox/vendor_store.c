/* sandbox/vendor_store.c: the vendor's flows in a file beside the sandbox's database, FILE-architect, so that they are there again at the next start. Everything is served from
 * memory; each change of a flow is written at once. Locks and versions are kept, the history begins anew. */
#include "doc/json.h"
#include "sandbox/vendor.h"
#include "store/db.h"

#define BUSY_MS 10000
/* The sandbox's own client has another id at each start. */
#define OWN_CLIENT "own"

enum { LIST_FLOWS, LIST_VERSIONS, PUT_FLOW, PUT_VERSION, N_STATEMENTS };

static const char *const statement_table[N_STATEMENTS] = {
	[LIST_FLOWS] = "SELECT id, state FROM architect_flows ORDER BY place",
	[LIST_VERSIONS] = "SELECT state, content FROM architect_versions WHERE flow = ?1 ORDER BY place",
	[PUT_FLOW] = "INSERT INTO architect_flows (id, place, state) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET state = excluded.state",
	[PUT_VERSION] = "INSERT INTO architect_versions (flow, place, state, content) VALUES (?1, ?2, ?3, ?4) "
			"ON CONFLICT (flow, place) DO UPDATE SET state = excluded.state",
};

static const char *const migration_table[] = {
	"CREATE TABLE architect_flows (id TEXT PRIMARY KEY, place INTEGER NOT NULL, state TEXT NOT NULL) STRICT;"
	"CREATE TABLE architect_versions (flow TEXT NOT NULL, place INTEGER NOT NULL, state TEXT NOT NULL, content TEXT NOT NULL,"
	" PRIMARY KEY (flow, place)) STRICT;",
};

static const struct tl_sql schema = { statement_table, N_STATEMENTS, migration_table, TL_COUNT(migration_table), "sandbox's Architect flows" };

/* ---- writing */

static struct tl_str actor_id(const struct tl_vendor *vendor, const struct tl_vendor_actor *actor)
{
	if (!actor)
		return TL_STR("");
	return tl_str_equal(actor->id, vendor->sandbox->client_id) ? TL_STR(OWN_CLIENT) : actor->id;
}

static void put_actor(struct tl_json *json, const char *key, const struct tl_vendor *vendor, const struct tl_vendor_actor *actor)
{
	if (!actor)
		return;
	tl_json_key(json, key);
	tl_json_map(json);
	tl_json_put(json, "id", actor_id(vendor, actor));
	tl_json_put(json, "name", actor->name);
	tl_json_put_boolean(json, "person", actor->person);
	tl_json_map_end(json);
}

static int64_t place_of(const struct tl_vendor_flow *flow, const struct tl_vendor_version *version)
{
	for (size_t i = 0; i < flow->n_versions; i++) {
		if (flow->versions[i] == version)
			return (int64_t)i;
	}
	return -1;
}

static void flow_state(struct tl_buf *out, const struct tl_vendor_flow *flow)
{
	struct tl_json json;

	tl_json_init(&json, out, false);
	tl_json_map(&json);
	tl_json_put(&json, "name", flow->name);
	tl_json_put(&json, "type", flow->type);
	tl_json_put(&json, "description", flow->description);
	tl_json_put(&json, "division", flow->division);
	tl_json_put_boolean(&json, "active", flow->active);
	tl_json_put_boolean(&json, "deleted", flow->deleted);
	tl_json_put_integer(&json, "saved", place_of(flow, flow->saved));
	tl_json_put_integer(&json, "checkedIn", place_of(flow, flow->checked_in));
	tl_json_put_integer(&json, "published", place_of(flow, flow->published));
	put_actor(&json, "publishedBy", flow->vendor, flow->published_by);
	put_actor(&json, "holder", flow->vendor, flow->holder);
	tl_json_map_end(&json);
}

static void version_state(struct tl_buf *out, const struct tl_vendor_flow *flow, const struct tl_vendor_version *version)
{
	struct tl_json json;

	tl_json_init(&json, out, false);
	tl_json_map(&json);
	tl_json_put_integer(&json, "major", version->major);
	tl_json_put_integer(&json, "minor", version->minor);
	tl_json_put_integer(&json, "kind", version->kind);
	tl_json_put_integer(&json, "created", version->created_ms);
	tl_json_put_integer(&json, "saved", version->saved_ms);
	tl_json_put_integer(&json, "checkedIn", version->checked_in_ms);
	tl_json_put_integer(&json, "published", version->published_ms);
	tl_json_put(&json, "generation", version->generation);
	put_actor(&json, "actor", flow->vendor, version->actor);
	tl_json_map_end(&json);
}

static int write_flow(struct tl_db *db, const struct tl_vendor_flow *flow, size_t place)
{
	struct tl_buf state = { 0 };
	int ret;

	flow_state(&state, flow);
	ret = tl_db_run(db, PUT_FLOW, (struct tl_param[]){ TL_P_TEXT(flow->id), TL_P_INT((int64_t)place), TL_P_TEXT(tl_buf_view(&state)) }, 3, NULL, NULL);
	for (size_t i = 0; i < flow->n_versions && ret == 0; i++) {
		tl_buf_reset(&state);
		version_state(&state, flow, flow->versions[i]);
		ret = tl_db_run(db, PUT_VERSION, (struct tl_param[]){ TL_P_TEXT(flow->id), TL_P_INT((int64_t)i), TL_P_TEXT(tl_buf_view(&state)),
		                                                     TL_P_TEXT(flow->versions[i]->content) }, 4, NULL, NULL);
	}
	tl_buf_clear(&state);
	return ret;
}

void tl_vendor_keep(const struct tl_vendor_flow *flow)
{
	const struct tl_vendor *vendor = flow->vendor;
	size_t place = 0;

	if (!vendor->db)
		return;
	while (place < vendor->n_flows && vendor->flows[place] != flow)
		place++;
	/* A disk that is full keeps nobody from going on here; the next change of the flow writes all of it again. */
	if (tl_db_begin(vendor->db, NULL) != 0)
		return;
	if (write_flow(vendor->db, flow, place) != 0 || tl_db_commit(vendor->db, NULL) != 0)
		tl_db_rollback(vendor->db);
}

/* ---- reading */

static int64_t number_of(const struct tl_item *map, const char *key)
{
	const struct tl_item *item = tl_item_get(map, key);

	return item && item->kind == TL_NUMBER ? (int64_t)item->number : -1;
}

static bool is_true(const struct tl_item *map, const char *key)
{
	const struct tl_item *item = tl_item_get(map, key);

	return item && item->kind == TL_BOOLEAN && item->boolean;
}

static struct tl_vendor_actor *actor_of(struct tl_vendor *vendor, const struct tl_item *map, const char *key)
{
	const struct tl_item *item = tl_item_get(map, key);
	struct tl_str id = tl_item_text(item, "id");
	struct tl_vendor_actor *known;

	if (!item)
		return NULL;
	if (tl_str_is(id, OWN_CLIENT))
		id = vendor->sandbox->client_id;
	known = tl_vendor_find_actor(vendor, id);
	return known ? known : tl_vendor_add_actor(vendor, is_true(item, "person"), id, tl_item_text(item, "name"));
}

static void read_version(struct tl_vendor_flow *flow, const struct tl_item *state, struct tl_str content)
{
	enum tl_vendor_kind kind = number_of(state, "kind") == TL_VENDOR_SAVE ? TL_VENDOR_SAVE : TL_VENDOR_CHECKIN;
	struct tl_vendor_version *version = tl_vendor_add_version(flow, kind, content, actor_of(flow->vendor, state, "actor"));

	version->major = (unsigned)number_of(state, "major");
	version->minor = (unsigned)number_of(state, "minor");
	version->kind = (enum tl_vendor_kind)number_of(state, "kind");
	version->id = tl_arena_printf(&flow->vendor->arena, "%u.%u", version->major, version->minor);
	version->created_ms = number_of(state, "created");
	version->saved_ms = number_of(state, "saved");
	version->checked_in_ms = number_of(state, "checkedIn");
	version->published_ms = number_of(state, "published");
	version->generation = tl_arena_dup(&flow->vendor->arena, tl_item_text(state, "generation"));
}

static struct tl_vendor_version *version_at(const struct tl_vendor_flow *flow, int64_t place)
{
	return place >= 0 && (uint64_t)place < flow->n_versions ? flow->versions[place] : NULL;
}

static void read_flow_state(struct tl_vendor_flow *flow, const struct tl_item *state)
{
	struct tl_arena *arena = &flow->vendor->arena;

	flow->description = tl_arena_dup(arena, tl_item_text(state, "description"));
	flow->division = tl_arena_dup(arena, tl_item_text(state, "division"));
	flow->active = is_true(state, "active");
	flow->deleted = is_true(state, "deleted");
	flow->saved = version_at(flow, number_of(state, "saved"));
	flow->checked_in = version_at(flow, number_of(state, "checkedIn"));
	flow->published = version_at(flow, number_of(state, "published"));
	flow->published_by = actor_of(flow->vendor, state, "publishedBy");
	flow->holder = actor_of(flow->vendor, state, "holder");
}

static int read_flow(struct tl_vendor *vendor, const struct tl_param *row, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_doc *doc = NULL, *version = NULL;
	struct tl_result versions;
	struct tl_vendor_flow *flow;
	int ret = tl_json_parse(&doc, TL_STR("flow"), row[1].text, err);

	if (ret == 0)
		ret = tl_db_query(&versions, &arena, vendor->db, LIST_VERSIONS, (struct tl_param[]){ row[0] }, 1, err);
	if (ret == 0) {
		flow = tl_vendor_add_flow(vendor, row[0].text, tl_item_text(doc->root, "name"), tl_item_text(doc->root, "type"));
		for (size_t i = 0; i < versions.n_rows && ret == 0; i++) {
			ret = tl_json_parse(&version, TL_STR("version"), versions.rows[i].columns[0].text, err);
			if (ret == 0)
				read_version(flow, version->root, versions.rows[i].columns[1].text);
			tl_doc_free(version);
			version = NULL;
		}
		read_flow_state(flow, doc->root);
	}
	tl_doc_free(doc);
	tl_arena_clear(&arena);
	return ret;
}

int tl_vendor_load(struct tl_vendor *vendor, struct tl_error *err)
{
	const char *database = vendor->sandbox->config.database;
	struct tl_arena arena = { 0 };
	struct tl_result flows;
	int ret;

	if (!database)
		return 0;
	ret = tl_db_open(&vendor->db, tl_arena_printf(&arena, "%s-architect", database).ptr, &schema, true, BUSY_MS, err);
	if (ret == 0)
		ret = tl_db_query(&flows, &arena, vendor->db, LIST_FLOWS, NULL, 0, err);
	for (size_t i = 0; ret == 0 && i < flows.n_rows; i++)
		ret = read_flow(vendor, flows.rows[i].columns, err);
	tl_arena_clear(&arena);
	return ret;
}

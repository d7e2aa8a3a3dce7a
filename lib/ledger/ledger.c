/* ledger/ledger.c: the ledger's file, and what is read from it. */
#include "ledger/ledger.h"

#include <assert.h>
#include <stdlib.h>

#include "ledger/tables.h"

#define BUSY_MS 60000

#define DEPLOYED_COLUMNS "environment, flow, platform_id, version, digest, content, more, blob, commit_id, plan, at_ms"
#define STEP_COLUMNS \
	DEPLOYED_COLUMNS ", id, action, renamed_from, base_version, hold_digest, hold_reason, outcome, message, ended_ms"
#define N_DEPLOYED_COLUMNS 11

static const char *const statement_table[TL_LEDGER_STATEMENTS] = {
	[TL_LEDGER_DEPLOYED] = "SELECT " DEPLOYED_COLUMNS " FROM deployed AS d WHERE environment = ?1 AND current = 1 ORDER BY flow",
	[TL_LEDGER_VERSION] = "SELECT " DEPLOYED_COLUMNS " FROM deployed WHERE environment = ?1 AND platform_id = ?2 AND version = ?3",
	/* Two programs may tell of their writes in another order than they wrote: the highest version stays the current one. */
	[TL_LEDGER_NOT_CURRENT] = "UPDATE deployed SET current = 0 WHERE environment = ?1 AND current = 1 "
				  "AND (flow = ?2 OR platform_id = ?3) AND NOT (platform_id = ?3 AND version > ?4)",
	[TL_LEDGER_PUT_DEPLOYED] = "INSERT INTO deployed (" DEPLOYED_COLUMNS ", current) "
				   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, NOT EXISTS (SELECT 1 FROM deployed "
				   "WHERE environment = ?1 AND platform_id = ?3 AND version > ?4 AND current = 1)) "
				   "ON CONFLICT (environment, platform_id, version) DO UPDATE SET flow = ?2, digest = ?5, content = ?6, "
				   "more = ?7, blob = ?8, commit_id = ?9, plan = ?10, at_ms = ?11, current = excluded.current",
	[TL_LEDGER_BEGIN] = "INSERT INTO steps (" STEP_COLUMNS ") "
			    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, NULL, ?12, ?13, ?14, ?15, ?16, 'open', '', NULL)",
	[TL_LEDGER_LAST_STEP] = "SELECT last_insert_rowid()",
	[TL_LEDGER_END] = "UPDATE steps SET outcome = ?2, message = ?3, ended_ms = ?4, platform_id = ?5, version = ?6 WHERE id = ?1",
	/* A step that was begun before and whose program never came back: what is known now tells what became of it. */
	[TL_LEDGER_CLOSE_WRITTEN] = "UPDATE steps SET outcome = 'published', message = 'its end was not recorded', ended_ms = ?6, "
				    "platform_id = ?3 WHERE environment = ?1 AND flow = ?2 AND version = ?4 AND content = ?5 "
				    "AND outcome = 'open'",
	[TL_LEDGER_CLOSE_LOST] = "UPDATE steps SET outcome = 'failed', message = 'its program ended before it wrote', ended_ms = ?4 "
				 "WHERE environment = ?1 AND flow = ?2 AND version <= ?3 AND outcome = 'open'",
	[TL_LEDGER_OPEN_STEPS] = "SELECT " STEP_COLUMNS " FROM steps WHERE environment = ?1 AND outcome = 'open' ORDER BY id",
	[TL_LEDGER_HOLDS] = "SELECT flow, digest, reason, made_ms FROM holds WHERE environment = ?1 AND released_ms IS NULL "
			    "ORDER BY flow, digest, id",
	[TL_LEDGER_HOLD] = "INSERT INTO holds (environment, flow, digest, reason, made_ms, step) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[TL_LEDGER_TAKE_BACK] = "UPDATE holds SET released_ms = ?2, release_reason = 'the rollback was not made' "
				"WHERE step = ?1 AND released_ms IS NULL",
	[TL_LEDGER_RELEASE] = "UPDATE holds SET released_ms = ?3, release_reason = ?4 "
			      "WHERE environment = ?1 AND flow = ?2 AND released_ms IS NULL",
};

static const char *const migration_table[] = {
	"CREATE TABLE deployed ("
	" environment TEXT NOT NULL, flow TEXT NOT NULL, platform_id TEXT NOT NULL, version INTEGER NOT NULL,"
	" digest TEXT NOT NULL, content TEXT NOT NULL, more TEXT NOT NULL,"
	" blob TEXT NOT NULL, commit_id TEXT NOT NULL, plan TEXT NOT NULL, at_ms INTEGER NOT NULL,"
	" current INTEGER NOT NULL CHECK (current IN (0, 1)),"
	" PRIMARY KEY (environment, platform_id, version)"
	") STRICT;"
	"CREATE UNIQUE INDEX deployed_current ON deployed (environment, flow) WHERE current = 1;"
	"CREATE TABLE steps ("
	" environment TEXT NOT NULL, flow TEXT NOT NULL, platform_id TEXT NOT NULL, version INTEGER NOT NULL,"
	" digest TEXT NOT NULL, content TEXT NOT NULL, more TEXT NOT NULL,"
	" blob TEXT NOT NULL, commit_id TEXT NOT NULL, plan TEXT NOT NULL, at_ms INTEGER NOT NULL,"
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" action TEXT NOT NULL, renamed_from TEXT NOT NULL, base_version INTEGER NOT NULL,"
	" hold_digest TEXT NOT NULL, hold_reason TEXT NOT NULL,"
	" outcome TEXT NOT NULL CHECK (outcome IN ('open', 'published', 'drafted', 'conflict', 'failed')),"
	" message TEXT NOT NULL, ended_ms INTEGER"
	") STRICT;"
	"CREATE INDEX steps_open ON steps (environment) WHERE outcome = 'open';"
	"CREATE TABLE holds ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" environment TEXT NOT NULL, flow TEXT NOT NULL, digest TEXT NOT NULL, reason TEXT NOT NULL, made_ms INTEGER NOT NULL,"
	" step INTEGER REFERENCES steps (id),"
	" released_ms INTEGER, release_reason TEXT"
	") STRICT;"
	"CREATE INDEX holds_standing ON holds (environment, flow) WHERE released_ms IS NULL;",
};

static const struct tl_sql schema = { statement_table, TL_LEDGER_STATEMENTS, migration_table, TL_COUNT(migration_table), "ledger" };

static const char *const state_table[TL_STEP_STATES] = {
	[TL_STEP_OPEN] = "open",
	[TL_STEP_PUBLISHED] = "published",
	[TL_STEP_DRAFTED] = "drafted",
	[TL_STEP_CONFLICT] = "conflict",
	[TL_STEP_FAILED] = "failed",
};

const char *tl_step_state_name(enum tl_step_state state)
{
	assert(state < TL_STEP_STATES);
	return state_table[state];
}

static enum tl_step_state state_of(struct tl_str name)
{
	for (unsigned i = 0; i < TL_STEP_STATES; i++) {
		if (tl_str_is(name, state_table[i]))
			return (enum tl_step_state)i;
	}
	return TL_STEP_OPEN;
}

int tl_ledger_file(struct tl_ledger *ledger, bool make, struct tl_error *err)
{
	struct tl_error why = { 0 };

	if (ledger->db || tl_db_open(&ledger->db, ledger->path, &schema, make, BUSY_MS, &why) == 0)
		return 0;
	if (why.code == TL_NOT_FOUND && !make)
		return 0;
	if (why.code == TL_NOT_FOUND)
		why.code = TL_IO;
	if (err)
		*err = why;
	return -1;
}

int tl_ledger_open(struct tl_ledger **out, const char *path, const struct tl_clock *clock, struct tl_error *err)
{
	struct tl_ledger *ledger = tl_alloc_zero(1, sizeof(*ledger));

	*out = NULL;
	ledger->path = tl_strdup(path);
	ledger->clock = clock;
	if (tl_ledger_file(ledger, false, err) != 0) {
		tl_ledger_close(ledger);
		return -1;
	}
	*out = ledger;
	return 0;
}

void tl_ledger_close(struct tl_ledger *ledger)
{
	if (!ledger)
		return;
	tl_db_close(ledger->db);
	free(ledger->path);
	free(ledger);
}

void tl_ledger_act(struct tl_ledger *ledger, const struct tl_actor *actor)
{
	ledger->actor = actor;
}

/* The rows of a query; none where there is no file yet. */
static int query(struct tl_result *out, struct tl_arena *arena, struct tl_ledger *ledger, unsigned statement, const struct tl_param *params,
                 size_t n_params, struct tl_error *err)
{
	*out = (struct tl_result){ 0 };
	if (tl_ledger_file(ledger, false, err) != 0)
		return -1;
	return ledger->db ? tl_db_query(out, arena, ledger->db, statement, params, n_params, err) : 0;
}

static struct tl_deployed deployed_of(const struct tl_param *column)
{
	return (struct tl_deployed){
		.environment = column[0].text,
		.flow = column[1].text,
		.platform_id = column[2].text,
		.version = column[3].integer,
		.digest = column[4].text,
		.content = column[5].text,
		.more = column[6].text,
		.blob = column[7].text,
		.commit = column[8].text,
		.plan = column[9].text,
		.at_ms = column[10].integer,
	};
}

static struct tl_step step_of(const struct tl_param *column)
{
	const struct tl_param *own = column + N_DEPLOYED_COLUMNS;

	return (struct tl_step){
		.wanted = deployed_of(column),
		.begun_ms = column[10].integer,
		.id = own[0].integer,
		.action = own[1].text,
		.renamed_from = own[2].text,
		.base_version = own[3].integer,
		.hold_digest = own[4].text,
		.hold_reason = own[5].text,
		.state = state_of(own[6].text),
		.message = own[7].text,
		.ended_ms = own[8].integer,
	};
}

int tl_ledger_deployed(struct tl_deployed_list *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment,
                       struct tl_error *err)
{
	struct tl_result result;

	*out = (struct tl_deployed_list){ 0 };
	if (query(&result, arena, ledger, TL_LEDGER_DEPLOYED, (struct tl_param[]){ TL_P_TEXT(environment) }, 1, err) != 0)
		return -1;
	out->items = TL_ARENA_ARRAY(arena, struct tl_deployed, result.n_rows);
	for (size_t i = 0; i < result.n_rows; i++)
		out->items[i] = deployed_of(result.rows[i].columns);
	out->count = result.n_rows;
	return 0;
}

int tl_ledger_version(struct tl_deployed *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment,
                      struct tl_str platform_id, int64_t version, struct tl_error *err)
{
	struct tl_param params[] = { TL_P_TEXT(environment), TL_P_TEXT(platform_id), TL_P_INT(version) };
	struct tl_result result;

	*out = (struct tl_deployed){ 0 };
	if (query(&result, arena, ledger, TL_LEDGER_VERSION, params, TL_COUNT(params), err) != 0)
		return -1;
	if (result.n_rows > 0)
		*out = deployed_of(result.rows[0].columns);
	return 0;
}

int tl_ledger_open_steps(struct tl_steps *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment,
                         struct tl_error *err)
{
	struct tl_result result;

	*out = (struct tl_steps){ 0 };
	if (query(&result, arena, ledger, TL_LEDGER_OPEN_STEPS, (struct tl_param[]){ TL_P_TEXT(environment) }, 1, err) != 0)
		return -1;
	out->items = TL_ARENA_ARRAY(arena, struct tl_step, result.n_rows);
	for (size_t i = 0; i < result.n_rows; i++)
		out->items[i] = step_of(result.rows[i].columns);
	out->count = result.n_rows;
	return 0;
}

int tl_ledger_holds(struct tl_holds *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment,
                    struct tl_error *err)
{
	struct tl_result result;

	*out = (struct tl_holds){ 0 };
	if (query(&result, arena, ledger, TL_LEDGER_HOLDS, (struct tl_param[]){ TL_P_TEXT(environment) }, 1, err) != 0)
		return -1;
	out->items = TL_ARENA_ARRAY(arena, struct tl_hold, result.n_rows);
	for (size_t i = 0; i < result.n_rows; i++) {
		const struct tl_param *column = result.rows[i].columns;

		out->items[i] = (struct tl_hold){ column[0].text, column[1].text, column[2].text, column[3].integer };
	}
	out->count = result.n_rows;
	return 0;
}

/* ledger/ledger.c: the ledger's database, and what is read from it. */
#include "ledger/ledger.h"

#include <assert.h>
#include <stdlib.h>

#include "base/text.h"
#include "ledger/lease.h"
#include "ledger/tables.h"

#define BUSY_MS 60000

#define N_DEPLOYED_COLUMNS 13

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

/* A server is asked over a connection that is kept: where nothing is there yet it is made for readers too, as long as they may. */
static int open_server(struct tl_ledger *ledger, bool make, struct tl_error *err)
{
	struct tl_error why = { 0 };

	if (tl_db_open(&ledger->db, ledger->path, &tl_ledger_schema, make, BUSY_MS, &why) == 0)
		return 0;
	if (!make && why.code == TL_NOT_FOUND) {
		tl_db_open(&ledger->db, ledger->path, &tl_ledger_schema, true, BUSY_MS, &why);
		return 0;
	}
	if (err)
		*err = why;
	return -1;
}

int tl_ledger_file(struct tl_ledger *ledger, bool make, struct tl_error *err)
{
	struct tl_error why = { 0 };

	if (ledger->db)
		return 0;
	if (tl_db_is_server(ledger->path))
		return open_server(ledger, make, err);
	if (tl_db_open(&ledger->db, ledger->path, &tl_ledger_schema, make, BUSY_MS, &why) == 0)
		return 0;
	if (why.code == TL_NOT_FOUND && !make)
		return 0;
	if (why.code == TL_NOT_FOUND)
		why.code = TL_IO;
	if (err)
		*err = why;
	return -1;
}

int tl_ledger_open(struct tl_ledger **out, const char *address, const struct tl_clock *clock, struct tl_error *err)
{
	struct tl_ledger *ledger = tl_alloc_zero(1, sizeof(*ledger));

	*out = NULL;
	ledger->path = tl_strdup(address);
	ledger->clock = clock;
	pthread_mutex_init(&ledger->db_lock, NULL);
	pthread_mutex_init(&ledger->queue_lock, NULL);
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
	tl_ledger_unlease(ledger);
	tl_db_close(ledger->db);
	pthread_mutex_destroy(&ledger->queue_lock);
	pthread_mutex_destroy(&ledger->db_lock);
	free(ledger->path);
	free(ledger);
}

void tl_ledger_act(struct tl_ledger *ledger, const struct tl_actor *actor)
{
	ledger->actor = actor;
}

int64_t tl_ledger_now_ms(const struct tl_ledger *ledger)
{
	return ledger->clock->now_ms(ledger->clock->data);
}

struct tl_str tl_ledger_text(struct tl_buf *space, struct tl_str text)
{
	size_t bad;

	if (text.len == 0 || (tl_str_is_utf8(text, &bad) && !memchr(text.ptr, '\0', text.len)))
		return text;
	tl_text_safe(space, text);
	return tl_buf_view(space);
}

int tl_ledger_query(struct tl_result *out, struct tl_arena *arena, struct tl_ledger *ledger, unsigned statement, const struct tl_param *params,
                    size_t n_params, struct tl_error *err)
{
	int ret;

	*out = (struct tl_result){ 0 };
	pthread_mutex_lock(&ledger->db_lock);
	ret = tl_ledger_file(ledger, false, err);
	if (ret == 0 && ledger->db)
		ret = tl_db_query(out, arena, ledger->db, statement, params, n_params, err);
	pthread_mutex_unlock(&ledger->db_lock);
	return ret;
}

int tl_ledger_insert(int64_t *id, struct tl_ledger *ledger, unsigned statement, const struct tl_param *params, size_t n_params, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_result result;
	int ret = tl_db_query(&result, &arena, ledger->db, statement, params, n_params, err);

	if (ret == 0)
		*id = result.rows[0].columns[0].integer;
	tl_arena_clear(&arena);
	return ret;
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
		.source = column[11].text,
		.promoted = column[12].text,
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
		.plan_record = own[9].integer,
		.position = own[10].integer,
		.fence = own[11].integer,
		.atomic = own[12].integer != 0,
	};
}

/* A row of `deployed`. */
static struct tl_deployed version_of(const struct tl_param *column)
{
	struct tl_deployed version = deployed_of(column);

	version.live = column[N_DEPLOYED_COLUMNS].integer != 0;
	version.written_ms = column[N_DEPLOYED_COLUMNS + 1].integer;
	return version;
}

static int versions(struct tl_deployed_list *out, struct tl_arena *arena, struct tl_ledger *ledger, unsigned statement, struct tl_str environment,
                    struct tl_error *err)
{
	struct tl_result result;

	*out = (struct tl_deployed_list){ 0 };
	if (tl_ledger_query(&result, arena, ledger, statement, (struct tl_param[]){ TL_P_TEXT(environment) }, 1, err) != 0)
		return -1;
	out->items = TL_ARENA_ARRAY(arena, struct tl_deployed, result.n_rows);
	for (size_t i = 0; i < result.n_rows; i++)
		out->items[i] = version_of(result.rows[i].columns);
	out->count = result.n_rows;
	return 0;
}

int tl_ledger_deployed(struct tl_deployed_list *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment,
                       struct tl_error *err)
{
	return versions(out, arena, ledger, TL_LEDGER_DEPLOYED, environment, err);
}

int tl_ledger_count(size_t *out, struct tl_ledger *ledger, struct tl_str environment, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_result result;
	int ret;

	*out = 0;
	ret = tl_ledger_query(&result, &arena, ledger, TL_LEDGER_COUNT, (struct tl_param[]){ TL_P_TEXT(environment) }, 1, err);
	if (ret == 0 && result.n_rows > 0)
		*out = (size_t)result.rows[0].columns[0].integer;
	tl_arena_clear(&arena);
	return ret;
}

int tl_ledger_live(struct tl_deployed_list *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment, struct tl_error *err)
{
	return versions(out, arena, ledger, TL_LEDGER_LIVE, environment, err);
}

int tl_ledger_version(struct tl_deployed *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment,
                      struct tl_str platform_id, int64_t version, struct tl_error *err)
{
	struct tl_param params[] = { TL_P_TEXT(environment), TL_P_TEXT(platform_id), TL_P_INT(version) };
	struct tl_result result;

	*out = (struct tl_deployed){ 0 };
	if (tl_ledger_query(&result, arena, ledger, TL_LEDGER_VERSION, params, TL_COUNT(params), err) != 0)
		return -1;
	if (result.n_rows > 0)
		*out = version_of(result.rows[0].columns);
	return 0;
}

bool tl_deployed_is(const struct tl_deployed *deployed, int64_t version, int64_t written_ms)
{
	return deployed->version == version && (deployed->written_ms == 0 || written_ms == 0 || deployed->written_ms == written_ms);
}

static int steps(struct tl_steps *out, struct tl_arena *arena, struct tl_ledger *ledger, unsigned statement, struct tl_param of,
                 struct tl_error *err)
{
	struct tl_result result;

	*out = (struct tl_steps){ 0 };
	if (tl_ledger_query(&result, arena, ledger, statement, &of, 1, err) != 0)
		return -1;
	out->items = TL_ARENA_ARRAY(arena, struct tl_step, result.n_rows);
	for (size_t i = 0; i < result.n_rows; i++)
		out->items[i] = step_of(result.rows[i].columns);
	out->count = result.n_rows;
	return 0;
}

int tl_ledger_open_steps(struct tl_steps *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment,
                         struct tl_error *err)
{
	return steps(out, arena, ledger, TL_LEDGER_OPEN_STEPS, TL_P_TEXT(environment), err);
}

int tl_ledger_plan_steps(struct tl_steps *out, struct tl_arena *arena, struct tl_ledger *ledger, int64_t plan_record, struct tl_error *err)
{
	return steps(out, arena, ledger, TL_LEDGER_PLAN_STEPS, TL_P_INT(plan_record), err);
}

int tl_ledger_holds(struct tl_holds *out, struct tl_arena *arena, struct tl_ledger *ledger, struct tl_str environment,
                    struct tl_error *err)
{
	struct tl_result result;

	*out = (struct tl_holds){ 0 };
	if (tl_ledger_query(&result, arena, ledger, TL_LEDGER_HOLDS, (struct tl_param[]){ TL_P_TEXT(environment) }, 1, err) != 0)
		return -1;
	out->items = TL_ARENA_ARRAY(arena, struct tl_hold, result.n_rows);
	for (size_t i = 0; i < result.n_rows; i++) {
		const struct tl_param *column = result.rows[i].columns;

		out->items[i] = (struct tl_hold){ column[0].text, column[1].text, column[2].text, column[3].integer, column[4].text, column[5].integer };
	}
	out->count = result.n_rows;
	return 0;
}

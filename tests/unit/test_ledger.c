/* tests/unit/test_ledger.c: intents, outcomes, what is deployed, holds, plans; on a file and on a server. */
#include "store_yard.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/ledger.h"
#include "ledger/tables.h"
#include "store/db.h"

struct scratch {
	char *folder;
	char path[4096]; /* or an address */
	bool server;
	struct tl_arena arena;
	struct tl_error err;
	struct tl_clock clock;
	int64_t now;
	struct tl_ledger *ledger;
};

static int64_t now_ms(void *data)
{
	return (*(int64_t *)data)++;
}

static int open_scratch(void **state, bool server)
{
	struct scratch *scratch = tl_alloc_zero(1, sizeof(*scratch));

	scratch->folder = unit_scratch_in_memory();
	scratch->now = 1000;
	scratch->clock = (struct tl_clock){ .now_ms = now_ms, .data = &scratch->now };
	scratch->server = server;
	if (server)
		store_yard_address(scratch->path, sizeof(scratch->path), getenv("TRUNKLINE_TEST_POSTGRES"));
	else
		snprintf(scratch->path, sizeof(scratch->path), "%s/ledger.db", scratch->folder);
	assert_int_equal(tl_ledger_open(&scratch->ledger, scratch->path, &scratch->clock, &scratch->err), 0);
	*state = scratch;
	return 0;
}

static int set_up(void **state)
{
	return open_scratch(state, false);
}

static int set_up_server(void **state)
{
	return open_scratch(state, true);
}

static int tear_down(void **state)
{
	struct scratch *scratch = *state;

	tl_ledger_close(scratch->ledger);
	unit_scratch_remove(scratch->folder);
	tl_arena_clear(&scratch->arena);
	free(scratch);
	return 0;
}

static struct tl_step step_for(const char *flow, const char *platform_id, int64_t version, const char *digest)
{
	return (struct tl_step){
		.wanted = {
			.environment = TL_STR("local"), .flow = tl_str(flow), .platform_id = tl_str(platform_id), .version = version,
			.digest = tl_str(digest), .content = TL_STR("c"), .more = TL_STR("{}"), .blob = TL_STR("b"),
			.commit = TL_STR("k"), .plan = TL_STR("p"),
		},
		.action = TL_STR("update"),
		.base_version = version - 1,
	};
}

/* A step from its intent to its outcome. */
static void take_step(struct scratch *scratch, const char *flow, int64_t version, const char *digest, enum tl_step_state state)
{
	struct tl_step step = step_for(flow, "id-1", version, digest);

	assert_int_equal(tl_ledger_begin(scratch->ledger, &step, &scratch->err), 0);
	assert_int_equal(tl_ledger_end(scratch->ledger, &step, state, TL_STR(""), &scratch->err), 0);
}

static struct tl_deployed_list deployed(struct scratch *scratch)
{
	struct tl_deployed_list list;

	assert_int_equal(tl_ledger_deployed(&list, &scratch->arena, scratch->ledger, TL_STR("local"), &scratch->err), 0);
	return list;
}

static size_t count_holds(struct scratch *scratch)
{
	struct tl_holds holds;

	assert_int_equal(tl_ledger_holds(&holds, &scratch->arena, scratch->ledger, TL_STR("local"), &scratch->err), 0);
	return holds.count;
}

static size_t count_open(struct scratch *scratch)
{
	struct tl_steps steps;

	assert_int_equal(tl_ledger_open_steps(&steps, &scratch->arena, scratch->ledger, TL_STR("local"), &scratch->err), 0);
	return steps.count;
}

/* How all steps ended, in their order: "published id-1 fine;", by a program that knows nothing but the file. */
static struct tl_str log_of(struct scratch *scratch)
{
	const char *const statements[] = { "SELECT outcome || ' ' || platform_id || ' ' || message FROM steps ORDER BY id" };
	struct tl_sql sql = tl_ledger_schema;
	struct tl_str log = TL_STR("");
	struct tl_result result;
	struct tl_db *db;

	sql.statements = statements;
	sql.n_statements = TL_COUNT(statements);
	assert_int_equal(tl_db_open(&db, scratch->path, &sql, false, 0, &scratch->err), 0);
	assert_int_equal(tl_db_query(&result, &scratch->arena, db, 0, NULL, 0, &scratch->err), 0);
	tl_db_close(db);
	for (size_t i = 0; i < result.n_rows; i++)
		log = tl_arena_printf(&scratch->arena, "%.*s%.*s;", TL_FMT(log), TL_FMT(result.rows[i].columns[0].text));
	return log;
}

static void reading_makes_no_file(void **state)
{
	struct scratch *scratch = *state;
	struct tl_deployed version;
	int64_t count = -1;

	assert_int_equal(deployed(scratch).count, 0);
	assert_int_equal(count_holds(scratch), 0);
	assert_int_equal(tl_ledger_version(&version, &scratch->arena, scratch->ledger, TL_STR("local"), TL_STR("x"), 1, &scratch->err), 0);
	assert_int_equal(version.platform_id.len, 0);
	assert_int_equal(tl_ledger_release(&count, scratch->ledger, TL_STR("local"), TL_STR("x"), TL_STR("r"), &scratch->err), 0);
	assert_int_equal(count, 0);
	if (!scratch->server)
		assert_int_not_equal(access(scratch->path, F_OK), 0);
}

static void an_intent_stands_until_its_outcome(void **state)
{
	struct scratch *scratch = *state;
	struct tl_step step = step_for("a", "", 1, "d1");
	struct tl_steps steps;

	step.renamed_from = TL_STR("old-a");
	assert_int_equal(tl_ledger_begin(scratch->ledger, &step, &scratch->err), 0);
	assert_true(step.id > 0);
	assert_int_equal(deployed(scratch).count, 0);
	assert_int_equal(tl_ledger_open_steps(&steps, &scratch->arena, scratch->ledger, TL_STR("local"), &scratch->err), 0);
	assert_int_equal(steps.count, 1);
	assert_str(steps.items[0].wanted.flow, "a");
	assert_str(steps.items[0].wanted.more, "{}");
	assert_str(steps.items[0].renamed_from, "old-a");
	assert_true(steps.items[0].id == step.id && steps.items[0].wanted.version == 1 && steps.items[0].begun_ms == 1000);

	step.wanted.platform_id = TL_STR("id-9");
	assert_int_equal(tl_ledger_end(scratch->ledger, &step, TL_STEP_PUBLISHED, TL_STR("fine"), &scratch->err), 0);
	assert_int_equal(count_open(scratch), 0);
	assert_int_equal(deployed(scratch).count, 1);
	assert_str(deployed(scratch).items[0].platform_id, "id-9");
	assert_str(log_of(scratch), "published id-9 fine;");
}

static void what_failed_is_not_deployed(void **state)
{
	struct scratch *scratch = *state;

	take_step(scratch, "a", 1, "d1", TL_STEP_PUBLISHED);
	take_step(scratch, "a", 2, "d2", TL_STEP_CONFLICT);
	take_step(scratch, "a", 2, "d2", TL_STEP_FAILED);
	assert_int_equal(deployed(scratch).count, 1);
	assert_str(deployed(scratch).items[0].digest, "d1");
	assert_int_equal(count_open(scratch), 0);
}

static void the_highest_version_is_the_current_one(void **state)
{
	struct scratch *scratch = *state;
	struct tl_step second = step_for("a", "id-1", 2, "d2");
	struct tl_deployed version;

	/* Version 2's program tells of it after version 3's did. */
	take_step(scratch, "a", 1, "d1", TL_STEP_PUBLISHED);
	assert_int_equal(tl_ledger_begin(scratch->ledger, &second, &scratch->err), 0);
	take_step(scratch, "a", 3, "d3", TL_STEP_PUBLISHED);
	assert_int_equal(tl_ledger_end(scratch->ledger, &second, TL_STEP_PUBLISHED, TL_STR(""), &scratch->err), 0);
	assert_int_equal(deployed(scratch).count, 1);
	assert_str(deployed(scratch).items[0].digest, "d3");
	assert_int_equal(tl_ledger_version(&version, &scratch->arena, scratch->ledger, TL_STR("local"), TL_STR("id-1"), 2, &scratch->err), 0);
	assert_str(version.digest, "d2");
	assert_int_equal(tl_ledger_version(&version, &scratch->arena, scratch->ledger, TL_STR("other"), TL_STR("id-1"), 2, &scratch->err), 0);
	assert_int_equal(version.platform_id.len, 0);
}

/* The next millisecond, of a server by its own clock. */
static void wait_a_moment(const struct scratch *scratch)
{
	if (scratch->server)
		usleep(2000);
}

/* What was on record above a version that the platform takes once more is nothing that it has. */
static void what_a_platform_was_set_back_from_is_forgotten(void **state)
{
	struct scratch *scratch = *state;
	struct tl_deployed adopted = step_for("a", "id-1", 1, "d1").wanted, version;

	take_step(scratch, "a", 1, "d1", TL_STEP_PUBLISHED);
	take_step(scratch, "a", 2, "d2", TL_STEP_PUBLISHED);
	take_step(scratch, "a", 3, "d3", TL_STEP_PUBLISHED);
	wait_a_moment(scratch);
	take_step(scratch, "a", 2, "other", TL_STEP_PUBLISHED);
	assert_int_equal(deployed(scratch).items[0].version, 2);
	assert_str(deployed(scratch).items[0].digest, "other");
	assert_int_equal(tl_ledger_version(&version, &scratch->arena, scratch->ledger, TL_STR("local"), TL_STR("id-1"), 3, &scratch->err), 0);
	assert_int_equal(version.platform_id.len, 0);
	/* Who saw a version before another one was put on record knows nothing of that one. */
	assert_int_equal(tl_ledger_adopt(scratch->ledger, &adopted, 1000000, &scratch->err), 0);
	assert_int_equal(deployed(scratch).items[0].version, 2);
	adopted.written_ms = 77;
	wait_a_moment(scratch);
	assert_int_equal(tl_ledger_adopt(scratch->ledger, &adopted, 0, &scratch->err), 0);
	assert_int_equal(deployed(scratch).items[0].version, 1);
	assert_int_equal(deployed(scratch).items[0].written_ms, 77);
	adopted.written_ms = 78;
	assert_int_equal(tl_ledger_date(scratch->ledger, &adopted, 1, &scratch->err), 0);
	assert_int_equal(deployed(scratch).items[0].written_ms, 78);
}

static void a_renamed_flow_is_deployed_once(void **state)
{
	struct scratch *scratch = *state;
	struct tl_step step = step_for("new", "id-1", 2, "d2");

	take_step(scratch, "old", 1, "d1", TL_STEP_PUBLISHED);
	step.renamed_from = TL_STR("old");
	assert_int_equal(tl_ledger_begin(scratch->ledger, &step, &scratch->err), 0);
	assert_int_equal(tl_ledger_end(scratch->ledger, &step, TL_STEP_PUBLISHED, TL_STR(""), &scratch->err), 0);
	assert_int_equal(deployed(scratch).count, 1);
	assert_str(deployed(scratch).items[0].flow, "new");
}

static void a_flow_that_began_anew_has_its_new_id(void **state)
{
	struct scratch *scratch = *state;
	struct tl_deployed adopted = step_for("a", "id-2", 1, "d1").wanted;

	take_step(scratch, "a", 7, "d7", TL_STEP_PUBLISHED);
	assert_int_equal(tl_ledger_adopt(scratch->ledger, &adopted, 0, &scratch->err), 0);
	assert_int_equal(deployed(scratch).count, 1);
	assert_str(deployed(scratch).items[0].platform_id, "id-2");
}

/* Programs that were killed: before they wrote, and after. */
static void steps_that_nobody_ended_are_ended(void **state)
{
	struct scratch *scratch = *state;
	struct tl_step before = step_for("a", "id-1", 2, "d2"), after = step_for("b", "", 1, "d1");

	assert_int_equal(tl_ledger_begin(scratch->ledger, &before, &scratch->err), 0);
	assert_int_equal(tl_ledger_begin(scratch->ledger, &after, &scratch->err), 0);
	assert_int_equal(count_open(scratch), 2);
	take_step(scratch, "a", 2, "d2", TL_STEP_PUBLISHED);
	assert_int_equal(count_open(scratch), 1);
	after.wanted.platform_id = TL_STR("id-b");
	assert_int_equal(tl_ledger_adopt(scratch->ledger, &after.wanted, 0, &scratch->err), 0);
	assert_int_equal(count_open(scratch), 0);
	assert_str(log_of(scratch), "failed id-1 its program ended before it wrote;published id-b its end was not recorded;published id-1 ;");
}

static struct tl_deployed live(struct scratch *scratch)
{
	struct tl_deployed_list list;

	assert_int_equal(tl_ledger_live(&list, &scratch->arena, scratch->ledger, TL_STR("local"), &scratch->err), 0);
	return list.count > 0 ? list.items[0] : (struct tl_deployed){ 0 };
}

static void take_source(struct scratch *scratch, int64_t version, const char *source, enum tl_step_state state)
{
	struct tl_step step = step_for("a", "id-1", version, "d");

	step.wanted.source = tl_str(source);
	step.wanted.promoted = TL_STR("staging");
	assert_int_equal(tl_ledger_begin(scratch->ledger, &step, &scratch->err), 0);
	assert_int_equal(tl_ledger_end(scratch->ledger, &step, state, TL_STR(""), &scratch->err), 0);
}

static void what_callers_got_is_told_from_what_was_written(void **state)
{
	struct scratch *scratch = *state;
	struct tl_deployed adopted = step_for("a", "id-1", 3, "d").wanted;

	take_source(scratch, 1, "s1", TL_STEP_DRAFTED);
	assert_int_equal(live(scratch).version, 0);
	take_source(scratch, 2, "s2", TL_STEP_PUBLISHED);
	take_source(scratch, 3, "s3", TL_STEP_DRAFTED);
	take_source(scratch, 4, "s4", TL_STEP_FAILED);
	assert_int_equal(deployed(scratch).items[0].version, 3);
	assert_false(deployed(scratch).items[0].live);
	assert_int_equal(live(scratch).version, 2);
	assert_str(live(scratch).source, "s2");
	assert_str(live(scratch).promoted, "staging");
	/* Its deployment came to its end after all. */
	adopted.source = TL_STR("s3 today");
	adopted.live = true;
	assert_int_equal(tl_ledger_adopt(scratch->ledger, &adopted, 0, &scratch->err), 0);
	assert_int_equal(live(scratch).version, 3);
	assert_str(live(scratch).source, "s3 today");
	/* Another flow of the platform stands in its place now. */
	adopted = step_for("a", "id-2", 1, "d").wanted;
	assert_int_equal(tl_ledger_adopt(scratch->ledger, &adopted, 0, &scratch->err), 0);
	assert_int_equal(live(scratch).version, 0);
}

/* A ledger of before sources were on record: what it says that callers got they did get, of no source that is known. */
static void an_older_ledger_is_taken_over(void **state)
{
	static const char *const statements[] = {
		"INSERT INTO deployed (environment, flow, platform_id, version, digest, content, more, blob, commit_id, plan, at_ms, current) "
		"VALUES ('local', 'a', 'id-1', ?1, 'd', 'c', '', '', '', '', 1, ?2)",
		"INSERT INTO steps (environment, flow, platform_id, version, digest, content, more, blob, commit_id, plan, at_ms, action, renamed_from, "
		"base_version, hold_digest, hold_reason, outcome, message) "
		"VALUES ('local', 'a', 'id-1', ?1, 'd', 'c', '', '', '', '', 1, 'update', '', 1, '', '', ?2, '')",
	};
	struct tl_sql before = tl_ledger_schema;
	struct scratch *scratch = *state;
	struct tl_db *db;

	before.statements = statements;
	before.n_statements = TL_COUNT(statements);
	before.n_migrations = 3;
	tl_ledger_close(scratch->ledger);
	if (scratch->server)
		store_yard_address(scratch->path, sizeof(scratch->path), getenv("TRUNKLINE_TEST_POSTGRES"));
	assert_int_equal(tl_db_open(&db, scratch->path, &before, true, 1000, &scratch->err), 0);
	assert_int_equal(tl_db_begin(db, &scratch->err), 0);
	for (int64_t version = 1; version <= 2; version++) {
		struct tl_param rows[] = { TL_P_INT(version), TL_P_INT(version == 2) };
		struct tl_param steps[] = { TL_P_INT(version), TL_P_TEXT(version == 2 ? TL_STR("drafted") : TL_STR("published")) };

		assert_int_equal(tl_db_run(db, 0, rows, 2, NULL, &scratch->err), 0);
		assert_int_equal(tl_db_run(db, 1, steps, 2, NULL, &scratch->err), 0);
	}
	assert_int_equal(tl_db_commit(db, &scratch->err), 0);
	tl_db_close(db);
	assert_int_equal(tl_ledger_open(&scratch->ledger, scratch->path, &scratch->clock, &scratch->err), 0);
	assert_int_equal(live(scratch).version, 1);
	assert_int_equal(live(scratch).source.len, 0);
	assert_int_equal(deployed(scratch).items[0].version, 2);
	take_source(scratch, 3, "s3", TL_STEP_PUBLISHED);
	assert_str(live(scratch).source, "s3");
}

static void a_hold_stands_from_the_intent_on(void **state)
{
	struct scratch *scratch = *state;
	struct tl_step step = step_for("a", "id-1", 3, "d1");
	struct tl_holds holds;
	int64_t count;

	step.hold_digest = TL_STR("d2");
	step.hold_reason = TL_STR("callers hang up");
	assert_int_equal(tl_ledger_begin(scratch->ledger, &step, &scratch->err), 0);
	assert_int_equal(tl_ledger_holds(&holds, &scratch->arena, scratch->ledger, TL_STR("local"), &scratch->err), 0);
	assert_int_equal(holds.count, 1);
	assert_str(holds.items[0].flow, "a");
	assert_str(holds.items[0].digest, "d2");
	assert_str(holds.items[0].reason, "callers hang up");
	assert_int_equal(tl_ledger_end(scratch->ledger, &step, TL_STEP_PUBLISHED, TL_STR(""), &scratch->err), 0);
	assert_int_equal(count_holds(scratch), 1);
	assert_int_equal(tl_ledger_release(&count, scratch->ledger, TL_STR("local"), TL_STR("b"), TL_STR("r"), &scratch->err), 0);
	assert_int_equal(count, 0);
	assert_int_equal(tl_ledger_release(&count, scratch->ledger, TL_STR("local"), TL_STR("a"), TL_STR("r"), &scratch->err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(count_holds(scratch), 0);
}

static void a_rollback_that_was_not_made_leaves_no_hold(void **state)
{
	struct scratch *scratch = *state;
	struct tl_step step = step_for("a", "id-1", 3, "d1");

	step.hold_digest = TL_STR("d2");
	assert_int_equal(tl_ledger_begin(scratch->ledger, &step, &scratch->err), 0);
	assert_int_equal(tl_ledger_end(scratch->ledger, &step, TL_STEP_CONFLICT, TL_STR(""), &scratch->err), 0);
	assert_int_equal(count_holds(scratch), 0);
}

static void a_newer_ledger_is_refused(void **state)
{
	struct scratch *scratch = *state;
	const char *migrations[100];
	struct tl_sql newer = { NULL, 0, migrations, tl_ledger_schema.n_migrations + 1, "ledger" };
	struct tl_ledger *ledger;
	struct tl_db *db;

	for (size_t i = 0; i < newer.n_migrations; i++)
		migrations[i] = i < tl_ledger_schema.n_migrations ? tl_ledger_schema.migrations[i] : "CREATE TABLE b (x INTEGER)";
	assert_int_equal(tl_db_open(&db, scratch->path, &newer, true, 0, &scratch->err), 0);
	tl_db_close(db);
	assert_int_equal(tl_ledger_open(&ledger, scratch->path, &scratch->clock, &scratch->err), -1);
	assert_null(ledger);
	assert_int_equal(scratch->err.code, TL_USAGE);
}

static struct tl_plan_records open_plans(struct scratch *scratch)
{
	struct tl_plan_records plans;

	assert_int_equal(tl_ledger_plan_open(&plans, &scratch->arena, scratch->ledger, TL_STR("local"), &scratch->err), 0);
	return plans;
}

static void a_plan_stands_until_it_is_ended(void **state)
{
	struct scratch *scratch = *state;
	struct tl_plan_record plan = { .environment = TL_STR("local"), .plan = TL_STR("p1"), .bytes = TL_STR("{\"a\":1}"), .atomic = true };
	struct tl_step first = step_for("a", "id-1", 2, "d2"), second = step_for("b", "id-2", 5, "d5"), other = step_for("c", "id-3", 1, "d1");
	struct tl_steps steps;

	assert_int_equal(open_plans(scratch).count, 0);
	assert_int_equal(tl_ledger_plan_begin(scratch->ledger, &plan, &scratch->err), 0);
	assert_true(plan.id > 0);
	first.plan_record = second.plan_record = plan.id;
	second.position = 1;
	assert_int_equal(tl_ledger_begin(scratch->ledger, &first, &scratch->err), 0);
	assert_int_equal(tl_ledger_end(scratch->ledger, &first, TL_STEP_PUBLISHED, TL_STR(""), &scratch->err), 0);
	assert_int_equal(tl_ledger_begin(scratch->ledger, &other, &scratch->err), 0);
	assert_int_equal(tl_ledger_begin(scratch->ledger, &second, &scratch->err), 0);

	assert_int_equal(open_plans(scratch).count, 1);
	assert_str(open_plans(scratch).items[0].bytes, "{\"a\":1}");
	assert_true(open_plans(scratch).items[0].id == plan.id && open_plans(scratch).items[0].atomic);
	assert_int_equal(tl_ledger_plan_steps(&steps, &scratch->arena, scratch->ledger, plan.id, &scratch->err), 0);
	assert_int_equal(steps.count, 2);
	assert_str(steps.items[0].wanted.flow, "a");
	assert_int_equal(steps.items[0].state, TL_STEP_PUBLISHED);
	assert_str(steps.items[1].wanted.flow, "b");
	assert_true(steps.items[1].position == 1 && steps.items[1].atomic && steps.items[1].state == TL_STEP_OPEN);
	assert_int_equal(tl_ledger_open_steps(&steps, &scratch->arena, scratch->ledger, TL_STR("local"), &scratch->err), 0);
	assert_true(steps.count == 2 && !steps.items[0].atomic && steps.items[1].atomic);

	assert_int_equal(tl_ledger_plan_end(scratch->ledger, &plan, TL_PLAN_UNDONE, TL_STR("why"), &scratch->err), 0);
	assert_int_equal(open_plans(scratch).count, 0);
}

/* A platform's answer may hold anything; the outcome is kept nevertheless. */
static void a_message_of_odd_bytes_is_kept_readable(void **state)
{
	struct scratch *scratch = *state;
	struct tl_step step = step_for("a", "id-1", 1, "d1");

	step.hold_digest = TL_STR("d0");
	step.hold_reason = TL_STR("caf\xe9");
	assert_int_equal(tl_ledger_begin(scratch->ledger, &step, &scratch->err), 0);
	assert_int_equal(tl_ledger_end(scratch->ledger, &step, TL_STEP_PUBLISHED, (struct tl_str){ "odd \xff\0 caf\xc3\xa9", 12 }, &scratch->err), 0);
	assert_str(log_of(scratch), "published id-1 odd \\xff\\x00 caf\xc3\xa9;");
}

/* As the program wrote it that knew neither plans nor leases. */
static void a_ledger_of_the_first_layout_opens(void **state)
{
	struct scratch *scratch = *state;
	const char *const statements[] = {
		"INSERT INTO deployed VALUES ('local', 'a', 'id-1', 3, 'd', 'c', '{}', 'b', 'k', 'p', 5, 1)",
		"INSERT INTO steps (environment, flow, platform_id, version, digest, content, more, blob, commit_id, plan, at_ms, action, renamed_from, "
		"base_version, hold_digest, hold_reason, outcome, message) "
		"VALUES ('local', 'a', 'id-1', 4, 'd', 'c', '{}', 'b', 'k', 'p', 6, 'rollback', '', 3, 'h', 'why', 'open', '')",
	};
	struct tl_sql first = { statements, 2, tl_ledger_schema.migrations, 1, "ledger" };
	struct tl_steps steps;
	struct tl_db *db;

	/* A server's is made as soon as it is opened. */
	tl_ledger_close(scratch->ledger);
	if (scratch->server)
		store_yard_address(scratch->path, sizeof(scratch->path), getenv("TRUNKLINE_TEST_POSTGRES"));
	assert_int_equal(tl_db_open(&db, scratch->path, &first, true, 0, &scratch->err), 0);
	assert_int_equal(tl_db_run(db, 0, NULL, 0, NULL, &scratch->err), 0);
	assert_int_equal(tl_db_run(db, 1, NULL, 0, NULL, &scratch->err), 0);
	tl_db_close(db);
	assert_int_equal(tl_ledger_open(&scratch->ledger, scratch->path, &scratch->clock, &scratch->err), 0);
	assert_int_equal(deployed(scratch).count, 1);
	assert_int_equal(deployed(scratch).items[0].version, 3);
	assert_int_equal(tl_ledger_open_steps(&steps, &scratch->arena, scratch->ledger, TL_STR("local"), &scratch->err), 0);
	assert_true(steps.count == 1 && steps.items[0].plan_record == 0 && !steps.items[0].atomic && steps.items[0].fence == 0);
	take_step(scratch, "a", 4, "d4", TL_STEP_PUBLISHED);
	assert_int_equal(count_open(scratch), 0);
}

#define PROGRAMS 16
#define STEPS_EACH 6

/* In a process of its own. */
static int publish_some(const char *address, int number)
{
	int64_t now = 1;
	struct tl_clock clock = { .now_ms = now_ms, .data = &now };
	struct tl_ledger *ledger;
	struct tl_error err;
	char flow[32];
	int ret;

	snprintf(flow, sizeof(flow), "flow-%02d", number);
	ret = tl_ledger_open(&ledger, address, &clock, &err);
	for (int64_t version = 1; ret == 0 && version <= STEPS_EACH; version++) {
		struct tl_step step = step_for(flow, flow, version, "d");

		ret = tl_ledger_begin(ledger, &step, &err);
		if (ret == 0)
			ret = tl_ledger_end(ledger, &step, TL_STEP_PUBLISHED, TL_STR(""), &err);
	}
	if (ret != 0)
		fprintf(stderr, "%s\n", err.message);
	tl_ledger_close(ledger);
	return ret != 0;
}

static void programs_side_by_side_lose_nothing(void **state)
{
	struct scratch *scratch = *state;
	struct tl_deployed_list list;
	int status, failed = 0;

	for (int i = 0; i < PROGRAMS; i++) {
		if (fork() == 0)
			_exit(publish_some(scratch->path, i));
	}
	while (wait(&status) > 0)
		failed += status != 0;
	assert_int_equal(failed, 0);
	list = deployed(scratch);
	assert_int_equal(list.count, PROGRAMS);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(list.items[i].version, STEPS_EACH);
	assert_int_equal(count_open(scratch), 0);
}

static void assert_job(struct scratch *scratch, const char *environment, const char *request, const char *expected)
{
	struct tl_arena arena = { 0 };
	struct tl_str job;

	assert_int_equal(tl_ledger_job_find(&job, &arena, scratch->ledger, tl_str(environment), tl_str(request), &scratch->err), 0);
	assert_row(expected, tl_str_is(job, expected));
	tl_arena_clear(&arena);
}

static void a_job_is_kept_for_a_day_or_until_it_is_over(void **state)
{
	struct scratch *scratch = *state;
	const struct tl_str far = TL_STR("far"), request = TL_STR("d1"), other = TL_STR("d2");

	assert_job(scratch, "far", "d1", "");
	assert_int_equal(tl_ledger_job_keep(scratch->ledger, far, request, TL_STR("j-1"), &scratch->err), 0);
	assert_int_equal(tl_ledger_job_keep(scratch->ledger, far, other, TL_STR("j-2"), &scratch->err), 0);
	assert_job(scratch, "far", "d1", "j-1");
	assert_job(scratch, "near", "d1", "");
	assert_int_equal(tl_ledger_job_keep(scratch->ledger, far, request, TL_STR("j-3"), &scratch->err), 0);
	assert_job(scratch, "far", "d1", "j-3");
	assert_int_equal(tl_ledger_job_over(scratch->ledger, far, request, &scratch->err), 0);
	assert_job(scratch, "far", "d1", "");
	assert_job(scratch, "far", "d2", "j-2");
	scratch->now += 25 * 3600 * 1000;
	assert_job(scratch, "far", "d2", "");
}

#define TESTS(set_up) \
	cmocka_unit_test_setup_teardown(a_job_is_kept_for_a_day_or_until_it_is_over, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(reading_makes_no_file, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(an_intent_stands_until_its_outcome, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(what_failed_is_not_deployed, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(the_highest_version_is_the_current_one, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(what_a_platform_was_set_back_from_is_forgotten, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_renamed_flow_is_deployed_once, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_flow_that_began_anew_has_its_new_id, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(steps_that_nobody_ended_are_ended, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(what_callers_got_is_told_from_what_was_written, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(an_older_ledger_is_taken_over, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_hold_stands_from_the_intent_on, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_rollback_that_was_not_made_leaves_no_hold, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_newer_ledger_is_refused, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_plan_stands_until_it_is_ended, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_message_of_odd_bytes_is_kept_readable, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(a_ledger_of_the_first_layout_opens, set_up, tear_down), \
	cmocka_unit_test_setup_teardown(programs_side_by_side_lose_nothing, set_up, tear_down)

int test_ledger(void)
{
	const struct CMUnitTest on_file[] = { TESTS(set_up) }, on_server[] = { TESTS(set_up_server) };
	int failed = cmocka_run_group_tests_name("ledger in a file", on_file, NULL, NULL);

	if (store_yard_has_server("ledger"))
		failed += cmocka_run_group_tests_name("ledger on PostgreSQL", on_server, NULL, NULL);
	return failed;
}

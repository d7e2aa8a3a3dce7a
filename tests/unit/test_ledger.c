/* tests/unit/test_ledger.c: intents, outcomes, what is deployed, holds, plans; on a file and on a server. */
#include "ledger_yard.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/tables.h"
#include "store/db.h"

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
static void take_step(struct ledger_yard *yard, const char *flow, int64_t version, const char *digest, enum tl_step_state state)
{
	struct tl_step step = step_for(flow, "id-1", version, digest);

	assert_int_equal(tl_ledger_begin(yard->ledger, &step, &yard->err), 0);
	assert_int_equal(tl_ledger_end(yard->ledger, &step, state, TL_STR(""), &yard->err), 0);
}

static struct tl_deployed_list deployed(struct ledger_yard *yard)
{
	struct tl_deployed_list list;

	assert_int_equal(tl_ledger_deployed(&list, &yard->arena, yard->ledger, TL_STR("local"), &yard->err), 0);
	return list;
}

static size_t count_holds(struct ledger_yard *yard)
{
	struct tl_holds holds;

	assert_int_equal(tl_ledger_holds(&holds, &yard->arena, yard->ledger, TL_STR("local"), &yard->err), 0);
	return holds.count;
}

static size_t count_open(struct ledger_yard *yard)
{
	struct tl_steps steps;

	assert_int_equal(tl_ledger_open_steps(&steps, &yard->arena, yard->ledger, TL_STR("local"), &yard->err), 0);
	return steps.count;
}

/* How all steps ended, in their order: "published id-1 fine;", by a program that knows nothing but the file. */
static struct tl_str log_of(struct ledger_yard *yard)
{
	const char *const statements[] = { "SELECT outcome || ' ' || platform_id || ' ' || message FROM steps ORDER BY id" };
	struct tl_sql sql = tl_ledger_schema;
	struct tl_str log = TL_STR("");
	struct tl_result result;
	struct tl_db *db;

	sql.statements = statements;
	sql.n_statements = TL_COUNT(statements);
	assert_int_equal(tl_db_open(&db, yard->path, &sql, false, 0, &yard->err), 0);
	assert_int_equal(tl_db_query(&result, &yard->arena, db, 0, NULL, 0, &yard->err), 0);
	tl_db_close(db);
	for (size_t i = 0; i < result.n_rows; i++)
		log = tl_arena_printf(&yard->arena, "%.*s%.*s;", TL_FMT(log), TL_FMT(result.rows[i].columns[0].text));
	return log;
}

static void reading_makes_no_file(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_deployed version;
	int64_t count = -1;

	assert_int_equal(deployed(yard).count, 0);
	assert_int_equal(count_holds(yard), 0);
	assert_int_equal(tl_ledger_version(&version, &yard->arena, yard->ledger, TL_STR("local"), TL_STR("x"), 1, &yard->err), 0);
	assert_int_equal(version.platform_id.len, 0);
	assert_int_equal(tl_ledger_release(&count, yard->ledger, TL_STR("local"), TL_STR("x"), TL_STR("r"), &yard->err), 0);
	assert_int_equal(count, 0);
	if (!yard->server)
		assert_int_not_equal(access(yard->path, F_OK), 0);
}

static void an_intent_stands_until_its_outcome(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_step step = step_for("a", "", 1, "d1");
	struct tl_steps steps;

	step.renamed_from = TL_STR("old-a");
	assert_int_equal(tl_ledger_begin(yard->ledger, &step, &yard->err), 0);
	assert_true(step.id > 0);
	assert_int_equal(deployed(yard).count, 0);
	assert_int_equal(tl_ledger_open_steps(&steps, &yard->arena, yard->ledger, TL_STR("local"), &yard->err), 0);
	assert_int_equal(steps.count, 1);
	assert_str(steps.items[0].wanted.flow, "a");
	assert_str(steps.items[0].wanted.more, "{}");
	assert_str(steps.items[0].renamed_from, "old-a");
	assert_true(steps.items[0].id == step.id && steps.items[0].wanted.version == 1 && steps.items[0].begun_ms == 1000);

	step.wanted.platform_id = TL_STR("id-9");
	assert_int_equal(tl_ledger_end(yard->ledger, &step, TL_STEP_PUBLISHED, TL_STR("fine"), &yard->err), 0);
	assert_int_equal(count_open(yard), 0);
	assert_int_equal(deployed(yard).count, 1);
	assert_str(deployed(yard).items[0].platform_id, "id-9");
	assert_str(log_of(yard), "published id-9 fine;");
}

static void what_failed_is_not_deployed(void **state)
{
	struct ledger_yard *yard = *state;

	take_step(yard, "a", 1, "d1", TL_STEP_PUBLISHED);
	take_step(yard, "a", 2, "d2", TL_STEP_CONFLICT);
	take_step(yard, "a", 2, "d2", TL_STEP_FAILED);
	assert_int_equal(deployed(yard).count, 1);
	assert_str(deployed(yard).items[0].digest, "d1");
	assert_int_equal(count_open(yard), 0);
}

static void the_highest_version_is_the_current_one(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_step second = step_for("a", "id-1", 2, "d2");
	struct tl_deployed version;

	/* Version 2's program tells of it after version 3's did. */
	take_step(yard, "a", 1, "d1", TL_STEP_PUBLISHED);
	assert_int_equal(tl_ledger_begin(yard->ledger, &second, &yard->err), 0);
	take_step(yard, "a", 3, "d3", TL_STEP_PUBLISHED);
	assert_int_equal(tl_ledger_end(yard->ledger, &second, TL_STEP_PUBLISHED, TL_STR(""), &yard->err), 0);
	assert_int_equal(deployed(yard).count, 1);
	assert_str(deployed(yard).items[0].digest, "d3");
	assert_int_equal(tl_ledger_version(&version, &yard->arena, yard->ledger, TL_STR("local"), TL_STR("id-1"), 2, &yard->err), 0);
	assert_str(version.digest, "d2");
	assert_int_equal(tl_ledger_version(&version, &yard->arena, yard->ledger, TL_STR("other"), TL_STR("id-1"), 2, &yard->err), 0);
	assert_int_equal(version.platform_id.len, 0);
}

/* The next millisecond, of a server by its own clock. */
static void wait_a_moment(const struct ledger_yard *yard)
{
	if (yard->server)
		usleep(2000);
}

/* What was on record above a version that the platform takes once more is nothing that it has. */
static void what_a_platform_was_set_back_from_is_forgotten(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_deployed adopted = step_for("a", "id-1", 1, "d1").wanted, version;

	take_step(yard, "a", 1, "d1", TL_STEP_PUBLISHED);
	take_step(yard, "a", 2, "d2", TL_STEP_PUBLISHED);
	take_step(yard, "a", 3, "d3", TL_STEP_PUBLISHED);
	wait_a_moment(yard);
	take_step(yard, "a", 2, "other", TL_STEP_PUBLISHED);
	assert_int_equal(deployed(yard).items[0].version, 2);
	assert_str(deployed(yard).items[0].digest, "other");
	assert_int_equal(tl_ledger_version(&version, &yard->arena, yard->ledger, TL_STR("local"), TL_STR("id-1"), 3, &yard->err), 0);
	assert_int_equal(version.platform_id.len, 0);
	/* Who saw a version before another one was put on record knows nothing of that one. */
	assert_int_equal(tl_ledger_adopt(yard->ledger, &adopted, 1000000, &yard->err), 0);
	assert_int_equal(deployed(yard).items[0].version, 2);
	adopted.written_ms = 77;
	wait_a_moment(yard);
	assert_int_equal(tl_ledger_adopt(yard->ledger, &adopted, 0, &yard->err), 0);
	assert_int_equal(deployed(yard).items[0].version, 1);
	assert_int_equal(deployed(yard).items[0].written_ms, 77);
	adopted.written_ms = 78;
	assert_int_equal(tl_ledger_date(yard->ledger, &adopted, 1, &yard->err), 0);
	assert_int_equal(deployed(yard).items[0].written_ms, 78);
}

static void a_renamed_flow_is_deployed_once(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_step step = step_for("new", "id-1", 2, "d2");

	take_step(yard, "old", 1, "d1", TL_STEP_PUBLISHED);
	step.renamed_from = TL_STR("old");
	assert_int_equal(tl_ledger_begin(yard->ledger, &step, &yard->err), 0);
	assert_int_equal(tl_ledger_end(yard->ledger, &step, TL_STEP_PUBLISHED, TL_STR(""), &yard->err), 0);
	assert_int_equal(deployed(yard).count, 1);
	assert_str(deployed(yard).items[0].flow, "new");
}

static void a_flow_that_began_anew_has_its_new_id(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_deployed adopted = step_for("a", "id-2", 1, "d1").wanted;

	take_step(yard, "a", 7, "d7", TL_STEP_PUBLISHED);
	assert_int_equal(tl_ledger_adopt(yard->ledger, &adopted, 0, &yard->err), 0);
	assert_int_equal(deployed(yard).count, 1);
	assert_str(deployed(yard).items[0].platform_id, "id-2");
}

/* Programs that were killed: before they wrote, and after. */
static void steps_that_nobody_ended_are_ended(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_step before = step_for("a", "id-1", 2, "d2"), after = step_for("b", "", 1, "d1");

	assert_int_equal(tl_ledger_begin(yard->ledger, &before, &yard->err), 0);
	assert_int_equal(tl_ledger_begin(yard->ledger, &after, &yard->err), 0);
	assert_int_equal(count_open(yard), 2);
	take_step(yard, "a", 2, "d2", TL_STEP_PUBLISHED);
	assert_int_equal(count_open(yard), 1);
	after.wanted.platform_id = TL_STR("id-b");
	assert_int_equal(tl_ledger_adopt(yard->ledger, &after.wanted, 0, &yard->err), 0);
	assert_int_equal(count_open(yard), 0);
	assert_str(log_of(yard), "failed id-1 its program ended before it wrote;published id-b its end was not recorded;published id-1 ;");
}

static struct tl_deployed live(struct ledger_yard *yard)
{
	struct tl_deployed_list list;

	assert_int_equal(tl_ledger_live(&list, &yard->arena, yard->ledger, TL_STR("local"), &yard->err), 0);
	return list.count > 0 ? list.items[0] : (struct tl_deployed){ 0 };
}

static void take_source(struct ledger_yard *yard, int64_t version, const char *source, enum tl_step_state state)
{
	struct tl_step step = step_for("a", "id-1", version, "d");

	step.wanted.source = tl_str(source);
	step.wanted.promoted = TL_STR("staging");
	assert_int_equal(tl_ledger_begin(yard->ledger, &step, &yard->err), 0);
	assert_int_equal(tl_ledger_end(yard->ledger, &step, state, TL_STR(""), &yard->err), 0);
}

static void what_callers_got_is_told_from_what_was_written(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_deployed adopted = step_for("a", "id-1", 3, "d").wanted;

	take_source(yard, 1, "s1", TL_STEP_DRAFTED);
	assert_int_equal(live(yard).version, 0);
	take_source(yard, 2, "s2", TL_STEP_PUBLISHED);
	take_source(yard, 3, "s3", TL_STEP_DRAFTED);
	take_source(yard, 4, "s4", TL_STEP_FAILED);
	assert_int_equal(deployed(yard).items[0].version, 3);
	assert_false(deployed(yard).items[0].live);
	assert_int_equal(live(yard).version, 2);
	assert_str(live(yard).source, "s2");
	assert_str(live(yard).promoted, "staging");
	/* Its deployment came to its end after all. */
	adopted.source = TL_STR("s3 today");
	adopted.live = true;
	assert_int_equal(tl_ledger_adopt(yard->ledger, &adopted, 0, &yard->err), 0);
	assert_int_equal(live(yard).version, 3);
	assert_str(live(yard).source, "s3 today");
	/* Another flow of the platform stands in its place now. */
	adopted = step_for("a", "id-2", 1, "d").wanted;
	assert_int_equal(tl_ledger_adopt(yard->ledger, &adopted, 0, &yard->err), 0);
	assert_int_equal(live(yard).version, 0);
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
	struct ledger_yard *yard = *state;
	struct tl_db *db;

	before.statements = statements;
	before.n_statements = TL_COUNT(statements);
	before.n_migrations = 3;
	tl_ledger_close(yard->ledger);
	if (yard->server)
		store_yard_address(yard->path, sizeof(yard->path), getenv("TRUNKLINE_TEST_POSTGRES"));
	assert_int_equal(tl_db_open(&db, yard->path, &before, true, 1000, &yard->err), 0);
	assert_int_equal(tl_db_begin(db, &yard->err), 0);
	for (int64_t version = 1; version <= 2; version++) {
		struct tl_param rows[] = { TL_P_INT(version), TL_P_INT(version == 2) };
		struct tl_param steps[] = { TL_P_INT(version), TL_P_TEXT(version == 2 ? TL_STR("drafted") : TL_STR("published")) };

		assert_int_equal(tl_db_run(db, 0, rows, 2, NULL, &yard->err), 0);
		assert_int_equal(tl_db_run(db, 1, steps, 2, NULL, &yard->err), 0);
	}
	assert_int_equal(tl_db_commit(db, &yard->err), 0);
	tl_db_close(db);
	assert_int_equal(tl_ledger_open(&yard->ledger, yard->path, &yard->clock, &yard->err), 0);
	assert_int_equal(live(yard).version, 1);
	assert_int_equal(live(yard).source.len, 0);
	assert_int_equal(deployed(yard).items[0].version, 2);
	take_source(yard, 3, "s3", TL_STEP_PUBLISHED);
	assert_str(live(yard).source, "s3");
}

static void a_hold_stands_from_the_intent_on(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_step step = step_for("a", "id-1", 3, "d1");
	struct tl_holds holds;
	int64_t count;

	step.hold_digest = TL_STR("d2");
	step.hold_reason = TL_STR("callers hang up");
	assert_int_equal(tl_ledger_begin(yard->ledger, &step, &yard->err), 0);
	assert_int_equal(tl_ledger_holds(&holds, &yard->arena, yard->ledger, TL_STR("local"), &yard->err), 0);
	assert_int_equal(holds.count, 1);
	assert_str(holds.items[0].flow, "a");
	assert_str(holds.items[0].digest, "d2");
	assert_str(holds.items[0].reason, "callers hang up");
	assert_int_equal(tl_ledger_end(yard->ledger, &step, TL_STEP_PUBLISHED, TL_STR(""), &yard->err), 0);
	assert_int_equal(count_holds(yard), 1);
	assert_int_equal(tl_ledger_release(&count, yard->ledger, TL_STR("local"), TL_STR("b"), TL_STR("r"), &yard->err), 0);
	assert_int_equal(count, 0);
	assert_int_equal(tl_ledger_release(&count, yard->ledger, TL_STR("local"), TL_STR("a"), TL_STR("r"), &yard->err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(count_holds(yard), 0);
}

static void a_rollback_that_was_not_made_leaves_no_hold(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_step step = step_for("a", "id-1", 3, "d1");

	step.hold_digest = TL_STR("d2");
	assert_int_equal(tl_ledger_begin(yard->ledger, &step, &yard->err), 0);
	assert_int_equal(tl_ledger_end(yard->ledger, &step, TL_STEP_CONFLICT, TL_STR(""), &yard->err), 0);
	assert_int_equal(count_holds(yard), 0);
}

static void a_newer_ledger_is_refused(void **state)
{
	struct ledger_yard *yard = *state;
	const char *migrations[100];
	struct tl_sql newer = { NULL, 0, migrations, tl_ledger_schema.n_migrations + 1, "ledger" };
	struct tl_ledger *ledger;
	struct tl_db *db;

	for (size_t i = 0; i < newer.n_migrations; i++)
		migrations[i] = i < tl_ledger_schema.n_migrations ? tl_ledger_schema.migrations[i] : "CREATE TABLE b (x INTEGER)";
	assert_int_equal(tl_db_open(&db, yard->path, &newer, true, 0, &yard->err), 0);
	tl_db_close(db);
	assert_int_equal(tl_ledger_open(&ledger, yard->path, &yard->clock, &yard->err), -1);
	assert_null(ledger);
	assert_int_equal(yard->err.code, TL_USAGE);
}

static struct tl_plan_records open_plans(struct ledger_yard *yard)
{
	struct tl_plan_records plans;

	assert_int_equal(tl_ledger_plan_open(&plans, &yard->arena, yard->ledger, TL_STR("local"), &yard->err), 0);
	return plans;
}

static void a_plan_stands_until_it_is_ended(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_plan_record plan = { .environment = TL_STR("local"), .plan = TL_STR("p1"), .bytes = TL_STR("{\"a\":1}"), .atomic = true };
	struct tl_step first = step_for("a", "id-1", 2, "d2"), second = step_for("b", "id-2", 5, "d5"), other = step_for("c", "id-3", 1, "d1");
	struct tl_steps steps;

	assert_int_equal(open_plans(yard).count, 0);
	assert_int_equal(tl_ledger_plan_begin(yard->ledger, &plan, &yard->err), 0);
	assert_true(plan.id > 0);
	first.plan_record = second.plan_record = plan.id;
	second.position = 1;
	assert_int_equal(tl_ledger_begin(yard->ledger, &first, &yard->err), 0);
	assert_int_equal(tl_ledger_end(yard->ledger, &first, TL_STEP_PUBLISHED, TL_STR(""), &yard->err), 0);
	assert_int_equal(tl_ledger_begin(yard->ledger, &other, &yard->err), 0);
	assert_int_equal(tl_ledger_begin(yard->ledger, &second, &yard->err), 0);

	assert_int_equal(open_plans(yard).count, 1);
	assert_str(open_plans(yard).items[0].bytes, "{\"a\":1}");
	assert_true(open_plans(yard).items[0].id == plan.id && open_plans(yard).items[0].atomic);
	assert_int_equal(tl_ledger_plan_steps(&steps, &yard->arena, yard->ledger, plan.id, &yard->err), 0);
	assert_int_equal(steps.count, 2);
	assert_str(steps.items[0].wanted.flow, "a");
	assert_int_equal(steps.items[0].state, TL_STEP_PUBLISHED);
	assert_str(steps.items[1].wanted.flow, "b");
	assert_true(steps.items[1].position == 1 && steps.items[1].atomic && steps.items[1].state == TL_STEP_OPEN);
	assert_int_equal(tl_ledger_open_steps(&steps, &yard->arena, yard->ledger, TL_STR("local"), &yard->err), 0);
	assert_true(steps.count == 2 && !steps.items[0].atomic && steps.items[1].atomic);

	assert_int_equal(tl_ledger_plan_end(yard->ledger, &plan, TL_PLAN_UNDONE, TL_STR("why"), &yard->err), 0);
	assert_int_equal(open_plans(yard).count, 0);
}

/* A platform's answer may hold anything; the outcome is kept nevertheless. */
static void a_message_of_odd_bytes_is_kept_readable(void **state)
{
	struct ledger_yard *yard = *state;
	struct tl_step step = step_for("a", "id-1", 1, "d1");

	step.hold_digest = TL_STR("d0");
	step.hold_reason = TL_STR("caf\xe9");
	assert_int_equal(tl_ledger_begin(yard->ledger, &step, &yard->err), 0);
	assert_int_equal(tl_ledger_end(yard->ledger, &step, TL_STEP_PUBLISHED, (struct tl_str){ "odd \xff\0 caf\xc3\xa9", 12 }, &yard->err), 0);
	assert_str(log_of(yard), "published id-1 odd \\xff\\x00 caf\xc3\xa9;");
}

/* As the program wrote it that knew neither plans nor leases. */
static void a_ledger_of_the_first_layout_opens(void **state)
{
	struct ledger_yard *yard = *state;
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
	tl_ledger_close(yard->ledger);
	if (yard->server)
		store_yard_address(yard->path, sizeof(yard->path), getenv("TRUNKLINE_TEST_POSTGRES"));
	assert_int_equal(tl_db_open(&db, yard->path, &first, true, 0, &yard->err), 0);
	assert_int_equal(tl_db_run(db, 0, NULL, 0, NULL, &yard->err), 0);
	assert_int_equal(tl_db_run(db, 1, NULL, 0, NULL, &yard->err), 0);
	tl_db_close(db);
	assert_int_equal(tl_ledger_open(&yard->ledger, yard->path, &yard->clock, &yard->err), 0);
	assert_int_equal(deployed(yard).count, 1);
	assert_int_equal(deployed(yard).items[0].version, 3);
	assert_int_equal(tl_ledger_open_steps(&steps, &yard->arena, yard->ledger, TL_STR("local"), &yard->err), 0);
	assert_true(steps.count == 1 && steps.items[0].plan_record == 0 && !steps.items[0].atomic && steps.items[0].fence == 0);
	take_step(yard, "a", 4, "d4", TL_STEP_PUBLISHED);
	assert_int_equal(count_open(yard), 0);
}

#define PROGRAMS 16
#define STEPS_EACH 6

/* In a process of its own. */
static int publish_some(const char *address, int number)
{
	int64_t now = 1;
	struct tl_clock clock = { .now_ms = ledger_yard_now, .data = &now };
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
	struct ledger_yard *yard = *state;
	struct tl_deployed_list list;
	int status, failed = 0;

	for (int i = 0; i < PROGRAMS; i++) {
		if (fork() == 0)
			_exit(publish_some(yard->path, i));
	}
	while (wait(&status) > 0)
		failed += status != 0;
	assert_int_equal(failed, 0);
	list = deployed(yard);
	assert_int_equal(list.count, PROGRAMS);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(list.items[i].version, STEPS_EACH);
	assert_int_equal(count_open(yard), 0);
}

static void assert_job(struct ledger_yard *yard, const char *environment, const char *request, const char *expected)
{
	struct tl_arena arena = { 0 };
	struct tl_str job;

	assert_int_equal(tl_ledger_job_find(&job, &arena, yard->ledger, tl_str(environment), tl_str(request), &yard->err), 0);
	assert_row(expected, tl_str_is(job, expected));
	tl_arena_clear(&arena);
}

static void a_job_is_kept_for_a_day_or_until_it_is_over(void **state)
{
	struct ledger_yard *yard = *state;
	const struct tl_str far = TL_STR("far"), request = TL_STR("d1"), other = TL_STR("d2");

	assert_job(yard, "far", "d1", "");
	assert_int_equal(tl_ledger_job_keep(yard->ledger, far, request, TL_STR("j-1"), &yard->err), 0);
	assert_int_equal(tl_ledger_job_keep(yard->ledger, far, other, TL_STR("j-2"), &yard->err), 0);
	assert_job(yard, "far", "d1", "j-1");
	assert_job(yard, "near", "d1", "");
	assert_int_equal(tl_ledger_job_keep(yard->ledger, far, request, TL_STR("j-3"), &yard->err), 0);
	assert_job(yard, "far", "d1", "j-3");
	assert_int_equal(tl_ledger_job_over(yard->ledger, far, request, &yard->err), 0);
	assert_job(yard, "far", "d1", "");
	assert_job(yard, "far", "d2", "j-2");
	yard->now += 25 * 3600 * 1000;
	assert_job(yard, "far", "d2", "");
}

#define TESTS(ledger_yard_open) \
	cmocka_unit_test_setup_teardown(a_job_is_kept_for_a_day_or_until_it_is_over, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(reading_makes_no_file, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(an_intent_stands_until_its_outcome, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(what_failed_is_not_deployed, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(the_highest_version_is_the_current_one, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(what_a_platform_was_set_back_from_is_forgotten, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(a_renamed_flow_is_deployed_once, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(a_flow_that_began_anew_has_its_new_id, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(steps_that_nobody_ended_are_ended, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(what_callers_got_is_told_from_what_was_written, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(an_older_ledger_is_taken_over, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(a_hold_stands_from_the_intent_on, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(a_rollback_that_was_not_made_leaves_no_hold, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(a_newer_ledger_is_refused, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(a_plan_stands_until_it_is_ended, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(a_message_of_odd_bytes_is_kept_readable, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(a_ledger_of_the_first_layout_opens, ledger_yard_open, ledger_yard_close), \
	cmocka_unit_test_setup_teardown(programs_side_by_side_lose_nothing, ledger_yard_open, ledger_yard_close)

int test_ledger(void)
{
	const struct CMUnitTest on_file[] = { TESTS(ledger_yard_open) }, on_server[] = { TESTS(ledger_yard_open_server) };
	int failed = cmocka_run_group_tests_name("ledger in a file", on_file, NULL, NULL);

	if (store_yard_has_server("ledger"))
		failed += cmocka_run_group_tests_name("ledger on PostgreSQL", on_server, NULL, NULL);
	return failed;
}

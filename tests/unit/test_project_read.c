/* tests/unit/test_project_read.c: project files, good and bad. */
#include "unit.h"

#include <unistd.h>

#include "project/project.h"

static int make_schemas(void **state)
{
	struct tl_schemas *schemas = tl_alloc_zero(1, sizeof(*schemas));

	tl_schemas_init(schemas);
	*state = schemas;
	return 0;
}

static int drop_schemas(void **state)
{
	tl_schemas_clear(*state);
	free(*state);
	return 0;
}

static int read_text(struct tl_project **out, const char *text, const struct tl_schemas *schemas, struct tl_error *err)
{
	struct tl_findings findings = { 0 };
	int status = tl_project_read(out, TL_STR("trunkline.yaml"), tl_str(text), schemas, &findings, err);

	assert_int_equal(status != 0, tl_findings_count(&findings, TL_ERROR) > 0);
	tl_findings_clear(&findings);
	return status;
}

static void a_project_is_read_whole(void **state)
{
	static const char text[] =
		"flows: [flows, ./more/, \"x/*.flow.yaml\"]\n"
		"rules: {unused-variable: off, unreachable: error}\n"
		"limits: {file: 1MiB, max_steps: 50, max_time: 2m}\n"
		"schedules:\n"
		"  office: {time_zone: UTC, weekly: {monday: [\"09:00-12:00\", \"13:00-24:00\"]}, holidays: [\"2026-12-25\", \"2026-01-01\"]}\n"
		"environments:\n"
		"  production: {platform: genesys, values: {A: x, B: 5, C: true}, ids: {line: abc}, audio_base: \"https://x/\"}\n";
	struct tl_project *project;
	struct tl_error err = { 0 };
	const struct tl_environment *environment;
	const struct tl_schedule *schedule;

	if (read_text(&project, text, *state, &err) != 0)
		fail_msg("%s", err.message);
	assert_int_equal(project->n_flows, 3);
	assert_str(project->flows[1], "more");
	assert_int_equal(project->n_rules, 2);
	assert_int_equal(project->rules[0].level, TL_RULE_OFF);
	assert_int_equal(project->rules[1].level, TL_ERROR);
	assert_int_equal(project->limits.file, 1 << 20);
	assert_int_equal(project->limits.max_steps, 50);
	assert_int_equal(project->limits.max_time_ms, 120000);
	schedule = tl_project_schedule(project, TL_STR("office"));
	assert_non_null(schedule);
	assert_int_equal(schedule->n_weekly[0], 2);
	assert_int_equal(schedule->weekly[0][1].closes_s, 86400);
	assert_int_equal(schedule->n_holidays, 2);
	assert_true(schedule->holidays[0] < schedule->holidays[1]);
	environment = tl_project_environment(project, TL_STR("production"));
	assert_non_null(environment);
	assert_str(*(struct tl_str *)tl_map_ptr(&environment->values, TL_STR("B")), "5");
	assert_str(*(struct tl_str *)tl_map_ptr(&environment->ids, TL_STR("line")), "abc");
	assert_null(environment == tl_project_environment(project, TL_STR("local")) ? environment : NULL);
	assert_str(tl_project_environment(project, TL_STR("local"))->database, ".trunkline/local.db");
	assert_null(tl_project_environment(project, TL_STR("prod")));
	assert_null(tl_project_schedule(project, TL_STR("offic")));
	tl_project_free(project);
}

static void without_a_file_defaults_hold(void **state)
{
	struct tl_project *project;

	(void)state;
	tl_project_default(&project);
	assert_null(project->doc);
	assert_int_equal(project->n_flows, 1);
	assert_str(project->flows[0], ".");
	assert_non_null(tl_project_environment(project, TL_STR("local")));
	assert_int_equal(project->limits.nodes, 10000);
	tl_project_free(project);
}

static void mistakes_have_places(void **state)
{
	static const struct {
		const char *text, *start;
	} table[] = {
		{ "flows: [a]\nflwos: [b]\n", "trunkline.yaml:2:1: unknown key 'flwos'" },
		{ "flows: [../other]\n", "trunkline.yaml:1:9: '../other' leaves the folder" },
		{ "flows: [/etc]\n", "trunkline.yaml:1:9: '/etc' leaves the folder" },
		{ "rules: {a: of}\n", "trunkline.yaml:1:12: " },
		{ "limits: {file: 4 MB}\n", "trunkline.yaml:1:16: " },
		{ "limits: {nodez: 4}\n", "trunkline.yaml:1:10: " },
		{ "schedules: {s: {time_zone: Mars/Olympus, weekly: {}}}\n", "trunkline.yaml:1:28: time zone 'Mars/Olympus' is not known" },
		{ "schedules: {s: {time_zone: ../x, weekly: {}}}\n", "trunkline.yaml:1:28: '../x' is no name of a time zone" },
		{ "schedules: {s: {time_zone: UTC, weekly: {monday: [\"9:00-10:00\"]}}}\n", "trunkline.yaml:1:51: " },
		{ "schedules: {s: {time_zone: UTC, weekly: {monday: [\"12:00-09:00\"]}}}\n", "trunkline.yaml:1:51: '12:00-09:00' closes before it opens" },
		{ "schedules: {s: {time_zone: UTC, weekly: {monday: [\"24:00-24:00\"]}}}\n", "trunkline.yaml:1:51: " },
		{ "schedules: {s: {time_zone: UTC, weekly: {}, holidays: [\"2026-02-29\"]}}\n", "trunkline.yaml:1:56: " },
		{ "environments: {p: {values: {A: x}}}\n", "trunkline.yaml:1:" },
		{ "environments: {p: {platform: genesys, values: {A: [1]}}}\n", "trunkline.yaml:1:" },
		{ "environments: {p: {platform: genesys, values: {A: }}}\n", "trunkline.yaml:1:" },
		{ "flows: [a\n", "trunkline.yaml:1:" },
		{ "flows: [a]\nflows: [b]\n", "trunkline.yaml:2:1: " },
		{ "- a\n", "trunkline.yaml:1:1: " },
	};

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		struct tl_project *project;
		struct tl_error err = { 0 };

		assert_row(table[i].text, read_text(&project, table[i].text, *state, &err) == -1);
		assert_null(project);
		assert_int_equal(err.code, TL_USAGE);
		if (!tl_str_starts(tl_str(err.message), tl_str(table[i].start)))
			fail_msg("%s: %s", table[i].text, err.message);
	}
}

int test_project_read(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_project_is_read_whole),
		cmocka_unit_test(without_a_file_defaults_hold),
		cmocka_unit_test(mistakes_have_places),
	};

	return cmocka_run_group_tests(tests, make_schemas, drop_schemas);
}

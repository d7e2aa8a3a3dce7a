/* tests/unit/test_base_clock.c: RFC 3339 and durations. */
#include "unit.h"

#include "base/clock.h"

#define BAD INT64_MIN

static const struct time_row {
	const char *text;
	int64_t ms;
	const char *again; /* how it is written; NULL: as `text` */
} time_table[] = {
	{ "1970-01-01T00:00:00Z", 0, NULL },
	{ "2000-01-01T00:00:00Z", 946684800000, NULL },
	{ "2026-06-15T10:00:00Z", 1781517600000, NULL },
	{ "2026-06-15T10:00:00.250Z", 1781517600250, NULL },
	{ "2026-06-15T10:00:00.007Z", 1781517600007, NULL },
	{ "1969-12-31T23:59:59.999Z", -1, NULL },
	{ "0000-01-01T00:00:00Z", -62167219200000, NULL },
	{ "9999-12-31T23:59:59Z", 253402300799000, NULL },
	{ "2024-02-29T12:00:00Z", 1709208000000, NULL },
	{ "2000-02-29T00:00:00Z", 951782400000, NULL },
	{ "2026-06-15T10:00:00.5Z", 1781517600500, "2026-06-15T10:00:00.500Z" },
	{ "2026-06-15T10:00:00.1239999Z", 1781517600123, "2026-06-15T10:00:00.123Z" },
	{ "2026-06-15T12:00:00+02:00", 1781517600000, "2026-06-15T10:00:00Z" },
	{ "2026-06-15T04:30:00-05:30", 1781517600000, "2026-06-15T10:00:00Z" },
	{ "2026-06-15T10:00:00-00:00", 1781517600000, "2026-06-15T10:00:00Z" },
	{ "2026-06-15t10:00:00z", 1781517600000, "2026-06-15T10:00:00Z" },
	{ "2026-01-01T00:30:00+01:00", 1767223800000, "2025-12-31T23:30:00Z" },
	{ "2016-12-31T23:59:60Z", 1483228800000, "2017-01-01T00:00:00Z" },
	{ "2017-01-01T00:59:60+01:00", 1483228800000, "2017-01-01T00:00:00Z" },
	{ "2016-12-31T22:59:60Z", BAD, NULL },
	{ "2023-02-29T00:00:00Z", BAD, NULL },
	{ "1900-02-29T00:00:00Z", BAD, NULL },
	{ "2026-04-31T00:00:00Z", BAD, NULL },
	{ "2026-13-01T00:00:00Z", BAD, NULL },
	{ "2026-00-01T00:00:00Z", BAD, NULL },
	{ "2026-01-00T00:00:00Z", BAD, NULL },
	{ "2026-01-01T24:00:00Z", BAD, NULL },
	{ "2026-01-01T00:60:00Z", BAD, NULL },
	{ "2026-01-01T00:00:61Z", BAD, NULL },
	{ "2026-01-01T00:00:00", BAD, NULL },
	{ "2026-01-01T00:00:00.Z", BAD, NULL },
	{ "2026-01-01T00:00Z", BAD, NULL },
	{ "2026-01-01 00:00:00Z", BAD, NULL },
	{ "2026-01-01T00:00:00+24:00", BAD, NULL },
	{ "2026-01-01T00:00:00+01:60", BAD, NULL },
	{ "2026-01-01T00:00:00+0100", BAD, NULL },
	{ "2026-01-01T00:00:00Z ", BAD, NULL },
	{ "2026-1-1T00:00:00Z", BAD, NULL },
	{ "+026-01-01T00:00:00Z", BAD, NULL },
	{ "2026-01-01", BAD, NULL },
	{ "", BAD, NULL },
};

static void times_are_read_and_written(void **state)
{
	struct tl_arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(time_table); i++) {
		const struct time_row *row = &time_table[i];
		int64_t ms = 0;

		assert_row(row->text, tl_time_parse(&ms, tl_str(row->text)) == (row->ms != BAD));
		if (row->ms == BAD)
			continue;
		assert_row(row->text, ms == row->ms);
		assert_str(tl_time_format(&arena, ms), row->again ? row->again : row->text);
	}
	tl_arena_clear(&arena);
}

static void days_go_both_ways(void **state)
{
	int64_t year = 0, expected = -719528; /* 0000-01-01 */
	unsigned month = 0, day = 0;

	(void)state;
	for (int64_t days = expected; days < 2932897; days += 13) {
		tl_civil_from_days(days, &year, &month, &day);
		assert_true(month >= 1 && month <= 12 && day >= 1 && day <= 31);
		assert_int_equal(tl_days_from_civil(year, month, day), days);
	}
	assert_int_equal(tl_days_from_civil(0, 1, 1), expected);
	assert_int_equal(tl_days_from_civil(-4, 2, 29), expected - 4 * 365 - 1 + 59);
	tl_civil_from_days(expected - 1, &year, &month, &day);
	assert_true(year == -1 && month == 12 && day == 31);
}

static const struct duration_row {
	const char *text;
	int64_t ms;
	const char *again;
} duration_table[] = {
	{ "250ms", 250, "250ms" },
	{ "5s", 5000, "5s" },
	{ "2m", 120000, "2m" },
	{ "90s", 90000, "90s" },
	{ "120s", 120000, "2m" },
	{ "90000ms", 90000, "90s" },
	{ "0s", 0, "0s" },
	{ "0ms", 0, "0s" },
	{ "007s", 7000, "7s" },
	{ "1000000000000000ms", 1000000000000000, "1000000000000s" },
	{ "1000000000000001ms", BAD, NULL },
	{ "1000000000001s", BAD, NULL },
	{ "99999999999999999999999999m", BAD, NULL },
	{ "5", BAD, NULL },
	{ "s", BAD, NULL },
	{ "", BAD, NULL },
	{ "-5s", BAD, NULL },
	{ "+5s", BAD, NULL },
	{ "1.5s", BAD, NULL },
	{ "5 s", BAD, NULL },
	{ "5S", BAD, NULL },
	{ "5sec", BAD, NULL },
	{ "1h", BAD, NULL },
	{ "1m30s", BAD, NULL },
};

static void durations_are_read_and_written(void **state)
{
	struct tl_arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(duration_table); i++) {
		const struct duration_row *row = &duration_table[i];
		int64_t ms = 0;

		assert_row(row->text, tl_duration_parse(&ms, tl_str(row->text)) == (row->ms != BAD));
		if (row->ms == BAD)
			continue;
		assert_row(row->text, ms == row->ms);
		assert_row(row->text, tl_span_parse(&ms, tl_str(row->text)) && ms == row->ms);
		assert_str(tl_duration_format(&arena, ms), row->again);
	}
	tl_arena_clear(&arena);
}

/* What people type after an option may be longer than what callers wait for. */
static void spans_know_hours_and_days(void **state)
{
	int64_t ms = 0;

	(void)state;
	assert_true(tl_span_parse(&ms, TL_STR("8h")));
	assert_int_equal(ms, 28800000);
	assert_true(tl_span_parse(&ms, TL_STR("7d")));
	assert_int_equal(ms, 604800000);
	assert_false(tl_span_parse(&ms, TL_STR("99999999999d")));
	assert_false(tl_span_parse(&ms, TL_STR("1w")));
	assert_false(tl_span_parse(&ms, TL_STR("h")));
}

static void the_machine_has_a_clock(void **state)
{
	struct tl_clock clock = tl_clock_system();
	int64_t before = clock.monotonic_ms(clock.data);

	(void)state;
	assert_int_equal(clock.sleep_ms(clock.data, 2), 0);
	assert_int_equal(clock.sleep_ms(clock.data, -5), 0);
	assert_true(clock.monotonic_ms(clock.data) >= before + 1);
	/* After the day this was written. */
	assert_true(clock.now_ms(clock.data) > 1700000000000);
}

static int64_t rested_ms;
static int64_t rested(void *data)
{
	(void)data;
	return rested_ms;
}

static int rest_for(void *data, int64_t ms)
{
	(void)data;
	rested_ms += ms;
	return 0;
}

static int after_a_second(void)
{
	return rested_ms >= 1000;
}

static void a_rest_ends_where_it_is_told_to(void **state)
{
	struct tl_clock clock = { .now_ms = rested, .monotonic_ms = rested, .sleep_ms = rest_for };

	(void)state;
	rested_ms = 0;
	assert_int_equal(tl_clock_rest(&clock, 730, after_a_second), 0);
	assert_int_equal(rested_ms, 730);
	assert_int_equal(tl_clock_rest(&clock, 60000, after_a_second), -1);
	assert_in_range(rested_ms, 1000, 1200);
	assert_int_equal(tl_clock_rest(&clock, 0, after_a_second), -1);
	assert_int_equal(tl_clock_rest(&clock, 60000, NULL), 0);
	assert_in_range(rested_ms, 61000, 61200);
}

int test_base_clock(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_and_written),
		cmocka_unit_test(days_go_both_ways),
		cmocka_unit_test(durations_are_read_and_written), cmocka_unit_test(spans_know_hours_and_days),
		cmocka_unit_test(the_machine_has_a_clock), cmocka_unit_test(a_rest_ends_where_it_is_told_to),
	};

	return cmocka_run_group_tests_name("base_clock", tests, NULL, NULL);
}

/* tests/unit/test_project_zone.c: time zones and schedules, held beside the C library's own reading of the same files. */
#include "unit.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "project/project.h"
#include "project/rule.h"
#include "project/zone.h"

static const char *const zone_names[] = {
	"Europe/Berlin", "America/New_York", "America/Los_Angeles", "Australia/Sydney", "Australia/Lord_Howe", "Asia/Kolkata",
	"Asia/Tokyo", "Africa/Casablanca", "Europe/Dublin", "America/Sao_Paulo", "Pacific/Apia", "Pacific/Chatham", "America/Scoresbysund",
	"Asia/Gaza", "Antarctica/Troll", "Etc/GMT+5", "America/St_Johns", "UTC", "Asia/Tehran", "America/Nuuk",
};

static struct tl_zone *open_zone(const char *name)
{
	struct tl_error err = { 0 };
	struct tl_zone *zone;

	if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) != 0) {
		print_message("no time zone data on this machine\n");
		skip();
	}
	if (tl_zone_open(&zone, tl_str(name), &err) != 0)
		fail_msg("%s", err.message);
	return zone;
}

static void offsets_are_those_of_the_c_library(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(zone_names); i++) {
		struct tl_zone *zone = open_zone(zone_names[i]);
		char text[64];

		snprintf(text, sizeof(text), ":%s", zone_names[i]);
		setenv("TZ", text, 1);
		tzset();
		/* From 1890 to 2120, every 37 hours: both sides of each change, before the first and after the last of the file. */
		for (int64_t at = -2524521600; at < 4733510400; at += 37 * 3600 + 11) {
			time_t seconds = (time_t)at;
			struct tm local;

			localtime_r(&seconds, &local);
			if (tl_zone_offset(zone, at * 1000) != local.tm_gmtoff)
				fail_msg("%s at %lld: %d, not %ld", zone_names[i], (long long)at, tl_zone_offset(zone, at * 1000), local.tm_gmtoff);
		}
		tl_zone_free(zone);
	}
	unsetenv("TZ");
	tzset();
}

static void the_second_of_a_change_is_exact(void **state)
{
	struct tl_zone *zone = open_zone("Europe/Berlin");
	int64_t spring, autumn, far;

	(void)state;
	assert_true(tl_time_parse(&spring, TL_STR("2026-03-29T01:00:00Z")));
	assert_true(tl_time_parse(&autumn, TL_STR("2026-10-25T01:00:00Z")));
	assert_true(tl_time_parse(&far, TL_STR("2083-03-28T01:00:00Z")));
	assert_int_equal(tl_zone_offset(zone, spring - 1), 3600);
	assert_int_equal(tl_zone_offset(zone, spring), 7200);
	assert_int_equal(tl_zone_offset(zone, autumn - 1), 7200);
	assert_int_equal(tl_zone_offset(zone, autumn), 3600);
	assert_int_equal(tl_zone_offset(zone, far - 1), 3600);
	assert_int_equal(tl_zone_offset(zone, far), 7200);
	tl_zone_free(zone);
}

static void names_that_are_none_are_refused(void **state)
{
	static const char *const names[] = {
		"", "Europe/Berlín", "../../etc/passwd", "/etc/passwd", "Europe", "Europe/", "Europe//Berlin", "tzdata.zi", "zone.tab",
		"Europe/Berlin\n", "Europe/./Berlin", "No/Such", "europe/berlin ",
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(names); i++) {
		struct tl_error err = { 0 };
		struct tl_zone *zone;

		assert_row(names[i], tl_zone_open(&zone, tl_str(names[i]), &err) == -1);
		assert_null(zone);
		assert_row(names[i], err.code == TL_NOT_FOUND);
	}
}

static void utc_needs_no_file(void **state)
{
	struct tl_zone *zone;

	(void)state;
	assert_int_equal(tl_zone_open(&zone, TL_STR("UTC"), NULL), 0);
	assert_int_equal(tl_zone_offset(zone, -1), 0);
	assert_int_equal(tl_zone_offset(zone, INT64_C(4102444800000)), 0);
	tl_zone_free(zone);
}

static void rules_are_read_in_full(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} table[] = {
		{ "UTC0", true }, { "CET-1CEST,M3.5.0,M10.5.0/3", true }, { "<-03>3", true }, { "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", true },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", true }, { "XXX3EDT4,0/0,J365/23", true }, { "EET-2EEST,M3.4.4/50,M10.4.4/50", true },
		{ "", false }, { "C", false }, { "CET", false }, { "CET-1CEST", false }, { "CET-1CEST,M3.5.0", false }, { "CET-1CEST,M13.5.0,M10.5.0", false },
		{ "CET-1CEST,M3.6.0,M10.5.0", false }, { "CET-1CEST,M3.5.7,M10.5.0", false }, { "CET-1CEST,J0,J366", false }, { "CET-168", false },
		{ "<CET-1", false }, { "UTC0 ", false },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		struct tl_zone_rule rule;

		assert_row(table[i].text, tl_zone_rule_parse(&rule, tl_str(table[i].text)) == table[i].good);
	}
}

static void summer_time_all_year_round(void **state)
{
	struct tl_zone_rule rule;

	(void)state;
	assert_true(tl_zone_rule_parse(&rule, TL_STR("XXX3EDT4,0/0,J365/23")));
	for (int64_t at = 0; at < 3 * 366 * 86400; at += 3600)
		assert_int_equal(tl_zone_rule_offset(&rule, at), -4 * 3600);
}

/* Monday 9 to 12 and 13 to 24 in Berlin, with one holiday. */
static void schedules_speak_in_local_time(void **state)
{
	struct tl_interval monday[] = { { 9 * 3600, 12 * 3600 }, { 13 * 3600, 86400 } };
	int64_t holidays[] = { tl_days_from_civil(2026, 6, 22) };
	struct tl_schedule schedule = { .weekly = { monday }, .n_weekly = { 2 }, .holidays = holidays, .n_holidays = 1 };
	static const struct {
		const char *at;
		enum tl_hours hours;
	} table[] = {
		{ "2026-06-15T06:59:59.999Z", TL_HOURS_CLOSED }, { "2026-06-15T07:00:00Z", TL_HOURS_OPEN },
		{ "2026-06-15T09:59:59.999Z", TL_HOURS_OPEN },   { "2026-06-15T10:00:00Z", TL_HOURS_CLOSED },
		{ "2026-06-15T21:59:59.999Z", TL_HOURS_OPEN },   { "2026-06-15T22:00:00Z", TL_HOURS_CLOSED }, /* Tuesday there */
		{ "2026-06-14T22:00:00Z", TL_HOURS_CLOSED },     { "2026-06-16T08:00:00Z", TL_HOURS_CLOSED },
		{ "2026-06-22T08:00:00Z", TL_HOURS_HOLIDAY },    { "2026-06-21T21:59:59Z", TL_HOURS_CLOSED },
		{ "2026-06-21T22:00:00Z", TL_HOURS_HOLIDAY },    { "2026-06-22T22:00:00Z", TL_HOURS_CLOSED },
		{ "2026-01-12T08:00:00Z", TL_HOURS_OPEN },       { "2026-01-12T07:59:59Z", TL_HOURS_CLOSED }, /* winter */
		{ "1969-12-29T08:30:00Z", TL_HOURS_OPEN },       { "1969-12-28T08:30:00Z", TL_HOURS_CLOSED },
	};

	(void)state;
	schedule.zone = open_zone("Europe/Berlin");
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		int64_t at;

		assert_true(tl_time_parse(&at, tl_str(table[i].at)));
		assert_row(table[i].at, tl_schedule_at(&schedule, at) == table[i].hours);
	}
	tl_zone_free(schedule.zone);
}

int test_project_zone(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets_are_those_of_the_c_library),
		cmocka_unit_test(the_second_of_a_change_is_exact),
		cmocka_unit_test(names_that_are_none_are_refused),
		cmocka_unit_test(utc_needs_no_file),
		cmocka_unit_test(rules_are_read_in_full),
		cmocka_unit_test(summer_time_all_year_round),
		cmocka_unit_test(schedules_speak_in_local_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

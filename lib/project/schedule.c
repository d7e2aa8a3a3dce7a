/* project/schedule.c: reading opening hours: weekly intervals, holidays, a time zone. */
#include "project/schedule.h"

#include <stdlib.h>

#include "base/clock.h"
#include "project/zone.h"

#define DAY_S 86400

static const char *const weekday_names[7] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday" };

static bool two_digits(struct tl_str text, size_t at, int32_t *number)
{
	if (text.ptr[at] < '0' || text.ptr[at] > '9' || text.ptr[at + 1] < '0' || text.ptr[at + 1] > '9')
		return false;
	*number = (text.ptr[at] - '0') * 10 + text.ptr[at + 1] - '0';
	return true;
}

/* "09:30", up to "24:00", as seconds of the day. */
static bool time_of_day(struct tl_str text, size_t at, int32_t *seconds)
{
	int32_t hour, minute;

	if (!two_digits(text, at, &hour) || text.ptr[at + 2] != ':' || !two_digits(text, at + 3, &minute) || minute > 59)
		return false;
	*seconds = hour * 3600 + minute * 60;
	return *seconds <= DAY_S;
}

/* "09:00-12:00" */
static bool interval_parse(struct tl_interval *interval, struct tl_str text)
{
	return text.len == 11 && text.ptr[5] == '-' && time_of_day(text, 0, &interval->opens_s) &&
	       time_of_day(text, 6, &interval->closes_s);
}

static void read_day(struct tl_project_reader *reader, struct tl_schedule *schedule, unsigned day, const struct tl_item *list)
{
	struct tl_interval *intervals = TL_ARENA_ARRAY(&reader->project->arena, struct tl_interval, list->count);
	uint32_t n = 0;

	for (const struct tl_item *item = list->first; item; item = item->next) {
		struct tl_interval interval;
		if (!interval_parse(&interval, item->text)) {
			tl_project_say(reader, item->span, "'%.*s' is no opening interval such as \"09:00-17:30\"", TL_FMT(item->text));
		} else if (interval.closes_s <= interval.opens_s) {
			struct tl_finding *f = tl_project_say(reader, item->span, "'%.*s' closes before it opens", TL_FMT(item->text));
			tl_findings_help(reader->findings, f, "end one day at 24:00 and open the next at 00:00");
		} else {
			intervals[n++] = interval;
		}
	}
	schedule->weekly[day] = intervals;
	schedule->n_weekly[day] = n;
}

static void read_weekly(struct tl_project_reader *reader, struct tl_schedule *schedule, const struct tl_item *weekly)
{
	for (unsigned day = 0; day < 7; day++) {
		const struct tl_item *list = tl_item_get(weekly, weekday_names[day]);
		if (list && list->kind == TL_LIST)
			read_day(reader, schedule, day, list);
	}
}

/* "2026-12-25" as days since 1970; false where there is no such day. */
static bool date_parse(int64_t *days, struct tl_str text)
{
	int32_t century, year, month, day;
	int64_t back_year;
	unsigned back_month, back_day;

	if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-' || !two_digits(text, 0, &century) ||
	    !two_digits(text, 2, &year) || !two_digits(text, 5, &month) || !two_digits(text, 8, &day) || month < 1 ||
	    month > 12 || day < 1)
		return false;
	*days = tl_days_from_civil(century * 100 + year, (unsigned)month, (unsigned)day);
	tl_civil_from_days(*days, &back_year, &back_month, &back_day);
	return back_month == (unsigned)month && back_day == (unsigned)day;
}

static int compare_days(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static void read_holidays(struct tl_project_reader *reader, struct tl_schedule *schedule, const struct tl_item *list)
{
	if (!list || list->kind != TL_LIST)
		return;
	schedule->holidays = TL_ARENA_ARRAY(&reader->project->arena, int64_t, list->count);
	for (const struct tl_item *item = list->first; item; item = item->next) {
		int64_t days;
		if (date_parse(&days, item->text))
			schedule->holidays[schedule->n_holidays++] = days;
		else
			tl_project_say(reader, item->span, "'%.*s' is no date such as \"2026-12-25\"", TL_FMT(item->text));
	}
	if (schedule->n_holidays > 1)
		qsort(schedule->holidays, schedule->n_holidays, sizeof(int64_t), compare_days);
}

static void read_zone(struct tl_project_reader *reader, struct tl_schedule *schedule, const struct tl_item *name)
{
	struct tl_error err = { 0 };

	if (!name)
		return;
	schedule->time_zone = name->text;
	if (tl_zone_open(&schedule->zone, name->text, &err) != 0)
		tl_project_say(reader, name->span, "%s", err.message);
}

void tl_schedules_read(struct tl_project_reader *reader, const struct tl_item *schedules)
{
	struct tl_project *project = reader->project;

	if (!schedules || schedules->kind != TL_MAP)
		return;
	project->schedules = TL_ARENA_ARRAY(&project->arena, struct tl_schedule, schedules->count);
	for (const struct tl_item *item = schedules->first; item; item = item->next) {
		struct tl_schedule *schedule = &project->schedules[project->n_schedules++];
		schedule->name = item->key;
		schedule->item = item;
		read_zone(reader, schedule, tl_item_get(item, "time_zone"));
		read_weekly(reader, schedule, tl_item_get(item, "weekly"));
		read_holidays(reader, schedule, tl_item_get(item, "holidays"));
	}
}

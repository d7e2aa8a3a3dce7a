/* project/rule.c: POSIX rules of time zones, with the hours of RFC 8536 version 3 (-167 to 167). */
#include "project/rule.h"

#include "base/clock.h"

#define DAY_S 86400

/* What is left to read. */
struct reader {
	const char *at, *end;
};

static bool take(struct reader *r, char c)
{
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool take_number(struct reader *r, unsigned *number, unsigned max)
{
	const char *start = r->at;
	*number = 0;
	while (r->at < r->end && *r->at >= '0' && *r->at <= '9' && r->at - start < 4)
		*number = *number * 10 + (unsigned)(*r->at++ - '0');
	return r->at > start && *number <= max;
}

/* A zone's abbreviation: three letters or more, or anything of letters, digits and signs in <>. */
static bool take_abbreviation(struct reader *r)
{
	const char *start = r->at;
	if (take(r, '<')) {
		while (r->at < r->end && *r->at != '>')
			r->at++;
		return take(r, '>');
	}
	while (r->at < r->end && ((*r->at >= 'a' && *r->at <= 'z') || (*r->at >= 'A' && *r->at <= 'Z')))
		r->at++;
	return r->at - start >= 3;
}

/* [+-]h[h[h]][:mm[:ss]] */
static bool take_time(struct reader *r, int32_t *seconds)
{
	bool negative = take(r, '-');
	if (!negative)
		take(r, '+');
	unsigned hours, minutes = 0, rest = 0;
	if (!take_number(r, &hours, 167))
		return false;
	if (take(r, ':') && !take_number(r, &minutes, 59))
		return false;
	if (take(r, ':') && !take_number(r, &rest, 59))
		return false;
	*seconds = (int32_t)(hours * 3600 + minutes * 60 + rest);
	if (negative)
		*seconds = -*seconds;
	return true;
}

static bool take_date(struct reader *r, struct tl_zone_day *day)
{
	if (take(r, 'M')) {
		day->kind = TL_DAY_MONTH;
		return take_number(r, &day->month, 12) && day->month > 0 && take(r, '.') && take_number(r, &day->week, 5) &&
		       day->week > 0 && take(r, '.') && take_number(r, &day->day, 6);
	}
	if (take(r, 'J')) {
		day->kind = TL_DAY_JULIAN;
		return take_number(r, &day->day, 365) && day->day > 0;
	}
	day->kind = TL_DAY_OF_YEAR;
	return take_number(r, &day->day, 365);
}

static bool take_day(struct reader *r, struct tl_zone_day *day)
{
	day->time_s = 2 * 3600;
	if (!take(r, ',') || !take_date(r, day))
		return false;
	return !take(r, '/') || take_time(r, &day->time_s);
}

bool tl_zone_rule_parse(struct tl_zone_rule *rule, struct tl_str text)
{
	struct reader r = { text.ptr, text.ptr + text.len };
	*rule = (struct tl_zone_rule){ 0 };
	if (!take_abbreviation(&r) || !take_time(&r, &rule->standard_s))
		return false;
	rule->standard_s = -rule->standard_s; /* POSIX counts to the west */
	if (r.at == r.end)
		return true;
	rule->has_summer = true;
	rule->summer_s = rule->standard_s + 3600;
	if (!take_abbreviation(&r))
		return false;
	if (r.at < r.end && *r.at != ',') {
		if (!take_time(&r, &rule->summer_s))
			return false;
		rule->summer_s = -rule->summer_s;
	}
	return take_day(&r, &rule->start) && take_day(&r, &rule->end) && r.at == r.end;
}

static bool year_is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* The day (since 1970) of a date like "the last Sunday of March". */
static int64_t day_of_month_rule(const struct tl_zone_day *day, int64_t year)
{
	static const uint8_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t first = tl_days_from_civil(year, day->month, 1);
	int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday; 0 is Sunday */
	int64_t date = ((int64_t)day->day - weekday + 7) % 7 + 7 * ((int64_t)day->week - 1);
	int64_t length = lengths[day->month - 1] + (day->month == 2 && year_is_leap(year));
	return first + (date < length ? date : date - 7);
}

/* The local second (since 1970) at which a change happens in a year. */
static int64_t change_in(const struct tl_zone_day *day, int64_t year)
{
	int64_t first = tl_days_from_civil(year, 1, 1), date = 0;
	switch (day->kind) {
	case TL_DAY_MONTH: date = day_of_month_rule(day, year); break;
	case TL_DAY_JULIAN: date = first + day->day - 1 + (day->day > 59 && year_is_leap(year)); break;
	case TL_DAY_OF_YEAR: date = first + day->day; break;
	}
	return date * DAY_S + day->time_s;
}

int32_t tl_zone_rule_offset(const struct tl_zone_rule *rule, int64_t seconds)
{
	if (!rule->has_summer)
		return rule->standard_s;
	int64_t local = seconds + rule->standard_s, year;
	unsigned month, date;
	tl_civil_from_days(local / DAY_S - (local % DAY_S < 0), &year, &month, &date);
	int64_t start = change_in(&rule->start, year) - rule->standard_s;
	int64_t end = change_in(&rule->end, year) - rule->summer_s;
	bool summer = start < end ? seconds >= start && seconds < end : seconds >= start || seconds < end;
	return summer ? rule->summer_s : rule->standard_s;
}

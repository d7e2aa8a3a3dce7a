/* base/clock.c: RFC 3339, durations, and the machine's own clock. */
#include "base/clock.h"

#include <time.h>

#define SLICE_MS 100

#define DAY_MS ((int64_t)86400000)
#define DURATION_LIMIT ((int64_t)1000000000000000)

static int64_t read_clock(clockid_t id)
{
	struct timespec now = { 0 };

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_now(void *data)
{
	(void)data;
	return read_clock(CLOCK_REALTIME);
}

static int64_t system_monotonic(void *data)
{
	(void)data;
	return read_clock(CLOCK_MONOTONIC);
}

static int system_sleep(void *data, int64_t ms)
{
	struct timespec wanted = { .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 };

	(void)data;
	if (ms <= 0)
		return 0;
	return nanosleep(&wanted, NULL) == 0 ? 0 : -1;
}

struct tl_clock tl_clock_system(void)
{
	return (struct tl_clock){ .now_ms = system_now, .monotonic_ms = system_monotonic, .sleep_ms = system_sleep };
}

int tl_clock_rest(const struct tl_clock *clock, int64_t ms, int (*stopped)(void))
{
	int64_t until = clock->monotonic_ms(clock->data) + ms;

	for (int64_t left = ms; left > 0; left = until - clock->monotonic_ms(clock->data)) {
		if (stopped && stopped())
			return -1;
		if (clock->sleep_ms(clock->data, left < SLICE_MS ? left : SLICE_MS) != 0)
			return -1;
	}
	return stopped && stopped() ? -1 : 0;
}

int64_t tl_clock_system_us(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Years that start in March have their odd day at the end, and repeat every 400 years of 146,097 days. */
int64_t tl_days_from_civil(int64_t year, unsigned month, unsigned day)
{
	int64_t era, year_of_era, day_of_year;

	if (month <= 2)
		year--;
	era = (year >= 0 ? year : year - 399) / 400;
	year_of_era = year - era * 400;
	day_of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

void tl_civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t era, day_of_era, year_of_era, day_of_year, shifted;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	day_of_era = days - era * 146097;
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	shifted = (5 * day_of_year + 2) / 153;
	*day = (unsigned)(day_of_year - (153 * shifted + 2) / 5 + 1);
	*month = (unsigned)(shifted < 10 ? shifted + 3 : shifted - 9);
	*year = year_of_era + era * 400 + (*month <= 2);
}

struct tl_str tl_time_format(struct tl_arena *arena, int64_t ms)
{
	int64_t days = ms / DAY_MS, rest = ms % DAY_MS, year;
	unsigned month, day, seconds, fraction;
	char tail[8] = "";

	if (rest < 0) {
		rest += DAY_MS;
		days--;
	}
	tl_civil_from_days(days, &year, &month, &day);
	seconds = (unsigned)(rest / 1000);
	fraction = (unsigned)(rest % 1000);
	if (fraction) {
		tail[0] = '.';
		tail[1] = (char)('0' + fraction / 100);
		tail[2] = (char)('0' + fraction / 10 % 10);
		tail[3] = (char)('0' + fraction % 10);
	}
	return tl_arena_printf(arena, "%04lld-%02u-%02uT%02u:%02u:%02u%sZ", (long long)year, month, day, seconds / 3600,
	                       seconds / 60 % 60, seconds % 60, tail);
}

/* A text that is read from the left; `ok` is false from the first thing on that is not there. */
struct reader {
	struct tl_str text;
	size_t at;
	bool ok;
};

static unsigned read_digits(struct reader *reader, size_t count)
{
	unsigned value = 0;

	if (reader->text.len - reader->at < count)
		reader->ok = false;
	for (size_t i = 0; reader->ok && i < count; i++) {
		char c = reader->text.ptr[reader->at + i];

		if (c < '0' || c > '9')
			reader->ok = false;
		else
			value = value * 10 + (unsigned)(c - '0');
	}
	if (reader->ok)
		reader->at += count;
	return value;
}

/* Takes the next character where it is one of `chars`; returns it, or 0. */
static char read_char(struct reader *reader, const char *chars)
{
	char c;

	if (reader->at == reader->text.len)
		return 0;
	c = reader->text.ptr[reader->at];
	if (c == 0 || !strchr(chars, c))
		return 0;
	reader->at++;
	return c;
}

static void expect_char(struct reader *reader, const char *chars)
{
	if (reader->ok && read_char(reader, chars) == 0)
		reader->ok = false;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

static int64_t read_date(struct reader *reader)
{
	unsigned year, month, day;

	year = read_digits(reader, 4);
	expect_char(reader, "-");
	month = read_digits(reader, 2);
	expect_char(reader, "-");
	day = read_digits(reader, 2);
	if (!reader->ok || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) {
		reader->ok = false;
		return 0;
	}
	return tl_days_from_civil(year, month, day);
}

/* Milliseconds of ".123456", cut off after the third digit. */
static int64_t read_fraction(struct reader *reader)
{
	int64_t value = 0;
	unsigned count = 0;

	if (read_char(reader, ".") == 0)
		return 0;
	for (char c = read_char(reader, "0123456789"); c; c = read_char(reader, "0123456789")) {
		if (count < 3)
			value = value * 10 + (c - '0');
		count++;
	}
	if (count == 0)
		reader->ok = false;
	for (; count < 3; count++)
		value *= 10;
	return value;
}

/* Minutes east of UTC: "Z" or "+02:00". */
static int64_t read_offset(struct reader *reader)
{
	unsigned hours, minutes;
	char sign = read_char(reader, "Zz+-");

	if (sign == 'Z' || sign == 'z')
		return 0;
	if (sign == 0)
		reader->ok = false;
	hours = read_digits(reader, 2);
	expect_char(reader, ":");
	minutes = read_digits(reader, 2);
	if (hours > 23 || minutes > 59)
		reader->ok = false;
	return (sign == '-' ? -1 : 1) * (int64_t)(hours * 60 + minutes);
}

bool tl_time_parse(int64_t *ms, struct tl_str text)
{
	struct reader reader = { .text = text, .ok = true };
	unsigned hours, minutes, seconds;
	int64_t days, fraction, value;

	days = read_date(&reader);
	expect_char(&reader, "Tt");
	hours = read_digits(&reader, 2);
	expect_char(&reader, ":");
	minutes = read_digits(&reader, 2);
	expect_char(&reader, ":");
	seconds = read_digits(&reader, 2);
	if (!reader.ok || hours > 23 || minutes > 59 || seconds > 60)
		return false;
	fraction = read_fraction(&reader);
	value = days * DAY_MS + (((int64_t)hours * 60 + minutes) * 60 + seconds) * 1000;
	value -= read_offset(&reader) * 60000;
	/* A leap second is the last of a day in UTC, and is taken for the first of the next. */
	if (seconds == 60 && value % DAY_MS != 0)
		return false;
	*ms = value + fraction;
	return reader.ok && reader.at == text.len;
}

static const struct duration_unit {
	const char *name;
	int64_t ms;
} unit_table[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", DAY_MS } };

/* Files know so many of them. */
#define FILE_UNITS 3

static bool parse_units(int64_t *ms, struct tl_str text, size_t units)
{
	int64_t value = 0;
	size_t at = 0;

	for (; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9'; at++) {
		value = value * 10 + (text.ptr[at] - '0');
		if (value > DURATION_LIMIT)
			return false;
	}
	for (size_t i = 0; at > 0 && i < units; i++) {
		if (!tl_str_is(tl_str_slice(text, at, text.len), unit_table[i].name))
			continue;
		if (value > DURATION_LIMIT / unit_table[i].ms)
			return false;
		*ms = value * unit_table[i].ms;
		return true;
	}
	return false;
}

bool tl_duration_parse(int64_t *ms, struct tl_str text)
{
	return parse_units(ms, text, FILE_UNITS);
}

bool tl_span_parse(int64_t *ms, struct tl_str text)
{
	return parse_units(ms, text, TL_COUNT(unit_table));
}

struct tl_str tl_duration_format(struct tl_arena *arena, int64_t ms)
{
	const struct duration_unit *unit = &unit_table[0];

	if (ms != 0 && ms % 60000 == 0)
		unit = &unit_table[2];
	else if (ms % 1000 == 0)
		unit = &unit_table[1];
	return tl_arena_printf(arena, "%lld%s", (long long)(ms / unit->ms), unit->name);
}

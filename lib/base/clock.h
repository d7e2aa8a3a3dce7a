/* base/clock.h: the time, handed in: the library never asks the machine itself. Also RFC 3339 and durations. */
#ifndef TL_BASE_CLOCK_H
#define TL_BASE_CLOCK_H

#include "base/arena.h"
#include "base/base.h"
#include "base/str.h"

struct tl_clock {
	/* Milliseconds since 1970-01-01T00:00:00Z. */
	int64_t (*now_ms)(void *data);
	/* Milliseconds of a clock that never goes back. */
	int64_t (*monotonic_ms)(void *data);
	/* Returns 0, or -1 where it was interrupted. */
	int (*sleep_ms)(void *data, int64_t ms);
	void *data;
};

/* The machine's own clock, for commands. */
struct tl_clock tl_clock_system(void);
/* Sleeps that long in short slices, between which `stopped` (may be NULL) is asked: a signal wakes but one of the threads that sleep. 0, or -1 where
 * it says so or a sleep was interrupted. */
int tl_clock_rest(const struct tl_clock *clock, int64_t ms, int (*stopped)(void));
/* Microseconds of the machine's own clock that never goes back, for commands that measure. */
int64_t tl_clock_system_us(void);

/* "2026-06-15T10:00:00Z", three digits of fraction where the milliseconds are not whole seconds. */
struct tl_str tl_time_format(struct tl_arena *arena, int64_t ms);
/* An RFC 3339 date-time with Z or an offset, fraction cut to milliseconds. False where it is none. */
bool tl_time_parse(int64_t *ms, struct tl_str text);
/* A proleptic Gregorian day number (0 is 1970-01-01) and back; `month` and `day` count from 1. */
int64_t tl_days_from_civil(int64_t year, unsigned month, unsigned day);
void tl_civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day);
/* "250ms", "5s", "2m": whole numbers with a unit, nothing else. False where it is none or passes 10^15 ms. */
bool tl_duration_parse(int64_t *ms, struct tl_str text);
/* For options: the same, and hours and days ("8h", "7d"), which files do not know. */
bool tl_span_parse(int64_t *ms, struct tl_str text);
/* The shortest of the three forms: 90000 -> "90s", 120000 -> "2m". */
struct tl_str tl_duration_format(struct tl_arena *arena, int64_t ms);

#endif

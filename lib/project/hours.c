/* project/hours.c: what a schedule says at an instant. */
#include <stdlib.h>

#include "project/project.h"
#include "project/zone.h"

#define DAY_S 86400

static int compare_days(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static bool is_holiday(const struct tl_schedule *schedule, int64_t day)
{
	return schedule->n_holidays > 0 &&
	       bsearch(&day, schedule->holidays, schedule->n_holidays, sizeof(day), compare_days) != NULL;
}

enum tl_hours tl_schedule_at(const struct tl_schedule *schedule, int64_t ms)
{
	int64_t seconds = ms / 1000 - (ms % 1000 < 0);
	int64_t local = seconds + tl_zone_offset(schedule->zone, ms);
	int64_t day = local / DAY_S - (local % DAY_S < 0);
	int64_t second = local - day * DAY_S;
	unsigned weekday = (unsigned)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday; monday is 0 */

	if (is_holiday(schedule, day))
		return TL_HOURS_HOLIDAY;
	for (uint32_t i = 0; i < schedule->n_weekly[weekday]; i++) {
		const struct tl_interval *interval = &schedule->weekly[weekday][i];
		if (second >= interval->opens_s && second < interval->closes_s)
			return TL_HOURS_OPEN;
	}
	return TL_HOURS_CLOSED;
}

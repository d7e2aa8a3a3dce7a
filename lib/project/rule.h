/* project/rule.h: the POSIX rule at the end of a TZif file ("CET-1CEST,M3.5.0,M10.5.0/3"): what holds after the last transition. */
#ifndef TL_PROJECT_RULE_H
#define TL_PROJECT_RULE_H

#include "base/str.h"

/* When one of the two changes of a year happens. */
enum tl_zone_day_kind {
	TL_DAY_MONTH,     /* Mm.w.d: week 5 is the last, day 0 is Sunday */
	TL_DAY_JULIAN,    /* Jn: 1 to 365, never 29 February */
	TL_DAY_OF_YEAR,   /* n: 0 to 365 */
};

struct tl_zone_day {
	enum tl_zone_day_kind kind;
	unsigned month, week, day;
	int32_t time_s; /* local seconds after midnight, may be negative or past a day */
};

struct tl_zone_rule {
	int32_t standard_s, summer_s; /* seconds east */
	bool has_summer;
	struct tl_zone_day start, end; /* of summer time */
};

/* False where `text` is not wholly a rule of RFC 8536 §3.3. */
bool tl_zone_rule_parse(struct tl_zone_rule *rule, struct tl_str text);
/* Seconds east of UTC at an instant (seconds since 1970). */
int32_t tl_zone_rule_offset(const struct tl_zone_rule *rule, int64_t seconds);

#endif

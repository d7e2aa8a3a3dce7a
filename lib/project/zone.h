/* project/zone.h: IANA time zones from the system's TZif files (RFC 8536), read whole: no TZ variable, no global state. */
#ifndef TL_PROJECT_ZONE_H
#define TL_PROJECT_ZONE_H

#include "base/error.h"
#include "base/str.h"

struct tl_zone;

/* "Europe/Berlin", "UTC". TL_NOT_FOUND for an unknown name; names with "..", a leading '/' or odd characters are never opened. */
int tl_zone_open(struct tl_zone **out, struct tl_str name, struct tl_error *err);
void tl_zone_free(struct tl_zone *zone);
/* Seconds east of UTC at an instant (ms since 1970). After the last transition of the file its POSIX rule holds. */
int32_t tl_zone_offset(const struct tl_zone *zone, int64_t ms);

#endif

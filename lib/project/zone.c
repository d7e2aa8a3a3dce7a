/* project/zone.c: reading TZif files (RFC 8536): the 64-bit block where there is one, and the POSIX rule of the footer. */
#include "project/zone.h"

#include <stdlib.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/file.h"
#include "project/rule.h"

#define TZIF_HEADER 44
#define TZIF_LIMIT ((uint64_t)1 << 20)

struct tl_zone {
	struct tl_arena arena;
	const uint8_t *times; /* n_times big-endian numbers of time_size bytes, ascending */
	const uint8_t *kinds; /* n_times indexes of offsets */
	int32_t *offsets;     /* seconds east */
	uint32_t n_times, n_offsets;
	size_t time_size;     /* 4 or 8 */
	struct tl_zone_rule rule;
	bool has_rule;
};

struct tzif_counts {
	uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t read_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t read_time(const uint8_t *p, size_t size)
{
	if (size == 4)
		return (int32_t)read_u32(p);
	return (int64_t)((uint64_t)read_u32(p) << 32 | read_u32(p + 4));
}

/* Reads one header; false where it is none. Counts are below the file's cap, so that sizes cannot overflow. */
static bool read_header(struct tzif_counts *counts, struct tl_str bytes, size_t at)
{
	if (bytes.len < at + TZIF_HEADER || memcmp(bytes.ptr + at, "TZif", 4) != 0)
		return false;
	const uint8_t *p = (const uint8_t *)bytes.ptr + at + 20;
	uint32_t *fields[] = { &counts->isut, &counts->isstd, &counts->leap, &counts->time, &counts->type, &counts->chars };
	for (size_t i = 0; i < TL_COUNT(fields); i++) {
		*fields[i] = read_u32(p + 4 * i);
		if (*fields[i] > TZIF_LIMIT)
			return false;
	}
	return counts->type > 0 && counts->leap == 0;
}

static size_t block_size(const struct tzif_counts *c, size_t time_size)
{
	return c->time * time_size + c->time + c->type * (size_t)6 + c->chars + c->leap * (time_size + 4) + c->isstd + c->isut;
}

/* Points the zone at the transitions of the block that starts at `at`; false where an index is out of range. */
static bool read_block(struct tl_zone *zone, const struct tzif_counts *c, const uint8_t *p)
{
	zone->times = p;
	zone->kinds = p + c->time * zone->time_size;
	zone->n_times = c->time;
	zone->n_offsets = c->type;
	zone->offsets = TL_ARENA_ARRAY(&zone->arena, int32_t, c->type);
	for (uint32_t i = 0; i < c->type; i++)
		zone->offsets[i] = (int32_t)read_u32(zone->kinds + c->time + (size_t)i * 6);
	for (uint32_t i = 0; i < c->time; i++) {
		if (zone->kinds[i] >= c->type)
			return false;
	}
	return true;
}

/* The footer: a POSIX rule between two line feeds; none is fine. */
static bool read_footer(struct tl_zone *zone, struct tl_str rest)
{
	if (rest.len < 2 || rest.ptr[0] != '\n')
		return true;
	size_t end = tl_str_find(rest, TL_STR("\n"), 1);
	if (end == SIZE_MAX)
		return false;
	struct tl_str text = tl_str_slice(rest, 1, end);
	zone->has_rule = text.len > 0;
	return text.len == 0 || tl_zone_rule_parse(&zone->rule, text);
}

static bool read_tzif(struct tl_zone *zone, struct tl_str bytes)
{
	struct tzif_counts counts;
	size_t at = 0;
	if (!read_header(&counts, bytes, at))
		return false;
	zone->time_size = 4;
	if (bytes.ptr[4] >= '2') {
		at += TZIF_HEADER + block_size(&counts, 4);
		zone->time_size = 8;
		if (!read_header(&counts, bytes, at))
			return false;
	}
	at += TZIF_HEADER;
	size_t size = block_size(&counts, zone->time_size);
	if (size > bytes.len || at > bytes.len - size)
		return false;
	if (!read_block(zone, &counts, (const uint8_t *)bytes.ptr + at))
		return false;
	return zone->time_size == 4 || read_footer(zone, tl_str_slice(bytes, at + size, bytes.len));
}

/* Letters, digits and "+-_" in parts between slashes: such a name cannot leave the folder. */
static bool name_is_safe(struct tl_str name)
{
	bool start = true;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (c == '/' && start)
			return false;
		if (!letter && c != '/' && c != '_' && c != '-' && c != '+')
			return false;
		start = c == '/';
	}
	return name.len > 0 && name.len < 128 && !start;
}

static int read_zone_file(struct tl_str *out, struct tl_arena *arena, struct tl_str name, struct tl_error *err)
{
	static const char *const folders[] = { "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo" };
	for (size_t i = 0; i < TL_COUNT(folders); i++) {
		struct tl_str path = tl_path_join(arena, tl_str(folders[i]), name);
		struct tl_error why = { 0 };
		if (tl_file_read(out, arena, path.ptr, TZIF_LIMIT, &why) == 0)
			return 0;
		if (why.code != TL_NOT_FOUND)
			return tl_error_set(err, TL_NOT_FOUND, "'%.*s' is no time zone", TL_FMT(name));
	}
	return tl_error_set(err, TL_NOT_FOUND, "time zone '%.*s' is not known (time zone data comes with the package tzdata)",
	                    TL_FMT(name));
}

/* UTC needs no file, so that it works on a machine without tzdata. */
static bool name_is_utc(struct tl_str name)
{
	return tl_str_is(name, "UTC") || tl_str_is(name, "Etc/UTC");
}

int tl_zone_open(struct tl_zone **out, struct tl_str name, struct tl_error *err)
{
	*out = NULL;
	if (!name_is_safe(name))
		return tl_error_set(err, TL_NOT_FOUND, "'%.*s' is no name of a time zone", TL_FMT(name));
	struct tl_zone *zone = tl_alloc_zero(1, sizeof(*zone));
	struct tl_str bytes;
	if (name_is_utc(name)) {
		zone->n_offsets = 1;
		zone->offsets = TL_ARENA_ARRAY(&zone->arena, int32_t, 1);
		*out = zone;
		return 0;
	}
	if (read_zone_file(&bytes, &zone->arena, name, err) != 0)
		goto fail;
	if (!read_tzif(zone, bytes)) {
		tl_error_set(err, TL_NOT_FOUND, "'%.*s' is no time zone", TL_FMT(name));
		goto fail;
	}
	*out = zone;
	return 0;
fail:
	tl_zone_free(zone);
	return -1;
}

void tl_zone_free(struct tl_zone *zone)
{
	if (!zone)
		return;
	tl_arena_clear(&zone->arena);
	free(zone);
}

/* How many transitions are at or before `seconds`. */
static uint32_t transitions_until(const struct tl_zone *zone, int64_t seconds)
{
	uint32_t low = 0, high = zone->n_times;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (read_time(zone->times + middle * zone->time_size, zone->time_size) <= seconds)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int32_t tl_zone_offset(const struct tl_zone *zone, int64_t ms)
{
	int64_t seconds = ms / 1000 - (ms % 1000 < 0);
	uint32_t passed = transitions_until(zone, seconds);
	if (passed == zone->n_times && zone->has_rule)
		return tl_zone_rule_offset(&zone->rule, seconds);
	return passed == 0 ? zone->offsets[0] : zone->offsets[zone->kinds[passed - 1]];
}

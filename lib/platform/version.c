/* platform/version.c: versions as numbers, and as people and platforms write them. */
#include <inttypes.h>
#include <stdio.h>

#include "platform/platform.h"

#define MAJOR_BITS 32
#define MAJOR_MOST UINT32_MAX
#define MINOR_MOST ((1u << 20) - 1)

/* Takes the digits off the front of a text; false where there are none, or too many. */
static bool take_number(uint64_t *out, struct tl_str *text, uint64_t most)
{
	size_t n = 0;

	*out = 0;
	for (; n < text->len && text->ptr[n] >= '0' && text->ptr[n] <= '9'; n++) {
		*out = *out * 10 + (uint64_t)(text->ptr[n] - '0');
		if (*out > most)
			return false;
	}
	*text = tl_str_slice(*text, n, text->len);
	return n > 0;
}

bool tl_version_parse(int64_t *out, struct tl_str text)
{
	uint64_t major, minor = 0;

	if (!take_number(&major, &text, MAJOR_MOST))
		return false;
	if (text.len > 0) {
		if (text.ptr[0] != '.')
			return false;
		text = tl_str_slice(text, 1, text.len);
		if (!take_number(&minor, &text, MINOR_MOST) || text.len > 0)
			return false;
	}
	*out = (int64_t)(major | minor << MAJOR_BITS);
	return true;
}

static int64_t major_of(int64_t version)
{
	return version & (int64_t)MAJOR_MOST;
}

static int64_t minor_of(int64_t version)
{
	return version >> MAJOR_BITS;
}

struct tl_str tl_version_id(struct tl_arena *arena, int64_t version)
{
	return tl_arena_printf(arena, "%" PRId64 ".%" PRId64, major_of(version), minor_of(version));
}

struct tl_str tl_version_text(struct tl_arena *arena, int64_t version)
{
	if (minor_of(version) > 0)
		return tl_version_id(arena, version);
	return tl_arena_printf(arena, "%" PRId64, version);
}

struct tl_version_shown tl_version_shown(int64_t version)
{
	struct tl_version_shown shown;

	if (minor_of(version) > 0)
		snprintf(shown.text, sizeof(shown.text), "%" PRId64 ".%" PRId64, major_of(version), minor_of(version));
	else
		snprintf(shown.text, sizeof(shown.text), "%" PRId64, version);
	return shown;
}

int tl_version_compare(int64_t a, int64_t b)
{
	int64_t x = major_of(a), y = major_of(b);

	if (x == y) {
		x = minor_of(a);
		y = minor_of(b);
	}
	return (x > y) - (x < y);
}

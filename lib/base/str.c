/* base/str.c: views of bytes: comparing, searching, UTF-8. */
#include "base/str.h"

int tl_str_compare(struct tl_str a, struct tl_str b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.ptr, b.ptr, len) : 0;

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

bool tl_str_starts(struct tl_str text, struct tl_str prefix)
{
	return text.len >= prefix.len && tl_str_equal(tl_str_slice(text, 0, prefix.len), prefix);
}

bool tl_str_ends(struct tl_str text, struct tl_str suffix)
{
	return text.len >= suffix.len && tl_str_equal(tl_str_slice(text, text.len - suffix.len, text.len), suffix);
}

size_t tl_str_find(struct tl_str text, struct tl_str needle, size_t from)
{
	const char *hit;

	if (from > text.len || needle.len > text.len - from)
		return SIZE_MAX;
	if (needle.len == 0)
		return from;
	hit = memmem(text.ptr + from, text.len - from, needle.ptr, needle.len);
	return hit ? (size_t)(hit - text.ptr) : SIZE_MAX;
}

struct tl_str tl_str_slice(struct tl_str text, size_t start, size_t end)
{
	if (end > text.len)
		end = text.len;
	if (start > end)
		start = end;
	return (struct tl_str){ text.ptr ? text.ptr + start : NULL, end - start };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct tl_str tl_str_trim(struct tl_str text)
{
	size_t start = 0, end = text.len;

	while (start < end && is_blank(text.ptr[start]))
		start++;
	while (end > start && is_blank(text.ptr[end - 1]))
		end--;
	return tl_str_slice(text, start, end);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool tl_str_equal_nocase(struct tl_str a, struct tl_str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	}
	return true;
}

uint64_t tl_str_hash(struct tl_str text)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.ptr[i]) * 0x100000001b3u;
	return hash;
}

/* The length that a lead byte promises, the bits that it gives, and the least code point of that length; 0 for none. */
static size_t lead_byte(unsigned char byte, uint32_t *bits, uint32_t *least)
{
	if (byte >= 0xc2 && byte <= 0xdf) {
		*bits = byte & 0x1fu;
		*least = 0x80;
		return 2;
	}
	if ((byte & 0xf0) == 0xe0) {
		*bits = byte & 0x0fu;
		*least = 0x800;
		return 3;
	}
	if (byte >= 0xf0 && byte <= 0xf4) {
		*bits = byte & 0x07u;
		*least = 0x10000;
		return 4;
	}
	return 0;
}

size_t tl_str_decode(struct tl_str text, size_t at, uint32_t *point)
{
	uint32_t value = 0, least = 0;
	size_t len;

	if (at >= text.len)
		return 0;
	*point = (unsigned char)text.ptr[at];
	if (*point < 0x80)
		return 1;
	len = lead_byte((unsigned char)*point, &value, &least);
	if (len == 0 || len > text.len - at)
		return 0;
	for (size_t i = 1; i < len; i++) {
		unsigned char next = (unsigned char)text.ptr[at + i];

		if ((next & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (next & 0x3fu);
	}
	if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*point = value;
	return len;
}

/* The offset of the first byte at or after `at` that is not ASCII; eight bytes at a time. */
static size_t skip_ascii(struct tl_str text, size_t at)
{
	while (text.len - at >= 8) {
		uint64_t word;

		memcpy(&word, text.ptr + at, sizeof(word));
		if (word & 0x8080808080808080u)
			break;
		at += 8;
	}
	while (at < text.len && (unsigned char)text.ptr[at] < 0x80)
		at++;
	return at;
}

bool tl_str_is_utf8(struct tl_str text, size_t *bad)
{
	size_t at = skip_ascii(text, 0);

	while (at < text.len) {
		uint32_t point;
		size_t len = tl_str_decode(text, at, &point);

		if (len == 0) {
			if (bad)
				*bad = at;
			return false;
		}
		at = skip_ascii(text, at + len);
	}
	return true;
}

size_t tl_str_code_points(struct tl_str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
	return count;
}

struct tl_str tl_str_cut(struct tl_str text, size_t limit)
{
	size_t end = limit;

	if (text.len <= limit)
		return text;
	/* At most three continuation bytes: more than that is no UTF-8, and any place is as good as another. */
	while (end > 0 && limit - end < 3 && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
		end--;
	return tl_str_slice(text, 0, end);
}

/* base/str.h: a view of bytes that somebody else owns; not NUL-terminated, may hold any byte. */
#ifndef TL_BASE_STR_H
#define TL_BASE_STR_H

#include <string.h>

#include "base/base.h"

struct tl_str {
	const char *ptr;
	size_t len;
};

/* A view of a string literal. */
#define TL_STR(literal) ((struct tl_str){ (literal), sizeof(literal) - 1 })
/* For printf's "%.*s". Values are capped at INT_MAX bytes. */
#define TL_FMT(str) (int)((str).len > 0x7fffffff ? 0x7fffffff : (str).len), ((str).ptr ? (str).ptr : "")

static inline struct tl_str tl_str(const char *text)
{
	return (struct tl_str){ text, text ? strlen(text) : 0 };
}

static inline bool tl_str_equal(struct tl_str a, struct tl_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Whether `a` is exactly the NUL-terminated `text`, in full length. */
static inline bool tl_str_is(struct tl_str a, const char *text)
{
	return tl_str_equal(a, tl_str(text));
}

/* What a hexadecimal digit is worth, in either case; -1 where it is none. */
static inline int tl_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Byte order, a prefix first: <0, 0, >0. */
int tl_str_compare(struct tl_str a, struct tl_str b);
bool tl_str_starts(struct tl_str text, struct tl_str prefix);
bool tl_str_ends(struct tl_str text, struct tl_str suffix);
/* The offset of the first `needle` at or after `from`, or SIZE_MAX. */
size_t tl_str_find(struct tl_str text, struct tl_str needle, size_t from);
struct tl_str tl_str_slice(struct tl_str text, size_t start, size_t end);
/* Without ASCII blanks (space, tab, CR, LF) at both ends. */
struct tl_str tl_str_trim(struct tl_str text);
/* ASCII letters compare without case. */
bool tl_str_equal_nocase(struct tl_str a, struct tl_str b);
/* FNV-1a, 64 bits. Not for hostile keys: the map uses a keyed hash of its own. */
uint64_t tl_str_hash(struct tl_str text);
/* Whether the bytes are well-formed UTF-8 (RFC 3629); *bad is the offset of the first byte that is not. */
bool tl_str_is_utf8(struct tl_str text, size_t *bad);
/* The number of code points of well-formed UTF-8. */
size_t tl_str_code_points(struct tl_str text);
/* Reads the code point at byte `at` and returns its length in bytes; 0 at the end, and where the bytes there are no UTF-8. */
size_t tl_str_decode(struct tl_str text, size_t at, uint32_t *point);
/* The first `limit` bytes, or up to three fewer so that no code point is cut in two. */
struct tl_str tl_str_cut(struct tl_str text, size_t limit);

#endif

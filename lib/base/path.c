/* base/path.c: paths as text (tl_path_join, tl_path_is_beneath, tl_path_match). */
#include "base/file.h"

struct tl_str tl_path_join(struct tl_arena *arena, struct tl_str base, struct tl_str name)
{
	if (base.len == 0 || tl_str_is(base, ".") || (name.len && name.ptr[0] == '/'))
		return tl_arena_dup(arena, name);
	while (base.len && base.ptr[base.len - 1] == '/')
		base.len--;
	return tl_arena_printf(arena, "%.*s/%.*s", TL_FMT(base), TL_FMT(name));
}

/* Takes the next component off the front of `rest`, past any slashes. False at the end. */
static bool next_component(struct tl_str *rest, struct tl_str *component)
{
	size_t start = 0, end;

	while (start < rest->len && rest->ptr[start] == '/')
		start++;
	end = start;
	while (end < rest->len && rest->ptr[end] != '/')
		end++;
	*component = tl_str_slice(*rest, start, end);
	*rest = tl_str_slice(*rest, end, rest->len);
	return component->len > 0;
}

bool tl_path_is_beneath(struct tl_str path)
{
	struct tl_str component;

	if (path.len == 0 || path.ptr[0] == '/' || memchr(path.ptr, '\0', path.len))
		return false;
	while (next_component(&path, &component)) {
		if (tl_str_is(component, ".."))
			return false;
	}
	return true;
}

/* The length of the character at `at`; a byte that is no UTF-8 is one too. */
static size_t char_len(struct tl_str text, size_t at)
{
	uint32_t point;
	size_t len = tl_str_decode(text, at, &point);

	return len ? len : 1;
}

/* One component with `*` and `?`. Only the last star ever needs to be tried again, so that no pattern takes more than
 * the product of the two lengths. */
static bool match_component(struct tl_str pattern, struct tl_str name)
{
	size_t p = 0, n = 0, star = SIZE_MAX, star_n = 0;

	while (n < name.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = p++;
			star_n = n;
		} else if (p < pattern.len && pattern.ptr[p] == '?') {
			p++;
			n += char_len(name, n);
		} else if (p < pattern.len && pattern.ptr[p] == name.ptr[n]) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			star_n += char_len(name, star_n);
			n = star_n;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

/* The next component that is not ".". */
static bool next_real(struct tl_str *rest, struct tl_str *component)
{
	bool more = next_component(rest, component);

	while (more && tl_str_is(*component, "."))
		more = next_component(rest, component);
	return more;
}

bool tl_path_match(struct tl_str pattern, struct tl_str path)
{
	struct tl_str after_stars = { NULL, 0 }, retry = { NULL, 0 };
	struct tl_str wanted, name;
	bool stars = false;

	if ((pattern.len && pattern.ptr[0] == '/') != (path.len && path.ptr[0] == '/'))
		return false;
	/* A pattern that is used up has matched a folder, and with it all that lies below. */
	while (next_real(&pattern, &wanted)) {
		if (tl_str_is(wanted, "**")) {
			stars = true;
			after_stars = pattern;
			retry = path;
			continue;
		}
		if (!next_real(&path, &name))
			return false;
		if (match_component(wanted, name))
			continue;
		/* As with `*`, only the last `**` needs to take in one component more. */
		if (!stars || !next_real(&retry, &name))
			return false;
		pattern = after_stars;
		path = retry;
	}
	return true;
}

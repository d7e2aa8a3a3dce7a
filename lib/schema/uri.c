#include "schema/uri.h"

#include "base/buf.h"

/* The five parts of RFC 3986; a part that is not there has no pointer. Views. */
struct parts {
	struct tl_str scheme, authority, path, query, fragment;
};

static struct tl_str rest_from(struct tl_str text, size_t at)
{
	return (struct tl_str){ text.ptr + at, text.len - at };
}

/* The offset of the first byte of `stops` in `text`, or its length. */
static size_t find_any(struct tl_str text, const char *stops)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr(stops, text.ptr[i]) && text.ptr[i] != '\0')
			return i;
	return text.len;
}

/* Takes what follows `mark` at the start of *rest, up to one of `stops`. */
static struct tl_str take_part(struct tl_str *rest, const char *mark, const char *stops)
{
	size_t skip = strlen(mark);
	if (!tl_str_starts(*rest, tl_str(mark)))
		return (struct tl_str){ NULL, 0 };
	*rest = rest_from(*rest, skip);
	size_t end = find_any(*rest, stops);
	struct tl_str part = { rest->ptr, end };
	*rest = rest_from(*rest, end);
	return part;
}

static void parts_read(struct parts *parts, struct tl_str uri)
{
	struct tl_str rest = uri.ptr ? uri : TL_STR("");
	size_t colon = find_any(rest, ":/?#");
	*parts = (struct parts){ 0 };
	if (colon > 0 && colon < rest.len && rest.ptr[colon] == ':') {
		parts->scheme = (struct tl_str){ rest.ptr, colon };
		rest = rest_from(rest, colon + 1);
	}
	parts->authority = take_part(&rest, "//", "/?#");
	parts->path = take_part(&rest, "", "?#");
	parts->query = take_part(&rest, "?", "#");
	parts->fragment = take_part(&rest, "#", "");
}

/* Section 5.2.4: appends `path` to `buf` without its "." and ".." segments. */
static void add_without_dots(struct tl_buf *buf, struct tl_str path)
{
	size_t start = buf->len, at = 0;
	while (at < path.len) {
		size_t begin = at + (path.ptr[at] == '/');
		size_t end = begin + find_any(rest_from(path, begin), "/");
		struct tl_str name = { path.ptr + begin, end - begin };
		bool last = end == path.len;
		if (tl_str_is(name, "..")) {
			while (buf->len > start && buf->data[buf->len - 1] != '/')
				buf->len--;
			if (buf->len > start)
				buf->len--;
		} else if (!tl_str_is(name, ".")) {
			tl_buf_add(buf, path.ptr + at, end - at);
		}
		if (last && (tl_str_is(name, ".") || tl_str_is(name, "..")))
			tl_buf_char(buf, '/');
		at = end;
	}
}

/* Section 5.2.3: the base's path up to its last '/', then the reference's. */
static void add_merged(struct tl_buf *buf, const struct parts *base, struct tl_str path)
{
	struct tl_buf merged = { 0 };
	size_t cut = base->path.len;
	while (cut > 0 && base->path.ptr[cut - 1] != '/')
		cut--;
	if (base->authority.ptr && base->path.len == 0)
		tl_buf_char(&merged, '/');
	tl_buf_add(&merged, base->path.ptr, cut);
	tl_buf_str(&merged, path);
	add_without_dots(buf, tl_buf_view(&merged));
	tl_buf_clear(&merged);
}

static void add_optional(struct tl_buf *buf, const char *mark, struct tl_str part)
{
	if (!part.ptr)
		return;
	tl_buf_text(buf, mark);
	tl_buf_str(buf, part);
}

static void add_head(struct tl_buf *buf, struct tl_str scheme, struct tl_str authority)
{
	if (scheme.ptr) {
		tl_buf_str(buf, scheme);
		tl_buf_char(buf, ':');
	}
	add_optional(buf, "//", authority);
}

/* Section 5.2.2, strict. */
static void add_resolved(struct tl_buf *buf, const struct parts *base, const struct parts *ref)
{
	if (ref->scheme.ptr || ref->authority.ptr) {
		add_head(buf, ref->scheme.ptr ? ref->scheme : base->scheme, ref->authority);
		add_without_dots(buf, ref->path);
		add_optional(buf, "?", ref->query);
	} else if (ref->path.len == 0) {
		add_head(buf, base->scheme, base->authority);
		tl_buf_str(buf, base->path);
		add_optional(buf, "?", ref->query.ptr ? ref->query : base->query);
	} else {
		add_head(buf, base->scheme, base->authority);
		if (ref->path.ptr[0] == '/')
			add_without_dots(buf, ref->path);
		else
			add_merged(buf, base, ref->path);
		add_optional(buf, "?", ref->query);
	}
	add_optional(buf, "#", ref->fragment);
}

struct tl_str tl_uri_resolve(struct tl_arena *arena, struct tl_str base, struct tl_str reference)
{
	struct parts from, to;
	struct tl_buf buf = { 0 };
	parts_read(&from, base);
	parts_read(&to, reference);
	add_resolved(&buf, &from, &to);
	struct tl_str uri = tl_arena_dup(arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	return uri;
}

void tl_uri_split(struct tl_str uri, struct tl_str *document, struct tl_str *fragment)
{
	size_t at = tl_str_find(uri, TL_STR("#"), 0);
	*document = uri;
	*fragment = TL_STR("");
	if (at == SIZE_MAX)
		return;
	document->len = at;
	*fragment = rest_from(uri, at + 1);
}

/* dialect/wire_text.c: texts with {name} of the wire and texts with ${name} of the native language. The rules are in wire.h. */
#include <string.h>

#include "dialect/wire.h"

static bool starts_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool goes_on(char c)
{
	return starts_name(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

static bool is_plain_name(struct tl_str name)
{
	if (name.len == 0 || !starts_name(name.ptr[0]))
		return false;
	for (size_t i = 1; i < name.len; i++) {
		if (!goes_on(name.ptr[i]))
			return false;
	}
	return true;
}

/* A name after its '$': one that could not stand without it, and in which '%' begins one of the three that are written so. */
static bool is_other_name(struct tl_str name)
{
	for (size_t i = 0; i < name.len; i++) {
		struct tl_str byte = tl_str_slice(name, i, i + 3 < name.len ? i + 3 : name.len);

		if (name.ptr[i] == '{' ||
		    (name.ptr[i] == '%' && !tl_str_is(byte, "%25") && !tl_str_is(byte, "%7B") && !tl_str_is(byte, "%7D")))
			return false;
	}
	return !is_plain_name(name);
}

/* The offset after NAME and its closing brace where they stand at `at`, else SIZE_MAX. */
static size_t after_name(struct tl_str text, size_t at)
{
	size_t end = at;

	if (at >= text.len || (text.ptr[at] != '$' && !starts_name(text.ptr[at])))
		return SIZE_MAX;
	while (end < text.len && text.ptr[end] != '}' && text.ptr[end] != '{')
		end++;
	if (end == text.len || text.ptr[end] == '{')
		return SIZE_MAX;
	if (text.ptr[at] == '$' ? !is_other_name(tl_str_slice(text, at + 1, end)) : !is_plain_name(tl_str_slice(text, at, end)))
		return SIZE_MAX;
	return end + 1;
}

static size_t count_braces(struct tl_str text, size_t at)
{
	size_t n = 0;

	while (at + n < text.len && text.ptr[at + n] == '{')
		n++;
	return n;
}

/* ---- reading */

/* Literal text of the native language: every dollar sign doubled. */
static void add_literal(struct tl_buf *out, struct tl_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '$')
			tl_buf_char(out, '$');
		tl_buf_char(out, text.ptr[i]);
	}
}

/* A name after its '$': %25, %7B and %7D are a byte each. */
static void add_other_name(struct tl_buf *out, struct tl_str name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (name.ptr[i] != '%') {
			tl_buf_char(out, name.ptr[i]);
			continue;
		}
		tl_buf_char(out, name.ptr[i + 2] == '5' ? '%' : name.ptr[i + 2] == 'B' ? '{' : '}');
		i += 2;
	}
}

static void add_reference(struct tl_buf *out, struct tl_str name)
{
	tl_buf_text(out, "${");
	if (name.ptr[0] == '$')
		add_other_name(out, tl_str_slice(name, 1, name.len));
	else
		tl_buf_str(out, name);
	tl_buf_char(out, '}');
}

struct tl_str tl_wire_text_read(struct tl_arena *arena, struct tl_str text)
{
	struct tl_buf out = { 0 };
	struct tl_str native;
	size_t at = 0;

	while (at < text.len) {
		size_t braces = count_braces(text, at), name = at + braces, after = after_name(text, name);

		if (braces == 0) {
			add_literal(&out, tl_str_slice(text, at, at + 1));
			at++;
			continue;
		}
		for (size_t i = 0; i < (after == SIZE_MAX ? braces : braces / 2); i++)
			tl_buf_char(&out, '{');
		at = after == SIZE_MAX ? name : after;
		if (after == SIZE_MAX)
			continue;
		if (braces % 2 == 1)
			add_reference(&out, tl_str_slice(text, name, after - 1));
		else
			add_literal(&out, tl_str_slice(text, name, after));
	}
	native = tl_arena_dup(arena, tl_buf_view(&out));
	tl_buf_clear(&out);
	return native;
}

bool tl_wire_text_env(struct tl_str text, size_t *at, struct tl_str *name, size_t *start)
{
	while (*at < text.len) {
		size_t braces = count_braces(text, *at), after = braces > 0 ? after_name(text, *at + braces) : SIZE_MAX;
		struct tl_str found;

		if (after == SIZE_MAX) {
			*at += braces > 0 ? braces : 1;
			continue;
		}
		found = tl_str_slice(text, *at + braces, after - 1);
		*start = *at + braces - 1;
		*at = after;
		if (braces % 2 == 1 && tl_str_starts(found, TL_STR("env."))) {
			*name = tl_str_slice(found, strlen("env."), found.len);
			return true;
		}
	}
	return false;
}

/* ---- writing */

/* Literal text; `before_reference`: a reference follows it directly. */
static void write_literal(struct tl_buf *out, struct tl_str text, bool before_reference)
{
	size_t at = 0;

	while (at < text.len) {
		size_t braces = count_braces(text, at), after = braces > 0 ? after_name(text, at + braces) : SIZE_MAX;
		bool ends = at + braces == text.len && before_reference;

		tl_buf_add(out, text.ptr + at, braces > 0 ? braces : 1);
		if (braces > 0 && (after != SIZE_MAX || ends))
			tl_buf_add(out, text.ptr + at, braces);
		at += braces > 0 ? braces : 1;
		if (after != SIZE_MAX) {
			tl_buf_add(out, text.ptr + at, after - at);
			at = after;
		}
	}
}

static void write_reference(struct tl_buf *out, struct tl_str name)
{
	bool known = is_plain_name(name);

	tl_buf_text(out, known ? "{" : "{$");
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!known && (c == '%' || c == '{' || c == '}'))
			tl_buf_printf(out, "%%%02X", (unsigned)(unsigned char)c);
		else
			tl_buf_char(out, c);
	}
	tl_buf_char(out, '}');
}

struct tl_item *tl_wire_value(struct tl_arena *arena, const struct tl_expr *expr)
{
	static const struct tl_expr_words words = { .literal = write_literal, .reference = write_reference };

	return tl_expr_said(arena, expr, &words);
}

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "base/buf.h"
#include "schema/classes.h"
#include "schema/pattern.h"

/* As ECMA-262 reads them: `$` only at the very end, \uXXXX, an unset group's back reference matches nothing. \d and \w stay ASCII. */
#define PATTERN_OPTIONS \
	(PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C)
/* Steps of the search before it is given up. */
#define MATCH_LIMIT 100000
#define HEAP_LIMIT_KIB 1024

struct tl_pattern {
	bool simple;
	struct tl_classes classes;
	pcre2_code *code;
	pcre2_match_context *context;
};

/* Names of general categories that ECMA-262 spells out and PCRE2 abbreviates. */
static const struct {
	const char *name, *brief;
} category_table[] = {
	{ "Letter", "L" },            { "Lowercase_Letter", "Ll" }, { "Uppercase_Letter", "Lu" }, { "Mark", "M" },
	{ "Number", "N" },            { "Decimal_Number", "Nd" },   { "Punctuation", "P" },       { "Symbol", "S" },
	{ "Separator", "Z" },         { "Other", "C" },             { "digit", "Nd" },            { "punct", "P" },
	{ "Space_Separator", "Zs" },  { "Control", "Cc" },
};

/* Length of the spelled-out name at the start of `rest`, its brief form appended; 0 where there is none. */
static size_t add_category(struct tl_buf *buf, struct tl_str rest)
{
	for (size_t i = 0; i < TL_COUNT(category_table); i++) {
		struct tl_str name = tl_str(category_table[i].name);
		if (tl_str_starts(rest, name) && name.len < rest.len && rest.ptr[name.len] == '}') {
			tl_buf_text(buf, category_table[i].brief);
			return name.len;
		}
	}
	return 0;
}

/* What ECMA-262 means by \s, as the inside of a class: WhiteSpace and LineTerminator. */
#define SPACES "\\t-\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff"

/* Appends the escape at `text[at]` (the backslash) in PCRE2's words; returns how many bytes it took. */
static size_t translate_escape(struct tl_buf *buf, struct tl_str text, size_t at, bool in_class)
{
	char c = at + 1 < text.len ? text.ptr[at + 1] : '\0';
	struct tl_str rest = tl_str_slice(text, at + 2 < text.len ? at + 2 : text.len, text.len);
	if (c == 's') {
		tl_buf_text(buf, in_class ? SPACES : "[" SPACES "]");
		return 2;
	}
	if (c == 'S' && !in_class) {
		tl_buf_text(buf, "[^" SPACES "]");
		return 2;
	}
	tl_buf_add(buf, text.ptr + at, c ? 2 : 1);
	if ((c != 'p' && c != 'P') || rest.len == 0 || rest.ptr[0] != '{')
		return c ? 2 : 1;
	tl_buf_char(buf, '{');
	return 3 + add_category(buf, tl_str_slice(rest, 1, rest.len));
}

/* Appends the pattern with \p{Letter} as \p{L} and \s as it is meant. False where it holds \S within a class, which has no such form. */
static bool translate(struct tl_buf *buf, struct tl_str text)
{
	bool in_class = false;
	size_t i = 0;
	while (i < text.len) {
		if (text.ptr[i] == '\\') {
			if (in_class && i + 1 < text.len && text.ptr[i + 1] == 'S')
				return false;
			i += translate_escape(buf, text, i, in_class);
			continue;
		}
		in_class = text.ptr[i] == '[' || (in_class && text.ptr[i] != ']');
		tl_buf_char(buf, text.ptr[i++]);
	}
	return true;
}

/* PCRE2's error in our words. */
static int fail(struct tl_error *err, struct tl_str text, int code, size_t at)
{
	PCRE2_UCHAR8 message[256] = { 0 };
	pcre2_get_error_message(code, message, sizeof(message));
	return tl_error_set(err, TL_USAGE, "no regular expression: '%.*s': %s at offset %zu", TL_FMT(text), (char *)message, at);
}

static int compile_general(struct tl_pattern *pattern, struct tl_str text, struct tl_error *err)
{
	struct tl_buf buf = { 0 };
	int code = 0;
	PCRE2_SIZE at = 0;
	if (!translate(&buf, text)) {
		tl_buf_clear(&buf);
		return tl_error_set(err, TL_UNSUPPORTED, "\\S within a class: '%.*s'", TL_FMT(text));
	}
	pattern->code = pcre2_compile((PCRE2_SPTR)(buf.data ? buf.data : ""), buf.len, PATTERN_OPTIONS, &code, &at, NULL);
	tl_buf_clear(&buf);
	if (!pattern->code)
		return fail(err, text, code, at);
	/* without machine code (a hardened kernel) the interpreter does the same, slower */
	(void)pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
	pattern->context = pcre2_match_context_create(NULL);
	if (!pattern->context)
		return tl_error_set(err, TL_IO, "no memory for a regular expression");
	pcre2_set_match_limit(pattern->context, MATCH_LIMIT);
	pcre2_set_heap_limit(pattern->context, HEAP_LIMIT_KIB);
	return 0;
}

int tl_pattern_new(struct tl_pattern **out, struct tl_str text, struct tl_error *err)
{
	struct tl_pattern *pattern = tl_alloc_zero(1, sizeof(*pattern));
	*out = NULL;
	pattern->simple = tl_classes_read(&pattern->classes, text);
	if (!pattern->simple && compile_general(pattern, text, err) < 0) {
		tl_pattern_free(pattern);
		return -1;
	}
	*out = pattern;
	return 0;
}

void tl_pattern_free(struct tl_pattern *pattern)
{
	if (!pattern)
		return;
	pcre2_match_context_free(pattern->context);
	pcre2_code_free(pattern->code);
	free(pattern);
}

bool tl_pattern_is_simple(const struct tl_pattern *pattern)
{
	return pattern->simple;
}

bool tl_pattern_matches(const struct tl_pattern *pattern, struct tl_str text, struct tl_pattern_scratch *scratch)
{
	if (pattern->simple)
		return tl_classes_match(&pattern->classes, text);
	if (!scratch->data)
		scratch->data = pcre2_match_data_create(1, NULL);
	if (!scratch->data)
		return false;
	PCRE2_SPTR subject = (PCRE2_SPTR)(text.ptr ? text.ptr : "");
	/* 0: matched, with more groups than there is room for */
	return pcre2_match(pattern->code, subject, text.len, 0, 0, scratch->data, pattern->context) >= 0;
}

void tl_pattern_scratch_clear(struct tl_pattern_scratch *scratch)
{
	pcre2_match_data_free(scratch->data);
	scratch->data = NULL;
}

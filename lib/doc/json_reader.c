/* doc/json_reader.c: RFC 8259, nothing else. No recursion: the open collections are on the builder's stack. */
#include "doc/json.h"

#include <stdio.h>

#include "doc/build.h"
#include "doc/scalar.h"

struct reader {
	struct tl_build build;
	const char *text;
	size_t len, at;
	bool failed;
};

/* What the grammar allows next. */
enum wanted {
	VALUE,        /* a value */
	VALUE_OR_END, /* a value, or the end of the list */
	KEY,          /* a key */
	KEY_OR_END,   /* a key, or the end of the map */
	MORE,         /* a comma or the end of what is open; the end of the text outside */
};

static void fail(struct reader *reader, size_t start, size_t end, const char *help, const char *what)
{
	reader->failed = true;
	reader->build.broken = true;
	if (end > reader->len)
		end = reader->len;
	tl_build_finding(&reader->build, start < end ? start : end, end, "yaml-syntax", help, "%s", what);
}

static void skip_space(struct reader *reader)
{
	while (reader->at < reader->len && strchr(" \t\n\r", reader->text[reader->at]) && reader->text[reader->at])
		reader->at++;
}

/* ---- strings ---- */

/* The four digits at `at`; -1 where they are not. */
static int32_t hex_four(const struct reader *reader, size_t at)
{
	int32_t value = 0;

	if (at > reader->len || reader->len - at < 4)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		int digit = tl_hex_digit(reader->text[at + i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static size_t put_utf8(char *out, uint32_t point)
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (char)(0xc0 | point >> 6);
		out[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (char)(0xe0 | point >> 12);
		out[1] = (char)(0x80 | (point >> 6 & 0x3f));
		out[2] = (char)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | point >> 18);
	out[1] = (char)(0x80 | (point >> 12 & 0x3f));
	out[2] = (char)(0x80 | (point >> 6 & 0x3f));
	out[3] = (char)(0x80 | (point & 0x3f));
	return 4;
}

/* A \u escape at reader->at, with its second half where it is the first of a pair. Returns the bytes put; 0 where it is wrong. */
static size_t take_unicode(struct reader *reader, char *out)
{
	size_t start = reader->at;
	int32_t high = hex_four(reader, start + 2), low;

	if (high < 0) {
		fail(reader, start, start + 6, NULL, "\\u takes four hexadecimal digits");
		return 0;
	}
	reader->at += 6;
	if (high < 0xd800 || high > 0xdfff)
		return put_utf8(out, (uint32_t)high);
	low = reader->len - reader->at >= 2 && memcmp(reader->text + reader->at, "\\u", 2) == 0 ? hex_four(reader, reader->at + 2) : -1;
	if (high > 0xdbff || low < 0xdc00 || low > 0xdfff) {
		fail(reader, start, start + 6, "characters above \\uFFFF are written as two escapes, \\ud83d\\ude00",
		     "half of a surrogate pair");
		return 0;
	}
	reader->at += 6;
	return put_utf8(out, 0x10000 + (((uint32_t)high & 0x3ff) << 10) + ((uint32_t)low & 0x3ff));
}

/* The escape at reader->at. */
static size_t take_escape(struct reader *reader, char *out)
{
	static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	char letter = reader->at + 1 < reader->len ? reader->text[reader->at + 1] : '\0';
	const char *known = letter ? strchr(letters, letter) : NULL;

	if (letter == 'u')
		return take_unicode(reader, out);
	if (!known) {
		fail(reader, reader->at, reader->at + 2, "write \\\\ for a backslash", "there is no such escape");
		return 0;
	}
	*out = values[known - letters];
	reader->at += 2;
	return 1;
}

/* The closing quote of the string whose text starts at reader->at, or the text's end. */
static size_t find_quote(const struct reader *reader)
{
	size_t at = reader->at;

	while (at < reader->len && reader->text[at] != '"')
		at += reader->text[at] == '\\' && at + 1 < reader->len ? 2 : 1;
	return at;
}

/* The string whose opening quote is at reader->at. False where there is a finding. */
static bool take_string(struct reader *reader, struct tl_str *out)
{
	size_t start = reader->at++, end = find_quote(reader), used = 0;
	char *text;

	if (end >= reader->len) {
		fail(reader, start, start + 1, "close it; within it a quote is written \\\"", "this quote is never closed");
		return false;
	}
	text = tl_build_text_room(&reader->build, end - reader->at);
	while (reader->at < end && !reader->failed) {
		unsigned char c = (unsigned char)reader->text[reader->at];

		if (c == '\\') {
			used += take_escape(reader, text + used);
		} else if (c < 0x20) {
			fail(reader, reader->at, reader->at + 1, "write it as an escape: \\n, \\t, \\u001b", "a control character in a string");
		} else {
			text[used++] = (char)c;
			reader->at++;
		}
	}
	reader->at = end + 1;
	*out = tl_build_text_keep(&reader->build, used);
	return !reader->failed;
}

/* ---- values ---- */

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '+' || c == '.' || c == '_';
}

static void take_number(struct reader *reader, struct tl_str word, size_t start)
{
	struct tl_scalar scalar;
	struct tl_item *item;

	if (!tl_scalar_json_number(&scalar, word)) {
		fail(reader, start, start + word.len, "JSON's numbers are written 12, -0.5, 1e3", "this is no number");
		return;
	}
	item = tl_build_scalar(&reader->build, TL_NUMBER, start, reader->at);
	item->text = tl_build_text(&reader->build, word.ptr, word.len);
	item->number = scalar.number;
	item->integer = scalar.integer;
	if (scalar.out_of_range)
		tl_build_finding(&reader->build, start, reader->at, "yaml-syntax", "put it in quotes if it is a name and not a quantity",
		                 "the number %.*s is too large", TL_FMT(tl_str_cut(word, 60)));
}

/* true, false, null or a number. */
static void take_word(struct reader *reader)
{
	size_t start = reader->at;
	struct tl_item *item;
	struct tl_str word;

	while (reader->at < reader->len && is_word(reader->text[reader->at]))
		reader->at++;
	word = (struct tl_str){ reader->text + start, reader->at - start };
	if (tl_str_is(word, "true") || tl_str_is(word, "false")) {
		item = tl_build_scalar(&reader->build, TL_BOOLEAN, start, reader->at);
		item->boolean = word.ptr[0] == 't';
		item->text = tl_build_text(&reader->build, word.ptr, word.len);
	} else if (tl_str_is(word, "null")) {
		item = tl_build_scalar(&reader->build, TL_NULL, start, reader->at);
		item->text = tl_build_text(&reader->build, word.ptr, word.len);
	} else if (word.len && (word.ptr[0] == '-' || (word.ptr[0] >= '0' && word.ptr[0] <= '9'))) {
		take_number(reader, word, start);
	} else if (word.len) {
		fail(reader, start, reader->at, "text stands in double quotes", "this is neither true, false, null nor a number");
	} else {
		fail(reader, start, start + 1, NULL, start == reader->len ? "the file ends where a value should be" : "no value can start here");
	}
}

static void take_value(struct reader *reader)
{
	size_t start = reader->at;
	struct tl_str text;

	if (reader->at < reader->len && reader->text[reader->at] == '"') {
		if (take_string(reader, &text)) {
			struct tl_item *item = tl_build_scalar(&reader->build, TL_STRING, start, reader->at);

			item->text = text;
			item->quoted = true;
		}
		return;
	}
	take_word(reader);
}

/* "key": */
static void take_key(struct reader *reader)
{
	size_t start = reader->at;
	struct tl_str key;

	if (start >= reader->len || reader->text[start] != '"') {
		fail(reader, start, start + 1, "keys stand in double quotes; no comma stands before a '}'", "a key is missing here");
		return;
	}
	if (!take_string(reader, &key))
		return;
	tl_build_key(&reader->build, key, start, reader->at);
	skip_space(reader);
	if (reader->at < reader->len && reader->text[reader->at] == ':')
		reader->at++;
	else
		fail(reader, reader->at, reader->at + 1, NULL, "a ':' is missing after the key");
}

/* ---- the grammar ---- */

static bool in_map(const struct reader *reader)
{
	const struct tl_build *build = &reader->build;

	return build->n_frames && build->frames[build->n_frames - 1].item->kind == TL_MAP;
}

/* What follows a value: a comma, the end of what is open, or of the text. */
static enum wanted take_more(struct reader *reader)
{
	char c = reader->at < reader->len ? reader->text[reader->at] : '\0';
	bool map = in_map(reader);

	if (reader->build.n_frames == 0) {
		fail(reader, reader->at, reader->at + 1, NULL, "something stands after the end of the value");
		return MORE;
	}
	if (c == ',') {
		reader->at++;
		return map ? KEY : VALUE;
	}
	if (c == (map ? '}' : ']')) {
		tl_build_close(&reader->build, ++reader->at);
		return MORE;
	}
	if (reader->at >= reader->len) {
		size_t start = reader->build.frames[reader->build.n_frames - 1].start;

		fail(reader, start, start + 1, NULL, map ? "this '{' is never closed" : "this '[' is never closed");
		return MORE;
	}
	fail(reader, reader->at, reader->at + 1, NULL, map ? "a ',' or '}' is missing before this" : "a ',' or ']' is missing before this");
	return MORE;
}

/* A value: of a collection only its opening. */
static enum wanted take_start(struct reader *reader)
{
	char c = reader->at < reader->len ? reader->text[reader->at] : '\0';

	if (c == '{' || c == '[') {
		tl_build_open(&reader->build, c == '{' ? TL_MAP : TL_LIST, reader->at++);
		return c == '{' ? KEY_OR_END : VALUE_OR_END;
	}
	take_value(reader);
	return MORE;
}

static enum wanted take(struct reader *reader, enum wanted wanted)
{
	char c = reader->at < reader->len ? reader->text[reader->at] : '\0';

	if ((wanted == KEY_OR_END && c == '}') || (wanted == VALUE_OR_END && c == ']')) {
		tl_build_close(&reader->build, ++reader->at);
		return MORE;
	}
	switch (wanted) {
	case KEY:
	case KEY_OR_END:
		take_key(reader);
		return VALUE;
	case VALUE:
	case VALUE_OR_END:
		return take_start(reader);
	default:
		return take_more(reader);
	}
}

static void read_text(struct reader *reader)
{
	enum wanted wanted = VALUE;

	skip_space(reader);
	if (reader->at == reader->len) {
		fail(reader, 0, 0, NULL, "the file is empty");
		return;
	}
	while (!reader->failed && !reader->build.stop) {
		skip_space(reader);
		if (wanted == MORE && reader->build.n_frames == 0 && reader->at == reader->len)
			return;
		wanted = take(reader, wanted);
	}
}

void tl_json_read(struct tl_doc **out, struct tl_str path, struct tl_str bytes, const struct tl_read_options *options)
{
	struct reader reader = { 0 };
	struct tl_doc *doc;

	if (options->substitution)
		*options->substitution = (struct tl_substitution){ 0 };
	if (!tl_build_doc(out, path, bytes, options)) {
		(*out)->json = true;
		return;
	}
	doc = *out;
	doc->json = true;
	if (options->substitution)
		options->substitution->text = doc->source.bytes;
	reader.text = doc->source.bytes.ptr;
	reader.len = doc->source.bytes.len;
	reader.at = tl_str_starts(doc->source.bytes, TL_STR("\xef\xbb\xbf")) ? 3 : 0;
	tl_build_init(&reader.build, doc, options);
	read_text(&reader);
	tl_build_clear(&reader.build);
}

int tl_json_parse(struct tl_doc **out, struct tl_str path, struct tl_str bytes, struct tl_error *err)
{
	struct tl_findings findings = { 0 };
	const struct tl_read_options options = { .findings = &findings };
	int status = 0;

	tl_json_read(out, path, bytes, &options);
	if (findings.count) {
		const struct tl_finding *first = &findings.items[0];

		status = tl_error_set(err, TL_USAGE, "%.*s:%u:%u: %.*s", TL_FMT(path), first->place.line, first->place.column,
		                      TL_FMT(first->message));
		tl_doc_free(*out);
		*out = NULL;
	}
	tl_findings_clear(&findings);
	return status;
}

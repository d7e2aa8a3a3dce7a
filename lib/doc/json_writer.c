/* doc/json_writer.c: the one place that writes JSON. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "doc/json.h"

void tl_json_init(struct tl_json *json, struct tl_buf *buf, bool pretty)
{
	*json = (struct tl_json){ .buf = buf, .pretty = pretty };
}

/* ---- structure ---- */

static bool in_map(const struct tl_json *json)
{
	unsigned level = json->depth - 1;

	return json->depth && (json->maps[level / 64] >> level % 64 & 1);
}

static void new_line(struct tl_json *json)
{
	if (!json->pretty)
		return;
	tl_buf_char(json->buf, '\n');
	for (unsigned i = 0; i < json->depth; i++)
		tl_buf_char(json->buf, '\t');
}

static void next_place(struct tl_json *json)
{
	if (json->comma)
		tl_buf_char(json->buf, ',');
	if (json->depth)
		new_line(json);
}

/* Every value passes here first: a map's needs its key, a list's its comma, the outermost stands alone. */
static void before_value(struct tl_json *json)
{
	if (in_map(json)) {
		assert(json->after_key);
	} else {
		assert(!json->after_key && (json->depth || !json->comma));
		next_place(json);
	}
	json->after_key = false;
	json->comma = true;
}

static void open_level(struct tl_json *json, bool map, char bracket)
{
	unsigned level = json->depth;
	uint64_t bit = (uint64_t)1 << level % 64;

	assert(level < TL_JSON_DEPTH);
	before_value(json);
	tl_buf_char(json->buf, bracket);
	if (map)
		json->maps[level / 64] |= bit;
	else
		json->maps[level / 64] &= ~bit;
	json->depth++;
	json->comma = false;
}

static void close_level(struct tl_json *json, bool map, char bracket)
{
	assert(json->depth && in_map(json) == map && !json->after_key);
	json->depth--;
	if (json->comma)
		new_line(json);
	tl_buf_char(json->buf, bracket);
	json->comma = true;
}

void tl_json_map(struct tl_json *json)
{
	open_level(json, true, '{');
}

void tl_json_map_end(struct tl_json *json)
{
	close_level(json, true, '}');
}

void tl_json_list(struct tl_json *json)
{
	open_level(json, false, '[');
}

void tl_json_list_end(struct tl_json *json)
{
	close_level(json, false, ']');
}

/* ---- strings ---- */

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void put_control(struct tl_buf *buf, uint32_t point)
{
	static const char letters[] = "btn?fr";

	if (point >= 8 && point <= 13 && point != 11) {
		tl_buf_char(buf, '\\');
		tl_buf_char(buf, letters[point - 8]);
	} else {
		tl_buf_printf(buf, "\\u%04x", point);
	}
}

/* One code point that is not plain ASCII, at `at`; returns the bytes taken. Line separators end a line in JavaScript, DEL, the C1 controls and the marks of
 * writing direction show as nothing or worse: they are escaped too. */
static size_t put_special(struct tl_buf *buf, struct tl_str text, size_t at)
{
	uint32_t point = 0;
	size_t len = tl_str_decode(text, at, &point);

	if (len == 0) {
		tl_buf_text(buf, "\xef\xbf\xbd");
		return 1;
	}
	if (point == '"' || point == '\\') {
		tl_buf_char(buf, '\\');
		tl_buf_char(buf, (char)point);
	} else if (tl_text_is_unsafe(point)) {
		put_control(buf, point);
	} else {
		tl_buf_add(buf, text.ptr + at, len);
	}
	return len;
}

static void put_string(struct tl_buf *buf, struct tl_str text)
{
	size_t at = 0;

	tl_buf_char(buf, '"');
	while (at < text.len) {
		size_t run = at;

		while (run < text.len && is_plain((unsigned char)text.ptr[run]))
			run++;
		tl_buf_add(buf, text.ptr + at, run - at);
		at = run;
		if (at < text.len)
			at += put_special(buf, text, at);
	}
	tl_buf_char(buf, '"');
}

void tl_json_key_str(struct tl_json *json, struct tl_str key)
{
	assert(in_map(json) && !json->after_key);
	next_place(json);
	put_string(json->buf, key);
	tl_buf_text(json->buf, json->pretty ? ": " : ":");
	json->after_key = true;
}

void tl_json_key(struct tl_json *json, const char *key)
{
	tl_json_key_str(json, tl_str(key));
}

void tl_json_string(struct tl_json *json, struct tl_str text)
{
	before_value(json);
	put_string(json->buf, text);
}

void tl_json_text(struct tl_json *json, const char *text)
{
	tl_json_string(json, tl_str(text));
}

/* ---- other values ---- */

void tl_json_number(struct tl_json *json, double number)
{
	before_value(json);
	if (isfinite(number))
		tl_text_number(json->buf, number);
	else
		tl_buf_text(json->buf, "null");
}

void tl_json_integer(struct tl_json *json, int64_t number)
{
	before_value(json);
	tl_buf_printf(json->buf, "%lld", (long long)number);
}

void tl_json_boolean(struct tl_json *json, bool boolean)
{
	before_value(json);
	tl_buf_text(json->buf, boolean ? "true" : "false");
}

void tl_json_null(struct tl_json *json)
{
	before_value(json);
	tl_buf_text(json->buf, "null");
}

void tl_json_raw(struct tl_json *json, struct tl_str text)
{
	before_value(json);
	tl_buf_str(json->buf, text);
}

/* ---- trees ---- */

static void put_children(struct tl_json *json, const struct tl_item *item)
{
	for (const struct tl_item *child = item->first; child; child = child->next) {
		if (item->kind == TL_MAP)
			tl_json_key_str(json, child->key);
		tl_json_item(json, child);
	}
}

void tl_json_item(struct tl_json *json, const struct tl_item *item)
{
	switch (item ? item->kind : TL_NULL) {
	case TL_NULL:
		tl_json_null(json);
		break;
	case TL_BOOLEAN:
		tl_json_boolean(json, item->boolean);
		break;
	case TL_NUMBER:
		tl_json_number(json, item->number);
		break;
	case TL_STRING:
		tl_json_string(json, item->text);
		break;
	case TL_LIST:
		tl_json_list(json);
		put_children(json, item);
		tl_json_list_end(json);
		break;
	case TL_MAP:
		tl_json_map(json);
		put_children(json, item);
		tl_json_map_end(json);
		break;
	}
}

void tl_json_put(struct tl_json *json, const char *key, struct tl_str text)
{
	tl_json_key(json, key);
	tl_json_string(json, text);
}

void tl_json_put_integer(struct tl_json *json, const char *key, int64_t number)
{
	tl_json_key(json, key);
	tl_json_integer(json, number);
}

void tl_json_put_count(struct tl_json *json, const char *key, uint64_t count)
{
	tl_json_put_integer(json, key, (int64_t)count);
}

void tl_json_put_time(struct tl_json *json, const char *key, int64_t ms)
{
	struct tl_arena arena = { 0 };

	tl_json_put(json, key, tl_time_format(&arena, ms));
	tl_arena_clear(&arena);
}

void tl_json_put_boolean(struct tl_json *json, const char *key, bool boolean)
{
	tl_json_key(json, key);
	tl_json_boolean(json, boolean);
}

void tl_json_put_or_null(struct tl_json *json, const char *key, struct tl_str text)
{
	tl_json_key(json, key);
	if (text.ptr)
		tl_json_string(json, text);
	else
		tl_json_null(json);
}

void tl_json_canonical(struct tl_buf *buf, const struct tl_item *item)
{
	struct tl_arena arena = { 0 };
	struct tl_json json;

	tl_json_init(&json, buf, false);
	tl_json_item(&json, tl_item_sorted(&arena, item));
	tl_arena_clear(&arena);
}

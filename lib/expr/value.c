/* expr/value.c: literals, coercion by the native rules, and members of objects held as canonical JSON. */
#include "expr/value.h"

#include <assert.h>
#include <stdlib.h>

#include "base/text.h"
#include "doc/json.h"

static const char *const type_names[] = { "nothing", "string", "number", "boolean", "object", "list" };

const char *tl_type_name(enum tl_type type)
{
	return type_names[type];
}

enum tl_type tl_type_parse(struct tl_str name)
{
	for (enum tl_type type = TL_V_STRING; type <= TL_V_OBJECT; type++) {
		if (tl_str_is(name, type_names[type]))
			return type;
	}
	return TL_UNSET;
}

struct tl_value tl_value_of_item(struct tl_arena *arena, const struct tl_item *item)
{
	struct tl_value value = TL_VALUE_UNSET;
	struct tl_buf text = { 0 };

	if (!item)
		return value;
	switch (item->kind) {
	case TL_NULL:
		return value;
	case TL_BOOLEAN:
		return tl_value_boolean(item->boolean);
	case TL_NUMBER:
		return tl_value_number(item->number);
	case TL_STRING:
		return tl_value_string(item->text);
	case TL_LIST:
	case TL_MAP:
		break;
	}
	tl_json_canonical(&text, item);
	value.type = item->kind == TL_MAP ? TL_V_OBJECT : TL_V_LIST;
	value.text = tl_arena_dup(arena, tl_buf_view(&text));
	tl_buf_clear(&text);
	return value;
}

bool tl_value_equal(const struct tl_value *a, const struct tl_value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case TL_UNSET:
		return true;
	case TL_V_NUMBER:
		return a->number == b->number;
	case TL_V_BOOLEAN:
		return a->boolean == b->boolean;
	case TL_V_STRING:
	case TL_V_OBJECT:
	case TL_V_LIST:
		break;
	}
	return tl_str_equal(a->text, b->text);
}

void tl_value_text(struct tl_buf *buf, const struct tl_value *value)
{
	switch (value->type) {
	case TL_UNSET:
		break;
	case TL_V_NUMBER:
		tl_text_number(buf, value->number);
		break;
	case TL_V_BOOLEAN:
		tl_buf_text(buf, value->boolean ? "true" : "false");
		break;
	case TL_V_STRING:
	case TL_V_OBJECT:
	case TL_V_LIST:
		tl_buf_str(buf, value->text);
		break;
	}
}

void tl_value_json(struct tl_buf *buf, const struct tl_value *value)
{
	struct tl_json json;

	tl_json_init(&json, buf, false);
	if (value->type == TL_UNSET)
		tl_json_null(&json);
	else if (value->type == TL_V_STRING)
		tl_json_string(&json, value->text);
	else if (value->type == TL_V_NUMBER)
		tl_json_number(&json, value->number);
	else
		tl_value_text(buf, value);
}

/* ---- coercion */

/* -?[0-9]+(\.[0-9]+)? */
static bool is_decimal(struct tl_str text)
{
	size_t i = text.len > 0 && text.ptr[0] == '-' ? 1 : 0;
	size_t digits = 0;

	for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
		digits++;
	if (digits == 0 || i == text.len)
		return digits > 0;
	if (text.ptr[i] != '.')
		return false;
	digits = 0;
	for (i++; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
		digits++;
	return digits > 0 && i == text.len;
}

static bool to_number(struct tl_value *out, const struct tl_value *value)
{
	char digits[64], *copy = digits;

	if (value->type != TL_V_STRING || !is_decimal(value->text))
		return false;
	if (value->text.len >= sizeof(digits))
		copy = tl_alloc(value->text.len + 1);
	memcpy(copy, value->text.ptr, value->text.len);
	copy[value->text.len] = '\0';
	*out = tl_value_number(strtod(copy, NULL));
	if (copy != digits)
		free(copy);
	return true;
}

static bool to_boolean(struct tl_value *out, const struct tl_value *value)
{
	if (value->type == TL_V_NUMBER && (value->number == 0 || value->number == 1)) {
		*out = tl_value_boolean(value->number == 1);
		return true;
	}
	if (value->type != TL_V_STRING)
		return false;
	bool yes = tl_str_is(value->text, "true") || tl_str_is(value->text, "1");
	bool no = tl_str_is(value->text, "false") || tl_str_is(value->text, "0");
	*out = tl_value_boolean(yes);
	return yes || no;
}

/* Appends to `scratch` and returns a view of what was appended. Earlier views into it may move. */
static struct tl_str appended(const struct tl_buf *scratch, size_t start)
{
	return tl_str_slice(tl_buf_view(scratch), start, scratch->len);
}

static bool to_object(struct tl_value *out, const struct tl_value *value, struct tl_buf *scratch)
{
	struct tl_doc *doc = NULL;
	size_t start = scratch->len;
	bool is_object;

	/* A file may start with a byte order mark, a JSON text may not (RFC 8259, 8.1). */
	if (value->type != TL_V_STRING || tl_str_starts(value->text, TL_STR("\xef\xbb\xbf")))
		return false;
	if (tl_json_parse(&doc, TL_STR("value"), value->text, NULL) < 0)
		return false;
	is_object = doc->root && doc->root->kind == TL_MAP;
	if (is_object) {
		tl_json_canonical(scratch, doc->root);
		*out = (struct tl_value){ .type = TL_V_OBJECT, .text = appended(scratch, start) };
	}
	tl_doc_free(doc);
	return is_object;
}

bool tl_value_coerce(struct tl_value *out, const struct tl_value *value, enum tl_type wanted, struct tl_buf *scratch)
{
	size_t start = scratch->len;

	*out = *value;
	if (wanted == TL_UNSET || value->type == wanted)
		return true;
	switch (wanted) {
	case TL_V_STRING:
		if (value->type == TL_UNSET)
			return false;
		tl_value_text(scratch, value);
		*out = tl_value_string(appended(scratch, start));
		return true;
	case TL_V_NUMBER:
		return to_number(out, value);
	case TL_V_BOOLEAN:
		return to_boolean(out, value);
	case TL_V_OBJECT:
		return to_object(out, value, scratch);
	case TL_UNSET:
	case TL_V_LIST:
		break;
	}
	return false;
}

/* ---- canonical JSON text, which is known to be well formed */

/* The offset after the string that starts at `at` (its opening quote). */
static size_t skip_string(struct tl_str json, size_t at)
{
	const char *text = json.ptr + at + 1, *end = json.ptr + json.len, *quote = text;

	for (;;) {
		size_t slashes = 0;

		quote = quote < end ? memchr(quote, '"', (size_t)(end - quote)) : NULL;
		if (!quote)
			return json.len + 1;
		while (quote - slashes > text && quote[-1 - (ptrdiff_t)slashes] == '\\')
			slashes++;
		quote++;
		if (slashes % 2 == 0)
			return (size_t)(quote - json.ptr);
	}
}

static size_t skip_value(struct tl_str json, size_t at)
{
	size_t depth = 0;

	do {
		char c = json.ptr[at];

		if (c == '"') {
			at = skip_string(json, at);
			continue;
		}
		if (c == '{' || c == '[')
			depth++;
		if ((c == '}' || c == ']') && depth > 0)
			depth--;
		at++;
		if (depth == 0 && (c == '}' || c == ']'))
			break;
	} while (at < json.len && (depth > 0 || (json.ptr[at] != ',' && json.ptr[at] != '}' && json.ptr[at] != ']')));
	return at < json.len ? at : json.len;
}

static unsigned hex4(const char *digits)
{
	unsigned code = 0;

	for (int i = 0; i < 4; i++) {
		char c = digits[i];
		unsigned nibble = c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);

		code = code << 4 | (nibble & 15u);
	}
	return code;
}

static void add_code_point(struct tl_buf *buf, unsigned code)
{
	if (code < 0x80) {
		tl_buf_char(buf, (char)code);
	} else if (code < 0x800) {
		tl_buf_char(buf, (char)(0xc0 | code >> 6));
		tl_buf_char(buf, (char)(0x80 | (code & 63)));
	} else {
		tl_buf_char(buf, (char)(0xe0 | code >> 12));
		tl_buf_char(buf, (char)(0x80 | (code >> 6 & 63)));
		tl_buf_char(buf, (char)(0x80 | (code & 63)));
	}
}

/* The text of a string of canonical JSON (its quotes included in `json`), appended. Canonical text escapes no surrogates. */
static void unescape(struct tl_buf *buf, struct tl_str json)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";

	for (size_t i = 1; i + 1 < json.len; i++) {
		char c = json.ptr[i];
		const char *named;

		if (c != '\\') {
			tl_buf_char(buf, c);
			continue;
		}
		c = json.ptr[++i];
		named = strchr(from, c);
		if (c == 'u') {
			add_code_point(buf, hex4(json.ptr + i + 1));
			i += 4;
		} else {
			tl_buf_char(buf, named ? to[named - from] : c);
		}
	}
}

static struct tl_value value_of_json(struct tl_str json, struct tl_buf *scratch)
{
	size_t start = scratch->len;
	double number = 0;

	switch (json.ptr[0]) {
	case '"':
		unescape(scratch, json);
		return tl_value_string(appended(scratch, start));
	case '{':
		return (struct tl_value){ .type = TL_V_OBJECT, .text = json };
	case '[':
		return (struct tl_value){ .type = TL_V_LIST, .text = json };
	case 't':
	case 'f':
		return tl_value_boolean(json.ptr[0] == 't');
	case 'n':
		return TL_VALUE_UNSET;
	default:
		tl_text_number_parse(&number, json);
		return tl_value_number(number);
	}
}

/* Whether a text stands in JSON as it is. */
static bool is_plain(struct tl_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			return false;
	}
	return true;
}

/* The value of the member whose key's text (without quotes) is `wanted`. Keys are in byte order, so past its first byte there is none. */
static struct tl_str find_member(struct tl_str object, struct tl_str wanted)
{
	size_t at = 1;

	while (at < object.len && object.ptr[at] == '"') {
		size_t key_end = skip_string(object, at), end;
		struct tl_str key = tl_str_slice(object, at + 1, key_end - 1);

		if (tl_str_equal(key, wanted))
			return tl_str_slice(object, key_end + 1, skip_value(object, key_end + 1));
		if (key.len > 0 && wanted.len > 0 && key.ptr[0] != '\\' && wanted.ptr[0] != '\\' && (unsigned char)key.ptr[0] > (unsigned char)wanted.ptr[0])
			break;
		end = skip_value(object, key_end + 1);
		at = end + 1;
	}
	return (struct tl_str){ 0 };
}

/* The value of `name` in an object's canonical text, as JSON; empty where there is none. */
static struct tl_str member_json(struct tl_str object, struct tl_str name, struct tl_buf *scratch)
{
	struct tl_json json;
	size_t start = scratch->len;
	struct tl_str found, wanted;

	if (is_plain(name))
		return find_member(object, name);
	tl_json_init(&json, scratch, false);
	tl_json_string(&json, name);
	wanted = appended(scratch, start);
	found = find_member(object, tl_str_slice(wanted, 1, wanted.len - 1));
	scratch->len = start;
	return found;
}

struct tl_value tl_value_member(const struct tl_value *object, const struct tl_str *names, size_t count, struct tl_buf *scratch)
{
	struct tl_str json = object->text;

	if (count == 0)
		return *object;
	if (object->type != TL_V_OBJECT)
		return TL_VALUE_UNSET;
	for (size_t i = 0; i < count; i++) {
		if (json.len == 0 || json.ptr[0] != '{')
			return TL_VALUE_UNSET;
		json = member_json(json, names[i], scratch);
	}
	return json.len == 0 ? TL_VALUE_UNSET : value_of_json(json, scratch);
}

/* ---- back to a tree */

static struct tl_item *item_of_json(struct tl_arena *arena, struct tl_str json);

static struct tl_str string_of_json(struct tl_arena *arena, struct tl_str json)
{
	struct tl_buf text = { 0 };
	struct tl_str copy;

	unescape(&text, json);
	copy = tl_arena_dup(arena, tl_buf_view(&text));
	tl_buf_clear(&text);
	return copy;
}

static struct tl_item *collection_of_json(struct tl_arena *arena, struct tl_str json)
{
	bool is_map = json.ptr[0] == '{';
	struct tl_item *item = tl_item_new(arena, is_map ? TL_MAP : TL_LIST);
	size_t at = 1;

	while (at < json.len && json.ptr[at] != '}' && json.ptr[at] != ']') {
		struct tl_str key = { 0 };

		if (is_map) {
			size_t key_end = skip_string(json, at);

			key = string_of_json(arena, tl_str_slice(json, at, key_end));
			at = key_end + 1;
		}
		size_t end = skip_value(json, at);
		struct tl_item *child = item_of_json(arena, tl_str_slice(json, at, end));

		if (is_map)
			tl_item_put(item, key, child);
		else
			tl_item_add(item, child);
		at = end < json.len && json.ptr[end] == ',' ? end + 1 : end;
	}
	return item;
}

/* Recursion is bounded by the depth limit of the readers. */
static struct tl_item *item_of_json(struct tl_arena *arena, struct tl_str json)
{
	double number = 0;

	switch (json.ptr[0]) {
	case '{':
	case '[':
		return collection_of_json(arena, json);
	case '"':
		return tl_item_string(arena, string_of_json(arena, json));
	case 't':
	case 'f':
		return tl_item_boolean(arena, json.ptr[0] == 't');
	case 'n':
		return tl_item_new(arena, TL_NULL);
	default:
		tl_text_number_parse(&number, json);
		return tl_item_number(arena, number);
	}
}

struct tl_item *tl_value_item(struct tl_arena *arena, const struct tl_value *value)
{
	switch (value->type) {
	case TL_UNSET:
		break;
	case TL_V_STRING:
		return tl_item_string(arena, value->text);
	case TL_V_NUMBER:
		return tl_item_number(arena, value->number);
	case TL_V_BOOLEAN:
		return tl_item_boolean(arena, value->boolean);
	case TL_V_OBJECT:
	case TL_V_LIST:
		return item_of_json(arena, value->text);
	}
	return tl_item_new(arena, TL_NULL);
}

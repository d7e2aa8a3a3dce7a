/* doc/write.c: plain scalars where nobody could take them for anything else, flow style where it is short, block style where it is not. */
#include "doc/write.h"

#include "doc/json.h"

/* ---- on one line */

/* Words that some reader takes for something else than a text. */
static bool is_taken(struct tl_str text)
{
	static const char *const words[] = { "null", "true", "false", "yes", "no", "on", "off", "nan", "inf" };

	for (size_t i = 0; i < TL_COUNT(words); i++) {
		if (tl_str_equal_nocase(text, tl_str(words[i])))
			return true;
	}
	return false;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* A text that means itself without quotes, in whatever style. */
static bool is_plain(struct tl_str text)
{
	if (text.len == 0 || !is_letter(text.ptr[0]) || text.ptr[text.len - 1] == ' ' || is_taken(text))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != ' ' && !(c == '.' && i + 1 < text.len) && !(c == '/' && i + 1 < text.len))
			return false;
	}
	return true;
}

static void write_scalar(struct tl_buf *out, const struct tl_item *item, const struct tl_manner *manner)
{
	struct tl_json json;

	if (item->kind == TL_STRING && !manner->json && !manner->quoted && !item->quoted && is_plain(item->text)) {
		tl_buf_str(out, item->text);
		return;
	}
	tl_json_init(&json, out, false);
	tl_json_item(&json, item);
}

static void write_key(struct tl_buf *out, struct tl_str key, bool json)
{
	struct tl_json writer;

	if (!json && is_plain(key)) {
		tl_buf_str(out, key);
	} else {
		tl_json_init(&writer, out, false);
		tl_json_string(&writer, key);
	}
	tl_buf_text(out, ": ");
}

static bool is_collection(const struct tl_item *item)
{
	return item->kind == TL_MAP || item->kind == TL_LIST;
}

static void write_inline(struct tl_buf *out, const struct tl_item *item, const struct tl_manner *manner)
{
	struct tl_manner inner = { .json = manner->json, .flow = true };
	bool map = item->kind == TL_MAP;

	if (!is_collection(item)) {
		write_scalar(out, item, manner);
		return;
	}
	tl_buf_char(out, map ? '{' : '[');
	for (const struct tl_item *child = item->first; child; child = child->next) {
		if (map)
			write_key(out, child->key, manner->json);
		write_inline(out, child, &inner);
		tl_buf_text(out, child->next ? ", " : "");
	}
	tl_buf_char(out, map ? '}' : ']');
}

/* ---- on several */

static void new_line(struct tl_buf *out, size_t column)
{
	tl_buf_char(out, '\n');
	for (size_t i = 0; i < column; i++)
		tl_buf_char(out, ' ');
}

/* Whether it fits on the line that it is on, behind what stands there. */
static bool fits(const struct tl_item *item, const struct tl_manner *manner, size_t used)
{
	struct tl_buf text = { 0 };
	bool good;

	write_inline(&text, item, manner);
	good = used + text.len <= TL_MANNER_WIDTH;
	tl_buf_clear(&text);
	return good;
}

/* The entries of a collection, one below the other; the first stands where it is written. */
static void write_block(struct tl_buf *out, const struct tl_item *item, size_t column)
{
	const struct tl_manner manner = { .column = column };

	for (const struct tl_item *child = item->first; child; child = child->next) {
		if (child != item->first)
			new_line(out, column);
		if (item->kind == TL_MAP)
			tl_doc_write_entry(out, child->key, child, &manner);
		else
			tl_doc_write_element(out, child, &manner);
	}
}

/* Whether a value is written in block style behind `used` columns. */
static bool is_block(const struct tl_item *item, const struct tl_manner *manner, size_t used)
{
	return is_collection(item) && item->count > 0 && !manner->flow && !manner->json && (manner->in_place || !fits(item, manner, used));
}

void tl_doc_write_value(struct tl_buf *out, const struct tl_item *item, const struct tl_manner *manner)
{
	if (!is_block(item, manner, manner->column)) {
		write_inline(out, item, manner);
	} else if (manner->in_place) {
		write_block(out, item, manner->column);
	} else {
		new_line(out, manner->column + 2);
		write_block(out, item, manner->column + 2);
	}
}

void tl_doc_write_entry(struct tl_buf *out, struct tl_str key, const struct tl_item *item, const struct tl_manner *manner)
{
	size_t before = out->len;

	write_key(out, key, manner->json);
	if (!is_block(item, manner, manner->column + (out->len - before))) {
		write_inline(out, item, manner);
		return;
	}
	out->len--; /* the blank: a line break follows */
	new_line(out, manner->column + 2);
	write_block(out, item, manner->column + 2);
}

void tl_doc_write_element(struct tl_buf *out, const struct tl_item *item, const struct tl_manner *manner)
{
	if (!manner->flow && !manner->json)
		tl_buf_text(out, "- ");
	if (is_block(item, manner, manner->column + 2))
		write_block(out, item, manner->column + 2);
	else
		write_inline(out, item, manner);
}

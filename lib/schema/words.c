/* Places and words of which messages are made. */
#include "schema/words.h"

#include "base/text.h"

struct tl_str tl_words_take(struct tl_explain *ex, struct tl_buf *buf)
{
	struct tl_str text = tl_arena_dup(&ex->arena, tl_buf_view(buf));
	tl_buf_clear(buf);
	return text;
}

/* ---- Places ---- */

/* Whether a span holds no line break. */
static bool is_one_line(const struct tl_explain *ex, struct tl_span span)
{
	struct tl_str bytes = ex->source ? ex->source->bytes : TL_STR("");
	if (span.end > bytes.len || span.start > span.end)
		return true;
	return span.start == span.end || !memchr(bytes.ptr + span.start, '\n', span.end - span.start);
}

/* The part of a span on its first line. */
static struct tl_span first_line(const struct tl_explain *ex, struct tl_span span)
{
	struct tl_str bytes = ex->source ? ex->source->bytes : TL_STR("");
	if (is_one_line(ex, span))
		return span;
	const char *end = memchr(bytes.ptr + span.start, '\n', span.end - span.start);
	span.end = (uint32_t)(end - bytes.ptr);
	if (span.end > span.start && bytes.ptr[span.end - 1] == '\r')
		span.end--;
	return span;
}

bool tl_visit_has_key(const struct tl_visit *at)
{
	return at->parent && at->parent->kind == TL_MAP;
}

struct tl_span tl_visit_head(const struct tl_explain *ex, const struct tl_visit *at)
{
	return tl_visit_has_key(at) ? at->item->key_span : first_line(ex, at->item->span);
}

struct tl_span tl_visit_span(const struct tl_explain *ex, const struct tl_visit *at)
{
	struct tl_span span = at->item->span;
	bool collection = at->item->kind == TL_LIST || at->item->kind == TL_MAP;
	if (span.start == span.end || (collection && !is_one_line(ex, span)))
		return tl_visit_head(ex, at);
	return span;
}

/* ---- Describing ---- */

struct tl_str tl_words_cut(struct tl_str text, size_t limit)
{
	if (text.len <= limit)
		return text;
	while (limit > 0 && ((unsigned char)text.ptr[limit] & 0xc0) == 0x80)
		limit--;
	return (struct tl_str){ text.ptr, limit };
}

void tl_words_quoted(struct tl_buf *buf, struct tl_str text)
{
	struct tl_str shown = tl_words_cut(text, TL_WORDS_TEXT);
	tl_buf_char(buf, '\'');
	tl_buf_str(buf, shown);
	tl_buf_text(buf, shown.len < text.len ? "…'" : "'");
}

void tl_words_number(struct tl_buf *buf, double number)
{
	char text[TL_NUMBER_SIZE];
	tl_buf_add(buf, text, tl_text_number_to(text, number));
}

void tl_words_value(struct tl_buf *buf, const struct tl_item *item)
{
	switch (item->kind) {
	case TL_NULL:
		tl_buf_text(buf, item->text.len ? "null" : "nothing");
		break;
	case TL_BOOLEAN:
		tl_buf_text(buf, item->boolean ? "true" : "false");
		break;
	case TL_NUMBER:
		tl_buf_text(buf, "number ");
		tl_buf_str(buf, tl_words_cut(item->text, TL_WORDS_TEXT));
		break;
	case TL_STRING:
		tl_words_quoted(buf, item->text);
		break;
	case TL_LIST:
		tl_buf_text(buf, item->count ? "a list" : "an empty list");
		break;
	case TL_MAP:
		tl_buf_text(buf, item->count ? "a map" : "an empty map");
		break;
	}
}

void tl_words_allowed(struct tl_buf *buf, const struct tl_item *item)
{
	if (item->kind == TL_NUMBER)
		tl_words_number(buf, item->number);
	else if (item->kind == TL_STRING)
		tl_buf_str(buf, item->text.len ? item->text : TL_STR("''"));
	else
		tl_words_value(buf, item);
}

void tl_words_subject(struct tl_buf *buf, const struct tl_item *item, const struct tl_item *parent, bool key)
{
	if (key) {
		tl_buf_text(buf, "the key ");
		tl_words_quoted(buf, item->text);
	} else if (parent && parent->kind == TL_MAP) {
		tl_words_quoted(buf, item->key);
	} else if (parent && parent->key.len) {
		tl_buf_text(buf, "each item of ");
		tl_words_quoted(buf, parent->key);
	} else {
		tl_buf_text(buf, parent ? "each item" : "the value");
	}
}

static const struct {
	unsigned types;
	const char *name;
} type_table[] = {
	{ TL_TYPE_STRING, "a string" },    { TL_TYPE_NUMBER, "a number" },       { TL_TYPE_INTEGER, "a whole number" },
	{ 1 << TL_BOOLEAN, "true or false" }, { TL_TYPE_LIST, "a list" },        { TL_TYPE_MAP, "a map" },
	{ 1 << TL_NULL, "nothing (null)" },
};

static void add_types(struct tl_buf *buf, unsigned types)
{
	const char *between = "";
	if (types & TL_TYPE_NUMBER)
		types &= ~(unsigned)TL_TYPE_INTEGER;
	for (size_t i = 0; i < TL_COUNT(type_table); i++) {
		if (!(types & type_table[i].types))
			continue;
		tl_buf_text(buf, between);
		tl_buf_text(buf, type_table[i].name);
		between = " or ";
	}
}

struct tl_str tl_words_expected(const struct tl_node *node)
{
	while (node && !node->words.expected.ptr)
		node = node->logic ? node->logic->ref : NULL;
	return node ? node->words.expected : (struct tl_str){ NULL, 0 };
}

struct tl_str tl_visit_expected(struct tl_explain *ex, const struct tl_visit *at)
{
	struct tl_buf buf = { 0 };
	if (at->words.expected.ptr)
		return at->words.expected;
	add_types(&buf, at->node->types);
	return tl_words_take(ex, &buf);
}

void tl_say_expected(struct tl_explain *ex, struct tl_problem *problem, struct tl_str expected)
{
	struct tl_buf buf = { 0 };
	tl_buf_printf(&buf, "expected %.*s, got ", TL_FMT(expected));
	tl_words_value(&buf, problem->item);
	problem->message = tl_words_take(ex, &buf);
}

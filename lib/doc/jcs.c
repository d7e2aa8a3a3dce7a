/* doc/jcs.c: RFC 8785, the JSON that is signed and hashed: one spelling for each value. */
#include <stdlib.h>

#include "base/text.h"
#include "doc/json.h"

/* The next code point of a key, weighed as its UTF-16 code units are: beyond the basic plane a pair begins with a surrogate, which comes before U+E000. */
static uint32_t weigh(struct tl_str key, size_t *at)
{
	uint32_t point = 0;
	size_t len = tl_str_decode(key, *at, &point);

	if (len == 0)
		point = 0xfffd;
	*at += len ? len : 1;
	return point >= 0xe000 && point <= 0xffff ? point + 0x110000 : point;
}

static int compare_keys(const void *left, const void *right)
{
	struct tl_str a = (*(const struct tl_item *const *)left)->key, b = (*(const struct tl_item *const *)right)->key;
	size_t at_a = 0, at_b = 0;

	while (at_a < a.len && at_b < b.len) {
		uint32_t weight_a = weigh(a, &at_a), weight_b = weigh(b, &at_b);

		if (weight_a != weight_b)
			return weight_a < weight_b ? -1 : 1;
	}
	return (at_a < a.len) - (at_b < b.len);
}

static void put_escape(struct tl_buf *buf, unsigned char c)
{
	static const char letters[] = "\b\t\n\f\r\"\\", names[] = "btnfr\"\\";
	const char *letter = c ? strchr(letters, c) : NULL;

	if (letter)
		tl_buf_printf(buf, "\\%c", names[letter - letters]);
	else
		tl_buf_printf(buf, "\\u%04x", c);
}

/* Only what must be is escaped; what is no UTF-8 has no spelling and becomes U+FFFD. */
static void put_string(struct tl_buf *buf, struct tl_str text)
{
	size_t plain = 0, at = 0;

	tl_buf_char(buf, '"');
	while (at < text.len) {
		unsigned char c = (unsigned char)text.ptr[at];
		uint32_t point = 0;
		size_t len = tl_str_decode(text, at, &point);

		if (len > 0 && c >= 0x20 && c != '"' && c != '\\') {
			at += len;
			continue;
		}
		tl_buf_add(buf, text.ptr + plain, at - plain);
		if (len > 0)
			put_escape(buf, c);
		else
			tl_buf_text(buf, "\xef\xbf\xbd");
		at += len ? len : 1;
		plain = at;
	}
	tl_buf_add(buf, text.ptr + plain, at - plain);
	tl_buf_char(buf, '"');
}

static void put_item(struct tl_buf *buf, struct tl_arena *arena, const struct tl_item *item);

static void put_list(struct tl_buf *buf, struct tl_arena *arena, const struct tl_item *list)
{
	tl_buf_char(buf, '[');
	for (const struct tl_item *child = list->first; child; child = child->next) {
		if (child != list->first)
			tl_buf_char(buf, ',');
		put_item(buf, arena, child);
	}
	tl_buf_char(buf, ']');
}

static void put_map(struct tl_buf *buf, struct tl_arena *arena, const struct tl_item *map)
{
	const struct tl_item **sorted = TL_ARENA_ARRAY(arena, const struct tl_item *, map->count + 1);
	size_t count = 0;

	for (const struct tl_item *child = map->first; child; child = child->next)
		sorted[count++] = child;
	qsort(sorted, count, sizeof(const struct tl_item *), compare_keys);
	tl_buf_char(buf, '{');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			tl_buf_char(buf, ',');
		put_string(buf, sorted[i]->key);
		tl_buf_char(buf, ':');
		put_item(buf, arena, sorted[i]);
	}
	tl_buf_char(buf, '}');
}

static void put_item(struct tl_buf *buf, struct tl_arena *arena, const struct tl_item *item)
{
	switch (item ? item->kind : TL_NULL) {
	case TL_NULL:
		tl_buf_text(buf, "null");
		break;
	case TL_BOOLEAN:
		tl_buf_text(buf, item->boolean ? "true" : "false");
		break;
	case TL_NUMBER:
		tl_text_number(buf, item->number);
		break;
	case TL_STRING:
		put_string(buf, item->text);
		break;
	case TL_LIST:
		put_list(buf, arena, item);
		break;
	case TL_MAP:
		put_map(buf, arena, item);
		break;
	}
}

void tl_json_jcs(struct tl_buf *buf, const struct tl_item *item)
{
	struct tl_arena arena = { 0 };

	put_item(buf, &arena, item);
	tl_arena_clear(&arena);
}

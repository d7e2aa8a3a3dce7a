/* live/recording_yaml.c: values as YAML in one line: every text in double quotes, every byte of it that libyaml would not take escaped. */
#include "base/text.h"
#include "live/recording_inside.h"

/* A key of more characters than that is no key to libyaml unless it is told so. */
#define LONG_KEY 1000

/* Byte order marks within a text and what is no character: libyaml refuses the rest of the file for them. */
static bool must_escape(uint32_t point)
{
	return tl_text_is_unsafe(point) || point == 0xfeff || point == 0xfffe || point == 0xffff;
}

void tl_yaml_put_string(struct tl_buf *out, struct tl_str text)
{
	size_t at = 0;

	tl_buf_char(out, '"');
	while (at < text.len) {
		uint32_t point = 0;
		size_t len = tl_str_decode(text, at, &point);

		if (len == 0)
			tl_buf_text(out, "\xef\xbf\xbd");
		else if (point == '"' || point == '\\')
			tl_buf_printf(out, "\\%c", (char)point);
		else if (must_escape(point))
			tl_buf_printf(out, "\\u%04x", point);
		else
			tl_buf_add(out, text.ptr + at, len);
		at += len ? len : 1;
	}
	tl_buf_char(out, '"');
}

static void put_children(struct tl_buf *out, const struct tl_item *item)
{
	for (const struct tl_item *child = item->first; child; child = child->next) {
		if (child != item->first)
			tl_buf_text(out, ", ");
		if (item->kind == TL_MAP) {
			if (child->key.len > LONG_KEY)
				tl_buf_text(out, "? ");
			tl_yaml_put_string(out, child->key);
			tl_buf_text(out, ": ");
		}
		tl_yaml_put_item(out, child);
	}
}

void tl_yaml_put_item(struct tl_buf *out, const struct tl_item *item)
{
	switch (item->kind) {
	case TL_NULL:
		tl_buf_text(out, "null");
		break;
	case TL_BOOLEAN:
		tl_buf_text(out, item->boolean ? "true" : "false");
		break;
	case TL_NUMBER:
		tl_text_number(out, item->number);
		break;
	case TL_STRING:
		tl_yaml_put_string(out, item->text);
		break;
	case TL_LIST:
	case TL_MAP:
		tl_buf_char(out, item->kind == TL_MAP ? '{' : '[');
		put_children(out, item);
		tl_buf_char(out, item->kind == TL_MAP ? '}' : ']');
		break;
	}
}

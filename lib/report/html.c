/* report/html.c: text and times in a page. */
#include "report/html.h"

#include "base/clock.h"
#include "base/text.h"

void tl_html_text(struct tl_buf *out, struct tl_str text)
{
	struct tl_buf safe = { 0 };

	tl_text_safe(&safe, text);
	for (size_t i = 0; i < safe.len; i++) {
		char c = safe.data[i];

		if (c == '<' || c == '>' || c == '&' || c == '"' || c == '\'')
			tl_buf_printf(out, "&#%d;", c);
		else
			tl_buf_char(out, c);
	}
	tl_buf_clear(&safe);
}

void tl_html_time(struct tl_buf *out, int64_t ms)
{
	struct tl_arena arena = { 0 };

	if (ms > 0)
		tl_buf_str(out, tl_time_format(&arena, ms));
	tl_arena_clear(&arena);
}

/* base/metric.c: the text format of Prometheus. */
#include "base/metric.h"

#include "base/text.h"

void tl_metric_begin(struct tl_buf *out, const char *name, const char *type, const char *help)
{
	tl_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A code point as it stands in a label; bytes that are no UTF-8 become U+FFFD, one by one, and what a terminal would obey is shown: people read figures, too. */
static void add_label_value(struct tl_buf *out, struct tl_str value)
{
	for (size_t at = 0; at < value.len;) {
		uint32_t point;
		size_t len = tl_str_decode(value, at, &point);

		if (len == 0)
			tl_buf_text(out, "\xef\xbf\xbd");
		else if (point == '"' || point == '\\')
			tl_buf_printf(out, "\\%c", (char)point);
		else if (point == '\n')
			tl_buf_text(out, "\\n");
		else if (tl_text_is_unsafe(point))
			tl_buf_printf(out, point < 0x80 ? "\\\\x%02x" : "\\\\u%04x", point);
		else
			tl_buf_add(out, value.ptr + at, len);
		at += len == 0 ? 1 : len;
	}
}

void tl_metric_sample(struct tl_buf *out, const char *name, const struct tl_label *labels, size_t n_labels, double value)
{
	tl_buf_text(out, name);
	for (size_t i = 0; i < n_labels; i++) {
		tl_buf_printf(out, "%s%s=\"", i == 0 ? "{" : ",", labels[i].name);
		add_label_value(out, labels[i].value);
		tl_buf_char(out, '"');
	}
	if (n_labels > 0)
		tl_buf_char(out, '}');
	tl_buf_char(out, ' ');
	tl_text_number(out, value);
	tl_buf_char(out, '\n');
}

/* report/html.h: what the status pages share: text from outside, escaped, and what each of them begins with. */
#ifndef TL_REPORT_HTML_H
#define TL_REPORT_HTML_H

#include "base/buf.h"
#include "base/str.h"

/* Text from outside, for content and quoted attributes: shown, never obeyed. What tl_text_safe() makes visible is. */
void tl_html_text(struct tl_buf *out, struct tl_str text);
/* An instant, ms since 1970; nothing for 0. */
void tl_html_time(struct tl_buf *out, int64_t ms);

/* `const safe = text => …` for scripts: as tl_text_safe() has it, what would turn or hide text is shown. */
#define TL_HTML_SAFE_SCRIPT \
	"const unsafe = /[\\0-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]/g;\n" \
	"const safe = text => String(text ?? '').replace(unsafe, c => '\\\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));\n"

#endif

/* report/findings.c: the table of formats. */
#include "report/findings.h"

static const struct tl_findings_format *const format_table[] = {
	&tl_findings_format_text,
	&tl_findings_format_json,
	&tl_findings_format_sarif,
	&tl_findings_format_github,
	&tl_findings_format_junit,
	&tl_findings_format_gitlab,
};

const struct tl_findings_format *tl_findings_format(struct tl_str name)
{
	for (size_t i = 0; i < TL_COUNT(format_table); i++) {
		if (tl_str_is(name, format_table[i]->name))
			return format_table[i];
	}
	return NULL;
}

void tl_findings_formats(struct tl_buf *out)
{
	for (size_t i = 0; i < TL_COUNT(format_table); i++)
		tl_buf_printf(out, "%s%s", i > 0 ? ", " : "", format_table[i]->name);
}

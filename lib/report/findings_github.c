/* report/findings_github.c: GitHub's workflow commands: one line a finding, shown at its line of the change. */
#include <string.h>

#include "base/text.h"
#include "report/findings.h"

/* `%`, line breaks and, in properties, `:` and `,` are escaped; what a terminal would obey is shown before that. */
static void add_escaped(struct tl_buf *out, struct tl_str text, const char *special)
{
	struct tl_buf safe = { 0 };

	tl_text_safe(&safe, text);
	for (size_t i = 0; i < safe.len; i++) {
		char c = safe.data[i];

		if (c == '%' || c == '\r' || c == '\n' || strchr(special, c))
			tl_buf_printf(out, "%%%02X", (unsigned char)c);
		else
			tl_buf_char(out, c);
	}
	tl_buf_clear(&safe);
}

static void write_github(struct tl_buf *out, const struct tl_findings *findings, const struct tl_findings_summary *summary)
{
	static const char *const commands[] = { [TL_NOTE] = "notice", [TL_WARNING] = "warning", [TL_ERROR] = "error" };

	(void)summary;
	for (size_t i = 0; i < findings->count; i++) {
		const struct tl_finding *finding = &findings->items[i];

		tl_buf_printf(out, "::%s file=", commands[finding->level]);
		add_escaped(out, finding->file, ":,");
		tl_buf_printf(out, ",line=%u,endLine=%u", finding->place.line, finding->place.end_line);
		if (finding->place.line == finding->place.end_line)
			tl_buf_printf(out, ",col=%u,endColumn=%u", finding->place.column, finding->place.end_column);
		tl_buf_printf(out, ",title=%s::", finding->rule);
		add_escaped(out, finding->message, "");
		if (finding->help.len > 0) {
			tl_buf_text(out, "%0Ahelp: ");
			add_escaped(out, finding->help, "");
		}
		tl_buf_char(out, '\n');
	}
}

const struct tl_findings_format tl_findings_format_github = { "github", write_github };

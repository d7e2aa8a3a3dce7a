/* report/findings_junit.c: JUnit's XML: a test case for each finding, failed by errors and warnings; one that passed where there are none. */
#include "base/text.h"
#include "report/findings.h"

/* Characters that XML has no place for are shown as escapes first. */
static void add_escaped(struct tl_buf *out, struct tl_str text)
{
	struct tl_buf safe = { 0 };

	tl_text_safe(&safe, text);
	for (size_t i = 0; i < safe.len; i++) {
		switch (safe.data[i]) {
		case '&': tl_buf_text(out, "&amp;"); break;
		case '<': tl_buf_text(out, "&lt;"); break;
		case '>': tl_buf_text(out, "&gt;"); break;
		case '"': tl_buf_text(out, "&quot;"); break;
		default: tl_buf_char(out, safe.data[i]);
		}
	}
	tl_buf_clear(&safe);
}

static void add_case(struct tl_buf *out, const struct tl_finding *finding)
{
	tl_buf_text(out, "\t\t<testcase classname=\"");
	add_escaped(out, finding->file);
	tl_buf_printf(out, "\" name=\"%s at ", finding->rule);
	add_escaped(out, finding->file);
	tl_buf_printf(out, ":%u:%u\">\n\t\t\t", finding->place.line, finding->place.column);
	if (finding->level == TL_NOTE) {
		tl_buf_text(out, "<system-out>");
	} else {
		tl_buf_printf(out, "<failure type=\"%s\" message=\"", tl_level_name(finding->level));
		add_escaped(out, finding->message);
		tl_buf_text(out, "\">");
	}
	add_escaped(out, finding->message);
	if (finding->help.len > 0) {
		tl_buf_text(out, "\nhelp: ");
		add_escaped(out, finding->help);
	}
	tl_buf_printf(out, "</%s>\n\t\t</testcase>\n", finding->level == TL_NOTE ? "system-out" : "failure");
}

static void write_junit(struct tl_buf *out, const struct tl_findings *findings, const struct tl_findings_summary *summary)
{
	size_t failures = tl_findings_count(findings, TL_ERROR) + tl_findings_count(findings, TL_WARNING);
	size_t tests = findings->count > 0 ? findings->count : 1;

	tl_buf_printf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"%zu\" failures=\"%zu\">\n", tests, failures);
	tl_buf_printf(out, "\t<testsuite name=\"flow-validate\" tests=\"%zu\" failures=\"%zu\">\n", tests, failures);
	for (size_t i = 0; i < findings->count; i++)
		add_case(out, &findings->items[i]);
	if (findings->count == 0)
		tl_buf_printf(out, "\t\t<testcase classname=\"flow-validate\" name=\"%llu flows\"/>\n", (unsigned long long)summary->flows);
	tl_buf_text(out, "\t</testsuite>\n</testsuites>\n");
}

const struct tl_findings_format tl_findings_format_junit = { "junit", write_junit };

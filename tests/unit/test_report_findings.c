/* report/findings: the three formats over the same findings, hostile text included. */
#include "unit.h"

#include "report/findings.h"

static void make(struct tl_findings *findings)
{
	static const char bytes[] = "flow: a\n\tnext: n\xc3\xbcrnberg  # here\n";
	struct tl_source source = { 0 };
	struct tl_finding *finding;

	tl_source_init(&source, TL_STR("flows/a,b:c.flow.yaml"), TL_STR(bytes));
	finding = tl_findings_add(findings, &source, (struct tl_span){ 15, 24 }, TL_ERROR, "unknown-node", "there is no node '%s'", "n\xc3\xbcrnberg");
	tl_findings_help(findings, finding, "did you mean 'a%%b'?\nor not");
	tl_findings_add(findings, &source, (struct tl_span){ 0, 4 }, TL_NOTE, "default-menu", "evil \033[31m\xe2\x80\xae text");
	tl_source_clear(&source);
	tl_findings_sort(findings);
}

static void test_formats(void **state)
{
	const struct {
		const char *format, *expected;
	} rows[] = {
		{ "text",
		  "flows/a,b:c.flow.yaml:1:1: note: evil \\x1b[31m\\u202e text [default-menu]\n"
		  "    1 | flow: a\n"
		  "      | ^^^^\n"
		  "flows/a,b:c.flow.yaml:2:8: error: there is no node 'n\xc3\xbcrnberg' [unknown-node]\n"
		  "    2 | \tnext: n\xc3\xbcrnberg  # here\n"
		  "      | \t      ^^^^^^^^\n"
		  "  help: did you mean 'a%b'?\\nor not\n"
		  "7 flows: 1 error, 0 warnings, 1 note\n" },
		{ "github",
		  "::notice file=flows/a%2Cb%3Ac.flow.yaml,line=1,endLine=1,col=1,endColumn=5,title=default-menu::evil \\x1b[31m\\u202e text\n"
		  "::error file=flows/a%2Cb%3Ac.flow.yaml,line=2,endLine=2,col=8,endColumn=16,title=unknown-node::there is no node 'n\xc3\xbcrnberg'"
		  "%0Ahelp: did you mean 'a%25b'?\\nor not\n" },
		{ "json",
		  "{\n\t\"findings\": [\n\t\t{\n\t\t\t\"column\": 1,\n\t\t\t\"end_column\": 5,\n\t\t\t\"end_line\": 1,\n"
		  "\t\t\t\"file\": \"flows/a,b:c.flow.yaml\",\n\t\t\t\"help\": null,\n\t\t\t\"level\": \"note\",\n\t\t\t\"line\": 1,\n"
		  "\t\t\t\"message\": \"evil \\u001b[31m\\u202e text\",\n\t\t\t\"rule\": \"default-menu\",\n\t\t\t\"witness\": null\n\t\t},\n"
		  "\t\t{\n\t\t\t\"column\": 8,\n\t\t\t\"end_column\": 16,\n\t\t\t\"end_line\": 2,\n"
		  "\t\t\t\"file\": \"flows/a,b:c.flow.yaml\",\n\t\t\t\"help\": \"did you mean 'a%b'?\\nor not\",\n\t\t\t\"level\": \"error\",\n\t\t\t\"line\": 2,\n"
		  "\t\t\t\"message\": \"there is no node 'n\xc3\xbcrnberg'\",\n\t\t\t\"rule\": \"unknown-node\",\n\t\t\t\"witness\": null\n\t\t}\n\t],\n"
		  "\t\"summary\": {\n\t\t\"errors\": 1,\n\t\t\"flows\": 7,\n\t\t\"notes\": 1,\n\t\t\"warnings\": 0\n\t},\n\t\"version\": 1\n}\n" },
	};
	struct tl_findings_summary summary = { .flows = 7 };
	struct tl_findings findings = { 0 };

	(void)state;
	make(&findings);
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		const struct tl_findings_format *format = tl_findings_format(tl_str(rows[i].format));
		struct tl_buf out = { 0 };

		assert_non_null(format);
		format->write(&out, &findings, &summary);
		assert_str(tl_buf_view(&out), rows[i].expected);
		tl_buf_clear(&out);
	}
	assert_null(tl_findings_format(TL_STR("tex")));
	tl_findings_clear(&findings);
}

int test_report_findings(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_formats) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

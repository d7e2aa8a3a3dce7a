/* tests/unit/test_base_finding.c */
#include "unit.h"

#include "base/finding.h"

static void findings_outlive_their_source(void **state)
{
	struct tl_findings findings = { 0 };
	char *bytes = tl_strdup("one\ntwo: ü x\r\nthree\n"), *path = tl_strdup("flows/a.flow.yaml");
	struct tl_source source;
	struct tl_finding *finding;

	(void)state;
	tl_source_init(&source, tl_str(path), tl_str(bytes));
	finding = tl_findings_add(&findings, &source, (struct tl_span){ 12, 13 }, TL_ERROR, "unknown-node",
	                          "no node '%s'", "x");
	tl_findings_help(&findings, finding, "did you mean '%s'?", "y");
	tl_source_clear(&source);
	memset(bytes, '#', strlen(bytes));
	memset(path, '#', strlen(path));
	free(bytes);
	free(path);

	assert_int_equal(findings.count, 1);
	finding = &findings.items[0];
	assert_string_equal(finding->rule, "unknown-node");
	assert_str(finding->file, "flows/a.flow.yaml");
	assert_str(finding->line_text, "two: ü x");
	assert_str(finding->message, "no node 'x'");
	assert_str(finding->help, "did you mean 'y'?");
	assert_str(finding->witness, "");
	assert_int_equal(finding->place.line, 2);
	assert_int_equal(finding->place.column, 8);
	assert_int_equal(finding->place.end_line, 2);
	assert_int_equal(finding->place.end_column, 9);
	tl_findings_clear(&findings);
	assert_int_equal(findings.count, 0);
}

static void findings_may_be_about_no_file(void **state)
{
	struct tl_findings findings = { 0 };

	(void)state;
	tl_findings_add(&findings, NULL, (struct tl_span){ 3, 4 }, TL_NOTE, "limit", "x");
	assert_str(findings.items[0].file, "");
	assert_int_equal(findings.items[0].place.line, 0);
	tl_findings_clear(&findings);
}

/* Lines are cut where a character ends. */
static void long_lines_are_cut(void **state)
{
	struct tl_findings findings = { 0 };
	struct tl_source source;
	char text[1001];

	(void)state;
	text[0] = 'x';
	for (size_t i = 1; i < sizeof(text) - 1; i += 2)
		memcpy(text + i, "ü", 2);
	tl_source_init(&source, TL_STR("a"), (struct tl_str){ text, sizeof(text) - 1 });
	tl_findings_add(&findings, &source, (struct tl_span){ 0, 1 }, TL_NOTE, "limit", "x");
	assert_int_equal(findings.items[0].line_text.len, 399);
	tl_source_clear(&source);
	tl_findings_clear(&findings);
}

static const struct sort_row {
	const char *file;
	uint32_t start, end;
	enum tl_level level;
	const char *rule, *message;
} sorted_table[] = {
	{ "a", 0, 1, TL_ERROR, "schema", "m" },  { "a", 0, 1, TL_NOTE, "limit", "m" },
	{ "a", 0, 2, TL_ERROR, "limit", "m" },   { "a", 1, 2, TL_ERROR, "limit", "m" },
	{ "a", 3, 4, TL_ERROR, "limit", "m" },   { "a", 3, 4, TL_ERROR, "schema", "l" },
	{ "a", 3, 4, TL_ERROR, "schema", "m" },  { "a/b", 0, 1, TL_ERROR, "limit", "m" },
	{ "b", 0, 0, TL_WARNING, "limit", "m" },
};

static void add_row(struct tl_findings *findings, const struct sort_row *row)
{
	struct tl_source source;

	tl_source_init(&source, tl_str(row->file), TL_STR("x\nyy\nz"));
	tl_findings_add(findings, &source, (struct tl_span){ row->start, row->end }, row->level, row->rule, "%s",
	                row->message);
	tl_source_clear(&source);
}

static void findings_are_sorted_and_said_once(void **state)
{
	struct tl_findings findings = { 0 }, all = { 0 };
	const size_t count = TL_COUNT(sorted_table);

	(void)state;
	/* 5 is no divisor of the count, so that every row comes, out of order; then all of them backwards once more. */
	for (size_t i = 0; i < count; i++)
		add_row(&findings, &sorted_table[i * 5 % count]);
	for (size_t i = count; i-- > 0;)
		add_row(&findings, &sorted_table[i]);
	tl_findings_append(&all, &findings);
	tl_findings_append(&all, &all);
	tl_findings_clear(&findings);
	assert_int_equal(all.count, 4 * count);
	tl_findings_sort(&all);
	assert_int_equal(all.count, count);
	for (size_t i = 0; i < count; i++) {
		const struct sort_row *row = &sorted_table[i];

		assert_str(all.items[i].file, row->file);
		assert_int_equal(all.items[i].span.start, row->start);
		assert_int_equal(all.items[i].span.end, row->end);
		assert_int_equal(all.items[i].level, row->level);
		assert_string_equal(all.items[i].rule, row->rule);
		assert_str(all.items[i].message, row->message);
	}
	assert_int_equal(tl_findings_count(&all, TL_ERROR), 7);
	assert_int_equal(tl_findings_count(&all, TL_WARNING), 1);
	assert_int_equal(tl_findings_count(&all, TL_NOTE), 1);
	tl_findings_clear(&all);
}

static void different_help_is_no_repetition(void **state)
{
	struct tl_findings findings = { 0 };

	(void)state;
	add_row(&findings, &sorted_table[0]);
	add_row(&findings, &sorted_table[0]);
	tl_findings_help(&findings, &findings.items[0], "mend it");
	tl_findings_sort(&findings);
	assert_int_equal(findings.count, 2);
	tl_findings_clear(&findings);
	tl_findings_sort(&findings);
	assert_int_equal(findings.count, 0);
}

/* A file that is wrong all over costs bounded memory; that more is wrong is said, as loud as what is left out. */
static void one_file_has_so_many_findings(void **state)
{
	struct tl_findings findings = { 0 }, all = { 0 };
	struct tl_source sources[2];

	(void)state;
	tl_source_init(&sources[0], TL_STR("a.yaml"), TL_STR("a: 1\nb: 2\n"));
	tl_source_init(&sources[1], TL_STR("b.yaml"), TL_STR("c: 3\n"));
	for (int i = 0; i < TL_FINDINGS_IN_FILE + 5; i++)
		tl_findings_help(&findings, tl_findings_add(&findings, &sources[0], (struct tl_span){ 5, 6 }, TL_NOTE, "rule", "finding %d", i), "help");
	assert_int_equal(findings.count, TL_FINDINGS_IN_FILE + 1);
	assert_int_equal(tl_findings_count(&findings, TL_NOTE), TL_FINDINGS_IN_FILE + 1);
	tl_findings_add(&findings, &sources[0], (struct tl_span){ 0, 1 }, TL_ERROR, "rule", "worse");
	assert_int_equal(tl_findings_count(&findings, TL_ERROR), 1);
	assert_string_equal(findings.items[TL_FINDINGS_IN_FILE].rule, "limit");
	assert_str(findings.items[TL_FINDINGS_IN_FILE].message, "more than 20000 findings: the others in this file are not said");
	assert_str(findings.items[TL_FINDINGS_IN_FILE].help, "");
	tl_findings_add(&findings, &sources[1], (struct tl_span){ 0, 1 }, TL_WARNING, "rule", "another file");
	assert_int_equal(findings.count, TL_FINDINGS_IN_FILE + 2);
	tl_findings_append(&all, &findings);
	assert_str(all.items[TL_FINDINGS_IN_FILE].file, "a.yaml");
	assert_str(all.items[TL_FINDINGS_IN_FILE - 1].line_text, "b: 2");
	assert_str(all.items[TL_FINDINGS_IN_FILE + 1].file, "b.yaml");
	assert_str(all.items[TL_FINDINGS_IN_FILE + 1].line_text, "c: 3");
	/* texts that findings share are held once */
	assert_true(all.arena.used < (size_t)TL_FINDINGS_IN_FILE * 40);
	tl_findings_clear(&findings);
	tl_findings_clear(&all);
	tl_source_clear(&sources[0]);
	tl_source_clear(&sources[1]);
}

static void levels_have_names(void **state)
{
	static const char *const names[] = { "note", "warning", "error" };
	enum tl_level level;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(names); i++) {
		assert_true(tl_level_parse(&level, tl_str(names[i])));
		assert_string_equal(tl_level_name(level), names[i]);
	}
	assert_false(tl_level_parse(&level, TL_STR("err")));
	assert_false(tl_level_parse(&level, TL_STR("errors")));
}

int test_base_finding(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings_outlive_their_source),
		cmocka_unit_test(findings_may_be_about_no_file),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(findings_are_sorted_and_said_once),
		cmocka_unit_test(different_help_is_no_repetition),
		cmocka_unit_test(one_file_has_so_many_findings),
		cmocka_unit_test(levels_have_names),
	};

	return cmocka_run_group_tests_name("base_finding", tests, NULL, NULL);
}

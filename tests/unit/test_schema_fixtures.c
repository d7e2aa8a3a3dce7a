/* tests/unit/test_schema_fixtures.c: our own schemas over tests/schema/NAME/: ok-*.yaml have nothing wrong, what is said of bad-*.yaml stands in the
 * .expected file beside each (UPDATE=1 writes them). */
#include "unit.h"

#include <glob.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/file.h"
#include "doc/yaml.h"
#include "schema/schema.h"

#define FILE_LIMIT (1u << 20)

static const char *const folder_table[] = {
	[TL_SCHEMA_FLOW] = "flow",     [TL_SCHEMA_SUITE] = "suite",     [TL_SCHEMA_CASE] = "case",
	[TL_SCHEMA_POLICY] = "policy", [TL_SCHEMA_PROJECT] = "project", [TL_SCHEMA_CONFIG] = "config",
};

static void add_findings(struct tl_buf *out, const struct tl_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct tl_finding *f = &findings->items[i];
		tl_buf_printf(out, "%u:%u-%u:%u: %.*s\n", f->place.line, f->place.column, f->place.end_line, f->place.end_column,
		              TL_FMT(f->message));
		if (f->help.len)
			tl_buf_printf(out, "\thelp: %.*s\n", TL_FMT(f->help));
	}
}

/* What is said of one file, and that both passes agree. */
static void check_file(struct tl_buf *out, struct tl_arena *arena, const struct tl_schema *schema, const char *path)
{
	struct tl_findings findings = { 0 };
	struct tl_read_options options = { .depth = 64, .findings = &findings };
	struct tl_doc *doc = NULL;
	struct tl_error err;
	struct tl_str bytes;
	if (tl_file_read(&bytes, arena, path, FILE_LIMIT, &err) < 0)
		fail_msg("%s", err.message);
	tl_doc_read(&doc, tl_str(path), bytes, &options);
	assert_row(path, doc->root && findings.count == 0);
	bool quick = tl_schema_check(schema, doc->root, &doc->source, NULL);
	bool told = tl_schema_check(schema, doc->root, &doc->source, &findings);
	assert_row(path, quick == told && told == (findings.count == 0));
	tl_findings_sort(&findings);
	add_findings(out, &findings);
	tl_findings_clear(&findings);
	tl_doc_free(doc);
}

static void expect_text(struct tl_arena *arena, const char *path, struct tl_str got)
{
	struct tl_error err;
	struct tl_str want = { NULL, 0 };
	struct tl_str file = tl_arena_printf(arena, "%.*s.expected", (int)(strlen(path) - strlen(".yaml")), path);
	if (getenv("UPDATE") && tl_file_write(file.ptr, got, 0644, &err) < 0)
		fail_msg("%s", err.message);
	if (tl_file_read(&want, arena, file.ptr, FILE_LIMIT, &err) < 0)
		fail_msg("%s", err.message);
	if (!tl_str_equal(got, want))
		print_error("%s:\n%.*s", path, TL_FMT(got));
	assert_row(path, tl_str_equal(got, want));
}

static void files_are_as_expected(void **state)
{
	struct tl_schemas schemas;
	(void)state;
	tl_schemas_init(&schemas);
	for (size_t i = 0; i < TL_COUNT(folder_table); i++) {
		struct tl_arena arena = { 0 };
		glob_t found;
		struct tl_str pattern = tl_arena_printf(&arena, "tests/schema/%s/*.yaml", folder_table[i]);
		assert_int_equal(glob(pattern.ptr, 0, NULL, &found), 0);
		for (size_t j = 0; j < found.gl_pathc; j++) {
			const char *path = found.gl_pathv[j];
			struct tl_buf out = { 0 };
			bool good = strstr(path, "/ok-");
			check_file(&out, &arena, schemas.compiled[i], path);
			if (good && out.len)
				print_error("%s:\n%s", path, out.data);
			assert_row(path, good == (out.len == 0));
			if (!good)
				expect_text(&arena, path, tl_buf_view(&out));
			tl_buf_clear(&out);
		}
		globfree(&found);
		tl_arena_clear(&arena);
	}
	tl_schemas_clear(&schemas);
}

int test_schema_fixtures(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_as_expected),
	};
	return cmocka_run_group_tests_name("schema_fixtures", tests, NULL, NULL);
}

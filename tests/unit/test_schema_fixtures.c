/* tests/unit/test_schema_fixtures.c: each schemas/NAME.schema.json over tests/schema/NAME/: nothing is wrong with the files ok-*, what is said of those
 * called bad-* stands in the .expected file beside each (UPDATE=1 writes them). */
#include "unit.h"

#include <glob.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/file.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "schema/schema.h"

#define FILE_LIMIT (1u << 20)

/* The files that people write, whose schemas are built in; then the results that we print. */
static const char *const folder_table[] = {
	[TL_SCHEMA_FLOW] = "flow",
	[TL_SCHEMA_SUITE] = "suite",
	[TL_SCHEMA_CASE] = "case",
	[TL_SCHEMA_POLICY] = "policy",
	[TL_SCHEMA_PROJECT] = "project",
	[TL_SCHEMA_CONFIG] = "config",
	"validate-result",
	"simulate-result",
	"diff-result",
	"plan",
	"status",
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
	struct tl_str file = tl_arena_printf(arena, "%.*s.expected", (int)(strrchr(path, '.') - path), path);
	if (getenv("UPDATE") && tl_file_write(file.ptr, got, 0644, &err) < 0)
		fail_msg("%s", err.message);
	if (tl_file_read(&want, arena, file.ptr, FILE_LIMIT, &err) < 0)
		fail_msg("%s", err.message);
	if (!tl_str_equal(got, want))
		print_error("%s:\n%.*s", path, TL_FMT(got));
	assert_row(path, tl_str_equal(got, want));
}

static void check_folder(struct tl_arena *arena, const struct tl_schema *schema, const char *folder)
{
	glob_t found;
	unsigned good = 0, bad = 0;
	assert_int_equal(glob(tl_arena_printf(arena, "tests/schema/%s/*.[yj]*", folder).ptr, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];
		struct tl_buf out = { 0 };
		bool is_good = strstr(path, "/ok-");
		check_file(&out, arena, schema, path);
		if (is_good && out.len)
			print_error("%s:\n%s", path, out.data);
		assert_row(path, is_good == (out.len == 0));
		if (!is_good)
			expect_text(arena, path, tl_buf_view(&out));
		good += is_good;
		bad += !is_good;
		tl_buf_clear(&out);
	}
	globfree(&found);
	assert_row(folder, good > 0 && bad > 0);
}

static void files_are_as_expected(void **state)
{
	struct tl_schemas schemas;
	(void)state;
	tl_schemas_init(&schemas);
	for (size_t i = 0; i < TL_SCHEMA_COUNT; i++) {
		struct tl_arena arena = { 0 };
		check_folder(&arena, schemas.compiled[i], folder_table[i]);
		tl_arena_clear(&arena);
	}
	tl_schemas_clear(&schemas);
}

static void results_are_as_expected(void **state)
{
	(void)state;
	for (size_t i = TL_SCHEMA_COUNT; i < TL_COUNT(folder_table); i++) {
		struct tl_arena arena = { 0 };
		struct tl_doc *doc = NULL;
		struct tl_schema *schema = NULL;
		struct tl_error err = { 0 };
		struct tl_str bytes;
		const char *path = tl_arena_printf(&arena, "schemas/%s.schema.json", folder_table[i]).ptr;
		if (tl_file_read(&bytes, &arena, path, FILE_LIMIT, &err) < 0 || tl_json_parse(&doc, tl_str(path), bytes, &err) < 0 ||
		    tl_schema_compile(&schema, doc->root, NULL, NULL, &err) < 0)
			fail_msg("%s: %s", path, err.message);
		check_folder(&arena, schema, folder_table[i]);
		tl_schema_free(schema);
		tl_doc_free(doc);
		tl_arena_clear(&arena);
	}
}

/* A schema that nobody tries out is a schema that nobody knows. */
static void every_schema_has_files(void **state)
{
	glob_t found;
	(void)state;
	assert_int_equal(glob("schemas/*.schema.json", 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, TL_COUNT(folder_table));
	globfree(&found);
}

int test_schema_fixtures(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_as_expected),
		cmocka_unit_test(results_are_as_expected),
		cmocka_unit_test(every_schema_has_files),
	};
	return cmocka_run_group_tests_name("schema_fixtures", tests, NULL, NULL);
}

/* tests/unit/test_schema_fixtures.c: each schemas/NAME.schema.json over tests/schema/NAME/: nothing is wrong with the files ok-*, what is said of those
 * called bad-* stands in the .expected file beside each (UPDATE=1 writes them). */
#include "unit.h"

#include <glob.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
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
	"apply-result",
	"monitor-result",
	"drift-result",
	"attend-result",
	"attend-status",
	"audit-export",
	"audit-records",
	"audit-verify",
	"import-result",
	"transition-result",
	"transition-status",
	"outbox",
	"deliver-result",
	"event",
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

/* What a schema takes as a duration, a time or a size is what the library reads, and no more. */
static const struct {
	enum tl_schema_name schema;
	const char *document; /* with %s for the text */
} text_table[] = {
	{ TL_SCHEMA_FLOW, "{flow: a, channel: voice, start: a, prompts: {p: {text: x, duration: \"%s\"}}, nodes: {a: {type: end}}}" },
	{ TL_SCHEMA_SUITE, "{suite: a, cases: [{id: a, at: \"%s\"}]}" },
	{ TL_SCHEMA_PROJECT, "{limits: {file: \"%s\"}}" },
};

static const char *const candidate_table[] = {
	"250ms", "5s", "2m", "0s", "9999999999m", "999999999999s", "999999999999999ms", "99999999999m", "5", "5 s", "s", "", "-5s", "1.5s", "1h", "5S", "10000000000000000m", "+5s",
	"2026-06-15T10:00:00Z", "2026-06-15t10:00:00z", "2026-06-15T10:00:00.5+02:00", "2026-06-15T10:00:00-23:59", "2026-06-15", "2026-06-15T10:00:00",
	"2026-06-15 10:00:00Z", "2026-13-15T10:00:00Z", "2026-06-15T24:00:00Z", "2026-06-15T10:60:00Z", "2026-06-15T10:00:61Z", "2026-06-15T10:00Z",
	"2026-06-15T10:00:00+0200", "2026-06-15T10:00:00.Z", "2026-00-15T10:00:00Z", "2026-06-00T10:00:00Z", "1KiB", "4MiB", "3GiB", "4 MiB", "4MB", "4096", "4mib",
};

static bool library_reads(enum tl_schema_name schema, struct tl_str text)
{
	struct tl_limits limits = tl_limits_default();
	int64_t ms;
	if (schema == TL_SCHEMA_FLOW)
		return tl_duration_parse(&ms, text);
	if (schema == TL_SCHEMA_SUITE)
		return tl_time_parse(&ms, text);
	return tl_limits_set(&limits, TL_STR("file"), text) == 0;
}

static void schemas_agree_with_the_library(void **state)
{
	struct tl_schemas schemas;
	(void)state;
	tl_schemas_init(&schemas);
	for (size_t i = 0; i < TL_COUNT(text_table) * TL_COUNT(candidate_table); i++) {
		const char *text = candidate_table[i / TL_COUNT(text_table)];
		enum tl_schema_name name = text_table[i % TL_COUNT(text_table)].schema;
		struct tl_buf document = { 0 };
		struct tl_findings findings = { 0 };
		struct tl_read_options options = { .findings = &findings };
		struct tl_doc *doc = NULL;
		const char *before = text_table[i % TL_COUNT(text_table)].document, *place = strstr(before, "%s");
		tl_buf_add(&document, before, (size_t)(place - before));
		tl_buf_text(&document, text);
		tl_buf_text(&document, place + 2);
		tl_yaml_read(&doc, TL_STR("x.yaml"), tl_buf_view(&document), &options);
		bool valid = tl_schema_check(schemas.compiled[name], doc->root, &doc->source, NULL);
		assert_row(text, valid == library_reads(name, tl_str(text)));
		tl_buf_clear(&document);
		tl_findings_clear(&findings);
		tl_doc_free(doc);
	}
	tl_schemas_clear(&schemas);
}

/* Every limit that there is can be set in the project file, and no other. */
static void limits_are_those_of_the_table(void **state)
{
	struct tl_doc *doc = NULL;
	struct tl_error err;
	(void)state;
	assert_int_equal(tl_json_parse(&doc, TL_STR("x"), tl_schema_text(TL_SCHEMA_PROJECT), &err), 0);
	const struct tl_item *limits = tl_item_get(tl_item_get(tl_item_get(doc->root, "properties"), "limits"), "properties");
	assert_int_equal(limits->count, tl_limit_count);
	for (size_t i = 0; i < tl_limit_count; i++)
		assert_row(tl_limit_table[i].name, tl_item_get(limits, tl_limit_table[i].name) != NULL);
	tl_doc_free(doc);
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
		cmocka_unit_test(schemas_agree_with_the_library),
		cmocka_unit_test(limits_are_those_of_the_table),
		cmocka_unit_test(every_schema_has_files),
	};
	return cmocka_run_group_tests_name("schema_fixtures", tests, NULL, NULL);
}

/* tests/unit/test_schema_suite.c: the official JSON Schema suite, draft 2020-12: everything that is required, and what is optional but for formats
 * that assert, except what is listed here. */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>

#include "base/file.h"
#include "base/map.h"
#include "doc/json.h"
#include "schema/schema.h"

#define FILE_LIMIT (4u << 20)

/* Groups that we refuse to compile, and the reason. A group that is listed and compiles fails the test, as does one that is not and does not. */
static const struct {
	const char *file, *group, *reason;
} refused_table[] = {
	{ "vocabulary.json", "schema that uses custom metaschema with with no validation vocabulary", "the dialect" },
	{ "vocabulary.json", "ignore unrecognized optional vocabulary", "the dialect" },
	{ "optional/format-assertion.json", "schema that uses custom metaschema with format-assertion: false", "the dialect" },
	{ "optional/format-assertion.json", "schema that uses custom metaschema with format-assertion: true", "the dialect" },
	{ "optional/cross-draft.json", "refs to historic drafts are processed as historic drafts", "there is no schema" },
	{ "optional/unknownKeyword.json", "$id inside an unknown keyword is not a real identifier", "the keyword 'array_of_schemas'" },
	{ "optional/refOfUnknownKeyword.json", "reference of a root arbitrary keyword ", "the keyword 'unknown-keyword'" },
	{ "optional/refOfUnknownKeyword.json", "reference of a root arbitrary keyword with encoded ref", "the keyword 'unknown/keyword'" },
	{ "optional/refOfUnknownKeyword.json", "reference of an arbitrary keyword of a sub-schema", "the keyword 'unknown-keyword'" },
	{ "optional/refOfUnknownKeyword.json", "reference of an arbitrary keyword of a sub-schema with encoded ref", "the keyword 'unknown/keyword'" },
	{ "optional/refOfUnknownKeyword.json", "reference internals of known non-applicator", "there is no schema" },
	{ "optional/dependencies-compatibility.json", "single dependency", "the keyword 'dependencies'" },
	{ "optional/dependencies-compatibility.json", "empty dependents", "the keyword 'dependencies'" },
	{ "optional/dependencies-compatibility.json", "multiple dependents required", "the keyword 'dependencies'" },
	{ "optional/dependencies-compatibility.json", "dependencies with escaped characters", "the keyword 'dependencies'" },
	{ "optional/dependencies-compatibility.json", "single schema dependency", "the keyword 'dependencies'" },
	{ "optional/dependencies-compatibility.json", "boolean subschemas", "the keyword 'dependencies'" },
	{ "optional/dependencies-compatibility.json", "schema dependencies with escaped characters", "the keyword 'dependencies'" },
};

struct fixture {
	struct tl_arena arena;
	struct tl_map docs; /* path -> struct tl_doc * */
	const char *remotes;
	bool used[TL_COUNT(refused_table)];
	unsigned passed, failed;
};

static struct tl_doc *read_doc(struct fixture *f, const char *path)
{
	struct tl_str bytes;
	struct tl_error err;
	struct tl_doc *doc = tl_map_ptr(&f->docs, tl_str(path));
	if (doc)
		return doc;
	if (tl_file_read(&bytes, &f->arena, path, FILE_LIMIT, &err) < 0)
		return NULL;
	if (tl_json_parse(&doc, tl_str(path), bytes, &err) < 0)
		fail_msg("%s", err.message);
	tl_map_put(&f->docs, tl_arena_dup(&f->arena, tl_str(path)), NULL)->value.ptr = doc;
	return doc;
}

/* The suite's remotes by the address that it gives them, and the dialect's own schema. */
static const struct tl_item *load(void *data, struct tl_str uri)
{
	struct fixture *f = data;
	struct tl_str host = TL_STR("http://localhost:1234/"), path = TL_STR("tests/schema/dialect.json");
	if (tl_str_starts(uri, host))
		path = tl_path_join(&f->arena, tl_str(f->remotes), tl_str_slice(uri, host.len, uri.len));
	else if (!tl_str_is(uri, "https://json-schema.org/draft/2020-12/schema"))
		return NULL;
	struct tl_doc *doc = read_doc(f, path.ptr);
	return doc ? doc->root : NULL;
}

/* The row of the table, or -1. */
static int refused_row(const char *file, struct tl_str group)
{
	for (size_t i = 0; i < TL_COUNT(refused_table); i++)
		if (strcmp(file, refused_table[i].file) == 0 && tl_str_is(group, refused_table[i].group))
			return (int)i;
	return -1;
}

static void check(struct fixture *f, bool right, const char *file, struct tl_str group, const char *what)
{
	if (right) {
		f->passed++;
		return;
	}
	f->failed++;
	print_error("%s: %.*s: %s\n", file, TL_FMT(group), what);
}

/* The verdict, without findings and with: both passes must agree, and the second must say something of every refusal. */
static bool verdict_is(const struct tl_schema *schema, const struct tl_item *item, struct tl_source *source, bool valid)
{
	struct tl_findings findings = { 0 };
	bool quick = tl_schema_check(schema, item, source, NULL);
	bool told = tl_schema_check(schema, item, source, &findings);
	bool right = quick == valid && told == valid && (findings.count > 0) == !valid;
	for (size_t i = 0; i < findings.count; i++)
		right = right && findings.items[i].message.len > 0 &&
		        !tl_str_is(findings.items[i].message, "the document does not fit its schema");
	tl_findings_clear(&findings);
	return right;
}

static void run_group(struct fixture *f, const char *file, struct tl_doc *doc, const struct tl_item *group)
{
	struct tl_str name = tl_item_text(group, "description");
	struct tl_schema *schema = NULL;
	struct tl_error err = { 0 };
	int row = refused_row(file, name);
	int result = tl_schema_compile(&schema, tl_item_get(group, "schema"), load, f, &err);
	if (row >= 0) {
		f->used[row] = true;
		check(f, result < 0 && err.code == TL_UNSUPPORTED && strstr(err.message, refused_table[row].reason), file, name,
		      "is not refused for the reason that is listed");
	} else {
		check(f, result == 0, file, name, err.message);
	}
	const struct tl_item *tests = tl_item_get(group, "tests");
	for (const struct tl_item *test = schema && row < 0 ? tests->first : NULL; test; test = test->next) {
		bool valid = tl_item_get(test, "valid")->boolean;
		bool right = verdict_is(schema, tl_item_get(test, "data"), &doc->source, valid);
		check(f, right, file, name, tl_item_text(test, "description").ptr);
	}
	tl_schema_free(schema);
}

static int is_json(const struct dirent *entry)
{
	return tl_str_ends(tl_str(entry->d_name), TL_STR(".json"));
}

/* Runs the files of one folder; `prefix` goes before their names. Returns how many there were. */
static int run_folder(struct fixture *f, const char *folder, const char *prefix)
{
	struct dirent **names;
	int count = scandir(folder, &names, is_json, alphasort);
	for (int i = 0; i < count; i++) {
		struct tl_doc *doc = read_doc(f, tl_path_join(&f->arena, tl_str(folder), tl_str(names[i]->d_name)).ptr);
		const char *name = tl_arena_printf(&f->arena, "%s%s", prefix, names[i]->d_name).ptr;
		for (const struct tl_item *group = doc->root->first; group; group = group->next)
			run_group(f, name, doc, group);
		free(names[i]);
	}
	free(names);
	return count;
}

static void the_suite_passes(void **state)
{
	struct fixture f = { 0 };
	const char *folder = unit_shared(&f.arena, "vectors/json-schema/tests/draft2020-12");
	f.remotes = unit_shared(&f.arena, "vectors/json-schema/remotes");
	(void)state;
	assert_true(run_folder(&f, folder, "") > 40);
	assert_true(run_folder(&f, unit_shared(&f.arena, "vectors/json-schema/tests/draft2020-12/optional"), "optional/") > 10);
	for (size_t i = 0; i < TL_COUNT(refused_table); i++)
		check(&f, f.used[i], refused_table[i].file, tl_str(refused_table[i].group), "is listed, but not in the suite");
	print_message("%u passed, %u failed\n", f.passed, f.failed);
	for (size_t i = 0; i < f.docs.count; i++)
		tl_doc_free(f.docs.entries[i].value.ptr);
	tl_map_clear(&f.docs);
	tl_arena_clear(&f.arena);
	assert_int_equal(f.failed, 0);
	assert_true(f.passed > 1000);
}

int test_schema_suite(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_suite_passes),
	};
	return cmocka_run_group_tests_name("schema_suite", tests, NULL, NULL);
}

/* tests/unit/test_schema_compile.c: what is refused when a schema is compiled, and how it is said; references by URI; our own schemas. */
#include "unit.h"

#include <glob.h>
#include <pthread.h>

#include "base/file.h"
#include "base/text.h"
#include "doc/json.h"
#include "schema/schema.h"
#include "schema/uri.h"

static const struct {
	const char *schema;
	enum tl_code code; /* TL_OK: compiles */
	const char *message;
} compile_table[] = {
	{ "true", TL_OK, "" },
	{ "{}", TL_OK, "" },
	{ "{\"x-anything\": {\"type\": 5}}", TL_OK, "" },
	{ "{\"$vocabulary\": {}, \"examples\": [1], \"deprecated\": true}", TL_OK, "" },
	{ "{\"properties\": {\"$ref\": {\"$ref\": \"#\"}}}", TL_OK, "" },
	{ "{\"items\": {\"$ref\": \"#\"}}", TL_OK, "" },
	{ "5", TL_USAGE, "#: must be a schema: a map, true or false" },
	{ "{\"properties\": {\"a/b\": {\"colour\": 1}}}", TL_UNSUPPORTED,
	  "#/properties/a~1b/colour: the keyword 'colour' is not supported" },
	{ "{\"$defs\": {\"unused\": {\"dependencies\": {}}}}", TL_UNSUPPORTED,
	  "#/$defs/unused/dependencies: the keyword 'dependencies' is not supported" },
	{ "{\"contentSchema\": {\"typ\": 1}}", TL_UNSUPPORTED, "#/contentSchema/typ: the keyword 'typ' is not supported" },
	{ "{\"items\": [true]}", TL_USAGE, "#/items: must be a schema: a map, true or false" },
	{ "{\"format\": \"phone\"}", TL_UNSUPPORTED, "#/format: the format 'phone' is not supported" },
	{ "{\"$schema\": \"http://json-schema.org/draft-07/schema#\"}", TL_UNSUPPORTED,
	  "#/$schema: the dialect 'http://json-schema.org/draft-07/schema#' is not supported" },
	{ "{\"$ref\": \"#/$defs/none\"}", TL_UNSUPPORTED, "#/$ref: there is no schema '#/$defs/none'" },
	{ "{\"$id\": \"http://h/a\", \"$ref\": \"b#c\"}", TL_UNSUPPORTED, "#/$ref: there is no schema 'http://h/b#c'" },
	{ "{\"$ref\": \"#\"}", TL_UNSUPPORTED, "#: refers to itself for the same value" },
	{ "{\"$defs\": {\"a\": {\"allOf\": [{\"$ref\": \"#/$defs/b\"}]}, \"b\": {\"not\": {\"$ref\": \"#/$defs/a\"}}}}", TL_UNSUPPORTED, NULL },
	{ "{\"dependentSchemas\": {\"a\": {\"$ref\": \"#\"}}}", TL_UNSUPPORTED, NULL },
	{ "{\"$defs\": {\"a\": {\"$anchor\": \"x\"}, \"b\": {\"$anchor\": \"x\"}}}", TL_USAGE, NULL },
	{ "{\"$id\": \"http://h/a\", \"$defs\": {\"a\": {\"$id\": \"a\"}}}", TL_USAGE, NULL },
	{ "{\"$id\": \"http://h/a#b\"}", TL_USAGE, "#: '$id' must be a URI without a fragment" },
	{ "{\"type\": \"text\"}", TL_USAGE, "#/type: must be the name of a type, or a list of such" },
	{ "{\"type\": [\"string\", 5]}", TL_USAGE, NULL },
	{ "{\"enum\": 5}", TL_USAGE, "#/enum: must be a list" },
	{ "{\"minimum\": \"5\"}", TL_USAGE, "#/minimum: must be a number" },
	{ "{\"multipleOf\": 0}", TL_USAGE, "#/multipleOf: must be a number above 0" },
	{ "{\"minLength\": -1}", TL_USAGE, "#/minLength: must be a whole number, at least 0" },
	{ "{\"maxContains\": 1.5}", TL_USAGE, NULL },
	{ "{\"pattern\": \"(\"}", TL_USAGE, NULL },
	{ "{\"patternProperties\": {\"[\": true}}", TL_USAGE, NULL },
	{ "{\"required\": \"a\"}", TL_USAGE, "#: 'required' must be a list of names" },
	{ "{\"required\": [5]}", TL_USAGE, NULL },
	{ "{\"properties\": [true]}", TL_USAGE, NULL },
	{ "{\"dependentRequired\": {\"a\": [5]}}", TL_USAGE, NULL },
	{ "{\"allOf\": []}", TL_USAGE, "#/allOf: must be a list of schemas, not empty" },
	{ "{\"anyOf\": {}}", TL_USAGE, NULL },
	{ "{\"uniqueItems\": 1}", TL_USAGE, NULL },
	{ "{\"title\": 5}", TL_USAGE, NULL },
	{ "{\"x-message\": 5}", TL_USAGE, NULL },
};

static void refusals_are_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(compile_table); i++) {
		struct tl_doc *doc = NULL;
		struct tl_schema *schema = NULL;
		struct tl_error err = { 0 };
		assert_int_equal(tl_json_parse(&doc, TL_STR("schema.json"), tl_str(compile_table[i].schema), &err), 0);
		int result = tl_schema_compile(&schema, doc->root, NULL, NULL, &err);
		assert_row(compile_table[i].schema, (result == 0) == (compile_table[i].code == TL_OK) && (result == 0) == (schema != NULL));
		assert_row(compile_table[i].schema, err.code == compile_table[i].code);
		if (compile_table[i].message)
			assert_string_equal(err.message, compile_table[i].message);
		/* nobody has to listen */
		struct tl_schema *again = NULL;
		assert_int_equal(tl_schema_compile(&again, doc->root, NULL, NULL, NULL), result);
		tl_schema_free(again);
		tl_schema_free(schema);
		tl_doc_free(doc);
	}
}

/* RFC 3986, sections 5.4.1 and 5.4.2, and what URNs need. */
static const struct {
	const char *base, *reference, *uri;
} uri_table[] = {
	{ "http://a/b/c/d;p?q", "g:h", "g:h" },
	{ "http://a/b/c/d;p?q", "g", "http://a/b/c/g" },
	{ "http://a/b/c/d;p?q", "./g", "http://a/b/c/g" },
	{ "http://a/b/c/d;p?q", "g/", "http://a/b/c/g/" },
	{ "http://a/b/c/d;p?q", "/g", "http://a/g" },
	{ "http://a/b/c/d;p?q", "//g", "http://g" },
	{ "http://a/b/c/d;p?q", "?y", "http://a/b/c/d;p?y" },
	{ "http://a/b/c/d;p?q", "g?y#s", "http://a/b/c/g?y#s" },
	{ "http://a/b/c/d;p?q", "#s", "http://a/b/c/d;p?q#s" },
	{ "http://a/b/c/d;p?q", "", "http://a/b/c/d;p?q" },
	{ "http://a/b/c/d;p?q", ".", "http://a/b/c/" },
	{ "http://a/b/c/d;p?q", "..", "http://a/b/" },
	{ "http://a/b/c/d;p?q", "../g", "http://a/b/g" },
	{ "http://a/b/c/d;p?q", "../..", "http://a/" },
	{ "http://a/b/c/d;p?q", "../../g", "http://a/g" },
	{ "http://a/b/c/d;p?q", "../../../g", "http://a/g" },
	{ "http://a/b/c/d;p?q", "/./g", "http://a/g" },
	{ "http://a/b/c/d;p?q", "/../g", "http://a/g" },
	{ "http://a/b/c/d;p?q", "g.", "http://a/b/c/g." },
	{ "http://a/b/c/d;p?q", "..g", "http://a/b/c/..g" },
	{ "http://a/b/c/d;p?q", "./g/.", "http://a/b/c/g/" },
	{ "http://a/b/c/d;p?q", "g/../h", "http://a/b/c/h" },
	{ "http://a", "g", "http://a/g" },
	{ "urn:uuid:deadbeef", "#/a", "urn:uuid:deadbeef#/a" },
	{ "urn:uuid:deadbeef", "urn:x:y", "urn:x:y" },
	{ "", "#a", "#a" },
	{ "", "a/b", "a/b" },
};

static void uris_are_resolved(void **state)
{
	struct tl_arena arena = { 0 };
	(void)state;
	for (size_t i = 0; i < TL_COUNT(uri_table); i++)
		assert_str(tl_uri_resolve(&arena, tl_str(uri_table[i].base), tl_str(uri_table[i].reference)), uri_table[i].uri);
	assert_str(tl_text_percent_decode(&arena, TL_STR("a%25b%2Fc%zz%")), "a%b/c%zz%");
	tl_arena_clear(&arena);
}

/* Every file of schemas/ is a schema of its dialect too, not only to our own compiler. */
static void our_schemas_fit_the_dialect(void **state)
{
	struct tl_arena arena = { 0 };
	struct tl_error err;
	struct tl_str bytes;
	struct tl_doc *dialect = NULL;
	struct tl_schema *schema = NULL;
	glob_t found;
	(void)state;
	assert_int_equal(tl_file_read(&bytes, &arena, "tests/schema/dialect.json", 1u << 20, &err), 0);
	assert_int_equal(tl_json_parse(&dialect, TL_STR("dialect.json"), bytes, &err), 0);
	assert_int_equal(tl_schema_compile(&schema, dialect->root, NULL, NULL, &err), 0);
	assert_int_equal(glob("schemas/*.json", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= TL_SCHEMA_COUNT);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct tl_doc *doc = NULL;
		assert_int_equal(tl_file_read(&bytes, &arena, found.gl_pathv[i], 1u << 20, &err), 0);
		assert_int_equal(tl_json_parse(&doc, TL_STR("schema"), bytes, &err), 0);
		assert_row(found.gl_pathv[i], tl_schema_check(schema, doc->root, &doc->source, NULL));
		tl_doc_free(doc);
	}
	globfree(&found);
	tl_schema_free(schema);
	tl_doc_free(dialect);
	tl_arena_clear(&arena);
}

/* Those that are compiled in are those files, in the order of their names. */
static void our_schemas_are_built_in(void **state)
{
	static const char *const ids[] = {
		[TL_SCHEMA_FLOW] = "flow",     [TL_SCHEMA_SUITE] = "suite",     [TL_SCHEMA_CASE] = "case",
		[TL_SCHEMA_POLICY] = "policy", [TL_SCHEMA_PROJECT] = "project", [TL_SCHEMA_CONFIG] = "config",
	};
	struct tl_arena arena = { 0 };
	(void)state;
	for (int i = 0; i < TL_SCHEMA_COUNT; i++) {
		struct tl_error err;
		struct tl_str bytes = { NULL, 0 };
		const char *path = tl_arena_printf(&arena, "schemas/%s.schema.json", ids[i]).ptr;
		assert_int_equal(tl_file_read(&bytes, &arena, path, 1u << 20, &err), 0);
		assert_true(tl_str_equal(bytes, tl_schema_text((enum tl_schema_name)i)));
	}
	tl_arena_clear(&arena);
}

struct job {
	const struct tl_schemas *schemas;
	const struct tl_item *item;
	bool valid;
};

static void *check_one(void *data)
{
	struct job *job = data;
	job->valid = tl_schema_check(job->schemas->compiled[TL_SCHEMA_PROJECT], job->item, NULL, NULL);
	return NULL;
}

static void first_use_is_safe_from_threads(void **state)
{
	struct tl_schemas schemas;
	struct tl_doc *doc = NULL;
	struct tl_error err;
	pthread_t threads[8];
	struct job jobs[8];
	(void)state;
	tl_schemas_init(&schemas);
	assert_int_equal(tl_json_parse(&doc, TL_STR("p.json"), TL_STR("{\"limits\": {\"max_time\": \"5s\"}}"), &err), 0);
	for (size_t i = 0; i < TL_COUNT(threads); i++) {
		jobs[i] = (struct job){ &schemas, doc->root, false };
		assert_int_equal(pthread_create(&threads[i], NULL, check_one, &jobs[i]), 0);
	}
	for (size_t i = 0; i < TL_COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < TL_COUNT(threads); i++)
		assert_true(jobs[i].valid);
	tl_doc_free(doc);
	tl_schemas_clear(&schemas);
}

int test_schema_compile(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals_are_said),           cmocka_unit_test(uris_are_resolved),
		cmocka_unit_test(our_schemas_fit_the_dialect), cmocka_unit_test(our_schemas_are_built_in),
		cmocka_unit_test(first_use_is_safe_from_threads),
	};
	return cmocka_run_group_tests_name("schema_compile", tests, NULL, NULL);
}

/* tests/unit/test_doc_json.c: the JSON reader: RFC 8259 and nothing else, places, and the public test vectors. */
#include <dirent.h>
#include <stdio.h>

#include "base/file.h"
#include "doc/json.h"
#include "unit.h"

static struct tl_doc *read_text(const char *text, size_t len, struct tl_findings *findings)
{
	struct tl_read_options options = { .depth = 64, .findings = findings };
	struct tl_doc *doc;

	tl_json_read(&doc, TL_STR("t.json"), (struct tl_str){ text, len }, &options);
	return doc;
}

static void reads_values(void **state)
{
	static const struct {
		const char *text, *json;
	} rows[] = {
		{ "null", "null" },
		{ " true ", "true" },
		{ "[]", "[]" },
		{ "{}", "{}" },
		{ "[0, -0, 1.5, -1e3, 1E+2, 123456789012345678]", "[0,0,1.5,-1000,100,123456789012345680]" },
		{ "\"\"", "\"\"" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
		{ "\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"", "\"A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "{\"a\": {\"b\": [1, {\"c\": null}]}, \"d\": \"\xc3\xa9\"}", "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":\"\xc3\xa9\"}" },
		{ "\xef\xbb\xbf[1]", "[1]" },
		{ "\r\n\t [\r\n1\t,\n2 ]\r\n", "[1,2]" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_findings findings = { 0 };
		struct tl_doc *doc = read_text(rows[i].text, strlen(rows[i].text), &findings);
		struct tl_buf buf = { 0 };
		struct tl_json json;

		assert_row(rows[i].text, findings.count == 0 && doc->root && doc->json);
		tl_json_init(&json, &buf, false);
		tl_json_item(&json, doc->root);
		assert_str(tl_buf_view(&buf), rows[i].json);
		tl_buf_clear(&buf);
		tl_doc_free(doc);
		tl_findings_clear(&findings);
	}
}

static void says_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *rule;
		unsigned line, column;
		const char *part;
	} rows[] = {
		{ "", "yaml-syntax", 1, 1, "the file is empty" },
		{ "[1,\n 2", "yaml-syntax", 1, 1, "this '[' is never closed" },
		{ "{\"a\": 1", "yaml-syntax", 1, 1, "this '{' is never closed" },
		{ "[1 2]", "yaml-syntax", 1, 4, "a ',' or ']' is missing" },
		{ "{\"a\": 1 \"b\"}", "yaml-syntax", 1, 9, "a ',' or '}' is missing" },
		{ "[1,]", "yaml-syntax", 1, 4, "no value can start here" },
		{ "{\"a\": 1,}", "yaml-syntax", 1, 9, "a key is missing" },
		{ "{a: 1}", "yaml-syntax", 1, 2, "a key is missing" },
		{ "{\"a\" 1}", "yaml-syntax", 1, 6, "a ':' is missing" },
		{ "[1]\n]", "yaml-syntax", 2, 1, "after the end of the value" },
		{ "[\"a]", "yaml-syntax", 1, 2, "this quote is never closed" },
		{ "[\"a\\\"]", "yaml-syntax", 1, 2, "this quote is never closed" },
		{ "[\"\\a\"]", "yaml-syntax", 1, 3, "no such escape" },
		{ "[\"\\u12g4\"]", "yaml-syntax", 1, 3, "four hexadecimal digits" },
		{ "[\"\\u12\"]", "yaml-syntax", 1, 3, "four hexadecimal digits" },
		{ "[\"\\ud800\"]", "yaml-syntax", 1, 3, "half of a surrogate pair" },
		{ "[\"\\udc00\"]", "yaml-syntax", 1, 3, "half of a surrogate pair" },
		{ "[\"\\ud800\\u0041\"]", "yaml-syntax", 1, 3, "half of a surrogate pair" },
		{ "[\"a\nb\"]", "yaml-syntax", 1, 4, "a control character in a string" },
		{ "[01]", "yaml-syntax", 1, 2, "this is no number" },
		{ "[1.]", "yaml-syntax", 1, 2, "this is no number" },
		{ "[nul]", "yaml-syntax", 1, 2, "neither true, false, null" },
		{ "[NaN]", "yaml-syntax", 1, 2, "neither true, false, null" },
		{ "[1] // c", "yaml-syntax", 1, 5, "after the end of the value" },
		{ "[\n1e999]", "yaml-syntax", 2, 1, "too large" },
		{ "{\"a\": 1, \"b\": 2,\n\"a\": 3}", "duplicate-key", 2, 1, "duplicate key 'a'" },
		{ "{\"a\": 1, \"\\u0061\": 3}", "duplicate-key", 1, 10, "duplicate key 'a'" },
		{ "[\"\xff\"]", "yaml-syntax", 1, 3, "not UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_findings findings = { 0 };
		struct tl_doc *doc = read_text(rows[i].text, strlen(rows[i].text), &findings);
		const struct tl_finding *finding = findings.items;

		assert_row(rows[i].text, findings.count == 1);
		if (finding->place.line != rows[i].line || finding->place.column != rows[i].column)
			print_error("%s: %u:%u %.*s\n", rows[i].text, finding->place.line, finding->place.column, TL_FMT(finding->message));
		assert_row(rows[i].text, strcmp(finding->rule, rows[i].rule) == 0);
		assert_row(rows[i].text, memmem(finding->message.ptr, finding->message.len, rows[i].part, strlen(rows[i].part)));
		assert_row(rows[i].text, finding->place.line == rows[i].line && finding->place.column == rows[i].column);
		tl_doc_free(doc);
		tl_findings_clear(&findings);
	}
}

static void keeps_every_byte(void **state)
{
	struct tl_buf text = { 0 };
	struct tl_findings findings = { 0 };
	const struct tl_item *item;
	struct tl_doc *doc;

	(void)state;
	tl_buf_text(&text, "{\"a\\u0000b\": \"x\\u0000y\", \"");
	for (int i = 0; i < 5000; i++)
		tl_buf_char(&text, 'k');
	tl_buf_text(&text, "\": 1, \"a\": 2}");
	doc = read_text(text.data, text.len, &findings);
	assert_int_equal(findings.count, 0);
	item = tl_item_get_str(doc->root, (struct tl_str){ "a\0b", 3 });
	assert_non_null(item);
	assert_int_equal(item->text.len, 3);
	assert_memory_equal(item->text.ptr, "x\0y", 4);
	assert_int_equal(item->next->key.len, 5000);
	assert_non_null(tl_item_get(doc->root, "a"));
	tl_doc_free(doc);
	tl_findings_clear(&findings);
	tl_buf_clear(&text);
}

static void knows_places(void **state)
{
	static const char text[] = "{ \"a\\n\" : [1, \"\\u00e9\"] ,\n\"b\": {} , \"c\":-1.50e0}";
	struct tl_findings findings = { 0 };
	struct tl_doc *doc = read_text(text, strlen(text), &findings);
	const struct tl_item *a = doc->root->first, *b = a->next, *c = b->next;
	struct tl_str bytes = doc->source.bytes;

	(void)state;
	assert_str(tl_str_slice(bytes, doc->root->span.start, doc->root->span.end), text);
	assert_str(tl_str_slice(bytes, a->key_span.start, a->key_span.end), "\"a\\n\"");
	assert_str(tl_str_slice(bytes, a->span.start, a->span.end), "[1, \"\\u00e9\"]");
	assert_str(tl_str_slice(bytes, a->first->next->span.start, a->first->next->span.end), "\"\\u00e9\"");
	assert_str(tl_str_slice(bytes, b->span.start, b->span.end), "{}");
	assert_str(tl_str_slice(bytes, c->span.start, c->span.end), "-1.50e0");
	assert_str(c->text, "-1.50e0");
	assert_false(c->integer);
	assert_true(a->first->integer);
	tl_doc_free(doc);
	tl_findings_clear(&findings);
}

static void nesting_is_a_limit(void **state)
{
	static const struct {
		size_t count;
		const char *rule;
	} rows[] = { { 64, "yaml-syntax" }, { 65, "limit" }, { 1000000, "limit" } };
	struct tl_buf text = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_findings findings = { 0 };
		struct tl_doc *doc;

		tl_buf_reset(&text);
		for (size_t j = 0; j < rows[i].count; j++)
			tl_buf_text(&text, j % 2 ? "[" : "{\"a\":");
		doc = read_text(text.data, text.len, &findings);
		assert_int_equal(findings.count, 1);
		assert_string_equal(findings.items[0].rule, rows[i].rule);
		assert_null(doc->root);
		tl_doc_free(doc);
		tl_findings_clear(&findings);
	}
	tl_buf_clear(&text);
}

static void parse_gives_one_error(void **state)
{
	struct tl_error err = { 0 };
	struct tl_doc *doc = NULL;

	(void)state;
	assert_int_equal(tl_json_parse(&doc, TL_STR("plan.json"), TL_STR("{\"a\": 1}"), &err), 0);
	assert_int_equal(tl_item_get(doc->root, "a")->number, 1);
	tl_doc_free(doc);
	assert_int_equal(tl_json_parse(&doc, TL_STR("plan.json"), TL_STR("{\"a\":\n x}"), &err), -1);
	assert_null(doc);
	assert_int_equal(err.code, TL_USAGE);
	assert_string_equal(err.message, "plan.json:2:2: this is neither true, false, null nor a number");
}

/* y_ must be read, n_ must be refused, i_ may be either: that nothing worse happens is the test. */
static void reads_the_public_vectors(void **state)
{
	struct tl_arena arena = { 0 };
	const char *folder = unit_shared(&arena, "vectors/json/test_parsing");
	DIR *dir = opendir(folder);
	size_t accepted = 0, refused = 0;

	(void)state;
	assert_non_null(dir);
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
		struct tl_findings findings = { 0 };
		struct tl_str path, bytes;
		struct tl_doc *doc;

		if (!tl_str_ends(tl_str(entry->d_name), TL_STR(".json")))
			continue;
		path = tl_path_join(&arena, tl_str(folder), tl_str(entry->d_name));
		assert_int_equal(tl_file_read(&bytes, &arena, path.ptr, 1 << 20, NULL), 0);
		doc = read_text(bytes.ptr, bytes.len, &findings);
		assert_row(entry->d_name, (doc->root != NULL) == (tl_findings_count(&findings, TL_ERROR) == 0) || entry->d_name[0] == 'i' ||
		                              strstr(entry->d_name, "duplicated"));
		if (entry->d_name[0] == 'y') {
			assert_row(entry->d_name, doc->root);
			accepted++;
		} else if (entry->d_name[0] == 'n') {
			assert_row(entry->d_name, findings.count && !doc->root);
			refused++;
		}
		tl_doc_free(doc);
		tl_findings_clear(&findings);
	}
	closedir(dir);
	assert_int_equal(accepted, 95);
	assert_int_equal(refused, 188);
	tl_arena_clear(&arena);
}

int test_doc_json(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_values),       cmocka_unit_test(says_what_is_wrong), cmocka_unit_test(keeps_every_byte),
		cmocka_unit_test(knows_places),       cmocka_unit_test(nesting_is_a_limit), cmocka_unit_test(parse_gives_one_error),
		cmocka_unit_test(reads_the_public_vectors),
	};

	return cmocka_run_group_tests_name("doc_json", tests, NULL, NULL);
}

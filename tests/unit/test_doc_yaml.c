/* tests/unit/test_doc_yaml.c: YAML text to a tree: types, places, findings, limits. */
#include <math.h>
#include <stdio.h>

#include "doc/json.h"
#include "unit.h"

/* A document with what was said of it. */
struct reading {
	struct tl_doc *doc;
	struct tl_findings findings;
};

static struct reading read_with(const char *text, size_t len, struct tl_read_options options)
{
	struct reading reading = { 0 };

	options.findings = &reading.findings;
	tl_yaml_read(&reading.doc, TL_STR("t.yaml"), (struct tl_str){ text, len }, &options);
	return reading;
}

static struct reading read_text(const char *text)
{
	return read_with(text, strlen(text), (struct tl_read_options){ .depth = 64, .scalars = 1000 });
}

static void done(struct reading *reading)
{
	tl_findings_clear(&reading->findings);
	tl_doc_free(reading->doc);
}

/* The tree as compact JSON, "-" where there is none. */
static void assert_json(const char *row, const struct tl_doc *doc, const char *json)
{
	struct tl_buf buf = { 0 };
	struct tl_json writer;

	tl_json_init(&writer, &buf, false);
	if (doc->root)
		tl_json_item(&writer, doc->root);
	else
		tl_buf_char(&buf, '-');
	if (strcmp(buf.data, json) != 0)
		print_error("%s\n  gives %s\n  not   %s\n", row, buf.data, json);
	assert_row(row, strcmp(buf.data, json) == 0);
	tl_buf_clear(&buf);
}

static void reads_core_types(void **state)
{
	static const struct {
		const char *text, *json;
	} rows[] = {
		{ "[null, Null, NULL, ~, nULL]", "[null,null,null,null,\"nULL\"]" },
		{ "[true, True, TRUE, false, False, FALSE, tRUE]", "[true,true,true,false,false,false,\"tRUE\"]" },
		{ "[yes, no, on, off, y, n, Yes, NO]", "[\"yes\",\"no\",\"on\",\"off\",\"y\",\"n\",\"Yes\",\"NO\"]" },
		{ "[0, -0, 12, +12, -12, 0123, 08]", "[0,0,12,12,-12,123,8]" },
		{ "[0o14, 0x1f, 0xFF, 0o8, 0xg, 0o, 0x, -0x1, 0b1]", "[12,31,255,\"0o8\",\"0xg\",\"0o\",\"0x\",\"-0x1\",\"0b1\"]" },
		{ "[1.5, .5, 5., -.5, +1.5, 1e3, 1E-2, 1.e1, 00.5]", "[1.5,0.5,5,-0.5,1.5,1000,0.01,10,0.5]" },
		{ "[., -, +, -., 1e, 1e+, e1, 1.2.3, 1_000, 0.0.0]",
		  "[\".\",\"-\",\"+\",\"-.\",\"1e\",\"1e+\",\"e1\",\"1.2.3\",\"1_000\",\"0.0.0\"]" },
		{ "[.inf, -.Inf, +.INF, .nan, -.nan, .iNF]", "[null,null,null,null,\"-.nan\",\".iNF\"]" },
		{ "[12345678901234567890, 9007199254740993, 0xffffffffffffffff]", "[12345678901234567000,9007199254740992,18446744073709552000]" },
		{ "['1', \"true\", '', \"~\"]", "[\"1\",\"true\",\"\",\"~\"]" },
		{ "[!!str 1, !!int 1, !!float 1, !!bool true, !!null ~, ! 1, !!str , !!int \"3\"]", "[\"1\",1,1,true,null,\"1\",\"\",3]" },
		{ "[2001-01-01, 12:30:45, 1:2, 0.1.2, '=', <<]", "[\"2001-01-01\",\"12:30:45\",\"1:2\",\"0.1.2\",\"=\",\"<<\"]" },
		{ "{1: a, ~: b, true: c, '': d}", "{\"1\":\"a\",\"~\":\"b\",\"true\":\"c\",\"\":\"d\"}" },
		{ "a:\nb: \nc: # no\n", "{\"a\":null,\"b\":null,\"c\":null}" },
		{ "|\n a\n  b\n", "\"a\\n b\\n\"" },
		{ ">-\n a\n b\n", "\"a b\"" },
		{ "\"\\x41\\u00e9\\U0001F600\\0\\e\\_\\/\\t\"", "\"A\xc3\xa9\xf0\x9f\x98\x80\\u0000\\u001b\xc2\xa0/\\t\"" },
		{ "---\na: 1\n...\n", "{\"a\":1}" },
		{ "%YAML 1.2\n---\na: 1\n", "{\"a\":1}" },
		{ "---\n", "null" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct reading reading = read_text(rows[i].text);

		assert_row(rows[i].text, reading.findings.count == 0);
		assert_json(rows[i].text, reading.doc, rows[i].json);
		done(&reading);
	}
}

static void keeps_what_was_written(void **state)
{
	struct reading reading = read_text("a: 0x1F\nb: 'q'\nc: 1.0\nd: |\n  t\ne: TRUE\nf: .nan\n");
	const struct tl_item *root = reading.doc->root;

	(void)state;
	assert_str(tl_item_get(root, "a")->text, "0x1F");
	assert_true(tl_item_get(root, "a")->integer);
	assert_false(tl_item_get(root, "a")->quoted);
	assert_true(tl_item_get(root, "b")->quoted);
	assert_str(tl_item_text(root, "b"), "q");
	assert_false(tl_item_get(root, "c")->integer);
	assert_true(tl_item_get(root, "d")->quoted);
	assert_str(tl_item_get(root, "e")->text, "TRUE");
	assert_true(isnan(tl_item_get(root, "f")->number));
	assert_null(tl_item_get(root, "g"));
	assert_str(tl_item_text(root, "a"), "");
	assert_int_equal(root->count, 6);
	assert_int_equal(root->weight, 12);
	assert_int_equal(reading.doc->depth, 1);
	done(&reading);
}

/* The source text of a value's span, by a path of keys and list indices, and of its key's. */
static void knows_places(void **state)
{
	static const struct {
		const char *text, *key, *span, *key_span;
	} rows[] = {
		{ "a: 1", "a", "1", "a" },
		{ "a:   'x' # c\n", "a", "'x'", "a" },
		{ "\"a\" : \"x\\\"y\" \n", "a", "\"x\\\"y\"", "\"a\"" },
		{ "a: x y  \n   z \n\n\nb: 1", "a", "x y  \n   z", "a" },
		{ "a: |\n  one\n\n  two\n\n\n# c\nb: 1", "a", "|\n  one\n\n  two", "a" },
		{ "a: >+ # c\n  one\n\n\nb: 1", "a", ">+ # c\n  one", "a" },
		{ "a:\n  - x\n  - y: 1 # c\n\n# d\n\nb: 1", "a", "- x\n  - y: 1", "a" },
		{ "a:\n- x\n- y\n\nb: 1", "a", "- x\n- y", "a" },
		{ "a:\n  c: 1\n  d:\n\nb: 1", "a", "c: 1\n  d:", "a" },
		{ "a: [1, {x: y} ]  # c\nb: 1", "a", "[1, {x: y} ]", "a" },
		{ "a: {\n  x: 1,\n}\nb: 1", "a", "{\n  x: 1,\n}", "a" },
		{ "a: [x: 1 ,y]", "a", "[x: 1 ,y]", "a" },
		{ "a: &n x\nb: 1", "a", "x", "a" },
		{ "a: !!str &n 'x'\nb: 1", "a", "'x'", "a" },
		{ "a: &n\n  c: 1\nb: 1", "a", "c: 1", "a" },
		{ "a: &n [1]\nb: 1", "a", "[1]", "a" },
		{ "a: &n # c\n  - 1\nb: 1", "a", "- 1", "a" },
		{ "b: &n 1\na: *n # c", "a", "*n", "a" },
		{ "b: 1\n? a\n: 2\n", "a", "2", "a" },
		{ "\xef\xbb\xbf" "a: x\r\nb: y\r\n", "a", "x", "a" },
		{ "b: y\r\na: x\r\n", "a", "x", "a" },
		{ "\xc3\xa9: \"\xe2\x82\xac\"\n# \xf0\x9f\x98\x80\na: '\xc3\xbc' # \xc3\xbc\nb: 1", "a", "'\xc3\xbc'", "a" },
		{ "a:\nb: 1", "a", "", "a" },
		{ "a: # c\n\nb: 1", "a", "", "a" },
		{ "{a, b: 1}", "a", "", "a" },
		{ "{a: , b: 1}", "a", "", "a" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct reading reading = read_text(rows[i].text);
		const struct tl_item *item = tl_item_get(reading.doc->root, rows[i].key);
		struct tl_str bytes = reading.doc->source.bytes;

		assert_row(rows[i].text, reading.findings.count == 0 && item);
		assert_str(tl_str_slice(bytes, item->span.start, item->span.end), rows[i].span);
		assert_str(tl_str_slice(bytes, item->key_span.start, item->key_span.end), rows[i].key_span);
		done(&reading);
	}
}

static void places_of_nothing_are_where_it_is_left_out(void **state)
{
	static const struct {
		const char *text;
		uint32_t at;
	} rows[] = {
		{ "a:\nb: 1", 2 }, { "a: # c\n\nb: 1", 2 }, { "{a, b: 1}", 2 }, { "{a: , b: 1}", 3 }, { "a: &x\nb: 1", 5 }, { "? a\n\n? b\n", 3 },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct reading reading = read_text(rows[i].text);
		const struct tl_item *item = tl_item_get(reading.doc->root, "a");

		assert_row(rows[i].text, item && item->kind == TL_NULL && item->span.start == rows[i].at && item->span.end == rows[i].at);
		done(&reading);
	}
}

/* What is said: "line:column rule part of the message", and the tree that is left. */
static void says_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *rule;
		unsigned line, column;
		const char *part, *json;
	} rows[] = {
		{ "", "yaml-syntax", 1, 1, "the file is empty", "-" },
		{ " \n\t\n", "yaml-syntax", 1, 1, "the file is empty", "-" },
		{ "# only\n# this\n", "yaml-syntax", 1, 1, "nothing but comments", "-" },
		{ "\xff\xfe" "a", "yaml-syntax", 1, 1, "UTF-16", "-" },
		{ "\xfe\xff", "yaml-syntax", 1, 1, "UTF-16", "-" },
		{ "a: 1\nb: \xc3(\n", "yaml-syntax", 2, 4, "not UTF-8", "-" },
		{ "a: \xed\xa0\x80\n", "yaml-syntax", 1, 4, "not UTF-8", "-" },
		{ "a: \x07\n", "yaml-syntax", 1, 4, "control character U+0007", "-" },
		{ "a: 1\nb: \x7f\n", "yaml-syntax", 2, 4, "control character U+007F", "-" },
		{ "a: 1\n\tb: 2\n", "yaml-syntax", 2, 1, "a tab in the indentation", "-" },
		{ "a:\n\tb: 2\n", "yaml-syntax", 2, 1, "a tab in the indentation", "-" },
		{ "a: |\n\tb\n", "yaml-syntax", 2, 1, "a tab in the indentation", "-" },
		{ "a: 'x\nb: 2\n", "yaml-syntax", 1, 4, "this quote is never closed", "-" },
		{ "a: \"x\n---\nb: 2\n", "yaml-syntax", 1, 4, "this quote is not closed before", "-" },
		{ "a: \"\\q\"\n", "yaml-syntax", 1, 5, "no such escape", "-" },
		{ "a: \"\\xg\"\n", "yaml-syntax", 1, 7, "hexadecimal", "-" },
		{ "a: \"\\ud800\"\n", "yaml-syntax", 1, 7, "no Unicode character", "-" },
		{ "a: b: c\n", "yaml-syntax", 1, 5, "no key can stand here", "-" },
		{ "a: 1\nb\nc: 2\n", "yaml-syntax", 2, 1, "this key has no ':'", "-" },
		{ "a:\n  b: 1\n c: 2\n", "yaml-syntax", 3, 2, "no key of the map", "-" },
		{ "- a\nb: 1\n", "yaml-syntax", 2, 1, "no item of the list", "-" },
		{ "a: - b\n", "yaml-syntax", 1, 4, "no list item can stand here", "-" },
		{ "a: @b\n", "yaml-syntax", 1, 4, "cannot start with '@'", "-" },
		{ "a: `b\n", "yaml-syntax", 1, 4, "cannot start with '`'", "-" },
		{ "a: [1, 2\n", "yaml-syntax", 1, 4, "this '[' is never closed", "-" },
		{ "a: {b: 2\n", "yaml-syntax", 1, 4, "this '{' is never closed", "-" },
		{ "a: [1,\n 2 }\n", "yaml-syntax", 2, 4, "the ']' of the '[' in line 1", "-" },
		{ "a: [1, , 2]\n", "yaml-syntax", 1, 8, "a value is missing", "-" },
		{ "a: 1\n]\n", "yaml-syntax", 2, 1, "no key of the map", "-" },
		{ "a: | b\n", "yaml-syntax", 1, 4, "starts on the line after", "-" },
		{ "a: %b\n", "yaml-syntax", 1, 4, "cannot start with '%'", "-" },
		{ "a: 1\n---\nb: 2\n", "yaml-syntax", 2, 1, "second document", "{\"a\":1}" },
		{ "a: !local b\n", "yaml-syntax", 1, 11, "the tag '!local'", "{\"a\":\"b\"}" },
		{ "a: !!int b\n", "yaml-syntax", 1, 10, "not what its tag", "{\"a\":\"b\"}" },
		{ "a: !!map [b]\n", "yaml-syntax", 1, 10, "not what its tag", "{\"a\":[\"b\"]}" },
		{ "a: !x!y b\n", "yaml-syntax", 1, 4, "a tag that nothing declares", "-" },
		{ "a: {<<: {b: 1}, c: 2}\n", "yaml-syntax", 1, 5, "merge keys", "-" },
		{ "? [a]\n: b\n", "yaml-syntax", 1, 3, "a key must be a single value", "-" },
		{ "a: {{b}}\n", "yaml-syntax", 1, 5, "a key must be a single value", "-" },
		{ "a: *b\n", "yaml-syntax", 1, 4, "names no anchor", "-" },
		{ "*b : a\n", "yaml-syntax", 1, 1, "names no anchor", "-" },
		{ "a: &b [*b]\n", "yaml-syntax", 1, 8, "within its own anchor", "-" },
		{ "a: &b\n  c: [{d: *b}]\n", "yaml-syntax", 2, 11, "within its own anchor", "-" },
		{ "a: &b [1]\n*b : c\n", "yaml-syntax", 2, 1, "a key must be a single value", "-" },
		{ "a: 1e999\n", "yaml-syntax", 1, 4, "too large", "{\"a\":null}" },
		{ "a: 1\nb: 2\na: 3\n", "duplicate-key", 3, 1, "duplicate key 'a'", "{\"a\":1,\"b\":2}" },
		{ "a: 1\n'a': {x: [1]}\nb: 2\n", "duplicate-key", 2, 1, "duplicate key 'a'", "{\"a\":1,\"b\":2}" },
		{ "{a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, j: 1, b: 2}", "duplicate-key", 1, 62, "duplicate key 'b'",
		  "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1}" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct reading reading = read_text(rows[i].text);
		const struct tl_finding *finding = reading.findings.items;

		assert_row(rows[i].text, reading.findings.count == 1);
		if (!memmem(finding->message.ptr, finding->message.len, rows[i].part, strlen(rows[i].part)) ||
		    finding->place.line != rows[i].line || finding->place.column != rows[i].column)
			print_error("%s says %u:%u %.*s\n", rows[i].text, finding->place.line, finding->place.column, TL_FMT(finding->message));
		assert_row(rows[i].text, strcmp(finding->rule, rows[i].rule) == 0 && finding->level == TL_ERROR);
		assert_row(rows[i].text, memmem(finding->message.ptr, finding->message.len, rows[i].part, strlen(rows[i].part)));
		assert_row(rows[i].text, finding->place.line == rows[i].line && finding->place.column == rows[i].column);
		assert_json(rows[i].text, reading.doc, rows[i].json);
		done(&reading);
	}
}

static void says_several_things(void **state)
{
	struct reading reading = read_text("a: 1\na: 2\nb: !x 1\nc: 1\nc: 2\n");

	(void)state;
	assert_int_equal(reading.findings.count, 3);
	assert_json("several", reading.doc, "{\"a\":1,\"b\":\"1\",\"c\":1}");
	assert_str(reading.findings.items[0].help, "the same key stands in line 1 already: remove one of the two, or rename it");
	done(&reading);
}

/* libyaml takes 1024 characters for a key; a longer one says so. */
static void long_keys(void **state)
{
	static const char message[] = "no key can stand here, or it has more than 1024 characters";

	(void)state;
	for (size_t len = 1024; len < 1027; len += 2) {
		struct tl_buf buf = { 0 };
		struct reading reading;

		for (size_t i = 0; i < len; i++)
			tl_buf_char(&buf, 'k');
		tl_buf_text(&buf, ": 1\n");
		reading = read_text(buf.data);
		assert_int_equal(reading.findings.count, len > 1024);
		if (len > 1024)
			assert_true(tl_str_starts(reading.findings.items[0].message, tl_str(message)));
		done(&reading);
		tl_buf_clear(&buf);
	}
}

static void a_nul_byte_is_a_binary_file(void **state)
{
	struct reading reading = read_with("a: 1\nb: \0\n", 10, (struct tl_read_options){ 0 });

	(void)state;
	assert_int_equal(reading.findings.count, 1);
	assert_int_equal(reading.findings.items[0].place.line, 2);
	assert_int_equal(reading.findings.items[0].place.column, 4);
	assert_null(reading.doc->root);
	done(&reading);
}

static void shares_what_aliases_repeat(void **state)
{
	struct reading reading = read_text("a: &x {b: [1, 2]}\nc: *x\nd: [*x, &x 7, *x]\n&k e: *k\n");
	const struct tl_item *root = reading.doc->root, *a = tl_item_get(root, "a"), *c = tl_item_get(root, "c");

	(void)state;
	assert_int_equal(reading.findings.count, 0);
	assert_json("aliases", reading.doc, "{\"a\":{\"b\":[1,2]},\"c\":{\"b\":[1,2]},\"d\":[{\"b\":[1,2]},7,7],\"e\":\"e\"}");
	assert_ptr_equal(a->first, c->first);
	assert_int_equal(a->weight, c->weight);
	assert_int_equal(a->weight, 3);
	assert_int_equal(root->weight, 4 + 3 + 3 + 5 + 1);
	done(&reading);
}

static void an_alias_bomb_is_a_limit(void **state)
{
	struct reading reading = read_text("a: &a [1,1,1,1,1,1,1,1,1,1]\n"
	                                   "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
	                                   "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
	                                   "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n");

	(void)state;
	assert_int_equal(reading.findings.count, 1);
	assert_string_equal(reading.findings.items[0].rule, "limit");
	assert_int_equal(reading.findings.items[0].place.line, 3);
	assert_null(reading.doc->root);
	done(&reading);
}

/* Nothing but empty lists: no scalar anywhere, and still as many things to walk. */
static void an_empty_alias_bomb_is_a_limit(void **state)
{
	struct tl_buf buf = { 0 };
	struct reading reading;

	(void)state;
	tl_buf_text(&buf, "a0: &a0 []\n");
	for (int i = 1; i < 40; i++)
		tl_buf_printf(&buf, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
	reading = read_text(buf.data);
	assert_int_equal(reading.findings.count, 1);
	assert_string_equal(reading.findings.items[0].rule, "limit");
	done(&reading);
	tl_buf_clear(&buf);
}

/* Aliases may not make a tree deeper than the text may. */
/* Few scalars, but long ones: what aliases make of a file has a bound in bytes too, through collections as well. */
static void aliases_of_long_values_are_a_limit(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "a: &x [0123456789, 0123456789]\nb: [*x, *x]\n", true },
		{ "a: &x [0123456789, 0123456789]\nb: [*x, *x, *x, *x, *x]\n", false },
		{ "a: &x 01234567890123456789\nb: &y [*x, *x]\nc: [*y, *y]\n", false },
		{ "? &x 01234567890123456789012345678901234567890123456789\n: 1\nb: *x\n", true },
		{ "? &x 01234567890123456789012345678901234567890123456789\n: 1\nb: {*x : *x}\n", false },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_findings findings = { 0 };
		struct tl_read_options options = { .bytes = 1000, .expanded = 110, .findings = &findings };
		struct tl_doc *doc;

		tl_yaml_read(&doc, TL_STR("a.yaml"), tl_str(rows[i].text), &options);
		assert_row(rows[i].text, (findings.count == 0) == rows[i].good);
		if (!rows[i].good)
			assert_string_equal(findings.items[0].rule, "limit");
		tl_doc_free(doc);
		tl_findings_clear(&findings);
	}
}

static void aliases_count_as_depth(void **state)
{
	struct tl_buf buf = { 0 };
	struct reading reading;

	(void)state;
	tl_buf_text(&buf, "a0: &a0 [1]\n");
	for (int i = 1; i < 70; i++)
		tl_buf_printf(&buf, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	reading = read_text(buf.data);
	assert_int_equal(reading.findings.count, 1);
	assert_string_equal(reading.findings.items[0].rule, "limit");
	assert_int_equal(reading.findings.items[0].place.line, 64);
	done(&reading);
	tl_buf_clear(&buf);
}

static void deep_nesting_is_a_limit(void **state)
{
	static const struct {
		const char *piece;
		size_t count;
		const char *rule;
	} rows[] = {
		{ "[", 64, "yaml-syntax" }, { "[", 65, "limit" }, { "[", 1000000, "limit" }, { "[\n", 1000000, "limit" }, { "{a: ", 10000, "limit" },
		{ "- ", 10000, "limit" }, { "? ", 10000, "limit" }, { "[[{a: ", 10000, "limit" }, { "{", 10000, "limit" }, { "[? ", 100000, "limit" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_buf buf = { 0 };
		struct reading reading;

		for (size_t j = 0; j < rows[i].count; j++)
			tl_buf_text(&buf, rows[i].piece);
		reading = read_text(buf.data);
		assert_row(rows[i].piece, reading.findings.count >= 1 && !reading.doc->root);
		assert_row(rows[i].piece, strcmp(reading.findings.items[reading.findings.count - 1].rule, rows[i].rule) == 0);
		done(&reading);
		tl_buf_clear(&buf);
	}
}

static void too_many_bytes_are_a_limit(void **state)
{
	struct reading reading = read_with("a: 1\nb: 2\n", 10, (struct tl_read_options){ .bytes = 9 });

	(void)state;
	assert_int_equal(reading.findings.count, 1);
	assert_string_equal(reading.findings.items[0].rule, "limit");
	assert_null(reading.doc->root);
	done(&reading);
	reading = read_with("a: 1\nb: 2\n", 10, (struct tl_read_options){ .bytes = 10 });
	assert_int_equal(reading.findings.count, 0);
	done(&reading);
}

static void findings_have_a_bound(void **state)
{
	struct tl_buf buf = { 0 };
	struct reading reading;

	(void)state;
	for (int i = 0; i < 5000; i++)
		tl_buf_text(&buf, "a: 1\n");
	reading = read_with(buf.data, buf.len, (struct tl_read_options){ 0 });
	assert_int_equal(reading.findings.count, 101);
	assert_string_equal(reading.findings.items[100].rule, "limit");
	done(&reading);
	tl_buf_clear(&buf);
}

static void a_header_of_directives_is_a_limit(void **state)
{
	struct tl_buf buf = { 0 };
	struct reading reading;

	(void)state;
	for (int i = 0; i < 100000; i++)
		tl_buf_printf(&buf, "%%TAG !a%d! x\n", i);
	tl_buf_text(&buf, "---\na\n");
	reading = read_with(buf.data, buf.len, (struct tl_read_options){ 0 });
	assert_int_equal(reading.findings.count, 1);
	assert_string_equal(reading.findings.items[0].rule, "limit");
	done(&reading);
	tl_buf_clear(&buf);
}

static void finds_comments_where_they_are_wanted(void **state)
{
	static const char text[] = "# flow-ignore: one\r\n"
				   "a: 'x # no' #two\n"
				   "b: | # three\n"
				   "  # no\n"
				   "  x\n"
				   "\n"
				   "  # no\n"
				   "# four  \n"
				   "c: x#no\n"
				   "d: \"# no\n"
				   "  # no\" \t # \xc3\xbc six\n"
				   "e: [a, # seven\n"
				   "  b]\n"
				   "f: g # eight\n"
				   "  \n"
				   "  #nine";
	static const struct {
		const char *text;
		bool alone;
	} rows[] = {
		{ "flow-ignore: one", true }, { "two", false },   { "three", false }, { "four", true },
		{ "\xc3\xbc six", false },    { "seven", false }, { "eight", false }, { "nine", true },
	};
	struct reading reading = read_text(text);

	(void)state;
	assert_int_equal(reading.findings.count, 0);
	assert_int_equal(reading.doc->n_comments, TL_COUNT(rows));
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		const struct tl_comment *comment = &reading.doc->comments[i];

		assert_str(comment->text, rows[i].text);
		assert_int_equal(comment->alone, rows[i].alone);
		assert_int_equal(reading.doc->source.bytes.ptr[comment->span.start], '#');
	}
	done(&reading);
	reading = read_text("# nothing of interest\na: 1\n");
	assert_int_equal(reading.doc->n_comments, 0);
	done(&reading);
}

static void json_by_name_and_first_character(void **state)
{
	static const struct {
		const char *path, *text;
		bool json;
	} rows[] = {
		{ "a.json", "{\"a\": 1}", true },     { "a.json", " \n[1]", true },    { "a.json", "a: 1", false },
		{ "a.yaml", "{\"a\": 1}", false },    { "a.json", "\xef\xbb\xbf{}", true }, { "json", "{}", false },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_read_options options = { 0 };
		struct tl_doc *doc;

		tl_doc_read(&doc, tl_str(rows[i].path), tl_str(rows[i].text), &options);
		assert_row(rows[i].text, doc->json == rows[i].json && doc->root);
		tl_doc_free(doc);
	}
}

int test_doc_yaml(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_core_types),
		cmocka_unit_test(keeps_what_was_written),
		cmocka_unit_test(knows_places),
		cmocka_unit_test(places_of_nothing_are_where_it_is_left_out),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(says_several_things),
		cmocka_unit_test(long_keys),
		cmocka_unit_test(a_nul_byte_is_a_binary_file),
		cmocka_unit_test(shares_what_aliases_repeat),
		cmocka_unit_test(an_alias_bomb_is_a_limit),
		cmocka_unit_test(an_empty_alias_bomb_is_a_limit),
		cmocka_unit_test(aliases_of_long_values_are_a_limit),
		cmocka_unit_test(aliases_count_as_depth),
		cmocka_unit_test(deep_nesting_is_a_limit),
		cmocka_unit_test(too_many_bytes_are_a_limit),
		cmocka_unit_test(findings_have_a_bound),
		cmocka_unit_test(a_header_of_directives_is_a_limit),
		cmocka_unit_test(finds_comments_where_they_are_wanted),
		cmocka_unit_test(json_by_name_and_first_character),
	};

	return cmocka_run_group_tests_name("doc_yaml", tests, NULL, NULL);
}

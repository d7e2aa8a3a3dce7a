/* tests/unit/test_doc_writer.c: the JSON writer, and canonical text. */
#include <math.h>

#include "doc/json.h"
#include "unit.h"

static void writes_structure(void **state)
{
	struct tl_buf buf = { 0 };
	struct tl_json json;

	(void)state;
	for (int pretty = 0; pretty < 2; pretty++) {
		tl_buf_reset(&buf);
		tl_json_init(&json, &buf, pretty);
		tl_json_map(&json);
		tl_json_put(&json, "a", TL_STR("x"));
		tl_json_key(&json, "b");
		tl_json_list(&json);
		tl_json_integer(&json, -5);
		tl_json_list(&json);
		tl_json_list_end(&json);
		tl_json_map(&json);
		tl_json_map_end(&json);
		tl_json_raw(&json, TL_STR("[1]"));
		tl_json_list_end(&json);
		tl_json_put_integer(&json, "c", INT64_MIN);
		tl_json_put_boolean(&json, "d", true);
		tl_json_put_or_null(&json, "e", (struct tl_str){ NULL, 0 });
		tl_json_put_or_null(&json, "f", TL_STR(""));
		tl_json_key(&json, "g");
		tl_json_null(&json);
		tl_json_map_end(&json);
		assert_str(tl_buf_view(&buf),
		           pretty ? "{\n\t\"a\": \"x\",\n\t\"b\": [\n\t\t-5,\n\t\t[],\n\t\t{},\n\t\t[1]\n\t],\n"
		                    "\t\"c\": -9223372036854775808,\n\t\"d\": true,\n\t\"e\": null,\n\t\"f\": \"\",\n\t\"g\": null\n}"
		                  : "{\"a\":\"x\",\"b\":[-5,[],{},[1]],\"c\":-9223372036854775808,\"d\":true,\"e\":null,\"f\":\"\",\"g\":null}");
	}
	tl_buf_clear(&buf);
}

static void writes_numbers(void **state)
{
	static const struct {
		double number;
		const char *text;
	} rows[] = {
		{ 0, "0" },       { -0.0, "0" },     { 1, "1" },         { -1.5, "-1.5" },       { 0.1, "0.1" },         { 1e21, "1e+21" },
		{ 1e-7, "1e-7" }, { 123e5, "12300000" }, { NAN, "null" }, { INFINITY, "null" }, { -INFINITY, "null" }, { 5e-324, "5e-324" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_buf buf = { 0 };
		struct tl_json json;

		tl_json_init(&json, &buf, false);
		tl_json_number(&json, rows[i].number);
		assert_str(tl_buf_view(&buf), rows[i].text);
		tl_buf_clear(&buf);
	}
}

static void escapes_what_must_be(void **state)
{
	static const struct {
		struct tl_str text;
		const char *json;
	} rows[] = {
		{ { "\0\x01\x1f\x7f", 4 }, "\"\\u0000\\u0001\\u001f\\u007f\"" },
		{ { "\b\t\n\v\f\r", 6 }, "\"\\b\\t\\n\\u000b\\f\\r\"" },
		{ { "\"\\/'", 4 }, "\"\\\"\\\\/'\"" },
		{ { "\xe2\x80\xa8\xe2\x80\xa9", 6 }, "\"\\u2028\\u2029\"" },
		{ { "\xe2\x80\xae\xe2\x81\xa6\xd8\x9c", 8 }, "\"\\u202e\\u2066\\u061c\"" },
		{ { "\xc2\x80\xc2\x9f\xc2\xa0", 6 }, "\"\\u0080\\u009f\xc2\xa0\"" },
		{ { "a\xff\xc3", 3 }, "\"a\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ { "\xed\xa0\x80", 3 }, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ { "\xf0\x9f\x98\x80", 4 }, "\"\xf0\x9f\x98\x80\"" },
		{ { NULL, 0 }, "\"\"" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_buf buf = { 0 };
		struct tl_json json;

		tl_json_init(&json, &buf, false);
		tl_json_string(&json, rows[i].text);
		assert_str(tl_buf_view(&buf), rows[i].json);
		tl_buf_clear(&buf);
	}
}

/* Each byte alone and each pair of bytes, as key and as value, is read back as it was (what is no UTF-8 as U+FFFD). */
static void every_byte_comes_back(void **state)
{
	struct tl_buf buf = { 0 };

	(void)state;
	for (unsigned i = 0; i < 65536; i += i < 256 ? 1 : 7) {
		char bytes[2] = { (char)(i & 255), (char)(i >> 8) };
		struct tl_str text = { bytes, i < 256 ? 1 : 2 };
		struct tl_doc *doc;
		struct tl_json json;

		tl_buf_reset(&buf);
		tl_json_init(&json, &buf, false);
		tl_json_map(&json);
		tl_json_key_str(&json, text);
		tl_json_string(&json, text);
		tl_json_map_end(&json);
		assert_int_equal(tl_json_parse(&doc, TL_STR("t"), tl_buf_view(&buf), NULL), 0);
		assert_true(tl_str_equal(doc->root->first->text, doc->root->first->key));
		if (tl_str_is_utf8(text, NULL))
			assert_true(tl_str_equal(doc->root->first->text, text));
		else
			assert_int_not_equal(tl_str_find(doc->root->first->text, TL_STR("\xef\xbf\xbd"), 0), SIZE_MAX);
		tl_doc_free(doc);
	}
	tl_buf_clear(&buf);
}

static void writes_as_deep_as_readers_read(void **state)
{
	struct tl_buf text = { 0 }, again = { 0 };
	struct tl_doc *doc;
	struct tl_json json;

	(void)state;
	for (int i = 0; i < 512; i++)
		tl_buf_text(&text, "{\"a\":[");
	for (int i = 0; i < 512; i++)
		tl_buf_text(&text, "]}");
	assert_int_equal(tl_json_parse(&doc, TL_STR("t"), tl_buf_view(&text), NULL), 0);
	assert_int_equal(doc->depth, 1024);
	tl_json_init(&json, &again, false);
	tl_json_item(&json, doc->root);
	assert_true(tl_str_equal(tl_buf_view(&text), tl_buf_view(&again)));
	tl_buf_reset(&again);
	tl_json_canonical(&again, doc->root);
	assert_true(tl_str_equal(tl_buf_view(&text), tl_buf_view(&again)));
	tl_doc_free(doc);
	tl_buf_text(&text, "]");
	tl_buf_clear(&text);
	tl_buf_clear(&again);
}

static void canonical_text_knows_no_order(void **state)
{
	struct tl_buf buf = { 0 };
	struct tl_doc *doc;

	(void)state;
	assert_int_equal(tl_json_parse(&doc, TL_STR("t"), TL_STR("{\"b\": 1.0, \"a\\u0000\": 3, \"a\": [{\"z\": 1e2, \"y\": \"\\u0041\"}], \"B\": null}"),
	                               NULL),
	                 0);
	tl_json_canonical(&buf, doc->root);
	assert_str(tl_buf_view(&buf), "{\"B\":null,\"a\":[{\"y\":\"A\",\"z\":100}],\"a\\u0000\":3,\"b\":1}");
	tl_doc_free(doc);
	tl_buf_clear(&buf);
}

int test_doc_writer(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_structure),      cmocka_unit_test(writes_numbers),
		cmocka_unit_test(escapes_what_must_be),  cmocka_unit_test(every_byte_comes_back),
		cmocka_unit_test(writes_as_deep_as_readers_read), cmocka_unit_test(canonical_text_knows_no_order),
	};

	return cmocka_run_group_tests_name("doc_writer", tests, NULL, NULL);
}

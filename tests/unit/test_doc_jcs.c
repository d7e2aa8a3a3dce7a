/* tests/unit/test_doc_jcs.c: the examples of RFC 8785. */
#include "doc/json.h"

#include "unit.h"

/* Reads JSON and writes it by RFC 8785. */
static void expect_text(const char *input, const char *wanted)
{
	struct tl_error err = { 0 };
	struct tl_buf buf = { 0 };
	struct tl_doc *doc;

	assert_int_equal(tl_json_parse(&doc, TL_STR("x"), tl_str(input), &err), 0);
	tl_json_jcs(&buf, doc->root);
	assert_string_equal(buf.data, wanted);
	tl_buf_clear(&buf);
	tl_doc_free(doc);
}

static void examples(void **state)
{
	static const struct {
		const char *input, *wanted;
	} rows[] = {
		/* 3.2.2 */
		{ "{\"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],\n"
		  "\"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\", \"literals\": [null, true, false]}",
		  "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
		  "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}" },
		/* 3.2.3: sorted by UTF-16 code units */
		{ "{\"\\u20ac\": \"Euro Sign\", \"\\r\": \"Carriage Return\", \"\\ufb33\": \"Hebrew Letter Dalet With Dagesh\", \"1\": \"One\",\n"
		  "\"\\ud83d\\ude00\": \"Emoji: Grinning Face\", \"\\u0080\": \"Control\", \"\\u00f6\": \"Latin Small Letter O With Diaeresis\"}",
		  "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\","
		  "\"\xe2\x82\xac\":\"Euro Sign\",\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\","
		  "\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}" },
		/* What other writers escape stands as it is: DEL, the line separators. */
		{ "[\"\\u007f\\u2028\\b\\t\\f\\u0000\", {}, [], \"\", {\"a\": 1, \"\": 2, \"aa\": 3}]",
		  "[\"\x7f\xe2\x80\xa8\\b\\t\\f\\u0000\",{},[],\"\",{\"\":2,\"a\":1,\"aa\":3}]" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++)
		expect_text(rows[i].input, rows[i].wanted);
}

/* Appendix B, by the bits of the double. */
static void numbers(void **state)
{
	static const struct {
		uint64_t bits;
		const char *wanted;
	} rows[] = {
		{ 0x0000000000000000, "0" },
		{ 0x8000000000000000, "0" },
		{ 0x0000000000000001, "5e-324" },
		{ 0x8000000000000001, "-5e-324" },
		{ 0x7fefffffffffffff, "1.7976931348623157e+308" },
		{ 0xffefffffffffffff, "-1.7976931348623157e+308" },
		{ 0x4340000000000000, "9007199254740992" },
		{ 0xc340000000000000, "-9007199254740992" },
		{ 0x4430000000000000, "295147905179352830000" },
		{ 0x44b52d02c7e14af5, "9.999999999999997e+22" },
		{ 0x44b52d02c7e14af6, "1e+23" },
		{ 0x44b52d02c7e14af7, "1.0000000000000001e+23" },
		{ 0x444b1ae4d6e2ef4e, "999999999999999700000" },
		{ 0x444b1ae4d6e2ef4f, "999999999999999900000" },
		{ 0x444b1ae4d6e2ef50, "1e+21" },
		{ 0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7" },
		{ 0x3eb0c6f7a0b5ed8d, "0.000001" },
		{ 0x41b3de4355555553, "333333333.3333332" },
		{ 0x41b3de4355555554, "333333333.33333325" },
		{ 0x41b3de4355555555, "333333333.3333333" },
		{ 0x41b3de4355555556, "333333333.3333334" },
		{ 0x41b3de4355555557, "333333333.33333343" },
		{ 0xbecbf647612f3696, "-0.0000033333333333333333" },
		{ 0x43143ff3c1cb0959, "1424953923781206.2" },
	};
	struct tl_arena arena = { 0 };
	struct tl_buf buf = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		double number;

		memcpy(&number, &rows[i].bits, sizeof(number));
		tl_buf_reset(&buf);
		tl_json_jcs(&buf, tl_item_number(&arena, number));
		assert_string_equal(buf.data, rows[i].wanted);
	}
	tl_buf_clear(&buf);
	tl_arena_clear(&arena);
}

static void bytes_that_are_no_text(void **state)
{
	struct tl_arena arena = { 0 };
	struct tl_buf buf = { 0 };

	(void)state;
	tl_json_jcs(&buf, tl_item_string(&arena, TL_STR("a\xff" "b\xe2\x82")));
	assert_string_equal(buf.data, "\"a\xef\xbf\xbd" "b\xef\xbf\xbd\xef\xbf\xbd\"");
	tl_buf_clear(&buf);
	tl_arena_clear(&arena);
}

int test_doc_jcs(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples),
		cmocka_unit_test(numbers),
		cmocka_unit_test(bytes_that_are_no_text),
	};

	return cmocka_run_group_tests_name("doc_jcs", tests, NULL, NULL);
}

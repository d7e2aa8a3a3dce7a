/* tests/unit/test_base_str.c: views of bytes and UTF-8. */
#include "unit.h"

static const struct utf8_row {
	const char *name;
	struct tl_str text;
	size_t bad; /* SIZE_MAX: well-formed */
} utf8_table[] = {
	{ "empty", { "", 0 }, SIZE_MAX },
	{ "NUL", { "a\0b", 3 }, SIZE_MAX },
	{ "ASCII, long", { "0123456789abcdefghijklmnop", 26 }, SIZE_MAX },
	{ "ends of two bytes", { "\xc2\x80\xdf\xbf", 4 }, SIZE_MAX },
	{ "ends of three bytes", { "\xe0\xa0\x80\xef\xbf\xbf", 6 }, SIZE_MAX },
	{ "around the surrogates", { "\xed\x9f\xbf\xee\x80\x80", 6 }, SIZE_MAX },
	{ "ends of four bytes", { "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8 }, SIZE_MAX },
	{ "lone continuation", { "ab\x80", 3 }, 2 },
	{ "after eight bytes", { "01234567\x80", 9 }, 8 },
	{ "overlong slash", { "\xc0\xaf", 2 }, 0 },
	{ "overlong of two", { "\xc1\xbf", 2 }, 0 },
	{ "overlong of three", { "a\xe0\x9f\xbf", 4 }, 1 },
	{ "overlong of four", { "\xf0\x8f\xbf\xbf", 4 }, 0 },
	{ "surrogate", { "\xed\xa0\x80", 3 }, 0 },
	{ "last surrogate", { "\xed\xbf\xbf", 3 }, 0 },
	{ "above U+10FFFF", { "\xf4\x90\x80\x80", 4 }, 0 },
	{ "five bytes", { "\xf8\x88\x80\x80\x80", 5 }, 0 },
	{ "0xff", { "a\xff", 2 }, 1 },
	{ "cut after one of two", { "a\xc3", 2 }, 1 },
	{ "cut after two of three", { "a\xe2\x82", 3 }, 1 },
	{ "cut after three of four", { "\xf0\x9f\x98", 3 }, 0 },
	{ "broken off", { "\xe2\x82z", 3 }, 0 },
};

static void utf8_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(utf8_table); i++) {
		const struct utf8_row *row = &utf8_table[i];
		size_t bad = SIZE_MAX;

		assert_row(row->name, tl_str_is_utf8(row->text, &bad) == (row->bad == SIZE_MAX));
		assert_row(row->name, bad == row->bad);
		assert_row(row->name, tl_str_is_utf8(row->text, NULL) == (row->bad == SIZE_MAX));
	}
}

static void code_points_are_read(void **state)
{
	struct tl_str text = tl_str("aü€\xf0\x9f\x98\x80");
	static const uint32_t points[] = { 'a', 0xfc, 0x20ac, 0x1f600 };
	uint32_t point = 0;
	size_t at = 0;

	(void)state;
	assert_int_equal(tl_str_code_points(text), 4);
	for (size_t i = 0; i < TL_COUNT(points); i++) {
		size_t len = tl_str_decode(text, at, &point);

		assert_int_equal(len, i + 1);
		assert_int_equal(point, points[i]);
		at += len;
	}
	assert_int_equal(tl_str_decode(text, at, &point), 0);
	assert_int_equal(tl_str_decode(text, 2, &point), 0);
}

static void views_are_compared(void **state)
{
	static const struct {
		const char *a, *b;
		int order;
	} table[] = {
		{ "", "", 0 },     { "", "a", -1 },  { "a", "a", 0 },  { "a", "b", -1 },
		{ "a", "aa", -1 }, { "b", "aa", 1 }, { "z", "ä", -1 }, { "flow", "flows", -1 },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		struct tl_str a = tl_str(table[i].a), b = tl_str(table[i].b);
		int order = tl_str_compare(a, b), back = tl_str_compare(b, a);

		assert_row(table[i].a, (order > 0) - (order < 0) == table[i].order);
		assert_row(table[i].a, (back > 0) - (back < 0) == -table[i].order);
		assert_row(table[i].a, tl_str_equal(a, b) == (table[i].order == 0));
	}
	assert_true(tl_str_equal((struct tl_str){ NULL, 0 }, TL_STR("")));
	assert_false(tl_str_is(TL_STR("a\0b"), "a"));
	assert_true(tl_str_equal_nocase(TL_STR("Call.Ani"), TL_STR("cALL.aNI")));
	assert_false(tl_str_equal_nocase(TL_STR("Call.Ani"), TL_STR("Call.An")));
	assert_false(tl_str_equal_nocase(TL_STR("@"), TL_STR("`")));
}

static void parts_are_found(void **state)
{
	struct tl_str text = TL_STR("one two one");

	(void)state;
	assert_true(tl_str_starts(text, TL_STR("one")));
	assert_true(tl_str_starts(text, TL_STR("")));
	assert_false(tl_str_starts(text, TL_STR("one two one two")));
	assert_true(tl_str_ends(text, TL_STR(" one")));
	assert_true(tl_str_ends(text, text));
	assert_false(tl_str_ends(text, TL_STR("two")));
	assert_int_equal(tl_str_find(text, TL_STR("one"), 0), 0);
	assert_int_equal(tl_str_find(text, TL_STR("one"), 1), 8);
	assert_true(tl_str_find(text, TL_STR("one"), 9) == SIZE_MAX);
	assert_true(tl_str_find(text, TL_STR("x"), 0) == SIZE_MAX);
	assert_int_equal(tl_str_find(text, TL_STR(""), 11), 11);
	assert_true(tl_str_find(text, TL_STR(""), 12) == SIZE_MAX);
	assert_str(tl_str_slice(text, 4, 7), "two");
	assert_str(tl_str_slice(text, 8, 99), "one");
	assert_str(tl_str_slice(text, 9, 3), "");
	assert_str(tl_str_slice(text, 99, 100), "");
	assert_str(tl_str_trim(TL_STR(" \t\r\na b\n ")), "a b");
	assert_str(tl_str_trim(TL_STR(" \n")), "");
}

static void texts_are_cut_between_characters(void **state)
{
	(void)state;
	assert_str(tl_str_cut(TL_STR("abc"), 3), "abc");
	assert_str(tl_str_cut(TL_STR("abc"), 2), "ab");
	assert_str(tl_str_cut(TL_STR("aü"), 2), "a");
	assert_str(tl_str_cut(TL_STR("a\xf0\x9f\x98\x80"), 4), "a");
	assert_str(tl_str_cut(TL_STR("ü"), 1), "");
	assert_str(tl_str_cut(TL_STR("ü"), 0), "");
	/* No UTF-8: anything goes, but no more than three bytes are lost. */
	assert_int_equal(tl_str_cut(TL_STR("\x80\x80\x80\x80\x80\x80\x80\x80"), 7).len, 4);
}

static void hashes_are_fnv(void **state)
{
	(void)state;
	assert_true(tl_str_hash(TL_STR("")) == 0xcbf29ce484222325u);
	assert_true(tl_str_hash(TL_STR("a")) == 0xaf63dc4c8601ec8cu);
	assert_true(tl_str_hash(TL_STR("foobar")) == 0x85944171f73967e8u);
}

int test_base_str(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_is_told),
		cmocka_unit_test(code_points_are_read),
		cmocka_unit_test(views_are_compared),
		cmocka_unit_test(parts_are_found),
		cmocka_unit_test(texts_are_cut_between_characters),
		cmocka_unit_test(hashes_are_fnv),
	};

	return cmocka_run_group_tests_name("base_str", tests, NULL, NULL);
}

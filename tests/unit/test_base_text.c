/* tests/unit/test_base_text.c: numbers as JavaScript writes them, near names, text that is safe to show. */
#include "unit.h"

#include <math.h>

#include "base/text.h"

static const struct number_row {
	double number;
	const char *text;
} number_table[] = {
	{ 0, "0" },
	{ -0.0, "0" },
	{ 1, "1" },
	{ -1, "-1" },
	{ 42, "42" },
	{ 0.5, "0.5" },
	{ -0.5, "-0.5" },
	{ 0.1, "0.1" },
	{ 0.1 + 0.2, "0.30000000000000004" },
	{ 1.0 / 3, "0.3333333333333333" },
	{ 100, "100" },
	{ 123.456, "123.456" },
	{ 9007199254740991, "9007199254740991" },
	{ 9007199254740992, "9007199254740992" },
	{ 9007199254740994, "9007199254740994" },
	{ 1e15, "1000000000000000" },
	{ 1e20, "100000000000000000000" },
	{ 123456789012345680000.0, "123456789012345680000" },
	{ 1e21, "1e+21" },
	{ -1e21, "-1e+21" },
	{ 1.5e21, "1.5e+21" },
	{ 1e100, "1e+100" },
	{ 0.000001, "0.000001" },
	{ 0.0000015, "0.0000015" },
	{ 1e-7, "1e-7" },
	{ 1.5e-7, "1.5e-7" },
	{ 5e-324, "5e-324" },
	{ 1e-323, "1e-323" },
	{ 2.2250738585072014e-308, "2.2250738585072014e-308" },
	{ 2.225073858507201e-308, "2.225073858507201e-308" },
	{ 1.7976931348623157e308, "1.7976931348623157e+308" },
	{ -1.7976931348623157e308, "-1.7976931348623157e+308" },
	{ 4.35, "4.35" },
	{ 0.000035, "0.000035" },
	{ 1.0000000000000002, "1.0000000000000002" },
	/* 2^-44 and 2^89: the shortest text lies above the number, where the neighbours are twice as far apart. */
	{ 0x1p-44, "5.684341886080802e-14" },
	{ 0x1p-24, "5.960464477539063e-8" },
	{ 9.5367431640625e-7, "9.5367431640625e-7" },
};

static void numbers_are_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(number_table); i++) {
		char out[TL_NUMBER_SIZE];
		size_t len = tl_text_number_to(out, number_table[i].number);

		assert_str(((struct tl_str){ out, len }), number_table[i].text);
		assert_int_equal(out[len], '\0');
	}
}

static void special_numbers_are_written(void **state)
{
	struct tl_buf buf = { 0 };

	(void)state;
	tl_text_number(&buf, (double)NAN);
	tl_buf_char(&buf, ' ');
	tl_text_number(&buf, (double)INFINITY);
	tl_buf_char(&buf, ' ');
	tl_text_number(&buf, -(double)INFINITY);
	assert_str(tl_buf_view(&buf), "NaN Infinity -Infinity");
	tl_buf_clear(&buf);
}

/* Whatever the bits, the text reads back as the same number, and fits. */
static void numbers_read_back(void **state)
{
	uint64_t bits = 88172645463325252u;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char out[TL_NUMBER_SIZE];
		double number, back;
		size_t len;

		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		memcpy(&number, &bits, sizeof(number));
		if (!isfinite(number))
			continue;
		len = tl_text_number_to(out, number);
		assert_true(len < TL_NUMBER_SIZE);
		assert_true(tl_text_number_parse(&back, ((struct tl_str){ out, len })));
		assert_true(back == number);
	}
}

static const struct parse_row {
	const char *text;
	bool good;
	double number;
} parse_table[] = {
	{ "0", true, 0 },
	{ "-0", true, 0 },
	{ "12", true, 12 },
	{ "-1.50", true, -1.5 },
	{ "1e3", true, 1000 },
	{ "1E+3", true, 1000 },
	{ "1e-3", true, 0.001 },
	{ "1e-999", true, 0 },
	{ "123456789012345678901234567890123456789012345678901234567890123456789e-68", true, 1.2345678901234567 },
	{ "", false, 0 },
	{ "-", false, 0 },
	{ "+1", false, 0 },
	{ "01", false, 0 },
	{ "-01", false, 0 },
	{ ".5", false, 0 },
	{ "5.", false, 0 },
	{ "1e", false, 0 },
	{ "1e+", false, 0 },
	{ "0x10", false, 0 },
	{ "1 ", false, 0 },
	{ " 1", false, 0 },
	{ "1_000", false, 0 },
	{ "NaN", false, 0 },
	{ "Infinity", false, 0 },
	{ "1e999", false, 0 },
	{ "-1e999", false, 0 },
};

static void numbers_are_parsed(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(parse_table); i++) {
		const struct parse_row *row = &parse_table[i];
		double number = 0;

		assert_row(row->text, tl_text_number_parse(&number, tl_str(row->text)) == row->good);
		assert_row(row->text, !row->good || number == row->number);
	}
}

static const struct near_row {
	const char *name, *nearest;
} near_table[] = {
	{ "trasnfer", "transfer" },
	{ "Transfer", "transfer" },
	{ "TRANSFER", "transfer" },
	{ "transfr", "transfer" },
	{ "gathr", "gather" },
	{ "mneu", "menu" },
	{ "meu", "menu" },
	{ "n", "" },
	{ "nx", "no" },
	{ "zebra", "" },
	{ "", "" },
	{ "größe", "größe" },
	{ "grösse", "größe" },
	{ "grobe", "" },
	{ "data-action", "data_action" },
};

static void near_names_are_found(void **state)
{
	const struct tl_str names[] = { TL_STR("play"),        TL_STR("menu"), TL_STR("gather"), TL_STR("transfer"),
		                        TL_STR("data_action"), TL_STR("no"),   TL_STR("größe"),  TL_STR("") };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(near_table); i++) {
		struct tl_str found = tl_text_nearest(tl_str(near_table[i].name), names, TL_COUNT(names));

		assert_row(near_table[i].name, tl_str_is(found, near_table[i].nearest));
	}
}

static void the_nearest_of_several_is_found(void **state)
{
	const struct tl_str names[] = { TL_STR("welcome_x"), TL_STR("welcome"), TL_STR("welcom3") };
	char huge[5000];
	struct tl_str longest = { huge, sizeof(huge) };

	(void)state;
	memset(huge, 'a', sizeof(huge));
	assert_str(tl_text_nearest(TL_STR("welcone"), names, 3), "welcome");
	assert_str(tl_text_nearest(TL_STR("welcom"), names, 3), "welcome");
	assert_str(tl_text_nearest(TL_STR("welcome"), NULL, 0), "");
	assert_str(tl_text_nearest(longest, &longest, 1), "");
}

static const struct safe_row {
	const char *text, *shown;
	size_t width;
} safe_table[] = {
	{ "", "", 0 },
	{ "plain text, ümläut", "plain text, ümläut", 18 },
	{ "a\nb\r\tc", "a\\nb\\r\\tc", 0 },
	{ "\x1b[31m", "\\x1b[31m", 0 },
	{ "\x7f", "\\x7f", 0 },
	{ "\xc2\x85", "\\u0085", 0 },
	{ "a\xe2\x80\xae"
	  "b",
	  "a\\u202eb", 0 },
	{ "\xe2\x81\xa6", "\\u2066", 0 },
	{ "\xe2\x80\xa8", "\\u2028", 0 },
	{ "::error::x", "\\x3a:error::x", 0 },
	{ "  ::x::", "  \\x3a:x::", 0 },
	{ "a ::b:: #[c]", "a ::b:: #[c]", 0 },
	{ "a ##[set-output name=x;]y", "a \\x23#[set-output name=x;]y", 0 },
	{ "###[", "#\\x23#[", 0 },
	{ "\xff\xc3", "\\xff\\xc3", 0 },
	{ "back\\slash", "back\\slash", 10 },
	{ "日本", "日本", 4 },
	{ "e\xcc\x81", "e\xcc\x81", 1 },
	{ "\xf0\x9f\x98\x80!", "\xf0\x9f\x98\x80!", 3 },
};

static void text_is_made_safe(void **state)
{
	struct tl_buf buf = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(safe_table); i++) {
		const struct safe_row *row = &safe_table[i];

		tl_buf_reset(&buf);
		tl_text_safe(&buf, tl_str(row->text));
		assert_str(tl_buf_view(&buf), row->shown);
		assert_row(row->text, row->width == 0 || tl_text_width(tl_str(row->text)) == row->width);
	}
	tl_buf_reset(&buf);
	tl_text_safe(&buf, TL_STR("a\0b"));
	assert_str(tl_buf_view(&buf), "a\\x00b");
	tl_buf_clear(&buf);
}

int test_base_text(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_written),  cmocka_unit_test(special_numbers_are_written),
		cmocka_unit_test(numbers_read_back),    cmocka_unit_test(numbers_are_parsed),
		cmocka_unit_test(near_names_are_found), cmocka_unit_test(the_nearest_of_several_is_found),
		cmocka_unit_test(text_is_made_safe),
	};

	return cmocka_run_group_tests_name("base_text", tests, NULL, NULL);
}

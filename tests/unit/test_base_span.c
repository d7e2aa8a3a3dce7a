/* tests/unit/test_base_span.c: lines and columns. */
#include "unit.h"

#include "base/span.h"

/* Offsets:          0 1-2 3 4  5 6  7 8-11             12 13 14 15  16-18    19   20 */
#define MIXED                                                                                                          \
	"a"                                                                                                            \
	"ü"                                                                                                           \
	"b"                                                                                                            \
	"\n"                                                                                                           \
	"c"                                                                                                            \
	"\r\n"                                                                                                         \
	"\xf0\x9f\x98\x80"                                                                                             \
	"d"                                                                                                            \
	"\r"                                                                                                           \
	"e"                                                                                                            \
	"\n"                                                                                                           \
	"\xe2\x82\xac"                                                                                                 \
	"\xff"                                                                                                         \
	"f"

static const struct place_row {
	const char *text;
	uint32_t start, end;
	struct tl_place place;
} place_table[] = {
	{ "", 0, 0, { 1, 1, 1, 1 } },
	{ "", 5, 9, { 1, 1, 1, 1 } },
	{ "abc", 0, 3, { 1, 1, 1, 4 } },
	{ "abc", 1, 1, { 1, 2, 1, 2 } },
	{ "abc", 2, 1, { 1, 3, 1, 3 } },
	{ "abc", 2, 99, { 1, 3, 1, 4 } },
	{ "abc\n", 4, 4, { 2, 1, 2, 1 } },
	{ "abc\n", 3, 4, { 1, 4, 2, 1 } },
	{ "\n\n", 1, 1, { 2, 1, 2, 1 } },
	{ "a\r\nb", 3, 4, { 2, 1, 2, 2 } },
	{ "a\r\nb", 0, 3, { 1, 1, 2, 1 } },
	{ "a\rb", 2, 3, { 2, 1, 2, 2 } },
	{ "a\n\rb", 3, 4, { 3, 1, 3, 2 } },
	{ "\xef\xbb\xbf"
	  "a",
	  3,
	  4,
	  { 1, 2, 1, 3 } },
	{ MIXED, 1, 3, { 1, 2, 1, 3 } },
	{ MIXED, 3, 4, { 1, 3, 1, 4 } },
	/* In the middle of a character: where it begins. */
	{ MIXED, 2, 4, { 1, 2, 1, 4 } },
	{ MIXED, 5, 6, { 2, 1, 2, 2 } },
	{ MIXED, 8, 12, { 3, 1, 3, 2 } },
	{ MIXED, 10, 13, { 3, 1, 3, 3 } },
	{ MIXED, 14, 15, { 4, 1, 4, 2 } },
	{ MIXED, 16, 21, { 5, 1, 5, 4 } },
	{ MIXED, 19, 20, { 5, 2, 5, 3 } },
	{ MIXED, 3, 20, { 1, 3, 5, 3 } },
};

static void check_place(struct tl_source *source, const struct place_row *row)
{
	struct tl_place place = tl_source_place(source, (struct tl_span){ row->start, row->end });

	assert_int_equal(place.line, row->place.line);
	assert_int_equal(place.column, row->place.column);
	assert_int_equal(place.end_line, row->place.end_line);
	assert_int_equal(place.end_column, row->place.end_column);
}

static void spans_have_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(place_table); i++) {
		struct tl_source source;

		tl_source_init(&source, TL_STR("a"), tl_str(place_table[i].text));
		check_place(&source, &place_table[i]);
		tl_source_clear(&source);
	}
}

/* What was asked before changes nothing, in whichever order. */
static void places_do_not_depend_on_the_last_one(void **state)
{
	struct tl_source source;

	(void)state;
	tl_source_init(&source, TL_STR("a"), tl_str(MIXED));
	for (size_t i = 0; i < TL_COUNT(place_table); i++) {
		for (size_t k = 0; k < TL_COUNT(place_table); k++) {
			if (strcmp(place_table[i].text, MIXED) != 0 || strcmp(place_table[k].text, MIXED) != 0)
				continue;
			check_place(&source, &place_table[i]);
			check_place(&source, &place_table[k]);
		}
	}
	tl_source_clear(&source);
}

static void lines_are_told_without_their_break(void **state)
{
	static const char *const lines[] = { "",
		                             "aüb",
		                             "c",
		                             "\xf0\x9f\x98\x80"
		                             "d",
		                             "e",
		                             "\xe2\x82\xac\xff"
		                             "f",
		                             "",
		                             "" };
	struct tl_source source;

	(void)state;
	tl_source_init(&source, TL_STR("a"), tl_str(MIXED));
	for (uint32_t i = 0; i < TL_COUNT(lines); i++)
		assert_str(tl_source_line(&source, i), lines[i]);
	assert_int_equal(source.n_lines, 5);
	tl_source_clear(&source);

	tl_source_init(&source, TL_STR("a"), TL_STR("x\n"));
	assert_str(tl_source_line(&source, 1), "x");
	assert_str(tl_source_line(&source, 2), "");
	assert_int_equal(source.n_lines, 2);
	tl_source_clear(&source);
}

/* One line of a megabyte with a place at every tenth byte: counted from its start each time, this would take minutes. */
static void a_long_line_is_counted_once(void **state)
{
	const uint32_t size = 1 << 20;
	char *text = tl_alloc(size);
	struct tl_source source;

	(void)state;
	memset(text, 'x', size);
	tl_source_init(&source, TL_STR("a"), (struct tl_str){ text, size });
	for (uint32_t i = 0; i + 1 < size; i += 10)
		assert_int_equal(tl_source_place(&source, (struct tl_span){ i, i + 1 }).end_column, i + 2);
	tl_source_clear(&source);
	free(text);
}

int test_base_span(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_have_places),
		cmocka_unit_test(places_do_not_depend_on_the_last_one),
		cmocka_unit_test(lines_are_told_without_their_break),
		cmocka_unit_test(a_long_line_is_counted_once),
	};

	return cmocka_run_group_tests_name("base_span", tests, NULL, NULL);
}

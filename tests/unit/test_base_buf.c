/* tests/unit/test_base_buf.c */
#include "unit.h"

#include "base/buf.h"

static void everything_is_appended(void **state)
{
	struct tl_buf buf = { 0 };

	(void)state;
	assert_str(tl_buf_view(&buf), "");
	tl_buf_text(&buf, "a");
	tl_buf_char(&buf, 'b');
	tl_buf_str(&buf, TL_STR("cd"));
	tl_buf_add(&buf, "ef", 1);
	tl_buf_printf(&buf, "%d%s", 42, "!");
	tl_buf_str(&buf, (struct tl_str){ NULL, 0 });
	assert_str(tl_buf_view(&buf), "abcde42!");
	assert_int_equal(buf.data[buf.len], '\0');
	tl_buf_reset(&buf);
	assert_str(tl_buf_view(&buf), "");
	tl_buf_printf(&buf, "%600d", 1);
	assert_int_equal(buf.len, 600);
	assert_int_equal(strlen(buf.data), 600);
	tl_buf_clear(&buf);
}

static void chars_make_it_grow(void **state)
{
	struct tl_buf buf = { 0 };

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		tl_buf_char(&buf, (char)('a' + i % 26));
		assert_int_equal(buf.data[buf.len], '\0');
	}
	assert_int_equal(buf.len, 5000);
	assert_int_equal(buf.data[4999], 'a' + 4999 % 26);
	tl_buf_clear(&buf);
}

static void nothing_passes_the_limit(void **state)
{
	struct tl_buf buf;

	(void)state;
	tl_buf_init(&buf, 8);
	tl_buf_text(&buf, "12345678");
	assert_false(buf.overflow);
	tl_buf_char(&buf, '9');
	assert_true(buf.overflow);
	assert_str(tl_buf_view(&buf), "12345678");

	/* What comes after an overflow would leave a hole: none of it is taken, even if it fits. */
	tl_buf_reset(&buf);
	assert_false(buf.overflow);
	tl_buf_text(&buf, "1234567");
	tl_buf_text(&buf, "xx");
	tl_buf_text(&buf, "y");
	tl_buf_char(&buf, 'z');
	tl_buf_printf(&buf, "%d", 1);
	assert_true(buf.overflow);
	assert_str(tl_buf_view(&buf), "1234567");
	assert_null(tl_buf_reserve(&buf, 1));

	tl_buf_clear(&buf);
	assert_int_equal(buf.limit, 8);
	assert_null(tl_buf_reserve(&buf, SIZE_MAX));
	tl_buf_clear(&buf);
}

static void reserved_space_is_the_callers(void **state)
{
	struct tl_buf buf = { 0 };
	char *space;

	(void)state;
	tl_buf_text(&buf, "a");
	space = tl_buf_reserve(&buf, 100);
	assert_non_null(space);
	memset(space, 'b', 100);
	buf.len += 100;
	assert_int_equal(strlen(buf.data), 101);
	tl_buf_clear(&buf);
}

int test_base_buf(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_appended),
		cmocka_unit_test(chars_make_it_grow),
		cmocka_unit_test(nothing_passes_the_limit),
		cmocka_unit_test(reserved_space_is_the_callers),
	};

	return cmocka_run_group_tests_name("base_buf", tests, NULL, NULL);
}

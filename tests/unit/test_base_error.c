/* tests/unit/test_base_error.c */
#include "unit.h"

#include <errno.h>

#include "base/error.h"

static void context_comes_before_the_message(void **state)
{
	struct tl_error err = { 0 };

	(void)state;
	assert_int_equal(tl_error_set(&err, TL_CONFLICT, "version %d is newer", 7), -1);
	assert_int_equal(tl_error_wrap(&err, "publishing '%s'", "billing"), -1);
	assert_int_equal(err.code, TL_CONFLICT);
	assert_string_equal(err.message, "publishing 'billing': version 7 is newer");
	/* The old message may be an argument. */
	tl_error_set(&err, TL_IO, "again: %s", err.message);
	assert_string_equal(err.message, "again: publishing 'billing': version 7 is newer");
}

static void the_systems_errors_are_named(void **state)
{
	struct tl_error err = { 0 };

	(void)state;
	assert_int_equal(tl_error_errno(&err, ENOENT, "cannot open '%s'", "x"), -1);
	assert_int_equal(err.code, TL_NOT_FOUND);
	assert_string_equal(err.message, "cannot open 'x': No such file or directory");
	tl_error_errno(&err, EACCES, "cannot open 'x'");
	assert_int_equal(err.code, TL_IO);
	tl_error_errno(&err, 99999, "x");
	assert_string_equal(err.message, "x: unknown error");
}

static void nobody_need_want_to_know(void **state)
{
	(void)state;
	assert_int_equal(tl_error_set(NULL, TL_IO, "x"), -1);
	assert_int_equal(tl_error_errno(NULL, ENOENT, "x"), -1);
	assert_int_equal(tl_error_wrap(NULL, "x"), -1);
}

static void long_messages_are_cut_between_characters(void **state)
{
	struct tl_error err = { 0 };
	char text[4096];
	size_t bad;

	(void)state;
	/* "x" and then two bytes a character: the last byte that fits is the first half of one. */
	text[0] = 'x';
	for (size_t i = 1; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "ü", 2);
	text[sizeof(text) - 1] = '\0';
	tl_error_set(&err, TL_IO, "%s%s", "x", text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 2);
	assert_true(tl_str_is_utf8(tl_str(err.message), &bad));
	tl_error_wrap(&err, "context");
	assert_true(tl_str_starts(tl_str(err.message), TL_STR("context: xx")));
	assert_true(tl_str_is_utf8(tl_str(err.message), &bad));
}

static void codes_have_exit_codes(void **state)
{
	static const struct {
		enum tl_code code;
		int status;
	} table[] = {
		{ TL_OK, 0 },          { TL_USAGE, 2 },     { TL_IO, 3 },
		{ TL_NOT_FOUND, 2 },   { TL_LIMIT, 2 },     { TL_CONFLICT, 4 },
		{ TL_REFUSED, 3 },     { TL_TIMED_OUT, 3 }, { TL_INTERRUPTED, 130 },
		{ TL_UNSUPPORTED, 2 },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++)
		assert_int_equal(tl_error_exit(table[i].code), table[i].status);
}

int test_base_error(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(context_comes_before_the_message),
		cmocka_unit_test(the_systems_errors_are_named),
		cmocka_unit_test(nobody_need_want_to_know),
		cmocka_unit_test(long_messages_are_cut_between_characters),
		cmocka_unit_test(codes_have_exit_codes),
	};

	return cmocka_run_group_tests_name("base_error", tests, NULL, NULL);
}

/* tests/unit/test_base_base64.c: the test vectors of RFC 4648, 10, and what is none. */
#include "base/base64.h"
#include "unit.h"

static void vectors(void **state)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
		{ "\xff\xfe\xfd", "//79" },
	};
	struct tl_arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_str bytes;

		assert_str(tl_base64_encode(&arena, tl_str(rows[i].bytes)), rows[i].text);
		assert_row(rows[i].text, tl_base64_decode(&bytes, &arena, tl_str(rows[i].text)));
		assert_str(bytes, rows[i].bytes);
	}
	tl_arena_clear(&arena);
}

static void no_base64(void **state)
{
	static const char *const rows[] = { "Z", "Zg", "Zg=", "Zm9", "Z===", "====", "Zm=v", "Zm9v\n", "Zm9-", "Zm 9v", "Zg==Zg==" };
	struct tl_arena arena = { 0 };
	struct tl_str bytes;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++)
		assert_row(rows[i], !tl_base64_decode(&bytes, &arena, tl_str(rows[i])));
	tl_arena_clear(&arena);
}

int test_base_base64(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(vectors), cmocka_unit_test(no_base64) };

	return cmocka_run_group_tests_name("base base64", tests, NULL, NULL);
}

/* tests/unit/test_base_map.c */
#include "unit.h"

#include "base/map.h"

/* At every size up to 40, so that the way from comparing to hashing is passed, and at 10,000. */
static void check_map_of(uint32_t count)
{
	struct tl_arena arena = { 0 };
	struct tl_map map = { 0 };
	bool made;

	for (uint32_t i = 0; i < count; i++) {
		struct tl_map_entry *entry = tl_map_put(&map, tl_arena_printf(&arena, "key-%u", i), &made);

		assert_true(made);
		assert_int_equal(entry->value.index, 0);
		entry->value.index = i;
	}
	assert_int_equal(map.count, count);
	for (uint32_t i = 0; i < count; i++) {
		struct tl_str key = tl_arena_printf(&arena, "key-%u", i);

		assert_int_equal(tl_map_index(&map, key), i);
		assert_int_equal(tl_map_put(&map, key, &made)->value.index, i);
		assert_false(made);
		/* In the order of insertion. */
		assert_true(tl_str_equal(map.entries[i].key, key));
		/* A prefix and a longer key are other keys. */
		assert_int_equal(tl_map_index(&map, tl_arena_printf(&arena, "key-%u ", i)), TL_NONE);
	}
	assert_int_equal(map.count, count);
	assert_null(tl_map_find(&map, TL_STR("key-")));
	tl_map_clear(&map);
	assert_null(tl_map_find(&map, TL_STR("key-0")));
	tl_arena_clear(&arena);
}

static void keys_are_found(void **state)
{
	(void)state;
	for (uint32_t count = 0; count <= 40; count++)
		check_map_of(count);
	check_map_of(10000);
}

static void keys_may_hold_any_byte(void **state)
{
	static const struct tl_str keys[] = { { "", 0 },           { "\0", 1 },       { "\0\0", 2 },
		                              { "a\0b", 3 },       { "a\0c", 3 },     { "\xff", 1 },
		                              { "1234567", 7 },    { "12345678", 8 }, { "123456789", 9 },
		                              { "12345678\0", 9 }, { "A", 1 },        { "a", 1 } };
	struct tl_map map = { 0 };

	(void)state;
	for (uint32_t i = 0; i < TL_COUNT(keys); i++)
		tl_map_put(&map, keys[i], NULL)->value.index = i;
	assert_int_equal(map.count, TL_COUNT(keys));
	for (uint32_t i = 0; i < TL_COUNT(keys); i++)
		assert_int_equal(tl_map_index(&map, keys[i]), i);
	tl_map_clear(&map);
}

static void values_may_be_pointers(void **state)
{
	struct tl_map map = { 0 };
	int thing;

	(void)state;
	tl_map_put(&map, TL_STR("a"), NULL)->value.ptr = &thing;
	assert_ptr_equal(tl_map_ptr(&map, TL_STR("a")), &thing);
	assert_null(tl_map_ptr(&map, TL_STR("b")));
	tl_map_clear(&map);
}

int test_base_map(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_found),
		cmocka_unit_test(keys_may_hold_any_byte),
		cmocka_unit_test(values_may_be_pointers),
	};

	return cmocka_run_group_tests_name("base_map", tests, NULL, NULL);
}

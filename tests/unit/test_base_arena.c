/* tests/unit/test_base_arena.c */
#include "unit.h"

#include <stdalign.h>

static void memory_is_zeroed_aligned_and_apart(void **state)
{
	struct tl_arena arena = { 0 };
	static const size_t sizes[] = { 1, 3, 16, 100, 4095, 5000, 70000, 3000000, 0 };
	unsigned char *pieces[900];
	size_t count = 0;

	(void)state;
	for (size_t round = 0; round < 100; round++) {
		for (size_t i = 0; i < TL_COUNT(sizes); i++) {
			/* The larger ones once, so that the test stays small. */
			size_t size = round > 0 && sizes[i] > 5000 ? 7 : sizes[i];
			unsigned char *piece = tl_arena_alloc(&arena, size, 1);

			assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
			for (size_t k = 0; k < size; k++)
				assert_int_equal(piece[k], 0);
			memset(piece, 0xff, size);
			pieces[count++] = piece;
		}
	}
	/* Even those of no size have places of their own. */
	for (size_t i = 1; i < count; i++)
		assert_ptr_not_equal(pieces[i], pieces[i - 1]);
	tl_arena_clear(&arena);
	assert_int_equal(arena.used, 0);
}

static void an_arena_is_used_again(void **state)
{
	struct tl_arena arena;

	(void)state;
	tl_arena_init(&arena);
	for (int i = 0; i < 3; i++) {
		uint64_t *numbers = TL_ARENA_ARRAY(&arena, uint64_t, 10);

		assert_int_equal(numbers[9], 0);
		numbers[9] = 1;
		assert_int_equal(arena.used, 80);
		tl_arena_clear(&arena);
	}
}

static void large_pieces_leave_the_present_block_in_use(void **state)
{
	struct tl_arena arena = { 0 };
	char *first = tl_arena_alloc(&arena, 16, 1), *second;

	(void)state;
	tl_arena_alloc(&arena, 1000000, 1);
	second = tl_arena_alloc(&arena, 16, 1);
	assert_int_equal(second - first, 16);
	tl_arena_clear(&arena);
}

static void texts_are_copied_and_end_with_nul(void **state)
{
	struct tl_arena arena = { 0 };
	char text[] = "a\0b";
	struct tl_str copy = tl_arena_dup(&arena, (struct tl_str){ text, 3 });

	(void)state;
	text[0] = 'x';
	assert_int_equal(copy.len, 3);
	assert_memory_equal(copy.ptr, "a\0b", 4);
	copy = tl_arena_dup(&arena, (struct tl_str){ NULL, 0 });
	assert_string_equal(copy.ptr, "");
	tl_arena_clear(&arena);
}

static void printing_has_no_length_limit(void **state)
{
	struct tl_arena arena = { 0 };

	(void)state;
	for (int len = 250; len < 260; len++) {
		struct tl_str text = tl_arena_printf(&arena, "%*d", len, 7);

		assert_int_equal(text.len, len);
		assert_int_equal(text.ptr[len - 1], '7');
		assert_int_equal(text.ptr[len], '\0');
	}
	assert_str(tl_arena_printf(&arena, "%s", ""), "");
	tl_arena_clear(&arena);
}

int test_base_arena(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(an_arena_is_used_again),
		cmocka_unit_test(large_pieces_leave_the_present_block_in_use),
		cmocka_unit_test(texts_are_copied_and_end_with_nul),
		cmocka_unit_test(printing_has_no_length_limit),
	};

	return cmocka_run_group_tests_name("base_arena", tests, NULL, NULL);
}

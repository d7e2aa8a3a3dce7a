/* tests/unit/test_base_base.c: allocation. */
#include "unit.h"

static jmp_buf out_of_memory;
static size_t was_wanted;

static void note_oom(size_t wanted)
{
	was_wanted = wanted;
	longjmp(out_of_memory, 1);
}

static void growing_keeps_what_is_there(void **state)
{
	uint32_t *numbers = NULL;
	size_t capacity = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		numbers = tl_grow(numbers, &capacity, (size_t)i + 1, sizeof(*numbers));
		assert_true(capacity > i);
		numbers[i] = i;
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(numbers[i], i);
	assert_int_equal(capacity, 1024);
	numbers = tl_grow(numbers, &capacity, 5000, sizeof(*numbers));
	assert_true(capacity >= 5000);
	free(numbers);
}

static void memory_of_no_size_is_memory(void **state)
{
	void *memory[] = { tl_alloc(0), tl_alloc_zero(0, 8), tl_alloc_zero(8, 0), tl_realloc_array(NULL, 0, 8) };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(memory); i++) {
		assert_non_null(memory[i]);
		free(memory[i]);
	}
}

static void sizes_that_overflow_run_out_of_memory(void **state)
{
	volatile int calls = 0;
	volatile size_t huge = SIZE_MAX / 2;

	(void)state;
	tl_set_oom_handler(note_oom);
	if (setjmp(out_of_memory) == 0)
		tl_realloc_array(NULL, huge, 4);
	else
		calls++;
	assert_int_equal(calls, 1);
	assert_true(was_wanted == SIZE_MAX);
	tl_set_oom_handler(NULL);
}

static void texts_are_copied(void **state)
{
	const char *text = "text";
	char *copy = tl_strdup(text);

	(void)state;
	assert_ptr_not_equal(copy, text);
	assert_string_equal(copy, text);
	free(copy);
}

int test_base_base(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(growing_keeps_what_is_there),
		cmocka_unit_test(memory_of_no_size_is_memory),
		cmocka_unit_test(sizes_that_overflow_run_out_of_memory),
		cmocka_unit_test(texts_are_copied),
	};

	return cmocka_run_group_tests_name("base_base", tests, NULL, NULL);
}

/* tests/unit/test_base_limits.c */
#include "unit.h"

#include "base/limits.h"

static void limits_are_set_by_name(void **state)
{
	static const struct {
		const char *name, *value;
		int status;
		size_t offset;
		uint64_t number;
	} table[] = {
		{ "file", "4MiB", 0, offsetof(struct tl_limits, file), 4194304 },
		{ "file", "1KiB", 0, offsetof(struct tl_limits, file), 1024 },
		{ "suite", "2GiB", 0, offsetof(struct tl_limits, suite), 2147483648 },
		{ "file", "77", 0, offsetof(struct tl_limits, file), 77 },
		{ "max_steps", "10000", 0, offsetof(struct tl_limits, max_steps), 10000 },
		{ "max_time", "120s", 0, offsetof(struct tl_limits, max_time_ms), 120000 },
		{ "max_time", "2m", 0, offsetof(struct tl_limits, max_time_ms), 120000 },
		{ "max_time", "120", -2, 0, 0 },
		{ "max_steps", "10s", -2, 0, 0 },
		{ "max_steps", "1KiB", -2, 0, 0 },
		{ "max_steps", "0", -2, 0, 0 },
		{ "max_steps", "-1", -2, 0, 0 },
		{ "max_steps", "", -2, 0, 0 },
		{ "file", "4MB", -2, 0, 0 },
		{ "file", "MiB", -2, 0, 0 },
		{ "file", "4 MiB", -2, 0, 0 },
		{ "file", "99999999999999999999", -2, 0, 0 },
		{ "file", "999999999999999GiB", -2, 0, 0 },
		{ "max_step", "1", -1, 0, 0 },
		{ "max_time_ms", "1s", -1, 0, 0 },
		{ "", "1", -1, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		struct tl_limits limits = tl_limits_default(), before = limits;
		int status = tl_limits_set(&limits, tl_str(table[i].name), tl_str(table[i].value));

		assert_row(table[i].value, status == table[i].status);
		if (status == 0)
			assert_memory_equal((char *)&limits + table[i].offset, &table[i].number, sizeof(uint64_t));
		else
			assert_memory_equal(&limits, &before, sizeof(limits));
	}
}

/* The table and the struct have the same members. */
static void every_limit_has_a_row(void **state)
{
	struct tl_limits limits = tl_limits_default();
	bool seen[sizeof(limits) / sizeof(uint64_t)] = { false };

	(void)state;
	assert_int_equal(tl_limit_count, TL_COUNT(seen));
	for (size_t i = 0; i < tl_limit_count; i++) {
		uint64_t value;

		memcpy(&value, (char *)&limits + tl_limit_table[i].offset, sizeof(value));
		assert_row(tl_limit_table[i].name, value > 0);
		seen[tl_limit_table[i].offset / sizeof(uint64_t)] = true;
	}
	for (size_t i = 0; i < TL_COUNT(seen); i++)
		assert_true(seen[i]);
}

int test_base_limits(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_are_set_by_name),
		cmocka_unit_test(every_limit_has_a_row),
	};

	return cmocka_run_group_tests_name("base_limits", tests, NULL, NULL);
}

/* tests/unit/test_base_latency.c: percentiles of few and of many, against the sorted values. */
#include "unit.h"

#include "base/latency.h"

static void few_are_exact(void **state)
{
	struct tl_latencies latencies = { 0 };

	(void)state;
	assert_int_equal(tl_latency_percentile(&latencies, 50), 0);
	tl_latency_add(&latencies, 7);
	assert_int_equal(tl_latency_percentile(&latencies, 50), 7);
	assert_int_equal(tl_latency_percentile(&latencies, 99), 7);
	for (int64_t i = 1; i <= 3; i++)
		tl_latency_add(&latencies, i);
	assert_int_equal(tl_latency_percentile(&latencies, 50), 2);
	assert_int_equal(tl_latency_percentile(&latencies, 75), 3);
	assert_int_equal(tl_latency_percentile(&latencies, 99), 7);
	assert_int_equal(latencies.sum, 13);
	tl_latency_add(&latencies, -5);
	assert_int_equal(tl_latency_percentile(&latencies, 1), 0);
}

static void many_are_near(void **state)
{
	static const unsigned percents[] = { 1, 50, 90, 99, 100 };
	struct tl_latencies latencies = { 0 };
	int64_t count = 100000;

	(void)state;
	for (int64_t i = 1; i <= count; i++)
		tl_latency_add(&latencies, i);
	for (size_t i = 0; i < TL_COUNT(percents); i++) {
		int64_t exact = count / 100 * percents[i], got = tl_latency_percentile(&latencies, percents[i]);

		assert_true(got >= exact && got <= exact + exact / 32);
	}
	assert_int_equal(latencies.max, count);
}

/* Whatever the value, what it is taken for is not below it, nor a thirty-second above. */
static void any_value_has_a_step(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 63; bit++) {
		for (int64_t beside = -1; beside <= 1; beside++) {
			struct tl_latencies latencies = { .max = INT64_MAX };
			int64_t value = (int64_t)((uint64_t)1 << bit) + beside, got;

			tl_latency_add(&latencies, value);
			got = tl_latency_percentile(&latencies, 50);
			assert_true(got >= value && got - value <= value / 32);
		}
	}
}

int test_base_latency(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_are_exact),
		cmocka_unit_test(many_are_near),
		cmocka_unit_test(any_value_has_a_step),
	};

	return cmocka_run_group_tests_name("base: latencies", tests, NULL, NULL);
}

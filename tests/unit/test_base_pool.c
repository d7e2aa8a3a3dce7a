/* tests/unit/test_base_pool.c */
#include "unit.h"

#include <stdatomic.h>

#include "base/pool.h"

#define COUNT 1000

struct job {
	atomic_uint runs[COUNT];
	atomic_uint busy[8]; /* by worker: whether it runs just now */
	unsigned workers;
	size_t fails[2]; /* what fails: with i + 1 */
	atomic_uint wrong;
};

static int work(void *data, unsigned worker, size_t i)
{
	struct job *job = data;

	if (worker >= job->workers || i >= COUNT || atomic_exchange(&job->busy[worker], 1) != 0) {
		atomic_fetch_add(&job->wrong, 1);
		return 0;
	}
	atomic_fetch_add(&job->runs[i], 1);
	atomic_store(&job->busy[worker], 0);
	return i == job->fails[0] || i == job->fails[1] ? (int)i + 1 : 0;
}

static void everything_is_done_once(void **state)
{
	static const unsigned workers[] = { 0, 1, 2, 3, 8 };

	(void)state;
	for (size_t k = 0; k < TL_COUNT(workers); k++) {
		struct job job = { .workers = workers[k] ? workers[k] : 1, .fails = { SIZE_MAX, SIZE_MAX } };

		assert_int_equal(tl_pool_run(workers[k], COUNT, work, &job), 0);
		assert_int_equal(job.wrong, 0);
		for (size_t i = 0; i < COUNT; i++)
			assert_int_equal(job.runs[i], 1);
	}
}

static void the_lowest_failure_is_returned(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 8; workers++) {
		struct job job = { .workers = workers, .fails = { 101, 100 } };

		assert_int_equal(tl_pool_run(workers, COUNT, work, &job), 101);
		assert_int_equal(job.wrong, 0);
		/* All before it was done, and not all after it: at most what the others had begun. */
		for (size_t i = 0; i <= 100; i++)
			assert_int_equal(job.runs[i], 1);
		assert_true(workers > 1 || job.runs[101] == 0);
	}
}

static void nothing_to_do_is_fine(void **state)
{
	struct job job = { .workers = 8 };

	(void)state;
	assert_int_equal(tl_pool_run(8, 0, work, &job), 0);
	job.fails[0] = job.fails[1] = SIZE_MAX;
	assert_int_equal(tl_pool_run(8, 1, work, &job), 0);
	assert_int_equal(job.runs[0], 1);
}

int test_base_pool(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_done_once),
		cmocka_unit_test(the_lowest_failure_is_returned),
		cmocka_unit_test(nothing_to_do_is_fine),
	};

	return cmocka_run_group_tests_name("base_pool", tests, NULL, NULL);
}

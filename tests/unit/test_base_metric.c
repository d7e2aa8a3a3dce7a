/* tests/unit/test_base_metric.c: the text format of Prometheus. */
#include "unit.h"

#include "base/metric.h"

static void samples_are_written_as_prometheus_reads_them(void **state)
{
	struct tl_label labels[] = { { "flow", TL_STR("a\"b\\c\nd\xff\033\xe2\x80\xae\xc3\xa9") }, { "kind", TL_STR("edited") } };
	struct tl_buf out = { 0 };

	(void)state;
	tl_metric_begin(&out, "trunkline_drift", "gauge", "Flows that drifted.");
	tl_metric_sample(&out, "trunkline_drift", labels, 2, 1);
	tl_metric_sample(&out, "trunkline_drift", NULL, 0, 0.25);
	assert_string_equal(out.data, "# HELP trunkline_drift Flows that drifted.\n# TYPE trunkline_drift gauge\n"
	                    "trunkline_drift{flow=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\\\\x1b\\\\u202e\xc3\xa9\",kind=\"edited\"} 1\ntrunkline_drift 0.25\n");
	tl_buf_clear(&out);
}

int test_base_metric(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(samples_are_written_as_prometheus_reads_them) };

	return cmocka_run_group_tests_name("base: metrics", tests, NULL, NULL);
}

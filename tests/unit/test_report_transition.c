/* tests/unit/test_report_transition.c: a run's figures as a person, a machine and a monitoring system get them. */
#include "unit.h"

#include "doc/json.h"
#include "report/transition.h"

static struct tl_transition_figures figures_of(void)
{
	struct tl_transition_figures figures = {
		.records = 5, .by_state = { [TL_MOVED] = 2, [TL_MOVE_CONFLICT] = 1 }, .malformed = 2, .requests = { 12, 1, 3, 500 }, .webhook = true, .delivered = 2,
	};

	for (int64_t ms = 1; ms <= 3; ms++)
		tl_latency_add(&figures.latencies, ms);
	return figures;
}

static void a_person_reads_one_line(void **state)
{
	struct tl_transition_figures figures = figures_of();
	struct tl_buf out = { 0 };

	(void)state;
	tl_transition_text(&out, &figures);
	assert_string_equal(out.data, "5 records, 2 moved, 1 conflict, 2 malformed; 12 requests, 3 rate limited; latency median 2 ms, p99 3 ms");
	tl_buf_reset(&out);
	figures = (struct tl_transition_figures){ .records = 1, .by_state = { [TL_MOVE_PLANNED] = 1 } };
	tl_transition_text(&out, &figures);
	assert_string_equal(out.data, "1 record, 0 moved, 0 conflict, 1 planned; 0 requests, 0 rate limited; latency median 0 ms, p99 0 ms");
	tl_buf_clear(&out);
}

static void a_machine_reads_json(void **state)
{
	struct tl_transition_figures figures = figures_of();
	struct tl_transition_report report = { .environment = TL_STR("production"), .since_ms = 1781517600000, .at_ms = 1781521200000, .figures = &figures };
	struct tl_buf out = { 0 };
	struct tl_doc *doc;
	struct tl_error err;

	(void)state;
	tl_transition_status(&out, &report);
	assert_int_equal(tl_json_parse(&doc, TL_STR("x"), tl_buf_view(&out), &err), 0);
	assert_string_equal(tl_item_get(doc->root, "successes")->text.ptr, "2");
	assert_string_equal(tl_item_get(tl_item_get(doc->root, "latency"), "median_ms")->text.ptr, "2");
	assert_string_equal(tl_item_get(tl_item_get(doc->root, "webhook"), "delivered")->text.ptr, "2");
	tl_doc_free(doc);
	tl_buf_clear(&out);
}

static void a_monitoring_system_reads_metrics(void **state)
{
	static const char *const wanted[] = {
		"trunkline_transition_successes_total{environment=\"production\"} 2\n", "trunkline_transition_conflicts_total{environment=\"production\"} 1\n",
		"trunkline_transition_rate_limited_total{environment=\"production\"} 3\n", "trunkline_transition_requests_total{environment=\"production\"} 12\n",
		"trunkline_transition_records_total{environment=\"production\",state=\"malformed\"} 2\n",
		"trunkline_transition_latency_seconds{environment=\"production\",quantile=\"0.5\"} 0.002\n",
		"trunkline_transition_latency_seconds_sum{environment=\"production\"} 0.006\n",
		"trunkline_transition_webhook_total{environment=\"production\",result=\"delivered\"} 2\n",
	};
	struct tl_transition_figures figures = figures_of();
	struct tl_transition_report report = { .environment = TL_STR("production"), .since_ms = 1781517600000, .at_ms = 1781521200000, .figures = &figures };
	struct tl_buf out = { 0 };

	(void)state;
	tl_transition_metrics(&out, &report);
	for (size_t i = 0; i < TL_COUNT(wanted); i++)
		assert_row(wanted[i], strstr(out.data, wanted[i]));
	tl_buf_reset(&out);
	figures = (struct tl_transition_figures){ .records = 0 };
	tl_transition_metrics(&out, &report);
	assert_non_null(strstr(out.data, "quantile=\"0.99\"} NaN\n"));
	assert_null(strstr(out.data, "webhook"));
	tl_buf_clear(&out);
}

int test_report_transition(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_person_reads_one_line),
		cmocka_unit_test(a_machine_reads_json),
		cmocka_unit_test(a_monitoring_system_reads_metrics),
	};

	return cmocka_run_group_tests_name("report: transitions", tests, NULL, NULL);
}

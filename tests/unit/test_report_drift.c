/* tests/unit/test_report_drift.c: drift as a person, a machine, a monitoring system and a browser get it. */
#include "unit.h"

#include "report/drift.h"

static struct tl_drift samples[] = {
	{ .flow = TL_STR("a"), .platform_id = TL_STR("p1"), .kind = TL_DRIFT_EDITED, .ours = true, .base_version = 4, .version = 6, .published_version = 6,
	  .status = TL_STATUS_PUBLISHED, .base_digest = TL_STR("aa"), .digest = TL_STR("bb"), .since_ms = 1781517600000 },
	{ .flow = TL_STR("b"), .platform_id = TL_STR("p2"), .kind = TL_DRIFT_BEHIND, .base_version = 2, .version = 2, .published_version = 1,
	  .status = TL_STATUS_REJECTED, .reason = TL_STR("<script>\033[31m"), .since_ms = 1781517600000 },
	{ .flow = TL_STR("c"), .platform_id = TL_STR("p3"), .kind = TL_DRIFT_GONE, .base_version = 3, .since_ms = 1781517600000 },
	{ .flow = TL_STR("d"), .platform_id = TL_STR("p4"), .kind = TL_DRIFT_FOREIGN, .version = 1, .status = TL_STATUS_DRAFT, .since_ms = 1781517600000 },
	{ .flow = TL_STR("e"), .platform_id = TL_STR("p5"), .base_version = 7, .version = 7, .published_version = 7, .status = TL_STATUS_PUBLISHED },
	{ .flow = TL_STR("f"), .platform_id = TL_STR("p6"), .ours = true, .base_version = 7, .version = 7, .published_version = 7, .status = TL_STATUS_PUBLISHED },
};

static const struct tl_drifts drifts = { samples, TL_COUNT(samples), 4, 1 };
static const struct tl_drift_report report = {
	.environment = TL_STR("production"), .at_ms = 1781521200000, .drifts = &drifts, .looks = 3, .failed_looks = 1, .look_ms = 250,
	.counts = { 12, 1, 0, 500 }, .trouble = TL_STR("the line went dead"),
};

static void a_person_reads_one_line_a_flow(void **state)
{
	struct tl_buf out = { 0 };

	(void)state;
	tl_drift_text(&out, samples, TL_COUNT(samples), true, false);
	assert_string_equal(out.data,
		"edited   a  somebody else wrote version 6 on top of 4; callers get it, since 2026-06-15T10:00:00Z; git was changed as well: both sides\n"
		"behind   b  version 2 is rejected: <script>\\x1b[31m; callers get version 1, since 2026-06-15T10:00:00Z\n"
		"gone     c  the platform no longer has it; version 3 was deployed from here, since 2026-06-15T10:00:00Z\n"
		"foreign  d  version 1, which nobody here deployed; callers get nothing yet, since 2026-06-15T10:00:00Z\n"
		"in step  e  version 7\n"
		"pending  f  version 7; git has a change that is not deployed\n");
	tl_buf_reset(&out);
	tl_drift_text(&out, &samples[4], 2, false, true);
	assert_int_equal(out.len, 0);
	tl_buf_clear(&out);
}

/* Whoever wrote on top sees no more of their version than callers do. */
static void an_edit_that_the_platform_refused_says_so(void **state)
{
	struct tl_drift edit = samples[0];
	struct tl_buf out = { 0 };

	(void)state;
	edit.ours = false;
	edit.published_version = 4;
	edit.status = TL_STATUS_REJECTED;
	edit.reason = TL_STR("no \033[31mlicence");
	tl_drift_text(&out, &edit, 1, true, false);
	assert_string_equal(out.data, "edited   a  somebody else wrote version 6 on top of 4, which is rejected: no \\x1b[31mlicence; callers get version 4, since 2026-06-15T10:00:00Z\n");
	tl_buf_clear(&out);
}

static void a_machine_reads_json(void **state)
{
	struct tl_buf out = { 0 };
	struct tl_doc *doc;
	struct tl_error err;
	const struct tl_item *flows;

	(void)state;
	tl_drift_report_json(&out, &report, false);
	assert_int_equal(tl_json_parse(&doc, TL_STR("x"), tl_buf_view(&out), &err), 0);
	assert_string_equal(tl_item_get(doc->root, "trouble")->text.ptr, "the line went dead");
	flows = tl_item_get(doc->root, "flows");
	assert_int_equal(flows->count, TL_COUNT(samples));
	assert_null(memchr(out.data, '\n', out.len - 1));
	tl_doc_free(doc);
	tl_buf_clear(&out);
}

/* Whole ones are numbers; "12.3" is a text, as no number says it. */
static void versions_are_read_as_the_platform_counts(void **state)
{
	const struct tl_drift drift = { .flow = TL_STR("a"), .base_version = 12, .version = 12 + ((int64_t)3 << 32) };
	struct tl_buf out = { 0 };
	struct tl_json json;

	(void)state;
	tl_json_init(&json, &out, false);
	tl_drift_json(&json, &drift);
	assert_non_null(strstr(out.data, "\"base_version\":12,"));
	assert_non_null(strstr(out.data, "\"version\":\"12.3\"}"));
	assert_non_null(strstr(out.data, "\"published_version\":null,"));
	tl_buf_clear(&out);
}

static void a_monitoring_system_reads_metrics(void **state)
{
	struct tl_buf out = { 0 };

	(void)state;
	tl_drift_metrics(&out, &report);
	assert_non_null(strstr(out.data, "trunkline_flow_drift{environment=\"production\",flow=\"a\",kind=\"edited\"} 1\n"));
	assert_non_null(strstr(out.data, "trunkline_flows_drifted{environment=\"production\"} 4\n"));
	assert_non_null(strstr(out.data, "trunkline_look_seconds{environment=\"production\"} 0.25\n"));
	assert_non_null(strstr(out.data, "trunkline_flow_pending{environment=\"production\",flow=\"f\"} 1\n"));
	tl_buf_clear(&out);
}

static void a_browser_obeys_nothing_from_outside(void **state)
{
	struct tl_buf out = { 0 };

	(void)state;
	tl_drift_page(&out, &report);
	assert_non_null(strstr(out.data, "&#60;script&#62;\\x1b[31m"));
	assert_non_null(strstr(out.data, "<td class=\"state edited\">edited</td><td class=\"flow\">a</td><td class=\"text\">somebody else wrote version 6 on top of 4;"));
	assert_non_null(strstr(out.data, "the line went dead"));
	tl_buf_clear(&out);
}

int test_report_drift(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_person_reads_one_line_a_flow),
		cmocka_unit_test(an_edit_that_the_platform_refused_says_so),
		cmocka_unit_test(a_machine_reads_json),
		cmocka_unit_test(versions_are_read_as_the_platform_counts),
		cmocka_unit_test(a_monitoring_system_reads_metrics),
		cmocka_unit_test(a_browser_obeys_nothing_from_outside),
	};

	return cmocka_run_group_tests_name("report: drift", tests, NULL, NULL);
}

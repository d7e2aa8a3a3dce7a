/* tests/unit/test_report_attend.c: a worker's figures as a browser, a machine and a monitoring system get them. */
#include "unit.h"

#include "doc/json.h"
#include "report/attend.h"

static struct tl_attend_node nodes[] = {
	{ .flow = TL_STR("line"), .node = TL_STR("main"), .type = TL_STR("menu"), .here = 3, .visits = 12, .matches = 7, .no_matches = 2, .no_inputs = 1 },
	{ .flow = TL_STR("line"), .node = TL_STR("<script>\033\"\n"), .type = TL_STR("play"), .here = 1, .visits = 5 },
	{ .flow = TL_STR("other"), .node = TL_STR("bye"), .type = TL_STR("end"), .visits = 4 },
};
static const struct tl_attend_figures busy = {
	.calls = 4, .connecting = 1, .offered = 20, .ended = { [TL_END_COMPLETED] = 9, [TL_END_LOST] = 2 }, .messages_in = 100, .messages_out = 50,
	.unexpected = 1, .reconnects = 3, .handshakes_refused = 1, .profiles_found = 10, .profiles_missing = 5, .profiles_failed = 1, .transfers = 6,
	.transfers_refused = 1, .key_to_play = { 40, 250, 1400, 2310000 }, .connect = { 1, 999, 1000, 999999 }, .version = 7,
	.digest = TL_STR("0123456789abcdef"), .editions = 2, .draining = true, .nodes = nodes, .n_nodes = TL_COUNT(nodes),
	.last_errors = { TL_STR("2026-06-15T11:00:00Z call 7: <b>lost</b>"), TL_STR("2026-06-15T10:59:00Z call 6: lost") }, .n_last_errors = 2,
};
static const struct tl_attend_figures idle = { .version = 1 };

static struct tl_attend_report report_of(const struct tl_attend_figures *figures)
{
	return (struct tl_attend_report){
		.environment = TL_STR("production"), .flow = TL_STR("line"), .source = TL_STR("nats://ann:quiet@queue.example.com/CALLS/line"),
		.since_ms = 1781517600000, .at_ms = 1781521200000, .figures = figures,
	};
}

static void a_browser_gets_it_without_a_script(void **state)
{
	static const char *const wanted[] = {
		"<dd id=\"calls\">4</dd>", "<dd id=\"offered\">20</dd>", "Draining: no new calls", "<b id=\"flow_version\">7</b> <span class=\"quiet\" id=\"digest\">0123456789ab<",
		"<td>completed</td><td class=\"number\">9</td>", "<td>unserved</td><td class=\"number\">0</td>",
		"<td>key to play</td><td class=\"number\">40</td><td class=\"number\">250 µs</td><td class=\"number\">1.4 ms</td><td class=\"number\">2.31 s</td>",
		"<td>line</td><td class=\"number\">1</td><td class=\"number\">999 µs</td><td class=\"number\">1.0 ms</td><td class=\"number\">1000.0 ms</td>",
		"<td>profile</td><td class=\"number\">0</td><td class=\"number\">–</td>",
		"<td class=\"node\">main</td><td class=\"quiet\">menu</td><td class=\"number\">3</td><td class=\"bar\"><span style=\"width: 100.0%\">",
		"<td class=\"node\">&#60;script&#62;\\x1b&#34;\\n</td><td class=\"quiet\">play</td><td class=\"number\">1</td><td class=\"bar\"><span style=\"width: 33.3%\">",
		"<td class=\"number\">12</td><td class=\"number\">7</td><td class=\"number\">2</td><td class=\"number\">1</td></tr>",
		"<li>2026-06-15T11:00:00Z call 7: &#60;b&#62;lost&#60;/b&#62;</li>\n<li>2026-06-15T10:59:00Z call 6: lost</li>", "class=\"quiet\" hidden>none",
		"nats://\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2@queue.example.com/CALLS/line", "2026-06-15T10:00:00Z",
	};
	struct tl_attend_report report = report_of(&busy);
	struct tl_buf out = { 0 };

	(void)state;
	tl_attend_page(&out, &report);
	for (size_t i = 0; i < TL_COUNT(wanted); i++)
		assert_row(wanted[i], strstr(out.data, wanted[i]));
	assert_null(strstr(out.data, "quiet@"));
	tl_buf_reset(&out);
	report = report_of(&idle);
	report.trouble = TL_STR("the queue is <away>");
	tl_attend_page(&out, &report);
	assert_non_null(strstr(out.data, "class=\"quiet\">none"));
	assert_non_null(strstr(out.data, "<p id=\"draining\" role=\"status\"></p>"));
	assert_non_null(strstr(out.data, "the queue is &#60;away&#62;"));
	tl_buf_clear(&out);
}

static void a_machine_reads_json(void **state)
{
	struct tl_attend_report report = report_of(&busy);
	struct tl_buf out = { 0 };
	struct tl_doc *doc;
	struct tl_error err;

	(void)state;
	tl_attend_status(&out, &report);
	assert_int_equal(tl_json_parse(&doc, TL_STR("x"), tl_buf_view(&out), &err), 0);
	assert_int_equal(tl_item_get(doc->root, "nodes")->count, TL_COUNT(nodes));
	assert_string_equal(tl_item_get(tl_item_get(doc->root, "outcomes"), "lost")->text.ptr, "2");
	assert_true(tl_item_get(tl_item_get(tl_item_get(doc->root, "latency"), "profile"), "p50_us")->kind == TL_NULL);
	assert_string_equal(tl_item_get(doc->root, "source")->text.ptr, "nats://\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2@queue.example.com/CALLS/line");
	assert_true(tl_item_get(doc->root, "trouble")->kind == TL_NULL);
	tl_doc_free(doc);
	tl_buf_clear(&out);
}

static void a_monitoring_system_reads_metrics(void **state)
{
	static const char *const wanted[] = {
		"trunkline_attend_calls{environment=\"production\",flow=\"line\"} 4\n", "trunkline_attend_ended_total{environment=\"production\",flow=\"line\",end=\"lost\"} 2\n",
		"# TYPE trunkline_attend_key_to_play_seconds summary\ntrunkline_attend_key_to_play_seconds{environment=\"production\",flow=\"line\",quantile=\"0.5\"} 0.00025\n",
		"trunkline_attend_key_to_play_seconds_count{environment=\"production\",flow=\"line\"} 40\n",
		"trunkline_attend_profile_seconds{environment=\"production\",flow=\"line\",quantile=\"0.99\"} NaN\n",
		"trunkline_attend_node_calls{environment=\"production\",flow=\"line\",node=\"main\"} 3\n", "node=\"<script>\\\\x1b\\\"\\n\"} 5\n",
		"trunkline_attend_node_inputs_total{environment=\"production\",flow=\"line\",node=\"main\",result=\"no_match\"} 2\n",
		"trunkline_attend_start_timestamp_seconds{environment=\"production\",flow=\"line\"} 1781517600\n",
	};
	struct tl_attend_report report = report_of(&busy);
	struct tl_buf out = { 0 };

	(void)state;
	tl_attend_metrics(&out, &report);
	for (size_t i = 0; i < TL_COUNT(wanted); i++)
		assert_row(wanted[i], strstr(out.data, wanted[i]));
	tl_buf_clear(&out);
}

static const struct {
	const char *source, *shown;
} source_table[] = {
	{ "-", "-" },
	{ "unix:/run/a@b.sock", "unix:/run/a@b.sock" },
	{ "nats://host:4222/S/C", "nats://host:4222/S/C" },
	{ "nats://host/S@x/C", "nats://host/S@x/C" },
	{ "nats://token@host", "nats://\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2@host" },
	{ "tls://a:p@ss@host/S", "tls://\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2@host/S" },
};

static void a_source_is_shown_without_its_password(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(source_table); i++) {
		struct tl_buf out = { 0 };

		tl_attend_source(&out, tl_str(source_table[i].source));
		assert_row(source_table[i].source, tl_str_is(tl_buf_view(&out), source_table[i].shown));
		tl_buf_clear(&out);
	}
}

int test_report_attend(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_browser_gets_it_without_a_script),
		cmocka_unit_test(a_machine_reads_json),
		cmocka_unit_test(a_monitoring_system_reads_metrics),
		cmocka_unit_test(a_source_is_shown_without_its_password),
	};

	return cmocka_run_group_tests_name("report: live calls", tests, NULL, NULL);
}

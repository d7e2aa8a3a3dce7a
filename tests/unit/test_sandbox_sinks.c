/* tests/unit/test_sandbox_sinks.c: what is sent to a sink is read back, and it fails as planned. */
#include "sandbox/sinks.h"

#include <string.h>

#include "unit.h"

static int plan(struct tl_sinks *sinks, const char *text)
{
	struct tl_refusal refusal;
	struct tl_doc *doc;
	int status;

	assert_int_equal(tl_json_parse(&doc, TL_STR("plan"), tl_str(text), NULL), 0);
	status = tl_sinks_plan(sinks, &refusal, TL_STR("crm"), doc->root);
	tl_doc_free(doc);
	return status;
}

static int take(struct tl_sinks *sinks, const char *body, int64_t *retry_after)
{
	const struct tl_sink_header headers[] = { { "content-type", TL_STR("application/json") }, { "idempotency-key", { NULL, 0 } } };
	const struct tl_sink_delivery delivery = { 0, headers, TL_COUNT(headers), tl_str(body) };

	return tl_sinks_take(sinks, TL_STR("crm"), &delivery, retry_after);
}

static const char *shown(struct tl_buf *out, const struct tl_sinks *sinks)
{
	struct tl_json json;

	tl_buf_reset(out);
	tl_json_init(&json, out, false);
	tl_sinks_show(&json, sinks, TL_STR("crm"));
	return out->data;
}

static void what_came_is_read_back(void **state)
{
	struct tl_sinks *sinks = tl_sinks_new();
	struct tl_buf out = { 0 };
	int64_t retry_after;

	(void)state;
	assert_string_equal(shown(&out, sinks), "{\"name\":\"crm\",\"count\":0,\"planned\":0,\"deliveries\":[]}");
	assert_int_equal(take(sinks, "{\"a\": 1}", &retry_after), 200);
	assert_int_equal(take(sinks, "no json", &retry_after), 200);
	assert_string_equal(shown(&out, sinks), "{\"name\":\"crm\",\"count\":2,\"planned\":0,\"deliveries\":["
	                                        "{\"at\":\"1970-01-01T00:00:00.000Z\",\"status\":200,\"headers\":{\"content-type\":\"application/json\"},"
	                                        "\"body\":{\"a\":1},\"raw\":\"{\\\"a\\\": 1}\"},"
	                                        "{\"at\":\"1970-01-01T00:00:00.000Z\",\"status\":200,\"headers\":{\"content-type\":\"application/json\"},"
	                                        "\"body\":null,\"raw\":\"no json\"}]}");
	tl_sinks_forget(sinks, TL_STR("crm"));
	assert_string_equal(shown(&out, sinks), "{\"name\":\"crm\",\"count\":0,\"planned\":0,\"deliveries\":[]}");
	tl_buf_clear(&out);
	tl_sinks_free(sinks);
}

static void it_fails_as_planned(void **state)
{
	static const struct {
		int status;
		int64_t retry_after;
	} rows[] = { { 503, -1 }, { 429, 2 }, { 429, 2 }, { 410, -1 }, { 200, -1 } };
	struct tl_sinks *sinks = tl_sinks_new();
	struct tl_buf out = { 0 };
	int64_t retry_after;

	(void)state;
	assert_int_equal(plan(sinks, "[503, {\"status\": 429, \"retryAfter\": 2, \"count\": 2}]"), 200);
	assert_int_equal(plan(sinks, "[410]"), 200);
	assert_non_null(strstr(shown(&out, sinks), "\"planned\":4"));
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		assert_int_equal(take(sinks, "{}", &retry_after), rows[i].status);
		assert_int_equal(retry_after, rows[i].retry_after);
	}
	tl_buf_clear(&out);
	tl_sinks_free(sinks);
}

static void what_is_no_plan_is_refused(void **state)
{
	static const char *const rows[] = { "{}", "5", "[100]", "[600]", "[200.5]", "[\"503\"]", "[{\"status\": 503, \"count\": 0}]", "[{}]",
					    "[503, {\"status\": 429, \"retryAfter\": -1}]" };
	struct tl_sinks *sinks = tl_sinks_new();
	int64_t retry_after;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++)
		assert_row(rows[i], plan(sinks, rows[i]) == 422);
	assert_int_equal(take(sinks, "{}", &retry_after), 200);
	tl_sinks_free(sinks);
}

int test_sandbox_sinks(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_came_is_read_back),
		cmocka_unit_test(it_fails_as_planned),
		cmocka_unit_test(what_is_no_plan_is_refused),
	};

	return cmocka_run_group_tests_name("sandbox_sinks", tests, NULL, NULL);
}

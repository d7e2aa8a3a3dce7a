/* tests/unit/test_sandbox_simulator.c: CXone's simulator: limits, execution paths, and jobs that grow older. */
#include "sandbox/simulator.h"

#include "unit.h"
#include "unit_flow.h"

static struct tl_doc *parsed(struct tl_str text)
{
	struct tl_doc *doc;
	struct tl_error err;

	if (tl_json_parse(&doc, TL_STR("text"), text, &err) != 0)
		fail_msg("%s: %.*s", err.message, TL_FMT(text));
	return doc;
}

static int check(const char *text, struct tl_refusal *refusal)
{
	struct tl_doc *body = parsed(tl_str(text));
	struct tl_str id;
	int status = tl_simulator_check(&id, refusal, body->root);

	tl_doc_free(body);
	return status;
}

static void a_body_is_whole_and_within_the_limits(void **state)
{
	static const struct {
		const char *body;
		int status;
	} rows[] = {
		{ "{\"flowId\": \"f\"}", 200 },
		{ "{\"flowId\": \"f\", \"dtmfSequence\": null, \"variableStateMatrix\": null, \"mediaAssetReferences\": null}", 200 },
		{ "{\"flowId\": \"f\", \"dtmfSequence\": [\"1\", \"#\"], \"mediaAssetReferences\": [{\"assetId\": \"a\", \"type\": \"tts\"}]}", 200 },
		{ "{}", 400 },
		{ "[]", 400 },
		{ "{\"flowId\": \"f\", \"dtmfSequence\": \"1\"}", 400 },
		{ "{\"flowId\": \"f\", \"dtmfSequence\": [\"x\"]}", 400 },
		{ "{\"flowId\": \"f\", \"variableStateMatrix\": []}", 400 },
		{ "{\"flowId\": \"f\", \"mediaAssetReferences\": [{\"assetId\": \"a\", \"type\": \"film\"}]}", 400 },
		{ "{\"flowId\": \"f\", \"mediaAssetReferences\": [{\"type\": \"audio\"}]}", 400 },
	};
	struct tl_refusal refusal;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++)
		assert_row(rows[i].body, check(rows[i].body, &refusal) == rows[i].status);
}

/* A body with so many entries of one kind. */
static int check_many(const char *key, char open, const char *entry, char close, unsigned count, struct tl_refusal *refusal)
{
	struct tl_buf text = { 0 };
	int status;

	tl_buf_printf(&text, "{\"flowId\": \"f\", \"%s\": %c", key, open);
	for (unsigned i = 0; i < count; i++) {
		tl_buf_text(&text, i > 0 ? "," : "");
		if (open == '{')
			tl_buf_printf(&text, "\"v%u\": ", i);
		tl_buf_text(&text, entry);
	}
	tl_buf_printf(&text, "%c}", close);
	status = check(text.data, refusal);
	tl_buf_clear(&text);
	return status;
}

static void complexity_has_limits(void **state)
{
	static const struct {
		const char *key, *entry;
		unsigned limit;
		char open, close;
	} rows[] = {
		{ "dtmfSequence", "\"1\"", 50, '[', ']' },
		{ "variableStateMatrix", "1", 100, '{', '}' },
		{ "mediaAssetReferences", "{\"assetId\": \"a\", \"type\": \"audio\"}", 10, '[', ']' },
	};
	struct tl_refusal refusal;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		assert_row(rows[i].key, check_many(rows[i].key, rows[i].open, rows[i].entry, rows[i].close, rows[i].limit, &refusal) == 200);
		assert_row(rows[i].key, check_many(rows[i].key, rows[i].open, rows[i].entry, rows[i].close, rows[i].limit + 1, &refusal) == 400);
		assert_string_equal(refusal.code, "complexity.limit");
	}
}

static const char line[] = "flow: line\nchannel: voice\nstart: main\nvariables: {tier: {type: string}, n: {type: number, default: 1}}\nnodes:\n"
			   "  main:\n    type: menu\n    prompt: {text: Hi}\n    choices: [{key: '1', set: {tier: gold}, next: which}]\n"
			   "    no_input: {retries: 1, timeout: 5s}\n    otherwise: wrong\n"
			   "  which: {type: decide, cases: [{when: {variable: tier, equals: gold}, next: bye}], otherwise: bye}\n"
			   "  wrong: {type: set, values: {n: x}, next: bye}\n"
			   "  bye: {type: end}\n";

static void run(struct tl_buf *out, const char *text)
{
	struct tl_arena arena = { 0 };
	struct tl_flow *flow = unit_native(line);
	struct tl_trial_flow deployed = { { flow, NULL, NULL }, TL_STR("f-1"), TL_STR("start") };
	struct tl_trial_services services = { 0 };
	struct tl_doc *body = parsed(tl_str(text));
	struct tl_simulator_request request = { &arena, body->root, &deployed, &services, TL_STR("job-1"), 0 };

	tl_simulator_run(out, &request);
	tl_doc_free(body);
	tl_flow_free(flow);
	tl_arena_clear(&arena);
}

static void a_path_is_told_node_by_node(void **state)
{
	struct tl_buf out = { 0 };

	(void)state;
	run(&out, "{\"flowId\": \"f-1\", \"dtmfSequence\": [\"1\"], \"variableStateMatrix\": {\"n\": 7, \"other\": true}}");
	assert_string_equal(out.data,
	                    "{\"simulationId\":\"job-1\",\"status\":\"completed\",\"executionPath\":["
	                    "{\"nodeId\":\"start\",\"nodeType\":\"start\",\"input\":{},\"output\":{},\"durationMs\":0},"
	                    "{\"nodeId\":\"main\",\"nodeType\":\"conditional\",\"input\":{\"dtmf\":\"1\"},\"output\":{\"tier\":\"gold\"},"
	                    "\"decision\":\"choice 1\",\"durationMs\":0},"
	                    "{\"nodeId\":\"which\",\"nodeType\":\"decision\",\"input\":{},\"output\":{},\"decision\":\"case 1\",\"durationMs\":0},"
	                    "{\"nodeId\":\"bye\",\"nodeType\":\"end\",\"input\":{},\"output\":{},\"durationMs\":0}],"
	                    "\"variables\":{\"tier\":\"gold\",\"n\":7,\"other\":true},\"durationMs\":0}");
	tl_buf_clear(&out);
}

static void a_call_that_goes_wrong_has_failed(void **state)
{
	struct tl_buf out = { 0 };
	struct tl_doc *answer;

	(void)state;
	run(&out, "{\"flowId\": \"f-1\"}");
	answer = parsed(tl_buf_view(&out));
	assert_str(tl_item_text(answer->root, "status"), "failed");
	assert_true(tl_item_text(answer->root, "errorMessage").len > 0);
	assert_int_equal((int)tl_item_get(answer->root, "durationMs")->number, 10000);
	assert_int_equal((int)tl_item_get(tl_item_get(answer->root, "executionPath")->first->next, "durationMs")->number, 10000);
	tl_doc_free(answer);
	tl_buf_clear(&out);
}

static void a_job_is_queued_then_runs_then_ends(void **state)
{
	static const struct tl_simulator_pace pace = { 100, 200, false, { NULL, 0 } }, hanging = { 100, 200, true, { NULL, 0 } };
	static const struct {
		int64_t age_ms;
		const char *answer;
	} rows[] = {
		{ 0, "{\"simulationId\":\"j\",\"status\":\"queued\"}" },
		{ 99, "{\"simulationId\":\"j\",\"status\":\"queued\"}" },
		{ 100, "{\"simulationId\":\"j\",\"status\":\"running\"}" },
		{ 299, "{\"simulationId\":\"j\",\"status\":\"running\"}" },
		{ 300, "DONE" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_buf out = { 0 };

		tl_simulator_answer(&out, TL_STR("j"), TL_STR("DONE"), rows[i].age_ms, &pace);
		assert_string_equal(out.data, rows[i].answer);
		tl_buf_reset(&out);
		tl_simulator_answer(&out, TL_STR("j"), TL_STR("DONE"), rows[i].age_ms, &hanging);
		assert_string_not_equal(out.data, "DONE");
		tl_buf_clear(&out);
	}
}

static void a_job_may_be_told_to_fail(void **state)
{
	static const struct tl_simulator_pace pace = { 100, 200, false, { "no room", 7 } };
	struct tl_buf out = { 0 };

	(void)state;
	tl_simulator_answer(&out, TL_STR("j"), TL_STR("DONE"), 299, &pace);
	assert_string_equal(out.data, "{\"simulationId\":\"j\",\"status\":\"running\"}");
	tl_buf_reset(&out);
	tl_simulator_answer(&out, TL_STR("j"), TL_STR("DONE"), 300, &pace);
	assert_string_equal(out.data, "{\"simulationId\":\"j\",\"status\":\"failed\",\"errorMessage\":\"no room\"}");
	tl_buf_clear(&out);
}

int test_sandbox_simulator(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_is_whole_and_within_the_limits), cmocka_unit_test(complexity_has_limits),
		cmocka_unit_test(a_path_is_told_node_by_node),           cmocka_unit_test(a_call_that_goes_wrong_has_failed),
		cmocka_unit_test(a_job_is_queued_then_runs_then_ends),   cmocka_unit_test(a_job_may_be_told_to_fail),
	};

	return cmocka_run_group_tests_name("sandbox_simulator", tests, NULL, NULL);
}

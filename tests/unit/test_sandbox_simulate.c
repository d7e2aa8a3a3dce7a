/* tests/unit/test_sandbox_simulate.c: what the two simulate calls answer, and what they refuse. */
#include "sandbox/simulate.h"

#include <string.h>

#include "unit.h"
#include "unit_flow.h"

/* 2024-06-15T10:00:00Z */
#define NOW_MS INT64_C(1718445600000)

static const char line[] =
	"flow: line\nchannel: voice\nstart: greet\n"
	"variables: {tier: {type: string, default: standard}, plan: {type: string}, pin: {type: string, sensitive: true}, said: {type: string}}\n"
	"prompts: {welcome: {audio: prompts/welcome.wav, text: Welcome., duration: 2s}, ask: {text: Press 1.}}\n"
	"nodes:\n"
	"  greet: {type: play, prompt: welcome, next: who}\n"
	"  who: {type: lookup_profile, found: crm, not_found: main}\n"
	"  crm: {type: data_action, action: crm.lookup, outputs: {plan: plan}, next: main, failed: main}\n"
	"  main:\n    type: menu\n    prompt: ask\n"
	"    choices: [{key: '1', phrases: [billing], set: {tier: premium}, next: pin}, {key: '2', next: office}]\n"
	"    otherwise: bye\n"
	"  pin: {type: gather, prompt: ask, into: pin, digits: {min: 2, max: 2}, next: queue, otherwise: bye}\n"
	"  office: {type: hours, schedule: office, open: queue, closed: talk}\n"
	"  talk: {type: gather, prompt: ask, accept: [speech], into: said, next: bye, otherwise: bye}\n"
	"  queue: {type: transfer, to: {queue: q}}\n"
	"  bye: {type: end}\n";

/* A flow, what is asked of it, and the answer. */
struct bench {
	struct tl_arena arena;
	struct tl_flow *flow;
	struct tl_trial_flow deployed;
	struct tl_trial_services services;
	struct tl_refusal refusal;
	struct tl_doc *answer, *body, *simulation;
};

static struct tl_doc *parsed(const char *text)
{
	struct tl_doc *doc;
	struct tl_error err;

	if (tl_json_parse(&doc, TL_STR("text"), tl_str(text), &err) != 0)
		fail_msg("%s: %s", err.message, text);
	return doc;
}

static const struct tl_flow *find_none(void *data, struct tl_str id)
{
	(void)data;
	(void)id;
	return NULL;
}

static void bench_open(struct bench *bench, const char *yaml)
{
	*bench = (struct bench){ .flow = unit_native(yaml) };
	bench->deployed = (struct tl_trial_flow){ { bench->flow, find_none, NULL }, TL_STR("f-1"), TL_STR("start") };
}

static void bench_seed(struct bench *bench, const char *simulation)
{
	bench->simulation = parsed(simulation);
	bench->services.simulation = bench->simulation->root;
}

static int ask(struct bench *bench, bool chat, const char *body)
{
	struct tl_simulate given = { &bench->arena, NULL, &bench->deployed, &bench->services, TL_STR("sim-1"), NOW_MS };
	struct tl_buf out = { 0 };
	int status;

	tl_doc_free(bench->answer);
	tl_doc_free(bench->body);
	bench->answer = NULL;
	bench->body = parsed(body);
	given.body = bench->body->root;
	status = chat ? tl_simulate_chat(&out, &bench->refusal, &given) : tl_simulate_run(&out, &bench->refusal, &given);
	if (status == 200) {
		assert_non_null(out.data);
		bench->answer = parsed(out.data);
	}
	tl_buf_clear(&out);
	return status;
}

static void bench_close(struct bench *bench)
{
	tl_doc_free(bench->answer);
	tl_doc_free(bench->body);
	tl_doc_free(bench->simulation);
	tl_flow_free(bench->flow);
	tl_arena_clear(&bench->arena);
}

/* "start:Start:executed greet:PlayPrompt:executed …" */
static const char *path(struct bench *bench)
{
	struct tl_buf text = { 0 };
	struct tl_str copy;

	for (const struct tl_item *step = tl_item_get(bench->answer->root, "trace")->first; step; step = step->next)
		tl_buf_printf(&text, "%s%.*s:%.*s:%.*s", text.len > 0 ? " " : "", TL_FMT(tl_item_text(step, "nodeId")),
		              TL_FMT(tl_item_text(step, "nodeType")), TL_FMT(tl_item_text(step, "status")));
	copy = tl_arena_dup(&bench->arena, tl_buf_view(&text));
	tl_buf_clear(&text);
	return copy.ptr;
}

static const struct tl_item *step_of(struct bench *bench, const char *node)
{
	const struct tl_item *step = tl_item_get(bench->answer->root, "trace")->first;

	while (step && !tl_str_is(tl_item_text(step, "nodeId"), node))
		step = step->next;
	if (!step)
		fail_msg("no node %s in the trace", node);
	return step;
}

static void a_call_is_told_in_the_platforms_words(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, line);
	assert_int_equal(ask(&bench, false, "{\"flowId\": \"f-1\", \"simulationType\": \"IVR\", \"input\": {\"dtmf\": [\"1\", \"4\", \"2\"], \"variables\": "
	                                    "{\"plan\": \"gold\", \"stray\": [1]}, \"callerId\": {\"phoneNumber\": \"+1\", \"name\": \"A\"}}}"),
	                 200);
	assert_string_equal(path(&bench), "start:Start:executed greet:PlayPrompt:executed who:ProfileLookup:executed main:GatherDTMF:executed "
	                                  "pin:GatherDTMF:executed queue:Transfer:executed");
	assert_str(tl_item_text(bench.answer->root, "simulationId"), "sim-1");
	assert_str(tl_item_text(bench.answer->root, "status"), "completed");
	assert_string_equal(unit_json(&bench.arena, tl_item_get(bench.answer->root, "errors")), "[]");
	assert_string_equal(unit_json(&bench.arena, tl_item_get(bench.answer->root, "variables")),
	                    "{\"pin\":\"" TL_MASK "\",\"plan\":\"gold\",\"stray\":[1],\"tier\":\"premium\"}");
	assert_str(tl_item_text(step_of(&bench, "greet"), "timestamp"), "2024-06-15T10:00:00.000Z");
	assert_str(tl_item_text(step_of(&bench, "main"), "timestamp"), "2024-06-15T10:00:02.000Z");
	assert_str(tl_item_text(tl_item_get(step_of(&bench, "greet"), "properties"), "audioFileId"), "prompts/welcome.wav");
	assert_null(tl_item_get(tl_item_get(step_of(&bench, "main"), "properties"), "audioFileId"));
	assert_string_equal(unit_json(&bench.arena, step_of(&bench, "main")),
	                    "{\"nodeId\":\"main\",\"nodeType\":\"GatherDTMF\",\"properties\":{\"inputs\":[\"1\"],\"outcome\":\"choice 1\"},"
	                    "\"status\":\"executed\",\"timestamp\":\"2024-06-15T10:00:02.000Z\",\"variables\":{\"tier\":\"premium\"}}");
	assert_string_equal(unit_json(&bench.arena, tl_item_get(step_of(&bench, "pin"), "variables")), "{\"pin\":\"" TL_MASK "\"}");
	bench_close(&bench);
}

static const struct tl_item *profile_of(void *data, struct tl_str external_id)
{
	return tl_item_get_str(data, external_id);
}

static void services_answer_as_the_seed_says(void **state)
{
	struct tl_doc *profiles = parsed("{\"+1\": {\"level\": \"gold\"}}");
	struct bench bench;

	(void)state;
	bench_open(&bench, line);
	bench.services.profile = profile_of;
	bench.services.data = profiles->root;
	assert_int_equal(ask(&bench, false, "{\"input\": {\"dtmf\": [\"2\"], \"callerId\": {\"phoneNumber\": \"+1\"}}}"), 200);
	assert_string_equal(path(&bench), "start:Start:executed greet:PlayPrompt:executed who:ProfileLookup:executed crm:DataAction:skipped "
	                                  "main:GatherDTMF:executed office:ScheduleCheck:executed queue:Transfer:executed");
	bench_seed(&bench, "{\"data\": {\"crm.lookup\": {\"result\": \"success\", \"outputs\": {\"plan\": \"gold\"}}}, \"hours\": {\"office\": \"closed\"}, "
	                   "\"at\": \"2024-01-01T00:00:00Z\"}");
	assert_int_equal(ask(&bench, false, "{\"input\": {\"dtmf\": [\"2\"], \"speech\": {\"transcript\": \"hello there\"}, \"callerId\": {\"phoneNumber\": \"+1\"}}}"),
	                 200);
	assert_string_equal(path(&bench), "start:Start:executed greet:PlayPrompt:executed who:ProfileLookup:executed crm:DataAction:executed "
	                                  "main:GatherDTMF:executed office:ScheduleCheck:executed talk:GatherSpeech:executed bye:End:executed");
	assert_string_equal(unit_json(&bench.arena, tl_item_get(bench.answer->root, "variables")),
	                    "{\"plan\":\"gold\",\"said\":\"hello there\",\"tier\":\"standard\"}");
	assert_str(tl_item_text(step_of(&bench, "greet"), "timestamp"), "2024-01-01T00:00:00.000Z");
	tl_doc_free(bench.simulation);
	bench_seed(&bench, "{\"refused\": [{\"queue\": \"q\"}]}");
	assert_int_equal(ask(&bench, false, "{\"input\": {\"dtmf\": [\"2\"]}}"), 200);
	assert_str(tl_item_text(bench.answer->root, "status"), "failed");
	assert_str(tl_item_text(step_of(&bench, "queue"), "status"), "error");
	assert_true(tl_item_text(step_of(&bench, "queue"), "error").len > 0);
	assert_str(tl_item_text(tl_item_get(bench.answer->root, "errors")->first, "code"), "transfer_refused");
	assert_str(tl_item_text(tl_item_get(bench.answer->root, "errors")->first, "nodeId"), "queue");
	tl_doc_free(profiles);
	bench_close(&bench);
}

static void a_call_has_its_time(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, line);
	assert_int_equal(ask(&bench, false, "{\"input\": {\"maxSimulationTime\": 1000}}"), 200);
	assert_str(tl_item_text(bench.answer->root, "status"), "timed_out");
	assert_string_equal(path(&bench), "start:Start:executed greet:PlayPrompt:error");
	assert_str(tl_item_text(tl_item_get(bench.answer->root, "errors")->first, "message"), "the call took longer than 1000 ms");
	bench_close(&bench);
}

static void what_no_platform_would_run_is_refused(void **state)
{
	static const char *const bodies[] = {
		"{\"simulationType\": \"FAX\"}",
		"{\"input\": []}",
		"{\"input\": {\"dtmf\": \"12\"}}",
		"{\"input\": {\"dtmf\": [\"a\"]}}",
		"{\"input\": {\"dtmf\": [\"12\"]}}",
		"{\"input\": {\"dtmf\": [1]}}",
		"{\"input\": {\"dtmf\": [\"\"]}}",
		"{\"input\": {\"dtmf\": [\"\\u0000\"]}}",
		"{\"input\": {\"traceDepth\": 0}}",
		"{\"input\": {\"traceDepth\": 11}}",
		"{\"input\": {\"traceDepth\": 1.5}}",
		"{\"input\": {\"traceDepth\": \"5\"}}",
		"{\"input\": {\"maxSimulationTime\": 0}}",
		"{\"input\": {\"maxSimulationTime\": -1}}",
		"{\"input\": {\"speech\": {\"confidence\": 2}}}",
		"{\"input\": {\"speech\": {\"transcript\": 5}}}",
		"{\"input\": {\"variables\": []}}",
	};
	struct bench bench;

	(void)state;
	bench_open(&bench, line);
	for (size_t i = 0; i < TL_COUNT(bodies); i++) {
		assert_row(bodies[i], ask(&bench, false, bodies[i]) == 400);
		assert_row(bodies[i], bench.refusal.status == 400 && strlen(bench.refusal.message) > 10);
	}
	bench_close(&bench);
}

static void a_run_names_its_flow(void **state)
{
	static const struct {
		const char *body;
		int status;
	} rows[] = { { "{\"flowId\": \"f-1\"}", 200 }, { "{}", 400 }, { "[]", 400 }, { "{\"flowId\": 5}", 400 } };
	struct tl_refusal refusal;
	struct tl_str id;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_doc *body = parsed(rows[i].body);

		assert_row(rows[i].body, tl_simulate_flow_id(&id, &refusal, body->root) == rows[i].status);
		tl_doc_free(body);
	}
	assert_int_equal(tl_simulate_flow_id(&id, &refusal, NULL), 400);
}

static void a_chat_is_typed_or_spoken(void **state)
{
	static const char chat[] = "flow: chat\nchannel: message\nstart: main\nvariables: {tier: {type: string}}\nnodes:\n"
				   "  main: {type: menu, prompt: {text: Hi}, choices: [{phrases: [bill], next: done}], otherwise: lost}\n"
				   "  done: {type: end}\n  lost: {type: end}\n";
	static const char *const bad[] = { "{\"transcript\": {}}", "{\"transcript\": [\"hi\"]}", "{\"transcript\": [{\"from\": \"me\", \"text\": \"x\"}]}",
					   "{\"transcript\": [{\"from\": \"user\"}]}", "{\"initialData\": []}", "[]" };
	struct bench bench;

	(void)state;
	bench_open(&bench, chat);
	assert_int_equal(ask(&bench, true, "{\"transcript\": [{\"from\": \"bot\", \"text\": \"Hi\"}, {\"from\": \"user\", \"text\": \"my bill\"}], "
	                                   "\"initialData\": {\"tier\": \"gold\"}}"),
	                 200);
	assert_string_equal(path(&bench), "start:Start:executed main:GatherText:executed done:End:executed");
	assert_string_equal(unit_json(&bench.arena, tl_item_get(bench.answer->root, "variables")), "{\"tier\":\"gold\"}");
	for (size_t i = 0; i < TL_COUNT(bad); i++)
		assert_row(bad[i], ask(&bench, true, bad[i]) == 400);
	bench_close(&bench);
	bench_open(&bench, line);
	assert_int_equal(ask(&bench, true, "{\"transcript\": [{\"from\": \"user\", \"text\": \"billing\"}]}"), 200);
	assert_true(tl_item_get(step_of(&bench, "pin"), "status") != NULL);
	bench_close(&bench);
}

static void a_seed_says_what_services_answer(void **state)
{
	static const struct {
		const char *simulation;
		int status;
	} rows[] = {
		{ "{}", 200 },
		{ "{\"data\": {\"a\": {\"result\": \"failed\"}, \"b\": [{}, {\"outputs\": {\"x\": 1}}]}, \"hours\": {\"o\": \"holiday\"}, "
		  "\"refused\": [{\"queue\": \"q\"}], \"at\": \"2024-01-01T00:00:00Z\"}", 200 },
		{ "[]", 422 },
		{ "{\"more\": 1}", 422 },
		{ "{\"data\": []}", 422 },
		{ "{\"data\": {\"a\": {\"result\": \"maybe\"}}}", 422 },
		{ "{\"data\": {\"a\": [1]}}", 422 },
		{ "{\"data\": {\"a\": {\"outputs\": []}}}", 422 },
		{ "{\"hours\": {\"o\": \"shut\"}}", 422 },
		{ "{\"refused\": [\"q\"]}", 422 },
		{ "{\"at\": \"noon\"}", 422 },
	};
	struct tl_refusal refusal;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_doc *simulation = parsed(rows[i].simulation);

		assert_row(rows[i].simulation, tl_trial_check_simulation(&refusal, simulation->root) == rows[i].status);
		tl_doc_free(simulation);
	}
}

int test_sandbox_simulate(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_told_in_the_platforms_words), cmocka_unit_test(services_answer_as_the_seed_says),
		cmocka_unit_test(a_call_has_its_time),                   cmocka_unit_test(what_no_platform_would_run_is_refused),
		cmocka_unit_test(a_run_names_its_flow),                  cmocka_unit_test(a_chat_is_typed_or_spoken),
		cmocka_unit_test(a_seed_says_what_services_answer),
	};

	return cmocka_run_group_tests_name("sandbox_simulate", tests, NULL, NULL);
}

/* tests/unit/test_platform_cxone.c: jobs on CXone's simulator, against a script of answers and a clock that only waiting moves. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "flow/graph.h"
#include "platform/cxone.h"
#include "platform/drivers.h"
#include "platform/remote_case.h"
#include "unit_flow.h"

#define BEGUN "{\"simulationId\":\"s-1\",\"status\":\"queued\",\"resultUrl\":\"https://evil.example/x\"}"
#define ELSEWHERE "{\"simulationId\":\"s-1\",\"status\":\"queued\",\"resultUrl\":\"https://api.us.niceincontact.com/api/v2/flow/simulator/s-1/result\"}"
#define QUEUED "{\"status\":\"queued\"}"
#define RUNNING "{\"status\":\"running\"}"
#define DONE                                                                                                                                         \
	"{\"status\":\"completed\",\"executionPath\":[{\"nodeId\":\"m\",\"nodeType\":\"conditional\",\"input\":{\"dtmf\":\"1\"},\"output\":{\"x\":1},"    \
	"\"decision\":\"choice 1\",\"durationMs\":20}],\"variables\":{\"x\":1},\"durationMs\":40}"

struct answer {
	int status;          /* 0: the answer is lost; the client has tried it again for long */
	const char *body;
	bool repeated;
};

struct stage {
	struct tl_arena arena;
	const struct answer *answers;
	struct tl_buf log;   /* "POST:0 GET:1000": when what was asked */
	struct tl_str last_body, last_path, job;
	int64_t now;
	struct tl_genesys *genesys;
	struct tl_access access;
	struct tl_error err;
};

static int64_t now(void *data)
{
	return ((struct stage *)data)->now;
}

static int wait(void *data, int64_t ms)
{
	((struct stage *)data)->now += ms;
	return 0;
}

static int answer(struct tl_api_answer *out, struct tl_arena *arena, void *data, const struct tl_api_request *request, struct tl_error *err)
{
	struct stage *stage = data;
	const struct answer *next = stage->answers++;

	tl_buf_printf(&stage->log, "%s%s:%lld", stage->log.len > 0 ? " " : "", request->method, (long long)stage->now);
	stage->last_path = tl_arena_dup(&stage->arena, request->path);
	if (request->body.ptr)
		stage->last_body = tl_arena_dup(&stage->arena, request->body);
	*out = (struct tl_api_answer){ .status = next->status, .repeated = next->repeated, .attempts = 1 };
	if (next->status == 0)
		return tl_error_set(err, TL_IO, "nobody answers");
	if (next->status >= 429)
		return tl_error_set(err, TL_REFUSED, "it does not work today");
	out->body = tl_arena_dup(arena, tl_str(next->body));
	return 0;
}

static void note_job(void *data, struct tl_str job)
{
	struct stage *stage = data;

	stage->job = tl_arena_dup(&stage->arena, job);
}

static void clear(struct stage *stage)
{
	free(stage->genesys);
	tl_buf_clear(&stage->log);
	tl_arena_clear(&stage->arena);
}

static int simulate(struct tl_remote_run *run, struct stage *stage, const struct answer *answers, const struct tl_remote_run_request *request)
{
	static struct tl_clock clock;
	const struct tl_platform_config config = { .clock = &clock, .access = &stage->access };

	clock = (struct tl_clock){ now, now, wait, stage };
	stage->access.api = TL_STR("https://api.us.niceincontact.com");
	stage->answers = answers;
	stage->genesys = tl_genesys_new(&config, answer, stage);
	*run = (struct tl_remote_run){ 0 };
	return tl_cxone_simulate(run, &stage->arena, stage->genesys, request, &stage->err);
}

static const struct row {
	const char *what;
	struct answer answers[12];
	const char *job;     /* begun before */
	int64_t wait_ms;
	int code;            /* TL_OK or the error's */
	const char *log, *message;
} rows[] = {
	{ "asked for after a second, then after twice as long",
	  { { 201, BEGUN, false }, { 200, QUEUED, false }, { 200, RUNNING, false }, { 200, RUNNING, false }, { 200, DONE, false } }, "", 0, TL_OK,
	  "POST:0 GET:1000 GET:3000 GET:7000 GET:15000", "" },
	{ "the wait is capped",
	  { { 200, BEGUN, false }, { 200, QUEUED, false }, { 200, RUNNING, false }, { 200, RUNNING, false }, { 200, RUNNING, false }, { 200, RUNNING, false },
	    { 200, DONE, false } }, "", 0, TL_OK, "POST:0 GET:1000 GET:3000 GET:7000 GET:15000 GET:30000 GET:45000", "" },
	{ "a bad day is waited out",
	  { { 201, BEGUN, false }, { 503, "", false }, { 429, "", false }, { 0, "", false }, { 200, DONE, false } }, "", 0, TL_OK,
	  "POST:0 GET:1000 GET:3000 GET:7000 GET:15000", "" },
	{ "a job that hangs ends by the deadline", { { 201, BEGUN, false }, { 200, QUEUED, false }, { 200, RUNNING, false } }, "", 5000, TL_TIMED_OUT,
	  "POST:0 GET:1000 GET:3000", "says 'running'" },
	{ "one that was begun before is asked for at once, and not begun again", { { 200, RUNNING, false }, { 200, DONE, false } }, "s-0", 0, TL_OK,
	  "GET:0 GET:1000", "" },
	{ "one that is gone is begun anew", { { 404, "{}", false }, { 201, BEGUN, false }, { 200, DONE, false } }, "s-0", 0, TL_OK,
	  "GET:0 POST:0 GET:1000", "" },
	{ "one that goes while it is waited for", { { 201, BEGUN, false }, { 404, "{}", false } }, "", 0, TL_NOT_FOUND, "POST:0 GET:1000", "any more" },
	{ "a result that is not where it was to be", { { 201, ELSEWHERE, false }, { 404, "{}", false }, { 200, RUNNING, false }, { 200, DONE, false } }, "", 0, TL_OK,
	  "POST:0 GET:1000 GET:1000 GET:2000", "" },
	{ "one that is nowhere", { { 201, ELSEWHERE, false }, { 404, "{}", false }, { 404, "{}", false } }, "", 0, TL_NOT_FOUND, "POST:0 GET:1000 GET:1000", "any more" },
	{ "a call that is refused", { { 400, "{\"message\":\"no such flow\"}", false } }, "", 0, TL_REFUSED, "POST:0", "no such flow" },
	{ "a status that is none", { { 201, BEGUN, false }, { 200, "{\"status\":\"odd\"}", false } }, "", 0, TL_REFUSED, "POST:0 GET:1000",
	  "'status' is 'odd'" },
	{ "an end without a path", { { 201, BEGUN, false }, { 200, "{\"status\":\"completed\"}", false } }, "", 0, TL_REFUSED, "POST:0 GET:1000",
	  "'executionPath'" },
	{ "an id that is none", { { 201, "{\"simulationId\":\"..\",\"status\":\"queued\"}", false } }, "", 0, TL_REFUSED, "POST:0", "is no id" },
};

static void test_jobs(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct stage stage = { .now = 0 };
		struct tl_remote_run_request request = {
			.id = TL_STR("f"), .wait_ms = rows[i].wait_ms, .job = tl_str(rows[i].job), .begun = note_job, .data = &stage,
		};
		struct tl_remote_run run;
		int ret = simulate(&run, &stage, rows[i].answers, &request);

		assert_row(rows[i].what, (ret == 0) == (rows[i].code == TL_OK) && (ret == 0 || (int)stage.err.code == rows[i].code));
		if (!tl_str_is(tl_buf_view(&stage.log), rows[i].log))
			fail_msg("%s: %s", rows[i].what, stage.log.data);
		assert_row(rows[i].what, ret == 0 || strstr(stage.err.message, rows[i].message));
		assert_row(rows[i].what, ret != 0 || run.resumed == (strncmp(rows[i].log, "GET", 3) == 0 && !strstr(rows[i].log, "POST")));
		assert_row(rows[i].what, !strstr(rows[i].log, "POST:0 GET") || tl_str_is(stage.job, "s-1"));
		assert_row(rows[i].what, tl_str_starts(stage.last_path, TL_STR("/api/v2/flow/simulator")));
		clear(&stage);
	}
}

static void what_is_asked_and_answered(void **state)
{
	static const struct answer answers[] = { { 201, BEGUN, true }, { 200, DONE, false } };
	const struct tl_str keys[] = { TL_STR("1") };
	const struct tl_media media[] = { { TL_STR("audio/a.wav"), TL_MEDIA_AUDIO }, { TL_STR("closed"), TL_MEDIA_TTS }, { TL_STR("a.mp4"), TL_MEDIA_VIDEO } };
	struct tl_remote_run_request request = { .id = TL_STR("f"), .inputs = keys, .n_inputs = 1, .media = media, .n_media = 3 };
	struct stage stage = { .now = 0 };
	struct tl_remote_run run;

	(void)state;
	assert_int_equal(simulate(&run, &stage, answers, &request), 0);
	assert_str(stage.last_body, "{\"dtmfSequence\":[\"1\"],\"flowId\":\"f\",\"mediaAssetReferences\":[{\"assetId\":\"audio/a.wav\",\"type\":\"audio\"},"
	           "{\"assetId\":\"closed\",\"type\":\"tts\"},{\"assetId\":\"a.mp4\",\"type\":\"video\"}],"
	           "\"variableStateMatrix\":{}}");
	assert_true(run.possibly_twice && !run.resumed && run.n_errors == 0 && run.n_steps == 1 && run.duration_ms == 40);
	assert_str(run.simulation_id, "s-1");
	assert_str(run.status, "completed");
	assert_str(run.steps[0].decision, "choice 1");
	assert_int_equal(run.steps[0].duration_ms, 20);
	assert_true(tl_item_get(run.steps[0].variables, "x")->number == 1);
	clear(&stage);
}

static void a_call_that_failed_there_is_an_answer(void **state)
{
	static const struct answer answers[] = { { 201, BEGUN, false }, { 200, "{\"status\":\"failed\",\"errorMessage\":\"no queue\"}", false } };
	struct tl_remote_run_request request = { .id = TL_STR("f") };
	struct stage stage = { .now = 0 };
	struct tl_remote_run run;

	(void)state;
	assert_int_equal(simulate(&run, &stage, answers, &request), 0);
	assert_str(run.status, "failed");
	assert_int_equal(run.n_errors, 1);
	assert_str(run.errors[0], "no queue");
	clear(&stage);
}

/* ---- limits */

static struct tl_remote_run_request at_the_limits(struct tl_arena *arena)
{
	struct tl_item *variables = tl_item_new(arena, TL_MAP);
	char name[16];

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "v%d", i);
		tl_item_put(variables, tl_arena_dup(arena, tl_str(name)), tl_item_number(arena, i));
	}
	return (struct tl_remote_run_request){ .n_inputs = 50, .n_media = 10, .variables = variables, .longest = 200 };
}

static void what_is_beyond_the_limits_is_not_sent(void **state)
{
	struct tl_arena arena = { 0 };
	struct tl_error err = { 0 };
	struct tl_remote_run_request good = at_the_limits(&arena), bad[6];
	static const char *const words[] = { "51 DTMF steps", "11 media references", "101 variables", "201 nodes", "neither speech", "a caller" };
	struct tl_item *more = tl_item_copy(&arena, good.variables);

	(void)state;
	for (size_t i = 0; i < TL_COUNT(bad); i++)
		bad[i] = good;
	tl_item_put(more, TL_STR("one"), tl_item_number(&arena, 1));
	bad[0].n_inputs++;
	bad[1].n_media++;
	bad[2].variables = more;
	bad[3].longest++;
	bad[4].transcript = TL_STR("hello");
	bad[5].phone_number = TL_STR("+1");
	assert_int_equal(tl_simulation_check(&tl_cxone_limits, &good, &err), 0);
	for (size_t i = 0; i < TL_COUNT(bad); i++) {
		assert_row(words[i], tl_simulation_check(&tl_cxone_limits, &bad[i], &err) == -1 && strstr(err.message, words[i]));
		assert_row(words[i], tl_simulation_check(NULL, &bad[i], &err) == 0);
	}
	tl_arena_clear(&arena);
}

static void a_result_is_never_looked_for_elsewhere(void **state)
{
	static const struct {
		const char *api, *url, *path;
	} table[] = {
		{ "https://a.example", "https://a.example/api/v2/flow/simulator/x?full=1", "/api/v2/flow/simulator/x?full=1" },
		{ "https://a.example", "https://A.example:443/r", "/r" },
		{ "https://a.example", "", TL_CXONE_SIMULATOR "/s%2F1" },
		{ "https://a.example", "https://b.example/r", TL_CXONE_SIMULATOR "/s%2F1" },
		{ "https://a.example", "http://a.example/r", TL_CXONE_SIMULATOR "/s%2F1" },
		{ "https://a.example", "https://a.example:444/r", TL_CXONE_SIMULATOR "/s%2F1" },
		{ "https://a.example", "//b.example/r", TL_CXONE_SIMULATOR "/s%2F1" },
		{ "https://a.example", "https://a.example@b.example/r", TL_CXONE_SIMULATOR "/s%2F1" },
		{ "https://a.example/gateway", "https://a.example/r", TL_CXONE_SIMULATOR "/s%2F1" },
	};
	struct tl_arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++)
		assert_row(table[i].url, tl_str_is(tl_cxone_result_path(&arena, tl_str(table[i].api), tl_str(table[i].url), TL_STR("s/1")), table[i].path));
	tl_arena_clear(&arena);
}

static void nothing_is_written(void **state)
{
	struct tl_put put = { .version = 1 };
	struct tl_remote remote;
	struct tl_arena arena = { 0 };
	struct tl_error err = { 0 };

	(void)state;
	assert_int_equal(tl_driver_cxone.create(&remote, &arena, NULL, &put, &err), -1);
	assert_int_equal(err.code, TL_UNSUPPORTED);
	assert_int_equal(tl_driver_cxone.put(&remote, &arena, NULL, TL_STR("f"), &put, &err), -1);
	assert_int_equal(err.code, TL_UNSUPPORTED);
	assert_true((tl_driver_cxone.can & TL_CAN_SIMULATE) && !(tl_driver_cxone.can & TL_CAN_COMPARE_AND_SET));
}

/* ---- what a case comes to */

static struct tl_str told_media;
static struct tl_arena told_arena;
static enum tl_code simulate_code;
static const char *simulate_id;

static int pretend(struct tl_remote_run *out, struct tl_arena *arena, void *state, const struct tl_remote_run_request *request, struct tl_error *err)
{
	(void)arena;
	(void)state;
	told_media = TL_STR("");
	for (size_t i = 0; i < request->n_media; i++)
		told_media = tl_arena_printf(&told_arena, "%.*s%d:%.*s ", TL_FMT(told_media), (int)request->media[i].kind, TL_FMT(request->media[i].id));
	*out = (struct tl_remote_run){ .simulation_id = tl_str(simulate_id), .status = TL_STR("completed") };
	return simulate_code == TL_OK ? 0 : tl_error_set(err, simulate_code, "it hangs");
}

static int open_nothing(void **state, const struct tl_platform_config *config, struct tl_error *err)
{
	(void)config;
	(void)err;
	*state = NULL;
	return 0;
}

static void close_nothing(void *state)
{
	(void)state;
}

static const char playing[] =
	"flow: line\nchannel: voice\nstart: one\n"
	"prompts:\n  hello: {audio: a.wav, text: Hello.}\n  closed: {text: We are closed.}\n  film: {audio: b.MP4}\n"
	"nodes:\n  one: {type: play, prompt: hello, next: two}\n  two: {type: play, prompt: {text: Inline.}, next: three}\n"
	"  three: {type: play, prompt: closed, next: four}\n  four: {type: play, prompt: film, next: five}\n  five: {type: play, prompt: hello, next: six}\n"
	"  six: {type: play, prompt: {audio: c.wav, text: Said.}, next: bye}\n  bye: {type: end}\n";

/* The case on a driver that answers at once; -1: it ended its suite. */
static int run_case(struct tl_case_result *result, unsigned can)
{
	struct tl_driver driver = { .name = "test", .can = can, .open = open_nothing, .close = close_nothing, .simulate = pretend };
	struct tl_platform_config config = { .environment = NULL };
	struct tl_flow *flow = unit_native(playing);
	struct tl_program program = { .flow = flow };
	struct tl_remote_place place = { .flow = flow, .id = TL_STR("f") };
	struct tl_run here = { .flow = NULL };
	struct tl_error err = { 0 };
	int ret;

	*result = (struct tl_case_result){ .given = { .id = TL_STR("c"), .hangup_ms = -1, .facts = { .start_ms = TL_CASE_START_MS, .max_time_ms = 60000, .max_steps = 100 } } };
	assert_int_equal(tl_platform_open_driver(&place.platform, &driver, &config, &err), 0);
	tl_case_run(&here, &result->given, &program, NULL);
	ret = tl_remote_case_run(result, &place, &here, &err);
	tl_run_clear(&here);
	tl_run_clear(&result->run);
	tl_platform_close(place.platform);
	tl_flow_free(flow);
	return ret;
}

static void media_are_what_they_are(void **state)
{
	struct tl_case_result result;

	(void)state;
	simulate_code = TL_OK;
	simulate_id = "s-1";
	assert_int_equal(run_case(&result, TL_CAN_SIMULATE), 0);
	assert_str(told_media, "0:a.wav 1:closed 2:b.MP4 0:c.wav ");
	tl_arena_clear(&result.arena);
	tl_arena_clear(&told_arena);
}

static const struct {
	enum tl_code code;
	const char *id;
	unsigned can;
	bool undone;
} trouble_table[] = {
	{ TL_TIMED_OUT, "s-1", TL_CAN_RESUME, true },
	{ TL_NOT_FOUND, "s-1", TL_CAN_RESUME, true },
	{ TL_REFUSED, "s-1", TL_CAN_RESUME, true },
	{ TL_TIMED_OUT, "", TL_CAN_RESUME, false },
	{ TL_REFUSED, "s-1", 0, false },
	{ TL_IO, "s-1", TL_CAN_RESUME, false },
	{ TL_INTERRUPTED, "s-1", TL_CAN_RESUME, false },
};

static void a_job_is_its_own_trouble(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(trouble_table); i++) {
		struct tl_case_result result;

		simulate_code = trouble_table[i].code;
		simulate_id = trouble_table[i].id;
		assert_row(trouble_table[i].id, (run_case(&result, TL_CAN_SIMULATE | trouble_table[i].can) == 0) == trouble_table[i].undone);
		assert_row(trouble_table[i].id, (result.undone.len > 0) == trouble_table[i].undone);
		assert_row(trouble_table[i].id, !tl_case_was_run(&result) == trouble_table[i].undone);
		tl_arena_clear(&result.arena);
	}
	tl_arena_clear(&told_arena);
}

int test_platform_cxone(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jobs),
		cmocka_unit_test(what_is_asked_and_answered),
		cmocka_unit_test(a_call_that_failed_there_is_an_answer),
		cmocka_unit_test(what_is_beyond_the_limits_is_not_sent),
		cmocka_unit_test(a_result_is_never_looked_for_elsewhere),
		cmocka_unit_test(nothing_is_written),
		cmocka_unit_test(media_are_what_they_are),
		cmocka_unit_test(a_job_is_its_own_trouble),
	};

	return cmocka_run_group_tests_name("platform_cxone", tests, NULL, NULL);
}

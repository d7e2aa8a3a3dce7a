/* tests/unit/test_live_recording.c: recordings as texts: what they hold, what they hide, and how large they may be; and whether a flow can serve live calls at all. */
#include "unit.h"

#include "doc/yaml.h"
#include "live/recording.h"
#include "live/session.h"
#include "sim/suite.h"
#include "unit_flow.h"

static void play(void *data, const struct tl_session_play *play)
{
	(void)data;
	(void)play;
}

static void transfer(void *data, struct tl_str kind, struct tl_str target)
{
	(void)data;
	(void)kind;
	(void)target;
}

static void hang_up(void *data, struct tl_str exit, struct tl_str reason)
{
	(void)data;
	(void)exit;
	(void)reason;
}

static void profile(void *data, struct tl_str external_id)
{
	(void)data;
	(void)external_id;
}

static const struct tl_session_hooks hooks = { .play = play, .transfer = transfer, .hang_up = hang_up, .profile = profile };

struct recorded {
	struct tl_flow *flow;
	struct tl_edition edition;
	struct tl_recording *recording;
	struct tl_session *session;
	struct tl_buf text;
};

static void begin(struct recorded *recorded, const char *flow, const char *offer_text, bool keep_sensitive)
{
	struct tl_arena arena = { 0 };
	struct tl_offer offer;
	struct tl_error err;

	*recorded = (struct recorded){ .flow = unit_native(flow), .recording = tl_recording_new(keep_sensitive) };
	recorded->edition = (struct tl_edition){ .program = { .flow = recorded->flow } };
	if (tl_offer_read(&offer, &arena, tl_str(offer_text), &err) != 0 ||
	    tl_session_new(&recorded->session, &recorded->edition, &offer, &hooks, NULL, recorded->recording, &err) != 0)
		fail_msg("%s", err.message);
	tl_arena_clear(&arena);
	tl_session_begin(recorded->session, 1000, 1781517600000);
}

static void finish(struct recorded *recorded)
{
	tl_session_free(recorded->session);
	tl_recording_free(recorded->recording);
	tl_flow_free(recorded->flow);
	tl_buf_clear(&recorded->text);
}

static void answer(struct recorded *recorded, int64_t now_ms, const char *json)
{
	struct tl_error err;
	struct tl_doc *doc;

	assert_int_equal(tl_json_parse(&doc, TL_STR("p"), tl_str(json), &err), 0);
	assert_true(tl_session_profile(recorded->session, now_ms, TL_ANSWER_FOUND, doc->root));
	tl_doc_free(doc);
}

#define VOICE "flow: t\nchannel: voice\nstart: a\n"

static void test_text(void **state)
{
	struct recorded recorded;

	(void)state;
	begin(&recorded,
	      VOICE "variables: {tier: {type: string}}\nprompts: {m: {audio: m.wav, text: 'Menu.'}, p: {audio: p.wav}}\nnodes:\n"
	            "  a: {type: lookup_profile, found: b, not_found: b}\n"
	            "  b: {type: menu, prompt: m, choices: [{key: '1', prompt: p, set: {tier: '${profile.level}'}, next: c}], no_input: {retries: 1}, otherwise: z}\n"
	            "  c: {type: transfer, to: {queue: sales}, failed: d}\n  d: {type: transfer, to: {number: '+49'}}\n  z: {type: end, exit: done}\n",
	      "{\"callControlId\": \"call 1\", \"externalId\": \"crm\", \"language\": \"de-de\", \"caller\": {\"number\": \"+1\"}, \"variables\": {\"tier\": \"none\"}}", false);
	answer(&recorded, 1700, "{\"level\": \"gold\"}");
	assert_true(tl_session_played(recorded.session, 2700));
	assert_true(tl_session_played(recorded.session, 3000));
	assert_true(tl_session_alarm(recorded.session, 8100));
	assert_true(tl_session_key(recorded.session, 8500, '1'));
	assert_true(tl_session_transferred(recorded.session, 9000, false));
	assert_true(tl_session_transferred(recorded.session, 9900, true));
	tl_recording_write(&recorded.text, recorded.recording, recorded.session);
	assert_str(tl_buf_view(&recorded.text),
	           "# A call as it was. Times are the call's clock, which stands still while profiles are looked up and transfers are asked for.\n"
	           "suite: t\n"
	           "cases:\n"
	           "  - id: \"call-1\"\n"
	           "    at: \"2026-06-15T10:00:00Z\"\n"
	           "    caller: {\"number\": \"+1\"}\n"
	           "    language: \"de-de\"\n"
	           "    variables: {\"tier\": \"none\"}\n"
	           "    profile: {\"level\": \"gold\"}\n"
	           "    refused: [{\"queue\": \"sales\"}]\n"
	           "    inputs:\n"
	           "      - {dtmf: \"1\", at: 6800ms}\n"
	           "    heard: [1000ms, 300ms, 500ms, 0ms]\n"
	           "    limits: {max_time: 120000ms, max_steps: 1000}\n"
	           "    expect:\n"
	           "      status: \"completed\"\n"
	           "      exact_path: [\"a\", \"b\", \"c\", \"d\"]\n"
	           "      ends_at: \"d\"\n"
	           "      transfer: {\"number\": \"+49\"}\n"
	           "      prompts: [\"m\", \"p\", \"m\", \"p\"]\n"
	           "      variables: {\"tier\": \"gold\"}\n"
	           "      max_time: \"6800ms\"\n");
	finish(&recorded);
}

#define SECRETS \
	VOICE "variables: {pin: {type: string, sensitive: true}, card: {type: number, sensitive: true, default: 1}, copy: {type: string}}\nnodes:\n" \
	"  a: {type: play, prompt: {audio: hello}, next: b}\n  b: {type: gather, prompt: {audio: g}, into: pin, next: c, otherwise: z}\n" \
	"  c: {type: set, values: {copy: 'x${last.input}'}, next: d}\n  d: {type: play, prompt: {audio: z, text: 'your pin ${pin}'}, next: e}\n" \
	"  e: {type: transfer, to: {queue: 'q${pin}'}, failed: f}\n  f: {type: transfer, to: {user: '${copy}'}}\n  z: {type: end}\n"

static void record_secrets(struct recorded *recorded, bool keep_sensitive)
{
	begin(recorded, SECRETS, "{\"callControlId\": \"c\", \"variables\": {\"card\": 5550123}}", keep_sensitive);
	for (const char *key = "97531#"; *key; key++)
		assert_true(tl_session_key(recorded->session, 1000, *key));
	assert_true(tl_session_played(recorded->session, 1000));
	assert_true(tl_session_key(recorded->session, 1000, '8'));
	assert_true(tl_session_transferred(recorded->session, 1000, false));
	assert_true(tl_session_transferred(recorded->session, 1000, true));
	tl_recording_write(&recorded->text, recorded->recording, recorded->session);
}

static void test_secrets(void **state)
{
	static const char *const hidden[] = { "97531", "\"9\"", "\"7\"", "\"8\"", "5550123" };
	struct recorded recorded;

	(void)state;
	record_secrets(&recorded, false);
	for (size_t i = 0; i < TL_COUNT(hidden); i++)
		assert_row(hidden[i], tl_str_find(tl_buf_view(&recorded.text), tl_str(hidden[i]), 0) == SIZE_MAX);
	assert_true(tl_str_find(tl_buf_view(&recorded.text), TL_STR("variables: {\"card\": 0}"), 0) != SIZE_MAX);
	assert_true(tl_str_find(tl_buf_view(&recorded.text), TL_STR("transfers: [\"refused\", \"taken\"]"), 0) != SIZE_MAX);
	assert_true(tl_str_find(tl_buf_view(&recorded.text), TL_STR("# Digits that filled sensitive variables"), 0) != SIZE_MAX);
	assert_true(tl_str_find(tl_buf_view(&recorded.text), TL_STR("{dtmf: \"#\", at: 0ms}"), 0) != SIZE_MAX);
	finish(&recorded);
	record_secrets(&recorded, true);
	assert_true(tl_str_find(tl_buf_view(&recorded.text), TL_STR("your pin 97531"), 0) != SIZE_MAX);
	assert_true(tl_str_find(tl_buf_view(&recorded.text), TL_STR("refused: [{\"queue\": \"q97531\"}]"), 0) != SIZE_MAX);
	finish(&recorded);
}

/* What a profile may hold and YAML not: the text is read back as it was. */
static void test_strange_texts(void **state)
{
	struct tl_buf json = { 0 }, back = { 0 };
	struct tl_read_options options = { .depth = 64 };
	struct recorded recorded;
	struct tl_doc *doc;

	(void)state;
	tl_buf_text(&json, "{\"\":\"a: #'\\\"\\\\\\u0000\\ufeff\\uffff\\u0085\\u2028\\ud83d\\ude00\",\"n\":[-1.5e-7,true,null,{}],\"~\":\"no\",\"");
	for (int i = 0; i < 3000; i++)
		tl_buf_char(&json, 'k');
	tl_buf_text(&json, "\":\"1\"}");
	begin(&recorded, VOICE "nodes:\n  a: {type: lookup_profile, by: x, found: b, not_found: b}\n  b: {type: end}\n", "{\"callControlId\": \"'\\\"\\n- x: [\"}", false);
	answer(&recorded, 1000, json.data);
	tl_recording_write(&recorded.text, recorded.recording, recorded.session);
	tl_yaml_read(&doc, TL_STR("r.yaml"), tl_buf_view(&recorded.text), &options);
	assert_non_null(doc->root);
	assert_str(tl_item_text(tl_item_get(doc->root, "cases")->first, "id"), "-----x:--");
	tl_json_canonical(&back, tl_item_get(tl_item_get(doc->root, "cases")->first, "profile"));
	tl_doc_free(doc);
	tl_json_read(&doc, TL_STR("p.json"), tl_buf_view(&json), &options);
	tl_buf_reset(&json);
	tl_json_canonical(&json, doc->root);
	assert_str(tl_buf_view(&back), json.data);
	tl_doc_free(doc);
	tl_buf_clear(&json);
	tl_buf_clear(&back);
	finish(&recorded);
}

/* Whether a text is a suite that the simulator takes. */
static void expect_suite(struct tl_str text)
{
	struct tl_schemas *schemas = tl_alloc_zero(1, sizeof(*schemas));
	struct tl_limits limits = tl_limits_default();
	struct tl_findings findings = { 0 };
	struct tl_suite *suite;

	tl_schemas_init(schemas);
	if (tl_suite_read(&suite, TL_STR("r.suite.yaml"), text, schemas, &limits, &findings) != 0)
		fail_msg("%.*s", TL_FMT(findings.items[0].message));
	assert_true(tl_item_get(suite->cases->first, "inputs")->count <= limits.inputs);
	tl_suite_free(suite);
	tl_findings_clear(&findings);
	tl_schemas_clear(schemas);
	free(schemas);
}

static void test_bounded(void **state)
{
	struct recorded recorded;
	const struct tl_call *call;

	(void)state;
	begin(&recorded, VOICE "nodes:\n  a: {type: menu, prompt: {audio: m}, choices: [{key: '1', next: a}], otherwise: a}\n", "{\"callControlId\": \"c\"}", false);
	for (int64_t i = 0; i < 900; i++)
		assert_true(tl_session_key(recorded.session, 1000 + i, '1'));
	tl_buf_reset(&recorded.text);
	tl_recording_write(&recorded.text, recorded.recording, recorded.session);
	assert_true(tl_str_find(tl_buf_view(&recorded.text), TL_STR("# The call did not end by itself"), 0) != SIZE_MAX);
	expect_suite(tl_buf_view(&recorded.text));
	finish(&recorded);

	begin(&recorded, VOICE "nodes:\n  a: {type: gather, prompt: {audio: m}, into: v, digits: {max: 32}, next: a, otherwise: a}\nvariables: {v: {type: string}}\n",
	      "{\"callControlId\": \"c\"}", false);
	for (int64_t i = 0; i < 20000; i++)
		assert_true(tl_session_key(recorded.session, 1000 + i, '1'));
	call = tl_session_call(recorded.session);
	assert_int_equal(tl_call_status(call), TL_RUNNING);
	tl_buf_reset(&recorded.text);
	tl_recording_write(&recorded.text, recorded.recording, recorded.session);
	assert_true(tl_str_find(tl_buf_view(&recorded.text), TL_STR("# The call was longer than a recording may be"), 0) != SIZE_MAX);
	assert_in_range(recorded.text.len, 1000, 100000);
	expect_suite(tl_buf_view(&recorded.text));
	finish(&recorded);
}

static void test_large_profile(void **state)
{
	struct recorded recorded;
	struct tl_buf json = { 0 };

	(void)state;
	tl_buf_text(&json, "{\"a\": \"");
	while (json.len < TL_RECORDING_BYTES)
		tl_buf_text(&json, "xxxxxxxxxxxxxxxx");
	tl_buf_text(&json, "\"}");
	begin(&recorded, VOICE "nodes:\n  a: {type: lookup_profile, by: x, found: b, not_found: b}\n  b: {type: end}\n", "{\"callControlId\": \"c\"}", false);
	answer(&recorded, 1000, json.data);
	tl_recording_write(&recorded.text, recorded.recording, recorded.session);
	assert_in_range(recorded.text.len, 100, 1000);
	assert_true(tl_str_find(tl_buf_view(&recorded.text), TL_STR("{hangup: true, at: 0ms, visits: 1}"), 0) != SIZE_MAX);
	expect_suite(tl_buf_view(&recorded.text));
	tl_buf_clear(&json);
	finish(&recorded);
}

/* ---- editions */

static const struct tl_flow *find(void *data, struct tl_str id)
{
	return tl_str_is(id, "sub") ? data : NULL;
}

#define AUDIO(nodes) VOICE "prompts: {p: {audio: p.wav}, t: {text: T.}}\nnodes:\n" nodes "  z: {type: end}\n"

static const struct {
	const char *what, *flow, *sub, *expected; /* findings, one a line: level, rule, message */
} edition_rows[] = {
	{ "a good one", AUDIO("  a: {type: menu, prompt: p, choices: [{key: '1', next: z}], otherwise: z}\n"), NULL, "" },
	{ "text only", AUDIO("  a: {type: play, prompt: t, next: z}\n"), NULL, "error missing-audio the prompt 't' of flow 't' has no audio\n" },
	{ "text only, of no use to anybody", AUDIO("  a: {type: play, prompt: p, next: z}\n  b: {type: play, prompt: t, next: z}\n"), NULL, "" },
	{ "prompts of choices and retries, inline ones",
	  AUDIO("  a: {type: menu, prompt: p, choices: [{key: '1', prompt: {text: c}, next: z}], no_input: {retries: 1, prompt: {text: i}}, no_match: {prompt: {text: m}}, otherwise: z}\n"), NULL,
	  "error missing-audio a prompt of 'a' of flow 't' has no audio\nerror missing-audio a prompt of 'a' of flow 't' has no audio\n" },
	{ "a language without audio", VOICE "prompts: {p: {audio: {en-us: e, de-de: d}}, q: {audio: {en-us: e}}, r: {audio: all}}\nnodes:\n  a: {type: play, prompt: p, next: b}\n"
	  "  b: {type: play, prompt: q, next: c}\n  c: {type: play, prompt: r, next: z}\n  z: {type: end}\n", NULL,
	  "error missing-audio the prompt 'q' of flow 't' has no audio in 'de-de', which other prompts here have\n" },
	{ "a flow for messages", "flow: t\nchannel: message\nstart: z\nnodes:\n  z: {type: end}\n", NULL, "error wrong-channel the flow 't' is for messages: live calls are voice\n" },
	{ "what nobody hears or answers",
	  AUDIO("  a: {type: menu, prompt: p, choices: [{phrases: [hi], next: b}], otherwise: b}\n  b: {type: data_action, action: crm, next: c, failed: c}\n"
	        "  c: {type: gather, prompt: p, accept: [speech], into: v, next: z, otherwise: z}\n") "variables: {v: {type: string}}\n", NULL,
	  "warning wrong-channel 'choice 1' of 'a' has no key: nobody hears what a live caller says\n"
	  "warning unsupported 'b' asks for 'crm', which live calls cannot ask: it takes 'failed'\n"
	  "warning wrong-channel 'c' takes no keys: a live call has nothing else to give it\n" },
	{ "a schedule that nobody knows", AUDIO("  a: {type: hours, schedule: office, open: z, closed: z}\n"), NULL,
	  "error unknown-schedule the project file has no schedule 'office', which 'a' asks for\n" },
	{ "a flow that is not there", AUDIO("  a: {type: subflow, flow: nope, otherwise: z}\n"), NULL, "error unknown-flow there is no flow 'nope', which 'a' enters\n" },
	{ "what is wrong with a flow that is entered, once, also where flows enter each other",
	  AUDIO("  a: {type: subflow, flow: sub, otherwise: b}\n  b: {type: subflow, flow: sub, otherwise: z}\n"),
	  "flow: sub\nchannel: voice\nstart: s\nnodes:\n  s: {type: play, prompt: {text: x}, next: t}\n  t: {type: subflow, flow: sub, otherwise: u}\n  u: {type: end}\n",
	  "error missing-audio a prompt of 's' of flow 'sub' has no audio\n" },
	{ "a flow that cannot run", AUDIO("  a: {type: play, prompt: p, next: nowhere}\n"), NULL, "error unknown-node there is no node 'nowhere'\n" },
};

static void test_editions(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(edition_rows); i++) {
		struct tl_flow *flow = unit_native(edition_rows[i].flow), *sub = edition_rows[i].sub ? unit_native(edition_rows[i].sub) : NULL;
		struct tl_edition edition = { .program = { .flow = flow, .find = find, .data = sub } };
		struct tl_findings findings = { 0 };
		struct tl_buf said = { 0 };
		int result = tl_edition_check(&edition, &findings);

		for (size_t j = 0; j < findings.count; j++)
			tl_buf_printf(&said, "%s %s %.*s\n", tl_level_name(findings.items[j].level), findings.items[j].rule, TL_FMT(findings.items[j].message));
		if (!tl_str_is(tl_buf_view(&said), edition_rows[i].expected))
			print_error("%s\n", edition_rows[i].what);
		assert_str(tl_buf_view(&said), edition_rows[i].expected);
		assert_int_equal(result, tl_findings_count(&findings, TL_ERROR) > 0 ? -1 : 0);
		tl_buf_clear(&said);
		tl_findings_clear(&findings);
		tl_flow_free(flow);
		tl_flow_free(sub);
	}
}

int test_live_recording(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),    cmocka_unit_test(test_secrets),       cmocka_unit_test(test_strange_texts),
		cmocka_unit_test(test_bounded), cmocka_unit_test(test_large_profile), cmocka_unit_test(test_editions),
	};

	return cmocka_run_group_tests_name("test_live_recording", tests, NULL, NULL);
}

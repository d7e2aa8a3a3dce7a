/* tests/unit/test_live_replay.c: random calls of random flows, with keys at any time, silence, lookups, refused transfers, lost lines and hang-ups, recorded, written, read
 * back as a suite and run by the simulator: the same nodes, outcomes, attempts, prompts, times, variables and ends. */
#include "unit.h"

#include <stdio.h>

#include "base/file.h"
#include "dialect/dialect.h"
#include "doc/json.h"
#include "live/recording.h"
#include "live/session.h"
#include "sim/library.h"
#include "sim/suite.h"
#include "unit_flow.h"
#include "unit_gen.h"

#define CALLS 1500
/* After which the line of a call that goes on is lost. */
static const int most_events[] = { 250, 5, 250, 20, 250, 60 };

static struct {
	struct tl_schemas schemas;
	struct tl_project *project;
	struct tl_limits limits;
} yard;

/* ---- flows */

static struct tl_item *child(struct tl_item *map, const char *key)
{
	return (struct tl_item *)(uintptr_t)tl_item_get(map, key);
}

/* A prompt that nobody can play is rare among those of live calls. */
static void voice_prompt(struct tl_arena *arena, struct tl_item *prompt, struct unit_random *random)
{
	if (prompt && prompt->kind == TL_MAP && !child(prompt, "audio") && unit_random(random, 10) > 0)
		tl_item_put(prompt, TL_STR("audio"), tl_item_string(arena, TL_STR("prompts/a.wav")));
}

static void voice_item(struct tl_arena *arena, struct tl_item *item, struct unit_random *random)
{
	struct tl_item *schedule = child(item, "schedule"), *action = child(item, "action");

	if (schedule)
		schedule->text = TL_STR("office");
	if (action && unit_random(random, 4) == 0)
		action->text = TL_STR("profile");
	voice_prompt(arena, child(item, "prompt"), random);
	for (struct tl_item *one = item->kind == TL_MAP || item->kind == TL_LIST ? item->first : NULL; one; one = one->next)
		voice_item(arena, one, random);
}

static struct tl_flow *random_flow(uint64_t seed)
{
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct unit_random random = { seed * 77 + 5 };
	struct tl_arena arena = { 0 };
	struct tl_item *tree = unit_random_flow(&arena, seed), *prompts = child(tree, "prompts");
	struct tl_buf text = { 0 };
	struct tl_error err;
	struct tl_flow *flow;
	struct tl_doc *doc;

	child(tree, "channel")->text = TL_STR("voice");
	for (struct tl_item *prompt = prompts ? prompts->first : NULL; prompt; prompt = prompt->next)
		voice_prompt(&arena, prompt, &random);
	voice_item(&arena, tree, &random);
	tl_json_canonical(&text, tree);
	assert_int_equal(tl_json_parse(&doc, TL_STR("t.flow.json"), tl_buf_view(&text), &err), 0);
	tl_native_read(&flow, doc, &lower);
	tl_buf_clear(&text);
	tl_arena_clear(&arena);
	return flow;
}

/* A flow that goes on: everything is set and of the right type, every second node asks for keys. Node 0 ends it. */
#define NODES 8

static void add_to(struct tl_buf *out, struct unit_random *random, const char *key)
{
	tl_buf_printf(out, ", %s: n%u", key, unit_random(random, 12) == 0 ? 0 : 1 + unit_random(random, NODES - 1));
}

static void add_prompt(struct tl_buf *out, struct unit_random *random)
{
	static const char *const prompts[] = { "p0", "p1", "mute", "{audio: x.wav, duration: 1s}", "{audio: y.wav, text: 'pin ${pin} ${tries}'}" };

	tl_buf_printf(out, ", prompt: %s", prompts[unit_random(random, TL_COUNT(prompts))]);
}

static void add_retries(struct tl_buf *out, struct unit_random *random)
{
	static const char *const timeouts[] = { "0s", "5s", "1ms", "2s" };

	tl_buf_printf(out, ", no_input: {timeout: %s, retries: %u", timeouts[unit_random(random, 4)], unit_random(random, 3));
	if (unit_random(random, 2))
		add_prompt(out, random);
	tl_buf_printf(out, "}, no_match: {retries: %u}", unit_random(random, 3));
	add_to(out, random, "otherwise");
}

static void add_menu(struct tl_buf *out, struct unit_random *random)
{
	static const char *const guards[] = { "{variable: profile.level, equals: gold}", "{variable: tries, less_than: 3}", "{not: {variable: profile.found, equals: true}}" };

	tl_buf_text(out, "menu");
	add_prompt(out, random);
	add_retries(out, random);
	tl_buf_text(out, ", choices: [");
	for (uint32_t i = 1 + unit_random(random, 4); i > 0; i--) {
		tl_buf_printf(out, "{key: '%c'", "12#*"[unit_random(random, 4)]);
		if (unit_random(random, 2))
			tl_buf_printf(out, ", when: %s", guards[unit_random(random, TL_COUNT(guards))]);
		if (unit_random(random, 2))
			add_prompt(out, random);
		if (unit_random(random, 2))
			tl_buf_text(out, ", set: {tier: 'x${last.input}'}");
		add_to(out, random, "next");
		tl_buf_text(out, "}, ");
	}
	tl_buf_text(out, "]");
}

static void add_gather(struct tl_buf *out, struct unit_random *random)
{
	static const char *const into[] = { "pin", "tier", "text" };

	tl_buf_text(out, "gather");
	add_prompt(out, random);
	add_retries(out, random);
	tl_buf_printf(out, ", into: %s, digits: {min: %u, max: %u, terminator: '%c'}", into[unit_random(random, 3)], unit_random(random, 3), 2 + unit_random(random, 3),
	              "#*"[unit_random(random, 2)]);
	add_to(out, random, "next");
}

static void add_other(struct tl_buf *out, struct unit_random *random)
{
	static const struct {
		const char *head, *outcomes[4];
	} table[] = {
		{ "play, prompt: p0", { "next" } },
		{ "play, prompt: p1", { "next" } },
		{ "play, prompt: {audio: z.wav, duration: 30s}", { "next" } },
		{ "lookup_profile", { "found", "not_found", "failed" } },
		{ "lookup_profile, by: '${tier}'", { "found", "not_found" } },
		{ "lookup_profile, by: '${empty}'", { "found", "not_found" } },
		{ "hours, schedule: office", { "open", "closed" } },
		{ "data_action, action: profile", { "next", "failed" } },
		{ "data_action, action: crm, inputs: {a: '${tier}'}", { "next", "failed" } },
		{ "transfer, to: {queue: sales}", { "failed" } },
		{ "transfer, to: {queue: '${empty}'}", { "failed" } },
		{ "transfer, to: {number: '${pin}'}", { "failed" } },
		{ "transfer, to: {user: '${tier}'}", { "failed" } },
		{ "set, values: {tries: '${tries}', empty: '', now: '${now}'}", { "next" } },
		{ "subflow, flow: other-flow, outputs: {tier: tier}", { "otherwise" } },
	};
	uint32_t row = unit_random(random, TL_COUNT(table));

	tl_buf_text(out, table[row].head);
	for (size_t i = 0; i < 4 && table[row].outcomes[i]; i++)
		add_to(out, random, table[row].outcomes[i]);
}

static struct tl_flow *lively_flow(uint64_t seed)
{
	struct unit_random random = { seed * 31337 + 17 };
	struct tl_buf text = { 0 };
	struct tl_flow *flow;

	for (int i = 0; i < 5; i++)
		unit_random(&random, 2);
	tl_buf_text(&text, "flow: lively\nchannel: voice\nstart: n1\nvariables: {tier: {type: string, default: a}, tries: {type: number, default: 1}, empty: {type: string, default: ''},\n"
	                   "  pin: {type: string, default: '7', sensitive: true}, text: {type: string}, now: {type: string}}\n"
	                   "prompts: {p0: {audio: p0.wav}, p1: {audio: {en-us: e.wav, de-de: d.wav}, duration: 2s}, mute: {text: nothing}}\n"
	                   "nodes:\n  n0: {type: end, exit: done, reason: bye}\n");
	for (unsigned i = 1; i < NODES; i++) {
		tl_buf_printf(&text, "  n%u: {type: ", i);
		if (unit_random(&random, 2))
			add_other(&text, &random);
		else if (unit_random(&random, 2))
			add_menu(&text, &random);
		else
			add_gather(&text, &random);
		tl_buf_text(&text, "}\n");
	}
	flow = unit_native(text.data);
	tl_buf_clear(&text);
	return flow;
}

static const struct tl_flow *find(void *data, struct tl_str id)
{
	return tl_str_is(id, "other-flow") ? data : NULL;
}

/* ---- a call */

struct phone {
	struct unit_random random;
	struct tl_session *session;
	struct tl_sink sink;
	int64_t now_ms;
	bool playing, asked, transferring;
	unsigned hang_ups;
};

static void play(void *data, const struct tl_session_play *play)
{
	struct phone *phone = data;

	assert_false(phone->asked);
	assert_true(play->audio.len > 0);
	phone->playing = true;
}

static void stop(void *data)
{
	struct phone *phone = data;

	phone->playing = false;
}

static void transfer(void *data, struct tl_str kind, struct tl_str target)
{
	struct phone *phone = data;

	(void)target;
	assert_true(kind.len > 0 && !phone->asked);
	phone->transferring = true;
}

static void hang_up(void *data, struct tl_str exit, struct tl_str reason)
{
	struct phone *phone = data;

	(void)exit;
	(void)reason;
	phone->hang_ups++;
}

static void profile(void *data, struct tl_str external_id)
{
	struct phone *phone = data;

	assert_true(external_id.len > 0);
	phone->asked = true;
}

static void emitted(void *data, const struct tl_emission *emission)
{
	struct phone *phone = data;

	phone->sink.emit(phone->sink.data, emission);
}

static uint32_t draw(struct phone *phone, uint32_t n)
{
	return unit_random(&phone->random, n);
}

/* Time goes on: not at all, a little, to just about the next alarm, or long past it. */
static void wait(struct phone *phone)
{
	int64_t alarm = tl_session_alarm_at(phone->session);

	switch (draw(phone, 8)) {
	case 0:
	case 1:
		return;
	case 2:
		phone->now_ms++;
		return;
	case 3:
		phone->now_ms = alarm > phone->now_ms ? alarm : phone->now_ms;
		return;
	case 4:
		phone->now_ms = alarm + 2 > phone->now_ms ? alarm + (int64_t)draw(phone, 3) : phone->now_ms;
		return;
	default:
		phone->now_ms += draw(phone, draw(phone, 10) == 0 ? 30000 : 1500);
	}
}

static void answer_profile(struct phone *phone)
{
	static const char *const texts[] = {
		"{\"level\":\"gold\",\"home town\":\"x\"}", "{\"level\":\"tin\",\"n\":[1,{\"a\":null}],\"\xf0\x9f\x98\x80\":\"\\u0000\\ufeff\"}", "{}", "{\"level\":5}",
	};
	static const enum tl_answer answers[] = { TL_ANSWER_FOUND, TL_ANSWER_FOUND, TL_ANSWER_NOT_FOUND, TL_ANSWER_FAILED };
	struct tl_error err;
	struct tl_doc *doc;

	assert_int_equal(tl_json_parse(&doc, TL_STR("profile"), tl_str(texts[draw(phone, TL_COUNT(texts))]), &err), 0);
	phone->asked = false;
	assert_true(tl_session_profile(phone->session, phone->now_ms, answers[draw(phone, 4)], doc->root));
	tl_doc_free(doc);
}

static void press(struct phone *phone)
{
	static const char keys[] = "1122#*0123456789#";

	tl_session_key(phone->session, phone->now_ms, keys[draw(phone, sizeof(keys) - 1)]);
}

static void happen(struct phone *phone)
{
	uint32_t what = draw(phone, 100);

	wait(phone);
	if (what < 2) {
		tl_session_hung_up(phone->session, phone->now_ms);
	} else if (what < 5) {
		phone->playing = phone->transferring = false;
		tl_session_again(phone->session, phone->now_ms);
	} else if (what < 40) {
		press(phone);
	} else if (phone->playing && what < 70) {
		phone->playing = false;
		assert_true(tl_session_played(phone->session, phone->now_ms));
	} else if (phone->asked && what < 70) {
		answer_profile(phone);
	} else if (phone->transferring && what < 70) {
		phone->transferring = false;
		assert_true(tl_session_transferred(phone->session, phone->now_ms, draw(phone, 3) == 0));
	} else {
		phone->playing = phone->playing && tl_session_alarm_at(phone->session) > phone->now_ms;
		phone->transferring = phone->transferring && tl_session_alarm_at(phone->session) > phone->now_ms;
		tl_session_alarm(phone->session, phone->now_ms);
	}
}

/* Late events make up for alarms that did not ring: what was asked for then is all that counts. */
static void happen_in_time(struct phone *phone)
{
	const struct tl_call *call;

	happen(phone);
	call = tl_session_call(phone->session);
	phone->playing = tl_call_waits(call) == TL_WAIT_PLAYBACK;
	phone->asked = tl_call_waits(call) == TL_WAIT_ANSWER;
	phone->transferring = tl_call_waits(call) == TL_WAIT_TRANSFER;
}

/* ---- what came of it */

static void describe(struct tl_buf *out, const struct tl_run *run, bool whole)
{
	for (size_t i = 0; i < run->n_visits; i++) {
		const struct tl_visit *visit = &run->visits[i];

		tl_buf_printf(out, "%lld %.*s/%u > %.*s", (long long)visit->at_ms, TL_FMT(visit->node->name.text), visit->depth,
		              TL_FMT(visit->outcome ? visit->outcome->name : TL_STR("-")));
		for (size_t j = 0; j < visit->n_tries; j++)
			tl_buf_printf(out, " (%.*s %s)", TL_FMT(visit->tries[j].has_input ? visit->tries[j].input : TL_STR("-")), tl_attempt_name(visit->tries[j].result));
		for (size_t j = 0; j < visit->n_changed; j++) {
			tl_buf_printf(out, " %.*s=", TL_FMT(visit->changed[j].name));
			tl_value_json(out, &visit->changed[j].value);
		}
		tl_buf_char(out, '\n');
	}
	for (size_t i = 0; i < run->n_prompts; i++)
		tl_buf_printf(out, "%zu says %.*s\n", run->prompts[i].visit, TL_FMT(run->prompts[i].text));
	if (!whole)
		return;
	for (size_t i = 0; i < run->n_variables; i++) {
		tl_buf_printf(out, "%.*s=", TL_FMT(run->variables[i].name));
		tl_value_json(out, &run->variables[i].value);
		tl_buf_char(out, '\n');
	}
	tl_buf_printf(out, "%s %s at %.*s in %lldms, %.*s %.*s %.*s\n", tl_status_name(run->status), run->error ? run->error : "",
	              TL_FMT(run->ended_at ? run->ended_at->name.text : TL_STR("-")), (long long)run->duration_ms, TL_FMT(run->transfer_kind),
	              TL_FMT(run->transfer.text), TL_FMT(run->exit));
}

/* Runs the text as flow-simulate would, and says what failed. */
static void replay(struct tl_run *run, struct tl_str text, const struct tl_edition *edition, bool exact)
{
	struct tl_findings findings = { 0 };
	struct tl_arena arena = { 0 };
	struct tl_failures failures = { 0 };
	struct tl_suite *suite;
	struct tl_case one;

	if (tl_suite_read(&suite, TL_STR("r.suite.yaml"), text, &yard.schemas, &yard.limits, &findings) != 0)
		fail_msg("%.*s\n%.*s", TL_FMT(findings.items[0].message), TL_FMT(text));
	struct tl_case_context context = {
		.flow = edition->program.flow, .project = yard.project, .limits = &yard.limits, .source = &suite->doc->source, .findings = &findings,
	};

	if (!tl_case_read(&one, &arena, suite->cases->first, suite->defaults, &context))
		fail_msg("%.*s\n%.*s", TL_FMT(findings.items[0].message), TL_FMT(text));
	tl_case_run(run, &one, &edition->program, yard.project);
	tl_expect_check(&failures, &arena, &one, run, NULL);
	if (failures.count > 0 && exact)
		fail_msg("%s: expected %.*s, was %.*s\n%.*s", failures.items[0].expectation, TL_FMT(failures.items[0].expected), TL_FMT(failures.items[0].actual), TL_FMT(text));
	tl_suite_free(suite);
	tl_arena_clear(&arena);
	tl_findings_clear(&findings);
}

static void compare(uint64_t seed, const struct tl_run *live, const struct tl_run *again, struct tl_str text, bool whole)
{
	struct tl_buf was = { 0 }, is = { 0 };

	describe(&was, live, whole);
	describe(&is, again, whole);
	if (!tl_str_equal(tl_buf_view(&was), tl_buf_view(&is)))
		fail_msg("seed %llu\n---- live\n%.*s---- again\n%.*s---- recorded\n%.*s", (unsigned long long)seed, TL_FMT(tl_buf_view(&was)), TL_FMT(tl_buf_view(&is)),
		         TL_FMT(text));
	tl_buf_clear(&was);
	tl_buf_clear(&is);
}

/* Whether the recording ends exactly where the live call did: not where it was full, nor where a line was lost when there was no time left to the wait. */
static bool is_exact(struct tl_str text, const struct tl_call *call, int64_t max_ms)
{
	if (tl_str_find(text, TL_STR("# The call was longer"), 0) != SIZE_MAX)
		return false;
	if (tl_call_status(call) != TL_RUNNING)
		return true;
	return tl_call_now(call) < max_ms && (tl_call_waits(call) != TL_WAIT_INPUT || tl_call_deadline(call) > tl_call_now(call));
}

/* ---- one call */

static void offer_of(struct tl_offer *out, struct tl_arena *arena, struct phone *phone, const struct tl_flow *flow)
{
	static const char *const offers[] = {
		"{\"callControlId\": \"c-1\", \"caller\": {\"number\": \"+1415\", \"name\": \"\\\"A\\\": #\\u0007\"}}",
		"{\"callControlId\": \"- c\\n: [\", \"externalId\": \"crm\", \"language\": \"de-de\", \"caller\": {\"number\": \"\"}}",
		"{\"callControlId\": \"c-3\", \"externalId\": \"crm\"}",
		"{\"callControlId\": \"c-4\", \"variables\": {\"tier\": \"'x: y\"}, \"caller\": {\"number\": \"1\", \"name\": \"${tier}\"}}",
	};
	struct tl_error err;
	uint32_t slot = tl_map_index(&flow->variable_names, TL_STR("tier"));
	uint32_t which = draw(phone, slot != TL_NONE && flow->variables[slot].declared ? 4 : 3);

	assert_int_equal(tl_offer_read(out, arena, tl_str(offers[which]), &err), 0);
}

/* Returns whether the call came to its end. */
static bool one_call(uint64_t seed, const struct tl_program *program, bool keep_sensitive)
{
	static const struct tl_session_hooks hooks = {
		.play = play, .stop = stop, .transfer = transfer, .hang_up = hang_up, .profile = profile, .emitted = emitted,
	};
	static const int64_t times[] = { 3000, 30000, 600000 };
	static const uint64_t steps[] = { 20, 100, 1000 };
	struct tl_run live = { 0 }, again = { 0 };
	struct phone phone = { .random = { seed * 2654435761u + 99 }, .sink = tl_run_sink(&live), .now_ms = 123456 };
	struct tl_recording *recording = tl_recording_new(keep_sensitive);
	struct tl_arena arena = { 0 };
	struct tl_buf text = { 0 };
	struct tl_offer offer;
	struct tl_error err = { 0 };
	bool ended;
	struct tl_edition edition = {
		.program = *program, .project = yard.project, .max_time_ms = times[seed % 3], .max_steps = steps[seed / 3 % 3],
	};

	draw(&phone, 2);
	offer_of(&offer, &arena, &phone, program->flow);
	if (tl_session_new(&phone.session, &edition, &offer, &hooks, &phone, recording, &err) != 0)
		fail_msg("%s", err.message);
	tl_arena_clear(&arena);
	assert_true(tl_session_begin(phone.session, phone.now_ms, 1780000000123));
	for (int i = 0; i < most_events[seed % TL_COUNT(most_events)] && !tl_session_ended(phone.session); i++)
		happen_in_time(&phone);
	ended = tl_session_ended(phone.session);
	tl_recording_write(&text, recording, phone.session);
	tl_run_finish(&live, tl_session_call(phone.session), program->flow);
	replay(&again, tl_buf_view(&text), &edition, keep_sensitive);
	if (keep_sensitive && is_exact(tl_buf_view(&text), tl_session_call(phone.session), edition.max_time_ms))
		compare(seed, &live, &again, tl_buf_view(&text), ended);
	assert_true(!ended || phone.hang_ups == (live.status != TL_ABANDONED && live.transfer_kind.len == 0) || live.status == TL_CALL_TIMED_OUT);
	tl_session_free(phone.session);
	tl_recording_free(recording);
	tl_run_clear(&live);
	tl_run_clear(&again);
	tl_buf_clear(&text);
	return ended;
}

static bool random_call(uint64_t seed, bool keep_sensitive)
{
	struct tl_flow *flow = seed % 4 ? lively_flow(seed) : random_flow(seed), *other = seed % 4 ? lively_flow(seed + 1000000) : random_flow(seed + 1000000);
	struct tl_program program = { .flow = flow, .find = find, .data = other };
	bool ended;

	if (!tl_flow_runs(flow, NULL) || !tl_flow_runs(other, NULL))
		fail_msg("seed %llu cannot run", (unsigned long long)seed);
	ended = one_call(seed, &program, keep_sensitive);
	tl_flow_free(flow);
	tl_flow_free(other);
	return ended;
}

static void test_replays(void **state)
{
	size_t ended = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= CALLS; seed++)
		ended += random_call(seed, true);
	assert_in_range(ended, CALLS / 2, CALLS - 1);
}

static void test_masked(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= CALLS / 5; seed++)
		random_call(seed, false);
}

/* ---- the example flows */

static const char *const examples[] = { "front-desk", "billing-ivr", "member-menu", "order-status", "opening-hours", "hello" };

static const struct tl_flow *find_example(void *data, struct tl_str id)
{
	struct tl_flow *const *flows = data;

	for (size_t i = 0; i < TL_COUNT(examples); i++) {
		if (tl_str_equal(flows[i]->id.text, id))
			return flows[i];
	}
	return NULL;
}

static struct tl_flow *read_example(const char *name)
{
	struct tl_arena arena = { 0 };
	struct tl_error err;
	struct tl_flow *flow;
	struct tl_str text;

	if (tl_file_read(&text, &arena, tl_arena_printf(&arena, "flows/%s.flow.yaml", name).ptr, (uint64_t)1 << 20, &err) != 0)
		fail_msg("%s", err.message);
	flow = unit_native(tl_arena_dup(&arena, text).ptr);
	tl_arena_clear(&arena);
	return flow;
}

static void test_examples(void **state)
{
	struct tl_flow *flows[TL_COUNT(examples)];

	(void)state;
	for (size_t i = 0; i < TL_COUNT(examples); i++)
		flows[i] = read_example(examples[i]);
	for (size_t i = 0; i < TL_COUNT(examples); i++) {
		struct tl_program program = { .flow = flows[i], .find = find_example, .data = flows };

		for (uint64_t seed = 1; seed <= CALLS / 15; seed++)
			one_call(seed, &program, true);
	}
	for (size_t i = 0; i < TL_COUNT(examples); i++)
		tl_flow_free(flows[i]);
}

/* ---- the group */

static int set_up(void **state)
{
	struct tl_findings findings = { 0 };
	struct tl_error err;

	(void)state;
	tl_schemas_init(&yard.schemas);
	yard.limits = tl_limits_default();
	assert_int_equal(tl_project_read(&yard.project, TL_STR("trunkline.yaml"), TL_STR("schedules:\n  office: {time_zone: UTC, weekly: {thursday: [\"00:00-20:26\"]}}\n"),
	                                 &yard.schemas, &findings, &err),
	                 0);
	tl_findings_clear(&findings);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tl_project_free(yard.project);
	tl_schemas_clear(&yard.schemas);
	return 0;
}

int test_live_replay(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replays),
		cmocka_unit_test(test_masked),
		cmocka_unit_test(test_examples),
	};

	return cmocka_run_group_tests_name("test_live_replay", tests, set_up, tear_down);
}

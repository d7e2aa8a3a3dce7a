/* tests/unit/test_live_session.c: what a live call asks for, event by event; offers; how much memory a call takes. */
#include "unit.h"

#include <stdio.h>

#include "live/recording.h"
#include "live/session.h"
#include "unit_flow.h"

/* ---- a call by script
 *
 * A script is events with a blank between: TIME:EVENT, where an event is a key (k1), played, alarm, found, missing, failed, taken, refused, hangup, again. `!` after it: it is
 * dropped. The log is what was asked for, with `@TIME` before what an event led to, and `;` at the end the status and when the call would be rung next. */

struct phone {
	struct tl_buf log;
};

static void play(void *data, const struct tl_session_play *play)
{
	struct phone *phone = data;

	tl_buf_printf(&phone->log, " play %.*s", TL_FMT(play->audio));
	if (!play->keys_heard)
		tl_buf_text(&phone->log, " deaf");
	if (play->keys.len > 0)
		tl_buf_printf(&phone->log, " [%.*s]", TL_FMT(play->keys));
}

static void stop(void *data)
{
	tl_buf_text(&((struct phone *)data)->log, " stop");
}

static void transfer(void *data, struct tl_str kind, struct tl_str target)
{
	tl_buf_printf(&((struct phone *)data)->log, " transfer %.*s=%.*s", TL_FMT(kind), TL_FMT(target));
}

static void hang_up(void *data, struct tl_str exit, struct tl_str reason)
{
	tl_buf_printf(&((struct phone *)data)->log, " hang up (%.*s, %.*s)", TL_FMT(exit), TL_FMT(reason));
}

static void profile(void *data, struct tl_str external_id)
{
	tl_buf_printf(&((struct phone *)data)->log, " profile %.*s", TL_FMT(external_id));
}

static const struct tl_session_hooks hooks = { .play = play, .stop = stop, .transfer = transfer, .hang_up = hang_up, .profile = profile };

static bool find_profile(struct tl_session *session, int64_t now_ms)
{
	struct tl_error err;
	struct tl_doc *doc;
	bool used;

	assert_int_equal(tl_json_parse(&doc, TL_STR("p"), TL_STR("{\"level\": \"gold\"}"), &err), 0);
	used = tl_session_profile(session, now_ms, TL_ANSWER_FOUND, doc->root);
	tl_doc_free(doc);
	return used;
}

static bool happen(struct tl_session *session, int64_t now_ms, struct tl_str event)
{
	if (tl_str_is(event, "played"))
		return tl_session_played(session, now_ms);
	if (tl_str_is(event, "alarm"))
		return tl_session_alarm(session, now_ms);
	if (tl_str_is(event, "found"))
		return find_profile(session, now_ms);
	if (tl_str_is(event, "missing"))
		return tl_session_profile(session, now_ms, TL_ANSWER_NOT_FOUND, NULL);
	if (tl_str_is(event, "failed"))
		return tl_session_profile(session, now_ms, TL_ANSWER_FAILED, NULL);
	if (tl_str_is(event, "taken") || tl_str_is(event, "refused"))
		return tl_session_transferred(session, now_ms, tl_str_is(event, "taken"));
	if (tl_str_is(event, "hangup"))
		return tl_session_hung_up(session, now_ms);
	if (tl_str_is(event, "again")) {
		tl_session_again(session, now_ms);
		return true;
	}
	assert_true(event.len == 2 && event.ptr[0] == 'k');
	return tl_session_key(session, now_ms, event.ptr[1]);
}

/* One word of a script: "1500:k1!". */
static void do_word(struct phone *phone, struct tl_session *session, struct tl_str word)
{
	size_t colon = tl_str_find(word, TL_STR(":"), 0);
	bool dropped = tl_str_ends(word, TL_STR("!"));
	struct tl_str event = tl_str_slice(word, colon + 1, word.len - dropped);
	int64_t now_ms = strtoll(word.ptr, NULL, 10);

	assert_true(colon != SIZE_MAX);
	tl_buf_printf(&phone->log, " @%lld", (long long)now_ms);
	if (happen(session, now_ms, event) == dropped)
		fail_msg("%.*s: %s", TL_FMT(word), dropped ? "was taken" : "was dropped");
}

static void do_script(struct phone *phone, struct tl_session *session, const char *script)
{
	struct tl_str rest = tl_str(script);

	while (rest.len > 0) {
		size_t blank = tl_str_find(rest, TL_STR(" "), 0);
		struct tl_str word = tl_str_slice(rest, 0, blank == SIZE_MAX ? rest.len : blank);

		do_word(phone, session, word);
		rest = tl_str_slice(rest, word.len + (blank != SIZE_MAX), rest.len);
	}
}

static void offer_of(struct tl_offer *out, struct tl_arena *arena, const char *text)
{
	struct tl_error err;

	if (tl_offer_read(out, arena, tl_str(text), &err) != 0)
		fail_msg("%s", err.message);
}

#define VOICE "flow: t\nchannel: voice\nstart: a\n"
#define CALLER "{\"callControlId\": \"c\", \"caller\": {\"number\": \"+1\"}}"
#define END "  z: {type: end, exit: done, reason: bye}\n"
#define MENU \
	"  a: {type: menu, prompt: {audio: m}, choices: [{key: '1', prompt: {audio: m1}, next: b}, {key: '2', next: z}], no_input: {timeout: 5s, retries: 1, prompt: {audio: silent}},\n" \
	"      no_match: {retries: 1, prompt: {audio: wrong}}, otherwise: z}\n"

static const struct row {
	const char *what, *flow, *offer, *script, *expected;
} rows[] = {
	{ "one prompt at a time, with the keys that are offered; then silence until the deadline",
	  VOICE "nodes:\n" MENU "  b: {type: end}\n" END, CALLER, "1000:played 2000:played",
	  " play m [12] @1000 play m1 [12] @2000; lost 7000" },
	{ "a key ends the prompt that plays, the others of its attempt are not played, and what follows is deaf",
	  VOICE "nodes:\n" MENU "  b: {type: play, prompt: {audio: thanks}, next: c}\n  c: {type: transfer, to: {queue: q}}\n" END, CALLER,
	  "300:k1 400:k2! 900:played 950:k1 1000:taken",
	  " play m [12] @300 stop play thanks deaf @400 @900 transfer queue=q @950 @1000; completed -1" },
	{ "the choices of a dynamic menu are those that the profile allows",
	  VOICE "nodes:\n  a: {type: lookup_profile, found: b, not_found: b}\n"
	  "  b: {type: menu, prompt: {audio: m}, choices: [{key: '1', when: {variable: profile.level, equals: gold}, prompt: {audio: gold}, next: z},\n"
	  "    {key: '9', when: {variable: profile.level, equals: tin}, prompt: {audio: tin}, next: z}, {key: '0', next: z}], otherwise: z}\n" END,
	  CALLER, "700:found 900:played", " profile +1 @700 play m [10] @900 play gold [10]; lost 60900" },
	{ "an unknown profile is an answer", VOICE "nodes:\n  a: {type: lookup_profile, found: z, not_found: b}\n  b: {type: play, prompt: {audio: m}, next: z}\n" END, CALLER,
	  "700:missing", " profile +1 @700 play m; lost 60700" },
	{ "the external id stands for the number; an id that is known is not asked for again, one that failed is; a node's own `by` stays",
	  VOICE "nodes:\n  a: {type: lookup_profile, found: b, not_found: b, failed: a}\n  b: {type: lookup_profile, found: c, not_found: z}\n"
	  "  c: {type: lookup_profile, by: '${caller.number}', found: d, not_found: d}\n  d: {type: lookup_profile, by: crm, found: e, not_found: z}\n"
	  "  e: {type: lookup_profile, by: '', found: z, not_found: f}\n  f: {type: play, prompt: {audio: f}, next: z}\n" END,
	  "{\"callControlId\": \"c\", \"externalId\": \"crm\", \"caller\": {\"number\": \"+1\"}}", "100:failed 200:found 300:missing",
	  " profile crm @100 profile crm @200 profile +1 @300 play f; lost 60300" },
	{ "an offer of an id alone can be looked up", VOICE "nodes:\n  a: {type: lookup_profile, found: z, not_found: z}\n" END, "{\"callControlId\": \"c\", \"externalId\": \"crm\"}",
	  "", " profile crm; lost -1" },
	{ "the clock stands still during a lookup: a deadline is measured from its end",
	  VOICE "nodes:\n  a: {type: lookup_profile, found: b, not_found: b}\n  b: {type: menu, prompt: {audio: m}, choices: [{key: '1', next: z}], otherwise: z}\n" END, CALLER,
	  "90000:missing 91000:played 95999:alarm! 96000:alarm", " profile +1 @90000 play m [1] @91000 @95999 @96000 hang up (done, bye); completed -1" },
	{ "silence, a wrong key, silence", VOICE "nodes:\n" MENU "  b: {type: end}\n" END, CALLER,
	  "100:played 200:played 5200:alarm 5300:played 5400:played 5500:k7 6000:played 6100:played 11100:alarm",
	  " play m [12] @100 play m1 [12] @200 @5200 play silent [12] @5300 play m1 [12] @5400 @5500 play wrong [12] @6000 play m1 [12] @6100 @11100 hang up (done, bye); completed -1" },
	{ "silence counts from the deadline, however late it rings",
	  VOICE "nodes:\n" MENU "  b: {type: end}\n" END, CALLER, "100:played 200:played 5900:alarm", " play m [12] @100 play m1 [12] @200 @5900 play silent [12]; lost 65200" },
	{ "a key that came at the deadline is in time, one after it is too late",
	  VOICE "nodes:\n" MENU "  b: {type: play, prompt: {audio: yes}, next: z}\n" END, CALLER, "100:played 200:played 5200:k1", " play m [12] @100 play m1 [12] @200 @5200 play yes deaf; lost 65200" },
	{ "a key after the deadline counts for the next attempt, also where nobody rang",
	  VOICE "nodes:\n" MENU "  b: {type: play, prompt: {audio: yes}, next: z}\n" END, CALLER, "100:played 200:played 5201:k1",
	  " play m [12] @100 play m1 [12] @200 @5201 play silent [12] stop play yes deaf; lost 65201" },
	{ "what is typed ahead is kept, and prompts that ask are skipped for it",
	  VOICE "nodes:\n  a: {type: play, prompt: {audio: hello}, next: b}\n  b: {type: play, prompt: {audio: news}, next: c}\n"
	  "  c: {type: menu, prompt: {audio: m}, choices: [{key: '1', next: d}], otherwise: z}\n  d: {type: play, prompt: {audio: e}, next: f}\n"
	  "  f: {type: menu, prompt: {audio: m2}, choices: [{key: '2', next: z}], otherwise: z}\n" END,
	  CALLER, "100:k1 200:k2 300:played",
	  " play hello @100 stop play news @200 stop play e deaf @300 hang up (done, bye); completed -1" },
	{ "keys during a lookup and a transfer are kept",
	  VOICE "nodes:\n  a: {type: lookup_profile, found: b, not_found: b}\n  b: {type: transfer, to: {queue: q}, failed: c}\n"
	  "  c: {type: menu, prompt: {audio: m}, choices: [{key: '1', next: d}], otherwise: z}\n  d: {type: menu, prompt: {audio: m}, choices: [{key: '2', next: z}], otherwise: a}\n" END,
	  CALLER, "100:k1 200:missing 300:k2 400:refused", " profile +1 @100 @200 transfer queue=q @300 @400 hang up (done, bye); completed -1" },
	{ "a gather takes digits until its terminator; each starts the time anew",
	  VOICE "variables: {v: {type: string}}\nnodes:\n  a: {type: gather, prompt: {audio: g}, into: v, digits: {terminator: '*'}, next: b, otherwise: z}\n"
	  "  b: {type: transfer, to: {queue: 'q${v}'}}\n" END,
	  CALLER, "100:k1 4000:k2 8000:k# 9000:k*", " play g [0123456789*] @100 stop @4000 @8000 @9000 transfer queue=q12#; lost 39000" },
	{ "the language picks the audio, else the first", VOICE "nodes:\n  a: {type: play, prompt: {audio: {en-us: e, de-de: d}}, next: b}\n"
	  "  b: {type: play, prompt: {audio: {en-us: e, fr-fr: f}}, next: z}\n" END,
	  "{\"callControlId\": \"c\", \"language\": \"DE-de\"}", "100:played", " play d @100 play e; lost 60100" },
	{ "a prompt without audio takes no time", VOICE "nodes:\n  a: {type: play, prompt: {text: t}, next: b}\n  b: {type: play, prompt: {audio: e}, next: z}\n" END, CALLER, "",
	  " play e; lost 60000" },
	{ "a playback that nobody tells the end of is over some time after its length",
	  VOICE "nodes:\n  a: {type: play, prompt: {audio: a, duration: 3s}, next: b}\n  b: {type: play, prompt: {audio: b}, next: z}\n" END, CALLER,
	  "12999:alarm! 13000:alarm 72999:alarm! 73000:alarm 73001:played!", " play a @12999 @13000 play b @72999 @73000 hang up (done, bye) @73001; completed -1" },
	{ "a transfer that nobody answers is refused", VOICE "nodes:\n  a: {type: transfer, to: {number: '+49'}, failed: b}\n  b: {type: play, prompt: {audio: busy}, next: z}\n" END,
	  CALLER, "29999:alarm! 30000:alarm 30001:taken!", " transfer number=+49 @29999 @30000 play busy @30001; lost 90000" },
	{ "a refused transfer that the flow has nothing for ends the call", VOICE "nodes:\n  a: {type: transfer, to: {queue: q}}\n" END, CALLER, "100:refused",
	  " transfer queue=q @100 hang up (, failed); failed -1" },
	{ "the caller hangs up: nothing more is asked for, and nothing more is taken",
	  VOICE "nodes:\n" MENU "  b: {type: end}\n" END, CALLER, "100:hangup 100:hangup! 100:k1! 100:played! 100:again", " play m [12] @100 @100 @100 @100 @100; abandoned -1" },
	{ "a hang-up during a lookup", VOICE "nodes:\n  a: {type: lookup_profile, found: z, not_found: z}\n" END, CALLER, "100:hangup 200:found!", " profile +1 @100 @200; abandoned -1" },
	{ "out of order: dropped", VOICE "nodes:\n" MENU "  b: {type: end}\n" END, CALLER, "10:taken! 10:found! 100:played 200:played 300:played!",
	  " play m [12] @10 @10 @100 play m1 [12] @200 @300; lost 5200" },
	{ "after a lost line what was playing plays again, from the first; a transfer is asked again; silence goes on",
	  VOICE "nodes:\n  a: {type: menu, prompt: {audio: m, duration: 1s}, choices: [{key: '1', next: b}], otherwise: z}\n  b: {type: transfer, to: {queue: q}, failed: z}\n" END, CALLER,
	  "500:again 1500:played 2000:again 2500:k1 3000:again 3500:taken",
	  " play m [1] @500 play m [1] @1500 @2000 @2500 transfer queue=q @3000 transfer queue=q @3500; completed -1" },
	{ "data actions fail at once; schedules are known", VOICE "nodes:\n  a: {type: data_action, action: x, next: z, failed: b}\n  b: {type: play, prompt: {audio: f}, next: c}\n"
	  "  c: {type: hours, schedule: none, open: z, closed: z}\n" END,
	  CALLER, "100:played", " play f @100 hang up (, failed); failed -1" },
	{ "a call that goes round is stuck", VOICE "nodes:\n  a: {type: play, prompt: {text: t}, next: a}\n", CALLER, "", " hang up (, stuck); stuck -1" },
	{ "a call is given up after its time", VOICE "nodes:\n  a: {type: play, prompt: {audio: t}, next: a}\n", CALLER, "50000:played 100000:played 120001:played",
	  " play t @50000 play t @100000 play t @120001 hang up (, timed_out); timed_out -1" },
	{ "other signs are no keys", VOICE "nodes:\n" MENU "  b: {type: end}\n" END, CALLER, "10:kA! 20:k+!", " play m [12] @10 @20; lost 60000" },
};

static void run_row(const struct row *row)
{
	struct tl_flow *flow = unit_native(row->flow);
	struct tl_edition edition = { .program = { .flow = flow } };
	struct tl_session *session;
	struct tl_arena arena = { 0 };
	struct phone phone = { 0 };
	struct tl_offer offer;
	struct tl_error err;

	offer_of(&offer, &arena, row->offer);
	assert_row(row->what, tl_session_new(&session, &edition, &offer, &hooks, &phone, NULL, &err) == 0);
	tl_arena_clear(&arena);
	assert_false(tl_session_key(session, 0, '1'));
	assert_true(tl_session_begin(session, 0, 0));
	assert_false(tl_session_begin(session, 0, 0));
	do_script(&phone, session, row->script);
	tl_buf_printf(&phone.log, "; %s %lld", tl_session_status(session), (long long)tl_session_alarm_at(session));
	if (!tl_str_is(tl_buf_view(&phone.log), row->expected))
		print_error("%s\n", row->what);
	assert_str(tl_buf_view(&phone.log), row->expected);
	tl_session_free(session);
	tl_buf_clear(&phone.log);
	tl_flow_free(flow);
}

static void test_scripts(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++)
		run_row(&rows[i]);
}

/* What the caller counts as unexpected; and keys past those that are kept. */
static void test_bounds(void **state)
{
	struct tl_flow *flow = unit_native(VOICE "nodes:\n  a: {type: lookup_profile, found: z, not_found: b}\n  b: {type: transfer, to: {queue: q}, failed: c}\n"
	                                         "  c: {type: play, prompt: {audio: x}, next: d}\n  d: {type: transfer, to: {queue: q}}\n" END);
	struct tl_edition edition = { .program = { .flow = flow } };
	struct tl_session *session;
	struct tl_arena arena = { 0 };
	struct phone phone = { 0 };
	struct tl_offer offer;
	struct tl_error err;

	(void)state;
	offer_of(&offer, &arena, CALLER);
	assert_int_equal(tl_session_new(&session, &edition, &offer, &hooks, &phone, NULL, &err), 0);
	assert_null(tl_session_call(session));
	assert_true(tl_session_begin(session, 0, 0));
	for (int i = 0; i < TL_SESSION_KEYS; i++)
		assert_true(tl_session_key(session, 10, '1'));
	assert_false(tl_session_key(session, 10, '1'));
	assert_true(tl_session_profile(session, 20, TL_ANSWER_NOT_FOUND, NULL));
	assert_true(tl_session_alarm(session, 40000));
	/* A key that is dropped ends the prompt all the same. */
	assert_false(tl_session_key(session, 40001, '1'));
	assert_int_equal(tl_call_waits(tl_session_call(session)), TL_WAIT_TRANSFER);
	assert_int_equal(tl_session_unanswered(session), 1);
	assert_ptr_equal(tl_session_edition(session), &edition);
	tl_session_free(session);
	tl_session_free(NULL);
	tl_buf_clear(&phone.log);
	tl_arena_clear(&arena);
	tl_flow_free(flow);
}

/* A call of a menu for a caller with a profile stays small: thousands are held at once. */
static void test_memory(void **state)
{
	struct tl_flow *flow = unit_native(VOICE "variables: {destination: {type: string}}\nnodes:\n  a: {type: lookup_profile, found: b, not_found: b}\n"
	                                         "  b: {type: menu, prompt: {audio: m}, choices: [{key: '1', when: {variable: profile.level, equals: gold}, set: {destination: 'ext:1'}, next: b}], otherwise: b}\n");
	struct tl_edition edition = { .program = { .flow = flow }, .max_steps = 100000, .max_time_ms = 100000000 };
	struct tl_session *session;
	struct tl_arena arena = { 0 };
	struct phone phone = { 0 };
	struct tl_offer offer;
	struct tl_error err;
	size_t most = 0;

	(void)state;
	offer_of(&offer, &arena, CALLER);
	assert_int_equal(tl_session_new(&session, &edition, &offer, &hooks, &phone, NULL, &err), 0);
	tl_session_begin(session, 0, 0);
	assert_true(find_profile(session, 10));
	for (int i = 0; i < 1000; i++) {
		assert_true(tl_session_key(session, 20 + i, '1'));
		most = tl_session_bytes(session) > most ? tl_session_bytes(session) : most;
	}
	assert_in_range(most, 500, 2048);
	tl_session_free(session);
	tl_buf_clear(&phone.log);
	tl_arena_clear(&arena);
	tl_flow_free(flow);
}

/* ---- offers */

static const struct {
	const char *text, *expected; /* the error, or NULL */
} offer_rows[] = {
	{ "{\"callControlId\": \"c\"}", NULL },
	{ "{\"callControlId\": \"c\", \"externalId\": null, \"caller\": null, \"variables\": null, \"language\": \"en\"}", NULL },
	{ "{\"callControlId\": \"c\", \"caller\": {\"number\": \"1\", \"name\": null}, \"variables\": {\"v\": \"x\", \"n\": \"5\", \"o\": {\"a\": 1}}, \"language\": \"zh-Hans-CN\"}", NULL },
	{ "", "an offer that is no JSON: " },
	{ "{\"callControlId\": ", "an offer that is no JSON: " },
	{ "{\"callControlId\": \"c\", \"callControlId\": \"d\"}", "an offer that is no JSON: " },
	{ "[]", "an offer is a map such as {\"callControlId\": \"call-1\"}" },
	{ "{}", "an offer needs a callControlId" },
	{ "{\"callControlId\": \"\"}", "an offer needs a callControlId" },
	{ "{\"callControlId\": 5}", "'callControlId' is no text" },
	{ "{\"callControlId\": \"a\\u0000b\"}", "an id holds a NUL" },
	{ "{\"callControlID\": \"c\"}", "an offer has no member 'callControlID', did you mean 'callControlId'?" },
	{ "{\"callControlId\": \"c\", \"queue\": 1}", "an offer has no member 'queue'" },
	{ "{\"callControlId\": \"c\", \"caller\": \"+1\"}", "'caller' is no map such as {\"number\": \"+14155551234\"}" },
	{ "{\"callControlId\": \"c\", \"caller\": {\"nmber\": \"+1\"}}", "'caller' has no member 'nmber', did you mean 'number'?" },
	{ "{\"callControlId\": \"c\", \"caller\": {\"number\": 1}}", "'caller.number' is no text" },
	{ "{\"callControlId\": \"c\", \"language\": \"en_US\"}", "'language' is none such as en-us: 'en_US'" },
	{ "{\"callControlId\": \"c\", \"variables\": []}", "'variables' is no map such as {\"tier\": \"gold\"}" },
	{ "{\"callControlId\": \"c\", \"variables\": {\"vv\": 1}}", "the flow 't' has no variable 'vv', did you mean 'v'?" },
	{ "{\"callControlId\": \"c\", \"variables\": {\"other\": 1}}", "the flow 't' has no variable 'other'" },
	{ "{\"callControlId\": \"c\", \"variables\": {\"n\": \"five\"}}", "the value of 'n' cannot become a number" },
	{ "{\"callControlId\": \"c\", \"variables\": {\"v\": null}}", "the value of 'v' cannot become a string" },
	{ "{\"callControlId\": \"c\", \"variables\": {\"v\": [1]}}", "the value of 'v' cannot become a string" },
};

static void test_offers(void **state)
{
	struct tl_flow *flow = unit_native(VOICE "variables: {v: {type: string}, n: {type: number}, o: {type: object}}\nnodes:\n  a: {type: end}\n");
	struct tl_edition edition = { .program = { .flow = flow } };
	struct phone phone = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(offer_rows); i++) {
		const char *expected = offer_rows[i].expected;
		struct tl_session *session = NULL;
		struct tl_arena arena = { 0 };
		struct tl_error err = { 0 };
		struct tl_offer offer;
		bool good = tl_offer_read(&offer, &arena, tl_str(offer_rows[i].text), &err) == 0 &&
		            tl_session_new(&session, &edition, &offer, &hooks, &phone, NULL, &err) == 0;

		assert_row(offer_rows[i].text, good == !expected);
		assert_row(offer_rows[i].text, good || (err.code == TL_USAGE && tl_str_starts(tl_str(err.message), tl_str(expected))));
		assert_str(offer.text, offer_rows[i].text);
		tl_session_free(session);
		tl_arena_clear(&arena);
	}
	tl_buf_clear(&phone.log);
	tl_flow_free(flow);
}

static void test_large_offers(void **state)
{
	struct tl_buf text = { 0 };
	struct tl_arena arena = { 0 };
	struct tl_error err;
	struct tl_offer offer;

	(void)state;
	tl_buf_text(&text, "{\"callControlId\": \"");
	for (size_t i = 0; i < TL_OFFER_ID_LIMIT + 1; i++)
		tl_buf_char(&text, 'c');
	tl_buf_text(&text, "\"}");
	assert_int_equal(tl_offer_read(&offer, &arena, tl_buf_view(&text), &err), -1);
	assert_string_equal(err.message, "an id is longer than 256 bytes");
	while (text.len <= TL_OFFER_LIMIT)
		tl_buf_char(&text, ' ');
	assert_int_equal(tl_offer_read(&offer, &arena, tl_buf_view(&text), &err), -1);
	assert_true(tl_str_starts(tl_str(err.message), TL_STR("an offer of ")));
	tl_buf_clear(&text);
	tl_arena_clear(&arena);
}

int test_live_session(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scripts), cmocka_unit_test(test_bounds), cmocka_unit_test(test_memory),
		cmocka_unit_test(test_offers),  cmocka_unit_test(test_large_offers),
	};

	return cmocka_run_group_tests_name("test_live_session", tests, NULL, NULL);
}

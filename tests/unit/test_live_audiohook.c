/* tests/unit/test_live_audiohook.c: a call over AudioHook, played by a platform of the test's own: what is sent, when, and what is refused. */
#include "live/audiohook.h"

#include "base/buf.h"
#include "base/file.h"
#include "doc/json.h"
#include "live/wav.h"
#include "schema/schema.h"
#include "unit.h"
#include "unit_flow.h"

#define SESSION "30b0e395-84d3-4570-ac13-9a62d8f514c0"
#define ORGANIZATION "d7934305-0972-4844-938e-9060eef73d05"
#define CONVERSATION "e160e428-53e2-487c-977d-96989bf5c99d"
#define WALL_MS 1767225600000

static const char flow_text[] =
	"flow: hook\nname: Hook\nchannel: voice\nstart: hello\n"
	"variables:\n  tier: {type: string, default: none}\n  pin: {type: string, sensitive: true}\n"
	"  count: {type: number, default: 0}\n"
	"prompts:\n  hi: {audio: hi.wav}\n  ask: {audio: ask.wav}\n  ok: {audio: ok.wav}\n"
	"nodes:\n  hello: {type: play, prompt: hi, next: main}\n"
	"  main:\n    type: menu\n    prompt: ask\n    choices:\n      - {key: \"1\", set: {count: 1}, next: thanks}\n      - {key: \"2\", next: pin}\n"
	"    no_input: {timeout: 4s}\n    otherwise: over\n"
	"  pin: {type: gather, prompt: ask, into: pin, digits: {max: 2}, next: over, otherwise: over}\n"
	"  thanks: {type: play, prompt: ok, next: desk}\n"
	"  desk: {type: transfer, to: {queue: front}, failed: over}\n"
	"  over: {type: end, exit: done}\n";

/* What the vendor's types allow a server to say; read once for the group. */
static struct {
	struct tl_arena arena;
	struct tl_doc *doc;
	struct tl_schema *schema;
} allowed;

static int read_allowed(void **state)
{
	struct tl_error err;
	struct tl_str bytes;

	(void)state;
	if (tl_file_read(&bytes, &allowed.arena, "tests/audiohook/messages.json", 1 << 20, &err) != 0 ||
	    tl_json_parse(&allowed.doc, TL_STR("messages.json"), bytes, &err) != 0 ||
	    tl_schema_compile(&allowed.schema, allowed.doc->root, NULL, NULL, &err) != 0) {
		print_error("%s\n", err.message);
		return -1;
	}
	return 0;
}

static int clear_allowed(void **state)
{
	(void)state;
	tl_schema_free(allowed.schema);
	tl_doc_free(allowed.doc);
	tl_arena_clear(&allowed.arena);
	return 0;
}

/* One connection and all that was sent on it, in words: a line a message or run of sound. */
struct line {
	struct tl_flow *flow;
	struct tl_edition edition;
	struct tl_audiohook *hook;
	struct tl_buf told;
	uint64_t seq, serverseq;
	size_t sound;      /* bytes since the last message */
	size_t frames, largest;
	int64_t now_ms;
	int closed;
};

static struct tl_str sound(void *data, struct tl_str audio)
{
	static const char samples[8000] = { 0 };

	(void)data;
	/* hi: half a second, ask: a second, ok: 50 ms. */
	return (struct tl_str){ samples, tl_str_is(audio, "hi.wav") ? 4000 : tl_str_is(audio, "ask.wav") ? 8000 : 400 };
}

static void end_sound(struct line *line)
{
	if (line->sound > 0)
		tl_buf_printf(&line->told, "sound %zu\n", line->sound);
	line->sound = 0;
}

static void heard_text(void *data, struct tl_str text)
{
	struct line *line = data;
	const struct tl_item *parameters, *entity, *outputs;
	struct tl_error err;
	struct tl_doc *doc;
	struct tl_str type;

	end_sound(line);
	assert_int_equal(tl_json_parse(&doc, TL_STR("m"), text, &err), 0);
	assert_true(tl_schema_check(allowed.schema, doc->root, &doc->source, NULL));
	line->serverseq++;
	assert_int_equal((uint64_t)tl_item_get(doc->root, "seq")->number, line->serverseq);
	assert_int_equal((uint64_t)tl_item_get(doc->root, "clientseq")->number, line->seq);
	assert_str(tl_item_text(doc->root, "version"), "2");
	assert_str(tl_item_text(doc->root, "id"), SESSION);
	type = tl_item_text(doc->root, "type");
	parameters = tl_item_get(doc->root, "parameters");
	tl_buf_str(&line->told, type);
	if (tl_str_is(type, "event")) {
		entity = tl_item_get(parameters, "entities")->first;
		tl_buf_printf(&line->told, " %.*s %.*s", TL_FMT(tl_item_text(entity, "type")), TL_FMT(tl_item_text(tl_item_get(entity, "data"), "disposition")));
	}
	if (tl_str_is(type, "disconnect")) {
		tl_buf_printf(&line->told, " %.*s %.*s", TL_FMT(tl_item_text(parameters, "reason")), TL_FMT(tl_item_text(parameters, "info")));
		outputs = tl_item_get(parameters, "outputVariables");
		for (const struct tl_item *one = outputs->first; one; one = one->next)
			tl_buf_printf(&line->told, " %.*s=%.*s", TL_FMT(one->key), TL_FMT(one->text));
	}
	tl_buf_char(&line->told, '\n');
	tl_doc_free(doc);
}

static void heard_audio(void *data, struct tl_str samples)
{
	struct line *line = data;

	line->sound += samples.len;
	line->frames++;
	if (samples.len > line->largest)
		line->largest = samples.len;
}

static void was_closed(void *data, int code, const char *reason)
{
	(void)reason;
	((struct line *)data)->closed = code;
}

static void line_open(struct line *line)
{
	struct tl_audiohook_config config = {
		.edition = &line->edition, .session_id = TL_STR(SESSION), .organization_id = TL_STR(ORGANIZATION), .sound = sound, .text = heard_text,
		.audio = heard_audio, .close = was_closed, .data = line,
	};

	*line = (struct line){ .now_ms = 1000 };
	line->flow = unit_native(flow_text);
	line->edition.program.flow = line->flow;
	line->hook = tl_audiohook_new(&config, line->now_ms);
}

static void line_close(struct line *line)
{
	tl_audiohook_free(line->hook);
	tl_flow_free(line->flow);
	tl_buf_clear(&line->told);
}

/* Says a message of the platform; `seq` follows. */
static void say(struct line *line, const char *type, const char *parameters)
{
	struct tl_buf text = { 0 };

	tl_buf_printf(&text, "{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"%s\",\"seq\":%d,\"serverseq\":%d,\"position\":\"PT1.0S\",\"parameters\":%s}", type,
	              (int)++line->seq, (int)line->serverseq, parameters);
	tl_audiohook_message(line->hook, line->now_ms, WALL_MS, tl_buf_view(&text));
	tl_buf_clear(&text);
}

static void say_open(struct line *line, const char *conversation)
{
	struct tl_buf text = { 0 };

	tl_buf_printf(&text, "{\"organizationId\":\"" ORGANIZATION "\",\"conversationId\":\"%s\",\"participant\":{\"id\":\"p\",\"ani\":\"tel:+15550000000\","
	              "\"aniName\":\"A\",\"dnis\":\"\"},\"media\":[{\"type\":\"audio\",\"format\":\"L16\",\"channels\":[\"external\"],\"rate\":8000},"
	              "{\"type\":\"audio\",\"format\":\"PCMU\",\"channels\":[\"external\"],\"rate\":8000}],\"language\":\"en-us\","
	              "\"inputVariables\":{\"tier\":\"gold\",\"other\":\"x\"}}", conversation);
	say(line, "open", text.data);
	tl_buf_clear(&text);
}

/* Lets time pass as the loop would: whenever something is due. */
static void pass(struct line *line, int64_t ms)
{
	int64_t end = line->now_ms + ms, due;

	for (due = tl_audiohook_due(line->hook); due >= 0 && due <= end; due = tl_audiohook_due(line->hook)) {
		line->now_ms = due > line->now_ms ? due : line->now_ms;
		tl_audiohook_tick(line->hook, line->now_ms);
	}
	line->now_ms = end;
}

/* What was told since the last time. */
static void expect(struct line *line, const char *told)
{
	end_sound(line);
	assert_str(tl_buf_view(&line->told), told);
	tl_buf_reset(&line->told);
}

/* ---- whole calls */

static void whole_call(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	say_open(&line, CONVERSATION);
	expect(&line, "opened\n");
	/* At the pace of speech, a little ahead. */
	pass(&line, 200);
	expect(&line, "sound 2560\n");
	pass(&line, 200);
	expect(&line, "sound 1440\n");
	assert_int_equal(line.largest, 8 * TL_AUDIOHOOK_PIECE_MS);
	say(&line, "playback_started", "{}");
	pass(&line, 150);
	say(&line, "playback_completed", "{}");
	pass(&line, 300);
	/* A key ends the question. */
	say(&line, "dtmf", "{\"digit\":\"1\"}");
	expect(&line, "sound 3360\nevent barge_in \nevent bot_turn_response match\n");
	pass(&line, 0);
	pass(&line, 60);
	expect(&line, "sound 400\n");
	say(&line, "playback_completed", "{}");
	expect(&line, "disconnect completed  status=completed transferKind=queue transferTarget=front tier=gold count=1\n");
	say(&line, "close", "{\"reason\":\"disconnect\"}");
	expect(&line, "closed\n");
	assert_int_equal(line.closed, 0);
	pass(&line, TL_AUDIOHOOK_CLOSE_MS);
	assert_int_equal(line.closed, 1000);
	line_close(&line);
}

/* A platform that tells nothing of playback: prompts end by their length. Silence leads to the end; a secret is no output. */
static void silence_and_secrets(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	say_open(&line, CONVERSATION);
	pass(&line, 500 + 1000 + 3999);
	expect(&line, "opened\nsound 12000\n");
	pass(&line, 1);
	expect(&line, "event bot_turn_response no_input\ndisconnect completed  status=completed exit=done tier=gold count=0\n");
	line_close(&line);

	line_open(&line);
	say_open(&line, CONVERSATION);
	pass(&line, 1600);
	say(&line, "dtmf", "{\"digit\":\"2\"}");
	say(&line, "dtmf", "{\"digit\":\"7\"}");
	say(&line, "dtmf", "{\"digit\":\"9\"}");
	expect(&line, "opened\nsound 12000\nevent bot_turn_response match\nevent barge_in \nevent bot_turn_response match\n"
	       "disconnect completed  status=completed exit=done tier=gold count=0\n");
	line_close(&line);
}

/* While the platform has paused nothing is sent, and no silence is counted. */
static void paused(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	say_open(&line, CONVERSATION);
	pass(&line, 100);
	say(&line, "paused", "{}");
	expect(&line, "opened\nsound 1760\n");
	pass(&line, 10000);
	expect(&line, "");
	assert_int_equal(tl_audiohook_due(line.hook), 1000 + 100 + TL_AUDIOHOOK_SILENT_MS);
	say(&line, "ping", "{\"rtt\":\"PT0.1S\"}");
	say(&line, "resumed", "{\"start\":\"PT1S\",\"discarded\":\"PT10S\"}");
	pass(&line, 100);
	expect(&line, "pong\nsound 800\n");
	pass(&line, 300 + 1000 + 3000);
	say(&line, "paused", "{}");
	pass(&line, 60000);
	say(&line, "resumed", "{\"start\":\"PT1S\",\"discarded\":\"PT60S\"}");
	pass(&line, 999);
	expect(&line, "sound 9440\n");
	pass(&line, 1);
	expect(&line, "event bot_turn_response no_input\ndisconnect completed  status=completed exit=done tier=gold count=0\n");
	line_close(&line);
}

/* A gap in the platform's sound is not the end of a prompt; where its word never comes, the prompt ends all the same. */
static void gaps(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	say_open(&line, CONVERSATION);
	pass(&line, 200);
	say(&line, "playback_started", "{}");
	say(&line, "playback_completed", "{}");
	pass(&line, 200);
	say(&line, "playback_started", "{}");
	expect(&line, "opened\nsound 4000\n");
	pass(&line, 500 - 400 + 1999);
	expect(&line, "");
	pass(&line, 1);
	expect(&line, "sound 960\n");
	line_close(&line);
}

/* ---- ends */

static void caller_leaves(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	say_open(&line, CONVERSATION);
	pass(&line, 1700);
	say(&line, "close", "{\"reason\":\"end\"}");
	assert_string_equal(tl_session_status(tl_audiohook_session(line.hook)), "abandoned");
	say(&line, "dtmf", "{\"digit\":\"1\"}");
	expect(&line, "opened\nsound 12000\nclosed\n");
	line_close(&line);

	line_open(&line);
	say_open(&line, CONVERSATION);
	tl_audiohook_gone(line.hook, line.now_ms + 10);
	assert_string_equal(tl_session_status(tl_audiohook_session(line.hook)), "lost");
	assert_int_equal(tl_audiohook_due(line.hook), TL_AUDIOHOOK_OPEN_MS > 0 ? -1 : 0);
	line_close(&line);
}

/* Something went wrong on the platform's side: that was not the caller. */
static void platform_fails(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	say_open(&line, CONVERSATION);
	say(&line, "error", "{\"code\":500,\"message\":\"oh\"}");
	say(&line, "close", "{\"reason\":\"error\"}");
	expect(&line, "opened\nclosed\n");
	assert_string_equal(tl_session_status(tl_audiohook_session(line.hook)), "lost");
	assert_int_equal(tl_audiohook_figures(line.hook).errors, 1);
	line_close(&line);

	line_open(&line);
	say(&line, "error", "{\"code\":408,\"message\":\"oh\"}");
	say(&line, "close", "{\"reason\":\"error\"}");
	expect(&line, "closed\n");
	line_close(&line);
}

/* Neither a ping nor a voice: it is not there any more. */
static void says_nothing(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	say_open(&line, CONVERSATION);
	say(&line, "paused", "{}");
	pass(&line, TL_AUDIOHOOK_SILENT_MS - 1);
	tl_audiohook_voice(line.hook, line.now_ms, TL_STR("voice"));
	pass(&line, TL_AUDIOHOOK_SILENT_MS - 1);
	assert_int_equal(line.closed, 0);
	pass(&line, 1);
	assert_int_equal(line.closed, 1008);
	assert_int_equal(tl_audiohook_due(line.hook), -1);
	line_close(&line);
}

/* Too many messages: none for a while, then the rest of the prompt in larger pieces, at its pace. */
static void too_many(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	say_open(&line, CONVERSATION);
	pass(&line, 600);
	expect(&line, "opened\nsound 5760\n");
	say(&line, "error", "{\"code\":429,\"message\":\"slow down\",\"retryAfter\":\"PT0.75S\"}");
	say(&line, "error", "{\"code\":429,\"message\":\"slow down\",\"retryAfter\":\"PT0.5S\"}");
	pass(&line, 750 + 20 - 1);
	expect(&line, "");
	pass(&line, 1);
	expect(&line, "sound 3200\n");
	pass(&line, 399);
	expect(&line, "");
	pass(&line, 1);
	expect(&line, "sound 3040\n");
	assert_int_equal(tl_audiohook_figures(line.hook).limited, 2);
	line_close(&line);
}

/* The word for the prompt that a key ended comes late: it is not the next prompt's. */
static void late_word(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	say_open(&line, CONVERSATION);
	pass(&line, 1000);
	expect(&line, "opened\nsound 8960\n");
	line.seq++;
	tl_audiohook_message(line.hook, line.now_ms, WALL_MS, TL_STR("{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"dtmf\",\"seq\":2,\"serverseq\":1,\"parameters\":{\"digit\":\"1\"}}"));
	pass(&line, 0);
	line.seq++;
	tl_audiohook_message(line.hook, line.now_ms, WALL_MS, TL_STR("{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"playback_completed\",\"seq\":3,\"serverseq\":1,\"parameters\":{}}"));
	expect(&line, "event barge_in \nevent bot_turn_response match\nsound 400\n");
	say(&line, "playback_completed", "{}");
	expect(&line, "disconnect completed  status=completed transferKind=queue transferTarget=front tier=gold count=1\n");
	line_close(&line);
}

/* After a wrong number nobody can count on: the close is answered whatever its own. */
static void close_after_all(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	say_open(&line, CONVERSATION);
	tl_audiohook_message(line.hook, line.now_ms, WALL_MS, TL_STR("{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"ping\",\"seq\":7,\"serverseq\":0,\"parameters\":{}}"));
	expect(&line, "opened\ndisconnect error a message's seq does not follow the last one's status=lost tier=gold count=0\n");
	tl_audiohook_message(line.hook, line.now_ms, WALL_MS, TL_STR("{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"ping\",\"seq\":9,\"serverseq\":0,\"parameters\":{}}"));
	expect(&line, "");
	tl_audiohook_message(line.hook, line.now_ms, WALL_MS, TL_STR("{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"close\",\"seq\":9,\"serverseq\":0,\"parameters\":{}}"));
	expect(&line, "closed\n");
	line_close(&line);
}

static void going_away(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	say_open(&line, CONVERSATION);
	tl_audiohook_leave(line.hook, line.now_ms);
	expect(&line, "opened\ndisconnect error the server is going away status=lost tier=gold count=0\n");
	pass(&line, TL_AUDIOHOOK_CLOSE_MS);
	assert_int_equal(line.closed, 1000);
	line_close(&line);

	line_open(&line);
	tl_audiohook_leave(line.hook, line.now_ms);
	say_open(&line, CONVERSATION);
	expect(&line, "disconnect error the server is going away\n");
	line_close(&line);
}

static void probe(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	say_open(&line, "00000000-0000-0000-0000-000000000000");
	say(&line, "ping", "{}");
	say(&line, "dtmf", "{\"digit\":\"1\"}");
	say(&line, "close", "{\"reason\":\"end\"}");
	expect(&line, "opened\npong\nclosed\n");
	assert_null(tl_audiohook_session(line.hook));
	line_close(&line);
}

static void never_opened(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	pass(&line, TL_AUDIOHOOK_OPEN_MS - 1);
	assert_int_equal(line.closed, 0);
	pass(&line, 1);
	assert_int_equal(line.closed, 1008);
	line_close(&line);
}

/* ---- rules */

static void rules(void **state)
{
	static const struct {
		const char *message, *info;
		bool opened; /* before */
	} rows[] = {
		{ "no json", "no JSON object", false },
		{ "[]", "no JSON object", false },
		{ "{\"version\":\"1\",\"id\":\"" SESSION "\",\"type\":\"open\",\"seq\":1,\"serverseq\":0,\"parameters\":{}}", "version 2", false },
		{ "{\"version\":\"2\",\"id\":\"x\",\"type\":\"open\",\"seq\":1,\"serverseq\":0,\"parameters\":{}}", "another session", false },
		{ "{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"open\",\"seq\":2,\"serverseq\":0,\"parameters\":{}}", "does not follow", false },
		{ "{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"open\",\"seq\":1.0,\"serverseq\":0,\"parameters\":{}}", "does not follow", false },
		{ "{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"open\",\"seq\":1,\"serverseq\":1,\"parameters\":{}}", "beyond what was sent", false },
		{ "{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"ping\",\"seq\":1,\"serverseq\":0,\"parameters\":{}}", "not open", false },
		{ "{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"open\",\"seq\":1,\"serverseq\":0}", "conversationId", false },
		{ "{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"open\",\"seq\":1,\"serverseq\":0,\"parameters\":{\"conversationId\":\"c\",\"organizationId\":\"" ORGANIZATION
		  "\",\"media\":[{\"type\":\"audio\",\"format\":\"PCMU\",\"channels\":[\"external\"],\"rate\":16000}]}}", "no media", false },
		{ "{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"open\",\"seq\":1,\"serverseq\":0,\"parameters\":{\"conversationId\":\"c\",\"organizationId\":\"" ORGANIZATION
		  "\",\"media\":[{\"type\":\"audio\",\"format\":\"PCMU\",\"channels\":[\"both\"],\"rate\":8000}]}}", "no media", false },
		{ "{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"ping\",\"seq\":1,\"serverseq\":1,\"parameters\":{}}", "does not follow", true },
		{ "{\"version\":\"2\",\"id\":\"" SESSION "\",\"type\":\"open\",\"seq\":2,\"serverseq\":1,\"parameters\":{}}", "second open", true },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct line line;

		line_open(&line);
		if (rows[i].opened)
			say_open(&line, CONVERSATION);
		/* What it says of seq is not looked at here. */
		line.seq = rows[i].opened ? 1 : 0;
		tl_buf_reset(&line.told);
		if (strstr(rows[i].message, rows[i].opened ? "\"seq\":2," : "\"seq\":1,") && !strstr(rows[i].info, "another session") && !strstr(rows[i].info, "version"))
			line.seq++;
		tl_audiohook_message(line.hook, line.now_ms, WALL_MS, tl_str(rows[i].message));
		end_sound(&line);
		assert_row(rows[i].message, tl_str_starts(tl_buf_view(&line.told), TL_STR("disconnect error ")) && strstr(line.told.data, rows[i].info));
		assert_row(rows[i].message, tl_audiohook_figures(line.hook).violations == 1);
		line_close(&line);
	}
}

static void another_organization(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	say(&line, "open", "{\"organizationId\":\"" CONVERSATION "\",\"conversationId\":\"" CONVERSATION "\"}");
	expect(&line, "disconnect unauthorized open names another organization than the request did\n");
	line_close(&line);
}

/* A variable whose type does not take what the platform gives: said, and no call. */
static void bad_variable(void **state)
{
	struct line line;

	(void)state;
	line_open(&line);
	say(&line, "open", "{\"organizationId\":\"" ORGANIZATION "\",\"conversationId\":\"" CONVERSATION "\",\"participant\":{\"ani\":\"x\"},"
	    "\"media\":[{\"type\":\"audio\",\"format\":\"PCMU\",\"channels\":[\"external\"],\"rate\":8000}],\"inputVariables\":{\"count\":\"many\"}}");
	end_sound(&line);
	assert_non_null(strstr(line.told.data, "disconnect error the value of 'count' cannot become"));
	line_close(&line);
}

int test_live_audiohook(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_call), cmocka_unit_test(silence_and_secrets), cmocka_unit_test(paused), cmocka_unit_test(gaps),
		cmocka_unit_test(caller_leaves), cmocka_unit_test(going_away), cmocka_unit_test(probe), cmocka_unit_test(never_opened),
		cmocka_unit_test(rules), cmocka_unit_test(bad_variable), cmocka_unit_test(another_organization), cmocka_unit_test(platform_fails),
		cmocka_unit_test(says_nothing), cmocka_unit_test(too_many), cmocka_unit_test(late_word), cmocka_unit_test(close_after_all),
	};

	return cmocka_run_group_tests_name("live audiohook", tests, read_allowed, clear_allowed);
}

/* tests/unit/test_live_control.c: the messages of call control, both ways. */
#include "unit.h"

#include "live/control.h"

/* ---- what the platform tells */

static const struct {
	const char *text;
	enum tl_told_kind kind;
	const char *id, *said;
	char key;
} event_table[] = {
	{ "{\"event\":\"dtmf\",\"callControlId\":\"c1\",\"digit\":\"5\"}", TL_TOLD_KEY, "c1", "", '5' },
	{ " { \"digit\" : \"*\" ,\n\"event\" : \"dtmf\" } ", TL_TOLD_KEY, "", "", '*' },
	{ "{\"event\":\"dtmf\",\"digit\":7}", TL_TOLD_KEY, "", "", '7' },
	{ "{\"event\":\"d\\u0074mf\",\"digit\":\"#\",\"duration\":100,\"more\":{\"event\":\"hangup\"}}", TL_TOLD_KEY, "", "", '#' },
	{ "{\"event\":\"connected\",\"callControlId\":\"\xc3\xa9\",\"sessionId\":\"s\"}", TL_TOLD_CONNECTED, "\xc3\xa9", "", 0 },
	{ "{\"event\":\"error\",\"message\":\"the call is over\"}", TL_TOLD_ERROR, "", "the call is over", 0 },
	{ "{\"event\":\"media\",\"callControlId\":\"c1\",\"payload\":\"AAAA\"}", TL_TOLD_MEDIA, "c1", "", 0 },
	{ "{\"event\":\"playback_completed\",\"callControlId\":null}", TL_TOLD_PLAYED, "", "", 0 },
	{ "{\"event\":\"transferred\",\"callControlId\":\"c1\",\"target\":\"x\"}", TL_TOLD_TRANSFERRED, "c1", "", 0 },
	{ "{\"event\":\"transfer_failed\",\"message\":\"busy\"}", TL_TOLD_TRANSFER_FAILED, "", "busy", 0 },
	{ "{\"event\":\"hangup\"}", TL_TOLD_HUNG_UP, "", "", 0 },
	{ "{\"event\":\"dtmfs\"}", TL_TOLD_OTHER, "", "", 0 },
	{ "{\"event\":\"dtmf\",\"digit\":\"A\"}", TL_TOLD_OTHER, "", "", 0 },
	{ "{\"event\":\"weather\",\"digit\":\"sunny\"}", TL_TOLD_OTHER, "", "", 0 },
};

static void events_are_read(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TL_COUNT(event_table); i++) {
		struct tl_arena arena = { 0 };
		struct tl_error err = { 0 };
		struct tl_told told;

		assert_row(event_table[i].text, tl_control_read(&told, &arena, tl_str(event_table[i].text), &err) == 0);
		assert_row(event_table[i].text, told.kind == event_table[i].kind && told.key == event_table[i].key);
		assert_row(event_table[i].text, tl_str_is(told.id, event_table[i].id) && tl_str_is(told.text, event_table[i].said));
		tl_arena_clear(&arena);
	}
}

/* What is usual costs no memory. */
static void usual_events_touch_no_memory(void **unused)
{
	struct tl_arena arena = { 0 };
	struct tl_told told;

	(void)unused;
	assert_int_equal(tl_control_read(&told, &arena, TL_STR("{\"event\":\"dtmf\",\"callControlId\":\"c1\",\"digit\":\"5\"}"), NULL), 0);
	assert_int_equal(arena.used, 0);
}

static const struct {
	const char *text, *why;
} malformed_table[] = {
	{ "", "no JSON" },
	{ "dtmf", "no JSON" },
	{ "[]", "no JSON object" },
	{ "\"dtmf\"", "no JSON object" },
	{ "{}", "no 'event'" },
	{ "{\"event\":\"\"}", "no 'event'" },
	{ "{\"event\":null}", "no 'event'" },
	{ "{\"event\":3}", "'event' is no text" },
	{ "{\"event\":\"hangup\",\"callControlId\":{}}", "'callControlId' is no text" },
	{ "{\"event\":\"hangup\"", "no JSON" },
	{ "{\"event\":\"hangup\"}}", "no JSON" },
	{ "{\"event\":\"hangup\",}", "no JSON" },
	{ "{\"event\":\"hangup\",\"event\":\"dtmf\"}", "no JSON" },
	{ "{\"event\":\"hang\nup\"}", "no JSON" },
	{ "{\"event\":\"hangup\",\"x\":\"\xff\"}", "no JSON" },
	{ "{\"event\":\"dtmf\"}", "'digit'" },
	{ "{\"event\":\"dtmf\",\"digit\":\"\"}", "'digit'" },
	{ "{\"event\":\"dtmf\",\"digit\":\"12\"}", "'digit'" },
	{ "{\"event\":\"dtmf\",\"digit\":\"E\"}", "'digit'" },
	{ "{\"event\":\"dtmf\",\"digit\":true}", "'digit' is no text" },
};

static void what_is_no_event_is_refused(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TL_COUNT(malformed_table); i++) {
		struct tl_arena arena = { 0 };
		struct tl_error err = { 0 };
		struct tl_told told;

		assert_row(malformed_table[i].text, tl_control_read(&told, &arena, tl_str(malformed_table[i].text), &err) == -1);
		assert_row(malformed_table[i].text, err.code == TL_USAGE && strstr(err.message, malformed_table[i].why) != NULL);
		tl_arena_clear(&arena);
	}
}

/* ---- what is asked for */

static void commands_are_as_the_contract_says(void **unused)
{
	struct tl_session_play play = { .audio = TL_STR("a/welcome.wav"), .keys_heard = true, .keys = TL_STR("12*") };
	struct tl_str base = TL_STR("https://audio.example.com/ivr/"), id = TL_STR("c\"1");
	struct tl_buf out = { 0 };

	(void)unused;
	tl_control_hello(&out, id);
	assert_str(tl_buf_view(&out), "{\"callControlId\":\"c\\\"1\",\"media\":\"audio\",\"capabilities\":[\"play\",\"dtmf\",\"transfer\",\"hangup\"]}");
	tl_buf_reset(&out);
	tl_control_play(&out, id, base, &play);
	assert_str(tl_buf_view(&out), "{\"callControlId\":\"c\\\"1\",\"action\":\"play\",\"audio\":\"https://audio.example.com/ivr/a/welcome.wav\","
	                              "\"dtmf\":{\"enabled\":true,\"keys\":[\"1\",\"2\",\"*\"]}}");
	tl_buf_reset(&out);
	play.keys = TL_STR("");
	tl_control_play(&out, id, base, &play);
	assert_true(tl_str_ends(tl_buf_view(&out), TL_STR("\"dtmf\":{\"enabled\":true}}")));
	tl_buf_reset(&out);
	play.keys_heard = false;
	play.keys = TL_STR("1");
	tl_control_play(&out, id, base, &play);
	assert_true(tl_str_ends(tl_buf_view(&out), TL_STR("\"dtmf\":{\"enabled\":false}}")));
	tl_buf_reset(&out);
	tl_control_transfer(&out, id, TL_STR("queue"), TL_STR("billing"));
	assert_str(tl_buf_view(&out), "{\"callControlId\":\"c\\\"1\",\"action\":\"transfer\",\"target\":\"billing\",\"type\":\"queue\"}");
	tl_buf_reset(&out);
	tl_control_hang_up(&out, id);
	assert_str(tl_buf_view(&out), "{\"callControlId\":\"c\\\"1\",\"action\":\"hangup\"}");
	tl_buf_clear(&out);
}

static const struct {
	const char *base, *audio, *address;
} audio_table[] = {
	{ "https://a.example/ivr/", "welcome.wav", "https://a.example/ivr/welcome.wav" },
	{ "https://a.example/ivr", "de/welcome.wav", "https://a.example/ivr/de/welcome.wav" },
	{ "https://a.example/ivr/", "/welcome.wav", "https://a.example/ivr/welcome.wav" },
	{ "https://a.example/", "gr\xc3\xbc\xc3\x9f gott?#%.wav", "https://a.example/gr%C3%BC%C3%9F%20gott%3F%23%25.wav" },
	{ "https://a.example/", "http://b.example/x y?z", "http://b.example/x y?z" },
	{ "https://a.example/", "a/http://b", "https://a.example/a/http://b" },
	{ "", "prompts/welcome.wav", "prompts/welcome.wav" },
};

static void audio_lies_below_its_base(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TL_COUNT(audio_table); i++) {
		struct tl_buf out = { 0 };

		tl_control_audio(&out, tl_str(audio_table[i].base), tl_str(audio_table[i].audio));
		assert_str(tl_buf_view(&out), audio_table[i].address);
		tl_buf_clear(&out);
	}
}

int test_live_control(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_read),
		cmocka_unit_test(usual_events_touch_no_memory),
		cmocka_unit_test(what_is_no_event_is_refused),
		cmocka_unit_test(commands_are_as_the_contract_says),
		cmocka_unit_test(audio_lies_below_its_base),
	};

	return cmocka_run_group_tests_name("live: control", tests, NULL, NULL);
}

/* tests/unit/test_sandbox_phone.c: calls over a WebSocket, with a server made of strings and a clock that is moved by hand. */
#include "sandbox/phone.h"

#include <string.h>

#include "unit.h"

#define N_TIMERS 16

struct timer {
	int64_t at_ms;
	void (*fire)(void *arg);
	void *arg;
};

/* What the other side of the socket saw. */
struct wire {
	struct tl_buf log; /* "EVENT\n", "close CODE\n" */
};

struct bench {
	struct tl_phone *phone;
	struct timer timers[N_TIMERS];
	int64_t now_ms;
	struct tl_buf told;
};

static void send_to(void *wire, struct tl_str text, bool binary)
{
	struct tl_buf *log = &((struct wire *)wire)->log;

	if (text.len > 1000)
		tl_buf_printf(log, "%zu bytes\n", text.len);
	else
		tl_buf_printf(log, "%s%.*s\n", binary ? "binary " : "", TL_FMT(text));
}

static void close_wire(void *wire, int code, const char *reason)
{
	(void)reason;
	tl_buf_printf(&((struct wire *)wire)->log, "close %d\n", code);
}

static void cut_wire(void *wire)
{
	tl_buf_text(&((struct wire *)wire)->log, "cut\n");
}

static void *after(void *data, int64_t ms, void (*fire)(void *arg), void *arg)
{
	struct bench *bench = data;
	size_t i = 0;

	while (i < N_TIMERS && bench->timers[i].fire)
		i++;
	assert_true(i < N_TIMERS);
	bench->timers[i] = (struct timer){ bench->now_ms + ms, fire, arg };
	return &bench->timers[i];
}

static void cancel(void *data, void *timer)
{
	(void)data;
	((struct timer *)timer)->fire = NULL;
}

static int64_t now_ms(void *data)
{
	return ((const struct bench *)data)->now_ms;
}

static int64_t now_us(void *data)
{
	return now_ms(data) * 1000;
}

static void tell(void *data, const char *line)
{
	tl_buf_printf(&((struct bench *)data)->told, "%s\n", line);
}

static struct timer *due(struct bench *bench)
{
	for (size_t i = 0; i < N_TIMERS; i++) {
		if (bench->timers[i].fire && bench->timers[i].at_ms <= bench->now_ms)
			return &bench->timers[i];
	}
	return NULL;
}

/* Moves the clock, a millisecond at a time. */
static void pass(struct bench *bench, int64_t ms)
{
	for (int64_t i = 0; i <= ms; i++) {
		struct timer *timer;

		while ((void)(timer = due(bench)), timer) {
			void (*fire)(void *) = timer->fire;

			timer->fire = NULL;
			fire(timer->arg);
		}
		bench->now_ms += i < ms;
	}
}

static void bench_open(struct bench *bench)
{
	struct tl_phone_hooks hooks = { send_to, close_wire, cut_wire, after, cancel, now_ms, now_us, tell, bench };

	*bench = (struct bench){ 0 };
	bench->phone = tl_phone_new(&hooks);
}

static struct tl_doc *parsed(const char *text)
{
	struct tl_doc *doc;
	struct tl_error err;

	if (tl_json_parse(&doc, TL_STR("text"), tl_str(text), &err) != 0)
		fail_msg("%s: %s", err.message, text);
	return doc;
}

static int announce(struct bench *bench, const char *text)
{
	struct tl_doc *doc = parsed(text);
	struct tl_refusal refusal;
	int status = tl_phone_announce(bench->phone, &refusal, doc->root);

	tl_doc_free(doc);
	return status;
}

static int steps(struct bench *bench, const char *id, const char *text)
{
	struct tl_doc *doc = parsed(text);
	struct tl_refusal refusal;
	int status = tl_phone_steps(bench->phone, &refusal, tl_str(id), doc->root);

	tl_doc_free(doc);
	return status;
}

#define FIRST "{\"callControlId\": \"c\", \"media\": \"audio\", \"capabilities\": [\"play\", \"record\", \"dtmf\", \"transfer\", \"hangup\"]}"

static struct tl_phone_session *connected(struct bench *bench, struct wire *wire)
{
	struct tl_phone_session *session = tl_phone_opened(bench->phone, wire);

	tl_phone_message(session, tl_str(FIRST), false);
	assert_true(wire->log.len > 0);
	assert_non_null(strstr(wire->log.data, "{\"event\":\"connected\",\"callControlId\":\"c\",\"sessionId\":\""));
	tl_buf_reset(&wire->log);
	return session;
}

static void say(struct tl_phone_session *session, const char *text)
{
	tl_phone_message(session, tl_str(text), false);
}

static void bench_close(struct bench *bench)
{
	tl_phone_free(bench->phone);
	tl_buf_clear(&bench->told);
}

static void done(struct bench *bench, struct tl_phone_session *session, struct wire *wire)
{
	tl_phone_closed(session);
	for (size_t i = 0; i < N_TIMERS; i++)
		assert_null((void *)bench->timers[i].fire);
	bench_close(bench);
	tl_buf_clear(&wire->log);
}

static void a_first_message_is_whole(void **state)
{
	static const char *const rows[] = {
		"nonsense",
		"[]",
		"{\"media\": \"audio\", \"capabilities\": []}",
		"{\"callControlId\": \"c\", \"media\": \"video\", \"capabilities\": []}",
		"{\"callControlId\": \"c\", \"media\": \"audio\"}",
		"{\"callControlId\": \"c\", \"media\": \"audio\", \"capabilities\": [\"dance\"]}",
		"{\"callControlId\": \"other\", \"media\": \"audio\", \"capabilities\": [\"play\"]}",
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct wire wire = { 0 };
		struct bench bench;
		struct tl_phone_session *session;

		bench_open(&bench);
		assert_int_equal(announce(&bench, "{\"callControlId\": \"c\"}"), 200);
		session = tl_phone_opened(bench.phone, &wire);
		say(session, rows[i]);
		assert_row(rows[i], strncmp(wire.log.data, "{\"event\":\"error\",\"message\":\"", 27) == 0 && strstr(wire.log.data, "\"}\nclose 1008\n"));
		tl_buf_reset(&wire.log);
		say(session, FIRST);
		assert_row(rows[i], wire.log.len == 0);
		done(&bench, session, &wire);
	}
}

static void a_first_message_comes_in_time(void **state)
{
	struct wire wire = { 0 };
	struct bench bench;
	struct tl_phone_session *session;

	(void)state;
	bench_open(&bench);
	session = tl_phone_opened(bench.phone, &wire);
	pass(&bench, TL_PHONE_FIRST_MS - 1);
	assert_int_equal(wire.log.len, 0);
	pass(&bench, 1);
	assert_string_equal(wire.log.data, "close 1008\n");
	done(&bench, session, &wire);
}

static void a_call_is_controlled_once(void **state)
{
	struct wire wire = { 0 }, second = { 0 };
	struct bench bench;
	struct tl_phone_session *session, *late;

	(void)state;
	bench_open(&bench);
	session = connected(&bench, &wire);
	late = tl_phone_opened(bench.phone, &second);
	say(late, FIRST);
	assert_non_null(strstr(second.log.data, "controlled already"));
	tl_phone_closed(late);
	tl_buf_clear(&second.log);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"c\"}"), 409);
	done(&bench, session, &wire);
}

#define PLAY(audio, enabled) "{\"callControlId\": \"c\", \"action\": \"play\", \"audio\": \"" audio "\", \"dtmf\": {\"enabled\": " enabled ", \"keys\": [\"1\"]}}"
#define TRANSFER "{\"callControlId\": \"c\", \"action\": \"transfer\", \"target\": \"ext:sales\", \"type\": \"number\"}"

static void a_caller_does_the_steps(void **state)
{
	struct wire wire = { 0 };
	struct bench bench;
	struct tl_phone_session *session;

	(void)state;
	bench_open(&bench);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"c\", \"playbackMs\": 10, \"script\": [{\"wait\": \"play\", \"count\": 3}, {\"pause\": 15}, "
	                                  "{\"dtmf\": \"91\"}, {\"wait\": \"play\"}, {\"dtmf\": \"5\"}, {\"wait\": \"playback\"}, {\"hangup\": true}]}"),
	                 200);
	session = connected(&bench, &wire);
	say(session, PLAY("a.wav", "true"));
	say(session, PLAY("b.wav", "true"));
	say(session, PLAY("c.wav", "true"));
	pass(&bench, 15);
	/* The keys end what plays: c.wav never does. */
	assert_string_equal(wire.log.data, "{\"event\":\"playback_completed\",\"callControlId\":\"c\"}\n"
	                                   "{\"event\":\"dtmf\",\"callControlId\":\"c\",\"digit\":\"9\"}\n{\"event\":\"dtmf\",\"callControlId\":\"c\",\"digit\":\"1\"}\n");
	tl_buf_reset(&wire.log);
	pass(&bench, 50);
	assert_int_equal(wire.log.len, 0);
	say(session, PLAY("d.wav", "false"));
	pass(&bench, 10);
	assert_string_equal(wire.log.data, "{\"event\":\"playback_completed\",\"callControlId\":\"c\"}\n{\"event\":\"hangup\",\"callControlId\":\"c\"}\n");
	done(&bench, session, &wire);
}

static void a_key_is_not_heard_where_none_is_wanted(void **state)
{
	struct wire wire = { 0 };
	struct bench bench;
	struct tl_phone_session *session;
	struct tl_refusal refusal;
	struct tl_buf shown = { 0 };
	struct tl_json json;

	(void)state;
	bench_open(&bench);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"c\", \"playbackMs\": 10}"), 200);
	session = connected(&bench, &wire);
	say(session, PLAY("a.wav", "false"));
	assert_int_equal(steps(&bench, "c", "{\"dtmf\": \"5\"}"), 200);
	assert_int_equal(wire.log.len, 0);
	pass(&bench, 10);
	assert_string_equal(wire.log.data, "{\"event\":\"playback_completed\",\"callControlId\":\"c\"}\n");
	tl_json_init(&json, &shown, false);
	assert_int_equal(tl_phone_show(&json, &refusal, bench.phone, TL_STR("c")), 200);
	assert_non_null(strstr(shown.data, "\"unheard\":\"5\""));
	assert_non_null(strstr(shown.data, "\"commands\":[{\"at\":\"1970-01-01T00:00:00Z\",\"message\":{\"callControlId\":\"c\",\"action\":\"play\""));
	tl_buf_clear(&shown);
	done(&bench, session, &wire);
}

static void a_transfer_is_taken_or_not(void **state)
{
	struct wire wire = { 0 };
	struct bench bench;
	struct tl_phone_session *session;

	(void)state;
	bench_open(&bench);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"c\", \"refuse\": [\"ext:night\"]}"), 200);
	session = connected(&bench, &wire);
	say(session, "{\"callControlId\": \"c\", \"action\": \"transfer\", \"target\": \"ext:night\", \"type\": \"number\"}");
	say(session, TRANSFER);
	say(session, PLAY("late.wav", "true"));
	pass(&bench, 5);
	assert_string_equal(wire.log.data, "{\"event\":\"transfer_failed\",\"callControlId\":\"c\",\"target\":\"ext:night\"}\n"
	                                   "{\"event\":\"transferred\",\"callControlId\":\"c\",\"target\":\"ext:sales\"}\n");
	done(&bench, session, &wire);
}

static void a_hangup_ends_it(void **state)
{
	struct wire wire = { 0 };
	struct bench bench;
	struct tl_phone_session *session;

	(void)state;
	bench_open(&bench);
	session = connected(&bench, &wire);
	say(session, "{\"callControlId\": \"c\", \"action\": \"hangup\"}");
	assert_string_equal(wire.log.data, "{\"event\":\"hangup\",\"callControlId\":\"c\"}\nclose 1000\n");
	done(&bench, session, &wire);
}

static void what_is_no_command_closes_the_socket(void **state)
{
	static const char *const rows[] = {
		"{",
		"[]",
		"{\"callControlId\": \"c\"}",
		"{\"callControlId\": \"c\", \"action\": \"dance\"}",
		"{\"action\": \"hangup\"}",
		"{\"callControlId\": \"d\", \"action\": \"hangup\"}",
		"{\"callControlId\": \"c\", \"action\": \"play\"}",
		"{\"callControlId\": \"c\", \"action\": \"play\", \"audio\": \"a\", \"dtmf\": true}",
		"{\"callControlId\": \"c\", \"action\": \"play\", \"audio\": \"a\", \"dtmf\": {\"keys\": [\"12\"]}}",
		"{\"callControlId\": \"c\", \"action\": \"transfer\", \"target\": \"a\"}",
		"{\"callControlId\": \"c\", \"action\": \"transfer\", \"type\": \"number\"}",
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct wire wire = { 0 };
		struct bench bench;
		struct tl_phone_session *session;

		bench_open(&bench);
		session = connected(&bench, &wire);
		say(session, rows[i]);
		assert_row(rows[i], wire.log.len > 0 && strcmp(wire.log.data, "close 1008\n") == 0);
		done(&bench, session, &wire);
	}
}

static void capabilities_bound_what_may_be_asked(void **state)
{
	struct wire wire = { 0 };
	struct bench bench;
	struct tl_phone_session *session;

	(void)state;
	bench_open(&bench);
	session = tl_phone_opened(bench.phone, &wire);
	say(session, "{\"callControlId\": \"c\", \"media\": \"audio\", \"capabilities\": [\"play\"]}");
	tl_buf_reset(&wire.log);
	assert_int_equal(steps(&bench, "c", "[{\"dtmf\": \"1\"}]"), 200);
	assert_int_equal(wire.log.len, 0);
	say(session, TRANSFER);
	assert_string_equal(wire.log.data, "close 1008\n");
	done(&bench, session, &wire);
}

static void the_platform_may_fail(void **state)
{
	struct wire wire = { 0 };
	struct bench bench;
	struct tl_phone_session *session;

	(void)state;
	bench_open(&bench);
	session = connected(&bench, &wire);
	assert_int_equal(steps(&bench, "c", "[{\"event\": {\"event\": \"media\", \"payload\": \"AAAA\"}}, {\"close\": 1011}, {\"dtmf\": \"1\"}]"), 200);
	assert_string_equal(wire.log.data, "{\"event\":\"media\",\"callControlId\":\"c\",\"payload\":\"AAAA\"}\nclose 1011\n");
	done(&bench, session, &wire);
}

static const char *state_of(const struct bench *bench, struct tl_buf *shown)
{
	struct tl_refusal refusal;
	struct tl_json json;
	const char *at;

	tl_buf_reset(shown);
	tl_json_init(&json, shown, false);
	assert_int_equal(tl_phone_show(&json, &refusal, bench->phone, TL_STR("c")), 200);
	at = strstr(shown->data, "\"state\":\"");
	assert_non_null(at);
	return at + 9;
}

#define assert_state(bench, shown, text) assert_int_equal(strncmp(state_of((bench), (shown)), text "\"", sizeof(text)), 0)

/* How a socket goes, and what becomes of the call. */
static void a_call_outlives_its_socket(void **state)
{
	static const struct { const char *name, *step, *log, *state; } table[] = {
		{ "the client leaves", NULL, "", "dropped" },
		{ "cut", "{\"drop\": true}", "cut\n", "dropped" },
		{ "server's fault", "{\"close\": 1011}", "close 1011\n", "dropped" },
		{ "going away", "{\"close\": 1001}", "close 1001\n", "dropped" },
		{ "all is done", "{\"close\": 1000}", "close 1000\n", "closed" },
		{ "against the contract", "{\"close\": 1008}", "close 1008\n", "closed" },
		{ "hung up", "{\"hangup\": true}", "{\"event\":\"hangup\",\"callControlId\":\"c\"}\n", "closed" },
		{ "dropped and hung up", "[{\"drop\": true}, {\"hangup\": true}]", "cut\n", "closed" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		struct wire wire = { 0 }, second = { 0 };
		struct tl_buf shown = { 0 };
		struct bench bench;
		struct tl_phone_session *session, *again;
		bool goes_on = strcmp(table[i].state, "dropped") == 0;

		bench_open(&bench);
		session = connected(&bench, &wire);
		if (table[i].step)
			assert_int_equal(steps(&bench, "c", table[i].step), 200);
		assert_row(table[i].name, strcmp(wire.log.len > 0 ? wire.log.data : "", table[i].log) == 0);
		tl_phone_closed(session);
		assert_row(table[i].name, strncmp(state_of(&bench, &shown), table[i].state, strlen(table[i].state)) == 0);
		again = tl_phone_opened(bench.phone, &second);
		say(again, FIRST);
		assert_row(table[i].name, strstr(second.log.data, goes_on ? "\"event\":\"connected\"" : "the call is over"));
		assert_row(table[i].name, strncmp(state_of(&bench, &shown), goes_on ? "connected" : "closed", 6) == 0);
		tl_buf_clear(&wire.log);
		tl_buf_clear(&shown);
		done(&bench, again, &second);
	}
}

static void the_script_goes_on_after_the_reconnection(void **state)
{
	struct wire wire = { 0 }, second = { 0 };
	struct tl_buf shown = { 0 };
	struct bench bench;
	struct tl_phone_session *session;

	(void)state;
	bench_open(&bench);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"c\", \"playbackMs\": 10, \"script\": [{\"wait\": \"play\"}, {\"drop\": true}, {\"wait\": \"playback\"}, "
	                                  "{\"pause\": 20}, {\"dtmf\": \"1\"}, {\"close\": 1011}, {\"dtmf\": \"2\"}]}"), 200);
	session = connected(&bench, &wire);
	say(session, PLAY("a.wav", "true"));
	assert_string_equal(wire.log.data, "cut\n");
	/* What is under way when the connection is cut is not looked at. */
	say(session, PLAY("b.wav", "true"));
	tl_phone_closed(session);
	assert_state(&bench, &shown, "dropped");
	pass(&bench, 100);
	session = connected(&bench, &second);
	pass(&bench, 100);
	/* Nothing has been played again. */
	assert_int_equal(second.log.len, 0);
	say(session, PLAY("a.wav", "true"));
	pass(&bench, 29);
	assert_string_equal(second.log.data, "{\"event\":\"playback_completed\",\"callControlId\":\"c\"}\n");
	tl_buf_reset(&second.log);
	pass(&bench, 1);
	assert_string_equal(second.log.data, "{\"event\":\"dtmf\",\"callControlId\":\"c\",\"digit\":\"1\"}\nclose 1011\n");
	tl_phone_closed(session);
	tl_buf_reset(&second.log);
	tl_buf_reset(&wire.log);
	session = tl_phone_opened(bench.phone, &wire);
	say(session, FIRST);
	assert_non_null(strstr(wire.log.data, "\"sessionId\":"));
	assert_non_null(strstr(wire.log.data, "{\"event\":\"dtmf\",\"callControlId\":\"c\",\"digit\":\"2\"}\n"));
	tl_buf_clear(&shown);
	tl_buf_clear(&second.log);
	done(&bench, session, &wire);
}

static void a_pause_begins_again(void **state)
{
	struct wire wire = { 0 };
	struct bench bench;
	struct tl_phone_session *session;

	(void)state;
	bench_open(&bench);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"c\", \"script\": [{\"pause\": 20}, {\"dtmf\": \"1\"}]}"), 200);
	session = connected(&bench, &wire);
	pass(&bench, 15);
	tl_phone_closed(session);
	pass(&bench, 15);
	session = connected(&bench, &wire);
	pass(&bench, 19);
	assert_int_equal(wire.log.len, 0);
	pass(&bench, 1);
	assert_string_equal(wire.log.data, "{\"event\":\"dtmf\",\"callControlId\":\"c\",\"digit\":\"1\"}\n");
	done(&bench, session, &wire);
}

/* The server may not have heard yet that it is gone. */
static void a_socket_that_is_being_closed_holds_nobody_off(void **state)
{
	struct wire wire = { 0 }, second = { 0 };
	struct bench bench;
	struct tl_phone_session *old, *new;

	(void)state;
	bench_open(&bench);
	old = connected(&bench, &wire);
	assert_int_equal(steps(&bench, "c", "{\"close\": 1011}"), 200);
	new = connected(&bench, &second);
	tl_phone_closed(old);
	say(new, TRANSFER);
	assert_string_equal(second.log.data, "{\"event\":\"transferred\",\"callControlId\":\"c\",\"target\":\"ext:sales\"}\n");
	tl_buf_clear(&wire.log);
	done(&bench, new, &second);
}

static void a_caller_who_hangs_up_meanwhile_is_gone(void **state)
{
	struct wire wire = { 0 }, second = { 0 };
	struct bench bench;
	struct tl_phone_session *old, *new;

	(void)state;
	bench_open(&bench);
	old = connected(&bench, &wire);
	assert_int_equal(steps(&bench, "c", "[{\"drop\": true}, {\"hangup\": true}]"), 200);
	new = tl_phone_opened(bench.phone, &second);
	say(new, FIRST);
	assert_non_null(strstr(second.log.data, "the call is over"));
	tl_phone_closed(old);
	tl_buf_clear(&wire.log);
	done(&bench, new, &second);
}

/* What a platform should not send, and a network brings all the same. */
static void anything_may_be_sent(void **state)
{
	static const struct { const char *step, *log; } table[] = {
		{ "{\"event\": {\"event\": \"playback_completed\"}}", "{\"event\":\"playback_completed\",\"callControlId\":\"c\"}\n" },
		{ "{\"event\": {\"event\": \"transferred\", \"target\": \"ext:x\"}}", "{\"event\":\"transferred\",\"callControlId\":\"c\",\"target\":\"ext:x\"}\n" },
		{ "{\"event\": {\"event\": \"dtmf\", \"digit\": \"1\", \"callControlId\": \"d\"}}", "{\"event\":\"dtmf\",\"callControlId\":\"d\",\"digit\":\"1\"}\n" },
		{ "[{\"hangup\": true}, {\"dtmf\": \"7\"}, {\"event\": {\"event\": \"dtmf\", \"digit\": \"8\"}}]",
		  "{\"event\":\"hangup\",\"callControlId\":\"c\"}\n{\"event\":\"dtmf\",\"callControlId\":\"c\",\"digit\":\"8\"}\n" },
		{ "{\"raw\": \"{\\\"event\\\":\"}", "{\"event\":\n" },
		{ "{\"raw\": \"\"}", "\n" },
		{ "{\"binary\": \"abc\"}", "binary abc\n" },
		{ "{\"flood\": 1}", "{\"event\":\"media\",\"payload\":\"\"}\n" },
		{ "{\"flood\": 31}", "{\"event\":\"media\",\"payload\":\"A\"}\n" },
		{ "{\"flood\": 200000}", "200000 bytes\n" },
		{ "{\"close\": 4000}", "close 4000\n" },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		struct wire wire = { 0 };
		struct bench bench;
		struct tl_phone_session *session;

		bench_open(&bench);
		session = connected(&bench, &wire);
		assert_int_equal(steps(&bench, "c", table[i].step), 200);
		assert_row(table[i].step, strcmp(wire.log.data, table[i].log) == 0);
		done(&bench, session, &wire);
	}
}

static void a_playback_may_be_told_twice(void **state)
{
	struct wire wire = { 0 };
	struct bench bench;
	struct tl_phone_session *session;

	(void)state;
	bench_open(&bench);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"c\", \"playbackMs\": -1, \"script\": [{\"wait\": \"play\"}, {\"event\": {\"event\": \"playback_completed\"}}, "
	                                  "{\"event\": {\"event\": \"playback_completed\"}}]}"), 200);
	session = connected(&bench, &wire);
	say(session, PLAY("a.wav", "true"));
	assert_string_equal(wire.log.data, "{\"event\":\"playback_completed\",\"callControlId\":\"c\"}\n{\"event\":\"playback_completed\",\"callControlId\":\"c\"}\n");
	done(&bench, session, &wire);
}

static void loops_are_done_as_often_as_they_say(void **state)
{
	struct wire wire = { 0 };
	struct bench bench;
	struct tl_phone_session *session;

	(void)state;
	bench_open(&bench);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"c\", \"script\": [{\"loop\": 2, \"steps\": [{\"wait\": \"play\"}, {\"dtmf\": \"1\"}, "
	                                  "{\"steps\": [{\"pause\": 1}, {\"dtmf\": \"2\"}], \"loop\": 2}]}, {\"dtmf\": \"3\"}]}"), 200);
	session = connected(&bench, &wire);
	say(session, PLAY("a.wav", "true"));
	pass(&bench, 10);
	say(session, PLAY("a.wav", "true"));
	pass(&bench, 10);
	assert_int_equal(steps(&bench, "c", "{\"dtmf\": \"4\"}"), 200);
	for (const char *at = wire.log.data, *key = "12212234"; *key; key++, at++) {
		at = strstr(at, "\"digit\":\"");
		assert_non_null(at);
		assert_int_equal(at[9], *key);
	}
	done(&bench, session, &wire);
}

static void a_transfer_takes_its_time(void **state)
{
	struct wire wire = { 0 };
	struct tl_buf shown = { 0 };
	struct bench bench;
	struct tl_phone_session *session;

	(void)state;
	bench_open(&bench);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"c\", \"transferMs\": 30, \"refuse\": [\"ext:night\"]}"), 200);
	session = connected(&bench, &wire);
	say(session, "{\"callControlId\": \"c\", \"action\": \"transfer\", \"target\": \"ext:night\", \"type\": \"number\"}");
	pass(&bench, 29);
	assert_int_equal(wire.log.len, 0);
	pass(&bench, 1);
	assert_string_equal(wire.log.data, "{\"event\":\"transfer_failed\",\"callControlId\":\"c\",\"target\":\"ext:night\"}\n");
	tl_buf_reset(&wire.log);
	say(session, TRANSFER);
	tl_phone_closed(session);
	assert_state(&bench, &shown, "dropped");
	pass(&bench, 30);
	assert_state(&bench, &shown, "closed");
	/* Of this one nobody hears again. */
	assert_int_equal(announce(&bench, "{\"callControlId\": \"c\", \"transferMs\": -1}"), 200);
	session = connected(&bench, &wire);
	say(session, TRANSFER);
	pass(&bench, 100);
	assert_int_equal(wire.log.len, 0);
	tl_buf_clear(&shown);
	done(&bench, session, &wire);
}

static void many_calls_are_announced_at_once(void **state)
{
	static const char *const rows[] = {
		"{\"count\": 2}", "{\"count\": 2, \"id\": \"call\"}", "{\"count\": 0, \"id\": \"call-{n}\"}", "{\"count\": 1.5, \"id\": \"call-{n}\"}",
		"{\"count\": 100001, \"id\": \"call-{n}\"}", "{\"count\": 2, \"id\": \"call-{n}\", \"script\": [{}]}", "{\"callControlId\": \"x\", \"name\": \"y\"}",
		"{\"callControlId\": \"x\", \"record\": -1}", "{\"callControlId\": \"x\", \"transferMs\": \"1\"}", "[]",
	};
	struct wire wire = { 0 };
	struct tl_buf shown = { 0 };
	struct tl_json json;
	struct bench bench;
	struct tl_phone_session *session;

	(void)state;
	bench_open(&bench);
	for (size_t i = 0; i < TL_COUNT(rows); i++)
		assert_row(rows[i], announce(&bench, rows[i]) == 422);
	assert_int_equal(announce(&bench, "{\"count\": 1000, \"id\": \"call-{n}\", \"script\": [{\"wait\": \"play\"}, {\"dtmf\": \"5\"}, {\"wait\": \"play\"}]}"), 200);
	session = tl_phone_opened(bench.phone, &wire);
	say(session, "{\"callControlId\": \"call-1000\", \"media\": \"audio\", \"capabilities\": [\"play\", \"dtmf\"]}");
	say(session, "{\"callControlId\": \"call-1000\", \"action\": \"play\", \"audio\": \"a\"}");
	pass(&bench, 7);
	say(session, "{\"callControlId\": \"call-1000\", \"action\": \"play\", \"audio\": \"b\"}");
	assert_non_null(strstr(wire.log.data, "\"callControlId\":\"call-1000\",\"digit\":\"5\"}"));
	assert_int_equal(announce(&bench, "{\"count\": 1000, \"id\": \"call-{n}\"}"), 409);
	tl_json_init(&json, &shown, false);
	tl_phone_summary(&json, bench.phone);
	assert_string_equal(shown.data, "{\"calls\":1000,\"states\":{\"waiting\":999,\"connected\":1,\"dropped\":0,\"ended\":0,\"closed\":0},\"sessions\":1,"
	                                "\"connections\":1,\"reconnections\":0,\"refusals\":0,\"violations\":0,\"commands\":{\"play\":2,\"record\":0,\"transfer\":0,\"hangup\":0},"
	                                "\"events\":{\"connected\":1,\"dtmf\":1,\"playback_completed\":0,\"transferred\":0,\"transfer_failed\":0,\"hangup\":0,\"others\":0},"
	                                "\"keys\":{\"heard\":1,\"unheard\":0},\"answers\":{\"count\":1,\"p50Us\":7000,\"p99Us\":7000,\"maxUs\":7000}}");
	tl_phone_summary_reset(bench.phone);
	tl_buf_reset(&shown);
	tl_json_init(&json, &shown, false);
	tl_phone_summary(&json, bench.phone);
	assert_non_null(strstr(shown.data, "\"connections\":0,"));
	tl_phone_closed(session);
	assert_int_equal(announce(&bench, "{\"count\": 1000, \"id\": \"call-{n}\"}"), 200);
	tl_buf_clear(&shown);
	tl_buf_clear(&wire.log);
	bench_close(&bench);
}

static void records_are_bounded(void **state)
{
	struct wire wire = { 0 };
	struct tl_buf shown = { 0 };
	struct bench bench;
	struct tl_phone_session *session;

	(void)state;
	bench_open(&bench);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"c\", \"record\": 1}"), 200);
	session = connected(&bench, &wire);
	say(session, PLAY("a.wav", "true"));
	say(session, PLAY("b.wav", "true"));
	state_of(&bench, &shown);
	assert_non_null(strstr(shown.data, "\"commandCount\":2,\"commands\":[{"));
	assert_non_null(strstr(shown.data, "\"eventCount\":1,\"events\":[{"));
	assert_null(strstr(shown.data, "b.wav"));
	tl_phone_closed(session);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"c\", \"record\": false}"), 200);
	session = connected(&bench, &wire);
	say(session, PLAY("a.wav", "true"));
	state_of(&bench, &shown);
	assert_non_null(strstr(shown.data, "\"commandCount\":1,\"commands\":[],\"eventCount\":1,\"events\":[]"));
	tl_buf_clear(&shown);
	done(&bench, session, &wire);
}

static void a_conversation_can_be_read(void **state)
{
	struct wire wire = { 0 };
	struct bench bench;
	struct tl_phone_session *session;

	(void)state;
	bench_open(&bench);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"c\", \"playbackMs\": 200, \"script\": [{\"wait\": \"play\"}, {\"dtmf\": \"1\"}, {\"wait\": \"play\"}, {\"dtmf\": \"2\"}]}"), 200);
	session = connected(&bench, &wire);
	pass(&bench, 1200);
	say(session, PLAY("https://audio.example.com/a/b.wav?sig=secret", "true"));
	say(session, PLAY("c\\u001b[2J.wav", "false"));
	say(session, TRANSFER);
	assert_string_equal(bench.told.data, "c    0.0s \342\206\220 connected\n"
	                                     "c    1.2s \342\206\222 play b.wav (key 1)\n"
	                                     "c    1.2s \342\206\220 key 1\n"
	                                     "c    1.2s \342\206\222 play c\\x1b[2J.wav (no key is heard)\n"
	                                     "c    1.2s \302\267 key 2, which goes unheard\n"
	                                     "c    1.2s \342\206\222 transfer to ext:sales (number)\n"
	                                     "c    1.2s \342\206\220 transferred\n");
	done(&bench, session, &wire);
}

static void what_is_no_step_is_refused(void **state)
{
	static const char *const rows[] = {
		"{}", "5", "[[]]", "{\"wait\": \"dance\"}", "{\"wait\": \"play\", \"count\": 0}", "{\"pause\": -1}", "{\"dtmf\": \"x\"}", "{\"dtmf\": \"\"}",
		"{\"hangup\": false}", "{\"event\": {}}", "{\"close\": 5}", "[{\"dtmf\": \"1\"}, {\"sing\": 1}]",
		"{\"drop\": false}", "{\"raw\": 1}", "{\"binary\": {}}", "{\"flood\": 0}", "{\"flood\": 99999999999}", "{\"loop\": 2}", "{\"loop\": 0, \"steps\": [{\"pause\": 1}]}",
		"{\"loop\": 2, \"steps\": []}", "{\"loop\": 2, \"steps\": [{\"dtmf\": \"1\"}]}", "{\"loop\": 2, \"steps\": [{\"wait\": \"playback\"}, {\"dtmf\": \"1\"}]}",
		"{\"loop\": 2, \"steps\": [{\"pause\": 1}, {\"sing\": 1}]}", "{\"loop\": 2, \"steps\": {\"pause\": 1}}",
		"{\"loop\": 2, \"steps\": [{\"loop\": 2, \"steps\": [{\"loop\": 2, \"steps\": [{\"loop\": 2, \"steps\": [{\"pause\": 1}]}]}]}]}",
	};
	struct bench bench;

	(void)state;
	bench_open(&bench);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"c\"}"), 200);
	for (size_t i = 0; i < TL_COUNT(rows); i++)
		assert_row(rows[i], steps(&bench, "c", rows[i]) == 422);
	assert_int_equal(steps(&bench, "d", "{\"dtmf\": \"1\"}"), 404);
	assert_int_equal(announce(&bench, "{}"), 422);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"x\", \"playbackMs\": -2}"), 422);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"x\", \"refuse\": \"a\"}"), 422);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"x\", \"script\": [1]}"), 422);
	assert_int_equal(announce(&bench, "{\"callControlId\": \"c\", \"script\": []}"), 200);
	bench_close(&bench);
}

int test_sandbox_phone(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_message_is_whole),
		cmocka_unit_test(a_first_message_comes_in_time),
		cmocka_unit_test(a_call_is_controlled_once),
		cmocka_unit_test(a_caller_does_the_steps),
		cmocka_unit_test(a_key_is_not_heard_where_none_is_wanted),
		cmocka_unit_test(a_transfer_is_taken_or_not),
		cmocka_unit_test(a_hangup_ends_it),
		cmocka_unit_test(what_is_no_command_closes_the_socket),
		cmocka_unit_test(capabilities_bound_what_may_be_asked),
		cmocka_unit_test(the_platform_may_fail),
		cmocka_unit_test(a_call_outlives_its_socket),
		cmocka_unit_test(the_script_goes_on_after_the_reconnection),
		cmocka_unit_test(a_pause_begins_again),
		cmocka_unit_test(a_socket_that_is_being_closed_holds_nobody_off),
		cmocka_unit_test(a_caller_who_hangs_up_meanwhile_is_gone),
		cmocka_unit_test(anything_may_be_sent),
		cmocka_unit_test(a_playback_may_be_told_twice),
		cmocka_unit_test(loops_are_done_as_often_as_they_say),
		cmocka_unit_test(a_transfer_takes_its_time),
		cmocka_unit_test(many_calls_are_announced_at_once),
		cmocka_unit_test(records_are_bounded),
		cmocka_unit_test(a_conversation_can_be_read),
		cmocka_unit_test(what_is_no_step_is_refused),
	};

	return cmocka_run_group_tests_name("sandbox_phone", tests, NULL, NULL);
}

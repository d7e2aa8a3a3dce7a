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
};

static void send_to(void *wire, struct tl_str text)
{
	tl_buf_printf(&((struct wire *)wire)->log, "%.*s\n", TL_FMT(text));
}

static void close_wire(void *wire, int code, const char *reason)
{
	(void)reason;
	tl_buf_printf(&((struct wire *)wire)->log, "close %d\n", code);
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
	struct tl_phone_hooks hooks = { send_to, close_wire, after, cancel, now_ms, bench };

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

static void done(struct bench *bench, struct tl_phone_session *session, struct wire *wire)
{
	tl_phone_closed(session);
	for (size_t i = 0; i < N_TIMERS; i++)
		assert_null((void *)bench->timers[i].fire);
	tl_phone_free(bench->phone);
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

static void what_is_no_step_is_refused(void **state)
{
	static const char *const rows[] = {
		"{}", "5", "[[]]", "{\"wait\": \"dance\"}", "{\"wait\": \"play\", \"count\": 0}", "{\"pause\": -1}", "{\"dtmf\": \"x\"}", "{\"dtmf\": \"\"}",
		"{\"hangup\": false}", "{\"event\": {}}", "{\"close\": 5}", "[{\"dtmf\": \"1\"}, {\"sing\": 1}]",
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
	tl_phone_free(bench.phone);
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
		cmocka_unit_test(what_is_no_step_is_refused),
	};

	return cmocka_run_group_tests_name("sandbox_phone", tests, NULL, NULL);
}

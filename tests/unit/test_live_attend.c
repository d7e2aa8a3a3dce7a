/* tests/unit/test_live_attend.c: a worker of live calls, and a platform on the same loop that does what a script says: one that keeps the contract, and one that does not. */
#include "unit.h"

#include <stdio.h>

#include "doc/json.h"
#include "live/attending.h"
#include "net/serve.h"
#include "unit_flow.h"

#define LONGEST_MS 8000

/* The platform, and what it saw. Each connection has a script of its own, the last one for all that follow:
 *   ?NNN  the handshake is answered by that status; ?R as 503 with Retry-After: 0; else it is accepted, and the first message awaited
 *   +     connected            e  an error         -  an error, and close 1008       o  an error "the call is over", and close 1008    ~  nothing
 * and after that, one after the other:
 *   p t h waits for a play, a transfer, a hangup                0-9*#  a key
 *   c     playback_completed   T  transferred    F  transfer_failed    H  hangup
 *   N V E G closes by 1000, 1008, 1011, 1001     X  cuts the connection
 *   m     a message that is none    u  an event that nobody knows    s  one of another call    b  a binary message    M media */
struct peer {
	struct tl_server *server;
	const char *scripts[4];
	size_t n_scripts, connections;
	struct tl_buf log;
	char authorization[64];
};

struct link {
	struct peer *peer;
	struct tl_socket *socket;
	const char *at;        /* in its script */
	bool greeted;
	char id[64];
	unsigned plays, transfers, hangups; /* that came and were not waited for */
};

struct bench {
	struct tl_arena arena;
	struct tl_loop *loop;
	struct peer peer;
	struct tl_clock clock;
	struct tl_environment environment;
	struct tl_project *project;
	struct tl_platform *platform;
	struct tl_flow *flow;
	struct tl_edition edition;
	struct tl_attend *attend;
	struct tl_buf results;
	size_t wanted, settled, rooms, released, lines;
	char said[512];
	bool no_profile, no_line;
};

/* ---- the platform's API */

/* The one bench; a driver has no other way to it. */
static struct bench *the_bench;

static int open_platform(void **state, const struct tl_platform_config *config, struct tl_error *err)
{
	(void)config;
	(void)err;
	*state = the_bench;
	return 0;
}

static void close_platform(void *state)
{
	(void)state;
}

static int profile(struct tl_profile *out, struct tl_arena *arena, void *state, struct tl_str external_id, int64_t deadline_ms, struct tl_error *err)
{
	const struct bench *bench = state;
	struct tl_item *map = tl_item_new(arena, TL_MAP);

	(void)deadline_ms;
	if (bench->no_profile)
		return tl_error_set(err, TL_IO, "nobody answers");
	if (!tl_str_is(external_id, "known"))
		return 0;
	tl_item_put(map, TL_STR("tier"), tl_item_string(arena, TL_STR("gold")));
	*out = (struct tl_profile){ .found = true, .attributes = map };
	return 0;
}

static int line(struct tl_phone_line *out, struct tl_arena *arena, void *state, struct tl_str used, struct tl_error *err)
{
	struct bench *bench = state;

	(void)used;
	if (bench->no_line)
		return tl_error_set(err, TL_IO, "the login server is away");
	out->url = tl_arena_printf(arena, "%.*s/api/v2/callcontrol/websocket", TL_FMT(tl_server_address(bench->peer.server)));
	out->bearer = tl_arena_printf(arena, "token-%zu", ++bench->lines);
	return 0;
}

static const struct tl_driver driver = {
	.name = "genesys", .can = TL_CAN_CONTROL, .dialects = 1u << TL_DIALECT_NATIVE, .open = open_platform, .close = close_platform, .profile = profile, .line = line,
};

/* ---- its calls */

static const char *script_of(const struct peer *peer, size_t connection)
{
	return peer->scripts[connection < peer->n_scripts ? connection : peer->n_scripts - 1];
}

static int upgrade(void *data, struct tl_exchange *exchange, struct tl_buf *body)
{
	static const struct tl_reply_header at_once = { "retry-after", TL_STR("0") };
	struct peer *peer = data;
	const char *script = script_of(peer, peer->connections);

	(void)body;
	snprintf(peer->authorization, sizeof(peer->authorization), "%.*s", TL_FMT(tl_exchange_header(exchange, "authorization")));
	if (script[0] != '?')
		return 101;
	peer->connections++;
	tl_buf_printf(&peer->log, "refused\n");
	if (script[1] != 'R')
		return atoi(script + 1);
	tl_exchange_refusal_headers(exchange, &at_once, 1);
	return 503;
}

static void opened(void *data, struct tl_socket *socket, struct tl_exchange *exchange)
{
	struct peer *peer = data;
	struct link *link = tl_alloc_zero(1, sizeof(*link));

	(void)exchange;
	link->peer = peer;
	link->socket = socket;
	link->at = script_of(peer, peer->connections++);
	tl_socket_set_data(socket, link);
}

static void tell(struct link *link, const char *event, const char *more)
{
	struct tl_arena arena = { 0 };

	tl_socket_send(link->socket, tl_arena_printf(&arena, "{\"event\":\"%s\",\"callControlId\":\"%s\"%s}", event, link->id, more));
	tl_arena_clear(&arena);
}

static bool waits(unsigned *count)
{
	if (*count == 0)
		return false;
	(*count)--;
	return true;
}

static const struct {
	char sign;
	const char *event, *more;
} event_table[] = {
	{ '+', "connected", ",\"sessionId\":\"s\"" }, { 'c', "playback_completed", "" },     { 'T', "transferred", "" },
	{ 'F', "transfer_failed", "" },               { 'H', "hangup", "" },                 { 'u', "weather", "" },
	{ 'M', "media", ",\"payload\":\"AA\"" },      { '-', "error", ",\"message\":\"there is no such call\"" },
	{ 'o', "error", ",\"message\":\"the call is over\"" }, { 'e', "error", ",\"message\":\"there is no such call\"" },
};

static const struct {
	char sign;
	int code;
} close_table[] = { { '-', 1008 }, { 'o', 1008 }, { 'N', 1000 }, { 'V', 1008 }, { 'E', 1011 }, { 'G', 1001 } };

/* One step; false: it waits, or it was the last. */
static bool step(struct link *link)
{
	char sign = *link->at, digit[32];
	bool goes_on = true;

	if (sign == '\0' || (sign == 'p' && !waits(&link->plays)) || (sign == 't' && !waits(&link->transfers)) || (sign == 'h' && !waits(&link->hangups)))
		return false;
	link->at++;
	for (size_t i = 0; i < TL_COUNT(event_table); i++) {
		if (event_table[i].sign == sign)
			tell(link, event_table[i].event, event_table[i].more);
	}
	if (strchr("0123456789*#", sign)) {
		snprintf(digit, sizeof(digit), ",\"digit\":\"%c\"", sign);
		tell(link, "dtmf", digit);
	}
	if (sign == 'm')
		tl_socket_send(link->socket, TL_STR("what?"));
	if (sign == 'b')
		tl_socket_send_binary(link->socket, TL_STR("\1\2"));
	if (sign == 's')
		tl_socket_send(link->socket, TL_STR("{\"event\":\"hangup\",\"callControlId\":\"another\"}"));
	for (size_t i = 0; i < TL_COUNT(close_table); i++) {
		if (close_table[i].sign == sign) {
			tl_socket_close(link->socket, close_table[i].code, "as the script says");
			goes_on = false;
		}
	}
	if (sign == 'X') {
		tl_socket_cut(link->socket);
		return false;
	}
	return goes_on;
}

static void log_command(struct peer *peer, const struct tl_item *message, struct tl_str action)
{
	const struct tl_item *dtmf = tl_item_get(message, "dtmf"), *keys = tl_item_get(dtmf, "keys");

	tl_buf_str(&peer->log, action);
	if (tl_str_is(action, "play")) {
		tl_buf_printf(&peer->log, " %.*s", TL_FMT(tl_item_text(message, "audio")));
		if (!tl_item_get(dtmf, "enabled")->boolean)
			tl_buf_text(&peer->log, " deaf");
		for (const struct tl_item *key = keys ? keys->first : NULL; key; key = key->next)
			tl_buf_printf(&peer->log, "%s%.*s", key == keys->first ? " " : "", TL_FMT(key->text));
	}
	if (tl_str_is(action, "transfer"))
		tl_buf_printf(&peer->log, " %.*s %.*s", TL_FMT(tl_item_text(message, "type")), TL_FMT(tl_item_text(message, "target")));
	tl_buf_char(&peer->log, '\n');
}

static void heard(void *data, struct tl_socket *socket, struct tl_str text, bool binary)
{
	struct peer *peer = data;
	struct link *link = tl_socket_data(socket);
	struct tl_doc *doc = NULL;
	struct tl_error err;
	struct tl_str action;

	assert_false(binary);
	assert_int_equal(tl_json_parse(&doc, TL_STR("command"), text, &err), 0);
	action = tl_item_text(doc->root, "action");
	if (!link->greeted) {
		link->greeted = true;
		assert_str(tl_item_text(doc->root, "media"), "audio");
		snprintf(link->id, sizeof(link->id), "%.*s", TL_FMT(tl_item_text(doc->root, "callControlId")));
		tl_buf_printf(&peer->log, "hello %s\n", link->id);
	} else {
		assert_str(tl_item_text(doc->root, "callControlId"), link->id);
		log_command(peer, doc->root, action);
		link->plays += tl_str_is(action, "play");
		link->transfers += tl_str_is(action, "transfer");
		link->hangups += tl_str_is(action, "hangup");
	}
	tl_doc_free(doc);
	while (step(link))
		continue;
}

static void closed(void *data, struct tl_socket *socket)
{
	(void)data;
	free(tl_socket_data(socket));
}

/* ---- the worker */

static const char menu_flow[] =
	"flow: line\nchannel: voice\nstart: main\n"
	"prompts:\n  welcome: {audio: a/welcome.wav}\n  sorry: {audio: a/sorry.wav}\n  thanks: {audio: a/thanks.wav}\n"
	"variables: {vip: {type: boolean}}\n"
	"nodes:\n"
	"  main:\n    type: menu\n    prompt: welcome\n"
	"    choices:\n      - {key: \"1\", next: thanks}\n      - {key: \"2\", next: queue}\n      - {key: \"3\", next: bye}\n"
	"      - {key: \"9\", when: {variable: vip, equals: true}, next: queue}\n"
	"    no_match: {retries: 1, prompt: sorry}\n    no_input: {retries: 0, timeout: 10s}\n    otherwise: bye\n"
	"  thanks: {type: play, prompt: thanks, next: queue}\n"
	"  queue: {type: transfer, to: {queue: all}, failed: bye}\n"
	"  bye: {type: end}\n";

static const char profile_flow[] =
	"flow: line\nchannel: voice\nstart: who\n"
	"prompts:\n  gold: {audio: gold.wav}\n  other: {audio: other.wav}\n"
	"nodes:\n"
	"  who: {type: lookup_profile, by: \"${caller.number}\", found: gold, not_found: other, failed: bye}\n"
	"  gold: {type: play, prompt: gold, next: bye}\n"
	"  other: {type: play, prompt: other, next: bye}\n"
	"  bye: {type: end}\n";

static void ended(void *data, void *offer_data, const struct tl_attend_result *result)
{
	struct bench *bench = data;

	(void)offer_data;
	tl_buf_printf(&bench->results, "%s %.*s %s %.*s", tl_attend_end_name(result->end), TL_FMT(result->id), result->status ? result->status : "-",
	              TL_FMT(result->node));
	if (result->transfer_kind.len > 0)
		tl_buf_printf(&bench->results, " %.*s:%.*s", TL_FMT(result->transfer_kind), TL_FMT(result->transfer_target));
	if (result->reconnects > 0)
		tl_buf_printf(&bench->results, " reconnects %d", (int)result->reconnects);
	if (result->message.len > 0)
		tl_buf_printf(&bench->results, " (%.*s)", TL_FMT(result->message));
	tl_buf_printf(&bench->results, "%s\n", result->again ? " again" : "");
	if (++bench->settled == bench->wanted)
		tl_loop_stop(bench->loop);
}

static void room(void *data)
{
	((struct bench *)data)->rooms++;
}

static void say(void *data, const char *text)
{
	struct bench *bench = data;

	snprintf(bench->said, sizeof(bench->said), "%s", text);
}

static void release(void *owner)
{
	((struct bench *)owner)->released++;
}

static int bench_make(void **state)
{
	struct bench *bench = tl_alloc_zero(1, sizeof(*bench));
	struct tl_serve_config serve = {
		.address = "127.0.0.1:0", .upgrade = upgrade, .opened = opened, .message = heard, .closed = closed, .data = &bench->peer,
	};
	struct tl_platform_config platform = { .environment = &bench->environment, .clock = &bench->clock };
	struct tl_error err;

	the_bench = bench;
	bench->clock = tl_clock_system();
	bench->environment.name = TL_STR("test");
	tl_project_default(&bench->project);
	assert_int_equal(tl_loop_open(&bench->loop, &err), 0);
	serve.loop = bench->loop;
	assert_int_equal(tl_server_open(&bench->peer.server, &serve, &err), 0);
	assert_int_equal(tl_platform_open_driver(&bench->platform, &driver, &platform, &err), 0);
	*state = bench;
	return 0;
}

static int bench_remove(void **state)
{
	struct bench *bench = *state;

	tl_attend_close(bench->attend);
	tl_server_close(bench->peer.server);
	tl_platform_close(bench->platform);
	tl_loop_close(bench->loop);
	tl_flow_free(bench->flow);
	tl_project_free(bench->project);
	tl_buf_clear(&bench->peer.log);
	tl_buf_clear(&bench->results);
	tl_arena_clear(&bench->arena);
	free(bench);
	return 0;
}

/* A worker with that flow, and a platform with those scripts ('|' between them). */
static void begin(struct bench *bench, const char *flow, const char *scripts, const struct tl_attend_config *more)
{
	struct tl_str text = tl_arena_dup(&bench->arena, tl_str(scripts));
	struct tl_attend_config config = more ? *more : (struct tl_attend_config){ .max_calls = 0 };
	struct tl_error err;
	char *rest = (char *)(uintptr_t)text.ptr;

	while (rest)
		bench->peer.scripts[bench->peer.n_scripts++] = strsep(&rest, "|");
	config.loop = bench->loop;
	config.platform = bench->platform;
	config.clock = &bench->clock;
	config.ended = ended;
	config.room = room;
	config.say = say;
	config.data = bench;
	bench->flow = unit_native(flow);
	bench->edition = (struct tl_edition){
		.program = { .flow = bench->flow }, .version = 7, .digest = TL_STR("d1"), .project = bench->project, .audio_base = TL_STR("https://audio.example/"), .owner = bench,
	};
	assert_int_equal(tl_attend_open(&bench->attend, &config, &err), 0);
	tl_attend_edition(bench->attend, &bench->edition, release);
}

static void offer(struct bench *bench, const char *text)
{
	assert_true(tl_attend_offer(bench->attend, tl_str(text), NULL));
}

/* Until so many offers are settled. */
static void run_until(struct bench *bench, size_t settled)
{
	struct tl_error err;

	bench->wanted = settled;
	if (bench->settled < settled)
		assert_int_equal(tl_loop_run(bench->loop, LONGEST_MS, NULL, &err), 0);
	assert_int_equal(bench->settled, settled);
}

/* ---- calls */

static const struct {
	const char *name, *flow, *offer, *scripts;
	const char *log;    /* what the platform saw */
	const char *result;
} call_table[] = {
	{ "a key while the prompt plays", menu_flow, "{\"callControlId\":\"c1\"}", "+p1pctT",
	  "hello c1\nplay https://audio.example/a/welcome.wav 123\nplay https://audio.example/a/thanks.wav deaf\ntransfer queue all\n", "completed c1 completed queue queue:all\n" },
	{ "a key after it", menu_flow, "{\"callControlId\":\"c1\"}", "+pc2tT",
	  "hello c1\nplay https://audio.example/a/welcome.wav 123\ntransfer queue all\n", "completed c1 completed queue queue:all\n" },
	{ "what the offer says is offered", menu_flow, "{\"callControlId\":\"c1\",\"variables\":{\"vip\":true}}", "+p9tT",
	  "hello c1\nplay https://audio.example/a/welcome.wav 1239\ntransfer queue all\n", "completed c1 completed queue queue:all\n" },
	{ "a wrong key, and a right one", menu_flow, "{\"callControlId\":\"c1\"}", "+p7p3hN",
	  "hello c1\nplay https://audio.example/a/welcome.wav 123\nplay https://audio.example/a/sorry.wav 123\nhangup\n", "completed c1 completed bye\n" },
	{ "a transfer that is refused", menu_flow, "{\"callControlId\":\"c1\"}", "+p2tFhHN",
	  "hello c1\nplay https://audio.example/a/welcome.wav 123\ntransfer queue all\nhangup\n", "completed c1 completed bye\n" },
	{ "the caller hangs up", menu_flow, "{\"callControlId\":\"c1\"}", "+pH", "hello c1\nplay https://audio.example/a/welcome.wav 123\n", "abandoned c1 abandoned main\n" },
	{ "the platform closes: all is done", menu_flow, "{\"callControlId\":\"c1\"}", "+pN", "hello c1\nplay https://audio.example/a/welcome.wav 123\n",
	  "abandoned c1 abandoned main\n" },
	{ "a profile", profile_flow, "{\"callControlId\":\"c1\",\"caller\":{\"number\":\"known\"}}", "+pchN", "hello c1\nplay https://audio.example/gold.wav\nhangup\n",
	  "completed c1 completed bye\n" },
	{ "nobody's profile", profile_flow, "{\"callControlId\":\"c1\",\"caller\":{\"number\":\"unknown\"}}", "+pchN", "hello c1\nplay https://audio.example/other.wav\nhangup\n",
	  "completed c1 completed bye\n" },
	{ "a caller without a number", profile_flow, "{\"callControlId\":\"c1\"}", "+pchN", "hello c1\nplay https://audio.example/other.wav\nhangup\n",
	  "completed c1 completed bye\n" },
	{ "events that mean nothing", menu_flow, "{\"callControlId\":\"c1\"}", "+pusbMcTFcm3hN", "hello c1\nplay https://audio.example/a/welcome.wav 123\nhangup\n",
	  "completed c1 completed bye\n" },
	{ "messages that are none", menu_flow, "{\"callControlId\":\"c1\"}", "+pmmm", "hello c1\nplay https://audio.example/a/welcome.wav 123\n",
	  "lost c1 lost main (what the platform says is no call control: it is no JSON)\n" },
	{ "closed as against the contract", menu_flow, "{\"callControlId\":\"c1\"}", "+pV", "hello c1\nplay https://audio.example/a/welcome.wav 123\n",
	  "lost c1 lost main (the platform closed the line (1008): as the script says)\n" },
	{ "a line that breaks off", menu_flow, "{\"callControlId\":\"c1\"}", "+pX|+p3hN",
	  "hello c1\nplay https://audio.example/a/welcome.wav 123\nhello c1\nplay https://audio.example/a/welcome.wav 123\nhangup\n", "completed c1 completed bye reconnects 1\n" },
	{ "a server's fault, twice", menu_flow, "{\"callControlId\":\"c1\"}", "+pE|+E|+p3hN",
	  "hello c1\nplay https://audio.example/a/welcome.wav 123\nhello c1\nhello c1\nplay https://audio.example/a/welcome.wav 123\nhangup\n", NULL },
	{ "a line that breaks off, and the caller hung up meanwhile", menu_flow, "{\"callControlId\":\"c1\"}", "+pX|o", "hello c1\nplay https://audio.example/a/welcome.wav 123\nhello c1\n",
	  "abandoned c1 abandoned main\n" },
	{ "handed over without a word", menu_flow, "{\"callControlId\":\"c1\"}", "+p2tN", "hello c1\nplay https://audio.example/a/welcome.wav 123\ntransfer queue all\n",
	  "completed c1 completed queue queue:all\n" },
	{ "a line that breaks off, and the call was handed over meanwhile", menu_flow, "{\"callControlId\":\"c1\"}", "+p2tX|-",
	  "hello c1\nplay https://audio.example/a/welcome.wav 123\ntransfer queue all\nhello c1\n",
	  "completed c1 completed queue queue:all\n" },
	{ "no such call, and no close", menu_flow, "{\"callControlId\":\"c1\"}", "eX", "hello c1\n", "refused c1 -  (there is no such call)\n" },
	{ "no such call", menu_flow, "{\"callControlId\":\"c1\"}", "-", "hello c1\n", "refused c1 -  (there is no such call)\n" },
	{ "not now", menu_flow, "{\"callControlId\":\"c1\"}", "?R|?503|+pH", "refused\nrefused\nhello c1\nplay https://audio.example/a/welcome.wav 123\n", "abandoned c1 abandoned main\n" },
	{ "a token that has ended", menu_flow, "{\"callControlId\":\"c1\"}", "?401|+pH", "refused\nhello c1\nplay https://audio.example/a/welcome.wav 123\n",
	  "abandoned c1 abandoned main\n" },
};

static void calls_go_as_they_should(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TL_COUNT(call_table); i++) {
		struct bench *bench;

		bench_make((void **)&bench);
		begin(bench, call_table[i].flow, call_table[i].scripts, NULL);
		offer(bench, call_table[i].offer);
		run_until(bench, 1);
		if (call_table[i].result && !tl_str_is(tl_buf_view(&bench->results), call_table[i].result))
			fail_msg("%s: %s", call_table[i].name, bench->results.data);
		/* How often a line that is lost at once was begun with is the network's affair. */
		if (call_table[i].result && !tl_str_is(tl_buf_view(&bench->peer.log), call_table[i].log))
			fail_msg("%s: %s", call_table[i].name, bench->peer.log.data);
		assert_row(call_table[i].name, tl_str_starts(tl_buf_view(&bench->results), TL_STR("completed")) || call_table[i].result);
		bench_remove((void **)&bench);
	}
}

static void the_bearer_is_renewed_once(void **state)
{
	struct bench *bench = *state;

	begin(bench, menu_flow, "?401|?401", NULL);
	offer(bench, "{\"callControlId\":\"c1\"}");
	run_until(bench, 1);
	assert_string_equal(bench->peer.authorization, "Bearer token-2");
	assert_int_equal(bench->peer.connections, 2);
	assert_true(tl_str_starts(tl_buf_view(&bench->results), TL_STR("unserved c1")) && strstr(bench->results.data, "again"));
}

static void a_platform_that_asks_for_less_is_left_alone(void **state)
{
	struct bench *bench = *state;
	struct tl_attend_config config = { .patience_ms = 1000 };

	begin(bench, menu_flow, "?429|+p3hN", &config);
	offer(bench, "{\"callControlId\":\"c1\"}");
	run_until(bench, 1);
	assert_true(tl_str_starts(tl_buf_view(&bench->results), TL_STR("unserved c1")));
	assert_int_equal(bench->peer.connections, 1);
}

/* ---- offers */

static const struct {
	const char *offer, *why;
} bad_offer_table[] = {
	{ "no JSON", "refused" },
	{ "{}", "callControlId" },
	{ "{\"callControlId\":\"c1\",\"colour\":1}", "colour" },
	{ "{\"callControlId\":\"c1\",\"variables\":{\"tier\":1}}", "tier" },
	{ "{\"callControlId\":\"c1\",\"variables\":{\"vip\":\"perhaps\"}}", "vip" },
};

static void bad_offers_are_refused(void **state)
{
	struct bench *bench = *state;

	begin(bench, menu_flow, "+", NULL);
	for (size_t i = 0; i < TL_COUNT(bad_offer_table); i++) {
		tl_buf_reset(&bench->results);
		offer(bench, bad_offer_table[i].offer);
		assert_row(bad_offer_table[i].offer, bench->settled == i + 1 && tl_attend_calls(bench->attend) == 0);
		assert_row(bad_offer_table[i].offer, tl_str_starts(tl_buf_view(&bench->results), TL_STR("refused")));
		assert_row(bad_offer_table[i].offer, strstr(bench->results.data, bad_offer_table[i].why) && !strstr(bench->results.data, " again"));
	}
}

static void a_call_that_is_offered_twice_is_served_once(void **state)
{
	struct bench *bench = *state;

	begin(bench, menu_flow, "+p3hN", NULL);
	offer(bench, "{\"callControlId\":\"c1\"}");
	offer(bench, "{\"callControlId\":\"c1\"}");
	run_until(bench, 2);
	assert_str(tl_buf_view(&bench->results), "completed c1 completed bye\nrefused c1 -  (the call is in progress here already)\n");
	assert_int_equal(bench->peer.connections, 1);
	/* And again, now that it is not. */
	offer(bench, "{\"callControlId\":\"c1\"}");
	run_until(bench, 3);
	assert_int_equal(bench->peer.connections, 2);
}

static void no_more_offers_are_taken_than_there_is_room_for(void **state)
{
	struct bench *bench = *state;
	struct tl_attend_config config = { .max_calls = 2 };

	begin(bench, menu_flow, "+p3hN", &config);
	assert_int_equal(tl_attend_room(bench->attend), 2);
	offer(bench, "{\"callControlId\":\"c1\"}");
	offer(bench, "{\"callControlId\":\"c2\"}");
	assert_int_equal(tl_attend_room(bench->attend), 0);
	assert_false(tl_attend_offer(bench->attend, TL_STR("{\"callControlId\":\"c3\"}"), NULL));
	run_until(bench, 2);
	assert_int_equal(bench->rooms, 2);
	assert_int_equal(tl_attend_room(bench->attend), 2);
}

static void a_platform_that_is_away_is_waited_for_so_long(void **state)
{
	struct bench *bench = *state;
	struct tl_attend_config config = { .patience_ms = 300 };

	begin(bench, menu_flow, "?503", &config);
	offer(bench, "{\"callControlId\":\"c1\"}");
	run_until(bench, 1);
	assert_true(tl_str_starts(tl_buf_view(&bench->results), TL_STR("unserved c1 -  (the platform's call control cannot be reached")));
	assert_non_null(strstr(bench->results.data, "again"));
	assert_non_null(strstr(bench->said, "offers wait"));
}

static void without_a_token_nobody_is_served(void **state)
{
	struct bench *bench = *state;
	struct tl_attend_config config = { .patience_ms = 200 };

	bench->no_line = true;
	begin(bench, menu_flow, "+", &config);
	offer(bench, "{\"callControlId\":\"c1\"}");
	run_until(bench, 1);
	assert_true(tl_str_starts(tl_buf_view(&bench->results), TL_STR("unserved c1")));
	assert_int_equal(bench->peer.connections, 0);
}

static void a_lookup_that_fails_takes_its_outcome(void **state)
{
	struct bench *bench = *state;
	struct tl_attend_figures figures;

	bench->no_profile = true;
	begin(bench, profile_flow, "+hN", NULL);
	offer(bench, "{\"callControlId\":\"c1\",\"caller\":{\"number\":\"known\"}}");
	run_until(bench, 1);
	assert_str(tl_buf_view(&bench->results), "completed c1 completed bye\n");
	tl_attend_figures(&figures, &bench->arena, bench->attend);
	assert_true(figures.profiles_failed == 1 && figures.profiles_found == 0 && figures.profile.count == 1);
	assert_true(figures.n_last_errors == 1 && tl_str_find(figures.last_errors[0], TL_STR("c1: no profile: nobody answers"), 0) != SIZE_MAX);
}

/* ---- the end, and the next version */

static void calls_in_progress_may_end_before_the_worker_does(void **state)
{
	struct bench *bench = *state;
	struct tl_attend_config config = { .patience_ms = 5000 };

	begin(bench, menu_flow, "+p|+p", &config);
	offer(bench, "{\"callControlId\":\"c1\"}");
	tl_loop_run(bench->loop, 100, NULL, NULL);
	tl_attend_drain(bench->attend, 100);
	assert_int_equal(tl_attend_room(bench->attend), 0);
	assert_false(tl_attend_offer(bench->attend, TL_STR("{\"callControlId\":\"c2\"}"), NULL));
	run_until(bench, 1);
	assert_str(tl_buf_view(&bench->results), "unserved c1 lost main (this worker ends) again\n");
}

static void what_waits_is_given_back_at_once(void **state)
{
	struct bench *bench = *state;

	bench->no_line = true;
	begin(bench, menu_flow, "+", NULL);
	offer(bench, "{\"callControlId\":\"c1\"}");
	tl_attend_drain(bench->attend, 60000);
	assert_int_equal(bench->settled, 1);
	assert_true(tl_str_starts(tl_buf_view(&bench->results), TL_STR("unserved c1")));
}

static void a_close_gives_all_back(void **state)
{
	struct bench *bench = *state;

	begin(bench, menu_flow, "+p", NULL);
	offer(bench, "{\"callControlId\":\"c1\"}");
	offer(bench, "{\"callControlId\":\"c2\"}");
	tl_loop_run(bench->loop, 100, NULL, NULL);
	tl_attend_close(bench->attend);
	bench->attend = NULL;
	assert_int_equal(bench->settled, 2);
	assert_int_equal(bench->released, 1);
}

static void a_new_version_is_for_new_calls(void **state)
{
	struct bench *bench = *state;
	struct tl_edition next;
	struct tl_flow *flow = unit_native(profile_flow);
	struct tl_attend_figures figures;

	begin(bench, menu_flow, "+p|+hN", NULL);
	offer(bench, "{\"callControlId\":\"c1\"}");
	tl_loop_run(bench->loop, 100, NULL, NULL);
	next = bench->edition;
	next.program.flow = flow;
	next.version = 8;
	bench->no_profile = true;
	tl_attend_edition(bench->attend, &next, NULL);
	assert_int_equal(bench->released, 0);
	offer(bench, "{\"callControlId\":\"c2\",\"caller\":{\"number\":\"known\"}}");
	run_until(bench, 1);
	assert_str(tl_buf_view(&bench->results), "completed c2 completed bye\n");
	tl_attend_figures(&figures, &bench->arena, bench->attend);
	assert_true(figures.editions == 2 && figures.version == 8 && figures.calls == 1);
	assert_str(figures.nodes[0].node, "who");
	assert_str(figures.nodes[figures.n_nodes - 1].node, "main");
	assert_int_equal(figures.nodes[figures.n_nodes - 1].here, 1);
	tl_attend_close(bench->attend);
	bench->attend = NULL;
	assert_int_equal(bench->released, 1);
	tl_flow_free(flow);
}

static void figures_say_what_happened(void **state)
{
	struct bench *bench = *state;
	struct tl_attend_figures figures;

	begin(bench, menu_flow, "+p7p2tFhN", NULL);
	offer(bench, "{\"callControlId\":\"c1\"}");
	run_until(bench, 1);
	tl_attend_figures(&figures, &bench->arena, bench->attend);
	assert_true(figures.offered == 1 && figures.calls == 0 && figures.connecting == 0 && figures.ended[TL_END_COMPLETED] == 1);
	assert_true(figures.messages_out == 5 && figures.messages_in >= 4 && figures.key_to_play.count == 2 && figures.transfers_refused == 1);
	assert_true(figures.key_to_play.p50_us <= figures.key_to_play.p99_us && figures.key_to_play.p99_us <= figures.key_to_play.max_us);
	assert_str(figures.nodes[0].node, "main");
	assert_true(figures.nodes[0].visits == 1 && figures.nodes[0].matches == 1 && figures.nodes[0].no_matches == 1 && figures.nodes[0].here == 0);
	assert_str(figures.digest, "d1");
}

/* ---- small things */

static void names_of_recordings_are_safe(void **unused)
{
	static const struct {
		const char *id, *start;
	} row_table[] = {
		{ "call-12.a_B", "call-12.a_B.suite.yaml" }, { "../etc/passwd", "_._etc_passwd-" }, { ".hidden", "_hidden-" }, { "a b\n", "a_b_-" }, { "\xc3\xa9", "__-" },
	};

	(void)unused;
	for (size_t i = 0; i < TL_COUNT(row_table); i++) {
		char *name = tl_attend_file_name(tl_str(row_table[i].id));

		assert_row(row_table[i].id, strncmp(name, row_table[i].start, strlen(row_table[i].start)) == 0 && !strchr(name, '/'));
		free(name);
	}
}

int test_live_attend(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_go_as_they_should),
		cmocka_unit_test_setup_teardown(the_bearer_is_renewed_once, bench_make, bench_remove),
		cmocka_unit_test_setup_teardown(a_platform_that_asks_for_less_is_left_alone, bench_make, bench_remove),
		cmocka_unit_test_setup_teardown(bad_offers_are_refused, bench_make, bench_remove),
		cmocka_unit_test_setup_teardown(a_call_that_is_offered_twice_is_served_once, bench_make, bench_remove),
		cmocka_unit_test_setup_teardown(no_more_offers_are_taken_than_there_is_room_for, bench_make, bench_remove),
		cmocka_unit_test_setup_teardown(a_platform_that_is_away_is_waited_for_so_long, bench_make, bench_remove),
		cmocka_unit_test_setup_teardown(without_a_token_nobody_is_served, bench_make, bench_remove),
		cmocka_unit_test_setup_teardown(a_lookup_that_fails_takes_its_outcome, bench_make, bench_remove),
		cmocka_unit_test_setup_teardown(calls_in_progress_may_end_before_the_worker_does, bench_make, bench_remove),
		cmocka_unit_test_setup_teardown(what_waits_is_given_back_at_once, bench_make, bench_remove),
		cmocka_unit_test_setup_teardown(a_close_gives_all_back, bench_make, bench_remove),
		cmocka_unit_test_setup_teardown(a_new_version_is_for_new_calls, bench_make, bench_remove),
		cmocka_unit_test_setup_teardown(figures_say_what_happened, bench_make, bench_remove),
		cmocka_unit_test(names_of_recordings_are_safe),
	};

	return cmocka_run_group_tests_name("live: attend", tests, NULL, NULL);
}

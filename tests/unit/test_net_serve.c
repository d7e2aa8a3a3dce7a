/* tests/unit/test_net_serve.c: the server over plain sockets: requests in pieces, answers that come later or go wrong, WebSockets, timers, addresses. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/serve.h"

struct yard {
	struct tl_server *server;
	struct tl_exchange *kept; /* of /later */
	unsigned gone, closed;
	char heard[256];
};

static void answer_later(void *data)
{
	struct yard *yard = data;

	tl_exchange_reply(yard->kept, 200, NULL, 0, "text/plain", TL_STR("late"));
	yard->kept = NULL;
}

static void echo(struct tl_exchange *exchange)
{
	struct tl_arena *arena = tl_exchange_arena(exchange);
	struct tl_str path = tl_exchange_path(exchange), body = tl_exchange_body(exchange), query = tl_exchange_query(exchange, "q");
	struct tl_str odd = tl_exchange_header(exchange, "x-odd");
	struct tl_reply_header header = { "x-answer", TL_STR("yes") };

	tl_exchange_reply(exchange, 200, &header, 1, "text/plain",
	                  tl_arena_printf(arena, "%s %.*s q=%.*s odd=%.*s body=%.*s", tl_exchange_method(exchange), TL_FMT(path), TL_FMT(query),
	                                  TL_FMT(odd), TL_FMT(body)));
}

static void on_request(void *data, struct tl_exchange *exchange)
{
	struct yard *yard = data;
	struct tl_str path = tl_exchange_path(exchange);

	if (tl_str_is(path, "/later")) {
		yard->kept = exchange;
		tl_server_after(yard->server, 30, answer_later, yard);
	} else if (tl_str_is(path, "/never")) {
		yard->kept = exchange;
	} else if (tl_str_is(path, "/cut")) {
		tl_exchange_reply_cut(exchange, 200, "text/plain", TL_STR("0123456789"), 4);
	} else if (tl_str_is(path, "/slow")) {
		tl_exchange_reply_slow(exchange, 200, "text/plain", TL_STR("0123456789"), 100);
	} else if (tl_str_is(path, "/flood")) {
		tl_exchange_reply_flood(exchange, 200, "text/plain", 300000);
	} else if (tl_str_is(path, "/reset")) {
		tl_exchange_reset(exchange);
	} else if (tl_str_is(path, "/nothing")) {
		tl_exchange_reply(exchange, 204, NULL, 0, NULL, TL_STR(""));
	} else {
		echo(exchange);
	}
}

static void on_gone(void *data, struct tl_exchange *exchange)
{
	struct yard *yard = data;

	assert_ptr_equal(exchange, yard->kept);
	yard->kept = NULL;
	yard->gone++;
}

static int on_upgrade(void *data, struct tl_exchange *exchange, struct tl_buf *body)
{
	(void)data;
	if (tl_str_is(tl_exchange_path(exchange), "/line"))
		return 101;
	tl_buf_text(body, "{\"no\":1}");
	return 403;
}

static void on_opened(void *data, struct tl_socket *socket, struct tl_exchange *exchange)
{
	assert_str(tl_exchange_path(exchange), "/line");
	tl_socket_set_data(socket, data);
	tl_socket_send(socket, TL_STR("welcome"));
}

static void on_message(void *data, struct tl_socket *socket, struct tl_str message, bool binary)
{
	struct yard *yard = data;

	assert_false(binary);
	assert_ptr_equal(tl_socket_data(socket), data);
	snprintf(yard->heard, sizeof(yard->heard), "%.*s", TL_FMT(message));
	if (tl_str_is(message, "bye")) {
		tl_socket_send(socket, TL_STR("farewell"));
		/* Nothing waits, so it is sent at once. */
		assert_int_equal(tl_socket_backlog(socket), 0);
		tl_socket_close(socket, 1008, "enough");
	}
}

static void on_closed(void *data, struct tl_socket *socket)
{
	(void)socket;
	((struct yard *)data)->closed++;
}

static int set_up(void **state)
{
	struct yard *yard = tl_alloc_zero(1, sizeof(*yard));
	struct tl_serve_config config = {
		.address = "127.0.0.1:0", .body_limit = 1000, .message_limit = 100, .request = on_request, .gone = on_gone, .upgrade = on_upgrade,
		.opened = on_opened, .message = on_message, .closed = on_closed, .data = yard,
	};

	*state = yard;
	return tl_server_open(&yard->server, &config, NULL);
}

static int tear_down(void **state)
{
	struct yard *yard = *state;

	tl_server_close(yard->server);
	free(yard);
	return 0;
}

static int dial(const struct yard *yard)
{
	struct tl_str address = tl_server_address(yard->server);
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(tl_str_starts(address, TL_STR("http://127.0.0.1:")));
	to.sin_port = htons((uint16_t)atoi(strrchr(address.ptr, ':') + 1));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Lets the server run until the client has `wanted` in what it read, or the connection ended, or there was time enough. Returns how it ended: 1 by the text, 0 by the
 * end of the connection, -1 by a reset, -2 by nothing. */
static int hear(struct yard *yard, int fd, char *out, size_t size, const char *wanted)
{
	size_t len = 0;
	ssize_t count;

	out[0] = '\0';
	for (unsigned i = 0; i < 400; i++) {
		assert_int_equal(tl_server_run(yard->server, 5, NULL, NULL), 0);
		count = recv(fd, out + len, size - len - 1, MSG_DONTWAIT);
		if (count == 0)
			return 0;
		if (count < 0 && errno != EAGAIN)
			return -1;
		len += count > 0 ? (size_t)count : 0;
		out[len] = '\0';
		if (wanted && memmem(out, len, wanted, strlen(wanted)))
			return 1;
	}
	return -2;
}

#define HOST "Host: localhost\r\n"

static void requests_come_in_pieces_and_one_after_another(void **state)
{
	struct yard *yard = *state;
	char text[4096];
	int fd = dial(yard);

	say(fd, "POST /a%20b?q=1%2B1&r=2 HTT");
	assert_int_equal(tl_server_run(yard->server, 10, NULL, NULL), 0);
	say(fd, "P/1.1\r\n" HOST "X-Odd: thing\r\nContent-Length: 5\r\n\r\nhe");
	assert_int_equal(tl_server_run(yard->server, 10, NULL, NULL), 0);
	say(fd, "llo");
	assert_int_equal(hear(yard, fd, text, sizeof(text), "body=hello"), 1);
	assert_non_null(strstr(text, "HTTP/1.1 200"));
	assert_non_null(strstr(text, "x-answer: yes\r\n"));
	assert_non_null(strstr(text, "POST /a b q=1+1 odd=thing body=hello"));
	say(fd, "GET /one HTTP/1.1\r\n" HOST "\r\nGET /two HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), "GET /two q="), 1);
	assert_non_null(strstr(text, "GET /one q="));
	snprintf(text, sizeof(text), "GET /long?r=1&q=%02000d HTTP/1.1\r\nHost: localhost \r\n\r\n", 7);
	say(fd, text);
	assert_int_equal(hear(yard, fd, text, sizeof(text), "body="), 1);
	assert_non_null(strstr(text, "0007 odd="));
	say(fd, "DELETE /nothing HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), "\r\n\r\n"), 1);
	assert_non_null(strstr(text, "HTTP/1.1 204"));
	assert_null(strstr(text, "content-length"));
	say(fd, "HEAD /x HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), "\r\n\r\n"), 1);
	assert_null(strstr(text, "HEAD /x"));
	close(fd);
}

/* libwebsockets takes such a body from the wrong place, and never comes back: it is refused, whole or in pieces, and others are served. */
static void bodies_wait_for_the_answer_before(void **state)
{
	static const char post[] = "POST /p HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", get[] = "GET /g HTTP/1.1\r\n" HOST "\r\n";
	static const struct { const char *before, *then; bool ends; } table[] = {
		{ get, post, false }, { post, post, false }, { post, post, true }, { "GET /later HTTP/1.1\r\n" HOST "\r\n", post, false },
		{ get, "PUT /p HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", false },
		{ get, "DELETE /p HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", false },
	};
	struct yard *yard = *state;
	char text[4096], both[512];
	int fd;

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		fd = dial(yard);
		snprintf(both, sizeof(both), "%s%s", table[i].before, table[i].then);
		say(fd, both);
		if (table[i].ends)
			shutdown(fd, SHUT_WR);
		assert_int_equal(hear(yard, fd, text, sizeof(text), NULL), 0);
		assert_non_null(strstr(text, "HTTP/1.1 200"));
		assert_true(table[i].ends || strstr(text, "HTTP/1.1 503"));
		close(fd);
	}
	fd = dial(yard);
	say(fd, "POST /p HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhelloPUT /empty HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), "PUT /empty"), 1);
	for (unsigned i = 0; i < 3; i++) {
		say(fd, post);
		assert_int_equal(hear(yard, fd, text, sizeof(text), "body=hello"), 1);
	}
	close(fd);
}

static void bodies_have_a_length_and_a_limit(void **state)
{
	struct yard *yard = *state;
	char text[4096], large[1200];
	int fd = dial(yard);

	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	say(fd, "PUT /large HTTP/1.1\r\n" HOST "Content-Length: 1199\r\n\r\n");
	say(fd, large);
	assert_int_equal(hear(yard, fd, text, sizeof(text), "\"status\":413"), 1);
	say(fd, "PUT /none HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), "PUT /none q= odd= body="), 1);
	say(fd, "POST /none HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), "POST /none q= odd= body="), 1);
	/* Nobody knows where such a body would end, so the connection does. */
	say(fd, "POST /bare HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), NULL), 0);
	assert_non_null(strstr(text, "POST /bare q= odd= body="));
	close(fd);
	fd = dial(yard);
	say(fd, "DELETE /chunks HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), "\"status\":411"), 1);
	assert_non_null(strstr(text, "\"details\":[],\"errors\":[]}"));
	close(fd);
}

static void bodies_come_in_chunks(void **state)
{
	struct yard *yard = *state;
	char text[4096];
	int fd = dial(yard);

	say(fd, "POST /chunks HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
	assert_int_equal(tl_server_run(yard->server, 10, NULL, NULL), 0);
	say(fd, "6;x=y\r\n world\r\n0\r\nTrailer: z\r\n\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), NULL), 0);
	assert_non_null(strstr(text, "POST /chunks q= odd= body=hello world"));
	close(fd);
}

/* Requests whose body's length is none are refused at once, and are the last of their connection. */
static void lengths_that_mislead_are_refused(void **state)
{
	static const struct { const char *headers, *status; } table[] = {
		{ "Content-Length: -5\r\n\r\n", "400" },
		{ "Content-Length: 2x\r\n\r\n{}", "400" },
		{ "Content-Length: 99999999999999999999\r\n\r\n{}", "400" },
		{ "Content-Length: 999999999999\r\n\r\n{}", "413" },
		{ "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400" },
		{ "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501" },
		{ "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", "400" },
		{ "Transfer-Encoding: chunked\r\n\r\n-1\r\n", "400" },
		{ "Transfer-Encoding: chunked\r\n\r\n\r\n", "400" },
		{ "Transfer-Encoding: chunked\r\n\r\n2\r\n{}x", "400" },
	};
	struct yard *yard = *state;
	char text[4096], request[256];

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		int fd = dial(yard);

		snprintf(request, sizeof(request), "POST /x HTTP/1.1\r\n" HOST "%s", table[i].headers);
		say(fd, request);
		assert_int_equal(hear(yard, fd, text, sizeof(text), NULL), 0);
		snprintf(request, sizeof(request), "HTTP/1.1 %s", table[i].status);
		assert_non_null(strstr(text, request));
		close(fd);
	}
}

static void only_loopback_names_are_answered(void **state)
{
	static const struct { const char *host; bool taken; } table[] = {
		{ "localhost", true }, { "LOCALHOST:80", true }, { "a.localhost", true }, { "127.0.0.1:1", true }, { "127.9.9.9", true }, { "[::1]", true },
		{ "[::1]:443", true }, { "example.com", false }, { "127.0.0.1.example.com", false }, { "localhost.example.com", false },
		{ "xlocalhost", false }, { "10.0.0.1", false }, { "[::2]", false },
	};
	struct yard *yard = *state;
	char text[4096], request[256];

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		int fd = dial(yard);

		snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", table[i].host);
		say(fd, request);
		assert_int_equal(hear(yard, fd, text, sizeof(text), table[i].taken ? "odd=" : "\"status\":421"), 1);
		close(fd);
	}
}

static void an_answer_may_come_later_or_to_nobody(void **state)
{
	struct yard *yard = *state;
	char text[4096];
	int fd = dial(yard);

	say(fd, "GET /later HTTP/1.1\r\n" HOST "\r\nGET /next HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), "GET /next"), 1);
	assert_non_null(strstr(text, "late"));
	say(fd, "GET /never HTTP/1.1\r\n" HOST "\r\n");
	for (unsigned i = 0; i < 100 && !yard->kept; i++)
		assert_int_equal(tl_server_run(yard->server, 10, NULL, NULL), 0);
	assert_non_null(yard->kept);
	close(fd);
	tl_server_close(yard->server);
	yard->server = NULL;
	assert_int_equal(yard->gone, 1);
}

static void answers_go_wrong_when_asked(void **state)
{
	struct yard *yard = *state;
	static char text[400000];
	int fd = dial(yard);

	say(fd, "GET /cut HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), NULL), 0);
	assert_non_null(strstr(text, "content-length: 10\r\n"));
	assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n0123");
	close(fd);
	fd = dial(yard);
	say(fd, "GET /slow HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), "0123456789"), 1);
	say(fd, "GET /flood HTTP/1.1\r\n" HOST "\r\nGET /after HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), "GET /after"), 1);
	assert_true(strlen(text) > 300000);
	say(fd, "GET /reset HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), NULL), -1);
	assert_string_equal(text, "");
	close(fd);
}

/* A text frame of a client, masked by zeros. */
static void say_frame(int fd, const char *text, unsigned char first)
{
	unsigned char frame[160] = { first, (unsigned char)(0x80 | strlen(text)) };

	assert_true(strlen(text) < 126);
	memcpy(frame + 6, text, strlen(text));
	assert_int_equal(send(fd, frame, 6 + strlen(text), MSG_NOSIGNAL), 6 + strlen(text));
}

#define UPGRADE HOST "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

static void sockets_are_opened_heard_and_closed(void **state)
{
	struct yard *yard = *state;
	char text[4096];
	int fd = dial(yard);

	say(fd, "GET /other HTTP/1.1\r\n" UPGRADE);
	assert_int_equal(hear(yard, fd, text, sizeof(text), "{\"no\":1}"), 1);
	assert_non_null(strstr(text, "HTTP/1.1 403"));
	close(fd);
	fd = dial(yard);
	say(fd, "GET /line HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	        "Sec-WebSocket-Version: 13\r\n\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), "HTTP/1.1 421"), 1);
	close(fd);
	fd = dial(yard);
	say(fd, "GET /line HTTP/1.1\r\n" UPGRADE);
	assert_int_equal(hear(yard, fd, text, sizeof(text), "welcome"), 1);
	assert_non_null(strstr(text, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
	say_frame(fd, "hel", 0x01);
	say_frame(fd, "lo", 0x80);
	for (unsigned i = 0; i < 100 && !yard->heard[0]; i++)
		assert_int_equal(tl_server_run(yard->server, 10, NULL, NULL), 0);
	assert_string_equal(yard->heard, "hello");
	say_frame(fd, "bye", 0x81);
	assert_int_equal(hear(yard, fd, text, sizeof(text), "enough"), 1);
	assert_non_null(memmem(text, 64, "\x03\xf0" "enough", 8));
	assert_non_null(strstr(text + 2, "farewell"));
	close(fd);
	for (unsigned i = 0; i < 100 && yard->closed == 0; i++)
		assert_int_equal(tl_server_run(yard->server, 10, NULL, NULL), 0);
	assert_int_equal(yard->closed, 1);
}

static void a_message_has_a_limit(void **state)
{
	struct yard *yard = *state;
	char text[4096], large[121];
	int fd = dial(yard);

	memset(large, 'x', 120);
	large[120] = '\0';
	say(fd, "GET /line HTTP/1.1\r\n" UPGRADE);
	assert_int_equal(hear(yard, fd, text, sizeof(text), "welcome"), 1);
	say_frame(fd, large, 0x81);
	assert_int_equal(hear(yard, fd, text, sizeof(text), "message too large"), 1);
	assert_string_equal(yard->heard, "");
	close(fd);
}

/* ---- timers */

struct tick {
	struct tl_server *server;
	char order[8];
	unsigned count;
};

static void tick_a(void *data) { struct tick *tick = data; tick->order[tick->count++] = 'a'; }
static void tick_b(void *data) { struct tick *tick = data; tick->order[tick->count++] = 'b'; }
static void tick_stop(void *data) { struct tick *tick = data; tick->order[tick->count++] = 's'; tl_server_stop(tick->server); }

static void timers_fire_in_order(void **state)
{
	struct yard *yard = *state;
	struct tick tick = { .server = yard->server };
	struct tl_timer *never;

	tl_server_after(yard->server, 30, tick_stop, &tick);
	tl_server_after(yard->server, 10, tick_a, &tick);
	never = tl_server_after(yard->server, 1, tick_b, &tick);
	tl_server_after(yard->server, 10, tick_b, &tick);
	tl_server_after(yard->server, 0, tick_a, &tick);
	tl_timer_cancel(never);
	assert_int_equal(tl_server_run(yard->server, 0, NULL, NULL), 0);
	assert_string_equal(tick.order, "aabs");
}

static int at_once(void)
{
	return 1;
}

static void it_stops_when_asked(void **state)
{
	struct yard *yard = *state;

	assert_int_equal(tl_server_run(yard->server, 0, at_once, NULL), 0);
	assert_int_equal(tl_server_run(yard->server, -1, NULL, NULL), 0);
}

static void two_listeners_share_a_loop(void **state)
{
	struct yard *yard = *state, other = { 0 };
	struct tl_serve_config config = { .address = "127.0.0.1:0", .request = on_request, .data = &other };
	char text[4096];
	int fd;

	assert_int_equal(tl_server_join(&other.server, yard->server, &config, NULL), 0);
	assert_false(tl_str_equal(tl_server_address(yard->server), tl_server_address(other.server)));
	fd = dial(&other);
	say(fd, "GET /other HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(hear(yard, fd, text, sizeof(text), "GET /other"), 1);
	say(fd, "GET /line HTTP/1.1\r\n" UPGRADE);
	assert_int_equal(hear(yard, fd, text, sizeof(text), "HTTP/1.1 404"), 1);
	close(fd);
}

static void addresses_are_checked(void **state)
{
	static const char *const table[] = {
		"", "127.0.0.1", ":80", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1", "host:80", "[::1]", "[127.0.0.1]:0", "::1:0",
		"0.0.0.0:0", "[::]:0", "10.0.0.1:0", "[::ffff:127.0.0.1]:0",
	};
	struct yard *yard = *state;
	struct tl_serve_config config = { .request = on_request, .data = yard };
	struct tl_server *server;
	struct tl_error err;

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		config.address = table[i];
		err = (struct tl_error){ 0 };
		if (tl_server_open(&server, &config, &err) != -1 || err.code != TL_USAGE || server)
			fail_msg("taken: %s", table[i]);
	}
	config.address = strchr(tl_server_address(yard->server).ptr, ':') + 3;
	assert_int_equal(tl_server_open(&server, &config, &err), -1);
	assert_int_equal(err.code, TL_IO);
}

int test_net_serve(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(requests_come_in_pieces_and_one_after_another, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bodies_wait_for_the_answer_before, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bodies_have_a_length_and_a_limit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bodies_come_in_chunks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lengths_that_mislead_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_loopback_names_are_answered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_answer_may_come_later_or_to_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(answers_go_wrong_when_asked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sockets_are_opened_heard_and_closed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_message_has_a_limit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(timers_fire_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_stops_when_asked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(two_listeners_share_a_loop, set_up, tear_down),
		cmocka_unit_test_setup_teardown(addresses_are_checked, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

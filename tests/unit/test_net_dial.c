/* tests/unit/test_net_dial.c: WebSockets to servers: to one of ours on the same loop, plain and over TLS, and to a raw peer that does what no server should. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/clock.h"
#include "base/file.h"
#include "crypto/certificate.h"
#include "net/dial.h"

#define DAY_MS ((int64_t)86400000)

struct yard {
	struct tl_loop *loop;
	struct tl_server *server;
	struct tl_dialer *dialer;
	struct tl_dial_config config;
	/* Of our side. */
	unsigned opened, messages, gone;
	char heard[256];
	size_t heard_len;
	bool heard_binary;
	struct tl_gone last;
	char reason[1024];
	/* Of the server's. */
	unsigned served, served_messages, closed;
	struct tl_socket *guest;
	char told[256], authorization[128];
	size_t told_len;
	bool told_binary;
	/* The raw peer. */
	int listener, fd;
	char url[64], request[4096];
	struct tl_arena arena;
};

/* ---- our side */

static void on_opened(void *data, struct tl_socket *socket)
{
	struct yard *yard = data;

	assert_ptr_equal(tl_socket_data(socket), yard);
	yard->opened++;
}

static void on_message(void *data, struct tl_socket *socket, struct tl_str message, bool binary)
{
	struct yard *yard = data;

	(void)socket;
	snprintf(yard->heard, sizeof(yard->heard), "%.*s", TL_FMT(message));
	yard->heard_len = message.len;
	yard->heard_binary = binary;
	yard->messages++;
}

static void on_gone(void *data, struct tl_socket *socket, const struct tl_gone *gone)
{
	struct yard *yard = data;

	(void)socket;
	yard->last = *gone;
	snprintf(yard->reason, sizeof(yard->reason), "%.*s", TL_FMT(gone->reason));
	yard->gone++;
}

/* ---- the server */

static int on_upgrade(void *data, struct tl_exchange *exchange, struct tl_buf *body)
{
	struct yard *yard = data;
	struct tl_str authorization = tl_exchange_header(exchange, "authorization");

	snprintf(yard->authorization, sizeof(yard->authorization), "%.*s", TL_FMT(authorization));
	if (tl_str_is(tl_exchange_path(exchange), "/line"))
		return 101;
	tl_buf_text(body, "{\"message\":\"the token lacks callcontrol:media\",\"code\":\"not.allowed\"}");
	return 403;
}

static void on_served(void *data, struct tl_socket *socket, struct tl_exchange *exchange)
{
	struct yard *yard = data;

	(void)exchange;
	yard->guest = socket;
	yard->served++;
}

static void on_told(void *data, struct tl_socket *socket, struct tl_str message, bool binary)
{
	struct yard *yard = data;

	yard->told_binary = binary;
	snprintf(yard->told, sizeof(yard->told), "%.*s", TL_FMT(message));
	yard->told_len = message.len;
	yard->served_messages++;
	if (tl_str_starts(message, TL_STR("echo")))
		tl_socket_send(socket, message);
	if (tl_str_is(message, "close"))
		tl_socket_close(socket, 1008, "malformed JSON");
	if (tl_str_is(message, "cut"))
		tl_socket_cut(socket);
}

static void on_closed(void *data, struct tl_socket *socket)
{
	struct yard *yard = data;

	yard->closed++;
	if (yard->guest == socket)
		yard->guest = NULL;
}

static void open_server(struct yard *yard, struct tl_str certificate, struct tl_str key)
{
	struct tl_serve_config config = { .loop = yard->loop, .address = "127.0.0.1:0", .certificate = certificate, .key = key, .upgrade = on_upgrade,
		                          .opened = on_served, .message = on_told, .closed = on_closed, .data = yard, .message_limit = 200000 };

	assert_int_equal(tl_server_open(&yard->server, &config, NULL), 0);
}

/* ---- running */

static int set_up(void **state)
{
	struct yard *yard = tl_alloc_zero(1, sizeof(*yard));

	yard->listener = yard->fd = -1;
	*state = yard;
	assert_int_equal(tl_loop_open(&yard->loop, NULL), 0);
	yard->config = (struct tl_dial_config){ .loop = yard->loop, .opened = on_opened, .message = on_message, .gone = on_gone };
	return 0;
}

static int tear_down(void **state)
{
	struct yard *yard = *state;

	tl_dialer_close(yard->dialer);
	tl_server_close(yard->server);
	tl_loop_close(yard->loop);
	if (yard->fd >= 0)
		close(yard->fd);
	if (yard->listener >= 0)
		close(yard->listener);
	tl_arena_clear(&yard->arena);
	free(yard);
	return 0;
}

/* Runs until `*count` is at least that. */
static void run_until(struct yard *yard, const unsigned *count, unsigned wanted)
{
	for (unsigned i = 0; i < 4000 && *count < wanted; i++)
		assert_int_equal(tl_loop_run(yard->loop, 5, NULL, NULL), 0);
	assert_true(*count >= wanted);
}

static struct tl_socket *dial_to(struct yard *yard, struct tl_str url)
{
	struct tl_socket *socket;

	if (!yard->dialer)
		assert_int_equal(tl_dialer_open(&yard->dialer, &yard->config, NULL), 0);
	assert_int_equal(tl_dial(&socket, yard->dialer, url, TL_STR("secret-token"), yard, NULL), 0);
	return socket;
}

static struct tl_str path_of(struct yard *yard, const char *path)
{
	return tl_arena_printf(&yard->arena, "%.*s%s", TL_FMT(tl_server_address(yard->server)), path);
}

static struct tl_socket *dial_server(struct yard *yard)
{
	struct tl_socket *socket = dial_to(yard, path_of(yard, "/line"));

	run_until(yard, &yard->opened, yard->opened + 1);
	run_until(yard, &yard->served, 1);
	return socket;
}

/* ---- the raw peer */

static void listen_raw(struct yard *yard)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);

	yard->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(yard->listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(yard->listener, 8), 0);
	getsockname(yard->listener, (struct sockaddr *)&address, &len);
	snprintf(yard->url, sizeof(yard->url), "ws://127.0.0.1:%u/line", (unsigned)ntohs(address.sin_port));
}

/* Reads what has come until it holds `wanted`, or for a moment where that is NULL. */
static size_t read_raw(struct yard *yard, char *out, size_t size, const char *wanted)
{
	size_t len = 0;
	ssize_t count;

	for (unsigned i = 0; i < 2000; i++) {
		assert_int_equal(tl_loop_run(yard->loop, 1, NULL, NULL), 0);
		if (yard->fd < 0)
			yard->fd = accept4(yard->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		count = yard->fd < 0 ? 0 : recv(yard->fd, out + len, size - 1 - len, MSG_DONTWAIT);
		len += count > 0 ? (size_t)count : 0;
		out[len] = '\0';
		if ((wanted && memmem(out, len, wanted, strlen(wanted))) || (!wanted && i > 20))
			return len;
	}
	fail();
	return 0;
}

static void accept_raw(struct yard *yard)
{
	read_raw(yard, yard->request, sizeof(yard->request), "\r\n\r\n");
}

static void write_raw(struct yard *yard, const void *bytes, size_t len)
{
	assert_int_equal(send(yard->fd, bytes, len, MSG_NOSIGNAL), len);
}

/* The answer to the key of the request, as the standard has it. */
static void answer_key(struct yard *yard, char *out)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	const char *key = strstr(yard->request, "Sec-WebSocket-Key: ");
	unsigned char digest[EVP_MAX_MD_SIZE];
	char text[128];
	unsigned len;

	assert_non_null(key);
	snprintf(text, sizeof(text), "%.24s%s", key + strlen("Sec-WebSocket-Key: "), guid);
	assert_int_equal(EVP_Digest(text, strlen(text), digest, &len, EVP_sha1(), NULL), 1);
	EVP_EncodeBlock((unsigned char *)out, digest, (int)len);
}

/* Says yes, with `more` right behind it. */
static void agree(struct yard *yard, const char *headers, const void *more, size_t len)
{
	char accept[64], text[1024];
	int head;

	answer_key(yard, accept);
	head = snprintf(text, sizeof(text), "HTTP/1.1 101 Switching\r\nupgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n%sSec-WebSocket-Accept: %s\r\n\r\n",
	                headers, accept);
	memcpy(text + head, more, len);
	write_raw(yard, text, (size_t)head + len);
}

static struct tl_socket *dial_raw(struct yard *yard)
{
	struct tl_socket *socket;

	if (yard->listener < 0)
		listen_raw(yard);
	if (yard->fd >= 0)
		close(yard->fd);
	yard->fd = -1;
	yard->opened = yard->messages = yard->gone = 0;
	socket = dial_to(yard, tl_str(yard->url));
	accept_raw(yard);
	return socket;
}

/* ---- with our server */

static void messages_go_both_ways(void **state)
{
	struct yard *yard = *state;
	struct tl_socket *socket;
	char *large = tl_alloc_zero(1, 150000);

	open_server(yard, TL_STR(""), TL_STR(""));
	yard->config.message_limit = 200000;
	socket = dial_server(yard);
	assert_string_equal(yard->authorization, "Bearer secret-token");
	tl_socket_send(socket, TL_STR("echo one"));
	tl_socket_send(socket, TL_STR("two"));
	assert_int_equal(tl_socket_backlog(socket), 0);
	run_until(yard, &yard->messages, 1);
	run_until(yard, &yard->served_messages, 2);
	assert_string_equal(yard->heard, "echo one");
	assert_string_equal(yard->told, "two");
	assert_false(yard->heard_binary);
	memset(large, 'x', 149999);
	memcpy(large, "echo", 4);
	/* Around the lengths at which a frame's head grows. */
	for (unsigned i = 0; i < 6; i++) {
		static const size_t lengths[] = { 125, 126, 65535, 65536, 149999, 5 };

		tl_socket_send(socket, (struct tl_str){ large, lengths[i] });
		run_until(yard, &yard->messages, 2 + i);
		assert_int_equal(yard->heard_len, lengths[i]);
		assert_int_equal(yard->told_len, lengths[i]);
	}
	tl_socket_send(socket, TL_STR(""));
	run_until(yard, &yard->served_messages, 9);
	assert_int_equal(yard->told_len, 0);
	assert_false(yard->told_binary);
	tl_socket_send_binary(socket, TL_STR("\x00\xff"));
	run_until(yard, &yard->served_messages, 10);
	assert_true(yard->told_binary && yard->told_len == 2);
	assert_int_equal(tl_dialer_counts(yard->dialer).sent, 10);
	assert_int_equal(tl_dialer_counts(yard->dialer).received >= 7, 1);
	assert_int_equal(yard->gone, 0);
	free(large);
}

static void either_side_closes(void **state)
{
	struct yard *yard = *state;
	struct tl_socket *socket;

	open_server(yard, TL_STR(""), TL_STR(""));
	socket = dial_server(yard);
	tl_socket_send(socket, TL_STR("close"));
	run_until(yard, &yard->gone, 1);
	assert_int_equal(yard->last.kind, TL_GONE_CLOSED);
	assert_int_equal(yard->last.code, 1008);
	assert_string_equal(yard->reason, "malformed JSON");
	run_until(yard, &yard->closed, 1);
	socket = dial_server(yard);
	tl_socket_send(socket, TL_STR("last words"));
	tl_socket_close(socket, 1000, "done");
	tl_socket_send(socket, TL_STR("too late"));
	run_until(yard, &yard->gone, 2);
	assert_int_equal(yard->last.kind, TL_GONE_CLOSED);
	assert_int_equal(yard->last.code, 1000);
	assert_string_equal(yard->told, "last words");
	run_until(yard, &yard->closed, 2);
	socket = dial_server(yard);
	tl_socket_send(socket, TL_STR("cut"));
	run_until(yard, &yard->gone, 3);
	assert_int_equal(yard->last.kind, TL_GONE_DROPPED);
	socket = dial_server(yard);
	tl_socket_cut(socket);
	tl_socket_cut(socket);
	assert_int_equal(yard->gone, 3);
	run_until(yard, &yard->gone, 4);
	assert_int_equal(yard->last.kind, TL_GONE_DROPPED);
	run_until(yard, &yard->closed, 4);
	socket = dial_server(yard);
	tl_socket_send(socket, TL_STR("before the end"));
	tl_socket_end(socket);
	run_until(yard, &yard->gone, 5);
	assert_int_equal(yard->last.kind, TL_GONE_DROPPED);
	run_until(yard, &yard->closed, 5);
	assert_string_equal(yard->told, "before the end");
	assert_int_equal(tl_dialer_counts(yard->dialer).open, 0);
}

static void a_server_may_refuse(void **state)
{
	struct yard *yard = *state;

	open_server(yard, TL_STR(""), TL_STR(""));
	dial_to(yard, path_of(yard, "/other"));
	run_until(yard, &yard->gone, 1);
	assert_int_equal(yard->last.kind, TL_GONE_REFUSED);
	assert_int_equal(yard->last.status, 403);
	assert_int_equal(yard->last.retry_after_ms, -1);
	assert_non_null(strstr(yard->reason, "refused (403): the token lacks callcontrol:media (not.allowed)"));
	assert_null(strstr(yard->reason, "secret-token"));
	assert_int_equal(yard->opened, 0);
}

static void a_dialer_takes_its_sockets_along(void **state)
{
	struct yard *yard = *state;

	open_server(yard, TL_STR(""), TL_STR(""));
	dial_server(yard);
	dial_server(yard);
	tl_socket_cut(dial_server(yard));
	dial_to(yard, path_of(yard, "/line"));
	dial_to(yard, TL_STR("http://localhost:1/x"));
	assert_int_equal(tl_dialer_counts(yard->dialer).open, 5);
	tl_dialer_close(yard->dialer);
	yard->dialer = NULL;
	assert_int_equal(yard->gone, 5);
	assert_int_equal(yard->last.kind, TL_GONE_DROPPED);
	run_until(yard, &yard->closed, 3);
}

#define MANY 2000

static void thousands_come_and_go(void **state)
{
	struct yard *yard = *state;
	struct rlimit limit;
	struct tl_socket **sockets = tl_alloc_zero(MANY, sizeof(struct tl_socket *));
	unsigned many;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	many = limit.rlim_cur > 2 * MANY + 200 ? MANY : limit.rlim_cur > 400 ? (unsigned)(limit.rlim_cur - 200) / 2 : 50;
	open_server(yard, TL_STR(""), TL_STR(""));
	for (unsigned i = 0; i < many; i++)
		sockets[i] = dial_to(yard, path_of(yard, "/line"));
	run_until(yard, &yard->opened, many);
	for (unsigned i = 0; i < many; i++)
		tl_socket_send(sockets[i], TL_STR("echo"));
	run_until(yard, &yard->messages, many);
	assert_int_equal(tl_dialer_counts(yard->dialer).open, many);
	for (unsigned i = 0; i < many; i++) {
		if (i % 2)
			tl_socket_close(sockets[i], 1001, "");
		else
			tl_socket_cut(sockets[i]);
	}
	run_until(yard, &yard->gone, many);
	run_until(yard, &yard->closed, many);
	assert_int_equal(tl_dialer_counts(yard->dialer).open, 0);
	free(sockets);
}

/* ---- with a raw peer */

static void handshakes_are_looked_at(void **state)
{
	static const struct {
		const char *answer;
		int status;
		int64_t after;
		const char *words;
	} table[] = {
		{ "HTTP/1.1 401 No\r\nContent-Length: 22\r\n\r\n{\"message\":\"too old\"}  ", 401, -1, "(401): too old" },
		{ "HTTP/1.1 401 No\r\nContent-Length: 40\r\n\r\n{\"message\":\"no token is 'secret-token'\"} ", 401, -1, "no token is '************'" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 39\r\n\r\n{\"message\":\"your token: secret-token\"} ", 200, -1, "your token: ************" },
		{ "HTTP/1.1 503 Later\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", 503, 7000, "(503)" },
		{ "HTTP/1.1 429 Later\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:40 GMT\r\nContent-Length: 0\r\n\r\n", 429, 3000, "(429)" },
		{ "HTTP/1.1 302 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 302, -1, "(302)" },
		{ "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>", 200, -1, "HTML instead of JSON" },
		{ "SSH-2.0-OpenSSH\r\n", 0, -1, "does not speak HTTP" },
		{ "HTTP/1.1 abc\r\n\r\n", 0, -1, "does not speak HTTP" },
		{ "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n", 0, -1, "not to our key" },
		{ "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\n\r\n", 0, -1, "does not upgrade to a WebSocket" },
		{ "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n", 0, -1, "does not upgrade the connection" },
	};
	struct yard *yard = *state;

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		dial_raw(yard);
		write_raw(yard, table[i].answer, strlen(table[i].answer));
		run_until(yard, &yard->gone, 1);
		assert_row(table[i].answer, yard->last.kind == TL_GONE_REFUSED);
		assert_row(table[i].answer, yard->last.status == table[i].status);
		assert_row(table[i].answer, yard->last.retry_after_ms == table[i].after);
		assert_row(table[i].answer, strstr(yard->reason, table[i].words) != NULL);
		assert_row(table[i].answer, !yard->last.hopeless && yard->opened == 0);
	}
	assert_non_null(strstr(yard->request, "GET /line HTTP/1.1\r\nHost: 127.0.0.1:"));
	assert_non_null(strstr(yard->request, "\r\nAuthorization: Bearer secret-token\r\n"));
	dial_raw(yard);
	agree(yard, "Sec-WebSocket-Extensions: permessage-deflate\r\n", "", 0);
	run_until(yard, &yard->gone, 1);
	assert_non_null(strstr(yard->reason, "what it was not asked for"));
	dial_raw(yard);
	close(yard->fd);
	yard->fd = -1;
	run_until(yard, &yard->gone, 1);
	assert_int_equal(yard->last.kind, TL_GONE_UNREACHABLE);
}

/* The code of the close frame that we sent last, unmasked; 0: none. */
static int closed_with(const unsigned char *bytes, size_t len)
{
	for (size_t at = 0; at + 6 <= len; at += 6 + (bytes[at + 1] & 0x7f))
		if (bytes[at] == 0x88 && (bytes[at + 1] & 0x7f) >= 2)
			return (bytes[at + 6] ^ bytes[at + 2]) << 8 | (bytes[at + 7] ^ bytes[at + 3]);
	return 0;
}

#define FRAMES(bytes) bytes, sizeof(bytes) - 1

static void broken_frames_end_it(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int code, told; /* what `gone` says; what the other side gets */
	} table[] = {
		{ FRAMES("\x81\x85" "mask" "hello"), 1002, 1002 },
		{ FRAMES("\xc1\x01x"), 1002, 1002 },
		{ FRAMES("\x83\x01x"), 1002, 1002 },
		{ FRAMES("\x8b\x00"), 1002, 1002 },
		{ FRAMES("\x80\x01x"), 1002, 1002 },
		{ FRAMES("\x01\x01x\x01\x01y"), 1002, 1002 },
		{ FRAMES("\x09\x00"), 1002, 1002 },
		{ FRAMES("\x89\x7e\x00\x80"), 1002, 1002 },
		{ FRAMES("\x81\x02\xff\xfe"), 1007, 1007 },
		{ FRAMES("\x01\x01\xc3\x80\x01("), 1007, 1007 },
		{ FRAMES("\x81\x7e\x04\x01"), 1009, 1009 },
		{ FRAMES("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), 1009, 1009 },
		{ FRAMES("\x01\x01x\x80\x7e\x04\x00"), 1009, 1009 },
		{ FRAMES("\x88\x01x"), 1002, 1002 },
		{ FRAMES("\x88\x02\x03\xed"), 1002, 1002 },
		{ FRAMES("\x88\x04\x03\xe8\xff\xfe"), 1002, 1002 },
		{ FRAMES("\x88\x08\x03\xf3" "broken"), 1011, 1011 },
		{ FRAMES("\x88\x02\x13\x88"), 5000, 0 },
		{ FRAMES("\x88\x00"), 0, 0 },
	};
	struct yard *yard = *state;
	unsigned char sent[512];
	size_t len;

	yard->config.message_limit = 1024;
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		char row[32];
		int code = table[i].code == 5000 ? 1002 : table[i].code;

		snprintf(row, sizeof(row), "row %zu", i);
		dial_raw(yard);
		/* Half of them come with the answer to the handshake. */
		if (i % 2)
			agree(yard, "", table[i].bytes, table[i].len);
		else
			agree(yard, "", "", 0);
		run_until(yard, &yard->opened, 1);
		if (i % 2 == 0)
			write_raw(yard, table[i].bytes, table[i].len);
		len = read_raw(yard, (char *)sent, sizeof(sent), "\x88");
		assert_row(row, table[i].told == 0 || closed_with(sent, len) == table[i].told);
		shutdown(yard->fd, SHUT_RDWR);
		run_until(yard, &yard->gone, 1);
		assert_row(row, yard->last.kind == TL_GONE_CLOSED && yard->last.code == code);
		assert_row(row, yard->messages == 0);
	}
}

static void messages_come_in_pieces(void **state)
{
	static const char frames[] = "\x01\x03one\x89\x02hi\x00\x03two\x80\x05three\x82\x02\x00\xff";
	struct yard *yard = *state;
	struct tl_socket *socket = dial_raw(yard);
	unsigned char sent[64];

	agree(yard, "", frames, 4);
	for (size_t i = 4; i < sizeof(frames) - 1; i++) {
		write_raw(yard, frames + i, 1);
		assert_int_equal(tl_loop_run(yard->loop, 1, NULL, NULL), 0);
		if (yard->messages == 1 && !yard->heard_binary)
			assert_string_equal(yard->heard, "onetwothree");
	}
	run_until(yard, &yard->messages, 2);
	assert_true(yard->heard_binary);
	assert_int_equal(yard->heard_len, 2);
	assert_int_equal(read_raw(yard, (char *)sent, sizeof(sent), "\x8a"), 8);
	assert_int_equal(sent[1], 0x82);
	assert_int_equal(sent[6] ^ sent[2], 'h');
	assert_int_equal(sent[7] ^ sent[3], 'i');
	/* Two in one piece. */
	write_raw(yard, "\x81\x01" "a\x81\x01" "b", 6);
	run_until(yard, &yard->messages, 4);
	assert_string_equal(yard->heard, "b");
	tl_socket_cut(socket);
	run_until(yard, &yard->gone, 1);
}

static void who_does_not_read_is_dropped(void **state)
{
	struct yard *yard = *state;
	struct tl_socket *socket;
	char *piece = tl_alloc_zero(1, 60000);
	unsigned sent = 0;

	memset(piece, 'x', 60000);
	yard->config.backlog_limit = 200000;
	socket = dial_raw(yard);
	agree(yard, "", "", 0);
	run_until(yard, &yard->opened, 1);
	/* What the kernel takes on its own differs; it is not endless. */
	while (yard->gone == 0 && sent < 1000) {
		tl_socket_send(socket, (struct tl_str){ piece, 60000 });
		assert_int_equal(tl_loop_run(yard->loop, -1, NULL, NULL), 0);
		sent++;
	}
	assert_int_equal(yard->gone, 1);
	assert_int_equal(yard->last.kind, TL_GONE_DROPPED);
	assert_non_null(strstr(yard->reason, "does not read"));
	free(piece);
}

static void what_waits_is_sent_later(void **state)
{
	struct yard *yard = *state;
	struct tl_socket *socket;
	char *piece = tl_alloc_zero(1, 60000), *out = tl_alloc(1 << 20);
	size_t total = 0;
	unsigned sent = 0;

	memset(piece, 'x', 60000);
	yard->config.backlog_limit = 4 << 20;
	socket = dial_raw(yard);
	agree(yard, "", "", 0);
	run_until(yard, &yard->opened, 1);
	while (tl_socket_backlog(socket) == 0 && sent < 1000) {
		tl_socket_send(socket, (struct tl_str){ piece, 60000 });
		sent++;
	}
	tl_socket_send(socket, TL_STR("last"));
	tl_socket_close(socket, 1000, "");
	while (total < sent * (size_t)60008 + 10 + 8) {
		ssize_t count = recv(yard->fd, out, 1 << 20, MSG_DONTWAIT);

		assert_true(count > 0 || (count < 0 && errno == EAGAIN));
		total += count > 0 ? (size_t)count : 0;
		assert_int_equal(tl_loop_run(yard->loop, count > 0 ? -1 : 1, NULL, NULL), 0);
	}
	assert_int_equal(total, sent * (size_t)60008 + 10 + 8);
	assert_int_equal(tl_socket_backlog(socket), 0);
	write_raw(yard, "\x88\x02\x03\xe8", 4);
	run_until(yard, &yard->gone, 1);
	assert_int_equal(yard->last.code, 1000);
	free(piece);
	free(out);
}

static void silence_is_asked_about(void **state)
{
	struct yard *yard = *state;
	unsigned char sent[64];

	yard->config.ping_ms = 30;
	yard->config.pong_ms = 60;
	dial_raw(yard);
	agree(yard, "", "", 0);
	read_raw(yard, (char *)sent, sizeof(sent), "\x89");
	write_raw(yard, "\x8a\x00", 2);
	/* It was answered, so another one comes; that one is not. */
	read_raw(yard, (char *)sent, sizeof(sent), "\x89");
	assert_int_equal(yard->gone, 0);
	assert_int_equal(tl_dialer_counts(yard->dialer).pongs, 1);
	run_until(yard, &yard->gone, 1);
	assert_int_equal(yard->last.kind, TL_GONE_DROPPED);
	assert_non_null(strstr(yard->reason, "no answer to a ping"));
	assert_int_equal(tl_dialer_counts(yard->dialer).pings, 2);
}

static void the_end_without_a_close_frame_is_told(void **state)
{
	struct yard *yard = *state;
	struct linger now = { .l_onoff = 1 };

	for (unsigned i = 0; i < 2; i++) {
		dial_raw(yard);
		agree(yard, "", "\x81\x05half", 6);
		run_until(yard, &yard->opened, 1);
		if (i == 1)
			setsockopt(yard->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		close(yard->fd);
		yard->fd = -1;
		run_until(yard, &yard->gone, 1);
		assert_int_equal(yard->last.kind, TL_GONE_DROPPED);
		assert_int_equal(yard->messages, 0);
	}
}

/* ---- not reached */

static void nobody_there_is_told(void **state)
{
	struct yard *yard = *state;
	char name[160];

	listen_raw(yard);
	yard->config.connect_ms = 150;
	dial_to(yard, tl_str(yard->url));
	run_until(yard, &yard->gone, 1);
	assert_int_equal(yard->last.kind, TL_GONE_UNREACHABLE);
	assert_non_null(strstr(yard->reason, "no answer within 150 ms"));
	close(yard->listener);
	yard->listener = -1;
	dial_to(yard, tl_str(yard->url));
	/* Never within the call. */
	assert_int_equal(yard->gone, 1);
	run_until(yard, &yard->gone, 2);
	assert_int_equal(yard->last.kind, TL_GONE_UNREACHABLE);
	assert_non_null(strstr(yard->reason, "nothing listens at that address and port"));
	assert_false(yard->last.hopeless);
	/* No name may be as long as this, so nobody is asked for it. */
	snprintf(name, sizeof(name), "https://%080d.localhost/", 1);
	dial_to(yard, tl_str(name));
	run_until(yard, &yard->gone, 3);
	assert_int_equal(yard->last.kind, TL_GONE_UNREACHABLE);
	assert_non_null(strstr(yard->reason, "name"));
}

static void names_are_looked_up(void **state)
{
	struct yard *yard = *state;
	const char *port;

	open_server(yard, TL_STR(""), TL_STR(""));
	port = strrchr(tl_server_address(yard->server).ptr, ':');
	for (unsigned i = 0; i < 3; i++)
		dial_to(yard, tl_arena_printf(&yard->arena, "http://localhost%s/line", port));
	run_until(yard, &yard->opened, 3);
	assert_int_equal(yard->gone, 0);
}

static void addresses_that_will_not_do_are_refused(void **state)
{
	static const struct { const char *url, *bearer; } table[] = {
		{ "", "" }, { "ftp://127.0.0.1/", "" }, { "ws://example.com/", "" }, { "http://example.com/", "" }, { "http://a:b@127.0.0.1/", "" },
		{ "http://127.0.0.1/", "a\r\nX: y" },
	};
	struct yard *yard = *state;
	struct tl_error err = { 0 };
	struct tl_socket *socket;

	assert_int_equal(tl_dialer_open(&yard->dialer, &yard->config, NULL), 0);
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		assert_row(table[i].url, tl_dial(&socket, yard->dialer, tl_str(table[i].url), tl_str(table[i].bearer), yard, &err) == -1);
		assert_row(table[i].url, err.code == TL_USAGE && !socket);
		assert_null(strstr(err.message, "X: y"));
	}
	assert_int_equal(tl_dialer_counts(yard->dialer).open, 0);
	tl_dialer_close(NULL);
}

/* ---- TLS */

static struct tl_str make_certificate(struct yard *yard, struct tl_str *certificate, struct tl_str *key, const char *name, int64_t days)
{
	int64_t now = tl_clock_system().now_ms(NULL);
	struct tl_str authority;

	assert_int_equal(tl_certificate_make(&authority, certificate, key, &yard->arena, &name, 1, now - 2 * DAY_MS, now + days * DAY_MS, NULL), 0);
	return authority;
}

static void certificates_are_verified(void **state)
{
	static const struct {
		const char *name;
		int64_t days;
		bool known;
		const char *words; /* NULL: it is accepted */
	} table[] = {
		{ "127.0.0.1", 2, true, NULL },
		{ "127.0.0.2", 2, true, "was issued for another address" },
		{ "localhost", 2, true, "was issued for another address" },
		{ "127.0.0.1", -1, true, "has expired" },
		{ "127.0.0.1", 2, false, "name that authority's file as `ca:`" },
	};
	char *folder = unit_scratch_in_memory(), path[256];
	struct yard *yard = *state;

	snprintf(path, sizeof(path), "%s/ca.pem", folder);
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		struct tl_str certificate, key, authority = make_certificate(yard, &certificate, &key, table[i].name, table[i].days);
		struct tl_socket *socket;

		assert_int_equal(tl_file_write(path, authority, 0600, NULL), 0);
		yard->config.ca = table[i].known ? path : NULL;
		open_server(yard, certificate, key);
		yard->gone = yard->opened = yard->messages = 0;
		socket = dial_to(yard, path_of(yard, "/line"));
		if (table[i].words) {
			run_until(yard, &yard->gone, 1);
			assert_row(table[i].words, yard->last.kind == TL_GONE_UNREACHABLE && yard->last.hopeless);
			assert_row(table[i].words, strstr(yard->reason, table[i].words) != NULL);
		} else {
			run_until(yard, &yard->opened, 1);
			tl_socket_send(socket, TL_STR("echo over TLS"));
			run_until(yard, &yard->messages, 1);
			assert_string_equal(yard->heard, "echo over TLS");
			tl_socket_close(socket, 1000, "");
			run_until(yard, &yard->gone, 1);
			assert_int_equal(yard->last.code, 1000);
		}
		tl_dialer_close(yard->dialer);
		yard->dialer = NULL;
		tl_server_close(yard->server);
		yard->server = NULL;
	}
	unit_scratch_remove(folder);
}

static void large_messages_go_over_tls(void **state)
{
	char *folder = unit_scratch_in_memory(), path[256], *large = tl_alloc_zero(1, 150000);
	struct yard *yard = *state;
	struct tl_str certificate, key, authority = make_certificate(yard, &certificate, &key, "localhost", 2);
	struct tl_socket *socket;

	snprintf(path, sizeof(path), "%s/ca.pem", folder);
	assert_int_equal(tl_file_write(path, authority, 0600, NULL), 0);
	memset(large, 'y', 149999);
	memcpy(large, "echo", 4);
	yard->config.ca = path;
	yard->config.message_limit = 200000;
	open_server(yard, certificate, key);
	socket = dial_to(yard, tl_arena_printf(&yard->arena, "wss://localhost%s/line", strrchr(tl_server_address(yard->server).ptr, ':')));
	run_until(yard, &yard->opened, 1);
	for (unsigned i = 0; i < 4; i++)
		tl_socket_send(socket, (struct tl_str){ large, 149999 });
	run_until(yard, &yard->messages, 4);
	assert_int_equal(yard->heard_len, 149999);
	unit_scratch_remove(folder);
	free(large);
}

static void trouble_with_tls_is_told(void **state)
{
	struct yard *yard = *state;
	struct tl_error err = { 0 };
	struct tl_socket *socket;

	listen_raw(yard);
	dial_to(yard, tl_arena_printf(&yard->arena, "wss%s", strchr(yard->url, ':')));
	yard->fd = -1;
	read_raw(yard, yard->request, sizeof(yard->request), "\x16");
	write_raw(yard, "HTTP/1.1 400 Bad\r\n\r\n", 20);
	run_until(yard, &yard->gone, 1);
	assert_int_equal(yard->last.kind, TL_GONE_UNREACHABLE);
	assert_false(yard->last.hopeless);
	assert_non_null(strstr(yard->reason, "is it https at that port"));
	tl_dialer_close(yard->dialer);
	yard->config.ca = "/nowhere/ca.pem";
	assert_int_equal(tl_dialer_open(&yard->dialer, &yard->config, NULL), 0);
	assert_int_equal(tl_dial(&socket, yard->dialer, TL_STR("https://127.0.0.1:1/"), TL_STR(""), yard, &err), -1);
	assert_int_equal(err.code, TL_USAGE);
	assert_non_null(strstr(err.message, "`ca:`"));
}

/* ---- by way of a proxy */

static void a_proxy_is_asked(void **state)
{
	static const struct {
		const char *answer;
		bool hopeless;
		const char *words;
	} table[] = {
		{ "HTTP/1.1 407 Who\r\n\r\n", true, "wants a user and a password (407)" },
		{ "HTTP/1.1 403 No\r\n\r\n", true, "does not let it through (403)" },
		{ "HTTP/1.1 502 No\r\n\r\n", false, "does not let it through (502)" },
		{ "what\r\n\r\n", false, "is no proxy" },
	};
	struct yard *yard = *state;
	char proxy[96];

	listen_raw(yard);
	snprintf(proxy, sizeof(proxy), "http://me:pass@%s", strchr(yard->url, '/') + 2);
	*strrchr(proxy, '/') = '\0';
	yard->config.proxy = proxy;
	yard->config.insecure = true;
	strcpy(yard->url, "ws://platform.test/line");
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		dial_raw(yard);
		assert_string_equal(yard->request, "CONNECT platform.test:80 HTTP/1.1\r\nHost: platform.test:80\r\nProxy-Authorization: Basic bWU6cGFzcw==\r\n\r\n");
		write_raw(yard, table[i].answer, strlen(table[i].answer));
		run_until(yard, &yard->gone, 1);
		assert_row(table[i].words, yard->last.kind == TL_GONE_UNREACHABLE && yard->last.hopeless == table[i].hopeless);
		assert_row(table[i].words, strstr(yard->reason, table[i].words) && !strstr(yard->reason, "pass@"));
	}
	dial_raw(yard);
	write_raw(yard, "HTTP/1.1 200 Go\r\n\r\n", 19);
	accept_raw(yard);
	assert_non_null(strstr(yard->request, "GET /line HTTP/1.1\r\nHost: platform.test\r\n"));
	agree(yard, "", "\x81\x02hi", 4);
	run_until(yard, &yard->messages, 1);
	assert_string_equal(yard->heard, "hi");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int test_net_dial(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(messages_go_both_ways),
		TEST(either_side_closes),
		TEST(a_server_may_refuse),
		TEST(a_dialer_takes_its_sockets_along),
		TEST(thousands_come_and_go),
		TEST(handshakes_are_looked_at),
		TEST(broken_frames_end_it),
		TEST(messages_come_in_pieces),
		TEST(who_does_not_read_is_dropped),
		TEST(what_waits_is_sent_later),
		TEST(silence_is_asked_about),
		TEST(the_end_without_a_close_frame_is_told),
		TEST(nobody_there_is_told),
		TEST(names_are_looked_up),
		TEST(addresses_that_will_not_do_are_refused),
		TEST(certificates_are_verified),
		TEST(large_messages_go_over_tls),
		TEST(trouble_with_tls_is_told),
		TEST(a_proxy_is_asked),
	};

	return cmocka_run_group_tests_name("net/dial", tests, NULL, NULL);
}

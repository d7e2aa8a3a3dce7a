/* net/serve_exchange.c: requests, from their headers to the last byte of their answers. */
#include <assert.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

#include "crypto/sha256.h"
#include "net/serving.h"

/* Headers of an answer, all of them. */
#define HEADERS_SIZE ((size_t)8192)
/* How often a slow answer goes on. */
#define SLOW_MS 100
/* The longest piece of a query that is looked at: lists of ids come in one. */
#define QUERY_PIECE 16384

static const struct {
	enum lws_token_indexes token;
	const char *name;
} method_table[] = {
	{ WSI_TOKEN_GET_URI, "GET" },
	{ WSI_TOKEN_POST_URI, "POST" },
	{ WSI_TOKEN_PUT_URI, "PUT" },
	{ WSI_TOKEN_PATCH_URI, "PATCH" },
	{ WSI_TOKEN_DELETE_URI, "DELETE" },
	{ WSI_TOKEN_HEAD_URI, "HEAD" },
	{ WSI_TOKEN_OPTIONS_URI, "OPTIONS" },
};

/* Headers that libwebsockets keeps by number. Others are kept by name, over HTTP/1.1 alone. */
static const struct {
	const char *name;
	enum lws_token_indexes token;
} header_table[] = {
	{ "host", WSI_TOKEN_HOST },
	{ "authorization", WSI_TOKEN_HTTP_AUTHORIZATION },
	{ "content-type", WSI_TOKEN_HTTP_CONTENT_TYPE },
	{ "content-length", WSI_TOKEN_HTTP_CONTENT_LENGTH },
	{ "content-encoding", WSI_TOKEN_HTTP_CONTENT_ENCODING },
	{ "if-match", WSI_TOKEN_HTTP_IF_MATCH },
	{ "if-none-match", WSI_TOKEN_HTTP_IF_NONE_MATCH },
	{ "accept", WSI_TOKEN_HTTP_ACCEPT },
	{ "user-agent", WSI_TOKEN_HTTP_USER_AGENT },
	{ "expect", WSI_TOKEN_HTTP_EXPECT },
	{ "transfer-encoding", WSI_TOKEN_HTTP_TRANSFER_ENCODING },
	{ "origin", WSI_TOKEN_ORIGIN },
	{ "upgrade", WSI_TOKEN_UPGRADE },
	{ "connection", WSI_TOKEN_CONNECTION },
	{ "cookie", WSI_TOKEN_HTTP_COOKIE },
};

/* ---- the request */

static struct tl_str token_text(const struct tl_exchange *exchange, enum lws_token_indexes token)
{
	int length = lws_hdr_total_length(exchange->wsi, token);
	/* The arena is no part of what a caller sees as constant. */
	struct tl_arena *arena = (struct tl_arena *)&exchange->arena;
	char *text;

	if (length <= 0)
		return (struct tl_str){ NULL, 0 };
	text = tl_arena_alloc(arena, (size_t)length + 1, 1);
	length = lws_hdr_copy(exchange->wsi, text, length + 1, token);
	return length < 0 ? (struct tl_str){ NULL, 0 } : (struct tl_str){ text, (size_t)length };
}

static struct tl_str custom_text(const struct tl_exchange *exchange, const char *name)
{
	struct tl_arena *arena = (struct tl_arena *)&exchange->arena;
	struct tl_str key = tl_arena_printf(arena, "%s:", name);
	int length = lws_hdr_custom_length(exchange->wsi, key.ptr, (int)key.len);
	char *text;

	if (length < 0)
		return (struct tl_str){ NULL, 0 };
	text = tl_arena_alloc(arena, (size_t)length + 1, 1);
	length = lws_hdr_custom_copy(exchange->wsi, text, length + 1, key.ptr, (int)key.len);
	return length < 0 ? (struct tl_str){ NULL, 0 } : tl_str_trim((struct tl_str){ text, (size_t)length });
}

struct tl_str tl_exchange_header(const struct tl_exchange *exchange, const char *name)
{
	if (exchange->http2 && strcmp(name, "host") == 0)
		return token_text(exchange, WSI_TOKEN_HTTP_COLON_AUTHORITY);
	for (size_t i = 0; i < TL_COUNT(header_table); i++) {
		if (strcmp(header_table[i].name, name) == 0)
			return tl_str_trim(token_text(exchange, header_table[i].token));
	}
	return custom_text(exchange, name);
}

struct tl_str tl_exchange_query(const struct tl_exchange *exchange, const char *name)
{
	struct tl_arena *arena = (struct tl_arena *)&exchange->arena;
	size_t wanted = strlen(name);
	char piece[QUERY_PIECE];
	int length;

	for (int i = 0;; i++) {
		length = lws_hdr_copy_fragment(exchange->wsi, piece, sizeof(piece), WSI_TOKEN_HTTP_URI_ARGS, i);
		if (length < 0)
			return (struct tl_str){ NULL, 0 };
		if ((size_t)length > wanted && memcmp(piece, name, wanted) == 0 && piece[wanted] == '=')
			return tl_arena_dup(arena, (struct tl_str){ piece + wanted + 1, (size_t)length - wanted - 1 });
		if ((size_t)length == wanted && memcmp(piece, name, wanted) == 0)
			return TL_STR("");
	}
}

bool tl_exchange_query_at(struct tl_str *name, struct tl_str *value, const struct tl_exchange *exchange, size_t index)
{
	struct tl_arena *arena = (struct tl_arena *)&exchange->arena;
	char *piece = tl_arena_alloc(arena, QUERY_PIECE, 1);
	int length = lws_hdr_copy_fragment(exchange->wsi, piece, QUERY_PIECE, WSI_TOKEN_HTTP_URI_ARGS, (int)index);
	size_t equals;

	if (length < 0)
		return false;
	*name = (struct tl_str){ piece, (size_t)length };
	*value = (struct tl_str){ NULL, 0 };
	equals = tl_str_find(*name, TL_STR("="), 0);
	if (equals == SIZE_MAX)
		return true;
	*value = tl_str_slice(*name, equals + 1, name->len);
	name->len = equals;
	return true;
}

const char *tl_exchange_method(const struct tl_exchange *exchange)
{
	return exchange->method;
}

struct tl_str tl_exchange_path(const struct tl_exchange *exchange)
{
	return exchange->path;
}

struct tl_str tl_exchange_body(const struct tl_exchange *exchange)
{
	return tl_buf_view(&exchange->body);
}

struct tl_arena *tl_exchange_arena(struct tl_exchange *exchange)
{
	return &exchange->arena;
}

void *tl_exchange_data(const struct tl_exchange *exchange)
{
	return exchange->data;
}

void tl_exchange_set_data(struct tl_exchange *exchange, void *data)
{
	exchange->data = data;
}

static bool host_is(struct tl_str host, const char *name)
{
	return tl_str_equal_nocase(host, tl_str(name));
}

/* The name without its port; an IPv6 address keeps its brackets. */
static struct tl_str without_port(struct tl_str host)
{
	size_t end = host.len;

	while (end > 0 && host.ptr[end - 1] >= '0' && host.ptr[end - 1] <= '9')
		end--;
	return end > 0 && host.ptr[end - 1] == ':' ? tl_str_slice(host, 0, end - 1) : host;
}

static bool is_v4_loopback(struct tl_str host)
{
	unsigned dots = 0;

	for (size_t i = 0; i < host.len; i++) {
		if (host.ptr[i] == '.')
			dots++;
		else if (host.ptr[i] < '0' || host.ptr[i] > '9')
			return false;
	}
	return dots == 3 && tl_str_starts(host, TL_STR("127."));
}

bool tl_exchange_host_is_loopback(const struct tl_exchange *exchange)
{
	struct tl_str host = without_port(tl_exchange_header(exchange, "host"));

	if (host_is(host, "localhost") || host_is(host, "[::1]") || is_v4_loopback(host))
		return true;
	return host.len > 10 && host_is(tl_str_slice(host, host.len - 10, host.len), ".localhost");
}

struct tl_exchange *tl_exchange_new(struct tl_server *server, struct lws *wsi)
{
	struct tl_exchange *exchange = tl_alloc_zero(1, sizeof(*exchange));
	size_t i = 0;

	exchange->server = server;
	exchange->wsi = wsi;
	exchange->http2 = lws_get_network_wsi(wsi) != wsi;
	tl_buf_init(&exchange->body, server->config.body_limit);
	while (i < TL_COUNT(method_table) && lws_hdr_total_length(wsi, method_table[i].token) <= 0)
		i++;
	exchange->method = i < TL_COUNT(method_table) ? method_table[i].name : "";
	exchange->path = i < TL_COUNT(method_table) ? token_text(exchange, method_table[i].token) : TL_STR("");
	return exchange;
}

void tl_exchange_free(struct tl_exchange *exchange)
{
	if (!exchange)
		return;
	tl_timer_cancel(exchange->timer);
	tl_buf_clear(&exchange->body);
	tl_arena_clear(&exchange->arena);
	free(exchange);
}

/* ---- the end of an HTTP/2 connection
 *
 * libwebsockets 4.1 opens the window of the whole connection by 256 KiB for each stream, and twice for what comes in, and never takes it back: after 8,191 requests
 * it passes 2^31 - 1, which a client must end the connection for, in the midst of what is under way. So the client is told in time to use another one (RFC 9113, 6.8):
 * what is under way goes on. */

#define WINDOW_A_STREAM ((uintptr_t)4 * 65536)
#define WINDOW_ENOUGH ((uintptr_t)3 << 29)
#define WINDOW_TOLD UINTPTR_MAX

static void count_window(const struct tl_exchange *exchange, uintptr_t bytes)
{
	struct lws *network = lws_get_network_wsi(exchange->wsi);
	uintptr_t window = (uintptr_t)lws_get_opaque_user_data(network);

	if (exchange->http2 && window != WINDOW_TOLD)
		lws_set_opaque_user_data(network, (void *)(window + bytes));
}

/* A body that is larger than a stream's first window may come as fast as it can: left to itself libwebsockets opens the window by ever smaller pieces. */
static void open_window(const struct tl_exchange *exchange, struct tl_str content_length)
{
	unsigned long long length = strtoull(content_length.ptr, NULL, 10);
	unsigned long long most = 4 * (unsigned long long)exchange->server->config.body_limit;

	if (!exchange->http2 || length < WINDOW_A_STREAM / 2)
		return;
	length = length < most ? length : most;
	if (lws_wsi_tx_credit(exchange->wsi, LWSTXCR_PEER_TO_US, (int)length) == 0)
		count_window(exchange, (uintptr_t)length);
}

/* Only between frames, which is where a stream may write and nothing is left of what was written before. */
static void tell_to_leave(const struct tl_exchange *exchange)
{
	/* GOAWAY on stream 0, no error; the last stream that is served is any that comes. */
	static const unsigned char frame[] = { 0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0 };
	struct lws *network = lws_get_network_wsi(exchange->wsi);
	uintptr_t window = (uintptr_t)lws_get_opaque_user_data(network);

	if (!exchange->http2 || window == WINDOW_TOLD || window < WINDOW_ENOUGH || lws_partial_buffered(network) || lws_send_pipe_choked(network))
		return;
	if (SSL_write(lws_get_ssl(network), frame, (int)sizeof(frame)) == (int)sizeof(frame))
		lws_set_opaque_user_data(network, (void *)WINDOW_TOLD);
}

/* ---- the answer, as it is asked for */

static void prepare(struct tl_exchange *exchange, enum tl_answer_kind kind, int status, const char *type, struct tl_str body)
{
	assert(exchange->kind == TL_ANSWER_NONE);
	exchange->kind = kind;
	exchange->status = status;
	exchange->type = type ? tl_arena_dup(&exchange->arena, tl_str(type)).ptr : NULL;
	exchange->answer = tl_arena_dup(&exchange->arena, body);
	exchange->length = body.len;
	/* libwebsockets does not write either while it does not read. */
	if (exchange->paused)
		lws_rx_flow_control(exchange->wsi, 1);
	exchange->paused = false;
	lws_callback_on_writable(exchange->wsi);
}

void tl_exchange_refusal_headers(struct tl_exchange *exchange, const struct tl_reply_header *headers, size_t n_headers)
{
	exchange->names = TL_ARENA_ARRAY(&exchange->arena, struct tl_str, n_headers);
	exchange->values = TL_ARENA_ARRAY(&exchange->arena, struct tl_str, n_headers);
	exchange->n_headers = n_headers;
	for (size_t i = 0; i < n_headers; i++) {
		exchange->names[i] = tl_arena_printf(&exchange->arena, "%s:", headers[i].name);
		exchange->values[i] = tl_arena_dup(&exchange->arena, headers[i].value);
	}
}

void tl_exchange_reply(struct tl_exchange *exchange, int status, const struct tl_reply_header *headers, size_t n_headers, const char *type,
                       struct tl_str body)
{
	tl_exchange_refusal_headers(exchange, headers, n_headers);
	prepare(exchange, TL_ANSWER_WHOLE, status, type, body);
}

struct tl_str tl_exchange_refusal(struct tl_exchange *exchange, int status, const char *code, const char *message)
{
	unsigned char b[16];

	tl_random(b, sizeof(b));
	return tl_arena_printf(&exchange->arena, "{\"message\":\"%s\",\"code\":\"%s\",\"status\":%d,\"contextId\":\"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	                       "%02x%02x%02x%02x%02x%02x\",\"details\":[],\"errors\":[]}", message, code, status, b[0], b[1], b[2], b[3], b[4], b[5],
	                       (b[6] & 0x0f) | 0x40, b[7], (b[8] & 0x3f) | 0x80, b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* Answers a request that goes no further, in the platform's form; the connection ends after it where `close` says so. */
static void refuse(struct tl_exchange *exchange, int status, const char *code, const char *message, bool close)
{
	exchange->closing = exchange->closing || close;
	tl_exchange_reply(exchange, status, NULL, 0, "application/json", tl_exchange_refusal(exchange, status, code, message));
}

void tl_exchange_reply_cut(struct tl_exchange *exchange, int status, const char *type, struct tl_str body, size_t bytes)
{
	exchange->bound = bytes < body.len ? bytes : body.len;
	prepare(exchange, TL_ANSWER_CUT, status, type, body);
}

void tl_exchange_reply_slow(struct tl_exchange *exchange, int status, const char *type, struct tl_str body, size_t bytes)
{
	exchange->bound = bytes > 0 ? bytes : 1;
	exchange->started_us = tl_serve_now_us();
	prepare(exchange, TL_ANSWER_SLOW, status, type, body);
}

void tl_exchange_reset(struct tl_exchange *exchange)
{
	prepare(exchange, TL_ANSWER_RESET, 0, NULL, TL_STR(""));
}

void tl_exchange_reply_flood(struct tl_exchange *exchange, int status, const char *type, uint64_t bytes)
{
	prepare(exchange, TL_ANSWER_FLOOD, status, type, TL_STR(""));
	exchange->length = bytes;
}

/* ---- the answer, as it is written */

static bool has_body(const struct tl_exchange *exchange)
{
	return exchange->status != 204 && exchange->status != 304 && strcmp(exchange->method, "HEAD") != 0;
}

static int add_header(struct tl_exchange *exchange, struct tl_str name, struct tl_str value, unsigned char **at, unsigned char *end)
{
	/* Over HTTP/2 names have no colon and no capitals; libwebsockets sees to the latter. */
	return lws_add_http_header_by_name(exchange->wsi, (const unsigned char *)name.ptr, (const unsigned char *)value.ptr, (int)value.len, at,
	                                   end);
}

static int make_headers(struct tl_exchange *exchange, unsigned char **at, unsigned char *end)
{
	struct lws *wsi = exchange->wsi;

	if (lws_add_http_header_status(wsi, (unsigned)exchange->status, at, end))
		return -1;
	if (exchange->type && add_header(exchange, TL_STR("content-type:"), tl_str(exchange->type), at, end))
		return -1;
	if (exchange->status != 204 && exchange->status != 304 && lws_add_http_header_content_length(wsi, exchange->length, at, end))
		return -1;
	for (size_t i = 0; i < exchange->n_headers; i++) {
		if (add_header(exchange, exchange->names[i], exchange->values[i], at, end))
			return -1;
	}
	if (exchange->closing && !exchange->http2 && add_header(exchange, TL_STR("connection:"), TL_STR("close"), at, end))
		return -1;
	return lws_finalize_http_header(wsi, at, end) ? -1 : 0;
}

/* How many bytes of the body may go out now; *wait_ms where it is none, but will be some later. */
static size_t allowed(int64_t *wait_ms, const struct tl_exchange *exchange, size_t most)
{
	uint64_t left = exchange->length - exchange->sent, due;
	lws_fileofs_t window = lws_get_peer_write_allowance(exchange->wsi);

	*wait_ms = 0;
	if (exchange->kind == TL_ANSWER_CUT)
		left = exchange->bound - exchange->sent;
	if (exchange->kind == TL_ANSWER_SLOW) {
		due = (uint64_t)(tl_serve_now_us() - exchange->started_us) * exchange->bound / 1000000;
		due = due > exchange->sent ? due - exchange->sent : 0;
		*wait_ms = due == 0 ? SLOW_MS : 0;
		left = left < due ? left : due;
	}
	if (window >= 0 && left > (uint64_t)window)
		left = (uint64_t)window;
	return left < most ? (size_t)left : most;
}

static void go_on(void *data)
{
	struct tl_exchange *exchange = data;

	exchange->timer = NULL;
	lws_callback_on_writable(exchange->wsi);
}

static bool is_over(const struct tl_exchange *exchange)
{
	if (!has_body(exchange) || exchange->sent == exchange->length)
		return true;
	return exchange->kind == TL_ANSWER_CUT && exchange->sent == exchange->bound;
}

static void fill(struct tl_exchange *exchange, unsigned char *out, size_t count)
{
	if (exchange->kind == TL_ANSWER_FLOOD)
		memset(out, ' ', count);
	else if (count > 0)
		memcpy(out, exchange->answer.ptr + exchange->sent, count);
	exchange->sent += count;
}

/* Over HTTP/1.1 headers and a short body go out together; over HTTP/2 they are frames of their own, one a turn. */
static int write_headers(struct tl_exchange *exchange, unsigned char *room, size_t size)
{
	unsigned char *at = room;
	int flags = LWS_WRITE_HTTP_HEADERS;
	int64_t wait_ms;
	size_t count;

	if (make_headers(exchange, &at, room + HEADERS_SIZE) != 0)
		return -1;
	if (!exchange->http2 && has_body(exchange)) {
		count = allowed(&wait_ms, exchange, size - HEADERS_SIZE);
		fill(exchange, at, count);
		at += count;
	}
	if (exchange->http2 && is_over(exchange) && exchange->kind != TL_ANSWER_CUT)
		flags |= LWS_WRITE_H2_STREAM_END;
	exchange->headers_sent = true;
	return lws_write(exchange->wsi, room, (size_t)(at - room), (enum lws_write_protocol)flags) < 0 ? -1 : 0;
}

static int write_body(struct tl_exchange *exchange, unsigned char *room, size_t size)
{
	int64_t wait_ms;
	size_t count = allowed(&wait_ms, exchange, exchange->http2 && size > TL_SERVE_PIECE ? TL_SERVE_PIECE : size);
	int last;

	if (count == 0 && wait_ms > 0) {
		exchange->timer = tl_server_after(exchange->server, wait_ms, go_on, exchange);
		return 0;
	}
	/* Without a window there is nothing to write: it opens with an event. */
	if (count == 0) {
		lws_callback_on_writable(exchange->wsi);
		return 0;
	}
	fill(exchange, room, count);
	last = exchange->sent == exchange->length ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP;
	return lws_write(exchange->wsi, room, count, (enum lws_write_protocol)last) < 0 ? -1 : 0;
}

/* Ends an HTTP/2 connection at once, with all its streams. The timeout alone is not enough: libwebsockets may set another one for what comes in meanwhile, and
 * then the other side waits. */
static void tear(struct tl_exchange *exchange)
{
	struct lws *network = lws_get_network_wsi(exchange->wsi);

	if (!exchange->http2)
		return;
	shutdown(lws_get_socket_fd(network), SHUT_RDWR);
	lws_set_timeout(network, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

/* Takes the connection away below libwebsockets, which finds out by itself: the other side sees a reset. */
static int reset(struct tl_exchange *exchange)
{
	struct lws *network = lws_get_network_wsi(exchange->wsi);
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	connect(lws_get_socket_fd(network), &nobody, sizeof(nobody));
	tear(exchange);
	return exchange->http2 ? 0 : -1;
}

/* Makes the connection ready for the next request, or breaks it as was asked for (negative: it ends). The exchange is nobody's any more. */
static int finish(struct tl_exchange *exchange)
{
	if (exchange->kind == TL_ANSWER_RESET)
		return reset(exchange);
	if (exchange->kind == TL_ANSWER_CUT && !(exchange->sent == exchange->length)) {
		tear(exchange);
		return exchange->http2 ? 0 : -1;
	}
	if (exchange->closing)
		return -1;
	if (!exchange->http2)
		tl_pipeline_mark(exchange->wsi);
	return lws_http_transaction_completed(exchange->wsi) ? -1 : 0;
}

/* Sends what can be sent now. Negative ends the connection; *done: everything is sent, and the exchange must be finished. */
static int write_out(bool *done, struct tl_exchange *exchange)
{
	static const size_t size = HEADERS_SIZE + 4 * TL_SERVE_PIECE;
	unsigned char room[LWS_PRE + HEADERS_SIZE + 4 * TL_SERVE_PIECE];
	int ret;

	*done = false;
	if (exchange->kind == TL_ANSWER_NONE || exchange->timer)
		return 0;
	*done = exchange->kind == TL_ANSWER_RESET;
	if (*done)
		return 0;
	tell_to_leave(exchange);
	if (exchange->headers_sent)
		ret = write_body(exchange, room + LWS_PRE, size);
	else
		ret = write_headers(exchange, room + LWS_PRE, size);
	if (ret != 0)
		return -1;
	*done = is_over(exchange);
	if (!*done && !exchange->timer)
		lws_callback_on_writable(exchange->wsi);
	return 0;
}

/* ---- events */

static void ask(struct tl_server *server, struct tl_exchange *exchange)
{
	struct lws *wsi = exchange->wsi;

	exchange->asked = true;
	lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
	if (!server->config.exposed && !tl_exchange_host_is_loopback(exchange))
		refuse(exchange, 421, "misdirected.request", TL_SERVE_MISDIRECTED, false);
	else if (exchange->too_large || exchange->body.overflow)
		refuse(exchange, 413, "too.large", "the body is too large", false);
	else
		server->config.request(server->config.data, exchange);
	/* Nothing is read meanwhile: what comes next waits, and a client that leaves does not make the loop spin. */
	if (exchange->kind == TL_ANSWER_NONE && !exchange->http2) {
		exchange->paused = true;
		lws_rx_flow_control(wsi, 0);
	}
}

static bool may_have_body(const struct tl_exchange *exchange)
{
	return strcmp(exchange->method, "POST") == 0 || strcmp(exchange->method, "PUT") == 0 || strcmp(exchange->method, "PATCH") == 0;
}

/* How much of a body that is too large is read all the same, so that the answer is. */
#define TOO_LARGE_TIMES 4

/* What is wrong with how the body's length is told; it has been answered. Who sends two lengths means one of them for somebody else. */
static bool is_misled(struct tl_exchange *exchange, struct tl_str length, struct tl_str encoding)
{
	size_t digits = 0;

	while (digits < length.len && length.ptr[digits] >= '0' && length.ptr[digits] <= '9')
		digits++;
	if (digits < length.len || digits > 18 || (encoding.len > 0 && length.len > 0))
		refuse(exchange, 400, "bad.request", "the length of the body is none", true);
	else if (length.len > 0 && strtoull(length.ptr, NULL, 10) / TOO_LARGE_TIMES > exchange->server->config.body_limit)
		refuse(exchange, 413, "too.large", "the body is too large", true);
	else if (encoding.len > 0 && !tl_str_equal_nocase(encoding, TL_STR("chunked")))
		refuse(exchange, 501, "not.implemented", "of all transfer encodings there is only 'chunked'", true);
	else if (encoding.len > 0 && !may_have_body(exchange))
		refuse(exchange, 411, "length.required", "a body needs a length", true);
	return exchange->kind != TL_ANSWER_NONE;
}

/* libwebsockets hands such a body on as it comes, and goes on waiting for more of it at the end. */
static void take_chunks(struct tl_server *server, struct tl_exchange *exchange, const char *in, size_t len)
{
	enum tl_chunked_state state = tl_chunked_take(&exchange->chunked, &exchange->body, in, len);

	if (state == TL_CHUNKED_BROKEN) {
		exchange->asked = true;
		refuse(exchange, 400, "bad.request", "the chunks of the body are broken", true);
	} else if (state == TL_CHUNKED_DONE) {
		ask(server, exchange);
	} else if (exchange->body.overflow) {
		exchange->asked = true;
		refuse(exchange, 413, "too.large", "the body is too large", true);
	}
}

/* Whether it has a body that libwebsockets cannot read, see serve_pipeline.c: it took no effect, and the client is told to send it again. */
static bool came_too_early(struct tl_exchange *exchange, struct tl_str length)
{
	static const char message[] = "a request with a body cannot be sent before the answer to the one in front of it: send it again";

	if (exchange->http2 || tl_str_is(length, "0") || (length.len == 0 && !may_have_body(exchange)) || !tl_pipeline_came_early(exchange->wsi))
		return false;
	tl_exchange_refuse_now(exchange, 503, tl_exchange_refusal(exchange, 503, "service.unavailable", message));
	return true;
}

static int begin(struct tl_server *server, struct lws *wsi, struct tl_session *session)
{
	struct tl_exchange *exchange = tl_exchange_new(server, wsi);
	static const char go_ahead[] = "HTTP/1.1 100 Continue\r\n\r\n";
	unsigned char room[LWS_PRE + sizeof(go_ahead)];
	struct tl_str length, encoding;

	tl_exchange_free(session->exchange);
	session->exchange = exchange;
	count_window(exchange, WINDOW_A_STREAM);
	length = tl_exchange_header(exchange, "content-length");
	encoding = exchange->http2 ? TL_STR("") : tl_exchange_header(exchange, "transfer-encoding");
	if (came_too_early(exchange, length))
		return -1;
	if (is_misled(exchange, length, encoding)) {
		exchange->asked = true;
		return 0;
	}
	exchange->is_chunked = exchange->closing = encoding.len > 0;
	if (!exchange->is_chunked && (length.len == 0 || tl_str_is(length, "0"))) {
		/* libwebsockets would go on waiting for a body that has no length. */
		exchange->closing = !exchange->http2 && length.len == 0 && may_have_body(exchange);
		ask(server, exchange);
		return 0;
	}
	if (!exchange->is_chunked)
		open_window(exchange, length);
	if (!exchange->http2 && tl_exchange_header(exchange, "expect").ptr) {
		memcpy(room + LWS_PRE, go_ahead, sizeof(go_ahead));
		if (lws_write(wsi, room + LWS_PRE, sizeof(go_ahead) - 1, LWS_WRITE_HTTP) < 0)
			return -1;
	}
	return 0;
}

/* libwebsockets may give the session's memory away in there. */
static int write_some(struct tl_session *session)
{
	struct tl_exchange *exchange = session->exchange;
	bool done;
	int ret = write_out(&done, exchange);

	if (!done)
		return ret;
	session->exchange = NULL;
	ret = finish(exchange);
	tl_exchange_free(exchange);
	return ret;
}

static void end_early(struct tl_server *server, struct tl_session *session)
{
	struct tl_exchange *exchange = session->exchange;

	session->exchange = NULL;
	if (exchange && exchange->asked && exchange->kind == TL_ANSWER_NONE && server->config.gone)
		server->config.gone(server->config.data, exchange);
	tl_exchange_free(exchange);
}

int tl_serve_http(struct tl_server *server, struct lws *wsi, enum lws_callback_reasons reason, struct tl_session *session, void *in,
                  size_t len)
{
	struct tl_exchange *exchange = session->exchange;

	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return begin(server, wsi, session);
	case LWS_CALLBACK_HTTP_BODY:
		if (exchange && !exchange->asked && exchange->is_chunked) {
			take_chunks(server, exchange, in, len);
		} else if (exchange && !exchange->asked && len > 0) {
			tl_buf_add(&exchange->body, in, len);
			count_window(exchange, 2 * (uintptr_t)len);
		}
		return 0;
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		if (exchange && !exchange->asked)
			ask(server, exchange);
		return 0;
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return exchange ? write_some(session) : 0;
	default:
		end_early(server, session);
		return 0;
	}
}

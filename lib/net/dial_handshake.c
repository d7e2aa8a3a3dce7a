/* net/dial_handshake.c: the request for an upgrade (RFC 6455, 4.1), and what may be answered to it. */
#include "net/dialing.h"

#include <stdlib.h>

#include <libwebsockets.h>

#include "base/text.h"
#include "crypto/sha256.h"
#include "net/complaint.h"
#include "net/retry.h"

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define HEAD_MOST ((size_t)16384)
#define HEADERS_MOST 64
/* As much is read at once: what comes behind the answer fits beside it. */
#define PIECE ((size_t)8192)
/* Of the body of an answer that says no: as much is read, and waited for, as it takes to say why. */
#define WORDS_MOST ((size_t)8192)
#define WORDS_MS 1000

/* ---- the request */

void tl_attempt_free(struct tl_attempt *attempt)
{
	if (!attempt)
		return;
	if (attempt->request)
		explicit_bzero(attempt->request, attempt->request_len);
	free(attempt->request);
	tl_buf_clear(&attempt->answer);
	tl_arena_clear(&attempt->arena);
	free(attempt);
}

static void make_key(char *key, size_t size, char *accept, size_t accept_size)
{
	unsigned char random[16], digest[20];
	char text[64 + sizeof(GUID)];

	tl_random(random, sizeof(random));
	lws_b64_encode_string((const char *)random, sizeof(random), key, (int)size);
	snprintf(text, sizeof(text), "%s" GUID, key);
	lws_SHA1((const unsigned char *)text, strlen(text), digest);
	lws_b64_encode_string((const char *)digest, sizeof(digest), accept, (int)accept_size);
}

static bool has_control(struct tl_str text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
			return true;
	return false;
}

int tl_attempt_request(struct tl_attempt *attempt, struct tl_str bearer, struct tl_error *err)
{
	const struct tl_address *address = &attempt->address;
	bool six = strchr(address->host.ptr, ':') != NULL, plain = tl_str_is(address->scheme, "http");
	char key[32], port[8] = "";
	size_t size;
	int len;

	/* A line break in it would begin a header of its own. */
	if (has_control(bearer) || has_control(address->path))
		return tl_error_set(err, TL_USAGE, "the %s holds a control character", has_control(bearer) ? "token" : "address");
	make_key(key, sizeof(key), attempt->accept, sizeof(attempt->accept));
	if (address->port != (plain ? 80 : 443))
		snprintf(port, sizeof(port), ":%u", (unsigned)address->port);
	size = address->host.len + address->path.len + bearer.len + 512;
	attempt->request = tl_alloc(size);
	len = snprintf(attempt->request, size, "GET %.*s HTTP/1.1\r\nHost: %s%.*s%s%s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
	               "Sec-WebSocket-Version: 13\r\nUser-Agent: trunkline\r\n%s%.*s%s\r\n", TL_FMT(address->path.len ? address->path : TL_STR("/")),
	               six ? "[" : "", TL_FMT(address->host), six ? "]" : "", port, key, bearer.len ? "Authorization: Bearer " : "", TL_FMT(bearer),
	               bearer.len ? "\r\n" : "");
	attempt->request_len = (size_t)len;
	attempt->bearer = (struct tl_str){ attempt->request + attempt->request_len - 4 - bearer.len, bearer.len };
	tl_buf_init(&attempt->answer, HEAD_MOST + WORDS_MOST);
	return 0;
}

/* ---- the answer */

static const struct tl_gone no_websocket = { .kind = TL_GONE_REFUSED, .retry_after_ms = -1 };

static void leave_broken(struct tl_dialed *dialed, const char *what)
{
	tl_dialed_leave(dialed, no_websocket, "%.*s: what answers there is no WebSocket server as it should be (%s): are address and port right, and does nothing "
	                "stand in between", TL_FMT(tl_dialed_peer(dialed)), what);
}

static char *lower(struct tl_arena *arena, struct tl_str text)
{
	char *copy = (char *)(uintptr_t)tl_arena_dup(arena, text).ptr;

	for (size_t i = 0; i < text.len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	return copy;
}

/* False where it is no HTTP. */
static bool read_head(struct tl_http_answer *out, struct tl_arena *arena, struct tl_str head)
{
	size_t line = tl_str_find(head, TL_STR("\r\n"), 0), end, colon;

	if (!tl_str_starts(head, TL_STR("HTTP/1.")) || line < 12 || head.ptr[8] != ' ')
		return false;
	out->status = atoi(head.ptr + 9);
	out->headers = TL_ARENA_ARRAY(arena, struct tl_http_header, HEADERS_MOST);
	for (size_t at = line + 2; at < head.len && out->n_headers < HEADERS_MOST; at = end + 2) {
		end = tl_str_find(head, TL_STR("\r\n"), at);
		end = end == SIZE_MAX ? head.len : end;
		colon = tl_str_find(head, TL_STR(":"), at);
		if (end == at)
			break;
		if (colon == SIZE_MAX || colon >= end)
			return false;
		out->headers[out->n_headers].name = (struct tl_str){ lower(arena, tl_str_slice(head, at, colon)), colon - at };
		out->headers[out->n_headers++].value = tl_str_trim(tl_str_slice(head, colon + 1, end));
	}
	return out->status >= 100 && out->status <= 599;
}

/* Whether a list such as "keep-alive, Upgrade" holds `word`. */
static bool lists(struct tl_str list, struct tl_str word)
{
	size_t comma;

	for (size_t at = 0; at <= list.len; at = comma + 1) {
		comma = tl_str_find(list, TL_STR(","), at);
		comma = comma == SIZE_MAX ? list.len : comma;
		if (tl_str_equal_nocase(tl_str_trim(tl_str_slice(list, at, comma)), word))
			return true;
	}
	return false;
}

/* What is wrong with an answer that says yes; NULL: nothing. */
static const char *fault_of(const struct tl_attempt *attempt, const struct tl_http_answer *answer)
{
	if (!tl_str_equal_nocase(tl_http_header_of(answer, "upgrade"), TL_STR("websocket")))
		return "it does not upgrade to a WebSocket";
	if (!lists(tl_http_header_of(answer, "connection"), TL_STR("upgrade")))
		return "it does not upgrade the connection";
	if (!tl_str_is(tl_http_header_of(answer, "sec-websocket-accept"), attempt->accept))
		return "its answer is not to our key";
	if (tl_http_header_of(answer, "sec-websocket-extensions").len > 0 || tl_http_header_of(answer, "sec-websocket-protocol").len > 0)
		return "it speaks of what it was not asked for";
	return NULL;
}

/* Dates are seen from the server's own clock. */
static int64_t retry_after(const struct tl_http_answer *answer)
{
	struct tl_str after = tl_http_header_of(answer, "retry-after"), date = tl_http_header_of(answer, "date");

	if (after.len == 0 || ((after.ptr[0] < '0' || after.ptr[0] > '9') && date.len == 0))
		return -1;
	return tl_retry_after(after, date, 0);
}

void tl_dialed_refused(struct tl_dialed *dialed)
{
	struct tl_attempt *attempt = dialed->attempt;
	struct tl_str text = tl_buf_view(&attempt->answer), words;
	struct tl_http_answer answer = { 0 };
	struct tl_gone gone = { .kind = TL_GONE_REFUSED };

	read_head(&answer, &attempt->arena, tl_str_slice(text, 0, attempt->head_len));
	answer.body = tl_str_slice(text, attempt->head_len, text.len);
	tl_answer_mask(&answer, attempt->bearer, false);
	words = tl_answer_words(&attempt->arena, &answer);
	gone.status = answer.status;
	gone.retry_after_ms = retry_after(&answer);
	tl_dialed_leave(dialed, gone, "%.*s: the handshake was refused (%d)%s%.*s", TL_FMT(tl_dialed_peer(dialed)), answer.status, words.len ? ": " : "",
	                TL_FMT(words));
}

/* The head says no; the body may say why. */
static void begin_refusal(struct tl_dialed *dialed, const struct tl_http_answer *answer, size_t head_len)
{
	struct tl_str length = tl_http_header_of(answer, "content-length");
	unsigned long long wanted = length.len > 0 ? strtoull(length.ptr, NULL, 10) : WORDS_MOST;

	dialed->attempt->head_len = head_len;
	dialed->attempt->wanted = head_len + (wanted < WORDS_MOST ? (size_t)wanted : WORDS_MOST);
	tl_dialed_wait(dialed, WORDS_MS);
}

static void read_answer(struct tl_dialed *dialed)
{
	struct tl_attempt *attempt = dialed->attempt;
	struct tl_str text = tl_buf_view(&attempt->answer);
	struct tl_http_answer answer = { 0 };
	size_t end = tl_str_find(text, TL_STR("\r\n\r\n"), 0);
	const char *fault;

	if (end == SIZE_MAX) {
		if (text.len > HEAD_MOST || (text.len >= 5 && !tl_str_starts(text, TL_STR("HTTP/"))))
			leave_broken(dialed, "it does not speak HTTP");
		return;
	}
	if (!read_head(&answer, &attempt->arena, tl_str_slice(text, 0, end + 4))) {
		leave_broken(dialed, "it does not speak HTTP");
		return;
	}
	if (answer.status != 101) {
		begin_refusal(dialed, &answer, end + 4);
		return;
	}
	fault = fault_of(attempt, &answer);
	if (fault)
		leave_broken(dialed, fault);
	else
		tl_dialed_open(dialed, tl_str_slice(text, end + 4, text.len));
}

static void read_more(struct tl_dialed *dialed)
{
	struct tl_attempt *attempt = dialed->attempt;
	size_t count;
	enum tl_dial_io io = tl_dialed_read(dialed, dialed->dialer->read, PIECE, &count);

	if (io == TL_DIAL_WAIT)
		return;
	if (io != TL_DIAL_SOME && attempt->head_len == 0) {
		tl_dialed_leave(dialed, (struct tl_gone){ .kind = TL_GONE_UNREACHABLE, .retry_after_ms = -1 }, "%.*s: the connection was closed without an answer",
		                TL_FMT(tl_dialed_peer(dialed)));
		return;
	}
	if (io == TL_DIAL_SOME)
		tl_buf_add(&attempt->answer, dialed->dialer->read, count);
	if (attempt->head_len == 0)
		read_answer(dialed);
	if (dialed->step == TL_DIAL_REQUEST && attempt->head_len > 0 && (io != TL_DIAL_SOME || attempt->answer.overflow || attempt->answer.len >= attempt->wanted))
		tl_dialed_refused(dialed);
}

static void send_request(struct tl_dialed *dialed)
{
	struct tl_attempt *attempt = dialed->attempt;
	size_t count;

	if (attempt->request_sent == attempt->request_len)
		return;
	while (attempt->request_sent < attempt->request_len) {
		if (tl_dialed_write(dialed, attempt->request + attempt->request_sent, attempt->request_len - attempt->request_sent, &count) != TL_DIAL_SOME)
			return;
		attempt->request_sent += count;
	}
	tl_dialed_want(dialed, UV_READABLE);
}

void tl_dialed_request(struct tl_dialed *dialed)
{
	dialed->step = TL_DIAL_REQUEST;
	send_request(dialed);
	/* Where it cannot be sent the read finds out why; and it may be answered before it was read. */
	read_more(dialed);
}

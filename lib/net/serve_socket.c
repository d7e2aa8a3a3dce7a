/* net/serve_socket.c: WebSockets, from the request for an upgrade to the close. */
#include <stdlib.h>
#include <strings.h>

#include "net/serving.h"

/* How long the answer to a close frame is waited for. */
#define CLOSE_MS 5000
/* How long one that is to close may take to read what it was sent before. */
#define STUCK_MS 30000
/* Room for messages that a socket keeps from one to the next. */
#define KEPT_MOST 1024

/* Longer messages wait for the loop. */
#define AT_ONCE_MOST 4096

/* ---- sending */

static void kill(void *data)
{
	struct tl_served *served = data;

	served->patience = NULL;
	lws_set_timeout(served->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

/* Whoever reads nothing would never come to the close frame. */
static void lose_patience(struct tl_served *served, int64_t ms)
{
	tl_timer_cancel(served->patience);
	served->patience = tl_loop_after(served->server->loop, ms, kill, served);
}

static void end_socket(struct tl_socket *socket)
{
	struct tl_served *served = (struct tl_served *)socket;

	if (!served->closing)
		lose_patience(served, STUCK_MS);
	served->closing = served->speechless = true;
	lws_callback_on_writable(served->wsi);
}

static enum lws_write_protocol kind_of(bool binary)
{
	return binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
}

/* Where nothing waits, asking the loop whether something can be written costs more than writing it: libuv's poll is begun and ended for each message. False: it waits. */
static bool send_now(struct tl_served *served, struct tl_str text, bool binary)
{
	unsigned char room[LWS_PRE + AT_ONCE_MOST];

	if (served->oldest || served->closing || text.len > AT_ONCE_MOST || lws_partial_buffered(served->wsi))
		return false;
	if (text.len > 0)
		memcpy(room + LWS_PRE, text.ptr, text.len);
	if (lws_write(served->wsi, room + LWS_PRE, text.len, kind_of(binary)) < 0)
		end_socket(&served->socket);
	return true;
}

static void send_message(struct tl_socket *socket, struct tl_str text, bool binary)
{
	struct tl_served *served = (struct tl_served *)socket;
	struct tl_message *message;

	if (send_now(served, text, binary))
		return;
	message = tl_alloc(sizeof(*message) + LWS_PRE + text.len);
	message->after = NULL;
	message->length = text.len;
	message->binary = binary;
	if (text.len > 0)
		memcpy(message->bytes + LWS_PRE, text.ptr, text.len);
	*(served->newest ? &served->newest->after : &served->oldest) = message;
	served->newest = message;
	served->backlog += text.len;
	lws_callback_on_writable(served->wsi);
}

static size_t backlog_of(const struct tl_socket *socket)
{
	return ((const struct tl_served *)socket)->backlog;
}

static void close_socket(struct tl_socket *socket, int code, const char *reason)
{
	struct tl_served *served = (struct tl_served *)socket;
	struct tl_str cut = tl_str_cut(tl_str(reason), sizeof(served->close_reason) - 1);

	if (served->closing)
		return;
	served->closing = true;
	served->close_code = code;
	if (cut.len > 0)
		memcpy(served->close_reason, cut.ptr, cut.len);
	served->close_reason[cut.len] = '\0';
	lose_patience(served, STUCK_MS);
	lws_callback_on_writable(served->wsi);
}

static void cut_off(struct tl_socket *socket)
{
	struct tl_served *served = (struct tl_served *)socket;

	served->closing = served->close_sent = true;
	lose_patience(served, 0);
}

static const struct tl_socket_way served_way = { send_message, backlog_of, close_socket, end_socket, cut_off };

static void drop_oldest(struct tl_served *served)
{
	struct tl_message *message = served->oldest;

	served->oldest = message->after;
	if (!served->oldest)
		served->newest = NULL;
	served->backlog -= message->length;
	free(message);
}

/* Left to libwebsockets, the frame would not be sent: as Debian builds it, whatever is closed on a libuv loop is closed twice, and the second time at once. */
static int write_close(struct tl_served *served)
{
	unsigned char room[LWS_PRE + 4 + sizeof(served->close_reason)], *frame = room + LWS_PRE;
	size_t length = strlen(served->close_reason);

	frame[0] = 0x88;
	frame[1] = (unsigned char)(2 + length);
	frame[2] = (unsigned char)(served->close_code >> 8);
	frame[3] = (unsigned char)served->close_code;
	memcpy(frame + 4, served->close_reason, length);
	served->close_sent = true;
	lose_patience(served, CLOSE_MS);
	return lws_write(served->wsi, frame, 4 + length, LWS_WRITE_RAW) < 0 ? -1 : 0;
}

static int write_next(struct tl_served *served)
{
	struct tl_message *message = served->oldest;

	if (served->close_sent)
		return 0;
	if (message) {
		if (lws_write(served->wsi, message->bytes + LWS_PRE, message->length, kind_of(message->binary)) < 0)
			return -1;
		drop_oldest(served);
		if (served->oldest || served->closing)
			lws_callback_on_writable(served->wsi);
		return 0;
	}
	if (served->speechless)
		return -1;
	return served->closing ? write_close(served) : 0;
}

/* ---- opening and closing */

int tl_exchange_refuse_now(struct tl_exchange *exchange, int status, struct tl_str body)
{
	struct tl_str headers = TL_STR(""), text;
	unsigned char *room;

	for (size_t i = 0; i < exchange->n_headers; i++)
		headers = tl_arena_printf(&exchange->arena, "%.*s%.*s %.*s\r\n", TL_FMT(headers), TL_FMT(exchange->names[i]), TL_FMT(exchange->values[i]));
	text = tl_arena_printf(&exchange->arena, "HTTP/1.1 %d Refused\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n%.*s"
	                       "connection: close\r\n\r\n%.*s", status, body.len, TL_FMT(headers), TL_FMT(body));
	room = tl_arena_alloc(&exchange->arena, LWS_PRE + text.len, 1);
	memcpy(room + LWS_PRE, text.ptr, text.len);
	return lws_write(exchange->wsi, room + LWS_PRE, text.len, LWS_WRITE_HTTP_HEADERS) < 0 ? -1 : 1;
}

/* 0: it may go on; positive: it was refused with an answer; negative: the connection ends. */
static int judge(struct tl_server *server, struct lws *wsi, struct tl_session *session, const char *protocol)
{
	struct tl_exchange *exchange;
	struct tl_buf body = { 0 };
	int status = 404, ret = 0;

	/* HTTP/2 without TLS is not spoken here. */
	if (strcasecmp(protocol, "websocket") != 0)
		return -1;
	tl_exchange_free(session->exchange);
	exchange = session->exchange = tl_exchange_new(server, wsi);
	exchange->asked = true;
	if (!server->config.exposed && !tl_exchange_host_is_loopback(exchange)) {
		status = 421;
		tl_buf_str(&body, tl_exchange_refusal(exchange, status, "misdirected.request", TL_SERVE_MISDIRECTED));
	} else if (server->config.upgrade) {
		status = server->config.upgrade(server->config.data, exchange, &body);
	}
	if (status != 101) {
		/* libwebsockets does not know yet which HTTP this is. */
		ret = status == TL_UPGRADE_CUT ? -1 : tl_exchange_refuse_now(exchange, status, tl_buf_view(&body));
		session->exchange = NULL;
		tl_exchange_free(exchange);
	}
	tl_buf_clear(&body);
	return ret;
}

static void open_socket(struct tl_server *server, struct lws *wsi, struct tl_session *session)
{
	struct tl_served *served = tl_alloc_zero(1, sizeof(*served));

	served->socket.way = &served_way;
	served->server = server;
	served->wsi = wsi;
	tl_buf_init(&served->message, server->config.message_limit);
	session->socket = served;
	if (server->config.opened)
		server->config.opened(server->config.data, &served->socket, session->exchange);
	tl_exchange_free(session->exchange);
	session->exchange = NULL;
}

static void receive(struct tl_served *served, struct lws *wsi, const void *bytes, size_t len)
{
	const struct tl_serve_config *config = &served->server->config;

	if (served->closing)
		return;
	if (lws_is_first_fragment(wsi))
		tl_buf_reset(&served->message);
	if (len > 0)
		tl_buf_add(&served->message, bytes, len);
	if (served->message.overflow) {
		close_socket(&served->socket, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "message too large");
		return;
	}
	if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) > 0)
		return;
	if (config->message)
		config->message(config->data, &served->socket, tl_buf_view(&served->message), lws_frame_is_binary(wsi));
	/* The memory goes with a large message, so that a silent socket costs little. */
	if (served->message.capacity > KEPT_MOST)
		tl_buf_clear(&served->message);
	else
		tl_buf_reset(&served->message);
}

static void end(struct tl_server *server, struct tl_session *session)
{
	struct tl_served *served = session->socket;

	session->socket = NULL;
	if (!served)
		return;
	if (server->config.closed)
		server->config.closed(server->config.data, &served->socket);
	while (served->oldest)
		drop_oldest(served);
	tl_timer_cancel(served->patience);
	tl_buf_clear(&served->message);
	free(served);
}

/* The first request of a connection has no session yet when it asks for an upgrade: libwebsockets makes one after it was allowed. */
static int judge_first(struct tl_server *server, struct lws *wsi, const char *protocol)
{
	struct tl_session passing = { 0 };
	int ret = judge(server, wsi, &passing, protocol);

	tl_exchange_free(passing.exchange);
	return ret;
}

/* Comes for what was allowed, and for HTTP/2's own way to a WebSocket (RFC 8441), which nobody was asked about. */
static int let_in(struct tl_server *server, struct lws *wsi, struct tl_session *session)
{
	if (lws_get_network_wsi(wsi) != wsi)
		return -1;
	if (!session->exchange) {
		session->exchange = tl_exchange_new(server, wsi);
		session->exchange->asked = true;
	}
	return 0;
}

int tl_serve_socket(struct tl_server *server, struct lws *wsi, enum lws_callback_reasons reason, struct tl_session *session, void *in,
                    size_t len)
{
	switch (reason) {
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return session ? judge(server, wsi, session, in) : judge_first(server, wsi, in);
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		return let_in(server, wsi, session);
	case LWS_CALLBACK_ESTABLISHED:
		open_socket(server, wsi, session);
		return 0;
	case LWS_CALLBACK_RECEIVE:
		if (session->socket)
			receive(session->socket, wsi, in, len);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return session->socket ? write_next(session->socket) : 0;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		/* The answer to ours; libwebsockets answers any other. */
		return session->socket && session->socket->close_sent ? -1 : 0;
	default:
		end(server, session);
		return 0;
	}
}

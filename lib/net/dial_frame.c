/* net/dial_frame.c: WebSocket frames of the client's side (RFC 6455, 5): what comes in is looked at where it was read, what goes out is sent at once where nothing
 * waits before it: a message is one system call. */
#include "net/dialing.h"

#include <assert.h>
#include <stdlib.h>

#include "base/text.h"
#include "crypto/sha256.h"

/* How long the answer to our close frame is waited for; and how long the other side may take to leave when everything is said. */
#define CLOSE_MS 5000
#define DRAIN_MS 1000
#define HEAD_MOST 14
#define CONTROL_MOST 125
/* Reads of one socket before the others have their turn. */
#define READS_MOST 8

enum opcode { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

static const struct tl_gone dropped = { .kind = TL_GONE_DROPPED, .retry_after_ms = -1 };

/* ---- out */

static void next_mask(struct tl_dialer *dialer, unsigned char mask[4])
{
	if (dialer->mask_at == TL_DIAL_MASKS) {
		tl_random(dialer->masks, TL_DIAL_MASKS);
		dialer->mask_at = 0;
	}
	memcpy(mask, dialer->masks + dialer->mask_at, 4);
	dialer->mask_at += 4;
}

static void mask_bytes(unsigned char *out, const char *bytes, size_t len, const unsigned char mask[4])
{
	uint64_t wide, word;
	size_t i = 0;

	memcpy(&wide, mask, 4);
	memcpy((unsigned char *)&wide + 4, mask, 4);
	for (; i + 8 <= len; i += 8) {
		memcpy(&word, bytes + i, 8);
		word ^= wide;
		memcpy(out + i, &word, 8);
	}
	for (; i < len; i++)
		out[i] = (unsigned char)((unsigned char)bytes[i] ^ mask[i % 4]);
}

static size_t put_head(unsigned char *out, enum opcode opcode, size_t len)
{
	size_t at = 2, bytes = len < 126 ? 0 : len < 65536 ? 2 : 8;

	out[0] = (unsigned char)(0x80 | opcode);
	out[1] = (unsigned char)(0x80 | (bytes == 0 ? len : bytes == 2 ? 126 : 127));
	while (bytes-- > 0)
		out[at++] = (unsigned char)((uint64_t)len >> (8 * bytes));
	return at;
}

static size_t waiting(const struct tl_dialed *dialed)
{
	return dialed->out.end - dialed->out.at;
}

/* Sends what it can; the rest waits. */
static void put(struct tl_dialed *dialed, const unsigned char *bytes, size_t len)
{
	size_t count = 0;

	if (!dialed->out.bytes && tl_dialed_write(dialed, bytes, len, &count) == TL_DIAL_FAULT) {
		tl_dialed_leave(dialed, dropped, "the connection broke");
		return;
	}
	if (count == len)
		return;
	tl_pile_add(&dialed->out, bytes + count, len - count);
	tl_dialed_want(dialed, UV_READABLE | UV_WRITABLE);
	if (waiting(dialed) > dialed->dialer->config.backlog_limit)
		tl_dialed_leave(dialed, dropped, "the other side does not read: %zu bytes wait for it", waiting(dialed));
}

static void send_frame(struct tl_dialed *dialed, enum opcode opcode, struct tl_str payload)
{
	struct tl_dialer *dialer = dialed->dialer;
	bool fits = payload.len + HEAD_MOST <= sizeof(dialer->frame);
	unsigned char *frame = fits ? dialer->frame : tl_alloc(payload.len + HEAD_MOST);
	size_t at = put_head(frame, opcode, payload.len);

	next_mask(dialer, frame + at);
	mask_bytes(frame + at + 4, payload.ptr, payload.len, frame + at);
	dialer->counts.sent++;
	dialer->counts.sent_bytes += at + 4 + payload.len;
	put(dialed, frame, at + 4 + payload.len);
	if (!fits)
		free(frame);
}

static void send_close(struct tl_dialed *dialed, int code, struct tl_str reason)
{
	char payload[CONTROL_MOST];
	struct tl_str cut = tl_str_cut(reason, sizeof(payload) - 2);

	payload[0] = (char)(code >> 8);
	payload[1] = (char)code;
	if (cut.len > 0)
		memcpy(payload + 2, cut.ptr, cut.len);
	send_frame(dialed, CLOSE, code ? (struct tl_str){ payload, cut.len + 2 } : TL_STR(""));
}

static void flush(struct tl_dialed *dialed)
{
	size_t count;

	while (dialed->out.bytes) {
		switch (tl_dialed_write(dialed, dialed->out.bytes + dialed->out.at, waiting(dialed), &count)) {
		case TL_DIAL_SOME:
			tl_pile_take(&dialed->out, count);
			break;
		case TL_DIAL_WAIT:
			return;
		default:
			/* What the other side said before it left is read first. */
			tl_pile_clear(&dialed->out);
			break;
		}
	}
	tl_dialed_want(dialed, UV_READABLE);
}

/* ---- the socket's own */

static void send_message(struct tl_socket *socket, struct tl_str bytes, bool binary)
{
	struct tl_dialed *dialed = (struct tl_dialed *)socket;

	assert(dialed->step >= TL_DIAL_OPEN);
	if (dialed->step == TL_DIAL_OPEN)
		send_frame(dialed, binary ? BINARY : TEXT, bytes);
}

static size_t backlog_of(const struct tl_socket *socket)
{
	return waiting((const struct tl_dialed *)socket);
}

static void close_socket(struct tl_socket *socket, int code, const char *reason)
{
	struct tl_dialed *dialed = (struct tl_dialed *)socket;

	if (dialed->step < TL_DIAL_OPEN)
		tl_dialed_leave(dialed, dropped, "cut off by this side");
	if (dialed->step != TL_DIAL_OPEN)
		return;
	send_close(dialed, code, tl_str(reason));
	if (dialed->step != TL_DIAL_OPEN)
		return;
	dialed->step = TL_DIAL_CLOSING;
	tl_dialed_wait(dialed, CLOSE_MS);
}

static void cut_off(struct tl_socket *socket)
{
	struct tl_dialed *dialed = (struct tl_dialed *)socket;

	tl_dialed_leave(dialed, dropped, "cut off by this side");
}

static void end_socket(struct tl_socket *socket)
{
	struct tl_dialed *dialed = (struct tl_dialed *)socket;

	if (dialed->step != TL_DIAL_OPEN || !dialed->out.bytes) {
		cut_off(socket);
		return;
	}
	dialed->step = TL_DIAL_CLOSING;
	dialed->speechless = true;
	tl_dialed_wait(dialed, CLOSE_MS);
}

const struct tl_socket_way tl_dialed_way = { send_message, backlog_of, close_socket, end_socket, cut_off };

/* ---- in */

struct head {
	bool final, masked;
	unsigned char reserved;
	enum opcode opcode;
	size_t size;     /* of the head itself; 0: it is not whole */
	uint64_t length; /* of what follows */
};

static struct head read_head(const unsigned char *bytes, size_t len)
{
	struct head head = { 0 };
	size_t more;

	if (len < 2)
		return head;
	head.final = bytes[0] & 0x80;
	head.reserved = bytes[0] & 0x70;
	head.opcode = bytes[0] & 0x0f;
	head.masked = bytes[1] & 0x80;
	head.length = bytes[1] & 0x7f;
	more = head.length < 126 ? 0 : head.length == 126 ? 2 : 8;
	if (len < 2 + more)
		return head;
	if (more > 0)
		head.length = 0;
	for (size_t i = 0; i < more; i++)
		head.length = head.length << 8 | bytes[2 + i];
	head.size = 2 + more;
	return head;
}

/* We say why; the other side is given a moment to hear it. */
static void give_up(struct tl_dialed *dialed, int code, const char *reason)
{
	struct tl_farewell *farewell;

	if (dialed->step == TL_DIAL_OPEN)
		send_close(dialed, code, tl_str(reason));
	if (dialed->step == TL_DIAL_GONE)
		return;
	farewell = dialed->farewell = tl_alloc(sizeof(*farewell) + strlen(reason) + 1);
	strcpy(farewell->reason, reason);
	farewell->gone = (struct tl_gone){ .kind = TL_GONE_CLOSED, .code = code, .retry_after_ms = -1, .reason = tl_str(farewell->reason) };
	dialed->step = TL_DIAL_DRAIN;
	tl_dialed_wait(dialed, DRAIN_MS);
}

/* What no server may send (RFC 6455, 5.1 to 5.5); NULL: it is all right. */
static const char *fault_of(const struct tl_dialed *dialed, const struct head *head)
{
	bool control = head->opcode >= CLOSE;

	if (head->reserved != 0)
		return "a frame has a reserved bit";
	if (head->masked)
		return "a frame of the server is masked";
	if (head->opcode > PONG || (head->opcode > BINARY && head->opcode < CLOSE))
		return "a frame is of no known kind";
	if (control && (!head->final || head->length > CONTROL_MOST))
		return "a control frame is too long or in pieces";
	if (head->opcode == CONTINUATION && !dialed->fragments)
		return "a message has no beginning";
	if (!control && head->opcode != CONTINUATION && dialed->fragments)
		return "a message begins within another";
	return NULL;
}

static void deliver(struct tl_dialed *dialed, enum opcode opcode, struct tl_str message)
{
	const struct tl_dial_config *config = &dialed->dialer->config;
	size_t bad;

	if (opcode == TEXT && !tl_str_is_utf8(message, &bad))
		give_up(dialed, 1007, "a text is no UTF-8");
	else if (config->message && dialed->step == TL_DIAL_OPEN)
		config->message(dialed->socket.data, &dialed->socket, message, opcode == BINARY);
}

static void take_data(struct tl_dialed *dialed, const struct head *head, struct tl_str payload)
{
	struct tl_pile whole;
	enum opcode opcode;

	if (head->final && !dialed->fragments) {
		deliver(dialed, head->opcode, payload);
		return;
	}
	if (!dialed->fragments)
		dialed->fragments = (unsigned char)head->opcode;
	tl_pile_add(&dialed->message, payload.ptr, payload.len);
	if (!head->final)
		return;
	whole = dialed->message;
	opcode = dialed->fragments;
	dialed->message = (struct tl_pile){ 0 };
	dialed->fragments = 0;
	deliver(dialed, opcode, (struct tl_str){ (const char *)whole.bytes, whole.end });
	free(whole.bytes);
}

static bool is_close_code(int code)
{
	return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) || (code >= 3000 && code <= 4999);
}

static void take_close(struct tl_dialed *dialed, struct tl_str payload)
{
	int code = payload.len >= 2 ? (unsigned char)payload.ptr[0] << 8 | (unsigned char)payload.ptr[1] : 0;
	struct tl_str reason = tl_str_slice(payload, 2, payload.len);
	struct tl_buf safe = { 0 };
	size_t bad;

	if (payload.len == 1 || (code != 0 && !is_close_code(code)) || !tl_str_is_utf8(reason, &bad)) {
		give_up(dialed, 1002, "a close frame is broken");
		return;
	}
	if (dialed->step == TL_DIAL_OPEN)
		send_close(dialed, code, TL_STR(""));
	tl_text_safe(&safe, reason);
	tl_dialed_leave(dialed, (struct tl_gone){ .kind = TL_GONE_CLOSED, .code = code, .retry_after_ms = -1 }, "%.*s", TL_FMT(tl_buf_view(&safe)));
	tl_buf_clear(&safe);
}

static void take_frame(struct tl_dialed *dialed, const struct head *head, struct tl_str payload)
{
	dialed->dialer->counts.received++;
	switch (head->opcode) {
	case CLOSE:
		take_close(dialed, payload);
		break;
	case PING:
		if (dialed->step == TL_DIAL_OPEN)
			send_frame(dialed, PONG, payload);
		break;
	case PONG:
		dialed->dialer->counts.pongs++;
		break;
	default:
		take_data(dialed, head, payload);
		break;
	}
}

/* Takes the whole frames at the front; returns how many bytes that were. */
static size_t take_frames(struct tl_dialed *dialed, const unsigned char *bytes, size_t len)
{
	size_t limit = dialed->dialer->config.message_limit, at = 0;
	struct head head;
	const char *fault;

	while (dialed->step == TL_DIAL_OPEN || dialed->step == TL_DIAL_CLOSING) {
		head = read_head(bytes + at, len - at);
		if (head.size == 0)
			break;
		fault = fault_of(dialed, &head);
		if (fault) {
			give_up(dialed, 1002, fault);
			break;
		}
		if (head.length > limit || head.length + dialed->message.end > limit) {
			give_up(dialed, 1009, "message too large");
			break;
		}
		if (len - at - head.size < head.length)
			break;
		take_frame(dialed, &head, (struct tl_str){ (const char *)bytes + at + head.size, (size_t)head.length });
		at += head.size + (size_t)head.length;
	}
	return at;
}

static void take_bytes(struct tl_dialed *dialed, const unsigned char *bytes, size_t len)
{
	size_t taken;

	dialed->dialer->counts.received_bytes += len;
	if (!dialed->in.bytes) {
		taken = take_frames(dialed, bytes, len);
		if (taken < len && dialed->step <= TL_DIAL_CLOSING)
			tl_pile_add(&dialed->in, bytes + taken, len - taken);
		return;
	}
	tl_pile_add(&dialed->in, bytes, len);
	taken = take_frames(dialed, dialed->in.bytes + dialed->in.at, dialed->in.end - dialed->in.at);
	if (taken > 0)
		tl_pile_take(&dialed->in, taken);
}

static void receive(struct tl_dialed *dialed)
{
	struct tl_dialer *dialer = dialed->dialer;
	size_t count;

	for (unsigned i = 0; i < READS_MOST; i++) {
		switch (tl_dialed_read(dialed, dialer->read, TL_DIAL_READ, &count)) {
		case TL_DIAL_SOME:
			break;
		case TL_DIAL_WAIT:
			return;
		case TL_DIAL_END:
			tl_dialed_leave(dialed, dropped, "the other side ended the connection");
			return;
		case TL_DIAL_FAULT:
			tl_dialed_leave(dialed, dropped, "the connection broke");
			return;
		}
		dialed->heard_ms = tl_loop_now_ms(dialer->config.loop);
		dialed->pinged = false;
		take_bytes(dialed, dialer->read, count);
		if (dialed->step > TL_DIAL_CLOSING)
			return;
		/* Less than there was room for was all there is, but TLS may have more of its own. */
		if (dialed->tls ? !tl_tls_pending(dialed->tls) : count < TL_DIAL_READ)
			return;
	}
}

void tl_dialed_exchange(struct tl_dialed *dialed)
{
	if (dialed->out.bytes)
		flush(dialed);
	if (dialed->speechless && !dialed->out.bytes)
		cut_off(&dialed->socket);
	else
		receive(dialed);
}

void tl_dialed_drain(struct tl_dialed *dialed)
{
	size_t count;
	enum tl_dial_io io;

	if (dialed->out.bytes)
		flush(dialed);
	io = tl_dialed_read(dialed, dialed->dialer->read, TL_DIAL_READ, &count);
	if (io == TL_DIAL_END || io == TL_DIAL_FAULT)
		tl_dialed_leave(dialed, dropped, "the other side ended the connection");
}

/* ---- open, and quiet */

void tl_dialed_open(struct tl_dialed *dialed, struct tl_str rest)
{
	const struct tl_dial_config *config = &dialed->dialer->config;
	struct tl_attempt *attempt = dialed->attempt;

	dialed->attempt = NULL;
	dialed->step = TL_DIAL_OPEN;
	dialed->heard_ms = tl_loop_now_ms(config->loop);
	tl_dialed_wait(dialed, config->ping_ms);
	if (config->opened)
		config->opened(dialed->socket.data, &dialed->socket);
	if (rest.len > 0 && dialed->step <= TL_DIAL_CLOSING)
		take_bytes(dialed, (const unsigned char *)rest.ptr, rest.len);
	tl_attempt_free(attempt);
	if (dialed->tls && dialed->step <= TL_DIAL_CLOSING && tl_tls_pending(dialed->tls))
		receive(dialed);
}

/* One timer a socket, that is not touched while messages come: when it rings it is seen how long ago the last one was. */
void tl_dialed_quiet(struct tl_dialed *dialed)
{
	struct tl_dialer *dialer = dialed->dialer;
	int64_t ping_ms = dialer->config.ping_ms, quiet_ms = tl_loop_now_ms(dialer->config.loop) - dialed->heard_ms;

	if (quiet_ms < ping_ms) {
		tl_dialed_wait(dialed, ping_ms - quiet_ms);
	} else if (!dialed->pinged) {
		dialed->pinged = true;
		dialer->counts.pings++;
		tl_dialed_wait(dialed, dialer->config.pong_ms);
		send_frame(dialed, PING, TL_STR(""));
	} else {
		tl_dialed_leave(dialed, dropped, "nothing came for %lld ms, and no answer to a ping", (long long)quiet_ms);
	}
}

/* tests/fuzz/fuzz_dial.c: any bytes from a WebSocket server, in pieces. The first byte says how it begins: bit 0: with the answer to the handshake, else behind it;
 * bit 1: the first piece came with that answer. The second is the length of a piece (0: all at once). A message that begins with e is echoed, with c closes the socket,
 * with k cuts it off. Whatever comes: one `gone`, nothing after it, and what is sent are frames as a client may send them. */
#include "fuzz.h"

#include <sys/socket.h>
#include <unistd.h>

#include "net/dialing.h"

#define BEARER "a-secret-bearer"
#define LIMIT ((size_t)4096)
/* Turns of the loop that an end may take. */
#define TURNS_MOST 1000

struct wire {
	struct tl_loop *loop;
	struct tl_dialer *dialer;
	struct tl_buf sent;
	int peer;
	bool open, gone;
};

static void opened(void *data, struct tl_socket *socket)
{
	struct wire *wire = data;

	demand(!wire->open && !wire->gone);
	wire->open = true;
	tl_socket_send(socket, TL_STR("hello"));
}

static void heard(void *data, struct tl_socket *socket, struct tl_str message, bool binary)
{
	const struct wire *wire = data;
	size_t bad;

	demand(wire->open && !wire->gone);
	demand(message.len <= LIMIT);
	demand(binary || tl_str_is_utf8(message, &bad));
	if (tl_str_starts(message, TL_STR("e")))
		tl_socket_send(socket, message);
	else if (tl_str_starts(message, TL_STR("c")))
		tl_socket_close(socket, 1000, "enough");
	else if (tl_str_starts(message, TL_STR("k")))
		tl_socket_cut(socket);
}

static void gone(void *data, struct tl_socket *socket, const struct tl_gone *why)
{
	struct wire *wire = data;
	size_t bad;

	(void)socket;
	demand(!wire->gone);
	demand(tl_str_is_utf8(why->reason, &bad));
	demand(why->kind != TL_GONE_REFUSED || tl_str_find(why->reason, TL_STR(BEARER), 0) == SIZE_MAX);
	demand(why->kind != TL_GONE_CLOSED || why->code == 0 || (why->code >= 1000 && why->code < 5000));
	wire->gone = true;
}

/* A socket that has just been connected, to a peer of ours. */
static struct tl_dialed *connect_wire(struct wire *wire)
{
	struct tl_dialed *dialed = tl_alloc_zero(1, sizeof(*dialed));
	struct tl_attempt *attempt = tl_alloc_zero(1, sizeof(*attempt));
	struct tl_dialer *dialer = wire->dialer;
	int ends[2];

	demand(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
	demand(tl_address_parse(&attempt->address, &attempt->arena, TL_STR("http://127.0.0.1:1/"), NULL) == 0);
	demand(tl_attempt_request(attempt, TL_STR(BEARER), NULL) == 0);
	dialed->socket = (struct tl_socket){ &tl_dialed_way, wire };
	dialed->dialer = dialer;
	dialed->attempt = attempt;
	dialed->poll.data = dialed;
	dialed->fd = ends[0];
	wire->peer = ends[1];
	dialer->first = dialed;
	dialer->counts.open++;
	demand(uv_poll_init(&wire->loop->uv, &dialed->poll, dialed->fd) == 0);
	dialed->step = TL_DIAL_REQUEST;
	tl_dialed_want(dialed, UV_READABLE);
	return dialed;
}

static void turn(struct wire *wire)
{
	char bytes[8192];
	ssize_t count;

	tl_loop_run(wire->loop, -1, NULL, NULL);
	while (wire->peer >= 0 && (count = read(wire->peer, bytes, sizeof(bytes))) > 0)
		tl_buf_add(&wire->sent, bytes, (size_t)count);
}

static void feed(struct wire *wire, const uint8_t *data, size_t size, size_t piece)
{
	for (size_t at = 0; at < size && !wire->gone;) {
		size_t len = size - at < piece ? size - at : piece;
		ssize_t count = send(wire->peer, data + at, len, MSG_NOSIGNAL);

		if (count < 0 && errno != EAGAIN)
			break;
		at += count > 0 ? (size_t)count : 0;
		turn(wire);
	}
}

/* The frames of a client: masked, no control frame that is long or in pieces, nothing behind a close. */
static void check_sent(const struct wire *wire, bool asked)
{
	const unsigned char *bytes = (const unsigned char *)wire->sent.data;
	size_t at = 0, head, len = wire->sent.len;
	bool closed = false;

	if (asked) {
		size_t end = tl_str_find(tl_buf_view(&wire->sent), TL_STR("\r\n\r\n"), 0);

		demand(end != SIZE_MAX);
		at = end + 4;
	}
	while (at + 6 <= len) {
		unsigned opcode = bytes[at] & 0x0f, size = bytes[at + 1] & 0x7f;

		demand(!closed && bytes[at] & 0x80 && bytes[at + 1] & 0x80 && size < 127);
		demand(opcode == 1 || opcode == 2 || (opcode >= 8 && opcode <= 10 && size <= 125));
		head = size == 126 ? 8 : 6;
		size = size == 126 ? (unsigned)bytes[at + 2] << 8 | bytes[at + 3] : size;
		closed = opcode == 8;
		at += head + size;
	}
}

static void finish(struct wire *wire)
{
	shutdown(wire->peer, SHUT_WR);
	for (unsigned i = 0; i < TURNS_MOST && !wire->gone; i++)
		turn(wire);
	demand(wire->gone);
	demand(tl_dialer_counts(wire->dialer).open == 0);
	close(wire->peer);
	wire->peer = -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire wire = { .peer = -1 };
	struct tl_dial_config config = { .message_limit = LIMIT, .opened = opened, .message = heard, .gone = gone };
	struct tl_dialed *dialed;
	size_t piece, first = 0;
	bool asks;

	if (size < 2)
		return 0;
	asks = data[0] & 1;
	piece = data[1] ? data[1] : size;
	demand(tl_loop_open(&wire.loop, NULL) == 0);
	config.loop = wire.loop;
	demand(tl_dialer_open(&wire.dialer, &config, NULL) == 0);
	dialed = connect_wire(&wire);
	if (asks) {
		tl_dialed_request(dialed);
	} else {
		first = data[0] & 2 ? (size - 2 < piece ? size - 2 : piece) : 0;
		tl_dialed_open(dialed, (struct tl_str){ (const char *)data + 2, first });
	}
	feed(&wire, data + 2 + first, size - 2 - first, piece);
	finish(&wire);
	check_sent(&wire, asks);
	tl_dialer_close(wire.dialer);
	tl_loop_close(wire.loop);
	tl_buf_clear(&wire.sent);
	return 0;
}

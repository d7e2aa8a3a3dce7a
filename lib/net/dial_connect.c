/* net/dial_connect.c: from a name to a connection, through a proxy and TLS where they are wanted. */
#include "net/dialing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"

/* How long an answer of the name service counts. */
#define PLACE_MS 30000
/* Of a proxy's answer. */
#define PROXY_HEAD_MOST ((size_t)8192)
#define SHOWN_MOST 200

static const struct tl_gone unreachable = { .kind = TL_GONE_UNREACHABLE, .retry_after_ms = -1 };
static const struct tl_gone hopeless = { .kind = TL_GONE_UNREACHABLE, .retry_after_ms = -1, .hopeless = true };

/* ---- words */

static struct tl_str host_and_port(struct tl_arena *arena, const struct tl_address *address)
{
	struct tl_str host = tl_str_cut(address->host, SHOWN_MOST);

	return tl_arena_printf(arena, strchr(address->host.ptr, ':') ? "[%.*s]:%u" : "%.*s:%u", TL_FMT(host), (unsigned)address->port);
}

struct tl_str tl_dialed_peer(struct tl_dialed *dialed)
{
	return host_and_port(&dialed->attempt->arena, &dialed->attempt->address);
}

static bool is_proxied(const struct tl_dialed *dialed)
{
	return dialed->dialer->proxy.host.len > 0 && !dialed->attempt->address.loopback;
}

/* Whoever was to be connected to: the proxy by its address, as the words begin with the host behind it. */
static struct tl_str connected_to(struct tl_dialed *dialed)
{
	struct tl_str text = tl_str_cut(dialed->dialer->proxy.text, SHOWN_MOST);

	return is_proxied(dialed) ? tl_arena_printf(&dialed->attempt->arena, "the proxy '%.*s'", TL_FMT(text)) : TL_STR("it");
}

static void leave_by_error(struct tl_dialed *dialed, int code)
{
	struct tl_str peer = tl_dialed_peer(dialed), what = connected_to(dialed);

	if (code == ECONNREFUSED)
		tl_dialed_leave(dialed, unreachable, "%.*s: %.*s refuses the connection: nothing listens at that address and port; is it right, and is the server up",
		                TL_FMT(peer), TL_FMT(what));
	else if (code == ENETUNREACH || code == EHOSTUNREACH)
		tl_dialed_leave(dialed, unreachable, "%.*s: there is no way to %.*s from this network (%s)", TL_FMT(peer), TL_FMT(what), strerrordesc_np(code));
	else if (code == EMFILE || code == ENFILE)
		tl_dialed_leave(dialed, unreachable, "%.*s: this process may open no more files and sockets: raise the limit (ulimit -n)", TL_FMT(peer));
	else if (code == ETIMEDOUT)
		tl_dialed_leave(dialed, unreachable, "%.*s: no connection to %.*s within %lld ms: a firewall, or the wrong address or port", TL_FMT(peer),
		                TL_FMT(what), (long long)dialed->dialer->config.connect_ms);
	else
		tl_dialed_leave(dialed, unreachable, "%.*s: no connection to %.*s (%s)", TL_FMT(peer), TL_FMT(what), strerrordesc_np(code));
}

void tl_dialed_late(struct tl_dialed *dialed)
{
	struct tl_str peer;

	/* The answer that says no is not waited for any longer. */
	if (dialed->step == TL_DIAL_REQUEST && dialed->attempt->head_len > 0) {
		tl_dialed_refused(dialed);
		return;
	}
	if (dialed->step == TL_DIAL_CONNECT) {
		if (dialed->attempt->tried < dialed->attempt->place->count)
			tl_dialed_connect(dialed);
		else
			leave_by_error(dialed, ETIMEDOUT);
		return;
	}
	peer = tl_dialed_peer(dialed);
	if (dialed->step == TL_DIAL_RESOLVE)
		tl_dialed_leave(dialed, unreachable, "%.*s: this machine's name service (DNS) did not say in time where %s is", TL_FMT(peer),
		                is_proxied(dialed) ? "the proxy" : "it");
	else
		tl_dialed_leave(dialed, unreachable, "%.*s: no answer within %lld ms", TL_FMT(peer), (long long)dialed->dialer->config.connect_ms);
}

/* ---- names */

static void take_addresses(struct tl_dial_place *place, const struct addrinfo *answers)
{
	place->count = place->good = 0;
	for (const struct addrinfo *at = answers; at && place->count < TL_DIAL_ADDRESSES; at = at->ai_next) {
		if (at->ai_addrlen > sizeof(place->addresses[0]) || (at->ai_family != AF_INET && at->ai_family != AF_INET6))
			continue;
		memcpy(&place->addresses[place->count++], at->ai_addr, at->ai_addrlen);
	}
}

static void on_resolved(uv_getaddrinfo_t *question, int status, struct addrinfo *answers)
{
	struct tl_dial_place *place = question->data;
	struct tl_dialer *dialer = place->dialer;
	struct tl_dialed *dialed, *after;

	place->asked = false;
	if (dialer)
		take_addresses(place, status == 0 ? answers : NULL);
	uv_freeaddrinfo(answers);
	if (!dialer) {
		tl_arena_clear(&place->arena);
		free(place);
		return;
	}
	if (place->count > 0)
		place->until_ms = tl_loop_clock_us() / 1000 + PLACE_MS;
	for (dialed = dialer->first; dialed; dialed = after) {
		after = dialed->after;
		if (dialed->step == TL_DIAL_RESOLVE && dialed->attempt->place == place)
			tl_dialed_connect(dialed);
	}
}

static struct tl_dial_place *find_place(struct tl_dialer *dialer, struct tl_str name)
{
	struct tl_dial_place *place = dialer->places;

	while (place && !tl_str_equal(place->name, name))
		place = place->after;
	if (place)
		return place;
	place = tl_alloc_zero(1, sizeof(*place));
	place->name = tl_arena_dup(&place->arena, name);
	place->dialer = dialer;
	place->question.data = place;
	place->after = dialer->places;
	dialer->places = place;
	return place;
}

/* Numbers need no name service. */
static bool read_number(struct tl_dial_place *place)
{
	struct sockaddr_in *four = (struct sockaddr_in *)&place->addresses[0];
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&place->addresses[0];

	if (uv_ip4_addr(place->name.ptr, 0, four) != 0 && uv_ip6_addr(place->name.ptr, 0, six) != 0)
		return false;
	place->count = 1;
	place->until_ms = INT64_MAX;
	return true;
}

/* Asked once for all who wait. */
static bool ask(struct tl_dial_place *place)
{
	static const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	bool is_local = tl_str_is(place->name, "localhost");

	if (place->asked)
		return true;
	/* Without a network but the machine's own, AI_ADDRCONFIG would hide that one too. */
	place->asked = uv_getaddrinfo(&place->dialer->config.loop->uv, &place->question, on_resolved, place->name.ptr, NULL, is_local ? NULL : &hints) == 0;
	return place->asked;
}

void tl_dialed_begin(struct tl_dialed *dialed)
{
	struct tl_attempt *attempt = dialed->attempt;
	const struct tl_address *address = is_proxied(dialed) ? &dialed->dialer->proxy : &attempt->address;
	struct tl_dial_place *place = find_place(dialed->dialer, address->host);

	attempt->place = place;
	attempt->port = address->port;
	dialed->step = TL_DIAL_RESOLVE;
	tl_dialed_wait(dialed, dialed->dialer->config.connect_ms);
	if (tl_loop_clock_us() / 1000 < place->until_ms || read_number(place) || !ask(place))
		tl_dialed_connect(dialed);
}

/* ---- connections */

static bool is_loopback(const struct sockaddr_storage *address)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;

	if (address->ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

static int open_socket(struct tl_dialed *dialed, struct sockaddr_storage address)
{
	struct sockaddr_in *four = (struct sockaddr_in *)&address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;
	bool is_six = address.ss_family == AF_INET6;
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1, code;

	if (fd < 0)
		return errno;
	*(is_six ? &six->sin6_port : &four->sin_port) = htons(dialed->attempt->port);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (struct sockaddr *)&address, is_six ? sizeof(*six) : sizeof(*four)) != 0 && errno != EINPROGRESS) {
		code = errno;
		close(fd);
		return code;
	}
	code = uv_poll_init(&dialed->dialer->config.loop->uv, &dialed->poll, fd);
	if (code != 0) {
		close(fd);
		return -code;
	}
	dialed->fd = fd;
	dialed->events = 0;
	return 0;
}

/* Where each of several addresses gets its share of the time, one that swallows everything does not hide the others. */
static void wait_for_connection(struct tl_dialed *dialed)
{
	struct tl_attempt *attempt = dialed->attempt;
	int64_t left = attempt->deadline_ms - tl_loop_clock_us() / 1000;

	tl_dialed_wait(dialed, left / (int64_t)(attempt->place->count - attempt->tried + 1));
}

void tl_dialed_connect(struct tl_dialed *dialed)
{
	struct tl_attempt *attempt = dialed->attempt;
	struct tl_dial_place *place = attempt->place;
	const struct sockaddr_storage *address;
	int code = 0;

	/* The one before was tried in vain: libuv has to let go of it first. */
	if (dialed->fd >= 0) {
		dialed->next = true;
		tl_dialed_hang_up(dialed);
		return;
	}
	if (place->count == 0) {
		tl_dialed_leave(dialed, unreachable, is_proxied(dialed)
		                ? "%.*s: the name of %.*s leads nowhere: check `proxy:` and this machine's name service"
		                : "%.*s: the name of %.*sleads nowhere: is it right in the configuration, is this machine's network up, and does its name service (DNS) answer",
		                TL_FMT(tl_dialed_peer(dialed)), TL_FMT(is_proxied(dialed) ? connected_to(dialed) : TL_STR("")));
		return;
	}
	if (attempt->tried == 0)
		attempt->base = place->good;
	dialed->step = TL_DIAL_CONNECT;
	while (attempt->tried < place->count) {
		address = &place->addresses[(attempt->base + attempt->tried++) % place->count];
		if (attempt->address.loopback && !dialed->dialer->config.insecure && !is_loopback(address)) {
			tl_dialed_leave(dialed, hopeless, "%.*s: its name means this machine, but leads to another", TL_FMT(tl_dialed_peer(dialed)));
			return;
		}
		code = open_socket(dialed, *address);
		if (code == 0) {
			wait_for_connection(dialed);
			tl_dialed_want(dialed, UV_WRITABLE);
			return;
		}
	}
	leave_by_error(dialed, code ? code : ECONNREFUSED);
}

void tl_dialed_connected(struct tl_dialed *dialed)
{
	struct tl_attempt *attempt = dialed->attempt;
	socklen_t size = sizeof(int);
	int code = 0;

	if (getsockopt(dialed->fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
		code = errno;
	if (code != 0) {
		if (attempt->tried < attempt->place->count)
			tl_dialed_connect(dialed);
		else
			leave_by_error(dialed, code);
		return;
	}
	attempt->place->good = (attempt->base + attempt->tried - 1) % attempt->place->count;
	tl_dialed_wait(dialed, attempt->deadline_ms - tl_loop_clock_us() / 1000);
	tl_dialed_want(dialed, UV_READABLE);
	if (is_proxied(dialed))
		tl_dialed_proxy(dialed);
	else
		tl_dialed_tls(dialed);
}

/* ---- through a proxy */

static void ask_proxy(struct tl_dialed *dialed)
{
	struct tl_attempt *attempt = dialed->attempt;
	struct tl_str peer = tl_dialed_peer(dialed), login = dialed->dialer->proxy_login;
	struct tl_str text = tl_arena_printf(&attempt->arena, "CONNECT %.*s HTTP/1.1\r\nHost: %.*s\r\n%s%.*s%s\r\n", TL_FMT(peer), TL_FMT(peer),
	                                     login.len ? "Proxy-Authorization: Basic " : "", TL_FMT(login), login.len ? "\r\n" : "");

	dialed->step = TL_DIAL_PROXY;
	tl_buf_init(&attempt->answer, PROXY_HEAD_MOST);
	tl_pile_add(&dialed->out, text.ptr, text.len);
}

/* False: it was refused. */
static bool read_proxy_head(struct tl_dialed *dialed, struct tl_str head)
{
	struct tl_str proxy = tl_str_cut(dialed->dialer->proxy.text, SHOWN_MOST), peer = tl_dialed_peer(dialed);
	int status = head.len > 12 && tl_str_starts(head, TL_STR("HTTP/1.")) ? atoi(head.ptr + 9) : 0;

	if (status >= 200 && status < 300)
		return true;
	if (status == 407)
		tl_dialed_leave(dialed, hopeless, "%.*s: the proxy '%.*s' wants a user and a password (407)", TL_FMT(peer), TL_FMT(proxy));
	else if (status > 0)
		tl_dialed_leave(dialed, status < 500 ? hopeless : unreachable, "%.*s: the proxy '%.*s' does not let it through (%d)", TL_FMT(peer), TL_FMT(proxy),
		                status);
	else
		tl_dialed_leave(dialed, unreachable, "%.*s: what answers at '%.*s' is no proxy", TL_FMT(peer), TL_FMT(proxy));
	return false;
}

static void read_proxy(struct tl_dialed *dialed)
{
	struct tl_attempt *attempt = dialed->attempt;
	enum tl_dial_io io;
	struct tl_str text;
	size_t count, end;

	io = tl_dialed_read(dialed, dialed->dialer->read, TL_DIAL_READ, &count);
	if (io == TL_DIAL_WAIT)
		return;
	if (io == TL_DIAL_SOME)
		tl_buf_add(&attempt->answer, dialed->dialer->read, count);
	text = tl_buf_view(&attempt->answer);
	end = tl_str_find(text, TL_STR("\r\n\r\n"), 0);
	if (end == SIZE_MAX && io == TL_DIAL_SOME && !attempt->answer.overflow)
		return;
	/* Nobody has anything to say behind it before we do. */
	if (!read_proxy_head(dialed, end == SIZE_MAX || attempt->answer.overflow ? TL_STR("") : text))
		return;
	tl_buf_clear(&attempt->answer);
	tl_dialed_tls(dialed);
}

void tl_dialed_proxy(struct tl_dialed *dialed)
{
	enum tl_dial_io io = TL_DIAL_SOME;
	size_t count;

	if (dialed->step == TL_DIAL_CONNECT)
		ask_proxy(dialed);
	while (dialed->out.bytes && io == TL_DIAL_SOME) {
		io = tl_dialed_write(dialed, dialed->out.bytes + dialed->out.at, dialed->out.end - dialed->out.at, &count);
		if (io == TL_DIAL_SOME)
			tl_pile_take(&dialed->out, count);
	}
	if (!dialed->out.bytes)
		tl_dialed_want(dialed, UV_READABLE);
	read_proxy(dialed);
}

/* ---- TLS */

static bool begin_tls(struct tl_dialed *dialed)
{
	struct tl_error err = { 0 };

	dialed->step = TL_DIAL_TLS;
	if (tl_tls_open(&dialed->tls, dialed->dialer->trust, dialed->fd, dialed->attempt->address.host.ptr, &err) == 0)
		return true;
	tl_dialed_leave(dialed, unreachable, "%.*s: %s", TL_FMT(tl_dialed_peer(dialed)), err.message);
	return false;
}

void tl_dialed_tls(struct tl_dialed *dialed)
{
	struct tl_error err = { 0 };
	bool certificate;

	if (!tl_str_is(dialed->attempt->address.scheme, "https")) {
		tl_dialed_request(dialed);
		return;
	}
	if (!dialed->tls && !begin_tls(dialed))
		return;
	switch (tl_tls_shake_hands(dialed->tls)) {
	case TL_TLS_DONE:
		tl_dialed_want(dialed, UV_READABLE);
		tl_dialed_request(dialed);
		break;
	case TL_TLS_WANTS_READ:
		tl_dialed_want(dialed, UV_READABLE);
		break;
	case TL_TLS_WANTS_WRITE:
		tl_dialed_want(dialed, UV_READABLE | UV_WRITABLE);
		break;
	case TL_TLS_ENDED:
	case TL_TLS_FAILED:
		certificate = tl_tls_fault(dialed->tls, &err);
		tl_dialed_leave(dialed, certificate ? hopeless : unreachable, "%.*s: %s", TL_FMT(tl_dialed_peer(dialed)), err.message);
		break;
	}
}

/* net/dial.c: WebSockets to servers: the dialer, and what every step of a socket needs. */
#include "net/dialing.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base64.h"

#define CONNECT_MS 10000
#define PING_MS 20000
#define PONG_MS 10000
#define MESSAGE_LIMIT ((size_t)64 << 10)
#define BACKLOG_LIMIT ((size_t)1 << 20)
#define REASON_MOST 1024

/* ---- bytes that wait */

void tl_pile_add(struct tl_pile *pile, const void *bytes, size_t len)
{
	if (pile->at > 0 && pile->end + len > pile->size) {
		memmove(pile->bytes, pile->bytes + pile->at, pile->end - pile->at);
		pile->end -= pile->at;
		pile->at = 0;
	}
	if (pile->end + len > pile->size) {
		pile->size = pile->end + len > 2 * pile->size ? pile->end + len : 2 * pile->size;
		pile->bytes = tl_realloc_array(pile->bytes, pile->size, 1);
	}
	if (len > 0)
		memcpy(pile->bytes + pile->end, bytes, len);
	pile->end += len;
}

void tl_pile_take(struct tl_pile *pile, size_t len)
{
	pile->at += len;
	if (pile->at == pile->end)
		tl_pile_clear(pile);
}

void tl_pile_clear(struct tl_pile *pile)
{
	free(pile->bytes);
	*pile = (struct tl_pile){ 0 };
}

/* ---- the end */

static void finish(struct tl_dialed *dialed)
{
	struct tl_dialer *dialer = dialed->dialer;

	if (dialer) {
		*(dialed->before ? &dialed->before->after : &dialer->first) = dialed->after;
		if (dialed->after)
			dialed->after->before = dialed->before;
		dialer->counts.open--;
		if (dialer->config.gone)
			dialer->config.gone(dialed->socket.data, &dialed->socket, &dialed->farewell->gone);
	}
	free(dialed->farewell);
	free(dialed);
}

/* All that a socket holds but itself. */
static void release(struct tl_dialed *dialed)
{
	tl_timer_cancel(dialed->timer);
	dialed->timer = NULL;
	tl_attempt_free(dialed->attempt);
	dialed->attempt = NULL;
	tl_pile_clear(&dialed->out);
}

static void on_closed(uv_handle_t *handle)
{
	struct tl_dialed *dialed = handle->data;

	/* Bytes of these may have been in somebody's hands until now. */
	tl_pile_clear(&dialed->in);
	tl_pile_clear(&dialed->message);
	if (dialed->step == TL_DIAL_GONE) {
		finish(dialed);
		return;
	}
	dialed->next = false;
	tl_dialed_connect(dialed);
}

static void on_nothing_to_close(void *data)
{
	struct tl_dialed *dialed = data;

	dialed->timer = NULL;
	finish(dialed);
}

void tl_dialed_hang_up(struct tl_dialed *dialed)
{
	tl_tls_close(dialed->tls);
	dialed->tls = NULL;
	uv_close((uv_handle_t *)&dialed->poll, on_closed);
	close(dialed->fd);
	dialed->fd = -1;
}

void tl_dialed_leave(struct tl_dialed *dialed, struct tl_gone gone, const char *fmt, ...)
{
	char reason[REASON_MOST] = "";
	va_list args;

	if (dialed->step == TL_DIAL_GONE)
		return;
	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	/* What is said while everything is thrown away was said before. */
	if (!dialed->farewell) {
		dialed->farewell = tl_alloc(sizeof(*dialed->farewell) + strlen(reason) + 1);
		strcpy(dialed->farewell->reason, reason);
		dialed->farewell->gone = gone;
		dialed->farewell->gone.reason = tl_str(dialed->farewell->reason);
	}
	dialed->step = TL_DIAL_GONE;
	release(dialed);
	if (dialed->fd >= 0)
		tl_dialed_hang_up(dialed);
	else if (!dialed->next)
		dialed->timer = tl_loop_after(dialed->dialer->config.loop, 0, on_nothing_to_close, dialed);
}

/* ---- what a step needs */

static void (*const ready_table[])(struct tl_dialed *dialed) = {
	[TL_DIAL_CONNECT] = tl_dialed_connected, [TL_DIAL_PROXY] = tl_dialed_proxy,      [TL_DIAL_TLS] = tl_dialed_tls,
	[TL_DIAL_REQUEST] = tl_dialed_request,   [TL_DIAL_OPEN] = tl_dialed_exchange,    [TL_DIAL_CLOSING] = tl_dialed_exchange,
	[TL_DIAL_DRAIN] = tl_dialed_drain,
};

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct tl_dialed *dialed = poll->data;

	(void)events;
	/* libuv does not look at a descriptor that failed any more: the next read finds out why. */
	if (status < 0)
		dialed->events = 0;
	ready_table[dialed->step](dialed);
}

void tl_dialed_want(struct tl_dialed *dialed, int events)
{
	if (dialed->events == events || dialed->step == TL_DIAL_GONE)
		return;
	dialed->events = events;
	uv_poll_start(&dialed->poll, events, on_ready);
}

static void on_time(void *data)
{
	struct tl_dialed *dialed = data;

	dialed->timer = NULL;
	if (dialed->step < TL_DIAL_OPEN)
		tl_dialed_late(dialed);
	else if (dialed->step == TL_DIAL_OPEN)
		tl_dialed_quiet(dialed);
	else
		tl_dialed_leave(dialed, (struct tl_gone){ .kind = TL_GONE_DROPPED, .retry_after_ms = -1 }, "the close frame was not answered");
}

void tl_dialed_wait(struct tl_dialed *dialed, int64_t ms)
{
	tl_timer_cancel(dialed->timer);
	dialed->timer = tl_loop_after(dialed->dialer->config.loop, ms, on_time, dialed);
}

static enum tl_dial_io io_of(struct tl_dialed *dialed, enum tl_tls_state state)
{
	switch (state) {
	case TL_TLS_DONE:
		return TL_DIAL_SOME;
	case TL_TLS_WANTS_READ:
		return TL_DIAL_WAIT;
	case TL_TLS_WANTS_WRITE:
		tl_dialed_want(dialed, UV_READABLE | UV_WRITABLE);
		return TL_DIAL_WAIT;
	case TL_TLS_ENDED:
		return TL_DIAL_END;
	case TL_TLS_FAILED:
		break;
	}
	return TL_DIAL_FAULT;
}

enum tl_dial_io tl_dialed_read(struct tl_dialed *dialed, void *out, size_t size, size_t *count)
{
	ssize_t result;

	if (dialed->tls)
		return io_of(dialed, tl_tls_read(dialed->tls, out, size, count));
	do
		result = recv(dialed->fd, out, size, 0);
	while (result < 0 && errno == EINTR);
	*count = result > 0 ? (size_t)result : 0;
	if (result > 0)
		return TL_DIAL_SOME;
	if (result == 0)
		return TL_DIAL_END;
	return errno == EAGAIN ? TL_DIAL_WAIT : TL_DIAL_FAULT;
}

enum tl_dial_io tl_dialed_write(struct tl_dialed *dialed, const void *bytes, size_t size, size_t *count)
{
	ssize_t result;

	if (dialed->tls)
		return io_of(dialed, tl_tls_write(dialed->tls, bytes, size, count));
	do
		result = send(dialed->fd, bytes, size, MSG_NOSIGNAL);
	while (result < 0 && errno == EINTR);
	*count = result > 0 ? (size_t)result : 0;
	if (result >= 0)
		return TL_DIAL_SOME;
	if (errno != EAGAIN)
		return TL_DIAL_FAULT;
	tl_dialed_want(dialed, UV_READABLE | UV_WRITABLE);
	return TL_DIAL_WAIT;
}

/* ---- the dialer */

/* A proxy, unlike other addresses, may name a user and a password: they go to it alone, messages never show them. */
static int read_proxy(struct tl_dialer *dialer, struct tl_error *err)
{
	struct tl_str text = tl_str(dialer->config.proxy);
	size_t slashes = tl_str_find(text, TL_STR("://"), 0);
	const char *at = strrchr(text.ptr, '@');

	if (slashes != SIZE_MAX && at) {
		dialer->proxy_login = tl_base64_encode(&dialer->arena, tl_str_slice(text, slashes + 3, (size_t)(at - text.ptr)));
		text = tl_arena_printf(&dialer->arena, "%.*s%s", TL_FMT(tl_str_slice(text, 0, slashes + 3)), at + 1);
	}
	if (tl_address_parse(&dialer->proxy, &dialer->arena, text, err) != 0)
		return tl_error_wrap(err, "proxy");
	if (!tl_str_is(dialer->proxy.scheme, "http"))
		return tl_error_set(err, TL_USAGE, "proxy: WebSockets go by way of http proxies only, not by '%.*s'", TL_FMT(dialer->proxy.text));
	return 0;
}

int tl_dialer_open(struct tl_dialer **out, const struct tl_dial_config *config, struct tl_error *err)
{
	struct tl_dialer *dialer = tl_alloc_zero(1, sizeof(*dialer));
	struct tl_dial_config *mine = &dialer->config;

	*out = NULL;
	*mine = *config;
	mine->connect_ms = mine->connect_ms > 0 ? mine->connect_ms : CONNECT_MS;
	mine->ping_ms = mine->ping_ms > 0 ? mine->ping_ms : PING_MS;
	mine->pong_ms = mine->pong_ms > 0 ? mine->pong_ms : PONG_MS;
	mine->message_limit = mine->message_limit ? mine->message_limit : MESSAGE_LIMIT;
	mine->backlog_limit = mine->backlog_limit ? mine->backlog_limit : BACKLOG_LIMIT;
	dialer->mask_at = TL_DIAL_MASKS;
	if (mine->proxy && *mine->proxy && read_proxy(dialer, err) != 0) {
		tl_dialer_close(dialer);
		return -1;
	}
	*out = dialer;
	return 0;
}

static void free_places(struct tl_dialer *dialer)
{
	struct tl_dial_place *place;

	while (dialer->places) {
		place = dialer->places;
		dialer->places = place->after;
		place->dialer = NULL;
		if (place->asked) {
			uv_cancel((uv_req_t *)&place->question);
			continue;
		}
		tl_arena_clear(&place->arena);
		free(place);
	}
}

/* What libuv has not let go of yet frees itself when it does; it is told now. */
static void tell_now(struct tl_dialed *dialed)
{
	struct tl_dialer *dialer = dialed->dialer;
	bool waits = !dialed->timer;

	tl_timer_cancel(dialed->timer);
	dialed->timer = NULL;
	dialer->first = dialed->after;
	if (dialed->after)
		dialed->after->before = NULL;
	dialer->counts.open--;
	if (dialer->config.gone)
		dialer->config.gone(dialed->socket.data, &dialed->socket, &dialed->farewell->gone);
	dialed->dialer = NULL;
	if (!waits)
		finish(dialed);
}

void tl_dialer_close(struct tl_dialer *dialer)
{
	struct tl_dialed *dialed;

	if (!dialer)
		return;
	while (dialer->first) {
		dialed = dialer->first;
		tl_dialed_leave(dialed, (struct tl_gone){ .kind = TL_GONE_DROPPED, .retry_after_ms = -1 }, "cut off by this side");
		tell_now(dialed);
	}
	free_places(dialer);
	tl_tls_trust_close(dialer->trust);
	tl_arena_clear(&dialer->arena);
	free(dialer);
}

struct tl_dial_counts tl_dialer_counts(const struct tl_dialer *dialer)
{
	return dialer->counts;
}

/* ---- dialling */

/* ws and wss are http and https by another name. */
static int read_address(struct tl_attempt *attempt, const struct tl_dialer *dialer, struct tl_str url, struct tl_error *err)
{
	if (tl_str_starts(url, TL_STR("ws://")) || tl_str_starts(url, TL_STR("wss://")))
		url = tl_arena_printf(&attempt->arena, "http%.*s", TL_FMT(tl_str_slice(url, 2, url.len)));
	if (tl_address_parse(&attempt->address, &attempt->arena, url, err) != 0)
		return -1;
	return dialer->config.insecure ? 0 : tl_address_check_secure(&attempt->address, "call control", err);
}

static int prepare(struct tl_attempt *attempt, struct tl_dialer *dialer, struct tl_str url, struct tl_str bearer, struct tl_error *err)
{
	if (read_address(attempt, dialer, url, err) != 0)
		return -1;
	if (!dialer->trust && tl_str_is(attempt->address.scheme, "https") && tl_tls_trust_open(&dialer->trust, dialer->config.ca, err) != 0)
		return -1;
	attempt->deadline_ms = tl_loop_clock_us() / 1000 + dialer->config.connect_ms;
	return tl_attempt_request(attempt, bearer, err);
}

int tl_dial(struct tl_socket **out, struct tl_dialer *dialer, struct tl_str url, struct tl_str bearer, void *data, struct tl_error *err)
{
	struct tl_attempt *attempt = tl_alloc_zero(1, sizeof(*attempt));
	struct tl_dialed *dialed;

	*out = NULL;
	if (prepare(attempt, dialer, url, bearer, err) != 0) {
		tl_attempt_free(attempt);
		return -1;
	}
	dialed = tl_alloc_zero(1, sizeof(*dialed));
	dialed->socket = (struct tl_socket){ &tl_dialed_way, data };
	dialed->dialer = dialer;
	dialed->attempt = attempt;
	dialed->fd = -1;
	dialed->poll.data = dialed;
	dialed->after = dialer->first;
	if (dialed->after)
		dialed->after->before = dialed;
	dialer->first = dialed;
	dialer->counts.open++;
	tl_dialed_begin(dialed);
	*out = &dialed->socket;
	return 0;
}

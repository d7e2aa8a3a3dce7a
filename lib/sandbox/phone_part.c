/* sandbox/phone_part.c: the call-control WebSocket, and an admin's way to play the callers. */
#include <stdlib.h>

#include "sandbox/answer.h"
#include "sandbox/parts.h"
#include "sandbox/phone.h"

struct phone_part {
	struct tl_sandbox *sandbox;
	struct tl_phone *phone;
};

/* ---- hooks */

static void send_message(void *wire, struct tl_str message, bool binary)
{
	if (binary)
		tl_socket_send_binary(wire, message);
	else
		tl_socket_send(wire, message);
}

static void close_socket(void *wire, int code, const char *reason)
{
	tl_socket_close(wire, code, reason);
}

static void cut_socket(void *wire)
{
	tl_socket_end(wire);
}

static void *after(void *data, int64_t ms, void (*fire)(void *arg), void *arg)
{
	return tl_server_after(tl_sandbox_server(((const struct phone_part *)data)->sandbox), ms, fire, arg);
}

static void cancel(void *data, void *timer)
{
	(void)data;
	tl_timer_cancel(timer);
}

static int64_t now_ms(void *data)
{
	const struct tl_clock *clock = tl_sandbox_clock(((const struct phone_part *)data)->sandbox);

	return clock->now_ms(clock->data);
}

static int64_t now_us(void *data)
{
	return tl_sandbox_now_us(((const struct phone_part *)data)->sandbox);
}

static void tell(void *data, const char *line)
{
	tl_sandbox_tell(((const struct phone_part *)data)->sandbox, line);
}

/* ---- the socket */

static void *opened(struct tl_sandbox *sandbox, void *state, struct tl_socket *socket)
{
	(void)sandbox;
	return tl_phone_opened(((struct phone_part *)state)->phone, socket);
}

static void message(void *session, struct tl_socket *socket, struct tl_str text, bool binary)
{
	(void)socket;
	tl_phone_message(session, text, binary);
}

static void closed(void *session, struct tl_socket *socket)
{
	(void)socket;
	tl_phone_closed(session);
}

/* ---- for admins */

static void handle_announce(struct tl_routed *call)
{
	const struct phone_part *part = call->state;
	const struct tl_item *body = tl_route_body(call);
	struct tl_refusal refusal;

	if (body)
		tl_route_done(call, tl_phone_announce(part->phone, &refusal, body), &refusal);
}

static void handle_steps(struct tl_routed *call)
{
	const struct phone_part *part = call->state;
	const struct tl_item *body = tl_route_body(call);
	struct tl_refusal refusal;

	if (body)
		tl_route_done(call, tl_phone_steps(part->phone, &refusal, call->params[0], body), &refusal);
}

static void handle_show(struct tl_routed *call)
{
	const struct phone_part *part = call->state;
	struct tl_json json;
	struct tl_refusal refusal;
	struct tl_buf out = { 0 };
	int status;

	tl_json_init(&json, &out, false);
	status = tl_phone_show(&json, &refusal, part->phone, call->params[0]);
	tl_route_told(call, status, tl_buf_view(&out), &refusal);
	tl_buf_clear(&out);
}

static void handle_show_all(struct tl_routed *call)
{
	const struct phone_part *part = call->state;
	struct tl_json *json = tl_route_json(call, 200);

	tl_json_map(json);
	tl_json_key(json, "calls");
	tl_phone_show_all(json, part->phone);
	tl_json_map_end(json);
}

static void handle_summary(struct tl_routed *call)
{
	const struct phone_part *part = call->state;

	tl_phone_summary(tl_route_json(call, 200), part->phone);
}

static void handle_summary_reset(struct tl_routed *call)
{
	const struct phone_part *part = call->state;

	tl_phone_summary_reset(part->phone);
	tl_route_empty(call, 204);
}

/* ---- the part */

static int open_part(void **state, struct tl_sandbox *sandbox, struct tl_error *err)
{
	struct phone_part *part = tl_alloc_zero(1, sizeof(*part));
	struct tl_phone_hooks hooks = { send_message, close_socket, cut_socket, after, cancel, now_ms, now_us, tl_sandbox_tells(sandbox) ? tell : NULL, part };

	(void)err;
	part->sandbox = sandbox;
	part->phone = tl_phone_new(&hooks);
	*state = part;
	return 0;
}

static void close_part(void *state)
{
	struct phone_part *part = state;

	tl_phone_free(part->phone);
	free(part);
}

static int put(void *state, struct tl_refusal *refusal, const struct tl_item *item)
{
	return tl_phone_announce(((struct phone_part *)state)->phone, refusal, item);
}

static int seed(void *state, struct tl_sandbox *sandbox, const struct tl_item *item, const char *folder, struct tl_error *err)
{
	(void)sandbox;
	(void)folder;
	return tl_seed_each(item, state, put, err);
}

static const struct tl_route route_table[] = {
	{ "GET", "/sandbox/calls", NULL, handle_show_all, TL_GUARD_ADMIN, 0 },
	{ "POST", "/sandbox/calls", NULL, handle_announce, TL_GUARD_ADMIN, 0 },
	{ "GET", "/sandbox/calls/summary", NULL, handle_summary, TL_GUARD_ADMIN, 0 },
	{ "DELETE", "/sandbox/calls/summary", NULL, handle_summary_reset, TL_GUARD_ADMIN, 0 },
	{ "GET", "/sandbox/calls/{id}", NULL, handle_show, TL_GUARD_ADMIN, 0 },
	{ "POST", "/sandbox/calls/{id}/steps", NULL, handle_steps, TL_GUARD_ADMIN, 0 },
};

static const struct tl_socket_route socket_table[] = {
	{ .pattern = "/api/v2/callcontrol/websocket", .scope = "callcontrol:inbound&callcontrol:media", .opened = opened, .message = message,
	  .closed = closed },
};

const struct tl_part tl_part_phone = {
	.name = "phone",
	.routes = route_table,
	.n_routes = TL_COUNT(route_table),
	.sockets = socket_table,
	.n_sockets = TL_COUNT(socket_table),
	.open = open_part,
	.close = close_part,
	.seed_key = "calls",
	.seed = seed,
};

/* ---- many alike, under a name of their own in a seed: one announcement, or a list */

static int seed_callers(void *state, struct tl_sandbox *sandbox, const struct tl_item *item, const char *folder, struct tl_error *err)
{
	struct phone_part *part = tl_part_state(sandbox, &tl_part_phone);
	struct tl_refusal refusal;

	(void)state;
	(void)folder;
	if (item->kind == TL_LIST)
		return tl_seed_each(item, part, put, err);
	return put(part, &refusal, item) == 200 ? 0 : tl_error_set(err, TL_USAGE, "%s", refusal.message);
}

const struct tl_part tl_part_callers = { .name = "callers", .seed_key = "callers", .seed = seed_callers };

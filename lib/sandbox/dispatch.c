/* sandbox/dispatch.c: every request, from the table of routes to its answer: who may come, how often, what goes wrong on the way. */
#include <assert.h>
#include <stdlib.h>

#include "sandbox/inside.h"
#include "sandbox/vendor.h"

#define STRIKES 8
#define JSON "application/json"

/* A request that is being answered. The call comes first: handlers are given it alone. */
struct pending {
	struct tl_routed call;
	const struct tl_fault *strikes[STRIKES]; /* copies, as they may be taken away meanwhile */
	size_t n_strikes;
	struct tl_timer *timer;
};

/* ---- routes */

static bool match_pattern(struct tl_str *params, const char *pattern, struct tl_str path)
{
	size_t at = 0, count = 0, start;
	const char *end;

	while (*pattern) {
		if (*pattern != '{') {
			if (at >= path.len || path.ptr[at] != *pattern)
				return false;
			at++;
			pattern++;
			continue;
		}
		end = strchr(pattern, '}');
		for (start = at; at < path.len && (path.ptr[at] != '/' || end[-1] == '*');)
			at++;
		if (at == start || count == TL_ROUTE_PARAMS)
			return false;
		params[count++] = tl_str_slice(path, start, at);
		pattern = end + 1;
	}
	return at == path.len;
}

/* HEAD is GET without the body (RFC 9110, 9.3.2), which is not sent. */
static bool is_method(struct tl_str method, const char *routes)
{
	return tl_str_is(method, routes) || (tl_str_is(method, "HEAD") && strcmp(routes, "GET") == 0);
}

bool tl_part_faces(const struct tl_part *part, unsigned face)
{
	return ((part->faces ? part->faces : TL_FACE_OWN) & face) != 0;
}

/* *allowed: the methods that the path has, where this is none of them. */
static const struct tl_route *find_route(size_t *part, struct tl_str *allowed, struct tl_routed *call)
{
	struct tl_str path = tl_exchange_path(call->exchange), method = tl_str(tl_exchange_method(call->exchange));

	*allowed = TL_STR("");
	for (size_t i = 0; i < tl_part_count; i++) {
		for (size_t j = 0; tl_part_faces(tl_part_table[i], call->face) && j < tl_part_table[i]->n_routes; j++) {
			const struct tl_route *route = &tl_part_table[i]->routes[j];

			if (!match_pattern(call->params, route->pattern, path))
				continue;
			*part = i;
			if (is_method(method, route->method))
				return route;
			*allowed = tl_arena_printf(call->arena, "%.*s%s%s", TL_FMT(*allowed), allowed->len > 0 ? ", " : "", route->method);
		}
	}
	return NULL;
}

static const struct tl_socket_route *find_socket_route(size_t *part, unsigned face, struct tl_str path)
{
	struct tl_str params[TL_ROUTE_PARAMS];

	for (*part = 0; *part < tl_part_count; (*part)++) {
		for (size_t j = 0; tl_part_faces(tl_part_table[*part], face) && j < tl_part_table[*part]->n_sockets; j++) {
			if (match_pattern(params, tl_part_table[*part]->sockets[j].pattern, path))
				return &tl_part_table[*part]->sockets[j];
		}
	}
	return NULL;
}

uint64_t *tl_sandbox_count(struct tl_sandbox *sandbox, const struct tl_route *route)
{
	size_t before = 0;

	for (size_t i = 0; i < tl_part_count; before += tl_part_table[i++]->n_routes) {
		const struct tl_part *part = tl_part_table[i];

		if (part->n_routes > 0 && route >= part->routes && route < part->routes + part->n_routes)
			return &sandbox->counts[before + (size_t)(route - part->routes)];
	}
	assert(!"a route of the table");
	return NULL;
}

/* ---- who may come */

/* Whether the exchange has an `Authorization: Bearer …` header, and its token. */
static bool bearer_of(struct tl_str *token, const struct tl_exchange *exchange)
{
	struct tl_str header = tl_exchange_header(exchange, "authorization");

	*token = TL_STR("");
	if (header.len <= 7 || !tl_str_equal_nocase(tl_str_slice(header, 0, 7), TL_STR("bearer ")))
		return false;
	*token = tl_str_trim(tl_str_slice(header, 7, header.len));
	return token->len > 0;
}

/* `all`: each of the scopes is needed, else any. *missing is what to ask for. */
static bool scopes_suffice(struct tl_str *missing, const struct tl_token *token, const char *scopes, bool all)
{
	struct tl_str text = tl_str(scopes), separator = all ? TL_STR("&") : TL_STR("|");
	size_t start = 0, end;

	*missing = TL_STR("");
	if (!scopes)
		return true;
	for (; start < text.len; start = end + 1) {
		end = tl_str_find(text, separator, start);
		if (end == SIZE_MAX)
			end = text.len;
		if (tl_oauth_has(token, tl_str_slice(text, start, end)) != all) {
			if (!all)
				return true;
			*missing = tl_str_slice(text, start, end);
			return false;
		}
		if (missing->len == 0)
			*missing = tl_str_slice(text, start, end);
	}
	return all;
}

static bool check_admin(struct tl_routed *call)
{
	struct tl_str token;

	if (!bearer_of(&token, call->exchange)) {
		tl_route_error(call, 401, "unauthorized", "this takes the sandbox's admin token as 'Authorization: Bearer …'");
		return false;
	}
	if (tl_sandbox_same(token, call->sandbox->admin_token))
		return true;
	tl_route_error(call, 403, "not.authorized", "that is not the sandbox's admin token");
	return false;
}

static struct tl_rate *own_rate(struct tl_token *token, const struct tl_route *route)
{
	for (size_t i = 0; i < token->n_own; i++) {
		if (token->own[i].route == route)
			return &token->own[i].rate;
	}
	if (token->n_own == TL_COUNT(token->own))
		return &token->rate;
	token->own[token->n_own].route = route;
	tl_rate_init(&token->own[token->n_own].rate, route->rate);
	return &token->own[token->n_own++].rate;
}

static void rate_headers(struct tl_routed *call, const struct tl_rate *rate, int64_t now)
{
	int64_t reset = (tl_rate_reset_ms(rate, now) + 999) / 1000;

	tl_route_header(call, "inin-ratelimit-count", tl_arena_printf(call->arena, "%zu", rate->count));
	tl_route_header(call, "inin-ratelimit-allowed", tl_arena_printf(call->arena, "%zu", rate->allowed));
	tl_route_header(call, "inin-ratelimit-reset", tl_arena_printf(call->arena, "%lld", (long long)reset));
}

static bool check_rate(struct tl_routed *call)
{
	struct tl_sandbox *sandbox = call->sandbox;
	struct tl_rate *rate = &call->token->rate, *own = call->route->rate > 0 ? own_rate(call->token, call->route) : NULL;
	int64_t now = sandbox->clock.monotonic_ms(sandbox->clock.data), wait;

	if (sandbox->config.rate == 0)
		return true;
	if (own && own != rate && !tl_rate_take(own, now))
		rate = own;
	else if (tl_rate_take(rate, now)) {
		rate_headers(call, own ? own : rate, now);
		return true;
	}
	sandbox->limited++;
	wait = (tl_rate_reset_ms(rate, now) + 999) / 1000;
	rate_headers(call, rate, now);
	tl_route_header(call, "retry-after", tl_arena_printf(call->arena, "%lld", (long long)(wait > 0 ? wait : 1)));
	tl_route_error(call, 429, "too.many.requests", "rate limit exceeded: %zu requests a minute", rate->allowed);
	return false;
}

static bool check_token(struct tl_routed *call)
{
	struct tl_str text;

	if (!bearer_of(&text, call->exchange)) {
		tl_route_header(call, "www-authenticate", TL_STR("Bearer"));
		tl_route_error(call, 401, "authentication.required", "no authentication: a bearer token is needed");
		return false;
	}
	call->token = tl_oauth_token(call->sandbox, call->face, text);
	if (call->token)
		return true;
	tl_route_header(call, "www-authenticate", TL_STR("Bearer error=\"invalid_token\""));
	tl_route_error(call, 401, "bad.credentials", "the token is unknown, or has expired");
	return false;
}

static bool check_scopes(struct tl_routed *call)
{
	struct tl_str missing;

	if (call->face == TL_FACE_ARCHITECT)
		return tl_vendor_permits(call);
	if (scopes_suffice(&missing, call->token, call->route->scope, false))
		return true;
	tl_route_error(call, 403, "missing.permissions", "the scope '%.*s' is missing", TL_FMT(missing));
	return false;
}

/* ---- what goes wrong */

static const struct tl_fault *strike_of(const struct pending *pending, enum tl_fault_kind kind)
{
	for (size_t i = 0; i < pending->n_strikes; i++) {
		if (pending->strikes[i]->kind == kind)
			return pending->strikes[i];
	}
	return NULL;
}

/* The fault in whose place there is no other answer, before the request took effect or after it. */
static const struct tl_fault *instead(const struct pending *pending, bool after)
{
	for (size_t i = 0; i < pending->n_strikes; i++) {
		const struct tl_fault *fault = pending->strikes[i];

		switch (fault->kind) {
		case TL_FAULT_STATUS:
		case TL_FAULT_HTML:
		case TL_FAULT_EMPTY:
		case TL_FAULT_RESET:
		case TL_FAULT_FLOOD:
		case TL_FAULT_EXPIRE:
			if (fault->took_effect == after)
				return fault;
			break;
		default:
			break;
		}
	}
	return NULL;
}

/* The faults that strike a call now, but those of the kinds `spared`. */
static size_t struck_by(const struct tl_fault **struck, size_t most, const struct tl_routed *call, unsigned spared)
{
	const struct tl_clock *clock = &call->sandbox->clock;
	struct tl_fault_request request = { tl_str(tl_exchange_method(call->exchange)), tl_exchange_path(call->exchange), clock->monotonic_ms(clock->data), spared };

	return tl_faults_strike(struck, most, &call->sandbox->faults, &request);
}

static void strike(struct pending *pending, unsigned spared)
{
	struct tl_routed *call = &pending->call;
	const struct tl_fault *struck[STRIKES];
	struct tl_fault *copy;

	pending->n_strikes = struck_by(struck, STRIKES, call, spared);
	for (size_t i = 0; i < pending->n_strikes; i++) {
		copy = TL_ARENA_NEW(call->arena, struct tl_fault);
		*copy = *struck[i];
		copy->reason = copy->reason.len > 0 ? tl_arena_dup(call->arena, copy->reason) : TL_STR("");
		copy->what = copy->what.len > 0 ? tl_arena_dup(call->arena, copy->what) : TL_STR("");
		copy->flow = copy->flow.len > 0 ? tl_arena_dup(call->arena, copy->flow) : TL_STR("");
		pending->strikes[i] = copy;
	}
}

const struct tl_fault *tl_sandbox_job_fault(const struct tl_routed *call)
{
	return strike_of((const struct pending *)call, TL_FAULT_JOB);
}

/* What somebody does at the vendor's meanwhile. */
static void act(struct pending *pending, bool after)
{
	for (size_t i = 0; i < pending->n_strikes; i++) {
		if (pending->strikes[i]->kind == TL_FAULT_ACT && pending->strikes[i]->took_effect == after)
			tl_vendor_act(&pending->call, pending->strikes[i]);
	}
}

enum tl_remote_status tl_sandbox_deployment(struct tl_str *reason, bool *hang, const struct tl_routed *call)
{
	const struct tl_fault *fault = NULL;

	struck_by(&fault, 1, call, ~(1u << TL_FAULT_DEPLOY));
	*hang = fault && tl_str_is(fault->what, "hang");
	*reason = TL_STR("");
	if (!fault || *hang)
		return TL_STATUS_PUBLISHED;
	*reason = fault->reason.len > 0 ? fault->reason : TL_STR("the sandbox was told so");
	return tl_str_is(fault->what, "rejected") ? TL_STATUS_REJECTED : TL_STATUS_FAILED;
}

static const char *code_of(int status)
{
	static const struct { int status; const char *code; } table[] = {
		{ 400, "bad.request" }, { 401, "bad.credentials" }, { 403, "not.authorized" }, { 404, "not.found" }, { 409, "version.conflict" },
		{ 412, "precondition.failed" }, { 422, "unprocessable" }, { 428, "precondition.required" }, { 429, "too.many.requests" },
		{ 500, "internal.server.error" }, { 502, "bad.gateway" }, { 503, "service.unavailable" }, { 504, "gateway.timeout" },
	};

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		if (table[i].status == status)
			return table[i].code;
	}
	return "fault";
}

/* The answer that stands in place of the right one. RESET and FLOOD are none: they are sent in their own way. */
static void answer_instead(struct tl_routed *call, const struct tl_fault *fault)
{
	switch (fault->kind) {
	case TL_FAULT_STATUS:
		call->type = NULL;
		if (fault->retry_after >= 0)
			tl_route_header(call, "retry-after", tl_arena_printf(call->arena, "%lld", (long long)fault->retry_after));
		tl_route_error(call, (int)fault->value, code_of((int)fault->value), "%s", fault->reason.len > 0 ? fault->reason.ptr : "a fault was asked for");
		break;
	case TL_FAULT_HTML:
		tl_route_empty(call, (int)fault->value);
		call->type = "text/html";
		tl_buf_text(&call->body, "<!DOCTYPE html><html><head><title>Sign in</title></head><body>You are being redirected.</body></html>\n");
		break;
	case TL_FAULT_EMPTY:
		tl_route_empty(call, (int)fault->value);
		call->type = JSON;
		break;
	case TL_FAULT_EXPIRE:
		if (call->token)
			tl_oauth_end(call->token);
		call->token = NULL;
		tl_route_error(call, 401, "bad.credentials", "the token has expired");
		break;
	default:
		break;
	}
}

/* ---- the answer */

static void send_whole(struct pending *pending)
{
	struct tl_routed *call = &pending->call;
	const char *type = call->type ? call->type : call->body.len > 0 ? JSON : NULL;

	tl_exchange_reply(call->exchange, call->status, call->headers, call->n_headers, type, tl_buf_view(&call->body));
}

static void send(struct pending *pending)
{
	struct tl_routed *call = &pending->call;
	const struct tl_fault *reset = strike_of(pending, TL_FAULT_RESET), *flood = strike_of(pending, TL_FAULT_FLOOD);
	const struct tl_fault *cut = strike_of(pending, TL_FAULT_CUT), *slow = strike_of(pending, TL_FAULT_SLOW);
	struct tl_exchange *exchange = call->exchange;

	if (reset)
		tl_exchange_reset(exchange);
	else if (flood)
		tl_exchange_reply_flood(exchange, 200, JSON, (uint64_t)flood->value);
	else if (cut)
		tl_exchange_reply_cut(exchange, call->status, JSON, tl_buf_view(&call->body), (size_t)cut->value);
	else if (slow)
		tl_exchange_reply_slow(exchange, call->status, JSON, tl_buf_view(&call->body), (size_t)slow->value);
	else
		send_whole(pending);
	tl_buf_clear(&call->body);
}

static void send_later(void *data)
{
	struct pending *pending = data;

	pending->timer = NULL;
	tl_exchange_set_data(pending->call.exchange, NULL);
	send(pending);
}

void tl_sandbox_gone(void *data, struct tl_exchange *exchange)
{
	struct pending *pending = tl_exchange_data(exchange);

	(void)data;
	if (!pending)
		return;
	tl_timer_cancel(pending->timer);
	tl_buf_clear(&pending->call.body);
}

static int64_t latency(const struct pending *pending)
{
	int64_t ms = pending->call.sandbox->config.latency_ms;

	for (size_t i = 0; i < pending->n_strikes; i++) {
		if (pending->strikes[i]->kind == TL_FAULT_LATENCY)
			ms += pending->strikes[i]->value;
	}
	return ms;
}

static void handle(struct pending *pending)
{
	struct tl_routed *call = &pending->call;
	const struct tl_fault *before = instead(pending, false), *after = instead(pending, true);

	act(pending, false);
	if (before) {
		answer_instead(call, before);
		return;
	}
	if (call->route->guard == TL_GUARD_TOKEN && !check_scopes(call))
		return;
	call->route->handle(call);
	act(pending, true);
	tl_doc_free(call->doc);
	call->doc = NULL;
	assert(call->status != 0);
	if (after)
		answer_instead(call, after);
}

static void judge(struct pending *pending, size_t part)
{
	struct tl_routed *call = &pending->call;

	call->state = call->sandbox->states[part];
	++*tl_sandbox_count(call->sandbox, call->route);
	if (call->route->guard == TL_GUARD_ADMIN) {
		if (check_admin(call))
			handle(pending);
		return;
	}
	if (call->route->guard == TL_GUARD_TOKEN && (!check_token(call) || !check_rate(call)))
		return;
	/* How a job or a deployment ends is decided where it is asked for, and spent there alone: the latter in tl_sandbox_deployment. */
	strike(pending, 1u << TL_FAULT_DEPLOY | (call->route->scope && strstr(call->route->scope, ":create") ? 0 : 1u << TL_FAULT_JOB));
	handle(pending);
}

void tl_sandbox_request(void *data, struct tl_exchange *exchange)
{
	const struct tl_face *face = data;
	struct tl_arena *arena = tl_exchange_arena(exchange);
	struct pending *pending = TL_ARENA_NEW(arena, struct pending);
	struct tl_routed *call = &pending->call;
	struct tl_str allowed;
	size_t part = 0;
	int64_t ms;

	*call = (struct tl_routed){ .sandbox = face->sandbox, .face = face->bit, .exchange = exchange, .arena = arena };
	call->sandbox->requests++;
	call->correlation = tl_sandbox_uuid(arena);
	tl_route_header(call, "inin-correlation-id", call->correlation);
	if (call->face == TL_FACE_ARCHITECT)
		tl_vendor_record(call);
	call->route = find_route(&part, &allowed, call);
	if (call->route) {
		judge(pending, part);
	} else if (allowed.len > 0 && strcmp(tl_exchange_method(exchange), "OPTIONS") == 0) {
		tl_route_header(call, "allow", allowed);
		tl_route_empty(call, 204);
	} else if (allowed.len > 0) {
		tl_route_header(call, "allow", allowed);
		tl_route_error(call, 405, "method.not.allowed", "this path takes %.*s", TL_FMT(allowed));
	} else if (find_socket_route(&part, call->face, tl_exchange_path(exchange))) {
		tl_route_header(call, "upgrade", TL_STR("websocket"));
		tl_route_error(call, 426, "upgrade.required", "this path is a WebSocket's");
	} else {
		tl_route_error(call, 404, "not.found", "there is nothing at this path");
	}
	ms = latency(pending);
	if (ms <= 0) {
		send(pending);
		return;
	}
	tl_exchange_set_data(exchange, pending);
	pending->timer = tl_server_after(call->sandbox->server, ms, send_later, pending);
}

/* ---- WebSockets */

#define SLOW (1u << TL_FAULT_LATENCY)

/* How many messages a socket may send before its route hears of it. */
#define EARLY_MAX 16

/* One of them. */
struct early {
	struct early *after;
	bool binary;
	struct tl_buf text;
};

/* What a socket's route keeps of it. */
struct line {
	struct tl_sandbox *sandbox;
	struct tl_socket *socket;
	const struct tl_socket_route *route;
	size_t part;
	void *session;         /* NULL: the route has not heard of it yet */
	struct tl_timer *timer; /* until it does */
	struct early *first, **last;
	size_t n_early;
};

/* Refuses it where the sandbox was told to. */
static bool refuse_by_fault(struct pending *pending)
{
	const struct tl_fault *fault;

	strike(pending, SLOW);
	fault = instead(pending, false);
	if (!fault)
		fault = instead(pending, true);
	if (!fault)
		return false;
	/* There is nothing to flood or to take effect. */
	if (fault->kind == TL_FAULT_RESET || fault->kind == TL_FAULT_FLOOD)
		pending->call.status = TL_UPGRADE_CUT;
	else
		answer_instead(&pending->call, fault);
	return true;
}

static void judge_upgrade(struct pending *pending, const struct tl_socket_route *route, size_t part)
{
	struct tl_routed *call = &pending->call;
	struct tl_str missing;

	if (!route || (route->welcome && !route->welcome(call->sandbox->states[part], call->exchange)))
		tl_route_error(call, 404, "not.found", "there is no WebSocket at this path");
	else if (route->welcome)
		call->status = refuse_by_fault(pending) ? call->status : 101;
	else if (!check_token(call) || refuse_by_fault(pending))
		return;
	else if (scopes_suffice(&missing, call->token, route->scope, true))
		call->status = 101;
	else
		tl_route_error(call, 403, "missing.permissions", "the scope '%.*s' is missing", TL_FMT(missing));
}

int tl_sandbox_upgrade(void *data, struct tl_exchange *exchange, struct tl_buf *body)
{
	const struct tl_face *face = data;
	struct pending pending = { .call = { .sandbox = face->sandbox, .face = face->bit, .exchange = exchange, .arena = tl_exchange_arena(exchange) } };
	struct tl_routed *call = &pending.call;
	const struct tl_socket_route *route;
	size_t part;

	call->sandbox->requests++;
	call->correlation = tl_sandbox_uuid(call->arena);
	tl_route_header(call, "inin-correlation-id", call->correlation);
	route = find_socket_route(&part, call->face, tl_exchange_path(exchange));
	judge_upgrade(&pending, route, part);
	tl_exchange_refusal_headers(exchange, call->headers, call->n_headers);
	tl_buf_str(body, tl_buf_view(&call->body));
	tl_buf_clear(&call->body);
	return call->status;
}

static void drop_first(struct line *line)
{
	struct early *early = line->first;

	line->first = early->after;
	tl_buf_clear(&early->text);
	free(early);
}

static void open_line(void *data)
{
	struct line *line = data;

	line->timer = NULL;
	line->session = line->route->opened(line->sandbox, line->sandbox->states[line->part], line->socket);
	while (line->first) {
		line->route->message(line->session, line->socket, tl_buf_view(&line->first->text), line->first->binary);
		drop_first(line);
	}
}

/* libwebsockets takes an upgrade at once or not at all: what is slow is what comes after it. */
void tl_sandbox_opened(void *data, struct tl_socket *socket, struct tl_exchange *exchange)
{
	const struct tl_face *face = data;
	struct pending pending = { .call = { .sandbox = face->sandbox, .face = face->bit, .exchange = exchange, .arena = tl_exchange_arena(exchange) } };
	struct line *line = tl_alloc_zero(1, sizeof(*line));
	int64_t ms;

	line->sandbox = face->sandbox;
	line->socket = socket;
	line->last = &line->first;
	line->route = find_socket_route(&line->part, face->bit, tl_exchange_path(exchange));
	assert(line->route);
	tl_socket_set_data(socket, line);
	strike(&pending, ~SLOW);
	ms = latency(&pending);
	if (line->route->joined)
		line->session = line->route->joined(line->sandbox, line->sandbox->states[line->part], socket, exchange);
	else if (ms > 0)
		line->timer = tl_server_after(line->sandbox->server, ms, open_line, line);
	else
		open_line(line);
}

void tl_sandbox_message(void *data, struct tl_socket *socket, struct tl_str message, bool binary)
{
	struct line *line = tl_socket_data(socket);
	struct early *early;

	(void)data;
	if (line->n_early > EARLY_MAX)
		return;
	if (!line->timer) {
		line->route->message(line->session, socket, message, binary);
		return;
	}
	if (line->n_early++ == EARLY_MAX) {
		tl_socket_close(socket, 1008, "too much was said before there was an answer");
		return;
	}
	early = tl_alloc_zero(1, sizeof(*early));
	early->binary = binary;
	tl_buf_str(&early->text, message);
	*line->last = early;
	line->last = &early->after;
}

void tl_sandbox_closed(void *data, struct tl_socket *socket)
{
	struct line *line = tl_socket_data(socket);

	(void)data;
	if (line->timer)
		tl_timer_cancel(line->timer);
	else
		line->route->closed(line->session, socket);
	while (line->first)
		drop_first(line);
	free(line);
}

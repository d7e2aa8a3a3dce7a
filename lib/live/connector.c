/* live/connector.c: who may connect, which version of the flow they get, and a timer a call that sends what is due. */
#include "live/connector.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/latency.h"
#include "crypto/sign.h"
#include "live/counts.h"
#include "net/dial.h"
#include "net/signature.h"

#define CALLS 10000
#define BACKLOG_BYTES ((size_t)256 << 10)
/* Of one message of the platform, and of one piece of the caller's voice. */
#define MESSAGE_BYTES ((size_t)64 << 10)
/* As the vendor's own verifier: how old a signature may be, how far the clocks may be apart, how long a nonce is. */
#define SIGNATURE_AGE_S 10
#define SIGNATURE_SKEW_S 3
#define NONCE_LETTERS 22
/* How long nonces are kept at least, and how many of that time. */
#define NONCE_MS ((SIGNATURE_AGE_S + 2 * SIGNATURE_SKEW_S) * 1000)
#define NONCES 100000
/* A line about connections that were refused comes that seldom. */
#define COMPLAINT_MS 10000

/* A version of the flow, and how many calls have it. */
struct held {
	const struct tl_edition *edition;
	struct tl_sounds *sounds;
	void (*release)(void *owner);
	size_t calls;
	struct tl_counted_flows flows;
	struct held *next; /* an older one */
};

/* A nonce is taken once, as long as its signature holds: those of a span of time, and those of the one before. */
struct nonces {
	struct tl_arena arena;
	struct tl_map taken;
	int64_t since_ms;
};

struct tl_connector {
	struct tl_connector_config config;
	struct tl_arena arena;
	struct tl_server *server;
	struct held *held;              /* newest first */
	struct tl_connected *first;
	struct nonces nonces[2];
	struct tl_timer *drain_timer;
	bool draining;
	int64_t complained_ms;          /* on the loop's clock; 0: nobody was refused yet */
	uint64_t unsaid;                /* how many were since */
	int64_t piece_ms;               /* of sound in one message, for new calls */
	struct tl_connector_figures figures;
	struct tl_latencies lateness, key_to_play;
	struct tl_counts counts;
};

struct tl_connected {
	struct tl_connector *connector;
	struct tl_connected *next, *previous;
	struct tl_socket *socket;       /* NULL: it was cut off, the end has not been told yet */
	struct tl_audiohook *hook;
	struct held *held;
	int64_t started_ms, begun_ms;   /* since 1970; on the loop's clock */
	uint64_t visits, keys;
	struct tl_counter *here;        /* where it is; NULL: nowhere yet, or no more */
	int64_t key_us;                 /* of a key that no sound has answered yet; 0: none */
	struct tl_timer *timer;         /* for what is due next */
	int64_t timer_ms;
	bool told;                      /* its end */
};

static int64_t now_of(const struct tl_connector *connector)
{
	return tl_loop_now_ms(connector->config.loop);
}

static int64_t wall_of(const struct tl_connector *connector)
{
	return connector->config.clock->now_ms(connector->config.clock->data);
}

/* Where the clock is the loop's in milliseconds, latencies are as coarse. */
static int64_t now_us(const struct tl_connector *connector)
{
	const struct tl_connector_config *config = &connector->config;

	return config->now_us ? config->now_us(config->data) : now_of(connector) * 1000;
}

/* ---- versions */

/* The same version is there as often as it got sounds. */
static void free_held(struct tl_connector *connector, struct held *held)
{
	bool shared = false;

	for (const struct held *other = connector->held; other; other = other->next)
		shared |= other->edition == held->edition;
	tl_counted_flows_clear(&held->flows);
	tl_sounds_free(held->sounds);
	if (!shared)
		held->release(held->edition->owner);
	free(held);
}

static void drop_unused(struct tl_connector *connector)
{
	struct held **place = connector->held ? &connector->held->next : NULL;

	while (place && *place) {
		struct held *held = *place;

		if (held->calls > 0) {
			place = &held->next;
			continue;
		}
		*place = held->next;
		free_held(connector, held);
	}
}

void tl_connector_edition(struct tl_connector *connector, const struct tl_edition *edition, struct tl_sounds *sounds, void (*release)(void *owner))
{
	struct held *held = tl_alloc_zero(1, sizeof(*held));

	held->edition = edition;
	held->sounds = sounds;
	held->release = release;
	held->next = connector->held;
	connector->held = held;
	tl_counts_add(&connector->counts, &held->flows, &edition->program);
	drop_unused(connector);
}

void tl_connector_sounds(struct tl_connector *connector, struct tl_sounds *sounds)
{
	tl_connector_edition(connector, connector->held->edition, sounds, connector->held->release);
}

/* ---- who may connect */

/* False where it was taken before, or there are more than can be told apart. */
static bool take_nonce(struct tl_connector *connector, struct tl_str text)
{
	struct nonces *now = &connector->nonces[0], *before = &connector->nonces[1];
	int64_t now_ms = now_of(connector);
	bool made;

	if (now_ms - now->since_ms >= NONCE_MS) {
		tl_map_clear(&before->taken);
		tl_arena_clear(&before->arena);
		*before = *now;
		*now = (struct nonces){ .since_ms = now_ms };
	}
	if (now->taken.count >= NONCES || tl_map_find(&before->taken, text) || tl_map_find(&now->taken, text))
		return false;
	tl_map_put(&now->taken, tl_arena_dup(&now->arena, text), &made);
	return made;
}

static struct tl_str header_of(void *data, const char *name)
{
	return tl_exchange_header(data, name);
}

/* NULL: it is signed as it must be, or need not be. */
static const char *check_signature(struct tl_connector *connector, struct tl_exchange *exchange)
{
	static const char *const required_table[] = {
		"@request-target", "@authority", "audiohook-organization-id", "audiohook-session-id", "audiohook-correlation-id", "x-api-key", NULL,
	};
	struct tl_signature_rules rules = {
		.key_id = connector->config.api_key, .key = connector->config.secret, .required = required_table, .now_s = wall_of(connector) / 1000,
		.max_age_s = SIGNATURE_AGE_S, .skew_s = SIGNATURE_SKEW_S, .nonce_letters = NONCE_LETTERS,
	};
	struct tl_signed request = { .header = header_of, .data = exchange };
	enum tl_signature_verdict verdict = TL_SIGNATURE_DIFFERS;
	const char *why = NULL;
	struct tl_str nonce;

	if (connector->config.secret.len == 0)
		return NULL;
	for (size_t i = 0; verdict == TL_SIGNATURE_DIFFERS; i++) {
		request.target = tl_exchange_target(exchange, i);
		if (!request.target.ptr)
			break;
		verdict = tl_signature_check(&nonce, &why, tl_exchange_arena(exchange), &request, &rules);
	}
	if (verdict != TL_SIGNATURE_GOOD)
		return why;
	return take_nonce(connector, nonce) ? NULL : "the signature was used before";
}

/* Whoever set the two up looks here for what does not fit; strangers who knock fill no log. */
static void complain(struct tl_connector *connector, const char *why)
{
	int64_t now_ms = now_of(connector);
	char text[200];

	if (!connector->config.say)
		return;
	if (connector->complained_ms > 0 && now_ms - connector->complained_ms < COMPLAINT_MS) {
		connector->unsaid++;
		return;
	}
	snprintf(text, sizeof(text), "a connection was refused: %s", why);
	if (connector->unsaid > 0)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " (and %" PRIu64 " before)", connector->unsaid);
	connector->config.say(connector->config.data, text);
	connector->complained_ms = now_ms > 0 ? now_ms : 1;
	connector->unsaid = 0;
}

static int refuse(struct tl_connector *connector, struct tl_buf *body, int status, const char *why)
{
	complain(connector, why);
	tl_buf_printf(body, "%s\n", why);
	return status;
}

/* Whoever does not know the key learns nothing of what else is wrong. */
static int upgrade(void *data, struct tl_exchange *exchange, struct tl_buf *body)
{
	struct tl_connector *connector = data;
	struct tl_str key = tl_exchange_header(exchange, "x-api-key"), session = tl_exchange_header(exchange, "audiohook-session-id");
	const char *why;

	if (!tl_secret_equal(key, connector->config.api_key)) {
		connector->figures.refused_key++;
		return refuse(connector, body, 401, "X-API-KEY is not the one that is known here");
	}
	why = check_signature(connector, exchange);
	if (why) {
		connector->figures.refused_signature++;
		return refuse(connector, body, 401, why);
	}
	if (session.len == 0)
		return refuse(connector, body, 400, "Audiohook-Session-Id is missing");
	if (connector->draining || !connector->held || connector->figures.calls >= connector->config.max_calls) {
		connector->figures.refused_full++;
		return refuse(connector, body, 503, connector->draining ? "the server is going away" : "the server has all the calls that it takes");
	}
	return 101;
}

/* ---- what a call says */

static struct tl_str sound(void *data, struct tl_str audio)
{
	return tl_sounds_get(((const struct tl_connected *)data)->held->sounds, audio);
}

/* A platform that does not read what it is sent is not there. */
static bool is_there(struct tl_connected *call)
{
	if (call->socket && tl_socket_backlog(call->socket) > call->connector->config.backlog_limit) {
		tl_socket_cut(call->socket);
		call->socket = NULL;
	}
	return call->socket;
}

static void send_text(void *data, struct tl_str text)
{
	struct tl_connected *call = data;

	if (is_there(call))
		tl_socket_send(call->socket, text);
}

static void send_audio(void *data, struct tl_str samples)
{
	struct tl_connected *call = data;

	if (is_there(call))
		tl_socket_send_binary(call->socket, samples);
	if (call->key_us > 0)
		tl_latency_add(&call->connector->key_to_play, now_us(call->connector) - call->key_us);
	call->key_us = 0;
}

static void close_line(void *data, int code, const char *reason)
{
	struct tl_connected *call = data;

	if (call->socket)
		tl_socket_close(call->socket, code, reason);
}

static void ask_profile(void *data, struct tl_str external_id)
{
	struct tl_connected *call = data;

	call->connector->config.profile(call->connector->config.data, call, external_id);
}

static void count_visit(void *data, const struct tl_flow *flow, const struct tl_node *node)
{
	struct tl_connected *call = data;

	if (call->here)
		call->here->here--;
	call->here = tl_counts_of(&call->connector->counts, &call->held->flows, flow, node);
	call->here->here++;
	call->here->visits++;
	call->visits++;
}

static void count_attempt(void *data, const struct tl_node *node, enum tl_attempt result)
{
	struct tl_connected *call = data;

	(void)node;
	call->keys += result != TL_NO_INPUT;
	if (call->here)
		tl_counter_attempt(call->here, result);
}

/* ---- a call's end */

static enum tl_attend_end end_of(const struct tl_session *session)
{
	if (!tl_session_ended(session))
		return TL_END_LOST;
	switch (tl_call_status(tl_session_call(session))) {
	case TL_COMPLETED:
		return TL_END_COMPLETED;
	case TL_ABANDONED:
		return TL_END_ABANDONED;
	default:
		return TL_END_FAILED;
	}
}

/* Once a call that began has ended, or cannot go on. */
static void tell_end(struct tl_connected *call)
{
	const struct tl_session *session = tl_audiohook_session(call->hook);
	const struct tl_call *state = session ? tl_session_call(session) : NULL;
	struct tl_connector *connector = call->connector;
	const struct tl_node *node;
	struct tl_attend_result result;

	if (call->told || !state)
		return;
	call->told = true;
	if (call->here)
		call->here->here--;
	call->here = NULL;
	node = tl_call_node(state);
	result = (struct tl_attend_result){
		.id = tl_audiohook_conversation(call->hook),
		.end = end_of(session),
		.status = tl_session_status(session),
		.error = tl_call_error(state),
		.message = tl_call_error_message(state),
		.node = node ? node->name.text : (struct tl_str){ NULL, 0 },
		.transfer_kind = tl_call_transfer_kind(state),
		.transfer_target = tl_call_transfer_target(state, true),
		.exit = tl_call_exit(state),
		.version = call->held->edition->version,
		.started_ms = call->started_ms,
		.duration_ms = now_of(connector) - call->begun_ms,
		.visits = call->visits,
		.keys = call->keys,
	};
	connector->figures.ended[result.end]++;
	if (connector->config.ended)
		connector->config.ended(connector->config.data, &result);
}

/* ---- time */

static void ring(void *data);

/* A timer that rings too early is let be: most of what comes moves nothing. */
static void set_timer(struct tl_connected *call)
{
	int64_t due = tl_audiohook_due(call->hook);

	if (due < 0 || (call->timer && call->timer_ms <= due))
		return;
	tl_timer_cancel(call->timer);
	call->timer = tl_loop_at(call->connector->config.loop, due, ring, call);
	call->timer_ms = due;
}

/* What a call that was fed has come to. */
static void look_at(struct tl_connected *call)
{
	const struct tl_session *session = tl_audiohook_session(call->hook);

	if (session && call->started_ms == 0) {
		call->started_ms = wall_of(call->connector);
		call->begun_ms = now_of(call->connector);
	}
	if (session && tl_session_ended(session))
		tell_end(call);
	set_timer(call);
}

/* The loop's time is that of the turn: it may be a little before what the timer was set for. */
static void ring(void *data)
{
	struct tl_connected *call = data;
	struct tl_connector *connector = call->connector;
	int64_t now_ms = now_of(connector), due = tl_audiohook_due(call->hook);

	call->timer = NULL;
	now_ms = now_ms > call->timer_ms ? now_ms : call->timer_ms;
	if (tl_audiohook_plays(call->hook) && due >= 0 && due <= now_ms)
		tl_latency_add(&connector->lateness, now_us(connector) - due * 1000);
	tl_audiohook_tick(call->hook, now_ms);
	look_at(call);
}

/* ---- the socket */

static void opened(void *data, struct tl_socket *socket, struct tl_exchange *exchange)
{
	struct tl_connector *connector = data;
	struct tl_connected *call = tl_alloc_zero(1, sizeof(*call));
	struct tl_audiohook_config config = {
		.edition = connector->held->edition,
		.session_id = tl_exchange_header(exchange, "audiohook-session-id"),
		.organization_id = tl_exchange_header(exchange, "audiohook-organization-id"),
		.piece_ms = connector->piece_ms, .sound = sound, .text = send_text, .audio = send_audio, .close = close_line,
		.profile = connector->config.profile ? ask_profile : NULL,
		.visit = count_visit, .attempt = count_attempt, .data = call,
	};

	call->connector = connector;
	call->socket = socket;
	call->held = connector->held;
	call->held->calls++;
	call->hook = tl_audiohook_new(&config, now_of(connector));
	call->next = connector->first;
	if (call->next)
		call->next->previous = call;
	connector->first = call;
	connector->figures.calls++;
	connector->figures.accepted++;
	tl_socket_set_data(socket, call);
	set_timer(call);
}

/* What one call was told holds for those that come. */
static void take_larger_pieces(struct tl_connector *connector)
{
	connector->piece_ms = TL_AUDIOHOOK_LIMITED_MS;
	if (connector->config.say)
		connector->config.say(connector->config.data, "the platform takes no more messages (429): sound is sent in larger pieces from now on; '--audio-piece 400ms' begins so");
}

static void message(void *data, struct tl_socket *socket, struct tl_str text, bool binary)
{
	struct tl_connected *call = tl_socket_data(socket);
	struct tl_connector *connector = data;
	struct tl_audiohook_figures before, after;

	if (!call)
		return;
	before = tl_audiohook_figures(call->hook);
	if (binary)
		tl_audiohook_voice(call->hook, now_of(connector), text);
	else
		tl_audiohook_message(call->hook, now_of(connector), wall_of(connector), text);
	after = tl_audiohook_figures(call->hook);
	if (after.keys > before.keys && after.prompts > before.prompts)
		call->key_us = now_us(connector);
	if (connector->piece_ms < TL_AUDIOHOOK_LIMITED_MS && after.limited > 0)
		take_larger_pieces(connector);
	look_at(call);
}

static void add_figures(struct tl_connector_figures *out, const struct tl_audiohook *hook)
{
	struct tl_audiohook_figures figures = tl_audiohook_figures(hook);

	out->messages_in += figures.messages_in;
	out->messages_out += figures.messages_out;
	out->frames_out += figures.frames_out;
	out->bytes_in += figures.bytes_in;
	out->barge_ins += figures.barge_ins;
	out->pauses += figures.pauses;
	out->violations += figures.violations;
	out->errors += figures.errors;
	out->limited += figures.limited;
}

static void closed(void *data, struct tl_socket *socket)
{
	struct tl_connected *call = tl_socket_data(socket);
	struct tl_connector *connector = data;

	if (!call)
		return;
	call->socket = NULL;
	tl_audiohook_gone(call->hook, now_of(connector));
	tell_end(call);
	add_figures(&connector->figures, call->hook);
	if (connector->config.gone)
		connector->config.gone(connector->config.data, call);
	*(call->previous ? &call->previous->next : &connector->first) = call->next;
	if (call->next)
		call->next->previous = call->previous;
	connector->figures.calls--;
	call->held->calls--;
	drop_unused(connector);
	tl_timer_cancel(call->timer);
	tl_audiohook_free(call->hook);
	free(call);
}

void tl_connector_profile(struct tl_connected *call, enum tl_answer answer, const struct tl_item *attributes)
{
	tl_audiohook_profile(call->hook, now_of(call->connector), answer, attributes);
	look_at(call);
}

/* ---- the end of all */

static void drained(void *data)
{
	struct tl_connector *connector = data;

	connector->drain_timer = NULL;
	for (struct tl_connected *call = connector->first; call; call = call->next) {
		tl_audiohook_leave(call->hook, now_of(connector));
		look_at(call);
	}
}

void tl_connector_drain(struct tl_connector *connector, int64_t deadline_ms)
{
	if (connector->draining)
		return;
	connector->draining = true;
	connector->drain_timer = tl_loop_after(connector->config.loop, deadline_ms, drained, connector);
}

size_t tl_connector_calls(const struct tl_connector *connector)
{
	return connector->figures.calls;
}

static struct tl_attend_latency latency_of(const struct tl_latencies *latencies)
{
	return (struct tl_attend_latency){
		.count = latencies->count, .p50_us = tl_latency_percentile(latencies, 50), .p99_us = tl_latency_percentile(latencies, 99), .max_us = latencies->max,
	};
}

void tl_connector_figures(struct tl_connector_figures *out, struct tl_arena *arena, const struct tl_connector *connector)
{
	*out = connector->figures;
	for (const struct tl_connected *call = connector->first; call; call = call->next)
		add_figures(out, call->hook);
	for (const struct held *held = connector->held; held; held = held->next) {
		out->editions++;
		out->sound_bytes += tl_sounds_bytes(held->sounds);
	}
	out->lateness = latency_of(&connector->lateness);
	out->key_to_play = latency_of(&connector->key_to_play);
	tl_counts_list(&out->nodes, &out->n_nodes, arena, &connector->counts, connector->held ? &connector->held->flows : NULL);
}

/* ---- opening and closing */

/* There is nothing here but calls. */
static void request(void *data, struct tl_exchange *exchange)
{
	(void)data;
	tl_exchange_reply(exchange, 404, NULL, 0, "text/plain", TL_STR("this is a WebSocket server for AudioHook\n"));
}

static int check_config(const struct tl_connector_config *config, struct tl_error *err)
{
	if (config->api_key.len == 0)
		return tl_error_set(err, TL_USAGE, "the audio connector needs an API key, by which the platform is known");
	if (config->exposed && config->secret.len == 0)
		return tl_error_set(err, TL_USAGE, "the audio connector needs the shared secret where other machines can reach it: an API key alone can be overheard");
	return 0;
}

int tl_connector_open(struct tl_connector **out, const struct tl_connector_config *config, struct tl_error *err)
{
	struct tl_connector *connector;
	struct tl_serve_config serve = {
		.loop = config->loop, .address = config->address, .exposed = config->exposed, .expose_hint = config->expose_hint,
		.certificate = config->certificate, .key = config->key, .message_limit = MESSAGE_BYTES,
		.request = request, .upgrade = upgrade, .opened = opened, .message = message, .closed = closed,
	};

	*out = NULL;
	if (check_config(config, err) != 0)
		return -1;
	connector = tl_alloc_zero(1, sizeof(*connector));
	connector->config = *config;
	connector->config.api_key = tl_arena_dup(&connector->arena, config->api_key);
	connector->config.secret = tl_arena_dup(&connector->arena, config->secret);
	if (connector->config.max_calls == 0)
		connector->config.max_calls = CALLS;
	if (connector->config.backlog_limit == 0)
		connector->config.backlog_limit = BACKLOG_BYTES;
	connector->piece_ms = config->piece_ms > 0 ? config->piece_ms : TL_AUDIOHOOK_PIECE_MS;
	serve.data = connector;
	if (tl_server_open(&connector->server, &serve, err) != 0) {
		tl_connector_close(connector);
		return -1;
	}
	*out = connector;
	return 0;
}

void tl_connector_close(struct tl_connector *connector)
{
	if (!connector)
		return;
	tl_timer_cancel(connector->drain_timer);
	tl_server_close(connector->server);
	while (connector->held) {
		struct held *held = connector->held;

		connector->held = held->next;
		free_held(connector, held);
	}
	for (size_t i = 0; i < TL_COUNT(connector->nonces); i++) {
		tl_map_clear(&connector->nonces[i].taken);
		tl_arena_clear(&connector->nonces[i].arena);
	}
	tl_counts_clear(&connector->counts);
	tl_arena_wipe(&connector->arena);
	free(connector);
}

struct tl_str tl_connector_address(const struct tl_connector *connector)
{
	return tl_server_address(connector->server);
}

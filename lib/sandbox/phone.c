/* sandbox/phone.c: sockets and the calls that they control: the first message, and what becomes of a call whose socket closes. */
#include "sandbox/phone.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/sha256.h"
#include "sandbox/phone_call.h"

const char *tl_phone_state_name(enum phone_state state)
{
	static const char *const name_table[PHONE_STATES] = { "waiting", "connected", "dropped", "ended", "closed" };

	return name_table[state];
}

/* ---- the end of a socket */

/* Nobody controls the call any more. The caller may still be there. */
static void lose(struct phone_call *call)
{
	call->session = NULL;
	call->interrupted = call->n_playing > 0;
	tl_phone_silence(call);
	tl_phone_rest(call);
	if (call->state == PHONE_CONNECTED) {
		call->state = PHONE_DROPPED;
		tl_phone_tell(call, "\302\267 nobody controls the call");
		tl_phone_go_on(call);
	} else if (call->state == PHONE_ENDED) {
		call->state = PHONE_CLOSED;
	}
}

static bool is_final(int code)
{
	return code == TL_PHONE_DONE || code == TL_PHONE_VIOLATION;
}

void tl_phone_hang(struct tl_phone_session *session, int code, const char *reason)
{
	struct phone_call *call = session->call;

	if (session->closing)
		return;
	session->closing = true;
	session->phone->figures.violations += code == TL_PHONE_VIOLATION;
	if (call) {
		call->close_code = code;
		tl_phone_tell(call, "\302\267 closed by the platform: %d, %s", code, reason);
		if (is_final(code))
			tl_phone_end(call);
	}
	session->phone->hooks.close(session->wire, code, reason);
}

void tl_phone_cut(struct tl_phone_session *session)
{
	if (session->closing)
		return;
	session->closing = true;
	if (session->call)
		tl_phone_tell(session->call, "\302\267 the connection is cut");
	session->phone->hooks.cut(session->wire);
}

static void nothing_came(void *arg)
{
	struct tl_phone_session *session = arg;

	session->first_timer = NULL;
	tl_phone_hang(session, TL_PHONE_VIOLATION, "no first message within 10 seconds");
}

struct tl_phone_session *tl_phone_opened(struct tl_phone *phone, void *wire)
{
	struct tl_phone_session *session = tl_alloc_zero(1, sizeof(*session));

	session->phone = phone;
	session->wire = wire;
	session->first_timer = phone->hooks.after(phone->hooks.data, TL_PHONE_FIRST_MS, nothing_came, session);
	phone->n_sessions++;
	return session;
}

static void stop_waiting(struct tl_phone_session *session)
{
	if (session->first_timer)
		session->phone->hooks.cancel(session->phone->hooks.data, session->first_timer);
	session->first_timer = NULL;
}

void tl_phone_closed(struct tl_phone_session *session)
{
	stop_waiting(session);
	session->phone->n_sessions--;
	if (session->call)
		lose(session->call);
	free(session);
}

/* ---- the first message */

static void refuse_session(struct tl_phone_session *session, const char *why)
{
	struct tl_buf text = { 0 };
	struct tl_json json;

	session->phone->figures.refusals++;
	tl_json_init(&json, &text, false);
	tl_json_map(&json);
	tl_json_put(&json, "event", TL_STR("error"));
	tl_json_put(&json, "message", tl_str(why));
	tl_json_map_end(&json);
	session->phone->hooks.send(session->wire, tl_buf_view(&text), false);
	tl_buf_clear(&text);
	tl_phone_hang(session, TL_PHONE_VIOLATION, why);
}

/* The capabilities as bits; false: the list holds something else, or is none. */
static bool read_capabilities(unsigned *out, const struct tl_item *list)
{
	*out = 0;
	if (!list || list->kind != TL_LIST)
		return false;
	for (const struct tl_item *one = list->first; one; one = one->next) {
		enum phone_action action = tl_phone_action(one->text);

		if (one->kind != TL_STRING || (action == PHONE_ACTIONS && !tl_str_is(one->text, "dtmf")))
			return false;
		*out |= 1u << action;
	}
	return true;
}

/* What is wrong with a first message, or NULL. */
static const char *check_first(unsigned *capabilities, const struct tl_item *message)
{
	if (!message || message->kind != TL_MAP)
		return "the first message is no JSON object";
	if (tl_item_text(message, "callControlId").len == 0)
		return "callControlId is missing";
	if (!tl_str_is(tl_item_text(message, "media"), "audio"))
		return "media is not audio";
	if (!read_capabilities(capabilities, tl_item_get(message, "capabilities")))
		return "capabilities is no list of play, record, dtmf, transfer and hangup";
	return NULL;
}

/* Why nobody can take that call over, or NULL. `call` NULL: there is none of that id. */
static const char *check_call(const struct tl_phone *phone, const struct phone_call *call)
{
	if (!call)
		return phone->announced ? "there is no such call" : NULL;
	if (call->state == PHONE_ENDED || call->state == PHONE_CLOSED)
		return "the call is over";
	return call->session && !call->session->closing ? "the call is controlled already" : NULL;
}

struct phone_call *tl_phone_call_new(struct tl_phone *phone, struct tl_str id)
{
	struct phone_call *call = tl_alloc_zero(1, sizeof(*call));

	call->phone = phone;
	call->id = tl_alloc(id.len + 1);
	memcpy(call->id, id.ptr, id.len);
	call->id[id.len] = '\0';
	call->record = TL_PHONE_RECORD;
	call->key_us = -1;
	tl_map_put(&phone->by_id, (struct tl_str){ call->id, id.len }, NULL)->value.ptr = call;
	return call;
}

static void connect_call(struct tl_phone_session *session, struct phone_call *call)
{
	struct tl_phone *phone = session->phone;
	unsigned char random[16];
	char hex[TL_SHA256_SIZE];

	tl_random(random, sizeof(random));
	tl_sha256_hex(hex, (struct tl_str){ (const char *)random, sizeof(random) });
	memcpy(call->session_id, hex, sizeof(call->session_id) - 1);
	phone->figures.connections++;
	phone->figures.reconnections += call->connections > 0;
	if (call->connections++ == 0)
		call->began_us = phone->hooks.now_us(phone->hooks.data);
	call->session = session;
	session->call = call;
	call->state = PHONE_CONNECTED;
	tl_phone_send_text(call, PHONE_CONNECTED_EVENT, "sessionId", tl_str(call->session_id));
	tl_phone_go_on(call);
}

static void first_message(struct tl_phone_session *session, const struct tl_item *message)
{
	const char *wrong = check_first(&session->capabilities, message);
	struct tl_str id = tl_item_text(message, "callControlId");
	struct phone_call *call = wrong ? NULL : tl_map_ptr(&session->phone->by_id, id);

	stop_waiting(session);
	if (!wrong)
		wrong = check_call(session->phone, call);
	/* That one is being closed: nothing more comes of it. A caller who hangs up when nobody listens is gone by now. */
	if (!wrong && call && call->session) {
		call->session->call = NULL;
		lose(call);
		wrong = check_call(session->phone, call);
	}
	if (wrong)
		refuse_session(session, wrong);
	else
		connect_call(session, call ? call : tl_phone_call_new(session->phone, id));
}

/* ---- messages */

void tl_phone_message(struct tl_phone_session *session, struct tl_str text, bool binary)
{
	struct tl_doc *doc = NULL;
	const struct tl_item *message = NULL;
	const char *wrong = NULL;

	if (session->closing)
		return;
	if (!binary && tl_json_parse(&doc, TL_STR("message"), text, NULL) == 0)
		message = doc->root;
	if (!session->call) {
		first_message(session, message);
	} else {
		tl_phone_record_command(session->call, message, text);
		wrong = tl_phone_command(session, message);
		if (wrong)
			tl_phone_hang(session, TL_PHONE_VIOLATION, wrong);
		else
			tl_phone_go_on(session->call);
	}
	tl_doc_free(doc);
}

/* sandbox/phone.c: what comes over the socket: the first message, then commands. */
#include "sandbox/phone.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/sha256.h"
#include "sandbox/phone_call.h"
#include "sandbox/trial.h"

static const char *const action_table[PHONE_ACTIONS] = { "play", "record", "transfer", "hangup" };

enum phone_action tl_phone_action(struct tl_str name)
{
	unsigned i = 0;

	while (i < PHONE_ACTIONS && !tl_str_is(name, action_table[i]))
		i++;
	return (enum phone_action)i;
}

/* ---- sessions */

void tl_phone_hang(struct tl_phone_session *session, int code, const char *reason)
{
	if (session->closing)
		return;
	session->closing = true;
	if (session->call)
		session->call->close_code = code;
	session->phone->hooks.close(session->wire, code, reason);
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
	struct phone_call *call = session->call;

	stop_waiting(session);
	session->phone->n_sessions--;
	if (call) {
		call->session = NULL;
		call->state = PHONE_CLOSED;
		tl_phone_silence(call);
		if (call->pause_timer)
			session->phone->hooks.cancel(session->phone->hooks.data, call->pause_timer);
		call->pause_timer = NULL;
	}
	free(session);
}

/* ---- the first message */

static void refuse_session(struct tl_phone_session *session, const char *why)
{
	struct tl_buf text = { 0 };
	struct tl_json json;

	tl_json_init(&json, &text, false);
	tl_json_map(&json);
	tl_json_put(&json, "event", TL_STR("error"));
	tl_json_put(&json, "message", tl_str(why));
	tl_json_map_end(&json);
	session->phone->hooks.send(session->wire, tl_buf_view(&text));
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

static struct phone_call *call_new(struct tl_phone *phone, struct tl_str id)
{
	struct phone_call *call = tl_alloc_zero(1, sizeof(*call));

	call->phone = phone;
	call->id = tl_alloc(id.len + 1);
	memcpy(call->id, id.ptr, id.len);
	call->id[id.len] = '\0';
	tl_map_put(&phone->by_id, (struct tl_str){ call->id, id.len }, NULL)->value.ptr = call;
	return call;
}

static void connect_call(struct tl_phone_session *session, struct phone_call *call)
{
	unsigned char random[16];
	char hex[TL_SHA256_SIZE];

	tl_random(random, sizeof(random));
	tl_sha256_hex(hex, (struct tl_str){ (const char *)random, sizeof(random) });
	memcpy(call->session_id, hex, sizeof(call->session_id) - 1);
	call->session = session;
	session->call = call;
	call->state = PHONE_CONNECTED;
	tl_phone_send_text(call, "connected", "sessionId", tl_str(call->session_id));
	tl_phone_go_on(call);
}

static void first_message(struct tl_phone_session *session, const struct tl_item *message)
{
	const char *wrong = check_first(&session->capabilities, message);
	struct tl_str id = tl_item_text(message, "callControlId");
	struct phone_call *call = wrong ? NULL : tl_map_ptr(&session->phone->by_id, id);

	stop_waiting(session);
	if (!wrong && !call && session->phone->announced)
		wrong = "there is no such call";
	if (!wrong && call && call->state != PHONE_WAITING)
		wrong = call->state == PHONE_CONNECTED ? "the call is controlled already" : "the call is over";
	if (wrong)
		refuse_session(session, wrong);
	else
		connect_call(session, call ? call : call_new(session->phone, id));
}

/* ---- what plays */

void tl_phone_silence(struct phone_call *call)
{
	const struct tl_phone_hooks *hooks = &call->phone->hooks;

	if (call->playback_timer)
		hooks->cancel(hooks->data, call->playback_timer);
	call->playback_timer = NULL;
	call->n_playing = 0;
}

static void over(void *arg)
{
	struct phone_call *call = arg;

	call->playback_timer = NULL;
	tl_phone_played(call);
	tl_phone_go_on(call);
}

static void begin_playing(struct phone_call *call)
{
	const struct tl_phone_hooks *hooks = &call->phone->hooks;

	call->deaf = !call->playing[0];
	if (call->playback_ms >= 0)
		call->playback_timer = hooks->after(hooks->data, call->playback_ms, over, call);
}

void tl_phone_played(struct phone_call *call)
{
	if (call->n_playing == 0)
		return;
	if (call->playback_timer)
		call->phone->hooks.cancel(call->phone->hooks.data, call->playback_timer);
	call->playback_timer = NULL;
	call->n_playing--;
	memmove(call->playing, call->playing + 1, call->n_playing * sizeof(*call->playing));
	tl_phone_send(call, TL_STR("playback_completed"), NULL);
	if (call->n_playing > 0)
		begin_playing(call);
}

/* ---- commands: each says what is wrong with it, or does it and returns NULL */

static const char *play(struct phone_call *call, const struct tl_item *command)
{
	const struct tl_item *dtmf = tl_item_get(command, "dtmf"), *enabled = tl_item_get(dtmf, "enabled"), *keys = tl_item_get(dtmf, "keys");

	if (tl_item_text(command, "audio").len == 0)
		return "play without audio";
	if ((dtmf && dtmf->kind != TL_MAP) || (enabled && enabled->kind != TL_BOOLEAN) || (keys && keys->kind != TL_LIST))
		return "dtmf is not {enabled: boolean, keys: list}";
	for (const struct tl_item *key = keys ? keys->first : NULL; key; key = key->next) {
		if (!tl_trial_is_sign(key))
			return "a key is not one of 0-9, * and #";
	}
	call->playing = tl_grow(call->playing, &call->playing_capacity, call->n_playing + 1, sizeof(*call->playing));
	call->playing[call->n_playing++] = !enabled || enabled->boolean;
	if (call->n_playing == 1)
		begin_playing(call);
	return NULL;
}

static const char *record(struct phone_call *call, const struct tl_item *command)
{
	(void)call;
	(void)command;
	return NULL;
}

static bool refuses(const struct phone_call *call, struct tl_str target)
{
	const struct tl_item *list = tl_item_get(call->announced ? call->announced->root : NULL, "refuse");

	for (const struct tl_item *one = list ? list->first : NULL; one; one = one->next) {
		if (tl_str_equal(one->text, target))
			return true;
	}
	return false;
}

static const char *transfer(struct phone_call *call, const struct tl_item *command)
{
	struct tl_str target = tl_item_text(command, "target");
	bool taken = !refuses(call, target);

	if (target.len == 0 || tl_item_text(command, "type").len == 0)
		return "transfer without target and type";
	if (taken)
		tl_phone_silence(call);
	tl_phone_send_text(call, taken ? "transferred" : "transfer_failed", "target", target);
	if (taken)
		call->state = PHONE_ENDED;
	return NULL;
}

static const char *hang_up(struct phone_call *call, const struct tl_item *command)
{
	(void)command;
	tl_phone_silence(call);
	tl_phone_send(call, TL_STR("hangup"), NULL);
	call->state = PHONE_ENDED;
	tl_phone_hang(call->session, 1000, "the call was hung up");
	return NULL;
}

static const char *(*const command_table[PHONE_ACTIONS])(struct phone_call *call, const struct tl_item *command) = { play, record, transfer, hang_up };

/* What is wrong with it, or NULL. A call that is over takes no more notice. */
static const char *command(struct tl_phone_session *session, const struct tl_item *message)
{
	struct phone_call *call = session->call;
	enum phone_action action = tl_phone_action(tl_item_text(message, "action"));
	const char *wrong = NULL;

	if (!message || message->kind != TL_MAP)
		return "the message is no JSON object";
	if (!tl_str_is(tl_item_text(message, "callControlId"), call->id))
		return "callControlId is not that of this call";
	if (action == PHONE_ACTIONS)
		return "there is no such action";
	if (!(session->capabilities & 1u << action))
		return "the action is not among the capabilities";
	if (call->state == PHONE_CONNECTED)
		wrong = command_table[action](call, message);
	call->received[action] += !wrong;
	return wrong;
}

/* The message as it is recorded: text that is no JSON as a string. */
static void record_command(struct phone_call *call, const struct tl_item *message, struct tl_str text)
{
	struct tl_buf copy = { 0 };
	struct tl_json json;

	tl_json_init(&json, &copy, false);
	if (message)
		tl_json_item(&json, message);
	else
		tl_json_string(&json, text);
	tl_phone_record(call->phone, &call->commands, tl_buf_view(&copy));
	tl_buf_clear(&copy);
}

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
		record_command(session->call, message, text);
		wrong = command(session, message);
		if (wrong)
			tl_phone_hang(session, TL_PHONE_VIOLATION, wrong);
		else
			tl_phone_go_on(session->call);
	}
	tl_doc_free(doc);
}

/* ---- announcing */

static void forget(struct phone_call *call)
{
	tl_phone_clear_steps(call);
	tl_doc_free(call->announced);
	tl_buf_clear(&call->commands);
	tl_buf_clear(&call->events);
	tl_buf_clear(&call->unheard);
	free(call->playing);
	call->announced = NULL;
	call->playing = NULL;
	call->playing_capacity = 0;
}

static int check_call(struct tl_refusal *refusal, const struct tl_item *call)
{
	const struct tl_item *refuse = tl_item_get(call, "refuse"), *playback = tl_item_get(call, "playbackMs"), *script = tl_item_get(call, "script");

	if (tl_item_text(call, "callControlId").len == 0)
		return tl_refuse(refusal, 422, "unprocessable", "a call has no callControlId");
	if (playback && (playback->kind != TL_NUMBER || playback->number < -1 || playback->number > 3600000))
		return tl_refuse(refusal, 422, "unprocessable", "playbackMs is no number from -1 to 3600000");
	if (refuse && refuse->kind != TL_LIST)
		return tl_refuse(refusal, 422, "unprocessable", "refuse is no list");
	return script ? tl_phone_check_steps(refusal, script) : 200;
}

/* A copy of its own. */
static struct tl_doc *copied(const struct tl_item *item)
{
	struct tl_buf text = { 0 };
	struct tl_doc *doc = NULL;

	tl_json_canonical(&text, item);
	/* It is our own text. */
	if (tl_json_parse(&doc, TL_STR("call"), tl_buf_view(&text), NULL) != 0)
		doc = NULL;
	tl_buf_clear(&text);
	return doc;
}

int tl_phone_announce(struct tl_phone *phone, struct tl_refusal *refusal, const struct tl_item *item)
{
	const struct tl_item *playback = tl_item_get(item, "playbackMs"), *script = tl_item_get(item, "script");
	struct phone_call *call;
	struct tl_str id;
	char *name;

	if (check_call(refusal, item) != 200)
		return refusal->status;
	id = tl_item_text(item, "callControlId");
	call = tl_map_ptr(&phone->by_id, id);
	if (call && call->session)
		return tl_refuse(refusal, 409, "conflict", "call '%.*s' is connected", TL_FMT(id));
	phone->announced = true;
	if (!call)
		call = call_new(phone, id);
	name = call->id;
	forget(call);
	*call = (struct phone_call){ .phone = phone, .id = name, .announced = copied(item) };
	call->playback_ms = playback ? (int64_t)playback->number : 0;
	if (script)
		tl_phone_add_steps(call, script);
	return 200;
}

struct tl_phone *tl_phone_new(const struct tl_phone_hooks *hooks)
{
	struct tl_phone *phone = tl_alloc_zero(1, sizeof(*phone));

	phone->hooks = *hooks;
	return phone;
}

void tl_phone_free(struct tl_phone *phone)
{
	if (!phone)
		return;
	for (size_t i = 0; i < phone->by_id.count; i++) {
		struct phone_call *call = phone->by_id.entries[i].value.ptr;

		forget(call);
		free(call->id);
		free(call);
	}
	tl_map_clear(&phone->by_id);
	free(phone);
}

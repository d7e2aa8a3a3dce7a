/* live/audiohook.c: what comes in, held against the protocol's rules, and what the session wants, in the protocol's words. The messages themselves are audiohook_text.c's. */
#include "live/audiohook.h"

#include <stdlib.h>

#include "doc/json.h"
#include "live/audiohook_text.h"
#include "live/wav.h"

/* How long after the end of a prompt's sound the platform's word for it is waited for. */
#define COMPLETED_MS 2000
/* Bytes of sound a millisecond. */
#define BYTES_A_MS (TL_PCMU_RATE / 1000)
/* How long nothing is sent to a platform to which too much was sent and that does not say how long, and at most where it does. */
#define HELD_MS 1000
#define HELD_MOST_MS 30000

/* ---- the end */

static void disconnect(struct tl_audiohook *hook, const char *reason, struct tl_str info)
{
	if (hook->stage >= HOOK_DISCONNECTING)
		return;
	tl_audiohook_say_disconnect(hook, reason, info);
	hook->stage = HOOK_DISCONNECTING;
	hook->limit_ms = hook->now_ms + TL_AUDIOHOOK_CLOSE_MS;
	hook->playing = false;
}

/* The platform broke a rule: nothing that follows can be trusted. */
static void violated(struct tl_audiohook *hook, const char *what)
{
	hook->figures.violations++;
	disconnect(hook, "error", tl_str(what));
}

static void cut_off(struct tl_audiohook *hook, int code, const char *reason)
{
	if (hook->stage == HOOK_GONE)
		return;
	hook->stage = HOOK_GONE;
	hook->playing = false;
	hook->config.close(hook->config.data, code, reason);
}

/* ---- the session's wishes: kept until the session has returned */

static void wish_play(void *data, const struct tl_session_play *play)
{
	struct tl_audiohook *hook = data;

	hook->sound = hook->config.sound(hook->config.data, play->audio);
	hook->sent = 0;
	hook->playing = true;
	hook->play_ms = hook->clock_ms > hook->held_ms ? hook->clock_ms : hook->held_ms;
	hook->figures.prompts += hook->sound.len > 0;
}

/* A key was pressed while something plays: what is left of it is not sent any more. */
static void wish_stop(void *data)
{
	struct tl_audiohook *hook = data;

	if (!hook->playing || hook->stage != HOOK_RUNNING)
		return;
	hook->playing = false;
	hook->figures.barge_ins++;
	tl_audiohook_say_barge_in(hook);
	hook->barged_in = hook->said;
}

static void wish_transfer(void *data, struct tl_str kind, struct tl_str target)
{
	struct tl_audiohook *hook = data;

	tl_buf_reset(&hook->transfer_kind);
	tl_buf_reset(&hook->transfer_target);
	tl_buf_str(&hook->transfer_kind, kind);
	tl_buf_str(&hook->transfer_target, target);
	hook->transfers = true;
}

/* That the call has ended is seen when the session has returned. */
static void wish_hang_up(void *data, struct tl_str exit, struct tl_str reason)
{
	(void)data;
	(void)exit;
	(void)reason;
}

static void wish_profile(void *data, struct tl_str external_id)
{
	struct tl_audiohook *hook = data;

	if (hook->config.profile)
		hook->config.profile(hook->config.data, external_id);
	else
		hook->unknown_profile = true;
}

static void tell_visit(void *data, const struct tl_flow *flow, const struct tl_node *node)
{
	struct tl_audiohook *hook = data;

	if (hook->config.visit)
		hook->config.visit(hook->config.data, flow, node);
}

static void tell_attempt(void *data, const struct tl_node *node, enum tl_attempt result)
{
	struct tl_audiohook *hook = data;

	if (hook->stage == HOOK_RUNNING)
		tl_audiohook_say_turn(hook, tl_attempt_name(result));
	if (hook->config.attempt)
		hook->config.attempt(hook->config.data, node, result);
}

/* What the session wished for while it was fed, until it wishes for nothing that is done at once. A transfer is the platform's to make once the session is over: it is
 * taken. */
static void settle(struct tl_audiohook *hook)
{
	while (hook->stage == HOOK_RUNNING && !tl_session_ended(hook->session)) {
		if (hook->transfers) {
			hook->transfers = false;
			tl_session_transferred(hook->session, hook->clock_ms, true);
		} else if (hook->unknown_profile) {
			hook->unknown_profile = false;
			tl_session_profile(hook->session, hook->clock_ms, TL_ANSWER_FAILED, NULL);
		} else if (hook->playing && hook->sound.len == 0) {
			hook->playing = false;
			tl_session_played(hook->session, hook->clock_ms);
		} else {
			return;
		}
	}
	if (hook->stage == HOOK_RUNNING && tl_session_ended(hook->session)) {
		bool good = tl_call_status(tl_session_call(hook->session)) == TL_COMPLETED;

		disconnect(hook, good ? "completed" : "error", good ? TL_STR("") : tl_str(tl_session_status(hook->session)));
	}
}

/* ---- opening */

static bool are_channels(const struct tl_item *list)
{
	size_t count = 0;

	for (const struct tl_item *one = list && list->kind == TL_LIST ? list->first : NULL; one; one = one->next) {
		if (one->kind != TL_STRING || (!tl_str_is(one->text, "external") && !tl_str_is(one->text, "internal")))
			return false;
		count++;
	}
	return count == 1 || count == 2;
}

static bool is_pcmu(const struct tl_item *media)
{
	const struct tl_item *rate = tl_item_get(media, "rate");

	return are_channels(tl_item_get(media, "channels")) && tl_str_is(tl_item_text(media, "type"), "audio") && tl_str_is(tl_item_text(media, "format"), "PCMU") && rate && rate->kind == TL_NUMBER &&
	       rate->number == TL_PCMU_RATE;
}

static const struct tl_item *choose_media(const struct tl_item *list)
{
	for (const struct tl_item *one = list && list->kind == TL_LIST ? list->first : NULL; one; one = one->next) {
		if (is_pcmu(one))
			return one;
	}
	return NULL;
}

/* What the flow knows of what the platform gives; the rest is the Architect flow's own. */
static const struct tl_item *known_variables(struct tl_arena *arena, const struct tl_flow *flow, const struct tl_item *given)
{
	struct tl_item *known = tl_item_new(arena, TL_MAP);

	for (const struct tl_item *one = given && given->kind == TL_MAP ? given->first : NULL; one; one = one->next) {
		uint32_t slot = tl_map_index(&flow->variable_names, one->key);

		if (slot != TL_NONE && flow->variables[slot].declared)
			tl_item_put(known, one->key, tl_item_copy(arena, one));
	}
	return known;
}

static struct tl_str given_text(const struct tl_item *map, const char *key)
{
	struct tl_str text = tl_item_text(map, key);

	return text.len > 0 ? text : (struct tl_str){ NULL, 0 };
}

/* "tel:+15550000000" is the number alone. */
static struct tl_str number_of(struct tl_str ani)
{
	return tl_str_starts(ani, TL_STR("tel:")) ? tl_str_slice(ani, 4, ani.len) : ani;
}

static int begin(struct tl_audiohook *hook, const struct tl_item *parameters, struct tl_error *err)
{
	static const struct tl_session_hooks wishes = {
		.play = wish_play, .stop = wish_stop, .transfer = wish_transfer, .hang_up = wish_hang_up, .profile = wish_profile, .visit = tell_visit,
		.attempt = tell_attempt,
	};
	const struct tl_item *participant = tl_item_get(parameters, "participant");
	struct tl_arena arena = { 0 };
	struct tl_offer offer = {
		.id = tl_item_text(parameters, "conversationId"),
		.number = number_of(given_text(participant, "ani")),
		.name = given_text(participant, "aniName"),
		.language = given_text(parameters, "language"),
		.variables = known_variables(&arena, hook->config.edition->program.flow, tl_item_get(parameters, "inputVariables")),
	};
	int ret = tl_session_new(&hook->session, hook->config.edition, &offer, &wishes, hook, hook->config.recording, err);

	tl_arena_clear(&arena);
	return ret;
}

/* The platform tries a connection out by an `open` without a conversation: it is answered, and no call begins. */
static bool is_probe(struct tl_str conversation)
{
	return tl_str_is(conversation, "00000000-0000-0000-0000-000000000000");
}

static void open_call(struct tl_audiohook *hook, int64_t wall_ms, const struct tl_item *parameters)
{
	const struct tl_item *media = choose_media(tl_item_get(parameters, "media"));
	struct tl_str conversation = tl_item_text(parameters, "conversationId"), organization = tl_item_text(parameters, "organizationId");
	struct tl_error err = { 0 };

	hook->conversation = tl_arena_dup(&hook->arena, conversation);
	if (conversation.len == 0)
		violated(hook, "open without a conversationId");
	else if (hook->config.organization_id.len > 0 && !tl_str_equal(organization, hook->config.organization_id))
		disconnect(hook, "unauthorized", TL_STR("open names another organization than the request did"));
	else if (!media)
		violated(hook, "no media that is spoken here: PCMU at 8000");
	else if (hook->leaving)
		disconnect(hook, "error", TL_STR("the server is going away"));
	else if (!is_probe(conversation) && begin(hook, parameters, &err) != 0)
		disconnect(hook, "error", tl_str(err.message));
	else
		tl_audiohook_say_opened(hook, media);
	if (hook->stage != HOOK_OPENING)
		return;
	hook->stage = hook->session ? HOOK_RUNNING : HOOK_PROBED;
	hook->limit_ms = -1;
	if (hook->session) {
		tl_session_begin(hook->session, hook->clock_ms, wall_ms);
		settle(hook);
	}
}

/* ---- messages */

static void on_open(struct tl_audiohook *hook, int64_t wall_ms, const struct tl_item *parameters)
{
	if (hook->stage != HOOK_OPENING)
		violated(hook, "a second open");
	else
		open_call(hook, wall_ms, parameters);
}

static void on_ping(struct tl_audiohook *hook, int64_t wall_ms, const struct tl_item *parameters)
{
	(void)wall_ms;
	(void)parameters;
	tl_audiohook_say(hook, "pong");
}

static void on_dtmf(struct tl_audiohook *hook, int64_t wall_ms, const struct tl_item *parameters)
{
	struct tl_str digit = tl_item_text(parameters, "digit");

	(void)wall_ms;
	if (digit.len == 1 && strchr("0123456789*#", digit.ptr[0]) && hook->stage == HOOK_RUNNING) {
		hook->figures.keys++;
		tl_session_key(hook->session, hook->clock_ms, digit.ptr[0]);
		settle(hook);
	}
}

static void on_playback_started(struct tl_audiohook *hook, int64_t wall_ms, const struct tl_item *parameters)
{
	(void)wall_ms;
	(void)parameters;
	hook->tells_playback = true;
}

static void end_prompt(struct tl_audiohook *hook)
{
	hook->playing = false;
	if (hook->stage == HOOK_RUNNING)
		tl_session_played(hook->session, hook->clock_ms);
	settle(hook);
}

/* One that comes before all was sent is a gap in the platform's sound, not the prompt's end; one that was said before the platform heard of the last key is that of the
 * prompt before. */
static void on_playback_completed(struct tl_audiohook *hook, int64_t wall_ms, const struct tl_item *parameters)
{
	(void)wall_ms;
	(void)parameters;
	hook->tells_playback = true;
	if (hook->playing && hook->sent == hook->sound.len && hook->platform_heard >= hook->barged_in)
		end_prompt(hook);
}

static void on_paused(struct tl_audiohook *hook, int64_t wall_ms, const struct tl_item *parameters)
{
	(void)wall_ms;
	(void)parameters;
	hook->figures.pauses += !hook->paused;
	hook->paused = true;
}

static void on_resumed(struct tl_audiohook *hook, int64_t wall_ms, const struct tl_item *parameters)
{
	(void)wall_ms;
	(void)parameters;
	hook->paused = false;
}

static void on_update(struct tl_audiohook *hook, int64_t wall_ms, const struct tl_item *parameters)
{
	(void)wall_ms;
	(void)parameters;
	tl_audiohook_say(hook, "updated");
}

/* Too much came at once: nothing is sent for as long as the platform says, and larger pieces from then on. */
static void on_error(struct tl_audiohook *hook, int64_t wall_ms, const struct tl_item *parameters)
{
	const struct tl_item *code = tl_item_get(parameters, "code");
	int64_t held_ms;

	(void)wall_ms;
	hook->figures.errors++;
	if (!code || code->kind != TL_NUMBER || code->number != 429)
		return;
	held_ms = tl_audiohook_duration(tl_item_text(parameters, "retryAfter"));
	held_ms = held_ms < 0 ? HELD_MS : held_ms < HELD_MOST_MS ? held_ms : HELD_MOST_MS;
	hook->figures.limited++;
	hook->piece_ms = hook->piece_ms < TL_AUDIOHOOK_LIMITED_MS ? TL_AUDIOHOOK_LIMITED_MS : hook->piece_ms;
	/* What is to come is later by as much, so that it keeps its pace. */
	if (hook->held_ms < hook->clock_ms + held_ms) {
		hook->play_ms += hook->clock_ms + held_ms - (hook->held_ms > hook->clock_ms ? hook->held_ms : hook->clock_ms);
		hook->held_ms = hook->clock_ms + held_ms;
	}
}

/* `closed` is our last word; the platform ends the connection. What ended because something went wrong was not ended by the caller. */
static void on_close(struct tl_audiohook *hook, int64_t wall_ms, const struct tl_item *parameters)
{
	(void)wall_ms;
	tl_audiohook_say(hook, "closed");
	hook->stage = HOOK_CLOSED;
	if (hook->session && !tl_session_ended(hook->session) && !tl_str_is(tl_item_text(parameters, "reason"), "error"))
		tl_session_hung_up(hook->session, hook->clock_ms);
	hook->playing = false;
	hook->limit_ms = hook->now_ms + TL_AUDIOHOOK_CLOSE_MS;
}

static void on_nothing(struct tl_audiohook *hook, int64_t wall_ms, const struct tl_item *parameters)
{
	(void)hook;
	(void)wall_ms;
	(void)parameters;
}

static const struct message_row {
	const char *type;
	void (*handle)(struct tl_audiohook *hook, int64_t wall_ms, const struct tl_item *parameters);
	bool after_disconnect; /* heard, too, once the end was announced */
} message_table[] = {
	{ "open", on_open, false },
	{ "ping", on_ping, true },
	{ "dtmf", on_dtmf, false },
	{ "playback_started", on_playback_started, false },
	{ "playback_completed", on_playback_completed, false },
	{ "paused", on_paused, false },
	{ "resumed", on_resumed, false },
	{ "discarded", on_nothing, false },
	{ "update", on_update, false },
	{ "error", on_error, true },
	{ "close", on_close, true },
};

static bool read_sequence(uint64_t *out, const struct tl_item *message, const char *key)
{
	const struct tl_item *item = tl_item_get(message, key);

	if (!item || item->kind != TL_NUMBER || !item->integer || item->number < 0 || item->number > 9007199254740991.0)
		return false;
	*out = (uint64_t)item->number;
	return true;
}

/* A platform that fails before it has opened the session says so, and closes it. */
static bool may_come_first(struct tl_str type)
{
	return tl_str_is(type, "open") || tl_str_is(type, "error") || tl_str_is(type, "close");
}

/* What is wrong with the envelope, or NULL. */
static const char *check_envelope(struct tl_audiohook *hook, const struct tl_item *message)
{
	uint64_t seq, serverseq;

	if (!message || message->kind != TL_MAP)
		return "a message is no JSON object";
	if (!tl_str_is(tl_item_text(message, "version"), "2"))
		return "a message is not of version 2";
	if (!tl_str_equal(tl_item_text(message, "id"), hook->config.session_id))
		return "a message names another session";
	if (!read_sequence(&seq, message, "seq") || seq != hook->heard + 1)
		return "a message's seq does not follow the last one's";
	hook->heard = seq;
	if (!read_sequence(&serverseq, message, "serverseq") || serverseq > hook->said)
		return "a message's serverseq is beyond what was sent";
	hook->platform_heard = serverseq;
	if (hook->stage == HOOK_OPENING && !may_come_first(tl_item_text(message, "type")))
		return "the first message is not open";
	return NULL;
}

/* Who was told that the session is over because of a wrong number cannot count rightly any more: its `close` is answered all the same. */
static bool is_last_word(const struct tl_audiohook *hook, const struct tl_item *message)
{
	return hook->stage == HOOK_DISCONNECTING && message && message->kind == TL_MAP && tl_str_is(tl_item_text(message, "type"), "close") &&
	       tl_str_equal(tl_item_text(message, "id"), hook->config.session_id);
}

static void handle(struct tl_audiohook *hook, int64_t wall_ms, const struct tl_item *message)
{
	struct tl_str type = tl_item_text(message, "type");

	for (size_t i = 0; i < TL_COUNT(message_table); i++) {
		const struct message_row *row = &message_table[i];

		if (!tl_str_is(type, row->type))
			continue;
		if (hook->stage < HOOK_DISCONNECTING || row->after_disconnect)
			row->handle(hook, wall_ms, tl_item_get(message, "parameters"));
		return;
	}
	hook->figures.unknown++;
}

/* ---- what happens */

/* The call's clock stands still while the platform has paused. */
static void set_time(struct tl_audiohook *hook, int64_t now_ms)
{
	if (now_ms > hook->now_ms && !hook->paused)
		hook->clock_ms += now_ms - hook->now_ms;
	if (now_ms > hook->now_ms)
		hook->now_ms = now_ms;
}

void tl_audiohook_message(struct tl_audiohook *hook, int64_t now_ms, int64_t wall_ms, struct tl_str text)
{
	struct tl_doc *doc = NULL;
	const char *wrong;

	set_time(hook, now_ms);
	hook->heard_ms = hook->now_ms;
	if (hook->stage >= HOOK_CLOSED)
		return;
	hook->figures.messages_in++;
	/* What is no JSON has no root. */
	if (tl_json_parse(&doc, TL_STR("message"), text, NULL) != 0)
		doc = NULL;
	wrong = check_envelope(hook, doc ? doc->root : NULL);
	if (wrong && is_last_word(hook, doc ? doc->root : NULL))
		wrong = NULL;
	if (wrong)
		violated(hook, wrong);
	else
		handle(hook, wall_ms, doc->root);
	tl_doc_free(doc);
}

void tl_audiohook_voice(struct tl_audiohook *hook, int64_t now_ms, struct tl_str samples)
{
	set_time(hook, now_ms);
	hook->heard_ms = hook->now_ms;
	hook->figures.bytes_in += samples.len;
}

void tl_audiohook_profile(struct tl_audiohook *hook, int64_t now_ms, enum tl_answer answer, const struct tl_item *attributes)
{
	set_time(hook, now_ms);
	if (hook->stage != HOOK_RUNNING)
		return;
	tl_session_profile(hook->session, hook->clock_ms, answer, attributes);
	settle(hook);
}

void tl_audiohook_gone(struct tl_audiohook *hook, int64_t now_ms)
{
	set_time(hook, now_ms);
	hook->stage = HOOK_GONE;
	hook->playing = false;
}

void tl_audiohook_leave(struct tl_audiohook *hook, int64_t now_ms)
{
	set_time(hook, now_ms);
	hook->leaving = true;
	if (hook->stage != HOOK_OPENING)
		disconnect(hook, "error", TL_STR("the server is going away"));
}

/* ---- time */

/* When, on the call's clock, the piece after those that were sent is due. */
static int64_t piece_due(const struct tl_audiohook *hook)
{
	int64_t after_ms = (int64_t)(hook->sent / BYTES_A_MS) - TL_AUDIOHOOK_AHEAD_MS;

	return hook->play_ms + (after_ms > 0 ? after_ms : 0);
}

/* When, on the call's clock, the prompt is over though the platform did not say so. */
static int64_t prompt_over(const struct tl_audiohook *hook)
{
	return hook->play_ms + (int64_t)(hook->sound.len / BYTES_A_MS) + (hook->tells_playback ? COMPLETED_MS : 0);
}

static void send_sound(struct tl_audiohook *hook)
{
	while (hook->playing && hook->sent < hook->sound.len && piece_due(hook) <= hook->clock_ms) {
		size_t end = hook->sent + (size_t)hook->piece_ms * BYTES_A_MS;

		end = end > hook->sound.len ? hook->sound.len : end;
		hook->config.audio(hook->config.data, tl_str_slice(hook->sound, hook->sent, end));
		hook->sent = end;
		hook->figures.frames_out++;
	}
	if (hook->playing && hook->sent == hook->sound.len && prompt_over(hook) <= hook->clock_ms)
		end_prompt(hook);
}

static void ring(struct tl_audiohook *hook)
{
	int64_t alarm = hook->stage == HOOK_RUNNING ? tl_session_alarm_at(hook->session) : -1;

	if (alarm < 0 || alarm > hook->clock_ms)
		return;
	/* A prompt that still plays is not over because the flow says less of its length than it has. */
	if (!hook->playing)
		tl_session_alarm(hook->session, hook->clock_ms);
	settle(hook);
}

/* A platform pings, or sends the caller's voice: one that does neither is not there any more, though its connection may not know yet. */
static int64_t silent_until(const struct tl_audiohook *hook)
{
	return hook->stage == HOOK_RUNNING || hook->stage == HOOK_PROBED ? hook->heard_ms + TL_AUDIOHOOK_SILENT_MS : -1;
}

void tl_audiohook_tick(struct tl_audiohook *hook, int64_t now_ms)
{
	set_time(hook, now_ms);
	if (hook->stage == HOOK_RUNNING && !hook->paused) {
		send_sound(hook);
		ring(hook);
		send_sound(hook);
	}
	if (silent_until(hook) >= 0 && silent_until(hook) <= hook->now_ms) {
		cut_off(hook, 1008, "nothing was heard for too long");
		return;
	}
	if (hook->limit_ms < 0 || hook->limit_ms > hook->now_ms)
		return;
	hook->limit_ms = -1;
	if (hook->stage == HOOK_OPENING)
		cut_off(hook, 1008, "no open within 10 seconds");
	else if (hook->stage == HOOK_DISCONNECTING || hook->stage == HOOK_CLOSED)
		cut_off(hook, 1000, "the session is over");
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

int64_t tl_audiohook_due(const struct tl_audiohook *hook)
{
	int64_t due = -1;

	if (hook->stage == HOOK_RUNNING && !hook->paused) {
		if (hook->playing)
			due = hook->sent < hook->sound.len ? piece_due(hook) : prompt_over(hook);
		else
			due = tl_session_alarm_at(hook->session);
		due = due < 0 ? -1 : due + hook->now_ms - hook->clock_ms;
	}
	return sooner(sooner(due, hook->limit_ms), silent_until(hook));
}

/* ---- making */

struct tl_audiohook *tl_audiohook_new(const struct tl_audiohook_config *config, int64_t now_ms)
{
	struct tl_audiohook *hook = tl_alloc_zero(1, sizeof(*hook));

	hook->config = *config;
	hook->config.session_id = tl_arena_dup(&hook->arena, config->session_id);
	hook->config.organization_id = tl_arena_dup(&hook->arena, config->organization_id);
	hook->piece_ms = config->piece_ms > 0 ? config->piece_ms : TL_AUDIOHOOK_PIECE_MS;
	hook->now_ms = hook->clock_ms = hook->heard_ms = now_ms;
	hook->limit_ms = now_ms + TL_AUDIOHOOK_OPEN_MS;
	return hook;
}

void tl_audiohook_free(struct tl_audiohook *hook)
{
	if (!hook)
		return;
	tl_session_free(hook->session);
	tl_buf_clear(&hook->transfer_kind);
	tl_buf_clear(&hook->transfer_target);
	tl_buf_clear(&hook->out);
	tl_arena_clear(&hook->arena);
	free(hook);
}

bool tl_audiohook_plays(const struct tl_audiohook *hook)
{
	return hook->playing && hook->sent < hook->sound.len;
}

struct tl_str tl_audiohook_conversation(const struct tl_audiohook *hook)
{
	return hook->conversation;
}

const struct tl_session *tl_audiohook_session(const struct tl_audiohook *hook)
{
	return hook->session;
}

struct tl_audiohook_figures tl_audiohook_figures(const struct tl_audiohook *hook)
{
	return hook->figures;
}

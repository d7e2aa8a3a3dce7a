/* live/session_wait.c: what a call waits for, asked of the outside, or answered where the answer is there. */
#include <stdlib.h>

#include "live/session_inside.h"

static bool asks(const struct tl_node *node)
{
	return node->op == TL_MENU || node->op == TL_GATHER;
}

/* ---- what the call emits */

/* A key that was taken closes the caller's ears until something is asked again. */
static void emit(void *data, const struct tl_emission *emission)
{
	struct tl_session *session = data;

	if (session->recording)
		tl_recording_emit(session->recording, emission);
	if (session->hooks.emitted)
		session->hooks.emitted(session->data, emission);
	switch (emission->kind) {
	case TL_EM_VISIT:
		session->offers = false;
		session->deaf = session->deaf && !asks(emission->node);
		if (session->hooks.visit)
			session->hooks.visit(session->data, emission->flow, emission->node);
		break;
	case TL_EM_ATTEMPT:
		session->offers = false;
		session->deaf = emission->result == TL_MATCH && emission->has_text;
		if (session->hooks.attempt)
			session->hooks.attempt(session->data, emission->node, emission->result);
		break;
	case TL_EM_PROMPT:
		session->flow = emission->flow;
		session->node = emission->node;
		session->prompt = emission->prompt;
		session->audio = emission->audio;
		break;
	case TL_EM_REQUEST:
	case TL_EM_TRANSFER:
		session->node = emission->node;
		tl_buf_reset(&session->subject);
		tl_buf_str(&session->subject, emission->text);
		break;
	default:
		break;
	}
}

void tl_session_step(struct tl_session *session, struct tl_event *event)
{
	const struct tl_sink sink = { .emit = emit, .data = session };
	int64_t now = tl_call_now(session->call);

	event->at_ms = session->at_ms > now ? session->at_ms : now;
	tl_call_step(&session->call, event, &sink);
}

/* ---- playback */

static bool keys_heard(const struct tl_session *session)
{
	return asks(session->node) || !session->deaf;
}

static int64_t duration(const struct tl_session *session)
{
	return session->prompt == TL_NONE ? 0 : session->flow->prompts[session->prompt].duration_ms;
}

void tl_session_play(struct tl_session *session, int64_t now_ms)
{
	struct tl_session_play play = { .audio = session->audio, .node = session->node, .duration_ms = duration(session), .keys_heard = keys_heard(session) };

	if (asks(session->node) && !session->offers) {
		tl_call_keys(session->call, session->offered);
		session->offers = true;
	}
	if (asks(session->node))
		play.keys = tl_str(session->offered);
	if (session->prompt != TL_NONE)
		play.prompt = session->flow->prompts[session->prompt].name.text;
	session->alarm_ms = now_ms + (play.duration_ms > 0 ? play.duration_ms + TL_SESSION_GRACE_MS : TL_SESSION_PLAYBACK_MS);
	session->hooks.play(session->data, &play);
}

void tl_session_end_playback(struct tl_session *session, int64_t at_ms)
{
	struct tl_event event = { .kind = TL_EV_PLAYED };

	session->at_ms = at_ms;
	if (session->recording)
		tl_recording_heard(session->recording, at_ms - session->since_ms);
	tl_session_step(session, &event);
}

/* A prompt that has no audio takes no time, and so does one that asks for keys while one waits. */
static bool await_playback(struct tl_session *session)
{
	session->since_ms = tl_call_now(session->call);
	if (session->audio.len > 0 && !(asks(session->node) && session->n_keys > 0)) {
		tl_session_play(session, session->since_ms + session->offset_ms);
		return true;
	}
	tl_session_end_playback(session, session->since_ms);
	return false;
}

/* ---- input */

/* Whether what is typed now fills a sensitive variable. */
static bool is_hidden(const struct tl_call *call)
{
	const struct tl_node *node = tl_call_node(call);

	return node->has_into && tl_call_flow(call)->variables[node->into.slot].sensitive;
}

static bool await_input(struct tl_session *session)
{
	struct tl_event event = { .kind = TL_EV_INPUT, .input = TL_IN_DTMF, .confidence = 1 };
	char key;

	if (session->n_keys == 0) {
		session->alarm_ms = tl_call_deadline(session->call) + session->offset_ms;
		return true;
	}
	key = session->keys[0];
	session->n_keys--;
	memmove(session->keys, session->keys + 1, session->n_keys);
	if (session->recording)
		tl_recording_taken(session->recording, is_hidden(session->call));
	event.text = (struct tl_str){ &key, 1 };
	tl_session_step(session, &event);
	return false;
}

/* ---- requests */

/* The caller's own id stands for the number that a lookup is by where the flow does not say. */
static struct tl_str profile_id(const struct tl_session *session)
{
	if (session->external_id && !session->node->subject_given)
		return tl_str(session->external_id);
	return tl_buf_view(&session->subject);
}

static const struct tl_known *find_known(const struct tl_session *session, struct tl_str id)
{
	const struct tl_known *known = session->known;

	while (known && !tl_str_equal((struct tl_str){ known->text, known->id_len }, id))
		known = known->next;
	return known;
}

static void remember(struct tl_session *session, struct tl_str id, enum tl_answer answer, struct tl_str json)
{
	size_t size = sizeof(struct tl_known) + id.len + json.len;
	struct tl_known *known;

	if (size > TL_KNOWN_BYTES - session->known_bytes)
		return;
	known = tl_alloc(size);
	*known = (struct tl_known){ .next = session->known, .answer = answer, .id_len = (uint32_t)id.len, .json_len = (uint32_t)json.len };
	if (id.len > 0)
		memcpy(known->text, id.ptr, id.len);
	if (json.len > 0)
		memcpy(known->text + id.len, json.ptr, json.len);
	session->known = known;
	session->known_bytes += (uint32_t)size;
}

static void answer(struct tl_session *session, struct tl_event *event)
{
	event->kind = TL_EV_ANSWER;
	if (session->recording && session->node->service != TL_SERVICE_HOURS)
		tl_recording_answer(session->recording, session->node->service, tl_buf_view(&session->subject), event);
	tl_buf_clear(&session->subject);
	tl_session_step(session, event);
}

void tl_session_answer_profile(struct tl_session *session, enum tl_answer found, struct tl_value attributes)
{
	struct tl_event event = { .answer = found };
	struct tl_str json = found == TL_ANSWER_FOUND ? attributes.text : (struct tl_str){ 0 };

	if (found == TL_ANSWER_FOUND)
		event.values = attributes;
	if (found != TL_ANSWER_FAILED)
		remember(session, profile_id(session), found, json);
	answer(session, &event);
}

/* Nobody has the profile of nobody. */
static bool await_profile(struct tl_session *session)
{
	struct tl_str id = profile_id(session);
	const struct tl_known *known = find_known(session, id);
	struct tl_event event = { .answer = known ? known->answer : TL_ANSWER_NOT_FOUND };

	if (!known && id.len > 0) {
		session->frozen = true;
		session->alarm_ms = -1;
		session->hooks.profile(session->data, id);
		return true;
	}
	if (event.answer == TL_ANSWER_FOUND)
		event.values = (struct tl_value){ .type = TL_V_OBJECT, .text = { known->text + known->id_len, known->json_len } };
	answer(session, &event);
	return false;
}

static enum tl_answer hours(const struct tl_session *session)
{
	static const enum tl_answer answers[] = {
		[TL_HOURS_OPEN] = TL_ANSWER_OPEN, [TL_HOURS_CLOSED] = TL_ANSWER_CLOSED, [TL_HOURS_HOLIDAY] = TL_ANSWER_HOLIDAY,
	};
	const struct tl_project *project = session->edition->project;
	const struct tl_schedule *schedule = project ? tl_project_schedule(project, tl_buf_view(&session->subject)) : NULL;

	return schedule ? answers[tl_schedule_at(schedule, tl_call_start(session->call) + tl_call_now(session->call))] : TL_ANSWER_NONE;
}

/* Nobody answers other requests here: they fail at once, and where a flow has nothing to do then, the call does. */
static bool await_answer(struct tl_session *session)
{
	struct tl_event event = { .answer = TL_ANSWER_NONE };

	if (session->node->service == TL_SERVICE_PROFILE)
		return await_profile(session);
	if (session->node->service == TL_SERVICE_HOURS)
		event.answer = hours(session);
	else if (tl_node_outcome(tl_call_flow(session->call), session->node, TL_R_FAILED))
		event.answer = TL_ANSWER_FAILED;
	answer(session, &event);
	return false;
}

/* ---- transfers */

void tl_session_ask_transfer(struct tl_session *session, int64_t now_ms)
{
	session->frozen = true;
	session->alarm_ms = now_ms + TL_SESSION_TRANSFER_MS;
	session->hooks.transfer(session->data, session->node->kind, tl_buf_view(&session->subject));
}

void tl_session_answer_transfer(struct tl_session *session, bool taken)
{
	struct tl_event event = { .kind = taken ? TL_EV_TAKEN : TL_EV_REFUSED };
	struct tl_str target = tl_buf_view(&session->subject);

	if (session->recording)
		tl_recording_transfer(session->recording, session->node->kind, target, !tl_str_equal(target, tl_call_transfer_target(session->call, true)), taken);
	tl_buf_clear(&session->subject);
	tl_session_step(session, &event);
}

static bool await_transfer(struct tl_session *session)
{
	tl_session_ask_transfer(session, tl_call_now(session->call) + session->offset_ms);
	return true;
}

void tl_session_thaw(struct tl_session *session, int64_t now_ms)
{
	session->frozen = false;
	session->at_ms = tl_call_now(session->call);
	session->offset_ms = now_ms - session->at_ms;
}

/* ---- all of it */

/* A call that was handed over, and one that the caller left, needs no hanging up. */
static void end(struct tl_session *session)
{
	enum tl_status status = tl_call_status(session->call);
	bool completed = status == TL_COMPLETED;

	session->ended = true;
	session->frozen = false;
	session->alarm_ms = -1;
	if (session->gone || (completed && tl_call_transfer_kind(session->call).len > 0))
		return;
	session->hooks.hang_up(session->data, tl_call_exit(session->call), completed ? tl_call_node(session->call)->reason : tl_str(tl_status_name(status)));
}

void tl_session_go_on(struct tl_session *session)
{
	static bool (*const await_table[])(struct tl_session *session) = {
		[TL_WAIT_PLAYBACK] = await_playback, [TL_WAIT_INPUT] = await_input, [TL_WAIT_ANSWER] = await_answer, [TL_WAIT_TRANSFER] = await_transfer,
	};

	while (tl_call_status(session->call) == TL_RUNNING) {
		if (await_table[tl_call_waits(session->call)](session))
			return;
	}
	end(session);
}

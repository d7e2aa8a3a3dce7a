/* live/session.c: a call from its offer to its end, and what is told of it. */
#include "live/session.h"

#include <stdlib.h>

#include "base/text.h"
#include "live/session_inside.h"

/* ---- before it begins */

static struct tl_str nearest_variable(const struct tl_flow *flow, struct tl_arena *arena, struct tl_str name)
{
	struct tl_str *names = TL_ARENA_ARRAY(arena, struct tl_str, flow->n_variables + 1);
	size_t n = 0;

	for (uint32_t i = 0; i < flow->n_variables; i++) {
		if (flow->variables[i].declared)
			names[n++] = flow->variables[i].name.text;
	}
	return tl_text_nearest(name, names, n);
}

static int no_such_variable(const struct tl_flow *flow, struct tl_arena *arena, struct tl_str name, struct tl_error *err)
{
	struct tl_str near = nearest_variable(flow, arena, name);

	if (near.len > 0)
		return tl_error_set(err, TL_USAGE, "the flow '%.*s' has no variable '%.*s', did you mean '%.*s'?", TL_FMT(flow->id.text), TL_FMT(name), TL_FMT(near));
	return tl_error_set(err, TL_USAGE, "the flow '%.*s' has no variable '%.*s'", TL_FMT(flow->id.text), TL_FMT(name));
}

/* Coerced here already, so that what cannot be is said of the offer. */
static int give(struct tl_given *out, struct tl_arena *arena, const struct tl_flow *flow, const struct tl_item *item, struct tl_error *err)
{
	uint32_t slot = tl_map_index(&flow->variable_names, item->key);
	struct tl_value value = tl_value_of_item(arena, item), coerced;
	struct tl_buf scratch = { 0 };
	bool good;

	if (slot == TL_NONE || !flow->variables[slot].declared)
		return no_such_variable(flow, arena, item->key, err);
	good = item->kind != TL_NULL && item->kind != TL_LIST && tl_value_coerce(&coerced, &value, flow->variables[slot].type, &scratch);
	tl_buf_clear(&scratch);
	if (!good)
		return tl_error_set(err, TL_USAGE, "the value of '%.*s' cannot become a %s", TL_FMT(item->key), tl_type_name(flow->variables[slot].type));
	if (value.type == TL_V_STRING)
		value.text = tl_arena_dup(arena, value.text);
	*out = (struct tl_given){ slot, value };
	return 0;
}

static int give_all(struct tl_before *before, const struct tl_flow *flow, const struct tl_item *variables, struct tl_error *err)
{
	uint64_t limit = tl_limits_default().variables;
	struct tl_given *given;

	if (!variables)
		return 0;
	if (variables->count > limit)
		return tl_error_set(err, TL_USAGE, "%u variables, more than the limit of %llu", variables->count, (unsigned long long)limit);
	given = TL_ARENA_ARRAY(&before->arena, struct tl_given, variables->count + 1);
	before->facts.given = given;
	for (const struct tl_item *item = variables->first; item; item = item->next) {
		if (give(&given[before->facts.n_given++], &before->arena, flow, item, err) != 0)
			return -1;
	}
	return 0;
}

struct tl_facts tl_edition_facts(const struct tl_edition *edition)
{
	struct tl_limits limits = tl_limits_default();

	return (struct tl_facts){
		.max_steps = edition->max_steps ? edition->max_steps : limits.max_steps,
		.max_text = edition->max_text ? edition->max_text : limits.text,
		.max_time_ms = edition->max_time_ms ? edition->max_time_ms : (int64_t)limits.max_time_ms,
		.max_depth = edition->max_depth ? edition->max_depth : (uint32_t)limits.subflow_depth,
	};
}

static int prepare(struct tl_before *before, const struct tl_edition *edition, const struct tl_offer *offer, struct tl_error *err)
{
	struct tl_facts *facts = &before->facts;

	*facts = tl_edition_facts(edition);
	facts->caller = tl_value_of_item(&before->arena, tl_offer_caller(&before->arena, offer));
	facts->language = tl_arena_dup(&before->arena, offer->language);
	return give_all(before, edition->program.flow, offer->variables, err);
}

int tl_session_new(struct tl_session **out, const struct tl_edition *edition, const struct tl_offer *offer, const struct tl_session_hooks *hooks, void *data,
                   struct tl_recording *recording, struct tl_error *err)
{
	struct tl_session *session = tl_alloc_zero(1, sizeof(*session));

	*out = NULL;
	session->edition = edition;
	session->hooks = *hooks;
	session->data = data;
	session->alarm_ms = -1;
	session->before = tl_alloc_zero(1, sizeof(*session->before));
	if (prepare(session->before, edition, offer, err) != 0) {
		tl_session_free(session);
		return -1;
	}
	if (offer->external_id.len > 0) {
		session->external_id = tl_alloc_zero(1, offer->external_id.len + 1);
		memcpy(session->external_id, offer->external_id.ptr, offer->external_id.len);
	}
	session->recording = recording;
	if (recording)
		tl_recording_offer(recording, edition, offer);
	*out = session;
	return 0;
}

static void forget_before(struct tl_session *session)
{
	if (session->before)
		tl_arena_clear(&session->before->arena);
	free(session->before);
	session->before = NULL;
}

void tl_session_free(struct tl_session *session)
{
	if (!session)
		return;
	while (session->known) {
		struct tl_known *next = session->known->next;

		free(session->known);
		session->known = next;
	}
	forget_before(session);
	tl_buf_clear(&session->subject);
	tl_call_free(session->call);
	free(session->external_id);
	free(session);
}

/* ---- time */

static bool runs(const struct tl_session *session)
{
	return session->call && !session->ended;
}

/* The call's clock at that time; it never goes back. */
static int64_t call_time(const struct tl_session *session, int64_t now_ms)
{
	int64_t now = tl_call_now(session->call), at = now_ms - session->offset_ms;

	return session->frozen || at < now ? now : at;
}

static void be_silent(struct tl_session *session)
{
	struct tl_event event = { .kind = TL_EV_SILENCE };

	session->at_ms = tl_call_deadline(session->call);
	if (session->recording)
		tl_recording_silence(session->recording, session->at_ms);
	tl_session_step(session, &event);
}

/* The alarm rings, at the time that it is set to. */
static void ring(struct tl_session *session)
{
	int64_t alarm = session->alarm_ms;

	session->alarm_ms = -1;
	session->unanswered += tl_call_waits(session->call) != TL_WAIT_INPUT;
	if (tl_call_waits(session->call) == TL_WAIT_INPUT) {
		be_silent(session);
	} else if (tl_call_waits(session->call) == TL_WAIT_PLAYBACK) {
		tl_session_end_playback(session, alarm - session->offset_ms);
	} else {
		tl_session_thaw(session, alarm);
		tl_session_answer_transfer(session, false);
	}
	tl_session_go_on(session);
}

/* Everything that was due before that time. */
static void catch_up(struct tl_session *session, int64_t now_ms)
{
	while (!session->ended && session->alarm_ms >= 0 && session->alarm_ms < now_ms)
		ring(session);
}

/* ---- what is told */

bool tl_session_begin(struct tl_session *session, int64_t now_ms, int64_t wall_ms)
{
	struct tl_event event = { .kind = TL_EV_START };

	if (session->call)
		return false;
	session->offset_ms = now_ms;
	session->before->facts.start_ms = wall_ms;
	session->call = tl_call_new(&session->edition->program, &session->before->facts);
	if (session->recording)
		tl_recording_start(session->recording, wall_ms);
	tl_session_step(session, &event);
	forget_before(session);
	tl_session_go_on(session);
	return true;
}

static bool keep_key(struct tl_session *session, char key)
{
	if (session->n_keys == TL_SESSION_KEYS)
		return false;
	session->keys[session->n_keys++] = key;
	if (session->recording)
		tl_recording_key(session->recording, session->at_ms, key);
	return true;
}

/* The key ends the prompt that plays, also where there is no more room for it. */
static bool key_in_playback(struct tl_session *session, char key)
{
	bool kept;

	if (session->deaf && session->node->op == TL_SAY)
		return false;
	kept = keep_key(session, key);
	if (session->hooks.stop)
		session->hooks.stop(session->data);
	tl_session_end_playback(session, session->at_ms);
	tl_session_go_on(session);
	return kept;
}

bool tl_session_key(struct tl_session *session, int64_t now_ms, char key)
{
	bool kept;

	if (!runs(session) || key == '\0' || !strchr("0123456789*#", key))
		return false;
	catch_up(session, now_ms);
	if (session->ended)
		return false;
	session->at_ms = call_time(session, now_ms);
	if (tl_call_waits(session->call) == TL_WAIT_PLAYBACK)
		return key_in_playback(session, key);
	kept = keep_key(session, key);
	if (tl_call_waits(session->call) == TL_WAIT_INPUT)
		tl_session_go_on(session);
	return kept;
}

bool tl_session_played(struct tl_session *session, int64_t now_ms)
{
	if (!runs(session) || tl_call_waits(session->call) != TL_WAIT_PLAYBACK)
		return false;
	tl_session_end_playback(session, call_time(session, now_ms));
	tl_session_go_on(session);
	return true;
}

bool tl_session_profile(struct tl_session *session, int64_t now_ms, enum tl_answer answer, const struct tl_item *attributes)
{
	struct tl_arena arena = { 0 };
	struct tl_value value = { .type = TL_V_OBJECT, .text = TL_STR("{}") };

	if (!runs(session) || tl_call_waits(session->call) != TL_WAIT_ANSWER)
		return false;
	tl_session_thaw(session, now_ms);
	if (answer == TL_ANSWER_FOUND && attributes && attributes->kind == TL_MAP)
		value = tl_value_of_item(&arena, attributes);
	tl_session_answer_profile(session, answer == TL_ANSWER_FOUND || answer == TL_ANSWER_NOT_FOUND ? answer : TL_ANSWER_FAILED, value);
	tl_arena_clear(&arena);
	tl_session_go_on(session);
	return true;
}

bool tl_session_transferred(struct tl_session *session, int64_t now_ms, bool taken)
{
	if (!runs(session) || tl_call_waits(session->call) != TL_WAIT_TRANSFER)
		return false;
	tl_session_thaw(session, now_ms);
	tl_session_answer_transfer(session, taken);
	tl_session_go_on(session);
	return true;
}

/* A recorded hang-up counts by its time, before what else ends then. So one in the same instant as what happened last is a millisecond later; where the clock stands
 * still, the number of visits says when. */
static void hang_up(struct tl_session *session)
{
	struct tl_event event = { .kind = TL_EV_HANGUP };
	bool frozen = session->frozen;

	session->gone = true;
	session->frozen = false;
	if (session->recording && tl_call_waits(session->call) == TL_WAIT_PLAYBACK)
		tl_recording_heard(session->recording, session->at_ms - session->since_ms);
	if (session->recording)
		tl_recording_hangup(session->recording, session->at_ms, frozen ? tl_call_steps(session->call) : 0);
	tl_session_step(session, &event);
}

bool tl_session_hung_up(struct tl_session *session, int64_t now_ms)
{
	if (!runs(session))
		return false;
	catch_up(session, now_ms);
	if (!session->ended && !session->frozen && call_time(session, now_ms) == tl_call_now(session->call)) {
		now_ms = tl_call_now(session->call) + session->offset_ms + 1;
		catch_up(session, now_ms);
	}
	if (session->ended)
		return false;
	session->at_ms = call_time(session, now_ms);
	hang_up(session);
	tl_session_go_on(session);
	return true;
}

bool tl_session_alarm(struct tl_session *session, int64_t now_ms)
{
	if (!runs(session) || session->alarm_ms < 0 || session->alarm_ms > now_ms)
		return false;
	catch_up(session, now_ms + 1);
	return true;
}

int64_t tl_session_alarm_at(const struct tl_session *session)
{
	return session->alarm_ms;
}

void tl_session_again(struct tl_session *session, int64_t now_ms)
{
	if (!runs(session))
		return;
	if (tl_call_waits(session->call) == TL_WAIT_PLAYBACK)
		tl_session_play(session, now_ms);
	else if (tl_call_waits(session->call) == TL_WAIT_TRANSFER)
		tl_session_ask_transfer(session, now_ms);
}

/* ---- what there is to know of it */

bool tl_session_ended(const struct tl_session *session)
{
	return session->ended;
}

const struct tl_call *tl_session_call(const struct tl_session *session)
{
	return session->call;
}

const struct tl_edition *tl_session_edition(const struct tl_session *session)
{
	return session->edition;
}

uint32_t tl_session_unanswered(const struct tl_session *session)
{
	return session->unanswered;
}

const char *tl_session_status(const struct tl_session *session)
{
	return session->ended ? tl_status_name(tl_call_status(session->call)) : "lost";
}

size_t tl_session_bytes(const struct tl_session *session)
{
	size_t bytes = sizeof(*session) + session->subject.capacity + session->known_bytes;

	if (session->call)
		bytes += tl_call_bytes(session->call);
	if (session->before)
		bytes += sizeof(*session->before) + session->before->arena.used;
	if (session->external_id)
		bytes += strlen(session->external_id) + 1;
	return bytes;
}

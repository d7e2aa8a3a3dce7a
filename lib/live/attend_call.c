/* live/attend_call.c: one call: what its line tells goes into the session, what the session wants goes over the line. */
#include "live/attending.h"

#include <stdlib.h>

#include "crypto/sha256.h"
#include "live/control.h"

#define AWAY_STEP_MS 250
/* Between looks for a token that is being asked for. */
#define TOKEN_STEP_MS 50

static void after_event(struct tl_attended *call);

struct tl_str tl_attend_id(const struct tl_attended *call)
{
	return (struct tl_str){ call->id, call->id_len };
}

/* ---- the timer: one a call, which rings at most once too early for each time it was put off */

static void on_due(struct tl_attended *call);

static void ring(void *data)
{
	struct tl_attended *call = data;

	call->timer = NULL;
	if (call->due_ms < 0)
		return;
	if (call->due_ms > tl_attend_now(call->attend)) {
		tl_attend_due(call, call->due_ms);
		return;
	}
	call->due_ms = -1;
	on_due(call);
}

void tl_attend_due(struct tl_attended *call, int64_t at_ms)
{
	int64_t now = tl_attend_now(call->attend);

	call->due_ms = at_ms;
	if (at_ms < 0 || (call->timer && call->timer_ms <= at_ms))
		return;
	tl_timer_cancel(call->timer);
	call->timer_ms = at_ms;
	call->timer = tl_loop_after(call->attend->config.loop, at_ms > now ? at_ms - now : 0, ring, call);
}

/* ---- what the session wants */

static void send(struct tl_attended *call)
{
	struct tl_attend *attend = call->attend;

	tl_socket_send(call->socket, tl_buf_view(&attend->out));
	attend->messages_out++;
}

/* An empty command, where there is a line; what is not heard now is asked for again when it is there. */
static struct tl_buf *command(struct tl_attended *call)
{
	struct tl_attend *attend = call->attend;

	if (call->key_us > 0)
		tl_latency_add(&attend->key_to_play, tl_attend_now_us(attend) - call->key_us);
	call->key_us = 0;
	tl_buf_reset(&attend->out);
	return call->socket && call->phase == TL_PHASE_TALKING ? &attend->out : NULL;
}

static void play(void *data, const struct tl_session_play *play)
{
	struct tl_attended *call = data;
	struct tl_buf *out = command(call);

	if (!out)
		return;
	tl_control_play(out, tl_attend_id(call), call->held->edition->audio_base, play);
	send(call);
}

static void transfer(void *data, struct tl_str kind, struct tl_str target)
{
	struct tl_attended *call = data;
	struct tl_buf *out = command(call);

	if (!out)
		return;
	tl_control_transfer(out, tl_attend_id(call), kind, target);
	send(call);
}

static void hang_up(void *data, struct tl_str exit, struct tl_str reason)
{
	struct tl_attended *call = data;
	struct tl_buf *out = command(call);

	(void)exit;
	(void)reason;
	if (!out)
		return;
	tl_control_hang_up(out, tl_attend_id(call));
	call->hanging_up = true;
	send(call);
}

static void visit(void *data, const struct tl_flow *flow, const struct tl_node *node)
{
	struct tl_attended *call = data;

	if (call->here)
		call->here->here--;
	call->here = tl_counts_of(&call->attend->counts, &call->held->flows, flow, node);
	call->here->here++;
	call->here->visits++;
	call->visits++;
}

static void attempt(void *data, const struct tl_node *node, enum tl_attempt result)
{
	const struct tl_attended *call = data;

	(void)node;
	if (call->here)
		tl_counter_attempt(call->here, result);
}

/* ---- lookups */

static void look_up(struct tl_help *help)
{
	struct tl_lookup *lookup = (struct tl_lookup *)help;
	const struct tl_attend_config *config = &lookup->attend->config;

	lookup->status = tl_platform_profile(&lookup->profile, &lookup->arena, config->platform, lookup->id, config->profile_ms, &lookup->err);
}

static void count_lookup(struct tl_lookup *lookup)
{
	struct tl_attend *attend = lookup->attend;

	tl_latency_add(&attend->profile, tl_attend_now_us(attend) - lookup->begun_us);
	*(lookup->status != 0 ? &attend->failed : lookup->profile.found ? &attend->found : &attend->missing) += 1;
	if (lookup->status != 0)
		tl_attend_note(attend, lookup->call ? tl_attend_id(lookup->call) : TL_STR(""), "no profile: %s", lookup->err.message);
}

static void looked_up(struct tl_help *help)
{
	struct tl_lookup *lookup = (struct tl_lookup *)help;
	struct tl_attended *call = lookup->call;
	struct tl_attend *attend = lookup->attend;

	if (help->worked)
		count_lookup(lookup);
	if (call && !attend->closing) {
		enum tl_answer answer = lookup->status != 0 ? TL_ANSWER_FAILED : lookup->profile.found ? TL_ANSWER_FOUND : TL_ANSWER_NOT_FOUND;

		call->lookup = NULL;
		tl_session_profile(call->session, tl_attend_now(attend), answer, lookup->profile.attributes);
		after_event(call);
	}
	tl_arena_clear(&lookup->arena);
	free(lookup);
}

/* The one that it waits for is of no use any more. */
static void forget_lookup(struct tl_attended *call)
{
	if (call->lookup)
		call->lookup->call = NULL;
	call->lookup = NULL;
}

static void profile(void *data, struct tl_str external_id)
{
	struct tl_attended *call = data;
	struct tl_lookup *lookup = tl_alloc_zero(1, sizeof(*lookup));

	forget_lookup(call);
	lookup->help = (struct tl_help){ .work = look_up, .done = looked_up };
	lookup->attend = call->attend;
	lookup->call = call;
	lookup->id = tl_arena_dup(&lookup->arena, external_id);
	lookup->begun_us = tl_attend_now_us(call->attend);
	call->lookup = lookup;
	tl_helpers_do(call->attend->helpers, &lookup->help);
}

const struct tl_session_hooks tl_attend_hooks = {
	.play = play, .transfer = transfer, .hang_up = hang_up, .profile = profile, .visit = visit, .attempt = attempt,
};

/* ---- the end */

/* Nothing is left of it but its recording. */
static void finish(struct tl_attended *call)
{
	call->phase = TL_PHASE_WRITING;
	tl_attend_due(call, -1);
	tl_attend_record(call);
}

static void close_line(struct tl_attended *call, int code)
{
	if (!call->announced_end)
		tl_socket_close(call->socket, code, code == 1008 ? "not as call control says" : "");
	call->announced_end = true;
	tl_attend_due(call, tl_attend_now(call->attend) + TL_ATTEND_CLOSE_MS);
}

/* Whatever it waited for, it does so no more; *busy says whether a line is left that has to be closed. */
static bool leave_phase(struct tl_attended *call)
{
	struct tl_attend *attend = call->attend;
	enum tl_phase phase = call->phase;

	call->phase = TL_PHASE_CLOSING;
	forget_lookup(call);
	if (phase == TL_PHASE_WAITING)
		tl_attend_stop_waiting(call);
	if (phase == TL_PHASE_DIALING || phase == TL_PHASE_GREETING)
		attend->connecting--;
	return call->socket != NULL;
}

void tl_attend_conclude(struct tl_attended *call, enum tl_attend_end end, int code, const char *fmt, ...)
{
	struct tl_attend *attend = call->attend;
	struct tl_buf text = { 0 };
	bool dialing = call->phase == TL_PHASE_DIALING, line;
	va_list args;

	if (call->concluded)
		return;
	va_start(args, fmt);
	if (fmt)
		tl_buf_vprintf(&text, fmt, args);
	va_end(args);
	free(call->message);
	call->message = text.data;
	call->concluded = true;
	call->end = end;
	call->ended_ms = tl_attend_now(attend);
	if (end >= TL_END_LOST && call->message)
		tl_attend_note(attend, tl_attend_id(call), "%s: %s", tl_attend_end_name(end), call->message);
	line = leave_phase(call);
	if (!line)
		finish(call);
	else if (dialing || code == 0)
		tl_socket_cut(call->socket);
	else
		close_line(call, code);
}

static enum tl_attend_end end_of(const struct tl_attended *call)
{
	switch (tl_call_status(tl_session_call(call->session))) {
	case TL_COMPLETED: return TL_END_COMPLETED;
	case TL_ABANDONED: return TL_END_ABANDONED;
	case TL_RUNNING: return TL_END_LOST;
	default: return TL_END_FAILED;
	}
}

/* The session has ended by itself: the platform closes what it was asked to hang up. */
static void conclude_session(struct tl_attended *call)
{
	struct tl_attend *attend = call->attend;
	enum tl_attend_end end = end_of(call);

	if (end == TL_END_FAILED)
		tl_attend_note(attend, tl_attend_id(call), "failed: %.*s", TL_FMT(tl_call_error_message(tl_session_call(call->session))));
	if (!call->hanging_up || !call->socket) {
		tl_attend_conclude(call, end, 1000, NULL);
		return;
	}
	call->concluded = true;
	call->end = end;
	call->ended_ms = tl_attend_now(attend);
	leave_phase(call);
	tl_attend_due(call, call->ended_ms + TL_ATTEND_CLOSE_MS);
}

/* After whatever the session was told. While there is no line its alarms wait. */
static void after_event(struct tl_attended *call)
{
	if (tl_session_ended(call->session))
		conclude_session(call);
	else if (call->phase == TL_PHASE_TALKING)
		tl_attend_due(call, tl_session_alarm_at(call->session));
}

/* ---- a line that was lost */

static int64_t jitter(int64_t most_ms)
{
	uint32_t random;

	tl_random(&random, sizeof(random));
	return (int64_t)(random % (uint32_t)(most_ms + 1));
}

void tl_attend_look_again(struct tl_attended *call, int64_t at_least_ms, const char *why)
{
	int64_t now = tl_attend_now(call->attend), wait = call->tries == 0 ? 0 : jitter((int64_t)AWAY_STEP_MS << call->tries);

	/* A line that is lost as soon as it is found is the same loss. */
	if (call->phase == TL_PHASE_TALKING && (call->reconnects == 0 || now - call->back_ms > TL_ATTEND_AWAY_MS)) {
		call->away_ms = now;
		call->tries = 0;
		wait = 0;
	}
	wait = wait < at_least_ms ? at_least_ms : wait;
	call->phase = TL_PHASE_AWAY;
	if (call->tries++ >= TL_ATTEND_TRIES || now + wait > call->away_ms + TL_ATTEND_AWAY_MS)
		tl_attend_conclude(call, TL_END_LOST, 0, "%s", why);
	else
		tl_attend_due(call, now + wait);
}

static void redial(struct tl_attended *call)
{
	struct tl_attend *attend = call->attend;
	int64_t now = tl_attend_now(attend);

	if (tl_attend_redial(call))
		return;
	if (now + TOKEN_STEP_MS > call->away_ms + TL_ATTEND_AWAY_MS)
		tl_attend_conclude(call, TL_END_LOST, 0, "the line was lost, and not found again");
	else
		tl_attend_due(call, now + TOKEN_STEP_MS);
}

/* ---- what is due */

static void give_up_waiting(struct tl_attended *call)
{
	if (call->message)
		tl_attend_conclude(call, TL_END_UNSERVED, 0, "the platform's call control cannot be reached: %s", call->message);
	else
		tl_attend_conclude(call, TL_END_UNSERVED, 0, "its turn to be connected did not come");
}

static void on_due(struct tl_attended *call)
{
	switch (call->phase) {
	case TL_PHASE_WAITING:
		give_up_waiting(call);
		break;
	case TL_PHASE_GREETING:
		tl_socket_cut(call->socket);
		break;
	case TL_PHASE_TALKING:
		tl_session_alarm(call->session, tl_attend_now(call->attend));
		after_event(call);
		break;
	case TL_PHASE_AWAY:
		redial(call);
		break;
	case TL_PHASE_CLOSING:
		if (call->announced_end)
			tl_socket_cut(call->socket);
		else
			close_line(call, 1000);
		break;
	case TL_PHASE_DIALING:
	case TL_PHASE_WRITING:
		break;
	}
}

/* ---- what the line tells */

void tl_attend_opened(void *data, struct tl_socket *socket)
{
	struct tl_attended *call = data;
	struct tl_attend *attend = call->attend;

	if (call->phase != TL_PHASE_DIALING)
		return;
	(void)socket;
	call->phase = TL_PHASE_GREETING;
	tl_buf_reset(&attend->out);
	tl_control_hello(&attend->out, tl_attend_id(call));
	send(call);
	tl_attend_due(call, tl_attend_now(attend) + TL_ATTEND_GREETING_MS);
}

static void begin(struct tl_attended *call)
{
	struct tl_attend *attend = call->attend;
	const struct tl_clock *clock = attend->config.clock;
	int64_t now = tl_attend_now(attend);

	tl_latency_add(&attend->connect, tl_attend_now_us(attend) - call->begun_us);
	attend->connecting--;
	call->phase = TL_PHASE_TALKING;
	call->renewed = false;
	if (call->begun) {
		call->reconnects++;
		call->back_ms = now;
		attend->reconnects++;
		tl_session_again(call->session, now);
	} else {
		call->begun = true;
		call->begun_ms = now;
		call->started_ms = clock->now_ms(clock->data);
		tl_session_begin(call->session, now, call->started_ms);
	}
	after_event(call);
	tl_attend_is_reached(attend);
}

/* Why the platform does not connect it; the close that follows needs no words of its own. */
static void note_refusal(struct tl_attended *call, struct tl_str why)
{
	struct tl_arena arena = { 0 };

	free(call->message);
	call->message = tl_strdup(tl_arena_dup(&arena, tl_str_cut(why, 300)).ptr);
	tl_arena_clear(&arena);
}

static bool tell(struct tl_attended *call, const struct tl_told *told)
{
	struct tl_attend *attend = call->attend;
	int64_t now = tl_attend_now(attend);
	bool used = false;

	switch (told->kind) {
	case TL_TOLD_KEY:
		call->key_us = tl_attend_now_us(attend);
		used = tl_session_key(call->session, now, told->key);
		call->keys += used;
		/* What is asked for later is so for another reason, unless a lookup stands between. */
		if (!call->lookup)
			call->key_us = 0;
		break;
	case TL_TOLD_PLAYED:
		used = tl_session_played(call->session, now);
		break;
	case TL_TOLD_TRANSFERRED:
	case TL_TOLD_TRANSFER_FAILED:
		used = tl_session_transferred(call->session, now, told->kind == TL_TOLD_TRANSFERRED);
		*(told->kind == TL_TOLD_TRANSFERRED ? &attend->transfers : &attend->transfers_refused) += used;
		break;
	case TL_TOLD_HUNG_UP:
		used = tl_session_hung_up(call->session, now);
		break;
	case TL_TOLD_ERROR:
		note_refusal(call, told->text);
		return true;
	case TL_TOLD_MEDIA:
		return true;
	case TL_TOLD_CONNECTED:
	case TL_TOLD_OTHER:
		return false;
	}
	after_event(call);
	return used;
}

/* The platform closes the line after such a word; it is not waited for as long as `connected`. */
static void be_denied(struct tl_attended *call, struct tl_str why)
{
	call->denied = true;
	note_refusal(call, why);
	tl_attend_due(call, tl_attend_now(call->attend) + TL_ATTEND_CLOSE_MS);
}

/* Before the session; true where it meant something. */
static bool greet(struct tl_attended *call, const struct tl_told *told)
{
	if (told->kind == TL_TOLD_CONNECTED)
		begin(call);
	else if (told->kind == TL_TOLD_ERROR)
		be_denied(call, told->text);
	else
		return false;
	return true;
}

static void malformed(struct tl_attended *call, const char *why)
{
	struct tl_attend *attend = call->attend;

	attend->unexpected++;
	tl_attend_note(attend, tl_attend_id(call), "a message that is none: %s", why);
	if (++call->malformed < TL_ATTEND_MALFORMED)
		return;
	call->hopeless = true;
	tl_attend_conclude(call, call->begun ? TL_END_LOST : TL_END_REFUSED, 1008, "what the platform says is no call control: %s", why);
}

void tl_attend_heard(void *data, struct tl_socket *socket, struct tl_str message, bool binary)
{
	struct tl_attended *call = data;
	struct tl_attend *attend = call->attend;
	struct tl_told told;
	struct tl_error err;
	bool used = true;

	(void)socket;
	attend->messages_in++;
	if (call->phase != TL_PHASE_GREETING && call->phase != TL_PHASE_TALKING)
		return;
	if (binary) {
		attend->unexpected++;
		return;
	}
	if (tl_control_read(&told, &attend->scratch, message, &err) != 0)
		malformed(call, err.message);
	else if (told.id.len > 0 && !tl_str_equal(told.id, tl_attend_id(call)))
		used = false;
	else
		used = call->phase == TL_PHASE_GREETING ? greet(call, &told) : tell(call, &told);
	attend->unexpected += !used;
	if (attend->scratch.used > 0)
		tl_arena_clear(&attend->scratch);
}

/* ---- a line that is no more */

static bool says(const struct tl_attended *call, const struct tl_gone *gone, const char *word)
{
	return (call->message && strcasestr(call->message, word)) || tl_str_find(gone->reason, tl_str(word), 0) != SIZE_MAX;
}

/* Whether the platform does not want the call to be connected, which no other try changes. */
static bool is_refusal(const struct tl_attended *call, const struct tl_gone *gone)
{
	if (gone->kind == TL_GONE_CLOSED && gone->code != 0)
		return gone->code == 1008 || gone->code == 1000;
	return call->denied;
}

/* Whether the platform was asked to transfer the call, and has not answered. */
static bool hands_over(const struct tl_attended *call)
{
	return tl_call_waits(tl_session_call(call->session)) == TL_WAIT_TRANSFER;
}

/* The platform has nothing more to say of the call. One that was being handed over is where it was to go: had the caller hung up, there would have been a word. */
static void end_with_line(struct tl_attended *call)
{
	struct tl_attend *attend = call->attend;
	int64_t now = tl_attend_now(attend);

	if (hands_over(call))
		attend->transfers += tl_session_transferred(call->session, now, true);
	else
		tl_session_hung_up(call->session, now);
	after_event(call);
}

/* The first message was not answered by `connected`. */
static void not_greeted(struct tl_attended *call, const struct tl_gone *gone)
{
	struct tl_str why = call->message ? tl_str(call->message) : gone->reason;
	bool refused = is_refusal(call, gone);

	if (call->begun && refused && (says(call, gone, "over") || says(call, gone, "ended") || (hands_over(call) && !says(call, gone, "controlled")))) {
		end_with_line(call);
	} else if (call->begun) {
		/* That it is controlled already may be our own line, whose loss the platform has not noticed yet. */
		tl_attend_look_again(call, 0, call->message ? call->message : "the line was lost, and not found again");
	} else if (refused) {
		/* Who else controls it may be gone soon. */
		call->hopeless = !says(call, gone, "controlled");
		tl_attend_conclude(call, TL_END_REFUSED, 0, "%.*s", TL_FMT(why.len > 0 ? why : TL_STR("the platform refuses the call")));
	} else if (call->tries++ < TL_ATTEND_TRIES && !call->attend->draining) {
		tl_attend_wait_for_line(call, true);
		tl_attend_pump(call->attend);
	} else {
		tl_attend_conclude(call, TL_END_UNSERVED, 0, "the platform does not answer the first message");
	}
}

static void lost(struct tl_attended *call, const struct tl_gone *gone)
{
	struct tl_str why = call->message ? tl_str(call->message) : gone->reason;

	if (gone->kind == TL_GONE_CLOSED && gone->code == 1000) {
		end_with_line(call);
	} else if (gone->kind == TL_GONE_CLOSED && (gone->code == 1008 || gone->code == 1009)) {
		call->hopeless = true;
		tl_attend_conclude(call, TL_END_LOST, 0, "the platform closed the line (%d): %.*s", gone->code, TL_FMT(why));
	} else {
		tl_attend_note(call->attend, tl_attend_id(call), "the line was lost: %.*s", TL_FMT(gone->reason));
		tl_attend_look_again(call, 0, "the line was lost, and not found again");
	}
}

void tl_attend_gone(void *data, struct tl_socket *socket, const struct tl_gone *gone)
{
	struct tl_attended *call = data;
	struct tl_attend *attend = call->attend;
	enum tl_phase phase = call->phase;

	(void)socket;
	call->socket = NULL;
	if (call->concluded) {
		finish(call);
		return;
	}
	if (phase == TL_PHASE_DIALING || phase == TL_PHASE_GREETING) {
		attend->connecting--;
		call->phase = TL_PHASE_AWAY;
	}
	if (attend->closing)
		tl_attend_conclude(call, TL_END_UNSERVED, 0, "this worker ends");
	else if (phase == TL_PHASE_DIALING)
		tl_attend_not_connected(call, gone);
	else if (phase == TL_PHASE_GREETING)
		not_greeted(call, gone);
	else
		lost(call, gone);
}

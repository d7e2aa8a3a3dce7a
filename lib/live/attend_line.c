/* live/attend_line.c: getting calls their lines: the token that all share, the turn of each, and what a platform that says not now is given. */
#include "live/attending.h"

#include <stdlib.h>

#include "crypto/sha256.h"

/* A token is looked at again so often: it is renewed before it ends, without anybody waiting for it. */
#define FRESH_MS 30000
/* Between tries of a platform that cannot be reached: any time up to a bound that doubles. */
#define PAUSE_MS 250
#define PAUSE_MOST_MS 10000
#define RETRY_AFTER_MOST_MS ((int64_t)15 * 60 * 1000)
/* What 429 asks for where it does not say. */
#define RETRY_AFTER_MS 5000

static void plan_pump(struct tl_attend *attend, int64_t at_ms);

/* ---- the line that all share */

static void ask(struct tl_help *help)
{
	struct tl_line *line = (struct tl_line *)help;

	line->err = (struct tl_error){ 0 };
	line->status = tl_platform_line(&line->next, &line->next_arena, line->attend->config.platform, line->used, &line->err);
}

/* Full jitter, so that many workers do not come back together. */
static int64_t jitter(int64_t most_ms)
{
	uint32_t random;

	tl_random(&random, sizeof(random));
	return (int64_t)(random % (uint32_t)(most_ms + 1));
}

/* Nobody is connected for a while: longer each time, but those that fail in one pause count once. */
static void pause_all(struct tl_attend *attend, int64_t at_least_ms)
{
	int64_t now = tl_attend_now(attend), most = (int64_t)PAUSE_MS << (attend->failures < 6 ? attend->failures : 6), until = attend->pause_until_ms;

	if (now >= until) {
		attend->failures++;
		until = now + PAUSE_MS + jitter(most < PAUSE_MOST_MS ? most : PAUSE_MOST_MS);
	}
	if (at_least_ms > 0 && until < now + at_least_ms)
		until = now + (at_least_ms < RETRY_AFTER_MOST_MS ? at_least_ms : RETRY_AFTER_MOST_MS);
	attend->pause_until_ms = until;
	plan_pump(attend, until);
}

static void ask_for_line(struct tl_attend *attend, struct tl_str used);

static void answered(struct tl_help *help)
{
	struct tl_line *line = (struct tl_line *)help;
	struct tl_attend *attend = line->attend;

	bool stale = !line->here && line->number > 0 && line->used.len == 0 && line->status == 0 && tl_str_equal(line->next.bearer, line->now.bearer);

	line->asking = false;
	if (help->worked && line->status == 0 && !stale) {
		struct tl_arena used = line->arena;

		line->arena = line->next_arena;
		line->now = line->next;
		line->here = true;
		line->number++;
		line->next_arena = used;
	} else if (help->worked && !stale && !attend->closing) {
		tl_attend_note(attend, TL_STR(""), "no token: %s", line->err.message);
		if (!line->here)
			pause_all(attend, 0);
	}
	tl_arena_wipe(&line->next_arena);
	line->used = (struct tl_str){ NULL, 0 };
	/* It was asked for before the platform refused it. */
	if (help->worked && stale)
		ask_for_line(attend, line->now.bearer);
	else if (!attend->closing)
		tl_attend_pump(attend);
}

static void ask_for_line(struct tl_attend *attend, struct tl_str used)
{
	struct tl_line *line = &attend->line;

	if (line->asking || attend->closing)
		return;
	line->help = (struct tl_help){ .work = ask, .done = answered };
	line->asking = true;
	line->at_ms = tl_attend_now(attend);
	line->used = tl_arena_dup(&line->next_arena, used);
	tl_helpers_do(attend->clerk, &line->help);
}

/* The bearer of that number was refused: nobody uses it any more. */
static void drop_line(struct tl_attend *attend, uint32_t number)
{
	struct tl_line *line = &attend->line;

	if (!line->here || line->number != number)
		return;
	line->here = false;
	ask_for_line(attend, line->now.bearer);
}

/* Whether there is one; it is asked for where there is none, or it was not looked at for a while. */
static bool line_is_here(struct tl_attend *attend)
{
	const struct tl_line *line = &attend->line;

	if (!line->here || tl_attend_now(attend) - line->at_ms >= FRESH_MS)
		ask_for_line(attend, TL_STR(""));
	return line->here;
}

void tl_attend_line_clear(struct tl_attend *attend)
{
	tl_arena_wipe(&attend->line.arena);
	tl_arena_wipe(&attend->line.next_arena);
}

/* ---- turns */

void tl_attend_wait_for_line(struct tl_attended *call, bool in_front)
{
	struct tl_attend *attend = call->attend;

	call->phase = TL_PHASE_WAITING;
	call->later = in_front ? attend->waiting : NULL;
	call->earlier = in_front ? NULL : attend->last_waiting;
	*(call->earlier ? &call->earlier->later : &attend->waiting) = call;
	*(call->later ? &call->later->earlier : &attend->last_waiting) = call;
	tl_attend_due(call, call->offered_ms + attend->config.patience_ms);
}

void tl_attend_stop_waiting(struct tl_attended *call)
{
	struct tl_attend *attend = call->attend;

	*(call->earlier ? &call->earlier->later : &attend->waiting) = call->later;
	*(call->later ? &call->later->earlier : &attend->last_waiting) = call->earlier;
	call->earlier = call->later = NULL;
}

static int dial(struct tl_attended *call, struct tl_error *err)
{
	struct tl_attend *attend = call->attend;
	const struct tl_phone_line *line = &attend->line.now;

	call->phase = TL_PHASE_DIALING;
	call->denied = false;
	call->line = attend->line.number;
	call->begun_us = tl_attend_now_us(attend);
	attend->connecting++;
	tl_attend_due(call, -1);
	if (tl_dial(&call->socket, attend->dialer, line->url, line->bearer, call, err) == 0)
		return 0;
	attend->connecting--;
	call->socket = NULL;
	return -1;
}

static void pump_again(void *data)
{
	struct tl_attend *attend = data;

	attend->pump_timer = NULL;
	tl_attend_pump(attend);
}

static void plan_pump(struct tl_attend *attend, int64_t at_ms)
{
	int64_t now = tl_attend_now(attend);

	if (attend->pump_timer && attend->pump_ms <= at_ms)
		return;
	tl_timer_cancel(attend->pump_timer);
	attend->pump_ms = at_ms;
	attend->pump_timer = tl_loop_after(attend->config.loop, at_ms > now ? at_ms - now : 0, pump_again, attend);
}

void tl_attend_pump(struct tl_attend *attend)
{
	struct tl_error err = { 0 };

	while (attend->waiting && attend->connecting < TL_ATTEND_CONNECTING && !attend->closing) {
		struct tl_attended *call = attend->waiting;

		if (tl_attend_now(attend) < attend->pause_until_ms) {
			plan_pump(attend, attend->pause_until_ms);
			return;
		}
		if (!line_is_here(attend))
			return;
		tl_attend_stop_waiting(call);
		if (dial(call, &err) != 0)
			tl_attend_conclude(call, TL_END_UNSERVED, 0, "%s", err.message);
	}
}

bool tl_attend_redial(struct tl_attended *call)
{
	struct tl_attend *attend = call->attend;
	struct tl_error err = { 0 };

	if (!line_is_here(attend) || tl_attend_now(attend) < attend->pause_until_ms)
		return false;
	if (dial(call, &err) != 0)
		tl_attend_look_again(call, 0, err.message);
	return true;
}

/* ---- handshakes that failed */

/* Whether another try, by anybody, may fare better. */
static bool may_pass(const struct tl_gone *gone)
{
	if (gone->kind != TL_GONE_REFUSED)
		return !gone->hopeless;
	return gone->status == 429 || gone->status == 408 || gone->status >= 500;
}

/* For the end, if it comes to that. */
static void keep_reason(struct tl_attended *call, struct tl_str reason)
{
	struct tl_arena arena = { 0 };

	free(call->message);
	call->message = tl_strdup(tl_arena_dup(&arena, tl_str_cut(reason, 300)).ptr);
	tl_arena_clear(&arena);
}

void tl_attend_is_reached(struct tl_attend *attend)
{
	attend->failures = 0;
	attend->pause_until_ms = 0;
	if (attend->in_trouble)
		tl_attend_say(attend, "the platform's call control is there again");
	attend->in_trouble = false;
	tl_attend_pump(attend);
}

/* How long the platform wants to be left alone; below 0: it does not say. */
static int64_t wanted_pause(const struct tl_gone *gone)
{
	return gone->kind == TL_GONE_REFUSED && gone->status == 429 && gone->retry_after_ms < 0 ? RETRY_AFTER_MS : gone->retry_after_ms;
}

static void put_off(struct tl_attended *call, const struct tl_gone *gone)
{
	struct tl_attend *attend = call->attend;
	int64_t pause_ms = wanted_pause(gone);

	pause_all(attend, pause_ms);
	if (!attend->in_trouble)
		tl_attend_say(attend, "the platform's call control cannot be reached (%.*s): offers wait", TL_FMT(gone->reason));
	attend->in_trouble = true;
	if (call->begun) {
		tl_attend_look_again(call, pause_ms, "the line was not found again");
	} else if (attend->draining) {
		tl_attend_conclude(call, TL_END_UNSERVED, 0, "no new calls are begun here any more");
	} else {
		keep_reason(call, gone->reason);
		tl_attend_wait_for_line(call, true);
	}
}

void tl_attend_not_connected(struct tl_attended *call, const struct tl_gone *gone)
{
	struct tl_attend *attend = call->attend;

	attend->handshakes_refused += gone->kind == TL_GONE_REFUSED;
	tl_attend_note(attend, tl_attend_id(call), "not connected: %.*s", TL_FMT(gone->reason));
	if (gone->kind == TL_GONE_REFUSED && gone->status == 401 && !call->renewed) {
		call->renewed = true;
		drop_line(attend, call->line);
		if (call->begun)
			tl_attend_look_again(call, 0, "the token was refused");
		else
			tl_attend_wait_for_line(call, true);
		tl_attend_pump(attend);
	} else if (may_pass(gone)) {
		put_off(call, gone);
	} else {
		tl_attend_conclude(call, call->begun ? TL_END_LOST : TL_END_UNSERVED, 0, "%.*s", TL_FMT(gone->reason));
	}
}

/* sandbox/phone_caller.c: the caller's side: steps that are done one after the other, and what goes wrong between them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/answer.h"
#include "sandbox/phone_call.h"

#define FLOOD_LIMIT (64 << 20)
#define ROUNDS_LIMIT 1000000000
#define PAUSE_LIMIT 3600000

/* ---- steps, each a row: its key, whether its value is one, and what it does. `done` false: it is not over yet. */

static bool is_whole(const struct tl_item *item, double least, double most)
{
	return item->kind == TL_NUMBER && item->number >= least && item->number <= most && floor(item->number) == item->number;
}

static bool is_wait(const struct tl_item *value, const struct tl_item *step)
{
	const struct tl_item *count = tl_item_get(step, "count");

	if (count && !is_whole(count, 1, 1e6))
		return false;
	return value->kind == TL_STRING && (tl_phone_action(value->text) != PHONE_ACTIONS || tl_str_is(value->text, "playback"));
}

static bool do_wait(struct phone_call *call, const struct tl_item *value, const struct tl_item *step)
{
	const struct tl_item *count = tl_item_get(step, "count");
	enum phone_action action = tl_phone_action(value->text);

	if (action == PHONE_ACTIONS)
		return call->n_playing == 0 && !call->interrupted;
	if (!call->waiting)
		call->consumed[action] += count ? (uint64_t)count->number : 1;
	call->waiting = true;
	return call->received[action] >= call->consumed[action];
}

static bool is_pause(const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	return value->kind == TL_NUMBER && value->number >= 0 && value->number <= PAUSE_LIMIT;
}

static void pause_is_over(void *arg)
{
	struct phone_call *call = arg;

	call->pause_timer = NULL;
	tl_phone_go_on(call);
}

static bool do_pause(struct phone_call *call, const struct tl_item *value, const struct tl_item *step)
{
	const struct tl_phone_hooks *hooks = &call->phone->hooks;

	(void)step;
	if (call->waiting)
		return true;
	call->waiting = true;
	call->pause_timer = hooks->after(hooks->data, (int64_t)value->number, pause_is_over, call);
	return false;
}

static bool is_keys(const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	for (size_t i = 0; i < value->text.len; i++) {
		if (tl_str_find(TL_STR("0123456789*#"), tl_str_slice(value->text, i, i + 1), 0) == SIZE_MAX)
			return false;
	}
	return value->kind == TL_STRING && value->text.len > 0;
}

/* A caller who is gone presses nothing that anybody hears. */
static void press(struct phone_call *call, struct tl_str key)
{
	struct tl_phone *phone = call->phone;

	if (call->deaf || call->state != PHONE_CONNECTED || !(call->session->capabilities & PHONE_DTMF)) {
		phone->figures.unheard++;
		if (call->unheard.len < call->record)
			tl_buf_str(&call->unheard, key);
		tl_phone_tell(call, "\302\267 key %.*s, which goes unheard", TL_FMT(key));
		return;
	}
	phone->figures.heard++;
	tl_phone_silence(call);
	tl_phone_send_text(call, PHONE_DTMF_EVENT, "digit", key);
	call->key_us = phone->hooks.now_us(phone->hooks.data);
}

static bool do_keys(struct phone_call *call, const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	for (size_t i = 0; i < value->text.len; i++)
		press(call, tl_str_slice(value->text, i, i + 1));
	return true;
}

static bool is_true(const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	return value->kind == TL_BOOLEAN && value->boolean;
}

static bool do_hangup(struct phone_call *call, const struct tl_item *value, const struct tl_item *step)
{
	(void)value;
	(void)step;
	if (call->state != PHONE_CONNECTED && call->state != PHONE_DROPPED)
		return true;
	tl_phone_silence(call);
	if (call->session)
		tl_phone_send_text(call, PHONE_HANGUP_EVENT, NULL, TL_STR(""));
	else
		tl_phone_tell(call, "\302\267 the caller hangs up");
	tl_phone_end(call);
	return true;
}

static bool is_event(const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	return value->kind == TL_MAP && tl_item_text(value, "event").len > 0;
}

static bool do_event(struct phone_call *call, const struct tl_item *value, const struct tl_item *step)
{
	struct tl_str event = tl_item_text(value, "event");

	(void)step;
	if (tl_str_is(event, "playback_completed") && call->n_playing > 0 && value->count == 1)
		tl_phone_played(call);
	else
		tl_phone_send(call, event, value);
	return true;
}

static bool is_text(const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	return value->kind == TL_STRING;
}

static bool do_raw(struct phone_call *call, const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	tl_phone_send_raw(call, value->text, false);
	return true;
}

static bool do_binary(struct phone_call *call, const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	tl_phone_send_raw(call, value->text, true);
	return true;
}

static bool is_size(const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	return is_whole(value, 1, FLOOD_LIMIT);
}

/* {"event":"media","payload":"AAAA…"}, so that only its size is wrong with it. */
static bool do_flood(struct phone_call *call, const struct tl_item *value, const struct tl_item *step)
{
	static const char before[] = "{\"event\":\"media\",\"payload\":\"", after[] = "\"}";
	size_t size = (size_t)value->number, frame = sizeof(before) + sizeof(after) - 2, len = size > frame ? size - frame : 0;
	struct tl_buf text = { 0 };

	(void)step;
	tl_buf_text(&text, before);
	memset(tl_buf_reserve(&text, len + 1), 'A', len);
	text.len += len;
	tl_buf_text(&text, after);
	tl_phone_send_raw(call, tl_buf_view(&text), false);
	tl_buf_clear(&text);
	return true;
}

static bool is_close(const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	return is_whole(value, 1000, 4999);
}

static bool do_close(struct phone_call *call, const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	tl_phone_hang(call->session, (int)value->number, "the platform closes it");
	return true;
}

static bool do_drop(struct phone_call *call, const struct tl_item *value, const struct tl_item *step)
{
	(void)value;
	(void)step;
	tl_phone_cut(call->session);
	return true;
}

static bool is_loop(const struct tl_item *value, const struct tl_item *step);

static const struct step_row {
	const char *key;
	bool (*is)(const struct tl_item *value, const struct tl_item *step);
	bool (*done)(struct phone_call *call, const struct tl_item *value, const struct tl_item *step); /* NULL: a loop, which is made of others */
	bool takes_time; /* or somebody else's doing */
} step_table[] = {
	{ "wait", is_wait, do_wait, true },       { "pause", is_pause, do_pause, true },   { "dtmf", is_keys, do_keys, false },
	{ "hangup", is_true, do_hangup, false },  { "event", is_event, do_event, false },  { "raw", is_text, do_raw, false },
	{ "binary", is_text, do_binary, false },  { "flood", is_size, do_flood, false },   { "close", is_close, do_close, false },
	{ "drop", is_true, do_drop, false },      { "loop", is_loop, NULL, false },
};

/* A step's first member says what it is, but where `count` or `steps` was written before it. */
static const struct step_row *row_of(const struct tl_item **value, const struct tl_item *step)
{
	for (*value = step->first; *value; *value = (*value)->next) {
		for (size_t i = 0; i < TL_COUNT(step_table); i++) {
			if (tl_str_is((*value)->key, step_table[i].key))
				return &step_table[i];
		}
	}
	return NULL;
}

/* ---- what is a script */

static bool is_step(const struct tl_item *step)
{
	const struct tl_item *value;
	const struct step_row *row = step->kind == TL_MAP ? row_of(&value, step) : NULL;

	return row && row->is(value, step);
}

/* How many loops there are one in the other, with this one; too many where a step below is none. */
static unsigned depth_of(const struct tl_item *steps)
{
	unsigned deepest = 0, depth;

	for (const struct tl_item *step = steps->first; step; step = step->next) {
		const struct tl_item *inner = tl_item_get(step, "steps");

		if (!is_step(step))
			return PHONE_LOOPS + 1;
		depth = inner && tl_item_get(step, "loop") ? depth_of(inner) : 0;
		if (depth > deepest)
			deepest = depth;
	}
	return deepest + 1;
}

static bool takes_time(const struct tl_item *steps)
{
	for (const struct tl_item *step = steps->first; step; step = step->next) {
		const struct tl_item *value;
		const struct step_row *row = row_of(&value, step);

		/* Nothing may play. */
		if (row->takes_time && !tl_str_is(value->text, "playback"))
			return true;
		if (!row->done && takes_time(tl_item_get(step, "steps")))
			return true;
	}
	return false;
}

/* Without a step that takes time nothing else would happen until the last round. */
static bool is_loop(const struct tl_item *value, const struct tl_item *step)
{
	const struct tl_item *steps = tl_item_get(step, "steps");

	if (!is_whole(value, 1, ROUNDS_LIMIT) || !steps || steps->kind != TL_LIST)
		return false;
	return depth_of(steps) <= PHONE_LOOPS && takes_time(steps);
}

int tl_phone_check_steps(struct tl_refusal *refusal, const struct tl_item *steps)
{
	bool list = steps->kind == TL_LIST;
	unsigned number = 1;

	for (const struct tl_item *step = list ? steps->first : steps; step; step = list ? step->next : NULL, number++) {
		if (!is_step(step))
			return tl_refuse(refusal, 422, "unprocessable", "step %u is none: it is {wait: play, playback, transfer, hangup or record}, {pause: …}, {dtmf: …}, {hangup: true}, {event: …}, {raw: …}, "
			                 "{binary: …}, {flood: …}, {close: …}, {drop: true} or {loop: …, steps: …} with a wait or pause among its steps", number);
	}
	return 200;
}

void tl_phone_add_steps(struct phone_call *call, struct tl_doc *doc, const struct tl_item *steps)
{
	call->scripts = tl_grow(call->scripts, &call->script_capacity, call->n_scripts + 1, sizeof(*call->scripts));
	call->scripts[call->n_scripts++] = (struct phone_script){ doc, steps };
}

void tl_phone_clear_steps(struct phone_call *call)
{
	for (size_t i = 0; i < call->n_scripts; i++)
		tl_doc_free(call->scripts[i].doc);
	free(call->scripts);
	call->scripts = NULL;
	call->n_scripts = call->script_capacity = call->at_script = 0;
}

/* ---- the way through it */

static const struct tl_item *first_of(const struct tl_item *steps)
{
	return steps->kind == TL_LIST ? steps->first : steps;
}

/* A round is over: the next one, or what comes after the loop. */
static void leave(struct phone_call *call)
{
	struct phone_frame *frame = &call->frames[call->depth - 1];

	if (frame->left > 0) {
		frame->left--;
		frame->next = frame->steps->first;
	} else {
		call->depth--;
		call->at_script += call->depth == 0;
	}
}

static void enter(struct phone_call *call, const struct tl_item *step, const struct tl_item *rounds)
{
	const struct tl_item *steps = tl_item_get(step, "steps");

	call->frames[call->depth++] = (struct phone_frame){ steps->first, steps, (uint32_t)rounds->number - 1 };
}

static void advance(struct phone_call *call, const struct tl_item *step)
{
	bool alone = call->depth == 1 && call->scripts[call->at_script].steps == step;

	call->frames[call->depth - 1].next = alone ? NULL : step->next;
	call->waiting = false;
}

/* The step that is to be done, its row and value; NULL: none is left. */
static const struct tl_item *present(const struct step_row **row, const struct tl_item **value, struct phone_call *call)
{
	const struct tl_item *step;

	while (call->depth > 0 || call->at_script < call->n_scripts) {
		if (call->depth == 0)
			call->frames[call->depth++] = (struct phone_frame){ .next = first_of(call->scripts[call->at_script].steps) };
		step = call->frames[call->depth - 1].next;
		if (!step) {
			leave(call);
			continue;
		}
		*row = row_of(value, step);
		if ((*row)->done)
			return step;
		advance(call, step);
		enter(call, step, *value);
	}
	return NULL;
}

/* A caller who hangs up needs nobody; everything else waits for somebody who controls the call, or is left of it. */
static bool may(const struct phone_call *call, const struct step_row *row)
{
	if (call->session)
		return !call->session->closing && !call->pause_timer;
	return call->state == PHONE_DROPPED && row->done == do_hangup;
}

void tl_phone_go_on(struct phone_call *call)
{
	const struct tl_item *step, *value;
	const struct step_row *row;

	while ((void)(step = present(&row, &value, call)), step && may(call, row) && row->done(call, value, step))
		advance(call, step);
}

void tl_phone_rest(struct phone_call *call)
{
	if (call->pause_timer) {
		call->phone->hooks.cancel(call->phone->hooks.data, call->pause_timer);
		/* It is begun again. */
		call->waiting = false;
	}
	call->pause_timer = NULL;
}

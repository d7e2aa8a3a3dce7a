/* sandbox/phone_caller.c: the caller's side: steps that are done one after the other. */
#include <math.h>
#include <stdlib.h>

#include "sandbox/phone_call.h"

/* ---- steps, each a row: its key, whether its value is one, and what it does. `done` false: it is not over yet. */

static bool is_wait(const struct tl_item *value, const struct tl_item *step)
{
	const struct tl_item *count = tl_item_get(step, "count");

	if (count && (count->kind != TL_NUMBER || count->number < 1 || count->number > 1e6 || floor(count->number) != count->number))
		return false;
	return value->kind == TL_STRING && (tl_phone_action(value->text) != PHONE_ACTIONS || tl_str_is(value->text, "playback"));
}

static bool do_wait(struct phone_call *call, const struct tl_item *value, const struct tl_item *step)
{
	const struct tl_item *count = tl_item_get(step, "count");
	enum phone_action action = tl_phone_action(value->text);

	if (action == PHONE_ACTIONS)
		return call->n_playing == 0;
	if (!call->waiting)
		call->consumed[action] += count ? (uint64_t)count->number : 1;
	call->waiting = true;
	return call->received[action] >= call->consumed[action];
}

static bool is_pause(const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	return value->kind == TL_NUMBER && value->number >= 0 && value->number <= 3600000;
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

static void press(struct phone_call *call, struct tl_str key)
{
	if (call->deaf || !(call->session->capabilities & PHONE_DTMF)) {
		tl_buf_str(&call->unheard, key);
		return;
	}
	tl_phone_silence(call);
	tl_phone_send_text(call, "dtmf", "digit", key);
}

static bool do_keys(struct phone_call *call, const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	for (size_t i = 0; i < value->text.len; i++)
		press(call, tl_str_slice(value->text, i, i + 1));
	return true;
}

static bool is_hangup(const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	return value->kind == TL_BOOLEAN && value->boolean;
}

static bool do_hangup(struct phone_call *call, const struct tl_item *value, const struct tl_item *step)
{
	(void)value;
	(void)step;
	tl_phone_silence(call);
	tl_phone_send(call, TL_STR("hangup"), NULL);
	call->state = PHONE_ENDED;
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
	if (tl_str_is(event, "playback_completed") && call->n_playing > 0)
		tl_phone_played(call);
	else
		tl_phone_send(call, event, value);
	return true;
}

static bool is_close(const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	return value->kind == TL_NUMBER && value->number >= 1000 && value->number <= 4999;
}

static bool do_close(struct phone_call *call, const struct tl_item *value, const struct tl_item *step)
{
	(void)step;
	call->state = PHONE_ENDED;
	tl_phone_hang(call->session, (int)value->number, "the platform closes it");
	return true;
}

static const struct step_row {
	const char *key;
	bool (*is)(const struct tl_item *value, const struct tl_item *step);
	bool (*done)(struct phone_call *call, const struct tl_item *value, const struct tl_item *step);
} step_table[] = {
	{ "wait", is_wait, do_wait },       { "pause", is_pause, do_pause }, { "dtmf", is_keys, do_keys },
	{ "hangup", is_hangup, do_hangup }, { "event", is_event, do_event }, { "close", is_close, do_close },
};

static const struct step_row *row_of(const struct tl_item *step)
{
	for (size_t i = 0; i < TL_COUNT(step_table); i++) {
		if (tl_item_get(step, step_table[i].key))
			return &step_table[i];
	}
	return NULL;
}

/* ---- the script */

static bool is_step(const struct tl_item *step)
{
	const struct step_row *row = step->kind == TL_MAP ? row_of(step) : NULL;

	return row && row->is(tl_item_get(step, row->key), step);
}

int tl_phone_check_steps(struct tl_refusal *refusal, const struct tl_item *steps)
{
	bool list = steps->kind == TL_LIST;
	unsigned number = 1;

	for (const struct tl_item *step = list ? steps->first : steps; step; step = list ? step->next : NULL, number++) {
		if (!is_step(step))
			return tl_refuse(refusal, 422, "unprocessable", "step %u is none: it is {wait: …}, {pause: …}, {dtmf: …}, {hangup: true}, {event: …} or {close: …}",
			                 number);
	}
	return 200;
}

void tl_phone_add_steps(struct phone_call *call, const struct tl_item *steps)
{
	struct tl_buf text = { 0 };
	struct phone_script script = { 0 };

	tl_json_canonical(&text, steps);
	/* It is our own text. */
	if (tl_json_parse(&script.doc, TL_STR("script"), tl_buf_view(&text), NULL) == 0) {
		script.single = script.doc->root->kind == TL_MAP;
		script.next = script.single ? script.doc->root : script.doc->root->first;
		call->scripts = tl_grow(call->scripts, &call->script_capacity, call->n_scripts + 1, sizeof(*call->scripts));
		call->scripts[call->n_scripts++] = script;
	}
	tl_buf_clear(&text);
}

void tl_phone_clear_steps(struct phone_call *call)
{
	for (size_t i = 0; i < call->n_scripts; i++)
		tl_doc_free(call->scripts[i].doc);
	free(call->scripts);
	call->scripts = NULL;
	call->n_scripts = call->script_capacity = call->at_script = 0;
}

/* The step that is to be done; NULL: none is left. */
static const struct tl_item *present(struct phone_call *call)
{
	while (call->at_script < call->n_scripts && !call->scripts[call->at_script].next)
		call->at_script++;
	return call->at_script < call->n_scripts ? call->scripts[call->at_script].next : NULL;
}

/* A caller whose call was handed over or hung up can only have the platform close the socket. */
void tl_phone_go_on(struct phone_call *call)
{
	const struct tl_item *step = present(call);

	while (step && call->session && !call->session->closing && !call->pause_timer) {
		const struct step_row *row = row_of(step);
		struct phone_script *script = &call->scripts[call->at_script];

		if ((call->state == PHONE_CONNECTED || row->done == do_close) && !row->done(call, tl_item_get(step, row->key), step))
			return;
		call->waiting = false;
		script->next = script->single ? NULL : step->next;
		step = present(call);
	}
}

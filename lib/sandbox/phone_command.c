/* sandbox/phone_command.c: what somebody who controls a call asks for, and what plays because of it. */
#include <stdlib.h>
#include <string.h>

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

const char *tl_phone_action_name(enum phone_action action)
{
	return action_table[action];
}

static void stop(const struct phone_call *call, void **timer)
{
	if (*timer)
		call->phone->hooks.cancel(call->phone->hooks.data, *timer);
	*timer = NULL;
}

/* ---- what plays */

void tl_phone_silence(struct phone_call *call)
{
	stop(call, &call->playback_timer);
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
	stop(call, &call->playback_timer);
	call->n_playing--;
	memmove(call->playing, call->playing + 1, call->n_playing * sizeof(*call->playing));
	tl_phone_send_text(call, PHONE_COMPLETED_EVENT, NULL, TL_STR(""));
	if (call->n_playing > 0)
		begin_playing(call);
}

void tl_phone_end(struct phone_call *call)
{
	tl_phone_silence(call);
	stop(call, &call->transfer_timer);
	free(call->target);
	call->target = NULL;
	if (call->state != PHONE_CLOSED)
		call->state = call->session ? PHONE_ENDED : PHONE_CLOSED;
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
	call->interrupted = false;
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
	const struct tl_item *list = tl_item_get(call->announced, "refuse");

	for (const struct tl_item *one = list ? list->first : NULL; one; one = one->next) {
		if (tl_str_equal(one->text, target))
			return true;
	}
	return false;
}

/* The one that is under way is taken, or not: whoever controls the call hears of it. */
static void settle_transfer(struct phone_call *call)
{
	char *target = call->target;
	bool taken = !refuses(call, tl_str(target));

	call->target = NULL;
	if (taken)
		tl_phone_silence(call);
	tl_phone_send_text(call, taken ? PHONE_TRANSFERRED_EVENT : PHONE_FAILED_EVENT, "target", tl_str(target));
	if (taken)
		tl_phone_end(call);
	free(target);
}

static void settle_later(void *arg)
{
	struct phone_call *call = arg;

	call->transfer_timer = NULL;
	settle_transfer(call);
	tl_phone_go_on(call);
}

static const char *transfer(struct phone_call *call, const struct tl_item *command)
{
	const struct tl_phone_hooks *hooks = &call->phone->hooks;
	struct tl_str target = tl_item_text(command, "target");

	if (target.len == 0 || tl_item_text(command, "type").len == 0)
		return "transfer without target and type";
	call->interrupted = false;
	/* A second one takes the place of the first. */
	stop(call, &call->transfer_timer);
	free(call->target);
	call->target = tl_strdup(target.ptr);
	if (call->transfer_ms == 0)
		settle_transfer(call);
	else if (call->transfer_ms > 0)
		call->transfer_timer = hooks->after(hooks->data, call->transfer_ms, settle_later, call);
	return NULL;
}

static const char *hang_up(struct phone_call *call, const struct tl_item *command)
{
	(void)command;
	tl_phone_silence(call);
	tl_phone_send_text(call, PHONE_HANGUP_EVENT, NULL, TL_STR(""));
	tl_phone_hang(call->session, TL_PHONE_DONE, "the call was hung up");
	return NULL;
}

static const char *(*const command_table[PHONE_ACTIONS])(struct phone_call *call, const struct tl_item *command) = { play, record, transfer, hang_up };

/* ---- all of them */

/* Something came after a key: how long did that take? A recording is no answer. */
static void answered(struct phone_call *call, enum phone_action action)
{
	struct tl_phone *phone = call->phone;

	if (call->key_us < 0 || action == PHONE_RECORD)
		return;
	tl_latency_add(&phone->figures.answers, phone->hooks.now_us(phone->hooks.data) - call->key_us);
	call->key_us = -1;
}

const char *tl_phone_command(struct tl_phone_session *session, const struct tl_item *message)
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
	answered(call, action);
	tl_phone_tell_command(call, message);
	/* A call that is over takes no more notice. */
	if (call->state == PHONE_CONNECTED)
		wrong = command_table[action](call, message);
	call->received[action] += !wrong;
	call->phone->figures.commands[action] += !wrong;
	return wrong;
}

/* sim/ask.c: menu and gather: attempts, their prompts, and what an input means. */
#include "sim/state.h"

#include <string.h>

static bool is_menu(const struct tl_node *node)
{
	return node->op == TL_MENU;
}

/* What the node takes at all: a menu what its channel carries, a gather what it accepts of that. */
static unsigned accepted(const struct tl_machine *machine)
{
	const struct tl_node *node = tl_here(machine->call);

	if (!is_menu(node))
		return node->accept;
	return tl_frame(machine->call)->flow->channel == TL_VOICE ? TL_ACCEPT_DTMF | TL_ACCEPT_SPEECH : TL_ACCEPT_TEXT;
}

/* Whether a choice is offered in the present attempt. Guards see the time at which it began, so that the answer stays. */
static bool is_offered(struct tl_machine *machine, const struct tl_outcome *outcome)
{
	struct tl_expr_env env = tl_machine_env(machine);
	bool offered;

	if (outcome->role != TL_R_CHOICE)
		return false;
	if (!outcome->guard)
		return true;
	machine->clock_ms = machine->call->attempt_ms;
	offered = tl_expr_holds(outcome->guard, &env);
	machine->clock_ms = machine->call->now_ms;
	return offered;
}

/* ---- what an attempt takes */

static void add_key(char keys[TL_CALL_KEYS], char key)
{
	size_t len = strlen(keys);

	if (strchr(keys, key))
		return;
	keys[len] = key;
	keys[len + 1] = '\0';
}

static void offered_keys(struct tl_machine *machine, char keys[TL_CALL_KEYS])
{
	const struct tl_node *node = tl_here(machine->call);
	const struct tl_outcome *outcomes = tl_node_outcomes(tl_frame(machine->call)->flow, node);

	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		if (outcomes[i].role == TL_R_CHOICE && outcomes[i].key.len == 1 && strchr("0123456789*#", outcomes[i].key.ptr[0]) && is_offered(machine, &outcomes[i]))
			add_key(keys, outcomes[i].key.ptr[0]);
	}
}

void tl_call_keys(const struct tl_call *call, char keys[TL_CALL_KEYS])
{
	/* Nothing of the call changes: guards only read. */
	struct tl_machine machine = { .call = (struct tl_call *)(uintptr_t)call, .clock_ms = call->now_ms };

	keys[0] = '\0';
	if (call->status != TL_RUNNING || (call->wait != TL_WAIT_PLAYBACK && call->wait != TL_WAIT_INPUT) || tl_here(call)->op == TL_SAY || !(accepted(&machine) & TL_ACCEPT_DTMF))
		return;
	if (is_menu(tl_here(call))) {
		offered_keys(&machine, keys);
	} else {
		memcpy(keys, "0123456789", sizeof("0123456789"));
		if (tl_here(call)->terminator)
			add_key(keys, tl_here(call)->terminator);
	}
	tl_buf_clear(&machine.reads);
	tl_buf_clear(&machine.scratch);
}

/* ---- an attempt begins */

static void begin_attempt(struct tl_machine *machine, uint32_t prompt)
{
	struct tl_value none = TL_VALUE_UNSET;

	machine->call->attempt_ms = machine->call->now_ms;
	machine->call->prompt = prompt;
	machine->call->step = 0;
	tl_slot_set(machine, TL_SLOT_DIGITS, &none, true);
	machine->call->stage = TL_STAGE_CHOICES;
	tl_play(machine, prompt);
}

void tl_ask_begin(struct tl_machine *machine)
{
	machine->call->no_input = 0;
	machine->call->no_match = 0;
	begin_attempt(machine, tl_here(machine->call)->prompt);
}

static void await_input(struct tl_machine *machine, enum tl_stage stage)
{
	machine->call->stage = stage;
	machine->call->deadline_ms = machine->call->now_ms + tl_here(machine->call)->ask.timeout_ms;
	tl_await(machine, TL_WAIT_INPUT);
}

/* The own prompts of the offered choices come after the menu's, in order. */
void tl_ask_played(struct tl_machine *machine)
{
	const struct tl_node *node = tl_here(machine->call);
	const struct tl_outcome *outcomes = tl_node_outcomes(tl_frame(machine->call)->flow, node);

	while (is_menu(node) && machine->call->step < node->n_outcomes) {
		const struct tl_outcome *choice = &outcomes[machine->call->step++];

		if (choice->role == TL_R_CHOICE && choice->prompt != TL_NONE && is_offered(machine, choice)) {
			tl_play(machine, choice->prompt);
			return;
		}
	}
	await_input(machine, TL_STAGE_INPUT);
}

/* ---- an attempt ends */

/* Whether what is heard fills a sensitive variable. */
static bool is_hidden(const struct tl_machine *machine)
{
	const struct tl_node *node = tl_here(machine->call);

	return node->has_into && tl_frame(machine->call)->flow->variables[node->into.slot].sensitive;
}

static void emit_attempt(struct tl_machine *machine, enum tl_attempt result, bool has_text, struct tl_str text)
{
	struct tl_emission emission = { .kind = TL_EM_ATTEMPT, .result = result, .has_text = has_text };

	emission.text = text;
	emission.shown = has_text && is_hidden(machine) ? TL_STR(TL_MASK) : text;
	tl_emit(machine, &emission);
}

/* An attempt without a match: another one while the count is at most `retries`, else the fallback's `next`, else `otherwise`. */
static void miss(struct tl_machine *machine, enum tl_attempt result, bool has_text, struct tl_str text)
{
	const struct tl_node *node = tl_here(machine->call);
	bool silent = result == TL_NO_INPUT;
	const struct tl_fallback *fallback = silent ? &node->ask.no_input : &node->ask.no_match;
	uint32_t count = silent ? ++machine->call->no_input : ++machine->call->no_match;

	emit_attempt(machine, result, has_text, text);
	if (count <= fallback->retries) {
		begin_attempt(machine, fallback->prompt != TL_NONE ? fallback->prompt : node->prompt);
		return;
	}
	tl_leave(machine, tl_pick(machine, (const enum tl_role[]){ silent ? TL_R_NO_INPUT : TL_R_NO_MATCH, TL_R_OTHERWISE }, 2));
}

/* `text` may lie in the call's own block: nothing that follows may read it after the slot is set. */
static void hit(struct tl_machine *machine, struct tl_str text, double confidence)
{
	struct tl_value heard = tl_value_string(text), sure = tl_value_number(confidence);

	emit_attempt(machine, TL_MATCH, true, text);
	tl_slot_set(machine, TL_SLOT_LAST_INPUT, &heard, false);
	tl_slot_set(machine, TL_SLOT_LAST_CONFIDENCE, &sure, true);
}

static void choose(struct tl_machine *machine, const struct tl_outcome *choice, const struct tl_event *event)
{
	hit(machine, event->text, event->input == TL_IN_SPEECH ? event->confidence : 1);
	if (tl_assign_all(machine, choice->assignments, choice->n_assignments))
		tl_leave(machine, choice);
}

static void gathered(struct tl_machine *machine, struct tl_str text, double confidence)
{
	const struct tl_node *node = tl_here(machine->call);
	struct tl_value heard;

	hit(machine, text, confidence);
	heard = tl_slot_value(machine->call, TL_SLOT_LAST_INPUT);
	tl_buf_reset(&machine->scratch);
	if (!node->has_into || tl_assign(machine, node->into.slot, &heard))
		tl_leave(machine, tl_pick(machine, (const enum tl_role[]){ TL_R_NEXT }, 1));
}

/* ---- what an input means */

/* The length in bytes of the choice's longest phrase that occurs, or 0. */
static size_t longest_phrase(const struct tl_outcome *choice, struct tl_str transcript)
{
	size_t longest = 0;

	for (uint32_t i = 0; i < choice->n_phrases; i++) {
		struct tl_str phrase = choice->phrases[i].text;

		if (phrase.len > longest && tl_words_occur(phrase, transcript))
			longest = phrase.len;
	}
	return longest;
}

/* The first offered choice with that key; or the one with the longest phrase, then the first. NULL where none matches. */
static const struct tl_outcome *match(struct tl_machine *machine, const struct tl_event *event)
{
	const struct tl_node *node = tl_here(machine->call);
	const struct tl_outcome *outcomes = tl_node_outcomes(tl_frame(machine->call)->flow, node), *best = NULL;
	size_t longest = 0;

	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		const struct tl_outcome *choice = &outcomes[i];
		size_t length;

		if (choice->role != TL_R_CHOICE)
			continue;
		if (event->input == TL_IN_DTMF) {
			if (choice->key.len > 0 && tl_str_equal(choice->key, event->text) && is_offered(machine, choice))
				return choice;
			continue;
		}
		length = longest_phrase(choice, event->text);
		if (length > longest && is_offered(machine, choice)) {
			longest = length;
			best = choice;
		}
	}
	return best;
}

/* An input that the channel does not carry, that the node does not accept, or that is too uncertain. */
static bool is_unheard(const struct tl_machine *machine, const struct tl_event *event)
{
	static const unsigned kinds[] = { [TL_IN_DTMF] = TL_ACCEPT_DTMF, [TL_IN_SPEECH] = TL_ACCEPT_SPEECH, [TL_IN_TEXT] = TL_ACCEPT_TEXT };

	if (!(accepted(machine) & kinds[event->input]))
		return true;
	return event->input == TL_IN_SPEECH && event->confidence < tl_here(machine->call)->ask.min_confidence;
}

/* ---- digits */

/* The digits are over: enough of them, or a no-match. */
static void end_digits(struct tl_machine *machine)
{
	struct tl_value digits = tl_slot_value(machine->call, TL_SLOT_DIGITS);
	struct tl_buf copy = { 0 };

	tl_buf_str(&copy, digits.text);
	if (digits.text.len >= tl_here(machine->call)->min_digits)
		gathered(machine, tl_buf_view(&copy), 1);
	else
		miss(machine, TL_NO_MATCH, true, tl_buf_view(&copy));
	tl_buf_clear(&copy);
}

static void add_digit(struct tl_machine *machine, const struct tl_event *event)
{
	const struct tl_node *node = tl_here(machine->call);
	struct tl_value digits = tl_slot_value(machine->call, TL_SLOT_DIGITS);
	struct tl_buf longer = { 0 };

	if (node->terminator && event->text.len == 1 && event->text.ptr[0] == node->terminator) {
		end_digits(machine);
		return;
	}
	tl_buf_str(&longer, digits.text);
	tl_buf_str(&longer, event->text);
	digits = tl_value_string(tl_buf_view(&longer));
	tl_slot_set(machine, TL_SLOT_DIGITS, &digits, false);
	if (longer.len >= node->max_digits)
		end_digits(machine);
	else
		await_input(machine, TL_STAGE_DIGITS);
	tl_buf_clear(&longer);
}

/* Silence ends the digits; an input of another kind ends them too and stays for the next attempt. */
static bool go_on_with_digits(struct tl_machine *machine, const struct tl_event *event)
{
	bool is_digit = event->kind == TL_EV_INPUT && event->input == TL_IN_DTMF;

	if (is_digit)
		add_digit(machine, event);
	else
		end_digits(machine);
	return is_digit || event->kind == TL_EV_SILENCE;
}

bool tl_ask_input(struct tl_machine *machine, const struct tl_event *event)
{
	const struct tl_node *node = tl_here(machine->call);
	const struct tl_outcome *choice;

	machine->call->wait = TL_WAIT_NOTHING;
	if (machine->call->stage == TL_STAGE_DIGITS)
		return go_on_with_digits(machine, event);
	if (event->kind == TL_EV_SILENCE) {
		miss(machine, TL_NO_INPUT, false, (struct tl_str){ 0 });
	} else if (is_unheard(machine, event)) {
		miss(machine, TL_NO_MATCH, true, event->text);
	} else if (!is_menu(node)) {
		if (event->input == TL_IN_DTMF)
			add_digit(machine, event);
		else
			gathered(machine, event->text, event->input == TL_IN_SPEECH ? event->confidence : 1);
	} else {
		choice = match(machine, event);
		if (choice)
			choose(machine, choice, event);
		else
			miss(machine, TL_NO_MATCH, true, event->text);
	}
	return true;
}

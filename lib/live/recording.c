/* live/recording.c: what is heard of a call is kept, within bounds. */
#include "live/recording_inside.h"

#include <stdlib.h>

#include "doc/json.h"

struct tl_recording *tl_recording_new(bool keep_sensitive)
{
	struct tl_recording *recording = tl_alloc_zero(1, sizeof(*recording));

	recording->keep_sensitive = keep_sensitive;
	return recording;
}

void tl_recording_free(struct tl_recording *recording)
{
	if (!recording)
		return;
	if (recording->inputs.items)
		explicit_bzero(recording->inputs.items, recording->inputs.capacity * sizeof(struct tl_recorded_input));
	free(recording->inputs.items);
	free(recording->heard.items);
	free(recording->path.items);
	free(recording->prompts.items);
	free(recording->answers.items);
	free(recording->transfers.items);
	tl_arena_wipe(&recording->arena);
	free(recording);
}

/* Whether so many more bytes have room; where not, nothing that comes later has. */
static bool has_room(struct tl_recording *recording, size_t bytes)
{
	if (!recording->full && bytes > TL_RECORDING_BYTES - recording->bytes)
		recording->full = true;
	if (recording->full)
		return false;
	recording->bytes += bytes;
	return true;
}

/* The next element of that size, zero; NULL where there is no room for it and `more` bytes of text. */
static void *add(struct tl_recording *recording, struct tl_recorded *list, size_t size, size_t more)
{
	if (!has_room(recording, size + more))
		return NULL;
	list->items = tl_grow(list->items, &list->capacity, list->count + 1, size);
	return memset((char *)list->items + list->count++ * size, 0, size);
}

/* ---- the offer */

/* What stands for the value of a sensitive variable. */
static struct tl_item *stand_in(struct tl_arena *arena, enum tl_type type)
{
	switch (type) {
	case TL_V_NUMBER:
		return tl_item_number(arena, 0);
	case TL_V_BOOLEAN:
		return tl_item_boolean(arena, false);
	case TL_V_OBJECT:
		return tl_item_new(arena, TL_MAP);
	default:
		return tl_item_string(arena, TL_STR(TL_MASK));
	}
}

static void keep_variables(struct tl_recording *recording, const struct tl_flow *flow, const struct tl_item *variables)
{
	struct tl_arena *arena = &recording->arena;
	struct tl_item *kept = tl_item_new(arena, TL_MAP);

	for (const struct tl_item *item = variables->first; item; item = item->next) {
		const struct tl_variable *variable = &flow->variables[tl_map_index(&flow->variable_names, item->key)];
		bool hide = variable->sensitive && !recording->keep_sensitive;

		tl_item_put(kept, tl_arena_dup(arena, item->key), hide ? stand_in(arena, variable->type) : tl_item_dup(arena, item));
	}
	recording->variables = kept;
}

void tl_recording_offer(struct tl_recording *recording, const struct tl_edition *edition, const struct tl_offer *offer)
{
	struct tl_arena *arena = &recording->arena;

	recording->edition = edition;
	recording->id = tl_arena_dup(arena, offer->id);
	recording->language = tl_arena_dup(arena, offer->language);
	recording->caller = tl_item_dup(arena, tl_offer_caller(arena, offer));
	if (offer->variables)
		keep_variables(recording, edition->program.flow, offer->variables);
	has_room(recording, arena->used);
}

void tl_recording_start(struct tl_recording *recording, int64_t wall_ms)
{
	recording->wall_ms = wall_ms;
}

/* ---- the call */

void tl_recording_heard(struct tl_recording *recording, int64_t ms)
{
	int64_t *heard = add(recording, &recording->heard, sizeof(*heard), 0);

	if (heard)
		*heard = ms;
}

static struct tl_recorded_input *last_input(const struct tl_recording *recording)
{
	struct tl_recorded_input *inputs = recording->inputs.items;

	return recording->inputs.count > 0 ? &inputs[recording->inputs.count - 1] : NULL;
}

static struct tl_recorded_input *add_input(struct tl_recording *recording, enum tl_recorded_kind kind, int64_t at_ms)
{
	const struct tl_recorded_input *last = last_input(recording);
	struct tl_recorded_input *input;

	recording->lines += kind != TL_RECORDED_SILENCE;
	if (last && last->kind == TL_RECORDED_SILENCE && last->at_ms >= at_ms)
		recording->lines += last->count;
	/* The last place is a hang-up's, where the recording ends before the call. */
	recording->full = recording->full || recording->lines >= TL_RECORDING_INPUTS;
	input = add(recording, &recording->inputs, sizeof(*input), 0);
	if (!input)
		return NULL;
	input->kind = (uint8_t)kind;
	input->at_ms = at_ms;
	return input;
}

void tl_recording_key(struct tl_recording *recording, int64_t at_ms, char key)
{
	struct tl_recorded_input *input = add_input(recording, TL_RECORDED_KEY, at_ms);

	if (input)
		input->key = key;
}

void tl_recording_taken(struct tl_recording *recording, bool sensitive)
{
	struct tl_recorded_input *inputs = recording->inputs.items;
	size_t *next = &recording->next_taken;

	while (*next < recording->inputs.count && inputs[*next].kind != TL_RECORDED_KEY)
		(*next)++;
	if (*next == recording->inputs.count)
		return;
	inputs[*next].taken = true;
	inputs[(*next)++].sensitive = sensitive;
}

void tl_recording_silence(struct tl_recording *recording, int64_t at_ms)
{
	struct tl_recorded_input *last = recording->full ? NULL : last_input(recording);

	if (!last || last->kind != TL_RECORDED_SILENCE)
		last = add_input(recording, TL_RECORDED_SILENCE, at_ms);
	if (!last)
		return;
	last->at_ms = at_ms;
	last->count++;
}

void tl_recording_hangup(struct tl_recording *recording, int64_t at_ms, uint64_t visits)
{
	struct tl_recorded_input *input = add_input(recording, TL_RECORDED_HANGUP, at_ms);

	if (input)
		input->count = visits;
}

static bool too_deep(struct tl_str json)
{
	unsigned depth = 0, deepest = 0;
	bool quoted = false;

	for (size_t i = 0; i < json.len; i++) {
		char c = json.ptr[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			deepest = ++depth > deepest ? depth : deepest;
		else if (!quoted && (c == '}' || c == ']'))
			depth--;
	}
	return deepest > TL_RECORDING_DEPTH;
}

/* The same profile again takes no more room. */
static struct tl_str kept_json(const struct tl_recording *recording, struct tl_str json)
{
	const struct tl_recorded_answer *answers = recording->answers.items;

	for (size_t i = 0; i < recording->answers.count; i++) {
		if (answers[i].answer == TL_ANSWER_FOUND && tl_str_equal(answers[i].json, json))
			return answers[i].json;
	}
	return (struct tl_str){ 0 };
}

void tl_recording_answer(struct tl_recording *recording, enum tl_service service, struct tl_str subject, const struct tl_event *event)
{
	bool lookup = service == TL_SERVICE_PROFILE, found = event->answer == TL_ANSWER_FOUND;
	struct tl_str json = found ? kept_json(recording, event->values.text) : (struct tl_str){ 0 };
	size_t more = (found && !json.ptr ? event->values.text.len : 0) + (lookup ? 0 : subject.len);
	struct tl_recorded_answer *kept;

	if (event->answer == TL_ANSWER_NONE)
		return;
	recording->full = recording->full || (found && too_deep(event->values.text));
	kept = add(recording, &recording->answers, sizeof(*kept), more);
	if (!kept)
		return;
	*kept = (struct tl_recorded_answer){ .answer = event->answer, .lookup = lookup };
	if (found)
		kept->json = json.ptr ? json : tl_arena_dup(&recording->arena, event->values.text);
	kept->action = lookup ? TL_STR("profile") : tl_arena_dup(&recording->arena, subject);
}

void tl_recording_transfer(struct tl_recording *recording, struct tl_str kind, struct tl_str target, bool hidden, bool taken)
{
	struct tl_recorded_transfer *kept = add(recording, &recording->transfers, sizeof(*kept), target.len);

	if (!kept)
		return;
	*kept = (struct tl_recorded_transfer){ .kind = kind, .taken = taken };
	if (!hidden || recording->keep_sensitive)
		kept->target = tl_arena_dup(&recording->arena, target);
}

/* The name of a prompt is the flow's own text. */
static void keep_prompt(struct tl_recording *recording, const struct tl_emission *emission)
{
	const struct tl_prompt *prompt = emission->prompt == TL_NONE ? NULL : &emission->flow->prompts[emission->prompt];
	bool named = prompt && prompt->name.text.len > 0, hidden = !tl_str_equal(emission->shown, emission->text);
	struct tl_str *kept = add(recording, &recording->prompts, sizeof(*kept), named ? 0 : emission->text.len);

	if (!kept || (hidden && !recording->keep_sensitive))
		return;
	*kept = named ? prompt->name.text : tl_arena_dup(&recording->arena, emission->text);
}

void tl_recording_emit(struct tl_recording *recording, const struct tl_emission *emission)
{
	const struct tl_node **visited;

	if (!recording->full)
		recording->last_ms = emission->at_ms;
	if (emission->kind == TL_EM_VISIT) {
		visited = add(recording, &recording->path, sizeof(*visited), 0);
		if (visited)
			*visited = emission->node;
	} else if (emission->kind == TL_EM_PROMPT) {
		keep_prompt(recording, emission);
	}
}

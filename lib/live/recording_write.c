/* live/recording_write.c: a recording as a suite with one case. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "live/recording_inside.h"
#include "live/session_inside.h"

#define ID_LENGTH 128

/* One case in the making. */
struct writing {
	struct tl_buf *out;
	struct tl_arena arena;
	const struct tl_recording *recording;
	const struct tl_call *call;
	bool whole;                /* the call ended, and all of it is here */
	struct tl_str *secrets;    /* what no expectation may hold */
	size_t n_secrets;
	const char *between;       /* before the next expectation */
};

static const char *const kinds[] = { "queue", "number", "user", "flow" };

/* Whether a case can name that target. */
static bool is_named(struct tl_str kind, struct tl_str target)
{
	for (size_t i = 0; i < TL_COUNT(kinds) && target.len > 0; i++) {
		if (tl_str_is(kind, kinds[i]))
			return true;
	}
	return false;
}

static void put_ms(struct tl_buf *out, int64_t ms)
{
	tl_buf_printf(out, "%lldms", (long long)ms);
}

/* ---- what must not be seen */

static bool is_digit(const struct tl_recorded_input *input)
{
	return input->kind == TL_RECORDED_KEY && input->key >= '0' && input->key <= '9';
}

/* Where it goes is not known of a key that nothing took. */
static bool is_masked(const struct tl_recording *recording, const struct tl_recorded_input *input)
{
	return !recording->keep_sensitive && is_digit(input) && (input->sensitive || !input->taken);
}

static void add_secret(struct writing *writing, struct tl_str text)
{
	if (text.len > 0)
		writing->secrets[writing->n_secrets++] = tl_arena_dup(&writing->arena, text);
}

/* Digits that follow one another, and the values of sensitive variables. */
static void find_secrets(struct writing *writing)
{
	const struct tl_recording *recording = writing->recording;
	const struct tl_recorded_input *inputs = recording->inputs.items;
	const struct tl_flow *flow = recording->edition->program.flow;
	struct tl_buf text = { 0 };

	writing->secrets = TL_ARENA_ARRAY(&writing->arena, struct tl_str, recording->inputs.count + flow->n_variables + 1);
	if (recording->keep_sensitive)
		return;
	for (size_t i = 0; i <= recording->inputs.count; i++) {
		if (i < recording->inputs.count && is_digit(&inputs[i]) && inputs[i].sensitive) {
			tl_buf_char(&text, inputs[i].key);
			continue;
		}
		add_secret(writing, tl_buf_view(&text));
		tl_buf_reset(&text);
	}
	for (uint32_t i = 0; i < flow->n_variables; i++) {
		struct tl_value value = tl_call_variable(writing->call, i);

		tl_buf_reset(&text);
		if (flow->variables[i].sensitive && value.type != TL_UNSET)
			tl_value_text(&text, &value);
		add_secret(writing, tl_buf_view(&text));
	}
	tl_buf_clear(&text);
}

static bool holds_secret(const struct writing *writing, struct tl_str text)
{
	for (size_t i = 0; i < writing->n_secrets; i++) {
		if (tl_str_find(text, writing->secrets[i], 0) != SIZE_MAX)
			return true;
	}
	return false;
}

/* ---- the facts */

static void put_member(struct writing *writing, const char *key, const struct tl_item *item)
{
	tl_buf_printf(writing->out, "    %s: ", key);
	tl_yaml_put_item(writing->out, item);
	tl_buf_char(writing->out, '\n');
}

/* A call's id without what would make it hard to name. */
static struct tl_str fit_id(struct tl_arena *arena, struct tl_str id)
{
	struct tl_str fit = tl_arena_dup(arena, tl_str_slice(id, 0, id.len < ID_LENGTH ? id.len : ID_LENGTH));
	char *text = (char *)(uintptr_t)fit.ptr;

	for (size_t i = 0; i < fit.len; i++) {
		bool letter = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') || (text[i] >= '0' && text[i] <= '9');

		if (!letter && !strchr("._:-", text[i]))
			text[i] = '-';
	}
	return fit;
}

/* Suites name flows by ids of the language; a flow that was made on a platform may have another. */
static bool is_suite_id(struct tl_str id)
{
	for (size_t i = 0; i < id.len; i++) {
		bool lower = id.ptr[i] >= 'a' && id.ptr[i] <= 'z', later = (id.ptr[i] >= '0' && id.ptr[i] <= '9') || id.ptr[i] == '-';

		if (!lower && !(i > 0 && later))
			return false;
	}
	return id.len > 0 && id.len <= 64;
}

static void put_facts(struct writing *writing)
{
	const struct tl_recording *recording = writing->recording;
	struct tl_arena *arena = &writing->arena;

	tl_buf_text(writing->out, "  - id: ");
	tl_yaml_put_string(writing->out, fit_id(arena, recording->id));
	tl_buf_char(writing->out, '\n');
	put_member(writing, "at", tl_item_string(arena, tl_time_format(arena, recording->wall_ms)));
	put_member(writing, "caller", recording->caller);
	if (recording->language.len > 0)
		put_member(writing, "language", tl_item_string(arena, recording->language));
	if (recording->variables && recording->variables->first)
		put_member(writing, "variables", recording->variables);
}

/* ---- answers */

/* The profile that lookups find where nothing else is said; NULL: none was found. */
static const struct tl_recorded_answer *profile_of(const struct tl_recording *recording)
{
	const struct tl_recorded_answer *answers = recording->answers.items;

	for (size_t i = 0; i < recording->answers.count; i++) {
		if (answers[i].answer == TL_ANSWER_FOUND)
			return &answers[i];
	}
	return NULL;
}

static struct tl_item *item_of(struct tl_arena *arena, struct tl_str json)
{
	struct tl_value value = { .type = TL_V_OBJECT, .text = json };

	return tl_value_item(arena, &value);
}

/* {result: …}, as world.c gives it back. */
static struct tl_item *reply(struct tl_arena *arena, const struct tl_recorded_answer *answer, const struct tl_recorded_answer *profile)
{
	struct tl_item *item = tl_item_new(arena, TL_MAP);
	bool other = answer->answer == TL_ANSWER_NOT_FOUND && profile;
	const char *result = answer->answer == TL_ANSWER_FAILED ? "failed" : other ? "not_found" : "success";

	tl_item_put(item, TL_STR("result"), tl_item_string(arena, tl_str(result)));
	if (answer->answer == TL_ANSWER_FOUND && !tl_str_equal(answer->json, profile->json))
		tl_item_put(item, TL_STR("outputs"), item_of(arena, answer->json));
	return item;
}

static bool is_plain(const struct tl_item *item)
{
	return item->count == 1 && tl_str_is(item->first->text, "success");
}

/* The replies of one action, from its first on; the last one repeats, so what only repeats it is left out. NULL where there is nothing to say. */
static struct tl_item *replies(struct writing *writing, size_t first)
{
	const struct tl_recorded_answer *answers = writing->recording->answers.items, *profile = profile_of(writing->recording);
	struct tl_item *list = tl_item_new(&writing->arena, TL_LIST), *same = NULL;
	bool plain = true;

	for (size_t i = first; i < writing->recording->answers.count; i++) {
		struct tl_item *one;

		if (!tl_str_equal(answers[i].action, answers[first].action))
			continue;
		one = tl_item_add(list, reply(&writing->arena, &answers[i], profile));
		plain = plain && answers[i].lookup && is_plain(one);
		if (!same || !tl_item_equal(same, one))
			same = one;
	}
	for (struct tl_item *one = list->first; one; one = one->next) {
		if (one != same)
			continue;
		list->count = 1;
		for (const struct tl_item *before = list->first; before != same; before = before->next)
			list->count++;
		one->next = NULL;
	}
	return plain ? NULL : list->count == 1 ? tl_item_copy(&writing->arena, list->first) : list;
}

static void put_answers(struct writing *writing)
{
	const struct tl_recording *recording = writing->recording;
	const struct tl_recorded_answer *answers = recording->answers.items, *profile = profile_of(recording);
	struct tl_item *data = tl_item_new(&writing->arena, TL_MAP), *list;

	if (profile)
		put_member(writing, "profile", item_of(&writing->arena, profile->json));
	else if (recording->answers.count > 0 && tl_str_is(answers[0].action, "profile"))
		put_member(writing, "profile", tl_item_new(&writing->arena, TL_NULL));
	for (size_t i = 0; i < recording->answers.count; i++) {
		size_t before = 0;

		while (!tl_str_equal(answers[before].action, answers[i].action))
			before++;
		list = before == i ? replies(writing, i) : NULL;
		if (list)
			tl_item_put(data, answers[i].action, list);
	}
	if (data->first)
		put_member(writing, "data", data);
}

/* ---- transfers */

static bool is_taken(const struct tl_recording *recording, const struct tl_recorded_transfer *refused)
{
	const struct tl_recorded_transfer *transfers = recording->transfers.items;

	for (size_t i = 0; i < recording->transfers.count; i++) {
		if (transfers[i].taken && tl_str_equal(transfers[i].kind, refused->kind) && tl_str_equal(transfers[i].target, refused->target))
			return true;
	}
	return false;
}

static bool is_listed(const struct tl_item *list, const struct tl_item *item)
{
	for (const struct tl_item *one = list->first; one; one = one->next) {
		if (tl_item_equal(one, item))
			return true;
	}
	return false;
}

/* By target, where that says it; else one after the other. */
static void put_transfers(struct writing *writing)
{
	const struct tl_recording *recording = writing->recording;
	const struct tl_recorded_transfer *transfers = recording->transfers.items;
	struct tl_arena *arena = &writing->arena;
	struct tl_item *refused = tl_item_new(arena, TL_LIST), *all = tl_item_new(arena, TL_LIST);
	bool by_target = true;

	for (size_t i = 0; i < recording->transfers.count; i++) {
		const struct tl_recorded_transfer *one = &transfers[i];
		struct tl_item *target = tl_item_new(arena, TL_MAP);

		tl_item_add(all, tl_item_string(arena, one->taken ? TL_STR("taken") : TL_STR("refused")));
		if (one->taken)
			continue;
		by_target = by_target && is_named(one->kind, one->target) && !is_taken(recording, one) && !holds_secret(writing, one->target);
		tl_item_put(target, one->kind, tl_item_string(arena, one->target));
		if (!is_listed(refused, target))
			tl_item_add(refused, target);
	}
	if (refused->first && by_target)
		put_member(writing, "refused", refused);
	else if (refused->first)
		put_member(writing, "transfers", all);
}

/* ---- inputs */

static void put_key(struct writing *writing, const struct tl_recorded_input *input)
{
	tl_buf_printf(writing->out, "      - {dtmf: \"%c\", at: ", is_masked(writing->recording, input) ? '0' : input->key);
	put_ms(writing->out, input->at_ms);
	tl_buf_text(writing->out, "}\n");
}

static void put_hangup(struct writing *writing, int64_t at_ms, uint64_t visits)
{
	tl_buf_text(writing->out, "      - {hangup: true, at: ");
	put_ms(writing->out, at_ms);
	if (visits > 0)
		tl_buf_printf(writing->out, ", visits: %llu", (unsigned long long)visits);
	tl_buf_text(writing->out, "}\n");
}

/* Silence is what there is without an input, so it is said only where the next key is no later than its end. */
static void put_silences(struct writing *writing, const struct tl_recorded_input *silence)
{
	if (silence[1].kind != TL_RECORDED_KEY || silence[1].at_ms > silence->at_ms)
		return;
	for (uint64_t i = 0; i < silence->count; i++)
		tl_buf_text(writing->out, "      - silence\n");
}

/* Whether a millisecond more is no more of the present wait: the clock stands still, no time is left to it, or to the call. */
static bool has_no_time(const struct writing *writing)
{
	const struct tl_call *call = writing->call;
	enum tl_wait wait = tl_call_waits(call);
	int64_t now = tl_call_now(call);

	if (wait == TL_WAIT_ANSWER || wait == TL_WAIT_TRANSFER || now >= tl_edition_facts(writing->recording->edition).max_time_ms)
		return true;
	return wait == TL_WAIT_INPUT && tl_call_deadline(call) <= now;
}

/* The hang-up that stands for the end of a recording whose call went on: as session.c places one. */
static void put_cut(struct writing *writing)
{
	const struct tl_recording *recording = writing->recording;

	if (recording->full)
		put_hangup(writing, recording->last_ms, recording->path.count);
	else if (has_no_time(writing))
		put_hangup(writing, tl_call_now(writing->call), tl_call_steps(writing->call));
	else
		put_hangup(writing, tl_call_now(writing->call) + 1, 0);
}

static void put_inputs(struct writing *writing)
{
	const struct tl_recorded_input *inputs = writing->recording->inputs.items;
	size_t count = writing->recording->inputs.count;

	/* Nothing follows the last silence. */
	count -= count > 0 && inputs[count - 1].kind == TL_RECORDED_SILENCE;
	if (count == 0 && writing->whole)
		return;
	tl_buf_text(writing->out, "    inputs:\n");
	for (size_t i = 0; i < count; i++) {
		if (inputs[i].kind == TL_RECORDED_SILENCE)
			put_silences(writing, &inputs[i]);
		else if (inputs[i].kind == TL_RECORDED_KEY)
			put_key(writing, &inputs[i]);
		else
			put_hangup(writing, inputs[i].at_ms, inputs[i].count);
	}
	if (!writing->whole)
		put_cut(writing);
}

static void put_heard(struct writing *writing)
{
	const int64_t *heard = writing->recording->heard.items;
	size_t count = writing->recording->heard.count;
	bool plays = !writing->whole && !writing->recording->full && tl_call_waits(writing->call) == TL_WAIT_PLAYBACK;

	if (count == 0 && !plays)
		return;
	tl_buf_text(writing->out, "    heard: [");
	for (size_t i = 0; i < count; i++) {
		tl_buf_text(writing->out, i > 0 ? ", " : "");
		put_ms(writing->out, heard[i]);
	}
	if (plays)
		tl_buf_text(writing->out, count > 0 ? ", 1ms" : "1ms");
	tl_buf_text(writing->out, "]\n");
}

static void put_limits(struct writing *writing)
{
	struct tl_facts facts = tl_edition_facts(writing->recording->edition);

	tl_buf_text(writing->out, "    limits: {max_time: ");
	put_ms(writing->out, facts.max_time_ms);
	tl_buf_printf(writing->out, ", max_steps: %llu}\n", (unsigned long long)facts.max_steps);
}

/* ---- expectations */

static void put_expected(struct writing *writing, const char *key, const struct tl_item *item)
{
	tl_buf_printf(writing->out, "      %s: ", key);
	tl_yaml_put_item(writing->out, item);
	tl_buf_char(writing->out, '\n');
}

static void expect_text(struct writing *writing, const char *key, struct tl_str text)
{
	put_expected(writing, key, tl_item_string(&writing->arena, text));
}

static void expect_path(struct writing *writing)
{
	const struct tl_node *const *path = writing->recording->path.items;
	struct tl_item *list = tl_item_new(&writing->arena, TL_LIST);

	for (size_t i = 0; i < writing->recording->path.count; i++)
		tl_item_add(list, tl_item_string(&writing->arena, path[i]->name.text));
	put_expected(writing, writing->whole ? "exact_path" : "path", list);
}

static void expect_prompts(struct writing *writing)
{
	const struct tl_str *prompts = writing->recording->prompts.items;
	struct tl_item *list = tl_item_new(&writing->arena, TL_LIST);

	for (size_t i = 0; i < writing->recording->prompts.count; i++) {
		if (prompts[i].len > 0 && !holds_secret(writing, prompts[i]))
			tl_item_add(list, tl_item_string(&writing->arena, prompts[i]));
	}
	if (list->first)
		put_expected(writing, "prompts", list);
}

static void expect_transfer(struct writing *writing)
{
	struct tl_str kind = tl_call_transfer_kind(writing->call), target = tl_call_transfer_target(writing->call, false);
	bool hidden = !writing->recording->keep_sensitive && !tl_str_equal(target, tl_call_transfer_target(writing->call, true));
	struct tl_item *to = tl_item_new(&writing->arena, TL_MAP);

	if (!is_named(kind, target) || hidden || holds_secret(writing, target))
		return;
	tl_item_put(to, kind, tl_item_string(&writing->arena, target));
	put_expected(writing, "transfer", to);
}

static bool can_expect(struct writing *writing, const struct tl_variable *variable, const struct tl_value *value)
{
	struct tl_buf text = { 0 };
	bool good;

	if (value->type == TL_UNSET || value->type == TL_V_LIST || !variable->declared || (value->type == TL_V_NUMBER && !isfinite(value->number)))
		return false;
	tl_value_text(&text, value);
	good = writing->recording->keep_sensitive || (!variable->sensitive && !holds_secret(writing, tl_buf_view(&text)));
	tl_buf_clear(&text);
	return good;
}

static void expect_variables(struct writing *writing)
{
	const struct tl_flow *flow = writing->recording->edition->program.flow;
	struct tl_item *map = tl_item_new(&writing->arena, TL_MAP);

	for (uint32_t i = 0; i < flow->n_variables; i++) {
		struct tl_value value = tl_call_variable(writing->call, i);

		if (can_expect(writing, &flow->variables[i], &value))
			tl_item_put(map, flow->variables[i].name.text, tl_value_item(&writing->arena, &value));
	}
	if (map->first)
		put_expected(writing, "variables", map);
}

static void put_expectations(struct writing *writing)
{
	const struct tl_call *call = writing->call;

	tl_buf_text(writing->out, "    expect:\n");
	if (!writing->whole) {
		expect_path(writing);
		return;
	}
	expect_text(writing, "status", tl_str(tl_status_name(tl_call_status(call))));
	if (tl_call_error(call))
		expect_text(writing, "error", tl_str(tl_call_error(call)));
	expect_path(writing);
	if (tl_call_node(call))
		expect_text(writing, "ends_at", tl_call_node(call)->name.text);
	expect_transfer(writing);
	if (tl_call_exit(call).len > 0)
		expect_text(writing, "exit", tl_call_exit(call));
	expect_prompts(writing);
	expect_variables(writing);
	expect_text(writing, "max_time", tl_duration_format(&writing->arena, tl_call_now(call)));
}

/* ---- the file */

static void put_notes(struct writing *writing)
{
	const struct tl_recording *recording = writing->recording;
	const struct tl_recorded_input *inputs = recording->inputs.items;
	bool masked = false;

	tl_buf_text(writing->out, "# A call as it was. Times are the call's clock, which stands still while profiles are looked up and transfers are asked for.\n");
	for (size_t i = 0; i < recording->inputs.count; i++)
		masked = masked || is_masked(recording, &inputs[i]);
	if (masked)
		tl_buf_text(writing->out, "# Digits that filled sensitive variables, or that nothing took, stand as 0: where the flow looks at them, it may go another way here.\n");
	if (recording->full)
		tl_buf_text(writing->out, "# The call was longer than a recording may be: it ends here as if the caller had hung up.\n");
	else if (!writing->whole)
		tl_buf_text(writing->out, "# The call did not end by itself: its line was lost. It ends here as if the caller had hung up.\n");
	if (!is_suite_id(recording->edition->program.flow->id.text))
		tl_buf_text(writing->out, "# The flow's id is the platform's: run these cases with --case and the flow's file.\n");
}

void tl_recording_write(struct tl_buf *out, struct tl_recording *recording, const struct tl_session *session)
{
	struct writing writing = { .out = out, .recording = recording, .call = tl_session_call(session) };
	struct tl_str id;

	if (!writing.call)
		return;
	id = recording->edition->program.flow->id.text;
	writing.whole = !recording->full && tl_session_ended(session);
	find_secrets(&writing);
	put_notes(&writing);
	if (is_suite_id(id))
		tl_buf_printf(out, "suite: %.*s\n", TL_FMT(id));
	tl_buf_text(out, "cases:\n");
	put_facts(&writing);
	put_answers(&writing);
	put_transfers(&writing);
	put_inputs(&writing);
	put_heard(&writing);
	put_limits(&writing);
	put_expectations(&writing);
	tl_arena_clear(&writing.arena);
}

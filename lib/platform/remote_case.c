/* platform/remote_case.c: a case becomes a request, the answer becomes a run. */
#include "platform/remote_case.h"

#include <stdlib.h>

#include "crypto/sha256.h"
#include "doc/json.h"
#include "platform/remote_trace.h"

#define TRACE_DEPTH 10

/* ---- what is asked */

static size_t count_inputs(const struct tl_case *given, enum tl_case_input_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < given->n_inputs; i++)
		count += given->inputs[i].kind == kind;
	return count;
}

/* DTMF after speech would be heard before it: the simulator has one list of signs and one utterance after them. */
static bool speech_is_last(const struct tl_case *given)
{
	for (size_t i = 0; i + 1 < given->n_inputs; i++) {
		if (given->inputs[i].kind == TL_CASE_SPEECH)
			return false;
	}
	return true;
}

const char *tl_remote_case_refusal(const struct tl_case *given, const struct tl_flow *flow)
{
	bool chat = flow->channel == TL_MESSAGE;

	if (given->n_replies > 0 || given->has_profile || given->n_refused > 0 || given->n_taken > 0)
		return "it brings answers of its own (data, profile, refused or transfers), which the platform's simulator does not take";
	if (given->facts.start_ms != TL_CASE_START_MS || given->facts.language.len > 0)
		return "a time (at) and a language cannot be given to the platform's simulator";
	if (given->hangup_ms >= 0 || count_inputs(given, TL_CASE_SILENCE) + count_inputs(given, TL_CASE_HANGUP) > 0)
		return "silence and hangups cannot be given to the platform's simulator";
	for (size_t i = 0; i < given->n_inputs; i++) {
		if (given->inputs[i].at_ms >= 0)
			return "inputs at a time cannot be given to the platform's simulator";
	}
	if (chat && count_inputs(given, TL_CASE_DTMF) > 0)
		return "keys cannot be given to the platform's simulator of messages";
	if (!chat && (count_inputs(given, TL_CASE_TEXT) > 0 || !speech_is_last(given)))
		return "the platform's simulator takes keys, then one utterance";
	return NULL;
}

static struct tl_str caller_text(struct tl_arena *arena, const struct tl_case *given, const char *name)
{
	struct tl_str member = tl_str(name);
	struct tl_buf scratch = { 0 };
	struct tl_value value = tl_value_member(&given->facts.caller, &member, 1, &scratch);
	struct tl_str text = value.type == TL_V_STRING ? tl_arena_dup(arena, value.text) : (struct tl_str){ NULL, 0 };

	tl_buf_clear(&scratch);
	return text;
}

static struct tl_item *variables_of(struct tl_arena *arena, const struct tl_case *given, const struct tl_flow *flow)
{
	struct tl_item *map = tl_item_new(arena, TL_MAP);

	for (uint32_t i = 0; i < given->facts.n_given; i++) {
		const struct tl_given *one = &given->facts.given[i];

		tl_item_put(map, flow->variables[one->slot].name.text, tl_value_item(arena, &one->value));
	}
	return map;
}

static bool is_video(struct tl_str path)
{
	static const char *const ending_table[] = { ".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi" };

	for (size_t i = 0; i < TL_COUNT(ending_table); i++) {
		struct tl_str ending = tl_str(ending_table[i]);

		if (path.len > ending.len && tl_str_equal_nocase(tl_str_slice(path, path.len - ending.len, path.len), ending))
			return true;
	}
	return false;
}

/* A prompt as something that a platform has: a recording, or by its name one that is only text. Text that stands in a node is nothing of that kind: no id. */
static struct tl_media media_of_prompt(const struct tl_prompt *prompt)
{
	struct tl_str audio = prompt->n_audios > 0 && prompt->audios[0].text ? prompt->audios[0].text->value.text : TL_STR("");

	if (audio.len == 0)
		return (struct tl_media){ prompt->name.text, TL_MEDIA_TTS };
	return (struct tl_media){ audio, is_video(audio) ? TL_MEDIA_VIDEO : TL_MEDIA_AUDIO };
}

/* What a call plays, in order, each once. */
static size_t media_of(const struct tl_media **out, struct tl_arena *arena, const struct tl_run *run)
{
	struct tl_media *media = TL_ARENA_ARRAY(arena, struct tl_media, run->n_prompts + 1);
	struct tl_map seen = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < run->n_prompts; i++) {
		const struct tl_said *said = &run->prompts[i];
		bool made = false;

		if (said->prompt == TL_NONE)
			continue;
		media[count] = media_of_prompt(&run->visits[said->visit].flow->prompts[said->prompt]);
		if (media[count].id.len > 0)
			tl_map_put(&seen, media[count].id, &made);
		count += made;
	}
	tl_map_clear(&seen);
	*out = media;
	return count;
}

static struct tl_remote_run_request request_of(struct tl_arena *arena, const struct tl_case *given, const struct tl_remote_place *place)
{
	const struct tl_flow *flow = place->flow;
	struct tl_str *inputs = TL_ARENA_ARRAY(arena, struct tl_str, given->n_inputs + 1);
	struct tl_remote_run_request request = {
		.kind = flow->channel == TL_MESSAGE ? TL_REMOTE_CHAT : TL_REMOTE_IVR,
		.id = place->id,
		.inputs = inputs,
		.confidence = 1,
		.phone_number = caller_text(arena, given, "number"),
		.name = caller_text(arena, given, "name"),
		.variables = variables_of(arena, given, flow),
		.max_time_ms = given->facts.max_time_ms,
		.trace_depth = TRACE_DEPTH,
		.longest = place->longest,
		.wait_ms = place->wait_ms,
	};

	for (size_t i = 0; i < given->n_inputs; i++) {
		if (given->inputs[i].kind == TL_CASE_SPEECH && request.kind == TL_REMOTE_IVR) {
			request.transcript = given->inputs[i].text;
			request.confidence = given->inputs[i].confidence;
		} else {
			inputs[request.n_inputs++] = given->inputs[i].text;
		}
	}
	return request;
}

/* ---- what is answered */

static const struct {
	const char *word;
	enum tl_status status;
} status_table[] = {
	{ "completed", TL_COMPLETED }, { "abandoned", TL_ABANDONED }, { "failed", TL_FAILED }, { "error", TL_FAILED },
	{ "timed_out", TL_CALL_TIMED_OUT }, { "timeout", TL_CALL_TIMED_OUT }, { "stuck", TL_STUCK },
};

static enum tl_status status_of(struct tl_str word)
{
	for (size_t i = 0; i < TL_COUNT(status_table); i++) {
		if (tl_str_is(word, status_table[i].word))
			return status_table[i].status;
	}
	return TL_FAILED;
}

static struct tl_value kept(struct tl_arena *arena, const struct tl_item *item)
{
	struct tl_value value = tl_value_of_item(arena, item);

	value.text = tl_arena_dup(arena, value.text);
	return value;
}

static const struct tl_outcome *outcome_of(const struct tl_flow *flow, const struct tl_node *node, struct tl_str name)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(flow, node);

	for (uint32_t i = 0; name.len > 0 && i < node->n_outcomes; i++) {
		if (tl_str_equal(outcomes[i].name, name))
			return &outcomes[i];
	}
	return NULL;
}

static void keep_visit(struct tl_run *run, const struct tl_flow *flow, const struct tl_node *node, const struct tl_remote_step *step, int64_t at_ms)
{
	struct tl_visit *visit;

	run->visits = tl_grow(run->visits, &run->visit_capacity, run->n_visits + 1, sizeof(*run->visits));
	visit = &run->visits[run->n_visits++];
	*visit = (struct tl_visit){ .flow = flow, .node = node, .outcome = outcome_of(flow, node, step->decision), .at_ms = at_ms };
	for (const struct tl_item *item = step->variables ? step->variables->first : NULL; item; item = item->next) {
		uint32_t slot = tl_map_index(&flow->variable_names, item->key);

		if (slot == TL_NONE)
			continue;
		visit->changed = tl_grow(visit->changed, &visit->changed_capacity, visit->n_changed + 1, sizeof(*visit->changed));
		visit->changed[visit->n_changed++] = (struct tl_changed){
			.name = flow->variables[slot].name.text, .value = kept(&run->arena, item), .sensitive = flow->variables[slot].sensitive,
		};
	}
}

static void keep_variables(struct tl_run *run, const struct tl_flow *flow, const struct tl_item *variables)
{
	run->variables = TL_ARENA_ARRAY(&run->arena, struct tl_changed, flow->n_variables + 1);
	for (uint32_t i = 0; i < flow->n_variables; i++) {
		const struct tl_item *item = tl_item_get_str(variables, flow->variables[i].name.text);

		if (!item || item->kind == TL_NULL)
			continue;
		run->variables[run->n_variables++] = (struct tl_changed){
			.name = flow->variables[i].name.text, .value = kept(&run->arena, item), .sensitive = flow->variables[i].sensitive,
		};
	}
}

/* The run, as far as the answer tells of it. Nodes that the flow does not have (a platform's own start, other flows) are passed over. */
static void make_run(struct tl_run *run, const struct tl_remote_run *remote, const struct tl_flow *flow)
{
	int64_t at_ms = 0;

	run->flow = flow;
	run->status = status_of(remote->status);
	run->duration_ms = remote->duration_ms;
	for (size_t i = 0; i < remote->n_steps; i++) {
		const struct tl_remote_step *step = &remote->steps[i];
		const struct tl_node *node = tl_trace_node(flow, step->node);

		if (node && tl_trace_was_executed(step->status, step->type))
			keep_visit(run, flow, node, step, at_ms);
		at_ms += step->duration_ms;
		if (step->error.len > 0)
			run->error_message = tl_arena_dup(&run->arena, step->error);
	}
	if (remote->n_errors > 0 && run->status == TL_COMPLETED)
		run->status = TL_FAILED;
	if (remote->n_errors > 0 && run->error_message.len == 0)
		run->error_message = tl_arena_dup(&run->arena, remote->errors[0]);
	if (run->status == TL_FAILED)
		run->error = "remote";
	if (run->status == TL_FAILED && run->error_message.len == 0)
		run->error_message = tl_arena_printf(&run->arena, "the platform says that the call is '%.*s'", TL_FMT(remote->status));
	run->steps = run->n_visits;
	run->ended_at = run->n_visits > 0 ? run->visits[run->n_visits - 1].node : NULL;
	keep_variables(run, flow, remote->variables);
}

/* A platform's id of the recording that a node plays: a text or a number, other than nothing. */
static struct tl_str audio_of(const struct tl_remote_step *step)
{
	const struct tl_item *audio = tl_item_get(step->properties, "audioFileId");

	return audio && (audio->kind == TL_STRING || (audio->kind == TL_NUMBER && audio->number != 0)) ? audio->text : TL_STR("");
}

/* The platform's trace as it told it; texts copied, as its answer goes. */
static struct tl_trace *keep_trace(struct tl_arena *arena, const struct tl_remote_run *remote)
{
	struct tl_trace *trace = TL_ARENA_NEW(arena, struct tl_trace);
	struct tl_str *errors = TL_ARENA_ARRAY(arena, struct tl_str, remote->n_errors + 1);

	trace->steps = TL_ARENA_ARRAY(arena, struct tl_trace_step, remote->n_steps + 1);
	for (size_t i = 0; i < remote->n_steps; i++) {
		const struct tl_remote_step *step = &remote->steps[i];

		trace->steps[i] = (struct tl_trace_step){
			.node = step->node, .type = step->type, .status = step->status, .timestamp = step->timestamp, .error = step->error,
			.audio = audio_of(step), .variables = step->variables, .properties = step->properties,
		};
	}
	for (size_t i = 0; i < remote->n_errors; i++)
		errors[i] = remote->errors[i];
	trace->count = remote->n_steps;
	trace->variables = remote->variables;
	trace->errors = errors;
	trace->n_errors = remote->n_errors;
	return trace;
}

/* ---- expectations */

/* What a remote answer does not tell of. */
static const char *const untold_table[] = { "prompts", "transfer", "exit", "max_time", "error" };

/* Of a flow that enters others only its own nodes are told apart in the answer. Of any other a name that it does not have is one that is never reached. */
static bool names_others(const struct tl_item *item, const struct tl_flow *flow)
{
	if (item->kind == TL_STRING)
		return !tl_trace_node(flow, item->text);
	for (const struct tl_item *name = item->kind == TL_LIST ? item->first : NULL; name; name = name->next) {
		if (name->kind == TL_STRING && !tl_trace_node(flow, name->text))
			return true;
	}
	return false;
}

static bool is_told(const struct tl_item *item, const struct tl_flow *flow)
{
	static const char *const of_nodes_table[] = { "path", "exact_path", "ends_at" };

	for (size_t i = 0; i < TL_COUNT(untold_table); i++) {
		if (tl_str_is(item->key, untold_table[i]))
			return false;
	}
	for (size_t i = 0; i < TL_COUNT(of_nodes_table); i++) {
		if (tl_str_is(item->key, of_nodes_table[i]))
			return !tl_trace_enters_others(flow) || !names_others(item, flow);
	}
	return true;
}

/* Whether one entry of a list or map of expectations is told: a node of another flow, a variable that is hidden. */
static bool is_entry_told(const struct tl_item *of, const struct tl_item *entry, const struct tl_flow *flow, const struct tl_run *run)
{
	if (tl_str_is(of->key, "visits"))
		return !tl_trace_enters_others(flow) || entry->kind != TL_STRING || tl_trace_node(flow, entry->text);
	return !tl_changed_is_hidden(tl_run_variable(run, entry->key));
}

/* Of expectations that hold entry by entry those that are told; *left says whether any is not. */
static struct tl_item *told_of(bool *left, struct tl_arena *arena, const struct tl_item *item, const struct tl_flow *flow, const struct tl_run *run)
{
	bool by_entry = (tl_str_is(item->key, "visits") && item->kind == TL_LIST) || (tl_str_is(item->key, "variables") && item->kind == TL_MAP);
	struct tl_item *told;

	*left = false;
	if (!by_entry)
		return tl_item_copy(arena, item);
	told = tl_item_new(arena, item->kind);
	for (const struct tl_item *entry = item->first; entry; entry = entry->next) {
		if (!is_entry_told(item, entry, flow, run))
			*left = true;
		else if (item->kind == TL_LIST)
			tl_item_add(told, tl_item_copy(arena, entry));
		else
			tl_item_put(told, entry->key, tl_item_copy(arena, entry));
	}
	return told;
}

static void leave_out_untold(struct tl_case_result *result, const struct tl_flow *flow)
{
	const struct tl_item *all = result->given.expect;
	struct tl_buf note = { 0 };
	struct tl_item *told;

	if (!all || all->kind != TL_MAP)
		return;
	told = tl_item_new(&result->arena, TL_MAP);
	for (const struct tl_item *item = all->first; item; item = item->next) {
		bool left = true;

		if (is_told(item, flow))
			tl_item_put(told, item->key, told_of(&left, &result->arena, item, flow, &result->run));
		if (left)
			tl_buf_printf(&note, "%s%.*s", note.len > 0 ? ", " : "not told by the platform, so not compared: ", TL_FMT(item->key));
	}
	result->note = tl_arena_dup(&result->arena, tl_buf_view(&note));
	result->given.expect = told;
	tl_buf_clear(&note);
}

/* ---- the job */

/* What a job is known by: the flow there and its version, the case, and all that is sent. */
static struct tl_str digest_of(struct tl_arena *arena, const struct tl_remote_run_request *request, const struct tl_case *given, int64_t version)
{
	char digest[TL_SHA256_SIZE];
	struct tl_buf text = { 0 };
	struct tl_json json;

	tl_json_init(&json, &text, false);
	tl_json_list(&json);
	tl_json_string(&json, request->id);
	tl_json_integer(&json, version);
	tl_json_string(&json, given->id);
	for (size_t i = 0; i < request->n_inputs; i++)
		tl_json_string(&json, request->inputs[i]);
	tl_json_list(&json);
	for (size_t i = 0; i < request->n_media; i++)
		tl_json_string(&json, request->media[i].id);
	tl_json_list_end(&json);
	if (request->variables)
		tl_json_item(&json, request->variables);
	tl_json_list_end(&json);
	tl_sha256_hex(digest, tl_buf_view(&text));
	tl_buf_clear(&text);
	return tl_arena_dup(arena, tl_str(digest));
}

struct begun {
	const struct tl_remote_place *place;
	struct tl_str request;
};

static void tell_begun(void *data, struct tl_str job)
{
	const struct begun *begun = data;

	begun->place->begun(begun->place->data, begun->request, job);
}

static int simulate(struct tl_remote_run *out, struct tl_case_result *result, const struct tl_remote_place *place,
                    struct tl_remote_run_request *request, struct tl_error *err)
{
	struct begun begun = { .place = place };
	int ret;

	if (place->find) {
		begun.request = digest_of(&result->arena, request, &result->given, place->version);
		request->job = place->find(place->data, &result->arena, begun.request);
		request->begun = tell_begun;
		request->data = &begun;
	}
	ret = tl_platform_simulate(out, &result->arena, place->platform, request, err);
	/* What answered by nonsense will do so again: the next run begins another one. */
	if (ret == 0 || (out->own && err->code == TL_REFUSED))
		result->job = begun.request;
	return ret;
}

/* A call that is refused and a job that was begun are trouble of their own; a platform that is not there, or that this client may not ask, is everybody's. */
static bool is_its_own_trouble(const struct tl_remote_place *place, const struct tl_remote_run *remote, const struct tl_error *err)
{
	if (remote->own && err->code == TL_REFUSED)
		return true;
	if (!tl_platform_can(place->platform, TL_CAN_RESUME) || remote->simulation_id.len == 0 || remote->call.status == 401 || remote->call.status == 403)
		return false;
	return err->code == TL_TIMED_OUT || err->code == TL_NOT_FOUND || err->code == TL_REFUSED;
}

/* What there is to say of how it was asked. */
static void note_job(struct tl_case_result *result, const struct tl_remote_run *remote)
{
	const char *twice = remote->possibly_twice ? "the answer to its start was lost and it was started again: possibly it ran twice" : "";
	const char *again = remote->resumed ? "its job was started by an earlier run" : "", *between = result->note.len > 0 && (*twice || *again) ? "; " : "";

	result->possibly_twice = remote->possibly_twice;
	result->note = tl_arena_printf(&result->arena, "%.*s%s%s%s", TL_FMT(result->note), between, twice, again);
}

/* A run has only nodes of the flow: one that is visited there and is none of it makes another path than just those that are expected. */
static void refuse_stranger(struct tl_case_result *result, const struct tl_flow *flow)
{
	const struct tl_item *wanted = tl_item_get(result->given.expect, "exact_path");
	struct tl_buf text = { 0 };
	struct tl_failure *failure;
	struct tl_item *others;

	if (!wanted || !tl_trace_has_stranger(result->trace, flow))
		return;
	failure = tl_failures_add(&result->failures, &result->arena, "exact_path");
	tl_json_canonical(&text, wanted);
	failure->expected = tl_arena_dup(&result->arena, tl_buf_view(&text));
	failure->actual = tl_trace_path(&result->arena, result->trace, flow);
	failure->span = wanted->span;
	others = tl_item_new(&result->arena, TL_MAP);
	for (const struct tl_item *item = result->given.expect->first; item; item = item->next) {
		if (item != wanted)
			tl_item_put(others, item->key, tl_item_copy(&result->arena, item));
	}
	result->given.expect = others;
	tl_buf_clear(&text);
}

int tl_remote_case_run(struct tl_case_result *result, const struct tl_remote_place *place, const struct tl_run *here, struct tl_error *err)
{
	struct tl_remote_run_request request = request_of(&result->arena, &result->given, place);
	struct tl_error beyond = { 0 };
	struct tl_remote_run remote = { .call = { 0 } };
	int ret;

	if (here)
		request.n_media = media_of(&request.media, &result->arena, here);
	if (tl_simulation_check(tl_platform_simulation_limits(place->platform), &request, &beyond) != 0) {
		result->run.flow = place->flow;
		result->skipped = tl_arena_dup(&result->arena, tl_str(beyond.message));
		return 0;
	}
	ret = simulate(&remote, result, place, &request, err);
	result->remote_status = remote.call.status;
	result->remote_attempts = remote.call.attempts;
	result->simulation_id = remote.simulation_id;
	if (ret != 0 && is_its_own_trouble(place, &remote, err)) {
		result->run.flow = place->flow;
		result->undone = tl_arena_dup(&result->arena, tl_str(err->message));
		return 0;
	}
	if (ret != 0)
		return tl_error_wrap(err, "case '%.*s'", TL_FMT(result->given.id));
	make_run(&result->run, &remote, place->flow);
	result->trace = keep_trace(&result->arena, &remote);
	leave_out_untold(result, place->flow);
	refuse_stranger(result, place->flow);
	note_job(result, &remote);
	return 0;
}

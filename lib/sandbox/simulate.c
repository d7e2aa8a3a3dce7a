/* sandbox/simulate.c: DTMF, speech or a chat in; a trace in the platform's words out. */
#include "sandbox/simulate.h"

#include <math.h>

#include "flow/flow.h"
#include "sim/trace.h"

#define MAX_TIME_MS 120000
#define MAX_TIME_LIMIT_MS 86400000.0
#define TRACE_DEPTH 5
#define CONFIDENCE 0.95
#define PHONE_NUMBER "+15550000000"
#define NAME "Test Caller"

/* ---- the request */

static int bad(struct tl_refusal *refusal, const char *what)
{
	return tl_refuse(refusal, 400, "bad.request", "%s", what);
}

int tl_simulate_flow_id(struct tl_str *id, struct tl_refusal *refusal, const struct tl_item *body)
{
	*id = tl_item_text(body, "flowId");
	if (!body || body->kind != TL_MAP)
		return bad(refusal, "the body is no JSON object");
	return id->len > 0 ? 200 : bad(refusal, "flowId is missing");
}

/* A whole number between the two, or `otherwise` where it is not there; 0: it is something else. */
static double whole_within(const struct tl_item *item, double least, double most, double otherwise)
{
	if (!item || item->kind == TL_NULL)
		return otherwise;
	if (item->kind != TL_NUMBER || floor(item->number) != item->number || item->number < least || item->number > most)
		return 0;
	return item->number;
}

static int read_variables(struct tl_trial_call *call, struct tl_refusal *refusal, const struct tl_item *map, const char *name)
{
	uint64_t limit = tl_limits_default().variables;

	if (map && map->kind != TL_NULL && map->kind != TL_MAP)
		return tl_refuse(refusal, 400, "bad.request", "%s is no object", name);
	if (map && map->count > limit)
		return tl_refuse(refusal, 400, "bad.request", "%s has %u members, more than %llu", name, map->count, (unsigned long long)limit);
	call->variables = map && map->kind == TL_MAP ? map : NULL;
	return 200;
}

/* A list of at most as many inputs as a case may have, or nothing. */
static int check_list(struct tl_refusal *refusal, const struct tl_item *list, const char *name)
{
	uint64_t limit = tl_limits_default().inputs;

	if (list && list->kind != TL_NULL && list->kind != TL_LIST)
		return tl_refuse(refusal, 400, "bad.request", "%s is no list", name);
	if (list && list->count > limit)
		return tl_refuse(refusal, 400, "bad.request", "%s has %u entries, more than %llu", name, list->count, (unsigned long long)limit);
	return 200;
}

static int read_speech(struct tl_case_input *inputs, size_t *n_inputs, struct tl_refusal *refusal, const struct tl_item *speech)
{
	const struct tl_item *transcript = tl_item_get(speech, "transcript"), *confidence = tl_item_get(speech, "confidence");
	double sure = CONFIDENCE;

	if ((speech && speech->kind != TL_NULL && speech->kind != TL_MAP) || (transcript && transcript->kind != TL_STRING))
		return bad(refusal, "input.speech is no object with a transcript");
	if (confidence)
		sure = confidence->kind == TL_NUMBER ? confidence->number : -1;
	if (sure < 0 || sure > 1)
		return bad(refusal, "input.speech.confidence is not between 0 and 1");
	if (transcript && tl_str_trim(transcript->text).len > 0)
		inputs[(*n_inputs)++] = (struct tl_case_input){ TL_CASE_SPEECH, transcript->text, sure, -1 };
	return 200;
}

static int read_signs(struct tl_trial_call *call, struct tl_arena *arena, struct tl_refusal *refusal, const struct tl_item *input)
{
	const struct tl_item *dtmf = tl_item_get(input, "dtmf");
	struct tl_case_input *inputs;

	if (check_list(refusal, dtmf, "input.dtmf") != 200)
		return 400;
	inputs = TL_ARENA_ARRAY(arena, struct tl_case_input, dtmf ? dtmf->count + 1 : 1);
	for (const struct tl_item *sign = dtmf ? dtmf->first : NULL; sign; sign = sign->next) {
		if (!tl_trial_is_sign(sign))
			return bad(refusal, "input.dtmf holds something else than one of 0-9, * and #");
		inputs[call->n_inputs++] = (struct tl_case_input){ TL_CASE_DTMF, sign->text, 1, -1 };
	}
	call->inputs = inputs;
	return read_speech(inputs, &call->n_inputs, refusal, tl_item_get(input, "speech"));
}

static struct tl_str text_or(const struct tl_item *map, const char *key, const char *otherwise)
{
	struct tl_str text = tl_item_text(map, key);

	return text.len > 0 ? text : tl_str(otherwise);
}

static bool is_caller(const struct tl_item *caller)
{
	const struct tl_item *number = tl_item_get(caller, "phoneNumber"), *name = tl_item_get(caller, "name");

	if (caller && caller->kind != TL_NULL && caller->kind != TL_MAP)
		return false;
	return (!number || number->kind == TL_STRING) && (!name || name->kind == TL_STRING);
}

static int read_run(struct tl_trial_call *call, unsigned *depth, struct tl_refusal *refusal, const struct tl_simulate *given)
{
	const struct tl_item *input = tl_item_get(given->body, "input"), *caller = tl_item_get(input, "callerId");
	double limit = whole_within(tl_item_get(input, "maxSimulationTime"), 1, MAX_TIME_LIMIT_MS, MAX_TIME_MS);
	double shown = whole_within(tl_item_get(input, "traceDepth"), 1, 10, TRACE_DEPTH);

	if (tl_item_get(given->body, "simulationType") && !tl_str_is(tl_item_text(given->body, "simulationType"), "IVR"))
		return bad(refusal, "simulationType is not IVR");
	if (input && input->kind != TL_MAP)
		return bad(refusal, "input is no object");
	if (!is_caller(caller))
		return bad(refusal, "input.callerId is no object with phoneNumber and name, both texts");
	if (limit <= 0)
		return bad(refusal, "input.maxSimulationTime is no whole number of milliseconds from 1 to 86400000");
	if (shown <= 0)
		return bad(refusal, "input.traceDepth is no whole number from 1 to 10");
	call->phone_number = text_or(caller, "phoneNumber", PHONE_NUMBER);
	call->name = text_or(caller, "name", NAME);
	call->max_time_ms = (int64_t)limit;
	*depth = (unsigned)shown;
	if (read_variables(call, refusal, tl_item_get(input, "variables"), "input.variables") != 200)
		return 400;
	return read_signs(call, given->arena, refusal, input);
}

/* What the bot said stands there for the reader. */
static int read_chat(struct tl_trial_call *call, struct tl_refusal *refusal, const struct tl_simulate *given)
{
	const struct tl_item *transcript = tl_item_get(given->body, "transcript");
	enum tl_case_input_kind kind = given->flow->program.flow->channel == TL_MESSAGE ? TL_CASE_TEXT : TL_CASE_SPEECH;
	struct tl_case_input *inputs;

	if (!given->body || given->body->kind != TL_MAP)
		return bad(refusal, "the body is no JSON object");
	if (check_list(refusal, transcript, "transcript") != 200)
		return 400;
	inputs = TL_ARENA_ARRAY(given->arena, struct tl_case_input, transcript ? transcript->count + 1 : 1);
	for (const struct tl_item *line = transcript ? transcript->first : NULL; line; line = line->next) {
		struct tl_str from = tl_item_text(line, "from");
		const struct tl_item *text = tl_item_get(line, "text");

		if ((!tl_str_is(from, "user") && !tl_str_is(from, "bot")) || !text || text->kind != TL_STRING)
			return bad(refusal, "a line of the transcript is not {from: user or bot, text}");
		if (tl_str_is(from, "user"))
			inputs[call->n_inputs++] = (struct tl_case_input){ kind, text->text, 1, -1 };
	}
	call->inputs = inputs;
	call->phone_number = TL_STR(PHONE_NUMBER);
	call->name = TL_STR(NAME);
	return read_variables(call, refusal, tl_item_get(given->body, "initialData"), "initialData");
}

/* ---- the answer */

static void put_inputs(struct tl_json *json, const struct tl_visit *visit)
{
	if (visit->n_tries == 0)
		return;
	tl_json_key(json, "inputs");
	tl_json_list(json);
	for (size_t i = 0; i < visit->n_tries; i++) {
		if (visit->tries[i].has_input)
			tl_json_string(json, visit->tries[i].input);
		else
			tl_json_null(json);
	}
	tl_json_list_end(json);
}

static void put_properties(struct tl_json *json, const struct tl_visit *visit)
{
	struct tl_str audio = tl_trace_audio(visit->flow, visit->node);

	tl_json_key(json, "properties");
	tl_json_map(json);
	if (audio.len > 0)
		tl_json_put(json, "audioFileId", audio);
	if (visit->depth > 0)
		tl_json_put(json, "flow", visit->flow->id.text);
	put_inputs(json, visit);
	if (visit->outcome)
		tl_json_put(json, "outcome", visit->outcome->name);
	tl_json_map_end(json);
}

static void put_head(struct tl_json *json, struct tl_trial *trial, struct tl_str node, const char *type, int64_t at_ms)
{
	tl_json_put(json, "nodeId", node);
	tl_json_put(json, "nodeType", tl_str(type));
	tl_json_put(json, "timestamp", tl_trial_time(&trial->arena, trial->given.facts.start_ms + at_ms));
}

static void put_visit(struct tl_json *json, struct tl_trial *trial, size_t i)
{
	const struct tl_visit *visit = &trial->run.visits[i];
	bool wrong = i == tl_trial_culprit(trial);

	tl_json_map(json);
	put_head(json, trial, visit->node->name.text, tl_trace_type(visit->flow, visit->node), visit->at_ms);
	tl_json_put(json, "status", wrong ? TL_STR("error") : tl_trial_was_blind(trial, i) ? TL_STR("skipped") : TL_STR("executed"));
	tl_json_key(json, "variables");
	tl_trial_put_changed(json, visit->changed, visit->n_changed);
	put_properties(json, visit);
	if (wrong)
		tl_json_put(json, "error", tl_trial_error_message(trial));
	tl_json_map_end(json);
}

static void put_start(struct tl_json *json, struct tl_trial *trial)
{
	tl_json_map(json);
	put_head(json, trial, trial->flow->start, "Start", 0);
	tl_json_put(json, "status", TL_STR("executed"));
	tl_json_key(json, "variables");
	tl_trial_put_changed(json, NULL, 0);
	tl_json_map_end(json);
}

static void put_trace(struct tl_json *json, struct tl_trial *trial, unsigned depth)
{
	tl_json_key(json, "trace");
	tl_json_list(json);
	if (trial->flow->start.len > 0)
		put_start(json, trial);
	for (size_t i = 0; i < trial->run.n_visits; i++) {
		if (trial->run.visits[i].depth < depth)
			put_visit(json, trial, i);
	}
	tl_json_list_end(json);
}

static void put_errors(struct tl_json *json, struct tl_trial *trial)
{
	size_t culprit = tl_trial_culprit(trial);

	tl_json_key(json, "errors");
	tl_json_list(json);
	if (tl_trial_error(trial)) {
		tl_json_map(json);
		tl_json_put(json, "code", tl_str(tl_trial_error(trial)));
		tl_json_put(json, "message", tl_trial_error_message(trial));
		tl_json_put_or_null(json, "nodeId", culprit != SIZE_MAX ? trial->run.visits[culprit].node->name.text : (struct tl_str){ 0 });
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
}

static void put_answer(struct tl_buf *out, struct tl_trial *trial, struct tl_str id, unsigned depth)
{
	struct tl_json json;

	tl_json_init(&json, out, false);
	tl_json_map(&json);
	tl_json_put(&json, "simulationId", id);
	tl_json_put(&json, "flowId", trial->flow->id);
	tl_json_put(&json, "status", tl_str(tl_status_name(trial->run.status)));
	put_trace(&json, trial, depth);
	tl_json_key(&json, "variables");
	tl_trial_put_variables(&json, trial);
	put_errors(&json, trial);
	tl_json_map_end(&json);
}

static void run_and_put(struct tl_buf *out, const struct tl_simulate *given, const struct tl_trial_call *call, unsigned depth)
{
	struct tl_trial trial = { 0 };

	tl_trial_run(&trial, given->flow, call, given->services);
	put_answer(out, &trial, given->simulation_id, depth);
	tl_trial_clear(&trial);
}

int tl_simulate_run(struct tl_buf *out, struct tl_refusal *refusal, const struct tl_simulate *given)
{
	struct tl_trial_call call = { .now_ms = given->now_ms };
	unsigned depth = TRACE_DEPTH;

	if (read_run(&call, &depth, refusal, given) != 200)
		return refusal->status;
	run_and_put(out, given, &call, depth);
	return 200;
}

int tl_simulate_chat(struct tl_buf *out, struct tl_refusal *refusal, const struct tl_simulate *given)
{
	struct tl_trial_call call = { .now_ms = given->now_ms, .max_time_ms = MAX_TIME_MS };

	if (read_chat(&call, refusal, given) != 200)
		return refusal->status;
	run_and_put(out, given, &call, TRACE_DEPTH);
	return 200;
}

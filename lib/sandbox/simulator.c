/* sandbox/simulator.c: an execution path in CXone's words. */
#include "sandbox/simulator.h"

#include <string.h>

/* ---- the request */

static int list_check(struct tl_refusal *refusal, const struct tl_item *item, const char *name, enum tl_kind kind, uint32_t limit)
{
	if (!item || item->kind == TL_NULL)
		return 200;
	if (item->kind != kind)
		return tl_refuse(refusal, 400, "bad.request", "%s is no %s", name, kind == TL_LIST ? "list" : "object");
	if (item->count > limit)
		return tl_refuse(refusal, 400, "complexity.limit", "%s exceeds limit: %u provided, %u allowed", name, item->count, limit);
	return 200;
}

static bool is_media(const struct tl_item *reference)
{
	struct tl_str type = tl_item_text(reference, "type");

	return tl_item_text(reference, "assetId").len > 0 && (tl_str_is(type, "audio") || tl_str_is(type, "tts") || tl_str_is(type, "video"));
}

int tl_simulator_check(struct tl_str *flow_id, struct tl_refusal *refusal, const struct tl_item *body)
{
	const struct tl_item *signs = tl_item_get(body, "dtmfSequence"), *media = tl_item_get(body, "mediaAssetReferences");
	const struct tl_item *variables = tl_item_get(body, "variableStateMatrix");

	*flow_id = tl_item_text(body, "flowId");
	if (!body || body->kind != TL_MAP)
		return tl_refuse(refusal, 400, "bad.request", "the body is no JSON object");
	if (flow_id->len == 0)
		return tl_refuse(refusal, 400, "bad.request", "flowId is missing");
	if (list_check(refusal, signs, "dtmfSequence", TL_LIST, TL_SIMULATOR_SIGNS) != 200 ||
	    list_check(refusal, variables, "variableStateMatrix", TL_MAP, TL_SIMULATOR_VARIABLES) != 200 ||
	    list_check(refusal, media, "mediaAssetReferences", TL_LIST, TL_SIMULATOR_MEDIA) != 200)
		return 400;
	for (const struct tl_item *sign = signs ? signs->first : NULL; sign; sign = sign->next) {
		if (!tl_trial_is_sign(sign))
			return tl_refuse(refusal, 400, "bad.request", "dtmfSequence holds something else than one of 0-9, * and #");
	}
	for (const struct tl_item *one = media ? media->first : NULL; one; one = one->next) {
		if (!is_media(one))
			return tl_refuse(refusal, 400, "bad.request", "a media asset reference is not {assetId, type: audio, tts or video}");
	}
	return 200;
}

/* ---- the path */

static const char *node_type(const struct tl_node *node)
{
	static const char *const type_table[TL_OP_KINDS] = {
		[TL_SAY] = "prompt", [TL_MENU] = "conditional", [TL_GATHER] = "input", [TL_ASSIGN] = "assign", [TL_BRANCH] = "decision", [TL_INVOKE] = "action",
		[TL_WAIT] = "wait", [TL_TRANSFER] = "transfer", [TL_CALL] = "subflow", [TL_JUMP] = "jump", [TL_END] = "end",
	};

	if (tl_str_is(node->type, "start"))
		return "start";
	return node->op == TL_INVOKE && node->service == TL_SERVICE_HOURS ? "conditional" : type_table[node->op];
}

static void put_input(struct tl_json *json, const struct tl_visit *visit)
{
	tl_json_key(json, "input");
	tl_json_map(json);
	for (size_t i = visit->n_tries; i > 0; i--) {
		if (!visit->tries[i - 1].has_input)
			continue;
		tl_json_put(json, "dtmf", visit->tries[i - 1].input);
		break;
	}
	tl_json_map_end(json);
}

static bool decides(const char *type)
{
	return strcmp(type, "decision") == 0 || strcmp(type, "conditional") == 0;
}

static void put_visit(struct tl_json *json, const struct tl_run *run, size_t i)
{
	const struct tl_visit *visit = &run->visits[i];
	const char *type = node_type(visit->node);
	int64_t left_ms = i + 1 < run->n_visits ? run->visits[i + 1].at_ms : run->duration_ms;

	tl_json_map(json);
	tl_json_put(json, "nodeId", visit->node->name.text);
	tl_json_put(json, "nodeType", tl_str(type));
	put_input(json, visit);
	tl_json_key(json, "output");
	tl_trial_put_changed(json, visit->changed, visit->n_changed);
	if (decides(type) && visit->outcome)
		tl_json_put(json, "decision", visit->outcome->name);
	tl_json_put_integer(json, "durationMs", left_ms - visit->at_ms);
	tl_json_map_end(json);
}

static void put_start(struct tl_json *json, struct tl_str start)
{
	tl_json_map(json);
	tl_json_put(json, "nodeId", start);
	tl_json_put(json, "nodeType", TL_STR("start"));
	tl_json_key(json, "input");
	tl_trial_put_changed(json, NULL, 0);
	tl_json_key(json, "output");
	tl_trial_put_changed(json, NULL, 0);
	tl_json_put_integer(json, "durationMs", 0);
	tl_json_map_end(json);
}

static void put_result(struct tl_buf *out, struct tl_trial *trial, struct tl_str id)
{
	struct tl_json json;

	tl_json_init(&json, out, false);
	tl_json_map(&json);
	tl_json_put(&json, "simulationId", id);
	tl_json_put(&json, "status", tl_trial_error(trial) ? TL_STR("failed") : TL_STR("completed"));
	tl_json_key(&json, "executionPath");
	tl_json_list(&json);
	if (trial->flow->start.len > 0)
		put_start(&json, trial->flow->start);
	for (size_t i = 0; i < trial->run.n_visits; i++)
		put_visit(&json, &trial->run, i);
	tl_json_list_end(&json);
	tl_json_key(&json, "variables");
	tl_trial_put_variables(&json, trial);
	tl_json_put_integer(&json, "durationMs", trial->run.duration_ms);
	if (tl_trial_error(trial))
		tl_json_put(&json, "errorMessage", tl_trial_error_message(trial));
	tl_json_map_end(&json);
}

void tl_simulator_run(struct tl_buf *out, const struct tl_simulator_request *request)
{
	const struct tl_item *signs = tl_item_get(request->body, "dtmfSequence"), *variables = tl_item_get(request->body, "variableStateMatrix");
	struct tl_case_input *inputs = TL_ARENA_ARRAY(request->arena, struct tl_case_input, signs ? signs->count + 1 : 1);
	struct tl_trial_call call = { .inputs = inputs, .now_ms = request->now_ms, .phone_number = TL_STR("+15550000000"), .name = TL_STR("Test Caller") };
	struct tl_trial trial = { 0 };

	for (const struct tl_item *sign = signs ? signs->first : NULL; sign; sign = sign->next)
		inputs[call.n_inputs++] = (struct tl_case_input){ TL_CASE_DTMF, sign->text, 1, -1 };
	call.variables = variables && variables->kind == TL_MAP ? variables : NULL;
	tl_trial_run(&trial, request->flow, &call, request->services);
	put_result(out, &trial, request->simulation_id);
	tl_trial_clear(&trial);
}

void tl_simulator_answer(struct tl_buf *out, struct tl_str id, struct tl_str finished, int64_t age_ms, const struct tl_simulator_pace *pace)
{
	struct tl_json json;

	bool over = !pace->hang && age_ms >= pace->queued_ms + pace->running_ms;

	if (over && pace->fail.len == 0) {
		tl_buf_str(out, finished);
		return;
	}
	tl_json_init(&json, out, false);
	tl_json_map(&json);
	tl_json_put(&json, "simulationId", id);
	tl_json_put(&json, "status", over ? TL_STR("failed") : age_ms < pace->queued_ms ? TL_STR("queued") : TL_STR("running"));
	if (over)
		tl_json_put(&json, "errorMessage", pace->fail);
	tl_json_map_end(&json);
}

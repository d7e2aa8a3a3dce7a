/* sim/trace.c: what nodes are called where traces leave the house. */
#include "sim/trace.h"

/* ---- nodes */

static bool has_keys(const struct tl_flow *flow, const struct tl_node *node)
{
	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		if (tl_node_outcomes(flow, node)[i].key.len > 0)
			return true;
	}
	return false;
}

static const char *input_type(const struct tl_flow *flow, const struct tl_node *node)
{
	if (flow->channel == TL_MESSAGE)
		return "GatherText";
	if (node->op == TL_MENU)
		return has_keys(flow, node) ? "GatherDTMF" : "GatherSpeech";
	return node->accept & TL_ACCEPT_DTMF ? "GatherDTMF" : "GatherSpeech";
}

static const char *request_type(const struct tl_node *node)
{
	static const char *const type_table[] = {
		[TL_SERVICE_DATA] = "DataAction",
		[TL_SERVICE_PROFILE] = "ProfileLookup",
		[TL_SERVICE_HOURS] = "ScheduleCheck",
		[TL_SERVICE_OTHER] = "Action",
	};

	return type_table[node->service];
}

const char *tl_trace_type(const struct tl_flow *flow, const struct tl_node *node)
{
	static const char *const type_table[TL_OP_KINDS] = {
		[TL_SAY] = "PlayPrompt", [TL_ASSIGN] = "SetVariable", [TL_BRANCH] = "Decision", [TL_WAIT] = "Wait",
		[TL_TRANSFER] = "Transfer", [TL_CALL] = "Subflow", [TL_JUMP] = "Jump", [TL_END] = "End",
	};

	/* The wire's own start node that does more than lead on. */
	if (tl_str_is(node->type, "start"))
		return "Start";
	if (node->op == TL_MENU || node->op == TL_GATHER)
		return input_type(flow, node);
	return node->op == TL_INVOKE ? request_type(node) : type_table[node->op];
}

struct tl_str tl_trace_audio(const struct tl_flow *flow, const struct tl_node *node)
{
	const struct tl_prompt *prompt = node->prompt == TL_NONE ? NULL : &flow->prompts[node->prompt];

	if (!prompt || prompt->n_audios == 0 || !prompt->audios[0].text)
		return (struct tl_str){ 0 };
	return prompt->audios[0].text->value.text;
}

/* ---- runs */

static struct tl_item *changed_item(struct tl_arena *arena, const struct tl_changed *changed, size_t count)
{
	struct tl_item *map = tl_item_new(arena, TL_MAP);

	for (size_t i = 0; i < count; i++)
		tl_item_put(map, changed[i].name, changed[i].sensitive ? tl_item_string(arena, TL_STR(TL_MASK)) : tl_value_item(arena, &changed[i].value));
	return map;
}

/* The visit at which the call went wrong, or n_visits. */
static size_t culprit(const struct tl_run *run)
{
	bool wrong = run->status != TL_COMPLETED && run->status != TL_ABANDONED;

	return wrong && run->n_visits > 0 ? run->n_visits - 1 : run->n_visits;
}

void tl_trace_of_run(struct tl_trace *out, struct tl_arena *arena, const struct tl_run *run, int64_t start_ms)
{
	*out = (struct tl_trace){ .steps = TL_ARENA_ARRAY(arena, struct tl_trace_step, run->n_visits + 1), .count = run->n_visits };
	for (size_t i = 0; i < run->n_visits; i++) {
		const struct tl_visit *visit = &run->visits[i];
		bool wrong = i == culprit(run);

		out->steps[i] = (struct tl_trace_step){
			.node = visit->node->name.text,
			.type = tl_str(tl_trace_type(visit->flow, visit->node)),
			.status = wrong ? TL_STR("error") : TL_STR("executed"),
			.timestamp = tl_time_format(arena, start_ms + visit->at_ms),
			.error = wrong ? run->error_message : (struct tl_str){ NULL, 0 },
			.audio = tl_trace_audio(visit->flow, visit->node),
			.variables = changed_item(arena, visit->changed, visit->n_changed),
		};
	}
	out->variables = changed_item(arena, run->variables, run->n_variables);
}

/* report/qa.c: one call in the members that the platform documents name. */
#include "report/qa.h"

#include "base/clock.h"
#include "doc/json.h"
#include "sim/analysis.h"

static void put_score(struct tl_json *json, const char *key, double score)
{
	tl_json_key(json, key);
	if (score < 0)
		tl_json_null(json);
	else
		tl_json_number(json, score);
}

void tl_qa_json(struct tl_buf *out, const struct tl_case_result *result, const struct tl_qa_head *head)
{
	struct tl_str simulation = result->simulation_id.len > 0 ? result->simulation_id : (struct tl_str){ NULL, 0 };
	struct tl_arena arena = { 0 };
	struct tl_analysis analysis;
	struct tl_json json;

	tl_analysis_of_run(&analysis, &arena, &result->run, result->given.expect, &result->failures);
	tl_json_init(&json, out, false);
	tl_json_map(&json);
	tl_json_put(&json, "testId", tl_arena_printf(&arena, "%.*s/%.*s", TL_FMT(result->run.flow->id.text), TL_FMT(result->given.id)));
	tl_json_put_or_null(&json, "simulationId", simulation);
	tl_json_put(&json, "flowId", head->flow);
	tl_json_put_integer(&json, "durationMs", result->run.duration_ms);
	put_score(&json, "efficiencyScore", analysis.efficiency);
	put_score(&json, "accuracyScore", analysis.accuracy);
	tl_json_key(&json, "unreachableBranches");
	tl_json_list(&json);
	for (size_t i = 0; i < analysis.n_never_taken; i++)
		tl_json_string(&json, tl_arena_printf(&arena, "%.*s: %.*s", TL_FMT(analysis.never_taken[i].node->name.text),
		                                      TL_FMT(analysis.never_taken[i].outcome->name)));
	tl_json_list_end(&json);
	tl_json_put(&json, "timestamp", tl_time_format(&arena, head->at_ms));
	tl_json_put(&json, "auditCorrelation", head->correlation);
	tl_json_map_end(&json);
	tl_arena_clear(&arena);
}

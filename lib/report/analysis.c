/* report/analysis.c: the way that a call took, in figures, as JSON and for a person. */
#include "base/text.h"
#include "report/simulate.h"

static void analyse(struct tl_analysis *out, struct tl_arena *arena, const struct tl_case_result *result)
{
	tl_analysis_of_run(out, arena, &result->run, result->given.expect, &result->failures);
}

static void put_score(struct tl_json *json, const char *key, double score)
{
	tl_json_key(json, key);
	if (score < 0)
		tl_json_null(json);
	else
		tl_json_number(json, score);
}

void tl_analysis_json(struct tl_json *json, const struct tl_case_result *result)
{
	struct tl_arena arena = { 0 };
	struct tl_analysis analysis;

	analyse(&analysis, &arena, result);
	tl_json_map(json);
	put_score(json, "accuracy", analysis.accuracy);
	tl_json_key(json, "cycles");
	tl_json_list(json);
	for (size_t i = 0; i < analysis.n_cycles; i++)
		tl_json_string(json, analysis.cycles[i]->name.text);
	tl_json_list_end(json);
	tl_json_put_integer(json, "decision_points", (int64_t)analysis.decision_points);
	put_score(json, "efficiency", analysis.efficiency);
	tl_json_put_integer(json, "expected", (int64_t)analysis.expected);
	tl_json_put_integer(json, "met", (int64_t)analysis.met);
	tl_json_key(json, "never_taken");
	tl_json_list(json);
	for (size_t i = 0; i < analysis.n_never_taken; i++) {
		tl_json_map(json);
		tl_json_put(json, "node", analysis.never_taken[i].node->name.text);
		tl_json_put(json, "outcome", analysis.never_taken[i].outcome->name);
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
	tl_json_put_integer(json, "nodes", (int64_t)analysis.nodes);
	tl_json_map_end(json);
	tl_arena_clear(&arena);
}

static void add_count(struct tl_buf *out, uint64_t count, const char *one, const char *many)
{
	tl_buf_printf(out, ", %llu %s", (unsigned long long)count, count == 1 ? one : many);
}

static void add_score(struct tl_buf *out, const char *name, double score)
{
	if (score < 0)
		tl_buf_printf(out, ", no %s", name);
	else
		tl_buf_printf(out, ", %s %.2f", name, score);
}

void tl_analysis_text(struct tl_buf *out, const struct tl_case_result *result)
{
	struct tl_arena arena = { 0 };
	struct tl_analysis analysis;

	analyse(&analysis, &arena, result);
	tl_buf_text(out, "    analysis of ");
	tl_text_safe(out, result->given.id.len > 0 ? result->given.id : TL_STR("the call"));
	tl_buf_printf(out, ": %llu %s", (unsigned long long)analysis.nodes, analysis.nodes == 1 ? "node" : "nodes");
	add_count(out, analysis.decision_points, "decision point", "decision points");
	add_count(out, analysis.n_cycles, "cycle", "cycles");
	add_score(out, "efficiency", analysis.efficiency);
	add_score(out, "accuracy", analysis.accuracy);
	tl_buf_char(out, '\n');
	for (size_t i = 0; i < analysis.n_never_taken; i++) {
		tl_buf_text(out, "      never taken: ");
		tl_text_safe(out, analysis.never_taken[i].node->name.text);
		tl_buf_text(out, ": ");
		tl_text_safe(out, analysis.never_taken[i].outcome->name);
		tl_buf_char(out, '\n');
	}
	tl_arena_clear(&arena);
}

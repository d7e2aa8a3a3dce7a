/* report/simulate_json.c: runs and suites in the members that commands.md names. */
#include "report/simulate.h"

static void put_value(struct tl_json *json, const struct tl_changed *variable)
{
	struct tl_buf text = { 0 };

	tl_json_key_str(json, variable->name);
	if (variable->sensitive) {
		tl_json_string(json, TL_STR(TL_MASK));
		return;
	}
	tl_value_json(&text, &variable->value);
	tl_json_raw(json, tl_buf_view(&text));
	tl_buf_clear(&text);
}

static void put_values(struct tl_json *json, const char *key, const struct tl_changed *variables, size_t count)
{
	tl_json_key(json, key);
	tl_json_map(json);
	for (size_t i = 0; i < count; i++)
		put_value(json, &variables[i]);
	tl_json_map_end(json);
}

static void put_node(struct tl_json *json, const char *key, const struct tl_node *node)
{
	tl_json_put_or_null(json, key, node ? node->name.text : (struct tl_str){ 0 });
}

static void put_attempts(struct tl_json *json, const struct tl_visit *visit)
{
	tl_json_key(json, "attempts");
	tl_json_list(json);
	for (size_t i = 0; i < visit->n_tries; i++) {
		tl_json_map(json);
		tl_json_put_or_null(json, "input", visit->tries[i].has_input ? visit->tries[i].input : (struct tl_str){ 0 });
		tl_json_put(json, "result", tl_str(tl_attempt_name(visit->tries[i].result)));
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
}

static void put_visit(struct tl_json *json, const struct tl_visit *visit)
{
	tl_json_map(json);
	tl_json_put_integer(json, "at_ms", visit->at_ms);
	put_attempts(json, visit);
	put_values(json, "changed", visit->changed, visit->n_changed);
	if (visit->depth > 0)
		tl_json_put(json, "flow", visit->flow->id.text);
	put_node(json, "node", visit->node);
	tl_json_put_or_null(json, "outcome", visit->outcome ? visit->outcome->name : (struct tl_str){ 0 });
	tl_json_put(json, "type", visit->node->type);
	tl_json_map_end(json);
}

static void put_error(struct tl_json *json, const struct tl_run *run)
{
	tl_json_key(json, "error");
	if (!run->error) {
		tl_json_null(json);
		return;
	}
	tl_json_map(json);
	tl_json_put(json, "code", tl_str(run->error));
	tl_json_put(json, "message", run->error_message);
	put_node(json, "node", run->ended_at);
	tl_json_map_end(json);
}

static void put_transfer(struct tl_json *json, const struct tl_run *run)
{
	tl_json_key(json, "transfer");
	if (!run->transfer_kind.ptr) {
		tl_json_null(json);
		return;
	}
	tl_json_map(json);
	tl_json_key_str(json, run->transfer_kind);
	tl_json_string(json, run->transfer.shown);
	tl_json_map_end(json);
}

static void put_prompts(struct tl_json *json, const struct tl_run *run)
{
	tl_json_key(json, "prompts");
	tl_json_list(json);
	for (size_t i = 0; i < run->n_prompts; i++)
		tl_json_string(json, run->prompts[i].shown);
	tl_json_list_end(json);
}

void tl_run_json(struct tl_json *json, const struct tl_run *run)
{
	tl_json_map(json);
	tl_json_put_integer(json, "duration_ms", run->duration_ms);
	put_node(json, "ended_at", run->ended_at);
	put_error(json, run);
	tl_json_put_or_null(json, "exit", run->exit);
	tl_json_put(json, "flow", run->flow->id.text);
	put_prompts(json, run);
	tl_json_put(json, "status", tl_str(tl_status_name(run->status)));
	tl_json_put_integer(json, "steps", (int64_t)run->steps);
	tl_json_key(json, "trace");
	tl_json_list(json);
	for (size_t i = 0; i < run->n_visits; i++)
		put_visit(json, &run->visits[i]);
	tl_json_list_end(json);
	put_transfer(json, run);
	put_values(json, "variables", run->variables, run->n_variables);
	tl_json_map_end(json);
}

static void put_failures(struct tl_json *json, const struct tl_failures *failures)
{
	tl_json_key(json, "failures");
	tl_json_list(json);
	for (size_t i = 0; i < failures->count; i++) {
		tl_json_map(json);
		tl_json_key(json, "actual");
		tl_json_raw(json, failures->items[i].actual);
		tl_json_put(json, "expectation", tl_str(failures->items[i].expectation));
		tl_json_key(json, "expected");
		tl_json_raw(json, failures->items[i].expected);
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
}

/* ---- coverage */

static void put_missed_nodes(struct tl_json *json, const struct tl_flow_coverage *entry)
{
	for (uint32_t i = 0; i < entry->flow->n_nodes; i++) {
		if (!entry->nodes[i])
			tl_json_string(json, entry->flow->nodes[i].name.text);
	}
}

static void put_missed_transitions(struct tl_json *json, const struct tl_flow_coverage *entry)
{
	const struct tl_flow *flow = entry->flow;

	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_node *node = &flow->nodes[i];

		for (uint32_t j = node->first_outcome; j < node->first_outcome + node->n_outcomes; j++) {
			if (entry->transitions[j] || flow->outcomes[j].disabled)
				continue;
			tl_json_map(json);
			put_node(json, "node", node);
			tl_json_put(json, "outcome", flow->outcomes[j].name);
			tl_json_map_end(json);
		}
	}
}

static void put_covered(struct tl_json *json, const struct tl_coverage *coverage, const struct tl_flow_coverage *entry, enum tl_coverage_kind kind)
{
	struct tl_covered covered = tl_coverage_count(coverage, entry, kind);

	tl_json_key(json, tl_coverage_name(kind));
	tl_json_map(json);
	tl_json_put_integer(json, "covered", (int64_t)covered.covered);
	if (entry) {
		tl_json_key(json, "missed");
		tl_json_list(json);
		if (kind == TL_COVER_NODES)
			put_missed_nodes(json, entry);
		else
			put_missed_transitions(json, entry);
		tl_json_list_end(json);
	}
	tl_json_key(json, "percent");
	tl_json_number(json, tl_covered_percent(covered));
	tl_json_put_integer(json, "total", (int64_t)covered.total);
	tl_json_map_end(json);
}

static void put_coverage(struct tl_json *json, const struct tl_coverage *coverage)
{
	tl_json_map(json);
	tl_json_key(json, "flows");
	tl_json_list(json);
	for (size_t i = 0; i < coverage->count; i++) {
		tl_json_map(json);
		tl_json_put(json, "flow", coverage->flows[i].flow->id.text);
		for (enum tl_coverage_kind kind = 0; kind < TL_COVER_KINDS; kind++)
			put_covered(json, coverage, &coverage->flows[i], kind);
		tl_json_map_end(json);
	}
	tl_json_list_end(json);
	for (enum tl_coverage_kind kind = 0; kind < TL_COVER_KINDS; kind++)
		put_covered(json, coverage, NULL, kind);
	tl_json_map_end(json);
}

/* ---- the format */

static void begin(struct tl_simulate_report *report)
{
	tl_json_init(&report->json, report->out, false);
	tl_json_map(&report->json);
	tl_json_key(&report->json, "suites");
	tl_json_list(&report->json);
}

static void suite(struct tl_simulate_report *report)
{
	tl_json_map(&report->json);
	tl_json_put(&report->json, "file", report->suite->path);
	tl_json_put(&report->json, "suite", report->suite->flow_id);
	tl_json_key(&report->json, "cases");
	tl_json_list(&report->json);
}

static void one(struct tl_simulate_report *report, const struct tl_case_result *result)
{
	tl_json_map(&report->json);
	if (report->analysis && tl_case_was_run(result)) {
		tl_json_key(&report->json, "analysis");
		tl_analysis_json(&report->json, result);
	}
	put_failures(&report->json, &result->failures);
	tl_json_put(&report->json, "id", result->given.id);
	if (result->note.len > 0)
		tl_json_put(&report->json, "note", result->note);
	tl_json_put_boolean(&report->json, "passed", result->failures.count == 0 && tl_case_was_run(result));
	tl_json_key(&report->json, "run");
	if (tl_case_was_run(result))
		tl_run_json(&report->json, &result->run);
	else
		tl_json_null(&report->json);
	if (result->skipped.len > 0)
		tl_json_put(&report->json, "skipped", result->skipped);
	if (result->undone.len > 0)
		tl_json_put(&report->json, "undone", result->undone);
	tl_json_map_end(&report->json);
}

static void suite_end(struct tl_simulate_report *report)
{
	tl_json_list_end(&report->json);
	tl_json_map_end(&report->json);
}

static void end(struct tl_simulate_report *report)
{
	tl_json_list_end(&report->json);
	if (report->coverage) {
		tl_json_key(&report->json, "coverage");
		put_coverage(&report->json, report->coverage);
	}
	tl_json_key(&report->json, "summary");
	tl_json_map(&report->json);
	tl_json_put_integer(&report->json, "cases", (int64_t)report->cases);
	tl_json_put_integer(&report->json, "failed", (int64_t)report->failed);
	tl_json_put_integer(&report->json, "passed", (int64_t)(report->cases - report->failed - report->skipped - report->undone));
	if (report->skipped > 0)
		tl_json_put_integer(&report->json, "skipped", (int64_t)report->skipped);
	if (report->undone > 0)
		tl_json_put_integer(&report->json, "undone", (int64_t)report->undone);
	tl_json_map_end(&report->json);
	tl_json_put_integer(&report->json, "version", 1);
	tl_json_map_end(&report->json);
	tl_buf_char(report->out, '\n');
}

const struct tl_simulate_format tl_simulate_json = { "json", true, begin, suite, one, suite_end, end };

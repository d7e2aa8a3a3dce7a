/* tests/fuzz/fuzz_native.c: any bytes as a flow: read twice to equal models, checked by every rule, and called by a few callers where it can
 * run. What is good by the checker and native is written for the platform and read back to an equal model. */
#include "check/check.h"
#include "dialect/dialect.h"
#include "flow/canonical.h"
#include "fuzz.h"
#include "report/simulate.h"
#include "sim/library.h"

/* Callers that try everything: keys, words, silence, digits that end late, and hanging up. */
static const char cases[] =
	"- {}\n"
	"- {limits: {max_steps: 50}, inputs: [{dtmf: '1'}, {dtmf: '2*'}, {speech: 'my bill, please', confidence: 0.4}, {text: help}, silence, {dtmf: '12345678#'}, hangup]}\n"
	"- {limits: {max_time: 30s}, language: de-de, caller: {number: '+1', name: T}, profile: {a: {b: 1}}, inputs: [{speech: agent}, {dtmf: '0', at: 3s}, {hangup: true, at: 20s}],\n"
	"   heard: [1s, 0s], data: {profile: [{result: success}, {result: failed}]}}\n";

static struct tl_schemas *schemas(void)
{
	static struct tl_schemas made;

	if (!made.compiled[TL_SCHEMA_SUITE])
		tl_schemas_init(&made);
	return &made;
}

static int read_flow(void *data, size_t i, const struct tl_lower *lower, struct tl_flow **out, struct tl_error *err)
{
	(void)i;
	(void)err;
	tl_flow_read(out, TL_STR("t.flow.yaml"), *(const struct tl_str *)data, lower);
	return 0;
}

static bool exists(void *data, struct tl_str path)
{
	(void)data;
	return path.len % 2 == 0;
}

/* All findings lie within the file. Returns whether none of them is an error. */
static bool check(const struct tl_flow_set *set, const struct tl_lower *lower, const struct tl_project *project)
{
	struct tl_check_options options = { .project = project, .schemas = schemas(), .workers = 1 };
	size_t size = ((const struct tl_str *)set->data)->len;
	struct tl_check_result result;
	struct tl_summaries summaries;
	struct tl_error err = { 0 };
	bool good;

	options.environment = tl_project_environment(project, TL_STR("local"));
	tl_summaries_init(&summaries, set, NULL, lower, 1);
	demand(tl_check_run(&result, &summaries, &options, &err) == 0);
	for (size_t i = 0; i < result.findings.count; i++) {
		const struct tl_finding *finding = &result.findings.items[i];

		demand(finding->span.start <= finding->span.end && finding->span.end <= size);
		demand(finding->message.len > 0 && finding->place.line > 0);
	}
	good = tl_findings_count(&result.findings, TL_ERROR) == 0;
	tl_check_result_clear(&result);
	tl_summaries_clear(&summaries);
	return good;
}

static int done(void *data, const struct tl_case_result *result)
{
	struct tl_buf *out = data;
	struct tl_json json;

	demand(result->run.status != TL_RUNNING);
	demand(result->run.steps == result->run.n_visits);
	tl_json_init(&json, out, false);
	tl_run_json(&json, &result->run);
	tl_buf_char(out, '\n');
	return 0;
}

/* The runs as lines of JSON. */
static void call(struct tl_buf *out, const struct tl_flow *flow, const struct tl_program *program, const struct tl_lower *lower,
                 const struct tl_project *project)
{
	struct tl_findings findings = { 0 };
	struct tl_suite *suite;

	demand(tl_suite_read_cases(&suite, TL_STR("cases"), TL_STR(cases), schemas(), &lower->limits, &findings) == 0);
	struct tl_suite_run run = { .suite = suite, .program = program, .project = project, .limits = &lower->limits, .jobs = 1, .done = done, .data = out };

	suite->flow_id = flow->id.text;
	demand(tl_suite_check(&run, &findings) && tl_suite_run(&run) == 0);
	tl_suite_free(suite);
	tl_findings_clear(&findings);
}

/* A call is the same each time, and its result can be read as what it is written in. */
static void simulate(const struct tl_flow_set *set, const struct tl_lower *lower, const struct tl_project *project)
{
	struct tl_library *library = tl_library_new(set, lower);
	struct tl_buf once = { 0 }, twice = { 0 };
	struct tl_findings problems = { 0 };
	const struct tl_flow *flow;
	struct tl_error err = { 0 };
	struct tl_doc *doc;

	demand(tl_library_get_file(&flow, library, 0, &problems, &err) == 0);
	demand(flow || problems.count > 0 || lower->findings->count > 0);
	if (flow) {
		struct tl_program program = tl_library_program(library, flow);

		call(&once, flow, &program, lower, project);
		call(&twice, flow, &program, lower, project);
		demand(tl_str_equal(tl_buf_view(&once), tl_buf_view(&twice)));
		demand(tl_json_parse(&doc, TL_STR("run"), tl_str_slice(tl_buf_view(&once), 0, tl_str_find(tl_buf_view(&once), TL_STR("\n"), 0)), NULL) == 0);
		tl_doc_free(doc);
	}
	tl_buf_clear(&once);
	tl_buf_clear(&twice);
	tl_findings_clear(&problems);
	tl_library_free(library);
}

/* Written for the platform and read back. */
static void go_round(struct tl_arena *arena, const struct tl_flow *flow, const struct tl_lower *lower)
{
	struct tl_buf text = { 0 };
	struct tl_item *item;
	struct tl_flow *again;
	struct tl_json json;
	struct tl_doc *doc;

	demand(tl_wire_write(&item, arena, flow, NULL) == 0);
	tl_json_init(&json, &text, false);
	tl_json_item(&json, item);
	demand(tl_json_parse(&doc, TL_STR("t.flow.json"), tl_buf_view(&text), NULL) == 0);
	tl_wire_read(&again, doc, lower);
	demand(tl_item_equal(tl_flow_canonical(arena, flow), tl_flow_canonical(arena, again)));
	tl_flow_free(again);
	tl_buf_clear(&text);
}

static void try_flow(const struct tl_flow_set *set, const struct tl_lower *lower, const struct tl_project *project)
{
	struct tl_arena arena = { 0 };
	struct tl_flow *flow, *again;
	struct tl_error err = { 0 };
	bool good = check(set, lower, project);

	demand(read_flow(set->data, 0, lower, &flow, &err) == 0 && read_flow(set->data, 0, lower, &again, &err) == 0);
	demand(!flow == !again && (flow || lower->findings->count > 0));
	if (flow) {
		demand(tl_item_equal(tl_flow_canonical(&arena, flow), tl_flow_canonical(&arena, again)));
		if (good && flow->dialect == TL_DIALECT_NATIVE)
			go_round(&arena, flow, lower);
	}
	tl_flow_free(flow);
	tl_flow_free(again);
	tl_arena_clear(&arena);
	simulate(set, lower, project);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tl_str bytes = { (const char *)data, size };
	struct tl_flow_file file = { .path = TL_STR("t.flow.yaml"), .chosen = true };
	struct tl_flow_set set = { &file, 1, read_flow, exists, &bytes };
	struct tl_findings findings = { 0 };
	struct tl_project *project;
	struct tl_lower lower = { .findings = &findings };

	tl_project_default(&project);
	lower.limits = project->limits;
	lower.limits.file = 1 << 20;
	lower.limits.scalars = 20000;
	lower.limits.text = 1 << 20;
	lower.limits.max_steps = 200;
	try_flow(&set, &lower, project);
	tl_project_free(project);
	tl_findings_clear(&findings);
	return 0;
}

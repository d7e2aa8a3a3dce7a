/* check/run.c: the chosen flows, one at a time by each worker: read, schema, local rules, summary. */
#include "check/run.h"

#include <stdlib.h>

#include "base/pool.h"
#include "doc/yaml.h"

#define DOCUMENT_DEPTH 64

/* What one worker has found so far. */
struct worker {
	struct tl_findings findings;
	struct tl_ignores ignores;
	struct tl_arena scratch;
	struct tl_error err;
	size_t flows;
};

struct run {
	struct tl_summaries *summaries;
	const struct tl_check_options *options;
	struct worker *workers;
	uint32_t *todo; /* files that must be read: chosen ones, and those that the cache does not know */
	size_t n_todo;
};

static void find_facts(struct tl_check *check)
{
	const struct tl_flow *flow = check->flow;

	check->reached = TL_ARENA_ARRAY(check->scratch, bool, flow->n_nodes + (size_t)1);
	check->entered = TL_ARENA_ARRAY(check->scratch, bool, flow->n_routines + (size_t)1);
	tl_graph_reach(flow, check->reached, check->entered);
	tl_graph_cycles(&check->cycles, check->scratch, flow, check->reached);
}

static void run_local_rules(struct tl_check *check)
{
	find_facts(check);
	for (size_t i = 0; i < tl_rule_count; i++) {
		check->rule = tl_rule_table[i];
		if (check->rule->local && !tl_check_is_off(check->options, check->rule))
			check->rule->local(check);
	}
}

static void check_flow(struct run *run, struct worker *worker, const struct tl_flow *flow, size_t first)
{
	struct tl_check check = {
		.flow = flow,
		.set = run->summaries->set,
		.options = run->options,
		.lower = &run->summaries->lower,
		.findings = &worker->findings,
		.first = first,
		.scratch = &worker->scratch,
	};

	if (flow->dialect == TL_DIALECT_NATIVE)
		tl_schema_check(run->options->schemas->compiled[TL_SCHEMA_FLOW], flow->doc->root, &flow->doc->source, &worker->findings);
	run_local_rules(&check);
	tl_ignores_read(&worker->ignores, flow->doc, &worker->findings);
	tl_arena_clear(&worker->scratch);
}

static bool found_error(const struct worker *worker, size_t before)
{
	for (size_t i = before; i < worker->findings.count; i++) {
		if (worker->findings.items[i].level == TL_ERROR)
			return true;
	}
	return false;
}

/* A file that was meant and holds no flow is never passed over. */
static void note_no_flow(struct worker *worker, const struct tl_flow_file *file, size_t before)
{
	struct tl_source source;
	struct tl_finding *finding;

	if (found_error(worker, before))
		return;
	tl_source_init(&source, file->path, TL_STR(""));
	finding = tl_findings_add(&worker->findings, &source, (struct tl_span){ 0, 0 }, TL_ERROR, "schema", "the file holds no flow");
	tl_findings_help(&worker->findings, finding, "a flow starts with 'flow: NAME', or is of one of Architect's types, or has 'nodes'");
	tl_source_clear(&source);
}

static int check_chosen(struct run *run, struct worker *worker, unsigned number, size_t i)
{
	const struct tl_flow_set *set = run->summaries->set;
	struct tl_lower lower = run->summaries->lower;
	size_t before = worker->findings.count;
	struct tl_flow *flow = NULL;

	lower.findings = &worker->findings;
	if (set->read(set->data, i, &lower, &flow, &worker->err) != 0)
		return -1;
	if (flow)
		check_flow(run, worker, flow, before);
	else if (!set->files[i].maybe)
		note_no_flow(worker, &set->files[i], before);
	worker->flows += flow || !set->files[i].maybe;
	tl_summaries_put(run->summaries, number, i, flow);
	if (flow && run->options->seen && !found_error(worker, before))
		run->options->seen(run->options->data, number, i, flow);
	tl_flow_free(flow);
	return 0;
}

static int check_one(void *data, unsigned number, size_t i)
{
	struct run *run = data;
	struct worker *worker = &run->workers[number];
	size_t file = run->todo[i];

	if (run->options->stopped && run->options->stopped())
		return tl_error_set(&worker->err, TL_INTERRUPTED, "interrupted");
	if (run->summaries->set->files[file].chosen)
		return check_chosen(run, worker, number, file);
	return tl_summaries_make(run->summaries, number, file, &worker->err);
}

static void find_todo(struct run *run)
{
	const struct tl_flow_set *set = run->summaries->set;

	run->todo = tl_alloc_zero(set->count + 1, sizeof(*run->todo));
	for (size_t i = 0; i < set->count; i++) {
		if (set->files[i].chosen || !tl_summaries_recall(run->summaries, i))
			run->todo[run->n_todo++] = (uint32_t)i;
	}
}

static void collect(struct tl_check_result *out, struct run *run, unsigned workers, struct tl_error *err)
{
	for (unsigned i = 0; i < workers; i++) {
		struct worker *worker = &run->workers[i];

		tl_findings_append(&out->findings, &worker->findings);
		out->flows += worker->flows;
		if (worker->err.code != TL_OK && err->code == TL_OK)
			*err = worker->err;
	}
}

/* Levels first, so that a comment about a rule that is off is said to be of no use. */
static void finish(struct tl_check_result *out, struct run *run, unsigned workers)
{
	struct tl_ignores *ignores = tl_alloc_zero(workers, sizeof(*ignores));
	bool *held = tl_alloc_zero(out->findings.count + 1, sizeof(*held));

	tl_check_set_levels_held(&out->findings, held, run->options);
	for (unsigned i = 0; i < workers; i++)
		ignores[i] = run->workers[i].ignores;
	out->ignored = tl_ignores_apply(&out->findings, held, ignores, workers);
	for (unsigned i = 0; i < workers; i++)
		run->workers[i].ignores = ignores[i];
	free(ignores);
	free(held);
	tl_findings_sort(&out->findings);
}

int tl_check_run(struct tl_check_result *out, struct tl_summaries *summaries, const struct tl_check_options *options, struct tl_error *err)
{
	unsigned workers = summaries->workers;
	struct run run = { .summaries = summaries, .options = options, .workers = tl_alloc_zero(workers, sizeof(struct worker)) };
	int status;

	*out = (struct tl_check_result){ 0 };
	find_todo(&run);
	status = tl_pool_run(workers, run.n_todo, check_one, &run);
	err->code = TL_OK;
	collect(out, &run, workers, err);
	if (status == 0)
		status = tl_check_linked(&out->findings, summaries, options, err);
	finish(out, &run, workers);
	for (unsigned i = 0; i < workers; i++) {
		tl_findings_clear(&run.workers[i].findings);
		tl_ignores_clear(&run.workers[i].ignores);
		tl_arena_clear(&run.workers[i].scratch);
	}
	free(run.todo);
	free(run.workers);
	return status;
}

void tl_check_result_clear(struct tl_check_result *result)
{
	tl_findings_clear(&result->findings);
	*result = (struct tl_check_result){ 0 };
}

/* Where there is no flow at all a suite is looked at alone. */
static void check_suite_flow(struct tl_findings *findings, struct tl_doc *doc, const struct tl_flow_keys *flows)
{
	const struct tl_item *id = tl_item_get(doc->root, "suite");

	if (!id || id->kind != TL_STRING || flows->count == 0 || tl_flow_keys_have(flows, id->text))
		return;
	tl_findings_add(findings, &doc->source, id->span, TL_ERROR, "unknown-flow", "there is no flow '%.*s'", TL_FMT(id->text));
}

void tl_check_document(struct tl_findings *findings, enum tl_schema_name schema, struct tl_str path, struct tl_str bytes, uint64_t limit,
                       const struct tl_check_options *options, const struct tl_flow_keys *flows)
{
	struct tl_read_options read = { .bytes = limit, .depth = DOCUMENT_DEPTH, .findings = findings };
	struct tl_doc *doc;

	tl_doc_read(&doc, path, bytes, &read);
	if (doc->root)
		tl_schema_check(options->schemas->compiled[schema], doc->root, &doc->source, findings);
	if (doc->root && schema == TL_SCHEMA_SUITE && flows)
		check_suite_flow(findings, doc, flows);
	tl_doc_free(doc);
}

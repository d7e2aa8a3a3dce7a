/* sim/suite.c: reading suites, and running cases in parallel with results in order. */
#include "sim/suite.h"

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "doc/yaml.h"

/* Results that are held at once while their turn comes: fewer where they are large. */
#define BATCH 1024
#define FIRST_BATCH 16
#define BATCH_BYTES ((size_t)64 << 20)

void tl_suite_free(struct tl_suite *suite)
{
	if (!suite)
		return;
	tl_doc_free(suite->doc);
	free(suite);
}

static void check_ids(const struct tl_suite *suite, const struct tl_limits *limits, struct tl_findings *findings)
{
	struct tl_map seen = { 0 };
	bool made;

	if (suite->cases->count > limits->cases)
		tl_findings_add(findings, &suite->doc->source, suite->cases->key_span, TL_ERROR, "limit",
		                "%u cases, more than the limit 'cases' of %llu", suite->cases->count, (unsigned long long)limits->cases);
	for (const struct tl_item *item = suite->cases->first; item; item = item->next) {
		const struct tl_item *id = tl_item_get(item, "id");

		if (!id || id->kind != TL_STRING)
			continue;
		tl_map_put(&seen, id->text, &made);
		if (!made)
			tl_findings_add(findings, &suite->doc->source, id->span, TL_ERROR, "duplicate-case", "case id '%.*s' repeats", TL_FMT(id->text));
	}
	tl_map_clear(&seen);
}

static struct tl_doc *read_doc(struct tl_str path, struct tl_str bytes, const struct tl_limits *limits, struct tl_findings *findings)
{
	/* Without aliases a file has fewer scalars than bytes: a large suite passes, a bomb of aliases does not. */
	uint64_t scalars = bytes.len > limits->scalars ? bytes.len : limits->scalars;
	struct tl_read_options options = { .bytes = limits->suite, .depth = limits->depth, .scalars = scalars, .findings = findings };
	struct tl_doc *doc;

	options.expanded = 2 * bytes.len + 8 * limits->file;
	tl_doc_read(&doc, path, bytes, &options);
	return doc;
}

/* Ends the reading of a suite: -1 and freed where an error was found since `errors`. */
static int settle(struct tl_suite **out, struct tl_suite *suite, const struct tl_findings *findings, size_t errors)
{
	if (tl_findings_count(findings, TL_ERROR) == errors) {
		*out = suite;
		return 0;
	}
	tl_suite_free(suite);
	return -1;
}

int tl_suite_read(struct tl_suite **out, struct tl_str path, struct tl_str bytes, const struct tl_schemas *schemas,
                  const struct tl_limits *limits, struct tl_findings *findings)
{
	struct tl_suite *suite = tl_alloc_zero(1, sizeof(*suite));
	size_t errors = tl_findings_count(findings, TL_ERROR);
	const struct tl_item *head;

	*out = NULL;
	suite->doc = read_doc(path, bytes, limits, findings);
	suite->path = suite->doc->source.path;
	if (suite->doc->root)
		tl_schema_check(schemas->compiled[TL_SCHEMA_SUITE], suite->doc->root, &suite->doc->source, findings);
	head = tl_item_get(suite->doc->root, "suite");
	suite->cases = tl_item_get(suite->doc->root, "cases");
	suite->defaults = tl_item_get(suite->doc->root, "defaults");
	if (head && head->kind == TL_STRING) {
		suite->flow_id = head->text;
		suite->flow_span = head->span;
	}
	if (suite->cases && suite->cases->kind == TL_LIST)
		check_ids(suite, limits, findings);
	return settle(out, suite, findings, errors);
}

struct tl_str tl_suite_names(struct tl_arena *arena, struct tl_str path, struct tl_str bytes, const struct tl_limits *limits)
{
	struct tl_findings ignored = { 0 };
	struct tl_doc *doc = read_doc(path, bytes, limits, &ignored);
	struct tl_str flow = tl_arena_dup(arena, tl_item_text(doc->root, "suite"));

	tl_doc_free(doc);
	tl_findings_clear(&ignored);
	return flow;
}

/* A list of cases, whatever the file's form. */
static const struct tl_item *cases_of(struct tl_suite *suite)
{
	const struct tl_item *root = suite->doc->root, *cases = tl_item_get(root, "cases");

	if (cases || root->kind == TL_LIST)
		return cases ? cases : root;
	suite->made = tl_item_new(&suite->doc->arena, TL_LIST);
	suite->made->span = root->span;
	tl_item_add(suite->made, tl_item_copy(&suite->doc->arena, root));
	return suite->made;
}

/* A case without a suite needs no id: it gets one. */
static void give_ids(struct tl_suite *suite)
{
	struct tl_arena *arena = &suite->doc->arena;
	struct tl_item *list = tl_item_new(arena, TL_LIST);
	uint32_t number = 0;

	list->span = suite->cases->span;
	for (const struct tl_item *item = suite->cases->first; item; item = item->next) {
		struct tl_item *copy = tl_item_copy(arena, item), *with_id;

		number++;
		if (item->kind == TL_MAP && !tl_item_get(item, "id")) {
			with_id = tl_item_new(arena, TL_MAP);
			with_id->span = item->span;
			tl_item_put(with_id, TL_STR("id"), tl_item_string(arena, tl_arena_printf(arena, "case-%u", number)));
			for (const struct tl_item *child = item->first; child; child = child->next) {
				struct tl_item *member = tl_item_put(with_id, child->key, tl_item_copy(arena, child));

				member->key_span = child->key_span;
			}
			copy = with_id;
		}
		tl_item_add(list, copy);
	}
	suite->cases = list;
}

int tl_suite_read_cases(struct tl_suite **out, struct tl_str path, struct tl_str bytes, const struct tl_schemas *schemas,
                        const struct tl_limits *limits, struct tl_findings *findings)
{
	struct tl_suite *suite = tl_alloc_zero(1, sizeof(*suite));
	size_t errors = tl_findings_count(findings, TL_ERROR);

	*out = NULL;
	suite->doc = read_doc(path, bytes, limits, findings);
	suite->path = suite->doc->source.path;
	if (suite->doc->root) {
		suite->defaults = tl_item_get(suite->doc->root, "defaults");
		suite->cases = cases_of(suite);
		if (suite->cases->kind == TL_LIST)
			give_ids(suite);
		tl_schema_check(schemas->compiled[TL_SCHEMA_CASE], suite->doc->root, &suite->doc->source, findings);
		if (suite->cases->kind == TL_LIST)
			check_ids(suite, limits, findings);
	}
	return settle(out, suite, findings, errors);
}

/* ---- running */

static struct tl_case_context context_of(const struct tl_suite_run *run, struct tl_findings *findings)
{
	return (struct tl_case_context){
		.flow = run->program->flow,
		.project = run->project,
		.values = run->values,
		.limits = run->limits,
		.source = &run->suite->doc->source,
		.findings = findings,
	};
}

bool tl_suite_check(const struct tl_suite_run *run, struct tl_findings *findings)
{
	struct tl_case_context context = context_of(run, findings);
	struct tl_arena arena = { 0 };
	struct tl_case given;
	bool good = true;

	for (const struct tl_item *item = run->suite->cases->first; item; item = item->next) {
		good = tl_case_read(&given, &arena, item, run->suite->defaults, &context) && good;
		tl_arena_clear(&arena);
	}
	return good;
}

/* Some cases that run at once. */
struct batch {
	const struct tl_suite_run *run;
	const struct tl_item *items[BATCH];
	struct tl_case_result *results;
	size_t count;
};

static int run_one(void *data, unsigned worker, size_t i)
{
	struct batch *batch = data;
	const struct tl_suite_run *run = batch->run;
	struct tl_case_result *result = &batch->results[i];
	struct tl_findings findings = { 0 };
	struct tl_case_context context = context_of(run, &findings);

	(void)worker;
	tl_case_read(&result->given, &result->arena, batch->items[i], run->suite->defaults, &context);
	tl_findings_clear(&findings);
	if (run->runner && run->runner(run->runner_data, result, run) != 0)
		return -1;
	if (!run->runner)
		tl_case_run(&result->run, &result->given, run->program, run->project);
	if (tl_case_was_run(result))
		tl_expect_check(&result->failures, &result->arena, &result->given, &result->run, run->values);
	return 0;
}

bool tl_case_was_run(const struct tl_case_result *result)
{
	return result->skipped.len == 0 && result->undone.len == 0;
}

/* How many cases the next batch has: twice as many, or, where these took too much memory, a quarter. */
static size_t next_count(const struct batch *batch, size_t limit)
{
	size_t bytes = 0;

	for (size_t i = 0; i < batch->count; i++)
		bytes += batch->results[i].arena.used + batch->results[i].run.arena.used;
	if (bytes > BATCH_BYTES)
		return limit / 4 + 1;
	return limit < BATCH / 2 ? limit * 2 : BATCH;
}

/* `failed`: nothing of it is told. */
static int hand_up(struct batch *batch, bool failed)
{
	int stop = failed ? -1 : 0;

	for (size_t i = 0; i < batch->count; i++) {
		struct tl_case_result *result = &batch->results[i];

		if (stop == 0)
			stop = batch->run->done(batch->run->data, result);
		tl_run_clear(&result->run);
		tl_arena_clear(&result->arena);
		memset(result, 0, sizeof(*result));
	}
	return stop;
}

int tl_suite_run(const struct tl_suite_run *run)
{
	struct batch *batch = tl_alloc_zero(1, sizeof(*batch));
	const struct tl_item *item = run->suite->cases->first;
	size_t limit = FIRST_BATCH;
	bool failed;
	int stop = 0;

	batch->run = run;
	batch->results = tl_alloc_zero(BATCH, sizeof(*batch->results));
	while (item && stop == 0) {
		for (batch->count = 0; item && batch->count < limit; item = item->next)
			batch->items[batch->count++] = item;
		failed = tl_pool_run(run->jobs, batch->count, run_one, batch) != 0;
		limit = next_count(batch, limit);
		stop = hand_up(batch, failed);
	}
	free(batch->results);
	free(batch);
	return stop;
}

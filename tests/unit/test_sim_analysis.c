/* tests/unit/test_sim_analysis.c: the way that a call took, in figures: a flow, a way through it, what was expected, and what comes of it in one line. */
#include "unit.h"

#include <stdlib.h>

#include "sim/analysis.h"
#include "unit_flow.h"

#define FLOW                                                                                                                                         \
	"flow: t\nname: t\nchannel: voice\nstart: a\nnodes:\n"                                                                                         \
	"  a: {type: play, prompt: {text: s}, next: m}\n"                                                                                              \
	"  m: {type: menu, prompt: {text: m}, choices: [{key: '1', next: d}, {key: '9', next: m}], otherwise: z}\n"                                    \
	"  d: {type: decide, cases: [{when: {variable: call.language, equals: x}, next: a}], otherwise: z}\n"                                          \
	"  z: {type: end}\n"

/* "node>outcome node …" */
static void walk(struct tl_run *run, const struct tl_flow *flow, const char *way)
{
	char *text = tl_strdup(way), *rest = NULL;

	run->flow = flow;
	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		char *outcome = strchr(word, '>');
		struct tl_visit *visit;

		if (outcome)
			*outcome++ = '\0';
		run->visits = tl_grow(run->visits, &run->visit_capacity, run->n_visits + 1, sizeof(*run->visits));
		visit = &run->visits[run->n_visits++];
		*visit = (struct tl_visit){ .flow = flow, .node = &flow->nodes[tl_map_index(&flow->node_names, tl_str(word))] };
		for (uint32_t i = 0; outcome && i < visit->node->n_outcomes; i++) {
			const struct tl_outcome *one = &tl_node_outcomes(flow, visit->node)[i];

			/* A blank in an outcome's name is written as '_'. */
			for (char *c = outcome; *c; c++)
				*c = *c == '_' ? ' ' : *c;
			if (tl_str_is(one->name, outcome))
				visit->outcome = one;
		}
		assert_row(way, !outcome || visit->outcome);
	}
	free(text);
}

static void describe(struct tl_buf *out, const struct tl_analysis *analysis)
{
	tl_buf_printf(out, "%llu nodes, %llu decide;", (unsigned long long)analysis->nodes, (unsigned long long)analysis->decision_points);
	for (size_t i = 0; i < analysis->n_cycles; i++)
		tl_buf_printf(out, " %.*s", TL_FMT(analysis->cycles[i]->name.text));
	tl_buf_text(out, ";");
	for (size_t i = 0; i < analysis->n_never_taken; i++)
		tl_buf_printf(out, "%s%.*s>%.*s", i > 0 ? ", " : " ", TL_FMT(analysis->never_taken[i].node->name.text),
		              TL_FMT(analysis->never_taken[i].outcome->name));
	tl_buf_printf(out, "; %llu of %llu; %g %g", (unsigned long long)analysis->met, (unsigned long long)analysis->expected, analysis->efficiency,
	              analysis->accuracy);
}

static const struct row {
	const char *what, *way, *expect, *expected;
} rows[] = {
	{ "no visit: nothing to divide by", "", "{}", "0 nodes, 0 decide;; m>choice 1, m>choice 2, m>otherwise, d>case 1, d>otherwise; 0 of 0; -1 -1" },
	{ "a straight way", "a>next m>choice_1 d>otherwise z", "{}",
	  "4 nodes, 2 decide;; m>choice 2, m>otherwise, d>case 1; 0 of 0; 0.5 -1" },
	{ "each repeated visit is a cycle, and costs a tenth", "a>next m>choice_2 m>choice_2 m>choice_1 d>otherwise z", "{}",
	  "6 nodes, 4 decide; m m; m>otherwise, d>case 1; 0 of 0; 0.466667 -1" },
	{ "efficiency does not fall below nothing", "a>next m>choice_1 d>case_1 a>next m>choice_1 d>case_1 a>next m>choice_1 d>case_1 a", "{}",
	  "10 nodes, 6 decide; a m d a m d a; m>choice 2, m>otherwise, d>otherwise; 0 of 0; 0 -1" },
	{ "where no outcome is told, where it led says it", "a m d z", "{}", "4 nodes, 2 decide;; m>choice 2, m>otherwise, d>case 1; 0 of 0; 0.5 -1" },
	{ "no branch is left: no penalty for that", "a>next m>choice_2 m>otherwise d>case_1 d>otherwise m>choice_1", "{\"visits\":[\"a\"]}",
	  "6 nodes, 5 decide; m d m;; 1 of 1; 0.533333 0.9" },
	{ "a path in order", "a m d z", "{\"path\":[\"a\",\"d\",\"m\"]}",
	  "4 nodes, 2 decide;; m>choice 2, m>otherwise, d>case 1; 2 of 3; 0.5 0.616667" },
	{ "an exact path, and a visit too many", "a m d z", "{\"exact_path\":[\"a\",\"m\",\"z\"]}",
	  "4 nodes, 2 decide;; m>choice 2, m>otherwise, d>case 1; 2 of 4; 0.5 0.45" },
	{ "what is avoided and what is not", "a m d z", "{\"avoids\":[\"z\",\"q\"],\"visits\":[\"d\"],\"ends_at\":\"z\",\"status\":\"completed\"}",
	  "4 nodes, 2 decide;; m>choice 2, m>otherwise, d>case 1; 3 of 4; 0.5 0.7" },
};

static void test_rows(void **state)
{
	struct tl_flow *flow = unit_native(FLOW);

	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_arena arena = { 0 };
		struct tl_run run = { 0 };
		struct tl_analysis analysis;
		struct tl_buf line = { 0 };
		struct tl_error err;
		struct tl_doc *doc;

		assert_int_equal(tl_json_parse(&doc, TL_STR("expect"), tl_str(rows[i].expect), &err), 0);
		walk(&run, flow, rows[i].way);
		tl_analysis_of_run(&analysis, &arena, &run, doc->root, NULL);
		describe(&line, &analysis);
		if (!tl_str_is(tl_buf_view(&line), rows[i].expected))
			fail_msg("%s: %s", rows[i].what, line.data);
		tl_buf_clear(&line);
		tl_run_clear(&run);
		tl_doc_free(doc);
		tl_arena_clear(&arena);
	}
	tl_flow_free(flow);
}

static void an_expectation_that_failed_is_not_met(void **state)
{
	struct tl_flow *flow = unit_native(FLOW);
	struct tl_failure failure = { .expectation = "transfer" };
	struct tl_failures failures = { &failure, 1, 1 };
	struct tl_arena arena = { 0 };
	struct tl_analysis analysis;
	struct tl_run run = { 0 };
	struct tl_error err;
	struct tl_doc *doc;

	(void)state;
	assert_int_equal(tl_json_parse(&doc, TL_STR("expect"), TL_STR("{\"transfer\":null,\"exit\":null}"), &err), 0);
	walk(&run, flow, "a");
	tl_analysis_of_run(&analysis, &arena, &run, doc->root, &failures);
	assert_int_equal(analysis.expected, 2);
	assert_int_equal(analysis.met, 1);
	assert_true(analysis.accuracy == 0.45 && analysis.efficiency == 0);
	tl_run_clear(&run);
	tl_doc_free(doc);
	tl_arena_clear(&arena);
	tl_flow_free(flow);
}

int test_sim_analysis(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(an_expectation_that_failed_is_not_met),
	};

	return cmocka_run_group_tests_name("sim_analysis", tests, NULL, NULL);
}

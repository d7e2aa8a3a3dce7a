/* dialect/native: the page's own example, and files with mistakes, to the model. */
#include "unit.h"

#include "dialect/dialect.h"
#include "doc/yaml.h"

static const char support_line[] =
	"flow: support-line\n"
	"name: Customer support line\n"
	"channel: voice\n"
	"start: greet\n"
	"variables:\n"
	"  tier:         {type: string, enum: [standard, premium], default: standard}\n"
	"  open_tickets: {type: number, default: 0}\n"
	"  intent:       {type: string}\n"
	"prompts:\n"
	"  welcome: {audio: prompts/welcome.wav, text: \"Welcome.\", duration: 3s}\n"
	"  menu:    {text: \"For billing press 1, for support press 2.\"}\n"
	"nodes:\n"
	"  greet:  {type: play, prompt: welcome, next: main}\n"
	"  main:\n"
	"    type: menu\n"
	"    prompt: menu\n"
	"    choices:\n"
	"      - {key: \"1\", phrases: [billing, my bill], set: {intent: billing}, next: billing}\n"
	"      - {key: \"2\", phrases: [support], next: route}\n"
	"      - {key: \"9\", when: {variable: tier, equals: premium}, next: vip}\n"
	"    no_input: {timeout: 7s, retries: 2}\n"
	"    no_match: {retries: 1}\n"
	"    otherwise: operator\n"
	"  route:\n"
	"    type: decide\n"
	"    cases:\n"
	"      - {when: {not: {any: [{variable: open_tickets, in: [0, 1]}]}}, next: vip}\n"
	"    otherwise: nowhere\n"
	"  billing:  {type: transfer, to: {queue: \"${env.BILLING_QUEUE}\"}}\n"
	"  vip:      {type: transfer, to: {queue: \"q-${tier}-$$5\"}, failed: operator}\n"
	"  operator: {type: end, exit: done}\n";

static struct tl_flow *read_flow(const char *text, const struct tl_lower *lower)
{
	struct tl_read_options options = { .depth = 64, .findings = lower->findings };
	struct tl_doc *doc;
	struct tl_flow *flow;

	tl_yaml_read(&doc, TL_STR("flows/a.flow.yaml"), tl_str(text), &options);
	assert_non_null(doc->root);
	tl_native_read(&flow, doc, lower);
	return flow;
}

static const struct tl_node *node_named(const struct tl_flow *flow, const char *name)
{
	uint32_t index = tl_map_index(&flow->node_names, tl_str(name));

	assert_int_not_equal(index, TL_NONE);
	return &flow->nodes[index];
}

static void test_example(void **state)
{
	struct tl_findings findings = { 0 };
	struct tl_lower lower = { .limits = tl_limits_default(), .findings = &findings };
	struct tl_flow *flow = read_flow(support_line, &lower);
	const struct tl_node *menu = node_named(flow, "main"), *route = node_named(flow, "route"), *vip = node_named(flow, "vip");
	const struct tl_outcome *outcomes = tl_node_outcomes(flow, menu);

	(void)state;
	assert_int_equal(findings.count, 0);
	assert_int_equal(flow->n_nodes, 6);
	assert_str(flow->id.text, "support-line");
	assert_int_equal(flow->variables[1].type, TL_V_NUMBER);
	assert_int_equal(flow->variables[0].n_allowed, 2);
	assert_int_equal(flow->prompts[0].duration_ms, 3000);
	assert_int_equal(menu->n_outcomes, 4);
	assert_str(outcomes[0].name, "choice 1");
	assert_str(outcomes[0].phrases[1].text, "my bill");
	assert_int_equal(outcomes[0].n_assignments, 1);
	assert_int_equal(outcomes[2].guard->op, TL_OP_EQUALS);
	assert_int_equal(menu->ask.timeout_ms, 7000);
	assert_int_equal(menu->ask.no_input.retries, 2);
	assert_int_equal(tl_node_outcomes(flow, route)[0].guard->args[0].args[0].n_args, 3);
	assert_int_equal(tl_node_outcome(flow, route, TL_R_OTHERWISE)->target.to, TL_TO_NOWHERE);
	assert_int_equal(vip->subject->kind, TL_E_TEMPLATE);
	assert_str(vip->subject->args[2].value.text, "-$5");
	assert_int_equal(tl_node_outcome(flow, vip, TL_R_FAILED)->target.node, node_named(flow, "operator") - flow->nodes);
	assert_int_equal(node_named(flow, "billing")->subject->args[0].variable.scope, TL_S_ENV);
	assert_int_equal(flow->start.node, 0);
	tl_flow_free(flow);
	tl_findings_clear(&findings);
}

static void test_values(void **state)
{
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_map values = { 0 };
	struct tl_str queue = TL_STR("7d2a");
	struct tl_flow *flow;

	(void)state;
	tl_map_put(&values, TL_STR("BILLING_QUEUE"), NULL)->value.ptr = &queue;
	lower.values = &values;
	flow = read_flow(support_line, &lower);
	assert_int_equal(node_named(flow, "billing")->subject->kind, TL_E_LITERAL);
	assert_str(node_named(flow, "billing")->subject->value.text, "7d2a");
	tl_flow_free(flow);
	tl_map_clear(&values);
}

/* A short flow with a long value in many places does not become a long one. */
static void test_values_that_are_too_long(void **state)
{
	struct tl_findings findings = { 0 };
	struct tl_lower lower = { .limits = tl_limits_default(), .findings = &findings };
	struct tl_map values = { 0 };
	struct tl_str megabyte = { calloc(1 << 20, 1), 1 << 20 };
	struct tl_buf text = { 0 };
	const struct tl_expr *said;
	struct tl_flow *flow;

	(void)state;
	memset((char *)(uintptr_t)megabyte.ptr, 'x', megabyte.len);
	tl_map_put(&values, TL_STR("A"), NULL)->value.ptr = &megabyte;
	lower.values = &values;
	tl_buf_text(&text, "flow: a\nprompts: {p: {text: \"");
	for (int i = 0; i < 40; i++)
		tl_buf_text(&text, "${env.A}");
	tl_buf_text(&text, "\"}}\n");
	flow = read_flow(text.data, &lower);
	said = flow->prompts[0].texts[0].text;
	assert_int_equal(said->args[0].value.text.len, 16 << 20);
	assert_int_equal(said->args[1].variable.scope, TL_S_ENV);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.items[0].rule, "limit");
	tl_flow_free(flow);
	tl_map_clear(&values);
	tl_findings_clear(&findings);
	tl_buf_clear(&text);
	free((char *)(uintptr_t)megabyte.ptr);
}

/* Wrong shapes are the schema's to name; here they must neither stop nor crash. */
static void test_mistakes(void **state)
{
	static const char *const texts[] = {
		"flow: a\n", "flow: [a]\nnodes: 5\n", "flow: a\nstart: x\nnodes: {x: 5, y: {type: 7}, z: {type: dance}}\n",
		"flow: a\nnodes: {m: {type: menu, choices: [1, {key: 1, when: 3, set: [], next: {}}], no_input: []}}\n",
		"flow: a\nvariables: {v: 3, w: {default: ~}}\nprompts: {p: [], q: {text: 5, audio: {x: 1}}}\n"
		"nodes: {t: {type: transfer, to: {}}, s: {type: set, values: {v: \"${\", w: \"${}\", x: \"$\"}}}\n",
		"flow: a\nnodes: {d: {type: decide, cases: {a: 1}}, e: {type: decide, cases: [{when: {not: 1}}, {when: {all: 3}}]}}\n",
		"flow: a\nnodes: {g: {type: gather, accept: 5, digits: {min: x, max: -1, terminator: 5}}, b: {type: subflow, exits: [1], outputs: {a: 1}}}\n",
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(texts); i++) {
		struct tl_lower lower = { .limits = tl_limits_default() };
		struct tl_flow *flow = read_flow(texts[i], &lower);

		assert_non_null(flow);
		tl_flow_free(flow);
	}
}

int test_native(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_values_that_are_too_long),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* flow/canonical: what canonical forms are blind to, and what they keep. */
#include "unit.h"

#include "flow/canonical.h"
#include "unit_flow.h"

#define HEAD "flow: a\nchannel: voice\nstart: x\n"

static const struct {
	const char *what;
	bool equal;
	const char *a, *b;
} pair_table[] = {
	{ "layout, comments and the order of keys", true,
	  HEAD "nodes:\n  x: {type: play, prompt: {text: hi}, next: y} # first\n  y: {type: end}\n",
	  "nodes:\n  y:\n    type: end\n  x:\n    next: y\n    prompt:\n      text: \"hi\"\n    type: play\nstart: x\nchannel: voice\nflow: a\n" },
	{ "a name that only repeats the id", true, HEAD "nodes: {x: {type: end}}\n", HEAD "name: a\nnodes: {x: {type: end}}\n" },
	{ "another name", false, HEAD "nodes: {x: {type: end}}\n", HEAD "name: b\nnodes: {x: {type: end}}\n" },
	{ "durations by what they last", true,
	  HEAD "nodes: {x: {type: menu, prompt: {text: t}, choices: [], no_input: {timeout: 60s}, otherwise: x}}\n",
	  HEAD "nodes: {x: {type: menu, prompt: {text: t}, choices: [], no_input: {timeout: 1m}, otherwise: x}}\n" },
	{ "a default that is written", false,
	  HEAD "nodes: {x: {type: menu, prompt: {text: t}, choices: [], no_input: {timeout: 5s}, otherwise: x}}\n",
	  HEAD "nodes: {x: {type: menu, prompt: {text: t}, choices: [], no_input: {}, otherwise: x}}\n" },
	{ "values that do not depend on each other, in any order", true,
	  HEAD "variables: {a: {type: string}, b: {type: string}}\nnodes: {x: {type: set, values: {a: 1, b: \"${last.input}\"}, next: x}}\n",
	  HEAD "variables: {b: {type: string}, a: {type: string}}\nnodes: {x: {type: set, values: {b: \"${last.input}\", a: 1}, next: x}}\n" },
	{ "values that do, in their order", false,
	  HEAD "variables: {a: {type: string}, b: {type: string}}\nnodes: {x: {type: set, values: {a: 1, b: \"is ${a}\"}, next: x}}\n",
	  HEAD "variables: {a: {type: string}, b: {type: string}}\nnodes: {x: {type: set, values: {b: \"is ${a}\", a: 1}, next: x}}\n" },
	{ "a value that reads a later one may as well stand after it", false,
	  HEAD "variables: {a: {type: object}, b: {type: string}}\nnodes: {x: {type: set, values: {b: \"${a.c}\", a: {c: 1}}, next: x}}\n",
	  HEAD "variables: {a: {type: object}, b: {type: string}}\nnodes: {x: {type: set, values: {a: {c: 1}, b: \"${a.c}\"}, next: x}}\n" },
	{ "the order of choices", false,
	  HEAD "nodes: {x: {type: menu, prompt: {text: t}, choices: [{key: '1', next: x}, {key: '2', next: x}], otherwise: x}}\n",
	  HEAD "nodes: {x: {type: menu, prompt: {text: t}, choices: [{key: '2', next: x}, {key: '1', next: x}], otherwise: x}}\n" },
	{ "languages after the first, in any order", true,
	  HEAD "prompts: {p: {text: {en: a, de: b, fr: c}}}\nnodes: {x: {type: end}}\n",
	  HEAD "prompts: {p: {text: {en: a, fr: c, de: b}}}\nnodes: {x: {type: end}}\n" },
	{ "another first language", false,
	  HEAD "prompts: {p: {text: {en: a, de: b}}}\nnodes: {x: {type: end}}\n",
	  HEAD "prompts: {p: {text: {de: b, en: a}}}\nnodes: {x: {type: end}}\n" },
	{ "a variable and a text that looks like one", false,
	  HEAD "nodes: {x: {type: play, prompt: {text: '${last.input}'}, next: x}}\n",
	  HEAD "nodes: {x: {type: play, prompt: {text: '$${last.input}'}, next: x}}\n" },
	{ "types of literals", false,
	  HEAD "variables: {a: {type: string}}\nnodes: {x: {type: set, values: {a: 1}, next: x}}\n",
	  HEAD "variables: {a: {type: string}}\nnodes: {x: {type: set, values: {a: '1'}, next: x}}\n" },
	{ "what is accepted, in any order", true,
	  HEAD "nodes: {x: {type: gather, prompt: {text: t}, into: a, accept: [dtmf, speech], next: x, otherwise: x}}\n",
	  HEAD "nodes: {x: {type: gather, prompt: {text: t}, into: a, accept: [speech, dtmf], next: x, otherwise: x}}\n" },
	{ "nothing that is accepted", false,
	  HEAD "nodes: {x: {type: gather, prompt: {text: t}, into: a, accept: [], next: x, otherwise: x}}\n",
	  HEAD "nodes: {x: {type: gather, prompt: {text: t}, into: a, next: x, otherwise: x}}\n" },
	{ "opaque settings", false, HEAD "settings: {a: [1, {b: c}]}\nnodes: {x: {type: end}}\n",
	  HEAD "settings: {a: [1, {b: d}]}\nnodes: {x: {type: end}}\n" },
	{ "a sensitive variable", false, HEAD "variables: {a: {type: string, sensitive: true}}\nnodes: {x: {type: end}}\n",
	  HEAD "variables: {a: {type: string}}\nnodes: {x: {type: end}}\n" },
};

static void test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(pair_table); i++) {
		struct tl_flow *a = unit_native(pair_table[i].a), *b = unit_native(pair_table[i].b);
		struct tl_arena arena = { 0 };
		char digest_a[TL_SHA256_SIZE], digest_b[TL_SHA256_SIZE];
		bool equal = tl_item_equal(tl_flow_canonical(&arena, a), tl_flow_canonical(&arena, b));

		tl_flow_digest(digest_a, a, NULL);
		tl_flow_digest(digest_b, b, NULL);
		assert_row(pair_table[i].what, equal == pair_table[i].equal);
		assert_row(pair_table[i].what, (strcmp(digest_a, digest_b) == 0) == pair_table[i].equal);
		tl_arena_clear(&arena);
		tl_flow_free(a);
		tl_flow_free(b);
	}
}

static void test_words(void **state)
{
	static const char text[] =
		"flow: words\nname: All words\nchannel: message\nstart: ask\nrenamed_from: old\n"
		"variables:\n  n: {type: number, default: 0, enum: [0, 1]}\n"
		"prompts:\n  hi: {audio: a$.wav, text: {en: \"cost $$5 ${n}\", de: x}, duration: 1500ms}\n"
		"nodes:\n"
		"  ask:\n    type: menu\n    name: Ask\n    prompt: hi\n    min_confidence: 0.5\n"
		"    choices:\n      - {phrases: [a, b], when: {any: [{variable: n, in: [1, 2]}]}, prompt: {text: or a}, set: {n: 2}, next: go}\n"
		"    no_match: {retries: 2, prompt: hi, next: go}\n    otherwise: gone\n"
		"  go: {type: subflow, flow: other, inputs: {x: '${n}'}, outputs: {n: m}, exits: {done: bye}, otherwise: bye}\n"
		"  bye: {type: end, exit: done, reason: why}\n";
	struct tl_flow *flow = unit_native(text);
	struct tl_arena arena = { 0 };

	(void)state;
	assert_string_equal(unit_canonical(&arena, flow),
		"{\"channel\":\"message\",\"flow\":\"words\",\"name\":\"All words\",\"nodes\":{"
		"\"ask\":{\"choices\":[{\"next\":\"go\",\"phrases\":[\"a\",\"b\"],\"prompt\":{\"text\":\"or a\"},\"set\":{\"n\":2},"
		"\"when\":{\"any\":[{\"in\":[1,2],\"variable\":\"n\"}]}}],\"min_confidence\":0.5,\"name\":\"Ask\","
		"\"no_match\":{\"next\":\"go\",\"prompt\":\"hi\",\"retries\":2},\"otherwise\":\"gone\",\"prompt\":\"hi\",\"type\":\"menu\"},"
		"\"bye\":{\"exit\":\"done\",\"reason\":\"why\",\"type\":\"end\"},"
		"\"go\":{\"exits\":{\"done\":\"bye\"},\"flow\":\"other\",\"inputs\":{\"x\":\"${n}\"},\"otherwise\":\"bye\","
		"\"outputs\":{\"n\":\"m\"},\"type\":\"subflow\"}},"
		"\"prompts\":{\"hi\":{\"audio\":\"a$.wav\",\"duration\":\"1500ms\",\"first_text\":\"en\","
		"\"text\":{\"de\":\"x\",\"en\":\"cost $$5 ${n}\"}}},"
		"\"renamed_from\":\"old\",\"start\":\"ask\","
		"\"variables\":{\"n\":{\"default\":0,\"enum\":[0,1],\"type\":\"number\"}}}");
	tl_arena_clear(&arena);
	tl_flow_free(flow);
}

static void test_more(void **state)
{
	struct tl_flow *flow = unit_native(HEAD "nodes: {x: {type: end}}\n");
	struct tl_arena arena = { 0 };
	char alone[TL_SHA256_SIZE], with[TL_SHA256_SIZE];

	(void)state;
	tl_flow_digest(alone, flow, NULL);
	tl_flow_digest(with, flow, tl_item_new(&arena, TL_MAP));
	assert_int_equal(strlen(alone), 64);
	assert_string_not_equal(alone, with);
	tl_arena_clear(&arena);
	tl_flow_free(flow);
}

/* ---- Architect: jumps that only lead on are left out */

static uint32_t add_node(struct tl_builder *builder, enum tl_op op, const char *name)
{
	return tl_builder_node(builder, op, (struct tl_name){ .text = tl_str(name) });
}

static void lead(struct tl_builder *builder, uint32_t node, const char *to)
{
	struct tl_target target = tl_target_named((struct tl_name){ .text = tl_str(to) });

	if (*to == '\0')
		target.to = TL_TO_RETURN;
	tl_builder_outcome(builder, node, TL_R_NEXT, TL_STR("next"), target, (struct tl_span){ 0 });
}

static void test_jumps(void **state)
{
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_builder builder;
	struct tl_arena arena = { 0 };
	struct tl_flow *flow;

	(void)state;
	tl_builder_init(&builder, NULL, TL_DIALECT_ARCHITECT, &lower);
	tl_builder_routine(&builder, TL_ROUTINE_FLOW, (struct tl_name){ 0 });
	builder.flow->routines[0].entry = tl_target_named((struct tl_name){ .text = TL_STR("j1") });
	lead(&builder, add_node(&builder, TL_JUMP, "j1"), "j2");
	lead(&builder, add_node(&builder, TL_JUMP, "j2"), "say");
	lead(&builder, add_node(&builder, TL_SAY, "say"), "j3");
	lead(&builder, add_node(&builder, TL_JUMP, "j3"), "");
	lead(&builder, add_node(&builder, TL_JUMP, "before"), "round");
	lead(&builder, add_node(&builder, TL_JUMP, "round"), "about");
	lead(&builder, add_node(&builder, TL_JUMP, "about"), "round");
	lead(&builder, add_node(&builder, TL_JUMP, "after"), "round");
	flow = tl_builder_finish(&builder);
	assert_string_equal(unit_canonical(&arena, flow),
		"{\"channel\":\"voice\",\"nodes\":{"
		"\"about\":{\"outcomes\":{\"next\":\"round\"}},"
		"\"round\":{\"outcomes\":{\"next\":\"about\"}},"
		"\"say\":{\"outcomes\":{\"next\":\"(return)\"}}},"
		"\"routines\":{\"flow \":{\"entry\":\"say\"}},\"start\":\"say\"}");
	tl_arena_clear(&arena);
	tl_flow_free(flow);
}

int test_flow_canonical(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_more),
		cmocka_unit_test(test_jumps),
	};

	return cmocka_run_group_tests_name("flow_canonical", tests, NULL, NULL);
}

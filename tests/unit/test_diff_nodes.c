/* diff: nodes that are renamed, moved and changed, lists, sets and random flows, drawn as one line each. */
#include "unit.h"

#include "base/buf.h"
#include "diff/diff.h"
#include "unit_flow.h"
#include "unit_gen.h"

static void draw_item(struct tl_buf *out, struct tl_arena *arena, const struct tl_item *item)
{
	if (!item)
		tl_buf_char(out, '-');
	else if (item->kind == TL_STRING)
		tl_buf_str(out, item->text);
	else
		tl_buf_text(out, unit_json(arena, item));
}

static void draw_fields(struct tl_buf *out, struct tl_arena *arena, const struct tl_fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		tl_buf_printf(out, " %.*s:", TL_FMT(fields->items[i].field));
		draw_item(out, arena, fields->items[i].before);
		tl_buf_text(out, ">");
		draw_item(out, arena, fields->items[i].after);
	}
}

static const char *draw(struct tl_arena *arena, const struct tl_flow_change *diff)
{
	struct tl_buf out = { 0 };
	const char *text;

	tl_buf_text(&out, tl_difference_name(diff->change));
	draw_fields(&out, arena, &diff->fields);
	for (size_t i = 0; i < diff->n_nodes; i++) {
		const struct tl_node_change *node = &diff->nodes[i];

		tl_buf_printf(&out, "; %s %.*s", tl_difference_name(node->change), TL_FMT(node->node));
		if (node->was.len > 0)
			tl_buf_printf(&out, "<%.*s", TL_FMT(node->was));
		draw_fields(&out, arena, &node->fields);
	}
	text = tl_arena_dup(arena, tl_buf_view(&out)).ptr;
	tl_buf_clear(&out);
	return text;
}

static const char *diff_of(struct tl_arena *arena, const char *before, const char *after)
{
	struct tl_flow *a = unit_native(before), *b = unit_native(after);
	struct tl_version_of left, right;
	struct tl_flow_change diff;
	const char *text;

	tl_version_of_flow(&left, arena, a, true);
	tl_version_of_flow(&right, arena, b, true);
	tl_diff_flow(&diff, arena, &left, &right);
	text = draw(arena, &diff);
	tl_flow_free(a);
	tl_flow_free(b);
	return text;
}

#define HEAD "flow: a\nchannel: voice\nstart: x\n"
#define MENU(choices) HEAD "nodes: {x: {type: menu, prompt: p, choices: [" choices "], otherwise: e}, e: {type: end}}\n"
#define ONE "{key: '1', next: e}"
#define TWO "{key: '2', next: e}"
#define THREE "{key: '3', next: e}"

static const struct {
	const char *what, *before, *after, *diff;
} diff_table[] = {
	{ "layout", HEAD "nodes: {x: {type: play, prompt: p, next: e}, e: {type: end}}\n",
	  "nodes:\n  x: {next: e, prompt: p, type: play} # c\n  e:\n    type: end\nchannel: voice\nstart: x\nflow: a\n", "same" },
	{ "fields of a node", HEAD "nodes: {x: {type: play, prompt: p, next: e}, e: {type: end}}\n",
	  HEAD "nodes: {x: {type: play, prompt: q, next: e, name: Hi}, e: {type: end}}\n", "changed; changed x name:->Hi prompt:p>q" },
	{ "another type", HEAD "nodes: {x: {type: end}}\n", HEAD "nodes: {x: {type: transfer, to: {queue: q}}}\n",
	  "changed; changed x to:->{\"queue\":\"q\"} type:end>transfer" },
	{ "added and removed", HEAD "nodes: {x: {type: end}, y: {type: transfer, to: {queue: q}}}\n",
	  HEAD "nodes: {z: {type: play, prompt: p, next: x}, x: {type: end}}\n", "changed; removed y; added z" },
	{ "fields of the flow",
	  HEAD "variables: {v: {type: string}}\nprompts: {p: {text: old}}\nsettings: {a: {b: 1}}\nnodes: {x: {type: end}}\n",
	  "flow: a\nname: N\nchannel: message\nstart: x\nvariables: {w: {type: number}}\nprompts: {p: {text: new}, q: {text: t}}\nsettings: {a: {b: 2}}\n"
	  "nodes: {x: {type: end}}\n",
	  "changed channel:voice>message name:->N prompts.p.text:old>new prompts.q:->{\"text\":\"t\"} settings.a.b:1>2 "
	  "variables.v:{\"type\":\"string\"}>- variables.w:->{\"type\":\"number\"}" },
	{ "the first prompt of all", HEAD "nodes: {x: {type: end}}\n", HEAD "prompts: {p: {text: t}}\nnodes: {x: {type: end}}\n",
	  "changed prompts.p:->{\"text\":\"t\"}" },
	{ "the last variable", HEAD "variables: {v: {type: string}}\nnodes: {x: {type: end}}\n", HEAD "nodes: {x: {type: end}}\n",
	  "changed variables.v:{\"type\":\"string\"}>-" },
	{ "a choice before others", MENU(ONE "," TWO), MENU(THREE "," ONE "," TWO), "changed; changed x choices[1]:->{\"key\":\"3\",\"next\":\"e\"}" },
	{ "a choice taken away", MENU(ONE "," TWO "," THREE), MENU(ONE "," THREE), "changed; changed x choices[2]:{\"key\":\"2\",\"next\":\"e\"}>-" },
	{ "a choice changed, another added", MENU(ONE "," TWO), MENU(THREE "," ONE "," "{key: '2', next: x}"),
	  "changed; changed x choices[1]:->{\"key\":\"3\",\"next\":\"e\"} choices[3].next:e>x" },
	{ "another key", MENU(ONE), MENU("{key: '2', next: e}"), "changed; changed x choices[1].key:1>2" },
	{ "a condition is read as one",
	  HEAD "nodes: {x: {type: decide, cases: [{when: {variable: v, equals: 1}, next: x}], otherwise: x}}\n",
	  HEAD "nodes: {x: {type: decide, cases: [{when: {variable: v, at_most: 1}, next: x}], otherwise: x}}\n",
	  "changed; changed x cases[1].when:{\"equals\":1,\"variable\":\"v\"}>{\"at_most\":1,\"variable\":\"v\"}" },
	{ "moved", HEAD "nodes: {x: {type: end}, y: {type: end, exit: y}, z: {type: end, exit: z}}\n",
	  HEAD "nodes: {z: {type: end, exit: z}, x: {type: end}, y: {type: end, exit: y}}\n", "same; moved z" },
	{ "renamed: the same content", HEAD "nodes: {x: {type: play, prompt: p, next: old}, old: {type: end, exit: d}}\n",
	  HEAD "nodes: {x: {type: play, prompt: p, next: new}, new: {type: end, exit: d}}\n", "changed; renamed new<old" },
	{ "renamed: leads to itself", HEAD "nodes: {x: {type: menu, prompt: p, choices: [], otherwise: x}}\n",
	  "flow: a\nchannel: voice\nstart: y\nnodes: {y: {type: menu, prompt: p, choices: [], otherwise: y}}\n", "changed; renamed y<x" },
	{ "renamed: two that lead to each other",
	  HEAD "nodes: {x: {type: play, prompt: p, next: a}, a: {type: play, prompt: q, next: b}, b: {type: play, prompt: r, next: a}}\n",
	  HEAD "nodes: {x: {type: play, prompt: p, next: c}, c: {type: play, prompt: q, next: d}, d: {type: play, prompt: r, next: c}}\n",
	  "changed; renamed c<a; renamed d<b" },
	{ "renamed and changed",
	  HEAD "nodes: {x: {type: menu, prompt: p, choices: [" ONE ",{key: '2', next: old}], otherwise: old},"
	  " old: {type: transfer, to: {queue: a}, failed: e}, e: {type: end}}\n",
	  HEAD "nodes: {x: {type: menu, prompt: p, choices: [" ONE ",{key: '2', next: new}], otherwise: new},"
	  " new: {type: transfer, to: {queue: b}, failed: e}, e: {type: end}}\n",
	  "changed; renamed new<old to.queue:a>b" },
	{ "not renamed: too little alike", HEAD "nodes: {x: {type: play, prompt: p, next: x}, old: {type: transfer, to: {queue: a}, failed: x}}\n",
	  HEAD "nodes: {x: {type: play, prompt: p, next: x}, new: {type: transfer, to: {queue: b}, failed: x}}\n", "changed; added new; removed old" },
	{ "not renamed: another type", HEAD "nodes: {x: {type: play, prompt: p, next: old}, old: {type: end}}\n",
	  HEAD "nodes: {x: {type: play, prompt: p, next: new}, new: {type: transfer, to: {queue: a}}}\n",
	  "changed; added new; removed old; changed x next:old>new" },
	{ "renamed among equals: by what leads there",
	  HEAD "nodes: {x: {type: play, prompt: p, next: a}, y: {type: play, prompt: q, next: b}, a: {type: end}, b: {type: end}}\n",
	  HEAD "nodes: {x: {type: play, prompt: p, next: d}, y: {type: play, prompt: q, next: c}, c: {type: end}, d: {type: end}}\n",
	  "changed; renamed c<b; renamed d<a" },
	{ "what looks like a name is none", HEAD "nodes: {x: {type: data_action, action: a, inputs: {next: old}, next: old, failed: old}, old: {type: end}}\n",
	  HEAD "nodes: {x: {type: data_action, action: a, inputs: {next: new}, next: new, failed: new}, new: {type: end}}\n",
	  "changed; renamed new<old; changed x inputs.next:old>new" },
	{ "languages", HEAD "prompts: {p: {text: {en: a, de: b}}}\nnodes: {x: {type: end}}\n",
	  HEAD "prompts: {p: {text: {de: b, en: c}}}\nnodes: {x: {type: end}}\n", "changed prompts.p.first_text:en>de prompts.p.text.en:a>c" },
	{ "phrases are read as one", MENU("{phrases: [a, b], next: e}"), MENU("{phrases: [a, b, c], next: e}"),
	  "changed; changed x choices[1].phrases:[\"a\",\"b\"]>[\"a\",\"b\",\"c\"]" },
};

static void test_flows(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(diff_table); i++) {
		struct tl_arena arena = { 0 };
		const char *text = diff_of(&arena, diff_table[i].before, diff_table[i].after);

		if (strcmp(text, diff_table[i].diff) != 0)
			fail_msg("%s:\n got  %s\n want %s", diff_table[i].what, text, diff_table[i].diff);
		tl_arena_clear(&arena);
	}
}

static void test_one_side(void **state)
{
	struct tl_flow *flow = unit_native(HEAD "nodes: {x: {type: end}}\n");
	struct tl_arena arena = { 0 };
	struct tl_version_of version;
	struct tl_flow_change diff;

	(void)state;
	tl_version_of_flow(&version, &arena, flow, true);
	tl_diff_flow(&diff, &arena, NULL, &version);
	assert_string_equal(draw(&arena, &diff), "added; added x");
	assert_str(diff.flow, "a");
	tl_diff_flow(&diff, &arena, &version, NULL);
	assert_string_equal(draw(&arena, &diff), "removed; removed x");
	tl_arena_clear(&arena);
	tl_flow_free(flow);
}

/* What the platform says of a flow counts where both sides have it. */
static void test_platform(void **state)
{
	struct tl_flow *flow = unit_native(HEAD "nodes: {x: {type: end}}\n");
	struct tl_arena arena = { 0 };
	struct tl_version_of before, after;
	struct tl_flow_change diff;

	(void)state;
	tl_version_of_flow(&before, &arena, flow, true);
	after = before;
	after.version = 4;
	after.status = "published";
	tl_diff_flow(&diff, &arena, &before, &after);
	assert_string_equal(draw(&arena, &diff), "same");
	before.version = 3;
	before.status = "draft";
	tl_diff_flow(&diff, &arena, &before, &after);
	assert_string_equal(draw(&arena, &diff), "changed version:3>4 status:draft>published");
	tl_arena_clear(&arena);
	tl_flow_free(flow);
}

/* ---- sets */

static void test_pairs(void **state)
{
	struct tl_version_of before[] = { { .flow = TL_STR("c") }, { .flow = TL_STR("a") }, { .flow = TL_STR("old") }, { .flow = TL_STR("z") } };
	struct tl_version_of after[] = {
		{ .flow = TL_STR("new"), .renamed_from = TL_STR("old") },
		{ .flow = TL_STR("a") },
		{ .flow = TL_STR("b"), .renamed_from = TL_STR("a") },
		{ .flow = TL_STR("z") },
		{ .flow = TL_STR("z") },
	};
	static const struct tl_diff_pair wanted[] = { { 1, 1 }, { SIZE_MAX, 2 }, { 0, SIZE_MAX }, { 2, 0 }, { 3, 3 } };
	struct tl_arena arena = { 0 };
	struct tl_diff_pair *pairs;

	(void)state;
	assert_int_equal(tl_diff_pairs(&pairs, &arena, before, 4, after, 5), TL_COUNT(wanted));
	for (size_t i = 0; i < TL_COUNT(wanted); i++) {
		assert_int_equal(pairs[i].before, wanted[i].before);
		assert_int_equal(pairs[i].after, wanted[i].after);
	}
	tl_arena_clear(&arena);
}

/* ---- random flows */

static struct tl_flow *random_flow(struct tl_arena *arena, uint64_t seed)
{
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_error err = { 0 };
	struct tl_flow *flow;
	struct tl_doc *doc;

	if (tl_json_parse(&doc, TL_STR("r"), tl_str(unit_json(arena, unit_random_flow(arena, seed))), &err) < 0)
		fail_msg("%s", err.message);
	tl_native_read(&flow, doc, &lower);
	return flow;
}

/* A flow is the same as itself; two flows are the same exactly where their canonical forms are, and the two directions mirror each other. */
static void test_random(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 600; seed++) {
		struct tl_arena arena = { 0 };
		struct tl_flow *a = random_flow(&arena, seed), *b = random_flow(&arena, seed * 7 % 600 + 1);
		struct tl_version_of left, right;
		struct tl_flow_change diff, back;
		int added = 0, removed = 0;

		tl_version_of_flow(&left, &arena, a, true);
		tl_version_of_flow(&right, &arena, b, true);
		tl_diff_flow(&diff, &arena, &left, &left);
		assert_string_equal(draw(&arena, &diff), "same");
		tl_diff_flow(&diff, &arena, &left, &right);
		tl_diff_flow(&back, &arena, &right, &left);
		assert_int_equal(diff.change == TL_SAME, tl_item_equal(left.tree, right.tree));
		assert_int_equal(diff.fields.count, back.fields.count);
		for (size_t i = 0; i < diff.n_nodes; i++) {
			added += diff.nodes[i].change == TL_NEW;
			removed += diff.nodes[i].change == TL_GONE;
		}
		assert_int_equal((int)b->n_nodes - (int)a->n_nodes, added - removed);
		tl_flow_free(a);
		tl_flow_free(b);
		tl_arena_clear(&arena);
	}
}

/* Ten thousand nodes, all renamed and turned around: in time, and each is found. */
static void test_large(void **state)
{
	enum { N = 10000 };
	struct tl_buf before = { 0 }, after = { 0 };
	struct tl_arena arena = { 0 };
	struct tl_version_of left, right;
	struct tl_flow_change diff;
	struct tl_flow *a, *b;

	(void)state;
	tl_buf_text(&before, "flow: a\nchannel: voice\nstart: n0\nnodes:\n");
	tl_buf_text(&after, "flow: a\nchannel: voice\nstart: m0\nnodes:\n");
	for (int i = 0; i < N; i++) {
		tl_buf_printf(&before, "  n%d: {type: play, prompt: {text: 'text %d'}, next: n%d}\n", i, i / 2, (i + 1) % N);
		tl_buf_printf(&after, "  m%d: {type: play, prompt: {text: 'text %d'}, next: m%d}\n", N - 1 - i, (N - 1 - i) / 2, (N - i) % N);
	}
	a = unit_native(before.data);
	b = unit_native(after.data);
	tl_version_of_flow(&left, &arena, a, true);
	tl_version_of_flow(&right, &arena, b, true);
	tl_diff_flow(&diff, &arena, &left, &right);
	assert_int_equal(diff.n_nodes, N);
	for (size_t i = 0; i < diff.n_nodes; i++)
		assert_int_equal(diff.nodes[i].change, TL_RENAMED);
	tl_buf_clear(&before);
	tl_buf_clear(&after);
	tl_arena_clear(&arena);
	tl_flow_free(a);
	tl_flow_free(b);
}

int test_diff_nodes(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flows),
		cmocka_unit_test(test_one_side),
		cmocka_unit_test(test_platform),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests_name("diff_nodes", tests, NULL, NULL);
}

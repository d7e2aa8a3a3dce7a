/* diff/: two versions and three, each change in one line: "NODE CHANGE [was] FIELD: before -> after". */
#include "unit.h"

#include <string.h>

#include "dialect/dialect.h"
#include "diff/diff.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "flow/canonical.h"

#define HEAD "flow: t\nname: t\nchannel: voice\nstart: a\n"

/* A flow and its canonical tree. */
struct version {
	struct tl_flow *flow;
	struct tl_version_of of;
};

static void read_version(struct version *out, struct tl_arena *arena, const char *text)
{
	struct tl_read_options options = { .depth = 64 };
	struct tl_lower lower = { .limits = tl_limits_default() };
	struct tl_doc *doc;

	tl_yaml_read(&doc, TL_STR("t.yaml"), tl_str(text), &options);
	assert_non_null(doc->root);
	tl_native_read(&out->flow, doc, &lower);
	out->of = (struct tl_version_of){ .flow = out->flow->id.text, .renamed_from = out->flow->renamed_from.text };
	out->of.tree = tl_flow_canonical(arena, out->flow);
}

static void add_value(struct tl_buf *out, const struct tl_item *item)
{
	if (item)
		tl_json_canonical(out, item);
	else
		tl_buf_text(out, "nothing");
}

static void add_fields(struct tl_buf *out, const struct tl_fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		tl_buf_printf(out, " %.*s: ", TL_FMT(fields->items[i].field));
		add_value(out, fields->items[i].before);
		tl_buf_text(out, " -> ");
		add_value(out, fields->items[i].after);
		tl_buf_char(out, ';');
	}
}

static void describe(struct tl_buf *out, const struct tl_flow_change *flow)
{
	tl_buf_text(out, tl_difference_name(flow->change));
	add_fields(out, &flow->fields);
	for (size_t i = 0; i < flow->n_nodes; i++) {
		tl_buf_printf(out, " | %.*s %s", TL_FMT(flow->nodes[i].node), tl_difference_name(flow->nodes[i].change));
		if (flow->nodes[i].was.len > 0)
			tl_buf_printf(out, " from %.*s", TL_FMT(flow->nodes[i].was));
		add_fields(out, &flow->nodes[i].fields);
	}
}

static const struct {
	const char *what, *before, *after, *expected;
} rows[] = {
	{ "layout, key order and comments never show",
	  HEAD "nodes:\n  a: {type: play, prompt: {text: hi}, next: z}\n  z: {type: end}\n",
	  "name: t # here\nnodes:\n  z: {type: end}\n  a:\n    next: z\n    prompt: {text: \"hi\"}\n    type: play\nstart: a\nchannel: voice\nflow: t\n", "same" },
	{ "settings of the flow by their path",
	  HEAD "prompts: {p: {text: one}}\nvariables: {v: {type: string}}\nnodes:\n  a: {type: play, prompt: p, next: a}\n",
	  HEAD "prompts: {p: {text: two}}\nvariables: {v: {type: string, default: x}}\nnodes:\n  a: {type: play, prompt: p, next: a}\n",
	  "changed prompts.p.text: \"one\" -> \"two\"; variables.v.default: nothing -> \"x\";" },
	{ "nodes that come and go",
	  HEAD "nodes:\n  a: {type: end, exit: x}\n  b: {type: transfer, to: {queue: q}}\n", HEAD "nodes:\n  a: {type: end, exit: x}\n  c: {type: hours, schedule: s, open: a, closed: a}\n",
	  "changed | b removed | c added" },
	{ "one inserted choice is one change",
	  HEAD "nodes:\n  a: {type: menu, prompt: {text: m}, choices: [{key: '1', next: z}, {key: '2', next: a}], otherwise: z}\n  z: {type: end}\n",
	  HEAD "nodes:\n  a: {type: menu, prompt: {text: m}, choices: [{key: '9', next: z}, {key: '1', next: z}, {key: '2', next: z}], otherwise: z}\n  z: {type: end}\n",
	  "changed | a changed choices[1]: nothing -> {\"key\":\"9\",\"next\":\"z\"}; choices[3].next: \"a\" -> \"z\";" },
	{ "a renamed node, and transitions to it are no change",
	  HEAD "nodes:\n  a: {type: play, prompt: {text: hello}, next: old}\n  old: {type: transfer, to: {queue: vip}, failed: a}\n",
	  HEAD "nodes:\n  a: {type: play, prompt: {text: hello}, next: new}\n  new: {type: transfer, to: {queue: vip}, failed: a}\n",
	  "changed | new renamed from old" },
	{ "a start that was renamed",
	  HEAD "nodes:\n  a: {type: play, prompt: {text: hello}, next: z}\n  z: {type: end}\n",
	  "flow: t\nname: t\nchannel: voice\nstart: b\nnodes:\n  b: {type: play, prompt: {text: hello}, next: z}\n  z: {type: end}\n",
	  "changed | b renamed from a" },
	{ "renamed and changed a little",
	  HEAD "nodes:\n  a: {type: end}\n  old: {type: gather, prompt: {text: pin}, into: v, digits: {max: 4}, min_confidence: 0.7, next: a, otherwise: a}\n",
	  HEAD "nodes:\n  a: {type: end}\n  new: {type: gather, prompt: {text: pin}, into: v, digits: {max: 6}, min_confidence: 0.7, next: a, otherwise: a}\n",
	  "changed | new renamed from old digits.max: 4 -> 6;" },
	{ "another type under another name is another node",
	  HEAD "nodes:\n  a: {type: end}\n  old: {type: play, prompt: {text: pin}, next: a}\n", HEAD "nodes:\n  a: {type: end}\n  new: {type: transfer, to: {queue: q}}\n",
	  "changed | new added | old removed" },
};

static void test_two(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(rows); i++) {
		struct tl_arena arena = { 0 };
		struct version before, after;
		struct tl_diff diff;
		struct tl_buf line = { 0 };

		read_version(&before, &arena, rows[i].before);
		read_version(&after, &arena, rows[i].after);
		tl_diff_sets(&diff, &arena, &before.of, 1, &after.of, 1);
		assert_int_equal(diff.count, 1);
		describe(&line, &diff.flows[0]);
		if (!tl_str_is(tl_buf_view(&line), rows[i].expected))
			print_error("%s\n", rows[i].what);
		assert_str(tl_buf_view(&line), rows[i].expected);
		assert_int_equal(diff.same, strcmp(rows[i].expected, "same") == 0);
		tl_buf_clear(&line);
		tl_flow_free(before.flow);
		tl_flow_free(after.flow);
		tl_arena_clear(&arena);
	}
}

#define GREET(text, queue) \
	HEAD "nodes:\n  a: {type: play, prompt: {text: " text "}, next: q}\n  q: {type: transfer, to: {queue: " queue "}, failed: a}\n"
#define PAUSE(seconds) HEAD "nodes:\n  a: {type: menu, prompt: {text: m}, timeout: " seconds ", choices: [{key: '1', next: a}], otherwise: a}\n"

/* Two environments: QUEUE is q-1 and 7, FALLBACK q-1 and q-9, HOST is a.example and b.example, TAIL empty and -eu, WAIT 5s and 8s. */
static const struct {
	const char *what, *before, *after, *expected;
} value_rows[] = {
	{ "as a whole", GREET("x", "q-1"), GREET("x", "'7'"), "same" },
	{ "one value of two keys", GREET("x", "q-1"), GREET("x", "q-9"), "same" },
	{ "within a text, more than once", GREET("see a.example/x or a.example", "q"), GREET("see b.example/x or b.example", "q"), "same" },
	{ "nothing on one side", GREET("line", "q"), GREET("line-eu", "q"), "same" },
	{ "another setting of the node differs as well", GREET("x", "q-1"),
	  HEAD "nodes:\n  a: {type: play, prompt: {text: x}, next: q}\n  q: {type: transfer, to: {queue: '7'}, failed: q}\n",
	  "changed | q changed failed: \"a\" -> \"q\";" },
	{ "the values are swapped", GREET("x", "'7'"), GREET("x", "q-1"), "changed | q changed to.queue: \"7\" -> \"q-1\";" },
	{ "a value of neither", GREET("x", "q-1"), GREET("x", "q-2"), "changed | q changed to.queue: \"q-1\" -> \"q-2\";" },
	{ "the other's value on both sides", GREET("x", "q-9"), GREET("x", "'7'"), "changed | q changed to.queue: \"q-9\" -> \"7\";" },
	{ "within a word", GREET("q-10 x", "q"), GREET("70 x", "q"), "changed | a changed prompt.text: \"q-10 x\" -> \"70 x\";" },
	{ "beside another change", GREET("call a.example now", "q"), GREET("call b.example later", "q"),
	  "changed | a changed prompt.text: \"call a.example now\" -> \"call b.example later\";" },
	{ "no text", PAUSE("5s"), PAUSE("8s"), "same" },
};

static void test_values(void **state)
{
	static const struct tl_str sides[][2] = {
		{ TL_STR("q-1"), TL_STR("7") }, { TL_STR("q-1"), TL_STR("q-9") }, { TL_STR("a.example"), TL_STR("b.example") }, { TL_STR(""), TL_STR("-eu") },
		{ TL_STR("5s"), TL_STR("8s") },
	};
	struct tl_map values[2] = { { 0 } };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(sides); i++) {
		static const char *const keys[] = { "QUEUE", "FALLBACK", "HOST", "TAIL", "WAIT" };

		for (size_t side = 0; side < 2; side++)
			tl_map_put(&values[side], tl_str(keys[i]), NULL)->value.ptr = (void *)(uintptr_t)&sides[i][side];
	}
	for (size_t i = 0; i < TL_COUNT(value_rows); i++) {
		struct tl_arena arena = { 0 };
		struct version before, after;
		struct tl_flow_change change;
		struct tl_buf line = { 0 };

		read_version(&before, &arena, value_rows[i].before);
		read_version(&after, &arena, value_rows[i].after);
		tl_diff_flow(&change, &arena, &before.of, &after.of);
		tl_diff_forgive(&change, &values[0], &values[1]);
		describe(&line, &change);
		if (!tl_str_is(tl_buf_view(&line), value_rows[i].expected))
			print_error("%s\n", value_rows[i].what);
		assert_str(tl_buf_view(&line), value_rows[i].expected);
		tl_buf_clear(&line);
		tl_flow_free(before.flow);
		tl_flow_free(after.flow);
		tl_arena_clear(&arena);
	}
	tl_map_clear(&values[0]);
	tl_map_clear(&values[1]);
}

static void test_sets(void **state)
{
	struct tl_arena arena = { 0 };
	struct version a, b, c;
	struct tl_diff diff;

	(void)state;
	read_version(&a, &arena, "flow: old-line\nnodes: {a: {type: end}}\nstart: a\n");
	read_version(&b, &arena, "flow: new-line\nrenamed_from: old-line\nnodes: {a: {type: end}}\nstart: a\n");
	read_version(&c, &arena, "flow: other\nnodes: {a: {type: end}}\nstart: a\n");
	struct tl_version_of before[] = { a.of, c.of }, after[] = { b.of };

	tl_diff_sets(&diff, &arena, before, 2, after, 1);
	assert_int_equal(diff.count, 2);
	assert_str(diff.flows[0].flow, "new-line");
	assert_str(diff.flows[0].was, "old-line");
	assert_int_equal(diff.flows[0].change, TL_DIFFERENT);
	assert_int_equal(diff.flows[1].change, TL_GONE);
	tl_flow_free(a.flow);
	tl_flow_free(b.flow);
	tl_flow_free(c.flow);
	tl_arena_clear(&arena);
}

static const char base_text[] = HEAD "nodes:\n  a: {type: play, prompt: {text: hello}, next: b}\n  b: {type: transfer, to: {queue: one}}\n";

static const struct {
	const char *what, *theirs, *ours, *expected;
} three_rows[] = {
	{ "each its own node", HEAD "nodes:\n  a: {type: play, prompt: {text: hi}, next: b}\n  b: {type: transfer, to: {queue: one}}\n",
	  HEAD "nodes:\n  a: {type: play, prompt: {text: hello}, next: b}\n  b: {type: transfer, to: {queue: two}}\n",
	  "a.prompt.text theirs \"hi\" \"hello\"; b.to.queue ours \"one\" \"two\"; 0" },
	{ "the same on both", HEAD "nodes:\n  a: {type: play, prompt: {text: hi}, next: b}\n  b: {type: transfer, to: {queue: one}}\n",
	  HEAD "nodes:\n  a: {type: play, prompt: {text: hi}, next: b}\n  b: {type: transfer, to: {queue: one}}\n", "a.prompt.text both \"hi\" \"hi\"; 0" },
	{ "two queues", HEAD "nodes:\n  a: {type: play, prompt: {text: hello}, next: b}\n  b: {type: transfer, to: {queue: two}}\n",
	  HEAD "nodes:\n  a: {type: play, prompt: {text: hello}, next: b}\n  b: {type: transfer, to: {queue: three}}\n", "b.to.queue conflict \"two\" \"three\"; 1" },
	{ "changed there, removed here", HEAD "nodes:\n  a: {type: play, prompt: {text: hello}, next: b}\n  b: {type: transfer, to: {queue: two}}\n",
	  HEAD "nodes:\n  a: {type: play, prompt: {text: hello}, next: a}\n",
	  "a.next ours \"b\" \"a\"; b. ours {\"to\":{\"queue\":\"one\"},\"type\":\"transfer\"} nothing; b.to.queue conflict \"two\" nothing; 1" },
};

static void describe_three(struct tl_buf *out, const struct tl_three *three)
{
	for (size_t i = 0; i < three->count; i++) {
		const struct tl_three_change *change = &three->items[i];

		tl_buf_printf(out, "%.*s.%.*s %s ", TL_FMT(change->node), TL_FMT(change->field), tl_side_name(change->side));
		add_value(out, change->theirs);
		tl_buf_char(out, ' ');
		add_value(out, change->ours);
		tl_buf_text(out, "; ");
	}
	tl_buf_printf(out, "%zu", three->clashes);
}

static void test_three(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(three_rows); i++) {
		struct tl_arena arena = { 0 };
		struct version base, theirs, ours;
		struct tl_three three;
		struct tl_buf line = { 0 };

		read_version(&base, &arena, base_text);
		read_version(&theirs, &arena, three_rows[i].theirs);
		read_version(&ours, &arena, three_rows[i].ours);
		tl_diff_three(&three, &arena, TL_STR("t"), base.of.tree, theirs.of.tree, ours.of.tree);
		describe_three(&line, &three);
		assert_str(tl_buf_view(&line), three_rows[i].expected);
		assert_true(three.has_base);
		tl_buf_clear(&line);
		tl_flow_free(base.flow);
		tl_flow_free(theirs.flow);
		tl_flow_free(ours.flow);
		tl_arena_clear(&arena);
	}
}

int test_diff(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_three),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

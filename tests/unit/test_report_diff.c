/* report/diff: values in words, text and markdown with texts from outside that mean harm. */
#include "unit.h"

#include "report/diff.h"
#include "unit_flow.h"

#define HEAD "flow: a\nchannel: voice\nstart: x\n"

/* ---- values */

static const struct {
	const char *key, *json, *words;
} value_table[] = {
	{ "next", "\"agent\"", "agent" },
	{ "next", "\"\"", "\"\"" },
	{ "value", "\"12\"", "\"12\"" },
	{ "value", "12", "12" },
	{ "value", "\"true\"", "\"true\"" },
	{ "value", "\"nothing\"", "\"nothing\"" },
	{ "value", "\" a\"", "\" a\"" },
	{ "value", "{\"a\":[1]}", "{\"a\":[1]}" },
	{ "value", "null", "null" },
	{ "when", "{\"equals\":\"gold\",\"variable\":\"tier\"}", "tier equals \"gold\"" },
	{ "when", "{\"variable\":\"n\",\"at_most\":5}", "n at most 5" },
	{ "when", "{\"not\":{\"is_set\":true,\"variable\":\"n\"}}", "not n is set" },
	{ "when", "{\"all\":[{\"equals\":1,\"variable\":\"a\"},{\"any\":[{\"equals\":2,\"variable\":\"b\"},{\"in\":[3],\"variable\":\"c\"}]}]}",
	  "a equals 1 and (b equals 2 or c in [3])" },
	{ "when", "{\"is_set\":false,\"variable\":\"n\"}", "n is not set" },
	{ "when", "{\"exp\":\"Call.Ani == 1\"}", "Call.Ani == 1" },
	{ "when", "{}", "{}" },
	{ "when", "{\"all\":[]}", "{\"all\":[]}" },
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(value_table); i++) {
		struct tl_buf out = { 0 };
		struct tl_doc *doc;

		assert_int_equal(tl_json_parse(&doc, TL_STR("t"), tl_str(value_table[i].json), NULL), 0);
		doc->root->key = tl_str(value_table[i].key);
		tl_diff_value(&out, doc->root);
		assert_str(tl_buf_view(&out), value_table[i].words);
		tl_buf_clear(&out);
		tl_doc_free(doc);
	}
}

/* ---- whole reports */

/* A report of two flows; free the buffer. */
static void report(struct tl_buf *out, const char *format, const char *before, const char *after, const struct tl_diff_heading *heading)
{
	struct tl_flow *a = unit_native(before), *b = unit_native(after);
	struct tl_version_of left, right;
	struct tl_arena arena = { 0 };
	struct tl_diff diff;

	tl_version_of_flow(&left, &arena, a, true);
	tl_version_of_flow(&right, &arena, b, true);
	tl_diff_sets(&diff, &arena, &left, 1, &right, 1);
	tl_diff_format(tl_str(format))->write(out, &diff, heading);
	tl_buf_char(out, '\0');
	tl_flow_free(a);
	tl_flow_free(b);
	tl_arena_clear(&arena);
}

static const char before_text[] =
	HEAD "prompts: {m: {text: short}}\n"
	"nodes:\n"
	"  x: {type: menu, prompt: m, choices: [{key: '1', when: {variable: v, equals: 1}, next: old}], otherwise: gone}\n"
	"  old: {type: transfer, to: {queue: a}, failed: gone}\n"
	"  gone: {type: end}\n";
static const char after_text[] =
	HEAD "prompts: {m: {text: 'For billing please press one, and for everything else stay on the line until an agent is free.'}}\n"
	"nodes:\n"
	"  x: {type: menu, prompt: m, choices: [{key: '1', when: {variable: v, equals: 2}, next: new}], otherwise: other}\n"
	"  new: {type: transfer, to: {queue: a}, failed: other}\n"
	"  other: {type: hours, schedule: s, open: x, closed: x}\n";

static void test_text(void **state)
{
	const struct tl_diff_heading heading = { .before = TL_STR("HEAD"), .after = TL_STR("working tree") };
	struct tl_buf out = { 0 };

	(void)state;
	report(&out, "text", before_text, after_text, &heading);
	assert_string_equal(out.data,
		"HEAD → working tree\n"
		"~ a  changed: 1 setting of the flow, 1 node changed, 1 added, 1 removed, 1 renamed\n"
		"    prompts.m.text\n"
		"      - short\n"
		"      + For billing please press one, and for everything else stay on the line until an agent is free.\n"
		"  - gone  end\n"
		"  > new  transfer  was old\n"
		"      failed gone → other\n"
		"  + other  hours\n"
		"  ~ x  menu\n"
		"      choices[1].when v equals 1 → v equals 2\n"
		"      otherwise       gone → other\n"
		"1 flow: 1 changed\n");
	tl_buf_clear(&out);
}

static void test_quiet_and_color(void **state)
{
	const struct tl_diff_heading quiet = { .quiet = true }, color = { .color = true };
	struct tl_buf out = { 0 }, same = { 0 };

	(void)state;
	report(&out, "text", before_text, after_text, &quiet);
	assert_string_equal(out.data, "~ a  changed: 1 setting of the flow, 1 node changed, 1 added, 1 removed, 1 renamed\n");
	tl_buf_reset(&out);
	report(&out, "text", before_text, after_text, &color);
	assert_non_null(strstr(out.data, "\033[31mgone\033[0m → \033[32mother\033[0m"));
	report(&same, "text", before_text, before_text, &quiet);
	assert_string_equal(same.data, "");
	tl_buf_clear(&out);
	tl_buf_clear(&same);
}

/* Nothing from a flow is obeyed by a terminal. */
static void test_terminal(void **state)
{
	const struct tl_diff_heading heading = { .color = false };
	struct tl_buf out = { 0 };

	(void)state;
	report(&out, "text", HEAD "nodes: {x: {type: end, reason: \"a\\e[31m\\u202Eb\"}}\n", HEAD "nodes: {x: {type: end, reason: \"a\\nb\"}}\n", &heading);
	assert_null(strchr(out.data, '\033'));
	assert_null(strstr(out.data, "\xe2\x80\xae"));
	assert_non_null(strstr(out.data, "\\x1b[31m\\u202eb → a\\nb"));
	tl_buf_clear(&out);
}

static const struct {
	const char *evil, *shown;
} markdown_table[] = {
	{ "@org/all", "<code>&#64;org/all</code>" },
	{ "<img src=x onerror=y>", "<code>&#60;img src=x onerror=y&#62;</code>" },
	{ "</code><script>", "<code>&#60;/code&#62;&#60;script&#62;</code>" },
	{ "a|b", "<code>a&#124;b</code>" },
	{ "`c` **d** _e_ [f](g)", "<code>&#96;c&#96; &#42;&#42;d&#42;&#42; &#95;e&#95; &#91;f&#93;&#40;g&#41;</code>" },
	{ "&lt; #12 !x", "<code>&#38;lt; &#35;12 &#33;x</code>" },
	{ "https://x.example www.y.example", "<code>https&#58;//x.example www&#46;y.example</code>" },
	{ "one\\ntwo", "<code>one&#92;ntwo</code>" },
};

static void test_markdown(void **state)
{
	const struct tl_diff_heading heading = { .before = TL_STR("a|b"), .after = TL_STR("@c") };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(markdown_table); i++) {
		struct tl_arena arena = { 0 };
		struct tl_buf out = { 0 };
		const char *after = tl_arena_printf(&arena, HEAD "nodes: {x: {type: end, reason: \"%s\"}}\n", markdown_table[i].evil).ptr;

		report(&out, "markdown", HEAD "nodes: {x: {type: end}}\n", after, &heading);
		if (!strstr(out.data, markdown_table[i].shown))
			fail_msg("%s is not in %s", markdown_table[i].shown, out.data);
		assert_null(strchr(out.data, '@'));
		assert_null(strstr(out.data, "<img"));
		assert_null(strstr(out.data, "<script"));
		tl_buf_clear(&out);
		tl_arena_clear(&arena);
	}
}

static void test_json(void **state)
{
	const struct tl_diff_heading heading = { .before = TL_STR("HEAD"), .after = TL_STR("env:local") };
	struct tl_buf out = { 0 };
	struct tl_doc *doc;
	const struct tl_item *flow, *node;

	(void)state;
	report(&out, "json", before_text, after_text, &heading);
	assert_int_equal(tl_json_parse(&doc, TL_STR("t"), tl_str(out.data), NULL), 0);
	flow = tl_item_get(doc->root, "flows")->first;
	assert_str(tl_item_text(flow, "change"), "changed");
	assert_int_equal(tl_item_get(flow, "was")->kind, TL_NULL);
	assert_int_equal(tl_item_get(flow, "behaviour")->count, 0);
	assert_int_equal(tl_item_get(flow, "nodes")->count, 4);
	node = tl_item_get(flow, "nodes")->first->next;
	assert_str(tl_item_text(node, "was"), "old");
	assert_str(tl_item_text(node, "change"), "renamed");
	assert_str(tl_item_text(tl_item_get(node, "fields")->first, "after"), "other");
	tl_doc_free(doc);
	tl_buf_clear(&out);
}

int test_report_diff(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_quiet_and_color),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests_name("report_diff", tests, NULL, NULL);
}

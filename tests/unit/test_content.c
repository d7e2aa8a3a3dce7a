/* dialect/content: what a file holds, by its name and its first keys. */
#include "unit.h"

#include "dialect/dialect.h"

static const struct {
	const char *path, *bytes;
	enum tl_content content;
} content_table[] = {
	{ "a.flow.yaml", "flow: a\nnodes: {}\n", TL_CONTENT_NATIVE },
	{ "a.yaml", "# words\n---\nname: a\nnodes:\n  flow: x\nflow: a\n", TL_CONTENT_NATIVE },
	{ "a.yaml", "  name: a\n  flow: a\n", TL_CONTENT_NATIVE },
	{ "a.yaml", "\xef\xbb\xbf" "flow: a\r\nnodes: {}\r\n", TL_CONTENT_NATIVE },
	{ "a.json", "{\"nodes\": {\"flow\": {}}, \"flow\": \"a\"}", TL_CONTENT_NATIVE },
	{ "a.yaml", "{flow: a, nodes: {}}", TL_CONTENT_NATIVE },
	{ "a.yaml", "{nodes: {}, name: Members' line, flow: a}", TL_CONTENT_NATIVE },
	{ "a.yaml", "{nodes: {}, # don't\n flow: a}", TL_CONTENT_NATIVE },
	{ "a.yaml", "{nodes: {}, name: 'it''s, flow: b', x: 'flow:'}", TL_CONTENT_WIRE },
	{ "a.yaml", "# words\n\n{name: a, nodes: {}}", TL_CONTENT_WIRE },
	{ "a.flow.yaml", "", TL_CONTENT_NATIVE },
	{ "a.flow.yaml", "[broken", TL_CONTENT_NATIVE },
	{ "a.yaml", "inboundCall:\n  name: {{x}}\n  flow: a\n", TL_CONTENT_ARCHITECT },
	{ "a.yaml", "botFlow:\n  name: a\n", TL_CONTENT_ARCHITECT },
	{ "a.yaml", "'digitalBot':\n  name: a\n", TL_CONTENT_ARCHITECT },
	{ "a.yaml", "%YAML 1.2\n---\n# x\nworkflow:\n", TL_CONTENT_ARCHITECT },
	{ "a.json", "{\"commonModule\": {\"name\": \"a\"}}", TL_CONTENT_ARCHITECT },
	{ "a.flow.yaml", "inqueueCall:\n  name: a\n", TL_CONTENT_ARCHITECT },
	{ "a.json", "{\"name\": \"a\", \"nodes\": []}", TL_CONTENT_WIRE },
	{ "a.json", "[{\"nodes\": []}]", TL_CONTENT_UNKNOWN },
	{ "a.json", "{\"name\": \"a, flow: b {\", \"x\": {\"nodes\": 1}}", TL_CONTENT_UNKNOWN },
	{ "a.yaml", "suite: a\ncases: []\n", TL_CONTENT_SUITE },
	{ "a.suite.yaml", "flow: a\n", TL_CONTENT_SUITE },
	{ "a.policy.yaml", "", TL_CONTENT_POLICY },
	{ "b.yaml", "policies: []\n", TL_CONTENT_POLICY },
	{ "a.yaml", "inboundCalls:\n  name: a\n", TL_CONTENT_UNKNOWN },
	{ "a.yaml", "services:\n  flow: a\n  nodes: b\n", TL_CONTENT_UNKNOWN },
	{ "a.yaml", "{{type}}:\n  name: a\n", TL_CONTENT_UNKNOWN },
	{ "a.yaml", "", TL_CONTENT_UNKNOWN },
	{ "a.yaml", "\"", TL_CONTENT_UNKNOWN },
	{ "a.yaml", "{\"a", TL_CONTENT_UNKNOWN },
	{ "a.yaml", "{\"a\\", TL_CONTENT_UNKNOWN },
	{ "a.yaml", "flow", TL_CONTENT_UNKNOWN },
};

static void contents_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(content_table); i++) {
		struct tl_str bytes = tl_str(content_table[i].bytes);

		assert_row(content_table[i].bytes, tl_content_of(tl_str(content_table[i].path), bytes) == content_table[i].content);
	}
}

static const struct {
	const char *bytes, *message;
} none_table[] = {
	{ "a: b\n", "the file holds no flow" },
	{ "3\n", "the file holds no flow" },
	{ "[]\n", "the file holds no flow" },
	{ "a: [b\n", NULL },
	{ "", NULL },
	{ "workflow: [{{x}}\n", NULL },
};

static void a_file_without_a_flow_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(none_table); i++) {
		struct tl_findings findings = { 0 };
		struct tl_lower lower = { .limits = tl_limits_default(), .findings = &findings };
		struct tl_flow *flow = NULL;

		tl_flow_read(&flow, TL_STR("a.yaml"), tl_str(none_table[i].bytes), &lower);
		assert_row(none_table[i].bytes, !flow && tl_findings_count(&findings, TL_ERROR) > 0);
		if (none_table[i].message)
			assert_str(findings.items[0].message, none_table[i].message);
		tl_findings_clear(&findings);
		lower.findings = NULL;
		tl_flow_read(&flow, TL_STR("a.yaml"), tl_str(none_table[i].bytes), &lower);
		assert_row(none_table[i].bytes, !flow);
	}
}

int test_content(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents_are_told_apart),
		cmocka_unit_test(a_file_without_a_flow_is_said),
	};

	return cmocka_run_group_tests_name("content", tests, NULL, NULL);
}

/* dialect/architect: fixtures to the word, mistakes, and what canonical forms of Architect flows are blind to. A golden file is written anew where
 * TRUNKLINE_UPDATE is set. */
#include "unit.h"

#include <stdio.h>

#include "base/file.h"
#include "dialect/architect.h"
#include "flow/canonical.h"
#include "unit_flow.h"
#include "unit_model.h"

static struct tl_flow *read_text(struct tl_str path, struct tl_str text, struct tl_findings *findings, const struct tl_map *values)
{
	struct tl_lower lower = { .limits = tl_limits_default(), .findings = findings, .values = values, .has_environment = values != NULL };
	struct tl_flow *flow = NULL;

	tl_flow_read(&flow, path, text, &lower);
	return flow;
}

static struct tl_str read_fixture(struct tl_arena *arena, const char *name)
{
	struct tl_str path = tl_arena_printf(arena, "tests/fixtures/architect/%s", name), text = { 0 };
	struct tl_error err = { 0 };

	if (tl_file_read(&text, arena, path.ptr, 1 << 20, &err) != 0)
		fail_msg("%s", err.message);
	return text;
}

static void compare(struct tl_arena *arena, const char *name, struct tl_str got)
{
	struct tl_str path = tl_arena_printf(arena, "tests/fixtures/architect/%s.model", name), want = { 0 };
	const char *update = getenv("TRUNKLINE_UPDATE");
	struct tl_error err = { 0 };

	if (update && update[0] != '\0')
		assert_int_equal(tl_file_write(path.ptr, got, 0644, &err), 0);
	if (tl_file_read(&want, arena, path.ptr, 1 << 20, &err) != 0)
		fail_msg("%s", err.message);
	for (size_t at = 0, line = 1; at < got.len || at < want.len; at++) {
		if (at >= got.len || at >= want.len || got.ptr[at] != want.ptr[at])
			fail_msg("%s.model:%zu: another model than expected", name, line);
		line += got.ptr[at] == '\n';
	}
}

static const char *const fixture_table[] = {
	"support-call", "waiting-room", "letters", "bookshop-bot", "parcel-bot", "survey", "claims", "nightly", "every-kind", "mistakes",
};

static void fixtures_are_lowered(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(fixture_table); i++) {
		struct tl_arena arena = { 0 };
		struct tl_str name = tl_arena_printf(&arena, "%s.yaml", fixture_table[i]);
		struct tl_findings findings = { 0 };
		struct tl_flow *flow = read_text(name, read_fixture(&arena, name.ptr), &findings, NULL);
		struct tl_buf buf = { 0 };

		assert_row(fixture_table[i], flow != NULL);
		unit_findings(&buf, &findings);
		unit_model(&buf, flow);
		compare(&arena, fixture_table[i], tl_buf_view(&buf));
		tl_buf_clear(&buf);
		tl_flow_free(flow);
		tl_findings_clear(&findings);
		tl_arena_clear(&arena);
	}
}

static bool has_kind(const struct tl_flow *flow, const char *kind)
{
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		if (tl_str_is(flow->nodes[i].type, kind))
			return !flow->nodes[i].unknown;
	}
	return false;
}

static void every_kind_is_known(void **state)
{
	struct tl_arena arena = { 0 };
	struct tl_flow *flow = read_text(TL_STR("every-kind.yaml"), read_fixture(&arena, "every-kind.yaml"), NULL, NULL);

	(void)state;
	assert_non_null(flow);
	for (size_t i = 0; i < tl_arch_action_count; i++)
		assert_row(tl_arch_action_table[i].kind, has_kind(flow, tl_arch_action_table[i].kind));
	tl_flow_free(flow);
	tl_arena_clear(&arena);
}

/* ---- What is said of placeholders */

static void unset_keys_are_said(void **state)
{
	struct tl_str text = TL_STR("workflow:\n  name: '{{team}} of {{place}}'\n  startUpRef: {{start}}\n  division: {{place}} # {{note}}\n");
	struct tl_str team = TL_STR("Blue");
	struct tl_findings findings = { 0 };
	struct tl_map values = { 0 };
	struct tl_buf buf = { 0 };
	struct tl_flow *flow;

	(void)state;
	flow = read_text(TL_STR("a.yaml"), text, &findings, NULL);
	assert_str(flow->name.text, "{{team}} of {{place}}");
	unit_findings(&buf, &findings);
	assert_str(tl_buf_view(&buf),
	           "1:1 error [schema] the flow needs 'startUpRef' or 'startUpTaskActions', where it starts\n"
	           "2:10 note [unset-substitution] '{{team}}' has no value; give 'team' one under 'environments.NAME.values' of the project file\n"
	           "2:22 note [unset-substitution] '{{place}}' has no value; give 'place' one under 'environments.NAME.values' of the project file\n"
	           "3:15 note [unset-substitution] '{{start}}' has no value; give 'start' one under 'environments.NAME.values' of the project file\n"
	           "4:13 note [unset-substitution] '{{place}}' has no value; give 'place' one under 'environments.NAME.values' of the project file\n"
	           "4:25 note [unset-substitution] '{{note}}' has no value; give 'note' one under 'environments.NAME.values' of the project file\n");
	tl_flow_free(flow);
	tl_findings_clear(&findings);
	tl_buf_reset(&buf);

	tl_map_put(&values, TL_STR("team"), NULL)->value.ptr = &team;
	flow = read_text(TL_STR("a.yaml"), text, &findings, &values);
	assert_str(flow->name.text, "Blue of {{place}}");
	assert_int_equal(findings.count, 5);
	for (size_t i = 0; i < findings.count; i++)
		assert_int_equal(findings.items[i].level, TL_ERROR);
	assert_string_equal(findings.items[0].rule, "unset-substitution");
	assert_str(findings.items[0].message, "'{{place}}' has no value in this environment");
	tl_flow_free(flow);
	tl_findings_clear(&findings);
	tl_map_clear(&values);
	tl_buf_clear(&buf);
}

/* ---- Canonical forms */

#define CALL "inboundCall:\n  name: A\n  startUpRef: /inboundCall/tasks/task[T_12]\n  tasks:\n    - task:\n        name: T\n        refId: T_12\n        actions:\n"

static const struct {
	const char *what;
	bool equal;
	const char *a, *b;
} pair_table[] = {
	{ "layout and the order of keys", true,
	  CALL "          - decision:\n              name: D\n              condition: {exp: a}\n              outputs:\n                yes: {actions: [{playAudio: {name: P, audio: {tts: x}}}]}\n"
	       "                no: {actions: [{playAudio: {name: P, audio: {tts: y}}}]}\n",
	  "{inboundCall: {tasks: [{task: {actions: [{decision: {outputs: {no: {actions: [{playAudio: {audio: {tts: y}, name: P}}]}, yes: {actions: [{playAudio: "
	  "{audio: {tts: x}, name: P}}]}}, condition: {exp: a}, name: D}}], refId: T_12, name: T}}], startUpRef: '/inboundCall/tasks/task[T_12]', name: A}}\n" },
	{ "tracking numbers", true, CALL "          - callTask: {name: C, refId: C_13, trackingId: 13, targetTaskRef: '/inboundCall/tasks/task[T_12]'}\n",
	  "inboundCall:\n  name: A\n  startUpRef: /inboundCall/tasks/task[T_99]\n  tasks:\n    - task:\n        name: T\n        refId: T_99\n        actions:\n"
	  "          - callTask: {name: C, trackingId: 7, targetTaskRef: '/inboundCall/tasks/task[T_99]'}\n" },
	{ "tracking numbers in what is not known", true,
	  CALL "          - odd: {name: O, refId: O_13, deep: [{x: {trackingId: 13, refId: q_1, aRef: '/inboundCall/tasks/task[T_12]'}}]}\n",
	  "inboundCall:\n  name: A\n  startUpRef: ./tasks/task[T_98]\n  tasks:\n    - task:\n        name: T\n        refId: T_98\n        actions:\n"
	  "          - odd: {name: O, refId: O_14, deep: [{x: {trackingId: 14, refId: q_1, aRef: '/inboundCall/tasks/task[T_98]'}}]}\n" },
	{ "a refId that is a name", false, CALL "          - odd: {name: O, refId: P}\n", CALL "          - odd: {name: O, refId: Q}\n" },
	{ "redundant jumps", true,
	  CALL "          - loop: {name: L, loopCount: {lit: 2}, outputs: {loop: {actions: [{playAudio: {name: P}}, {loopNext: {name: N}}]}}}\n",
	  CALL "          - loop: {name: L, loopCount: {lit: 2}, outputs: {loop: {actions: [{playAudio: {name: P}}]}}}\n" },
	{ "another text", false, CALL "          - playAudio: {name: P, audio: {tts: x}}\n", CALL "          - playAudio: {name: P, audio: {tts: y}}\n" },
	{ "another setting that is not known", false, CALL "          - playAudio: {name: P, volume: 1}\n", CALL "          - playAudio: {name: P, volume: 2}\n" },
	{ "another name", false, CALL "          - playAudio: {name: P}\n", CALL "          - playAudio: {name: Q}\n" },
	{ "an output that leads elsewhere", false, CALL "          - decision: {name: D, condition: {exp: a}, outputs: {yes: {actions: [{disconnect: {name: E}}]}}}\n",
	  CALL "          - decision: {name: D, condition: {exp: a}, outputs: {no: {actions: [{disconnect: {name: E}}]}}}\n" },
	{ "an output that is switched off", false, CALL "          - digitalMenu: {name: D, outputs: {maxNoInputs: {enabled: false}}}\n",
	  CALL "          - digitalMenu: {name: D, outputs: {maxNoInputs: {enabled: true}}}\n" },
	{ "the order of actions", false, CALL "          - playAudio: {name: P}\n          - playAudio: {name: Q}\n",
	  CALL "          - playAudio: {name: Q}\n          - playAudio: {name: P}\n" },
	{ "a bound result", false, CALL "          - findQueue: {name: F, findResult: {var: Flow.a}}\n", CALL "          - findQueue: {name: F, findResult: {noValue: true}}\n" },
	{ "a type of statement", false, CALL "          - updateData: {name: U, statements: [{string: {variable: Task.a, value: {lit: '1'}}}]}\n",
	  CALL "          - updateData: {name: U, statements: [{currency: {variable: Task.a, value: {lit: '1'}}}]}\n" },
	{ "the order of values that are computed", false,
	  CALL "          - updateData: {name: U, statements: [{string: {variable: Task.a, value: {lit: x}}}, {string: {variable: Task.b, value: {exp: Task.a}}}]}\n",
	  CALL "          - updateData: {name: U, statements: [{string: {variable: Task.b, value: {exp: Task.a}}}, {string: {variable: Task.a, value: {lit: x}}}]}\n" },
	{ "a version", false, CALL "          - callCommonModule: {name: C, commonModule: {M: {ver_latestPublished: {none: true}}}}\n",
	  CALL "          - callCommonModule: {name: C, commonModule: {M: {ver_1.0: {none: true}}}}\n" },
};

static void canonical_forms_are_blind(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(pair_table); i++) {
		struct tl_flow *a = read_text(TL_STR("a.yaml"), tl_str(pair_table[i].a), NULL, NULL), *b = read_text(TL_STR("a.yaml"), tl_str(pair_table[i].b), NULL, NULL);
		char left[TL_SHA256_SIZE], right[TL_SHA256_SIZE];

		assert_row(pair_table[i].what, a && b);
		tl_flow_digest(left, a, NULL);
		tl_flow_digest(right, b, NULL);
		assert_row(pair_table[i].what, (strcmp(left, right) == 0) == pair_table[i].equal);
		tl_flow_free(a);
		tl_flow_free(b);
	}
}

/* ---- Shapes that no file should have */

static const char *const shape_table[] = {
	"inboundCall:", "inboundCall: 3", "inboundCall: [a]", "inboundCall: {}", "inboundCall: {name: [x], startUpRef: {a: b}}",
	"workflow: {states: {a: b}, tasks: 3, menus: [[]], bots: [null]}", "workflow: {states: [{state: null}, {state: []}, {task: {name: x}}, {}, 3]}",
	"workflow: {startUpTaskActions: {a: b}}", "workflow: {startUpTaskActions: []}", "workflow: {startUpTaskActions: [[], {}, {a: b, c: d}, {loop: 3}, {switch: 3}]}",
	"workflow: {startUpTaskActions: [{switch: {evaluate: {firstMatch: []}}}, {switch: {evaluate: {firstMatch: {string: 3}}}}, {switch: {evaluate: {firstTrue: 3}}}]}",
	"workflow: {startUpTaskActions: [{switch: {evaluate: {firstTrue: {default: 3, cases: [{case: 3}, {case: {actions: 3}}]}}}}]}",
	"workflow: {startUpTaskActions: [{callTask: {targetTaskRef: ../../../../../../x}}, {callTask: {targetTaskRef: '#/'}}, {callTask: {targetTaskRef: [x]}}]}",
	"workflow: {startUpTaskActions: [{callData: {category: {a: {b: 3}}}}, {callData: {category: {a: {b: {c: 3}}}}}, {callData: {category: {a: 3, b: 4}}}]}",
	"workflow: {startUpTaskActions: [{collectInput: {digits: 3, inputData: [], noEntryTimeout: {lit: {seconds: -1}}}}, {collectInput: {digits: {range: {min: 1}}}}]}",
	"workflow: {startUpTaskActions: [{updateData: {statements: {a: b}}}, {updateData: {statements: [{string: {variable: {}, value: {}}}]}}]}",
	"workflow: {startUpTaskActions: [{setParticipantData: {attributes: [{attribute: {name: {lit: x}, value: {lit: null}}}]}}]}",
	"workflow: {startUpTaskActions: [{transferToVoicemail: {destination: 3}}, {transferToVoicemail: {destination: {queue: 3}}}, {evaluateSchedule: {evaluationType: {}}}]}",
	"workflow: {startUpTaskActions: [{digitalMenu: {outputs: {paths: [3, {path: 3}, {path: {}}, {path: {name: [x], actions: {}}}]}}}, {digitalMenu: {outputs: {paths: {}}}}]}",
	"workflow: {startUpTaskActions: [{decision: {condition: {lit: true}, outputs: {yes: [{disconnect: {name: x}}], no: 3}}}]}",
	"inboundCall: {menus: [{menu: {choices: [{menuTask: 3}, {menuTask: {task: 3}}, {menuSubMenu: 3}, {menuSubMenu: {choices: 3}}, {3: 4}, 3]}}]}",
	"inboundCall: {menus: [{menu: {choices: [{menuTask: {speechRecTerms: {en: {terms: {a: b}}}, dtmf: {a: b}}}, {menuTask: {speechRecTerms: [a]}}]}}]}",
	"inboundCall: {variables: {a: b}, settingsErrorHandling: {errorHandling: {}, preHandlingAudio: 3}, initialGreeting: [a]}",
	"inboundCall: {settingsErrorHandling: {errorHandling: {task: {targetTaskRef: /x}}}, settingsMenu: 3, settingsUserInput: [3], startUpTaskVariables: 3}",
	"inboundCall: {menus: [{menu: {name: m, choices: [{menuDisconnect: {name: d}}]}}], tasks: [{task: {name: t, actions: [{callTask: {targetTaskRef: "
	"'/inboundCall/menus/menu[m]/choices/menuDisconnect[d]'}}]}}]}",
	"inboundCall: {menus: [{menu: {name: '[', refId: ']/', choices: [{menuDisconnect: {name: '/['}}], defaultChildMenuRef: '/inboundCall/menus/menu[]/]'}}]}",
};

static void no_shape_is_too_odd(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(shape_table); i++) {
		struct tl_findings findings = { 0 };
		struct tl_flow *flow = read_text(TL_STR("a.yaml"), tl_str(shape_table[i]), &findings, NULL);
		char digest[TL_SHA256_SIZE];

		assert_row(shape_table[i], flow != NULL);
		assert_row(shape_table[i], tl_findings_count(&findings, TL_ERROR) > 0);
		tl_flow_digest(digest, flow, NULL);
		tl_flow_free(flow);
		tl_findings_clear(&findings);
	}
}

/* As many actions in each other as the reader's depth allows, and many beside each other: no more than a moment. */
static void depth_and_width_are_bounded(void **state)
{
	struct tl_findings findings = { 0 };
	struct tl_buf buf = { 0 };
	struct tl_flow *flow;

	(void)state;
	tl_buf_text(&buf, "{workflow: {name: a, startUpTaskActions: [");
	for (int i = 0; i < 50; i++)
		tl_buf_text(&buf, "{decision: {condition: {lit: true}, outputs: {yes: {actions: [");
	for (int i = 0; i < 2000; i++)
		tl_buf_text(&buf, "{callTask: {name: x, targetTaskRef: '/workflow/tasks/task[x]'}}, ");
	for (int i = 0; i < 50; i++)
		tl_buf_text(&buf, "]}}}}");
	tl_buf_text(&buf, "]}}");
	flow = read_text(TL_STR("a.yaml"), tl_buf_view(&buf), &findings, NULL);
	assert_non_null(flow);
	assert_int_equal(flow->n_nodes, 2050);
	assert_int_equal(findings.count, 2000);
	assert_string_equal(findings.items[0].rule, "unknown-node");
	tl_flow_free(flow);
	tl_findings_clear(&findings);
	tl_buf_clear(&buf);
}

int test_architect(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixtures_are_lowered),
		cmocka_unit_test(every_kind_is_known),
		cmocka_unit_test(unset_keys_are_said),
		cmocka_unit_test(canonical_forms_are_blind),
		cmocka_unit_test(no_shape_is_too_odd),
		cmocka_unit_test(depth_and_width_are_bounded),
	};

	return cmocka_run_group_tests_name("architect", tests, NULL, NULL);
}

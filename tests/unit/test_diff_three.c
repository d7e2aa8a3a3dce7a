/* diff: three versions of a flow, each setting that a side changed: "NODE.FIELD:base|theirs|ours=side". */
#include "unit.h"

#include "base/buf.h"
#include "diff/diff.h"
#include "flow/canonical.h"
#include "unit_flow.h"

static void draw_item(struct tl_buf *out, struct tl_arena *arena, const struct tl_item *item)
{
	tl_buf_text(out, !item ? "-" : item->kind == TL_STRING ? item->text.ptr : unit_json(arena, item));
}

static const char *draw(struct tl_arena *arena, const struct tl_three *three)
{
	struct tl_buf out = { 0 };
	const char *text;

	for (size_t i = 0; i < three->count; i++) {
		const struct tl_three_change *change = &three->items[i];

		tl_buf_printf(&out, "%.*s.%.*s:", TL_FMT(change->node), TL_FMT(change->field));
		draw_item(&out, arena, change->base);
		tl_buf_char(&out, '|');
		draw_item(&out, arena, change->theirs);
		tl_buf_char(&out, '|');
		draw_item(&out, arena, change->ours);
		tl_buf_printf(&out, "=%s ", tl_side_name(change->side));
	}
	tl_buf_printf(&out, "%zu", three->clashes);
	text = tl_arena_dup(arena, tl_buf_view(&out)).ptr;
	tl_buf_clear(&out);
	return text;
}

#define FLOW(more, nodes) "flow: a\nchannel: voice\nstart: x\n" more "nodes: {x: {type: play, prompt: p, next: e}" nodes ", e: {type: end}}\n"
#define MENU(choices) "flow: a\nchannel: voice\nstart: x\nnodes: {x: {type: menu, prompt: p, choices: [" choices "], otherwise: x}}\n"
#define END(more) "{\"" more "type\":\"end\"}"

static const struct {
	const char *base, *theirs, *ours, *expected;
} three_table[] = {
	{ FLOW("", ""), FLOW("", ""), FLOW("", ""), "0" },
	{ FLOW("", ""), FLOW("name: N\n", ""), FLOW("", ""), ".name:-|N|-=theirs 0" },
	{ FLOW("", ""), FLOW("", ""), FLOW("name: N\n", ""), ".name:-|-|N=ours 0" },
	{ FLOW("", ""), FLOW("name: N\n", ""), FLOW("name: N\n", ""), ".name:-|N|N=both 0" },
	{ FLOW("", ""), FLOW("name: M\n", ""), FLOW("name: N\n", ""), ".name:-|M|N=conflict 1" },
	{ FLOW("", ""), FLOW("name: N\n", ""), FLOW("", ", y: {type: end}"), ".name:-|N|-=theirs y.:-|-|" END("") "=ours 0" },
	{ FLOW("", ", y: {type: end}"), FLOW("", ""), FLOW("", ""), "y.:" END("") "|-|-=both 0" },
	{ FLOW("", ""), FLOW("", ", y: {type: end}"), FLOW("", ", y: {type: end}"), "y.:-|" END("") "|" END("") "=both 0" },
	{ FLOW("", ""), FLOW("", ", y: {type: end, exit: a}"), FLOW("", ", y: {type: end, exit: b}"),
	  "y.:-|" END("exit\":\"a\",\"") "|" END("exit\":\"b\",\"") "=conflict 1" },
	/* a whole and its parts are one conflict, with the whole of both */
	{ FLOW("prompts: {p: {text: t}, q: {text: u}}\n", ""), FLOW("prompts: {q: {text: u}}\n", ""),
	  FLOW("prompts: {p: {text: new}, q: {text: u}}\n", ""), ".prompts.p:{\"text\":\"t\"}|-|{\"text\":\"new\"}=conflict 1" },
	{ FLOW("prompts: {p: {text: t}, q: {text: u}}\n", ""), FLOW("prompts: {p: {text: new}, q: {text: u}}\n", ""),
	  FLOW("prompts: {q: {text: u}}\n", ""), ".prompts.p:{\"text\":\"t\"}|{\"text\":\"new\"}|-=conflict 1" },
	/* a name that begins alike is no part */
	{ FLOW("prompts: {p: {text: t}, p-q: {text: u}}\n", ""), FLOW("prompts: {p: {text: t}, p-q: {text: v}}\n", ""),
	  FLOW("prompts: {p-q: {text: u}}\n", ""), ".prompts.p:{\"text\":\"t\"}|{\"text\":\"t\"}|-=ours .prompts.p-q.text:u|v|u=theirs 0" },
	/* elements count as in the base, so that an inserted one does not make others clash */
	{ MENU("{key: '1', next: x}, {key: '2', next: x}"), MENU("{key: '3', next: x}, {key: '1', next: x}, {key: '2', next: x}"),
	  MENU("{key: '1', next: x}, {key: '2', next: gone}"),
	  "x.choices[+1]:-|{\"key\":\"3\",\"next\":\"x\"}|-=theirs x.choices[2].next:x|x|gone=ours 0" },
	{ MENU("{key: '1', next: x}, {key: '2', next: x}"), MENU("{key: '1', next: x}"), MENU("{key: '1', next: x}, {key: '2', next: gone}"),
	  "x.choices[2]:{\"key\":\"2\",\"next\":\"x\"}|-|{\"key\":\"2\",\"next\":\"gone\"}=conflict 1" },
	/* where nodes stand in the document is layout */
	{ FLOW("", ", y: {type: end, exit: y}"), FLOW("", ", y: {type: end, exit: y}"),
	  "flow: a\nchannel: voice\nstart: x\nnodes: {y: {type: end, exit: y}, x: {type: play, prompt: p, next: e}, e: {type: end}}\n", "0" },
	/* no base: everything that differs */
	{ NULL, FLOW("name: N\n", ""), FLOW("", ", y: {type: end}"), ".name:-|N|-=conflict y.:-|-|" END("") "=conflict 2" },
	{ NULL, FLOW("", ""), FLOW("", ""), "0" },
};

static void test_three(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(three_table); i++) {
		const char *texts[] = { three_table[i].base, three_table[i].theirs, three_table[i].ours }, *text;
		const struct tl_item *trees[3] = { NULL };
		struct tl_flow *flows[3] = { NULL };
		struct tl_arena arena = { 0 };
		struct tl_three three;

		for (size_t n = 0; n < 3; n++) {
			flows[n] = texts[n] ? unit_native(texts[n]) : NULL;
			trees[n] = flows[n] ? tl_flow_canonical(&arena, flows[n]) : NULL;
		}
		tl_diff_three(&three, &arena, TL_STR("a"), trees[0], trees[1], trees[2]);
		text = draw(&arena, &three);
		if (strcmp(text, three_table[i].expected) != 0)
			fail_msg("row %zu:\n got  %s\n want %s", i, text, three_table[i].expected);
		for (size_t n = 0; n < 3; n++)
			tl_flow_free(flows[n]);
		tl_arena_clear(&arena);
	}
}

/* A flow that is gone on the platform: all of it is theirs, but what we changed. */
static void test_gone(void **state)
{
	struct tl_flow *base = unit_native(FLOW("", "")), *ours = unit_native(FLOW("", ", y: {type: end}"));
	struct tl_arena arena = { 0 };
	struct tl_three three;

	(void)state;
	tl_diff_three(&three, &arena, TL_STR("a"), tl_flow_canonical(&arena, base), NULL, tl_flow_canonical(&arena, base));
	assert_int_equal(three.clashes, 0);
	assert_true(three.count > 0);
	for (size_t i = 0; i < three.count; i++)
		assert_int_equal(three.items[i].side, TL_THEIRS);
	tl_diff_three(&three, &arena, TL_STR("a"), tl_flow_canonical(&arena, base), NULL, tl_flow_canonical(&arena, ours));
	assert_true(three.count > 0);
	tl_flow_free(base);
	tl_flow_free(ours);
	tl_arena_clear(&arena);
}

int test_diff_three(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_three),
		cmocka_unit_test(test_gone),
	};

	return cmocka_run_group_tests_name("diff_three", tests, NULL, NULL);
}

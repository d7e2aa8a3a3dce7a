/* flow/graph: reachability, paths, what follows and cycles, over small flows drawn as text and over large ones. */
#include "unit.h"

#include "base/buf.h"
#include "flow/build.h"
#include "flow/graph.h"

/* A flow is drawn as words: "R kind name entry" begins a routine, "op name: target target" is a node of it; "call name routine: targets"
 * enters a routine; a target "^" returns, "!" ends the call, "-x" is disabled, "+x" is a handler of the routine. */
struct drawing {
	struct tl_builder builder;
	uint32_t routine;
};

static const char *const kinds[] = { "flow", "task", "menu", "state", "bot", "choice" };

static unsigned index_of(const char *const *names, size_t count, const char *name)
{
	for (unsigned i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return i;
	}
	fail_msg("no such word: %s", name);
	return 0;
}

static struct tl_target target_of(const char *text)
{
	if (strcmp(text, "^") == 0)
		return (struct tl_target){ .to = TL_TO_RETURN };
	if (strcmp(text, "!") == 0)
		return (struct tl_target){ .to = TL_TO_END };
	return tl_target_named((struct tl_name){ .text = tl_str(text) });
}

static void draw_routine(struct drawing *drawing, char **at)
{
	unsigned kind = index_of(kinds, TL_COUNT(kinds), strtok_r(NULL, " ", at));
	struct tl_name name = { .text = tl_str(strtok_r(NULL, " ", at)) };
	const char *entry = strtok_r(NULL, " ", at);
	struct tl_routine *routine;

	drawing->routine = tl_builder_routine(&drawing->builder, (enum tl_routine_kind)kind, name);
	routine = &drawing->builder.flow->routines[drawing->routine];
	routine->repeats = entry[0] == '@';
	routine->entry = target_of(entry + routine->repeats);
	for (const char *word = strtok_r(NULL, " ", at); word; word = strtok_r(NULL, " ", at)) {
		routine->handlers = TL_ARENA_NEW(&drawing->builder.flow->arena, struct tl_handler);
		routine->handlers[0].target = target_of(word + 1);
		routine->n_handlers = 1;
	}
}

static void draw_node(struct drawing *drawing, const char *op, char **at)
{
	static const char *const ops[] = { "say", "menu", "gather", "assign", "branch", "invoke", "wait", "transfer", "call", "jump", "end" };
	unsigned number = index_of(ops, TL_COUNT(ops), op);
	uint32_t node = tl_builder_node(&drawing->builder, (enum tl_op)number, (struct tl_name){ .text = tl_str(strtok_r(NULL, " ", at)) });

	drawing->builder.flow->nodes[node].routine = drawing->routine;
	if (number == TL_CALL)
		drawing->builder.flow->nodes[node].callee = (uint32_t)strtoul(strtok_r(NULL, " ", at), NULL, 10);
	for (const char *word = strtok_r(NULL, " ", at); word; word = strtok_r(NULL, " ", at)) {
		bool disabled = word[0] == '-';
		uint32_t outcome = tl_builder_outcome(&drawing->builder, node, TL_R_OTHER, TL_STR("o"), target_of(word + disabled), (struct tl_span){ 0 });

		drawing->builder.flow->outcomes[outcome].disabled = disabled;
	}
}

/* `memory` keeps the words that the flow borrows. */
static struct tl_flow *draw(const char *text, char **memory)
{
	static const struct tl_lower lower = { 0 };
	struct drawing drawing = { .routine = 0 };
	char *lines = NULL, *words;

	*memory = tl_strdup(text);
	tl_builder_init(&drawing.builder, NULL, TL_DIALECT_ARCHITECT, &lower);
	for (char *line = strtok_r(*memory, ";", &lines); line; line = strtok_r(NULL, ";", &lines)) {
		const char *first = strtok_r(line, " ", &words);

		if (strcmp(first, "R") == 0)
			draw_routine(&drawing, &words);
		else
			draw_node(&drawing, first, &words);
	}
	return tl_builder_finish(&drawing.builder);
}

static void add_names(struct tl_buf *buf, const struct tl_flow *flow, const uint32_t *nodes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		tl_buf_printf(buf, "%s%.*s", i ? " " : "", TL_FMT(flow->nodes[nodes[i]].name.text));
}

static const struct {
	const char *flow, *reached, *entered, *cycles;
} reach_table[] = {
	/* a line with a dead end and a node that nothing leads to */
	{ "R flow f a; say a b; say b gone; say c a", "a b", "f", "" },
	{ "R flow f a; say a -b; say b a", "a", "f", "" },
	{ "R flow f a; say a a", "a", "f", "a" },
	{ "R flow f a; say a b c; say b a; say c d; say d c", "a b c d", "f", "a b|c d" },
	/* a call comes back only by a return of what it enters */
	{ "R flow f a; call a 1 b; say b !; R task t x; say x ^", "a b x", "f t", "" },
	{ "R flow f a; call a 1 b; say b !; R task t x; say x !", "a x", "f t", "" },
	{ "R flow f a; call a 1 b; say b !; R task t ^", "a b", "f t", "" },
	{ "R flow f a; call a 1 b; end b; R task t x; call x 2 ^; R task u y; end y", "a b x y", "f t u", "" },
	/* a call that nobody comes to is not returned to */
	{ "R flow f a; call a 1 b; say b !; call c 1 d; say d !; R task t x; say x ^", "a b x", "f t", "" },
	/* the second call is come to after the routine was left */
	{ "R flow f a; call a 1 b; call b 1 c; say c !; R task t x; say x ^", "a b c x", "f t", "b x" },
	/* a loop around a call goes through what it calls */
	{ "R flow f a; call a 1 a; R task t x; say x ^", "a x", "f t", "a x" },
	{ "R flow f a; call a 1 b; say b !; R task t x; call x 1 ^", "a x", "f t", "x" },
	/* a choice's own task: the menu again */
	{ "R flow f m; menu m x !; R choice c x; say x ^", "m x", "f c", "m x" },
	/* handlers of routines that are entered */
	{ "R flow f a +h; say a !; say h !; R task t x +g; say x !; say g !", "a h", "f", "" },
	{ "R flow f a; jump a x; R task t x +g; say x !; say g !", "a x g", "f t", "" },
	/* a routine that repeats is no cycle by that */
	{ "R flow f @a; say a ^", "a", "f", "" },
	{ "R flow f nowhere; say a a", "", "f", "a" },
};

static void test_reach(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(reach_table); i++) {
		char *memory;
		struct tl_flow *flow = draw(reach_table[i].flow, &memory);
		struct tl_arena arena = { 0 };
		struct tl_buf nodes = { 0 }, routines = { 0 }, circles = { 0 };
		struct tl_cycles cycles;
		bool reached[16], entered[8];

		tl_graph_reach(flow, reached, entered);
		tl_buf_text(&nodes, "");
		for (uint32_t n = 0; n < flow->n_nodes; n++) {
			if (reached[n])
				tl_buf_printf(&nodes, "%s%.*s", nodes.len ? " " : "", TL_FMT(flow->nodes[n].name.text));
		}
		for (uint32_t n = 0; n < flow->n_routines; n++) {
			if (entered[n])
				tl_buf_printf(&routines, "%s%.*s", routines.len ? " " : "", TL_FMT(flow->routines[n].name.text));
		}
		tl_graph_cycles(&cycles, &arena, flow, NULL);
		for (size_t n = 0; n < cycles.count; n++) {
			tl_buf_text(&circles, n ? "|" : "");
			add_names(&circles, flow, cycles.items[n].nodes, cycles.items[n].count);
		}
		assert_row(reach_table[i].flow, tl_str_is(tl_buf_view(&nodes), reach_table[i].reached));
		assert_row(reach_table[i].flow, tl_str_is(tl_buf_view(&routines), reach_table[i].entered));
		assert_row(reach_table[i].flow, tl_str_is(tl_buf_view(&circles), reach_table[i].cycles));
		tl_buf_clear(&nodes);
		tl_buf_clear(&routines);
		tl_buf_clear(&circles);
		tl_arena_clear(&arena);
		tl_flow_free(flow);
		free(memory);
	}
}

static const struct {
	const char *flow;
	uint32_t node;
	const char *next;
} next_table[] = {
	{ "R flow f a; say a b b -c c; say b !; say c !", 0, "b c" },
	{ "R flow f a; call a 1 b; say b !; R task t x; say x ^", 0, "x" },
	{ "R flow f a; call a 1 b; say b !; R task t x; say x ^", 2, "b" },
	{ "R flow f a; call a 1 b ^; say b !; R task t x; call x 2 y ^; R task u y; end y", 3, "y b" },
	{ "R flow f m; menu m x; R choice c x; say x ^", 1, "m" },
	{ "R flow f @a; say a ^", 0, "a" },
	{ "R flow f a; end a", 0, "" },
};

static void test_next(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(next_table); i++) {
		char *memory;
		struct tl_flow *flow = draw(next_table[i].flow, &memory);
		struct tl_arena arena = { 0 };
		struct tl_buf names = { 0 };
		uint32_t *next, count = tl_graph_next(&next, &arena, flow, next_table[i].node);

		add_names(&names, flow, next, count);
		assert_row(next_table[i].flow, tl_str_is(tl_buf_view(&names), next_table[i].next));
		for (uint32_t n = 0; n < count; n++)
			assert_row(next_table[i].flow, tl_graph_path(flow, next_table[i].node, next[n]));
		tl_buf_clear(&names);
		tl_arena_clear(&arena);
		tl_flow_free(flow);
		free(memory);
	}
}

static void test_path(void **state)
{
	char *memory;
	struct tl_flow *flow = draw("R flow f a +h; say a b; say b c; say c b; say h !; call d 1 !; R task t x; say x ^", &memory);
	static const char want[6][7] = { "011100", "011100", "011100", "000100", "000101", "000000" };

	(void)state;
	for (uint32_t from = 0; from < 6; from++) {
		for (uint32_t to = 0; to < 6; to++)
			assert_int_equal(tl_graph_path(flow, from, to), want[from][to] == '1');
	}
	tl_flow_free(flow);
	free(memory);
}

/* Nodes that are left out of account cut cycles. */
static void test_cycles_in(void **state)
{
	char *memory;
	struct tl_flow *flow = draw("R flow f a; say a b; say b a; say c c", &memory);
	struct tl_arena arena = { 0 };
	struct tl_cycles cycles;
	const bool in[] = { true, false, true };

	(void)state;
	tl_graph_cycles(&cycles, &arena, flow, in);
	assert_int_equal(cycles.count, 1);
	assert_int_equal(cycles.items[0].nodes[0], 2);
	tl_arena_clear(&arena);
	tl_flow_free(flow);
	free(memory);
}

/* A ring of many nodes, all of which call one routine too: no recursion, and no more edges than outcomes. */
static void test_large(void **state)
{
	enum { N = 10000 };
	static const struct tl_lower lower = { 0 };
	struct tl_builder builder;
	struct tl_arena arena = { 0 };
	struct tl_cycles cycles;
	struct tl_flow *flow;
	bool *reached = calloc(2 * N, sizeof(bool));

	(void)state;
	tl_builder_init(&builder, NULL, TL_DIALECT_ARCHITECT, &lower);
	tl_builder_routine(&builder, TL_ROUTINE_FLOW, (struct tl_name){ 0 });
	tl_builder_routine(&builder, TL_ROUTINE_TASK, (struct tl_name){ .text = TL_STR("t") });
	builder.flow->routines[0].entry = (struct tl_target){ .to = TL_TO_NODE, .node = 0 };
	builder.flow->routines[1].entry = (struct tl_target){ .to = TL_TO_NODE, .node = 1 };
	for (uint32_t i = 0; i < 2 * N; i++) {
		struct tl_str name = tl_arena_printf(&arena, "n%u", i);
		uint32_t node = tl_builder_node(&builder, i % 2 ? TL_SAY : TL_CALL, (struct tl_name){ .text = name });
		struct tl_target target = { .to = i == 2 * N - 1 ? TL_TO_RETURN : TL_TO_NODE, .node = (i + 2) % (2 * N) };

		builder.flow->nodes[node].routine = i % 2;
		builder.flow->nodes[node].callee = i % 2 ? TL_NONE : 1;
		tl_builder_outcome(&builder, node, TL_R_NEXT, TL_STR("next"), target, (struct tl_span){ 0 });
	}
	flow = tl_builder_finish(&builder);
	tl_graph_reach(flow, reached, NULL);
	for (uint32_t i = 0; i < 2 * N; i++)
		assert_true(reached[i]);
	tl_graph_cycles(&cycles, &arena, flow, NULL);
	assert_int_equal(cycles.count, 1);
	assert_int_equal(cycles.items[0].count, 2 * N);
	assert_true(tl_graph_path(flow, 2 * N - 2, 1));
	tl_arena_clear(&arena);
	tl_flow_free(flow);
	free(reached);
}

static const struct {
	const char *flow;
	uint32_t longest;
} longest_table[] = {
	{ "R flow f ^", 0 },
	{ "R flow f a; say a b; say b gone; say c a", 2 },
	/* the longer of two ways */
	{ "R flow f a; say a b d; say b c; say c d; say d !", 4 },
	/* what leads back is left out */
	{ "R flow f a; say a a", 1 },
	{ "R flow f a; say a b; say b c a; say c a d; say d b", 4 },
	/* a hub with many ways out and back is as long as one of them */
	{ "R flow f h; menu h a b c d; say a h; say b h; say c h; say d h", 2 },
	{ "R flow f a; say a -b c; say b c; say c !", 2 },
	/* a routine is on the way, its return is no node */
	{ "R flow f a; call a 1 b; say b !; R task t x; say x y; end y", 4 },
};

static void test_longest(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(longest_table); i++) {
		char *memory;
		struct tl_flow *flow = draw(longest_table[i].flow, &memory);

		assert_row(longest_table[i].flow, tl_graph_longest(flow) == longest_table[i].longest);
		tl_flow_free(flow);
		free(memory);
	}
}

int test_flow_graph(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reach),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_cycles_in),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests_name("flow_graph", tests, NULL, NULL);
}

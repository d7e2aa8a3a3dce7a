/* sim/skeleton.c: ways of calls, shortest first: each is run with a caller who hangs up where the next input is awaited, which tells what asks there. */
#include "sim/skeleton.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/case.h"
#include "sim/expect.h"

#define RUNS_MOST 2000
#define ID_BYTES 60
#define PATH_MOST 100
/* Actions that get an answer. */
#define STUBS_MOST 200

/* What a caller does: all that its parent does, then one more thing. */
struct way {
	size_t parent;
	struct tl_item *input;            /* NULL: of the first, which does nothing */
	const struct tl_flow *flow;       /* what is answered */
	const struct tl_node *node;
	const struct tl_outcome *choice;  /* NULL: a gather */
};

struct search {
	struct tl_skeleton *out;
	const struct tl_program *program;
	const struct tl_project *project;
	struct tl_case_context context;
	struct tl_item *data;
	struct way *ways;
	size_t count, capacity;
	struct tl_map asked;              /* nodes whose answers are ways already, by address */
	const struct tl_item *given;      /* of the present round; NULL: nothing but what is usual */
};

void tl_skeleton_clear(struct tl_skeleton *skeleton)
{
	free(skeleton->cases);
	free(skeleton->notes);
	tl_arena_clear(&skeleton->arena);
	*skeleton = (struct tl_skeleton){ .flow = NULL };
}

void tl_skeleton_note(struct tl_skeleton *skeleton, const char *fmt, ...)
{
	char text[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	skeleton->notes = tl_grow(skeleton->notes, &skeleton->note_capacity, skeleton->n_notes + 1, sizeof(*skeleton->notes));
	skeleton->notes[skeleton->n_notes++] = tl_arena_dup(&skeleton->arena, tl_str(text));
}

/* ---- inputs */

static struct tl_item *one_input(struct tl_arena *arena, const char *kind, struct tl_str text)
{
	struct tl_item *input = tl_item_new(arena, TL_MAP);

	tl_item_put(input, tl_str(kind), tl_item_string(arena, text));
	return input;
}

/* Digits that fit, and the key that ends them where there may be more. */
static struct tl_str digits_for(struct tl_arena *arena, const struct tl_node *node)
{
	uint32_t count = node->min_digits > 0 ? node->min_digits : 1;
	char *text = tl_arena_alloc(arena, (size_t)count + 2, 1);

	if (node->terminator == 0 && node->max_digits >= count && node->max_digits <= 32)
		count = node->max_digits;
	text = tl_arena_alloc(arena, (size_t)count + 2, 1);
	memset(text, '1', count);
	if (node->terminator != 0 && count < node->max_digits)
		text[count] = node->terminator;
	return tl_str(text);
}

static struct tl_item *gather_input(struct tl_arena *arena, const struct tl_flow *flow, const struct tl_node *node)
{
	if (flow->channel == TL_MESSAGE)
		return one_input(arena, "text", TL_STR("hello"));
	if (node->accept == 0 || node->accept & TL_ACCEPT_DTMF)
		return one_input(arena, "dtmf", digits_for(arena, node));
	return one_input(arena, "speech", TL_STR("hello"));
}

struct tl_item *tl_skeleton_input(struct tl_arena *arena, const struct tl_flow *flow, const struct tl_node *node, const struct tl_outcome *choice)
{
	if (!choice)
		return gather_input(arena, flow, node);
	if (choice->disabled)
		return NULL;
	if (choice->key.len > 0 && flow->channel == TL_VOICE)
		return one_input(arena, "dtmf", choice->key);
	if (choice->n_phrases > 0)
		return one_input(arena, flow->channel == TL_MESSAGE ? "text" : "speech", choice->phrases[0].text);
	return NULL;
}

/* ---- cases */

static void put_slug(struct tl_buf *out, struct tl_str text)
{
	for (size_t i = 0; i < text.len && out->len < ID_BYTES; i++) {
		char c = text.ptr[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');

		if (letter)
			tl_buf_char(out, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
		else if (c == '*' || c == '#')
			tl_buf_text(out, c == '*' ? "star" : "hash");
		else if (out->len > 0 && out->data[out->len - 1] != '-')
			tl_buf_char(out, '-');
	}
	while (out->len > 0 && out->data[out->len - 1] == '-')
		out->len--;
}

static bool has_id(const struct tl_skeleton *skeleton, struct tl_str id)
{
	for (size_t i = 0; i < skeleton->n_cases; i++) {
		if (tl_str_equal(skeleton->cases[i].id, id))
			return true;
	}
	return false;
}

struct tl_skeleton_case *tl_skeleton_add(struct tl_skeleton *skeleton, const struct tl_node *node, const struct tl_item *input)
{
	struct tl_buf buf = { 0 };
	struct tl_str id, tried;

	put_slug(&buf, node ? node->name.text : TL_STR("start"));
	if (input && input->first) {
		tl_buf_printf(&buf, "-%s-", tl_str_is(input->first->key, "dtmf") ? "key" : "says");
		put_slug(&buf, input->first->text);
	}
	id = tried = tl_arena_dup(&skeleton->arena, tl_buf_view(&buf));
	for (unsigned i = 2; has_id(skeleton, tried) || tried.len == 0; i++)
		tried = tl_arena_printf(&skeleton->arena, "%.*s-%u", TL_FMT(id), i);
	tl_buf_clear(&buf);
	skeleton->cases = tl_grow(skeleton->cases, &skeleton->case_capacity, skeleton->n_cases + 1, sizeof(*skeleton->cases));
	skeleton->cases[skeleton->n_cases] = (struct tl_skeleton_case){ .id = tried };
	return &skeleton->cases[skeleton->n_cases++];
}

/* ---- running */

static void add_inputs(struct search *search, struct tl_item *list, size_t way)
{
	if (search->ways[way].input) {
		add_inputs(search, list, search->ways[way].parent);
		tl_item_add(list, tl_item_copy(&search->out->arena, search->ways[way].input));
	}
}

static struct tl_item *inputs_of(struct search *search, size_t way, bool hangup)
{
	struct tl_item *list = tl_item_new(&search->out->arena, TL_LIST);

	add_inputs(search, list, way);
	if (hangup)
		tl_item_add(list, tl_item_string(&search->out->arena, TL_STR("hangup")));
	return list;
}

static struct tl_item *case_of(struct search *search, const struct tl_item *inputs, const struct tl_item *expect)
{
	struct tl_item *map = tl_item_new(&search->out->arena, TL_MAP);

	tl_item_put(map, TL_STR("id"), tl_item_string(&search->out->arena, TL_STR("case")));
	tl_item_put(map, TL_STR("inputs"), tl_item_copy(&search->out->arena, inputs));
	for (const struct tl_item *item = search->given ? search->given->first : NULL; item; item = item->next)
		tl_item_put(map, item->key, tl_item_copy(&search->out->arena, item));
	for (const struct tl_item *item = search->out->usual->first; item; item = item->next) {
		if (!tl_item_get_str(map, item->key))
			tl_item_put(map, item->key, tl_item_copy(&search->out->arena, item));
	}
	tl_item_put(map, TL_STR("data"), tl_item_copy(&search->out->arena, search->data));
	if (expect)
		tl_item_put(map, TL_STR("expect"), tl_item_copy(&search->out->arena, expect));
	return map;
}

static void run_once(struct search *search, struct tl_run *run, const struct tl_item *inputs)
{
	struct tl_case given;

	*run = (struct tl_run){ .flow = NULL };
	tl_case_read(&given, &search->out->arena, case_of(search, inputs, NULL), NULL, &search->context);
	tl_case_run(run, &given, search->program, search->project);
}

/* An action that has no answer yet gets one: it succeeds, and says nothing. */
static bool add_answer(struct search *search, const struct tl_run *run)
{
	const struct tl_expr *subject = run->ended_at ? run->ended_at->subject : NULL;
	struct tl_arena *arena = &search->out->arena;
	struct tl_item *answer;

	if (run->status != TL_FAILED || !run->error || strcmp(run->error, "no_data") != 0 || !subject || subject->kind != TL_E_LITERAL ||
	    search->data->count >= STUBS_MOST || tl_item_get_str(search->data, subject->value.text))
		return false;
	answer = tl_item_new(arena, TL_MAP);
	tl_item_put(answer, TL_STR("result"), tl_item_string(arena, TL_STR("success")));
	tl_item_put(search->data, tl_arena_dup(arena, subject->value.text), answer);
	return true;
}

static void run_way(struct search *search, struct tl_run *run, const struct tl_item *inputs)
{
	run_once(search, run, inputs);
	while (add_answer(search, run)) {
		tl_run_clear(run);
		run_once(search, run, inputs);
	}
}

static struct tl_item *path_of(struct search *search, const struct tl_run *run)
{
	struct tl_item *path = tl_item_new(&search->out->arena, TL_LIST);

	for (size_t i = 0; i < run->n_visits && path->count < PATH_MOST; i++) {
		if (run->visits[i].depth == 0)
			tl_item_add(path, tl_item_string(&search->out->arena, run->visits[i].node->name.text));
	}
	return path;
}

static bool ends_in_flow(const struct tl_run *run)
{
	return run->n_visits > 0 && run->ended_at && run->visits[run->n_visits - 1].depth == 0;
}

static struct tl_item *expect_of(struct search *search, const struct tl_run *run)
{
	struct tl_arena *arena = &search->out->arena;
	struct tl_item *expect = tl_item_new(arena, TL_MAP);

	tl_item_put(expect, TL_STR("status"), tl_item_string(arena, tl_str(tl_status_name(run->status))));
	if (run->status == TL_FAILED && run->error)
		tl_item_put(expect, TL_STR("error"), tl_item_string(arena, tl_arena_dup(arena, tl_str(run->error))));
	tl_item_put(expect, TL_STR("path"), path_of(search, run));
	if (ends_in_flow(run))
		tl_item_put(expect, TL_STR("ends_at"), tl_item_string(arena, run->ended_at->name.text));
	return expect;
}

/* Whether the choice was taken that the way is about: one that is not offered to everybody is not. */
static bool took_choice(const struct way *way, const struct tl_run *run)
{
	for (size_t i = 0; i < run->n_visits; i++) {
		if (run->visits[i].node == way->node && (!way->choice || run->visits[i].outcome == way->choice))
			return true;
	}
	return false;
}

/* Nothing is said that does not hold when it is run as a suite would. */
static bool passes(struct search *search, const struct tl_item *inputs, const struct tl_item *expect)
{
	struct tl_failures failures = { 0 };
	struct tl_case given;
	struct tl_run run = { .flow = NULL };
	bool good;

	tl_case_read(&given, &search->out->arena, case_of(search, inputs, expect), NULL, &search->context);
	tl_case_run(&run, &given, search->program, search->project);
	tl_expect_check(&failures, &search->out->arena, &given, &run, search->context.values);
	good = failures.count == 0;
	tl_run_clear(&run);
	return good;
}

static void take_case(struct search *search, size_t index, const struct tl_run *run)
{
	const struct way *way = &search->ways[index];
	struct tl_item *inputs, *expect;
	struct tl_skeleton_case *made;

	if (!took_choice(way, run)) {
		tl_skeleton_note(search->out, "%.*s of '%.*s' is not offered to a caller of whom nothing is known", TL_FMT(way->choice->name), TL_FMT(way->node->name.text));
		return;
	}
	if (search->out->n_cases == TL_SKELETON_CASES) {
		search->out->left_out++;
		return;
	}
	inputs = inputs_of(search, index, run->status == TL_ABANDONED);
	expect = expect_of(search, run);
	if (!passes(search, inputs, expect)) {
		tl_skeleton_note(search->out, "what comes after '%.*s' is not the same each time", TL_FMT(way->node->name.text));
		return;
	}
	made = tl_skeleton_add(search->out, way->node, way->input);
	made->given = search->given;
	made->inputs = inputs;
	made->expect = expect;
}

/* ---- the ways */

static void add_way(struct search *search, size_t parent, const struct tl_visit *visit, const struct tl_outcome *choice)
{
	struct tl_item *input = tl_skeleton_input(&search->out->arena, visit->flow, visit->node, choice);

	if (!input) {
		tl_skeleton_note(search->out, "%.*s of '%.*s' has neither a key nor words", TL_FMT(choice->name), TL_FMT(visit->node->name.text));
		return;
	}
	search->ways = tl_grow(search->ways, &search->capacity, search->count + 1, sizeof(*search->ways));
	search->ways[search->count++] = (struct way){ parent, input, visit->flow, visit->node, choice };
}

/* The answers to what asks at the end of a way, once. */
static void add_answers(struct search *search, size_t way, const struct tl_run *run)
{
	const struct tl_visit *visit = run->n_visits > 0 ? &run->visits[run->n_visits - 1] : NULL;
	const struct tl_outcome *outcomes;
	bool made;

	if (run->status != TL_ABANDONED || !visit || (visit->node->op != TL_MENU && visit->node->op != TL_GATHER))
		return;
	tl_map_put(&search->asked, tl_arena_printf(&search->out->arena, "%p", (const void *)visit->node), &made);
	if (!made)
		return;
	if (visit->node->op == TL_GATHER) {
		add_way(search, way, visit, NULL);
		return;
	}
	outcomes = tl_node_outcomes(visit->flow, visit->node);
	for (uint32_t i = 0; i < visit->node->n_outcomes; i++) {
		if (outcomes[i].role == TL_R_CHOICE)
			add_way(search, way, visit, &outcomes[i]);
	}
}

static void run_ways(struct search *search)
{
	size_t way = 0;

	for (; way < search->count && way < RUNS_MOST; way++) {
		struct tl_run run;

		run_way(search, &run, inputs_of(search, way, true));
		if (way > 0)
			take_case(search, way, &run);
		add_answers(search, way, &run);
		/* A flow that asks nothing has one way. */
		if (way == 0 && search->count == 1 && !search->given) {
			struct tl_skeleton_case *made = tl_skeleton_add(search->out, NULL, NULL);

			made->inputs = inputs_of(search, 0, run.status == TL_ABANDONED);
			made->expect = expect_of(search, &run);
		}
		tl_run_clear(&run);
	}
	search->out->left_out += search->count - way;
}

/* A Monday's morning, and somebody of whom only the number is known. */
static const struct tl_item *usual_of(struct tl_arena *arena)
{
	struct tl_item *usual = tl_item_new(arena, TL_MAP), *caller = tl_item_new(arena, TL_MAP);

	tl_item_put(caller, TL_STR("number"), tl_item_string(arena, TL_STR("+15550000000")));
	tl_item_put(caller, TL_STR("name"), tl_item_string(arena, TL_STR("Test Caller")));
	tl_item_put(usual, TL_STR("at"), tl_item_string(arena, TL_STR("2000-01-03T10:00:00Z")));
	tl_item_put(usual, TL_STR("caller"), caller);
	return usual;
}

static bool is_asked(const struct search *search, const struct tl_node *node)
{
	char key[32];

	snprintf(key, sizeof(key), "%p", (const void *)node);
	return tl_map_find(&search->asked, tl_str(key));
}

static bool all_asked(const struct search *search)
{
	const struct tl_flow *flow = search->out->flow;

	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		if (flow->nodes[i].op == TL_MENU && !is_asked(search, &flow->nodes[i]))
			return false;
	}
	return true;
}

static void note_unreached(struct search *search)
{
	const struct tl_flow *flow = search->out->flow;

	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_node *node = &flow->nodes[i];

		if (node->op == TL_MENU && !is_asked(search, node))
			tl_skeleton_note(search->out, "'%.*s' is not reached by keys and words alone: it takes other answers, or another time", TL_FMT(node->name.text));
	}
}

/* Menus that nobody comes to on a working day are looked for on a Sunday night, and for callers who are known. */
static void run_rounds(struct search *search)
{
	static const struct {
		const char *member, *text; /* text NULL: an empty map */
	} round_table[] = { { NULL, NULL }, { "at", "2000-01-02T03:00:00Z" }, { "profile", NULL } };
	struct tl_arena *arena = &search->out->arena;

	for (size_t i = 0; i < TL_COUNT(round_table) && (i == 0 || !all_asked(search)); i++) {
		struct tl_item *given = tl_item_new(arena, TL_MAP);

		if (i > 0)
			tl_item_put(given, tl_str(round_table[i].member),
			            round_table[i].text ? tl_item_string(arena, tl_str(round_table[i].text)) : tl_item_new(arena, TL_MAP));
		search->given = i > 0 ? given : NULL;
		search->count = 0;
		search->ways = tl_grow(search->ways, &search->capacity, 1, sizeof(*search->ways));
		search->ways[search->count++] = (struct way){ .input = NULL };
		run_ways(search);
	}
}

void tl_skeleton_make(struct tl_skeleton *out, const struct tl_flow *flow, const struct tl_program *program, const struct tl_project *project,
                      const struct tl_map *values, const struct tl_limits *limits)
{
	struct tl_findings findings = { 0 };
	struct tl_source source = { .path = TL_STR("skeleton") };
	struct search search = { .out = out, .program = program, .project = project };

	*out = (struct tl_skeleton){ .flow = flow, .run = program != NULL };
	search.data = tl_item_new(&out->arena, TL_MAP);
	out->data = search.data;
	out->usual = usual_of(&out->arena);
	if (!program) {
		tl_skeleton_read(out);
		return;
	}
	search.context = (struct tl_case_context){
		.flow = flow, .project = project, .values = values, .limits = limits, .source = &source, .findings = &findings,
	};
	run_rounds(&search);
	note_unreached(&search);
	free(search.ways);
	tl_map_clear(&search.asked);
	tl_findings_clear(&findings);
}

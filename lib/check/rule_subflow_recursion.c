/* check/rule_subflow_recursion.c: flows that call each other in a circle. */
#include <assert.h>
#include <stdlib.h>

#include "check/rules.h"

/* A subflow node that calls `callee` from `file`. */
struct call {
	uint32_t file, callee;
	struct tl_span span;
};

struct search {
	struct tl_check_all *all;
	struct call *calls;    /* of one file after the other */
	size_t n_calls, capacity;
	uint32_t *first;       /* by file: its first call; TL_NONE: not looked at */
	uint32_t *count;       /* by file */
	uint32_t *work;        /* files to look at */
	size_t n_work;
};

static void want(struct search *s, uint32_t file)
{
	if (s->first[file] != TL_NONE)
		return;
	s->first[file] = 0;
	s->work[s->n_work++] = file;
}

static void look_at(struct search *s, uint32_t file)
{
	struct tl_check_all *all = s->all;
	struct tl_summary summary;

	s->first[file] = (uint32_t)s->n_calls;
	if (all->summaries->items[file].refs == 0)
		return;
	if (tl_summaries_get(&summary, all->scratch, all->summaries, file, all->err) != 0) {
		all->failed = true;
		return;
	}
	for (uint32_t i = 0; i < summary.n_refs; i++) {
		size_t callee = summary.refs[i].call ? tl_check_find_flow(all, summary.refs[i].flow.text, NULL) : TL_NO_FILE;

		if (callee == TL_NO_FILE)
			continue;
		s->calls = tl_grow(s->calls, &s->capacity, s->n_calls + 1, sizeof(*s->calls));
		s->calls[s->n_calls++] = (struct call){ file, (uint32_t)callee, summary.refs[i].flow.span };
		s->count[file]++;
		want(s, (uint32_t)callee);
	}
	tl_arena_clear(all->scratch);
}

/* Tarjan's strongly connected components over files, with a stack of our own: two flows of one component call each other. */
struct circles {
	const struct search *s;
	uint32_t *order, *low, *at, *component; /* by file; order 0: not come to, component 0: none yet */
	uint32_t *stack, *path;
	uint32_t n_stack, n_path, clock, n_components;
};

static void come_to(struct circles *c, uint32_t file)
{
	c->order[file] = c->low[file] = ++c->clock;
	c->stack[c->n_stack++] = file;
	c->path[c->n_path++] = file;
}

static void leave(struct circles *c)
{
	uint32_t file = c->path[--c->n_path], top;

	if (c->n_path > 0 && c->low[file] < c->low[c->path[c->n_path - 1]])
		c->low[c->path[c->n_path - 1]] = c->low[file];
	if (c->low[file] != c->order[file])
		return;
	c->n_components++;
	do {
		top = c->stack[--c->n_stack];
		c->component[top] = c->n_components;
	} while (top != file);
}

static void search_from(struct circles *c, uint32_t root)
{
	const struct search *s = c->s;

	come_to(c, root);
	assert(s->calls);
	while (c->n_path > 0) {
		uint32_t file = c->path[c->n_path - 1], to;

		if (c->at[file] == s->count[file]) {
			leave(c);
			continue;
		}
		to = s->calls[s->first[file] + c->at[file]++].callee;
		if (c->order[to] == 0)
			come_to(c, to);
		else if (c->component[to] == 0 && c->order[to] < c->low[file])
			c->low[file] = c->order[to];
	}
}

/* A call within one component leads back to where it was made. */
static void say_calls(const struct search *s, const uint32_t *component)
{
	const struct tl_flow_file *files = s->all->summaries->set->files;

	for (size_t i = 0; i < s->n_calls; i++) {
		const struct call *call = &s->calls[i];

		if (!files[call->file].chosen || component[call->file] != component[call->callee])
			continue;
		if (call->callee == call->file)
			tl_check_say_in(s->all, call->file, call->span, NULL, "the flow calls itself");
		else
			tl_check_say_in(s->all, call->file, call->span, NULL, "the flow that is called here comes to call this one ('%.*s')",
			                TL_FMT(files[call->callee].path));
	}
}

static void find_circles(const struct search *s, size_t files)
{
	uint32_t *numbers = tl_alloc_zero(6 * (files + 1), sizeof(*numbers));
	struct circles c = { .s = s, .order = numbers };

	c.low = c.order + files;
	c.at = c.low + files;
	c.component = c.at + files;
	c.stack = c.component + files;
	c.path = c.stack + files;
	for (size_t i = 0; i < files; i++) {
		if (s->count[i] > 0 && c.order[i] == 0)
			search_from(&c, (uint32_t)i);
	}
	say_calls(s, c.component);
	free(numbers);
}

static void whole(struct tl_check_all *all)
{
	size_t files = all->summaries->set->count;
	struct search s = { .all = all };

	s.first = tl_alloc_zero(files + 1, sizeof(*s.first));
	s.count = tl_alloc_zero(files + 1, sizeof(*s.count));
	s.work = tl_alloc_zero(files + 1, sizeof(*s.work));
	memset(s.first, 0xff, (files + 1) * sizeof(*s.first));
	for (size_t i = 0; i < files; i++) {
		if (all->summaries->set->files[i].chosen && all->summaries->items[i].refs != 0)
			want(&s, (uint32_t)i);
	}
	while (s.n_work > 0 && !all->failed)
		look_at(&s, s.work[--s.n_work]);
	if (!all->failed)
		find_circles(&s, files);
	free(s.calls);
	free(s.first);
	free(s.count);
	free(s.work);
}

const struct tl_rule tl_rule_subflow_recursion = {
	.id = "subflow-recursion",
	.level = TL_WARNING,
	.summary = "flows call each other in a circle",
	.explain = "Sixteen subflows may be open at once; a call that would open one more fails with subflow_too_deep. A flow that leads back to another is better\n"
	           "ended with an exit, so that its caller goes on.\n",
	.bad = "flow: line\nchannel: voice\nstart: again\nnodes:\n  again: {type: subflow, flow: line, otherwise: bye}\n  bye: {type: end}\n",
	.good = "flow: line\nchannel: voice\nstart: bye\nnodes:\n  bye: {type: end}\n",
	.whole = whole,
};

/* platform/remote_part.c: where a run on a platform and the same run here part. */
#include "platform/remote_case.h"

#include "platform/remote_trace.h"

/* Nodes that are told before and after the place where two runs part. */
#define NAMES_AROUND 4

/* The nodes of one side, in order, as both kinds of trace tell of them: of the flow under test alone. */
struct way {
	struct tl_str *names;
	size_t count;
};

static struct way way_here(struct tl_arena *arena, const struct tl_run *run)
{
	struct way way = { TL_ARENA_ARRAY(arena, struct tl_str, run->n_visits + 1), 0 };

	for (size_t i = 0; i < run->n_visits; i++) {
		if (run->visits[i].depth == 0)
			way.names[way.count++] = run->visits[i].node->name.text;
	}
	return way;
}

/* Where the flow enters no other, a node that it does not have here is one too. */
static struct way way_there(struct tl_arena *arena, const struct tl_trace *trace, const struct tl_flow *flow)
{
	struct way way = { TL_ARENA_ARRAY(arena, struct tl_str, trace->count + 1), 0 };
	bool strangers = !tl_trace_enters_others(flow);

	for (size_t i = 0; i < trace->count; i++) {
		const struct tl_trace_step *step = &trace->steps[i];

		if (tl_trace_node(flow, step->node) ? tl_trace_was_executed(step->status, step->type) : strangers && tl_trace_is_stranger(step, flow))
			way.names[way.count++] = step->node;
	}
	return way;
}

static void add_place(struct tl_buf *out, const struct way *way, size_t at, const char *where)
{
	if (at < way->count)
		tl_buf_printf(out, "'%.*s' %s", TL_FMT(way->names[at]), where);
	else
		tl_buf_printf(out, "the call has ended %s", where);
}

/* What comes before and after on our side; the report has the path there. */
static void add_surroundings(struct tl_buf *out, const struct way *way, size_t at)
{
	size_t first = at > NAMES_AROUND ? at - NAMES_AROUND : 0, last = at + NAMES_AROUND + 1 < way->count ? at + NAMES_AROUND + 1 : way->count;

	tl_buf_printf(out, " (here:%s", first > 0 ? " … >" : "");
	for (size_t i = first; i < last; i++)
		tl_buf_printf(out, "%s%.*s", i > first ? " > " : " ", TL_FMT(way->names[i]));
	tl_buf_text(out, last < way->count ? " > …)" : ")");
}

/* True where they part. */
static bool compare_ways(struct tl_buf *out, const struct way *here, const struct way *there, const struct tl_flow *flow)
{
	size_t at = 0;

	while (at < here->count && at < there->count && tl_str_equal(here->names[at], there->names[at]))
		at++;
	if (at == here->count && at == there->count)
		return false;
	tl_buf_printf(out, "at step %zu: ", at + 1);
	add_place(out, here, at, "here");
	tl_buf_text(out, ", ");
	add_place(out, there, at, "there");
	if (at < there->count && !tl_trace_node(flow, there->names[at]))
		tl_buf_text(out, ", which the flow does not have here");
	add_surroundings(out, here, at);
	return true;
}

/* The first step there that went wrong, or NULL. */
static const struct tl_trace_step *wrong_step(const struct tl_trace *trace)
{
	for (size_t i = 0; i < trace->count; i++) {
		const struct tl_trace_step *step = &trace->steps[i];

		if (step->error.len > 0 || !(tl_str_is(step->status, "executed") || tl_str_is(step->status, "skipped")))
			return step;
	}
	return NULL;
}

static void add_wrong(struct tl_buf *out, const struct tl_trace_step *step)
{
	tl_buf_printf(out, "%s'%.*s' says: %.*s", out->len > 0 ? "; there " : "there ", TL_FMT(step->node), TL_FMT(step->error.len > 0 ? step->error : step->status));
}

static void add_value(struct tl_buf *out, const struct tl_changed *variable)
{
	if (!variable)
		tl_buf_text(out, "not set");
	else if (variable->sensitive)
		tl_buf_text(out, TL_MASK);
	else
		tl_value_json(out, &variable->value);
}

static void compare_variables(struct tl_buf *out, const struct tl_run *here, const struct tl_run *there)
{
	for (uint32_t i = 0; i < here->flow->n_variables && out->len == 0; i++) {
		struct tl_str name = here->flow->variables[i].name.text;
		const struct tl_changed *ours = tl_run_variable(here, name), *theirs = tl_run_variable(there, name);

		if ((!ours && !theirs) || (ours && theirs && tl_value_equal(&ours->value, &theirs->value)) ||
		    (ours && tl_changed_is_hidden(theirs)))
			continue;
		tl_buf_printf(out, "at the end '%.*s' is ", TL_FMT(name));
		add_value(out, ours);
		tl_buf_text(out, " here, ");
		add_value(out, theirs);
		tl_buf_text(out, " there");
	}
}

struct tl_str tl_runs_part(struct tl_arena *arena, const struct tl_run *here, const struct tl_case_result *there)
{
	const struct tl_trace_step *wrong = wrong_step(there->trace);
	struct way ours = way_here(arena, here), theirs = way_there(arena, there->trace, here->flow);
	struct tl_buf out = { 0 };
	struct tl_str text;

	if (!compare_ways(&out, &ours, &theirs, here->flow)) {
		if (here->status != there->run.status)
			tl_buf_printf(&out, "it ends as %s here, as %s there", tl_status_name(here->status), tl_status_name(there->run.status));
		else
			compare_variables(&out, here, &there->run);
	}
	if (wrong && (out.len > 0 || here->status == TL_COMPLETED))
		add_wrong(&out, wrong);
	text = tl_arena_dup(arena, tl_buf_view(&out));
	tl_buf_clear(&out);
	return text;
}

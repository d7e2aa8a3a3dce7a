/* sim/analysis.c: a pure function over a run; nothing of it depends on where the call was run. */
#include "sim/analysis.h"

#include <math.h>
#include <stdlib.h>

#define CYCLE_PENALTY 0.1
#define BRANCH_PENALTY 0.05
/* Scores are told to six places: what a division leaves behind those is nobody's. */
#define SCORE_STEPS 1e6

/* Whether a node is a decision point: a decision, a menu, opening hours. */
static bool decides(const struct tl_node *node)
{
	return node->op == TL_BRANCH || node->op == TL_MENU || (node->op == TL_INVOKE && node->service == TL_SERVICE_HOURS);
}

/* ---- the way */

static bool is_own(const struct tl_run *run, size_t i)
{
	return i < run->n_visits && run->visits[i].flow == run->flow;
}

static uint32_t index_of(const struct tl_flow *flow, const struct tl_node *node)
{
	return (uint32_t)(node - flow->nodes);
}

static void count_visits(struct tl_analysis *out, struct tl_arena *arena, const struct tl_run *run)
{
	bool *seen = tl_alloc_zero((size_t)run->flow->n_nodes + 1, sizeof(*seen));

	out->cycles = TL_ARENA_ARRAY(arena, const struct tl_node *, run->n_visits + 1);
	for (size_t i = 0; i < run->n_visits; i++) {
		const struct tl_node *node = run->visits[i].node;

		if (!is_own(run, i))
			continue;
		out->nodes++;
		out->decision_points += decides(node);
		if (seen[index_of(run->flow, node)])
			out->cycles[out->n_cycles++] = node;
		seen[index_of(run->flow, node)] = true;
	}
	free(seen);
}

/* ---- branches */

/* A platform that does not say which branch was taken says at least where it led; where several lead there, each may have been the one. */
static void take_by_target(bool *taken, const struct tl_run *run, size_t i)
{
	const struct tl_flow *flow = run->flow;
	const struct tl_node *node = run->visits[i].node;
	uint32_t next = is_own(run, i + 1) ? index_of(flow, run->visits[i + 1].node) : TL_NONE;

	for (uint32_t j = node->first_outcome; next != TL_NONE && j < node->first_outcome + node->n_outcomes; j++) {
		if (flow->outcomes[j].target.to == TL_TO_NODE && flow->outcomes[j].target.node == next)
			taken[j] = true;
	}
}

static void find_never_taken(struct tl_analysis *out, struct tl_arena *arena, const struct tl_run *run)
{
	const struct tl_flow *flow = run->flow;
	bool *taken = tl_alloc_zero((size_t)flow->n_outcomes + 1, sizeof(*taken));

	for (size_t i = 0; i < run->n_visits; i++) {
		if (!is_own(run, i))
			continue;
		if (run->visits[i].outcome)
			taken[run->visits[i].outcome - flow->outcomes] = true;
		else
			take_by_target(taken, run, i);
	}
	out->never_taken = TL_ARENA_ARRAY(arena, struct tl_branch, (size_t)flow->n_outcomes + 1);
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_node *node = &flow->nodes[i];

		for (uint32_t j = node->first_outcome; decides(node) && j < node->first_outcome + node->n_outcomes; j++) {
			if (!taken[j] && !flow->outcomes[j].disabled)
				out->never_taken[out->n_never_taken++] = (struct tl_branch){ node, &flow->outcomes[j] };
		}
	}
	free(taken);
}

/* ---- what was expected */

static struct tl_str visited(const struct tl_run *run, size_t i)
{
	return run->visits[i].node->name.text;
}

static bool is_visited(const struct tl_run *run, struct tl_str name)
{
	for (size_t i = 0; i < run->n_visits; i++) {
		if (tl_str_equal(visited(run, i), name))
			return true;
	}
	return false;
}

static void count_path(struct tl_analysis *out, const struct tl_item *wanted, const struct tl_run *run)
{
	const struct tl_item *next = wanted->first;

	out->expected += wanted->count;
	for (size_t i = 0; i < run->n_visits && next; i++) {
		if (!tl_str_equal(next->text, visited(run, i)))
			continue;
		out->met++;
		next = next->next;
	}
}

/* A visit too many is a decision that was not expected. */
static void count_exact_path(struct tl_analysis *out, const struct tl_item *wanted, const struct tl_run *run)
{
	size_t i = 0;

	out->expected += wanted->count > run->n_visits ? wanted->count : run->n_visits;
	for (const struct tl_item *next = wanted->first; next && i < run->n_visits; next = next->next, i++)
		out->met += tl_str_equal(next->text, visited(run, i));
}

static void count_nodes(struct tl_analysis *out, const struct tl_item *wanted, const struct tl_run *run, bool avoid)
{
	out->expected += wanted->count;
	for (const struct tl_item *item = wanted->first; item; item = item->next)
		out->met += is_visited(run, item->text) != avoid;
}

static void count_single(struct tl_analysis *out, struct tl_str name, const struct tl_failures *failures)
{
	bool failed = false;

	for (size_t i = 0; failures && i < failures->count; i++)
		failed = failed || tl_str_is(name, failures->items[i].expectation);
	out->expected++;
	out->met += !failed;
}

static void count_expected(struct tl_analysis *out, const struct tl_item *wanted, const struct tl_run *run, const struct tl_failures *failures)
{
	struct tl_str name = wanted->key;

	if (tl_str_is(name, "path") && wanted->kind == TL_LIST)
		count_path(out, wanted, run);
	else if (tl_str_is(name, "exact_path") && wanted->kind == TL_LIST)
		count_exact_path(out, wanted, run);
	else if (tl_str_is(name, "visits") && wanted->kind == TL_LIST)
		count_nodes(out, wanted, run, false);
	else if (tl_str_is(name, "avoids") && wanted->kind == TL_LIST)
		count_nodes(out, wanted, run, true);
	else if (tl_str_is(name, "ends_at") || tl_str_is(name, "transfer") || tl_str_is(name, "exit"))
		count_single(out, name, failures);
}

/* ---- scores */

static double score(double value)
{
	if (value < 0)
		return 0;
	return value > 1 ? 1 : round(value * SCORE_STEPS) / SCORE_STEPS;
}

void tl_analysis_of_run(struct tl_analysis *out, struct tl_arena *arena, const struct tl_run *run, const struct tl_item *expect,
                        const struct tl_failures *failures)
{
	*out = (struct tl_analysis){ .efficiency = TL_NO_SCORE, .accuracy = TL_NO_SCORE };
	count_visits(out, arena, run);
	find_never_taken(out, arena, run);
	for (const struct tl_item *item = expect && expect->kind == TL_MAP ? expect->first : NULL; item; item = item->next)
		count_expected(out, item, run, failures);
	if (out->nodes > 0)
		out->efficiency = score((double)out->decision_points / (double)out->nodes - CYCLE_PENALTY * (double)out->n_cycles);
	if (out->expected > 0)
		out->accuracy = score((double)out->met / (double)out->expected - (out->n_cycles > 0 ? CYCLE_PENALTY : 0) -
		                      (out->n_never_taken > 0 ? BRANCH_PENALTY : 0));
}

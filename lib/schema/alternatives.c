/* "anyOf", "oneOf", "not" and "contains": which of several ways a person meant. */
#include <stdlib.h>

#include "schema/explain.h"

/* How far a value is from one branch: smaller is nearer. */
enum fit {
	FIT_CLOSE, /* something inside is wrong */
	FIT_VALUE, /* a value that tells branches apart is another one */
	FIT_TYPE,  /* another kind of value altogether */
};

/* The best branch so far; its problems stand at `start`. */
struct best {
	size_t start, count;
	enum fit fit;
	bool any;
};

static enum fit fit_of(const struct tl_explain *ex, size_t start, const struct tl_item *item)
{
	enum fit fit = FIT_CLOSE;
	for (size_t i = start; i < ex->count; i++) {
		const struct tl_problem *problem = &ex->problems[i];
		if (problem->kind == TL_PROBLEM_TYPE && problem->item == item)
			return FIT_TYPE;
		if (problem->kind == TL_PROBLEM_VALUE && (problem->item == item || problem->parent == item))
			fit = FIT_VALUE;
	}
	return fit;
}

/* The problem that made the branch at `start` unfit. */
static struct tl_problem reason_of(const struct tl_explain *ex, size_t start, const struct tl_item *item, enum fit fit)
{
	for (size_t i = start; i < ex->count; i++) {
		const struct tl_problem *problem = &ex->problems[i];
		if (fit == FIT_TYPE && problem->kind == TL_PROBLEM_TYPE && problem->item == item)
			return *problem;
		if (fit == FIT_VALUE && problem->kind == TL_PROBLEM_VALUE && (problem->item == item || problem->parent == item))
			return *problem;
	}
	return (struct tl_problem){ 0 };
}

/* Keeps the problems from `start` on where they are fewer or nearer than the best so far, else drops them. */
static void consider(struct tl_explain *ex, struct best *best, size_t start, const struct tl_item *item)
{
	enum fit fit = fit_of(ex, start, item);
	size_t count = ex->count - start;
	bool better = !best->any || fit < best->fit || (fit == best->fit && count < best->count);
	if (better) {
		memmove(&ex->problems[best->start], &ex->problems[start], count * sizeof(*ex->problems));
		*best = (struct best){ best->start, count, fit, true };
	}
	ex->count = best->start + best->count;
}

/* Moves the reasons that are about values to the front and returns their number: 0 where they speak of different things, so that one
 * sentence cannot list what every branch allows. */
static size_t values_among(struct tl_problem *reasons, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		if (!reasons[i].values)
			continue;
		reasons[kept++] = reasons[i];
		if (reasons[kept - 1].item != reasons[0].item)
			return 0;
	}
	return kept;
}

/* None of the branches holds: says what is wrong with the one that fits best. */
static void explain_branches(struct tl_explain *ex, const struct tl_visit *at, const struct tl_nodes *branches)
{
	struct best best = { .start = ex->count };
	struct tl_problem *reasons = tl_alloc_zero(branches->count, sizeof(*reasons));
	for (uint32_t i = 0; i < branches->count; i++) {
		size_t start = ex->count;
		struct tl_visit visit = { .node = branches->items[i], .item = at->item, .parent = at->parent, .key = at->key };
		tl_explain_visit(ex, &visit);
		reasons[i] = reason_of(ex, start, at->item, fit_of(ex, start, at->item));
		consider(ex, &best, start, at->item);
	}
	if (best.fit == FIT_TYPE) {
		ex->count = best.start;
		tl_say_joined_types(ex, at, reasons, branches->count);
	} else if (best.fit == FIT_VALUE) {
		size_t count = values_among(reasons, branches->count);
		ex->count = count ? best.start : ex->count;
		if (count)
			tl_say_joined_values(ex, reasons, count);
	}
	free(reasons);
}

static uint32_t count_holding(struct tl_explain *ex, const struct tl_visit *at, const struct tl_nodes *branches)
{
	uint32_t found = 0;
	for (uint32_t i = 0; i < branches->count; i++)
		found += tl_node_valid(&ex->run, branches->items[i], at->item, NULL);
	return found;
}

static void explain_contains(struct tl_explain *ex, const struct tl_visit *at)
{
	const struct tl_list_rules *rules = at->node->list;
	double found = 0;
	for (const struct tl_item *child = at->item->first; child; child = child->next)
		found += tl_node_valid(&ex->run, rules->contains, child, NULL);
	if (found < rules->contains_least)
		tl_say_other(ex, at, "does not contain enough of what is asked for");
	else if (found > rules->contains_most)
		tl_say_other(ex, at, "contains too many of what is limited");
}

void tl_explain_alternatives(struct tl_explain *ex, const struct tl_visit *at)
{
	const struct tl_logic *logic = at->node->logic;
	if (at->item->kind == TL_LIST && at->node->list && at->node->list->contains)
		explain_contains(ex, at);
	if (!logic)
		return;
	if (logic->any.count && count_holding(ex, at, &logic->any) == 0)
		explain_branches(ex, at, &logic->any);
	uint32_t one = logic->one.count ? count_holding(ex, at, &logic->one) : 1;
	if (one == 0)
		explain_branches(ex, at, &logic->one);
	else if (one > 1)
		tl_say_other(ex, at, "fits more than one of the forms that exclude each other");
	if (logic->not_ && tl_node_valid(&ex->run, logic->not_, at->item, NULL))
		tl_say_other(ex, at, "has a form that is not allowed here");
}

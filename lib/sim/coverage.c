/* sim/coverage.c: marks by flow, node and outcome. */
#include "sim/coverage.h"

#include <stdlib.h>
#include <string.h>

const char *tl_coverage_name(enum tl_coverage_kind kind)
{
	return kind == TL_COVER_NODES ? "nodes" : "transitions";
}

void tl_coverage_clear(struct tl_coverage *coverage)
{
	free(coverage->flows);
	tl_arena_clear(&coverage->arena);
	memset(coverage, 0, sizeof(*coverage));
}

static struct tl_flow_coverage *entry_of(struct tl_coverage *coverage, const struct tl_flow *flow)
{
	struct tl_flow_coverage *entry;

	for (size_t i = 0; i < coverage->count; i++) {
		if (coverage->flows[i].flow == flow)
			return &coverage->flows[i];
	}
	coverage->flows = tl_grow(coverage->flows, &coverage->capacity, coverage->count + 1, sizeof(*coverage->flows));
	entry = &coverage->flows[coverage->count++];
	entry->flow = flow;
	entry->nodes = TL_ARENA_ARRAY(&coverage->arena, bool, flow->n_nodes + 1);
	entry->transitions = TL_ARENA_ARRAY(&coverage->arena, bool, flow->n_outcomes + 1);
	return entry;
}

void tl_coverage_flow(struct tl_coverage *coverage, const struct tl_flow *flow)
{
	entry_of(coverage, flow);
}

void tl_coverage_run(struct tl_coverage *coverage, const struct tl_run *run)
{
	struct tl_flow_coverage *entry = NULL;

	for (size_t i = 0; i < run->n_visits; i++) {
		const struct tl_visit *visit = &run->visits[i];

		if (!entry || entry->flow != visit->flow)
			entry = entry_of(coverage, visit->flow);
		entry->nodes[visit->node - visit->flow->nodes] = true;
		if (visit->outcome)
			entry->transitions[visit->outcome - visit->flow->outcomes] = true;
	}
}

static void count_flow(struct tl_covered *sum, const struct tl_flow_coverage *entry, enum tl_coverage_kind kind)
{
	const struct tl_flow *flow = entry->flow;

	for (uint32_t i = 0; kind == TL_COVER_NODES && i < flow->n_nodes; i++) {
		sum->total++;
		sum->covered += entry->nodes[i];
	}
	for (uint32_t i = 0; kind == TL_COVER_TRANSITIONS && i < flow->n_outcomes; i++) {
		if (flow->outcomes[i].disabled)
			continue;
		sum->total++;
		sum->covered += entry->transitions[i];
	}
}

struct tl_covered tl_coverage_count(const struct tl_coverage *coverage, const struct tl_flow_coverage *flow, enum tl_coverage_kind kind)
{
	struct tl_covered sum = { 0, 0 };

	if (flow) {
		count_flow(&sum, flow, kind);
		return sum;
	}
	for (size_t i = 0; i < coverage->count; i++)
		count_flow(&sum, &coverage->flows[i], kind);
	return sum;
}

double tl_covered_percent(struct tl_covered covered)
{
	return covered.total == 0 ? 100 : 100.0 * (double)covered.covered / (double)covered.total;
}

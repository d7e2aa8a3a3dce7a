/* check/tools.c: what local rules have in common. */
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "check/check.h"

#define NEAR_LIMIT 50

struct tl_finding *tl_check_say(struct tl_check *check, struct tl_span span, const char *fmt, ...)
{
	char message[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	return tl_check_say_at(check, check->rule->level, span, "%s", message);
}

struct tl_finding *tl_check_say_at(struct tl_check *check, enum tl_level level, struct tl_span span, const char *fmt, ...)
{
	char message[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	return tl_findings_add(check->findings, &check->flow->doc->source, span, level, check->rule->id, "%s", message);
}

struct tl_str tl_check_nearest(struct tl_check *check, struct tl_str name, const struct tl_str *names, size_t count)
{
	if (check->n_near++ >= NEAR_LIMIT)
		return (struct tl_str){ "", 0 };
	return tl_text_nearest(name, names, count);
}

void tl_check_suggest(struct tl_check *check, struct tl_finding *finding, struct tl_str name, const struct tl_str *names, size_t count)
{
	struct tl_str near = tl_check_nearest(check, name, names, count);

	if (near.len > 0)
		tl_findings_help(check->findings, finding, "did you mean '%.*s'?", TL_FMT(near));
}

struct tl_span tl_check_narrow(const struct tl_flow *flow, struct tl_span span, struct tl_str needle)
{
	struct tl_str text = tl_str_slice(flow->doc->source.bytes, span.start, span.end);
	size_t at = needle.len > 0 ? tl_str_find(text, needle, 0) : SIZE_MAX;

	if (at == SIZE_MAX)
		return span;
	return (struct tl_span){ span.start + (uint32_t)at, span.start + (uint32_t)(at + needle.len) };
}

static void visit_assignments(struct tl_check *check, const struct tl_assignment *list, uint32_t count, uint32_t node,
                              void (*visit)(struct tl_check *check, const struct tl_expr *expr, uint32_t node))
{
	for (uint32_t i = 0; i < count; i++) {
		if (list[i].value)
			visit(check, list[i].value, node);
	}
}

static void visit_node(struct tl_check *check, uint32_t index, void (*visit)(struct tl_check *check, const struct tl_expr *expr, uint32_t node))
{
	const struct tl_node *node = &check->flow->nodes[index];
	const struct tl_outcome *outcomes = tl_node_outcomes(check->flow, node);

	visit_assignments(check, node->assignments, node->n_assignments, index, visit);
	if (node->subject)
		visit(check, node->subject, index);
	for (uint32_t i = 0; i < node->n_inputs; i++) {
		if (node->inputs[i].value)
			visit(check, node->inputs[i].value, index);
	}
	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		if (outcomes[i].guard)
			visit(check, outcomes[i].guard, index);
		visit_assignments(check, outcomes[i].assignments, outcomes[i].n_assignments, index, visit);
	}
}

void tl_check_expressions(struct tl_check *check, void (*visit)(struct tl_check *check, const struct tl_expr *expr, uint32_t node))
{
	const struct tl_flow *flow = check->flow;

	for (uint32_t i = 0; i < flow->n_nodes; i++)
		visit_node(check, i, visit);
	for (uint32_t i = 0; i < flow->n_prompts; i++) {
		for (uint32_t j = 0; j < flow->prompts[i].n_texts; j++) {
			if (flow->prompts[i].texts[j].text)
				visit(check, flow->prompts[i].texts[j].text, TL_NONE);
		}
	}
}

void tl_check_assignments(struct tl_check *check, void (*visit)(struct tl_check *check, const struct tl_assignment *assignment))
{
	const struct tl_flow *flow = check->flow;

	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		for (uint32_t j = 0; j < flow->nodes[i].n_assignments; j++)
			visit(check, &flow->nodes[i].assignments[j]);
	}
	for (uint32_t i = 0; i < flow->n_outcomes; i++) {
		for (uint32_t j = 0; j < flow->outcomes[i].n_assignments; j++)
			visit(check, &flow->outcomes[i].assignments[j]);
	}
}

bool tl_check_stays(const struct tl_flow *flow, uint32_t node, const bool *inside)
{
	const struct tl_node *n = &flow->nodes[node];
	const struct tl_outcome *outcomes = tl_node_outcomes(flow, n);
	uint32_t ways = 0;

	/* A transfer that is taken and a callee that hands the call on end it. */
	if (n->op == TL_END || n->op == TL_TRANSFER || n->op == TL_CALL || n->unknown)
		return false;
	for (uint32_t i = 0; i < n->n_outcomes; i++) {
		if (outcomes[i].disabled)
			continue;
		if (outcomes[i].target.to != TL_TO_NODE || !inside[outcomes[i].target.node])
			return false;
		ways++;
	}
	return ways > 0;
}

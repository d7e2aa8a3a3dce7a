/* tests/fuzz/fuzz_architect.c: any bytes as an Architect flow: whatever is lowered is whole, and its digest is the same twice. */
#include "dialect/dialect.h"
#include "flow/canonical.h"
#include "flow/graph.h"
#include "fuzz.h"

static void check_target(const struct tl_flow *flow, const struct tl_target *target)
{
	demand(target->to != TL_TO_NODE || target->node < flow->n_nodes);
}

static void check_node(const struct tl_flow *flow, const struct tl_node *node)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(flow, node);

	demand(node->name.text.len > 0 && node->routine < flow->n_routines);
	demand(node->prompt == TL_NONE || node->prompt < flow->n_prompts);
	demand(node->callee == TL_NONE || node->callee < flow->n_routines);
	demand(node->span.end <= flow->doc->source.bytes.len);
	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		check_target(flow, &outcomes[i].target);
		demand(outcomes[i].role != TL_R_CASE || outcomes[i].guard);
		demand(outcomes[i].span.end <= flow->doc->source.bytes.len);
	}
	for (uint32_t i = 0; i < node->n_assignments; i++)
		demand(node->assignments[i].slot < flow->n_variables && node->assignments[i].value);
	for (uint32_t i = 0; i < node->n_inputs; i++)
		demand(node->inputs[i].value != NULL);
	for (uint32_t i = 0; i < node->n_outputs; i++)
		demand(node->outputs[i].slot < flow->n_variables && node->outputs[i].n_members > 0);
}

static void check_flow(const struct tl_flow *flow)
{
	bool *reached = calloc((size_t)flow->n_nodes + 1, sizeof(bool));
	char first[TL_SHA256_SIZE], second[TL_SHA256_SIZE];

	demand(flow->node_names.count == flow->n_nodes);
	for (uint32_t i = 0; i < flow->n_nodes; i++)
		check_node(flow, &flow->nodes[i]);
	for (uint32_t i = 0; i < flow->n_routines; i++) {
		check_target(flow, &flow->routines[i].entry);
		for (uint32_t j = 0; j < flow->routines[i].n_handlers; j++)
			check_target(flow, &flow->routines[i].handlers[j].target);
	}
	tl_graph_reach(flow, reached, NULL);
	tl_flow_digest(first, flow, NULL);
	tl_flow_digest(second, flow, NULL);
	demand(memcmp(first, second, sizeof(first)) == 0);
	free(reached);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct tl_map none = { 0 };
	struct tl_findings findings = { 0 };
	struct tl_substitution substitution = { 0 };
	struct tl_lower lower = { .limits = tl_limits_default(), .findings = &findings };
	struct tl_read_options options = {
		.bytes = 1 << 20, .depth = 256, .scalars = 20000, .findings = &findings, .substitutions = &none, .substitution = &substitution,
	};
	struct tl_flow *flow = NULL;
	struct tl_doc *doc;

	tl_yaml_read(&doc, TL_STR("t.yaml"), (struct tl_str){ (const char *)data, size }, &options);
	if (doc->root)
		tl_architect_read(&flow, doc, &substitution, &lower);
	else
		tl_doc_free(doc);
	if (flow)
		check_flow(flow);
	tl_flow_free(flow);
	tl_findings_clear(&findings);
	return 0;
}

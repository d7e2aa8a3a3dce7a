/* deploy/identity.c: a flow's id stands in its content, and so in its digests; here it is changed without changing what callers hear. */
#include "deploy/identity.h"

#include "doc/json.h"
#include "flow/canonical.h"

static void rename_references(struct tl_flow *flow, struct tl_str was, struct tl_str id)
{
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_expr *callee = tl_node_callee(&flow->nodes[i]);

		if (callee && tl_str_equal(callee->value.text, was))
			flow->nodes[i].subject->value.text = id;
	}
	for (uint32_t i = 0; i < flow->n_needs; i++) {
		if (flow->needs[i].kind == TL_NEED_FLOW && tl_str_equal(flow->needs[i].name, was))
			flow->needs[i].name = id;
	}
}

void tl_flow_rename(struct tl_flow *flow, struct tl_str id, struct tl_str former)
{
	struct tl_str was = flow->id.text;

	id = tl_arena_dup(&flow->arena, id);
	if (tl_str_equal(flow->name.text, was))
		flow->name.text = id;
	flow->id.text = id;
	flow->renamed_from.text = tl_arena_dup(&flow->arena, former);
	flow->foreign = false;
	rename_references(flow, was, id);
}

void tl_flow_digest_more(char out[TL_SHA256_SIZE], const struct tl_flow *flow, struct tl_str more)
{
	struct tl_doc *doc = NULL;
	struct tl_error ignored;

	/* What the ledger has was written by ourselves; were it broken, the digest is one that nothing else has. */
	if (more.len > 0 && tl_json_parse(&doc, TL_STR("ledger"), more, &ignored) != 0)
		doc = NULL;
	tl_flow_digest(out, flow, doc ? doc->root : NULL);
	tl_doc_free(doc);
}

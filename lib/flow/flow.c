/* flow/flow.c: the life of a flow, and small questions to it. */
#include "flow/flow.h"

#include <stdlib.h>

void tl_flow_free(struct tl_flow *flow)
{
	if (!flow)
		return;
	tl_map_clear(&flow->node_names);
	tl_map_clear(&flow->variable_names);
	tl_map_clear(&flow->prompt_names);
	tl_arena_clear(&flow->arena);
	tl_doc_free(flow->doc);
	free(flow);
}

const struct tl_outcome *tl_node_outcome(const struct tl_flow *flow, const struct tl_node *node, enum tl_role role)
{
	const struct tl_outcome *outcomes = tl_node_outcomes(flow, node);

	for (uint32_t i = 0; i < node->n_outcomes; i++) {
		if (outcomes[i].role == role)
			return &outcomes[i];
	}
	return NULL;
}

const struct tl_expr *tl_node_callee(const struct tl_node *node)
{
	bool names = (node->op == TL_CALL || node->op == TL_TRANSFER) && node->callee == TL_NONE && tl_str_is(node->kind, "flow") && node->subject &&
	             node->subject->kind == TL_E_LITERAL && node->subject->value.type == TL_V_STRING;

	return names ? node->subject : NULL;
}

const char *tl_op_name(enum tl_op op)
{
	static const char *const names[TL_OP_KINDS] = {
		[TL_SAY] = "say", [TL_MENU] = "menu", [TL_GATHER] = "gather", [TL_ASSIGN] = "assign",
		[TL_BRANCH] = "branch", [TL_INVOKE] = "invoke", [TL_WAIT] = "wait", [TL_TRANSFER] = "transfer",
		[TL_CALL] = "call", [TL_JUMP] = "jump", [TL_END] = "end",
	};

	return names[op];
}

/* check/rule_unknown_flow.c: subflows and transfers to flows that are not in the repository. Architect's may well live on the platform alone. */
#include "check/rules.h"

static void linked(struct tl_check_all *all, size_t file, const struct tl_summary *summary)
{
	for (uint32_t i = 0; i < summary->n_refs; i++) {
		const struct tl_summary_ref *ref = &summary->refs[i];
		struct tl_str near;

		if (!ref->strict || ref->flow.text.len == 0 || tl_check_find_flow(all, ref->flow.text, NULL) != TL_NO_FILE)
			continue;
		near = tl_check_nearest_flow(all, ref->flow.text);
		tl_check_say_in(all, file, ref->flow.span,
		                near.len > 0 ? tl_arena_printf(all->scratch, "did you mean '%.*s'?", TL_FMT(near)).ptr : NULL,
		                "there is no flow '%.*s'", TL_FMT(ref->flow.text));
	}
}

const struct tl_rule tl_rule_unknown_flow = {
	.id = "unknown-flow",
	.level = TL_ERROR,
	.summary = "a subflow, transfer or suite names a flow that is not there",
	.explain = "A flow is named by its id, the value of 'flow:' at the top of its file, not by the file's name. All flows of the project are looked at,\n"
	           "also where only some are checked. A call that comes to such a node fails with unknown_flow.\n",
	.bad = "flow: line\nchannel: voice\nstart: sub\nnodes:\n  sub: {type: subflow, flow: identify, otherwise: bye}\n  bye: {type: end}\n",
	.good = "# file: line.flow.yaml\nflow: line\nchannel: voice\nstart: sub\nnodes:\n  sub: {type: subflow, flow: identify, otherwise: bye}\n"
	        "  bye: {type: end}\n# file: identify.flow.yaml\nflow: identify\nchannel: voice\nstart: bye\nnodes:\n  bye: {type: end}\n",
	.linked = linked,
};

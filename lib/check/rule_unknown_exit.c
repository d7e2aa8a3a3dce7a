/* check/rule_unknown_exit.c: exits of a subflow that the called flow never ends by. */
#include "base/text.h"
#include "check/rules.h"

static bool has_exit(const struct tl_summary *callee, struct tl_str name)
{
	for (uint32_t i = 0; i < callee->n_exits; i++) {
		if (tl_str_equal(callee->exits[i], name))
			return true;
	}
	return false;
}

static void linked(struct tl_check_all *all, size_t file, const struct tl_summary *summary)
{
	for (uint32_t i = 0; i < summary->n_refs; i++) {
		const struct tl_summary_ref *ref = &summary->refs[i];
		struct tl_summary callee;

		if (ref->n_exits == 0 || !ref->strict || tl_check_find_flow(all, ref->flow.text, &callee) == TL_NO_FILE)
			continue;
		for (uint32_t j = 0; j < ref->n_exits; j++) {
			struct tl_str name = ref->exits[j].text, near;

			if (has_exit(&callee, name))
				continue;
			near = tl_text_nearest(name, callee.exits, callee.n_exits);
			tl_check_say_in(all, file, ref->exits[j].span,
			                near.len > 0 ? tl_arena_printf(all->scratch, "did you mean '%.*s'?", TL_FMT(near)).ptr : NULL,
			                "the flow '%.*s' never ends by the exit '%.*s'", TL_FMT(callee.id.text), TL_FMT(name));
		}
	}
}

const struct tl_rule tl_rule_unknown_exit = {
	.id = "unknown-exit",
	.level = TL_WARNING,
	.summary = "a subflow waits for an exit that the called flow does not have",
	.explain = "'exits' of a subflow says where the call goes on for each 'exit' of the called flow's 'end' nodes; every other exit takes 'otherwise'. An\n"
	           "exit that no 'end' there names is never taken, which is most often a slip or a leftover of a change in the called flow.\n",
	.bad = "# file: line.flow.yaml\nflow: line\nchannel: voice\nstart: sub\nnodes:\n"
	       "  sub: {type: subflow, flow: identify, exits: {knwon: vip}, otherwise: bye}\n  vip: {type: transfer, to: {queue: vip}}\n  bye: {type: end}\n"
	       "# file: identify.flow.yaml\nflow: identify\nchannel: voice\nstart: bye\nnodes:\n  bye: {type: end, exit: known}\n",
	.good = "# file: line.flow.yaml\nflow: line\nchannel: voice\nstart: sub\nnodes:\n"
	        "  sub: {type: subflow, flow: identify, exits: {known: vip}, otherwise: bye}\n  vip: {type: transfer, to: {queue: vip}}\n  bye: {type: end}\n"
	        "# file: identify.flow.yaml\nflow: identify\nchannel: voice\nstart: bye\nnodes:\n  bye: {type: end, exit: known}\n",
	.linked = linked,
};

/* check/rule_endless_loop.c: cycles that take no input and that no outcome leaves. */
#include "check/rules.h"

/* Whether something outside of the call's own steps may come in: input, time, an agent. */
static bool may_be_left(const struct tl_flow *flow, const struct tl_node *node)
{
	const struct tl_routine *routine = &flow->routines[node->routine];

	if (node->op == TL_MENU || node->op == TL_GATHER || node->op == TL_WAIT || routine->repeats)
		return true;
	for (uint32_t i = 0; i < routine->n_handlers; i++) {
		if (routine->handlers[i].on != TL_ON_ERROR && routine->handlers[i].on != TL_ON_HANGUP)
			return true;
	}
	return false;
}

bool tl_check_is_endless(const struct tl_flow *flow, const struct tl_cycle *cycle, bool *inside)
{
	bool endless = true;

	for (uint32_t i = 0; i < cycle->count; i++)
		inside[cycle->nodes[i]] = true;
	for (uint32_t i = 0; i < cycle->count && endless; i++)
		endless = !may_be_left(flow, &flow->nodes[cycle->nodes[i]]) && tl_check_stays(flow, cycle->nodes[i], inside);
	for (uint32_t i = 0; i < cycle->count; i++)
		inside[cycle->nodes[i]] = false;
	return endless;
}

static struct tl_str names_of(struct tl_check *check, const struct tl_cycle *cycle)
{
	struct tl_buf buf = { 0 };
	struct tl_str text;

	for (uint32_t i = 0; i < cycle->count && i < 8; i++)
		tl_buf_printf(&buf, "%s'%.*s'", i == 0 ? "" : i + 1 == cycle->count ? " and " : ", ",
		              TL_FMT(check->flow->nodes[cycle->nodes[i]].name.text));
	if (cycle->count > 8)
		tl_buf_printf(&buf, " and %u more", cycle->count - 8);
	text = tl_arena_dup(check->scratch, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	return text;
}

static void local(struct tl_check *check)
{
	const struct tl_flow *flow = check->flow;
	bool *inside = TL_ARENA_ARRAY(check->scratch, bool, flow->n_nodes + (size_t)1);

	for (size_t i = 0; i < check->cycles.count; i++) {
		const struct tl_cycle *cycle = &check->cycles.items[i];
		const struct tl_name *name = &flow->nodes[cycle->nodes[0]].name;

		if (!tl_check_is_endless(flow, cycle, inside))
			continue;
		if (cycle->count == 1)
			tl_check_say(check, name->span, "'%.*s' leads only to itself and takes no input", TL_FMT(name->text));
		else
			tl_check_say(check, name->span, "no outcome leaves the cycle of %.*s, and it takes no input", TL_FMT(names_of(check, cycle)));
	}
}

const struct tl_rule tl_rule_endless_loop = {
	.id = "endless-loop",
	.level = TL_ERROR,
	.summary = "a cycle takes no input and cannot be left",
	.explain = "A call that comes to such a cycle stays there until a limit ends it: no node in it takes input or waits, and every outcome of every node\n"
	           "leads back into it. Outcomes count whatever their condition, so a cycle of which a changed variable, another answer or another hour leads out\n"
	           "is no finding.\n",
	.bad = "flow: line\nchannel: voice\nstart: wait\nprompts: {hold: {text: Please hold.}}\nnodes:\n  wait: {type: play, prompt: hold, next: again}\n"
	       "  again: {type: play, prompt: hold, next: wait}\n",
	.good = "flow: line\nchannel: voice\nstart: wait\nprompts: {hold: {text: Please hold.}}\nnodes:\n  wait: {type: play, prompt: hold, next: ready}\n"
	        "  ready: {type: data_action, action: queue.ready, next: staff, failed: wait}\n  staff: {type: transfer, to: {queue: staff}}\n",
	.local = local,
};

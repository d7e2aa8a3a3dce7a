/* deploy/callees.c: whether the flows that native and wire flows enter are there once the plan is applied: a call to one that is not ends with unknown_flow, and no
 * platform says so when it is published. Nothing is asked for this: what is deployed was listed for the plan. */
#include "deploy/depend.h"

#include <stdlib.h>

#define RULE "missing-dependency"

/* One looking. */
struct looking {
	struct tl_now *now;
	struct tl_deploy *deploy;
	struct tl_findings *findings;
	struct tl_map wanted;    /* flow -> struct tl_wanted * */
	struct tl_map lines;     /* flow -> struct tl_planned *, of those that are written */
	struct tl_map names;     /* ids, names and titles of the platform's flows -> struct tl_remote * */
	struct tl_arena arena;
};

/* What is wrong with a callee: `what` is empty where nothing is. */
struct lack {
	struct tl_str what, help;
};

static void index_names(struct looking *looking)
{
	const struct tl_remotes *remotes = &looking->now->state.remotes;

	for (size_t i = 0; i < remotes->count; i++) {
		struct tl_remote *remote = &remotes->items[i];

		tl_map_put(&looking->names, remote->id, NULL)->value.ptr = remote;
		tl_map_put(&looking->names, remote->name, NULL)->value.ptr = remote;
		if (remote->title.len > 0)
			tl_map_put(&looking->names, remote->title, NULL)->value.ptr = remote;
	}
}

static void index_all(struct looking *looking)
{
	const struct tl_wanted_list *wanted = &looking->now->gathered.wanted;
	struct tl_plan *plan = looking->now->plan;

	for (size_t i = 0; i < wanted->count; i++)
		tl_map_put(&looking->wanted, wanted->items[i].flow, NULL)->value.ptr = &wanted->items[i];
	for (size_t i = 0; i < plan->n_flows; i++) {
		if (tl_planned_writes(&plan->flows[i]))
			tl_map_put(&looking->lines, plan->flows[i].flow, NULL)->value.ptr = &plan->flows[i];
	}
	index_names(looking);
}

/* What a wanted flow is on the platform, or NULL. */
static const struct tl_remote *remote_of(const struct looking *looking, const struct tl_wanted *wanted)
{
	const struct tl_match *match = &looking->now->match;
	uint32_t remote = match->of_wanted[wanted - match->wanted->items];

	return remote == TL_NONE ? NULL : &match->remotes->items[remote];
}

static int compare_deployed(const void *id, const void *deployed)
{
	return tl_str_compare(*(const struct tl_str *)id, ((const struct tl_deployed *)deployed)->flow);
}

/* Whether callers get it. Of a list that tells of the last version alone the ledger knows more. */
static bool is_live(const struct looking *looking, const struct tl_remote *remote, struct tl_str flow)
{
	const struct tl_deployed_list *list = &looking->now->state.deployed;
	const struct tl_deployed *deployed = list->count > 0 ? bsearch(&flow, list->items, list->count, sizeof(*list->items), compare_deployed) : NULL;

	if (remote->published_version > 0 || tl_remote_is_live(remote))
		return true;
	return deployed && deployed->live && tl_str_equal(deployed->platform_id, remote->id);
}

/* How a flow of the project comes to be there. */
static struct tl_str help_of(struct looking *looking, const struct tl_wanted *wanted)
{
	if (wanted->chosen)
		return tl_arena_printf(&looking->arena, "'%.*s' is held: 'flow-publish release --env %.*s %.*s' lets it be published", TL_FMT(wanted->flow),
		                       TL_FMT(looking->deploy->environment->name), TL_FMT(wanted->flow));
	return tl_arena_printf(&looking->arena, "name '%.*s' too, or plan without PATH", TL_FMT(wanted->path));
}

static struct lack lack_of(struct looking *looking, struct tl_str callee)
{
	const struct tl_wanted *wanted = tl_map_ptr(&looking->wanted, callee);
	const struct tl_remote *remote = wanted ? remote_of(looking, wanted) : tl_map_ptr(&looking->names, callee);
	struct tl_str name = looking->deploy->environment->name;
	struct lack lack = { .what = TL_STR(""), .help = TL_STR("") };

	if (tl_map_find(&looking->lines, callee))
		return lack;
	if (!remote)
		lack.what = tl_arena_printf(&looking->arena, "there is no flow '%.*s' in '%.*s'", TL_FMT(callee), TL_FMT(name));
	else if (wanted && wanted->renamed_from.len > 0 && tl_str_equal(remote->name, wanted->renamed_from))
		lack.what = tl_arena_printf(&looking->arena, "flow '%.*s' is still '%.*s' in '%.*s'", TL_FMT(callee), TL_FMT(remote->name), TL_FMT(name));
	else if (!is_live(looking, remote, callee))
		lack.what = tl_arena_printf(&looking->arena, "flow '%.*s' was never published in '%.*s'", TL_FMT(callee), TL_FMT(name));
	if (lack.what.len > 0 && wanted)
		lack.help = help_of(looking, wanted);
	return lack;
}

static void complain(struct looking *looking, const struct tl_flow *flow, struct tl_span span, const struct lack *lack)
{
	struct tl_finding *finding = tl_findings_add(looking->findings, &flow->doc->source, span, TL_ERROR, RULE, "%.*s", TL_FMT(lack->what));

	if (lack->help.len > 0)
		tl_findings_help(looking->findings, finding, "%.*s", TL_FMT(lack->help));
}

/* Each call of a flow that is not there. */
static void complain_of_calls(struct looking *looking, const struct tl_flow *flow)
{
	for (uint32_t i = 0; i < flow->n_nodes; i++) {
		const struct tl_expr *callee = tl_node_callee(&flow->nodes[i]);
		struct lack lack = callee && callee->value.text.len > 0 ? lack_of(looking, callee->value.text) : (struct lack){ 0 };

		if (lack.what.len > 0)
			complain(looking, flow, callee->span, &lack);
	}
}

static bool calls(const struct tl_wanted *wanted, struct tl_str flow)
{
	for (size_t i = 0; i < wanted->n_callees; i++) {
		if (tl_str_equal(wanted->callees[i], flow))
			return true;
	}
	return false;
}

/* Whether a flow that is deployed, and stays as it is, would look for the flow of a line by the id that this takes away. Its file has the new id already, or still
 * the former one; a flow that is deployed as its file says has the new one there, too. */
static bool keeps_former(const struct looking *looking, const struct tl_wanted *wanted, const struct tl_planned *line)
{
	const struct tl_planned *own = wanted->chosen ? tl_plan_find(looking->now->plan, wanted->flow) : NULL;

	if (tl_map_find(&looking->lines, wanted->flow) || !remote_of(looking, wanted) || (own && own->action == TL_ACTION_NONE))
		return false;
	return calls(wanted, line->flow) || calls(wanted, line->renamed_from);
}

/* Each deployed caller that a rename cuts off, where the rename stands. */
static void complain_of_rename(struct looking *looking, const struct tl_flow *flow, const struct tl_planned *line)
{
	const struct tl_wanted_list *wanted = &looking->now->gathered.wanted;

	for (size_t i = 0; i < wanted->count; i++) {
		const struct tl_wanted *caller = &wanted->items[i];
		struct lack lack;

		if (!keeps_former(looking, caller, line))
			continue;
		lack.what = tl_arena_printf(&looking->arena, "flow '%.*s' stays as it is deployed in '%.*s', and calls this one by its former id '%.*s'",
		                            TL_FMT(caller->flow), TL_FMT(looking->deploy->environment->name), TL_FMT(line->renamed_from));
		lack.help = help_of(looking, caller);
		complain(looking, flow, flow->renamed_from.span, &lack);
	}
}

/* Whether there is anything to say, by what was gathered. */
static bool is_suspect(struct looking *looking, const struct tl_wanted *wanted, const struct tl_planned *line)
{
	bool suspect = line->renamed_from.len > 0;

	for (size_t i = 0; !suspect && i < wanted->n_callees; i++)
		suspect = lack_of(looking, wanted->callees[i]).what.len > 0;
	return suspect;
}

static int look_at(struct looking *looking, const struct tl_wanted *wanted, struct tl_error *err)
{
	const struct tl_planned *line = tl_map_ptr(&looking->lines, wanted->flow);
	struct tl_flow *flow;

	if (!wanted->chosen || !line || !is_suspect(looking, wanted, line))
		return 0;
	/* Read again only where it has to be shown. */
	if (tl_gathered_read(&flow, &looking->now->gathered, wanted, err) != 0)
		return -1;
	complain_of_calls(looking, flow);
	if (line->renamed_from.len > 0)
		complain_of_rename(looking, flow, line);
	tl_flow_free(flow);
	return 0;
}

int tl_now_callees(struct tl_findings *findings, struct tl_now *now, struct tl_deploy *deploy, struct tl_error *err)
{
	struct looking looking = { .now = now, .deploy = deploy, .findings = findings };
	const struct tl_wanted_list *wanted = &now->gathered.wanted;
	int ret = 0;

	index_all(&looking);
	for (size_t i = 0; ret == 0 && i < wanted->count; i++)
		ret = look_at(&looking, &wanted->items[i], err);
	tl_map_clear(&looking.wanted);
	tl_map_clear(&looking.lines);
	tl_map_clear(&looking.names);
	tl_arena_clear(&looking.arena);
	return ret;
}

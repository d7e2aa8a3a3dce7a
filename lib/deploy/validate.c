/* deploy/validate.c: what the platform itself says of the flows that would be written, at the place in the file that it speaks of. */
#include <pthread.h>
#include <stdlib.h>

#include "base/pool.h"
#include "deploy/now.h"

#define RULE "remote-validation"

/* One validation: what the workers share. */
struct asking {
	struct tl_now *now;
	struct tl_deploy *deploy;
	const struct tl_planned **lines;
	size_t count;
	struct tl_map wanted;         /* flow -> struct tl_wanted * */
	struct tl_error *errors;      /* one a worker */
	pthread_mutex_t lock;         /* over what follows, and telling */
	struct tl_findings *findings;
	bool valid;
	size_t done;
};

/* The node of that name. What was compiled into several actions of one node is numbered: "greet#2" is part of "greet". */
static const struct tl_node *find_node(const struct tl_flow *flow, struct tl_str name)
{
	uint32_t index = tl_map_index(&flow->node_names, name);
	const char *number = name.len > 0 ? memrchr(name.ptr, '#', name.len) : NULL;

	if (index == TL_NONE && number)
		index = tl_map_index(&flow->node_names, tl_str_slice(name, 0, (size_t)(number - name.ptr)));
	return index == TL_NONE ? NULL : &flow->nodes[index];
}

/* Where the field of a node stands, or the node itself. */
static struct tl_span place_of(const struct tl_flow *flow, const struct tl_remote_finding *remote)
{
	const struct tl_node *node = find_node(flow, remote->node);

	if (!node)
		return flow->id.span;
	if (tl_str_is(remote->field, "prompt") && node->prompt != TL_NONE)
		return flow->prompts[node->prompt].name.span.end > 0 ? flow->prompts[node->prompt].name.span : node->name.span;
	if (tl_str_is(remote->field, "type"))
		return node->type_span;
	return node->name.span;
}

static void add_finding(struct asking *asking, const struct tl_flow *flow, const struct tl_remote_finding *remote)
{
	const char *platform = tl_platform_name(asking->deploy->platform);
	struct tl_str text = remote->message.len > 0 ? remote->message : TL_STR("not valid");
	struct tl_buf where = { 0 };

	if (remote->node.len > 0 && !find_node(flow, remote->node))
		tl_buf_printf(&where, " (node '%.*s')", TL_FMT(remote->node));
	if (remote->field.len > 0)
		tl_buf_printf(&where, " (field '%.*s')", TL_FMT(remote->field));
	if (remote->code.len > 0)
		tl_buf_printf(&where, " [%.*s]", TL_FMT(remote->code));
	tl_findings_add(asking->findings, &flow->doc->source, place_of(flow, remote), remote->error ? TL_ERROR : TL_WARNING, RULE, "%s says: %.*s%.*s",
	                platform, TL_FMT(text), TL_FMT(tl_buf_view(&where)));
	tl_buf_clear(&where);
}

static void take(struct asking *asking, const struct tl_planned *line, const struct tl_flow *flow, const struct tl_remote_findings *remote)
{
	struct tl_deploy *deploy = asking->deploy;
	struct tl_told told = { .kind = TL_TOLD_JUDGED, .flow = line->flow, .total = asking->count };
	bool errors = false;

	pthread_mutex_lock(&asking->lock);
	for (size_t i = 0; i < remote->count; i++) {
		errors |= remote->items[i].error;
		add_finding(asking, flow, &remote->items[i]);
	}
	if (!remote->valid && !errors)
		add_finding(asking, flow, &(struct tl_remote_finding){ .error = true, .message = TL_STR("the flow is not valid") });
	asking->valid &= remote->valid && !errors;
	told.done = ++asking->done;
	told.at_ms = deploy->clock->now_ms(deploy->clock->data);
	if (deploy->told)
		deploy->told(deploy->data, &told);
	pthread_mutex_unlock(&asking->lock);
}

static int ask_one(void *data, unsigned worker, size_t i)
{
	struct asking *asking = data;
	struct tl_deploy *deploy = asking->deploy;
	const struct tl_planned *line = asking->lines[i];
	const struct tl_wanted *wanted = tl_map_ptr(&asking->wanted, line->flow);
	struct tl_error *err = &asking->errors[worker];
	struct tl_remote_findings remote = { 0 };
	struct tl_arena arena = { 0 };
	struct tl_flow *flow = NULL;
	int ret = -1;

	if (deploy->stopped && deploy->stopped())
		tl_error_set(err, TL_INTERRUPTED, "interrupted");
	else if (tl_gathered_read(&flow, &asking->now->gathered, wanted, err) == 0)
		ret = tl_platform_validate(&remote, &arena, deploy->platform, line->platform_id, flow, err);
	if (ret == 0)
		take(asking, line, flow, &remote);
	tl_flow_free(flow);
	tl_arena_clear(&arena);
	return ret;
}

static void choose(struct asking *asking)
{
	const struct tl_plan *plan = asking->now->plan;
	const struct tl_wanted_list *wanted = &asking->now->gathered.wanted;

	asking->lines = tl_alloc_zero(plan->n_flows, sizeof(struct tl_planned *));
	for (size_t i = 0; i < plan->n_flows; i++) {
		if (tl_planned_writes(&plan->flows[i]))
			asking->lines[asking->count++] = &plan->flows[i];
	}
	for (size_t i = 0; i < wanted->count; i++) {
		if (wanted->items[i].chosen)
			tl_map_put(&asking->wanted, wanted->items[i].flow, NULL)->value.ptr = &wanted->items[i];
	}
}

/* Asks about all lines at once. */
static int ask_all(struct asking *asking, struct tl_error *err)
{
	unsigned workers = tl_platform_readers(asking->deploy->platform, tl_deploy_requests(asking->deploy));
	int ret;

	asking->errors = tl_alloc_zero(workers, sizeof(*asking->errors));
	pthread_mutex_init(&asking->lock, NULL);
	ret = tl_pool_run(workers, asking->count, ask_one, asking) == 0 ? 0 : -1;
	for (unsigned i = 0; ret != 0 && i < workers; i++) {
		if (asking->errors[i].code != TL_OK)
			*err = asking->errors[i];
	}
	pthread_mutex_destroy(&asking->lock);
	free(asking->errors);
	return ret;
}

int tl_now_validate(bool *valid, struct tl_now *now, struct tl_deploy *deploy, struct tl_findings *findings, struct tl_error *err)
{
	struct asking asking = { .now = now, .deploy = deploy, .findings = findings, .valid = true };
	int ret;

	*valid = true;
	if (deploy->no_validation || !tl_platform_can(deploy->platform, TL_CAN_VALIDATE))
		return 0;
	choose(&asking);
	ret = ask_all(&asking, err);
	*valid = asking.valid;
	tl_map_clear(&asking.wanted);
	free(asking.lines);
	return ret;
}

static int complain_of_name(const struct tl_wanted *wanted, struct tl_now *now, struct tl_deploy *deploy, struct tl_findings *findings, struct tl_error *err)
{
	size_t most = tl_platform_name_bytes(deploy->platform);
	bool title = wanted->title.len > most;
	struct tl_flow *flow;

	if (tl_gathered_read(&flow, &now->gathered, wanted, err) != 0)
		return -1;
	tl_findings_add(findings, &flow->doc->source, title ? flow->name.span : flow->id.span, TL_ERROR, "limit", "the flow's %s has %zu bytes, and '%.*s' takes %zu at most",
	                title ? "name" : "id", title ? wanted->title.len : wanted->name.len, TL_FMT(deploy->environment->name), most);
	tl_flow_free(flow);
	return 0;
}

int tl_now_fit(bool *fit, struct tl_now *now, struct tl_deploy *deploy, struct tl_findings *findings, struct tl_error *err)
{
	const struct tl_wanted_list *list = &now->gathered.wanted;
	size_t most = tl_platform_name_bytes(deploy->platform);

	*fit = true;
	for (size_t i = 0; i < list->count; i++) {
		const struct tl_wanted *wanted = &list->items[i];
		const struct tl_planned *line = wanted->title.len > most || wanted->name.len > most ? tl_plan_find(now->plan, wanted->flow) : NULL;

		if (!wanted->chosen || !line || !tl_planned_writes(line))
			continue;
		*fit = false;
		if (complain_of_name(wanted, now, deploy, findings, err) != 0)
			return -1;
	}
	return 0;
}

/* A line for each chosen flow; *fresh counts those that the platform does not have, and so does not judge. */
static void choose_all(struct asking *asking, size_t *fresh, struct tl_arena *arena)
{
	struct tl_now *now = asking->now;
	const struct tl_wanted_list *wanted = &now->gathered.wanted;
	struct tl_planned *lines = TL_ARENA_ARRAY(arena, struct tl_planned, wanted->count);

	asking->lines = tl_alloc_zero(wanted->count + 1, sizeof(struct tl_planned *));
	for (size_t i = 0; i < wanted->count; i++) {
		if (!wanted->items[i].chosen)
			continue;
		if (now->match.of_wanted[i] == TL_NONE) {
			++*fresh;
			continue;
		}
		lines[i] = (struct tl_planned){ .flow = wanted->items[i].flow, .platform_id = now->state.remotes.items[now->match.of_wanted[i]].id };
		asking->lines[asking->count++] = &lines[i];
		tl_map_put(&asking->wanted, wanted->items[i].flow, NULL)->value.ptr = &wanted->items[i];
	}
}

int tl_deploy_validate(size_t *fresh, struct tl_deploy *deploy, struct tl_findings *findings, struct tl_error *err)
{
	struct tl_now now = { .plan = NULL };
	struct asking asking = { .now = &now, .deploy = deploy, .findings = findings, .valid = true };
	struct tl_arena arena = { 0 };
	int ret;

	*fresh = 0;
	if (!tl_platform_can(deploy->platform, TL_CAN_VALIDATE))
		return tl_error_set(err, TL_UNSUPPORTED, "the platform '%s' of the environment '%.*s' has no validation of its own: without '--remote' flows are checked here",
		                    tl_platform_name(deploy->platform), TL_FMT(deploy->environment->name));
	ret = tl_gather(&now.gathered, deploy, deploy->summaries, err);
	if (ret == 0)
		ret = tl_state_read(&now.state, deploy, err);
	if (ret == 0) {
		now.match = (struct tl_match){
			.wanted = &now.gathered.wanted, .environment = deploy->environment, .deployed = &now.state.deployed, .remotes = &now.state.remotes,
		};
		tl_plan_match(&now.match, &now.state.arena);
		choose_all(&asking, fresh, &arena);
		ret = ask_all(&asking, err);
	}
	tl_map_clear(&asking.wanted);
	free(asking.lines);
	tl_now_clear(&now);
	tl_arena_clear(&arena);
	return ret;
}

/* deploy/rollback.c: forward to an earlier version: its content becomes a new version, and what it replaces is held. */
#include "deploy/rollback.h"

#include "base/text.h"
#include "deploy/now.h"

static int no_such_flow(struct tl_environment_state *state, struct tl_str environment, struct tl_str flow, struct tl_error *err)
{
	const struct tl_deployed_list *deployed = &state->deployed;
	struct tl_str *names = TL_ARENA_ARRAY(&state->arena, struct tl_str, deployed->count + 1), near;

	for (size_t i = 0; i < deployed->count; i++) {
		names[i] = deployed->items[i].flow;
		if (tl_str_equal(names[i], flow))
			return tl_error_set(err, TL_NOT_FOUND, "'%.*s' was deployed to '%.*s', but the platform no longer has it", TL_FMT(flow),
			                    TL_FMT(environment));
	}
	near = tl_text_nearest(flow, names, deployed->count);
	if (near.len == 0)
		return tl_error_set(err, TL_NOT_FOUND, "environment '%.*s' has no flow '%.*s'", TL_FMT(environment), TL_FMT(flow));
	return tl_error_set(err, TL_NOT_FOUND, "environment '%.*s' has no flow '%.*s', did you mean '%.*s'?", TL_FMT(environment), TL_FMT(flow),
	                    TL_FMT(near));
}

/* "inboundCall/Main" for "Main", where only one flow there has that name; else the name as it is. */
static struct tl_str whole_name(const struct tl_environment_state *state, struct tl_str flow)
{
	struct tl_str found = flow;
	size_t count = 0;

	for (size_t i = 0; i < state->remotes.count; i++) {
		const struct tl_remote *remote = &state->remotes.items[i];
		struct tl_str name = remote->name;

		if (remote->type.len == 0 || name.len != remote->type.len + 1 + flow.len || !tl_str_ends(name, flow))
			continue;
		found = name;
		count++;
	}
	return count == 1 ? found : flow;
}

/* The remote flow of that id, found as a plan would find it. */
static int find_remote(struct tl_rollback *rollback, struct tl_deploy *deploy, struct tl_str flow, struct tl_error *err)
{
	struct tl_environment_state *state = &rollback->state;
	struct tl_wanted wanted = { .flow = flow, .name = flow, .chosen = true };
	struct tl_wanted_list list = { &wanted, 1 };
	struct tl_match match = {
		.wanted = &list,
		.environment = deploy->environment,
		.deployed = &state->deployed,
		.remotes = &state->remotes,
	};

	tl_plan_match(&match, &state->arena);
	if (match.ambiguous[0])
		return tl_error_set(err, TL_CONFLICT, "the platform has two flows that could be '%.*s': say which one is meant under 'ids' of the environment",
		                    TL_FMT(flow));
	if (match.of_wanted[0] == TL_NONE)
		return no_such_flow(state, deploy->environment->name, flow, err);
	rollback->remote = state->remotes.items[match.of_wanted[0]];
	return 0;
}

static bool is_held(const struct tl_holds *holds, struct tl_str flow, const struct tl_present *version)
{
	for (size_t i = 0; i < holds->count; i++) {
		const struct tl_hold *hold = &holds->items[i];

		if (tl_str_equal(hold->flow, flow) && (tl_str_equal(hold->digest, version->digest) || tl_str_equal(hold->digest, version->content)))
			return true;
	}
	return false;
}

static bool is_same(const struct tl_present *a, const struct tl_present *b)
{
	return tl_str_equal(a->digest, b->digest) || tl_str_equal(a->content, b->content);
}

/* Whether callers get the content of the last write. */
static bool is_live(const struct tl_remote *remote)
{
	return remote->published_version == remote->version;
}

/* Whether one of the versions is what the rollback goes back to by itself. */
static int is_target(bool *yes, struct tl_rollback *rollback, struct tl_deploy *deploy, struct tl_str flow, const struct tl_remote *version,
                     struct tl_error *err)
{
	struct tl_present present = { 0 };

	*yes = false;
	if (!version->reached_published || tl_version_compare(version->version, rollback->remote.version) > 0)
		return 0;
	if (version->version == rollback->remote.version && is_live(&rollback->remote))
		return 0;
	if (tl_version_digest(&present, &rollback->state.arena, deploy, version, err) != 0)
		return -1;
	if (is_same(&present, &rollback->now) || is_held(&rollback->state.holds, flow, &present))
		return 0;
	*yes = true;
	rollback->to = version->version;
	rollback->target = present;
	return 0;
}

static int choose(struct tl_rollback *rollback, struct tl_deploy *deploy, struct tl_str flow, const struct tl_remotes *versions,
                  struct tl_error *err)
{
	bool found = false;

	for (size_t i = 0; !found && i < versions->count; i++) {
		if (is_target(&found, rollback, deploy, flow, &versions->items[i], err) != 0)
			return -1;
	}
	if (found)
		return 0;
	return tl_error_set(err, TL_NOT_FOUND, "flow '%.*s' has no earlier version that callers got and that is not held", TL_FMT(flow));
}

/* The version that was asked for. */
static int take_version(struct tl_rollback *rollback, struct tl_deploy *deploy, struct tl_str flow, int64_t to,
                        const struct tl_remotes *versions, struct tl_error *err)
{
	const struct tl_remote *version = NULL;

	for (size_t i = 0; i < versions->count; i++) {
		if (versions->items[i].version == to)
			version = &versions->items[i];
	}
	if (!version)
		return tl_error_set(err, TL_NOT_FOUND, "flow '%.*s' has no version %s: the last one is %s", TL_FMT(flow), tl_version_shown(to).text,
		                    tl_version_shown(rollback->remote.version).text);
	if (!version->reached_published)
		return tl_error_set(err, TL_USAGE, "version %s of flow '%.*s' was never published", tl_version_shown(to).text, TL_FMT(flow));
	rollback->to = to;
	if (tl_version_digest(&rollback->target, &rollback->state.arena, deploy, version, err) != 0)
		return -1;
	rollback->done = is_same(&rollback->target, &rollback->now) && is_live(&rollback->remote);
	if (is_held(&rollback->state.holds, flow, &rollback->target) && !rollback->done)
		return tl_error_set(err, TL_USAGE, "version %s of flow '%.*s' was rolled back before and is held: 'flow-publish release --env %.*s --reason TEXT FLOW' "
		                    "lifts that", tl_version_shown(to).text, TL_FMT(flow), TL_FMT(deploy->environment->name));
	return 0;
}

int tl_rollback_find(struct tl_rollback *out, struct tl_deploy *deploy, struct tl_str flow, int64_t to, struct tl_error *err)
{
	struct tl_remotes versions;

	*out = (struct tl_rollback){ 0 };
	if (tl_state_read(&out->state, deploy, err) != 0)
		return -1;
	out->flow = flow = whole_name(&out->state, flow);
	if (find_remote(out, deploy, flow, err) != 0)
		return -1;
	if (tl_version_digest(&out->now, &out->state.arena, deploy, &out->remote, err) != 0 ||
	    tl_platform_versions(&versions, &out->state.arena, deploy->platform, out->remote.id, err) != 0)
		return -1;
	if ((to == 0 ? choose(out, deploy, flow, &versions, err) : take_version(out, deploy, flow, to, &versions, err)) != 0)
		return -1;
	return out->target.known ? tl_ledger_version(&out->source, &out->state.arena, deploy->ledger, deploy->environment->name, out->remote.id, out->to, err) : 0;
}

void tl_rollback_clear(struct tl_rollback *rollback)
{
	tl_state_clear(&rollback->state);
}

struct tl_plan *tl_rollback_plan(const struct tl_rollback *rollback, struct tl_deploy *deploy, struct tl_str flow, struct tl_str reason,
                                 int64_t lifetime_ms)
{
	struct tl_plan *plan = tl_plan_new(TL_PLAN_ROLLBACK);
	struct tl_arena *arena = &plan->arena;

	tl_plan_begin(plan, deploy, lifetime_ms);
	plan->flows = TL_ARENA_NEW(arena, struct tl_planned);
	plan->n_flows = 1;
	plan->flows[0] = (struct tl_planned){
		.flow = tl_arena_dup(arena, flow),
		.action = rollback->done ? TL_ACTION_NONE : TL_ACTION_UPDATE,
		.platform_id = tl_arena_dup(arena, rollback->remote.id),
		.base_version = rollback->remote.version,
		.base_digest = tl_arena_dup(arena, rollback->now.digest),
		.base_known = rollback->now.known,
		.wanted_digest = tl_arena_dup(arena, rollback->target.digest),
		.blob = tl_arena_dup(arena, rollback->source.blob),
		.source = tl_arena_dup(arena, rollback->source.source),
		.to = rollback->to,
		.note = tl_arena_dup(arena, reason),
	};
	return plan;
}

int tl_deploy_rollback(struct tl_plan **out, struct tl_deploy *deploy, struct tl_str flow, int64_t to, struct tl_str reason,
                       int64_t lifetime_ms, struct tl_error *err)
{
	struct tl_rollback rollback;
	int ret;

	*out = NULL;
	if (tl_deploy_check_role(deploy, err) != 0)
		return -1;
	ret = tl_rollback_find(&rollback, deploy, flow, to, err);
	if (ret == 0 && rollback.done)
		ret = tl_error_set(err, TL_USAGE, "callers get what version %s of flow '%.*s' says already", tl_version_shown(to).text, TL_FMT(flow));
	if (ret == 0) {
		*out = tl_rollback_plan(&rollback, deploy, rollback.flow, reason, lifetime_ms);
		tl_plan_seal(*out);
	}
	tl_rollback_clear(&rollback);
	return ret;
}

/* deploy/rollback.c: forward to an earlier version: its content becomes a new version, and what it replaces is held. */
#include "deploy/rollback.h"

#include "base/text.h"
#include "deploy/identity.h"
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

/* ---- what it goes on being called */

static const struct tl_deployed *find_learnt(const struct tl_rollback *rollback)
{
	const struct tl_deployed_list *deployed = &rollback->state.deployed;

	for (size_t i = 0; i < deployed->count; i++) {
		if (tl_str_equal(deployed->items[i].platform_id, rollback->remote.id))
			return &deployed->items[i];
	}
	return NULL;
}

/* The id by which it is known here: what the ledger has, unless the flow was renamed from elsewhere since. Empty: it is the platform's own. */
static struct tl_str known_id(const struct tl_rollback *rollback, const struct tl_deploy *deploy, const struct tl_flow *flow)
{
	const struct tl_deployed *learnt = find_learnt(rollback);

	if (tl_map_find(&deploy->environment->ids, rollback->flow))
		return flow->foreign ? TL_STR("") : rollback->flow;
	if (learnt && !tl_str_equal(learnt->flow, rollback->remote.id) && (flow->foreign || flow->renamed_from.text.len == 0))
		return learnt->flow;
	return flow->foreign ? TL_STR("") : flow->id.text;
}

/* Git, ledger and callers name a flow by the id that it has now; a version from before a rename would bring back one that nobody calls any more. Where names tell
 * flows apart, a renamed one is another flow. */
static int find_keeps(struct tl_rollback *rollback, struct tl_deploy *deploy, struct tl_error *err)
{
	struct tl_rollback_keeps *keeps = &rollback->keeps;
	struct tl_arena *arena = &rollback->state.arena;
	struct tl_flow *flow;

	if (rollback->remote.type.len > 0)
		return 0;
	if (tl_version_read(&flow, deploy, rollback->remote.id, rollback->remote.version, err) != 0)
		return -1;
	keeps->foreign = flow->foreign;
	keeps->id = tl_arena_dup(arena, known_id(rollback, deploy, flow));
	if (keeps->id.len > 0)
		rollback->flow = keeps->id;
	if (tl_str_equal(flow->id.text, keeps->id))
		keeps->renamed_from = tl_arena_dup(arena, flow->renamed_from.text);
	keeps->title = tl_arena_dup(arena, flow->name.text);
	tl_flow_free(flow);
	return 0;
}

/* Whether another flow is called so by now. */
static bool is_taken(const struct tl_rollback *rollback, struct tl_str title)
{
	const struct tl_remotes *remotes = &rollback->state.remotes;

	for (size_t i = 0; i < remotes->count; i++) {
		const struct tl_remote *remote = &remotes->items[i];

		if (!tl_str_equal(remote->id, rollback->remote.id) && tl_str_equal(remote->title.len > 0 ? remote->title : remote->name, title))
			return true;
	}
	return false;
}

/* A version's flow under the id that stays; *former, which is the flow's, is the one that it had where that is another. */
static int read_kept(struct tl_flow **out, struct tl_str *former, const struct tl_rollback *rollback, struct tl_deploy *deploy, int64_t version,
                     struct tl_error *err)
{
	const struct tl_rollback_keeps *keeps = &rollback->keeps;
	struct tl_flow *flow;

	*former = (struct tl_str){ NULL, 0 };
	if (tl_version_read(out, deploy, rollback->remote.id, version, err) != 0)
		return -1;
	flow = *out;
	if (keeps->id.len == 0 || (flow->foreign ? keeps->foreign : tl_str_equal(flow->id.text, keeps->id)))
		return 0;
	*former = flow->id.text;
	tl_flow_rename(flow, keeps->id, keeps->renamed_from);
	if (is_taken(rollback, flow->name.text.len > 0 ? flow->name.text : flow->id.text))
		flow->name.text = tl_arena_dup(&flow->arena, keeps->title);
	return 0;
}

int tl_rollback_read(struct tl_flow **out, const struct tl_rollback *rollback, struct tl_deploy *deploy, struct tl_error *err)
{
	struct tl_str ignored;

	return read_kept(out, &ignored, rollback, deploy, rollback->to, err);
}

/* ---- which version */

/* A version as it would be published again. */
struct candidate {
	struct tl_present was, kept; /* digests: as it was written, and under the id that stays */
	struct tl_str former;
};

static void digest_kept(struct candidate *out, struct tl_arena *arena, const struct tl_flow *flow, struct tl_str more)
{
	char digest[TL_SHA256_SIZE];

	tl_flow_digest_more(digest, flow, more);
	out->kept.digest = tl_arena_dup(arena, tl_str(digest));
	tl_flow_digest_more(digest, flow, TL_STR(""));
	out->kept.content = tl_arena_dup(arena, tl_str(digest));
}

static int look_at(struct candidate *out, struct tl_rollback *rollback, struct tl_deploy *deploy, const struct tl_remote *version, struct tl_error *err)
{
	struct tl_arena *arena = &rollback->state.arena;
	struct tl_deployed known = { 0 };
	struct tl_flow *flow;
	int ret = 0;

	*out = (struct candidate){ 0 };
	if (tl_version_digest(&out->was, arena, deploy, version, err) != 0)
		return -1;
	out->kept = out->was;
	if (rollback->keeps.id.len == 0)
		return 0;
	if (read_kept(&flow, &out->former, rollback, deploy, version->version, err) != 0)
		return -1;
	out->former = tl_arena_dup(arena, out->former);
	if (out->former.len > 0 && out->was.known)
		ret = tl_ledger_version(&known, arena, deploy->ledger, deploy->environment->name, rollback->remote.id, version->version, err);
	if (ret == 0 && out->former.len > 0)
		digest_kept(out, arena, flow, known.more);
	tl_flow_free(flow);
	return ret;
}

static bool has_hold(const struct tl_holds *holds, struct tl_str flow, const struct tl_present *version)
{
	for (size_t i = 0; i < holds->count; i++) {
		const struct tl_hold *hold = &holds->items[i];

		if (tl_str_equal(hold->flow, flow) && (tl_str_equal(hold->digest, version->digest) || tl_str_equal(hold->digest, version->content)))
			return true;
	}
	return false;
}

/* What was held under its former id is held. */
static bool is_held(const struct tl_rollback *rollback, const struct candidate *candidate)
{
	const struct tl_holds *holds = &rollback->state.holds;

	return has_hold(holds, rollback->flow, &candidate->kept) || (candidate->former.len > 0 && has_hold(holds, candidate->former, &candidate->was));
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

static void take(struct tl_rollback *rollback, int64_t to, const struct candidate *candidate)
{
	rollback->to = to;
	rollback->target = candidate->kept;
	rollback->former = candidate->former;
}

/* Whether one of the versions is what the rollback goes back to by itself. */
static int is_target(bool *yes, struct tl_rollback *rollback, struct tl_deploy *deploy, const struct tl_remote *version, struct tl_error *err)
{
	struct candidate candidate;
	bool reached;

	*yes = false;
	if (tl_version_compare(version->version, rollback->remote.version) > 0)
		return 0;
	if (version->version == rollback->remote.version && is_live(&rollback->remote))
		return 0;
	if (tl_version_reached(&reached, &rollback->state.arena, deploy, version, err) != 0)
		return -1;
	if (!reached)
		return 0;
	if (look_at(&candidate, rollback, deploy, version, err) != 0)
		return -1;
	if (is_same(&candidate.kept, &rollback->now) || is_held(rollback, &candidate))
		return 0;
	*yes = true;
	take(rollback, version->version, &candidate);
	return 0;
}

static int choose(struct tl_rollback *rollback, struct tl_deploy *deploy, const struct tl_remotes *versions, struct tl_error *err)
{
	bool found = false;

	for (size_t i = 0; !found && i < versions->count; i++) {
		if (is_target(&found, rollback, deploy, &versions->items[i], err) != 0)
			return -1;
	}
	if (found)
		return 0;
	return tl_error_set(err, TL_NOT_FOUND, "flow '%.*s' has no earlier version that callers got and that is not held", TL_FMT(rollback->flow));
}

/* The version that was asked for. */
static int take_version(struct tl_rollback *rollback, struct tl_deploy *deploy, int64_t to, const struct tl_remotes *versions, struct tl_error *err)
{
	const struct tl_remote *version = NULL;
	struct tl_str flow = rollback->flow;
	struct candidate candidate;
	bool reached;

	for (size_t i = 0; i < versions->count; i++) {
		if (versions->items[i].version == to)
			version = &versions->items[i];
	}
	if (!version)
		return tl_error_set(err, TL_NOT_FOUND, "flow '%.*s' has no version %s: the last one is %s", TL_FMT(flow), tl_version_shown(to).text,
		                    tl_version_shown(rollback->remote.version).text);
	if (tl_version_reached(&reached, &rollback->state.arena, deploy, version, err) != 0)
		return -1;
	if (!reached)
		return tl_error_set(err, TL_USAGE, "version %s of flow '%.*s' was never published", tl_version_shown(to).text, TL_FMT(flow));
	if (look_at(&candidate, rollback, deploy, version, err) != 0)
		return -1;
	take(rollback, to, &candidate);
	rollback->done = is_same(&rollback->target, &rollback->now) && is_live(&rollback->remote);
	if (is_held(rollback, &candidate) && !rollback->done)
		return tl_error_set(err, TL_USAGE, "version %s of flow '%.*s' was rolled back before and is held: 'flow-publish release --env %.*s --reason TEXT FLOW' "
		                    "lifts that", tl_version_shown(to).text, TL_FMT(flow), TL_FMT(deploy->environment->name));
	return 0;
}

/* What the ledger says of the version that is published again. Its source is not that of any file once it goes by another id. */
static int find_source(struct tl_rollback *rollback, struct tl_deploy *deploy, struct tl_error *err)
{
	struct tl_deployed *source = &rollback->source;

	if (!rollback->target.known)
		return 0;
	if (tl_ledger_version(source, &rollback->state.arena, deploy->ledger, deploy->environment->name, rollback->remote.id, rollback->to, err) != 0)
		return -1;
	if (rollback->former.len > 0)
		source->source = source->promoted = (struct tl_str){ NULL, 0 };
	return 0;
}

int tl_rollback_find(struct tl_rollback *out, struct tl_deploy *deploy, struct tl_str flow, int64_t to, struct tl_error *err)
{
	struct tl_remotes versions;

	*out = (struct tl_rollback){ 0 };
	if (tl_state_read(&out->state, deploy, err) != 0)
		return -1;
	out->flow = flow = whole_name(&out->state, flow);
	if (find_remote(out, deploy, flow, err) != 0 || find_keeps(out, deploy, err) != 0)
		return -1;
	if (tl_version_digest(&out->now, &out->state.arena, deploy, &out->remote, err) != 0 ||
	    tl_platform_versions(&versions, &out->state.arena, deploy->platform, out->remote.id, err) != 0)
		return -1;
	if ((to == 0 ? choose(out, deploy, &versions, err) : take_version(out, deploy, to, &versions, err)) != 0)
		return -1;
	return find_source(out, deploy, err);
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
		.renamed_from = tl_arena_dup(arena, rollback->former),
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

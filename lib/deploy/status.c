/* deploy/status.c: what an environment has, and what is known of it. */
#include "deploy/present.h"

#include <stdlib.h>

struct collecting {
	struct tl_deploy_states *out;
	struct tl_arena *arena;
	struct tl_deploy *deploy;
	struct tl_deployed_list deployed;
	struct tl_remotes remotes;
	struct tl_holds holds;
};

/* The flow that we know by this platform id, or NULL. */
static const struct tl_deployed *find_deployed(const struct tl_map *by_id, const struct collecting *c, struct tl_str platform_id)
{
	uint32_t index = tl_map_index(by_id, platform_id);

	return index == TL_NONE ? NULL : &c->deployed.items[index];
}

/* By the flow's id, or by the platform's where it had another one then. */
static struct tl_str find_hold(const struct tl_holds *holds, struct tl_str flow, struct tl_str platform_id)
{
	for (size_t i = 0; i < holds->count; i++) {
		if (tl_str_equal(holds->items[i].flow, flow) || (platform_id.len > 0 && tl_str_equal(holds->items[i].platform_id, platform_id)))
			return holds->items[i].reason.len > 0 ? holds->items[i].reason : TL_STR("held");
	}
	return (struct tl_str){ NULL, 0 };
}

static int add_remote(struct collecting *c, const struct tl_map *by_id, const struct tl_remote *remote, struct tl_error *err)
{
	const struct tl_deployed *ours = find_deployed(by_id, c, remote->id);
	struct tl_deploy_state *state = &c->out->items[c->out->count++];
	struct tl_deployed version;
	struct tl_error why = { 0 };

	if (tl_version_known(&version, c->arena, c->deploy, remote, &why) != 0 && !tl_remote_is_unreadable(why.code)) {
		*err = why;
		return -1;
	}
	/* What cannot be read is not known. */
	if (why.code != TL_OK)
		version = (struct tl_deployed){ 0 };
	*state = (struct tl_deploy_state){
		.flow = ours ? ours->flow : remote->name,
		.platform_id = remote->id,
		.version = remote->version,
		.published_version = remote->published_version,
		.status = remote->status,
		.reason = remote->reason,
		.digest = version.digest,
		.commit = version.commit,
		.source = version.source,
		.promoted = version.promoted,
		.written_ms = remote->written_ms,
		.known = version.platform_id.len > 0,
	};
	state->hold = find_hold(&c->holds, state->flow, state->platform_id);
	return 0;
}

/* What we deployed and the platform no longer has. */
static void add_lost(struct collecting *c)
{
	struct tl_map ids = { 0 };

	for (size_t i = 0; i < c->remotes.count; i++)
		tl_map_put(&ids, c->remotes.items[i].id, NULL);
	for (size_t i = 0; i < c->deployed.count; i++) {
		const struct tl_deployed *ours = &c->deployed.items[i];

		if (!tl_map_find(&ids, ours->platform_id))
			c->out->items[c->out->count++] = (struct tl_deploy_state){ .flow = ours->flow, .hold = find_hold(&c->holds, ours->flow, ours->platform_id) };
	}
	tl_map_clear(&ids);
}

static int compare_states(const void *a, const void *b)
{
	const struct tl_deploy_state *x = a, *y = b;
	int order = tl_str_compare(x->flow, y->flow);

	return order != 0 ? order : tl_str_compare(x->platform_id, y->platform_id);
}

static int collect(struct collecting *c, struct tl_error *err)
{
	struct tl_map by_id = { 0 };
	int ret = 0;

	for (uint32_t i = 0; i < c->deployed.count; i++)
		tl_map_put(&by_id, c->deployed.items[i].platform_id, NULL)->value.index = i;
	c->out->items = TL_ARENA_ARRAY(c->arena, struct tl_deploy_state, c->remotes.count + c->deployed.count);
	for (size_t i = 0; ret == 0 && i < c->remotes.count; i++)
		ret = add_remote(c, &by_id, &c->remotes.items[i], err);
	add_lost(c);
	if (c->out->count > 0)
		qsort(c->out->items, c->out->count, sizeof(*c->out->items), compare_states);
	tl_map_clear(&by_id);
	return ret;
}

int tl_deploy_status(struct tl_deploy_states *out, struct tl_arena *arena, struct tl_deploy *deploy, struct tl_error *err)
{
	struct collecting c = { .out = out, .arena = arena, .deploy = deploy };
	struct tl_str environment = deploy->environment->name;

	*out = (struct tl_deploy_states){ 0 };
	if (tl_platform_list(&c.remotes, arena, deploy->platform, err) != 0 || tl_ledger_deployed(&c.deployed, arena, deploy->ledger, environment, err) != 0 ||
	    tl_ledger_holds(&c.holds, arena, deploy->ledger, environment, err) != 0 ||
	    tl_ledger_lease_holder(&out->lease, arena, deploy->ledger, environment, err) != 0 ||
	    tl_ledger_open_steps(&out->unfinished, arena, deploy->ledger, environment, err) != 0)
		return -1;
	return collect(&c, err);
}

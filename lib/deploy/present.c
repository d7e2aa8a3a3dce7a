/* deploy/present.c: reading what an environment has. */
#include "deploy/present.h"

#include "flow/canonical.h"

static void know(struct tl_present *present, const struct tl_deployed *deployed)
{
	present->known = true;
	present->digest = deployed->digest;
	present->content = deployed->content;
}

/* What the platform has is as a rule what the ledger knows last: that needs no further look into it. */
static void fill_known(struct tl_environment_state *state)
{
	struct tl_map by_id = { 0 };

	for (size_t i = 0; i < state->deployed.count; i++)
		tl_map_put(&by_id, state->deployed.items[i].platform_id, NULL)->value.ptr = &state->deployed.items[i];
	for (size_t i = 0; i < state->remotes.count; i++) {
		const struct tl_deployed *deployed = tl_map_ptr(&by_id, state->remotes.items[i].id);

		if (deployed)
			state->present[i].flow = deployed->flow;
		if (deployed && tl_deployed_is(deployed, state->remotes.items[i].version, state->remotes.items[i].written_ms))
			know(&state->present[i], deployed);
	}
	tl_map_clear(&by_id);
}

int tl_state_read(struct tl_environment_state *out, struct tl_deploy *deploy, struct tl_error *err)
{
	struct tl_str name = deploy->environment->name;
	size_t expected;

	*out = (struct tl_environment_state){ .listed_ms = deploy->clock->monotonic_ms(deploy->clock->data) };
	/* The ledger after the platform: what a publisher who is at work writes is then known here, if it is seen there. */
	if (tl_ledger_count(&expected, deploy->ledger, name, err) != 0 ||
	    tl_platform_list_about(&out->remotes, &out->arena, deploy->platform, expected, err) != 0 ||
	    tl_ledger_deployed(&out->deployed, &out->arena, deploy->ledger, name, err) != 0 ||
	    tl_ledger_holds(&out->holds, &out->arena, deploy->ledger, name, err) != 0)
		return -1;
	out->present = TL_ARENA_ARRAY(&out->arena, struct tl_present, out->remotes.count);
	for (size_t i = 0; i < out->remotes.count; i++)
		out->present[i].remote = out->remotes.items[i];
	fill_known(out);
	return 0;
}

void tl_state_clear(struct tl_environment_state *state)
{
	tl_arena_clear(&state->arena);
	*state = (struct tl_environment_state){ 0 };
}

int tl_version_read(struct tl_flow **out, struct tl_deploy *deploy, struct tl_str platform_id, int64_t version, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_remote remote;
	int ret;

	*out = NULL;
	ret = tl_platform_version(&remote, &arena, deploy->platform, platform_id, version, err);
	if (ret == 0)
		ret = tl_remote_read(out, &remote, deploy->lower, err);
	tl_arena_clear(&arena);
	return ret;
}

/* The digest of what a version says, in `arena`. */
static int read_digest(struct tl_str *out, struct tl_arena *arena, struct tl_deploy *deploy, const struct tl_remote *remote, struct tl_error *err)
{
	char digest[TL_SHA256_SIZE];
	struct tl_flow *flow;
	int ret = remote->content.len > 0 ? tl_remote_read(&flow, remote, deploy->lower, err) :
	                                    tl_version_read(&flow, deploy, remote->id, remote->version, err);

	if (ret != 0)
		return -1;
	tl_flow_digest(digest, flow, NULL);
	*out = tl_arena_dup(arena, tl_str(digest));
	tl_flow_free(flow);
	return 0;
}

/* What the ledger knows of a version, zero where it knows nothing of it; *content is its digest where it had to be read for that, else empty. */
static int look_up(struct tl_deployed *out, struct tl_str *content, struct tl_arena *arena, struct tl_deploy *deploy, const struct tl_remote *remote,
                   struct tl_error *err)
{
	*content = (struct tl_str){ NULL, 0 };
	if (tl_ledger_version(out, arena, deploy->ledger, deploy->environment->name, remote->id, remote->version, err) != 0)
		return -1;
	if (out->platform_id.len == 0 || tl_deployed_is(out, remote->version, remote->written_ms))
		return 0;
	if (read_digest(content, arena, deploy, remote, err) != 0)
		return -1;
	if (!tl_str_equal(*content, out->content))
		*out = (struct tl_deployed){ 0 };
	return 0;
}

int tl_version_known(struct tl_deployed *out, struct tl_arena *arena, struct tl_deploy *deploy, const struct tl_remote *remote, struct tl_error *err)
{
	struct tl_str ignored;

	return look_up(out, &ignored, arena, deploy, remote, err);
}

int tl_version_reached(bool *yes, struct tl_arena *arena, struct tl_deploy *deploy, const struct tl_remote *remote, struct tl_error *err)
{
	struct tl_deployed deployed = { 0 };
	struct tl_error why = { 0 };

	*yes = remote->reached_published;
	if (*yes)
		return 0;
	if (tl_version_known(&deployed, arena, deploy, remote, &why) != 0 && !tl_remote_is_unreadable(why.code)) {
		*err = why;
		return -1;
	}
	*yes = why.code == TL_OK && deployed.live;
	return 0;
}

int tl_version_digest(struct tl_present *out, struct tl_arena *arena, struct tl_deploy *deploy, const struct tl_remote *remote, struct tl_error *err)
{
	struct tl_deployed deployed;
	struct tl_str content;

	if (look_up(&deployed, &content, arena, deploy, remote, err) != 0)
		return -1;
	out->known = false;
	if (deployed.platform_id.len > 0) {
		know(out, &deployed);
		return 0;
	}
	if (content.len == 0 && read_digest(&content, arena, deploy, remote, err) != 0)
		return -1;
	out->digest = out->content = content;
	return 0;
}

int tl_version_live(struct tl_present *present, struct tl_arena *arena, struct tl_deploy *deploy, struct tl_error *err)
{
	const struct tl_remote *remote = &present->remote;
	struct tl_deployed deployed;
	struct tl_remote version;

	if (present->known || remote->published_version == 0 || remote->published_version == remote->version)
		return 0;
	if (tl_ledger_version(&deployed, arena, deploy->ledger, deploy->environment->name, remote->id, remote->published_version, err) != 0)
		return -1;
	if (deployed.platform_id.len == 0)
		return 0;
	if (tl_platform_can(deploy->platform, TL_CAN_LOCK)) {
		/* An organisation of the vendor's is not set back, and what it holds comes by a job each. */
		present->live = deployed.digest;
		return 0;
	}
	/* The list does not say when that was written. */
	if (tl_platform_version(&version, arena, deploy->platform, remote->id, remote->published_version, err) != 0 ||
	    tl_version_known(&deployed, arena, deploy, &version, err) != 0)
		return -1;
	present->live = deployed.digest;
	return 0;
}

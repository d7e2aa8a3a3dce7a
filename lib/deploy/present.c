/* deploy/present.c: reading what an environment has. */
#include "deploy/present.h"

#include "flow/canonical.h"

int tl_state_read(struct tl_environment_state *out, struct tl_deploy *deploy, struct tl_error *err)
{
	struct tl_str name = deploy->environment->name;

	*out = (struct tl_environment_state){ .listed_ms = deploy->clock->monotonic_ms(deploy->clock->data) };
	if (tl_platform_list(&out->remotes, &out->arena, deploy->platform, err) != 0 ||
	    tl_ledger_deployed(&out->deployed, &out->arena, deploy->ledger, name, err) != 0 ||
	    tl_ledger_holds(&out->holds, &out->arena, deploy->ledger, name, err) != 0)
		return -1;
	out->present = TL_ARENA_ARRAY(&out->arena, struct tl_present, out->remotes.count);
	for (size_t i = 0; i < out->remotes.count; i++)
		out->present[i].remote = out->remotes.items[i];
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

int tl_version_digest(struct tl_present *out, struct tl_arena *arena, struct tl_deploy *deploy, struct tl_str platform_id, int64_t version,
                      struct tl_error *err)
{
	char digest[TL_SHA256_SIZE];
	struct tl_deployed deployed;
	struct tl_flow *flow;

	if (tl_ledger_version(&deployed, arena, deploy->ledger, deploy->environment->name, platform_id, version, err) != 0)
		return -1;
	out->known = deployed.platform_id.len > 0;
	out->digest = deployed.digest;
	out->content = deployed.content;
	if (out->known)
		return 0;
	if (tl_version_read(&flow, deploy, platform_id, version, err) != 0)
		return -1;
	tl_flow_digest(digest, flow, NULL);
	out->digest = out->content = tl_arena_dup(arena, tl_str(digest));
	tl_flow_free(flow);
	return 0;
}

int tl_version_live(struct tl_present *present, struct tl_arena *arena, struct tl_deploy *deploy, struct tl_error *err)
{
	const struct tl_remote *remote = &present->remote;
	struct tl_deployed deployed;

	if (present->known || remote->published_version == 0 || remote->published_version == remote->version)
		return 0;
	if (tl_ledger_version(&deployed, arena, deploy->ledger, deploy->environment->name, remote->id, remote->published_version, err) != 0)
		return -1;
	present->live = deployed.digest;
	return 0;
}

/* deploy/held.c: a hold is of what callers got. A digest has the flow's id in it, so a flow that is called otherwise since is held against the version that was
 * rolled back, with neither of the two called anything. */
#include "deploy/identity.h"
#include "deploy/now.h"
#include "flow/canonical.h"

/* The digest of what a flow says under the id of `wanted`; as the ledger keeps `more`. */
static void digest_as(char out[TL_SHA256_SIZE], struct tl_flow *flow, const struct tl_wanted *wanted, struct tl_str more)
{
	tl_flow_rename(flow, wanted->flow, TL_STR(""));
	tl_flow_digest_more(out, flow, more);
}

/* Whether what the flow says and needs is what is held; *alone where the hold knows the model alone. */
static bool is_of_hold(bool *alone, const struct tl_flow *flow, const struct tl_hold *hold, struct tl_str more)
{
	char digest[TL_SHA256_SIZE];

	tl_flow_digest(digest, flow, NULL);
	*alone = tl_str_is(hold->digest, digest);
	if (*alone)
		return true;
	tl_flow_digest_more(digest, flow, more);
	return tl_str_is(hold->digest, digest);
}

/* Whether the wanted flow says what the held version says. A version that is no longer there, or is another one since the platform was set back, holds nothing. */
static int says_the_same(bool *out, struct tl_now *now, struct tl_deploy *deploy, const struct tl_wanted *wanted, const struct tl_hold *hold,
                         struct tl_error *err)
{
	char theirs[TL_SHA256_SIZE], ours[TL_SHA256_SIZE];
	struct tl_flow *held = NULL, *flow = NULL;
	struct tl_arena arena = { 0 };
	struct tl_error why = { 0 };
	struct tl_deployed known;
	bool alone;
	int ret = -1;

	*out = false;
	if (tl_ledger_version(&known, &arena, deploy->ledger, deploy->environment->name, hold->platform_id, hold->version, err) != 0)
		goto out;
	ret = tl_version_read(&held, deploy, hold->platform_id, hold->version, &why);
	if (ret != 0) {
		ret = tl_remote_is_unreadable(why.code) ? 0 : -1;
		*err = why;
		goto out;
	}
	if (held->foreign || !is_of_hold(&alone, held, hold, known.more))
		goto out;
	ret = tl_gathered_read(&flow, &now->gathered, wanted, err);
	if (ret != 0)
		goto out;
	digest_as(theirs, held, wanted, alone ? TL_STR("") : known.more);
	digest_as(ours, flow, wanted, alone ? TL_STR("") : wanted->more);
	*out = tl_str_is(tl_str(theirs), ours);
out:
	tl_flow_free(held);
	tl_flow_free(flow);
	tl_arena_clear(&arena);
	return ret;
}

/* Whether the hold may be one of the flow, by what either is called or by what the platform has it as. */
static bool is_about(const struct tl_hold *hold, const struct tl_wanted *wanted, struct tl_str platform_id)
{
	return tl_str_equal(hold->flow, wanted->flow) || (wanted->renamed_from.len > 0 && tl_str_equal(hold->flow, wanted->renamed_from)) ||
	       tl_str_equal(hold->platform_id, platform_id);
}

static struct tl_str reason_of(struct tl_arena *arena, const struct tl_hold *hold, struct tl_str flow)
{
	if (tl_str_equal(hold->flow, flow))
		return hold->reason;
	return tl_arena_printf(arena, "as '%.*s', by which it is released%s%.*s", TL_FMT(hold->flow), hold->reason.len > 0 ? ": " : "", TL_FMT(hold->reason));
}

/* The holds of one wanted flow that would be written. */
static int hold_one(struct tl_now *now, struct tl_deploy *deploy, const struct tl_wanted *wanted, const struct tl_present *present, struct tl_error *err)
{
	struct tl_environment_state *state = &now->state;

	for (size_t i = 0; i < state->holds.count; i++) {
		struct tl_hold *hold = &state->holds.items[i];
		bool same;

		if (hold->platform_id.len == 0 || !is_about(hold, wanted, present->remote.id))
			continue;
		if (says_the_same(&same, now, deploy, wanted, hold, err) != 0)
			return -1;
		if (!same)
			continue;
		hold->reason = reason_of(&state->arena, hold, wanted->flow);
		hold->flow = wanted->flow;
		hold->digest = wanted->digest;
		return 0;
	}
	return 0;
}

/* Whether the digests settle it: the platform has it, or a hold is of just this. */
static bool is_settled(const struct tl_now *now, const struct tl_wanted *wanted, const struct tl_present *present)
{
	const struct tl_holds *holds = &now->state.holds;
	bool settled = tl_str_equal(present->digest, wanted->digest) || tl_str_equal(present->digest, wanted->content);

	for (size_t i = 0; i < holds->count && !settled; i++)
		settled = tl_str_equal(holds->items[i].flow, wanted->flow) &&
		          (tl_str_equal(holds->items[i].digest, wanted->digest) || tl_str_equal(holds->items[i].digest, wanted->content));
	return settled;
}

int tl_now_hold(struct tl_now *now, struct tl_deploy *deploy, struct tl_error *err)
{
	const struct tl_match *match = &now->match;

	for (size_t i = 0; i < match->wanted->count && now->state.holds.count > 0; i++) {
		const struct tl_wanted *wanted = &match->wanted->items[i];
		const struct tl_present *present = match->of_wanted[i] == TL_NONE ? NULL : &now->state.present[match->of_wanted[i]];

		/* Where names tell flows apart a renamed one is another. */
		if (!wanted->chosen || !present || present->remote.type.len > 0 || is_settled(now, wanted, present))
			continue;
		if (hold_one(now, deploy, wanted, present, err) != 0)
			return -1;
	}
	return 0;
}

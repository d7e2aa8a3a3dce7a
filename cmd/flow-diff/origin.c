/* cmd/flow-diff/origin.c: local-only, remote-only and conflicting edits told apart. */
#include "flow-diff/origin.h"

#include "flow/canonical.h"

/* One environment against something else. */
struct compared {
	struct side *remote;              /* the environment's side */
	const struct side_entry *theirs;  /* NULL: the platform has no such flow */
	const struct side_entry *ours;    /* NULL: it is not here */
	struct tl_flow *their_flow, *our_flow;
	struct tl_flow **base;            /* out */
};

/* What was deployed from here last under the flow's id. */
struct base {
	struct tl_str platform_id, digest, beside;
	int64_t version;
};

static bool find_base(struct base *base, const struct compared *compared, struct tl_str flow)
{
	const struct tl_deployed *deployed;

	if (compared->theirs && compared->theirs->base_version > 0) {
		*base = (struct base){ compared->theirs->platform_id, compared->theirs->base_digest, compared->theirs->base_beside,
		                       compared->theirs->base_version };
		return true;
	}
	deployed = compared->theirs ? NULL : side_deployed(compared->remote, flow);
	if (!deployed)
		return false;
	*base = (struct base){ deployed->platform_id, deployed->content, deployed->more, deployed->version };
	return true;
}

static struct tl_item *tree_of(struct tl_arena *arena, struct tl_flow *flow)
{
	return flow ? tl_flow_shown(arena, flow) : NULL;
}

/* Both sides differ from the base: setting by setting. The base's content may be gone; then the two are compared alone. */
static int compare_three(struct tl_flow_change *change, struct tl_arena *arena, const struct compared *compared, const struct base *base,
                         struct tl_error *err)
{
	struct tl_three *three = TL_ARENA_NEW(arena, struct tl_three);

	if (side_read_base(compared->base, compared->remote, base->platform_id, base->version, base->digest, err) != 0)
		return -1;
	tl_diff_three(three, arena, change->flow, tree_of(arena, *compared->base), tree_of(arena, compared->their_flow),
	              tree_of(arena, compared->our_flow));
	change->three = three;
	change->origin = three->clashes > 0 ? TL_ORIGIN_CONFLICT : TL_ORIGIN_BOTH;
	return 0;
}

/* Whether somebody else changed the flow on the platform: what it says, or what of it callers get. */
static bool is_theirs(const struct side_entry *entry)
{
	return !tl_str_equal(entry->digest, entry->base_digest) || (!entry->is_ours && !tl_str_is(entry->status, tl_remote_status_name(TL_STATUS_PUBLISHED)));
}

static int find_origin(struct tl_flow_change *change, struct tl_arena *arena, const struct compared *compared, struct tl_error *err)
{
	struct base base;
	bool theirs, ours;

	if (!find_base(&base, compared, change->flow)) {
		/* What nobody deployed from here was made there, or was only made here. */
		if (compared->theirs && compared->ours)
			change->origin = TL_ORIGIN_UNKNOWN;
		else
			change->origin = compared->theirs ? TL_ORIGIN_REMOTE : TL_ORIGIN_LOCAL;
		return 0;
	}
	theirs = !compared->theirs || is_theirs(compared->theirs);
	ours = !compared->ours || !tl_str_equal(compared->ours->digest, base.digest) ||
	       (compared->ours->knows_beside && !tl_str_equal(compared->ours->beside, base.beside));
	if (theirs && ours)
		return compare_three(change, arena, compared, &base, err);
	change->origin = theirs ? TL_ORIGIN_REMOTE : TL_ORIGIN_LOCAL;
	return 0;
}

/* Two environments: whether somebody edited one of them, as far as that is known. Where each is as it was deployed nobody did. */
static enum tl_origin of_two(const struct side_entry *a, const struct side_entry *b)
{
	const struct side_entry *entries[] = { a, b };
	bool known = true;

	for (size_t i = 0; i < TL_COUNT(entries); i++) {
		if (!entries[i])
			continue;
		if (entries[i]->base_version == 0)
			known = false;
		else if (is_theirs(entries[i]))
			return TL_ORIGIN_REMOTE;
	}
	return known ? TL_ORIGIN_NONE : TL_ORIGIN_UNKNOWN;
}

static const struct side_entry *entry_of(const struct side *side, size_t index)
{
	return index == SIZE_MAX ? NULL : &side->entries[index];
}

int origin_find(struct tl_flow_change *change, struct tl_flow **base, struct tl_arena *arena, struct side *sides, const size_t *entries,
                struct tl_flow *const *flows, struct tl_error *err)
{
	bool first = sides[0].spec.kind == SIDE_ENVIRONMENT, second = sides[1].spec.kind == SIDE_ENVIRONMENT;
	int remote = second && !first ? 1 : 0;
	struct compared compared;

	*base = NULL;
	if (change->change == TL_SAME || (!first && !second) || sides[0].spec.kind == SIDE_DEPLOYED)
		return 0;
	if (first && second) {
		change->origin = of_two(entry_of(&sides[0], entries[0]), entry_of(&sides[1], entries[1]));
		return 0;
	}
	compared = (struct compared){
		.remote = &sides[remote], .theirs = entry_of(&sides[remote], entries[remote]), .ours = entry_of(&sides[1 - remote], entries[1 - remote]),
		.their_flow = flows[remote], .our_flow = flows[1 - remote],
		.base = base,
	};
	return find_origin(change, arena, &compared, err);
}

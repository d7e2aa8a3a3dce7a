/* monitor/choose.c: which deployments are waited for. */
#include "base/text.h"
#include "monitor/monitor.h"

/* Everything that could be waited for: what was deployed from here, then what the platform has besides. */
struct candidates {
	struct tl_watched *items;
	size_t count, ours;
	struct tl_map by_flow; /* -> index of items */
};

static void add(struct candidates *candidates, const struct tl_watched *watched)
{
	bool made;
	struct tl_map_entry *entry = tl_map_put(&candidates->by_flow, watched->flow, &made);

	if (!made)
		return;
	entry->value.index = (uint32_t)candidates->count;
	candidates->items[candidates->count++] = *watched;
}

static int collect(struct candidates *candidates, struct tl_arena *arena, struct tl_platform *platform, struct tl_ledger *ledger,
                   struct tl_str environment, struct tl_error *err)
{
	struct tl_deployed_list deployed;
	struct tl_remotes remotes;

	if (tl_ledger_deployed(&deployed, arena, ledger, environment, err) != 0 || tl_platform_list(&remotes, arena, platform, err) != 0)
		return -1;
	candidates->items = TL_ARENA_ARRAY(arena, struct tl_watched, deployed.count + remotes.count);
	for (size_t i = 0; i < deployed.count; i++) {
		const struct tl_deployed *ours = &deployed.items[i];

		add(candidates, &(struct tl_watched){ .flow = ours->flow, .platform_id = ours->platform_id, .version = ours->version });
	}
	candidates->ours = candidates->count;
	for (size_t i = 0; i < remotes.count; i++)
		add(candidates, &(struct tl_watched){ .flow = remotes.items[i].name, .platform_id = remotes.items[i].id });
	return 0;
}

static int no_such_flow(const struct candidates *candidates, struct tl_arena *arena, struct tl_str environment, const char *name,
                        struct tl_error *err)
{
	struct tl_str *names = TL_ARENA_ARRAY(arena, struct tl_str, candidates->count), near;

	for (size_t i = 0; i < candidates->count; i++)
		names[i] = candidates->items[i].flow;
	near = tl_text_nearest(tl_str(name), names, candidates->count);
	if (near.len == 0)
		return tl_error_set(err, TL_NOT_FOUND, "the environment '%.*s' has no flow '%s'", TL_FMT(environment), name);
	return tl_error_set(err, TL_NOT_FOUND, "the environment '%.*s' has no flow '%s', did you mean '%.*s'?", TL_FMT(environment), name,
	                    TL_FMT(near));
}

static int pick(struct tl_watched **out, size_t *count, const struct candidates *candidates, struct tl_arena *arena,
                struct tl_str environment, const char *const *names, size_t n_names, struct tl_error *err)
{
	if (n_names == 0) {
		*out = candidates->items;
		*count = candidates->ours > 0 ? candidates->ours : candidates->count;
		return 0;
	}
	*out = TL_ARENA_ARRAY(arena, struct tl_watched, n_names);
	for (size_t i = 0; i < n_names; i++) {
		uint32_t index = tl_map_index(&candidates->by_flow, tl_str(names[i]));

		if (index == TL_NONE)
			return no_such_flow(candidates, arena, environment, names[i], err);
		(*out)[(*count)++] = candidates->items[index];
	}
	return 0;
}

int tl_monitor_choose(struct tl_watched **out, size_t *count, struct tl_arena *arena, struct tl_platform *platform, struct tl_ledger *ledger,
                      struct tl_str environment, const char *const *names, size_t n_names, struct tl_error *err)
{
	struct candidates candidates = { 0 };
	int ret = collect(&candidates, arena, platform, ledger, environment, err);

	*out = NULL;
	*count = 0;
	if (ret == 0)
		ret = pick(out, count, &candidates, arena, environment, names, n_names, err);
	tl_map_clear(&candidates.by_flow);
	return ret;
}

/* monitor/choose.c: which deployments are waited for. */
#include "base/text.h"
#include "monitor/monitor.h"

/* Everything that could be waited for: what was deployed from here, then what the platform has besides. */
struct candidates {
	struct tl_watched *items;
	size_t count, ours;
	struct tl_map by_flow;        /* -> index of items */
	struct tl_map by_platform_id; /* of those that were deployed from here -> index of items */
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

/* A flow of ours goes by what the platform calls it, too; any other becomes a candidate. */
static void add_remote(struct candidates *candidates, const struct tl_remote *remote)
{
	struct tl_str names[] = { remote->id, remote->name, remote->title };
	uint32_t ours = tl_map_index(&candidates->by_platform_id, remote->id);

	if (ours == TL_NONE)
		add(candidates, &(struct tl_watched){ .flow = remote->name, .platform_id = remote->id });
	for (size_t i = 0; ours != TL_NONE && i < TL_COUNT(names); i++) {
		bool made = false;
		struct tl_map_entry *entry = names[i].len > 0 ? tl_map_put(&candidates->by_flow, names[i], &made) : NULL;

		if (made)
			entry->value.index = ours;
	}
}

static int collect(struct candidates *candidates, struct tl_arena *arena, struct tl_platform *platform, struct tl_ledger *ledger,
                   struct tl_str environment, struct tl_error *err)
{
	struct tl_deployed_list deployed;
	struct tl_remotes remotes;

	if (tl_ledger_deployed(&deployed, arena, ledger, environment, err) != 0 || tl_platform_list_about(&remotes, arena, platform, deployed.count, err) != 0)
		return -1;
	candidates->items = TL_ARENA_ARRAY(arena, struct tl_watched, deployed.count + remotes.count);
	for (size_t i = 0; i < deployed.count; i++) {
		const struct tl_deployed *ours = &deployed.items[i];

		add(candidates, &(struct tl_watched){ .flow = ours->flow, .platform_id = ours->platform_id, .version = ours->version, .record = ours });
		tl_map_put(&candidates->by_platform_id, ours->platform_id, NULL)->value.index = tl_map_index(&candidates->by_flow, ours->flow);
	}
	candidates->ours = candidates->count;
	for (size_t i = 0; i < remotes.count; i++)
		add_remote(candidates, &remotes.items[i]);
	return 0;
}

static int no_such_flow(const struct candidates *candidates, struct tl_arena *arena, struct tl_str environment, const char *name,
                        struct tl_error *err)
{
	const struct tl_map *by_flow = &candidates->by_flow;
	struct tl_str *names = TL_ARENA_ARRAY(arena, struct tl_str, by_flow->count), near;

	for (size_t i = 0; i < by_flow->count; i++)
		names[i] = by_flow->entries[i].key;
	near = tl_text_nearest(tl_str(name), names, by_flow->count);
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
	tl_map_clear(&candidates.by_platform_id);
	return ret;
}

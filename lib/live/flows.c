/* live/flows.c: one listing, then each flow's published version once. */
#include "live/flows.h"

#include <stdlib.h>

#include "base/text.h"

struct tl_move_flows {
	const struct tl_mover *mover;
	struct tl_arena arena;
	struct tl_remotes remotes;
	struct tl_map by_name;   /* every name -> index of remotes, or TL_NONE - 1 where it means two */
	struct tl_flow **read;   /* by index of remotes; NULL: not yet */
	pthread_mutex_t lock;
};

#define TWO (TL_NONE - 1)

/* A name that means two flows means none; a platform's id comes before any name. */
static void name_flow(struct tl_move_flows *flows, struct tl_str name, uint32_t index)
{
	bool made;
	struct tl_map_entry *entry;

	if (name.len == 0)
		return;
	entry = tl_map_put(&flows->by_name, name, &made);
	if (made)
		entry->value.index = index;
	else if (entry->value.index != index)
		entry->value.index = TWO;
}

static void name_all(struct tl_move_flows *flows, const struct tl_deployed_list *deployed)
{
	struct tl_map by_id = { 0 };

	for (uint32_t i = 0; i < flows->remotes.count; i++)
		tl_map_put(&by_id, flows->remotes.items[i].id, NULL)->value.index = i;
	for (size_t i = 0; i < deployed->count; i++) {
		uint32_t index = tl_map_index(&by_id, deployed->items[i].platform_id);

		if (index != TL_NONE)
			name_flow(flows, deployed->items[i].flow, index);
	}
	for (uint32_t i = 0; i < flows->remotes.count; i++) {
		name_flow(flows, flows->remotes.items[i].id, i);
		name_flow(flows, flows->remotes.items[i].name, i);
	}
	tl_map_clear(&by_id);
}

int tl_move_flows_new(struct tl_move_flows **out, const struct tl_mover *mover, struct tl_error *err)
{
	struct tl_move_flows *flows = tl_alloc_zero(1, sizeof(*flows));
	struct tl_deployed_list deployed = { 0 };

	*out = NULL;
	flows->mover = mover;
	pthread_mutex_init(&flows->lock, NULL);
	if (tl_platform_list(&flows->remotes, &flows->arena, mover->platform, err) != 0 ||
	    (mover->ledger && tl_ledger_deployed(&deployed, &flows->arena, mover->ledger, mover->environment->name, err) != 0)) {
		tl_move_flows_free(flows);
		return -1;
	}
	flows->read = TL_ARENA_ARRAY(&flows->arena, struct tl_flow *, flows->remotes.count + 1);
	name_all(flows, &deployed);
	*out = flows;
	return 0;
}

void tl_move_flows_free(struct tl_move_flows *flows)
{
	if (!flows)
		return;
	for (size_t i = 0; flows->read && i < flows->remotes.count; i++)
		tl_flow_free(flows->read[i]);
	tl_map_clear(&flows->by_name);
	pthread_mutex_destroy(&flows->lock);
	tl_arena_clear(&flows->arena);
	free(flows);
}

static int no_such_flow(const struct tl_move_flows *flows, struct tl_str name, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str *names = TL_ARENA_ARRAY(&arena, struct tl_str, flows->by_name.count + 1), near;
	struct tl_str environment = flows->mover->environment->name;

	for (size_t i = 0; i < flows->by_name.count; i++)
		names[i] = flows->by_name.entries[i].key;
	near = tl_text_nearest(name, names, flows->by_name.count);
	if (near.len > 0)
		tl_error_set(err, TL_NOT_FOUND, "the environment '%.*s' has no flow '%.*s', did you mean '%.*s'?", TL_FMT(environment), TL_FMT(name),
		             TL_FMT(near));
	else
		tl_error_set(err, TL_NOT_FOUND, "the environment '%.*s' has no flow '%.*s'", TL_FMT(environment), TL_FMT(name));
	tl_arena_clear(&arena);
	return -1;
}

static int read_flow(struct tl_move_flows *flows, uint32_t index, struct tl_error *err)
{
	const struct tl_remote *listed = &flows->remotes.items[index];
	struct tl_arena arena = { 0 };
	struct tl_remote remote;
	int ret;

	if (listed->published_version == 0)
		return tl_error_set(err, TL_NOT_FOUND, "flow '%.*s' was never published: there is no call in it", TL_FMT(listed->name));
	ret = tl_platform_version(&remote, &arena, flows->mover->platform, listed->id, listed->published_version, err);
	if (ret == 0)
		ret = tl_remote_read(&flows->read[index], &remote, flows->mover->lower, err);
	tl_arena_clear(&arena);
	return ret;
}

/* The flow's index of remotes. */
static int find_flow(uint32_t *out, const struct tl_move_flows *flows, struct tl_str name, struct tl_error *err)
{
	*out = tl_map_index(&flows->by_name, name);
	if (*out == TWO)
		return tl_error_set(err, TL_USAGE, "'%.*s' means two flows of the platform: name one by its id there", TL_FMT(name));
	return *out == TL_NONE ? no_such_flow(flows, name, err) : 0;
}

int tl_move_flows_listed(const struct tl_remote **out, const struct tl_move_flows *flows, struct tl_str name, struct tl_error *err)
{
	uint32_t index;

	*out = NULL;
	if (find_flow(&index, flows, name, err) != 0)
		return -1;
	*out = &flows->remotes.items[index];
	return 0;
}

int tl_move_flows_get(const struct tl_flow **out, struct tl_move_flows *flows, struct tl_str name, struct tl_error *err)
{
	uint32_t index;
	int ret = 0;

	*out = NULL;
	if (find_flow(&index, flows, name, err) != 0)
		return -1;
	pthread_mutex_lock(&flows->lock);
	if (!flows->read[index])
		ret = read_flow(flows, index, err);
	*out = flows->read[index];
	pthread_mutex_unlock(&flows->lock);
	return ret;
}

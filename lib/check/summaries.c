/* check/summaries.c: summaries of many files, made in parallel, each worker into memory of its own. */
#include "check/summaries.h"

#include <stdlib.h>

#include "base/pool.h"

void tl_summaries_init(struct tl_summaries *summaries, const struct tl_flow_set *set, struct tl_cache *cache, const struct tl_lower *lower,
                       unsigned workers)
{
	workers = workers > 0 ? workers : 1;
	*summaries = (struct tl_summaries){
		.set = set,
		.cache = cache,
		.lower = *lower,
		.items = tl_alloc_zero(set->count + 1, sizeof(struct tl_cached)),
		.arenas = tl_alloc_zero(workers, sizeof(struct tl_arena)),
		.workers = workers,
	};
	summaries->lower.findings = NULL;
}

void tl_summaries_clear(struct tl_summaries *summaries)
{
	for (unsigned i = 0; i < summaries->workers; i++)
		tl_arena_clear(&summaries->arenas[i]);
	free(summaries->arenas);
	free(summaries->items);
	*summaries = (struct tl_summaries){ 0 };
}

void tl_summaries_put(struct tl_summaries *summaries, unsigned worker, size_t i, const struct tl_flow *flow)
{
	struct tl_summary summary = { .kind = TL_SUMMARY_NOTHING };
	struct tl_arena scratch = { 0 };
	struct tl_buf buf = { 0 };

	if (flow)
		tl_summary_of(&summary, &scratch, flow);
	tl_summary_pack(&buf, &summary);
	summaries->items[i] = (struct tl_cached){
		.bytes = tl_arena_dup(&summaries->arenas[worker], tl_buf_view(&buf)),
		.key = tl_summary_key(&summary),
		.refs = tl_summary_refs(&summary),
	};
	tl_buf_clear(&buf);
	tl_arena_clear(&scratch);
}

int tl_summaries_make(struct tl_summaries *summaries, unsigned worker, size_t i, struct tl_error *err)
{
	const struct tl_flow_set *set = summaries->set;
	struct tl_flow *flow = NULL;
	int status = set->read(set->data, i, &summaries->lower, &flow, err);

	if (status == 0)
		tl_summaries_put(summaries, worker, i, flow);
	tl_flow_free(flow);
	return status;
}

/* What the cache knows the bytes of a file by; "" where there is nothing. */
static const char *name_of(const struct tl_flow_file *file)
{
	return file->blob[0] ? file->blob : file->stamp;
}

bool tl_summaries_recall(struct tl_summaries *summaries, size_t i)
{
	const char *name = name_of(&summaries->set->files[i]);

	if (summaries->items[i].bytes.ptr)
		return true;
	return summaries->cache && name[0] && tl_cache_find(summaries->cache, name, &summaries->items[i]);
}

int tl_summaries_fetch(struct tl_summaries *summaries, unsigned worker, size_t i, struct tl_error *err)
{
	return tl_summaries_recall(summaries, i) ? 0 : tl_summaries_make(summaries, worker, i, err);
}

/* What the workers of one loading share. */
struct loading {
	struct tl_summaries *summaries;
	const uint32_t *missing; /* files that the cache does not know */
	int (*stopped)(void);
	struct tl_error *errors; /* one a worker */
};

static int load_one(void *data, unsigned worker, size_t i)
{
	struct loading *loading = data;

	if (loading->stopped && loading->stopped())
		return tl_error_set(&loading->errors[worker], TL_INTERRUPTED, "interrupted");
	return tl_summaries_make(loading->summaries, worker, loading->missing[i], &loading->errors[worker]);
}

static int load_missing(struct tl_summaries *summaries, const uint32_t *missing, size_t count, int (*stopped)(void), struct tl_error *err)
{
	struct loading loading = { summaries, missing, stopped, tl_alloc_zero(summaries->workers, sizeof(struct tl_error)) };
	int status = tl_pool_run(summaries->workers, count, load_one, &loading);

	for (unsigned i = 0; status != 0 && i < summaries->workers; i++) {
		if (loading.errors[i].code == TL_OK)
			continue;
		*err = loading.errors[i];
		break;
	}
	free(loading.errors);
	return status;
}

int tl_summaries_load(struct tl_summaries *summaries, int (*stopped)(void), struct tl_error *err)
{
	uint32_t *missing = tl_alloc_zero(summaries->set->count + 1, sizeof(*missing));
	size_t count = 0;
	int status;

	for (size_t i = 0; i < summaries->set->count; i++) {
		if (!tl_summaries_recall(summaries, i))
			missing[count++] = (uint32_t)i;
	}
	status = load_missing(summaries, missing, count, stopped, err);
	free(missing);
	return status;
}

int tl_summaries_get(struct tl_summary *out, struct tl_arena *arena, struct tl_summaries *summaries, size_t i, struct tl_error *err)
{
	struct tl_cached *item = &summaries->items[i];

	if (item->bytes.ptr && tl_cached_is_whole(item) && tl_summary_unpack(out, arena, item->bytes))
		return 0;
	if (tl_summaries_make(summaries, 0, i, err) != 0)
		return -1;
	tl_summary_unpack(out, arena, item->bytes);
	return 0;
}

int tl_summaries_save(const struct tl_summaries *summaries, struct tl_error *err)
{
	const struct tl_flow_set *set = summaries->set;

	if (!summaries->cache)
		return 0;
	for (size_t i = 0; i < set->count; i++) {
		const struct tl_cached *item = &summaries->items[i];
		const char *name = name_of(&set->files[i]);
		struct tl_cached known;

		if (item->bytes.ptr && !item->stored && name[0] && !tl_cache_find(summaries->cache, name, &known))
			tl_cache_add(summaries->cache, name, item);
	}
	return tl_cache_save(summaries->cache, set->count, err);
}

static int compare_keys(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

void tl_flow_keys_init(struct tl_flow_keys *keys, const struct tl_summaries *summaries)
{
	keys->keys = tl_alloc_zero(summaries->set->count + 1, sizeof(*keys->keys));
	keys->count = 0;
	for (size_t i = 0; i < summaries->set->count; i++) {
		if (summaries->items[i].key != 0)
			keys->keys[keys->count++] = summaries->items[i].key;
	}
	qsort(keys->keys, keys->count, sizeof(*keys->keys), compare_keys);
}

void tl_flow_keys_clear(struct tl_flow_keys *keys)
{
	free(keys->keys);
	*keys = (struct tl_flow_keys){ 0 };
}

bool tl_flow_keys_have(const struct tl_flow_keys *keys, struct tl_str id)
{
	uint64_t key = tl_summary_key_of(id);

	return keys->count > 0 && bsearch(&key, keys->keys, keys->count, sizeof(key), compare_keys);
}

/* check/summaries.h: the summaries of a whole set of flows: out of the cache where it knows a file's bytes, else by reading it. */
#ifndef TL_CHECK_SUMMARIES_H
#define TL_CHECK_SUMMARIES_H

#include "check/cache.h"
#include "check/summary.h"
#include "flow/source.h"

struct tl_summaries {
	const struct tl_flow_set *set; /* borrowed */
	struct tl_cache *cache;        /* borrowed; may be NULL */
	struct tl_lower lower;         /* how flows are read, without findings */
	struct tl_cached *items;       /* by file; bytes.ptr NULL: not there yet */
	struct tl_arena *arenas;       /* one a worker */
	unsigned workers;
};

/* `set`, `cache` (may be NULL) and what `lower` points to must outlive it. */
void tl_summaries_init(struct tl_summaries *summaries, const struct tl_flow_set *set, struct tl_cache *cache, const struct tl_lower *lower,
                       unsigned workers);
void tl_summaries_clear(struct tl_summaries *summaries);
/* Keeps the summary of file `i`; `flow` may be NULL: there is none. For one worker at a time each. */
void tl_summaries_put(struct tl_summaries *summaries, unsigned worker, size_t i, const struct tl_flow *flow);
/* Gets the summary of file `i` from the cache; false where it is not there. One that is here already stays. */
bool tl_summaries_recall(struct tl_summaries *summaries, size_t i);
/* Makes the summary of file `i` by reading it. -1 only where the bytes could not be had. */
int tl_summaries_make(struct tl_summaries *summaries, unsigned worker, size_t i, struct tl_error *err);
/* Gets the summary of file `i`, by either way. */
int tl_summaries_fetch(struct tl_summaries *summaries, unsigned worker, size_t i, struct tl_error *err);
/* Gets all of them, by all workers. `stopped` (may be NULL) is asked between files; where it says so, TL_INTERRUPTED. */
int tl_summaries_load(struct tl_summaries *summaries, int (*stopped)(void), struct tl_error *err);
/* Unpacks the summary of file `i` into `arena`; one that is damaged is made again from the file. From one thread at a time. */
int tl_summaries_get(struct tl_summary *out, struct tl_arena *arena, struct tl_summaries *summaries, size_t i, struct tl_error *err);
/* Gives all that were made by reading to the cache and saves it; 0 where there is no cache. */
int tl_summaries_save(const struct tl_summaries *summaries, struct tl_error *err);

/* Which flows a set has, by id, for many questions. */
struct tl_flow_keys {
	uint64_t *keys; /* ascending */
	size_t count;
};
void tl_flow_keys_init(struct tl_flow_keys *keys, const struct tl_summaries *summaries);
void tl_flow_keys_clear(struct tl_flow_keys *keys);
bool tl_flow_keys_have(const struct tl_flow_keys *keys, struct tl_str id);

#endif

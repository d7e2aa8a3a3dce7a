/* check/cache.h: summaries by the git id of the bytes that they were made of (or the stamp of a file on disk), in one file that may be deleted at
 * any time.
 *
 * A file that is missing, foreign, cut or damaged is an empty cache. It is replaced as a whole, by rename, so that readers keep what they
 * have open; of two writers the last wins. */
#ifndef TL_CHECK_CACHE_H
#define TL_CHECK_CACHE_H

#include "base/error.h"
#include "base/str.h"

struct tl_cache;

#define TL_CACHE_OID 20

/* Opens the file. `key` stands for everything else that a summary depends on (the program's version, values, limits): a file of another key
 * is empty. Never fails. The caller's, to be closed. */
void tl_cache_open(struct tl_cache **out, const char *path, uint64_t key);
/* Closes without writing; NULL is fine. */
void tl_cache_close(struct tl_cache *cache);

struct tl_cached {
	struct tl_str bytes; /* a packed summary, valid until the cache is closed */
	uint64_t key;        /* tl_summary_key of it */
	uint64_t refs;       /* tl_summary_refs of it */
	uint32_t hash;       /* of the bytes, as the file says */
	bool stored;         /* it came out of the file */
};

/* The summary of the blob `oid` (40 hex digits). Safe from several threads at once. */
bool tl_cache_find(const struct tl_cache *cache, const char *oid, struct tl_cached *out);
/* Whether the bytes are those that were stored: to be asked before they are unpacked, since that alone reads them. */
bool tl_cached_is_whole(const struct tl_cached *cached);
/* Notes one that was not there; the bytes must live until the cache is closed. From one thread at a time. */
void tl_cache_add(struct tl_cache *cache, const char *oid, const struct tl_cached *cached);
/* Writes the file where enough was added to be worth it (a few summaries are made again faster than a large file is written); makes its folder. What
 * lies longest unused goes first once the file holds four times what this run asked for. */
int tl_cache_save(struct tl_cache *cache, size_t asked, struct tl_error *err);

#endif

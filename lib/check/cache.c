/* check/cache.c: a header, an index sorted by blob id, and the packed summaries after it, mapped into memory. */
#include "check/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"

#define MAGIC "TLSUM\002\r\n"
#define WORTH_WRITING 32
#define SMALL_FILE ((size_t)1 << 20)
#define FILE_LIMIT ((size_t)1 << 30)

struct header {
	char magic[8];
	uint64_t key;
	uint64_t index_hash; /* of the index that follows */
	uint32_t count;
	uint32_t run;        /* how often the file was written */
};

struct record {
	uint8_t oid[TL_CACHE_OID];
	uint32_t len;
	uint64_t offset;     /* from the file's start */
	uint64_t key, refs;
	uint32_t hash;       /* of the bytes */
	uint32_t used;       /* the run that asked for it last */
};

/* What is to be written: one that was there, or one that was added. */
struct addition {
	struct record record;
	const char *bytes;
};

struct tl_cache {
	char *path;
	uint64_t key;
	const char *map;
	size_t map_size;
	const struct header *header; /* NULL: nothing was there */
	const struct record *index;
	uint8_t *asked;              /* by record: it was found in this run; each thread writes the same value */
	struct addition *added;
	size_t n_added, added_capacity;
};

/* The value of each hex digit, plus one: 0 is none. */
static const uint8_t hex_table[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
	['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

static bool oid_parse(uint8_t out[TL_CACHE_OID], const char *hex)
{
	for (size_t i = 0; i < TL_CACHE_OID; i++) {
		unsigned high = hex_table[(unsigned char)hex[2 * i]], low = high ? hex_table[(unsigned char)hex[2 * i + 1]] : 0;

		if (!low)
			return false;
		out[i] = (uint8_t)((high - 1) << 4 | (low - 1));
	}
	return true;
}

static uint64_t first_bytes(const uint8_t *p)
{
	return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 | (uint64_t)p[3] << 32 | (uint64_t)p[4] << 24 |
	       (uint64_t)p[5] << 16 | (uint64_t)p[6] << 8 | p[7];
}

/* As memcmp over an id; the first eight bytes decide all but always. */
static int order_of(const uint8_t a[TL_CACHE_OID], const uint8_t b[TL_CACHE_OID])
{
	uint64_t x = first_bytes(a), y = first_bytes(b);

	if (x != y)
		return x < y ? -1 : 1;
	return memcmp(a, b, TL_CACHE_OID);
}

/* FNV-1a over words of eight bytes: it tells of damage, not of malice. */
static uint64_t hash_bytes(const char *bytes, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325u ^ len, word;

	while (len > 0) {
		size_t part = len < sizeof(word) ? len : sizeof(word);

		word = 0;
		memcpy(&word, bytes, part);
		hash = (hash ^ word) * 0x100000001b3u;
		hash ^= hash >> 32;
		bytes += part;
		len -= part;
	}
	return hash;
}

static uint32_t short_hash(const char *bytes, size_t len)
{
	uint64_t hash = hash_bytes(bytes, len);

	return (uint32_t)(hash ^ hash >> 32);
}

/* Whether what is mapped is a cache of this key: then header and index point into it. */
static bool accept_map(struct tl_cache *cache)
{
	const struct header *header = (const struct header *)cache->map;
	size_t index_size;

	if (cache->map_size < sizeof(*header) || memcmp(header->magic, MAGIC, sizeof(header->magic)) != 0 || header->key != cache->key)
		return false;
	index_size = (size_t)header->count * sizeof(struct record);
	if (index_size > cache->map_size - sizeof(*header))
		return false;
	if (hash_bytes(cache->map + sizeof(*header), index_size) != header->index_hash)
		return false;
	cache->header = header;
	cache->index = (const struct record *)(cache->map + sizeof(*header));
	return true;
}

static void map_file(struct tl_cache *cache)
{
	struct stat info;
	int fd = open(cache->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return;
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 && (uint64_t)info.st_size < FILE_LIMIT) {
		void *map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

		if (map != MAP_FAILED) {
			cache->map = map;
			cache->map_size = (size_t)info.st_size;
		}
	}
	close(fd);
}

void tl_cache_open(struct tl_cache **out, const char *path, uint64_t key)
{
	struct tl_cache *cache = tl_alloc_zero(1, sizeof(*cache));

	*out = cache;
	cache->path = tl_strdup(path);
	cache->key = key;
	map_file(cache);
	if (cache->map && accept_map(cache))
		cache->asked = tl_alloc_zero(cache->header->count + (size_t)1, 1);
}

void tl_cache_close(struct tl_cache *cache)
{
	if (!cache)
		return;
	if (cache->map)
		munmap((void *)(uintptr_t)cache->map, cache->map_size);
	free(cache->asked);
	free(cache->added);
	free(cache->path);
	free(cache);
}

/* Where a record of this id would be if ids were spread evenly, as hashes are. */
static size_t guess(const uint8_t oid[TL_CACHE_OID], size_t count)
{
	return (size_t)((first_bytes(oid) >> 32) * count >> 32);
}

/* From the guess in steps that double until the id lies between two records, then by halves. */
static const struct record *find_record(const struct tl_cache *cache, const uint8_t oid[TL_CACHE_OID])
{
	size_t count = cache->header ? cache->header->count : 0, low = 0, high, step = 1, at;

	if (count == 0)
		return NULL;
	at = guess(oid, count);
	if (order_of(cache->index[at].oid, oid) <= 0) {
		for (low = at; at + step < count && order_of(cache->index[at + step].oid, oid) <= 0; step *= 2)
			low = at + step;
		high = at + step < count ? at + step : count;
	} else {
		for (high = at; step <= at && order_of(cache->index[at - step].oid, oid) > 0; step *= 2)
			high = at - step;
		low = step <= at ? at - step : 0;
	}
	/* The id, if it is there, is at or after `low` and before `high`. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = order_of(cache->index[middle].oid, oid);

		if (order == 0)
			return &cache->index[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Whether the record's bytes lie in the file. */
static bool in_file(const struct tl_cache *cache, const struct record *record)
{
	return record->offset <= cache->map_size && record->len <= cache->map_size - record->offset;
}

bool tl_cache_find(const struct tl_cache *cache, const char *oid, struct tl_cached *out)
{
	uint8_t binary[TL_CACHE_OID];
	const struct record *record;

	if (!oid_parse(binary, oid))
		return false;
	record = find_record(cache, binary);
	if (!record || !in_file(cache, record))
		return false;
	/* Several threads may say so at once, and all of them the same. */
	__atomic_store_n(&cache->asked[record - cache->index], 1, __ATOMIC_RELAXED);
	*out = (struct tl_cached){ { cache->map + record->offset, record->len }, record->key, record->refs, record->hash, true };
	return true;
}

bool tl_cached_is_whole(const struct tl_cached *cached)
{
	return !cached->stored || cached->hash == short_hash(cached->bytes.ptr, cached->bytes.len);
}

void tl_cache_add(struct tl_cache *cache, const char *oid, const struct tl_cached *cached)
{
	struct addition *addition;
	uint8_t binary[TL_CACHE_OID];

	if (!oid_parse(binary, oid) || cached->bytes.len > UINT32_MAX)
		return;
	cache->added = tl_grow(cache->added, &cache->added_capacity, cache->n_added + 1, sizeof(*cache->added));
	addition = &cache->added[cache->n_added++];
	*addition = (struct addition){ .bytes = cached->bytes.ptr };
	memcpy(addition->record.oid, binary, TL_CACHE_OID);
	addition->record.len = (uint32_t)cached->bytes.len;
	addition->record.key = cached->key;
	addition->record.refs = cached->refs;
	addition->record.hash = short_hash(cached->bytes.ptr, cached->bytes.len);
}

/* Those used last first, and of equal ones by id. */
static int compare_age(const void *a, const void *b)
{
	const struct addition *left = a, *right = b;

	if (left->record.used != right->record.used)
		return left->record.used > right->record.used ? -1 : 1;
	return memcmp(left->record.oid, right->record.oid, TL_CACHE_OID);
}

static int compare_oid(const void *a, const void *b)
{
	const struct addition *left = a, *right = b;

	return memcmp(left->record.oid, right->record.oid, TL_CACHE_OID);
}

/* All that is to be in the next file, by id; *count says how many. The caller's, to be freed. */
static struct addition *collect(const struct tl_cache *cache, uint32_t run, size_t limit, size_t *count)
{
	size_t old = cache->header ? cache->header->count : 0, n = 0;
	struct addition *all = tl_alloc_zero(old + cache->n_added + 1, sizeof(*all));

	for (size_t i = 0; i < old; i++) {
		const struct record *record = &cache->index[i];

		if (!in_file(cache, record) || record->hash != short_hash(cache->map + record->offset, record->len))
			continue;
		all[n] = (struct addition){ *record, cache->map + record->offset };
		if (cache->asked[i])
			all[n].record.used = run;
		n++;
	}
	for (size_t i = 0; i < cache->n_added; i++) {
		all[n] = cache->added[i];
		all[n++].record.used = run;
	}
	qsort(all, n, sizeof(*all), compare_age);
	n = n < limit ? n : limit;
	qsort(all, n, sizeof(*all), compare_oid);
	*count = 0;
	for (size_t i = 0; i < n; i++) {
		if (*count == 0 || compare_oid(&all[*count - 1], &all[i]) != 0)
			all[(*count)++] = all[i];
	}
	return all;
}

/* The whole next file. */
static void compose(struct tl_buf *buf, const struct tl_cache *cache, struct addition *all, size_t count, uint32_t run)
{
	struct header header = { .key = cache->key, .count = (uint32_t)count, .run = run };
	size_t index_size = count * sizeof(struct record);
	uint64_t offset = sizeof(header) + index_size;

	memcpy(header.magic, MAGIC, sizeof(header.magic));
	tl_buf_add(buf, &header, sizeof(header));
	for (size_t i = 0; i < count; i++) {
		all[i].record.offset = offset;
		offset += all[i].record.len;
		tl_buf_add(buf, &all[i].record, sizeof(all[i].record));
	}
	for (size_t i = 0; i < count; i++)
		tl_buf_add(buf, all[i].bytes, all[i].record.len);
	if (buf->overflow)
		return;
	header.index_hash = hash_bytes(buf->data + sizeof(header), index_size);
	memcpy(buf->data, &header, sizeof(header));
}

/* By rename, but without waiting for the disk: after a crash the hashes tell what is missing. */
static int replace_file(const char *path, struct tl_str bytes, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	char *temporary = (char *)(uintptr_t)tl_arena_printf(&arena, "%s.XXXXXX", path).ptr;
	int fd = mkostemp(temporary, O_CLOEXEC), why = fd < 0 ? errno : 0;

	for (size_t done = 0; why == 0 && done < bytes.len;) {
		ssize_t n = write(fd, bytes.ptr + done, bytes.len - done);

		if (n < 0 && errno != EINTR)
			why = errno;
		else if (n > 0)
			done += (size_t)n;
	}
	if (fd >= 0 && close(fd) != 0 && why == 0)
		why = errno;
	if (why == 0 && rename(temporary, path) != 0)
		why = errno;
	if (why != 0 && fd >= 0)
		unlink(temporary);
	tl_arena_clear(&arena);
	return why == 0 ? 0 : tl_error_errno(err, why, "cannot write '%s'", path);
}

static int make_folder_of(const char *path, struct tl_error *err)
{
	char *folder = tl_strdup(path), *slash = strrchr(folder, '/');
	int status = 0;

	if (slash && slash != folder) {
		*slash = '\0';
		status = tl_folder_make(folder, 0777, err);
	}
	free(folder);
	return status;
}

int tl_cache_save(struct tl_cache *cache, size_t asked, struct tl_error *err)
{
	uint32_t run = cache->header ? cache->header->run + 1 : 1;
	bool small = cache->map_size < SMALL_FILE;
	struct tl_buf buf = { 0 };
	struct addition *all;
	size_t count;
	int status = 0;

	if (cache->n_added == 0 || (cache->n_added < WORTH_WRITING && !small))
		return 0;
	all = collect(cache, run, 4 * asked + 1000, &count);
	tl_buf_init(&buf, FILE_LIMIT - 1);
	compose(&buf, cache, all, count, run);
	if (!buf.overflow)
		status = make_folder_of(cache->path, err);
	if (!buf.overflow && status == 0)
		status = replace_file(cache->path, tl_buf_view(&buf), err);
	tl_buf_clear(&buf);
	free(all);
	return status;
}

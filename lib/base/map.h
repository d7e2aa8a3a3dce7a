/* base/map.h: a hash map from byte strings to a 32-bit index or a pointer; keys are borrowed. Order: insertion. */
#ifndef TL_BASE_MAP_H
#define TL_BASE_MAP_H

#include "base/base.h"
#include "base/str.h"

struct tl_map_entry {
	struct tl_str key;
	uint64_t hash; /* the map's own */
	union {
		uint32_t index;
		void *ptr;
	} value;
};

struct tl_map {
	struct tl_map_entry *entries; /* in the order of insertion: walk entries[0..count) */
	size_t count, capacity;
	uint32_t *slots;
	size_t n_slots;
	uint64_t seed[2];
};

/* {0} is an empty map. */
void tl_map_clear(struct tl_map *map);
/* The entry of that key, or NULL. Valid until the next insertion. */
struct tl_map_entry *tl_map_find(const struct tl_map *map, struct tl_str key);
/* The entry of that key, made (value zero) where there was none; *made says which. `made` may be NULL. */
struct tl_map_entry *tl_map_put(struct tl_map *map, struct tl_str key, bool *made);

/* Conveniences: TL_NONE or NULL where the key is not there. */
uint32_t tl_map_index(const struct tl_map *map, struct tl_str key);
void *tl_map_ptr(const struct tl_map *map, struct tl_str key);

#endif

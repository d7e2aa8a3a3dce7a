/* schema/keys.h: a fixed set of strings with the quickest look-up: property names, enum values. Built once, read by many threads. */
#ifndef TL_SCHEMA_KEYS_H
#define TL_SCHEMA_KEYS_H

#include "base/arena.h"

struct tl_keys {
	struct tl_str *keys; /* in the order of the schema */
	uint32_t count;
	uint32_t mask;   /* of `slots`, whose number is a power of two */
	uint32_t *slots; /* index + 1, or 0 */
};

/* A set of `keys`, which are distinct and outlive it; everything in `arena`. */
void tl_keys_init(struct tl_keys *set, struct tl_arena *arena, const struct tl_str *keys, uint32_t count);

/* Length, first, middle and last byte: as good as a whole hash for names that people choose, and bounded by the set, not by the key. */
static inline uint32_t tl_keys_hash(struct tl_str key)
{
	if (key.len == 0)
		return 0;
	const unsigned char *p = (const unsigned char *)key.ptr;
	uint32_t hash = (uint32_t)key.len * 0x9e3779b1u;
	hash ^= p[0] * 0x85ebca6bu;
	hash ^= p[key.len / 2] * 0xc2b2ae35u;
	hash ^= p[key.len - 1] * 0x27d4eb2fu;
	return hash ^ (hash >> 15);
}

/* The place of `key` in the set, or TL_NONE. */
static inline uint32_t tl_keys_find(const struct tl_keys *set, struct tl_str key)
{
	if (set->count == 0)
		return TL_NONE;
	for (uint32_t at = tl_keys_hash(key);; at++) {
		uint32_t slot = set->slots[at & set->mask];
		if (slot == 0)
			return TL_NONE;
		if (tl_str_equal(set->keys[slot - 1], key))
			return slot - 1;
	}
}

#endif

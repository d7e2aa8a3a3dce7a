/* base/map.c: entries in the order of insertion, and a table of slots with linear probing over a keyed hash, so that
 * whoever chooses the keys cannot choose the collisions. Up to eight entries are simply compared. */
#include "base/map.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/auxv.h>

#define SMALL ((size_t)8)

static uint64_t rotate(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson and Bernstein), the variant that Rust and Python use for their tables. */
static uint64_t sip_hash(const uint64_t seed[2], struct tl_str key)
{
	uint64_t v[4] = { seed[0] ^ 0x736f6d6570736575u, seed[1] ^ 0x646f72616e646f6du, seed[0] ^ 0x6c7967656e657261u,
		          seed[1] ^ 0x7465646279746573u };
	uint64_t word;
	size_t at;

	for (at = 0; key.len - at >= 8; at += 8) {
		memcpy(&word, key.ptr + at, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = 0;
	if (at < key.len)
		memcpy(&word, key.ptr + at, key.len - at);
	word |= (uint64_t)key.len << 56;
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Sixteen random bytes that the kernel gave this process at its start; no order of entries depends on them. */
static void take_seed(struct tl_map *map)
{
	const void *random = (const void *)(uintptr_t)getauxval(AT_RANDOM);

	if (random)
		memcpy(map->seed, random, sizeof(map->seed));
}

void tl_map_clear(struct tl_map *map)
{
	free(map->entries);
	free(map->slots);
	*map = (struct tl_map){ 0 };
}

/* A slot holds the index of an entry plus one; 0 is free. Returns the slot of `key`, or the free one where it belongs. */
static size_t find_slot(const struct tl_map *map, struct tl_str key, uint64_t hash)
{
	size_t mask = map->n_slots - 1, at = (size_t)hash & mask;

	while (map->slots[at]) {
		const struct tl_map_entry *entry = &map->entries[map->slots[at] - 1];

		if (entry->hash == hash && tl_str_equal(entry->key, key))
			break;
		at = (at + 1) & mask;
	}
	return at;
}

static struct tl_map_entry *find_small(const struct tl_map *map, struct tl_str key)
{
	for (size_t i = 0; i < map->count; i++) {
		if (tl_str_equal(map->entries[i].key, key))
			return &map->entries[i];
	}
	return NULL;
}

struct tl_map_entry *tl_map_find(const struct tl_map *map, struct tl_str key)
{
	size_t slot;

	if (map->n_slots == 0)
		return find_small(map, key);
	slot = find_slot(map, key, sip_hash(map->seed, key));
	return map->slots[slot] ? &map->entries[map->slots[slot] - 1] : NULL;
}

/* Makes the table for at least twice the present entries and puts all of them in. */
static void rehash(struct tl_map *map)
{
	size_t n_slots = map->n_slots ? map->n_slots * 2 : 4 * SMALL;

	if (map->n_slots == 0) {
		take_seed(map);
		for (size_t i = 0; i < map->count; i++)
			map->entries[i].hash = sip_hash(map->seed, map->entries[i].key);
	}
	free(map->slots);
	map->slots = tl_alloc_zero(n_slots, sizeof(*map->slots));
	map->n_slots = n_slots;
	for (size_t i = 0; i < map->count; i++) {
		size_t at = (size_t)map->entries[i].hash & (n_slots - 1);

		while (map->slots[at])
			at = (at + 1) & (n_slots - 1);
		map->slots[at] = (uint32_t)i + 1;
	}
}

struct tl_map_entry *tl_map_put(struct tl_map *map, struct tl_str key, bool *made)
{
	struct tl_map_entry *entry = NULL;
	uint64_t hash = 0;
	size_t slot = 0;

	if (map->n_slots == 0) {
		entry = find_small(map, key);
		if (!entry && map->count == SMALL)
			rehash(map);
	} else if (map->count * 2 >= map->n_slots) {
		rehash(map);
	}
	if (!entry && map->n_slots) {
		hash = sip_hash(map->seed, key);
		slot = find_slot(map, key, hash);
		if (map->slots[slot])
			entry = &map->entries[map->slots[slot] - 1];
	}
	if (made)
		*made = !entry;
	if (entry)
		return entry;
	assert(map->count < TL_NONE - 1);
	map->entries = tl_grow(map->entries, &map->capacity, map->count + 1, sizeof(*map->entries));
	entry = &map->entries[map->count++];
	*entry = (struct tl_map_entry){ .key = key, .hash = hash };
	if (map->n_slots)
		map->slots[slot] = (uint32_t)map->count;
	return entry;
}

uint32_t tl_map_index(const struct tl_map *map, struct tl_str key)
{
	const struct tl_map_entry *entry = tl_map_find(map, key);

	return entry ? entry->value.index : TL_NONE;
}

void *tl_map_ptr(const struct tl_map *map, struct tl_str key)
{
	const struct tl_map_entry *entry = tl_map_find(map, key);

	return entry ? entry->value.ptr : NULL;
}

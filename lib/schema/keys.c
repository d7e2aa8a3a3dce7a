#include "schema/keys.h"

void tl_keys_init(struct tl_keys *set, struct tl_arena *arena, const struct tl_str *keys, uint32_t count)
{
	uint32_t slots = 4;
	while (slots < count * 4)
		slots *= 2;
	set->count = count;
	set->mask = slots - 1;
	set->keys = TL_ARENA_ARRAY(arena, struct tl_str, count);
	set->slots = TL_ARENA_ARRAY(arena, uint32_t, slots);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = tl_keys_hash(keys[i]);
		while (set->slots[at & set->mask] != 0)
			at++;
		set->keys[i] = keys[i];
		set->slots[at & set->mask] = i + 1;
	}
}

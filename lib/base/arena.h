/* base/arena.h: memory that lives as long as one document, flow or result, and is freed at once. */
#ifndef TL_BASE_ARENA_H
#define TL_BASE_ARENA_H

#include <stdarg.h>

#include "base/base.h"
#include "base/str.h"

struct tl_arena {
	struct tl_arena_block *blocks;
	size_t used; /* bytes handed out, for figures */
};

/* {0} is an empty arena too. */
void tl_arena_init(struct tl_arena *arena);
/* Frees everything that was handed out; the arena is empty and may be used again. */
void tl_arena_clear(struct tl_arena *arena);
/* The same, and everything in it is overwritten first: for secrets. */
void tl_arena_wipe(struct tl_arena *arena);

/* Zeroed, aligned for any type. Borrowed from the arena. */
void *tl_arena_alloc(struct tl_arena *arena, size_t count, size_t size);
#define TL_ARENA_NEW(arena, type) ((type *)tl_arena_alloc((arena), 1, sizeof(type)))
#define TL_ARENA_ARRAY(arena, type, count) ((type *)tl_arena_alloc((arena), (count), sizeof(type)))

/* A copy, NUL-terminated for convenience (the NUL is not counted). */
struct tl_str tl_arena_dup(struct tl_arena *arena, struct tl_str text);
struct tl_str tl_arena_printf(struct tl_arena *arena, const char *fmt, ...) TL_PRINTF(2, 3);
struct tl_str tl_arena_vprintf(struct tl_arena *arena, const char *fmt, va_list args) TL_PRINTF(2, 0);

#endif

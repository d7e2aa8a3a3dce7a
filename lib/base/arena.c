/* base/arena.c: blocks that grow from 4 KiB to 1 MiB and are handed out from front to back. */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(memory, size) ((void)(memory), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(memory, size) ((void)(memory), (void)(size))
#endif

#define FIRST_BLOCK ((size_t)4 << 10)
#define LAST_BLOCK ((size_t)1 << 20)

/* The first block in the list is the one that is being handed out. */
struct tl_arena_block {
	struct tl_arena_block *next;
	size_t size, used;
	alignas(max_align_t) char data[];
};

void tl_arena_init(struct tl_arena *arena)
{
	*arena = (struct tl_arena){ 0 };
}

void tl_arena_clear(struct tl_arena *arena)
{
	struct tl_arena_block *block = arena->blocks;

	while (block) {
		struct tl_arena_block *next = block->next;

		ASAN_UNPOISON_MEMORY_REGION(block->data, block->size);
		free(block);
		block = next;
	}
	tl_arena_init(arena);
}

void tl_arena_wipe(struct tl_arena *arena)
{
	for (struct tl_arena_block *block = arena->blocks; block; block = block->next) {
		ASAN_UNPOISON_MEMORY_REGION(block->data, block->size);
		explicit_bzero(block->data, block->size);
	}
	tl_arena_clear(arena);
}

static struct tl_arena_block *new_block(size_t size)
{
	struct tl_arena_block *block = tl_alloc_zero(1, sizeof(*block) + size);

	block->size = size;
	ASAN_POISON_MEMORY_REGION(block->data, size);
	return block;
}

/* A block with room for `size` bytes: the present one is left behind where less than a quarter of the next size is asked
 * for; larger pieces get a block of their own, behind the present one, so that its rest stays in use. */
static struct tl_arena_block *block_for(struct tl_arena *arena, size_t size)
{
	struct tl_arena_block *head = arena->blocks, *block;
	size_t next = FIRST_BLOCK;

	if (head)
		next = head->size >= LAST_BLOCK / 2 ? LAST_BLOCK : head->size * 2;
	if (head && size > next / 4) {
		block = new_block(size);
		block->next = head->next;
		head->next = block;
		return block;
	}
	block = new_block(size > next ? size : next);
	block->next = head;
	arena->blocks = block;
	return block;
}

void *tl_arena_alloc(struct tl_arena *arena, size_t count, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct tl_arena_block *block = arena->blocks;
	size_t wanted;
	char *memory;

	/* Far above what any cap lets through: more is a bug, and would overflow the sums below. */
	if (size && count > (SIZE_MAX >> 2) / size)
		return tl_alloc_zero(count, size);
	wanted = count * size;
	arena->used += wanted;
	wanted = wanted ? (wanted + align - 1) & ~(align - 1) : align;
	if (!block || wanted > block->size - block->used)
		block = block_for(arena, wanted);
	memory = block->data + block->used;
	block->used += wanted;
	ASAN_UNPOISON_MEMORY_REGION(memory, count * size);
	return memory;
}

struct tl_str tl_arena_dup(struct tl_arena *arena, struct tl_str text)
{
	char *copy = tl_arena_alloc(arena, text.len + 1, 1);

	if (text.len)
		memcpy(copy, text.ptr, text.len);
	return (struct tl_str){ copy, text.len };
}

struct tl_str tl_arena_printf(struct tl_arena *arena, const char *fmt, ...)
{
	struct tl_str text;
	va_list args;

	va_start(args, fmt);
	text = tl_arena_vprintf(arena, fmt, args);
	va_end(args);
	return text;
}

struct tl_str tl_arena_vprintf(struct tl_arena *arena, const char *fmt, va_list args)
{
	char small[256], *text;
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(small, sizeof(small), fmt, args);
	assert(len >= 0);
	text = tl_arena_alloc(arena, (size_t)len + 1, 1);
	if ((size_t)len < sizeof(small))
		memcpy(text, small, (size_t)len);
	else
		vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	return (struct tl_str){ text, (size_t)len };
}

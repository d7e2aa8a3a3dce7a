/* base/base.c: allocation that never returns NULL. */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

/* The one piece of state of the process: what to do when memory runs out. Set once, before any thread starts. */
static tl_oom_handler *oom_handler;

void tl_set_oom_handler(tl_oom_handler *handler)
{
	oom_handler = handler;
}

/* Never returns: a handler that does is a bug of its command. */
static _Noreturn void out_of_memory(size_t wanted)
{
	if (oom_handler)
		oom_handler(wanted);
	abort();
}

void *tl_alloc(size_t size)
{
	void *memory = malloc(size ? size : 1);

	if (!memory)
		out_of_memory(size);
	return memory;
}

void *tl_alloc_zero(size_t count, size_t size)
{
	void *memory;

	if (count == 0 || size == 0)
		count = size = 1;
	memory = calloc(count, size);
	if (!memory)
		out_of_memory(count > SIZE_MAX / size ? SIZE_MAX : count * size);
	return memory;
}

void *tl_realloc_array(void *old, size_t count, size_t size)
{
	void *memory;

	if (count == 0 || size == 0)
		count = size = 1;
	if (count > SIZE_MAX / size)
		out_of_memory(SIZE_MAX);
	memory = realloc(old, count * size);
	if (!memory)
		out_of_memory(count * size);
	return memory;
}

char *tl_strdup(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(tl_alloc(size), text, size);
}

void *tl_grow(void *array, size_t *capacity, size_t wanted, size_t size)
{
	size_t next = *capacity;

	if (wanted <= next)
		return array;
	if (next < 8)
		next = 8;
	while (next < wanted)
		next = next > SIZE_MAX / 2 ? wanted : next * 2;
	array = tl_realloc_array(array, next, size);
	*capacity = next;
	return array;
}

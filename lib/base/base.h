/* base/base.h: attributes, integer helpers and allocation that every room uses. */
#ifndef TL_BASE_BASE_H
#define TL_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define TL_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An index that points at nothing. */
#define TL_NONE UINT32_MAX

/* What happens when memory runs out: every buffer that the outside feeds has a cap, so it is a bug or a dying
 * machine. The handler must not return; commands set one that says so and exits 3. Default: abort. */
typedef void tl_oom_handler(size_t wanted);
void tl_set_oom_handler(tl_oom_handler *handler);

/* Allocate, or call the handler. Sizes are checked for overflow. Free with free(). */
void *tl_alloc(size_t size);
void *tl_alloc_zero(size_t count, size_t size);
void *tl_realloc_array(void *old, size_t count, size_t size);
char *tl_strdup(const char *text);

/* Makes room in a growing array: returns `array` (perhaps moved) with space for at least `wanted` elements of
 * `size` bytes, doubling *capacity. Owned by the caller, free() it. */
void *tl_grow(void *array, size_t *capacity, size_t wanted, size_t size);

#endif

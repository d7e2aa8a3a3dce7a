/* base/symbol.h: the functions of a library that is loaded at first use. */
#ifndef TL_BASE_SYMBOL_H
#define TL_BASE_SYMBOL_H

#include <stddef.h>

/* One row a function: where its pointer lies in a struct of them. */
struct tl_symbol {
	const char *name;
	size_t offset;
};

/* Fills the pointers of `out` from `library`, which dlopen() gave. NULL, or the name of the first function that it does not have. */
const char *tl_symbols_find(void *out, void *library, const struct tl_symbol *table, size_t count);

#endif

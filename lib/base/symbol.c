/* base/symbol.c: functions by name. */
#include "base/symbol.h"

#include <dlfcn.h>
#include <string.h>

const char *tl_symbols_find(void *out, void *library, const struct tl_symbol *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		void *symbol = dlsym(library, table[i].name);

		if (!symbol)
			return table[i].name;
		memcpy((char *)out + table[i].offset, &symbol, sizeof(symbol));
	}
	return NULL;
}

/* store/libpq.c: the functions of libpq.so.5 by name. */
#include "store/libpq.h"

#include <dlfcn.h>

#include "base/symbol.h"

static const struct tl_symbol function_table[] = {
#define TL_LIBPQ_ROW(name) { "PQ" #name, offsetof(struct tl_libpq, name) },
	TL_LIBPQ_FUNCTIONS(TL_LIBPQ_ROW)
#undef TL_LIBPQ_ROW
};

int tl_libpq_load(struct tl_libpq *out, struct tl_error *err)
{
	void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
	const char *lacking;

	if (!library)
		return tl_error_set(err, TL_UNSUPPORTED, "a PostgreSQL database needs its library libpq.so.5, which is not here (Debian: apt-get install libpq5): %s",
		                    dlerror());
	lacking = tl_symbols_find(out, library, function_table, TL_COUNT(function_table));
	if (lacking)
		return tl_error_set(err, TL_UNSUPPORTED, "libpq.so.5 lacks %s: a newer PostgreSQL client library is needed", lacking);
	return 0;
}

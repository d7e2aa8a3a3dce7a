/* store/libpq.c: the functions of libpq.so.5 by name. */
#include "store/libpq.h"

#include <dlfcn.h>
#include <string.h>

static const struct {
	const char *name;
	size_t offset;
} function_table[] = {
#define TL_LIBPQ_ROW(name) { "PQ" #name, offsetof(struct tl_libpq, name) },
	TL_LIBPQ_FUNCTIONS(TL_LIBPQ_ROW)
#undef TL_LIBPQ_ROW
};

int tl_libpq_load(struct tl_libpq *out, struct tl_error *err)
{
	void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
	void *function;

	if (!library)
		return tl_error_set(err, TL_UNSUPPORTED, "a PostgreSQL database needs its library libpq.so.5, which is not here (Debian: apt-get install libpq5): %s",
		                    dlerror());
	for (size_t i = 0; i < TL_COUNT(function_table); i++) {
		function = dlsym(library, function_table[i].name);
		if (!function)
			return tl_error_set(err, TL_UNSUPPORTED, "libpq.so.5 lacks %s: a newer PostgreSQL client library is needed", function_table[i].name);
		memcpy((char *)out + function_table[i].offset, &function, sizeof(function));
	}
	return 0;
}

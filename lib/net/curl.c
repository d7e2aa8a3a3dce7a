/* net/curl.c: libcurl by dlopen: a command that makes no request does not pay for it and its thirty libraries. */
#include "net/curl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/symbol.h"

#define LIBRARY "libcurl.so.4"
/* 7.87.0: CURLOPT_QUICK_EXIT */
#define OLDEST 0x075700

/* Written once, below pthread_once(); constant afterwards. */
static pthread_once_t load_once = PTHREAD_ONCE_INIT;
static struct tl_curl loaded;
static struct tl_error load_failure;

static const struct tl_symbol symbol_table[] = {
#define SYMBOL(function) { "curl_" #function, offsetof(struct tl_curl, function) },
	TL_CURL_FUNCTIONS(SYMBOL)
#undef SYMBOL
};

static int find_symbols(void *library)
{
	const char *lacking = tl_symbols_find(&loaded, library, symbol_table, TL_COUNT(symbol_table));

	return lacking ? tl_error_set(&load_failure, TL_UNSUPPORTED, "%s has no %s: it is too old", LIBRARY, lacking) : 0;
}

void tl_curl_prepare(void)
{
	/* With it libcurl would write the keys of every connection into a file. */
	unsetenv("SSLKEYLOGFILE");
}

static void load(void)
{
	void *library;
	CURLcode code;

	tl_curl_prepare();
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		tl_error_set(&load_failure, TL_UNSUPPORTED, "requests need libcurl, which cannot be loaded (Debian package libcurl4): %s", dlerror());
		return;
	}
	if (find_symbols(library) != 0)
		return;
	code = loaded.global_init(CURL_GLOBAL_DEFAULT);
	if (code != CURLE_OK) {
		tl_error_set(&load_failure, TL_UNSUPPORTED, "libcurl cannot be started: %s", loaded.easy_strerror(code));
		return;
	}
	loaded.info = loaded.version_info(CURLVERSION_NOW);
	if (loaded.info->version_num < OLDEST || !(loaded.info->features & CURL_VERSION_SSL))
		tl_error_set(&load_failure, TL_UNSUPPORTED, "libcurl %s is too old or speaks no TLS: 7.87.0 is the oldest that will do", loaded.info->version);
}

int tl_curl_load(const struct tl_curl **out, struct tl_error *err)
{
	pthread_once(&load_once, load);
	*out = NULL;
	if (load_failure.code != TL_OK)
		return tl_error_set(err, load_failure.code, "%s", load_failure.message);
	*out = &loaded;
	return 0;
}

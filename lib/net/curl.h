/* net/curl.h: libcurl, loaded at first use. The room's own. */
#ifndef TL_NET_CURL_H
#define TL_NET_CURL_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/error.h"

/* The functions that are used, each with the type that libcurl's header gives it. */
#define TL_CURL_FUNCTIONS(X) \
	X(easy_cleanup) \
	X(easy_getinfo) \
	X(easy_init) \
	X(easy_setopt) \
	X(easy_strerror) \
	X(global_init) \
	X(multi_add_handle) \
	X(multi_cleanup) \
	X(multi_info_read) \
	X(multi_init) \
	X(multi_perform) \
	X(multi_poll) \
	X(multi_remove_handle) \
	X(multi_setopt) \
	X(multi_strerror) \
	X(multi_wakeup) \
	X(slist_append) \
	X(slist_free_all) \
	X(version_info)

struct tl_curl {
#define TL_CURL_MEMBER(name) __typeof__(&curl_##name) name;
	TL_CURL_FUNCTIONS(TL_CURL_MEMBER)
#undef TL_CURL_MEMBER
	const curl_version_info_data *info;
};

/* What the process environment must not say to libcurl is taken out of it: for the main thread, before others load the library while it reads there. */
void tl_curl_prepare(void);
/* The library, loaded and started once in a process; it stays. TL_UNSUPPORTED where it is not installed or too old, with the package's name. Any thread. */
int tl_curl_load(const struct tl_curl **out, struct tl_error *err);

#endif

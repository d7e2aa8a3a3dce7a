/* net/nats.c: libnats by dlopen: who takes no work from a queue does not need it. */
#include "net/nats.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "base/symbol.h"

/* Its ABI follows the minor version: the one of the header is loaded. */
#define TEXT(number) #number
#define LIBRARY_OF(major, minor) "libnats.so." TEXT(major) "." TEXT(minor)
#define LIBRARY LIBRARY_OF(NATS_VERSION_MAJOR, NATS_VERSION_MINOR)
#define PACKAGE_OF(major, minor) "libnats" TEXT(major) "." TEXT(minor)
#define PACKAGE PACKAGE_OF(NATS_VERSION_MAJOR, NATS_VERSION_MINOR)

/* Written once, below pthread_once(); constant afterwards. */
static pthread_once_t load_once = PTHREAD_ONCE_INIT;
static struct tl_nats loaded;
static struct tl_error load_failure;

static const struct tl_symbol symbol_table[] = {
#define SYMBOL(name, function) { #function, offsetof(struct tl_nats, name) },
	TL_NATS_FUNCTIONS(SYMBOL)
#undef SYMBOL
};

static int find_symbols(void *library)
{
	const char *lacking = tl_symbols_find(&loaded, library, symbol_table, TL_COUNT(symbol_table));

	return lacking ? tl_error_set(&load_failure, TL_UNSUPPORTED, "%s has no %s: it is too old", LIBRARY, lacking) : 0;
}

/* Starting it makes threads, which inherit the signals that are blocked: the process' own threads decide what an interrupt means. */
static void load(void)
{
	sigset_t all, old;
	natsStatus status;
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		tl_error_set(&load_failure, TL_UNSUPPORTED, "a queue on NATS needs libnats, which cannot be loaded (Debian package %s): %s", PACKAGE, dlerror());
		return;
	}
	if (find_symbols(library) != 0)
		return;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	status = loaded.open(-1);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (status != NATS_OK)
		tl_error_set(&load_failure, TL_UNSUPPORTED, "libnats cannot be started: %s", loaded.status_text(status));
}

int tl_nats_load(const struct tl_nats **out, struct tl_error *err)
{
	pthread_once(&load_once, load);
	*out = NULL;
	if (load_failure.code != TL_OK)
		return tl_error_set(err, load_failure.code, "%s", load_failure.message);
	*out = &loaded;
	return 0;
}

const char *tl_nats_why(const struct tl_nats *nats, natsStatus status)
{
	const char *text = nats->last_error(NULL), *end = text && *text == '(' ? strstr(text, "): ") : NULL;

	if (end)
		text = end + 3;
	return text && *text ? text : nats->status_text(status);
}

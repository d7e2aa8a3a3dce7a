/* base/error.h: why something could not be done. One type, owned by the caller, wrapped with context on the way up. */
#ifndef TL_BASE_ERROR_H
#define TL_BASE_ERROR_H

#include "base/base.h"

/* One code for each decision that a caller can take. */
enum tl_code {
	TL_OK = 0,
	TL_USAGE,       /* what was asked, or a configuration, suite or plan file, cannot be used: exit 2 */
	TL_IO,          /* a file, a database or the system failed: exit 3 */
	TL_NOT_FOUND,   /* the thing named does not exist: exit 2 or 3, as the caller sees it */
	TL_LIMIT,       /* a limit was passed; the message names it */
	TL_CONFLICT,    /* somebody else changed it: exit 4 */
	TL_REFUSED,     /* the platform said no: exit 3 */
	TL_TIMED_OUT,   /* exit 3 */
	TL_INTERRUPTED, /* by a signal: exit 130 or 143 */
	TL_UNSUPPORTED, /* this platform, dialect or repository cannot do that: exit 2 */
	TL_LOST,        /* whether a write took effect is not known: exit 3 */
};

struct tl_error {
	enum tl_code code;
	char message[2048]; /* lower case, no full stop, NUL-terminated, cut at the end where too long */
};

/* Sets code and message; returns -1, so that a caller can `return tl_error_set(...)`. `err` may be NULL. */
int tl_error_set(struct tl_error *err, enum tl_code code, const char *fmt, ...) TL_PRINTF(3, 4);
/* As above with ": strerror(errno_value)" after the message; code TL_NOT_FOUND for ENOENT, else TL_IO. */
int tl_error_errno(struct tl_error *err, int errno_value, const char *fmt, ...) TL_PRINTF(3, 4);
/* Puts "context: " before the message and keeps the code; returns -1. */
int tl_error_wrap(struct tl_error *err, const char *fmt, ...) TL_PRINTF(2, 3);
/* The exit code that a command ends with for this code, where it knows no better: what is not there and what passes a limit is
 * a file or a name that cannot be used (2), an interruption is 130. */
int tl_error_exit(enum tl_code code);

#endif

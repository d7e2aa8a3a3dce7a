/* base/error.c: why something could not be done. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* Room for a context and a whole message, before both are cut to what an error holds. */
#define WORK_SIZE (2 * sizeof(((struct tl_error *)0)->message))

static void store(struct tl_error *err, const char *text)
{
	struct tl_str cut = tl_str_cut(tl_str(text), sizeof(err->message) - 1);

	memcpy(err->message, cut.ptr, cut.len);
	err->message[cut.len] = '\0';
}

int tl_error_set(struct tl_error *err, enum tl_code code, const char *fmt, ...)
{
	char work[WORK_SIZE];
	va_list args;

	if (!err)
		return -1;
	/* By way of `work`: an argument may well be the old message. */
	va_start(args, fmt);
	vsnprintf(work, sizeof(work), fmt, args);
	va_end(args);
	err->code = code;
	store(err, work);
	return -1;
}

int tl_error_errno(struct tl_error *err, int errno_value, const char *fmt, ...)
{
	char work[WORK_SIZE / 2];
	va_list args;

	if (!err)
		return -1;
	va_start(args, fmt);
	vsnprintf(work, sizeof(work), fmt, args);
	va_end(args);
	return tl_error_set(err, errno_value == ENOENT ? TL_NOT_FOUND : TL_IO, "%s: %s", work,
	                    strerrordesc_np(errno_value) ? strerrordesc_np(errno_value) : "unknown error");
}

int tl_error_wrap(struct tl_error *err, const char *fmt, ...)
{
	char work[WORK_SIZE / 2];
	va_list args;

	if (!err)
		return -1;
	va_start(args, fmt);
	vsnprintf(work, sizeof(work), fmt, args);
	va_end(args);
	return tl_error_set(err, err->code, "%s: %s", work, err->message);
}

int tl_error_exit(enum tl_code code)
{
	switch (code) {
	case TL_OK:
		return 0;
	case TL_USAGE:
	case TL_NOT_FOUND:
	case TL_LIMIT:
	case TL_UNSUPPORTED:
		return 2;
	case TL_CONFLICT:
		return 4;
	case TL_INTERRUPTED:
		return 130;
	case TL_IO:
	case TL_REFUSED:
	case TL_TIMED_OUT:
	case TL_LOST:
		break;
	}
	return 3;
}

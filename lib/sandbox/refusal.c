/* sandbox/refusal.c: a status, a code and a sentence. */
#include "sandbox/refusal.h"

#include <stdarg.h>
#include <stdio.h>

int tl_refuse(struct tl_refusal *refusal, int status, const char *code, const char *fmt, ...)
{
	va_list args;

	refusal->status = status;
	refusal->code = code;
	va_start(args, fmt);
	vsnprintf(refusal->message, sizeof(refusal->message), fmt, args);
	va_end(args);
	return status;
}

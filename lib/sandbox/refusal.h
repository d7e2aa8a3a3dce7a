/* sandbox/refusal.h: why a request is not done, as a platform says it. */
#ifndef TL_SANDBOX_REFUSAL_H
#define TL_SANDBOX_REFUSAL_H

#include "base/base.h"

struct tl_refusal {
	int status;       /* HTTP */
	const char *code; /* "bad.request", static */
	char message[512];
};

/* Fills it in and returns `status`, so that a caller can `return tl_refuse(…)`. */
int tl_refuse(struct tl_refusal *refusal, int status, const char *code, const char *fmt, ...) TL_PRINTF(4, 5);

#endif

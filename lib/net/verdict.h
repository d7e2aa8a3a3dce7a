/* net/verdict.h: what one attempt at a request of the API came to. The room's own. */
#ifndef TL_NET_VERDICT_H
#define TL_NET_VERDICT_H

#include "net/client.h"

enum tl_verdict {
	TL_VERDICT_DONE,    /* an answer for the caller */
	TL_VERDICT_FAILED,  /* the error for the caller */
	TL_VERDICT_AGAIN,   /* the error, unless another attempt fares better */
	TL_VERDICT_AT_ONCE, /* another attempt, without a wait */
};

struct tl_judged {
	const struct tl_api_request *request;
	const struct tl_http_answer *answer;
	struct tl_arena *arena; /* for texts */
	bool maybe;             /* out: the server may have done what it was asked for */
};

/* Of a whole answer. */
enum tl_verdict tl_verdict_of_answer(struct tl_judged *judged, struct tl_error *err);
/* Of none: `err` says why. */
enum tl_verdict tl_verdict_of_failure(struct tl_judged *judged, const struct tl_error *err);

#endif

/* net/signature.h: whether a request was signed by somebody who has the secret: HTTP Message Signatures (draft-ietf-httpbis-message-signatures-11) with hmac-sha256, as AudioHook
 * clients send them. */
#ifndef TL_NET_SIGNATURE_H
#define TL_NET_SIGNATURE_H

#include "base/arena.h"
#include "base/str.h"

/* A request as it came. */
struct tl_signed {
	struct tl_str target;        /* of the request line: the path as it was sent, with its query */
	struct tl_str (*header)(void *data, const char *name); /* by its name in lower case; no pointer: not there */
	void *data;
};

struct tl_signature_rules {
	struct tl_str key_id;        /* what `keyid` must be */
	struct tl_str key;           /* the secret's bytes */
	const char *const *required; /* components that must be covered, ends with NULL */
	int64_t now_s;               /* since 1970 */
	int64_t max_age_s;           /* since `created`, which must be there */
	int64_t skew_s;              /* how far the clocks may be apart */
	size_t nonce_letters;        /* at least */
};

enum tl_signature_verdict {
	TL_SIGNATURE_GOOD,
	TL_SIGNATURE_MISSING, /* the request is not signed */
	TL_SIGNATURE_BAD,     /* malformed, not of this key, or covers too little */
	TL_SIGNATURE_DIFFERS, /* it does not match */
	TL_SIGNATURE_EXPIRED, /* too old, or of the future */
};

/* *nonce: that of a good signature, in `arena`: whoever asks sees to it that none is taken twice. *why in words without any of the request's text, or NULL. Time
 * depends on the secret in no way. */
enum tl_signature_verdict tl_signature_check(struct tl_str *nonce, const char **why, struct tl_arena *arena, const struct tl_signed *request,
                                             const struct tl_signature_rules *rules);

#endif

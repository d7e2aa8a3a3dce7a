/* net/login.h: asking a login server for a token. The room's own. */
#ifndef TL_NET_LOGIN_H
#define TL_NET_LOGIN_H

#include "net/client.h"

/* Where to ask, and what was learned of it. */
struct tl_login {
	const struct tl_client_config *config;
	struct tl_str address;   /* without '/' at its end */
	bool basic;              /* it wants id and secret as HTTP Basic, not in the form */
	bool met;                /* it answered before */
	bool denied;             /* its last answer was a no that asking again would not change */
	_Atomic uint64_t requests;
};

/* What it gave. */
struct tl_grant {
	struct tl_str token, scopes;
	int64_t life_ms;
};

/* Asks, again where that may help, until the deadline of the monotonic clock. Everything in `arena`, which the caller wipes. TL_REFUSED where id, secret or
 * scopes are not accepted or no token comes of it, TL_IO, TL_TIMED_OUT, TL_INTERRUPTED; or what reading the secrets says. */
int tl_login_ask(struct tl_grant *out, struct tl_arena *arena, struct tl_login *login, int64_t deadline_ms, struct tl_error *err);

#endif

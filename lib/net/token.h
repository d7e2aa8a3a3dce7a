/* net/token.h: one OAuth token for all threads (client credentials, RFC 6749 4.4): asked for once, renewed once, in memory alone. The room's own. */
#ifndef TL_NET_TOKEN_H
#define TL_NET_TOKEN_H

#include "net/client.h"

struct tl_token;

/* `config` is borrowed until the free. */
struct tl_token *tl_token_new(const struct tl_client_config *config, struct tl_str login);
/* Overwrites it. NULL is fine. */
void tl_token_free(struct tl_token *token);
/* Appends the token to `out`; asks for one where there is none, or it ends soon. One thread asks, the others wait for its answer or take its error:
 * TL_REFUSED (client id or secret, scope), TL_TIMED_OUT, TL_IO, TL_INTERRUPTED. */
int tl_token_get(struct tl_buf *out, struct tl_token *token, int64_t deadline_ms, struct tl_error *err);
/* The API did not take this one: it is forgotten, unless another one is there already. */
void tl_token_drop(struct tl_token *token, struct tl_str used);
/* The scopes of the present token; empty where there is none. */
struct tl_str tl_token_scopes(struct tl_arena *arena, struct tl_token *token);
/* How many tokens were asked for. */
uint64_t tl_token_requests(struct tl_token *token);

#endif

/* sandbox/answer.h: for parts that are made of plain functions: their refusals as answers, and as what is wrong with a seed. */
#ifndef TL_SANDBOX_ANSWER_H
#define TL_SANDBOX_ANSWER_H

#include "sandbox/refusal.h"
#include "sandbox/route.h"

/* Answers with it. */
void tl_route_refused(struct tl_routed *call, const struct tl_refusal *refusal);
/* How something ended that was asked for, 200 or what `refusal` says: 204, or the refusal. */
void tl_route_done(struct tl_routed *call, int status, const struct tl_refusal *refusal);
/* The same of a question: 200 with JSON text that is made already, or the refusal. */
void tl_route_told(struct tl_routed *call, int status, struct tl_str json, const struct tl_refusal *refusal);
/* Whether a list of entity tags (RFC 9110, 13.1.1), without "*", holds that one. */
bool tl_etag_listed(struct tl_str if_match, struct tl_str etag);
/* Answers 200 with JSON text that is made already. */
void tl_route_text(struct tl_routed *call, int status, struct tl_str json);
/* Hands each member of a seed's list to `put`, which answers 200 or fills in a refusal. */
int tl_seed_each(const struct tl_item *list, void *state, int (*put)(void *state, struct tl_refusal *refusal, const struct tl_item *item),
                 struct tl_error *err);
/* A copy of a tree that is the caller's own; NULL where `item` is NULL. */
struct tl_doc *tl_seed_copy(const struct tl_item *item);

#endif

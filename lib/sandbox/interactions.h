/* sandbox/interactions.h: interactions in progress, with attributes that change only on top of the state that the writer saw. In memory. */
#ifndef TL_SANDBOX_INTERACTIONS_H
#define TL_SANDBOX_INTERACTIONS_H

#include "doc/json.h"
#include "sandbox/refusal.h"

/* What all customAttributes of one interaction may take as JSON, in bytes. */
#define TL_INTERACTION_LIMIT 65536u
/* What the history of one takes, in bytes. */
#define TL_INTERACTION_HISTORY ((size_t)256 << 10)

struct tl_interactions;

struct tl_interaction_answer {
	struct tl_buf body;   /* the whole interaction, its `etag` too; the caller's */
	char etag[32];        /* for the header, quotes included */
	bool etag_in_header;  /* false: the seed wants it in the body alone */
};

struct tl_interactions *tl_interactions_new(void);
void tl_interactions_free(struct tl_interactions *interactions); /* NULL is fine */
/* Adds or replaces one: {id, customAttributes {}, …}; whatever else is there is kept and shown. `etagIn: body` leaves the ETag header out. 200, or 422. */
int tl_interactions_put(struct tl_interactions *interactions, struct tl_refusal *refusal, const struct tl_item *interaction);
/* 200 or 404. */
int tl_interactions_get(struct tl_interaction_answer *out, struct tl_refusal *refusal, struct tl_interactions *interactions, struct tl_str id);
/* What was written to it, oldest first: {id, revision, history: [{etag, flowNode, ifMatch, lastUpdated}]}, each by the state that it left and the one that it was made on (null: by
 * the seed or the admin route); flowNode and lastUpdated are the attributes of those names, or null. What is beyond TL_INTERACTION_HISTORY bytes is not kept: `revision` says how many
 * there were. 200 or 404. Adds to `out`. */
int tl_interactions_history(struct tl_buf *out, struct tl_refusal *refusal, struct tl_interactions *interactions, struct tl_str id);
/* Merges `body`'s customAttributes, member by member; null takes one away. 200; 404; 428 without a state named by `if_match` ("*" names none); 409 where that is not the
 * present one; 422 for a body that is anything else than {customAttributes: {…}} (NULL: no JSON), or where the result would pass the limit. */
int tl_interactions_patch(struct tl_interaction_answer *out, struct tl_refusal *refusal, struct tl_interactions *interactions, struct tl_str id,
                          struct tl_str if_match, const struct tl_item *body);

#endif

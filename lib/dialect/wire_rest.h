/* dialect/wire_rest.h: what a document holds beyond what is written of its model: so that a flow of the platform is written back without loss, and
 * an edit to any field, known or not, shows in the canonical form. */
#ifndef TL_DIALECT_WIRE_REST_H
#define TL_DIALECT_WIRE_REST_H

#include "doc/tree.h"

/* The rest that, laid over `written`, gives `document`; NULL where the two are equal. A map of what is other, by key; `@absent` lists the keys that the
 * document does not have; where lists are equally long, `@items` is a map of what is other by index. Keys of the document that begin with '@' have one more.
 * Deep copy into `arena`. */
struct tl_item *tl_rest_of(struct tl_arena *arena, const struct tl_item *document, const struct tl_item *written);
/* `written` with the rest (NULL: none) laid over it. Shares what it can. */
struct tl_item *tl_rest_over(struct tl_arena *arena, const struct tl_item *written, const struct tl_item *rest);
/* What stands first in a rest, for a message: "'note'", or "a missing 'channel'". In `arena`. */
struct tl_str tl_rest_first(struct tl_arena *arena, const struct tl_item *rest);

#endif

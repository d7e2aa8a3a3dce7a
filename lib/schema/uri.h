/* schema/uri.h: references resolved against a base (RFC 3986, section 5), as "$id" and "$ref" need it. */
#ifndef TL_SCHEMA_URI_H
#define TL_SCHEMA_URI_H

#include "base/arena.h"

/* The absolute form of `reference` seen from `base` (which may be empty: then the reference itself). In `arena`. */
struct tl_str tl_uri_resolve(struct tl_arena *arena, struct tl_str base, struct tl_str reference);
/* Cuts at the first '#': the part before it, and the part behind it (empty where there is none). Views of `uri`. */
void tl_uri_split(struct tl_str uri, struct tl_str *document, struct tl_str *fragment);

#endif

/* base/base64.h: base64 (RFC 4648, 4). */
#ifndef TL_BASE_BASE64_H
#define TL_BASE_BASE64_H

#include "base/arena.h"
#include "base/str.h"

/* With padding; in `arena`. */
struct tl_str tl_base64_encode(struct tl_arena *arena, struct tl_str bytes);
/* False where `text` holds anything else, or its padding is wrong (missing padding is). *out is in `arena`. */
bool tl_base64_decode(struct tl_str *out, struct tl_arena *arena, struct tl_str text);

#endif

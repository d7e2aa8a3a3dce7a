/* project/region.h: the vendors' regions: from a name to the addresses of login and API. Private to the room. */
#ifndef TL_PROJECT_REGION_H
#define TL_PROJECT_REGION_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* Both addresses in `arena`. TL_USAGE for a region that the platform does not have, with the nearest or all of them. */
int tl_region_addresses(struct tl_str *login, struct tl_str *api, struct tl_arena *arena, struct tl_str platform, struct tl_str region,
                        struct tl_error *err);

#endif

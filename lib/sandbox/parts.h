/* sandbox/parts.h: the parts of this room, for its table. */
#ifndef TL_SANDBOX_PARTS_H
#define TL_SANDBOX_PARTS_H

#include "sandbox/route.h"

extern const struct tl_part tl_part_admin;
extern const struct tl_part tl_part_flows;
extern const struct tl_part tl_part_oauth;
extern const struct tl_part tl_part_roles;

#endif

/* platform/drivers.h: the drivers of this room. A new one is a file with its struct and a line in platform.c's table. */
#ifndef TL_PLATFORM_DRIVERS_H
#define TL_PLATFORM_DRIVERS_H

#include "platform/platform.h"

extern const struct tl_driver tl_driver_local;
extern const struct tl_driver tl_driver_genesys;
extern const struct tl_driver tl_driver_cxone;
extern const struct tl_driver tl_driver_architect;

#endif

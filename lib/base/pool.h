/* base/pool.h: the same work on many things by several threads. */
#ifndef TL_BASE_POOL_H
#define TL_BASE_POOL_H

#include "base/base.h"

/* Calls work(data, worker, i) once for each i in [0, count), on up to `workers` threads (0 or 1: on the caller's own).
 * `worker` is below `workers` and never runs twice at once. A work function that returns non-zero keeps further things from
 * being started; that value (of the lowest i that failed) is returned, else 0. */
int tl_pool_run(unsigned workers, size_t count, int (*work)(void *data, unsigned worker, size_t i), void *data);

#endif

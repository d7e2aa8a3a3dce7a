/* platform/cxone.h: what the files of the driver `cxone` share. Its state is that of `genesys`: one client, one way to ask. */
#ifndef TL_PLATFORM_CXONE_H
#define TL_PLATFORM_CXONE_H

#include "platform/genesys.h"

#define TL_CXONE_SIMULATOR "/api/v2/flow/simulator"
/* A job is asked for after so long, then after twice as long each time, up to the most. */
#define TL_CXONE_POLL_MS 1000
#define TL_CXONE_POLL_MOST_MS 15000
/* For a job, where nobody says how long. */
#define TL_CXONE_WAIT_MS 300000

extern const struct tl_simulation_limits tl_cxone_limits;

/* Begins a job, or takes up request->job, and waits for its end. TL_TIMED_OUT where it has not come by then: the job stays on the platform. A call that failed there
 * is an answer. */
int tl_cxone_simulate(struct tl_remote_run *out, struct tl_arena *arena, void *state, const struct tl_remote_run_request *request,
                      struct tl_error *err);
/* Where a job's result is asked for: `result_url` where it lies on the API's own origin and the API begins at its root, else by the job's id. In `arena`. */
struct tl_str tl_cxone_result_path(struct tl_arena *arena, struct tl_str api, struct tl_str result_url, struct tl_str id);

#endif

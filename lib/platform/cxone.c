/* platform/cxone.c: the driver for NICE CXone's flow simulator, as the platform documents describe it: flows are read as from any platform of the `genesys`
 * contract, calls are jobs (cxone_run.c), and nothing is written. */
#include "platform/cxone.h"
#include "platform/drivers.h"

#define UNPUBLISHED "nothing is published to NICE CXone: 'flow-simulate --remote' runs calls of the flows that it has"

const struct tl_simulation_limits tl_cxone_limits = { .inputs = 50, .variables = 100, .media = 10, .longest = 200, .keys_alone = true };

static int cxone_create(struct tl_remote *out, struct tl_arena *arena, void *state, const struct tl_put *put, struct tl_error *err)
{
	(void)out, (void)arena, (void)state, (void)put;
	return tl_error_set(err, TL_UNSUPPORTED, "%s", UNPUBLISHED);
}

static int cxone_put(struct tl_remote *out, struct tl_arena *arena, void *state, struct tl_str id, const struct tl_put *put, struct tl_error *err)
{
	(void)id;
	return cxone_create(out, arena, state, put, err);
}

const struct tl_driver tl_driver_cxone = {
	.name = "cxone",
	.can = TL_CAN_SIMULATE | TL_CAN_EXPORT | TL_CAN_PARALLEL | TL_CAN_RESUME,
	.dialects = 1u << TL_DIALECT_NATIVE | 1u << TL_DIALECT_WIRE,
	.open = tl_genesys_open,
	.close = tl_genesys_close,
	.list = tl_genesys_list,
	.get = tl_genesys_flow_get,
	.version = tl_genesys_flow_version,
	.versions = tl_genesys_versions,
	.create = cxone_create,
	.put = cxone_put,
	.simulate = tl_cxone_simulate,
	.counts = tl_genesys_counts,
	.limits = &tl_cxone_limits,
	.unpublished = UNPUBLISHED,
};

/* sandbox/part.c: the parts of the platform. A new one is a file with its struct and a line here. */
#include "sandbox/parts.h"

const struct tl_part *const tl_part_table[] = {
	&tl_part_oauth,
	&tl_part_flows,
	&tl_part_roles,
	&tl_part_simulate,
	&tl_part_simulator,
	&tl_part_interactions,
	&tl_part_profiles,
	&tl_part_phone,
	&tl_part_callers,
	&tl_part_sinks,
	&tl_part_admin,
	&tl_part_vendor,
	&tl_part_vendor_admin,
	&tl_part_vendor_people,
	&tl_part_vendor_lists,
	&tl_part_vendor_actions,
	&tl_part_vendor_jobs,
	&tl_part_vendor_export,
	&tl_part_vendor_depend,
	&tl_part_vendor_run,
	&tl_part_vendor_notify,
	&tl_part_vendor_record,
	/* Last, as its "/api/v2/flows/{id}" would take "/api/v2/flows/datatables" for an id. */
	&tl_part_vendor_flows,
};
const size_t tl_part_count = TL_COUNT(tl_part_table);

/* platform/reading.c: Architect YAML to a model, as it was sent. */
#include "platform/reading.h"

#include "dialect/dialect.h"

struct tl_flow *tl_reading_architect(struct tl_str yaml, struct tl_findings *findings)
{
	struct tl_map nothing = { 0 };
	struct tl_lower lower = { .values = &nothing, .has_environment = true, .limits = tl_limits_default(), .findings = findings };
	struct tl_flow *flow = NULL;

	if (tl_content_of(TL_STR("flow.yaml"), yaml) == TL_CONTENT_ARCHITECT)
		tl_flow_read(&flow, TL_STR("flow.yaml"), yaml, &lower);
	tl_map_clear(&nothing);
	return flow;
}

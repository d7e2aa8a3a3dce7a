#include "unit_flow.h"

#include "flow/canonical.h"
#include "unit.h"

struct tl_flow *unit_native(const char *yaml)
{
	struct tl_findings findings = { 0 };
	struct tl_read_options options = { .findings = &findings };
	struct tl_lower lower = { .limits = tl_limits_default(), .findings = &findings };
	struct tl_flow *flow;
	struct tl_doc *doc;

	tl_yaml_read(&doc, TL_STR("test.flow.yaml"), tl_str(yaml), &options);
	if (!doc->root || findings.count > 0)
		fail_msg("%s", findings.count > 0 ? findings.items[0].message.ptr : "empty");
	tl_native_read(&flow, doc, &lower);
	tl_findings_clear(&findings);
	return flow;
}

const char *unit_json(struct tl_arena *arena, const struct tl_item *item)
{
	struct tl_buf text = { 0 };
	struct tl_str copy;

	tl_json_canonical(&text, item);
	copy = tl_arena_dup(arena, tl_buf_view(&text));
	tl_buf_clear(&text);
	return copy.ptr;
}

const char *unit_canonical(struct tl_arena *arena, const struct tl_flow *flow)
{
	return unit_json(arena, tl_flow_canonical(arena, flow));
}

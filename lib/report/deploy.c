/* report/deploy.c: the table of formats. */
#include "report/deploy.h"

#include "flow/canonical.h"

static const struct tl_deploy_format *const format_table[] = { &tl_deploy_format_text, &tl_deploy_format_json };

int tl_deploy_format(const struct tl_deploy_format **out, const char *name, struct tl_error *err)
{
	*out = &tl_deploy_format_text;
	if (!name)
		return 0;
	for (size_t i = 0; i < TL_COUNT(format_table); i++) {
		*out = format_table[i];
		if (tl_str_is(tl_str(name), format_table[i]->name))
			return 0;
	}
	*out = NULL;
	return tl_error_set(err, TL_USAGE, "there is no format '%s': text, json", name);
}

static const struct tl_item *shown(struct tl_arena *arena, const struct tl_flow *flow)
{
	return flow ? tl_flow_shown(arena, flow) : NULL;
}

void tl_applied_three(struct tl_three *out, struct tl_arena *arena, const struct tl_applied *applied)
{
	tl_diff_three(out, arena, applied->planned->flow, shown(arena, applied->base), shown(arena, applied->theirs),
	              shown(arena, applied->ours));
}

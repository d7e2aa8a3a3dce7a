/* report/deploy.h: plans, applies, environments and deployments, for a person and for a machine. One row of a table a format. */
#ifndef TL_REPORT_DEPLOY_H
#define TL_REPORT_DEPLOY_H

#include "base/buf.h"
#include "deploy/deploy.h"
#include "diff/diff.h"
#include "monitor/monitor.h"

struct tl_deploy_format {
	const char *name;
	void (*plan)(struct tl_buf *out, const struct tl_plan *plan, bool color);
	/* `plan` without an id: there was none. `said`: what the platform says of the flows, on the lines of their files. */
	void (*apply)(struct tl_buf *out, const struct tl_apply *apply, const struct tl_plan *plan, const struct tl_findings *said, bool color);
	void (*status)(struct tl_buf *out, const struct tl_deploy_states *states, struct tl_str environment, bool color);
	void (*watched)(struct tl_buf *out, const struct tl_watched *watched, size_t count, struct tl_str environment, bool color);
};

/* "text" where `name` is NULL. TL_USAGE for another than "text" and "json". */
int tl_deploy_format(const struct tl_deploy_format **out, const char *name, struct tl_error *err);

/* The three sides of a conflict, in `arena`. */
void tl_applied_three(struct tl_three *out, struct tl_arena *arena, const struct tl_applied *applied);

extern const struct tl_deploy_format tl_deploy_format_text, tl_deploy_format_json;

#endif

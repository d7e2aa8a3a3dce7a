/* report/told.h: what happens while flows are published, one line of JSON each (schemas/event.schema.json). */
#ifndef TL_REPORT_TOLD_H
#define TL_REPORT_TOLD_H

#include "base/buf.h"
#include "deploy/deploy.h"

/* What the lines of one run have in common. */
struct tl_told_head {
	struct tl_str environment, plan; /* the plan's id; empty: it is just being made */
};

/* Each appends one line. */
void tl_told_begin_json(struct tl_buf *out, const struct tl_told_head *head, int64_t at_ms);
void tl_told_json(struct tl_buf *out, const struct tl_told_head *head, const struct tl_told *told);
/* `apply` is NULL where nothing came of it; `message` then says why, or is empty. */
void tl_told_end_json(struct tl_buf *out, const struct tl_told_head *head, const struct tl_apply *apply, int exit_code, struct tl_str message,
                      int64_t at_ms);

#endif

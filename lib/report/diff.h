/* report/diff.h: differences of flows as text, JSON and markdown. One row of a table a format. */
#ifndef TL_REPORT_DIFF_H
#define TL_REPORT_DIFF_H

#include "base/buf.h"
#include "diff/diff.h"

/* What a report says besides the differences. */
struct tl_diff_heading {
	struct tl_str before, after; /* what the sides are: "env:local", "HEAD~1", "working tree"; empty: not said */
	bool color;                  /* text only */
	bool quiet;                  /* text only: one line a flow */
	bool verbose;                /* text only: flows that are the same, and whole nodes that are new or gone */
};

struct tl_diff_format {
	const char *name;
	void (*write)(struct tl_buf *out, const struct tl_diff *diff, const struct tl_diff_heading *heading);
};

/* The format of that name, or NULL. */
const struct tl_diff_format *tl_diff_format(struct tl_str name);
/* The names of all formats, "text, json, …", appended, for messages. */
void tl_diff_formats(struct tl_buf *out);

/* A value as a person reads it: a text as it is, a condition in words, a list or map as JSON; "nothing" for NULL. Control characters are not
 * escaped yet. */
void tl_diff_value(struct tl_buf *out, const struct tl_item *item);
/* What people call a flow whose id is one that a platform made; else empty. */
struct tl_str tl_diff_title(const struct tl_flow_change *flow);
/* How many nodes there are of each kind of change, in words: "2 nodes changed, 1 added". Nothing where there are none. */
void tl_diff_counts(struct tl_buf *out, const struct tl_flow_change *flow);

extern const struct tl_diff_format tl_diff_format_text, tl_diff_format_json, tl_diff_format_markdown;

#endif

/* report/three.h: what two sides made of one flow, for a person and for a machine. */
#ifndef TL_REPORT_THREE_H
#define TL_REPORT_THREE_H

#include "base/buf.h"
#include "diff/diff.h"
#include "doc/json.h"

/* One paragraph a setting, conflicts first; each line begins with `indent`. */
void tl_three_text(struct tl_buf *out, const struct tl_three *three, const char *indent, bool color);
/* {flow, has_base, clashes, changes: [{side, node, field, base, theirs, ours}]}: the value of a member. */
void tl_three_json(struct tl_json *json, const struct tl_three *three);

#endif

/* report/skeleton.h: a skeleton as the suite file that somebody goes on with. */
#ifndef TL_REPORT_SKELETON_H
#define TL_REPORT_SKELETON_H

#include "base/buf.h"
#include "sim/skeleton.h"

/* `path`: of the flow's file. */
void tl_skeleton_yaml(struct tl_buf *out, const struct tl_skeleton *skeleton, struct tl_str path);
/* The file beside a flow's file: "flows/line.suite.yaml" where it was run; else "flows/line.skeleton.yaml", which no command takes for a suite. */
struct tl_str tl_skeleton_path(struct tl_arena *arena, struct tl_str path, bool run);

#endif

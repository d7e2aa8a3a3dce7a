/* cmd/flow-simulate/skeleton.h: suites to begin with, of flows that have none. */
#ifndef FLOW_SIMULATE_SKELETON_H
#define FLOW_SIMULATE_SKELETON_H

#include "common/work.h"
#include "sim/library.h"

struct skeletons {
	struct tl_command *command;
	struct tl_workset *workset;
	const struct tl_lower *lower;
	struct tl_library *library;
	struct tl_findings *problems;
	bool one;      /* of the one flow that --flow names, as the command's output; else a file beside each */
	bool bad_flow; /* out: one of them cannot be read, or not run */
};

/* Files that are there are left as they are. -1 with command->err. */
int skeletons_make(struct skeletons *skeletons);

#endif

/* flow/source.h: flows by number, read when they are wanted: how rooms that know nothing of files and dialects get at many of them. */
#ifndef TL_FLOW_SOURCE_H
#define TL_FLOW_SOURCE_H

#include "base/error.h"
#include "flow/build.h"

/* One flow file of a set. */
struct tl_flow_file {
	struct tl_str path;  /* as shown in findings */
	char blob[41];       /* git's id of its bytes, "" where not known without reading */
	char stamp[41];      /* of a file on disk: stands for its path, size, place and times as they were when it was listed; "" where that says too little */
	bool chosen;         /* asked for; false: there so that references into it can be checked */
	bool stray;          /* no part of a project: it lies beside a file that was asked for, and references may lead to it */
	bool maybe;          /* it may hold no flow at all: then reading gives NULL without a finding */
};

struct tl_flow_set {
	const struct tl_flow_file *files; /* sorted by path */
	size_t count;
	/* Reads file i: *out is the flow, NULL where no model could be made (lower->findings says why). -1 only where the bytes could not be had. Safe
	 * from several threads at once. */
	int (*read)(void *data, size_t i, const struct tl_lower *lower, struct tl_flow **out, struct tl_error *err);
	/* Whether a file of that path (relative to the repository) exists beside the flows: audio. */
	bool (*exists)(void *data, struct tl_str path);
	void *data;
};

#endif

/* platform/merge.h: what somebody changed on the platform, put into the file that is here, whose other bytes stay as they are. */
#ifndef TL_PLATFORM_MERGE_H
#define TL_PLATFORM_MERGE_H

#include "base/buf.h"
#include "base/error.h"
#include "flow/build.h"

/* Three versions of one flow, all with the environment's values. */
struct tl_merge {
	const struct tl_flow *ours;   /* read from the file */
	const struct tl_flow *theirs; /* what the platform has */
	const struct tl_flow *base;   /* what both were made of; NULL: it is `ours`, and all of theirs is taken */
	const struct tl_lower *lower; /* how the file is read */
};

/* Appends to `out` the file's text with theirs in it. Both may have changed the flow, as long as no node, prompt, variable or setting was changed by both: a merge never takes one
 * side for the other. The text is read again, and says just what it should.
 *
 * TL_CONFLICT where both changed the same (named), or where what one side removed is what the other leads to now; TL_UNSUPPORTED where the file's dialect
 * has no words for theirs, or the file says it in a way that cannot be edited. */
int tl_merge_into_file(struct tl_buf *out, const struct tl_merge *merge, struct tl_error *err);

/* Reads such a text; NULL where nothing can be made of it. The caller's. */
struct tl_flow *tl_merge_read(struct tl_str path, struct tl_str text, const struct tl_lower *lower);

#endif

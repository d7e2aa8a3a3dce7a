/* deploy/import_edit.h: an edit on the platform put into the file that is here. */
#ifndef TL_DEPLOY_IMPORT_EDIT_H
#define TL_DEPLOY_IMPORT_EDIT_H

#include "crypto/sha256.h"
#include "deploy/now.h"
#include "deploy/wanted.h"

struct tl_import_edit {
	struct tl_gathered *gathered;
	const struct tl_wanted *wanted;    /* the flow of the file */
	const struct tl_remote *remote;    /* on the platform */
	struct tl_str content;             /* what callers get of it */
	const struct tl_deployed *base;    /* what both sides started from */
	bool merge;                        /* the file was changed as well; else it is the base */
};

/* The file's text with the edit in it, in `arena`, the digest of its source, placeholders unfilled, and in `live` the digests of what callers get, without what the platform adds
 * by itself: that is no edit, and the file has no words for it. TL_CONFLICT and TL_UNSUPPORTED as tl_merge_into_file; to a merge, TL_CONFLICT too where the platform no longer
 * has the base. */
int tl_import_edit(struct tl_str *text, char source[TL_SHA256_SIZE], struct tl_wanted *live, struct tl_arena *arena, const struct tl_import_edit *edit, struct tl_error *err);

#endif

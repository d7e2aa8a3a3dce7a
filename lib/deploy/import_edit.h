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
	const struct tl_deployed *base;    /* what both sides started from; NULL: the file as it is */
};

/* The file's text with the edit in it, in `arena`, and the digest of its source, placeholders unfilled. TL_CONFLICT and TL_UNSUPPORTED as tl_merge_into_file; TL_CONFLICT too where
 * the platform no longer has the base. */
int tl_import_edit(struct tl_str *text, char source[TL_SHA256_SIZE], struct tl_arena *arena, const struct tl_import_edit *edit, struct tl_error *err);

#endif

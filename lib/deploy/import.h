/* deploy/import.h: the first day: what an environment has becomes files, and their base is recorded, so that from then on every edit is told from every other.
 * Local edits are never written over. */
#ifndef TL_DEPLOY_IMPORT_H
#define TL_DEPLOY_IMPORT_H

#include "deploy/deploy.h"

enum tl_import_state {
	TL_IMPORT_WRITTEN,  /* a file was made of what callers get */
	TL_IMPORT_RECORDED, /* the file that is there says the same: only the base was recorded */
	TL_IMPORT_KNOWN,    /* file and base are as they should be: nothing was done */
	TL_IMPORT_AHEAD,    /* git has a change that is not deployed, and nobody wrote on top: nothing was done */
	TL_IMPORT_EDITED,   /* somebody wrote on top, and the file is as it was deployed: with `update` the edit is taken over */
	TL_IMPORT_UPDATED,  /* it was taken over */
	TL_IMPORT_CONFLICT, /* file and platform differ, and not only by an edit of one side: nothing was done */
	TL_IMPORT_EMPTY,    /* callers get nothing of it yet: nothing was done */
	TL_IMPORT_UNREADABLE, /* the platform does not hand it out, or nobody can read it: nothing was done */
	TL_IMPORT_STATES,
};
/* "written", "recorded", "known", "ahead", "edited", "updated", "conflict", "empty", "unread" */
const char *tl_import_name(enum tl_import_state state);

struct tl_imported {
	struct tl_str flow;        /* its id here */
	struct tl_str platform_id, name;
	struct tl_str path;        /* of its file, relative to the repository; or empty */
	int64_t version;           /* of the last write */
	int64_t published_version; /* what the file holds: the base from now on */
	enum tl_import_state state;
	struct tl_str reason;      /* of unreadable and of some conflicts; else empty */
};

struct tl_import {
	struct tl_arena arena;
	struct tl_imported *flows; /* sorted by name */
	size_t count;
	size_t counts[TL_IMPORT_STATES];
};

struct tl_import_options {
	const char *const *names;  /* of flows, as here or as on the platform; all where n_names is 0 */
	size_t n_names;
	struct tl_str tree;        /* the folder that paths are relative to, absolute */
	struct tl_str folder;      /* for new files, relative to it; neither below a symlink nor in a submodule */
	bool update, dry_run;
};

/* Looks at the platform's flows, writes files and records bases, flow by flow; with `dry_run` neither. TL_NOT_FOUND for a name that the environment does not have.
 * *out is the caller's: tl_import_free. */
int tl_deploy_import(struct tl_import **out, struct tl_deploy *deploy, const struct tl_import_options *options, struct tl_error *err);
void tl_import_free(struct tl_import *import); /* NULL is fine */

#endif

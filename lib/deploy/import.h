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
	TL_IMPORT_MERGED,   /* both sides changed it, nowhere the same, and the file has both now: it is ahead of what is deployed */
	TL_IMPORT_CONFLICT, /* file and platform differ, and not only by an edit of one side: nothing was done */
	TL_IMPORT_EMPTY,    /* callers get nothing of it yet: nothing was done */
	TL_IMPORT_UNREADABLE, /* the platform does not hand it out, or nobody can read it: nothing was done */
	TL_IMPORT_STATES,
};
/* "written", "recorded", "known", "ahead", "edited", "updated", "merged", "conflict", "empty", "unread" */
const char *tl_import_name(enum tl_import_state state);

/* How a new file compares with the same flow of the other environment. */
enum tl_import_twin {
	TL_TWIN_NONE,    /* nothing was compared */
	TL_TWIN_SAME,    /* it says the same there */
	TL_TWIN_FILLED,  /* what differs became keys: with the values of each environment the file is what each has */
	TL_TWIN_LEFT,    /* more than values differs: the file is as it is here */
	TL_TWIN_MISSING, /* callers get no such flow there */
	TL_TWIN_STATES,
};
/* "none", "same", "filled", "left", "missing" */
const char *tl_import_twin_name(enum tl_import_twin twin);

/* A substitution key that an import proposes. */
struct tl_import_key {
	struct tl_str key;
	struct tl_str here, there; /* its values */
	struct tl_str noun;        /* of what: "targetQueue" */
	size_t places;             /* that hold it, in all files */
	bool known;                /* both environments had it before */
};

struct tl_imported {
	struct tl_str flow;        /* its id here */
	struct tl_str platform_id, name;
	struct tl_str path;        /* of its file, relative to the repository; or empty */
	int64_t version;           /* of the last write */
	int64_t published_version; /* what the file holds: the base from now on */
	enum tl_import_state state;
	struct tl_str reason;      /* of unreadable and of some conflicts; else empty */
	enum tl_import_twin twin;
	size_t replaced;           /* places that are keys now */
	struct tl_str left;        /* of TL_TWIN_LEFT: why */
};

struct tl_import {
	struct tl_arena arena;
	struct tl_imported *flows; /* sorted by name */
	size_t count;
	size_t counts[TL_IMPORT_STATES];
	size_t twins[TL_TWIN_STATES];
	struct tl_import_key *keys; /* that files hold, in the order in which they were met */
	size_t n_keys;
	struct tl_str project;     /* the project file, where the new keys' values were put into it; or empty: they are to be put there by hand */
};

/* Another environment, whose flows are compared. All borrowed. */
struct tl_import_other {
	struct tl_platform *platform;
	const struct tl_environment *environment;
	const struct tl_lower *lower; /* with its values */
};

struct tl_import_options {
	const char *const *names;  /* of flows, as here or as on the platform; all where n_names is 0 */
	size_t n_names;
	struct tl_str tree;        /* the folder that paths are relative to, absolute */
	struct tl_str folder;      /* for new files, relative to it; neither below a symlink nor in a submodule */
	bool update, dry_run;
	bool merge;                /* where file and platform were both changed, in different nodes, the file gets both; `update` as well */
	const struct tl_import_other *other; /* what differs there becomes keys in new files; NULL: nothing is compared */
};

/* Looks at the platform's flows, writes files and records bases, flow by flow; with `dry_run` neither. TL_NOT_FOUND for a name that the environment does not have.
 * A file with keys is written only where reading it with the values of each environment gives the very digests of what each has.
 * *out is the caller's: tl_import_free. */
int tl_deploy_import(struct tl_import **out, struct tl_deploy *deploy, const struct tl_import_options *options, struct tl_error *err);
void tl_import_free(struct tl_import *import); /* NULL is fine */

#endif

/* deploy/importing.h: an import while it runs, for its files alone. */
#ifndef TL_DEPLOY_IMPORTING_H
#define TL_DEPLOY_IMPORTING_H

#include <pthread.h>
#include <stdatomic.h>

#include "crypto/sha256.h"
#include "deploy/import.h"
#include "deploy/import_file.h"
#include "deploy/import_key.h"
#include "deploy/now.h"

/* One flow of the platform on its way. */
struct tl_incoming {
	const struct tl_remote *remote;
	const struct tl_wanted *wanted;     /* the flow of a file; NULL: there is none */
	struct tl_deployed base;            /* what the ledger says of the flow now; no platform_id: nothing */
	struct tl_str content;              /* what callers get: wire JSON */
	struct tl_wanted live;              /* its id and digests, with the schedules and the audio that are here */
	char last_digest[TL_SHA256_SIZE];   /* of the last write */
	struct tl_str trouble;              /* why it could not be read; or empty */
	const struct tl_remote *twin;       /* the flow of the other environment, or NULL */
	struct tl_str twin_content;         /* what callers get of it; empty: it was not read */
	char twin_digest[TL_SHA256_SIZE];
	struct tl_str twin_trouble;
	struct tl_str file;                 /* what is written, where that is not `content`: with keys, or the file as it was with their edit in it */
	char source[TL_SHA256_SIZE];        /* of that */
	bool edited;                        /* the file as it was: its bytes are written as they are */
	struct tl_arena arena;
	struct tl_imported *imported;
};

struct tl_importing {
	struct tl_deploy *deploy;
	const struct tl_import_options *options;
	struct tl_import *out;
	struct tl_gathered gathered;
	struct tl_environment_state state;
	struct tl_match match;
	struct tl_incoming *incoming;
	size_t count;
	struct tl_import_files files;
	struct tl_arena arena;              /* of what follows */
	struct tl_remotes twins;
	struct tl_map by_name;              /* of twins */
	struct tl_import_keys keys;
	size_t put;                         /* keys whose values are in the project file */
	bool by_hand;                       /* that cannot be done */
	atomic_uint readable, unreadable;
	size_t first;                       /* of those that are read at once */
	size_t n_read;
	pthread_mutex_t lock;               /* over n_read, and telling */
	struct tl_error *errors;            /* by worker */
};

/* ---- import_read.c: what callers get of each flow, here and in the other environment */

/* Pairs each flow with the one of its name in the other environment, where one is asked for. */
int tl_importing_find_twins(struct tl_importing *importing, struct tl_error *err);
/* Reads `count` flows from importing->first on, several at once. One that cannot be read is not the end of the others: its `trouble` says why. */
int tl_importing_read(struct tl_importing *importing, size_t count, struct tl_error *err);
/* The digest of a text as one of the platform's flows is read; false: nobody can read it so. */
bool tl_incoming_digest(char digest[TL_SHA256_SIZE], const struct tl_remote *remote, struct tl_str content, const struct tl_lower *lower);
/* Whether what callers get may be another version of the number that is on record. The list says when the last one was written. */
bool tl_incoming_is_redated(const struct tl_incoming *incoming);

/* ---- import_fill.c: what differs between two environments becomes keys, with a value for each */

/* Makes incoming->file where keys and their values give what each environment has, and says in incoming->imported what came of it. */
void tl_importing_fill(struct tl_importing *importing, struct tl_incoming *incoming);
/* The values of keys that are new go into the project file, where that is possible without touching anything else in it. */
int tl_importing_put_values(struct tl_importing *importing, struct tl_error *err);
/* Hands the keys over to the result. */
void tl_importing_keep_keys(struct tl_importing *importing);

#endif

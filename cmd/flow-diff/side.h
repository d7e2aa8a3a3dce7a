/* cmd/flow-diff/side.h: one side of a comparison: the flows of a path, of a revision or of an environment, read when they are wanted. */
#ifndef TL_FLOW_DIFF_SIDE_H
#define TL_FLOW_DIFF_SIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "common/command.h"
#include "common/deployment.h"
#include "deploy/wanted.h"
#include "diff/diff.h"

enum side_kind {
	SIDE_TREE,        /* the project's flows as they are on disk */
	SIDE_PATH,        /* a file or folder on disk */
	SIDE_REVISION,    /* a revision, or a path in one */
	SIDE_ENVIRONMENT, /* what an environment has */
	SIDE_DEPLOYED,    /* the same as we last wrote it there, by the ledger */
};

/* What was asked for. */
struct side_spec {
	enum side_kind kind;
	const char *text;          /* as it was typed, for the heading */
	const char *path;          /* SIDE_PATH; of SIDE_REVISION the path in it, or NULL */
	const char *name;          /* of a revision or environment */
};

/* One flow of a side, without its content. */
struct side_entry {
	struct tl_str flow, renamed_from; /* empty `flow`: it could not be read, a finding says why */
	struct tl_str digest;
	struct tl_str status;             /* of an environment that of its last write, "published" where callers get it or will; of files that are compared with one what they are meant to be */
	int64_t version;
	/* Of an environment: what was deployed there from here last. */
	struct tl_str platform_id;
	struct tl_str base_digest;        /* empty: nothing */
	int64_t base_version;
	struct tl_str base_beside;        /* as `beside`, of that version */
	bool is_ours;                     /* the last write is that version */
	struct tl_str beside;             /* canonical JSON of the schedules and the audio that it uses; empty: none */
	bool knows_beside;
	struct tl_str unread;             /* of a platform: why this version cannot be read; else empty */
};

struct side {
	struct tl_command *command;
	struct side_spec spec;
	struct tl_lower lower;      /* how its flows are read */
	bool narrow;                /* it names paths: of the other side only these flows are meant */
	struct tl_arena arena;
	struct side_entry *entries;
	struct tl_findings *findings; /* by entry */
	size_t count;
	/* of files */
	struct tl_workset workset;
	struct tl_command other;    /* the command as it would be with --rev */
	struct tl_common other_common;
	size_t *files;              /* by entry: index of workset.flows */
	/* of an environment */
	struct tl_deployment deployment;
	struct tl_remotes remotes;  /* by entry, without content: that is read when it is wanted */
	struct tl_deployed_list deployed;
	const struct tl_deployed **ours; /* by entry: what was deployed there last, or NULL */
	struct tl_map by_id;        /* platform id -> index of deployed */
	pthread_mutex_t asking;     /* for a platform that is asked by one thread at a time */
	bool asks_beside;           /* the other side is an environment: of files the schedules and the audio count, too, and that callers get them */
	struct tl_gathered gathered; /* for their digests, with `deploy` */
	struct tl_deploy deploy;
	atomic_uint could, could_not; /* versions of the platform that could be read, and not */
	bool deployed_versions;     /* versions of the platform are compared, too */
};

/* What FROM or TO names: "env:NAME", a path that is there, or a revision. `text` NULL: the working tree. */
struct side_spec side_parse(struct tl_command *command, const char *text);
/* Before the command is opened: the revision that `text` names, where the command works in the folder of a bare repository; else NULL. */
const char *side_revision_for_bare(struct tl_command *command, const char *text);
/* Finds the flows of a side and their digests, by all workers. `values` NULL: placeholders stay unfilled. -1 with the command's error. Clear it in
 * any case. */
int side_open(struct side *side, struct tl_command *command, const struct side_spec *spec, const struct tl_map *values);
void side_clear(struct side *side);
/* Reads a flow of it. The caller's. Safe from several threads at once. */
int side_read(struct tl_flow **out, struct side *side, size_t index, struct tl_findings *findings, struct tl_error *err);
/* Reads the version of an environment's flow that was deployed from here last; *out NULL where the platform no longer has it, or has
 * something else (than that digest) by that number. The caller's. */
int side_read_base(struct tl_flow **out, struct side *side, struct tl_str platform_id, int64_t version, struct tl_str digest, struct tl_error *err);
/* What was deployed there from here last under that id, or NULL. Of an environment. */
const struct tl_deployed *side_deployed(const struct side *side, struct tl_str flow);
/* Whether a version of a platform could not be read for what it is, so that the flow alone is left out: no longer where not one of many can be. */
bool side_is_unread(struct side *side, enum tl_code code);
/* Threads that are worth starting to read its flows: more than processors where a server answers. */
unsigned side_workers(const struct side *side);
/* Whether people see the order of its nodes: not of what a platform gives back. */
bool side_is_ordered(const struct side *side);

#endif

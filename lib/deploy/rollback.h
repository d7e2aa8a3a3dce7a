/* deploy/rollback.h: going back, for planning and for applying. */
#ifndef TL_DEPLOY_ROLLBACK_H
#define TL_DEPLOY_ROLLBACK_H

#include "deploy/present.h"

/* What a rollback goes back to. */
struct tl_rollback {
	struct tl_str flow;            /* its id: what was asked for, or where that is only its name, with its type */
	struct tl_environment_state state;
	struct tl_remote remote;       /* as it is now */
	struct tl_present now, target; /* digests of the last write, and of the version to go back to */
	struct tl_deployed source;     /* what the ledger says of that version; zero where it knows nothing */
	int64_t to;
	struct tl_str former;          /* the id that this version had, where it is another than `keeps.id`; else empty */
	bool done;                     /* callers have that content already */
	/* What the flow goes on being called, whatever the version was called: other flows call it so. `id` is empty where nothing can differ. */
	struct tl_rollback_keeps {
		struct tl_str id, renamed_from, title;
		bool foreign; /* made on the platform, and not ours since */
	} keeps;
};

/* Finds flow and version. With `to` 0 the version is chosen. Clear with tl_rollback_clear in any case. */
int tl_rollback_find(struct tl_rollback *out, struct tl_deploy *deploy, struct tl_str flow, int64_t to, struct tl_error *err);
void tl_rollback_clear(struct tl_rollback *rollback);
/* The flow that is published: what the version `to` says, under the id that the flow has now. The caller's. */
int tl_rollback_read(struct tl_flow **out, const struct tl_rollback *rollback, struct tl_deploy *deploy, struct tl_error *err);
/* The plan of it, not sealed. The caller's. */
struct tl_plan *tl_rollback_plan(const struct tl_rollback *rollback, struct tl_deploy *deploy, struct tl_str flow, struct tl_str reason,
                                 int64_t lifetime_ms);

#endif

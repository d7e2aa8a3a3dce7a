/* deploy/present.h: what an environment has: the platform's flows, with the digests that the ledger knows or that their content has. */
#ifndef TL_DEPLOY_PRESENT_H
#define TL_DEPLOY_PRESENT_H

#include "deploy/deploy.h"

struct tl_environment_state {
	struct tl_arena arena;
	int64_t listed_ms; /* when the platform was asked; monotonic */
	struct tl_remotes remotes;
	struct tl_deployed_list deployed;
	struct tl_holds holds;
	struct tl_present *present; /* as many as remotes; digests where the ledger knows that version last, else where they were asked for */
};

/* Reads platform and ledger. Clear with tl_state_clear in any case. */
int tl_state_read(struct tl_environment_state *out, struct tl_deploy *deploy, struct tl_error *err);
void tl_state_clear(struct tl_environment_state *state);
/* What the ledger says of a version as the platform tells of it; zero where nothing. A version that was written at another time than the ledger knows (a platform
 * that was set back counts the same numbers anew) is read, and known only where it says the same. */
int tl_version_known(struct tl_deployed *out, struct tl_arena *arena, struct tl_deploy *deploy, const struct tl_remote *remote, struct tl_error *err);
/* Whether callers ever got a version: as the platform says it, or the ledger of what was written from here. In `arena` is what was read for that. */
int tl_version_reached(bool *yes, struct tl_arena *arena, struct tl_deploy *deploy, const struct tl_remote *remote, struct tl_error *err);
/* The digests of a version as the platform tells of it: those of the ledger where it knows it, else of its content, which is read where `remote` has none. In
 * `arena`. */
int tl_version_digest(struct tl_present *out, struct tl_arena *arena, struct tl_deploy *deploy, const struct tl_remote *remote, struct tl_error *err);
/* The model of one version of a flow. The caller's. */
int tl_version_read(struct tl_flow **out, struct tl_deploy *deploy, struct tl_str platform_id, int64_t version, struct tl_error *err);

/* Fills present->live, after the digest. */
int tl_version_live(struct tl_present *present, struct tl_arena *arena, struct tl_deploy *deploy, struct tl_error *err);

#endif

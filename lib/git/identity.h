/* git/identity.h: what a repository is called, whoever cloned it and wherever it lies. */
#ifndef TL_GIT_IDENTITY_H
#define TL_GIT_IDENTITY_H

#include "git/view.h"

/* Where `origin` is fetched from, without scheme, user, password, port of the scheme and ".git": "github.com/acme/flows" for https and ssh alike, so that each
 * clone of a repository, in CI too, has the same name. A remote that is a folder is its real path, and so is the folder that all worktrees share where there
 * is no origin: "file:/srv/flows". In `arena`. */
int tl_repo_identity(struct tl_str *out, struct tl_arena *arena, struct tl_repo *repo, struct tl_error *err);
/* The same of an address alone; empty for one that is a folder. */
struct tl_str tl_remote_identity(struct tl_arena *arena, struct tl_str url);

#endif

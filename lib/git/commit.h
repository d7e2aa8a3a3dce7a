/* git/commit.h: what may be published: whether a commit is part of a branch, and who signed it. */
#ifndef TL_GIT_COMMIT_H
#define TL_GIT_COMMIT_H

#include "git/view.h"

/* Whether `commit` is `branch`'s last commit or one that it was made from. `branch` ("origin/main", "main", "refs/…") is looked up among refs alone, so that
 * neither a tag nor a hash of that spelling is taken for it: a remote's branch before a local one where it names both. `commit` is anything that
 * tl_repo_commit() takes. TL_NOT_FOUND where either is not there, TL_USAGE in a shallow clone whose history ends before the answer, with `fetch-depth: 0`. */
int tl_commit_is_ancestor(bool *out, struct tl_repo *repo, const char *commit, const char *branch, struct tl_error *err);

/* Who signed a commit. In the arena given. */
struct tl_signer {
	struct tl_str name;        /* the principal of the allowed signers, or the key's user id; for people */
	struct tl_str key;         /* "SHA256:…" or the fingerprint */
};
/* Verifies the commit's signature against `signers` (absolute path): a file of allowed signers as ssh-keygen reads it, or a keyring of OpenPGP keys (binary or
 * keybox), by what it holds. ssh-keygen and gpgv do it, found in `path` (as PATH), on what is signed alone: nothing of the repository's configuration or of the
 * user's is asked, and keys hold if they are valid today, whatever the commit says of its time. A signers file that others may write, or that lies in the
 * repository, is TL_USAGE. TL_REFUSED where the commit has no signature, a bad one, or one of somebody else, in words that say which. */
int tl_commit_verify(struct tl_signer *out, struct tl_arena *arena, struct tl_repo *repo, const char *commit, const char *signers, const char *path,
                     struct tl_error *err);

#endif

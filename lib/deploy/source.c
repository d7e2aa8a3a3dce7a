/* deploy/source.c: from which commits an environment takes flows. */
#include "deploy/now.h"
#include "git/commit.h"

static int check_branch(const struct tl_deploy *deploy, const char *commit, struct tl_error *err)
{
	struct tl_str environment = deploy->environment->name, branch = deploy->access->branch;
	struct tl_arena arena = { 0 };
	bool is_part = false;
	int ret = tl_commit_is_ancestor(&is_part, deploy->repo, commit, tl_arena_dup(&arena, branch).ptr, err);

	tl_arena_clear(&arena);
	if (ret != 0)
		return tl_error_wrap(err, "'%.*s' takes what is on the branch '%.*s'", TL_FMT(environment), TL_FMT(branch));
	if (is_part)
		return 0;
	return tl_error_set(err, TL_USAGE, "'%.*s' takes only what is on the branch '%.*s', and commit %.12s is not: merge it first, or name one "
	                    "that is with --commit", TL_FMT(environment), TL_FMT(branch), commit);
}

static int check_signature(const struct tl_deploy *deploy, const char *commit, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_signer signer;
	int ret = tl_commit_verify(&signer, &arena, deploy->repo, commit, tl_arena_dup(&arena, deploy->access->signers).ptr,
	                           deploy->search ? deploy->search : "/usr/local/bin:/usr/bin:/bin", err);

	tl_arena_clear(&arena);
	if (ret == 0)
		return 0;
	/* The commit cannot be used; that is nothing that the platform said. */
	if (err && err->code == TL_REFUSED)
		err->code = TL_USAGE;
	return tl_error_wrap(err, "'%.*s' takes only signed commits", TL_FMT(deploy->environment->name));
}

int tl_source_check(const struct tl_deploy *deploy, struct tl_str commit, struct tl_error *err)
{
	const struct tl_access *access = deploy->access;
	struct tl_arena arena = { 0 };
	const char *name;
	int ret = 0;

	if (!access || (access->branch.len == 0 && access->signers.len == 0))
		return 0;
	if (commit.len == 0 || !deploy->repo)
		return tl_error_set(err, TL_USAGE, "'%.*s' takes only what is committed%s%.*s (publish_from)", TL_FMT(deploy->environment->name),
		                    access->branch.len > 0 ? " on the branch " : "", TL_FMT(access->branch));
	name = tl_arena_dup(&arena, commit).ptr;
	if (access->branch.len > 0)
		ret = check_branch(deploy, name, err);
	if (ret == 0 && access->signers.len > 0)
		ret = check_signature(deploy, name, err);
	tl_arena_clear(&arena);
	return ret;
}

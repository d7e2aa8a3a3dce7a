/* git/repo.c: opening a repository, what it is called, and what its names lead to. */
#include <stdlib.h>
#include <unistd.h>

#include "git/room.h"

/* A folder without the slash at its end; "" for NULL. Owned by the caller. */
static char *folder_name(const char *path)
{
	char *copy = tl_strdup(path ? path : "");
	size_t len = strlen(copy);

	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	return copy;
}

/* The folder as `safe.directory` wants it: that of the working tree where there is one. */
static int explain_owner(struct tl_error *err, const char *folder)
{
	git_buf found = { 0 };
	const char *path = folder;

	if (git_repository_discover(&found, folder, 0, NULL) == 0) {
		path = found.ptr;
		if (found.size > 6 && strcmp(found.ptr + found.size - 6, "/.git/") == 0)
			found.ptr[found.size - 6] = '\0';
	}
	tl_error_set(err, TL_REFUSED,
	             "the repository '%s' belongs to somebody else; if you trust it: "
	             "git config --global --add safe.directory '%s'",
	             path, path);
	git_buf_dispose(&found);
	return -1;
}

/* libgit2's refusal in words that say what to do. */
static int explain_open(struct tl_error *err, int status, const char *folder)
{
	const git_error *last = git_error_last();
	const char *message = last && last->message ? last->message : "";

	/* Where no safe.directory is set at all, libgit2 1.5 gives back that the setting was not found. */
	if (status == GIT_EOWNER || strstr(message, "'safe.directory'"))
		return explain_owner(err, folder);
	if (status == GIT_ENOTFOUND)
		return tl_error_set(err, TL_NOT_FOUND, "'%s' is not in a git repository", folder);
	if (strstr(message, "unsupported"))
		return tl_error_set(err, TL_UNSUPPORTED, "cannot read the repository of '%s': %s", folder, message);
	/* A service or a job that runs with the home folder of another user. */
	if (strstr(message, "/.gitconfig'") || strstr(message, "/git/config'"))
		return tl_git_error(err, status, "cannot open the repository of '%s' (is HOME that of another user?)", folder);
	return tl_git_error(err, status, "cannot open the repository of '%s'", folder);
}

/* libgit2 1.5 knows SHA-1 only. */
static int check_object_format(git_repository *git, const char *folder, struct tl_error *err)
{
	git_config *config = NULL;
	git_buf format = { 0 };
	int status = git_repository_config_snapshot(&config, git);

	if (status < 0)
		return tl_git_error(err, status, "cannot read the configuration of '%s'", folder);
	status = git_config_get_string_buf(&format, config, "extensions.objectformat");
	git_config_free(config);
	if (status == 0 && strcasecmp(format.ptr, "sha1") != 0)
		status = tl_error_set(
			err, TL_UNSUPPORTED,
			"the repository of '%s' names its objects by %s, which is not supported: only SHA-1 is", folder,
			format.ptr);
	else
		status = 0;
	git_buf_dispose(&format);
	return status;
}

/* Whether a git folder says itself where its working tree is, or that it has none. */
static bool names_its_tree(git_repository *git)
{
	git_config *config = NULL;
	git_buf path = { 0 };
	bool named;

	if (git_repository_is_bare(git) || git_repository_is_worktree(git))
		return true;
	named = git_repository_config_snapshot(&config, git) == 0 &&
	        git_config_get_path(&path, config, "core.worktree") == 0;
	git_buf_dispose(&path);
	git_config_free(config);
	return named;
}

/* `work_tree` may be NULL: the one that libgit2 found. */
static int open_with(struct tl_repo **out, const char *folder, unsigned flags, const char *work_tree,
                     struct tl_error *err)
{
	struct tl_repo *repo;
	git_repository *git = NULL;
	int status;

	*out = NULL;
	if (tl_git_start(err) < 0)
		return -1;
	status = git_repository_open_ext(&git, folder, flags, NULL);
	if (status < 0) {
		explain_open(err, status, folder);
		goto fail;
	}
	if ((flags & GIT_REPOSITORY_OPEN_NO_SEARCH) && !work_tree && !names_its_tree(git))
		work_tree = ".";
	TL_GIT_LEAK_BEGIN();
	status = work_tree ? git_repository_set_workdir(git, work_tree, 0) : 0;
	TL_GIT_LEAK_END();
	if (status < 0) {
		tl_git_error(err, status, "cannot use the working tree '%s'", work_tree);
		goto fail;
	}
	if (check_object_format(git, folder, err) < 0)
		goto fail;
	repo = tl_alloc_zero(1, sizeof(*repo));
	repo->git = git;
	repo->root = folder_name(git_repository_workdir(git));
	repo->git_folder = folder_name(git_repository_path(git));
	repo->common_folder = folder_name(git_repository_commondir(git));
	tl_odb_pool_init(&repo->pool, repo->common_folder);
	*out = repo;
	return 0;
fail:
	git_repository_free(git);
	tl_git_stop();
	return -1;
}

int tl_repo_open(struct tl_repo **out, const char *folder, struct tl_error *err)
{
	return open_with(out, folder, 0, NULL, err);
}

int tl_repo_open_at(struct tl_repo **out, const char *git_folder, const char *work_tree, struct tl_error *err)
{
	return open_with(out, git_folder, GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT, work_tree,
	                 err);
}

void tl_repo_free(struct tl_repo *repo)
{
	if (!repo)
		return;
	tl_odb_pool_clear(&repo->pool);
	git_repository_free(repo->git);
	free(repo->root);
	free(repo->git_folder);
	free(repo->common_folder);
	free(repo);
	tl_git_stop();
}

struct tl_str tl_repo_root(const struct tl_repo *repo)
{
	return tl_str(repo->root);
}

struct tl_str tl_repo_git_folder(const struct tl_repo *repo)
{
	return tl_str(repo->git_folder);
}

struct tl_str tl_repo_common_folder(const struct tl_repo *repo)
{
	return tl_str(repo->common_folder);
}

int tl_repo_config(git_config **out, struct tl_repo *repo, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	git_config *config = NULL;
	int status, per_worktree = 0;

	*out = NULL;
	status = git_repository_config(&config, repo->git);
	if (status < 0)
		return tl_git_error(err, status, "cannot read the configuration of '%s'", repo->git_folder);
	/* libgit2 1.5 lets us pass the extension but does not read its file, which outranks all others. */
	if (git_config_get_bool(&per_worktree, config, "extensions.worktreeconfig") == 0 && per_worktree) {
		const char *path = tl_path_join(&arena, tl_str(repo->git_folder), TL_STR("config.worktree")).ptr;

		status = access(path, F_OK) == 0
		                 ? git_config_add_file_ondisk(config, path, GIT_CONFIG_LEVEL_APP, repo->git, 1)
		                 : 0;
	}
	if (status >= 0)
		status = git_config_snapshot(out, config);
	if (status < 0)
		tl_git_error(err, status, "cannot read the configuration of '%s'", repo->git_folder);
	git_config_free(config);
	tl_arena_clear(&arena);
	return status < 0 ? -1 : 0;
}

/* The first remote from which a partial clone fetches what it lacks; false where there is none. */
static bool find_promisor(struct tl_str *name, struct tl_arena *arena, git_config *config)
{
	const struct tl_str before = TL_STR("remote."), after = TL_STR(".promisor");
	git_config_iterator *iterator = NULL;
	git_config_entry *entry;

	*name = (struct tl_str){ NULL, 0 };
	if (git_config_iterator_glob_new(&iterator, config, "^remote\\..*\\.promisor$") < 0)
		return false;
	while (!name->ptr && git_config_next(&entry, iterator) == 0) {
		struct tl_str whole = tl_str(entry->name);

		if (whole.len > before.len + after.len && tl_str_is(tl_str(entry->value), "true"))
			*name = tl_arena_dup(arena, tl_str_slice(whole, before.len, whole.len - after.len));
	}
	git_config_iterator_free(iterator);
	return name->ptr != NULL;
}

bool tl_repo_is_shallow(const struct tl_repo *repo)
{
	return git_repository_is_shallow(repo->git) == 1;
}

int tl_repo_explain(struct tl_repo *repo, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_str remote;
	git_config *config;

	if (!err)
		return -1;
	if (git_repository_is_shallow(repo->git))
		return tl_error_set(
			err, TL_NOT_FOUND,
			"%s (this is a shallow clone: 'git fetch --unshallow', or `fetch-depth: 0` in a GitHub "
			"workflow, brings the rest)",
			err->message);
	if (tl_repo_config(&config, repo, NULL) < 0)
		return -1;
	if (find_promisor(&remote, &arena, config))
		tl_error_set(
			err, err->code,
			"%s (this is a partial clone: 'git fetch --refetch --no-filter %.*s' brings what was left out)",
			err->message, TL_FMT(remote));
	git_config_free(config);
	tl_arena_clear(&arena);
	return -1;
}

static bool is_too_short(void)
{
	const git_error *last = git_error_last();

	return last && last->message && strstr(last->message, "too short");
}

int tl_repo_resolve(git_oid *out, struct tl_repo *repo, const char *rev, git_object_t type, struct tl_error *err)
{
	git_object *object = NULL, *peeled = NULL;
	int status = git_revparse_single(&object, repo->git, rev);

	if (status == 0)
		status = git_object_peel(&peeled, object, type);
	/* A word of up to three signs could be the beginning of a hash, but is taken for none. */
	if (status == GIT_EAMBIGUOUS && is_too_short())
		status = GIT_ENOTFOUND;
	if (status == 0)
		*out = *git_object_id(peeled);
	else
		tl_git_error(err, status, "'%s' names no %s here", rev, git_object_type2string(type));
	git_object_free(peeled);
	git_object_free(object);
	if (status == GIT_ENOTFOUND)
		tl_repo_explain(repo, err);
	return status < 0 ? -1 : 0;
}

int tl_repo_commit(char oid[TL_OID_SIZE], struct tl_repo *repo, const char *rev, struct tl_error *err)
{
	git_oid id;

	oid[0] = '\0';
	if (tl_repo_resolve(&id, repo, rev, GIT_OBJECT_COMMIT, err) < 0)
		return -1;
	tl_git_hex(oid, id.id);
	return 0;
}

int tl_repo_merge_base(char oid[TL_OID_SIZE], struct tl_repo *repo, const char *a, const char *b, struct tl_error *err)
{
	git_oid base, id_a, id_b;
	int status;

	status = tl_repo_resolve(&id_a, repo, a, GIT_OBJECT_COMMIT, err);
	if (status == 0)
		status = tl_repo_resolve(&id_b, repo, b, GIT_OBJECT_COMMIT, err);
	if (status < 0) {
		oid[0] = '\0';
		return -1;
	}
	TL_GIT_LEAK_BEGIN();
	status = git_merge_base(&base, repo->git, &id_a, &id_b);
	TL_GIT_LEAK_END();
	if (status == 0) {
		tl_git_hex(oid, base.id);
		return 0;
	}
	tl_git_error(err, status, "'%s' and '%s' have no commit in common", a, b);
	oid[0] = '\0';
	return tl_repo_explain(repo, err);
}

int tl_repo_head_tree(git_oid *out, bool *born, struct tl_repo *repo, struct tl_error *err)
{
	int unborn = git_repository_head_unborn(repo->git);

	*born = false;
	if (unborn < 0)
		return tl_git_error(err, unborn, "cannot read HEAD");
	if (unborn)
		return 0;
	*born = true;
	return tl_repo_resolve(out, repo, "HEAD", GIT_OBJECT_TREE, err);
}

int tl_repo_hooks_folder(struct tl_str *out, struct tl_arena *arena, struct tl_repo *repo, struct tl_error *err)
{
	git_config *config;
	git_buf path = { 0 };
	int status;

	*out = (struct tl_str){ NULL, 0 };
	if (tl_repo_config(&config, repo, err) < 0)
		return -1;
	status = git_config_get_path(&path, config, "core.hookspath");
	if (status == 0 && path.size)
		/* git runs hooks in the working tree's root, or in the git folder of a bare repository. */
		*out = tl_path_join(arena, tl_str(repo->root[0] ? repo->root : repo->git_folder), tl_str(path.ptr));
	else if (status == 0 || status == GIT_ENOTFOUND)
		*out = tl_path_join(arena, tl_str(repo->common_folder), TL_STR("hooks"));
	else
		tl_git_error(err, status, "cannot read core.hooksPath");
	git_buf_dispose(&path);
	git_config_free(config);
	return out->ptr ? 0 : -1;
}

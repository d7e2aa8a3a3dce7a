/* git/commit.c: the place of a commit in history, and its signature. */
#include "git/commit.h"

#include "base/guard.h"
#include "base/process.h"
#include "git/room.h"

#define COMMIT_LIMIT ((uint64_t)1 << 20)
#define SIGNERS_LIMIT ((uint64_t)4 << 20)
#define TOOL_MS 10000
#define TOOL_LIMIT ((size_t)64 << 10)

/* --- Ancestry */

/* A branch by its name among refs. Returns libgit2's status. */
static int find_branch(git_oid *out, struct tl_repo *repo, const char *branch)
{
	static const char *const folders[] = { "refs/remotes/", "refs/heads/" };
	struct tl_arena arena = { 0 };
	int status = GIT_ENOTFOUND;

	if (strncmp(branch, "refs/", 5) == 0)
		return git_reference_name_to_id(out, repo->git, branch);
	for (size_t i = 0; i < TL_COUNT(folders) && status != 0; i++)
		status = git_reference_name_to_id(out, repo->git, tl_arena_printf(&arena, "%s%s", folders[i], branch).ptr);
	tl_arena_clear(&arena);
	return status;
}

static int no_such_branch(struct tl_repo *repo, const char *branch, struct tl_error *err)
{
	if (git_repository_is_shallow(repo->git))
		return tl_error_set(err, TL_NOT_FOUND, "there is no branch '%s' here, and this is a shallow clone: `fetch-depth: 0` in a GitHub workflow, or "
		                    "'git fetch --unshallow', brings all branches whole", branch);
	return tl_error_set(err, TL_NOT_FOUND, "there is no branch '%s' here: 'git fetch' brings those of the remote", branch);
}

int tl_commit_is_ancestor(bool *out, struct tl_repo *repo, const char *commit, const char *branch, struct tl_error *err)
{
	git_oid tip, id;
	int status;

	*out = false;
	if (tl_repo_resolve(&id, repo, commit, GIT_OBJECT_COMMIT, err) != 0)
		return -1;
	if (find_branch(&tip, repo, branch) != 0)
		return no_such_branch(repo, branch, err);
	if (git_oid_equal(&tip, &id)) {
		*out = true;
		return 0;
	}
	TL_GIT_LEAK_BEGIN();
	status = git_graph_descendant_of(repo->git, &tip, &id);
	TL_GIT_LEAK_END();
	*out = status > 0;
	/* Where history is cut off, libgit2 says "no" as readily as that something is missing. */
	if (!*out && git_repository_is_shallow(repo->git))
		return tl_error_set(err, TL_USAGE, "whether '%s' is part of '%s' cannot be told in a shallow clone: `fetch-depth: 0` in a GitHub workflow, or "
		                    "'git fetch --unshallow', brings the whole history", commit, branch);
	return status < 0 ? tl_git_error(err, status, "cannot follow the history of '%s'", branch) : 0;
}

/* --- Signatures */

struct signed_commit {
	struct tl_str payload, signature; /* in the arena */
};

/* A commit that holds a NUL is none that git makes, and what stands behind the NUL would be signed by nobody. */
static int check_commit(struct tl_repo *repo, const git_oid *id, const char *commit, struct tl_error *err)
{
	git_odb_object *object;
	int ret = 0;

	if (tl_odb_read(&object, repo, id, GIT_OBJECT_COMMIT, COMMIT_LIMIT, tl_str(commit), err) != 0)
		return -1;
	if (memchr(git_odb_object_data(object), '\0', git_odb_object_size(object)))
		ret = tl_error_set(err, TL_REFUSED, "the commit '%s' holds a NUL byte: its signature says nothing", commit);
	git_odb_object_free(object);
	return ret;
}

static int extract(struct signed_commit *out, struct tl_arena *arena, struct tl_repo *repo, const char *commit, struct tl_error *err)
{
	git_buf signature = { 0 }, payload = { 0 };
	git_oid id;
	int status;

	if (tl_repo_resolve(&id, repo, commit, GIT_OBJECT_COMMIT, err) != 0 || check_commit(repo, &id, commit, err) != 0)
		return -1;
	status = git_commit_extract_signature(&signature, &payload, repo->git, &id, NULL);
	if (status == 0) {
		out->signature = tl_arena_dup(arena, (struct tl_str){ signature.ptr, signature.size });
		out->payload = tl_arena_dup(arena, (struct tl_str){ payload.ptr, payload.size });
	} else if (status == GIT_ENOTFOUND) {
		tl_error_set(err, TL_REFUSED, "the commit '%s' is not signed, and only signed ones are published from here (git commit -S)", commit);
	} else {
		tl_git_error(err, status, "cannot read the signature of '%s'", commit);
	}
	git_buf_dispose(&signature);
	git_buf_dispose(&payload);
	return status == 0 ? 0 : -1;
}

/* One run of a tool with nothing of ours in its environment. */
static int run_tool(struct tl_str *said, int *status, struct tl_arena *arena, const char *const *argv, const struct tl_str *inputs, size_t n_inputs,
                    struct tl_error *err)
{
	static const char *const environment[] = { "LC_ALL=C", "HOME=/nonexistent", "PATH=/usr/bin:/bin", NULL };
	struct tl_process process = {
		.argv = argv, .envp = environment, .inputs = inputs, .n_inputs = n_inputs, .timeout_ms = TOOL_MS, .limit = TOOL_LIMIT,
	};

	return tl_process_run(said, status, arena, &process, err);
}

static int find_tool(const char **out, struct tl_arena *arena, const char *name, const char *package, const char *path, struct tl_error *err)
{
	*out = tl_process_find(arena, name, path);
	if (*out)
		return 0;
	return tl_error_set(err, TL_IO, "signatures are verified with '%s', which is not installed (Debian's package %s)", name, package);
}

/* Cuts the next line off `text`. */
static struct tl_str next_line(struct tl_str *text)
{
	size_t end = tl_str_find(*text, TL_STR("\n"), 0);
	struct tl_str line = tl_str_slice(*text, 0, end == SIZE_MAX ? text->len : end);

	*text = tl_str_slice(*text, end == SIZE_MAX ? text->len : end + 1, text->len);
	return line;
}

/* "Good "git" signature for NAME with ED25519 key SHA256:…": the key is what follows the last blank. */
static struct tl_str last_word(struct tl_str line)
{
	size_t at = line.len;

	while (at > 0 && line.ptr[at - 1] != ' ')
		at--;
	return tl_str_slice(line, at, line.len);
}

/* The first of the principals of an entry ("a@example.com,b@example.com") that is not excluded from it. */
static struct tl_str first_principal(struct tl_str list)
{
	while (list.len > 0) {
		size_t comma = tl_str_find(list, TL_STR(","), 0), end = comma == SIZE_MAX ? list.len : comma;

		if (end > 0 && list.ptr[0] != '!')
			return tl_str_slice(list, 0, end);
		list = tl_str_slice(list, end < list.len ? end + 1 : end, list.len);
	}
	return list;
}

static int verify_ssh(struct tl_signer *out, struct tl_arena *arena, const struct signed_commit *is, struct tl_str signers, const char *commit,
                      const char *path, struct tl_error *err)
{
	struct tl_str inputs[] = { is->payload, is->signature, signers }, said;
	const char *tool;
	int status;

	if (find_tool(&tool, arena, "ssh-keygen", "openssh-client", path, err) != 0)
		return -1;
	const char *const find[] = { tool, "-Y", "find-principals", "-f", "/dev/fd/4", "-s", "/dev/fd/3", NULL };
	if (run_tool(&said, &status, arena, find, inputs, TL_COUNT(inputs), err) != 0)
		return -1;
	out->name = tl_arena_dup(arena, first_principal(next_line(&said)));
	if (status != 0 || out->name.len == 0)
		return tl_error_set(err, TL_REFUSED, "the commit '%s' is signed by a key that is none of the signers'", commit);
	const char *const verify[] = { tool, "-Y", "verify", "-f", "/dev/fd/4", "-I", out->name.ptr, "-n", "git", "-s", "/dev/fd/3", NULL };
	if (run_tool(&said, &status, arena, verify, inputs, TL_COUNT(inputs), err) != 0)
		return -1;
	if (status != 0)
		return tl_error_set(err, TL_REFUSED, "the signature of the commit '%s' does not hold: it was made for something else, or its key is not valid now", commit);
	out->key = last_word(next_line(&said));
	return 0;
}

/* The text after "[GNUPG:] WORD ", or no pointer where no line has it. */
static struct tl_str gpg_status(struct tl_str said, const char *word)
{
	while (said.len > 0) {
		struct tl_str line = next_line(&said);
		struct tl_str mark = TL_STR("[GNUPG:] ");

		if (!tl_str_starts(line, mark))
			continue;
		line = tl_str_slice(line, mark.len, line.len);
		if (tl_str_starts(line, tl_str(word)) && (line.len == strlen(word) || line.ptr[strlen(word)] == ' '))
			return tl_str_trim(tl_str_slice(line, strlen(word), line.len));
	}
	return (struct tl_str){ NULL, 0 };
}

static int verify_gpg(struct tl_signer *out, struct tl_arena *arena, const struct signed_commit *is, struct tl_str signers, const char *commit,
                      const char *path, struct tl_error *err)
{
	static const char *const bad_table[] = { "BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "KEYEXPIRED", "KEYREVOKED" };
	struct tl_str inputs[] = { is->payload, is->signature, signers }, said, good, valid;
	const char *tool;
	bool bad = false;
	int status;

	if (find_tool(&tool, arena, "gpgv", "gpgv", path, err) != 0)
		return -1;
	const char *const verify[] = { tool, "--homedir", "/nonexistent", "--keyring", "/dev/fd/4", "--status-fd", "1", "/dev/fd/3", "-", NULL };
	if (run_tool(&said, &status, arena, verify, inputs, TL_COUNT(inputs), err) != 0)
		return -1;
	if (gpg_status(said, "NO_PUBKEY").ptr)
		return tl_error_set(err, TL_REFUSED, "the commit '%s' is signed by a key that is none of the signers'", commit);
	for (size_t i = 0; i < TL_COUNT(bad_table); i++)
		bad = bad || gpg_status(said, bad_table[i]).ptr;
	good = gpg_status(said, "GOODSIG");
	valid = gpg_status(said, "VALIDSIG");
	if (status != 0 || bad || !good.ptr || !valid.ptr)
		return tl_error_set(err, TL_REFUSED, "the signature of the commit '%s' does not hold: it was made for something else, or its key is not valid now", commit);
	size_t blank = tl_str_find(good, TL_STR(" "), 0), end = tl_str_find(valid, TL_STR(" "), 0);
	out->name = tl_str_slice(good, blank == SIZE_MAX ? 0 : blank + 1, good.len);
	out->key = tl_str_slice(valid, 0, end == SIZE_MAX ? valid.len : end);
	return 0;
}

/* A keybox, or packets of OpenPGP, whose first byte has its highest bit set. */
static bool is_keyring(struct tl_str bytes)
{
	if (bytes.len >= 12 && memcmp(bytes.ptr + 8, "KBXf", 4) == 0)
		return true;
	return bytes.len > 0 && ((unsigned char)bytes.ptr[0] & 0x80);
}

int tl_commit_verify(struct tl_signer *out, struct tl_arena *arena, struct tl_repo *repo, const char *commit, const char *signers, const char *path,
                     struct tl_error *err)
{
	const char *outside = repo->root[0] ? repo->root : repo->git_folder;
	struct signed_commit is;
	struct tl_str keys;
	bool ssh, keyring;

	*out = (struct tl_signer){ 0 };
	if (tl_guard_read(&keys, arena, signers, TL_GUARD_OURS, outside, SIGNERS_LIMIT, "the file of signers", err) != 0) {
		if (err && err->code == TL_NOT_FOUND)
			err->code = TL_USAGE;
		return -1;
	}
	if (tl_str_starts(keys, TL_STR("-----BEGIN PGP")))
		return tl_error_set(err, TL_USAGE, "the file of signers '%s' is armoured, which gpgv does not read: gpg --dearmor makes a keyring of it", signers);
	if (extract(&is, arena, repo, commit, err) != 0)
		return -1;
	ssh = tl_str_starts(is.signature, TL_STR("-----BEGIN SSH SIGNATURE-----"));
	keyring = is_keyring(keys);
	if (!ssh && !tl_str_starts(is.signature, TL_STR("-----BEGIN PGP ")))
		return tl_error_set(err, TL_REFUSED, "the commit '%s' is signed in a way that is not known here: SSH keys and OpenPGP are", commit);
	if (ssh == keyring)
		return tl_error_set(err, TL_REFUSED, "the commit '%s' is signed with %s, but '%s' holds %s", commit, ssh ? "an SSH key" : "OpenPGP", signers,
		                    keyring ? "keys of OpenPGP" : "SSH keys");
	return ssh ? verify_ssh(out, arena, &is, keys, commit, path, err) : verify_gpg(out, arena, &is, keys, commit, path, err);
}

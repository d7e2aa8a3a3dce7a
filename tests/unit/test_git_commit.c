/* tests/unit/test_git_commit.c: ancestors and signatures, of commits that git itself made. */
#include "git_yard.h"

#include <string.h>

#include "git/commit.h"
#include "git/identity.h"

#define COMMIT(name) "echo " name " >a; git add a; git commit -q -m " name "; git tag " name "\n"

/* r: a - b (main), a - c (side); a tag named like the remote's branch. clone: of r; shallow: its last commit. */
static const char history[] =
	"git init -q r; cd r\n" COMMIT("a") COMMIT("b")
	"git checkout -q -b side a\n" COMMIT("c")
	"git checkout -q main\n"
	"cd ..; git clone -q r clone; cd clone; git tag odd/name origin/side; git branch odd/name origin/main\n"
	"git update-ref refs/remotes/x/main origin/main; git branch x/main origin/side\n"
	"cd ..; git clone -q --depth 1 \"file://$PWD/r\" shallow\n";

static const struct ancestor_row {
	const char *repo, *commit, *branch, *wanted;
} ancestor_table[] = {
	{ "clone", "b", "origin/main", "yes" },
	{ "clone", "a", "origin/main", "yes" },
	{ "clone", "c", "origin/main", "no" },
	{ "clone", "c", "origin/side", "yes" },
	{ "clone", "a", "refs/remotes/origin/side", "yes" },
	{ "clone", "b", "main", "yes" },
	{ "clone", "c", "odd/name", "no" },  /* the branch, not the tag */
	{ "clone", "b", "x/main", "yes" },   /* the remote's, not the local branch of that spelling */
	{ "clone", "b", "HEAD", "error 3 there is no branch 'HEAD' here: 'git fetch' brings those of the remote" },
	{ "clone", "b", "b", "error 3 there is no branch 'b' here: 'git fetch' brings those of the remote" },
	{ "clone", "b", "../../HEAD", "error 3 there is no branch '../../HEAD' here: 'git fetch' brings those of the remote" },
	{ "shallow", "HEAD", "origin/main", "yes" },
	{ "shallow", "HEAD", "origin/side",
	  "error 3 there is no branch 'origin/side' here, and this is a shallow clone: `fetch-depth: 0` in a GitHub workflow, or 'git fetch --unshallow', brings "
	  "all branches whole" },
};

static void knows_ancestors(void **state)
{
	struct git_yard *yard = *state;

	git_yard_run(yard, history);
	for (size_t i = 0; i < TL_COUNT(ancestor_table); i++) {
		const struct ancestor_row *row = &ancestor_table[i];
		struct tl_repo *repo = git_yard_open(yard, row->repo);
		const char *got;
		bool is;

		if (tl_commit_is_ancestor(&is, repo, row->commit, row->branch, &yard->err) == 0)
			got = is ? "yes" : "no";
		else
			got = tl_arena_printf(&yard->arena, "error %d %s", (int)yard->err.code, yard->err.message).ptr;
		if (strcmp(got, row->wanted) != 0)
			fail_msg("%s %s in %s:\n%s\nwanted:\n%s", row->repo, row->commit, row->branch, got, row->wanted);
		tl_repo_free(repo);
	}
}

/* A shallow clone in which the answer lies beyond what is there. */
static void says_where_history_ends(void **state)
{
	struct git_yard *yard = *state;
	struct tl_repo *repo;
	bool is;

	git_yard_run(yard, "git init -q r; cd r\n" COMMIT("a") COMMIT("b") COMMIT("c")
	                   "git checkout -q -b side a\n" COMMIT("d")
	                   "cd ..; git clone -q --depth 1 --no-single-branch \"file://$PWD/r\" s");
	repo = git_yard_open(yard, "s");
	assert_int_equal(tl_commit_is_ancestor(&is, repo, "origin/side", "origin/main", &yard->err), -1);
	assert_int_equal(yard->err.code, TL_USAGE);
	assert_non_null(strstr(yard->err.message, "fetch-depth: 0"));
	assert_false(is);
	tl_repo_free(repo);
}

/* Keys of three people; commits signed by SSH and OpenPGP, and ones that were tampered with. gpg.program and gpg.ssh.program of the repository would run a
 * program that says yes to everything. */
static const char signatures[] =
	"mkdir keys; for n in one two gone; do ssh-keygen -q -t ed25519 -N '' -C $n -f keys/$n; done\n"
	"echo \"one@example.com,uno@example.com $(cat keys/one.pub)\" >allowed\n"
	"echo \"gone@example.com valid-before=\\\"20200101\\\" $(cat keys/gone.pub)\" >>allowed\n"
	"echo \"two@example.com $(cat keys/two.pub)\" >others; cp allowed loose; chmod 666 loose; printf '%s\\n' '-----BEGIN PGP PUBLIC KEY BLOCK-----' >armoured\n"
	"git init -q r; cd r; cp ../allowed tracked\n"
	"printf '#!/bin/sh\\ntouch \"$HOME/ran\"\\nexit 0\\n' >yes; chmod +x yes; cp yes ssh-keygen; cp yes gpgv; git add .; git commit -q -m plain; git tag plain\n"
	"git config gpg.format ssh\n"
	"for n in one two gone; do git -c user.signingkey=../keys/$n.pub commit -q -S --allow-empty -m $n; git tag $n; done\n"
	"git cat-file commit one | sed 's/^one$/evil/' >evil; git tag evil $(git hash-object -t commit -w evil)\n"
	"git cat-file commit one >nul; printf 'x\\0y' >>nul; git tag nul $(git hash-object -t commit -w --literally nul)\n"
	"git config gpg.program $PWD/yes; git config gpg.ssh.program $PWD/yes; git config gpg.ssh.allowedSignersFile $PWD/../others\n";

static const struct verify_row {
	const char *commit, *signers, *wanted;
} verify_table[] = {
	{ "one", "allowed", "one@example.com" },
	{ "two", "allowed", "error 6 the commit 'two' is signed by a key that is none of the signers'" },
	{ "two", "others", "two@example.com" },
	{ "gone", "allowed", "error 6 the commit 'gone' is signed by a key that is none of the signers'" },
	{ "plain", "allowed", "error 6 the commit 'plain' is not signed, and only signed ones are published from here (git commit -S)" },
	{ "evil", "allowed", "error 6 the signature of the commit 'evil' does not hold: it was made for something else, or its key is not valid now" },
	{ "nul", "allowed", "error 6 the commit 'nul' holds a NUL byte: its signature says nothing" },
	{ "one", "loose", "error 1 the file of signers" },
	{ "one", "r/tracked", "error 1 the file of signers" },
	{ "one", "missing", "error 1 cannot read the file of signers" },
	{ "one", "armoured", "error 1 the file of signers" },
	{ "nowhere", "allowed", "error 3 'nowhere' names no commit here" },
};

static const char *say_signer(struct git_yard *yard, struct tl_repo *repo, const char *commit, const char *signers)
{
	struct tl_signer signer;

	if (tl_commit_verify(&signer, &yard->arena, repo, commit, git_yard_path(yard, signers), ".:/usr/bin:/bin", &yard->err) != 0)
		return tl_arena_printf(&yard->arena, "error %d %s", (int)yard->err.code, yard->err.message).ptr;
	assert_true(signer.key.len > 0);
	return tl_arena_dup(&yard->arena, signer.name).ptr;
}

static void verifies_ssh(void **state)
{
	struct git_yard *yard = *state;
	struct tl_repo *repo;

	git_yard_run(yard, signatures);
	repo = git_yard_open(yard, "r");
	for (size_t i = 0; i < TL_COUNT(verify_table); i++) {
		const struct verify_row *row = &verify_table[i];
		const char *got = say_signer(yard, repo, row->commit, row->signers);

		if (strncmp(got, row->wanted, strlen(row->wanted)) != 0)
			fail_msg("%s %s:\n%s\nwanted:\n%s", row->commit, row->signers, got, row->wanted);
	}
	git_yard_run(yard, "test ! -e ran");
	tl_repo_free(repo);
}

static void verifies_openpgp(void **state)
{
	struct git_yard *yard = *state;
	struct tl_repo *repo;

	git_yard_run(yard,
	             "mkdir -m 700 g; export GNUPGHOME=$PWD/g\n"
	             "for n in one two; do gpg --batch --quiet --passphrase '' --quick-gen-key $n@example.com ed25519 sign 0 2>/dev/null; done\n"
	             "gpg --export one@example.com >ring; gpg --export two@example.com >other; echo 'x ssh-ed25519 AAAA' >allowed\n"
	             "git init -q r; cd r; for n in one two; do git -c user.signingkey=$n@example.com commit -q -S --allow-empty -m $n; git tag $n; done\n"
	             "git cat-file commit one | sed 's/^one$/evil/' >../evil; git tag evil $(git hash-object -t commit -w ../evil); gpgconf --kill all");
	repo = git_yard_open(yard, "r");
	assert_string_equal(say_signer(yard, repo, "one", "ring"), "one@example.com");
	assert_string_equal(say_signer(yard, repo, "two", "other"), "two@example.com");
	assert_string_equal(say_signer(yard, repo, "two", "ring"), "error 6 the commit 'two' is signed by a key that is none of the signers'");
	assert_non_null(strstr(say_signer(yard, repo, "evil", "ring"), "does not hold"));
	assert_non_null(strstr(say_signer(yard, repo, "one", "allowed"), "holds SSH keys"));
	tl_repo_free(repo);
}

static const struct identity_row {
	const char *url, *wanted;
} identity_table[] = {
	{ "https://github.com/acme/flows", "github.com/acme/flows" },
	{ "https://GitHub.com/acme/Flows.git/", "github.com/acme/Flows" },
	{ "https://x-access-token:ghs_secret@github.com/acme/flows", "github.com/acme/flows" },
	{ "https://user@name:secret@github.com:443/acme/flows", "github.com/acme/flows" },
	{ "git@github.com:acme/flows.git", "github.com/acme/flows" },
	{ "ssh://git@github.com:22/acme/flows", "github.com/acme/flows" },
	{ "ssh://git@git.example:2222/acme/flows.git", "git.example:2222/acme/flows" },
	{ "host:flows", "host/flows" },
	{ "/srv/flows.git", "" },
	{ "../a:b", "" },
	{ "file:///srv/flows", "" },
	{ "https://host", "" },
};

static void names_a_repository(void **state)
{
	struct git_yard *yard = *state;
	static const char *const folders[] = { "r", "w", "clone" };

	for (size_t i = 0; i < TL_COUNT(identity_table); i++)
		assert_str(tl_remote_identity(&yard->arena, tl_str(identity_table[i].url)), identity_table[i].wanted);
	git_yard_run(yard, "git init -q r; cd r; git commit -q --allow-empty -m a; git worktree add -q ../w; git clone -q . ../clone");
	for (size_t i = 0; i < TL_COUNT(folders); i++) {
		struct tl_repo *repo = git_yard_open(yard, folders[i]);
		struct tl_str identity;

		assert_int_equal(tl_repo_identity(&identity, &yard->arena, repo, &yard->err), 0);
		assert_str(identity, tl_arena_printf(&yard->arena, "file:%s/r%s", yard->path, i < 2 ? "/.git" : "").ptr);
		tl_repo_free(repo);
	}
}

int test_git_commit(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(knows_ancestors, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(says_where_history_ends, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(verifies_ssh, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(verifies_openpgp, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(names_a_repository, git_yard_make, git_yard_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

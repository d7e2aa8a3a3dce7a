/* tests/unit/test_git_repo.c: opening repositories of every shape, and what their names lead to. */
#include "git_yard.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_1 "echo 1 >a; git add a; git commit -q -m 1\n"

/* What opening and resolving say, with the yard's path as "Y". */
static const struct open_row {
	const char *name, *script, *folder, *wanted;
} open_table[] = {
	{ "plain", "git init -q r", "r", "Y/r Y/r/.git Y/r/.git" },
	{ "a subfolder", "git init -q r; mkdir -p r/s/t", "r/s/t", "Y/r Y/r/.git Y/r/.git" },
	{ "bare", "git init -q --bare b.git", "b.git", " Y/b.git Y/b.git" },
	{ "a linked worktree", "git init -q r; cd r; " FILE_1 "git worktree add -q ../w", "w",
	  "Y/w Y/r/.git/worktrees/w Y/r/.git" },
	{ "a worktree of a bare one",
	  "git init -q r; cd r; " FILE_1 "git clone -q --bare . ../b.git; git -C ../b.git worktree add -q ../w main",
	  "w", "Y/w Y/b.git/worktrees/w Y/b.git" },
	{ "a separate git folder", "git init -q --separate-git-dir=g r", "r", "Y/r Y/g Y/g" },
	{ "a submodule",
	  "git init -q s; cd s; " FILE_1 "cd ..; git init -q r; cd r; git submodule -q add ../s m 2>/dev/null", "r/m",
	  "Y/r/m Y/r/.git/modules/m Y/r/.git/modules/m" },
	{ "a shallow clone",
	  "git init -q r; cd r; " FILE_1 "echo 2 >a; git commit -qam 2; git clone -q --depth 1 \"file://$PWD\" ../c",
	  "c", "Y/c Y/c/.git Y/c/.git" },
	{ "a sparse checkout", "git init -q r; cd r; " FILE_1 "git sparse-checkout set x", "r",
	  "Y/r Y/r/.git Y/r/.git" },
	{ "format version 1 with its object format",
	  "git init -q r; cd r; git config core.repositoryFormatVersion 1; git config extensions.objectFormat sha1",
	  "r", "Y/r Y/r/.git Y/r/.git" },
	{ "SHA-256", "git init -q --object-format=sha256 r", "r",
	  "error 9 the repository of 'Y/r' names its objects by sha256, which is not supported: only SHA-1 is" },
	{ "an extension that nobody knows",
	  "git init -q r; cd r; git config core.repositoryFormatVersion 1; git config extensions.odd x", "r",
	  "error 9 cannot read the repository of 'Y/r': unsupported extension name extensions.odd" },
	{ "a later format", "git init -q r; cd r; git config core.repositoryFormatVersion 9", "r",
	  "error 9 cannot read the repository of 'Y/r': unsupported repository version 9; only versions up to 1 are supported" },
	{ "none", "mkdir d", "d", "error 3 'Y/d' is not in a git repository" },
	{ "nothing there", "true", "d", "error 3 'Y/d' is not in a git repository" },
};

/* The text with the yard's path as "Y". */
static const char *short_text(struct git_yard *yard, const char *text)
{
	struct tl_str rest = tl_str(text);
	struct tl_str out = TL_STR("");
	size_t at;

	while ((void)(at = tl_str_find(rest, tl_str(yard->path), 0)), at != SIZE_MAX) {
		out = tl_arena_printf(&yard->arena, "%.*s%.*sY", TL_FMT(out), (int)at, rest.ptr);
		rest = tl_str_slice(rest, at + strlen(yard->path), rest.len);
	}
	return tl_arena_printf(&yard->arena, "%.*s%.*s", TL_FMT(out), TL_FMT(rest)).ptr;
}

static const char *say_error(struct git_yard *yard)
{
	return short_text(yard,
	                  tl_arena_printf(&yard->arena, "error %d %s", (int)yard->err.code, yard->err.message).ptr);
}

static const char *say_repo(struct git_yard *yard, int status, struct tl_repo *repo)
{
	const char *text;

	if (status < 0)
		return say_error(yard);
	text = tl_arena_printf(&yard->arena, "%.*s %.*s %.*s", TL_FMT(tl_repo_root(repo)),
	                       TL_FMT(tl_repo_git_folder(repo)), TL_FMT(tl_repo_common_folder(repo)))
	               .ptr;
	tl_repo_free(repo);
	return short_text(yard, text);
}

static void opens(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(open_table); i++) {
		const struct open_row *row = &open_table[i];
		struct git_yard *yard;
		struct tl_repo *repo;
		const char *got;
		void *fresh;
		int status;

		assert_int_equal(git_yard_make(&fresh), 0);
		yard = fresh;
		git_yard_run(yard, row->script);
		status = tl_repo_open(&repo, git_yard_path(yard, row->folder), &yard->err);
		got = say_repo(yard, status, repo);
		if (strcmp(got, row->wanted) != 0)
			fail_msg("%s:\n%s\nwanted:\n%s", row->name, got, row->wanted);
		git_yard_remove(&fresh);
	}
}

/* As hooks are told by GIT_DIR and GIT_WORK_TREE. */
static const struct open_at_row {
	const char *name, *cwd, *git_folder, *work_tree, *wanted;
} open_at_table[] = {
	{ "as by hand", "r", "r/.git", NULL, "Y/r Y/r/.git Y/r/.git" },
	{ "the folder that git was told to work in", "home", "r/.git", NULL, "Y/home Y/r/.git Y/r/.git" },
	{ "a separate git folder", "t", "g", NULL, "Y/t Y/g Y/g" },
	{ "by way of its file", "t", "t/.git", NULL, "Y/t Y/g Y/g" },
	{ "a linked worktree", "home", "r/.git/worktrees/w", NULL, "Y/w Y/r/.git/worktrees/w Y/r/.git" },
	{ "bare", "home", "b", NULL, " Y/b Y/b" },
	{ "both told", "r", "b", "home", "Y/home Y/b Y/b" },
	{ "core.worktree", "r", "c", NULL, "Y/home Y/c Y/c" },
	{ "the folder itself, not what is below it", "r", "r", NULL, "error 3 'Y/r' is not in a git repository" },
	{ "nor above it", "r", "r/s", NULL, "error 3 'Y/r/s' is not in a git repository" },
};

static void opens_by_git_folder(void **state)
{
	struct git_yard *yard = *state;
	char *before = getcwd(NULL, 0);

	git_yard_run(
		yard,
		"git init -q r; cd r; mkdir s; " FILE_1
		"git worktree add -q ../w; cd ..; git init -q --bare b; mkdir home; git init -q --separate-git-dir=g t\n"
		"git init -q --bare c; git -C c config core.bare false; git -C c config core.worktree ../home");
	for (size_t i = 0; i < TL_COUNT(open_at_table); i++) {
		const struct open_at_row *row = &open_at_table[i];
		const char *work_tree = row->work_tree ? git_yard_path(yard, row->work_tree) : NULL;
		struct tl_repo *repo;
		const char *got;
		int status;

		assert_return_code(chdir(git_yard_path(yard, row->cwd)), 0);
		status = tl_repo_open_at(&repo, git_yard_path(yard, row->git_folder), work_tree, &yard->err);
		assert_return_code(chdir(before), 0);
		got = say_repo(yard, status, repo);
		if (strcmp(got, row->wanted) != 0)
			fail_msg("%s:\n%s\nwanted:\n%s", row->name, got, row->wanted);
	}
	free(before);
}

static const char *say_commit(struct git_yard *yard, struct tl_repo *repo, const char *rev)
{
	char oid[TL_OID_SIZE];

	if (tl_repo_commit(oid, repo, rev, &yard->err) < 0)
		return say_error(yard);
	return tl_arena_dup(&yard->arena, tl_str(oid)).ptr;
}

static void commits(void **state)
{
	static const char *const names[] = { "HEAD",        "main",  "HEAD~1",   "v1",
		                             "HEAD^{/two}", ":/one", "main@{0}", "side^2^1" };
	struct git_yard *yard = *state;
	struct tl_repo *repo;
	char oid[TL_OID_SIZE];

	git_yard_run(
		yard,
		"git init -q r; cd r; echo 1 >a; git add a; git commit -q -m one; git tag -m t v1; echo 2 >a; git commit -qam two\n"
		"git checkout -q -b side v1; echo 3 >b; git add b; git commit -q -m three; git merge -q -m four main; git checkout -q main");
	repo = git_yard_open(yard, "r");
	for (size_t i = 0; i < TL_COUNT(names); i++) {
		struct tl_str wanted = git_yard_print(
			yard, tl_arena_printf(&yard->arena,
		                              "git -C r rev-parse \"$(git -C r rev-parse '%s')^{commit}\"", names[i])
				      .ptr);

		assert_string_equal(say_commit(yard, repo, names[i]),
		                    tl_arena_dup(&yard->arena, tl_str_trim(wanted)).ptr);
	}
	assert_int_equal(tl_repo_merge_base(oid, repo, "side~1", "main", &yard->err), 0);
	assert_string_equal(oid, say_commit(yard, repo, "v1"));
	/* The answer may take the place of the question. */
	assert_int_equal(tl_repo_commit(oid, repo, "side~1", &yard->err), 0);
	assert_int_equal(tl_repo_merge_base(oid, repo, oid, "main", &yard->err), 0);
	assert_string_equal(oid, say_commit(yard, repo, "v1"));
	assert_string_equal(say_commit(yard, repo, "nowhere"),
	                    "error 3 'nowhere' names no commit here: revspec 'nowhere' not found");
	assert_memory_equal(say_commit(yard, repo, "HEAD:a"), "error 1 'HEAD:a' names no commit here", 37);
	assert_memory_equal(say_commit(yard, repo, "a..b"), "error ", 6);
	assert_memory_equal(say_commit(yard, repo, ""), "error ", 6);
	tl_repo_free(repo);
}

static void nothing_in_common(void **state)
{
	struct git_yard *yard = *state;
	char oid[TL_OID_SIZE];
	struct tl_repo *repo;

	git_yard_run(yard, "git init -q r; cd r; " FILE_1 "git checkout -q --orphan o; git commit -q -m 2");
	repo = git_yard_open(yard, "r");
	assert_int_equal(tl_repo_merge_base(oid, repo, "main", "o", &yard->err), -1);
	assert_int_equal(yard->err.code, TL_NOT_FOUND);
	assert_string_equal(oid, "");
	tl_repo_free(repo);
}

static void unborn(void **state)
{
	struct git_yard *yard = *state;
	struct tl_repo *repo;

	git_yard_run(yard, "git init -q r");
	repo = git_yard_open(yard, "r");
	assert_memory_equal(say_commit(yard, repo, "HEAD"), "error 3 'HEAD' names no commit here", 35);
	tl_repo_free(repo);
}

static void shallow_clones_say_how_to_mend(void **state)
{
	struct git_yard *yard = *state;
	char oid[TL_OID_SIZE];
	struct tl_repo *repo;

	git_yard_run(
		yard,
		"git init -q r; cd r; " FILE_1
		"echo 2 >a; git commit -qam 2; git checkout -q -b o HEAD~1; echo 3 >a; git commit -qam 3; git checkout -q main\n"
		"git clone -q --depth 1 --no-single-branch \"file://$PWD\" ../c");
	repo = git_yard_open(yard, "c");
	assert_string_not_equal(say_commit(yard, repo, "HEAD"), "");
	say_commit(yard, repo, "HEAD~1");
	assert_int_equal(yard->err.code, TL_NOT_FOUND);
	assert_non_null(strstr(yard->err.message, "`fetch-depth: 0`"));
	assert_int_equal(tl_repo_merge_base(oid, repo, "HEAD", "origin/o", &yard->err), -1);
	assert_non_null(strstr(yard->err.message, "`fetch-depth: 0`"));
	tl_repo_free(repo);
}

static void partial_clones_say_how_to_mend(void **state)
{
	struct git_yard *yard = *state;
	struct tl_repo *repo;
	struct tl_view *view;

	git_yard_run(yard, "git init -q r; cd r; git config uploadpack.allowFilter true; " FILE_1
	                   "git clone -q --filter=blob:none --no-checkout \"file://$PWD\" ../c");
	repo = git_yard_open(yard, "c");
	assert_int_equal(tl_view_open_revision(&view, repo, "HEAD", &yard->err), 0);
	assert_non_null(strstr(git_yard_read(yard, view, "a").ptr, "git fetch --refetch --no-filter origin"));
	assert_int_equal(yard->err.code, TL_IO);
	tl_view_free(view);
	git_yard_run(yard, "cd c; git fetch -q --refetch --no-filter origin");
	tl_repo_free(repo);
	repo = git_yard_open(yard, "c");
	assert_int_equal(tl_view_open_revision(&view, repo, "HEAD", &yard->err), 0);
	assert_str(git_yard_read(yard, view, "a"), "1\n");
	tl_view_free(view);
	tl_repo_free(repo);
}

static void of_somebody_else(void **state)
{
	struct git_yard *yard = *state;
	struct tl_repo *repo;

	if (geteuid() != 0) {
		print_error("skipped: only root can give a folder away\n");
		skip();
	}
	git_yard_run(yard, "git init -q r; mkdir r/s; chown -R 12345 r");
	assert_int_equal(tl_repo_open(&repo, git_yard_path(yard, "r/s"), &yard->err), -1);
	assert_string_equal(
		say_error(yard),
		"error 6 the repository 'Y/r' belongs to somebody else; if you trust it: git config --global --add safe.directory 'Y/r'");
	/* And the mend is one. */
	git_yard_run(yard, "git config --global --add safe.directory \"$PWD/r\"");
	assert_int_equal(tl_repo_open(&repo, git_yard_path(yard, "r/s"), &yard->err), 0);
	tl_repo_free(repo);
}

static const struct dirty_row {
	const char *name, *script, *path;
	bool wanted;
} dirty_table[] = {
	{ "clean", "true", NULL, false },
	{ "clean, and touched", "touch -d 2001-01-01 a", NULL, false },
	{ "changed", "echo 22 >a", NULL, true },
	{ "staged", "echo 22 >a; git add a", NULL, true },
	{ "staged, and changed back", "echo 22 >a; git add a; echo 1 >a", NULL, true },
	{ "removed", "rm a", NULL, true },
	{ "mode", "chmod +x a", NULL, true },
	{ "untracked elsewhere", "echo 1 >n", "flows", false },
	{ "untracked, and nobody asks", "mkdir flows; echo 1 >flows/n", NULL, false },
	{ "untracked where it counts", "mkdir -p flows/s; echo 1 >flows/s/n", "flows", true },
	{ "untracked by a glob", "mkdir -p flows/s; echo 1 >flows/s/n.yaml", "flows/**/*.yaml", true },
	{ "ignored", "echo flows >.gitignore; git add .; git commit -qm 2; mkdir flows; echo 1 >flows/n", "flows",
	  false },
	{ "taken back from what is ignored",
	  "echo n >.gitignore; git add .; git commit -qm 2; mkdir flows; echo '!n' >flows/.gitignore; git add .; git commit -qm 3; echo 1 >flows/n",
	  "flows", true },
	{ "an untracked link", "mkdir flows; ln -s x flows/l", "flows", true },
	{ "announced by add -N", "echo 1 >n; git add -N n", NULL, true },
	{ "a file became a link", "rm a; ln -s x a", NULL, true },
	{ "a sparse checkout",
	  "mkdir s t; echo 1 >s/x; echo 1 >t/y; git add .; git commit -qm 2; git sparse-checkout set --no-sparse-index s",
	  NULL, false },
	{ "a sparse index",
	  "mkdir s t; echo 1 >s/x; echo 1 >t/y; git add .; git commit -qm 2; git sparse-checkout set --sparse-index s",
	  NULL, false },
	{ "a sparse index, and changed",
	  "mkdir s t; echo 1 >s/x; echo 1 >t/y; git add .; git commit -qm 2; git sparse-checkout set --sparse-index s; echo 2 >s/x",
	  NULL, true },
	{ "told to be taken as unchanged", "git update-index --assume-unchanged a", NULL, false },
	{ "told to be taken as unchanged, and changed", "git update-index --assume-unchanged a; echo 22 >a", NULL, true },
	{ "told to be taken as unchanged, and gone", "git update-index --assume-unchanged a; rm a", NULL, true },
	{ "told to be skipped, and changed", "git update-index --skip-worktree a; echo 22 >a", NULL, true },
	{ "told to be skipped, and gone", "git update-index --skip-worktree a; rm a", NULL, false },
	{ "told to be skipped, and a folder now", "git update-index --skip-worktree a; rm a; mkdir a", NULL, true },
	{ "ignored, and named", "echo n >.git/info/exclude; echo 1 >n", "n", true },
	{ "a link that is ignored, and named", "echo n >.git/info/exclude; ln -s x n", "n", true },
	{ "tracked, ignored and named", "echo a >.git/info/exclude", "a", false },
	{ "named, and nowhere", "true", "n", false },
	{ "left out by a sparse index, and put there as it was",
	  "mkdir s t; echo 1 >s/x; echo 1 >t/y; git add .; git commit -qm 2; git sparse-checkout set --sparse-index s; mkdir t; echo 1 >t/y", "t/y", false },
	{ "left out by a sparse index, and put there as something else",
	  "mkdir s t; echo 1 >s/x; echo 1 >t/y; git add .; git commit -qm 2; git sparse-checkout set --sparse-index s; mkdir t; echo 2 >t/y", NULL, true },
	{ "beside what a sparse index leaves out",
	  "mkdir s t; echo 1 >s/x; echo 1 >t/y; git add .; git commit -qm 2; git sparse-checkout set --sparse-index s; mkdir t; echo 2 >t/z", "t/z", true },
	{ "below what a sparse index leaves out",
	  "mkdir s t; echo 1 >s/x; echo 1 >t/y; git add .; git commit -qm 2; git sparse-checkout set --sparse-index s; mkdir t; echo 2 >t/z", "t", true },
	{ "of the same size in the same second", "echo 2 >a", NULL, true },
	{ "long ago", "touch -d 2020-01-01 a; git update-index --refresh; touch -d 2030-01-01 .git/index", NULL,
	  false },
	{ "modes that do not count", "chmod +x a; git config core.fileMode false", NULL, false },
	{ "line ends", "echo '* text eol=crlf' >.gitattributes; git add .; git commit -qm 2; printf '1\\r\\n' >a", NULL,
	  false },
	{ "line ends that were committed as they are", "printf '1\\r\\n' >a", NULL, true },
	{ "a link", "ln -s x l; git add l; git commit -qm 2; touch -h -d 2001-01-01 l", NULL, false },
	{ "a link to elsewhere", "ln -s x l; git add l; git commit -qm 2; ln -sf y l", NULL, true },
	{ "a folder became a link to itself",
	  "mkdir s; echo 1 >s/x; git add .; git commit -qm 2; mv s ../s; ln -s ../s s", NULL, true },
	{ "unmerged",
	  "git checkout -q -b o; echo 1 >a; echo 2 >a; git commit -qam 2; git checkout -q main; echo 3 >a; git commit -qam 3; git merge -q o || true",
	  NULL, true },
	{ "a submodule's inside is not looked at",
	  "git init -q s; git -C s commit -q --allow-empty -m 1; git add s 2>/dev/null; git commit -q -m 2; echo 1 >s/n",
	  "s", false },
	{ "a branch without a commit", "git checkout -q --orphan o; git rm -q --cached a; rm a", NULL, false },
};

static void dirty(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(dirty_table); i++) {
		const struct dirty_row *row = &dirty_table[i];
		struct tl_str path = tl_str(row->path);
		struct git_yard *yard;
		struct tl_repo *repo;
		struct tl_str found;
		bool is_dirty;
		void *fresh;

		assert_int_equal(git_yard_make(&fresh), 0);
		yard = fresh;
		git_yard_run(yard, tl_arena_printf(&yard->arena, "exec 2>/dev/null; git init -q r; cd r; " FILE_1 "%s",
		                                   row->script)
		                           .ptr);
		repo = git_yard_open(yard, "r");
		assert_row(row->name, tl_repo_is_dirty(&is_dirty, repo, &path, row->path ? 1 : 0, &yard->err) == 0);
		assert_row(row->name, is_dirty == row->wanted);
		assert_row(row->name, tl_repo_find_change(&found, &yard->arena, repo, &path, row->path ? 1 : 0, &yard->err) == 0);
		assert_row(row->name, (found.len > 0) == row->wanted);
		tl_repo_free(repo);
		git_yard_remove(&fresh);
	}
}

static const struct hooks_row {
	const char *name, *script, *folder, *wanted;
} hooks_table[] = {
	{ "as git has it", "git init -q r", "r", "Y/r/.git/hooks" },
	{ "a worktree shares them", "git init -q r; cd r; " FILE_1 "git worktree add -q ../w", "w", "Y/r/.git/hooks" },
	{ "relative", "git init -q r; cd r; mkdir s; git config core.hooksPath .hooks", "r/s", "Y/r/.hooks" },
	{ "relative, in a worktree",
	  "git init -q r; cd r; " FILE_1 "git worktree add -q ../w; git config core.hooksPath .hooks", "w",
	  "Y/w/.hooks" },
	{ "absolute", "git init -q r; cd r; git config core.hooksPath /elsewhere", "r", "/elsewhere" },
	{ "at home, for all", "git init -q r; git config --global core.hooksPath '~/hooks'", "r", "Y/hooks" },
	{ "of one worktree",
	  "git init -q r; cd r; " FILE_1
	  "git config extensions.worktreeConfig true; git worktree add -q ../w; git config core.hooksPath x; git -C ../w config --worktree core.hooksPath y",
	  "w", "Y/w/y" },
	{ "bare", "git init -q --bare r; git -C r config core.hooksPath x", "r", "Y/r/x" },
};

static void hooks_folders(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(hooks_table); i++) {
		const struct hooks_row *row = &hooks_table[i];
		struct git_yard *yard;
		struct tl_repo *repo;
		struct tl_str folder;
		void *fresh;

		assert_int_equal(git_yard_make(&fresh), 0);
		yard = fresh;
		git_yard_run(yard, row->script);
		repo = git_yard_open(yard, row->folder);
		assert_row(row->name, tl_repo_hooks_folder(&folder, &yard->arena, repo, &yard->err) == 0);
		assert_string_equal(short_text(yard, folder.ptr), row->wanted);
		tl_repo_free(repo);
		git_yard_remove(&fresh);
	}
}

int test_git_repo(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens),
		cmocka_unit_test_setup_teardown(opens_by_git_folder, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(commits, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(nothing_in_common, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(unborn, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(shallow_clones_say_how_to_mend, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(partial_clones_say_how_to_mend, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(of_somebody_else, git_yard_make, git_yard_remove),
		cmocka_unit_test(dirty),
		cmocka_unit_test(hooks_folders),
	};

	return cmocka_run_group_tests_name("git repo", tests, NULL, NULL);
}

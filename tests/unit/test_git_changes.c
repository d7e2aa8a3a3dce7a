/* tests/unit/test_git_changes.c: what is staged, and what differs between revisions: by hand, and compared with git itself. */
#include "git_yard.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"

static const char *staged_of(struct git_yard *yard, const char *name, const char *index_path)
{
	struct tl_repo *repo = git_yard_open(yard, name);
	struct tl_changes changes;
	int status = tl_repo_staged(&changes, &yard->arena, repo, index_path, &yard->err);
	const char *text = git_yard_changes(yard, status, &changes).ptr;

	tl_repo_free(repo);
	return text;
}

/* Each starts in a repository with a commit of a, s/b, s/t/c and u/d. */
static const char start[] =
	"git init -q r; cd r; mkdir -p s/t u; for f in a s/b s/t/c u/d; do echo $f >$f; done; git add .; git commit -q -m 1\n";

static const struct staged_row {
	const char *name, *script, *wanted;
} staged_table[] = {
	{ "nothing", "", "" },
	{ "the working tree alone", "echo x >a; rm u/d; echo y >new", "" },
	{ "changed", "echo x >s/b; git add s/b; echo y >s/b", "M s/b\n" },
	{ "changed back again in the working tree", "echo x >s/b; git add s/b; echo s/b >s/b", "M s/b\n" },
	{ "added", "echo x >s/t/n; git add .", "A s/t/n\n" },
	{ "added in a new folder", "mkdir -p n/m; echo x >n/m/o; git add .", "A n/m/o\n" },
	{ "removed", "git rm -q s/t/c", "D s/t/c\n" },
	{ "removed from the index alone", "git rm -q --cached s/t/c", "D s/t/c\n" },
	{ "a whole folder removed", "git rm -q -r s", "D s/b\nD s/t/c\n" },
	{ "everything removed", "git rm -q -r .", "D a\nD s/b\nD s/t/c\nD u/d\n" },
	{ "renamed", "git mv s/b s/z", "D s/b\nA s/z\n" },
	{ "a folder renamed", "git mv s v", "D s/b\nD s/t/c\nA v/b\nA v/t/c\n" },
	{ "mode", "chmod +x a; git add a", "M a\n" },
	{ "a file becomes a link", "rm a; ln -s u a; git add a", "M a\n" },
	{ "a file becomes a folder", "rm a; mkdir a; echo x >a/x; git add -A .", "D a\nA a/x\n" },
	{ "a folder becomes a file", "rm -r s; echo x >s; git add -A .", "A s\nD s/b\nD s/t/c\n" },
	{ "a folder becomes a submodule",
	  "git rm -q -r s; git update-index --add --cacheinfo 160000,1111111111111111111111111111111111111111,s",
	  "A s\nD s/b\nD s/t/c\n" },
	{ "a submodule moves",
	  "git update-index --add --cacheinfo 160000,1111111111111111111111111111111111111111,m; git commit -q -m 2;"
	  "git update-index --cacheinfo 160000,2222222222222222222222222222222222222222,m",
	  "M m\n" },
	{ "only announced", "echo x >n; git add -N n", "" },
	{ "removed and announced", "git rm -q --cached a; git add -N a", "D a\n" },
	{ "neighbours in byte order", "echo x >s.b; echo x >s0; echo x >s-; git add .", "A s-\nA s.b\nA s0\n" },
	{ "after a commit", "echo x >a; git commit -qam 2; echo y >s/b; git add .", "M s/b\n" },
	{ "after a reset, which forgets the trees", "echo x >a; git commit -qam 2; git reset -q --soft HEAD~1",
	  "M a\n" },
	{ "after a new HEAD", "git commit -q --allow-empty -m 2; git read-tree HEAD; echo y >u/d; git add .",
	  "M u/d\n" },
	{ "index version 4", "git update-index --index-version 4; echo y >s/t/c; git add .", "M s/t/c\n" },
	{ "a new branch without a commit", "git checkout -q --orphan o", "A a\nA s/b\nA s/t/c\nA u/d\n" },
	{ "no index at all", "rm .git/index", "D a\nD s/b\nD s/t/c\nD u/d\n" },
	{ "detached", "git checkout -q --detach; echo y >a; git add a", "M a\n" },
	{ "a sparse index", "git sparse-checkout set --cone --sparse-index u; echo y >u/d; git add .", "M u/d\n" },
	{ "a sparse index and another HEAD",
	  "git sparse-checkout set --cone --sparse-index u; git update-ref refs/heads/main"
	  " $(git commit-tree -m x $(printf '100644 blob %s\\tq\\n' $(git rev-parse :a) | git mktree))",
	  "A a\nD q\nA s/b\nA s/t/c\nA u/d\n" },
	{ "many folders",
	  "for i in $(seq 30); do mkdir f$i; echo $i >f$i/x; done; git add .; git commit -q -m 2; echo y >f17/x; git rm -q f3/x; git add .",
	  "M f17/x\nD f3/x\n" },
	{ "unmerged",
	  "git checkout -q -b o; echo 1 >a; git commit -qam 1; git checkout -q main; git rm -q a; git commit -qm 2; git merge -q o || true",
	  "error 5 'a' is not merged yet: resolve it and 'git add' it" },
	{ "names of all kinds",
	  "echo 1 >-n; echo 1 >'a b'; echo 1 >\"$(printf 'x\\ny')\"; echo 1 >\"$(printf '\\377')\"; git add .",
	  "A -n\nA a b\nA x\ny\nA \377\n" },
};

static void staged(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(staged_table); i++) {
		const struct staged_row *row = &staged_table[i];
		struct git_yard *yard;
		const char *got;
		void *fresh;

		assert_int_equal(git_yard_make(&fresh), 0);
		yard = fresh;
		git_yard_run(yard, tl_arena_printf(&yard->arena, "%s%s", start, row->script).ptr);
		got = staged_of(yard, "r", NULL);
		if (strcmp(got, row->wanted) != 0)
			fail_msg("%s:\n%s\nwanted:\n%s", row->name, got, row->wanted);
		git_yard_remove(&fresh);
	}
}

static void before_the_first_commit(void **state)
{
	struct git_yard *yard = *state;

	git_yard_run(yard, "git init -q r; cd r; mkdir s; echo 1 >s/a; echo 2 >b; git add s");
	assert_string_equal(staged_of(yard, "r", NULL), "A s/a\n");
}

/* `git commit -a` and `git commit PATH` show hooks another index. */
static void staged_in_another_index(void **state)
{
	struct git_yard *yard = *state;
	struct tl_repo *repo;
	struct tl_changes changes;
	struct tl_view *view;

	git_yard_run(yard, start);
	git_yard_run(
		yard,
		"cd r; echo x >a; git add a; cp .git/index .git/other; echo y >u/d; GIT_INDEX_FILE=.git/other git add u/d");
	assert_string_equal(staged_of(yard, "r", NULL), "M a\n");
	assert_string_equal(staged_of(yard, "r", ".git/other"), "M a\nM u/d\n");
	repo = git_yard_open(yard, "r");
	assert_int_equal(tl_view_open_revision(&view, repo, "HEAD", &yard->err), 0);
	assert_int_equal(tl_view_staged(&changes, &yard->arena, view, &yard->err), -1);
	assert_int_equal(yard->err.code, TL_USAGE);
	tl_view_free(view);
	tl_repo_free(repo);
}

/* A linked worktree compares its own index with its own HEAD. */
static void staged_in_a_worktree(void **state)
{
	struct git_yard *yard = *state;

	git_yard_run(yard, start);
	git_yard_run(yard,
	             "cd r; git worktree add -q ../w; cd ../w; echo x >a; git commit -qam 2; echo y >s/b; git add .");
	assert_string_equal(staged_of(yard, "w", NULL), "M s/b\n");
	assert_string_equal(staged_of(yard, "w/s", NULL), "M s/b\n");
	assert_string_equal(staged_of(yard, "r", NULL), "");
}

/* git's own words, as ours: "M\tPATH" to "M PATH"; a change of type is a change. */
static const char *git_says(struct git_yard *yard, const char *arguments)
{
	struct tl_str text = git_yard_print(
		yard,
		tl_arena_printf(
			&yard->arena,
			"cd r; git -c core.quotePath=false diff --no-renames --name-status %s | sed 's/^T/M/' | LC_ALL=C sort -k2",
			arguments)
			.ptr);
	struct tl_buf out = { 0 };

	for (size_t i = 0; i < text.len; i++)
		tl_buf_char(&out, text.ptr[i] == '\t' ? ' ' : text.ptr[i]);
	text = tl_arena_dup(&yard->arena, (struct tl_str){ out.data, out.len });
	tl_buf_clear(&out);
	return text.ptr;
}

static const char *changed_of(struct git_yard *yard, const char *from, const char *to)
{
	struct tl_repo *repo = git_yard_open(yard, "r");
	struct tl_changes changes;
	int status = tl_repo_changed(&changes, &yard->arena, repo, from, to, &yard->err);
	const char *text = git_yard_changes(yard, status, &changes).ptr;

	tl_repo_free(repo);
	return text;
}

/* Edits that a fixed row of numbers picks, among few names so that files, folders and links take each other's places;
 * now and then a commit. Compared with git after each fourth. */
static void as_git_says(void **state)
{
	struct git_yard *yard = *state;
	uint32_t random = 1;

	git_yard_run(yard, start);
	for (int round = 0; round < 18; round++) {
		struct tl_buf script = { 0 };

		tl_buf_text(&script, "cd r\n");
		for (int edit = 0; edit < 4; edit++) {
			static const char *const names[] = { "a",   "a/b", "a/b/c", "a.b",  "s/b", "s/t/c",
				                             "s/t", "s",   "u/d",   "u-/d", "u0",  "a/b.c" };
			const char *name;
			int above;

			random = random * 1103515245u + 12345u;
			name = names[(random >> 16) % TL_COUNT(names)];
			above = strrchr(name, '/') ? (int)(strrchr(name, '/') - name) : 0;
			switch ((random >> 8) % 5) {
			case 0:
				tl_buf_printf(&script, "rm -rf %s\n", name);
				break;
			case 1:
				tl_buf_printf(&script, "rm -rf %s; mkdir -p ./%.*s 2>/dev/null && ln -s x %s || true\n",
				              name, above, name, name);
				break;
			default:
				tl_buf_printf(&script,
				              "rm -rf %s; mkdir -p ./%.*s 2>/dev/null && echo %u >%s || true\n", name,
				              above, name, random >> 20, name);
			}
		}
		tl_buf_text(&script, "git add -A .\n");
		git_yard_run(yard, script.data);
		tl_buf_clear(&script);
		assert_string_equal(staged_of(yard, "r", NULL), git_says(yard, "--cached"));
		if (round % 3 == 2) {
			git_yard_run(yard, "cd r; git tag -f old >/dev/null; git commit -q --allow-empty -m next");
			assert_string_equal(changed_of(yard, "old", "HEAD"), git_says(yard, "old HEAD"));
			assert_string_equal(changed_of(yard, "HEAD", "old"), git_says(yard, "HEAD old"));
		}
	}
}

static void changed(void **state)
{
	struct git_yard *yard = *state;

	git_yard_run(yard, start);
	git_yard_run(
		yard,
		"cd r; echo x >a; git rm -q u/d; mkdir n; echo 1 >n/o; git add .; git commit -q -m 2; git tag v2; git gc -q");
	assert_string_equal(changed_of(yard, "HEAD~1", "v2"), "M a\nA n/o\nD u/d\n");
	assert_string_equal(changed_of(yard, "v2", "HEAD~1"), "M a\nD n/o\nA u/d\n");
	assert_string_equal(changed_of(yard, "v2", "main"), "");
	assert_memory_equal(changed_of(yard, "v2", "nowhere"), "error 3 'nowhere' names no tree here", 36);
}

/* Two trees that name themselves over and over, and share nothing. */
static void bombs_are_limited(void **state)
{
	struct git_yard *yard = *state;

	git_yard_run(
		yard,
		"git init -q r; cd r\n"
		"for bomb in x y; do id=$(echo $bomb | git hash-object -w --stdin); kind='100644 blob'\n"
		"for level in 1 2 3 4 5 6 7; do id=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '%s %s\\t%s\\n' \"$kind\" $id $i; done | git mktree);"
		"kind='040000 tree'; done; git update-ref refs/heads/$bomb $(git commit-tree -m b $id); done");
	assert_memory_equal(changed_of(yard, "x", "y"), "error 4 more than 1000000 changed f", 35);
}

int test_git_changes(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(staged),
		cmocka_unit_test_setup_teardown(before_the_first_commit, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(staged_in_another_index, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(staged_in_a_worktree, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(as_git_says, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(changed, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(bombs_are_limited, git_yard_make, git_yard_remove),
	};

	return cmocka_run_group_tests_name("git changes", tests, NULL, NULL);
}

/* tests/unit/test_ledger_folder.c: .trunkline/: closed, ignored, and refused where it could travel with a commit. */
#include "git_yard.h"

#include <sys/stat.h>
#include <unistd.h>

#include "ledger/folder.h"

static const struct folder_row {
	const char *idea, *script; /* in a repository `r`, whose folder p is the project's */
	const char *refused;       /* words of the refusal, or NULL */
} folder_table[] = {
	{ "a new one is made", "", NULL },
	{ "one that is there is used", "mkdir p/.trunkline", NULL },
	{ "an open one is closed", "mkdir -m 755 p/.trunkline", NULL },
	{ "a symlink is refused", "mkdir elsewhere; ln -s ../elsewhere p/.trunkline", "symbolic link" },
	{ "a file is refused", "echo x >p/.trunkline", "no folder" },
	{ "a tracked one is refused", "mkdir p/.trunkline; echo x >p/.trunkline/local.db; git add -f p/.trunkline", "git rm -r --cached p/.trunkline" },
	{ "the same name elsewhere is nobody's business", "mkdir -p q/.trunkline; echo x >q/.trunkline/local.db; git add -f q", NULL },
};

static void one_row(struct git_yard *yard, const struct folder_row *row, size_t i)
{
	struct tl_str root = tl_arena_printf(&yard->arena, "%s", git_yard_path(yard, tl_arena_printf(&yard->arena, "r%zu/p", i).ptr));
	struct tl_str folder = tl_ledger_folder(&yard->arena, root);
	struct tl_repo *repo;
	struct stat st;

	git_yard_run(yard, tl_arena_printf(&yard->arena, "git init -q r%zu; cd r%zu; mkdir p; echo x >p/f; git add .\n%s\n", i, i, row->script).ptr);
	repo = git_yard_open(yard, tl_arena_printf(&yard->arena, "r%zu", i).ptr);
	if (row->refused) {
		assert_row(row->idea, tl_ledger_folder_make(root, repo, &yard->err) == -1);
		assert_row(row->idea, tl_ledger_folder_check(root, repo, NULL) == -1);
		assert_row(row->idea, yard->err.code == TL_USAGE && strstr(yard->err.message, row->refused));
	} else {
		assert_row(row->idea, tl_ledger_folder_check(root, repo, &yard->err) == 0);
		assert_row(row->idea, tl_ledger_folder_make(root, repo, &yard->err) == 0);
		assert_row(row->idea, tl_ledger_folder_make(root, repo, &yard->err) == 0);
		assert_row(row->idea, lstat(folder.ptr, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 0777) == 0700);
		git_yard_run(yard, tl_arena_printf(&yard->arena, "cd r%zu/p; echo x >.trunkline/a; test -z \"$(git status --porcelain .trunkline)\"", i).ptr);
	}
	tl_repo_free(repo);
}

static void folders_are_as_the_table_says(void **state)
{
	for (size_t i = 0; i < TL_COUNT(folder_table); i++)
		one_row(*state, &folder_table[i], i);
}

static void works_outside_of_a_repository(void **state)
{
	struct git_yard *yard = *state;
	struct tl_str root = tl_str(git_yard_path(yard, "plain"));

	git_yard_run(yard, "mkdir plain");
	assert_int_equal(tl_ledger_folder_make(root, NULL, &yard->err), 0);
	assert_int_equal(access(tl_ledger_folder(&yard->arena, root).ptr, W_OK), 0);
}

static void a_folder_that_cannot_be_made_is_said(void **state)
{
	struct git_yard *yard = *state;

	assert_int_equal(tl_ledger_folder_make(tl_str(git_yard_path(yard, "no/such")), NULL, &yard->err), -1);
	assert_non_null(strstr(yard->err.message, "cannot make the folder"));
}

int test_ledger_folder(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(folders_are_as_the_table_says, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(works_outside_of_a_repository, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_made_is_said, git_yard_make, git_yard_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* tests/unit/test_git_view.c: what the three kinds of view list and read, in repositories of every shape. */
#include "git_yard.h"

#include <stdio.h>
#include <string.h>

#include "base/pool.h"

/* Each view of one repository, as text. */
static const char *view_of(struct git_yard *yard, const char *name, const char *source, const char *pattern)
{
	struct tl_repo *repo = git_yard_open(yard, name);
	struct tl_view *view = NULL;
	struct tl_str text;
	int status;

	if (strcmp(source, "index") == 0)
		status = tl_view_open_index(&view, repo, &yard->err);
	else if (strcmp(source, "disk") == 0)
		status = tl_view_open_disk(&view, repo, git_yard_path(yard, name), &yard->err);
	else
		status = tl_view_open_revision(&view, repo, source, &yard->err);
	if (status == 0)
		text = git_yard_list(yard, view, pattern);
	else
		text = tl_arena_printf(&yard->arena, "error %d %s", (int)yard->err.code, yard->err.message);
	tl_view_free(view);
	tl_repo_free(repo);
	return text.ptr;
}

/* A repository in which index, disk and HEAD differ, with something of everything. */
static const char everything[] =
	"git init -q r; cd r; mkdir -p flows/deep other\n"
	"echo one >flows/a.yaml; echo two >flows/deep/b.yaml; echo x >other/o; echo gone >gone; echo '*.log' >.gitignore\n"
	"echo kept >kept.log; git add -f kept.log; ln -s flows/a.yaml link; ln -s flows dir; ln -s / rootlink\n"
	"git init -q sub; git -C sub commit -q --allow-empty -m s; echo in >sub/in; git add sub 2>/dev/null\n"
	"git add .; git commit -q -m 1\n"
	"echo partly >>flows/a.yaml; git add flows/a.yaml; echo unstaged >>flows/a.yaml\n"
	"git rm -q --cached gone; echo new >flows/new.yaml; git add flows/new.yaml; echo untracked >flows/untracked.yaml\n"
	"echo ignored >flows/x.log; mkdir nested; git init -q nested; echo n >nested/n; rm other/o; mkfifo fifo\n";

static const struct list_row {
	const char *source, *pattern, *wanted;
} list_table[] = {
	{ "HEAD", NULL,
	  "f .gitignore\nl dir\nf flows/a.yaml\nf flows/deep/b.yaml\nf gone\nf kept.log\nl link\nf other/o\nl rootlink\ns sub\n" },
	{ "index", NULL,
	  "f .gitignore\nl dir\nf flows/a.yaml\nf flows/deep/b.yaml\nf flows/new.yaml\nf kept.log\nl link\nf other/o\nl rootlink\ns sub\n" },
	{ "disk", NULL,
	  "f .gitignore\nl dir\nf flows/a.yaml\nf flows/deep/b.yaml\nf flows/new.yaml\nf flows/untracked.yaml\nf gone\nf kept.log\nl link\n"
	  "s nested\nl rootlink\ns sub\n" },
	{ "HEAD", "flows", "f flows/a.yaml\nf flows/deep/b.yaml\n" },
	{ "index", "flows", "f flows/a.yaml\nf flows/deep/b.yaml\nf flows/new.yaml\n" },
	{ "disk", "flows", "f flows/a.yaml\nf flows/deep/b.yaml\nf flows/new.yaml\nf flows/untracked.yaml\n" },
	{ "HEAD", "flows/deep/", "f flows/deep/b.yaml\n" },
	{ "index", "./flows/deep", "f flows/deep/b.yaml\n" },
	{ "disk", "flows//deep", "f flows/deep/b.yaml\n" },
	{ "HEAD", "flows/*.yaml", "f flows/a.yaml\n" },
	{ "index", "**/b.yaml", "f flows/deep/b.yaml\n" },
	{ "disk", "*/*/b.yaml", "f flows/deep/b.yaml\n" },
	{ "HEAD", "flow", "" },
	{ "index", "flow", "" },
	{ "disk", "flow", "" },
	{ "index", "kept.log", "f kept.log\n" },
	{ "disk", ".",
	  "f .gitignore\nl dir\nf flows/a.yaml\nf flows/deep/b.yaml\nf flows/new.yaml\nf flows/untracked.yaml\nf gone\nf kept.log\nl link\n"
	  "s nested\nl rootlink\ns sub\n" },
	{ "disk", "nested", "s nested\n" },
	{ "disk", "dir", "l dir\n" },
	{ "disk", "flows/x.log", "" },
};

static void lists_everything(void **state)
{
	struct git_yard *yard = *state;

	git_yard_run(yard, everything);
	for (size_t i = 0; i < TL_COUNT(list_table); i++) {
		const struct list_row *row = &list_table[i];
		const char *got = view_of(yard, "r", row->source, row->pattern);

		if (strcmp(got, row->wanted) != 0)
			fail_msg("%s %s:\n%s\nwanted:\n%s", row->source, row->pattern ? row->pattern : "(all)", got,
			         row->wanted);
	}
}

static const struct read_row {
	const char *source, *path, *wanted;
} read_table[] = {
	{ "HEAD", "flows/a.yaml", "one\n" },
	{ "index", "flows/a.yaml", "one\npartly\n" },
	{ "disk", "flows/a.yaml", "one\npartly\nunstaged\n" },
	{ "HEAD", "gone", "gone\n" },
	{ "index", "gone", "error 3 there is no file 'gone'" },
	{ "index", "other/o", "x\n" },
	{ "disk", "other/o", "error 3 there is no file 'other/o'" },
	{ "HEAD", "flows", "error 3 there is no file 'flows'" },
	{ "index", "flows", "error 3 there is no file 'flows'" },
	{ "disk", "flows", "error 3 there is no file 'flows'" },
	{ "HEAD", "link", "error 6 'link' is a symbolic link, which is not followed" },
	{ "index", "link", "error 6 'link' is a symbolic link, which is not followed" },
	{ "disk", "link", "error 6 'link' is a symbolic link, which is not followed" },
	{ "HEAD", "dir/a.yaml", "error 6 'dir' is a symbolic link, which is not followed" },
	{ "index", "dir/a.yaml", "error 6 'dir' is a symbolic link, which is not followed" },
	{ "disk", "dir/a.yaml", "error 6 'dir' is a symbolic link, which is not followed" },
	{ "disk", "rootlink/etc/passwd", "error 6 'rootlink' is a symbolic link, which is not followed" },
	{ "HEAD", "sub/in", "error 6 'sub' is a submodule or a repository of its own, which is not followed" },
	{ "index", "sub/in", "error 6 'sub' is a submodule or a repository of its own, which is not followed" },
	{ "disk", "sub/in", "error 6 'sub' is a submodule or a repository of its own, which is not followed" },
	{ "disk", "nested/n", "error 6 'nested' is a submodule or a repository of its own, which is not followed" },
	{ "disk", "nested", "error 6 'nested' is a submodule or a repository of its own, which is not followed" },
	{ "disk", "../.gitconfig", "error 6 '../.gitconfig' is no path below the folder" },
	{ "disk", "flows/../../.gitconfig", "error 6 'flows/../../.gitconfig' is no path below the folder" },
	{ "disk", "/etc/passwd", "error 6 '/etc/passwd' is no path below the folder" },
	{ "disk", "", "error 6 '' is no path below the folder" },
	{ "disk", ".git/config", "error 6 '.git/config' belongs to git itself" },
	{ "index", "../.gitconfig", "error 3 there is no file '../.gitconfig'" },
	{ "HEAD", "../.gitconfig", "error 3 there is no file '../.gitconfig'" },
	{ "HEAD", "flows/a.yaml/x", "error 3 there is no file 'flows/a.yaml/x'" },
	{ "index", "flows/a.yaml/x", "error 3 there is no file 'flows/a.yaml/x'" },
	{ "disk", "flows/a.yaml/x", "error 3 there is no file 'flows/a.yaml/x'" },
	{ "disk", "fifo", "error 2 cannot read 'fifo': it is a FIFO" },
};

static void reads_everything(void **state)
{
	struct git_yard *yard = *state;
	struct tl_view *views[3];
	struct tl_repo *repo;

	git_yard_run(yard, everything);
	repo = git_yard_open(yard, "r");
	assert_int_equal(tl_view_open_revision(&views[0], repo, "HEAD", &yard->err), 0);
	assert_int_equal(tl_view_open_index(&views[1], repo, &yard->err), 0);
	assert_int_equal(tl_view_open_disk(&views[2], repo, git_yard_path(yard, "r"), &yard->err), 0);
	assert_int_equal(tl_view_kind(views[0]), TL_VIEW_REVISION);
	assert_int_equal(tl_view_kind(views[1]), TL_VIEW_INDEX);
	assert_int_equal(tl_view_kind(views[2]), TL_VIEW_DISK);
	for (size_t i = 0; i < TL_COUNT(read_table); i++) {
		const struct read_row *row = &read_table[i];
		struct tl_view *view = views[row->source[0] == 'H' ? 0 : row->source[0] == 'i' ? 1 : 2];
		const char *got = git_yard_read(yard, view, row->path).ptr;

		if (strcmp(got, row->wanted) != 0)
			fail_msg("%s %s:\n%s\nwanted:\n%s", row->source, row->path, got, row->wanted);
		/* A FIFO is named by nobody as a file. */
		assert_row(row->path, tl_view_has(view, tl_str(row->path)) == (strncmp(row->wanted, "error", 5) != 0));
	}
	for (size_t i = 0; i < 3; i++)
		tl_view_free(views[i]);
	tl_repo_free(repo);
}

/* Every source gives the same id for the same bytes, by path and by entry. */
static void ids_agree_with_git(void **state)
{
	struct git_yard *yard = *state;
	struct tl_view *views[3];
	struct tl_entries entries;
	struct tl_repo *repo;
	struct tl_str bytes, wanted;

	git_yard_run(yard, "git init -q r; cd r; echo text >f; git add f; git commit -q -m 1");
	wanted = tl_str_trim(git_yard_print(yard, "git -C r hash-object f"));
	repo = git_yard_open(yard, "r");
	assert_int_equal(tl_view_open_revision(&views[0], repo, "HEAD", &yard->err), 0);
	assert_int_equal(tl_view_open_index(&views[1], repo, &yard->err), 0);
	assert_int_equal(tl_view_open_disk(&views[2], repo, git_yard_path(yard, "r"), &yard->err), 0);
	for (size_t i = 0; i < 3; i++) {
		char by_path[TL_OID_SIZE], by_entry[TL_OID_SIZE];

		assert_int_equal(tl_view_list(&entries, &yard->arena, views[i], NULL, 0, &yard->err), 0);
		assert_int_equal(entries.count, 1);
		assert_int_equal(tl_view_read(&bytes, &yard->arena, views[i], TL_STR("f"), 5, by_path, &yard->err), 0);
		assert_int_equal(
			tl_view_read_entry(&bytes, &yard->arena, views[i], entries.items, 5, by_entry, &yard->err), 0);
		assert_str(bytes, "text\n");
		assert_true(tl_str_is(wanted, by_path) && tl_str_is(wanted, by_entry));
		assert_true(i == 2 ? entries.items[0].blob[0] == '\0' : tl_str_is(wanted, entries.items[0].blob));
		assert_int_equal(tl_view_read(&bytes, &yard->arena, views[i], TL_STR("f"), 4, NULL, &yard->err), -1);
		assert_int_equal(yard->err.code, TL_LIMIT);
		tl_view_free(views[i]);
	}
	tl_repo_free(repo);
}

#define AGAIN "git add .; git commit -q -m 1; rm f; git checkout -q f; touch -d 2001-01-01 f; git update-index --refresh; touch -d 2030-01-01 .git/index; "

/* Files that git writes out with other bytes than it stores, and the id that git has for what is there. */
static const struct stored_row {
	const char *name, *script, *wanted;
} stored_table[] = {
	{ "line ends", "echo '* text eol=crlf' >.gitattributes; " AGAIN, "git rev-parse HEAD:f" },
	{ "line ends by configuration", "git config core.autocrlf true; " AGAIN, "git rev-parse HEAD:f" },
	{ "line ends, touched", "echo '* text eol=crlf' >.gitattributes; " AGAIN "touch -d 2002-01-01 f", "git rev-parse HEAD:f" },
	{ "line ends, changed", "echo '* text eol=crlf' >.gitattributes; " AGAIN "printf '2\\r\\n' >f", "echo 2 | git hash-object --stdin" },
	{ "a keyword", "echo '* ident' >.gitattributes; echo '$Id$' >f; " AGAIN, "git rev-parse HEAD:f" },
	{ "a program's work", "echo '* filter=rot' >.gitattributes; git config filter.rot.clean 'tr a-m n-z'; git config filter.rot.smudge 'tr n-z a-m'; " AGAIN,
	  "git rev-parse HEAD:f" },
	{ "not tracked", "echo '* text eol=crlf' >.gitattributes; printf '1\\r\\n' >f", "git hash-object --no-filters f" },
	{ "an index that nobody can read", AGAIN "echo no >.git/index", "git hash-object f" },
};

static void ids_are_those_of_what_is_stored(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(stored_table); i++) {
		const struct stored_row *row = &stored_table[i];
		char blob[TL_OID_SIZE];
		struct git_yard *yard;
		struct tl_str bytes, wanted;
		struct tl_view *view;
		struct tl_repo *repo;
		void *fresh;

		assert_int_equal(git_yard_make(&fresh), 0);
		yard = fresh;
		git_yard_run(yard, tl_arena_printf(&yard->arena, "exec 2>/dev/null; git init -q r; cd r; echo and >f; %s", row->script).ptr);
		wanted = tl_str_trim(git_yard_print(yard, tl_arena_printf(&yard->arena, "cd r; %s", row->wanted).ptr));
		repo = git_yard_open(yard, "r");
		assert_int_equal(tl_view_open_disk(&view, repo, git_yard_path(yard, "r"), &yard->err), 0);
		assert_row(row->name, tl_view_read(&bytes, &yard->arena, view, TL_STR("f"), 100, blob, &yard->err) == 0);
		assert_row(row->name, wanted.len > 0 && tl_str_is(wanted, blob));
		tl_view_free(view);
		tl_repo_free(repo);
		git_yard_remove(&fresh);
	}
}

static const struct shape_row {
	const char *name, *script, *folder, *source, *wanted;
} shape_table[] = {
	{ "before the first commit, index", "git init -q r; cd r; echo 1 >a; git add a; echo 2 >b", "r", "index",
	  "f a\n" },
	{ "before the first commit, disk", "git init -q r; cd r; echo 1 >a; git add a; echo 2 >b", "r", "disk",
	  "f a\nf b\n" },
	{ "nothing at all, index", "git init -q r", "r", "index", "" },
	{ "nothing at all, disk", "git init -q r", "r", "disk", "" },
	{ "bare, revision",
	  "git init -q r; cd r; echo 1 >a; git add a; git commit -q -m 1; git clone -q --bare . ../b.git", "b.git",
	  "main", "f a\n" },
	{ "a linked worktree has an index of its own",
	  "git init -q r; cd r; echo 1 >a; git add a; git commit -q -m 1; git worktree add -q ../w; cd ../w; echo 2 >b; git add b",
	  "w", "index", "f a\nf b\n" },
	{ "and the main one does not see it",
	  "git init -q r; cd r; echo 1 >a; git add a; git commit -q -m 1; git worktree add -q ../w; cd ../w; echo 2 >b; git add b",
	  "r", "index", "f a\n" },
	{ "a linked worktree within another is no part of it",
	  "git init -q r; cd r; echo 1 >a; git add a; git commit -q -m 1; git worktree add -q w", "r", "disk",
	  "f a\ns w\n" },
	{ "detached",
	  "git init -q r; cd r; echo 1 >a; git add a; git commit -q -m 1; git checkout -q --detach; echo 2 >b; git add b; git commit -q -m 2",
	  "r", "HEAD", "f a\nf b\n" },
	{ "a subfolder lists what is below it, from the root on",
	  "git init -q r; cd r; mkdir s; echo 1 >a; echo 2 >s/b", "r/s", "disk", "f s/b\n" },
	{ "from a subfolder the index is whole", "git init -q r; cd r; mkdir s; echo 1 >a; echo 2 >s/b; git add .",
	  "r/s", "index", "f a\nf s/b\n" },
	{ "a submodule that was never fetched",
	  "git init -q r; cd r; mkdir s; git update-index --add --cacheinfo 160000,1111111111111111111111111111111111111111,s",
	  "r", "disk", "s s\n" },
	{ "announced by add -N: not staged", "git init -q r; cd r; echo 1 >a; echo 2 >b; git add a; git add -N b", "r",
	  "index", "f a\n" },
	{ "announced by add -N: tracked, though ignored",
	  "git init -q r; cd r; echo b >.gitignore; echo 2 >b; git add -N -f b", "r", "disk", "f .gitignore\nf b\n" },
	{ "an ignored folder is not entered, but for what is tracked in it",
	  "git init -q r; cd r; echo build >.gitignore; mkdir -p build/x; echo 1 >build/x/t; echo 2 >build/u; git add -f build/x/t",
	  "r", "disk", "f .gitignore\nf build/x/t\n" },
	{ "rules of a subfolder", "git init -q r; cd r; mkdir s; echo k >s/.gitignore; echo 1 >k; echo 1 >s/k", "r",
	  "disk", "f k\nf s/.gitignore\n" },
	{ "rules of a folder above", "git init -q r; cd r; mkdir s; echo k >.gitignore; echo 1 >s/k; echo 1 >s/l",
	  "r/s", "disk", "f s/l\n" },
	{ "rules through a link are not read",
	  "git init -q r; cd r; echo a >../rules; ln -s ../rules .gitignore; echo 1 >a", "r", "disk",
	  "l .gitignore\nf a\n" },
	{ "a folder named .git without a repository in it", "git init -q r; cd r; mkdir -p s/.git; echo 1 >s/a", "r",
	  "disk", "f s/a\n" },
	{ "unmerged",
	  "git init -q r; cd r; echo 1 >a; git add a; git commit -q -m 1; git checkout -q -b o; echo 2 >a; git commit -qam 2; git checkout -q main;"
	  "echo 3 >a; git commit -qam 3; git merge -q o || true",
	  "r", "index", "error 5 'a' is not merged yet: resolve it and 'git add' it" },
	{ "unmerged on disk",
	  "git init -q r; cd r; echo 1 >a; git add a; git commit -q -m 1; git checkout -q -b o; echo 2 >a; git commit -qam 2; git checkout -q main;"
	  "echo 3 >a; git commit -qam 3; git merge -q o || true",
	  "r", "disk", "f a\n" },
	{ "index version 3",
	  "git init -q r; cd r; echo 1 >a; echo 2 >b; git add .; git update-index --index-version 3 --skip-worktree a",
	  "r", "index", "f a\nf b\n" },
	{ "index version 4",
	  "git init -q r; cd r; mkdir -p flows/area; echo 1 >flows/area/one; echo 1 >flows/area/other; echo 1 >g; git add .; git update-index --index-version 4",
	  "r", "index", "f flows/area/one\nf flows/area/other\nf g\n" },
	{ "names of all kinds",
	  "git init -q r; cd r; echo 1 >'a b'; echo 1 >-dash; echo 1 >\"$(printf 'new\\nline')\"; echo 1 >\"$(printf 'latin\\351')\"; echo 1 >'\"q\"'; git add .",
	  "r", "index", "f \"q\"\nf -dash\nf a b\nf latin\351\nf new\nline\n" },
	{ "names of all kinds on disk",
	  "git init -q r; cd r; echo 1 >'a b'; echo 1 >-dash; echo 1 >\"$(printf 'new\\nline')\"; echo 1 >\"$(printf 'latin\\351')\"",
	  "r", "disk", "f -dash\nf a b\nf latin\351\nf new\nline\n" },
	{ "order of paths, not of folders",
	  "git init -q r; cd r; mkdir a; echo 1 >a/x; echo 1 >a.b; echo 1 >a0; git add .; git commit -q -m 1", "r",
	  "HEAD", "f a.b\nf a/x\nf a0\n" },
	{ "order on disk", "git init -q r; cd r; mkdir a; echo 1 >a/x; echo 1 >a.b; echo 1 >a0", "r", "disk",
	  "f a.b\nf a/x\nf a0\n" },
	{ "packed objects",
	  "git init -q r; cd r; mkdir s; echo 1 >s/a; git add .; git commit -q -m 1; git gc -q; git prune-packed", "r",
	  "HEAD", "f s/a\n" },
	{ "a tag", "git init -q r; cd r; echo 1 >a; git add a; git commit -q -m 1; git tag -m t v1", "r", "v1",
	  "f a\n" },
	{ "a tree", "git init -q r; cd r; mkdir s; echo 1 >s/a; git add .; git commit -q -m 1", "r", "HEAD:s",
	  "f a\n" },
	{ "a sparse checkout, index",
	  "git init -q r; cd r; mkdir s t; echo 1 >s/a; echo 1 >t/b; git add .; git commit -q -m 1; git sparse-checkout set --no-sparse-index s",
	  "r", "index", "f s/a\nf t/b\n" },
	{ "a sparse checkout, disk",
	  "git init -q r; cd r; mkdir s t; echo 1 >s/a; echo 1 >t/b; git add .; git commit -q -m 1; git sparse-checkout set s",
	  "r", "disk", "f s/a\n" },
	{ "a sparse index",
	  "git init -q r; cd r; mkdir -p s t/u; echo 1 >s/a; echo 1 >t/b; echo 1 >t/u/c; git add .; git commit -q -m 1; git sparse-checkout set --cone --sparse-index s",
	  "r", "index", "f s/a\nf t/b\nf t/u/c\n" },
	{ "a split index", "git init -q r; cd r; echo 1 >a; git add a; git update-index --split-index", "r", "index",
	  NULL },
	{ "a bare repository has no index", "git init -q --bare r", "r", "index", NULL },
	{ "a bare repository has no working tree", "git init -q --bare r", "r", "disk", NULL },
};

/* The words of a row without any: an error of this code. */
static void shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(shape_table); i++) {
		const struct shape_row *row = &shape_table[i];
		struct git_yard *yard;
		const char *got;
		void *fresh;

		assert_int_equal(git_yard_make(&fresh), 0);
		yard = fresh;
		git_yard_run(yard, row->script);
		got = view_of(yard, row->folder, row->source, NULL);
		if (row->wanted ? strcmp(got, row->wanted) != 0 : yard->err.code != TL_UNSUPPORTED)
			fail_msg("%s:\n%s\nwanted:\n%s", row->name, got, row->wanted ? row->wanted : "unsupported");
		git_yard_remove(&fresh);
	}
}

static void outside_of_a_repository(void **state)
{
	struct git_yard *yard = *state;
	struct tl_view *view;

	git_yard_run(
		yard,
		"mkdir -p d/s/.git; echo 1 >d/a; echo 2 >d/s/b; echo 3 >d/s/.git/HEAD; ln -s a d/l; echo a >d/.gitignore");
	assert_int_equal(tl_view_open_disk(&view, NULL, git_yard_path(yard, "d"), &yard->err), 0);
	assert_str(git_yard_list(yard, view, NULL), "f .gitignore\nf a\nl l\nf s/b\n");
	assert_str(git_yard_read(yard, view, "s/b"), "2\n");
	assert_str(git_yard_read(yard, view, "l"), "error 6 'l' is a symbolic link, which is not followed");
	assert_str(git_yard_read(yard, view, "s/.git/HEAD"), "error 6 's/.git/HEAD' belongs to git itself");
	tl_view_free(view);
	assert_int_equal(tl_view_open_disk(&view, NULL, git_yard_path(yard, "none"), &yard->err), -1);
	assert_int_equal(yard->err.code, TL_NOT_FOUND);
	assert_null(view);
}

static void folder_outside_is_refused(void **state)
{
	struct git_yard *yard = *state;
	struct tl_view *view;
	struct tl_repo *repo;

	git_yard_run(yard, "git init -q r; mkdir r2; ln -s ../r2 r/out; ln -s s r/in; mkdir r/s; echo 1 >r/s/a");
	repo = git_yard_open(yard, "r");
	assert_int_equal(tl_view_open_disk(&view, repo, git_yard_path(yard, "r2"), &yard->err), -1);
	assert_int_equal(yard->err.code, TL_REFUSED);
	assert_int_equal(tl_view_open_disk(&view, repo, git_yard_path(yard, "r/out"), &yard->err), -1);
	assert_int_equal(yard->err.code, TL_REFUSED);
	assert_int_equal(tl_view_open_disk(&view, repo, git_yard_path(yard, "r/.git"), &yard->err), -1);
	assert_int_equal(yard->err.code, TL_REFUSED);
	assert_int_equal(tl_view_open_disk(&view, repo, git_yard_path(yard, "r/in"), &yard->err), 0);
	assert_str(git_yard_list(yard, view, NULL), "f s/a\n");
	tl_view_free(view);
	tl_repo_free(repo);
}

/* The index that `git commit PATH` commits from. */
static void another_index_file(void **state)
{
	struct git_yard *yard = *state;
	struct tl_view *view;
	struct tl_repo *repo;

	git_yard_run(yard, "git init -q r; cd r; echo 1 >a; git add a; echo 2 >b; GIT_INDEX_FILE=.git/other git add b");
	repo = git_yard_open(yard, "r");
	assert_int_equal(tl_view_open_index_file(&view, repo, ".git/other", &yard->err), 0);
	assert_str(git_yard_list(yard, view, NULL), "f b\n");
	tl_view_free(view);
	assert_int_equal(tl_view_open_index_file(&view, repo, git_yard_path(yard, "r/.git/other"), &yard->err), 0);
	assert_str(git_yard_list(yard, view, NULL), "f b\n");
	tl_view_free(view);
	assert_int_equal(tl_view_open_index_file(&view, repo, NULL, &yard->err), 0);
	assert_str(git_yard_list(yard, view, NULL), "f a\n");
	tl_view_free(view);
	tl_repo_free(repo);
}

/* The tree of a revision in which a folder was named ".." by a program that is not git. */
static void hostile_trees(void **state)
{
	static const char *const names[] = { "..", ".git", ".GIT", ".", "a/b" };
	struct git_yard *yard = *state;

	git_yard_run(yard, "git init -q r; cd r; echo 1 >a; git add a; git commit -q -m 1");
	for (size_t i = 0; i < TL_COUNT(names); i++) {
		const char *script =
			tl_arena_printf(
				&yard->arena,
				"cd r; git cat-file tree HEAD: | sed 's|100644 a|100644 %s|' >tree\n"
				"git update-ref refs/heads/bad $(git commit-tree -m bad $(git hash-object -w -t tree --literally tree))",
				names[i])
				.ptr;

		git_yard_run(yard, script);
		assert_memory_equal(view_of(yard, "r", "bad", NULL), "error 2 the tree ", 17);
	}
}

/* Each level names the one below ten times: 10^10 files in a few hundred bytes. */
static void git_bomb(void **state)
{
	struct git_yard *yard = *state;
	const char *got;

	git_yard_run(
		yard,
		"git init -q r; cd r; id=$(echo 1 | git hash-object -w --stdin); kind='100644 blob'\n"
		"for level in 1 2 3 4 5 6 7; do id=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '%s %s\\t%s\\n' \"$kind\" $id $i; done | git mktree);"
		"kind='040000 tree'; done; git update-ref refs/heads/bomb $(git commit-tree -m b $id)");
	got = view_of(yard, "r", "bomb", NULL);
	assert_string_equal(got, "error 4 more than 1000000 files and folders");
	/* What is asked for is found all the same. */
	assert_string_equal(view_of(yard, "r", "bomb", "1/2/3/4/5/6/7"), "f 1/2/3/4/5/6/7\n");
}

/* Reads of many objects by many threads, each compared with what is known. */
struct crowd {
	struct tl_view *view;
	struct tl_entries entries;
};

static int read_one(void *data, unsigned worker, size_t i)
{
	struct crowd *crowd = data;
	const struct tl_entry *entry = &crowd->entries.items[i % crowd->entries.count];
	struct tl_arena arena = { 0 };
	struct tl_str bytes;
	int status;

	status = worker % 2 ? tl_view_read(&bytes, &arena, crowd->view, entry->path, 1000, NULL, NULL)
	                    : tl_view_read_entry(&bytes, &arena, crowd->view, entry, 1000, NULL, NULL);
	if (status == 0 &&
	    !tl_str_equal(tl_str_trim(bytes), tl_str_slice(entry->path, entry->path.len - 2, entry->path.len)))
		status = -1;
	tl_arena_clear(&arena);
	return status;
}

static void many_threads(void **state)
{
	static const char *const sources[] = { "HEAD", "index", "disk" };
	struct git_yard *yard = *state;
	struct tl_repo *repo;

	git_yard_run(
		yard,
		"git init -q r; cd r; for i in 10 11 12 13 14 15 16 17 18 19; do mkdir d$i; echo $i >d$i/$i; done; git add .; git commit -q -m 1; git gc -q\n"
		"for i in 20 21 22; do mkdir d$i; echo $i >d$i/$i; done; git add .; git commit -q -m 2");
	repo = git_yard_open(yard, "r");
	for (size_t i = 0; i < TL_COUNT(sources); i++) {
		struct crowd crowd;

		if (i == 0)
			assert_int_equal(tl_view_open_revision(&crowd.view, repo, "HEAD", &yard->err), 0);
		else if (i == 1)
			assert_int_equal(tl_view_open_index(&crowd.view, repo, &yard->err), 0);
		else
			assert_int_equal(tl_view_open_disk(&crowd.view, repo, git_yard_path(yard, "r"), &yard->err), 0);
		assert_int_equal(tl_view_list(&crowd.entries, &yard->arena, crowd.view, NULL, 0, &yard->err), 0);
		assert_int_equal(crowd.entries.count, 13);
		assert_row(sources[i], tl_pool_run(8, 2000, read_one, &crowd) == 0);
		tl_view_free(crowd.view);
	}
	tl_repo_free(repo);
}

int test_git_view(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lists_everything, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(reads_everything, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(ids_agree_with_git, git_yard_make, git_yard_remove),
		cmocka_unit_test(ids_are_those_of_what_is_stored),
		cmocka_unit_test(shapes),
		cmocka_unit_test_setup_teardown(outside_of_a_repository, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(folder_outside_is_refused, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(another_index_file, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(hostile_trees, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(git_bomb, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(many_threads, git_yard_make, git_yard_remove),
	};

	return cmocka_run_group_tests_name("git view", tests, NULL, NULL);
}

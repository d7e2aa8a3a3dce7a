/* tests/unit/test_git_hooks.c: hooks installed beside what is there, and taken away again. */
#include "git_yard.h"

#include <stdio.h>
#include <string.h>

#include "git/hooks.h"

/* Installs (or takes away) in a repository; what was done, one letter of each state, or the error. */
static const char *act(struct git_yard *yard, const char *name, bool install, bool force)
{
	struct tl_repo *repo = git_yard_open(yard, name);
	struct tl_hooks_done done;
	int status = install ? tl_hooks_install(&done, &yard->arena, repo, force, &yard->err)
	                     : tl_hooks_uninstall(&done, &yard->arena, repo, force, &yard->err);
	struct tl_str text = TL_STR("");

	if (status < 0)
		text = tl_arena_printf(&yard->arena, "error %d %s", (int)yard->err.code, yard->err.message);
	for (size_t i = 0; status == 0 && i < done.count; i++)
		text = tl_arena_printf(&yard->arena, "%.*s%c", TL_FMT(text), "WUKCRBA"[done.items[i].state]);
	tl_repo_free(repo);
	return text.ptr;
}

static const struct hook_row {
	const char *name, *script; /* in a repository r */
	const char *installed;     /* what installing says */
	const char *listing;       /* of the hooks folder afterwards */
	const char *again;         /* what installing once more says */
	const char *removed;       /* what taking them away says */
	const char *rest;          /* of the hooks folder afterwards */
} hook_table[] = {
	{ "none", "true", "WW", "pre-commit pre-push", "KK", "RR", "" },
	{ "no folder", "rmdir .git/hooks", "WW", "pre-commit pre-push", "KK", "RR", "" },
	{ "another", "echo mine >.git/hooks/pre-commit", "CW", "pre-commit pre-commit.local pre-push", "KK", "BR",
	  "pre-commit" },
	{ "two others", "for h in pre-commit pre-push; do echo mine >.git/hooks/$h; done", "CC",
	  "pre-commit pre-commit.local pre-push pre-push.local", "KK", "BB", "pre-commit pre-push" },
	{ "a link to another", "echo mine >h; ln -s ../../h .git/hooks/pre-commit", "CW",
	  "pre-commit pre-commit.local pre-push", "KK", "BR", "pre-commit" },
	{ "a link to nowhere", "ln -s nowhere .git/hooks/pre-push", "WC", "pre-commit pre-push pre-push.local", "KK",
	  "RB", "pre-push" },
	{ "one that speaks of us", "printf '#!/bin/sh\\necho x\\n# Trunkline hook: no\\n' >.git/hooks/pre-commit", "CW",
	  "pre-commit pre-commit.local pre-push", "KK", "BR", "pre-commit" },
	{ "a local step before us", "echo mine >.git/hooks/pre-commit.local", "WW",
	  "pre-commit pre-commit.local pre-push", "KK", "BR", "pre-commit" },
	{ "an older one of ours", "printf '#!/bin/sh\\n# Trunkline hook: old\\n' >.git/hooks/pre-commit", "UW",
	  "pre-commit pre-push", "KK", "RR", "" },
	{ "ours, not to be run", "cp ../model/.git/hooks/pre-push .git/hooks/; chmod -x .git/hooks/pre-push", "WU",
	  "pre-commit pre-push", "KK", "RR", "" },
	{ "a link to ours", "cp ../model/.git/hooks/pre-push h; ln -s ../../h .git/hooks/pre-push", "WK",
	  "pre-commit pre-push", "KK", "RR", "" },
};

static const char *listing(struct git_yard *yard, const char *folder)
{
	const char *script = tl_arena_printf(&yard->arena, "cd '%s' && LC_ALL=C ls | tr '\\n' ' '", folder).ptr;

	return tl_arena_dup(&yard->arena, tl_str_trim(git_yard_print(yard, script))).ptr;
}

static void installs(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(hook_table); i++) {
		const struct hook_row *row = &hook_table[i];
		struct git_yard *yard;
		void *fresh;

		assert_int_equal(git_yard_make(&fresh), 0);
		yard = fresh;
		git_yard_run(yard, "for r in r model; do git init -q --template= $r; mkdir $r/.git/hooks; done");
		assert_row(row->name, strcmp(act(yard, "model", true, false), "WW") == 0);
		git_yard_run(yard, tl_arena_printf(&yard->arena, "cd r; %s", row->script).ptr);
		assert_row(row->name, strcmp(act(yard, "r", true, false), row->installed) == 0);
		assert_row(row->name, strcmp(listing(yard, "r/.git/hooks"), row->listing) == 0);
		assert_row(row->name, strcmp(act(yard, "r", true, false), row->again) == 0);
		/* What runs is what is shipped, and may run. */
		git_yard_run(
			yard,
			"for h in pre-commit pre-push; do test -x r/.git/hooks/$h; cmp r/.git/hooks/$h model/.git/hooks/$h; done");
		assert_row(row->name, strcmp(act(yard, "r", false, false), row->removed) == 0);
		assert_row(row->name, strcmp(listing(yard, "r/.git/hooks"), row->rest) == 0);
		git_yard_remove(&fresh);
	}
}

static void never_writes_over_a_stranger(void **state)
{
	struct git_yard *yard = *state;

	git_yard_run(
		yard,
		"git init -q --template= r; mkdir r/.git/hooks; cd r/.git/hooks; echo mine >pre-push; echo older >pre-push.local");
	assert_memory_equal(act(yard, "r", true, false), "error 5 ", 8);
	assert_string_equal(listing(yard, "r/.git/hooks"), "pre-push pre-push.local");
	assert_memory_equal(act(yard, "r", true, true), "error 5 ", 8);
	assert_memory_equal(act(yard, "r", false, false), "error 5 ", 8);
	assert_str(git_yard_print(yard, "cat r/.git/hooks/*"), "mine\nolder\n");
}

static void nothing_to_take_away(void **state)
{
	struct git_yard *yard = *state;

	git_yard_run(yard, "git init -q --template= r; mkdir r/.git/hooks; echo mine >r/.git/hooks/pre-push");
	assert_string_equal(act(yard, "r", false, false), "AA");
	assert_string_equal(listing(yard, "r/.git/hooks"), "pre-push");
}

static const struct folder_row {
	const char *name, *script; /* makes r */
	const char *folder;        /* where the hooks go */
	const char *refused;       /* what is said unless forced; NULL: nothing */
} folder_table[] = {
	{ "in the working tree", "git init -q r; git -C r config core.hooksPath .hooks/ours", "r/.hooks/ours", NULL },
	{ "of a linked worktree",
	  "git init -q --template= m; git -C m commit -q --allow-empty -m 1; git -C m worktree add -q ../r",
	  "m/.git/hooks", NULL },
	{ "of a submodule",
	  "git init -q s; git -C s commit -q --allow-empty -m 1; git init -q --template= m; git -C m submodule --quiet add ../s 2>/dev/null; ln -s m/s r",
	  "m/.git/modules/s/hooks", NULL },
	{ "bare", "git init -q --template= --bare r", "r/hooks", NULL },
	{ "shared by all", "git init -q r; git config --global core.hooksPath '~/all'", "all",
	  "core.hooksPath leads out" },
	{ "beside", "git init -q r; git -C r config core.hooksPath ../all/of/them", "all/of/them",
	  "core.hooksPath leads out" },
	{ "by a link", "git init -q --template= r; mkdir all; ln -s ../../all r/.git/hooks", "all",
	  "core.hooksPath leads out" },
	{ "husky's", "git init -q r; mkdir -p r/.husky/_; touch r/.husky/_/h; git -C r config core.hooksPath .husky/_",
	  "r/.husky/_", "the hooks in" },
};

static void folders(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(folder_table); i++) {
		const struct folder_row *row = &folder_table[i];
		struct git_yard *yard;
		const char *got;
		void *fresh;

		assert_int_equal(git_yard_make(&fresh), 0);
		yard = fresh;
		git_yard_run(yard, row->script);
		got = act(yard, "r", true, false);
		if (row->refused) {
			assert_row(row->name, strncmp(got, "error 6 ", 8) == 0 && strstr(got, row->refused));
			got = act(yard, "r", true, true);
		}
		assert_row(row->name, strcmp(got, "WW") == 0);
		git_yard_run(yard, tl_arena_printf(&yard->arena, "test -x '%s/pre-commit'; test -x '%s/pre-push'",
		                                   row->folder, row->folder)
		                           .ptr);
		git_yard_remove(&fresh);
	}
}

static void describes(void **state)
{
	static const char *const wanted[] = {
		"wrote '/h/x'",
		"updated '/h/x'",
		"'/h/x' is as it should be",
		"wrote '/h/x'; the hook that was there runs first and is now '/h/x.local'",
		"removed '/h/x'",
		"removed '/h/x'; its place took '/h/x.local'",
		"'/h/x' is none of ours: nothing to remove",
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(wanted); i++) {
		struct tl_hook_done done = { TL_STR("/h/x"), (enum tl_hook_state)i };
		struct tl_buf text = { 0 };

		tl_hooks_describe(&text, &done);
		assert_str(tl_buf_view(&text), wanted[i]);
		tl_buf_clear(&text);
	}
}

int test_git_hooks(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(installs),
		cmocka_unit_test_setup_teardown(never_writes_over_a_stranger, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(nothing_to_take_away, git_yard_make, git_yard_remove),
		cmocka_unit_test(folders),
		cmocka_unit_test(describes),
	};

	return cmocka_run_group_tests_name("git hooks", tests, NULL, NULL);
}

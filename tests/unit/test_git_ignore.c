/* tests/unit/test_git_ignore.c: which untracked files are left out: rule by rule, and compared with git itself. */
#include "git_yard.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "git/ignore.h"

static const struct rule_row {
	const char *rules, *path;
	bool wanted; /* whether it is left out; a path that ends with '/' is a folder */
} rule_table[] = {
	{ "a", "a", true },
	{ "a", "b/a", true },
	{ "a", "ab", false },
	{ "a", "a/", true },
	{ "a/", "a", false },
	{ "a/", "b/a/", true },
	{ "/a", "a", true },
	{ "/a", "b/a", false },
	{ "a/b", "a/b", true },
	{ "a/b", "c/a/b", false },
	{ "/a/b", "a/b", true },
	{ "*.log", "x.log", true },
	{ "*.log", "s/x.log", true },
	{ "s/*.log", "s/x.log", true },
	{ "s/*.log", "s/t/x.log", false },
	{ "*", "a", true },
	{ "a*b*c", "aXbYc", true },
	{ "a*b*c", "aXbY", false },
	{ "?", "a", true },
	{ "?", "ab", false },
	{ "**/a", "a", true },
	{ "**/a", "x/y/a", true },
	{ "a/**", "a", false },
	{ "a/**", "a/b/c", true },
	{ "a/**/b", "a/b", true },
	{ "a/**/b", "a/x/y/b", true },
	{ "a/**/b", "a/x", false },
	{ "**/a/**/b", "x/a/y/a/z/b", true },
	{ "**", "a", true },
	{ "a**c/d", "abc/d", true },
	{ "/**", "x/y", true },
	{ "**/", "x/", true },
	{ "**/", "x", false },
	{ "[a-c]x", "bx", true },
	{ "[a-c]x", "dx", false },
	{ "[!a-c]x", "dx", true },
	{ "[^a-c]x", "ax", false },
	{ "[]]", "]", true },
	{ "[a-]", "-", true },
	{ "[[:digit:]]*", "7up", true },
	{ "[[:digit:]]*", "up", false },
	{ "[\\]]", "]", true },
	{ "[a", "[a", false },
	{ "[--0]", ".", true },
	{ "\\#a", "#a", true },
	{ "#a", "#a", false },
	{ "\\!a", "!a", true },
	{ "\\*", "*", true },
	{ "\\*", "a", false },
	{ "a\\", "a\\", false },
	{ "a ", "a", true },
	{ "a\\ ", "a ", true },
	{ "a  b", "a  b", true },
	{ "a\r", "a", true },
	{ "\xef\xbb\xbf"
	  "a",
	  "a", true },
	{ "a\t", "a", false },
	{ "", "a", false },
	{ "/", "a", false },
	{ "!", "a", false },
	{ "\n\n  \na\n", "a", true },
	{ "a\n!a", "a", false },
	{ "!a\na", "a", true },
	{ "*\n!*.yaml\nx.yaml", "b.yaml", false },
	{ "*\n!*.yaml\nx.yaml", "x.yaml", true },
	{ "\xe9", "\xe9", true },
	{ "a\nb", "b", true },
};

static void rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(rule_table); i++) {
		const struct rule_row *row = &rule_table[i];
		struct tl_ignore_rules parsed = { .folder = TL_STR("") };
		struct tl_arena arena = { 0 };
		struct tl_str path = tl_str(row->path);
		bool is_folder = tl_str_ends(path, TL_STR("/"));

		tl_ignore_parse(&parsed, &arena, tl_str(row->rules));
		path.len -= is_folder;
		if (tl_ignore_matches(&parsed, path, is_folder) != row->wanted)
			fail_msg("'%s' on '%s': not %s", row->rules, row->path, row->wanted ? "left out" : "kept");
		tl_arena_clear(&arena);
	}
}

/* A pattern of many stars takes no more than the product of the lengths. */
static void no_pattern_takes_long(void **state)
{
	struct tl_ignore_rules parsed = { .folder = TL_STR("") };
	struct tl_arena arena = { 0 };
	struct tl_buf pattern = { 0 }, path = { 0 };

	(void)state;
	for (int i = 0; i < 300; i++) {
		tl_buf_text(&pattern, i % 2 ? "**/*a*" : "*a*a/");
		tl_buf_text(&path, i % 2 ? "aaaa" : "aa/aa");
	}
	tl_buf_text(&pattern, "b");
	tl_ignore_parse(&parsed, &arena, tl_buf_view(&pattern));
	assert_false(tl_ignore_matches(&parsed, tl_buf_view(&path), false));
	tl_buf_clear(&pattern);
	tl_buf_clear(&path);
	tl_arena_clear(&arena);
}

/* One path at a time, against the files that git lists: "f PATH", a line each. */
static void check_each(struct git_yard *yard, struct tl_repo *repo, const char *listed)
{
	static const char *const folders[] = { "", "a/", "a/a/", "a/b/", "a/b/c/", "b/", "b/a/", "b/b/", "c/" };
	static const char *const names[] = { "x.y", "c.y", "d" };
	struct tl_arena arena = { 0 };

	for (size_t i = 0; i < TL_COUNT(folders) * TL_COUNT(names); i++) {
		struct tl_str path = tl_arena_printf(&arena, "%s%s", folders[i / TL_COUNT(names)], names[i % TL_COUNT(names)]);
		bool ignored, wanted = !strstr(listed, tl_arena_printf(&arena, "f %.*s\n", TL_FMT(path)).ptr);

		assert_int_equal(tl_repo_ignores(&ignored, repo, path, &yard->err), 0);
		if (ignored != wanted)
			fail_msg("'%.*s': git %s it out", TL_FMT(path), wanted ? "leaves" : "does not leave");
	}
	tl_arena_clear(&arena);
}

/* Rules of every kind in every place, which a fixed row of numbers picks; each time compared with git. */
static void as_git_says(void **state)
{
	static const char *const rule_texts[] = { "a",    "b/",   "/a",  "*.y",      "!a",   "!*.y", "a/b",
		                                  "**/c", "a/**", "!b/", "/b/a",     "[ab]", "c*",   "!c.y",
		                                  "/*",   "!/a",  "?.y", "**/b/c.y", "!/a/" };
	static const char *const places[] = { ".gitignore",           ".gitignore",   "a/.gitignore",
		                              "a/b/.gitignore",       "b/.gitignore", ".git/info/exclude",
		                              "../.config/git/ignore" };
	struct git_yard *yard = *state;
	uint32_t random = 7;

	git_yard_run(
		yard,
		"mkdir -p .config/git; git init -q r; cd r; mkdir -p a/a a/b/c b/a b/b c; for d in . a a/a a/b a/b/c b b/a b/b c; do for f in x.y c.y d; do echo 1 >$d/$f; done; done;"
		"echo 1 >b/c; echo 1 >c/a; echo 1 >c/b; git add -f a/b/x.y c/b b/b/d; rm -f .git/info/exclude; mkdir -p .git/info");
	for (int round = 0; round < 40; round++) {
		struct tl_repo *repo;
		struct tl_view *view;
		struct tl_buf script = { 0 };
		const char *got;

		tl_buf_text(
			&script,
			"cd r; rm -f .gitignore a/.gitignore a/b/.gitignore b/.gitignore .git/info/exclude ../.config/git/ignore\n");
		for (int i = 0; i < 6; i++) {
			random = random * 1103515245u + 12345u;
			tl_buf_printf(&script, "echo '%s' >>%s\n", rule_texts[(random >> 16) % TL_COUNT(rule_texts)],
			              places[(random >> 8) % TL_COUNT(places)]);
		}
		tl_buf_text(&script, "git ls-files -co --exclude-standard | sed 's/^/f /' | LC_ALL=C sort -u");
		repo = git_yard_open(yard, "r");
		got = git_yard_print(yard, script.data).ptr;
		assert_int_equal(tl_view_open_disk(&view, repo, git_yard_path(yard, "r"), &yard->err), 0);
		if (!tl_str_is(git_yard_list(yard, view, NULL), got))
			fail_msg("%s\ngit:\n%s\nours:\n%.*s", script.data, got,
			         TL_FMT(git_yard_list(yard, view, NULL)));
		tl_view_free(view);
		check_each(yard, repo, got);
		/* And from a folder within. */
		got = git_yard_print(
			      yard,
			      "cd r/a/b; git ls-files -co --exclude-standard --full-name | sed 's/^/f /' | LC_ALL=C sort -u")
		              .ptr;
		assert_int_equal(tl_view_open_disk(&view, repo, git_yard_path(yard, "r/a/b"), &yard->err), 0);
		if (!tl_str_is(git_yard_list(yard, view, NULL), got))
			fail_msg("%s\nin a/b, git:\n%s\nours:\n%.*s", script.data, got,
			         TL_FMT(git_yard_list(yard, view, NULL)));
		tl_view_free(view);
		tl_repo_free(repo);
		tl_buf_clear(&script);
	}
}

static void of_the_user(void **state)
{
	struct git_yard *yard = *state;
	struct tl_repo *repo;
	struct tl_view *view;

	git_yard_run(
		yard,
		"git init -q r; cd r; echo 1 >a; echo 1 >b; echo a >../mine; git config --global core.excludesFile '~/mine'");
	repo = git_yard_open(yard, "r");
	assert_int_equal(tl_view_open_disk(&view, repo, git_yard_path(yard, "r"), &yard->err), 0);
	assert_str(git_yard_list(yard, view, NULL), "f b\n");
	tl_view_free(view);
	tl_repo_free(repo);
}

int test_git_ignore(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(no_pattern_takes_long),
		cmocka_unit_test_setup_teardown(as_git_says, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(of_the_user, git_yard_make, git_yard_remove),
	};

	return cmocka_run_group_tests_name("git ignore", tests, NULL, NULL);
}

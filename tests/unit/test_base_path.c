/* tests/unit/test_base_path.c: paths as text. */
#include "unit.h"

#include <stdio.h>

#include "base/file.h"

static void paths_are_joined(void **state)
{
	static const struct {
		const char *base, *name, *joined;
	} table[] = {
		{ "a", "b", "a/b" }, { "a/", "b", "a/b" }, { "a//", "b/c", "a/b/c" }, { "", "b", "b" },
		{ ".", "b", "b" },   { "a", "/b", "/b" },  { "/", "b", "/b" },        { "/a", "b", "/a/b" },
	};
	struct tl_arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++)
		assert_str(tl_path_join(&arena, tl_str(table[i].base), tl_str(table[i].name)), table[i].joined);
	tl_arena_clear(&arena);
}

static void paths_beneath_are_told(void **state)
{
	static const struct {
		const char *path;
		bool beneath;
	} table[] = {
		{ "a", true },    { "a/b", true },   { "./a", true },   { "..a", true },     { "a/...", true },
		{ "a//b", true }, { ".", true },     { "", false },     { "/", false },      { "/a", false },
		{ "..", false },  { "../a", false }, { "a/..", false }, { "a/../b", false }, { "a//../b", false },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++)
		assert_row(table[i].path, tl_path_is_beneath(tl_str(table[i].path)) == table[i].beneath);
	assert_false(tl_path_is_beneath(TL_STR("a\0b")));
}

static const struct match_row {
	const char *pattern, *path;
	bool matches;
} match_table[] = {
	{ "flows", "flows", true },
	{ "flows", "flows/a.yaml", true },
	{ "flows", "flows/a/b.yaml", true },
	{ "flows/", "flows/a.yaml", true },
	{ "./flows", "flows/a.yaml", true },
	{ "flows", "./flows/a.yaml", true },
	{ "flows", "flowsy/a.yaml", false },
	{ "flows", "other/flows", false },
	{ "flows/a", "flows", false },
	{ ".", "anything/at/all", true },
	{ "*.yaml", "a.yaml", true },
	{ "*.yaml", "a/b.yaml", false },
	{ "flows/*.yaml", "flows/a.yaml", true },
	{ "flows/*.yaml", "flows/a/b.yaml", false },
	{ "flows/*/x", "flows/a/x", true },
	{ "flows/*/x", "flows/a/b/x", false },
	{ "**", "a/b/c", true },
	{ "**/*.yaml", "a.yaml", true },
	{ "**/*.yaml", "a/b/c.yaml", true },
	{ "flows/**/*.flow.yaml", "flows/a.flow.yaml", true },
	{ "flows/**/*.flow.yaml", "flows/x/y/a.flow.yaml", true },
	{ "flows/**/*.flow.yaml", "flows/x/y/a.suite.yaml", false },
	{ "**/b/c", "b/x/b/c", true },
	{ "a/**/b/**/c", "a/b/x/b/y/c", true },
	{ "a/**/b/**/c", "a/x/y/c", false },
	{ "a/**", "a", true },
	{ "**/a/**/b", "x/a/y/z/b", true },
	{ "?.yaml", "a.yaml", true },
	{ "?.yaml", "ab.yaml", false },
	{ "?.yaml", "ü.yaml", true },
	{ "a*b*c", "axxbyyc", true },
	{ "a*b*c", "axxbyy", false },
	{ "*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
	{ "a**b", "axb", true },
	{ "a**b", "a/b", false },
	{ "a?b", "a/b", false },
	{ "[ab]", "a", false },
	{ "[ab]", "[ab]", true },
	{ "/abs/*", "/abs/x", true },
	{ "/abs/*", "abs/x", false },
	{ "abs/*", "/abs/x", false },
};

static void patterns_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < TL_COUNT(match_table); i++) {
		const struct match_row *row = &match_table[i];
		char text[256];

		snprintf(text, sizeof(text), "%s on %s", row->pattern, row->path);
		assert_row(text, tl_path_match(tl_str(row->pattern), tl_str(row->path)) == row->matches);
	}
}

int test_base_path(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_joined),
		cmocka_unit_test(paths_beneath_are_told),
		cmocka_unit_test(patterns_match),
	};

	return cmocka_run_group_tests_name("base_path", tests, NULL, NULL);
}

/* tests/unit/test_cmd_place.c: paths of the command line, and what files hold by their names. */
#include "unit.h"

#include "common/open.h"
#include "common/work.h"

static void paths_become_absolute(void **state)
{
	static const struct {
		const char *folder, *path, *absolute;
	} table[] = {
		{ "/a/b", "c", "/a/b/c" }, { "/a/b", "./c/.", "/a/b/c" }, { "/a/b", "../c", "/a/c" },   { "/a/b", "../../../c", "/c" },
		{ "/a/b", "/x//y/", "/x/y" }, { "/", "c", "/c" },          { "/a/b", "c/../d", "/a/b/d" }, { "/a/b", ".", "/a/b" },
		{ "/a", "..", "/" },       { "/a/b", "..c", "/a/b/..c" },
	};
	struct tl_arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++)
		assert_str(tl_path_absolute(&arena, tl_str(table[i].folder), tl_str(table[i].path)), table[i].absolute);
	tl_arena_clear(&arena);
}

static void what_lies_below_is_told(void **state)
{
	static const struct {
		const char *root, *path;
		bool below;
		const char *rest;
	} table[] = {
		{ "/a", "/a/b/c", true, "b/c" }, { "/a", "/a", true, "" }, { "/a", "/ab", false, "" }, { "/a/b", "/a", false, "" }, { "/", "/x", true, "x" },
	};
	struct tl_str rest;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		assert_row(table[i].path, tl_path_below(&rest, tl_str(table[i].root), tl_str(table[i].path)) == table[i].below);
		if (table[i].below)
			assert_str(rest, table[i].rest);
	}
	assert_str(tl_path_folder(TL_STR("a/b/c.yaml")), "a/b");
	assert_str(tl_path_folder(TL_STR("c.yaml")), "");
	assert_str(tl_path_name(TL_STR("a/b/c.yaml")), "c.yaml");
	assert_str(tl_path_name(TL_STR("c.yaml")), "c.yaml");
	assert_str(tl_path_name(TL_STR("/c.yaml")), "c.yaml");
}

static void names_say_what_files_hold(void **state)
{
	static const struct {
		const char *path;
		enum tl_name_kind kind;
	} table[] = {
		{ "flows/a.flow.yaml", TL_NAME_FLOW },   { "a.flow.yml", TL_NAME_FLOW },       { "a.flow.json", TL_NAME_FLOW },
		{ "a.suite.yaml", TL_NAME_SUITE },       { "a.policy.yaml", TL_NAME_POLICY },  { "a.yaml", TL_NAME_MAYBE },
		{ "a.json", TL_NAME_MAYBE },             { "trunkline.yaml", TL_NAME_PROJECT }, { "x/trunkline.yaml", TL_NAME_PROJECT },
		{ "my-trunkline.yaml", TL_NAME_MAYBE },  { "a.txt", TL_NAME_OTHER },           { "flow.yaml.bak", TL_NAME_OTHER },
		{ "", TL_NAME_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < TL_COUNT(table); i++)
		assert_row(table[i].path, tl_name_kind_of(tl_str(table[i].path)) == table[i].kind);
}

int test_cmd_place(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_become_absolute),
		cmocka_unit_test(what_lies_below_is_told),
		cmocka_unit_test(names_say_what_files_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* tests/unit/test_project_trust.c: an approval is written into the protected configuration, and every other byte of it stays. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "project/access.h"

#define ID "example.com/acme/flows"
#define OLD "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NEW "2222222222222222222222222222222222222222222222222222222222222222"
#define LINE "{project: \"" ID "\", authority: \"" NEW "\"}"

static char *yard;
static struct tl_schemas schemas;

static int make_yard(void **state)
{
	(void)state;
	yard = unit_scratch();
	tl_schemas_init(&schemas);
	return 0;
}

static int remove_yard(void **state)
{
	(void)state;
	unit_scratch_remove(yard);
	tl_schemas_clear(&schemas);
	return 0;
}

static const char *lookup(const char *name)
{
	return strcmp(name, "XDG_CONFIG_HOME") == 0 ? yard : NULL;
}

static const struct tl_surroundings surroundings = { lookup, NULL };

static const struct row {
	const char *before, *after; /* before NULL: no file; after NULL: refused */
} row_table[] = {
	{ NULL, "approvals:\n  - " LINE "\n" },
	{ "", "approvals:\n  - " LINE "\n" },
	{ "# mine\n", "# mine\napprovals:\n  - " LINE "\n" },
	{ "environments: {p: {role: r}}  # here", "environments: {p: {role: r}}  # here\napprovals:\n  - " LINE "\n" },
	{ "environments:\r\n  p: {role: r}\r\n", "environments:\r\n  p: {role: r}\r\napprovals:\n  - " LINE "\n" },
	{ "approvals:\n- {project: other, authority: " OLD "}  # that one\naudit: {}\n",
	  "approvals:\n- " LINE "\n- {project: other, authority: " OLD "}  # that one\naudit: {}\n" },
	{ "approvals:\n    # words\n    - project: other\n      authority: " OLD "\naudit: {}\n",
	  "approvals:\n    # words\n    - " LINE "\n    - project: other\n      authority: " OLD "\naudit: {}\n" },
	{ "approvals:\n  - {project: " ID ", authority: '" OLD "'} # x\n", "approvals:\n  - {project: " ID ", authority: \"" NEW "\"} # x\n" },
	{ "approvals: [{authority: " OLD ", project: " ID "}]\n", "approvals: [{authority: \"" NEW "\", project: " ID "}]\n" },
	{ "approvals: [{authority: " OLD ", project: other}]\n", NULL },
	{ "{environments: {}}\n", NULL },
	{ "approvals: []\n", NULL },
	{ "environments: {}\n...\n", NULL },
};

static void edits(void **state)
{
	struct tl_arena arena = { 0 };
	const char *folder = tl_arena_printf(&arena, "%s/trunkline", yard).ptr, *path = tl_arena_printf(&arena, "%s/config.yaml", folder).ptr;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(row_table); i++) {
		const struct row *row = &row_table[i];
		const char *name = row->before ? row->before : "no file";
		struct tl_error err = { 0 };
		struct tl_config *config;
		struct tl_str now;
		struct stat info;
		int ret;

		unlink(path);
		rmdir(folder);
		if (row->before) {
			assert_int_equal(tl_folder_make(folder, 0755, &err), 0);
			assert_int_equal(tl_file_write(path, tl_str(row->before), 0644, &err), 0);
		}
		if (tl_config_read(&config, &surroundings, TL_STR(""), &schemas, &err) != 0)
			fail_msg("%s: %s", name, err.message);
		config->identity = TL_STR(ID);
		ret = tl_config_trust(config, TL_STR(NEW), &err);
		tl_config_free(config);
		assert_row(name, (ret == 0) == (row->after != NULL));
		assert_int_equal(tl_file_read(&now, &arena, path, 10000, &err), 0);
		assert_str(now, row->after ? row->after : row->before);
		assert_return_code(stat(path, &info), 0);
		assert_row(name, (info.st_mode & 0777) == (row->before ? 0644 : 0600));
		if (ret != 0) {
			assert_row(name, err.code == TL_USAGE && strstr(err.message, LINE));
			continue;
		}
		assert_int_equal(tl_config_read(&config, &surroundings, TL_STR(""), &schemas, &err), 0);
		config->identity = TL_STR(ID);
		assert_row(name, tl_config_approves(config, TL_STR(NEW)) && !tl_config_approves(config, TL_STR(OLD)));
		tl_config_free(config);
	}
	tl_arena_clear(&arena);
}

/* A configuration in the tree under test is none, and none is made there. */
static void keeps_out_of_the_tree(void **state)
{
	struct tl_error err = { 0 };
	struct tl_config *config;

	(void)state;
	assert_int_equal(tl_config_read(&config, &surroundings, tl_str(yard), &schemas, &err), 0);
	config->identity = TL_STR(ID);
	assert_int_equal(tl_config_trust(config, TL_STR(NEW), &err), -1);
	assert_int_equal(err.code, TL_USAGE);
	assert_non_null(strstr(err.message, "would lie in the repository"));
	tl_config_free(config);
	assert_int_equal(tl_config_read(&config, &surroundings, TL_STR(""), &schemas, &err), 0);
	config->identity = TL_STR(ID);
	assert_int_equal(tl_config_trust(config, TL_STR(NEW), &err), 0);
	tl_config_free(config);
	assert_int_equal(tl_config_read(&config, &surroundings, tl_str(yard), &schemas, &err), -1);
	assert_non_null(strstr(err.message, "lies in the repository"));
}

int test_project_trust(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(edits, make_yard, remove_yard),
		cmocka_unit_test_setup_teardown(keeps_out_of_the_tree, make_yard, remove_yard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

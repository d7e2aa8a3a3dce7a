/* tests/unit/test_project_secret.c: secrets from variables, files and commands; and that no message holds any of them. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "project/access.h"
#include "project/calls.h"

static char *yard;
static char large[(64 << 10) + 2];

static int make_yard(void **state)
{
	(void)state;
	yard = unit_scratch();
	memset(large, 'x', sizeof(large) - 1);
	return 0;
}

static int remove_yard(void **state)
{
	(void)state;
	unit_scratch_remove(yard);
	return 0;
}

static const char *lookup(const char *name)
{
	static const struct {
		const char *name, *value;
	} table[] = {
		{ "CANARY", "canary-1" }, { "LINE", "canary-2\r\n" }, { "EMPTY", "" }, { "BREAK", "\n" }, { "LARGE", large },
		{ "PATH", "bin:.:/usr/bin:/bin" }, { "HOME", "/home/of/somebody" },
	};

	for (size_t i = 0; i < TL_COUNT(table); i++) {
		if (strcmp(table[i].name, name) == 0)
			return table[i].value;
	}
	return NULL;
}

static const struct row {
	const char *name;
	enum tl_secret_kind kind;
	const char *where; /* variable, file in the yard, or script */
	const char *wanted; /* the secret; or, after "!", a piece of the message */
} row_table[] = {
	{ "a variable", TL_SECRET_ENV, "CANARY", "canary-1" },
	{ "a line break at its end", TL_SECRET_ENV, "LINE", "canary-2" },
	{ "not set", TL_SECRET_ENV, "NOTHING", "!the secret is to be in the variable 'NOTHING', which is not set" },
	{ "empty", TL_SECRET_ENV, "EMPTY", "!the secret is empty: nothing is in the variable 'EMPTY'" },
	{ "nothing but a line break", TL_SECRET_ENV, "BREAK", "!the secret is empty" },
	{ "too large", TL_SECRET_ENV, "LARGE", "!larger than 64 KiB" },
	{ "a file", TL_SECRET_FILE, "good", "canary-3" },
	{ "a file that others read", TL_SECRET_FILE, "open", "!is open to other users" },
	{ "a link", TL_SECRET_FILE, "link", "!is a symbolic link" },
	{ "no file", TL_SECRET_FILE, "missing", "!No such file" },
	{ "an empty file", TL_SECRET_FILE, "empty", "!the secret is empty: nothing is in the file '" },
	{ "a NUL", TL_SECRET_FILE, "nul", "!holds a NUL byte" },
	{ "a large file", TL_SECRET_FILE, "large", "!larger than 64 KiB" },
	{ "a command", TL_SECRET_COMMAND, "echo canary-4", "canary-4" },
	{ "a command's environment", TL_SECRET_COMMAND, "echo $HOME$CANARY", "/home/of/somebody" },
	{ "a command that says nothing", TL_SECRET_COMMAND, "exit 0", "!the secret is empty: 'sh' prints nothing" },
	{ "a command that fails", TL_SECRET_COMMAND, "echo canary-5; echo canary-5 >&2; exit 3", "!the secret: 'sh' ended with status 3" },
	{ "a command that says too much", TL_SECRET_COMMAND, "while :; do echo canary-6; done", "!says more than 64 KiB" },
	{ "nothing configured", TL_SECRET_NONE, "", "!the secret is not configured" },
};

static void put(const char *name, unsigned mode, struct tl_str text)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", yard, name);
	assert_int_equal(tl_file_write(path, text, 0600, NULL), 0);
	assert_return_code(chmod(path, mode), 0);
}

static void reads_secrets(void **state)
{
	static const struct tl_surroundings surroundings = { lookup, "/home/of/somebody" };
	struct tl_arena arena = { 0 };

	(void)state;
	put("good", 0600, TL_STR("canary-3\n"));
	put("open", 0640, TL_STR("canary-3\n"));
	put("empty", 0600, TL_STR(""));
	put("nul", 0600, (struct tl_str){ "canary\0canary", 13 });
	put("large", 0400, (struct tl_str){ large, sizeof(large) - 1 });
	assert_return_code(symlink("good", tl_arena_printf(&arena, "%s/link", yard).ptr), 0);
	for (size_t i = 0; i < TL_COUNT(row_table); i++) {
		const struct row *row = &row_table[i];
		char *argv[] = { "sh", "-c", (char *)(uintptr_t)row->where, NULL };
		struct tl_secret secret = { row->kind, tl_str(row->where), argv };
		struct tl_error err = { 0 };
		struct tl_str out;
		int ret;

		if (row->kind == TL_SECRET_FILE)
			secret.name = tl_arena_printf(&arena, "%s/%s", yard, row->where);
		ret = tl_secret_read(&out, &arena, &secret, &surroundings, "the secret", &err);
		assert_row(row->name, (ret == 0) == (row->wanted[0] != '!'));
		if (ret == 0) {
			assert_str(out, row->wanted);
			tl_secret_wipe(out);
			assert_int_equal(out.ptr[0], 0);
		} else if (!strstr(err.message, row->wanted + 1) || strstr(err.message, "canary")) {
			fail_msg("%s: %s", row->name, err.message);
		}
	}
	tl_arena_clear(&arena);
}

/* A program is never looked for where somebody stands. */
static void runs_no_program_of_the_tree(void **state)
{
	static const struct tl_surroundings surroundings = { lookup, "/" };
	char *argv[] = { "helper", NULL }, here[4096];
	struct tl_secret secret = { TL_SECRET_COMMAND, { 0 }, argv };
	struct tl_arena arena = { 0 };
	struct tl_error err = { 0 };
	struct tl_str out;

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	put("helper", 0755, TL_STR("#!/bin/sh\necho canary\n"));
	assert_return_code(chdir(yard), 0);
	assert_int_equal(tl_secret_read(&out, &arena, &secret, &surroundings, "the secret", &err), -1);
	assert_non_null(strstr(err.message, "there is no program 'helper'"));
	argv[0] = "./helper";
	assert_int_equal(tl_secret_read(&out, &arena, &secret, &surroundings, "the secret", &err), -1);
	assert_return_code(chdir(here), 0);
	tl_arena_clear(&arena);
}

/* The login of a queue of calls: what is configured, and no more; a file of credentials must be as closed as any secret. */
static void knows_a_queue(void **state)
{
	static const struct tl_surroundings surroundings = { lookup, "/" };
	static const struct {
		const char *name, *file;   /* of the credentials, in the yard; or NULL */
		struct tl_secret user, password, token;
		const char *wanted;        /* user:password:token; or, after "!", a piece of the message */
	} table[] = {
		{ "nothing", NULL, { 0 }, { 0 }, { 0 }, "::" },
		{ "user and password", NULL, { TL_SECRET_ENV, { "HOME", 4 }, NULL }, { TL_SECRET_ENV, { "CANARY", 6 }, NULL }, { 0 }, "/home/of/somebody:canary-1:" },
		{ "a token", NULL, { 0 }, { 0 }, { TL_SECRET_ENV, { "LINE", 4 }, NULL }, "::canary-2" },
		{ "a token that is nowhere", NULL, { 0 }, { 0 }, { TL_SECRET_ENV, { "NOTHING", 7 }, NULL }, "!calls.token is to be in the variable 'NOTHING'" },
		{ "credentials", "closed.creds", { 0 }, { 0 }, { 0 }, "::" },
		{ "credentials that others read", "open.creds", { 0 }, { 0 }, { 0 }, "!is open to other users" },
		{ "credentials that are nowhere", "no.creds", { 0 }, { 0 }, { 0 }, "!calls.credentials" },
	};

	(void)state;
	put("closed.creds", 0600, TL_STR("canary"));
	put("open.creds", 0644, TL_STR("canary"));
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		struct tl_access access = { .calls = { .user = table[i].user, .password = table[i].password, .token = table[i].token } };
		struct tl_arena arena = { 0 };
		struct tl_queue_login login;
		struct tl_error err = { 0 };
		char got[200];

		if (table[i].file)
			access.calls.credentials = tl_path_join(&arena, tl_str(yard), tl_str(table[i].file));
		if (tl_calls_login(&login, &arena, &access, &surroundings, &err) == 0) {
			snprintf(got, sizeof(got), "%.*s:%.*s:%.*s", TL_FMT(login.user), TL_FMT(login.password), TL_FMT(login.token));
			assert_row(table[i].name, strcmp(got, table[i].wanted) == 0);
			assert_row(table[i].name, tl_str_equal(login.credentials, access.calls.credentials));
		} else {
			assert_int_equal(err.code, TL_USAGE);
			assert_row(err.message, table[i].wanted[0] == '!' && strstr(err.message, table[i].wanted + 1) && !strstr(err.message, "canary"));
		}
		tl_arena_wipe(&arena);
	}
}

int test_project_secret(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_secrets, make_yard, remove_yard),
		cmocka_unit_test_setup_teardown(runs_no_program_of_the_tree, make_yard, remove_yard),
		cmocka_unit_test_setup_teardown(knows_a_queue, make_yard, remove_yard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

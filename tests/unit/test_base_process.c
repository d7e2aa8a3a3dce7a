/* tests/unit/test_base_process.c: what a child gets, says and is allowed. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/process.h"

static const struct row {
	const char *name;
	const char *script;
	enum tl_code code;
	int status;
	const char *out; /* NULL: not looked at */
} row_table[] = {
	{ "says something", "printf hello", TL_OK, 0, "hello" },
	{ "its status", "exit 7", TL_OK, 7, "" },
	{ "a signal", "kill -9 $$", TL_OK, 137, "" },
	{ "standard input", "cat", TL_OK, 0, "first" },
	{ "another input, from its start each time", "cat /dev/fd/3 /dev/fd/3", TL_OK, 0, "secondsecond" },
	{ "standard error goes nowhere", "echo x >&2", TL_OK, 0, "" },
	{ "an environment of its own", "echo $A; env | grep -c HOME", TL_OK, 1, "b\n0\n" },
	{ "a folder of its own", "pwd", TL_OK, 0, "/\n" },
	{ "none of our files", "for f in 4 5 6 7 8 9; do (eval \"true <&$f\") 2>/dev/null && echo $f; done; [ ! -e /proc/self/fd/80 ] || echo 80", TL_OK, 0, "" },
	{ "too slow", "sleep 30", TL_TIMED_OUT, 0, NULL },
	{ "too slow, with its output closed", "exec >&-; sleep 30", TL_TIMED_OUT, 0, NULL },
	{ "a child of the child holds the output", "sleep 30 & exit 0", TL_TIMED_OUT, 0, NULL },
	{ "too much", "while :; do echo 0123456789; done", TL_LIMIT, 0, NULL },
};

static void runs(void **state)
{
	static const char *const environment[] = { "A=b", "PATH=/usr/bin:/bin", NULL };
	const struct tl_str inputs[] = { TL_STR("first"), TL_STR("second") };
	int held = open("/dev/null", O_RDONLY), low = dup2(held, 7), high = dup2(held, 80);

	(void)state;
	assert_int_equal(low, 7);
	assert_int_equal(high, 80);
	for (size_t i = 0; i < TL_COUNT(row_table); i++) {
		const struct row *row = &row_table[i];
		const char *argv[] = { "/bin/sh", "-c", row->script, NULL };
		struct tl_process process = {
			.argv = argv, .envp = environment, .inputs = inputs, .n_inputs = 2,
			.timeout_ms = row->code == TL_TIMED_OUT ? 100 : 20000, .limit = 1000,
		};
		struct tl_arena arena = { 0 };
		struct tl_error err = { 0 };
		struct tl_str out;
		int status, ret = tl_process_run(&out, &status, &arena, &process, &err);

		assert_row(row->name, ret == (row->code == TL_OK ? 0 : -1) && err.code == row->code);
		assert_row(row->name, row->code != TL_OK || status == row->status);
		if (row->out)
			assert_str(out, row->out);
		tl_arena_clear(&arena);
	}
	close(held);
	close(low);
	close(high);
}

/* Whether a process runs: of one that ended and was not waited for there is a name, and no command line. */
static bool is_alive(long id)
{
	char path[64], line[1];
	bool alive = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/cmdline", id);
	file = fopen(path, "re");
	alive = file && fread(line, 1, 1, file) == 1;
	if (file)
		fclose(file);
	return alive;
}

/* Whatever the limit was that it passed, no child of the child outlives it. */
static void takes_the_children_along(void **state)
{
	static const char *const script_table[] = { "sleep 300 & echo $! >\"$0\"; wait", "sleep 300 & echo $! >\"$0\"; while :; do echo 0123456789; done" };
	static const char *const environment[] = { "PATH=/usr/bin:/bin", NULL };
	char *folder = unit_scratch();
	struct tl_arena arena = { 0 };
	const char *file = tl_arena_printf(&arena, "%s/id", folder).ptr;

	(void)state;
	for (size_t i = 0; i < TL_COUNT(script_table); i++) {
		const char *argv[] = { "/bin/sh", "-c", script_table[i], file, NULL };
		struct tl_process process = { .argv = argv, .envp = environment, .timeout_ms = 1000, .limit = 1000 };
		struct tl_error err = { 0 };
		struct tl_str out, text;
		int status;
		long id;

		assert_int_equal(tl_process_run(&out, &status, &arena, &process, &err), -1);
		assert_int_equal(tl_file_read(&text, &arena, file, 100, &err), 0);
		id = strtol(tl_arena_dup(&arena, text).ptr, NULL, 10);
		assert_true(id > 1);
		for (int waited = 0; is_alive(id) && waited < 500; waited++)
			usleep(10000);
		assert_false(is_alive(id));
	}
	tl_arena_clear(&arena);
	unit_scratch_remove(folder);
}

static void names_what_is_missing(void **state)
{
	const char *argv[] = { "/nonexistent/tool", NULL }, *environment[] = { NULL };
	struct tl_process process = { .argv = argv, .envp = environment, .timeout_ms = 1000, .limit = 10 };
	struct tl_arena arena = { 0 };
	struct tl_error err = { 0 };
	struct tl_str out;
	int status;

	(void)state;
	assert_int_equal(tl_process_run(&out, &status, &arena, &process, &err), -1);
	assert_int_equal(err.code, TL_NOT_FOUND);
	assert_non_null(strstr(err.message, "/nonexistent/tool"));
	tl_arena_clear(&arena);
}

/* Only whole folders of PATH count: "." and "" would be the folder of whoever's repository. */
static void finds_programs(void **state)
{
	struct tl_arena arena = { 0 };
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	/* Where they would be found. */
	assert_return_code(chdir("/bin"), 0);
	assert_null(tl_process_find(&arena, "sh", ".::"));
	assert_null(tl_process_find(&arena, "./sh", "/bin"));
	assert_return_code(chdir("/"), 0);
	assert_null(tl_process_find(&arena, "sh", "bin:./bin"));
	assert_null(tl_process_find(&arena, "bin/sh", "/"));
	assert_return_code(fchdir(here), 0);
	close(here);
	assert_string_equal(tl_process_find(&arena, "sh", "/nonexistent:/bin"), "/bin/sh");
	assert_string_equal(tl_process_find(&arena, "/bin/sh", NULL), "/bin/sh");
	assert_null(tl_process_find(&arena, "bin/sh", "/"));
	assert_null(tl_process_find(&arena, "sh", "bin:.::"));
	assert_null(tl_process_find(&arena, "sh", NULL));
	assert_null(tl_process_find(&arena, "bin", "/"));
	tl_arena_clear(&arena);
}

int test_base_process(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs),
		cmocka_unit_test(takes_the_children_along),
		cmocka_unit_test(names_what_is_missing),
		cmocka_unit_test(finds_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

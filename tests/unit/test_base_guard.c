/* tests/unit/test_base_guard.c: files and folders that somebody else could have written are refused. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/guard.h"

struct yard {
	char *path;
	struct tl_arena arena;
};

static int make_yard(void **state)
{
	struct yard *yard = tl_alloc_zero(1, sizeof(*yard));

	*state = yard;
	yard->path = unit_scratch();
	return 0;
}

static int remove_yard(void **state)
{
	struct yard *yard = *state;

	unit_scratch_remove(yard->path);
	tl_arena_clear(&yard->arena);
	free(yard);
	return 0;
}

static const char *in_yard(struct yard *yard, const char *name)
{
	return tl_arena_printf(&yard->arena, "%s/%s", yard->path, name).ptr;
}

static const struct row {
	const char *path;
	enum tl_guard guard;
	const char *wanted; /* in the message; NULL: it is read */
} row_table[] = {
	{ "safe/plain", TL_GUARD_OURS, NULL },
	{ "safe/closed", TL_GUARD_OURS, NULL },
	{ "safe/closed", TL_GUARD_SECRET, NULL },
	{ "safe/link", TL_GUARD_OURS, NULL },
	{ "safe/plain", TL_GUARD_SECRET, "open to other users (chmod 600" },
	{ "safe/link", TL_GUARD_SECRET, "is a symbolic link" },
	{ "safe/group", TL_GUARD_OURS, "may be written by other users" },
	{ "safe/world", TL_GUARD_OURS, "may be written by other users" },
	{ "safe/world-link", TL_GUARD_OURS, "may be written by other users" },
	{ "loose/plain", TL_GUARD_OURS, "others may write to its folder" },
	{ "safe/loose-link", TL_GUARD_OURS, "others may write to its folder" },
	{ "sticky/plain", TL_GUARD_OURS, NULL },
	{ "repo/plain", TL_GUARD_OURS, "lies in the repository" },
	{ "safe/repo-link", TL_GUARD_OURS, "lies in the repository" },
	{ "repository/plain", TL_GUARD_OURS, NULL },
	{ "safe", TL_GUARD_OURS, "is no file" },
	{ "safe/fifo", TL_GUARD_OURS, "is no file" },
	{ "safe/missing", TL_GUARD_OURS, "No such file" },
	{ "safe/large", TL_GUARD_OURS, "is larger than" },
};

static void put(struct yard *yard, const char *name, mode_t mode, struct tl_str text)
{
	assert_int_equal(tl_file_write(in_yard(yard, name), text, 0600, NULL), 0);
	assert_return_code(chmod(in_yard(yard, name), mode), 0);
}

static void make_files(struct yard *yard)
{
	static const char *const folders[] = { "safe", "loose", "sticky", "repo", "repository" };
	static char large[5000];

	memset(large, 'x', sizeof(large));
	for (size_t i = 0; i < TL_COUNT(folders); i++) {
		assert_return_code(mkdir(in_yard(yard, folders[i]), 0755), 0);
		put(yard, tl_arena_printf(&yard->arena, "%s/plain", folders[i]).ptr, 0644, TL_STR("text\n"));
	}
	put(yard, "safe/closed", 0600, TL_STR("text\n"));
	put(yard, "safe/group", 0664, TL_STR("text\n"));
	put(yard, "safe/world", 0606, TL_STR("text\n"));
	put(yard, "safe/large", 0600, (struct tl_str){ large, sizeof(large) });
	assert_return_code(symlink("plain", in_yard(yard, "safe/link")), 0);
	assert_return_code(symlink("world", in_yard(yard, "safe/world-link")), 0);
	assert_return_code(symlink("../repo/plain", in_yard(yard, "safe/repo-link")), 0);
	assert_return_code(symlink("../loose/plain", in_yard(yard, "safe/loose-link")), 0);
	assert_return_code(mkfifo(in_yard(yard, "safe/fifo"), 0600), 0);
	assert_return_code(chmod(in_yard(yard, "loose"), 0777), 0);
	assert_return_code(chmod(in_yard(yard, "sticky"), 01777), 0);
}

static void reads_what_is_guarded(void **state)
{
	struct yard *yard = *state;

	make_files(yard);
	for (size_t i = 0; i < TL_COUNT(row_table); i++) {
		const struct row *row = &row_table[i];
		struct tl_error err = { 0 };
		struct tl_str out;
		int ret = tl_guard_read(&out, &yard->arena, in_yard(yard, row->path), row->guard, in_yard(yard, "repo"), 4096, "the file", &err);

		assert_row(row->path, (ret == 0) == (row->wanted == NULL));
		if (ret == 0)
			assert_str(out, "text\n");
		else if (!strstr(err.message, row->wanted))
			fail_msg("%s: %s", row->path, err.message);
	}
}

static void makes_folders(void **state)
{
	struct yard *yard = *state;
	struct tl_error err = { 0 };
	struct stat info;

	assert_int_equal(tl_guard_folder(in_yard(yard, "a/b"), &err), 0);
	assert_return_code(chmod(in_yard(yard, "a/b"), 0755), 0);
	assert_int_equal(tl_guard_folder(in_yard(yard, "a/b"), &err), 0);
	assert_return_code(stat(in_yard(yard, "a/b"), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0700);
	assert_return_code(symlink("a", in_yard(yard, "link")), 0);
	assert_int_equal(tl_guard_folder(in_yard(yard, "link"), &err), -1);
	assert_int_equal(err.code, TL_USAGE);
	assert_non_null(strstr(err.message, "is a symbolic link"));
	assert_int_equal(tl_file_write(in_yard(yard, "file"), TL_STR(""), 0600, NULL), 0);
	assert_int_equal(tl_guard_folder(in_yard(yard, "file"), &err), -1);
}

/* What belongs to somebody else is refused, however it is closed; of root's own a configuration may be, a secret never. Only root can make such files. */
static void refuses_what_others_own(void **state)
{
	const uid_t nobody = 65534;
	struct yard *yard = *state;
	struct tl_error err = { 0 };
	const char *file, *folder;
	struct tl_str bytes;

	if (geteuid() != 0)
		skip();
	assert_return_code(mkdir(in_yard(yard, "a"), 0755), 0);
	file = in_yard(yard, "a/file");
	folder = in_yard(yard, "folder");
	assert_int_equal(tl_file_write(file, TL_STR("x"), 0644, NULL), 0);
	assert_return_code(mkdir(folder, 0700), 0);
	assert_return_code(chmod(yard->path, 0755), 0);
	assert_return_code(seteuid(nobody), 0);
	assert_int_equal(tl_guard_read(&bytes, &yard->arena, file, TL_GUARD_OURS, NULL, 100, "it", &err), 0);
	assert_int_equal(tl_guard_read(&bytes, &yard->arena, file, TL_GUARD_SECRET, NULL, 100, "it", &err), -1);
	assert_non_null(strstr(err.message, "belongs to another user"));
	assert_int_equal(tl_guard_folder(folder, &err), -1);
	assert_non_null(strstr(err.message, "belongs to another user"));
	assert_return_code(seteuid(0), 0);
	assert_return_code(chown(file, nobody, (gid_t)-1), 0);
	assert_return_code(chmod(file, 0600), 0);
	assert_return_code(chown(folder, nobody, (gid_t)-1), 0);
	for (int guard = TL_GUARD_OURS; guard <= TL_GUARD_SECRET; guard++) {
		assert_int_equal(tl_guard_read(&bytes, &yard->arena, file, (enum tl_guard)guard, NULL, 100, "it", &err), -1);
		assert_non_null(strstr(err.message, "belongs to another user"));
	}
	assert_int_equal(tl_guard_folder(folder, &err), -1);
	assert_non_null(strstr(err.message, "belongs to another user"));
}

static void follows_no_link_below(void **state)
{
	struct yard *yard = *state;
	struct tl_error err = { 0 };

	assert_return_code(mkdir(in_yard(yard, "a"), 0755), 0);
	assert_return_code(symlink("a", in_yard(yard, "b")), 0);
	assert_return_code(symlink("nowhere", in_yard(yard, "a/c")), 0);
	assert_int_equal(tl_guard_beneath(yard->path, "a/x/y", &err), 0);
	assert_int_equal(tl_guard_beneath(yard->path, "new", &err), 0);
	assert_int_equal(tl_guard_beneath(yard->path, "b/x", &err), -1);
	assert_int_equal(tl_guard_beneath(yard->path, "a/c", &err), -1);
	assert_int_equal(err.code, TL_USAGE);
}

int test_base_guard(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_what_is_guarded, make_yard, remove_yard),
		cmocka_unit_test_setup_teardown(follows_no_link_below, make_yard, remove_yard),
		cmocka_unit_test_setup_teardown(makes_folders, make_yard, remove_yard),
		cmocka_unit_test_setup_teardown(refuses_what_others_own, make_yard, remove_yard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

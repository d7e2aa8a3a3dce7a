/* tests/unit/test_base_file.c: reading and writing files, with all that may stand in the way. */
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/file.h"

/* A folder to play in: inside/sub/file, outside, and links from inside to everything. */
struct yard {
	char *path;
	struct tl_arena arena;
	struct tl_error err;
	int inside;
};

static const char *in_yard(struct yard *yard, const char *name)
{
	return tl_arena_printf(&yard->arena, "%s/%s", yard->path, name).ptr;
}

static int make_yard(void **state)
{
	struct yard *yard = tl_alloc_zero(1, sizeof(*yard));

	*state = yard;
	yard->path = unit_scratch();
	if (tl_folder_make(in_yard(yard, "inside/sub"), 0755, &yard->err) < 0 ||
	    tl_file_write(in_yard(yard, "outside"), TL_STR("secret"), 0644, &yard->err) < 0 ||
	    tl_file_write(in_yard(yard, "inside/sub/file"), TL_STR("text\n"), 0644, &yard->err) < 0)
		return -1;
	yard->inside = open(in_yard(yard, "inside"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (yard->inside < 0 || symlinkat("../outside", yard->inside, "link") < 0 ||
	    symlinkat("sub/file", yard->inside, "link-inside") < 0 || symlinkat("sub", yard->inside, "folder") < 0 ||
	    symlinkat("loop", yard->inside, "loop") < 0 || mkfifoat(yard->inside, "fifo", 0600) < 0)
		return -1;
	return 0;
}

static int remove_yard(void **state)
{
	struct yard *yard = *state;

	close(yard->inside);
	unit_scratch_remove(yard->path);
	tl_arena_clear(&yard->arena);
	free(yard);
	return 0;
}

/* The number of entries of a folder of the yard. */
static size_t count_entries(struct yard *yard, const char *name)
{
	DIR *folder = opendir(in_yard(yard, name));
	size_t count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count - 2;
}

static void whole_files_are_read(void **state)
{
	struct yard *yard = *state;
	struct tl_str text;

	assert_int_equal(tl_file_read(&text, &yard->arena, in_yard(yard, "inside/sub/file"), 5, &yard->err), 0);
	assert_str(text, "text\n");
	assert_int_equal(text.ptr[text.len], '\0');
	/* A link that the user names is followed. */
	assert_int_equal(tl_file_read(&text, &yard->arena, in_yard(yard, "inside/link"), 100, &yard->err), 0);
	assert_str(text, "secret");
	assert_int_equal(tl_file_write(in_yard(yard, "empty"), TL_STR(""), 0600, &yard->err), 0);
	assert_int_equal(tl_file_read(&text, &yard->arena, in_yard(yard, "empty"), 0, &yard->err), 0);
	assert_str(text, "");
	/* Says that its size is 0 and is longer. */
	assert_int_equal(tl_file_read(&text, &yard->arena, "/proc/self/status", 1 << 20, &yard->err), 0);
	assert_true(tl_str_starts(text, TL_STR("Name:")));
	assert_int_equal(tl_file_read(&text, &yard->arena, "/proc/self/status", 10, &yard->err), -1);
	assert_int_equal(yard->err.code, TL_LIMIT);
}

static const struct bad_row {
	const char *name;
	enum tl_code code;
	const char *says;
} bad_read_table[] = {
	{ "outside", TL_LIMIT, "larger than the limit of 5 bytes" },
	{ "inside", TL_IO, "it is a folder" },
	{ "inside/fifo", TL_IO, "it is a FIFO" },
	{ "nothing", TL_NOT_FOUND, "cannot open" },
	{ "inside/loop", TL_IO, "cannot open" },
};

static void other_things_are_not_read(void **state)
{
	struct yard *yard = *state;

	for (size_t i = 0; i < TL_COUNT(bad_read_table); i++) {
		const struct bad_row *row = &bad_read_table[i];
		struct tl_str text = TL_STR("x");

		assert_int_equal(tl_file_read(&text, &yard->arena, in_yard(yard, row->name), 5, &yard->err), -1);
		assert_row(row->name, yard->err.code == row->code);
		assert_row(row->name, strstr(yard->err.message, row->says) != NULL);
		assert_null(text.ptr);
	}
}

static const struct bad_row beneath_table[] = {
	{ "sub/file", TL_OK, "" },
	{ "./sub//file", TL_OK, "" },
	{ "link", TL_IO, "symbolic link" },
	{ "link-inside", TL_IO, "symbolic link" },
	{ "folder/file", TL_IO, "symbolic link" },
	{ "loop", TL_IO, "symbolic link" },
	{ "../outside", TL_IO, "no path below" },
	{ "sub/../sub/file", TL_IO, "no path below" },
	{ "sub/..", TL_IO, "no path below" },
	{ "/etc/passwd", TL_IO, "no path below" },
	{ "", TL_IO, "no path below" },
	{ "sub", TL_IO, "it is a folder" },
	{ ".", TL_IO, "it is a folder" },
	{ "fifo", TL_IO, "it is a FIFO" },
	{ "nothing", TL_NOT_FOUND, "cannot open" },
	{ "sub/nothing/file", TL_NOT_FOUND, "cannot open" },
	{ "sub/file/file", TL_IO, "cannot open" },
};

static void nothing_is_read_that_is_not_beneath(void **state)
{
	struct yard *yard = *state;

	for (size_t i = 0; i < TL_COUNT(beneath_table); i++) {
		const struct bad_row *row = &beneath_table[i];
		struct tl_str text;
		int status = tl_file_read_beneath(&text, &yard->arena, yard->inside, row->name, 100, &yard->err);

		assert_row(row->name, status == (row->code == TL_OK ? 0 : -1));
		assert_row(row->name, status == 0 || yard->err.code == row->code);
		assert_row(row->name, status == 0 || strstr(yard->err.message, row->says));
		assert_row(row->name, status < 0 || tl_str_is(text, "text\n"));
	}
	assert_int_equal(faccessat(yard->inside, "sub/file", R_OK, 0), 0);
}

/* Where the kernel lacks openat2: the same answers, but for what a descriptor turns out to be, which comes later. */
static void walking_refuses_the_same(void **state)
{
	struct yard *yard = *state;

	for (size_t i = 0; i < TL_COUNT(beneath_table); i++) {
		const struct bad_row *row = &beneath_table[i];
		bool opens = row->code == TL_OK || strstr(row->says, "it is");
		int fd = tl_beneath_walk(yard->inside, row->name, &yard->err);

		assert_row(row->name, (fd >= 0) == opens);
		assert_row(row->name, opens || yard->err.code == row->code);
		assert_row(row->name, opens || strstr(yard->err.message, row->says));
		if (fd >= 0)
			close(fd);
	}
	/* The folder that was handed in is still open. */
	assert_int_equal(fcntl(yard->inside, F_GETFD), FD_CLOEXEC);
}

static void files_are_replaced_whole(void **state)
{
	struct yard *yard = *state;
	const char *path = in_yard(yard, "inside/sub/new");
	struct tl_str text;
	struct stat info;

	assert_int_equal(tl_file_write(path, TL_STR("one"), 0640, &yard->err), 0);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777 & ~0640u, 0);
	assert_int_equal(tl_file_write(path, TL_STR("two\0three"), 0640, &yard->err), 0);
	assert_int_equal(tl_file_read(&text, &yard->arena, path, 100, &yard->err), 0);
	assert_int_equal(text.len, 9);
	assert_memory_equal(text.ptr, "two\0three", 9);
	assert_int_equal(count_entries(yard, "inside/sub"), 2);
}

static void permissions_stay_where_they_are_to(void **state)
{
	struct yard *yard = *state;
	const char *path = in_yard(yard, "inside/sub/kept");
	struct stat info;

	assert_int_equal(tl_file_write(path, TL_STR("one"), TL_FILE_AS_IT_IS, &yard->err), 0);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777 & ~0666u, 0);
	assert_int_equal(chmod(path, 0775), 0);
	assert_int_equal(tl_file_write(path, TL_STR("two"), TL_FILE_AS_IT_IS, &yard->err), 0);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0775);
	assert_int_equal(unlink(path), 0);
}

static void files_without_a_folder_go_to_the_present_one(void **state)
{
	struct yard *yard = *state;
	char *before = getcwd(NULL, 0);
	struct tl_str text;

	assert_int_equal(chdir(yard->path), 0);
	assert_int_equal(tl_file_write("here", TL_STR("x"), 0600, &yard->err), 0);
	assert_int_equal(chdir(before), 0);
	free(before);
	assert_int_equal(tl_file_read(&text, &yard->arena, in_yard(yard, "here"), 100, &yard->err), 0);
	assert_str(text, "x");
}

static const struct bad_row bad_write_table[] = {
	{ "inside/link", TL_IO, "it is a symbolic link" }, { "inside/sub", TL_IO, "it is a folder" },
	{ "inside/fifo", TL_IO, "it is a FIFO" },          { "inside/", TL_IO, "names no file" },
	{ "nowhere/file", TL_NOT_FOUND, "cannot write" },  { "outside/file", TL_IO, "cannot write" },
};

static void failed_writes_leave_nothing_behind(void **state)
{
	struct yard *yard = *state;
	size_t before = count_entries(yard, "inside"), above = count_entries(yard, ".");
	struct tl_str text;

	for (size_t i = 0; i < TL_COUNT(bad_write_table); i++) {
		const struct bad_row *row = &bad_write_table[i];

		assert_int_equal(tl_file_write(in_yard(yard, row->name), TL_STR("x"), 0600, &yard->err), -1);
		assert_row(row->name, yard->err.code == row->code);
		assert_row(row->name, strstr(yard->err.message, row->says) != NULL);
	}
	assert_int_equal(count_entries(yard, "inside"), before);
	assert_int_equal(count_entries(yard, "."), above);
	assert_int_equal(tl_file_read(&text, &yard->arena, in_yard(yard, "outside"), 100, &yard->err), 0);
	assert_str(text, "secret");
	assert_int_equal(tl_file_write("/dev/null", TL_STR("x"), 0600, &yard->err), -1);
}

static void folders_are_made_with_those_above(void **state)
{
	struct yard *yard = *state;
	struct stat info;

	assert_int_equal(tl_folder_make(in_yard(yard, "a//b/c/"), 0755, &yard->err), 0);
	assert_int_equal(stat(in_yard(yard, "a/b/c"), &info), 0);
	assert_true(S_ISDIR(info.st_mode));
	assert_int_equal(tl_folder_make(in_yard(yard, "a/b/c"), 0755, &yard->err), 0);
	assert_int_equal(tl_folder_make(in_yard(yard, "inside/folder/x"), 0755, &yard->err), 0);
	assert_int_equal(tl_folder_make(in_yard(yard, "outside/x"), 0755, &yard->err), -1);
	assert_non_null(strstr(yard->err.message, "a file stands there"));
}

int test_base_file(void)
{
#define YARD_TEST(test) cmocka_unit_test_setup_teardown(test, make_yard, remove_yard)
	const struct CMUnitTest tests[] = {
		YARD_TEST(whole_files_are_read),
		YARD_TEST(other_things_are_not_read),
		YARD_TEST(nothing_is_read_that_is_not_beneath),
		YARD_TEST(walking_refuses_the_same),
		YARD_TEST(files_are_replaced_whole),
		YARD_TEST(permissions_stay_where_they_are_to),
		YARD_TEST(files_without_a_folder_go_to_the_present_one),
		YARD_TEST(failed_writes_leave_nothing_behind),
		YARD_TEST(folders_are_made_with_those_above),
	};

	return cmocka_run_group_tests_name("base_file", tests, NULL, NULL);
}

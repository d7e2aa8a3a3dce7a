/* tests/unit/test_git_index.c: the reader of git's index file: what git writes, and what no git ever wrote. */
#include "git_yard.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "git/index_file.h"

static const char fill[] =
	"git init -q r; cd r; mkdir -p flows/area other; for f in flows/area/one flows/area/other flows/x other/y z; do echo $f >$f; done\n"
	"git add .; git commit -q -m 1; echo n >n; git add -N n\n";

static struct tl_str index_bytes(struct git_yard *yard, const char *script)
{
	struct tl_str bytes;

	git_yard_run(yard, fill);
	git_yard_run(yard, script);
	assert_int_equal(tl_file_read(&bytes, &yard->arena, git_yard_path(yard, "r/.git/index"), 100000, &yard->err),
	                 0);
	return bytes;
}

static int read_bytes(struct tl_index **out, struct git_yard *yard, const char *bytes, size_t len)
{
	const char *path = git_yard_path(yard, "index");
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	fclose(file);
	return tl_index_read(out, path, &yard->err);
}

static void finds_entries(void **state)
{
	struct git_yard *yard = *state;
	struct tl_str bytes = index_bytes(yard, "true");
	const struct tl_index_entry *entry;
	struct tl_index *index;
	char hex[2 * 20 + 1];

	assert_int_equal(read_bytes(&index, yard, bytes.ptr, bytes.len), 0);
	assert_true(index->exists);
	assert_int_equal(index->count, 6);
	entry = tl_index_find(index, TL_STR("flows/x"));
	assert_non_null(entry);
	assert_int_equal(entry->mode, 0100644);
	assert_false(entry->announced);
	for (size_t i = 0; i < 20; i++)
		snprintf(hex + 2 * i, 3, "%02x", entry->id[i]);
	assert_true(tl_str_is(tl_str_trim(git_yard_print(yard, "git -C r rev-parse :flows/x")), hex));
	assert_true(tl_index_find(index, TL_STR("n"))->announced);
	assert_null(tl_index_find(index, TL_STR("flows")));
	assert_null(tl_index_find(index, TL_STR("flows/xx")));
	assert_null(tl_index_find(index, TL_STR("")));
	assert_null(tl_index_find(index, TL_STR("zz")));
	tl_index_free(index);
}

static void seeks(void **state)
{
	static const struct {
		const char *text;
		size_t before, past; /* entries that stand before it; and where those that start with it end */
	} table[] = { { "", 0, 6 },        { "a", 0, 0 }, { "flows/", 0, 3 }, { "flows/area/", 0, 2 },
		      { "flows/x", 2, 3 }, { "n", 3, 4 }, { "z", 5, 6 },      { "zz", 6, 6 } };
	struct git_yard *yard = *state;
	struct tl_str bytes = index_bytes(yard, "true");
	struct tl_index *index;

	assert_int_equal(read_bytes(&index, yard, bytes.ptr, bytes.len), 0);
	for (size_t i = 0; i < TL_COUNT(table); i++) {
		size_t at = tl_index_seek(index, 0, index->count, tl_str(table[i].text));

		assert_row(table[i].text, at == table[i].before);
		assert_row(table[i].text,
		           tl_index_seek_past(index, at, index->count, tl_str(table[i].text)) == table[i].past);
	}
	assert_int_equal(tl_index_seek(index, 2, 2, TL_STR("z")), 2);
	tl_index_free(index);
}

/* What the index remembers of folders, as `ls-tree` has it. */
static void remembers_folders(void **state)
{
	struct git_yard *yard = *state;
	struct tl_str bytes = index_bytes(yard, "cd r; rm -f n; git reset -q --hard; echo x >other/y; git add other/y");
	struct tl_index *index;

	assert_int_equal(read_bytes(&index, yard, bytes.ptr, bytes.len), 0);
	assert_int_equal(index->n_folders, 4);
	assert_null(index->folders[0].id);
	assert_int_equal(index->folders[0].next, 4);
	for (size_t i = 1; i < index->n_folders; i++) {
		const struct tl_index_folder *folder = &index->folders[i];

		if (tl_str_is(folder->name, "flows")) {
			assert_non_null(folder->id);
			assert_int_equal(folder->count, 3);
			assert_int_equal(folder->next, i + 2);
			assert_str(index->folders[i + 1].name, "area");
		} else if (tl_str_is(folder->name, "other")) {
			assert_null(folder->id);
		}
	}
	tl_index_free(index);
}

static void no_file_is_an_empty_index(void **state)
{
	struct git_yard *yard = *state;
	struct tl_index *index;

	assert_int_equal(tl_index_read(&index, git_yard_path(yard, "none"), &yard->err), 0);
	assert_false(index->exists);
	assert_int_equal(index->count, 0);
	assert_null(tl_index_find(index, TL_STR("a")));
	tl_index_free(index);
	assert_int_equal(tl_index_read(&index, yard->path, &yard->err), -1);
	assert_int_equal(yard->err.code, TL_IO);
}

/* Whatever is read is in order and within the file, or it is not read. */
static void check_index(const struct tl_index *index)
{
	for (size_t i = 0; i < index->count; i++) {
		assert_true(index->items[i].path.len > 0 && index->items[i].path.ptr[0] != '/');
		assert_true(i == 0 || tl_str_compare(index->items[i - 1].path, index->items[i].path) < 0);
	}
	for (size_t i = 0; i < index->n_folders; i++)
		assert_true(index->folders[i].next > i && index->folders[i].next <= index->n_folders);
}

static void damage(struct git_yard *yard, struct tl_str bytes)
{
	char *copy = tl_arena_alloc(&yard->arena, bytes.len, 1);
	struct tl_index *index;
	size_t refused = 0;

	for (size_t len = 0; len < bytes.len; len++) {
		if (read_bytes(&index, yard, bytes.ptr, len) == 0)
			check_index(index);
		else
			refused++;
		tl_index_free(index);
	}
	/* Where the cut is within the entries, it is always seen. */
	assert_true(refused > 300);
	for (size_t at = 0; at < bytes.len; at++) {
		static const unsigned char patterns[] = { 0x01, 0x80, 0xff };

		for (size_t i = 0; i < sizeof(patterns); i++) {
			memcpy(copy, bytes.ptr, bytes.len);
			copy[at] = (char)((unsigned char)copy[at] ^ patterns[i]);
			if (read_bytes(&index, yard, copy, bytes.len) == 0)
				check_index(index);
			tl_index_free(index);
		}
	}
}

static void damaged_files(void **state)
{
	damage(*state, index_bytes(*state, "true"));
}

static void damaged_files_of_version_4(void **state)
{
	damage(*state, index_bytes(*state, "cd r; git update-index --index-version 4"));
}

/* One entry with this name in a file that is right in all else. */
static void bad_names(void **state)
{
	static const char *const names[] = { "../x", "/x", "a/../b", "a//b", ".git/x", "a/.GIT/b", "a/", "./a", "a/." };
	struct git_yard *yard = *state;
	struct tl_index *index;

	for (size_t i = 0; i < TL_COUNT(names); i++) {
		char bytes[12 + 72 + 20] = "DIRC\0\0\0\2\0\0\0\1";

		bytes[12 + 26] = (char)0x81;
		bytes[12 + 27] = (char)0xa4;
		memcpy(bytes + 12 + 62, names[i], strlen(names[i]));
		bytes[12 + 61] = (char)strlen(names[i]);
		assert_row(names[i], read_bytes(&index, yard, bytes, sizeof(bytes)) == -1);
		assert_row(names[i], yard->err.code == TL_IO);
		memcpy(bytes + 12 + 62, "a/b/c/de", 8);
		memset(bytes + 12 + 70, 0, 2);
		assert_row("a good name", read_bytes(&index, yard, bytes, sizeof(bytes)) == 0);
		assert_int_equal(index->count, 1);
		tl_index_free(index);
	}
}

int test_git_index(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_entries, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(seeks, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(remembers_folders, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(no_file_is_an_empty_index, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(damaged_files, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(damaged_files_of_version_4, git_yard_make, git_yard_remove),
		cmocka_unit_test_setup_teardown(bad_names, git_yard_make, git_yard_remove),
	};

	return cmocka_run_group_tests_name("git index", tests, NULL, NULL);
}

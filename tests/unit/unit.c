/* tests/unit/unit.c: what the unit tests share. */
#include "unit.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"

void unit_assert_str(struct tl_str view, const char *text, const char *file, int line)
{
	if (tl_str_is(view, text))
		return;
	print_error("got  '%.*s'\nwant '%s'\n", TL_FMT(view), text);
	_fail(file, line);
}

void unit_assert_row(const char *row, bool condition, const char *text, const char *file, int line)
{
	if (condition)
		return;
	print_error("row '%s': %s\n", row, text);
	_fail(file, line);
}

const char *unit_shared(struct tl_arena *arena, const char *name)
{
	const char *root = getenv("TRUNKLINE_SHARED"), *path;

	if (root && root[0] == '\0')
		root = NULL;
	path = tl_path_join(arena, tl_str(root ? root : "../shared"), tl_str(name)).ptr;
	if (access(path, R_OK) == 0)
		return path;
	print_error("skipped: no '%s' here\n", path);
	tl_arena_clear(arena);
	skip();
	return NULL;
}

char *unit_scratch(void)
{
	const char *parent = getenv("TMPDIR");
	char *path = NULL;

	if (asprintf(&path, "%s/trunkline-unit-XXXXXX", parent ? parent : "/tmp") < 0 || !mkdtemp(path))
		fail_msg("cannot make a scratch folder");
	return path;
}

char *unit_scratch_in_memory(void)
{
	char *path = strdup("/dev/shm/trunkline-unit-XXXXXX");

	if (path && mkdtemp(path))
		return path;
	free(path);
	return unit_scratch();
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info;
	(void)kind;
	(void)walk;
	return remove(path);
}

void unit_scratch_remove(char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(path);
}

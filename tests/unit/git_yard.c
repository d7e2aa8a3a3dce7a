/* tests/unit/git_yard.c: real repositories, made by git itself with a scrubbed environment. */
#include "git_yard.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

static const char config[] =
	"[user]\n\tname = Tester\n\temail = tester@example.com\n[init]\n\tdefaultBranch = main\n"
	"[protocol \"file\"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n\taddEmbeddedRepo = false\n[gc]\n\tauto = 0\n"
	"[core]\n\tfsync = none\n";

int git_yard_make(void **state)
{
	struct git_yard *yard = tl_alloc_zero(1, sizeof(*yard));
	FILE *file;

	*state = yard;
	yard->path = unit_scratch();
	setenv("HOME", yard->path, 1);
	unsetenv("XDG_CONFIG_HOME");
	/* Not tl_file_write(), which waits for the disk. */
	file = fopen(git_yard_path(yard, ".gitconfig"), "w");
	if (!file || fputs(config, file) < 0 || fclose(file) != 0)
		return -1;
	return 0;
}

int git_yard_remove(void **state)
{
	struct git_yard *yard = *state;

	unit_scratch_remove(yard->path);
	tl_arena_clear(&yard->arena);
	free(yard);
	return 0;
}

const char *git_yard_path(struct git_yard *yard, const char *name)
{
	return tl_path_join(&yard->arena, tl_str(yard->path), tl_str(name)).ptr;
}

/* In the child: nothing of the caller's environment but PATH. */
static _Noreturn void run_script(struct git_yard *yard, const char *script, int out)
{
	char *argv[] = { "sh", "-euc", (char *)(uintptr_t)script, NULL };
	char *environment[] = {
		(char *)(uintptr_t)tl_arena_printf(&yard->arena, "HOME=%s", yard->path).ptr,
		(char *)(uintptr_t)tl_arena_printf(&yard->arena, "PATH=%s", getenv("PATH")).ptr,
		"GIT_CONFIG_NOSYSTEM=1",
		"LC_ALL=C",
		"TZ=UTC",
		"GIT_AUTHOR_DATE=2026-01-01T00:00:00Z",
		"GIT_COMMITTER_DATE=2026-01-01T00:00:00Z",
		NULL,
	};

	if (chdir(yard->path) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(125);
	execve("/bin/sh", argv, environment);
	_exit(125);
}

struct tl_str git_yard_print(struct git_yard *yard, const char *script)
{
	struct tl_buf text = { 0 };
	struct tl_str copy;
	int ends[2], status = 0;
	ssize_t got;
	pid_t child;

	assert_return_code(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	assert_return_code(child, 0);
	if (child == 0)
		run_script(yard, script, ends[1]);
	close(ends[1]);
	do {
		char *room = tl_buf_reserve(&text, 4096);

		got = read(ends[0], room, 4096);
		if (got > 0)
			text.len += (size_t)got;
	} while (got > 0);
	close(ends[0]);
	copy = tl_arena_dup(&yard->arena, (struct tl_str){ text.data, text.len });
	tl_buf_clear(&text);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_row(script, WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return copy;
}

void git_yard_run(struct git_yard *yard, const char *script)
{
	git_yard_print(yard, script);
}

struct tl_repo *git_yard_open(struct git_yard *yard, const char *name)
{
	struct tl_repo *repo;

	if (tl_repo_open(&repo, git_yard_path(yard, name), &yard->err) < 0)
		fail_msg("cannot open '%s': %s", name, yard->err.message);
	return repo;
}

static struct tl_str say_error(struct git_yard *yard)
{
	return tl_arena_printf(&yard->arena, "error %d %s", (int)yard->err.code, yard->err.message);
}

static struct tl_str take(struct git_yard *yard, struct tl_buf *buf)
{
	struct tl_str text = tl_arena_dup(&yard->arena, (struct tl_str){ buf->data, buf->len });

	tl_buf_clear(buf);
	return text;
}

struct tl_str git_yard_list(struct git_yard *yard, struct tl_view *view, const char *pattern)
{
	struct tl_str patterns[] = { tl_str(pattern) };
	struct tl_entries entries;
	struct tl_buf text = { 0 };

	if (tl_view_list(&entries, &yard->arena, view, patterns, pattern ? 1 : 0, &yard->err) < 0)
		return say_error(yard);
	for (size_t i = 0; i < entries.count; i++)
		tl_buf_printf(&text, "%c %.*s\n", "fls"[entries.items[i].kind], TL_FMT(entries.items[i].path));
	return take(yard, &text);
}

struct tl_str git_yard_read(struct git_yard *yard, struct tl_view *view, const char *path)
{
	struct tl_str bytes;

	if (tl_view_read(&bytes, &yard->arena, view, tl_str(path), 1000, NULL, &yard->err) < 0)
		return say_error(yard);
	return bytes;
}

struct tl_str git_yard_changes(struct git_yard *yard, int status, const struct tl_changes *changes)
{
	struct tl_buf text = { 0 };

	if (status < 0)
		return say_error(yard);
	for (size_t i = 0; i < changes->count; i++)
		tl_buf_printf(&text, "%c %.*s\n", "ADM"[changes->items[i].kind], TL_FMT(changes->items[i].path));
	return take(yard, &text);
}

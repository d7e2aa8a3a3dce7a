/* base/process.c: running a child process within bounds. */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

#define INPUT_LIMIT 8   /* descriptors that a child is given */
#define FIRST_OWN_FD 64 /* ours lie above those that the child gets, so that none is put over another */
#define POLL_MS 5

struct child {
	int inputs[INPUT_LIMIT];
	size_t n_inputs;
	int read_end, write_end, timer;
	pid_t pid;
};

/* A descriptor out of the way of the child's; -1 with errno. */
static int move_up(int fd)
{
	int moved, saved;

	if (fd < 0)
		return -1;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_OWN_FD);
	saved = errno;
	close(fd);
	errno = saved;
	return moved;
}

/* A file in memory that holds these bytes, at its start. */
static int open_input(struct tl_str bytes)
{
	int fd = move_up(memfd_create("input", MFD_CLOEXEC));
	size_t done = 0;

	while (fd >= 0 && done < bytes.len) {
		ssize_t put = write(fd, bytes.ptr + done, bytes.len - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			goto fail;
		done += (size_t)put;
	}
	if (fd < 0 || lseek(fd, 0, SEEK_SET) == 0)
		return fd;
fail:
	close(fd);
	return -1;
}

static void close_child(struct child *child)
{
	for (size_t i = 0; i < child->n_inputs; i++)
		close(child->inputs[i]);
	if (child->read_end >= 0)
		close(child->read_end);
	if (child->write_end >= 0)
		close(child->write_end);
	if (child->timer >= 0)
		close(child->timer);
}

/* Everything that the child needs; the timer runs from here. */
static int open_child(struct child *child, const struct tl_process *process)
{
	struct itimerspec time = { .it_value = { process->timeout_ms / 1000, process->timeout_ms % 1000 * 1000000 } };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	child->read_end = move_up(ends[0]);
	child->write_end = move_up(ends[1]);
	child->timer = move_up(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
	if (child->read_end < 0 || child->write_end < 0 || child->timer < 0 || timerfd_settime(child->timer, 0, &time, NULL) != 0)
		return -1;
	for (size_t i = 0; i < process->n_inputs && i < INPUT_LIMIT; i++) {
		int fd = open_input(process->inputs[i]);

		if (fd < 0)
			return -1;
		child->inputs[child->n_inputs++] = fd;
	}
	return 0;
}

/* Returns an errno value, 0 where it runs. */
static int spawn(struct child *child, const struct tl_process *process)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int failed = posix_spawn_file_actions_init(&files);

	if (failed)
		return failed;
	failed = posix_spawnattr_init(&attributes);
	if (failed) {
		posix_spawn_file_actions_destroy(&files);
		return failed;
	}
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setpgroup(&attributes, 0);
	if (child->n_inputs == 0)
		failed = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	for (size_t i = 0; !failed && i < child->n_inputs; i++)
		failed = posix_spawn_file_actions_adddup2(&files, child->inputs[i], i == 0 ? 0 : (int)i + 2);
	if (!failed)
		failed = posix_spawn_file_actions_adddup2(&files, child->write_end, 1);
	if (!failed)
		failed = posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	if (!failed)
		failed = posix_spawn_file_actions_addclosefrom_np(&files, child->n_inputs > 1 ? (int)child->n_inputs + 2 : 3);
	if (!failed)
		failed = posix_spawn_file_actions_addchdir_np(&files, "/");
	if (!failed)
		failed = posix_spawn(&child->pid, process->argv[0], &files, &attributes, (char *const *)(uintptr_t)process->argv,
		                     (char *const *)(uintptr_t)process->envp);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return failed;
}

static bool time_is_over(const struct child *child)
{
	struct pollfd timer = { .fd = child->timer, .events = POLLIN };

	return poll(&timer, 1, 0) > 0;
}

static void kill_child(const struct child *child, int *status)
{
	kill(-child->pid, SIGKILL);
	kill(child->pid, SIGKILL);
	while (waitpid(child->pid, status, 0) < 0 && errno == EINTR)
		;
}

/* Reads until the end of its output; the bytes lie in one place of the arena alone, as they may be a secret. */
static int read_output(struct tl_str *out, struct tl_arena *arena, const struct child *child, const struct tl_process *process,
                       struct tl_error *err)
{
	struct pollfd fds[2] = { { .fd = child->read_end, .events = POLLIN }, { .fd = child->timer, .events = POLLIN } };
	char *bytes = tl_arena_alloc(arena, process->limit + 2, 1);
	size_t len = 0;

	*out = (struct tl_str){ bytes, 0 };
	for (;;) {
		ssize_t got;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return tl_error_errno(err, errno, "cannot hear '%s'", process->argv[0]);
		if (time_is_over(child))
			return tl_error_set(err, TL_TIMED_OUT, "'%s' did not end within %d s", process->argv[0], (int)(process->timeout_ms / 1000));
		if (!(fds[0].revents & (POLLIN | POLLHUP | POLLERR)))
			continue;
		got = read(child->read_end, bytes + len, process->limit + 1 - len);
		if (got < 0 && errno != EINTR && errno != EAGAIN)
			return tl_error_errno(err, errno, "cannot hear '%s'", process->argv[0]);
		if (got == 0)
			return 0;
		len += got > 0 ? (size_t)got : 0;
		out->len = len;
		if (len > process->limit)
			return tl_error_set(err, TL_LIMIT, "'%s' says more than %zu KiB", process->argv[0], process->limit >> 10);
	}
}

/* A child may close its output and go on. */
static int await_end(int *status, const struct child *child, const struct tl_process *process, struct tl_error *err)
{
	struct pollfd timer = { .fd = child->timer, .events = POLLIN };

	for (;;) {
		pid_t ended = waitpid(child->pid, status, WNOHANG);

		if (ended == child->pid)
			return 0;
		if (ended < 0 && errno != EINTR)
			return tl_error_errno(err, errno, "cannot wait for '%s'", process->argv[0]);
		if (poll(&timer, 1, POLL_MS) > 0)
			return tl_error_set(err, TL_TIMED_OUT, "'%s' did not end within %d s", process->argv[0], (int)(process->timeout_ms / 1000));
	}
}

static int run(struct tl_str *out, int *status, struct tl_arena *arena, struct child *child, const struct tl_process *process,
               struct tl_error *err)
{
	int failed, ended = 0, ignored;

	if (open_child(child, process) != 0)
		return tl_error_set(err, TL_IO, "cannot start '%s': %s", process->argv[0], strerror(errno));
	failed = spawn(child, process);
	if (failed) {
		tl_error_errno(err, failed, "cannot start '%s'", process->argv[0]);
		return -1;
	}
	close(child->write_end);
	child->write_end = -1;
	if (read_output(out, arena, child, process, err) != 0 || await_end(&ended, child, process, err) != 0) {
		kill_child(child, &ignored);
		return -1;
	}
	*status = WIFSIGNALED(ended) ? 128 + WTERMSIG(ended) : WEXITSTATUS(ended);
	return 0;
}

int tl_process_run(struct tl_str *out, int *status, struct tl_arena *arena, const struct tl_process *process, struct tl_error *err)
{
	struct child child = { .read_end = -1, .write_end = -1, .timer = -1 };
	int ret;

	*out = (struct tl_str){ NULL, 0 };
	*status = -1;
	ret = run(out, status, arena, &child, process, err);
	/* What was said until then may be half of a secret. */
	if (ret != 0 && out->len > 0)
		explicit_bzero((char *)(uintptr_t)out->ptr, out->len);
	if (ret != 0)
		*out = (struct tl_str){ NULL, 0 };
	close_child(&child);
	return ret;
}

static bool is_program(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

const char *tl_process_find(struct tl_arena *arena, const char *name, const char *path)
{
	struct tl_str rest = tl_str(path);

	if (strchr(name, '/'))
		return name[0] == '/' && is_program(name) ? tl_arena_dup(arena, tl_str(name)).ptr : NULL;
	while (rest.len > 0) {
		size_t colon = tl_str_find(rest, TL_STR(":"), 0), end = colon == SIZE_MAX ? rest.len : colon;
		struct tl_str folder = tl_str_slice(rest, 0, end);
		const char *whole = tl_path_join(arena, folder, tl_str(name)).ptr;

		if (folder.len > 0 && folder.ptr[0] == '/' && is_program(whole))
			return whole;
		rest = tl_str_slice(rest, end < rest.len ? end + 1 : end, rest.len);
	}
	return NULL;
}

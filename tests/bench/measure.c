/* measure RUNS STATUS COMMAND…: runs a command RUNS times, its output thrown away, and prints the median of its wall time in microseconds and the
 * peak of its memory in KiB. Exit status 1 where the command ends with anything but STATUS. */
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Runs it once: false where it cannot be run or does not end with `wanted`. */
static bool run(char **command, int wanted, int64_t *us, long *peak_kib)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	int64_t start = now_us();
	int status = 0;
	pid_t pid;
	bool good;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	good = posix_spawnp(&pid, command[0], &actions, NULL, command, environ) == 0 && wait4(pid, &status, 0, &usage) == pid;
	posix_spawn_file_actions_destroy(&actions);
	*us = now_us() - start;
	if (good && usage.ru_maxrss > *peak_kib)
		*peak_kib = usage.ru_maxrss;
	return good && WIFEXITED(status) && WEXITSTATUS(status) == wanted;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	size_t runs = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
	int64_t *times = runs > 0 && runs < 100000 ? calloc(runs, sizeof(*times)) : NULL;
	long peak_kib = 0;
	int code = 0;

	if (times == NULL) {
		fprintf(stderr, "usage: measure RUNS STATUS COMMAND…\n");
		return 2;
	}
	for (size_t i = 0; i < runs && code == 0; i++)
		if (!run(argv + 3, atoi(argv[2]), &times[i], &peak_kib)) {
			fprintf(stderr, "measure: '%s' did not end with %s\n", argv[3], argv[2]);
			code = 1;
		}
	if (code == 0) {
		qsort(times, runs, sizeof(*times), compare);
		printf("%" PRId64 " %ld\n", times[runs / 2], peak_kib);
	}
	free(times);
	return code;
}

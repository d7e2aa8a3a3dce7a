/* base/process.h: a child process that takes a little and says a little: no shell, a time, a cap, and nothing of ours that it was not given. */
#ifndef TL_BASE_PROCESS_H
#define TL_BASE_PROCESS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct tl_process {
	const char *const *argv;      /* ends with NULL; argv[0] is an absolute path */
	const char *const *envp;      /* its whole environment, ends with NULL */
	const struct tl_str *inputs;  /* the first is its standard input, the others are files that it can read as /dev/fd/3, /dev/fd/4, … */
	size_t n_inputs;              /* 0: standard input is empty */
	int64_t timeout_ms;           /* then it and all that it started are killed */
	size_t limit;                 /* of its standard output */
};

/* Runs it in "/" and in a process group of its own, with signals as a fresh process has them and no other file of ours open; its standard error goes nowhere.
 * *out is what it wrote to standard output, in `arena` and nowhere else; *status its exit status, or 128 + the signal that ended it. TL_NOT_FOUND where there
 * is no such program, TL_TIMED_OUT, TL_LIMIT for more output, TL_IO. Messages name argv[0] and nothing of what it was given or said. */
int tl_process_run(struct tl_str *out, int *status, struct tl_arena *arena, const struct tl_process *process, struct tl_error *err);
/* The program of that name: itself where it is an absolute path, else in one of the absolute folders of `path` (as PATH lists them: relative ones, which
 * would lead into whatever folder somebody stands in, do not count). In `arena`; NULL where there is none, and for a relative path with a slash. */
const char *tl_process_find(struct tl_arena *arena, const char *name, const char *path);

#endif

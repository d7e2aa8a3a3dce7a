/* tests/unit/git_yard.h: real repositories, made by git itself with a scrubbed environment. */
#ifndef TL_GIT_YARD_H
#define TL_GIT_YARD_H

#include "unit.h"

#include "git/view.h"

struct git_yard {
	char *path; /* a scratch folder, which is also HOME */
	struct tl_arena arena;
	struct tl_error err;
};

/* cmocka setup and teardown: *state is a yard. The process's own HOME becomes the yard's, for libgit2. */
int git_yard_make(void **state);
int git_yard_remove(void **state);

/* Runs a script with sh -eu in the yard; it must succeed. */
void git_yard_run(struct git_yard *yard, const char *script);
/* What a script prints. */
struct tl_str git_yard_print(struct git_yard *yard, const char *script);
/* A path in the yard. */
const char *git_yard_path(struct git_yard *yard, const char *name);

/* Opens a repository that must open. */
struct tl_repo *git_yard_open(struct git_yard *yard, const char *name);
/* What a view lists, one a line: "f PATH", "l PATH" or "s PATH"; `pattern` may be NULL. "error CODE MESSAGE" where it cannot. */
struct tl_str git_yard_list(struct git_yard *yard, struct tl_view *view, const char *pattern);
/* What a view reads, or "error CODE MESSAGE". */
struct tl_str git_yard_read(struct git_yard *yard, struct tl_view *view, const char *path);
/* Changes, one a line: "A PATH", "D PATH", "M PATH"; or "error CODE MESSAGE" where `status` is not 0. */
struct tl_str git_yard_changes(struct git_yard *yard, int status, const struct tl_changes *changes);

#endif

/* git/compare.h: two sets of files walked at once, folder by folder, and what they hold differently. */
#ifndef TL_GIT_COMPARE_H
#define TL_GIT_COMPARE_H

#include "git/room.h"

struct tl_compare {
	struct tl_repo *repo;
	struct tl_arena *arena;  /* of the changes that come out */
	struct tl_buf path;      /* of the present folder, with a '/' at its end; "" is the root */
	struct tl_change *items; /* malloc'ed while it grows */
	size_t count, capacity;
	size_t folders;                /* compared so far */
	struct tl_walk added, removed; /* for what only one side has */
};

void tl_compare_init(struct tl_compare *compare, struct tl_repo *repo, struct tl_arena *arena);
/* Hands the changes over where `status` is 0, frees everything, and returns `status`. */
int tl_compare_end(struct tl_changes *out, struct tl_compare *compare, int status);
int tl_compare_add(struct tl_compare *compare, enum tl_change_kind kind, struct tl_str path, struct tl_error *err);
/* Counts a folder; TL_LIMIT where there are more than any repository has. */
int tl_compare_folder(struct tl_compare *compare, struct tl_error *err);
/* Two trees that stand at the present path. */
int tl_compare_trees(struct tl_compare *compare, const git_oid *from, const git_oid *to, struct tl_error *err);

#endif

/* git/ignore.h: which untracked files git leaves out (gitignore(5)). libgit2's own answer is not used: it forgets a
 * rule with '!' that takes back one of another file, and reads a .gitignore through a symlink. */
#ifndef TL_GIT_IGNORE_H
#define TL_GIT_IGNORE_H

#include "git/room.h"

struct tl_ignore_rule {
	struct tl_str pattern; /* without what the fields below say */
	bool negated;          /* "!": takes back what came before */
	bool folders_only;     /* "/" at the end */
	bool anywhere;         /* no "/" before the end: the last component alone is matched */
};

/* The rules of one file, and by way of `above` all that hold beside them, the stronger before the weaker. */
struct tl_ignore_rules {
	const struct tl_ignore_rules *above;
	struct tl_str folder; /* that the patterns start from, with a '/' at its end; "" for the root */
	struct tl_ignore_rule *items;
	size_t count;
};

/* The rules that hold everywhere: those of the repository's info/exclude and, weaker, of core.excludesFile. In the
 * arena. */
int tl_ignore_everywhere(const struct tl_ignore_rules **out, struct tl_arena *arena, struct tl_repo *repo,
                         struct tl_error *err);
/* The rules in a folder below `root_fd` ("" is the root), given those of the one above it. A .gitignore that is a
 * link or no file is not read, as git has it. Everything in the arena. */
int tl_ignore_enter(const struct tl_ignore_rules **out, struct tl_arena *arena, const struct tl_ignore_rules *above,
                    int root_fd, struct tl_str folder, struct tl_error *err);
/* The rules of all folders above a path, and whether they leave it, or one of those folders, out. The path is absent, or a real one. In the arena. */
int tl_ignore_reach(const struct tl_ignore_rules **out, bool *ignored, struct tl_arena *arena, struct tl_repo *repo, int root_fd, struct tl_str path,
                    bool is_folder, struct tl_error *err);
/* Whether a path is left out by its own name; the folders above it must have been asked about before, since what lies
 * in one that is left out is so too. */
bool tl_ignore_matches(const struct tl_ignore_rules *rules, struct tl_str path, bool is_folder);
/* Parses the text of an ignore file; for tl_ignore_enter() and tests. */
void tl_ignore_parse(struct tl_ignore_rules *rules, struct tl_arena *arena, struct tl_str text);

#endif

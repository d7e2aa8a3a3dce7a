/* ledger/folder.h: .trunkline/, where the local environment keeps what it knows: closed to others, and never part of a commit. */
#ifndef TL_LEDGER_FOLDER_H
#define TL_LEDGER_FOLDER_H

#include "base/arena.h"
#include "base/error.h"
#include "git/view.h"

#define TL_LEDGER_FOLDER ".trunkline"

/* The path of the folder below `root` (the project's folder, absolute). Nothing is looked at. In `arena`, NUL-terminated. */
struct tl_str tl_ledger_folder(struct tl_arena *arena, struct tl_str root);
/* Refuses (TL_USAGE) a folder that is a symlink, no folder, another user's, or tracked by git; one that is not there is fine. `repo` may be NULL. */
int tl_ledger_folder_check(struct tl_str root, struct tl_repo *repo, struct tl_error *err);
/* Refuses (TL_USAGE) what is tracked by git, or holds something that is: `path`, relative to `root` (the project's folder, absolute). A change could bring it, and
 * the next commit would hold what this machine wrote. `repo` may be NULL. */
int tl_ledger_check_tracked(struct tl_str root, struct tl_str path, struct tl_repo *repo, struct tl_error *err);
/* Checks, then makes it where it is not there: mode 0700, with a .gitignore that ignores all of it. */
int tl_ledger_folder_make(struct tl_str root, struct tl_repo *repo, struct tl_error *err);

#endif

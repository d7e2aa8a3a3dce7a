/* git/hooks.h: our hooks in a user's repository, beside whatever hooks are there already. */
#ifndef TL_GIT_HOOKS_H
#define TL_GIT_HOOKS_H

#include "base/buf.h"
#include "git/view.h"

enum tl_hook_state {
	TL_HOOK_WRITTEN,  /* there was none */
	TL_HOOK_UPDATED,  /* one of ours was there with another text or without the right to run */
	TL_HOOK_KEPT,     /* it is as it should be */
	TL_HOOK_CHAINED,  /* another was there: it is NAME.local now, and ours runs it first */
	TL_HOOK_REMOVED,  /* ours is gone */
	TL_HOOK_RESTORED, /* ours is gone, and NAME.local is NAME again */
	TL_HOOK_ABSENT,   /* none of ours was there; what is there stays */
};

struct tl_hook_done {
	struct tl_str path; /* absolute */
	enum tl_hook_state state;
};

struct tl_hooks_done {
	struct tl_hook_done *items; /* in the arena given, one a hook, by name */
	size_t count;
};

/* Puts our hooks (hooks/ of this project, compiled in) into the folder that git runs them from. A hook that is not
 * ours is kept: it is renamed to NAME.local, which ours runs first. Running it again changes nothing. TL_REFUSED
 * where core.hooksPath leads out of the repository, so that other repositories would get them too, or to a folder
 * that husky fills, unless `force`; TL_CONFLICT where NAME and NAME.local are both there and neither is ours. Then
 * nothing at all was changed. */
int tl_hooks_install(struct tl_hooks_done *out, struct tl_arena *arena, struct tl_repo *repo, bool force,
                     struct tl_error *err);
/* Takes ours away and puts each NAME.local back. The same refusals. */
int tl_hooks_uninstall(struct tl_hooks_done *out, struct tl_arena *arena, struct tl_repo *repo, bool force,
                       struct tl_error *err);
/* Appends what was done in words, without a line break: "wrote '/r/.git/hooks/pre-commit'". */
void tl_hooks_describe(struct tl_buf *buf, const struct tl_hook_done *done);

#endif

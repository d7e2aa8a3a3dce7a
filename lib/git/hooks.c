/* git/hooks.c: our hooks in a user's repository. */
#include "git/hooks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* In the first lines of each of ours, whatever its version. */
#define MARK "\n# Trunkline hook: "
/* A hook that is larger is none of ours. */
#define HOOK_LIMIT ((uint64_t)64 << 10)

static const struct hook {
	const char *name, *text;
} hook_table[] = {
#include "git/hook_texts.inc"
};

/* What stands at a hook's place. */
enum found { FOUND_NOTHING, FOUND_OURS, FOUND_OUTDATED, FOUND_LINK_TO_OURS, FOUND_OTHER };

/* One hook, looked at before anything is changed. */
struct place {
	const struct hook *hook;
	struct tl_str path, local;
	enum found found;
	bool has_local;
};

static bool is_ours(struct tl_str text)
{
	size_t mark = tl_str_find(text, TL_STR(MARK), 0);
	size_t first_line = tl_str_find(text, TL_STR("\n"), 0);

	return mark != SIZE_MAX && mark == first_line;
}

static enum found look_at(const char *path, const struct hook *hook, struct tl_arena *arena)
{
	struct stat info;
	struct tl_str text;

	if (lstat(path, &info) < 0)
		return FOUND_NOTHING;
	/* What cannot be read as a small file, a link to nowhere too, is somebody's. */
	if (tl_file_read(&text, arena, path, HOOK_LIMIT, NULL) < 0 || !is_ours(text))
		return FOUND_OTHER;
	if (S_ISLNK(info.st_mode))
		return FOUND_LINK_TO_OURS;
	return tl_str_is(text, hook->text) && (info.st_mode & 0100) ? FOUND_OURS : FOUND_OUTDATED;
}

static struct place place_of(const struct hook *hook, struct tl_str folder, struct tl_arena *arena)
{
	struct place place = { .hook = hook };
	struct stat info;

	place.path = tl_path_join(arena, folder, tl_str(hook->name));
	place.local = tl_arena_printf(arena, "%.*s.local", TL_FMT(place.path));
	place.found = look_at(place.path.ptr, hook, arena);
	place.has_local = lstat(place.local.ptr, &info) == 0;
	return place;
}

/* The real path of a folder, or of what is there above it. The caller frees it. */
static char *real_path(struct tl_str path, struct tl_arena *arena)
{
	for (;;) {
		char *real = realpath(tl_arena_dup(arena, path).ptr, NULL);

		if (real || path.len <= 1)
			return real;
		while (path.len > 1 && path.ptr[path.len - 1] != '/')
			path.len--;
		while (path.len > 1 && path.ptr[path.len - 1] == '/')
			path.len--;
	}
}

/* Whether the folder lies, by its real path, in this one. */
static bool is_within(struct tl_str folder, struct tl_str other, struct tl_arena *arena)
{
	char *real_folder, *real_other;
	bool within = false;

	if (other.len == 0)
		return false;
	real_folder = real_path(folder, arena);
	real_other = real_path(other, arena);
	if (real_folder && real_other) {
		size_t len = strlen(real_other);

		within = strncmp(real_folder, real_other, len) == 0 &&
		         (real_folder[len] == '/' || real_folder[len] == '\0');
	}
	free(real_folder);
	free(real_other);
	return within;
}

static int check_folder(struct tl_str folder, struct tl_arena *arena, struct tl_repo *repo, struct tl_error *err)
{
	/* husky's files tell by their own name which hook they are, and a renamed one would silently do nothing. */
	if (access(tl_path_join(arena, folder, TL_STR("h")).ptr, F_OK) == 0 ||
	    access(tl_path_join(arena, folder, TL_STR("husky.sh")).ptr, F_OK) == 0)
		return tl_error_set(
			err, TL_REFUSED,
			"the hooks in '%.*s' are husky's: add 'flow-validate --staged && flow-simulate --staged' to its "
			"pre-commit instead",
			TL_FMT(folder));
	if (is_within(folder, tl_repo_root(repo), arena) || is_within(folder, tl_repo_common_folder(repo), arena))
		return 0;
	return tl_error_set(err, TL_REFUSED,
	                    "core.hooksPath leads out of the repository, to '%.*s': other repositories may share it",
	                    TL_FMT(folder));
}

/* Looks at all hooks before one is touched. */
static int open_places(struct place places[TL_COUNT(hook_table)], struct tl_arena *arena, struct tl_repo *repo,
                       bool force, struct tl_error *err)
{
	struct tl_str folder;

	if (tl_repo_hooks_folder(&folder, arena, repo, err) < 0)
		return -1;
	if (!force && check_folder(folder, arena, repo, err) < 0)
		return -1;
	for (size_t i = 0; i < TL_COUNT(hook_table); i++) {
		places[i] = place_of(&hook_table[i], folder, arena);
		if (places[i].found == FOUND_OTHER && places[i].has_local)
			return tl_error_set(
				err, TL_CONFLICT,
				"'%.*s' and '%.*s' are both there and neither is ours: join them in the second",
				TL_FMT(places[i].path), TL_FMT(places[i].local));
	}
	return 0;
}

static int move(struct tl_str from, struct tl_str to, struct tl_error *err)
{
	if (rename(from.ptr, to.ptr) == 0)
		return 0;
	return tl_error_errno(err, errno, "cannot rename '%s' to '%s'", from.ptr, to.ptr);
}

static int install_one(struct tl_hook_done *done, const struct place *place, struct tl_error *err)
{
	static const enum tl_hook_state state_table[] = {
		[FOUND_NOTHING] = TL_HOOK_WRITTEN,  [FOUND_OURS] = TL_HOOK_KEPT,
		[FOUND_OUTDATED] = TL_HOOK_UPDATED, [FOUND_LINK_TO_OURS] = TL_HOOK_KEPT,
		[FOUND_OTHER] = TL_HOOK_CHAINED,
	};

	*done = (struct tl_hook_done){ place->path, state_table[place->found] };
	if (done->state == TL_HOOK_KEPT)
		return 0;
	if (done->state == TL_HOOK_CHAINED && move(place->path, place->local, err) < 0)
		return -1;
	return tl_file_write(place->path.ptr, tl_str(place->hook->text), 0755, err);
}

static int uninstall_one(struct tl_hook_done *done, const struct place *place, struct tl_error *err)
{
	*done = (struct tl_hook_done){ place->path, TL_HOOK_ABSENT };
	if (place->found == FOUND_OTHER || (place->found == FOUND_NOTHING && !place->has_local))
		return 0;
	done->state = place->has_local ? TL_HOOK_RESTORED : TL_HOOK_REMOVED;
	if (place->has_local)
		return move(place->local, place->path, err);
	if (unlink(place->path.ptr) < 0)
		return tl_error_errno(err, errno, "cannot remove '%s'", place->path.ptr);
	return 0;
}

static int for_each(struct tl_hooks_done *out, struct tl_arena *arena, const struct place *places,
                    int (*act)(struct tl_hook_done *done, const struct place *place, struct tl_error *err),
                    struct tl_error *err)
{
	out->items = TL_ARENA_ARRAY(arena, struct tl_hook_done, TL_COUNT(hook_table));
	for (size_t i = 0; i < TL_COUNT(hook_table); i++) {
		if (act(&out->items[i], &places[i], err) < 0)
			return -1;
		out->count++;
	}
	return 0;
}

int tl_hooks_install(struct tl_hooks_done *out, struct tl_arena *arena, struct tl_repo *repo, bool force,
                     struct tl_error *err)
{
	struct place places[TL_COUNT(hook_table)];
	struct tl_str folder;

	*out = (struct tl_hooks_done){ NULL, 0 };
	if (open_places(places, arena, repo, force, err) < 0 || tl_repo_hooks_folder(&folder, arena, repo, err) < 0)
		return -1;
	if (tl_folder_make(folder.ptr, 0755, err) < 0)
		return -1;
	return for_each(out, arena, places, install_one, err);
}

int tl_hooks_uninstall(struct tl_hooks_done *out, struct tl_arena *arena, struct tl_repo *repo, bool force,
                       struct tl_error *err)
{
	struct place places[TL_COUNT(hook_table)];

	*out = (struct tl_hooks_done){ NULL, 0 };
	if (open_places(places, arena, repo, force, err) < 0)
		return -1;
	return for_each(out, arena, places, uninstall_one, err);
}

void tl_hooks_describe(struct tl_buf *buf, const struct tl_hook_done *done)
{
	/* Before and after the path; what follows names the other file where there is one. */
	static const struct {
		const char *before, *after, *local;
	} words_table[] = {
		[TL_HOOK_WRITTEN] = { "wrote '", "'", NULL },
		[TL_HOOK_UPDATED] = { "updated '", "'", NULL },
		[TL_HOOK_KEPT] = { "'", "' is as it should be", NULL },
		[TL_HOOK_CHAINED] = { "wrote '", "'; the hook that was there runs first and is now '", ".local'" },
		[TL_HOOK_REMOVED] = { "removed '", "'", NULL },
		[TL_HOOK_RESTORED] = { "removed '", "'; its place took '", ".local'" },
		[TL_HOOK_ABSENT] = { "'", "' is none of ours: nothing to remove", NULL },
	};

	tl_buf_text(buf, words_table[done->state].before);
	tl_buf_str(buf, done->path);
	tl_buf_text(buf, words_table[done->state].after);
	if (words_table[done->state].local) {
		tl_buf_str(buf, done->path);
		tl_buf_text(buf, words_table[done->state].local);
	}
}

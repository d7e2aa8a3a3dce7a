/* git/view.h: where bytes come from. A view is one set of files: a folder on disk, the index, or a revision. Paths
 * are relative to the repository's root (or, outside of one, to the folder), with '/' and without "./". */
#ifndef TL_GIT_VIEW_H
#define TL_GIT_VIEW_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct tl_repo;
struct tl_view;

/* Opens the repository that holds `folder` (a worktree or a bare one); TL_NOT_FOUND where there is none, TL_UNSUPPORTED
 * for one that names its objects by SHA-256 or uses extensions that nobody here knows, TL_REFUSED for one that belongs
 * to another user and is not trusted (safe.directory); each with words that help. */
int tl_repo_open(struct tl_repo **out, const char *folder, struct tl_error *err);
/* Opens exactly this git folder, as $GIT_DIR names it to hooks. `work_tree` ($GIT_WORK_TREE) may be NULL: then, as
 * git has it, the working tree is the one that the folder itself names (a linked worktree, core.worktree), and else
 * the folder "." that hooks are run in. */
int tl_repo_open_at(struct tl_repo **out, const char *git_folder, const char *work_tree, struct tl_error *err);
/* Makes a repository with a working tree in a folder that is there and in none. */
int tl_repo_init(const char *folder, struct tl_error *err);
void tl_repo_free(struct tl_repo *repo);
/* The working tree's folder, absolute, without a slash at its end; empty for a bare repository. Borrowed. */
struct tl_str tl_repo_root(const struct tl_repo *repo);
/* The git folder of this worktree, and the one that all worktrees share. Absolute, borrowed. */
struct tl_str tl_repo_git_folder(const struct tl_repo *repo);
struct tl_str tl_repo_common_folder(const struct tl_repo *repo);

#define TL_OID_SIZE 41 /* 40 hex digits and a NUL */

/* The commit that `rev` names ("HEAD", "main~2", a tag, a hash). TL_NOT_FOUND; in a shallow clone the message says
 * `fetch-depth: 0`. */
int tl_repo_commit(char oid[TL_OID_SIZE], struct tl_repo *repo, const char *rev, struct tl_error *err);
/* The merge base of two commits. `oid` may be where `a` or `b` is. */
int tl_repo_merge_base(char oid[TL_OID_SIZE], struct tl_repo *repo, const char *a, const char *b, struct tl_error *err);
/* Whether history is missing: `git clone --depth`. */
bool tl_repo_is_shallow(const struct tl_repo *repo);
/* Whether anything tracked differs from HEAD in index or working tree, or an untracked file lies below one of `paths`
 * (globs or folders). */
int tl_repo_is_dirty(bool *dirty, struct tl_repo *repo, const struct tl_str *paths, size_t count, struct tl_error *err);
/* The same, and a path that makes it so, in `arena`; no text (NULL) where nothing does. */
int tl_repo_find_change(struct tl_str *out, struct tl_arena *arena, struct tl_repo *repo, const struct tl_str *paths, size_t count,
                        struct tl_error *err);
/* Whether git leaves out what is, or would come to be, the file `path` below the root: by a rule for it or for a folder above it. What is tracked is never left out. */
int tl_repo_ignores(bool *out, struct tl_repo *repo, struct tl_str path, struct tl_error *err);

enum tl_view_kind { TL_VIEW_DISK, TL_VIEW_INDEX, TL_VIEW_REVISION };

/* The files below `folder` as they are on disk; `repo` may be NULL (no repository: all files). With a repository,
 * what git ignores is left out of listings (but not of reading by name), and so is what lies in
 * nested repositories and submodules. Symlinks are never followed. */
int tl_view_open_disk(struct tl_view **out, struct tl_repo *repo, const char *folder, struct tl_error *err);
/* The index exactly, stage 0; the working tree is never touched. An unmerged entry is a TL_CONFLICT error that names
 * it. */
int tl_view_open_index(struct tl_view **out, struct tl_repo *repo, struct tl_error *err);
/* The same of another index file, as $GIT_INDEX_FILE names it to hooks (`git commit -a` and `git commit PATH` commit
 * from one of their own). NULL is the repository's; a relative path starts at the working tree's root. */
int tl_view_open_index_file(struct tl_view **out, struct tl_repo *repo, const char *index_path, struct tl_error *err);
/* The tree of a revision. */
int tl_view_open_revision(struct tl_view **out, struct tl_repo *repo, const char *rev, struct tl_error *err);
void tl_view_free(struct tl_view *view);
enum tl_view_kind tl_view_kind(const struct tl_view *view);

enum tl_entry_kind { TL_ENTRY_FILE, TL_ENTRY_LINK, TL_ENTRY_SUBMODULE };

struct tl_entry {
	struct tl_str path;
	enum tl_entry_kind kind;
	char blob[TL_OID_SIZE]; /* of the content where git knows it; "" for a file on disk */
	uint64_t size;          /* bytes where known without reading it, else 0 */
};

struct tl_entries {
	struct tl_entry *items; /* in the arena given, sorted by path (bytes), without repetitions */
	size_t count;
};

/* The entries that match any of `patterns` (tl_path_match: a file, a folder, a glob); all where count is 0.
 * Submodules and links are listed as what they are (so that somebody can say that they are not followed). */
int tl_view_list(struct tl_entries *out, struct tl_arena *arena, struct tl_view *view, const struct tl_str *patterns,
                 size_t count, struct tl_error *err);
/* What a sparse checkout (or a mark of skip-worktree) lets be missing in the working tree, of what matches any of `patterns` as above, with its blobs: it may be
 * there all the same. */
int tl_repo_left_out(struct tl_entries *out, struct tl_arena *arena, struct tl_repo *repo, const struct tl_str *patterns, size_t count,
                     struct tl_error *err);
/* The bytes of a path (kind FILE only; a link or submodule on the way is TL_REFUSED), at most `limit` (TL_LIMIT).
 * `blob`, where not NULL, gets the content's git id (for files on disk the one that git has, or would give it
 * by the attributes: the bytes there may have other line ends). Safe to call from several threads
 * at once. */
int tl_view_read(struct tl_str *out, struct tl_arena *arena, struct tl_view *view, struct tl_str path, uint64_t limit,
                 char *blob, struct tl_error *err);
/* As above by blob id, where the caller has an entry. */
int tl_view_read_entry(struct tl_str *out, struct tl_arena *arena, struct tl_view *view, const struct tl_entry *entry,
                       uint64_t limit, char *blob, struct tl_error *err);
/* Whether there is a file of that name. Safe to call from several threads at once. */
bool tl_view_has(struct tl_view *view, struct tl_str path);
/* A number that is another one once the file was written anew, without reading it. 0: there is none, or nothing changes (an index, a revision). */
uint64_t tl_view_stamp(struct tl_view *view, struct tl_str path);

enum tl_change_kind { TL_ADDED, TL_REMOVED, TL_CHANGED };

struct tl_change {
	enum tl_change_kind kind; /* a rename is one removed and one added */
	struct tl_str path;
};

struct tl_changes {
	struct tl_change *items; /* in the arena given, sorted by path */
	size_t count;
};

/* What the index holds other than HEAD (or than nothing, before the first commit). `index_path` as above, may be
 * NULL. */
int tl_repo_staged(struct tl_changes *out, struct tl_arena *arena, struct tl_repo *repo, const char *index_path,
                   struct tl_error *err);
/* The same for an open view of an index: one reading of it serves both, so that what is listed is what was compared. */
int tl_view_staged(struct tl_changes *out, struct tl_arena *arena, struct tl_view *view, struct tl_error *err);
/* What `to`'s tree holds other than `from`'s. For "A...B" callers pass the merge base. */
int tl_repo_changed(struct tl_changes *out, struct tl_arena *arena, struct tl_repo *repo, const char *from,
                    const char *to, struct tl_error *err);

/* The folder that git runs hooks from (core.hooksPath obeyed, relative ones from the worktree's root), absolute. */
int tl_repo_hooks_folder(struct tl_str *out, struct tl_arena *arena, struct tl_repo *repo, struct tl_error *err);

#endif

/* git/room.h: what the files of this room share. Nobody outside of it includes this. */
#ifndef TL_GIT_ROOM_H
#define TL_GIT_ROOM_H

#include <git2.h>
#include <pthread.h>

#include "base/buf.h"
#include "base/file.h"
#include "git/view.h"

/* Around a call of libgit2 1.5 that loses a few bytes itself (a merge base that is not found, a working tree that is
 * the same as before), so that a leak that LeakSanitizer shows is always ours. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#define TL_GIT_LEAK_BEGIN() __lsan_disable()
#define TL_GIT_LEAK_END() __lsan_enable()
#else
#define TL_GIT_LEAK_BEGIN() ((void)0)
#define TL_GIT_LEAK_END() ((void)0)
#endif

/* What one listing or one set of changes may hold: a tree that names itself often (a "git bomb") must not fill the
 * machine. */
#define TL_GIT_MAX_FILES ((size_t)1000000)
/* The longest path that is read from anywhere; deeper folders than its length allows do not exist. */
#define TL_GIT_MAX_PATH ((size_t)4096)

/* Handles on the object database that nobody uses at the moment. libgit2 promises no more than one thread a handle, and
 * opening one is cheap, since packs are mapped once for all of them. */
struct tl_odb_pool {
	pthread_mutex_t lock;
	git_odb **idle;
	size_t count, capacity;
	char *folder; /* of the objects */
};

struct tl_repo {
	git_repository *git;
	char *root; /* "" for a bare one */
	char *git_folder, *common_folder;
	struct tl_odb_pool pool;
};

struct tl_collect;

/* One kind of view. */
struct tl_view_ops {
	enum tl_view_kind kind;
	int (*list)(struct tl_view *view, struct tl_collect *to, struct tl_error *err);
	int (*read)(struct tl_str *out, struct tl_arena *arena, struct tl_view *view, struct tl_str path,
	            uint64_t limit, char *blob, struct tl_error *err);
	bool (*has)(struct tl_view *view, struct tl_str path);
	uint64_t (*stamp)(struct tl_view *view, struct tl_str path); /* NULL: its files do not change */
	void (*free)(struct tl_view *view);
};

/* The start of each kind's own struct. */
struct tl_view {
	const struct tl_view_ops *ops;
	struct tl_repo *repo; /* borrowed; NULL outside of one */
};

/* --- libgit.c: the library as a whole */

/* Starts libgit2 or counts one user more; each is paired with a tl_git_stop(). */
int tl_git_start(struct tl_error *err);
/* archive.c: does nothing. Naming it has that file linked before libgit2's archive is searched. */
void tl_git_use_archive(void);
void tl_git_stop(void);
/* Turns the error that libgit2 has just returned into ours: "what was done: what libgit2 says". Call it before
 * anything else touches libgit2 on this thread. Returns -1; `err` may be NULL. */
int tl_git_error(struct tl_error *err, int status, const char *fmt, ...) TL_PRINTF(3, 4);
/* An id as text, by value. */
void tl_git_hex(char out[TL_OID_SIZE], const unsigned char *id);
/* Whether a name can stand as one component of a path that git keeps: not empty, ".", ".." or ".git", without '/'. */
bool tl_git_name_is_good(struct tl_str name);

/* --- repo.c */

/* Adds to `err` what would help in a shallow or partial clone. Returns -1. */
int tl_repo_explain(struct tl_repo *repo, struct tl_error *err);
/* What `rev` names, peeled to that type. */
int tl_repo_resolve(git_oid *out, struct tl_repo *repo, const char *rev, git_object_t type, struct tl_error *err);
/* The tree of HEAD; *born is false before the first commit, and then there is none. */
int tl_repo_head_tree(git_oid *out, bool *born, struct tl_repo *repo, struct tl_error *err);
/* The repository's configuration, config.worktree too; free it with git_config_free(). */
int tl_repo_config(git_config **out, struct tl_repo *repo, struct tl_error *err);

/* --- odb.c: reading objects, from any thread */

void tl_odb_pool_init(struct tl_odb_pool *pool, const char *common_folder);
void tl_odb_pool_clear(struct tl_odb_pool *pool);
/* An object of that type, at most `limit` bytes (TL_LIMIT). Free it with git_odb_object_free(). `what` names it in
 * messages. */
int tl_odb_read(git_odb_object **out, struct tl_repo *repo, const git_oid *id, git_object_t type, uint64_t limit,
                struct tl_str what, struct tl_error *err);
/* A blob's bytes, copied into the arena. */
int tl_odb_read_blob(struct tl_str *out, struct tl_arena *arena, struct tl_repo *repo, const git_oid *id,
                     uint64_t limit, struct tl_str what, struct tl_error *err);

/* --- tree.c: one tree object, entry by entry */

struct tl_tree {
	git_odb_object *object;
	const unsigned char *at, *end;
	struct tl_str last; /* the name before, to see that names ascend */
	bool last_is_folder;
	git_oid id;
};

struct tl_tree_entry {
	struct tl_str name; /* borrowed from the tree */
	unsigned mode;      /* as git's index writes it: 0100644, 0100755, 0120000, 0160000, 0040000 */
	git_oid id;
};

int tl_tree_open(struct tl_tree *tree, struct tl_repo *repo, const git_oid *id, struct tl_error *err);
void tl_tree_close(struct tl_tree *tree); /* a tree of zeros too */
/* The next entry: 1, 0 at the end, -1 where the tree is damaged or holds a name that no tree may hold. */
int tl_tree_next(struct tl_tree *tree, struct tl_tree_entry *entry, struct tl_error *err);
/* The order of a tree's entries: byte order, a folder as if its name ended with '/'. A file and a folder are never
 * equal. */
int tl_tree_compare(const struct tl_tree_entry *a, const struct tl_tree_entry *b);
/* The entry of that path below a tree: 1, 0 where there is none, -1. A link or a submodule on the way is TL_REFUSED. */
int tl_tree_find(struct tl_tree_entry *out, struct tl_repo *repo, const git_oid *root, struct tl_str path,
                 struct tl_error *err);
/* 0100664 and other old modes as git reads them today. */
unsigned tl_tree_mode(unsigned mode);
bool tl_mode_is_folder(unsigned mode);
enum tl_entry_kind tl_mode_kind(unsigned mode);

/* --- walk.c: all that is below a tree */

struct tl_walk {
	struct tl_repo *repo;
	/* Whether to look into a folder; NULL: into all. */
	bool (*wants)(void *data, struct tl_str folder);
	/* Called for each file, link and submodule, in the order of their paths; anything but 0 ends the walk. */
	int (*visit)(void *data, struct tl_str path, const struct tl_tree_entry *entry, struct tl_error *err);
	void *data;
	size_t seen; /* entries and folders so far, over all walks with this value */
};

/* Walks what is below the tree `id`; `path` holds its folder's path with a '/' at the end, or nothing for the root,
 * and is the same afterwards. */
int tl_walk_run(struct tl_walk *walk, const git_oid *id, struct tl_buf *path, struct tl_error *err);
/* Puts a name behind the path of its folder. TL_LIMIT where it grows too long. */
int tl_path_push(struct tl_buf *path, struct tl_str name, bool is_folder, struct tl_error *err);
void tl_path_pop(struct tl_buf *path, size_t len);

/* --- collect.c: the entries of a listing */

struct tl_pattern {
	struct tl_str text; /* as tl_path_match wants it, without "./" and slashes at its end */
	size_t literal;     /* bytes at its start that hold no wildcard: whole components */
	bool plain;         /* no wildcard at all */
};

struct tl_collect {
	struct tl_arena *arena;
	struct tl_pattern *patterns; /* in the arena */
	size_t n_patterns;
	struct tl_entry *items; /* malloc'ed while it grows */
	size_t count, capacity;
};

void tl_collect_init(struct tl_collect *collect, struct tl_arena *arena, const struct tl_str *patterns, size_t count);
void tl_collect_clear(struct tl_collect *collect);
/* Whether anything below this folder can match; "" is the root. */
bool tl_collect_wants(const struct tl_collect *collect, struct tl_str folder);
bool tl_collect_matches(const struct tl_collect *collect, struct tl_str path);
/* Adds an entry where its path matches. `id` may be NULL. The path is copied. */
int tl_collect_add(struct tl_collect *collect, struct tl_str path, enum tl_entry_kind kind, const unsigned char *id,
                   struct tl_error *err);
/* Sorted and without repetitions, in the arena. */
void tl_collect_finish(struct tl_entries *out, struct tl_collect *collect);

/* All below a tree, whose folder's path ends with '/' or is "". */
int tl_collect_tree(struct tl_collect *to, struct tl_repo *repo, const git_oid *id, struct tl_str folder,
                    struct tl_error *err);

/* --- view.c, view_revision.c, view_index.c */

/* The file `path` of a tree that stands at `folder` (ends with '/', or ""). `blob` may be NULL. */
int tl_odb_read_path(struct tl_str *out, struct tl_arena *arena, struct tl_repo *repo, const git_oid *tree,
                     struct tl_str folder, struct tl_str path, uint64_t limit, char *blob, struct tl_error *err);
/* Whether a tree has a file of that path, relative to it. */
bool tl_odb_has_path(struct tl_repo *repo, const git_oid *tree, struct tl_str path);
struct tl_index;
/* The repository's index, or the one at `path` where not NULL, as it is: unmerged entries too. */
int tl_index_open(struct tl_index **out, struct tl_repo *repo, const char *path, struct tl_error *err);
/* staged.c: tl_view_staged() of an index that is whole. */
int tl_index_staged(struct tl_changes *out, struct tl_arena *arena, struct tl_repo *repo, const struct tl_index *index,
                    struct tl_error *err);

/* --- stored.c: what git would store of a file of the working tree */

struct tl_index_entry;
struct stat;
/* Whether a file looks as git saw it when it wrote the index, so that the entry's id is the id of what would be stored. One that was changed in the second in which
 * the index was written may look so by chance, and counts as another. */
bool tl_index_saw(const struct tl_index *index, const struct tl_index_entry *entry, const struct stat *info);
/* The id of what would be stored of a file's bytes where attributes make others of them (line ends and the like); false where they do not. Filters that are
 * programs of their own (LFS) are not run. Not for two threads at once. */
bool tl_stored_id(git_oid *out, struct tl_repo *repo, const char *path, struct tl_str bytes);

/* TL_REFUSED: what stands at `path` is no file. */
int tl_view_refuse(struct tl_error *err, struct tl_str path, enum tl_entry_kind kind);
/* TL_NOT_FOUND. */
int tl_view_missing(struct tl_error *err, struct tl_str path);

#endif

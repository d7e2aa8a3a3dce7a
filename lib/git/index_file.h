/* git/index_file.h: git's index file, read only. libgit2's own reader takes ten times as long (it hashes the whole
 * file and copies every entry), and does not show the ids that the index remembers of whole folders. */
#ifndef TL_GIT_INDEX_FILE_H
#define TL_GIT_INDEX_FILE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct tl_index_entry {
	struct tl_str path;        /* that of a folder (mode 0040000, in a sparse index) ends with '/' */
	const unsigned char *id;   /* 20 bytes */
	unsigned mode;             /* 0100644, 0100755, 0120000, 0160000 or 0040000 */
	bool announced;            /* by `git add -N`: will not be committed */
	bool sparse;               /* left out of a sparse checkout: need not be there */
	const unsigned char *stat; /* what git last saw of the file, for tl_index_stat() */
};

/* The bytes that tl_index_stat() reads. */
#define TL_INDEX_STAT_SIZE 40
/* Times of change and of status, and the lower 32 bits of inode and size. */
struct tl_index_stat {
	uint32_t ctime_s, ctime_ns, mtime_s, mtime_ns, inode, size;
};

/* A folder whose tree the index remembers. The first is the root; each is followed by those below it. */
struct tl_index_folder {
	struct tl_str name;      /* one component; "" for the root */
	const unsigned char *id; /* 20 bytes; NULL where something below has changed since */
	size_t count;            /* entries below it, where there is an id */
	size_t next;             /* the number of the next folder that is not below it */
};

struct tl_index {
	struct tl_arena arena;        /* holds all of it, the file's bytes too */
	struct tl_index_entry *items; /* sorted by path, one of each */
	size_t count;
	struct tl_index_folder *folders;
	size_t n_folders;       /* 0 where the index remembers none, or nothing that makes sense */
	struct tl_str unmerged; /* the first path that a merge left open; ptr is NULL where there is none */
	bool exists;            /* there was a file */
	int64_t mtime_s;        /* of that file */
};

/* Reads an index; a file that is not there is an empty index. A split index is TL_UNSUPPORTED with the mend. Free it
 * with tl_index_free(). */
int tl_index_read(struct tl_index **out, const char *path, struct tl_error *err);
void tl_index_free(struct tl_index *index);
struct tl_index_stat tl_index_stat(const struct tl_index_entry *entry);
/* The first entry from `from` on (and before `to`) that does not stand before `bound` in byte order; `to` where all
 * do. Near ones are found fast. */
size_t tl_index_seek(const struct tl_index *index, size_t from, size_t to, struct tl_str bound);
/* The first entry from `from` on (and before `to`) that does not start with `prefix`, where those that
 * do come first. */
size_t tl_index_seek_past(const struct tl_index *index, size_t from, size_t to, struct tl_str prefix);
/* The entry of that path, or the folder's that stands for it in a sparse index, or NULL. */
const struct tl_index_entry *tl_index_find(const struct tl_index *index, struct tl_str path);

#endif

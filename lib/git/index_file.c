/* git/index_file.c: the format is git's Documentation/gitformat-index.txt, versions 2 to 4. */
#include "git/index_file.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "git/room.h"

#define INDEX_LIMIT ((uint64_t)1 << 30)
#define HEADER_SIZE 12
#define CHECKSUM_SIZE 20
#define FIXED_SIZE 62 /* of an entry, up to its name */
#define MODE_AT 24
#define ID_AT 40
#define FLAGS_AT 60
#define FLAG_EXTENDED 0x4000u
#define FLAG_STAGE 0x3000u
#define EXTENDED_ANNOUNCED 0x2000u
#define EXTENDED_SPARSE 0x4000u

/* What is left to read of the file. */
struct reader {
	const unsigned char *at, *end;
	unsigned version;
	struct tl_str last; /* the path before, for version 4 */
	bool nameless;      /* an entry without a name was seen: only a split index has those */
};

static uint32_t read_32(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static unsigned read_16(const unsigned char *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static size_t left(const struct reader *reader)
{
	return (size_t)(reader->end - reader->at);
}

/* git's "offset" numbers: seven bits a byte, each continuation counts one more. False where there is none or it is
 * absurd. */
static bool read_varint(struct reader *reader, size_t *number)
{
	size_t value;
	unsigned char byte;

	if (reader->at == reader->end)
		return false;
	byte = *reader->at++;
	value = byte & 127u;
	while (byte & 128u) {
		if (reader->at == reader->end || value > TL_GIT_MAX_PATH)
			return false;
		byte = *reader->at++;
		value = ((value + 1) << 7) | (byte & 127u);
	}
	*number = value;
	return true;
}

/* The NUL-terminated name at the reader's place. */
static bool read_name(struct reader *reader, struct tl_str *name)
{
	const unsigned char *nul = memchr(reader->at, '\0', left(reader));

	if (!nul)
		return false;
	*name = (struct tl_str){ (const char *)reader->at, (size_t)(nul - reader->at) };
	reader->at = nul + 1;
	return true;
}

/* Version 4: how many bytes of the path before go, and what comes instead. */
static bool read_packed_path(struct reader *reader, struct tl_arena *arena, struct tl_str *path)
{
	struct tl_str tail;
	size_t dropped;
	char *copy;

	if (!read_varint(reader, &dropped) || dropped > reader->last.len || !read_name(reader, &tail))
		return false;
	path->len = reader->last.len - dropped + tail.len;
	if (path->len > TL_GIT_MAX_PATH)
		return false;
	copy = tl_arena_alloc(arena, path->len + 1, 1);
	if (reader->last.len > dropped)
		memcpy(copy, reader->last.ptr, reader->last.len - dropped);
	memcpy(copy + reader->last.len - dropped, tail.ptr, tail.len);
	path->ptr = copy;
	return true;
}

/* Versions 2 and 3: the path as it is, and NULs up to a multiple of eight. */
static bool read_padded_path(struct reader *reader, const unsigned char *start, struct tl_str *path)
{
	size_t size;

	if (!read_name(reader, path) || path->len > TL_GIT_MAX_PATH)
		return false;
	size = ((size_t)(reader->at - start) + 7) & ~(size_t)7;
	if (size > (size_t)(reader->end - start))
		return false;
	reader->at = start + size;
	return true;
}

/* Whether each component is one that git lets in; the '/' at the end of a sparse folder is none. */
static bool path_is_good(struct tl_str path, bool is_folder)
{
	size_t start = 0;

	if (is_folder && (path.len == 0 || path.ptr[--path.len] != '/'))
		return false;
	for (;;) {
		const char *slash = start < path.len ? memchr(path.ptr + start, '/', path.len - start) : NULL;
		size_t end = slash ? (size_t)(slash - path.ptr) : path.len;

		if (!tl_git_name_is_good((struct tl_str){ path.ptr + start, end - start }))
			return false;
		if (!slash)
			return true;
		start = end + 1;
	}
}

/* Reads one entry; false where the index is damaged. */
static bool read_entry(struct reader *reader, struct tl_arena *arena, struct tl_index_entry *entry, unsigned *stage)
{
	const unsigned char *start = reader->at;
	unsigned flags, extended = 0;

	if (left(reader) < FIXED_SIZE)
		return false;
	entry->mode = tl_tree_mode(read_32(start + MODE_AT));
	entry->stat = start;
	entry->id = start + ID_AT;
	flags = read_16(start + FLAGS_AT);
	*stage = (flags & FLAG_STAGE) >> 12;
	reader->at += FIXED_SIZE;
	if (flags & FLAG_EXTENDED) {
		if (reader->version < 3 || left(reader) < 2)
			return false;
		extended = read_16(reader->at);
		reader->at += 2;
	}
	entry->announced = (extended & EXTENDED_ANNOUNCED) != 0;
	entry->sparse = (extended & EXTENDED_SPARSE) != 0;
	if (!(reader->version == 4 ? read_packed_path(reader, arena, &entry->path)
	                           : read_padded_path(reader, start, &entry->path)))
		return false;
	return entry->path.len == 0 || path_is_good(entry->path, tl_mode_is_folder(entry->mode));
}

/* All entries; paths must ascend, and those of one path by their stage. */
static bool read_entries(struct tl_index *index, struct reader *reader, size_t count)
{
	unsigned stage, last_stage = 0;

	index->items = TL_ARENA_ARRAY(&index->arena, struct tl_index_entry, count);
	for (size_t i = 0; i < count; i++) {
		struct tl_index_entry *entry = &index->items[index->count];
		int order;

		if (!read_entry(reader, &index->arena, entry, &stage))
			return false;
		if (entry->path.len == 0) {
			reader->nameless = true;
			continue;
		}
		order = reader->last.ptr ? tl_str_compare(reader->last, entry->path) : -1;
		if (order > 0 || (order == 0 && (last_stage == 0 || stage <= last_stage)))
			return false;
		if (stage && !index->unmerged.ptr)
			index->unmerged = entry->path;
		reader->last = entry->path;
		last_stage = stage;
		/* The stages of one path are one entry. */
		if (order < 0)
			index->count++;
	}
	return true;
}

/* A decimal number, ended by `end`. */
static bool read_number(struct reader *reader, char end, long *number)
{
	bool negative = left(reader) && *reader->at == '-';
	long value = 0;
	size_t digits = 0;

	if (negative)
		reader->at++;
	while (left(reader) && *reader->at >= '0' && *reader->at <= '9' && digits++ < 9)
		value = value * 10 + (*reader->at++ - '0');
	if (digits == 0 || !left(reader) || *reader->at != (unsigned char)end)
		return false;
	reader->at++;
	*number = negative ? -value : value;
	return true;
}

/* One remembered folder, and how many are directly below it. */
static bool read_folder(struct reader *reader, struct tl_index_folder *folder, size_t *below)
{
	long count, subfolders;

	if (!read_name(reader, &folder->name) || !read_number(reader, ' ', &count) ||
	    !read_number(reader, '\n', &subfolders))
		return false;
	if (subfolders < 0)
		return false;
	*below = (size_t)subfolders;
	folder->id = NULL;
	folder->count = 0;
	if (count < 0)
		return true;
	if (left(reader) < GIT_OID_RAWSZ)
		return false;
	folder->id = reader->at;
	folder->count = (size_t)count;
	reader->at += GIT_OID_RAWSZ;
	return true;
}

/* A folder that is being read: its number, and how many below it are still to come. */
struct open_folder {
	size_t number, wanted;
};

/* The TREE extension. What does not make sense is not used at all: it only saves time. */
static void read_folders(struct tl_index *index, struct reader reader)
{
	struct open_folder *open = NULL;
	size_t depth = 0, open_capacity = 0, capacity = left(&reader) / 5 + 1, n = 0, below;

	index->folders = TL_ARENA_ARRAY(&index->arena, struct tl_index_folder, capacity);
	do {
		if (n == capacity || !read_folder(&reader, &index->folders[n], &below))
			goto out;
		if (depth)
			open[depth - 1].wanted--;
		open = tl_grow(open, &open_capacity, depth + 1, sizeof(*open));
		open[depth++] = (struct open_folder){ n++, below };
		while (depth && open[depth - 1].wanted == 0)
			index->folders[open[--depth].number].next = n;
	} while (depth);
	index->n_folders = n;
out:
	free(open);
}

static int damaged(const char *path, struct tl_error *err)
{
	return tl_error_set(err, TL_IO, "the index '%s' is damaged ('git status' says more)", path);
}

/* The extensions behind the entries: a name of four bytes (lower case: it must be understood) and a size. */
static int read_extensions(struct tl_index *index, struct reader *reader, const char *path, struct tl_error *err)
{
	while (left(reader) >= 8) {
		const char *name = (const char *)reader->at;
		size_t size = read_32(reader->at + 4);

		reader->at += 8;
		if (size > left(reader))
			return damaged(path, err);
		if (memcmp(name, "TREE", 4) == 0)
			read_folders(index, (struct reader){ .at = reader->at, .end = reader->at + size });
		else if (memcmp(name, "link", 4) == 0)
			return tl_error_set(err, TL_UNSUPPORTED,
			                    "the index '%s' is split; 'git update-index --no-split-index' joins it",
			                    path);
		else if (memcmp(name, "sdir", 4) != 0 && !(name[0] >= 'A' && name[0] <= 'Z'))
			return tl_error_set(err, TL_UNSUPPORTED,
			                    "the index '%s' needs the extension '%.4s', which is not supported", path,
			                    name);
		reader->at += size;
	}
	return left(reader) || reader->nameless ? damaged(path, err) : 0;
}

static int parse(struct tl_index *index, struct tl_str bytes, const char *path, struct tl_error *err)
{
	struct reader reader = { .at = (const unsigned char *)bytes.ptr };
	size_t count;

	if (bytes.len < HEADER_SIZE + CHECKSUM_SIZE || memcmp(bytes.ptr, "DIRC", 4) != 0)
		return damaged(path, err);
	reader.end = reader.at + bytes.len - CHECKSUM_SIZE;
	reader.version = read_32(reader.at + 4);
	count = read_32(reader.at + 8);
	reader.at += HEADER_SIZE;
	if (reader.version < 2 || reader.version > 4)
		return tl_error_set(err, TL_UNSUPPORTED, "the index '%s' has version %u; versions 2 to 4 are supported",
		                    path, reader.version);
	if (count > left(&reader) / FIXED_SIZE || !read_entries(index, &reader, count))
		return damaged(path, err);
	return read_extensions(index, &reader, path, err);
}

int tl_index_read(struct tl_index **out, const char *path, struct tl_error *err)
{
	struct tl_index *index = tl_alloc_zero(1, sizeof(*index));
	struct tl_error reason = { 0 };
	struct tl_str bytes;
	struct stat info = { 0 };
	int status;

	*out = NULL;
	/* Before it is read: a later file is at worst taken for an older one, whose entries are looked at again. */
	if (stat(path, &info) == 0)
		index->mtime_s = info.st_mtime;
	status = tl_file_read(&bytes, &index->arena, path, INDEX_LIMIT, &reason);
	if (status == 0) {
		index->exists = true;
		status = parse(index, bytes, path, err);
	} else if (reason.code == TL_NOT_FOUND) {
		status = 0;
	} else {
		tl_error_set(err, reason.code, "%s", reason.message);
	}
	if (status < 0)
		tl_index_free(index);
	else
		*out = index;
	return status;
}

struct tl_index_stat tl_index_stat(const struct tl_index_entry *entry)
{
	return (struct tl_index_stat){
		.ctime_s = read_32(entry->stat),
		.ctime_ns = read_32(entry->stat + 4),
		.mtime_s = read_32(entry->stat + 8),
		.mtime_ns = read_32(entry->stat + 12),
		.inode = read_32(entry->stat + 20),
		.size = read_32(entry->stat + 36),
	};
}

void tl_index_free(struct tl_index *index)
{
	if (!index)
		return;
	tl_arena_clear(&index->arena);
	free(index);
}

/* Steps of doubling width from `from`, then halves: the place looked for is mostly near. `holds` is true up to that
 * place. */
static size_t seek(const struct tl_index *index, size_t from, size_t to, struct tl_str key,
                   bool (*holds)(struct tl_str path, struct tl_str key))
{
	size_t step = 1, high = from;

	while (high < to && holds(index->items[high].path, key)) {
		from = high + 1;
		high = to - high > step ? high + step : to;
		step *= 2;
	}
	while (from < high) {
		size_t middle = from + (high - from) / 2;

		if (holds(index->items[middle].path, key))
			from = middle + 1;
		else
			high = middle;
	}
	return from;
}

static bool stands_before(struct tl_str path, struct tl_str bound)
{
	return tl_str_compare(path, bound) < 0;
}

size_t tl_index_seek(const struct tl_index *index, size_t from, size_t to, struct tl_str bound)
{
	return seek(index, from, to, bound, stands_before);
}

size_t tl_index_seek_past(const struct tl_index *index, size_t from, size_t to, struct tl_str prefix)
{
	return seek(index, from, to, prefix, tl_str_starts);
}

const struct tl_index_entry *tl_index_find(const struct tl_index *index, struct tl_str path)
{
	size_t at = tl_index_seek(index, 0, index->count, path);

	if (at < index->count && tl_str_equal(index->items[at].path, path))
		return &index->items[at];
	/* A sparse folder stands directly before what would be below it. */
	if (at > 0 && tl_mode_is_folder(index->items[at - 1].mode) && tl_str_starts(path, index->items[at - 1].path))
		return &index->items[at - 1];
	return NULL;
}

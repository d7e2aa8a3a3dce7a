/* net/unzip.c: zip archives by their central directory (PKWARE's APPNOTE, 4.3), without the forms that no server of ours makes: parts, 64-bit sizes,
 * encryption. Every offset and size comes from outside and is held against what is there. */
#include "net/unzip.h"

#include <zlib.h>

#define LOCAL_SIZE 30u
#define ENTRY_SIZE 46u
#define END_SIZE 22u
#define COMMENT_MOST 65535u
#define FILES_MOST 10000u

static uint32_t number(struct tl_str bytes, size_t at, unsigned width)
{
	uint32_t value = 0;

	for (unsigned i = width; i-- > 0;)
		value = value << 8 | (unsigned char)bytes.ptr[at + i];
	return value;
}

static bool has_mark(struct tl_str bytes, size_t at, size_t size, const char *mark)
{
	return at <= bytes.len && bytes.len - at >= size && memcmp(bytes.ptr + at, mark, 4) == 0;
}

static int broken(struct tl_error *err, const char *how)
{
	return tl_error_set(err, TL_REFUSED, "the archive that the server sent is %s", how);
}

bool tl_is_zip(struct tl_str bytes)
{
	return has_mark(bytes, 0, LOCAL_SIZE, "PK\003\004") || has_mark(bytes, 0, END_SIZE, "PK\005\006");
}

/* Where the directory's end stands: the last place that can be it. */
static size_t find_end(struct tl_str bytes)
{
	size_t first = bytes.len > END_SIZE + COMMENT_MOST ? bytes.len - END_SIZE - COMMENT_MOST : 0;

	for (size_t at = bytes.len < END_SIZE ? 0 : bytes.len - END_SIZE + 1; at-- > first;) {
		if (has_mark(bytes, at, END_SIZE, "PK\005\006"))
			return at;
	}
	return SIZE_MAX;
}

static int inflate_into(char *to, size_t size, struct tl_str packed)
{
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)packed.ptr, .avail_in = (uInt)packed.len, .next_out = (Bytef *)to, .avail_out = (uInt)size };
	int ret;

	if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
		return -1;
	ret = inflate(&stream, Z_FINISH);
	inflateEnd(&stream);
	return ret == Z_STREAM_END && stream.total_out == size ? 0 : -1;
}

/* One file, by its entry at `at`. */
static int unpack(struct tl_str *out, struct tl_arena *arena, struct tl_str bytes, size_t at, size_t *left, struct tl_error *err)
{
	uint32_t flags = number(bytes, at + 8, 2), method = number(bytes, at + 10, 2), packed = number(bytes, at + 20, 4), size = number(bytes, at + 24, 4);
	size_t local = number(bytes, at + 42, 4), start;
	char *to;

	if (flags & 1 || (method != 0 && method != 8))
		return broken(err, "packed in a way that is not known");
	if (!has_mark(bytes, local, LOCAL_SIZE, "PK\003\004"))
		return broken(err, "broken");
	start = local + LOCAL_SIZE + number(bytes, local + 26, 2) + number(bytes, local + 28, 2);
	if (start > bytes.len || bytes.len - start < packed || (method == 0 && packed != size))
		return broken(err, "broken");
	if (size > *left)
		return broken(err, "larger than it may be");
	*left -= size;
	to = tl_arena_alloc(arena, (size_t)size + 1, 1);
	if (method == 0)
		memcpy(to, bytes.ptr + start, size);
	else if (inflate_into(to, size, tl_str_slice(bytes, start, start + packed)) != 0)
		return broken(err, "broken");
	if (crc32(0, (const Bytef *)to, size) != number(bytes, at + 16, 4))
		return broken(err, "broken: a checksum is wrong");
	*out = (struct tl_str){ to, size };
	return 0;
}

int tl_unzip(struct tl_unzipped **out, size_t *count, struct tl_arena *arena, struct tl_str bytes, size_t limit, struct tl_error *err)
{
	size_t end = find_end(bytes), at, left = limit;
	uint32_t entries;

	*out = NULL;
	*count = 0;
	if (end == SIZE_MAX || bytes.len > UINT32_MAX)
		return broken(err, "broken");
	entries = number(bytes, end + 10, 2);
	at = number(bytes, end + 16, 4);
	if (entries > FILES_MOST)
		return broken(err, "larger than it may be");
	*out = TL_ARENA_ARRAY(arena, struct tl_unzipped, entries);
	for (uint32_t i = 0; i < entries; i++) {
		struct tl_unzipped *file = &(*out)[*count];
		size_t name;

		if (!has_mark(bytes, at, ENTRY_SIZE, "PK\001\002"))
			return broken(err, "broken");
		name = number(bytes, at + 28, 2);
		if (bytes.len - at - ENTRY_SIZE < name)
			return broken(err, "broken");
		file->name = tl_str_slice(bytes, at + ENTRY_SIZE, at + ENTRY_SIZE + name);
		if (!tl_str_ends(file->name, TL_STR("/"))) {
			if (unpack(&file->bytes, arena, bytes, at, &left, err) != 0)
				return -1;
			(*count)++;
		}
		at += ENTRY_SIZE + name + number(bytes, at + 30, 2) + number(bytes, at + 32, 2);
	}
	return 0;
}

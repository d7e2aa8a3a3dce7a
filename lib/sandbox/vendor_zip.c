/* sandbox/vendor_zip.c: a ZIP archive (PKWARE APPNOTE 6.3.x) of files that are stored without compression. */
#include "base/buf.h"
#include "sandbox/vendor_job.h"

#define STORED_VERSION 20
#define UTF8_NAMES 0x0800
#define EPOCH_DATE 0x21 /* 1980-01-01, as nobody needs another one */

static uint32_t crc32(struct tl_str bytes)
{
	uint32_t crc = 0xffffffffu;

	for (size_t i = 0; i < bytes.len; i++) {
		crc ^= (unsigned char)bytes.ptr[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static void put(struct tl_buf *out, uint64_t number, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		tl_buf_char(out, (char)(number >> 8 * i & 0xff));
}

/* What stands before a file and in the directory alike. */
static void put_common(struct tl_buf *out, const struct tl_vendor_file *file)
{
	put(out, STORED_VERSION, 2);
	put(out, UTF8_NAMES, 2);
	put(out, 0, 2);
	put(out, 0, 2);
	put(out, EPOCH_DATE, 2);
	put(out, crc32(file->bytes), 4);
	put(out, file->bytes.len, 4);
	put(out, file->bytes.len, 4);
	put(out, file->name.len, 2);
	put(out, 0, 2);
}

static void put_directory(struct tl_buf *out, const struct tl_vendor_file *file, size_t offset)
{
	put(out, 0x02014b50, 4);
	put(out, STORED_VERSION, 2);
	put_common(out, file);
	put(out, 0, 2);
	put(out, 0, 2);
	put(out, 0, 2);
	put(out, 0, 4);
	put(out, offset, 4);
	tl_buf_str(out, file->name);
}

struct tl_str tl_vendor_zip(struct tl_arena *arena, const struct tl_vendor_file *files, size_t count)
{
	struct tl_arena scratch = { 0 };
	size_t *offsets = TL_ARENA_ARRAY(&scratch, size_t, count), start;
	struct tl_buf out = { 0 };
	struct tl_str result;

	for (size_t i = 0; i < count; i++) {
		offsets[i] = out.len;
		put(&out, 0x04034b50, 4);
		put_common(&out, &files[i]);
		tl_buf_str(&out, files[i].name);
		tl_buf_str(&out, files[i].bytes);
	}
	start = out.len;
	for (size_t i = 0; i < count; i++)
		put_directory(&out, &files[i], offsets[i]);
	put(&out, 0x06054b50, 4);
	put(&out, 0, 4);
	put(&out, count, 2);
	put(&out, count, 2);
	put(&out, out.len - start - 12, 4);
	put(&out, start, 4);
	put(&out, 0, 2);
	result = tl_arena_dup(arena, tl_buf_view(&out));
	tl_buf_clear(&out);
	tl_arena_clear(&scratch);
	return result;
}

/* platform/architect_archive.c: what the download of an export holds. One flow comes as its YAML; several come as an archive, or as documents one after the
 * other. */
#include "net/unzip.h"
#include "platform/architect.h"

/* Where the next document begins: after a line that is "---"; the end of the text where there is none. `*next` is past that line. */
static size_t document_end(struct tl_str bytes, size_t from, size_t *next)
{
	size_t at = from;

	while (at < bytes.len) {
		size_t end = tl_str_find(bytes, TL_STR("\n"), at);
		struct tl_str line = tl_str_slice(bytes, at, end == SIZE_MAX ? bytes.len : end);

		*next = end == SIZE_MAX ? bytes.len : end + 1;
		if (tl_str_starts(line, TL_STR("---")) && tl_str_trim(line).len == 3)
			return at;
		at = *next;
	}
	*next = bytes.len;
	return bytes.len;
}

static void split(struct tl_architect_file **out, size_t *count, struct tl_arena *arena, struct tl_str bytes)
{
	size_t most = 1, next = 0;

	for (size_t at = 0; at < bytes.len; at = next)
		most += document_end(bytes, at, &next) < bytes.len;
	*out = TL_ARENA_ARRAY(arena, struct tl_architect_file, most + 1);
	*count = 0;
	for (size_t at = 0; at < bytes.len; at = next) {
		struct tl_str document = tl_str_slice(bytes, at, document_end(bytes, at, &next));

		if (tl_str_trim(document).len > 0)
			(*out)[(*count)++].bytes = document;
	}
}

int tl_architect_unpack(struct tl_architect_file **out, size_t *count, struct tl_arena *arena, struct tl_str bytes, size_t limit, struct tl_error *err)
{
	struct tl_unzipped *files;

	*count = 0;
	if (!tl_is_zip(bytes)) {
		split(out, count, arena, bytes);
		return 0;
	}
	if (tl_unzip(&files, count, arena, bytes, limit, err) != 0)
		return -1;
	*out = TL_ARENA_ARRAY(arena, struct tl_architect_file, *count);
	for (size_t i = 0; i < *count; i++)
		(*out)[i] = (struct tl_architect_file){ files[i].name, files[i].bytes };
	return 0;
}

#include "schemas.h"

#include "base/file.h"
#include "doc/json.h"

#define FILE_LIMIT (16u << 20)

static int read_doc(struct schema_files *files, struct tl_doc **out, struct tl_str path, struct tl_error *err)
{
	struct tl_str bytes;
	*out = tl_map_ptr(&files->docs, path);
	if (*out)
		return 0;
	if (tl_file_read(&bytes, &files->arena, path.ptr, FILE_LIMIT, err) < 0 || tl_json_parse(out, path, bytes, err) < 0)
		return -1;
	tl_map_put(&files->docs, path, NULL)->value.ptr = *out;
	return 0;
}

/* The file beside the schema that has the last part of the URI as its name. */
static const struct tl_item *load(void *data, struct tl_str uri)
{
	struct schema_files *files = data;
	struct tl_doc *doc = NULL;
	size_t start = uri.len;
	while (start > 0 && uri.ptr[start - 1] != '/')
		start--;
	struct tl_str path = tl_path_join(&files->arena, tl_str(files->folder), tl_str_slice(uri, start, uri.len));
	return read_doc(files, &doc, path, NULL) < 0 ? NULL : doc->root;
}

int schema_files_compile(struct schema_files *files, struct tl_schema **out, const char *path, struct tl_error *err)
{
	struct tl_doc *doc = NULL;
	const char *slash = strrchr(path, '/');
	*out = NULL;
	files->folder = slash ? tl_arena_dup(&files->arena, (struct tl_str){ path, (size_t)(slash - path) }).ptr : ".";
	if (read_doc(files, &doc, tl_str(path), err) < 0)
		return -1;
	if (tl_schema_compile(out, doc->root, load, files, err) < 0)
		return tl_error_wrap(err, "%s", path);
	return 0;
}

void schema_files_clear(struct schema_files *files)
{
	for (size_t i = 0; i < files->docs.count; i++)
		tl_doc_free(files->docs.entries[i].value.ptr);
	tl_map_clear(&files->docs);
	tl_arena_clear(&files->arena);
}

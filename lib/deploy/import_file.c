/* deploy/import_file.c: names that any file system takes, whatever the platform calls its flows. */
#include "deploy/import_file.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "doc/json.h"

#define NAME_BYTES 100

static const char *on_disk(const struct tl_import_files *files, struct tl_str path)
{
	return tl_path_join(files->arena, files->tree, path).ptr;
}

static int check_one(const struct tl_import_files *files, struct tl_str folder, struct tl_error *err)
{
	struct stat st;

	if (lstat(on_disk(files, folder), &st) != 0)
		return 0;
	if (!S_ISDIR(st.st_mode))
		return tl_error_set(err, TL_USAGE, "'%.*s' is %s, and files of flows go into a folder: name another with --folder", TL_FMT(folder),
		                    S_ISLNK(st.st_mode) ? "a symlink" : "a file");
	if (lstat(on_disk(files, tl_path_join(files->arena, folder, TL_STR(".git"))), &st) == 0)
		return tl_error_set(err, TL_USAGE, "'%.*s' is a repository of its own, whose flows are not read here: name another folder with --folder",
		                    TL_FMT(folder));
	return 0;
}

int tl_import_check_folder(const struct tl_import_files *files, struct tl_error *err)
{
	struct tl_str folder = files->folder;

	for (size_t i = 1; i <= folder.len; i++) {
		struct tl_str part = tl_str_slice(folder, 0, i);

		if ((i < folder.len && folder.ptr[i] != '/') || tl_str_is(part, "."))
			continue;
		if (check_one(files, part, err) != 0)
			return -1;
	}
	return 0;
}

/* "Support Line (EN)" -> "support-line-en" */
static struct tl_str slug_of(char slug[NAME_BYTES], struct tl_str name)
{
	size_t len = 0;

	for (size_t i = 0; i < name.len && len < NAME_BYTES; i++) {
		char c = name.ptr[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')
			slug[len++] = c;
		else if (len > 0 && slug[len - 1] != '-')
			slug[len++] = '-';
	}
	while (len > 0 && slug[len - 1] == '-')
		len--;
	return len > 0 ? (struct tl_str){ slug, len } : TL_STR("flow");
}

static bool is_there(const struct tl_import_files *files, struct tl_str path)
{
	struct stat st;

	return tl_map_find(&files->taken, path) || lstat(on_disk(files, path), &st) == 0;
}

/* As it is where it is a word; else as a name. */
static struct tl_str folder_of(char space[NAME_BYTES], const struct tl_import_files *files, struct tl_str type)
{
	bool word = type.len < NAME_BYTES;

	for (size_t i = 0; i < type.len && word; i++)
		word = (type.ptr[i] >= 'a' && type.ptr[i] <= 'z') || (type.ptr[i] >= 'A' && type.ptr[i] <= 'Z');
	if (type.len == 0)
		return files->folder;
	return tl_path_join(files->arena, files->folder, word ? type : slug_of(space, type));
}

struct tl_str tl_import_path(struct tl_import_files *files, struct tl_str type, struct tl_str name, struct tl_str *other)
{
	char space[NAME_BYTES], type_space[NAME_BYTES];
	struct tl_str slug = slug_of(space, name), folder = folder_of(type_space, files, type);
	const char *end = type.len > 0 ? "yaml" : "flow.json";
	struct tl_str path = tl_path_join(files->arena, folder, tl_arena_printf(files->arena, "%.*s.%s", TL_FMT(slug), end));

	*other = is_there(files, path) ? path : (struct tl_str){ NULL, 0 };
	for (unsigned i = 2; is_there(files, path); i++)
		path = tl_path_join(files->arena, folder, tl_arena_printf(files->arena, "%.*s-%u.%s", TL_FMT(slug), i, end));
	tl_map_put(&files->taken, path, NULL);
	return path;
}

bool tl_import_is_named_after(struct tl_str path, struct tl_str name)
{
	char space[NAME_BYTES], other[NAME_BYTES];
	const char *slash = path.len > 0 ? memrchr(path.ptr, '/', path.len) : NULL;
	struct tl_str file = slash ? tl_str_slice(path, (size_t)(slash - path.ptr) + 1, path.len) : path;
	size_t dot = tl_str_find(file, TL_STR("."), 0);

	if (dot == SIZE_MAX || dot == 0)
		return false;
	return tl_str_equal(slug_of(space, tl_str_slice(file, 0, dot)), slug_of(other, name));
}

/* The flow's own id on the platform comes first, where it carries no other. */
static int file_text(struct tl_buf *out, const struct tl_import_content *content, struct tl_error *err)
{
	struct tl_arena arena = { 0 };
	struct tl_doc *doc = NULL;
	struct tl_item *root;
	struct tl_json json;

	if (tl_json_parse(&doc, content->name, content->content, err) != 0)
		return -1;
	root = tl_item_new(&arena, TL_MAP);
	if (tl_item_text(doc->root, "externalId").len == 0)
		tl_item_put(root, TL_STR("id"), tl_item_string(&arena, content->id));
	for (const struct tl_item *item = doc->root->first; item; item = item->next) {
		if (!tl_str_is(item->key, "id"))
			tl_item_put(root, item->key, tl_item_copy(&arena, item));
	}
	tl_json_init(&json, out, true);
	tl_json_item(&json, root);
	tl_buf_char(out, '\n');
	tl_doc_free(doc);
	tl_arena_clear(&arena);
	return 0;
}

/* The folder of a new file, which may have come to be something else since it was asked for. */
static int make_folder(const struct tl_import_files *files, struct tl_str path, struct tl_error *err)
{
	struct tl_import_files inside = *files;
	const char *slash = memrchr(path.ptr, '/', path.len);

	if (!slash)
		return 0;
	inside.folder = tl_str_slice(path, 0, (size_t)(slash - path.ptr));
	if (tl_import_check_folder(&inside, err) != 0)
		return -1;
	return tl_folder_make(on_disk(&inside, inside.folder), 0777, err);
}

int tl_import_write(const struct tl_import_files *files, struct tl_str path, const struct tl_import_content *content, struct tl_error *err)
{
	struct tl_buf text = { 0 };
	int ret = 0;

	if (content->as_is)
		tl_buf_str(&text, content->content);
	else
		ret = file_text(&text, content, err);
	if (ret == 0 && tl_map_find(&files->taken, path))
		ret = make_folder(files, path, err);
	if (ret == 0)
		ret = tl_file_write(on_disk(files, path), tl_buf_view(&text), TL_FILE_AS_IT_IS, err);
	tl_buf_clear(&text);
	return ret;
}

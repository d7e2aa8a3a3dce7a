/* cmd/common/place.c: paths of the command line against the folders that a command works in. */
#include "base/file.h"
#include "common/open.h"

struct tl_str tl_path_folder(struct tl_str path)
{
	size_t end = path.len;

	while (end > 0 && path.ptr[end - 1] != '/')
		end--;
	return tl_str_slice(path, 0, end > 0 ? end - 1 : 0);
}

struct tl_str tl_path_name(struct tl_str path)
{
	size_t start = path.len;

	while (start > 0 && path.ptr[start - 1] != '/')
		start--;
	return tl_str_slice(path, start, path.len);
}

static void add_component(struct tl_buf *out, struct tl_str component)
{
	if (component.len == 0 || tl_str_is(component, "."))
		return;
	if (tl_str_is(component, "..")) {
		while (out->len > 0 && out->data[--out->len] != '/')
			;
		return;
	}
	tl_buf_char(out, '/');
	tl_buf_str(out, component);
}

struct tl_str tl_path_absolute(struct tl_arena *arena, struct tl_str folder, struct tl_str path)
{
	struct tl_str whole = tl_path_join(arena, folder, path), text;
	struct tl_buf out = { 0 };

	while (whole.len > 0) {
		size_t slash = tl_str_find(whole, TL_STR("/"), 0);
		size_t end = slash == SIZE_MAX ? whole.len : slash;

		add_component(&out, tl_str_slice(whole, 0, end));
		whole = tl_str_slice(whole, end < whole.len ? end + 1 : end, whole.len);
	}
	text = tl_arena_dup(arena, out.len > 0 ? tl_buf_view(&out) : TL_STR("/"));
	tl_buf_clear(&out);
	return text;
}

bool tl_path_below(struct tl_str *rest, struct tl_str root, struct tl_str path)
{
	*rest = TL_STR("");
	if (tl_str_is(root, "/")) {
		*rest = tl_str_slice(path, 1, path.len);
		return true;
	}
	if (!tl_str_starts(path, root) || (path.len > root.len && path.ptr[root.len] != '/'))
		return false;
	if (path.len > root.len)
		*rest = tl_str_slice(path, root.len + 1, path.len);
	return true;
}

const char *tl_command_path(struct tl_command *command, const char *path)
{
	return tl_path_join(&command->arena, tl_str(command->common->folder), tl_str(path)).ptr;
}

/* git/view.c: what all kinds of view have in common. */
#include "git/room.h"

void tl_view_free(struct tl_view *view)
{
	if (view)
		view->ops->free(view);
}

enum tl_view_kind tl_view_kind(const struct tl_view *view)
{
	return view->ops->kind;
}

int tl_view_refuse(struct tl_error *err, struct tl_str path, enum tl_entry_kind kind)
{
	return tl_error_set(err, TL_REFUSED, "'%.*s' is a %s, which is not followed", TL_FMT(path),
	                    kind == TL_ENTRY_LINK ? "symbolic link" : "submodule or a repository of its own");
}

int tl_view_missing(struct tl_error *err, struct tl_str path)
{
	return tl_error_set(err, TL_NOT_FOUND, "there is no file '%.*s'", TL_FMT(path));
}

int tl_view_list(struct tl_entries *out, struct tl_arena *arena, struct tl_view *view, const struct tl_str *patterns,
                 size_t count, struct tl_error *err)
{
	struct tl_collect collect;
	int status;

	*out = (struct tl_entries){ NULL, 0 };
	tl_collect_init(&collect, arena, patterns, count);
	status = view->ops->list(view, &collect, err);
	if (status == 0)
		tl_collect_finish(out, &collect);
	tl_collect_clear(&collect);
	return status;
}

int tl_view_read(struct tl_str *out, struct tl_arena *arena, struct tl_view *view, struct tl_str path, uint64_t limit,
                 char *blob, struct tl_error *err)
{
	*out = (struct tl_str){ NULL, 0 };
	if (blob)
		blob[0] = '\0';
	return view->ops->read(out, arena, view, path, limit, blob, err);
}

int tl_view_read_entry(struct tl_str *out, struct tl_arena *arena, struct tl_view *view, const struct tl_entry *entry,
                       uint64_t limit, char *blob, struct tl_error *err)
{
	git_oid id;

	*out = (struct tl_str){ NULL, 0 };
	if (entry->kind != TL_ENTRY_FILE)
		return tl_view_refuse(err, entry->path, entry->kind);
	if (!entry->blob[0] || git_oid_fromstr(&id, entry->blob) < 0)
		return tl_view_read(out, arena, view, entry->path, limit, blob, err);
	if (blob)
		memcpy(blob, entry->blob, TL_OID_SIZE);
	return tl_odb_read_blob(out, arena, view->repo, &id, limit, entry->path, err);
}

bool tl_view_has(struct tl_view *view, struct tl_str path)
{
	return view->ops->has(view, path);
}

uint64_t tl_view_stamp(struct tl_view *view, struct tl_str path)
{
	return view->ops->stamp ? view->ops->stamp(view, path) : 0;
}

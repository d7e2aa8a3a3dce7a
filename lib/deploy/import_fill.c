/* deploy/import_fill.c: a text with keys is taken only where it is proven: with the values of each environment it says what that has. */
#include "deploy/importing.h"

#include "base/file.h"
#include "project/edit.h"

/* ---- keys */

/* Whether the text is what each environment has, with its values. */
static bool is_proven(const struct tl_importing *importing, struct tl_incoming *incoming, struct tl_str text)
{
	struct tl_lower here = *importing->deploy->lower, there = *importing->options->other->lower, unfilled = { .limits = here.limits };
	struct tl_map mine = { 0 }, theirs = { 0 };
	char digest[TL_SHA256_SIZE];
	bool good;

	tl_import_values(&mine, &importing->keys, true);
	tl_import_values(&theirs, &importing->keys, false);
	here.values = &mine;
	there.values = &theirs;
	good = tl_incoming_digest(digest, incoming->remote, text, &here) && tl_str_is(incoming->live.content, digest) &&
	       tl_incoming_digest(digest, incoming->twin, text, &there) && strcmp(incoming->twin_digest, digest) == 0 &&
	       tl_incoming_digest(incoming->source, incoming->remote, text, &unfilled);
	tl_map_clear(&mine);
	tl_map_clear(&theirs);
	return good;
}

static void leave(struct tl_importing *importing, struct tl_incoming *incoming, struct tl_str why)
{
	incoming->imported->twin = TL_TWIN_LEFT;
	incoming->imported->left = tl_arena_dup(&importing->out->arena, why);
}

static void count_places(struct tl_import_keys *keys, struct tl_str text)
{
	for (size_t i = 0; i < keys->count; i++) {
		struct tl_str placeholder = tl_arena_printf(keys->arena, "{{%.*s}}", TL_FMT(keys->items[i].key));

		for (size_t at = tl_str_find(text, placeholder, 0); at != SIZE_MAX; at = tl_str_find(text, placeholder, at + placeholder.len))
			keys->items[i].places++;
	}
}

static void try_keys(struct tl_importing *importing, struct tl_incoming *incoming)
{
	size_t before = importing->keys.count;
	struct tl_import_filled filled;

	tl_import_fill(&filled, &incoming->arena, &importing->keys, incoming->content, incoming->twin_content);
	if (filled.why.len == 0 && filled.replaced > 0 && is_proven(importing, incoming, filled.text)) {
		incoming->file = filled.text;
		count_places(&importing->keys, filled.text);
		incoming->imported->twin = TL_TWIN_FILLED;
		incoming->imported->replaced = filled.replaced;
		return;
	}
	importing->keys.count = before;
	leave(importing, incoming, filled.why.len > 0 ? filled.why : TL_STR("the two do not become one text with other values: their steps or settings differ"));
}

void tl_importing_fill(struct tl_importing *importing, struct tl_incoming *incoming)
{
	if (!incoming->twin)
		incoming->imported->twin = TL_TWIN_MISSING;
	else if (incoming->twin_trouble.len > 0)
		leave(importing, incoming, incoming->twin_trouble);
	else if (tl_str_is(incoming->live.content, incoming->twin_digest))
		incoming->imported->twin = TL_TWIN_SAME;
	else
		try_keys(importing, incoming);
}

/* ---- the values of keys */

static int edit_project(struct tl_importing *importing, const struct tl_project_value *values, size_t count, struct tl_error *err)
{
	struct tl_str path = importing->deploy->project->path, bytes;
	const char *file = tl_path_join(&importing->arena, importing->options->tree, path).ptr;
	struct tl_buf out = { 0 };
	int ret = 0;

	if (path.len == 0 || importing->by_hand) {
		importing->by_hand = true;
		return 0;
	}
	if (tl_file_read(&bytes, &importing->arena, file, importing->deploy->project->limits.file, err) != 0)
		return -1;
	if (tl_project_add_values(&out, path, bytes, values, count, importing->deploy->schemas))
		ret = tl_file_write(file, tl_buf_view(&out), TL_FILE_AS_IT_IS, err);
	else
		importing->by_hand = true;
	if (ret == 0 && !importing->by_hand)
		importing->out->project = tl_arena_dup(&importing->out->arena, path);
	tl_buf_clear(&out);
	return ret;
}

int tl_importing_put_values(struct tl_importing *importing, struct tl_error *err)
{
	struct tl_import_keys *keys = &importing->keys;
	size_t rest = keys->count - importing->put, count = 0;
	struct tl_project_value *values = TL_ARENA_ARRAY(&importing->arena, struct tl_project_value, 2 * rest);

	for (size_t i = importing->put; i < keys->count; i++) {
		if (keys->items[i].known)
			continue;
		values[count++] = (struct tl_project_value){ importing->deploy->environment->name, keys->items[i].key, keys->items[i].here };
		values[count++] = (struct tl_project_value){ importing->options->other->environment->name, keys->items[i].key, keys->items[i].there };
	}
	importing->put = keys->count;
	return count > 0 ? edit_project(importing, values, count, err) : 0;
}

void tl_importing_keep_keys(struct tl_importing *importing)
{
	struct tl_import *out = importing->out;

	out->keys = TL_ARENA_ARRAY(&out->arena, struct tl_import_key, importing->keys.count);
	out->n_keys = importing->keys.count;
	if (out->n_keys > 0)
		memcpy(out->keys, importing->keys.items, out->n_keys * sizeof(*out->keys));
	if (importing->by_hand)
		out->project = (struct tl_str){ NULL, 0 };
}

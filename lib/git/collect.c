/* git/collect.c: what a listing keeps: entries that match the patterns, and which folders need not be looked into. */
#include <stdlib.h>

#include "base/file.h"
#include "git/room.h"

/* Without "./" at its start and slashes at its end, so that a plain one can be compared byte by byte. */
static struct tl_str tidy(struct tl_str text)
{
	while (tl_str_starts(text, TL_STR("./"))) {
		text = tl_str_slice(text, 2, text.len);
		while (text.len && text.ptr[0] == '/')
			text = tl_str_slice(text, 1, text.len);
	}
	while (text.len > 1 && text.ptr[text.len - 1] == '/')
		text.len--;
	return tl_str_is(text, ".") ? TL_STR("") : text;
}

static struct tl_pattern compile(struct tl_str text)
{
	struct tl_pattern pattern = { .text = tidy(text), .plain = true };
	size_t i, slash = 0;

	for (i = 0; i < pattern.text.len; i++) {
		if (pattern.text.ptr[i] == '*' || pattern.text.ptr[i] == '?')
			break;
		if (pattern.text.ptr[i] == '/')
			slash = i;
	}
	pattern.plain = i == pattern.text.len && tl_str_find(pattern.text, TL_STR("//"), 0) == SIZE_MAX &&
	                tl_str_find(pattern.text, TL_STR("/./"), 0) == SIZE_MAX;
	/* The odd spelling is left to tl_path_match alone. */
	pattern.literal = pattern.plain ? pattern.text.len : i == pattern.text.len ? 0 : slash;
	return pattern;
}

void tl_collect_init(struct tl_collect *collect, struct tl_arena *arena, const struct tl_str *patterns, size_t count)
{
	*collect = (struct tl_collect){ .arena = arena, .n_patterns = count };
	collect->patterns = TL_ARENA_ARRAY(arena, struct tl_pattern, count);
	for (size_t i = 0; i < count; i++)
		collect->patterns[i] = compile(patterns[i]);
}

void tl_collect_clear(struct tl_collect *collect)
{
	free(collect->items);
	collect->items = NULL;
	collect->count = collect->capacity = 0;
}

/* Whether `path` is `folder` or lies below it; everything lies below "". */
static bool is_below(struct tl_str path, struct tl_str folder)
{
	return folder.len == 0 ||
	       (tl_str_starts(path, folder) && (path.len == folder.len || path.ptr[folder.len] == '/'));
}

/* As much of a pattern as has so many components; all of it where it has no more. */
static struct tl_str first_components(struct tl_str pattern, size_t count)
{
	for (size_t i = 0; i < pattern.len; i++) {
		if (pattern.ptr[i] == '/' && --count == 0)
			return tl_str_slice(pattern, 0, i);
	}
	return pattern;
}

/* Whether the folder, as far as it goes, is as the pattern wants it: what lies below may match only then. Where components are
 * spelled oddly or `**` stands for any number of them, that is left to the match itself. */
static bool may_lead_to(const struct tl_pattern *pattern, struct tl_str folder)
{
	size_t components = 1;

	if (folder.len == 0 || tl_str_find(pattern->text, TL_STR("**"), 0) != SIZE_MAX || tl_str_find(pattern->text, TL_STR("//"), 0) != SIZE_MAX ||
	    tl_str_find(pattern->text, TL_STR("./"), 0) != SIZE_MAX)
		return true;
	for (size_t i = 0; i < folder.len; i++)
		components += folder.ptr[i] == '/';
	return tl_path_match(first_components(pattern->text, components), folder);
}

bool tl_collect_wants(const struct tl_collect *collect, struct tl_str folder)
{
	if (collect->n_patterns == 0)
		return true;
	for (size_t i = 0; i < collect->n_patterns; i++) {
		struct tl_str literal = tl_str_slice(collect->patterns[i].text, 0, collect->patterns[i].literal);

		if ((is_below(folder, literal) || is_below(literal, folder)) && may_lead_to(&collect->patterns[i], folder))
			return true;
	}
	return false;
}

bool tl_collect_matches(const struct tl_collect *collect, struct tl_str path)
{
	if (collect->n_patterns == 0)
		return true;
	for (size_t i = 0; i < collect->n_patterns; i++) {
		const struct tl_pattern *pattern = &collect->patterns[i];

		if (pattern->plain ? is_below(path, pattern->text) : tl_path_match(pattern->text, path))
			return true;
	}
	return false;
}

int tl_collect_add(struct tl_collect *collect, struct tl_str path, enum tl_entry_kind kind, const unsigned char *id,
                   struct tl_error *err)
{
	struct tl_entry *entry;

	if (!tl_collect_matches(collect, path))
		return 0;
	if (collect->count == TL_GIT_MAX_FILES)
		return tl_error_set(err, TL_LIMIT, "more than %zu files", TL_GIT_MAX_FILES);
	collect->items = tl_grow(collect->items, &collect->capacity, collect->count + 1, sizeof(*collect->items));
	entry = &collect->items[collect->count++];
	*entry = (struct tl_entry){ .path = tl_arena_dup(collect->arena, path), .kind = kind };
	if (id)
		tl_git_hex(entry->blob, id);
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	return tl_str_compare(((const struct tl_entry *)a)->path, ((const struct tl_entry *)b)->path);
}

void tl_collect_finish(struct tl_entries *out, struct tl_collect *collect)
{
	size_t kept = 0;
	bool sorted = true;

	for (size_t i = 1; i < collect->count && sorted; i++)
		sorted = compare_entries(&collect->items[i - 1], &collect->items[i]) < 0;
	if (!sorted)
		qsort(collect->items, collect->count, sizeof(*collect->items), compare_entries);
	out->items = TL_ARENA_ARRAY(collect->arena, struct tl_entry, collect->count);
	for (size_t i = 0; i < collect->count; i++) {
		if (kept == 0 || compare_entries(&out->items[kept - 1], &collect->items[i]) != 0)
			out->items[kept++] = collect->items[i];
	}
	out->count = kept;
}

/* deploy/import_key.c: two trees walked side by side. Maps are blind to the order of their keys, lists are not; tracking numbers and what only one side says are
 * left to whoever compares the flows. */
#include "deploy/import_key.h"

#include <stdlib.h>
#include <string.h>

#include "doc/yaml.h"

#define PATH_MOST 64
#define WORD_BYTES 40
/* More places than these are another flow. */
#define PLACES_MOST 500
#define KEYS_MOST 5000

/* One place of the first text. */
struct place {
	struct tl_span span;   /* that is replaced */
	struct tl_str text;    /* by this */
};

struct filling {
	struct tl_arena *arena;
	struct tl_import_keys *keys;
	struct tl_str bytes;          /* the first text */
	struct tl_str path[PATH_MOST]; /* keys on the way down */
	size_t depth;
	struct place *places;
	size_t count, capacity;
	struct tl_str why;
};

static void give_up(struct filling *filling, const struct tl_item *item, const char *why)
{
	struct tl_str at = filling->depth > 0 ? filling->path[(filling->depth < PATH_MOST ? filling->depth : PATH_MOST) - 1] : TL_STR("");
	uint32_t line = 1;

	if (filling->why.len > 0)
		return;
	for (uint32_t i = 0; i < item->span.start && i < filling->bytes.len; i++)
		line += filling->bytes.ptr[i] == '\n';
	filling->why = tl_arena_printf(filling->arena, "line %u, '%.*s': %s", line, TL_FMT(tl_str_cut(at, 60)), why);
}

/* ---- names of keys */

/* What says nothing of what a value is. */
static bool is_form(struct tl_str key)
{
	static const char *const form_table[] = { "lit", "name", "exp", "tts", "value", "var", "dataAction", "inputs", "outputs", "actions", "seconds",
		                                  "minutes", "hours", "days", "ms" };

	for (size_t i = 0; i < TL_COUNT(form_table); i++) {
		if (tl_str_is(key, form_table[i]))
			return true;
	}
	return key.len == 0;
}

static struct tl_str noun_of(const struct filling *filling)
{
	size_t depth = filling->depth < PATH_MOST ? filling->depth : PATH_MOST;

	while (depth > 0 && is_form(filling->path[depth - 1]))
		depth--;
	return depth > 0 ? filling->path[depth - 1] : TL_STR("value");
}

/* "targetQueue" -> "QUEUE", "Support (EN)" -> "SUPPORT_EN"; appended. */
static void put_word(struct tl_buf *out, struct tl_str text)
{
	size_t first = out->len;
	bool gap = false;

	if (tl_str_starts(text, TL_STR("target")))
		text = tl_str_slice(text, 6, text.len);
	for (size_t i = 0; i < text.len && out->len - first < WORD_BYTES; i++) {
		char c = text.ptr[i];
		bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';

		if (upper && i > 0 && text.ptr[i - 1] >= 'a' && text.ptr[i - 1] <= 'z')
			gap = true;
		if (!upper && !lower && !digit) {
			gap = true;
			continue;
		}
		if (gap && out->len > first)
			tl_buf_char(out, '_');
		gap = false;
		tl_buf_char(out, lower ? (char)(c - 'a' + 'A') : c);
	}
}

/* What two values have in common at their starts, up to the end of a word. */
static struct tl_str common_of(struct tl_str a, struct tl_str b)
{
	size_t n = 0;

	while (n < a.len && n < b.len && a.ptr[n] == b.ptr[n])
		n++;
	while (n > 0 && n < a.len && a.ptr[n - 1] != ' ' && a.ptr[n - 1] != '-' && a.ptr[n - 1] != '_' && a.ptr[n - 1] != '.')
		n--;
	return tl_str_slice(a, 0, n);
}

static bool is_taken(const struct tl_import_keys *keys, struct tl_str key)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (tl_str_equal(keys->items[i].key, key))
			return true;
	}
	return tl_map_find(keys->here, key) || tl_map_find(keys->there, key);
}

/* "SUPPORT_QUEUE" of a queue that is "Support A" here and "Support B" there. */
static struct tl_str make_name(const struct filling *filling, struct tl_str here, struct tl_str there)
{
	struct tl_import_keys *keys = filling->keys;
	struct tl_str common = common_of(here, there), name, tried;
	struct tl_buf buf = { 0 }, noun = { 0 };

	put_word(&buf, common.len >= 3 ? common : here);
	put_word(&noun, noun_of(filling));
	if (buf.len == 0 || (buf.data[0] >= '0' && buf.data[0] <= '9') || here.len > WORD_BYTES)
		tl_buf_reset(&buf);
	if (noun.len > 0 && !(buf.len >= noun.len && memcmp(buf.data + buf.len - noun.len, noun.data, noun.len) == 0))
		tl_buf_printf(&buf, "%s%.*s", buf.len > 0 ? "_" : "", TL_FMT(tl_buf_view(&noun)));
	if (buf.len == 0 || (buf.data[0] >= '0' && buf.data[0] <= '9'))
		tl_buf_text(&buf, "VALUE");
	name = tl_arena_dup(keys->arena, tl_buf_view(&buf));
	tl_buf_clear(&buf);
	tl_buf_clear(&noun);
	tried = name;
	for (unsigned i = 2; is_taken(keys, tried); i++)
		tried = tl_arena_printf(keys->arena, "%.*s_%u", TL_FMT(name), i);
	return tried;
}

/* The key that the environments have already for just these two values; or empty. */
static struct tl_str known_key(const struct tl_import_keys *keys, struct tl_str here, struct tl_str there)
{
	for (size_t i = 0; i < keys->here->count; i++) {
		const struct tl_str *mine = keys->here->entries[i].value.ptr, *theirs = tl_map_ptr(keys->there, keys->here->entries[i].key);

		if (theirs && tl_str_equal(*mine, here) && tl_str_equal(*theirs, there))
			return keys->here->entries[i].key;
	}
	return (struct tl_str){ NULL, 0 };
}

/* The same two values of the same kind of thing have one key everywhere. */
static struct tl_str key_of(struct filling *filling, struct tl_str here, struct tl_str there)
{
	struct tl_import_keys *keys = filling->keys;
	struct tl_str noun = noun_of(filling), known = known_key(keys, here, there);

	for (size_t i = 0; i < keys->count; i++) {
		if (tl_str_equal(keys->items[i].here, here) && tl_str_equal(keys->items[i].there, there) && tl_str_equal(keys->items[i].noun, noun))
			return keys->items[i].key;
	}
	keys->items = tl_grow(keys->items, &keys->capacity, keys->count + 1, sizeof(*keys->items));
	keys->items[keys->count] = (struct tl_import_key){
		.key = known.len > 0 ? tl_arena_dup(keys->arena, known) : make_name(filling, here, there),
		.here = tl_arena_dup(keys->arena, here), .there = tl_arena_dup(keys->arena, there), .noun = tl_arena_dup(keys->arena, noun), .known = known.len > 0,
	};
	return keys->items[keys->count++].key;
}

/* ---- places */

static bool has_sign(struct tl_str text, const char *signs)
{
	for (size_t i = 0; i < text.len; i++) {
		if (strchr(signs, text.ptr[i]))
			return true;
	}
	return false;
}

/* The quote that neither value would end; 0: there is none. */
static char quote_for(struct tl_str here, struct tl_str there)
{
	if (!has_sign(here, "\"\\") && !has_sign(there, "\"\\"))
		return '"';
	return !has_sign(here, "'") && !has_sign(there, "'") ? '\'' : 0;
}

static bool can_be_value(struct tl_str text)
{
	/* strchr() finds the NUL at the end of its signs. */
	return !has_sign(text, "\n\r") && tl_str_find(text, TL_STR("{{"), 0) == SIZE_MAX && tl_str_find(text, TL_STR("}}"), 0) == SIZE_MAX &&
	       tl_str_equal(text, tl_str_trim(text));
}

static void add_place(struct filling *filling, struct tl_span span, struct tl_str text)
{
	filling->places = tl_grow(filling->places, &filling->capacity, filling->count + 1, sizeof(*filling->places));
	filling->places[filling->count++] = (struct place){ span, text };
}

/* All of a text: it stands in quotes then, so that the file is YAML as it is. */
static void replace_text(struct filling *filling, const struct tl_item *item, struct tl_span span, struct tl_str here, struct tl_str there)
{
	char quote = quote_for(here, there);
	struct tl_str key;

	if (!can_be_value(here) || !can_be_value(there) || quote == 0 || here.len == 0 || there.len == 0) {
		give_up(filling, item, "the two texts cannot be values: they have line breaks, quotes of both kinds or braces, or are empty");
		return;
	}
	key = key_of(filling, here, there);
	add_place(filling, span, tl_arena_printf(filling->arena, "%c{{%.*s}}%c", quote, TL_FMT(key), quote));
}

static bool is_word_sign(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/* Where two texts begin and end to differ, out to the ends of words. */
static void find_middle(struct tl_str a, struct tl_str b, size_t *first, size_t *last)
{
	size_t start = 0, end = 0, shorter = a.len < b.len ? a.len : b.len;

	while (start < shorter && a.ptr[start] == b.ptr[start])
		start++;
	while (end < shorter - start && a.ptr[a.len - 1 - end] == b.ptr[b.len - 1 - end])
		end++;
	while (start > 0 && is_word_sign(a.ptr[start - 1]))
		start--;
	while (end > 0 && is_word_sign(a.ptr[a.len - end]))
		end--;
	*first = start;
	*last = end;
}

/* Part of an expression or of words that are spoken, where the file has them as they are. False: it has not. */
static bool replace_middle(struct filling *filling, const struct tl_item *item, struct tl_str there)
{
	struct tl_str raw = tl_str_slice(filling->bytes, item->span.start, item->span.end), here = item->text, inner = raw, mine, theirs;
	size_t first, last;

	if (item->quoted && raw.len >= 2 && (raw.ptr[0] == '"' || raw.ptr[0] == '\''))
		inner = tl_str_slice(raw, 1, raw.len - 1);
	find_middle(here, there, &first, &last);
	mine = tl_str_slice(here, first, here.len - last);
	theirs = tl_str_slice(there, first, there.len - last);
	if (!tl_str_equal(inner, here) || first + last == 0 || mine.len == 0 || theirs.len == 0 || !can_be_value(mine) || !can_be_value(theirs) ||
	    has_sign(mine, "\"'\\:#{}[],&*!|>%@`") || has_sign(theirs, "\"'\\:#{}[],&*!|>%@`"))
		return false;
	first += item->span.start + (size_t)(inner.ptr - raw.ptr);
	add_place(filling, (struct tl_span){ (uint32_t)first, (uint32_t)(first + mine.len) },
	          tl_arena_printf(filling->arena, "{{%.*s}}", TL_FMT(key_of(filling, mine, theirs))));
	return true;
}

static bool is_scalar(const struct tl_item *item)
{
	return item->kind == TL_STRING || item->kind == TL_NUMBER || item->kind == TL_BOOLEAN;
}

/* The platform numbers what it exports, and says so in references. */
static bool is_tracking(struct tl_str key)
{
	return tl_str_is(key, "refId") || tl_str_is(key, "trackingId") || tl_str_ends(key, TL_STR("Ref"));
}

static void compare_scalars(struct filling *filling, const struct tl_item *here, const struct tl_item *there)
{
	struct tl_str key = filling->depth > 0 && filling->depth <= PATH_MOST ? filling->path[filling->depth - 1] : TL_STR("");

	if ((here->kind == there->kind && tl_str_equal(here->text, there->text)) || is_tracking(key))
		return;
	if (here->kind == TL_STRING && there->kind == TL_STRING) {
		if (!(tl_str_is(key, "exp") || tl_str_is(key, "tts")) || !replace_middle(filling, here, there->text))
			replace_text(filling, here, here->span, here->text, there->text);
	} else if (here->kind == TL_STRING || there->kind == TL_STRING) {
		give_up(filling, here, "it is a text in one and none in the other");
	} else {
		add_place(filling, here->span, tl_arena_printf(filling->arena, "{{%.*s}}", TL_FMT(key_of(filling, here->text, there->text))));
	}
}

/* ---- side by side */

static void compare(struct filling *filling, const struct tl_item *here, const struct tl_item *there);

static void compare_below(struct filling *filling, struct tl_str key, const struct tl_item *here, const struct tl_item *there)
{
	if (filling->depth < PATH_MOST)
		filling->path[filling->depth] = key;
	filling->depth++;
	compare(filling, here, there);
	filling->depth--;
}

/* The only child of a map whose key the other has not; NULL: there is none, or more than one. */
static const struct tl_item *only_own(const struct tl_item *map, const struct tl_item *other)
{
	const struct tl_item *own = NULL;

	for (const struct tl_item *child = map->first; child; child = child->next) {
		if (tl_item_get_str(other, child->key))
			continue;
		if (own)
			return NULL;
		own = child;
	}
	return own;
}

static void compare_maps(struct filling *filling, const struct tl_item *here, const struct tl_item *there)
{
	const struct tl_item *mine, *theirs;

	for (const struct tl_item *child = here->first; child; child = child->next) {
		const struct tl_item *other = tl_item_get_str(there, child->key);

		if (other)
			compare_below(filling, child->key, child, other);
	}
	/* Names stand as keys, too: of a data action, a table. */
	mine = only_own(here, there);
	theirs = only_own(there, here);
	if (mine && theirs && here->count == there->count && mine->kind == theirs->kind) {
		replace_text(filling, mine, mine->key_span, mine->key, theirs->key);
		compare_below(filling, mine->key, mine, theirs);
	}
}

static void compare_lists(struct filling *filling, const struct tl_item *here, const struct tl_item *there)
{
	const struct tl_item *other = there->first;

	if (here->count != there->count) {
		give_up(filling, here, "one has more entries than the other");
		return;
	}
	for (const struct tl_item *child = here->first; child; child = child->next, other = other->next)
		compare(filling, child, other);
}

/* Bounded by the reader's depth. */
static void compare(struct filling *filling, const struct tl_item *here, const struct tl_item *there)
{
	if (filling->why.len > 0)
		return;
	if (filling->count > PLACES_MOST || filling->keys->count > KEYS_MOST)
		give_up(filling, here, "too much differs");
	else if (here->kind == TL_MAP && there->kind == TL_MAP)
		compare_maps(filling, here, there);
	else if (here->kind == TL_LIST && there->kind == TL_LIST)
		compare_lists(filling, here, there);
	else if (is_scalar(here) && is_scalar(there))
		compare_scalars(filling, here, there);
	else if (here->kind != there->kind)
		give_up(filling, here, "it is something else in the other");
}

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	return (a->span.start > b->span.start) - (a->span.start < b->span.start);
}

/* An anchor's text is walked once a use. */
static struct tl_str put_together(struct filling *filling, size_t *replaced)
{
	struct tl_buf out = { 0 };
	struct tl_str text;
	uint32_t at = 0;

	if (filling->count > 0)
		qsort(filling->places, filling->count, sizeof(*filling->places), compare_places);
	for (size_t i = 0; i < filling->count; i++) {
		const struct place *place = &filling->places[i];

		if (place->span.start < at)
			continue;
		tl_buf_str(&out, tl_str_slice(filling->bytes, at, place->span.start));
		tl_buf_str(&out, place->text);
		at = place->span.end;
		(*replaced)++;
	}
	tl_buf_str(&out, tl_str_slice(filling->bytes, at, filling->bytes.len));
	text = tl_arena_dup(filling->arena, tl_buf_view(&out));
	tl_buf_clear(&out);
	return text;
}

void tl_import_fill(struct tl_import_filled *out, struct tl_arena *arena, struct tl_import_keys *keys, struct tl_str here, struct tl_str there)
{
	struct filling filling = { .arena = arena, .keys = keys, .bytes = here };
	struct tl_read_options options = { .findings = NULL };
	struct tl_doc *mine = NULL, *theirs = NULL;

	*out = (struct tl_import_filled){ .text = here };
	tl_yaml_read(&mine, TL_STR("here"), here, &options);
	tl_yaml_read(&theirs, TL_STR("there"), there, &options);
	if (mine->root && theirs->root)
		compare(&filling, mine->root, theirs->root);
	else
		filling.why = TL_STR("it cannot be read as YAML");
	if (filling.why.len == 0 && filling.count > 0)
		out->text = put_together(&filling, &out->replaced);
	out->why = filling.why;
	free(filling.places);
	tl_doc_free(mine);
	tl_doc_free(theirs);
}

void tl_import_values(struct tl_map *out, const struct tl_import_keys *keys, bool here)
{
	const struct tl_map *known = here ? keys->here : keys->there;

	for (size_t i = 0; i < known->count; i++)
		tl_map_put(out, known->entries[i].key, NULL)->value.ptr = known->entries[i].value.ptr;
	for (size_t i = 0; i < keys->count; i++)
		tl_map_put(out, keys->items[i].key, NULL)->value.ptr = here ? &keys->items[i].here : &keys->items[i].there;
}

void tl_import_keys_clear(struct tl_import_keys *keys)
{
	free(keys->items);
	keys->items = NULL;
	keys->count = keys->capacity = 0;
}

/* doc/build.c: the tree under construction. */
#include "doc/build.h"

#include <stdio.h>
#include <stdlib.h>

/* Where nothing else is said, aliases may make a file as many times as long as its limit. */
#define EXPANSION 8

/* Up to this many keys of a map are compared one by one; then there is a hash map. */
#define FEW_KEYS 8

/* Values that are taken from the arena together. */
#define ITEMS 32

/* Of a file that is too large only this much is kept, to show its first line. */
#define KEPT_OF_LARGE 4096

void tl_build_init(struct tl_build *build, struct tl_doc *doc, const struct tl_read_options *options)
{
	*build = (struct tl_build){ .doc = doc, .options = options, .depth = TL_DEPTH_CEILING, .scalars = UINT64_MAX, .most = UINT64_MAX };
	if (options->scalars)
		build->scalars = options->scalars;
	if (options->expanded)
		build->most = options->expanded;
	else if (options->bytes)
		build->most = options->bytes * EXPANSION;
	if (options->depth && options->depth < TL_DEPTH_CEILING)
		build->depth = options->depth;
}

static void drop_keys(struct tl_build_frame *frame)
{
	if (!frame->keys)
		return;
	tl_map_clear(frame->keys);
	free(frame->keys);
}

void tl_build_clear(struct tl_build *build)
{
	if (build->broken || build->stop || build->n_frames)
		build->doc->root = NULL;
	for (size_t i = 0; i < build->n_frames; i++)
		drop_keys(&build->frames[i]);
	free(build->frames);
	build->frames = NULL;
	build->n_frames = 0;
}

/* ---- findings ---- */

static struct tl_span original_span(const struct tl_build *build, size_t start, size_t end)
{
	if (build->pieces.count)
		return tl_pieces_span(&build->pieces, start, end);
	return (struct tl_span){ (uint32_t)start, (uint32_t)end };
}

void tl_build_finding(struct tl_build *build, size_t start, size_t end, const char *rule, const char *help, const char *fmt, ...)
{
	struct tl_findings *findings = build->options->findings;
	struct tl_arena arena = { 0 };
	struct tl_finding *finding;
	struct tl_str message;
	va_list args;

	if (!findings || build->n_findings > TL_BUILD_FINDINGS)
		return;
	if (++build->n_findings > TL_BUILD_FINDINGS) {
		tl_findings_add(findings, &build->doc->source, original_span(build, start, end), TL_ERROR, "limit",
		                "more than %d errors: what follows is not read", TL_BUILD_FINDINGS);
		build->stop = true;
		return;
	}
	va_start(args, fmt);
	message = tl_arena_vprintf(&arena, fmt, args);
	va_end(args);
	finding = tl_findings_add(findings, &build->doc->source, original_span(build, start, end), TL_ERROR, rule, "%.*s",
	                          TL_FMT(message));
	if (help)
		tl_findings_help(findings, finding, "%s", help);
	tl_arena_clear(&arena);
}

/* ---- texts and items ---- */

char *tl_build_text_room(struct tl_build *build, size_t len)
{
	size_t room = build->doc->source.bytes.len + 1;

	if (len < build->text_left)
		return build->text;
	if (room > (64 << 10))
		room = 64 << 10;
	if (room < len + 1)
		room = len + 1;
	build->text = tl_arena_alloc(&build->doc->arena, room, 1);
	build->text_left = room;
	return build->text;
}

struct tl_str tl_build_text_keep(struct tl_build *build, size_t used)
{
	struct tl_str text = { build->text, used };

	build->text[used] = '\0';
	build->text += used + 1;
	build->text_left -= used + 1;
	return text;
}

struct tl_str tl_build_text(struct tl_build *build, const char *bytes, size_t len)
{
	if (len == 0)
		return (struct tl_str){ "", 0 };
	memcpy(tl_build_text_room(build, len), bytes, len);
	return tl_build_text_keep(build, len);
}

/* Slabs, zeroed; few at a time, so that little is left over. */
static inline struct tl_item *new_item(struct tl_build *build)
{
	if (build->items_left == 0) {
		build->items_left = ITEMS;
		build->items = TL_ARENA_ARRAY(&build->doc->arena, struct tl_item, ITEMS);
	}
	build->items_left--;
	return build->items++;
}

/* ---- keys ---- */

static struct tl_build_frame *top(const struct tl_build *build)
{
	return build->n_frames ? &build->frames[build->n_frames - 1] : NULL;
}

/* Most keys differ in length or in their first letter (a key's text ends in a NUL, so that there is one). */
static const struct tl_item *find_among_few(const struct tl_item *map, struct tl_str key)
{
	for (const struct tl_item *child = map->first; child; child = child->next) {
		if (child->key.len == key.len && *child->key.ptr == *key.ptr && memcmp(child->key.ptr, key.ptr, key.len) == 0)
			return child;
	}
	return NULL;
}

/* The child of the open map that has this key already, or NULL. */
static const struct tl_item *find_key(struct tl_build_frame *frame, struct tl_str key)
{
	if (frame->item->count <= FEW_KEYS)
		return find_among_few(frame->item, key);
	if (!frame->keys) {
		frame->keys = tl_alloc_zero(1, sizeof(*frame->keys));
		for (struct tl_item *child = frame->item->first; child; child = child->next)
			tl_map_put(frame->keys, child->key, NULL)->value.ptr = child;
	}
	return tl_map_ptr(frame->keys, key);
}

static void say_duplicate(struct tl_build *build, const struct tl_item *first, struct tl_str key, size_t start, size_t end)
{
	struct tl_place place = tl_source_place(&build->doc->source, first->key_span);
	char help[96];

	snprintf(help, sizeof(help), "the same key stands in line %u already: remove one of the two, or rename it", place.line);
	tl_build_finding(build, start, end, "duplicate-key", help, "duplicate key '%.*s'", TL_FMT(tl_str_cut(key, 200)));
}

static uint32_t saturating_add(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static void say_too_many(struct tl_build *build, size_t start, size_t end)
{
	if (build->stop)
		return;
	build->stop = true;
	tl_build_finding(build, start, end, "limit", "split the file, or raise the limit 'scalars'",
	                 "more than %llu scalars after alias expansion (limit 'scalars')", (unsigned long long)build->scalars);
}

void tl_build_expand(struct tl_build *build, uint64_t bytes, size_t start, size_t end)
{
	build->expanded += bytes;
	if (build->expanded <= build->most || build->stop)
		return;
	build->stop = true;
	tl_build_finding(build, start, end, "limit", "write fewer aliases of long values, or raise the limit 'file'",
	                 "more than %llu bytes of text after alias expansion (limit 'file')", (unsigned long long)build->most);
}

/* Counts scalars (and empty collections, which aliases can multiply as well). */
static inline void add_weight(struct tl_build *build, uint64_t weight, size_t start, size_t end)
{
	build->weight += weight;
	if (build->weight > build->scalars)
		say_too_many(build, start, end);
}

void tl_build_key(struct tl_build *build, struct tl_str key, size_t start, size_t end)
{
	struct tl_build_frame *frame = top(build);
	const struct tl_item *first = find_key(frame, key);

	frame->has_key = true;
	frame->drop = first != NULL;
	frame->key = key;
	frame->key_span = original_span(build, start, end);
	build->end = end;
	frame->item->weight = saturating_add(frame->item->weight, 1);
	build->expanded += end - start;
	add_weight(build, 1, start, end);
	if (first)
		say_duplicate(build, first, key, start, end);
}

void tl_build_no_key(struct tl_build *build)
{
	struct tl_build_frame *frame = top(build);

	frame->has_key = true;
	frame->drop = true;
	frame->key = (struct tl_str){ "", 0 };
	build->broken = true;
}

/* ---- values ---- */

static inline void link_child(struct tl_build_frame *frame, struct tl_item *item)
{
	struct tl_item *parent = frame->item;

	if (parent->last)
		parent->last->next = item;
	else
		parent->first = item;
	parent->last = item;
	parent->count++;
	if (frame->keys)
		tl_map_put(frame->keys, item->key, NULL)->value.ptr = item;
}

/* Puts `item`, which is zeroed or a copy, where the next value belongs. */
static inline void place_item(struct tl_build *build, struct tl_item *item)
{
	struct tl_build_frame *frame = top(build);
	bool drop;

	item->next = NULL;
	item->key = (struct tl_str){ "", 0 };
	item->key_span = (struct tl_span){ 0, 0 };
	if (!frame) {
		build->doc->root = item;
		return;
	}
	drop = frame->drop;
	if (frame->item->kind == TL_MAP) {
		item->key = frame->key;
		item->key_span = frame->key_span;
		frame->has_key = false;
		frame->drop = false;
	}
	if (!drop)
		link_child(frame, item);
}

struct tl_item *tl_build_scalar(struct tl_build *build, enum tl_kind kind, size_t start, size_t end)
{
	struct tl_item *item = new_item(build);

	item->kind = kind;
	item->text = (struct tl_str){ "", 0 };
	item->span = original_span(build, start, end);
	item->weight = 1;
	if (build->pieces.count)
		item->substituted = tl_pieces_touch(&build->pieces, start, end);
	place_item(build, item);
	if (build->n_frames)
		top(build)->item->weight = saturating_add(top(build)->item->weight, 1);
	build->expanded += end - start;
	add_weight(build, 1, start, end);
	build->end = end;
	return item;
}

static void say_too_deep(struct tl_build *build, size_t start, size_t end)
{
	build->stop = true;
	tl_build_finding(build, start, end, "limit", "nest less deeply, or raise the limit 'depth'",
	                 "collections are nested more than %llu deep (limit 'depth')", (unsigned long long)build->depth);
}

struct tl_item *tl_build_shared(struct tl_build *build, const struct tl_item *shared, uint32_t height, size_t start, size_t end)
{
	struct tl_build_frame *frame = top(build);
	struct tl_item *item = new_item(build);

	*item = *shared;
	item->span = original_span(build, start, end);
	place_item(build, item);
	if (frame) {
		frame->item->weight = saturating_add(frame->item->weight, item->weight);
		if (frame->height < height)
			frame->height = height;
	}
	if (build->doc->depth < build->n_frames + height)
		build->doc->depth = (uint32_t)build->n_frames + height;
	if (build->n_frames + height > build->depth)
		say_too_deep(build, start, end);
	else
		add_weight(build, item->weight, start, end);
	build->end = end;
	return item;
}

struct tl_build_frame *tl_build_open(struct tl_build *build, enum tl_kind kind, size_t start)
{
	bool is_key = tl_build_wants_key(build);
	struct tl_item *item = new_item(build);
	struct tl_build_frame *frame;

	item->kind = kind;
	item->text = (struct tl_str){ "", 0 };
	item->key = (struct tl_str){ "", 0 };
	if (!is_key)
		place_item(build, item);
	if (build->n_frames == build->capacity)
		build->frames = tl_grow(build->frames, &build->capacity, build->n_frames + 1, sizeof(*build->frames));
	frame = &build->frames[build->n_frames++];
	*frame = (struct tl_build_frame){ .item = item, .is_key = is_key, .start = start };
	build->end = start;
	if (build->doc->depth < build->n_frames)
		build->doc->depth = (uint32_t)build->n_frames;
	if (build->n_frames > build->depth)
		say_too_deep(build, start, start + 1);
	return frame;
}

uint32_t tl_build_close(struct tl_build *build, size_t end)
{
	struct tl_build_frame *frame = top(build), *parent;
	uint32_t height = frame->height + 1;
	struct tl_item *item = frame->item;
	bool is_key = frame->is_key;

	item->span = original_span(build, frame->start, end);
	if (item->weight == 0) {
		item->weight = 1;
		add_weight(build, 1, frame->start, end);
	}
	drop_keys(frame);
	build->n_frames--;
	build->end = end;
	parent = top(build);
	if (parent) {
		parent->item->weight = saturating_add(parent->item->weight, item->weight);
		if (parent->height < height)
			parent->height = height;
	}
	if (is_key)
		tl_build_no_key(build);
	return height;
}

/* ---- bytes ---- */

static bool refuse(struct tl_doc *doc, const struct tl_read_options *options, size_t at, const char *help, const char *what)
{
	struct tl_build build;

	tl_build_init(&build, doc, options);
	tl_build_finding(&build, at, at + 1, "yaml-syntax", help, "%s", what);
	tl_build_clear(&build);
	return false;
}

static bool is_too_large(struct tl_doc *doc, uint64_t size, const struct tl_read_options *options)
{
	uint64_t limit = options->bytes ? options->bytes : UINT64_MAX;
	struct tl_build build;

	/* Spans have 32 bits, and a text may grow by substitution. */
	if (limit > UINT32_MAX / 2)
		limit = UINT32_MAX / 2;
	if (size <= limit)
		return false;
	tl_build_init(&build, doc, options);
	tl_build_finding(&build, 0, 0, "limit", "split the file, or raise the limit of the file's size",
	                 "the file has %llu bytes, more than the limit of %llu for the file's size", (unsigned long long)size,
	                 (unsigned long long)limit);
	tl_build_clear(&build);
	return true;
}

static bool is_utf16(struct tl_str bytes)
{
	return tl_str_starts(bytes, TL_STR("\xff\xfe")) || tl_str_starts(bytes, TL_STR("\xfe\xff"));
}

bool tl_build_doc(struct tl_doc **out, struct tl_str path, struct tl_str bytes, const struct tl_read_options *options)
{
	bool large = bytes.len > UINT32_MAX / 2 || (options->bytes && bytes.len > options->bytes);
	struct tl_doc *doc = tl_alloc_zero(1, sizeof(*doc));
	struct tl_str kept = large ? tl_str_cut(bytes, KEPT_OF_LARGE) : bytes;
	const char *nul;
	size_t bad = 0;

	*out = doc;
	tl_source_init(&doc->source, tl_arena_dup(&doc->arena, path), tl_arena_dup(&doc->arena, kept));
	if (is_too_large(doc, bytes.len, options))
		return false;
	if (is_utf16(bytes))
		return refuse(doc, options, 0, "save it as UTF-8", "the file is UTF-16, not UTF-8");
	nul = bytes.len ? memchr(bytes.ptr, '\0', bytes.len) : NULL;
	if (nul)
		return refuse(doc, options, (size_t)(nul - bytes.ptr), "save it as text in UTF-8",
		              "a NUL byte: this is a binary file, or text that is not UTF-8");
	if (!tl_str_is_utf8(bytes, &bad))
		return refuse(doc, options, bad, "save the file as UTF-8", "a byte that is not UTF-8");
	return true;
}

/* doc/yaml.c: libyaml's events to a tree. */
#include "doc/yaml.h"

#include "doc/build.h"
#include "doc/scalar.h"
#include "doc/scan.h"
#include "doc/tag.h"

/* More tag directives than any file has: libyaml compares each with all before it. */
#define TAG_DIRECTIVES 1000

/* What `&name` stands for. */
struct anchor {
	struct tl_item *item;
	uint32_t height; /* 0 for a scalar */
	uint64_t bytes;  /* of its keys and scalars, after alias expansion; while it is open, of all before it */
	bool open;       /* its collection is not closed yet */
};

struct reader {
	struct tl_build build;
	struct tl_str text; /* what is parsed: the original, or with its keys substituted */
	struct tl_cursor cursor;
	yaml_parser_t parser;
	struct tl_map anchors; /* name -> struct anchor */
	struct tl_scan scan; /* where the scalars are, if the comments are wanted */
	size_t flow;         /* open collections in flow style */
	bool wants_scan;
	bool ended;          /* the first document did */
	bool anything;       /* there was a document */
};

static void say(struct reader *reader, size_t start, size_t end, const char *help, const char *what)
{
	tl_build_finding(&reader->build, start, end, "yaml-syntax", help, "%s", what);
}

/* ---- anchors and aliases ---- */

/* The anchor of that name, made anew: a later one replaces an earlier one. */
static struct anchor *new_anchor(struct reader *reader, const unsigned char *name, struct tl_item *item, bool open)
{
	struct tl_arena *arena = &reader->build.doc->arena;
	struct anchor *anchor = TL_ARENA_NEW(arena, struct anchor);
	struct tl_str key = tl_str((const char *)name);
	struct tl_map_entry *entry = tl_map_find(&reader->anchors, key);

	*anchor = (struct anchor){ .item = item, .open = open };
	if (!entry)
		entry = tl_map_put(&reader->anchors, tl_arena_dup(arena, key), NULL);
	entry->value.ptr = anchor;
	return anchor;
}

/* An alias that stands for nothing readable leaves a gap: the tree is broken. */
static void refuse_alias(struct reader *reader, size_t start, size_t end, bool open)
{
	if (open)
		say(reader, start, end, "an alias cannot stand within what it names", "the alias stands within its own anchor");
	else
		say(reader, start, end, "put a value that starts with '*' in quotes", "the alias names no anchor before it");
	if (tl_build_wants_key(&reader->build)) {
		tl_build_no_key(&reader->build);
		return;
	}
	reader->build.broken = true;
	tl_build_scalar(&reader->build, TL_NULL, start, end);
}

static void on_alias(struct reader *reader, const yaml_event_t *event)
{
	size_t start = tl_cursor_at(&reader->cursor, event->start_mark), end = tl_cursor_at(&reader->cursor, event->end_mark);
	struct anchor *anchor = tl_map_ptr(&reader->anchors, tl_str((const char *)event->data.alias.anchor));

	if (!anchor || anchor->open) {
		refuse_alias(reader, start, end, anchor != NULL);
	} else if (!tl_build_wants_key(&reader->build)) {
		tl_build_shared(&reader->build, anchor->item, anchor->height, start, end);
		tl_build_expand(&reader->build, anchor->bytes, start, end);
	} else if (anchor->height == 0) {
		tl_build_key(&reader->build, anchor->item->text, start, end);
		tl_build_expand(&reader->build, anchor->bytes, start, end);
	} else {
		say(reader, start, end, NULL, "a key must be a single value, not a list or a map");
		tl_build_no_key(&reader->build);
	}
}

/* ---- tags and scalars ---- */

static void refuse_tag(struct reader *reader, const unsigned char *tag, size_t start, size_t end, bool other)
{
	tl_build_finding(&reader->build, start, end, "yaml-syntax",
	                 other ? "remove the tag; put a value that starts with '!' in quotes" : "remove the tag, or mend the value",
	                 other ? "the tag '%.*s' is not one of YAML's core types" : "the value is not what its tag '%.*s' says",
	                 TL_FMT(tl_str_cut(tl_str((const char *)tag), 100)));
}

/* What the value of an event is: quoted and block texts are strings, others what the core schema says, if the tag agrees. */
static struct tl_scalar resolve(struct reader *reader, const yaml_event_t *event, size_t start, size_t end)
{
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct tl_str text = { (const char *)event->data.scalar.value, event->data.scalar.length };
	struct tl_scalar scalar = { .kind = TL_STRING };
	enum tl_tag tag = tl_tag_of(event->data.scalar.tag);

	if (tag != TL_TAG_STR && tag != TL_TAG_OTHER && (plain || tag != TL_TAG_NONE))
		scalar = tl_scalar_resolve(text);
	if (tag == TL_TAG_NONE)
		return scalar;
	if (!tl_tag_fits(tag, &scalar))
		refuse_tag(reader, event->data.scalar.tag, start, end, tag == TL_TAG_OTHER);
	return scalar;
}

static void say_out_of_range(struct reader *reader, struct tl_str text, size_t start, size_t end)
{
	tl_build_finding(&reader->build, start, end, "yaml-syntax", "put it in quotes if it is a name and not a quantity",
	                 "the number %.*s is too large", TL_FMT(tl_str_cut(text, 60)));
}

static void set_scalar(struct tl_item *item, const yaml_event_t *event, const struct tl_scalar *scalar, struct tl_str text)
{
	item->kind = scalar->kind;
	item->text = text;
	item->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	item->boolean = scalar->boolean;
	item->integer = scalar->integer;
	item->number = scalar->number;
}

static struct tl_item *add_value(struct reader *reader, const yaml_event_t *event, struct tl_str text, size_t start, size_t end)
{
	struct tl_scalar scalar = resolve(reader, event, start, end);
	struct tl_item *item = tl_build_scalar(&reader->build, scalar.kind, start, end);

	set_scalar(item, event, &scalar, text);
	if (scalar.out_of_range)
		say_out_of_range(reader, text, start, end);
	return item;
}

/* What an alias makes of an anchored key: a value like any other. */
static struct tl_item *key_as_value(struct reader *reader, const yaml_event_t *event, struct tl_str text)
{
	struct tl_item *item = TL_ARENA_NEW(&reader->build.doc->arena, struct tl_item);
	struct tl_scalar scalar = { .kind = TL_STRING };

	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !event->data.scalar.tag)
		scalar = tl_scalar_resolve(text);
	set_scalar(item, event, &scalar, text);
	item->weight = 1;
	return item;
}

static void add_key(struct reader *reader, const yaml_event_t *event, struct tl_str key, size_t start, size_t end)
{
	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && tl_str_is(key, "<<")) {
		say(reader, start, end, "write the keys out, or use an alias for a whole value",
		    "merge keys ('<<') are not part of YAML 1.2");
		tl_build_no_key(&reader->build);
		return;
	}
	if (tl_tag_of(event->data.scalar.tag) == TL_TAG_OTHER)
		refuse_tag(reader, event->data.scalar.tag, start, end, true);
	tl_build_key(&reader->build, key, start, end);
}

static void on_scalar(struct reader *reader, const yaml_event_t *event)
{
	struct tl_str text;
	struct tl_item *item;
	size_t start, end;

	tl_scan_place(&reader->cursor, event, &start, &end);
	if (reader->wants_scan)
		tl_scan_add(&reader->scan, start, end, (int)event->data.scalar.style, reader->flow != 0);
	text = tl_build_text(&reader->build, (const char *)event->data.scalar.value, event->data.scalar.length);
	if (tl_build_wants_key(&reader->build)) {
		add_key(reader, event, text, start, end);
		if (!event->data.scalar.anchor)
			return;
		item = key_as_value(reader, event, text);
	} else {
		item = add_value(reader, event, text, start, end);
	}
	if (event->data.scalar.anchor)
		new_anchor(reader, event->data.scalar.anchor, item, false)->bytes = end - start;
}

/* ---- collections ---- */

/* The start of a collection's own text, behind its anchor and tag, and whether it is one in brackets. libyaml marks a block
 * collection's end of start at its first key or dash, a flow one's behind its bracket, and a pair within a list
 * (`[a: b]`, `[? a : b]`) as a flow map without a bracket of its own. */
static size_t collection_start(struct reader *reader, const yaml_event_t *event, bool flow, bool *brackets)
{
	size_t start = tl_cursor_at(&reader->cursor, event->start_mark), end = tl_cursor_at(&reader->cursor, event->end_mark);
	const unsigned char *anchor, *tag;

	if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	} else {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	}
	*brackets = flow && end > start && (reader->text.ptr[end - 1] == '[' || reader->text.ptr[end - 1] == '{');
	if (anchor || tag)
		return *brackets ? end - 1 : tl_scan_skip_properties(reader->text, start, reader->text.len);
	return start;
}

static void refuse_key_collection(struct reader *reader, size_t start)
{
	/* `name: {{x}}` reads as a map whose key is a map; the mistake is the missing quotes. */
	bool template = start > 0 && start < reader->text.len && reader->text.ptr[start] == '{' && reader->text.ptr[start - 1] == '{';

	say(reader, start, start + 1, template ? "put a value that starts with '{{' in quotes" : "write the key as one value",
	    "a key must be a single value, not a list or a map");
}

static void on_start(struct reader *reader, const yaml_event_t *event, enum tl_kind kind)
{
	bool map = kind == TL_MAP, brackets;
	const unsigned char *anchor = map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const unsigned char *tag = map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
	bool flow = map ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
	                : event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
	size_t start = collection_start(reader, event, flow, &brackets);
	enum tl_tag known = tl_tag_of(tag);
	struct tl_build_frame *frame;

	if (known != TL_TAG_NONE && known != (map ? TL_TAG_MAP : TL_TAG_SEQ))
		refuse_tag(reader, tag, start, start + 1, known == TL_TAG_OTHER);
	if (tl_build_wants_key(&reader->build))
		refuse_key_collection(reader, start);
	frame = tl_build_open(&reader->build, kind, start);
	frame->brackets = brackets;
	if (anchor) {
		struct anchor *made = new_anchor(reader, anchor, frame->item, true);

		made->bytes = reader->build.expanded;
		frame->anchor = made;
	}
	reader->flow += flow || reader->flow;
}

static void on_end(struct reader *reader, const yaml_event_t *event)
{
	const struct tl_build_frame *frame = &reader->build.frames[reader->build.n_frames - 1];
	struct anchor *anchor = frame->anchor;
	size_t end = frame->brackets ? tl_cursor_at(&reader->cursor, event->end_mark) : reader->build.end;
	uint32_t height = tl_build_close(&reader->build, end);

	if (anchor) {
		anchor->height = height;
		anchor->bytes = reader->build.expanded - anchor->bytes;
		anchor->open = false;
	}
	if (reader->flow)
		reader->flow--;
}

/* ---- documents ---- */

static void on_document(struct reader *reader, const yaml_event_t *event)
{
	size_t start = tl_cursor_at(&reader->cursor, event->start_mark), end = tl_cursor_at(&reader->cursor, event->end_mark);

	reader->anything = true;
	if (!reader->ended)
		return;
	say(reader, start, end, "keep one document a file; put text that starts with '---' in quotes", "a second document starts here");
	reader->build.stop = true;
}

/* Takes one event; false at the end of the stream. */
static bool take(struct reader *reader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		on_scalar(reader, event);
		return true;
	case YAML_MAPPING_START_EVENT:
		on_start(reader, event, TL_MAP);
		return true;
	case YAML_SEQUENCE_START_EVENT:
		on_start(reader, event, TL_LIST);
		return true;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		on_end(reader, event);
		return true;
	case YAML_ALIAS_EVENT:
		on_alias(reader, event);
		return true;
	case YAML_DOCUMENT_START_EVENT:
		on_document(reader, event);
		return true;
	case YAML_DOCUMENT_END_EVENT:
		reader->ended = true;
		return true;
	case YAML_STREAM_END_EVENT:
		return false;
	default:
		return true;
	}
}

static void complain(struct reader *reader)
{
	struct tl_complaint complaint;

	tl_scan_complaint(&complaint, &reader->parser, &reader->cursor);
	reader->build.broken = true;
	tl_build_finding(&reader->build, complaint.start, complaint.end, complaint.rule, complaint.help, "%s", complaint.message);
}

/* Of the many events most but scalars own nothing that had to be freed. */
static bool owns_anything(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor || event->data.mapping_start.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor || event->data.sequence_start.tag;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		return false;
	default:
		return true;
	}
}

static bool is_blank(const struct reader *reader)
{
	return tl_str_trim(tl_str_slice(reader->text, reader->cursor.first, reader->text.len)).len == 0;
}

/* Reads events until the end, a limit or an error. */
static void read_events(struct reader *reader)
{
	bool more = !is_blank(reader);

	while (more && !reader->build.stop) {
		yaml_event_t event;

		if (!yaml_parser_parse(&reader->parser, &event)) {
			complain(reader);
			return;
		}
		more = take(reader, &event);
		if (owns_anything(&event))
			yaml_event_delete(&event);
	}
	if (!more && !reader->anything)
		say(reader, 0, 0, NULL, is_blank(reader) ? "the file is empty" : "the file holds nothing but comments");
}

/* A hostile header would cost libyaml the square of its length. */
static bool has_too_many_directives(struct reader *reader)
{
	const char *at = reader->text.ptr, *end = at + reader->text.len;
	size_t count = 0;

	while (at < end && count <= TAG_DIRECTIVES) {
		at = memchr(at, '%', (size_t)(end - at));
		if (!at)
			return false;
		count += end - at >= 4 && memcmp(at, "%TAG", 4) == 0;
		at++;
	}
	if (count <= TAG_DIRECTIVES)
		return false;
	reader->build.stop = true;
	tl_build_finding(&reader->build, (size_t)(at - reader->text.ptr) - 1, (size_t)(at - reader->text.ptr) + 3, "limit", NULL,
	                 "more than %d %%TAG directives", TAG_DIRECTIVES);
	return true;
}

static void map_comments(struct reader *reader)
{
	struct tl_doc *doc = reader->build.doc;

	tl_scan_comments(&doc->comments, &doc->n_comments, &doc->arena, reader->text, &reader->scan);
	if (reader->build.pieces.count == 0)
		return;
	for (size_t i = 0; i < doc->n_comments; i++) {
		struct tl_span *span = &doc->comments[i].span;

		*span = tl_pieces_span(&reader->build.pieces, span->start, span->end);
	}
}

/* Reads `text`, which lives as long as the document. */
static void read_text(struct tl_doc *doc, struct tl_str text, const struct tl_pieces *pieces, const struct tl_read_options *options)
{
	struct reader reader = { .text = text };

	tl_build_init(&reader.build, doc, options);
	if (pieces)
		reader.build.pieces = *pieces;
	reader.wants_scan = memchr(text.ptr, '#', text.len) && tl_str_find(text, TL_STR("flow-ignore"), 0) != SIZE_MAX;
	tl_scan_parser(&reader.parser, &reader.cursor, text);
	if (!has_too_many_directives(&reader))
		read_events(&reader);
	/* A second document ends the reading, but takes nothing from the first. */
	if (reader.ended && reader.build.n_findings <= TL_BUILD_FINDINGS)
		reader.build.stop = false;
	if (reader.wants_scan)
		map_comments(&reader);
	tl_build_clear(&reader.build);
	yaml_parser_delete(&reader.parser);
	tl_map_clear(&reader.anchors);
	tl_scan_clear(&reader.scan);
}

void tl_yaml_read(struct tl_doc **out, struct tl_str path, struct tl_str bytes, const struct tl_read_options *options)
{
	struct tl_substitution substitution = { 0 };
	bool readable = tl_build_doc(out, path, bytes, options);
	struct tl_doc *doc = *out;

	substitution.text = doc->source.bytes;
	if (readable && options->substitutions) {
		struct tl_findings none = { 0 }, *findings = options->findings ? options->findings : &none;

		tl_substitute(&substitution, &doc->arena, &doc->source, options->substitutions, findings);
		tl_findings_clear(&none);
	}
	if (readable)
		read_text(doc, substitution.text, &substitution.pieces, options);
	if (options->substitution)
		*options->substitution = substitution;
}

/* doc/scan.c: libyaml's marks as byte offsets, where the scalars are, and the comments between them. */
#include "doc/scan.h"

#include <stdlib.h>

#include "doc/build.h"

/* ---- offsets ---- */

static bool is_ascii(struct tl_str text)
{
	uint64_t words[4], all = 0;
	size_t i = 0;

	for (; text.len - i >= sizeof(words); i += sizeof(words)) {
		memcpy(words, text.ptr + i, sizeof(words));
		all |= words[0] | words[1] | words[2] | words[3];
	}
	for (; i < text.len; i++)
		all |= (unsigned char)text.ptr[i];
	return (all & 0x8080808080808080u) == 0;
}

static struct tl_cursor cursor_at_start(struct tl_str text)
{
	struct tl_cursor cursor = { .text = text, .first = tl_str_starts(text, TL_STR("\xef\xbb\xbf")) ? 3 : 0, .ascii = true };

	cursor.byte = cursor.first;
	cursor.ascii = is_ascii(tl_str_slice(text, cursor.first, text.len));
	return cursor;
}

static bool is_inside(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

size_t tl_cursor_seek(struct tl_cursor *cursor, size_t index)
{
	const char *text = cursor->text.ptr;

	while (cursor->index < index && cursor->byte < cursor->text.len) {
		cursor->byte++;
		while (cursor->byte < cursor->text.len && is_inside(text[cursor->byte]))
			cursor->byte++;
		cursor->index++;
	}
	while (cursor->index > index && cursor->byte > cursor->first) {
		cursor->byte--;
		while (cursor->byte > cursor->first && is_inside(text[cursor->byte]))
			cursor->byte--;
		cursor->index--;
	}
	return cursor->byte;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
	return is_blank(c) || c == '\n' || c == '\r';
}

size_t tl_scan_trim(struct tl_str text, size_t start, size_t end)
{
	while (end > start && is_space(text.ptr[end - 1]))
		end--;
	return end;
}

static size_t skip_line(struct tl_str text, size_t at, size_t end)
{
	while (at < end && text.ptr[at] != '\n' && text.ptr[at] != '\r')
		at++;
	return at;
}

/* A tag ends at a blank, a `!<…>` at its bracket; an anchor ends at a blank or at what flow collections are made of. */
static size_t skip_property(struct tl_str text, size_t at, size_t end)
{
	bool verbatim = text.ptr[at] == '!' && at + 1 < end && text.ptr[at + 1] == '<';

	while (at < end && !is_space(text.ptr[at]) && (verbatim || !strchr(",[]{}", text.ptr[at])))
		at++;
	return at;
}

size_t tl_scan_skip_properties(struct tl_str text, size_t start, size_t end)
{
	size_t at = start;

	while (at < end) {
		if (is_space(text.ptr[at]))
			at++;
		else if (text.ptr[at] == '&' || text.ptr[at] == '!')
			at = skip_property(text, at, end);
		else if (text.ptr[at] == '#')
			at = skip_line(text, at, end);
		else
			break;
	}
	return at;
}

/* ---- events ---- */

void tl_scan_parser(yaml_parser_t *parser, struct tl_cursor *cursor, struct tl_str text)
{
	*cursor = cursor_at_start(text);
	if (!yaml_parser_initialize(parser))
		abort();
	yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(parser, (const unsigned char *)text.ptr + cursor->first, text.len - cursor->first);
}

void tl_scan_place(struct tl_cursor *cursor, const yaml_event_t *event, size_t *start, size_t *end)
{
	yaml_scalar_style_t style = event->data.scalar.style;

	*start = tl_cursor_at(cursor, event->start_mark);
	*end = tl_cursor_at(cursor, event->end_mark);
	if (event->data.scalar.anchor || event->data.scalar.tag)
		*start = tl_scan_skip_properties(cursor->text, *start, *end);
	/* A block scalar's token goes on to the next one; a value that is left out is marked where the next token starts. */
	if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE)
		*end = tl_scan_trim(cursor->text, *start, *end);
	else if (*start == *end)
		*start = *end = tl_scan_trim(cursor->text, 0, *start);
}

void tl_scan_clear(struct tl_scan *scan)
{
	free(scan->scalars);
	*scan = (struct tl_scan){ 0 };
}

void tl_scan_add(struct tl_scan *scan, size_t start, size_t end, int style, bool flow)
{
	scan->scalars = tl_grow(scan->scalars, &scan->capacity, scan->count + 1, sizeof(*scan->scalars));
	scan->scalars[scan->count++] = (struct tl_scan_scalar){ (uint32_t)start, (uint32_t)end, (uint8_t)style, flow };
}

/* How one event moves the depth of open collections; `flow` is the depth at which flow style began, 0 outside. */
static void follow(const yaml_event_t *event, size_t *depth, size_t *flow)
{
	switch (event->type) {
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		++*depth;
		/* The styles of both have the same numbers: any 0, block 1, flow 2. */
		if (*flow == 0 && event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE)
			*flow = *depth;
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		if (*flow == *depth)
			*flow = 0;
		--*depth;
		break;
	default:
		break;
	}
}

void tl_scan_text(struct tl_scan *scan, struct tl_str text, size_t *end)
{
	size_t depth = 0, flow = 0, from, to;
	struct tl_cursor cursor;
	yaml_parser_t parser;
	yaml_event_t event;
	bool more = true;

	*end = 0;
	tl_scan_parser(&parser, &cursor, text);
	while (more && depth <= TL_DEPTH_CEILING && yaml_parser_parse(&parser, &event)) {
		follow(&event, &depth, &flow);
		if (event.type == YAML_SCALAR_EVENT) {
			tl_scan_place(&cursor, &event, &from, &to);
			tl_scan_add(scan, from, to, (int)event.data.scalar.style, flow != 0);
			*end = to;
		}
		more = event.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	if (!more)
		*end = text.len;
	yaml_parser_delete(&parser);
}

/* ---- comments ---- */

struct comments {
	struct tl_comment *items;
	size_t count, capacity;
};

static bool is_alone(struct tl_str text, size_t at)
{
	while (at > 0 && is_blank(text.ptr[at - 1]))
		at--;
	return at == 0 || text.ptr[at - 1] == '\n' || text.ptr[at - 1] == '\r' || (at == 3 && (unsigned char)text.ptr[2] == 0xbf);
}

/* The comments of a stretch without scalars. */
static void comments_between(struct comments *comments, struct tl_str text, size_t start, size_t end)
{
	while (start < end) {
		const char *sign = memchr(text.ptr + start, '#', end - start);
		size_t at, stop;

		if (!sign)
			return;
		at = (size_t)(sign - text.ptr);
		start = at + 1;
		if (at > 0 && !is_space(text.ptr[at - 1]) && !is_alone(text, at))
			continue;
		stop = tl_scan_trim(text, at + 1, skip_line(text, at, text.len));
		comments->items = tl_grow(comments->items, &comments->capacity, comments->count + 1, sizeof(*comments->items));
		comments->items[comments->count++] = (struct tl_comment){
			.span = { (uint32_t)at, (uint32_t)stop },
			.text = tl_str_trim(tl_str_slice(text, at + 1, stop)),
			.alone = is_alone(text, at),
		};
		start = stop > start ? stop : start;
	}
}

/* Where a scalar's own text begins: of a block scalar after its first line, on which a comment may stand. */
static size_t inner_start(struct tl_str text, const struct tl_scan_scalar *scalar)
{
	if (scalar->style == YAML_LITERAL_SCALAR_STYLE || scalar->style == YAML_FOLDED_SCALAR_STYLE)
		return skip_line(text, scalar->start, scalar->end);
	return scalar->start;
}

void tl_scan_comments(struct tl_comment **out, size_t *count, struct tl_arena *arena, struct tl_str text, const struct tl_scan *scan)
{
	struct comments comments = { 0 };
	size_t from = 0;

	for (size_t i = 0; i < scan->count; i++) {
		comments_between(&comments, text, from, inner_start(text, &scan->scalars[i]));
		from = scan->scalars[i].end;
	}
	comments_between(&comments, text, from, text.len);
	*count = comments.count;
	*out = TL_ARENA_ARRAY(arena, struct tl_comment, comments.count);
	if (comments.count)
		memcpy(*out, comments.items, comments.count * sizeof(*comments.items));
	free(comments.items);
}

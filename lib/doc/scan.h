/* doc/scan.h: what both uses of libyaml share: a parser over a text, offsets from its marks, and where the scalars are. Internal to doc/. */
#ifndef TL_DOC_SCAN_H
#define TL_DOC_SCAN_H

#include <yaml.h>

#include "base/arena.h"
#include "doc/tree.h"

/* libyaml counts characters from after a byte order mark; this turns a count into a byte offset. It moves in both directions, and
 * in a text that is ASCII it has nothing to do. */
struct tl_cursor {
	struct tl_str text;
	size_t first; /* the offset of character 0 */
	size_t byte, index;
	bool ascii;
};

size_t tl_cursor_seek(struct tl_cursor *cursor, size_t index);

static inline size_t tl_cursor_at(struct tl_cursor *cursor, yaml_mark_t mark)
{
	size_t at = cursor->first + mark.index;

	if (!cursor->ascii)
		return tl_cursor_seek(cursor, mark.index);
	return at < cursor->text.len ? at : cursor->text.len;
}

/* [start, end) without the blanks and line breaks at its end. */
size_t tl_scan_trim(struct tl_str text, size_t start, size_t end);
/* The first byte at or after `start` that is neither an anchor, a tag, a comment nor a blank; at most `end`. */
size_t tl_scan_skip_properties(struct tl_str text, size_t start, size_t end);

/* A parser over `text`, which must outlive it. Release with yaml_parser_delete(). */
void tl_scan_parser(yaml_parser_t *parser, struct tl_cursor *cursor, struct tl_str text);

/* Where a scalar is, with its quotes and without its properties. */
struct tl_scan_scalar {
	uint32_t start, end;
	uint8_t style; /* yaml_scalar_style_t */
	bool flow;     /* within [] or {} */
};

struct tl_scan {
	struct tl_scan_scalar *scalars; /* owned, ascending */
	size_t count, capacity;
};

void tl_scan_clear(struct tl_scan *scan);
/* Notes the scalar of an event (already placed). */
void tl_scan_add(struct tl_scan *scan, size_t start, size_t end, int style, bool flow);
/* All scalars of a text. Where it cannot be read to its end: those before, and `*end` is where reading stopped (else the text's length). */
void tl_scan_text(struct tl_scan *scan, struct tl_str text, size_t *end);
/* Where a scalar event stands. */
void tl_scan_place(struct tl_cursor *cursor, const yaml_event_t *event, size_t *start, size_t *end);

/* The comments between the scalars. In `arena`. */
void tl_scan_comments(struct tl_comment **out, size_t *count, struct tl_arena *arena, struct tl_str text, const struct tl_scan *scan);

/* What libyaml stopped at, in words for people. */
struct tl_complaint {
	size_t start, end;
	const char *rule;
	const char *help; /* static, or NULL */
	char message[400];
};
void tl_scan_complaint(struct tl_complaint *out, const yaml_parser_t *parser, struct tl_cursor *cursor);

#endif

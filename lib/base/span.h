/* base/span.h: where something stands in a file: byte ranges, and the lines and columns that people read. */
#ifndef TL_BASE_SPAN_H
#define TL_BASE_SPAN_H

#include "base/arena.h"
#include "base/base.h"
#include "base/str.h"

/* Bytes [start, end) of the original file, before any substitution. {0, 0} is the start of the file. */
struct tl_span {
	uint32_t start, end;
};

/* Lines and columns count from 1; a column counts code points (a byte that is no UTF-8 counts as one).
 * A line ends with LF, CR LF or a lone CR.
 * The end is exclusive: the place after the last character. */
struct tl_place {
	uint32_t line, column, end_line, end_column;
};

/* Where counting stopped last; the source's own. */
struct tl_source_mark {
	uint32_t line, column, offset;
};

/* A file as it was read. The bytes and the path are borrowed and must outlive it. Line starts are found at first use. */
struct tl_source {
	struct tl_str path; /* relative to the repository where there is one */
	struct tl_str bytes;
	uint32_t *line_starts; /* owned */
	size_t n_lines;
	struct tl_source_mark mark;
};

void tl_source_init(struct tl_source *source, struct tl_str path, struct tl_str bytes);
void tl_source_clear(struct tl_source *source);
struct tl_place tl_source_place(struct tl_source *source, struct tl_span span);
/* The text of a line (from 1) without its line break; empty past the end. Borrowed. */
struct tl_str tl_source_line(struct tl_source *source, uint32_t line);

#endif

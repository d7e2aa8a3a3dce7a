/* base/span.c: from byte offsets to lines and columns. */
#include "base/span.h"

#include <stdlib.h>

void tl_source_init(struct tl_source *source, struct tl_str path, struct tl_str bytes)
{
	/* Spans have 32 bits; every file limit is far below that. */
	if (bytes.len > UINT32_MAX - 1)
		bytes.len = UINT32_MAX - 1;
	*source = (struct tl_source){ .path = path, .bytes = bytes };
}

void tl_source_clear(struct tl_source *source)
{
	free(source->line_starts);
	*source = (struct tl_source){ 0 };
}

/* The offset after the line break at or after `at`: LF, CR LF or a lone CR, as YAML has it; the end where there is none. */
static size_t after_break(struct tl_str bytes, size_t at)
{
	while (at < bytes.len && bytes.ptr[at] != '\n' && bytes.ptr[at] != '\r')
		at++;
	if (at + 1 < bytes.len && bytes.ptr[at] == '\r' && bytes.ptr[at + 1] == '\n')
		at++;
	return at < bytes.len ? at + 1 : at;
}

static bool ends_in_break(struct tl_str bytes)
{
	return bytes.len && (bytes.ptr[bytes.len - 1] == '\n' || bytes.ptr[bytes.len - 1] == '\r');
}

static void find_lines(struct tl_source *source)
{
	size_t capacity = 0, at = 0;

	if (source->line_starts)
		return;
	do {
		source->line_starts = tl_grow(source->line_starts, &capacity, source->n_lines + 1, sizeof(uint32_t));
		source->line_starts[source->n_lines++] = (uint32_t)at;
		at = after_break(source->bytes, at);
	} while (at < source->bytes.len);
	if (ends_in_break(source->bytes)) {
		source->line_starts = tl_grow(source->line_starts, &capacity, source->n_lines + 1, sizeof(uint32_t));
		source->line_starts[source->n_lines++] = (uint32_t)at;
	}
}

/* The line (from 1) that holds the byte `offset`: the last one that starts at or before it. */
static uint32_t line_of(const struct tl_source *source, uint32_t offset)
{
	size_t low = 0, high = source->n_lines;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (source->line_starts[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return (uint32_t)low + 1;
}

/* A mark that `from` is at, moved to `offset`, or to the start of the code point that `offset` cuts in two. Goes on from
 * where it stands if that is earlier on the same line, so that many places on one long line do not each count from its
 * start. */
static struct tl_source_mark move_mark(const struct tl_source *source, struct tl_source_mark mark, uint32_t offset)
{
	uint32_t line = line_of(source, offset), point;

	if (mark.line != line || mark.offset > offset)
		mark = (struct tl_source_mark){ line, 1, source->line_starts[line - 1] };
	while (mark.offset < offset) {
		bool ascii = (unsigned char)source->bytes.ptr[mark.offset] < 0x80;
		size_t len = ascii ? 1 : tl_str_decode(source->bytes, mark.offset, &point);

		if (len > offset - mark.offset)
			break;
		mark.offset += len ? (uint32_t)len : 1;
		mark.column++;
	}
	return mark;
}

struct tl_place tl_source_place(struct tl_source *source, struct tl_span span)
{
	uint32_t size = (uint32_t)source->bytes.len;
	uint32_t start = span.start < size ? span.start : size;
	uint32_t end = span.end < size ? span.end : size;
	struct tl_source_mark last;

	find_lines(source);
	if (end < start)
		end = start;
	source->mark = move_mark(source, source->mark, start);
	last = move_mark(source, source->mark, end);
	return (struct tl_place){ source->mark.line, source->mark.column, last.line, last.column };
}

struct tl_str tl_source_line(struct tl_source *source, uint32_t line)
{
	size_t start, end;

	find_lines(source);
	if (line == 0 || line > source->n_lines)
		return (struct tl_str){ "", 0 };
	start = source->line_starts[line - 1];
	end = line < source->n_lines ? source->line_starts[line] : source->bytes.len;
	if (end > start && source->bytes.ptr[end - 1] == '\n')
		end--;
	if (end > start && source->bytes.ptr[end - 1] == '\r')
		end--;
	return tl_str_slice(source->bytes, start, end);
}

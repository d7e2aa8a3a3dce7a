/* net/chunked.c: byte by byte between the chunks, whole within them. A line ends with LF; a CR before it belongs to the end. */
#include "net/chunked.h"

#define LINE_MAX_BYTES 4096
#define SIZE_DIGITS 15

static void begin(struct tl_chunked *chunked, enum tl_chunked_state state)
{
	chunked->state = state;
	chunked->line = 0;
	if (state == TL_CHUNKED_SIZE)
		chunked->left = 0;
}

static void take_size(struct tl_chunked *chunked, char c)
{
	int digit = tl_hex_digit(c);

	if (digit >= 0 && chunked->line < SIZE_DIGITS) {
		chunked->left = chunked->left * 16 + (uint64_t)digit;
		chunked->line++;
	} else if (chunked->line > 0 && c == '\n') {
		begin(chunked, chunked->left > 0 ? TL_CHUNKED_DATA : TL_CHUNKED_TRAILER);
	} else if (chunked->line > 0 && (c == ';' || c == ' ' || c == '\t' || c == '\r')) {
		chunked->state = TL_CHUNKED_EXTENSION;
	} else {
		chunked->state = TL_CHUNKED_BROKEN;
	}
}

static void take_extension(struct tl_chunked *chunked, char c)
{
	if (c == '\n')
		begin(chunked, chunked->left > 0 ? TL_CHUNKED_DATA : TL_CHUNKED_TRAILER);
	else if (++chunked->line > LINE_MAX_BYTES)
		chunked->state = TL_CHUNKED_BROKEN;
}

static void take_trailer(struct tl_chunked *chunked, char c)
{
	if (c == '\n' && chunked->line == 0)
		chunked->state = TL_CHUNKED_DONE;
	else if (c == '\n')
		chunked->line = 0;
	else if (c != '\r' && ++chunked->line > LINE_MAX_BYTES)
		chunked->state = TL_CHUNKED_BROKEN;
}

static void take_byte(struct tl_chunked *chunked, char c)
{
	switch (chunked->state) {
	case TL_CHUNKED_SIZE:
		take_size(chunked, c);
		break;
	case TL_CHUNKED_EXTENSION:
		take_extension(chunked, c);
		break;
	case TL_CHUNKED_DATA_END:
		if (c == '\n')
			begin(chunked, TL_CHUNKED_SIZE);
		else if (c != '\r')
			chunked->state = TL_CHUNKED_BROKEN;
		break;
	default:
		take_trailer(chunked, c);
	}
}

enum tl_chunked_state tl_chunked_take(struct tl_chunked *chunked, struct tl_buf *body, const char *in, size_t len)
{
	size_t count;

	for (size_t at = 0; at < len && chunked->state < TL_CHUNKED_DONE;) {
		if (chunked->state != TL_CHUNKED_DATA) {
			take_byte(chunked, in[at++]);
			continue;
		}
		count = len - at < chunked->left ? len - at : (size_t)chunked->left;
		tl_buf_add(body, in + at, count);
		at += count;
		chunked->left -= count;
		if (chunked->left == 0)
			begin(chunked, TL_CHUNKED_DATA_END);
	}
	return chunked->state;
}
